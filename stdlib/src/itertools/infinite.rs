//! `count`, `cycle` and `repeat`.

use super::iterator_type;
use runtime::object::drop_object;
use runtime::objects::int::{self, IntRef};
use runtime::objects::iterators::refuse_keywords;
use runtime::objects::iterators::{LENGTH_HINT_DOC, itself};
use runtime::objects::list::List;
use runtime::objects::str::{self, Str};
use runtime::slot_fields::{receiver, traverse_slots};
use runtime::types::binding::{Parameters, check_positional};
use runtime::types::registry::{COMPLEX, TYPE_ERROR};
use runtime::value::SMALL_INT_MAX;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    new_object, protocol,
};
use std::cell::Cell;

/// Counts: in machine integers as long as `big_count` is NULL, else by adding objects.
#[repr(C)]
pub struct Count {
    pub header: Header,
    /// The next number, if `big_count` is NULL; then it fits the value word, and so does `small_step`.
    count: Cell<i64>,
    small_step: Cell<i64>,
    big_count: Slot,
    step: Slot,
}

runtime::slot_fields!(Count, big_count, step);
runtime::object!(Count, COUNT);

pub static COUNT: Type = Type::new_static(&TypeSpec {
    name: "itertools.count",
    size: size_of::<Count>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new_count),
        drop: drop_object::<Count>,
        traverse: Some(traverse_slots::<Count>),
        repr: Some(repr_of_count),
        iter: Some(itself),
        next: Some(next_of_count),
        ..Slots::EMPTY
    },
    signature: "(start=0, step=1)",
    doc: "Return a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
    ..TypeSpec::EMPTY
});

static COUNT_PARAMETERS: Parameters = Parameters::new("count", "(start=0, step=1)");

/// Whether arithmetic may be tried on `v`.
fn is_number(v: Value) -> bool {
    let slots = v.ty().slots();
    slots.index.is_some() || slots.int.is_some() || slots.float.is_some() || v.is_instance(&COMPLEX)
}

fn is_one(v: Value) -> bool {
    matches!(int::get(v), Some(IntRef::Small(1)))
}

fn new_count(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    COUNT_PARAMETERS.bind(thread, arguments, |a| {
        let given = |v: Value, default: i64| if v.is_null() { int::new(default) } else { v.to_ref() };
        let (start, step) = (given(a[0], 0), given(a[1], 1));
        if !is_number(*start) || !is_number(*step) {
            return Err(thread.type_error("a number is required"));
        }
        // Plain ones count in machine integers also from bools and instances of subclasses.
        let small = match (int::get(*start), step.as_small_int()) {
            (Some(IntRef::Small(i)), _) if is_one(*step) => Some((i, 1)),
            (_, Some(step)) => start.as_small_int().map(|i| (i, step)),
            _ => None,
        };
        let small = small.filter(|(i, _)| Value::try_small_int(*i).is_some());
        let (count, small_step) = small.unwrap_or((0, 0));
        Ok(new_object(ty, |header| Count {
            header,
            count: Cell::new(count),
            small_step: Cell::new(small_step),
            big_count: if small.is_some() { Slot::null() } else { Slot::new(start) },
            step: Slot::new(step),
        }))
    })
}

fn next_of_count(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let c = receiver::<Count>(thread, v)?;
    if c.big_count.is_null() {
        let i = c.count.get();
        // Both are 63 bits wide, so the sum does not wrap.
        let next = i + c.small_step.get();
        match Value::try_small_int(next) {
            Some(_) => c.count.set(next),
            None => c.big_count.set(int::new(next)),
        }
        return Ok(Some(Ref::immediate(Value::small_int(i))));
    }
    let (now, step) = (c.big_count.get(), c.step.get());
    let next = protocol::add(thread, *now, *step)?;
    c.big_count.set(next);
    Ok(Some(now))
}

fn repr_of_count(thread: &Thread, v: Value) -> PyResult {
    let c = receiver::<Count>(thread, v)?;
    let now = c.big_count.option().unwrap_or_else(|| int::new(c.count.get()));
    let step = c.step.get();
    let name = v.ty().short_name();
    let now = str::display(*protocol::repr(thread, *now)?);
    if is_one(*step) {
        return Ok(Str::new(&format!("{name}({now})")));
    }
    let step = str::display(*protocol::repr(thread, *step)?);
    Ok(Str::new(&format!("{name}({now}, {step})")))
}

/// Gives the items of an iterable over and over.
#[repr(C)]
pub struct Cycle {
    pub header: Header,
    /// NULL after the first round.
    iterator: Slot,
    /// A list of the items seen.
    saved: Slot,
    index: Cell<usize>,
}

runtime::slot_fields!(Cycle, iterator, saved);
iterator_type!(
    CYCLE,
    Cycle,
    "itertools.cycle",
    new_cycle,
    next_of_cycle,
    &[],
    "(iterable, /)",
    "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely."
);

fn new_cycle(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    refuse_keywords(thread, ty, &CYCLE, "cycle", arguments)?;
    check_positional(thread, "cycle", arguments.count(), 1, 1)?;
    let iterator = protocol::iter(thread, arguments.positional()[0])?;
    Ok(new_object(ty, |header| Cycle {
        header,
        iterator: Slot::new(iterator),
        saved: Slot::new(List::from_refs(Vec::new())),
        index: Cell::new(0),
    }))
}

fn next_of_cycle(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let cycle = receiver::<Cycle>(thread, v)?;
    let saved = cycle.saved.get();
    let Some(saved) = saved.cast_exact::<List>() else { return Ok(None) };
    if let Some(iterator) = cycle.iterator.option() {
        if let Some(item) = protocol::next(thread, *iterator)? {
            saved.push(item.clone());
            return Ok(Some(item));
        }
        drop(cycle.iterator.take());
    }
    let index = cycle.index.get();
    let item = saved.get(index);
    cycle.index.set(if index + 1 >= saved.len() { 0 } else { index + 1 });
    Ok(item)
}

/// Gives an object again and again.
#[repr(C)]
pub struct Repeat {
    pub header: Header,
    object: Slot,
    /// How often still; -1: without end.
    left: Cell<isize>,
}

runtime::slot_fields!(Repeat, object);
runtime::object!(Repeat, REPEAT);

pub static REPEAT: Type = Type::new_static(&TypeSpec {
    name: "itertools.repeat",
    size: size_of::<Repeat>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new_repeat),
        drop: drop_object::<Repeat>,
        traverse: Some(traverse_slots::<Repeat>),
        repr: Some(repr_of_repeat),
        iter: Some(itself),
        next: Some(next_of_repeat),
        ..Slots::EMPTY
    },
    methods: &[method("__length_hint__", "($self, /)", NativeFn::NoArgs(hint_of_repeat), LENGTH_HINT_DOC)],
    doc: "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
    ..TypeSpec::EMPTY
});

static REPEAT_PARAMETERS: Parameters = Parameters::new("repeat", "(object, times=None)");

fn new_repeat(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    REPEAT_PARAMETERS.bind(thread, arguments, |a| {
        let left = if a[1].is_null() { -1 } else { protocol::c_ssize(thread, a[1])?.max(0) };
        Ok(new_object(ty, |header| Repeat {
            header,
            object: Slot::new(a[0].to_ref()),
            left: Cell::new(left),
        }))
    })
}

fn next_of_repeat(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let repeat = receiver::<Repeat>(thread, v)?;
    match repeat.left.get() {
        0 => return Ok(None),
        left if left > 0 => repeat.left.set(left - 1),
        _ => {}
    }
    Ok(Some(repeat.object.get()))
}

fn repr_of_repeat(thread: &Thread, v: Value) -> PyResult {
    let repeat = receiver::<Repeat>(thread, v)?;
    let name = v.ty().short_name();
    let object = repeat.object.get();
    let object = str::display(*protocol::repr(thread, *object)?);
    Ok(Str::new(&match repeat.left.get() {
        -1 => format!("{name}({object})"),
        left => format!("{name}({object}, {left})"),
    }))
}

fn hint_of_repeat(thread: &Thread, v: Value) -> PyResult {
    match receiver::<Repeat>(thread, v)?.left.get() {
        -1 => Err(thread.error(&TYPE_ERROR, "len() of unsized object")),
        left => Ok(int::new(left as i64)),
    }
}

const _: () = assert!(SMALL_INT_MAX <= i64::MAX / 2, "sums of two small ints fit a machine word");
