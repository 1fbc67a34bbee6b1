//! File descriptors: making, copying, flags, reading and writing in more ways than one, terminals.

use super::OsResult;
use super::calls::{checked, errno_result, system_calls};
use std::ffi::CStr;

system_calls! {
    fdatasync(fd: i32);
    flock(fd: i32, operation: i32);
    fsync(fd: i32);
    lockf(fd: i32, command: i32, length: i64);
    memfd_create(name: &CStr, flags: u32);
    eventfd(value: u32, flags: i32);
    tcgetpgrp(fd: i32);
    tcsetpgrp(fd: i32, group: i32);
    timerfd_create(clock: i32, flags: i32);
    grantpt(fd: i32);
    unlockpt(fd: i32);
    posix_openpt(flags: i32);
    dup2(fd: i32, new: i32);
    dup3(fd: i32, new: i32, flags: i32);
}

/// A copy of a descriptor.
pub fn duplicate(fd: i32, inheritable: bool) -> OsResult<i32> {
    let command = if inheritable { libc::F_DUPFD } else { libc::F_DUPFD_CLOEXEC };
    // SAFETY: a plain call.
    checked(unsafe { libc::fcntl(fd, command, 0) }.into()).map(|fd| fd as i32)
}

/// `fcntl` with a number.
pub fn control(fd: i32, command: i32, argument: i64) -> OsResult<i64> {
    // SAFETY: the commands that take an address are given a number that the kernel checks.
    checked(unsafe { libc::fcntl(fd, command, argument) }.into())
}

/// `fcntl` with a structure, which is changed in place.
pub fn control_with(fd: i32, command: i32, argument: &mut [u8]) -> OsResult<i64> {
    // SAFETY: the buffer is larger than any structure that the kernel knows, or the caller's own.
    checked(unsafe { libc::fcntl(fd, command, argument.as_mut_ptr()) }.into())
}

/// `ioctl` with a number.
pub fn io_control(fd: i32, request: u64, argument: i64) -> OsResult<i64> {
    // SAFETY: as in `control`.
    checked(unsafe { libc::ioctl(fd, request, argument) }.into())
}

/// `ioctl` with a structure, which is changed in place.
pub fn io_control_with(fd: i32, request: u64, argument: &mut [u8]) -> OsResult<i64> {
    // SAFETY: as in `control_with`.
    checked(unsafe { libc::ioctl(fd, request, argument.as_mut_ptr()) }.into())
}

/// Whether programs that are executed inherit the descriptor.
pub fn is_inheritable(fd: i32) -> OsResult<bool> {
    control(fd, libc::F_GETFD, 0).map(|flags| flags & i64::from(libc::FD_CLOEXEC) == 0)
}

pub fn set_inheritable(fd: i32, inheritable: bool) -> OsResult<()> {
    let flags = control(fd, libc::F_GETFD, 0)?;
    let flag = i64::from(libc::FD_CLOEXEC);
    let wanted = if inheritable { flags & !flag } else { flags | flag };
    if wanted == flags { Ok(()) } else { control(fd, libc::F_SETFD, wanted).map(drop) }
}

pub fn is_blocking(fd: i32) -> OsResult<bool> {
    control(fd, libc::F_GETFL, 0).map(|flags| flags & i64::from(libc::O_NONBLOCK) == 0)
}

pub fn set_blocking(fd: i32, blocking: bool) -> OsResult<()> {
    let flags = control(fd, libc::F_GETFL, 0)?;
    let flag = i64::from(libc::O_NONBLOCK);
    let wanted = if blocking { flags & !flag } else { flags | flag };
    control(fd, libc::F_SETFL, wanted).map(drop)
}

/// `pipe2`
pub fn pipe(flags: i32) -> OsResult<[i32; 2]> {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors.
    checked(unsafe { libc::pipe2(ends.as_mut_ptr(), flags) }.into()).map(|_| ends)
}

/// `pread`
pub fn pread(fd: i32, buffer: &mut [u8], offset: i64) -> OsResult<usize> {
    // SAFETY: the buffer is as long as said.
    let n = unsafe { libc::pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), offset) };
    checked(n as i64).map(|n| n as usize)
}

/// `pwrite`
pub fn pwrite(fd: i32, data: &[u8], offset: i64) -> OsResult<usize> {
    // SAFETY: the data are as long as said.
    checked(unsafe { libc::pwrite(fd, data.as_ptr().cast(), data.len(), offset) } as i64).map(|n| n as usize)
}

/// One read; a signal is an error.
pub fn read_once(fd: i32, buffer: &mut [u8]) -> OsResult<usize> {
    // SAFETY: the buffer is as long as said.
    checked(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) } as i64).map(|n| n as usize)
}

/// One write; a signal is an error.
pub fn write_once(fd: i32, data: &[u8]) -> OsResult<usize> {
    // SAFETY: the data are as long as said.
    checked(unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) } as i64).map(|n| n as usize)
}

/// Where in the file a scattered read or write happens.
#[derive(Clone, Copy)]
pub struct Place {
    /// `None`: at the file's position.
    pub offset: Option<i64>,
    pub flags: i32,
}

/// `readv`, `preadv2`
pub fn read_scattered(fd: i32, buffers: &mut [&mut [u8]], place: Place) -> OsResult<usize> {
    let mut vectors: Vec<libc::iovec> = buffers
        .iter_mut()
        .map(|b| libc::iovec { iov_base: b.as_mut_ptr().cast(), iov_len: b.len() })
        .collect();
    let (pointer, count) = (vectors.as_mut_ptr(), vectors.len() as i32);
    // SAFETY: the vectors describe the buffers, which are borrowed for writing.
    let n = unsafe {
        match place.offset {
            None => libc::readv(fd, pointer, count),
            Some(offset) => libc::preadv2(fd, pointer, count, offset, place.flags),
        }
    };
    checked(n as i64).map(|n| n as usize)
}

/// `writev`, `pwritev2`
pub fn write_gathered(fd: i32, buffers: &[&[u8]], place: Place) -> OsResult<usize> {
    let vectors: Vec<libc::iovec> = buffers
        .iter()
        .map(|b| libc::iovec { iov_base: b.as_ptr() as *mut libc::c_void, iov_len: b.len() })
        .collect();
    let (pointer, count) = (vectors.as_ptr(), vectors.len() as i32);
    // SAFETY: the vectors describe the buffers, from which is only read.
    let n = unsafe {
        match place.offset {
            None => libc::writev(fd, pointer, count),
            Some(offset) => libc::pwritev2(fd, pointer, count, offset, place.flags),
        }
    };
    checked(n as i64).map(|n| n as usize)
}

/// `sendfile`; `None`: from the position of `input`.
pub fn send_file(output: i32, input: i32, mut offset: Option<i64>, count: usize) -> OsResult<usize> {
    let place = offset.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
    // SAFETY: the place is an offset of ours or NULL.
    checked(unsafe { libc::sendfile(output, input, place, count) } as i64).map(|n| n as usize)
}

/// `copy_file_range`
pub fn copy_range(
    from: (i32, Option<i64>),
    to: (i32, Option<i64>),
    count: usize,
    flags: u32,
) -> OsResult<usize> {
    let (mut from_offset, mut to_offset) = (from.1, to.1);
    let pointer = |o: &mut Option<i64>| o.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
    // SAFETY: the places are offsets of ours or NULL.
    let n = unsafe {
        libc::copy_file_range(from.0, pointer(&mut from_offset), to.0, pointer(&mut to_offset), count, flags)
    };
    checked(n as i64).map(|n| n as usize)
}

/// `splice`
pub fn splice(from: (i32, Option<i64>), to: (i32, Option<i64>), count: usize, flags: u32) -> OsResult<usize> {
    let (mut from_offset, mut to_offset) = (from.1, to.1);
    let pointer = |o: &mut Option<i64>| o.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
    // SAFETY: the places are offsets of ours or NULL.
    let n = unsafe {
        libc::splice(from.0, pointer(&mut from_offset), to.0, pointer(&mut to_offset), count, flags)
    };
    checked(n as i64).map(|n| n as usize)
}

/// `posix_fadvise`
pub fn advise(fd: i32, offset: i64, length: i64, advice: i32) -> OsResult<()> {
    // SAFETY: a plain call.
    errno_result(unsafe { libc::posix_fadvise(fd, offset, length, advice) })
}

/// `posix_fallocate`
pub fn allocate(fd: i32, offset: i64, length: i64) -> OsResult<()> {
    // SAFETY: a plain call.
    errno_result(unsafe { libc::posix_fallocate(fd, offset, length) })
}

/// `sync`
pub fn sync() {
    // SAFETY: a plain call.
    unsafe { libc::sync() }
}

/// Columns and lines of a terminal.
pub fn terminal_size(fd: i32) -> OsResult<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the place has the right type.
    checked(unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &mut size) }.into())?;
    Ok((size.ws_col, size.ws_row))
}

fn name_of_terminal(call: impl FnOnce(*mut libc::c_char, usize) -> i32) -> OsResult<Vec<u8>> {
    let mut buffer = [0u8; 256];
    errno_result(call(buffer.as_mut_ptr().cast(), buffer.len()))?;
    Ok(buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec())
}

/// `ttyname`
pub fn terminal_name(fd: i32) -> OsResult<Vec<u8>> {
    // SAFETY: the buffer is as long as said.
    name_of_terminal(|data, size| unsafe { libc::ttyname_r(fd, data, size) })
}

/// `ptsname`
pub fn slave_name(fd: i32) -> OsResult<Vec<u8>> {
    // SAFETY: the buffer is as long as said.
    name_of_terminal(|data, size| unsafe { libc::ptsname_r(fd, data, size) })
}

/// `openpty`: master and slave.
pub fn open_terminal() -> OsResult<[i32; 2]> {
    let mut ends = [0; 2];
    let [master, slave] = &mut ends;
    let null = std::ptr::null_mut();
    // SAFETY: room for two descriptors; the rest is optional.
    checked(unsafe { libc::openpty(master, slave, null, null.cast(), null.cast()) }.into())?;
    for fd in ends {
        set_inheritable(fd, false)?;
    }
    Ok(ends)
}

/// `login_tty`
pub fn login_terminal(fd: i32) -> OsResult<i64> {
    // SAFETY: a plain call.
    checked(unsafe { libc::login_tty(fd) }.into())
}

/// `timerfd_settime`, `timerfd_gettime`: initial expiration and interval, in nanoseconds.
pub fn timer_get(fd: i32) -> OsResult<[i64; 2]> {
    let mut now = empty_timer();
    // SAFETY: the place has the right type.
    checked(unsafe { libc::timerfd_gettime(fd, &mut now) }.into())?;
    Ok(timer_times(&now))
}

pub fn timer_set(fd: i32, flags: i32, initial: i64, interval: i64) -> OsResult<[i64; 2]> {
    let spec =
        |n: i64| libc::timespec { tv_sec: n.div_euclid(1_000_000_000), tv_nsec: n.rem_euclid(1_000_000_000) };
    let new = libc::itimerspec { it_interval: spec(interval), it_value: spec(initial) };
    let mut old = empty_timer();
    // SAFETY: the places have the right type.
    checked(unsafe { libc::timerfd_settime(fd, flags, &new, &mut old) }.into())?;
    Ok(timer_times(&old))
}

fn empty_timer() -> libc::itimerspec {
    let zero = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    libc::itimerspec { it_interval: zero, it_value: zero }
}

fn timer_times(t: &libc::itimerspec) -> [i64; 2] {
    [t.it_value, t.it_interval].map(|t| t.tv_sec.saturating_mul(1_000_000_000).saturating_add(t.tv_nsec))
}

/// The controlling terminal's name.
pub fn controlling_terminal() -> Vec<u8> {
    let mut buffer = [0u8; 64];
    // SAFETY: the buffer is longer than L_ctermid.
    unsafe { libc::ctermid(buffer.as_mut_ptr().cast()) };
    buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec()
}

/// Locks or unlocks a part of a file by `fcntl`.
pub fn lock_region(fd: i32, waits: bool, kind: i32, whence: i32, start: i64, length: i64) -> OsResult<i64> {
    let lock =
        libc::flock { l_type: kind as i16, l_whence: whence as i16, l_start: start, l_len: length, l_pid: 0 };
    let command = if waits { libc::F_SETLKW } else { libc::F_SETLK };
    // SAFETY: a structure of the right type.
    checked(unsafe { libc::fcntl(fd, command, &lock) }.into())
}
