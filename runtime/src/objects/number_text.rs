//! Numbers from text: what `int`, `float` and `complex` make of strings and bytes, and their complaints.

use crate::error::{PyResult, Raised};
use crate::int_kernel::{self, ParseError};
use crate::number_format::parse_float;
use crate::objects::bytes::{self, Bytes};
use crate::objects::int;
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};
use ir::unicode;
use std::borrow::Cow;

/// As much of the text's `repr` as the complaint about an integer literal shows.
const SHOWN: usize = 200;

/// A string with decimal digits and spaces of all scripts in ASCII; other characters outside ASCII become `?`.
pub fn ascii_form(text: &'static Str) -> Cow<'static, [u8]> {
    if let Some(ascii) = text.as_ascii() {
        return Cow::Borrowed(ascii.as_bytes());
    }
    let convert = |point: u32| match point {
        0..=127 => point as u8,
        _ if unicode::is_space(point) => b' ',
        _ => unicode::decimal(point).map_or(b'?', |digit| b'0' + digit),
    };
    Cow::Owned(text.chars().map(convert).collect())
}

/// The text of `v`, and the object that complaints show; `None` if `v` is neither a string nor bytes-like.
fn text_of(thread: &Thread, v: Value) -> PyResult<Option<(Cow<'static, [u8]>, Ref)>> {
    if let Some(s) = v.cast::<Str>() {
        return Ok(Some((ascii_form(s), v.to_ref())));
    }
    if v.cast::<Bytes>().is_none() && v.ty().slots().buffer.is_none() {
        return Ok(None);
    }
    let content = bytes::from_object(thread, v)?;
    let copy = content.cast::<Bytes>().map_or(Vec::new(), |b| b.as_bytes().to_vec());
    Ok(Some((Cow::Owned(copy), content)))
}

/// `int(v, base)` of a string or bytes-like object; `None` if `v` is neither.
pub fn int_from_text(thread: &Thread, v: Value, base: u32) -> PyResult<Option<Ref>> {
    if base == 10
        && let Some(short) =
            v.cast::<Str>().and_then(Str::as_ascii).and_then(|s| int_kernel::parse_short(s.as_bytes()))
    {
        return Ok(Some(int::new(short)));
    }
    let Some((text, shown)) = text_of(thread, v)? else { return Ok(None) };
    match int_kernel::parse(&text, base, int::digit_limit()) {
        Ok(value) => Ok(Some(int::from_big(value))),
        Err(e) => Err(parse_error(thread, e, *shown, base)),
    }
}

fn parse_error(thread: &Thread, e: ParseError, shown: Value, base: u32) -> Raised {
    match e {
        ParseError::Base => thread.value_error("int() base must be >= 2 and <= 36, or 0"),
        ParseError::Literal => {
            let text = match protocol::repr(thread, shown) {
                Ok(text) => str::display(*text),
                Err(raised) => return raised,
            };
            let text: String = text.chars().take(SHOWN).collect();
            thread.value_error(format!("invalid literal for int() with base {base}: {text}"))
        }
        ParseError::TooManyDigits(digits) => thread.value_error(format!(
            "Exceeds the limit ({} digits) for integer string conversion: value has {digits} digits; use \
             sys.set_int_max_str_digits() to increase the limit",
            int::digit_limit()
        )),
    }
}

/// `float(v)` of a string or bytes-like object; `None` if `v` is neither.
pub fn float_from_text(thread: &Thread, v: Value) -> PyResult<Option<f64>> {
    let Some((text, _)) = text_of(thread, v)? else { return Ok(None) };
    match parse_float(&text) {
        Some(f) => Ok(Some(f)),
        None => {
            let text = protocol::repr(thread, v)?;
            let text = str::display(*text);
            Err(thread.value_error(format!("could not convert string to float: {text}")))
        }
    }
}
