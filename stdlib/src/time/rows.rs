//! The functions of the module.

use super::{calendar, clocks};
use runtime::types::Effects;
use runtime::{MethodDef, NativeFn, method};

pub const ROWS: &[MethodDef] = &[
    method(
        "asctime",
        "!($module, tuple=None, /)",
        NativeFn::Bound(calendar::asctime),
        "asctime([time_tuple]) -> string\n\nConvert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.\nWhen the time tuple is not present, current time as returned by localtime()\nis used.",
    ),
    method(
        "clock_getres",
        "!($module, *args)",
        NativeFn::Raw(clocks::clock_getres),
        "clock_getres(clk_id) -> floating-point number\n\nReturn the resolution (precision) of the specified clock clk_id.",
    ),
    method(
        "clock_gettime",
        "($module, clk_id, /)",
        NativeFn::One(clocks::clock_gettime),
        "Return the time of the specified clock clk_id as a float.",
    ),
    method(
        "clock_gettime_ns",
        "($module, clk_id, /)",
        NativeFn::One(clocks::clock_gettime_ns),
        "Return the time of the specified clock clk_id as nanoseconds (int).",
    ),
    method(
        "clock_settime",
        "!($module, *args)",
        NativeFn::Raw(clocks::clock_settime),
        "clock_settime(clk_id, time)\n\nSet the time of the specified clock clk_id.",
    ),
    method(
        "clock_settime_ns",
        "!($module, *args)",
        NativeFn::Raw(clocks::clock_settime_ns),
        "clock_settime_ns(clk_id, time)\n\nSet the time of the specified clock clk_id with nanoseconds.",
    ),
    method(
        "ctime",
        "!($module, *args)",
        NativeFn::Raw(calendar::ctime),
        "ctime([seconds]) -> string\n\nConvert a time in seconds since the Epoch to a string in local time.\nThis is equivalent to asctime(localtime(seconds)). When 'seconds' is not\npassed in, convert the current time instead.",
    ),
    method(
        "get_clock_info",
        "!($module, *args)",
        NativeFn::Raw(clocks::get_clock_info),
        "get_clock_info(name: str) -> dict\n\nGet information of the specified clock.",
    ),
    method(
        "gmtime",
        "!($module, *args)",
        NativeFn::Raw(calendar::gmtime),
        "gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,\n                       tm_sec, tm_wday, tm_yday, tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing UTC (a.k.a.\nGMT).  When 'seconds' is not passed in, convert the current time instead.\n\nIf the platform supports the tm_gmtoff and tm_zone, they are available as\nattributes only.",
    ),
    method(
        "localtime",
        "!($module, *args)",
        NativeFn::Raw(calendar::localtime),
        "localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,\n                          tm_sec,tm_wday,tm_yday,tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing local time.\nWhen 'seconds' is not passed in, convert the current time instead.",
    ),
    method(
        "mktime",
        "($module, object, /)",
        NativeFn::One(calendar::mktime),
        "mktime(time_tuple) -> floating-point number\n\nConvert a time tuple in local time to seconds since the Epoch.\nNote that mktime(gmtime(0)) will not generally return zero for most\ntime zones; instead the returned value will either be equal to that\nof the timezone or altzone attributes on the time module.",
    ),
    method(
        "monotonic",
        "($module, /)",
        NativeFn::NoArgs(clocks::monotonic),
        "monotonic() -> float\n\nMonotonic clock, cannot go backward.",
    ).effects(Effects::READS),
    method(
        "monotonic_ns",
        "($module, /)",
        NativeFn::NoArgs(clocks::monotonic_ns),
        "monotonic_ns() -> int\n\nMonotonic clock, cannot go backward, as nanoseconds.",
    ).effects(Effects::READS),
    method(
        "perf_counter",
        "($module, /)",
        NativeFn::NoArgs(clocks::perf_counter),
        "perf_counter() -> float\n\nPerformance counter for benchmarking.",
    ).effects(Effects::READS),
    method(
        "perf_counter_ns",
        "($module, /)",
        NativeFn::NoArgs(clocks::perf_counter_ns),
        "perf_counter_ns() -> int\n\nPerformance counter for benchmarking as nanoseconds.",
    ).effects(Effects::READS),
    method(
        "process_time",
        "($module, /)",
        NativeFn::NoArgs(clocks::process_time),
        "process_time() -> float\n\nProcess time for profiling: sum of the kernel and user-space CPU time.",
    ).effects(Effects::READS),
    method(
        "process_time_ns",
        "($module, /)",
        NativeFn::NoArgs(clocks::process_time_ns),
        "process_time() -> int\n\nProcess time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time.",
    ).effects(Effects::READS),
    method(
        "pthread_getcpuclockid",
        "!($module, *args)",
        NativeFn::Raw(clocks::pthread_getcpuclockid),
        "pthread_getcpuclockid(thread_id) -> int\n\nReturn the clk_id of a thread's CPU time clock.",
    ),
    method(
        "sleep",
        "($module, object, /)",
        NativeFn::One(clocks::sleep),
        "sleep(seconds)\n\nDelay execution for a given number of seconds.  The argument may be\na floating-point number for subsecond precision.",
    ),
    method(
        "strftime",
        "!($module, *args)",
        NativeFn::Raw(calendar::strftime),
        "strftime(format[, time_tuple]) -> string\n\nConvert a time tuple to a string according to a format specification.\nSee the library reference manual for formatting codes. When the time tuple\nis not present, current time as returned by localtime() is used.\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n",
    ),
    method(
        "strptime",
        "!($module, *args)",
        NativeFn::Raw(calendar::strptime),
        "strptime(string[, format]) -> struct_time\n\nParse a string to a time tuple according to a format specification.\nSee the library reference manual for formatting codes (same as\nstrftime()).\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n",
    ),
    method(
        "thread_time",
        "($module, /)",
        NativeFn::NoArgs(clocks::thread_time),
        "thread_time() -> float\n\nThread time for profiling: sum of the kernel and user-space CPU time.",
    ).effects(Effects::READS),
    method(
        "thread_time_ns",
        "($module, /)",
        NativeFn::NoArgs(clocks::thread_time_ns),
        "thread_time() -> int\n\nThread time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time.",
    ).effects(Effects::READS),
    method(
        "time",
        "($module, /)",
        NativeFn::NoArgs(clocks::time),
        "time() -> floating-point number\n\nReturn the current time in seconds since the Epoch.\nFractions of a second may be present if the system clock provides them.",
    ).effects(Effects::READS),
    method(
        "time_ns",
        "($module, /)",
        NativeFn::NoArgs(clocks::time_ns),
        "time_ns() -> int\n\nReturn the current time in nanoseconds since the Epoch.",
    ).effects(Effects::READS),
    method(
        "tzset",
        "($module, /)",
        NativeFn::NoArgs(calendar::tzset),
        "tzset()\n\nInitialize, or reinitialize, the local timezone to the value stored in\nos.environ['TZ']. The TZ environment variable should be specified in\nstandard Unix timezone format as documented in the tzset man page\n(eg. 'US/Eastern', 'Europe/Amsterdam'). Unknown timezones will silently\nfall back to UTC. If the TZ environment variable is not set, the local\ntimezone is set to the systems best guess of wallclock time.\nChanging the TZ environment variable without calling tzset *may* change\nthe local timezone used by methods such as localtime, but this behaviour\nshould not be relied on.",
    ),
];
