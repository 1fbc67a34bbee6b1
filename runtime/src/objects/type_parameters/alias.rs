//! `typing.TypeAliasType`: what `type X = ...` makes; its value is computed when first asked for.

use super::*;
use crate::call::Args;
use crate::object::new_exact;
use crate::objects::function::Function;
use crate::objects::generic_alias::new_alias;
use crate::objects::tuple::Tuple;
use crate::slot_fields::{clear_slots, traverse_slots};
use crate::text_builder::TextBuilder;
use crate::types::binding::Parameters;
use crate::types::{NativeFn, TypeFlags, TypeSpec, getset, method};

#[repr(C)]
pub struct TypeAlias {
    header: Header,
    name: Slot,
    /// A tuple, or NULL for an alias that is not generic.
    type_params: Slot,
    value: Slot,
    evaluate_value: Slot,
    /// NULL: that of the function that computes the value.
    module: Slot,
}

crate::object!(TypeAlias, TYPE_ALIAS);
crate::slot_fields!(TypeAlias, name, type_params, value, evaluate_value, module);

static PARAMETERS: Parameters = Parameters::new("typealias", "(name, value, *, type_params=())");

fn this(v: Value) -> &'static TypeAlias {
    v.cast().expect("slots and rows of an exact type are called on its instances only")
}

/// `type name[type_params] = ...`; `type_params` may be None.
pub fn new_type_alias(name: Value, type_params: Value, evaluate_value: Value) -> Ref {
    let type_params = if type_params.is_none() { Ref::NULL } else { type_params.to_ref() };
    new_exact(|header| TypeAlias {
        header,
        name: Slot::new(name.to_ref()),
        type_params: Slot::new(type_params),
        value: Slot::null(),
        evaluate_value: Slot::new(evaluate_value.to_ref()),
        module: Slot::null(),
    })
}

/// Refuses what is no type parameter, and one without default behind one with.
fn check_type_params(thread: &Thread, type_params: &[Value]) -> PyResult<()> {
    let mut default_seen = false;
    for parameter in type_params {
        let mut text = TextBuilder::default();
        if super::cast(*parameter).is_none() {
            text.push("Expected a type param, got ").push_repr(thread, *parameter)?;
            return Err(thread.error_value(&crate::objects::exceptions::TYPE_ERROR, *text.finish()));
        }
        let has_default = has_default(thread, *parameter)?.is(Value::TRUE);
        if default_seen && !has_default {
            text.push("non-default type parameter '").push_repr(thread, *parameter)?;
            text.push("' follows default type parameter");
            return Err(thread.error_value(&crate::objects::exceptions::TYPE_ERROR, *text.finish()));
        }
        default_seen |= has_default;
    }
    Ok(())
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |given| {
        let &[name, value, type_params] = given else { return Ok(Ref::NONE) };
        if name.cast::<str::Str>().is_none() {
            let message = format!("typealias() argument 'name' must be str, not {}", name.ty().name());
            return Err(thread.type_error(message));
        }
        let parameters = match type_params {
            v if v.is_null() => Ref::NULL,
            v => {
                let Some(tuple) = v.cast::<Tuple>() else {
                    return Err(thread.type_error("type_params must be a tuple"));
                };
                check_type_params(thread, tuple.items())?;
                if tuple.len() == 0 { Ref::NULL } else { v.to_ref() }
            }
        };
        let module = caller_module(thread).unwrap_or(Ref::NULL);
        Ok(new_exact(|header| TypeAlias {
            header,
            name: Slot::new(name.to_ref()),
            type_params: Slot::new(parameters),
            value: Slot::new(value.to_ref()),
            evaluate_value: Slot::null(),
            module: Slot::new(module),
        }))
    })
}

fn type_params(v: Value) -> Ref {
    this(v).type_params.option().unwrap_or_else(Tuple::empty)
}

fn get_item(thread: &Thread, v: Value, item: Value) -> PyResult {
    if this(v).type_params.is_null() {
        return Err(thread.type_error("Only generic type aliases are subscriptable"));
    }
    Ok(match item.cast::<Tuple>() {
        Some(_) => new_alias(v, item),
        None => new_alias(v, *Tuple::from_values(&[item])),
    })
}

fn module(_: &Thread, v: Value) -> PyResult {
    if let Some(module) = this(v).module.option() {
        return Ok(module);
    }
    let function = this(v).evaluate_value.get();
    let module = function.cast::<Function>().and_then(|f| f.module.option());
    Ok(module.unwrap_or(Ref::NONE))
}

pub static TYPE_ALIAS: Type = Type::new_static(&TypeSpec {
    name: "typing.TypeAliasType",
    size: size_of::<TypeAlias>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<TypeAlias>,
        traverse: Some(traverse_slots::<TypeAlias>),
        clear: Some(clear_slots::<TypeAlias>),
        repr: Some(|_, v| Ok(this(v).name.get())),
        iter: Some(super::type_var_tuple::iterate),
        get_item: Some(get_item),
        or: Some(or),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(|_, v| Ok(this(v).name.get())), "")],
    getsets: &[
        getset("__module__", module, ""),
        getset("__name__", |_, v| Ok(this(v).name.get()), "").member(),
        getset("__parameters__", |t, v| super::generic::unpack_all(t, *type_params(v)), ""),
        getset("__type_params__", |_, v| Ok(type_params(v)), ""),
        getset("__value__", |t, v| part(t, &this(v).value, &this(v).evaluate_value, || Ref::NONE), ""),
        getset("evaluate_value", |_, v| Ok(evaluator_of(&this(v).value, &this(v).evaluate_value)), ""),
    ],
    doc: DOC,
    ..TypeSpec::EMPTY
});

const DOC: &str = "Type alias.\n\nType aliases are created through the type statement::\n\n    type Alias = int\n\nIn this example, Alias and int will be treated equivalently by static\ntype checkers.\n\nAt runtime, Alias is an instance of TypeAliasType. The __name__\nattribute holds the name of the type alias. The value of the type alias\nis stored in the __value__ attribute. It is evaluated lazily, so the\nvalue is computed only if the attribute is accessed.\n\nType aliases can also be generic::\n\n    type ListOrSet[T] = list[T] | set[T]\n\nIn this case, the type parameters of the alias are stored in the\n__type_params__ attribute.\n\nSee PEP 695 for more information.\n";
