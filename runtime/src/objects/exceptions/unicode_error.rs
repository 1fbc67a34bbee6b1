//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`: which object, which part of it, and why.

use super::base::{BaseException, ExceptionStruct, set_arguments};
use super::{UNICODE_ERROR, base, struct_slots};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::objects::bytes::{self, Bytes};
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::slot_fields::receiver;
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::{GetSetDef, Slots, getset};
use crate::value::{Ref, Value};
use crate::{protocol, slot_member};
use std::cell::Cell;

/// The struct of all three (and of `UnicodeError`, which leaves the fields empty).
#[repr(C)]
pub struct UnicodeError {
    pub base: BaseException,
    pub encoding: Slot,
    pub object: Slot,
    pub reason: Slot,
    pub start: Cell<isize>,
    pub end: Cell<isize>,
}

crate::object!(UnicodeError, UNICODE_ERROR);
crate::slot_fields!(UnicodeError, ..base, encoding, object, reason);

impl ExceptionStruct for UnicodeError {
    fn from_base(base: BaseException) -> UnicodeError {
        UnicodeError {
            base,
            encoding: Slot::null(),
            object: Slot::null(),
            reason: Slot::null(),
            start: Cell::new(0),
            end: Cell::new(0),
        }
    }
}

fn check_count(thread: &Thread, arguments: &Args, expected: usize) -> PyResult<()> {
    let given = arguments.count();
    if given == expected {
        return Ok(());
    }
    Err(thread.type_error(format!("function takes exactly {expected} arguments ({given} given)")))
}

fn string_argument(thread: &Thread, arguments: &Args, index: usize) -> PyResult {
    let v = arguments.positional()[index];
    if v.cast::<Str>().is_some() {
        return Ok(v.to_ref());
    }
    let type_name = if v.is_none() { "None".into() } else { v.ty().name() };
    Err(thread.type_error(format!("argument {} must be str, not {type_name}", index + 1)))
}

/// Fills the fields from `object, start, end, reason`, the first of which is argument `first`.
fn fill(thread: &Thread, exception: Value, arguments: &Args, first: usize, object: Ref) -> PyResult<()> {
    let e = receiver::<UnicodeError>(thread, exception)?;
    let given = arguments.positional();
    let start = protocol::c_ssize(thread, given[first + 1])?;
    let end = protocol::c_ssize(thread, given[first + 2])?;
    let reason = string_argument(thread, arguments, first + 3)?;
    e.object.set(object);
    e.start.set(start);
    e.end.set(end);
    e.reason.set(reason);
    Ok(())
}

fn start_init(thread: &Thread, exception: Value, arguments: &Args, count: usize) -> PyResult<()> {
    base::no_keywords(thread, exception.ty(), arguments)?;
    set_arguments(thread, exception, arguments)?;
    check_count(thread, arguments, count)
}

fn encode_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    start_init(thread, exception, arguments, 5)?;
    let encoding = string_argument(thread, arguments, 0)?;
    let object = string_argument(thread, arguments, 1)?;
    fill(thread, exception, arguments, 1, object)?;
    receiver::<UnicodeError>(thread, exception)?.encoding.set(encoding);
    Ok(())
}

fn decode_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    start_init(thread, exception, arguments, 5)?;
    let encoding = string_argument(thread, arguments, 0)?;
    let object = bytes::from_object(thread, arguments.positional()[1])?;
    fill(thread, exception, arguments, 1, object)?;
    receiver::<UnicodeError>(thread, exception)?.encoding.set(encoding);
    Ok(())
}

fn translate_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    start_init(thread, exception, arguments, 4)?;
    let object = string_argument(thread, arguments, 0)?;
    fill(thread, exception, arguments, 0, object)
}

/// The index of the one unit that the error is about, if it is exactly one and lies within the object.
fn single_index(e: &UnicodeError, length: usize) -> Option<usize> {
    let (start, end) = (e.start.get(), e.end.get());
    let within = start >= 0 && (start as usize) < length && end >= 0 && end as usize <= length;
    (within && end == start + 1).then_some(start as usize)
}

fn wrong_object(thread: &Thread, what: &str) -> Raised {
    thread.type_error(format!("UnicodeError 'object' attribute must be a {what}"))
}

/// `\x41`, `\u1234` or `\U00012345`.
fn escaped(point: u32) -> String {
    match point {
        0..=0xff => format!("\\x{point:02x}"),
        0x100..=0xffff => format!("\\u{point:04x}"),
        _ => format!("\\U{point:08x}"),
    }
}

/// `<what> in position <range>: <reason>`, behind what stands in `text` already.
fn finish(
    thread: &Thread,
    e: &UnicodeError,
    text: &mut TextBuilder,
    single: Option<String>,
    plural: &str,
) -> PyResult {
    let (start, last) = (e.start.get(), e.end.get().wrapping_sub(1));
    match single {
        Some(one) => text.push(&format!("{one} in position {start}: ")),
        None => text.push(&format!("{plural} in position {start}-{last}: ")),
    };
    let reason = e.reason.get();
    text.push_str(thread, *reason)?;
    Ok(text.finish())
}

/// `'<encoding>' codec can't <verb> `
fn codec_text(thread: &Thread, e: &UnicodeError, verb: &str) -> PyResult<TextBuilder> {
    let mut text = TextBuilder::new("'");
    let encoding = e.encoding.get();
    text.push_str(thread, *encoding)?.push(&format!("' codec can't {verb} "));
    Ok(text)
}

fn single_character(thread: &Thread, e: &UnicodeError) -> PyResult<Option<String>> {
    let object = e.object.get();
    let Some(s) = object.cast::<Str>() else { return Err(wrong_object(thread, "string")) };
    Ok(single_index(e, s.len()).map(|i| format!("character '{}'", escaped(s.code_point(i)))))
}

fn encode_str(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<UnicodeError>(thread, exception)?;
    if e.object.is_null() {
        return Ok(Str::empty());
    }
    let single = single_character(thread, e)?;
    let mut text = codec_text(thread, e, "encode")?;
    finish(thread, e, &mut text, single, "characters")
}

fn decode_str(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<UnicodeError>(thread, exception)?;
    if e.object.is_null() {
        return Ok(Str::empty());
    }
    let object = e.object.get();
    let Some(bytes) = object.cast::<Bytes>() else { return Err(wrong_object(thread, "bytes")) };
    let data = bytes.as_bytes();
    let single = single_index(e, data.len()).map(|i| format!("byte 0x{:02x}", data[i]));
    let mut text = codec_text(thread, e, "decode")?;
    finish(thread, e, &mut text, single, "bytes")
}

fn translate_str(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<UnicodeError>(thread, exception)?;
    if e.object.is_null() {
        return Ok(Str::empty());
    }
    let single = single_character(thread, e)?;
    let mut text = TextBuilder::new("can't translate ");
    finish(thread, e, &mut text, single, "characters")
}

fn set_position(
    thread: &Thread,
    exception: Value,
    value: Value,
    field: fn(&UnicodeError) -> &Cell<isize>,
) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("can't delete numeric/char attribute"));
    }
    let position = match int::get(value) {
        Some(IntRef::Small(i)) => i as isize,
        Some(IntRef::Big(_)) => protocol::c_ssize(thread, value)?,
        None => return Err(thread.type_error("an integer is required")),
    };
    field(receiver::<UnicodeError>(thread, exception)?).set(position);
    Ok(())
}

pub(super) const ENCODE_SLOTS: Slots =
    Slots { init: Some(encode_init), str: Some(encode_str), ..struct_slots::<UnicodeError>() };
pub(super) const DECODE_SLOTS: Slots =
    Slots { init: Some(decode_init), str: Some(decode_str), ..struct_slots::<UnicodeError>() };
pub(super) const TRANSLATE_SLOTS: Slots =
    Slots { init: Some(translate_init), str: Some(translate_str), ..struct_slots::<UnicodeError>() };
pub(super) const FIELDS: &[GetSetDef] = &[
    slot_member!(UnicodeError, encoding, "encoding", "exception encoding"),
    slot_member!(UnicodeError, object, "object", "exception object"),
    getset(
        "start",
        |thread, e| Ok(int::new(receiver::<UnicodeError>(thread, e)?.start.get() as i64)),
        "exception start",
    )
    .settable(|thread, e, value| set_position(thread, e, value, |e| &e.start))
    .member(),
    getset(
        "end",
        |thread, e| Ok(int::new(receiver::<UnicodeError>(thread, e)?.end.get() as i64)),
        "exception end",
    )
    .settable(|thread, e, value| set_position(thread, e, value, |e| &e.end))
    .member(),
    slot_member!(UnicodeError, reason, "reason", "exception reason"),
];
