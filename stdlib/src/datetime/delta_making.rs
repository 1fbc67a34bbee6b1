//! Making a timedelta of its parts: integers are summed exactly, fractions of floats are rounded once, half to even.

use super::calendar::MICROSECONDS_A_SECOND;
use super::timedelta::{MICROSECONDS_A_DAY, Span, too_large};
use runtime::objects::float;
use runtime::objects::int::{self, IBig, IntRef};
use runtime::{PyResult, Thread, Value, int_kernel};

/// A parameter: its place, its name, and what it counts, in microseconds. In the order in which they are summed.
const PARTS: [(usize, &str, i64); 7] = [
    (2, "microseconds", 1),
    (3, "milliseconds", 1000),
    (1, "seconds", MICROSECONDS_A_SECOND),
    (4, "minutes", 60 * MICROSECONDS_A_SECOND),
    (5, "hours", 3600 * MICROSECONDS_A_SECOND),
    (0, "days", MICROSECONDS_A_DAY),
    (6, "weeks", 7 * MICROSECONDS_A_DAY),
];

/// Floats of this size and beyond are summed as big integers.
const LARGE_FLOAT: f64 = 4.611686018427388e18;

/// The sum of the arguments, which stand in the order of the parameters.
pub fn new(thread: &Thread, slots: &[Value]) -> PyResult<Span> {
    match sum_of_small(slots) {
        Some((total, fraction)) => {
            let carry = if fraction == 0.0 { 0 } else { rounded(fraction, total & 1 != 0) };
            Span::from_total(thread, total + i128::from(carry))
        }
        None => sum_of_any(thread, slots),
    }
}

/// Splits a float part into whole microseconds of its whole units, and of the rest, and the fraction left over.
fn split(value: f64, unit: i64) -> (f64, i64, f64) {
    let whole = value.trunc();
    let rest = (value - whole) * unit as f64;
    (whole, rest.trunc() as i64, rest.fract())
}

/// The whole microseconds and the fractions; `None` if a part is large or no number.
fn sum_of_small(slots: &[Value]) -> Option<(i128, f64)> {
    let (mut total, mut fraction) = (0i128, 0.0);
    for (place, _, unit) in PARTS {
        let v = *slots.get(place)?;
        if let Some(i) = v.as_small_int() {
            total += i128::from(i) * i128::from(unit);
        } else if v.is_inline_float() {
            let value = v.inline_float_unchecked();
            if value.is_nan() || value.abs() >= LARGE_FLOAT {
                return None;
            }
            let (whole, rest, left) = split(value, unit);
            total += i128::from(whole as i64) * i128::from(unit) + i128::from(rest);
            fraction += left;
        } else if !v.is_null() {
            return None;
        }
    }
    Some((total, fraction))
}

fn sum_of_any(thread: &Thread, slots: &[Value]) -> PyResult<Span> {
    let (mut total, mut fraction) = (IBig::ZERO, 0.0);
    for (place, name, unit) in PARTS {
        let v = slots.get(place).copied().unwrap_or(Value::NULL);
        if v.is_null() {
            continue;
        }
        if let Some(i) = int::get(v) {
            total += match i {
                IntRef::Small(i) => IBig::from(i128::from(i) * i128::from(unit)),
                IntRef::Big(i) => i.clone() * IBig::from(unit),
            };
        } else if let Some(value) = float::get(v) {
            let whole = int_kernel::from_float(value).map_err(|e| int::error(thread, e))?;
            let (_, rest, left) = split(value, unit);
            total += whole * IBig::from(unit) + IBig::from(rest);
            fraction += left;
        } else {
            let given = v.ty().name();
            let message = format!("unsupported type for timedelta {name} component: {given}");
            return Err(thread.type_error(message));
        }
    }
    let is_odd = (&total & IBig::ONE) == IBig::ONE;
    total += IBig::from(rounded(fraction, is_odd));
    match i128::try_from(&total) {
        Ok(total) => Span::from_total(thread, total),
        Err(_) => Err(too_large(thread)),
    }
}

/// The fraction rounded to a whole number such that the sum with an odd or even number rounds half to even.
fn rounded(fraction: f64, beside_odd: bool) -> i64 {
    if beside_odd { (fraction + 1.0).round_ties_even() as i64 - 1 } else { fraction.round_ties_even() as i64 }
}
