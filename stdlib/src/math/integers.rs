//! Functions of integers.

use runtime::objects::int::{self, IBig, IntRef};
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Thread, Value, int_kernel, protocol};

fn big(thread: &Thread, v: Value) -> PyResult<IBig> {
    let i = protocol::index(thread, v)?;
    Ok(int::get(*i).unwrap_or(IntRef::Small(0)).to_big())
}

fn folded(thread: &Thread, slots: &[Value], start: u8, f: fn(&IBig, &IBig) -> IBig) -> PyResult {
    let items = slots[0].cast::<Tuple>().map_or(&[][..], |t| t.items());
    let mut result = IBig::from(start);
    for item in items {
        result = f(&result, &big(thread, *item)?);
    }
    Ok(int::from_big(result))
}

pub fn gcd(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    folded(thread, slots, 0, int_kernel::gcd)
}

pub fn lcm(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    folded(thread, slots, 1, int_kernel::lcm)
}

pub fn isqrt(thread: &Thread, _: Value, n: Value) -> PyResult {
    match int_kernel::isqrt(&big(thread, n)?) {
        Ok(root) => Ok(int::from_big(root)),
        Err(e) => Err(int::error(thread, e)),
    }
}

/// The product of `low..=high`, by halves so that the factors are of like size.
pub(super) fn range_product(low: u64, high: u64) -> IBig {
    if low > high {
        return IBig::ONE;
    }
    if high - low < 8 {
        return (low..=high).fold(IBig::ONE, |product, i| product * IBig::from(i));
    }
    let middle = low + (high - low) / 2;
    range_product(low, middle) * range_product(middle + 1, high)
}

/// Factorials of greater numbers are beyond the largest integers.
const MOST_FACTORS: u64 = 1 << 32;

pub fn factorial(thread: &Thread, _: Value, n: Value) -> PyResult {
    let n = protocol::index(thread, n)?;
    let n = int::get(*n).unwrap_or(IntRef::Small(0));
    if n.is_negative() {
        return Err(thread.value_error("factorial() not defined for negative values"));
    }
    match n {
        IntRef::Small(n) if n as u64 <= MOST_FACTORS => Ok(int::from_big(range_product(2, n as u64))),
        IntRef::Small(_) => Err(thread.memory_error()),
        IntRef::Big(_) => {
            Err(thread.overflow_error("factorial() argument should not exceed 9223372036854775807"))
        }
    }
}

/// `n * (n-1) * ... * (n-k+1)`
pub(super) fn falling(n: &IBig, k: u64) -> IBig {
    fn part(n: &IBig, low: u64, high: u64) -> IBig {
        if high - low <= 8 {
            return (low..high).fold(IBig::ONE, |product, i| product * (n - IBig::from(i)));
        }
        let middle = low + (high - low) / 2;
        part(n, low, middle) * part(n, middle, high)
    }
    part(n, 0, k)
}

fn counts(thread: &Thread, slots: &[Value]) -> PyResult<(IBig, IBig)> {
    let (n, k) = (big(thread, slots[0])?, big(thread, slots[1])?);
    if n < IBig::ZERO {
        return Err(thread.value_error("n must be a non-negative integer"));
    }
    if k < IBig::ZERO {
        return Err(thread.value_error("k must be a non-negative integer"));
    }
    Ok((n, k))
}

pub fn comb(thread: &Thread, _: Value, slots: &[Value]) -> PyResult {
    let (n, k) = counts(thread, slots)?;
    if k > n {
        return Ok(int::new(0));
    }
    let k = std::cmp::min(&n - &k, k);
    let Ok(k) = i64::try_from(&k) else {
        return Err(thread.overflow_error("min(n - k, k) must not exceed 9223372036854775807"));
    };
    let k = k as u64;
    if k > MOST_FACTORS {
        return Err(thread.memory_error());
    }
    Ok(int::from_big(falling(&n, k) / range_product(2, k)))
}

pub fn perm(thread: &Thread, module: Value, slots: &[Value]) -> PyResult {
    if slots[1].is_null() || slots[1].is_none() {
        return factorial(thread, module, slots[0]);
    }
    let (n, k) = counts(thread, slots)?;
    if k > n {
        return Ok(int::new(0));
    }
    let Ok(k) = i64::try_from(&k) else {
        return Err(thread.overflow_error("k must not exceed 9223372036854775807"));
    };
    if k as u64 > MOST_FACTORS {
        return Err(thread.memory_error());
    }
    Ok(int::from_big(falling(&n, k as u64)))
}
