//! The number slots of `float`. The other operand may be an int; what doesn't fit a float is refused with OverflowError.

use super::{get, new};
use crate::error::{PyResult, Raised};
use crate::float_power;
use crate::int_kernel;
use crate::objects::complex;
use crate::objects::exceptions::{OVERFLOW_ERROR, ZERO_DIVISION_ERROR, new_exception};
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::value::{Ref, Value};
use std::cmp::Ordering;

/// A float or int operand as a float; `None` for other types.
#[inline]
pub fn operand(thread: &Thread, v: Value) -> PyResult<Option<f64>> {
    if let Some(f) = get(v) {
        return Ok(Some(f));
    }
    match int::get(v) {
        Some(i) => match i.to_f64() {
            Ok(f) => Ok(Some(f)),
            Err(e) => Err(int::error(thread, e)),
        },
        None => Ok(None),
    }
}

/// The operands as floats, or NotImplemented.
macro_rules! operands {
    ($thread:expr, $a:expr, $b:expr) => {
        match (operand($thread, $a)?, operand($thread, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Ref::NOT_IMPLEMENTED),
        }
    };
}

pub fn add(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    Ok(new(a + b))
}

pub fn subtract(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    Ok(new(a - b))
}

pub fn multiply(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    Ok(new(a * b))
}

#[cold]
pub fn division_by_zero<T>(thread: &Thread) -> PyResult<T> {
    Err(thread.error(&ZERO_DIVISION_ERROR, "division by zero"))
}

pub fn true_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    if b == 0.0 {
        return division_by_zero(thread);
    }
    Ok(new(a / b))
}

/// The remainder with the sign of the divisor, which is not zero.
pub fn floor_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        return 0f64.copysign(b);
    }
    if (b < 0.0) != (rest < 0.0) { rest + b } else { rest }
}

/// Quotient rounded down and remainder; the divisor is not zero.
pub fn floor_divmod(a: f64, b: f64) -> (f64, f64) {
    let truncated = a % b;
    let rest = floor_mod(a, b);
    // The quotient is all but whole; adjusting the remainder to the divisor's sign lowers it by one.
    let mut quotient = (a - truncated) / b;
    if truncated != 0.0 && (b < 0.0) != (truncated < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(a / b), rest);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}

pub fn floor_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    if b == 0.0 {
        return division_by_zero(thread);
    }
    Ok(new(floor_divmod(a, b).0))
}

pub fn remainder(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    if b == 0.0 {
        return division_by_zero(thread);
    }
    Ok(new(floor_mod(a, b)))
}

pub fn divmod(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(thread, a, b);
    if b == 0.0 {
        return division_by_zero(thread);
    }
    let (quotient, rest) = floor_divmod(a, b);
    Ok(Tuple::from_refs(vec![new(quotient), new(rest)]))
}

pub fn power(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    if !modulus.is_none() {
        const REFUSED: &str = "pow() 3rd argument not allowed unless all arguments are integers";
        return Err(thread.type_error(REFUSED));
    }
    let (a, b) = operands!(thread, a, b);
    power_of(thread, a, b)
}

/// `a ** b` of floats: a complex number for fractional powers of negative numbers.
pub fn power_of(thread: &Thread, a: f64, b: f64) -> PyResult {
    if a == 0.0 && b < 0.0 && b.is_finite() {
        return Err(thread.error(&ZERO_DIVISION_ERROR, "zero to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        return complex::operators::power_of(thread, (a, 0.0), (b, 0.0));
    }
    let result = float_power::power(a, b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(out_of_range(thread));
    }
    Ok(new(result))
}

/// OverflowError as the C library's ERANGE gives it.
#[cold]
pub fn out_of_range(thread: &Thread) -> Raised {
    let (number, text) = (int::new(34), Str::new("Numerical result out of range"));
    match new_exception(thread, &OVERFLOW_ERROR, &[*number, *text]) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

/// The float of an instance of `float`.
pub fn of(v: Value) -> f64 {
    get(v).unwrap_or(0.0)
}

pub fn negative(_: &Thread, v: Value) -> PyResult {
    Ok(new(-of(v)))
}

/// `+v`, `float(v)` and whatever else gives the plain float.
pub fn positive(_: &Thread, v: Value) -> PyResult {
    if v.is_exact(&super::FLOAT) {
        return Ok(v.to_ref());
    }
    Ok(new(of(v)))
}

pub fn absolute(_: &Thread, v: Value) -> PyResult {
    Ok(new(of(v).abs()))
}

pub fn is_true(_: &Thread, v: Value) -> PyResult<bool> {
    Ok(of(v) != 0.0)
}

/// `int(f)`: towards zero.
pub fn to_int(thread: &Thread, f: f64) -> PyResult {
    const BOUND: f64 = 9.0e18;
    if f.abs() < BOUND {
        return Ok(int::new(f as i64));
    }
    match int_kernel::from_float(f) {
        Ok(value) => Ok(int::from_big(value)),
        Err(e) => Err(int::error(thread, e)),
    }
}

pub fn truncated(thread: &Thread, v: Value) -> PyResult {
    to_int(thread, of(v))
}

pub fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    let own = crate::hash::hash_float(of(v));
    Ok(own.unwrap_or_else(|| crate::objects::builtin_function::identity_hash(v)))
}

pub fn repr(_: &Thread, v: Value) -> PyResult {
    Ok(Str::from_ascii(crate::number_format::float_repr(of(v)).as_bytes()))
}

/// The exact order of a float and an int or float; `None` if there is none.
fn order(a: f64, b: Value) -> Option<Option<Ordering>> {
    if let Some(b) = get(b) {
        return Some(a.partial_cmp(&b));
    }
    Some(match int::get(b)? {
        IntRef::Small(i) if i.unsigned_abs() <= 1 << 53 => a.partial_cmp(&(i as f64)),
        i => int_kernel::compare_float(&i.to_big(), a).map(Ordering::reverse),
    })
}

pub fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    Ok(match order(of(a), b) {
        None => Ref::NOT_IMPLEMENTED,
        Some(None) => Ref::bool(op == CompareOp::Ne),
        Some(Some(ordering)) => Ref::bool(op.holds(ordering)),
    })
}
