//! Helpers on lists, tuples and strs: slices, items taken out, membership and equality of plain items.

use crate::objects::list::List;
use crate::objects::plain;
use crate::objects::slice::{Unpacked, new_slice, slice_from_owned};
use crate::objects::str::Str;
use crate::objects::str_type;
use crate::objects::tuple::{TUPLE, Tuple};
use crate::value::{Ref, Value};

/// Sequences within sequences are compared down to this depth.
const DEPTH: usize = 4;

pub(super) extern "C" fn build_slice(start: Value, stop: Value, step: Value) -> Value {
    new_slice(start, stop, step).into_value()
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored; their counts move.
pub(super) unsafe extern "C" fn slice_of_owned(first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(first, count) };
    let &[start, stop, step] = words else { return Value::NULL };
    // SAFETY: each word's count moves once.
    let owned = |word| unsafe { Ref::from_owned(word) };
    slice_from_owned(owned(start), owned(stop), owned(step)).into_value()
}

pub(super) extern "C" fn slice(whole: Value, start: i64, stop: i64) -> Value {
    let part = if let Some(list) = whole.cast_exact::<List>() {
        let (start, end) = bounds(start, stop, list.len());
        List::from_values(&list.items()[start..end])
    } else if let Some(tuple) = whole.cast_exact::<Tuple>() {
        match bounds(start, stop, tuple.len()) {
            (0, end) if end == tuple.len() => whole.to_ref(),
            (start, end) => Tuple::from_values(&tuple.items()[start..end]),
        }
    } else if let Some(s) = whole.cast_exact::<Str>() {
        match bounds(start, stop, s.len()) {
            (0, end) if end == s.len() => whole.to_ref(),
            (start, end) => s.substring(start, end),
        }
    } else {
        Ref::NULL
    };
    part.into_value()
}

pub(super) extern "C" fn slice_step(whole: Value, start: i64, stop: i64, step: i64) -> Value {
    let slice = Unpacked::new(start as isize, stop as isize, (step as isize).max(-isize::MAX));
    let part = if let Some(list) = whole.cast_exact::<List>() {
        let (span, items) = (slice.adjust(list.len()), list.items());
        List::from_refs(span.indices().map(|i| items[i].to_ref()).collect())
    } else if let Some(tuple) = whole.cast_exact::<Tuple>() {
        let (span, items) = (slice.adjust(tuple.len()), tuple.items());
        Tuple::from_refs(span.indices().map(|i| items[i].to_ref()).collect())
    } else if let Some(s) = whole.cast_exact::<Str>() {
        str_type::spaced(s, slice.adjust(s.len()))
    } else {
        Ref::NULL
    };
    part.into_value()
}

/// The bounds of a slice within `length` items.
fn bounds(start: i64, stop: i64, length: usize) -> (usize, usize) {
    let clamp = |i: i64| match i {
        i if i < 0 => (i + length as i64).max(0) as usize,
        i => (i as usize).min(length),
    };
    let (start, end) = (clamp(start), clamp(stop));
    (start, end.max(start))
}

pub(super) extern "C" fn store_slice(list: Value, start: i64, stop: i64, source: Value) -> Value {
    let Some(list) = list.cast_exact::<List>() else { return Value::NONE };
    let new = match (source.cast_exact::<List>(), source.cast_exact::<Tuple>()) {
        (Some(list), _) => list.items(),
        (_, Some(tuple)) => tuple.items(),
        _ => return Value::NONE,
    };
    let (start, end) = bounds(start, stop, list.len());
    new.iter().for_each(|v| v.incref());
    let is_seen = |v: &Value| v.is_pointer() && !plain::is_plain(*v);
    let seen = list.items()[start..end].iter().any(is_seen);
    if !seen && new.len() == end - start && !std::ptr::eq(new, list.items()) {
        list.with_items(|items| {
            for (place, value) in items[start..end].iter_mut().zip(new) {
                // SAFETY: the list owned the old item; the new one was counted above.
                drop(unsafe { Ref::from_owned(std::mem::replace(place, *value)) });
            }
        });
        return Value::NONE;
    }
    let new = new.to_vec();
    let old: Vec<Value> = list.with_items(|items| items.splice(start..end, new).collect());
    // SAFETY: the list owned the items.
    let old = old.into_iter().map(|v| unsafe { Ref::from_owned(v) });
    if seen {
        return List::from_refs(old.collect()).into_value();
    }
    old.for_each(drop);
    Value::NONE
}

pub(super) extern "C" fn list_insert(list: Value, index: i64, item: Value) {
    if let Some(list) = list.cast_exact::<List>() {
        list.insert(bounds(index, i64::MAX, list.len()).0, item.to_ref());
    }
}

pub(super) extern "C" fn list_extend(list: Value, more: Value) {
    let (Some(list), Some(more)) = (list.cast_exact::<List>(), items_of(more)) else { return };
    more.iter().for_each(|v| v.incref());
    if std::ptr::eq(list.items(), more) {
        list.with_items(|items| items.extend_from_within(..));
    } else {
        list.with_items(|items| items.extend_from_slice(more));
    }
}

pub(super) extern "C" fn concatenate(a: Value, b: Value) -> Value {
    let (Some(x), Some(y)) = (items_of(a), items_of(b)) else { return Value::NULL };
    if a.cast_exact::<List>().is_some() {
        let mut items = Vec::with_capacity(x.len() + y.len());
        items.extend(x.iter().chain(y).map(|v| v.to_ref()));
        return List::from_refs(items).into_value();
    }
    if x.is_empty() || y.is_empty() {
        return (if x.is_empty() { b } else { a }).to_ref().into_value();
    }
    let item = |i: usize| if i < x.len() { x[i] } else { y[i - x.len()] };
    Tuple::build(&TUPLE, x.len() + y.len(), |i| item(i).to_ref()).into_value()
}

pub(super) extern "C" fn list_remove(list: Value, index: i64) -> Value {
    let Some(list) = list.cast_exact::<List>() else { return Value::NULL };
    list.with_items(|items| items.remove(index as usize))
}

pub(super) extern "C" fn contains_plain(sequence: Value, item: Value) -> i64 {
    contains_quietly(sequence, item).map_or(2, i64::from)
}

/// Whether a list or tuple contains an item; `None` if that is for Python code to say.
pub fn contains_quietly(sequence: Value, item: Value) -> Option<bool> {
    for other in items_of(sequence)? {
        if equal_within(*other, item, DEPTH)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether two lists or tuples are equal; `None` if that is for Python code to say.
pub fn equal_quietly(a: Value, b: Value) -> Option<bool> {
    equal_within(a, b, DEPTH)
}

pub(super) extern "C" fn equal_plain(a: Value, b: Value) -> i64 {
    equal_within(a, b, DEPTH).map_or(2, i64::from)
}

fn items_of(sequence: Value) -> Option<&'static [Value]> {
    match sequence.cast_exact::<Tuple>() {
        Some(tuple) => Some(tuple.items()),
        None => sequence.cast_exact::<List>().map(List::items),
    }
}

/// Whether two values are equal; `None` if that is for Python code to say, or too much to tell.
fn equal_within(a: Value, b: Value, depth: usize) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    if Value::both_small_int(a, b) {
        return Some(false);
    }
    let (Some(x), Some(y)) = (items_of(a), items_of(b)) else { return plain::equal(a, b) };
    if !std::ptr::eq(a.ty(), b.ty()) || x.len() != y.len() {
        return Some(false);
    }
    let depth = depth.checked_sub(1)?;
    for (p, q) in x.iter().zip(y) {
        if !equal_within(*p, *q, depth)? {
            return Some(false);
        }
    }
    Some(true)
}
