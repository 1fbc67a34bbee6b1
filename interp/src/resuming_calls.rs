//! Generators and coroutines that a call of `next`, `send` or `throw` resumes: their frames run in the caller's loop, the call's
//! registers stay as they are until a value comes back, and the end of a generator is a StopIteration at the call.

use crate::code::{length_of, of_frame};
use crate::dispatch::{Machine, define_result};
use crate::frames;
use crate::generators::{activate, enter, resumable};
use crate::unwind::{self, Cause};
use crate::watch::Watch;
use ir::register::Word;
use runtime::error::PyResult;
use runtime::frame::{Frame, ResumedBy};
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::exceptions::{self, BaseException};
use runtime::objects::generator::{GeneratorState, Resumption};
use runtime::thread::Thread;
use runtime::types::MethodDef;
use runtime::value::{Ref, Value};

/// What became of a call that may resume a generator.
pub enum Resumed {
    /// Nothing: it is to be called.
    No,
    /// The machine is in the generator's frame.
    Yes,
    /// The same, and there is an exception to be raised there.
    ToRaise,
}

/// Turns the machine to the frame of the generator or coroutine that a `CallResume` resumes.
///
/// # Safety
/// The running frame's head knows the pc; the instruction's caches are filled, and its window is this.
#[inline(never)]
pub unsafe fn resume_by_call(
    m: &mut Machine,
    pc: *const u64,
    result: usize,
    window: usize,
    count: usize,
) -> Resumed {
    // SAFETY: promised by the caller.
    let (row, resumption, callable, first, argument) = unsafe {
        let register = |i: usize| *m.registers.add(window + i);
        (*pc.add(3), *pc.add(2), register(0), register(1), register(2))
    };
    if result.max(window) > 0xFFFF || m.watch == Watch::Hooks || count == 0 {
        return Resumed::No;
    }
    let (def, receiver) = if let Some(method) = callable.cast_exact::<MethodDescriptor>() {
        (method.def as *const MethodDef, first)
    } else if let Some(function) = callable.cast_exact::<BuiltinFunction>().filter(|_| first.is_null()) {
        (function.def as *const MethodDef, function.receiver.peek())
    } else {
        return Resumed::No;
    };
    if def as u64 != row {
        return Resumed::No;
    }
    if resumption == Resumption::Throw as u64 {
        // SAFETY: the running frame's head knows the pc, at its call.
        return if unsafe { throw_by_call(m, receiver, argument) } { Resumed::ToRaise } else { Resumed::No };
    }
    let (generator, sent) = match resumption == Resumption::Next as u64 {
        true => (argument, Value::NONE),
        false => (receiver, argument),
    };
    if generator.is_null() || !generator.is_pointer() {
        return Resumed::No;
    }
    // SAFETY: as above.
    if unsafe { enter(m, generator, ResumedBy::Call, sent) } { Resumed::Yes } else { Resumed::No }
}

/// Turns the machine to the frame of a generator or coroutine suspended at a `yield`, with an exception pending that is to be
/// raised there. False, with nothing done, if it is none, or that must be done by the call itself.
///
/// # Safety
/// The running frame's head knows the pc, at a `Call`.
unsafe fn throw_by_call(m: &mut Machine, generator: Value, exception: Value) -> bool {
    if exception.cast::<BaseException>().is_none() || generator.is_null() || !generator.is_pointer() {
        return false;
    }
    let Some(g) = resumable(generator, Value::NONE) else { return false };
    if g.state.get() != GeneratorState::Suspended || !frames::has_head(m.thread) {
        return false;
    }
    if let Some(handled) = g.handled.option().filter(|h| !h.is_none()) {
        exceptions::chain_to(handled, exception);
    }
    activate(m.thread, g, ResumedBy::Call);
    m.frame = &raw const g.frame as *mut Frame;
    m.registers = g.frame.registers.get();
    m.executable = of_frame(&g.frame);
    m.pc = g.frame.pc.get();
    let _ = m.thread.restore(exception.to_ref());
    true
}

/// Has the innermost frame, which is at a `Call`, resume a generator or coroutine: with a value, or by raising an exception
/// there, which is taken to its handler. False, with nothing done, if it can't go on that way.
pub fn resume_for_recorder(thread: &Thread, generator: Value, sent: Value, throws: bool) -> bool {
    let frame = thread.frame.get();
    // SAFETY: the innermost frame is alive.
    let mut m = Machine::new(thread, frame, of_frame(unsafe { &*frame }));
    m.watch = Watch::Record;
    if !throws {
        // SAFETY: the frame's head knows the pc.
        let entered = unsafe { enter(&mut m, generator, ResumedBy::Call, sent) };
        if entered {
            // SAFETY: the generator's frame is alive.
            unsafe { (*m.frame).pc.set(m.pc) };
        }
        return entered;
    }
    // SAFETY: as above.
    if !unsafe { throw_by_call(&mut m, generator, sent) } {
        return false;
    }
    // The recorder has looked where that leads to.
    let pc = m.pc;
    if unwind::unwind(&mut m, pc, Cause::Raised).is_ok() {
        // SAFETY: the frame that the exception came to is the innermost one.
        unsafe { (*m.frame).pc.set(m.pc) };
    }
    true
}

/// A generator that a call has resumed gives a value: the result of the call, which is done.
///
/// # Safety
/// The machine is at that `Call`, which has no prefix.
#[inline(always)]
pub unsafe fn finish_call(m: &mut Machine, value: Ref) {
    // SAFETY: promised by the caller; the window is consumed.
    unsafe {
        let word = Word(*m.pc);
        frames::drop_registers(m.registers.add(word.b() as usize), 2 + word.c() as usize);
        define_result(m.registers, word.flags(), word.a() as usize, value);
        m.pc = m.pc.add(length_of(word.number()));
    }
}

/// A generator that a call has resumed has returned a value: StopIteration, or the default of `next`.
///
/// # Safety
/// As above.
pub unsafe fn end_call(m: &mut Machine, value: Ref) -> PyResult<()> {
    // SAFETY: promised by the caller; only `next` has a second argument.
    unsafe {
        let word = Word(*m.pc);
        if word.c() != 2 {
            return Err(m.thread.stop_iteration(*value));
        }
        let default = (*m.registers.add(word.b() as usize + 3)).to_ref();
        finish_call(m, default);
    }
    Ok(())
}
