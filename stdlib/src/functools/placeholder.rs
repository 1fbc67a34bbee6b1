//! `Placeholder`: stands in a partial for an argument to come.

use runtime::objects::str::Str;
use runtime::{
    Args, GilCell, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeSpec, Value, method, new_exact,
};

#[repr(C)]
pub struct Placeholder {
    pub header: Header,
}

runtime::object!(Placeholder, PLACEHOLDER_TYPE);

pub static PLACEHOLDER_TYPE: Type = Type::new_static(&TypeSpec {
    name: "functools._PlaceholderType",
    size: size_of::<Placeholder>(),
    slots: Slots { new: Some(new), repr: Some(|_, _| Ok(Str::new("Placeholder"))), ..Slots::EMPTY },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(|_, _| Ok(Str::new("Placeholder"))), "")],
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    ..TypeSpec::EMPTY
});

static PLACEHOLDER: GilCell<Option<Ref>> = GilCell::new(None);

/// The one placeholder.
pub fn placeholder() -> Ref {
    if let Some(only) = PLACEHOLDER.with(|only| only.clone()) {
        return only;
    }
    let only = new_exact(|header| Placeholder { header });
    drop(PLACEHOLDER.replace(Some(only.clone())));
    only
}

pub fn is_placeholder(v: Value) -> bool {
    v.cast_exact::<Placeholder>().is_some()
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    if !arguments.all_values().is_empty() {
        return Err(thread.type_error("PlaceholderType takes no arguments"));
    }
    Ok(placeholder())
}
