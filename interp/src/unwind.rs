//! Unwinding: where an exception continues, and what is dropped on the way.

use crate::dispatch::{Exit, Machine};
use crate::frames;
use runtime::error::PyResult;
use runtime::frame::FrameKind;
use runtime::objects::exceptions::RUNTIME_ERROR;
use runtime::objects::{generator, int, traceback};
use runtime::value::Value;

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
    loop {
        if !m.thread.has_raised() {
            let _ = m.thread.error(&RUNTIME_ERROR, "an operation failed without an exception");
        }
        // SAFETY: the running frame is alive.
        let frame = unsafe { &*m.frame };
        if cause == Cause::Raised {
            frame.pc.set(at);
            traceback::add_traceback(m.thread, frame);
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
                    let unit = i64::from(m.executable.unit_at(index));
                    place.write(int::new(unit * 2).into_value());
                    place = place.add(1);
                }
                place.write(m.thread.take_raised().into_value());
            }
            m.pc = m.executable.at(target);
            return Ok(());
        }
        let left_loop = frame.kind.get() != FrameKind::Call;
        leave_frame(m);
        if left_loop {
            return Err(m.thread.raised());
        }
        at = m.pc;
        cause = Cause::Raised;
    }
}

/// Ends the running frame with the pending exception; the machine then is at the caller's call, unless the loop was left.
fn leave_frame(m: &mut Machine) {
    let thread = m.thread;
    // The exception is kept out of the thread state while values die.
    let mut exception = thread.take_raised();
    // SAFETY: the running frame is alive until it is popped.
    let frame = unsafe { &*m.frame };
    if frame.kind.get() == FrameKind::Generator {
        exception = match generator::stop_iteration_error(thread, frame, *exception) {
            Ok(exception) => exception,
            Err(_) => thread.take_raised(),
        };
        let previous = frame.previous.get();
        if let Some(g) = generator::cast(frame.generator.get()) {
            generator::finish(thread, g);
        }
        thread.frame.set(previous);
        thread.recursion_depth.set(thread.recursion_depth.get() - 1);
    } else {
        // SAFETY: it is the thread's innermost frame, and all its registers may hold values.
        unsafe { m.pop(m.executable.nregisters()) };
    }
    let _ = thread.restore(exception);
}

/// Delivers a result to the calling frame: writes it where the calling instruction wants it and goes on behind that.
///
/// # Safety
/// The machine's frame is the caller, at a calling instruction whose operands are gone.
pub unsafe fn deliver(m: &mut Machine, register: u32, value: runtime::value::Ref) {
    // SAFETY: the machine's pc is at an instruction.
    let word = ir::register::Word(unsafe { *m.pc });
    // SAFETY: the instruction's result register.
    unsafe { crate::dispatch::define_result(m.registers, word.flags(), register as usize, value) };
    // SAFETY: the next instruction.
    m.pc = unsafe { m.pc.add(crate::code::length_of(word.number())) };
}

/// Leaves the running frame with a result. `Some` if that leaves the loop.
#[inline]
pub fn leave(m: &mut Machine, value: runtime::value::Ref) -> Option<Exit> {
    // SAFETY: the running frame is alive until it is popped.
    let frame = unsafe { &*m.frame };
    let register = frame.return_register.get();
    match frame.kind.get() {
        FrameKind::Generator => {
            let (thread, previous) = (m.thread, frame.previous.get());
            if let Some(g) = generator::cast(frame.generator.get()) {
                generator::finish(thread, g);
            }
            thread.frame.set(previous);
            thread.recursion_depth.set(thread.recursion_depth.get() - 1);
            Some(Exit::Return(value))
        }
        FrameKind::Entry => {
            // SAFETY: the innermost frame; its stack is empty.
            unsafe { m.pop(m.executable.nlocalsplus as usize) };
            Some(Exit::Return(value))
        }
        FrameKind::Call | FrameKind::Init => {
            // SAFETY: as above.
            unsafe { m.pop(m.executable.nlocalsplus as usize) };
            debug_assert!(value.value() != Value::NULL, "functions return something");
            // SAFETY: the caller is at its call.
            unsafe { deliver(m, register, value) };
            None
        }
    }
}
