//! Module `_io`: the streams behind `open` and `io`.

pub mod base;
pub mod buffered;
pub mod bytes_io;
pub mod bytes_io_buffer;
pub mod file;
pub mod newline_decoder;
pub mod open;
pub mod pair;
pub mod path;
pub mod standard_streams;
pub mod string_io;
pub mod support;
pub mod text;
pub mod text_read;

pub use standard_streams::{flush_standard_streams, open_standard_streams};

use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{BLOCKING_IO_ERROR, OS_ERROR, VALUE_ERROR};
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::types::registry::TYPE;
use runtime::{PyResult, Thread, Type, Value};

/// The size of buffers that nobody gave a size.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

static TYPES: &[&Type] = &[
    &base::IO_BASE,
    &base::RAW_IO_BASE,
    &base::BUFFERED_IO_BASE,
    &base::TEXT_IO_BASE,
    &file::FILE_IO,
    &buffered::BUFFERED_READER,
    &buffered::BUFFERED_WRITER,
    &buffered::BUFFERED_RANDOM,
    &pair::BUFFERED_RW_PAIR,
    &bytes_io::BYTES_IO,
    &bytes_io_buffer::BYTES_IO_BUFFER,
    &string_io::STRING_IO,
    &newline_decoder::NEWLINE_DECODER,
    &text::TEXT_IO_WRAPPER,
];

/// Module `_io`.
pub static IO: ModuleSpec =
    ModuleSpec { name: "_io", doc: open::MODULE_DOC, functions: open::FUNCTIONS, init };

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    for ty in TYPES {
        add_type(module, ty);
    }
    add(module, "DEFAULT_BUFFER_SIZE", *int::from_usize(DEFAULT_BUFFER_SIZE));
    add(module, "BlockingIOError", Value::of(&BLOCKING_IO_ERROR));
    let bases = Tuple::from_values(&[Value::of(&OS_ERROR), Value::of(&VALUE_ERROR)]);
    let namespace = Dict::new();
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_str("__module__", *Str::new("io"));
    }
    let class = thread.call(Value::of(&TYPE), &[*Str::new("UnsupportedOperation"), *bases, *namespace])?;
    add(module, "UnsupportedOperation", *class);
    drop(support::UNSUPPORTED_OPERATION.replace(Some(class)));
    Ok(())
}
