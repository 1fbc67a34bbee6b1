//! `epoll` objects.

use super::{descriptor_argument, is_number, milliseconds, pair, waiting};
use crate::os::poll as calls;
use crate::system::{raised, unlocked};
use crate::timeout;
use runtime::object::drop_object;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, method,
    new_object, protocol,
};
use std::cell::Cell;

/// The control descriptor; negative when closed.
#[repr(C)]
struct Epoll {
    header: Header,
    fd: Cell<i32>,
}

runtime::object!(Epoll, EPOLL);

impl Epoll {
    fn shut(&self) -> crate::os::OsResult<()> {
        match self.fd.replace(-1) {
            fd if fd >= 0 => crate::os::close(fd),
            _ => Ok(()),
        }
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        let _ = self.shut();
    }
}

static NEW: Parameters = Parameters::new("epoll", "(sizehint=-1, flags=0)");

fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        let size = if a[0].is_null() { -1 } else { protocol::c_int(thread, a[0])? };
        let flags = if a[1].is_null() { 0 } else { protocol::c_int(thread, a[1])? };
        if size != -1 && size <= 0 {
            return Err(thread.value_error("negative sizehint"));
        }
        if flags != 0 && flags != libc::EPOLL_CLOEXEC {
            return Err(thread.error(&OS_ERROR, "invalid flags"));
        }
        let fd = raised(thread, calls::epoll_create())?;
        Ok(new_object(class, |header| Epoll { header, fd: Cell::new(fd) }))
    })
}

fn from_fd(thread: &Thread, class: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    let Some(class) = class.cast::<Type>() else {
        return Err(thread.type_error("epoll.fromfd needs a type"));
    };
    Ok(new_object(class, |header| Epoll { header, fd: Cell::new(fd) }))
}

fn open(thread: &Thread, v: Value) -> PyResult<(&'static Epoll, i32)> {
    let epoll = receiver::<Epoll>(thread, v)?;
    match epoll.fd.get() {
        fd if fd >= 0 => Ok((epoll, fd)),
        _ => Err(thread.value_error("I/O operation on closed epoll object")),
    }
}

fn close(thread: &Thread, v: Value) -> PyResult {
    let epoll = receiver::<Epoll>(thread, v)?;
    let closed = unlocked(thread, || epoll.shut())?;
    raised(thread, closed)?;
    Ok(Ref::NONE)
}

fn exit(thread: &Thread, v: Value, _: &[Value]) -> PyResult {
    thread.call_method(v, runtime::objects::str::intern_text("close"), &[])
}

fn events_argument(thread: &Thread, v: Value) -> PyResult<u32> {
    if v.is_null() {
        return Ok((libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32);
    }
    let events = protocol::index_u64(thread, v)?;
    u32::try_from(events)
        .map_err(|_| thread.overflow_error("Python int too large to convert to C unsigned int"))
}

fn change(thread: &Thread, v: Value, operation: i32, fd: Value, events: u32) -> PyResult {
    let (_, epoll) = open(thread, v)?;
    let fd = descriptor_argument(thread, fd)?;
    let done = unlocked(thread, || calls::epoll_control(epoll, operation, fd, events))?;
    raised(thread, done)?;
    Ok(Ref::NONE)
}

fn register(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    change(thread, v, libc::EPOLL_CTL_ADD, a[0], events_argument(thread, a[1])?)
}

fn modify(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    change(thread, v, libc::EPOLL_CTL_MOD, a[0], events_argument(thread, a[1])?)
}

fn unregister(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    change(thread, v, libc::EPOLL_CTL_DEL, a[0], 0)
}

/// Events asked for at once where the caller names no number.
const AT_ONCE: i32 = libc::FD_SETSIZE as i32 - 1;
/// The most that are asked for at once.
const MOST: i32 = 1 << 20;

fn wait(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let (_, epoll) = open(thread, v)?;
    let limit = match a[0] {
        Value::NULL | Value::NONE => None,
        time if !is_number(time) => return Err(thread.type_error("timeout must be an integer or None")),
        time => Some(timeout::nanoseconds(thread, time)?).filter(|n| *n >= 0),
    };
    let most = match if a[1].is_null() { -1 } else { protocol::c_int(thread, a[1])? } {
        -1 => AT_ONCE,
        n if n < 1 => {
            return Err(thread.value_error(format!("maxevents must be greater than 0, got {n}")));
        }
        n => n.min(MOST),
    };
    let ready =
        waiting(thread, limit, Vec::new, |left| calls::epoll_wait(epoll, most as usize, milliseconds(left)))?;
    Ok(List::from_refs(ready.iter().map(|(fd, events)| pair(*fd, (*events).into())).collect()))
}

pub static EPOLL: Type = Type::new_static(&TypeSpec {
    name: "select.epoll",
    size: size_of::<Epoll>(),
    flags: TypeFlags::empty(),
    slots: Slots { new: Some(new), drop: drop_object::<Epoll>, ..Slots::EMPTY },
    methods: &[
        method("__enter__", "($self, /)", NativeFn::NoArgs(|t, v| open(t, v).map(|_| v.to_ref())), ""),
        method(
            "__exit__",
            "($self, exc_type=None, exc_value=None, exc_tb=None, /)",
            NativeFn::Bound(exit),
            "",
        ),
        method(
            "close",
            "($self, /)",
            NativeFn::NoArgs(close),
            "Close the epoll control file descriptor.\n\nFurther operations on the epoll object will raise an exception.",
        ),
        method(
            "fileno",
            "($self, /)",
            NativeFn::NoArgs(|t, v| open(t, v).map(|(_, fd)| int::new(fd.into()))),
            "Return the epoll control file descriptor.",
        ),
        method(
            "fromfd",
            "($type, fd, /)",
            NativeFn::One(from_fd),
            "Create an epoll object from a given control fd.",
        )
        .class(),
        method(
            "modify",
            "($self, /, fd, eventmask)",
            NativeFn::Bound(modify),
            "Modify event mask for a registered file descriptor.\n\n  fd\n    the target file descriptor of the operation\n  eventmask\n    a bit set composed of the various EPOLL constants",
        ),
        method(
            "poll",
            "($self, /, timeout=None, maxevents=-1)",
            NativeFn::Bound(wait),
            "Wait for events on the epoll file descriptor.\n\n  timeout\n    the maximum time to wait in seconds (as float);\n    a timeout of None or -1 makes poll wait indefinitely\n  maxevents\n    the maximum number of events returned; -1 means no limit\n\nReturns a list containing any descriptors that have events to\nreport, as a list of (fd, events) 2-tuples.",
        ),
        method(
            "register",
            "($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)",
            NativeFn::Bound(register),
            "Registers a new fd or raises an OSError if the fd is already registered.\n\n  fd\n    the target file descriptor of the operation\n  eventmask\n    a bit set composed of the various EPOLL constants\n\nThe epoll interface supports all file descriptors that support poll.",
        ),
        method(
            "unregister",
            "($self, /, fd)",
            NativeFn::Bound(unregister),
            "Remove a registered file descriptor from the epoll object.\n\n  fd\n    the target file descriptor of the operation",
        ),
    ],
    getsets: &[getset(
        "closed",
        |t, v| receiver::<Epoll>(t, v).map(|e| Ref::bool(e.fd.get() < 0)),
        "True if the epoll handler is closed",
    )],
    doc: "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object\n\nsizehint must be a positive integer or -1 for the default size. The\nsizehint is used to optimize internal data structures. It doesn't limit\nthe maximum number of monitored events.",
    ..TypeSpec::EMPTY
});
