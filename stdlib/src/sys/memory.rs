//! Objects and memory: reference counts, sizes, interned strings.

use runtime::objects::int;
use runtime::objects::str::{self, Str};
use runtime::types::Type;
use runtime::types::binding::Parameters;
use runtime::types::registry::TYPE_ERROR;
use runtime::{
    Args, MethodDef, NativeFn, PyResult, Ref, Thread, Value, attributes, heap, method, names, protocol,
};

pub const FUNCTIONS: &[MethodDef] = &[
    method(
        "getrefcount",
        "($module, object, /)",
        NativeFn::One(getrefcount),
        "Return the reference count of object.\n\nThe count returned is generally one higher than you might expect,\nbecause it includes the (temporary) reference as an argument to\ngetrefcount().",
    ),
    method(
        "getsizeof",
        "?",
        NativeFn::Raw(getsizeof),
        "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.",
    ),
    method(
        "getallocatedblocks",
        "($module, /)",
        NativeFn::NoArgs(getallocatedblocks),
        "Return the number of memory blocks currently allocated.",
    ),
    method(
        "getunicodeinternedsize",
        "($module, /, *, _only_immortal=False)",
        NativeFn::Bound(getunicodeinternedsize),
        "Return the number of elements of the unicode interned dictionary",
    ),
    method(
        "intern",
        "($module, string, /)",
        NativeFn::One(intern),
        "``Intern'' the given string.\n\nThis enters the string in the (global) table of interned strings whose\npurpose is to speed up dictionary lookups. Return the string itself or\nthe previously interned string object with the same value.",
    ),
    method(
        "_is_interned",
        "($module, string, /)",
        NativeFn::One(is_interned),
        "Return True if the given string is \"interned\".",
    ),
    method(
        "_is_immortal",
        "($module, op, /)",
        NativeFn::One(is_immortal),
        "Return True if the given object is \"immortal\" per PEP 683.\n\nThis function should be used for specialized purposes only.",
    ),
    method(
        "_debugmallocstats",
        "($module, /)",
        NativeFn::NoArgs(debugmallocstats),
        "Print summary info to stderr about the state of pymalloc's structures.\n\nIn Py_DEBUG mode, also perform some expensive internal consistency\nchecks.",
    ),
    method(
        "_clear_type_cache",
        "($module, /)",
        NativeFn::NoArgs(clear_caches),
        "Clear the internal type lookup cache.",
    ),
    method(
        "_clear_internal_caches",
        "($module, /)",
        NativeFn::NoArgs(clear_caches),
        "Clear all internal performance-related caches.",
    ),
    method(
        "_clear_type_descriptors",
        "($module, type, /)",
        NativeFn::One(clear_type_descriptors),
        "Private function for clearing certain descriptors from a type's dictionary.\n\nSee gh-135228 for context.",
    ),
];

/// What counts of immortal objects show.
const IMMORTAL_COUNT: i64 = 3_221_225_472;

fn is_immortal_value(v: Value) -> bool {
    v.header().is_none_or(|header| header.refcount() >= 1 << 30)
}

fn getrefcount(_: &Thread, _: Value, v: Value) -> PyResult {
    Ok(match v.header() {
        Some(header) if !is_immortal_value(v) => int::new(header.refcount().into()),
        _ => int::new(IMMORTAL_COUNT),
    })
}

static GETSIZEOF: Parameters = Parameters::new("getsizeof", "(object, default=NULL)");

fn getsizeof(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let given = arguments.all_values().len();
    if given > 2 {
        return Err(thread.type_error(format!("getsizeof() takes at most 2 arguments ({given} given)")));
    }
    GETSIZEOF.bind(thread, arguments, |a| match size_of(thread, a[0]) {
        Ok(size) => Ok(int::new(size)),
        Err(raised) => match a[1].to_option() {
            Some(default) => thread.catch(raised, &TYPE_ERROR).map(|_| default),
            None => Err(raised),
        },
    })
}

fn size_of(thread: &Thread, v: Value) -> PyResult<i64> {
    let Some(method) = attributes::special(thread, v, names::get().__sizeof__)? else {
        return Err(thread.type_error(format!("Type {} doesn't define __sizeof__", v.ty().name())));
    };
    let size = thread.call(*method, &[])?;
    if !int::is_int(*size) {
        return Err(thread.type_error("an integer is required"));
    }
    let size = protocol::index_isize(thread, *size)?;
    if size < 0 {
        return Err(thread.value_error("__sizeof__() should return >= 0"));
    }
    Ok(size as i64)
}

fn getallocatedblocks(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_usize(heap::live_objects()))
}

fn getunicodeinternedsize(_: &Thread, _: Value, _: &[Value]) -> PyResult {
    Ok(int::from_usize(str::interned_count()))
}

fn intern(thread: &Thread, _: Value, text: Value) -> PyResult {
    if text.cast_exact::<Str>().is_none() {
        let name = text.ty().name();
        return Err(thread.type_error(match text.cast::<Str>() {
            Some(_) => format!("can't intern {name}"),
            None => format!("intern() argument must be str, not {name}"),
        }));
    }
    Ok(str::intern(text.to_ref()))
}

fn is_interned(thread: &Thread, _: Value, text: Value) -> PyResult {
    if text.cast::<Str>().is_none() {
        let name = text.ty().name();
        return Err(thread.type_error(format!("_is_interned() argument must be str, not {name}")));
    }
    Ok(Ref::bool(str::is_interned(text)))
}

fn is_immortal(_: &Thread, _: Value, v: Value) -> PyResult {
    Ok(Ref::bool(is_immortal_value(v)))
}

fn debugmallocstats(thread: &Thread, _: Value) -> PyResult {
    let text = format!("live objects: {}\n", heap::live_objects());
    runtime::objects::exceptions::write_stderr(thread, text.as_bytes());
    Ok(Ref::NONE)
}

fn clear_caches(_: &Thread, _: Value) -> PyResult {
    // Caches are keyed by versions that go out of date by themselves.
    Ok(Ref::NONE)
}

fn clear_type_descriptors(thread: &Thread, _: Value, ty: Value) -> PyResult {
    let Some(class) = ty.cast::<Type>() else {
        let name = ty.ty().name();
        return Err(thread.type_error(format!("_clear_type_descriptors() argument must be type, not {name}")));
    };
    if !class.has(runtime::TypeFlags::HEAP) {
        return Err(thread.type_error("argument is immutable"));
    }
    let n = names::get();
    for name in [n.__dict__, n.__weakref__] {
        if let Some(dict) = class.dict.peek().cast::<runtime::objects::dict::Dict>() {
            drop(dict.remove_interned(name));
        }
    }
    class.modified();
    Ok(Ref::NONE)
}
