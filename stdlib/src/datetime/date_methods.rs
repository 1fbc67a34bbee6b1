//! The methods of `date`, most of which `datetime` inherits.

use super::calendar::{self, IsoError};
use super::date::{Date, checked_date, iso_text};
use super::fields::{Clock, check_year};
use super::isocalendar::new_iso_date;
use super::strftime::{format_method, strftime, strptime};
use super::support::{Ascii, FROMTIMESTAMP, exactly, int_or, named_int_or};
use super::{local, pickle};
use crate::time::c_int;
use crate::time::calendar::STRUCT_TIME;
use crate::timestamp;
use runtime::objects::exceptions::OVERFLOW_ERROR;
use runtime::objects::{float, int};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{Args, Effects, MethodDef, NativeFn, PyResult, Ref, Thread, Type, Value, method};

pub const METHODS: &[MethodDef] = &[
    method(
        "fromtimestamp",
        "($type, timestamp, /)",
        NativeFn::One(from_timestamp),
        "Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is\ninterpreted as local time.",
    )
    .class(),
    method(
        "fromordinal",
        "?",
        NativeFn::Raw(from_ordinal),
        "int -> date corresponding to a proleptic Gregorian ordinal.",
    )
    .class(),
    method(
        "fromisoformat",
        "($type, object, /)",
        NativeFn::One(from_iso_format),
        "str -> Construct a date from a string in ISO 8601 format.",
    )
    .class(),
    method(
        "fromisocalendar",
        "!($type, /, year, week, day)",
        NativeFn::Bound(from_iso_calendar),
        "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\nThis is the inverse of the date.isocalendar() function",
    )
    .class(),
    method(
        "strptime",
        "?",
        NativeFn::Raw(|thread, class, arguments| strptime(thread, class, arguments, "_strptime_datetime_date")),
        "string, format -> new date parsed from a string (like time.strptime()).",
    )
    .class(),
    method(
        "today",
        "($type, /)",
        NativeFn::NoArgs(today),
        "Current date or datetime:  same as self.__class__.fromtimestamp(time.time()).",
    )
    .class(),
    method("ctime", "($self, /)", NativeFn::NoArgs(ctime), "Return ctime() style string.").effects(Effects::READS),
    method(
        "strftime",
        "!($self, /, format)",
        NativeFn::Bound(|thread, v, slots| strftime(thread, v, slots[0])),
        "format -> strftime() style string.",
    ),
    method("__format__", "?", NativeFn::Raw(format_method), "Formats self with strftime."),
    method(
        "timetuple",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            Ok(time_tuple(receiver::<Date>(thread, v)?.day.parts(), Clock::MIDNIGHT, -1))
        }),
        "Return time tuple, compatible with time.localtime().",
    ),
    method(
        "isocalendar",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let (year, month, day) = receiver::<Date>(thread, v)?.day.parts();
            Ok(new_iso_date(calendar::to_iso(year, month, day)))
        }),
        "Return a named tuple containing ISO year, week number, and weekday.",
    )
    .effects(Effects::READS),
    method(
        "isoformat",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(iso_text(receiver::<Date>(thread, v)?.day))),
        "Return string in ISO 8601 format, YYYY-MM-DD.",
    )
    .effects(Effects::READS),
    method(
        "isoweekday",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(int::new(i64::from(weekday(thread, v)?) + 1))),
        "Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7",
    )
    .effects(Effects::READS),
    method(
        "toordinal",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(int::new(receiver::<Date>(thread, v)?.day.ordinal().into()))),
        "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1.",
    )
    .effects(Effects::READS),
    method(
        "weekday",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(int::new(weekday(thread, v)?.into()))),
        "Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6",
    )
    .effects(Effects::READS),
    method(
        "replace",
        "($self, /, year=unchanged, month=unchanged, day=unchanged)",
        NativeFn::Bound(replace),
        "Return date with new specified fields.",
    ),
    method(
        "__replace__",
        "($self, /, **changes)",
        NativeFn::Raw(|thread, v, arguments| {
            REPLACE.bind(thread, arguments, |slots| replace(thread, v, slots))
        }),
        "The same as replace().",
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(pickle::reduce_date(v.ty(), receiver::<Date>(thread, v)?.day))),
        "__reduce__() -> (cls, state)",
    ),
];

static REPLACE: Parameters = Parameters::new("replace", "(year=unchanged, month=unchanged, day=unchanged)");

/// The receiver of a class method.
pub fn class_of(thread: &Thread, class: Value) -> PyResult<&'static Type> {
    class.cast::<Type>().ok_or_else(|| thread.type_error("a class method needs a class"))
}

fn weekday(thread: &Thread, v: Value) -> PyResult<i32> {
    Ok(calendar::weekday(receiver::<Date>(thread, v)?.day.ordinal()))
}

fn from_timestamp(thread: &Thread, class: Value, time: Value) -> PyResult {
    let seconds = match float::get(time) {
        Some(_) => timestamp::floor_seconds(thread, time)?,
        None => timestamp::time_t(thread, time)?,
    };
    let calendar = local::local_calendar(thread, seconds)?;
    checked_date(thread, class_of(thread, class)?, local::date_of(&calendar))
}

fn today(thread: &Thread, class: Value) -> PyResult {
    let now = local::now(thread)?;
    if class.is(Value::of(&super::date::DATE)) {
        let calendar = local::local_calendar(thread, now.div_euclid(1_000_000_000))?;
        return checked_date(thread, &super::date::DATE, local::date_of(&calendar));
    }
    let time = float::new(now as f64 / 1e9);
    thread.call_method(class, FROMTIMESTAMP.get(), &[*time])
}

fn from_ordinal(thread: &Thread, class: Value, arguments: &Args) -> PyResult {
    let [ordinal] = exactly(thread, "fromordinal", arguments)?;
    let ordinal = int_or(thread, ordinal, 0)?;
    if ordinal < 1 {
        return Err(thread.value_error("ordinal must be >= 1"));
    }
    // Beyond this the years are what is wrong.
    let fields = calendar::from_ordinal(ordinal.min(i32::MAX - 1000));
    checked_date(thread, class_of(thread, class)?, fields)
}

fn from_iso_format(thread: &Thread, class: Value, text: Value) -> PyResult {
    let fields = super::isoformat::date(thread, text)?;
    checked_date(thread, class_of(thread, class)?, fields)
}

fn from_iso_calendar(thread: &Thread, class: Value, slots: &[Value]) -> PyResult {
    let part = |v: Value| {
        c_int(thread, v).map_err(|raised| match thread.catch(raised, &OVERFLOW_ERROR) {
            Ok(_) => thread.value_error("ISO calendar component out of range"),
            Err(raised) => raised,
        })
    };
    let (year, week, day) = (part(slots[0])?, part(slots[1])?, part(slots[2])?);
    match calendar::from_iso(year, week, day) {
        Ok(fields) => checked_date(thread, class_of(thread, class)?, fields),
        Err(IsoError::Year) => Err(check_year(thread, year).err().unwrap_or_else(|| thread.raised())),
        Err(IsoError::Week) => Err(thread.value_error(format!("Invalid week: {week}"))),
        Err(IsoError::Weekday) => {
            Err(thread.value_error(format!("Invalid weekday: {day} (range is [1, 7])")))
        }
    }
}

fn ctime(thread: &Thread, v: Value) -> PyResult {
    Ok(ctime_text(receiver::<Date>(thread, v)?, Clock::MIDNIGHT))
}

pub fn ctime_text(date: &Date, clock: Clock) -> Ref {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = date.day.parts();
    let weekday = calendar::weekday(date.day.ordinal()) as usize;
    let month = MONTHS.get((month - 1) as usize).copied().unwrap_or("");
    let mut out = Ascii::new();
    out.text(DAYS[weekday]).push(b' ').text(month).push(b' ');
    if day < 10 {
        out.push(b' ');
    }
    out.number(day)
        .push(b' ')
        .two(clock.hour())
        .push(b':')
        .two(clock.minute())
        .push(b':')
        .two(clock.second());
    out.push(b' ').at_least(year, 4).string()
}

/// `time.struct_time` of a moment; `dst` says whether summer time is in effect.
pub fn time_tuple((year, month, day): (i32, i32, i32), clock: Clock, dst: i32) -> Ref {
    let weekday = calendar::weekday(calendar::to_ordinal(year, month, day));
    let day_of_year = calendar::days_before_month(year, month) + day;
    let fields = [year, month, day, clock.hour(), clock.minute(), clock.second(), weekday, day_of_year, dst];
    STRUCT_TIME.make(fields.iter().map(|field| int::new((*field).into())).collect())
}

fn replace(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let (year, month, day) = receiver::<Date>(thread, v)?.day.parts();
    let year = named_int_or(thread, slots[0], year)?;
    let month = named_int_or(thread, slots[1], month)?;
    let day = named_int_or(thread, slots[2], day)?;
    checked_date(thread, v.ty(), (year, month, day))
}
