//! `coroutine` and the iterator that its `__await__` gives.

use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::generator::{
    self, SHARED_FLAGS, SHARED_SLOTS, close, get_code, get_frame, get_running, get_suspended, get_yield_from,
    name_row, next, qualname_row, send_method, this, throw_method,
};
use crate::objects::generic_alias::class_getitem;
use crate::slot_fields::{clear_slots, none_if_null, receiver, traverse_slots};
use crate::thread::Thread;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::Value;
use ir::code::co_flags;

const SEND_DOC: &str =
    "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration.";
const THROW_DOC: &str = "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.";
const CLOSE_DOC: &str = "close() -> raise GeneratorExit inside coroutine.";

const METHODS: &[MethodDef] = &[
    method("send", "($self, object, /)", NativeFn::One(send_method), SEND_DOC),
    method("throw", "?", NativeFn::Raw(throw_method), THROW_DOC),
    method("close", "($self, /)", NativeFn::NoArgs(close), CLOSE_DOC),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "coroutines are generic over the types of their yield, send, and return values",
    )
    .class(),
];

pub static COROUTINE: Type = Type::new_static(&TypeSpec {
    name: "coroutine",
    size: size_of::<generator::Generator>(),
    flags: SHARED_FLAGS,
    slots: Slots { await_: Some(wrapper), ..SHARED_SLOTS },
    methods: METHODS,
    getsets: &[
        getset("cr_origin", |t, v| Ok(none_if_null(this(t, v)?.origin_or_finalizer.get())), "").member(),
        name_row("name of the coroutine"),
        qualname_row("qualified name of the coroutine"),
        getset("cr_await", get_yield_from, "object being awaited on, or None"),
        getset("cr_running", get_running, ""),
        getset("cr_frame", get_frame, ""),
        getset("cr_code", get_code, ""),
        getset("cr_suspended", get_suspended, ""),
    ],
    ..TypeSpec::EMPTY
});

/// The iterator over a coroutine.
#[repr(C)]
pub struct CoroutineWrapper {
    pub header: Header,
    pub coroutine: Slot,
}

crate::object!(CoroutineWrapper, COROUTINE_WRAPPER);
crate::slot_fields!(CoroutineWrapper, coroutine);

fn wrapper(_: &Thread, coroutine: Value) -> PyResult {
    Ok(new_exact(|header| CoroutineWrapper { header, coroutine: Slot::new(coroutine.to_ref()) }))
}

fn inner(thread: &Thread, v: Value) -> PyResult {
    Ok(receiver::<CoroutineWrapper>(thread, v)?.coroutine.get())
}

pub static COROUTINE_WRAPPER: Type = Type::new_static(&TypeSpec {
    name: "coroutine_wrapper",
    size: size_of::<CoroutineWrapper>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<CoroutineWrapper>,
        traverse: Some(traverse_slots::<CoroutineWrapper>),
        clear: Some(clear_slots::<CoroutineWrapper>),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(|t, v| next(t, *inner(t, v)?)),
        send: Some(|t, v, sent| generator::send(t, *inner(t, v)?, sent)),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "send",
            "($self, object, /)",
            NativeFn::One(|t, v, sent| send_method(t, *inner(t, v)?, sent)),
            SEND_DOC,
        ),
        method(
            "throw",
            "?",
            NativeFn::Raw(|t, v, arguments| throw_method(t, *inner(t, v)?, arguments)),
            THROW_DOC,
        ),
        method("close", "($self, /)", NativeFn::NoArgs(|t, v| close(t, *inner(t, v)?)), CLOSE_DOC),
    ],
    doc: "A wrapper object implementing __await__ for coroutines.",
    ..TypeSpec::EMPTY
});

/// Whether `v` is a coroutine.
pub fn is_coroutine(v: Value) -> bool {
    v.is_exact(&COROUTINE)
}

/// Whether a generator was marked by `types.coroutine`.
pub fn is_iterable_coroutine(g: &generator::Generator) -> bool {
    g.frame.code().has_flag(co_flags::ITERABLE_COROUTINE)
}

/// The iterator that awaiting `v` runs: coroutines and generators marked as such are their own.
pub fn await_iterator(thread: &Thread, v: Value) -> PyResult {
    if is_coroutine(v) || generator::cast(v).is_some_and(is_iterable_coroutine) {
        return Ok(v.to_ref());
    }
    let Some(f) = v.ty().slots().await_ else {
        return Err(thread.type_error(format!("'{}' object can't be awaited", v.ty().name())));
    };
    let iterator = f(thread, v)?;
    if is_coroutine(*iterator) || generator::cast(*iterator).is_some_and(is_iterable_coroutine) {
        return Err(thread.type_error("__await__() returned a coroutine"));
    }
    if iterator.ty().slots().next.is_none() {
        let message = format!("__await__() returned non-iterator of type '{}'", iterator.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(iterator)
}
