//! Digits to integers and back.

use dashu_int::IBig;

/// The default of `sys.set_int_max_str_digits`.
pub const MAX_STR_DIGITS: usize = 4300;

/// Why text is not an integer; all are `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// `int() base must be >= 2 and <= 36, or 0`.
    Base,
    /// `invalid literal for int() with base N: ` and the repr of the text.
    Literal,
    /// `Exceeds the limit (L digits) for integer string conversion: value has N digits; use
    /// sys.set_int_max_str_digits() to increase the limit`.
    TooManyDigits(usize),
}

/// `int(text, base)`. The caller has turned decimal digits and spaces of other scripts into ASCII. `limit` is
/// the digit limit, 0 for none.
pub fn parse(text: &[u8], base: u32, limit: usize) -> Result<IBig, ParseError> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(ParseError::Base);
    }
    let trimmed = trim(text);
    let (negative, digits) = match trimmed.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, trimmed),
    };
    let value = parse_unsigned(digits, base, limit)?;
    Ok(if negative { -value } else { value })
}

/// `int(text)` of a few decimal digits, perhaps with a sign and spaces around; `None`: for `parse` to say.
pub fn parse_short(text: &[u8]) -> Option<i64> {
    const MOST: usize = 18;
    let trimmed = trim(text);
    let (negative, digits) = match trimmed.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, trimmed),
    };
    if digits.is_empty() || digits.len() > MOST || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// An integer literal of source text: no sign, no spaces, prefixes allowed.
pub fn parse_literal(text: &[u8], limit: usize) -> Result<IBig, ParseError> {
    parse_unsigned(text, 0, limit)
}

/// Without the characters that are spaces to `int`.
fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

fn parse_unsigned(text: &[u8], base: u32, limit: usize) -> Result<IBig, ParseError> {
    let prefixed = match text {
        [b'0', b'x' | b'X', rest @ ..] => Some((16, rest)),
        [b'0', b'o' | b'O', rest @ ..] => Some((8, rest)),
        [b'0', b'b' | b'B', rest @ ..] => Some((2, rest)),
        _ => None,
    };
    let (radix, digits, must_be_zero) = match prefixed {
        Some((radix, rest)) if base == 0 || base == radix => {
            (radix, rest.strip_prefix(b"_").unwrap_or(rest), false)
        }
        _ if base == 0 => (10, text, text.first() == Some(&b'0')),
        _ => (base, text, false),
    };
    let plain = plain_digits(digits, radix).ok_or(ParseError::Literal)?;
    if must_be_zero && plain.iter().any(|&digit| digit != b'0') {
        // An old octal literal, ambiguous and so refused.
        return Err(ParseError::Literal);
    }
    if !radix.is_power_of_two() && limit != 0 && plain.len() > limit {
        return Err(ParseError::TooManyDigits(plain.len()));
    }
    let plain = std::str::from_utf8(&plain).map_err(|_| ParseError::Literal)?;
    IBig::from_str_radix(plain, radix).map_err(|_| ParseError::Literal)
}

/// The digits without underscores, which may stand between two digits only.
fn plain_digits(digits: &[u8], radix: u32) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(digits.len());
    let mut after_digit = false;
    for &byte in digits {
        if byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        (byte as char).to_digit(radix)?;
        plain.push(byte);
        after_digit = true;
    }
    after_digit.then_some(plain)
}

/// `str(value)`; `None` if it has more digits than `limit` (0 for none), which is `ValueError: Exceeds the limit
/// (L digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit`.
pub fn to_decimal(value: &IBig, limit: usize) -> Option<String> {
    let bits = super::bit_length(value);
    // 10**n has at least 3n bits: hopeless numbers are refused before the quadratic work.
    if limit != 0 && bits > limit as u64 * 10 / 3 + 64 {
        return None;
    }
    let text = value.to_string();
    let digits = text.len() - usize::from(text.starts_with('-'));
    (limit == 0 || digits <= limit).then_some(text)
}

/// Digits in base 2, 8 or 16 (or any up to 36), lower case, without prefix, with a minus sign if negative.
pub fn to_radix(value: &IBig, radix: u8) -> String {
    value.in_radix(radix.clamp(2, 36)).to_string()
}
