//! Subscripts of sequences: indices, slices, and the optional `start` and `end` of searching methods.

use crate::error::PyResult;
use crate::objects::int;
use crate::objects::slice::{self, Slice};
use crate::protocol;
use crate::thread::Thread;
use crate::value::Value;

/// The items a slice selects from a sequence of a known length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SliceRange {
    pub start: isize,
    pub step: isize,
    pub length: usize,
}

impl SliceRange {
    /// The selected positions, in order.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        (0..self.length as isize).map(move |i| (self.start + i * self.step) as usize)
    }
    /// `start..end` if the positions follow each other.
    pub fn as_range(self) -> Option<std::ops::Range<usize>> {
        let start = self.start as usize;
        (self.step == 1).then(|| start..start + self.length)
    }
}

/// What stands between the brackets.
pub enum Subscript {
    /// A position that exists.
    Item(usize),
    Slice(SliceRange),
}

/// How a sequence speaks of its subscripts.
pub struct SubscriptErrors {
    /// Given the type's name: what a key of a wrong type raises.
    pub wrong_type: fn(&str) -> String,
    pub out_of_range: &'static str,
}

/// Whether a key is a slice object.
pub fn is_slice(key: Value) -> bool {
    key.cast::<Slice>().is_some()
}

fn optional_bound(thread: &Thread, v: Value) -> PyResult<Option<isize>> {
    if v.is_null() || v.is_none() { Ok(None) } else { slice::bound(thread, v).map(Some) }
}

/// The range of a slice object over `length` items.
pub fn slice_range(thread: &Thread, slice: Value, length: usize) -> PyResult<SliceRange> {
    slice_range_of(thread, slice, || length)
}

/// As `slice_range`, asking for the length after the bounds, which may run Python code.
pub fn slice_range_of(thread: &Thread, key: Value, length: impl Fn() -> usize) -> PyResult<SliceRange> {
    let Some(slice) = key.cast::<Slice>() else { return Err(thread.type_error("a slice is required")) };
    let span = slice::unpack(thread, slice)?.adjust(length());
    Ok(SliceRange { start: span.start, step: span.step, length: span.count })
}

/// Resolves a key against a sequence; `length` is asked after anything that may run Python code.
pub fn subscript(
    thread: &Thread,
    key: Value,
    length: impl Fn() -> usize,
    errors: &SubscriptErrors,
) -> PyResult<Subscript> {
    if is_slice(key) {
        return slice_range_of(thread, key, length).map(Subscript::Slice);
    }
    if !int::is_int(key) && key.ty().slots().index.is_none() {
        return Err(thread.type_error((errors.wrong_type)(&key.ty().name())));
    }
    let index = protocol::index_isize_or(thread, key, &crate::objects::exceptions::INDEX_ERROR)?;
    match position(index, length()) {
        Some(i) => Ok(Subscript::Item(i)),
        None => Err(thread.index_error(errors.out_of_range)),
    }
}

/// The position an index names, counted from the end if negative.
pub fn position(index: isize, length: usize) -> Option<usize> {
    let i = if index < 0 { index.saturating_add(length as isize) } else { index };
    usize::try_from(i).ok().filter(|i| *i < length)
}

/// The optional `start` and `end` of `find` and its kin, as given.
pub fn search_bounds(thread: &Thread, start: Option<Value>, end: Option<Value>) -> PyResult<(isize, isize)> {
    let start = optional_bound(thread, start.unwrap_or(Value::NULL))?.unwrap_or(0);
    let end = optional_bound(thread, end.unwrap_or(Value::NULL))?.unwrap_or(isize::MAX);
    Ok((start, end))
}

/// The range that bounds select; `None` if it starts behind the end.
pub fn clamp_bounds(start: isize, end: isize, length: usize) -> Option<std::ops::Range<usize>> {
    let length = length as isize;
    let place = |i: isize| if i < 0 { i.saturating_add(length).max(0) } else { i };
    let (start, end) = (place(start), place(end).min(length));
    (start <= end).then_some(start as usize..end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_searches() {
        assert_eq!(clamp_bounds(-2, isize::MAX, 5), Some(3..5));
        assert_eq!(clamp_bounds(6, isize::MAX, 5), None);
        assert_eq!(clamp_bounds(5, 5, 5), Some(5..5));
    }
}
