//! `int`: 63 bits in the word, larger ones (and instances of subclasses) in the heap.

mod constructor;
pub mod format;
mod methods;
pub mod operators;

use crate::error::Raised;
use crate::int_kernel::{IntError, MAX_STR_DIGITS};
use crate::object::{Header, drop_object, new_exact};
use crate::objects::exceptions::ZERO_DIVISION_ERROR;
use crate::thread::Thread;
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
pub use dashu_int::IBig;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An integer outside the word's range, or of a subclass. Exact ints are always in their normal form: those that fit the
/// word are never boxed.
#[repr(C)]
pub struct Int {
    pub header: Header,
    pub value: IBig,
}

crate::object!(Int, INT);

pub static INT: Type = Type::new_static(&TypeSpec {
    name: "int",
    size: size_of::<Int>(),
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::INT_SUBCLASS)
        .union(TypeFlags::MATCH_SELF)
        .union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        new: Some(constructor::new),
        drop: drop_object::<Int>,
        repr: Some(operators::repr),
        hash: Some(operators::hash),
        compare: Some(operators::compare),
        add: Some(operators::add),
        subtract: Some(operators::subtract),
        multiply: Some(operators::multiply),
        true_divide: Some(operators::true_divide),
        floor_divide: Some(operators::floor_divide),
        remainder: Some(operators::remainder),
        divmod: Some(operators::divmod),
        power: Some(operators::power),
        lshift: Some(operators::lshift),
        rshift: Some(operators::rshift),
        and: Some(operators::and),
        xor: Some(operators::xor),
        or: Some(operators::or),
        negative: Some(operators::negative),
        positive: Some(operators::positive),
        absolute: Some(operators::absolute),
        invert: Some(operators::invert),
        bool: Some(operators::is_true),
        int: Some(operators::positive),
        float: Some(operators::to_float),
        index: Some(operators::positive),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer\niteral.\n>>> int('0b100', base=0)\n4",
    ..TypeSpec::EMPTY
});

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

/// The complaint about an int with more digits than `digit_limit` allows.
#[cold]
pub fn too_many_digits(thread: &Thread) -> Raised {
    let limit = digit_limit();
    thread.value_error(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to \
         increase the limit"
    ))
}
