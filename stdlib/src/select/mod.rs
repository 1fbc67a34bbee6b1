//! `select`: waiting until files are ready.

mod epoll;
mod poll;

use crate::constants::add_constants;
use crate::libc_constants;
use crate::os::OsResult;
use crate::os::clock;
use crate::os::poll as calls;
use crate::posix::descriptor_argument;
use crate::system::raise;
use crate::timeout;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::{MethodDef, NativeFn, PyResult, Raised, Ref, Thread, Value, gil, method, protocol, signals};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    functions: FUNCTIONS,
    init: |_, module| {
        add_constants(module, CONSTANTS);
        add_constants(module, MORE_CONSTANTS);
        add(module, "error", Value::of(&OS_ERROR));
        add_type(module, &epoll::EPOLL);
        runtime::types::registry::ready(&poll::POLL);
        Ok(())
    },
};

/// How long a wait may last, in nanoseconds; `None`: for ever.
type Limit = Option<i64>;

fn is_number(v: Value) -> bool {
    float::get(v).is_some() || int::is_int(v) || v.ty().slots().index.is_some()
}

/// Waits by `call`, which gets the nanoseconds that are left, and again when a signal interrupts it.
fn waiting<T>(
    thread: &Thread,
    limit: Limit,
    nothing: impl FnOnce() -> T,
    mut call: impl FnMut(Limit) -> OsResult<T>,
) -> PyResult<T> {
    let now = || clock::now(libc::CLOCK_MONOTONIC).unwrap_or(0);
    let end = limit.map(|limit| now().saturating_add(limit));
    let mut left = limit;
    loop {
        match gil::without_gil(thread, || call(left)) {
            Err(libc::EINTR) => signals::check(thread)?,
            result => return result.map_err(|errno| raise(thread, errno)),
        }
        if let Some(end) = end {
            let rest = end.saturating_sub(now());
            if rest < 0 {
                return Ok(nothing());
            }
            left = Some(rest);
        }
    }
}

/// Nanoseconds as milliseconds for the system, rounded up; -1: for ever.
fn milliseconds(limit: Limit) -> i32 {
    match limit {
        None => -1,
        Some(n) => i32::try_from(n / 1_000_000 + i64::from(n % 1_000_000 > 0)).unwrap_or(i32::MAX),
    }
}

/// The objects of a sequence with their descriptors. Asking for a descriptor may change a list.
fn group(thread: &Thread, v: Value) -> PyResult<(Vec<Ref>, Vec<i32>)> {
    let (mut items, mut fds) = (Vec::new(), Vec::new());
    let mut add = |item: Ref| {
        let fd = descriptor_argument(thread, *item)?;
        if fd >= calls::SELECT_LIMIT {
            return Err(thread.value_error("filedescriptor out of range in select()"));
        }
        items.push(item);
        fds.push(fd);
        Ok(())
    };
    if let Some(list) = v.cast::<List>() {
        let mut i = 0;
        while let Some(item) = list.get(i) {
            add(item)?;
            i += 1;
        }
        return Ok((items, fds));
    }
    let all = match protocol::collect(thread, v) {
        Ok(all) => all,
        Err(raised) => {
            drop(thread.catch(raised, &runtime::objects::exceptions::TYPE_ERROR)?);
            return Err(thread.type_error("arguments 1-3 must be sequences"));
        }
    };
    all.into_iter().try_for_each(add)?;
    Ok((items, fds))
}

fn select(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let limit = match a[3] {
        Value::NULL | Value::NONE => None,
        v if !is_number(v) => return Err(thread.type_error("timeout must be a float or None")),
        v => match timeout::nanoseconds(thread, v)? {
            n if n < 0 => return Err(thread.value_error("timeout must be non-negative")),
            n => Some(n),
        },
    };
    let (read, read_fds) = group(thread, a[0])?;
    let (write, write_fds) = group(thread, a[1])?;
    let (except, except_fds) = group(thread, a[2])?;
    let fds = [read_fds, write_fds, except_fds];
    let ready = waiting(thread, limit, Default::default, |left| calls::select(&fds, left))?;
    let lists = [read, write, except].into_iter().zip(ready).map(|(objects, ready)| {
        List::from_refs(objects.into_iter().zip(ready).filter(|(_, ready)| *ready).map(|(o, _)| o).collect())
    });
    Ok(Tuple::from_refs(lists.collect()))
}

fn new_poll(_: &Thread, _: Value) -> PyResult {
    Ok(poll::new())
}

fn pair(fd: i32, events: i64) -> Ref {
    Tuple::from_refs(vec![int::new(fd.into()), int::new(events)])
}

#[cold]
fn missing_file(thread: &Thread) -> Raised {
    raise(thread, libc::ENOENT)
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "poll",
        "($module, /)",
        NativeFn::NoArgs(new_poll),
        "Returns a polling object.\n\nThis object supports registering and unregistering file descriptors, and\nthen polling them for I/O events.",
    ),
    method(
        "select",
        "($module, rlist, wlist, xlist, timeout=None, /)",
        NativeFn::Bound(select),
        "Wait until one or more file descriptors are ready for some kind of I/O.\n\nThe first three arguments are iterables of file descriptors to be waited\nfor:\nrlist -- wait until ready for reading\nwlist -- wait until ready for writing\nxlist -- wait for an \"exceptional condition\"\nIf only one kind of condition is required, pass [] for the other lists.\n\nA file descriptor is either a socket or file object, or a small integer\ngotten from a fileno() method call on one of those.\n\nThe optional 4th argument specifies a timeout in seconds; it may be\na floating-point number to specify fractions of seconds.  If it is absent\nor None, the call will never time out.\n\nThe return value is a tuple of three lists corresponding to the first\nthree arguments; each contains the subset of the corresponding file\ndescriptors that are ready.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file\ndescriptors can be used.",
    ),
];

const CONSTANTS: &[(&str, i64)] = libc_constants! {
    EPOLLERR  EPOLLEXCLUSIVE EPOLLHUP EPOLLIN EPOLLMSG EPOLLONESHOT EPOLLOUT EPOLLPRI EPOLLRDBAND
    EPOLLRDHUP EPOLLRDNORM EPOLLWAKEUP EPOLLWRBAND EPOLLWRNORM EPOLL_CLOEXEC PIPE_BUF POLLERR POLLHUP POLLIN
    POLLNVAL POLLOUT POLLPRI POLLRDBAND POLLRDHUP POLLRDNORM POLLWRBAND POLLWRNORM
};

/// Those for which libc has no name.
const MORE_CONSTANTS: &[(&str, i64)] = &[("EPOLLET", 0x8000_0000), ("POLLMSG", 0x400)];
