//! Who awaits a future: nobody (NULL), one future, or a set of several. For `asyncio.capture_call_graph`.

use super::future::Future;
use runtime::objects::set::{self, Set, hash_member};
use runtime::types::registry::FROZENSET;
use runtime::{PyResult, Ref, Thread, Value};

fn as_set(v: Value) -> Option<&'static Set> {
    if v.is_null() { None } else { set::set_of(v) }
}

/// Notes that `waiter` awaits `future`.
pub(super) fn add(thread: &Thread, future: &Future, waiter: Value) -> PyResult<()> {
    if future.awaited_by.is_null() {
        future.awaited_by.set(waiter.to_ref());
        return Ok(());
    }
    let known = future.awaited_by.get();
    if let Some(set) = as_set(*known) {
        return set.add(thread, waiter).map(drop);
    }
    let both = set::new_set();
    if let Some(set) = as_set(*both) {
        set.add(thread, *known)?;
        set.add(thread, waiter)?;
    }
    future.awaited_by.set(both);
    Ok(())
}

/// Notes that `waiter` does not await `future` any more.
pub(super) fn discard(thread: &Thread, future: &Future, waiter: Value) -> PyResult<()> {
    if future.awaited_by.peek().is(waiter) {
        drop(future.awaited_by.take());
        return Ok(());
    }
    let known = future.awaited_by.get();
    if let Some(set) = as_set(*known) {
        let hash = hash_member(thread, waiter)?;
        set.discard_hashed(thread, waiter, hash)?;
    }
    Ok(())
}

/// What `_asyncio_awaited_by` shows.
pub(super) fn shown(thread: &Thread, future: &Future) -> PyResult {
    let Some(known) = future.awaited_by.option() else { return Ok(Ref::NONE) };
    if as_set(*known).is_some() {
        return thread.call(Value::of(&FROZENSET), &[*known]);
    }
    let only = set::new_of(&FROZENSET);
    if let Some(set) = as_set(*only) {
        set.add(thread, *known)?;
    }
    Ok(only)
}

pub(super) fn add_function(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    if let (Some(future), Some(_)) = (arguments[0].cast::<Future>(), arguments[1].cast::<Future>()) {
        add(thread, future, arguments[1])?;
    }
    Ok(Ref::NONE)
}

pub(super) fn discard_function(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    if let (Some(future), Some(_)) = (arguments[0].cast::<Future>(), arguments[1].cast::<Future>()) {
        discard(thread, future, arguments[1])?;
    }
    Ok(Ref::NONE)
}
