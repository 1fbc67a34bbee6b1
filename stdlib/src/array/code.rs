//! Type codes: how one item lies in memory.

use runtime::error::Raised;
use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::objects::str::Str;
use runtime::{PyResult, Ref, Thread, Value, protocol};

/// What an array's items are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Code {
    I8,
    U8,
    /// `'u'`
    WideChar,
    /// `'w'`
    Char,
    I16,
    U16,
    I32,
    U32,
    Long,
    UnsignedLong,
    I64,
    U64,
    F32,
    F64,
}

pub(super) const LETTERS: &str = "bBuwhHiIlLqQfd";

const ALL: [Code; 14] = [
    Code::I8,
    Code::U8,
    Code::WideChar,
    Code::Char,
    Code::I16,
    Code::U16,
    Code::I32,
    Code::U32,
    Code::Long,
    Code::UnsignedLong,
    Code::I64,
    Code::U64,
    Code::F32,
    Code::F64,
];

/// One item's bytes, at the front.
pub(super) type Item = [u8; 8];

impl Code {
    pub(super) fn from_letter(letter: u32) -> Option<Code> {
        let place = LETTERS.chars().position(|c| u32::from(c) == letter)?;
        ALL.get(place).copied()
    }
    pub(super) fn letter(self) -> char {
        char::from(LETTERS.as_bytes()[self as usize])
    }
    pub(super) fn size(self) -> usize {
        match self {
            Code::I8 | Code::U8 => 1,
            Code::I16 | Code::U16 => 2,
            Code::WideChar | Code::Char | Code::I32 | Code::U32 | Code::F32 => 4,
            _ => 8,
        }
    }
    pub(super) fn is_text(self) -> bool {
        matches!(self, Code::WideChar | Code::Char)
    }
    /// How pickles name the layout.
    pub(super) fn machine_format(self) -> i64 {
        match self {
            Code::U8 => 0,
            Code::I8 => 1,
            Code::U16 => 2,
            Code::I16 => 4,
            Code::U32 => 6,
            Code::I32 => 8,
            Code::U64 | Code::UnsignedLong => 10,
            Code::I64 | Code::Long => 12,
            Code::F32 => 14,
            Code::F64 => 16,
            Code::WideChar | Code::Char => 20,
        }
    }
    /// The format of a buffer's item.
    pub(super) fn buffer_format(self) -> &'static str {
        match self {
            Code::WideChar | Code::Char => "w",
            _ => {
                let at = self as usize;
                &LETTERS[at..=at]
            }
        }
    }

    /// The item whose bytes these are.
    #[inline]
    pub(super) fn read(self, bytes: &[u8]) -> Ref {
        let mut item = Item::default();
        let size = self.size();
        item[..size].copy_from_slice(&bytes[..size]);
        let word = u64::from_le_bytes(item);
        match self {
            Code::I8 => int::new((word as i8).into()),
            Code::U8 => int::new((word as u8).into()),
            Code::I16 => int::new((word as i16).into()),
            Code::U16 => int::new((word as u16).into()),
            Code::I32 => int::new((word as i32).into()),
            Code::U32 => int::new((word as u32).into()),
            Code::I64 | Code::Long => int::new(word as i64),
            Code::U64 | Code::UnsignedLong => int::from_u64(word),
            Code::F32 => float::new(f32::from_bits(word as u32).into()),
            Code::F64 => float::new(f64::from_bits(word)),
            Code::WideChar | Code::Char => Str::from_char(word as u32),
        }
    }

    /// An object as an item. It may run Python code.
    #[inline]
    pub(super) fn write(self, thread: &Thread, v: Value) -> PyResult<Item> {
        let word = match self {
            Code::F64 => match float::get(v) {
                Some(f) => f.to_bits(),
                None => protocol::as_f64(thread, v)?.to_bits(),
            },
            Code::F32 => (protocol::as_f64(thread, v)? as f32).to_bits().into(),
            Code::WideChar | Code::Char => character(thread, v)?.into(),
            Code::I64 | Code::U64 => self.write_long_long(thread, v)?,
            Code::U32 | Code::UnsignedLong => {
                let word = protocol::index_u64(thread, v)?;
                if self == Code::U32 && word > u32::MAX.into() {
                    return Err(thread.overflow_error("unsigned int is greater than maximum"));
                }
                word
            }
            _ => self.write_signed(thread, v)? as u64,
        };
        Ok(word.to_le_bytes())
    }

    fn write_signed(self, thread: &Thread, v: Value) -> PyResult<i64> {
        let i = match v.as_small_int() {
            Some(i) => i,
            None => protocol::index_i64(thread, v)?,
        };
        let (low, high, name) = match self {
            Code::I8 => (i8::MIN.into(), i8::MAX.into(), "signed char"),
            Code::U8 => (0, u8::MAX.into(), "unsigned byte integer"),
            Code::I16 => (i16::MIN.into(), i16::MAX.into(), "signed short integer"),
            Code::U16 => (0, u16::MAX.into(), "unsigned short"),
            Code::I32 => (i32::MIN.into(), i32::MAX.into(), "signed integer"),
            _ => return Ok(i),
        };
        if (low..=high).contains(&i) { Ok(i) } else { Err(self.out_of_range(thread, i, name)) }
    }

    /// The small kinds go through a C short or int first, which has its say where even that is too small.
    #[cold]
    fn out_of_range(self, thread: &Thread, i: i64, name: &str) -> Raised {
        let side = |below: bool| if below { "less than minimum" } else { "greater than maximum" };
        let through = match self {
            Code::I8 => (i64::from(i16::MIN), i64::from(i16::MAX), "signed short integer"),
            Code::I16 => return thread.overflow_error(format!("{name} is {}", side(i < 0))),
            _ => (i64::from(i32::MIN), i64::from(i32::MAX), "signed integer"),
        };
        let is_byte = self == Code::U8;
        let (name, below) = match (through.0..=through.1).contains(&i) || is_byte {
            true => (name, i < 0 && (is_byte || self == Code::U16) || i < -128 && self != Code::U16),
            false => (through.2, i < 0),
        };
        thread.overflow_error(format!("{name} is {}", side(below)))
    }

    fn write_long_long(self, thread: &Thread, v: Value) -> PyResult<u64> {
        if let Some(i) = v.as_small_int()
            && (i >= 0 || self == Code::I64)
        {
            return Ok(i as u64);
        }
        let whole = protocol::index(thread, v)?;
        let number = match int::get(*whole) {
            Some(IntRef::Small(i)) => i128::from(i),
            Some(IntRef::Big(b)) => i128::try_from(b).unwrap_or(match *b < int::IBig::ZERO {
                true => i128::MIN,
                false => i128::MAX,
            }),
            None => 0,
        };
        if self == Code::U64 && number < 0 {
            return Err(thread.overflow_error("can't convert negative int to unsigned"));
        }
        let fits = match self {
            Code::U64 => number <= u64::MAX.into(),
            _ => i64::try_from(number).is_ok(),
        };
        if fits { Ok(number as u64) } else { Err(thread.overflow_error("int too big to convert")) }
    }
}

fn character(thread: &Thread, v: Value) -> PyResult<u32> {
    let wrong = match v.cast::<Str>() {
        Some(s) if s.len() == 1 => return Ok(s.code_point(0)),
        Some(s) => format!("a string of length {}", s.len()),
        None => v.ty().name().into_owned(),
    };
    Err(thread.type_error(format!("array item must be a unicode character, not {wrong}")))
}
