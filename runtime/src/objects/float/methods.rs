//! `float(...)`, the methods and attributes of `float`.

use super::operators::{of, positive, to_int, truncated};
use super::{FLOAT, Float, new};
use crate::call::Args;
use crate::error::PyResult;
use crate::int_kernel;
use crate::number_format::{
    FloatFlags, FloatStyle, FromHexError, SpecDefaults, float_fromhex, float_hex, format_float,
    format_float_style,
};
use crate::object::new_object;
use crate::objects::int;
use crate::objects::int::format::{format_error, formatted, specification};
use crate::objects::iterators::refuse_keywords;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::check_positional;
use crate::types::{Effects, GetSetDef, MethodDef, NativeFn, Type, getset, method};
use crate::value::Value;
use dashu_int::IBig;

pub fn construct(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    refuse_keywords(thread, class, &FLOAT, "float", arguments)?;
    check_positional(thread, "float", arguments.count(), 0, 1)?;
    let is_plain = std::ptr::eq(class, &FLOAT);
    let value = match arguments.get(0) {
        None => 0.0,
        Some(v) if is_plain && v.is_exact(&FLOAT) => return Ok(v.to_ref()),
        Some(v) => protocol::float(thread, v)?,
    };
    if is_plain {
        return Ok(new(value));
    }
    Ok(new_object(class, |header| Float { header, value }))
}

pub const GETSETS: &[GetSetDef] = &[
    getset("real", positive, "the real part of a complex number"),
    getset("imag", |_, _| Ok(new(0.0)), "the imaginary part of a complex number"),
];

pub const METHODS: &[MethodDef] = &[
    method(
        "from_number",
        "($type, number, /)",
        NativeFn::One(from_number),
        "Convert real number to a floating-point number.",
    )
    .class(),
    method(
        "conjugate",
        "($self, /)",
        NativeFn::NoArgs(positive),
        "Return self, the complex conjugate of any float.",
    )
    .effects(Effects::PURE),
    method(
        "__trunc__",
        "($self, /)",
        NativeFn::NoArgs(truncated),
        "Return the Integral closest to x between 0 and x.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "__floor__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| to_int(thread, of(v).floor())),
        "Return the floor as an Integral.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "__ceil__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| to_int(thread, of(v).ceil())),
        "Return the ceiling as an Integral.",
    )
    .effects(Effects::PURE_RAISES),
    method("__round__", "($self, ndigits=None, /)", NativeFn::Bound(round), ROUND_DOC)
        .effects(Effects::PLAIN),
    method("as_integer_ratio", "($self, /)", NativeFn::NoArgs(as_integer_ratio), RATIO_DOC)
        .effects(Effects::PURE_RAISES),
    method("fromhex", "($type, string, /)", NativeFn::One(fromhex), FROMHEX_DOC)
        .effects(Effects::PLAIN)
        .class(),
    method("hex", "($self, /)", NativeFn::NoArgs(hex), HEX_DOC).effects(Effects::PURE),
    method(
        "is_integer",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let f = of(v);
            Ok((f.is_finite() && f == f.floor()).into())
        }),
        "Return True if the float is an integer.",
    )
    .effects(Effects::PURE),
    method(
        "__getnewargs__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(Tuple::from_refs(vec![positive(thread, v)?]))),
        "",
    ),
    method("__getformat__", "($type, typestr, /)", NativeFn::One(getformat), GETFORMAT_DOC).class(),
    method(
        "__format__",
        "($self, format_spec, /)",
        NativeFn::One(format),
        "Formats the float according to format_spec.",
    )
    .effects(Effects::PLAIN),
];

const ROUND_DOC: &str = "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits).";
const RATIO_DOC: &str = "Return a pair of integers, whose ratio is exactly equal to the original float.\n\nThe ratio is in lowest terms and has a positive denominator.  Raise\nOverflowError on infinities and a ValueError on NaNs.\n\n>>> (10.0).as_integer_ratio()\n(10, 1)\n>>> (0.0).as_integer_ratio()\n(0, 1)\n>>> (-.25).as_integer_ratio()\n(-1, 4)";
const FROMHEX_DOC: &str = "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.ffffp10')\n2047.984375\n>>> float.fromhex('-0x1p-1074')\n-5e-324";
const HEX_DOC: &str = "Return a hexadecimal representation of a floating-point number.\n\n>>> (-0.1).hex()\n'-0x1.999999999999ap-4'\n>>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'";
const GETFORMAT_DOC: &str = "You probably don't want to use this function.\n\n  typestr\n    Must be 'double' or 'float'.\n\nIt exists mainly to be used in Python's test suite.\n\nThis function returns whichever of 'unknown', 'IEEE, big-endian' or\n'IEEE, little-endian' best describes the format of floating-point\nnumbers used by the C type named by typestr.";

/// A float as an instance of the class a class method was called on.
fn of_class(thread: &Thread, class: Value, value: f64) -> PyResult {
    let plain = new(value);
    match class.cast::<Type>() {
        Some(class) if !std::ptr::eq(class, &FLOAT) => thread.call(Value::of(class), &[*plain]),
        _ => Ok(plain),
    }
}

fn from_number(thread: &Thread, class: Value, number: Value) -> PyResult {
    if number.is_exact(&FLOAT) && class.is(Value::of(&FLOAT)) {
        return Ok(number.to_ref());
    }
    let value = protocol::as_f64(thread, number)?;
    of_class(thread, class, value)
}

fn as_integer_ratio(thread: &Thread, v: Value) -> PyResult {
    match int_kernel::as_integer_ratio(of(v)) {
        Ok((numerator, denominator)) => {
            Ok(Tuple::from_refs(vec![int::from_big(numerator), int::from_big(denominator)]))
        }
        Err(e) => Err(int::error(thread, e)),
    }
}

fn hex(_: &Thread, v: Value) -> PyResult {
    Ok(Str::from_ascii(float_hex(of(v)).as_bytes()))
}

fn fromhex(thread: &Thread, class: Value, text: Value) -> PyResult {
    let Some(text) = text.cast::<Str>() else {
        return Err(thread.type_error("bad argument type for built-in operation"));
    };
    match float_fromhex(&text.to_wtf8()) {
        Ok(value) => of_class(thread, class, value),
        Err(FromHexError::Invalid) => Err(thread.value_error("invalid hexadecimal floating-point string")),
        Err(FromHexError::TooLarge) => {
            Err(thread.overflow_error("hexadecimal value too large to represent as a float"))
        }
    }
}

fn getformat(thread: &Thread, _: Value, kind: Value) -> PyResult {
    if kind.cast::<Str>().is_none() {
        let name = kind.ty().name();
        return Err(thread.type_error(format!("__getformat__() argument must be str, not {name}")));
    }
    if str::equals(kind, "double") || str::equals(kind, "float") {
        return Ok(Str::new("IEEE, little-endian"));
    }
    Err(thread.value_error("__getformat__() argument 1 must be 'double' or 'float'"))
}

fn format(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let Some(parsed) = specification(thread, v, spec, SpecDefaults::Float)? else {
        return protocol::str(thread, v);
    };
    match format_float(&parsed, of(v), &v.ty().name()) {
        Ok(text) => Ok(formatted(text)),
        Err(e) => Err(format_error(thread, e, spec, v)),
    }
}

/// From here on every digit of a float is kept.
const MOST_DIGITS: i64 = 323;
/// Below this every float rounds to zero.
const LEAST_DIGITS: i64 = -308;

fn round(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let f = of(v);
    if slots[0].is_null() || slots[0].is_none() {
        return to_int(thread, f.round_ties_even());
    }
    let digits = protocol::index(thread, slots[0])?;
    let digits = match int::get(*digits) {
        Some(int::IntRef::Small(n)) => n,
        Some(i) if i.is_negative() => i64::MIN,
        _ => i64::MAX,
    };
    if !f.is_finite() || digits > MOST_DIGITS {
        return Ok(new(f));
    }
    if digits < LEAST_DIGITS {
        return Ok(new(0f64.copysign(f)));
    }
    let rounded = match u32::try_from(digits) {
        Ok(digits) => round_fraction(f, digits as usize),
        Err(_) => round_whole(f, digits.unsigned_abs() as usize),
    };
    match rounded {
        Some(rounded) if rounded.is_finite() => Ok(new(rounded)),
        _ => Err(thread.overflow_error("rounded value too large to represent")),
    }
}

/// To so many digits behind the point: the float nearest to the rounded decimal.
fn round_fraction(f: f64, digits: usize) -> Option<f64> {
    format_float_style(f, FloatStyle::Fixed, digits, FloatFlags::default()).ok()?.parse().ok()
}

/// To a multiple of `10**zeros`, exactly.
fn round_whole(f: f64, zeros: usize) -> Option<f64> {
    let (numerator, denominator) = int_kernel::as_integer_ratio(f).ok()?;
    let power = IBig::from(10u8).pow(zeros);
    let unit = &power * denominator;
    let (mut quotient, rest) = int_kernel::div_mod(&numerator, &unit).ok()?;
    let is_odd = int_kernel::floor_mod(&quotient, &IBig::from(2)).ok()? == IBig::ONE;
    let twice = rest * IBig::from(2);
    if twice > unit || (twice == unit && is_odd) {
        quotient += IBig::ONE;
    }
    int_kernel::to_float(&(quotient * power)).ok().map(|rounded| rounded.abs().copysign(f))
}
