//! `BytesIO`: a binary stream in memory.

use super::base::{BUFFERED_IO_BASE, STREAM_FLAGS};
use super::bytes_io_buffer::view_of;
use super::support::*;
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::BUFFER_ERROR;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, GilCell, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeSpec, Value, getset, method,
    new_object, protocol,
};
use std::cell::Cell;

/// The stream; the position may lie behind the end.
#[repr(C)]
pub struct BytesIo {
    pub header: Header,
    data: GilCell<Vec<u8>>,
    position: Cell<usize>,
    is_closed: Cell<bool>,
    /// Buffers lent.
    exports: Cell<usize>,
}

runtime::object!(BytesIo, BYTES_IO);

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| BytesIo {
        header,
        data: GilCell::new(Vec::new()),
        position: Cell::new(0),
        is_closed: Cell::new(false),
        exports: Cell::new(0),
    }))
}

static PARAMETERS: Parameters = Parameters::new("BytesIO", "(initial_bytes=b'')");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| {
        let b = receiver::<BytesIo>(thread, v)?;
        let initial = match a[0] {
            Value::NULL | Value::NONE => Vec::new(),
            initial => byte_source(thread, initial)?.bytes().to_vec(),
        };
        b.check_exports(thread)?;
        b.data.with(|d| *d = initial);
        b.position.set(0);
        b.is_closed.set(false);
        Ok(())
    })
}

fn open_receiver(thread: &Thread, v: Value) -> PyResult<&'static BytesIo> {
    let b = receiver::<BytesIo>(thread, v)?;
    if b.is_closed.get() {
        return Err(thread.value_error("I/O operation on closed file."));
    }
    Ok(b)
}

impl BytesIo {
    /// Where the bytes lie; they stay there until `take_back`.
    pub fn lend(&self) -> (*mut u8, usize) {
        self.exports.set(self.exports.get() + 1);
        self.data.with(|d| (d.as_mut_ptr(), d.len()))
    }
    pub fn take_back(&self) {
        self.exports.set(self.exports.get().saturating_sub(1));
    }
    /// Refuses what may move the bytes while they are lent.
    fn check_exports(&self, thread: &Thread) -> PyResult<()> {
        if self.exports.get() == 0 {
            return Ok(());
        }
        Err(thread.error(&BUFFER_ERROR, "Existing exports of data: object cannot be re-sized"))
    }
    /// Hands out what lies between the position and `count` bytes on.
    fn take<R>(&self, count: usize, f: impl FnOnce(&[u8]) -> R) -> R {
        self.data.with(|d| {
            let from = self.position.get().min(d.len());
            let to = from + count.min(d.len() - from);
            if to > from {
                self.position.set(to);
            }
            f(&d[from..to])
        })
    }
    /// The length of the next line, cut at `limit`.
    fn line_length(&self, limit: Option<usize>) -> usize {
        self.data.with(|d| {
            let rest = &d[self.position.get().min(d.len())..];
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            length.min(limit.unwrap_or(length))
        })
    }
}

fn yes(thread: &Thread, v: Value) -> PyResult {
    open_receiver(thread, v).map(|_| Ref::bool(true))
}

fn isatty(thread: &Thread, v: Value) -> PyResult {
    open_receiver(thread, v).map(|_| Ref::bool(false))
}

fn flush(thread: &Thread, v: Value) -> PyResult {
    open_receiver(thread, v).map(|_| Ref::NONE)
}

fn close(thread: &Thread, v: Value) -> PyResult {
    let b = receiver::<BytesIo>(thread, v)?;
    b.check_exports(thread)?;
    b.is_closed.set(true);
    drop(b.data.take());
    Ok(Ref::NONE)
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<BytesIo>(thread, v)?.is_closed.get()))
}

fn tell(thread: &Thread, v: Value) -> PyResult {
    Ok(int::from_usize(open_receiver(thread, v)?.position.get()))
}

fn write(thread: &Thread, v: Value, data: Value) -> PyResult {
    let b = open_receiver(thread, v)?;
    b.check_exports(thread)?;
    let source = byte_source(thread, data)?;
    // Asking for the bytes may have run code.
    open_receiver(thread, v)?.check_exports(thread)?;
    let bytes = source.bytes();
    if bytes.is_empty() {
        return Ok(int::new(0));
    }
    let from = b.position.get();
    let Some(end) = from.checked_add(bytes.len()) else {
        return Err(thread.overflow_error("new position too large"));
    };
    let is_done = b.data.with(|d| {
        if end > d.len() {
            if d.try_reserve(end - d.len()).is_err() {
                return false;
            }
            if from == d.len() {
                d.extend_from_slice(bytes);
                return true;
            }
            d.resize(end, 0);
        }
        d[from..end].copy_from_slice(bytes);
        true
    });
    if !is_done {
        return Err(thread.memory_error());
    }
    b.position.set(end);
    Ok(int::from_usize(bytes.len()))
}

fn writelines(thread: &Thread, v: Value, lines: Value) -> PyResult {
    open_receiver(thread, v)?;
    let iterator = protocol::iter(thread, lines)?;
    while let Some(line) = protocol::next(thread, *iterator)? {
        write(thread, v, *line)?;
    }
    Ok(Ref::NONE)
}

fn read(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let b = open_receiver(thread, v)?;
    let size = size_argument(thread, a[0])?.unwrap_or(usize::MAX);
    Ok(b.take(size, Bytes::new))
}

fn readline(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let b = open_receiver(thread, v)?;
    let limit = size_argument(thread, a[0])?;
    Ok(b.take(b.line_length(limit), Bytes::new))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let b = open_receiver(thread, v)?;
    let length = b.line_length(None);
    Ok((length > 0).then(|| b.take(length, Bytes::new)))
}

fn readlines(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let hint = size_argument(thread, a[0])?.filter(|hint| *hint > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = next(thread, v)? {
        total += line.cast::<Bytes>().map_or(0, |l| l.len());
        lines.push(line);
        if hint.is_some_and(|hint| total >= hint) {
            break;
        }
    }
    Ok(List::from_refs(lines))
}

fn readinto(thread: &Thread, v: Value, buffer: Value) -> PyResult {
    let b = open_receiver(thread, v)?;
    let mut view = writable_view(thread, "readinto", buffer)?;
    let Some(target) = view.bytes_mut() else { return Ok(Ref::NONE) };
    let count = b.take(target.len(), |bytes| {
        target[..bytes.len()].copy_from_slice(bytes);
        bytes.len()
    });
    Ok(int::from_usize(count))
}

fn getvalue(thread: &Thread, v: Value) -> PyResult {
    let b = open_receiver(thread, v)?;
    Ok(b.data.with(|d| Bytes::new(d)))
}

fn getbuffer(thread: &Thread, v: Value) -> PyResult {
    open_receiver(thread, v)?;
    view_of(thread, v)
}

fn seek(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let b = open_receiver(thread, v)?;
    let offset = protocol::index_isize(thread, a[0])?;
    let start = match whence_argument(thread, a[1])? {
        0 if offset < 0 => return Err(thread.value_error(format!("negative seek value {offset}"))),
        0 => 0,
        1 => b.position.get(),
        2 => b.data.with(|d| d.len()),
        whence => {
            let message = format!("invalid whence ({whence}, should be 0, 1 or 2)");
            return Err(thread.value_error(message));
        }
    };
    let Some(position) = (start as isize).checked_add(offset) else {
        return Err(thread.overflow_error("new position too large"));
    };
    b.position.set(position.max(0) as usize);
    Ok(int::from_usize(b.position.get()))
}

fn truncate(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let b = open_receiver(thread, v)?;
    b.check_exports(thread)?;
    let size = match a[0] {
        Value::NULL | Value::NONE => b.position.get() as isize,
        size => protocol::index_isize(thread, size)?,
    };
    if size < 0 {
        return Err(thread.value_error(format!("negative size value {size}")));
    }
    open_receiver(thread, v)?.check_exports(thread)?;
    b.data.with(|d| d.truncate(size as usize));
    Ok(int::new(size as i64))
}

/// `(content, position, attributes)`
fn getstate(thread: &Thread, v: Value) -> PyResult {
    let content = getvalue(thread, v)?;
    let position = tell(thread, v)?;
    Ok(Tuple::from_refs(vec![content, position, own_attributes(thread, v)?]))
}

fn setstate(thread: &Thread, v: Value, state: Value) -> PyResult {
    let b = open_receiver(thread, v)?;
    let Some(&[content, position, attributes]) = state.cast::<Tuple>().map(|t| t.items()) else {
        return Err(wrong_state(thread, v, 3, state));
    };
    let content = byte_source(thread, content)?.bytes().to_vec();
    b.check_exports(thread)?;
    let Some(position) = int::get(position).map(|_| position) else {
        let found = position.ty().name();
        return Err(thread.type_error(format!("second item of state must be an integer, not {found}")));
    };
    let position = position_of_state(thread, position)?;
    b.data.with(|d| *d = content);
    b.position.set(position);
    set_own_attributes(thread, v, attributes, "third")
}

fn sizeof(thread: &Thread, v: Value) -> PyResult {
    let b = receiver::<BytesIo>(thread, v)?;
    Ok(int::from_usize(size_of::<BytesIo>() + b.data.with(|d| d.capacity())))
}

pub static BYTES_IO: Type = Type::new_static(&TypeSpec {
    name: "_io.BytesIO",
    base: Some(&BUFFERED_IO_BASE),
    size: size_of::<BytesIo>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<BytesIo>,
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("readable", "($self, /)", NativeFn::NoArgs(yes), "Returns True if the IO object can be read."),
        method(
            "seekable",
            "($self, /)",
            NativeFn::NoArgs(yes),
            "Returns True if the IO object can be seeked.",
        ),
        method(
            "writable",
            "($self, /)",
            NativeFn::NoArgs(yes),
            "Returns True if the IO object can be written.",
        ),
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
        method("__setstate__", "($self, object, /)", NativeFn::One(setstate), ""),
        method("close", "($self, /)", NativeFn::NoArgs(close), "Disable all I/O operations."),
        method("flush", "($self, /)", NativeFn::NoArgs(flush), "Does nothing."),
        method(
            "isatty",
            "($self, /)",
            NativeFn::NoArgs(isatty),
            "Always returns False.\n\nBytesIO objects are not connected to a TTY-like device.",
        ),
        method("tell", "($self, /)", NativeFn::NoArgs(tell), "Current file position, an integer."),
        method(
            "write",
            "($self, b, /)",
            NativeFn::One(write),
            "Write bytes to file.\n\nReturn the number of bytes written.",
        ),
        method(
            "writelines",
            "($self, lines, /)",
            NativeFn::One(writelines),
            "Write lines to the file.\n\nNote that newlines are not added.  lines can be any iterable object\nproducing bytes-like objects.  This is equivalent to calling write()\nfor each element.",
        ),
        method(
            "read1",
            "($self, size=-1, /)",
            NativeFn::Bound(read),
            "Read at most size bytes, returned as a bytes object.\n\nIf the size argument is negative or omitted, read until EOF is\nreached.  Return an empty bytes object at EOF.",
        ),
        method(
            "readinto",
            "($self, buffer, /)",
            NativeFn::One(readinto),
            "Read bytes into buffer.\n\nReturns number of bytes read (0 for EOF), or None if the object\nis set not to block and has no data to read.",
        ),
        method(
            "readline",
            "($self, size=-1, /)",
            NativeFn::Bound(readline),
            "Next line from the file, as a bytes object.\n\nRetain newline.  A non-negative size argument limits the maximum\nnumber of bytes to return (an incomplete line may be returned then).\nReturn an empty bytes object at EOF.",
        ),
        method(
            "readlines",
            "($self, size=None, /)",
            NativeFn::Bound(readlines),
            "List of bytes objects, each a line from the file.\n\nCall readline() repeatedly and return a list of the lines so read.\nThe optional size argument, if given, is an approximate bound on the\ntotal number of bytes in the lines returned.",
        ),
        method(
            "read",
            "($self, size=-1, /)",
            NativeFn::Bound(read),
            "Read at most size bytes, returned as a bytes object.\n\nIf the size argument is negative, read until EOF is reached.\nReturn an empty bytes object at EOF.",
        ),
        method(
            "getvalue",
            "($self, /)",
            NativeFn::NoArgs(getvalue),
            "Retrieve the entire contents of the BytesIO object.",
        ),
        method(
            "getbuffer",
            "($self, /)",
            NativeFn::NoArgs(getbuffer),
            "Get a read-write view over the contents of the BytesIO object.",
        ),
        method(
            "seek",
            "($self, pos, whence=0, /)",
            NativeFn::Bound(seek),
            "Change stream position.\n\nSeek to byte offset pos relative to position indicated by whence:\n     0  Start of stream (the default).  pos should be >= 0;\n     1  Current position - pos may be negative;\n     2  End of stream - pos usually negative.\nReturns the new absolute position.",
        ),
        method(
            "truncate",
            "($self, size=None, /)",
            NativeFn::Bound(truncate),
            "Truncate the file to at most size bytes.\n\nSize defaults to the current file position, as returned by tell().\nThe current file position is unchanged.  Returns the new size.",
        ),
        method("__sizeof__", "($self, /)", NativeFn::NoArgs(sizeof), ""),
    ],
    getsets: &[getset("closed", closed, "True if the file is closed.")],
    signature: "(initial_bytes=b'')",
    doc: "Buffered I/O implementation using an in-memory bytes buffer.",
    ..TypeSpec::EMPTY
});
