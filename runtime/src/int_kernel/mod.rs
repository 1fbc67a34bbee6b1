//! Integer arithmetic with Python's meaning, over machine words and `dashu_int`.
//!
//! Nothing here knows objects. Invariant: every failure is an [`IntError`], and no operation starts work whose
//! result could not be held (shifts and powers are bounded by [`MAX_BITS`] beforehand).

mod bytes;
mod convert;
mod float;
mod text;
mod word;

pub use bytes::{ByteOrder, from_bytes, to_bytes};
pub use convert::{from_i64, from_magnitude, hash, to_i64, words};
pub use float::{as_integer_ratio, compare_float, from_float, scale, to_float, true_divide};
pub use text::{MAX_STR_DIGITS, ParseError, parse, parse_literal, parse_short, to_decimal, to_radix};
pub use word::{add_i64, floor_div_i64, floor_mod_i64, mul_i64, pow_i64, shl_i64, shr_i64, sub_i64};

pub use dashu_int::Sign;
use dashu_int::ops::{BitTest, DivRem, ExtendedGcd, Gcd, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// The largest integers we make, in bits (eight gibibytes); above it is `MemoryError`.
pub const MAX_BITS: u64 = 1 << 36;

/// Why an operation has no result; each names its Python exception and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntError {
    /// `ZeroDivisionError`.
    ZeroDivision(&'static str),
    /// `ValueError`.
    Value(&'static str),
    /// `OverflowError`.
    Overflow(&'static str),
    /// `MemoryError`.
    Memory,
}

const DIVISION_BY_ZERO: IntError = IntError::ZeroDivision("division by zero");

/// Bits of the magnitude: `int.bit_length`.
pub fn bit_length(value: &IBig) -> u64 {
    match value.sign() {
        Sign::Positive => value.bit_len() as u64,
        Sign::Negative => value.clone().unsigned_abs().bit_len() as u64,
    }
}

/// Ones of the magnitude: `int.bit_count`.
pub fn bit_count(value: &IBig) -> u64 {
    words(value).1.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Quotient rounded down and remainder with the sign of the divisor.
pub fn div_mod(left: &IBig, right: &IBig) -> Result<(IBig, IBig), IntError> {
    if right.is_zero() {
        return Err(DIVISION_BY_ZERO);
    }
    let (quotient, remainder) = left.div_rem(right);
    if remainder.is_zero() || remainder.sign() == right.sign() {
        return Ok((quotient, remainder));
    }
    Ok((quotient - IBig::ONE, remainder + right))
}

/// `left // right`.
pub fn floor_div(left: &IBig, right: &IBig) -> Result<IBig, IntError> {
    Ok(div_mod(left, right)?.0)
}

/// `left % right`.
pub fn floor_mod(left: &IBig, right: &IBig) -> Result<IBig, IntError> {
    if right.is_zero() {
        return Err(DIVISION_BY_ZERO);
    }
    let remainder = left % right;
    if remainder.is_zero() || remainder.sign() == right.sign() {
        return Ok(remainder);
    }
    Ok(remainder + right)
}

/// `base ** exponent` for an exponent that is not negative; with a negative one Python computes in floats.
pub fn pow(base: &IBig, exponent: &IBig) -> Result<IBig, IntError> {
    if exponent.is_zero() || base.is_one() {
        return Ok(IBig::ONE);
    }
    if base.is_zero() {
        return Ok(IBig::ZERO);
    }
    if *base == IBig::NEG_ONE {
        return Ok(if exponent.bit(0) { IBig::NEG_ONE } else { IBig::ONE });
    }
    let exponent = u64::try_from(exponent).map_err(|_| IntError::Memory)?;
    let bits = u128::from(bit_length(base) - 1) * u128::from(exponent);
    if bits > u128::from(MAX_BITS) {
        return Err(IntError::Memory);
    }
    Ok(base.pow(exponent as usize))
}

/// `pow(base, exponent, modulus)`; a negative exponent takes the inverse.
pub fn pow_mod(base: &IBig, exponent: &IBig, modulus: &IBig) -> Result<IBig, IntError> {
    if modulus.is_zero() {
        return Err(IntError::Value("pow() 3rd argument cannot be 0"));
    }
    let magnitude = modulus.clone().unsigned_abs();
    if magnitude.is_one() {
        return Ok(IBig::ZERO);
    }
    let mut base = reduce(base, &magnitude);
    if exponent.sign() == Sign::Negative {
        base = inverse(&base, &magnitude)?;
    }
    let result = IBig::from(power_residue(base, &exponent.clone().unsigned_abs(), &magnitude));
    match modulus.sign() {
        Sign::Negative if !result.is_zero() => Ok(result + modulus),
        _ => Ok(result),
    }
}

/// The residue from zero up.
fn reduce(value: &IBig, modulus: &UBig) -> UBig {
    let residue = value.clone().unsigned_abs() % modulus;
    match value.sign() {
        Sign::Negative if !residue.is_zero() => modulus - residue,
        _ => residue,
    }
}

fn inverse(value: &UBig, modulus: &UBig) -> Result<UBig, IntError> {
    const NO_INVERSE: IntError = IntError::Value("base is not invertible for the given modulus");
    if value.is_zero() {
        return Err(NO_INVERSE);
    }
    let (divisor, inverse, _) = value.gcd_ext(modulus);
    if !divisor.is_one() {
        return Err(NO_INVERSE);
    }
    Ok(reduce(&inverse, modulus))
}

fn power_residue(base: UBig, exponent: &UBig, modulus: &UBig) -> UBig {
    let ring = dashu_int::fast_div::ConstDivisor::new(modulus.clone());
    ring.reduce(base).pow(exponent).residue()
}

/// `value << count`.
pub fn shift_left(value: &IBig, count: &IBig) -> Result<IBig, IntError> {
    if count.sign() == Sign::Negative {
        return Err(IntError::Value("negative shift count"));
    }
    if value.is_zero() {
        return Ok(IBig::ZERO);
    }
    let count = i64::try_from(count).map_err(|_| IntError::Overflow("too many digits in integer"))?;
    if count as u64 > MAX_BITS {
        return Err(IntError::Memory);
    }
    Ok(value << count as usize)
}

/// `value >> count`, rounding down.
pub fn shift_right(value: &IBig, count: &IBig) -> Result<IBig, IntError> {
    if count.sign() == Sign::Negative {
        return Err(IntError::Value("negative shift count"));
    }
    match usize::try_from(count) {
        Ok(count) if (count as u64) < bit_length(value) => Ok(value >> count),
        _ => Ok(if value.sign() == Sign::Negative { IBig::NEG_ONE } else { IBig::ZERO }),
    }
}

/// The greatest common divisor, not negative; that of zeros is zero.
pub fn gcd(left: &IBig, right: &IBig) -> IBig {
    if left.is_zero() {
        return right.clone().unsigned_abs().into();
    }
    if right.is_zero() {
        return left.clone().unsigned_abs().into();
    }
    left.gcd(right).into()
}

/// The least common multiple, not negative.
pub fn lcm(left: &IBig, right: &IBig) -> IBig {
    if left.is_zero() || right.is_zero() {
        return IBig::ZERO;
    }
    let product: IBig = left / gcd(left, right) * right;
    product.unsigned_abs().into()
}

/// `math.isqrt`.
pub fn isqrt(value: &IBig) -> Result<IBig, IntError> {
    if value.sign() == Sign::Negative {
        return Err(IntError::Value("isqrt() argument must be nonnegative"));
    }
    Ok(value.clone().unsigned_abs().sqrt().into())
}

/// `round(value, -places)`: to a multiple of a power of ten, halves to the even multiple.
pub fn round_to_power_of_ten(value: &IBig, places: u64) -> IBig {
    // A decimal digit takes more than three bits, so then the unit is above twice the value.
    if places == 0 {
        return value.clone();
    }
    if places > bit_length(value) / 3 + 2 {
        return IBig::ZERO;
    }
    let unit = IBig::from(10u8).pow(places as usize);
    let Ok((mut quotient, remainder)) = div_mod(value, &unit) else { return IBig::ZERO };
    let twice = remainder << 1usize;
    if twice > unit || twice == unit && quotient.bit(0) {
        quotient += IBig::ONE;
    }
    quotient * unit
}

#[cfg(test)]
mod tests;
