//! The tracing JIT: records hot paths of register code, optimises them and compiles them to machine code.
//!
//! `record` makes recorded traces, `optimise` makes SSA of them, `backend` machine code, `exit` interpreter frames again;
//! `ir` is the trace IR. The room knows objects only through `runtime::trace_interface`.

pub mod abort;
pub mod backend;
mod budget;
pub mod code_memory;
pub mod context;
pub mod driver;
pub mod exit;
mod installing;
pub mod ir;
pub mod log;
pub mod optimise;
pub mod parameters;
mod policy;
pub mod record;
pub mod registry;
mod report;
mod trees;
mod worth;
