//! Set algebra on sets and any iterables.

use super::{FROZENSET, SET, Set, hash_member, new_of, set_of};
use crate::error::PyResult;
use crate::objects::dict::Dict;
use crate::objects::generator::GENERATOR;
use crate::objects::generator_sink::next_left;
use crate::protocol;
use crate::thread::Thread;
use crate::types::Type;
use crate::value::{Ref, Value};

/// `set` for sets and their subclasses, `frozenset` for the others: what operators build.
pub(super) fn base_type(v: Value) -> &'static Type {
    if v.is_instance(&FROZENSET) { &FROZENSET } else { &SET }
}

/// The set in a value just made by `new_of`.
fn own(v: &Ref) -> &'static Set {
    set_of(**v).unwrap_or_else(|| unreachable!("made as a set"))
}

/// Calls `f` with each item of any iterable and its hash; `f` says whether to go on. Sets and dicts keep their hashes.
pub fn each_hashed(
    thread: &Thread,
    iterable: Value,
    mut f: impl FnMut(Value, i64) -> PyResult<bool>,
) -> PyResult<()> {
    if let Some(s) = set_of(iterable) {
        return s.each_member(f);
    }
    if let Some(d) = iterable.cast_exact::<Dict>() {
        let mut place = 0;
        while place < d.places() {
            if let Some(e) = d.entry_at(place) {
                let key = e.key.to_ref();
                if !f(*key, e.hash)? {
                    break;
                }
            }
            place += 1;
        }
        return Ok(());
    }
    let iterator = protocol::iter(thread, iterable)?;
    while let Some(item) = protocol::next(thread, *iterator)? {
        let hash = hash_member(thread, *item)?;
        if !f(*item, hash)? {
            break;
        }
    }
    Ok(())
}

/// Adds all items of an iterable.
pub fn update(thread: &Thread, s: &Set, other: Value) -> PyResult<()> {
    if let Some(o) = set_of(other) {
        return s.merge(thread, o);
    }
    if let Some(d) = other.cast_exact::<Dict>() {
        s.reserve(d.len());
    }
    if other.is_exact(&GENERATOR) {
        while let Some(item) = next_left(thread, other, |item| s.add_plain(item).is_some())? {
            let hash = hash_member(thread, *item)?;
            s.add_hashed(thread, *item, hash)?;
        }
        return Ok(());
    }
    each_hashed(thread, other, |key, hash| s.add_hashed(thread, key, hash).map(|_| true))
}

/// A set of type `ty` with the items of an iterable.
pub(super) fn from_iterable(thread: &Thread, ty: &'static Type, iterable: Value) -> PyResult {
    let result = new_of(ty);
    update(thread, own(&result), iterable)?;
    Ok(result)
}

/// A copy, of `set` or `frozenset` itself.
pub(super) fn copy(thread: &Thread, v: Value) -> PyResult {
    from_iterable(thread, base_type(v), v)
}

/// Takes the items of an iterable out.
pub fn difference_update(thread: &Thread, s: &Set, other: Value) -> PyResult<()> {
    if other.is(Value::of(s)) || set_of(other).is_some_and(|o| std::ptr::eq(o, s)) {
        s.clear_members();
        return Ok(());
    }
    each_hashed(thread, other, |key, hash| s.discard_hashed(thread, key, hash).map(|_| true))?;
    s.tidy();
    Ok(())
}

/// `v - other`.
pub(super) fn difference(thread: &Thread, v: Value, other: Value) -> PyResult {
    let Some(s) = set_of(v) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let other_size = match (set_of(other), other.cast_exact::<Dict>()) {
        (Some(o), _) => Some(o.len()),
        (_, Some(d)) => Some(d.len()),
        _ => None,
    };
    // Few items are taken out of a copy; many are looked up.
    if other_size.is_none_or(|n| s.len() >> 2 > n) {
        let result = copy(thread, v)?;
        difference_update(thread, own(&result), other)?;
        return Ok(result);
    }
    let result = new_of(base_type(v));
    s.each_member(|key, hash| {
        if !has(thread, other, key, hash)? {
            own(&result).add_hashed(thread, key, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// Whether a set or dict has a key of known hash.
fn has(thread: &Thread, container: Value, key: Value, hash: i64) -> PyResult<bool> {
    if let Some(s) = set_of(container) {
        return s.contains_hashed(thread, key, hash);
    }
    match container.cast::<Dict>() {
        Some(d) => Ok(d.find(thread, key, hash)?.is_some()),
        None => Ok(false),
    }
}

/// `v & other`.
pub(super) fn intersection(thread: &Thread, v: Value, other: Value) -> PyResult {
    if v.is(other) {
        return copy(thread, v);
    }
    let result = new_of(base_type(v));
    let (mut asked, mut walked) = (v, other);
    if let (Some(a), Some(b)) = (set_of(v), set_of(other))
        && b.len() > a.len()
    {
        std::mem::swap(&mut asked, &mut walked);
    }
    each_hashed(thread, walked, |key, hash| {
        if has(thread, asked, key, hash)? {
            own(&result).add_hashed(thread, key, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// Keeps what is in all of the others too.
pub(super) fn intersection_update(thread: &Thread, s: &Set, v: Value, others: &[Value]) -> PyResult<()> {
    let kept = intersection_of_all(thread, v, others)?;
    s.swap(own(&kept));
    Ok(())
}

pub(super) fn intersection_of_all(thread: &Thread, v: Value, others: &[Value]) -> PyResult {
    let Some((first, rest)) = others.split_first() else { return copy(thread, v) };
    let mut result = intersection(thread, v, *first)?;
    for other in rest {
        result = intersection(thread, *result, *other)?;
    }
    Ok(result)
}

/// Keeps what is in exactly one of both.
pub fn symmetric_difference_update(thread: &Thread, s: &Set, other: Value) -> PyResult<()> {
    if set_of(other).is_some_and(|o| std::ptr::eq(o, s)) {
        s.clear_members();
        return Ok(());
    }
    // Items that come twice count once.
    let held = match set_of(other).is_some() || other.cast_exact::<Dict>().is_some() {
        true => other.to_ref(),
        false => from_iterable(thread, &SET, other)?,
    };
    each_hashed(thread, *held, |key, hash| {
        if !s.discard_hashed(thread, key, hash)? {
            s.add_hashed(thread, key, hash)?;
        }
        Ok(true)
    })
}

/// `v ^ other`.
pub(super) fn symmetric_difference(thread: &Thread, v: Value, other: Value) -> PyResult {
    let result = from_iterable(thread, base_type(v), other)?;
    symmetric_difference_update(thread, own(&result), v)?;
    Ok(result)
}

/// Whether all members of `a` are in `b`.
pub(super) fn is_subset(thread: &Thread, a: &Set, b: &Set) -> PyResult<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    let mut holds = true;
    a.each_member(|key, hash| {
        holds = b.contains_hashed(thread, key, hash)?;
        Ok(holds)
    })?;
    Ok(holds)
}

/// Whether `v` and an iterable have nothing in common.
pub(super) fn is_disjoint(thread: &Thread, v: Value, other: Value) -> PyResult<bool> {
    if v.is(other) {
        return Ok(set_of(v).is_some_and(|s| s.len() == 0));
    }
    let (mut asked, mut walked) = (v, other);
    if let (Some(a), Some(b)) = (set_of(v), set_of(other))
        && b.len() > a.len()
    {
        std::mem::swap(&mut asked, &mut walked);
    }
    let mut disjoint = true;
    each_hashed(thread, walked, |key, hash| {
        disjoint = !has(thread, asked, key, hash)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}
