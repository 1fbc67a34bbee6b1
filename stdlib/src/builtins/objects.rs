//! Built-in functions over any object, and those that hand on to other modules.

use runtime::objects::str::Str;
use runtime::objects::str_format::{self, format_by_spec};
use runtime::objects::{int, str};
use runtime::state::{STATE, import_module};
use runtime::{Args, PyResult, Ref, Thread, Value, attributes, names};

pub fn id(_: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::from_u64(v.bits()))
}

pub fn format(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let spec = if arguments[1].is_null() { Str::empty() } else { arguments[1].to_ref() };
    match spec.cast::<Str>() {
        Some(text) => format_by_spec(thread, arguments[0], text),
        None => {
            let name = spec.ty().name();
            Err(thread.type_error(format!("format() argument 2 must be str, not {name}")))
        }
    }
}

pub fn ascii(thread: &Thread, _: Value, v: Value) -> PyResult {
    str_format::ascii(thread, v)
}

pub fn aiter(thread: &Thread, _: Value, v: Value) -> PyResult {
    let Some(f) = v.ty().slots().aiter else {
        let name = v.ty().name();
        return Err(thread.type_error(format!("'{name}' object is not an async iterable")));
    };
    let iterator = f(thread, v)?;
    if iterator.ty().slots().anext.is_none() {
        let name = iterator.ty().name();
        return Err(thread.type_error(format!("aiter() returned not an async iterator of type '{name}'")));
    }
    Ok(iterator)
}

pub fn anext(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let Some(f) = arguments[0].ty().slots().anext else {
        let name = arguments[0].ty().name();
        return Err(thread.type_error(format!("'{name}' object is not an async iterator")));
    };
    let awaitable = f(thread, arguments[0])?;
    if arguments[1].is_null() {
        return Ok(awaitable);
    }
    Ok(runtime::objects::iterators::anext_awaitable(*awaitable, arguments[1]))
}

/// `breakpoint(*args, **kws)`: hands on to `sys.breakpointhook`.
pub fn breakpoint(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    match STATE.sys("breakpointhook") {
        Some(hook) => thread.call_args(*hook, arguments),
        None => Err(thread.runtime_error("lost sys.breakpointhook")),
    }
}

/// `__import__`: hands on to `importlib._bootstrap`, which the import machinery has installed.
pub fn import(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let name = arguments[0];
    if name.cast::<Str>().is_none() {
        let found = name.ty().name();
        return Err(thread.type_error(format!("__import__() argument 1 must be str, not {found}")));
    }
    let given: Vec<Value> = arguments.iter().copied().take_while(|v| !v.is_null()).collect();
    let text = str::display(name);
    if let Some(module) = crate::builtin_module(thread, &text)? {
        return Ok(module);
    }
    let Ok(bootstrap) = import_module(thread, "_frozen_importlib") else {
        drop(thread.take_raised());
        return Err(thread
            .error(&runtime::types::registry::MODULE_NOT_FOUND_ERROR, format!("No module named '{text}'")));
    };
    let function: Ref = attributes::get(thread, *bootstrap, names::get().__import__)?;
    thread.call(*function, &given)
}
