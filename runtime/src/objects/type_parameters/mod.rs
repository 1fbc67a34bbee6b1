//! Type parameters: `typing.TypeVar`, `ParamSpec` and `TypeVarTuple`, one struct for all three, with bounds, constraints and
//! defaults that may be computed when first asked for. What has to do with substitution is the Python module `typing`'s.

pub mod alias;
pub mod evaluator;
pub mod generic;
mod param_spec;
mod type_var;
mod type_var_tuple;

pub use alias::TYPE_ALIAS;
pub use evaluator::{CONST_EVALUATOR, NO_DEFAULT_TYPE, no_default};
pub use generic::GENERIC;
pub use param_spec::{PARAM_SPEC, PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS};
pub use type_var::TYPE_VAR;
pub use type_var_tuple::TYPE_VAR_TUPLE;

use crate::attributes;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object};
use crate::objects::dict::Dict;
use crate::objects::frame;
use crate::objects::str;
use crate::objects::union;
use crate::state::import_module;
use crate::thread::Thread;
use crate::types::slots::Visit;
use crate::types::{Slots, Type};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A type parameter. A part and its evaluator: at most one is there at first; a computed part is kept.
#[repr(C)]
pub struct Parameter {
    header: Header,
    name: Slot,
    bound: Slot,
    evaluate_bound: Slot,
    constraints: Slot,
    evaluate_constraints: Slot,
    /// `NoDefault` where a constructor was given none, NULL where the syntax has none.
    default: Slot,
    evaluate_default: Slot,
    variance: Cell<Variance>,
}

/// How subtyping carries over, as far as it was said.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Variance {
    covariant: bool,
    contravariant: bool,
    inferred: bool,
}

impl Variance {
    const INFERRED: Variance = Variance { covariant: false, contravariant: false, inferred: true };

    fn parse(thread: &Thread, covariant: Value, contravariant: Value, inferred: Value) -> PyResult<Variance> {
        let is_true = |v: Value| if v.is_null() { Ok(false) } else { crate::protocol::is_true(thread, v) };
        let variance = Variance {
            covariant: is_true(covariant)?,
            contravariant: is_true(contravariant)?,
            inferred: is_true(inferred)?,
        };
        if variance.covariant && variance.contravariant {
            return Err(thread.value_error("Bivariant types are not supported."));
        }
        if variance.inferred && (variance.covariant || variance.contravariant) {
            return Err(thread.value_error("Variance cannot be specified with infer_variance."));
        }
        Ok(variance)
    }
    fn sign(self) -> &'static str {
        match self {
            Variance { inferred: true, .. } => "",
            Variance { covariant: true, .. } => "+",
            Variance { contravariant: true, .. } => "-",
            _ => "~",
        }
    }
}

/// The struct behind a value of one of the three types.
pub fn cast(v: Value) -> Option<&'static Parameter> {
    let is_parameter = v.is_exact(&TYPE_VAR) || v.is_exact(&PARAM_SPEC) || v.is_exact(&TYPE_VAR_TUPLE);
    // SAFETY: the three types have this layout and no subtypes.
    is_parameter.then(|| unsafe { &*(v.header_unchecked() as *const Parameter) })
}

fn this(v: Value) -> &'static Parameter {
    cast(v).expect("slots and rows of exact types are called on their instances only")
}

fn build(ty: &'static Type, name: Ref, default: Ref, variance: Variance) -> Ref {
    crate::heap::allocate(ty, size_of::<Parameter>(), 0, |header| {
        Shell(Parameter {
            header,
            name: Slot::new(name),
            bound: Slot::null(),
            evaluate_bound: Slot::null(),
            constraints: Slot::null(),
            evaluate_constraints: Slot::null(),
            default: Slot::new(default),
            evaluate_default: Slot::null(),
            variance: Cell::new(variance),
        })
    })
}

/// For allocation, which wants one type object per struct.
#[repr(transparent)]
struct Shell(Parameter);

crate::object!(Shell, TYPE_VAR);

fn slots_of(p: &Parameter) -> [&Slot; 7] {
    [
        &p.name,
        &p.bound,
        &p.evaluate_bound,
        &p.constraints,
        &p.evaluate_constraints,
        &p.default,
        &p.evaluate_default,
    ]
}

fn traverse(v: Value, visit: Visit) {
    for slot in slots_of(this(v)) {
        if slot.peek().is_pointer() {
            visit(slot.peek());
        }
    }
}

fn clear(v: Value) {
    let old: Vec<Ref> = slots_of(this(v)).into_iter().map(|slot| slot.take()).collect();
    drop(old);
}

/// The slots that the three types share.
const SLOTS: Slots = Slots {
    drop: drop_object::<Shell>,
    traverse: Some(traverse),
    clear: Some(clear),
    repr: Some(repr),
    ..Slots::EMPTY
};

fn repr(_: &Thread, v: Value) -> PyResult {
    let p = this(v);
    let mut text = crate::text_builder::TextBuilder::new(p.variance.get().sign());
    Ok(text.push_value(p.name.peek()).finish())
}

/// `X | Y` where one is a type variable.
fn or(thread: &Thread, a: Value, b: Value) -> PyResult {
    union::make(thread, &[a, b])
}

/// A part: as given, or computed now and kept; `absent` where there is none.
fn part(thread: &Thread, given: &Slot, evaluator: &Slot, absent: fn() -> Ref) -> PyResult {
    if let Some(given) = given.option() {
        return Ok(given);
    }
    let Some(evaluator) = evaluator.option() else { return Ok(absent()) };
    let value = thread.call(*evaluator, &[Value::small_int(1)])?;
    given.set(value.clone());
    Ok(value)
}

/// The function that computes a part: the lazy one, or one that gives what was given.
fn evaluator_of(given: &Slot, evaluator: &Slot) -> Ref {
    if let Some(evaluator) = evaluator.option() {
        return evaluator;
    }
    given.option().map_or(Ref::NONE, evaluator::new_evaluator)
}

fn default(thread: &Thread, v: Value) -> PyResult {
    part(thread, &this(v).default, &this(v).evaluate_default, no_default)
}

fn evaluate_default(_: &Thread, v: Value) -> PyResult {
    Ok(evaluator_of(&this(v).default, &this(v).evaluate_default))
}

fn has_default(_: &Thread, v: Value) -> PyResult {
    let p = this(v);
    let given = p.default.peek();
    let is_given = !given.is_null() && !given.is(*no_default());
    Ok(Ref::bool(is_given || !p.evaluate_default.is_null()))
}

/// `__reduce__`: found again by its name.
fn reduce(_: &Thread, v: Value) -> PyResult {
    Ok(this(v).name.get())
}

fn name(_: &Thread, v: Value) -> PyResult {
    Ok(this(v).name.get())
}

/// Calls a function of the module `typing`.
fn typing(thread: &Thread, function: &str, arguments: &[Value]) -> PyResult {
    let module = import_module(thread, "typing")?;
    let function = attributes::get(thread, *module, str::intern_text(function))?;
    thread.call(*function, arguments)
}

/// What a constructor's caller says is its module.
fn caller_module(thread: &Thread) -> Option<Ref> {
    let caller = frame::nth(thread, 0)?;
    let globals = caller.globals.peek();
    globals.cast::<Dict>()?.get_interned(names::get().__name__).map(|v| v.to_ref())
}

/// Sets `__module__` of a parameter that a constructor makes.
fn set_module(thread: &Thread, parameter: &Ref) -> PyResult<()> {
    match caller_module(thread) {
        Some(module) => attributes::generic_set(thread, **parameter, names::get().__module__, *module),
        None => Ok(()),
    }
}

/// A bound that a constructor was given, checked by `typing`.
fn checked_bound(thread: &Thread, bound: Value) -> PyResult<Ref> {
    if bound.is_null() || bound.is_none() {
        return Ok(Ref::NULL);
    }
    let message = crate::objects::str::Str::new("Bound must be a type.");
    typing(thread, "_type_check", &[bound, *message])
}

/// A default that a constructor was given.
fn given_default(default: Value) -> Ref {
    if default.is_null() { no_default() } else { default.to_ref() }
}

// What the type parameter syntax makes.

/// `[T]`
pub fn new_type_var(name: Value) -> Ref {
    build(&TYPE_VAR, name.to_ref(), Ref::NULL, Variance::INFERRED)
}

/// `[T: bound]`
pub fn new_bound_type_var(name: Value, evaluate_bound: Value) -> Ref {
    let made = new_type_var(name);
    this(*made).evaluate_bound.set(evaluate_bound.to_ref());
    made
}

/// `[T: (a, b)]`
pub fn new_constrained_type_var(name: Value, evaluate_constraints: Value) -> Ref {
    let made = new_type_var(name);
    this(*made).evaluate_constraints.set(evaluate_constraints.to_ref());
    made
}

/// `[**P]`
pub fn new_param_spec(name: Value) -> Ref {
    build(&PARAM_SPEC, name.to_ref(), Ref::NULL, Variance::INFERRED)
}

/// `[*Ts]`
pub fn new_type_var_tuple(name: Value) -> Ref {
    build(&TYPE_VAR_TUPLE, name.to_ref(), Ref::NULL, Variance::INFERRED)
}

/// `[T = default]`
pub fn set_default(parameter: Value, evaluate_default: Value) {
    if let Some(p) = cast(parameter) {
        p.evaluate_default.set(evaluate_default.to_ref());
    }
}

/// The text "Cannot subclass an instance of X", raised by `__mro_entries__`.
fn no_subclassing(thread: &Thread, v: Value, _: Value) -> PyResult {
    Err(thread.type_error(format!("Cannot subclass an instance of {}", v.ty().short_name())))
}
