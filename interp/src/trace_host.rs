//! What the JIT asks of the interpreter: frames for what a trace inlined, single instructions, places in register code.

use crate::RegisterInterpreter;
use crate::calls;
use crate::code::{length_of, lowered, of_frame, register_code};
use crate::dispatch::{Machine, run_loop};
use crate::frames::{self, Destination};
use crate::generators;
use crate::resuming_calls;
use crate::unwind::{self, Cause};
use crate::watch::Watch;
use ir::code::co_flags;
use ir::register::{Operation, Word};
use runtime::error::PyResult;
use runtime::frame::{Frame, FrameKind, Remainder};
use runtime::objects::code::Code;
use runtime::objects::function::Function;
use runtime::objects::generator::{self, GeneratorState};
use runtime::thread::Thread;
use runtime::trace_interface::{FramePlan, HandlerPlan, OPERATOR, Suspension, TraceHost};
use runtime::types::Type;
use runtime::value::{Ref, Value};
use std::mem::offset_of;

/// The instruction at a pc, behind its prefix if it has one.
///
/// # Safety
/// `pc` is at an instruction.
unsafe fn behind_prefix(pc: *const u64) -> *const u64 {
    // SAFETY: a prefix is followed by its instruction.
    unsafe { if Word(*pc).number() == Operation::Wide as u8 { pc.add(1) } else { pc } }
}

/// Whether a single step must not run an operation: one that leaves its frame, or raises again what was raised before.
fn ends_a_step(operation: Option<Operation>) -> bool {
    use Operation::*;
    matches!(
        operation,
        None | Some(
            Return | Yield | ReturnGenerator | Raise | Reraise | ReraiseLasti | EndAsyncFor | CleanupThrow
        )
    )
}

/// Takes the pending exception, raised in the innermost frame at its pc, to its handler; the word index of that.
fn unwind_outwards(thread: &Thread) -> i64 {
    let frame = thread.frame.get();
    // SAFETY: the innermost frame is alive.
    let head = unsafe { &*frame };
    let mut m = Machine::new(thread, frame, of_frame(head));
    if unwind::unwind(&mut m, head.pc.get(), Cause::Raised).is_err() {
        return -1;
    }
    // SAFETY: the frame that the exception came to is the innermost one.
    unsafe { (*m.frame).pc.set(m.pc) };
    m.executable.index_of(m.pc) as i64
}

impl TraceHost for RegisterInterpreter {
    #[allow(
        clippy::not_unsafe_ptr_arg_deref,
        reason = "the registers are the JIT's to vouch for, as the trait says"
    )]
    fn push_frame(
        &self,
        thread: &Thread,
        function: Value,
        code: Value,
        registers: *mut Value,
        return_register: u32,
        instance: Value,
    ) {
        // SAFETY: the JIT gives up a count of the function; the calling frame is alive and at its call.
        unsafe {
            let owner = Ref::from_owned(function);
            let (Some(function), Some(code)) = (function.cast_exact::<Function>(), code.cast()) else {
                unreachable!("traces inline Python functions");
            };
            let Ok(executable) = register_code(thread, code) else {
                unreachable!("inlined code was lowered before");
            };
            let caller = &*thread.frame.get();
            let call = behind_prefix(caller.pc.get());
            caller.pc.set(call);
            let word = Word(*call);
            let length = length_of(word.number()) as u8;
            let returns = Destination { register: return_register & !OPERATOR, flags: word.flags(), length };
            // The limit was checked where the trace made the call; here frames only become visible.
            if !frames::has_head(thread) {
                thread.prepare_heads();
            }
            let kind = match instance.is_null() {
                true if return_register & OPERATOR != 0 => FrameKind::Operator,
                true => FrameKind::Call,
                false => FrameKind::Init,
            };
            let frame = frames::push(thread, function, owner, executable, registers, kind, returns);
            if kind == FrameKind::Init {
                drop((*frame).extra.replace(Ref::from_owned(instance)));
            }
        }
    }

    fn enter_special(
        &self,
        thread: &Thread,
        function: Value,
        arguments: &[Value],
        remainder: Remainder,
    ) -> bool {
        let Some(f) = function.cast_exact::<Function>() else { return false };
        let Ok(executable) = register_code(thread, f.code()) else {
            drop(thread.take_raised());
            return false;
        };
        let base = thread.stack_top.get();
        if executable.exact_arguments() as usize != arguments.len()
            || frames::check_depth(thread).is_err()
            || !frames::has_room(thread, base, executable.register_count())
        {
            drop(thread.take_raised());
            return false;
        }
        let returns = Destination { register: remainder as u32, ..Destination::default() };
        // SAFETY: the window is free and has room; the running frame is at its instruction.
        unsafe {
            for i in 0..executable.local_count() {
                let value = arguments.get(i).map_or(Value::NULL, |v| v.to_ref().into_value());
                base.add(i).write(value);
            }
            frames::push(thread, f, function.to_ref(), executable, base, FrameKind::Operator, returns);
        }
        true
    }

    fn resume_by_call(&self, thread: &Thread, generator: Value, sent: Value, throws: bool) -> bool {
        resuming_calls::resume_for_recorder(thread, generator, sent, throws)
    }

    unsafe fn bind_callable(&self, frame: &Frame, window: usize, function: Value) {
        // SAFETY: promised by the caller; the window owns its values.
        unsafe {
            let first = frame.registers.get().add(window);
            first.add(1).write(*first);
            first.write(function.to_ref().into_value());
        }
    }

    fn python_init(&self, class: &'static Type) -> Option<Value> {
        calls::python_init(class).map(Value::of)
    }

    fn pop_frame(&self, thread: &Thread) {
        // SAFETY: the innermost frame is one that `push_frame` made, and its caller is alive.
        unsafe {
            let frame = thread.frame.get();
            let caller = &*(*frame).previous.get();
            let top = match caller.kind.get() {
                FrameKind::Generator => (*frame).registers.get(),
                _ => caller.registers.get().add(of_frame(caller).register_count()),
            };
            frames::pop(thread, frame, 0, top);
        }
    }

    fn make_generator(&self, thread: &Thread, function: Value, pc: *const u64) -> Value {
        generators::make_for_trace(thread, function, pc)
    }

    fn push_generator(&self, thread: &Thread, generator: Value) {
        let Some(g) = generator::cast(generator) else { unreachable!("traces resume generators") };
        // The limit counts where the trace resumes it; here frames only become visible.
        if !frames::has_head(thread) {
            thread.prepare_heads();
        }
        // SAFETY: the running frame is alive and at the instruction that resumes.
        let word = unsafe {
            let caller = &*thread.frame.get();
            let at = behind_prefix(caller.pc.get());
            caller.pc.set(at);
            *at
        };
        generators::activate(thread, g, generators::resumes_by(word, g));
    }

    fn pop_generator(&self, thread: &Thread, pc: *const u64, suspension: Suspension) {
        // SAFETY: the innermost frame is a generator's and alive.
        let frame = unsafe { &*thread.frame.get() };
        let Some(g) = generator::cast(frame.generator.get()) else { return };
        frame.pc.set(pc);
        frame.return_register.set(suspension.register);
        let previous = frame.previous.get();
        generator::suspend(thread, g, suspension.state == GeneratorState::SuspendedYieldFrom);
        thread.frame.set(previous);
        thread.recursion_depth.set(thread.recursion_depth.get() - 1);
    }

    fn finish_generator(&self, thread: &Thread) {
        // SAFETY: as above.
        let frame = unsafe { &*thread.frame.get() };
        let previous = frame.previous.get();
        if let Some(g) = generator::cast(frame.generator.get()) {
            generator::finish(thread, g);
        }
        thread.frame.set(previous);
        thread.recursion_depth.set(thread.recursion_depth.get() - 1);
    }

    fn executable(&self, code: Value) -> Option<*const ()> {
        let executable: *const _ = lowered(code.cast()?)?;
        Some(executable.cast())
    }

    fn lasti(&self, code: Value, index: u32) -> Option<i64> {
        let executable = lowered(code.cast()?)?;
        ((index as usize) < executable.word_count())
            .then(|| i64::from(executable.unit_at(index as usize)) * 2)
    }

    fn leave_by_exception(&self, thread: &Thread, exception: Value) {
        unwind::leave_innermost(thread, exception);
    }

    fn handler_at(&self, frame: &Frame, index: u32) -> Option<HandlerPlan> {
        let executable = of_frame(frame);
        let handler = executable.handler_at(index as usize)?;
        let lasti = handler.lasti.then(|| i64::from(executable.unit_at(index as usize)) * 2);
        Some(HandlerPlan { target: handler.target, register: executable.nlocalsplus + handler.depth, lasti })
    }

    fn index_of_lasti(&self, frame: &Frame, lasti: i64) -> u32 {
        of_frame(frame).pc_of(u32::try_from(lasti / 2).unwrap_or(0)) as u32
    }

    fn step(&self, thread: &Thread, levels: u32) -> i64 {
        let frame = thread.frame.get();
        // SAFETY: the innermost frame is alive, and its pc at an instruction.
        let (head, word) = unsafe { (&*frame, Word(*behind_prefix((*frame).pc.get()))) };
        if ends_a_step(word.operation()) || !thread.has_native_room() {
            return -1;
        }
        let executable = of_frame(head);
        let mut m = Machine { watch: Watch::Step(frame), ..Machine::new(thread, frame, executable) };
        match run_loop::<true>(&mut m) {
            Ok(None) => {
                head.pc.set(m.pc);
                // A trace must not go on in a thread that gives events.
                let goes_on = levels == 0 && !thread.gives_events();
                if goes_on { executable.index_of(m.pc) as i64 } else { -1 }
            }
            Ok(Some(_)) => unreachable!("the frame is not left"),
            Err(_) if levels > 0 && unwind::levels_to_handler(thread) == Some(levels) => {
                unwind_outwards(thread)
            }
            Err(_) => -1,
        }
    }

    fn operate(&self, thread: &Thread, operation: Operation, number: u32, operands: &[Value]) -> PyResult {
        crate::operate::operate(thread, operation, number, operands)
    }

    fn constant(&self, frame: &Frame, index: usize) -> Value {
        // SAFETY: the recorder takes the index from verified code of the frame.
        unsafe { *of_frame(frame).pool().add(index) }
    }

    fn register_count(&self, thread: &Thread, code: Value) -> Option<u32> {
        let executable = register_code(thread, code.cast()?);
        if executable.is_err() {
            // The call itself will raise it again.
            drop(thread.take_raised());
        }
        Some(executable.ok()?.register_count() as u32)
    }

    fn word_count(&self, frame: &Frame) -> u32 {
        of_frame(frame).word_count() as u32
    }

    fn pc_index(&self, frame: &Frame) -> u32 {
        of_frame(frame).index_of(frame.pc.get()) as u32
    }

    fn pc_at(&self, frame: &Frame, index: u32) -> *const u64 {
        of_frame(frame).at(index as usize)
    }

    fn word_address(&self, code: Value, index: u32) -> Option<*const u64> {
        let executable = lowered(code.cast()?)?;
        ((index as usize) < executable.word_count()).then(|| executable.at(index as usize))
    }

    #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "the JIT vouches for the address, as the trait says")]
    fn frame_plan(
        &self,
        code: Value,
        call: *const u64,
        return_register: u32,
        is_init: bool,
    ) -> Option<FramePlan> {
        let executable = lowered(code.cast()?)?;
        // SAFETY: the address is that of a calling instruction.
        let (call, word) = unsafe {
            let call = behind_prefix(call);
            (call, Word(*call))
        };
        let head = Frame::empty();
        head.return_register.set(return_register & !OPERATOR);
        head.kind.set(match is_init {
            true => FrameKind::Init,
            false if return_register & OPERATOR != 0 => FrameKind::Operator,
            false => FrameKind::Call,
        });
        head.return_flags.set(word.flags());
        head.return_length.set(length_of(word.number()) as u8);
        // SAFETY: the head's word, which the four fields and `resumed_by` fill.
        let returns = unsafe { (&raw const head.return_register).cast::<u64>().read() };
        let executable: *const _ = executable;
        // SAFETY: just borrowed.
        let start = unsafe { (*executable).start() };
        Some(FramePlan { executable: executable.cast(), start, call, returns })
    }

    fn body_start(&self, code: Value) -> Option<u32> {
        let code: &Code = code.cast()?;
        if code.has_flag(co_flags::ANY_GENERATOR) {
            return None;
        }
        let executable = lowered(code)?;
        let mut index = 0;
        while index < executable.word_count() {
            // SAFETY: an instruction of the code.
            let word = Word(unsafe { *executable.at(index) });
            let length = length_of(word.number());
            match word.operation()?.family() {
                Operation::Resume => return Some((index + length) as u32),
                Operation::MakeCell | Operation::CopyFreeVars | Operation::Wide => index += length,
                _ => return None,
            }
        }
        None
    }
}

const _: () = assert!(
    offset_of!(Frame, return_register) % 8 == 0
        && offset_of!(Frame, resumed_by) == offset_of!(Frame, return_register) + 7,
    "`frame_plan` makes one word of the fields"
);
