//! Iterators that count an index: `reversed(sequence)` and the iterator of objects that only have `__getitem__`.

use super::{LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, itself, reduce_builtin, visit_slot};
use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object, new_exact, new_object};
use crate::objects::exceptions::{INDEX_ERROR, STOP_ITERATION};
use crate::objects::int;
use crate::objects::sequence::saturated;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A sequence and the index of the next item.
#[repr(C)]
pub struct IndexIterator {
    pub header: Header,
    /// NULL once exhausted.
    sequence: Slot,
    /// -1 in front of the first item.
    index: Cell<isize>,
}

crate::object!(IndexIterator, SEQUENCE_ITERATOR);

pub static SEQUENCE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "iterator",
    size: size_of::<IndexIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<IndexIterator>,
        traverse: Some(|v, visit| visit_slot(&fields(v).sequence, visit)),
        iter: Some(itself),
        next: Some(next_forward),
        ..Slots::EMPTY
    },
    methods: FORWARD_METHODS,
    ..TypeSpec::EMPTY
});

/// The layout of `reversed`: that of the forward iterator under its own type.
#[repr(C)]
pub struct Reversed {
    iterator: IndexIterator,
}

crate::object!(Reversed, REVERSED);

pub static REVERSED: Type = Type::new_static(&TypeSpec {
    name: "reversed",
    size: size_of::<Reversed>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new_reversed),
        drop: drop_object::<Reversed>,
        traverse: Some(|v, visit| visit_slot(&fields(v).sequence, visit)),
        iter: Some(itself),
        next: Some(next_backward),
        ..Slots::EMPTY
    },
    methods: BACKWARD_METHODS,
    signature: "(sequence, /)",
    doc: "Return a reverse iterator over the values of the given sequence.",
    ..TypeSpec::EMPTY
});

const FORWARD_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = fields(v);
            let Some(sequence) = it.sequence.option() else { return Ok(int::new(0)) };
            if sequence.ty().slots().len.is_none() {
                return Ok(Ref::NOT_IMPLEMENTED);
            }
            let n = protocol::len(thread, *sequence)? as isize;
            Ok(int::new((n - it.index.get()).max(0) as i64))
        }),
        LENGTH_HINT_DOC,
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| match fields(v).sequence.option() {
            Some(sequence) => reduce_builtin(thread, "iter", *sequence, Some(fields(v).index.get())),
            None => reduce_builtin(thread, "iter", *Tuple::empty(), None),
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            fields(v).index.set(saturated(*protocol::index(thread, state)?).max(0));
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

const BACKWARD_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = fields(v);
            let Some(sequence) = it.sequence.option() else { return Ok(int::new(0)) };
            let n = protocol::len(thread, *sequence)? as isize;
            let left = it.index.get() + 1;
            Ok(int::new(if n < left { 0 } else { left as i64 }))
        }),
        LENGTH_HINT_DOC,
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let class = Value::of(v.ty()).to_ref();
            Ok(match it.sequence.option() {
                Some(sequence) => Tuple::from_refs(vec![
                    class,
                    Tuple::from_refs(vec![sequence]),
                    int::new(it.index.get() as i64),
                ]),
                None => Tuple::from_refs(vec![class, Tuple::from_refs(vec![Tuple::empty()])]),
            })
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            let index = saturated(*protocol::index(thread, state)?);
            let Some(sequence) = fields(v).sequence.option() else { return Ok(Ref::NONE) };
            let n = protocol::len(thread, *sequence)? as isize;
            fields(v).index.set(index.clamp(-1, n - 1));
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

fn fields(v: Value) -> &'static IndexIterator {
    // SAFETY: slots of these two types are called on their instances only, and both start with these fields.
    unsafe { &*(v.header_unchecked() as *const IndexIterator) }
}

/// The iterator of an object that has `__getitem__` only.
pub fn new_sequence_iterator(sequence: Value) -> Ref {
    new_exact(|header| IndexIterator { header, sequence: Slot::new(sequence.to_ref()), index: Cell::new(0) })
}

fn new_reversed(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    if std::ptr::eq(ty, &REVERSED) {
        no_keywords(thread, "reversed", arguments)?;
    }
    check_positional(thread, "reversed", arguments.count(), 1, 1)?;
    let sequence = arguments.positional()[0];
    let not_reversible = || thread.type_error(format!("'{}' object is not reversible", sequence.ty().name()));
    if let Some(method) = sequence.ty().lookup(names::get().__reversed__) {
        if method.is_none() {
            return Err(not_reversible());
        }
        if let Some(f) = attributes::special(thread, sequence, names::get().__reversed__)? {
            return thread.call(*f, &[]);
        }
    }
    let slots = sequence.ty().slots();
    if slots.get_item.is_none() || slots.len.is_none() || sequence.ty().has(TypeFlags::DICT_SUBCLASS) {
        return Err(not_reversible());
    }
    let n = protocol::len(thread, sequence)? as isize;
    Ok(new_object(ty, |header| Reversed {
        iterator: IndexIterator { header, sequence: Slot::new(sequence.to_ref()), index: Cell::new(n - 1) },
    }))
}

/// Item `index`; `None` where the sequence says that it has ended.
fn item_at(thread: &Thread, sequence: Value, index: isize) -> PyResult<Option<Ref>> {
    match protocol::get_item(thread, sequence, *int::new(index as i64)) {
        Ok(item) => Ok(Some(item)),
        Err(raised) => {
            if !thread.raised_matches(&INDEX_ERROR) && !thread.raised_matches(&STOP_ITERATION) {
                return Err(raised);
            }
            drop(thread.take_raised());
            Ok(None)
        }
    }
}

fn next_forward(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let Some(sequence) = it.sequence.option() else { return Ok(None) };
    let index = it.index.get();
    if index == isize::MAX {
        return Err(thread.overflow_error("iter index too large"));
    }
    let item = item_at(thread, *sequence, index)?;
    match item {
        Some(_) => it.index.set(index + 1),
        None => drop(it.sequence.take()),
    }
    Ok(item)
}

fn next_backward(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let Some(sequence) = it.sequence.option() else { return Ok(None) };
    let index = it.index.get();
    let item = if index < 0 { None } else { item_at(thread, *sequence, index)? };
    match item {
        Some(_) => it.index.set(index - 1),
        None => {
            it.index.set(-1);
            drop(it.sequence.take());
        }
    }
    Ok(item)
}
