//! `typing.TypeVarTuple`

use super::*;
use crate::call::Args;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::types::binding::Parameters;
use crate::types::{NativeFn, TypeFlags, TypeSpec, getset, method};

static PARAMETERS: Parameters = Parameters::new("typevartuple", "(name, *, default=NoDefault)");

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    PARAMETERS.bind(thread, arguments, |given| {
        let &[name, default] = given else { return Ok(Ref::NONE) };
        if name.cast::<str::Str>().is_none() {
            let message = format!("typevartuple() argument 'name' must be str, not {}", name.ty().name());
            return Err(thread.type_error(message));
        }
        let made = build(&TYPE_VAR_TUPLE, name.to_ref(), given_default(default), Variance::INFERRED);
        set_module(thread, &made)?;
        Ok(made)
    })
}

/// `typing.Unpack[v]`
pub(super) fn unpacked(thread: &Thread, v: Value) -> PyResult {
    let module = import_module(thread, "typing")?;
    let unpack = attributes::get(thread, *module, str::intern_text("Unpack"))?;
    protocol::get_item(thread, *unpack, v)
}

/// An iterator over the unpacked form alone.
pub(super) fn iterate(thread: &Thread, v: Value) -> PyResult {
    let only = Tuple::from_refs(vec![unpacked(thread, v)?]);
    protocol::iter(thread, *only)
}

fn subst(thread: &Thread, _: Value, _: Value) -> PyResult {
    Err(thread.type_error("Substitution of bare TypeVarTuple is not supported"))
}

pub static TYPE_VAR_TUPLE: Type = Type::new_static(&TypeSpec {
    name: "typing.TypeVarTuple",
    size: size_of::<Parameter>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::WEAKREF).union(TypeFlags::ATTRIBUTES),
    slots: Slots { new: Some(new), iter: Some(iterate), ..SLOTS },
    methods: &[
        method("__mro_entries__", "($self, object, /)", NativeFn::One(no_subclassing), ""),
        method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
        method(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            NativeFn::Bound(|t, v, a| typing(t, "_typevartuple_prepare_subst", &[v, a[0], a[1]])),
            "",
        ),
        method("__typing_subst__", "($self, arg, /)", NativeFn::One(subst), ""),
        method("has_default", "($self, /)", NativeFn::NoArgs(has_default), ""),
    ],
    getsets: &[
        getset("__default__", default, "The default value for this TypeVarTuple."),
        getset("__name__", name, "").member(),
        getset("evaluate_default", evaluate_default, ""),
    ],
    doc: DOC,
    ..TypeSpec::EMPTY
});

const DOC: &str = "Type variable tuple. A specialized form of type variable that enables\nvariadic generics.\n\nThe preferred way to construct a type variable tuple is via the\ndedicated syntax for generic functions, classes, and type aliases,\nwhere a single '*' indicates a type variable tuple::\n\n    def move_first_element_to_last[T, *Ts](tup: tuple[T, *Ts]) -> tuple[*Ts, T]:\n        return (*tup[1:], tup[0])\n\nType variables tuples can have default values:\n\n    type AliasWithDefault[*Ts = (str, int)] = tuple[*Ts]\n\nFor compatibility with Python 3.11 and earlier, TypeVarTuple objects\ncan also be created as follows::\n\n    Ts = TypeVarTuple('Ts')  # Can be given any name\n    DefaultTs = TypeVarTuple('Ts', default=(str, int))\n\nJust as a TypeVar (type variable) is a placeholder for a single type,\na TypeVarTuple is a placeholder for an *arbitrary* number of types. For\nexample, if we define a generic class using a TypeVarTuple::\n\n    class C[*Ts]: ...\n\nThen we can parameterize that class with an arbitrary number of type\narguments::\n\n    C[int]       # Fine\n    C[int, str]  # Also fine\n    C[()]        # Even this is fine\n\nFor more details, see PEP 646.\n\nNote that only TypeVarTuples defined in the global scope can be\npickled.\n";
