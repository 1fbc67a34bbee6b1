//! Where the loop meets the tracing JIT: anchors that got hot or have a trace, and the watched loop, which stops between
//! instructions for the recorder, or after one instruction for a trace that had it run.

use crate::dispatch::{Exit, Machine, define_result, run, run_raised};
use crate::hooks;
use crate::poll;
use crate::special_methods;
use crate::unwind::{self, Cause};
use ir::register::{Operation, Word, payload};
use runtime::error::PyResult;
use runtime::frame::{Frame, FrameKind, Remainder};
use runtime::protocol;
use runtime::trace_interface::{Action, HOOKS};
use runtime::value::{Ref, Value};

/// Why a loop is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watch {
    /// It is not.
    Off,
    /// The recorder sees each instruction before it runs.
    Record,
    /// One instruction of this frame is about to run.
    Step(*mut Frame),
    /// It has begun: the loop ends when the frame comes to its next instruction.
    Stepping(*mut Frame),
    /// Events are given (see `hooks`).
    Hooks,
    /// One instruction with a prefix is about to run, which the unwatched loop leaves to the watched one.
    Wide,
}

impl Watch {
    /// Whether unwinding must not leave the frame.
    #[inline(always)]
    pub fn stops_in(self, frame: *mut Frame) -> bool {
        self == Watch::Stepping(frame)
    }
}

/// How the loop goes on after an anchor.
pub enum Turn {
    /// As if nothing had happened.
    Go,
    /// In the watched loop.
    Watch,
    /// At the machine's pc.
    Reload,
    /// There, with an exception that its instruction raised.
    Raise,
    /// An exception has left the loop.
    Left,
    /// The machine's frame returns this.
    Return(Ref),
}

/// The machine is at an anchor (`JumpBackward`, `Resume`) that is hot, and may have a trace.
#[inline(never)]
pub fn at_anchor(m: &mut Machine) -> Turn {
    if m.executable.precise {
        return hooks::to_ordinary(m);
    }
    // SAFETY: the running frame is alive; anchors have two more words, written under the GIL.
    let (frame, counter, trace) = unsafe { (&*m.frame, (m.pc as *mut u64).add(1), *m.pc.add(2)) };
    frame.pc.set(m.pc);
    let action = if trace != 0 {
        HOOKS.enter.get()(m.thread, frame, trace as u32)
    } else {
        // SAFETY: as above.
        unsafe { *counter = u64::from(payload(*counter)) };
        HOOKS.hot.get()(m.thread, frame)
    };
    match action {
        Action::Continue => Turn::Go,
        Action::Record => {
            m.watch = Watch::Record;
            Turn::Watch
        }
        Action::Reload => {
            m.turn_to_innermost();
            Turn::Reload
        }
        Action::ReloadAndRecord => {
            m.turn_to_innermost();
            m.watch = Watch::Record;
            Turn::Watch
        }
        Action::Raised => {
            m.turn_to_innermost();
            Turn::Raise
        }
        Action::RaisedAndRecord => {
            m.turn_to_innermost();
            m.watch = Watch::Record;
            match unwind::unwind(m, m.pc, Cause::Raised) {
                Ok(()) => Turn::Watch,
                Err(_) => {
                    leave_recording(m);
                    Turn::Left
                }
            }
        }
        Action::Return => {
            if m.thread.frame.get() != m.frame {
                m.turn_to_innermost();
            }
            // SAFETY: the hook gave up a count of it.
            Turn::Return(unsafe { Ref::from_owned(HOOKS.returned.replace(Value::NULL)) })
        }
        Action::Finish => unreachable!("nothing is recorded here"),
    }
}

/// Runs the machine's frame, just pushed for native code, to its end: in a trace if its function has one, without the loop.
#[inline(always)]
pub fn run_entry(m: &mut Machine) -> PyResult<Exit> {
    // SAFETY: the machine is at its code's first instruction; an anchor has two more words.
    let is_traced = unsafe {
        let operation = Word(*m.pc).number();
        operation == Operation::Resume as u8
            && *m.pc.add(2) != 0
            && (*m.pc.add(1) >> 32) as u32 >= HOOKS.threshold.get()
    };
    if is_traced && !poll::is_due(m.thread) { run_traced_entry(m) } else { run(m) }
}

fn run_traced_entry(m: &mut Machine) -> PyResult<Exit> {
    let entry = m.frame;
    match at_anchor(m) {
        Turn::Return(value) if m.frame == entry => {
            // SAFETY: the innermost frame, whose registers hold nothing with a count.
            unsafe { m.pop(0) };
            Ok(Exit::Return(value))
        }
        Turn::Return(value) => match unwind::leave(m, value) {
            Ok(Some(exit)) => Ok(exit),
            Ok(None) => run(m),
            Err(_) => run_raised(m),
        },
        Turn::Go | Turn::Watch | Turn::Reload => run(m),
        Turn::Raise => run_raised(m),
        Turn::Left => Err(m.thread.raised()),
    }
}

/// Called by the watched loop before each instruction; true if the loop is to be left.
pub fn between_instructions(m: &mut Machine) -> PyResult<bool> {
    match m.watch {
        Watch::Off => Ok(true),
        Watch::Hooks => hooks::between_instructions(m),
        Watch::Wide => {
            m.watch = Watch::Off;
            Ok(false)
        }
        Watch::Step(frame) => {
            m.watch = Watch::Stepping(frame);
            Ok(false)
        }
        Watch::Stepping(frame) => {
            if m.frame == frame {
                Ok(true)
            } else {
                run_callee(m, frame)
            }
        }
        Watch::Record if m.thread.gives_events() || m.executable.precise => {
            leave_recording(m);
            m.watch = Watch::Off;
            if m.thread.gives_events() {
                m.watch = Watch::Hooks;
            }
            Ok(true)
        }
        Watch::Record => {
            // SAFETY: the running frame is alive.
            let frame = unsafe { &*m.frame };
            frame.pc.set(m.pc);
            let action = HOOKS.step.get()(m.thread, frame);
            if action == Action::Record {
                return Ok(false);
            }
            if action == Action::Finish {
                let caller = frame.previous.get();
                return run_callee(m, caller);
            }
            if action != Action::ReloadAndRecord {
                m.watch = Watch::Off;
            }
            if action != Action::Continue {
                m.turn_to_innermost();
            }
            if action == Action::Raised {
                unwind::unwind(m, m.pc, Cause::Raised)?;
            }
            Ok(true)
        }
    }
}

/// The next item of an iterator for the watched loop's instruction; `None` at its end.
#[inline(never)]
pub fn next_item(m: &Machine, iterator: Value) -> PyResult<Option<Ref>> {
    if m.watch != Watch::Hooks {
        return protocol::next(m.thread, iterator);
    }
    let Some(next) = iterator.ty().slots().next else { return protocol::next(m.thread, iterator) };
    let item = next(m.thread, iterator);
    if item.is_err() {
        hooks::stops_iteration(m);
    }
    protocol::item_or_end(m.thread, item)
}

/// A watched loop that records has ended, by a return or an exception.
#[cold]
#[inline(never)]
pub fn leave_recording(m: &Machine) {
    HOOKS.left.get()(m.thread);
}

/// `caller` has called a Python function: that runs in a loop of its own, unwatched, where it may enter traces. False
/// if the watched loop has to run it.
fn run_callee(m: &mut Machine, caller: *mut Frame) -> PyResult<bool> {
    // SAFETY: the frames that run are alive.
    let (callee, caller) = unsafe { (&*m.frame, &*caller) };
    let kind = callee.kind.get();
    let is_simple = matches!(kind, FrameKind::Call | FrameKind::Init | FrameKind::Operator)
        && std::ptr::eq(callee.previous.get(), caller);
    if !is_simple || !m.thread.has_native_room() {
        return Ok(false);
    }
    let (register, flags) = (callee.return_register.get() as usize, callee.return_flags.get());
    let length = callee.return_length.get() as usize;
    callee.kind.set(FrameKind::Entry);
    let instance = if kind == FrameKind::Init { callee.extra.take() } else { Ref::NULL };
    let result = run(&mut Machine { pc: m.pc, ..Machine::new(m.thread, m.frame, m.executable) });
    m.turn_to_innermost();
    if caller.kind.get() != FrameKind::Generator {
        // SAFETY: the caller's window is on the register stack.
        m.thread.stack_top.set(unsafe { m.registers.add(m.executable.register_count()) });
    }
    if kind == FrameKind::Operator {
        return finish_special(m, result, Remainder::from_number(register as u32)).map(|()| true);
    }
    let result = match result {
        Ok(Exit::Return(value) | Exit::Yield(value)) if kind == FrameKind::Init => {
            unwind::init_result(m.thread, instance, value)
        }
        Ok(Exit::Return(value) | Exit::Yield(value)) => Ok(value),
        Err(raised) => Err(raised),
    };
    match result {
        // SAFETY: the caller is at its call.
        Ok(value) => unsafe {
            define_result(m.registers, flags, register, value);
            m.pc = m.pc.add(length);
        },
        Err(_) => unwind::unwind(m, m.pc, Cause::Raised)?,
    }
    Ok(true)
}

/// Finishes the instruction that called a special method, whose frame has ended.
fn finish_special(m: &mut Machine, result: PyResult<Exit>, remainder: Remainder) -> PyResult<()> {
    let finished = match result {
        // SAFETY: the machine is at the instruction.
        Ok(Exit::Return(value) | Exit::Yield(value)) => unsafe {
            special_methods::finish(m, value, remainder)
        },
        // SAFETY: as above.
        Err(_) if unsafe { special_methods::ends_iteration(m, false) } => Ok(()),
        Err(raised) => Err(raised),
    };
    match finished {
        Ok(()) => Ok(()),
        Err(_) => unwind::unwind(m, m.pc, Cause::Raised),
    }
}
