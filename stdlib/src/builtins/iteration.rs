//! Built-in functions over iterables.

use runtime::objects::generator_sink::next_left;
use runtime::objects::list::List;
use runtime::objects::{float, str};
use std::cell::RefCell;

use runtime::{Args, CompareOp, PyResult, Ref, Thread, Value, attributes, names, protocol};

/// Whether a value that is no object with memory is true.
fn plain_truth(v: Value) -> Option<bool> {
    match v.as_small_int() {
        Some(i) => Some(i != 0),
        None if v.is_bool() => Some(v == Value::TRUE),
        None => v.is_none().then_some(false),
    }
}

/// Calls `f` with each item until it gives `Some`. Items that generators yield are offered to `take` first (see `next_left`).
fn search<R>(
    thread: &Thread,
    iterable: Value,
    mut take: impl FnMut(Value) -> bool,
    mut f: impl FnMut(Ref) -> PyResult<Option<R>>,
) -> PyResult<Option<R>> {
    let iterator = protocol::iter(thread, iterable)?;
    while let Some(item) = next_left(thread, *iterator, &mut take)? {
        if let Some(found) = f(item)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

pub fn all(thread: &Thread, _: Value, iterable: Value) -> PyResult {
    let falsy = search(
        thread,
        iterable,
        |v| plain_truth(v) == Some(true),
        |v| Ok((!protocol::is_true(thread, *v)?).then_some(())),
    )?;
    Ok(Ref::bool(falsy.is_none()))
}

pub fn any(thread: &Thread, _: Value, iterable: Value) -> PyResult {
    let truthy = search(
        thread,
        iterable,
        |v| plain_truth(v) == Some(false),
        |v| Ok(protocol::is_true(thread, *v)?.then_some(())),
    )?;
    Ok(Ref::bool(truthy.is_some()))
}

/// `iter(object)` and `iter(callable, sentinel)`.
pub fn iter(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    runtime::types::binding::no_keywords(thread, "iter", arguments)?;
    match *arguments.positional() {
        [object] => protocol::iter(thread, object),
        [callable, sentinel] => {
            if callable.ty().slots().call.is_none() {
                return Err(thread.type_error("iter(v, w): v must be callable"));
            }
            Ok(runtime::objects::iterators::callable_iterator(callable, sentinel))
        }
        ref other => {
            runtime::types::binding::check_positional(thread, "iter", other.len(), 1, 2)?;
            Ok(Ref::NONE)
        }
    }
}

/// `next(iterator[, default])`
pub fn next(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    runtime::types::binding::no_keywords(thread, "next", arguments)?;
    let given = arguments.positional();
    runtime::types::binding::check_positional(thread, "next", given.len(), 1, 2)?;
    let iterator = given[0];
    let Some(next) = iterator.ty().slots().next else {
        return Err(thread.type_error(format!("'{}' object is not an iterator", iterator.ty().name())));
    };
    match (next(thread, iterator), given.get(1)) {
        (Ok(Some(item)), _) => Ok(item),
        (Ok(None), Some(default)) => Ok(default.to_ref()),
        (Ok(None), None) => Err(thread.stop_iteration(Value::NONE)),
        (Err(raised), Some(default)) => {
            thread.catch(raised, &runtime::objects::exceptions::STOP_ITERATION)?;
            Ok(default.to_ref())
        }
        (Err(raised), None) => Err(raised),
    }
}

/// Whether an item is compared with the best one without running Python code; then it is done.
fn takes_extreme(best: &mut Option<(Ref, Ref)>, item: Value, op: CompareOp) -> bool {
    let Some((_, known)) = best else {
        let is_number = item.is_small_int() || item.is_inline_float();
        if is_number {
            *best = Some((item.to_ref(), item.to_ref()));
        }
        return is_number;
    };
    let wins = match (item.as_small_int(), known.as_small_int()) {
        (Some(item), Some(known)) => {
            if op == CompareOp::Lt {
                item < known
            } else {
                item > known
            }
        }
        _ if item.is_inline_float() && known.is_inline_float() => {
            let (item, known) = (float::get(item), float::get(**known));
            if op == CompareOp::Lt { item < known } else { item > known }
        }
        _ => return false,
    };
    if wins {
        *best = Some((item.to_ref(), item.to_ref()));
    }
    true
}

/// `min` and `max`: the first item that no other beats under `op`.
pub fn extreme(thread: &Thread, arguments: &Args, op: CompareOp) -> PyResult {
    let name = if op == CompareOp::Lt { "min" } else { "max" };
    let (mut key, mut default) = (None, None);
    for (keyword, value) in arguments.keywords() {
        match () {
            _ if str::equals(keyword, "key") => key = Some(value).filter(|v| !v.is_none()),
            _ if str::equals(keyword, "default") => default = Some(value),
            _ => {
                let keyword = str::display(keyword);
                return Err(
                    thread.type_error(format!("{name}() got an unexpected keyword argument '{keyword}'"))
                );
            }
        }
    }
    // The best item so far, and what it is compared by.
    let best: RefCell<Option<(Ref, Ref)>> = RefCell::new(None);
    let consider = |item: Ref| -> PyResult<Option<()>> {
        let rank = match key {
            Some(key) => thread.call(key, &[*item])?,
            None => item.clone(),
        };
        let best_rank = best.borrow().as_ref().map(|best| best.1.clone());
        let wins = match best_rank {
            None => true,
            Some(best_rank) if rank.is_small_int() && best_rank.is_small_int() => {
                let (rank, best) = (rank.as_small_int(), best_rank.as_small_int());
                if op == CompareOp::Lt { rank < best } else { rank > best }
            }
            Some(best_rank) => {
                let r = protocol::compare(thread, *rank, *best_rank, op)?;
                protocol::is_true(thread, *r)?
            }
        };
        if wins {
            let old = best.replace(Some((item, rank)));
            drop(old);
        }
        Ok(None)
    };
    match *arguments.positional() {
        [] => return Err(thread.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => {
            let best = &best;
            let take = |item: Value| key.is_none() && takes_extreme(&mut best.borrow_mut(), item, op);
            search(thread, iterable, take, consider)?;
        }
        ref items => {
            if default.is_some() {
                return Err(thread.type_error(format!(
                    "Cannot specify a default for {name}() with multiple positional arguments"
                )));
            }
            for item in items {
                consider(item.to_ref())?;
            }
        }
    }
    match (best.into_inner(), default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(thread.value_error(format!("{name}() iterable argument is empty"))),
    }
}

/// `sorted(iterable, /, *, key=None, reverse=False)`
pub fn sorted(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let given = arguments.positional();
    if given.len() != 1 {
        return Err(thread.type_error(format!("sorted expected 1 argument, got {}", given.len())));
    }
    let list = List::from_refs(protocol::collect(thread, given[0])?);
    let sort = attributes::get(thread, *list, names::get().sort)?;
    thread.call_args(*sort, &arguments.without_first())?;
    Ok(list)
}
