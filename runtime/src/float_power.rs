//! Powers of floats: the C library's results, to the last bit, for the exponents that programs use most in a fraction of its time.
//!
//! For whole and half exponents of a small size the power is worked out to about 100 bits. The C library's `pow` is wrong by
//! less than 0.54 units in the last place, so where the power lies within 0.45 units of a float, that float is what `pow`
//! gives; where it lies closer to the middle between two, `pow` is asked. Processors without fused multiplication ask always.

/// Twice the greatest exponent, whatever its sign, that is worked out here.
const MOST_HALVES: f64 = 8.0;
/// Sizes of bases for which nothing leaves the range of normal floats.
const BASES: std::ops::RangeInclusive<f64> = 1e-30..=1e30;

/// `base ** exponent` as C's `pow` gives it.
#[inline]
pub fn power(base: f64, exponent: f64) -> f64 {
    if has_fused_multiplication()
        && let Some(power) = exact_power(base, exponent)
    {
        return power;
    }
    base.powf(exponent)
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn has_fused_multiplication() -> bool {
    std::is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn exact_power(base: f64, exponent: f64) -> Option<f64> {
    /// With the instructions at hand.
    #[target_feature(enable = "fma")]
    fn with_fma(base: f64, exponent: f64) -> Option<f64> {
        small_power(base, exponent)
    }
    // SAFETY: the caller has asked whether the processor has them.
    unsafe { with_fma(base, exponent) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn has_fused_multiplication() -> bool {
    cfg!(target_arch = "aarch64")
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn exact_power(base: f64, exponent: f64) -> Option<f64> {
    small_power(base, exponent)
}

/// The float closest to a power, unless that is hard to say.
#[inline(always)]
fn small_power(base: f64, exponent: f64) -> Option<f64> {
    let (size, halves) = (base.abs(), exponent.abs() * 2.0);
    if !(BASES.contains(&size) && halves <= MOST_HALVES && halves.trunc() == halves) {
        return None;
    }
    if exponent == 0.5 && base > 0.0 {
        let root = size.sqrt();
        let rest = root.mul_add(-root, size);
        return is_close(root, rest, root + root).then_some(root);
    }
    let halves = halves as u32;
    let (mut high, mut low) = (1.0, 0.0);
    if halves & 1 != 0 {
        if base < 0.0 {
            return None;
        }
        high = size.sqrt();
        low = high.mul_add(-high, size) / (high + high);
    }
    for _ in 0..halves / 2 {
        let product = high * size;
        let rest = low.mul_add(size, high.mul_add(size, -product));
        high = product + rest;
        low = rest - (high - product);
    }
    if exponent < 0.0 {
        let inverse = 1.0 / high;
        let rest = inverse * low.mul_add(-inverse, high.mul_add(-inverse, 1.0));
        high = inverse + rest;
        low = rest - (high - inverse);
    }
    if !is_close(high, low, 1.0) {
        return None;
    }
    Some(if base < 0.0 && halves & 2 != 0 { -high } else { high })
}

/// Whether `high + rest / divisor` surely rounds to `high`, a positive float.
#[inline(always)]
fn is_close(high: f64, rest: f64, divisor: f64) -> bool {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = high.to_bits();
    // Below a power of two floats lie closer.
    let unit = f64::from_bits(bits & !MANTISSA) * f64::EPSILON;
    rest == 0.0 || (bits & MANTISSA != 0 && rest.abs() < unit * 0.45 * divisor)
}

#[cfg(test)]
mod tests {
    use super::power;

    #[test]
    fn powers_are_those_of_the_c_library() {
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        for round in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let base = f64::from_bits((state >> 12) | (1003 + (state & 31)) << 52);
            let base = if round % 5 == 0 { (base * 64.0).floor() } else { base };
            for exponent in [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, -0.5, -1.0, -1.5, -2.0, -3.0, -3.5] {
                let expected = base.powf(exponent);
                assert_eq!(power(base, exponent).to_bits(), expected.to_bits(), "{base:?} ** {exponent}");
                let expected = (-base).powf(exponent);
                assert_eq!(
                    power(-base, exponent).is_nan(),
                    expected.is_nan(),
                    "{base:?} ** {exponent} of the negative"
                );
                if !expected.is_nan() {
                    assert_eq!(
                        power(-base, exponent).to_bits(),
                        expected.to_bits(),
                        "-{base:?} ** {exponent}"
                    );
                }
            }
        }
        for base in
            [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::MAX, 5e-324, 1.0, -1.0]
        {
            for exponent in [0.0, -0.0, 0.5, 2.0, 3.0, -1.0, -1.5, f64::INFINITY] {
                let (got, expected) = (power(base, exponent), base.powf(exponent));
                assert!(
                    got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(),
                    "{base:?} ** {exponent}"
                );
            }
        }
    }
}
