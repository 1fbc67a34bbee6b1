//! Frames: a window of registers and a head that says whose it is.
//!
//! Registers lie on the thread's contiguous register stack (a callee's window may start inside its caller's, where the
//! arguments lie) or, for generators and coroutines, in the generator object. Heads form a chain through `previous`. A
//! `frame` object that Python code sees is made on demand and points to the head; when the frame ends, it takes the
//! registers over.
//!
//! Invariant: at every instruction boundary the registers hold exactly what CPython's locals and stack would (see
//! `ir::register`); dead stack registers hold NULL or an immediate.

use crate::cell::{GilCell, Slot};
use crate::object::Header;
use crate::objects::code::Code;
use crate::types::registry::FRAME;
use crate::value::Value;
use std::cell::Cell;

/// Who a frame belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FrameKind {
    /// Called from another frame of the same interpreter loop.
    Call,
    /// First frame of an interpreter loop: returning from it leaves the loop.
    Entry,
    /// The body of a generator, coroutine or async generator.
    Generator,
    /// `__init__` of an instance that a type call makes: its result must be None and the instance is returned.
    Init,
}

/// The head of a frame. It owns its references.
#[repr(C)]
pub struct Frame {
    /// First register.
    pub registers: Cell<*mut Value>,
    /// The next instruction to run (or the one that is running a call).
    pub pc: Cell<*const u64>,
    pub previous: Cell<*mut Frame>,
    /// A code object.
    pub code: Slot,
    /// The function, or NULL for module and class bodies run by `exec`.
    pub function: Slot,
    pub globals: Slot,
    pub builtins: Slot,
    /// The namespace of module and class bodies; NULL for optimised functions.
    pub locals: Slot,
    /// The `frame` object, or NULL while nobody asked.
    pub frame_object: Slot,
    /// Where in the caller's registers the result goes.
    pub return_register: Cell<u32>,
    pub kind: Cell<FrameKind>,
    /// The generator object of a generator frame, borrowed; else NULL.
    pub generator: Cell<Value>,
    /// For `Init` frames: the instance. For instrumentation: scratch.
    pub extra: Slot,
}

impl Frame {
    /// The code object.
    #[inline(always)]
    pub fn code(&self) -> &'static Code {
        // SAFETY: the slot holds a code object always.
        unsafe { self.code.peek().cast_unchecked() }
    }
    /// Register `i`, borrowed.
    ///
    /// # Safety
    /// `i` is below the code's register count.
    #[inline(always)]
    pub unsafe fn register(&self, i: usize) -> Value {
        // SAFETY: promised by the caller.
        unsafe { *self.registers.get().add(i) }
    }
}

/// A `frame` object.
#[repr(C)]
pub struct FrameObject {
    pub header: Header,
    /// The head: the live one on the stack, or `own` after the frame ended.
    pub frame: Cell<*mut Frame>,
    /// The head and the registers of a frame that ended while this object was held.
    pub own: GilCell<Option<(Box<Frame>, Vec<Value>)>>,
    /// `f_back` of a frame that ended: a frame object or NULL.
    pub back: Slot,
    /// `f_trace`, NULL if none.
    pub trace: Slot,
    pub trace_lines: Cell<bool>,
    pub trace_opcodes: Cell<bool>,
    /// Extra locals set through the `f_locals` proxy that the code has no variable for; NULL if none.
    pub extra_locals: Slot,
    /// The frame has ended.
    pub cleared: Cell<bool>,
    /// A line number that a trace function asked to jump to; 0 if none.
    pub jump_line: Cell<i32>,
}

crate::object!(FrameObject, FRAME);
