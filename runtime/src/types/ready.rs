//! Makes built-in types usable: flags, layout and slots from the base, the MRO, and the namespace with a descriptor for
//! each row and a wrapper for each filled slot.

use super::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use super::{mro, slot_functions, slot_table};
use crate::call::Args;
use crate::error::PyResult;
use crate::names;
use crate::objects::builtin_function::{doc_value, new_builtin};
use crate::objects::decorators::new_staticmethod;
use crate::objects::descriptors::{
    DataKind, new_classmethod_descriptor, new_data_descriptor, new_method_descriptor, new_wrapper,
};
use crate::objects::dict::Dict;
use crate::objects::str::{Str, intern_text};
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::native::Binding;
use crate::types::registry::{OBJECT, TYPE};
use crate::value::{Ref, Value};

/// Readies a built-in type and its bases; nothing happens the second time.
pub fn ready(ty: &'static Type) {
    if ty.has(TypeFlags::READY) {
        return;
    }
    let Some(spec) = ty.spec else { return };
    let base = (!std::ptr::eq(ty, &OBJECT)).then(|| spec.base.unwrap_or(&OBJECT));
    let mut bases = Vec::from_iter(base);
    bases.extend(spec.more_bases);
    for base in &bases {
        ready(base);
    }
    if let Some(base) = base {
        inherit(ty, spec, base);
    }
    ty.layout.set(ty);
    ty.bases.set(types_tuple(&bases));
    let mro = mro::merge(ty, &bases).unwrap_or_else(|_| unreachable!("bases of {} are in order", spec.name));
    ty.mro_tuple.set(types_tuple(&mro));
    ty.mro.replace(mro);
    ty.dict.set(Dict::new());
    fill_namespace(ty, spec);
    for base in bases {
        base.subclasses.with(|s| s.push(ty));
    }
    ty.prepare_shapes();
    ty.set_flags(ty.flags() | TypeFlags::READY);
}

/// A tuple of type objects.
pub fn types_tuple(types: &[&'static Type]) -> Ref {
    Tuple::from_refs(types.iter().map(|t| Value::of(*t).to_ref()).collect())
}

/// Takes over from the base what the type doesn't say itself.
fn inherit(ty: &'static Type, spec: &TypeSpec, base: &'static Type) {
    let mut flags = ty.flags() | (base.flags() & TypeFlags::INHERITED);
    let plain_base = std::ptr::eq(base, &OBJECT);
    if spec.slots.new.is_none() && plain_base {
        flags |= TypeFlags::NO_INSTANTIATION;
    }
    ty.set_flags(flags);
    ty.base.set(base);
    ty.native_size.set(ty.native_size.get().max(base.native_size.get()));
    let mut slots = *ty.slots();
    let hashable = slots.hash.is_some();
    inherit_slots(&mut slots, base.slots());
    if spec.slots.compare.is_some() && !hashable {
        slots.hash = None;
    }
    if spec.slots.compare.is_none() && hashable {
        slots.compare = None;
    }
    if flags.contains(TypeFlags::NO_INSTANTIATION) {
        slots.new = None;
    }
    ty.slots.replace(slots);
}

/// Fills the empty slots from a base's.
pub fn inherit_slots(slots: &mut Slots, base: &Slots) {
    for row in slot_table::rows() {
        if row.word(slots) == 0 {
            row.set_word(slots, row.word(base));
        }
    }
    inherit_native(slots, base);
}

/// Fills the slots that no special method stands for.
pub fn inherit_native(slots: &mut Slots, base: &Slots) {
    if std::ptr::fn_addr_eq(slots.drop, Slots::EMPTY.drop) {
        slots.drop = base.drop;
    }
    slots.new = slots.new.or(base.new);
    slots.variable_size = slots.variable_size.or(base.variable_size);
    slots.traverse = slots.traverse.or(base.traverse);
    slots.clear = slots.clear.or(base.clear);
    slots.send = slots.send.or(base.send);
    slots.buffer = slots.buffer.or(base.buffer);
}

/// Puts the descriptors and wrappers into the namespace.
fn fill_namespace(ty: &'static Type, spec: &'static TypeSpec) {
    let namespace = ty.dict.get();
    let dict = namespace.cast::<Dict>().expect("just made");
    let n = names::get();
    if spec.slots.new.is_some() && !ty.has(TypeFlags::NO_INSTANTIATION) {
        dict.insert_interned(n.__new__, *new_builtin(&NEW, Value::of(ty).to_ref(), Ref::NULL));
    }
    for &(name, row) in slot_table::named_rows() {
        let own = row.word(&spec.slots) != 0 && !row.signature.is_empty();
        if own && dict.get_interned(name).is_none() {
            dict.insert_interned(name, *new_wrapper(ty, row));
        }
    }
    if spec.slots.compare.is_some() && spec.slots.hash.is_none() {
        dict.insert_interned(n.__hash__, Value::NONE);
    }
    for def in spec.methods {
        dict.insert_interned(intern_text(def.name), *method_object(ty, def));
    }
    for def in spec.getsets {
        let name = intern_text(def.name);
        dict.insert_interned(name, *new_data_descriptor(ty, name, DataKind::Native(def)));
    }
    if dict.get_interned(n.__doc__).is_none() {
        dict.insert_interned(n.__doc__, *doc_value(spec.doc));
    }
    if let Some((module, _)) = spec.name.rsplit_once('.')
        && dict.get_interned(n.__module__).is_none()
    {
        dict.insert_interned(n.__module__, *Str::new(module));
    }
}

/// The object in the namespace for a method row.
fn method_object(ty: &'static Type, def: &'static MethodDef) -> Ref {
    match def.binding {
        Binding::Instance => new_method_descriptor(ty, def),
        Binding::Class => new_classmethod_descriptor(ty, def),
        Binding::Static => new_staticmethod(*new_builtin(def, Value::of(ty).to_ref(), Ref::NULL)),
    }
}

/// `__new__` of native types.
static NEW: MethodDef = method(
    "__new__",
    "($type, *args, **kwargs)",
    NativeFn::Raw(call_new),
    "Create and return a new object.  See help(type) for accurate signature.",
);

/// Whether a callable is `__new__` of a native type; gives that type.
pub fn native_new_owner(callable: Value) -> Option<&'static Type> {
    let f = callable.cast_exact::<crate::objects::builtin_function::BuiltinFunction>()?;
    if !std::ptr::eq(f.def, &NEW) {
        return None;
    }
    f.receiver.peek().cast::<Type>()
}

/// Whether two types make their instances by the same native function.
pub fn same_new(a: &Type, b: &Type) -> bool {
    match (a.slots().new, b.slots().new) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        _ => false,
    }
}

/// `owner.__new__(cls, ...)`, with the checks that keep layouts right.
fn call_new(thread: &Thread, owner: Value, arguments: &Args) -> PyResult {
    let Some(owner) = owner.cast::<Type>() else {
        return Err(thread.system_error("__new__() called with non-type 'self'"));
    };
    let name = owner.full_name();
    let Some(first) = arguments.get(0) else {
        return Err(thread.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(class) = first.cast::<Type>() else {
        let given = first.ty().name();
        return Err(thread.type_error(format!("{name}.__new__(X): X is not a type object ({given})")));
    };
    if !class.is_subtype(owner) {
        let class = class.full_name();
        return Err(thread.type_error(format!("{name}.__new__({class}): {class} is not a subtype of {name}")));
    }
    // The nearest ancestor made by native code must be made by this very function, else its fields would be left out.
    let asks_class =
        |ty: &Type| ty.slots().new.is_some_and(|f| f as usize == slot_functions::new as *const () as usize);
    let mut layout = class;
    while let Some(base) = layout.base().filter(|_| asks_class(layout)) {
        layout = base;
    }
    match owner.slots().new {
        Some(new) if same_new(owner, layout) => new(thread, class, &arguments.without_first()),
        _ if layout.has(TypeFlags::NO_INSTANTIATION) => {
            Err(thread.type_error(format!("cannot create '{}' instances", layout.full_name())))
        }
        _ => Err(thread.type_error(format!(
            "{name}.__new__({}) is not safe, use {}.__new__()",
            class.full_name(),
            layout.full_name()
        ))),
    }
}

/// Readies all types of the registry.
pub fn ready_all() {
    ready(&OBJECT);
    ready(&TYPE);
    // Its instances have attributes and are made while other types are readied.
    ready(&super::registry::STATICMETHOD);
    for ty in super::registry::ALL.iter().copied().chain(crate::objects::exceptions::exception_types()) {
        ready(ty);
    }
    crate::objects::template::prepare_types();
}
