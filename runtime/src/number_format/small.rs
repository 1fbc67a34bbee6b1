//! Integers of a machine word, written to the stack: the common fields of f-strings and `%`.

use super::spec::{Align, FormatSpec, Sign};

/// Room for the binary digits of 64 bits.
const MOST_DIGITS: usize = 64;
/// Room for a field.
const MOST_WIDTH: usize = 192;

/// The digits of an integer without its sign.
pub struct SmallDigits {
    digits: [u8; MOST_DIGITS],
    first: usize,
}

impl SmallDigits {
    /// The digits in base 2, 8, 10 or 16.
    #[inline]
    pub fn new(magnitude: u64, radix: u8, upper: bool) -> SmallDigits {
        let mut this = SmallDigits { digits: [0; MOST_DIGITS], first: MOST_DIGITS };
        let letter = if upper { b'A' } else { b'a' };
        let mut left = magnitude;
        loop {
            // The division by a constant is a multiplication.
            let (rest, digit) = match radix {
                2 => (left >> 1, left & 1),
                8 => (left >> 3, left & 7),
                16 => (left >> 4, left & 15),
                _ => (left / 10, left % 10),
            };
            left = rest;
            this.first -= 1;
            this.digits[this.first] = if digit < 10 { b'0' + digit as u8 } else { letter + digit as u8 - 10 };
            if left == 0 {
                return this;
            }
        }
    }

    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[self.first..]
    }
}

/// An integer as an integer's specification says, given to `f`; `None` if that has separators, a fill beyond ASCII or a
/// width for which [`super::format_int`] is to be asked.
pub fn format_small<R>(spec: &FormatSpec, value: i64, radix: u8, f: impl FnOnce(&[u8]) -> R) -> Option<R> {
    let fill = u8::try_from(spec.fill).ok().filter(u8::is_ascii)?;
    if spec.grouping.is_some() || spec.width > MOST_WIDTH - MOST_DIGITS - 4 {
        return None;
    }
    let code = spec.code as u8;
    let digits = SmallDigits::new(value.unsigned_abs(), radix, code == b'X');
    let mut head = [0; 3];
    let mut head_length = 0;
    let sign = match (value < 0, spec.sign) {
        (true, _) => Some(b'-'),
        (false, Some(Sign::Plus)) => Some(b'+'),
        (false, Some(Sign::Space)) => Some(b' '),
        _ => None,
    };
    let prefix = if spec.alternate && radix != 10 { [Some(b'0'), Some(code)] } else { [None; 2] };
    for byte in [sign, prefix[0], prefix[1]].into_iter().flatten() {
        head[head_length] = byte;
        head_length += 1;
    }
    let (head, digits) = (&head[..head_length], digits.as_bytes());
    let padding = spec.width.saturating_sub(head.len() + digits.len());
    let (before, inner, after) = match spec.align {
        Align::Left => (0, 0, padding),
        Align::Right => (padding, 0, 0),
        Align::AfterSign => (0, padding, 0),
        Align::Center => (padding / 2, 0, padding - padding / 2),
    };
    // What isn't written over is padding.
    let mut field = [fill; MOST_WIDTH];
    field[before..before + head.len()].copy_from_slice(head);
    let at = before + head.len() + inner;
    field[at..at + digits.len()].copy_from_slice(digits);
    Some(f(&field[..at + digits.len() + after]))
}
