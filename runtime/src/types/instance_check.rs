//! `isinstance` and `issubclass`.

use super::Type;
use crate::attributes;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::tuple::Tuple;
use crate::objects::union::Union;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::TYPE;
use crate::types::slot_functions;
use crate::value::{Ref, Value};

/// `isinstance(v, class)`.
pub fn isinstance(thread: &Thread, v: Value, class: Value) -> PyResult<bool> {
    if class.cast::<Type>().is_some_and(|c| std::ptr::eq(v.ty(), c)) {
        return Ok(true);
    }
    if class.is_exact(&TYPE) {
        return plain_isinstance(thread, v, class);
    }
    check(thread, v, class, names::get().__instancecheck__, isinstance, plain_isinstance)
}

/// `issubclass(derived, class)`.
pub fn issubclass(thread: &Thread, derived: Value, class: Value) -> PyResult<bool> {
    if class.is_exact(&TYPE) {
        return if derived.is(class) { Ok(true) } else { plain_issubclass(thread, derived, class) };
    }
    check(thread, derived, class, names::get().__subclasscheck__, issubclass, plain_issubclass)
}

type Check = fn(&Thread, Value, Value) -> PyResult<bool>;

/// Tuples and unions item by item, then the metaclass's method, then the plain rule.
fn check(
    thread: &Thread,
    v: Value,
    class: Value,
    method: Value,
    again: Check,
    plain: Check,
) -> PyResult<bool> {
    let items = match class.cast_exact::<Union>() {
        Some(union) => union.args.get(),
        None => class.to_ref(),
    };
    if let Some(items) = items.cast::<Tuple>() {
        thread.check_native_stack()?;
        for item in items.items() {
            if again(thread, v, *item)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    thread.check_native_stack()?;
    match slot_functions::call_if_present(thread, class, method, &[v])? {
        Some(result) => protocol::is_true(thread, *result),
        None => plain(thread, v, class),
    }
}

/// `isinstance` without `__instancecheck__`.
pub fn plain_isinstance(thread: &Thread, v: Value, class: Value) -> PyResult<bool> {
    if let Some(ty) = class.cast::<Type>() {
        if v.is_instance(ty) {
            return Ok(true);
        }
        let pretended = attributes::find(thread, v, names::get().__class__)?;
        return Ok(match pretended {
            Some(c) if !c.is(Value::of(v.ty())) => c.cast::<Type>().is_some_and(|c| c.is_subtype(ty)),
            _ => false,
        });
    }
    let what = "isinstance() arg 2 must be a type, a tuple of types, or a union";
    check_class(thread, class, what)?;
    match attributes::find(thread, v, names::get().__class__)? {
        Some(own) => abstract_issubclass(thread, own, class),
        None => Ok(false),
    }
}

/// `issubclass` without `__subclasscheck__`.
pub fn plain_issubclass(thread: &Thread, derived: Value, class: Value) -> PyResult<bool> {
    if let (Some(d), Some(c)) = (derived.cast::<Type>(), class.cast::<Type>()) {
        return Ok(d.is_subtype(c));
    }
    check_class(thread, derived, "issubclass() arg 1 must be a class")?;
    check_class(thread, class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    abstract_issubclass(thread, derived.to_ref(), class)
}

/// `__bases__` of something that acts as a class, if it is a tuple.
fn abstract_bases(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let bases = attributes::find(thread, v, names::get().__bases__)?;
    Ok(bases.filter(|b| b.cast::<Tuple>().is_some()))
}

fn check_class(thread: &Thread, v: Value, message: &str) -> Result<(), Raised> {
    match abstract_bases(thread, v)? {
        Some(_) => Ok(()),
        None => Err(thread.type_error(message)),
    }
}

fn abstract_issubclass(thread: &Thread, derived: Ref, class: Value) -> PyResult<bool> {
    thread.check_native_stack()?;
    if derived.is(class) {
        return Ok(true);
    }
    let Some(bases) = abstract_bases(thread, *derived)? else { return Ok(false) };
    for base in bases.cast::<Tuple>().iter().flat_map(|t| t.items()) {
        if abstract_issubclass(thread, base.to_ref(), class)? {
            return Ok(true);
        }
    }
    Ok(false)
}
