//! The views of an `OrderedDict` and the iterator behind them, which any change of the order ends with an error.

use super::ordered_dict::check_unchanged;
use runtime::object::drop_object;
use runtime::objects::dict::{DICT_ITEMS, DICT_KEYS, DICT_VALUES, Dict, DictView, viewed};
use runtime::objects::iterators::{REDUCE_DOC, itself, reduce_builtin, visit_slot};
use runtime::objects::list::List;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::{
    Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    new_object, protocol,
};
use std::cell::Cell;

/// Which part of an entry an iterator gives.
#[derive(Clone, Copy)]
pub enum Part {
    Key,
    Value,
    Item,
}

/// Walks the entries of a dict for as long as its keys stay as they are.
#[repr(C)]
pub struct OrderedWalk {
    pub header: Header,
    /// NULL once exhausted.
    dict: Slot,
    keys_version: u32,
    part: Part,
    backwards: bool,
    /// Forwards: the next place to look at; backwards: one more than that.
    place: Cell<usize>,
}

runtime::object!(OrderedWalk, ODICT_ITERATOR);

pub static ODICT_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "odict_iterator",
    size: size_of::<OrderedWalk>(),
    flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<OrderedWalk>,
        traverse: Some(|v, visit| {
            if let Some(it) = v.cast::<OrderedWalk>() {
                visit_slot(&it.dict, visit);
            }
        }),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), REDUCE_DOC)],
    ..TypeSpec::EMPTY
});

/// An iterator over an ordered dict.
pub fn new_ordered_walk(v: Value, part: Part, backwards: bool) -> Ref {
    let d = v.cast::<Dict>();
    let place = match backwards {
        true => d.map_or(0, |d| d.places()),
        false => d.and_then(|d| d.first_place()).unwrap_or(0),
    };
    new_object(&ODICT_ITERATOR, |header| OrderedWalk {
        header,
        dict: Slot::new(v.to_ref()),
        keys_version: d.map_or(0, |d| d.keys_version()),
        part,
        backwards,
        place: Cell::new(place),
    })
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<OrderedWalk>(thread, v)?;
    let Some(d) = it.dict.peek().cast::<Dict>() else { return Ok(None) };
    check_unchanged(thread, Value::of(d), it.keys_version)?;
    let found = match it.backwards {
        true => (0..it.place.get()).rev().find_map(|p| Some((p, d.entry_at(p)?))),
        false => (it.place.get()..d.places()).find_map(|p| Some((p, d.entry_at(p)?))),
    };
    let Some((place, e)) = found else {
        drop(it.dict.take());
        return Ok(None);
    };
    it.place.set(if it.backwards { place } else { place + 1 });
    Ok(Some(match it.part {
        Part::Key => e.key.to_ref(),
        Part::Value => e.value.to_ref(),
        Part::Item => Tuple::from_values(&[e.key, e.value]),
    }))
}

/// The items still to come, taken from a copy of the iterator.
fn reduce(thread: &Thread, v: Value) -> PyResult {
    let it = receiver::<OrderedWalk>(thread, v)?;
    let copy = new_object(&ODICT_ITERATOR, |header| OrderedWalk {
        header,
        dict: Slot::new(it.dict.option().unwrap_or(Ref::NULL)),
        place: it.place.clone(),
        ..*it
    });
    let items = protocol::collect(thread, *copy)?;
    reduce_builtin(thread, "iter", *List::from_refs(items), None)
}

fn walk_view(thread: &Thread, v: Value, part: Part, backwards: bool) -> PyResult {
    match viewed(v) {
        Some(dict) => Ok(new_ordered_walk(*dict, part, backwards)),
        None => Err(thread.system_error("not a view of a dict")),
    }
}

/// The spec of a view: that of the plain dict's, with iterators of our own.
macro_rules! view {
    ($name:literal, $base:expr, $part:expr) => {
        TypeSpec {
            name: $name,
            base: Some($base),
            size: size_of::<DictView>(),
            flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION),
            slots: Slots { iter: Some(|thread, v| walk_view(thread, v, $part, false)), ..Slots::EMPTY },
            methods: &[method(
                "__reversed__",
                "($self, /)",
                NativeFn::NoArgs(|thread, v| walk_view(thread, v, $part, true)),
                "",
            )],
            ..TypeSpec::EMPTY
        }
    };
}

pub static ODICT_KEYS: Type = Type::new_static(&const { view!("odict_keys", &DICT_KEYS, Part::Key) });
pub static ODICT_VALUES: Type = Type::new_static(&const { view!("odict_values", &DICT_VALUES, Part::Value) });
pub static ODICT_ITEMS: Type = Type::new_static(&const { view!("odict_items", &DICT_ITEMS, Part::Item) });
