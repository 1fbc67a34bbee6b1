//! Making exceptions from native code, and chaining them to the one being handled.

use super::base::{BaseException, base_init};
use super::{
    ATTRIBUTE_ERROR, AttributeError, IMPORT_ERROR, ImportError, NAME_ERROR, NameError, StopIteration,
};
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::objects::str::Str;
use crate::thread::Thread;
use crate::types::{Type, TypeFlags};
use crate::value::{Ref, Value};

/// An instance of `ty`, made as `ty(*arguments)` would. Built-in types take a shortcut past the call of the type.
pub fn new_exception(thread: &Thread, ty: &'static Type, arguments: &[Value]) -> PyResult<Ref> {
    let slots = ty.slots();
    let (Some(new), Some(init), false) = (slots.new, slots.init, ty.has(TypeFlags::HEAP)) else {
        return thread.call(Value::of(ty), arguments);
    };
    let arguments = Args::positional_only(arguments);
    let exception = new(thread, ty, &arguments)?;
    // `__new__` has stored the arguments, which is all that the plain `__init__` does.
    if init as usize != base_init as *const () as usize {
        init(thread, *exception, &arguments)?;
    }
    Ok(exception)
}

/// Sets the context of an exception about to be raised to the one being handled, without making a cycle: where the new
/// exception already hangs below the handled one, it is cut off there.
pub fn chain_context(thread: &Thread, exception: Value) {
    if let Some(handled) = thread.handled_exception() {
        chain_to(handled, exception);
    }
}

/// As `chain_context`, to an exception that is given.
pub fn chain_to(handled: Ref, exception: Value) {
    let Some(new) = exception.cast::<BaseException>() else { return };
    if handled.is(exception) {
        return;
    }
    cut_out_of_chain(*handled, exception);
    new.context.set(handled);
}

/// Looks for `exception` below `start`; Floyd's second pointer ends the walk in a chain that is a cycle already.
fn cut_out_of_chain(start: Value, exception: Value) {
    let next = |e: Value| e.cast::<BaseException>().map_or(Value::NULL, |b| b.context.peek());
    let (mut at, mut slow, mut step) = (start, start, false);
    loop {
        let context = next(at);
        if context.is_null() {
            return;
        }
        if context.is(exception) {
            if let Some(b) = at.cast::<BaseException>() {
                drop(b.context.take());
            }
            return;
        }
        at = context;
        if at.is(slow) {
            return;
        }
        if step {
            slow = next(slow);
        }
        step = !step;
    }
}

/// `raise exception from cause`; `cause` NULL for None.
pub fn set_cause(exception: Value, cause: Ref) {
    if let Some(e) = exception.cast::<BaseException>() {
        e.suppress_context.set(true);
        e.cause.set(cause);
    }
}

/// AttributeError with `name` and `obj` set.
pub fn attribute_error(thread: &Thread, object: Value, name: Value, message: &str) -> PyResult {
    let text = Str::new(message);
    let e = new_exception(thread, &ATTRIBUTE_ERROR, &[*text])?;
    if let Some(fields) = e.cast::<AttributeError>() {
        fields.name.set(name.to_ref());
        fields.obj.set(object.to_ref());
    }
    Ok(e)
}

/// Raises AttributeError with `name` and `obj` set.
pub fn raise_attribute_error(thread: &Thread, object: Value, name: Value, message: &str) -> Raised {
    match attribute_error(thread, object, name, message) {
        Ok(e) => thread.raise(e),
        Err(raised) => raised,
    }
}

/// Raises NameError (or its subclass) with `name` set.
pub fn name_error(thread: &Thread, ty: &'static Type, name: Value, message: &str) -> Raised {
    debug_assert!(ty.is_subtype(&NAME_ERROR));
    let text = Str::new(message);
    match new_exception(thread, ty, &[*text]) {
        Ok(e) => {
            if let Some(fields) = e.cast::<NameError>() {
                fields.name.set(name.to_ref());
            }
            thread.raise(e)
        }
        Err(raised) => raised,
    }
}

/// Raises ImportError (or its subclass) with its fields set; NULL for those not known.
pub fn import_error(
    thread: &Thread,
    ty: &'static Type,
    message: Value,
    name: Value,
    path: Value,
    name_from: Value,
) -> Raised {
    debug_assert!(ty.is_subtype(&IMPORT_ERROR));
    match new_exception(thread, ty, &[message]) {
        Ok(e) => {
            if let Some(fields) = e.cast::<ImportError>() {
                fields.name.set(name.to_ref());
                fields.path.set(path.to_ref());
                fields.name_from.set(name_from.to_ref());
            }
            thread.raise(e)
        }
        Err(raised) => raised,
    }
}

/// The value that a StopIteration carries.
pub fn stop_iteration_value(exception: Value) -> Ref {
    match exception.cast::<StopIteration>() {
        Some(e) => e.value.option().unwrap_or(Ref::NONE),
        None => Ref::NONE,
    }
}
