//! What a running trace shares with Rust: one `Context` for each thread that has run traces.

use runtime::thread::Thread;
use runtime::value::Value;
use std::cell::{Cell, RefCell};

/// The most values that an exit may save.
pub const BUFFER_WORDS: usize = 512;

/// What a trace gives whose frame returns: no exit code, as no trace has the number 0.
pub const RETURNED: u64 = 0;

/// A trace that has called itself, when the callee leaves.
pub struct Caller {
    /// The call, as the exit of its trace.
    pub code: u64,
    /// The caller's first register.
    pub base: *mut Value,
    /// What its snapshot names, in the order of `Trace::live`.
    pub words: Vec<u64>,
}

/// Compiled code gets its address as the first argument.
#[repr(C)]
pub struct Context {
    pub thread: Cell<*const Thread>,
    /// The exit taken, as `ExitCode` packs it.
    pub exit: Cell<u64>,
    /// The root window's first register when the exit was taken.
    pub exit_base: Cell<*mut Value>,
    /// State of the generator that says which guards leave although they hold; never 0.
    pub random: Cell<u64>,
    /// What the innermost frame returns, owned, when a trace gives `RETURNED`.
    pub returned: Cell<Value>,
    /// What a thunk's helper gave.
    pub answer: Cell<u64>,
    /// The values that the exit saved, in the order of `Trace::live`.
    pub buffer: [Cell<u64>; BUFFER_WORDS],
    /// The callers of the trace that leaves, innermost first: their frames are to be made.
    pub callers: RefCell<Vec<Caller>>,
    /// The generators that the last exit's snapshot had hold of; borrowed.
    pub held: RefCell<Vec<Value>>,
}

impl Context {
    pub fn new(thread: &Thread, seed: u32) -> Box<Context> {
        Box::new(Context {
            thread: Cell::new(thread),
            exit: Cell::new(0),
            exit_base: Cell::new(std::ptr::null_mut()),
            // Seeds that are close to each other shall differ at once.
            random: Cell::new((u64::from(seed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            returned: Cell::new(Value::NULL),
            answer: Cell::new(0),
            buffer: [const { Cell::new(0) }; BUFFER_WORDS],
            callers: RefCell::new(Vec::new()),
            held: RefCell::new(Vec::new()),
        })
    }
}

/// Which exit of which trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitCode {
    pub trace: u32,
    pub exit: u32,
}

impl ExitCode {
    /// The exit of a link whose target could not be entered: at the target's start.
    pub const ENTRY: u32 = u32::MAX;

    pub const fn pack(self) -> u64 {
        (self.trace as u64) << 32 | self.exit as u64
    }
    pub const fn unpack(code: u64) -> ExitCode {
        ExitCode { trace: (code >> 32) as u32, exit: code as u32 }
    }
}
