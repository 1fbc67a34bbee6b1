//! `tzinfo`, the base of all zones, and what dates and times ask of their zone: offsets and names, checked.

use super::datetime::{self, DateTime};
use super::delta_arithmetic as arithmetic;
use super::support::{DST, Name, TZNAME, UTCOFFSET};
use super::timedelta::{Span, span_of};
use super::timezone::Timezone;
use runtime::object::drop_object;
use runtime::objects::exceptions::NOT_IMPLEMENTED_ERROR;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{
    Header, NativeFn, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes,
    method, names, new_object,
};

#[repr(C)]
pub struct TzInfo {
    pub header: Header,
}

runtime::object!(TzInfo, TZINFO);

pub static TZINFO: Type = Type::new_static(&TypeSpec {
    name: "datetime.tzinfo",
    size: size_of::<TzInfo>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(|_, class, _| Ok(new_object(class, |header| TzInfo { header }))),
        drop: drop_object::<TzInfo>,
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "tzname",
            "($self, object, /)",
            NativeFn::One(|thread, _, _| Err(not_implemented(thread, &TZNAME))),
            "datetime -> string name of time zone.",
        ),
        method(
            "utcoffset",
            "($self, object, /)",
            NativeFn::One(|thread, _, _| Err(not_implemented(thread, &UTCOFFSET))),
            "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC",
        ),
        method(
            "dst",
            "($self, object, /)",
            NativeFn::One(|thread, _, _| Err(not_implemented(thread, &DST))),
            "datetime -> DST offset as timedelta positive east of UTC.",
        ),
        method(
            "fromutc",
            "($self, object, /)",
            NativeFn::One(from_utc),
            "datetime in UTC -> datetime in local time.",
        ),
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "-> (cls, state)"),
    ],
    doc: "Abstract base class for time zone info objects.",
    ..TypeSpec::EMPTY
});

#[cold]
fn not_implemented(thread: &Thread, name: &Name) -> Raised {
    let message = format!("a tzinfo subclass must implement {}()", name.text());
    thread.error(&NOT_IMPLEMENTED_ERROR, message)
}

/// Checks an argument that is to become the zone of something; NULL and None: no zone.
pub fn check_zone(thread: &Thread, v: Value) -> PyResult<()> {
    if v.is_null() || v.is_none() || v.is_instance(&TZINFO) {
        return Ok(());
    }
    let name = v.ty().name();
    let message = format!("tzinfo argument must be None or of a tzinfo subclass, not type '{name}'");
    Err(thread.type_error(message))
}

/// What `zone.utcoffset(when)` or `zone.dst(when)` says.
fn ask_offset(thread: &Thread, zone: Value, name: &Name, when: Value) -> PyResult<Option<Ref>> {
    if zone.is_none() {
        return Ok(None);
    }
    let zone = zone.to_ref();
    let offset = thread.call_method(*zone, name.get(), &[when])?;
    if offset.is_none() {
        return Ok(None);
    }
    let Some(span) = span_of(*offset) else {
        let (name, given) = (name.text(), offset.ty().name());
        let message = format!("tzinfo.{name}() must return None or timedelta, not '{given}'");
        return Err(thread.type_error(message));
    };
    check_offset(thread, *offset, span)?;
    Ok(Some(offset))
}

/// Offsets are shorter than a day.
pub fn check_offset(thread: &Thread, offset: Value, span: Span) -> PyResult<()> {
    let below = span.days < -1 || (span.days == -1 && span.within_day() == 0);
    if !below && span.days < 1 {
        return Ok(());
    }
    let shown = runtime::protocol::repr(thread, offset)?;
    let mut message = runtime::text_builder::TextBuilder::new(
        "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not ",
    );
    let message = message.push_value(*shown).finish();
    Err(thread.error_value(&runtime::objects::exceptions::VALUE_ERROR, *message))
}

/// The offset that a zone has for `when` (None for times without a date), as an object.
pub fn offset_object(thread: &Thread, zone: Value, when: Value) -> PyResult<Option<Ref>> {
    ask_offset(thread, zone, &UTCOFFSET, when)
}

/// The offset that a zone has for `when`.
#[inline]
pub fn offset(thread: &Thread, zone: Value, when: Value) -> PyResult<Option<Span>> {
    if zone.is_none() {
        return Ok(None);
    }
    if let Some(fixed) = zone.cast_exact::<Timezone>() {
        return Ok(Some(fixed.span()));
    }
    let offset = offset_object(thread, zone, when)?;
    Ok(offset.and_then(|offset| span_of(*offset)))
}

pub fn dst_object(thread: &Thread, zone: Value, when: Value) -> PyResult<Option<Ref>> {
    ask_offset(thread, zone, &DST, when)
}

pub fn dst(thread: &Thread, zone: Value, when: Value) -> PyResult<Option<Span>> {
    Ok(dst_object(thread, zone, when)?.and_then(|offset| span_of(*offset)))
}

/// The name of a zone at `when`: None or a string.
pub fn zone_name(thread: &Thread, zone: Value, when: Value) -> PyResult {
    if zone.is_none() {
        return Ok(Ref::NONE);
    }
    let zone = zone.to_ref();
    let name = thread.call_method(*zone, TZNAME.get(), &[when])?;
    if name.is_none() || name.cast::<Str>().is_some() {
        return Ok(name);
    }
    let given = name.ty().name();
    Err(thread.type_error(format!("tzinfo.tzname() must return None or a string, not '{given}'")))
}

/// The argument of `fromutc`: a datetime of this very zone.
pub fn datetime_of_zone(thread: &Thread, zone: Value, when: Value) -> PyResult<&'static DateTime> {
    let Some(moment) = when.cast::<DateTime>() else {
        return Err(thread.type_error("fromutc: argument must be a datetime"));
    };
    if !moment.zone.peek().is(zone) {
        return Err(thread.value_error("fromutc: dt.tzinfo is not self"));
    }
    Ok(moment)
}

/// Adds the standard offset, then, if that leads into daylight saving time, its offset.
fn from_utc(thread: &Thread, zone: Value, when: Value) -> PyResult {
    datetime_of_zone(thread, zone, when)?;
    let Some(offset) = offset(thread, zone, when)? else {
        return Err(thread.value_error("fromutc: non-None utcoffset() result required"));
    };
    let Some(saving) = dst(thread, zone, when)? else {
        return Err(thread.value_error("fromutc: non-None dst() result required"));
    };
    let standard = arithmetic::difference(thread, offset, saving)?;
    let local = datetime::shifted(thread, when, standard, 1)?;
    let Some(saving) = dst(thread, zone, *local)? else {
        let message = "fromutc: tz.dst() gave inconsistent results; cannot convert";
        return Err(thread.value_error(message));
    };
    if saving.is_zero() { Ok(local) } else { datetime::shifted(thread, *local, saving, 1) }
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    static GETINITARGS: Name = Name::new("__getinitargs__");
    let arguments = match attributes::find(thread, v, GETINITARGS.get())? {
        Some(method) => thread.call(*method, &[])?,
        None => Tuple::empty(),
    };
    let state = thread.call_method(v, names::get().__getstate__, &[])?;
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments, state]))
}
