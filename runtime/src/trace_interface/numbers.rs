//! Functions of raw numbers and characters for compiled code.
//!
//! Those of module `math` are found by name. Where the result is finite, it is Python's: all errors of these functions
//! show as an infinite result or one that is no number.

use crate::c_math;
use crate::float_power;
use crate::objects::str::Str;
use crate::value::Value;
use std::f64::consts::PI;

/// A function of one double, as compiled code calls it.
pub type FloatFunction = extern "C" fn(f64) -> f64;
/// A function of two.
pub type FloatPairFunction = extern "C" fn(f64, f64) -> f64;

macro_rules! float_functions {
    ($(#[$doc:meta])* $table:ident $ty:ty; $($name:ident ($($x:ident)*) $value:expr;)*) => {
        $(#[$doc])*
        pub fn $table(name: &str) -> Option<$ty> {
            $(extern "C" fn $name($($x: f64),*) -> f64 { $value })*
            match name {
                $(stringify!($name) => Some($name as $ty),)*
                _ => None,
            }
        }
    };
}

float_functions! {
    /// A function of module `math` that takes one float and gives a float.
    float_function FloatFunction;
    acos(x) x.acos();
    acosh(x) c_math::acosh(x);
    asin(x) x.asin();
    asinh(x) c_math::asinh(x);
    atan(x) x.atan();
    cbrt(x) x.cbrt();
    cos(x) x.cos();
    cosh(x) x.cosh();
    degrees(x) x * (180.0 / PI);
    erf(x) c_math::erf(x);
    erfc(x) c_math::erfc(x);
    exp(x) x.exp();
    exp2(x) x.exp2();
    expm1(x) x.exp_m1();
    log(x) x.ln();
    log10(x) x.log10();
    log1p(x) x.ln_1p();
    log2(x) x.log2();
    radians(x) x * (PI / 180.0);
    sin(x) x.sin();
    sinh(x) x.sinh();
    tan(x) x.tan();
    tanh(x) x.tanh();
}

float_functions! {
    /// A function of module `math` that takes two floats and gives a float.
    float_pair_function FloatPairFunction;
    atan2(y x) y.atan2(x);
    copysign(x y) x.copysign(y);
    fmod(x y) x % y;
    pow(x y) float_power::power(x, y);
    remainder(x y) c_math::remainder(x, y);
}

pub(super) extern "C" fn apply(function: FloatFunction, x: f64) -> f64 {
    function(x)
}

pub(super) extern "C" fn apply_pair(function: FloatPairFunction, x: f64, y: f64) -> f64 {
    function(x, y)
}

/// `min` of two floats: the second only if it is smaller.
pub(super) extern "C" fn float_min(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// `max` of two floats.
pub(super) extern "C" fn float_max(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

pub(super) extern "C" fn float_round(x: f64) -> f64 {
    x.round_ties_even()
}

/// The code point of the first character of a str that has one.
pub(super) extern "C" fn first_code_point(s: Value) -> i64 {
    s.cast_exact::<Str>().map_or(0, |s| s.code_point(0).into())
}

/// The str of a code point below 0x110000.
pub(super) extern "C" fn str_of_code_point(point: i64) -> Value {
    Str::from_char(point as u32).into_value()
}
