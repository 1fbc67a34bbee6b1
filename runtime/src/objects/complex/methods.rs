//! The methods and attributes of `complex`.

use super::construct;
use super::operators::{of, positive};
use super::{COMPLEX, new};
use crate::error::PyResult;
use crate::number_format::{SpecDefaults, format_complex};
use crate::objects::float;
use crate::objects::int::format::{format_error, formatted, specification};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{Effects, GetSetDef, MethodDef, NativeFn, Type, getset, method};
use crate::value::Value;

pub const GETSETS: &[GetSetDef] = &[
    getset("real", |_, v| Ok(float::new(of(v).0)), "the real part of a complex number").member(),
    getset("imag", |_, v| Ok(float::new(of(v).1)), "the imaginary part of a complex number").member(),
];

pub const METHODS: &[MethodDef] = &[
    method(
        "from_number",
        "($type, number, /)",
        NativeFn::One(from_number),
        "Convert number to a complex floating-point number.",
    )
    .class(),
    method(
        "conjugate",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(new(of(v).0, -of(v).1))),
        "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.",
    )
    .effects(Effects::PURE),
    method(
        "__complex__",
        "($self, /)",
        NativeFn::NoArgs(positive),
        "Convert this value to exact type complex.",
    )
    .effects(Effects::PURE),
    method(
        "__getnewargs__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let (real, imag) = of(v);
            Ok(Tuple::from_refs(vec![float::new(real), float::new(imag)]))
        }),
        "",
    ),
    method(
        "__format__",
        "($self, format_spec, /)",
        NativeFn::One(format),
        "Convert to a string according to format_spec.",
    ),
];

fn from_number(thread: &Thread, class: Value, v: Value) -> PyResult {
    if v.is_exact(&COMPLEX) && class.is(Value::of(&COMPLEX)) {
        return Ok(v.to_ref());
    }
    let (real, imag) = construct::from_number(thread, v)?;
    let plain = new(real, imag);
    match class.cast::<Type>() {
        Some(class) if !std::ptr::eq(class, &COMPLEX) => thread.call(Value::of(class), &[*plain]),
        _ => Ok(plain),
    }
}

fn format(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let Some(parsed) = specification(thread, v, spec, SpecDefaults::Float)? else {
        return protocol::str(thread, v);
    };
    let (real, imag) = of(v);
    match format_complex(&parsed, real, imag, &v.ty().name()) {
        Ok(text) => Ok(formatted(text)),
        Err(e) => Err(format_error(thread, e, spec, v)),
    }
}
