//! Calendar arithmetic: the proleptic Gregorian calendar as day numbers. Day 1 is the first of January of the year 1.

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
/// The number of the last day of `MAX_YEAR`.
pub const MAX_ORDINAL: i32 = 3_652_059;

pub const SECONDS_A_DAY: i64 = 86_400;
pub const MICROSECONDS_A_SECOND: i64 = 1_000_000;

const DAYS_IN_MONTH: [u8; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE_MONTH: [u16; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Days from the first of March of the year 0 to day 0: counted from there, leap days end their years.
const MARCH_OF_YEAR_0: i32 = 305;
const DAYS_IN_400_YEARS: i32 = 146_097;

pub const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month; months beyond the twelfth count as none.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    if month == 2 && is_leap(year) {
        return 29;
    }
    usize::try_from(month).ok().and_then(|m| DAYS_IN_MONTH.get(m)).map_or(0, |days| i32::from(*days))
}

/// The days of the year that lie before the month.
pub fn days_before_month(year: i32, month: i32) -> i32 {
    let before = usize::try_from(month).ok().and_then(|m| DAYS_BEFORE_MONTH.get(m));
    before.map_or(0, |days| i32::from(*days)) + i32::from(month > 2 && is_leap(year))
}

const fn days_before_year(year: i32) -> i32 {
    let y = year - 1;
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)
}

/// The number of a day.
pub fn to_ordinal(year: i32, month: i32, day: i32) -> i32 {
    days_before_year(year) + days_before_month(year, month) + day
}

/// Year, month and day of a day's number.
pub fn from_ordinal(ordinal: i32) -> (i32, i32, i32) {
    let days = ordinal + MARCH_OF_YEAR_0;
    let (cycle, day) = (days.div_euclid(DAYS_IN_400_YEARS), days.rem_euclid(DAYS_IN_400_YEARS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March on have 153 days every five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + cycle * 400 + i32::from(month <= 2), month, day)
}

/// The day of the week, Monday being 0.
pub fn weekday(ordinal: i32) -> i32 {
    (ordinal + 6).rem_euclid(7)
}

/// The Monday that begins the first ISO week of a year: the week with its first Thursday.
pub fn first_iso_monday(year: i32) -> i32 {
    const THURSDAY: i32 = 3;
    let first = to_ordinal(year, 1, 1);
    let first_weekday = weekday(first);
    let monday = first - first_weekday;
    if first_weekday > THURSDAY { monday + 7 } else { monday }
}

/// Whether a year of the ISO calendar has a 53rd week: it begins with a Thursday, or is a leap year that begins with a
/// Wednesday.
pub fn has_53_weeks(year: i32) -> bool {
    let first = to_ordinal(year, 1, 1).rem_euclid(7);
    first == 4 || (first == 3 && is_leap(year))
}

/// ISO year, week and day of the week (Monday is 1) of a day.
pub fn to_iso(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let today = to_ordinal(year, month, day);
    let mut iso_year = year;
    let mut first = first_iso_monday(iso_year);
    let mut week = (today - first).div_euclid(7);
    if week < 0 {
        iso_year -= 1;
        first = first_iso_monday(iso_year);
        week = (today - first).div_euclid(7);
    } else if week >= 52 && today >= first_iso_monday(iso_year + 1) {
        iso_year += 1;
        week = 0;
    }
    (iso_year, week + 1, (today - first).rem_euclid(7) + 1)
}

/// What is wrong with an ISO date.
pub enum IsoError {
    Year,
    Week,
    Weekday,
}

/// The day of an ISO date. It may lie in the year after `MAX_YEAR`.
pub fn from_iso(year: i32, week: i32, weekday: i32) -> Result<(i32, i32, i32), IsoError> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoError::Year);
    }
    let is_week = (1..=52).contains(&week) || week == 53 && has_53_weeks(year);
    if !is_week {
        return Err(IsoError::Week);
    }
    if !(1..=7).contains(&weekday) {
        return Err(IsoError::Weekday);
    }
    Ok(from_ordinal(first_iso_monday(year) + (week - 1) * 7 + weekday - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_comes_back() {
        let (mut year, mut month, mut day) = (MIN_YEAR, 1, 1);
        for ordinal in 1..=MAX_ORDINAL {
            assert_eq!(to_ordinal(year, month, day), ordinal);
            assert_eq!(from_ordinal(ordinal), (year, month, day));
            day += 1;
            if day > days_in_month(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn iso_dates_come_back() {
        for ordinal in (1..MAX_ORDINAL - 366).step_by(5) {
            let (year, month, day) = from_ordinal(ordinal);
            let (iso_year, week, weekday) = to_iso(year, month, day);
            if iso_year >= MIN_YEAR {
                assert!(
                    matches!(from_iso(iso_year, week, weekday), Ok(found) if found == (year, month, day))
                );
            }
        }
    }
}
