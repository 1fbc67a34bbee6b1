//! Floats to decimal text and back.

use super::FormatError;

/// `repr` of a float: the shortest digits that read back as the same value.
pub fn float_repr(value: f64) -> String {
    let flags = FloatFlags { add_dot_zero: true, ..FloatFlags::default() };
    shortest(value, flags)
}

/// The conversions of `%` and `format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatStyle {
    /// `e`: one digit, the point, `precision` digits and an exponent.
    Exponent,
    /// `f`: `precision` digits after the point.
    Fixed,
    /// `g`: `precision` significant digits, in whichever form is shorter.
    General,
    /// `r`: the shortest digits; the precision counts for nothing.
    Shortest,
}

/// Details of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloatFlags {
    /// `#`: keep the point and, in `g`, trailing zeros.
    pub alternate: bool,
    /// Make the result look like a float: `1` becomes `1.0`.
    pub add_dot_zero: bool,
    /// `z`: no sign for what rounds to zero.
    pub no_negative_zero: bool,
    /// `E`, `F`, `G`: upper case.
    pub upper: bool,
}

/// Digits beyond these are zero in every float, so they are not asked of the standard library, whose own bound
/// on precision is near.
const MEANINGFUL_DIGITS: usize = 1100;

/// The largest precision CPython takes.
const MAX_PRECISION: usize = i32::MAX as usize - 1;

/// Converts a float with a sign only if it is negative.
pub fn format_float_style(
    value: f64,
    style: FloatStyle,
    precision: usize,
    flags: FloatFlags,
) -> Result<String, FormatError> {
    if precision > MAX_PRECISION {
        return Err(FormatError::Value("precision too big".into()));
    }
    let mut text = match style {
        _ if !value.is_finite() => non_finite(value).to_owned(),
        FloatStyle::Shortest => shortest(value, flags),
        FloatStyle::Fixed => {
            let mut text = fixed(value, precision)?;
            if precision == 0 && flags.alternate {
                text.push('.');
            }
            text
        }
        FloatStyle::Exponent => {
            let (mantissa, exponent) = scientific(value, precision)?;
            with_exponent(mantissa, exponent, flags)
        }
        FloatStyle::General => general(value, precision.max(1), flags)?,
    };
    if flags.no_negative_zero && text.starts_with('-') && value.is_finite() {
        let mantissa = text.split('e').next().unwrap_or("");
        if !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
            text.remove(0);
        }
    }
    if flags.upper {
        text.make_ascii_uppercase();
    }
    Ok(text)
}

fn non_finite(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "inf",
        f64::NEG_INFINITY => "-inf",
        _ => "nan",
    }
}

/// Appends the zeros that a long precision asks for.
fn padded(mut text: String, precision: usize) -> Result<String, FormatError> {
    let missing = precision.saturating_sub(MEANINGFUL_DIGITS);
    text.try_reserve(missing).map_err(|_| FormatError::Memory)?;
    text.extend(std::iter::repeat_n('0', missing));
    Ok(text)
}

/// A finite float with so many digits after the point, rounded to nearest, ties to even.
fn fixed(value: f64, precision: usize) -> Result<String, FormatError> {
    if let Some(text) = fixed_by_integers(value, precision) {
        return Ok(text);
    }
    padded(format!("{value:.*}", precision.min(MEANINGFUL_DIGITS)), precision)
}

/// The same by one multiplication, where mantissa and power of ten fit a wide integer: what programs print has few digits.
fn fixed_by_integers(value: f64, precision: usize) -> Option<String> {
    /// The largest power of ten whose product with a mantissa of 53 bits stays below 2**127.
    const MOST_DIGITS: usize = 22;
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    if precision > MOST_DIGITS || value.abs() >= (1u64 << 53) as f64 {
        return None;
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let exponent = (bits >> FRACTION_BITS) as u32 & 0x7FF;
    // The value is `mantissa / 2**shift`.
    let (mantissa, shift) = match exponent {
        0 => (fraction, 1074),
        _ => (fraction | 1 << FRACTION_BITS, 1075 - exponent),
    };
    let power = 10u128.pow(precision as u32);
    let product = u128::from(mantissa) * power;
    let rounded = match shift {
        0 => product,
        1..128 => {
            let (quotient, rest, half) =
                (product >> shift, product & ((1 << shift) - 1), 1u128 << (shift - 1));
            quotient + u128::from(rest > half || rest == half && quotient & 1 == 1)
        }
        _ => 0,
    };
    let mut text = String::with_capacity(24);
    if value.is_sign_negative() {
        text.push('-');
    }
    // Mostly both fit 64 bits, which are divided and shown cheaply.
    if let (Ok(rounded), Ok(power)) = (u64::try_from(rounded), u64::try_from(power)) {
        push_digits(&mut text, rounded / power, 1);
        if precision > 0 {
            text.push('.');
            push_digits(&mut text, rounded % power, precision);
        }
        return Some(text);
    }
    // Below 2**53 the whole part fits 64 bits.
    push_digits(&mut text, (rounded / power) as u64, 1);
    let fraction = rounded % power;
    text.push('.');
    let (high, low) = ((fraction / LOW_PART) as u64, (fraction % LOW_PART) as u64);
    if precision > LOW_DIGITS {
        push_digits(&mut text, high, precision - LOW_DIGITS);
    }
    push_digits(&mut text, low, precision.min(LOW_DIGITS));
    Some(text)
}

/// Digits of a fraction that are shown at once, and the power of ten of as many.
const LOW_DIGITS: usize = 18;
const LOW_PART: u128 = 10u128.pow(LOW_DIGITS as u32);

/// Appends the digits of a number, with zeros in front of them up to so many.
fn push_digits(text: &mut String, number: u64, at_least: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    at = at.min(digits.len().saturating_sub(at_least));
    text.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// The mantissa with `precision` digits after the point, and the exponent.
fn scientific(value: f64, precision: usize) -> Result<(String, i32), FormatError> {
    let text = format!("{value:.*e}", precision.min(MEANINGFUL_DIGITS));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    Ok((padded(mantissa.to_owned(), precision)?, exponent.parse().unwrap_or(0)))
}

fn with_exponent(mut mantissa: String, exponent: i32, flags: FloatFlags) -> String {
    if flags.alternate && !mantissa.contains('.') {
        mantissa.push('.');
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    mantissa.push('e');
    mantissa.push(sign);
    mantissa.push_str(&format!("{:02}", exponent.unsigned_abs()));
    mantissa
}

fn general(value: f64, precision: usize, flags: FloatFlags) -> Result<String, FormatError> {
    // Beyond the meaningful digits there are only zeros, which show in the alternate form alone.
    let precision = if flags.alternate { precision } else { precision.min(MEANINGFUL_DIGITS) };
    let (mantissa, exponent) = scientific(value, precision - 1)?;
    let limit = precision as i64 - i64::from(flags.add_dot_zero);
    if exponent < -4 || i64::from(exponent) + 1 > limit {
        return Ok(with_exponent(trimmed(mantissa, flags), exponent, flags));
    }
    let decimals = (precision as i64 - 1 - i64::from(exponent)) as usize;
    Ok(finished(trimmed(fixed(value, decimals)?, flags), flags))
}

/// Without the zeros at the end of the fraction, unless the alternate form keeps them.
fn trimmed(text: String, flags: FloatFlags) -> String {
    if flags.alternate || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number without exponent, with what the flags add to a whole one.
fn finished(mut text: String, flags: FloatFlags) -> String {
    if !text.contains('.') {
        match flags {
            FloatFlags { add_dot_zero: true, .. } => text.push_str(".0"),
            FloatFlags { alternate: true, .. } => text.push('.'),
            _ => {}
        }
    } else if flags.add_dot_zero && text.ends_with('.') {
        text.push('0');
    }
    text
}

fn shortest(value: f64, flags: FloatFlags) -> String {
    if !value.is_finite() {
        return non_finite(value).to_owned();
    }
    const ROOM: usize = 32;
    let mut text = String::with_capacity(ROOM);
    if value.is_sign_negative() {
        text.push('-');
    }
    let (digits, point) = shortest_digits(value.abs());
    let digits = digits.as_str();
    if !(-3..=16).contains(&point) {
        let (first, rest) = digits.split_at(1);
        text.push_str(first);
        if !rest.is_empty() {
            text.push('.');
        }
        text.push_str(rest);
        return with_exponent(text, point - 1, flags);
    }
    let zeros = |count: usize| std::iter::repeat_n('0', count);
    if point <= 0 {
        text.push_str("0.");
        text.extend(zeros(point.unsigned_abs() as usize));
        text.push_str(digits);
    } else if digits.len() > point as usize {
        let (whole, fraction) = digits.split_at(point as usize);
        text.push_str(whole);
        text.push('.');
        text.push_str(fraction);
    } else {
        text.push_str(digits);
        text.extend(zeros(point as usize - digits.len()));
    }
    finished(text, flags)
}

/// Digits on the stack: a float has seventeen at most, and few zeros stand around them.
struct Digits {
    bytes: [u8; Digits::MOST],
    start: usize,
    end: usize,
}

impl Digits {
    const MOST: usize = 64;

    fn new() -> Digits {
        Digits { bytes: [b'0'; Digits::MOST], start: 0, end: 0 }
    }
    fn extend(&mut self, digits: &str) {
        for byte in digits.bytes().take(Digits::MOST - self.end) {
            self.bytes[self.end] = byte;
            self.end += 1;
        }
    }
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[self.start..self.end]).unwrap_or("0")
    }
}

/// The shortest digits of a finite float that is not negative, without zeros at either end, and the place of the
/// point from their start.
fn shortest_digits(value: f64) -> (Digits, i32) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = Digits::new();
    digits.extend(whole);
    digits.extend(fraction);
    while digits.start < digits.end && digits.bytes[digits.start] == b'0' {
        digits.start += 1;
    }
    while digits.start < digits.end && digits.bytes[digits.end - 1] == b'0' {
        digits.end -= 1;
    }
    if digits.start == digits.end {
        return (Digits { start: 0, end: 1, ..Digits::new() }, 1);
    }
    let point = whole.len() as i32 + exponent - digits.start as i32;
    (digits, point)
}

/// `float(text)`; `None` for `could not convert string to float`. The caller has turned decimal digits and spaces
/// of other scripts into ASCII.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = trim(text);
    let body = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if !body.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
        let names: [&[u8]; 3] = [b"inf", b"infinity", b"nan"];
        let is_name = names.iter().any(|name| body.eq_ignore_ascii_case(name));
        return is_name.then(|| std::str::from_utf8(text).ok()?.parse().ok())?;
    }
    if !body.contains(&b'_') {
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    let is_digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    let mut plain = String::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            plain.push(byte as char);
        } else if !is_digit(at.checked_sub(1)) || !is_digit(at.checked_add(1)) {
            return None;
        }
    }
    plain.parse().ok()
}

/// Without ASCII white space at the ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}
