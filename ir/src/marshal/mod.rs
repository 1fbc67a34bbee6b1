//! The marshal format, versions 0 to 5, as CPython 3.14 reads and writes it.
//!
//! The reader builds through [`MarshalSink`] and the writer looks through [`MarshalSource`], so that the
//! runtime turns bytes into its own objects without an intermediate tree; `ir::code` constants have their
//! builder and view in [`unmarshal_const`] and [`marshal_const`]. Invariants: malformed input ends in an error value, never in a
//! panic; nothing is allocated beyond what the bytes at hand can fill; nesting is bounded by [`MAX_DEPTH`].

mod consts;
pub mod pyc;
mod read;
mod write;

pub use consts::{ConstError, marshal_code, marshal_const, unmarshal_const};
pub use read::{MarshalSink, ReadError, Reader, read_object};
pub use write::{MarshalSource, View, WriteError, WriteOptions, write_object};

/// The version that `marshal.dumps` writes by default.
pub const VERSION: i32 = 5;

/// The depth of nesting at which reader and writer give up.
pub const MAX_DEPTH: usize = 2000;

/// The bit of a type code that enters the object into the reference list.
const FLAG_REF: u8 = 0x80;

/// Bits of a digit of a big integer in the format.
const DIGIT_BITS: u32 = 15;

/// The type codes.
mod type_code {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const LONG: u8 = b'l';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const BYTES: u8 = b's';
    pub const UNICODE: u8 = b'u';
    pub const INTERNED: u8 = b't';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const CODE: u8 = b'c';
    pub const REF: u8 = b'r';
}

/// The fields of a code object in the order of the format. Those that the format stores as objects stay
/// objects: they may be shared through references, and their types are the sink's to check.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeFields<O> {
    /// Positional parameters, positional-only ones included.
    pub argcount: i32,
    /// Positional-only parameters.
    pub posonlyargcount: i32,
    /// Keyword-only parameters.
    pub kwonlyargcount: i32,
    /// Slots of the evaluation stack.
    pub stacksize: i32,
    /// The `CO_*` flags.
    pub flags: i32,
    /// Bytes: instructions and caches.
    pub code: O,
    /// Tuple of constants.
    pub consts: O,
    /// Tuple of names.
    pub names: O,
    /// Tuple of the names of locals, cells and free variables.
    pub localsplusnames: O,
    /// Bytes: the kind of each of `localsplusnames`.
    pub localspluskinds: O,
    /// The file name.
    pub filename: O,
    /// The name.
    pub name: O,
    /// The qualified name.
    pub qualname: O,
    /// The first line.
    pub firstlineno: i32,
    /// Bytes: the location table.
    pub linetable: O,
    /// Bytes: the exception table.
    pub exceptiontable: O,
}
