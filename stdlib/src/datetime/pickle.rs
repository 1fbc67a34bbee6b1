//! Pickled state: the fields as bytes, the fold in a bit of the month or the hour. The constructors take it in place of
//! their usual arguments, also as text that a pickle of Python 2 was read as.

use super::fields::{Clock, Day};
use super::tzinfo::TZINFO;
use runtime::objects::bytes::Bytes;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Ref, Thread, Type, Value};

/// Protocols from this one on say the fold.
const FOLD_PROTOCOL: i32 = 4;
const FOLD_BIT: u8 = 0x80;

/// The bytes of an argument of the right length whose byte at `place` is `sane`.
fn state<const N: usize>(
    thread: &Thread,
    v: Value,
    what: &str,
    place: usize,
    sane: fn(u8) -> bool,
) -> PyResult<Option<[u8; N]>> {
    if let Some(bytes) = v.cast::<Bytes>() {
        let Ok(bytes) = <[u8; N]>::try_from(bytes.as_bytes()) else { return Ok(None) };
        return Ok(sane(bytes[place]).then_some(bytes));
    }
    let Some(text) = v.cast::<Str>().filter(|text| text.len() == N) else { return Ok(None) };
    if !u8::try_from(text.code_point(place)).is_ok_and(sane) {
        return Ok(None);
    }
    let mut bytes = [0; N];
    for (byte, c) in bytes.iter_mut().zip(text.chars()) {
        *byte = u8::try_from(c).map_err(|_| {
            thread.value_error(format!(
                "Failed to encode latin1 string when unpickling a {what} object. \
                 pickle.load(data, encoding='latin1') is assumed."
            ))
        })?;
    }
    Ok(Some(bytes))
}

fn is_month(byte: u8) -> bool {
    (1..=12).contains(&byte)
}

#[inline]
fn may_be_state(v: Value) -> bool {
    v.is_pointer()
}

#[inline]
pub fn date_state(thread: &Thread, v: Value) -> PyResult<Option<Day>> {
    if !may_be_state(v) {
        return Ok(None);
    }
    Ok(state::<4>(thread, v, "date", 2, is_month)?.map(Day::from_bytes))
}

#[inline]
pub fn time_state(thread: &Thread, v: Value) -> PyResult<Option<Clock>> {
    if !may_be_state(v) {
        return Ok(None);
    }
    let found = state::<6>(thread, v, "time", 0, |hour| hour & !FOLD_BIT < 24)?;
    Ok(found.map(|mut bytes| {
        let fold = bytes[0] & FOLD_BIT != 0;
        bytes[0] &= !FOLD_BIT;
        Clock::from_bytes(bytes).with_fold(fold)
    }))
}

#[inline]
pub fn datetime_state(thread: &Thread, v: Value) -> PyResult<Option<(Day, Clock)>> {
    if !may_be_state(v) {
        return Ok(None);
    }
    let found = state::<10>(thread, v, "datetime", 2, |month| is_month(month & !FOLD_BIT))?;
    Ok(found.map(|[year, low, month, day, clock @ ..]| {
        let fold = month & FOLD_BIT != 0;
        (Day::from_bytes([year, low, month & !FOLD_BIT, day]), Clock::from_bytes(clock).with_fold(fold))
    }))
}

/// The zone that comes with a state.
pub fn state_zone(thread: &Thread, zone: Option<&Value>) -> PyResult {
    match zone {
        None => Ok(Ref::NONE),
        Some(zone) if zone.is_none() || zone.is_instance(&TZINFO) => Ok(zone.to_ref()),
        Some(_) => Err(thread.type_error("bad tzinfo state arg")),
    }
}

/// `(class, (bytes[, zone]))`
fn reduced(class: &'static Type, bytes: &[u8], zone: Value) -> Ref {
    let mut state = vec![Bytes::new(bytes)];
    if !zone.is_none() {
        state.push(zone.to_ref());
    }
    Tuple::pair(Value::of(class).to_ref(), Tuple::from_refs(state))
}

pub fn reduce_date(class: &'static Type, day: Day) -> Ref {
    reduced(class, &day.bytes(), Value::NONE)
}

pub fn reduce_time(class: &'static Type, clock: Clock, zone: Value, protocol: i32) -> Ref {
    let mut bytes = clock.bytes();
    if clock.fold() && protocol >= FOLD_PROTOCOL {
        bytes[0] |= FOLD_BIT;
    }
    reduced(class, &bytes, zone)
}

pub fn reduce_datetime(class: &'static Type, day: Day, clock: Clock, zone: Value, protocol: i32) -> Ref {
    let mut bytes = datetime_bytes(day, clock);
    if clock.fold() && protocol >= FOLD_PROTOCOL {
        bytes[2] |= FOLD_BIT;
    }
    reduced(class, &bytes, zone)
}

/// The bytes that a pickled datetime holds; the hash of one without an offset is theirs.
pub fn datetime_bytes(day: Day, clock: Clock) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..4].copy_from_slice(&day.bytes());
    bytes[4..].copy_from_slice(&clock.bytes());
    bytes
}
