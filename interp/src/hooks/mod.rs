//! Events for `sys.settrace`, `sys.setprofile` and `sys.monitoring` (see `runtime::monitoring`).
//!
//! A loop in a thread that gives events runs watched. Between instructions it comes here, where the frame's code is exchanged
//! for its precise form (`code`), and gives the events of the bytecode instruction that is about to run, or those that
//! were left until the one before had ended. `raising` has the events of exceptions; `tell` calls tools and functions.

mod code;
mod raising;
mod tell;

pub use code::view;
pub use raising::{Origin, begin_throw, handled, propagates, raised, stops_iteration};

use crate::code::{Executable, lowered};
use crate::dispatch::Machine;
use crate::unwind::{self, Cause};
use crate::watch::{Turn, Watch};
use code::{Instrumented, Place, instrumented};
use ir::opcode::Opcode;
use ir::register::{Instruction, flags};
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::monitoring::{self, Event};
use runtime::objects::function::{Function, Method};
use runtime::objects::generator;
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};
use tell::{Site, profile, profile_call, tell, trace};

/// What a frame has to tell when its running instruction has ended: `Frame::hook_after`.
mod after {
    /// Nothing.
    pub const NOTHING: u32 = 0;
    /// A call of something native has returned.
    pub const CALL: u32 = 1;
    /// A loop goes on, or an iterator is at its end.
    pub const FOR_ITER: u32 = 2;
}

/// The running frame, which needn't give events any more, is at a back edge of precise code: it goes on in ordinary code.
#[cold]
pub fn to_ordinary(m: &mut Machine) -> Turn {
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    let (Some(code), Some(ordinary)) = (instrumented(frame.code()), lowered(frame.code())) else {
        return Turn::Go;
    };
    let Some((_, place)) = code.place_at(m.executable.index_of(m.pc)) else { return Turn::Go };
    let target = code.target_unit(place);
    m.executable = ordinary;
    // Where a jump leads, everything is in its register.
    m.pc = ordinary.at(ordinary.pc_of(target));
    frame.executable.set((ordinary as *const Executable).cast());
    frame.pc.set(m.pc);
    Turn::Reload
}

/// No instruction: a frame that has just begun.
const NONE: u32 = u32::MAX;

/// The watched loop is in front of an instruction, in a thread that may give events. True if the loop is to be left.
pub fn between_instructions(m: &mut Machine) -> PyResult<bool> {
    if !m.thread.gives_events() {
        m.watch = Watch::Off;
        return Ok(true);
    }
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    let Some(code) = instrumented(frame.code()) else { return Ok(false) };
    if !m.executable.precise {
        if !code::cross(m, code) {
            return Ok(false);
        }
        // The loop reads the machine anew.
        return Ok(true);
    }
    let index = m.executable.index_of(m.pc);
    let Some((number, place)) = code.place_at(index) else { return Ok(false) };
    if index == 0 {
        frame.hook_after.set(after::NOTHING);
        frame.hook_last.set(NONE);
    }
    if !place.is_traceable {
        return Ok(false);
    }
    frame.pc.set(m.pc);
    if frame.hook_after.get() != after::NOTHING
        && let Err(at) = finish_last(m, frame, code, number, place)
    {
        unwind::unwind(m, at, Cause::Raised)?;
        return Ok(true);
    }
    let last = frame.hook_last.replace(number);
    let given = begin(m, frame, code, place, last);
    if given.is_err() {
        unwind::unwind(m, m.pc, Cause::Raised)?;
        return Ok(true);
    }
    if frame.pc.get() != m.pc {
        // A tracing function has set `f_lineno`.
        m.pc = frame.pc.get();
        frame.hook_after.set(after::NOTHING);
        return Ok(true);
    }
    Ok(false)
}

/// The events of an instruction that has ended. `Err`: the instruction raises at that pc.
fn finish_last(
    m: &mut Machine,
    frame: &Frame,
    code: &Instrumented,
    number: u32,
    place: &Place,
) -> Result<(), *const u64> {
    let kind = frame.hook_after.replace(after::NOTHING);
    let last = frame.hook_last.get();
    let Some(before) = code.place(last) else { return Ok(()) };
    let at = m.executable.at(m.executable.pc_of(before.instruction.unit));
    let site = Site { frame, unit: before.instruction.unit };
    frame.pc.set(at);
    let told = match kind {
        after::CALL => {
            let Some((callable, argument)) = tell::take_call(m.thread, frame) else { return Ok(()) };
            match number == last + 1 {
                true => tell(m.thread, &site, Event::CReturn, &[*callable, *argument]).and_then(|()| {
                    if m.thread.profile_function.is_null() {
                        return Ok(());
                    }
                    profile_call(m.thread, frame, "c_return", *callable, *argument, Event::CReturn)
                }),
                false => Ok(()),
            }
        }
        after::FOR_ITER if number == last + 1 => {
            let there = i64::from(place.instruction.start) * 2;
            tell(m.thread, &site, Event::BranchLeft, &[*int::new(there)])
        }
        after::FOR_ITER => Ok(()),
        _ => Ok(()),
    };
    if told.is_err() {
        return Err(at);
    }
    frame.pc.set(m.pc);
    Ok(())
}

/// The events of an instruction that is about to run.
fn begin(m: &Machine, frame: &Frame, code: &Instrumented, place: &Place, last: u32) -> PyResult<()> {
    let thread = m.thread;
    let site = Site { frame, unit: place.instruction.unit };
    let here = m.pc;
    let was_moved = || frame.pc.get() != here;
    let wanted = thread.wanted.get();
    let wants = |event: Event| wanted & event.bit() != 0;
    if place.starts_line && wants(Event::Line) && begins_line(code, place, last) {
        if !thread.trace_function.is_null() {
            trace_line(thread, frame, Event::Line)?;
            if was_moved() {
                return Ok(());
            }
        }
        tell(thread, &site, Event::Line, &[*int::new(place.line.into())])?;
    }
    if wants(Event::Instruction) && place.instruction.opcode != Opcode::RESUME {
        let offset = [];
        tell(thread, &site, Event::Instruction, &offset)?;
        if !thread.trace_function.is_null() {
            tell::trace_opcode(thread, frame)?;
            if was_moved() {
                return Ok(());
            }
        }
    }
    own_events(m, frame, code, place, last, &site, &wants)
}

/// Whether a line that begins at an instruction is a new one, seen from the instruction before.
fn begins_line(code: &Instrumented, place: &Place, last: u32) -> bool {
    match code.place(last) {
        Some(before) => before.instruction.opcode == Opcode::RESUME || before.line != place.line,
        None => true,
    }
}

fn trace_line(thread: &Thread, frame: &Frame, event: Event) -> PyResult<()> {
    if !tell::wants_lines(thread, frame) {
        return Ok(());
    }
    trace(thread, frame, "line", Value::NONE, event)
}

/// The events that an instruction gives by its nature.
fn own_events(
    m: &Machine,
    frame: &Frame,
    code: &Instrumented,
    place: &Place,
    last: u32,
    site: &Site,
    wants: &dyn Fn(Event) -> bool,
) -> PyResult<()> {
    use Opcode::*;
    let thread = m.thread;
    let i = place.instruction;
    match i.opcode {
        RESUME => {
            let event = if i.arg & 3 == 0 { Event::PyStart } else { Event::PyResume };
            if wants(event) {
                tell(thread, site, event, &[])?;
                profile(thread, frame, "call", Value::NONE, event)?;
                trace(thread, frame, "call", Value::NONE, event)?;
            }
        }
        RETURN_VALUE if wants(Event::PyReturn) => {
            let value = operand(m);
            tell(thread, site, Event::PyReturn, &[*value])?;
            profile(thread, frame, "return", *value, Event::PyReturn)?;
            trace(thread, frame, "return", *value, Event::PyReturn)?;
        }
        YIELD_VALUE if wants(Event::PyYield) => {
            let value = operand(m);
            tell(thread, site, Event::PyYield, &[*value])?;
            profile(thread, frame, "return", *value, Event::PyYield)?;
            trace(thread, frame, "return", *value, Event::PyYield)?;
        }
        CALL | CALL_KW | CALL_FUNCTION_EX if wants(Event::Call) => call(m, frame, site, i.opcode)?,
        JUMP_FORWARD | JUMP_BACKWARD if wants(Event::Jump) => {
            let target = code.target_unit(place);
            tell(thread, site, Event::Jump, &[*int::new(i64::from(target) * 2)])?;
            let is_same_line = || code.place(code.number_of(target)).is_some_and(|to| to.line == place.line);
            if i.opcode == JUMP_BACKWARD
                && !thread.trace_function.is_null()
                && place.line >= 0
                && is_same_line()
            {
                trace_line(thread, frame, Event::Jump)?;
            }
        }
        POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | POP_JUMP_IF_NONE | POP_JUMP_IF_NOT_NONE
            if wants(Event::BranchRight) && jumps(m, i.opcode) =>
        {
            let target = i64::from(code.target_unit(place)) * 2;
            tell(thread, site, Event::BranchRight, &[*int::new(target)])?;
        }
        NOT_TAKEN if wants(Event::BranchLeft) => {
            if let Some(branch) = code.place(code.number_of(i.unit).wrapping_sub(1)) {
                let branch = Site { frame, unit: branch.instruction.unit };
                tell(thread, &branch, Event::BranchLeft, &[*int::new(i64::from(i.next) * 2)])?;
            }
        }
        FOR_ITER if wants(Event::BranchLeft) => frame.hook_after.set(after::FOR_ITER),
        POP_ITER if wants(Event::BranchRight) => {
            let branch = code.place(last).filter(|before| before.instruction.opcode == FOR_ITER);
            if let Some(branch) = branch {
                let branch = Site { frame, unit: branch.instruction.unit };
                tell(thread, &branch, Event::BranchRight, &[*int::new(i64::from(i.next) * 2)])?;
            }
        }
        END_ASYNC_FOR if wants(Event::BranchRight) => {
            let branch = Site { frame, unit: code.target_unit(place) };
            tell(thread, &branch, Event::BranchRight, &[*int::new(i64::from(i.next) * 2)])?;
        }
        END_SEND if wants(Event::StopIteration) => {
            let register = operand_register(m, 1);
            if generator::cast(register).is_some() {
                raising::stop_iteration(thread, frame, site, *operand_c(m))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The machine's instruction.
fn instruction<'m>(m: &'m Machine) -> Option<Instruction<'m>> {
    // SAFETY: the executable's words; nothing writes to them while they are looked at.
    let words = unsafe { std::slice::from_raw_parts(m.executable.start(), m.executable.word_count()) };
    Instruction::decode(words, m.executable.index_of(m.pc))
}

/// The value of field `field` (1: b, 2: c) of the machine's instruction, borrowed; NULL if there is none.
fn operand_register(m: &Machine, field: usize) -> Value {
    let Some(i) = instruction(m) else { return Value::NULL };
    let constant = if field == 1 { flags::B_CONST } else { flags::C_CONST };
    let index = i.fields[field] as usize;
    // SAFETY: operands of verified code exist.
    unsafe { if i.flags & constant != 0 { *m.executable.pool().add(index) } else { *m.registers.add(index) } }
}

fn reference(v: Value) -> Ref {
    if v.is_null() { Ref::NONE } else { v.to_ref() }
}

fn operand(m: &Machine) -> Ref {
    reference(operand_register(m, 1))
}

fn operand_c(m: &Machine) -> Ref {
    reference(operand_register(m, 2))
}

/// Whether a conditional jump is about to be taken. What it tests is a bool, or compared with None.
fn jumps(m: &Machine, opcode: Opcode) -> bool {
    let v = operand_register(m, 1);
    match opcode {
        Opcode::POP_JUMP_IF_TRUE => v == Value::TRUE,
        Opcode::POP_JUMP_IF_FALSE => v == Value::FALSE,
        Opcode::POP_JUMP_IF_NONE => v.is_none(),
        _ => !v.is_none(),
    }
}

/// A call is about to be made.
fn call(m: &Machine, frame: &Frame, site: &Site, opcode: Opcode) -> PyResult<()> {
    let thread = m.thread;
    let Some(i) = instruction(m) else { return Ok(()) };
    let window = i.fields[1] as usize;
    // SAFETY: the window of a call.
    let register = |n: usize| unsafe { *m.registers.add(window + n) };
    let (mut callable, receiver) = (reference(register(0)), register(1));
    let mut first = match opcode {
        Opcode::CALL_FUNCTION_EX => {
            let arguments = register(2);
            arguments.cast::<Tuple>().and_then(|t| t.items().first().map(|v| v.to_ref()))
        }
        _ if !receiver.is_null() => Some(receiver.to_ref()),
        _ if i.fields[2] > 0 => Some(reference(register(2))),
        _ => None,
    };
    if opcode != Opcode::CALL_FUNCTION_EX
        && receiver.is_null()
        && let Some(method) = callable.cast_exact::<Method>()
    {
        first = Some(method.receiver.get());
        let function = method.function.get();
        callable = function;
    }
    let argument = first.unwrap_or_else(monitoring::missing);
    tell(thread, site, Event::Call, &[*callable, *argument])?;
    profile_call(thread, frame, "c_call", *callable, *argument, Event::Call)?;
    if callable.cast_exact::<Function>().is_none() {
        tell::keep_call(thread, frame, callable, argument);
        frame.hook_after.set(after::CALL);
    }
    Ok(())
}
