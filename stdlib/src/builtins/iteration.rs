//! Built-in functions over iterables.

use runtime::objects::list::List;
use runtime::objects::str;
use runtime::{Args, CompareOp, PyResult, Ref, Thread, Value, attributes, names, protocol};

/// Calls `f` with each item until it gives `Some`.
fn search<R>(
    thread: &Thread,
    iterable: Value,
    mut f: impl FnMut(Ref) -> PyResult<Option<R>>,
) -> PyResult<Option<R>> {
    let iterator = protocol::iter(thread, iterable)?;
    while let Some(item) = protocol::next(thread, *iterator)? {
        if let Some(found) = f(item)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

pub fn all(thread: &Thread, _: Value, iterable: Value) -> PyResult {
    let falsy = search(thread, iterable, |v| Ok((!protocol::is_true(thread, *v)?).then_some(())))?;
    Ok(Ref::bool(falsy.is_none()))
}

pub fn any(thread: &Thread, _: Value, iterable: Value) -> PyResult {
    let truthy = search(thread, iterable, |v| Ok(protocol::is_true(thread, *v)?.then_some(())))?;
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
    let mut best: Option<(Ref, Ref)> = None;
    let mut consider = |item: Ref| -> PyResult<Option<()>> {
        let rank = match key {
            Some(key) => thread.call(key, &[*item])?,
            None => item.clone(),
        };
        let wins = match &best {
            None => true,
            Some((_, best_rank)) if rank.is_small_int() && best_rank.is_small_int() => {
                let (rank, best) = (rank.as_small_int(), best_rank.as_small_int());
                if op == CompareOp::Lt { rank < best } else { rank > best }
            }
            Some((_, best_rank)) => {
                let r = protocol::compare(thread, *rank, **best_rank, op)?;
                protocol::is_true(thread, *r)?
            }
        };
        if wins {
            best = Some((item, rank));
        }
        Ok(None)
    };
    match *arguments.positional() {
        [] => return Err(thread.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => {
            search(thread, iterable, &mut consider)?;
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
    match (best, default) {
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
