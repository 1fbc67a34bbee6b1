//! Source text to code objects identical to those of CPython 3.14.

pub mod ast;
pub mod errors;
pub mod lexer;
pub mod parser;
