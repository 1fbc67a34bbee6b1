//! The location table: `co_linetable` encoded and decoded.
//!
//! The table is a run of entries, each covering one to eight code units. The first byte of an entry is `1kkkklll`: a
//! kind and the length in units minus one. Lines are stored as differences to the entry before, columns as they are.
//! Decoding never fails: a truncated or senseless table ends early.

/// The longest stretch of code units that one entry covers.
const MAX_ENTRY_UNITS: usize = 8;

/// Entry kinds above the short forms, which are the kinds 0 to 9.
mod kind {
    pub const ONE_LINE_0: u8 = 10;
    pub const ONE_LINE_2: u8 = 12;
    pub const NO_COLUMNS: u8 = 13;
    pub const LONG: u8 = 14;
    pub const NONE: u8 = 15;
}

/// Where in the source an instruction comes from. Lines count from 1, columns are bytes from 0; -1 means unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// First line, or one of the two markers below.
    pub line: i32,
    /// Last line.
    pub end_line: i32,
    /// First column on the first line.
    pub column: i32,
    /// Column behind the last one, on the last line.
    pub end_column: i32,
}

impl Location {
    /// An artificial instruction: it has no place in the source.
    pub const NONE: Location = Location::whole(-1);
    /// Shares the location of the instruction that follows it.
    pub const NEXT: Location = Location::whole(-2);

    /// A location whose four numbers are the same marker.
    const fn whole(marker: i32) -> Location {
        Location { line: marker, end_line: marker, column: marker, end_column: marker }
    }

    /// A whole line without columns.
    pub const fn line_only(line: i32) -> Location {
        Location { line, end_line: line, column: -1, end_column: -1 }
    }

    /// The same lines with these columns.
    pub const fn with_columns(self, column: i32, end_column: i32) -> Location {
        Location { column, end_column, ..self }
    }

    /// True when the location names a line.
    pub fn has_line(&self) -> bool {
        self.line >= 0
    }
}

/// Writes a location table, one stretch of instructions after the other.
pub struct Encoder {
    bytes: Vec<u8>,
    line: i32,
}

impl Encoder {
    /// A writer for code whose `co_firstlineno` is `first_line`.
    pub fn new(first_line: i32) -> Encoder {
        Encoder { bytes: Vec::new(), line: first_line }
    }

    /// Adds `units` code units at `location`.
    pub fn push(&mut self, location: Location, units: usize) {
        let mut left = units;
        while left > 0 {
            let step = left.min(MAX_ENTRY_UNITS);
            self.entry(location, step);
            left -= step;
        }
    }

    /// The finished table.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn entry(&mut self, location: Location, units: usize) {
        if !location.has_line() {
            self.first_byte(kind::NONE, units);
            return;
        }
        let line_delta = location.line - self.line;
        let one_line = location.end_line == location.line;
        self.line = location.line;
        if location.column < 0 || location.end_column < 0 {
            if one_line || location.end_line < 0 {
                self.first_byte(kind::NO_COLUMNS, units);
                self.signed_varint(line_delta);
                return;
            }
        } else if one_line {
            let width = location.end_column - location.column;
            if line_delta == 0 && location.column < 80 && (0..16).contains(&width) {
                self.first_byte((location.column >> 3) as u8, units);
                self.bytes.push((((location.column & 7) << 4) | width) as u8);
                return;
            }
            if (0..3).contains(&line_delta) && location.column < 128 && location.end_column < 128 {
                self.first_byte(kind::ONE_LINE_0 + line_delta as u8, units);
                self.bytes.push(location.column as u8);
                self.bytes.push(location.end_column as u8);
                return;
            }
        }
        self.first_byte(kind::LONG, units);
        self.signed_varint(line_delta);
        self.varint((location.end_line - location.line) as u32);
        self.varint((location.column + 1) as u32);
        self.varint((location.end_column + 1) as u32);
    }

    fn first_byte(&mut self, kind: u8, units: usize) {
        self.bytes.push(0x80 | (kind << 3) | (units - 1) as u8);
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 64 {
            self.bytes.push(0x40 | (value & 63) as u8);
            value >>= 6;
        }
        self.bytes.push(value as u8);
    }

    fn signed_varint(&mut self, value: i32) {
        let magnitude = value.unsigned_abs();
        self.varint((magnitude << 1) | u32::from(value < 0));
    }
}

/// One entry of a table: the location of the code bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Byte offset of the first instruction covered.
    pub start: usize,
    /// Byte offset behind the last one.
    pub end: usize,
    /// Their location; `Location::NONE` for artificial code.
    pub location: Location,
}

/// Reads the entries of a location table in order.
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    offset: usize,
    line: i32,
}

impl<'a> Decoder<'a> {
    /// A reader of `table`, for code whose `co_firstlineno` is `first_line`.
    pub fn new(table: &'a [u8], first_line: i32) -> Decoder<'a> {
        Decoder { bytes: table, at: 0, offset: 0, line: first_line }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<i32> {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
            if byte & 0x40 == 0 {
                return Some(value as i32);
            }
            shift += 6;
        }
    }

    fn signed_varint(&mut self) -> Option<i32> {
        let value = self.varint()? as u32;
        let magnitude = (value >> 1) as i32;
        Some(if value & 1 == 1 { -magnitude } else { magnitude })
    }

    fn location(&mut self, kind: u8) -> Option<Location> {
        match kind {
            kind::NONE => return Some(Location::NONE),
            kind::LONG => {
                self.line = self.line.wrapping_add(self.signed_varint()?);
                let end_line = self.line.wrapping_add(self.varint()?);
                let column = self.varint()?.wrapping_sub(1);
                let end_column = self.varint()?.wrapping_sub(1);
                return Some(Location { line: self.line, end_line, column, end_column });
            }
            kind::NO_COLUMNS => {
                self.line = self.line.wrapping_add(self.signed_varint()?);
                return Some(Location::line_only(self.line));
            }
            kind::ONE_LINE_0..=kind::ONE_LINE_2 => {
                self.line = self.line.wrapping_add(i32::from(kind - kind::ONE_LINE_0));
                let column = i32::from(self.byte()?);
                let end_column = i32::from(self.byte()?);
                return Some(Location { line: self.line, end_line: self.line, column, end_column });
            }
            _ => {}
        }
        let packed = i32::from(self.byte()?);
        let column = (i32::from(kind) << 3) | (packed >> 4);
        Some(Location { line: self.line, end_line: self.line, column, end_column: column + (packed & 15) })
    }
}

impl Iterator for Decoder<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let first = self.byte()?;
        let units = usize::from(first & 7) + 1;
        let location = self.location((first >> 3) & 15)?;
        let start = self.offset;
        self.offset += units * 2;
        Some(Entry { start, end: self.offset, location })
    }
}

/// The location of the instruction at byte `offset`, or `Location::NONE` outside the table.
pub fn location_at(table: &[u8], first_line: i32, offset: usize) -> Location {
    Decoder::new(table, first_line)
        .find(|entry| offset < entry.end)
        .map_or(Location::NONE, |entry| entry.location)
}

/// What `co_positions()` yields: one location per code unit.
pub fn positions(table: &[u8], first_line: i32) -> impl Iterator<Item = Location> + '_ {
    Decoder::new(table, first_line)
        .flat_map(|entry| std::iter::repeat_n(entry.location, (entry.end - entry.start) / 2))
}

/// A stretch of code on one line: `(start, end, line)`, the line being `None` for artificial code.
pub type LineRange = (usize, usize, Option<i32>);

/// What `co_lines()` yields: stretches of one line, neighbours on the same line being one.
pub fn lines(table: &[u8], first_line: i32) -> Vec<LineRange> {
    let mut ranges: Vec<LineRange> = Vec::new();
    for entry in Decoder::new(table, first_line) {
        let line = entry.location.has_line().then_some(entry.location.line);
        match ranges.last_mut() {
            Some(last) if last.2 == line => last.1 = entry.end,
            _ => ranges.push((entry.start, entry.end, line)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        let at = |line, end_line, column, end_column| Location { line, end_line, column, end_column };
        let stretches = [
            (at(1, 1, 0, 3), 1),
            (at(2, 2, 100, 127), 2),
            (at(4, 4, 3, 90), 20),
            (at(3, 3, 0, 1), 3),
            (Location::NONE, 9),
            (Location::line_only(70), 1),
            (at(5, 900, 200, 4000), 8),
        ];
        let mut encoder = Encoder::new(1);
        for (location, units) in stretches {
            encoder.push(location, units);
        }
        let table = encoder.finish();
        let expected: Vec<Location> =
            stretches.iter().flat_map(|&(location, units)| std::iter::repeat_n(location, units)).collect();
        assert_eq!(positions(&table, 1).collect::<Vec<_>>(), expected);
        assert_eq!(location_at(&table, 1, 2), stretches[1].0);
    }

    #[test]
    fn a_truncated_table_ends() {
        assert_eq!(Decoder::new(&[0xf0, 0x40, 0x40], 1).count(), 0);
    }
}
