//! Local time by the system: what the clock shows at a point in time, and the way back, where a fold chooses.
//!
//! Seconds here count from the day before the first, as if the clock never were changed.

use super::calendar::{SECONDS_A_DAY, to_ordinal};
use super::fields::{Clock, Day, check_year};
use super::timedelta::Span;
use super::timezone::timezone_of;
use crate::os::clock::{self, Calendar};
use crate::system::{decode, raised};
use runtime::{PyResult, Ref, Thread};

/// 1970-01-01
pub const EPOCH: i64 = 719_163 * SECONDS_A_DAY;
/// No clock is set back by more than this.
const LONGEST_FOLD: i64 = SECONDS_A_DAY;

pub fn local_calendar(thread: &Thread, timestamp: i64) -> PyResult<Calendar> {
    raised(thread, clock::local(timestamp))
}

pub fn utc_calendar(thread: &Thread, timestamp: i64) -> PyResult<Calendar> {
    raised(thread, clock::utc(timestamp))
}

/// Nanoseconds since 1970.
pub fn now(thread: &Thread) -> PyResult<i64> {
    raised(thread, clock::now(libc::CLOCK_REALTIME))
}

/// Year, month and day; not checked.
pub fn date_of(calendar: &Calendar) -> (i32, i32, i32) {
    (calendar.tm_year.saturating_add(1900), calendar.tm_mon + 1, calendar.tm_mday)
}

fn seconds_of(thread: &Thread, calendar: &Calendar) -> PyResult<i64> {
    let (year, month, day) = date_of(calendar);
    check_year(thread, year)?;
    let clock =
        i64::from(calendar.tm_hour) * 3600 + i64::from(calendar.tm_min) * 60 + i64::from(calendar.tm_sec);
    Ok(i64::from(to_ordinal(year, month, day)) * SECONDS_A_DAY + clock)
}

/// What the clock shows.
fn local(thread: &Thread, seconds: i64) -> PyResult<i64> {
    seconds_of(thread, &local_calendar(thread, seconds - EPOCH)?)
}

/// Whether the clock shows this time for the second time.
pub fn is_folded(thread: &Thread, timestamp: i64, calendar: &Calendar) -> PyResult<bool> {
    let shown = seconds_of(thread, calendar)?;
    let before = local(thread, EPOCH + timestamp - LONGEST_FOLD)?;
    let change = shown - before - LONGEST_FOLD;
    Ok(change < 0 && local(thread, EPOCH + timestamp + change)? == shown)
}

/// The point in time at which the local clock shows this. Of two such points the fold chooses; where there is none
/// because the clock was set forward, the offset before or after that change is used.
pub fn to_utc(thread: &Thread, day: Day, clock: Clock, fold: bool) -> PyResult<i64> {
    let shown = i64::from(day.ordinal()) * SECONDS_A_DAY + clock.seconds();
    let offset = local(thread, shown)? - shown;
    let first = shown - offset;
    let first_shows = local(thread, first)?;
    let other_offset = if first_shows == shown {
        // A solution, but on the other side of a change there may be the wanted one.
        let second = if fold { first + LONGEST_FOLD } else { first - LONGEST_FOLD };
        let other = local(thread, second)? - second;
        if other == offset {
            return Ok(first);
        }
        other
    } else {
        first_shows - first
    };
    let second = shown - other_offset;
    if local(thread, second)? == shown {
        return Ok(second);
    }
    if first_shows == shown {
        return Ok(first);
    }
    Ok(if fold { first.min(second) } else { first.max(second) })
}

/// The zone that the system uses at a point in time, with its name.
pub fn zone_at(thread: &Thread, timestamp: i64) -> PyResult {
    let calendar = local_calendar(thread, timestamp)?;
    let offset = Span::normal(thread, 0, calendar.tm_gmtoff, 0)?.object();
    let name = decode(thread, &clock::zone(&calendar))?;
    timezone_of(thread, *offset, Some(*name))
}

/// The zone that the system uses when the local clock shows this.
pub fn zone_of_local(thread: &Thread, day: Day, clock: Clock) -> PyResult<Ref> {
    let fold = clock.fold();
    let mut seconds = to_utc(thread, day, clock, fold)?;
    let other = to_utc(thread, day, clock, !fold)?;
    // In a gap the offset of the other side is the right one.
    if other != seconds && (other > seconds) == fold {
        seconds = other;
    }
    zone_at(thread, seconds - EPOCH)
}
