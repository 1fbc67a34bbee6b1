//! `sum`: machine integers first, then floats and complex numbers with compensation, then whatever `+` means.

use runtime::objects::generator_sink::next_left;
use runtime::objects::int::{self, IntRef};
use runtime::objects::list::List;
use runtime::objects::tuple::Tuple;
use runtime::objects::{complex, float};
use runtime::types::registry::{BYTEARRAY, BYTES, COMPLEX, FLOAT, STR};
use runtime::{PyResult, Ref, Thread, Value, protocol};

/// A sum of floats with the part that rounding lost (Neumaier's summation).
#[derive(Clone, Copy)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn new(sum: f64) -> Compensated {
        Compensated { sum, lost: 0.0 }
    }
    #[inline(always)]
    fn add(&mut self, x: f64) {
        let total = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() { (self.sum - total) + x } else { (x - total) + self.sum };
        self.sum = total;
    }
    fn value(self) -> f64 {
        // Infinities and NaNs make nonsense of the lost part.
        if self.lost != 0.0 && self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// An int that a float stands for closely enough.
fn int_as_float(v: Value) -> Option<f64> {
    match int::get(v)? {
        IntRef::Small(i) => Some(i as f64),
        IntRef::Big(_) => None,
    }
}

/// What is summed: items of a list or tuple by their index, which no iterator need be made for, or those of an iterator.
enum Source {
    List(Ref, usize),
    Tuple(Ref, usize),
    Iterator(Ref),
}

impl Source {
    fn new(thread: &Thread, iterable: Value) -> PyResult<Source> {
        Ok(if iterable.cast_exact::<List>().is_some() {
            Source::List(iterable.to_ref(), 0)
        } else if iterable.cast_exact::<Tuple>().is_some() {
            Source::Tuple(iterable.to_ref(), 0)
        } else {
            Source::Iterator(protocol::iter(thread, iterable)?)
        })
    }
    #[inline(always)]
    fn next(&mut self, thread: &Thread) -> PyResult<Option<Ref>> {
        self.next_left(thread, |_| false)
    }
    /// The next item; those that generators yield are offered to `take` first.
    #[inline(always)]
    fn next_left(&mut self, thread: &Thread, take: impl FnMut(Value) -> bool) -> PyResult<Option<Ref>> {
        let (items, index) = match self {
            Source::List(list, index) => (list.cast_exact::<List>().map(List::items), index),
            Source::Tuple(tuple, index) => (tuple.cast_exact::<Tuple>().map(Tuple::items), index),
            Source::Iterator(iterator) => return next_left(thread, **iterator, take),
        };
        let item = items.and_then(|items| items.get(*index)).map(|item| item.to_ref());
        *index += 1;
        Ok(item)
    }
}

/// `sum(iterable, /, start=0)`
pub fn sum(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let mut source = Source::new(thread, arguments[0])?;
    let start = if arguments[1].is_null() { int::new(0) } else { arguments[1].to_ref() };
    for (unsummable, advice) in [
        (&STR, "strings [use ''.join(seq) instead]"),
        (&BYTES, "bytes [use b''.join(seq) instead]"),
        (&BYTEARRAY, "bytearray [use b''.join(seq) instead]"),
    ] {
        if start.is_instance(unsummable) {
            return Err(thread.type_error(format!("sum() can't sum {advice}")));
        }
    }
    let mut total = start;
    loop {
        // Each of these goes on as long as the items fit it, and leaves the sum with the item that did not.
        let left = if total.is_small_int() {
            sum_ints(thread, &mut source, &mut total)?
        } else if total.is_exact(&FLOAT) {
            sum_floats(thread, &mut source, &mut total)?
        } else if total.is_exact(&COMPLEX) {
            sum_complex(thread, &mut source, &mut total)?
        } else {
            source.next(thread)?
        };
        let Some(item) = left else { return Ok(total) };
        total = protocol::add(thread, *total, *item)?;
    }
}

fn sum_ints(thread: &Thread, source: &mut Source, total: &mut Ref) -> PyResult<Option<Ref>> {
    let mut sum = total.as_small_int().unwrap_or(0);
    let left = loop {
        let take = |item: Value| match item.as_small_int().and_then(|i| sum.checked_add(i)) {
            Some(more) => {
                sum = more;
                true
            }
            None => false,
        };
        let Some(item) = source.next_left(thread, take)? else { break None };
        let number = match item.as_small_int() {
            Some(i) => i,
            None if item.is_bool() => (*item == Value::TRUE) as i64,
            None => break Some(item),
        };
        match sum.checked_add(number) {
            Some(more) => sum = more,
            None => break Some(item),
        }
    };
    *total = int::new(sum);
    Ok(left)
}

fn sum_floats(thread: &Thread, source: &mut Source, total: &mut Ref) -> PyResult<Option<Ref>> {
    let mut sum = Compensated::new(float::get(**total).unwrap_or(0.0));
    let left = loop {
        let take = |item: Value| {
            let number = float::get(item).filter(|_| item.is_exact(&FLOAT));
            number.into_iter().for_each(|x| sum.add(x));
            number.is_some()
        };
        let Some(item) = source.next_left(thread, take)? else { break None };
        let number = if item.is_exact(&FLOAT) { float::get(*item) } else { int_as_float(*item) };
        match number {
            Some(x) => sum.add(x),
            None => break Some(item),
        }
    };
    *total = float::new(sum.value());
    Ok(left)
}

fn sum_complex(thread: &Thread, source: &mut Source, total: &mut Ref) -> PyResult<Option<Ref>> {
    let (real, imag) = complex::get(**total).unwrap_or((0.0, 0.0));
    let (mut real, mut imag) = (Compensated::new(real), Compensated::new(imag));
    let left = loop {
        let Some(item) = source.next(thread)? else { break None };
        if item.is_exact(&COMPLEX) {
            let (x, y) = complex::get(*item).unwrap_or((0.0, 0.0));
            real.add(x);
            imag.add(y);
            continue;
        }
        let number = if item.is_exact(&FLOAT) { float::get(*item) } else { int_as_float(*item) };
        match number {
            Some(x) => real.add(x),
            None => break Some(item),
        }
    };
    *total = complex::new(real.value(), imag.value());
    Ok(left)
}
