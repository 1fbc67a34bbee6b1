//! Making datetimes: the constructor and the class methods.

use super::calendar::MICROSECONDS_A_SECOND;
use super::date::{DATE, Date};
use super::date_methods::class_of;
use super::datetime::{Fields, checked_datetime, new_datetime};
use super::fields::Clock;
use super::support::{FROMUTC, exactly, int_or, wrong_argument};
use super::time::{TIME, Time, zone_of};
use super::tzinfo::check_zone;
use super::{local, pickle};
use crate::os::clock::Calendar;
use crate::timestamp::seconds_and_nearest_microseconds;
use runtime::objects::exceptions::DEPRECATION_WARNING;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{Args, PyResult, Ref, Thread, Type, Value};

static PARAMETERS: Parameters = Parameters::new(
    "",
    "(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)",
);

pub fn construct(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    if let [state, zone @ ..] = arguments.positional()
        && zone.len() <= 1
        && let Some((day, clock)) = pickle::datetime_state(thread, *state)?
    {
        return Ok(new_datetime(class, day, clock, pickle::state_zone(thread, zone.first())?));
    }
    PARAMETERS.bind(thread, arguments, |slots| {
        let part = |i: usize| int_or(thread, slots[i], 0);
        let fields = Fields {
            date: (part(0)?, part(1)?, part(2)?),
            clock: (part(3)?, part(4)?, part(5)?, part(6)?),
            fold: part(8)?,
        };
        let (day, clock) = fields.checked(thread, slots[7])?;
        Ok(new_datetime(class, day, clock, zone_of(slots[7])))
    })
}

/// The datetime of a point in time: in UTC where there is a zone or `utc` is set, else in local time.
fn at(
    thread: &Thread,
    class: &'static Type,
    seconds: i64,
    microseconds: i64,
    utc: bool,
    zone: Value,
) -> PyResult {
    let calendar: Calendar = match utc {
        true => local::utc_calendar(thread, seconds)?,
        false => local::local_calendar(thread, seconds)?,
    };
    let fold = !utc && zone.is_none() && local::is_folded(thread, seconds, &calendar)?;
    let fields = Fields {
        date: local::date_of(&calendar),
        // There are no leap seconds here.
        clock: (calendar.tm_hour, calendar.tm_min, calendar.tm_sec.min(59), microseconds as i32),
        fold: fold.into(),
    };
    checked_datetime(thread, class, &fields, zone)
}

/// A point in time, by the zone's own `fromutc` if there is a zone.
fn in_zone(thread: &Thread, class: Value, time: (i64, i64), zone: Value) -> PyResult {
    let class = class_of(thread, class)?;
    let zone = zone_of(zone);
    let moment = at(thread, class, time.0, time.1, !zone.is_none(), *zone)?;
    if zone.is_none() {
        return Ok(moment);
    }
    thread.call_method(*zone, FROMUTC.get(), &[*moment])
}

/// Seconds and microseconds by the clock.
fn current_time(thread: &Thread) -> PyResult<(i64, i64)> {
    let microseconds = local::now(thread)?.div_euclid(1000);
    Ok((microseconds.div_euclid(MICROSECONDS_A_SECOND), microseconds.rem_euclid(MICROSECONDS_A_SECOND)))
}

pub fn now(thread: &Thread, class: Value, slots: &[Value]) -> PyResult {
    check_zone(thread, slots[0])?;
    in_zone(thread, class, current_time(thread)?, slots[0])
}

pub fn from_timestamp(thread: &Thread, class: Value, slots: &[Value]) -> PyResult {
    check_zone(thread, slots[1])?;
    in_zone(thread, class, seconds_and_nearest_microseconds(thread, slots[0])?, slots[1])
}

fn warn_deprecated(thread: &Thread, name: &str, instead: &str) -> PyResult<()> {
    let message = format!(
        "datetime.datetime.{name}() is deprecated and scheduled for removal in a future version. Use \
         timezone-aware objects to represent datetimes in UTC: datetime.datetime.{instead}."
    );
    runtime::warnings::warn(thread, &DEPRECATION_WARNING, &message, 1)
}

pub fn utc_now(thread: &Thread, class: Value) -> PyResult {
    warn_deprecated(thread, "utcnow", "now(datetime.UTC)")?;
    let (seconds, microseconds) = current_time(thread)?;
    at(thread, class_of(thread, class)?, seconds, microseconds, true, Value::NONE)
}

pub fn utc_from_timestamp(thread: &Thread, class: Value, arguments: &Args) -> PyResult {
    warn_deprecated(thread, "utcfromtimestamp", "fromtimestamp(timestamp, datetime.UTC)")?;
    let [time] = exactly(thread, "utcfromtimestamp", arguments)?;
    let (seconds, microseconds) = seconds_and_nearest_microseconds(thread, time)?;
    at(thread, class_of(thread, class)?, seconds, microseconds, true, Value::NONE)
}

pub fn combine(thread: &Thread, class: Value, slots: &[Value]) -> PyResult {
    let Some(date) = slots[0].cast::<Date>() else {
        return Err(wrong_argument(thread, slots[0], "combine", 1, &DATE.name()));
    };
    let Some(time) = slots[1].cast::<Time>() else {
        return Err(wrong_argument(thread, slots[1], "combine", 2, &TIME.name()));
    };
    let zone = if slots[2].is_null() { time.zone.get() } else { slots[2].to_ref() };
    let fields = Fields::of(date.day, time.clock.get());
    checked_datetime(thread, class_of(thread, class)?, &fields, *zone)
}

pub fn from_iso_format(thread: &Thread, class: Value, text: Value) -> PyResult {
    let (date, clock, zone) = super::isoformat::datetime(thread, text)?;
    checked_datetime(thread, class_of(thread, class)?, &Fields { date, clock, fold: 0 }, *zone)
}

/// The date that a datetime begins with.
pub fn date_part(thread: &Thread, v: Value) -> PyResult {
    let moment = receiver::<super::datetime::DateTime>(thread, v)?;
    Ok(super::date::new_date(&DATE, moment.date.day))
}

/// The time of a datetime, with its zone or without one.
pub fn time_part(thread: &Thread, v: Value, with_zone: bool) -> PyResult {
    let moment = receiver::<super::datetime::DateTime>(thread, v)?;
    let zone = if with_zone { moment.zone.get() } else { Ref::NONE };
    let clock: Clock = moment.clock.get();
    Ok(super::time::new_time(&TIME, clock, zone))
}
