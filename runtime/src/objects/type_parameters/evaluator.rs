//! `typing.NoDefault`, and the functions that stand for parts of type parameters given as values.

use crate::cell::{GilCell, Slot};
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::generic_alias::type_text;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::{clear_slots, traverse_slots};
use crate::text_builder::TextBuilder;
use crate::types::binding::no_keywords;
use crate::types::{NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use crate::{call::Args, thread::Thread};

#[repr(C)]
struct NoDefault {
    header: Header,
}

crate::object!(NoDefault, NO_DEFAULT_TYPE);

static NO_DEFAULT: GilCell<Option<Ref>> = GilCell::new(None);

/// `typing.NoDefault`
pub fn no_default() -> Ref {
    if let Some(made) = NO_DEFAULT.with(|d| d.clone()) {
        return made;
    }
    let made = new_exact(|header| NoDefault { header });
    NO_DEFAULT.replace(Some(made.clone()));
    made
}

pub static NO_DEFAULT_TYPE: Type = Type::new_static(&TypeSpec {
    name: "NoDefaultType",
    size: size_of::<NoDefault>(),
    flags: TypeFlags::IMMUTABLE,
    slots: Slots {
        new: Some(|thread, _, arguments| {
            if !arguments.all_values().is_empty() {
                return Err(thread.type_error("NoDefaultType takes no arguments"));
            }
            Ok(no_default())
        }),
        drop: drop_object::<NoDefault>,
        repr: Some(|_, _| Ok(Str::new("typing.NoDefault"))),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(|_, _| Ok(Str::new("NoDefault"))), "")],
    doc: "The type of the NoDefault singleton.",
    ..TypeSpec::EMPTY
});

/// Gives a value in the format asked for.
#[repr(C)]
struct ConstEvaluator {
    header: Header,
    value: Slot,
}

crate::object!(ConstEvaluator, CONST_EVALUATOR);
crate::slot_fields!(ConstEvaluator, value);

/// `annotationlib.Format.STRING`
const STRING_FORMAT: i32 = 4;

pub fn new_evaluator(value: Ref) -> Ref {
    new_exact(|header| ConstEvaluator { header, value: Slot::new(value) })
}

fn value_of(v: Value) -> Ref {
    v.cast::<ConstEvaluator>().map_or(Ref::NONE, |e| e.value.get())
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "constevaluator.__call__", arguments)?;
    if arguments.count() != 1 {
        let message =
            format!("constevaluator.__call__() takes exactly 1 argument ({} given)", arguments.count());
        return Err(thread.type_error(message));
    }
    let format = protocol::c_int(thread, arguments.positional()[0])?;
    let value = value_of(v);
    if format != STRING_FORMAT {
        return Ok(value);
    }
    let Some(tuple) = value.cast::<Tuple>() else { return Ok(Str::new(&type_text(thread, *value)?)) };
    let mut text = String::from("(");
    for (i, item) in tuple.items().iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(&type_text(thread, *item)?);
    }
    text.push_str(if tuple.len() == 1 { ",)" } else { ")" });
    Ok(Str::new(&text))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let mut text = TextBuilder::new("<constevaluator ");
    Ok(text.push_repr(thread, *value_of(v))?.push(">").finish())
}

pub static CONST_EVALUATOR: Type = Type::new_static(&TypeSpec {
    name: "_typing._ConstEvaluator",
    size: size_of::<ConstEvaluator>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<ConstEvaluator>,
        traverse: Some(traverse_slots::<ConstEvaluator>),
        clear: Some(clear_slots::<ConstEvaluator>),
        repr: Some(repr),
        call: Some(call),
        ..Slots::EMPTY
    },
    doc: "Internal type for implementing evaluation functions.",
    ..TypeSpec::EMPTY
});
