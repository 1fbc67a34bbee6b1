//! `cmath`: functions of complex numbers.
//!
//! | file | its one idea |
//! |---|---|
//! | `functions` | the mathematics |
//! | `special` | results for infinities and NaNs |

mod functions;
mod special;

use crate::structs::complex_argument;
use functions::{Failure, Outcome, Pair};
use runtime::error::Raised;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::tuple::Tuple;
use runtime::objects::{complex, float};
use runtime::types::Effects;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: FUNCTIONS,
    init: |_, module| {
        use std::f64::consts::{E, PI, TAU};
        let reals = [("pi", PI), ("e", E), ("tau", TAU), ("inf", f64::INFINITY), ("nan", f64::NAN)];
        for (name, value) in reals {
            module::add(module, name, *float::new(value));
        }
        module::add(module, "infj", *complex::new(0.0, f64::INFINITY));
        module::add(module, "nanj", *complex::new(0.0, f64::NAN));
        Ok(())
    },
};

/// A function of one number with a number as its result.
macro_rules! function {
    ($name:ident, $doc:expr) => {
        method(
            stringify!($name),
            "($module, z, /)",
            NativeFn::One(|thread, _, v| {
                let z = complex_argument(thread, v)?;
                result(thread, functions::$name(z))
            }),
            $doc,
        )
    };
}

const FUNCTIONS: &[MethodDef] = &[
    function!(acos, "Return the arc cosine of z."),
    function!(acosh, "Return the inverse hyperbolic cosine of z."),
    function!(asin, "Return the arc sine of z."),
    function!(asinh, "Return the inverse hyperbolic sine of z."),
    function!(atan, "Return the arc tangent of z."),
    function!(atanh, "Return the inverse hyperbolic tangent of z."),
    function!(cos, "Return the cosine of z."),
    function!(cosh, "Return the hyperbolic cosine of z."),
    function!(exp, "Return the exponential value e**z."),
    method(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        NativeFn::Bound(is_close),
        "Determine whether two complex numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them must\nbe smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That is,\nNaN is not close to anything, even itself. inf and -inf are only close\nto themselves.",
    ).effects(Effects::PLAIN),
    method(
        "isfinite",
        "($module, z, /)",
        NativeFn::One(|thread, _, v| {
            let (real, imag) = complex_argument(thread, v)?;
            Ok(Ref::bool(real.is_finite() && imag.is_finite()))
        }),
        "Return True if both the real and imaginary parts of z are finite, else False.",
    ).effects(Effects::PLAIN),
    method(
        "isinf",
        "($module, z, /)",
        NativeFn::One(|thread, _, v| {
            let (real, imag) = complex_argument(thread, v)?;
            Ok(Ref::bool(real.is_infinite() || imag.is_infinite()))
        }),
        "Checks if the real or imaginary part of z is infinite.",
    ).effects(Effects::PLAIN),
    method(
        "isnan",
        "($module, z, /)",
        NativeFn::One(|thread, _, v| {
            let (real, imag) = complex_argument(thread, v)?;
            Ok(Ref::bool(real.is_nan() || imag.is_nan()))
        }),
        "Checks if the real or imaginary part of z not a number (NaN).",
    ).effects(Effects::PLAIN),
    method(
        "log",
        "($module, z, base=<unrepresentable>, /)",
        NativeFn::Bound(log),
        "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e)\nof z.",
    ).effects(Effects::PLAIN),
    function!(log10, "Return the base-10 logarithm of z."),
    method(
        "phase",
        "($module, z, /)",
        NativeFn::One(|thread, _, v| {
            let (real, imag) = complex_argument(thread, v)?;
            Ok(float::new(imag.atan2(real)))
        }),
        "Return argument, also known as the phase angle, of a complex.",
    ).effects(Effects::PLAIN),
    method(
        "polar",
        "($module, z, /)",
        NativeFn::One(polar),
        "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.",
    ).effects(Effects::PLAIN),
    method(
        "rect",
        "($module, r, phi, /)",
        NativeFn::Bound(|thread, _, a| {
            let (radius, angle) = (protocol::as_f64(thread, a[0])?, protocol::as_f64(thread, a[1])?);
            result(thread, functions::rect(radius, angle))
        }),
        "Convert from polar coordinates to rectangular coordinates.",
    ).effects(Effects::PLAIN),
    function!(sin, "Return the sine of z."),
    function!(sinh, "Return the hyperbolic sine of z."),
    function!(sqrt, "Return the square root of z."),
    function!(tan, "Return the tangent of z."),
    function!(tanh, "Return the hyperbolic tangent of z."),
];

fn failed(thread: &Thread, failure: Failure) -> Raised {
    match failure {
        Failure::Domain => thread.value_error("math domain error"),
        Failure::Range => thread.overflow_error("math range error"),
    }
}

fn result(thread: &Thread, outcome: Outcome) -> PyResult {
    match outcome {
        Ok((real, imag)) => Ok(complex::new(real, imag)),
        Err(failure) => Err(failed(thread, failure)),
    }
}

fn log(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let z = complex_argument(thread, a[0])?;
    let base = if a[1].is_null() { None } else { Some(complex_argument(thread, a[1])?) };
    let value = functions::log(z).map_err(|failure| failed(thread, failure))?;
    let Some(base) = base else { return Ok(complex::new(value.0, value.1)) };
    let base = functions::log(base).map_err(|failure| failed(thread, failure))?;
    if base == (0.0, 0.0) {
        return Err(failed(thread, Failure::Domain));
    }
    let (real, imag) = complex::operators::quotient(value, base);
    Ok(complex::new(real, imag))
}

fn polar(thread: &Thread, _: Value, v: Value) -> PyResult {
    let (real, imag): Pair = complex_argument(thread, v)?;
    let radius = real.hypot(imag);
    if radius.is_infinite() && real.is_finite() && imag.is_finite() {
        return Err(failed(thread, Failure::Range));
    }
    Ok(Tuple::from_refs(vec![float::new(radius), float::new(imag.atan2(real))]))
}

fn is_close(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (a, b) = (complex_argument(thread, slots[0])?, complex_argument(thread, slots[1])?);
    let tolerance =
        |v: Value, default: f64| if v.is_null() { Ok(default) } else { protocol::as_f64(thread, v) };
    let (relative, absolute) = (tolerance(slots[2], 1e-9)?, tolerance(slots[3], 0.0)?);
    if relative < 0.0 || absolute < 0.0 {
        return Err(thread.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Ref::bool(true));
    }
    let is_infinite = |z: Pair| z.0.is_infinite() || z.1.is_infinite();
    if is_infinite(a) || is_infinite(b) {
        return Ok(Ref::bool(false));
    }
    let difference = (a.0 - b.0).hypot(a.1 - b.1);
    let limit = |z: Pair| difference <= relative * z.0.hypot(z.1);
    Ok(Ref::bool(limit(a) || limit(b) || difference <= absolute))
}
