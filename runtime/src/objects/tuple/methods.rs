//! The type `tuple`, its slots, methods and iterator.

use super::Tuple;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::hash::{TupleHasher, hash_i64};
use crate::object::{Header, drop_object, new_exact};
use crate::objects::generic_alias::class_getitem;
use crate::objects::int;
use crate::objects::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, reduce_builtin, visit_slot};
use crate::objects::sequence::{self, Subscript};
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

pub static TUPLE: Type = Type::new_static(&TypeSpec {
    name: "tuple",
    size: size_of::<Tuple>(),
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::GC)
        .union(TypeFlags::SEQUENCE)
        .union(TypeFlags::MATCH_SELF)
        .union(TypeFlags::TUPLE_SUBCLASS),
    slots: Slots {
        new: Some(new),
        drop: Tuple::drop_items,
        variable_size: Some(Tuple::variable_size),
        traverse: Some(|v, visit| tuple(v).items().iter().copied().for_each(visit)),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(|thread, a, b, op| match (a.cast::<Tuple>(), b.cast::<Tuple>()) {
            (Some(a), Some(b)) => sequence::compare_items(thread, op, || a.items(), || b.items()),
            _ => Ok(Ref::NOT_IMPLEMENTED),
        }),
        iter: Some(|_, v| Ok(new_iterator(v))),
        len: Some(|_, v| Ok(tuple(v).len())),
        get_item: Some(get_item),
        contains: Some(|thread, v, value| {
            Ok(sequence::find(thread, || tuple(v).items(), value, 0, usize::MAX)?.is_some())
        }),
        concat: Some(concat),
        repeat: Some(repeat),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(iterable=(), /)",
    doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__getnewargs__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(Tuple::from_refs(vec![Tuple::from_values(tuple(v).items())]))),
        "",
    ),
    method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        NativeFn::Bound(|thread, v, a| {
            let t = tuple(v);
            let start = sequence::bound(thread, a[1], 0, || t.len())?;
            let stop = sequence::bound(thread, a[2], usize::MAX, || t.len())?;
            match sequence::find(thread, || t.items(), a[0], start, stop)? {
                Some(i) => Ok(int::from_usize(i)),
                None => Err(thread.value_error("tuple.index(x): x not in tuple")),
            }
        }),
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    method(
        "count",
        "($self, value, /)",
        NativeFn::One(|thread, v, value| sequence::count(thread, || tuple(v).items(), value)),
        "Return number of occurrences of value.",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "Tuples are generic over the types of their contents.\n\nFor example, use ``tuple[int, str]`` for a pair whose first element\nis an int and second element is a string.\n\nTuples also support the form ``tuple[T, ...]`` to indicate\nan arbitrary length tuple of elements of type T.",
    )
    .class(),
];

fn tuple(v: Value) -> &'static Tuple {
    // SAFETY: slots and methods of tuple are called on tuples only.
    unsafe { v.cast_unchecked() }
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let exact = std::ptr::eq(ty, &TUPLE);
    let own_init = !exact && ty.slots().init.map(|f| f as usize) != TUPLE.slots().init.map(|f| f as usize);
    if !own_init {
        no_keywords(thread, "tuple", arguments)?;
    }
    check_positional(thread, "tuple", arguments.count(), 0, 1)?;
    let Some(iterable) = arguments.get(0) else {
        return Ok(if exact { Tuple::empty() } else { Tuple::build(ty, 0, |_| Ref::NULL) });
    };
    if exact && iterable.is_exact(&TUPLE) {
        return Ok(iterable.to_ref());
    }
    let items = protocol::collect(thread, iterable)?;
    if exact {
        return Ok(Tuple::from_refs(items));
    }
    Ok(Tuple::build(ty, items.len(), |i| items[i].clone()))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let items = tuple(v).items();
    sequence::guarded_repr(thread, v, "(...)", |out| {
        out.push(b'(');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            sequence::push_repr(thread, out, *item)?;
        }
        out.extend_from_slice(if items.len() == 1 { b",)" } else { b")" });
        Ok(())
    })
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let t = tuple(v);
    if t.hash.get() != -1 {
        return Ok(t.hash.get());
    }
    thread.check_native_stack_while("while hashing a tuple")?;
    if let Some(hash) = t.hash_of_items(|item| item.as_small_int().map(hash_i64)) {
        return Ok(hash);
    }
    let mut hasher = TupleHasher::new();
    for item in t.items() {
        hasher.add(protocol::hash(thread, *item)?);
    }
    let hash = hasher.finish();
    t.hash.set(hash);
    Ok(hash)
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let items = tuple(v).items();
    match sequence::subscript(thread, key, "tuple")? {
        Subscript::Index(i) => match sequence::place(i, items.len()) {
            Some(i) => Ok(items[i].to_ref()),
            None => Err(thread.index_error("tuple index out of range")),
        },
        Subscript::Slice(s) => {
            let span = s.adjust(items.len());
            if span.count == items.len() && span.step == 1 && v.is_exact(&TUPLE) {
                return Ok(v.to_ref());
            }
            Ok(Tuple::from_refs(span.indices().map(|i| items[i].to_ref()).collect()))
        }
    }
}

fn concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(other) = b.cast::<Tuple>() else { return Err(sequence::cannot_concatenate(thread, "tuple", b)) };
    let items = tuple(a).items();
    if items.is_empty() && b.is_exact(&TUPLE) {
        return Ok(b.to_ref());
    }
    if other.len() == 0 && a.is_exact(&TUPLE) {
        return Ok(a.to_ref());
    }
    Ok(Tuple::from_refs(items.iter().chain(other.items()).map(|v| v.to_ref()).collect()))
}

fn repeat(thread: &Thread, v: Value, count: isize) -> PyResult {
    let items = tuple(v).items();
    if v.is_exact(&TUPLE) && (count == 1 || items.is_empty()) {
        return Ok(v.to_ref());
    }
    let total = sequence::repeated_length(thread, items.len(), count)?;
    let mut words: Vec<Ref> = Vec::new();
    words.try_reserve_exact(total).map_err(|_| thread.memory_error())?;
    while words.len() < total {
        words.extend(items.iter().map(|v| v.to_ref()));
    }
    Ok(Tuple::from_refs(words))
}

/// Walks a tuple.
#[repr(C)]
pub struct TupleIterator {
    pub header: Header,
    /// NULL once exhausted.
    pub tuple: Slot,
    pub index: Cell<usize>,
}

crate::object!(TupleIterator, TUPLE_ITERATOR);

pub static TUPLE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "tuple_iterator",
    size: size_of::<TupleIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<TupleIterator>,
        traverse: Some(|v, visit| visit_slot(&iterator(v).tuple, visit)),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: ITERATOR_METHODS,
    ..TypeSpec::EMPTY
});

const ITERATOR_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let n = iterator(v).tuple.peek().cast::<Tuple>().map_or(0, Tuple::len);
            Ok(int::from_usize(n.saturating_sub(iterator(v).index.get())))
        }),
        LENGTH_HINT_DOC,
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| match iterator(v).tuple.option() {
            Some(t) => reduce_builtin(thread, "iter", *t, Some(iterator(v).index.get() as isize)),
            None => reduce_builtin(thread, "iter", *Tuple::empty(), None),
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            let n = iterator(v).tuple.peek().cast::<Tuple>().map_or(0, Tuple::len) as isize;
            let index = sequence::saturated(*protocol::index(thread, state)?);
            iterator(v).index.set(index.clamp(0, n) as usize);
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

fn iterator(v: Value) -> &'static TupleIterator {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn new_iterator(tuple: Value) -> Ref {
    new_exact(|header| TupleIterator { header, tuple: Slot::new(tuple.to_ref()), index: Cell::new(0) })
}

fn next(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = iterator(v);
    let Some(t) = it.tuple.peek().cast::<Tuple>() else { return Ok(None) };
    let i = it.index.get();
    match t.items().get(i) {
        Some(item) => {
            it.index.set(i + 1);
            Ok(Some(item.to_ref()))
        }
        None => {
            drop(it.tuple.take());
            Ok(None)
        }
    }
}
