//! Intrinsic functions of the bytecode, functions and their attributes, templates.

use crate::imports;
use ir::opcode::{Intrinsic1, Intrinsic2};
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::objects::function::Function;
use runtime::objects::list::List;
use runtime::objects::str::Str;
use runtime::objects::template::{new_interpolation, new_template};
use runtime::objects::tuple::Tuple;
use runtime::objects::{async_generator, exceptions, generator, type_parameters};
use runtime::state::STATE;
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
        Some(Intrinsic1::TypeVar) => Ok(type_parameters::new_type_var(v)),
        Some(Intrinsic1::ParamSpec) => Ok(type_parameters::new_param_spec(v)),
        Some(Intrinsic1::TypeVarTuple) => Ok(type_parameters::new_type_var_tuple(v)),
        Some(Intrinsic1::SubscriptGeneric) => type_parameters::generic::subscript(thread, v),
        Some(Intrinsic1::TypeAlias) => match v.cast::<Tuple>().map(|t| t.items()) {
            Some(&[name, type_params, evaluate]) => {
                Ok(type_parameters::alias::new_type_alias(name, type_params, evaluate))
            }
            _ => Err(thread.system_error("a type alias without its parts")),
        },
        Some(Intrinsic1::Invalid) | None => Err(thread.system_error("unknown intrinsic function")),
    }
}

/// `CALL_INTRINSIC_2`
pub fn two(thread: &Thread, number: u32, a: Value, b: Value) -> PyResult {
    match Intrinsic2::from_number(number) {
        Some(Intrinsic2::PrepReraiseStar) => exceptions::prepare_reraise_star(thread, a, b),
        Some(Intrinsic2::TypeVarWithBound) => Ok(type_parameters::new_bound_type_var(a, b)),
        Some(Intrinsic2::TypeVarWithConstraints) => Ok(type_parameters::new_constrained_type_var(a, b)),
        Some(Intrinsic2::SetFunctionTypeParams) => {
            if let Some(function) = a.cast::<Function>() {
                function.type_params.set(b.to_ref());
            }
            Ok(a.to_ref())
        }
        Some(Intrinsic2::SetTypeParamDefault) => {
            type_parameters::set_default(a, b);
            Ok(a.to_ref())
        }
        Some(Intrinsic2::Invalid) | None => Err(thread.system_error("unknown intrinsic function")),
    }
}

/// A Template of strings with interpolations between them.
pub fn template(thread: &Thread, strings: Value, interpolations: Value) -> PyResult {
    if strings.cast::<Tuple>().is_none() || interpolations.cast::<Tuple>().is_none() {
        return Err(thread.system_error("a template of what are no tuples"));
    }
    Ok(new_template(strings.to_ref(), interpolations.to_ref()))
}

/// An Interpolation of a value, its text, a conversion and a format spec.
pub fn interpolation(thread: &Thread, parts: &[Value], conversion: u32) -> PyResult {
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
    Ok(new_interpolation(value.to_ref(), text.to_ref(), conversion, spec))
}
