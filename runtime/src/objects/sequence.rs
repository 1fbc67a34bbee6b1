//! What the built-in sequences share: subscripts, repetition counts, optional bounds, lexicographic comparison, repr of
//! items.

use crate::error::{PyResult, Raised};
use crate::objects::exceptions::INDEX_ERROR;
use crate::objects::int::{self, IntRef};
use crate::objects::slice::{self, Slice, Unpacked};
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{CompareOp, Type};
use crate::value::{Ref, Value};
use dashu_int::IBig;

/// What stands between the brackets of `sequence[...]`.
pub enum Subscript {
    Index(isize),
    Slice(Unpacked),
}

/// Reads a subscript; `name` is the sequence's type in the message. May run Python code.
#[inline]
pub fn subscript(thread: &Thread, key: Value, name: &str) -> PyResult<Subscript> {
    if let Some(i) = key.as_small_int() {
        return Ok(Subscript::Index(i as isize));
    }
    if let Some(s) = key.cast::<Slice>() {
        return Ok(Subscript::Slice(slice::unpack(thread, s)?));
    }
    if !int::is_int(key) && key.ty().slots().index.is_none() {
        let message = format!("{name} indices must be integers or slices, not {}", key.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(Subscript::Index(protocol::index_isize_or(thread, key, &INDEX_ERROR)?))
}

/// The place of index `i` (negative: from the end), if there is one.
#[inline(always)]
pub fn place(i: isize, length: usize) -> Option<usize> {
    let i = if i < 0 { i.wrapping_add(length as isize) } else { i };
    ((i as usize) < length && i >= 0).then_some(i as usize)
}

/// The machine integer nearest to an int object.
pub fn saturated(v: Value) -> isize {
    match int::get(v) {
        Some(IntRef::Small(i)) => i as isize,
        Some(IntRef::Big(b)) if *b < IBig::ZERO => isize::MIN,
        _ => isize::MAX,
    }
}

/// An optional bound of `index(value, start, stop)`: clipped, and counted from the end if negative.
pub fn bound(thread: &Thread, v: Value, default: usize, length: impl Fn() -> usize) -> PyResult<usize> {
    if v.is_null() {
        return Ok(default);
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error("slice indices must be integers or have an __index__ method"));
    }
    let i = saturated(*protocol::index(thread, v)?);
    Ok(if i < 0 { i.saturating_add(length() as isize).max(0) as usize } else { i as usize })
}

/// The length of `length` items repeated `count` times; MemoryError where no memory could hold it.
pub fn repeated_length(thread: &Thread, length: usize, count: isize) -> PyResult<usize> {
    let total = length.checked_mul(count.max(0) as usize);
    total.filter(|n| *n <= isize::MAX as usize / 16).ok_or_else(|| thread.memory_error())
}

/// Appends `repr(v)`.
pub fn push_repr(thread: &Thread, out: &mut Vec<u8>, v: Value) -> PyResult<()> {
    let held = v.to_ref();
    let text = protocol::repr(thread, *held)?;
    if let Some(s) = text.cast::<Str>() {
        out.extend_from_slice(&s.to_wtf8());
    }
    Ok(())
}

/// Makes the repr of a container; `nested` stands for it inside of itself.
pub fn guarded_repr(
    thread: &Thread,
    v: Value,
    nested: &str,
    make: impl FnOnce(&mut Vec<u8>) -> PyResult<()>,
) -> PyResult {
    if thread.repr_running.with(|r| r.contains(&v)) {
        return Ok(Str::new(nested));
    }
    thread.repr_running.with(|r| r.push(v));
    let mut out = Vec::new();
    let made = make(&mut out);
    thread.repr_running.with(|r| r.pop());
    made?;
    Ok(Str::from_wtf8(&out))
}

/// Compares two sequences item by item. The lengths and items are read anew after each comparison, because it may run
/// Python code.
pub fn compare_items(
    thread: &Thread,
    op: CompareOp,
    left: impl Fn() -> &'static [Value],
    right: impl Fn() -> &'static [Value],
) -> PyResult {
    if matches!(op, CompareOp::Eq | CompareOp::Ne) && left().len() != right().len() {
        return Ok(Ref::bool(op == CompareOp::Ne));
    }
    let mut i = 0;
    while let (Some(&a), Some(&b)) = (left().get(i), right().get(i)) {
        i += 1;
        if a.is(b) {
            continue;
        }
        if Value::both_small_int(a, b) {
            return Ok(Ref::bool(op.holds(a.small_int_unchecked().cmp(&b.small_int_unchecked()))));
        }
        let (a, b) = (a.to_ref(), b.to_ref());
        if protocol::compare_bool(thread, *a, *b, CompareOp::Eq)? {
            continue;
        }
        if i > left().len() || i > right().len() {
            // The comparison has taken the items away: lengths decide.
            break;
        }
        return match op {
            CompareOp::Eq => Ok(Ref::bool(false)),
            CompareOp::Ne => Ok(Ref::bool(true)),
            _ => protocol::compare(thread, *a, *b, op),
        };
    }
    Ok(Ref::bool(op.holds(left().len().cmp(&right().len()))))
}

/// The first place from `start` on whose item equals `value`. `items` is read anew after each comparison.
pub fn find(
    thread: &Thread,
    items: impl Fn() -> &'static [Value],
    value: Value,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let mut i = start;
    while i < stop {
        let Some(item) = items().get(i).map(|v| v.to_ref()) else { break };
        if protocol::compare_bool(thread, *item, value, CompareOp::Eq)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

/// The number of items that equal `value`.
pub fn count(thread: &Thread, items: impl Fn() -> &'static [Value], value: Value) -> PyResult {
    let (mut found, mut i) = (0, 0);
    while let Some(item) = items().get(i).map(|v| v.to_ref()) {
        i += 1;
        found += protocol::compare_bool(thread, *item, value, CompareOp::Eq)? as i64;
    }
    Ok(int::new(found))
}

/// "can only concatenate list (not "tuple") to list".
#[cold]
pub fn cannot_concatenate(thread: &Thread, name: &str, other: Value) -> Raised {
    thread.type_error(format!("can only concatenate {name} (not \"{}\") to {name}", other.ty().name()))
}

/// Whether `v` is made by the constructor of the built-in type `ty`: then `__init__` refuses keywords.
pub fn keeps_new_of(v: Value, ty: &Type) -> bool {
    match (v.ty().slots().new, ty.slots().new) {
        (Some(own), Some(native)) => v.is_exact(ty) || std::ptr::fn_addr_eq(own, native),
        _ => false,
    }
}
