//! The iterators of `deque`, forwards and backwards.

use super::deque::{DEQUE, Deque, mutated};
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, itself};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{receiver, traverse_slots};
use runtime::{
    Args, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    method, new_object, protocol,
};
use std::cell::Cell;

#[repr(C)]
pub struct DequeIterator {
    pub header: Header,
    deque: Slot,
    /// Items not given yet.
    left: Cell<usize>,
    /// The deque's state when the walk began.
    state: usize,
}

/// The same layout under its own type.
#[repr(C)]
pub struct DequeReverseIterator {
    iterator: DequeIterator,
}

runtime::object!(DequeIterator, DEQUE_ITERATOR);
runtime::object!(DequeReverseIterator, DEQUE_REVERSE_ITERATOR);
runtime::slot_fields!(DequeIterator, deque);

impl runtime::slot_fields::SlotFields for DequeReverseIterator {
    fn each_slot(&self, f: &mut dyn FnMut(&Slot)) {
        self.iterator.each_slot(f);
    }
}

pub static DEQUE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "collections._deque_iterator",
    size: size_of::<DequeIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(|thread, _, arguments| from_arguments(thread, arguments, new_iterator)),
        drop: drop_object::<DequeIterator>,
        traverse: Some(traverse_slots::<DequeIterator>),
        iter: Some(itself),
        next: Some(|thread, v| {
            let it = receiver::<DequeIterator>(thread, v)?;
            next(thread, it, |length, left| length.checked_sub(left))
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::EMPTY
});

pub static DEQUE_REVERSE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "collections._deque_reverse_iterator",
    size: size_of::<DequeReverseIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(|thread, _, arguments| from_arguments(thread, arguments, new_reverse_iterator)),
        drop: drop_object::<DequeReverseIterator>,
        traverse: Some(traverse_slots::<DequeReverseIterator>),
        iter: Some(itself),
        next: Some(|thread, v| {
            let it = &receiver::<DequeReverseIterator>(thread, v)?.iterator;
            next(thread, it, |_, left| left.checked_sub(1))
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(int::from_usize(fields(thread, v)?.left.get()))),
        LENGTH_HINT_DOC,
    ),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), REDUCE_DOC),
];

fn fields(thread: &Thread, v: Value) -> PyResult<&'static DequeIterator> {
    match v.cast_exact::<DequeReverseIterator>() {
        Some(reverse) => Ok(&reverse.iterator),
        None => receiver::<DequeIterator>(thread, v),
    }
}

fn start(header: Header, v: Value) -> DequeIterator {
    let (left, state) = v.cast::<Deque>().map_or((0, 0), |d| (d.len(), d.state.get()));
    DequeIterator { header, deque: Slot::new(v.to_ref()), left: Cell::new(left), state }
}

/// `iter(deque)`
pub fn new_iterator(v: Value) -> Ref {
    new_object(&DEQUE_ITERATOR, |header| start(header, v))
}

/// `reversed(deque)`
pub fn new_reverse_iterator(v: Value) -> Ref {
    new_object(&DEQUE_REVERSE_ITERATOR, |header| DequeReverseIterator { iterator: start(header, v) })
}

/// `_deque_iterator(deque, index=0)`, as unpickling calls it.
fn from_arguments(thread: &Thread, arguments: &Args, make: fn(Value) -> Ref) -> PyResult {
    let given = arguments.positional();
    let (least, most) = match given.len() {
        0 => ("least 1 argument", 0),
        1 | 2 => ("", given.len()),
        n => ("most 2 arguments", n),
    };
    if !least.is_empty() {
        return Err(thread.type_error(format!("function takes at {least} ({most} given)")));
    }
    if given[0].cast::<Deque>().is_none() {
        let (wanted, found) = (DEQUE.name(), given[0].ty().name());
        return Err(thread.type_error(format!("argument 1 must be {wanted}, not {found}")));
    }
    let skipped = given.get(1).map_or(Ok(0), |index| protocol::c_ssize(thread, *index))?;
    let made = make(given[0]);
    let it = fields(thread, *made)?;
    it.left.set(it.left.get().saturating_sub(skipped.max(0) as usize));
    Ok(made)
}

fn next(
    thread: &Thread,
    it: &DequeIterator,
    place: impl FnOnce(usize, usize) -> Option<usize>,
) -> PyResult<Option<Ref>> {
    let Some(d) = it.deque.peek().cast::<Deque>() else { return Ok(None) };
    let left = it.left.get();
    if left == 0 {
        return Ok(None);
    }
    if d.state.get() != it.state {
        it.left.set(0);
        return Err(mutated(thread));
    }
    it.left.set(left - 1);
    Ok(place(d.len(), left).and_then(|i| d.get(i)))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let it = fields(thread, v)?;
    let length = it.deque.peek().cast::<Deque>().map_or(0, Deque::len);
    let done = int::from_usize(length.saturating_sub(it.left.get()));
    let arguments = Tuple::from_refs(vec![it.deque.get(), done]);
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments]))
}
