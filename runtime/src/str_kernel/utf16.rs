//! UTF-16 in either byte order.

use super::codec::{ByteOrder, CodecError, is_surrogate, join_surrogates};
use super::units::{CodeUnit, TextBuilder};

/// The byte order that the mark at the start tells. The mark takes two bytes.
pub fn byte_order(input: &[u8]) -> Option<ByteOrder> {
    match input {
        [0xFF, 0xFE, ..] => Some(ByteOrder::Little),
        [0xFE, 0xFF, ..] => Some(ByteOrder::Big),
        _ => None,
    }
}

fn unit(input: &[u8], at: usize, order: ByteOrder) -> Option<u32> {
    let bytes: [u8; 2] = input.get(at..at + 2)?.try_into().ok()?;
    Some(match order {
        ByteOrder::Little => u16::from_le_bytes(bytes),
        ByteOrder::Big => u16::from_be_bytes(bytes),
    } as u32)
}

/// Decodes UTF-16 after the mark.
pub fn decode(
    input: &[u8],
    at: &mut usize,
    order: ByteOrder,
    is_final: bool,
    out: &mut TextBuilder,
) -> Result<(), CodecError> {
    let unless_more = |start, reason| {
        if is_final { Err(CodecError::new(start, input.len(), reason)) } else { Ok(()) }
    };
    while *at < input.len() {
        let Some(first) = unit(input, *at, order) else { return unless_more(*at, "truncated data") };
        if !is_surrogate(first) {
            out.push(first);
            *at += 2;
            continue;
        }
        if first >= 0xDC00 {
            return Err(CodecError::new(*at, *at + 2, "illegal encoding"));
        }
        match unit(input, *at + 2, order) {
            None => return unless_more(*at, "unexpected end of data"),
            Some(low @ 0xDC00..0xE000) => out.push(join_surrogates(first, low)),
            Some(_) => return Err(CodecError::new(*at, *at + 2, "illegal UTF-16 surrogate")),
        }
        *at += 4;
    }
    Ok(())
}

/// Encodes UTF-16 without a mark; surrogates are errors, one at a time.
pub fn encode<U: CodeUnit>(
    units: &[U],
    at: &mut usize,
    order: ByteOrder,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    for &unit in &units[*at..] {
        let Some(character) = char::from_u32(unit.into()) else {
            return Err(CodecError::new(*at, *at + 1, "surrogates not allowed"));
        };
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.extend(match order {
                ByteOrder::Little => unit.to_le_bytes(),
                ByteOrder::Big => unit.to_be_bytes(),
            });
        }
        *at += 1;
    }
    Ok(())
}
