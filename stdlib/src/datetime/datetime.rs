//! `datetime`: the type and its operators. `datetime_making` has its constructors, `datetime_methods` its methods.

use super::calendar::{MICROSECONDS_A_SECOND, SECONDS_A_DAY};
use super::date::{Date, push_iso};
use super::datetime_making::construct;
use super::datetime_methods::{METHODS, iso_format};
use super::delta_arithmetic as arithmetic;
use super::fields::{Clock, Day, check_clock, check_day, date_overflow, day_of};
use super::iso_text;
use super::pickle::datetime_bytes;
use super::support::{Ascii, FOLD, ISOFORMAT};
use super::time::zone_of;
use super::timedelta::{Span, span_of};
use super::tzinfo::{self, check_zone};
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::slot_fields::receiver;
use runtime::text_builder::TextBuilder;
use runtime::{
    Args, CompareOp, GetSetDef, Object, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    getset, new_object,
};
use std::cell::Cell;

#[repr(C)]
pub struct DateTime {
    pub date: Date,
    pub clock: Cell<Clock>,
    /// None or a tzinfo.
    pub zone: Slot,
}

const _: () = assert!(size_of::<DateTime>() == 48, "as large as CPython's");

runtime::object!(DateTime, DATETIME);

pub static DATETIME: Type = Type::new_static(&TypeSpec {
    name: "datetime.datetime",
    base: Some(&super::date::DATE),
    size: size_of::<DateTime>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(construct),
        drop: drop_object::<DateTime>,
        repr: Some(repr),
        str: Some(|thread, v| {
            let space = Str::from_char(' '.into());
            match v.cast_exact::<DateTime>() {
                Some(_) => iso_format(thread, v, &[*space, Value::NULL]),
                None => thread.call_method(v, ISOFORMAT.get(), &[*space]),
            }
        }),
        hash: Some(hash),
        compare: Some(compare),
        add: Some(add),
        subtract: Some(subtract),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\nThe year, month and day arguments are required. tzinfo may be None, or an\ninstance of a tzinfo subclass. The remaining arguments may be ints.\n",
    ..TypeSpec::EMPTY
});

const GETSETS: &[GetSetDef] = &[
    getset("hour", |thread, v| field(thread, v, Clock::hour), ""),
    getset("minute", |thread, v| field(thread, v, Clock::minute), ""),
    getset("second", |thread, v| field(thread, v, Clock::second), ""),
    getset("microsecond", |thread, v| field(thread, v, Clock::microsecond), ""),
    getset("tzinfo", |thread, v| Ok(receiver::<DateTime>(thread, v)?.zone.get()), ""),
    getset("fold", |thread, v| field(thread, v, |clock| clock.fold().into()), ""),
];

fn field(thread: &Thread, v: Value, read: fn(Clock) -> i32) -> PyResult {
    Ok(int::new(read(receiver::<DateTime>(thread, v)?.clock.get()).into()))
}

/// A datetime of a class as it stands; `zone` is None or a tzinfo.
#[inline]
pub fn new_datetime(class: &'static Type, day: Day, clock: Clock, zone: Ref) -> Ref {
    let (clock, zone) = (Cell::new(clock), Slot::new(zone));
    new_object(class, |header| DateTime { date: Date::part(header, day), clock, zone })
}

/// The fields of a datetime that is to be made.
#[derive(Clone, Copy)]
pub struct Fields {
    pub date: (i32, i32, i32),
    pub clock: (i32, i32, i32, i32),
    pub fold: i32,
}

impl Fields {
    pub fn of(day: Day, clock: Clock) -> Fields {
        Fields {
            date: day.parts(),
            clock: (clock.hour(), clock.minute(), clock.second(), clock.microsecond()),
            fold: clock.fold().into(),
        }
    }
    /// Checks the fields and the zone.
    pub fn checked(&self, thread: &Thread, zone: Value) -> PyResult<(Day, Clock)> {
        let day = check_day(thread, self.date)?;
        let clock = check_clock(thread, self.clock, self.fold)?;
        check_zone(thread, zone)?;
        Ok((day, clock))
    }
}

/// A datetime of a class from fields that are to be checked; classes of Python are called.
pub fn checked_datetime(thread: &Thread, class: &'static Type, fields: &Fields, zone: Value) -> PyResult {
    if std::ptr::eq(class, &DATETIME) {
        let (day, clock) = fields.checked(thread, zone)?;
        return Ok(new_datetime(class, day, clock, zone_of(zone)));
    }
    let ((year, month, day), (hour, minute, second, microsecond)) = (fields.date, fields.clock);
    let number = |field: i32| Value::small_int(field.into());
    let values = [
        number(year),
        number(month),
        number(day),
        number(hour),
        number(minute),
        number(second),
        number(microsecond),
        zone,
        number(fields.fold),
    ];
    if fields.fold == 0 {
        return thread.call(Value::of(class), &values[..8]);
    }
    thread.call_args(Value::of(class), &Args::new(&values, &[FOLD.get()]))
}

/// A datetime of a class from fields known to be right.
pub fn datetime_of_class(
    thread: &Thread,
    class: &'static Type,
    day: Day,
    clock: Clock,
    zone: Ref,
) -> PyResult {
    if std::ptr::eq(class, &DATETIME) {
        return Ok(new_datetime(class, day, clock, zone));
    }
    checked_datetime(thread, class, &Fields::of(day, clock), *zone)
}

/// The datetime so much later (`sign` 1) or earlier (-1), of the same class and zone.
pub fn shifted(thread: &Thread, v: Value, span: Span, sign: i64) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let (day, clock) = moved(thread, moment, span, sign)?;
    datetime_of_class(thread, v.ty(), day, clock, moment.zone.get())
}

/// Day and time that much later or earlier.
#[inline]
pub fn moved(thread: &Thread, moment: &DateTime, span: Span, sign: i64) -> PyResult<(Day, Clock)> {
    let clock = moment.clock.get();
    let microseconds = i64::from(clock.microsecond()) + sign * i64::from(span.microseconds);
    let seconds =
        clock.seconds() + sign * i64::from(span.seconds) + microseconds.div_euclid(MICROSECONDS_A_SECOND);
    let days = sign * i64::from(span.days) + seconds.div_euclid(SECONDS_A_DAY);
    let clock =
        Clock::of_day(seconds.rem_euclid(SECONDS_A_DAY), microseconds.rem_euclid(MICROSECONDS_A_SECOND));
    if days == 0 {
        return Ok((moment.date.day, clock));
    }
    let day = day_of(i64::from(moment.date.day.ordinal()) + days).ok_or_else(|| date_overflow(thread))?;
    Ok((day, clock))
}

fn add(thread: &Thread, a: Value, b: Value) -> PyResult {
    if a.cast::<DateTime>().is_some() {
        return match span_of(b) {
            Some(span) => shifted(thread, a, span, 1),
            None => Ok(Ref::NOT_IMPLEMENTED),
        };
    }
    match (span_of(a), b.cast::<DateTime>()) {
        (Some(span), Some(_)) => shifted(thread, b, span, 1),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn subtract(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(moment) = a.cast::<DateTime>() else { return Ok(Ref::NOT_IMPLEMENTED) };
    if let Some(other) = b.cast::<DateTime>() {
        return Ok(between(thread, moment, other)?.object());
    }
    match span_of(b) {
        Some(span) => shifted(thread, a, span, -1),
        None => Ok(Ref::NOT_IMPLEMENTED),
    }
}

/// Offsets of two datetimes, or none if they are of the same zone, where they don't matter.
fn offsets(thread: &Thread, a: &DateTime, b: &DateTime) -> PyResult<(Option<Span>, Option<Span>)> {
    let (zone, other_zone) = (a.zone.peek(), b.zone.peek());
    if zone.is(other_zone) {
        return Ok((None, None));
    }
    let offset = tzinfo::offset(thread, zone, a.as_value())?;
    Ok((offset, tzinfo::offset(thread, b.zone.peek(), b.as_value())?))
}

/// The time from `b` to `a` by the clock, as if they had no zones.
fn by_clock(thread: &Thread, a: &DateTime, b: &DateTime) -> PyResult<Span> {
    let (clock, other) = (a.clock.get(), b.clock.get());
    let days = a.date.day.ordinal() - b.date.day.ordinal();
    let microseconds = clock.microsecond() - other.microsecond();
    Span::normal(thread, days.into(), clock.seconds() - other.seconds(), microseconds.into())
}

/// `a - b`
pub fn between(thread: &Thread, a: &DateTime, b: &DateTime) -> PyResult<Span> {
    let span = by_clock(thread, a, b)?;
    match offsets(thread, a, b)? {
        (None, None) => Ok(span),
        (Some(offset), Some(other)) => {
            arithmetic::difference(thread, span, arithmetic::difference(thread, offset, other)?)
        }
        _ => Err(thread.type_error("can't subtract offset-naive and offset-aware datetimes")),
    }
}

impl DateTime {
    /// The fields but the fold, in the order of their weight.
    #[inline]
    fn order(&self) -> (Day, u64) {
        (self.date.day, self.clock.get().order())
    }
}

/// Whether the offset depends on the fold: such times are equal to none of another zone.
fn is_ambiguous(thread: &Thread, moment: &DateTime, offset: Option<Span>) -> PyResult<bool> {
    let clock = moment.clock.get();
    let other = new_datetime(&DATETIME, moment.date.day, clock.with_fold(!clock.fold()), moment.zone.get());
    Ok(tzinfo::offset(thread, moment.zone.peek(), *other)? != offset)
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (a.cast::<DateTime>(), b.cast::<DateTime>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    if a.zone.peek().is(b.zone.peek()) {
        return Ok(Ref::bool(op.holds(a.order().cmp(&b.order()))));
    }
    let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    let (offset, other_offset) = offsets(thread, a, b)?;
    let mut ordering = match (offset, other_offset) {
        _ if offset == other_offset => a.order().cmp(&b.order()),
        (Some(offset), Some(other)) => {
            let offsets = arithmetic::difference(thread, offset, other)?;
            arithmetic::difference(thread, by_clock(thread, a, b)?, offsets)?.cmp(&Span::ZERO)
        }
        _ if is_equality => return Ok(Ref::bool(op == CompareOp::Ne)),
        _ => return Err(thread.type_error("can't compare offset-naive and offset-aware datetimes")),
    };
    if is_equality
        && ordering.is_eq()
        && (is_ambiguous(thread, a, offset)? || is_ambiguous(thread, b, other_offset)?)
    {
        ordering = std::cmp::Ordering::Greater;
    }
    Ok(Ref::bool(op.holds(ordering)))
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let moment = receiver::<DateTime>(thread, v)?;
    if moment.date.hash.get() != -1 {
        return Ok(moment.date.hash.get());
    }
    let (day, clock) = (moment.date.day, moment.clock.get());
    let offset = match clock.fold() {
        // Both times that the clock shows this hash alike, as they are equal.
        true => {
            let first = new_datetime(&DATETIME, day, clock.with_fold(false), moment.zone.get());
            tzinfo::offset(thread, moment.zone.peek(), *first)?
        }
        false => tzinfo::offset(thread, moment.zone.peek(), v)?,
    };
    let hash = match offset {
        None => runtime::hash::hash_bytes(&datetime_bytes(day, clock)),
        Some(offset) => {
            let span =
                Span::normal(thread, day.ordinal().into(), clock.seconds(), clock.microsecond().into())?;
            arithmetic::difference(thread, span, offset)?.hash()
        }
    };
    moment.date.hash.set(hash);
    Ok(hash)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let moment = receiver::<DateTime>(thread, v)?;
    let ((year, month, day), clock) = (moment.date.day.parts(), moment.clock.get());
    let mut text = Ascii::new();
    text.push(b'(').number(year).text(", ").number(month).text(", ").number(day);
    text.text(", ").number(clock.hour()).text(", ").number(clock.minute());
    iso_text::push_small_parts(&mut text, clock);
    if clock.fold() {
        text.text(", fold=1");
    }
    let mut out = TextBuilder::new(&v.ty().name());
    out.push(text.as_str());
    let zone = moment.zone.get();
    if !zone.is_none() {
        out.push(", tzinfo=").push_repr(thread, *zone)?;
    }
    Ok(out.push(")").finish())
}

/// The text of a date and what separates it from a time, if that is ASCII.
pub fn start_iso(day: Day, separator: u8) -> Ascii {
    let mut out = Ascii::new();
    push_iso(&mut out, day).push(separator);
    out
}
