//! `groupby` and the iterators over its groups.

use super::iterator_type;
use runtime::object::drop_object;
use runtime::objects::iterators::itself;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{receiver, traverse_slots};
use runtime::types::binding::{Parameters, check_positional};
use runtime::{
    Args, CompareOp, Header, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    new_object, protocol,
};
use std::cell::Cell;

/// Splits the items of an iterable into runs of equal keys.
#[repr(C)]
pub struct Groupby {
    pub header: Header,
    iterator: Slot,
    /// None: the items are their own keys.
    function: Slot,
    /// Key of the group given last.
    target_key: Slot,
    /// Key and value of the item read last; the value is NULL once it was given.
    current_key: Slot,
    current_value: Slot,
    /// The group given last, by identity: earlier ones have ended.
    current_group: Cell<Value>,
}

runtime::slot_fields!(Groupby, iterator, function, target_key, current_key, current_value);
iterator_type!(
    GROUPBY,
    Groupby,
    "itertools.groupby",
    new_groupby,
    next_of_groupby,
    &[],
    "(iterable, key=None)",
    "make an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping."
);

static GROUPBY_PARAMETERS: Parameters = Parameters::new("groupby", "(iterable, key=None)");

fn new_groupby(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    GROUPBY_PARAMETERS.bind(thread, arguments, |a| {
        let iterator = protocol::iter(thread, a[0])?;
        let function = if a[1].is_null() { Ref::NONE } else { a[1].to_ref() };
        Ok(new_object(ty, |header| Groupby {
            header,
            iterator: Slot::new(iterator),
            function: Slot::new(function),
            target_key: Slot::null(),
            current_key: Slot::null(),
            current_value: Slot::null(),
            current_group: Cell::new(Value::NULL),
        }))
    })
}

/// Reads the next item; false at the end.
fn step(thread: &Thread, groups: &Groupby) -> PyResult<bool> {
    let iterator = groups.iterator.get();
    let Some(value) = protocol::next(thread, *iterator)? else { return Ok(false) };
    let function = groups.function.get();
    let key = if function.is_none() { value.clone() } else { thread.call(*function, &[*value])? };
    let old = (groups.current_value.replace(value), groups.current_key.replace(key));
    drop(old);
    Ok(true)
}

fn next_of_groupby(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let groups = receiver::<Groupby>(thread, v)?;
    groups.current_group.set(Value::NULL);
    // Skips what is left of the group given last.
    loop {
        if let Some(current) = groups.current_key.option() {
            let Some(target) = groups.target_key.option() else { break };
            if !protocol::compare_bool(thread, *target, *current, CompareOp::Eq)? {
                break;
            }
        }
        if !step(thread, groups)? {
            return Ok(None);
        }
    }
    let key = groups.current_key.get();
    groups.target_key.set(key.clone());
    let group = new_group(v, groups, &key);
    Ok(Some(Tuple::from_refs(vec![key, group])))
}

/// The iterator over one group.
#[repr(C)]
pub struct Grouper {
    pub header: Header,
    groups: Slot,
    key: Slot,
}

runtime::slot_fields!(Grouper, groups, key);
runtime::object!(Grouper, GROUPER);

pub static GROUPER: Type = Type::new_static(&TypeSpec {
    name: "itertools._grouper",
    size: size_of::<Grouper>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new_grouper),
        drop: drop_object::<Grouper>,
        traverse: Some(traverse_slots::<Grouper>),
        iter: Some(itself),
        next: Some(next_of_group),
        ..Slots::EMPTY
    },
    ..TypeSpec::EMPTY
});

fn new_group(v: Value, groups: &Groupby, key: &Ref) -> Ref {
    let group = new_object(&GROUPER, |header| Grouper {
        header,
        groups: Slot::new(v.to_ref()),
        key: Slot::new(key.clone()),
    });
    groups.current_group.set(*group);
    group
}

fn new_grouper(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    check_positional(thread, "_grouper", arguments.count(), 2, 2)?;
    let given = arguments.positional();
    let Some(groups) = given[0].cast::<Groupby>() else {
        let name = given[0].ty().name();
        return Err(thread.type_error(format!("_grouper() argument 1 must be itertools.groupby, not {name}")));
    };
    Ok(new_group(given[0], groups, &given[1].to_ref()))
}

fn next_of_group(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let group = receiver::<Grouper>(thread, v)?;
    let held = group.groups.get();
    let Some(groups) = held.cast::<Groupby>() else { return Ok(None) };
    if !groups.current_group.get().is(v) {
        return Ok(None);
    }
    if groups.current_value.is_null() && !step(thread, groups)? {
        return Ok(None);
    }
    let (key, current) = (group.key.get(), groups.current_key.get());
    if current.is_null() || !protocol::compare_bool(thread, *key, *current, CompareOp::Eq)? {
        return Ok(None);
    }
    drop(groups.current_key.take());
    let value = groups.current_value.take();
    Ok(if value.is_null() { None } else { Some(value) })
}
