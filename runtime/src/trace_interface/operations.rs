//! Helpers that do whole operations on values of any type.

use super::host;
use crate::objects::int::operators as ints;
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};
use ir::opcode::BinaryOperator;
use ir::register::Operation;

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
pub(super) unsafe extern "C" fn operate(
    thread: &Thread,
    what: i64,
    first: *const Value,
    count: usize,
) -> Value {
    let (Some(&operation), Some(host)) = (Operation::ALL.get(what as usize & 0xFF), host()) else {
        return Value::NULL;
    };
    // SAFETY: promised by the caller.
    let operands = unsafe { std::slice::from_raw_parts(first, count) };
    let result = host.operate(thread, operation, (what >> 8) as u32, operands);
    result.map_or(Value::NULL, Ref::into_value)
}

pub(super) extern "C" fn next(thread: &Thread, iterator: Value) -> Value {
    match protocol::next(thread, iterator) {
        Ok(Some(item)) => item.into_value(),
        Ok(None) => Value::EXHAUSTED,
        Err(_) => Value::NULL,
    }
}

pub(super) extern "C" fn int_operate(thread: &Thread, number: i64, a: Value, b: Value) -> Value {
    use BinaryOperator::*;
    let result = match BinaryOperator::from_number(number as u32) {
        Some(NB_ADD) => ints::add(thread, a, b),
        Some(NB_SUBTRACT) => ints::subtract(thread, a, b),
        Some(NB_MULTIPLY) => ints::multiply(thread, a, b),
        Some(NB_FLOOR_DIVIDE) => ints::floor_divide(thread, a, b),
        Some(NB_REMAINDER) => ints::remainder(thread, a, b),
        Some(NB_AND) => ints::and(thread, a, b),
        Some(NB_OR) => ints::or(thread, a, b),
        Some(NB_XOR) => ints::xor(thread, a, b),
        Some(NB_LSHIFT) => ints::lshift(thread, a, b),
        Some(NB_RSHIFT) => ints::rshift(thread, a, b),
        Some(NB_POWER) => ints::power(thread, a, b, Value::NONE),
        _ => return Value::NULL,
    };
    match result {
        Ok(result) => result.into_value(),
        Err(_) => {
            // The interpreter does it again, and raises where it should.
            drop(thread.take_raised());
            Value::NULL
        }
    }
}

pub(super) extern "C" fn int_text(thread: &Thread, i: i64) -> Value {
    ints::repr(thread, Value::small_int(i)).map_or(Value::NULL, Ref::into_value)
}

pub(super) extern "C" fn str_append(left: Value, right: Value) -> Value {
    // SAFETY: compiled code hands its count over.
    let left = unsafe { Ref::from_owned(left) };
    match right.cast_exact::<Str>() {
        Some(right) => Str::append(left, right).into_value(),
        None => left.into_value(),
    }
}

pub(super) extern "C" fn str_order(a: Value, b: Value) -> i64 {
    let (Some(a), Some(b)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) else { return 0 };
    let order = match (a.data(), b.data()) {
        (str::Data::Ascii(a) | str::Data::Latin1(a), str::Data::Ascii(b) | str::Data::Latin1(b)) => a.cmp(b),
        _ => a.chars().cmp(b.chars()),
    };
    order as i64
}

pub(super) extern "C" fn str_contains(part: Value, whole: Value) -> bool {
    let (Some(p), Some(w)) = (part.cast_exact::<Str>(), whole.cast_exact::<Str>()) else { return false };
    if let (str::Data::Ascii(&[byte]), str::Data::Ascii(bytes)) = (p.data(), w.data()) {
        return memchr::memchr(byte, bytes).is_some();
    }
    protocol::contains(Thread::current(), whole, part).unwrap_or(false)
}
