//! Formats of `struct`: the text parsed to a layout.

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Pad,
    Char,
    Bool,
    Signed,
    Unsigned,
    /// An address: any integer of the word's width.
    Pointer,
    /// A float of 2, 4 or 8 bytes.
    Float,
    /// Two floats.
    Complex,
    Bytes,
    /// Bytes with their count in front.
    Pascal,
}

/// Equal items side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) code: u8,
    pub(super) offset: usize,
    /// Size of one.
    pub(super) size: usize,
    pub(super) repeat: usize,
}

/// A parsed format.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) items: Vec<Item>,
    pub(super) size: usize,
    /// Number of values.
    pub(super) count: usize,
    pub(super) little_endian: bool,
}

/// Kind, size and alignment of a code.
fn code(code: u8, native: bool) -> Option<(Kind, usize, usize)> {
    let word = if native { 8 } else { 4 };
    let (kind, size) = match code {
        b'x' => (Kind::Pad, 1),
        b'c' => (Kind::Char, 1),
        b's' => (Kind::Bytes, 1),
        b'p' => (Kind::Pascal, 1),
        b'?' => (Kind::Bool, 1),
        b'b' => (Kind::Signed, 1),
        b'B' => (Kind::Unsigned, 1),
        b'h' => (Kind::Signed, 2),
        b'H' => (Kind::Unsigned, 2),
        b'i' => (Kind::Signed, 4),
        b'I' => (Kind::Unsigned, 4),
        b'l' => (Kind::Signed, word),
        b'L' => (Kind::Unsigned, word),
        b'q' => (Kind::Signed, 8),
        b'Q' => (Kind::Unsigned, 8),
        b'n' if native => (Kind::Signed, 8),
        b'N' if native => (Kind::Unsigned, 8),
        b'P' if native => (Kind::Pointer, 8),
        b'e' => (Kind::Float, 2),
        b'f' => (Kind::Float, 4),
        b'd' => (Kind::Float, 8),
        b'F' => (Kind::Complex, 8),
        b'D' => (Kind::Complex, 16),
        _ => return None,
    };
    let alignment = match (native, kind) {
        (false, _) => 1,
        (true, Kind::Complex) => size / 2,
        (true, _) => size,
    };
    Some((kind, size, alignment))
}

const TOO_LONG: &str = "total struct size too long";

impl Layout {
    /// Parses a format; the error is a message.
    pub(super) fn parse(format: &[u8]) -> Result<Layout, &'static str> {
        if format.contains(&0) {
            return Err("embedded null character");
        }
        let (native, little_endian, text) = match format {
            [b'@', rest @ ..] => (true, cfg!(target_endian = "little"), rest),
            [b'=', rest @ ..] => (false, cfg!(target_endian = "little"), rest),
            [b'<', rest @ ..] => (false, true, rest),
            [b'>' | b'!', rest @ ..] => (false, false, rest),
            _ => (true, cfg!(target_endian = "little"), format),
        };
        let mut layout = Layout { items: Vec::new(), size: 0, count: 0, little_endian };
        let mut at = 0;
        while let Some(&c) = text.get(at) {
            at += 1;
            if matches!(c, b' ' | 9..=13) {
                continue;
            }
            let mut repeat = 1;
            let mut c = c;
            if c.is_ascii_digit() {
                repeat = usize::from(c - b'0');
                loop {
                    c = *text.get(at).ok_or("repeat count given without format specifier")?;
                    at += 1;
                    if !c.is_ascii_digit() {
                        break;
                    }
                    let longer = repeat.checked_mul(10).and_then(|r| r.checked_add(usize::from(c - b'0')));
                    repeat = longer.filter(|r| *r <= isize::MAX as usize).ok_or(TOO_LONG)?;
                }
            }
            layout.add(c, repeat, native)?;
        }
        Ok(layout)
    }

    fn add(&mut self, c: u8, repeat: usize, native: bool) -> Result<(), &'static str> {
        let (kind, size, alignment) = code(c, native).ok_or("bad char in struct format")?;
        let offset = self.size.checked_next_multiple_of(alignment).ok_or(TOO_LONG)?;
        let end = repeat.checked_mul(size).and_then(|bytes| bytes.checked_add(offset));
        self.size = end.filter(|end| *end <= isize::MAX as usize).ok_or(TOO_LONG)?;
        match kind {
            Kind::Pad => return Ok(()),
            Kind::Bytes | Kind::Pascal => {
                self.count += 1;
                self.items.push(Item { kind, code: c, offset, size: repeat, repeat: 1 });
            }
            _ if repeat == 0 => {}
            _ => {
                self.count += repeat;
                self.items.push(Item { kind, code: c, offset, size, repeat });
            }
        }
        Ok(())
    }
}
