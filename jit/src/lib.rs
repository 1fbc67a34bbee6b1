//! The tracing JIT: records hot paths of register code, optimises them and compiles them to machine code.
//!
//! `ir` is the trace IR. The room knows objects only through `runtime::trace_interface`.

pub mod backend;
pub mod code_memory;
pub mod context;
pub mod exit;
pub mod ir;
pub mod optimise;
pub mod registry;
