//! Attribute access on any object: `object.__getattribute__`, `__setattr__`, and the shortcuts the interpreter uses:
//! lookup without raising, methods without bound objects, and the classification of an attribute for inline caches.

use crate::error::{PyResult, Raised};
use crate::instance::{self, Shape};
use crate::names;
use crate::objects::descriptors::{DataKind, WrapperDescriptor, data_descriptor};
use crate::objects::dict::Dict;
use crate::objects::str::{self, Str};
use crate::thread::Thread;
use crate::types::registry::{ATTRIBUTE_ERROR, DICT, OBJECT};
use crate::types::slots::{Assign, Binary};
use crate::types::{Type, TypeFlags, slot_functions};
use crate::value::{Ref, Value};

/// `object.name`, for an interned or any other exact string.
#[inline]
pub fn get(thread: &Thread, object: Value, name: Value) -> PyResult<Ref> {
    match object.ty().slots().get_attribute {
        Some(f) => f(thread, object, name),
        None => generic_get(thread, object, name),
    }
}

/// `object.name`, or `None` where that raises AttributeError: `hasattr` and `getattr` with a default. The exception isn't
/// made where it can be avoided.
pub fn find(thread: &Thread, object: Value, name: Value) -> PyResult<Option<Ref>> {
    let found = match object.ty().slots().get_attribute {
        None => generic_find(thread, object, name),
        Some(f) if is(f, generic_get) => generic_find(thread, object, name),
        Some(f) if is(f, crate::objects::type_::get_attribute) => {
            crate::objects::type_::find_attribute(thread, object, name)
        }
        Some(f) if is(f, slot_functions::get_attribute) => {
            slot_functions::find_attribute(thread, object, name)
        }
        Some(f) => f(thread, object, name).map(Some),
    };
    match found {
        Ok(found) => Ok(found),
        Err(raised) => thread.catch(raised, &ATTRIBUTE_ERROR).map(|_| None),
    }
}

fn is(f: Binary, g: Binary) -> bool {
    std::ptr::fn_addr_eq(f, g)
}

/// `object.name = value`; `value` NULL deletes.
#[inline]
pub fn set(thread: &Thread, object: Value, name: Value, value: Value) -> PyResult<()> {
    match object.ty().slots().set_attribute {
        Some(f) => f(thread, object, name, value),
        None => generic_set(thread, object, name, value),
    }
}

/// Refuses attribute names that are no strings.
pub fn check_name(thread: &Thread, name: Value) -> PyResult<()> {
    if name.cast::<Str>().is_some() {
        return Ok(());
    }
    Err(thread.type_error(format!("attribute name must be string, not '{}'", name.ty().name())))
}

/// Whether a class attribute is `object.__getattribute__` itself.
pub fn is_generic_getattribute(v: Value) -> bool {
    v.cast_exact::<WrapperDescriptor>()
        .is_some_and(|d| std::ptr::eq(d.owner(), &OBJECT) && d.row.name == "__getattribute__")
}

/// Whether a value is `object.__setattr__`.
pub fn is_generic_setattr(v: Value) -> bool {
    v.cast_exact::<WrapperDescriptor>()
        .is_some_and(|d| std::ptr::eq(d.owner(), &OBJECT) && d.row.name == "__setattr__")
}

/// The value of an instance's own attribute; no type lookup.
#[inline]
pub fn own_attribute(thread: &Thread, object: Value, name: Value) -> PyResult<Option<Ref>> {
    let Some(attributes) = instance::attributes(object) else { return Ok(None) };
    if let Some(d) = attributes.dictionary() {
        let d = d.to_ref();
        return match d.cast::<Dict>() {
            Some(dict) => dict.get(thread, name),
            None => Ok(None),
        };
    }
    let Some(name) = str::find_interned(name) else { return Ok(None) };
    Ok(attributes.shape().slot_of(name).map(|i| attributes.slot(i).to_ref()))
}

/// `object.__getattribute__`: data descriptors, then the instance, then other class attributes.
pub fn generic_get(thread: &Thread, object: Value, name: Value) -> PyResult<Ref> {
    match generic_find(thread, object, name)? {
        Some(v) => Ok(v),
        None => Err(missing(thread, object, name)),
    }
}

/// As `generic_get`, with `None` for a missing attribute (AttributeError of descriptors is passed on).
pub fn generic_find(thread: &Thread, object: Value, name: Value) -> PyResult<Option<Ref>> {
    let ty = object.ty();
    let found = str::find_interned(name).and_then(|n| ty.lookup(n)).map(|v| v.to_ref());
    if let Some(descriptor) = &found {
        let slots = descriptor.ty().slots();
        if slots.descriptor_set.is_some()
            && let Some(get) = slots.descriptor_get
        {
            return get(thread, **descriptor, object, Value::of(ty)).map(Some);
        }
    }
    if let Some(v) = own_attribute(thread, object, name)? {
        return Ok(Some(v));
    }
    let Some(descriptor) = found else { return Ok(None) };
    match descriptor.ty().slots().descriptor_get {
        Some(get) => get(thread, *descriptor, object, Value::of(ty)).map(Some),
        None => Ok(Some(descriptor)),
    }
}

/// `object.__setattr__` and `__delattr__` (`value` NULL).
pub fn generic_set(thread: &Thread, object: Value, name: Value, value: Value) -> PyResult<()> {
    let ty = object.ty();
    let name = interned_name(name);
    let found = ty.lookup(*name).map(|v| v.to_ref());
    if let Some(descriptor) = &found
        && let Some(set) = descriptor.ty().slots().descriptor_set
    {
        return set(thread, **descriptor, object, value);
    }
    let Some(attributes) = instance::attributes(object) else {
        return Err(no_attributes(thread, ty, object, *name, found.is_some()));
    };
    if let Some(d) = attributes.dictionary() {
        let d = d.to_ref();
        let dict = d.cast::<Dict>().expect("dict mode holds a dict");
        if !value.is_null() {
            return dict.set(thread, *name, value.to_ref());
        }
        return match dict.remove(thread, *name)? {
            Some(_) => Ok(()),
            None => Err(missing(thread, object, *name)),
        };
    }
    let shape = attributes.shape();
    if let Some(slot) = shape.slot_of(*name) {
        if !value.is_null() {
            attributes.set_slot(slot, value.to_ref());
            return Ok(());
        }
        if let Some(shorter) = shape.without(*name) {
            drop(attributes.remove(slot, shorter));
            return Ok(());
        }
        let d = attributes.make_dictionary();
        drop(d.cast::<Dict>().expect("just made").remove_interned(*name));
        return Ok(());
    }
    if value.is_null() {
        return Err(missing(thread, object, *name));
    }
    match shape.child(*name) {
        Some(child) => attributes.append(child, value.to_ref()),
        None => {
            let d = attributes.make_dictionary();
            d.cast::<Dict>().expect("just made").insert_interned(*name, value);
        }
    }
    Ok(())
}

/// The interned exact string with the content of `name`.
pub fn interned_name(name: Value) -> Ref {
    if str::is_interned(name) || name.is_exact(&crate::types::registry::STR) {
        return str::intern(name.to_ref());
    }
    match name.cast::<Str>() {
        Some(s) => str::intern(s.substring(0, s.len())),
        None => Str::empty(),
    }
}

/// AttributeError for a missing attribute of an instance.
#[cold]
pub fn missing(thread: &Thread, object: Value, name: Value) -> Raised {
    let message = format!("'{}' object has no attribute '{}'", object.ty().name(), str::display(name));
    thread.attribute_error(object, name, message)
}

#[cold]
fn no_attributes(thread: &Thread, ty: &Type, object: Value, name: Value, found: bool) -> Raised {
    let name_text = str::display(name);
    let message = if found {
        format!("'{}' object attribute '{name_text}' is read-only", ty.name())
    } else if ty.slots().set_attribute.is_some_and(|f| !std::ptr::fn_addr_eq(f, generic_set as Assign)) {
        format!("'{}' object has no attribute '{name_text}'", ty.name())
    } else {
        format!(
            "'{}' object has no attribute '{name_text}' and no __dict__ for setting new attributes",
            ty.name()
        )
    };
    thread.attribute_error(object, name, message)
}

// `__dict__` of instances.

/// `object.__dict__` of an object whose type gives it attributes. The instance goes to dict mode.
pub fn instance_dict(thread: &Thread, object: Value) -> PyResult {
    match instance::attributes(object) {
        Some(attributes) => Ok(attributes.make_dictionary().to_ref()),
        None => Err(missing(thread, object, names::get().__dict__)),
    }
}

/// `object.__dict__ = value`; NULL gives the instance a new empty dict.
pub fn set_instance_dict(thread: &Thread, object: Value, value: Value) -> PyResult<()> {
    let Some(attributes) = instance::attributes(object) else {
        return Err(missing(thread, object, names::get().__dict__));
    };
    if value.is_null() {
        attributes.set_dictionary(Dict::new());
        return Ok(());
    }
    if !value.is_instance(&DICT) {
        return Err(
            thread.type_error(format!("__dict__ must be set to a dictionary, not a '{}'", value.ty().name()))
        );
    }
    attributes.set_dictionary(value.to_ref());
    Ok(())
}

/// Whether an instance has attributes of its own (without making a dict).
pub fn has_own_attributes(object: Value) -> bool {
    match instance::attributes(object) {
        None => false,
        Some(a) => match a.dictionary() {
            Some(d) => d.cast::<Dict>().is_some_and(|d| d.len() > 0),
            None => a.shape().count > 0,
        },
    }
}

// Methods.

/// The class attribute that implements a special method, bound to `object`; the instance is not looked at.
pub fn special(thread: &Thread, object: Value, name: Value) -> PyResult<Option<Ref>> {
    let ty = object.ty();
    let Some(found) = ty.lookup(name) else { return Ok(None) };
    let found = found.to_ref();
    match found.ty().slots().descriptor_get {
        Some(get) => get(thread, *found, object, Value::of(ty)).map(Some),
        None => Ok(Some(found)),
    }
}

/// A class attribute that implements a special method, as a callable and whether `object` goes in front of the
/// arguments (LOAD_SPECIAL).
pub fn special_method(thread: &Thread, object: Value, name: Value) -> PyResult<Option<(Ref, bool)>> {
    let ty = object.ty();
    let Some(found) = ty.lookup(name) else { return Ok(None) };
    let found = found.to_ref();
    if found.ty().has(TypeFlags::METHOD_DESCRIPTOR) {
        return Ok(Some((found, true)));
    }
    match found.ty().slots().descriptor_get {
        Some(get) => get(thread, *found, object, Value::of(ty)).map(|f| Some((f, false))),
        None => Ok(Some((found, false))),
    }
}

/// `object.name` for a call: the callable, and the receiver to put in front of the arguments where no bound method had to
/// be made.
#[inline]
pub fn get_method(thread: &Thread, object: Value, name: Value) -> PyResult<(Ref, Option<Ref>)> {
    let ty = object.ty();
    if !ty.uses_generic_get() {
        return get(thread, object, name).map(|f| (f, None));
    }
    let Some(found) = ty.lookup(name).map(|v| v.to_ref()) else {
        return match own_attribute(thread, object, name)? {
            Some(f) => Ok((f, None)),
            None => Err(missing(thread, object, name)),
        };
    };
    let is_method = found.ty().has(TypeFlags::METHOD_DESCRIPTOR);
    let slots = found.ty().slots();
    if !is_method
        && slots.descriptor_set.is_some()
        && let Some(getter) = slots.descriptor_get
    {
        return getter(thread, *found, object, Value::of(ty)).map(|f| (f, None));
    }
    if let Some(own) = own_attribute(thread, object, name)? {
        return Ok((own, None));
    }
    if is_method {
        return Ok((found, Some(object.to_ref())));
    }
    match slots.descriptor_get {
        Some(getter) => getter(thread, *found, object, Value::of(ty)).map(|f| (f, None)),
        None => Ok((found, None)),
    }
}

/// `object.name(*arguments)` without making a bound method where that can be avoided.
pub fn call_method(thread: &Thread, object: Value, name: Value, arguments: &[Value]) -> PyResult {
    match get_method(thread, object, name)? {
        (callable, None) => thread.call(*callable, arguments),
        (callable, Some(receiver)) => {
            let mut values: smallvec::SmallVec<[Value; 6]> = smallvec::SmallVec::new();
            values.push(*receiver);
            values.extend_from_slice(arguments);
            thread.call(*callable, &values)
        }
    }
}

// What inline caches remember.

/// Where plain lookup finds an attribute. What a class says holds for the type's present version; what an instance says,
/// for its present shape (and the type's version).
pub enum Place {
    /// A value of the instance, by shape.
    Instance { shape: *const Shape, slot: u32 },
    /// A `__slots__` member.
    Member { index: u32 },
    /// A class attribute that binds as a method; the instance has none of that name at this shape (NULL: no attributes).
    Method { function: Ref, shape: *const Shape },
    /// A class attribute that comes as it is; the instance has none of that name at this shape.
    Constant { value: Ref, shape: *const Shape },
    /// As `Constant`, but the value is volatile: it is the one at this place of a class's namespace.
    Cell { dict: &'static Dict, place: usize, shape: *const Shape },
    /// A property with a getter.
    Property { property: Ref, getter: Ref },
    /// Another data descriptor: call its `descriptor_get`.
    DataDescriptor { descriptor: Ref },
    /// Not found on the class, and the instance is in dict mode: look `name` up in its dict.
    Dictionary,
    /// Anything else: `__getattribute__`, `__getattr__`, missing, non-data descriptors of other kinds.
    Other,
}

/// Classifies `object.name` for an inline cache; `name` is interned. Runs no Python code.
pub fn classify(object: Value, name: Value) -> Place {
    let ty = object.ty();
    if !ty.uses_generic_get() {
        // A module's own `__getattr__` is asked only for what its dict hasn't got.
        let is_module =
            ty.slots().get_attribute.is_some_and(|f| is(f, crate::objects::module::get_attribute));
        let plain = is_module && ty.lookup(name).is_none();
        return if plain { Place::Dictionary } else { Place::Other };
    }
    let found = ty.lookup(name);
    if let Some(descriptor) = found
        && descriptor.ty().slots().descriptor_set.is_some()
    {
        return classify_data(object, descriptor);
    }
    let mut shape: *const Shape = std::ptr::null();
    if let Some(attributes) = instance::attributes(object) {
        if attributes.dictionary().is_some() {
            return if found.is_none() { Place::Dictionary } else { Place::Other };
        }
        shape = attributes.shape_pointer();
        if let Some(slot) = attributes.shape().slot_of(name) {
            return Place::Instance { shape, slot };
        }
    }
    match found {
        Some(v) if v.ty().has(TypeFlags::METHOD_DESCRIPTOR) => Place::Method { function: v.to_ref(), shape },
        Some(v) if v.ty().slots().descriptor_get.is_none() => match ty.volatile_place(name) {
            Some((dict, place)) => Place::Cell { dict, place, shape },
            None => Place::Constant { value: v.to_ref(), shape },
        },
        _ => Place::Other,
    }
}

fn classify_data(object: Value, descriptor: Value) -> Place {
    if let Some(d) = data_descriptor(descriptor) {
        return match d.kind {
            DataKind::Member(index) if object.is_instance(d.owner()) => Place::Member { index },
            _ => Place::DataDescriptor { descriptor: descriptor.to_ref() },
        };
    }
    if let Some(p) = descriptor.cast_exact::<crate::objects::property::Property>()
        && let Some(getter) = p.getter.option().filter(|g| !g.is_none())
    {
        return Place::Property { property: descriptor.to_ref(), getter };
    }
    match descriptor.ty().slots().descriptor_get {
        Some(_) => Place::DataDescriptor { descriptor: descriptor.to_ref() },
        None => Place::Other,
    }
}

/// Where plain assignment puts an attribute.
pub enum StorePlace {
    /// Replaces the value in a slot of this shape.
    Instance {
        shape: *const Shape,
        slot: u32,
    },
    /// Appends: from `shape` to its child `next`.
    Append {
        shape: *const Shape,
        next: &'static Shape,
    },
    Member {
        index: u32,
    },
    /// The instance's dict, in dict mode.
    Dictionary,
    Other,
}

/// Classifies `object.name = value` for an inline cache; `name` is interned. Runs no Python code.
pub fn classify_store(object: Value, name: Value) -> StorePlace {
    let ty = object.ty();
    if !ty.uses_generic_set() {
        return StorePlace::Other;
    }
    classify_generic_store(object, name)
}

/// Classifies what `object.__setattr__(object, name, value)` does; `name` is interned. Runs no Python code.
pub fn classify_generic_store(object: Value, name: Value) -> StorePlace {
    let ty = object.ty();
    if let Some(descriptor) = ty.lookup(name)
        && descriptor.ty().slots().descriptor_set.is_some()
    {
        return match data_descriptor(descriptor) {
            Some(d) if object.is_instance(d.owner()) => match d.kind {
                DataKind::Member(index) => StorePlace::Member { index },
                _ => StorePlace::Other,
            },
            _ => StorePlace::Other,
        };
    }
    let Some(attributes) = instance::attributes(object) else { return StorePlace::Other };
    if attributes.dictionary().is_some() {
        return StorePlace::Dictionary;
    }
    let shape = attributes.shape();
    if let Some(slot) = shape.slot_of(name) {
        return StorePlace::Instance { shape, slot };
    }
    match shape.child(name) {
        Some(next) => StorePlace::Append { shape, next },
        None => StorePlace::Other,
    }
}

/// Where an attribute of a class comes from.
pub enum ClassPlace {
    /// Comes as it is at the class's present version (and its metaclass's).
    Constant {
        value: Ref,
    },
    /// Comes as it is from this place of a namespace, at these versions and the namespace's keys version.
    Cell {
        dict: &'static Dict,
        place: usize,
    },
    /// A class method's function, which is to be bound to the class.
    ClassMethod {
        function: Ref,
    },
    Other,
}

/// Classifies `class.name` for an inline cache, keyed by the versions of the class and of its metaclass.
pub fn classify_class(class: &'static Type, name: Value) -> ClassPlace {
    let meta = Value::of(class).ty();
    let plain = meta.slots().get_attribute.is_some_and(|f| is(f, crate::objects::type_::get_attribute));
    if !plain || meta.lookup(name).is_some_and(|d| d.ty().slots().descriptor_set.is_some()) {
        return ClassPlace::Other;
    }
    if let Some((dict, place)) = class.volatile_place(name) {
        return ClassPlace::Cell { dict, place };
    }
    match class.lookup(name) {
        // Python functions and native methods read from a class are themselves.
        Some(v) if v.ty().slots().descriptor_get.is_none() || v.ty().has(TypeFlags::METHOD_DESCRIPTOR) => {
            ClassPlace::Constant { value: v.to_ref() }
        }
        Some(v) => match crate::objects::decorators::staticmethod_function(v) {
            Some(value) => ClassPlace::Constant { value },
            None => match crate::objects::decorators::classmethod_function(v) {
                Some(function) => ClassPlace::ClassMethod { function },
                None => ClassPlace::Other,
            },
        },
        None => ClassPlace::Other,
    }
}

/// The place of the class's own namespace where `class.name = value`, for a plain value, stores, if that changes no version.
/// Keyed as `classify_class` is.
pub fn classify_class_store(class: &'static Type, name: Value) -> Option<(&'static Dict, usize)> {
    let meta = Value::of(class).ty();
    let set: Assign = crate::objects::type_::set_attribute;
    let plain = meta.slots().set_attribute.is_some_and(|f| std::ptr::fn_addr_eq(f, set));
    let intercepted = meta.lookup(name).is_some_and(|d| d.ty().slots().descriptor_set.is_some());
    if !plain || intercepted || crate::objects::type_::is_immutable(class) {
        return None;
    }
    let (dict, place) = class.volatile_place(name)?;
    std::ptr::eq(dict, class.dict.peek().cast::<Dict>()?).then_some((dict, place))
}

impl Type {
    /// Whether attribute lookup on instances is `object`'s.
    #[inline(always)]
    pub fn uses_generic_get(&self) -> bool {
        self.slots().get_attribute.is_none_or(|f| is(f, generic_get))
    }
    /// Whether attribute assignment on instances is `object`'s.
    #[inline(always)]
    pub fn uses_generic_set(&self) -> bool {
        self.slots().set_attribute.is_none_or(|f| std::ptr::fn_addr_eq(f, generic_set as Assign))
    }
}
