//! The layout of `int`: 63 bits in the word, larger ones (and instances of subclasses) in the heap.

use crate::error::Raised;
use crate::int_kernel::{IntError, MAX_STR_DIGITS};
use crate::object::{Header, new_exact};
use crate::objects::exceptions::ZERO_DIVISION_ERROR;
use crate::thread::Thread;
use crate::types::registry::INT;
use crate::value::{Ref, Value};
use dashu_int::IBig;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An integer outside the word's range, or of a subclass. Exact ints are always in their normal form: those that fit the
/// word are never boxed.
#[repr(C)]
pub struct Int {
    pub header: Header,
    pub value: IBig,
}

crate::object!(Int, INT);

/// An integer operand, bools included.
pub enum IntRef<'a> {
    Small(i64),
    Big(&'a IBig),
}

/// The value of a machine integer.
#[inline(always)]
pub fn new(i: i64) -> Ref {
    match Value::try_small_int(i) {
        Some(v) => Ref::immediate(v),
        None => from_big(IBig::from(i)),
    }
}

pub fn from_u64(i: u64) -> Ref {
    match i64::try_from(i) {
        Ok(i) => new(i),
        Err(_) => from_big(IBig::from(i)),
    }
}

pub fn from_usize(i: usize) -> Ref {
    from_u64(i as u64)
}

pub fn from_i128(i: i128) -> Ref {
    match i64::try_from(i) {
        Ok(i) => new(i),
        Err(_) => from_big(IBig::from(i)),
    }
}

/// The value of a big integer, in normal form.
pub fn from_big(i: IBig) -> Ref {
    if let Ok(small) = i64::try_from(&i)
        && let Some(v) = Value::try_small_int(small)
    {
        return Ref::immediate(v);
    }
    new_exact(|header| Int { header, value: i })
}

/// The integer in `v`, if it is an int, a bool or an instance of a subclass.
#[inline(always)]
pub fn get(v: Value) -> Option<IntRef<'static>> {
    if let Some(i) = v.as_small_int() {
        return Some(IntRef::Small(i));
    }
    if v.is_bool() {
        return Some(IntRef::Small((v == Value::TRUE) as i64));
    }
    let big = v.cast::<Int>()?;
    match i64::try_from(&big.value) {
        Ok(i) => Some(IntRef::Small(i)),
        Err(_) => Some(IntRef::Big(&big.value)),
    }
}

/// The integer in `v` as a big integer.
pub fn get_big(v: Value) -> Option<IBig> {
    Some(match get(v)? {
        IntRef::Small(i) => IBig::from(i),
        IntRef::Big(b) => b.clone(),
    })
}

/// Whether `v` is an int, a bool or an instance of a subclass.
#[inline(always)]
pub fn is_int(v: Value) -> bool {
    v.is_small_int() || v.is_bool() || v.cast::<Int>().is_some()
}

/// Raises what the integer kernel reports.
#[cold]
pub fn error(thread: &Thread, e: IntError) -> Raised {
    match e {
        IntError::ZeroDivision(message) => thread.error(&ZERO_DIVISION_ERROR, message),
        IntError::Value(message) => thread.value_error(message),
        IntError::Overflow(message) => thread.overflow_error(message),
        IntError::Memory => thread.memory_error(),
    }
}

/// `sys.set_int_max_str_digits`; 0: no limit.
static DIGIT_LIMIT: AtomicUsize = AtomicUsize::new(MAX_STR_DIGITS);

/// The most digits that conversions between decimal text and int take.
pub fn digit_limit() -> usize {
    DIGIT_LIMIT.load(Ordering::Relaxed)
}

/// Sets the limit that `digit_limit` gives.
pub fn set_digit_limit(digits: usize) {
    DIGIT_LIMIT.store(digits, Ordering::Relaxed);
}
