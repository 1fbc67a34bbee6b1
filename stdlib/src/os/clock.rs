//! Clocks, calendar time and sleeping.

use super::OsResult;
use super::calls::{checked, errno_result};
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

const BILLION: i64 = 1_000_000_000;

/// Calendar time; `zone` is NULL or a name that the system keeps.
pub type Calendar = libc::tm;

fn nanoseconds(t: libc::timespec) -> i64 {
    t.tv_sec.saturating_mul(BILLION).saturating_add(t.tv_nsec)
}

fn timespec(nanoseconds: i64) -> libc::timespec {
    libc::timespec { tv_sec: nanoseconds.div_euclid(BILLION), tv_nsec: nanoseconds.rem_euclid(BILLION) }
}

/// A clock's time in nanoseconds.
#[inline]
pub fn now(clock: i32) -> OsResult<i64> {
    let mut time = timespec(0);
    // SAFETY: the place has the right type.
    checked(unsafe { libc::clock_gettime(clock, &mut time) }.into())?;
    Ok(nanoseconds(time))
}

/// A clock's resolution in nanoseconds.
pub fn resolution(clock: i32) -> OsResult<i64> {
    let mut time = timespec(0);
    // SAFETY: the place has the right type.
    checked(unsafe { libc::clock_getres(clock, &mut time) }.into())?;
    Ok(nanoseconds(time))
}

/// Sets a clock.
pub fn set(clock: i32, time: i64) -> OsResult<i64> {
    // SAFETY: a structure of the right type.
    checked(unsafe { libc::clock_settime(clock, &timespec(time)) }.into())
}

/// Sleeps until the monotonic clock shows that time.
pub fn sleep_until(time: i64) -> OsResult<()> {
    let time = timespec(time);
    // SAFETY: a structure of the right type; what is left is not asked for.
    errno_result(unsafe {
        libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &time, std::ptr::null_mut())
    })
}

/// The clock of a thread's processor time.
pub fn thread_clock(thread: u64) -> OsResult<i32> {
    let mut clock = 0;
    // SAFETY: the caller names a live thread; the place has the right type.
    errno_result(unsafe { libc::pthread_getcpuclockid(thread, &mut clock) })?;
    Ok(clock)
}

fn broken_down(call: impl FnOnce(*mut Calendar) -> *mut Calendar) -> OsResult<Calendar> {
    let mut place = MaybeUninit::<Calendar>::zeroed();
    if call(place.as_mut_ptr()).is_null() {
        let errno = super::last_errno();
        return Err(if errno == 0 { libc::EINVAL } else { errno });
    }
    // SAFETY: filled in; consists of integers and a pointer.
    Ok(unsafe { place.assume_init() })
}

/// `gmtime`
pub fn utc(time: i64) -> OsResult<Calendar> {
    // SAFETY: the place has the right type.
    broken_down(|place| unsafe { libc::gmtime_r(&time, place) })
}

/// `localtime`
pub fn local(time: i64) -> OsResult<Calendar> {
    // SAFETY: the place has the right type.
    broken_down(|place| unsafe { libc::localtime_r(&time, place) })
}

/// An empty calendar time.
pub fn empty() -> Calendar {
    // SAFETY: consists of integers and a pointer that may be NULL.
    unsafe { std::mem::zeroed() }
}

/// `mktime`; `None` if the time cannot be represented.
pub fn seconds(calendar: &mut Calendar) -> Option<i64> {
    // The call sets the day of the week exactly if it succeeds.
    calendar.tm_wday = -1;
    // SAFETY: a structure of the right type.
    let time = unsafe { libc::mktime(calendar) };
    (time != -1 || calendar.tm_wday != -1).then_some(time)
}

/// The name of a calendar time's zone.
pub fn zone(calendar: &Calendar) -> Vec<u8> {
    if calendar.tm_zone.is_null() {
        return Vec::new();
    }
    // SAFETY: the system keeps names of zones.
    unsafe { CStr::from_ptr(calendar.tm_zone) }.to_bytes().to_vec()
}

unsafe extern "C" {
    fn tzset();
}

/// Reads the variable `TZ`.
pub fn read_zone() {
    // SAFETY: a plain call.
    unsafe { tzset() }
}

/// `strftime`; the zone's name, where given, replaces that of the calendar time.
pub fn format(calendar: &Calendar, zone: Option<&CString>, format: &CStr) -> Vec<u8> {
    let mut calendar = *calendar;
    calendar.tm_zone = zone.map_or(std::ptr::null(), |z| z.as_ptr()) as *mut _;
    let length = format.to_bytes().len();
    let mut buffer = vec![0u8; 256.max(length * 2)];
    loop {
        let (start, room) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: the buffer is as long as said, the strings are terminated.
        let used = unsafe { libc::strftime(start, room, format.as_ptr(), &calendar) };
        // An empty result cannot be told from one that does not fit.
        if used > 0 || buffer.len() >= 256 * length.max(1) {
            buffer.truncate(used);
            return buffer;
        }
        let size = buffer.len() * 2;
        buffer.resize(size, 0);
    }
}
