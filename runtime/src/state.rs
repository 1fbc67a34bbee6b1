//! State of the whole interpreter: configuration, the hash key, `sys.modules`, the builtins.

use crate::call::Args;
use crate::cell::{GilCell, Slot};
use crate::error::PyResult;
use crate::objects::exceptions::{ASSERTION_ERROR, NOT_IMPLEMENTED_ERROR};
use crate::objects::tuple::TUPLE;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// What the interpreter does for the runtime: running Python code.
pub trait Interpreter: Sync {
    /// Calls a Python function.
    fn call_function(&self, thread: &Thread, function: Value, arguments: &Args) -> PyResult;
    /// Runs a code object as a module or class body does: `exec`, `eval`, class statements.
    fn run_code(
        &self,
        thread: &Thread,
        code: Value,
        globals: Value,
        locals: Value,
        closure: Option<Value>,
    ) -> PyResult;
    /// The byte offset of the instruction that a frame's `pc` says (`f_lasti`).
    fn lasti(&self, frame: &crate::frame::Frame) -> i32;
    /// Lets a frame that gives events go on at another code unit, for which its stack is as it should be.
    fn move_to(&self, frame: &crate::frame::Frame, unit: u32);
    /// Resumes a generator-like object's frame: with a value sent, or with the pending exception thrown in (`None`).
    fn resume(
        &self,
        thread: &Thread,
        generator: Value,
        sent: Option<Value>,
    ) -> PyResult<crate::types::slots::SendResult>;
}

/// Process-wide state; set up once by the program.
pub struct State {
    pub interpreter: GilCell<Option<&'static dyn Interpreter>>,
    /// `sys.modules`: a dict.
    pub modules: Slot,
    /// The dict of module `sys`.
    pub sys_dict: Slot,
    /// The dict of module `builtins`.
    pub builtins_dict: Slot,
    /// How often `-O` was given: 0 to 2.
    pub optimization: std::cell::Cell<u8>,
    /// How often `-v` was given.
    pub verbose: std::cell::Cell<u8>,
    /// The module `_frozen_importlib`, NULL until the import system is booted.
    pub importlib: Slot,
    /// The functions `all` and `any` as they were made, which code that expands their calls compares with.
    pub all_and_any: [Slot; 2],
    /// The function `builtins.__import__` as it was made.
    pub import_function: Slot,
    /// What the program put in front of `sys.path` for its own folder; NULL if nothing.
    pub program_folder: Slot,
    /// Set by `-X importtime`.
    pub import_timer: GilCell<Option<crate::import::ImportTimer>>,
}

// SAFETY: touched only under the GIL.
unsafe impl Sync for State {}

pub static STATE: State = State {
    interpreter: GilCell::new(None),
    modules: Slot::null(),
    sys_dict: Slot::null(),
    builtins_dict: Slot::null(),
    optimization: std::cell::Cell::new(0),
    verbose: std::cell::Cell::new(0),
    importlib: Slot::null(),
    all_and_any: [Slot::null(), Slot::null()],
    import_function: Slot::null(),
    program_folder: Slot::null(),
    import_timer: GilCell::new(None),
};

impl State {
    /// The interpreter, once the program has wired it.
    #[inline(always)]
    pub fn interpreter(&self) -> &'static dyn Interpreter {
        self.interpreter.with(|i| i.expect("wired before any Python code runs"))
    }
    /// The optimization level that code is compiled at: 0, 1 or 2.
    pub fn optimize(&self) -> u8 {
        self.optimization.get()
    }
    /// A built-in by name.
    pub fn builtin(&self, name: &str) -> Option<Ref> {
        self.builtins_dict.peek().cast::<crate::objects::dict::Dict>()?.get_str(name)
    }
    /// One of the constants that instructions name by number (`CommonConstant`), borrowed for good.
    pub fn common_constant(&self, number: u16) -> Option<Value> {
        Some(match number {
            0 => Value::of(&ASSERTION_ERROR),
            1 => Value::of(&NOT_IMPLEMENTED_ERROR),
            2 => Value::of(&TUPLE),
            3 | 4 => {
                let slot = &self.all_and_any[number as usize - 3];
                if slot.is_null() {
                    return None;
                }
                slot.peek()
            }
            _ => return None,
        })
    }
    /// `sys.name`, borrowed from the module's dict.
    pub fn sys(&self, name: &str) -> Option<Ref> {
        self.sys_dict.peek().cast::<crate::objects::dict::Dict>()?.get_str(name)
    }
}

/// A module by its full name: from `sys.modules`, else imported through `builtins.__import__`.
pub fn import_module(thread: &Thread, name: &str) -> PyResult {
    let loaded = || STATE.modules.peek().cast::<crate::objects::dict::Dict>()?.get_str(name);
    if let Some(module) = loaded().filter(|m| !m.is_none()) {
        return Ok(module);
    }
    let text = crate::objects::str::Str::new(name);
    if let Some(import) = STATE.builtin("__import__") {
        thread.call(*import, &[*text])?;
    }
    match loaded() {
        Some(module) => Ok(module),
        None => Err(thread.key_error(*text)),
    }
}

/// The hash of a string's or bytes object's content.
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    crate::hash::hash_bytes(bytes)
}
