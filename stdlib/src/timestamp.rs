//! Points in time as Python code gives them: seconds as an integer or a float.

use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::{PyResult, Raised, Thread, Value, protocol};

const NANOSECONDS: f64 = 1e9;

fn out_of_range(thread: &Thread) -> Raised {
    thread.overflow_error("timestamp out of range for platform time_t")
}

/// An integer as `time_t`.
pub fn time_t(thread: &Thread, v: Value) -> PyResult<i64> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(i)) => Ok(i),
        _ => Err(out_of_range(thread)),
    }
}

fn float_time_t(thread: &Thread, value: f64) -> PyResult<i64> {
    if value.is_nan() {
        return Err(thread.value_error("Invalid value NaN (not a number)"));
    }
    if !(-9.223_372_036_854_775_8e18..9.223_372_036_854_775_8e18).contains(&value) {
        return Err(out_of_range(thread));
    }
    Ok(value as i64)
}

fn check_number(thread: &Thread, v: Value) -> PyResult<()> {
    if int::is_int(v) || v.ty().slots().index.is_some() {
        return Ok(());
    }
    Err(thread.type_error(format!("argument must be int or float, not {}", v.ty().name())))
}

/// Whole seconds, fractions cut towards minus infinity.
pub fn floor_seconds(thread: &Thread, v: Value) -> PyResult<i64> {
    match float::get(v) {
        Some(value) => float_time_t(thread, value.floor()),
        None => {
            check_number(thread, v)?;
            time_t(thread, v)
        }
    }
}

/// Seconds and nanoseconds, cut towards minus infinity.
pub fn seconds_and_nanoseconds(thread: &Thread, v: Value) -> PyResult<(i64, i64)> {
    let Some(value) = float::get(v) else {
        check_number(thread, v)?;
        return Ok((time_t(thread, v)?, 0));
    };
    let whole = value.trunc();
    let mut seconds = float_time_t(thread, whole)?;
    let mut rest = ((value - whole) * NANOSECONDS).floor();
    if rest >= NANOSECONDS {
        rest -= NANOSECONDS;
        seconds += 1;
    } else if rest < 0.0 {
        rest += NANOSECONDS;
        seconds -= 1;
    }
    Ok((seconds, rest as i64))
}

/// Seconds and microseconds, rounded half to even.
pub fn seconds_and_nearest_microseconds(thread: &Thread, v: Value) -> PyResult<(i64, i64)> {
    const MICROSECONDS: f64 = 1e6;
    let Some(value) = float::get(v) else {
        check_number(thread, v)?;
        return Ok((time_t(thread, v)?, 0));
    };
    let mut whole = value.trunc();
    let mut rest = ((value - whole) * MICROSECONDS).round_ties_even();
    if rest >= MICROSECONDS {
        (whole, rest) = (whole + 1.0, rest - MICROSECONDS);
    } else if rest < 0.0 {
        (whole, rest) = (whole - 1.0, rest + MICROSECONDS);
    }
    // Infinities have no rest.
    Ok((float_time_t(thread, whole)?, rest as i64))
}

/// Seconds and microseconds, rounded up.
pub fn seconds_and_microseconds(nanoseconds: i64) -> (i64, i64) {
    let micros = nanoseconds.div_euclid(1000) + i64::from(nanoseconds.rem_euclid(1000) != 0);
    (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000))
}
