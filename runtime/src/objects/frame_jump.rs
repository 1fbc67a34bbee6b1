//! Assignment to `f_lineno` within a tracing function: the frame goes on at another line, if what is on its stack allows it.

use crate::cell::Slot;
use crate::error::PyResult;
use crate::frame::{Frame, FrameObject};
use crate::monitoring::Event;
use crate::objects::exceptions::{ATTRIBUTE_ERROR, RUNTIME_WARNING};
use crate::objects::frame::{head, is_live, lasti};
use crate::objects::int::{self, IntRef};
use crate::state::STATE;
use crate::thread::Thread;
use crate::value::{Ref, Value};
use crate::warnings;
use ir::register::Bytecode;
use ir::stack_kinds::{Kind, is_compatible, stack_kinds};

/// Sets `f_lineno`.
pub fn set_line(thread: &Thread, object: &FrameObject, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.error(&ATTRIBUTE_ERROR, "cannot delete attribute"));
    }
    let Some(number) = int::get(value) else {
        return Err(thread.value_error("lineno must be an integer"));
    };
    let refused = match thread.told_event.get() {
        None => Some("f_lineno can only be set in a trace function"),
        Some(Event::PyStart) => Some("can't jump from the 'call' trace event of a new frame"),
        Some(Event::Call | Event::CReturn) => Some("can't jump during a call"),
        Some(
            Event::PyResume
            | Event::PyYield
            | Event::Line
            | Event::Jump
            | Event::BranchLeft
            | Event::BranchRight,
        ) => None,
        Some(_) => Some("can only jump from a 'line' trace event"),
    };
    if let Some(message) = refused {
        return Err(thread.value_error(message));
    }
    let IntRef::Small(line) = number else {
        return Err(thread.overflow_error("Python int too large to convert to C int"));
    };
    let Ok(line) = i32::try_from(line) else {
        return Err(thread.overflow_error("Python int too large to convert to C int"));
    };
    if !is_live(object) {
        return Err(thread.value_error("f_lineno can only be set in a trace function"));
    }
    let frame = head(object);
    let jump = find(frame, line).map_err(|message| thread.value_error(message))?;
    bind_locals(thread, frame)?;
    drop_stack(thread, frame, &jump.dropped, jump.depth);
    STATE.interpreter().move_to(frame, jump.unit);
    Ok(())
}

/// A jump that is possible.
struct Jump {
    /// The code unit to go to.
    unit: u32,
    /// The stack's depth there.
    depth: usize,
    /// What is on the stack above that.
    dropped: Vec<Kind>,
}

/// The best place to begin a line or, if there is none, the next line after it.
fn find(frame: &Frame, wanted: i32) -> Result<Jump, String> {
    let code = frame.code();
    if wanted < code.firstlineno {
        return Err(format!("line {wanted} comes before the current code block"));
    }
    // Only where a line begins, neighbours on one line being one.
    let entries: Vec<(u32, i32)> = ir::locations::lines(&code.linetable, code.firstlineno)
        .into_iter()
        .filter_map(|(start, _, line)| Some(((start / 2) as u32, line?)))
        .collect();
    let Some(line) = entries.iter().map(|(_, line)| *line).filter(|line| *line >= wanted).min() else {
        return Err(format!("line {wanted} comes after the current code block"));
    };
    let bytecode = Bytecode::new(&code.code, &code.exceptiontable, code.stacksize);
    let bytecode = bytecode.map_err(|error| error.to_string())?;
    let stacks = stack_kinds(&bytecode);
    let here = u32::try_from(lasti(frame) / 2).unwrap_or(0);
    let here = bytecode.instructions.partition_point(|i| i.unit < here);
    let Some(Some(from)) = stacks.get(here) else {
        return Err("can't jump from unreachable code".to_string());
    };
    let mut best: Option<(u32, &Vec<Kind>)> = None;
    let mut problem = None;
    for (unit, _) in entries.iter().filter(|(_, l)| *l == line) {
        let to = bytecode.index_at(*unit).and_then(|index| stacks[index].as_ref());
        match to {
            Some(to) if is_compatible(from, to) => {
                if best.is_none_or(|(_, other)| to.len() > other.len()) {
                    best = Some((*unit, to));
                }
            }
            to => problem = problem.or_else(|| Some(explain(to))),
        }
    }
    let Some((unit, to)) = best else {
        return Err(problem.unwrap_or("cannot find bytecode for specified line").to_string());
    };
    Ok(Jump { unit, depth: to.len(), dropped: from[to.len()..].to_vec() })
}

/// Why a place can't be jumped to.
fn explain(stack: Option<&Vec<Kind>>) -> &'static str {
    match stack.map(|stack| stack.last()) {
        None => "can't jump into an unreachable code",
        Some(Some(Kind::Except)) => "can't jump into an 'except' block as there's no exception",
        Some(Some(Kind::Lasti)) => "can't jump into a re-raising block as there's no location",
        Some(Some(Kind::Iterator)) => "can't jump into the body of a for loop",
        Some(_) => "incompatible stacks",
    }
}

/// Locals that have no value get None, as the code may have been compiled for their having one.
fn bind_locals(thread: &Thread, frame: &Frame) -> PyResult<()> {
    let count = frame.code().nlocalsplus();
    // SAFETY: fast locals are registers of the frame.
    let is_unbound = |i: usize| unsafe { frame.register(i) }.is_null();
    let unbound = (0..count).filter(|i| is_unbound(*i)).count();
    if unbound == 0 {
        return Ok(());
    }
    let plural = if unbound == 1 { "" } else { "s" };
    let message = format!("assigning None to {unbound} unbound local{plural}");
    warnings::warn(thread, &RUNTIME_WARNING, &message, 0)?;
    for i in (0..count).filter(|i| is_unbound(*i)) {
        // SAFETY: as above; None has no count.
        unsafe { frame.registers.get().add(i).write(Value::NONE) };
    }
    Ok(())
}

/// Drops the stack down to `depth`; blocks that are left handle their exceptions no more.
fn drop_stack(thread: &Thread, frame: &Frame, kinds: &[Kind], depth: usize) {
    let first = frame.code().nlocalsplus() + depth;
    for (i, kind) in kinds.iter().enumerate().rev() {
        // SAFETY: a live stack register, which gives up its value.
        let value = unsafe { std::ptr::replace(frame.registers.get().add(first + i), Value::NULL) };
        // SAFETY: as above.
        let value = unsafe { Ref::from_owned(value) };
        if *kind == Kind::Except {
            let outer: &Slot = &thread.handled;
            outer.set(if value.is_none() { Ref::NULL } else { value });
        }
    }
}
