//! `listdir`, `scandir` and `DirEntry`.

use super::arguments::*;
use super::stat;
use crate::os::OsResult;
use crate::os::files::{self as calls, Directory, Status};
use crate::system::{decode_as, system, unlocked};
use runtime::object::drop_object;
use runtime::objects::exceptions::{RESOURCE_WARNING, os_error, write_unraisable_about};
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::str::{Str, display};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::thread::preserving_raised;
use runtime::{
    Args, GilCell, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    method, new_exact, protocol, readonly_member, warnings,
};
use std::cell::Cell;
use std::ffi::CString;

fn open_directory(path: &Path) -> OsResult<Directory> {
    match path.fd() {
        Some(fd) => Directory::from_fd(fd),
        None => Directory::open(path.name()),
    }
}

/// Opens the directory that a function was given; a bad descriptor is not named in the error.
fn open(thread: &Thread, path: &Path) -> PyResult<Directory> {
    if path.fd().is_some() {
        return system(thread, || open_directory(path));
    }
    path.call(thread, || open_directory(path))
}

pub fn listdir(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::optional("listdir").path(thread, a[0])?;
    let mut directory = open(thread, &path)?;
    let names = path.call(thread, || {
        let mut names = Vec::new();
        while let Some(entry) = directory.next_entry()? {
            names.push(entry.name);
        }
        Ok(names)
    })?;
    drop(directory);
    let as_bytes = path.is_bytes();
    let names = names.iter().map(|name| decode_as(thread, name.to_bytes(), as_bytes));
    Ok(List::from_refs(names.collect::<PyResult<_>>()?))
}

/// The iterator; `directory` is gone when closed.
#[repr(C)]
struct ScandirIterator {
    header: Header,
    directory: GilCell<Option<Directory>>,
    path: Path,
}

runtime::object!(ScandirIterator, SCANDIR_ITERATOR);

pub fn scandir(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::optional("scandir").path(thread, a[0])?;
    let directory = open(thread, &path)?;
    Ok(new_exact(|header| ScandirIterator { header, directory: GilCell::new(Some(directory)), path }))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let iterator = receiver::<ScandirIterator>(thread, v)?;
    // Taken out while the GIL is not held, so that no other thread uses it.
    let Some(mut directory) = iterator.directory.take() else { return Ok(None) };
    let entry = unlocked(thread, || directory.next_entry())?;
    match entry {
        Ok(Some(entry)) => {
            drop(iterator.directory.replace(Some(directory)));
            new_entry(thread, &iterator.path, &entry).map(Some)
        }
        Ok(None) => Ok(None),
        Err(errno) => Err(os_error(thread, errno, *iterator.path.shown, Value::NONE)),
    }
}

fn close(thread: &Thread, v: Value) -> PyResult {
    drop(receiver::<ScandirIterator>(thread, v)?.directory.take());
    Ok(Ref::NONE)
}

fn exit(thread: &Thread, v: Value, _: &Args) -> PyResult {
    close(thread, v)
}

fn finalize(thread: &Thread, v: Value) {
    let Some(iterator) = v.cast::<ScandirIterator>() else { return };
    if iterator.directory.with(|d| d.is_none()) {
        return;
    }
    preserving_raised(thread, || {
        let message = format!("unclosed scandir iterator {}", shown(thread, v));
        if warnings::warn(thread, &RESOURCE_WARNING, &message, 1).is_err() {
            write_unraisable_about(thread, "Exception ignored while finalizing scandir iterator", v);
        }
        drop(iterator.directory.take());
    });
}

fn shown(thread: &Thread, v: Value) -> String {
    match protocol::repr(thread, v) {
        Ok(text) => display(*text),
        Err(_) => {
            drop(thread.take_raised());
            "?".into()
        }
    }
}

pub static SCANDIR_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "posix.ScandirIterator",
    size: size_of::<ScandirIterator>(),
    flags: TypeFlags::NO_INSTANTIATION,
    slots: Slots {
        drop: drop_object::<ScandirIterator>,
        finalize: Some(finalize),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("__enter__", "!($self, /)", NativeFn::NoArgs(|_, v| Ok(v.to_ref())), ""),
        method("__exit__", "!($self, *args)", NativeFn::Raw(exit), ""),
        method("close", "!($self, /)", NativeFn::NoArgs(close), ""),
    ],
    ..TypeSpec::EMPTY
});

/// One entry; results of `stat` are kept.
#[repr(C)]
pub struct DirEntry {
    header: Header,
    name: Slot,
    path: Slot,
    stat: Slot,
    lstat: Slot,
    kind: u8,
    inode: u64,
    directory: Cell<i32>,
    /// The path as the system calls want it, relative to `directory`.
    target: CString,
}

runtime::object!(DirEntry, DIR_ENTRY);
runtime::slot_fields!(DirEntry, name, path, stat, lstat);

fn new_entry(thread: &Thread, parent: &Path, entry: &calls::DirectoryEntry) -> PyResult {
    let (as_bytes, name) = (parent.is_bytes(), entry.name.to_bytes());
    let own_name = decode_as(thread, name, as_bytes)?;
    let (path, target) = match parent.fd() {
        Some(_) => (own_name.clone(), entry.name.clone()),
        None => {
            let mut whole = parent.name().to_bytes().to_vec();
            if whole.last().is_some_and(|c| *c != b'/') {
                whole.push(b'/');
            }
            whole.extend_from_slice(name);
            let path = decode_as(thread, &whole, as_bytes)?;
            (path, CString::new(whole).unwrap_or_default())
        }
    };
    Ok(new_exact(|header| DirEntry {
        header,
        name: Slot::new(own_name),
        path: Slot::new(path),
        stat: Slot::null(),
        lstat: Slot::null(),
        kind: entry.kind,
        inode: entry.inode,
        directory: Cell::new(parent.fd().unwrap_or(libc::AT_FDCWD)),
        target,
    }))
}

impl DirEntry {
    fn fetch(&self, thread: &Thread, follow: bool) -> PyResult<OsResult<Status>> {
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        unlocked(thread, || calls::fstatat(self.directory.get(), &self.target, flags))
    }
    fn is_link(&self, thread: &Thread) -> PyResult<bool> {
        match self.kind {
            libc::DT_UNKNOWN => self.has_kind(thread, libc::S_IFLNK, false),
            kind => Ok(kind == libc::DT_LNK),
        }
    }
    /// The status object, kept; `None` if there is no such file.
    fn status(&self, thread: &Thread, follow: bool) -> PyResult<Option<Ref>> {
        let follow = follow && self.is_link(thread)?;
        let place = if follow { &self.stat } else { &self.lstat };
        if let Some(known) = place.option() {
            return Ok(Some(known));
        }
        match self.fetch(thread, follow)? {
            Ok(status) => {
                let object = stat::status_object(&status);
                place.set(object.clone());
                Ok(Some(object))
            }
            Err(libc::ENOENT) => Ok(None),
            Err(errno) => Err(os_error(thread, errno, self.path.peek(), Value::NONE)),
        }
    }
    fn has_kind(&self, thread: &Thread, wanted: u32, follow: bool) -> PyResult<bool> {
        let known = match self.kind {
            libc::DT_UNKNOWN => None,
            libc::DT_LNK if follow => None,
            libc::DT_DIR => Some(libc::S_IFDIR),
            libc::DT_REG => Some(libc::S_IFREG),
            libc::DT_LNK => Some(libc::S_IFLNK),
            _ => Some(0),
        };
        if let Some(kind) = known {
            return Ok(kind == wanted);
        }
        if self.kind == libc::DT_UNKNOWN && !follow {
            return match self.fetch(thread, false)? {
                Ok(status) => Ok(status.st_mode & libc::S_IFMT == wanted),
                Err(libc::ENOENT) => Ok(false),
                Err(errno) => Err(os_error(thread, errno, self.path.peek(), Value::NONE)),
            };
        }
        let Some(status) = self.status(thread, follow)? else { return Ok(false) };
        let mode = protocol::get_item(thread, *status, Value::small_int(0))?;
        Ok(protocol::index_i64(thread, *mode)? as u32 & libc::S_IFMT == wanted)
    }
}

fn entry_stat(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let entry = receiver::<DirEntry>(thread, v)?;
    let follow = flag(thread, a[0], true)?;
    match entry.status(thread, follow)? {
        Some(status) => Ok(status),
        None => Err(os_error(thread, libc::ENOENT, entry.path.peek(), Value::NONE)),
    }
}

fn is_dir(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let follow = flag(thread, a[0], true)?;
    receiver::<DirEntry>(thread, v)?.has_kind(thread, libc::S_IFDIR, follow).map(Ref::bool)
}

fn is_file(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let follow = flag(thread, a[0], true)?;
    receiver::<DirEntry>(thread, v)?.has_kind(thread, libc::S_IFREG, follow).map(Ref::bool)
}

fn is_symlink(thread: &Thread, v: Value) -> PyResult {
    receiver::<DirEntry>(thread, v)?.is_link(thread).map(Ref::bool)
}

fn inode(thread: &Thread, v: Value) -> PyResult {
    Ok(int::from_u64(receiver::<DirEntry>(thread, v)?.inode))
}

fn entry_path(thread: &Thread, v: Value) -> PyResult {
    Ok(receiver::<DirEntry>(thread, v)?.path.get())
}

fn entry_repr(thread: &Thread, v: Value) -> PyResult {
    let entry = receiver::<DirEntry>(thread, v)?;
    let name = protocol::repr(thread, entry.name.peek())?;
    let text = name.cast::<Str>().map(|s| s.to_wtf8()).unwrap_or_default();
    Ok(Str::from_wtf8(&[b"<DirEntry ", text.as_slice(), b">"].concat()))
}

pub static DIR_ENTRY: Type = Type::new_static(&TypeSpec {
    name: "posix.DirEntry",
    size: size_of::<DirEntry>(),
    flags: TypeFlags::NO_INSTANTIATION.union(TypeFlags::GC),
    slots: Slots {
        drop: drop_object::<DirEntry>,
        traverse: Some(traverse_slots::<DirEntry>),
        clear: Some(clear_slots::<DirEntry>),
        repr: Some(entry_repr),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "is_dir",
            "($self, /, *, follow_symlinks=True)",
            NativeFn::Bound(is_dir),
            "Return True if the entry is a directory; cached per entry.",
        ),
        method(
            "is_file",
            "($self, /, *, follow_symlinks=True)",
            NativeFn::Bound(is_file),
            "Return True if the entry is a file; cached per entry.",
        ),
        method(
            "is_symlink",
            "($self, /)",
            NativeFn::NoArgs(is_symlink),
            "Return True if the entry is a symbolic link; cached per entry.",
        ),
        method(
            "is_junction",
            "($self, /)",
            NativeFn::NoArgs(|_, _| Ok(Ref::bool(false))),
            "Return True if the entry is a junction; cached per entry.",
        ),
        method(
            "stat",
            "($self, /, *, follow_symlinks=True)",
            NativeFn::Bound(entry_stat),
            "Return stat_result object for the entry; cached per entry.",
        ),
        method(
            "inode",
            "($self, /)",
            NativeFn::NoArgs(inode),
            "Return inode of the entry; cached per entry.",
        ),
        method("__fspath__", "($self, /)", NativeFn::NoArgs(entry_path), "Returns the path for the entry."),
        method(
            "__class_getitem__",
            "($type, object, /)",
            NativeFn::One(class_getitem),
            "DirEntry is generic over the type of the path (str or bytes)",
        )
        .class(),
    ],
    getsets: &[
        readonly_member!(
            DirEntry,
            name,
            "name",
            "the entry's base filename, relative to scandir() \"path\" argument"
        ),
        readonly_member!(
            DirEntry,
            path,
            "path",
            "the entry's full path name; equivalent to\nos.path.join(scandir_path, entry.name)"
        ),
    ],
    ..TypeSpec::EMPTY
});
