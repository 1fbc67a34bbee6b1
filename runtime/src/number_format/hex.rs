//! `float.hex` and `float.fromhex`.

use super::float_text::{float_repr, trim};
use crate::int_kernel::scale;

/// `value.hex()`.
pub fn float_hex(value: f64) -> String {
    if !value.is_finite() {
        return float_repr(value);
    }
    let bits = value.to_bits();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52 & 0x7ff) as i32 {
        0 if fraction == 0 => format!("{sign}0x0.0p+0"),
        0 => format!("{sign}0x0.{fraction:013x}p-1022"),
        biased => format!("{sign}0x1.{fraction:013x}p{:+}", biased - 1023),
    }
}

/// Why text is not a hexadecimal float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromHexError {
    /// `ValueError: invalid hexadecimal floating-point string`.
    Invalid,
    /// `OverflowError: hexadecimal value too large to represent as a float`.
    TooLarge,
}

/// Exponents are held within this: far beyond what any text that fits in memory could bring back into range.
const EXPONENT_BOUND: i64 = 1 << 60;

/// `float.fromhex(text)`.
pub fn float_fromhex(text: &[u8]) -> Result<f64, FromHexError> {
    let text = trim(text);
    let negative = text.first() == Some(&b'-');
    let body = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let magnitude = match body.to_ascii_lowercase().as_slice() {
        b"inf" | b"infinity" => f64::INFINITY,
        b"nan" => f64::NAN,
        lower => magnitude(lower.strip_prefix(b"0x").unwrap_or(lower))?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

fn magnitude(text: &[u8]) -> Result<f64, FromHexError> {
    let (mut mantissa, mut exponent) = (0u64, 0i64);
    let (mut digits, mut after_point) = (0usize, false);
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'.' && !after_point {
            after_point = true;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if after_point { 4 } else { 0 };
            } else {
                // Far below the rounding position: only whether anything is there counts.
                mantissa |= u64::from(digit != 0);
                exponent += if after_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        rest = tail;
    }
    if digits == 0 {
        return Err(FromHexError::Invalid);
    }
    exponent += match rest {
        [] => 0,
        [b'p', power @ ..] => decimal(power).ok_or(FromHexError::Invalid)?,
        _ => return Err(FromHexError::Invalid),
    };
    scale(mantissa, exponent).ok_or(FromHexError::TooLarge)
}

/// A signed decimal number, held within the bound.
fn decimal(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.iter().fold(0i64, |number, byte| {
        number.saturating_mul(10).saturating_add(i64::from(byte - b'0')).min(EXPONENT_BOUND)
    });
    Some(if text[0] == b'-' { -number } else { number })
}
