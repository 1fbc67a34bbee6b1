//! `dict_keys`, `dict_values` and `dict_items`: live views; those of keys and items are sets too.

use super::Dict;
use super::iterators::{Walk, new_walk};
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_object};
use crate::objects::iterators::visit_slot;
use crate::objects::list::List;
use crate::objects::mappingproxy::new_proxy;
use crate::objects::sequence::{guarded_repr, push_repr};
use crate::objects::set::{self, set_of};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::slots::Unary;
use crate::types::{
    CompareOp, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
use crate::value::{Ref, Value};

/// A view of one dict.
#[repr(C)]
pub struct DictView {
    pub header: Header,
    pub dict: Slot,
}

crate::object!(DictView, DICT_KEYS);

const BASE_SLOTS: Slots = Slots {
    drop: drop_object::<DictView>,
    traverse: Some(|v, visit| visit_slot(&view(v).dict, visit)),
    repr: Some(repr),
    len: Some(|_, v| Ok(dict(v).len())),
    ..Slots::EMPTY
};

/// The slots of a view that is a set.
const SET_SLOTS: Slots = Slots {
    compare: Some(compare),
    and: Some(and),
    or: Some(|thread, a, b| by_update(thread, a, b, set::update)),
    subtract: Some(|thread, a, b| by_update(thread, a, b, set::difference_update)),
    xor: Some(|thread, a, b| by_update(thread, a, b, set::symmetric_difference_update)),
    ..BASE_SLOTS
};

pub static DICT_KEYS: Type = Type::new_static(&TypeSpec {
    name: "dict_keys",
    size: size_of::<DictView>(),
    flags: TypeFlags::GC,
    slots: Slots {
        iter: Some(|_, v| Ok(new_walk(*view(v).dict.get(), Walk::KEYS))),
        contains: Some(contains_key),
        ..SET_SLOTS
    },
    methods: &[
        IS_DISJOINT,
        reversed(
            |_, v| Ok(new_walk(*view(v).dict.get(), Walk::KEYS.reversed())),
            "Return a reverse iterator over the dict keys.",
        ),
    ],
    getsets: GETSETS,
    ..TypeSpec::EMPTY
});

pub static DICT_VALUES: Type = Type::new_static(&TypeSpec {
    name: "dict_values",
    size: size_of::<DictView>(),
    flags: TypeFlags::GC,
    slots: Slots { iter: Some(|_, v| Ok(new_walk(*view(v).dict.get(), Walk::VALUES))), ..BASE_SLOTS },
    methods: &[reversed(
        |_, v| Ok(new_walk(*view(v).dict.get(), Walk::VALUES.reversed())),
        "Return a reverse iterator over the dict values.",
    )],
    getsets: GETSETS,
    ..TypeSpec::EMPTY
});

pub static DICT_ITEMS: Type = Type::new_static(&TypeSpec {
    name: "dict_items",
    size: size_of::<DictView>(),
    flags: TypeFlags::GC,
    slots: Slots {
        iter: Some(|_, v| Ok(new_walk(*view(v).dict.get(), Walk::ITEMS))),
        contains: Some(contains_item),
        ..SET_SLOTS
    },
    methods: &[
        IS_DISJOINT,
        reversed(
            |_, v| Ok(new_walk(*view(v).dict.get(), Walk::ITEMS.reversed())),
            "Return a reverse iterator over the dict items.",
        ),
    ],
    getsets: GETSETS,
    ..TypeSpec::EMPTY
});

const GETSETS: &[GetSetDef] =
    &[getset("mapping", |_, v| Ok(new_proxy(view(v).dict.peek())), "dictionary that this view refers to")];

const IS_DISJOINT: MethodDef = method(
    "isdisjoint",
    "($self, object, /)",
    NativeFn::One(is_disjoint),
    "Return True if the view and the given iterable have a null intersection.",
);

const fn reversed(function: Unary, doc: &'static str) -> MethodDef {
    method("__reversed__", "($self, /)", NativeFn::NoArgs(function), doc)
}

fn view(v: Value) -> &'static DictView {
    // SAFETY: slots of these types are called on their instances only, and all have this layout.
    unsafe { &*(v.header_unchecked() as *const DictView) }
}

/// The dict that a view of it, of any type, shows.
pub fn viewed(v: Value) -> Option<Ref> {
    (v.is_instance(&DICT_KEYS) || v.is_instance(&DICT_VALUES) || v.is_instance(&DICT_ITEMS))
        .then(|| view(v).dict.get())
}

fn dict(v: Value) -> &'static Dict {
    // SAFETY: a view is made of a dict and keeps it.
    unsafe { view(v).dict.peek().cast_unchecked() }
}

/// A view of type `ty` on a dict.
pub fn new_view(ty: &'static Type, dict: Value) -> Ref {
    new_object(ty, |header| DictView { header, dict: Slot::new(dict.to_ref()) })
}

/// Whether `v` is a view of keys or items.
fn is_set_view(v: Value) -> bool {
    v.is_exact(&DICT_KEYS) || v.is_exact(&DICT_ITEMS)
}

/// Whether `v` counts as a set in comparisons with a view.
fn is_set_like(v: Value) -> bool {
    set_of(v).is_some() || is_set_view(v)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    guarded_repr(thread, v, "...", |out| {
        out.extend_from_slice(v.ty().name().as_bytes());
        out.push(b'(');
        let items = List::from_refs(protocol::collect(thread, v)?);
        push_repr(thread, out, *items)?;
        out.push(b')');
        Ok(())
    })
}

fn contains_key(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    protocol::contains(thread, *view(v).dict.get(), key)
}

fn contains_item(thread: &Thread, v: Value, item: Value) -> PyResult<bool> {
    let Some(&[key, value]) = item.cast::<Tuple>().map(|t| t.items()) else { return Ok(false) };
    match dict(v).get(thread, key)? {
        Some(found) => protocol::compare_bool(thread, *found, value, CompareOp::Eq),
        None => Ok(false),
    }
}

/// Whether every item of `a` is in `b`.
fn all_in(thread: &Thread, a: Value, b: Value) -> PyResult<bool> {
    let iterator = protocol::iter(thread, a)?;
    while let Some(item) = protocol::next(thread, *iterator)? {
        if !protocol::contains(thread, b, *item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_set_like(b) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let (n, m) = (protocol::len(thread, a)?, protocol::len(thread, b)?);
    let holds = match op {
        CompareOp::Eq => n == m && all_in(thread, a, b)?,
        CompareOp::Ne => !(n == m && all_in(thread, a, b)?),
        CompareOp::Lt => n < m && all_in(thread, a, b)?,
        CompareOp::Le => n <= m && all_in(thread, a, b)?,
        CompareOp::Gt => n > m && all_in(thread, b, a)?,
        CompareOp::Ge => n >= m && all_in(thread, b, a)?,
    };
    Ok(Ref::bool(holds))
}

fn and(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (mut view, mut other) = if is_set_view(a) { (a, b) } else { (b, a) };
    if is_set_view(other) && protocol::len(thread, other)? > protocol::len(thread, view)? {
        std::mem::swap(&mut view, &mut other);
    }
    // A set that is larger than the view is asked, not walked.
    if set_of(other).is_some_and(|s| s.len() > dict(view).len()) {
        return intersect(thread, other, view);
    }
    intersect(thread, view, other)
}

/// The items of `walked` that are in `asked`, as a set.
fn intersect(thread: &Thread, asked: Value, walked: Value) -> PyResult {
    let result = set::new_set();
    let into = set_of(*result).expect("just made");
    let iterator = protocol::iter(thread, walked)?;
    while let Some(item) = protocol::next(thread, *iterator)? {
        if protocol::contains(thread, asked, *item)? {
            into.add(thread, *item)?;
        }
    }
    Ok(result)
}

/// `set(a)`, changed by `b`.
fn by_update(
    thread: &Thread,
    a: Value,
    b: Value,
    change: fn(&Thread, &set::Set, Value) -> PyResult<()>,
) -> PyResult {
    let result = set::new_set();
    let into = set_of(*result).expect("just made");
    set::update(thread, into, a)?;
    change(thread, into, b)?;
    Ok(result)
}

fn is_disjoint(thread: &Thread, v: Value, other: Value) -> PyResult {
    if v.is(other) {
        return Ok(Ref::bool(dict(v).len() == 0));
    }
    let (mut asked, mut walked) = (v, other);
    if is_set_like(other) && protocol::len(thread, other)? > protocol::len(thread, v)? {
        std::mem::swap(&mut asked, &mut walked);
    }
    let iterator = protocol::iter(thread, walked)?;
    while let Some(item) = protocol::next(thread, *iterator)? {
        if protocol::contains(thread, asked, *item)? {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}
