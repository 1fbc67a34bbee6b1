//! The codec of character maps: bytes to characters by a table or mapping, and back.

use super::codecs::Codec;
use super::codecs::{
    Handler, call_handler, content, encode_exception, escaped, handle_decode_error, handler,
};
use crate::error::{PyResult, Raised};
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::exceptions::LOOKUP_ERROR;
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::protocol;
use crate::str_kernel::TextBuilder;
use crate::str_kernel::codec::CodecError;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// The entry of a table that stands for nothing.
const UNDEFINED: u32 = 0xfffe;
const UNDEFINED_REASON: &str = "character maps to <undefined>";

fn undefined(start: usize, end: usize) -> CodecError {
    CodecError { start, end, reason: UNDEFINED_REASON }
}

/// What a mapping has for a number; `None` if nothing.
fn entry(thread: &Thread, mapping: Value, key: u32) -> PyResult<Option<Ref>> {
    let key = Value::small_int(key.into());
    let found = match mapping.cast::<Dict>().filter(|_| mapping.is_exact(&crate::types::registry::DICT)) {
        Some(dict) => dict.get(thread, key)?,
        None => match protocol::get_item(thread, mapping, key) {
            Ok(value) => Some(value),
            Err(raised) => {
                thread.catch(raised, &LOOKUP_ERROR)?;
                None
            }
        },
    };
    Ok(found.filter(|value| !value.is_none()))
}

/// Appends what a byte maps to; false if that is nothing.
fn decode_byte(thread: &Thread, mapping: Value, byte: u8, out: &mut TextBuilder) -> PyResult<bool> {
    if let Some(table) = mapping.cast::<Str>() {
        let point = (usize::from(byte) < table.len()).then(|| table.code_point(byte.into()));
        let Some(point) = point.filter(|point| *point != UNDEFINED) else { return Ok(false) };
        out.push(point);
        return Ok(true);
    }
    let Some(value) = entry(thread, mapping, byte.into())? else { return Ok(false) };
    if let Some(text) = value.cast::<Str>() {
        if text.len() == 1 && text.code_point(0) == UNDEFINED {
            return Ok(false);
        }
        out.extend_data(text.data());
        return Ok(true);
    }
    match int::get(*value) {
        Some(IntRef::Small(point @ 0..=0x10ffff)) if point as u32 == UNDEFINED => Ok(false),
        Some(IntRef::Small(point @ 0..=0x10ffff)) => {
            out.push(point as u32);
            Ok(true)
        }
        Some(_) => Err(thread.type_error("character mapping must be in range(0x110000)")),
        None => Err(thread.type_error("character mapping must return integer, None or str")),
    }
}

/// The text of a bytes object under a mapping: a string with the character of each byte, or an object with items.
pub fn decode(thread: &Thread, object: &Ref, errors: &str, mapping: Value) -> PyResult {
    let input = content(object);
    let mut out = TextBuilder::with_capacity(input.len());
    let (mut at, mut chosen) = (0, None);
    while let Some(byte) = input.get(at) {
        if decode_byte(thread, mapping, *byte, &mut out)? {
            at += 1;
            continue;
        }
        if chosen.is_none() {
            chosen = Some(handler(thread, errors)?);
        }
        if let Some(handler) = &chosen {
            let error = undefined(at, at + 1);
            at = handle_decode_error(thread, Codec::Charmap, object, handler, error, &mut out)?;
        }
    }
    Ok(Str::from_data(out.finish().data()))
}

/// Appends what a character maps to; false if that is nothing.
fn encode_point(thread: &Thread, mapping: Value, point: u32, out: &mut Vec<u8>) -> PyResult<bool> {
    let Some(value) = entry(thread, mapping, point)? else { return Ok(false) };
    if let Some(bytes) = value.cast::<Bytes>() {
        out.extend_from_slice(bytes.as_bytes());
        return Ok(true);
    }
    match int::get(*value) {
        Some(IntRef::Small(byte @ 0..=255)) => {
            out.push(byte as u8);
            Ok(true)
        }
        Some(_) => Err(thread.type_error("character mapping must be in range(256)")),
        None => {
            let name = value.ty().name();
            let message = format!("character mapping must return integer, bytes or None, not {name}");
            Err(thread.type_error(message))
        }
    }
}

/// The bytes of a string under a mapping.
pub fn encode(thread: &Thread, object: &Ref, errors: &str, mapping: Value) -> PyResult<Vec<u8>> {
    let Some(text) = object.cast::<Str>() else { return Err(thread.type_error("a str is required")) };
    let mut out = Vec::with_capacity(text.len());
    let (mut at, mut chosen) = (0, None);
    while at < text.len() {
        if encode_point(thread, mapping, text.code_point(at), &mut out)? {
            at += 1;
            continue;
        }
        // All characters side by side that map to nothing are one error.
        let mut end = at + 1;
        while end < text.len() && !encode_point(thread, mapping, text.code_point(end), &mut Vec::new())? {
            end += 1;
        }
        if chosen.is_none() {
            chosen = Some(handler(thread, errors)?);
        }
        if let Some(handler) = &chosen {
            at = handle_encode_error(thread, object, handler, undefined(at, end), mapping, &mut out)?;
        }
    }
    Ok(out)
}

fn refused(thread: &Thread, object: &Ref, error: CodecError) -> Raised {
    match encode_exception(thread, Codec::Charmap, object, error) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn handle_encode_error(
    thread: &Thread,
    object: &Ref,
    handler: &Handler,
    error: CodecError,
    mapping: Value,
    out: &mut Vec<u8>,
) -> PyResult<usize> {
    let Some(text) = object.cast::<Str>() else { return Ok(error.end) };
    let wrong = || (error.start..error.end).map(|i| text.code_point(i));
    // A replacement goes through the mapping too.
    let put = |out: &mut Vec<u8>, points: &mut dyn Iterator<Item = u32>| {
        for point in points {
            if !encode_point(thread, mapping, point, out)? {
                return Err(refused(thread, object, error));
            }
        }
        Ok(())
    };
    match handler {
        Handler::Ignore => {}
        Handler::Replace | Handler::BackslashReplace | Handler::XmlCharRefReplace | Handler::NameReplace => {
            let shown: String = wrong().map(|point| escaped(handler, point)).collect();
            put(out, &mut shown.chars().map(u32::from))?;
        }
        Handler::SurrogateEscape if wrong().all(|point| (0xdc80..=0xdcff).contains(&point)) => {
            out.extend(wrong().map(|point| (point - 0xdc00) as u8));
        }
        Handler::Other(callable) => {
            let exception = encode_exception(thread, Codec::Charmap, object, error)?;
            let (replacement, position) = call_handler(thread, callable, exception, "encoding", text.len())?;
            if let Some(bytes) = replacement.cast::<Bytes>() {
                out.extend_from_slice(bytes.as_bytes());
            } else if let Some(text) = replacement.cast::<Str>() {
                put(out, &mut text.chars())?;
            } else {
                return Err(thread.type_error("encoding error handler must return (str/bytes, int) tuple"));
            }
            return Ok(position);
        }
        Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => {
            return Err(refused(thread, object, error));
        }
    }
    Ok(error.end)
}
