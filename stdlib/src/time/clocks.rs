//! Clocks and sleeping.

use super::check_count;
use crate::os::clock;
use crate::system::{raised, system};
use crate::timeout;
use runtime::objects::exceptions::OVERFLOW_ERROR;
use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::objects::simple_namespace;
use runtime::objects::str::Str;
use runtime::{Args, PyResult, Ref, Thread, Value, protocol};

/// Nanoseconds as seconds.
fn seconds(nanoseconds: i64) -> Ref {
    float::new(nanoseconds as f64 / 1e9)
}

macro_rules! clock_functions {
    ($($name:ident $name_ns:ident $clock:ident;)*) => { $(
        pub fn $name(thread: &Thread, _: Value) -> PyResult {
            raised(thread, clock::now(libc::$clock)).map(seconds)
        }
        pub fn $name_ns(thread: &Thread, _: Value) -> PyResult {
            raised(thread, clock::now(libc::$clock)).map(int::new)
        }
    )* };
}

clock_functions! {
    time time_ns CLOCK_REALTIME;
    monotonic monotonic_ns CLOCK_MONOTONIC;
    perf_counter perf_counter_ns CLOCK_MONOTONIC;
    process_time process_time_ns CLOCK_PROCESS_CPUTIME_ID;
    thread_time thread_time_ns CLOCK_THREAD_CPUTIME_ID;
}

pub fn clock_gettime(thread: &Thread, _: Value, id: Value) -> PyResult {
    let id = protocol::c_int(thread, id)?;
    raised(thread, clock::now(id)).map(seconds)
}

pub fn clock_gettime_ns(thread: &Thread, _: Value, id: Value) -> PyResult {
    let id = protocol::c_int(thread, id)?;
    raised(thread, clock::now(id)).map(int::new)
}

pub fn clock_getres(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    check_count(thread, "clock_getres", arguments.count(), 1, 1)?;
    let id = protocol::c_int(thread, arguments.positional()[0])?;
    raised(thread, clock::resolution(id)).map(seconds)
}

pub fn clock_settime(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    check_count(thread, "clock_settime", arguments.count(), 2, 2)?;
    let a = arguments.positional();
    let id = protocol::c_int(thread, a[0])?;
    let time = timeout::nanoseconds(thread, a[1])?;
    raised(thread, clock::set(id, time))?;
    Ok(Ref::NONE)
}

pub fn clock_settime_ns(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    check_count(thread, "clock_settime", arguments.count(), 2, 2)?;
    let a = arguments.positional();
    let id = protocol::c_int(thread, a[0])?;
    let time = match int::get(a[1]) {
        Some(IntRef::Small(time)) => time,
        Some(IntRef::Big(_)) => {
            return Err(thread.error(&OVERFLOW_ERROR, "timestamp too large to convert to C PyTime_t"));
        }
        None => return Err(thread.type_error(format!("expect int, got {}", a[1].ty().name()))),
    };
    raised(thread, clock::set(id, time))?;
    Ok(Ref::NONE)
}

pub fn pthread_getcpuclockid(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    check_count(thread, "pthread_getcpuclockid", arguments.count(), 1, 1)?;
    let ident = protocol::index_u64(thread, arguments.positional()[0])?;
    Ok(int::new(raised(thread, clock::thread_clock(ident))?.into()))
}

/// Name, clock and whether it can be set.
const CLOCKS: &[(&str, i32, &str)] = &[
    ("monotonic", libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)"),
    ("perf_counter", libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)"),
    ("process_time", libc::CLOCK_PROCESS_CPUTIME_ID, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)"),
    ("thread_time", libc::CLOCK_THREAD_CPUTIME_ID, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)"),
    ("time", libc::CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)"),
];

pub fn get_clock_info(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    check_count(thread, "get_clock_info", arguments.count(), 1, 1)?;
    let name = arguments.positional()[0];
    if name.cast::<Str>().is_none() {
        let message = format!("get_clock_info() argument 1 must be str, not {}", name.ty().name());
        return Err(thread.type_error(message));
    }
    let found = CLOCKS.iter().find(|(known, ..)| runtime::objects::str::equals(name, known));
    let Some((_, id, implementation)) = found else { return Err(thread.value_error("unknown clock")) };
    let is_wall = *id == libc::CLOCK_REALTIME;
    let resolution = seconds(raised(thread, clock::resolution(*id))?);
    let implementation = Str::new(implementation);
    let attributes = [
        ("implementation", *implementation),
        ("monotonic", *Ref::bool(!is_wall)),
        ("adjustable", *Ref::bool(is_wall)),
        ("resolution", *resolution),
    ];
    simple_namespace::new_namespace(thread, &attributes)
}

pub fn sleep(thread: &Thread, _: Value, time: Value) -> PyResult {
    let time = timeout::nanoseconds(thread, time)?;
    if time < 0 {
        return Err(thread.value_error("sleep length must be non-negative"));
    }
    let end = raised(thread, clock::now(libc::CLOCK_MONOTONIC))?.saturating_add(time);
    system(thread, || clock::sleep_until(end))?;
    Ok(Ref::NONE)
}
