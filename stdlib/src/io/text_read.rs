//! How `TextIOWrapper` reads: chunks of bytes are decoded and handed out; positions are cookies.
//!
//! A snapshot keeps the bytes of the last chunk and the decoder's state before it, from which `tell` says a place to seek
//! to: the byte position itself where that can be counted, else the start of the chunk and how many characters to skip.

use super::buffered::{self, BufferedRandom, BufferedReader};
use super::support::*;
use super::text::{Newline, TextIoWrapper, attached, open_stream, send_pending};
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs::{self, Codec};
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::int;
use runtime::objects::str::{Data, Str, display};
use runtime::objects::tuple::Tuple;
use runtime::str_kernel::TextBuilder;
use runtime::{GilCell, PyResult, Ref, Thread, Value, protocol};
use std::cell::Cell;

/// Bits of the kinds of line ends seen.
const SEEN_CR: u8 = 1;
const SEEN_LF: u8 = 2;
const SEEN_CRLF: u8 = 4;

/// The state of reading.
pub struct Reading {
    /// How many characters of `decoded` have been handed out.
    used: Cell<usize>,
    /// The start of a character whose rest has not been read.
    incomplete: GilCell<Vec<u8>>,
    /// A carriage return was read last, which may be half a line end.
    pending_cr: Cell<bool>,
    seen: Cell<u8>,
    has_snapshot: Cell<bool>,
    /// Bytes that were decoded since the snapshot, and whether a carriage return was pending before.
    input: GilCell<Vec<u8>>,
    snapshot_cr: Cell<bool>,
    pub seekable: Cell<bool>,
    /// Whether `tell` works: not while iterating.
    pub telling: Cell<bool>,
    /// The byte order mark has been written.
    pub mark_written: Cell<bool>,
}

impl Reading {
    pub fn new() -> Reading {
        Reading {
            used: Cell::new(0),
            incomplete: GilCell::new(Vec::new()),
            pending_cr: Cell::new(false),
            seen: Cell::new(0),
            has_snapshot: Cell::new(false),
            input: GilCell::new(Vec::new()),
            snapshot_cr: Cell::new(false),
            seekable: Cell::new(false),
            telling: Cell::new(false),
            mark_written: Cell::new(false),
        }
    }
    pub fn reset(&self) {
        self.used.set(0);
        self.incomplete.with(|i| i.clear());
        self.pending_cr.set(false);
        self.seen.set(0);
        self.has_snapshot.set(false);
        self.input.with(|i| i.clear());
        self.mark_written.set(false);
    }
    /// Whether there is text that was read ahead.
    pub fn is_ahead(&self, w: &TextIoWrapper) -> bool {
        !w.decoded.is_null() || self.has_snapshot.get()
    }
    pub fn has_read(&self, w: &TextIoWrapper) -> bool {
        self.is_ahead(w) || self.seen.get() != 0
    }
}

/// Forgets what was read ahead.
pub fn forget(w: &TextIoWrapper) {
    let r = &w.reading;
    r.used.set(0);
    r.has_snapshot.set(false);
    r.input.with(|i| i.clear());
    r.incomplete.with(|i| i.clear());
    r.pending_cr.set(false);
    w.decoded.set(Ref::NULL);
    w.snapshot_state.set(Ref::NULL);
}

/// The stream, if it can be read.
fn reading_stream(thread: &Thread, v: Value) -> PyResult<&'static TextIoWrapper> {
    let w = open_stream(thread, v)?;
    let can_read = match w.codec.get() {
        None => !w.decoder.is_null(),
        Some(_) if w.buffer.peek().cast_exact::<BufferedReader>().is_some() => true,
        Some(_) => call_bool(thread, *w.buffer.get(), "readable")?,
    };
    if !can_read {
        return Err(unsupported(thread, "not readable"));
    }
    send_pending(thread, w)?;
    Ok(w)
}

/// Decodes bytes, line ends included.
fn decode(thread: &Thread, w: &TextIoWrapper, input: &[u8], is_final: bool) -> PyResult {
    let text = match w.codec.get() {
        Some(codec) => decode_native(thread, w, codec, input, is_final)?,
        None => {
            let bytes = Bytes::new(input);
            let text = call(thread, *w.decoder.get(), "decode", &[*bytes, Value::bool(is_final)])?;
            if text.cast::<Str>().is_none() {
                let message = format!("decoder should return a string result, not '{}'", text.ty().name());
                return Err(thread.type_error(message));
            }
            text
        }
    };
    if !w.newline.get().is_universal() {
        return Ok(text);
    }
    let translate = w.newline.get() == Newline::Universal;
    Ok(universal_newlines(&text, translate, is_final, &w.reading.pending_cr, &w.reading.seen))
}

fn decode_native(thread: &Thread, w: &TextIoWrapper, codec: Codec, input: &[u8], is_final: bool) -> PyResult {
    let mut bytes = w.reading.incomplete.take();
    if bytes.is_empty() && input.is_ascii() && matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1) {
        return Ok(Str::from_ascii(input));
    }
    bytes.extend_from_slice(input);
    let object = Bytes::new(&bytes);
    let errors = display(w.errors.peek());
    let (text, read) = codecs::decode_with(thread, codec, &object, &errors, is_final)?;
    // The mark at the start chooses the byte order of all that follows.
    let order = |little: &[u8]| match bytes.starts_with(little) {
        true => Some(runtime::str_kernel::codec::ByteOrder::Little),
        false => Some(runtime::str_kernel::codec::ByteOrder::Big),
    };
    match codec {
        Codec::Utf16(None) if read >= 2 => {
            let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            let little = if marked { order(&[0xff, 0xfe]) } else { order(&[]) };
            w.codec.set(Some(Codec::Utf16(little)));
        }
        Codec::Utf32(None) if read >= 4 => {
            let marked = bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]);
            let little = if marked { order(&[0xff, 0xfe, 0, 0]) } else { order(&[]) };
            w.codec.set(Some(Codec::Utf32(little)));
        }
        _ => {}
    }
    bytes.drain(..read.min(bytes.len()));
    w.reading.incomplete.with(|i| *i = bytes);
    Ok(text)
}

/// Notes the line ends of a text and, if told so, makes all of them `\n`. A carriage return at the end waits.
pub fn universal_newlines(
    text: &Ref,
    translate: bool,
    is_final: bool,
    pending_cr: &Cell<bool>,
    seen: &Cell<u8>,
) -> Ref {
    let Some(s) = text.cast::<Str>() else { return text.clone() };
    let has_pending = pending_cr.get();
    if !has_pending
        && let Data::Ascii(bytes) | Data::Latin1(bytes) = s.data()
        && memchr::memchr(b'\r', bytes).is_none()
    {
        if seen.get() & SEEN_LF == 0 && memchr::memchr(b'\n', bytes).is_some() {
            seen.set(seen.get() | SEEN_LF);
        }
        return text.clone();
    }
    if has_pending && s.len() == 0 && !is_final {
        return text.clone();
    }
    pending_cr.set(false);
    let mut points = Vec::with_capacity(s.len() + 1);
    let mut chars = has_pending.then_some(13).into_iter().chain(s.chars()).peekable();
    let mut kinds = seen.get();
    while let Some(c) = chars.next() {
        match c {
            10 => {
                kinds |= SEEN_LF;
                points.push(10);
            }
            13 if chars.peek().is_none() && !is_final => pending_cr.set(true),
            13 if chars.peek() == Some(&10) => {
                kinds |= SEEN_CRLF;
                chars.next();
                if translate { points.push(10) } else { points.extend([13, 10]) }
            }
            13 => {
                kinds |= SEEN_CR;
                points.push(if translate { 10 } else { 13 });
            }
            c => points.push(c),
        }
    }
    seen.set(kinds);
    Str::from_code_points(&points)
}

/// The kinds of line ends seen, as the attribute `newlines` tells them.
pub fn newlines_value(seen: u8) -> Ref {
    let kinds: Vec<Ref> = [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")]
        .into_iter()
        .filter(|(bit, _)| seen & bit != 0)
        .map(|(_, text)| Str::new(text))
        .collect();
    match kinds.as_slice() {
        [] => Ref::NONE,
        [one] => one.clone(),
        _ => Tuple::from_refs(kinds),
    }
}

/// `newlines`
pub fn newlines(thread: &Thread, v: Value) -> PyResult {
    let w = attached(thread, v)?;
    if w.codec.get().is_none() && w.decoder.is_null() {
        return Ok(Ref::NONE);
    }
    Ok(newlines_value(w.reading.seen.get()))
}

/// The next bytes of the buffer; empty at the end.
fn read_bytes(thread: &Thread, w: &TextIoWrapper, size: usize) -> PyResult<Vec<u8>> {
    let buffer = w.buffer.get();
    if buffer.cast_exact::<BufferedReader>().is_some() || buffer.cast_exact::<BufferedRandom>().is_some() {
        return buffered::read_some(thread, *buffer, size);
    }
    let method = match optional_attribute(thread, *buffer, "read1")? {
        Some(_) => "read1",
        None => "read",
    };
    let data = call(thread, *buffer, method, &[*int::from_usize(size)])?;
    if data.cast::<Bytes>().is_none() && data.ty().slots().buffer.is_none() {
        let message = format!(
            "underlying {method}() should have returned a bytes-like object, not '{}'",
            data.ty().name()
        );
        return Err(thread.type_error(message));
    }
    Ok(byte_source(thread, *data)?.bytes().to_vec())
}

/// Notes the decoder's state before a chunk.
fn take_snapshot(thread: &Thread, w: &TextIoWrapper) -> PyResult<()> {
    let r = &w.reading;
    if !r.telling.get() {
        return Ok(());
    }
    if !w.decoder.is_null() {
        w.snapshot_state.set(call(thread, *w.decoder.get(), "getstate", &[])?);
    }
    let incomplete = r.incomplete.with(|i| i.clone());
    r.input.with(|i| *i = incomplete);
    r.snapshot_cr.set(r.pending_cr.get());
    r.has_snapshot.set(true);
    Ok(())
}

/// Decodes the next chunk in place of what was decoded before; false at the end.
fn read_chunk(thread: &Thread, w: &TextIoWrapper) -> PyResult<bool> {
    take_snapshot(thread, w)?;
    loop {
        let data = read_bytes(thread, w, w.chunk_size.get())?;
        let is_final = data.is_empty();
        if w.reading.telling.get() {
            w.reading.input.with(|i| i.extend_from_slice(&data));
        }
        let text = decode(thread, w, &data, is_final)?;
        let length = text.cast::<Str>().map_or(0, |s| s.len());
        w.decoded.set(text);
        w.reading.used.set(0);
        if length > 0 {
            return Ok(true);
        }
        if is_final {
            return Ok(false);
        }
    }
}

/// Hands out up to `count` of the characters decoded.
fn take_decoded(w: &TextIoWrapper, count: usize) -> Ref {
    let decoded = w.decoded.get();
    let Some(s) = decoded.cast::<Str>() else { return Str::empty() };
    let from = w.reading.used.get().min(s.len());
    let n = count.min(s.len() - from);
    w.reading.used.set(from + n);
    if n == s.len() { decoded } else { s.substring(from, from + n) }
}

fn left(w: &TextIoWrapper) -> usize {
    w.decoded.peek().cast::<Str>().map_or(0, |s| s.len().saturating_sub(w.reading.used.get()))
}

fn join(pieces: Vec<Ref>) -> Ref {
    match pieces.as_slice() {
        [] => Str::empty(),
        [one] => one.clone(),
        _ => {
            let mut text = TextBuilder::new();
            for piece in &pieces {
                if let Some(s) = piece.cast::<Str>() {
                    text.extend_data(s.data());
                }
            }
            Str::from_data(text.finish().data())
        }
    }
}

pub fn read(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    attached(thread, v)?;
    let size = size_argument(thread, arguments[0])?;
    let w = reading_stream(thread, v)?;
    let Some(size) = size else { return read_all(thread, w) };
    let (mut pieces, mut count) = (Vec::new(), 0);
    while count < size {
        if left(w) == 0 && !read_chunk(thread, w)? {
            break;
        }
        let piece = take_decoded(w, size - count);
        count += piece.cast::<Str>().map_or(0, |s| s.len());
        pieces.push(piece);
    }
    Ok(join(pieces))
}

fn read_all(thread: &Thread, w: &TextIoWrapper) -> PyResult {
    let data = call(thread, *w.buffer.get(), "read", &[])?;
    if data.is_none() {
        let text = "Read returned None.";
        return Err(thread.error(&runtime::objects::exceptions::BLOCKING_IO_ERROR, text));
    }
    let source = byte_source(thread, *data)?;
    let rest = decode(thread, w, source.bytes(), true)?;
    let first = take_decoded(w, usize::MAX);
    let is_first_empty = first.cast::<Str>().is_none_or(|s| s.len() == 0);
    w.decoded.set(Ref::NULL);
    w.snapshot_state.set(Ref::NULL);
    w.reading.used.set(0);
    w.reading.has_snapshot.set(false);
    Ok(if is_first_empty { rest } else { join(vec![first, rest]) })
}

/// Where the first line of a text ends, behind its line end. `after_cr`: the text before it ended with `\r`.
fn line_end(s: &Str, from: usize, newline: Newline, after_cr: bool) -> Option<usize> {
    let find = |wanted: u32| match s.data() {
        Data::Ascii(bytes) | Data::Latin1(bytes) => {
            memchr::memchr(wanted as u8, &bytes[from..]).map(|at| from + at)
        }
        _ => (from..s.len()).find(|&i| s.code_point(i) == wanted),
    };
    match newline {
        Newline::Universal | Newline::Lf => find(10).map(|at| at + 1),
        Newline::Cr => find(13).map(|at| at + 1),
        Newline::CrLf => {
            let mut is_after_cr = after_cr;
            (from..s.len()).find_map(|i| {
                let c = s.code_point(i);
                let found = is_after_cr && c == 10;
                is_after_cr = c == 13;
                found.then_some(i + 1)
            })
        }
        Newline::Untranslated => match (find(10), find(13)) {
            (None, None) => None,
            (Some(lf), None) => Some(lf + 1),
            (Some(lf), Some(cr)) if lf < cr => Some(lf + 1),
            (_, Some(cr)) if cr + 1 < s.len() && s.code_point(cr + 1) == 10 => Some(cr + 2),
            (_, Some(cr)) => Some(cr + 1),
        },
    }
}

fn read_line(thread: &Thread, w: &TextIoWrapper, limit: Option<usize>) -> PyResult {
    let (mut pieces, mut count, mut after_cr) = (Vec::new(), 0, false);
    while limit.is_none_or(|limit| count < limit) {
        if left(w) == 0 && !read_chunk(thread, w)? {
            break;
        }
        let decoded = w.decoded.get();
        let Some(s) = decoded.cast::<Str>() else { break };
        let from = w.reading.used.get();
        let end = line_end(s, from, w.newline.get(), after_cr);
        let room = limit.map_or(usize::MAX, |limit| limit - count);
        let wanted = end.unwrap_or(s.len()) - from;
        let piece = take_decoded(w, wanted.min(room));
        count += wanted.min(room);
        after_cr = piece.cast::<Str>().is_some_and(|p| p.len() > 0 && p.code_point(p.len() - 1) == 13);
        pieces.push(piece);
        if end.is_some() && wanted <= room {
            break;
        }
    }
    Ok(join(pieces))
}

pub fn readline(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let limit = match arguments[0] {
        Value::NULL => None,
        size => usize::try_from(protocol::index_isize(thread, size)?).ok(),
    };
    let w = reading_stream(thread, v)?;
    read_line(thread, w, limit)
}

pub fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let w = attached(thread, v)?;
    w.reading.telling.set(false);
    let line = if v.is_exact(&super::text::TEXT_IO_WRAPPER) {
        let w = reading_stream(thread, v)?;
        read_line(thread, w, None)?
    } else {
        let line = call(thread, v, "readline", &[])?;
        if line.cast::<Str>().is_none() {
            let message = format!("readline() should have returned a str object, not '{}'", line.ty().name());
            return Err(thread.error(&OS_ERROR, message));
        }
        line
    };
    if line.cast::<Str>().is_some_and(|s| s.len() > 0) {
        return Ok(Some(line));
    }
    w.reading.has_snapshot.set(false);
    w.reading.telling.set(w.reading.seekable.get());
    Ok(None)
}

// Positions.

/// A place in the stream: seek the buffer to `position`, set the decoder, read `feed` bytes, skip `skip` characters.
#[derive(Clone, Copy, Default)]
struct Cookie {
    position: u64,
    pending_cr: bool,
    decoder_flag: bool,
    feed: u32,
    skip: u32,
}

const POSITION_BITS: u32 = 62;
const COUNT_BITS: u32 = 31;

impl Cookie {
    fn pack(self) -> Ref {
        let low = i128::from(self.position)
            | i128::from(self.pending_cr) << POSITION_BITS
            | i128::from(self.decoder_flag) << (POSITION_BITS + 1);
        int::from_i128(low | i128::from(self.feed) << 64 | i128::from(self.skip) << (64 + COUNT_BITS))
    }
    fn unpack(cookie: i128) -> Cookie {
        let bits = |from: u32, count: u32| (cookie >> from) & ((1 << count) - 1);
        Cookie {
            position: bits(0, POSITION_BITS) as u64,
            pending_cr: bits(POSITION_BITS, 1) != 0,
            decoder_flag: bits(POSITION_BITS + 1, 1) != 0,
            feed: bits(64, COUNT_BITS) as u32,
            skip: bits(64 + COUNT_BITS, COUNT_BITS) as u32,
        }
    }
}

/// How many bytes of `input` make `count` characters, where that can be told from the bytes.
fn bytes_of_chars(w: &TextIoWrapper, input: &[u8], count: usize) -> Option<usize> {
    let translate = w.newline.get() == Newline::Universal;
    let is_single = match w.codec.get()? {
        Codec::Latin1 => true,
        Codec::Ascii | Codec::Utf8 if input.is_ascii() => true,
        Codec::Utf8 => false,
        _ => return None,
    };
    let valid = match std::str::from_utf8(input) {
        _ if is_single => input.len(),
        Ok(_) => input.len(),
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        Err(_) => return None,
    };
    let (mut at, mut chars) = (0, 0);
    while chars < count {
        if at >= valid {
            return None;
        }
        at += if translate && input[at..].starts_with(b"\r\n") { 2 } else { 1 };
        while !is_single && at < valid && input[at] & 0xc0 == 0x80 {
            at += 1;
        }
        chars += 1;
    }
    Some(at)
}

pub fn tell(thread: &Thread, v: Value) -> PyResult {
    let w = open_stream(thread, v)?;
    if !w.reading.seekable.get() {
        return Err(unsupported(thread, "underlying stream is not seekable"));
    }
    if !w.reading.telling.get() {
        return Err(thread.error(&OS_ERROR, "telling position disabled by next() call"));
    }
    send_pending(thread, w)?;
    call(thread, v, "flush", &[])?;
    let position = call(thread, *w.buffer.get(), "tell", &[])?;
    let r = &w.reading;
    if !r.has_snapshot.get() {
        return Ok(position);
    }
    let input = r.input.with(|i| i.clone());
    let start = offset_argument(thread, *position)? - input.len() as i64;
    let mut cookie =
        Cookie { position: start.max(0) as u64, pending_cr: r.snapshot_cr.get(), ..Cookie::default() };
    let mut fed = 0;
    if let Some([pending, flags]) = w.snapshot_state.get().cast::<Tuple>().map(|t| t.items()) {
        fed = pending.cast::<Bytes>().map_or(0, |b| b.len());
        cookie.decoder_flag = protocol::index_isize(thread, *flags)? & 1 != 0;
        cookie.position = cookie.position.saturating_sub(fed as u64);
    }
    let used = r.used.get();
    if used == 0 {
        return Ok(cookie.pack());
    }
    if !cookie.pending_cr
        && let Some(count) = bytes_of_chars(w, &input, used)
    {
        return Ok(Cookie { position: cookie.position + count as u64, ..Cookie::default() }.pack());
    }
    cookie.feed = (input.len() + fed).min((1 << COUNT_BITS) - 1) as u32;
    cookie.skip = used.min((1 << COUNT_BITS) - 1) as u32;
    Ok(cookie.pack())
}

/// Puts the decoder to its state at the start of a text (`at_start`) or to that of a cookie.
fn reset_decoder(thread: &Thread, w: &TextIoWrapper, cookie: &Cookie) -> PyResult<()> {
    w.reading.pending_cr.set(cookie.pending_cr);
    w.reading.incomplete.with(|i| i.clear());
    let Some(decoder) = w.decoder.option() else { return Ok(()) };
    if cookie.position == 0 && !cookie.decoder_flag {
        return call(thread, *decoder, "reset", &[]).map(drop);
    }
    let state = Tuple::from_values(&[*Bytes::new(b""), Value::small_int(cookie.decoder_flag.into())]);
    call(thread, *decoder, "setstate", &[*state]).map(drop)
}

pub fn seek(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let w = open_stream(thread, v)?;
    let whence = whence_argument(thread, arguments[1])?;
    if !w.reading.seekable.get() {
        return Err(unsupported(thread, "underlying stream is not seekable"));
    }
    let offset = protocol::index(thread, arguments[0])?;
    let is_zero = int::get_big(*offset).is_some_and(|b| i128::try_from(b).is_ok_and(|i| i == 0));
    match whence {
        0 => {}
        1 if !is_zero => return Err(unsupported(thread, "can't do nonzero cur-relative seeks")),
        1 => {
            let here = call(thread, v, "tell", &[])?;
            return seek_to_cookie(thread, w, v, here);
        }
        2 if !is_zero => return Err(unsupported(thread, "can't do nonzero end-relative seeks")),
        2 => {
            call(thread, v, "flush", &[])?;
            forget(w);
            reset_decoder(thread, w, &Cookie::default())?;
            let end = call(thread, *w.buffer.get(), "seek", &[Value::small_int(0), Value::small_int(2)])?;
            w.reading.mark_written.set(protocol::is_true(thread, *end)?);
            return Ok(end);
        }
        _ => {
            let message = format!("invalid whence ({whence}, should be 0, 1 or 2)");
            return Err(thread.value_error(message));
        }
    }
    seek_to_cookie(thread, w, v, offset)
}

fn seek_to_cookie(thread: &Thread, w: &TextIoWrapper, v: Value, offset: Ref) -> PyResult {
    let number = int::get_big(*offset).and_then(|big| i128::try_from(big).ok());
    let Some(number) = number.filter(|n| *n >= 0) else {
        let shown = protocol::repr(thread, *offset)?;
        return Err(thread.value_error(format!("negative seek position {}", display(*shown))));
    };
    call(thread, v, "flush", &[])?;
    let cookie = Cookie::unpack(number);
    let position = int::from_u64(cookie.position);
    call(thread, *w.buffer.get(), "seek", &[*position])?;
    forget(w);
    reset_decoder(thread, w, &cookie)?;
    w.reading.mark_written.set(cookie.position != 0);
    if cookie.skip > 0 {
        take_snapshot(thread, w)?;
        let data = call(thread, *w.buffer.get(), "read", &[*int::new(cookie.feed.into())])?;
        let source = byte_source(thread, *data)?;
        w.reading.input.with(|i| i.extend_from_slice(source.bytes()));
        let text = decode(thread, w, source.bytes(), false)?;
        if text.cast::<Str>().is_none_or(|s| s.len() < cookie.skip as usize) {
            return Err(thread.error(&OS_ERROR, "can't restore logical file position"));
        }
        w.decoded.set(text);
        w.reading.used.set(cookie.skip as usize);
    }
    Ok(offset)
}
