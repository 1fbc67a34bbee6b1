//! `None`, `Ellipsis`, `NotImplemented`: values in the word; here are their types.

use crate::call::Args;
use crate::error::PyResult;
use crate::objects::str::Str;
use crate::thread::Thread;
use crate::types::{CompareOp, MethodDef, NativeFn, Slots, Type, TypeSpec, method};
use crate::value::{Ref, Value};

/// `hash(None)`, the same in every process.
const NONE_HASH: i64 = 0xfca8_6420;

/// `__new__` of a singleton's type: gives the singleton.
fn only(thread: &Thread, name: &str, arguments: &Args, singleton: Value) -> PyResult {
    if arguments.count() > 0 || arguments.has_keywords() {
        return Err(thread.type_error(format!("{name} takes no arguments")));
    }
    Ok(Ref::immediate(singleton))
}

fn none_new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    only(thread, "NoneType", arguments, Value::NONE)
}

/// Equality of None with itself; anything else is for the other operand to say.
fn none_compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq if a.is(b) => Ok(Ref::bool(true)),
        CompareOp::Ne if a.is(b) => Ok(Ref::bool(false)),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

pub static NONE_TYPE: Type = Type::new_static(&TypeSpec {
    name: "NoneType",
    slots: Slots {
        new: Some(none_new),
        repr: Some(|_, _| Ok(Str::new("None"))),
        hash: Some(|_, _| Ok(NONE_HASH)),
        compare: Some(none_compare),
        bool: Some(|_, _| Ok(false)),
        ..Slots::EMPTY
    },
    signature: "()",
    doc: "The type of the None singleton.",
    ..TypeSpec::EMPTY
});

fn ellipsis_new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    only(thread, "EllipsisType", arguments, Value::ELLIPSIS)
}

/// The row of `__reduce__`: the singleton's name in `builtins`.
const fn reduce(function: fn(&Thread, Value) -> PyResult) -> MethodDef {
    method("__reduce__", "($self, /)", NativeFn::NoArgs(function), "")
}

pub static ELLIPSIS_TYPE: Type = Type::new_static(&TypeSpec {
    name: "ellipsis",
    slots: Slots { new: Some(ellipsis_new), repr: Some(|_, _| Ok(Str::new("Ellipsis"))), ..Slots::EMPTY },
    methods: &[reduce(|_, _| Ok(Str::new("Ellipsis")))],
    signature: "()",
    doc: "The type of the Ellipsis singleton.",
    ..TypeSpec::EMPTY
});

fn not_implemented_new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    only(thread, "NotImplementedType", arguments, Value::NOT_IMPLEMENTED)
}

fn not_implemented_bool(thread: &Thread, _: Value) -> PyResult<bool> {
    Err(thread.type_error("NotImplemented should not be used in a boolean context"))
}

pub static NOT_IMPLEMENTED_TYPE: Type = Type::new_static(&TypeSpec {
    name: "NotImplementedType",
    slots: Slots {
        new: Some(not_implemented_new),
        repr: Some(|_, _| Ok(Str::new("NotImplemented"))),
        bool: Some(not_implemented_bool),
        ..Slots::EMPTY
    },
    methods: &[reduce(|_, _| Ok(Str::new("NotImplemented")))],
    signature: "()",
    doc: "The type of the NotImplemented singleton.",
    ..TypeSpec::EMPTY
});
