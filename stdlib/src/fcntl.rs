//! `fcntl`: control of file descriptors and devices, and locks on files.

use crate::constants::add_constants;
use crate::io::support::byte_source;
use crate::libc_constants;
use crate::os::descriptors as calls;
use crate::posix::descriptor_argument as descriptor;
use crate::system::{system, unlocked};
use runtime::objects::bytes::Bytes;
use runtime::objects::int::{self, IntRef};
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::{MethodDef, NativeFn, PyResult, Raised, Ref, Thread, Value, method, protocol};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file or socket object.",
    functions: FUNCTIONS,
    init: |_, module| {
        add_constants(module, CONSTANTS);
        add_constants(module, MORE_CONSTANTS);
        Ok(())
    },
};

/// The longest structure that is copied for the system; it may write as much behind a shorter one.
const MOST: usize = 1024;

#[cold]
fn wrong_argument(thread: &Thread, function: &str, v: Value) -> Raised {
    thread.type_error(format!(
        "{function}() argument 3 must be an integer, a bytes-like object, or a string, not {}",
        v.ty().name()
    ))
}

/// A number cut to the width of a machine word.
fn word(thread: &Thread, v: Value) -> PyResult<i64> {
    let number = protocol::index(thread, v)?;
    Ok(match int::get(*number) {
        Some(IntRef::Small(i)) => i,
        Some(IntRef::Big(b)) => {
            let (negative, words) = runtime::int_kernel::words(b);
            let low = words.first().map_or(0, |w| *w as i64);
            if negative { low.wrapping_neg() } else { low }
        }
        None => 0,
    })
}

/// A structure given as str or bytes-like object, with room behind it.
fn structure(thread: &Thread, function: &str, v: Value) -> PyResult<(Vec<u8>, usize)> {
    let mut data = match v.cast::<Str>() {
        Some(text) => text.to_wtf8(),
        None if v.ty().slots().buffer.is_some() => byte_source(thread, v)?.bytes().to_vec(),
        None => return Err(wrong_argument(thread, function, v)),
    };
    let length = data.len();
    if length > MOST {
        return Err(thread.value_error(format!("{function} argument 3 is too long")));
    }
    data.resize(MOST, 0);
    Ok((data, length))
}

fn is_number(v: Value) -> bool {
    int::is_int(v) || v.ty().slots().index.is_some()
}

fn fcntl(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let command = protocol::c_int(thread, a[1])?;
    if a[2].is_null() || is_number(a[2]) {
        let argument = if a[2].is_null() { 0 } else { word(thread, a[2])? };
        return Ok(int::new(system(thread, || calls::control(fd, command, argument))?));
    }
    let (mut data, length) = structure(thread, "fcntl", a[2])?;
    system(thread, || calls::control_with(fd, command, &mut data))?;
    Ok(Bytes::new(&data[..length]))
}

fn ioctl(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let request = word(thread, a[1])? as u64;
    if a[2].is_null() || is_number(a[2]) {
        let argument = if a[2].is_null() { 0 } else { i64::from(word(thread, a[2])? as i32) };
        return Ok(int::new(system(thread, || calls::io_control(fd, request, argument))?));
    }
    let mutate = a[3].is_null() || protocol::is_true(thread, a[3])?;
    if mutate
        && a[2].cast::<Bytes>().is_none()
        && a[2].cast::<Str>().is_none()
        && let Some(buffer) = a[2].ty().slots().buffer
    {
        let mut view = buffer(thread, a[2], 0)?;
        let length = view.len;
        if let Some(bytes) = view.bytes_mut() {
            // The system may write more than the caller made room for, so that it gets a copy where that can be.
            let mut data = bytes.to_vec();
            data.resize(length.max(MOST), 0);
            let result = system(thread, || calls::io_control_with(fd, request, &mut data))?;
            if let Some(bytes) = view.bytes_mut() {
                bytes.copy_from_slice(&data[..length]);
            }
            return Ok(int::new(result));
        }
    }
    let (mut data, length) = structure(thread, "ioctl", a[2])?;
    system(thread, || calls::io_control_with(fd, request, &mut data))?;
    Ok(Bytes::new(&data[..length]))
}

fn flock(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let operation = protocol::c_int(thread, a[1])?;
    system(thread, || calls::flock(fd, operation))?;
    Ok(Ref::NONE)
}

fn lockf(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let operation = protocol::c_int(thread, a[1])?;
    let number = |v: Value| if v.is_null() { Ok(0) } else { protocol::index_i64(thread, v) };
    let (length, start) = (number(a[2])?, number(a[3])?);
    let whence = if a[4].is_null() { 0 } else { protocol::c_int(thread, a[4])? };
    let kind = match operation {
        _ if operation & libc::LOCK_UN != 0 => libc::F_UNLCK,
        _ if operation & libc::LOCK_SH != 0 => libc::F_RDLCK,
        _ if operation & libc::LOCK_EX != 0 => libc::F_WRLCK,
        _ => return Err(thread.value_error("unrecognized lockf argument")),
    };
    let waits = operation & libc::LOCK_NB == 0;
    let done = unlocked(thread, || calls::lock_region(fd, waits, kind, whence, start, length))?;
    done.map_err(|errno| crate::system::raise(thread, errno))?;
    Ok(Ref::NONE)
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "fcntl",
        "($module, fd, cmd, arg=0, /)",
        NativeFn::Bound(fcntl),
        "Perform the operation cmd on file descriptor fd.\n\nThe values used for cmd are operating system dependent, and are\navailable as constants in the fcntl module, using the same names as used\nin the relevant C header files.  The argument arg is optional, and\ndefaults to 0; it may be an integer, a bytes-like object or a string.\nIf arg is given as a string, it will be encoded to binary using the\nUTF-8 encoding.\n\nIf the arg given is an integer or if none is specified, the result value\nis an integer corresponding to the return value of the fcntl() call in\nthe C code.\n\nIf arg is given as a bytes-like object, the return value of fcntl() is a\nbytes object of that length, containing the resulting value put in the\narg buffer by the operating system.  The length of the arg buffer is not\nallowed to exceed 1024 bytes.",
    ),
    method(
        "flock",
        "($module, fd, operation, /)",
        NativeFn::Bound(flock),
        "Perform the lock operation on file descriptor fd.\n\nSee the Unix manual page for flock(2) for details (On some systems, this\nfunction is emulated using fcntl()).",
    ),
    method(
        "ioctl",
        "($module, fd, request, arg=0, mutate_flag=True, /)",
        NativeFn::Bound(ioctl),
        "Perform the operation request on file descriptor fd.\n\nThe values used for request are operating system dependent, and are\navailable as constants in the fcntl or termios library modules, using\nthe same names as used in the relevant C header files.\n\nThe argument arg is optional, and defaults to 0; it may be an integer, a\nbytes-like object or a string.  If arg is given as a string, it will be\nencoded to binary using the UTF-8 encoding.\n\nIf the arg given is an integer or if none is specified, the result value\nis an integer corresponding to the return value of the ioctl() call in\nthe C code.\n\nIf the argument is a mutable buffer (such as a bytearray) and the\nmutate_flag argument is true (default) then the buffer is (in effect)\npassed to the operating system and changes made by the OS will be\nreflected in the contents of the buffer after the call has returned.\nThe return value is the integer returned by the ioctl() system call.\n\nIf the argument is a mutable buffer and the mutable_flag argument is\nfalse, the behavior is as if an immutable buffer had been passed.\n\nIf the argument is an immutable buffer then a copy of the buffer is\npassed to the operating system and the return value is a bytes object of\nthe same length containing whatever the operating system put in the\nbuffer.  The length of the arg buffer in this case is not allowed to\nexceed 1024 bytes.",
    ),
    method(
        "lockf",
        "($module, fd, cmd, len=0, start=0, whence=0, /)",
        NativeFn::Bound(lockf),
        "A wrapper around the fcntl() locking calls.\n\nfd is the file descriptor of the file to lock or unlock, and operation\nis one of the following values:\n\n    LOCK_UN - unlock\n    LOCK_SH - acquire a shared lock\n    LOCK_EX - acquire an exclusive lock\n\nWhen operation is LOCK_SH or LOCK_EX, it can also be bitwise ORed with\nLOCK_NB to avoid blocking on lock acquisition.  If LOCK_NB is used and\nthe lock cannot be acquired, an OSError will be raised and the exception\nwill have an errno attribute set to EACCES or EAGAIN (depending on the\noperating system -- for portability, check for either value).\n\nlen is the number of bytes to lock, with the default meaning to lock to\nEOF.  start is the byte offset, relative to whence, to that the lock\nstarts.  whence is as with fileobj.seek(), specifically:\n\n    0 - relative to the start of the file (SEEK_SET)\n    1 - relative to the current buffer position (SEEK_CUR)\n    2 - relative to the end of the file (SEEK_END)",
    ),
];

const CONSTANTS: &[(&str, i64)] = libc_constants! {
    FD_CLOEXEC FICLONE FICLONERANGE F_ADD_SEALS F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_GETFL F_GETLEASE F_GETLK
    F_GETOWN F_GETPIPE_SZ F_GET_SEALS F_NOTIFY F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW F_RDLCK
    F_SEAL_FUTURE_WRITE F_SEAL_GROW F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_WRITE F_SETFD F_SETFL F_SETLEASE
    F_SETLK F_SETLKW F_SETOWN F_SETPIPE_SZ F_UNLCK F_WRLCK LOCK_EX LOCK_NB LOCK_SH LOCK_UN
};

/// Those for which libc has no name.
const MORE_CONSTANTS: &[(&str, i64)] = &[
    ("DN_ACCESS", 0x1),
    ("DN_ATTRIB", 0x20),
    ("DN_CREATE", 0x4),
    ("DN_DELETE", 0x8),
    ("DN_MODIFY", 0x2),
    ("DN_MULTISHOT", 0x80000000),
    ("DN_RENAME", 0x10),
    ("FASYNC", 0x2000),
    ("F_DUPFD_QUERY", 0x403),
    ("F_EXLCK", 0x4),
    ("F_GETLK64", 0x5),
    ("F_GETOWN_EX", 0x10),
    ("F_GETSIG", 0xb),
    ("F_GET_FILE_RW_HINT", 0x40d),
    ("F_GET_RW_HINT", 0x40b),
    ("F_OWNER_PGRP", 0x2),
    ("F_OWNER_PID", 0x1),
    ("F_OWNER_TID", 0x0),
    ("F_SETLK64", 0x6),
    ("F_SETLKW64", 0x7),
    ("F_SETOWN_EX", 0xf),
    ("F_SETSIG", 0xa),
    ("F_SET_FILE_RW_HINT", 0x40e),
    ("F_SET_RW_HINT", 0x40c),
    ("F_SHLCK", 0x8),
    ("LOCK_MAND", 0x20),
    ("LOCK_READ", 0x40),
    ("LOCK_RW", 0xc0),
    ("LOCK_WRITE", 0x80),
    ("RWH_WRITE_LIFE_EXTREME", 0x5),
    ("RWH_WRITE_LIFE_LONG", 0x4),
    ("RWH_WRITE_LIFE_MEDIUM", 0x3),
    ("RWH_WRITE_LIFE_NONE", 0x1),
    ("RWH_WRITE_LIFE_NOT_SET", 0x0),
    ("RWH_WRITE_LIFE_SHORT", 0x2),
];
