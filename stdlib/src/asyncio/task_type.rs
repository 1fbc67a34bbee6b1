//! The type `Task`: methods, attributes, `__del__`.

use super::event_loop::report;
use super::future;
use super::future_type::{
    ADD_DONE_CALLBACK, CANCELLED, DONE, EXCEPTION, FUTURE, REMOVE_DONE_CALLBACK, RESULT, not_deleted,
};
use super::imported::Imported;
use super::task::{self, Task, TaskArguments};
use runtime::object::drop_object;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::slot_fields::{none_if_null, receiver};
use runtime::thread::preserving_raised;
use runtime::types::binding::Parameters;
use runtime::types::native::GetSetDef;
use runtime::{
    Args, Effects, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    getset, method, new_object, protocol,
};

runtime::object!(Task, TASK);

static REPR: Imported = Imported::new("asyncio.base_tasks", "_task_repr");
static GET_STACK: Imported = Imported::new("asyncio.base_tasks", "_task_get_stack");
static PRINT_STACK: Imported = Imported::new("asyncio.base_tasks", "_task_print_stack");

const SIGNATURE: &str = "(coro, *, loop=None, name=None, context=None, eager_start=False)";

pub(super) static TASK: Type = Type::new_static(&TypeSpec {
    name: "_asyncio.Task",
    base: Some(&FUTURE),
    size: size_of::<Task>(),
    flags: TypeFlags::GC
        .union(TypeFlags::BASETYPE)
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::ATTRIBUTES)
        .union(TypeFlags::QUIET_FINALIZER)
        .union(TypeFlags::IMMUTABLE),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, Task::blank))),
        init: Some(init),
        finalize: Some(finalize),
        drop: drop_object::<Task>,
        traverse: Some(|v, visit| {
            if let Some(task) = v.cast::<Task>() {
                task.traverse(visit);
            }
        }),
        clear: Some(|v| {
            if let Some(task) = v.cast::<Task>() {
                task.clear();
            }
        }),
        repr: Some(|thread, v| {
            this(thread, v)?.future.event_loop(thread)?;
            REPR.call(thread, &[v])
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    signature: SIGNATURE,
    doc: "A coroutine wrapped in a Future.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    RESULT,
    EXCEPTION,
    ADD_DONE_CALLBACK,
    REMOVE_DONE_CALLBACK,
    CANCELLED,
    DONE,
    method(
        "set_result",
        "($self, result, /)",
        NativeFn::One(|t, _, _| Err(t.runtime_error("Task does not support set_result operation"))),
        "",
    ),
    method(
        "set_exception",
        "($self, exception, /)",
        NativeFn::One(|t, _, _| Err(t.runtime_error("Task does not support set_exception operation"))),
        "",
    ),
    method(
        "cancel",
        "($self, /, msg=None)",
        NativeFn::Bound(|t, v, a| {
            let message = if a[0].is_null() { Value::NONE } else { a[0] };
            task::cancel(t, this(t, v)?, message).map(Ref::bool)
        }),
        "Request that this task cancel itself.\n\nThis arranges for a CancelledError to be thrown into the\nwrapped coroutine on the next cycle through the event loop.\nThe coroutine then has a chance to clean up or even deny\nthe request using try/except/finally.\n\nUnlike Future.cancel, this does not guarantee that the\ntask will be cancelled: the exception might be caught and\nacted upon, delaying cancellation of the task or preventing\ncancellation completely.  The task may also return a value or\nraise a different exception.\n\nImmediately after this method is called, Task.cancelled() will\nnot return True (unless the task was already cancelled).  A\ntask will be marked as cancelled when the wrapped coroutine\nterminates with a CancelledError exception (even if cancel()\nwas not called).\n\nThis also increases the task's count of cancellation requests.",
    ),
    method(
        "cancelling",
        "($self, /)",
        NativeFn::NoArgs(|t, v| Ok(int::new(this(t, v)?.cancel_requests.get()))),
        "Return the count of the task's cancellation requests.\n\nThis count is incremented when .cancel() is called\nand may be decremented using .uncancel().",
    )
    .effects(Effects::READS),
    method(
        "uncancel",
        "($self, /)",
        NativeFn::NoArgs(|t, v| Ok(int::new(task::uncancel(this(t, v)?)))),
        "Decrement the task's count of cancellation requests.\n\nThis should be used by tasks that catch CancelledError\nand wish to continue indefinitely until they are cancelled again.\n\nReturns the remaining number of cancellation requests.",
    )
    .effects(Effects::TOUCHES),
    method(
        "get_stack",
        "($self, /, *, limit=None)",
        NativeFn::Bound(|t, v, a| GET_STACK.call(t, &[v, none_in_place_of_null(a[0])])),
        "Return the list of stack frames for this task's coroutine.\n\nIf the coroutine is not done, this returns the stack where it is\nsuspended.  If the coroutine has completed successfully or was\ncancelled, this returns an empty list.  If the coroutine was\nterminated by an exception, this returns the list of traceback\nframes.\n\nThe frames are always ordered from oldest to newest.\n\nThe optional limit gives the maximum number of frames to\nreturn; by default all available frames are returned.  Its\nmeaning differs depending on whether a stack or a traceback is\nreturned: the newest frames of a stack are returned, but the\noldest frames of a traceback are returned.  (This matches the\nbehavior of the traceback module.)\n\nFor reasons beyond our control, only one stack frame is\nreturned for a suspended coroutine.",
    ),
    method(
        "print_stack",
        "($self, /, *, limit=None, file=None)",
        NativeFn::Bound(|t, v, a| {
            PRINT_STACK.call(t, &[v, none_in_place_of_null(a[0]), none_in_place_of_null(a[1])])
        }),
        PRINT_STACK_DOC,
    ),
    method(
        "_make_cancelled_error",
        "($self, /)",
        NativeFn::NoArgs(|t, v| future::make_cancelled_error(t, &this(t, v)?.future)),
        "Create the CancelledError to raise if the Task is cancelled.\n\nThis should only be called once when handling a cancellation since\nit erases the context exception value.",
    ),
    method("get_name", "($self, /)", NativeFn::NoArgs(|t, v| Ok(task::get_name(this(t, v)?))), ""),
    method(
        "set_name",
        "($self, value, /)",
        NativeFn::One(|t, v, value| {
            let name = task::name_text(t, value)?;
            this(t, v)?.name.set(name);
            Ok(Ref::NONE)
        }),
        "",
    ),
    method(
        "get_coro",
        "($self, /)",
        NativeFn::NoArgs(|t, v| Ok(none_if_null(this(t, v)?.coroutine.get()))),
        "",
    )
    .effects(Effects::READS),
    method(
        "get_context",
        "($self, /)",
        NativeFn::NoArgs(|t, v| Ok(none_if_null(this(t, v)?.context.get()))),
        "",
    )
    .effects(Effects::READS),
    method("__class_getitem__", "($type, object, /)", NativeFn::One(class_getitem), "").class(),
];

const GETSETS: &[GetSetDef] = &[
    getset("_log_destroy_pending", |t, v| Ok(Ref::bool(this(t, v)?.log_destroy_pending.get())), "").settable(
        |t, v, value| {
            let value = not_deleted(t, v, "_log_destroy_pending", value)?;
            this(t, v)?.log_destroy_pending.set(protocol::is_true(t, value)?);
            Ok(())
        },
    ),
    getset("_must_cancel", |t, v| Ok(Ref::bool(this(t, v)?.must_cancel.get())), ""),
    getset("_coro", |t, v| Ok(none_if_null(this(t, v)?.coroutine.get())), ""),
    getset("_fut_waiter", |t, v| Ok(none_if_null(this(t, v)?.waiter.get())), ""),
];

fn this(thread: &Thread, v: Value) -> PyResult<&'static Task> {
    receiver(thread, v)
}

fn none_in_place_of_null(v: Value) -> Value {
    if v.is_null() { Value::NONE } else { v }
}

static PARAMETERS: Parameters = Parameters::new("Task", SIGNATURE);

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    let task = this(thread, v)?;
    PARAMETERS.bind(thread, arguments, |a| {
        let arguments =
            TaskArguments { coroutine: a[0], event_loop: a[1], name: a[2], context: a[3], eager_start: a[4] };
        task::initialise(thread, v, task, arguments)
    })
}

fn finalize(thread: &Thread, v: Value) {
    let Some(task) = v.cast::<Task>() else { return };
    let is_abandoned = !task.future.is_done() && task.log_destroy_pending.get();
    if is_abandoned {
        preserving_raised(thread, || report_abandoned(thread, v, task));
    }
    if task.future.log_traceback.get() {
        preserving_raised(thread, || future::report_unseen(thread, v, &task.future));
    }
}

#[cold]
fn report_abandoned(thread: &Thread, v: Value, task: &Task) {
    let Some(event_loop) = task.future.event_loop.option() else { return };
    let message = Str::new("Task was destroyed but it is pending!");
    let source = task.future.source_traceback.get();
    let entries = [("message", *message), ("task", v), ("source_traceback", *source)];
    report(thread, *event_loop, &entries);
}

const PRINT_STACK_DOC: &str = "Print the stack or traceback for this task's coroutine.\n\nThis produces output similar to that of the traceback module,\nfor the frames retrieved by get_stack().  The limit argument\nis passed to get_stack().  The file argument is an I/O stream\nto which the output is written; by default output is written\nto sys.stderr.";
