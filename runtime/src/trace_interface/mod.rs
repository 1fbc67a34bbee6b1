//! Where the interpreter and the tracing JIT meet, and all that the JIT knows of objects.
//!
//! - `fields`: the struct fields that compiled code reads and writes, by name, with offset, width and alias class.
//! - `helpers`: the functions that compiled code calls, with signature and effects.
//! - `HOOKS`: what the interpreter asks when code gets hot, and what the JIT asks of the interpreter.
//!
//! The interpreter and the JIT do not know each other. With nothing filled in, everything runs interpreted.

mod arrays;
mod fields;
mod helpers;
mod iterators;
mod native_calls;
mod numbers;
mod operations;
mod sequences;
mod tracebacks;

pub use crate::heap::plain::{Cells, Plain, places as heap_places};
pub use arrays::{ArrayLayout, Element, NumberIterator, array_of, number_iterator, set_array_types};
pub(crate) use fields::vec_layout;
pub use fields::{Field, Width};
pub use helpers::{Helper, HelperRow, Result as HelperResult, effect};
pub use numbers::{FloatFunction, FloatPairFunction, float_function, float_pair_function};
pub use sequences::{contains_quietly, equal_quietly};
pub use tracebacks::{ENTRY_WORDS, make as make_traceback};

use crate::cell::GilCell;
use crate::error::PyResult;
use crate::frame::{Frame, Remainder};
use crate::objects::generator::GeneratorState;
use crate::objects::list::List;
use crate::thread::Thread;
use crate::types::Type;
use crate::value::{Ref, Value};
use ir::register::Operation;
use std::cell::Cell;

/// What the interpreter's loop does after a hook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Go on as before.
    Continue,
    /// Ask `step` before each instruction from the present one on.
    Record,
    /// The frames have changed: go on at the pc of the thread's innermost frame.
    Reload,
    /// As `Reload`, and then as `Record`.
    ReloadAndRecord,
    /// As `Reload`, and an exception is pending that was raised there.
    Raised,
    /// As `Raised`, and `Record` from the exception's handler on.
    RaisedAndRecord,
    /// The innermost frame, which may have changed, returns `HOOKS.returned`; its registers hold nothing with a count.
    Return,
    /// Recording goes on when the running frame, which was called from the recorded one, has returned. It runs unwatched.
    Finish,
}

/// What the interpreter asks of the JIT. All get the running frame, whose pc is at the instruction in question.
pub struct Hooks {
    /// A loop's back edge or a function's entry became hot; the heat counter was reset.
    pub hot: Cell<fn(&Thread, &Frame) -> Action>,
    /// Recording is on: the frame's next instruction is about to run. `Continue` ends the recording.
    pub step: Cell<fn(&Thread, &Frame) -> Action>,
    /// The instruction is hot and has a trace (its number is in the instruction's cache word): run it.
    pub enter: Cell<fn(&Thread, &Frame, u32) -> Action>,
    /// The loop that asked `step` ended: the recording, if it still goes on, is of no use.
    pub left: Cell<fn(&Thread)>,
    /// What a frame returns (`Action::Return`), owned.
    pub returned: Cell<Value>,
    /// Heat, in instructions executed, at which `hot` is asked. `u32::MAX`: never.
    pub threshold: Cell<u32>,
    /// For `sys._jit`: a dict of counters, and a list of a dict for each trace.
    pub statistics: Cell<fn() -> Ref>,
    pub traces: Cell<fn() -> Ref>,
}
// SAFETY: touched only under the GIL.
unsafe impl Sync for Hooks {}

pub static HOOKS: Hooks = Hooks {
    hot: Cell::new(|_, _| Action::Continue),
    step: Cell::new(|_, _| Action::Continue),
    enter: Cell::new(|_, _, _| Action::Continue),
    left: Cell::new(|_| ()),
    returned: Cell::new(Value::NULL),
    threshold: Cell::new(u32::MAX),
    statistics: Cell::new(|| Ref::NONE),
    traces: Cell::new(|| List::from_refs(Vec::new())),
};

/// What a call writes to the head of the frame that it makes, beyond what its function says.
#[derive(Clone, Copy, Debug)]
pub struct FramePlan {
    /// The interpreter's form of the code object.
    pub executable: *const (),
    /// Its first instruction.
    pub start: *const u64,
    /// The calling instruction, behind its prefix if it has one: the caller's pc during the call.
    pub call: *const u64,
    /// The head's word at `return_register`.
    pub returns: u64,
}

/// Where an exception is handled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandlerPlan {
    /// Word index of the handler.
    pub target: u32,
    /// Registers from this one up are dropped. It then gets the exception, or `lasti` with the exception behind it.
    pub register: u32,
    /// `f_lasti` of the instruction that raised, if the handler wants it.
    pub lasti: Option<i64>,
}

/// What a generator handles while it is suspended (`Generator::handled`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Handles {
    /// NULL.
    Nothing,
    /// Nothing either, but None.
    None,
    Exception,
}

impl Handles {
    pub fn of(handled: Value) -> Handles {
        match handled {
            v if v.is_null() => Handles::Nothing,
            v if v.is_none() => Handles::None,
            _ => Handles::Exception,
        }
    }
}

/// How a generator is suspended: its state, the register that gets the value sent, what it handles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suspension {
    pub state: GeneratorState,
    pub register: u32,
    pub handles: Handles,
}

impl Suspension {
    /// As one number.
    pub fn pack(self) -> i64 {
        (self.handles as i64) << 48 | i64::from(self.register) << 8 | self.state as i64
    }
    pub fn unpack(packed: i64) -> Suspension {
        let state = match packed & 0xFF {
            x if x == GeneratorState::Created as i64 => GeneratorState::Created,
            x if x == GeneratorState::SuspendedYieldFrom as i64 => GeneratorState::SuspendedYieldFrom,
            _ => GeneratorState::Suspended,
        };
        let handles = match packed >> 48 {
            0 => Handles::Nothing,
            1 => Handles::None,
            _ => Handles::Exception,
        };
        Suspension { state, register: (packed >> 8) as u32, handles }
    }
}

/// Set in a window's return register: its frame is of kind `Operator`, and the rest is the number of a `Remainder`.
pub const OPERATOR: u32 = 1 << 31;

/// What the JIT asks of the interpreter.
pub trait TraceHost: Sync {
    /// Makes a frame of the function on top of the running one, whose arguments and locals are in its window already.
    /// The calling frame's pc is at its call. `function` is owned and moves to the frame; so is `instance`, which is not
    /// NULL if the function is the `__init__` that a class calls for it.
    fn push_frame(
        &self,
        thread: &Thread,
        function: Value,
        code: Value,
        registers: *mut Value,
        return_register: u32,
        instance: Value,
    );
    /// Calls a Python function for the instruction at the running frame's pc, which is no call and has no prefix: its frame
    /// is the innermost one afterwards. False, with nothing done, if the function takes other arguments or there is no room.
    fn enter_special(
        &self,
        thread: &Thread,
        function: Value,
        arguments: &[Value],
        remainder: Remainder,
    ) -> bool;
    /// Has the running frame, at a `Call` without a prefix, resume a generator or coroutine: with a value sent, or with an
    /// exception, which is taken to its handler. False, with nothing done, if it can't go on that way.
    fn resume_by_call(&self, _thread: &Thread, _generator: Value, _sent: Value, _throws: bool) -> bool {
        false
    }
    /// Makes a call's window, whose callable is an object without a self, call a function with that object as self.
    ///
    /// # Safety
    /// `window` is the window's first register, and the frame is at its call.
    unsafe fn bind_callable(&self, frame: &Frame, window: usize, function: Value);
    /// The Python `__init__` of a class whose instances are made by `object.__new__`; `None` for other classes.
    fn python_init(&self, class: &'static Type) -> Option<Value>;
    /// Takes the innermost frame, whose registers hold nothing with a count any more, away.
    fn pop_frame(&self, thread: &Thread);
    /// The generator or coroutine that a call of a function gives, at its `ReturnGenerator`, owned: its registers hold NULL, and it
    /// counts as executing. NULL if that is for the call itself to do.
    fn make_generator(&self, _thread: &Thread, _function: Value, _pc: *const u64) -> Value {
        Value::NULL
    }
    /// Makes the frame of a suspended generator, which the running frame's instruction (at its pc) resumes, the innermost one.
    fn push_generator(&self, thread: &Thread, generator: Value);
    /// Suspends the innermost frame, a generator's, at the instruction `pc`, whose result register gets the value sent.
    fn pop_generator(&self, thread: &Thread, pc: *const u64, suspension: Suspension);
    /// Ends the innermost frame, a generator's.
    fn finish_generator(&self, thread: &Thread);
    /// The interpreter's form of a code object, which stays in place.
    fn executable(&self, _code: Value) -> Option<*const ()> {
        None
    }
    /// `f_lasti` at a word index of a code object's register code.
    fn lasti(&self, _code: Value, _index: u32) -> Option<i64> {
        None
    }
    /// Ends the innermost frame, whose registers may hold values, with an exception that is not pending.
    fn leave_by_exception(&self, _thread: &Thread, _exception: Value) {}
    /// Where an exception that the frame's instruction at a word index raises is handled in the frame.
    fn handler_at(&self, _frame: &Frame, _index: u32) -> Option<HandlerPlan> {
        None
    }
    /// The word index of the instruction with this `f_lasti`.
    fn index_of_lasti(&self, _frame: &Frame, _lasti: i64) -> u32 {
        0
    }
    /// Runs one instruction of the innermost frame, at its pc, with the calls it makes. The word index that the frame comes
    /// to, or -1 if it isn't the innermost one any more or an exception is on its way: then the interpreter goes on
    /// from the thread's innermost frame, whose pc is right (with the pending exception, if there is one).
    /// With `levels`: the same for an instruction whose exception is handled so many frames outwards, all of which end.
    fn step(&self, thread: &Thread, levels: u32) -> i64;
    /// Does an operation on these operands, as the interpreter would in the innermost frame. Jumps give whether they are
    /// taken, what has no result gives None, what has several gives a tuple.
    fn operate(&self, thread: &Thread, operation: Operation, number: u32, operands: &[Value]) -> PyResult;
    /// A constant of the frame's pool.
    fn constant(&self, frame: &Frame, index: usize) -> Value;
    /// How many registers frames of a code object have; `None` if it can't be run.
    fn register_count(&self, thread: &Thread, code: Value) -> Option<u32>;
    /// How many words a frame's register code has.
    fn word_count(&self, frame: &Frame) -> u32;
    /// The word index of a frame's pc.
    fn pc_index(&self, frame: &Frame) -> u32;
    /// The address of a word of the frame's register code.
    fn pc_at(&self, frame: &Frame, index: u32) -> *const u64;
    /// The address of a word of a code object's register code, which stays in place; `None` if that isn't known.
    fn word_address(&self, _code: Value, _index: u32) -> Option<*const u64> {
        None
    }
    /// How a call by the instruction at an address, with the result going to `return_register`, makes a frame for a code
    /// object; `None` if `push_frame` must do it.
    fn frame_plan(
        &self,
        _code: Value,
        _call: *const u64,
        _return_register: u32,
        _is_init: bool,
    ) -> Option<FramePlan> {
        None
    }
    /// The word index behind the `Resume` at which functions with this code object start; `None` for generators.
    fn body_start(&self, _code: Value) -> Option<u32> {
        None
    }
}

/// The interpreter, once it is installed.
static TRACE_HOST: GilCell<Option<&'static dyn TraceHost>> = GilCell::new(None);

/// Makes the interpreter known to the JIT.
pub fn set_host(host: &'static dyn TraceHost) {
    TRACE_HOST.replace(Some(host));
}

/// The interpreter as the JIT sees it.
pub fn host() -> Option<&'static dyn TraceHost> {
    TRACE_HOST.with(|host| *host)
}
