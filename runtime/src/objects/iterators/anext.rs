//! `anext_awaitable`: what `anext(iterator, default)` gives. It awaits the next item and ends with the default where the
//! asynchronous iterator has none.

use super::itself;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::coroutine::await_iterator;
use crate::objects::exceptions::STOP_ASYNC_ITERATION;
use crate::objects::str::intern_text;
use crate::protocol;
use crate::slot_fields::traverse_slots;
use crate::thread::Thread;
use crate::types::registry::COROUTINE;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

#[repr(C)]
pub struct AnextAwaitable {
    pub header: Header,
    wrapped: Slot,
    default: Slot,
}

crate::object!(AnextAwaitable, ANEXT_AWAITABLE);
crate::slot_fields!(AnextAwaitable, wrapped, default);

pub static ANEXT_AWAITABLE: Type = Type::new_static(&TypeSpec {
    name: "anext_awaitable",
    size: size_of::<AnextAwaitable>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<AnextAwaitable>,
        traverse: Some(traverse_slots::<AnextAwaitable>),
        iter: Some(itself),
        next: Some(next),
        await_: Some(itself),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "send",
        "?",
        NativeFn::Raw(|thread, v, arguments| forward(thread, v, names::get().send, arguments.positional())),
        "send(arg) -> send 'arg' into the wrapped iterator,\nreturn next yielded value or raise StopIteration.",
    ),
    method(
        "throw",
        "?",
        NativeFn::Raw(|thread, v, arguments| forward(thread, v, names::get().throw, arguments.positional())),
        "throw(value)\nthrow(typ[,val[,tb]])\n\nraise exception in the wrapped iterator, return next yielded value\nor raise StopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
    ),
    method(
        "close",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| forward(thread, v, intern_text("close"), &[])),
        "close() -> raise GeneratorExit inside generator.",
    ),
];

/// `anext(iterator, default)`, given what the iterator's `__anext__` returned.
pub fn anext_awaitable(wrapped: Value, default: Value) -> Ref {
    new_exact(|header| AnextAwaitable {
        header,
        wrapped: Slot::new(wrapped.to_ref()),
        default: Slot::new(default.to_ref()),
    })
}

fn fields(v: Value) -> &'static AnextAwaitable {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

/// The iterator behind the wrapped awaitable.
fn iterator(thread: &Thread, v: Value) -> PyResult {
    let wrapped = fields(v).wrapped.get();
    let iterator = await_iterator(thread, *wrapped)?;
    match iterator.ty().slots().await_ {
        Some(f) if iterator.is_exact(&COROUTINE) => f(thread, *iterator),
        _ => Ok(iterator),
    }
}

/// The end of the asynchronous iterator is the end of this one, with the default as its value.
fn or_default(thread: &Thread, v: Value, raised: Raised) -> Raised {
    match thread.catch(raised, &STOP_ASYNC_ITERATION) {
        Ok(_) => {
            let default = fields(v).default.get();
            thread.stop_iteration(*default)
        }
        Err(raised) => raised,
    }
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let iterator = iterator(thread, v)?;
    protocol::next_or_stop(thread, *iterator).map_err(|raised| or_default(thread, v, raised))
}

fn forward(thread: &Thread, v: Value, name: Value, arguments: &[Value]) -> PyResult {
    let iterator = iterator(thread, v)?;
    thread.call_method(*iterator, name, arguments).map_err(|raised| or_default(thread, v, raised))
}
