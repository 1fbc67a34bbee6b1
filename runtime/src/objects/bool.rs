//! `bool`: the two singletons `False` and `True`, which are integers.

use crate::call::Args;
use crate::error::PyResult;
use crate::objects::exceptions::DEPRECATION_WARNING;
use crate::objects::int::{Int, operators};
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::registry::INT;
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
use crate::warnings;

pub static BOOL: Type = Type::new_static(&TypeSpec {
    name: "bool",
    base: Some(&INT),
    size: size_of::<Int>(),
    flags: TypeFlags::FINALIZE_SILENT,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        invert: Some(invert),
        and: Some(|thread, a, b| bitwise(thread, a, b, |a, b| a & b, operators::and)),
        xor: Some(|thread, a, b| bitwise(thread, a, b, |a, b| a ^ b, operators::xor)),
        or: Some(|thread, a, b| bitwise(thread, a, b, |a, b| a | b, operators::or)),
        ..Slots::EMPTY
    },
    signature: "(object=False, /)",
    doc: "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    ..TypeSpec::EMPTY
});

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "bool", arguments)?;
    check_positional(thread, "bool", arguments.count(), 0, 1)?;
    match arguments.get(0) {
        Some(v) => Ok(Ref::bool(protocol::is_true(thread, v)?)),
        None => Ok(Ref::bool(false)),
    }
}

fn repr(_: &Thread, v: Value) -> PyResult {
    Ok(Str::from_ascii(if v == Value::TRUE { b"True" } else { b"False" }))
}

fn invert(thread: &Thread, v: Value) -> PyResult {
    const MESSAGE: &str = "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This \
                           returns the bitwise inversion of the underlying int object and is usually not what you \
                           expect from the negation of a bool object. Use the 'not' operator for boolean negation or \
                           ~int(x) for the bitwise inversion of the underlying int.";
    warnings::warn(thread, &DEPRECATION_WARNING, MESSAGE, 1)?;
    operators::invert(thread, v)
}

/// Two bools give a bool, a bool and an int an int.
fn bitwise(
    thread: &Thread,
    a: Value,
    b: Value,
    of_bools: fn(bool, bool) -> bool,
    of_ints: fn(&Thread, Value, Value) -> PyResult,
) -> PyResult {
    if a.is_bool() && b.is_bool() {
        return Ok(Ref::bool(of_bools(a == Value::TRUE, b == Value::TRUE)));
    }
    of_ints(thread, a, b)
}
