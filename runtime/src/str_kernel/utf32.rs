//! UTF-32 in either byte order.

use super::codec::{ByteOrder, CodecError, is_surrogate};
use super::units::{CodeUnit, TextBuilder};

/// The byte order that the mark at the start tells. The mark takes four bytes.
pub fn byte_order(input: &[u8]) -> Option<ByteOrder> {
    match input {
        [0xFF, 0xFE, 0, 0, ..] => Some(ByteOrder::Little),
        [0, 0, 0xFE, 0xFF, ..] => Some(ByteOrder::Big),
        _ => None,
    }
}

/// Decodes UTF-32 after the mark.
pub fn decode(
    input: &[u8],
    at: &mut usize,
    order: ByteOrder,
    is_final: bool,
    out: &mut TextBuilder,
) -> Result<(), CodecError> {
    while *at < input.len() {
        let Some(&bytes) = input[*at..].first_chunk() else {
            let error = CodecError::new(*at, input.len(), "truncated data");
            return if is_final { Err(error) } else { Ok(()) };
        };
        let point = match order {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        };
        if is_surrogate(point) {
            let reason = "code point in surrogate code point range(0xd800, 0xe000)";
            return Err(CodecError::new(*at, *at + 4, reason));
        }
        if point > 0x10FFFF {
            return Err(CodecError::new(*at, *at + 4, "code point not in range(0x110000)"));
        }
        out.push(point);
        *at += 4;
    }
    Ok(())
}

/// Encodes UTF-32 without a mark; surrogates are errors, one at a time.
pub fn encode<U: CodeUnit>(
    units: &[U],
    at: &mut usize,
    order: ByteOrder,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    for &unit in &units[*at..] {
        let point: u32 = unit.into();
        if is_surrogate(point) {
            return Err(CodecError::new(*at, *at + 1, "surrogates not allowed"));
        }
        out.extend(match order {
            ByteOrder::Little => point.to_le_bytes(),
            ByteOrder::Big => point.to_be_bytes(),
        });
        *at += 1;
    }
    Ok(())
}
