//! `repr` of strings and bytes, and `ascii`.

use super::escape::{control_letter, push_hex_escape};
use super::units::{CodeUnit, Text, TextBuilder};
use ir::unicode::is_printable;

/// The quotes: double ones if there are single quotes in the text and no double ones.
fn quote_for<U: CodeUnit>(units: &[U]) -> u8 {
    let has = |quote: u8| U::narrow(quote.into()).is_some_and(|quote| quote.position(units).is_some());
    if has(b'\'') && !has(b'"') { b'"' } else { b'\'' }
}

/// The escape of a code point below 128 or one that doesn't print.
fn push_escape(out: &mut Vec<u8>, point: u32) {
    match control_letter(point) {
        Some(letter) => out.extend([b'\\', letter]),
        None => push_hex_escape(out, point),
    }
}

/// `repr(str)`, or `ascii(str)` where all but ASCII is escaped.
pub fn repr_str<U: CodeUnit>(units: &[U], ascii_only: bool) -> Text {
    let quote = quote_for(units);
    let mut out = TextBuilder::with_capacity(units.len() + 2);
    let mut escape = Vec::with_capacity(10);
    out.push(quote.into());
    for &unit in units {
        let point = unit.into();
        if point == quote.into() || point == b'\\'.into() {
            out.push(b'\\'.into());
            out.push(point);
        } else if is_printable(point) && (point < 0x80 || !ascii_only) {
            out.push(point);
        } else {
            escape.clear();
            push_escape(&mut escape, point);
            out.extend(&escape);
        }
    }
    out.push(quote.into());
    out.finish()
}

/// `repr(bytes)`.
pub fn repr_bytes(bytes: &[u8]) -> Vec<u8> {
    let quote = quote_for(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 3);
    out.extend([b'b', quote]);
    for &byte in bytes {
        match byte {
            b'\\' => out.extend(b"\\\\"),
            _ if byte == quote => out.extend([b'\\', byte]),
            0x20..0x7F => out.push(byte),
            _ => push_escape(&mut out, byte.into()),
        }
    }
    out.push(quote);
    out
}
