//! The events of exceptions. The pending exception is put aside while somebody is told of it; what is raised meanwhile
//! takes its place.

use super::tell::{self, Site, profile, profile_call, tell, trace};
use super::{NONE, after};
use crate::code::of_frame;
use crate::dispatch::Machine;
use crate::unwind::Cause;
use ir::opcode::Opcode;
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::monitoring::Event;
use runtime::objects::exceptions::{BaseException, STOP_ITERATION};
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};

fn unit_of(frame: &Frame, pc: *const u64) -> u32 {
    let executable = of_frame(frame);
    executable.unit_at(executable.index_of(pc))
}

/// Where an exception came from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The frame's own instruction.
    Own,
    /// A Python function that it called.
    Callee,
}

/// The code unit that events name for an exception raised by the instruction at a pc: its last one, and the one in front
/// of it if it is a call whose callee raised.
fn raising_unit(frame: &Frame, pc: *const u64, origin: Origin) -> u32 {
    let unit = unit_of(frame, pc);
    if origin == Origin::Callee {
        return unit.saturating_sub(1);
    }
    let number = frame.code().code.get(unit as usize * 2);
    let opcode = number.and_then(|number| Opcode::from_number((*number).into()));
    unit + opcode.map_or(0, |opcode| u32::from(opcode.info().caches))
}

fn wants(thread: &Thread, event: Event) -> bool {
    thread.gives_events() && thread.wanted.get() & event.bit() != 0
}

/// Tells of the pending exception; it stays pending, or another one is.
fn with_pending(thread: &Thread, f: impl FnOnce(&Ref) -> PyResult<()>) {
    let exception = thread.take_raised();
    if f(&exception).is_ok() {
        let _ = thread.restore(exception);
    }
}

/// An instruction of the running frame has raised: a native call has failed, and an exception goes through the frame.
pub fn raised(m: &Machine, frame: &Frame, at: *const u64, cause: Cause, origin: Origin) {
    let thread = m.thread;
    if m.executable.precise && frame.hook_after.replace(after::NOTHING) == after::CALL {
        call_failed(thread, frame, at);
    }
    let event = if cause == Cause::Raised { Event::Raise } else { Event::Reraise };
    if !wants(thread, event) {
        return;
    }
    let site = Site { frame, unit: raising_unit(frame, at, origin) };
    with_pending(thread, |exception| {
        tell(thread, &site, event, &[**exception])?;
        if event == Event::Raise { trace_exception(thread, frame, **exception) } else { Ok(()) }
    });
}

fn call_failed(thread: &Thread, frame: &Frame, at: *const u64) {
    let Some((callable, argument)) = tell::take_call(thread, frame) else { return };
    if !wants(thread, Event::Call) {
        return;
    }
    let site = Site { frame, unit: unit_of(frame, at) };
    with_pending(thread, |_| {
        tell(thread, &site, Event::CRaise, &[*callable, *argument])?;
        profile_call(thread, frame, "c_exception", *callable, *argument, Event::CRaise)
    });
}

fn trace_exception(thread: &Thread, frame: &Frame, exception: Value) -> PyResult<()> {
    if thread.trace_function.is_null() {
        return Ok(());
    }
    let traceback = exception.cast::<BaseException>().and_then(|e| e.traceback.option());
    let triple = Tuple::from_values(&[Value::of(exception.ty()), exception, *traceback.unwrap_or(Ref::NONE)]);
    trace(thread, frame, "exception", *triple, Event::Raise)
}

/// A handler of the running frame gets the exception; the machine is at the handler.
pub fn handled(m: &Machine, frame: &Frame, exception: Value) -> PyResult<()> {
    if !wants(m.thread, Event::ExceptionHandled) {
        return Ok(());
    }
    let site = Site { frame, unit: unit_of(frame, m.pc) };
    tell(m.thread, &site, Event::ExceptionHandled, &[exception])
}

/// The running frame ends with the pending exception.
pub fn propagates(m: &Machine, frame: &Frame, at: *const u64, origin: Origin) {
    let thread = m.thread;
    if !wants(thread, Event::PyUnwind) {
        return;
    }
    let site = Site { frame, unit: raising_unit(frame, at, origin) };
    with_pending(thread, |exception| {
        tell(thread, &site, Event::PyUnwind, &[**exception])?;
        profile(thread, frame, "return", Value::NONE, Event::PyUnwind)?;
        trace(thread, frame, "return", Value::NONE, Event::PyUnwind)
    });
}

/// An exception is thrown into the machine's frame.
pub fn begin_throw(m: &Machine) {
    let thread = m.thread;
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    // As if the RESUME behind the yield had run: the handler begins a line.
    frame.hook_last.set(NONE);
    if !wants(thread, Event::PyThrow) {
        return;
    }
    let site = Site { frame, unit: unit_of(frame, m.pc) + 1 };
    with_pending(thread, |exception| {
        tell(thread, &site, Event::PyThrow, &[**exception])?;
        profile(thread, frame, "call", Value::NONE, Event::PyThrow)?;
        trace(thread, frame, "call", Value::NONE, Event::PyThrow)
    });
}

/// What is pending, if it is a StopIteration, is about to end an iteration of the machine's instruction.
pub fn stops_iteration(m: &Machine) {
    let thread = m.thread;
    if !wants(thread, Event::Raise) || !thread.raised_matches(&STOP_ITERATION) {
        return;
    }
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    let site = Site { frame, unit: unit_of(frame, m.pc) };
    with_pending(thread, |exception| {
        tell(thread, &site, Event::Raise, &[**exception])?;
        trace_exception(thread, frame, **exception)
    });
}

/// A generator that a loop or a delegation ran has returned `value`, without an exception.
pub fn stop_iteration(thread: &Thread, frame: &Frame, site: &Site, value: Value) -> PyResult<()> {
    let arguments: &[Value] = if value.is_none() { &[] } else { &[value] };
    let exception = thread.call(Value::of(&STOP_ITERATION), arguments)?;
    tell(thread, site, Event::StopIteration, &[*exception])?;
    trace_exception(thread, frame, *exception)
}
