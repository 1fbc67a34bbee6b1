//! `FrameLocalsProxy`: the mapping that `frame.f_locals` gives for a function's frame. Reads and writes go straight to the
//! variables; names the code has no variable for are kept in a dict beside the frame.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::frame::{Frame, FrameObject};
use crate::object::{Header, drop_object, new_exact};
use crate::objects::dict::Dict;
use crate::objects::exceptions::KEY_ERROR;
use crate::objects::frame::{head, local_value, set_local_value, visible_locals};
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::{clear_slots, receiver, traverse_slots};
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::{CompareOp, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

/// The proxy.
#[repr(C)]
pub struct FrameLocalsProxy {
    pub header: Header,
    /// A frame object.
    frame: Slot,
}

crate::object!(FrameLocalsProxy, FRAME_LOCALS_PROXY);
crate::slot_fields!(FrameLocalsProxy, frame);

/// The proxy of a frame object.
pub fn new_proxy(frame: Value) -> Ref {
    new_exact(|header| FrameLocalsProxy { header, frame: Slot::new(frame.to_ref()) })
}

fn frame_object(thread: &Thread, proxy: Value) -> PyResult<&'static FrameObject> {
    let frame = receiver::<FrameLocalsProxy>(thread, proxy)?.frame.peek();
    frame.cast::<FrameObject>().ok_or_else(|| thread.runtime_error("the frame of the proxy is gone"))
}

fn frame(thread: &Thread, proxy: Value) -> PyResult<&'static Frame> {
    Ok(head(frame_object(thread, proxy)?))
}

fn extra(thread: &Thread, proxy: Value, create: bool) -> PyResult<Option<Ref>> {
    let o = frame_object(thread, proxy)?;
    if o.extra_locals.is_null() && create {
        o.extra_locals.set(Dict::new());
    }
    Ok(o.extra_locals.option())
}

/// The index of the variable called `key`.
fn index_of(frame: &Frame, key: Value) -> Option<usize> {
    let wanted = key.cast::<Str>()?;
    let same = |name: Value| name.cast::<Str>().is_some_and(|n| n.same(wanted));
    visible_locals(frame).find(|(_, name)| same(*name)).map(|(i, _)| i)
}

/// Names and values, unbound variables left out.
fn items(thread: &Thread, proxy: Value) -> PyResult<Vec<(Ref, Ref)>> {
    let f = frame(thread, proxy)?;
    let variables = visible_locals(f).map(|(i, name)| (name.to_ref(), local_value(f, i)));
    let mut all: Vec<(Ref, Ref)> = variables.filter(|(_, value)| !value.is_null()).collect();
    if let Some(extra) = extra(thread, proxy, false)?
        && let Some(dict) = extra.cast::<Dict>()
    {
        all.extend(dict.items());
    }
    Ok(all)
}

/// The value of `key`, if it is bound.
fn find(thread: &Thread, proxy: Value, key: Value) -> PyResult<Option<Ref>> {
    let f = frame(thread, proxy)?;
    if let Some(i) = index_of(f, key) {
        let value = local_value(f, i);
        if !value.is_null() {
            return Ok(Some(value));
        }
    }
    match extra(thread, proxy, false)?.as_ref().and_then(|e| e.cast::<Dict>()) {
        Some(dict) => dict.get(thread, key),
        None => {
            protocol::hash(thread, key)?;
            Ok(None)
        }
    }
}

fn get_item(thread: &Thread, proxy: Value, key: Value) -> PyResult {
    if let Some(value) = find(thread, proxy, key)? {
        return Ok(value);
    }
    let mut text = TextBuilder::new("local variable '");
    text.push_repr(thread, key)?.push("' is not defined");
    Err(thread.error_value(&KEY_ERROR, *text.finish()))
}

fn cannot_remove(thread: &Thread) -> Raised {
    thread.value_error("cannot remove local variables from FrameLocalsProxy")
}

fn set_item(thread: &Thread, proxy: Value, key: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return remove(thread, proxy, key)?.map(drop).ok_or_else(|| thread.key_error(key));
    }
    let f = frame(thread, proxy)?;
    if let Some(i) = index_of(f, key) {
        set_local_value(f, i, value.to_ref());
        return Ok(());
    }
    match extra(thread, proxy, true)?.as_ref().and_then(|e| e.cast::<Dict>()) {
        Some(dict) => dict.set(thread, key, value.to_ref()),
        None => Ok(()),
    }
}

/// Removes a key that is no variable of the code.
fn remove(thread: &Thread, proxy: Value, key: Value) -> PyResult<Option<Ref>> {
    if index_of(frame(thread, proxy)?, key).is_some() {
        return Err(cannot_remove(thread));
    }
    match extra(thread, proxy, false)?.as_ref().and_then(|e| e.cast::<Dict>()) {
        Some(dict) => dict.remove(thread, key),
        None => Ok(None),
    }
}

fn contains(thread: &Thread, proxy: Value, key: Value) -> PyResult<bool> {
    Ok(find(thread, proxy, key)?.is_some())
}

fn keys(thread: &Thread, proxy: Value) -> PyResult {
    Ok(List::from_refs(items(thread, proxy)?.into_iter().map(|(key, _)| key).collect()))
}

fn values(thread: &Thread, proxy: Value) -> PyResult {
    Ok(List::from_refs(items(thread, proxy)?.into_iter().map(|(_, value)| value).collect()))
}

fn item_list(thread: &Thread, proxy: Value) -> PyResult {
    let pairs = items(thread, proxy)?.into_iter().map(|(key, value)| Tuple::from_refs(vec![key, value]));
    Ok(List::from_refs(pairs.collect()))
}

fn iter(thread: &Thread, proxy: Value) -> PyResult {
    let keys = keys(thread, proxy)?;
    protocol::iter(thread, *keys)
}

fn reversed(thread: &Thread, proxy: Value) -> PyResult {
    let keys = items(thread, proxy)?.into_iter().rev().map(|(key, _)| key);
    let list = List::from_refs(keys.collect());
    protocol::iter(thread, *list)
}

fn copy(thread: &Thread, proxy: Value) -> PyResult {
    let copy = Dict::new();
    if let Some(dict) = copy.cast::<Dict>() {
        for (key, value) in items(thread, proxy)? {
            dict.set(thread, *key, value)?;
        }
    }
    Ok(copy)
}

fn get(thread: &Thread, proxy: Value, arguments: &Args) -> PyResult {
    let [key, rest @ ..] = check_count(thread, "get", arguments)? else { return Ok(Ref::NONE) };
    let default = rest.first().copied().unwrap_or(Value::NONE);
    Ok(find(thread, proxy, *key)?.unwrap_or_else(|| default.to_ref()))
}

fn pop(thread: &Thread, proxy: Value, arguments: &Args) -> PyResult {
    let [key, rest @ ..] = check_count(thread, "pop", arguments)? else { return Ok(Ref::NONE) };
    match (remove(thread, proxy, *key)?, rest.first()) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(thread.key_error(*key)),
    }
}

fn set_default(thread: &Thread, proxy: Value, arguments: &Args) -> PyResult {
    let [key, rest @ ..] = check_count(thread, "setdefault", arguments)? else { return Ok(Ref::NONE) };
    if let Some(value) = find(thread, proxy, *key)? {
        return Ok(value);
    }
    let default = rest.first().copied().unwrap_or(Value::NONE);
    set_item(thread, proxy, *key, default)?;
    Ok(default.to_ref())
}

/// One argument and an optional default.
fn check_count<'a>(thread: &Thread, method: &str, arguments: &Args<'a>) -> PyResult<&'a [Value]> {
    match arguments.positional() {
        given @ ([_] | [_, _]) => Ok(given),
        [] => Err(thread.type_error(format!("{method} expected at least 1 argument, got 0"))),
        more => Err(thread.type_error(format!("{method} expected at most 2 arguments, got {}", more.len()))),
    }
}

/// The pairs of a dict or another proxy; `None` for anything else.
fn pairs_of(thread: &Thread, other: Value) -> PyResult<Option<Vec<(Ref, Ref)>>> {
    if let Some(dict) = other.cast::<Dict>() {
        return Ok(Some(dict.items()));
    }
    if other.cast::<FrameLocalsProxy>().is_some() {
        return items(thread, other).map(Some);
    }
    Ok(None)
}

fn update_from(thread: &Thread, proxy: Value, other: Value) -> PyResult<bool> {
    let Some(pairs) = pairs_of(thread, other)? else { return Ok(false) };
    for (key, value) in pairs {
        set_item(thread, proxy, *key, *value)?;
    }
    Ok(true)
}

fn update(thread: &Thread, proxy: Value, other: Value) -> PyResult {
    if !update_from(thread, proxy, other)? {
        return Err(thread.type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    Ok(Ref::NONE)
}

fn or(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(left), Some(right)) = (pairs_of(thread, a)?, pairs_of(thread, b)?) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    let result = Dict::new();
    if let Some(dict) = result.cast::<Dict>() {
        for (key, value) in left.into_iter().chain(right) {
            dict.set(thread, *key, value)?;
        }
    }
    Ok(result)
}

fn inplace_or(thread: &Thread, proxy: Value, other: Value) -> PyResult {
    if !update_from(thread, proxy, other)? {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    Ok(proxy.to_ref())
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || a.cast::<FrameLocalsProxy>().is_none() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    if b.cast::<FrameLocalsProxy>().is_some() {
        let same = std::ptr::eq(frame_object(thread, a)?, frame_object(thread, b)?);
        return Ok(Ref::bool(same == (op == CompareOp::Eq)));
    }
    if b.cast::<Dict>().is_none() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let copy = copy(thread, a)?;
    protocol::compare(thread, *copy, b, op)
}

fn repr(thread: &Thread, proxy: Value) -> PyResult {
    let is_running = thread.repr_running.with(|running| running.contains(&proxy));
    if is_running {
        return Ok(Str::new("{...}"));
    }
    thread.repr_running.with(|running| running.push(proxy));
    let text = copy(thread, proxy).and_then(|copy| protocol::repr(thread, *copy));
    thread.repr_running.with(|running| running.pop());
    text
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    let [frame] = arguments.positional() else {
        return Err(
            thread.type_error(format!("FrameLocalsProxy expected 1 argument, got {}", arguments.count()))
        );
    };
    if arguments.has_keywords() {
        return Err(thread.type_error("FrameLocalsProxy takes no keyword arguments"));
    }
    if frame.cast::<FrameObject>().is_none() {
        return Err(thread.type_error(format!("expect frame, not {}", frame.ty().name())));
    }
    Ok(new_proxy(*frame))
}

const METHODS: &[MethodDef] = &[
    method("update", "($self, object, /)", NativeFn::One(update), ""),
    method("__reversed__", "($self, /)", NativeFn::NoArgs(reversed), ""),
    method("copy", "($self, /)", NativeFn::NoArgs(copy), ""),
    method("keys", "($self, /)", NativeFn::NoArgs(keys), ""),
    method("values", "($self, /)", NativeFn::NoArgs(values), ""),
    method("items", "($self, /)", NativeFn::NoArgs(item_list), ""),
    method("get", "?", NativeFn::Raw(get), ""),
    method("pop", "?", NativeFn::Raw(pop), ""),
    method("setdefault", "?", NativeFn::Raw(set_default), ""),
];

pub static FRAME_LOCALS_PROXY: Type = Type::new_static(&TypeSpec {
    name: "FrameLocalsProxy",
    size: size_of::<FrameLocalsProxy>(),
    flags: TypeFlags::GC.union(TypeFlags::MAPPING),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<FrameLocalsProxy>,
        traverse: Some(traverse_slots::<FrameLocalsProxy>),
        clear: Some(clear_slots::<FrameLocalsProxy>),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(iter),
        or: Some(or),
        inplace_or: Some(inplace_or),
        len: Some(|thread, proxy| Ok(items(thread, proxy)?.len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(contains),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::EMPTY
});
