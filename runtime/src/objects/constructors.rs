//! Objects of types made by calling them: for code that builds values of every kind.

use crate::error::PyResult;
use crate::objects::dict::Dict;
use crate::objects::exceptions::ATTRIBUTE_ERROR;
use crate::objects::str::intern_text;
use crate::objects::tuple::Tuple;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::registry::{FROZENSET, SET, SLICE};
use crate::value::{Ref, Value, as_values};

/// The function `builtins.name`.
pub fn builtin(thread: &Thread, name: &str) -> PyResult {
    let builtins = STATE.builtins_dict.get();
    let found = match builtins.cast::<Dict>() {
        Some(dict) => dict.get(thread, intern_text(name))?,
        None => None,
    };
    found.ok_or_else(|| thread.error(&ATTRIBUTE_ERROR, name))
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
