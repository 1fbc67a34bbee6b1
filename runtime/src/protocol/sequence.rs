//! Length, items, membership and concatenation.

use super::compare::compare_bool;
use super::iterate::{iter, next};
use crate::attributes;
use crate::error::PyResult;
use crate::names;
use crate::objects::exceptions::TYPE_ERROR;
use crate::objects::generic_alias;
use crate::thread::Thread;
use crate::types::registry::TYPE;
use crate::types::{CompareOp, Type};
use crate::value::Value;

/// `len(v)`.
#[inline]
pub fn len(thread: &Thread, v: Value) -> PyResult<usize> {
    match v.ty().slots().len {
        Some(f) => f(thread, v),
        None => Err(thread.type_error(format!("object of type '{}' has no len()", v.ty().name()))),
    }
}

/// `v[key]`.
#[inline]
pub fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    match v.ty().slots().get_item {
        Some(f) => f(thread, v, key),
        None => subscript_class(thread, v, key),
    }
}

/// `v[key]` where `v` has no items: classes may have `__class_getitem__`.
#[cold]
fn subscript_class(thread: &Thread, v: Value, key: Value) -> PyResult {
    let Some(class) = v.cast::<Type>() else {
        return Err(thread.type_error(format!("'{}' object is not subscriptable", v.ty().name())));
    };
    if std::ptr::eq(class, &TYPE) {
        return Ok(generic_alias::new_alias(v, key));
    }
    match attributes::find(thread, v, names::get().__class_getitem__)? {
        Some(function) if !function.is_none() => thread.call(*function, &[key]),
        _ => Err(thread.type_error(format!("type '{}' is not subscriptable", class.name()))),
    }
}

/// `v[key] = value`.
#[inline]
pub fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    match v.ty().slots().set_item {
        Some(f) => f(thread, v, key, value),
        None => {
            Err(thread.type_error(format!("'{}' object does not support item assignment", v.ty().name())))
        }
    }
}

/// `del v[key]`.
pub fn del_item(thread: &Thread, v: Value, key: Value) -> PyResult<()> {
    if let Some(f) = v.ty().slots().set_item {
        return f(thread, v, key, Value::NULL);
    }
    // Classes are the one type that CPython refuses in other words.
    let verb = if v.cast::<Type>().is_some() { "does not" } else { "doesn't" };
    Err(thread.type_error(format!("'{}' object {verb} support item deletion", v.ty().name())))
}

/// `key in v`.
pub fn contains(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    if let Some(f) = v.ty().slots().contains {
        return f(thread, v, key);
    }
    let iterator = match iter(thread, v) {
        Ok(iterator) => iterator,
        Err(raised) => {
            thread.catch(raised, &TYPE_ERROR)?;
            let message = format!("argument of type '{}' is not a container or iterable", v.ty().name());
            return Err(thread.type_error(message));
        }
    };
    while let Some(item) = next(thread, *iterator)? {
        if compare_bool(thread, *item, key, CompareOp::Eq)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `operator.concat(a, b)`: `+` of sequences only.
pub fn concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    let slots = a.ty().slots();
    if let Some(f) = slots.concat {
        return f(thread, a, b);
    }
    let is_sequence = |v: Value| v.ty().slots().get_item.is_some();
    if is_sequence(a)
        && is_sequence(b)
        && let Some(f) = slots.add
    {
        let result = f(thread, a, b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    Err(thread.type_error(format!("'{}' object can't be concatenated", a.ty().name())))
}
