//! The type `dict`: its slots and methods.

use super::iterators::{Walk, new_walk};
use super::{Dict, hash_key, update, views};
use crate::attributes;
use crate::call::Args;
use crate::error::PyResult;
use crate::names;
use crate::object::{drop_object, new_object};
use crate::objects::generic_alias::class_getitem;
use crate::objects::int;
use crate::objects::sequence::{guarded_repr, push_repr};
use crate::objects::set::{self, FROZENSET, SET};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::check_positional;
use crate::types::registry::STR;
use crate::types::{CompareOp, Effects, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

pub static DICT: Type = Type::new_static(&TypeSpec {
    name: "dict",
    size: size_of::<Dict>(),
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::GC)
        .union(TypeFlags::MAPPING)
        .union(TypeFlags::MATCH_SELF)
        .union(TypeFlags::DICT_SUBCLASS),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, Dict::with_header))),
        init: Some(|thread, v, arguments| update_from_arguments(thread, v, arguments, "dict")),
        drop: drop_object::<Dict>,
        traverse: Some(|v, visit| {
            let d = dict(v);
            for e in (0..d.places()).filter_map(|place| d.entry_at(place)) {
                visit(e.key);
                visit(e.value);
            }
        }),
        clear: Some(|v| dict(v).clear_entries()),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|_, v| Ok(new_walk(v, Walk::KEYS))),
        or: Some(or),
        inplace_or: Some(|thread, v, other| {
            update::update(thread, dict(v), other)?;
            Ok(v.to_ref())
        }),
        len: Some(|_, v| Ok(dict(v).len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(contains),
        ..Slots::EMPTY
    },
    methods: METHODS,
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("__getitem__", "($self, key, /)", NativeFn::One(get_item), "Return self[key]."),
    method(
        "__contains__",
        "($self, key, /)",
        NativeFn::One(|thread, v, key| contains(thread, v, key).map(Ref::bool)),
        "True if the dictionary has the specified key, else False.",
    ),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(int::from_usize(dict(v).byte_size()))),
        "Return the size of the dict in memory, in bytes.",
    ).effects(Effects::READS),
    method(
        "get",
        "($self, key, default=None, /)",
        NativeFn::Bound(|thread, v, a| {
            let default = if a[1].is_null() { Value::NONE } else { a[1] };
            Ok(dict(v).get(thread, a[0])?.unwrap_or_else(|| default.to_ref()))
        }),
        "Return the value for key if key is in the dictionary, else default.",
    ),
    method(
        "setdefault",
        "($self, key, default=None, /)",
        NativeFn::Bound(|thread, v, a| {
            let default = if a[1].is_null() { Value::NONE } else { a[1] };
            dict(v).set_default(thread, a[0], default.to_ref())
        }),
        "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
    ),
    method(
        "pop",
        "($self, key, default=<unrepresentable>, /)",
        NativeFn::Bound(|thread, v, a| match dict(v).remove(thread, a[0])? {
            Some(value) => Ok(value),
            None if a[1].is_null() => Err(thread.key_error(a[0])),
            None => Ok(a[1].to_ref()),
        }),
        "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
    ),
    method(
        "popitem",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| match dict(v).pop_last() {
            Some((key, value)) => Ok(Tuple::from_refs(vec![key, value])),
            None => Err(thread.key_error(*Str::new("popitem(): dictionary is empty"))),
        }),
        "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
    ).effects(Effects::WRITES),
    method(
        "keys",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(views::new_view(&views::DICT_KEYS, v))),
        "Return a set-like object providing a view on the dict's keys.",
    ).effects(Effects::READS),
    method(
        "items",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(views::new_view(&views::DICT_ITEMS, v))),
        "Return a set-like object providing a view on the dict's items.",
    ).effects(Effects::READS),
    method(
        "values",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(views::new_view(&views::DICT_VALUES, v))),
        "Return an object providing a view on the dict's values.",
    ).effects(Effects::READS),
    method(
        "update",
        "?",
        NativeFn::Raw(|thread, v, arguments| {
            update_from_arguments(thread, v, arguments, "update")?;
            Ok(Ref::NONE)
        }),
        "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
    ),
    method(
        "fromkeys",
        "($type, iterable, value=None, /)",
        NativeFn::Bound(from_keys),
        "Create a new dictionary with keys from iterable and values set to value.",
    )
    .class(),
    method(
        "clear",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            dict(v).clear_entries();
            Ok(Ref::NONE)
        }),
        "Remove all items from the dict.",
    ).effects(Effects::WRITES),
    method(
        "copy",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(dict(v).copy())),
        "Return a shallow copy of the dict.",
    ).effects(Effects::READS),
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(new_walk(v, Walk::KEYS.reversed()))),
        "Return a reverse iterator over the dict keys.",
    ).effects(Effects::READS),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "dicts are generic over two types, signifying (respectively) the types of their keys and values",
    )
    .class(),
];

fn dict(v: Value) -> &'static Dict {
    // SAFETY: slots and methods of dict are called on dicts only.
    unsafe { v.cast_unchecked() }
}

impl Dict {
    /// Bytes that CPython's object of this content takes: entries with string keys alone store no hash.
    fn byte_size(&self) -> usize {
        const HEAD: usize = 48;
        const KEYS_HEAD: usize = 32;
        if self.table().size() == 0 {
            return HEAD;
        }
        let names_only = (0..self.places()).filter_map(|p| self.entry_at(p)).all(|e| e.key.is_exact(&STR));
        HEAD + KEYS_HEAD + self.table().byte_size(if names_only { 16 } else { 24 })
    }
}

fn update_from_arguments(thread: &Thread, v: Value, arguments: &Args, name: &str) -> PyResult<()> {
    check_positional(thread, name, arguments.count(), 0, 1)?;
    if let Some(other) = arguments.get(0) {
        update::update(thread, dict(v), other)?;
    }
    update::set_keywords(thread, dict(v), arguments)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let d = dict(v);
    guarded_repr(thread, v, "{...}", |out| {
        out.push(b'{');
        let (mut place, mut first) = (0, true);
        while place < d.places() {
            if let Some(e) = d.entry_at(place) {
                if !first {
                    out.extend_from_slice(b", ");
                }
                first = false;
                let (key, value) = (e.key.to_ref(), e.value.to_ref());
                push_repr(thread, out, *key)?;
                out.extend_from_slice(b": ");
                push_repr(thread, out, *value)?;
            }
            place += 1;
        }
        out.push(b'}');
        Ok(())
    })
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast::<Dict>(), b.cast::<Dict>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    match op {
        CompareOp::Eq => equal(thread, left, right).map(Ref::bool),
        CompareOp::Ne => equal(thread, left, right).map(|same| Ref::bool(!same)),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn equal(thread: &Thread, left: &Dict, right: &Dict) -> PyResult<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    let mut place = 0;
    while place < left.places() {
        if let Some(e) = left.entry_at(place) {
            let (key, value) = (e.key.to_ref(), e.value.to_ref());
            let Some(other) = right.get_hashed(thread, *key, e.hash)? else { return Ok(false) };
            if !protocol::compare_bool(thread, *value, *other, CompareOp::Eq)? {
                return Ok(false);
            }
        }
        place += 1;
    }
    Ok(true)
}

fn or(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(left), Some(_)) = (a.cast::<Dict>(), b.cast::<Dict>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    let merged = left.copy();
    update::update(thread, dict(*merged), b)?;
    Ok(merged)
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    if let Some(value) = dict(v).get(thread, key)? {
        return Ok(value);
    }
    if !v.is_exact(&DICT)
        && let Some(missing) = attributes::special(thread, v, names::get().__missing__)?
    {
        return thread.call(*missing, &[key]);
    }
    Err(thread.key_error(key))
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    if !value.is_null() {
        return dict(v).set(thread, key, value.to_ref());
    }
    match dict(v).remove(thread, key)? {
        Some(_) => Ok(()),
        None => Err(thread.key_error(key)),
    }
}

fn contains(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    let hash = hash_key(thread, key)?;
    Ok(dict(v).find(thread, key, hash)?.is_some())
}

/// Whether a container's keys need not be hashed again.
fn keeps_hashes(v: Value) -> bool {
    v.is_exact(&DICT) || v.is_exact(&SET) || v.is_exact(&FROZENSET)
}

fn from_keys(thread: &Thread, class: Value, a: &[Value]) -> PyResult {
    let value = if a[1].is_null() { Value::NONE } else { a[1] };
    let made = thread.call(class, &[])?;
    let exact = made.cast_exact::<Dict>();
    if let Some(d) = exact.filter(|_| keeps_hashes(a[0])) {
        set::each_hashed(thread, a[0], |key, hash| {
            d.set_hashed(thread, key, hash, value.to_ref()).map(|_| true)
        })?;
        return Ok(made);
    }
    let iterator = protocol::iter(thread, a[0])?;
    while let Some(key) = protocol::next(thread, *iterator)? {
        match (exact, made.ty().slots().set_item) {
            (Some(d), _) => d.set(thread, *key, value.to_ref())?,
            (None, Some(f)) => f(thread, *made, *key, value)?,
            (None, None) => {
                let name = made.ty().name();
                return Err(thread.type_error(format!("'{name}' object does not support item assignment")));
            }
        }
    }
    Ok(made)
}
