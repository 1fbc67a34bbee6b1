//! `_asyncio`: futures and tasks for `asyncio`, and who runs what.
//!
//! `future` and `task` are the objects and what is done with them, `step` runs a task's coroutine; `future_type` and
//! `task_type` are what Python sees of them. The executed loop and task of a thread stand in its state (`Thread`).
//! Callbacks always go through the loop's `call_soon`.

mod awaited_by;
mod current;
mod eager;
mod event_loop;
mod future;
mod future_iterator;
mod future_type;
mod imported;
mod registry;
mod step;
mod step_wrapper;
mod task;
mod task_type;

use runtime::objects::module::{ModuleSpec, add_type};
use runtime::types::registry::ready;
use runtime::{Effects, MethodDef, NativeFn, Ref, method};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_asyncio",
    doc: "Accelerator module for asyncio",
    functions: FUNCTIONS,
    init: |_, module| {
        ready(&future_iterator::FUTURE_ITERATOR);
        ready(&step_wrapper::STEP_WRAPPER);
        add_type(module, &future_type::FUTURE);
        add_type(module, &task_type::TASK);
        Ok(())
    },
};

const FUNCTIONS: &[MethodDef] = &[
    method("_enter_task", "($module, /, loop, task)", NativeFn::Bound(|t, _, a| { current::enter(t, a[0], a[1])?; Ok(Ref::NONE) }), "Enter into task execution or resume suspended task.\n\nTask belongs to loop.\n\nReturns None."),
    method("_get_running_loop", "($module, /)", NativeFn::NoArgs(event_loop::get_running_or_none), "Return the running event loop or None.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific.").effects(Effects::READS),
    method("_leave_task", "($module, /, loop, task)", NativeFn::Bound(|t, _, a| { current::leave(t, a[0], a[1])?; Ok(Ref::NONE) }), "Leave task execution or suspend a task.\n\nTask belongs to loop.\n\nReturns None."),
    method("_register_eager_task", "($module, /, task)", NativeFn::Bound(registry::register_eager), "Register a new task in asyncio as executed by loop.\n\nReturns None."),
    method("_register_task", "($module, /, task)", NativeFn::Bound(registry::register), "Register a new task in asyncio as executed by loop.\n\nReturns None."),
    method("_set_running_loop", "($module, loop, /)", NativeFn::One(event_loop::set_running), "Set the running event loop.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific."),
    method("_swap_current_task", "($module, /, loop, task)", NativeFn::Bound(|t, _, a| current::swap(t, a[0], a[1])), "Temporarily swap in the supplied task and return the original one (or None).\n\nThis is intended for use during eager coroutine execution."),
    method("_unregister_eager_task", "($module, /, task)", NativeFn::Bound(registry::unregister_eager), "Unregister a task.\n\nReturns None."),
    method("_unregister_task", "($module, /, task)", NativeFn::Bound(registry::unregister), "Unregister a task.\n\nReturns None."),
    method("all_tasks", "($module, /, loop=None)", NativeFn::Bound(registry::all_tasks), "Return a set of all tasks for the loop."),
    method("current_task", "($module, /, loop=None)", NativeFn::Bound(current::get), "Return a currently executed task."),
    method("future_add_to_awaited_by", "($module, fut, waiter, /)", NativeFn::Bound(awaited_by::add_function), "Record that `fut` is awaited on by `waiter`."),
    method("future_discard_from_awaited_by", "($module, fut, waiter, /)", NativeFn::Bound(awaited_by::discard_function), ""),
    method("get_event_loop", "($module, /)", NativeFn::NoArgs(event_loop::get_event_loop), "Return an asyncio event loop.\n\nWhen called from a coroutine or a callback (e.g. scheduled with\ncall_soon or similar API), this function will always return the\nrunning event loop.\n\nIf there is no running event loop set, the function will return\nthe result of `get_event_loop_policy().get_event_loop()` call."),
    method("get_running_loop", "($module, /)", NativeFn::NoArgs(event_loop::get_running), "Return the running event loop.  Raise a RuntimeError if there is none.\n\nThis function is thread-specific.").effects(Effects::READS),
];
