//! `methodcaller`.

use runtime::object::drop_object;
use runtime::objects::dict::Dict;
use runtime::objects::sequence::{guarded_repr, push_repr};
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::state::import_module;
use runtime::types::binding::{check_positional, no_keywords};
use runtime::value::as_values;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes,
    getset, method, new_exact,
};
use smallvec::SmallVec;

/// Calls a method of its argument.
#[repr(C)]
pub struct Methodcaller {
    pub header: Header,
    /// Interned.
    name: Slot,
    /// A tuple.
    arguments: Slot,
    /// A dict, NULL for no keywords.
    keywords: Slot,
}

runtime::object!(Methodcaller, METHODCALLER);
runtime::slot_fields!(Methodcaller, name, arguments, keywords);

pub static METHODCALLER: Type = Type::new_static(&TypeSpec {
    name: "operator.methodcaller",
    size: size_of::<Methodcaller>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Methodcaller>,
        traverse: Some(traverse_slots::<Methodcaller>),
        clear: Some(clear_slots::<Methodcaller>),
        repr: Some(repr),
        call: Some(call),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(reduce),
        "Return state information for pickling",
    )],
    getsets: &[getset("__text_signature__", |_, _| Ok(Str::new("(obj, /)")), "")],
    signature: "(name, /, *args, **kwargs)",
    doc: "Return a callable object that calls the given method on its operand.\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    ..TypeSpec::EMPTY
});

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    let Some(name) = arguments.get(0) else {
        return Err(thread.type_error("methodcaller needs at least one argument, the method name"));
    };
    if name.cast::<Str>().is_none() {
        return Err(thread.type_error("method name must be a string"));
    }
    let keywords = if arguments.has_keywords() { Dict::new() } else { Ref::NULL };
    if let Some(dict) = keywords.cast::<Dict>() {
        for (name, value) in arguments.keywords() {
            dict.set(thread, name, value.to_ref())?;
        }
    }
    let given = Tuple::from_values(&arguments.positional()[1..]);
    let name = attributes::interned_name(name);
    Ok(new_exact(|header| Methodcaller {
        header,
        name: Slot::new(name),
        arguments: Slot::new(given),
        keywords: Slot::new(keywords),
    }))
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    check_positional(thread, "methodcaller", arguments.count(), 1, 1)?;
    no_keywords(thread, "methodcaller", arguments)?;
    let object = arguments.positional()[0];
    let caller = receiver::<Methodcaller>(thread, v)?;
    let (name, held) = (caller.name.get(), caller.arguments.get());
    let given = held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    let Some(keywords) = caller.keywords.option() else {
        return thread.call_method(object, *name, given);
    };
    let (function, bound) = attributes::get_method(thread, object, *name)?;
    let pairs = keywords.cast_exact::<Dict>().map(|d| d.items()).unwrap_or_default();
    let mut values: SmallVec<[Value; 8]> = SmallVec::new();
    values.extend(bound.as_ref().map(|receiver| **receiver));
    values.extend_from_slice(given);
    values.extend(pairs.iter().map(|(_, value)| **value));
    let names: Vec<Ref> = pairs.iter().map(|(name, _)| name.clone()).collect();
    thread.call_args(*function, &Args::new(&values, as_values(&names)))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let caller = receiver::<Methodcaller>(thread, v)?;
    let name = v.ty().name();
    guarded_repr(thread, v, &format!("{name}(...)"), |out| {
        out.extend_from_slice(name.as_bytes());
        out.push(b'(');
        push_repr(thread, out, caller.name.peek())?;
        let held = caller.arguments.get();
        for item in held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items()) {
            out.extend_from_slice(b", ");
            push_repr(thread, out, *item)?;
        }
        let keywords = caller.keywords.get();
        for (name, value) in keywords.cast_exact::<Dict>().map(|d| d.items()).unwrap_or_default() {
            out.extend_from_slice(format!(", {}=", str::display(*name)).as_bytes());
            push_repr(thread, out, *value)?;
        }
        out.push(b')');
        Ok(())
    })
}

/// `(methodcaller, (name, ...))`; with keywords, a partial of the type that has them.
fn reduce(thread: &Thread, v: Value) -> PyResult {
    let caller = receiver::<Methodcaller>(thread, v)?;
    let class = Value::of(v.ty()).to_ref();
    let held = caller.arguments.get();
    let given = held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    let Some(keywords) = caller.keywords.option() else {
        let mut arguments = vec![caller.name.get()];
        arguments.extend(given.iter().map(|v| v.to_ref()));
        return Ok(Tuple::from_refs(vec![class, Tuple::from_refs(arguments)]));
    };
    let functools = import_module(thread, "functools")?;
    let partial = attributes::get(thread, *functools, str::intern_text("partial"))?;
    let pairs = keywords.cast_exact::<Dict>().map(|d| d.items()).unwrap_or_default();
    let mut values = vec![class, caller.name.get()];
    values.extend(pairs.iter().map(|(_, value)| value.clone()));
    let names: Vec<Ref> = pairs.into_iter().map(|(name, _)| name).collect();
    let made = thread.call_args(*partial, &Args::new(as_values(&values), as_values(&names)))?;
    Ok(Tuple::from_refs(vec![made, held.clone()]))
}
