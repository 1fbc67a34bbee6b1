//! The iterator of arrays.

use super::object::Array;
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::iterators::{REDUCE_DOC, SETSTATE_DOC, itself};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::state::STATE;
use runtime::trace_interface::NumberIterator;
use runtime::{
    Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method, new_exact,
    protocol, slot_fields,
};
use std::cell::Cell;
use std::mem::offset_of;

/// The array is NULL once all was seen.
#[repr(C)]
pub(super) struct ArrayIterator {
    pub(super) header: Header,
    array: Slot,
    next: Cell<usize>,
}

const _: () = assert!(
    offset_of!(ArrayIterator, array) == offset_of!(NumberIterator, source)
        && offset_of!(ArrayIterator, next) == offset_of!(NumberIterator, next)
);

runtime::object!(ArrayIterator, ARRAY_ITERATOR);
slot_fields!(ArrayIterator, array);

pub(super) static ARRAY_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "array.arrayiterator",
    size: size_of::<ArrayIterator>(),
    flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<ArrayIterator>,
        traverse: Some(traverse_slots::<ArrayIterator>),
        clear: Some(clear_slots::<ArrayIterator>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), REDUCE_DOC),
        method("__setstate__", "($self, state, /)", NativeFn::One(set_state), SETSTATE_DOC),
    ],
    ..TypeSpec::EMPTY
});

pub(super) fn new_iterator(array: Value) -> Ref {
    new_exact(|header| ArrayIterator { header, array: Slot::new(array.to_ref()), next: Cell::new(0) })
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let iterator = receiver::<ArrayIterator>(thread, v)?;
    let Some(array) = iterator.array.peek().cast::<Array>() else { return Ok(None) };
    let i = iterator.next.get();
    let item = array.item(i);
    match item.is_some() {
        true => iterator.next.set(i + 1),
        false => drop(iterator.array.take()),
    }
    Ok(item)
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let iterator = receiver::<ArrayIterator>(thread, v)?;
    let iter = STATE.builtin("iter").unwrap_or(Ref::NONE);
    Ok(match iterator.array.option() {
        None => Tuple::from_refs(vec![iter, Tuple::from_refs(vec![Tuple::empty()])]),
        Some(array) => {
            let next = int::from_usize(iterator.next.get());
            Tuple::from_refs(vec![iter, Tuple::from_refs(vec![array]), next])
        }
    })
}

fn set_state(thread: &Thread, v: Value, state: Value) -> PyResult {
    let iterator = receiver::<ArrayIterator>(thread, v)?;
    let index = protocol::index_isize(thread, state)?.max(0) as usize;
    if let Some(array) = iterator.array.peek().cast::<Array>() {
        iterator.next.set(index.min(array.len()));
    }
    Ok(Ref::NONE)
}
