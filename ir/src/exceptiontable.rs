//! The exception table: `co_exceptiontable` encoded and decoded.
//!
//! Each entry says: an exception raised in these code units unwinds the stack to that depth and continues at that
//! handler. The four numbers are big-endian groups of six bits; bit 6 says that another group follows, bit 7 marks the
//! start of an entry, so that a search can begin anywhere.

const ENTRY_START: u8 = 0x80;
const MORE: u8 = 0x40;

/// One protected range. Offsets are in bytes of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First protected byte.
    pub start: usize,
    /// Behind the last protected byte.
    pub end: usize,
    /// Where the handler begins.
    pub target: usize,
    /// The stack depth to unwind to.
    pub depth: usize,
    /// Whether the offset of the raising instruction is pushed before the exception.
    pub lasti: bool,
}

fn push_number(bytes: &mut Vec<u8>, value: usize, marker: u8) {
    let mut groups = 1;
    while groups < 10 && value >> (6 * groups) != 0 {
        groups += 1;
    }
    for group in (0..groups).rev() {
        let mut byte = ((value >> (6 * group)) & 63) as u8;
        if group > 0 {
            byte |= MORE;
        }
        if group == groups - 1 {
            byte |= marker;
        }
        bytes.push(byte);
    }
}

/// Appends one entry to a table.
pub fn push_entry(table: &mut Vec<u8>, entry: Entry) {
    push_number(table, entry.start / 2, ENTRY_START);
    push_number(table, entry.end.saturating_sub(entry.start) / 2, 0);
    push_number(table, entry.target / 2, 0);
    push_number(table, (entry.depth << 1) | usize::from(entry.lasti), 0);
}

/// Reads the entries of an exception table in order; a truncated table ends early.
pub struct Decoder<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Decoder<'a> {
    /// A reader of `table`.
    pub fn new(table: &'a [u8]) -> Decoder<'a> {
        Decoder { bytes: table.iter() }
    }

    fn number(&mut self) -> Option<usize> {
        let mut value = 0usize;
        loop {
            let byte = *self.bytes.next()?;
            value = (value << 6) | usize::from(byte & 63);
            if byte & MORE == 0 {
                return Some(value);
            }
        }
    }
}

impl Iterator for Decoder<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let start = self.number()?.wrapping_mul(2);
        let length = self.number()?.wrapping_mul(2);
        let target = self.number()?.wrapping_mul(2);
        let depth_and_lasti = self.number()?;
        Some(Entry {
            start,
            end: start.wrapping_add(length),
            target,
            depth: depth_and_lasti >> 1,
            lasti: depth_and_lasti & 1 == 1,
        })
    }
}

/// The entry that protects the instruction at byte `offset`.
pub fn handler_at(table: &[u8], offset: usize) -> Option<Entry> {
    Decoder::new(table).take_while(|entry| entry.start <= offset).filter(|entry| offset < entry.end).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back() {
        let entries = [
            Entry { start: 4, end: 130, target: 200, depth: 0, lasti: false },
            Entry { start: 130, end: 9000, target: 300_000, depth: 5, lasti: true },
        ];
        let mut table = Vec::new();
        for entry in entries {
            push_entry(&mut table, entry);
        }
        assert_eq!(Decoder::new(&table).collect::<Vec<_>>(), entries);
        assert_eq!(handler_at(&table, 140), Some(entries[1]));
        assert_eq!(handler_at(&table, 2), None);
    }
}
