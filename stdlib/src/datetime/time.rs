//! `time`: a time of the day, with or without a zone.

use super::fields::{Clock, check_clock};
use super::iso_text::{self, TimeSpec};
use super::pickle;
use super::strftime::{format_method, strftime, strptime};
use super::support::{Ascii, FOLD, ISOFORMAT, exactly, int_or, named_int_or};
use super::timedelta::Span;
use super::tzinfo::{self, check_zone};
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::slot_fields::receiver;
use runtime::text_builder::TextBuilder;
use runtime::types::binding::Parameters;
use runtime::{
    Args, CompareOp, GetSetDef, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type,
    TypeFlags, TypeSpec, Value, getset, method, new_object,
};
use std::cell::Cell;

#[repr(C)]
pub struct Time {
    header: Header,
    /// -1: not known yet.
    hash: Cell<i64>,
    pub clock: Cell<Clock>,
    /// None or a tzinfo.
    pub zone: Slot,
}

const _: () = assert!(size_of::<Time>() == 40, "as large as CPython's");

runtime::object!(Time, TIME);

pub static TIME: Type = Type::new_static(&TypeSpec {
    name: "datetime.time",
    size: size_of::<Time>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(construct),
        drop: drop_object::<Time>,
        repr: Some(repr),
        str: Some(|thread, v| match v.cast_exact::<Time>() {
            Some(_) => iso_format(thread, v, &[Value::NULL]),
            None => thread.call_method(v, ISOFORMAT.get(), &[]),
        }),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nAll arguments are optional. tzinfo may be None, or an instance of\na tzinfo subclass. The remaining arguments may be ints.\n",
    ..TypeSpec::EMPTY
});

const GETSETS: &[GetSetDef] = &[
    getset("hour", |thread, v| field(thread, v, Clock::hour), ""),
    getset("minute", |thread, v| field(thread, v, Clock::minute), ""),
    getset("second", |thread, v| field(thread, v, Clock::second), ""),
    getset("microsecond", |thread, v| field(thread, v, Clock::microsecond), ""),
    getset("tzinfo", |thread, v| Ok(receiver::<Time>(thread, v)?.zone.get()), ""),
    getset("fold", |thread, v| field(thread, v, |clock| clock.fold().into()), ""),
];

const METHODS: &[MethodDef] = &[
    method(
        "strptime",
        "?",
        NativeFn::Raw(|thread, class, arguments| {
            strptime(thread, class, arguments, "_strptime_datetime_time")
        }),
        "string, format -> new time parsed from a string (like time.strptime()).",
    )
    .class(),
    method(
        "isoformat",
        "!($self, /, timespec='auto')",
        NativeFn::Bound(iso_format),
        "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\n\nThe optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n",
    ),
    method(
        "strftime",
        "!($self, /, format)",
        NativeFn::Bound(|thread, v, slots| strftime(thread, v, slots[0])),
        "format -> strftime() style string.",
    ),
    method("__format__", "?", NativeFn::Raw(format_method), "Formats self with strftime."),
    method(
        "utcoffset",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let offset =
                tzinfo::offset_object(thread, receiver::<Time>(thread, v)?.zone.peek(), Value::NONE)?;
            Ok(offset.unwrap_or(Ref::NONE))
        }),
        "Return self.tzinfo.utcoffset(self).",
    ),
    method(
        "tzname",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            tzinfo::zone_name(thread, receiver::<Time>(thread, v)?.zone.peek(), Value::NONE)
        }),
        "Return self.tzinfo.tzname(self).",
    ),
    method(
        "dst",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let offset = tzinfo::dst_object(thread, receiver::<Time>(thread, v)?.zone.peek(), Value::NONE)?;
            Ok(offset.unwrap_or(Ref::NONE))
        }),
        "Return self.tzinfo.dst(self).",
    ),
    method(
        "replace",
        "($self, /, hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        NativeFn::Bound(replace),
        "Return time with new specified fields.",
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
        "fromisoformat",
        "($type, object, /)",
        NativeFn::One(from_iso_format),
        "string -> time from a string in ISO 8601 format",
    )
    .class(),
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

static PARAMETERS: Parameters =
    Parameters::new("", "(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)");
static REPLACE: Parameters = Parameters::new(
    "replace",
    "(hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
);

/// A time of a class as it stands; `zone` is None or a tzinfo.
pub fn new_time(class: &'static Type, clock: Clock, zone: Ref) -> Ref {
    let (clock, zone) = (Cell::new(clock), Slot::new(zone));
    new_object(class, |header| Time { header, hash: Cell::new(-1), clock, zone })
}

fn construct(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    if let [state, zone @ ..] = arguments.positional()
        && zone.len() <= 1
        && let Some(clock) = pickle::time_state(thread, *state)?
    {
        return Ok(new_time(class, clock, pickle::state_zone(thread, zone.first())?));
    }
    PARAMETERS.bind(thread, arguments, |slots| {
        let part = |i: usize| int_or(thread, slots[i], 0);
        let (fields, fold) = ((part(0)?, part(1)?, part(2)?, part(3)?), part(5)?);
        let clock = check_clock(thread, fields, fold)?;
        check_zone(thread, slots[4])?;
        Ok(new_time(class, clock, zone_of(slots[4])))
    })
}

/// NULL stands for None.
pub fn zone_of(v: Value) -> Ref {
    if v.is_null() { Ref::NONE } else { v.to_ref() }
}

/// A time of a class from fields that are to be checked; classes of Python are called.
pub fn checked_time(
    thread: &Thread,
    class: &'static Type,
    fields: (i32, i32, i32, i32),
    zone: Value,
    fold: i32,
) -> PyResult {
    if std::ptr::eq(class, &TIME) {
        let clock = check_clock(thread, fields, fold)?;
        check_zone(thread, zone)?;
        return Ok(new_time(class, clock, zone_of(zone)));
    }
    let (hour, minute, second, microsecond) = fields;
    let [hour, minute, second, microsecond, fold_value] =
        [hour, minute, second, microsecond, fold].map(|field| Value::small_int(field.into()));
    let values = [hour, minute, second, microsecond, zone, fold_value];
    if fold == 0 {
        return thread.call(Value::of(class), &values[..5]);
    }
    thread.call_args(Value::of(class), &Args::new(&values, &[FOLD.get()]))
}

fn field(thread: &Thread, v: Value, read: fn(Clock) -> i32) -> PyResult {
    Ok(int::new(read(receiver::<Time>(thread, v)?.clock.get()).into()))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let time = receiver::<Time>(thread, v)?;
    let clock = time.clock.get();
    let mut text = Ascii::new();
    text.push(b'(').number(clock.hour()).text(", ").number(clock.minute());
    iso_text::push_small_parts(&mut text, clock);
    let mut out = TextBuilder::new(&v.ty().name());
    out.push(text.as_str());
    let zone = time.zone.get();
    if !zone.is_none() {
        out.push(", tzinfo=").push_repr(thread, *zone)?;
    }
    if clock.fold() {
        out.push(", fold=1");
    }
    Ok(out.push(")").finish())
}

fn iso_format(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let time = receiver::<Time>(thread, v)?;
    let spec = TimeSpec::argument(thread, slots[0], 1)?;
    let mut out = Ascii::new();
    iso_text::push_clock(&mut out, time.clock.get(), spec);
    iso_text::push_zone(thread, &mut out, &time.zone, Value::NONE)?;
    Ok(out.string())
}

fn from_iso_format(thread: &Thread, class: Value, text: Value) -> PyResult {
    let Some(content) = text.cast::<Str>() else {
        return Err(thread.type_error("fromisoformat: argument must be str"));
    };
    let (fields, zone) = super::isoformat::time(thread, content)?;
    checked_time(thread, super::date_methods::class_of(thread, class)?, fields, *zone, 0)
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let time = receiver::<Time>(thread, v)?;
    if time.hash.get() != -1 {
        return Ok(time.hash.get());
    }
    let clock = time.clock.get();
    let hash = match tzinfo::offset(thread, time.zone.peek(), Value::NONE)? {
        None => runtime::hash::hash_bytes(&clock.bytes()),
        Some(offset) => {
            let seconds = clock.seconds() - offset.whole_seconds();
            let microseconds = clock.microsecond() - offset.microseconds;
            Span::normal(thread, 0, seconds, microseconds.into())?.hash()
        }
    };
    time.hash.set(hash);
    Ok(hash)
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (a.cast::<Time>(), b.cast::<Time>()) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let (left, right) = (a.clock.get(), b.clock.get());
    let (mut offset, mut other_offset) = (None, None);
    if !a.zone.peek().is(b.zone.peek()) {
        offset = tzinfo::offset(thread, a.zone.peek(), Value::NONE)?;
        other_offset = tzinfo::offset(thread, b.zone.peek(), Value::NONE)?;
    }
    if offset == other_offset {
        return Ok(Ref::bool(op.holds(left.order().cmp(&right.order()))));
    }
    let (Some(offset), Some(other_offset)) = (offset, other_offset) else {
        return match op {
            CompareOp::Eq => Ok(Ref::bool(false)),
            CompareOp::Ne => Ok(Ref::bool(true)),
            _ => Err(thread.type_error("can't compare offset-naive and offset-aware times")),
        };
    };
    let key = |clock: Clock, offset: Span| (clock.seconds() - offset.whole_seconds(), clock.microsecond());
    Ok(Ref::bool(op.holds(key(left, offset).cmp(&key(right, other_offset)))))
}

fn replace(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let time = receiver::<Time>(thread, v)?;
    let clock = time.clock.get();
    let part = |i: usize, old: i32| named_int_or(thread, slots[i], old);
    let fields = (
        part(0, clock.hour())?,
        part(1, clock.minute())?,
        part(2, clock.second())?,
        part(3, clock.microsecond())?,
    );
    let fold = part(5, clock.fold().into())?;
    let zone = if slots[4].is_null() { time.zone.get() } else { slots[4].to_ref() };
    checked_time(thread, v.ty(), fields, *zone, fold)
}

fn reduce(thread: &Thread, v: Value, protocol: i32) -> PyResult {
    let time = receiver::<Time>(thread, v)?;
    Ok(pickle::reduce_time(v.ty(), time.clock.get(), time.zone.peek(), protocol))
}
