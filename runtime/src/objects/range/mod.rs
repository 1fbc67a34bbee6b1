//! `range`. This file: the layout, construction and the arithmetic on items; the type's slots and methods stand in
//! `methods`, its iterators in `iterator`.

mod iterator;
mod methods;

pub use iterator::{
    LONG_RANGE_ITERATOR, LongRangeIterator, RANGE_ITERATOR, RangeIterator, new_range_iterator, range_iterator,
};
pub use methods::RANGE;

use crate::cell::Slot;
use crate::object::{Header, new_exact};
use crate::objects::int::{self, IBig};
use crate::value::{Ref, SMALL_INT_MAX, SMALL_INT_MIN, Value};

/// A range object. All fields are exact ints and never change.
#[repr(C)]
pub struct Range {
    pub header: Header,
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
    pub length: Slot,
}

crate::object!(Range, RANGE);

/// The progression of a range whose items all fit the value word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmallRange {
    pub start: i64,
    pub step: i64,
    pub length: i64,
}

impl SmallRange {
    /// Item `i`, which exists.
    #[inline(always)]
    pub fn item(self, i: i64) -> i64 {
        self.start + i * self.step
    }
    /// The place of an integer among the items.
    pub fn find(self, item: i64) -> Option<i64> {
        let distance = item as i128 - self.start as i128;
        let step = self.step as i128;
        let place = distance / step;
        (distance % step == 0 && place >= 0 && place < self.length as i128).then_some(place as i64)
    }
}

/// Number of items from `start` up to `stop`; `step` is not zero.
fn length_of(start: &IBig, stop: &IBig, step: &IBig) -> IBig {
    let zero = IBig::ZERO;
    let (low, high, stride) =
        if *step > zero { (start, stop, step.clone()) } else { (stop, start, -step.clone()) };
    if low >= high {
        return zero;
    }
    (high - low - IBig::ONE) / stride + IBig::ONE
}

fn small_length(start: i64, stop: i64, step: i64) -> i64 {
    let distance = if step > 0 { stop as i128 - start as i128 } else { start as i128 - stop as i128 };
    if distance <= 0 {
        return 0;
    }
    // Small ints are 63 bits wide, so a distance of two of them fits a machine word.
    ((distance - 1) / (step as i128).abs() + 1) as i64
}

/// `range(start, stop, step)` of exact ints; `step` is not zero.
pub fn new_range(start: Value, stop: Value, step: Value) -> Ref {
    let length = match (start.as_small_int(), stop.as_small_int(), step.as_small_int()) {
        (Some(start), Some(stop), Some(step)) => int::new(small_length(start, stop, step)),
        _ => int::from_big(length_of(&big(start), &big(stop), &big(step))),
    };
    new_exact(|header| Range {
        header,
        start: Slot::new(start.to_ref()),
        stop: Slot::new(stop.to_ref()),
        step: Slot::new(step.to_ref()),
        length: Slot::new(length),
    })
}

/// An exact int as a big integer.
fn big(v: Value) -> IBig {
    int::get_big(v).unwrap_or_default()
}

impl Range {
    /// The progression, if its items, step and length all fit the value word.
    #[inline]
    pub fn small(&self) -> Option<SmallRange> {
        let start = self.start.peek().as_small_int()?;
        let step = self.step.peek().as_small_int()?;
        let length = self.length.peek().as_small_int()?;
        // The last item lies between two small bounds when `stop` is small.
        if !self.stop.peek().is_small_int() {
            let last = start as i128 + (length as i128 - 1) * step as i128;
            if length > 0 && !(SMALL_INT_MIN as i128..=SMALL_INT_MAX as i128).contains(&last) {
                return None;
            }
        }
        Some(SmallRange { start, step, length })
    }
    /// Item `i`, which exists, of a range of any size.
    fn big_item(&self, i: &IBig) -> IBig {
        big(self.start.peek()) + big(self.step.peek()) * i
    }
    /// The place of an integer among the items of a range of any size.
    fn big_find(&self, item: &IBig) -> Option<IBig> {
        let step = big(self.step.peek());
        let distance = item - big(self.start.peek());
        let place = &distance / &step;
        let exact = &place * &step == distance;
        (exact && place >= IBig::ZERO && place < big(self.length.peek())).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        assert_eq!(small_length(0, 10, 3), 4);
        assert_eq!(small_length(10, 0, -3), 4);
        assert_eq!(small_length(3, 3, 1), 0);
        assert_eq!(small_length(SMALL_INT_MIN, SMALL_INT_MAX, 1), i64::MAX);
        assert_eq!(length_of(&IBig::from(10), &IBig::from(0), &IBig::from(-3)), IBig::from(4));
    }

    #[test]
    fn places() {
        let r = SmallRange { start: 10, step: -3, length: 4 };
        assert_eq!(r.find(4), Some(2));
        assert_eq!(r.find(13), None);
        assert_eq!(r.find(-2), None);
    }
}
