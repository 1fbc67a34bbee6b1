//! Timers that notify through a file descriptor.

use super::arguments::{descriptor, int_or};
use crate::os::descriptors as calls;
use crate::system::raised;
use crate::timeout;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::{PyResult, Ref, Thread, Value, protocol};

pub fn timerfd_create(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let clock = protocol::c_int(thread, a[0])?;
    let flags = int_or(thread, a[1], 0)? | libc::TFD_CLOEXEC;
    Ok(int::new(raised(thread, calls::timerfd_create(clock, flags))?))
}

fn seconds(times: [i64; 2]) -> Ref {
    Tuple::from_refs(times.map(|t| float::new(t as f64 / 1e9)).into())
}

fn nanoseconds(times: [i64; 2]) -> Ref {
    Tuple::from_refs(times.map(int::new).into())
}

pub fn timerfd_gettime(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = descriptor(thread, fd)?;
    raised(thread, calls::timer_get(fd)).map(seconds)
}

pub fn timerfd_gettime_ns(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = descriptor(thread, fd)?;
    raised(thread, calls::timer_get(fd)).map(nanoseconds)
}

type Reader = fn(&Thread, Value) -> PyResult<i64>;

fn settime(thread: &Thread, a: &[Value], read: Reader) -> PyResult<[i64; 2]> {
    let fd = descriptor(thread, a[0])?;
    let flags = int_or(thread, a[1], 0)?;
    let time = |v: Value| if v.is_null() { Ok(0) } else { read(thread, v) };
    let (initial, interval) = (time(a[2])?, time(a[3])?);
    raised(thread, calls::timer_set(fd, flags, initial, interval))
}

pub fn timerfd_settime(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    settime(thread, a, timeout::nanoseconds).map(seconds)
}

pub fn timerfd_settime_ns(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    settime(thread, a, protocol::index_i64).map(nanoseconds)
}
