//! `date`: the type, its operators and its pickles; `date_methods` has its methods.

use super::calendar;
use super::date_methods::METHODS;
use super::datetime::{DATETIME, DateTime};
use super::fields::{Clock, Day, check_day, date_overflow, day_of};
use super::pickle;
use super::support::{Ascii, int_or};
use super::timedelta::{Span, span_of};
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, CompareOp, Header, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset,
    new_object,
};
use std::cell::Cell;

#[repr(C)]
pub struct Date {
    header: Header,
    /// Of dates and datetimes; -1: not known yet.
    pub hash: Cell<i64>,
    pub day: Day,
}

const _: () = assert!(size_of::<Date>() == 32, "as large as CPython's");

runtime::object!(Date, DATE);

pub static DATE: Type = Type::new_static(&TypeSpec {
    name: "datetime.date",
    size: size_of::<Date>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(construct),
        drop: drop_object::<Date>,
        repr: Some(repr),
        str: Some(|thread, v| match v.cast_exact::<Date>() {
            Some(date) => Ok(iso_text(date.day)),
            None => thread.call_method(v, super::support::ISOFORMAT.get(), &[]),
        }),
        hash: Some(|thread, v| {
            let date = receiver::<Date>(thread, v)?;
            if date.hash.get() == -1 {
                date.hash.set(runtime::hash::hash_bytes(&date.day.bytes()));
            }
            Ok(date.hash.get())
        }),
        compare: Some(compare),
        add: Some(add),
        subtract: Some(subtract),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[
        getset("year", |thread, v| Ok(int::new(receiver::<Date>(thread, v)?.day.year().into())), ""),
        getset("month", |thread, v| Ok(int::new(receiver::<Date>(thread, v)?.day.month().into())), ""),
        getset("day", |thread, v| Ok(int::new(receiver::<Date>(thread, v)?.day.day().into())), ""),
    ],
    doc: "date(year, month, day) --> date object",
    ..TypeSpec::EMPTY
});

impl Date {
    /// The part that dates and datetimes have in common, in the making.
    pub const fn part(header: Header, day: Day) -> Date {
        Date { header, hash: Cell::new(-1), day }
    }
}

#[inline]
pub fn new_date(class: &'static Type, day: Day) -> Ref {
    new_object(class, |header| Date::part(header, day))
}

/// The date of a class: made as it stands for the types of the module, by a call for other classes.
pub fn date_of_class(thread: &Thread, class: &'static Type, day: Day) -> PyResult {
    if std::ptr::eq(class, &DATE) {
        return Ok(new_date(class, day));
    }
    if std::ptr::eq(class, &DATETIME) {
        return Ok(super::datetime::new_datetime(class, day, Clock::MIDNIGHT, Ref::NONE));
    }
    let fields = [day.year(), day.month(), day.day()].map(|field| Value::small_int(field.into()));
    thread.call(Value::of(class), &fields)
}

/// A date of a class from fields that are to be checked.
pub fn checked_date(thread: &Thread, class: &'static Type, fields: (i32, i32, i32)) -> PyResult {
    let plain = std::ptr::eq(class, &DATE) || std::ptr::eq(class, &DATETIME);
    if plain {
        return date_of_class(thread, class, check_day(thread, fields)?);
    }
    let (year, month, day) = fields;
    let fields = [year, month, day].map(|field| Value::small_int(field.into()));
    thread.call(Value::of(class), &fields)
}

/// A date that is no datetime.
#[inline]
pub fn plain_date(v: Value) -> Option<&'static Date> {
    if let Some(date) = v.cast_exact::<Date>() {
        return Some(date);
    }
    v.cast::<Date>().filter(|_| v.cast::<DateTime>().is_none())
}

static PARAMETERS: Parameters = Parameters::new("", "(year, month, day)");

fn construct(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    if let [state] = arguments.positional()
        && let Some(day) = pickle::date_state(thread, *state)?
    {
        return Ok(new_date(class, day));
    }
    PARAMETERS.bind(thread, arguments, |slots| {
        let year = int_or(thread, slots[0], 0)?;
        let month = int_or(thread, slots[1], 0)?;
        let day = int_or(thread, slots[2], 0)?;
        Ok(new_date(class, check_day(thread, (year, month, day))?))
    })
}

/// `YYYY-MM-DD`
pub fn push_iso(out: &mut Ascii, day: Day) -> &mut Ascii {
    out.at_least(day.year(), 4).push(b'-').two(day.month()).push(b'-').at_least(day.day(), 2)
}

pub fn iso_text(day: Day) -> Ref {
    push_iso(&mut Ascii::new(), day).string()
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let (year, month, day) = receiver::<Date>(thread, v)?.day.parts();
    Ok(Str::new(&format!("{}({year}, {month}, {day})", v.ty().name())))
}

fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    Ok(match (plain_date(a), plain_date(b)) {
        (Some(a), Some(b)) => Ref::bool(op.holds(a.day.cmp(&b.day))),
        // A datetime leaves it to this slot where it inherits it: it is none here.
        _ => Ref::NOT_IMPLEMENTED,
    })
}

/// The date so many days later, of the same class.
fn shifted(thread: &Thread, v: Value, days: i64) -> PyResult {
    let date = receiver::<Date>(thread, v)?;
    let day = day_of(i64::from(date.day.ordinal()) + days).ok_or_else(|| date_overflow(thread))?;
    date_of_class(thread, v.ty(), day)
}

fn add(thread: &Thread, a: Value, b: Value) -> PyResult {
    if let (Some(_), Some(span)) = (plain_date(a), span_of(b)) {
        return shifted(thread, a, span.days.into());
    }
    match (span_of(a), plain_date(b)) {
        (Some(span), Some(_)) => shifted(thread, b, span.days.into()),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn subtract(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(date) = plain_date(a) else { return Ok(Ref::NOT_IMPLEMENTED) };
    if let Some(span) = span_of(b) {
        return shifted(thread, a, -i64::from(span.days));
    }
    let Some(other) = plain_date(b) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let days = date.day.ordinal() - other.day.ordinal();
    Ok(Span { days, ..Span::ZERO }.object())
}

pub const FIRST: Day = Day::new(calendar::MIN_YEAR, 1, 1);
pub const LAST: Day = Day::new(calendar::MAX_YEAR, 12, 31);
