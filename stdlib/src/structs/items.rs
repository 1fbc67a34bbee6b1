//! One value of a struct: read from bytes and written to them.

use super::ERROR;
use super::format::{Item, Kind};
use runtime::error::Raised;
use runtime::objects::bytearray::ByteArray;
use runtime::objects::bytes::Bytes;
use runtime::objects::float::half::{f64_to_half, half_to_f64};
use runtime::objects::int::{self, IntRef};
use runtime::objects::{complex, float};
use runtime::{PyResult, Ref, Thread, Value, attributes, names, protocol};

/// An unsigned integer of up to 8 bytes.
#[inline(always)]
fn read(bytes: &[u8], little: bool) -> u64 {
    let mut word = [0; 8];
    let size = bytes.len().min(8);
    match little {
        true => {
            word[..size].copy_from_slice(&bytes[..size]);
            u64::from_le_bytes(word)
        }
        false => {
            word[8 - size..].copy_from_slice(&bytes[..size]);
            u64::from_be_bytes(word)
        }
    }
}

#[inline(always)]
fn write(bytes: &mut [u8], value: u64, little: bool) {
    let size = bytes.len().min(8);
    match little {
        true => bytes[..size].copy_from_slice(&value.to_le_bytes()[..size]),
        false => bytes[..size].copy_from_slice(&value.to_be_bytes()[8 - size..]),
    }
}

fn read_float(bytes: &[u8], little: bool) -> f64 {
    let word = read(bytes, little);
    match bytes.len() {
        2 => half_to_f64(word as u16),
        4 => f32::from_bits(word as u32).into(),
        _ => f64::from_bits(word),
    }
}

/// Reads one value; `bytes` are those of the value.
#[inline]
pub(super) fn unpack(item: &Item, bytes: &[u8], little: bool) -> Ref {
    match item.kind {
        Kind::Signed => {
            let unused = 64 - 8 * bytes.len() as u32;
            int::new(((read(bytes, little) << unused) as i64) >> unused)
        }
        Kind::Unsigned | Kind::Pointer => int::from_u64(read(bytes, little)),
        Kind::Float => float::new(read_float(bytes, little)),
        Kind::Complex => {
            let (real, imag) = bytes.split_at(bytes.len() / 2);
            complex::new(read_float(real, little), read_float(imag, little))
        }
        Kind::Bool => Ref::bool(bytes[0] != 0),
        Kind::Char | Kind::Bytes => Bytes::new(bytes),
        Kind::Pascal => match bytes {
            [] => Bytes::new(&[]),
            [count, rest @ ..] => Bytes::new(&rest[..rest.len().min(usize::from(*count))]),
        },
        Kind::Pad => Ref::NONE,
    }
}

#[cold]
fn out_of_range(thread: &Thread, item: &Item) -> Raised {
    let bits = 8 * item.size as u32;
    let code = char::from(item.code);
    let (low, high) = match item.kind {
        Kind::Signed => (i64::MIN >> (64 - bits), (i64::MAX >> (64 - bits)) as u64),
        _ => (0, u64::MAX >> (64 - bits)),
    };
    ERROR.raise(thread, format!("'{code}' format requires {low} <= number <= {high}"))
}

fn integer(thread: &Thread, v: Value) -> PyResult {
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(ERROR.raise(thread, "required argument is not an integer"));
    }
    protocol::index(thread, v)
}

fn pack_integer(thread: &Thread, item: &Item, v: Value) -> PyResult<u64> {
    let whole;
    let number = match v.as_small_int() {
        Some(i) => IntRef::Small(i),
        None => {
            whole = integer(thread, v)?;
            int::get(*whole).unwrap_or(IntRef::Small(0))
        }
    };
    let bits = 8 * item.size as u32;
    let wide = match number {
        IntRef::Small(i) => Some(i128::from(i)),
        IntRef::Big(b) => i128::try_from(b).ok(),
    };
    let fits = match item.kind {
        Kind::Signed => {
            wide.filter(|i| i64::try_from(*i).is_ok_and(|i| i << (64 - bits) >> (64 - bits) == i))
        }
        Kind::Unsigned => wide.filter(|i| (0..1i128 << bits).contains(i)),
        _ => {
            let any = wide.filter(|i| (i128::from(i64::MIN)..1i128 << 64).contains(i));
            return any.map(|i| i as u64).ok_or_else(|| ERROR.raise(thread, "int too large to convert"));
        }
    };
    fits.map(|i| i as u64).ok_or_else(|| out_of_range(thread, item))
}

#[cold]
fn float_too_large(thread: &Thread, code: char, v: Value) -> Raised {
    if int::is_int(v) {
        return ERROR.raise(thread, "int too large to convert");
    }
    thread.overflow_error(format!("float too large to pack with {code} format"))
}

fn pack_float(thread: &Thread, bytes: &mut [u8], v: Value, little: bool) -> PyResult<()> {
    let value = match float::get(v) {
        Some(value) => value,
        None => protocol::as_f64(thread, v).map_err(|_| {
            drop(thread.take_raised());
            ERROR.raise(thread, "required argument is not a float")
        })?,
    };
    let word = match bytes.len() {
        2 => f64_to_half(value).ok_or_else(|| float_too_large(thread, 'e', v))?.into(),
        4 => {
            let narrow = value as f32;
            if narrow.is_infinite() && value.is_finite() {
                return Err(float_too_large(thread, 'f', v));
            }
            narrow.to_bits().into()
        }
        _ => value.to_bits(),
    };
    write(bytes, word, little);
    Ok(())
}

/// `complex(v)` as C takes a complex argument.
pub(crate) fn complex_argument(thread: &Thread, v: Value) -> PyResult<(f64, f64)> {
    if let Some(pair) = complex::get(v) {
        return Ok(pair);
    }
    if let Some(method) = attributes::special(thread, v, names::get().__complex__)? {
        let result = thread.call(*method, &[])?;
        return complex::get(*result).ok_or_else(|| {
            let (class, given) = (v.ty().name(), result.ty().name());
            thread.type_error(format!("{class}.__complex__() must return a complex, not {given}"))
        });
    }
    Ok((protocol::as_f64(thread, v)?, 0.0))
}

fn pack_complex(thread: &Thread, bytes: &mut [u8], v: Value, little: bool) -> PyResult<()> {
    let (real, imag) = complex_argument(thread, v).map_err(|_| {
        drop(thread.take_raised());
        ERROR.raise(thread, "required argument is not a complex")
    })?;
    let middle = bytes.len() / 2;
    let (first, second) = bytes.split_at_mut(middle);
    for (place, value) in [(first, real), (second, imag)] {
        let word = if middle == 4 { (value as f32).to_bits().into() } else { value.to_bits() };
        write(place, word, little);
    }
    Ok(())
}

/// The bytes of an argument for `s` and `p`.
fn text(thread: &Thread, item: &Item, v: Value) -> PyResult<&'static [u8]> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(bytes.as_bytes());
    }
    if let Some(bytes) = v.cast::<ByteArray>() {
        return Ok(bytes.as_bytes());
    }
    let code = char::from(item.code);
    Err(ERROR.raise(thread, format!("argument for '{code}' must be a bytes object")))
}

/// Writes one value; `bytes` are those of the value, and zero. Only `out` of the caller: it may run Python code.
#[inline]
pub(super) fn pack(thread: &Thread, item: &Item, bytes: &mut [u8], v: Value, little: bool) -> PyResult<()> {
    match item.kind {
        Kind::Signed | Kind::Unsigned | Kind::Pointer => {
            let word = pack_integer(thread, item, v)?;
            write(bytes, word, little);
        }
        Kind::Float => return pack_float(thread, bytes, v, little),
        Kind::Complex => return pack_complex(thread, bytes, v, little),
        Kind::Bool => bytes[0] = protocol::is_true(thread, v)?.into(),
        Kind::Char => match v.cast::<Bytes>().map(|b| b.as_bytes()) {
            Some([one]) => bytes[0] = *one,
            _ => return Err(ERROR.raise(thread, "char format requires a bytes object of length 1")),
        },
        Kind::Bytes => {
            let text = text(thread, item, v)?;
            let length = text.len().min(bytes.len());
            bytes[..length].copy_from_slice(&text[..length]);
        }
        Kind::Pascal => {
            let text = text(thread, item, v)?;
            if let [count, rest @ ..] = bytes {
                let length = text.len().min(rest.len());
                rest[..length].copy_from_slice(&text[..length]);
                *count = length.min(255) as u8;
            }
        }
        Kind::Pad => {}
    }
    Ok(())
}
