//! Program representations of Taipan: no objects, no parser.

pub mod code;
pub mod opcode;
pub mod wtf8;
