//! The types `set` and `frozenset`: their slots and methods.

use super::iterator::new_iterator;
use super::operations::{
    base_type, copy, difference, difference_update, from_iterable, intersection, intersection_of_all,
    intersection_update, is_disjoint, is_subset, symmetric_difference, symmetric_difference_update, update,
};
use super::{Set, hash_member, new_of, set_of};
use crate::call::Args;
use crate::error::PyResult;
use crate::hash::hash_frozenset;
use crate::names;
use crate::object::drop_object;
use crate::objects::exceptions as exc;
use crate::objects::generic_alias::class_getitem;
use crate::objects::int;
use crate::objects::iterators::refuse_keywords;
use crate::objects::list::List;
use crate::objects::sequence::{guarded_repr, push_repr};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::slots::Binary;
use crate::types::{CompareOp, Effects, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

const FLAGS: TypeFlags =
    TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::MATCH_SELF).union(TypeFlags::WEAKREF);

/// What both types do alike.
const COMMON: Slots = Slots {
    drop: drop_object::<Set>,
    traverse: Some(|v, visit| {
        let s = set(v);
        (0..s.places()).filter_map(|place| s.member_at(place)).for_each(|m| visit(m.key));
    }),
    repr: Some(repr),
    compare: Some(compare),
    iter: Some(|_, v| Ok(new_iterator(v))),
    len: Some(|_, v| Ok(set(v).len())),
    contains: Some(contains),
    subtract: Some(|thread, a, b| operator(thread, a, b, difference)),
    and: Some(|thread, a, b| operator(thread, a, b, intersection)),
    xor: Some(|thread, a, b| operator(thread, a, b, symmetric_difference)),
    or: Some(|thread, a, b| operator(thread, a, b, union)),
    ..Slots::EMPTY
};

pub static SET: Type = Type::new_static(&TypeSpec {
    name: "set",
    size: size_of::<Set>(),
    flags: FLAGS,
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_of(ty))),
        init: Some(init),
        clear: Some(|v| set(v).clear_members()),
        inplace_or: Some(|thread, a, b| in_place(thread, a, b, update)),
        inplace_and: Some(|thread, a, b| {
            in_place(thread, a, b, |thread, s, other| intersection_update(thread, s, Value::of(s), &[other]))
        }),
        inplace_subtract: Some(|thread, a, b| in_place(thread, a, b, difference_update)),
        inplace_xor: Some(|thread, a, b| in_place(thread, a, b, symmetric_difference_update)),
        ..COMMON
    },
    methods: &[
        CONTAINS,
        method(
            "add",
            "($self, object, /)",
            NativeFn::One(|thread, v, key| set(v).add(thread, key).map(|_| Ref::NONE)),
            "Add an element to a set.\n\nThis has no effect if the element is already present.",
        ),
        method(
            "clear",
            "($self, /)",
            NativeFn::NoArgs(|_, v| {
                set(v).clear_members();
                Ok(Ref::NONE)
            }),
            "Remove all elements from this set.",
        )
        .effects(Effects::WRITES),
        COPY,
        method(
            "discard",
            "($self, object, /)",
            NativeFn::One(|thread, v, key| take_out(thread, v, key).map(|_| Ref::NONE)),
            "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.",
        ),
        DIFFERENCE,
        method(
            "difference_update",
            "($self, /, *others)",
            NativeFn::Bound(|thread, v, a| for_each_other(thread, v, a, difference_update)),
            "Update the set, removing elements found in others.",
        ),
        INTERSECTION,
        method(
            "intersection_update",
            "($self, /, *others)",
            NativeFn::Bound(|thread, v, a| {
                intersection_update(thread, set(v), v, others(a))?;
                Ok(Ref::NONE)
            }),
            "Update the set, keeping only elements found in it and all others.",
        ),
        IS_DISJOINT,
        IS_SUBSET,
        IS_SUPERSET,
        method(
            "pop",
            "($self, /)",
            NativeFn::NoArgs(|thread, v| {
                set(v).pop().ok_or_else(|| thread.key_error(*Str::new("pop from an empty set")))
            }),
            "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.",
        )
        .effects(Effects::TOUCHES),
        REDUCE,
        method(
            "remove",
            "($self, object, /)",
            NativeFn::One(|thread, v, key| match take_out(thread, v, key)? {
                true => Ok(Ref::NONE),
                false => Err(thread.key_error(key)),
            }),
            "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.",
        ),
        SIZEOF,
        SYMMETRIC_DIFFERENCE,
        method(
            "symmetric_difference_update",
            "($self, other, /)",
            NativeFn::One(|thread, v, other| {
                symmetric_difference_update(thread, set(v), other)?;
                Ok(Ref::NONE)
            }),
            "Update the set, keeping only elements found in either set, but not in both.",
        ),
        UNION,
        method(
            "update",
            "($self, /, *others)",
            NativeFn::Bound(|thread, v, a| for_each_other(thread, v, a, update)),
            "Update the set, adding elements from all others.",
        ),
        class_item("sets are generic over the type of their elements"),
    ],
    signature: "(iterable=(), /)",
    doc: "Build an unordered collection of unique elements.",
    ..TypeSpec::EMPTY
});

pub static FROZENSET: Type = Type::new_static(&TypeSpec {
    name: "frozenset",
    size: size_of::<Set>(),
    flags: FLAGS,
    slots: Slots { new: Some(new_frozen), hash: Some(hash), ..COMMON },
    methods: &[
        CONTAINS,
        COPY,
        DIFFERENCE,
        INTERSECTION,
        IS_DISJOINT,
        IS_SUBSET,
        IS_SUPERSET,
        REDUCE,
        SIZEOF,
        SYMMETRIC_DIFFERENCE,
        UNION,
        class_item("frozensets are generic over the type of their elements"),
    ],
    signature: "(iterable=(), /)",
    doc: "Build an immutable unordered collection of unique elements.",
    ..TypeSpec::EMPTY
});

const CONTAINS: MethodDef = method(
    "__contains__",
    "($self, object, /)",
    NativeFn::One(|thread, v, key| contains(thread, v, key).map(Ref::bool)),
    "x.__contains__(y) <==> y in x.",
);
const COPY: MethodDef = method(
    "copy",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| if v.is_exact(&FROZENSET) { Ok(v.to_ref()) } else { copy(thread, v) }),
    "Return a shallow copy of a set.",
)
.effects(Effects::READS);
const DIFFERENCE: MethodDef = method(
    "difference",
    "($self, /, *others)",
    NativeFn::Bound(|thread, v, a| {
        let Some((first, rest)) = others(a).split_first() else { return copy(thread, v) };
        let result = difference(thread, v, *first)?;
        for other in rest {
            difference_update(thread, set(*result), *other)?;
        }
        Ok(result)
    }),
    "Return a new set with elements in the set that are not in the others.",
);
const INTERSECTION: MethodDef = method(
    "intersection",
    "($self, /, *others)",
    NativeFn::Bound(|thread, v, a| intersection_of_all(thread, v, others(a))),
    "Return a new set with elements common to the set and all others.",
);
const IS_DISJOINT: MethodDef = method(
    "isdisjoint",
    "($self, other, /)",
    NativeFn::One(|thread, v, other| is_disjoint(thread, v, other).map(Ref::bool)),
    "Return True if two sets have a null intersection.",
);
const IS_SUBSET: MethodDef = method(
    "issubset",
    "($self, other, /)",
    NativeFn::One(|thread, v, other| {
        let other = as_set(thread, other)?;
        is_subset(thread, set(v), set(*other)).map(Ref::bool)
    }),
    "Report whether another set contains this set.",
);
const IS_SUPERSET: MethodDef = method(
    "issuperset",
    "($self, other, /)",
    NativeFn::One(|thread, v, other| {
        let other = as_set(thread, other)?;
        is_subset(thread, set(*other), set(v)).map(Ref::bool)
    }),
    "Report whether this set contains another set.",
);
const REDUCE: MethodDef = method(
    "__reduce__",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| {
        let items = List::from_refs(protocol::collect(thread, v)?);
        let state = thread.call_method(v, names::get().__getstate__, &[])?;
        Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), Tuple::from_refs(vec![items]), state]))
    }),
    "Return state information for pickling.",
);
const SIZEOF: MethodDef = method(
    "__sizeof__",
    "($self, /)",
    NativeFn::NoArgs(|_, v| Ok(int::from_usize(set(v).byte_size()))),
    "S.__sizeof__() -> size of S in memory, in bytes.",
);
const SYMMETRIC_DIFFERENCE: MethodDef = method(
    "symmetric_difference",
    "($self, other, /)",
    NativeFn::One(symmetric_difference),
    "Return a new set with elements in either the set or other but not both.",
);
const UNION: MethodDef = method(
    "union",
    "($self, /, *others)",
    NativeFn::Bound(|thread, v, a| {
        let result = copy(thread, v)?;
        for other in others(a) {
            update(thread, set(*result), *other)?;
        }
        Ok(result)
    }),
    "Return a new set with elements from the set and all others.",
);

const fn class_item(doc: &'static str) -> MethodDef {
    method("__class_getitem__", "($type, object, /)", NativeFn::One(class_getitem), doc).class()
}

fn set(v: Value) -> &'static Set {
    // SAFETY: slots and methods of these types are called on their instances only, and both have this layout.
    unsafe { &*(v.header_unchecked() as *const Set) }
}

/// The items of `*others`.
fn others(a: &[Value]) -> &'static [Value] {
    a[0].cast::<Tuple>().map_or(&[], |t| t.items())
}

fn for_each_other(
    thread: &Thread,
    v: Value,
    a: &[Value],
    change: fn(&Thread, &Set, Value) -> PyResult<()>,
) -> PyResult {
    for other in others(a) {
        change(thread, set(v), *other)?;
    }
    Ok(Ref::NONE)
}

/// A set as it is, another iterable as a set.
fn as_set(thread: &Thread, v: Value) -> PyResult {
    if set_of(v).is_some() { Ok(v.to_ref()) } else { from_iterable(thread, &SET, v) }
}

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    no_keywords(thread, "set", arguments)?;
    check_positional(thread, "set", arguments.count(), 0, 1)?;
    set(v).clear_members();
    arguments.get(0).map_or(Ok(()), |iterable| update(thread, set(v), iterable))
}

fn new_frozen(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let exact = std::ptr::eq(ty, &FROZENSET);
    refuse_keywords(thread, ty, &FROZENSET, "frozenset", arguments)?;
    check_positional(thread, "frozenset", arguments.count(), 0, 1)?;
    match arguments.get(0) {
        None => Ok(new_of(ty)),
        Some(v) if exact && v.is_exact(&FROZENSET) => Ok(v.to_ref()),
        Some(v) => from_iterable(thread, ty, v),
    }
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let name = v.ty().short_name();
    if set(v).len() == 0 {
        return Ok(Str::new(&format!("{name}()")));
    }
    guarded_repr(thread, v, &format!("{name}(...)"), |out| {
        let plain = v.is_exact(&SET);
        if !plain {
            out.extend_from_slice(name.as_bytes());
            out.push(b'(');
        }
        out.push(b'{');
        for (i, (key, _)) in set(v).members().into_iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            push_repr(thread, out, *key)?;
        }
        out.extend_from_slice(if plain { b"}" } else { b"})" });
        Ok(())
    })
}

fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    let s = set(v);
    if s.hash.get() == -1 {
        s.hash.set(hash_frozenset(s.hashes()));
    }
    Ok(s.hash.get())
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (set_of(a), set_of(b)) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let holds = match op {
        CompareOp::Eq => equal(thread, left, right)?,
        CompareOp::Ne => !equal(thread, left, right)?,
        CompareOp::Le => is_subset(thread, left, right)?,
        CompareOp::Lt => left.len() < right.len() && is_subset(thread, left, right)?,
        CompareOp::Ge => is_subset(thread, right, left)?,
        CompareOp::Gt => right.len() < left.len() && is_subset(thread, right, left)?,
    };
    Ok(Ref::bool(holds))
}

fn equal(thread: &Thread, a: &Set, b: &Set) -> PyResult<bool> {
    let known = a.hash.get() != -1 && b.hash.get() != -1;
    if a.len() != b.len() || (known && a.hash.get() != b.hash.get()) {
        return Ok(false);
    }
    is_subset(thread, a, b)
}

/// Does `f` with a key to look for and its hash; a set, which has no hash, stands for the frozen set of its members.
fn with_key<R>(thread: &Thread, key: Value, f: impl FnOnce(Value, i64) -> PyResult<R>) -> PyResult<R> {
    match hash_member(thread, key) {
        Ok(hash) => f(key, hash),
        Err(raised) => {
            if !key.is_instance(&SET) || !thread.raised_matches(&exc::TYPE_ERROR) {
                return Err(raised);
            }
            drop(thread.take_raised());
            let frozen = from_iterable(thread, &FROZENSET, key)?;
            let hash = hash_member(thread, *frozen)?;
            f(*frozen, hash)
        }
    }
}

fn contains(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    set(v).contains(thread, key)
}

impl Set {
    /// `key in set`
    #[inline]
    pub fn contains(&self, thread: &Thread, key: Value) -> PyResult<bool> {
        with_key(thread, key, |key, hash| self.contains_hashed(thread, key, hash))
    }
}

fn take_out(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    with_key(thread, key, |key, hash| set(v).discard_hashed(thread, key, hash))
}

/// An operator of two sets.
fn operator(thread: &Thread, a: Value, b: Value, f: Binary) -> PyResult {
    if set_of(a).is_none() || set_of(b).is_none() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    f(thread, a, b)
}

fn union(thread: &Thread, a: Value, b: Value) -> PyResult {
    let result = from_iterable(thread, base_type(a), a)?;
    update(thread, set(*result), b)?;
    Ok(result)
}

fn in_place(
    thread: &Thread,
    a: Value,
    b: Value,
    change: impl FnOnce(&Thread, &Set, Value) -> PyResult<()>,
) -> PyResult {
    if set_of(b).is_none() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    change(thread, set(a), b)?;
    Ok(a.to_ref())
}
