//! The built-in objects, one file a type or family.

pub mod code;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod function;
pub mod int;
pub mod list;
pub mod singletons;
pub mod str;
pub mod tuple;
