//! Unwinding: where an exception continues, and what is dropped on the way.

use crate::code::of_frame;
use crate::dispatch::{Exit, Machine, define_result};
use crate::hooks::Origin;
use crate::watch::Watch;
use crate::{frames, generators, hooks, special_methods};
use runtime::error::PyResult;
use runtime::frame::{Frame, FrameKind, Remainder, ResumedBy};
use runtime::objects::exceptions::{RUNTIME_ERROR, STOP_ITERATION};
use runtime::objects::{generator, int, traceback};
use runtime::thread::Thread;
use runtime::value::{Ref, Value};

/// How an exception came up: a new traceback entry is due, or the one it has says it all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An instruction raised it.
    Raised,
    /// It was raised again: the frame is in its traceback already.
    Reraised,
}

/// Looks for the handler of the pending exception, in the running frame and outwards. `Ok`: the machine is at the handler.
/// `Err`: the loop's entry frame was left.
#[cold]
#[inline(never)]
pub fn unwind(m: &mut Machine, pc: *const u64, mut cause: Cause) -> PyResult<()> {
    let mut at = pc;
    // An exception that the telling of a handler has raised needs no telling itself.
    let mut told_of = std::ptr::null();
    let mut came_from = Origin::Own;
    loop {
        if !m.thread.has_raised() {
            let _ = m.thread.error(&RUNTIME_ERROR, "an operation failed without an exception");
        }
        // SAFETY: the running frame is alive.
        let frame = unsafe { &*m.frame };
        if m.watch.stops_in(m.frame) && m.executable.handler_at(m.executable.index_of(at)).is_none() {
            // Whoever looked at this frame goes on with the unwinding.
            frame.pc.set(at);
            return Err(m.thread.raised());
        }
        if cause == Cause::Raised {
            frame.pc.set(at);
            traceback::add_traceback(m.thread, frame);
        }
        let gives_events = m.watch == Watch::Hooks;
        if gives_events && told_of != at {
            hooks::raised(m, frame, at, cause, came_from);
        }
        let index = m.executable.index_of(at);
        if let Some(handler) = m.executable.handler_at(index) {
            let depth = handler.depth as usize;
            let (lasti, target) = (handler.lasti, handler.target as usize);
            // SAFETY: the frame has these registers; those from the handler's depth up are dropped.
            unsafe {
                let mut place = m.registers.add(m.executable.nlocalsplus as usize + depth);
                frames::drop_registers(place, m.executable.stacksize as usize - depth);
                if lasti {
                    // An exception that was raised again says where it came from.
                    let unit = i64::from(m.executable.unit_at(m.executable.index_of(frame.pc.get())));
                    place.write(int::new(unit * 2).into_value());
                    place = place.add(1);
                }
                place.write(m.thread.take_raised().into_value());
            }
            m.pc = m.executable.at(target);
            if gives_events && let Err(at_handler) = tell_handler(m, frame, depth + usize::from(lasti)) {
                (at, told_of, cause) = (at_handler, at_handler, Cause::Reraised);
                continue;
            }
            return Ok(());
        }
        if gives_events {
            hooks::propagates(m, frame, at, came_from);
        }
        let (left_loop, kind) = (leaves_loop(frame), frame.kind.get());
        came_from = if kind == FrameKind::Call { Origin::Callee } else { Origin::Own };
        leave_frame(m);
        // SAFETY: the machine is at the instruction that called the method.
        if kind == FrameKind::Operator && unsafe { special_methods::ends_iteration(m, gives_events) } {
            return Ok(());
        }
        if left_loop {
            return Err(m.thread.raised());
        }
        at = m.pc;
        cause = Cause::Raised;
    }
}

/// Tells of the exception in the stack register at `depth`, for which the machine is at a handler. `Err`: that has raised
/// another one, at that pc.
#[cold]
fn tell_handler(m: &mut Machine, frame: &Frame, depth: usize) -> Result<(), *const u64> {
    // SAFETY: the register of the exception.
    let exception = unsafe { (*m.registers.add(m.executable.nlocalsplus as usize + depth)).to_ref() };
    hooks::handled(m, frame, *exception).map_err(|_| m.pc)
}

/// Whether the end of a frame is the end of the loop that runs it.
#[inline(always)]
pub fn leaves_loop(frame: &Frame) -> bool {
    match frame.kind.get() {
        FrameKind::Call | FrameKind::Init | FrameKind::Operator => false,
        FrameKind::Entry => true,
        FrameKind::Generator => frame.resumed_by.get() == ResumedBy::Native,
    }
}

/// Ends the running frame with the pending exception; the machine then is at the caller's call, unless the loop was left.
fn leave_frame(m: &mut Machine) {
    let thread = m.thread;
    // The exception is kept out of the thread state while values die.
    let mut exception = thread.take_raised();
    // SAFETY: the running frame is alive until it is popped.
    let frame = unsafe { &*m.frame };
    // A frame object gets the locals only.
    // SAFETY: the frame has these registers.
    unsafe { drop_stack(m) };
    if frame.kind.get() == FrameKind::Generator {
        exception = match generator::stop_iteration_error(thread, frame, *exception) {
            Ok(exception) => exception,
            Err(_) => thread.take_raised(),
        };
        generators::leave_raising(m, *exception);
    } else {
        // SAFETY: it is the thread's innermost frame, and its locals may hold values.
        unsafe { m.pop(m.executable.nlocalsplus as usize) };
    }
    let _ = thread.restore(exception);
}

/// Drops what the running frame's stack registers hold.
///
/// # Safety
/// The machine's frame is alive.
unsafe fn drop_stack(m: &Machine) {
    // SAFETY: the frame has these registers.
    unsafe {
        frames::drop_registers(
            m.registers.add(m.executable.nlocalsplus as usize),
            m.executable.stacksize as usize,
        );
    }
}

/// Ends the thread's innermost frame with an exception that is not pending.
pub fn leave_innermost(thread: &Thread, exception: Value) {
    let frame = thread.frame.get();
    // SAFETY: the innermost frame is alive.
    let mut m = Machine::new(thread, frame, of_frame(unsafe { &*frame }));
    // SAFETY: as above.
    unsafe { drop_stack(&m) };
    // SAFETY: as above; its locals may hold values.
    unsafe {
        match (*frame).kind.get() {
            FrameKind::Generator => generators::leave_raising(&mut m, exception),
            _ => m.pop(m.executable.nlocalsplus as usize),
        }
    }
}

/// How many frames end before the pending exception, raised in the innermost frame, is handled; `None` if that leaves the
/// loop or isn't known.
pub fn levels_to_handler(thread: &Thread) -> Option<u32> {
    let is_end = thread.raised_matches(&STOP_ITERATION);
    let (mut levels, mut frame) = (0, thread.frame.get());
    loop {
        // SAFETY: the frames of the chain are alive.
        let head = unsafe { &*frame };
        let executable = of_frame(head);
        if executable.handler_at(executable.index_of(head.pc.get())).is_some() {
            return Some(levels);
        }
        match head.kind.get() {
            FrameKind::Call | FrameKind::Init => (),
            // The end of an iteration is no exception for the caller.
            FrameKind::Operator if !is_end => (),
            _ => return None,
        }
        frame = head.previous.get();
        levels += 1;
    }
}

/// Leaves a frame of kind `Call` with a result: the caller goes on behind its call.
///
/// # Safety
/// The running frame is of that kind, and its stack is empty.
#[inline(always)]
pub unsafe fn return_to_caller(m: &mut Machine, value: Ref) {
    debug_assert!(!value.is_null(), "functions return something");
    // SAFETY: the head is read before the frame is popped; the caller is at its call.
    unsafe {
        let frame = &*m.frame;
        let (register, word_flags) = (frame.return_register.get() as usize, frame.return_flags.get());
        let length = frame.return_length.get() as usize;
        m.pop(m.executable.local_count());
        define_result(m.registers, word_flags, register, value);
        m.pc = m.pc.add(length);
    }
}

/// Leaves the running frame with a result. `Some` if that leaves the loop.
#[inline(never)]
pub fn leave(m: &mut Machine, value: Ref) -> PyResult<Option<Exit>> {
    // SAFETY: the running frame is alive until it is popped.
    let frame = unsafe { &*m.frame };
    match frame.kind.get() {
        FrameKind::Generator => {
            let resumed_by = frame.resumed_by.get();
            generators::leave(m);
            match resumed_by {
                ResumedBy::Native => return Ok(Some(Exit::Return(value))),
                // SAFETY: the machine is at the resuming instruction, which has a target.
                _ => unsafe { generators::finished(m, resumed_by, value)? },
            }
            Ok(None)
        }
        FrameKind::Entry => {
            // SAFETY: the innermost frame; its stack is empty.
            unsafe { m.pop(m.executable.local_count()) };
            Ok(Some(Exit::Return(value)))
        }
        FrameKind::Call => {
            // SAFETY: as above.
            unsafe { return_to_caller(m, value) };
            Ok(None)
        }
        FrameKind::Operator => {
            let remainder = Remainder::from_number(frame.return_register.get());
            // SAFETY: the innermost frame, with an empty stack; then the machine is at the instruction that called.
            unsafe {
                m.pop(m.executable.local_count());
                special_methods::finish(m, value, remainder)?;
            }
            Ok(None)
        }
        FrameKind::Init => {
            let instance = frame.extra.take();
            if value.is_none() {
                // SAFETY: as above.
                unsafe { return_to_caller(m, instance) };
                return Ok(None);
            }
            // SAFETY: as above.
            unsafe { m.pop(m.executable.local_count()) };
            init_result(m.thread, instance, value).map(|_| None)
        }
    }
}

/// What the call of a class comes to whose `__init__` returned `value`.
pub fn init_result(thread: &Thread, instance: Ref, value: Ref) -> PyResult {
    if value.is_none() {
        return Ok(instance);
    }
    Err(thread.type_error(format!("__init__() should return None, not '{}'", value.ty().name())))
}
