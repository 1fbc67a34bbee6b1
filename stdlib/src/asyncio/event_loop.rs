//! The running event loop of a thread, and what futures and tasks ask of their loop.

use super::imported::Imported;
use runtime::heap::HEAP;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::write_unraisable_message;
use runtime::objects::str;
use runtime::slot_fields::none_if_null;
use runtime::{Args, PyResult, Ref, Thread, Value, attributes, names, protocol};

static GET_POLICY: Imported = Imported::new("asyncio.events", "_get_event_loop_policy");

/// The loop that runs in this thread, if there is one.
pub(super) fn running(thread: &Thread) -> Option<Ref> {
    thread.event_loop.option().filter(|event_loop| !event_loop.is_none())
}

pub(super) fn get_running_or_none(thread: &Thread, _: Value) -> PyResult {
    Ok(none_if_null(thread.event_loop.get()))
}

pub(super) fn set_running(thread: &Thread, _: Value, event_loop: Value) -> PyResult {
    thread.event_loop.set(event_loop.to_ref());
    Ok(Ref::NONE)
}

pub(super) fn get_running(thread: &Thread, _: Value) -> PyResult {
    running(thread).ok_or_else(|| thread.runtime_error("no running event loop"))
}

/// The running loop, or the one that the policy gives.
pub(super) fn get_event_loop(thread: &Thread, _: Value) -> PyResult {
    if let Some(event_loop) = running(thread) {
        return Ok(event_loop);
    }
    let policy = GET_POLICY.call(thread, &[])?;
    thread.call_method(*policy, names::get().get_event_loop, &[])
}

/// `loop.call_soon(callback, argument, context=context)`; `argument` and `context` may be NULL.
pub(super) fn call_soon(
    thread: &Thread,
    event_loop: Value,
    callback: Value,
    argument: Value,
    context: Value,
) -> PyResult<()> {
    let n = names::get();
    let (method, receiver) = attributes::get_method(thread, event_loop, n.call_soon)?;
    let mut values = [Value::NULL; 4];
    let mut count = 0;
    let receiver = receiver.as_ref().map_or(Value::NULL, |receiver| **receiver);
    for value in [receiver, callback, argument, context] {
        if !value.is_null() {
            values[count] = value;
            count += 1;
        }
    }
    let keywords: &[Value] = if context.is_null() { &[] } else { &[n.context] };
    thread.call_args(*method, &Args::new(&values[..count], keywords))?;
    Ok(())
}

/// `object.name(..., keyword=value)`
pub(super) fn call_with_keyword(
    thread: &Thread,
    object: Value,
    name: Value,
    arguments: &[Value],
    keyword: Value,
    value: Value,
) -> PyResult {
    let method = attributes::get(thread, object, name)?;
    let mut values = arguments.to_vec();
    values.push(value);
    thread.call_args(*method, &Args::new(&values, &[keyword]))
}

/// `future.get_loop()`, or `future._loop` of futures without that method.
pub(super) fn loop_of(thread: &Thread, future: Value) -> PyResult {
    match attributes::find(thread, future, names::get().get_loop)? {
        Some(get_loop) => thread.call(*get_loop, &[]),
        None => attributes::get(thread, future, names::get()._loop),
    }
}

/// Whether the loop is in debug mode.
pub(super) fn is_debugging(thread: &Thread, event_loop: Value) -> PyResult<bool> {
    let debug = thread.call_method(event_loop, names::get().get_debug, &[])?;
    protocol::is_true(thread, *debug)
}

/// Tells the loop's exception handler of something; entries that are NULL are left out. What that raises is reported.
pub(super) fn report(thread: &Thread, event_loop: Value, entries: &[(&str, Value)]) {
    HEAP.death_observed.set(true);
    let context = Dict::new();
    if let Some(context) = context.cast::<Dict>() {
        for (name, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
            context.set_str(name, *value);
        }
    }
    let Ok(handler) = attributes::get(thread, event_loop, names::get().call_exception_handler) else {
        return write_unraisable_message(thread, "Exception ignored while finalizing asyncio future");
    };
    if thread.call(*handler, &[*context]).is_err() {
        let raised = thread.take_raised();
        let shown = match protocol::repr(thread, *handler) {
            Ok(text) => str::display(*text).to_string(),
            Err(_) => {
                drop(thread.take_raised());
                "<object repr() failed>".to_owned()
            }
        };
        thread.set_raised(raised);
        write_unraisable_message(
            thread,
            &format!("Exception ignored while calling asyncio function {shown}"),
        );
    }
}
