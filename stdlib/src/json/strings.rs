//! JSON string literals, read from and written to text.

use runtime::Ref;
use runtime::objects::str::{Data, Str};
use runtime::str_kernel::{CodeUnit, TextBuilder, with_units};

/// What is wrong with a document, and where. Position -1 stands before the first character.
pub(super) struct Fault {
    pub(super) message: &'static str,
    pub(super) at: isize,
}

pub(super) fn fault(message: &'static str, at: usize) -> Fault {
    Fault { message, at: at as isize }
}

/// A string literal that was read: a part of the document, or a text where there were escapes.
pub(super) struct Scanned {
    pub(super) start: usize,
    /// Behind the closing quote.
    pub(super) end: usize,
    pub(super) text: Option<TextBuilder>,
}

impl Scanned {
    /// The string, and the place behind it.
    pub(super) fn finish<U: CodeUnit>(self, units: &[U]) -> (Ref, usize) {
        let string = match self.text {
            Some(text) => Str::from_data(text.finish().data()),
            None => substring(&units[self.start..self.end - 1]),
        };
        (string, self.end)
    }
}

/// A string of these units.
pub(super) fn substring<U: CodeUnit>(units: &[U]) -> Ref {
    match U::as_bytes(units) {
        Some(bytes) => Str::from_latin1(bytes),
        None => {
            let mut text = TextBuilder::with_capacity(0);
            text.extend(units);
            Str::from_data(text.finish().data())
        }
    }
}

/// Where the run of plain characters from `at` on ends.
#[inline]
fn plain_end<U: CodeUnit>(units: &[U], at: usize, strict: bool) -> usize {
    let rest = &units[at..];
    let special = |unit: &U| {
        let c: u32 = (*unit).into();
        c == u32::from(b'"') || c == u32::from(b'\\') || c < 0x20 && strict
    };
    at + rest.iter().position(special).unwrap_or(rest.len())
}

/// Four hexadecimal digits at `at`, with something behind them.
fn hex4<U: CodeUnit>(units: &[U], at: usize) -> Option<u32> {
    let digits = units.get(at..at + 4).filter(|_| at + 4 < units.len())?;
    digits.iter().try_fold(0, |value, unit| {
        let digit = char::from_u32((*unit).into())?.to_digit(16)?;
        Some(value << 4 | digit)
    })
}

/// Reads the literal whose first character behind the quote is at `start`.
pub(super) fn scan<U: CodeUnit>(units: &[U], start: usize, strict: bool) -> Result<Scanned, Fault> {
    const UNTERMINATED: &str = "Unterminated string starting at";
    const BAD_NUMBER: &str = "Invalid \\uXXXX escape";
    let unterminated = || Fault { message: UNTERMINATED, at: start as isize - 1 };
    let mut text: Option<TextBuilder> = None;
    let mut at = start;
    loop {
        let end = plain_end(units, at, strict);
        if let Some(text) = &mut text {
            text.extend(&units[at..end]);
        }
        match units.get(end).map(|unit| (*unit).into()) {
            None => return Err(unterminated()),
            Some(0x22) => return Ok(Scanned { start, end: end + 1, text }),
            Some(0x5c) => {}
            Some(_) => return Err(fault("Invalid control character at", end)),
        }
        let out = text.get_or_insert_with(|| {
            let mut text = TextBuilder::with_capacity(end - start + 16);
            text.extend(&units[start..end]);
            text
        });
        let Some(escape) = units.get(end + 1) else { return Err(unterminated()) };
        at = end + 2;
        let point = match char::from_u32((*escape).into()) {
            Some(c @ ('"' | '\\' | '/')) => c.into(),
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                let high = hex4(units, at).ok_or_else(|| fault(BAD_NUMBER, at - 1))?;
                at += 4;
                let is_escape = |at: usize| {
                    let pair = units.get(at..at + 2).map(|pair| (pair[0].into(), pair[1].into()));
                    pair == Some((0x5c, 0x75)) && at + 6 < units.len()
                };
                if (0xd800..0xdc00).contains(&high) && is_escape(at) {
                    let low = hex4(units, at + 2).ok_or_else(|| fault(BAD_NUMBER, at + 1))?;
                    if (0xdc00..0xe000).contains(&low) {
                        at += 6;
                        out.push(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                        continue;
                    }
                }
                high
            }
            _ => return Err(fault("Invalid \\escape", end)),
        };
        out.push(point);
    }
}

/// The character behind the backslash for a character that must be escaped and has a short form.
#[inline]
fn short_escape(point: u32) -> Option<u8> {
    Some(match point {
        0x22 => b'"',
        0x5c => b'\\',
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        _ => return None,
    })
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn push_hex(out: &mut Vec<u8>, unit: u32) {
    out.extend([b'\\', b'u']);
    out.extend([12, 8, 4, 0].map(|shift| HEX[(unit >> shift & 15) as usize]));
}

fn push_escaped(out: &mut Vec<u8>, point: u32) {
    match (short_escape(point), point) {
        (Some(letter), _) => out.extend([b'\\', letter]),
        (None, 0x10000..) => {
            push_hex(out, 0xd800 + ((point - 0x10000) >> 10));
            push_hex(out, 0xdc00 + (point & 0x3ff));
        }
        (None, _) => push_hex(out, point),
    }
}

/// Writes a string with quotes, everything beyond printable ASCII escaped.
pub(super) fn write_ascii(out: &mut Vec<u8>, data: Data) {
    out.push(b'"');
    const SPECIAL: [bool; 256] = {
        let mut special = [true; 256];
        let mut byte = 0x20;
        while byte <= 0x7e {
            special[byte] = byte == b'"' as usize || byte == b'\\' as usize;
            byte += 1;
        }
        special
    };
    match data {
        Data::Ascii(bytes) | Data::Latin1(bytes) => {
            let mut rest = bytes;
            while let Some(n) = rest.iter().position(|byte| SPECIAL[usize::from(*byte)]) {
                out.extend_from_slice(&rest[..n]);
                push_escaped(out, rest[n].into());
                rest = &rest[n + 1..];
            }
            out.extend_from_slice(rest);
        }
        _ => with_units!(data, |units| {
            for unit in units {
                match (*unit).into() {
                    plain @ 0x20u32..=0x7e if short_escape(plain).is_none() => out.push(plain as u8),
                    point => push_escaped(out, point),
                }
            }
        }),
    }
    out.push(b'"');
}

/// Writes a string with quotes; only what must be escaped is.
pub(super) fn write(out: &mut TextBuilder, data: Data) {
    out.push(u32::from(b'"'));
    with_units!(data, |units| {
        let mut rest = units;
        let special = |point: u32| point < 0x20 || short_escape(point).is_some();
        while let Some(n) = rest.iter().position(|unit| special((*unit).into())) {
            out.extend(&rest[..n]);
            let mut escaped = Vec::new();
            push_escaped(&mut escaped, rest[n].into());
            out.extend(&escaped);
            rest = &rest[n + 1..];
        }
        out.extend(rest);
    });
    out.push(u32::from(b'"'));
}
