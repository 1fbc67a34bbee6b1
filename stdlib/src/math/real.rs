//! Functions of real numbers: the C library's, with Python's errors for arguments outside the domain and for results
//! beyond the range.

use runtime::number_format::float_repr;
use runtime::objects::int::{self, IntRef};
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, str};
use runtime::{PyResult, Raised, Ref, Thread, Value, attributes, c_math, float_power, int_kernel, protocol};

#[cold]
fn expected(thread: &Thread, what: &str, x: f64) -> Raised {
    thread.value_error(format!("expected {what}, got {}", float_repr(x)))
}

#[cold]
pub fn domain_error(thread: &Thread) -> Raised {
    thread.value_error("math domain error")
}

#[cold]
pub fn range_error(thread: &Thread) -> Raised {
    thread.overflow_error("math range error")
}

/// A function of one float: NaN from a number is a domain error, infinity from a finite number a range error.
fn unary(thread: &Thread, v: Value, f: fn(f64) -> f64, domain: &str) -> PyResult {
    let x = protocol::as_f64(thread, v)?;
    let result = f(x);
    if result.is_nan() && !x.is_nan() {
        return Err(expected(thread, domain, x));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(thread));
    }
    Ok(float::new(result))
}

/// The functions of one float: Rust's name, the computation, what the domain is called.
macro_rules! unary_functions {
    ($($name:ident $function:expr, $domain:literal;)*) => {
        $(pub fn $name(thread: &Thread, _: Value, x: Value) -> PyResult {
            unary(thread, x, $function, $domain)
        })*
    };
}

unary_functions! {
    acos f64::acos, "a number in range from -1 up to 1";
    acosh |x| c_math::acosh(x), "argument value not less than 1";
    asin f64::asin, "a number in range from -1 up to 1";
    asinh |x| c_math::asinh(x), "a number";
    atan f64::atan, "a number";
    cbrt f64::cbrt, "a number";
    cos f64::cos, "a finite input";
    cosh f64::cosh, "a number";
    degrees |x| x * (180.0 / std::f64::consts::PI), "a number";
    erf |x| c_math::erf(x), "a number";
    erfc |x| c_math::erfc(x), "a number";
    exp f64::exp, "a number";
    exp2 f64::exp2, "a number";
    expm1 f64::exp_m1, "a number";
    fabs f64::abs, "a number";
    radians |x| x * (std::f64::consts::PI / 180.0), "a number";
    sin f64::sin, "a finite input";
    sinh f64::sinh, "a number";
    sqrt f64::sqrt, "a nonnegative input";
    tan f64::tan, "a finite input";
    tanh f64::tanh, "a number";
}

pub fn atanh(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?;
    if x.abs() >= 1.0 {
        return Err(expected(thread, "a number between -1 and 1", x));
    }
    Ok(float::new(c_math::atanh(x)))
}

pub fn log1p(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?;
    if x <= -1.0 {
        return Err(expected(thread, "argument value > -1", x));
    }
    Ok(float::new(x.ln_1p()))
}

/// The first whole number from which on the gamma function is beyond the range.
const GAMMA_BOUND: f64 = 171.624_376_956_302_7;

fn is_pole(x: f64) -> bool {
    x <= 0.0 && x == x.floor() && x.is_finite()
}

pub fn gamma(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?;
    if is_pole(x) || x == f64::NEG_INFINITY {
        return Err(expected(thread, "a noninteger or positive integer", x));
    }
    if x.is_finite() && x > GAMMA_BOUND {
        return Err(range_error(thread));
    }
    let result = c_math::tgamma(x);
    // Near the pole at zero, too.
    if x.is_finite() && result.is_infinite() {
        return Err(range_error(thread));
    }
    Ok(float::new(result))
}

pub fn lgamma(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?;
    if is_pole(x) {
        return Err(expected(thread, "a noninteger or positive integer", x));
    }
    if x.is_infinite() {
        return Ok(float::new(f64::INFINITY));
    }
    let result = c_math::lgamma(x);
    if result.is_infinite() {
        return Err(range_error(thread));
    }
    Ok(float::new(result))
}

// Logarithms.

/// The logarithm of an int or float; ints may be beyond the floats.
fn logarithm(thread: &Thread, v: Value, f: fn(f64) -> f64) -> PyResult<f64> {
    if let Some(i) = int::get(v) {
        if i.is_zero() || i.is_negative() {
            return Err(thread.value_error("expected a positive input"));
        }
        if let IntRef::Big(b) = i {
            return Ok(int_kernel::to_float(b).map(f).unwrap_or_else(|_| huge_logarithm(b, f)));
        }
    }
    let x = protocol::as_f64(thread, v)?;
    if x <= 0.0 {
        return Err(expected(thread, "a positive input", x));
    }
    Ok(f(x))
}

/// The integer is a mantissa from one half to one, times a power of two.
fn huge_logarithm(b: &int::IBig, f: fn(f64) -> f64) -> f64 {
    let bits = int_kernel::bit_length(b);
    let shift = bits - 64;
    let top = int_kernel::shift_right(b, &int::IBig::from(shift)).unwrap_or_default();
    let mantissa = int_kernel::to_float(&top).unwrap_or(1.0) * 0.5f64.powi(64);
    f(mantissa) + f(2.0) * bits as f64
}

pub fn log(thread: &Thread, _: Value, arguments: &runtime::Args) -> PyResult {
    runtime::types::binding::no_keywords(thread, "math.log", arguments)?;
    runtime::types::binding::check_positional(thread, "log", arguments.count(), 1, 2)?;
    let Some(x) = arguments.get(0) else { return Err(domain_error(thread)) };
    let numerator = logarithm(thread, x, f64::ln)?;
    let Some(base) = arguments.get(1) else { return Ok(float::new(numerator)) };
    let denominator = logarithm(thread, base, f64::ln)?;
    protocol::true_divide(thread, *float::new(numerator), *float::new(denominator))
}

pub fn log2(thread: &Thread, _: Value, x: Value) -> PyResult {
    logarithm(thread, x, f64::log2).map(float::new)
}

pub fn log10(thread: &Thread, _: Value, x: Value) -> PyResult {
    logarithm(thread, x, f64::log10).map(float::new)
}

// Two arguments.

fn pair(thread: &Thread, slots: &[Value]) -> PyResult<(f64, f64)> {
    Ok((protocol::as_f64(thread, slots[0])?, protocol::as_f64(thread, slots[1])?))
}

pub fn atan2(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (y, x) = pair(thread, slots)?;
    Ok(float::new(y.atan2(x)))
}

pub fn copysign(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (x, y) = pair(thread, slots)?;
    Ok(float::new(x.copysign(y)))
}

pub fn fmod(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (x, y) = pair(thread, slots)?;
    checked(thread, x, y, x % y)
}

pub fn remainder(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (x, y) = pair(thread, slots)?;
    checked(thread, x, y, c_math::remainder(x, y))
}

pub fn pow(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (x, y) = pair(thread, slots)?;
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(domain_error(thread));
    }
    checked(thread, x, y, float_power::power(x, y))
}

/// NaN from numbers is a domain error, infinity from finite numbers a range error.
fn checked(thread: &Thread, x: f64, y: f64, result: f64) -> PyResult {
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(thread));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(range_error(thread));
    }
    Ok(float::new(result))
}

pub fn fma(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (x, y) = pair(thread, slots)?;
    let z = protocol::as_f64(thread, slots[2])?;
    let result = x.mul_add(y, z);
    if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(thread.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(thread.overflow_error("overflow in fma"));
    }
    Ok(float::new(result))
}

// Parts of floats.

pub fn frexp(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?;
    let (mantissa, exponent) = split(x);
    Ok(Tuple::from_refs(vec![float::new(mantissa), int::new(exponent)]))
}

/// Mantissa from one half to one, and exponent.
pub(super) fn split(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    const EXPONENT: u64 = 0x7ff << 52;
    let (normal, shift) = if x.is_subnormal() { (x * 2f64.powi(54), 54) } else { (x, 0) };
    let exponent = ((normal.to_bits() & EXPONENT) >> 52) as i64 - 1022;
    (f64::from_bits(normal.to_bits() & !EXPONENT | 1022 << 52), exponent - shift)
}

pub fn ldexp(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let x = protocol::as_f64(thread, slots[0])?;
    let exponent = match int::get(slots[1]) {
        Some(IntRef::Small(i)) => i.clamp(-100_000, 100_000) as i32,
        Some(i) if i.is_negative() => -100_000,
        Some(_) => 100_000,
        None => return Err(thread.type_error("Expected an int as second argument to ldexp.")),
    };
    checked(thread, x, 0.0, c_math::ldexp(x, exponent))
}

pub fn modf(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?;
    let fraction = if x.is_infinite() { 0f64.copysign(x) } else { (x - x.trunc()).copysign(x) };
    Ok(Tuple::from_refs(vec![float::new(fraction), float::new(x.trunc())]))
}

pub fn ulp(thread: &Thread, _: Value, x: Value) -> PyResult {
    let x = protocol::as_f64(thread, x)?.abs();
    if !x.is_finite() {
        return Ok(float::new(x));
    }
    let above = c_math::nextafter(x, f64::INFINITY);
    Ok(float::new(if above.is_infinite() { x - c_math::nextafter(x, 0.0) } else { above - x }))
}

/// Floats as integers in the order of their values, so that neighbours differ by one.
fn position(x: f64) -> i128 {
    let bits = i128::from(x.abs().to_bits());
    if x.is_sign_negative() { -bits } else { bits }
}

pub fn nextafter(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (x, y) = pair(thread, slots)?;
    if slots[2].is_null() || slots[2].is_none() {
        return Ok(float::new(c_math::nextafter(x, y)));
    }
    let steps = protocol::index(thread, slots[2])?;
    let steps = match int::get(*steps) {
        Some(i) if i.is_negative() => {
            return Err(thread.value_error("steps must be a non-negative integer"));
        }
        Some(IntRef::Small(i)) => i128::from(i),
        _ => i128::from(u64::MAX),
    };
    if steps == 0 || x.is_nan() {
        return Ok(float::new(x));
    }
    if y.is_nan() || x == y {
        return Ok(float::new(y));
    }
    let (from, to) = (position(x), position(y));
    let reached = if to > from { (from + steps).min(to) } else { (from - steps).max(to) };
    if reached == to {
        return Ok(float::new(y));
    }
    let magnitude = f64::from_bits(reached.unsigned_abs() as u64);
    let is_negative = reached < 0 || (reached == 0 && from < 0);
    Ok(float::new(if is_negative { -magnitude } else { magnitude }))
}

// Classification.

pub fn isfinite(thread: &Thread, _: Value, x: Value) -> PyResult {
    Ok(Ref::bool(protocol::as_f64(thread, x)?.is_finite()))
}

pub fn isinf(thread: &Thread, _: Value, x: Value) -> PyResult {
    Ok(Ref::bool(protocol::as_f64(thread, x)?.is_infinite()))
}

pub fn isnan(thread: &Thread, _: Value, x: Value) -> PyResult {
    Ok(Ref::bool(protocol::as_f64(thread, x)?.is_nan()))
}

pub fn isclose(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (a, b) = pair(thread, slots)?;
    let tolerance = |v: Value, default: f64| {
        if v.is_null() { Ok(default) } else { protocol::as_f64(thread, v) }
    };
    let (relative, absolute) = (tolerance(slots[2], 1e-9)?, tolerance(slots[3], 0.0)?);
    if relative < 0.0 || absolute < 0.0 {
        return Err(thread.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Ref::bool(true));
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Ref::bool(false));
    }
    let difference = (b - a).abs();
    let near = |bound: f64| difference <= bound;
    Ok(Ref::bool(near((relative * b).abs()) || near((relative * a).abs()) || near(absolute)))
}

// Rounding.

/// What the special method gives, if the type has it.
fn by_method(thread: &Thread, v: Value, name: &str) -> PyResult<Option<Ref>> {
    match attributes::special(thread, v, str::intern_text(name))? {
        Some(method) => thread.call(*method, &[]).map(Some),
        None => Ok(None),
    }
}

pub fn floor(thread: &Thread, _: Value, v: Value) -> PyResult {
    if let Some(result) = by_method(thread, v, "__floor__")? {
        return Ok(result);
    }
    float::operators::to_int(thread, protocol::as_f64(thread, v)?.floor())
}

pub fn ceil(thread: &Thread, _: Value, v: Value) -> PyResult {
    if let Some(result) = by_method(thread, v, "__ceil__")? {
        return Ok(result);
    }
    float::operators::to_int(thread, protocol::as_f64(thread, v)?.ceil())
}

pub fn trunc(thread: &Thread, _: Value, v: Value) -> PyResult {
    match by_method(thread, v, "__trunc__")? {
        Some(result) => Ok(result),
        None => Err(thread.type_error(format!("type {} doesn't define __trunc__ method", v.ty().name()))),
    }
}
