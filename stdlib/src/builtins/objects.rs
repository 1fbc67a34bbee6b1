//! Built-in functions over any object, and those that hand on to other modules.

use runtime::import::import_level;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::objects::{str_format, str_type};
use runtime::state::STATE;
use runtime::{Args, PyResult, Ref, Thread, Value, protocol};

pub fn id(_: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::from_u64(v.bits()))
}

pub fn format(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let spec = if arguments[1].is_null() { Str::empty() } else { arguments[1].to_ref() };
    match spec.cast::<Str>() {
        Some(_) => str_type::format(thread, arguments[0], *spec),
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

/// `__import__(name, globals=None, locals=None, fromlist=(), level=0)`
pub fn import(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let &[name, globals, _, from_list, level] = arguments else { return Ok(Ref::NONE) };
    let level = if level.is_null() { 0 } else { protocol::c_int(thread, level)? };
    import_level(thread, name, globals, from_list, level)
}
