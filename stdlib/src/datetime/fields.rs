//! The fields of dates and times, packed so that later ones are larger numbers, and the checks of their ranges.

use super::calendar::{self, MAX_YEAR, MICROSECONDS_A_SECOND, MIN_YEAR, SECONDS_A_DAY};
use runtime::{PyResult, Raised, Thread};

/// Year, month and day: 16, 8 and 8 bits. Pickles may hold years and days beyond the calendar, but no such months.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Day(u32);

impl Day {
    pub const fn new(year: i32, month: i32, day: i32) -> Day {
        Day((year as u16 as u32) << 16 | (month as u8 as u32) << 8 | day as u8 as u32)
    }
    #[inline(always)]
    pub const fn year(self) -> i32 {
        (self.0 >> 16) as i32
    }
    #[inline(always)]
    pub const fn month(self) -> i32 {
        (self.0 >> 8 & 0xff) as i32
    }
    #[inline(always)]
    pub const fn day(self) -> i32 {
        (self.0 & 0xff) as i32
    }
    pub const fn parts(self) -> (i32, i32, i32) {
        (self.year(), self.month(), self.day())
    }
    #[inline]
    pub fn ordinal(self) -> i32 {
        calendar::to_ordinal(self.year(), self.month(), self.day())
    }
    /// The bytes that pickles hold and hashes are made of.
    pub const fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
    pub const fn from_bytes(bytes: [u8; 4]) -> Day {
        Day(u32::from_be_bytes(bytes))
    }
}

/// Hour, minute, second and microsecond: 8, 8, 8 and 24 bits, and the fold above them, which takes no part in
/// comparisons.
#[derive(Clone, Copy, Debug)]
pub struct Clock(u64);

const FOLD: u64 = 1 << 48;

impl Clock {
    pub const MIDNIGHT: Clock = Clock(0);

    pub const fn new(hour: i32, minute: i32, second: i32, microsecond: i32) -> Clock {
        Clock(
            (hour as u8 as u64) << 40
                | (minute as u8 as u64) << 32
                | (second as u8 as u64) << 24
                | (microsecond as u32 & 0xff_ffff) as u64,
        )
    }
    pub const fn with_fold(self, fold: bool) -> Clock {
        if fold { Clock(self.0 | FOLD) } else { Clock(self.0 & !FOLD) }
    }
    #[inline(always)]
    pub const fn hour(self) -> i32 {
        (self.0 >> 40 & 0xff) as i32
    }
    #[inline(always)]
    pub const fn minute(self) -> i32 {
        (self.0 >> 32 & 0xff) as i32
    }
    #[inline(always)]
    pub const fn second(self) -> i32 {
        (self.0 >> 24 & 0xff) as i32
    }
    #[inline(always)]
    pub const fn microsecond(self) -> i32 {
        (self.0 & 0xff_ffff) as i32
    }
    #[inline(always)]
    pub const fn fold(self) -> bool {
        self.0 & FOLD != 0
    }
    /// All but the fold, as a number that grows with the time.
    #[inline(always)]
    pub const fn order(self) -> u64 {
        self.0 & !FOLD
    }
    /// Whole seconds since midnight.
    pub const fn seconds(self) -> i64 {
        self.hour() as i64 * 3600 + self.minute() as i64 * 60 + self.second() as i64
    }
    /// The time that many seconds and microseconds after midnight, which lie within a day.
    pub const fn of_day(seconds: i64, microsecond: i64) -> Clock {
        let seconds = seconds as i32;
        Clock::new(seconds / 3600, seconds / 60 % 60, seconds % 60, microsecond as i32)
    }
    /// The bytes that pickles hold and hashes are made of.
    pub fn bytes(self) -> [u8; 6] {
        let [_, _, bytes @ ..] = self.order().to_be_bytes();
        bytes
    }
    pub fn from_bytes([hour, minute, second, high, middle, low]: [u8; 6]) -> Clock {
        Clock(u64::from_be_bytes([0, 0, hour, minute, second, high, middle, low]))
    }
}

/// A point in time without a zone, in microseconds since the day before the first.
pub fn microseconds(day: Day, clock: Clock) -> i64 {
    let seconds = i64::from(day.ordinal()) * SECONDS_A_DAY + clock.seconds();
    seconds * MICROSECONDS_A_SECOND + i64::from(clock.microsecond())
}

/// The day with that number, if it lies within the calendar.
#[inline]
pub fn day_of(ordinal: i64) -> Option<Day> {
    if !(1..=i64::from(calendar::MAX_ORDINAL)).contains(&ordinal) {
        return None;
    }
    let (year, month, day) = calendar::from_ordinal(ordinal as i32);
    Some(Day::new(year, month, day))
}

#[cold]
pub fn date_overflow(thread: &Thread) -> Raised {
    thread.overflow_error("date value out of range")
}

/// Checks a date.
#[inline]
pub fn check_day(thread: &Thread, (year, month, day): (i32, i32, i32)) -> PyResult<Day> {
    check_year(thread, year)?;
    let last = calendar::days_in_month(year, month);
    if last == 0 || !(1..=last).contains(&day) {
        return Err(bad_day(thread, year, month, day));
    }
    Ok(Day::new(year, month, day))
}

pub fn check_year(thread: &Thread, year: i32) -> PyResult<()> {
    if (MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Ok(());
    }
    Err(thread.value_error(format!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}")))
}

#[cold]
fn bad_day(thread: &Thread, year: i32, month: i32, day: i32) -> Raised {
    let last = calendar::days_in_month(year, month);
    thread.value_error(match last {
        0 => format!("month must be in 1..12, not {month}"),
        _ => format!("day {day} must be in range 1..{last} for month {month} in year {year}"),
    })
}

/// Checks a time of the day; `fold` as given.
pub fn check_clock(thread: &Thread, fields: (i32, i32, i32, i32), fold: i32) -> PyResult<Clock> {
    let (hour, minute, second, microsecond) = fields;
    let check = |name: &str, value: i32, last: i32| {
        if (0..=last).contains(&value) {
            return Ok(());
        }
        Err(thread.value_error(format!("{name} must be in 0..{last}, not {value}")))
    };
    check("hour", hour, 23)?;
    check("minute", minute, 59)?;
    check("second", second, 59)?;
    check("microsecond", microsecond, 999_999)?;
    if !(0..=1).contains(&fold) {
        return Err(thread.value_error(format!("fold must be either 0 or 1, not {fold}")));
    }
    Ok(Clock::new(hour, minute, second, microsecond).with_fold(fold == 1))
}
