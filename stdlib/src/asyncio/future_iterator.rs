//! What `await future` iterates over: the future itself while it is pending, then the end with its result.

use super::future::{self, Future};
use runtime::object::drop_object;
use runtime::objects::exceptions::{
    BaseException, DEPRECATION_WARNING, STOP_ITERATION, is_exception_class, new_from_raise,
};
use runtime::objects::traceback::Traceback;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::Type;
use runtime::types::binding::check_positional;
use runtime::types::slots::SendResult;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, TypeFlags, TypeSpec, Value, method,
    new_exact, new_object, warnings,
};

#[repr(C)]
pub(super) struct FutureIterator {
    header: Header,
    /// NULL once the iterator was closed or something was thrown into it.
    future: Slot,
}

runtime::object!(FutureIterator, FUTURE_ITERATOR);
runtime::slot_fields!(FutureIterator, future);

pub(super) static FUTURE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "_asyncio.FutureIter",
    size: size_of::<FutureIterator>(),
    flags: TypeFlags::GC.union(TypeFlags::IMMUTABLE),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, |header| FutureIterator { header, future: Slot::null() }))),
        drop: drop_object::<FutureIterator>,
        traverse: Some(traverse_slots::<FutureIterator>),
        clear: Some(clear_slots::<FutureIterator>),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        send: Some(|thread, v, _| advance(thread, v)),
        ..Slots::EMPTY
    },
    methods: &[
        method("send", "($self, object, /)", NativeFn::One(send), ""),
        method("throw", "?", NativeFn::Raw(throw), ""),
        method("close", "($self, /)", NativeFn::NoArgs(close), ""),
    ],
    ..TypeSpec::EMPTY
});

/// `future.__await__()`
pub(super) fn new(thread: &Thread, v: Value) -> PyResult {
    receiver::<Future>(thread, v)?.event_loop(thread)?;
    Ok(new_exact(|header| FutureIterator { header, future: Slot::new(v.to_ref()) }))
}

fn advance(thread: &Thread, v: Value) -> PyResult<SendResult> {
    let Some(held) = receiver::<FutureIterator>(thread, v)?.future.option() else {
        return Ok(SendResult::Return(Ref::NONE));
    };
    let future = receiver::<Future>(thread, *held)?;
    if future.is_done() {
        return future::get_result(thread, future).map(SendResult::Return);
    }
    if future.is_blocking.replace(true) {
        return Err(thread.runtime_error("await wasn't used with future"));
    }
    Ok(SendResult::Next(held))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    match advance(thread, v)? {
        SendResult::Next(future) => Ok(Some(future)),
        SendResult::Return(value) if value.is_none() => Ok(None),
        SendResult::Return(value) => Err(thread.stop_iteration(*value)),
    }
}

fn send(thread: &Thread, v: Value, _: Value) -> PyResult {
    match advance(thread, v)? {
        SendResult::Next(future) => Ok(future),
        SendResult::Return(value) => Err(thread.error_value(&STOP_ITERATION, *value)),
    }
}

fn close(thread: &Thread, v: Value) -> PyResult {
    drop(receiver::<FutureIterator>(thread, v)?.future.take());
    Ok(Ref::NONE)
}

fn throw(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let iterator = receiver::<FutureIterator>(thread, v)?;
    let given = arguments.positional();
    check_positional(thread, "throw", given.len(), 1, 3)?;
    if given.len() > 1 {
        let message =
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";
        warnings::warn(thread, &DEPRECATION_WARNING, message, 1)?;
    }
    let at = |i: usize| given.get(i).copied().filter(|v| !v.is_none()).unwrap_or(Value::NULL);
    let (class, value, traceback) = (given[0], at(1), at(2));
    if !traceback.is_null() && traceback.cast::<Traceback>().is_none() {
        return Err(thread.type_error("throw() third argument must be a traceback"));
    }
    let exception = match class {
        class if is_exception_class(class) => match value {
            Value::NULL => new_from_raise(thread, class)?,
            value if class.cast::<Type>().is_some_and(|t| value.is_instance(t)) => value.to_ref(),
            value => match value.cast::<Tuple>() {
                Some(tuple) => thread.call(class, tuple.items())?,
                None => thread.call(class, &[value])?,
            },
        },
        exception if exception.cast::<BaseException>().is_some() => {
            if !value.is_null() {
                return Err(thread.type_error("instance exception may not have a separate value"));
            }
            exception.to_ref()
        }
        _ => {
            return Err(thread.type_error(
                "exceptions must be classes deriving BaseException or instances of such a class",
            ));
        }
    };
    if let Some(e) = exception.cast::<BaseException>().filter(|_| !traceback.is_null()) {
        e.traceback.set(traceback.to_ref());
    }
    drop(iterator.future.take());
    Err(thread.restore(exception))
}
