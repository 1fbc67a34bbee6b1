//! `_functools`: `partial`, `reduce`, `cmp_to_key` and the wrapper of `lru_cache`.

mod lru_cache;
mod ordering;
mod partial;
mod placeholder;

use runtime::objects::exceptions::TYPE_ERROR;
use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::{NativeFn, PyResult, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_functools",
    doc: "Tools that operate on functions.",
    functions: &[
        method(
            "cmp_to_key",
            "($module, /, mycmp)",
            NativeFn::Bound(ordering::cmp_to_key),
            "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.",
        ),
        method(
            "reduce",
            "($module, function, iterable, /, initial=<unrepresentable>)",
            NativeFn::Bound(reduce),
            "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is\npresent, it is placed before the items of the iterable in the\ncalculation, and serves as a default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).",
        ),
    ],
    init: |_, module| {
        for ty in [&placeholder::PLACEHOLDER_TYPE, &lru_cache::LRU_CACHE_WRAPPER, &partial::PARTIAL] {
            add_type(module, ty);
        }
        runtime::types::registry::ready(&ordering::KEY_WRAPPER);
        add(module, "Placeholder", *placeholder::placeholder());
        Ok(())
    },
};

/// `reduce(function, iterable, initial)`
fn reduce(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let iterator =
        protocol::iter(thread, a[1]).map_err(|raised| match thread.catch(raised, &TYPE_ERROR) {
            Ok(_) => thread.type_error("reduce() arg 2 must support iteration"),
            Err(raised) => raised,
        })?;
    let mut result = match a[2].to_option() {
        Some(initial) => initial,
        None => match protocol::next(thread, *iterator)? {
            Some(first) => first,
            None => return Err(thread.type_error("reduce() of empty iterable with no initial value")),
        },
    };
    while let Some(item) = protocol::next(thread, *iterator)? {
        result = thread.call(a[0], &[*result, *item])?;
    }
    Ok(result)
}
