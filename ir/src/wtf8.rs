//! Immutable strings that may hold lone surrogates, as Python's may.
//!
//! The bytes are UTF-8, except that a surrogate code point is encoded in three bytes the way UTF-8 would if it were
//! allowed (Python's `surrogatepass`). Two adjacent surrogates stay two code points. Byte order is code point order.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An immutable string of code points 0 to 0x10FFFF, surrogates included. Cloning it is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8 {
    bytes: Arc<[u8]>,
}

impl Wtf8 {
    /// The string of these code points; `None` if one is above 0x10FFFF.
    pub fn from_code_points(points: impl IntoIterator<Item = u32>) -> Option<Wtf8> {
        let mut builder = Wtf8Builder::new();
        for point in points {
            builder.push_code_point(point)?;
        }
        Some(builder.finish())
    }

    /// The string with this encoding; `None` if the bytes aren't UTF-8 with three-byte surrogates.
    pub fn from_bytes(bytes: &[u8]) -> Option<Wtf8> {
        if std::str::from_utf8(bytes).is_err() {
            validate(bytes)?;
        }
        Some(Wtf8 { bytes: bytes.into() })
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The string as a `str`, if it has no surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The string with U+FFFD for each surrogate.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => {
                let replaced = self.code_points().map(|point| char::from_u32(point).unwrap_or('\u{FFFD}'));
                Cow::Owned(replaced.collect())
            }
        }
    }

    /// The code points, from the first to the last.
    pub fn code_points(&self) -> CodePoints<'_> {
        CodePoints { bytes: &self.bytes }
    }

    /// Length in bytes of the encoding.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// True for the empty string.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// True when every code point is below 128.
    pub fn is_ascii(&self) -> bool {
        self.bytes.is_ascii()
    }
}

impl From<&str> for Wtf8 {
    fn from(text: &str) -> Wtf8 {
        Wtf8 { bytes: text.as_bytes().into() }
    }
}

impl From<String> for Wtf8 {
    fn from(text: String) -> Wtf8 {
        Wtf8 { bytes: text.into_bytes().into() }
    }
}

impl Default for Wtf8 {
    fn default() -> Wtf8 {
        Wtf8::from("")
    }
}

impl PartialEq<str> for Wtf8 {
    fn eq(&self, other: &str) -> bool {
        *self.bytes == *other.as_bytes()
    }
}

impl PartialEq<&str> for Wtf8 {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Debug for Wtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for point in self.code_points() {
            match char::from_u32(point) {
                Some(c) => write!(f, "{}", c.escape_debug())?,
                None => write!(f, "\\u{point:04x}")?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Display for Wtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

/// Iterator over the code points of a [`Wtf8`].
#[derive(Clone)]
pub struct CodePoints<'a> {
    bytes: &'a [u8],
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (point, length) = decode_first(self.bytes)?;
        self.bytes = &self.bytes[length..];
        Some(point)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.bytes.len().div_ceil(4), Some(self.bytes.len()))
    }
}

/// Collects code points and strings into a [`Wtf8`].
#[derive(Default)]
pub struct Wtf8Builder {
    bytes: Vec<u8>,
}

impl Wtf8Builder {
    /// An empty string to append to.
    pub fn new() -> Wtf8Builder {
        Wtf8Builder::default()
    }

    /// Appends a code point; `None` if it is above 0x10FFFF.
    pub fn push_code_point(&mut self, point: u32) -> Option<()> {
        match char::from_u32(point) {
            Some(c) => self.push_str(c.encode_utf8(&mut [0; 4])),
            None if point <= 0xFFFF => {
                let low = |shift: u32| 0x80 | (point >> shift & 0x3F) as u8;
                self.bytes.extend([0xE0 | (point >> 12) as u8, low(6), low(0)]);
            }
            None => return None,
        }
        Some(())
    }

    /// Appends a string.
    pub fn push_str(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Appends a string that may hold surrogates.
    pub fn push(&mut self, text: &Wtf8) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// True when nothing was appended yet.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The string.
    pub fn finish(self) -> Wtf8 {
        Wtf8 { bytes: self.bytes.into() }
    }
}

/// The first code point and the length of its encoding; `None` at the end and for malformed bytes.
fn decode_first(bytes: &[u8]) -> Option<(u32, usize)> {
    let first = u32::from(*bytes.first()?);
    let (length, lead) = match first {
        0x00..=0x7F => return Some((first, 1)),
        0xC2..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        0xF0..=0xF4 => (4, first & 0x07),
        _ => return None,
    };
    let mut point = lead;
    for &byte in bytes.get(1..length)? {
        if byte & 0xC0 != 0x80 {
            return None;
        }
        point = point << 6 | u32::from(byte & 0x3F);
    }
    let least = [0, 0, 0x80, 0x800, 0x10000][length];
    (least..=0x10FFFF).contains(&point).then_some((point, length))
}

fn validate(mut bytes: &[u8]) -> Option<()> {
    while !bytes.is_empty() {
        let (_, length) = decode_first(bytes)?;
        bytes = &bytes[length..];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_survive() {
        let points = [0x61, 0xD83D, 0xDE00, 0xE9, 0x1F600, 0x10FFFF];
        let text = Wtf8::from_code_points(points).unwrap();
        assert_eq!(text.code_points().collect::<Vec<_>>(), points);
        assert_eq!(text.as_str(), None);
        assert_eq!(Wtf8::from_bytes(text.as_bytes()), Some(text));
    }

    #[test]
    fn malformed_bytes_are_refused() {
        let samples: [&[u8]; 6] =
            [b"\x80", b"\xC0\x80", b"\xE0\x80\x80", b"\xF4\x90\x80\x80", b"\xE2\x82", b"\xED\xA0\x20"];
        for bytes in samples {
            assert_eq!(Wtf8::from_bytes(bytes), None, "{bytes:?}");
        }
        assert_eq!(Wtf8::from_code_points([0x110000]), None);
    }
}
