//! Code units, the owned text that kernels make, and comparison across storage kinds.

use crate::objects::str::{Data, Str};
use crate::value::Ref;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A unit of one of the storage kinds of `str`.
pub trait CodeUnit: Copy + Ord + Into<u32> + std::fmt::Debug + 'static {
    /// The unit with this value, if it fits.
    fn narrow(point: u32) -> Option<Self>;
    /// The units of a string of just this kind.
    fn borrow(data: Data<'_>) -> Option<&[Self]>;
    /// The owned text of these units.
    fn text(units: Vec<Self>) -> Text;
    /// A string object of these units.
    fn string(units: &[Self]) -> Ref;
    /// The same slice if the units are bytes.
    fn as_bytes(_units: &[Self]) -> Option<&[u8]> {
        None
    }
    /// Where the unit first occurs.
    fn position(self, units: &[Self]) -> Option<usize> {
        // Whole blocks are compared without an early exit, which compiles to vector instructions.
        const BLOCK: usize = 32;
        let mut at = 0;
        for block in units.chunks_exact(BLOCK) {
            if block.iter().fold(false, |found, &unit| found | (unit == self)) {
                break;
            }
            at += BLOCK;
        }
        units[at..].iter().position(|&unit| unit == self).map(|found| at + found)
    }
    /// Where the unit last occurs.
    fn last_position(self, units: &[Self]) -> Option<usize> {
        units.iter().rposition(|&unit| unit == self)
    }
}

impl CodeUnit for u8 {
    fn narrow(point: u32) -> Option<u8> {
        u8::try_from(point).ok()
    }
    fn borrow(data: Data<'_>) -> Option<&[u8]> {
        match data {
            Data::Ascii(units) | Data::Latin1(units) => Some(units),
            _ => None,
        }
    }
    fn text(units: Vec<u8>) -> Text {
        Text::Latin1(units)
    }
    fn string(units: &[u8]) -> Ref {
        Str::from_latin1(units)
    }
    fn as_bytes(units: &[u8]) -> Option<&[u8]> {
        Some(units)
    }
    fn position(self, units: &[u8]) -> Option<usize> {
        memchr::memchr(self, units)
    }
    fn last_position(self, units: &[u8]) -> Option<usize> {
        memchr::memrchr(self, units)
    }
}

impl CodeUnit for u16 {
    fn narrow(point: u32) -> Option<u16> {
        u16::try_from(point).ok()
    }
    fn borrow(data: Data<'_>) -> Option<&[u16]> {
        match data {
            Data::Ucs2(units) => Some(units),
            _ => None,
        }
    }
    fn text(units: Vec<u16>) -> Text {
        Text::Ucs2(units)
    }
    fn string(units: &[u16]) -> Ref {
        Str::from_ucs2(units)
    }
}

impl CodeUnit for u32 {
    fn narrow(point: u32) -> Option<u32> {
        Some(point)
    }
    fn borrow(data: Data<'_>) -> Option<&[u32]> {
        match data {
            Data::Ucs4(units) => Some(units),
            _ => None,
        }
    }
    fn text(units: Vec<u32>) -> Text {
        Text::Ucs4(units)
    }
    fn string(units: &[u32]) -> Ref {
        Str::from_code_points(units)
    }
}

/// Evaluates an expression with the units of a `Data`, whatever its kind.
#[macro_export]
macro_rules! with_units {
    ($data:expr, |$units:ident| $body:expr) => {
        match $data {
            $crate::objects::str::Data::Ascii($units) | $crate::objects::str::Data::Latin1($units) => $body,
            $crate::objects::str::Data::Ucs2($units) => $body,
            $crate::objects::str::Data::Ucs4($units) => $body,
        }
    };
}
pub use crate::with_units;

/// The string in units of type `U`, copied if its kind is another; `None` if a code point doesn't fit.
pub fn units_as<U: CodeUnit>(data: Data<'_>) -> Option<Cow<'_, [U]>> {
    if let Some(units) = U::borrow(data) {
        return Some(Cow::Borrowed(units));
    }
    let converted: Option<Vec<U>> =
        with_units!(data, |units| units.iter().map(|&unit| U::narrow(unit.into())).collect());
    converted.map(Cow::Owned)
}

/// Order by code points.
pub fn compare(left: Data, right: Data) -> Ordering {
    if let (Some(left), Some(right)) = (u8::borrow(left), u8::borrow(right)) {
        return left.cmp(right);
    }
    with_units!(left, |left| with_units!(right, |right| compare_units(left, right)))
}

fn compare_units<A: CodeUnit, B: CodeUnit>(left: &[A], right: &[B]) -> Ordering {
    left.iter().map(|&unit| unit.into()).cmp(right.iter().map(|&unit| unit.into()))
}

/// Whether both have the same code points. Both are of the narrowest kind, so different kinds differ.
pub fn equal(left: Data, right: Data) -> bool {
    match (left, right) {
        (Data::Ascii(left), Data::Ascii(right)) | (Data::Latin1(left), Data::Latin1(right)) => left == right,
        (Data::Ucs2(left), Data::Ucs2(right)) => left == right,
        (Data::Ucs4(left), Data::Ucs4(right)) => left == right,
        _ => false,
    }
}

/// Why a result can't be had: CPython raises `OverflowError` or `MemoryError`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SizeError {
    /// The length is beyond what an object may have.
    TooLong,
    /// There is no memory for it.
    NoMemory,
}

/// An empty vector with room for so many units.
pub fn reserve<T>(length: Option<usize>) -> Result<Vec<T>, SizeError> {
    let length = length.filter(|&length| length <= isize::MAX as usize).ok_or(SizeError::TooLong)?;
    let mut units = Vec::new();
    units.try_reserve_exact(length).map_err(|_| SizeError::NoMemory)?;
    Ok(units)
}

/// The text a kernel made. It needn't be of the narrowest kind: `Str::from_data` narrows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Text {
    Latin1(Vec<u8>),
    Ucs2(Vec<u16>),
    Ucs4(Vec<u32>),
}

impl Text {
    /// The text as string data.
    pub fn data(&self) -> Data<'_> {
        match self {
            Text::Latin1(units) if units.is_ascii() => Data::Ascii(units),
            Text::Latin1(units) => Data::Latin1(units),
            Text::Ucs2(units) => Data::Ucs2(units),
            Text::Ucs4(units) => Data::Ucs4(units),
        }
    }

    /// The code points.
    pub fn code_points(&self) -> Vec<u32> {
        with_units!(self.data(), |units| units.iter().map(|&unit| unit.into()).collect())
    }
}

/// A growing text that widens when a code point needs it.
#[derive(Clone, Debug)]
pub struct TextBuilder {
    text: Text,
}

impl TextBuilder {
    pub fn new() -> TextBuilder {
        TextBuilder::with_capacity(0)
    }

    pub fn with_capacity(capacity: usize) -> TextBuilder {
        TextBuilder { text: Text::Latin1(Vec::with_capacity(capacity)) }
    }

    /// Number of code points so far.
    pub fn len(&self) -> usize {
        match &self.text {
            Text::Latin1(units) => units.len(),
            Text::Ucs2(units) => units.len(),
            Text::Ucs4(units) => units.len(),
        }
    }

    /// Drops what was pushed after the text had this length.
    pub fn truncate(&mut self, length: usize) {
        match &mut self.text {
            Text::Latin1(units) => units.truncate(length),
            Text::Ucs2(units) => units.truncate(length),
            Text::Ucs4(units) => units.truncate(length),
        }
    }

    /// The bytes of a text in which nothing is above 255, for appending such characters directly.
    #[inline]
    pub fn bytes_mut(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.text {
            Text::Latin1(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Makes room for code points up to this one.
    fn widen(&mut self, largest: u32) {
        self.text = match (&mut self.text, largest) {
            (_, ..0x100) | (Text::Ucs2(_), ..0x10000) | (Text::Ucs4(_), _) => return,
            (Text::Latin1(units), ..0x10000) => Text::Ucs2(units.iter().map(|&unit| unit.into()).collect()),
            (Text::Latin1(units), _) => Text::Ucs4(units.iter().map(|&unit| unit.into()).collect()),
            (Text::Ucs2(units), _) => Text::Ucs4(units.iter().map(|&unit| unit.into()).collect()),
        };
    }

    /// Appends one code point.
    #[inline]
    pub fn push(&mut self, point: u32) {
        if let (Text::Latin1(units), ..0x100) = (&mut self.text, point) {
            return units.push(point as u8);
        }
        self.widen(point);
        match &mut self.text {
            Text::Latin1(units) => units.push(point as u8),
            Text::Ucs2(units) => units.push(point as u16),
            Text::Ucs4(units) => units.push(point),
        }
    }

    /// Appends units of any kind.
    #[inline]
    pub fn extend<U: CodeUnit>(&mut self, more: &[U]) {
        if let (Some(bytes), Text::Latin1(units)) = (U::as_bytes(more), &mut self.text) {
            return units.extend_from_slice(bytes);
        }
        self.extend_widening(more);
    }

    fn extend_widening<U: CodeUnit>(&mut self, more: &[U]) {
        let largest = more.iter().map(|&unit| unit.into()).max().unwrap_or(0);
        self.widen(largest);
        let points = more.iter().map(|&unit| unit.into());
        match &mut self.text {
            Text::Latin1(units) => units.extend(points.map(|point| point as u8)),
            Text::Ucs2(units) => units.extend(points.map(|point| point as u16)),
            Text::Ucs4(units) => units.extend(points),
        }
    }

    /// Appends string data.
    pub fn extend_data(&mut self, data: Data) {
        with_units!(data, |units| self.extend(units))
    }

    /// Appends a Rust string.
    pub fn push_str(&mut self, more: &str) {
        // The first byte of a character's encoding bounds it; continuation bytes are below all of those.
        match more.bytes().max().unwrap_or(0) {
            ..0x80 => return self.extend(more.as_bytes()),
            0x80..0xC4 => {}
            0xC4..0xF0 => self.widen(0xFFFF),
            _ => self.widen(0x10FFFF),
        }
        let characters = more.chars().map(u32::from);
        match &mut self.text {
            Text::Latin1(units) => units.extend(characters.map(|point| point as u8)),
            Text::Ucs2(units) => units.extend(characters.map(|point| point as u16)),
            Text::Ucs4(units) => units.extend(characters),
        }
    }

    pub fn finish(self) -> Text {
        self.text
    }

    /// The text so far as a string object; the builder is empty afterwards, and keeps its room.
    pub fn take(&mut self) -> Ref {
        let taken = Str::from_data(self.text.data());
        match &mut self.text {
            Text::Latin1(units) => units.clear(),
            _ => *self = TextBuilder::new(),
        }
        taken
    }
}
