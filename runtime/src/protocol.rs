//! Operations on any object: what the interpreter and native code call for `repr`, `hash`, comparison, iteration, items,
//! arithmetic. Each looks at the type's slots and raises CPython's errors.

use crate::error::PyResult;
use crate::objects::exceptions::OVERFLOW_ERROR;
use crate::objects::int::{self, IntRef};
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::registry::STR;
use crate::types::{CompareOp, Type};
use crate::value::{Ref, Value};

/// `hash(v)`.
pub fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    match v.ty().slots().hash {
        Some(f) => f(thread, v),
        None => Err(thread.type_error(format!("unhashable type: '{}'", v.ty().name()))),
    }
}

/// `a <op> b`.
pub fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<Ref> {
    thread.check_native_stack()?;
    let (ta, tb) = (a.ty(), b.ty());
    let mut tried_reflected = false;
    if !std::ptr::eq(ta, tb)
        && tb.is_subtype(ta)
        && let Some(f) = tb.slots().compare
    {
        tried_reflected = true;
        let r = f(thread, b, a, op.swapped())?;
        if *r != Value::NOT_IMPLEMENTED {
            return Ok(r);
        }
    }
    if let Some(f) = ta.slots().compare {
        let r = f(thread, a, b, op)?;
        if *r != Value::NOT_IMPLEMENTED {
            return Ok(r);
        }
    }
    if !tried_reflected && let Some(f) = tb.slots().compare {
        let r = f(thread, b, a, op.swapped())?;
        if *r != Value::NOT_IMPLEMENTED {
            return Ok(r);
        }
    }
    match op {
        CompareOp::Eq => Ok(Ref::bool(a.is(b))),
        CompareOp::Ne => Ok(Ref::bool(!a.is(b))),
        _ => Err(thread.type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            ta.name(),
            tb.name()
        ))),
    }
}

/// `bool(a <op> b)`, where identity implies equality (as containers compare).
pub fn compare_bool(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<bool> {
    if a.is(b) {
        match op {
            CompareOp::Eq => return Ok(true),
            CompareOp::Ne => return Ok(false),
            _ => {}
        }
    }
    let r = compare(thread, a, b, op)?;
    is_true(thread, *r)
}

/// `bool(v)`.
#[inline]
pub fn is_true(thread: &Thread, v: Value) -> PyResult<bool> {
    match v {
        Value::TRUE => Ok(true),
        Value::FALSE | Value::NONE => Ok(false),
        _ if v.is_small_int() => Ok(v.small_int_unchecked() != 0),
        _ => is_true_slow(thread, v),
    }
}

fn is_true_slow(thread: &Thread, v: Value) -> PyResult<bool> {
    let slots = v.ty().slots();
    if let Some(f) = slots.bool {
        return f(thread, v);
    }
    if let Some(f) = slots.len {
        return Ok(f(thread, v)? != 0);
    }
    Ok(true)
}

/// `repr(v)`: a string.
pub fn repr(thread: &Thread, v: Value) -> PyResult<Ref> {
    if v.is_null() {
        return Ok(Str::new("<NULL>"));
    }
    thread.check_native_stack()?;
    let Some(f) = v.ty().slots().repr else {
        return Ok(Str::new(&format!("<{} object at {:#x}>", v.ty().name(), v.bits() - 1)));
    };
    let text = f(thread, v)?;
    if text.cast::<Str>().is_none() {
        let message = format!("__repr__ returned non-string (type {})", text.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(text)
}

/// `str(v)`: a string.
pub fn str(thread: &Thread, v: Value) -> PyResult<Ref> {
    if v.is_null() {
        return Ok(Str::new("<NULL>"));
    }
    if v.is_exact(&STR) {
        return Ok(v.to_ref());
    }
    let Some(f) = v.ty().slots().str else { return repr(thread, v) };
    thread.check_native_stack()?;
    let text = f(thread, v)?;
    if text.cast::<Str>().is_none() {
        let message = format!("__str__ returned non-string (type {})", text.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(text)
}

/// `iter(v)`.
pub fn iter(thread: &Thread, v: Value) -> PyResult<Ref> {
    let Some(f) = v.ty().slots().iter else {
        return Err(thread.type_error(format!("'{}' object is not iterable", v.ty().name())));
    };
    let iterator = f(thread, v)?;
    if iterator.ty().slots().next.is_none() {
        let message = format!("iter() returned non-iterator of type '{}'", iterator.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(iterator)
}

/// The next item of an iterator; `None` at the end.
#[inline]
pub fn next(thread: &Thread, iterator: Value) -> PyResult<Option<Ref>> {
    match iterator.ty().slots().next {
        Some(f) => f(thread, iterator),
        None => Err(thread.type_error(format!("'{}' object is not an iterator", iterator.ty().name()))),
    }
}

/// All items of an iterable.
pub fn collect(thread: &Thread, iterable: Value) -> PyResult<Vec<Ref>> {
    if let Some(t) = iterable.cast_exact::<Tuple>() {
        return Ok(t.items().iter().map(|v| v.to_ref()).collect());
    }
    if let Some(l) = iterable.cast_exact::<List>() {
        return Ok(l.items().iter().map(|v| v.to_ref()).collect());
    }
    let iterator = iter(thread, iterable)?;
    let mut items = Vec::new();
    while let Some(item) = next(thread, *iterator)? {
        items.push(item);
    }
    Ok(items)
}

/// `operator.index(v)`: an int.
pub fn index(thread: &Thread, v: Value) -> PyResult<Ref> {
    if int::is_int(v) {
        return Ok(v.to_ref());
    }
    let Some(f) = v.ty().slots().index else {
        let message = format!("'{}' object cannot be interpreted as an integer", v.ty().name());
        return Err(thread.type_error(message));
    };
    let result = f(thread, v)?;
    if !int::is_int(*result) {
        let message = format!("__index__ returned non-int (type {})", result.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(result)
}

/// `v` as a size or offset; OverflowError beyond the range.
pub fn index_isize(thread: &Thread, v: Value) -> PyResult<isize> {
    index_isize_or(thread, v, &OVERFLOW_ERROR)
}

/// As `index_isize`, with another error for integers out of range.
pub fn index_isize_or(thread: &Thread, v: Value, error: &'static Type) -> PyResult<isize> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => Ok(i as isize),
        _ => {
            let message = format!("cannot fit '{}' into an index-sized integer", v.ty().name());
            Err(thread.error(error, message))
        }
    }
}

/// `v` as an argument that C declares `ssize_t`.
pub fn c_ssize(thread: &Thread, v: Value) -> PyResult<isize> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => Ok(i as isize),
        _ => Err(thread.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// `v` as an argument that C declares `int`.
pub fn c_int(thread: &Thread, v: Value) -> PyResult<i32> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) if i32::try_from(i).is_ok() => Ok(i as i32),
        _ => Err(thread.overflow_error("Python int too large to convert to C int")),
    }
}

/// `len(v)`.
pub fn len(thread: &Thread, v: Value) -> PyResult<usize> {
    match v.ty().slots().len {
        Some(f) => f(thread, v),
        None => Err(thread.type_error(format!("object of type '{}' has no len()", v.ty().name()))),
    }
}

/// `v[key]`.
pub fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult<Ref> {
    match v.ty().slots().get_item {
        Some(f) => f(thread, v, key),
        None => Err(thread.type_error(format!("'{}' object is not subscriptable", v.ty().name()))),
    }
}

/// `key in v`.
pub fn contains(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    if let Some(f) = v.ty().slots().contains {
        return f(thread, v, key);
    }
    let iterator = iter(thread, v)?;
    while let Some(item) = next(thread, *iterator)? {
        if compare_bool(thread, *item, key, CompareOp::Eq)? {
            return Ok(true);
        }
    }
    Ok(false)
}
