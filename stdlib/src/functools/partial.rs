//! `partial`: a callable with some arguments given in advance.
//!
//! `Placeholder` among them stands for an argument that the call gives. The last one is never a placeholder.

use super::placeholder::is_placeholder;
use runtime::attributes;
use runtime::object::drop_object;
use runtime::objects::builtin_function::INSTANCE_DICT;
use runtime::objects::dict::Dict;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::method::new_method;
use runtime::objects::sequence::{guarded_repr, push_repr};
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::{
    Args, Header, MethodDef, NativeFn, PyResult, Raised, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, instance, method, names, new_object, protocol, readonly_member,
};
use smallvec::SmallVec;
use std::cell::Cell;

#[repr(C)]
pub struct Partial {
    pub header: Header,
    function: Slot,
    /// A tuple.
    arguments: Slot,
    /// A dict.
    keywords: Slot,
    /// Placeholders among the arguments.
    placeholders: Cell<usize>,
}

runtime::object!(Partial, PARTIAL);
runtime::slot_fields!(Partial, function, arguments, keywords);

pub static PARTIAL: Type = Type::new_static(&TypeSpec {
    name: "functools.partial",
    size: size_of::<Partial>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE).union(TypeFlags::WEAKREF).union(TypeFlags::ATTRIBUTES),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Partial>,
        traverse: Some(traverse_slots::<Partial>),
        clear: Some(clear_slots::<Partial>),
        repr: Some(repr),
        call: Some(call),
        descriptor_get: Some(|_, v, object, _| match object {
            Value::NULL | Value::NONE => Ok(v.to_ref()),
            object => Ok(new_method(v, object)),
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[
        readonly_member!(Partial, function, "func", "function object to use in future partial calls"),
        readonly_member!(Partial, arguments, "args", "tuple of arguments to future partial calls"),
        readonly_member!(
            Partial,
            keywords,
            "keywords",
            "dictionary of keyword arguments to future partial calls"
        ),
        INSTANCE_DICT,
    ],
    signature: "(func, /, *args, **keywords)",
    doc: "Create a new function with partial application of the given arguments\nand keywords.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
    method("__setstate__", "($self, object, /)", NativeFn::One(set_state), ""),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "partial is generic over the wrapped function's return type",
    )
    .class(),
];

fn this(thread: &Thread, v: Value) -> PyResult<&'static Partial> {
    receiver(thread, v)
}

impl Partial {
    fn given(&self) -> &'static [Value] {
        self.arguments.peek().cast::<Tuple>().map_or(&[], |t| t.items())
    }
    fn keyword_dict(&self) -> Option<&'static Dict> {
        self.keywords.peek().cast::<Dict>()
    }
}

fn count_placeholders(items: &[Value]) -> usize {
    items.iter().filter(|v| is_placeholder(**v)).count()
}

#[cold]
fn trailing(thread: &Thread) -> Raised {
    thread.type_error("trailing Placeholders are not allowed")
}

/// `old` with its placeholders filled from `new`, and the rest of `new` behind.
#[inline]
fn filled(old: &[Value], new: &[Value]) -> SmallVec<[Value; 8]> {
    let mut values: SmallVec<[Value; 8]> = SmallVec::with_capacity(old.len() + new.len());
    let mut new = new.iter().copied();
    for item in old {
        let filler = if is_placeholder(*item) { new.next() } else { None };
        values.push(filler.unwrap_or(*item));
    }
    values.extend(new);
    values
}

/// Whether an instance has attributes of its own.
fn has_attributes(v: Value) -> bool {
    instance::attributes(v).is_some_and(|a| a.shape().count > 0 || a.shape().is_dictionary)
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let Some(function) = arguments.get(0) else {
        return Err(thread.type_error("type 'partial' takes at least one argument"));
    };
    if function.ty().slots().call.is_none() {
        return Err(thread.type_error("the first argument must be callable"));
    }
    let given = &arguments.positional()[1..];
    if given.last().is_some_and(|v| is_placeholder(*v)) {
        return Err(trailing(thread));
    }
    if arguments.keyword_values().iter().any(|v| is_placeholder(*v)) {
        return Err(thread.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    let keywords = Dict::new();
    let Some(keyword_dict) = keywords.cast::<Dict>() else { return Ok(keywords) };
    // A partial of a plain partial is one partial.
    let is_own_call =
        function.ty().slots().call.map(|f| f as usize) == PARTIAL.slots().call.map(|f| f as usize);
    let inner = function.cast::<Partial>().filter(|_| is_own_call && !has_attributes(function));
    let (function, given) = match inner {
        Some(inner) => {
            if let Some(old) = inner.keyword_dict() {
                for (name, value) in old.items() {
                    keyword_dict.set(thread, *name, value)?;
                }
            }
            (inner.function.get(), filled(inner.given(), given))
        }
        None => (function.to_ref(), SmallVec::from_slice(given)),
    };
    let given = Tuple::from_values(&given);
    for (name, value) in arguments.keywords() {
        keyword_dict.set(thread, name, value.to_ref())?;
    }
    let placeholders = count_placeholders(given.cast::<Tuple>().map_or(&[], |t| t.items()));
    Ok(new_object(ty, |header| Partial {
        header,
        function: Slot::new(function),
        arguments: Slot::new(given),
        keywords: Slot::new(keywords),
        placeholders: Cell::new(placeholders),
    }))
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let partial = this(thread, v)?;
    // The call may replace the fields through `__setstate__`.
    let (function, held) = (partial.function.get(), partial.arguments.get());
    let old = held.cast::<Tuple>().map_or(&[][..], |t| t.items());
    let wanted = partial.placeholders.get();
    if arguments.count() < wanted {
        return Err(thread.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {wanted}, got {}",
            arguments.count()
        )));
    }
    let mut values = match wanted {
        0 => {
            let mut values: SmallVec<[Value; 8]> = SmallVec::from_slice(old);
            values.extend_from_slice(arguments.positional());
            values
        }
        _ => filled(old, arguments.positional()),
    };
    let keywords = partial.keyword_dict().filter(|d| d.len() > 0);
    let Some(keywords) = keywords else {
        values.extend_from_slice(arguments.keyword_values());
        return thread.call_args(*function, &Args::new(&values, arguments.keyword_names()));
    };
    // Those of the call take the places of those given in advance.
    let pairs = keywords.items();
    let mut all_names: SmallVec<[Value; 8]> = SmallVec::new();
    for (name, value) in &pairs {
        let newer = arguments.keywords().find(|(n, _)| same_name(*n, **name));
        all_names.push(**name);
        values.push(newer.map_or(**value, |(_, value)| value));
    }
    for (name, value) in arguments.keywords() {
        if !pairs.iter().any(|(old, _)| same_name(**old, name)) {
            all_names.push(name);
            values.push(value);
        }
    }
    thread.call_args(*function, &Args::new(&values, &all_names))
}

fn same_name(a: Value, b: Value) -> bool {
    a.is(b) || matches!((a.cast::<Str>(), b.cast::<Str>()), (Some(a), Some(b)) if a.same(b))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let partial = this(thread, v)?;
    let class = Value::of(v.ty());
    let module = attributes::get(thread, class, names::get().__module__)?;
    let name = attributes::get(thread, class, names::get().__qualname__)?;
    let head = format!("{}.{}(", str::display(*module), str::display(*name));
    guarded_repr(thread, v, "...", |out| {
        out.extend_from_slice(head.as_bytes());
        let (function, held) = (partial.function.get(), partial.arguments.get());
        push_repr(thread, out, *function)?;
        for item in held.cast::<Tuple>().map_or(&[][..], |t| t.items()) {
            out.extend_from_slice(b", ");
            push_repr(thread, out, *item)?;
        }
        for (name, value) in partial.keyword_dict().map(|d| d.items()).unwrap_or_default() {
            let name = protocol::str(thread, *name)?;
            out.extend_from_slice(format!(", {}=", str::display(*name)).as_bytes());
            push_repr(thread, out, *value)?;
        }
        out.push(b')');
        Ok(())
    })
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let partial = this(thread, v)?;
    let own = if has_attributes(v) { attributes::instance_dict(thread, v)? } else { Ref::NONE };
    let state = vec![partial.function.get(), partial.arguments.get(), partial.keywords.get(), own];
    let class = Value::of(v.ty()).to_ref();
    Ok(Tuple::from_refs(vec![class, Tuple::from_refs(vec![partial.function.get()]), Tuple::from_refs(state)]))
}

fn set_state(thread: &Thread, v: Value, state: Value) -> PyResult {
    let partial = this(thread, v)?;
    let invalid = || thread.type_error("invalid partial state");
    let Some(&[function, arguments, keywords, own]) = state.cast::<Tuple>().map(|t| t.items()) else {
        return Err(invalid());
    };
    let Some(given) = arguments.cast::<Tuple>() else { return Err(invalid()) };
    let are_keywords = keywords.is_none() || keywords.cast::<Dict>().is_some();
    if function.ty().slots().call.is_none() || !are_keywords {
        return Err(invalid());
    }
    if given.items().last().is_some_and(|v| is_placeholder(*v)) {
        return Err(trailing(thread));
    }
    let arguments = if arguments.cast_exact::<Tuple>().is_some() {
        arguments.to_ref()
    } else {
        Tuple::from_values(given.items())
    };
    let keywords = match keywords.cast::<Dict>() {
        None => Dict::new(),
        Some(_) if keywords.cast_exact::<Dict>().is_some() => keywords.to_ref(),
        Some(dict) => dict.copy(),
    };
    let own = if own.is_none() { Value::NULL } else { own };
    attributes::set_instance_dict(thread, v, own)?;
    partial.placeholders.set(count_placeholders(given.items()));
    let old = [
        partial.function.replace(function.to_ref()),
        partial.arguments.replace(arguments),
        partial.keywords.replace(keywords),
    ];
    drop(old);
    Ok(Ref::NONE)
}
