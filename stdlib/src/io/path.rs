//! File names: `os.fspath` and the file system encoding (UTF-8, with bytes that aren't as lone surrogates).

use runtime::objects::bytes::Bytes;
use runtime::objects::codecs::{self, Codec};
use runtime::objects::str::Str;
use runtime::{PyResult, Thread, Value, attributes, names, protocol};
use std::ffi::CString;

/// `os.fspath(v)`: a str or bytes object.
pub fn fspath(thread: &Thread, v: Value) -> PyResult {
    let is_path = |v: Value| v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some();
    if is_path(v) {
        return Ok(v.to_ref());
    }
    let type_name = if v.is_none() { "NoneType".into() } else { v.ty().name() };
    let method = attributes::special(thread, v, names::get().__fspath__)?;
    let Some(method) = method.filter(|m| !m.is_none()) else {
        let message = format!("expected str, bytes or os.PathLike object, not {type_name}");
        return Err(thread.type_error(message));
    };
    let path = thread.call(*method, &[])?;
    if is_path(*path) {
        return Ok(path);
    }
    let message =
        format!("expected {type_name}.__fspath__() to return str or bytes, not {}", path.ty().name());
    Err(thread.type_error(message))
}

/// The bytes of a path given as str or bytes.
pub fn encode(thread: &Thread, path: Value) -> PyResult<Vec<u8>> {
    if let Some(bytes) = path.cast::<Bytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let Some(text) = path.cast::<Str>() else {
        let shown = protocol::repr(thread, path)?;
        return Err(thread.type_error(format!("not a path: {}", runtime::objects::str::display(*shown))));
    };
    match text.as_ascii() {
        Some(ascii) => Ok(ascii.as_bytes().to_vec()),
        None => codecs::encode_with(thread, Codec::Utf8, path, "surrogateescape"),
    }
}

/// A path as the system calls want it.
pub fn c_path(thread: &Thread, path: Value) -> PyResult<CString> {
    let bytes = encode(thread, path)?;
    CString::new(bytes).map_err(|_| thread.value_error("embedded null byte"))
}
