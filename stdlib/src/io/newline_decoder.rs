//! `IncrementalNewlineDecoder`: wraps a decoder and makes line ends universal.

use super::support::*;
use super::text_read::{newlines_value, universal_newlines};
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::binding::Parameters;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset,
    method, new_object, protocol,
};
use std::cell::Cell;

#[repr(C)]
pub struct NewlineDecoder {
    pub header: Header,
    /// The wrapped decoder; None if the input is text already.
    decoder: Slot,
    translate: Cell<bool>,
    pending_cr: Cell<bool>,
    seen: Cell<u8>,
}

runtime::object!(NewlineDecoder, NEWLINE_DECODER);
runtime::slot_fields!(NewlineDecoder, decoder);

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| NewlineDecoder {
        header,
        decoder: Slot::null(),
        translate: Cell::new(false),
        pending_cr: Cell::new(false),
        seen: Cell::new(0),
    }))
}

static PARAMETERS: Parameters =
    Parameters::new("IncrementalNewlineDecoder", "(decoder, translate, errors='strict')");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| {
        let d = receiver::<NewlineDecoder>(thread, v)?;
        d.translate.set(protocol::is_true(thread, a[1])?);
        d.pending_cr.set(false);
        d.seen.set(0);
        d.decoder.set(a[0].to_ref());
        Ok(())
    })
}

/// The receiver and the decoder it wraps (None for text).
fn ready(thread: &Thread, v: Value) -> PyResult<(&'static NewlineDecoder, Ref)> {
    let d = receiver::<NewlineDecoder>(thread, v)?;
    match d.decoder.option() {
        Some(decoder) => Ok((d, decoder)),
        None => Err(thread.value_error("IncrementalNewlineDecoder.__init__() not called")),
    }
}

fn decode(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let (d, decoder) = ready(thread, v)?;
    let is_final = flag_argument(thread, a[1], false)?;
    let text = match decoder.is_none() {
        true => a[0].to_ref(),
        false => call(thread, *decoder, "decode", &[a[0], Value::bool(is_final)])?,
    };
    if text.cast::<Str>().is_none() {
        let message = format!("decoder should return a string result, not '{}'", text.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(universal_newlines(&text, d.translate.get(), is_final, &d.pending_cr, &d.seen))
}

fn getstate(thread: &Thread, v: Value) -> PyResult {
    let (d, decoder) = ready(thread, v)?;
    let (mut buffer, mut flags) = (Bytes::new(b""), 0);
    if !decoder.is_none() {
        let state = call(thread, *decoder, "getstate", &[])?;
        let Some([bytes, number]) = state.cast::<Tuple>().map(|t| t.items()) else {
            return Err(thread.type_error("illegal decoder state"));
        };
        buffer = bytes.to_ref();
        flags = offset_argument(thread, *number)?;
    }
    let flags = int::new((flags << 1) | i64::from(d.pending_cr.get()));
    Ok(Tuple::from_values(&[*buffer, *flags]))
}

fn setstate(thread: &Thread, v: Value, state: Value) -> PyResult {
    let (d, decoder) = ready(thread, v)?;
    let Some(state) = state.cast::<Tuple>() else {
        return Err(thread.type_error("state argument must be a tuple"));
    };
    let [buffer, flags] = state.items() else { return Err(thread.type_error("illegal decoder state")) };
    let flags = offset_argument(thread, *flags)?;
    d.pending_cr.set(flags & 1 != 0);
    if decoder.is_none() {
        return Ok(Ref::NONE);
    }
    let inner = Tuple::from_values(&[*buffer, *int::new(flags >> 1)]);
    call(thread, *decoder, "setstate", &[*inner])
}

fn reset(thread: &Thread, v: Value) -> PyResult {
    let (d, decoder) = ready(thread, v)?;
    d.seen.set(0);
    d.pending_cr.set(false);
    if decoder.is_none() { Ok(Ref::NONE) } else { call(thread, *decoder, "reset", &[]) }
}

fn newlines(thread: &Thread, v: Value) -> PyResult {
    Ok(newlines_value(ready(thread, v)?.0.seen.get()))
}

pub static NEWLINE_DECODER: Type = Type::new_static(&TypeSpec {
    name: "_io.IncrementalNewlineDecoder",
    size: size_of::<NewlineDecoder>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<NewlineDecoder>,
        traverse: Some(traverse_slots::<NewlineDecoder>),
        clear: Some(clear_slots::<NewlineDecoder>),
        ..Slots::EMPTY
    },
    methods: &[
        method("decode", "($self, /, input, final=False)", NativeFn::Bound(decode), ""),
        method("getstate", "($self, /)", NativeFn::NoArgs(getstate), ""),
        method("setstate", "($self, state, /)", NativeFn::One(setstate), ""),
        method("reset", "($self, /)", NativeFn::NoArgs(reset), ""),
    ],
    getsets: &[getset("newlines", newlines, "")],
    signature: "(decoder, translate, errors='strict')",
    doc: "Codec used when reading a file in universal newlines mode.\n\nIt wraps another incremental decoder, translating \\r\\n and \\r into \\n.\nIt also records the types of newlines encountered.  When used with\ntranslate=False, it ensures that the newline sequence is returned in\none piece. When used with decoder=None, it expects unicode strings as\ndecode input and translates newlines without first invoking an external\ndecoder.",
    ..TypeSpec::EMPTY
});
