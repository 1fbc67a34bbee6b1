//! Attribute access on any object: `object.__getattribute__`, `__setattr__`, and the shortcuts the interpreter uses.

use crate::error::PyResult;
use crate::instance;
use crate::objects::dict::Dict;
use crate::objects::str;
use crate::thread::Thread;
use crate::types::Type;
use crate::value::{Ref, Value};

/// `object.name`, for an interned or any other exact string.
#[inline]
pub fn get(thread: &Thread, object: Value, name: Value) -> PyResult<Ref> {
    match object.ty().slots().get_attribute {
        Some(f) => f(thread, object, name),
        None => generic_get(thread, object, name),
    }
}

/// `object.name = value`; `value` NULL deletes.
pub fn set(thread: &Thread, object: Value, name: Value, value: Value) -> PyResult<()> {
    match object.ty().slots().set_attribute {
        Some(f) => f(thread, object, name, value),
        None => generic_set(thread, object, name, value),
    }
}

/// The value of an instance's own attribute, borrowed; no type lookup.
pub fn own_attribute(thread: &Thread, object: Value, name: Value) -> PyResult<Option<Ref>> {
    let Some(attributes) = instance::attributes(object) else { return Ok(None) };
    if let Some(d) = attributes.dictionary() {
        return match d.cast::<Dict>() {
            Some(d) => d.get(thread, name),
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
    let name = str::intern(name.to_ref());
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
        let d = d.cast::<Dict>().expect("dict mode holds a dict");
        if !value.is_null() {
            return d.set(thread, *name, value.to_ref());
        }
        return match d.remove(thread, *name)? {
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

fn missing(thread: &Thread, object: Value, name: Value) -> crate::error::Raised {
    let message = format!("'{}' object has no attribute '{}'", object.ty().name(), str::display(name));
    thread.attribute_error(object, name, message)
}

fn no_attributes(
    thread: &Thread,
    ty: &Type,
    object: Value,
    name: Value,
    found: bool,
) -> crate::error::Raised {
    let name_text = str::display(name);
    let message = if found {
        format!("'{}' object attribute '{name_text}' is read-only", ty.name())
    } else if ty.slots().set_attribute.is_some_and(|f| f as usize != generic_set as *const () as usize) {
        format!("'{}' object has no attribute '{name_text}'", ty.name())
    } else {
        format!(
            "'{}' object has no attribute '{name_text}' and no __dict__ for setting new attributes",
            ty.name()
        )
    };
    thread.attribute_error(object, name, message)
}

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

/// `object.name(*arguments)` without making a bound method where that can be avoided.
pub fn call_method(thread: &Thread, object: Value, name: Value, arguments: &[Value]) -> PyResult {
    let callable = get(thread, object, name)?;
    thread.call(*callable, arguments)
}
