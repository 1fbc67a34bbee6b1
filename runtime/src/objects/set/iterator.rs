//! `set_iterator`.

use super::set_of;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::int;
use crate::objects::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, itself, reduce_builtin, visit_slot};
use crate::objects::list::List;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// Walks the places of a set.
#[repr(C)]
pub struct SetIterator {
    pub header: Header,
    /// NULL once exhausted.
    set: Slot,
    place: Cell<usize>,
    /// Members of the set when the walk began; `CHANGED` after a change was seen.
    used: Cell<usize>,
    left: Cell<usize>,
}

crate::object!(SetIterator, SET_ITERATOR);

const CHANGED: usize = usize::MAX;

pub static SET_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "set_iterator",
    size: size_of::<SetIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<SetIterator>,
        traverse: Some(|v, visit| visit_slot(&fields(v).set, visit)),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let unchanged = set_of(it.set.peek()).is_some_and(|s| s.len() == it.used.get());
            Ok(int::from_usize(if unchanged { it.left.get() } else { 0 }))
        }),
        LENGTH_HINT_DOC,
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = fields(v);
            let copy = new_exact(|header| SetIterator {
                header,
                set: Slot::new(it.set.get()),
                place: it.place.clone(),
                used: it.used.clone(),
                left: it.left.clone(),
            });
            let items = protocol::collect(thread, *copy)?;
            reduce_builtin(thread, "iter", *List::from_refs(items), None)
        }),
        REDUCE_DOC,
    ),
];

fn fields(v: Value) -> &'static SetIterator {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

/// `iter(set)`.
pub(super) fn new_iterator(set: Value) -> Ref {
    let used = set_of(set).map_or(0, |s| s.len());
    new_exact(|header| SetIterator {
        header,
        set: Slot::new(set.to_ref()),
        place: Cell::new(0),
        used: Cell::new(used),
        left: Cell::new(used),
    })
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let Some(s) = set_of(it.set.peek()) else { return Ok(None) };
    if it.used.get() != s.len() {
        it.used.set(CHANGED);
        return Err(thread.runtime_error("Set changed size during iteration"));
    }
    for place in it.place.get()..s.places() {
        if let Some(m) = s.member_at(place) {
            it.place.set(place + 1);
            it.left.set(it.left.get().saturating_sub(1));
            return Ok(Some(m.key.to_ref()));
        }
    }
    drop(it.set.take());
    Ok(None)
}
