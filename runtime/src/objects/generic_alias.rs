//! `types.GenericAlias`: `list[int]`; its type variables and their substitution.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object, new_exact, new_object};
use crate::objects::builtin_function::none_if_null;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::objects::union;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::registry::{ATTRIBUTE_ERROR, NONE_TYPE, TUPLE, TYPE, TYPE_ERROR};
use crate::types::{CompareOp, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A parameterised generic.
#[repr(C)]
pub struct GenericAlias {
    pub header: Header,
    pub origin: Slot,
    /// A tuple.
    pub args: Slot,
    /// `__parameters__`, NULL until asked for.
    parameters: Slot,
    /// `*tuple[int]`.
    pub starred: Cell<bool>,
}

crate::object!(GenericAlias, GENERIC_ALIAS);

pub static GENERIC_ALIAS: Type = Type::new_static(&TypeSpec {
    name: "types.GenericAlias",
    size: size_of::<GenericAlias>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<GenericAlias>,
        traverse: Some(|v, visit| {
            let a = this(v);
            [&a.origin, &a.args, &a.parameters].iter().filter(|s| !s.is_null()).for_each(|s| visit(s.peek()))
        }),
        repr: Some(repr),
        hash: Some(|thread, v| {
            let h =
                protocol::hash(thread, this(v).origin.peek())? ^ protocol::hash(thread, this(v).args.peek())?;
            Ok(if h == -1 { -2 } else { h })
        }),
        compare: Some(compare),
        call: Some(call),
        iter: Some(|_, v| Ok(new_exact(|header| AliasIterator { header, alias: Slot::new(v.to_ref()) }))),
        get_attribute: Some(get_attribute),
        set_attribute: Some(attributes::generic_set),
        or: Some(union::or),
        get_item: Some(get_item),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[
        getset("__origin__", |_, v| Ok(this(v).origin.get()), "").member(),
        getset("__args__", |_, v| Ok(this(v).args.get()), "").member(),
        getset("__unpacked__", |_, v| Ok(Ref::bool(this(v).starred.get())), "").member(),
        getset("__parameters__", parameters, "Type variables in the GenericAlias."),
        getset(
            "__typing_unpacked_tuple_args__",
            |_, v| {
                let a = this(v);
                let unpacked = a.starred.get() && a.origin.peek().is(Value::of(&TUPLE));
                Ok(if unpacked { a.args.get() } else { Ref::NONE })
            },
            "",
        ),
    ],
    signature: "(origin, args, /)",
    doc: "Represent a PEP 585 generic type\n\nFor example, for t = list[int], t.__origin__ is list and t.__args__\nis (int,).",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__mro_entries__",
        "($self, object, /)",
        NativeFn::One(|_, v, _| Ok(Tuple::from_values(&[this(v).origin.peek()]))),
        "",
    ),
    method(
        "__instancecheck__",
        "($self, object, /)",
        NativeFn::One(|thread, _, _| {
            Err(thread.type_error("isinstance() argument 2 cannot be a parameterized generic"))
        }),
        "",
    ),
    method(
        "__subclasscheck__",
        "($self, object, /)",
        NativeFn::One(|thread, _, _| {
            Err(thread.type_error("issubclass() argument 2 cannot be a parameterized generic"))
        }),
        "",
    ),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
    method("__dir__", "($self, /)", NativeFn::NoArgs(dir), ""),
];

/// Attributes that the alias has itself; all others are those of the origin.
const OWN_ATTRIBUTES: [&str; 12] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
    "__bases__",
];

fn this(v: Value) -> &'static GenericAlias {
    // SAFETY: slots and getsets are called on instances of the type only.
    unsafe { v.cast_unchecked() }
}

/// `origin[args]`; a single argument that is no tuple stands for itself.
pub fn new_alias(origin: Value, args: Value) -> Ref {
    make(&GENERIC_ALIAS, origin, args, false)
}

fn make(ty: &'static Type, origin: Value, args: Value, starred: bool) -> Ref {
    let args = if args.is_instance(&TUPLE) { args.to_ref() } else { Tuple::from_values(&[args]) };
    new_object(ty, |header| GenericAlias {
        header,
        origin: Slot::new(origin.to_ref()),
        args: Slot::new(args),
        parameters: Slot::null(),
        starred: Cell::new(starred),
    })
}

/// The `__class_getitem__` of native generic types.
pub fn class_getitem(_: &Thread, class: Value, item: Value) -> PyResult {
    Ok(new_alias(class, item))
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "GenericAlias", arguments)?;
    check_positional(thread, "GenericAlias", arguments.count(), 2, 2)?;
    Ok(make(ty, arguments.positional()[0], arguments.positional()[1], false))
}

// Text.

/// How a type is written inside an alias or a union.
pub fn type_text(thread: &Thread, v: Value) -> PyResult<String> {
    let n = names::get();
    if v == Value::ELLIPSIS {
        return Ok("...".to_string());
    }
    if v.is(Value::of(&NONE_TYPE)) {
        return Ok("None".to_string());
    }
    let generic = attributes::find(thread, v, n.__origin__)?.is_some()
        && attributes::find(thread, v, n.__args__)?.is_some();
    if !generic
        && let Some(name) = attributes::find(thread, v, n.__qualname__)?
        && let Some(module) = attributes::find(thread, v, n.__module__)?
        && !module.is_none()
    {
        if str::equals(*module, "builtins") {
            return text_of(thread, *name);
        }
        return Ok(format!("{}.{}", text_of(thread, *module)?, text_of(thread, *name)?));
    }
    Ok(str::display(*protocol::repr(thread, v)?))
}

fn text_of(thread: &Thread, v: Value) -> PyResult<String> {
    Ok(str::display(*protocol::str(thread, v)?))
}

/// An argument of an alias: lists of types show their items as types do.
fn argument_text(thread: &Thread, v: Value) -> PyResult<String> {
    let Some(list) = v.cast_exact::<List>() else { return type_text(thread, v) };
    thread.check_native_stack()?;
    let (mut parts, mut i) = (Vec::new(), 0);
    while let Some(item) = list.get(i) {
        parts.push(type_text(thread, *item)?);
        i += 1;
    }
    Ok(format!("[{}]", parts.join(", ")))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    thread.check_native_stack()?;
    let a = this(v);
    let args = a.args.get();
    let mut parts = Vec::new();
    for item in args.cast::<Tuple>().iter().flat_map(|t| t.items()) {
        parts.push(argument_text(thread, *item)?);
    }
    let inner = if parts.is_empty() { "()".to_string() } else { parts.join(", ") };
    let star = if a.starred.get() { "*" } else { "" };
    Ok(Str::new(&format!("{star}{}[{inner}]", type_text(thread, a.origin.peek())?)))
}

// As an object.

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<GenericAlias>(), b.cast::<GenericAlias>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let same = x.starred.get() == y.starred.get()
        && protocol::compare_bool(thread, x.origin.peek(), y.origin.peek(), CompareOp::Eq)?
        && protocol::compare_bool(thread, x.args.peek(), y.args.peek(), CompareOp::Eq)?;
    Ok(Ref::bool(same == (op == CompareOp::Eq)))
}

/// Calls the origin, and tells the new object what it was made of, if that is possible.
fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let object = thread.call_args(this(v).origin.peek(), arguments)?;
    if let Err(raised) = attributes::set(thread, *object, names::get().__orig_class__, v) {
        if !thread.raised_matches(&ATTRIBUTE_ERROR) && !thread.raised_matches(&TYPE_ERROR) {
            return Err(raised);
        }
        drop(thread.take_raised());
    }
    Ok(object)
}

fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    if OWN_ATTRIBUTES.iter().any(|own| str::equals(name, own)) {
        return attributes::generic_get(thread, v, name);
    }
    attributes::get(thread, this(v).origin.peek(), name)
}

fn get_item(thread: &Thread, v: Value, item: Value) -> PyResult {
    let parameters = parameters(thread, v)?;
    let args = substitute(thread, v, this(v).args.peek(), *parameters, item)?;
    Ok(make(&GENERIC_ALIAS, this(v).origin.peek(), *args, this(v).starred.get()))
}

fn parameters(thread: &Thread, v: Value) -> PyResult {
    if this(v).parameters.is_null() {
        let found = make_parameters(thread, this(v).args.peek())?;
        this(v).parameters.set(found);
    }
    Ok(this(v).parameters.get())
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let a = this(v);
    if a.starred.get() {
        let Some(next) = crate::state::STATE.builtin("next") else {
            return Err(thread.runtime_error("builtins.next is missing"));
        };
        let plain = make(&GENERIC_ALIAS, a.origin.peek(), a.args.peek(), false);
        let iterator = protocol::iter(thread, *plain)?;
        return Ok(Tuple::from_refs(vec![next, Tuple::from_refs(vec![iterator])]));
    }
    let arguments = Tuple::from_values(&[a.origin.peek(), a.args.peek()]);
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments]))
}

/// The names of the origin, and those the alias has itself.
fn dir(thread: &Thread, v: Value) -> PyResult {
    let Some(dir) = crate::state::STATE.builtin("dir") else {
        return Err(thread.runtime_error("builtins.dir is missing"));
    };
    let names = thread.call(*dir, &[this(v).origin.peek()])?;
    let Some(list) = names.cast::<List>() else { return Ok(names) };
    for own in OWN_ATTRIBUTES.iter().filter(|n| **n != "__bases__") {
        if !list.items().iter().any(|n| str::equals(*n, own)) {
            list.push(Str::new(own));
        }
    }
    Ok(names)
}

// Type variables.

/// The type variables in a tuple of arguments, each once, in order.
pub fn make_parameters(thread: &Thread, args: Value) -> PyResult {
    let mut found: Vec<Ref> = Vec::new();
    collect_parameters(thread, args, &mut found)?;
    Ok(Tuple::from_refs(found))
}

fn collect_parameters(thread: &Thread, args: Value, found: &mut Vec<Ref>) -> PyResult<()> {
    thread.check_native_stack()?;
    let n = names::get();
    for arg in protocol::collect(thread, args)? {
        if arg.is_instance(&TYPE) {
            continue;
        }
        if arg.is_instance(&TUPLE) || arg.cast::<List>().is_some() {
            collect_parameters(thread, *arg, found)?;
        } else if attributes::find(thread, *arg, n.__typing_subst__)?.is_some() {
            add_parameter(found, arg);
        } else if let Some(inner) = attributes::find(thread, *arg, n.__parameters__)? {
            for p in inner.cast::<Tuple>().iter().flat_map(|t| t.items()) {
                add_parameter(found, p.to_ref());
            }
        }
    }
    Ok(())
}

fn add_parameter(found: &mut Vec<Ref>, new: Ref) {
    if !found.iter().any(|p| p.is(*new)) {
        found.push(new);
    }
}

fn index_of(parameters: &[Value], v: Value) -> Option<usize> {
    parameters.iter().position(|p| p.is(v))
}

/// The items of a subscript, `*tuple[...]` replaced by its arguments.
fn unpack_items(thread: &Thread, item: Value) -> PyResult<Vec<Ref>> {
    let n = names::get();
    let items: Vec<Ref> = match item.cast::<Tuple>() {
        Some(t) => t.items().iter().map(|v| v.to_ref()).collect(),
        None => vec![item.to_ref()],
    };
    let mut unpacked = Vec::new();
    for item in items {
        if item.is_instance(&TYPE) {
            unpacked.push(item);
            continue;
        }
        let inner = attributes::find(thread, *item, n.__typing_unpacked_tuple_args__)?;
        match inner.as_ref().and_then(|i| i.cast::<Tuple>()) {
            Some(t) if t.items().last() != Some(&Value::ELLIPSIS) => {
                unpacked.extend(t.items().iter().map(|v| v.to_ref()))
            }
            _ => unpacked.push(item),
        }
    }
    Ok(unpacked)
}

/// The arguments with `parameters` replaced by the items of a subscript; `generic` is what is subscripted.
pub fn substitute(thread: &Thread, generic: Value, args: Value, parameters: Value, item: Value) -> PyResult {
    let n = names::get();
    let parameters = parameters.cast::<Tuple>().map_or(&[][..], |t| t.items());
    if parameters.is_empty() {
        let shown = protocol::repr(thread, generic)?;
        return Err(thread.type_error(format!("{} is not a generic class", str::display(*shown))));
    }
    let mut items = Tuple::from_refs(unpack_items(thread, item)?);
    for parameter in parameters {
        if let Some(prepare) = attributes::find(thread, *parameter, n.__typing_prepare_subst__)?
            && !prepare.is_none()
        {
            let prepared = thread.call(*prepare, &[generic, *items])?;
            items = if prepared.is_instance(&TUPLE) { prepared } else { Tuple::from_refs(vec![prepared]) };
        }
    }
    let given = items.cast::<Tuple>().map_or(&[][..], |t| t.items());
    if given.len() != parameters.len() {
        let shown = protocol::repr(thread, generic)?;
        return Err(thread.type_error(format!(
            "Too {} arguments for {}; actual {}, expected {}",
            if given.len() > parameters.len() { "many" } else { "few" },
            str::display(*shown),
            given.len(),
            parameters.len()
        )));
    }
    let replaced = substitute_all(thread, args, parameters, given)?;
    Ok(Tuple::from_refs(replaced))
}

fn substitute_all(thread: &Thread, args: Value, parameters: &[Value], given: &[Value]) -> PyResult<Vec<Ref>> {
    thread.check_native_stack()?;
    let n = names::get();
    let mut result = Vec::new();
    for arg in protocol::collect(thread, args)? {
        if arg.is_instance(&TYPE) {
            result.push(arg);
            continue;
        }
        if arg.is_instance(&TUPLE) || arg.cast::<List>().is_some() {
            let inner = substitute_all(thread, *arg, parameters, given)?;
            result.push(if arg.is_instance(&TUPLE) {
                Tuple::from_refs(inner)
            } else {
                List::from_refs(inner)
            });
            continue;
        }
        let unpacked = is_unpacked_variadic(thread, *arg)?;
        let replaced = match attributes::find(thread, *arg, n.__typing_subst__)? {
            Some(subst) => match index_of(parameters, *arg) {
                Some(i) => thread.call(*subst, &[given[i]])?,
                None => arg,
            },
            None => substitute_inner(thread, arg, parameters, given)?,
        };
        match replaced.cast::<Tuple>().filter(|_| unpacked) {
            Some(t) => result.extend(t.items().iter().map(|v| v.to_ref())),
            None => result.push(replaced),
        }
    }
    Ok(result)
}

/// Subscripts an argument that is itself generic with the values of its own type variables.
fn substitute_inner(thread: &Thread, arg: Ref, parameters: &[Value], given: &[Value]) -> PyResult {
    let Some(own) = attributes::find(thread, *arg, names::get().__parameters__)? else { return Ok(arg) };
    let own = own.cast::<Tuple>().map_or(&[][..], |t| t.items());
    if own.is_empty() {
        return Ok(arg);
    }
    let mut values = Vec::new();
    for p in own {
        match index_of(parameters, *p).map(|i| given[i]) {
            // A variadic type variable takes several items.
            Some(v) if v.is_instance(&TUPLE) && is_variadic(thread, *p)? => {
                values.extend(v.cast::<Tuple>().iter().flat_map(|t| t.items()).map(|v| v.to_ref()))
            }
            Some(v) => values.push(v.to_ref()),
            None => values.push(p.to_ref()),
        }
    }
    protocol::get_item(thread, *arg, *Tuple::from_refs(values))
}

/// A TypeVarTuple can be iterated, giving itself unpacked.
fn is_variadic(_: &Thread, v: Value) -> PyResult<bool> {
    Ok(v.ty().slots().iter.is_some())
}

fn is_unpacked_variadic(thread: &Thread, v: Value) -> PyResult<bool> {
    let name = str::intern_text("__typing_is_unpacked_typevartuple__");
    match attributes::find(thread, v, name)? {
        Some(flag) => protocol::is_true(thread, *flag),
        None => Ok(false),
    }
}

// `*tuple[int]`.

/// Gives the alias once, starred.
#[repr(C)]
pub struct AliasIterator {
    pub header: Header,
    /// NULL or None when done.
    alias: Slot,
}

crate::object!(AliasIterator, ALIAS_ITERATOR);

pub static ALIAS_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "generic_alias_iterator",
    size: size_of::<AliasIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<AliasIterator>,
        traverse: Some(|v, visit| {
            if !iterator(v).alias.is_null() {
                visit(iterator(v).alias.peek());
            }
        }),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(|_, v| {
            let alias = iterator(v).alias.take();
            let Some(a) = alias.cast::<GenericAlias>() else { return Ok(None) };
            Ok(Some(make(alias.ty(), a.origin.peek(), a.args.peek(), true)))
        }),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let Some(iter) = crate::state::STATE.builtin("iter") else {
                return Err(thread.runtime_error("builtins.iter is missing"));
            };
            let alias = none_if_null(&iterator(v).alias);
            let argument = if alias.is_none() { Tuple::empty() } else { alias };
            Ok(Tuple::from_refs(vec![iter, Tuple::from_refs(vec![argument])]))
        }),
        "",
    )],
    ..TypeSpec::EMPTY
});

fn iterator(v: Value) -> &'static AliasIterator {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}
