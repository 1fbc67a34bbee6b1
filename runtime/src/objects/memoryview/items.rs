//! Items of memory: bytes in a native format of one character, to objects and back.

use crate::error::{PyResult, Raised};
use crate::objects::bytes::Bytes;
use crate::objects::exceptions::NOT_IMPLEMENTED_ERROR;
use crate::objects::float;
use crate::objects::float::half::{f64_to_half, half_to_f64};
use crate::objects::int::{self, IntRef};
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// The longest item that a native format has.
pub(super) const LONGEST: usize = 8;

/// The code of a format that is one native character, with `@` in front or not.
pub(super) fn native_code(format: &str) -> Option<u8> {
    match format.as_bytes() {
        [code] | [b'@', code] if item_size(*code).is_some() => Some(*code),
        _ => None,
    }
}

pub(super) fn item_size(code: u8) -> Option<usize> {
    Some(match code {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

/// Whether the format is that of bytes.
pub(super) fn is_byte(code: Option<u8>) -> bool {
    matches!(code, Some(b'B' | b'b' | b'c'))
}

/// Whether items are equal just where their bytes are.
pub(super) fn is_plain(code: u8) -> bool {
    !matches!(code, b'e' | b'f' | b'd' | b'?')
}

/// The item whose bytes these are.
pub(super) fn read(thread: &Thread, code: Option<u8>, format: &str, bytes: &[u8]) -> PyResult {
    let Some(code) = code else {
        let message = format!("memoryview: format {format} not supported");
        return Err(thread.error(&NOT_IMPLEMENTED_ERROR, message));
    };
    let mut word = [0; LONGEST];
    let size = bytes.len().min(LONGEST);
    word[..size].copy_from_slice(&bytes[..size]);
    let word = u64::from_le_bytes(word);
    Ok(match code {
        b'c' => Bytes::new(&bytes[..1]),
        b'b' => int::new((word as i8).into()),
        b'?' => Ref::bool(word as u8 != 0),
        b'h' => int::new((word as i16).into()),
        b'i' => int::new((word as i32).into()),
        b'l' | b'q' | b'n' => int::new(word as i64),
        b'e' => float::new(half_to_f64(word as u16)),
        b'f' => float::new(f32::from_bits(word as u32).into()),
        b'd' => float::new(f64::from_bits(word)),
        _ => int::from_u64(word),
    })
}

#[cold]
fn wrong_type(thread: &Thread, format: &str) -> Raised {
    thread.type_error(format!("memoryview: invalid type for format '{format}'"))
}

#[cold]
fn wrong_value(thread: &Thread, format: &str) -> Raised {
    thread.value_error(format!("memoryview: invalid value for format '{format}'"))
}

/// An object as an item; the bytes stand at the front. It may run Python code.
pub(super) fn write(thread: &Thread, code: Option<u8>, format: &str, v: Value) -> PyResult<[u8; LONGEST]> {
    let Some(code) = code else {
        let message = format!("memoryview: format {format} not supported");
        return Err(thread.error(&NOT_IMPLEMENTED_ERROR, message));
    };
    let word = match code {
        b'?' => protocol::is_true(thread, v)?.into(),
        b'c' => match v.cast::<Bytes>().map(|b| b.as_bytes()) {
            Some([byte]) => u64::from(*byte),
            Some(_) => return Err(wrong_value(thread, format)),
            None => return Err(wrong_type(thread, format)),
        },
        b'e' | b'f' | b'd' => write_float(thread, code, format, v)?,
        _ => write_integer(thread, code, format, v)?,
    };
    Ok(word.to_le_bytes())
}

fn write_float(thread: &Thread, code: u8, format: &str, v: Value) -> PyResult<u64> {
    let value = protocol::as_f64(thread, v).map_err(|raised| {
        let is_type_error = thread.raised_matches(&crate::objects::exceptions::TYPE_ERROR);
        if is_type_error {
            drop(thread.take_raised());
            return wrong_type(thread, format);
        }
        raised
    })?;
    match code {
        b'd' => Ok(value.to_bits()),
        b'e' => f64_to_half(value).map(u64::from).ok_or_else(|| wrong_value(thread, format)),
        _ => {
            let narrow = value as f32;
            if narrow.is_infinite() && value.is_finite() {
                return Err(wrong_value(thread, format));
            }
            Ok(narrow.to_bits().into())
        }
    }
}

fn write_integer(thread: &Thread, code: u8, format: &str, v: Value) -> PyResult<u64> {
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(wrong_type(thread, format));
    }
    let whole = protocol::index(thread, v)?;
    let number = match int::get(*whole) {
        Some(IntRef::Small(i)) => Some(i128::from(i)),
        Some(IntRef::Big(b)) => i128::try_from(b).ok(),
        None => None,
    };
    let bits = 8 * item_size(code).unwrap_or(LONGEST) as u32;
    let (low, high) = match code.is_ascii_lowercase() {
        true => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        false => (0, (1i128 << bits) - 1),
    };
    let fits = number.filter(|number| (low..=high).contains(number));
    fits.map(|number| number as u64).ok_or_else(|| wrong_value(thread, format))
}
