//! Masks of signals, and waiting for signals.

use super::{set_argument, set_object};
use crate::os::signals::{self as calls, Info};
use crate::system::{raise, raised, system};
use crate::timeout;
use runtime::objects::int;
use runtime::types::TypeFlags;
use runtime::{PyResult, Ref, Thread, Value, gil, protocol, signals, struct_sequence};

struct_sequence! {
    /// What is known about a signal that was waited for.
    pub static STRUCT_SIGINFO = "signal.struct_siginfo" {
        visible: 7, total: 7, flags: TypeFlags::empty(),
        doc: "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
        complete: None,
        0 si_signo "signal number",
        1 si_code "signal code",
        2 si_errno "errno associated with this signal",
        3 si_pid "sending process ID",
        4 si_uid "real user ID of sending process",
        5 si_status "exit value or signal",
        6 si_band "band event for SIGPOLL",
    }
}

fn info_object(i: &Info) -> Ref {
    let numbers = [
        i.signal.into(),
        i.code.into(),
        i.errno.into(),
        i.process.into(),
        i.user.into(),
        i.status.into(),
        i.band,
    ];
    STRUCT_SIGINFO.make(numbers.iter().map(|n| int::new(*n)).collect())
}

pub fn pthread_sigmask(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let how = protocol::c_int(thread, a[0])?;
    let set = set_argument(thread, a[1])?;
    let old = raised(thread, calls::change_mask(how, &set))?;
    // Signals that were held back may have come.
    signals::check(thread)?;
    set_object(thread, &calls::members(&old))
}

pub fn sigpending(thread: &Thread, _: Value) -> PyResult {
    let set = raised(thread, calls::pending())?;
    set_object(thread, &calls::members(&set))
}

pub fn valid_signals(thread: &Thread, _: Value) -> PyResult {
    set_object(thread, &calls::all())
}

pub fn sigwait(thread: &Thread, _: Value, set: Value) -> PyResult {
    let set = set_argument(thread, set)?;
    Ok(int::new(system(thread, || calls::wait(&set))?.into()))
}

pub fn sigwaitinfo(thread: &Thread, _: Value, set: Value) -> PyResult {
    let set = set_argument(thread, set)?;
    Ok(info_object(&system(thread, || calls::wait_info(&set, None))?))
}

pub fn sigtimedwait(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let set = set_argument(thread, a[0])?;
    let time = timeout::nanoseconds(thread, a[1])?;
    if time < 0 {
        return Err(thread.value_error("timeout must be non-negative"));
    }
    let clock = || crate::os::clock::now(libc::CLOCK_MONOTONIC);
    let end = raised(thread, clock())?.saturating_add(time);
    loop {
        let left = end.saturating_sub(raised(thread, clock())?).max(0);
        match gil::without_gil(thread, || calls::wait_info(&set, Some(left))) {
            Ok(info) => return Ok(info_object(&info)),
            Err(libc::EAGAIN) => return Ok(Ref::NONE),
            Err(libc::EINTR) => signals::check(thread)?,
            Err(errno) => return Err(raise(thread, errno)),
        }
    }
}

pub fn pause(thread: &Thread, _: Value) -> PyResult {
    gil::without_gil(thread, calls::pause);
    signals::check(thread)?;
    Ok(Ref::NONE)
}
