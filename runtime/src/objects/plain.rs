//! Plain values: None, exact bools, ints, floats, complex numbers, strs and bytes, and tuples of these. They are hashed and
//! compared without running Python code.

use super::str::Str;
use super::tuple::Tuple;
use crate::error::PyResult;
use crate::protocol;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::types::registry::{BYTES, COMPLEX, FLOAT, INT, STR};
use crate::value::Value;

/// Tuples are plain down to this depth.
const DEPTH: usize = 4;

/// Whether a value is plain.
#[inline]
pub fn is_plain(v: Value) -> bool {
    is_plain_within(v, DEPTH)
}

fn is_plain_within(v: Value, depth: usize) -> bool {
    if !v.is_pointer() {
        return !v.is_null();
    }
    let ty = v.ty();
    let is = |other| std::ptr::eq(ty, other);
    if is(&STR) || is(&INT) || is(&FLOAT) || is(&BYTES) || is(&COMPLEX) {
        return true;
    }
    let Some(tuple) = v.cast_exact::<Tuple>() else { return false };
    depth > 0 && tuple.items().iter().all(|item| is_plain_within(*item, depth - 1))
}

/// The hash of a plain value; `None` for other keys.
#[inline]
pub fn hash(key: Value) -> Option<i64> {
    if let Some(i) = key.as_small_int() {
        return Some(crate::hash::hash_i64(i));
    }
    if let Some(s) = key.cast_exact::<Str>() {
        return Some(s.hash());
    }
    if !is_plain(key) {
        return None;
    }
    quiet(protocol::hash(Thread::current(), key))
}

/// Whether a stored key and a plain one of the same hash are equal; `None` if that is for Python code to say.
pub fn equal(stored: Value, key: Value) -> Option<bool> {
    if stored == key {
        return Some(true);
    }
    if let (Some(a), Some(b)) = (stored.cast_exact::<Str>(), key.cast_exact::<Str>()) {
        return Some(a.same(b));
    }
    if Value::both_small_int(stored, key) {
        return Some(false);
    }
    if !is_plain(stored) {
        return None;
    }
    quiet(protocol::compare_bool(Thread::current(), stored, key, CompareOp::Eq))
}

/// The result of what doesn't raise for plain values, unless memory or the stack ran out.
fn quiet<T>(result: PyResult<T>) -> Option<T> {
    if result.is_err() {
        drop(Thread::current().take_raised());
    }
    result.ok()
}
