//! `FileIO`: a raw stream over a file descriptor.

use super::base::{self, RAW_IO_BASE, STREAM_FLAGS};
use super::path;
use super::support::*;
use crate::{os, system};
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::{RESOURCE_WARNING, write_unraisable_about};
use runtime::objects::int;
use runtime::objects::str::{Str, display};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeSpec, Value, attributes, getset, method,
    new_object, protocol, warnings,
};
use std::cell::Cell;

/// A file. `fd` is negative when closed.
#[repr(C)]
pub struct FileIo {
    pub header: Header,
    pub fd: Cell<i32>,
    mode: Cell<Mode>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
    /// Whether seeking works, once that is known.
    seekable: Cell<Option<bool>>,
    block_size: Cell<i64>,
}

runtime::object!(FileIo, FILE_IO);

/// What a mode string says.
#[derive(Clone, Copy, Default)]
struct Mode {
    readable: bool,
    writable: bool,
    created: bool,
    appending: bool,
    flags: i32,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode { created: true, readable: true, .. } => "xb+",
            Mode { created: true, .. } => "xb",
            Mode { appending: true, readable: true, .. } => "ab+",
            Mode { appending: true, .. } => "ab",
            Mode { readable: true, writable: true, .. } => "rb+",
            Mode { readable: true, .. } => "rb",
            _ => "wb",
        }
    }
}

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| FileIo {
        header,
        fd: Cell::new(-1),
        mode: Cell::new(Mode::default()),
        closefd: Cell::new(true),
        finalizing: Cell::new(false),
        seekable: Cell::new(None),
        block_size: Cell::new(0),
    }))
}

fn parse_mode(thread: &Thread, text: &str) -> PyResult<Mode> {
    const EXACTLY_ONE: &str = "Must have exactly one of create/read/write/append mode and at most one plus";
    let (mut mode, mut kind, mut plus) = (Mode::default(), false, false);
    for c in text.chars() {
        match c {
            'b' => {}
            '+' if plus => return Err(thread.value_error(EXACTLY_ONE)),
            '+' => plus = true,
            'r' | 'w' | 'a' | 'x' if kind => return Err(thread.value_error(EXACTLY_ONE)),
            'r' | 'w' | 'a' | 'x' => {
                kind = true;
                mode.readable = c == 'r';
                mode.writable = c != 'r';
                mode.created = c == 'x';
                mode.appending = c == 'a';
                mode.flags = match c {
                    'r' => 0,
                    'w' => libc::O_CREAT | libc::O_TRUNC,
                    'a' => libc::O_CREAT | libc::O_APPEND,
                    _ => libc::O_CREAT | libc::O_EXCL,
                };
            }
            _ => return Err(thread.value_error(format!("invalid mode: {text}"))),
        }
    }
    if !kind {
        return Err(thread.value_error(EXACTLY_ONE));
    }
    mode.readable |= plus;
    mode.writable |= plus;
    mode.flags |= match (mode.readable, mode.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok(mode)
}

/// Opens what `file` names, by the opener if there is one.
fn open_path(thread: &Thread, file: Value, flags: i32, opener: Value) -> PyResult<i32> {
    if !opener.is_null() && !opener.is_none() {
        let result = thread.call(opener, &[file, *int::new(flags.into())])?;
        if !int::is_int(*result) {
            return Err(thread.type_error("expected integer from opener"));
        }
        let fd = protocol::c_int(thread, *result)?;
        return match fd {
            0.. => Ok(fd),
            -1 => Err(thread.value_error("opener returned -1")),
            _ => Err(thread.value_error(format!("opener returned {fd}"))),
        };
    }
    let path = path::fspath(thread, file)?;
    let path = path::c_path(thread, *path)?;
    system::unlocked(thread, || os::open(&path, flags, 0o666))?
        .map_err(|errno| errno_error(thread, errno, file))
}

static PARAMETERS: Parameters = Parameters::new("FileIO", "(file, mode='r', closefd=True, opener=None)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| open_file(thread, v, a))
}

fn open_file(thread: &Thread, v: Value, a: &[Value]) -> PyResult<()> {
    let (file, mode, closefd, opener) = (a[0], a[1], a[2], a[3]);
    let f = receiver::<FileIo>(thread, v)?;
    if f.fd.get() >= 0 {
        if f.closefd.get() {
            close_descriptor(thread, f)?;
        } else {
            f.fd.set(-1);
        }
    }
    let given = match int::is_int(file) {
        true => Some(protocol::c_int(thread, file)?),
        false => None,
    };
    if given.is_some_and(|fd| fd < 0) {
        return Err(thread.value_error("negative file descriptor"));
    }
    let mode = if mode.is_null() { "r".into() } else { display(mode) };
    let mode = parse_mode(thread, &mode)?;
    let closefd = flag_argument(thread, closefd, true)?;
    f.mode.set(mode);
    f.seekable.set(None);
    f.closefd.set(closefd);
    match given {
        Some(fd) => f.fd.set(fd),
        None if !closefd => return Err(thread.value_error("Cannot use closefd=False with file name")),
        None => f.fd.set(open_path(thread, file, mode.flags, opener)?),
    }
    let outcome = prepare(thread, v, f, file);
    if outcome.is_err() {
        // A descriptor that was handed in stays open; one opened here is closed with the object's own rules.
        if given.is_some() {
            f.fd.set(-1);
        } else if os::close(f.fd.replace(-1)).is_err() {
            return outcome;
        }
    }
    outcome
}

/// Checks what was opened and notes its name.
fn prepare(thread: &Thread, v: Value, f: &FileIo, file: Value) -> PyResult<()> {
    let fd = f.fd.get();
    match os::status(fd) {
        Ok(status) if status.is_directory() => return Err(errno_error(thread, libc::EISDIR, file)),
        Ok(status) => f.block_size.set(status.block_size),
        Err(libc::EBADF) => return Err(errno_error(thread, libc::EBADF, Value::NONE)),
        Err(_) => {}
    }
    attributes::set(thread, v, name("name"), file)?;
    if f.mode.get().appending {
        // Only a file that can be sought has an end to go to.
        f.seekable.set(Some(os::seek(fd, 0, libc::SEEK_END).is_ok()));
    }
    Ok(())
}

fn close_descriptor(thread: &Thread, f: &FileIo) -> PyResult<()> {
    let fd = f.fd.replace(-1);
    if fd < 0 {
        return Ok(());
    }
    system::unlocked(thread, || os::close(fd))?.map_err(|errno| errno_error(thread, errno, Value::NONE))
}

/// The open file behind a receiver.
fn open_receiver(thread: &Thread, v: Value) -> PyResult<&'static FileIo> {
    let f = receiver::<FileIo>(thread, v)?;
    if f.fd.get() < 0 {
        return Err(thread.value_error("I/O operation on closed file"));
    }
    Ok(f)
}

fn readable_receiver(thread: &Thread, v: Value) -> PyResult<&'static FileIo> {
    let f = open_receiver(thread, v)?;
    if !f.mode.get().readable {
        return Err(unsupported(thread, "File not open for reading"));
    }
    Ok(f)
}

/// Reads into a slice, without the GIL; `None` if it would block.
pub fn read_into(thread: &Thread, v: Value, target: &mut [u8]) -> PyResult<Option<usize>> {
    let f = readable_receiver(thread, v)?;
    let fd = f.fd.get();
    match system::unlocked(thread, || os::read(fd, target))? {
        Ok(n) => Ok(Some(n)),
        Err(libc::EAGAIN) => Ok(None),
        Err(errno) => Err(errno_error(thread, errno, Value::NONE)),
    }
}

/// Writes some of `data`, without the GIL; `None` if it would block.
pub fn write_bytes(thread: &Thread, v: Value, data: &[u8]) -> PyResult<Option<usize>> {
    let f = open_receiver(thread, v)?;
    if !f.mode.get().writable {
        return Err(unsupported(thread, "File not open for writing"));
    }
    let fd = f.fd.get();
    match system::unlocked(thread, || os::write(fd, data))? {
        Ok(n) => Ok(Some(n)),
        Err(libc::EAGAIN) => Ok(None),
        Err(errno) => Err(errno_error(thread, errno, Value::NONE)),
    }
}

/// The most that one read asks for, so that a huge size costs no memory up front.
const MAX_READ: usize = 0x7fff_f000;

fn read(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    readable_receiver(thread, v)?;
    let Some(size) = size_argument(thread, arguments[0])? else { return readall(thread, v) };
    let mut data = Vec::new();
    if data.try_reserve_exact(size.min(MAX_READ)).is_err() {
        return Err(thread.memory_error());
    }
    data.resize(size.min(MAX_READ), 0);
    Ok(match read_into(thread, v, &mut data)? {
        Some(n) => Bytes::new(&data[..n]),
        None => Ref::NONE,
    })
}

/// Everything to the end of the file; `None` if it would block at once.
pub fn read_rest(thread: &Thread, v: Value) -> PyResult<Option<Vec<u8>>> {
    let f = readable_receiver(thread, v)?;
    let fd = f.fd.get();
    let position = os::seek(fd, 0, libc::SEEK_CUR).unwrap_or(0);
    let rest = os::status(fd).map_or(0, |s| s.size.saturating_sub(position)).clamp(0, 1 << 30) as usize;
    let (mut data, mut length) = (vec![0; rest + 1], 0);
    loop {
        if length == data.len() {
            let more = data.len().max(super::DEFAULT_BUFFER_SIZE);
            if data.try_reserve(more).is_err() {
                return Err(thread.memory_error());
            }
            data.resize(length + more, 0);
        }
        match read_into(thread, v, &mut data[length..])? {
            Some(0) => break,
            Some(n) => length += n,
            None if length == 0 => return Ok(None),
            None => break,
        }
    }
    data.truncate(length);
    Ok(Some(data))
}

fn readall(thread: &Thread, v: Value) -> PyResult {
    Ok(read_rest(thread, v)?.map_or(Ref::NONE, |data| Bytes::new(&data)))
}

fn readinto(thread: &Thread, v: Value, buffer: Value) -> PyResult {
    readable_receiver(thread, v)?;
    let mut view = writable_view(thread, "readinto", buffer)?;
    let Some(target) = view.bytes_mut() else { return Ok(Ref::NONE) };
    Ok(read_into(thread, v, target)?.map_or(Ref::NONE, int::from_usize))
}

fn write(thread: &Thread, v: Value, data: Value) -> PyResult {
    let source = byte_source(thread, data)?;
    Ok(write_bytes(thread, v, source.bytes())?.map_or(Ref::NONE, int::from_usize))
}

/// Moves the position of an open file.
pub fn seek_to(thread: &Thread, v: Value, offset: i64, whence: i32) -> PyResult<i64> {
    let f = open_receiver(thread, v)?;
    let result = os::seek(f.fd.get(), offset, whence);
    if f.seekable.get().is_none() {
        f.seekable.set(Some(result.is_ok()));
    }
    result.map_err(|errno| errno_error(thread, errno, Value::NONE))
}

fn seek(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    open_receiver(thread, v)?;
    let offset = offset_argument(thread, arguments[0])?;
    Ok(int::new(seek_to(thread, v, offset, whence_argument(thread, arguments[1])?)?))
}

fn tell(thread: &Thread, v: Value) -> PyResult {
    Ok(int::new(seek_to(thread, v, 0, libc::SEEK_CUR)?))
}

fn truncate(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let f = open_receiver(thread, v)?;
    if !f.mode.get().writable {
        return Err(unsupported(thread, "File not open for writing"));
    }
    let size = match arguments[0] {
        Value::NULL | Value::NONE => seek_to(thread, v, 0, libc::SEEK_CUR)?,
        size => offset_argument(thread, size)?,
    };
    os::truncate(f.fd.get(), size).map_err(|errno| errno_error(thread, errno, Value::NONE))?;
    Ok(int::new(size))
}

fn close(thread: &Thread, v: Value) -> PyResult {
    let f = receiver::<FileIo>(thread, v)?;
    if !f.closefd.get() {
        let result = base::close(thread, v);
        f.fd.set(-1);
        return result;
    }
    both(
        thread,
        || base::close(thread, v).map(drop),
        || {
            if f.finalizing.get() {
                drop(dealloc_warn(thread, v, v)?);
            }
            close_descriptor(thread, f)
        },
    )?;
    Ok(Ref::NONE)
}

fn seekable(thread: &Thread, v: Value) -> PyResult {
    let f = open_receiver(thread, v)?;
    if f.seekable.get().is_none() {
        f.seekable.set(Some(os::seek(f.fd.get(), 0, libc::SEEK_CUR).is_ok()));
    }
    Ok(Ref::bool(f.seekable.get() == Some(true)))
}

fn readable(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(open_receiver(thread, v)?.mode.get().readable))
}

fn writable(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(open_receiver(thread, v)?.mode.get().writable))
}

fn fileno(thread: &Thread, v: Value) -> PyResult {
    Ok(int::new(open_receiver(thread, v)?.fd.get().into()))
}

fn isatty(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(os::is_terminal(open_receiver(thread, v)?.fd.get())))
}

/// Warns of a file that dies open; `source` is the stream its user had.
fn dealloc_warn(thread: &Thread, v: Value, source: Value) -> PyResult {
    let f = receiver::<FileIo>(thread, v)?;
    if f.fd.get() < 0 || !f.closefd.get() {
        return Ok(Ref::NONE);
    }
    let warned = protocol::repr(thread, source).and_then(|shown| {
        warnings::warn(thread, &RESOURCE_WARNING, &format!("unclosed file {}", display(*shown)), 1)
    });
    if warned.is_err() {
        match thread.raised_matches(&runtime::objects::exceptions::WARNING) {
            true => write_unraisable_about(thread, "Exception ignored while finalizing file", v),
            false => drop(thread.take_raised()),
        }
    }
    Ok(Ref::NONE)
}

/// `__getstate__` of a stream that can't be pickled.
pub fn getstate(thread: &Thread, v: Value) -> PyResult {
    Err(thread.type_error(format!("cannot pickle '{}' instances", v.ty().name())))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let f = receiver::<FileIo>(thread, v)?;
    let type_name = v.ty().name();
    if f.fd.get() < 0 {
        return Ok(Str::new(&format!("<{type_name} [closed]>")));
    }
    let closefd = if f.closefd.get() { "True" } else { "False" };
    let mode = f.mode.get().name();
    let Some(file) = optional_attribute(thread, v, "name")? else {
        let text = format!("<{type_name} fd={} mode='{mode}' closefd={closefd}>", f.fd.get());
        return Ok(Str::new(&text));
    };
    let shown = name_repr(thread, v, *file)?;
    let head = format!("<{type_name} name=");
    let tail = format!(" mode='{mode}' closefd={closefd}>");
    Ok(Str::from_wtf8(&[head.as_bytes(), &shown, tail.as_bytes()].concat()))
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<FileIo>(thread, v)?.fd.get() < 0))
}

fn closefd(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<FileIo>(thread, v)?.closefd.get()))
}

fn mode(thread: &Thread, v: Value) -> PyResult {
    Ok(Str::new(receiver::<FileIo>(thread, v)?.mode.get().name()))
}

fn blksize(thread: &Thread, v: Value) -> PyResult {
    Ok(int::new(receiver::<FileIo>(thread, v)?.block_size.get()))
}

fn finalizing(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<FileIo>(thread, v)?.finalizing.get()))
}

fn set_finalizing(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let flag = flag_argument(thread, value, false)?;
    receiver::<FileIo>(thread, v)?.finalizing.set(flag);
    Ok(())
}

pub static FILE_IO: Type = Type::new_static(&TypeSpec {
    name: "_io.FileIO",
    base: Some(&RAW_IO_BASE),
    size: size_of::<FileIo>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<FileIo>,
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "read",
            "($self, size=-1, /)",
            NativeFn::Bound(read),
            "Read at most size bytes, returned as bytes.\n\nIf size is less than 0, read all bytes in the file making multiple\nread calls.  See ``FileIO.readall``.\n\nAttempts to make only one system call, retrying only per PEP 475\n(EINTR).  This means less data may be returned than requested.\n\nIn non-blocking mode, returns None if no data is available.  Return\nan empty bytes object at EOF.",
        ),
        method(
            "readall",
            "($self, /)",
            NativeFn::NoArgs(readall),
            "Read all data from the file, returned as bytes.\n\nReads until either there is an error or read() returns size 0\n(indicates EOF).  If the file is already at EOF, returns an empty\nbytes object.\n\nIn non-blocking mode, returns as much data as could be read before\nEAGAIN.  If no data is available (EAGAIN is returned before bytes\nare read) returns None.",
        ),
        method("readinto", "($self, buffer, /)", NativeFn::One(readinto), "Same as RawIOBase.readinto()."),
        method(
            "write",
            "($self, b, /)",
            NativeFn::One(write),
            "Write buffer b to file, return number of bytes written.\n\nOnly makes one system call, so not all of the data may be written.\nThe number of bytes actually written is returned.  In non-blocking\nmode, returns None if the write would block.",
        ),
        method(
            "seek",
            "($self, pos, whence=0, /)",
            NativeFn::Bound(seek),
            "Move to new file position and return the file position.\n\nArgument offset is a byte count.  Optional argument whence defaults\nto SEEK_SET or 0 (offset from start of file, offset should be >= 0);\nother values are SEEK_CUR or 1 (move relative to current position,\npositive or negative), and SEEK_END or 2 (move relative to end of\nfile, usually negative, although many platforms allow seeking beyond\nthe end of a file).\n\nNote that not all file objects are seekable.",
        ),
        method(
            "tell",
            "($self, /)",
            NativeFn::NoArgs(tell),
            "Current file position.\n\nCan raise OSError for non seekable files.",
        ),
        method(
            "truncate",
            "($self, size=None, /)",
            NativeFn::Bound(truncate),
            "Truncate the file to at most size bytes and return the truncated size.\n\nSize defaults to the current file position, as returned by tell().\nThe current file position is changed to the value of size.",
        ),
        method(
            "close",
            "($self, /)",
            NativeFn::NoArgs(close),
            "Close the file.\n\nA closed file cannot be used for further I/O operations.  close()\nmay be called more than once without error.",
        ),
        method("seekable", "($self, /)", NativeFn::NoArgs(seekable), "True if file supports random-access."),
        method(
            "readable",
            "($self, /)",
            NativeFn::NoArgs(readable),
            "True if file was opened in a read mode.",
        ),
        method(
            "writable",
            "($self, /)",
            NativeFn::NoArgs(writable),
            "True if file was opened in a write mode.",
        ),
        method(
            "fileno",
            "($self, /)",
            NativeFn::NoArgs(fileno),
            "Return the underlying file descriptor (an integer).",
        ),
        method(
            "isatty",
            "($self, /)",
            NativeFn::NoArgs(isatty),
            "True if the file is connected to a TTY device.",
        ),
        method("_isatty_open_only", "($self, /)", NativeFn::NoArgs(isatty), ""),
        method("_dealloc_warn", "($self, object, /)", NativeFn::One(dealloc_warn), ""),
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
    ],
    getsets: &[
        getset("_finalizing", finalizing, "").member().settable(set_finalizing),
        getset("closed", closed, "True if the file is closed"),
        getset("closefd", closefd, "True if the file descriptor will be closed by close()."),
        getset("mode", mode, "String giving the file mode"),
        getset("_blksize", blksize, "Stat st_blksize if available"),
    ],
    signature: "(file, mode='r', closefd=True, opener=None)",
    doc: "Open a file.\n\nThe mode can be 'r' (default), 'w', 'x' or 'a' for reading,\nwriting, exclusive creation or appending.  The file will be created\nif it doesn't exist when opened for writing or appending; it will be\ntruncated when opened for writing.  A FileExistsError will be raised\nif it already exists when opened for creating.  Opening a file for\ncreating implies writing so this mode behaves in a similar way to\n'w'.  Add a '+' to the mode to allow simultaneous reading and\nwriting.\n\nA custom opener can be used by passing a callable as *opener*.\nThe underlying file descriptor for the file object is then obtained\nby calling opener with (*name*, *flags*).  *opener* must return\nan open file descriptor (passing os.open as *opener* results in\nfunctionality similar to passing None).",
    ..TypeSpec::EMPTY
});
