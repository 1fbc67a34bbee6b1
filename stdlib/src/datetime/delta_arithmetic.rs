//! Operators of timedelta, on whole microseconds. Quotients are rounded half to even.

use super::timedelta::{Span, span_of, too_large};
use runtime::objects::exceptions::ZERO_DIVISION_ERROR;
use runtime::objects::float;
use runtime::objects::int::{self, IBig, IntRef};
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Raised, Ref, Thread, Value, int_kernel};

#[inline]
pub fn sum(thread: &Thread, a: Span, b: Span) -> PyResult<Span> {
    let [days, seconds, microseconds] =
        [(a.days, b.days), (a.seconds, b.seconds), (a.microseconds, b.microseconds)]
            .map(|(a, b)| i64::from(a) + i64::from(b));
    Span::normal(thread, days, seconds, microseconds)
}

#[inline]
pub fn difference(thread: &Thread, a: Span, b: Span) -> PyResult<Span> {
    let [days, seconds, microseconds] =
        [(a.days, b.days), (a.seconds, b.seconds), (a.microseconds, b.microseconds)]
            .map(|(a, b)| i64::from(a) - i64::from(b));
    Span::normal(thread, days, seconds, microseconds)
}

pub fn negated(thread: &Thread, span: Span) -> PyResult<Span> {
    difference(thread, Span::ZERO, span)
}

pub fn add(thread: &Thread, a: Value, b: Value) -> PyResult {
    match (span_of(a), span_of(b)) {
        (Some(a), Some(b)) => Ok(sum(thread, a, b)?.object()),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

pub fn subtract(thread: &Thread, a: Value, b: Value) -> PyResult {
    match (span_of(a), span_of(b)) {
        (Some(a), Some(b)) => Ok(difference(thread, a, b)?.object()),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

pub fn multiply(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (span, factor) = match (span_of(a), span_of(b)) {
        (Some(span), None) => (span, b),
        (None, Some(span)) => (span, a),
        _ => return Ok(Ref::NOT_IMPLEMENTED),
    };
    if let Some(factor) = int::get(factor) {
        let product = match factor {
            IntRef::Small(factor) => span.total().checked_mul(factor.into()),
            IntRef::Big(factor) => i128::try_from(&(IBig::from(span.total()) * factor)).ok(),
        };
        let product = product.ok_or_else(|| too_large(thread))?;
        return Ok(Span::from_total(thread, product)?.object());
    }
    let Some(factor) = float::get(factor) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let (numerator, denominator) = ratio(thread, factor)?;
    Ok(scaled(thread, span, numerator, denominator)?.object())
}

fn ratio(thread: &Thread, value: f64) -> PyResult<(IBig, IBig)> {
    int_kernel::as_integer_ratio(value).map_err(|e| int::error(thread, e))
}

/// `span * numerator / denominator`
fn scaled(thread: &Thread, span: Span, numerator: IBig, denominator: IBig) -> PyResult<Span> {
    let product = IBig::from(span.total()) * numerator;
    const LARGE: u128 = 1 << 126;
    if let (Ok(product), Ok(denominator)) = (i128::try_from(&product), i128::try_from(&denominator))
        && product.unsigned_abs() < LARGE
        && denominator.unsigned_abs() < LARGE
    {
        return Span::from_total(thread, nearest(thread, product, denominator)?);
    }
    // The sign belongs to the number that is divided.
    let (product, denominator) =
        if denominator < IBig::ZERO { (-product, -denominator) } else { (product, denominator) };
    let (quotient, rest) = int_kernel::div_mod(&product, &denominator).map_err(|e| int::error(thread, e))?;
    let doubled: IBig = rest * IBig::from(2);
    let is_odd = (&quotient & IBig::ONE) == IBig::ONE;
    let up = doubled > denominator || (doubled == denominator && is_odd);
    let quotient = quotient + IBig::from(u8::from(up));
    Span::from_total(thread, i128::try_from(&quotient).map_err(|_| too_large(thread))?)
}

#[cold]
fn division_by_zero(thread: &Thread) -> Raised {
    thread.error(&ZERO_DIVISION_ERROR, "division by zero")
}

/// The quotient rounded half to even.
fn nearest(thread: &Thread, a: i128, b: i128) -> PyResult<i128> {
    if b == 0 {
        return Err(division_by_zero(thread));
    }
    let (a, b) = if b < 0 { (-a, -b) } else { (a, b) };
    let (quotient, rest) = (a.div_euclid(b), a.rem_euclid(b));
    let up = rest > b - rest || (rest == b - rest && quotient & 1 != 0);
    Ok(quotient + i128::from(up))
}

/// The correctly rounded quotient of two integers.
pub fn quotient(thread: &Thread, a: i128, b: i128) -> PyResult<f64> {
    const EXACT: i128 = 1 << 53;
    if b == 0 {
        return Err(division_by_zero(thread));
    }
    if (-EXACT..=EXACT).contains(&a) && (-EXACT..=EXACT).contains(&b) {
        return Ok(a as f64 / b as f64);
    }
    int_kernel::true_divide(&IBig::from(a), &IBig::from(b)).map_err(|e| int::error(thread, e))
}

pub fn true_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(span) = span_of(a) else { return Ok(Ref::NOT_IMPLEMENTED) };
    if let Some(other) = span_of(b) {
        return Ok(float::new(quotient(thread, span.total(), other.total())?));
    }
    match int::get(b) {
        Some(IntRef::Small(divisor)) => {
            let total = nearest(thread, span.total(), divisor.into())?;
            return Ok(Span::from_total(thread, total)?.object());
        }
        Some(IntRef::Big(divisor)) => return Ok(scaled(thread, span, IBig::ONE, divisor.clone())?.object()),
        None => {}
    }
    let Some(divisor) = float::get(b) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let (numerator, denominator) = ratio(thread, divisor)?;
    Ok(scaled(thread, span, denominator, numerator)?.object())
}

/// Quotient and remainder of two spans, rounded down.
fn floor(thread: &Thread, a: Span, b: Span) -> PyResult<(i128, i128)> {
    let (a, b) = (a.total(), b.total());
    if b == 0 {
        return Err(division_by_zero(thread));
    }
    Ok(floor_division(a, b))
}

fn floor_division(a: i128, b: i128) -> (i128, i128) {
    let (quotient, rest) = (a / b, a % b);
    if rest != 0 && (rest < 0) != (b < 0) { (quotient - 1, rest + b) } else { (quotient, rest) }
}

pub fn floor_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(span) = span_of(a) else { return Ok(Ref::NOT_IMPLEMENTED) };
    if let Some(other) = span_of(b) {
        return Ok(int::from_i128(floor(thread, span, other)?.0));
    }
    let total = span.total();
    let quotient = match int::get(b) {
        Some(IntRef::Small(0)) => return Err(division_by_zero(thread)),
        Some(IntRef::Small(divisor)) => floor_division(total, divisor.into()).0,
        Some(IntRef::Big(divisor)) => {
            let (quotient, _) =
                int_kernel::div_mod(&IBig::from(total), divisor).map_err(|e| int::error(thread, e))?;
            i128::try_from(&quotient).map_err(|_| too_large(thread))?
        }
        None => return Ok(Ref::NOT_IMPLEMENTED),
    };
    Ok(Span::from_total(thread, quotient)?.object())
}

pub fn remainder(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(a), Some(b)) = (span_of(a), span_of(b)) else { return Ok(Ref::NOT_IMPLEMENTED) };
    Ok(Span::from_total(thread, floor(thread, a, b)?.1)?.object())
}

pub fn divmod(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(a), Some(b)) = (span_of(a), span_of(b)) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let (quotient, rest) = floor(thread, a, b)?;
    Ok(Tuple::pair(int::from_i128(quotient), Span::from_total(thread, rest)?.object()))
}
