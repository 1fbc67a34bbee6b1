//! `SyntaxError`: a message, and where in which source.

use super::base::{BaseException, ExceptionStruct, base_init};
use super::fields::exception_struct;
use super::{SYNTAX_ERROR, struct_slots};
use crate::call::Args;
use crate::error::PyResult;
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::slot_fields::receiver;
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::{GetSetDef, Slots};
use crate::value::{Ref, Value};
use crate::{protocol, slot_member};

exception_struct!(
    /// `SyntaxError`
    SyntaxError SYNTAX_ERROR {
        msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line, metadata
    }
);

fn init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    base_init(thread, exception, arguments)?;
    let e = receiver::<SyntaxError>(thread, exception)?;
    if let Some(message) = arguments.get(0) {
        e.msg.set(message.to_ref());
    }
    if arguments.count() != 2 {
        return Ok(());
    }
    let details = protocol::collect(thread, arguments.positional()[1])?;
    let given = details.len();
    if given < 4 {
        return Err(thread.type_error(format!("function takes at least 4 arguments ({given} given)")));
    }
    if given > 7 {
        return Err(thread.type_error(format!("function takes at most 7 arguments ({given} given)")));
    }
    let places = [&e.filename, &e.lineno, &e.offset, &e.text, &e.end_lineno, &e.end_offset, &e.metadata];
    let mut details = details.into_iter();
    for place in places {
        place.set(details.next().unwrap_or(Ref::NULL));
    }
    if !e.end_lineno.is_null() && e.end_offset.is_null() {
        return Err(thread.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn syntax_error_str(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<SyntaxError>(thread, exception)?;
    let mut text = TextBuilder::default();
    let message = e.msg.option().unwrap_or(Ref::NONE);
    text.push_str(thread, *message)?;
    let line = match (e.lineno.peek().is_null() || e.lineno.peek().is_bool(), int::get(e.lineno.peek())) {
        (false, Some(IntRef::Small(line))) => Some(line),
        _ => None,
    };
    let filename = e.filename.peek().cast::<Str>();
    if filename.is_none() && line.is_none() {
        return Ok(text.finish());
    }
    text.push(" (");
    if let Some(name) = filename {
        let slash = u32::from('/');
        let start = name.chars().rposition(|c| c == slash).map_or(0, |i| i + 1);
        text.push_value(*name.substring(start, name.len()));
    }
    if let Some(line) = line {
        text.push(if filename.is_some() { ", " } else { "" }).push(&format!("line {line}"));
    }
    text.push(")");
    Ok(text.finish())
}

pub(super) const SLOTS: Slots =
    Slots { init: Some(init), str: Some(syntax_error_str), ..struct_slots::<SyntaxError>() };
pub(super) const FIELDS: &[GetSetDef] = &[
    slot_member!(SyntaxError, msg, "msg", "exception msg"),
    slot_member!(SyntaxError, filename, "filename", "exception filename"),
    slot_member!(SyntaxError, lineno, "lineno", "exception lineno"),
    slot_member!(SyntaxError, offset, "offset", "exception offset"),
    slot_member!(SyntaxError, text, "text", "exception text"),
    slot_member!(SyntaxError, end_lineno, "end_lineno", "exception end lineno"),
    slot_member!(SyntaxError, end_offset, "end_offset", "exception end offset"),
    slot_member!(SyntaxError, print_file_and_line, "print_file_and_line", "exception print_file_and_line"),
    slot_member!(SyntaxError, metadata, "_metadata", "exception private metadata"),
];
