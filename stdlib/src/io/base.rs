//! The four abstract types at the root of the streams. Their methods are written in terms of the others, so that a
//! class needs to define only a few.

use super::support::*;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::{NOT_IMPLEMENTED_ERROR, write_unraisable_about};
use runtime::objects::list::List;
use runtime::objects::{int, object};
use runtime::{
    NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes, getset, method,
    protocol,
};

/// Instance attribute that says that `_IOBase.close` has run.
const CLOSED_MARK: &str = "__IOBase_closed";

/// Flags of every stream type.
pub const STREAM_FLAGS: TypeFlags =
    TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::WEAKREF).union(TypeFlags::ATTRIBUTES);

fn has_closed_mark(thread: &Thread, v: Value) -> PyResult<bool> {
    Ok(attributes::find(thread, v, name(CLOSED_MARK))?.is_some())
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(has_closed_mark(thread, v)?))
}

/// ValueError if the stream says that it is closed.
pub fn ensure_open(thread: &Thread, v: Value) -> PyResult<()> {
    if is_closed(thread, v)? {
        return Err(thread.value_error("I/O operation on closed file."));
    }
    Ok(())
}

/// UnsupportedOperation unless `v.question()` is true.
pub fn ensure(thread: &Thread, v: Value, question: &str, quality: &str) -> PyResult<()> {
    let answer = call(thread, v, question, &[])?;
    if *answer == Value::TRUE {
        return Ok(());
    }
    Err(unsupported(thread, &format!("File or stream is not {quality}.")))
}

fn seek(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    Err(unsupported(thread, "seek"))
}

fn tell(thread: &Thread, v: Value) -> PyResult {
    call(thread, v, "seek", &[Value::small_int(0), Value::small_int(1)])
}

fn truncate(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    Err(unsupported(thread, "truncate"))
}

fn flush(thread: &Thread, v: Value) -> PyResult {
    if has_closed_mark(thread, v)? {
        return Err(thread.value_error("I/O operation on closed file."));
    }
    Ok(Ref::NONE)
}

/// `_IOBase.close`: flushes once.
pub fn close(thread: &Thread, v: Value) -> PyResult {
    if has_closed_mark(thread, v)? {
        return Ok(Ref::NONE);
    }
    both(
        thread,
        || call(thread, v, "flush", &[]).map(drop),
        || attributes::set(thread, v, name(CLOSED_MARK), Value::TRUE),
    )?;
    Ok(Ref::NONE)
}

fn no(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(false))
}

fn check_closed(thread: &Thread, v: Value) -> PyResult {
    ensure_open(thread, v).map(|()| Ref::NONE)
}

fn check_seekable(thread: &Thread, v: Value) -> PyResult {
    ensure(thread, v, "seekable", "seekable").map(|()| Ref::bool(true))
}

fn check_readable(thread: &Thread, v: Value) -> PyResult {
    ensure(thread, v, "readable", "readable").map(|()| Ref::bool(true))
}

fn check_writable(thread: &Thread, v: Value) -> PyResult {
    ensure(thread, v, "writable", "writable").map(|()| Ref::bool(true))
}

fn fileno(thread: &Thread, _: Value) -> PyResult {
    Err(unsupported(thread, "fileno"))
}

fn isatty(thread: &Thread, v: Value) -> PyResult {
    ensure_open(thread, v).map(|()| Ref::bool(false))
}

fn enter(thread: &Thread, v: Value) -> PyResult {
    ensure_open(thread, v)?;
    Ok(v.to_ref())
}

fn exit(thread: &Thread, v: Value, _: &[Value]) -> PyResult {
    call(thread, v, "close", &[])
}

/// How much to read next for a line: what `peek` shows up to a newline, else one byte.
fn line_step(thread: &Thread, v: Value, has_peek: bool, limit: Option<usize>) -> PyResult<usize> {
    if !has_peek {
        return Ok(1);
    }
    let ahead = call(thread, v, "peek", &[Value::small_int(1)])?;
    let Some(ahead) = ahead.cast::<Bytes>() else {
        let message = format!("peek() should have returned a bytes object, not '{}'", ahead.ty().name());
        return Err(thread.error(&runtime::objects::exceptions::OS_ERROR, message));
    };
    let bytes = ahead.as_bytes();
    let bytes = &bytes[..limit.unwrap_or(usize::MAX).min(bytes.len())];
    Ok(match memchr::memchr(b'\n', bytes) {
        Some(at) => at + 1,
        None => bytes.len().max(1),
    })
}

fn readline(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let limit = size_argument(thread, arguments[0])?;
    let has_peek = optional_attribute(thread, v, "peek")?.is_some();
    let mut line = Vec::new();
    while limit.is_none_or(|limit| line.len() < limit) {
        let step = line_step(thread, v, has_peek, limit.map(|l| l - line.len()))?;
        let piece = call(thread, v, "read", &[*int::from_usize(step)])?;
        let Some(bytes) = piece.cast::<Bytes>() else {
            let message = format!("read() should have returned a bytes object, not '{}'", piece.ty().name());
            return Err(thread.error(&runtime::objects::exceptions::OS_ERROR, message));
        };
        if bytes.len() == 0 {
            break;
        }
        line.extend_from_slice(bytes.as_bytes());
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(Bytes::new(&line))
}

/// `iter(stream)`
pub fn iter(thread: &Thread, v: Value) -> PyResult {
    ensure_open(thread, v)?;
    Ok(v.to_ref())
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let line = call(thread, v, "readline", &[])?;
    Ok((protocol::len(thread, *line)? > 0).then_some(line))
}

/// `readlines(hint)`: lines until there is more than the hint.
pub fn readlines(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let hint = size_argument(thread, arguments[0])?.filter(|hint| *hint > 0);
    let iterator = protocol::iter(thread, v)?;
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = protocol::next(thread, *iterator)? {
        total += protocol::len(thread, *line)?;
        lines.push(line);
        if hint.is_some_and(|hint| total >= hint) {
            break;
        }
    }
    Ok(List::from_refs(lines))
}

fn writelines(thread: &Thread, v: Value, lines: Value) -> PyResult {
    ensure_open(thread, v)?;
    let iterator = protocol::iter(thread, lines)?;
    while let Some(line) = protocol::next(thread, *iterator)? {
        call(thread, v, "write", &[*line])?;
    }
    Ok(Ref::NONE)
}

/// A stream that dies open is closed; what goes wrong then is reported.
fn finalize(thread: &Thread, v: Value) {
    let is_open = match is_closed(thread, v) {
        Ok(closed) => !closed,
        Err(_) => {
            drop(thread.take_raised());
            true
        }
    };
    if !is_open {
        return;
    }
    // Tells `close` that the stream was not closed by its user; the abstract types have no such member.
    if attributes::set(thread, v, name("_finalizing"), Value::TRUE).is_err() {
        drop(thread.take_raised());
    }
    if call(thread, v, "close", &[]).is_err() {
        write_unraisable_about(thread, "Exception ignored while finalizing file", v);
    }
}

fn raw_read(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let Some(size) = size_argument(thread, arguments[0])? else {
        return call(thread, v, "readall", &[]);
    };
    match read_through(thread, v, size)? {
        Some(bytes) => Ok(Bytes::new(&bytes)),
        None => Ok(Ref::NONE),
    }
}

/// Up to `size` bytes through the `readinto` of a raw stream of any class; `None` if it would block.
pub fn read_through(thread: &Thread, raw: Value, size: usize) -> PyResult<Option<Vec<u8>>> {
    let class = Value::of(&runtime::types::registry::BYTEARRAY);
    let buffer = thread.call(class, &[*int::from_usize(size)])?;
    let count = call(thread, raw, "readinto", &[*buffer])?;
    if count.is_none() {
        return Ok(None);
    }
    let count = protocol::index_isize(thread, *count)?;
    let source = byte_source(thread, *buffer)?;
    match usize::try_from(count).ok().and_then(|n| source.bytes().get(..n)) {
        Some(bytes) => Ok(Some(bytes.to_vec())),
        None => {
            let message = format!(
                "raw readinto() returned invalid length {count} (should have been between 0 and {size})"
            );
            Err(thread.error(&runtime::objects::exceptions::OS_ERROR, message))
        }
    }
}

fn raw_readall(thread: &Thread, v: Value) -> PyResult {
    let mut all = Vec::new();
    loop {
        let piece = call(thread, v, "read", &[Value::small_int(super::DEFAULT_BUFFER_SIZE as i64)])?;
        if piece.is_none() && all.is_empty() {
            return Ok(Ref::NONE);
        }
        let Some(bytes) = piece.cast::<Bytes>().filter(|b| b.len() > 0) else {
            if piece.is_none() || piece.cast::<Bytes>().is_some() {
                return Ok(Bytes::new(&all));
            }
            return Err(thread.type_error("read() should return bytes"));
        };
        all.extend_from_slice(bytes.as_bytes());
    }
}

fn not_implemented(thread: &Thread, _: Value, _: Value) -> PyResult {
    match runtime::objects::exceptions::new_exception(thread, &NOT_IMPLEMENTED_ERROR, &[]) {
        Ok(e) => Err(thread.raise(e)),
        Err(raised) => Err(raised),
    }
}

fn no_detach(thread: &Thread, _: Value) -> PyResult {
    Err(unsupported(thread, "detach"))
}

fn no_read(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    Err(unsupported(thread, "read"))
}

fn no_read1(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    Err(unsupported(thread, "read1"))
}

fn no_readline(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    Err(unsupported(thread, "readline"))
}

fn no_write(thread: &Thread, _: Value, _: Value) -> PyResult {
    Err(unsupported(thread, "write"))
}

/// `readinto` and `readinto1` by way of `read` and `read1`.
fn read_and_copy(thread: &Thread, v: Value, buffer: Value, reader: &str, function: &str) -> PyResult {
    let mut view = writable_view(thread, function, buffer)?;
    let data = call(thread, v, reader, &[*int::from_usize(view.len)])?;
    let Some(data) = data.cast::<Bytes>() else {
        return Err(thread.type_error("read() should return bytes"));
    };
    let bytes = data.as_bytes();
    let room = view.len;
    match view.bytes_mut().and_then(|target| target.get_mut(..bytes.len())) {
        Some(target) => target.copy_from_slice(bytes),
        None => {
            let message =
                format!("read() returned too much data: {room} bytes requested, {} returned", bytes.len());
            return Err(thread.value_error(message));
        }
    }
    Ok(int::from_usize(bytes.len()))
}

fn buffered_readinto(thread: &Thread, v: Value, buffer: Value) -> PyResult {
    read_and_copy(thread, v, buffer, "read", "readinto")
}

fn buffered_readinto1(thread: &Thread, v: Value, buffer: Value) -> PyResult {
    read_and_copy(thread, v, buffer, "read1", "readinto1")
}

fn none(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::NONE)
}

pub static IO_BASE: Type = Type::new_static(&TypeSpec {
    name: "_io._IOBase",
    flags: STREAM_FLAGS,
    slots: Slots {
        iter: Some(iter),
        next: Some(next),
        new: Some(object::new),
        finalize: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "seek",
            "($self, offset, whence=os.SEEK_SET, /)",
            NativeFn::Bound(seek),
            "Change the stream position to the given byte offset.\n\n  offset\n    The stream position, relative to 'whence'.\n  whence\n    The relative position to seek from.\n\nThe offset is interpreted relative to the position indicated by\nwhence.  Values for whence are:\n\n* os.SEEK_SET or 0 -- start of stream (the default); offset should\n  be zero or positive\n* os.SEEK_CUR or 1 -- current stream position; offset may be\n  negative\n* os.SEEK_END or 2 -- end of stream; offset is usually negative\n\nReturn the new absolute position.",
        ),
        method("tell", "($self, /)", NativeFn::NoArgs(tell), "Return current stream position."),
        method(
            "truncate",
            "($self, size=None, /)",
            NativeFn::Bound(truncate),
            "Truncate file to size bytes.\n\nFile pointer is left unchanged.  Size defaults to the current IO\nposition as reported by tell().  Return the new size.",
        ),
        method(
            "flush",
            "($self, /)",
            NativeFn::NoArgs(flush),
            "Flush write buffers, if applicable.\n\nThis is not implemented for read-only and non-blocking streams.",
        ),
        method(
            "close",
            "($self, /)",
            NativeFn::NoArgs(close),
            "Flush and close the IO object.\n\nThis method has no effect if the file is already closed.",
        ),
        method(
            "seekable",
            "($self, /)",
            NativeFn::NoArgs(no),
            "Return whether object supports random access.\n\nIf False, seek(), tell() and truncate() will raise OSError.\nThis method may need to do a test seek().",
        ),
        method(
            "readable",
            "($self, /)",
            NativeFn::NoArgs(no),
            "Return whether object was opened for reading.\n\nIf False, read() will raise OSError.",
        ),
        method(
            "writable",
            "($self, /)",
            NativeFn::NoArgs(no),
            "Return whether object was opened for writing.\n\nIf False, write() will raise OSError.",
        ),
        method("_checkClosed", "($self, /)", NativeFn::NoArgs(check_closed), ""),
        method("_checkSeekable", "($self, /)", NativeFn::NoArgs(check_seekable), ""),
        method("_checkReadable", "($self, /)", NativeFn::NoArgs(check_readable), ""),
        method("_checkWritable", "($self, /)", NativeFn::NoArgs(check_writable), ""),
        method(
            "fileno",
            "($self, /)",
            NativeFn::NoArgs(fileno),
            "Return underlying file descriptor if one exists.\n\nRaise OSError if the IO object does not use a file descriptor.",
        ),
        method(
            "isatty",
            "($self, /)",
            NativeFn::NoArgs(isatty),
            "Return whether this is an 'interactive' stream.\n\nReturn False if it can't be determined.",
        ),
        method("__enter__", "($self, /)", NativeFn::NoArgs(enter), ""),
        method("__exit__", "!($self, /, *args)", NativeFn::Bound(exit), ""),
        method(
            "readline",
            "($self, size=-1, /)",
            NativeFn::Bound(readline),
            "Read and return a line from the stream.\n\nIf size is specified, at most size bytes will be read.\n\nThe line terminator is always b'\\n' for binary files; for text\nfiles, the newlines argument to open can be used to select the line\nterminator(s) recognized.",
        ),
        method(
            "readlines",
            "($self, hint=-1, /)",
            NativeFn::Bound(readlines),
            "Return a list of lines from the stream.\n\nhint can be specified to control the number of lines read: no more\nlines will be read if the total size (in bytes/characters) of all\nlines so far exceeds hint.",
        ),
        method(
            "writelines",
            "($self, lines, /)",
            NativeFn::One(writelines),
            "Write a list of lines to stream.\n\nLine separators are not added, so it is usual for each of the\nlines provided to have a line separator at the end.",
        ),
    ],
    getsets: &[getset("closed", closed, "")],
    doc: "The abstract base class for all I/O classes.\n\nThis class provides dummy implementations for many methods that\nderived classes can override selectively; the default implementations\nrepresent a file that cannot be read, written or seeked.\n\nEven though IOBase does not declare read, readinto, or write because\ntheir signatures will vary, implementations and clients should\nconsider those methods part of the interface. Also, implementations\nmay raise UnsupportedOperation when operations they do not support are\ncalled.\n\nThe basic type used for binary data read from or written to a file is\nbytes. Other bytes-like objects are accepted as method arguments too.\nIn some cases (such as readinto), a writable object is required. Text\nI/O classes work with str data.\n\nNote that calling any method (except additional calls to close(),\nwhich are ignored) on a closed stream should raise a ValueError.\n\nIOBase (and its subclasses) support the iterator protocol, meaning\nthat an IOBase object can be iterated over yielding the lines in a\nstream.\n\nIOBase also supports the :keyword:`with` statement. In this example,\nfp is closed after the suite of the with statement is complete:\n\nwith open('spam.txt', 'r') as fp:\n    fp.write('Spam and eggs!')\n",
    ..TypeSpec::EMPTY
});

pub static RAW_IO_BASE: Type = Type::new_static(&TypeSpec {
    name: "_io._RawIOBase",
    base: Some(&IO_BASE),
    flags: STREAM_FLAGS,
    slots: Slots { ..Slots::EMPTY },
    methods: &[
        method("read", "($self, size=-1, /)", NativeFn::Bound(raw_read), ""),
        method(
            "readall",
            "($self, /)",
            NativeFn::NoArgs(raw_readall),
            "Read until EOF, using multiple read() call.",
        ),
        method("readinto", "!($self, b, /)", NativeFn::One(not_implemented), ""),
        method("write", "!($self, b, /)", NativeFn::One(not_implemented), ""),
    ],
    doc: "Base class for raw binary I/O.",
    ..TypeSpec::EMPTY
});

pub static BUFFERED_IO_BASE: Type = Type::new_static(&TypeSpec {
    name: "_io._BufferedIOBase",
    base: Some(&IO_BASE),
    flags: STREAM_FLAGS,
    slots: Slots { ..Slots::EMPTY },
    methods: &[
        method(
            "detach",
            "($self, /)",
            NativeFn::NoArgs(no_detach),
            "Disconnect this buffer from its underlying raw stream and return it.\n\nAfter the raw stream has been detached, the buffer is in an unusable\nstate.",
        ),
        method(
            "read",
            "($self, size=-1, /)",
            NativeFn::Bound(no_read),
            "Read and return up to n bytes.\n\nIf the size argument is omitted, None, or negative, read and\nreturn all data until EOF.\n\nIf the size argument is positive, and the underlying raw stream is\nnot 'interactive', multiple raw reads may be issued to satisfy\nthe byte count (unless EOF is reached first).\nHowever, for interactive raw streams (as well as sockets and pipes),\nat most one raw read will be issued, and a short result does not\nimply that EOF is imminent.\n\nReturn an empty bytes object on EOF.\n\nReturn None if the underlying raw stream was open in non-blocking\nmode and no data is available at the moment.",
        ),
        method(
            "read1",
            "($self, size=-1, /)",
            NativeFn::Bound(no_read1),
            "Read and return up to size bytes, with at most one read() call to the underlying raw stream.\n\nReturn an empty bytes object on EOF.\nA short result does not imply that EOF is imminent.",
        ),
        method("readinto", "($self, buffer, /)", NativeFn::One(buffered_readinto), ""),
        method("readinto1", "($self, buffer, /)", NativeFn::One(buffered_readinto1), ""),
        method(
            "write",
            "($self, b, /)",
            NativeFn::One(no_write),
            "Write buffer b to the IO stream.\n\nReturn the number of bytes written, which is always\nthe length of b in bytes.\n\nRaise BlockingIOError if the buffer is full and the\nunderlying raw stream cannot accept more data at the moment.",
        ),
    ],
    doc: "Base class for buffered IO objects.\n\nThe main difference with RawIOBase is that the read() method\nsupports omitting the size argument, and does not have a default\nimplementation that defers to readinto().\n\nIn addition, read(), readinto() and write() may raise\nBlockingIOError if the underlying raw stream is in non-blocking\nmode and not ready; unlike their raw counterparts, they will never\nreturn None.\n\nA typical implementation should not inherit from a RawIOBase\nimplementation, but wrap one.\n",
    ..TypeSpec::EMPTY
});

pub static TEXT_IO_BASE: Type = Type::new_static(&TypeSpec {
    name: "_io._TextIOBase",
    base: Some(&IO_BASE),
    flags: STREAM_FLAGS,
    slots: Slots { ..Slots::EMPTY },
    methods: &[
        method(
            "detach",
            "($self, /)",
            NativeFn::NoArgs(no_detach),
            "Separate the underlying buffer from the TextIOBase and return it.\n\nAfter the underlying buffer has been detached, the TextIO is in\nan unusable state.",
        ),
        method(
            "read",
            "($self, size=-1, /)",
            NativeFn::Bound(no_read),
            "Read at most size characters from stream.\n\nRead from underlying buffer until we have size characters or we hit\nEOF.  If size is negative or omitted, read until EOF.",
        ),
        method(
            "readline",
            "($self, size=-1, /)",
            NativeFn::Bound(no_readline),
            "Read until newline or EOF.\n\nReturn an empty string if EOF is hit immediately.\nIf size is specified, at most size characters will be read.",
        ),
        method(
            "write",
            "($self, s, /)",
            NativeFn::One(no_write),
            "Write string s to stream.\n\nReturn the number of characters written\n(which is always equal to the length of the string).",
        ),
    ],
    getsets: &[
        getset("encoding", none, "Encoding of the text stream.\n\nSubclasses should override."),
        getset(
            "newlines",
            none,
            "Line endings translated so far.\n\nOnly line endings translated during reading are considered.\n\nSubclasses should override.",
        ),
        getset("errors", none, "The error setting of the decoder or encoder.\n\nSubclasses should override."),
    ],
    doc: "Base class for text I/O.\n\nThis class provides a character and line based interface to stream\nI/O. There is no readinto method because Python's character strings\nare immutable.\n",
    ..TypeSpec::EMPTY
});
