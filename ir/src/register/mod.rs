//! The register instructions that Taipan interprets, records and compiles, and the lowering that makes them.
//!
//! # Registers
//! A frame's registers are CPython's fast locals followed by its stack slots: register i below `nlocalsplus` is local
//! i, register `nlocalsplus + k` is the stack slot at depth k. At each instruction a stack register that CPython's
//! stack has filled is *live*, and the others are *dead*. A dead one holds NULL or a value without a count (an
//! immediate, a static object), so overwriting it or unwinding past it needs no care. The value of a live stack register
//! may be missing as long as it is *pending*: still to be read from a local or the constant pool; `crossings` says where.
//! A value that a debugger stores into a local of a running frame is seen by what is still pending, and the old value must
//! stay alive until the frame ends, for an instruction may have borrowed it.
//!
//! # Ownership
//! A local operand is borrowed: the local keeps its count. A stack operand is consumed exactly when its `DIES` flag is
//! set: the instruction takes over its count and leaves NULL, or anything without a count. Windows (`Role::Consumes`)
//! are always consumed. On an exception too an operand that dies is gone or left in place for the unwinding to drop; either
//! way it is dropped once. A constant is borrowed. A result comes with a count of its own; if `A_LOCAL` is set, the old
//! value of the register is dropped after the result was written, else the register was dead. When an instruction raises,
//! its result register keeps its old value (unless that was an operand that died). All operands are read before a result is written: they may coincide.
//!
//! # Order
//! Instructions are in the order of the bytecode, and so are `positions`. Fused instructions belong to the bytecode
//! instruction that may raise. Everything is in its register at jump targets, handlers and yields, and every stack slot
//! below a handler's depth is in its register wherever that handler covers.
//!
//! # Calls
//! The callable, self or NULL, and the arguments are in consecutive stack registers, as on CPython's stack, so a
//! callee's registers can start at the window's `b + 1` or `b + 2`. The result goes to a, which the return finds in the
//! calling instruction's word.

mod code;
mod lower;
mod table;
mod text;
mod verify;
mod word;

pub use code::{Handler, Instruction, Instructions, Pending, Position, RegisterCode, Source};
pub use lower::{
    Bytecode, CodeView, Crossing, LowerError, LowerErrorKind, StackInstruction, crossings, lower,
    lower_precise,
};
pub use lower::{ExceptionEntry, Flow, NO_HANDLER, UNREACHED};
pub use table::{Effects, Extent, Form, Operation, Role, Row, TEST_UNLESS, WordKind, extend, fixed_value};
pub use text::{ParseError, parse, print};
pub use verify::{VerifyError, verify};
pub use word::{Field, Word, flags, payload};
