//! `TextIOWrapper`: text over a buffered stream, and how it writes. How it reads is in `text_read`.
//!
//! Encoded text waits in `pending` until there is a chunk of it (or until a flush); the common encodings are encoded and
//! decoded by the runtime's kernels, others by the incremental encoder and decoder of their codec.

use super::base::{STREAM_FLAGS, TEXT_IO_BASE, ensure_open};
use super::buffered::{self, BufferedWriter, core_of};
use super::file::{FileIo, getstate};
use super::support::*;
use super::text_read::{self, Reading, newlines, next, read, readline, seek, tell};
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs::{self, Codec};
use runtime::objects::int;
use runtime::objects::str::{Str, display};
use runtime::slot_fields::{clear_slots, none_if_null, receiver, traverse_slots};
use runtime::types::binding::Parameters;
use runtime::{
    Args, GilCell, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeSpec, Value, attributes,
    getset, method, new_object, protocol,
};
use std::cell::Cell;

/// How much encoded text may wait, and how much is read at a time.
const CHUNK_SIZE: usize = 8192;

/// What `newline=` says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newline {
    /// `None`: all line ends are read as `\n`.
    Universal,
    /// `''`: all line ends count and stay.
    Untranslated,
    Lf,
    Cr,
    CrLf,
}

impl Newline {
    /// The argument's meaning.
    pub fn parse(thread: &Thread, v: Value) -> PyResult<Newline> {
        if v.is_null() || v.is_none() {
            return Ok(Newline::Universal);
        }
        if v.cast::<Str>().is_none() {
            let message =
                format!("TextIOWrapper() argument 'newline' must be str or None, not {}", v.ty().name());
            return Err(thread.type_error(message));
        }
        let text = display(v);
        Ok(match text.as_str() {
            "" => Newline::Untranslated,
            "\n" => Newline::Lf,
            "\r" => Newline::Cr,
            "\r\n" => Newline::CrLf,
            _ => return Err(thread.value_error(format!("illegal newline value: {text}"))),
        })
    }
    /// What is written for `\n`, if it is something else.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            _ => None,
        }
    }
    pub fn is_universal(self) -> bool {
        matches!(self, Newline::Universal | Newline::Untranslated)
    }
}

/// A text stream.
#[repr(C)]
pub struct TextIoWrapper {
    pub header: Header,
    pub buffer: Slot,
    encoding: Slot,
    pub errors: Slot,
    /// Incremental encoder and decoder where `codec` is `None`.
    encoder: Slot,
    pub decoder: Slot,
    /// Text that has been decoded; how much of it has been handed out is in `reading`.
    pub decoded: Slot,
    /// The decoder's state at the start of the chunk that `decoded` came from.
    pub snapshot_state: Slot,
    pub codec: Cell<Option<Codec>>,
    pub newline: Cell<Newline>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    detached: Cell<bool>,
    finalizing: Cell<bool>,
    pub chunk_size: Cell<usize>,
    pending: GilCell<Vec<u8>>,
    pub reading: Reading,
}

runtime::object!(TextIoWrapper, TEXT_IO_WRAPPER);
runtime::slot_fields!(TextIoWrapper, buffer, encoding, errors, encoder, decoder, decoded, snapshot_state);

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| TextIoWrapper {
        header,
        buffer: Slot::null(),
        encoding: Slot::null(),
        errors: Slot::null(),
        encoder: Slot::null(),
        decoder: Slot::null(),
        decoded: Slot::null(),
        snapshot_state: Slot::null(),
        codec: Cell::new(None),
        newline: Cell::new(Newline::Universal),
        line_buffering: Cell::new(false),
        write_through: Cell::new(false),
        detached: Cell::new(false),
        finalizing: Cell::new(false),
        chunk_size: Cell::new(CHUNK_SIZE),
        pending: GilCell::new(Vec::new()),
        reading: Reading::new(),
    }))
}

static PARAMETERS: Parameters = Parameters::new(
    "TextIOWrapper",
    "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
);

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| initialise(thread, v, a))
}

/// A string argument that may be None.
fn text_or_none(thread: &Thread, function: &str, argument: &str, v: Value) -> PyResult<Option<Ref>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    if v.cast::<Str>().is_none() {
        let message =
            format!("{function}() argument '{argument}' must be str or None, not {}", v.ty().name());
        return Err(thread.type_error(message));
    }
    if display(v).contains('\0') {
        return Err(thread.value_error("embedded null character"));
    }
    Ok(Some(v.to_ref()))
}

fn initialise(thread: &Thread, v: Value, a: &[Value]) -> PyResult<()> {
    let w = receiver::<TextIoWrapper>(thread, v)?;
    let encoding = text_or_none(thread, "TextIOWrapper", "encoding", a[1])?;
    let encoding = match encoding {
        Some(encoding) if str_is(*encoding, "locale") => Str::new("UTF-8"),
        Some(encoding) => encoding,
        None => Str::new("UTF-8"),
    };
    let errors = text_or_none(thread, "TextIOWrapper", "errors", a[2])?.unwrap_or_else(|| Str::new("strict"));
    let newline = Newline::parse(thread, a[3])?;
    w.line_buffering.set(flag_argument(thread, a[4], false)?);
    w.write_through.set(flag_argument(thread, a[5], false)?);
    let buffer = a[0].to_ref();
    set_codec(thread, w, *buffer, encoding, errors)?;
    w.newline.set(newline);
    w.pending.with(|p| p.clear());
    w.detached.set(false);
    w.reading.reset();
    w.decoded.set(Ref::NULL);
    let seekable = call_bool(thread, *buffer, "seekable")?;
    w.reading.seekable.set(seekable);
    w.reading.telling.set(seekable);
    w.buffer.set(buffer);
    // What follows a byte order mark that is there already has none.
    if seekable && w.codec.get().is_some_and(has_mark) && call_bool(thread, w.buffer.peek(), "writable")? {
        let position = call(thread, *w.buffer.get(), "tell", &[])?;
        w.reading.mark_written.set(protocol::is_true(thread, *position)?);
    }
    Ok(())
}

fn str_is(v: Value, text: &str) -> bool {
    runtime::objects::str::equals(v, text)
}

fn has_mark(codec: Codec) -> bool {
    matches!(codec, Codec::Utf16(None) | Codec::Utf32(None))
}

/// Finds the codec: one of the runtime's, or the incremental ones of the registry.
fn set_codec(thread: &Thread, w: &TextIoWrapper, buffer: Value, encoding: Ref, errors: Ref) -> PyResult<()> {
    let name_text = display(*encoding);
    let native = Codec::named(&name_text)
        .filter(|codec| !matches!(codec, Codec::UnicodeEscape | Codec::RawUnicodeEscape));
    w.codec.set(native);
    if native.is_none() {
        let codec = codecs::lookup(thread, &name_text)?;
        if let Some(flag) = optional_attribute(thread, *codec, "_is_text_encoding")?
            && !protocol::is_true(thread, *flag)?
        {
            let message =
                format!("'{name_text}' is not a text encoding; use codecs.open() to handle arbitrary codecs");
            return Err(thread.error(&runtime::objects::exceptions::LOOKUP_ERROR, message));
        }
        if call_bool(thread, buffer, "readable")? {
            w.decoder.set(call(thread, *codec, "incrementaldecoder", &[*errors])?);
        }
        if call_bool(thread, buffer, "writable")? {
            w.encoder.set(call(thread, *codec, "incrementalencoder", &[*errors])?);
        }
    }
    w.encoding.set(encoding);
    w.errors.set(errors);
    Ok(())
}

/// The stream, if it has its buffer.
pub fn attached(thread: &Thread, v: Value) -> PyResult<&'static TextIoWrapper> {
    let w = receiver::<TextIoWrapper>(thread, v)?;
    if !w.buffer.is_null() {
        return Ok(w);
    }
    let message = if w.detached.get() {
        "underlying buffer has been detached"
    } else {
        "I/O operation on uninitialized object"
    };
    Err(thread.value_error(message))
}

/// The stream, if it is open. Exact native streams are asked without calls.
pub fn open_stream(thread: &Thread, v: Value) -> PyResult<&'static TextIoWrapper> {
    let w = attached(thread, v)?;
    if v.is_exact(&TEXT_IO_WRAPPER)
        && let Some(core) = core_of(w.buffer.peek())
        && let Some(file) = core.raw.peek().cast_exact::<FileIo>()
    {
        if file.fd.get() >= 0 {
            return Ok(w);
        }
        return Err(thread.value_error("I/O operation on closed file."));
    }
    ensure_open(thread, v)?;
    Ok(w)
}

// Writing.

fn write(thread: &Thread, v: Value, text: Value) -> PyResult {
    let Some(s) = text.cast::<Str>() else {
        let message = format!("write() argument must be str, not {}", text.ty().name());
        return Err(thread.type_error(message));
    };
    let w = open_stream(thread, v)?;
    if let Some(ascii) = s.as_ascii()
        && w.encodes_ascii()
        && w.newline.get().written().is_none()
        && !w.reading.is_ahead(w)
        && core_of(w.buffer.peek()).is_some_and(|core| core.is_writable())
    {
        let bytes = ascii.as_bytes();
        let waiting = w.pending.with(|p| {
            p.extend_from_slice(bytes);
            p.len()
        });
        let flushes = w.line_buffering.get() && memchr::memchr2(b'\n', b'\r', bytes).is_some();
        if waiting > w.chunk_size.get() || flushes || w.write_through.get() {
            after_write(thread, w, flushes)?;
        }
        return Ok(int::from_usize(s.len()));
    }
    write_slow(thread, w, text, s)
}

impl TextIoWrapper {
    /// Whether the encoding of ASCII text is its bytes.
    #[inline]
    fn encodes_ascii(&self) -> bool {
        matches!(self.codec.get(), Some(Codec::Utf8 | Codec::Ascii | Codec::Latin1))
    }
}

#[inline(never)]
fn write_slow(thread: &Thread, w: &TextIoWrapper, text: Value, s: &Str) -> PyResult {
    if w.codec.get().is_none() && w.encoder.is_null()
        || w.codec.get().is_some() && !call_bool(thread, *w.buffer.get(), "writable")?
    {
        return Err(unsupported(thread, "not writable"));
    }
    let has = |wanted: u32| s.chars().any(|c| c == wanted);
    let has_newline = has(10);
    let flushes = w.line_buffering.get() && (has_newline || has(13));
    let translated = match w.newline.get().written() {
        Some(newline) if has_newline => Some(replace_newlines(s, newline)),
        _ => None,
    };
    let encoded = encode(thread, w, translated.as_deref().copied().unwrap_or(text))?;
    w.pending.with(|p| p.extend_from_slice(&encoded));
    if w.reading.is_ahead(w) {
        text_read::forget(w);
    }
    after_write(thread, w, flushes)?;
    Ok(int::from_usize(s.len()))
}

/// Sends on what waits if there is enough of it, or if the stream is to keep none.
fn after_write(thread: &Thread, w: &TextIoWrapper, flushes: bool) -> PyResult<()> {
    let waiting = w.pending.with(|p| p.len());
    if waiting > w.chunk_size.get() || flushes || w.write_through.get() {
        send_pending(thread, w)?;
    }
    if flushes {
        flush_buffer(thread, w)?;
    }
    Ok(())
}

fn flush_buffer(thread: &Thread, w: &TextIoWrapper) -> PyResult<()> {
    let buffer = w.buffer.get();
    if buffer.cast_exact::<BufferedWriter>().is_some() {
        return buffered::flush_stream(thread, *buffer);
    }
    call(thread, *buffer, "flush", &[]).map(drop)
}

/// Text with `newline` for each `\n`.
pub fn replace_newlines(s: &Str, newline: &str) -> Ref {
    let mut points = Vec::with_capacity(s.len() + 16);
    for c in s.chars() {
        match c {
            10 => points.extend(newline.chars().map(u32::from)),
            c => points.push(c),
        }
    }
    Str::from_code_points(&points)
}

fn encode(thread: &Thread, w: &TextIoWrapper, text: Value) -> PyResult<Vec<u8>> {
    if let Some(codec) = w.codec.get() {
        let errors = display(w.errors.peek());
        let mark_length = match codec {
            Codec::Utf16(None) => 2,
            Codec::Utf32(None) => 4,
            _ => 0,
        };
        let mut encoded = codecs::encode_with(thread, codec, text, &errors)?;
        if w.reading.mark_written.replace(true) {
            encoded.drain(..mark_length.min(encoded.len()));
        }
        return Ok(encoded);
    }
    let encoded = call(thread, *w.encoder.get(), "encode", &[text])?;
    match encoded.cast::<Bytes>() {
        Some(bytes) => Ok(bytes.as_bytes().to_vec()),
        None => {
            let message = format!("encoder should return a bytes object, not '{}'", encoded.ty().name());
            Err(thread.type_error(message))
        }
    }
}

/// Gives what waits to the buffer. If that fails, it waits no more.
pub fn send_pending(thread: &Thread, w: &TextIoWrapper) -> PyResult<()> {
    let data = w.pending.take();
    if data.is_empty() {
        return Ok(());
    }
    let buffer = w.buffer.get();
    if buffer.cast_exact::<BufferedWriter>().is_some() {
        buffered::write_bytes(thread, *buffer, &data)?;
    } else {
        let bytes = Bytes::new(&data);
        call(thread, *buffer, "write", &[*bytes])?;
    }
    w.pending.with(|p| {
        if p.is_empty() {
            let mut data = data;
            data.clear();
            *p = data;
        }
    });
    Ok(())
}

fn flush(thread: &Thread, v: Value) -> PyResult {
    let w = open_stream(thread, v)?;
    w.reading.telling.set(w.reading.seekable.get());
    send_pending(thread, w)?;
    flush_buffer(thread, w)?;
    Ok(Ref::NONE)
}

// Settings.

fn reconfigure(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let w = attached(thread, v)?;
    let encoding = text_or_none(thread, "reconfigure", "encoding", a[0])?;
    let errors = text_or_none(thread, "reconfigure", "errors", a[1])?;
    let newline = if a[2].is_null() { None } else { Some(Newline::parse(thread, a[2])?) };
    let flag = |v: Value, now: bool| match v {
        Value::NULL | Value::NONE => Ok(now),
        v => protocol::is_true(thread, v),
    };
    let line_buffering = flag(a[3], w.line_buffering.get())?;
    let write_through = flag(a[4], w.write_through.get())?;
    let changes_decoding = encoding.is_some() || errors.is_some() || newline.is_some();
    if changes_decoding && w.reading.has_read(w) {
        let message = "It is not possible to set the encoding or newline of stream after the first read";
        return Err(unsupported(thread, message));
    }
    call(thread, v, "flush", &[])?;
    if encoding.is_some() || errors.is_some() {
        let errors = match (errors, &encoding) {
            (Some(errors), _) => errors,
            (None, Some(_)) => Str::new("strict"),
            (None, None) => w.errors.get(),
        };
        let encoding = encoding.unwrap_or_else(|| w.encoding.get());
        let encoding = if str_is(*encoding, "locale") { Str::new("UTF-8") } else { encoding };
        let buffer = w.buffer.get();
        set_codec(thread, w, *buffer, encoding, errors)?;
    }
    if let Some(newline) = newline {
        w.newline.set(newline);
    }
    w.line_buffering.set(line_buffering);
    w.write_through.set(write_through);
    Ok(Ref::NONE)
}

// Life.

fn detach(thread: &Thread, v: Value) -> PyResult {
    let w = attached(thread, v)?;
    call(thread, v, "flush", &[])?;
    w.detached.set(true);
    Ok(w.buffer.take())
}

fn close(thread: &Thread, v: Value) -> PyResult {
    let w = attached(thread, v)?;
    let buffer = w.buffer.get();
    if is_closed(thread, *buffer)? {
        return Ok(Ref::NONE);
    }
    if w.finalizing.get() && call(thread, *buffer, "_dealloc_warn", &[v]).is_err() {
        drop(thread.take_raised());
    }
    both(
        thread,
        || call(thread, v, "flush", &[]).map(drop),
        || call(thread, *buffer, "close", &[]).map(drop),
    )?;
    Ok(Ref::NONE)
}

fn truncate(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let w = attached(thread, v)?;
    call(thread, v, "flush", &[])?;
    let size = if a[0].is_null() { Value::NONE } else { a[0] };
    call(thread, *w.buffer.get(), "truncate", &[size])
}

fn fileno(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.buffer.get(), "fileno", &[])
}

fn seekable(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.buffer.get(), "seekable", &[])
}

fn readable(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.buffer.get(), "readable", &[])
}

fn writable(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.buffer.get(), "writable", &[])
}

fn isatty(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.buffer.get(), "isatty", &[])
}

fn buffer(thread: &Thread, v: Value) -> PyResult {
    Ok(attached(thread, v)?.buffer.get())
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    attributes::get(thread, *attached(thread, v)?.buffer.get(), name("closed"))
}

fn stream_name(thread: &Thread, v: Value) -> PyResult {
    attributes::get(thread, *attached(thread, v)?.buffer.get(), name("name"))
}

fn encoding(thread: &Thread, v: Value) -> PyResult {
    Ok(none_if_null(receiver::<TextIoWrapper>(thread, v)?.encoding.get()))
}

fn errors(thread: &Thread, v: Value) -> PyResult {
    Ok(none_if_null(attached(thread, v)?.errors.get()))
}

fn line_buffering(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<TextIoWrapper>(thread, v)?.line_buffering.get()))
}

fn write_through(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<TextIoWrapper>(thread, v)?.write_through.get()))
}

fn finalizing(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<TextIoWrapper>(thread, v)?.finalizing.get()))
}

fn set_finalizing(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let flag = flag_argument(thread, value, false)?;
    receiver::<TextIoWrapper>(thread, v)?.finalizing.set(flag);
    Ok(())
}

fn chunk_size(thread: &Thread, v: Value) -> PyResult {
    Ok(int::from_usize(attached(thread, v)?.chunk_size.get()))
}

fn set_chunk_size(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.error(&runtime::objects::exceptions::ATTRIBUTE_ERROR, "cannot delete attribute"));
    }
    let size = protocol::index_isize(thread, value)?;
    if size <= 0 {
        return Err(thread.value_error("a strictly positive integer is required"));
    }
    attached(thread, v)?.chunk_size.set(size as usize);
    Ok(())
}

/// An attribute for the repr; `None` where reading it is a ValueError (a detached buffer).
fn shown_attribute(thread: &Thread, v: Value, attribute: &str) -> PyResult<Option<Ref>> {
    match optional_attribute(thread, v, attribute) {
        Err(raised) => {
            drop(thread.catch(raised, &runtime::objects::exceptions::VALUE_ERROR)?);
            Ok(None)
        }
        found => found,
    }
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let w = receiver::<TextIoWrapper>(thread, v)?;
    let mut text = format!("<{}", v.ty().name()).into_bytes();
    if let Some(file) = shown_attribute(thread, v, "name")? {
        text.extend_from_slice(b" name=");
        text.extend(name_repr(thread, v, *file)?);
    }
    if let Some(mode) = shown_attribute(thread, v, "mode")? {
        text.extend_from_slice(b" mode=");
        text.extend(name_repr(thread, v, *mode)?);
    }
    let encoding = protocol::repr(thread, *none_if_null(w.encoding.get()))?;
    text.extend_from_slice(format!(" encoding={}>", display(*encoding)).as_bytes());
    Ok(Str::from_wtf8(&text))
}

pub static TEXT_IO_WRAPPER: Type = Type::new_static(&TypeSpec {
    name: "_io.TextIOWrapper",
    base: Some(&TEXT_IO_BASE),
    size: size_of::<TextIoWrapper>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<TextIoWrapper>,
        traverse: Some(traverse_slots::<TextIoWrapper>),
        clear: Some(clear_slots::<TextIoWrapper>),
        repr: Some(repr),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("detach", "($self, /)", NativeFn::NoArgs(detach), ""),
        method(
            "reconfigure",
            "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
            NativeFn::Bound(reconfigure),
            "Reconfigure the text stream with new parameters.\n\nThis also does an implicit stream flush.",
        ),
        method("write", "($self, text, /)", NativeFn::One(write), ""),
        method("read", "($self, size=-1, /)", NativeFn::Bound(read), ""),
        method("readline", "($self, size=-1, /)", NativeFn::Bound(readline), ""),
        method("flush", "($self, /)", NativeFn::NoArgs(flush), ""),
        method("close", "($self, /)", NativeFn::NoArgs(close), ""),
        method("fileno", "($self, /)", NativeFn::NoArgs(fileno), ""),
        method("seekable", "($self, /)", NativeFn::NoArgs(seekable), ""),
        method("readable", "($self, /)", NativeFn::NoArgs(readable), ""),
        method("writable", "($self, /)", NativeFn::NoArgs(writable), ""),
        method("isatty", "($self, /)", NativeFn::NoArgs(isatty), ""),
        method(
            "seek",
            "($self, cookie, whence=os.SEEK_SET, /)",
            NativeFn::Bound(seek),
            "Set the stream position, and return the new stream position.\n\n  cookie\n    Zero or an opaque number returned by tell().\n  whence\n    The relative position to seek from.\n\nFour operations are supported, given by the following argument\ncombinations:\n\n- seek(0, SEEK_SET): Rewind to the start of the stream.\n- seek(cookie, SEEK_SET): Restore a previous position;\n  'cookie' must be a number returned by tell().\n- seek(0, SEEK_END): Fast-forward to the end of the stream.\n- seek(0, SEEK_CUR): Leave the current stream position unchanged.\n\nAny other argument combinations are invalid,\nand may raise exceptions.",
        ),
        method(
            "tell",
            "($self, /)",
            NativeFn::NoArgs(tell),
            "Return the stream position as an opaque number.\n\nThe return value of tell() can be given as input to seek(), to\nrestore a previous stream position.",
        ),
        method("truncate", "($self, pos=None, /)", NativeFn::Bound(truncate), ""),
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
    ],
    getsets: &[
        getset("encoding", encoding, "").member(),
        getset("line_buffering", line_buffering, "").member(),
        getset("write_through", write_through, "").member(),
        getset("_finalizing", finalizing, "").member().settable(set_finalizing),
        getset("name", stream_name, ""),
        getset("closed", closed, ""),
        getset("newlines", newlines, ""),
        getset("errors", errors, ""),
        getset("_CHUNK_SIZE", chunk_size, "").settable(set_chunk_size),
        getset("buffer", buffer, ""),
    ],
    signature: "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
    doc: "Character and line based layer over a BufferedIOBase object, buffer.\n\nencoding gives the name of the encoding that the stream will be\ndecoded or encoded with. It defaults to locale.getencoding().\n\nerrors determines the strictness of encoding and decoding (see\nhelp(codecs.Codec) or the documentation for codecs.register) and\ndefaults to \"strict\".\n\nnewline controls how line endings are handled. It can be None, '',\n'\\n', '\\r', and '\\r\\n'.  It works as follows:\n\n* On input, if newline is None, universal newlines mode is\n  enabled. Lines in the input can end in '\\n', '\\r', or '\\r\\n', and\n  these are translated into '\\n' before being returned to the\n  caller. If it is '', universal newline mode is enabled, but line\n  endings are returned to the caller untranslated. If it has any of\n  the other legal values, input lines are only terminated by the given\n  string, and the line ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep. If\n  newline is '' or '\\n', no translation takes place. If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf line_buffering is True, a call to flush is implied when a call to\nwrite contains a newline character.",
    ..TypeSpec::EMPTY
});
