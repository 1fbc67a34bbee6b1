//! Writing times: for `isoformat` and for `repr`.

use super::fields::Clock;
use super::support::{Ascii, wrong_argument};
use super::timezone::push_offset;
use super::tzinfo::offset;
use runtime::objects::str::Str;
use runtime::{PyResult, Slot, Thread, Value};

/// How much of a time is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TimeSpec {
    /// Microseconds where there are some.
    Auto,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl TimeSpec {
    /// The argument `timespec`; NULL where it was not given.
    pub fn argument(thread: &Thread, v: Value, position: usize) -> PyResult<TimeSpec> {
        if v.is_null() {
            return Ok(TimeSpec::Auto);
        }
        let Some(text) = v.cast::<Str>() else {
            return Err(wrong_argument(thread, v, "isoformat", position, "str"));
        };
        Ok(match text.as_ascii() {
            Some("auto") => TimeSpec::Auto,
            Some("hours") => TimeSpec::Hours,
            Some("minutes") => TimeSpec::Minutes,
            Some("seconds") => TimeSpec::Seconds,
            Some("milliseconds") => TimeSpec::Milliseconds,
            Some("microseconds") => TimeSpec::Microseconds,
            _ => {
                // Text that can't be a C string is refused as such.
                runtime::objects::codecs::encode(thread, v, "utf-8", "strict")?;
                let has_null = text.chars().any(|c| c == 0);
                return Err(thread.value_error(match has_null {
                    true => "embedded null character",
                    false => "Unknown timespec value",
                }));
            }
        })
    }
}

/// `HH[:MM[:SS[.ffffff]]]`
#[inline]
pub fn push_clock(out: &mut Ascii, clock: Clock, spec: TimeSpec) {
    let microsecond = clock.microsecond();
    let spec = match spec {
        TimeSpec::Auto if microsecond == 0 => TimeSpec::Seconds,
        TimeSpec::Auto => TimeSpec::Microseconds,
        spec => spec,
    };
    out.two(clock.hour());
    if spec == TimeSpec::Hours {
        return;
    }
    out.push(b':').two(clock.minute());
    if spec == TimeSpec::Minutes {
        return;
    }
    out.push(b':').two(clock.second());
    if spec == TimeSpec::Milliseconds {
        out.push(b'.').digits(microsecond / 1000, 3);
    }
    if spec == TimeSpec::Microseconds {
        out.push(b'.').digits(microsecond, 6);
    }
}

/// The offset of a zone at `when`, where there is one.
pub fn push_zone(thread: &Thread, out: &mut Ascii, zone: &Slot, when: Value) -> PyResult<()> {
    if !zone.peek().is_none()
        && let Some(offset) = offset(thread, *zone.get(), when)?
    {
        push_offset(out, offset, ":");
    }
    Ok(())
}

/// Seconds and microseconds of a `repr`, as far as there are some.
pub fn push_small_parts(out: &mut Ascii, clock: Clock) {
    let (second, microsecond) = (clock.second(), clock.microsecond());
    if second != 0 || microsecond != 0 {
        out.text(", ").number(second);
    }
    if microsecond != 0 {
        out.text(", ").number(microsecond);
    }
}
