//! `mappingproxy`: a read-only view of a mapping, as `cls.__dict__` gives it.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object, new_exact, new_object};
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

/// The view of one mapping.
#[repr(C)]
pub struct MappingProxy {
    pub header: Header,
    pub mapping: Slot,
}

crate::object!(MappingProxy, MAPPINGPROXY);

pub static MAPPINGPROXY: Type = Type::new_static(&TypeSpec {
    name: "mappingproxy",
    size: size_of::<MappingProxy>(),
    flags: TypeFlags::GC.union(TypeFlags::MAPPING),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<MappingProxy>,
        traverse: Some(|v, visit| visit(mapping(v))),
        repr: Some(|thread, v| {
            let inner = protocol::repr(thread, mapping(v))?;
            Ok(Str::new(&format!("mappingproxy({})", str::display(*inner))))
        }),
        str: Some(|thread, v| protocol::str(thread, mapping(v))),
        hash: Some(|thread, v| protocol::hash(thread, mapping(v))),
        compare: Some(|thread, a, b, op| protocol::compare(thread, mapping(a), inner(b), op)),
        iter: Some(|thread, v| protocol::iter(thread, mapping(v))),
        len: Some(|thread, v| protocol::len(thread, mapping(v))),
        get_item: Some(|thread, v, key| protocol::get_item(thread, mapping(v), key)),
        contains: Some(|thread, v, key| protocol::contains(thread, mapping(v), key)),
        or: Some(|thread, a, b| merge(thread, inner(a), inner(b))),
        inplace_or: Some(|thread, a, _| {
            Err(thread.type_error(format!("'|=' is not supported by {}; use '|' instead", a.ty().name())))
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(mapping)",
    doc: "Read-only proxy of a mapping.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "get",
        "($self, key, default=None, /)",
        NativeFn::Bound(|thread, v, a| {
            let default = if a[1].is_null() { Value::NONE } else { a[1] };
            thread.call_method(mapping(v), names::get().get, &[a[0], default])
        }),
        "Return the value for key if key is in the mapping, else default.",
    ),
    method(
        "keys",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| thread.call_method(mapping(v), names::get().keys, &[])),
        "D.keys() -> a set-like object providing a view on D's keys",
    ),
    method(
        "values",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| thread.call_method(mapping(v), names::get().values, &[])),
        "D.values() -> an object providing a view on D's values",
    ),
    method(
        "items",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| thread.call_method(mapping(v), names::get().items, &[])),
        "D.items() -> a set-like object providing a view on D's items",
    ),
    method(
        "copy",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| thread.call_method(mapping(v), names::get().copy, &[])),
        "D.copy() -> a shallow copy of D",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(super::generic_alias::class_getitem),
        "mappingproxy objects are generic over two types, signifying (respectively) the types of their keys and values",
    )
    .class(),
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| thread.call_method(mapping(v), names::get().__reversed__, &[])),
        "D.__reversed__() -> reverse iterator",
    ),
];

/// A view of `mapping`.
pub fn new_proxy(mapping: Value) -> Ref {
    new_exact(|header| MappingProxy { header, mapping: Slot::new(mapping.to_ref()) })
}

/// The mapping of a proxy.
fn mapping(v: Value) -> Value {
    // SAFETY: slots of an exact type are called on its instances only; the mapping never changes.
    unsafe { v.cast_unchecked::<MappingProxy>() }.mapping.peek()
}

/// The mapping of a proxy, anything else itself.
fn inner(v: Value) -> Value {
    v.cast_exact::<MappingProxy>().map_or(v, |p| p.mapping.peek())
}

/// `a | b` of the mappings behind.
fn merge(thread: &Thread, a: Value, b: Value) -> PyResult {
    for ty in [a.ty(), b.ty()] {
        if let Some(f) = ty.slots().or {
            let result = f(thread, a, b)?;
            if *result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
    }
    Ok(Ref::NOT_IMPLEMENTED)
}

static NEW: Parameters = Parameters::new("mappingproxy", "(mapping)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        let v = a[0];
        let slots = v.ty().slots();
        let is_mapping =
            slots.get_item.is_some() && v.cast::<List>().is_none() && v.cast::<Tuple>().is_none();
        if !is_mapping && v.cast::<Dict>().is_none() {
            return Err(thread
                .type_error(format!("mappingproxy() argument must be a mapping, not {}", v.ty().name())));
        }
        Ok(new_object(ty, |header| MappingProxy { header, mapping: Slot::new(v.to_ref()) }))
    })
}
