//! Uuencoding: one line of text, which starts with the number of its bytes.

use super::Outcome;

/// Most bytes of a line.
const LINE: usize = 45;

pub(super) fn decode(line: &[u8]) -> Outcome {
    let Some((&length, text)) = line.split_first() else { return Err("Missing length byte".to_owned()) };
    let length = usize::from(length.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(length);
    let (mut word, mut bits, mut at) = (0u32, 0, 0);
    while out.len() < length {
        let value = match text.get(at) {
            // Trailing spaces may have been lost.
            None | Some(b'\n' | b'\r') => 0,
            Some(byte @ b' '..=b'`') => u32::from(byte - b' ') & 63,
            Some(_) => return Err("Illegal char".to_owned()),
        };
        at += 1;
        word = word << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    let rest = text.get(at..).unwrap_or_default();
    match rest.iter().all(|byte| matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        true => Ok(out),
        false => Err("Trailing garbage".to_owned()),
    }
}

pub(super) fn encode(data: &[u8], backtick: bool) -> Outcome {
    if data.len() > LINE {
        return Err("At most 45 bytes at once".to_owned());
    }
    let letter = |value: u8| if backtick && value == 0 { b'`' } else { b' ' + value };
    let mut out = vec![letter(data.len() as u8)];
    for chunk in data.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend([18, 12, 6, 0].map(|shift| letter((word >> shift & 63) as u8)));
    }
    out.push(b'\n');
    Ok(out)
}
