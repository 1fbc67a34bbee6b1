//! The methods of `deque`.

use super::deque::{Deque, copy, deque, extend, find, for_each_item, mutated};
use super::deque_iterator::new_reverse_iterator;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::int;
use runtime::objects::sequence::bound;
use runtime::objects::tuple::Tuple;
use runtime::{
    CompareOp, Effects, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, names, protocol,
};

pub const METHODS: &[MethodDef] = &[
    method(
        "append",
        "($self, item, /)",
        NativeFn::One(append),
        "Add an element to the right side of the deque.",
    )
    .effects(Effects::WRITES),
    method(
        "appendleft",
        "($self, item, /)",
        NativeFn::One(append_left),
        "Add an element to the left side of the deque.",
    )
    .effects(Effects::WRITES),
    method("clear", "($self, /)", NativeFn::NoArgs(clear), "Remove all elements from the deque.")
        .effects(Effects::WRITES),
    method("__copy__", "($self, /)", NativeFn::NoArgs(copy), "Return a shallow copy of a deque."),
    method("copy", "($self, /)", NativeFn::NoArgs(copy), "Return a shallow copy of a deque."),
    method("count", "($self, value, /)", NativeFn::One(count), "Return number of occurrences of value."),
    method(
        "extend",
        "($self, iterable, /)",
        NativeFn::One(|thread, v, iterable| extend(thread, v, iterable).map(|()| Ref::NONE)),
        "Extend the right side of the deque with elements from the iterable.",
    ),
    method(
        "extendleft",
        "($self, iterable, /)",
        NativeFn::One(|thread, v, iterable| {
            for_each_item(thread, v, iterable, Deque::append_left).map(|()| Ref::NONE)
        }),
        "Extend the left side of the deque with elements from the iterable.",
    ),
    method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        NativeFn::Bound(index),
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    method("insert", "($self, index, value, /)", NativeFn::Bound(insert), "Insert value before index."),
    method("pop", "($self, /)", NativeFn::NoArgs(pop), "Remove and return the rightmost element.")
        .effects(Effects::TOUCHES),
    method("popleft", "($self, /)", NativeFn::NoArgs(pop_left), "Remove and return the leftmost element.")
        .effects(Effects::TOUCHES),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "Return state information for pickling."),
    method("remove", "($self, value, /)", NativeFn::One(remove), "Remove first occurrence of value."),
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(new_reverse_iterator(v))),
        "Return a reverse iterator over the deque.",
    ),
    method("reverse", "($self, /)", NativeFn::NoArgs(reverse), "Reverse *IN PLACE*.")
        .effects(Effects::TOUCHES),
    method(
        "rotate",
        "($self, n=1, /)",
        NativeFn::Bound(rotate),
        "Rotate the deque n steps to the right.  If n is negative, rotates left.",
    )
    .effects(Effects::PLAIN_TOUCHES),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(size_of_deque),
        "Return the size of the deque in memory, in bytes.",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "deques are generic over the type of their contents",
    )
    .class(),
];

fn append(thread: &Thread, v: Value, item: Value) -> PyResult {
    deque(thread, v)?.append(item.to_ref());
    Ok(Ref::NONE)
}

fn append_left(thread: &Thread, v: Value, item: Value) -> PyResult {
    deque(thread, v)?.append_left(item.to_ref());
    Ok(Ref::NONE)
}

fn clear(thread: &Thread, v: Value) -> PyResult {
    deque(thread, v)?.clear();
    Ok(Ref::NONE)
}

fn count(thread: &Thread, v: Value, value: Value) -> PyResult {
    let d = deque(thread, v)?;
    let state = d.state.get();
    let (mut found, mut i) = (0, 0);
    while let Some(item) = d.get(i) {
        i += 1;
        found += protocol::compare_bool(thread, *item, value, CompareOp::Eq)? as i64;
        if d.state.get() != state {
            return Err(mutated(thread));
        }
    }
    Ok(int::new(found))
}

fn index(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let d = deque(thread, v)?;
    let start = bound(thread, a[1], 0, || d.len())?;
    let stop = bound(thread, a[2], usize::MAX, || d.len())?;
    match find(thread, d, a[0], start, stop)? {
        Some(place) => Ok(int::from_usize(place)),
        None => Err(thread.value_error("deque.index(x): x not in deque")),
    }
}

fn insert(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let index = protocol::c_ssize(thread, a[0])?;
    let d = deque(thread, v)?;
    let length = d.len();
    if d.maxlen.get() == length as isize {
        return Err(thread.index_error("deque already at its maximum size"));
    }
    let from_start = if index < 0 { index.saturating_add(length as isize).max(0) } else { index };
    let place = (from_start as usize).min(length);
    d.change(|items| items.insert(place, a[1].to_ref()));
    Ok(Ref::NONE)
}

fn pop(thread: &Thread, v: Value) -> PyResult {
    let d = deque(thread, v)?;
    if d.len() == 0 {
        return Err(thread.index_error("pop from an empty deque"));
    }
    Ok(d.change(|items| items.pop_back()).unwrap_or(Ref::NONE))
}

fn pop_left(thread: &Thread, v: Value) -> PyResult {
    let d = deque(thread, v)?;
    if d.len() == 0 {
        return Err(thread.index_error("pop from an empty deque"));
    }
    Ok(d.change(|items| items.pop_front()).unwrap_or(Ref::NONE))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let d = deque(thread, v)?;
    let state = thread.call_method(v, names::get().__getstate__, &[])?;
    let iterator = protocol::iter(thread, v)?;
    let arguments = match d.maxlen.get() {
        -1 => Tuple::empty(),
        maxlen => Tuple::from_refs(vec![Tuple::empty(), int::new(maxlen as i64)]),
    };
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments, state, iterator]))
}

fn remove(thread: &Thread, v: Value, value: Value) -> PyResult {
    let d = deque(thread, v)?;
    let state = d.state.get();
    let mut i = 0;
    while let Some(item) = d.get(i) {
        let same = protocol::compare_bool(thread, *item, value, CompareOp::Eq)?;
        if d.state.get() != state {
            return Err(thread.index_error("deque mutated during iteration"));
        }
        if same {
            drop(d.change(|items| items.remove(i)));
            return Ok(Ref::NONE);
        }
        i += 1;
    }
    Err(thread.value_error("deque.remove(x): x not in deque"))
}

fn reverse(thread: &Thread, v: Value) -> PyResult {
    deque(thread, v)?.change(|items| items.make_contiguous().reverse());
    Ok(Ref::NONE)
}

fn rotate(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let count = if a[0].is_null() { 1 } else { protocol::c_ssize(thread, a[0])? };
    let d = deque(thread, v)?;
    let length = d.len();
    if length > 1 {
        let count = count.rem_euclid(length as isize) as usize;
        d.change(|items| items.rotate_right(count));
    }
    Ok(Ref::NONE)
}

/// Bytes that CPython's blocks of items take.
fn size_of_deque(thread: &Thread, v: Value) -> PyResult {
    const HEAD: usize = 216;
    const BLOCK_ITEMS: usize = 64;
    const BLOCK_SIZE: usize = 528;
    let blocks = deque(thread, v)?.len().div_ceil(BLOCK_ITEMS).max(1);
    Ok(int::from_usize(HEAD + blocks * BLOCK_SIZE))
}
