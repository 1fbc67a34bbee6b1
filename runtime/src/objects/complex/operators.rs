//! The number slots of `complex`. A real operand stays real: it has no imaginary part, not one of zero.

use super::{Complex, get, new};
use crate::error::PyResult;
use crate::number_format::{FloatFlags, FloatStyle, format_float_style};
use crate::objects::exceptions::ZERO_DIVISION_ERROR;
use crate::objects::float;
use crate::objects::float::operators::operand;
use crate::objects::int;
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::types::registry::COMPLEX;
use crate::value::{Ref, Value};

type Pair = (f64, f64);

/// An operand: a complex number, or a real one.
enum Operand {
    Complex(Pair),
    Real(f64),
}

impl Operand {
    fn pair(&self) -> Pair {
        match self {
            Operand::Complex(c) => *c,
            Operand::Real(r) => (*r, 0.0),
        }
    }
}

fn operand_of(thread: &Thread, v: Value) -> PyResult<Option<Operand>> {
    if let Some(c) = get(v) {
        return Ok(Some(Operand::Complex(c)));
    }
    Ok(operand(thread, v)?.map(Operand::Real))
}

/// The operands, or NotImplemented.
macro_rules! operands {
    ($thread:expr, $a:expr, $b:expr) => {
        match (operand_of($thread, $a)?, operand_of($thread, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Ref::NOT_IMPLEMENTED),
        }
    };
}

fn of_pair((real, imag): Pair) -> Ref {
    new(real, imag)
}

pub fn add(thread: &Thread, a: Value, b: Value) -> PyResult {
    Ok(of_pair(match operands!(thread, a, b) {
        (Operand::Real(a), Operand::Complex(b)) => (a + b.0, b.1),
        (Operand::Complex(a), Operand::Real(b)) => (a.0 + b, a.1),
        (a, b) => (a.pair().0 + b.pair().0, a.pair().1 + b.pair().1),
    }))
}

pub fn subtract(thread: &Thread, a: Value, b: Value) -> PyResult {
    Ok(of_pair(match operands!(thread, a, b) {
        (Operand::Real(a), Operand::Complex(b)) => (a - b.0, -b.1),
        (Operand::Complex(a), Operand::Real(b)) => (a.0 - b, a.1),
        (a, b) => (a.pair().0 - b.pair().0, a.pair().1 - b.pair().1),
    }))
}

/// What the C standard's annex G makes of an infinite operand: a box whose infinite sides are one and the others zero.
fn boxed((real, imag): Pair) -> Pair {
    let side = |x: f64| if x.is_infinite() { 1f64 } else { 0.0 };
    (side(real).copysign(real), side(imag).copysign(imag))
}

fn without_nan((real, imag): Pair) -> Pair {
    let zeroed = |x: f64| if x.is_nan() { 0f64.copysign(x) } else { x };
    (zeroed(real), zeroed(imag))
}

fn is_infinite(c: Pair) -> bool {
    c.0.is_infinite() || c.1.is_infinite()
}

/// The product; infinities that came out as NaN are recovered as annex G of the C standard says.
pub fn product(a: Pair, b: Pair) -> Pair {
    let (ac, bd, ad, bc) = (a.0 * b.0, a.1 * b.1, a.0 * b.1, a.1 * b.0);
    let result = (ac - bd, ad + bc);
    if !(result.0.is_nan() && result.1.is_nan()) {
        return result;
    }
    let (mut x, mut y, mut recover) = (a, b, false);
    if is_infinite(x) {
        (x, y, recover) = (boxed(x), without_nan(y), true);
    }
    if is_infinite(y) {
        (x, y, recover) = (without_nan(x), boxed(y), true);
    }
    if !recover && [ac, bd, ad, bc].iter().any(|part| part.is_infinite()) {
        (x, y, recover) = (without_nan(x), without_nan(y), true);
    }
    if !recover {
        return result;
    }
    (f64::INFINITY * (x.0 * y.0 - x.1 * y.1), f64::INFINITY * (x.0 * y.1 + x.1 * y.0))
}

pub fn multiply(thread: &Thread, a: Value, b: Value) -> PyResult {
    Ok(of_pair(match operands!(thread, a, b) {
        (Operand::Real(r), Operand::Complex(c)) | (Operand::Complex(c), Operand::Real(r)) => {
            (c.0 * r, c.1 * r)
        }
        (a, b) => product(a.pair(), b.pair()),
    }))
}

/// The quotient by Smith's method; the divisor is not zero.
pub fn quotient(a: Pair, b: Pair) -> Pair {
    let result = if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        ((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator)
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        ((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if !(result.0.is_nan() && result.1.is_nan()) {
        return result;
    }
    let is_finite = |c: Pair| c.0.is_finite() && c.1.is_finite();
    if is_infinite(a) && is_finite(b) {
        let x = boxed(a);
        return (f64::INFINITY * (x.0 * b.0 + x.1 * b.1), f64::INFINITY * (x.1 * b.0 - x.0 * b.1));
    }
    if is_infinite(b) && is_finite(a) {
        let y = boxed(b);
        return (0.0 * (a.0 * y.0 + a.1 * y.1), 0.0 * (a.1 * y.0 - a.0 * y.1));
    }
    result
}

/// A real number divided by a complex one, which is not zero.
fn real_quotient(a: f64, b: Pair) -> Pair {
    let result = if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        (a / denominator, (-a * ratio) / denominator)
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        ((a * ratio) / denominator, -a / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if result.0.is_nan() && result.1.is_nan() && a.is_finite() && is_infinite(b) {
        let y = boxed(b);
        return (0.0 * (a * y.0), 0.0 * (-a * y.1));
    }
    result
}

pub fn true_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    if b.pair() == (0.0, 0.0) {
        return float::operators::division_by_zero(thread);
    }
    Ok(of_pair(match (a, b) {
        (Operand::Complex(a), Operand::Real(b)) => (a.0 / b, a.1 / b),
        (Operand::Real(a), Operand::Complex(b)) => real_quotient(a, b),
        (a, b) => quotient(a.pair(), b.pair()),
    }))
}

pub fn power(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    if !modulus.is_none() {
        return Err(thread.value_error("complex modulo"));
    }
    power_of(thread, a.pair(), b.pair())
}

/// Whole exponents up to here are computed by multiplication.
const MOST_MULTIPLICATIONS: f64 = 100.0;

/// `a ** b`.
pub fn power_of(thread: &Thread, a: Pair, b: Pair) -> PyResult {
    const ZERO: &str = "zero to a negative or complex power";
    let is_small = b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= MOST_MULTIPLICATIONS;
    let result = if is_small && b.0 >= 0.0 {
        whole_power(a, b.0 as u32)
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return Err(thread.error(&ZERO_DIVISION_ERROR, ZERO));
        }
        (0.0, 0.0)
    } else if is_small {
        quotient((1.0, 0.0), whole_power(a, -b.0 as u32))
    } else {
        polar_power(a, b)
    };
    if is_infinite(result) {
        return Err(thread.overflow_error("complex exponentiation"));
    }
    Ok(of_pair(result))
}

fn whole_power(base: Pair, exponent: u32) -> Pair {
    let (mut result, mut square, mut rest) = ((1.0, 0.0), base, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = product(result, square);
        }
        rest >>= 1;
        if rest > 0 {
            square = product(square, square);
        }
    }
    result
}

fn polar_power(a: Pair, b: Pair) -> Pair {
    let (radius, angle) = (a.0.hypot(a.1), a.1.atan2(a.0));
    let (mut length, mut phase) = (radius.powf(b.0), angle * b.0);
    if b.1 != 0.0 {
        length *= (-angle * b.1).exp();
        phase += b.1 * radius.ln();
    }
    (length * phase.cos(), length * phase.sin())
}

/// The parts of an instance of `complex`.
pub fn of(v: Value) -> Pair {
    get(v).unwrap_or((0.0, 0.0))
}

pub fn negative(_: &Thread, v: Value) -> PyResult {
    let (real, imag) = of(v);
    Ok(new(-real, -imag))
}

/// `+v` and whatever else gives the plain complex number.
pub fn positive(_: &Thread, v: Value) -> PyResult {
    if v.cast_exact::<Complex>().is_some() {
        return Ok(v.to_ref());
    }
    Ok(of_pair(of(v)))
}

pub fn absolute(thread: &Thread, v: Value) -> PyResult {
    let (real, imag) = of(v);
    let length = real.hypot(imag);
    if length.is_infinite() && real.is_finite() && imag.is_finite() {
        return Err(thread.overflow_error("absolute value too large"));
    }
    Ok(float::new(length))
}

pub fn is_true(_: &Thread, v: Value) -> PyResult<bool> {
    Ok(of(v) != (0.0, 0.0))
}

pub fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    let part = |f: f64| {
        let own = crate::hash::hash_float(f);
        own.unwrap_or_else(|| crate::objects::builtin_function::identity_hash(v))
    };
    let (real, imag) = of(v);
    Ok(crate::hash::hash_complex(part(real), part(imag)))
}

pub fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let (real, imag) = of(a);
    let is_equal = if let Some(other) = get(b) {
        (real, imag) == other
    } else if int::is_int(b) || float::is_float(b) {
        imag == 0.0 && protocol::compare_bool(thread, *float::new(real), b, CompareOp::Eq)?
    } else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    Ok(Ref::bool(is_equal == (op == CompareOp::Eq)))
}

/// `repr` of the parts: the real part is left out if it is a positive zero.
pub fn text_of((real, imag): Pair) -> String {
    let part =
        |f: f64| format_float_style(f, FloatStyle::Shortest, 0, FloatFlags::default()).unwrap_or_default();
    if real == 0.0 && real.is_sign_positive() {
        return format!("{}j", part(imag));
    }
    let text = part(imag);
    let sign = if text.starts_with('-') { "" } else { "+" };
    format!("({}{sign}{text}j)", part(real))
}

pub fn repr(_: &Thread, v: Value) -> PyResult {
    debug_assert!(v.is_instance(&COMPLEX));
    Ok(Str::from_ascii(text_of(of(v)).as_bytes()))
}
