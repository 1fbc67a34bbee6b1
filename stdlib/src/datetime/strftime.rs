//! Formatting by `time.strftime`, and what it doesn't know: microseconds and the zone. Parsing by `_strptime`.

use super::date::Date;
use super::date_methods::time_tuple;
use super::datetime::DateTime;
use super::fields::Clock;
use super::support::{Ascii, STRFTIME, TIMETUPLE, exactly, text_argument};
use super::time::Time;
use super::timezone::push_offset;
use super::tzinfo::{offset, zone_name};
use crate::os::clock::{self, Calendar};
use crate::time::calendar::{check, formatted};
use runtime::objects::str::{Str, intern_text, push_wtf8};
use runtime::objects::tuple::Tuple;
use runtime::state::import_module;
use runtime::{Args, Object, PyResult, Ref, Thread, Value, attributes, protocol};

/// Years from this one on have four digits whoever writes them.
const FIRST_LONG_YEAR: i32 = 1000;

/// What formatting needs to know of an object.
struct Subject {
    /// Of a time: a date that stands for none.
    date: (i32, i32, i32),
    clock: Clock,
    zone: Ref,
    /// What the zone's methods are asked about.
    when: Value,
}

/// `strftime` of dates, times and datetimes.
pub fn strftime(thread: &Thread, v: Value, format: Value) -> PyResult {
    let format = text_argument(thread, format, "strftime", 1)?;
    if let Some(time) = v.cast::<Time>() {
        let (zone, clock) = (time.zone.get(), time.clock.get());
        let date = (1900, 1, 1);
        return format_subject(thread, &Subject { date, clock, zone, when: Value::NONE }, format, None);
    }
    let date = runtime::slot_fields::receiver::<Date>(thread, v)?.day.parts();
    let moment = v.cast::<DateTime>();
    let clock = moment.map_or(Clock::MIDNIGHT, |moment| moment.clock.get());
    let zone = moment.map_or(Ref::NONE, |moment| moment.zone.get());
    let subject = Subject { date, clock, zone, when: v };
    // Without a zone and a method of a class of Python there is no doubt what the tuple is.
    let plain =
        v.cast_exact::<Date>().is_some() || (v.cast_exact::<DateTime>().is_some() && subject.zone.is_none());
    let tuple = if plain { None } else { Some(thread.call_method(v, TIMETUPLE.get(), &[])?) };
    format_subject(thread, &subject, format, tuple)
}

/// `__format__`: `strftime`, or `str` where there is no format.
pub fn format_method(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let [format] = exactly(thread, "__format__", arguments)?;
    if text_argument(thread, format, "__format__", 1)?.len() == 0 {
        return protocol::str(thread, v);
    }
    thread.call_method(v, STRFTIME.get(), &[format])
}

/// `_strptime.function(class, string, format)`
pub fn strptime(thread: &Thread, class: Value, arguments: &Args, function: &str) -> PyResult {
    let [string, format] = exactly(thread, "strptime", arguments)?;
    text_argument(thread, string, "strptime", 1)?;
    text_argument(thread, format, "strptime", 2)?;
    let module = import_module(thread, "_strptime")?;
    let function = attributes::get(thread, *module, intern_text(function))?;
    thread.call(*function, &[class, string, format])
}

fn format_subject(thread: &Thread, subject: &Subject, format: &Str, tuple: Option<Ref>) -> PyResult {
    let year = match tuple.as_ref().and_then(|tuple| tuple.cast::<Tuple>()).and_then(|t| t.items().first()) {
        Some(year) => protocol::index(thread, *year)?.as_small_int().unwrap_or(0) as i32,
        None => subject.date.0,
    };
    let own = format_of(thread, subject, format, year, &tuple)?;
    let format = own.as_ref().map_or(format.as_value(), |own| **own);
    by_system(thread, subject, format, tuple)
}

/// `time.strftime(format, tuple)`, directly where nobody has replaced that function.
fn by_system(thread: &Thread, subject: &Subject, format: Value, tuple: Option<Ref>) -> PyResult {
    let module = import_module(thread, "time")?;
    let function = attributes::get(thread, *module, STRFTIME.get())?;
    if tuple.is_none()
        && crate::time::is_strftime(*function)
        && let Some(format) = format.cast::<Str>()
    {
        let mut calendar = calendar(subject.date, subject.clock);
        check(thread, &mut calendar)?;
        return formatted(thread, format, &calendar, None);
    }
    let tuple = tuple.unwrap_or_else(|| time_tuple(subject.date, subject.clock, -1));
    thread.call(*function, &[format, *tuple])
}

fn calendar((year, month, day): (i32, i32, i32), clock: Clock) -> Calendar {
    let mut calendar = clock::empty();
    let weekday = super::calendar::weekday(super::calendar::to_ordinal(year, month, day));
    calendar.tm_year = year - 1900;
    calendar.tm_mon = month - 1;
    calendar.tm_mday = day;
    calendar.tm_hour = clock.hour();
    calendar.tm_min = clock.minute();
    calendar.tm_sec = clock.second();
    calendar.tm_wday = (weekday + 1) % 7;
    calendar.tm_yday = super::calendar::days_before_month(year, month) + day - 1;
    calendar.tm_isdst = -1;
    calendar
}

/// The format with all replaced that is not for the system; `None` if there is nothing such.
fn format_of(
    thread: &Thread,
    subject: &Subject,
    format: &Str,
    year: i32,
    tuple: &Option<Ref>,
) -> PyResult<Option<Ref>> {
    let short_year = year < FIRST_LONG_YEAR;
    let points: Vec<u32> = format.chars().collect();
    let is = |i: usize, c: char| points.get(i) == Some(&(c as u32));
    let is_ours = |i: usize| {
        matches!(points.get(i).and_then(|c| char::from_u32(*c)), Some('f' | 'z' | 'Z' | ':'))
            || (short_year
                && matches!(points.get(i).and_then(|c| char::from_u32(*c)), Some('Y' | 'G' | 'F' | 'C')))
    };
    let mut directive = 0;
    while directive + 1 < points.len() && !(is(directive, '%') && is_ours(directive + 1)) {
        directive += if is(directive, '%') { 2 } else { 1 };
    }
    if directive + 1 >= points.len() {
        return Ok(None);
    }
    let mut out: Vec<u8> = Vec::new();
    let mut i = 0;
    while let Some(&c) = points.get(i) {
        let next = points.get(i + 1).and_then(|c| char::from_u32(*c)).unwrap_or('\0');
        if c != u32::from('%') || !is_ours(i + 1) {
            // A directive is kept as a whole, so that its letter isn't taken for the beginning of another.
            let length = if c == u32::from('%') { 2 } else { 1 };
            points[i..].iter().take(length).for_each(|c| push_wtf8(&mut out, *c));
            i += length;
            continue;
        }
        i += 2;
        let mut text = Ascii::new();
        match next {
            'f' => {
                text.digits(subject.clock.microsecond(), 6);
            }
            'z' => push_zone(thread, subject, &mut text, "")?,
            ':' if is(i, 'z') => {
                push_zone(thread, subject, &mut text, ":")?;
                i += 1;
            }
            ':' => {
                out.extend_from_slice(b"%:");
                // Whatever follows belongs to it.
                points[i..].iter().take(1).for_each(|c| push_wtf8(&mut out, *c));
                i += points[i..].len().min(1);
            }
            'Z' => {
                let name = zone_name(thread, *subject.zone, subject.when)?;
                for c in name.cast::<Str>().into_iter().flat_map(Str::chars) {
                    push_wtf8(&mut out, c);
                    if c == u32::from('%') {
                        out.push(b'%');
                    }
                }
            }
            _ => push_year(thread, subject, &mut text, next, year, tuple)?,
        }
        out.extend_from_slice(text.as_bytes());
    }
    Ok(Some(Str::from_wtf8(&out)))
}

fn push_zone(thread: &Thread, subject: &Subject, out: &mut Ascii, separator: &str) -> PyResult<()> {
    if let Some(offset) = offset(thread, *subject.zone, subject.when)? {
        push_offset(out, offset, separator);
    }
    Ok(())
}

/// A year before 1000 in four digits, which the system doesn't give it.
fn push_year(
    thread: &Thread,
    subject: &Subject,
    out: &mut Ascii,
    directive: char,
    year: i32,
    tuple: &Option<Ref>,
) -> PyResult<()> {
    let year = match directive {
        'G' => {
            let shown = by_system(thread, subject, *Str::new("%G"), tuple.clone())?;
            protocol::index(thread, *protocol::int(thread, *shown)?)?.as_small_int().unwrap_or(0) as i32
        }
        _ => year,
    };
    if directive == 'C' {
        out.at_least(year / 100, 2);
        return Ok(());
    }
    out.at_least(year, 4);
    if directive == 'F' {
        let (mut month, mut day) = (subject.date.1, subject.date.2);
        if let Some(tuple) = tuple.as_ref().and_then(|tuple| tuple.cast::<Tuple>()) {
            let item = |i: usize| tuple.items().get(i).and_then(|v| v.as_small_int()).unwrap_or(0) as i32;
            (month, day) = (item(1), item(2));
        }
        out.push(b'-').at_least(month, 2).push(b'-').at_least(day, 2);
    }
    Ok(())
}
