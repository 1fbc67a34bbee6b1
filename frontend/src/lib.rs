//! Source text to code objects identical to those of CPython 3.14.

mod assemble;
pub mod ast;
mod codegen;
pub mod compile;
mod constants;
pub mod diagnostic;
pub mod errors;
mod finally_warnings;
mod flowgraph;
mod fold;
mod future;
pub mod lexer;
pub mod parser;
pub mod preprocess;
pub mod symtable;
pub mod validate;
