//! The task that a loop executes: one a thread, since a thread runs one loop.

use runtime::objects::exceptions::RUNTIME_ERROR;
use runtime::slot_fields::none_if_null;
use runtime::text_builder::TextBuilder;
use runtime::{PyResult, Raised, Ref, Thread, Value};

use super::event_loop;

/// NULL in place of None.
fn null_if_none(v: Value) -> Ref {
    if v.is_none() { Ref::NULL } else { v.to_ref() }
}

#[cold]
fn error(thread: &Thread, pieces: [(&str, Value); 2], end: &str) -> Raised {
    let mut text = TextBuilder::new("");
    for (before, shown) in pieces {
        text.push(before);
        if shown.is_null() {
            continue;
        }
        if let Err(raised) = text.push_repr(thread, shown) {
            return raised;
        }
    }
    text.push(end);
    thread.error_value(&RUNTIME_ERROR, *text.finish())
}

#[inline]
fn check_loop(thread: &Thread, event_loop: Value) -> PyResult<()> {
    match thread.event_loop.peek().is(event_loop) {
        true => Ok(()),
        false => Err(error(thread, [("loop ", event_loop), ("", Value::NULL)], " is not the running loop")),
    }
}

/// The executed task of this thread, None if there is none.
fn shown(thread: &Thread) -> Ref {
    none_if_null(thread.task.get())
}

/// Notes that `task` is executed now.
pub(super) fn enter(thread: &Thread, event_loop: Value, task: Value) -> PyResult<()> {
    check_loop(thread, event_loop)?;
    if !thread.task.is_null() {
        let pieces = [("Cannot enter into task ", task), (" while another task ", *shown(thread))];
        return Err(error(thread, pieces, " is being executed."));
    }
    thread.task.set(null_if_none(task));
    Ok(())
}

/// Notes that `task` is not executed any more.
pub(super) fn leave(thread: &Thread, event_loop: Value, task: Value) -> PyResult<()> {
    check_loop(thread, event_loop)?;
    if !thread.task.peek().is(task) {
        let pieces = [("Invalid attempt to leave task ", task), (" while task ", *shown(thread))];
        return Err(error(thread, pieces, " is entered."));
    }
    drop(thread.task.take());
    Ok(())
}

/// Exchanges the executed task; gives the one before, None if there was none.
pub(super) fn swap(thread: &Thread, event_loop: Value, task: Value) -> PyResult {
    check_loop(thread, event_loop)?;
    Ok(none_if_null(thread.task.replace(null_if_none(task))))
}

/// `current_task(loop=None)`: the task that a loop executes, in whichever thread it runs.
pub(super) fn get(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let event_loop = match arguments[0] {
        Value::NULL | Value::NONE => match event_loop::running(thread) {
            Some(_) => return Ok(shown(thread)),
            None => return Err(thread.runtime_error("no running event loop")),
        },
        event_loop => event_loop,
    };
    if thread.event_loop.peek().is(event_loop) {
        return Ok(shown(thread));
    }
    let runner = Thread::all().into_iter().find(|other| other.event_loop.peek().is(event_loop));
    Ok(runner.map_or(Ref::NONE, shown))
}
