//! Sums, products and lengths of vectors: exact intermediate results, rounded once.

use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::value::Ref as Owned;
use runtime::{PyResult, Thread, Value, protocol};

/// Sum and rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// A sum held as floats that do not overlap, in increasing order of magnitude (Shewchuk's method).
#[derive(Default)]
struct ExactSum {
    partials: Vec<f64>,
    /// The sum of infinities and NaNs.
    special: f64,
    has_special: bool,
    /// Opposite infinities came in.
    infinities: f64,
}

impl ExactSum {
    /// Adds a float; false if an intermediate sum overflows.
    fn add(&mut self, x: f64) -> bool {
        let mut carry = x;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let (sum, rest) = two_sum(carry, self.partials[i]);
            if rest != 0.0 {
                self.partials[kept] = rest;
                kept += 1;
            }
            carry = sum;
        }
        self.partials.truncate(kept);
        if carry == 0.0 {
            return true;
        }
        if !carry.is_finite() {
            if x.is_finite() {
                return false;
            }
            if x.is_infinite() {
                self.infinities += x;
            }
            self.special += x;
            self.has_special = true;
            self.partials.clear();
            return true;
        }
        self.partials.push(carry);
        true
    }

    /// The sum, rounded to even.
    fn total(&self) -> f64 {
        let mut rest = self.partials.iter().rev().copied();
        let Some(mut high) = rest.next() else { return 0.0 };
        let mut low = 0.0;
        for x in rest.by_ref() {
            let (sum, error) = two_sum(high, x);
            (high, low) = (sum, error);
            if low != 0.0 {
                break;
            }
        }
        // A tie that a further partial breaks.
        if let Some(next) = rest.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let doubled = low * 2.0;
            let candidate = high + doubled;
            if doubled == candidate - high {
                high = candidate;
            }
        }
        high
    }
}

pub fn fsum(thread: &Thread, _: Value, items: Value) -> PyResult {
    let iterator = protocol::iter(thread, items)?;
    let mut sum = ExactSum::default();
    while let Some(item) = protocol::next(thread, *iterator)? {
        if !sum.add(protocol::as_f64(thread, *item)?) {
            return Err(thread.overflow_error("intermediate overflow in fsum"));
        }
    }
    if sum.has_special {
        if sum.infinities.is_nan() {
            return Err(thread.value_error("-inf + inf in fsum"));
        }
        return Ok(float::new(sum.special));
    }
    Ok(float::new(sum.total()))
}

/// The sum of products of floats, rounded once; `None` where a product leaves the finite numbers.
pub(super) fn exact_products(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut sum = ExactSum::default();
    for (x, y) in pairs {
        let product = x * y;
        if !product.is_finite() || !sum.add(product) || !sum.add(x.mul_add(*y, -product)) {
            return None;
        }
    }
    Some(sum.total())
}

pub fn sumprod(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (p, q) = (protocol::collect(thread, slots[0])?, protocol::collect(thread, slots[1])?);
    if p.len() != q.len() {
        return Err(thread.value_error("Inputs are not the same length"));
    }
    let is_real = |v: &Owned| v.is_exact(&runtime::types::registry::FLOAT) || v.is_small_int();
    let has_float = p.iter().chain(&q).any(|v| float::is_float(**v));
    if has_float && p.iter().chain(&q).all(is_real) {
        let mut pairs = Vec::with_capacity(p.len());
        for (x, y) in p.iter().zip(&q) {
            pairs.push((protocol::as_f64(thread, **x)?, protocol::as_f64(thread, **y)?));
        }
        let total = exact_products(&pairs);
        return Ok(float::new(total.unwrap_or_else(|| pairs.iter().map(|(x, y)| x * y).sum())));
    }
    let mut total = int::new(0);
    for (x, y) in p.iter().zip(&q) {
        let product = protocol::multiply(thread, **x, **y)?;
        total = protocol::add(thread, *total, *product)?;
    }
    Ok(total)
}

pub fn prod(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let mut product = if slots[1].is_null() { int::new(1) } else { slots[1].to_ref() };
    let iterator = protocol::iter(thread, slots[0])?;
    while let Some(item) = protocol::next(thread, *iterator)? {
        product = protocol::multiply(thread, *product, *item)?;
    }
    Ok(product)
}

// Lengths.

/// The square root of the sum of squares, with the error of the sum and of the root made good.
pub(super) fn norm(coordinates: &[f64]) -> f64 {
    let largest = coordinates.iter().fold(0f64, |m, x| m.max(x.abs()));
    if coordinates.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() == 1 {
        return largest;
    }
    // A power of two near the largest keeps squares within the range without rounding.
    let exponent = (largest.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    let scaled = |x: f64| runtime::c_math::ldexp(x, -exponent);
    let (mut sum, mut error) = (0.0, 0.0);
    for x in coordinates.iter().map(|x| scaled(*x)) {
        let square = x * x;
        let (total, lost) = two_sum(sum, square);
        sum = total;
        error += lost + x.mul_add(x, -square);
    }
    let root = (sum + error).sqrt();
    let residue = (-root).mul_add(root, sum) + error;
    runtime::c_math::ldexp(root + residue / (2.0 * root), exponent)
}

pub fn hypot(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let items = slots[0].cast::<Tuple>().map_or(&[][..], |t| t.items());
    let coordinates = items.iter().map(|v| protocol::as_f64(thread, *v)).collect::<PyResult<Vec<f64>>>()?;
    Ok(float::new(norm(&coordinates)))
}

pub fn dist(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (p, q) = (protocol::collect(thread, slots[0])?, protocol::collect(thread, slots[1])?);
    if p.len() != q.len() {
        return Err(thread.value_error("both points must have the same number of dimensions"));
    }
    let mut differences = Vec::with_capacity(p.len());
    for (x, y) in p.iter().zip(&q) {
        differences.push(protocol::as_f64(thread, **x)? - protocol::as_f64(thread, **y)?);
    }
    Ok(float::new(norm(&differences)))
}
