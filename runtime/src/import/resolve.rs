//! Relative names made absolute: the package a namespace belongs to, and its parents.

use super::type_error;
use crate::attributes;
use crate::error::PyResult;
use crate::names;
use crate::objects::dict::Dict;
use crate::objects::exceptions::{DEPRECATION_WARNING, IMPORT_ERROR, IMPORT_WARNING, KEY_ERROR};
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::value::{Ref, Value};
use crate::warnings::warn;

/// `name` with `level` dots in front, as seen from `globals`.
pub(super) fn absolute_name(thread: &Thread, name: Value, globals: Value, level: i32) -> PyResult {
    if globals.is_null() {
        return Err(thread.error(&KEY_ERROR, "'__name__' not in globals"));
    }
    let Some(dict) = globals.cast::<Dict>() else {
        return Err(type_error(thread, "globals must be a dict"));
    };
    let package = package_of(thread, dict)?;
    let Some(text) = package.cast::<Str>() else { return Err(no_parent(thread)) };
    if text.len() == 0 {
        return Err(no_parent(thread));
    }
    let mut end = text.len();
    for _ in 1..level {
        match last_dot(text, end) {
            Some(dot) => end = dot,
            None => {
                return Err(thread.error(&IMPORT_ERROR, "attempted relative import beyond top-level package"));
            }
        }
    }
    let base = text.substring(0, end);
    let Some(name) = name.cast::<Str>().filter(|n| n.len() > 0) else { return Ok(base) };
    let mut full = base.cast::<Str>().map(|b| b.to_wtf8()).unwrap_or_default();
    full.push(b'.');
    full.extend_from_slice(&name.to_wtf8());
    Ok(Str::from_wtf8(&full))
}

fn last_dot(text: &Str, end: usize) -> Option<usize> {
    (0..end).rev().find(|i| text.code_point(*i) == u32::from(b'.'))
}

fn no_parent(thread: &Thread) -> crate::error::Raised {
    thread.error(&IMPORT_ERROR, "attempted relative import with no known parent package")
}

fn given(value: Option<Value>) -> Option<Ref> {
    value.filter(|v| !v.is_none()).map(|v| v.to_ref())
}

/// The name of the package that a module with these globals is in.
fn package_of(thread: &Thread, globals: &Dict) -> PyResult {
    let n = names::get();
    let package = given(globals.get_interned(n.__package__));
    let spec = given(globals.get_interned(n.__spec__));
    let parent = names::get().parent;
    if let Some(package) = package {
        if package.cast::<Str>().is_none() {
            return Err(type_error(thread, "package must be a string"));
        }
        if let Some(spec) = spec {
            let parent = attributes::get(thread, *spec, parent)?;
            if !protocol::compare_bool(thread, *package, *parent, CompareOp::Eq)? {
                warn(thread, &DEPRECATION_WARNING, "__package__ != __spec__.parent", 1)?;
            }
        }
        return Ok(package);
    }
    if let Some(spec) = spec {
        let package = attributes::get(thread, *spec, parent)?;
        if package.cast::<Str>().is_none() {
            return Err(type_error(thread, "__spec__.parent must be a string"));
        }
        return Ok(package);
    }
    let message = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
    warn(thread, &IMPORT_WARNING, message, 1)?;
    let Some(name) = globals.get_interned(n.__name__).map(|v| v.to_ref()) else {
        return Err(thread.error(&KEY_ERROR, "'__name__' not in globals"));
    };
    let Some(text) = name.cast::<Str>() else {
        return Err(type_error(thread, "__name__ must be a string"));
    };
    if globals.get_interned(n.__path__).is_some() {
        return Ok(name);
    }
    match last_dot(text, text.len()) {
        Some(dot) => Ok(text.substring(0, dot)),
        None => Err(no_parent(thread)),
    }
}
