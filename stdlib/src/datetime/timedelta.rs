//! `timedelta`: days, seconds and microseconds, of which only the days may be negative.

use super::calendar::{MICROSECONDS_A_SECOND, SECONDS_A_DAY};
use super::delta_arithmetic as arithmetic;
use super::delta_making::new;
use super::support::Ascii;
use runtime::hash::TupleHasher;
use runtime::object::drop_object;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, CompareOp, Effects, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, getset, method, new_object,
};
use std::cell::Cell;

/// A span of time. Fields in the order of their weight, so that they compare as they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Span {
    pub days: i32,
    pub seconds: i32,
    pub microseconds: i32,
}

const LAST_DAY: i32 = 999_999_999;
pub const MICROSECONDS_A_DAY: i64 = SECONDS_A_DAY * MICROSECONDS_A_SECOND;

impl Span {
    pub const ZERO: Span = Span { days: 0, seconds: 0, microseconds: 0 };
    pub const MIN: Span = Span { days: -LAST_DAY, seconds: 0, microseconds: 0 };
    pub const MAX: Span = Span { days: LAST_DAY, seconds: 86_399, microseconds: 999_999 };

    /// A span whose seconds and microseconds may lie beyond their ranges.
    #[inline]
    pub fn normal(thread: &Thread, days: i64, seconds: i64, microseconds: i64) -> PyResult<Span> {
        let seconds = seconds + microseconds.div_euclid(MICROSECONDS_A_SECOND);
        let days = days + seconds.div_euclid(SECONDS_A_DAY);
        Ok(Span {
            days: check_days(thread, days.into())?,
            seconds: seconds.rem_euclid(SECONDS_A_DAY) as i32,
            microseconds: microseconds.rem_euclid(MICROSECONDS_A_SECOND) as i32,
        })
    }
    pub const fn total(self) -> i128 {
        self.days as i128 * MICROSECONDS_A_DAY as i128 + self.within_day() as i128
    }
    /// All but the days, in microseconds.
    pub const fn within_day(self) -> i64 {
        self.seconds as i64 * MICROSECONDS_A_SECOND + self.microseconds as i64
    }
    pub fn from_total(thread: &Thread, total: i128) -> PyResult<Span> {
        const DAY: i128 = MICROSECONDS_A_DAY as i128;
        // Most spans fit a machine word, which divides faster.
        let (days, rest) = match i64::try_from(total) {
            Ok(total) => {
                (i128::from(total.div_euclid(MICROSECONDS_A_DAY)), total.rem_euclid(MICROSECONDS_A_DAY))
            }
            Err(_) => (total.div_euclid(DAY), total.rem_euclid(DAY) as i64),
        };
        Ok(Span {
            days: check_days(thread, days)?,
            seconds: (rest / MICROSECONDS_A_SECOND) as i32,
            microseconds: (rest % MICROSECONDS_A_SECOND) as i32,
        })
    }
    /// Whole seconds of a span, rounded down.
    pub const fn whole_seconds(self) -> i64 {
        self.days as i64 * SECONDS_A_DAY + self.seconds as i64
    }
    pub fn is_zero(self) -> bool {
        self == Span::ZERO
    }
    pub fn hash(self) -> i64 {
        let mut hasher = TupleHasher::new();
        for part in [self.days, self.seconds, self.microseconds] {
            hasher.add(runtime::hash::hash_i64(part.into()));
        }
        hasher.finish()
    }
    pub fn object(self) -> Ref {
        new_span(&TIMEDELTA, self)
    }
}

#[inline]
fn check_days(thread: &Thread, days: i128) -> PyResult<i32> {
    match i32::try_from(days) {
        Ok(days) if days.unsigned_abs() <= LAST_DAY as u32 => Ok(days),
        Ok(days) => Err(thread.overflow_error(format!("days={days}; must have magnitude <= {LAST_DAY}"))),
        Err(_) => Err(too_large(thread)),
    }
}

/// The error for spans of which not even the days fit.
#[cold]
pub fn too_large(thread: &Thread) -> runtime::Raised {
    thread.overflow_error("Python int too large to convert to C int")
}

#[repr(C)]
pub struct Timedelta {
    header: Header,
    pub span: Span,
    /// -1: not known yet.
    hash: Cell<i64>,
}

const _: () = assert!(size_of::<Timedelta>() == 40, "as large as CPython's");

runtime::object!(Timedelta, TIMEDELTA);

pub static TIMEDELTA: Type = Type::new_static(&TypeSpec {
    name: "datetime.timedelta",
    size: size_of::<Timedelta>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(construct),
        drop: drop_object::<Timedelta>,
        repr: Some(repr),
        str: Some(|thread, v| Ok(Str::new(&text(receiver::<Timedelta>(thread, v)?.span)))),
        hash: Some(|thread, v| Ok(hash(receiver::<Timedelta>(thread, v)?))),
        compare: Some(compare),
        add: Some(arithmetic::add),
        subtract: Some(arithmetic::subtract),
        multiply: Some(arithmetic::multiply),
        true_divide: Some(arithmetic::true_divide),
        floor_divide: Some(arithmetic::floor_divide),
        remainder: Some(arithmetic::remainder),
        divmod: Some(arithmetic::divmod),
        negative: Some(|thread, v| {
            Ok(arithmetic::negated(thread, receiver::<Timedelta>(thread, v)?.span)?.object())
        }),
        positive: Some(|thread, v| Ok(receiver::<Timedelta>(thread, v)?.span.object())),
        absolute: Some(|thread, v| {
            let span = receiver::<Timedelta>(thread, v)?.span;
            Ok(if span.days < 0 { arithmetic::negated(thread, span)? } else { span }.object())
        }),
        bool: Some(|thread, v| Ok(!receiver::<Timedelta>(thread, v)?.span.is_zero())),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "total_seconds",
            "($self, /)",
            NativeFn::NoArgs(total_seconds),
            "Total seconds in the duration.",
        )
        .effects(Effects::READS),
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "__reduce__() -> (cls, state)"),
    ],
    getsets: &[
        getset(
            "days",
            |thread, v| Ok(int::new(receiver::<Timedelta>(thread, v)?.span.days.into())),
            "Number of days.",
        )
        .member(),
        getset(
            "seconds",
            |thread, v| Ok(int::new(receiver::<Timedelta>(thread, v)?.span.seconds.into())),
            "Number of seconds (>= 0 and less than 1 day).",
        )
        .member(),
        getset(
            "microseconds",
            |thread, v| Ok(int::new(receiver::<Timedelta>(thread, v)?.span.microseconds.into())),
            "Number of microseconds (>= 0 and less than 1 second).",
        )
        .member(),
    ],
    doc: "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\nAll arguments are optional and default to 0.\nArguments may be integers or floats, and may be positive or negative.",
    ..TypeSpec::EMPTY
});

pub fn new_span(class: &'static Type, span: Span) -> Ref {
    new_object(class, |header| Timedelta { header, span, hash: Cell::new(-1) })
}

/// The span of a value that is a timedelta.
#[inline(always)]
pub fn span_of(v: Value) -> Option<Span> {
    v.cast::<Timedelta>().map(|delta| delta.span)
}

static PARAMETERS: Parameters = Parameters::new(
    "__new__",
    "(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)",
);

fn construct(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |slots| Ok(new_span(class, new(thread, slots)?)))
}

fn hash(delta: &Timedelta) -> i64 {
    if delta.hash.get() == -1 {
        delta.hash.set(delta.span.hash());
    }
    delta.hash.get()
}

fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    Ok(match (span_of(a), span_of(b)) {
        (Some(a), Some(b)) => Ref::bool(op.holds(a.cmp(&b))),
        _ => Ref::NOT_IMPLEMENTED,
    })
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let span = receiver::<Timedelta>(thread, v)?.span;
    let mut out = format!("{}(", v.ty().name());
    let mut separator = "";
    for (name, value) in [("days", span.days), ("seconds", span.seconds), ("microseconds", span.microseconds)]
    {
        if value != 0 {
            out.push_str(&format!("{separator}{name}={value}"));
            separator = ", ";
        }
    }
    out.push_str(if separator.is_empty() { "0)" } else { ")" });
    Ok(Str::new(&out))
}

fn text(span: Span) -> String {
    let mut out = Ascii::new();
    if span.days != 0 {
        out.number(span.days).text(if span.days.abs() == 1 { " day, " } else { " days, " });
    }
    let seconds = span.seconds;
    out.number(seconds / 3600).push(b':').two(seconds / 60 % 60).push(b':').two(seconds % 60);
    if span.microseconds != 0 {
        out.push(b'.').digits(span.microseconds, 6);
    }
    out.as_str().to_owned()
}

fn total_seconds(thread: &Thread, v: Value) -> PyResult {
    let span = receiver::<Timedelta>(thread, v)?.span;
    Ok(float::new(arithmetic::quotient(thread, span.total(), MICROSECONDS_A_SECOND.into())?))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let span = receiver::<Timedelta>(thread, v)?.span;
    let state = [span.days, span.seconds, span.microseconds].map(|part| int::new(part.into()));
    Ok(Tuple::pair(Value::of(v.ty()).to_ref(), Tuple::from_refs(state.into())))
}
