//! `weakref.ProxyType` and `weakref.CallableProxyType`: every operation goes to the object, while it lives.

use crate::attributes;
use crate::call::Args;
use crate::error::PyResult;
use crate::names;
use crate::objects::exceptions::REFERENCE_ERROR;
use crate::protocol;
use crate::thread::Thread;
use crate::types::slots::{Assign, Binary, Unary};
use crate::types::{CompareOp, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use crate::weakref::{self, WeakRef, cast, new_reference};

/// The object behind a proxy; other values are themselves.
fn target(thread: &Thread, v: Value) -> PyResult {
    if !v.is_exact(&PROXY) && !v.is_exact(&CALLABLE_PROXY) {
        return Ok(v.to_ref());
    }
    let target = cast(v).and_then(|w| w.target());
    target.ok_or_else(|| thread.error(&REFERENCE_ERROR, "weakly-referenced object no longer exists"))
}

/// A proxy of `object`; callable if the object is.
pub fn new_proxy(thread: &Thread, object: Value, callback: Ref) -> PyResult {
    let class = if object.ty().slots().call.is_some() { &CALLABLE_PROXY } else { &PROXY };
    new_reference(thread, class, object, callback)
}

/// A binary operation of the objects: the left one's slot, then the right one's.
fn binary(thread: &Thread, a: Value, b: Value, slot: fn(&Slots) -> Option<Binary>) -> PyResult {
    let (a, b) = (target(thread, a)?, target(thread, b)?);
    let (left, right) = (slot(a.ty().slots()), slot(b.ty().slots()));
    if let Some(f) = left {
        let result = f(thread, *a, *b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    match right.filter(|f| left.is_none_or(|l| !std::ptr::fn_addr_eq(l, *f))) {
        Some(f) => f(thread, *a, *b),
        None => Ok(Ref::NOT_IMPLEMENTED),
    }
}

/// An in-place operation; the plain one where the object has none.
fn inplace(
    thread: &Thread,
    a: Value,
    b: Value,
    slot: fn(&Slots) -> Option<Binary>,
    plain: fn(&Slots) -> Option<Binary>,
) -> PyResult {
    let object = target(thread, a)?;
    match slot(object.ty().slots()) {
        Some(f) => {
            let other = target(thread, b)?;
            f(thread, *object, *other)
        }
        None => binary(thread, a, b, plain),
    }
}

fn unary(thread: &Thread, v: Value, slot: fn(&Slots) -> Option<Unary>, what: &str) -> PyResult {
    let object = target(thread, v)?;
    match slot(object.ty().slots()) {
        Some(f) => f(thread, *object),
        None => Err(thread.type_error(format!("bad operand type for {what}: '{}'", object.ty().name()))),
    }
}

fn power(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (a, b, modulus) = (target(thread, a)?, target(thread, b)?, target(thread, modulus)?);
    match a.ty().slots().power.or(b.ty().slots().power) {
        Some(f) => f(thread, *a, *b, *modulus),
        None => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (a, b) = (target(thread, a)?, target(thread, b)?);
    protocol::compare(thread, *a, *b, op)
}

fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    let object = target(thread, v)?;
    attributes::get(thread, *object, name)
}

fn set_attribute(thread: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    let object = target(thread, v)?;
    attributes::set(thread, *object, name, value)
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let object = target(thread, v)?;
    match object.ty().slots().set_item {
        Some(f) => f(thread, *object, key, value),
        None => Err(thread.type_error(format!(
            "'{}' object does not support item {}",
            object.ty().name(),
            if value.is_null() { "deletion" } else { "assignment" }
        ))),
    }
}

fn iter(thread: &Thread, v: Value) -> PyResult {
    let object = target(thread, v)?;
    protocol::iter(thread, *object)
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let object = target(thread, v)?;
    if object.ty().slots().next.is_none() {
        let message = format!("Weakref proxy referenced a non-iterator '{}' object", object.ty().name());
        return Err(thread.type_error(message));
    }
    protocol::next_or_stop(thread, *object)
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let object = target(thread, v)?;
    thread.call_args(*object, arguments)
}

fn call_special(thread: &Thread, v: Value, name: Value) -> PyResult {
    let object = target(thread, v)?;
    thread.call_method(*object, name, &[])
}

/// The rows that forward a binary operation and its in-place form.
macro_rules! forwarded {
    ($($binary:ident $inplace:ident)*) => {
        const NUMBERS: Slots = Slots {
            $($binary: Some(|t, a, b| binary(t, a, b, |s| s.$binary)),
            $inplace: Some(|t, a, b| inplace(t, a, b, |s| s.$inplace, |s| s.$binary)),)*
            ..Slots::EMPTY
        };
    };
}

forwarded! {
    add inplace_add  subtract inplace_subtract  multiply inplace_multiply  matrix_multiply inplace_matrix_multiply
    true_divide inplace_true_divide  floor_divide inplace_floor_divide  remainder inplace_remainder
    lshift inplace_lshift  rshift inplace_rshift  and inplace_and  xor inplace_xor  or inplace_or
}

const SLOTS: Slots = Slots {
    drop: weakref::drop_reference,
    traverse: Some(weakref::traverse),
    clear: Some(weakref::clear),
    repr: Some(|t, v| weakref::describe(t, v, "weakproxy", false)),
    str: Some(|t, v| {
        let object = target(t, v)?;
        protocol::str(t, *object)
    }),
    compare: Some(compare),
    iter: Some(iter),
    next: Some(next),
    get_attribute: Some(get_attribute),
    set_attribute: Some(set_attribute as Assign),
    divmod: Some(|t, a, b| binary(t, a, b, |s| s.divmod)),
    power: Some(power),
    inplace_power: Some(power),
    negative: Some(|t, v| unary(t, v, |s| s.negative, "unary -")),
    positive: Some(|t, v| unary(t, v, |s| s.positive, "unary +")),
    absolute: Some(|t, v| unary(t, v, |s| s.absolute, "abs()")),
    invert: Some(|t, v| unary(t, v, |s| s.invert, "unary ~")),
    bool: Some(|t, v| {
        let object = target(t, v)?;
        protocol::is_true(t, *object)
    }),
    int: Some(|t, v| unary(t, v, |s| s.int, "int()")),
    float: Some(|t, v| unary(t, v, |s| s.float, "float()")),
    index: Some(|t, v| {
        let object = target(t, v)?;
        protocol::index(t, *object)
    }),
    len: Some(|t, v| {
        let object = target(t, v)?;
        protocol::len(t, *object)
    }),
    get_item: Some(|t, v, key| {
        let object = target(t, v)?;
        protocol::get_item(t, *object, key)
    }),
    set_item: Some(set_item),
    contains: Some(|t, v, item| {
        let object = target(t, v)?;
        protocol::contains(t, *object, item)
    }),
    ..NUMBERS
};

const METHODS: &[crate::types::MethodDef] = &[
    method(
        "__bytes__",
        "($self, /)",
        NativeFn::NoArgs(|t, v| call_special(t, v, names::get().__bytes__)),
        "",
    ),
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|t, v| call_special(t, v, names::get().__reversed__)),
        "",
    ),
];

pub static PROXY: Type = Type::new_static(&TypeSpec {
    name: "weakref.ProxyType",
    size: size_of::<WeakRef>(),
    flags: TypeFlags::GC,
    slots: SLOTS,
    methods: METHODS,
    ..TypeSpec::EMPTY
});

pub static CALLABLE_PROXY: Type = Type::new_static(&TypeSpec {
    name: "weakref.CallableProxyType",
    size: size_of::<WeakRef>(),
    flags: TypeFlags::GC,
    slots: Slots { call: Some(call), ..SLOTS },
    methods: METHODS,
    ..TypeSpec::EMPTY
});
