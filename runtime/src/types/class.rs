//! Making classes: `type.__new__`, the metaclass and the best base, `__slots__`, and what happens to a new class
//! (`__set_name__`, `__init_subclass__`, `__classcell__`). Also assignment to `__bases__`.

use super::ready::types_tuple;
use super::{Type, TypeFlags, mro, slot_functions, slot_update};
use crate::attributes;
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::object::new_object;
use crate::objects::decorators::{new_classmethod, new_staticmethod};
use crate::objects::descriptors::{DataKind, data_descriptor, new_data_descriptor};
use crate::objects::dict::Dict;
use crate::objects::function::Cell_;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::objects::type_::check_special_set;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::{CELL, DICT, FUNCTION, INT, OBJECT, STR, TUPLE, TYPE};
use crate::value::{Ref, Value};

/// The most derived metaclass among `meta` and those of the bases.
pub fn metaclass(thread: &Thread, meta: &'static Type, bases: &[Value]) -> PyResult<&'static Type> {
    let mut winner = meta;
    for base in bases {
        let other = base.ty();
        if winner.is_subtype(other) {
            continue;
        }
        if !other.is_subtype(winner) {
            return Err(thread.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        winner = other;
    }
    Ok(winner)
}

/// The `new` slot of `type`.
pub fn new(thread: &Thread, meta: &'static Type, arguments: &Args) -> PyResult {
    let &[name, bases, namespace] = arguments.positional() else {
        return Err(thread
            .type_error(format!("type.__new__() takes exactly 3 arguments ({} given)", arguments.count())));
    };
    for (i, v, wanted, ok) in [
        (1, name, "str", name.is_instance(&STR)),
        (2, bases, "tuple", bases.is_instance(&TUPLE)),
        (3, namespace, "dict", namespace.is_instance(&DICT)),
    ] {
        if !ok {
            return Err(thread
                .type_error(format!("type.__new__() argument {i} must be {wanted}, not {}", v.ty().name())));
        }
    }
    let base_values = bases.cast::<Tuple>().map_or(&[][..], |t| t.items());
    check_entries(thread, base_values)?;
    let winner = metaclass(thread, meta, base_values)?;
    if !std::ptr::eq(winner, meta)
        && let Some(other) = winner.slots().new
        && other as usize != new as *const () as usize
    {
        return other(thread, winner, arguments);
    }
    let bases = if base_values.is_empty() { types_tuple(&[&OBJECT]) } else { bases.to_ref() };
    let class = make(thread, winner, name, bases, namespace)?;
    finish(thread, *class, arguments)?;
    Ok(class)
}

/// Bases that need `__mro_entries__` are resolved by class statements only.
fn check_entries(thread: &Thread, bases: &[Value]) -> PyResult<()> {
    for base in bases.iter().filter(|b| !b.is_instance(&TYPE)) {
        if attributes::find(thread, *base, names::get().__mro_entries__)?.is_some() {
            return Err(
                thread.type_error("type() doesn't support MRO entry resolution; use types.new_class()")
            );
        }
    }
    Ok(())
}

// The base whose layout is extended.

/// The nearest ancestor (or the type itself) that adds something to the layout of its base.
fn solid_base(ty: &'static Type) -> &'static Type {
    let Some(base) = ty.base() else { return ty };
    let adds = ty.native_size.get() > base.native_size.get()
        || ty.member_count.get() > base.member_count.get()
        || ty.slots().variable_size.is_some() != base.slots().variable_size.is_some();
    if adds { ty } else { solid_base(base) }
}

/// The base that decides about the layout.
fn best_base(thread: &Thread, bases: &[Value]) -> PyResult<&'static Type> {
    let mut best: Option<(&'static Type, &'static Type)> = None;
    for base in bases {
        let Some(base) = base.cast::<Type>() else {
            return Err(thread.type_error("bases must be types"));
        };
        if !base.has(TypeFlags::BASETYPE) {
            return Err(thread.type_error(format!("type '{}' is not an acceptable base type", base.name())));
        }
        let solid = solid_base(base);
        best = match best {
            Some((winner, b)) if winner.is_subtype(solid) => Some((winner, b)),
            Some((winner, _)) if !solid.is_subtype(winner) => {
                return Err(thread.type_error("multiple bases have instance lay-out conflict"));
            }
            _ => Some((solid, base)),
        };
    }
    Ok(best.map_or(&OBJECT, |(_, base)| base))
}

/// Whether instances of the type have an item size in CPython, where `__slots__` then are impossible.
fn is_variable_sized(ty: &Type) -> bool {
    let layout = ty.layout();
    layout.is_subtype(&INT)
        || layout.is_subtype(&TUPLE)
        || layout.is_subtype(&TYPE)
        || layout.has(TypeFlags::BYTES_SUBCLASS)
}

/// Whether instances have a `__dict__` already.
fn has_dict(ty: &Type) -> bool {
    ty.has(TypeFlags::ATTRIBUTES) || ty.lookup(names::get().__dict__).is_some()
}

// Slots.

/// What `__slots__` asks for.
struct SlotPlan {
    /// Mangled member names, sorted.
    members: Vec<Ref>,
    dict: bool,
    weakref: bool,
}

fn plan_slots(
    thread: &Thread,
    base: &'static Type,
    bases: &[Value],
    class_name: &str,
    namespace: &Dict,
) -> PyResult<SlotPlan> {
    let n = names::get();
    let may_add_dict = !has_dict(base);
    let may_add_weakref = !base.has(TypeFlags::WEAKREF) && !is_variable_sized(base);
    let Some(given) = namespace.get_interned(n.__slots__).map(|v| v.to_ref()) else {
        return Ok(SlotPlan { members: Vec::new(), dict: may_add_dict, weakref: may_add_weakref });
    };
    let given = match given.is_instance(&STR) {
        true => vec![given],
        false => protocol::collect(thread, *given)?,
    };
    if !given.is_empty() && is_variable_sized(base) {
        return Err(
            thread.type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.name()))
        );
    }
    let mut plan = SlotPlan { members: Vec::new(), dict: false, weakref: false };
    for name in given {
        let Some(text) = name.cast::<Str>() else {
            return Err(
                thread.type_error(format!("__slots__ items must be strings, not '{}'", name.ty().name()))
            );
        };
        if !is_identifier(text) {
            return Err(thread.type_error("__slots__ must be identifiers"));
        }
        if str::equals(*name, "__dict__") {
            if !may_add_dict || plan.dict {
                return Err(thread.type_error("__dict__ slot disallowed: we already got one"));
            }
            plan.dict = true;
        } else if str::equals(*name, "__weakref__") {
            if !may_add_weakref || plan.weakref {
                return Err(thread.type_error("__weakref__ slot disallowed: we already got one"));
            }
            plan.weakref = true;
        } else {
            plan.members.push(member_name(thread, class_name, namespace, &name)?);
        }
    }
    plan.members.sort_by_key(|m| m.cast::<Str>().map(|s| s.chars().collect::<Vec<_>>()));
    for other in bases.iter().filter_map(|b| b.cast::<Type>()).filter(|b| !std::ptr::eq(*b, base)) {
        plan.dict |= may_add_dict && has_dict(other);
        plan.weakref |= may_add_weakref && other.has(TypeFlags::WEAKREF);
    }
    Ok(plan)
}

/// A member's name, mangled; it must not be a class variable too.
fn member_name(thread: &Thread, class_name: &str, namespace: &Dict, name: &Ref) -> PyResult {
    let text = str::display(**name);
    let mangled = str::intern_text(&mangle(class_name, &text));
    let special = ["__qualname__", "__classcell__", "__classdictcell__"].contains(&text.as_str());
    if namespace.get_interned(mangled).is_some() && !special {
        let shown = protocol::repr(thread, **name)?;
        return Err(thread
            .value_error(format!("{} in __slots__ conflicts with class variable", str::display(*shown))));
    }
    Ok(mangled.to_ref())
}

/// A private name as the compiler mangles it.
pub fn mangle(class_name: &str, name: &str) -> String {
    let class = class_name.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || class.is_empty() {
        return name.to_string();
    }
    format!("_{class}{name}")
}

fn is_identifier(text: &Str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(ir::unicode::is_xid_start) && chars.all(ir::unicode::is_xid_continue)
}

// Making the class object.

/// A copy of the namespace with interned keys.
fn copy_namespace(thread: &Thread, namespace: &Dict) -> PyResult {
    let copy = Dict::new();
    let dict = copy.cast::<Dict>().expect("just made");
    for (key, value) in namespace.items() {
        match key.is_exact(&STR) {
            true => dict.insert_interned(*str::intern(key), *value),
            false => dict.set(thread, *key, value)?,
        }
    }
    Ok(copy)
}

/// How many attributes the methods of a class with this namespace, and of its bases, assign to `self`.
fn count_static_attributes(namespace: &Dict, bases: &[Value]) -> usize {
    let name = names::get().__static_attributes__;
    let inherited = bases.iter().filter_map(|base| base.cast::<Type>()).flat_map(Type::mro);
    let namespaces =
        inherited.filter(|ty| ty.has(TypeFlags::HEAP)).filter_map(|ty| ty.dict.peek().cast::<Dict>());
    let mut found: Vec<Value> = Vec::new();
    for dict in namespaces.chain(std::iter::once(namespace)) {
        let Some(attributes) = dict.get_interned(name).and_then(|v| v.cast_exact::<Tuple>()) else {
            continue;
        };
        for attribute in attributes.items() {
            if !found.iter().any(|known| known.is(*attribute)) {
                found.push(*attribute);
            }
        }
    }
    found.len()
}

fn make(thread: &Thread, meta: &'static Type, name: Value, bases: Ref, namespace: Value) -> PyResult {
    let n = names::get();
    let base_values = bases.cast::<Tuple>().map_or(&[][..], |t| t.items());
    let base = best_base(thread, base_values)?;
    let name_text = str::display(name);
    if name_text.contains('\0') {
        return Err(thread.value_error("type name must not contain null characters"));
    }
    let own = copy_namespace(thread, namespace.cast().expect("checked by the caller"))?;
    let dict = own.cast::<Dict>().expect("just made");
    let plan = plan_slots(thread, base, base_values, &name_text, dict)?;

    let class = new_object(meta, Type::new_heap);
    let ty = class.cast::<Type>().expect("just made");
    ty.heap_name.set(attributes::interned_name(name));
    ty.heap_qualname.set(take_qualname(thread, dict, name)?);
    ty.base.set(base);
    ty.bases.set(bases.clone());
    ty.layout.set(base.layout.get());
    ty.native_size.set(base.native_size.get());
    ty.member_count.set(base.member_count.get() + plan.members.len() as u32);
    let mut flags = TypeFlags::HEAP | TypeFlags::BASETYPE | TypeFlags::GC;
    flags |= base.flags() & TypeFlags::INHERITED;
    flags.set(TypeFlags::ATTRIBUTES, plan.dict || base.has(TypeFlags::ATTRIBUTES));
    flags.set(TypeFlags::WEAKREF, plan.weakref || base.has(TypeFlags::WEAKREF));
    ty.set_flags(flags);
    ty.prepare_shapes();
    ty.expect_attributes(count_static_attributes(dict, base_values));
    prepare_namespace(thread, dict)?;
    let cell = take_class_cell(thread, dict, n.__classcell__)?;
    let dict_cell = take_class_cell(thread, dict, n.__classdictcell__)?;
    for (i, name) in plan.members.iter().enumerate() {
        let index = base.member_count.get() + i as u32;
        dict.insert_interned(**name, *new_data_descriptor(ty, **name, DataKind::Member(index)));
    }
    if plan.dict && dict.get_interned(n.__dict__).is_none() {
        dict.insert_interned(n.__dict__, *new_data_descriptor(ty, n.__dict__, DataKind::Dict));
    }
    if plan.weakref && dict.get_interned(n.__weakref__).is_none() {
        dict.insert_interned(n.__weakref__, *new_data_descriptor(ty, n.__weakref__, DataKind::WeakRef));
    }
    if dict.get_interned(n.__doc__).is_none() {
        dict.insert_interned(n.__doc__, Value::NONE);
    }
    if dict.get_interned(n.__eq__).is_some() && dict.get_interned(n.__hash__).is_none() {
        dict.insert_interned(n.__hash__, Value::NONE);
    }
    ty.dict.set(own.clone());
    mro::install(thread, ty)?;
    ty.set_flags((ty.flags() - PATTERN_KINDS) | inherited_patterns(ty) | TypeFlags::READY);
    for base in mro::bases_of(ty) {
        base.subclasses.with(|s| s.push(ty));
    }
    slot_update::update(ty);
    if let Some(cell) = cell.as_ref().and_then(|c| c.cast::<Cell_>()) {
        cell.content.set(class.clone());
    }
    if let Some(cell) = dict_cell.as_ref().and_then(|c| c.cast::<Cell_>()) {
        cell.content.set(own.clone());
    }
    Ok(class)
}

const PATTERN_KINDS: TypeFlags = TypeFlags::MAPPING.union(TypeFlags::SEQUENCE);

/// Pattern-matching kinds come from the first in the MRO behind the class itself that has one, be it its layout's base
/// or not.
fn inherited_patterns(ty: &Type) -> TypeFlags {
    let behind = ty.mro().iter().skip(1);
    behind.map(|t| t.flags() & PATTERN_KINDS).find(|f| !f.is_empty()).unwrap_or(TypeFlags::empty())
}

fn take_qualname(thread: &Thread, dict: &Dict, name: Value) -> PyResult {
    let Some(qualname) = dict.remove_interned(names::get().__qualname__) else {
        return Ok(name.to_ref());
    };
    if qualname.is_instance(&STR) {
        return Ok(qualname);
    }
    Err(thread.type_error(format!("type __qualname__ must be a str, not {}", qualname.ty().name())))
}

/// Fills in `__module__`, and makes the implicitly static and class methods.
fn prepare_namespace(thread: &Thread, dict: &Dict) -> PyResult<()> {
    let n = names::get();
    if dict.get_interned(n.__module__).is_none()
        && let Some(module) = calling_module(thread)
    {
        dict.insert_interned(n.__module__, *module);
    }
    if let Some(f) = dict.get_interned(n.__new__).filter(|f| f.is_exact(&FUNCTION)) {
        dict.insert_interned(n.__new__, *new_staticmethod(f));
    }
    for name in [n.__init_subclass__, n.__class_getitem__] {
        if let Some(f) = dict.get_interned(name).filter(|f| f.is_exact(&FUNCTION)) {
            dict.insert_interned(name, *new_classmethod(f));
        }
    }
    Ok(())
}

/// `__name__` of the globals of the running frame.
fn calling_module(thread: &Thread) -> Option<Ref> {
    // SAFETY: the frame chain is intact while its thread runs.
    let frame = unsafe { thread.frame.get().as_ref()? };
    let globals = frame.globals.get();
    globals.cast::<Dict>()?.get_interned(names::get().__name__).map(|v| v.to_ref())
}

fn take_class_cell(thread: &Thread, dict: &Dict, name: Value) -> PyResult<Option<Ref>> {
    let Some(cell) = dict.remove_interned(name) else { return Ok(None) };
    if cell.is_exact(&CELL) {
        return Ok(Some(cell));
    }
    let shown = protocol::repr(thread, Value::of(cell.ty()))?;
    Err(thread.type_error(format!(
        "{} must be a nonlocal cell, not {}",
        str::display(name),
        str::display(*shown)
    )))
}

// Telling those concerned.

fn finish(thread: &Thread, class: Value, arguments: &Args) -> PyResult<()> {
    set_names(thread, class)?;
    init_subclass(thread, class, arguments)
}

/// Calls `__set_name__` of the values in the namespace.
fn set_names(thread: &Thread, class: Value) -> PyResult<()> {
    let ty = class.cast::<Type>().expect("a class");
    let name = names::get().__set_name__;
    let namespace = ty.dict.get();
    let items = namespace.cast::<Dict>().map(|d| d.items()).unwrap_or_default();
    for (key, value) in items {
        match slot_functions::call_if_present(thread, *value, name, &[class, *key]) {
            Ok(_) => {}
            Err(raised) => {
                note_failure(thread, ty, &key, &value);
                return Err(raised);
            }
        }
    }
    Ok(())
}

/// Adds a note to the pending exception of a `__set_name__` call.
fn note_failure(thread: &Thread, ty: &'static Type, key: &Ref, value: &Ref) {
    let exception = thread.take_raised();
    let shown = protocol::repr(thread, **key).map(|s| str::display(*s)).unwrap_or_default();
    let note =
        format!("Error calling __set_name__ on '{}' instance {shown} in '{}'", value.ty().name(), ty.name());
    let note = Str::new(&note);
    drop(thread.call_method(*exception, str::intern_text("add_note"), &[*note]));
    drop(thread.take_raised());
    thread.set_raised(exception);
}

/// `super(cls, cls).__init_subclass__(**kwargs)`.
fn init_subclass(thread: &Thread, class: Value, arguments: &Args) -> PyResult<()> {
    let ty = class.cast::<Type>().expect("a class");
    let name = names::get().__init_subclass__;
    let found = ty.mro().iter().skip(1).find_map(|t| t.dict.peek().cast::<Dict>()?.get_interned(name));
    let Some(found) = found.map(|f| f.to_ref()) else { return Ok(()) };
    let bound = match found.ty().slots().descriptor_get {
        // A class method read through `super` gets the class as both object and owner.
        Some(get) => get(thread, *found, Value::NULL, class)?,
        None => found,
    };
    let values: Vec<Value> = arguments.keyword_values().to_vec();
    thread.call_args(*bound, &Args::new(&values, arguments.keyword_names()))?;
    Ok(())
}

// Layouts of existing classes.

/// Names of the members by index, of the type and its bases.
fn member_names(ty: &Type) -> Vec<(u32, String)> {
    let mut members = Vec::new();
    for t in ty.mro() {
        let namespace = t.dict.get();
        let items = namespace.cast::<Dict>().map(|d| d.items()).unwrap_or_default();
        for (key, value) in items {
            if let Some(DataKind::Member(i)) = data_descriptor(*value).map(|d| d.kind) {
                members.push((i, str::display(*key)));
            }
        }
    }
    members.sort();
    members
}

/// Whether both types' instances have the same `__slots__` members.
pub fn same_members(a: &Type, b: &Type) -> bool {
    a.member_count.get() == b.member_count.get()
        && (a.member_count.get() == 0 || member_names(a) == member_names(b))
}

/// `cls.__bases__ = value`.
pub fn set_bases(thread: &Thread, class: Value, value: Value) -> PyResult<()> {
    let ty = class.cast::<Type>().expect("a class");
    check_special_set(thread, ty, "__bases__", value)?;
    let name = ty.name();
    let Some(bases) = value.cast::<Tuple>() else {
        return Err(thread
            .type_error(format!("can only assign tuple to {name}.__bases__, not {}", value.ty().name())));
    };
    if bases.len() == 0 {
        return Err(thread.type_error(format!("can only assign non-empty tuple to {name}.__bases__, not ()")));
    }
    for base in bases.items() {
        let Some(base) = base.cast::<Type>() else {
            return Err(thread.type_error(format!(
                "{name}.__bases__ must be tuple of classes, not '{}'",
                base.ty().name()
            )));
        };
        if base.is_subtype(ty) {
            return Err(thread.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let new_base = best_base(thread, bases.items())?;
    let old_base = ty.base().unwrap_or(&OBJECT);
    if !old_base.same_instance_layout(new_base) {
        return Err(incompatible_base(thread, old_base, new_base));
    }
    let old_bases = ty.bases.replace(value.to_ref());
    ty.base.set(new_base);
    if let Err(raised) = recompute_mros(thread, ty) {
        ty.base.set(old_base);
        ty.bases.set(old_bases);
        return Err(raised);
    }
    for base in old_bases.cast::<Tuple>().iter().flat_map(|t| t.items()).filter_map(|b| b.cast::<Type>()) {
        base.subclasses.with(|s| s.retain(|t| !std::ptr::eq(*t, ty)));
    }
    for base in mro::bases_of(ty) {
        base.subclasses.with(|s| s.push(ty));
    }
    slot_update::update_with_subclasses(ty);
    Ok(())
}

#[cold]
fn incompatible_base(thread: &Thread, old: &Type, new: &Type) -> Raised {
    let native = std::ptr::eq(new, new.layout()) && !std::ptr::eq(new.layout(), old.layout());
    let what = if native { "deallocator" } else { "object layout" };
    thread.type_error(format!("__bases__ assignment: '{}' {what} differs from '{}'", new.name(), old.name()))
}

/// Computes the MROs of a type and all its subclasses; if one fails, all stay as they were.
fn recompute_mros(thread: &Thread, ty: &'static Type) -> PyResult<()> {
    let mut pending = vec![ty];
    let mut done: Vec<(&'static Type, Ref, Vec<&'static Type>)> = Vec::new();
    while let Some(t) = pending.pop() {
        match mro::compute(thread, t) {
            Ok((types, held)) => {
                let (old_tuple, old) = mro::set(t, types);
                done.push((t, old_tuple, old));
                drop(held);
            }
            Err(raised) => {
                for (t, _, old) in done.into_iter().rev() {
                    drop(mro::set(t, old));
                }
                return Err(raised);
            }
        }
        // SAFETY: a dying type takes itself out of the list first.
        pending.extend(t.subclasses.with(|s| s.clone()).into_iter().map(|s| unsafe { &*s }));
    }
    Ok(())
}
