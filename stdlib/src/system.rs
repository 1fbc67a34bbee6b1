//! The bridge between `os`, which knows no Python, and the native modules: the GIL is given up around calls that may block,
//! a signal that interrupts one runs its handlers before the call is repeated (PEP 475), error numbers become exceptions.

use crate::io::path;
use crate::os::OsResult;
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs;
use runtime::objects::exceptions::os_error;
use runtime::objects::str::Str;
use runtime::{PyResult, Raised, Ref, Thread, Value, gil, signals};
use std::ffi::CString;

/// Runs a call without the GIL, again for as long as signals interrupt it. `Err`: a signal's handler raised.
pub fn unlocked<T>(thread: &Thread, mut call: impl FnMut() -> OsResult<T>) -> PyResult<OsResult<T>> {
    loop {
        match gil::without_gil(thread, &mut call) {
            Err(libc::EINTR) => signals::check(thread)?,
            result => return Ok(result),
        }
    }
}

/// As `unlocked`, with the error raised.
pub fn system<T>(thread: &Thread, call: impl FnMut() -> OsResult<T>) -> PyResult<T> {
    unlocked(thread, call)?.map_err(|errno| raise(thread, errno))
}

/// As `system`, with a file name in the error.
pub fn system_for<T>(thread: &Thread, name: Value, call: impl FnMut() -> OsResult<T>) -> PyResult<T> {
    unlocked(thread, call)?.map_err(|errno| os_error(thread, errno, name, Value::NONE))
}

/// As `system`, with two file names in the error.
pub fn system_for_both<T>(
    thread: &Thread,
    names: [Value; 2],
    call: impl FnMut() -> OsResult<T>,
) -> PyResult<T> {
    unlocked(thread, call)?.map_err(|errno| os_error(thread, errno, names[0], names[1]))
}

/// The result of a call that was made with the GIL held.
pub fn raised<T>(thread: &Thread, result: OsResult<T>) -> PyResult<T> {
    result.map_err(|errno| raise(thread, errno))
}

/// OSError of an error number.
pub fn raise(thread: &Thread, errno: i32) -> Raised {
    os_error(thread, errno, Value::NONE, Value::NONE)
}

/// A name that the system gave, as str.
pub fn decode(thread: &Thread, name: &[u8]) -> PyResult {
    if name.is_ascii() {
        return Ok(Str::from_ascii(name));
    }
    codecs::decode_with(thread, codecs::Codec::Utf8, &Bytes::new(name), "surrogateescape", true)
        .map(|(text, _)| text)
}

/// A name that the system gave, as bytes or str.
pub fn decode_as(thread: &Thread, name: &[u8], as_bytes: bool) -> PyResult {
    if as_bytes { Ok(Bytes::new(name)) } else { decode(thread, name) }
}

/// An argument that is a str, bytes or path-like object, in the file system encoding.
pub fn encoded(thread: &Thread, v: Value) -> PyResult<CString> {
    let given: Ref = path::fspath(thread, v)?;
    path::c_path(thread, *given)
}
