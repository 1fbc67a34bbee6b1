//! Functions of `posix` on files by name.

use super::arguments::*;
use crate::os::files as calls;
use crate::system::{decode, system, system_for_both};
use crate::timestamp;
use runtime::objects::bytes::Bytes;
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Raised, Ref, Thread, Value, protocol};

pub fn access(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("access", "path").path(thread, a[0])?;
    let mode = protocol::c_int(thread, a[1])?;
    let directory = directory(thread, a[2])?;
    let effective = flag(thread, a[3], false)?;
    let follow = flag(thread, a[4], true)?;
    let mut flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    if effective {
        flags |= libc::AT_EACCESS;
    }
    let result = crate::system::unlocked(thread, || calls::faccessat(directory, path.name(), mode, flags))?;
    Ok(Ref::bool(result.is_ok()))
}

pub fn chdir(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("chdir").path(thread, a[0])?;
    path.call(thread, || match path.fd() {
        Some(fd) => calls::fchdir(fd),
        None => calls::chdir(path.name()),
    })?;
    Ok(Ref::NONE)
}

pub fn fchdir(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    system(thread, || calls::fchdir(fd))?;
    Ok(Ref::NONE)
}

pub fn chmod(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("chmod").path(thread, a[0])?;
    let mode = protocol::c_int(thread, a[1])? as u32;
    let directory = directory(thread, a[2])?;
    let flags = if flag(thread, a[3], true)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    path.call(thread, || match path.fd() {
        Some(fd) => calls::fchmod(fd, mode),
        None => calls::fchmodat(directory, path.name(), mode, flags),
    })?;
    Ok(Ref::NONE)
}

pub fn fchmod(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let mode = protocol::c_int(thread, a[1])? as u32;
    system(thread, || calls::fchmod(fd, mode))?;
    Ok(Ref::NONE)
}

pub fn chown(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("chown").path(thread, a[0])?;
    let (user, group) = (user(thread, a[1])?, group(thread, a[2])?);
    let directory = directory_option(thread, a[3])?;
    let follow = flag(thread, a[4], true)?;
    if path.fd().is_some() && directory.is_some() {
        return Err(thread.value_error("chown: can't specify both dir_fd and fd"));
    }
    path.check_fd(thread, "chown", None, follow)?;
    let directory = directory.unwrap_or(libc::AT_FDCWD);
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    path.call(thread, || match path.fd() {
        Some(fd) => calls::fchown(fd, user, group),
        None => calls::fchownat(directory, path.name(), user, group, flags),
    })?;
    Ok(Ref::NONE)
}

pub fn lchown(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("lchown", "path").path(thread, a[0])?;
    let (user, group) = (user(thread, a[1])?, group(thread, a[2])?);
    path.call(thread, || {
        calls::fchownat(libc::AT_FDCWD, path.name(), user, group, libc::AT_SYMLINK_NOFOLLOW)
    })?;
    Ok(Ref::NONE)
}

pub fn fchown(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let (user, group) = (user(thread, a[1])?, group(thread, a[2])?);
    system(thread, || calls::fchown(fd, user, group))?;
    Ok(Ref::NONE)
}

pub fn chroot(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("chroot", "path").path(thread, a[0])?;
    path.call(thread, || calls::chroot(path.name()))?;
    Ok(Ref::NONE)
}

pub fn link(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let from = Accepts::name("link", "src").path(thread, a[0])?;
    let to = Accepts::name("link", "dst").path(thread, a[1])?;
    let (from_directory, to_directory) = (directory(thread, a[2])?, directory(thread, a[3])?);
    let flags = if flag(thread, a[4], true)? { libc::AT_SYMLINK_FOLLOW } else { 0 };
    system_for_both(thread, [*from.shown, *to.shown], || {
        calls::linkat(from_directory, from.name(), to_directory, to.name(), flags)
    })?;
    Ok(Ref::NONE)
}

pub fn mkdir(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("mkdir", "path").path(thread, a[0])?;
    let mode = mode_or(thread, a[1], 0o777)?;
    let directory = directory(thread, a[2])?;
    path.call(thread, || calls::mkdirat(directory, path.name(), mode))?;
    Ok(Ref::NONE)
}

pub fn mkfifo(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("mkfifo", "path").path(thread, a[0])?;
    let mode = mode_or(thread, a[1], 0o666)?;
    let directory = directory(thread, a[2])?;
    path.call(thread, || calls::mkfifoat(directory, path.name(), mode))?;
    Ok(Ref::NONE)
}

pub fn mknod(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("mknod", "path").path(thread, a[0])?;
    let mode = mode_or(thread, a[1], 0o600)?;
    let device = if a[2].is_null() { 0 } else { device(thread, a[2])? };
    let directory = directory(thread, a[3])?;
    path.call(thread, || calls::mknodat(directory, path.name(), mode, device))?;
    Ok(Ref::NONE)
}

pub fn open(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("open", "path").path(thread, a[0])?;
    let flags = protocol::c_int(thread, a[1])? | libc::O_CLOEXEC;
    let mode = mode_or(thread, a[2], 0o777)?;
    let directory = directory(thread, a[3])?;
    let fd = path.call(thread, || calls::openat(directory, path.name(), flags, mode))?;
    Ok(int::new(fd))
}

pub fn readlink(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("readlink", "path").path(thread, a[0])?;
    let directory = directory(thread, a[1])?;
    let target = path.call(thread, || calls::readlinkat(directory, path.name()))?;
    crate::system::decode_as(thread, &target, path.is_bytes())
}

fn unlink_as(thread: &Thread, function: &'static str, a: &[Value], flags: i32) -> PyResult {
    let path = Accepts::name(function, "path").path(thread, a[0])?;
    let directory = directory(thread, a[1])?;
    path.call(thread, || calls::unlinkat(directory, path.name(), flags))?;
    Ok(Ref::NONE)
}

pub fn unlink(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    unlink_as(thread, "unlink", a, 0)
}

pub fn remove(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    unlink_as(thread, "remove", a, 0)
}

pub fn rmdir(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    unlink_as(thread, "rmdir", a, libc::AT_REMOVEDIR)
}

fn rename_as(thread: &Thread, function: &'static str, a: &[Value]) -> PyResult {
    let from = Accepts::name(function, "src").path(thread, a[0])?;
    let to = Accepts::name(function, "dst").path(thread, a[1])?;
    let (from_directory, to_directory) = (directory(thread, a[2])?, directory(thread, a[3])?);
    system_for_both(thread, [*from.shown, *to.shown], || {
        calls::renameat(from_directory, from.name(), to_directory, to.name())
    })?;
    Ok(Ref::NONE)
}

pub fn rename(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    rename_as(thread, "rename", a)
}

pub fn replace(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    rename_as(thread, "replace", a)
}

pub fn symlink(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let target = Accepts::name("symlink", "src").path(thread, a[0])?;
    let path = Accepts::name("symlink", "dst").path(thread, a[1])?;
    let directory = directory(thread, a[3])?;
    system_for_both(thread, [*target.shown, *path.shown], || {
        calls::symlinkat(target.name(), directory, path.name())
    })?;
    Ok(Ref::NONE)
}

pub fn truncate(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("truncate").path(thread, a[0])?;
    let length = offset(thread, a[1])?;
    match path.fd() {
        Some(fd) => system(thread, || crate::os::truncate(fd, length))?,
        None => path.call(thread, || calls::truncate(path.name(), length)).map(drop)?,
    }
    Ok(Ref::NONE)
}

pub fn umask(thread: &Thread, _: Value, mask: Value) -> PyResult {
    let mask = protocol::c_int(thread, mask)?;
    Ok(int::new(crate::os::process::umask(mask as u32).into()))
}

pub fn getcwd(thread: &Thread, _: Value) -> PyResult {
    let name = system(thread, calls::getcwd)?;
    decode(thread, &name)
}

pub fn getcwdb(thread: &Thread, _: Value) -> PyResult {
    Ok(Bytes::new(&system(thread, calls::getcwd)?))
}

/// The pair of numbers in a tuple.
fn pair(v: Value) -> Option<[Value; 2]> {
    match v.cast_exact::<Tuple>()?.items() {
        [access, change] => Some([*access, *change]),
        _ => None,
    }
}

/// Nanoseconds since the epoch as seconds and the rest.
fn split_nanoseconds(thread: &Thread, v: Value) -> PyResult<calls::FileTime> {
    let billion = Value::small_int(1_000_000_000);
    let parts = protocol::divmod(thread, v, billion)?;
    let Some([seconds, rest]) = pair(*parts) else {
        let message =
            format!("{}.__divmod__() must return a 2-tuple, not {}", v.ty().name(), parts.ty().name());
        return Err(thread.type_error(message));
    };
    Ok((timestamp::time_t(thread, seconds)?, protocol::index_i64(thread, rest)?))
}

fn times_argument(thread: &Thread, times: Value, ns: Value) -> PyResult<Option<[calls::FileTime; 2]>> {
    let given = !times.is_null() && !times.is_none();
    if given && !ns.is_null() {
        return Err(thread.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let both = |[access, change]: [Value; 2], f: fn(&Thread, Value) -> PyResult<calls::FileTime>| {
        Ok(Some([f(thread, access)?, f(thread, change)?]))
    };
    let wrong = |message: &str| -> Raised { thread.type_error(message) };
    if given {
        let Some(pair) = pair(times) else {
            return Err(wrong("utime: 'times' must be either a tuple of two ints or None"));
        };
        return both(pair, timestamp::seconds_and_nanoseconds);
    }
    if ns.is_null() {
        return Ok(None);
    }
    let Some(pair) = pair(ns) else { return Err(wrong("utime: 'ns' must be a tuple of two ints")) };
    both(pair, split_nanoseconds)
}

pub fn utime(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("utime").path(thread, a[0])?;
    let times = times_argument(thread, a[1], a[2])?;
    let directory = directory_option(thread, a[3])?;
    let follow = flag(thread, a[4], true)?;
    path.check_fd(thread, "utime", directory, follow)?;
    let directory = directory.unwrap_or(libc::AT_FDCWD);
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    path.call(thread, || match path.fd() {
        Some(fd) => calls::futimens(fd, times),
        None => calls::utimensat(directory, path.name(), times, flags),
    })?;
    Ok(Ref::NONE)
}
