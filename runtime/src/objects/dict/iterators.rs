//! The six iterators of dicts: keys, values, items, each forwards and backwards.

use super::Dict;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_object};
use crate::objects::int;
use crate::objects::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, itself, reduce_builtin, visit_slot};
use crate::objects::list::List;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// Which part of an entry an iterator gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Value,
    Item,
}

/// What an iterator does: its part and direction.
#[derive(Clone, Copy)]
pub struct Walk {
    part: Part,
    backwards: bool,
}

impl Walk {
    pub const KEYS: Walk = Walk { part: Part::Key, backwards: false };
    pub const VALUES: Walk = Walk { part: Part::Value, backwards: false };
    pub const ITEMS: Walk = Walk { part: Part::Item, backwards: false };

    pub const fn reversed(self) -> Walk {
        Walk { backwards: !self.backwards, ..self }
    }
    fn ty(self) -> &'static Type {
        match (self.part, self.backwards) {
            (Part::Key, false) => &DICT_KEY_ITERATOR,
            (Part::Value, false) => &DICT_VALUE_ITERATOR,
            (Part::Item, false) => &DICT_ITEM_ITERATOR,
            (Part::Key, true) => &DICT_REVERSE_KEY_ITERATOR,
            (Part::Value, true) => &DICT_REVERSE_VALUE_ITERATOR,
            (Part::Item, true) => &DICT_REVERSE_ITEM_ITERATOR,
        }
    }
}

/// Walks the entries of a dict.
#[repr(C)]
pub struct DictIterator {
    pub header: Header,
    /// NULL once exhausted.
    pub dict: Slot,
    /// Forwards: the next place to look at; backwards: one more than that.
    pub place: Cell<usize>,
    /// Entries of the dict when the walk began; `CHANGED` for ever after the dict was seen to change.
    pub used: Cell<usize>,
    /// Entries not given yet.
    pub left: Cell<usize>,
    walk: Walk,
}

crate::object!(DictIterator, DICT_KEY_ITERATOR);

const CHANGED: usize = usize::MAX;

/// The spec of one of the iterator types.
const fn spec(name: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        size: size_of::<DictIterator>(),
        flags: TypeFlags::GC,
        slots: Slots {
            drop: drop_object::<DictIterator>,
            traverse: Some(|v, visit| visit_slot(&fields(v).dict, visit)),
            iter: Some(itself),
            next: Some(next),
            ..Slots::EMPTY
        },
        methods: METHODS,
        ..TypeSpec::EMPTY
    }
}

pub static DICT_KEY_ITERATOR: Type = Type::new_static(&const { spec("dict_keyiterator") });
pub static DICT_VALUE_ITERATOR: Type = Type::new_static(&const { spec("dict_valueiterator") });
pub static DICT_ITEM_ITERATOR: Type = Type::new_static(&const { spec("dict_itemiterator") });
pub static DICT_REVERSE_KEY_ITERATOR: Type = Type::new_static(&const { spec("dict_reversekeyiterator") });
pub static DICT_REVERSE_VALUE_ITERATOR: Type = Type::new_static(&const { spec("dict_reversevalueiterator") });
pub static DICT_REVERSE_ITEM_ITERATOR: Type = Type::new_static(&const { spec("dict_reverseitemiterator") });

const METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let unchanged = it.dict.peek().cast::<Dict>().is_some_and(|d| d.len() == it.used.get());
            Ok(int::from_usize(if unchanged { it.left.get() } else { 0 }))
        }),
        LENGTH_HINT_DOC,
    ),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), REDUCE_DOC),
];

fn fields(v: Value) -> &'static DictIterator {
    // SAFETY: slots of these types are called on their instances only, and all have this layout.
    unsafe { &*(v.header_unchecked() as *const DictIterator) }
}

/// An iterator over a dict.
pub fn new_walk(dict: Value, walk: Walk) -> Ref {
    let d = dict.cast::<Dict>();
    let used = d.map_or(0, |d| d.len());
    let place = match walk.backwards {
        true => d.map_or(0, |d| d.places()),
        false => d.and_then(|d| d.first_place()).unwrap_or(0),
    };
    new_object(walk.ty(), |header| DictIterator {
        header,
        dict: Slot::new(dict.to_ref()),
        place: Cell::new(place),
        used: Cell::new(used),
        left: Cell::new(used),
        walk,
    })
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let Some(d) = it.dict.peek().cast::<Dict>() else { return Ok(None) };
    if it.used.get() != d.len() {
        it.used.set(CHANGED);
        return Err(thread.runtime_error("dictionary changed size during iteration"));
    }
    let found = if it.walk.backwards {
        // A table that shrank ends the walk.
        let end = Some(it.place.get()).filter(|place| *place <= d.places()).unwrap_or(0);
        (0..end).rev().find(|p| d.entry_at(*p).is_some())
    } else {
        (it.place.get()..d.places()).find(|p| d.entry_at(*p).is_some())
    };
    let Some((place, e)) = found.and_then(|p| Some((p, d.entry_at(p)?))) else {
        drop(it.dict.take());
        return Ok(None);
    };
    if it.left.get() == 0 {
        drop(it.dict.take());
        return Err(thread.runtime_error("dictionary keys changed during iteration"));
    }
    it.left.set(it.left.get().saturating_sub(1));
    it.place.set(if it.walk.backwards { place } else { place + 1 });
    Ok(Some(match it.walk.part {
        Part::Key => e.key.to_ref(),
        Part::Value => e.value.to_ref(),
        Part::Item => Tuple::from_values(&[e.key, e.value]),
    }))
}

/// The items still to come, taken from a copy of the iterator.
fn reduce(thread: &Thread, v: Value) -> PyResult {
    let it = fields(v);
    let copy = new_object(it.walk.ty(), |header| DictIterator {
        header,
        dict: Slot::new(it.dict.get()),
        place: it.place.clone(),
        used: it.used.clone(),
        left: it.left.clone(),
        walk: it.walk,
    });
    let items = protocol::collect(thread, *copy)?;
    reduce_builtin(thread, "iter", *List::from_refs(items), None)
}
