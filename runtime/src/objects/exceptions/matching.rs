//! What `except X`, `except* X` and `raise X from Y` ask about exceptions.

use super::base::BaseException;
use super::group::{ExceptionGroup, create_group};
use super::{BASE_EXCEPTION_GROUP, new_exception};
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::str::Str;
use crate::objects::traceback;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{Type, TypeFlags};
use crate::value::{Ref, Value};

const CANNOT_CATCH: &str = "catching classes that do not inherit from BaseException is not allowed";
const CANNOT_CATCH_GROUP: &str = "catching ExceptionGroup with except* is not allowed. Use except instead.";

/// Whether `v` is a class that inherits from BaseException.
pub fn is_exception_class(v: Value) -> bool {
    v.cast::<Type>().is_some_and(|t| t.has(TypeFlags::EXCEPTION_SUBCLASS))
}

/// Whether an exception is an instance of a class, or of one in a tuple; nothing is checked.
pub fn given_matches(exception: Value, pattern: Value) -> bool {
    if let Some(tuple) = pattern.cast::<Tuple>() {
        return tuple.items().iter().any(|p| given_matches(exception, *p));
    }
    pattern.cast::<Type>().is_some_and(|t| exception.is_instance(t))
}

/// The classes of a pattern, one by one.
fn pattern_items(pattern: &Value) -> &[Value] {
    match pattern.cast::<Tuple>() {
        Some(tuple) => tuple.items(),
        None => std::slice::from_ref(pattern),
    }
}

fn check_catchable(thread: &Thread, pattern: Value) -> PyResult<()> {
    if pattern_items(&pattern).iter().all(|p| is_exception_class(*p)) {
        return Ok(());
    }
    Err(thread.type_error(CANNOT_CATCH))
}

/// `except pattern`: whether the exception matches.
pub fn exception_matches(thread: &Thread, exception: Value, pattern: Value) -> PyResult<bool> {
    check_catchable(thread, pattern)?;
    Ok(given_matches(exception, pattern))
}

/// `except* pattern`: the part of the exception that matches, and the rest; None where there is nothing.
pub fn group_match(thread: &Thread, exception: Value, pattern: Value) -> PyResult<(Ref, Ref)> {
    check_catchable(thread, pattern)?;
    let catches_groups = |p: &Value| p.cast::<Type>().is_some_and(|t| t.is_subtype(&BASE_EXCEPTION_GROUP));
    if pattern_items(&pattern).iter().any(catches_groups) {
        return Err(thread.type_error(CANNOT_CATCH_GROUP));
    }
    if exception.is_none() {
        return Ok((Ref::NONE, Ref::NONE));
    }
    let is_group = exception.cast::<ExceptionGroup>().is_some();
    if given_matches(exception, pattern) {
        let matched = if is_group { exception.to_ref() } else { wrapped(thread, exception)? };
        return Ok((matched, Ref::NONE));
    }
    if !is_group {
        return Ok((Ref::NONE, exception.to_ref()));
    }
    let parts = thread.call_method(exception, names::get().split, &[pattern])?;
    let type_name = exception.ty().name();
    let Some(tuple) = parts.cast::<Tuple>() else {
        let message = format!("{type_name}.split must return a tuple, not {}", parts.ty().name());
        return Err(thread.type_error(message));
    };
    match tuple.items() {
        [matched, rest, ..] => Ok((matched.to_ref(), rest.to_ref())),
        items => Err(thread.type_error(format!(
            "{type_name}.split must return a 2-tuple, got tuple of size {}",
            items.len()
        ))),
    }
}

/// A group around a bare exception that an `except*` clause caught.
fn wrapped(thread: &Thread, exception: Value) -> PyResult {
    let group = create_group(thread, "", &[exception])?;
    let frame = thread.frame.get();
    if !frame.is_null() {
        // SAFETY: the thread's innermost frame is alive.
        traceback::add_to(thread, *group, unsafe { &*frame })?;
    }
    Ok(group)
}

/// The exception of `raise value`: the value itself, or an instance made by calling the class.
pub fn new_from_raise(thread: &Thread, value: Value) -> PyResult {
    if value.cast::<BaseException>().is_some() {
        return Ok(value.to_ref());
    }
    if !is_exception_class(value) {
        return Err(thread.type_error("exceptions must derive from BaseException"));
    }
    instantiate(thread, value)
}

/// The cause of `raise ... from value`: NULL for None.
pub fn new_cause(thread: &Thread, value: Value) -> PyResult {
    if value.is_none() {
        return Ok(Ref::NULL);
    }
    if value.cast::<BaseException>().is_some() {
        return Ok(value.to_ref());
    }
    if !is_exception_class(value) {
        return Err(thread.type_error("exception causes must derive from BaseException"));
    }
    instantiate(thread, value)
}

fn instantiate(thread: &Thread, class: Value) -> PyResult {
    let made = match class.cast::<Type>() {
        Some(ty) if !ty.has(TypeFlags::HEAP) => new_exception(thread, ty, &[])?,
        _ => thread.call(class, &[])?,
    };
    if made.cast::<BaseException>().is_some() {
        return Ok(made);
    }
    Err(not_an_exception(thread, class, *made))
}

fn not_an_exception(thread: &Thread, class: Value, made: Value) -> Raised {
    let show = |v: Value| protocol::repr(thread, v);
    let texts = show(class).and_then(|c| Ok((c, show(Value::of(made.ty()))?)));
    match texts {
        Ok((class, ty)) => {
            let text = |v: &Ref| v.cast::<Str>().map_or_else(String::new, |s| s.to_text_lossy().into_owned());
            thread.type_error(format!(
                "calling {} should have returned an instance of BaseException, not {}",
                text(&class),
                text(&ty)
            ))
        }
        Err(raised) => raised,
    }
}
