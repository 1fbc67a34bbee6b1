//! `_datetime`: dates, times, spans of time and zones. `datetime` is made of it.
//!
//! | file | its one idea |
//! |---|---|
//! | `calendar` | days as numbers, ISO weeks |
//! | `fields` | packed fields of dates and times, and the checks of their ranges |
//! | `support` | names of methods, arguments, ASCII text |
//! | `timedelta`, `delta_making`, `delta_arithmetic` | spans: the type, their parts, their operators |
//! | `date`, `date_methods` | dates |
//! | `isocalendar` | what `isocalendar` gives |
//! | `time` | times of the day |
//! | `datetime`, `datetime_making`, `datetime_methods` | moments |
//! | `tzinfo` | the base of zones, and what is asked of them |
//! | `timezone` | zones of fixed offset |
//! | `local` | local time by the system |
//! | `isoformat`, `iso_text` | parsing and writing of ISO 8601 |
//! | `strftime` | formats and `_strptime` |
//! | `pickle` | pickled state |
//!
//! Objects hold their fields packed, so that comparing is comparing numbers. Results of arithmetic are of the class of the
//! operand; classes of Python are called, the module's own objects are made as they stand.

mod calendar;
mod date;
mod date_methods;
#[allow(clippy::module_inception, reason = "the module of Python is named so, and so is its main type")]
mod datetime;
mod datetime_making;
mod datetime_methods;
mod delta_arithmetic;
mod delta_making;
mod fields;
mod iso_text;
mod isocalendar;
mod isoformat;
mod local;
mod pickle;
mod strftime;
mod support;
mod time;
mod timedelta;
mod timezone;
mod tzinfo;

use fields::Clock;
use runtime::objects::dict::Dict;
use runtime::objects::module::{self, ModuleSpec};
use runtime::types::registry::ready;
use runtime::{Ref, Type, Value};
use timedelta::Span;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_datetime",
    doc: "Fast implementation of the datetime module.",
    functions: &[],
    init: |_, module| {
        ready(&isocalendar::ISO_CALENDAR_DATE);
        for ty in [
            &date::DATE,
            &datetime::DATETIME,
            &time::TIME,
            &timedelta::TIMEDELTA,
            &timezone::TIMEZONE,
            &tzinfo::TZINFO,
        ] {
            module::add_type(module, ty);
        }
        add_limits();
        module::add(module, "MINYEAR", Value::small_int(calendar::MIN_YEAR.into()));
        module::add(module, "MAXYEAR", Value::small_int(calendar::MAX_YEAR.into()));
        module::add(module, "UTC", *timezone::utc());
        Ok(())
    },
};

/// The constants of the types.
fn add_limits() {
    let day = Span { days: 1, ..Span::ZERO };
    let microsecond = Span { microseconds: 1, ..Span::ZERO };
    let last = Clock::of_day(calendar::SECONDS_A_DAY - 1, calendar::MICROSECONDS_A_SECOND - 1);
    let minutes = |minutes: i32| {
        let seconds = minutes * 60;
        let day = calendar::SECONDS_A_DAY as i32;
        let span = Span { days: seconds.div_euclid(day), seconds: seconds.rem_euclid(day), microseconds: 0 };
        timezone::new_timezone(span.object(), Ref::NULL)
    };
    let moment = |day, clock| datetime::new_datetime(&datetime::DATETIME, day, clock, Ref::NONE);
    let time = |clock| time::new_time(&time::TIME, clock, Ref::NONE);
    add_constants(
        &timedelta::TIMEDELTA,
        [("resolution", microsecond.object()), ("min", Span::MIN.object()), ("max", Span::MAX.object())],
    );
    add_constants(
        &date::DATE,
        [
            ("min", date::new_date(&date::DATE, date::FIRST)),
            ("max", date::new_date(&date::DATE, date::LAST)),
            ("resolution", day.object()),
        ],
    );
    add_constants(
        &time::TIME,
        [("min", time(Clock::MIDNIGHT)), ("max", time(last)), ("resolution", microsecond.object())],
    );
    add_constants(
        &datetime::DATETIME,
        [
            ("min", moment(date::FIRST, Clock::MIDNIGHT)),
            ("max", moment(date::LAST, last)),
            ("resolution", microsecond.object()),
        ],
    );
    const LAST_MINUTE: i32 = 24 * 60 - 1;
    add_constants(
        &timezone::TIMEZONE,
        [("utc", timezone::utc()), ("min", minutes(-LAST_MINUTE)), ("max", minutes(LAST_MINUTE))],
    );
}

fn add_constants<const N: usize>(ty: &Type, constants: [(&str, Ref); N]) {
    let Some(dict) = ty.dict.peek().cast::<Dict>() else { return };
    for (name, value) in constants {
        dict.set_str(name, *value);
    }
}
