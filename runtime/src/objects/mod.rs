//! The built-in objects, one file a type or family.

pub mod builtin_function;
pub mod code;
pub mod decorators;
pub mod descriptors;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod function;
pub mod generic_alias;
pub mod int;
pub mod list;
pub mod mappingproxy;
pub mod method;
pub mod object;
pub mod pickling;
pub mod property;
pub mod simple_namespace;
pub mod singletons;
pub mod str;
pub mod super_;
pub mod tuple;
pub mod type_;
pub mod union;
