//! Iterators, and collecting and unpacking iterables.

use crate::attributes;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::dict::Dict;
use crate::objects::exceptions::{STOP_ITERATION, TYPE_ERROR};
use crate::objects::generator_sink::next_left;
use crate::objects::int::{self, IntRef};
use crate::objects::iterators;
use crate::objects::list::List;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::TypeFlags;
use crate::value::{Ref, Value};

/// Whether items by number make up the whole object, as far as its type shows.
fn is_sequence(v: Value) -> bool {
    let ty = v.ty();
    ty.slots().get_item.is_some() && ty.has(TypeFlags::HEAP) && !ty.has(TypeFlags::DICT_SUBCLASS)
}

#[cold]
fn not_iterable(thread: &Thread, v: Value) -> Raised {
    thread.type_error(format!("'{}' object is not iterable", v.ty().name()))
}

/// `iter(v)`.
pub fn iter(thread: &Thread, v: Value) -> PyResult {
    let Some(f) = v.ty().slots().iter else {
        if is_sequence(v) {
            return Ok(iterators::new_sequence_iterator(v));
        }
        return Err(not_iterable(thread, v));
    };
    let iterator = f(thread, v)?;
    if iterator.ty().slots().next.is_none() {
        let message = format!("iter() returned non-iterator of type '{}'", iterator.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(iterator)
}

/// The next item of an iterator; `None` at the end.
#[inline]
pub fn next(thread: &Thread, iterator: Value) -> PyResult<Option<Ref>> {
    item_or_end(thread, next_or_stop(thread, iterator))
}

/// As `next`; a StopIteration with a value stays raised.
#[inline]
pub fn next_or_stop(thread: &Thread, iterator: Value) -> PyResult<Option<Ref>> {
    match iterator.ty().slots().next {
        Some(f) => f(thread, iterator),
        None => Err(thread.type_error(format!("'{}' object is not an iterator", iterator.ty().name()))),
    }
}

/// What a `next` slot gave, with a StopIteration taken as the end. Slots raise it where it carries a value.
#[inline(always)]
pub fn item_or_end(thread: &Thread, found: PyResult<Option<Ref>>) -> PyResult<Option<Ref>> {
    match found {
        Ok(item) => Ok(item),
        Err(raised) => end(thread, raised),
    }
}

#[cold]
#[inline(never)]
fn end(thread: &Thread, raised: Raised) -> PyResult<Option<Ref>> {
    drop(thread.catch(raised, &STOP_ITERATION)?);
    Ok(None)
}

/// The items of an exact tuple or list.
fn stored_items(v: Value) -> Option<Vec<Ref>> {
    if let Some(t) = v.cast_exact::<Tuple>() {
        return Some(t.items().iter().map(|v| v.to_ref()).collect());
    }
    let list = v.cast_exact::<List>()?;
    Some(list.items().iter().map(|v| v.to_ref()).collect())
}

/// More than this many places are not set aside on the word of `__length_hint__`.
const MAX_RESERVED: usize = 1 << 16;

/// All items of an iterable.
pub fn collect(thread: &Thread, iterable: Value) -> PyResult<Vec<Ref>> {
    if let Some(items) = stored_items(iterable) {
        return Ok(items);
    }
    let iterator = iter(thread, iterable)?;
    let hint = length_hint(thread, iterable, 8)?;
    let mut items = Vec::with_capacity(hint.min(MAX_RESERVED));
    loop {
        let take = |item: Value| {
            items.push(item.to_ref());
            true
        };
        let Some(item) = next_left(thread, *iterator, take)? else { return Ok(items) };
        items.push(item);
    }
}

/// `operator.length_hint(v, default)`.
pub fn length_hint(thread: &Thread, v: Value, default: usize) -> PyResult<usize> {
    if let Some(len) = v.ty().slots().len {
        match len(thread, v) {
            Ok(n) => return Ok(n),
            Err(raised) => drop(thread.catch(raised, &TYPE_ERROR)?),
        }
    }
    let Some(method) = attributes::special(thread, v, names::get().__length_hint__)? else {
        return Ok(default);
    };
    let hint = match thread.call(*method, &[]) {
        Ok(hint) => hint,
        Err(raised) => {
            thread.catch(raised, &TYPE_ERROR)?;
            return Ok(default);
        }
    };
    if *hint == Value::NOT_IMPLEMENTED {
        return Ok(default);
    }
    match int::get(*hint) {
        Some(IntRef::Small(n)) => {
            usize::try_from(n).map_err(|_| thread.value_error("__length_hint__() should return >= 0"))
        }
        Some(IntRef::Big(_)) => Err(thread.overflow_error("Python int too large to convert to C ssize_t")),
        None => {
            Err(thread.type_error(format!("__length_hint__ must be an integer, not {}", hint.ty().name())))
        }
    }
}

// Unpacking.

#[cold]
fn too_many(thread: &Thread, v: Value, expected: usize) -> Raised {
    let got = (v.cast_exact::<Tuple>().map(|t| t.len()))
        .or_else(|| v.cast_exact::<List>().map(|l| l.len()))
        .or_else(|| v.cast_exact::<Dict>().map(|d| d.len()));
    let got = got.filter(|n| *n > expected).map_or(String::new(), |n| format!(", got {n}"));
    thread.value_error(format!("too many values to unpack (expected {expected}{got})"))
}

/// The iterator for an unpacking assignment.
fn iter_to_unpack(thread: &Thread, v: Value) -> PyResult {
    if v.ty().slots().iter.is_none() && !is_sequence(v) {
        let message = format!("cannot unpack non-iterable {} object", v.ty().name());
        return Err(thread.type_error(message));
    }
    iter(thread, v)
}

/// Exactly `count` items: `a, b = v`.
pub fn unpack(thread: &Thread, v: Value, count: usize) -> PyResult<Vec<Ref>> {
    let not_enough =
        |got: usize| thread.value_error(format!("not enough values to unpack (expected {count}, got {got})"));
    if let Some(items) = stored_items(v) {
        return match items.len().cmp(&count) {
            std::cmp::Ordering::Equal => Ok(items),
            std::cmp::Ordering::Less => Err(not_enough(items.len())),
            std::cmp::Ordering::Greater => Err(too_many(thread, v, count)),
        };
    }
    let iterator = iter_to_unpack(thread, v)?;
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        match next(thread, *iterator)? {
            Some(item) => items.push(item),
            None => return Err(not_enough(items.len())),
        }
    }
    match next(thread, *iterator)? {
        None => Ok(items),
        Some(_) => Err(too_many(thread, v, count)),
    }
}

/// `before` items, a list of those between, `after` items: `a, *b, c = v`.
pub fn unpack_starred(thread: &Thread, v: Value, before: usize, after: usize) -> PyResult<Vec<Ref>> {
    let not_enough = |got: usize| {
        let expected = before + after;
        thread.value_error(format!("not enough values to unpack (expected at least {expected}, got {got})"))
    };
    let mut items = match stored_items(v) {
        Some(items) => items,
        None => {
            let iterator = iter_to_unpack(thread, v)?;
            let mut items = Vec::new();
            while let Some(item) = next(thread, *iterator)? {
                items.push(item);
            }
            items
        }
    };
    if items.len() < before + after {
        return Err(not_enough(items.len()));
    }
    let last = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    items.push(List::from_refs(middle));
    items.extend(last);
    Ok(items)
}
