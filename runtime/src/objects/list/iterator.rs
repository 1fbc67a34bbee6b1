//! `list_iterator` and `list_reverseiterator`.

use super::List;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::int;
use crate::objects::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, reduce_builtin, visit_slot};
use crate::objects::sequence::saturated;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// Walks a list forwards; the list may change meanwhile.
#[repr(C)]
pub struct ListIterator {
    pub header: Header,
    /// NULL once exhausted.
    pub list: Slot,
    pub index: Cell<usize>,
}

/// Walks a list backwards.
#[repr(C)]
pub struct ListReverseIterator {
    pub header: Header,
    /// NULL once exhausted.
    pub list: Slot,
    /// Items left to give.
    pub left: Cell<usize>,
}

crate::object!(ListIterator, LIST_ITERATOR);
crate::object!(ListReverseIterator, LIST_REVERSE_ITERATOR);

pub static LIST_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "list_iterator",
    size: size_of::<ListIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<ListIterator>,
        traverse: Some(|v, visit| visit_slot(&forward(v).list, visit)),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "__length_hint__",
            "($self, /)",
            NativeFn::NoArgs(|_, v| {
                let n = forward(v).list.peek().cast::<List>().map_or(0, List::len);
                Ok(int::from_usize(n.saturating_sub(forward(v).index.get())))
            }),
            LENGTH_HINT_DOC,
        ),
        method(
            "__reduce__",
            "($self, /)",
            NativeFn::NoArgs(|thread, v| match forward(v).list.option() {
                Some(list) => reduce_builtin(thread, "iter", *list, Some(forward(v).index.get() as isize)),
                None => reduce_builtin(thread, "iter", *List::from_refs(Vec::new()), None),
            }),
            REDUCE_DOC,
        ),
        method(
            "__setstate__",
            "($self, object, /)",
            NativeFn::One(|thread, v, state| {
                let index = saturated(*protocol::index(thread, state)?).max(0);
                forward(v).index.set(index as usize);
                Ok(Ref::NONE)
            }),
            SETSTATE_DOC,
        ),
    ],
    ..TypeSpec::EMPTY
});

const REVERSE_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let n = backward(v).list.peek().cast::<List>().map_or(0, List::len);
            let left = backward(v).left.get();
            Ok(int::from_usize(if n < left { 0 } else { left }))
        }),
        LENGTH_HINT_DOC,
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| match backward(v).list.option() {
            Some(list) => {
                let index = int::new(backward(v).left.get() as i64 - 1);
                let class = Value::of(&crate::objects::iterators::REVERSED).to_ref();
                Ok(Tuple::from_refs(vec![class, Tuple::from_refs(vec![list]), index]))
            }
            None => reduce_builtin(thread, "iter", *List::from_refs(Vec::new()), None),
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            let it = backward(v);
            let index = saturated(*protocol::index(thread, state)?);
            let n = it.list.peek().cast::<List>().map_or(0, List::len) as isize;
            it.left.set((index.clamp(-1, n - 1) + 1) as usize);
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

pub static LIST_REVERSE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "list_reverseiterator",
    size: size_of::<ListReverseIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<ListReverseIterator>,
        traverse: Some(|v, visit| visit_slot(&backward(v).list, visit)),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next_backward),
        ..Slots::EMPTY
    },
    methods: REVERSE_METHODS,
    ..TypeSpec::EMPTY
});

/// `iter(list)`.
pub fn new_iterator(list: Value) -> Ref {
    new_exact(|header| ListIterator { header, list: Slot::new(list.to_ref()), index: Cell::new(0) })
}

/// `reversed(list)`.
pub fn new_reverse_iterator(list: Value) -> Ref {
    let left = list.cast::<List>().map_or(0, List::len);
    new_exact(|header| ListReverseIterator { header, list: Slot::new(list.to_ref()), left: Cell::new(left) })
}

fn forward(v: Value) -> &'static ListIterator {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn backward(v: Value) -> &'static ListReverseIterator {
    // SAFETY: as above.
    unsafe { v.cast_unchecked() }
}

fn next(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = forward(v);
    let Some(list) = it.list.peek().cast::<List>() else { return Ok(None) };
    let i = it.index.get();
    match list.get(i) {
        Some(item) => {
            it.index.set(i + 1);
            Ok(Some(item))
        }
        None => {
            drop(it.list.take());
            Ok(None)
        }
    }
}

fn next_backward(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = backward(v);
    let Some(list) = it.list.peek().cast::<List>() else { return Ok(None) };
    let item = it.left.get().checked_sub(1).and_then(|i| list.get(i));
    match item {
        Some(item) => {
            it.left.set(it.left.get() - 1);
            Ok(Some(item))
        }
        None => {
            it.left.set(0);
            drop(it.list.take());
            Ok(None)
        }
    }
}
