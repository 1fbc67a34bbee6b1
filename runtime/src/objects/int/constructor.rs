//! `int(...)`.

use super::{Int, IntRef, get};
use crate::call::Args;
use crate::error::PyResult;
use crate::object::new_object;
use crate::objects::bytes::Bytes;
use crate::objects::str::{self, Str};
use crate::objects::{int, number_text};
use crate::protocol;
use crate::thread::Thread;
use crate::types::Type;
use crate::types::binding::check_positional;
use crate::types::registry::INT;
use crate::value::{Ref, Value};

pub fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let value = plain(thread, arguments)?;
    if std::ptr::eq(class, &INT) {
        return Ok(value);
    }
    Ok(of_class(class, *value))
}

/// An instance of a subclass with the value of an int.
pub fn of_class(class: &'static Type, value: Value) -> Ref {
    let big = get(value).unwrap_or(IntRef::Small(0)).to_big();
    new_object(class, |header| Int { header, value: big })
}

/// The exact int that the arguments ask for.
fn plain(thread: &Thread, arguments: &Args) -> PyResult {
    if let ([v], false) = (arguments.positional(), arguments.has_keywords()) {
        return protocol::int(thread, *v);
    }
    let given = arguments.positional();
    let total = given.len() + arguments.keyword_names().len();
    let mut base = given.get(1).copied();
    for (name, value) in arguments.keywords() {
        if !str::equals(name, "base") {
            let name = str::display(name);
            return Err(thread.type_error(format!("int() got an unexpected keyword argument '{name}'")));
        }
        base = Some(value);
    }
    check_positional(thread, "int", total, 0, 2)?;
    match (given.first(), base) {
        (None, None) => Ok(int::new(0)),
        (None, Some(_)) => Err(thread.type_error("int() missing string argument")),
        (Some(v), None) => protocol::int(thread, *v),
        (Some(v), Some(base)) => with_base(thread, *v, base),
    }
}

fn with_base(thread: &Thread, v: Value, base: Value) -> PyResult {
    let base = protocol::index(thread, base)?;
    let base = match get(*base) {
        Some(IntRef::Small(b)) if b == 0 || (2..=36).contains(&b) => b as u32,
        _ => return Err(thread.value_error("int() base must be >= 2 and <= 36, or 0")),
    };
    let is_text = v.cast::<Str>().is_some()
        || v.cast::<Bytes>().is_some()
        || v.ty().mro().iter().any(|t| t.name() == "bytearray");
    if is_text && let Some(result) = number_text::int_from_text(thread, v, base)? {
        return Ok(result);
    }
    Err(thread.type_error("int() can't convert non-string with explicit base"))
}
