//! The first step of a task that starts eagerly: it runs when the task is made, within its context, as the current task.

use super::current;
use super::registry;
use super::step;
use super::task::Task;
use crate::contextvars;
use runtime::{PyResult, Ref, Thread, Value};

pub(super) fn start(thread: &Thread, v: Value, task: &Task) -> PyResult<()> {
    let event_loop = task.future.event_loop(thread)?;
    let before = current::swap(thread, *event_loop, v)?;
    registry::add(v, task);
    let result = run(thread, v, task);
    let raised = thread.take_raised();
    let swapped = current::swap(thread, *event_loop, *before);
    match task.future.is_done() {
        true => {
            registry::forget(task);
            drop(task.coroutine.take());
        }
        false => registry::add(v, task),
    }
    if !raised.is_null() {
        drop(thread.take_raised());
        return Err(thread.restore(raised));
    }
    result?;
    swapped.map(drop)
}

fn run(thread: &Thread, v: Value, task: &Task) -> PyResult {
    let context = task.context.get();
    contextvars::enter(thread, *context)?;
    let result = step::run(thread, v, task, Ref::NULL);
    contextvars::leave(thread, *context);
    result
}
