//! Built-in functions over attributes and namespaces.

use runtime::objects::dict::Dict;
use runtime::objects::frame;
use runtime::objects::list::List;
use runtime::types::binding::{check_positional, no_keywords};
use runtime::{Args, PyResult, Ref, Thread, Value, attributes, names, protocol};

pub fn getattr(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "getattr", arguments)?;
    let given = arguments.positional();
    check_positional(thread, "getattr", given.len(), 2, 3)?;
    attributes::check_name(thread, given[1])?;
    match given.get(2) {
        None => attributes::get(thread, given[0], given[1]),
        Some(default) => {
            let found = attributes::find(thread, given[0], given[1])?;
            Ok(found.unwrap_or_else(|| default.to_ref()))
        }
    }
}

pub fn hasattr(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    attributes::check_name(thread, arguments[1])?;
    Ok(Ref::bool(attributes::find(thread, arguments[0], arguments[1])?.is_some()))
}

pub fn setattr(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    attributes::check_name(thread, arguments[1])?;
    attributes::set(thread, arguments[0], arguments[1], arguments[2])?;
    Ok(Ref::NONE)
}

pub fn delattr(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    attributes::check_name(thread, arguments[1])?;
    attributes::set(thread, arguments[0], arguments[1], Value::NULL)?;
    Ok(Ref::NONE)
}

/// The frame that called the native function.
pub fn caller(thread: &Thread) -> PyResult<&'static runtime::frame::Frame> {
    frame::nth(thread, 0).ok_or_else(|| thread.system_error("frame does not exist"))
}

pub fn globals(thread: &Thread, _: Value) -> PyResult {
    Ok(caller(thread)?.globals.get())
}

pub fn locals(thread: &Thread, _: Value) -> PyResult {
    frame::locals(thread, caller(thread)?)
}

/// `vars([object])`
pub fn vars(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "vars", arguments)?;
    check_positional(thread, "vars", arguments.count(), 0, 1)?;
    let Some(object) = arguments.get(0) else { return frame::locals(thread, caller(thread)?) };
    attributes::find(thread, object, names::get().__dict__)?
        .ok_or_else(|| thread.type_error("vars() argument must have __dict__ attribute"))
}

/// `dir([object])`
pub fn dir(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "dir", arguments)?;
    check_positional(thread, "dir", arguments.count(), 0, 1)?;
    let unsorted = match arguments.get(0) {
        None => {
            let locals = frame::locals(thread, caller(thread)?)?;
            match locals.cast::<Dict>() {
                Some(d) => List::from_refs(d.items().into_iter().map(|(k, _)| k).collect()),
                None => List::from_refs(protocol::collect(thread, *locals)?),
            }
        }
        Some(object) => {
            let Some(method) = attributes::special(thread, object, names::get().__dir__)? else {
                return Err(thread.type_error("object does not provide __dir__"));
            };
            let listed = thread.call(*method, &[])?;
            List::from_refs(protocol::collect(thread, *listed)?)
        }
    };
    attributes::call_method(thread, *unsorted, names::get().sort, &[])?;
    Ok(unsorted)
}
