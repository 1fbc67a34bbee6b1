//! `format` and `ascii` of any object.

use super::repr;
use crate::attributes;
use crate::error::PyResult;
use crate::names;
use crate::objects::str::{Data, Str};
use crate::str_kernel::repr::escape_non_ascii;
use crate::thread::Thread;
use crate::types::registry::STR;
use crate::value::{Ref, Value};

/// `format(v, spec)`; `spec` is a string.
pub fn format(thread: &Thread, v: Value, spec: Value) -> PyResult<Ref> {
    let is_empty = spec.cast::<Str>().is_some_and(|s| s.len() == 0);
    if is_empty && v.is_exact(&STR) {
        return Ok(v.to_ref());
    }
    let Some(method) = attributes::special(thread, v, names::get().__format__)? else {
        return Err(thread.type_error(format!("Type {} doesn't define __format__", v.ty().name())));
    };
    let text = thread.call(*method, &[spec])?;
    if text.cast::<Str>().is_none() {
        let name = text.ty().name();
        return Err(thread.type_error(format!("__format__ must return a str, not {name}")));
    }
    Ok(text)
}

/// `ascii(v)`
pub fn ascii(thread: &Thread, v: Value) -> PyResult<Ref> {
    let text = repr(thread, v)?;
    match text.cast::<Str>() {
        Some(s) if !matches!(s.data(), Data::Ascii(_)) => Ok(Str::from_ascii(&escape_non_ascii(s.chars()))),
        _ => Ok(text),
    }
}
