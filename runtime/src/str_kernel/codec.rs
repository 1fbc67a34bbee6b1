//! What all codecs share: resumable kernels and their errors; and the two simplest codecs.
//!
//! A kernel works from `*at` to the end of its input and appends to its output. On an error it leaves `*at` where the
//! error starts, with all before it written; the caller asks an error handler, appends what it says, sets `*at` to where it
//! says and calls again. A decoder that isn't told the input is final stops quietly before an incomplete sequence.

use super::units::{CodeUnit, TextBuilder};

/// The position and reason that a `UnicodeDecodeError` or `UnicodeEncodeError` tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodecError {
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

impl CodecError {
    pub(super) fn new(start: usize, end: usize, reason: &'static str) -> CodecError {
        CodecError { start, end, reason }
    }
}

/// Which byte of a unit comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ByteOrder {
    Little,
    Big,
}

/// Whether a code point is a surrogate.
pub(super) fn is_surrogate(point: u32) -> bool {
    (0xD800..0xE000).contains(&point)
}

/// The supplementary code point of a surrogate pair.
pub(super) fn join_surrogates(high: u32, low: u32) -> u32 {
    0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF))
}

/// Decodes ASCII.
pub fn decode_ascii(input: &[u8], at: &mut usize, out: &mut TextBuilder) -> Result<(), CodecError> {
    let rest = &input[*at..];
    let length = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
    out.extend(&rest[..length]);
    *at += length;
    match length == rest.len() {
        true => Ok(()),
        false => Err(CodecError::new(*at, *at + 1, "ordinal not in range(128)")),
    }
}

/// Encodes ASCII.
pub fn encode_ascii<U: CodeUnit>(units: &[U], at: &mut usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_below(units, at, out, 0x80, "ordinal not in range(128)")
}

/// Encodes Latin-1. (Decoding it takes bytes for code points.)
pub fn encode_latin1<U: CodeUnit>(units: &[U], at: &mut usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_below(units, at, out, 0x100, "ordinal not in range(256)")
}

fn encode_below<U: CodeUnit>(
    units: &[U],
    at: &mut usize,
    out: &mut Vec<u8>,
    limit: u32,
    reason: &'static str,
) -> Result<(), CodecError> {
    let rest = &units[*at..];
    let length = rest.iter().position(|&unit| unit.into() >= limit).unwrap_or(rest.len());
    out.extend(rest[..length].iter().map(|&unit| unit.into() as u8));
    *at += length;
    let wrong = rest[length..].iter().take_while(|&&unit| unit.into() >= limit).count();
    if wrong == 0 { Ok(()) } else { Err(CodecError::new(*at, *at + wrong, reason)) }
}
