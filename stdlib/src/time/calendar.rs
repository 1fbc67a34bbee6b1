//! Calendar time: `struct_time`, conversions, formatting.

use super::check_count;
use crate::os::clock::{self, Calendar};
use crate::system::{decode, raise, raised};
use crate::timestamp::floor_seconds;
use runtime::objects::exceptions::OVERFLOW_ERROR;
use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::objects::module::add;
use runtime::objects::str::{Str, intern_text};
use runtime::objects::tuple::Tuple;
use runtime::state::import_module;
use runtime::types::TypeFlags;
use runtime::{Args, PyResult, Ref, Thread, Value, attributes, protocol, struct_sequence};
use std::ffi::CString;

struct_sequence! {
    /// Calendar time.
    pub static STRUCT_TIME = "time.struct_time" {
        visible: 9, total: 11, flags: TypeFlags::empty(),
        doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
        complete: None,
        0 tm_year "year, for example, 1993",
        1 tm_mon "month of year, range [1, 12]",
        2 tm_mday "day of month, range [1, 31]",
        3 tm_hour "hours, range [0, 23]",
        4 tm_min "minutes, range [0, 59]",
        5 tm_sec "seconds, range [0, 61])",
        6 tm_wday "day of week, range [0, 6], Monday is 0",
        7 tm_yday "day of year, range [1, 366]",
        8 tm_isdst "1 if summer time is in effect, 0 if not, and -1 if unknown",
        9 tm_zone "abbreviation of timezone name",
        10 tm_gmtoff "offset from UTC in seconds",
    }
}

fn object(thread: &Thread, c: &Calendar) -> PyResult {
    let numbers = [
        i64::from(c.tm_year) + 1900,
        i64::from(c.tm_mon) + 1,
        c.tm_mday.into(),
        c.tm_hour.into(),
        c.tm_min.into(),
        c.tm_sec.into(),
        i64::from((c.tm_wday + 6) % 7),
        i64::from(c.tm_yday) + 1,
        c.tm_isdst.into(),
    ];
    let mut items: Vec<Ref> = numbers.iter().map(|n| int::new(*n)).collect();
    items.push(decode(thread, &clock::zone(c))?);
    items.push(int::new(c.tm_gmtoff));
    Ok(STRUCT_TIME.make(items))
}

/// Seconds since the epoch: the argument, or now.
fn seconds_argument(thread: &Thread, name: &str, arguments: &Args) -> PyResult<i64> {
    check_count(thread, name, arguments.count(), 0, 1)?;
    match arguments.get(0).filter(|v| !v.is_none()) {
        Some(v) if float::get(v).is_some() => floor_seconds(thread, v),
        Some(v) => crate::timestamp::time_t(thread, v),
        None => Ok(raised(thread, clock::now(libc::CLOCK_REALTIME))?.div_euclid(1_000_000_000)),
    }
}

pub fn gmtime(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let time = seconds_argument(thread, "gmtime", arguments)?;
    let calendar = raised(thread, clock::utc(time))?;
    object(thread, &calendar)
}

pub fn localtime(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let time = seconds_argument(thread, "localtime", arguments)?;
    let calendar = raised(thread, clock::local(time))?;
    object(thread, &calendar)
}

pub fn ctime(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let time = seconds_argument(thread, "ctime", arguments)?;
    let calendar = raised(thread, clock::local(time))?;
    Ok(text(&calendar))
}

fn now(thread: &Thread) -> PyResult<Calendar> {
    let time = raised(thread, clock::now(libc::CLOCK_REALTIME))?.div_euclid(1_000_000_000);
    raised(thread, clock::local(time))
}

/// An argument that C declares `int`, in the words of `PyArg_ParseTuple`.
pub fn c_int(thread: &Thread, v: Value) -> PyResult<i32> {
    let number = protocol::index(thread, v)?;
    let (fits, negative) = match int::get(*number) {
        Some(IntRef::Small(i)) => (i32::try_from(i).ok(), i < 0),
        _ => return Err(thread.overflow_error("Python int too large to convert to C long")),
    };
    fits.ok_or_else(|| {
        let side = if negative { "less than minimum" } else { "greater than maximum" };
        thread.overflow_error(format!("signed integer is {side}"))
    })
}

/// The calendar time in a tuple, not checked for sense yet, and the zone's name that comes with a `struct_time`.
fn calendar_argument(thread: &Thread, v: Value, name: &str) -> PyResult<(Calendar, Option<CString>)> {
    let Some(tuple) = v.cast::<Tuple>() else {
        return Err(thread.type_error("Tuple or struct_time argument required"));
    };
    let items = tuple.items();
    if items.len() != 9 {
        return Err(thread.type_error(format!("{name}(): illegal time tuple argument")));
    }
    let mut numbers = [0; 9];
    for (number, item) in numbers.iter_mut().zip(items) {
        *number = c_int(thread, *item)?;
    }
    let [year, month, day, hour, minute, second, weekday, yearday, dst] = numbers;
    let Some(tm_year) = year.checked_sub(1900) else {
        return Err(thread.overflow_error("year out of range"));
    };
    let mut calendar = clock::empty();
    calendar.tm_year = tm_year;
    calendar.tm_mon = month.wrapping_sub(1);
    calendar.tm_mday = day;
    calendar.tm_hour = hour;
    calendar.tm_min = minute;
    calendar.tm_sec = second;
    calendar.tm_wday = weekday.wrapping_add(1) % 7;
    calendar.tm_yday = yearday.wrapping_sub(1);
    calendar.tm_isdst = dst;
    if !v.is_exact(STRUCT_TIME.ready()) {
        return Ok((calendar, None));
    }
    let zone = attributes::get(thread, v, intern_text("tm_zone"))?;
    let zone = zone.cast::<Str>().and_then(|z| CString::new(z.to_wtf8()).ok());
    let offset = attributes::get(thread, v, intern_text("tm_gmtoff"))?;
    if !offset.is_none() {
        calendar.tm_gmtoff = protocol::index_i64(thread, *offset)?;
    }
    Ok((calendar, zone))
}

/// Checks that the fields make sense; months and days before the first become the first.
pub fn check(thread: &Thread, c: &mut Calendar) -> PyResult<()> {
    let wrong = |what: &str| Err(thread.value_error(format!("{what} out of range")));
    if c.tm_mon == -1 {
        c.tm_mon = 0;
    } else if !(0..=11).contains(&c.tm_mon) {
        return wrong("month");
    }
    if c.tm_mday == 0 {
        c.tm_mday = 1;
    } else if !(0..=31).contains(&c.tm_mday) {
        return wrong("day of month");
    }
    if !(0..=23).contains(&c.tm_hour) {
        return wrong("hour");
    }
    if !(0..=59).contains(&c.tm_min) {
        return wrong("minute");
    }
    if !(0..=61).contains(&c.tm_sec) {
        return wrong("seconds");
    }
    if c.tm_wday < 0 {
        return wrong("day of week");
    }
    if c.tm_yday == -1 {
        c.tm_yday = 0;
    } else if !(0..=365).contains(&c.tm_yday) {
        return wrong("day of year");
    }
    c.tm_isdst = c.tm_isdst.signum();
    Ok(())
}

/// The text of `asctime`.
fn text(c: &Calendar) -> Ref {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = |names: &[&'static str], i: i32| names.get(i as usize).copied().unwrap_or("???");
    Str::new(&format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        name(&DAYS, c.tm_wday),
        name(&MONTHS, c.tm_mon),
        c.tm_mday,
        c.tm_hour,
        c.tm_min,
        c.tm_sec,
        i64::from(c.tm_year) + 1900
    ))
}

pub fn asctime(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    if a[0].is_null() {
        return Ok(text(&now(thread)?));
    }
    let (mut calendar, _) = calendar_argument(thread, a[0], "asctime")?;
    check(thread, &mut calendar)?;
    Ok(text(&calendar))
}

pub fn mktime(thread: &Thread, _: Value, v: Value) -> PyResult {
    let (mut calendar, _) = calendar_argument(thread, v, "mktime")?;
    match clock::seconds(&mut calendar) {
        Some(time) => Ok(float::new(time as f64)),
        None => Err(thread.error(&OVERFLOW_ERROR, "mktime argument out of range")),
    }
}

pub fn strftime(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    check_count(thread, "strftime", arguments.count(), 1, 2)?;
    let format = arguments.positional()[0];
    let Some(text) = format.cast::<Str>() else {
        let message = format!("strftime() argument 1 must be str, not {}", format.ty().name());
        return Err(thread.type_error(message));
    };
    let (mut calendar, zone) = match arguments.get(1) {
        Some(v) => calendar_argument(thread, v, "strftime")?,
        None => {
            let now = now(thread)?;
            let zone = CString::new(clock::zone(&now)).ok();
            (now, zone)
        }
    };
    check(thread, &mut calendar)?;
    formatted(thread, text, &calendar, zone.as_ref())
}

/// Formats a checked calendar time: the ASCII parts by the system; other characters stand for themselves.
pub fn formatted(thread: &Thread, format: &Str, calendar: &Calendar, zone: Option<&CString>) -> PyResult {
    if let Some(ascii) = format.as_ascii()
        && let Ok(ascii) = CString::new(ascii)
    {
        return decode(thread, &clock::format(calendar, zone, &ascii));
    }
    let mut out: Vec<u32> = Vec::with_capacity(format.len() * 2);
    let mut part: Vec<u8> = Vec::new();
    let flush = |part: &mut Vec<u8>, out: &mut Vec<u32>| -> PyResult<()> {
        let Ok(part) = CString::new(std::mem::take(part)) else { return Ok(()) };
        if !part.is_empty() {
            let formatted = decode(thread, &clock::format(calendar, zone, &part))?;
            out.extend(formatted.cast::<Str>().into_iter().flat_map(|s| s.chars()));
        }
        Ok(())
    };
    for c in format.chars() {
        match u8::try_from(c) {
            Ok(byte @ 1..=127) => part.push(byte),
            _ => {
                flush(&mut part, &mut out)?;
                out.push(c);
            }
        }
    }
    flush(&mut part, &mut out)?;
    Ok(Str::from_code_points(&out))
}

pub fn strptime(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let module = import_module(thread, "_strptime")?;
    let function = attributes::get(thread, *module, intern_text("_strptime_time"))?;
    thread.call_args(*function, arguments)
}

/// Sets `timezone`, `altzone`, `daylight` and `tzname` from the offsets of this year's January and July.
pub fn add_zone(thread: &Thread, module: Value) -> PyResult<()> {
    const YEAR: i64 = 31_556_952;
    clock::read_zone();
    let now = raised(thread, clock::now(libc::CLOCK_REALTIME))?.div_euclid(1_000_000_000);
    let start = now.div_euclid(YEAR) * YEAR;
    let at = |time: i64| clock::local(time).map_err(|errno| raise(thread, errno));
    let (january, july) = (at(start)?, at(start + YEAR / 2)?);
    let parts = |c: &Calendar| (-c.tm_gmtoff, clock::zone(c));
    let (mut standard, mut summer) = (parts(&january), parts(&july));
    // In the south January is summer.
    if standard.0 < summer.0 {
        std::mem::swap(&mut standard, &mut summer);
    }
    add(module, "timezone", *int::new(standard.0));
    add(module, "altzone", *int::new(summer.0));
    add(module, "daylight", Value::small_int((standard.0 != summer.0).into()));
    let names = vec![decode(thread, &standard.1)?, decode(thread, &summer.1)?];
    add(module, "tzname", *Tuple::from_refs(names));
    Ok(())
}

pub fn tzset(thread: &Thread, module: Value) -> PyResult {
    add_zone(thread, module)?;
    Ok(Ref::NONE)
}
