//! Frames: a window of registers and a head that says whose it is.
//!
//! Registers lie on the thread's contiguous register stack (a callee's window may start inside its caller's, where the
//! arguments lie) or, for generators and coroutines, in the generator object. Heads lie on a stack of their own, those of
//! generators in the object, and form a chain through `previous`. A
//! `frame` object that Python code sees is made on demand and points to the head; when the frame ends, it takes the
//! registers over.
//!
//! Invariant: at every instruction boundary the registers hold exactly what CPython's locals and stack would (see
//! `ir::register`); dead stack registers hold NULL or an immediate.

use crate::cell::{Borrowed, GilCell, Slot};
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
    /// A method that an instruction other than a call has called. The instruction is finished when it returns: the head's
    /// `return_register` holds a `Remainder`.
    Operator,
    /// `__init__` of an instance that a type call makes: its result must be None and the instance is returned.
    Init,
}

/// What an instruction that called a special method does with the result, beyond what the instruction itself says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Remainder {
    /// Nothing. A binary operator has asked its left operand, and asks the right one after NotImplemented.
    Plain,
    /// `!=` has called `__eq__`: the result is negated.
    Negated,
    /// A binary operator has asked its right operand, and nobody is left to ask.
    Reflected,
    /// An operator with assignment has called the method in place: after NotImplemented it goes on as the plain one.
    InPlace,
    /// A test has called `__len__`, not `__bool__`.
    Length,
}

impl Remainder {
    /// The one with this number.
    pub fn from_number(number: u32) -> Remainder {
        use Remainder::*;
        [Plain, Negated, Reflected, InPlace, Length].get(number as usize).copied().unwrap_or(Plain)
    }
}

/// What resumed a generator's frame that runs, and so where its values go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ResumedBy {
    /// Native code: a loop of its own runs the frame.
    Native,
    /// A `ForIter` of the calling frame, in the same loop.
    ForIter,
    /// A `Send` of the calling frame, in the same loop.
    Send,
    /// A `Call` of the calling frame, in the same loop: of `next`, `send` or `throw`.
    Call,
    /// A `Send` of the calling frame, in the same loop, to what an asynchronous generator's `__anext__` gave.
    SendToStep,
}

/// The head of a frame.
///
/// The function keeps code object, globals and builtins alive, former code objects included (see `Function`).
#[repr(C)]
pub struct Frame {
    /// First register.
    pub registers: Cell<*mut Value>,
    /// The next instruction to run (or the one that is running a call).
    pub pc: Cell<*const u64>,
    pub previous: Cell<*mut Frame>,
    /// The interpreter's form of the code object.
    pub executable: Cell<*const ()>,
    /// A code object.
    pub code: Borrowed,
    pub globals: Borrowed,
    pub builtins: Borrowed,
    /// The function; module and class bodies have one too.
    pub function: Slot,
    /// Where in the caller's registers the result goes.
    pub return_register: Cell<u32>,
    pub kind: Cell<FrameKind>,
    /// Flags of the calling instruction's word.
    pub return_flags: Cell<u8>,
    /// Words of the calling instruction.
    pub return_length: Cell<u8>,
    /// For generators' frames.
    pub resumed_by: Cell<ResumedBy>,
    // From here on NULL in a free head and in most others.
    /// The namespace of module and class bodies; NULL for optimised functions.
    pub locals: Slot,
    /// The `frame` object, or NULL while nobody asked.
    pub frame_object: Slot,
    /// For `Init` frames: the instance.
    pub extra: Slot,
    /// The generator object of a generator frame, borrowed; else NULL.
    pub generator: Cell<Value>,
    /// For events: the word index of the bytecode instruction that began last, and what is to be told when it has ended
    /// (0: nothing). Of meaning only in the code that gives events.
    pub hook_last: Cell<u32>,
    pub hook_after: Cell<u32>,
}

const _: () = assert!(size_of::<Frame>() == 112, "a call writes the first nine words");

impl Frame {
    /// A head that stands for no frame.
    pub const fn empty() -> Frame {
        Frame {
            registers: Cell::new(std::ptr::null_mut()),
            pc: Cell::new(std::ptr::null()),
            previous: Cell::new(std::ptr::null_mut()),
            executable: Cell::new(std::ptr::null()),
            code: Borrowed::new(Value::NULL),
            globals: Borrowed::new(Value::NULL),
            builtins: Borrowed::new(Value::NULL),
            function: Slot::null(),
            return_register: Cell::new(0),
            kind: Cell::new(FrameKind::Entry),
            return_flags: Cell::new(0),
            return_length: Cell::new(0),
            resumed_by: Cell::new(ResumedBy::Native),
            locals: Slot::null(),
            frame_object: Slot::null(),
            extra: Slot::null(),
            generator: Cell::new(Value::NULL),
            hook_last: Cell::new(0),
            hook_after: Cell::new(0),
        }
    }
    /// A head for the same code and namespaces, with a reference to the function of its own.
    pub fn same_scope(&self) -> Frame {
        Frame {
            pc: Cell::new(self.pc.get()),
            executable: Cell::new(self.executable.get()),
            code: Borrowed::new(self.code.peek()),
            globals: Borrowed::new(self.globals.peek()),
            builtins: Borrowed::new(self.builtins.peek()),
            function: Slot::new(self.function.get()),
            locals: Slot::new(self.locals.get()),
            kind: Cell::new(self.kind.get()),
            ..Frame::empty()
        }
    }
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
}

crate::object!(FrameObject, FRAME);
