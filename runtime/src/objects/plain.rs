//! Plain values: None, exact bools, ints, floats, complex numbers, strs and bytes, and tuples of these (named ones too). They are
//! hashed and compared without running Python code. So are objects whose type has `object`'s hash and equality.

use super::str::Str;
use super::tuple::Tuple;
use crate::error::PyResult;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::{BYTES, COMPLEX, FLOAT, INT, OBJECT, STR, TUPLE};
use crate::types::{CompareOp, Type};
use crate::value::Value;

/// Tuples are plain down to this depth.
const DEPTH: usize = 4;

/// Whether a value is plain.
#[inline]
pub fn is_plain(v: Value) -> bool {
    is_plain_within(v, DEPTH)
}

fn is_plain_within(v: Value, depth: usize) -> bool {
    consists_of(v, depth, &is_scalar)
}

/// None, or an exact bool, int, float, complex number, str or bytes.
#[inline]
fn is_scalar(v: Value) -> bool {
    if !v.is_pointer() {
        return !v.is_null();
    }
    let ty = v.ty();
    let is = |other| std::ptr::eq(ty, other);
    is(&STR) || is(&INT) || is(&FLOAT) || is(&BYTES) || is(&COMPLEX)
}

/// A tuple that is hashed and compared as tuples are: it may be of a subclass that doesn't define that anew.
#[inline]
fn as_tuple(v: Value) -> Option<&'static Tuple> {
    if let Some(tuple) = v.cast_exact::<Tuple>().filter(|_| !v.is_null()) {
        return Some(tuple);
    }
    let tuple = v.cast::<Tuple>().filter(|_| v.is_pointer())?;
    let (own, plain) = (v.ty().slots(), TUPLE.slots());
    let same = own.hash.map(|f| f as usize) == plain.hash.map(|f| f as usize)
        && own.compare.map(|f| f as usize) == plain.compare.map(|f| f as usize);
    same.then_some(tuple)
}

/// Whether a value is of a kind, or a tuple of values that are.
fn consists_of(v: Value, depth: usize, is_of_kind: &impl Fn(Value) -> bool) -> bool {
    if is_of_kind(v) {
        return true;
    }
    let Some(tuple) = as_tuple(v) else { return false };
    depth > 0 && tuple.items().iter().all(|item| consists_of(*item, depth - 1, is_of_kind))
}

/// Whether `==` asks of this value only which object it is.
pub fn compares_by_identity(v: Value) -> bool {
    let address = |ty: &Type| ty.slots().compare.map(|f| f as usize);
    !v.is_null() && address(v.ty()).is_none_or(|f| Some(f) == address(&OBJECT))
}

/// Whether a key is no plain value, but hashed and compared by which object it is.
fn is_identity_key(v: Value) -> bool {
    v.is_pointer()
        && compares_by_identity(v)
        && v.ty().slots().hash.map(|f| f as usize) == OBJECT.slots().hash.map(|f| f as usize)
}

/// Whether hashing a key and comparing it with others like it runs no Python code.
#[inline]
pub fn is_quiet_key(v: Value) -> bool {
    consists_of(v, DEPTH, &|v| is_scalar(v) || is_identity_key(v))
}

/// The hash of a plain value or of an object that is hashed by its identity; `None` for other keys.
#[inline]
pub fn hash(key: Value) -> Option<i64> {
    if let Some(i) = key.as_small_int() {
        return Some(crate::hash::hash_i64(i));
    }
    if let Some(s) = key.cast_exact::<Str>() {
        return Some(s.hash());
    }
    hash_within(key, DEPTH)
}

#[inline(never)]
fn hash_within(key: Value, depth: usize) -> Option<i64> {
    if let Some(i) = key.as_small_int() {
        return Some(crate::hash::hash_i64(i));
    }
    let Some(tuple) = as_tuple(key) else {
        let quiet_key = is_scalar(key) || is_identity_key(key);
        return if quiet_key { quiet(protocol::hash(Thread::current(), key)) } else { None };
    };
    tuple.hash_of_items(|item| hash_within(item, depth.checked_sub(1)?))
}

/// Whether two values are equal; `None` if that is for Python code to say, or too much to tell.
#[inline]
pub fn equal(stored: Value, key: Value) -> Option<bool> {
    if stored == key {
        return Some(true);
    }
    equal_within(stored, key, DEPTH)
}

#[inline(never)]
fn equal_within(a: Value, b: Value, depth: usize) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    if Value::both_small_int(a, b) {
        return Some(false);
    }
    if let (Some(a), Some(b)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Some(a.same(b));
    }
    if let (Some(a), Some(b)) = (as_tuple(a), as_tuple(b)) {
        if a.len() != b.len() {
            return Some(false);
        }
        let depth = depth.checked_sub(1)?;
        for (a, b) in a.items().iter().zip(b.items()) {
            if !equal_within(*a, *b, depth)? {
                return Some(false);
            }
        }
        return Some(true);
    }
    let is_quiet = |v| is_scalar(v) || compares_by_identity(v) || as_tuple(v).is_some();
    if !is_quiet(a) || !is_quiet(b) {
        return None;
    }
    quiet(protocol::compare_bool(Thread::current(), a, b, CompareOp::Eq))
}

/// The result of what doesn't raise for plain values, unless memory or the stack ran out.
fn quiet<T>(result: PyResult<T>) -> Option<T> {
    if result.is_err() {
        drop(Thread::current().take_raised());
    }
    result.ok()
}
