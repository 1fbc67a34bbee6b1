//! The thin layer over the operating system: file descriptors, no Python types. Blocking calls go through here, so that
//! the GIL can be released in one place. The one part of this crate that may use `unsafe`.

pub mod accounts;
pub mod calls;
pub mod clock;
pub mod descriptors;
pub mod files;
pub mod fork_exec;
pub mod hosts;
pub mod limits;
pub mod locale;
pub mod net;
pub mod poll;
pub mod process;
pub mod signals;

use std::ffi::CStr;

/// A result whose error is an errno.
pub type OsResult<T> = Result<T, i32>;

/// What is known about an open file.
#[derive(Clone, Copy, Debug)]
pub struct FileStatus {
    pub mode: u32,
    pub size: i64,
    pub block_size: i64,
}

impl FileStatus {
    pub fn is_directory(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFDIR
    }
}

fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// Repeats a call for as long as a signal interrupts it; negative results are errors.
fn retry(mut call: impl FnMut() -> i64) -> OsResult<i64> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result);
        }
        let errno = last_errno();
        if errno != libc::EINTR {
            return Err(errno);
        }
    }
}

/// Opens a file; the descriptor is not inherited by child processes. A pipe waits for its other end.
pub fn open(path: &CStr, flags: i32, mode: u32) -> OsResult<i32> {
    // SAFETY: the path is terminated and outlives the call.
    let fd = unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode) };
    if fd < 0 { Err(last_errno()) } else { Ok(fd) }
}

/// Closes a descriptor. It is gone even if a signal interrupts, so there is no second try.
pub fn close(fd: i32) -> OsResult<()> {
    // SAFETY: a plain call; a bad descriptor is an error of its own.
    if unsafe { libc::close(fd) } == 0 {
        return Ok(());
    }
    match last_errno() {
        libc::EINTR => Ok(()),
        errno => Err(errno),
    }
}

/// Closes all descriptors from `low` up to `high`, which is not among them.
pub fn close_range(low: i32, high: i32) {
    let (Ok(first), Ok(last)) = (u32::try_from(low.max(0)), u32::try_from(high.saturating_sub(1))) else {
        return;
    };
    if first > last {
        return;
    }
    // SAFETY: a plain call; errors of single descriptors do not count.
    let done = unsafe { libc::close_range(first, last, 0) } == 0;
    if !done {
        for fd in low.max(0)..high {
            let _ = close(fd);
        }
    }
}

/// Reads up to the length of `buffer`; 0 at the end. A signal that interrupts is an error, EINTR.
pub fn read(fd: i32, buffer: &mut [u8]) -> OsResult<usize> {
    // SAFETY: the buffer is as long as said.
    let count = unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) };
    usize::try_from(count).map_err(|_| last_errno())
}

/// Writes some of `data`; how much is the result. A signal that interrupts is an error, EINTR.
pub fn write(fd: i32, data: &[u8]) -> OsResult<usize> {
    // SAFETY: the data are as long as said.
    let count = unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) };
    usize::try_from(count).map_err(|_| last_errno())
}

/// Moves the file position.
pub fn seek(fd: i32, offset: i64, whence: i32) -> OsResult<i64> {
    // SAFETY: a plain call.
    retry(|| unsafe { libc::lseek(fd, offset, whence) })
}

/// Cuts or extends a file.
pub fn truncate(fd: i32, length: i64) -> OsResult<()> {
    // SAFETY: a plain call.
    retry(|| unsafe { libc::ftruncate(fd, length) }.into()).map(drop)
}

/// Whether the descriptor is a terminal.
pub fn is_terminal(fd: i32) -> bool {
    // SAFETY: a plain call.
    unsafe { libc::isatty(fd) == 1 }
}

/// `fstat`
pub fn status(fd: i32) -> OsResult<FileStatus> {
    let mut buffer = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the buffer has room for the result.
    retry(|| unsafe { libc::fstat(fd, buffer.as_mut_ptr()) }.into())?;
    // SAFETY: filled in, or zero.
    let s = unsafe { buffer.assume_init() };
    Ok(FileStatus { mode: s.st_mode, size: s.st_size, block_size: s.st_blksize })
}

/// Ends the process as an interrupt from the keyboard does by default, so that a shell sees it.
pub fn die_by_interrupt() {
    // SAFETY: plain calls.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
}

/// Name and version of the C library's threads, such as `NPTL 2.43`.
pub fn thread_library_version() -> Option<String> {
    let mut buffer = [0u8; 128];
    let (start, room) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the buffer has the length given.
    let length = unsafe { libc::confstr(libc::_CS_GNU_LIBPTHREAD_VERSION, start, room) };
    let text = buffer.get(..length.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(text).into_owned())
}
