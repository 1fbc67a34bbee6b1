//! The methods of `datetime`.

use super::date_methods::{ctime_text, time_tuple};
use super::datetime::{DateTime, Fields, checked_datetime, moved, shifted, start_iso};
use super::datetime_making as making;
use super::delta_arithmetic as arithmetic;
use super::fields::microseconds;
use super::iso_text::{self, TimeSpec};
use super::local::{self, EPOCH};
use super::pickle;
use super::strftime::strptime;
use super::support::{FROMUTC, exactly, int_or, named_int_or};
use super::timezone::utc;
use super::tzinfo::{self, check_zone};
use runtime::objects::float;
use runtime::objects::str::{Str, concat};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{Effects, MethodDef, NativeFn, PyResult, Raised, Ref, Thread, Value, method};

pub const METHODS: &[MethodDef] = &[
    method(
        "now",
        "($type, /, tz=None)",
        NativeFn::Bound(making::now),
        "Returns new datetime object representing current time local to tz.\n\n  tz\n    Timezone object.\n\nIf no tz is specified, uses local timezone.",
    )
    .class(),
    method(
        "utcnow",
        "($type, /)",
        NativeFn::NoArgs(making::utc_now),
        "Return a new datetime representing UTC day and time.",
    )
    .class(),
    method(
        "fromtimestamp",
        "!($type, /, timestamp, tz=None)",
        NativeFn::Bound(making::from_timestamp),
        "timestamp[, tz] -> tz's local time from POSIX timestamp.",
    )
    .class(),
    method(
        "utcfromtimestamp",
        "?",
        NativeFn::Raw(making::utc_from_timestamp),
        "Construct a naive UTC datetime from a POSIX timestamp.",
    )
    .class(),
    method(
        "strptime",
        "?",
        NativeFn::Raw(|thread, class, arguments| {
            strptime(thread, class, arguments, "_strptime_datetime_datetime")
        }),
        "string, format -> new datetime parsed from a string (like time.strptime()).",
    )
    .class(),
    method(
        "combine",
        "!($type, /, date, time, tzinfo=None)",
        NativeFn::Bound(making::combine),
        "date, time -> datetime with same date and time fields",
    )
    .class(),
    method(
        "fromisoformat",
        "($type, object, /)",
        NativeFn::One(making::from_iso_format),
        "string -> datetime from a string in most ISO 8601 formats",
    )
    .class(),
    method(
        "date",
        "($self, /)",
        NativeFn::NoArgs(making::date_part),
        "Return date object with same year, month and day.",
    )
    .effects(Effects::READS),
    method(
        "time",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| making::time_part(thread, v, false)),
        "Return time object with same time but with tzinfo=None.",
    )
    .effects(Effects::READS),
    method(
        "timetz",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| making::time_part(thread, v, true)),
        "Return time object with same time and tzinfo.",
    )
    .effects(Effects::READS),
    method(
        "ctime",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let moment = receiver::<DateTime>(thread, v)?;
            Ok(ctime_text(&moment.date, moment.clock.get()))
        }),
        "Return ctime() style string.",
    )
    .effects(Effects::READS),
    method(
        "timetuple",
        "($self, /)",
        NativeFn::NoArgs(timetuple),
        "Return time tuple, compatible with time.localtime().",
    ),
    method("timestamp", "($self, /)", NativeFn::NoArgs(timestamp), "Return POSIX timestamp as float."),
    method(
        "utctimetuple",
        "($self, /)",
        NativeFn::NoArgs(utctimetuple),
        "Return UTC time tuple, compatible with time.localtime().",
    ),
    method(
        "isoformat",
        "!($self, /, sep='T', timespec='auto')",
        NativeFn::Bound(iso_format),
        "[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\nsep is used to separate the year from the time, and defaults to 'T'.\nThe optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n",
    ),
    method(
        "utcoffset",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let offset = tzinfo::offset_object(thread, receiver::<DateTime>(thread, v)?.zone.peek(), v)?;
            Ok(offset.unwrap_or(Ref::NONE))
        }),
        "Return self.tzinfo.utcoffset(self).",
    ),
    method(
        "tzname",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| tzinfo::zone_name(thread, receiver::<DateTime>(thread, v)?.zone.peek(), v)),
        "Return self.tzinfo.tzname(self).",
    ),
    method(
        "dst",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let offset = tzinfo::dst_object(thread, receiver::<DateTime>(thread, v)?.zone.peek(), v)?;
            Ok(offset.unwrap_or(Ref::NONE))
        }),
        "Return self.tzinfo.dst(self).",
    ),
    method(
        "replace",
        "($self, /, year=unchanged, month=unchanged, day=unchanged,\n        hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        NativeFn::Bound(replace),
        "Return datetime with new specified fields.",
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
        "astimezone",
        "!($self, /, tz=None)",
        NativeFn::Bound(as_timezone),
        "tz -> convert to local time in new timezone tz\n",
    ),
    method(
        "__reduce_ex__",
        "?",
        NativeFn::Raw(|thread, v, arguments| {
            let [protocol] = exactly(thread, "__reduce_ex__", arguments)?;
            reduce(thread, v, int_or(thread, protocol, 0)?)
        }),
        "__reduce_ex__(proto) -> (cls, state)",
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| reduce(thread, v, 2)),
        "__reduce__() -> (cls, state)",
    ),
];

static REPLACE: Parameters = Parameters::new(
    "replace",
    "(year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, \
     microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
);

fn timetuple(thread: &Thread, v: Value) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let dst = match tzinfo::dst(thread, moment.zone.peek(), v)? {
        None => -1,
        Some(offset) => i32::from(!offset.is_zero()),
    };
    Ok(time_tuple(moment.date.day.parts(), moment.clock.get(), dst))
}

fn utctimetuple(thread: &Thread, v: Value) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let (day, clock) = match tzinfo::offset(thread, moment.zone.peek(), v)? {
        Some(offset) => moved(thread, moment, offset, -1)?,
        None => (moment.date.day, moment.clock.get()),
    };
    Ok(time_tuple(day.parts(), clock, 0))
}

const NAIVE: &str = "can't subtract offset-naive and offset-aware datetimes";

fn timestamp(thread: &Thread, v: Value) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let (day, clock) = (moment.date.day, moment.clock.get());
    if moment.zone.peek().is_none() {
        let seconds = local::to_utc(thread, day, clock, clock.fold())? - EPOCH;
        return Ok(float::new(seconds as f64 + f64::from(clock.microsecond()) / 1e6));
    }
    let offset = match *utc() {
        zone if zone.is(moment.zone.peek()) => 0,
        _ => match tzinfo::offset(thread, moment.zone.peek(), v)? {
            Some(offset) => offset.total(),
            None => return Err(thread.type_error(NAIVE)),
        },
    };
    let total = i128::from(microseconds(day, clock) - EPOCH * 1_000_000) - offset;
    Ok(float::new(arithmetic::quotient(thread, total, 1_000_000)?))
}

pub fn iso_format(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let separator = if slots[0].is_null() { 'T'.into() } else { separator(thread, slots[0])? };
    let spec = TimeSpec::argument(thread, slots[1], 2)?;
    let (day, clock) = (moment.date.day, moment.clock.get());
    let ascii = u8::try_from(separator).ok().filter(u8::is_ascii);
    let mut out = start_iso(day, ascii.unwrap_or(b'T'));
    let date_length = out.as_bytes().len();
    iso_text::push_clock(&mut out, clock, spec);
    iso_text::push_zone(thread, &mut out, &moment.zone, v)?;
    if ascii.is_some() {
        return Ok(out.string());
    }
    let text = out.as_bytes();
    let date = Str::from_ascii(&text[..date_length - 1]);
    let parts = [date, Str::from_char(separator), Str::from_ascii(&text[date_length..])];
    let joined = parts.into_iter().reduce(|all, part| match (all.cast::<Str>(), part.cast::<Str>()) {
        (Some(all), Some(part)) => concat(all, part),
        _ => all,
    });
    Ok(joined.unwrap_or_else(Str::empty))
}

/// An argument that is one character.
fn separator(thread: &Thread, v: Value) -> PyResult<u32> {
    let Some(text) = v.cast::<Str>() else {
        let given = v.ty().name();
        let message = format!("isoformat() argument 1 must be a unicode character, not {given}");
        return Err(thread.type_error(message));
    };
    if text.len() != 1 {
        let length = text.len();
        let message =
            format!("isoformat() argument 1 must be a unicode character, not a string of length {length}");
        return Err(thread.type_error(message));
    }
    Ok(text.code_point(0))
}

fn replace(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let old = Fields::of(moment.date.day, moment.clock.get());
    let part = |i: usize, old: i32| named_int_or(thread, slots[i], old);
    let fields = Fields {
        date: (part(0, old.date.0)?, part(1, old.date.1)?, part(2, old.date.2)?),
        clock: (part(3, old.clock.0)?, part(4, old.clock.1)?, part(5, old.clock.2)?, part(6, old.clock.3)?),
        fold: part(8, old.fold)?,
    };
    let zone = if slots[7].is_null() { moment.zone.get() } else { slots[7].to_ref() };
    checked_datetime(thread, v.ty(), &fields, *zone)
}

fn reduce(thread: &Thread, v: Value, protocol: i32) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let (day, clock) = (moment.date.day, moment.clock.get());
    Ok(pickle::reduce_datetime(v.ty(), day, clock, moment.zone.peek(), protocol))
}

fn local_zone(thread: &Thread, moment: &DateTime) -> PyResult {
    local::zone_of_local(thread, moment.date.day, moment.clock.get())
}

fn as_timezone(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let wanted = if slots[0].is_null() { Value::NONE } else { slots[0] };
    check_zone(thread, wanted)?;
    let mut own = moment.zone.get();
    if own.is_none() {
        own = local_zone(thread, moment)?;
    }
    if own.is(wanted) {
        return Ok(v.to_ref());
    }
    let offset = match tzinfo::offset(thread, *own, v)? {
        Some(offset) => offset,
        None => {
            // A zone that doesn't know says as much as none.
            own = local_zone(thread, moment)?;
            if own.is(wanted) {
                return Ok(v.to_ref());
            }
            tzinfo::offset(thread, *own, v)?.ok_or_else(|| naive(thread))?
        }
    };
    let in_utc = shifted(thread, v, offset, -1)?;
    let Some(result) = in_utc.cast::<DateTime>() else {
        let given = in_utc.ty().name();
        return Err(thread.type_error(format!("a datetime class made an object of type {given}")));
    };
    let zone = match wanted.is_none() {
        true => {
            let (day, clock) = (result.date.day, result.clock.get());
            local::zone_at(thread, microseconds(day, clock).div_euclid(1_000_000) - EPOCH)?
        }
        false => wanted.to_ref(),
    };
    result.zone.set(zone.clone());
    thread.call_method(*zone, FROMUTC.get(), &[*in_utc])
}

#[cold]
fn naive(thread: &Thread) -> Raised {
    thread.type_error(NAIVE)
}
