//! One step of a task: its coroutine goes on until it yields, returns or raises.
//!
//! A task is in one of three states until it is done: it waits for `waiter`, with `wakeup` among that one's callbacks; or
//! its next step is scheduled; or it is executing, without a waiter and with nothing scheduled.

use super::awaited_by;
use super::current;
use super::event_loop::{call_with_keyword, loop_of};
use super::future::{self, Future, Outcome, add_callback, make_cancelled_error};
use super::imported::{invalid_state_text, is_cancelled_error};
use super::task::{Task, cancel_any, plain_future, schedule_step};
use runtime::objects::builtin_function::new_builtin;
use runtime::objects::coroutine::is_coroutine;
use runtime::objects::exceptions::{
    self, KEYBOARD_INTERRUPT, RUNTIME_ERROR, STOP_ITERATION, SYSTEM_EXIT, new_exception,
};
use runtime::objects::generator::{self, GENERATOR, ThrowArguments};
use runtime::slot_fields::{none_if_null, receiver};
use runtime::text_builder::TextBuilder;
use runtime::types::slots::SendResult;
use runtime::{
    MethodDef, NativeFn, PyResult, Raised, Ref, Thread, Value, attributes, method, names, protocol,
};

/// Runs a step as the current task of the loop; throws `exception` if that is not NULL.
pub(super) fn step(thread: &Thread, v: Value, exception: Ref) -> PyResult {
    let task = receiver::<Task>(thread, v)?;
    let event_loop = task.future.event_loop(thread)?;
    current::enter(thread, *event_loop, v)?;
    let result = run(thread, v, task, exception);
    match result {
        Ok(_) => current::leave(thread, *event_loop, v)?,
        Err(_) => {
            let raised = thread.take_raised();
            if current::leave(thread, *event_loop, v).is_err() {
                drop(thread.take_raised());
            }
            thread.set_raised(raised);
        }
    }
    result
}

/// Runs a step.
pub(super) fn run(thread: &Thread, v: Value, task: &Task, mut exception: Ref) -> PyResult {
    if task.future.is_done() {
        return Err(already_done(thread, v, *exception));
    }
    if task.must_cancel.get() {
        if exception.is_null() || !is_cancelled_error(thread, *exception)? {
            exception = make_cancelled_error(thread, &task.future)?;
        }
        task.must_cancel.set(false);
    }
    drop(task.waiter.take());
    let Some(coroutine) = task.coroutine.option() else {
        return Err(thread.runtime_error("uninitialized Task object"));
    };
    let sent = match exception.is_null() {
        true => send(thread, *coroutine),
        false => throw(thread, *coroutine, *exception),
    };
    match sent {
        Ok(SendResult::Next(yielded)) => wait_for(thread, v, task, yielded)?,
        Ok(SendResult::Return(_)) if task.must_cancel.get() => {
            // It was cancelled right before it came to its end.
            task.must_cancel.set(false);
            let message = none_if_null(task.future.cancel_message.get());
            return future::cancel(thread, v, &task.future, *message).map(Ref::bool);
        }
        Ok(SendResult::Return(value)) => future::set_result(thread, v, &task.future, *value)?,
        Err(raised) => return fail(thread, v, task, raised),
    }
    Ok(Ref::NONE)
}

#[cold]
fn already_done(thread: &Thread, v: Value, exception: Value) -> Raised {
    let mut text = TextBuilder::new("__step(): already done: ");
    let shown = text.push_repr(thread, v).and_then(|text| match exception.is_null() {
        true => Ok(text.push(" None")),
        false => text.push(" ").push_repr(thread, exception),
    });
    match shown {
        Ok(_) => invalid_state_text(thread, *text.finish()),
        Err(raised) => raised,
    }
}

/// The coroutine raised: the task ends.
fn fail(thread: &Thread, v: Value, task: &Task, _: Raised) -> PyResult {
    let exception = thread.take_raised();
    if is_cancelled_error(thread, *exception)? {
        task.future.cancelled_error.set(exception);
        return future::cancel(thread, v, &task.future, Value::NONE).map(Ref::bool);
    }
    future::set_exception(thread, v, &task.future, *exception)?;
    match exception.is_instance(&KEYBOARD_INTERRUPT) || exception.is_instance(&SYSTEM_EXIT) {
        true => Err(thread.restore(exception)),
        false => Ok(Ref::NONE),
    }
}

// The coroutine.

/// `coroutine.send(None)`
fn send(thread: &Thread, coroutine: Value) -> PyResult<SendResult> {
    if is_coroutine(coroutine) {
        return generator::send(thread, coroutine, Value::NONE);
    }
    if let Some(send) = coroutine.ty().slots().send {
        return send(thread, coroutine, Value::NONE);
    }
    let result = match coroutine.ty().slots().next {
        Some(next) => next(thread, coroutine),
        None => thread.call_method(coroutine, names::get().send, &[Value::NONE]).map(Some),
    };
    match result {
        Ok(Some(value)) => Ok(SendResult::Next(value)),
        Ok(None) => Ok(SendResult::Return(Ref::NONE)),
        Err(raised) => returned(thread, raised),
    }
}

/// `coroutine.throw(exception)`
fn throw(thread: &Thread, coroutine: Value, exception: Value) -> PyResult<SendResult> {
    if is_coroutine(coroutine) {
        let arguments = ThrowArguments { ty: exception, value: Value::NULL, traceback: Value::NULL };
        return generator::throw(thread, coroutine, arguments, true);
    }
    match thread.call_method(coroutine, names::get().throw, &[exception]) {
        Ok(value) => Ok(SendResult::Next(value)),
        Err(raised) => returned(thread, raised),
    }
}

/// A StopIteration as the value that it returns.
fn returned(thread: &Thread, raised: Raised) -> PyResult<SendResult> {
    let stop = thread.catch(raised, &STOP_ITERATION)?;
    Ok(SendResult::Return(exceptions::stop_iteration_value(*stop)))
}

// What it yielded.

/// Has the task go on when what it yielded is done.
fn wait_for(thread: &Thread, v: Value, task: &Task, yielded: Ref) -> PyResult<()> {
    if yielded.is_none() {
        return schedule_step(thread, v, task, Ref::NULL);
    }
    if yielded.is(v) {
        return fail_for_itself(thread, v, task);
    }
    if let Some(future) = plain_future(*yielded) {
        return wait_for_future(thread, v, task, future, yielded);
    }
    let found = attributes::find(thread, *yielded, names::get()._asyncio_future_blocking)?;
    match found.filter(|blocking| !blocking.is_none()) {
        Some(blocking) => wait_for_other(thread, v, task, *yielded, *blocking),
        None if yielded.is_exact(&GENERATOR) => {
            let before = "yield was used instead of yield from for generator in task ";
            fail_soon(thread, v, task, &[(before, v), (" with ", *yielded)], "")
        }
        None => fail_soon(thread, v, task, &[("Task got bad yield: ", *yielded)], ""),
    }
}

fn wait_for_future(thread: &Thread, v: Value, task: &Task, future: &Future, yielded: Ref) -> PyResult<()> {
    if !future.event_loop.peek().is(task.future.event_loop.peek()) {
        return fail_for_loop(thread, v, task, *yielded);
    }
    if !future.is_blocking.get() {
        return fail_for_yield(thread, v, task, *yielded);
    }
    future.is_blocking.set(false);
    awaited_by::add(thread, future, v)?;
    let wakeup = new_builtin(&WAKEUP, v.to_ref(), Ref::NULL);
    add_callback(thread, *yielded, future, *wakeup, task.context.get())?;
    wait_or_cancel(thread, task, yielded)
}

/// Waits for a future whose class may override everything.
fn wait_for_other(thread: &Thread, v: Value, task: &Task, yielded: Value, blocking: Value) -> PyResult<()> {
    let n = names::get();
    let is_blocking = protocol::is_true(thread, blocking)?;
    if !loop_of(thread, yielded)?.is(task.future.event_loop.peek()) {
        return fail_for_loop(thread, v, task, yielded);
    }
    if !is_blocking {
        return fail_for_yield(thread, v, task, yielded);
    }
    if let Some(future) = yielded.cast::<Future>() {
        awaited_by::add(thread, future, v)?;
    }
    attributes::set(thread, yielded, n._asyncio_future_blocking, Value::FALSE)?;
    let wakeup = new_builtin(&WAKEUP, v.to_ref(), Ref::NULL);
    let context = task.context.get();
    call_with_keyword(thread, yielded, n.add_done_callback, &[*wakeup], n.context, *context)?;
    wait_or_cancel(thread, task, yielded.to_ref())
}

fn wait_or_cancel(thread: &Thread, task: &Task, yielded: Ref) -> PyResult<()> {
    task.waiter.set(yielded.clone());
    if task.must_cancel.get() {
        let message = none_if_null(task.future.cancel_message.get());
        if cancel_any(thread, *yielded, *message)? {
            task.must_cancel.set(false);
        }
    }
    Ok(())
}

#[cold]
fn fail_for_loop(thread: &Thread, v: Value, task: &Task, yielded: Value) -> PyResult<()> {
    fail_soon(thread, v, task, &[("Task ", v), (" got Future ", yielded)], " attached to a different loop")
}

#[cold]
fn fail_for_yield(thread: &Thread, v: Value, task: &Task, yielded: Value) -> PyResult<()> {
    let before = "yield was used instead of yield from in task ";
    fail_soon(thread, v, task, &[(before, v), (" with ", yielded)], "")
}

#[cold]
fn fail_for_itself(thread: &Thread, v: Value, task: &Task) -> PyResult<()> {
    fail_soon(thread, v, task, &[("Task cannot await on itself: ", v)], "")
}

/// Schedules a step that throws a RuntimeError.
#[cold]
fn fail_soon(thread: &Thread, v: Value, task: &Task, pieces: &[(&str, Value)], end: &str) -> PyResult<()> {
    let mut text = TextBuilder::new("");
    for (before, shown) in pieces {
        text.push(before).push_repr(thread, *shown)?;
    }
    text.push(end);
    let error = new_exception(thread, &RUNTIME_ERROR, &[*text.finish()])?;
    schedule_step(thread, v, task, error)
}

// Waking up.

/// The callback of what a task waits for.
static WAKEUP: MethodDef = method("task_wakeup", "!($self, fut, /)", NativeFn::One(wakeup), "");

fn wakeup(thread: &Thread, v: Value, awaited: Value) -> PyResult {
    if let Some(future) = awaited.cast::<Future>() {
        awaited_by::discard(thread, future, v)?;
    }
    let outcome = match plain_future(awaited) {
        Some(future) => future::outcome(thread, future),
        None => {
            let result = attributes::get(thread, awaited, names::get().result)
                .and_then(|result| thread.call(*result, &[]));
            result.map(Outcome::Result)
        }
    };
    match outcome {
        Ok(Outcome::Result(_)) => step(thread, v, Ref::NULL),
        Ok(Outcome::Exception(exception)) => step(thread, v, exception),
        Err(_) => step(thread, v, thread.take_raised()),
    }
}
