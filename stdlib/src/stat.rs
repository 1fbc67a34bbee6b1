//! `_stat`: the bits of file modes.

use crate::constants::add_constants;
use crate::libc_constants;
use runtime::objects::int;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_stat",
    doc: "S_IFMT_: file type bits\nS_IFDIR: directory\nS_IFCHR: character device\nS_IFBLK: block device\nS_IFREG: regular file\nS_IFIFO: fifo (named pipe)\nS_IFLNK: symbolic link\nS_IFSOCK: socket file\nS_IFDOOR: door\nS_IFPORT: event port\nS_IFWHT: whiteout\n\nS_ISUID: set UID bit\nS_ISGID: set GID bit\nS_ENFMT: file locking enforcement\nS_ISVTX: sticky bit\nS_IREAD: Unix V7 synonym for S_IRUSR\nS_IWRITE: Unix V7 synonym for S_IWUSR\nS_IEXEC: Unix V7 synonym for S_IXUSR\nS_IRWXU: mask for owner permissions\nS_IRUSR: read by owner\nS_IWUSR: write by owner\nS_IXUSR: execute by owner\nS_IRWXG: mask for group permissions\nS_IRGRP: read by group\nS_IWGRP: write by group\nS_IXGRP: execute by group\nS_IRWXO: mask for others (not in group) permissions\nS_IROTH: read by others\nS_IWOTH: write by others\nS_IXOTH: execute by others\n\nUF_SETTABLE: mask of owner changeable flags\nUF_NODUMP: do not dump file\nUF_IMMUTABLE: file may not be changed\nUF_APPEND: file may only be appended to\nUF_OPAQUE: directory is opaque when viewed through a union stack\nUF_NOUNLINK: file may not be renamed or deleted\nUF_COMPRESSED: macOS: file is hfs-compressed\nUF_TRACKED: used for dealing with document IDs\nUF_DATAVAULT: entitlement required for reading and writing\nUF_HIDDEN: macOS: file should not be displayed\nSF_SETTABLE: mask of super user changeable flags\nSF_ARCHIVED: file may be archived\nSF_IMMUTABLE: file may not be changed\nSF_APPEND: file may only be appended to\nSF_RESTRICTED: entitlement required for writing\nSF_NOUNLINK: file may not be renamed or deleted\nSF_SNAPSHOT: file is a snapshot file\nSF_FIRMLINK: file is a firmlink\nSF_DATALESS: file is a dataless object\n\nOn macOS:\nSF_SUPPORTED: mask of super user supported flags\nSF_SYNTHETIC: mask of read-only synthetic flags\n\nST_MODE\nST_INO\nST_DEV\nST_NLINK\nST_UID\nST_GID\nST_SIZE\nST_ATIME\nST_MTIME\nST_CTIME\n\nFILE_ATTRIBUTE_*: Windows file attribute constants\n                   (only present on Windows)\n",
    functions: FUNCTIONS,
    init: |_, module| {
        add_constants(module, CONSTANTS);
        add_constants(module, MORE_CONSTANTS);
        Ok(())
    },
};

/// A mode argument.
fn mode(thread: &Thread, v: Value) -> PyResult<u32> {
    let mode = protocol::index_u64(thread, v)?;
    u32::try_from(mode).map_err(|_| thread.overflow_error("mode out of range"))
}

fn s_imode(thread: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::new((mode(thread, v)? & 0o7777).into()))
}

fn s_ifmt(thread: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::new((mode(thread, v)? & libc::S_IFMT).into()))
}

macro_rules! kinds {
    ($($name:ident $kind:ident)*) => { $(
        fn $name(thread: &Thread, _: Value, v: Value) -> PyResult {
            Ok(Ref::bool(mode(thread, v)? & libc::S_IFMT == libc::$kind))
        }
    )* };
}

kinds! {
    s_isblk S_IFBLK s_ischr S_IFCHR s_isdir S_IFDIR s_isfifo S_IFIFO s_islnk S_IFLNK s_isreg S_IFREG s_issock S_IFSOCK
}

macro_rules! kinds_of_other_systems {
    ($($name:ident)*) => { $(
        fn $name(thread: &Thread, _: Value, v: Value) -> PyResult {
            mode(thread, v)?;
            Ok(Ref::bool(false))
        }
    )* };
}

kinds_of_other_systems! { s_isdoor s_isport s_iswht }

/// What `ls -l` shows.
fn filemode(thread: &Thread, _: Value, v: Value) -> PyResult {
    let mode = mode(thread, v)?;
    let mut text = [b'-'; 10];
    text[0] = match mode & libc::S_IFMT {
        libc::S_IFREG => b'-',
        libc::S_IFDIR => b'd',
        libc::S_IFLNK => b'l',
        libc::S_IFBLK => b'b',
        libc::S_IFCHR => b'c',
        libc::S_IFIFO => b'p',
        libc::S_IFSOCK => b's',
        _ => b'?',
    };
    for (i, letter) in b"rwxrwxrwx".iter().enumerate() {
        if mode & (0o400 >> i) != 0 {
            text[i + 1] = *letter;
        }
    }
    for (bit, place, with, without) in
        [(libc::S_ISUID, 3, b's', b'S'), (libc::S_ISGID, 6, b's', b'S'), (libc::S_ISVTX, 9, b't', b'T')]
    {
        if mode & bit != 0 {
            text[place] = if text[place] == b'x' { with } else { without };
        }
    }
    Ok(Str::from_ascii(&text))
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "S_IFMT",
        "($module, object, /)",
        NativeFn::One(s_ifmt),
        "Return the portion of the file's mode that describes the file type.",
    ),
    method(
        "S_IMODE",
        "($module, object, /)",
        NativeFn::One(s_imode),
        "Return the portion of the file's mode that can be set by os.chmod().",
    ),
    method(
        "S_ISBLK",
        "($module, object, /)",
        NativeFn::One(s_isblk),
        "S_ISBLK(mode) -> bool\n\nReturn True if mode is from a block special device file.",
    ),
    method(
        "S_ISCHR",
        "($module, object, /)",
        NativeFn::One(s_ischr),
        "S_ISCHR(mode) -> bool\n\nReturn True if mode is from a character special device file.",
    ),
    method(
        "S_ISDIR",
        "($module, object, /)",
        NativeFn::One(s_isdir),
        "S_ISDIR(mode) -> bool\n\nReturn True if mode is from a directory.",
    ),
    method(
        "S_ISDOOR",
        "($module, object, /)",
        NativeFn::One(s_isdoor),
        "S_ISDOOR(mode) -> bool\n\nReturn True if mode is from a door.",
    ),
    method(
        "S_ISFIFO",
        "($module, object, /)",
        NativeFn::One(s_isfifo),
        "S_ISFIFO(mode) -> bool\n\nReturn True if mode is from a FIFO (named pipe).",
    ),
    method(
        "S_ISLNK",
        "($module, object, /)",
        NativeFn::One(s_islnk),
        "S_ISLNK(mode) -> bool\n\nReturn True if mode is from a symbolic link.",
    ),
    method(
        "S_ISPORT",
        "($module, object, /)",
        NativeFn::One(s_isport),
        "S_ISPORT(mode) -> bool\n\nReturn True if mode is from an event port.",
    ),
    method(
        "S_ISREG",
        "($module, object, /)",
        NativeFn::One(s_isreg),
        "S_ISREG(mode) -> bool\n\nReturn True if mode is from a regular file.",
    ),
    method(
        "S_ISSOCK",
        "($module, object, /)",
        NativeFn::One(s_issock),
        "S_ISSOCK(mode) -> bool\n\nReturn True if mode is from a socket.",
    ),
    method(
        "S_ISWHT",
        "($module, object, /)",
        NativeFn::One(s_iswht),
        "S_ISWHT(mode) -> bool\n\nReturn True if mode is from a whiteout.",
    ),
    method(
        "filemode",
        "($module, object, /)",
        NativeFn::One(filemode),
        "Convert a file's mode to a string of the form '-rwxrwxrwx'",
    ),
];

const CONSTANTS: &[(&str, i64)] = libc_constants! {
    S_IEXEC S_IFBLK S_IFCHR S_IFDIR S_IFIFO S_IFLNK S_IFREG S_IFSOCK S_IREAD S_IRGRP S_IROTH S_IRUSR S_IRWXG
    S_IRWXO S_IRWXU S_ISGID S_ISUID S_ISVTX S_IWGRP S_IWOTH S_IWRITE S_IWUSR S_IXGRP S_IXOTH S_IXUSR
};

/// Those that this system has no name for.
const MORE_CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0x40000),
    ("SF_ARCHIVED", 0x10000),
    ("SF_DATALESS", 0x40000000),
    ("SF_FIRMLINK", 0x800000),
    ("SF_IMMUTABLE", 0x20000),
    ("SF_NOUNLINK", 0x100000),
    ("SF_SETTABLE", 0xffff0000),
    ("SF_SNAPSHOT", 0x200000),
    ("ST_ATIME", 0x7),
    ("ST_CTIME", 0x9),
    ("ST_DEV", 0x2),
    ("ST_GID", 0x5),
    ("ST_INO", 0x1),
    ("ST_MODE", 0x0),
    ("ST_MTIME", 0x8),
    ("ST_NLINK", 0x3),
    ("ST_SIZE", 0x6),
    ("ST_UID", 0x4),
    ("S_ENFMT", 0x400),
    ("S_IFDOOR", 0x0),
    ("S_IFPORT", 0x0),
    ("S_IFWHT", 0x0),
    ("UF_APPEND", 0x4),
    ("UF_COMPRESSED", 0x20),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("UF_IMMUTABLE", 0x2),
    ("UF_NODUMP", 0x1),
    ("UF_NOUNLINK", 0x10),
    ("UF_OPAQUE", 0x8),
    ("UF_SETTABLE", 0xffff),
    ("UF_TRACKED", 0x40),
];
