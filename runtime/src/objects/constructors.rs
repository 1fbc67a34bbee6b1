//! Objects of types that are reached by their name in `builtins`: for code that builds values of every kind.

use crate::error::PyResult;
use crate::objects::tuple::Tuple;
use crate::state::STATE;
use crate::thread::Thread;
use crate::value::{Ref, Value, as_values};

/// `builtins.name`
pub fn builtin(thread: &Thread, name: &str) -> PyResult {
    STATE.builtin(name).ok_or_else(|| thread.system_error(format!("builtins has no '{name}'")))
}

fn make(thread: &Thread, name: &str, arguments: &[Value]) -> PyResult {
    let class = builtin(thread, name)?;
    thread.call(*class, arguments)
}

pub fn complex(_: &Thread, real: f64, imaginary: f64) -> PyResult {
    Ok(crate::objects::complex::new(real, imaginary))
}

pub fn frozenset(thread: &Thread, items: Vec<Ref>) -> PyResult {
    let items = Tuple::from_refs(items);
    make(thread, "frozenset", &[*items])
}

pub fn set(thread: &Thread) -> PyResult {
    make(thread, "set", &[])
}

pub fn slice(thread: &Thread, parts: Vec<Ref>) -> PyResult {
    make(thread, "slice", as_values(&parts))
}
