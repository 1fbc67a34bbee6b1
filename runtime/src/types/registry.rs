//! All built-in types by one path, and their list in the order in which they are readied.

use super::{Type, TypeFlags, TypeSpec};

pub use crate::objects::exceptions::*;
pub use crate::objects::singletons::*;

/// Declares types whose spec still lives nowhere else.
macro_rules! types {
    ($($static:ident $name:literal)*) => {
        $(pub static $static: Type = Type::new_static(&TypeSpec { name: $name, flags: TypeFlags::BASETYPE, ..TypeSpec::EMPTY });)*
    };
}

types! {
    OBJECT "object"
    TYPE "type"
    INT "int"
    BOOL "bool"
    FLOAT "float"
    STR "str"
    TUPLE "tuple"
    LIST "list"
    DICT "dict"
    CODE "code"
    FRAME "frame"
    FUNCTION "function"
    METHOD "method"
    BUILTIN_FUNCTION "builtin_function_or_method"
    CELL "cell"
}
