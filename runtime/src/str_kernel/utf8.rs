//! UTF-8.

use super::codec::{CodecError, is_surrogate};
use super::units::{CodeUnit, TextBuilder};

/// Decodes UTF-8; surrogates are errors.
pub fn decode(input: &[u8], at: &mut usize, is_final: bool, out: &mut TextBuilder) -> Result<(), CodecError> {
    let rest = &input[*at..];
    let error = match std::str::from_utf8(rest) {
        Ok(text) => {
            out.push_str(text);
            *at = input.len();
            return Ok(());
        }
        Err(error) => error,
    };
    let valid = error.valid_up_to();
    if let Ok(text) = std::str::from_utf8(&rest[..valid]) {
        out.push_str(text);
    }
    *at += valid;
    match error.error_len() {
        None if !is_final => Ok(()),
        // The start of a surrogate waits for its last byte, so that `surrogatepass` sees all of it.
        Some(_) if !is_final && matches!(rest[valid..], [0xED, 0xA0..0xC0]) => Ok(()),
        None => Err(CodecError::new(*at, input.len(), "unexpected end of data")),
        Some(_) if !(0xC2..=0xF4).contains(&rest[valid]) => {
            Err(CodecError::new(*at, *at + 1, "invalid start byte"))
        }
        Some(length) => Err(CodecError::new(*at, *at + length, "invalid continuation byte")),
    }
}

/// Encodes UTF-8; an error is about a whole run of surrogates.
pub fn encode<U: CodeUnit>(units: &[U], at: &mut usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
    if let Some(bytes) = U::as_bytes(&units[*at..])
        && bytes.is_ascii()
    {
        out.extend_from_slice(bytes);
        *at = units.len();
        return Ok(());
    }
    out.reserve(units.len() - *at);
    for &unit in &units[*at..] {
        let Some(character) = char::from_u32(unit.into()) else {
            let run = units[*at..].iter().take_while(|&&unit| is_surrogate(unit.into())).count().max(1);
            return Err(CodecError::new(*at, *at + run, "surrogates not allowed"));
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        *at += 1;
    }
    Ok(())
}
