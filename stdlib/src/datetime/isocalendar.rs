//! `IsoCalendarDate`: the named triple that `isocalendar` gives.

use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::text_builder::TextBuilder;
use runtime::types::binding::Parameters;
use runtime::types::registry::TUPLE;
use runtime::{NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, method};

pub static ISO_CALENDAR_DATE: Type = Type::new_static(&TypeSpec {
    name: "datetime.IsoCalendarDate",
    base: Some(&TUPLE),
    size: size_of::<Tuple>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(|thread, class, arguments| {
            PARAMETERS.bind(thread, arguments, |parts| Ok(Tuple::build(class, 3, |i| parts[i].to_ref())))
        }),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "__reduce__() -> (cls, state)")],
    getsets: &[
        getset("year", |thread, v| item(thread, v, 0), ""),
        getset("week", |thread, v| item(thread, v, 1), ""),
        getset("weekday", |thread, v| item(thread, v, 2), ""),
    ],
    doc: "The result of date.isocalendar() or datetime.isocalendar()\n\nThis object may be accessed either as a tuple of\n  ((year, week, weekday)\nor via the object attributes as named in the above tuple.",
    ..TypeSpec::EMPTY
});

static PARAMETERS: Parameters = Parameters::new("IsoCalendarDate", "(year, week, weekday)");

pub fn new_iso_date((year, week, weekday): (i32, i32, i32)) -> Ref {
    let parts = [year, week, weekday];
    Tuple::build(&ISO_CALENDAR_DATE, 3, |i| int::new(parts[i].into()))
}

fn item(thread: &Thread, v: Value, index: usize) -> PyResult {
    match receiver::<Tuple>(thread, v)?.items().get(index) {
        Some(item) => Ok(item.to_ref()),
        None => Err(thread.index_error("tuple index out of range")),
    }
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let mut out = TextBuilder::new(&v.ty().name());
    for (i, name) in ["(year=", ", week=", ", weekday="].into_iter().enumerate() {
        let part = item(thread, v, i)?;
        out.push(name).push_str(thread, *part)?;
    }
    Ok(out.push(")").finish())
}

/// As a plain tuple: the class is not public.
fn reduce(thread: &Thread, v: Value) -> PyResult {
    let plain = Tuple::from_values(receiver::<Tuple>(thread, v)?.items());
    Ok(Tuple::pair(Value::of(&TUPLE).to_ref(), Tuple::from_refs(vec![plain])))
}
