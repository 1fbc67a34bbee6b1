//! `stat` and its relatives.

use super::arguments::*;
use crate::os::files as calls;
use crate::os::files::{Status, Volume};
use crate::system::system;
use runtime::objects::{float, int};
use runtime::types::TypeFlags;
use runtime::{PyResult, Ref, Thread, Value, protocol, struct_sequence};

/// The times with fractions, where the constructor was given whole seconds only.
fn complete(items: &mut [Ref]) {
    for i in 7..10 {
        if items[i + 3].is_none() {
            items[i + 3] = items[i].clone();
        }
    }
}

struct_sequence! {
    /// What `stat` gives.
    pub static STAT_RESULT = "os.stat_result" {
        visible: 10, total: 19, flags: TypeFlags::empty(),
        doc: "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.",
        complete: Some(complete),
        0 st_mode "protection bits",
        1 st_ino "inode",
        2 st_dev "device",
        3 st_nlink "number of hard links",
        4 st_uid "user ID of owner",
        5 st_gid "group ID of owner",
        6 st_size "total size, in bytes",
        10 st_atime "time of last access",
        11 st_mtime "time of last modification",
        12 st_ctime "time of last change",
        13 st_atime_ns "time of last access in nanoseconds",
        14 st_mtime_ns "time of last modification in nanoseconds",
        15 st_ctime_ns "time of last change in nanoseconds",
        16 st_blksize "blocksize for filesystem I/O",
        17 st_blocks "number of blocks allocated",
        18 st_rdev "device type (if inode device)",
    }
}

struct_sequence! {
    /// What `statvfs` gives.
    pub static STATVFS_RESULT = "os.statvfs_result" {
        visible: 10, total: 11, flags: TypeFlags::empty(),
        doc: "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.",
        complete: None,
        0 f_bsize "", 1 f_frsize "", 2 f_blocks "", 3 f_bfree "", 4 f_bavail "", 5 f_files "", 6 f_ffree "",
        7 f_favail "", 8 f_flag "", 9 f_namemax "", 10 f_fsid "",
    }
}

/// A result object.
pub fn status_object(s: &Status) -> Ref {
    let times = [(s.st_atime, s.st_atime_nsec), (s.st_mtime, s.st_mtime_nsec), (s.st_ctime, s.st_ctime_nsec)];
    let mut items = Vec::with_capacity(19);
    items.extend([
        int::new(s.st_mode.into()),
        int::from_u64(s.st_ino),
        int::from_u64(s.st_dev),
        int::from_u64(s.st_nlink),
        id_object(s.st_uid),
        id_object(s.st_gid),
        int::new(s.st_size),
    ]);
    items.extend(times.iter().map(|(seconds, _)| int::new(*seconds)));
    items.extend(times.iter().map(|(seconds, rest)| float::new(*seconds as f64 + 1e-9 * *rest as f64)));
    items.extend(
        times
            .iter()
            .map(|(seconds, rest)| int::from_i128(i128::from(*seconds) * 1_000_000_000 + i128::from(*rest))),
    );
    items.extend([int::new(s.st_blksize), int::new(s.st_blocks), int::from_u64(s.st_rdev)]);
    STAT_RESULT.make(items)
}

fn status(
    thread: &Thread,
    function: &'static str,
    path: &Path,
    directory: Option<i32>,
    follow: bool,
) -> PyResult {
    path.check_fd(thread, function, directory, follow)?;
    let directory = directory.unwrap_or(libc::AT_FDCWD);
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let status = path.call(thread, || match path.fd() {
        Some(fd) => calls::fstat(fd),
        None => calls::fstatat(directory, path.name(), flags),
    })?;
    Ok(status_object(&status))
}

pub fn stat(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("stat").path(thread, a[0])?;
    let directory = directory_option(thread, a[1])?;
    let follow = flag(thread, a[2], true)?;
    status(thread, "stat", &path, directory, follow)
}

pub fn lstat(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("lstat", "path").path(thread, a[0])?;
    let directory = directory_option(thread, a[1])?;
    status(thread, "lstat", &path, directory, false)
}

pub fn fstat(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    Ok(status_object(&system(thread, || calls::fstat(fd))?))
}

fn volume_object(v: &Volume) -> Ref {
    let numbers = [
        v.f_bsize,
        v.f_frsize,
        v.f_blocks,
        v.f_bfree,
        v.f_bavail,
        v.f_files,
        v.f_ffree,
        v.f_favail,
        v.f_flag,
        v.f_namemax,
        calls::volume_id(v),
    ];
    STATVFS_RESULT.make(numbers.iter().map(|n| int::from_u64(*n)).collect())
}

pub fn statvfs(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("statvfs").path(thread, a[0])?;
    let volume = path.call(thread, || match path.fd() {
        Some(fd) => calls::fstatvfs(fd),
        None => calls::statvfs(path.name()),
    })?;
    Ok(volume_object(&volume))
}

pub fn fstatvfs(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    Ok(volume_object(&system(thread, || calls::fstatvfs(fd))?))
}

/// A device number where all bits set stands for none.
fn device_object(device: u64) -> Ref {
    if device == u64::MAX { int::new(-1) } else { int::from_u64(device) }
}

pub fn major(thread: &Thread, _: Value, v: Value) -> PyResult {
    let device = device(thread, v)?;
    if device == u64::MAX {
        return Ok(int::new(-1));
    }
    Ok(int::new(libc::major(device).into()))
}

pub fn minor(thread: &Thread, _: Value, v: Value) -> PyResult {
    let device = device(thread, v)?;
    if device == u64::MAX {
        return Ok(int::new(-1));
    }
    Ok(int::new(libc::minor(device).into()))
}

pub fn makedev(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (major, minor) = (device_part(thread, a[0])?, device_part(thread, a[1])?);
    Ok(device_object(libc::makedev(major, minor)))
}
