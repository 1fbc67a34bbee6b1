//! Files and directories by name, and what is known about them.

use super::calls::{checked, system_calls};
use super::{OsResult, last_errno};
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

pub type Status = libc::stat;
pub type Volume = libc::statvfs;

system_calls! {
    faccessat(directory: i32, path: &CStr, mode: i32, flags: i32);
    fchmodat(directory: i32, path: &CStr, mode: u32, flags: i32);
    fchmod(fd: i32, mode: u32);
    fchownat(directory: i32, path: &CStr, user: u32, group: u32, flags: i32);
    fchown(fd: i32, user: u32, group: u32);
    linkat(from_directory: i32, from: &CStr, to_directory: i32, to: &CStr, flags: i32);
    mkdirat(directory: i32, path: &CStr, mode: u32);
    mkfifoat(directory: i32, path: &CStr, mode: u32);
    mknodat(directory: i32, path: &CStr, mode: u32, device: u64);
    renameat(from_directory: i32, from: &CStr, to_directory: i32, to: &CStr);
    symlinkat(target: &CStr, directory: i32, path: &CStr);
    unlinkat(directory: i32, path: &CStr, flags: i32);
    truncate(path: &CStr, length: i64);
    chdir(path: &CStr);
    fchdir(fd: i32);
    chroot(path: &CStr);
}

/// `openat`
pub fn openat(directory: i32, path: &CStr, flags: i32, mode: u32) -> OsResult<i64> {
    // SAFETY: the path is terminated.
    checked(unsafe { libc::openat(directory, path.as_ptr(), flags, mode) }.into())
}

fn filled<T>(call: impl FnOnce(*mut T) -> i32) -> OsResult<T> {
    let mut place = MaybeUninit::<T>::zeroed();
    checked(call(place.as_mut_ptr()).into())?;
    // SAFETY: the structures used here consist of integers, and the call filled it in.
    Ok(unsafe { place.assume_init() })
}

/// `fstatat`
pub fn fstatat(directory: i32, path: &CStr, flags: i32) -> OsResult<Status> {
    // SAFETY: the path is terminated, the place has room.
    filled(|place| unsafe { libc::fstatat(directory, path.as_ptr(), place, flags) })
}

/// `fstat`
pub fn fstat(fd: i32) -> OsResult<Status> {
    // SAFETY: the place has room.
    filled(|place| unsafe { libc::fstat(fd, place) })
}

/// `statvfs`
pub fn statvfs(path: &CStr) -> OsResult<Volume> {
    // SAFETY: the path is terminated, the place has room.
    filled(|place| unsafe { libc::statvfs(path.as_ptr(), place) })
}

/// `fstatvfs`
pub fn fstatvfs(fd: i32) -> OsResult<Volume> {
    // SAFETY: the place has room.
    filled(|place| unsafe { libc::fstatvfs(fd, place) })
}

/// A number that identifies the volume, as `statvfs` says it.
pub fn volume_id(volume: &Volume) -> u64 {
    volume.f_fsid
}

/// A point in time as files have it: seconds and nanoseconds.
pub type FileTime = (i64, i64);

fn timespec((seconds, nanoseconds): FileTime) -> libc::timespec {
    libc::timespec { tv_sec: seconds, tv_nsec: nanoseconds }
}

/// `utimensat`; `None`: now.
pub fn utimensat(directory: i32, path: &CStr, times: Option<[FileTime; 2]>, flags: i32) -> OsResult<i64> {
    let times = times.map(|t| t.map(timespec));
    let pointer = times.as_ref().map_or(std::ptr::null(), |t| t.as_ptr());
    // SAFETY: the path is terminated, the times are two or none.
    checked(unsafe { libc::utimensat(directory, path.as_ptr(), pointer, flags) }.into())
}

/// `futimens`; `None`: now.
pub fn futimens(fd: i32, times: Option<[FileTime; 2]>) -> OsResult<i64> {
    let times = times.map(|t| t.map(timespec));
    let pointer = times.as_ref().map_or(std::ptr::null(), |t| t.as_ptr());
    // SAFETY: the times are two or none.
    checked(unsafe { libc::futimens(fd, pointer) }.into())
}

/// Calls with growing buffers until the result fits.
fn growing(mut call: impl FnMut(&mut [u8]) -> OsResult<Option<usize>>) -> OsResult<Vec<u8>> {
    let mut buffer = vec![0; 1024];
    loop {
        if let Some(used) = call(&mut buffer)? {
            buffer.truncate(used);
            return Ok(buffer);
        }
        let size = buffer.len() * 4;
        buffer.resize(size, 0);
    }
}

/// `readlinkat`
pub fn readlinkat(directory: i32, path: &CStr) -> OsResult<Vec<u8>> {
    growing(|buffer| {
        // SAFETY: the path is terminated, the buffer is as long as said.
        let n = checked(unsafe {
            libc::readlinkat(directory, path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len())
        } as i64)? as usize;
        Ok((n < buffer.len()).then_some(n))
    })
}

/// `getcwd`
pub fn getcwd() -> OsResult<Vec<u8>> {
    growing(|buffer| {
        // SAFETY: the buffer is as long as said.
        if unsafe { libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len()) }.is_null() {
            return match last_errno() {
                libc::ERANGE => Ok(None),
                errno => Err(errno),
            };
        }
        Ok(Some(buffer.iter().position(|b| *b == 0).unwrap_or(buffer.len())))
    })
}

/// One name in a directory.
pub struct DirectoryEntry {
    pub name: CString,
    pub inode: u64,
    /// `DT_...`
    pub kind: u8,
}

/// An open directory.
pub struct Directory {
    stream: *mut libc::DIR,
    /// The descriptor that the caller gave, whose position is the directory's own.
    given: Option<i32>,
}

impl Directory {
    /// Opens by name.
    pub fn open(path: &CStr) -> OsResult<Directory> {
        // SAFETY: the path is terminated.
        let stream = unsafe { libc::opendir(path.as_ptr()) };
        if stream.is_null() { Err(last_errno()) } else { Ok(Directory { stream, given: None }) }
    }
    /// Opens what a descriptor, which stays the caller's, stands for.
    pub fn from_fd(fd: i32) -> OsResult<Directory> {
        let own = super::descriptors::duplicate(fd, false)?;
        // SAFETY: the duplicate is open and owned here.
        let stream = unsafe { libc::fdopendir(own) };
        if stream.is_null() {
            let errno = last_errno();
            let _ = super::close(own);
            return Err(errno);
        }
        Ok(Directory { stream, given: Some(fd) })
    }
    /// The next entry but `.` and `..`.
    pub fn next_entry(&mut self) -> OsResult<Option<DirectoryEntry>> {
        loop {
            // SAFETY: errno is this thread's; the stream is open, and the entry is copied before the next call.
            let entry = unsafe {
                *libc::__errno_location() = 0;
                let entry = libc::readdir(self.stream);
                if entry.is_null() {
                    let errno = *libc::__errno_location();
                    return if errno == 0 { Ok(None) } else { Err(errno) };
                }
                &*entry
            };
            // SAFETY: the system terminates names.
            let name = unsafe { CStr::from_ptr(entry.d_name.as_ptr()) };
            if name.to_bytes() != b"." && name.to_bytes() != b".." {
                return Ok(Some(DirectoryEntry {
                    name: name.to_owned(),
                    inode: entry.d_ino,
                    kind: entry.d_type,
                }));
            }
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: opened here and not used again. The position is reset for whoever holds the caller's descriptor.
        unsafe {
            if self.given.is_some() {
                libc::rewinddir(self.stream);
            }
            libc::closedir(self.stream);
        }
    }
}

/// Extended attributes of a file, named or open.
#[derive(Clone, Copy)]
pub enum Attributed<'a> {
    Fd(i32),
    Path(&'a CStr),
    Link(&'a CStr),
}

/// `getxattr` and its relatives.
pub fn get_attribute(file: Attributed, name: &CStr) -> OsResult<Vec<u8>> {
    sized(|data, size| {
        let name = name.as_ptr();
        // SAFETY: the strings are terminated, the buffer is as long as said.
        unsafe {
            match file {
                Attributed::Fd(fd) => libc::fgetxattr(fd, name, data.cast(), size),
                Attributed::Path(path) => libc::getxattr(path.as_ptr(), name, data.cast(), size),
                Attributed::Link(path) => libc::lgetxattr(path.as_ptr(), name, data.cast(), size),
            }
        }
    })
}

/// `listxattr` and its relatives: terminated names one behind the other.
pub fn list_attributes(file: Attributed) -> OsResult<Vec<u8>> {
    sized(|data, size| {
        // SAFETY: the strings are terminated, the buffer is as long as said.
        unsafe {
            match file {
                Attributed::Fd(fd) => libc::flistxattr(fd, data.cast(), size),
                Attributed::Path(path) => libc::listxattr(path.as_ptr(), data.cast(), size),
                Attributed::Link(path) => libc::llistxattr(path.as_ptr(), data.cast(), size),
            }
        }
    })
}

/// Asks for the size, then for the data; once more if they grew in between.
fn sized(mut call: impl FnMut(*mut u8, usize) -> isize) -> OsResult<Vec<u8>> {
    loop {
        let size = checked(call(std::ptr::null_mut(), 0) as i64)? as usize;
        let mut data = vec![0u8; size];
        match checked(call(data.as_mut_ptr(), size) as i64) {
            Ok(used) => {
                data.truncate(used as usize);
                return Ok(data);
            }
            Err(libc::ERANGE) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// `setxattr` and its relatives.
pub fn set_attribute(file: Attributed, name: &CStr, value: &[u8], flags: i32) -> OsResult<i64> {
    let (name, data, size) = (name.as_ptr(), value.as_ptr().cast(), value.len());
    // SAFETY: the strings are terminated, the value is as long as said.
    let result = unsafe {
        match file {
            Attributed::Fd(fd) => libc::fsetxattr(fd, name, data, size, flags),
            Attributed::Path(path) => libc::setxattr(path.as_ptr(), name, data, size, flags),
            Attributed::Link(path) => libc::lsetxattr(path.as_ptr(), name, data, size, flags),
        }
    };
    checked(result.into())
}

/// `removexattr` and its relatives.
pub fn remove_attribute(file: Attributed, name: &CStr) -> OsResult<i64> {
    // SAFETY: the strings are terminated.
    let result = unsafe {
        match file {
            Attributed::Fd(fd) => libc::fremovexattr(fd, name.as_ptr()),
            Attributed::Path(path) => libc::removexattr(path.as_ptr(), name.as_ptr()),
            Attributed::Link(path) => libc::lremovexattr(path.as_ptr(), name.as_ptr()),
        }
    };
    checked(result.into())
}
