//! Plain keys: strings, small ints, None, bools, floats in the word, and tuples of these. They are hashed and compared without
//! running Python code.

use super::str::Str;
use super::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::value::Value;

/// Tuples are plain down to this depth.
const DEPTH: usize = 4;

fn is_plain(v: Value, depth: usize) -> bool {
    if v.is_small_int()
        || v.is_inline_float()
        || v.is_bool()
        || v.is_none()
        || v.cast_exact::<Str>().is_some()
    {
        return true;
    }
    depth > 0
        && v.cast_exact::<Tuple>().is_some_and(|t| t.items().iter().all(|item| is_plain(*item, depth - 1)))
}

/// The hash of a string, a small int or a plain tuple; `None` for other keys.
#[inline]
pub fn hash(key: Value) -> Option<i64> {
    if let Some(i) = key.as_small_int() {
        return Some(crate::hash::hash_i64(i));
    }
    match key.cast_exact::<Str>() {
        Some(s) => Some(s.hash()),
        None => hash_of_tuple(key),
    }
}

fn hash_of_tuple(key: Value) -> Option<i64> {
    key.cast_exact::<Tuple>().filter(|_| is_plain(key, DEPTH))?;
    protocol::hash(Thread::current(), key).ok()
}

/// Whether two keys are equal; `None` if that is for Python code to say, or not that simple.
pub fn equal(a: Value, b: Value) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    match (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        (Some(a), Some(b)) => return Some(a.same(b)),
        (Some(_), None) if b.is_small_int() => return Some(false),
        (None, Some(_)) if a.is_small_int() => return Some(false),
        _ => {}
    }
    if Value::both_small_int(a, b) {
        return Some(false);
    }
    let (a, b) = (a.cast_exact::<Tuple>()?.items(), b.cast_exact::<Tuple>()?.items());
    if a.len() != b.len() {
        return None;
    }
    for (a, b) in a.iter().zip(b) {
        if !equal(*a, *b)? {
            return Some(false);
        }
    }
    Some(true)
}
