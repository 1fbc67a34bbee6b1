//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`: buffers over a raw stream.
//!
//! Bytes read ahead and bytes not yet written lie in two buffers, of which at most one has content: `BufferedRandom` writes
//! before it reads and gives back what it has read ahead (by seeking) before it writes. A raw stream that is exactly a
//! `FileIO` is used without calls of its methods.

use super::base::{BUFFERED_IO_BASE, STREAM_FLAGS};
use super::file::{self, FileIo, getstate};
use super::support::*;
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::slot_fields::none_if_null;
use runtime::types::binding::Parameters;
use runtime::types::slots::Visit;
use runtime::{
    Args, GilCell, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeSpec, Value, attributes,
    getset, method, new_object, protocol,
};
use std::cell::Cell;

/// What the three types consist of.
pub struct Core {
    pub raw: Slot,
    buffer_size: Cell<usize>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    detached: Cell<bool>,
    finalizing: Cell<bool>,
    /// Bytes read ahead; those before `taken` have been handed out.
    ahead: GilCell<Vec<u8>>,
    taken: Cell<usize>,
    /// Bytes that wait to be written.
    pending: GilCell<Vec<u8>>,
}

impl Core {
    fn new() -> Core {
        Core {
            raw: Slot::null(),
            buffer_size: Cell::new(super::DEFAULT_BUFFER_SIZE),
            readable: Cell::new(false),
            writable: Cell::new(false),
            detached: Cell::new(false),
            finalizing: Cell::new(false),
            ahead: GilCell::new(Vec::new()),
            taken: Cell::new(0),
            pending: GilCell::new(Vec::new()),
        }
    }
    /// Whether the stream writes.
    pub fn is_writable(&self) -> bool {
        self.writable.get()
    }
    fn ahead_count(&self) -> usize {
        self.ahead.with(|a| a.len()) - self.taken.get()
    }
    /// Hands out up to `count` bytes of those read ahead.
    fn take_ahead(&self, count: usize, out: &mut Vec<u8>) -> usize {
        let n = count.min(self.ahead_count());
        let from = self.taken.get();
        self.ahead.with(|a| out.extend_from_slice(&a[from..from + n]));
        self.taken.set(from + n);
        n
    }
    fn forget_ahead(&self) {
        self.ahead.with(|a| a.clear());
        self.taken.set(0);
    }
}

macro_rules! buffered_type {
    ($struct:ident, $static:ident, $new:ident, $traverse:ident, $clear:ident) => {
        #[repr(C)]
        pub struct $struct {
            pub header: Header,
            pub core: Core,
        }
        runtime::object!($struct, $static);
        fn $new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
            Ok(new_object(class, |header| $struct { header, core: Core::new() }))
        }
        fn $traverse(v: Value, visit: Visit) {
            if let Some(raw) = v.cast::<$struct>().map(|b| b.core.raw.peek()).filter(|r| r.is_pointer()) {
                visit(raw);
            }
        }
        fn $clear(v: Value) {
            if let Some(b) = v.cast::<$struct>() {
                drop(b.core.raw.take());
            }
        }
    };
}

buffered_type!(BufferedReader, BUFFERED_READER, new_reader, traverse_reader, clear_reader);
buffered_type!(BufferedWriter, BUFFERED_WRITER, new_writer, traverse_writer, clear_writer);
buffered_type!(BufferedRandom, BUFFERED_RANDOM, new_random, traverse_random, clear_random);

/// The core of any of the three types.
pub fn core_of(v: Value) -> Option<&'static Core> {
    if let Some(b) = v.cast::<BufferedReader>() {
        return Some(&b.core);
    }
    if let Some(b) = v.cast::<BufferedWriter>() {
        return Some(&b.core);
    }
    v.cast::<BufferedRandom>().map(|b| &b.core)
}

fn core(thread: &Thread, v: Value) -> PyResult<&'static Core> {
    core_of(v).ok_or_else(|| thread.type_error("descriptor requires a buffered stream"))
}

/// The core of a stream that has its raw stream.
fn attached(thread: &Thread, v: Value) -> PyResult<&'static Core> {
    let c = core(thread, v)?;
    if !c.raw.is_null() {
        return Ok(c);
    }
    let message = if c.detached.get() {
        "raw stream has been detached"
    } else {
        "I/O operation on uninitialized object"
    };
    Err(thread.value_error(message))
}

fn raw_is_closed(thread: &Thread, c: &Core) -> PyResult<bool> {
    match c.raw.peek().cast_exact::<FileIo>() {
        Some(file) => Ok(file.fd.get() < 0),
        None => is_closed(thread, *c.raw.get()),
    }
}

/// The core of an open stream.
fn open_core(thread: &Thread, v: Value, message: &str) -> PyResult<&'static Core> {
    let c = attached(thread, v)?;
    if raw_is_closed(thread, c)? && c.ahead_count() == 0 {
        return Err(thread.value_error(message));
    }
    Ok(c)
}

// Making.

static READER_PARAMETERS: Parameters =
    Parameters::new("BufferedReader", "(raw, buffer_size=DEFAULT_BUFFER_SIZE)");
static WRITER_PARAMETERS: Parameters =
    Parameters::new("BufferedWriter", "(raw, buffer_size=DEFAULT_BUFFER_SIZE)");
static RANDOM_PARAMETERS: Parameters =
    Parameters::new("BufferedRandom", "(raw, buffer_size=DEFAULT_BUFFER_SIZE)");

fn init_core(thread: &Thread, v: Value, a: &[Value], readable: bool, writable: bool) -> PyResult<()> {
    let c = core(thread, v)?;
    let size = match a[1] {
        Value::NULL => super::DEFAULT_BUFFER_SIZE as isize,
        size => protocol::index_isize(thread, size)?,
    };
    if readable && writable {
        super::base::ensure(thread, a[0], "seekable", "seekable")?;
    }
    if readable {
        super::base::ensure(thread, a[0], "readable", "readable")?;
    }
    if writable {
        super::base::ensure(thread, a[0], "writable", "writable")?;
    }
    if size <= 0 {
        return Err(thread.value_error("buffer size must be strictly positive"));
    }
    c.buffer_size.set(size as usize);
    c.readable.set(readable);
    c.writable.set(writable);
    c.detached.set(false);
    c.forget_ahead();
    c.pending.with(|p| p.clear());
    c.raw.set(a[0].to_ref());
    Ok(())
}

fn init_reader(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    READER_PARAMETERS.bind(thread, arguments, |a| init_core(thread, v, a, true, false))
}

fn init_writer(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    WRITER_PARAMETERS.bind(thread, arguments, |a| init_core(thread, v, a, false, true))
}

fn init_random(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    RANDOM_PARAMETERS.bind(thread, arguments, |a| init_core(thread, v, a, true, true))
}

// The raw stream.

/// One read of up to `size` bytes; `None` if it would block.
fn raw_read(thread: &Thread, c: &Core, size: usize) -> PyResult<Option<Vec<u8>>> {
    let raw = c.raw.get();
    if raw.cast_exact::<FileIo>().is_none() {
        return super::base::read_through(thread, *raw, size);
    }
    let mut data = vec![0; size];
    let count = file::read_into(thread, *raw, &mut data)?;
    Ok(count.map(|n| {
        data.truncate(n);
        data
    }))
}

/// Reads ahead once; false at the end or if it would block.
fn fill(thread: &Thread, c: &Core) -> PyResult<Option<usize>> {
    let Some(data) = raw_read(thread, c, c.buffer_size.get())? else { return Ok(None) };
    let n = data.len();
    let from = c.taken.replace(0);
    c.ahead.with(|a| {
        a.drain(..from.min(a.len()));
        if a.is_empty() { *a = data } else { a.extend_from_slice(&data) }
    });
    Ok(Some(n))
}

fn raw_seek(thread: &Thread, c: &Core, offset: i64, whence: i32) -> PyResult<i64> {
    let raw = c.raw.get();
    if raw.cast_exact::<FileIo>().is_some() {
        return file::seek_to(thread, *raw, offset, whence);
    }
    let result = call(thread, *raw, "seek", &[*int::new(offset), *int::new(whence.into())])?;
    let position = offset_argument(thread, *result)?;
    if position < 0 {
        let message = format!("Raw stream returned invalid position {position}");
        return Err(thread.error(&OS_ERROR, message));
    }
    Ok(position)
}

fn raw_tell(thread: &Thread, c: &Core) -> PyResult<i64> {
    let raw = c.raw.get();
    if raw.cast_exact::<FileIo>().is_some() {
        return file::seek_to(thread, *raw, 0, libc::SEEK_CUR);
    }
    let result = call(thread, *raw, "tell", &[])?;
    let position = offset_argument(thread, *result)?;
    if position < 0 {
        let message = format!("Raw stream returned invalid position {position}");
        return Err(thread.error(&OS_ERROR, message));
    }
    Ok(position)
}

/// One write; `None` if it would block.
fn raw_write(thread: &Thread, c: &Core, data: &[u8]) -> PyResult<Option<usize>> {
    let raw = c.raw.get();
    if raw.cast_exact::<FileIo>().is_some() {
        return file::write_bytes(thread, *raw, data);
    }
    let bytes = Bytes::new(data);
    let count = call(thread, *raw, "write", &[*bytes])?;
    if count.is_none() {
        return Ok(None);
    }
    let count = protocol::index_isize(thread, *count)?;
    match usize::try_from(count) {
        Ok(n) if n <= data.len() => Ok(Some(n)),
        _ => {
            let message = format!(
                "raw write() returned invalid length {count} (should have been between 0 and {})",
                data.len()
            );
            Err(thread.error(&OS_ERROR, message))
        }
    }
}

/// Writes all that waits. What could not be written keeps waiting.
fn flush_pending(thread: &Thread, c: &Core) -> PyResult<()> {
    let data = c.pending.take();
    let mut at = 0;
    let mut outcome = Ok(());
    while at < data.len() {
        match raw_write(thread, c, &data[at..]) {
            Ok(Some(n)) => at += n,
            Ok(None) => {
                outcome = Err(would_block(thread, 0));
                break;
            }
            Err(raised) => {
                outcome = Err(raised);
                break;
            }
        }
    }
    c.pending.with(|p| {
        let newer = std::mem::replace(p, data);
        p.drain(..at);
        p.extend_from_slice(&newer);
    });
    outcome
}

/// Takes the raw stream back to where the user of this stream believes to be.
fn give_back(thread: &Thread, c: &Core) -> PyResult<()> {
    let ahead = c.ahead_count();
    c.forget_ahead();
    if ahead > 0 {
        raw_seek(thread, c, -(ahead as i64), libc::SEEK_CUR)?;
    }
    Ok(())
}

// Writing.

/// Appends to what waits to be written, writing when the buffer is full.
pub fn write_bytes(thread: &Thread, v: Value, data: &[u8]) -> PyResult<()> {
    let c = attached(thread, v)?;
    if raw_is_closed(thread, c)? {
        return Err(thread.value_error("write to closed file"));
    }
    if c.readable.get() && c.ahead_count() > 0 {
        give_back(thread, c)?;
    }
    let waiting = c.pending.with(|p| p.len());
    let room = c.buffer_size.get().saturating_sub(waiting);
    if data.len() <= room {
        c.pending.with(|p| p.extend_from_slice(data));
        return Ok(());
    }
    flush_full(thread, c, data)
}

/// Writes what waits and what of `data` the buffer can't hold.
fn flush_full(thread: &Thread, c: &Core, data: &[u8]) -> PyResult<()> {
    if flush_pending(thread, c).is_err() {
        return keep_what_fits(thread, c, data);
    }
    let mut at = 0;
    while data.len() - at > c.buffer_size.get() {
        match raw_write(thread, c, &data[at..])? {
            Some(n) => at += n,
            None => {
                let kept = c.buffer_size.get().min(data.len() - at);
                c.pending.with(|p| p.extend_from_slice(&data[at..at + kept]));
                return Err(would_block(thread, at + kept));
            }
        }
    }
    c.pending.with(|p| p.extend_from_slice(&data[at..]));
    Ok(())
}

/// After a write that would block: buffers what there is room for and raises for the rest.
fn keep_what_fits(thread: &Thread, c: &Core, data: &[u8]) -> PyResult<()> {
    if !thread.raised_matches(&runtime::objects::exceptions::BLOCKING_IO_ERROR) {
        return Err(thread.raised());
    }
    drop(thread.take_raised());
    let room = c.buffer_size.get().saturating_sub(c.pending.with(|p| p.len())).min(data.len());
    c.pending.with(|p| p.extend_from_slice(&data[..room]));
    if room == data.len() { Ok(()) } else { Err(would_block(thread, room)) }
}

fn write(thread: &Thread, v: Value, data: Value) -> PyResult {
    let source = byte_source(thread, data)?;
    let bytes = source.bytes();
    write_bytes(thread, v, bytes)?;
    Ok(int::from_usize(bytes.len()))
}

/// `flush()`: writes what waits and gives back what was read ahead.
pub fn flush_stream(thread: &Thread, v: Value) -> PyResult<()> {
    let c = attached(thread, v)?;
    if !c.writable.get() {
        return call(thread, *c.raw.get(), "flush", &[]).map(drop);
    }
    if raw_is_closed(thread, c)? {
        return Err(thread.value_error("flush of closed file"));
    }
    flush_pending(thread, c)?;
    if c.readable.get() { give_back(thread, c) } else { Ok(()) }
}

fn flush(thread: &Thread, v: Value) -> PyResult {
    flush_stream(thread, v).map(|()| Ref::NONE)
}

// Reading.

fn reading_core(thread: &Thread, v: Value, function: &str) -> PyResult<&'static Core> {
    let c = open_core(thread, v, &format!("{function} of closed file"))?;
    if c.writable.get() && c.pending.with(|p| !p.is_empty()) {
        flush_pending(thread, c)?;
    }
    Ok(c)
}

fn read(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let size = read_size(thread, arguments[0])?;
    let c = reading_core(thread, v, "read")?;
    let data = match size {
        None => read_all(thread, c)?,
        Some(n) => read_count(thread, c, n)?,
    };
    Ok(data.map_or(Ref::NONE, |data| Bytes::new(&data)))
}

/// A size that may be None or -1 for everything; other negative ones are refused.
fn read_size(thread: &Thread, v: Value) -> PyResult<Option<usize>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    match size_argument(thread, v)? {
        None if protocol::index_isize(thread, v)? < -1 => {
            Err(thread.value_error("read length must be non-negative or -1"))
        }
        size => Ok(size),
    }
}

fn read_all(thread: &Thread, c: &Core) -> PyResult<Option<Vec<u8>>> {
    let mut data = Vec::new();
    c.take_ahead(usize::MAX, &mut data);
    let raw = c.raw.get();
    if raw.cast_exact::<FileIo>().is_some() {
        return Ok(match file::read_rest(thread, *raw)? {
            Some(rest) if data.is_empty() => Some(rest),
            Some(rest) => {
                data.extend_from_slice(&rest);
                Some(data)
            }
            None => (!data.is_empty()).then_some(data),
        });
    }
    if let Some(readall) = optional_attribute(thread, *raw, "readall")? {
        let rest = thread.call(*readall, &[])?;
        let Some(rest) = rest.cast::<Bytes>() else {
            if rest.is_none() {
                return Ok((!data.is_empty()).then_some(data));
            }
            return Err(thread.type_error("readall() should return bytes"));
        };
        data.extend_from_slice(rest.as_bytes());
        return Ok(Some(data));
    }
    loop {
        let piece = call(thread, *raw, "read", &[])?;
        let Some(bytes) = piece.cast::<Bytes>() else {
            if piece.is_none() {
                return Ok((!data.is_empty()).then_some(data));
            }
            return Err(thread.type_error("read() should return bytes"));
        };
        if bytes.len() == 0 {
            return Ok(Some(data));
        }
        data.extend_from_slice(bytes.as_bytes());
    }
}

/// `count` bytes, fewer only at the end or where more would block.
fn read_count(thread: &Thread, c: &Core, count: usize) -> PyResult<Option<Vec<u8>>> {
    let mut data = Vec::new();
    c.take_ahead(count, &mut data);
    while data.len() < count {
        match fill(thread, c)? {
            Some(0) => break,
            Some(_) => c.take_ahead(count - data.len(), &mut data),
            None if data.is_empty() => return Ok(None),
            None => break,
        };
    }
    Ok(Some(data))
}

/// At least one byte if there is any: what was read ahead, else one read of the raw stream.
pub fn read_some(thread: &Thread, v: Value, limit: usize) -> PyResult<Vec<u8>> {
    let c = reading_core(thread, v, "read1")?;
    if c.ahead_count() == 0 && limit > 0 {
        c.forget_ahead();
        fill(thread, c)?;
    }
    let mut data = Vec::new();
    c.take_ahead(limit, &mut data);
    Ok(data)
}

fn read1(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let limit = match arguments[0] {
        Value::NULL => None,
        size => usize::try_from(protocol::index_isize(thread, size)?).ok(),
    };
    let limit = match limit {
        Some(limit) => limit,
        None => core(thread, v)?.buffer_size.get(),
    };
    Ok(Bytes::new(&read_some(thread, v, limit)?))
}

fn peek(thread: &Thread, v: Value, _: &[Value]) -> PyResult {
    let c = reading_core(thread, v, "peek")?;
    if c.ahead_count() == 0 {
        c.forget_ahead();
        fill(thread, c)?;
    }
    let from = c.taken.get();
    Ok(Bytes::new(&c.ahead.with(|a| a[from..].to_vec())))
}

/// Fills a buffer: with one read at most if `once`.
fn read_to_buffer(thread: &Thread, v: Value, buffer: Value, once: bool) -> PyResult {
    let function = if once { "readinto1" } else { "readinto" };
    let mut view = writable_view(thread, function, buffer)?;
    let room = view.len;
    let data = match once {
        true => Some(read_some(thread, v, room)?),
        false => read_count(thread, reading_core(thread, v, function)?, room)?,
    };
    let Some(data) = data else { return Ok(Ref::NONE) };
    if let Some(target) = view.bytes_mut().and_then(|t| t.get_mut(..data.len())) {
        target.copy_from_slice(&data);
    }
    Ok(int::from_usize(data.len()))
}

fn readinto(thread: &Thread, v: Value, buffer: Value) -> PyResult {
    read_to_buffer(thread, v, buffer, false)
}

fn readinto1(thread: &Thread, v: Value, buffer: Value) -> PyResult {
    read_to_buffer(thread, v, buffer, true)
}

/// A line with its newline, cut at `limit`.
fn read_line(thread: &Thread, v: Value, limit: Option<usize>) -> PyResult {
    let c = reading_core(thread, v, "readline")?;
    let mut line = Vec::new();
    loop {
        let left = limit.map_or(usize::MAX, |l| l - line.len());
        let from = c.taken.get();
        let (count, found) = c.ahead.with(|a| {
            let rest = &a[from..];
            let rest = &rest[..left.min(rest.len())];
            memchr::memchr(b'\n', rest).map_or((rest.len(), false), |at| (at + 1, true))
        });
        if found && line.is_empty() {
            c.taken.set(from + count);
            return Ok(c.ahead.with(|a| Bytes::new(&a[from..from + count])));
        }
        c.take_ahead(count, &mut line);
        if found || limit.is_some_and(|l| line.len() >= l) {
            break;
        }
        if fill(thread, c)?.unwrap_or(0) == 0 {
            break;
        }
    }
    Ok(Bytes::new(&line))
}

fn readline(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let limit = size_argument(thread, arguments[0])?;
    read_line(thread, v, limit)
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let is_exact = v.is_exact(&BUFFERED_READER) || v.is_exact(&BUFFERED_RANDOM);
    let line = if is_exact { read_line(thread, v, None)? } else { call(thread, v, "readline", &[])? };
    Ok((protocol::len(thread, *line)? > 0).then_some(line))
}

// Positions.

fn tell(thread: &Thread, v: Value) -> PyResult {
    let c = attached(thread, v)?;
    let raw = raw_tell(thread, c)?;
    let position = raw - c.ahead_count() as i64 + c.pending.with(|p| p.len()) as i64;
    Ok(int::new(position.max(0)))
}

fn seek(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let whence = whence_argument(thread, arguments[1])?;
    if !(0..=4).contains(&whence) {
        return Err(thread.value_error(format!("whence value {whence} unsupported")));
    }
    let c = open_core(thread, v, "seek of closed file")?;
    if !call_bool(thread, *c.raw.get(), "seekable")? {
        return Err(unsupported(thread, "File or stream is not seekable."));
    }
    let offset = offset_argument(thread, arguments[0])?;
    Ok(int::new(seek_to(thread, c, offset, whence)?))
}

fn seek_to(thread: &Thread, c: &Core, offset: i64, whence: i32) -> PyResult<i64> {
    flush_pending(thread, c)?;
    let ahead = c.ahead_count() as i64;
    if whence != libc::SEEK_END && ahead > 0 {
        let now = raw_tell(thread, c)?;
        let target = if whence == libc::SEEK_CUR { now - ahead + offset } else { offset };
        let first = now - c.ahead.with(|a| a.len()) as i64;
        if (first..=now).contains(&target) && whence <= libc::SEEK_CUR {
            c.taken.set((target - first) as usize);
            return Ok(target);
        }
    }
    let offset = if whence == libc::SEEK_CUR { offset - ahead } else { offset };
    c.forget_ahead();
    raw_seek(thread, c, offset, whence)
}

fn truncate(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let c = attached(thread, v)?;
    if raw_is_closed(thread, c)? {
        return Err(thread.value_error("truncate of closed file"));
    }
    if !c.writable.get() {
        return Err(unsupported(thread, "truncate"));
    }
    flush_stream(thread, v)?;
    let size = match arguments[0] {
        Value::NULL | Value::NONE => int::new(raw_tell(thread, c)?),
        size => size.to_ref(),
    };
    call(thread, *c.raw.get(), "truncate", &[*size])
}

// Life.

fn close(thread: &Thread, v: Value) -> PyResult {
    let c = attached(thread, v)?;
    if raw_is_closed(thread, c)? {
        return Ok(Ref::NONE);
    }
    if c.finalizing.get() {
        drop(call(thread, *c.raw.get(), "_dealloc_warn", &[v]).or_else(|raised| {
            drop(thread.catch(raised, &runtime::objects::exceptions::EXCEPTION)?);
            Ok(Ref::NONE)
        })?);
    }
    both(
        thread,
        || call(thread, v, "flush", &[]).map(drop),
        || call(thread, *c.raw.get(), "close", &[]).map(drop),
    )?;
    c.forget_ahead();
    Ok(Ref::NONE)
}

fn detach(thread: &Thread, v: Value) -> PyResult {
    let c = attached(thread, v)?;
    call(thread, v, "flush", &[])?;
    c.detached.set(true);
    Ok(c.raw.take())
}

fn dealloc_warn(thread: &Thread, v: Value, source: Value) -> PyResult {
    let c = core(thread, v)?;
    if let Some(raw) = c.raw.option() {
        call(thread, *raw, "_dealloc_warn", &[source])?;
    }
    Ok(Ref::NONE)
}

fn seekable(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.raw.get(), "seekable", &[])
}

fn readable(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.raw.get(), "readable", &[])
}

fn writable(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.raw.get(), "writable", &[])
}

fn fileno(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.raw.get(), "fileno", &[])
}

fn isatty(thread: &Thread, v: Value) -> PyResult {
    call(thread, *attached(thread, v)?.raw.get(), "isatty", &[])
}

fn sizeof(thread: &Thread, v: Value) -> PyResult {
    let c = core(thread, v)?;
    Ok(int::from_usize(size_of::<BufferedReader>() + c.buffer_size.get()))
}

fn raw(thread: &Thread, v: Value) -> PyResult {
    Ok(none_if_null(core(thread, v)?.raw.get()))
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(raw_is_closed(thread, attached(thread, v)?)?))
}

fn stream_name(thread: &Thread, v: Value) -> PyResult {
    attributes::get(thread, *attached(thread, v)?.raw.get(), name("name"))
}

fn mode(thread: &Thread, v: Value) -> PyResult {
    attributes::get(thread, *attached(thread, v)?.raw.get(), name("mode"))
}

fn finalizing(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(core(thread, v)?.finalizing.get()))
}

fn set_finalizing(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let flag = flag_argument(thread, value, false)?;
    core(thread, v)?.finalizing.set(flag);
    Ok(())
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let type_name = v.ty().name();
    let file = match optional_attribute(thread, v, "name") {
        Ok(file) => file,
        Err(raised) => {
            drop(thread.catch(raised, &runtime::objects::exceptions::VALUE_ERROR)?);
            None
        }
    };
    let Some(file) = file else { return Ok(Str::new(&format!("<{type_name}>"))) };
    let shown = name_repr(thread, v, *file)?;
    Ok(Str::from_wtf8(&[format!("<{type_name} name=").as_bytes(), &shown, b">"].concat()))
}

pub static BUFFERED_READER: Type = Type::new_static(&TypeSpec {
    name: "_io.BufferedReader",
    base: Some(&BUFFERED_IO_BASE),
    size: size_of::<BufferedReader>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new_reader),
        init: Some(init_reader),
        drop: drop_object::<BufferedReader>,
        traverse: Some(traverse_reader),
        clear: Some(clear_reader),
        repr: Some(repr),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("detach", "($self, /)", NativeFn::NoArgs(detach), ""),
        method("flush", "($self, /)", NativeFn::NoArgs(flush), ""),
        method("close", "($self, /)", NativeFn::NoArgs(close), ""),
        method("seekable", "($self, /)", NativeFn::NoArgs(seekable), ""),
        method("readable", "($self, /)", NativeFn::NoArgs(readable), ""),
        method("fileno", "($self, /)", NativeFn::NoArgs(fileno), ""),
        method("isatty", "($self, /)", NativeFn::NoArgs(isatty), ""),
        method("_dealloc_warn", "($self, source, /)", NativeFn::One(dealloc_warn), ""),
        method("read", "($self, size=-1, /)", NativeFn::Bound(read), ""),
        method("peek", "($self, size=0, /)", NativeFn::Bound(peek), ""),
        method("read1", "($self, size=-1, /)", NativeFn::Bound(read1), ""),
        method("readinto", "($self, buffer, /)", NativeFn::One(readinto), ""),
        method("readinto1", "($self, buffer, /)", NativeFn::One(readinto1), ""),
        method("readline", "($self, size=-1, /)", NativeFn::Bound(readline), ""),
        method("seek", "($self, target, whence=0, /)", NativeFn::Bound(seek), ""),
        method("tell", "($self, /)", NativeFn::NoArgs(tell), ""),
        method("truncate", "($self, pos=None, /)", NativeFn::Bound(truncate), ""),
        method("__sizeof__", "($self, /)", NativeFn::NoArgs(sizeof), ""),
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
    ],
    getsets: &[
        getset("raw", raw, "").member(),
        getset("_finalizing", finalizing, "").member().settable(set_finalizing),
        getset("closed", closed, ""),
        getset("name", stream_name, ""),
        getset("mode", mode, ""),
    ],
    signature: "(raw, buffer_size=DEFAULT_BUFFER_SIZE)",
    doc: "Create a new buffered reader using the given readable raw IO object.",
    ..TypeSpec::EMPTY
});

pub static BUFFERED_WRITER: Type = Type::new_static(&TypeSpec {
    name: "_io.BufferedWriter",
    base: Some(&BUFFERED_IO_BASE),
    size: size_of::<BufferedWriter>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new_writer),
        init: Some(init_writer),
        drop: drop_object::<BufferedWriter>,
        traverse: Some(traverse_writer),
        clear: Some(clear_writer),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[
        method("close", "($self, /)", NativeFn::NoArgs(close), ""),
        method("detach", "($self, /)", NativeFn::NoArgs(detach), ""),
        method("seekable", "($self, /)", NativeFn::NoArgs(seekable), ""),
        method("writable", "($self, /)", NativeFn::NoArgs(writable), ""),
        method("fileno", "($self, /)", NativeFn::NoArgs(fileno), ""),
        method("isatty", "($self, /)", NativeFn::NoArgs(isatty), ""),
        method("_dealloc_warn", "($self, source, /)", NativeFn::One(dealloc_warn), ""),
        method("write", "($self, buffer, /)", NativeFn::One(write), ""),
        method("truncate", "($self, pos=None, /)", NativeFn::Bound(truncate), ""),
        method("flush", "($self, /)", NativeFn::NoArgs(flush), ""),
        method("seek", "($self, target, whence=0, /)", NativeFn::Bound(seek), ""),
        method("tell", "($self, /)", NativeFn::NoArgs(tell), ""),
        method("__sizeof__", "($self, /)", NativeFn::NoArgs(sizeof), ""),
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
    ],
    getsets: &[
        getset("raw", raw, "").member(),
        getset("_finalizing", finalizing, "").member().settable(set_finalizing),
        getset("closed", closed, ""),
        getset("name", stream_name, ""),
        getset("mode", mode, ""),
    ],
    signature: "(raw, buffer_size=DEFAULT_BUFFER_SIZE)",
    doc: "A buffer for a writeable sequential RawIO object.\n\nThe constructor creates a BufferedWriter for the given writeable raw\nstream. If the buffer_size is not given, it defaults to\nDEFAULT_BUFFER_SIZE.",
    ..TypeSpec::EMPTY
});

pub static BUFFERED_RANDOM: Type = Type::new_static(&TypeSpec {
    name: "_io.BufferedRandom",
    base: Some(&BUFFERED_IO_BASE),
    size: size_of::<BufferedRandom>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new_random),
        init: Some(init_random),
        drop: drop_object::<BufferedRandom>,
        traverse: Some(traverse_random),
        clear: Some(clear_random),
        repr: Some(repr),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("close", "($self, /)", NativeFn::NoArgs(close), ""),
        method("detach", "($self, /)", NativeFn::NoArgs(detach), ""),
        method("seekable", "($self, /)", NativeFn::NoArgs(seekable), ""),
        method("readable", "($self, /)", NativeFn::NoArgs(readable), ""),
        method("writable", "($self, /)", NativeFn::NoArgs(writable), ""),
        method("fileno", "($self, /)", NativeFn::NoArgs(fileno), ""),
        method("isatty", "($self, /)", NativeFn::NoArgs(isatty), ""),
        method("_dealloc_warn", "($self, source, /)", NativeFn::One(dealloc_warn), ""),
        method("flush", "($self, /)", NativeFn::NoArgs(flush), ""),
        method("seek", "($self, target, whence=0, /)", NativeFn::Bound(seek), ""),
        method("tell", "($self, /)", NativeFn::NoArgs(tell), ""),
        method("truncate", "($self, pos=None, /)", NativeFn::Bound(truncate), ""),
        method("read", "($self, size=-1, /)", NativeFn::Bound(read), ""),
        method("read1", "($self, size=-1, /)", NativeFn::Bound(read1), ""),
        method("readinto", "($self, buffer, /)", NativeFn::One(readinto), ""),
        method("readinto1", "($self, buffer, /)", NativeFn::One(readinto1), ""),
        method("readline", "($self, size=-1, /)", NativeFn::Bound(readline), ""),
        method("peek", "($self, size=0, /)", NativeFn::Bound(peek), ""),
        method("write", "($self, buffer, /)", NativeFn::One(write), ""),
        method("__sizeof__", "($self, /)", NativeFn::NoArgs(sizeof), ""),
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
    ],
    getsets: &[
        getset("raw", raw, "").member(),
        getset("_finalizing", finalizing, "").member().settable(set_finalizing),
        getset("closed", closed, ""),
        getset("name", stream_name, ""),
        getset("mode", mode, ""),
    ],
    signature: "(raw, buffer_size=DEFAULT_BUFFER_SIZE)",
    doc: "A buffered interface to random access streams.\n\nThe constructor creates a reader and writer for a seekable stream,\nraw, given in the first argument. If the buffer_size is omitted it\ndefaults to DEFAULT_BUFFER_SIZE.",
    ..TypeSpec::EMPTY
});
