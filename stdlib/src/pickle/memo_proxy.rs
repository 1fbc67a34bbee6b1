//! What the attributes `memo` of picklers and unpicklers give: views of their memos.

use super::memo;
use super::pickler::Pickler;
use super::unpickler::Unpickler;
use runtime::object::drop_object;
use runtime::objects::builtin_function::address;
use runtime::objects::dict::{DICT, Dict};
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::{
    Header, MethodDef, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    method, new_exact, protocol, slot_fields,
};

/// A view of a pickler's memo.
#[repr(C)]
pub(super) struct PicklerMemoProxy {
    header: Header,
    pickler: Slot,
}

/// A view of an unpickler's memo.
#[repr(C)]
pub(super) struct UnpicklerMemoProxy {
    header: Header,
    unpickler: Slot,
}

runtime::object!(PicklerMemoProxy, PICKLER_MEMO_PROXY);
runtime::object!(UnpicklerMemoProxy, UNPICKLER_MEMO_PROXY);
slot_fields!(PicklerMemoProxy, pickler);
slot_fields!(UnpicklerMemoProxy, unpickler);

pub(super) static PICKLER_MEMO_PROXY: Type = Type::new_static(&TypeSpec {
    name: "_pickle.PicklerMemoProxy",
    size: size_of::<PicklerMemoProxy>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<PicklerMemoProxy>,
        traverse: Some(traverse_slots::<PicklerMemoProxy>),
        clear: Some(clear_slots::<PicklerMemoProxy>),
        hash: Some(unhashable),
        ..Slots::EMPTY
    },
    methods: PICKLER_METHODS,
    ..TypeSpec::EMPTY
});

pub(super) static UNPICKLER_MEMO_PROXY: Type = Type::new_static(&TypeSpec {
    name: "_pickle.UnpicklerMemoProxy",
    size: size_of::<UnpicklerMemoProxy>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<UnpicklerMemoProxy>,
        traverse: Some(traverse_slots::<UnpicklerMemoProxy>),
        clear: Some(clear_slots::<UnpicklerMemoProxy>),
        hash: Some(unhashable),
        ..Slots::EMPTY
    },
    methods: UNPICKLER_METHODS,
    ..TypeSpec::EMPTY
});

const CLEAR: &str = "Remove all items from memo.";
const COPY: &str = "Copy the memo to a new object.";

const PICKLER_METHODS: &[MethodDef] = &[
    method("clear", "($self, /)", NativeFn::NoArgs(clear_pickler), CLEAR),
    method("copy", "($self, /)", NativeFn::NoArgs(copy_pickler), COPY),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(as_dict(copy_pickler(thread, v)?))),
        "Implement pickle support.",
    ),
];

const UNPICKLER_METHODS: &[MethodDef] = &[
    method("clear", "($self, /)", NativeFn::NoArgs(clear_unpickler), CLEAR),
    method("copy", "($self, /)", NativeFn::NoArgs(copy_unpickler), COPY),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(as_dict(copy_unpickler(thread, v)?))),
        "Implement pickling support.",
    ),
];

pub(super) fn new_pickler_proxy(pickler: Value) -> Ref {
    new_exact(|header| PicklerMemoProxy { header, pickler: Slot::new(pickler.to_ref()) })
}

pub(super) fn new_unpickler_proxy(unpickler: Value) -> Ref {
    new_exact(|header| UnpicklerMemoProxy { header, unpickler: Slot::new(unpickler.to_ref()) })
}

impl PicklerMemoProxy {
    pub(super) fn pickler(&self) -> Option<&'static Pickler> {
        self.pickler.peek().cast::<Pickler>()
    }
}

impl UnpicklerMemoProxy {
    pub(super) fn unpickler(&self) -> Option<&'static Unpickler> {
        self.unpickler.peek().cast::<Unpickler>()
    }
}

fn unhashable(thread: &Thread, v: Value) -> PyResult<i64> {
    Err(thread.type_error(format!("unhashable type: '{}'", v.ty().name())))
}

/// `(dict, (content,))`
fn as_dict(content: Ref) -> Ref {
    Tuple::pair(Value::of(&DICT).to_ref(), Tuple::from_refs(vec![content]))
}

fn clear_pickler(thread: &Thread, v: Value) -> PyResult {
    if let Some(pickler) = receiver::<PicklerMemoProxy>(thread, v)?.pickler() {
        memo::clear(&pickler.memo);
    }
    Ok(Ref::NONE)
}

/// `{id(object): (number, object)}`
fn copy_pickler(thread: &Thread, v: Value) -> PyResult {
    let copy = Dict::new();
    let entries: Vec<(Ref, u64)> = match receiver::<PicklerMemoProxy>(thread, v)?.pickler() {
        Some(pickler) => pickler.memo.with(|memo| memo.entries().collect()),
        None => Vec::new(),
    };
    for (object, number) in entries {
        let id = int::from_u64(address(*object));
        let entry = Tuple::pair(int::from_u64(number), object);
        protocol::set_item(thread, *copy, *id, *entry)?;
    }
    Ok(copy)
}

fn clear_unpickler(thread: &Thread, v: Value) -> PyResult {
    if let Some(unpickler) = receiver::<UnpicklerMemoProxy>(thread, v)?.unpickler() {
        drop(unpickler.memo.take());
    }
    Ok(Ref::NONE)
}

/// `{number: object}`
fn copy_unpickler(thread: &Thread, v: Value) -> PyResult {
    let copy = Dict::new();
    let entries = match receiver::<UnpicklerMemoProxy>(thread, v)?.unpickler() {
        Some(unpickler) => unpickler.memo.with(|memo| memo.entries()),
        None => Vec::new(),
    };
    for (number, object) in entries {
        protocol::set_item(thread, *copy, *int::from_u64(number), *object)?;
    }
    Ok(copy)
}
