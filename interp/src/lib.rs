//! The register interpreter: runs the register code of code objects.
//!
//! `dispatch` is the loop; `calls`, `frames` and `unwind` move between frames; `generators` suspends and resumes them;
//! `quicken` writes specialised forms and inline caches; the other modules do the work of instructions.

mod calls;
mod code;
mod dispatch;
mod frames;
mod generators;
mod globals;
mod hooks;
mod imports;
mod intrinsics;
mod operate;
mod operators;
mod patterns;
mod poll;
mod python_operators;
mod quicken;
mod resuming_calls;
mod special_methods;
mod trace_host;
mod unwind;
mod watch;

pub use code::{Executable, register_code};

use dispatch::{Exit, Machine};
use frames::Destination;
use runtime::call::Args;
use runtime::error::PyResult;
use runtime::frame::{Frame, FrameKind};
use runtime::objects::code::Code;
use runtime::objects::function::{self, Function};
use runtime::state::{Interpreter, STATE};
use runtime::thread::Thread;
use runtime::types::slots::SendResult;
use runtime::value::Value;

/// The interpreter as the runtime sees it.
pub struct RegisterInterpreter;

static INTERPRETER: RegisterInterpreter = RegisterInterpreter;

/// Makes this the interpreter of the process.
pub fn install() {
    STATE.interpreter.replace(Some(&INTERPRETER));
    runtime::trace_interface::set_host(&INTERPRETER);
}

impl Interpreter for RegisterInterpreter {
    fn call_function(&self, thread: &Thread, function: Value, arguments: &Args) -> PyResult {
        thread.check_native_stack()?;
        match calls::push_exact_entry(thread, function, arguments) {
            Some(mut m) => ended(watch::run_entry(&mut m)),
            None => call_slowly(thread, function, arguments),
        }
    }

    fn run_code(
        &self,
        thread: &Thread,
        code: Value,
        globals: Value,
        locals: Value,
        closure: Option<Value>,
    ) -> PyResult {
        thread.check_native_stack()?;
        let Some(code_object) = code.cast::<Code>() else {
            return Err(thread.type_error(format!("expected code, got '{}'", code.ty().name())));
        };
        let executable = register_code(thread, code_object)?;
        frames::check_depth(thread)?;
        let base = thread.stack_top.get();
        frames::check_room(thread, base, executable.register_count())?;
        // The function keeps code and namespaces alive.
        let owner = function::new_function(code, globals);
        let Some(function) = owner.cast::<Function>() else {
            return Err(thread.system_error("a function is a function"));
        };
        if let Some(closure) = closure {
            function.closure.set(closure.to_ref());
        }
        // SAFETY: the window is free and has room; its locals start unbound.
        let frame = unsafe {
            for i in 0..code_object.nlocalsplus() {
                base.add(i).write(Value::NULL);
            }
            let kind = FrameKind::Entry;
            let frame =
                frames::push(thread, function, owner.clone(), executable, base, kind, Destination::default());
            drop((*frame).locals.replace(locals.to_ref()));
            frame
        };
        finish(thread, frame, executable)
    }

    fn lasti(&self, frame: &Frame) -> i32 {
        code::lasti(frame)
    }

    fn move_to(&self, frame: &Frame, unit: u32) {
        let executable = code::of_frame(frame);
        if executable.precise {
            frame.pc.set(executable.at(executable.pc_of(unit)));
        }
    }

    fn resume(&self, thread: &Thread, generator: Value, sent: Option<Value>) -> PyResult<SendResult> {
        generators::resume(thread, generator, sent)
    }
}

/// Calls of functions that have other parameters than the arguments, or make generators.
#[inline(never)]
fn call_slowly(thread: &Thread, function: Value, arguments: &Args) -> PyResult {
    if let Some(generator) = calls::make_generator(thread, function, arguments)? {
        return Ok(generator);
    }
    let (frame, executable) = calls::push_entry(thread, function, arguments)?;
    finish(thread, frame, executable)
}

/// Runs an entry frame to its end.
fn finish(thread: &Thread, frame: *mut Frame, executable: &'static Executable) -> PyResult {
    ended(dispatch::run(&mut Machine::new(thread, frame, executable)))
}

/// What a function has returned.
#[inline(always)]
fn ended(exit: PyResult<Exit>) -> PyResult {
    match exit? {
        Exit::Return(value) | Exit::Yield(value) => Ok(value),
    }
}
