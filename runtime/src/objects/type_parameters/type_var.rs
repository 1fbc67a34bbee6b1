//! `typing.TypeVar`

use super::*;
use crate::call::Args;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::text_builder::TextBuilder;
use crate::types::binding::Parameters;
use crate::types::{NativeFn, TypeFlags, TypeSpec, getset, method};

static PARAMETERS: Parameters = Parameters::new(
    "typevar",
    "(name, *constraints, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)",
);

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |given| {
        let &[name, constraints, bound, default, covariant, contravariant, inferred] = given else {
            return Ok(Ref::NONE);
        };
        if name.cast::<str::Str>().is_none() {
            let message = format!("typevar() argument 'name' must be str, not {}", name.ty().name());
            return Err(thread.type_error(message));
        }
        let variance = Variance::parse(thread, covariant, contravariant, inferred)?;
        let bound = checked_bound(thread, bound)?;
        let count = constraints.cast::<Tuple>().map_or(0, |t| t.len());
        if count == 1 {
            return Err(thread.type_error("A single constraint is not allowed"));
        }
        if count > 0 && !bound.is_null() {
            return Err(thread.type_error("Constraints cannot be combined with bound=..."));
        }
        let made = build(&TYPE_VAR, name.to_ref(), given_default(default), variance);
        this(*made).bound.set(bound);
        if count > 0 {
            this(*made).constraints.set(constraints.to_ref());
        }
        set_module(thread, &made)?;
        Ok(made)
    })
}

fn subst(thread: &Thread, v: Value, argument: Value) -> PyResult {
    typing(thread, "_typevar_subst", &[v, argument])
}

/// Fills in the default if the arguments end just before this parameter.
fn prepare_subst(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let [alias, given] = *arguments else { return Ok(Ref::NONE) };
    let parameters = attributes::get(thread, alias, names::get().__parameters__)?;
    let Some(given_items) = given.cast::<Tuple>().map(|t| t.items()) else { return Ok(given.to_ref()) };
    let position = parameters.cast::<Tuple>().and_then(|t| t.items().iter().position(|p| p.is(v)));
    match position {
        Some(i) if i < given_items.len() => Ok(given.to_ref()),
        Some(i) if i == given_items.len() => {
            let default = default(thread, v)?;
            if default.is(*no_default()) {
                return Err(too_few(thread, alias)?);
            }
            let mut all = given_items.to_vec();
            all.push(*default);
            Ok(Tuple::from_values(&all))
        }
        _ => Err(too_few(thread, alias)?),
    }
}

fn too_few(thread: &Thread, alias: Value) -> PyResult<crate::error::Raised> {
    let mut text = TextBuilder::new("Too few arguments for ");
    text.push_value(*protocol::str(thread, alias)?);
    Ok(thread.error_value(&crate::objects::exceptions::TYPE_ERROR, *text.finish()))
}

pub static TYPE_VAR: Type = Type::new_static(&TypeSpec {
    name: "typing.TypeVar",
    size: size_of::<Parameter>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::WEAKREF).union(TypeFlags::ATTRIBUTES),
    slots: Slots { new: Some(new), or: Some(or), ..SLOTS },
    methods: &[
        method("__mro_entries__", "($self, object, /)", NativeFn::One(no_subclassing), ""),
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
        method("__typing_prepare_subst__", "($self, alias, args, /)", NativeFn::Bound(prepare_subst), ""),
        method("__typing_subst__", "($self, arg, /)", NativeFn::One(subst), ""),
        method("has_default", "($self, /)", NativeFn::NoArgs(has_default), ""),
    ],
    getsets: &[
        getset("__bound__", |t, v| part(t, &this(v).bound, &this(v).evaluate_bound, || Ref::NONE), ""),
        getset(
            "__constraints__",
            |t, v| part(t, &this(v).constraints, &this(v).evaluate_constraints, Tuple::empty),
            "",
        ),
        getset("__contravariant__", |_, v| Ok(Ref::bool(this(v).variance.get().contravariant)), "").member(),
        getset("__covariant__", |_, v| Ok(Ref::bool(this(v).variance.get().covariant)), "").member(),
        getset("__default__", default, ""),
        getset("__infer_variance__", |_, v| Ok(Ref::bool(this(v).variance.get().inferred)), "").member(),
        getset("__name__", name, "").member(),
        getset("evaluate_bound", |_, v| Ok(evaluator_of(&this(v).bound, &this(v).evaluate_bound)), ""),
        getset(
            "evaluate_constraints",
            |_, v| Ok(evaluator_of(&this(v).constraints, &this(v).evaluate_constraints)),
            "",
        ),
        getset("evaluate_default", evaluate_default, ""),
    ],
    doc: DOC,
    ..TypeSpec::EMPTY
});

const DOC: &str = "Type variable.\n\nThe preferred way to construct a type variable is via the dedicated\nsyntax for generic functions, classes, and type aliases::\n\n    class Sequence[T]:  # T is a TypeVar\n        ...\n\nThis syntax can also be used to create bound and constrained type\nvariables::\n\n    # S is a TypeVar bound to str\n    class StrSequence[S: str]:\n        ...\n\n    # A is a TypeVar constrained to str or bytes\n    class StrOrBytesSequence[A: (str, bytes)]:\n        ...\n\nType variables can also have defaults:\n\n    class IntDefault[T = int]:\n        ...\n\nHowever, if desired, reusable type variables can also be constructed\nmanually, like so::\n\n   T = TypeVar('T')  # Can be anything\n   S = TypeVar('S', bound=str)  # Can be any subtype of str\n   A = TypeVar('A', str, bytes)  # Must be exactly str or bytes\n   D = TypeVar('D', default=int)  # Defaults to int\n\nType variables exist primarily for the benefit of static type\ncheckers.  They serve as the parameters for generic types as well\nas for generic function and type alias definitions.\n\nThe variance of type variables is inferred by type checkers when they\nare created through the type parameter syntax and when\n``infer_variance=True`` is passed. Manually created type variables may\nbe explicitly marked covariant or contravariant by passing\n``covariant=True`` or ``contravariant=True``. By default, manually\ncreated type variables are invariant. See PEP 484 and PEP 695 for more\ndetails.\n";
