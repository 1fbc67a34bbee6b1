//! The descriptors that `ready` makes of native types' rows: methods, class methods, slot wrappers, computed attributes
//! and members. Also `method-wrapper`, a slot wrapper bound to its object.

use super::builtin_function::{self as builtin, doc_value, signature_value};
use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::instance;
use crate::names;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::str::{self, Str};
use crate::thread::Thread;
use crate::types::binding::{self, SignatureCache};
use crate::types::slot_table::SlotRow;
use crate::types::slots::Visit;
use crate::types::{
    CompareOp, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
use crate::value::{Ref, Value};
use std::cell::Cell;

const DESCRIPTOR_FLAGS: TypeFlags = TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION);

/// A descriptor that can name itself: the owner's type and its own name.
fn owner_and_name(v: Value) -> Option<(&'static Type, Ref)> {
    if let Some(d) = v.cast_exact::<MethodDescriptor>() {
        return Some((d.owner(), Str::new(d.def.name)));
    }
    if let Some(d) = v.cast_exact::<ClassMethodDescriptor>() {
        return Some((d.owner(), Str::new(d.def.name)));
    }
    if let Some(d) = v.cast_exact::<WrapperDescriptor>() {
        return Some((d.owner(), Str::new(d.row.name)));
    }
    let d = data_descriptor(v)?;
    Some((d.owner(), d.name.get()))
}

/// `list.append`: the owner's qualified name and the descriptor's name, for messages.
pub fn qualified_name(v: Value) -> Option<String> {
    let (owner, name) = owner_and_name(v)?;
    Some(format!("{}.{}", owner.qualname(), str::display(*name)))
}

fn get_name(_: &Thread, v: Value) -> PyResult {
    Ok(owner_and_name(v).map_or(Ref::NONE, |(_, name)| name))
}
fn get_objclass(_: &Thread, v: Value) -> PyResult {
    Ok(owner_and_name(v).map_or(Ref::NONE, |(owner, _)| Value::of(owner).to_ref()))
}
fn get_qualname(thread: &Thread, v: Value) -> PyResult {
    let Some((owner, name)) = owner_and_name(v) else { return Ok(Ref::NONE) };
    let owner_name = attributes::get(thread, Value::of(owner), names::get().__qualname__)?;
    Ok(Str::new(&format!("{}.{}", str::display(*owner_name), str::display(*name))))
}
fn reduce(thread: &Thread, v: Value) -> PyResult {
    let Some((owner, name)) = owner_and_name(v) else { return Ok(Ref::NONE) };
    builtin::reduce_as_getattr(thread, Value::of(owner), &str::display(*name))
}

const REDUCE: MethodDef = method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "");
const OBJCLASS: GetSetDef = getset("__objclass__", get_objclass, "").member();
const NAME: GetSetDef = getset("__name__", get_name, "").member();
const QUALNAME: GetSetDef = getset("__qualname__", get_qualname, "");

/// "descriptor 'append' for 'list' objects doesn't apply to a 'int' object".
#[cold]
fn does_not_apply(thread: &Thread, name: &str, owner: &Type, object: Value) -> Raised {
    thread.type_error(format!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.name(),
        object.ty().name()
    ))
}

/// Visits and owns nothing but the owner, which counts only if it is a heap type.
fn visit_owner(owner: &Slot, visit: Visit) {
    if !owner.is_null() {
        visit(owner.peek());
    }
}

// Methods.

/// A native method of a type.
#[repr(C)]
pub struct MethodDescriptor {
    pub header: Header,
    pub def: &'static MethodDef,
    signature: SignatureCache,
    owner: Slot,
}

crate::object!(MethodDescriptor, METHOD_DESCRIPTOR);

impl MethodDescriptor {
    /// Calls the method of a receiver that has it, with positional arguments only; `callable` is this very object.
    #[inline]
    pub fn call_positional(
        &self,
        thread: &Thread,
        callable: Value,
        receiver: Value,
        arguments: &[Value],
    ) -> PyResult {
        binding::call_positional(thread, callable, self.def, &self.signature, receiver, arguments)
    }
    /// The type that has the method.
    #[inline(always)]
    pub fn owner(&self) -> &'static Type {
        // SAFETY: the slot holds a type always.
        unsafe { self.owner.peek().cast_unchecked() }
    }
}

pub static METHOD_DESCRIPTOR: Type = Type::new_static(&TypeSpec {
    name: "method_descriptor",
    size: size_of::<MethodDescriptor>(),
    flags: DESCRIPTOR_FLAGS.union(TypeFlags::METHOD_DESCRIPTOR),
    slots: Slots {
        drop: drop_object::<MethodDescriptor>,
        traverse: Some(|v, visit| visit_owner(&method_descriptor(v).owner, visit)),
        repr: Some(method_repr),
        call: Some(method_call),
        descriptor_get: Some(method_get),
        ..Slots::EMPTY
    },
    methods: &[REDUCE],
    getsets: &[
        OBJCLASS,
        NAME,
        getset("__doc__", |_, d| Ok(doc_value(method_descriptor(d).def.doc)), ""),
        QUALNAME,
        getset("__text_signature__", |_, d| Ok(signature_value(method_descriptor(d).def.signature)), ""),
    ],
    ..TypeSpec::EMPTY
});

pub fn new_method_descriptor(owner: &'static Type, def: &'static MethodDef) -> Ref {
    new_exact(|header| MethodDescriptor {
        header,
        def,
        signature: Cell::new(None),
        owner: Slot::new(Value::of(owner).to_ref()),
    })
}

fn method_descriptor(v: Value) -> &'static MethodDescriptor {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn method_repr(_: &Thread, v: Value) -> PyResult {
    let d = method_descriptor(v);
    Ok(Str::new(&format!("<method '{}' of '{}' objects>", d.def.name, d.owner().name())))
}

/// Calls an unbound native method: the first argument is the receiver.
#[inline]
fn method_call(thread: &Thread, callable: Value, arguments: &Args) -> PyResult {
    let d = method_descriptor(callable);
    match arguments.get(0) {
        Some(receiver) if receiver.is_instance(d.owner()) => {
            binding::call_native(thread, callable, d.def, &d.signature, receiver, &arguments.without_first())
        }
        Some(receiver) => Err(does_not_apply(thread, d.def.name, d.owner(), receiver)),
        None => Err(thread.type_error(format!(
            "unbound method {}.{}() needs an argument",
            d.owner().qualname(),
            d.def.name
        ))),
    }
}

fn method_get(thread: &Thread, descriptor: Value, object: Value, class: Value) -> PyResult {
    let d = method_descriptor(descriptor);
    if object.is_null() {
        return unbound(thread, descriptor, class);
    }
    if !object.is_instance(d.owner()) {
        return Err(does_not_apply(thread, d.def.name, d.owner(), object));
    }
    Ok(builtin::new_bound(d.def, &d.signature, object))
}

/// A descriptor read from the class: itself.
fn unbound(thread: &Thread, descriptor: Value, class: Value) -> PyResult {
    if class.is_null() {
        return Err(thread.type_error("__get__(None, None) is invalid"));
    }
    Ok(descriptor.to_ref())
}

// Class methods.

/// A native class method of a type.
#[repr(C)]
pub struct ClassMethodDescriptor {
    pub header: Header,
    pub def: &'static MethodDef,
    signature: SignatureCache,
    owner: Slot,
}

crate::object!(ClassMethodDescriptor, CLASSMETHOD_DESCRIPTOR);

impl ClassMethodDescriptor {
    fn owner(&self) -> &'static Type {
        // SAFETY: the slot holds a type always.
        unsafe { self.owner.peek().cast_unchecked() }
    }
}

pub static CLASSMETHOD_DESCRIPTOR: Type = Type::new_static(&TypeSpec {
    name: "classmethod_descriptor",
    size: size_of::<ClassMethodDescriptor>(),
    flags: DESCRIPTOR_FLAGS,
    slots: Slots {
        drop: drop_object::<ClassMethodDescriptor>,
        traverse: Some(|v, visit| visit_owner(&classmethod_descriptor(v).owner, visit)),
        repr: Some(classmethod_repr),
        call: Some(classmethod_call),
        descriptor_get: Some(classmethod_get),
        ..Slots::EMPTY
    },
    getsets: &[
        OBJCLASS,
        NAME,
        getset("__doc__", |_, d| Ok(doc_value(classmethod_descriptor(d).def.doc)), ""),
        QUALNAME,
        getset("__text_signature__", |_, d| Ok(signature_value(classmethod_descriptor(d).def.signature)), ""),
    ],
    ..TypeSpec::EMPTY
});

pub fn new_classmethod_descriptor(owner: &'static Type, def: &'static MethodDef) -> Ref {
    new_exact(|header| ClassMethodDescriptor {
        header,
        def,
        signature: Cell::new(None),
        owner: Slot::new(Value::of(owner).to_ref()),
    })
}

fn classmethod_descriptor(v: Value) -> &'static ClassMethodDescriptor {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn classmethod_repr(_: &Thread, v: Value) -> PyResult {
    let d = classmethod_descriptor(v);
    Ok(Str::new(&format!("<method '{}' of '{}' objects>", d.def.name, d.owner().name())))
}

fn classmethod_get(thread: &Thread, descriptor: Value, object: Value, class: Value) -> PyResult {
    let d = classmethod_descriptor(descriptor);
    let class = match (class.is_null(), object.is_null()) {
        (false, _) => class,
        (true, false) => Value::of(object.ty()),
        (true, true) => {
            return Err(thread.type_error(format!(
                "descriptor '{}' for type '{}' needs either an object or a type",
                d.def.name,
                d.owner().name()
            )));
        }
    };
    let Some(ty) = class.cast::<Type>() else {
        return Err(thread.type_error(format!(
            "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
            d.def.name,
            d.owner().name(),
            class.ty().name()
        )));
    };
    if !ty.is_subtype(d.owner()) {
        return Err(thread.type_error(format!(
            "descriptor '{}' requires a subtype of '{}' but received '{}'",
            d.def.name,
            d.owner().name(),
            ty.name()
        )));
    }
    Ok(builtin::new_bound(d.def, &d.signature, class))
}

fn classmethod_call(thread: &Thread, callable: Value, arguments: &Args) -> PyResult {
    let d = classmethod_descriptor(callable);
    let Some(class) = arguments.get(0) else {
        return Err(thread.type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            d.def.name,
            d.owner().name()
        )));
    };
    let bound = classmethod_get(thread, callable, Value::NULL, class)?;
    thread.call_args(*bound, &arguments.without_first())
}

// Slot wrappers.

/// A special method that calls a native type's slot.
#[repr(C)]
pub struct WrapperDescriptor {
    pub header: Header,
    pub row: &'static SlotRow,
    owner: Slot,
}

crate::object!(WrapperDescriptor, WRAPPER_DESCRIPTOR);

impl WrapperDescriptor {
    /// The type whose slot is called.
    #[inline(always)]
    pub fn owner(&self) -> &'static Type {
        // SAFETY: the slot holds a type always.
        unsafe { self.owner.peek().cast_unchecked() }
    }
}

pub static WRAPPER_DESCRIPTOR: Type = Type::new_static(&TypeSpec {
    name: "wrapper_descriptor",
    size: size_of::<WrapperDescriptor>(),
    flags: DESCRIPTOR_FLAGS.union(TypeFlags::METHOD_DESCRIPTOR),
    slots: Slots {
        drop: drop_object::<WrapperDescriptor>,
        traverse: Some(|v, visit| visit_owner(&wrapper_descriptor(v).owner, visit)),
        repr: Some(wrapper_repr),
        call: Some(wrapper_call),
        descriptor_get: Some(wrapper_get),
        ..Slots::EMPTY
    },
    methods: &[REDUCE],
    getsets: &[
        OBJCLASS,
        NAME,
        getset("__doc__", |_, d| Ok(doc_value(wrapper_descriptor(d).row.doc)), ""),
        QUALNAME,
        getset("__text_signature__", |_, d| Ok(signature_value(wrapper_descriptor(d).row.signature)), ""),
    ],
    ..TypeSpec::EMPTY
});

pub fn new_wrapper(owner: &'static Type, row: &'static SlotRow) -> Ref {
    new_exact(|header| WrapperDescriptor { header, row, owner: Slot::new(Value::of(owner).to_ref()) })
}

fn wrapper_descriptor(v: Value) -> &'static WrapperDescriptor {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn wrapper_repr(_: &Thread, v: Value) -> PyResult {
    let d = wrapper_descriptor(v);
    Ok(Str::new(&format!("<slot wrapper '{}' of '{}' objects>", d.row.name, d.owner().name())))
}

fn wrapper_call(thread: &Thread, callable: Value, arguments: &Args) -> PyResult {
    let d = wrapper_descriptor(callable);
    let Some(receiver) = arguments.get(0) else {
        return Err(thread.type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            d.row.name,
            d.owner().name()
        )));
    };
    if !receiver.is_instance(d.owner()) {
        return Err(thread.type_error(format!(
            "descriptor '{}' requires a '{}' object but received a '{}'",
            d.row.name,
            d.owner().name(),
            receiver.ty().name()
        )));
    }
    d.row.invoke(thread, d.owner(), receiver, &arguments.without_first())
}

fn wrapper_get(thread: &Thread, descriptor: Value, object: Value, class: Value) -> PyResult {
    if object.is_null() {
        return unbound(thread, descriptor, class);
    }
    let d = wrapper_descriptor(descriptor);
    if !object.is_instance(d.owner()) {
        return Err(does_not_apply(thread, d.row.name, d.owner(), object));
    }
    Ok(new_exact(|header| MethodWrapper {
        header,
        descriptor: Slot::new(descriptor.to_ref()),
        receiver: Slot::new(object.to_ref()),
    }))
}

/// A slot wrapper bound to an object.
#[repr(C)]
pub struct MethodWrapper {
    pub header: Header,
    descriptor: Slot,
    pub receiver: Slot,
}

crate::object!(MethodWrapper, METHOD_WRAPPER);

impl MethodWrapper {
    pub fn descriptor(&self) -> &'static WrapperDescriptor {
        wrapper_descriptor(self.descriptor.peek())
    }
}

pub static METHOD_WRAPPER: Type = Type::new_static(&TypeSpec {
    name: "method-wrapper",
    size: size_of::<MethodWrapper>(),
    flags: DESCRIPTOR_FLAGS,
    slots: Slots {
        drop: drop_object::<MethodWrapper>,
        traverse: Some(|v, visit| {
            visit_owner(&method_wrapper(v).descriptor, visit);
            visit_owner(&method_wrapper(v).receiver, visit);
        }),
        repr: Some(|_, v| {
            let w = method_wrapper(v);
            let receiver = w.receiver.peek();
            Ok(Str::new(&format!(
                "<method-wrapper '{}' of {} object at {:#x}>",
                w.descriptor().row.name,
                receiver.ty().name(),
                builtin::address(receiver)
            )))
        }),
        hash: Some(|_, v| {
            let w = method_wrapper(v);
            let h = builtin::identity_hash(w.receiver.peek()) ^ builtin::identity_hash(w.descriptor.peek());
            Ok(if h == -1 { -2 } else { h })
        }),
        compare: Some(method_wrapper_compare),
        call: Some(|thread, v, arguments| {
            let d = method_wrapper(v).descriptor();
            d.row.invoke(thread, d.owner(), method_wrapper(v).receiver.peek(), arguments)
        }),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let w = method_wrapper(v);
            builtin::reduce_as_getattr(thread, w.receiver.peek(), w.descriptor().row.name)
        }),
        "",
    )],
    getsets: &[
        getset("__self__", |_, v| Ok(method_wrapper(v).receiver.get()), "").member(),
        getset("__objclass__", |t, v| get_objclass(t, method_wrapper(v).descriptor.peek()), ""),
        getset("__name__", |t, v| get_name(t, method_wrapper(v).descriptor.peek()), ""),
        getset("__qualname__", |t, v| get_qualname(t, method_wrapper(v).descriptor.peek()), ""),
        getset("__doc__", |_, v| Ok(doc_value(method_wrapper(v).descriptor().row.doc)), ""),
        getset(
            "__text_signature__",
            |_, v| Ok(signature_value(method_wrapper(v).descriptor().row.signature)),
            "",
        ),
    ],
    ..TypeSpec::EMPTY
});

fn method_wrapper(v: Value) -> &'static MethodWrapper {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn method_wrapper_compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast_exact::<MethodWrapper>(), b.cast_exact::<MethodWrapper>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    let same = x.descriptor.peek() == y.descriptor.peek() && x.receiver.peek() == y.receiver.peek();
    match op {
        CompareOp::Eq => Ok(Ref::bool(same)),
        CompareOp::Ne => Ok(Ref::bool(!same)),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

// Computed attributes and members.

/// What a data descriptor reads and writes.
#[derive(Clone, Copy)]
pub enum DataKind {
    /// A row of a native type.
    Native(&'static GetSetDef),
    /// A `__slots__` member: its index among all members of the instance.
    Member(u32),
    /// `__dict__` of a class's instances.
    Dict,
    /// `__weakref__` of a class's instances.
    WeakRef,
}

/// A getset or member descriptor (both types share the struct and can't be subclassed).
#[repr(C)]
pub struct DataDescriptor {
    pub header: Header,
    pub kind: DataKind,
    name: Slot,
    owner: Slot,
}

crate::object!(DataDescriptor, GETSET_DESCRIPTOR);

impl DataDescriptor {
    /// The type whose instances have the attribute.
    #[inline(always)]
    pub fn owner(&self) -> &'static Type {
        // SAFETY: the slot holds a type always.
        unsafe { self.owner.peek().cast_unchecked() }
    }
    fn is_member(&self) -> bool {
        match self.kind {
            DataKind::Native(def) => def.member,
            kind => matches!(kind, DataKind::Member(_)),
        }
    }
    fn doc(&self) -> &'static str {
        match self.kind {
            DataKind::Native(def) => def.doc,
            DataKind::Member(_) => "",
            DataKind::Dict => "dictionary for instance variables",
            DataKind::WeakRef => "list of weak references to the object",
        }
    }
}

/// The descriptor in `v`, if it is a getset or member descriptor.
#[inline]
pub fn data_descriptor(v: Value) -> Option<&'static DataDescriptor> {
    if !v.is_exact(&GETSET_DESCRIPTOR) && !v.is_exact(&MEMBER_DESCRIPTOR) {
        return None;
    }
    // SAFETY: both types have this struct.
    Some(unsafe { &*(v.header_unchecked() as *const DataDescriptor) })
}

pub fn new_data_descriptor(owner: &'static Type, name: Value, kind: DataKind) -> Ref {
    let member = match kind {
        DataKind::Native(def) => def.member,
        kind => matches!(kind, DataKind::Member(_)),
    };
    let ty = if member { &MEMBER_DESCRIPTOR } else { &GETSET_DESCRIPTOR };
    crate::object::new_object(ty, |header| DataDescriptor {
        header,
        kind,
        name: Slot::new(name.to_ref()),
        owner: Slot::new(Value::of(owner).to_ref()),
    })
}

const DATA_SLOTS: Slots = Slots {
    drop: drop_object::<DataDescriptor>,
    traverse: Some(|v, visit| visit_owner(&this_data(v).owner, visit)),
    repr: Some(data_repr),
    descriptor_get: Some(data_get),
    descriptor_set: Some(data_set),
    ..Slots::EMPTY
};

pub static GETSET_DESCRIPTOR: Type = Type::new_static(&TypeSpec {
    name: "getset_descriptor",
    size: size_of::<DataDescriptor>(),
    flags: DESCRIPTOR_FLAGS,
    slots: DATA_SLOTS,
    getsets: &[OBJCLASS, NAME, getset("__doc__", |_, v| Ok(doc_value(this_data(v).doc())), ""), QUALNAME],
    ..TypeSpec::EMPTY
});

pub static MEMBER_DESCRIPTOR: Type = Type::new_static(&TypeSpec {
    name: "member_descriptor",
    size: size_of::<DataDescriptor>(),
    flags: DESCRIPTOR_FLAGS,
    slots: DATA_SLOTS,
    methods: &[REDUCE],
    getsets: &[OBJCLASS, NAME, getset("__doc__", |_, v| Ok(doc_value(this_data(v).doc())), ""), QUALNAME],
    ..TypeSpec::EMPTY
});

fn this_data(v: Value) -> &'static DataDescriptor {
    debug_assert!(data_descriptor(v).is_some());
    // SAFETY: slots of the two types are called on their instances only; both have this struct.
    unsafe { &*(v.header_unchecked() as *const DataDescriptor) }
}

fn data_repr(_: &Thread, v: Value) -> PyResult {
    let d = this_data(v);
    let sort = if d.is_member() { "member" } else { "attribute" };
    let name = str::display(d.name.peek());
    Ok(Str::new(&format!("<{sort} '{name}' of '{}' objects>", d.owner().name())))
}

fn data_get(thread: &Thread, descriptor: Value, object: Value, _class: Value) -> PyResult {
    if object.is_null() {
        return Ok(descriptor.to_ref());
    }
    let d = this_data(descriptor);
    if !object.is_instance(d.owner()) {
        return Err(does_not_apply(thread, &str::display(d.name.peek()), d.owner(), object));
    }
    match d.kind {
        DataKind::Native(def) => (def.get)(thread, object),
        DataKind::Member(index) => match instance::member_slot(object, index).option() {
            Some(value) => Ok(value),
            None => Err(attributes::missing(thread, object, d.name.peek())),
        },
        DataKind::Dict => attributes::instance_dict(thread, object),
        DataKind::WeakRef => Ok(crate::weakref::first_weakref(object).unwrap_or(Ref::NONE)),
    }
}

fn data_set(thread: &Thread, descriptor: Value, object: Value, value: Value) -> PyResult<()> {
    let d = this_data(descriptor);
    if !object.is_instance(d.owner()) {
        return Err(does_not_apply(thread, &str::display(d.name.peek()), d.owner(), object));
    }
    match d.kind {
        DataKind::Native(GetSetDef { set: Some(set), .. }) => set(thread, object, value),
        DataKind::Native(def) if def.member => {
            Err(thread.error(&crate::types::registry::ATTRIBUTE_ERROR, "readonly attribute"))
        }
        DataKind::Native(_) | DataKind::WeakRef => Err(thread.error(
            &crate::types::registry::ATTRIBUTE_ERROR,
            format!(
                "attribute '{}' of '{}' objects is not writable",
                str::display(d.name.peek()),
                d.owner().name()
            ),
        )),
        DataKind::Member(index) => {
            let slot = instance::member_slot(object, index);
            if value.is_null() && slot.is_null() {
                return Err(thread.error_value(&crate::types::registry::ATTRIBUTE_ERROR, d.name.peek()));
            }
            slot.set(if value.is_null() { Ref::NULL } else { value.to_ref() });
            Ok(())
        }
        DataKind::Dict => attributes::set_instance_dict(thread, object, value),
    }
}
