//! The codecs of backslash escapes: unicode-escape, raw-unicode-escape, and the escapes of bytes.

use super::codec::CodecError;
use super::units::{CodeUnit, TextBuilder};
use ir::unicode::lookup_character;

const TRUNCATED_X: &str = "truncated \\xXX escape";
const TRUNCATED_SHORT: &str = "truncated \\uXXXX escape";
const TRUNCATED_LONG: &str = "truncated \\UXXXXXXXX escape";
const MALFORMED_NAME: &str = "malformed \\N character escape";

/// Up to `count` hexadecimal digits: their value and how many there are.
fn hex_digits(input: &[u8], at: usize, count: usize) -> (u32, usize) {
    let digits = input.iter().skip(at).take(count).map_while(|&byte| (byte as char).to_digit(16));
    digits.fold((0, 0), |(value, length), digit| (value << 4 | digit, length + 1))
}

/// The character of a one-letter escape.
fn simple_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'\\' | b'\'' | b'"' => byte,
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0B,
        b'f' => 0x0C,
        b'r' => b'\r',
        _ => return None,
    })
}

/// Up to three octal digits from here: their value and how many there are.
fn octal_digits(input: &[u8], at: usize) -> (u32, usize) {
    let digits = input.iter().skip(at).take(3).map_while(|&byte| (byte as char).to_digit(8));
    digits.fold((0, 0), |(value, length), digit| (value << 3 | digit, length + 1))
}

/// What an escape came to.
enum Escape {
    Point(u32),
    Nothing,
    Unknown,
    Error { end: usize, reason: &'static str },
}

/// Decodes unicode-escape. `first_invalid` gets the position after the backslash of the first escape CPython warns about:
/// an unknown one, or an octal one above 0o377.
pub fn decode_unicode_escape(
    input: &[u8],
    at: &mut usize,
    is_final: bool,
    out: &mut TextBuilder,
    first_invalid: &mut Option<usize>,
) -> Result<(), CodecError> {
    while *at < input.len() {
        let rest = &input[*at..];
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        out.extend(&rest[..plain]);
        *at += plain;
        if *at == input.len() {
            return Ok(());
        }
        let start = *at;
        let (escape, end) = unicode_escape(input, start);
        match escape {
            Escape::Point(point) => {
                if point > 0xFF && input[start + 1].is_ascii_digit() {
                    first_invalid.get_or_insert(start + 1);
                }
                out.push(point);
            }
            Escape::Nothing => {}
            Escape::Unknown => {
                first_invalid.get_or_insert(start + 1);
                out.extend(&input[start..end]);
            }
            Escape::Error { end, .. } if end == input.len() && !is_final && !is_closed(&input[start..]) => {
                return Ok(());
            }
            Escape::Error { end, reason } => return Err(CodecError::new(start, end, reason)),
        }
        *at = end;
    }
    Ok(())
}

/// Whether a wrong escape that reaches to the end of the input is wrong whatever follows.
fn is_closed(escape: &[u8]) -> bool {
    match escape {
        [b'\\', b'x', digits @ ..] => digits.len() >= 2,
        [b'\\', b'u', digits @ ..] => digits.len() >= 4,
        [b'\\', b'U', digits @ ..] => digits.len() >= 8,
        [b'\\', b'N', name @ ..] => name.last() == Some(&b'}'),
        _ => false,
    }
}

/// The escape at a backslash and where it ends.
fn unicode_escape(input: &[u8], start: usize) -> (Escape, usize) {
    let body = start + 2;
    let Some(&letter) = input.get(start + 1) else {
        return (Escape::Error { end: input.len(), reason: "\\ at end of string" }, start);
    };
    let (count, truncated) = match letter {
        b'x' => (2, TRUNCATED_X),
        b'u' => (4, TRUNCATED_SHORT),
        b'U' => (8, TRUNCATED_LONG),
        b'N' => return named_escape(input, start),
        b'\n' => return (Escape::Nothing, body),
        b'0'..=b'7' => {
            let (point, length) = octal_digits(input, start + 1);
            return (Escape::Point(point), start + 1 + length);
        }
        _ => return (simple_escape(letter).map_or(Escape::Unknown, |byte| Escape::Point(byte.into())), body),
    };
    let (point, length) = hex_digits(input, body, count);
    let end = body + length;
    if length < count {
        return (Escape::Error { end, reason: truncated }, end);
    }
    if point > 0x10FFFF {
        return (Escape::Error { end, reason: "illegal Unicode character" }, end);
    }
    (Escape::Point(point), end)
}

/// The escape `\N{name}` at a backslash and where it ends.
fn named_escape(input: &[u8], start: usize) -> (Escape, usize) {
    let malformed = |end| (Escape::Error { end, reason: MALFORMED_NAME }, end);
    if input.get(start + 2) != Some(&b'{') {
        return malformed(start + 2);
    }
    let name_start = start + 3;
    let Some(length) = memchr::memchr(b'}', &input[name_start..]) else { return malformed(input.len()) };
    if length == 0 {
        return malformed(name_start);
    }
    let end = name_start + length + 1;
    let name = std::str::from_utf8(&input[name_start..name_start + length]).ok();
    match name.and_then(lookup_character) {
        Some(point) => (Escape::Point(point), end),
        None => (Escape::Error { end, reason: "unknown Unicode character name" }, end),
    }
}

/// Decodes raw-unicode-escape: only `\u` and `\U` after an even number of backslashes are escapes.
pub fn decode_raw_unicode_escape(
    input: &[u8],
    at: &mut usize,
    is_final: bool,
    out: &mut TextBuilder,
) -> Result<(), CodecError> {
    while *at < input.len() {
        let rest = &input[*at..];
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        out.extend(&rest[..plain]);
        *at += plain;
        let start = *at;
        let (count, truncated) = match input.get(start + 1) {
            Some(b'u') => (4, TRUNCATED_SHORT),
            Some(b'U') => (8, TRUNCATED_LONG),
            Some(_) => {
                out.extend(&input[start..start + 2]);
                *at += 2;
                continue;
            }
            None => {
                if is_final {
                    out.extend(&input[start..]);
                    *at = input.len();
                }
                return Ok(());
            }
        };
        let (point, length) = hex_digits(input, start + 2, count);
        let end = start + 2 + length;
        if length < count {
            let more_may_come = end == input.len() && !is_final;
            return if more_may_come { Ok(()) } else { Err(CodecError::new(start, end, truncated)) };
        }
        if point > 0x10FFFF {
            return Err(CodecError::new(start, end, "\\Uxxxxxxxx out of range"));
        }
        out.push(point);
        *at = end;
    }
    Ok(())
}

/// Appends the shortest of `\xXX`, `\uXXXX` and `\UXXXXXXXX` for a code point.
pub(super) fn push_hex_escape(out: &mut Vec<u8>, point: u32) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (letter, count) = match point {
        ..0x100 => (b'x', 2),
        0x100..0x10000 => (b'u', 4),
        _ => (b'U', 8),
    };
    out.extend([b'\\', letter]);
    out.extend((0..count).rev().map(|digit| DIGITS[(point >> (4 * digit) & 0xF) as usize]));
}

/// The letter that escapes a control character in `repr`.
pub(super) fn control_letter(point: u32) -> Option<u8> {
    match point {
        0x09 => Some(b't'),
        0x0A => Some(b'n'),
        0x0D => Some(b'r'),
        _ => None,
    }
}

/// Encodes unicode-escape.
pub fn encode_unicode_escape<U: CodeUnit>(units: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.len());
    for &unit in units {
        let point = unit.into();
        match (point, control_letter(point)) {
            (_, Some(letter)) => out.extend([b'\\', letter]),
            (0x5C, _) => out.extend(b"\\\\"),
            (0x20..0x7F, _) => out.push(point as u8),
            _ => push_hex_escape(&mut out, point),
        }
    }
    out
}

/// Encodes raw-unicode-escape.
pub fn encode_raw_unicode_escape<U: CodeUnit>(units: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.len());
    for &unit in units {
        match unit.into() {
            point @ ..0x100 => out.push(point as u8),
            point => push_hex_escape(&mut out, point),
        }
    }
    out
}

/// Decodes the escapes of bytes literals from `*at`. The error is the position of a `\x` without two digits (`Some`) or a
/// backslash at the end (`None`); a caller that goes on sets `*at` itself.
pub fn decode_bytes_escape(
    input: &[u8],
    at: &mut usize,
    out: &mut Vec<u8>,
    first_invalid: &mut Option<usize>,
) -> Result<(), Option<usize>> {
    while *at < input.len() {
        let start = *at;
        if input[start] != b'\\' {
            out.push(input[start]);
            *at += 1;
            continue;
        }
        let Some(&letter) = input.get(start + 1) else { return Err(None) };
        *at = start + 2;
        match letter {
            b'\n' => {}
            b'0'..=b'7' => {
                let (value, length) = octal_digits(input, start + 1);
                if value > 0xFF {
                    first_invalid.get_or_insert(start + 1);
                }
                out.push(value as u8);
                *at = start + 1 + length;
            }
            b'x' => match hex_digits(input, start + 2, 2) {
                (value, 2) => {
                    out.push(value as u8);
                    *at += 2;
                }
                _ => {
                    *at = start;
                    return Err(Some(start));
                }
            },
            _ => match simple_escape(letter) {
                Some(byte) => out.push(byte),
                None => {
                    first_invalid.get_or_insert(start + 1);
                    out.extend([b'\\', letter]);
                }
            },
        }
    }
    Ok(())
}
