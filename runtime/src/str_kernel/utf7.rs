//! UTF-7 (RFC 2152), with CPython's leniency: a decoder takes lone surrogates and any ASCII but `+` for itself.

use super::codec::{CodecError, join_surrogates};
use super::units::{CodeUnit, TextBuilder};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn sextet(byte: u8) -> Option<u64> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u64)
}

/// Bits of base64 that don't make a UTF-16 unit yet, and the first half of a pair.
#[derive(Default)]
struct Shifted {
    buffer: u64,
    bits: u32,
    surrogate: u32,
}

impl Shifted {
    fn add(&mut self, sextet: u64, out: &mut TextBuilder) {
        self.buffer = self.buffer << 6 | sextet;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = (self.buffer >> self.bits) as u32;
        self.buffer &= (1 << self.bits) - 1;
        let pending = std::mem::take(&mut self.surrogate);
        if pending != 0 && (0xDC00..0xE000).contains(&unit) {
            return out.push(join_surrogates(pending, unit));
        }
        if pending != 0 {
            out.push(pending);
        }
        match unit {
            0xD800..0xDC00 => self.surrogate = unit,
            _ => out.push(unit),
        }
    }

    /// What is wrong with ending here, if the bits left over aren't padding.
    fn leftover(&self) -> Option<&'static str> {
        match self.bits {
            6.. => Some("partial character in shift sequence"),
            _ if self.buffer != 0 => Some("non-zero padding bits in shift sequence"),
            _ => None,
        }
    }
}

/// Decodes UTF-7. Non-final input is consumed up to the start of a sequence that isn't closed.
pub fn decode(input: &[u8], at: &mut usize, is_final: bool, out: &mut TextBuilder) -> Result<(), CodecError> {
    while let Some(&byte) = input.get(*at) {
        match byte {
            b'+' => {
                let more = decode_shifted(input, at, is_final, out)?;
                if !more {
                    return Ok(());
                }
            }
            0x80.. => return Err(CodecError::new(*at, *at + 1, "unexpected special character")),
            _ => {
                out.push(byte.into());
                *at += 1;
            }
        }
    }
    Ok(())
}

/// Decodes the sequence that the plus at `*at` opens. False if it isn't closed and more input may come: then nothing of
/// it is consumed.
fn decode_shifted(
    input: &[u8],
    at: &mut usize,
    is_final: bool,
    out: &mut TextBuilder,
) -> Result<bool, CodecError> {
    let start = *at;
    match input.get(start + 1) {
        Some(b'-') => {
            out.push(b'+'.into());
            *at = start + 2;
            return Ok(true);
        }
        Some(&byte) if sextet(byte).is_none() => {
            return Err(CodecError::new(start, start + 2, "ill-formed sequence"));
        }
        _ => {}
    }
    let out_start = out.len();
    let mut shifted = Shifted::default();
    let mut next = start + 1;
    while let Some(&byte) = input.get(next) {
        if let Some(sextet) = sextet(byte) {
            shifted.add(sextet, out);
            next += 1;
            continue;
        }
        if let Some(reason) = shifted.leftover() {
            return Err(CodecError::new(start, next + 1, reason));
        }
        if shifted.surrogate != 0 && byte.is_ascii() {
            out.push(shifted.surrogate);
        }
        *at = next + usize::from(byte == b'-');
        return Ok(true);
    }
    if !is_final {
        out.truncate(out_start);
        return Ok(false);
    }
    if shifted.surrogate != 0 || shifted.leftover().is_some() {
        return Err(CodecError::new(start, input.len(), "unterminated shift sequence"));
    }
    *at = input.len();
    Ok(true)
}

/// Whether a code point stands for itself outside a sequence.
fn is_direct(point: u32) -> bool {
    matches!(point, 0x09 | 0x0A | 0x0D | 0x20..0x7E) && point != b'+'.into() && point != b'\\'.into()
}

/// Encodes UTF-7. Everything has an encoding, lone surrogates too.
pub fn encode<U: CodeUnit>(units: &[U]) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.len());
    let (mut inside, mut buffer, mut bits) = (false, 0u64, 0);
    let flush = |out: &mut Vec<u8>, buffer: u64, bits: u32| {
        if bits > 0 {
            out.push(ALPHABET[(buffer << (6 - bits) & 0x3F) as usize]);
        }
    };
    for &unit in units {
        let point: u32 = unit.into();
        if is_direct(point) {
            if std::mem::take(&mut inside) {
                flush(&mut out, buffer, bits);
                if sextet(point as u8).is_some() || point == b'-'.into() {
                    out.push(b'-');
                }
                (buffer, bits) = (0, 0);
            }
            out.push(point as u8);
            continue;
        }
        if !inside && point == b'+'.into() {
            out.extend(b"+-");
            continue;
        }
        if !std::mem::replace(&mut inside, true) {
            out.push(b'+');
        }
        let (value, width) = match point.checked_sub(0x10000) {
            Some(high) => ((0xD800 | high >> 10) << 16 | 0xDC00 | (high & 0x3FF), 32),
            None => (point, 16),
        };
        buffer = buffer << width | u64::from(value);
        bits += width;
        while bits >= 6 {
            bits -= 6;
            out.push(ALPHABET[(buffer >> bits & 0x3F) as usize]);
        }
        buffer &= (1 << bits) - 1;
    }
    if inside {
        flush(&mut out, buffer, bits);
        out.push(b'-');
    }
    out
}
