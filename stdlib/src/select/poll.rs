//! `poll` objects.

use super::{descriptor_argument, is_number, milliseconds, missing_file, pair, waiting};
use crate::os::poll::{self as calls, Watched};
use runtime::object::drop_object;
use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::objects::list::List;
use runtime::slot_fields::receiver;
use runtime::{
    GilCell, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    new_exact, protocol,
};
use std::cell::Cell;

/// Descriptors with the events that are waited for, in the order of their registration.
#[repr(C)]
struct Poll {
    header: Header,
    watched: GilCell<Vec<(i32, u16)>>,
    is_running: Cell<bool>,
}

runtime::object!(Poll, POLL);

pub fn new() -> Ref {
    new_exact(|header| Poll { header, watched: GilCell::new(Vec::new()), is_running: Cell::new(false) })
}

fn events_argument(thread: &Thread, v: Value) -> PyResult<u16> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(i)) if i < 0 => Err(thread.value_error("value must be positive")),
        Some(IntRef::Small(i)) if u16::try_from(i).is_ok() => Ok(i as u16),
        _ => Err(thread.overflow_error("Python int too large for C unsigned short")),
    }
}

const ALL: u16 = (libc::POLLIN | libc::POLLPRI | libc::POLLOUT) as u16;

fn register(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let poll = receiver::<Poll>(thread, v)?;
    let fd = descriptor_argument(thread, a[0])?;
    let events = if a[1].is_null() { ALL } else { events_argument(thread, a[1])? };
    poll.watched.with(|watched| match watched.iter_mut().find(|(known, _)| *known == fd) {
        Some(entry) => entry.1 = events,
        None => watched.push((fd, events)),
    });
    Ok(Ref::NONE)
}

fn modify(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let poll = receiver::<Poll>(thread, v)?;
    let fd = descriptor_argument(thread, a[0])?;
    let events = events_argument(thread, a[1])?;
    let found = poll
        .watched
        .with(|watched| watched.iter_mut().find(|(known, _)| *known == fd).map(|entry| entry.1 = events));
    found.map(|()| Ref::NONE).ok_or_else(|| missing_file(thread))
}

fn unregister(thread: &Thread, v: Value, fd: Value) -> PyResult {
    let poll = receiver::<Poll>(thread, v)?;
    let fd = descriptor_argument(thread, fd)?;
    let removed = poll.watched.with(|watched| {
        let place = watched.iter().position(|(known, _)| *known == fd);
        place.map(|i| watched.remove(i))
    });
    match removed {
        Some(_) => Ok(Ref::NONE),
        None => Err(thread.key_error(*int::new(fd.into()))),
    }
}

/// Milliseconds as nanoseconds; negative and None: for ever.
fn limit(thread: &Thread, v: Value) -> PyResult<Option<i64>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    if !is_number(v) {
        return Err(thread.type_error("timeout must be an integer or None"));
    }
    let out_of_range = || thread.overflow_error("timestamp out of range for C PyTime_t");
    let milliseconds = match float::get(v) {
        Some(f) if f.is_nan() => return Err(thread.value_error("Invalid value NaN (not a number)")),
        // Rounded away from zero, so that no time is lost and what is negative stays so.
        Some(f) if f.abs() < 9e12 => (if f < 0.0 { f.floor() } else { f.ceil() }) as i64,
        Some(_) => return Err(out_of_range()),
        None => match int::get(*protocol::index(thread, v)?) {
            Some(IntRef::Small(i)) => i,
            _ => return Err(out_of_range()),
        },
    };
    if milliseconds < 0 {
        return Ok(None);
    }
    if milliseconds > i32::MAX.into() {
        return Err(thread.overflow_error("timeout is too large"));
    }
    Ok(Some(milliseconds * 1_000_000))
}

fn wait(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let poll = receiver::<Poll>(thread, v)?;
    let limit = limit(thread, a[0])?;
    if poll.is_running.replace(true) {
        return Err(thread.runtime_error("concurrent poll() invocation"));
    }
    let mut watched: Vec<Watched> = poll.watched.with(|watched| {
        watched.iter().map(|(fd, events)| Watched { fd: *fd, events: *events as i16, revents: 0 }).collect()
    });
    let result = waiting(thread, limit, || 0, |left| calls::poll(&mut watched, milliseconds(left)));
    poll.is_running.set(false);
    if result? == 0 {
        return Ok(List::from_refs(Vec::new()));
    }
    let ready = watched.iter().filter(|w| w.revents != 0);
    Ok(List::from_refs(ready.map(|w| pair(w.fd, (w.revents as u16).into())).collect()))
}

pub static POLL: Type = Type::new_static(&TypeSpec {
    name: "select.poll",
    size: size_of::<Poll>(),
    flags: TypeFlags::NO_INSTANTIATION,
    slots: Slots { drop: drop_object::<Poll>, ..Slots::EMPTY },
    methods: &[
        method(
            "register",
            "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)",
            NativeFn::Bound(register),
            "Register a file descriptor with the polling object.\n\n  fd\n    either an integer, or an object with a fileno() method returning an int\n  eventmask\n    an optional bitmask describing the type of events to check for",
        ),
        method(
            "modify",
            "($self, fd, eventmask, /)",
            NativeFn::Bound(modify),
            "Modify an already registered file descriptor.\n\n  fd\n    either an integer, or an object with a fileno() method returning\n    an int\n  eventmask\n    a bitmask describing the type of events to check for",
        ),
        method(
            "unregister",
            "($self, fd, /)",
            NativeFn::One(unregister),
            "Remove a file descriptor being tracked by the polling object.",
        ),
        method(
            "poll",
            "($self, timeout=None, /)",
            NativeFn::Bound(wait),
            "Polls the set of registered file descriptors.\n\n  timeout\n    The maximum time to wait in milliseconds, or else None (or a negative\n    value) to wait indefinitely.\n\nReturns a list containing any descriptors that have events or errors\nto report, as a list of (fd, event) 2-tuples.",
        ),
    ],
    ..TypeSpec::EMPTY
});
