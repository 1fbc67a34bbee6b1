//! `alarm` and the interval timers.

use crate::os::signals as calls;
use crate::timeout;
use crate::timestamp::seconds_and_microseconds;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{OS_ERROR, strerror};
use runtime::objects::module::add;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::types::registry::TYPE;
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Value, protocol};

/// `signal.ItimerError`, a class made when the module is.
static ITIMER_ERROR: GilCell<Option<Ref>> = GilCell::new(None);

pub fn add_error(thread: &Thread, module: Value) -> PyResult<()> {
    let namespace = Dict::new();
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_str("__module__", *Str::new("signal"));
    }
    let bases = Tuple::from_values(&[Value::of(&OS_ERROR)]);
    let class = thread.call(Value::of(&TYPE), &[*Str::new("ItimerError"), *bases, *namespace])?;
    add(module, "ItimerError", *class);
    drop(ITIMER_ERROR.replace(Some(class)));
    Ok(())
}

#[cold]
fn timer_error(thread: &Thread, errno: i32) -> Raised {
    let Some(class) = ITIMER_ERROR.with(|class| class.clone()) else {
        return crate::system::raise(thread, errno);
    };
    let text = Str::new(&strerror(errno));
    match thread.call(*class, &[Value::small_int(errno.into()), *text]) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn times(times: [i64; 2]) -> Ref {
    Tuple::from_refs(times.map(|t| float::new(t as f64 / 1e6)).into())
}

pub fn alarm(thread: &Thread, _: Value, seconds: Value) -> PyResult {
    let seconds = protocol::c_int(thread, seconds)?;
    Ok(int::new(calls::alarm(seconds as u32).into()))
}

pub fn getitimer(thread: &Thread, _: Value, which: Value) -> PyResult {
    let which = protocol::c_int(thread, which)?;
    calls::timer(which).map(times).map_err(|errno| timer_error(thread, errno))
}

pub fn setitimer(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let which = protocol::c_int(thread, a[0])?;
    let time = |v: Value| timeout::nanoseconds(thread, v).map(seconds_and_microseconds);
    let value = time(a[1])?;
    let interval = if a[2].is_null() { (0, 0) } else { time(a[2])? };
    calls::set_timer(which, value, interval).map(times).map_err(|errno| timer_error(thread, errno))
}
