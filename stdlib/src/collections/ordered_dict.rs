//! `OrderedDict`: a dict whose order is part of its value and can be changed. The order is that of the dict's entries, so
//! that all of `dict` works on it as it is; what is new is moving entries and watching iterations for changes.

use super::ordered_walk::{ODICT_ITEMS, ODICT_KEYS, ODICT_VALUES, Part, new_ordered_walk};
use runtime::objects::builtin_function::INSTANCE_DICT;
use runtime::objects::dict::{Dict, new_view};
use runtime::objects::int;
use runtime::objects::sequence::{guarded_repr, push_repr};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::registry::DICT;
use runtime::{
    Args, CompareOp, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    attributes, method, names, protocol,
};

pub static ORDERED_DICT: Type = Type::new_static(&TypeSpec {
    name: "collections.OrderedDict",
    base: Some(&DICT),
    size: size_of::<Dict>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE).union(TypeFlags::ATTRIBUTES).union(TypeFlags::WEAKREF),
    slots: Slots {
        init: Some(|thread, v, arguments| {
            if arguments.count() > 1 {
                let given = arguments.count();
                return Err(thread.type_error(format!("expected at most 1 argument, got {given}")));
            }
            update(thread, v, arguments)
        }),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|_, v| Ok(new_ordered_walk(v, Part::Key, false))),
        or: Some(or),
        inplace_or: Some(|thread, v, other| {
            update_from(thread, v, other)?;
            Ok(v.to_ref())
        }),
        set_item: Some(set_item),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[INSTANCE_DICT],
    doc: "Dictionary that remembers insertion order",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "fromkeys",
        "($type, /, iterable, value=None)",
        NativeFn::Bound(from_keys),
        "Create a new ordered dictionary with keys from iterable and values set to value.",
    )
    .class(),
    method("__sizeof__", "($self, /)", NativeFn::NoArgs(size_of_memory), ""),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "Return state information for pickling"),
    method(
        "setdefault",
        "($self, /, key, default=None)",
        NativeFn::Bound(set_default),
        "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
    ),
    method(
        "pop",
        "($self, /, key, default=<unrepresentable>)",
        NativeFn::Bound(pop),
        "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
    ),
    method(
        "popitem",
        "($self, /, last=True)",
        NativeFn::Bound(pop_item),
        "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if\nfalse.",
    ),
    method("keys", "($self, /)", NativeFn::NoArgs(|_, v| Ok(new_view(&ODICT_KEYS, v))), ""),
    method("values", "($self, /)", NativeFn::NoArgs(|_, v| Ok(new_view(&ODICT_VALUES, v))), ""),
    method("items", "($self, /)", NativeFn::NoArgs(|_, v| Ok(new_view(&ODICT_ITEMS, v))), ""),
    method(
        "update",
        "?",
        NativeFn::Raw(|thread, v, arguments| {
            if arguments.count() > 1 {
                let given = arguments.count();
                let message = format!("update() takes at most 1 positional argument ({given} given)");
                return Err(thread.type_error(message));
            }
            update(thread, v, arguments).map(|()| Ref::NONE)
        }),
        "",
    ),
    method(
        "clear",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            dict(thread, v)?.clear_entries();
            Ok(Ref::NONE)
        }),
        "Remove all items from ordered dict.",
    ),
    method("copy", "($self, /)", NativeFn::NoArgs(copy), "A shallow copy of ordered dict."),
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(new_ordered_walk(v, Part::Key, true))),
        "od.__reversed__() <==> reversed(od)",
    ),
    method(
        "move_to_end",
        "($self, /, key, last=True)",
        NativeFn::Bound(move_to_end),
        "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.",
    ),
];

fn dict(thread: &Thread, v: Value) -> PyResult<&'static Dict> {
    receiver(thread, v)
}

/// `self[key] = value`, by the subclass's method if it has one.
fn store(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    match v.is_exact(&ORDERED_DICT) {
        true => dict(thread, v)?.set(thread, key, value.to_ref()),
        false => protocol::set_item(thread, v, key, value),
    }
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    match DICT.slots().set_item {
        Some(set_dict_item) => set_dict_item(thread, v, key, value),
        None => Ok(()),
    }
}

/// What `__init__` and `update` do: the entries of one argument, then the keywords.
fn update(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    if let Some(other) = arguments.get(0) {
        update_from(thread, v, other)?;
    }
    for (name, value) in arguments.keywords() {
        store(thread, v, name, value)?;
    }
    Ok(())
}

fn update_from(thread: &Thread, v: Value, other: Value) -> PyResult<()> {
    if let Some(d) = other.cast::<Dict>().filter(|_| other.is_exact(&DICT) || other.is_exact(&ORDERED_DICT)) {
        for (key, value) in d.items() {
            store(thread, v, *key, *value)?;
        }
        return Ok(());
    }
    if let Some(keys) = attributes::find(thread, other, names::get().keys)? {
        let keys = thread.call(*keys, &[])?;
        let iterator = protocol::iter(thread, *keys)?;
        while let Some(key) = protocol::next(thread, *iterator)? {
            let value = protocol::get_item(thread, other, *key)?;
            store(thread, v, *key, *value)?;
        }
        return Ok(());
    }
    match attributes::find(thread, other, names::get().items)? {
        Some(items) => add_pairs(thread, v, *thread.call(*items, &[])?),
        None => add_pairs(thread, v, other),
    }
}

fn add_pairs(thread: &Thread, v: Value, pairs: Value) -> PyResult<()> {
    let iterator = protocol::iter(thread, pairs)?;
    while let Some(pair) = protocol::next(thread, *iterator)? {
        let parts = protocol::iter(thread, *pair)?;
        let mut taken = Vec::with_capacity(2);
        while let Some(part) = protocol::next(thread, *parts)? {
            if taken.len() == 2 {
                return Err(thread.value_error("too many values to unpack (expected 2)"));
            }
            taken.push(part);
        }
        let [key, value] = taken.as_slice() else {
            let (count, plural) = (taken.len(), if taken.len() == 1 { "" } else { "s" });
            return Err(thread.value_error(format!("need more than {count} value{plural} to unpack")));
        };
        store(thread, v, **key, **value)?;
    }
    Ok(())
}

fn from_keys(thread: &Thread, class: Value, a: &[Value]) -> PyResult {
    let value = if a[1].is_null() { Value::NONE } else { a[1] };
    let made = thread.call(class, &[])?;
    let iterator = protocol::iter(thread, a[0])?;
    while let Some(key) = protocol::next(thread, *iterator)? {
        protocol::set_item(thread, *made, *key, value)?;
    }
    Ok(made)
}

/// Bytes that CPython's object takes: the dict, and a list of nodes with a table of them.
fn size_of_memory(thread: &Thread, v: Value) -> PyResult {
    const HEAD: i64 = 64;
    const NODE: i64 = 32;
    let Some(own) = DICT.lookup(names::get().__sizeof__) else { return Ok(Ref::NONE) };
    let size = protocol::c_ssize(thread, *thread.call(own, &[v])?)? as i64;
    let count = dict(thread, v)?.len() as i64;
    let places =
        if count == 0 { 0 } else { (count * 3 / 2 + 1).max(8).unsigned_abs().next_power_of_two() as i64 };
    Ok(int::new(size + HEAD + count * NODE + places * 8))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let state = thread.call_method(v, names::get().__getstate__, &[])?;
    let items = thread.call_method(v, names::get().items, &[])?;
    let iterator = protocol::iter(thread, *items)?;
    let class = Value::of(v.ty()).to_ref();
    Ok(Tuple::from_refs(vec![class, Tuple::empty(), state, Ref::NONE, iterator]))
}

fn set_default(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let (key, default) = (a[0], if a[1].is_null() { Value::NONE } else { a[1] });
    if v.is_exact(&ORDERED_DICT) {
        return dict(thread, v)?.set_default(thread, key, default.to_ref());
    }
    if protocol::contains(thread, v, key)? {
        return protocol::get_item(thread, v, key);
    }
    protocol::set_item(thread, v, key, default)?;
    Ok(default.to_ref())
}

fn pop(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let hash = protocol::hash(thread, a[0])?;
    match dict(thread, v)?.find(thread, a[0], hash)? {
        Some(place) => Ok(dict(thread, v)?.remove_at(place).1),
        None if a[1].is_null() => Err(thread.key_error(a[0])),
        None => Ok(a[1].to_ref()),
    }
}

/// A flag argument, true where not given.
fn flag(thread: &Thread, v: Value) -> PyResult<bool> {
    if v.is_null() { Ok(true) } else { protocol::is_true(thread, v) }
}

fn pop_item(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let d = dict(thread, v)?;
    let taken = match flag(thread, a[0])? {
        true => d.pop_last(),
        false => d.first_place().map(|place| d.remove_at(place)),
    };
    match taken {
        Some((key, value)) => Ok(Tuple::from_refs(vec![key, value])),
        None => Err(thread.key_error(*Str::new("dictionary is empty"))),
    }
}

fn move_to_end(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let d = dict(thread, v)?;
    let to_end = flag(thread, a[1])?;
    let hash = protocol::hash(thread, a[0])?;
    let Some(place) = d.find(thread, a[0], hash)? else { return Err(thread.key_error(a[0])) };
    let there = if to_end { d.last_place() } else { d.first_place() };
    if there != Some(place) {
        d.move_entry(place, to_end);
    }
    Ok(Ref::NONE)
}

/// Raises if the order or the keys have changed since they had that version.
pub fn check_unchanged(thread: &Thread, v: Value, keys_version: u32) -> PyResult<()> {
    match dict(thread, v)?.keys_version() == keys_version {
        true => Ok(()),
        false => Err(thread.runtime_error("OrderedDict mutated during iteration")),
    }
}

fn copy(thread: &Thread, v: Value) -> PyResult {
    let made = thread.call(Value::of(v.ty()), &[])?;
    if v.is_exact(&ORDERED_DICT) {
        dict(thread, *made)?.fill_from(dict(thread, v)?);
        return Ok(made);
    }
    let version = dict(thread, v)?.keys_version();
    for (key, _) in dict(thread, v)?.items() {
        let value = protocol::get_item(thread, v, *key)?;
        check_unchanged(thread, v, version)?;
        protocol::set_item(thread, *made, *key, *value)?;
    }
    Ok(made)
}

fn or(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(_), Some(_)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let own = if a.is_instance(&ORDERED_DICT) { a } else { b };
    let merged = thread.call(Value::of(own.ty()), &[a])?;
    update_from(thread, *merged, b)?;
    Ok(merged)
}

/// Against another of its kind the order counts too.
fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let Some(compare_dicts) = DICT.slots().compare else { return Ok(Ref::NOT_IMPLEMENTED) };
    let same = compare_dicts(thread, a, b, op)?;
    if !b.is_instance(&ORDERED_DICT) || *same != Value::bool(op == CompareOp::Eq) {
        return Ok(same);
    }
    let (left, right) = (dict(thread, a)?, dict(thread, b)?);
    let versions = (left.keys_version(), right.keys_version());
    for ((key, _), (other, _)) in left.items().iter().zip(&right.items()) {
        check_unchanged(thread, a, versions.0)?;
        check_unchanged(thread, b, versions.1)?;
        if !protocol::compare_bool(thread, **key, **other, CompareOp::Eq)? {
            return Ok(Ref::bool(op == CompareOp::Ne));
        }
    }
    Ok(same)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    guarded_repr(thread, v, "...", |out| {
        out.extend_from_slice(v.ty().short_name().as_bytes());
        if dict(thread, v)?.len() == 0 {
            out.extend_from_slice(b"()");
            return Ok(());
        }
        let content = Dict::new();
        match content.cast::<Dict>() {
            Some(plain) if v.is_exact(&ORDERED_DICT) => plain.fill_from(dict(thread, v)?),
            Some(plain) => runtime::objects::dict::update::update(thread, plain, v)?,
            None => {}
        }
        out.push(b'(');
        push_repr(thread, out, *content)?;
        out.push(b')');
        Ok(())
    })
}
