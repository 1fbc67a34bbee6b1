//! Formatted numbers and strings: sign, prefix, grouped digits and padding put together.

use super::float_text::{FloatFlags, FloatStyle, format_float_style};
use super::spec::{Align, FormatError, FormatSpec, Grouping, Sign};

/// Formatted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formatted {
    /// ASCII.
    Ascii(Vec<u8>),
    /// Code points, where fill or contents are not ASCII.
    Points(Vec<u32>),
}

impl Formatted {
    /// The code points.
    pub fn points(&self) -> Vec<u32> {
        match self {
            Formatted::Ascii(bytes) => bytes.iter().map(|&byte| byte.into()).collect(),
            Formatted::Points(points) => points.clone(),
        }
    }
}

/// How a string is cut and padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrLayout {
    /// The padding character.
    pub fill: u32,
    /// Padding before.
    pub left: usize,
    /// Characters of the string that are kept.
    pub length: usize,
    /// Padding after.
    pub right: usize,
}

/// The layout of a string of `length` characters.
pub fn layout_str(spec: &FormatSpec, length: usize, type_name: &str) -> Result<StrLayout, FormatError> {
    if spec.code != 's' as u32 {
        return Err(FormatError::unknown_code(spec.code, type_name));
    }
    let refused = match spec {
        FormatSpec { sign: Some(Sign::Space), .. } => "Space not allowed in string format specifier",
        FormatSpec { sign: Some(_), .. } => "Sign not allowed in string format specifier",
        FormatSpec { no_negative_zero: true, .. } => {
            "Negative zero coercion (z) not allowed in string format specifier"
        }
        FormatSpec { alternate: true, .. } => "Alternate form (#) not allowed in string format specifier",
        FormatSpec { align: Align::AfterSign, .. } => "'=' alignment not allowed in string format specifier",
        _ => "",
    };
    if !refused.is_empty() {
        return Err(FormatError::value(refused));
    }
    let length = spec.precision.map_or(length, |precision| precision.min(length));
    let (left, right) = padding(spec, length);
    Ok(StrLayout { fill: spec.fill, left, length, right })
}

/// Padding before and after text of a length.
fn padding(spec: &FormatSpec, length: usize) -> (usize, usize) {
    let total = spec.width.saturating_sub(length);
    match spec.align {
        Align::Left => (0, total),
        Align::Center => (total / 2, total - total / 2),
        Align::Right | Align::AfterSign => (total, 0),
    }
}

/// The parts of a number in ASCII.
struct Parts<'a> {
    negative: bool,
    prefix: &'a [u8],
    digits: &'a [u8],
    /// From the point or exponent on.
    rest: &'a [u8],
}

/// A formatted integer from its sign and the lower-case digits of its magnitude in the base of [`super::int_kind`].
pub fn format_int(spec: &FormatSpec, negative: bool, digits: &[u8]) -> Result<Formatted, FormatError> {
    let code = char::from_u32(spec.code).unwrap_or('d');
    let prefix: &[u8] = match code {
        'b' if spec.alternate => b"0b",
        'o' if spec.alternate => b"0o",
        'x' if spec.alternate => b"0x",
        'X' if spec.alternate => b"0X",
        _ => b"",
    };
    let upper = (code == 'X').then(|| digits.to_ascii_uppercase());
    let digits = upper.as_deref().unwrap_or(digits);
    let group = if matches!(code, 'b' | 'o' | 'x' | 'X') { 4 } else { 3 };
    pad(spec, number(spec, &Parts { negative, prefix, digits, rest: b"" }, group)?)
}

/// A character by number (`c`); `None` stands for an integer beyond a machine word.
pub fn format_char(spec: &FormatSpec, value: Option<i64>) -> Result<Formatted, FormatError> {
    let value = value.ok_or(FormatError::Overflow("Python int too large to convert to C long"))?;
    let point = u32::try_from(value)
        .ok()
        .filter(|&point| point <= 0x10ffff)
        .ok_or(FormatError::Overflow("%c arg not in range(0x110000)"))?;
    let (left, right) = padding(spec, 1);
    surround(spec.fill, left, &[point], right).map(narrowed)
}

/// A formatted float.
pub fn format_float(spec: &FormatSpec, value: f64, type_name: &str) -> Result<Formatted, FormatError> {
    let mut flags = FloatFlags {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        ..FloatFlags::default()
    };
    let (mut value, mut percent) = (value, false);
    let style = match char::from_u32(spec.code) {
        Some('\0') => {
            flags.add_dot_zero = true;
            FloatStyle::Shortest
        }
        Some('%') => {
            value *= 100.0;
            percent = true;
            FloatStyle::Fixed
        }
        Some(code) => {
            style_of(code, &mut flags).ok_or_else(|| FormatError::unknown_code(spec.code, type_name))?
        }
        None => return Err(FormatError::unknown_code(spec.code, type_name)),
    };
    let mut text = styled(spec, value, style, flags)?;
    if percent {
        text.push('%');
    }
    pad(spec, number(spec, &split(&text), 3)?)
}

/// A formatted complex number.
pub fn format_complex(
    spec: &FormatSpec,
    real: f64,
    imag: f64,
    type_name: &str,
) -> Result<Formatted, FormatError> {
    let mut flags = FloatFlags {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        ..FloatFlags::default()
    };
    let style = match char::from_u32(spec.code) {
        Some('\0') => Some(FloatStyle::Shortest),
        Some(code) => style_of(code, &mut flags),
        None => None,
    };
    let style = style.ok_or_else(|| FormatError::unknown_code(spec.code, type_name))?;
    if spec.has_fill && spec.fill == '0' as u32 {
        return Err(FormatError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(FormatError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let is_plain = spec.code == 0;
    let skip_real = is_plain && real == 0.0 && real.is_sign_positive();
    let mut inner = FormatSpec { width: 0, align: Align::Right, ..spec.clone() };
    let mut text = Vec::new();
    if is_plain && !skip_real {
        text.push(b'(');
    }
    if !skip_real {
        text.extend(number(&inner, &split(&styled(spec, real, style, flags)?), 3)?.ascii);
        inner.sign = Some(Sign::Plus);
    }
    text.extend(number(&inner, &split(&styled(spec, imag, style, flags)?), 3)?.ascii);
    text.push(b'j');
    if is_plain && !skip_real {
        text.push(b')');
    }
    pad(spec, Number { ascii: text, inner_at: 0 })
}

fn style_of(code: char, flags: &mut FloatFlags) -> Option<FloatStyle> {
    flags.upper = code.is_ascii_uppercase();
    match code {
        'e' | 'E' => Some(FloatStyle::Exponent),
        'f' | 'F' => Some(FloatStyle::Fixed),
        'g' | 'G' | 'n' => Some(FloatStyle::General),
        _ => None,
    }
}

/// The default precision is six, and a precision turns the shortest form into the general one.
fn styled(
    spec: &FormatSpec,
    value: f64,
    style: FloatStyle,
    flags: FloatFlags,
) -> Result<String, FormatError> {
    let style = match style {
        FloatStyle::Shortest if spec.precision.is_some() => FloatStyle::General,
        style => style,
    };
    format_float_style(value, style, spec.precision.unwrap_or(6), flags)
}

fn split(text: &str) -> Parts<'_> {
    let (negative, bytes) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    Parts { negative, prefix: b"", digits: &bytes[..end], rest: &bytes[end..] }
}

/// A number before padding.
struct Number {
    ascii: Vec<u8>,
    /// Where padding after the sign goes.
    inner_at: usize,
}

fn number(spec: &FormatSpec, parts: &Parts, group: usize) -> Result<Number, FormatError> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => Some(b'-'),
        (false, Some(Sign::Plus)) => Some(b'+'),
        (false, Some(Sign::Space)) => Some(b' '),
        _ => None,
    };
    let mut ascii = Vec::with_capacity(parts.digits.len() + parts.rest.len() + 4);
    ascii.extend(sign);
    ascii.extend(parts.prefix);
    let inner_at = ascii.len();
    let rest = group_fraction(parts.rest, spec.fraction_grouping);
    match spec.grouping {
        None => ascii.extend(parts.digits),
        // Infinities and NaNs have no digits to group.
        Some(_) if parts.digits.is_empty() => {}
        Some(grouping) => {
            // Zeros that fill up the width are grouped like digits.
            let is_zero_filled = spec.fill == '0' as u32 && spec.align == Align::AfterSign;
            let least = if is_zero_filled { spec.width.saturating_sub(inner_at + rest.len()) } else { 0 };
            ascii.extend(group_whole(parts.digits, least, group, grouping.byte())?);
        }
    }
    ascii.extend(rest);
    Ok(Number { ascii, inner_at })
}

/// Digits with separators, filled with zeros to a least width.
fn group_whole(digits: &[u8], least: usize, group: usize, separator: u8) -> Result<Vec<u8>, FormatError> {
    let mut reversed = Vec::new();
    let size = least.max(digits.len() * 2).saturating_add(group);
    reversed.try_reserve(size).map_err(|_| FormatError::Memory)?;
    let mut left = digits.iter().rev().copied();
    let (mut remaining, mut least) = (digits.len(), least);
    loop {
        let size = group.min(remaining.max(least).max(1));
        reversed.extend((0..size).map(|_| left.next().unwrap_or(b'0')));
        remaining = remaining.saturating_sub(size);
        least = least.saturating_sub(size);
        if remaining == 0 && least == 0 {
            break;
        }
        reversed.push(separator);
        least = least.saturating_sub(1);
    }
    reversed.reverse();
    Ok(reversed)
}

/// The part from the point on, with separators after each third digit.
fn group_fraction(rest: &[u8], grouping: Option<Grouping>) -> Vec<u8> {
    let (Some(grouping), [b'.', digits @ ..]) = (grouping, rest) else { return rest.to_vec() };
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let mut grouped = vec![b'.'];
    for (index, &digit) in digits[..end].iter().enumerate() {
        if index > 0 && index % 3 == 0 {
            grouped.push(grouping.byte());
        }
        grouped.push(digit);
    }
    grouped.extend(&digits[end..]);
    grouped
}

fn pad(spec: &FormatSpec, number: Number) -> Result<Formatted, FormatError> {
    let Number { ascii, inner_at } = number;
    let (left, right) = padding(spec, ascii.len());
    if left + right == 0 {
        return Ok(Formatted::Ascii(ascii));
    }
    let (head, body) = match spec.align {
        Align::AfterSign => ascii.split_at(inner_at),
        _ => ascii.split_at(0),
    };
    if let Ok(fill @ 0..128) = u8::try_from(spec.fill) {
        let mut padded = Vec::new();
        let size = left.checked_add(ascii.len() + right).ok_or(FormatError::Memory)?;
        padded.try_reserve_exact(size).map_err(|_| FormatError::Memory)?;
        padded.extend(head);
        padded.extend(std::iter::repeat_n(fill, left));
        padded.extend(body);
        padded.extend(std::iter::repeat_n(fill, right));
        return Ok(Formatted::Ascii(padded));
    }
    let widened = |bytes: &[u8]| bytes.iter().map(|&byte| u32::from(byte)).collect::<Vec<u32>>();
    let mut padded = widened(head);
    padded.extend(surround(spec.fill, left, &widened(body), right)?);
    Ok(Formatted::Points(padded))
}

fn surround(fill: u32, left: usize, text: &[u32], right: usize) -> Result<Vec<u32>, FormatError> {
    let mut padded = Vec::new();
    let size = left.checked_add(text.len()).and_then(|size| size.checked_add(right));
    padded.try_reserve_exact(size.ok_or(FormatError::Memory)?).map_err(|_| FormatError::Memory)?;
    padded.extend(std::iter::repeat_n(fill, left));
    padded.extend(text);
    padded.extend(std::iter::repeat_n(fill, right));
    Ok(padded)
}

/// ASCII where all points are.
fn narrowed(points: Vec<u32>) -> Formatted {
    if points.iter().all(|&point| point < 128) {
        return Formatted::Ascii(points.iter().map(|&point| point as u8).collect());
    }
    Formatted::Points(points)
}
