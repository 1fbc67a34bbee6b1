//! Program representations of Taipan: no objects, no parser.

pub mod code;
pub mod exceptiontable;
pub mod locations;
pub mod marshal;
pub mod opcode;
pub mod register;
pub mod stack_kinds;
pub mod unicode;
pub mod wtf8;
