//! Helpers that make iterators.

use crate::objects::list::iterator::new_iterator;
use crate::objects::range::{RangeIterator, range_iterator};
use crate::value::{Ref, Value};

pub(super) extern "C" fn new_range_iterator(next: i64, remaining: i64, step: i64) -> Value {
    range_iterator(next, remaining, step).into_value()
}

pub(super) extern "C" fn new_list_iterator(list: Value) -> Value {
    new_iterator(list).into_value()
}

/// # Safety
/// `old` is an owned word, whose count moves.
pub(super) unsafe extern "C" fn renew_range_iterator(
    old: Value,
    next: i64,
    remaining: i64,
    step: i64,
) -> Value {
    // SAFETY: promised by the caller.
    let old = unsafe { Ref::from_owned(old) };
    match old.cast_exact::<RangeIterator>() {
        Some(it) if it.header.refcount() == 1 => {
            it.next.set(next);
            it.remaining.set(remaining);
            it.step.set(step);
        }
        _ => return range_iterator(next, remaining, step).into_value(),
    }
    old.into_value()
}
