//! `socket`: one endpoint. Timeouts are kept here; the system's socket does not block while there is one.

use super::{address, rows};
use crate::os::net::{self as calls, Address};
use crate::os::{OsResult, clock, descriptors};
use crate::system::{raise, raised, unlocked};
use crate::timeout;
use runtime::object::drop_object;
use runtime::objects::exceptions::{OS_ERROR, RESOURCE_WARNING, TIMEOUT_ERROR, write_unraisable_about};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::slot_fields::receiver;
use runtime::thread::preserving_raised;
use runtime::types::binding::Parameters;
use runtime::{
    Args, GilCell, Header, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, gil,
    new_object, protocol, signals, warnings,
};
use std::cell::Cell;

/// A socket. `fd` is negative when closed; `timeout` is in nanoseconds, negative for none.
#[repr(C)]
pub struct Socket {
    header: Header,
    pub fd: Cell<i32>,
    pub family: Cell<i32>,
    kind: Cell<i32>,
    protocol: Cell<i32>,
    pub timeout: Cell<i64>,
}

runtime::object!(Socket, SOCKET);

/// What new sockets start with.
static DEFAULT_TIMEOUT: GilCell<i64> = GilCell::new(-1);

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| Socket {
        header,
        fd: Cell::new(-1),
        family: Cell::new(0),
        kind: Cell::new(0),
        protocol: Cell::new(0),
        timeout: Cell::new(-1),
    }))
}

static PARAMETERS: Parameters = Parameters::new("socket", "(family=-1, type=-1, proto=-1, fileno=None)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| {
        let socket = receiver::<Socket>(thread, v)?;
        let number = |v: Value| if v.is_null() { Ok(-1) } else { protocol::c_int(thread, v) };
        let (mut family, mut kind, mut protocol) = (number(a[0])?, number(a[1])?, number(a[2])?);
        let fd = if a[3].is_null() || a[3].is_none() {
            family = if family == -1 { libc::AF_INET } else { family };
            kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
            protocol = protocol.max(0);
            let made = unlocked(thread, || calls::socket(family, kind, protocol))?;
            raised(thread, made)?
        } else {
            let fd = protocol::c_int(thread, a[3])?;
            if fd < 0 {
                return Err(thread.value_error("negative file descriptor"));
            }
            raised(thread, calls::own_address(fd))?;
            let option = |given: i32, name: i32| match given {
                -1 => raised(thread, calls::number_option(fd, libc::SOL_SOCKET, name)),
                given => Ok(given),
            };
            family = option(family, libc::SO_DOMAIN)?;
            kind = option(kind, libc::SO_TYPE)?;
            protocol = option(protocol, libc::SO_PROTOCOL)?;
            fd
        };
        socket.fd.set(fd);
        socket.family.set(family);
        socket.kind.set(kind & !(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK));
        socket.protocol.set(protocol);
        let default = DEFAULT_TIMEOUT.with(|t| *t);
        socket.timeout.set(if kind & libc::SOCK_NONBLOCK != 0 { 0 } else { default });
        if kind & libc::SOCK_NONBLOCK == 0 && default >= 0 {
            raised(thread, descriptors::set_blocking(fd, false))?;
        }
        Ok(())
    })
}

fn finalize(thread: &Thread, v: Value) {
    let Some(socket) = v.cast::<Socket>() else { return };
    if socket.fd.get() < 0 {
        return;
    }
    preserving_raised(thread, || {
        let shown = match protocol::repr(thread, v) {
            Ok(text) => runtime::objects::str::display(*text),
            Err(_) => {
                drop(thread.take_raised());
                "?".into()
            }
        };
        if warnings::warn(thread, &RESOURCE_WARNING, &format!("unclosed {shown}"), 1).is_err() {
            write_unraisable_about(thread, "Exception ignored while finalizing socket", v);
        }
        let _ = crate::os::close(socket.fd.replace(-1));
    });
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let s = receiver::<Socket>(thread, v)?;
    Ok(Str::new(&format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        s.fd.get(),
        s.family.get(),
        s.kind.get(),
        s.protocol.get()
    )))
}

/// Runs a call on a socket, waiting until it is ready as long as the timeout allows.
pub fn waiting<T>(
    thread: &Thread,
    socket: &Socket,
    for_writing: bool,
    mut call: impl FnMut(i32) -> OsResult<T>,
) -> PyResult<T> {
    let limit = socket.timeout.get();
    let now = || clock::now(libc::CLOCK_MONOTONIC).unwrap_or(0);
    let end = now().saturating_add(limit.max(0));
    loop {
        let fd = socket.fd.get();
        if limit > 0 && !wait(thread, fd, for_writing, Some(end.saturating_sub(now())))? {
            return Err(thread.error(&TIMEOUT_ERROR, "timed out"));
        }
        match gil::without_gil(thread, || call(fd)) {
            Err(libc::EINTR) => signals::check(thread)?,
            // Another thread or process was faster.
            Err(libc::EAGAIN) if limit > 0 => {}
            result => return raised(thread, result),
        }
    }
}

/// Waits until the socket is ready; false if the time ran out.
fn wait(thread: &Thread, fd: i32, for_writing: bool, limit: Option<i64>) -> PyResult<bool> {
    if limit.is_some_and(|n| n < 0) {
        return Ok(false);
    }
    let milliseconds = match limit {
        None => -1,
        Some(n) => i32::try_from(n / 1_000_000 + i64::from(n % 1_000_000 > 0)).unwrap_or(i32::MAX),
    };
    match gil::without_gil(thread, || calls::wait_ready(fd, for_writing, milliseconds)) {
        Ok(ready) => Ok(ready),
        Err(libc::EINTR) => signals::check(thread).map(|()| true),
        Err(errno) => Err(raise(thread, errno)),
    }
}

pub fn accept(thread: &Thread, v: Value) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let (fd, peer) = waiting(thread, socket, false, calls::accept)?;
    Ok(Tuple::from_refs(vec![int::new(fd.into()), address::object(thread, &peer)?]))
}

pub fn bind(thread: &Thread, v: Value, to: Value) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let to = address::read(thread, "bind", socket.family.get(), to)?;
    let done = unlocked(thread, || calls::bind(socket.fd.get(), &to))?;
    raised(thread, done)?;
    Ok(Ref::NONE)
}

/// Connects; the error number if that fails. An interrupted or not yet finished attempt is waited for.
fn connected(thread: &Thread, socket: &Socket, to: &Address) -> PyResult<OsResult<()>> {
    let fd = socket.fd.get();
    let limit = socket.timeout.get();
    let result = gil::without_gil(thread, || calls::connect(fd, to));
    let waits = match result {
        Ok(_) => return Ok(Ok(())),
        Err(libc::EINTR) => {
            signals::check(thread)?;
            limit != 0
        }
        Err(libc::EINPROGRESS) => limit > 0,
        Err(_) => false,
    };
    if !waits {
        return Ok(result.map(drop));
    }
    let now = || clock::now(libc::CLOCK_MONOTONIC).unwrap_or(0);
    let end = now().saturating_add(limit.max(0));
    loop {
        let left = if limit < 0 { None } else { Some(end.saturating_sub(now())) };
        if !wait(thread, fd, true, left)? {
            return Err(thread.error(&TIMEOUT_ERROR, "timed out"));
        }
        match raised(thread, calls::number_option(fd, libc::SOL_SOCKET, libc::SO_ERROR))? {
            0 if calls::peer_address(fd).is_ok() => return Ok(Ok(())),
            0 => {}
            errno => return Ok(Err(errno)),
        }
    }
}

pub fn connect(thread: &Thread, v: Value, to: Value) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let to = address::read(thread, "connect", socket.family.get(), to)?;
    let result = connected(thread, socket, &to)?;
    raised(thread, result)?;
    Ok(Ref::NONE)
}

pub fn connect_ex(thread: &Thread, v: Value, to: Value) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let to = address::read(thread, "connect_ex", socket.family.get(), to)?;
    match connected(thread, socket, &to) {
        Ok(result) => Ok(int::new(result.err().unwrap_or(0).into())),
        Err(raised) => {
            drop(thread.catch(raised, &TIMEOUT_ERROR)?);
            Ok(int::new(libc::EAGAIN.into()))
        }
    }
}

pub fn close(thread: &Thread, v: Value) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    let fd = socket.fd.replace(-1);
    if fd >= 0 {
        match unlocked(thread, || crate::os::close(fd))? {
            // The peer has closed its end in its own way; that is no error of ours.
            Ok(()) | Err(libc::ECONNRESET) => {}
            Err(errno) => return Err(raise(thread, errno)),
        }
    }
    Ok(Ref::NONE)
}

pub fn detach(thread: &Thread, v: Value) -> PyResult {
    Ok(int::new(receiver::<Socket>(thread, v)?.fd.replace(-1).into()))
}

pub fn fileno(thread: &Thread, v: Value) -> PyResult {
    Ok(int::new(receiver::<Socket>(thread, v)?.fd.get().into()))
}

pub fn getsockname(thread: &Thread, v: Value) -> PyResult {
    let fd = receiver::<Socket>(thread, v)?.fd.get();
    address::object(thread, &raised(thread, calls::own_address(fd))?)
}

pub fn getpeername(thread: &Thread, v: Value) -> PyResult {
    let fd = receiver::<Socket>(thread, v)?.fd.get();
    address::object(thread, &raised(thread, calls::peer_address(fd))?)
}

pub fn listen(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let fd = receiver::<Socket>(thread, v)?.fd.get();
    let backlog = if a[0].is_null() { 128 } else { protocol::c_int(thread, a[0])?.max(0) };
    raised(thread, calls::listen(fd, backlog))?;
    Ok(Ref::NONE)
}

pub fn shutdown(thread: &Thread, v: Value, how: Value) -> PyResult {
    let fd = receiver::<Socket>(thread, v)?.fd.get();
    let how = protocol::c_int(thread, how)?;
    raised(thread, calls::shutdown(fd, how))?;
    Ok(Ref::NONE)
}

/// A timeout argument: None or seconds.
fn timeout_argument(thread: &Thread, v: Value) -> PyResult<i64> {
    if v.is_none() {
        return Ok(-1);
    }
    match timeout::nanoseconds(thread, v)? {
        n if n < 0 => Err(thread.value_error("Timeout value out of range")),
        n => Ok(n),
    }
}

fn timeout_object(nanoseconds: i64) -> Ref {
    if nanoseconds < 0 { Ref::NONE } else { float::new(nanoseconds as f64 / 1e9) }
}

pub fn getdefaulttimeout(_: &Thread, _: Value) -> PyResult {
    Ok(timeout_object(DEFAULT_TIMEOUT.with(|t| *t)))
}

pub fn setdefaulttimeout(thread: &Thread, _: Value, v: Value) -> PyResult {
    let timeout = timeout_argument(thread, v)?;
    DEFAULT_TIMEOUT.with(|t| *t = timeout);
    Ok(Ref::NONE)
}

fn set_timeout(thread: &Thread, v: Value, timeout: i64) -> PyResult {
    let socket = receiver::<Socket>(thread, v)?;
    raised(thread, descriptors::set_blocking(socket.fd.get(), timeout < 0))?;
    socket.timeout.set(timeout);
    Ok(Ref::NONE)
}

pub fn settimeout(thread: &Thread, v: Value, timeout: Value) -> PyResult {
    let timeout = timeout_argument(thread, timeout)?;
    set_timeout(thread, v, timeout)
}

pub fn setblocking(thread: &Thread, v: Value, blocking: Value) -> PyResult {
    let blocking = protocol::is_true(thread, blocking)?;
    set_timeout(thread, v, if blocking { -1 } else { 0 })
}

pub fn gettimeout(thread: &Thread, v: Value) -> PyResult {
    Ok(timeout_object(receiver::<Socket>(thread, v)?.timeout.get()))
}

pub fn getblocking(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<Socket>(thread, v)?.timeout.get() != 0))
}

/// The longest option value that is asked for.
const OPTION_LIMIT: i32 = 1024;

pub fn getsockopt(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let fd = receiver::<Socket>(thread, v)?.fd.get();
    let (level, name) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let length = if a[2].is_null() { 0 } else { protocol::c_int(thread, a[2])? };
    if length == 0 {
        return Ok(int::new(raised(thread, calls::number_option(fd, level, name))?.into()));
    }
    if !(1..=OPTION_LIMIT).contains(&length) {
        return Err(thread.error(&OS_ERROR, "getsockopt buflen out of range"));
    }
    let mut buffer = vec![0; length as usize];
    let used = raised(thread, calls::option(fd, level, name, &mut buffer))?;
    Ok(runtime::objects::bytes::Bytes::new(&buffer[..used.min(buffer.len())]))
}

pub fn setsockopt(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let fd = receiver::<Socket>(thread, v)?.fd.get();
    let (level, name) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let done = if !a[3].is_null() {
        if !a[2].is_none() {
            return Err(thread.type_error("setsockopt() argument 3 must be None when a length is given"));
        }
        calls::set_option_length(fd, level, name, protocol::index_u64(thread, a[3])? as u32)
    } else if int::is_int(a[2]) {
        calls::set_option(fd, level, name, &protocol::c_int(thread, a[2])?.to_ne_bytes())
    } else {
        let value = crate::io::support::byte_source(thread, a[2])?;
        calls::set_option(fd, level, name, value.bytes())
    };
    raised(thread, done)?;
    Ok(Ref::NONE)
}

pub static SOCKET: Type = Type::new_static(&TypeSpec {
    name: "_socket.socket",
    size: size_of::<Socket>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        finalize: Some(finalize),
        drop: drop_object::<Socket>,
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: rows::METHODS,
    getsets: &[
        getset(
            "family",
            |t, v| Ok(int::new(receiver::<Socket>(t, v)?.family.get().into())),
            "the socket family",
        )
        .member(),
        getset("type", |t, v| Ok(int::new(receiver::<Socket>(t, v)?.kind.get().into())), "the socket type")
            .member(),
        getset(
            "proto",
            |t, v| Ok(int::new(receiver::<Socket>(t, v)?.protocol.get().into())),
            "the socket protocol",
        )
        .member(),
        getset("timeout", gettimeout, "the socket timeout"),
    ],
    doc: rows::SOCKET_DOC,
    ..TypeSpec::EMPTY
});
