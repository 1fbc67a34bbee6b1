//! Timeouts as Python code gives them: seconds as an integer or a float.

use runtime::objects::exceptions::OVERFLOW_ERROR;
use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::{PyResult, Raised, Thread, Value, protocol};
use std::time::{Duration, Instant};

const NANOSECONDS: f64 = 1e9;

fn out_of_range(thread: &Thread) -> Raised {
    thread.error(&OVERFLOW_ERROR, "timestamp out of range for C PyTime_t")
}

/// Nanoseconds of a number of seconds, fractions rounded away from zero, as waiting wants it.
pub fn nanoseconds(thread: &Thread, seconds: Value) -> PyResult<i64> {
    if let Some(value) = float::get(seconds) {
        if value.is_nan() {
            return Err(thread.value_error("Invalid value NaN (not a number)"));
        }
        let scaled = value * NANOSECONDS;
        let rounded = if scaled >= 0.0 { scaled.ceil() } else { scaled.floor() };
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&rounded) {
            return Err(out_of_range(thread));
        }
        return Ok(rounded as i64);
    }
    if !int::is_int(seconds) && seconds.ty().slots().index.is_none() {
        let message =
            format!("'{}' object cannot be interpreted as an integer or float", seconds.ty().name());
        return Err(thread.type_error(message));
    }
    let whole = protocol::index(thread, seconds)?;
    match int::get(*whole) {
        Some(IntRef::Small(n)) => n.checked_mul(1_000_000_000).ok_or_else(|| out_of_range(thread)),
        _ => Err(out_of_range(thread)),
    }
}

/// How long to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timeout {
    Forever,
    Until(Instant),
}

impl Timeout {
    /// From now on, for that many nanoseconds.
    pub fn after(nanoseconds: u64) -> Timeout {
        match Instant::now().checked_add(Duration::from_nanos(nanoseconds)) {
            Some(end) => Timeout::Until(end),
            None => Timeout::Forever,
        }
    }
    pub fn deadline(self) -> Option<Instant> {
        match self {
            Timeout::Forever => None,
            Timeout::Until(end) => Some(end),
        }
    }
}
