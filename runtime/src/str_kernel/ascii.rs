//! The methods of `bytes` that know letters: ASCII only. They also serve strings that are ASCII.

/// What `bytes` takes for white space.
#[inline]
pub fn is_space(byte: u32) -> bool {
    matches!(byte, 0x09..=0x0D | 0x20)
}

/// Where `bytes.splitlines` breaks lines.
#[inline]
pub fn is_line_break(byte: u32) -> bool {
    matches!(byte, 0x0A | 0x0D)
}

fn all(bytes: &[u8], test: impl Fn(&u8) -> bool) -> bool {
    !bytes.is_empty() && bytes.iter().all(test)
}

pub fn is_alpha(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_alphabetic)
}

pub fn is_digit(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_digit)
}

pub fn is_alnum(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_alphanumeric)
}

pub fn is_whitespace(bytes: &[u8]) -> bool {
    all(bytes, |&byte| is_space(byte.into()))
}

pub fn is_lower(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
}

pub fn is_upper(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
}

pub fn is_title(bytes: &[u8]) -> bool {
    let (mut after_letter, mut any) = (false, false);
    for byte in bytes {
        if (byte.is_ascii_uppercase() && after_letter) || (byte.is_ascii_lowercase() && !after_letter) {
            return false;
        }
        after_letter = byte.is_ascii_alphabetic();
        any |= after_letter;
    }
    any
}

pub fn lower(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_lowercase()
}

pub fn upper(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_uppercase()
}

pub fn capitalize(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

pub fn swapcase(bytes: &[u8]) -> Vec<u8> {
    let swap = |byte: &u8| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { *byte };
    bytes.iter().map(swap).collect()
}

pub fn title(bytes: &[u8]) -> Vec<u8> {
    let mut after_letter = false;
    let convert = |byte: &u8| {
        let converted = if after_letter { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
        after_letter = byte.is_ascii_alphabetic();
        converted
    };
    bytes.iter().map(convert).collect()
}
