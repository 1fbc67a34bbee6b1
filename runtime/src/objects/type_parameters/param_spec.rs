//! `typing.ParamSpec` and its `args` and `kwargs`.

use super::*;
use crate::call::Args;
use crate::object::new_object;
use crate::protocol;
use crate::text_builder::TextBuilder;
use crate::types::binding::Parameters;
use crate::types::{CompareOp, MethodDef, NativeFn, TypeFlags, TypeSpec, getset, method};

static PARAMETERS: Parameters = Parameters::new(
    "paramspec",
    "(name, *, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)",
);

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |given| {
        let &[name, bound, default, covariant, contravariant, inferred] = given else {
            return Ok(Ref::NONE);
        };
        if name.cast::<str::Str>().is_none() {
            let message = format!("paramspec() argument 'name' must be str, not {}", name.ty().name());
            return Err(thread.type_error(message));
        }
        let variance = Variance::parse(thread, covariant, contravariant, inferred)?;
        let bound = checked_bound(thread, bound)?;
        let made = build(&PARAM_SPEC, name.to_ref(), given_default(default), variance);
        this(*made).bound.set(bound);
        set_module(thread, &made)?;
        Ok(made)
    })
}

pub static PARAM_SPEC: Type = Type::new_static(&TypeSpec {
    name: "typing.ParamSpec",
    size: size_of::<Parameter>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::WEAKREF).union(TypeFlags::ATTRIBUTES),
    slots: Slots { new: Some(new), or: Some(or), ..SLOTS },
    methods: &[
        method("__mro_entries__", "($self, object, /)", NativeFn::One(no_subclassing), ""),
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
        method(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            NativeFn::Bound(|t, v, a| typing(t, "_paramspec_prepare_subst", &[v, a[0], a[1]])),
            "",
        ),
        method(
            "__typing_subst__",
            "($self, arg, /)",
            NativeFn::One(|t, v, argument| typing(t, "_paramspec_subst", &[v, argument])),
            "",
        ),
        method("has_default", "($self, /)", NativeFn::NoArgs(has_default), ""),
    ],
    getsets: &[
        getset("__bound__", |_, v| Ok(this(v).bound.option().unwrap_or(Ref::NONE)), "").member(),
        getset("__contravariant__", |_, v| Ok(Ref::bool(this(v).variance.get().contravariant)), "").member(),
        getset("__covariant__", |_, v| Ok(Ref::bool(this(v).variance.get().covariant)), "").member(),
        getset("__default__", default, "The default value for this ParamSpec."),
        getset("__infer_variance__", |_, v| Ok(Ref::bool(this(v).variance.get().inferred)), "").member(),
        getset("__name__", name, "").member(),
        getset("args", |_, v| Ok(new_half(&PARAM_SPEC_ARGS, v)), "Represents positional arguments."),
        getset("evaluate_default", evaluate_default, ""),
        getset("kwargs", |_, v| Ok(new_half(&PARAM_SPEC_KWARGS, v)), "Represents keyword arguments."),
    ],
    doc: DOC,
    ..TypeSpec::EMPTY
});

/// `P.args` or `P.kwargs`
#[repr(C)]
struct Half {
    header: Header,
    origin: Slot,
}

crate::object!(Half, PARAM_SPEC_ARGS);

/// The struct behind a value of one of the two types.
fn half(v: Value) -> Option<&'static Half> {
    let is_half = v.is_exact(&PARAM_SPEC_ARGS) || v.is_exact(&PARAM_SPEC_KWARGS);
    // SAFETY: both types have this layout and no subtypes.
    is_half.then(|| unsafe { &*(v.header_unchecked() as *const Half) })
}

fn new_half(ty: &'static Type, origin: Value) -> Ref {
    new_object(ty, |header| Half { header, origin: Slot::new(origin.to_ref()) })
}

fn origin_of(v: Value) -> Ref {
    half(v).map_or(Ref::NONE, |h| h.origin.get())
}

fn half_traverse(v: Value, visit: Visit) {
    if let Some(origin) = half(v).map(|h| h.origin.peek()).filter(|o| o.is_pointer()) {
        visit(origin);
    }
}

fn half_repr(thread: &Thread, v: Value) -> PyResult {
    let origin = origin_of(v);
    let mut text = TextBuilder::default();
    match cast(*origin) {
        Some(p) => text.push_value(p.name.peek()),
        None => text.push_repr(thread, *origin)?,
    };
    Ok(text.push(if v.is_exact(&PARAM_SPEC_KWARGS) { ".kwargs" } else { ".args" }).finish())
}

fn half_compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !std::ptr::eq(a.ty(), b.ty()) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    protocol::compare(thread, *origin_of(a), *origin_of(b), op)
}

const HALF_SLOTS: Slots = Slots {
    drop: drop_object::<Half>,
    traverse: Some(half_traverse),
    clear: Some(|v| drop(half(v).map(|h| h.origin.take()))),
    repr: Some(half_repr),
    compare: Some(half_compare),
    ..Slots::EMPTY
};

const HALF_METHODS: &[MethodDef] =
    &[method("__mro_entries__", "($self, object, /)", NativeFn::One(no_subclassing), "")];

const HALF_GETSETS: &[crate::types::GetSetDef] =
    &[getset("__origin__", |_, v| Ok(origin_of(v)), "").member()];

static ARGS_PARAMETERS: Parameters = Parameters::new("paramspecargs", "(origin)");
static KWARGS_PARAMETERS: Parameters = Parameters::new("paramspeckwargs", "(origin)");

pub static PARAM_SPEC_ARGS: Type = Type::new_static(&TypeSpec {
    name: "typing.ParamSpecArgs",
    size: size_of::<Half>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(|thread, ty, arguments| {
            ARGS_PARAMETERS.bind(thread, arguments, |a| Ok(new_half(ty, a[0])))
        }),
        ..HALF_SLOTS
    },
    methods: HALF_METHODS,
    getsets: HALF_GETSETS,
    doc: DOC_ARGS,
    ..TypeSpec::EMPTY
});

pub static PARAM_SPEC_KWARGS: Type = Type::new_static(&TypeSpec {
    name: "typing.ParamSpecKwargs",
    size: size_of::<Half>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(|thread, ty, arguments| {
            KWARGS_PARAMETERS.bind(thread, arguments, |a| Ok(new_half(ty, a[0])))
        }),
        ..HALF_SLOTS
    },
    methods: HALF_METHODS,
    getsets: HALF_GETSETS,
    doc: DOC_KWARGS,
    ..TypeSpec::EMPTY
});

const DOC: &str = "Parameter specification variable.\n\nThe preferred way to construct a parameter specification is via the\ndedicated syntax for generic functions, classes, and type aliases,\nwhere the use of '**' creates a parameter specification::\n\n    type IntFunc[**P] = Callable[P, int]\n\nThe following syntax creates a parameter specification that defaults\nto a callable accepting two positional-only arguments of types int\nand str:\n\n    type IntFuncDefault[**P = [int, str]] = Callable[P, int]\n\nFor compatibility with Python 3.11 and earlier, ParamSpec objects\ncan also be created as follows::\n\n    P = ParamSpec('P')\n    DefaultP = ParamSpec('DefaultP', default=[int, str])\n\nParameter specification variables exist primarily for the benefit of\nstatic type checkers.  They are used to forward the parameter types of\none callable to another callable, a pattern commonly found in\nhigher-order functions and decorators.  They are only valid when used\nin ``Concatenate``, or as the first argument to ``Callable``, or as\nparameters for user-defined Generics. See class Generic for more\ninformation on generic types.\n\nAn example for annotating a decorator::\n\n    def add_logging[**P, T](f: Callable[P, T]) -> Callable[P, T]:\n        '''A type-safe decorator to add logging to a function.'''\n        def inner(*args: P.args, **kwargs: P.kwargs) -> T:\n            logging.info(f'{f.__name__} was called')\n            return f(*args, **kwargs)\n        return inner\n\n    @add_logging\n    def add_two(x: float, y: float) -> float:\n        '''Add two numbers together.'''\n        return x + y\n\nParameter specification variables can be introspected. e.g.::\n\n    >>> P = ParamSpec(\"P\")\n    >>> P.__name__\n    'P'\n\nNote that only parameter specification variables defined in the global\nscope can be pickled.\n";
const DOC_ARGS: &str = "The args for a ParamSpec object.\n\nGiven a ParamSpec object P, P.args is an instance of ParamSpecArgs.\n\nParamSpecArgs objects have a reference back to their ParamSpec::\n\n    >>> P = ParamSpec(\"P\")\n    >>> P.args.__origin__ is P\n    True\n\nThis type is meant for runtime introspection and has no special meaning\nto static type checkers.\n";
const DOC_KWARGS: &str = "The kwargs for a ParamSpec object.\n\nGiven a ParamSpec object P, P.kwargs is an instance of ParamSpecKwargs.\n\nParamSpecKwargs objects have a reference back to their ParamSpec::\n\n    >>> P = ParamSpec(\"P\")\n    >>> P.kwargs.__origin__ is P\n    True\n\nThis type is meant for runtime introspection and has no special meaning\nto static type checkers.\n";
