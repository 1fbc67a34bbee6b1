//! Between integers and floats, each step rounded once, half to even.

use super::{IntError, bit_length, words};
use dashu_int::ops::{DivRem, UnsignedAbs};
use dashu_int::{IBig, Sign, UBig};
use std::cmp::Ordering;

const MANTISSA_BITS: i64 = 53;
const MIN_EXPONENT: i64 = -1074;
const MAX_EXPONENT: i64 = 1024;

/// `float(value)`.
pub fn to_float(value: &IBig) -> Result<f64, IntError> {
    let (negative, magnitude) = words(value);
    let float = match magnitude {
        [] => 0.0,
        &[word] => word as f64,
        _ => {
            let bits = bit_length(value) as i64;
            let shift = bits - 64;
            let top: UBig = value.clone().unsigned_abs() >> shift as usize;
            // The bits that are cut off count as one sticky bit, far below the rounding position.
            let sticky = u64::from(has_low_bits(magnitude, shift as u64));
            let top = u64::try_from(&top).map_err(|_| IntError::Memory)? | sticky;
            scale(top, shift).ok_or(IntError::Overflow("int too large to convert to float"))?
        }
    };
    Ok(if negative { -float } else { float })
}

/// Whether any of the lowest `count` bits is set.
fn has_low_bits(magnitude: &[u64], count: u64) -> bool {
    let (whole, part) = ((count / 64) as usize, count % 64);
    magnitude[..whole].iter().any(|&word| word != 0) || magnitude[whole] & ((1 << part) - 1) != 0
}

/// `mantissa * 2**exponent` rounded once; `None` if too large. The lowest bit may be sticky if the mantissa has
/// more than 54 bits.
pub fn scale(mantissa: u64, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    let drop = (bits - MANTISSA_BITS).max(MIN_EXPONENT - exponent);
    let (mut kept, mut exponent) = (mantissa, exponent);
    if drop > 64 {
        return Some(0.0);
    }
    if drop > 0 {
        let wide = u128::from(mantissa);
        let (quotient, rest, half) = (wide >> drop, wide & ((1 << drop) - 1), 1u128 << (drop - 1));
        let round_up = rest > half || rest == half && quotient & 1 == 1;
        kept = quotient as u64 + u64::from(round_up);
        exponent += drop;
    }
    let bits = 64 - i64::from(kept.leading_zeros());
    if bits + exponent > MAX_EXPONENT {
        return None;
    }
    Some(exact_scale(kept as f64, exponent))
}

/// `value * 2**exponent` where the result is exact.
fn exact_scale(value: f64, exponent: i64) -> f64 {
    let power = |exponent: i64| f64::from_bits(((exponent + 1023) as u64) << 52);
    match exponent {
        -1022..=1023 => value * power(exponent),
        1024.. => value * power(1023) * power(exponent - 1023),
        _ => value * power(-1022) * power((exponent + 1022).max(-1022)),
    }
}

/// `left / right`.
pub fn true_divide(left: &IBig, right: &IBig) -> Result<f64, IntError> {
    if right.is_zero() {
        return Err(IntError::ZeroDivision("division by zero"));
    }
    if left.is_zero() {
        return Ok(if right.sign() == Sign::Negative { -0.0 } else { 0.0 });
    }
    let negative = left.sign() != right.sign();
    let (numerator, denominator) = (left.clone().unsigned_abs(), right.clone().unsigned_abs());
    // A quotient of 62 or 63 bits, its lowest bit made sticky, rounds as the exact one does.
    let shift = bit_length(left) as i64 - bit_length(right) as i64 - 62;
    if shift > MAX_EXPONENT {
        return Err(IntError::Overflow("integer division result too large for a float"));
    }
    let (numerator, denominator) = match shift {
        ..0 if shift < MIN_EXPONENT - 64 => return Ok(if negative { -0.0 } else { 0.0 }),
        ..0 => (numerator << shift.unsigned_abs() as usize, denominator),
        _ => (numerator, denominator << shift as usize),
    };
    let (quotient, remainder) = numerator.div_rem(&denominator);
    let sticky = u64::from(!remainder.is_zero());
    let quotient = u64::try_from(&quotient).map_err(|_| IntError::Memory)? | sticky;
    let float =
        scale(quotient, shift).ok_or(IntError::Overflow("integer division result too large for a float"))?;
    Ok(if negative { -float } else { float })
}

/// `int(value)`, rounding towards zero.
pub fn from_float(value: f64) -> Result<IBig, IntError> {
    let (mantissa, exponent) =
        parts(value, "cannot convert float infinity to integer", "cannot convert float NaN to integer")?;
    let magnitude = if exponent >= 0 {
        UBig::from(mantissa) << exponent as usize
    } else if exponent > -64 {
        UBig::from(mantissa >> -exponent)
    } else {
        UBig::ZERO
    };
    Ok(with_sign(value, magnitude))
}

/// `value.as_integer_ratio()`.
pub fn as_integer_ratio(value: f64) -> Result<(IBig, IBig), IntError> {
    let (mantissa, exponent) =
        parts(value, "cannot convert Infinity to integer ratio", "cannot convert NaN to integer ratio")?;
    if mantissa == 0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let zeros = i64::from(mantissa.trailing_zeros());
    let (mantissa, exponent) = (UBig::from(mantissa >> zeros), exponent + zeros);
    let power = exponent.unsigned_abs() as usize;
    Ok(match exponent {
        0.. => (with_sign(value, mantissa << power), IBig::ONE),
        _ => (with_sign(value, mantissa), IBig::ONE << power),
    })
}

fn with_sign(value: f64, magnitude: UBig) -> IBig {
    IBig::from_parts(if value < 0.0 { Sign::Negative } else { Sign::Positive }, magnitude)
}

/// The magnitude of a finite float as an integer times a power of two.
fn parts(value: f64, infinite: &'static str, nan: &'static str) -> Result<(u64, i64), IntError> {
    if value.is_nan() {
        return Err(IntError::Value(nan));
    }
    if value.is_infinite() {
        return Err(IntError::Overflow(infinite));
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    Ok(match bits >> 52 & 0x7ff {
        0 => (fraction, MIN_EXPONENT),
        biased => (fraction | 1 << 52, biased as i64 - 1075),
    })
}

/// The exact order of an integer and a float; `None` for NaN.
pub fn compare_float(left: &IBig, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    if right.is_infinite() {
        return Some(if right > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = from_float(right).ok()?;
    let by_whole = left.cmp(&whole);
    Some(by_whole.then_with(|| 0.0.partial_cmp(&right.fract()).unwrap_or(Ordering::Equal)))
}
