//! Intrinsic functions of the bytecode, functions and their attributes, templates.

use crate::imports;
use ir::opcode::{Intrinsic1, Intrinsic2, function_attribute};
use runtime::attributes;
use runtime::call::Args;
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::objects::dict::Dict;
use runtime::objects::function::Function;
use runtime::objects::list::List;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::objects::{async_generator, exceptions, generator};
use runtime::state::{STATE, import_module};
use runtime::thread::Thread;
use runtime::value::{Ref, Value};

use crate::operators;

/// `CALL_INTRINSIC_1`
pub fn one(thread: &Thread, frame: &Frame, number: u32, v: Value) -> PyResult {
    match Intrinsic1::from_number(number) {
        Some(Intrinsic1::Print) => {
            let Some(hook) = STATE.sys("displayhook") else {
                return Err(thread.runtime_error("lost sys.displayhook"));
            };
            thread.call(*hook, &[v])
        }
        Some(Intrinsic1::ImportStar) => imports::import_star(thread, frame, v).map(|()| Ref::NONE),
        Some(Intrinsic1::StopIterationError) => generator::stop_iteration_error(thread, frame, v),
        Some(Intrinsic1::AsyncGenWrap) => Ok(async_generator::wrap_value(v)),
        Some(Intrinsic1::UnaryPositive) => operators::unary(thread, v, "+", |s| s.positive),
        Some(Intrinsic1::ListToTuple) => {
            Ok(Tuple::from_values(v.cast::<List>().map_or(&[], |list| list.items())))
        }
        Some(Intrinsic1::TypeVar) => type_parameter(thread, "TypeVar", v),
        Some(Intrinsic1::ParamSpec) => type_parameter(thread, "ParamSpec", v),
        Some(Intrinsic1::TypeVarTuple) => typing(thread, "TypeVarTuple", &[v]),
        Some(Intrinsic1::SubscriptGeneric) => {
            let module = import_module(thread, "typing")?;
            let generic = attributes::get(thread, *module, str::intern_text("Generic"))?;
            operators::get_item(thread, *generic, v)
        }
        Some(Intrinsic1::TypeAlias) => typing_hook(thread, "_make_type_alias", &[v]),
        Some(Intrinsic1::Invalid) | None => Err(thread.system_error("unknown intrinsic function")),
    }
}

/// `CALL_INTRINSIC_2`
pub fn two(thread: &Thread, number: u32, a: Value, b: Value) -> PyResult {
    match Intrinsic2::from_number(number) {
        Some(Intrinsic2::PrepReraiseStar) => exceptions::prepare_reraise_star(thread, a, b),
        Some(Intrinsic2::TypeVarWithBound) => typing_hook(thread, "_make_typevar_with_bound", &[a, b]),
        Some(Intrinsic2::TypeVarWithConstraints) => {
            typing_hook(thread, "_make_typevar_with_constraints", &[a, b])
        }
        Some(Intrinsic2::SetFunctionTypeParams) => {
            if let Some(function) = a.cast::<Function>() {
                function.type_params.set(b.to_ref());
            }
            Ok(a.to_ref())
        }
        Some(Intrinsic2::SetTypeParamDefault) => typing_hook(thread, "_set_type_param_default", &[a, b]),
        Some(Intrinsic2::Invalid) | None => Err(thread.system_error("unknown intrinsic function")),
    }
}

fn typing(thread: &Thread, name: &str, arguments: &[Value]) -> PyResult {
    let module = import_module(thread, "typing")?;
    let function = attributes::get(thread, *module, str::intern_text(name))?;
    thread.call(*function, arguments)
}

/// A function of `_typing` that makes what no constructor can: types parameters with lazy parts.
fn typing_hook(thread: &Thread, name: &str, arguments: &[Value]) -> PyResult {
    let module = import_module(thread, "_typing")?;
    let function = attributes::get(thread, *module, str::intern_text(name))?;
    thread.call(*function, arguments)
}

fn type_parameter(thread: &Thread, class: &str, name: Value) -> PyResult {
    let module = import_module(thread, "typing")?;
    let class = attributes::get(thread, *module, str::intern_text(class))?;
    let names = [str::intern_text("infer_variance")];
    thread.call_args(*class, &Args::new(&[name, Value::TRUE], &names))
}

/// `SET_FUNCTION_ATTRIBUTE`
pub fn set_function_attribute(function: Value, number: u32, value: Ref) {
    let Some(f) = function.cast::<Function>() else { return };
    match number {
        function_attribute::DEFAULTS => f.defaults.set(value),
        function_attribute::KW_DEFAULTS => f.kwdefaults.set(value),
        function_attribute::ANNOTATIONS => f.annotations.set(annotations(value)),
        function_attribute::CLOSURE => f.closure.set(value),
        _ => f.annotate.set(value),
    }
    f.version.set(0);
}

/// Annotations come as a dict or as a tuple of names and values in turn.
fn annotations(given: Ref) -> Ref {
    let Some(tuple) = given.cast::<Tuple>() else { return given };
    let dict = Dict::new();
    for pair in tuple.items().chunks_exact(2) {
        if let Some(d) = dict.cast::<Dict>() {
            d.insert_interned(*attributes::interned_name(pair[0]), pair[1]);
        }
    }
    dict
}

fn template_class(thread: &Thread, name: &str) -> PyResult {
    let module = import_module(thread, "string.templatelib")?;
    attributes::get(thread, *module, str::intern_text(name))
}

/// A Template of strings with interpolations between them.
pub fn template(thread: &Thread, strings: Value, interpolations: Value) -> PyResult {
    let class = template_class(thread, "Template")?;
    let items = |v: Value| v.cast::<Tuple>().map_or(&[][..], |t| t.items());
    let mut parts = Vec::new();
    for (i, string) in items(strings).iter().enumerate() {
        parts.push(*string);
        parts.extend(items(interpolations).get(i));
    }
    thread.call(*class, &parts)
}

/// An Interpolation of a value, its text, a conversion and a format spec.
pub fn interpolation(thread: &Thread, parts: &[Value], conversion: u32) -> PyResult {
    let class = template_class(thread, "Interpolation")?;
    let &[value, text, ref spec @ ..] = parts else {
        return Err(thread.system_error("interpolation without a value"));
    };
    let conversion = match conversion {
        1 => Str::new("s"),
        2 => Str::new("r"),
        3 => Str::new("a"),
        _ => Ref::NONE,
    };
    let spec = spec.first().map_or_else(Str::empty, |s| s.to_ref());
    thread.call(*class, &[value, text, *conversion, *spec])
}
