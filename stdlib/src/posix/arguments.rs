//! Arguments of the functions of `posix`: paths given as str, bytes, path-like object or descriptor, descriptors of
//! directories, descriptors, user and group numbers.

use crate::io::path::{encode, fspath};
use crate::os::OsResult;
use crate::system::{system, system_for};
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::RUNTIME_WARNING;
use runtime::objects::int::{self, IntRef};
use runtime::objects::str::{Str, intern_text};
use runtime::{PyResult, Raised, Ref, Thread, Value, attributes, protocol, warnings};
use std::ffi::{CStr, CString};

/// What a path argument says.
pub enum Target {
    Name(CString),
    Fd(i32),
}

/// A path argument.
pub struct Path {
    pub target: Target,
    /// The argument as errors show it: what `__fspath__` gave; None where it was left out.
    pub shown: Ref,
}

/// What a function takes for a path.
#[derive(Clone, Copy)]
pub struct Accepts {
    pub function: &'static str,
    pub argument: &'static str,
    pub fd: bool,
    pub none: bool,
}

impl Accepts {
    /// A name.
    pub const fn name(function: &'static str, argument: &'static str) -> Accepts {
        Accepts { function, argument, fd: false, none: false }
    }
    /// A name or a descriptor.
    pub const fn or_fd(function: &'static str) -> Accepts {
        Accepts { function, argument: "path", fd: true, none: false }
    }
    /// A name, a descriptor or None.
    pub const fn optional(function: &'static str) -> Accepts {
        Accepts { function, argument: "path", fd: true, none: true }
    }

    #[cold]
    fn refuse(&self, thread: &Thread, v: Value) -> Raised {
        let wanted = match (self.fd, self.none) {
            (true, true) => "string, bytes, os.PathLike, integer or None",
            (true, false) => "string, bytes, os.PathLike or integer",
            (false, true) => "string, bytes, os.PathLike or None",
            (false, false) => "string, bytes or os.PathLike",
        };
        let type_name = if v.is_none() { "NoneType".into() } else { v.ty().name() };
        thread.type_error(format!("{}: {} should be {wanted}, not {type_name}", self.function, self.argument))
    }

    /// Reads the argument.
    pub fn path(&self, thread: &Thread, v: Value) -> PyResult<Path> {
        if v.is_null() || (v.is_none() && self.none) {
            return Ok(Path { target: Target::Name(c".".into()), shown: Ref::NONE });
        }
        if v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some() {
            return self.named(thread, v.to_ref());
        }
        if self.fd && (int::is_int(v) || v.ty().slots().index.is_some()) {
            return Ok(Path { target: Target::Fd(descriptor_number(thread, v)?), shown: v.to_ref() });
        }
        if v.is_none() || attributes::special(thread, v, runtime::names::get().__fspath__)?.is_none() {
            return Err(self.refuse(thread, v));
        }
        let given = fspath(thread, v)?;
        self.named(thread, given)
    }

    fn named(&self, thread: &Thread, shown: Ref) -> PyResult<Path> {
        let bytes = encode(thread, *shown)?;
        match CString::new(bytes) {
            Ok(name) => Ok(Path { target: Target::Name(name), shown }),
            Err(_) => {
                let (function, argument) = (self.function, self.argument);
                Err(thread.value_error(format!("{function}: embedded null character in {argument}")))
            }
        }
    }
}

impl Path {
    /// Whether names that belong to this one are bytes.
    pub fn is_bytes(&self) -> bool {
        self.shown.cast::<Bytes>().is_some()
    }
    /// The name; `.` where a descriptor was given, which callers have told apart before.
    pub fn name(&self) -> &CStr {
        match &self.target {
            Target::Name(name) => name,
            Target::Fd(_) => c".",
        }
    }
    pub fn fd(&self) -> Option<i32> {
        match self.target {
            Target::Fd(fd) => Some(fd),
            Target::Name(_) => None,
        }
    }
    /// Runs a call, with this path in the error.
    pub fn call<T>(&self, thread: &Thread, call: impl FnMut() -> OsResult<T>) -> PyResult<T> {
        if self.shown.is_none() { system(thread, call) } else { system_for(thread, *self.shown, call) }
    }
    /// The complaints about combinations of a descriptor with other arguments.
    pub fn check_fd(
        &self,
        thread: &Thread,
        function: &str,
        directory: Option<i32>,
        follow: bool,
    ) -> PyResult<()> {
        if self.fd().is_none() {
            return Ok(());
        }
        let message = match directory {
            Some(_) => format!("{function}: can't specify dir_fd without matching path"),
            None if !follow => format!("{function}: cannot use fd and follow_symlinks together"),
            None => return Ok(()),
        };
        Err(thread.value_error(message))
    }
}

/// An integer as a descriptor.
fn descriptor_number(thread: &Thread, v: Value) -> PyResult<i32> {
    if v.is_bool() {
        warnings::warn(thread, &RUNTIME_WARNING, "bool is used as a file descriptor", 1)?;
    }
    let number = protocol::index(thread, v)?;
    let negative = match int::get(*number) {
        Some(IntRef::Small(i)) => match i32::try_from(i) {
            Ok(fd) => return Ok(fd),
            Err(_) => i < 0,
        },
        Some(IntRef::Big(b)) => b.sign() == runtime::int_kernel::Sign::Negative,
        None => false,
    };
    Err(thread.overflow_error(if negative {
        "fd is less than minimum"
    } else {
        "fd is greater than maximum"
    }))
}

/// A `dir_fd` argument: absent, None or a descriptor.
pub fn directory_option(thread: &Thread, v: Value) -> PyResult<Option<i32>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        let message = format!("argument should be integer or None, not {}", v.ty().name());
        return Err(thread.type_error(message));
    }
    descriptor_number(thread, v).map(Some)
}

/// A `dir_fd` argument as the system calls want it.
pub fn directory(thread: &Thread, v: Value) -> PyResult<i32> {
    Ok(directory_option(thread, v)?.unwrap_or(libc::AT_FDCWD))
}

/// A flag argument that may be absent.
pub fn flag(thread: &Thread, v: Value, default: bool) -> PyResult<bool> {
    if v.is_null() { Ok(default) } else { protocol::is_true(thread, v) }
}

/// An `int` argument that may be absent.
pub fn int_or(thread: &Thread, v: Value, default: i32) -> PyResult<i32> {
    if v.is_null() { Ok(default) } else { protocol::c_int(thread, v) }
}

/// A descriptor given as an integer or an object with `fileno()`.
pub fn descriptor(thread: &Thread, v: Value) -> PyResult<i32> {
    let number = if int::is_int(v) {
        if v.is_bool() {
            warnings::warn(thread, &RUNTIME_WARNING, "bool is used as a file descriptor", 1)?;
        }
        v.to_ref()
    } else {
        let Some(method) = attributes::find(thread, v, intern_text("fileno"))? else {
            return Err(thread.type_error("argument must be an int, or have a fileno() method."));
        };
        let number = thread.call(*method, &[])?;
        if !int::is_int(*number) {
            return Err(thread.type_error("fileno() returned a non-integer"));
        }
        number
    };
    let fd = protocol::c_int(thread, *number)?;
    if fd < 0 {
        return Err(thread.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}

/// An offset argument.
pub fn offset(thread: &Thread, v: Value) -> PyResult<i64> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(i)) => Ok(i),
        _ => Err(thread.overflow_error("Python int too large to convert to C long")),
    }
}

/// An offset argument that may be absent or None.
pub fn offset_option(thread: &Thread, v: Value) -> PyResult<Option<i64>> {
    if v.is_null() || v.is_none() { Ok(None) } else { offset(thread, v).map(Some) }
}

fn id(thread: &Thread, v: Value, what: &str) -> PyResult<u32> {
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error(format!("{what} should be integer, not {}", v.ty().name())));
    }
    let number = protocol::index(thread, v)?;
    let too_large = match int::get(*number) {
        Some(IntRef::Small(-1)) => return Ok(u32::MAX),
        Some(IntRef::Small(i)) => match u32::try_from(i) {
            Ok(id) => return Ok(id),
            Err(_) => false,
        },
        Some(IntRef::Big(b)) => b.sign() != runtime::int_kernel::Sign::Negative,
        None => false,
    };
    let side = if too_large { "greater than maximum" } else { "less than minimum" };
    Err(thread.overflow_error(format!("{what} is {side}")))
}

/// A user number; -1 stands for "no change".
pub fn user(thread: &Thread, v: Value) -> PyResult<u32> {
    id(thread, v, "uid")
}

/// A group number.
pub fn group(thread: &Thread, v: Value) -> PyResult<u32> {
    id(thread, v, "gid")
}

/// A user or group number as an object.
pub fn id_object(id: u32) -> Ref {
    if id == u32::MAX { int::new(-1) } else { int::new(id.into()) }
}

/// An integer argument cut to the width of `mode_t`.
pub fn mode_or(thread: &Thread, v: Value, default: u32) -> PyResult<u32> {
    if v.is_null() { Ok(default) } else { protocol::c_int(thread, v).map(|m| m as u32) }
}

/// A device number; -1 stands for none.
pub fn device(thread: &Thread, v: Value) -> PyResult<u64> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(-1)) => Ok(u64::MAX),
        Some(IntRef::Small(i)) => {
            u64::try_from(i).map_err(|_| thread.overflow_error("can't convert negative int to unsigned"))
        }
        _ => protocol::index_u64(thread, *number).map_err(|raised| too_big(thread, raised)),
    }
}

#[cold]
fn too_big(thread: &Thread, _: Raised) -> Raised {
    drop(thread.take_raised());
    thread.overflow_error("int too big to convert")
}

/// A part of a device number; -1 stands for none.
pub fn device_part(thread: &Thread, v: Value) -> PyResult<u32> {
    match device(thread, v)? {
        u64::MAX => Ok(u32::MAX),
        part => u32::try_from(part)
            .map_err(|_| thread.overflow_error("Python int too large to convert to C unsigned int")),
    }
}
