//! `_tuplegetter`: the descriptor behind the fields of named tuples.

use crate::object::drop_object;
use crate::objects::int;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::slot_fields::{receiver, traverse_slots};
use crate::types::binding::{check_positional, no_keywords};
use crate::types::registry::ATTRIBUTE_ERROR;
use crate::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    new_exact, protocol, slot_member,
};

/// Gives item `index` of a tuple.
#[repr(C)]
pub struct Tuplegetter {
    pub header: Header,
    index: isize,
    doc: Slot,
}

crate::object!(Tuplegetter, TUPLEGETTER);
crate::slot_fields!(Tuplegetter, doc);

pub static TUPLEGETTER: Type = Type::new_static(&TypeSpec {
    name: "collections._tuplegetter",
    size: size_of::<Tuplegetter>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Tuplegetter>,
        traverse: Some(traverse_slots::<Tuplegetter>),
        repr: Some(repr),
        descriptor_get: Some(get),
        descriptor_set: Some(set),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "")],
    getsets: &[slot_member!(Tuplegetter, doc, "__doc__", "")],
    ..TypeSpec::EMPTY
});

/// The item that a descriptor gives, if it is one of these.
pub fn index_of(descriptor: Value) -> Option<usize> {
    usize::try_from(descriptor.cast_exact::<Tuplegetter>()?.index).ok()
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "_tuplegetter", arguments)?;
    check_positional(thread, "_tuplegetter", arguments.count(), 2, 2)?;
    let given = arguments.positional();
    let index = protocol::c_ssize(thread, given[0])?;
    Ok(new_exact(|header| Tuplegetter { header, index, doc: Slot::new(given[1].to_ref()) }))
}

fn get(thread: &Thread, v: Value, object: Value, _: Value) -> PyResult {
    let getter = receiver::<Tuplegetter>(thread, v)?;
    if let Some(tuple) = object.cast::<Tuple>() {
        let item = usize::try_from(getter.index).ok().and_then(|i| tuple.items().get(i));
        return item.map(|v| v.to_ref()).ok_or_else(|| thread.index_error("tuple index out of range"));
    }
    if object.is_null() || object.is_none() {
        return Ok(v.to_ref());
    }
    Err(thread.type_error(format!(
        "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
        getter.index,
        object.ty().name()
    )))
}

fn set(thread: &Thread, _: Value, _: Value, value: Value) -> PyResult<()> {
    let action = if value.is_null() { "delete" } else { "set" };
    Err(thread.error(&ATTRIBUTE_ERROR, format!("can't {action} attribute")))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let getter = receiver::<Tuplegetter>(thread, v)?;
    let doc = getter.doc.option().unwrap_or(Ref::NONE);
    let doc = str::display(*protocol::repr(thread, *doc)?);
    Ok(Str::new(&format!("{}({}, {doc})", v.ty().short_name(), getter.index)))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let getter = receiver::<Tuplegetter>(thread, v)?;
    let doc = getter.doc.option().unwrap_or(Ref::NONE);
    let arguments = Tuple::from_refs(vec![int::new(getter.index as i64), doc]);
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments]))
}
