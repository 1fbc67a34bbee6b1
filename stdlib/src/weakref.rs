//! `_weakref`: weak references and proxies.

use runtime::error::PyResult;
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::weakproxy::{CALLABLE_PROXY, PROXY, new_proxy};
use runtime::types::registry::{REFERENCE, ready};
use runtime::{NativeFn, Ref, Thread, Value, method, weakref};

fn get_weakref_count(_: &Thread, _: Value, object: Value) -> PyResult {
    Ok(int::from_usize(weakref::references_to(object).len()))
}

fn get_weakrefs(_: &Thread, _: Value, object: Value) -> PyResult {
    Ok(List::from_refs(weakref::references_to(object)))
}

fn proxy(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let callback = match arguments[1] {
        v if v.is_null() || v.is_none() => Ref::NULL,
        v => v.to_ref(),
    };
    new_proxy(thread, arguments[0], callback)
}

fn remove_dead_weakref(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let Some(dict) = arguments[0].cast::<Dict>() else {
        return Err(thread.type_error(format!(
            "_remove_dead_weakref() argument 1 must be dict, not {}",
            arguments[0].ty().name()
        )));
    };
    weakref::remove_dead(thread, dict, arguments[1])?;
    Ok(Ref::NONE)
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    let types = [
        ("ref", &REFERENCE),
        ("ReferenceType", &REFERENCE),
        ("ProxyType", &PROXY),
        ("CallableProxyType", &CALLABLE_PROXY),
    ];
    for (name, ty) in types {
        ready(ty);
        module::add(module, name, Value::of(ty));
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_weakref",
    doc: "Weak-reference support module.",
    functions: &[
        method(
            "getweakrefcount",
            "($module, object, /)",
            NativeFn::One(get_weakref_count),
            "Return the number of weak references to 'object'.",
        ),
        method(
            "_remove_dead_weakref",
            "($module, dct, key, /)",
            NativeFn::Bound(remove_dead_weakref),
            "Atomically remove key from dict if it points to a dead weakref.",
        ),
        method(
            "getweakrefs",
            "($module, object, /)",
            NativeFn::One(get_weakrefs),
            "Return a list of all weak reference objects pointing to 'object'.",
        ),
        method(
            "proxy",
            "($module, object, callback=None, /)",
            NativeFn::Bound(proxy),
            "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.",
        ),
    ],
    init,
};
