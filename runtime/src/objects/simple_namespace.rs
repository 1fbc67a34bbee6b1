//! `types.SimpleNamespace`: an object made of the attributes it is given.

use crate::attributes;
use crate::call::Args;
use crate::error::PyResult;
use crate::objects::builtin_function::INSTANCE_DICT;
use crate::objects::dict::Dict;
use crate::objects::object::new_bare;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::check_positional;
use crate::types::registry::{DICT, STR};
use crate::types::{CompareOp, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

pub static SIMPLE_NAMESPACE: Type = Type::new_static(&TypeSpec {
    name: "types.SimpleNamespace",
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::ATTRIBUTES),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_bare(ty))),
        init: Some(init),
        repr: Some(repr),
        compare: Some(compare),
        ..Slots::EMPTY
    },
    methods: &[
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "Return state information for pickling"),
        method(
            "__replace__",
            "($self, /, **changes)",
            NativeFn::Raw(replace),
            "Return a copy of the namespace object with new values for the specified attributes.",
        ),
    ],
    getsets: &[INSTANCE_DICT.member()],
    signature: "(mapping_or_iterable=(), /, **kwargs)",
    doc: "A simple attribute-based namespace.",
    ..TypeSpec::EMPTY
});

/// A namespace with the given attributes.
pub fn new_namespace(thread: &Thread, attributes: &[(&str, Value)]) -> PyResult {
    let namespace = new_bare(&SIMPLE_NAMESPACE);
    for (name, value) in attributes {
        attributes::generic_set(thread, *namespace, str::intern_text(name), *value)?;
    }
    Ok(namespace)
}

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    check_positional(thread, v.ty().short_name().as_ref(), arguments.count(), 0, 1)?;
    let own = attributes::instance_dict(thread, v)?;
    let Some(own) = own.cast::<Dict>() else { return Ok(()) };
    if let Some(source) = arguments.get(0) {
        let copy = match source.is_exact(&DICT) {
            true => source.to_ref(),
            false => thread.call(Value::of(&DICT), &[source])?,
        };
        for (key, value) in copy.cast::<Dict>().map(|d| d.items()).unwrap_or_default() {
            if !key.is_instance(&STR) {
                return Err(thread.type_error("keywords must be strings"));
            }
            own.set(thread, *key, value)?;
        }
    }
    for (name, value) in arguments.keywords() {
        own.set(thread, name, value.to_ref())?;
    }
    Ok(())
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let name = if v.is_exact(&SIMPLE_NAMESPACE) { "namespace".into() } else { v.ty().short_name() };
    if thread.repr_running.with(|r| r.contains(&v)) {
        return Ok(Str::new(&format!("{name}(...)")));
    }
    thread.repr_running.with(|r| r.push(v));
    let inner = items_text(thread, v);
    thread.repr_running.with(|r| r.pop());
    Ok(Str::from_wtf8(&[name.as_bytes(), b"(", &inner?, b")"].concat()))
}

fn items_text(thread: &Thread, v: Value) -> PyResult<Vec<u8>> {
    let own = attributes::instance_dict(thread, v)?;
    let mut text: Vec<u8> = Vec::new();
    for (key, value) in own.cast::<Dict>().map(|d| d.items()).unwrap_or_default() {
        let Some(key) = key.cast::<Str>().filter(|k| k.len() > 0) else { continue };
        if !text.is_empty() {
            text.extend(b", ");
        }
        text.extend(key.to_wtf8());
        text.push(b'=');
        let shown = protocol::repr(thread, *value)?;
        text.extend(shown.cast::<Str>().map(|s| s.to_wtf8()).unwrap_or_default());
    }
    Ok(text)
}

/// Namespaces compare as their dicts do.
fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !a.is_instance(&SIMPLE_NAMESPACE) || !b.is_instance(&SIMPLE_NAMESPACE) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let (x, y) = (attributes::instance_dict(thread, a)?, attributes::instance_dict(thread, b)?);
    protocol::compare(thread, *x, *y, op)
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let own = attributes::instance_dict(thread, v)?;
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), Tuple::empty(), own]))
}

fn replace(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    if arguments.count() > 0 {
        return Err(thread.type_error("__replace__() takes no positional arguments"));
    }
    let copy = thread.call(Value::of(v.ty()), &[])?;
    let target = attributes::instance_dict(thread, *copy)?;
    let own = attributes::instance_dict(thread, v)?;
    if let (Some(target), Some(own)) = (target.cast::<Dict>(), own.cast::<Dict>()) {
        for (key, value) in own.items() {
            target.set(thread, *key, value)?;
        }
        for (name, value) in arguments.keywords() {
            target.set(thread, name, value.to_ref())?;
        }
    }
    Ok(copy)
}
