//! `timezone`: a zone with a fixed offset and, maybe, a name. The zone of offset 0 without a name is one object.

use super::datetime::{self, DateTime};
use super::support::{Ascii, wrong_argument};
use super::timedelta::{Span, TIMEDELTA, span_of};
use super::tzinfo::{TZINFO, TzInfo, check_offset, datetime_of_zone};
use runtime::object::drop_object;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::text_builder::TextBuilder;
use runtime::types::binding::Parameters;
use runtime::{
    Args, CompareOp, GilCell, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    method, new_exact, protocol,
};

#[repr(C)]
pub struct Timezone {
    base: TzInfo,
    /// A timedelta.
    pub offset: Slot,
    /// A string, or NULL.
    name: Slot,
}

runtime::object!(Timezone, TIMEZONE);

pub static TIMEZONE: Type = Type::new_static(&TypeSpec {
    name: "datetime.timezone",
    base: Some(&TZINFO),
    size: size_of::<Timezone>(),
    flags: TypeFlags::empty(),
    slots: Slots {
        new: Some(|thread, _, arguments| construct(thread, arguments)),
        drop: drop_object::<Timezone>,
        repr: Some(repr),
        str: Some(|thread, v| Ok(receiver::<Timezone>(thread, v)?.display_name())),
        hash: Some(|thread, v| Ok(receiver::<Timezone>(thread, v)?.span().hash())),
        compare: Some(compare),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "tzname",
            "($self, object, /)",
            NativeFn::One(|thread, v, when| {
                check_when(thread, when, "tzname")?;
                Ok(receiver::<Timezone>(thread, v)?.display_name())
            }),
            "If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'.",
        ),
        method(
            "utcoffset",
            "($self, object, /)",
            NativeFn::One(|thread, v, when| {
                check_when(thread, when, "utcoffset")?;
                Ok(receiver::<Timezone>(thread, v)?.offset.get())
            }),
            "Return fixed offset.",
        ),
        method(
            "dst",
            "($self, object, /)",
            NativeFn::One(|thread, _, when| {
                check_when(thread, when, "dst")?;
                Ok(Ref::NONE)
            }),
            "Return None.",
        ),
        method(
            "fromutc",
            "($self, object, /)",
            NativeFn::One(|thread, v, when| {
                let zone = receiver::<Timezone>(thread, v)?;
                datetime_of_zone(thread, v, when)?;
                datetime::shifted(thread, when, zone.span(), 1)
            }),
            "datetime in UTC -> datetime in local time.",
        ),
        method("__getinitargs__", "($self, /)", NativeFn::NoArgs(initial_arguments), "pickle support"),
    ],
    doc: "Fixed offset from UTC implementation of tzinfo.",
    ..TypeSpec::EMPTY
});

static THE_UTC: GilCell<Option<Ref>> = GilCell::new(None);

/// `timezone.utc`
pub fn utc() -> Ref {
    if let Some(zone) = THE_UTC.with(|zone| zone.clone()) {
        return zone;
    }
    let zone = new_timezone(Span::ZERO.object(), Ref::NULL);
    drop(THE_UTC.replace(Some(zone.clone())));
    zone
}

fn is_utc(v: Value) -> bool {
    THE_UTC.with(|zone| zone.as_ref().is_some_and(|zone| zone.is(v)))
}

/// A zone as it stands.
pub fn new_timezone(offset: Ref, name: Ref) -> Ref {
    let (offset, name) = (Slot::new(offset), Slot::new(name));
    new_exact(|header| Timezone { base: TzInfo { header }, offset, name })
}

/// The zone of an offset; the offset is checked.
pub fn timezone_of(thread: &Thread, offset: Value, name: Option<Value>) -> PyResult {
    let Some(span) = span_of(offset) else {
        return Err(wrong_argument(thread, offset, "timezone", 1, &TIMEDELTA.name()));
    };
    if name.is_none() && span.is_zero() {
        return Ok(utc());
    }
    check_offset(thread, offset, span)?;
    Ok(new_timezone(offset.to_ref(), name.map_or(Ref::NULL, Value::to_ref)))
}

impl Timezone {
    #[inline]
    pub fn span(&self) -> Span {
        span_of(self.offset.peek()).unwrap_or(Span::ZERO)
    }
    fn display_name(&self) -> Ref {
        if !self.name.is_null() {
            return self.name.get();
        }
        let span = self.span();
        let mut out = Ascii::new();
        out.text("UTC");
        if !span.is_zero() {
            push_offset(&mut out, span, ":");
        }
        out.string()
    }
}

/// `+HH:MM[:SS[.ffffff]]`
pub fn push_offset(out: &mut Ascii, offset: Span, separator: &str) {
    let total = offset.total();
    out.push(if total < 0 { b'-' } else { b'+' });
    // Offsets are shorter than a day.
    let (seconds, microseconds) = ((total.abs() / 1_000_000) as i32, (total.abs() % 1_000_000) as i32);
    out.two(seconds / 3600).text(separator).two(seconds / 60 % 60);
    if seconds % 60 != 0 || microseconds != 0 {
        out.text(separator).two(seconds % 60);
    }
    if microseconds != 0 {
        out.push(b'.').digits(microseconds, 6);
    }
}

static PARAMETERS: Parameters = Parameters::new("timezone", "(offset, name=None)");

fn construct(thread: &Thread, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |slots| {
        if !slots[0].is_instance(&TIMEDELTA) {
            return Err(wrong_argument(thread, slots[0], "timezone", 1, &TIMEDELTA.name()));
        }
        let name = (!slots[1].is_null()).then_some(slots[1]);
        if let Some(name) = name.filter(|name| name.cast::<Str>().is_none()) {
            return Err(wrong_argument(thread, name, "timezone", 2, "str"));
        }
        timezone_of(thread, slots[0], name)
    })
}

fn check_when(thread: &Thread, when: Value, method: &str) -> PyResult<()> {
    if when.is_none() || when.cast::<DateTime>().is_some() {
        return Ok(());
    }
    let given = when.ty().name();
    let message = format!("{method}(dt) argument must be a datetime instance or None, not {given}");
    Err(thread.type_error(message))
}

fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    Ok(match (a.cast::<Timezone>(), b.cast::<Timezone>()) {
        (Some(a), Some(b)) if equality => Ref::bool(op.holds(a.span().cmp(&b.span()))),
        _ => Ref::NOT_IMPLEMENTED,
    })
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    if is_utc(v) {
        return Ok(Str::new("datetime.timezone.utc"));
    }
    let zone = receiver::<Timezone>(thread, v)?;
    let offset = protocol::repr(thread, zone.offset.peek())?;
    let mut out = TextBuilder::new(&v.ty().name());
    out.push("(").push_value(*offset);
    if let Some(name) = zone.name.option() {
        out.push(", ").push_repr(thread, *name)?;
    }
    Ok(out.push(")").finish())
}

fn initial_arguments(thread: &Thread, v: Value) -> PyResult {
    let zone = receiver::<Timezone>(thread, v)?;
    let mut arguments = vec![zone.offset.get()];
    arguments.extend(zone.name.option());
    Ok(Tuple::from_refs(arguments))
}
