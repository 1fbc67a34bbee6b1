//! Sending and receiving.

use super::address;
use super::stream::{Socket, waiting};
use crate::io::support::{byte_source, writable_view};
use crate::os::net as calls;
use crate::posix::zeroed;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::TIMEOUT_ERROR;
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::{Args, PyResult, Ref, Thread, Value, protocol, signals};

fn flags(thread: &Thread, v: Value) -> PyResult<i32> {
    if v.is_null() { Ok(0) } else { protocol::c_int(thread, v) }
}

fn length(thread: &Thread, v: Value, function: &str) -> PyResult<usize> {
    let length = protocol::c_ssize(thread, v)?;
    usize::try_from(length).map_err(|_| thread.value_error(format!("negative buffersize in {function}")))
}

pub fn recv(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let (length, flags) = (length(thread, a[0], "recv")?, flags(thread, a[1])?);
    let mut data = zeroed(thread, length)?;
    let n = waiting(thread, socket, false, |fd| calls::receive(fd, &mut data, flags))?;
    Ok(Bytes::new(&data[..n]))
}

pub fn recvfrom(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let (length, flags) = (length(thread, a[0], "recvfrom")?, flags(thread, a[1])?);
    let mut data = zeroed(thread, length)?;
    let (n, from) = waiting(thread, socket, false, |fd| calls::receive_from(fd, &mut data, flags))?;
    Ok(Tuple::from_refs(vec![Bytes::new(&data[..n]), address::object(thread, &from)?]))
}

/// How many bytes to receive into a buffer of that length.
fn wanted(thread: &Thread, v: Value, room: usize, function: &str) -> PyResult<usize> {
    let wanted = if v.is_null() { 0 } else { length(thread, v, function)? };
    match wanted {
        0 => Ok(room),
        n if n > room => Err(thread.value_error("buffer too small for requested bytes")),
        n => Ok(n),
    }
}

pub fn recv_into(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let mut view = writable_view(thread, "recv_into", a[0])?;
    let (wanted, flags) = (wanted(thread, a[1], view.len, "recv_into")?, flags(thread, a[2])?);
    let Some(buffer) = view.bytes_mut() else { return Ok(Ref::NONE) };
    let n = waiting(thread, socket, false, |fd| calls::receive(fd, &mut buffer[..wanted], flags))?;
    Ok(int::from_usize(n))
}

pub fn recvfrom_into(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let mut view = writable_view(thread, "recvfrom_into", a[0])?;
    let (wanted, flags) = (wanted(thread, a[1], view.len, "recvfrom_into")?, flags(thread, a[2])?);
    let Some(buffer) = view.bytes_mut() else { return Ok(Ref::NONE) };
    let (n, from) =
        waiting(thread, socket, false, |fd| calls::receive_from(fd, &mut buffer[..wanted], flags))?;
    Ok(Tuple::from_refs(vec![int::from_usize(n), address::object(thread, &from)?]))
}

pub fn send(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let (data, flags) = (byte_source(thread, a[0])?, flags(thread, a[1])?);
    Ok(int::from_usize(waiting(thread, socket, true, |fd| calls::send(fd, data.bytes(), flags))?))
}

/// Sends everything; the timeout holds for the whole.
pub fn sendall(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let (data, flags) = (byte_source(thread, a[0])?, flags(thread, a[1])?);
    let limit = socket.timeout.get();
    let start = std::time::Instant::now();
    let mut done = 0;
    while done < data.bytes().len() {
        let rest = &data.bytes()[done..];
        done += waiting(thread, socket, true, |fd| calls::send(fd, rest, flags))?;
        signals::check(thread)?;
        if limit > 0 && start.elapsed().as_nanos() > limit as u128 && done < data.bytes().len() {
            return Err(thread.error(&TIMEOUT_ERROR, "timed out"));
        }
    }
    Ok(Ref::NONE)
}

pub fn sendto(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let (data, given_flags, to) = match arguments.positional() {
        &[data, to] => (data, Value::NULL, to),
        &[data, flags, to] => (data, flags, to),
        other => {
            let message = format!("sendto() takes 2 or 3 arguments ({} given)", other.len());
            return Err(thread.type_error(message));
        }
    };
    let (data, flags) = (byte_source(thread, data)?, flags(thread, given_flags)?);
    let to = address::read(thread, "sendto", socket.family.get(), to)?;
    let n = waiting(thread, socket, true, |fd| calls::send_to(fd, data.bytes(), flags, &to))?;
    Ok(int::from_usize(n))
}
