//! Base 64.

use super::Outcome;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NONE: u8 = 255;

static VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut i = 0;
    while i < 64 {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};

pub(super) fn encode(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    let letter = |word: u32, place: u32| ALPHABET[(word >> (18 - 6 * place) & 63) as usize];
    let (chunks, rest) = data.as_chunks::<3>();
    for [a, b, c] in chunks {
        let word = u32::from(*a) << 16 | u32::from(*b) << 8 | u32::from(*c);
        out.extend([letter(word, 0), letter(word, 1), letter(word, 2), letter(word, 3)]);
    }
    match rest {
        [a] => {
            let word = u32::from(*a) << 16;
            out.extend([letter(word, 0), letter(word, 1), b'=', b'=']);
        }
        [a, b] => {
            let word = u32::from(*a) << 16 | u32::from(*b) << 8;
            out.extend([letter(word, 0), letter(word, 1), letter(word, 2), b'=']);
        }
        _ => {}
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// The complaint about a last group of one character, behind so many bytes.
fn wrong_count(bytes: usize) -> String {
    let characters = bytes / 3 * 4 + 1;
    format!(
        "Invalid base64-encoded string: number of data characters ({characters}) cannot be 1 more than a multiple of 4"
    )
}

/// The bytes of the text. What is not of the alphabet is passed over unless `strict`.
pub(super) fn decode(text: &[u8], strict: bool) -> Outcome {
    let refuse = |message: &str| Err(message.to_owned());
    if strict && text.first() == Some(&b'=') {
        return refuse("Leading padding not allowed");
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    // The characters of the group under way, and the padding behind them.
    let (mut group, mut count, mut padding) = (0u32, 0, 0);
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if count == 0
            && padding == 0
            && let [a, b, c, d, ..] = rest
        {
            let values = [*a, *b, *c, *d].map(|byte| VALUES[usize::from(byte)]);
            if values.iter().all(|value| *value < 64) {
                let word = values.iter().fold(0, |word, value| word << 6 | u32::from(*value));
                out.extend(&word.to_be_bytes()[1..]);
                rest = &rest[4..];
                continue;
            }
        }
        rest = behind;
        let value = VALUES[usize::from(byte)];
        if byte == b'=' {
            padding += 1;
            if strict && count == 1 {
                return Err(wrong_count(out.len()));
            }
            if strict && (count == 0 || count >= 2 && count + padding > 4) {
                return refuse("Excess padding not allowed");
            }
        } else if value == NONE {
            if strict {
                return refuse("Only base64 data is allowed");
            }
        } else {
            if strict && padding > 0 {
                let complete = count >= 2 && count + padding >= 4;
                return refuse(match complete {
                    true => "Excess data after padding",
                    false => "Discontinuous padding not allowed",
                });
            }
            padding = 0;
            group = group << 6 | u32::from(value);
            count = (count + 1) % 4;
            match count {
                2 => out.push((group >> 4) as u8),
                3 => out.push((group >> 2) as u8),
                0 => out.push(group as u8),
                _ => {}
            }
        }
    }
    match count {
        0 => Ok(out),
        1 => Err(wrong_count(out.len())),
        _ if count + padding < 4 => refuse("Incorrect padding"),
        _ => Ok(out),
    }
}
