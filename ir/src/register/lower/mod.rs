//! Lowering: from stack bytecode to register instructions.
//!
//! The bytecode is decoded and its stack depths are computed (`bytecode`); then the reachable instructions are translated
//! in order (`translate`) over a simulated stack (`stack`) whose entries may be locals and constants that haven't been
//! loaded, into words and side tables (`emit`). Bytecode may come from anywhere: whatever CPython would run safely is
//! lowered, and the rest is refused with a [`LowerError`].

mod bytecode;
mod emit;
mod stack;
mod translate;

pub use bytecode::{Bytecode, ExceptionEntry, Flow, NO_HANDLER, StackInstruction, UNREACHED};

use std::fmt;

use super::code::{Pending, RegisterCode};
use crate::code::Code;

/// What lowering needs of a code object.
#[derive(Clone, Copy, Debug)]
pub struct CodeView<'a> {
    /// `co_code`
    pub code: &'a [u8],
    /// `co_exceptiontable`
    pub exceptiontable: &'a [u8],
    /// Length of `co_consts`.
    pub nconsts: usize,
    /// Length of `co_names`.
    pub nnames: usize,
    /// Number of fast locals of all kinds.
    pub nlocalsplus: usize,
    /// `co_stacksize`
    pub stacksize: usize,
}

impl<'a> CodeView<'a> {
    /// The view of a code object.
    pub fn of(code: &'a Code) -> CodeView<'a> {
        CodeView {
            code: &code.code,
            exceptiontable: &code.exceptiontable,
            nconsts: code.consts.len(),
            nnames: code.names.len(),
            nlocalsplus: code.nlocalsplus(),
            stacksize: code.stacksize as usize,
        }
    }
}

/// Why bytecode can't be lowered, and at which code unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LowerError {
    /// What is wrong.
    pub kind: LowerErrorKind,
    /// The code unit.
    pub unit: u32,
}

/// What may be wrong with bytecode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LowerErrorKind {
    /// The code ends inside an instruction, or control runs off its end.
    Truncated,
    /// Not an opcode of code objects.
    BadOpcode,
    /// The argument is out of its range.
    BadArgument,
    /// A jump or handler leads to something that isn't an instruction.
    BadTarget,
    /// The exception table is malformed.
    BadExceptionTable,
    /// An instruction takes more from the stack than there is.
    StackUnderflow,
    /// The stack grows beyond `co_stacksize`.
    StackOverflow,
    /// Two ways to an instruction have different stack depths, or an exception handler's depth exceeds the stack's.
    StackMismatch,
    /// NULL is used as a value.
    NullOperand,
    /// Registers or words don't fit in 32 bits.
    TooLarge,
}

impl fmt::Display for LowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            LowerErrorKind::Truncated => "bytecode ends unexpectedly",
            LowerErrorKind::BadOpcode => "unknown opcode",
            LowerErrorKind::BadArgument => "opcode argument out of range",
            LowerErrorKind::BadTarget => "jump to the middle of nowhere",
            LowerErrorKind::BadExceptionTable => "malformed exception table",
            LowerErrorKind::StackUnderflow => "stack underflow",
            LowerErrorKind::StackOverflow => "stack overflow",
            LowerErrorKind::StackMismatch => "inconsistent stack depth",
            LowerErrorKind::NullOperand => "NULL used as a value",
            LowerErrorKind::TooLarge => "code too large",
        };
        write!(f, "{what} at bytecode offset {}", u64::from(self.unit) * 2)
    }
}

impl std::error::Error for LowerError {}

/// Lowers a code object's bytecode.
pub fn lower(view: &CodeView<'_>) -> Result<RegisterCode, LowerError> {
    Ok(translate::run(view, false, false)?.0)
}

/// Lowers a code object's bytecode so that every bytecode instruction has an instruction of its own, every stack slot
/// is in its register at each of them, and nothing is fused: what tracing and jumps by `f_lineno` need.
pub fn lower_precise(view: &CodeView<'_>) -> Result<RegisterCode, LowerError> {
    Ok(translate::run(view, true, false)?.0)
}

/// How a frame that is in front of an instruction of the code that [`lower`] makes goes on in precise code: the values of
/// `pending` are copied into their registers, and execution continues at the precise code's pc of `next`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Crossing {
    /// The instruction in question.
    pub pc: u32,
    /// The code unit that is next.
    pub next: u32,
    /// What must be copied into stack registers first.
    pub pending: Vec<Pending>,
}

/// Where a frame that executes ordinary code can go on in precise code, by ascending pc. Instructions that do only a
/// part of what their bytecode instruction does are missing.
pub fn crossings(view: &CodeView<'_>) -> Result<Vec<Crossing>, LowerError> {
    Ok(translate::run(view, false, true)?.1)
}
