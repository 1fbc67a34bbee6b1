//! The type `Future`: methods, attributes, `__del__`.

use super::awaited_by;
use super::future::{self, Callbacks, Future, State, add_callback, context_or_copy, not_initialised};
use super::future_iterator;
use super::imported::Imported;
use runtime::error::Raised;
use runtime::object::drop_object;
use runtime::objects::builtin_function::INSTANCE_DICT;
use runtime::objects::exceptions::ATTRIBUTE_ERROR;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{none_if_null, receiver};
use runtime::thread::preserving_raised;
use runtime::types::binding::Parameters;
use runtime::types::native::GetSetDef;
use runtime::{
    Args, CompareOp, Effects, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, getset, method, new_object, protocol,
};

runtime::object!(Future, FUTURE);

static REPR: Imported = Imported::new("asyncio.base_futures", "_future_repr");

pub(super) static FUTURE: Type = Type::new_static(&TypeSpec {
    name: "_asyncio.Future",
    size: size_of::<Future>(),
    flags: TypeFlags::GC
        .union(TypeFlags::BASETYPE)
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::ATTRIBUTES)
        .union(TypeFlags::QUIET_FINALIZER)
        .union(TypeFlags::IMMUTABLE),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, Future::blank))),
        init: Some(init),
        finalize: Some(finalize),
        drop: drop_object::<Future>,
        traverse: Some(|v, visit| {
            if let Some(future) = v.cast::<Future>() {
                future.traverse(visit);
            }
        }),
        clear: Some(|v| {
            if let Some(future) = v.cast::<Future>() {
                future.clear();
            }
        }),
        repr: Some(|thread, v| {
            this(thread, v)?.event_loop(thread)?;
            REPR.call(thread, &[v])
        }),
        iter: Some(future_iterator::new),
        await_: Some(future_iterator::new),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    signature: "(*, loop=None)",
    doc: "This class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    - result() and exception() do not take a timeout argument and\n      raise an exception when the future isn't done yet.\n\n    - Callbacks registered with add_done_callback() are always called\n      via the event loop's call_soon_threadsafe().\n\n    - This class is not compatible with the wait() and as_completed()\n      methods in the concurrent.futures package.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    RESULT,
    EXCEPTION,
    method(
        "set_result",
        "($self, result, /)",
        NativeFn::One(|thread, v, result| {
            future::set_result(thread, v, this(thread, v)?, result)?;
            Ok(Ref::NONE)
        }),
        "Mark the future done and set its result.\n\nIf the future is already done when this method is called, raises\nInvalidStateError.",
    ),
    method(
        "set_exception",
        "($self, exception, /)",
        NativeFn::One(|thread, v, exception| {
            future::set_exception(thread, v, this(thread, v)?, exception)?;
            Ok(Ref::NONE)
        }),
        "Mark the future done and set an exception.\n\nIf the future is already done when this method is called, raises\nInvalidStateError.",
    ),
    ADD_DONE_CALLBACK,
    REMOVE_DONE_CALLBACK,
    method(
        "cancel",
        "($self, /, msg=None)",
        NativeFn::Bound(|thread, v, a| {
            let message = if a[0].is_null() { Value::NONE } else { a[0] };
            future::cancel(thread, v, this(thread, v)?, message).map(Ref::bool)
        }),
        "Cancel the future and schedule callbacks.\n\nIf the future is already done or cancelled, return False.\nOtherwise, change the future's state to cancelled, schedule the\ncallbacks and return True.",
    ),
    CANCELLED,
    DONE,
    method(
        "get_loop",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| this(thread, v)?.event_loop(thread)),
        "Return the event loop the Future is bound to.",
    )
    .effects(Effects::READS),
    method(
        "_make_cancelled_error",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| future::make_cancelled_error(thread, this(thread, v)?)),
        "Create the CancelledError to raise if the Future is cancelled.\n\nThis should only be called once when handling a cancellation since\nit erases the context exception value.",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "Futures are generic over the type of their results",
    )
    .class(),
];

pub(super) const RESULT: MethodDef = method(
    "result",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| future::get_result(thread, this(thread, v)?)),
    "Return the result this future represents.\n\nIf the future has been cancelled, raises CancelledError.  If the\nfuture's result isn't yet available, raises InvalidStateError.  If\nthe future is done and has an exception set, this exception is\nraised.",
);

pub(super) const EXCEPTION: MethodDef = method(
    "exception",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| future::get_exception(thread, this(thread, v)?)),
    "Return the exception that was set on this future.\n\nThe exception (or None if no exception was set) is returned only if\nthe future is done.  If the future has been cancelled, raises\nCancelledError.  If the future isn't done yet, raises\nInvalidStateError.",
);

pub(super) const ADD_DONE_CALLBACK: MethodDef = method(
    "add_done_callback",
    "($self, fn, /, *, context=<unrepresentable>)",
    NativeFn::Bound(|thread, v, a| {
        let future = this(thread, v)?;
        if future.event_loop.is_null() {
            return Err(thread.runtime_error("uninitialized Future object"));
        }
        add_callback(thread, v, future, a[0], context_or_copy(thread, a[1]))?;
        Ok(Ref::NONE)
    }),
    "Add a callback to be run when the future becomes done.\n\nThe callback is called with a single argument - the future object.\nIf the future is already done when this is called, the callback is\nscheduled with call_soon.",
);

pub(super) const REMOVE_DONE_CALLBACK: MethodDef = method(
    "remove_done_callback",
    "($self, fn, /)",
    NativeFn::One(remove_done_callback),
    "Remove all instances of a callback from the \"call when done\" list.\n\nReturns the number of callbacks removed.",
);

pub(super) const CANCELLED: MethodDef = method(
    "cancelled",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| Ok(Ref::bool(this(thread, v)?.state.get() == State::Cancelled))),
    "Return True if the future was cancelled.",
)
.effects(Effects::READS);

pub(super) const DONE: MethodDef = method(
    "done",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| Ok(Ref::bool(this(thread, v)?.is_done()))),
    "Return True if the future is done.\n\nDone means either that a result / exception are available, or that\nthe future was cancelled.",
)
.effects(Effects::READS);

const GETSETS: &[GetSetDef] = &[
    getset("_state", |t, v| Ok(Str::new(initialised(t, v)?.state.get().name())), ""),
    getset("_asyncio_future_blocking", |t, v| Ok(Ref::bool(this(t, v)?.is_blocking.get())), "").settable(
        |t, v, value| {
            let value = not_deleted(t, v, "_asyncio_future_blocking", value)?;
            this(t, v)?.is_blocking.set(protocol::is_true(t, value)?);
            Ok(())
        },
    ),
    getset("_loop", |t, v| Ok(none_if_null(this(t, v)?.event_loop.get())), ""),
    getset("_callbacks", callbacks, ""),
    getset("_result", |t, v| Ok(none_if_null(initialised(t, v)?.result.get())), ""),
    getset("_exception", |t, v| Ok(none_if_null(initialised(t, v)?.exception.get())), ""),
    getset("_log_traceback", |t, v| Ok(Ref::bool(initialised(t, v)?.log_traceback.get())), "").settable(
        |t, v, value| {
            let value = not_deleted(t, v, "_log_traceback", value)?;
            if protocol::is_true(t, value)? {
                return Err(t.value_error("_log_traceback can only be set to False"));
            }
            this(t, v)?.log_traceback.set(false);
            Ok(())
        },
    ),
    getset("_source_traceback", |t, v| Ok(none_if_null(this(t, v)?.source_traceback.get())), ""),
    getset("_cancel_message", |t, v| Ok(none_if_null(this(t, v)?.cancel_message.get())), "").settable(
        |t, v, value| {
            let value = not_deleted(t, v, "_cancel_message", value)?;
            this(t, v)?.cancel_message.set(value.to_ref());
            Ok(())
        },
    ),
    getset("_asyncio_awaited_by", |t, v| awaited_by::shown(t, this(t, v)?), ""),
    INSTANCE_DICT,
];

pub(super) fn this(thread: &Thread, v: Value) -> PyResult<&'static Future> {
    receiver(thread, v)
}

fn initialised(thread: &Thread, v: Value) -> PyResult<&'static Future> {
    let future = this(thread, v)?;
    if future.event_loop.is_null() { Err(not_initialised(thread)) } else { Ok(future) }
}

/// The value that an attribute is set to; raises if it is to be deleted.
pub(super) fn not_deleted(thread: &Thread, v: Value, name: &str, value: Value) -> PyResult<Value> {
    if value.is_null() { Err(cannot_delete(thread, v, name)) } else { Ok(value) }
}

#[cold]
fn cannot_delete(thread: &Thread, v: Value, name: &str) -> Raised {
    let message = format!("attribute '{name}' of '{}' objects cannot be deleted", v.ty().name());
    thread.error(&ATTRIBUTE_ERROR, message)
}

static PARAMETERS: Parameters = Parameters::new("Future", "(*, loop=None)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    let future = this(thread, v)?;
    PARAMETERS.bind(thread, arguments, |a| future.initialise(thread, a[0]))
}

fn finalize(thread: &Thread, v: Value) {
    if let Some(future) = v.cast::<Future>().filter(|future| future.log_traceback.get()) {
        preserving_raised(thread, || future::report_unseen(thread, v, future));
    }
}

fn callbacks(thread: &Thread, v: Value) -> PyResult {
    let future = initialised(thread, v)?;
    let pairs: Vec<Ref> = future.callbacks.with(|callbacks| {
        callbacks.iter().map(|(function, context)| Tuple::pair(function.clone(), context.clone())).collect()
    });
    Ok(if pairs.is_empty() { Ref::NONE } else { List::from_refs(pairs) })
}

/// Comparing runs Python code, which may change the callbacks; those that stay are chosen from what was there before.
fn remove_done_callback(thread: &Thread, v: Value, function: Value) -> PyResult {
    let future = initialised(thread, v)?;
    let mut kept = Callbacks::new();
    let mut removed = 0;
    let mut at = 0;
    while let Some((held, context)) = future.callbacks.with(|callbacks| callbacks.get(at).cloned()) {
        at += 1;
        match protocol::compare_bool(thread, *held, function, CompareOp::Eq)? {
            true => removed += 1,
            false => kept.push((held, context)),
        }
    }
    if removed > 0 {
        drop(future.callbacks.replace(kept));
    }
    Ok(int::from_usize(removed))
}
