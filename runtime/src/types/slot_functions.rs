//! The functions in the slots of classes: each looks the special method up on the type and calls it, and checks what
//! came back as CPython does.

use super::slots::Assign;
use super::{CompareOp, Type, TypeFlags};
use crate::attributes;
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::function::FUNCTION;
use crate::objects::int::{self, IntRef};
use crate::objects::str;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::registry::{ATTRIBUTE_ERROR, INT, OVERFLOW_ERROR, VALUE_ERROR};
use crate::value::{Ref, Value};
use smallvec::SmallVec;

/// Calls the special method `name` of `object`'s type, if there is one; the instance's own attributes don't count.
#[inline]
pub fn call_if_present(
    thread: &Thread,
    object: Value,
    name: Value,
    arguments: &[Value],
) -> PyResult<Option<Ref>> {
    let Some(found) = object.ty().lookup(name) else { return Ok(None) };
    call_found(thread, found, object, arguments).map(Some)
}

/// Calls a class attribute as a method of `object`.
#[inline]
fn call_found(thread: &Thread, found: Value, object: Value, arguments: &[Value]) -> PyResult {
    // Most are Python functions, whose frames take references of their own to all this first.
    const FEW: usize = 4;
    if found.is_exact(&FUNCTION) && arguments.len() < FEW {
        let mut values = [object; FEW];
        for (place, argument) in values[1..].iter_mut().zip(arguments) {
            *place = *argument;
        }
        let arguments = Args::positional_only(&values[..=arguments.len()]);
        return STATE.interpreter().call_function(thread, found, &arguments);
    }
    let found = found.to_ref();
    let receiver = object.to_ref();
    if found.ty().has(TypeFlags::METHOD_DESCRIPTOR) {
        let mut values: SmallVec<[Value; 4]> = SmallVec::with_capacity(arguments.len() + 1);
        values.push(*receiver);
        values.extend_from_slice(arguments);
        return thread.call(*found, &values);
    }
    match found.ty().slots().descriptor_get {
        Some(get) => {
            let bound = get(thread, *found, *receiver, Value::of(receiver.ty()))?;
            thread.call(*bound, arguments)
        }
        None => thread.call(*found, arguments),
    }
}

/// Calls the special method `name`, which the type has.
pub fn call(thread: &Thread, object: Value, name: Value, arguments: &[Value]) -> PyResult {
    match call_if_present(thread, object, name, arguments)? {
        Some(result) => Ok(result),
        None => Err(missing(thread, name)),
    }
}

/// The method that filled the slot has gone meanwhile.
#[cold]
fn missing(thread: &Thread, name: Value) -> Raised {
    thread.error_value(&ATTRIBUTE_ERROR, name)
}

/// A binary operator; `own_a`, `own_b`: the operand's type has this operator's class function in its slot.
pub fn binary(
    thread: &Thread,
    a: Value,
    b: Value,
    own_a: bool,
    own_b: bool,
    name: Value,
    reflected: Value,
) -> PyResult {
    let not_implemented = |r: Option<Ref>| r.unwrap_or(Ref::NOT_IMPLEMENTED);
    let same_type = std::ptr::eq(a.ty(), b.ty());
    let mut try_reflected = own_b && !same_type;
    if own_a {
        if try_reflected && b.ty().is_subtype(a.ty()) && overrides(a, b, reflected) {
            let result = not_implemented(call_if_present(thread, b, reflected, &[a])?);
            if *result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
            try_reflected = false;
        }
        let result = not_implemented(call_if_present(thread, a, name, &[b])?);
        if *result != Value::NOT_IMPLEMENTED || same_type {
            return Ok(result);
        }
    }
    if try_reflected {
        return Ok(not_implemented(call_if_present(thread, b, reflected, &[a])?));
    }
    Ok(Ref::NOT_IMPLEMENTED)
}

/// Whether `b`'s type has a method `name` of its own, not the one that `a`'s type has.
fn overrides(a: Value, b: Value, name: Value) -> bool {
    match (a.ty().lookup(name), b.ty().lookup(name)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(x), Some(y)) => x != y,
    }
}

/// `pow(a, b, modulus)`; `modulus` None: the operator.
pub fn power(thread: &Thread, a: Value, b: Value, modulus: Value, own_a: bool, own_b: bool) -> PyResult {
    let n = names::get();
    if modulus.is_none() {
        return binary(thread, a, b, own_a, own_b, n.__pow__, n.__rpow__);
    }
    if own_a {
        let result = call_if_present(thread, a, n.__pow__, &[b, modulus])?.unwrap_or(Ref::NOT_IMPLEMENTED);
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    if own_b && !std::ptr::eq(a.ty(), b.ty()) {
        return Ok(call_if_present(thread, b, n.__rpow__, &[a, modulus])?.unwrap_or(Ref::NOT_IMPLEMENTED));
    }
    Ok(Ref::NOT_IMPLEMENTED)
}

pub fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let n = names::get();
    let name = [n.__lt__, n.__le__, n.__eq__, n.__ne__, n.__gt__, n.__ge__][op as usize];
    match a.ty().lookup(name) {
        None => Ok(Ref::NOT_IMPLEMENTED),
        Some(found) if found.is_none() => Err(not_callable(thread, found)),
        Some(found) => call_found(thread, found, a, &[b]),
    }
}

#[cold]
fn not_callable(thread: &Thread, v: Value) -> Raised {
    thread.type_error(format!("'{}' object is not callable", v.ty().name()))
}

pub fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let result = match v.ty().lookup(names::get().__hash__) {
        Some(found) if !found.is_none() => call_found(thread, found, v, &[])?,
        _ => return Err(thread.type_error(format!("unhashable type: '{}'", v.ty().name()))),
    };
    match int::get(*result) {
        Some(IntRef::Small(i)) => Ok(if i == -1 { -2 } else { i }),
        Some(IntRef::Big(_)) => match INT.slots().hash {
            Some(f) => f(thread, *result),
            None => Err(thread.system_error("int has no hash")),
        },
        None => Err(thread.type_error("__hash__ method should return an integer")),
    }
}

pub fn call_instance(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let name = names::get().__call__;
    let Some(found) = v.ty().lookup(name) else { return Err(missing(thread, name)) };
    let found = found.to_ref();
    if found.ty().has(TypeFlags::METHOD_DESCRIPTOR) {
        return arguments.with_first(v, |arguments| thread.call_args(*found, arguments));
    }
    match found.ty().slots().descriptor_get {
        Some(get) => {
            let bound = get(thread, *found, v, Value::of(v.ty()))?;
            thread.call_args(*bound, arguments)
        }
        None => thread.call_args(*found, arguments),
    }
}

/// `__getattribute__`, then `__getattr__` if that raised AttributeError.
pub fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    match find_attribute(thread, v, name)? {
        Some(found) => Ok(found),
        None => Err(attributes::missing(thread, v, name)),
    }
}

/// As `get_attribute`; `None` if plain lookup finds nothing and there is no `__getattr__`.
pub fn find_attribute(thread: &Thread, v: Value, name: Value) -> PyResult<Option<Ref>> {
    let n = names::get();
    let ty = v.ty();
    let Some(fallback) = ty.lookup(n.__getattr__).map(|f| f.to_ref()) else {
        return call(thread, v, n.__getattribute__, &[name]).map(Some);
    };
    let found = match ty.lookup(n.__getattribute__) {
        Some(f) if attributes::is_generic_getattribute(f) => attributes::generic_find(thread, v, name),
        Some(f) => call_found(thread, f, v, &[name]).map(Some),
        None => Err(missing(thread, n.__getattribute__)),
    };
    match found {
        Ok(Some(found)) => return Ok(Some(found)),
        Ok(None) => {}
        Err(raised) => drop(thread.catch(raised, &ATTRIBUTE_ERROR)?),
    }
    call_found(thread, *fallback, v, &[name]).map(Some)
}

pub fn set_attribute(thread: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    let n = names::get();
    match value.is_null() {
        true => call(thread, v, n.__delattr__, &[name])?,
        false => call(thread, v, n.__setattr__, &[name, value])?,
    };
    Ok(())
}

/// Refuses `object.__setattr__(cls, ...)` and the like, which would go around a more special native setter.
pub fn check_setattr_owner(thread: &Thread, v: Value, wrapped: Assign, method: &str) -> PyResult<()> {
    let class_function = set_attribute as Assign;
    let native = v.ty().mro().iter().find_map(|t| {
        let f = t.slots().set_attribute?;
        (!std::ptr::fn_addr_eq(f, class_function) && t.spec.is_some()).then_some(f)
    });
    match native {
        Some(f) if !std::ptr::fn_addr_eq(f, wrapped) => {
            Err(thread.type_error(format!("can't apply this {method} to {} object", v.ty().name())))
        }
        _ => Ok(()),
    }
}

pub fn iter(thread: &Thread, v: Value) -> PyResult {
    match v.ty().lookup(names::get().__iter__) {
        Some(found) if !found.is_none() => call_found(thread, found, v, &[]),
        _ => Err(thread.type_error(format!("'{}' object is not iterable", v.ty().name()))),
    }
}

/// A StopIteration stays raised, for its value.
pub fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    call(thread, v, names::get().__next__, &[]).map(Some)
}

pub fn descriptor_get(thread: &Thread, descriptor: Value, object: Value, class: Value) -> PyResult {
    let none_if_null = |v: Value| if v.is_null() { Value::NONE } else { v };
    let Some(found) = descriptor.ty().lookup(names::get().__get__) else {
        return Ok(descriptor.to_ref());
    };
    call_found(thread, found, descriptor, &[none_if_null(object), none_if_null(class)])
}

pub fn descriptor_set(thread: &Thread, descriptor: Value, object: Value, value: Value) -> PyResult<()> {
    let n = names::get();
    match value.is_null() {
        true => call(thread, descriptor, n.__delete__, &[object])?,
        false => call(thread, descriptor, n.__set__, &[object, value])?,
    };
    Ok(())
}

/// The class function of the `new` slot: calls `cls.__new__`.
pub fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let class = Value::of(class);
    let new = attributes::get(thread, class, names::get().__new__)?;
    arguments.with_first(class, |arguments| thread.call_args(*new, arguments))
}

pub fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    let name = names::get().__init__;
    let Some(found) = v.ty().lookup(name) else { return Err(missing(thread, name)) };
    let found = found.to_ref();
    let result = if found.ty().has(TypeFlags::METHOD_DESCRIPTOR) {
        arguments.with_first(v, |arguments| thread.call_args(*found, arguments))?
    } else {
        match found.ty().slots().descriptor_get {
            Some(get) => {
                let bound = get(thread, *found, v, Value::of(v.ty()))?;
                thread.call_args(*bound, arguments)?
            }
            None => thread.call_args(*found, arguments)?,
        }
    };
    if result.is_none() {
        return Ok(());
    }
    Err(thread.type_error(format!("__init__() should return None, not '{}'", result.ty().name())))
}

pub fn finalize(thread: &Thread, v: Value) {
    let Some(found) = v.ty().lookup(names::get().__del__).map(|f| f.to_ref()) else { return };
    if call_found(thread, *found, v, &[]).is_err() {
        crate::objects::exceptions::write_unraisable_about(
            thread,
            "Exception ignored while calling deallocator",
            *found,
        );
    }
}

pub fn len(thread: &Thread, v: Value) -> PyResult<usize> {
    let result = call(thread, v, names::get().__len__, &[])?;
    checked_length(thread, *result)
}

/// What `__len__` gave, as a length.
pub fn checked_length(thread: &Thread, result: Value) -> PyResult<usize> {
    let result = index(thread, result)?;
    match int::get(*result) {
        Some(IntRef::Small(i)) if i >= 0 => Ok(i as usize),
        Some(IntRef::Small(_)) => Err(thread.error(&VALUE_ERROR, "__len__() should return >= 0")),
        Some(IntRef::Big(b)) if b.sign() == dashu_int::Sign::Negative => {
            Err(thread.error(&VALUE_ERROR, "__len__() should return >= 0"))
        }
        _ => Err(thread.error(&OVERFLOW_ERROR, "cannot fit 'int' into an index-sized integer")),
    }
}

/// `operator.index(v)`.
pub fn index(thread: &Thread, v: Value) -> PyResult {
    if int::is_int(v) {
        return Ok(v.to_ref());
    }
    let Some(f) = v.ty().slots().index else {
        return Err(
            thread.type_error(format!("'{}' object cannot be interpreted as an integer", v.ty().name()))
        );
    };
    let result = f(thread, v)?;
    if int::is_int(*result) {
        return Ok(result);
    }
    Err(thread.type_error(format!("__index__ returned non-int (type {})", result.ty().name())))
}

/// An index operand as a machine integer.
pub fn index_isize(thread: &Thread, v: Value) -> PyResult<isize> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => Ok(i as isize),
        _ => Err(thread
            .error(&OVERFLOW_ERROR, format!("cannot fit '{}' into an index-sized integer", v.ty().name()))),
    }
}

pub fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let n = names::get();
    let name = if value.is_null() { n.__delitem__ } else { n.__setitem__ };
    let result = match value.is_null() {
        true => call_if_present(thread, v, name, &[key])?,
        false => call_if_present(thread, v, name, &[key, value])?,
    };
    match result {
        Some(_) => Ok(()),
        None => Err(thread.error(&ATTRIBUTE_ERROR, str::display(name))),
    }
}

pub fn contains(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    let name = names::get().__contains__;
    let Some(found) = v.ty().lookup(name) else { return Err(missing(thread, name)) };
    if found.is_none() {
        return Err(thread.type_error(format!("'{}' object is not a container", v.ty().name())));
    }
    let result = call_found(thread, found, v, &[key])?;
    crate::protocol::is_true(thread, *result)
}

pub fn bool(thread: &Thread, v: Value) -> PyResult<bool> {
    let result = call(thread, v, names::get().__bool__, &[])?;
    checked_bool(thread, *result)
}

/// What `__bool__` gave, as a truth value.
pub fn checked_bool(thread: &Thread, result: Value) -> PyResult<bool> {
    match result {
        Value::TRUE => Ok(true),
        Value::FALSE => Ok(false),
        other => {
            Err(thread.type_error(format!("__bool__ should return bool, returned {}", other.ty().name())))
        }
    }
}
