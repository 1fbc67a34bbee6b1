//! `typing.Generic`: the base of generic classes. What it does is written in `typing`.

use super::*;
use crate::call::Args;
use crate::types::registry::{OBJECT, ready};
use crate::types::{NativeFn, TypeFlags, TypeSpec, method};

/// Calls a function of `typing` with the class in front of the arguments.
fn forward(thread: &Thread, function: &str, class: Value, arguments: &Args) -> PyResult {
    let module = import_module(thread, "typing")?;
    let function = attributes::get(thread, *module, str::intern_text(function))?;
    arguments.with_first(class, |all| thread.call_args(*function, all))
}

pub static GENERIC: Type = Type::new_static(&TypeSpec {
    name: "typing.Generic",
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::BASETYPE),
    methods: &[
        method(
            "__class_getitem__",
            "?",
            NativeFn::Raw(|t, class, a| forward(t, "_generic_class_getitem", class, a)),
            DOC_CLASS_GETITEM,
        )
        .class(),
        method(
            "__init_subclass__",
            "?",
            NativeFn::Raw(|t, class, a| forward(t, "_generic_init_subclass", class, a)),
            "Function to initialize subclasses.",
        )
        .class(),
    ],
    doc: DOC,
    ..TypeSpec::EMPTY
});

/// Readies the type; instances are made as any object is.
pub fn ready_generic() {
    ready(&GENERIC);
    GENERIC.slots.with(|slots| slots.new = OBJECT.slots().new);
    GENERIC.set_flags(GENERIC.flags() - TypeFlags::NO_INSTANTIATION);
}

/// `Generic[parameters]`, as the class syntax makes it.
pub fn subscript(thread: &Thread, parameters: Value) -> PyResult {
    ready_generic();
    forward(
        thread,
        "_generic_class_getitem",
        Value::of(&GENERIC),
        &Args::positional_only(&[*unpack_all(thread, parameters)?]),
    )
}

/// The parameters, type variable tuples among them unpacked.
pub(super) fn unpack_all(thread: &Thread, parameters: Value) -> PyResult {
    use crate::objects::tuple::Tuple;
    let items = parameters.cast::<Tuple>().map_or(&[][..], |t| t.items());
    if !items.iter().any(|p| p.is_exact(&TYPE_VAR_TUPLE)) {
        return Ok(parameters.to_ref());
    }
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        all.push(match item.is_exact(&TYPE_VAR_TUPLE) {
            true => type_var_tuple::unpacked(thread, *item)?,
            false => item.to_ref(),
        });
    }
    Ok(Tuple::from_refs(all))
}

const DOC: &str = "Abstract base class for generic types.\n\nOn Python 3.12 and newer, generic classes implicitly inherit from\nGeneric when they declare a parameter list after the class's name::\n\n    class Mapping[KT, VT]:\n        def __getitem__(self, key: KT) -> VT:\n            ...\n        # Etc.\n\nOn older versions of Python, however, generic classes have to\nexplicitly inherit from Generic.\n\nAfter a class has been declared to be generic, it can then be used as\nfollows::\n\n    def lookup_name[KT, VT](mapping: Mapping[KT, VT], key: KT, default: VT) -> VT:\n        try:\n            return mapping[key]\n        except KeyError:\n            return default\n";
const DOC_CLASS_GETITEM: &str = "Parameterizes a generic class.\n\nAt least, parameterizing a generic class is the *main* thing this\nmethod does.  For example, for some generic class `Foo`, this is\ncalled when we do `Foo[int]` - there, with `cls=Foo` and\n`params=int`.\n\nHowever, note that this method is also called when defining generic\nclasses in the first place with `class Foo[T]: ...`.\n";
