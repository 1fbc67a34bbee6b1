//! The built-in objects, one file a type or family.

pub mod async_generator;
pub mod bool;
pub mod builtin_function;
pub mod bytearray;
pub mod bytearray_rows;
pub mod bytes;
pub mod bytes_methods;
pub mod bytes_rows;
#[cfg(test)]
mod bytes_tests;
pub mod charmap;
pub mod code;
pub mod codec_handlers;
pub mod codecs;
pub mod complex;
pub mod constructors;
#[cfg(test)]
mod container_tests;
pub mod coroutine;
pub mod decorators;
pub mod descriptors;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod frame;
pub mod frame_locals;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod int;
pub mod iterators;
pub mod list;
pub mod mappingproxy;
pub mod memoryview;
pub mod method;
pub mod module;
#[cfg(test)]
mod number_tests;
pub mod number_text;
pub mod object;
pub mod percent_format;
pub mod pickling;
pub mod plain;
pub mod property;
pub mod range;
pub mod sequence;
pub mod set;
pub mod simple_namespace;
pub mod singletons;
pub mod slice;
pub mod str;
pub mod str_format;
pub mod str_method_rows;
pub mod str_methods;
#[cfg(test)]
mod str_tests;
pub mod str_type;
pub mod structseq;
pub mod subsequence;
pub mod super_;
pub mod template;
pub mod traceback;
pub mod tuple;
pub mod type_;
pub mod type_parameters;
pub mod union;
pub mod weakproxy;
