//! `ast.AST`: construction from fields, copying, pickling and the repr of nodes.

use super::classes;
use super::table::Class;
use runtime::objects::builtin_function::INSTANCE_DICT;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::DEPRECATION_WARNING;
use runtime::objects::generic_alias::GENERIC_ALIAS;
use runtime::objects::list::List;
use runtime::objects::object::new_bare;
use runtime::objects::set;
use runtime::objects::str;
use runtime::objects::tuple::Tuple;
use runtime::objects::union::UNION;
use runtime::text_builder::TextBuilder;
use runtime::{
    Args, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes, method,
    protocol, warnings,
};

pub static AST: Type = Type::new_static(&TypeSpec {
    name: "ast.AST",
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::ATTRIBUTES).union(TypeFlags::MUTABLE),
    slots: Slots {
        new: Some(|_, class, _| Ok(new_bare(class))),
        init: Some(init),
        repr: Some(repr),
        get_attribute: Some(attributes::generic_get),
        set_attribute: Some(attributes::generic_set),
        ..Slots::EMPTY
    },
    methods: &[
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
        method(
            "__replace__",
            "($self, /, **fields)",
            NativeFn::Raw(replace),
            "Return a copy of the AST node with new values for the specified fields.",
        ),
    ],
    getsets: &[INSTANCE_DICT],
    ..TypeSpec::EMPTY
});

fn class_attribute(thread: &Thread, class: &'static Type, name: &str) -> PyResult<Option<Ref>> {
    attributes::find(thread, Value::of(class), str::intern_text(name))
}

/// The items of a sequence attribute of the class.
fn class_names(thread: &Thread, class: &'static Type, name: &str) -> PyResult<Vec<Ref>> {
    match class_attribute(thread, class, name)? {
        Some(names) => protocol::collect(thread, *names),
        None => Ok(Vec::new()),
    }
}

fn position(thread: &Thread, names: &[Ref], wanted: Value) -> PyResult<Option<usize>> {
    for (i, name) in names.iter().enumerate() {
        if name.is(wanted) || protocol::compare_bool(thread, **name, wanted, runtime::CompareOp::Eq)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

fn shown(thread: &Thread, v: Value) -> PyResult<String> {
    Ok(str::display(*protocol::repr(thread, v)?))
}

fn deprecated(thread: &Thread, message: &str) -> PyResult<()> {
    warnings::warn(thread, &DEPRECATION_WARNING, message, 1)
}

// Construction.

fn init(thread: &Thread, node: Value, arguments: &Args) -> PyResult<()> {
    let class = node.ty();
    let fields = match class_attribute(thread, class, "_fields")? {
        Some(fields) => fields,
        None => return Err(attributes::missing(thread, Value::of(class), str::intern_text("_fields"))),
    };
    let count = protocol::len(thread, *fields)?;
    let fields = protocol::collect(thread, *fields)?;
    if count < arguments.count() {
        let plural = if count == 1 { "" } else { "s" };
        let name = class.short_name();
        return Err(thread
            .type_error(format!("{name} constructor takes at most {count} positional argument{plural}")));
    }
    let mut given = vec![false; fields.len()];
    for (i, value) in arguments.positional().iter().enumerate() {
        if let Some(name) = fields.get(i) {
            attributes::set(thread, node, **name, *value)?;
            given[i] = true;
        }
    }
    let mut known_attributes = None;
    for (name, value) in arguments.keywords() {
        match position(thread, &fields, name)? {
            Some(i) if given[i] => {
                let message =
                    format!("{} got multiple values for argument {}", class.name(), shown(thread, name)?);
                return Err(thread.type_error(message));
            }
            Some(i) => given[i] = true,
            None => {
                let known = match &known_attributes {
                    Some(known) => known,
                    None => known_attributes.insert(class_names(thread, class, "_attributes")?),
                };
                if position(thread, known, name)?.is_none() {
                    warn_unexpected(thread, class, name)?;
                }
            }
        }
        attributes::set(thread, node, name, value)?;
    }
    let missing: Vec<&Ref> =
        fields.iter().zip(&given).filter(|(_, given)| !**given).map(|(f, _)| f).collect();
    if missing.is_empty() { Ok(()) } else { set_defaults(thread, node, &missing) }
}

fn warn_unexpected(thread: &Thread, class: &Type, name: Value) -> PyResult<()> {
    let message = format!(
        "{}.__init__ got an unexpected keyword argument {}. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15.",
        class.name(),
        shown(thread, name)?
    );
    deprecated(thread, &message)
}

/// Fields that were not given: lists are empty, contexts are `Load()`, optional fields have their default in the class.
fn set_defaults(thread: &Thread, node: Value, missing: &[&Ref]) -> PyResult<()> {
    let class = node.ty();
    let Some(types) = class_attribute(thread, class, "_field_types")? else { return Ok(()) };
    let Some(types) = types.cast::<Dict>() else { return Ok(()) };
    let classes = classes::get(thread)?;
    let missing = match missing {
        [only] => vec![(**only).clone()],
        several => in_order_of_a_set(thread, several)?,
    };
    for name in missing {
        let Some(ty) = types.get(thread, *name)? else {
            let message = format!(
                "Field {} is missing from {}._field_types. This will become an error in Python 3.15.",
                shown(thread, *name)?,
                class.name()
            );
            deprecated(thread, &message)?;
            continue;
        };
        if ty.is_exact(&UNION) {
            continue;
        }
        if ty.is_exact(&GENERIC_ALIAS) {
            attributes::set(thread, node, *name, *List::from_refs(Vec::new()))?;
        } else if ty.is(classes.object(Class::expr_context)) {
            attributes::set(thread, node, *name, *classes.instance(Class::Load))?;
        } else {
            let message = format!(
                "{}.__init__ missing 1 required positional argument: {}. This will become an error in Python 3.15.",
                class.name(),
                shown(thread, *name)?
            );
            deprecated(thread, &message)?;
        }
    }
    Ok(())
}

/// CPython walks a set of the names: the order shows in `__dict__` and in the order of warnings.
fn in_order_of_a_set(thread: &Thread, names: &[&Ref]) -> PyResult<Vec<Ref>> {
    let ordered = set::new_set();
    let Some(s) = set::set_of(*ordered) else { return Ok(Vec::new()) };
    for name in names {
        s.add(thread, ***name)?;
    }
    Ok(s.members().into_iter().map(|(name, _)| name).collect())
}

// Copying.

/// For `pickle` and `copy`: the class is called with None for the leading fields, then the state is set.
fn reduce(thread: &Thread, node: Value) -> PyResult {
    let state = attributes::instance_dict(thread, node)?;
    let mut nones = Vec::new();
    if let Some(own) = state.cast::<Dict>() {
        for name in class_names(thread, node.ty(), "_fields")? {
            if own.get(thread, *name)?.is_none() {
                break;
            }
            nones.push(Ref::NONE);
        }
    }
    let arguments = Tuple::from_refs(nones);
    Ok(Tuple::from_refs(vec![Value::of(node.ty()).to_ref(), arguments, state]))
}

fn replace(thread: &Thread, node: Value, arguments: &Args) -> PyResult {
    if arguments.count() > 0 {
        return Err(thread.type_error("__replace__() takes no positional arguments"));
    }
    let class = node.ty();
    let fields = class_names(thread, class, "_fields")?;
    let positions = class_names(thread, class, "_attributes")?;
    let own = attributes::instance_dict(thread, node)?;
    let payload = Dict::new();
    let (Some(own), Some(new)) = (own.cast::<Dict>(), payload.cast::<Dict>()) else { return Ok(payload) };
    for name in fields.iter().chain(&positions) {
        if let Some(value) = own.get(thread, **name)? {
            new.set(thread, **name, value)?;
        }
    }
    for (name, value) in arguments.keywords() {
        if position(thread, &fields, name)?.is_none() && position(thread, &positions, name)?.is_none() {
            let message = format!(
                "{}.__replace__ got an unexpected keyword argument {}.",
                class.name(),
                shown(thread, name)?
            );
            return Err(thread.type_error(message));
        }
        new.set(thread, name, value.to_ref())?;
    }
    check_complete(thread, class, &fields, new)?;
    let (keys, values): (Vec<Ref>, Vec<Ref>) = new.items().into_iter().unzip();
    let arguments = Args::new(runtime::value::as_values(&values), runtime::value::as_values(&keys));
    thread.call_args(Value::of(class), &arguments)
}

/// Refuses a copy that lacks required fields.
fn check_complete(thread: &Thread, class: &'static Type, fields: &[Ref], payload: &Dict) -> PyResult<()> {
    let types = class_attribute(thread, class, "_field_types")?;
    let mut missing = Vec::new();
    for name in fields {
        if payload.get(thread, **name)?.is_some() {
            continue;
        }
        let ty = match types.as_ref().and_then(|types| types.cast::<Dict>()) {
            Some(types) => types.get(thread, **name)?,
            None => None,
        };
        if !ty.is_some_and(|ty| ty.is_exact(&UNION)) {
            missing.push(shown(thread, **name)?);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    missing.sort();
    let plural = if missing.len() == 1 { "" } else { "s" };
    Err(thread.type_error(format!(
        "{}.__replace__ missing {} keyword argument{plural}: {}.",
        class.name(),
        missing.len(),
        missing.join(", ")
    )))
}

// The repr.

/// Nodes nested deeper are shown as `Name(...)`.
const REPR_DEPTH: u32 = 3;

fn repr(thread: &Thread, node: Value) -> PyResult {
    let mut text = TextBuilder::new("");
    write_node(thread, node, REPR_DEPTH, &mut text)?;
    Ok(text.finish())
}

fn write_node(thread: &Thread, node: Value, depth: u32, text: &mut TextBuilder) -> PyResult<()> {
    thread.check_native_stack()?;
    let class = node.ty();
    text.push(&class.name()).push("(");
    if depth == 0 || thread.repr_running.with(|r| r.contains(&node)) {
        text.push("...)");
        return Ok(());
    }
    thread.repr_running.with(|r| r.push(node));
    let written = write_fields(thread, node, class, depth, text);
    thread.repr_running.with(|r| r.pop());
    written?;
    text.push(")");
    Ok(())
}

fn write_fields(
    thread: &Thread,
    node: Value,
    class: &'static Type,
    depth: u32,
    text: &mut TextBuilder,
) -> PyResult<()> {
    for (i, name) in class_names(thread, class, "_fields")?.iter().enumerate() {
        let value = attributes::get(thread, node, **name)?;
        text.push(if i > 0 { ", " } else { "" }).push_value(**name).push("=");
        write_value(thread, *value, depth, text)?;
    }
    Ok(())
}

fn write_value(thread: &Thread, value: Value, depth: u32, text: &mut TextBuilder) -> PyResult<()> {
    if let Some(list) = value.cast::<List>() {
        text.push("[");
        write_items(thread, list.len(), |i| list.get(i), depth, text)?;
        text.push("]");
    } else if let Some(tuple) = value.cast::<Tuple>() {
        text.push("(");
        write_items(thread, tuple.len(), |i| tuple.items().get(i).map(|v| v.to_ref()), depth, text)?;
        text.push(")");
    } else {
        write_item(thread, value, depth, text)?;
    }
    Ok(())
}

/// The first and the last item, and dots for those between.
fn write_items(
    thread: &Thread,
    length: usize,
    item: impl Fn(usize) -> Option<Ref>,
    depth: u32,
    text: &mut TextBuilder,
) -> PyResult<()> {
    if let Some(first) = item(0) {
        write_item(thread, *first, depth, text)?;
    }
    if length > 2 {
        text.push(", ...");
    }
    if length > 1
        && let Some(last) = item(length - 1)
    {
        text.push(", ");
        write_item(thread, *last, depth, text)?;
    }
    Ok(())
}

fn write_item(thread: &Thread, value: Value, depth: u32, text: &mut TextBuilder) -> PyResult<()> {
    if value.is_instance(&AST) {
        return write_node(thread, value, depth - 1, text);
    }
    let shown = protocol::repr(thread, value)?;
    text.push_value(*shown);
    Ok(())
}
