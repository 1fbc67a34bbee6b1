//! Limits of the system and of files.

use super::arguments::*;
use super::constants::{CONFSTR, PATHCONF, SYSCONF};
use crate::os::process as calls;
use crate::system::{decode, raised, system};
use runtime::objects::int;
use runtime::objects::str::{Str, equals};
use runtime::{PyResult, Ref, Thread, Value, protocol};

/// A name from a table, or its number.
fn name(thread: &Thread, v: Value, table: &[(&str, i32)]) -> PyResult<i32> {
    if v.cast::<Str>().is_some() {
        return match table.iter().find(|(known, _)| equals(v, known)) {
            Some((_, number)) => Ok(*number),
            None => Err(thread.value_error("unrecognized configuration name")),
        };
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error("configuration names must be strings or integers"));
    }
    protocol::c_int(thread, v)
}

pub fn sysconf(thread: &Thread, _: Value, v: Value) -> PyResult {
    let name = name(thread, v, SYSCONF)?;
    Ok(int::new(raised(thread, calls::system_limit(name))?))
}

pub fn pathconf(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("pathconf").path(thread, a[0])?;
    let name = name(thread, a[1], PATHCONF)?;
    Ok(int::new(path.call(thread, || match path.fd() {
        Some(fd) => calls::file_limit(fd, name),
        None => calls::path_limit(path.name(), name),
    })?))
}

pub fn fpathconf(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let name = name(thread, a[1], PATHCONF)?;
    Ok(int::new(system(thread, || calls::file_limit(fd, name))?))
}

pub fn confstr(thread: &Thread, _: Value, v: Value) -> PyResult {
    let name = name(thread, v, CONFSTR)?;
    match raised(thread, calls::system_text(name))? {
        Some(text) => decode(thread, &text),
        None => Ok(Ref::NONE),
    }
}

pub fn sync(thread: &Thread, _: Value) -> PyResult {
    runtime::gil::without_gil(thread, crate::os::descriptors::sync);
    Ok(Ref::NONE)
}
