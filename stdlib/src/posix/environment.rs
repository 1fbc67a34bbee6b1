//! The environment, random bytes and texts of error numbers.

use super::arguments::int_or;
use crate::os::process as calls;
use crate::system::encoded;
use crate::system::{decode, raise, system, unlocked};
use runtime::objects::bytes::Bytes;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions;
use runtime::{PyResult, Ref, Thread, Value, protocol};

/// `posix.environ` as it is now: bytes to bytes; of a name that stands there twice the first counts.
pub fn create_environ(thread: &Thread, _: Value) -> PyResult {
    let environ = Dict::new();
    let Some(dict) = environ.cast::<Dict>() else { return Ok(environ) };
    for entry in calls::environment() {
        // A name may begin with the sign.
        let Some(end) = entry.iter().skip(1).position(|b| *b == b'=').map(|i| i + 1) else { continue };
        dict.set_default(thread, *Bytes::new(&entry[..end]), Bytes::new(&entry[end + 1..]))?;
    }
    Ok(environ)
}

pub fn putenv(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (name, value) = (encoded(thread, a[0])?, encoded(thread, a[1])?);
    if name.to_bytes().contains(&b'=') {
        return Err(thread.value_error("illegal environment variable name"));
    }
    calls::set_variable(&name, &value).map_err(|errno| raise(thread, errno))?;
    Ok(Ref::NONE)
}

pub fn unsetenv(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = encoded(thread, name)?;
    calls::remove_variable(&name).map_err(|errno| raise(thread, errno))?;
    Ok(Ref::NONE)
}

pub fn strerror(thread: &Thread, _: Value, code: Value) -> PyResult {
    let code = protocol::c_int(thread, code)?;
    decode(thread, exceptions::strerror(code).as_bytes())
}

pub fn urandom(thread: &Thread, _: Value, size: Value) -> PyResult {
    let size = protocol::c_ssize(thread, size)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(thread.value_error("negative argument not allowed"));
    };
    let mut data = zeroed(thread, size)?;
    let mut done = 0;
    while done < size {
        done += system(thread, || calls::random(&mut data[done..], 0))?;
    }
    Ok(Bytes::new(&data))
}

pub fn getrandom(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let size = protocol::c_ssize(thread, a[0])?;
    let flags = int_or(thread, a[1], 0)?;
    let Ok(size) = usize::try_from(size) else { return Err(raise(thread, libc::EINVAL)) };
    let mut data = zeroed(thread, size)?;
    let n = unlocked(thread, || calls::random(&mut data, flags as u32))?;
    let n = n.map_err(|errno| raise(thread, errno))?;
    Ok(Bytes::new(&data[..n]))
}

/// A buffer; MemoryError if there is no room for it.
pub fn zeroed(thread: &Thread, size: usize) -> PyResult<Vec<u8>> {
    let mut data = Vec::new();
    data.try_reserve_exact(size).map_err(|_| thread.memory_error())?;
    data.resize(size, 0);
    Ok(data)
}
