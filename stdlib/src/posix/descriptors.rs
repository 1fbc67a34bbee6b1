//! Functions of `posix` on file descriptors.

use super::arguments::*;
use crate::os::{self, descriptors as calls};
use crate::system::{encoded, raise, raised, system, unlocked};
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Ref, Thread, Value, protocol};

pub fn close(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    system(thread, || os::close(fd))?;
    Ok(Ref::NONE)
}

pub fn closerange(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (low, high) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    unlocked(thread, || {
        os::close_range(low, high);
        Ok(())
    })?
    .map_err(|errno| raise(thread, errno))?;
    Ok(Ref::NONE)
}

/// A count that must not be negative.
fn count(thread: &Thread, v: Value) -> PyResult<usize> {
    let count = protocol::c_ssize(thread, v)?;
    usize::try_from(count).map_err(|_| thread.value_error("negative value for 'count' not allowed"))
}

pub fn copy_file_range(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (from, to) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let count = count(thread, a[2])?;
    let (from, to) = ((from, offset_option(thread, a[3])?), (to, offset_option(thread, a[4])?));
    Ok(int::from_usize(system(thread, || calls::copy_range(from, to, count, 0))?))
}

pub fn splice(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (from, to) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let count = count(thread, a[2])?;
    let (from, to) = ((from, offset_option(thread, a[3])?), (to, offset_option(thread, a[4])?));
    let flags = int_or(thread, a[5], 0)? as u32;
    Ok(int::from_usize(system(thread, || calls::splice(from, to, count, flags))?))
}

pub fn sendfile(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (output, input) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let from = if a[2].is_none() { None } else { Some(offset(thread, a[2])?) };
    let count = protocol::c_ssize(thread, a[3])?;
    Ok(int::from_usize(system(thread, || calls::send_file(output, input, from, count as usize))?))
}

/// The encoding of a terminal; None for other files.
pub fn device_encoding(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    if !os::is_terminal(fd) {
        return Ok(Ref::NONE);
    }
    Ok(Str::new(&os::locale::encoding()))
}

pub fn dup(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    Ok(int::new(raised(thread, calls::duplicate(fd, false))?.into()))
}

pub fn dup2(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (fd, new) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let inheritable = flag(thread, a[2], true)?;
    if fd < 0 || new < 0 {
        return Err(raise(thread, libc::EBADF));
    }
    // Of a descriptor onto itself `dup3` knows nothing.
    let made = system(thread, || match inheritable || fd == new {
        true => calls::dup2(fd, new),
        false => calls::dup3(fd, new, libc::O_CLOEXEC),
    })?;
    if !inheritable && fd == new {
        raised(thread, calls::set_inheritable(new, false))?;
    }
    Ok(int::new(made))
}

pub fn eventfd(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let initial = protocol::index_u64(thread, a[0])?;
    let Ok(initial) = u32::try_from(initial) else {
        return Err(thread.overflow_error("Python int too large to convert to C unsigned int"));
    };
    let flags = int_or(thread, a[1], libc::EFD_CLOEXEC)?;
    Ok(int::new(raised(thread, calls::eventfd(initial, flags))?))
}

pub fn eventfd_read(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let mut value = [0; 8];
    system(thread, || calls::read_once(fd, &mut value))?;
    Ok(int::from_u64(u64::from_ne_bytes(value)))
}

pub fn eventfd_write(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let value = protocol::index_u64(thread, a[1])?.to_ne_bytes();
    system(thread, || calls::write_once(fd, &value))?;
    Ok(Ref::NONE)
}

pub fn fsync(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    system(thread, || calls::fsync(fd))?;
    Ok(Ref::NONE)
}

pub fn fdatasync(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    system(thread, || calls::fdatasync(fd))?;
    Ok(Ref::NONE)
}

pub fn ftruncate(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let length = offset(thread, a[1])?;
    system(thread, || os::truncate(fd, length))?;
    Ok(Ref::NONE)
}

pub fn get_blocking(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    raised(thread, calls::is_blocking(fd)).map(Ref::bool)
}

pub fn set_blocking(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let blocking = protocol::is_true(thread, a[1])?;
    raised(thread, calls::set_blocking(fd, blocking))?;
    Ok(Ref::NONE)
}

pub fn get_inheritable(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    raised(thread, calls::is_inheritable(fd)).map(Ref::bool)
}

pub fn set_inheritable(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let inheritable = protocol::c_int(thread, a[1])? != 0;
    raised(thread, calls::set_inheritable(fd, inheritable))?;
    Ok(Ref::NONE)
}

pub fn isatty(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    Ok(Ref::bool(os::is_terminal(fd)))
}

pub fn lockf(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (fd, command) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let length = offset(thread, a[2])?;
    system(thread, || calls::lockf(fd, command, length))?;
    Ok(Ref::NONE)
}

pub fn lseek(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let position = offset(thread, a[1])?;
    let whence = protocol::c_int(thread, a[2])?;
    Ok(int::new(system(thread, || os::seek(fd, position, whence))?))
}

pub fn memfd_create(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let name = encoded(thread, a[0])?;
    let flags = if a[1].is_null() { libc::MFD_CLOEXEC } else { protocol::index_i64(thread, a[1])? as u32 };
    Ok(int::new(system(thread, || calls::memfd_create(&name, flags))?))
}

/// A tuple of two descriptors.
pub fn descriptor_pair(ends: [i32; 2]) -> Ref {
    Tuple::from_refs(ends.map(|fd| int::new(fd.into())).into())
}

pub fn pipe(thread: &Thread, _: Value) -> PyResult {
    raised(thread, calls::pipe(libc::O_CLOEXEC)).map(descriptor_pair)
}

pub fn pipe2(thread: &Thread, _: Value, flags: Value) -> PyResult {
    let flags = protocol::c_int(thread, flags)?;
    raised(thread, calls::pipe(flags)).map(descriptor_pair)
}

pub fn posix_fadvise(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let (start, length) = (offset(thread, a[1])?, offset(thread, a[2])?);
    let advice = protocol::c_int(thread, a[3])?;
    system(thread, || calls::advise(fd, start, length, advice))?;
    Ok(Ref::NONE)
}

pub fn posix_fallocate(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let (start, length) = (offset(thread, a[1])?, offset(thread, a[2])?);
    system(thread, || calls::allocate(fd, start, length))?;
    Ok(Ref::NONE)
}
