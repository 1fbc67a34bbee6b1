//! `time`: clocks, sleeping, calendar time.

pub mod calendar;
mod clocks;
mod rows;

pub use calendar::c_int;

use crate::constants::add_constants;
use crate::libc_constants;
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::module::ModuleSpec;
use runtime::{Args, NativeFn, PyResult, Raised, Ref, Thread, Value};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "time",
    doc: "This module provides various functions to manipulate time values.\n\nThere are two standard representations of time.  One is the number\nof seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer\nor a floating-point number (to represent fractions of seconds).\nThe epoch is the point where the time starts, the return value of time.gmtime(0).\nIt is January 1, 1970, 00:00:00 (UTC) on all platforms.\n\nThe other representation is a tuple of 9 integers giving local time.\nThe tuple items are:\n  year (including century, e.g. 1998)\n  month (1-12)\n  day (1-31)\n  hours (0-23)\n  minutes (0-59)\n  seconds (0-59)\n  weekday (0-6, Monday is 0)\n  Julian day (day in the year, 1-366)\n  DST (Daylight Savings Time) flag (-1, 0 or 1)\nIf the DST flag is 0, the time is given in the regular time zone;\nif it is 1, the time is given in the DST time zone;\nif it is -1, mktime() should guess based on the date and time.\n",
    functions: rows::ROWS,
    init: |thread, module| {
        add_constants(
            module,
            libc_constants! {
                CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID
                CLOCK_THREAD_CPUTIME_ID CLOCK_BOOTTIME CLOCK_TAI
            },
        );
        add_constants(module, &[("_STRUCT_TM_ITEMS", 11)]);
        calendar::STRUCT_TIME.add_to(module);
        calendar::add_zone(thread, module)
    },
};

/// Checks the number of arguments in the words of functions that parse a tuple.
pub fn check_count(thread: &Thread, name: &str, given: usize, low: usize, high: usize) -> PyResult<()> {
    if (low..=high).contains(&given) { Ok(()) } else { Err(wrong_count(thread, name, given, low, high)) }
}

#[cold]
fn wrong_count(thread: &Thread, name: &str, given: usize, low: usize, high: usize) -> Raised {
    let limit = if given < low { low } else { high };
    let bound = match low == high {
        true => "exactly",
        false if given < low => "at least",
        false => "at most",
    };
    let plural = if limit == 1 { "" } else { "s" };
    thread.type_error(format!("{name}() takes {bound} {limit} argument{plural} ({given} given)"))
}

/// Whether a value is this module's `strftime`.
pub fn is_strftime(v: Value) -> bool {
    let own: fn(&Thread, Value, &Args) -> PyResult<Ref> = calendar::strftime;
    let function = v.cast_exact::<BuiltinFunction>().map(|function| function.def.function);
    matches!(function, Some(NativeFn::Raw(function)) if std::ptr::fn_addr_eq(function, own))
}
