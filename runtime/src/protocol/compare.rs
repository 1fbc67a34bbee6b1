//! Hashing, rich comparison and truth.

use crate::error::PyResult;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::value::{Ref, Value};

/// `hash(v)`.
pub fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    match v.ty().slots().hash {
        Some(f) => f(thread, v),
        None => Err(thread.type_error(format!("unhashable type: '{}'", v.ty().name()))),
    }
}

/// `a <op> b`.
#[inline]
pub fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<Ref> {
    if Value::both_small_int(a, b) {
        return Ok(Ref::bool(op.holds(a.small_int_unchecked().cmp(&b.small_int_unchecked()))));
    }
    compare_objects(thread, a, b, op)
}

/// Asks the operands in turn; the right one comes first if its type is a subtype of the left one's.
fn compare_objects(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<Ref> {
    thread.check_native_stack_while("in comparison")?;
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
    if tried_reflected {
        return without_answer(thread, a, b, op);
    }
    compare_after_left(thread, a, b, op)
}

/// `a <op> b` after the left operand has declined and before the right one was asked.
pub fn compare_after_left(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<Ref> {
    if let Some(f) = b.ty().slots().compare {
        let r = f(thread, b, a, op.swapped())?;
        if *r != Value::NOT_IMPLEMENTED {
            return Ok(r);
        }
    }
    without_answer(thread, a, b, op)
}

/// `a <op> b` where both operands have declined.
fn without_answer(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<Ref> {
    match op {
        CompareOp::Eq => Ok(Ref::bool(a.is(b))),
        CompareOp::Ne => Ok(Ref::bool(!a.is(b))),
        _ => Err(thread.type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            a.ty().name(),
            b.ty().name()
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
