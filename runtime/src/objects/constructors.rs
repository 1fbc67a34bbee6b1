//! Objects of types made by calling them: for code that builds values of every kind.

use crate::error::PyResult;
use crate::objects::tuple::Tuple;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::registry::{FROZENSET, SET, SLICE};
use crate::value::{Ref, Value, as_values};

/// The function `builtins.name`.
pub fn builtin(thread: &Thread, name: &str) -> PyResult {
    STATE.builtin(name).ok_or_else(|| thread.system_error(format!("builtins has no '{name}'")))
}

pub fn complex(_: &Thread, real: f64, imaginary: f64) -> PyResult {
    Ok(crate::objects::complex::new(real, imaginary))
}

pub fn frozenset(thread: &Thread, items: Vec<Ref>) -> PyResult {
    let items = Tuple::from_refs(items);
    thread.call(Value::of(&FROZENSET), &[*items])
}

pub fn set(thread: &Thread) -> PyResult {
    thread.call(Value::of(&SET), &[])
}

pub fn slice(thread: &Thread, parts: Vec<Ref>) -> PyResult {
    thread.call(Value::of(&SLICE), as_values(&parts))
}
