//! Functions of `_operator` that are more than one operation.

use runtime::buffer::BufferView;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::types::registry::TYPE_ERROR;
use runtime::{Args, CompareOp, PyResult, Raised, Ref, Thread, Value, protocol};

/// `operator.index(a)`, always a plain int.
pub fn index(thread: &Thread, v: Value) -> PyResult {
    Ok(protocol::exact_int(*protocol::index(thread, v)?))
}

/// `a += b` of sequences only.
pub fn iconcat(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let slots = a[0].ty().slots();
    if let Some(f) = slots.inplace_concat.or(slots.concat) {
        return f(thread, a[0], a[1]);
    }
    let is_sequence = |v: Value| v.ty().slots().get_item.is_some();
    if is_sequence(a[0])
        && is_sequence(a[1])
        && let Some(f) = slots.inplace_add.or(slots.add)
    {
        let result = f(thread, a[0], a[1])?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    Err(thread.type_error(format!("'{}' object can't be concatenated", a[0].ty().name())))
}

/// The iterator over `v`; what is none is complained about as an argument.
fn argument_iterator(thread: &Thread, v: Value) -> PyResult {
    protocol::iter(thread, v).map_err(|raised| match thread.catch(raised, &TYPE_ERROR) {
        Ok(_) => thread.type_error(format!("argument of type '{}' is not iterable", v.ty().name())),
        Err(raised) => raised,
    })
}

/// `countOf(a, b)`
pub fn count_of(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let iterator = argument_iterator(thread, a[0])?;
    let mut found = 0;
    while let Some(item) = protocol::next(thread, *iterator)? {
        found += protocol::compare_bool(thread, *item, a[1], CompareOp::Eq)? as i64;
    }
    Ok(int::new(found))
}

/// `indexOf(a, b)`
pub fn index_of(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let iterator = argument_iterator(thread, a[0])?;
    let mut place = 0;
    while let Some(item) = protocol::next(thread, *iterator)? {
        if protocol::compare_bool(thread, *item, a[1], CompareOp::Eq)? {
            return Ok(int::new(place));
        }
        place += 1;
    }
    Err(thread.value_error("sequence.index(x): x not in sequence"))
}

/// `length_hint(obj, default=0)`
pub fn length_hint(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let default = if a[1].is_null() { 0 } else { protocol::c_ssize(thread, a[1])? };
    // A default below zero is passed through; no real hint is.
    const NONE: usize = usize::MAX;
    match protocol::length_hint(thread, a[0], NONE)? {
        NONE => Ok(int::new(default as i64)),
        hint => Ok(int::from_usize(hint)),
    }
}

/// `call(obj, /, *args, **kwargs)`
pub fn call(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    match arguments.get(0) {
        Some(callable) => thread.call_args(callable, &arguments.without_first()),
        None => Err(thread.type_error("call expected at least 1 argument, got 0")),
    }
}

/// Compares in a time that depends on the length of `b` alone.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let is_long = a.len() == b.len();
    let left = if is_long { a } else { b };
    let difference = left.iter().zip(b).fold(!is_long as u8, |difference, (x, y)| difference | (x ^ y));
    std::hint::black_box(difference) == 0
}

fn bytes_of(thread: &Thread, v: Value) -> PyResult<BufferView> {
    match v.ty().slots().buffer {
        Some(f) => f(thread, v, 0),
        None => Err(not_bytes(thread, v)),
    }
}

#[cold]
fn not_bytes(thread: &Thread, v: Value) -> Raised {
    thread.type_error(format!("a bytes-like object is required, not '{}'", v.ty().name()))
}

/// `_compare_digest(a, b)`
pub fn compare_digest(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    if let (Some(x), Some(y)) = (a[0].cast::<Str>(), a[1].cast::<Str>()) {
        let (Some(x), Some(y)) = (x.as_ascii(), y.as_ascii()) else {
            return Err(thread.type_error("comparing strings with non-ASCII characters is not supported"));
        };
        return Ok(Ref::bool(same_bytes(x.as_bytes(), y.as_bytes())));
    }
    if a.iter().all(|v| v.ty().slots().buffer.is_none()) {
        return Err(thread.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            a[0].ty().name(),
            a[1].ty().name()
        )));
    }
    let (x, y) = (bytes_of(thread, a[0])?, bytes_of(thread, a[1])?);
    Ok(Ref::bool(same_bytes(x.bytes(), y.bytes())))
}
