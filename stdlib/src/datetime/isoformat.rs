//! Parsing of ISO 8601 dates and times, in all forms that CPython takes.
//!
//! Texts are parsed as bytes. Characters beyond ASCII are no part of a date or time, but may stand between the two; a
//! byte that is neither digit nor mark stands for them.

use super::calendar::{days_in_month, from_iso};
use super::timedelta::Span;
use super::timezone::{timezone_of, utc};
use runtime::objects::str::Str;
use runtime::text_builder::TextBuilder;
use runtime::{Object, PyResult, Raised, Ref, Thread, Value, protocol};
use smallvec::SmallVec;

/// Stands for characters beyond ASCII.
const OTHER: u8 = 0xff;
const SHORTEST_DATE: usize = 7;

type Date = (i32, i32, i32);
type Clock = (i32, i32, i32, i32);
type Bytes = SmallVec<[u8; 64]>;

#[cold]
fn invalid(thread: &Thread, text: Value) -> Raised {
    match protocol::repr(thread, text) {
        Ok(shown) => {
            let message = TextBuilder::new("Invalid isoformat string: ").push_value(*shown).finish();
            thread.error_value(&runtime::objects::exceptions::VALUE_ERROR, *message)
        }
        Err(raised) => raised,
    }
}

fn bytes_of(text: &Str) -> Bytes {
    match text.as_ascii() {
        Some(text) => Bytes::from_slice(text.as_bytes()),
        None => text.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(OTHER)).collect(),
    }
}

/// An argument of `fromisoformat`.
fn text_of(thread: &Thread, v: Value) -> PyResult<&'static Str> {
    v.cast::<Str>().ok_or_else(|| thread.type_error("fromisoformat: argument must be str"))
}

/// A date; whether there is such a day is not checked.
pub fn date(thread: &Thread, v: Value) -> PyResult<Date> {
    let bytes = bytes_of(text_of(thread, v)?);
    parse_date(&bytes).ok_or_else(|| invalid(thread, v))
}

/// A time and its zone; whether there is such a time is not checked.
pub fn time(thread: &Thread, text: &Str) -> PyResult<(Clock, Ref)> {
    let bytes = bytes_of(text);
    // The mark of a time is only needed where it could be a date.
    let parsed = parse_time(bytes.strip_prefix(b"T").unwrap_or(&bytes));
    let Some(mut parsed) = parsed else { return Err(invalid(thread, text.as_value())) };
    if parsed.clock.0 == 24 {
        check_midnight(thread, parsed.clock)?;
        parsed.clock.0 = 0;
    }
    Ok((parsed.clock, parsed.zone(thread)?))
}

/// A date, a time and a zone; whether there is such a moment is not checked.
pub fn datetime(thread: &Thread, v: Value) -> PyResult<(Date, Clock, Ref)> {
    let bytes = bytes_of(text_of(thread, v)?);
    let Some((mut date, mut time)) = parse_datetime(&bytes) else { return Err(invalid(thread, v)) };
    let (year, month, day) = date;
    let zone = time.zone(thread)?;
    if time.clock.0 == 24 && (1..=12).contains(&month) && day <= days_in_month(year, month) {
        check_midnight(thread, time.clock)?;
        time.clock.0 = 0;
        date = match day == days_in_month(year, month) {
            false => (year, month, day + 1),
            true if month == 12 => (year + 1, 1, 1),
            true => (year, month + 1, 1),
        };
    }
    Ok((date, time.clock, zone))
}

/// Hour 24 is midnight, and no time after it.
fn check_midnight(thread: &Thread, (_, minute, second, microsecond): Clock) -> PyResult<()> {
    if minute == 0 && second == 0 && microsecond == 0 {
        return Ok(());
    }
    Err(thread.value_error("minute, second, and microsecond must be 0 when hour is 24"))
}

/// A number of exactly these digits.
#[inline]
fn number(digits: Option<&[u8]>) -> Option<i32> {
    digits?
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0')))
}

/// `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]` or `YYYYWww[D]`
fn parse_date(text: &[u8]) -> Option<Date> {
    if !matches!(text.len(), 7 | 8 | 10) {
        return None;
    }
    let year = number(text.get(..4))?;
    let dashes = text[4] == b'-';
    let dash = usize::from(dashes);
    let rest = &text[4 + dash..];
    if rest.first() != Some(&b'W') {
        let month = number(rest.get(..2))?;
        let day = rest.get(2 + dash..)?;
        if (rest.get(2) == Some(&b'-')) != dashes || day.len() != 2 {
            return None;
        }
        return Some((year, month, number(Some(day))?));
    }
    let week = number(rest.get(1..3))?;
    let weekday = match rest.get(3..)? {
        [] => 1,
        rest => {
            let day = rest.get(dash..)?;
            if (rest[0] == b'-') != dashes || day.len() != 1 {
                return None;
            }
            number(Some(day))?
        }
    };
    from_iso(year, week, weekday).ok()
}

/// A time as it was read.
#[derive(Clone, Copy, Default)]
struct ParsedTime {
    clock: Clock,
    /// Seconds and microseconds, of one sign.
    offset: Option<(i32, i32)>,
}

impl ParsedTime {
    fn zone(&self, thread: &Thread) -> PyResult<Ref> {
        let Some((seconds, microseconds)) = self.offset else { return Ok(Ref::NONE) };
        if seconds == 0 && microseconds == 0 {
            return Ok(utc());
        }
        let offset = Span::normal(thread, 0, seconds.into(), microseconds.into())?.object();
        timezone_of(thread, *offset, None)
    }
}

/// A time and, behind a sign or as `Z`, an offset.
fn parse_time(text: &[u8]) -> Option<ParsedTime> {
    let Some(mark) = text.iter().position(|c| matches!(c, b'+' | b'-' | b'Z')) else {
        return Some(ParsedTime { clock: parse_clock(text)?, offset: None });
    };
    let (clock, rest) = (parse_clock(&text[..mark])?, &text[mark + 1..]);
    if text[mark] == b'Z' {
        return rest.is_empty().then_some(ParsedTime { clock, offset: Some((0, 0)) });
    }
    let (hours, minutes, seconds, microseconds) = parse_clock(rest)?;
    let sign = if text[mark] == b'-' { -1 } else { 1 };
    let offset = (sign * (hours * 3600 + minutes * 60 + seconds), sign * microseconds);
    Some(ParsedTime { clock, offset: Some(offset) })
}

/// `HH[:MM[:SS[.f+]]]` or `HH[MM[SS[.f+]]]`; digits of fractions beyond the sixth are ignored.
fn parse_clock(text: &[u8]) -> Option<Clock> {
    let mut parts = [0; 3];
    let mut rest = text;
    let mut colons = false;
    for (i, part) in parts.iter_mut().enumerate() {
        *part = number(rest.get(..2))?;
        rest = &rest[2..];
        let Some(next) = rest.first() else {
            let [hour, minute, second] = parts;
            return Some((hour, minute, second, 0));
        };
        if i == 0 {
            colons = *next == b':';
        }
        if i == 2 {
            break;
        }
        if colons {
            rest = rest.strip_prefix(b":")?;
        }
    }
    let [hour, minute, second] = parts;
    let digits = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b","))?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let used = digits.len().min(6);
    let microsecond = number(digits.get(..used))? * 10i32.pow(6 - used as u32);
    Some((hour, minute, second, microsecond))
}

fn parse_datetime(text: &[u8]) -> Option<(Date, ParsedTime)> {
    let separator = separator(text)?;
    let date = parse_date(text.get(..separator)?)?;
    let time = match text.get(separator + 1..) {
        None => ParsedTime::default(),
        Some(time) => parse_time(time)?,
    };
    Some((date, time))
}

/// Where the date ends. Weeks without dashes may be followed by a digit of either the date or a time.
fn separator(text: &[u8]) -> Option<usize> {
    if text.len() < SHORTEST_DATE {
        return None;
    }
    if text.len() == SHORTEST_DATE {
        return Some(SHORTEST_DATE);
    }
    if text[4] == b'-' {
        if text[5] != b'W' {
            return Some(10);
        }
        if text.get(8) != Some(&b'-') {
            return Some(8);
        }
        // A dash behind the week leads to a day, or is itself what separates.
        let is_time = text.get(10).is_some_and(u8::is_ascii_digit);
        return if text.len() == 9 { None } else { Some(if is_time { 8 } else { 10 }) };
    }
    if text[4] != b'W' {
        return Some(8);
    }
    let digits = 7 + text[7..].iter().take_while(|c| c.is_ascii_digit()).count();
    Some(match digits {
        0..9 => digits,
        _ if digits % 2 == 0 => 7,
        _ => 8,
    })
}
