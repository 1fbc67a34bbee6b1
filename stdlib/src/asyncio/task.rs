//! `Task`: a future whose result a coroutine makes, and what is done to it from outside. `step` runs the coroutine.

use super::eager;
use super::event_loop::{call_soon, call_with_keyword};
use super::future::{self, Future};
use super::future_type::FUTURE;
use super::imported::Imported;
use super::registry;
use super::step_wrapper;
use super::task_type::TASK;
use crate::contextvars;
use runtime::objects::coroutine::is_coroutine;
use runtime::objects::exceptions::TYPE_ERROR;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::text_builder::TextBuilder;
use runtime::types::registry::STR;
use runtime::types::slots::Visit;
use runtime::{GilCell, Header, PyResult, Ref, Slot, Thread, Value, names, protocol};
use std::cell::Cell;

#[repr(C)]
pub(super) struct Task {
    pub(super) future: Future,
    /// NULL before initialisation, and when a task that started eagerly has come to its end.
    pub(super) coroutine: Slot,
    /// A string, or the number in `Task-N`; NULL: none.
    pub(super) name: Slot,
    pub(super) context: Slot,
    /// The future that the coroutine awaits.
    pub(super) waiter: Slot,
    /// The coroutine is to get a CancelledError when it goes on.
    pub(super) must_cancel: Cell<bool>,
    pub(super) log_destroy_pending: Cell<bool>,
    pub(super) cancel_requests: Cell<i64>,
    /// See `registry`.
    pub(super) place: Cell<usize>,
}

impl Drop for Task {
    fn drop(&mut self) {
        registry::forget(self);
    }
}

impl Task {
    pub(super) fn blank(header: Header) -> Task {
        Task {
            future: Future::blank(header),
            coroutine: Slot::null(),
            name: Slot::null(),
            context: Slot::null(),
            waiter: Slot::null(),
            must_cancel: Cell::new(false),
            log_destroy_pending: Cell::new(false),
            cancel_requests: Cell::new(0),
            place: Cell::new(registry::NOWHERE),
        }
    }

    fn slots(&self) -> [&Slot; 4] {
        [&self.coroutine, &self.name, &self.context, &self.waiter]
    }

    pub(super) fn traverse(&self, visit: Visit) {
        for slot in self.slots() {
            if slot.peek().is_pointer() {
                visit(slot.peek());
            }
        }
        self.future.traverse(visit);
    }

    pub(super) fn clear(&self) {
        drop(self.slots().map(Slot::take));
        self.future.clear();
    }
}

/// The arguments of `Task(...)`; NULL where not given.
pub(super) struct TaskArguments {
    pub(super) coroutine: Value,
    pub(super) event_loop: Value,
    pub(super) name: Value,
    pub(super) context: Value,
    pub(super) eager_start: Value,
}

static IS_COROUTINE: Imported = Imported::new("asyncio.coroutines", "iscoroutine");

/// Types other than `coroutine` whose instances are coroutines, as far as seen.
static COROUTINE_TYPES: GilCell<Vec<Ref>> = GilCell::new(Vec::new());

fn is_coroutine_like(thread: &Thread, v: Value) -> PyResult<bool> {
    const REMEMBERED: usize = 100;
    let class = Value::of(v.ty());
    if is_coroutine(v) || COROUTINE_TYPES.with(|types| types.iter().any(|t| t.is(class))) {
        return Ok(true);
    }
    let answer = IS_COROUTINE.call(thread, &[v])?;
    let is_one = protocol::is_true(thread, *answer)?;
    if is_one {
        COROUTINE_TYPES.with(|types| {
            if types.len() < REMEMBERED {
                types.push(class.to_ref());
            }
        });
    }
    Ok(is_one)
}

static NEXT_NUMBER: GilCell<i64> = GilCell::new(1);

/// A string for a name; a subclass's instance becomes an exact one.
pub(super) fn name_text(thread: &Thread, name: Value) -> PyResult {
    if name.is_exact(&STR) { Ok(name.to_ref()) } else { protocol::str(thread, name) }
}

pub(super) fn initialise(thread: &Thread, v: Value, task: &Task, arguments: TaskArguments) -> PyResult<()> {
    task.future.initialise(thread, arguments.event_loop)?;
    if !is_coroutine_like(thread, arguments.coroutine)? {
        task.log_destroy_pending.set(false);
        let mut text = TextBuilder::new("a coroutine was expected, got ");
        text.push_repr(thread, arguments.coroutine)?;
        return Err(thread.error_value(&TYPE_ERROR, *text.finish()));
    }
    task.context.set(match arguments.context {
        Value::NULL | Value::NONE => contextvars::copy_current(thread),
        context => context.to_ref(),
    });
    drop(task.waiter.take());
    task.must_cancel.set(false);
    task.log_destroy_pending.set(true);
    task.cancel_requests.set(0);
    task.coroutine.set(arguments.coroutine.to_ref());
    task.name.set(match arguments.name {
        Value::NULL | Value::NONE => int::new(NEXT_NUMBER.with(|next| {
            *next += 1;
            *next - 1
        })),
        name => name_text(thread, name)?,
    });
    let event_loop = task.future.event_loop(thread)?;
    let wants_eager_start =
        !arguments.eager_start.is_null() && protocol::is_true(thread, arguments.eager_start)?;
    if wants_eager_start {
        let is_running = thread.call_method(*event_loop, names::get().is_running, &[])?;
        if protocol::is_true(thread, *is_running)? {
            return eager::start(thread, v, task);
        }
    }
    schedule_step(thread, v, task, Ref::NULL)?;
    registry::add(v, task);
    Ok(())
}

/// Has the loop run the next step of the task, which throws `exception` if that is not NULL.
pub(super) fn schedule_step(thread: &Thread, v: Value, task: &Task, exception: Ref) -> PyResult<()> {
    let event_loop = task.future.event_loop(thread)?;
    let step = step_wrapper::new(v, exception);
    let context = task.context.get();
    call_soon(thread, *event_loop, *step, Value::NULL, *context)
}

/// `task.get_name()`
pub(super) fn get_name(task: &Task) -> Ref {
    match task.name.peek() {
        Value::NULL => Ref::NONE,
        name => match name.as_small_int() {
            Some(number) => {
                let text = Str::new(&format!("Task-{number}"));
                task.name.set(text.clone());
                text
            }
            None => name.to_ref(),
        },
    }
}

/// Whether an object is a Future or Task whose class is not a subclass: nothing overrides its methods.
pub(super) fn plain_future(v: Value) -> Option<&'static Future> {
    if v.is_exact(&FUTURE) || v.is_exact(&TASK) { v.cast::<Future>() } else { None }
}

/// `task.cancel(message)`
pub(super) fn cancel(thread: &Thread, task: &Task, message: Value) -> PyResult<bool> {
    task.future.log_traceback.set(false);
    if task.future.is_done() {
        return Ok(false);
    }
    task.cancel_requests.set(task.cancel_requests.get() + 1);
    if let Some(waiter) = task.waiter.option()
        && cancel_any(thread, *waiter, message)?
    {
        // It may be a task that ignores this and has to be cancelled again, so the waiter stays.
        return Ok(true);
    }
    task.must_cancel.set(true);
    task.future.cancel_message.set(message.to_ref());
    Ok(true)
}

/// `future.cancel(msg=message)` of anything that is awaited.
pub(super) fn cancel_any(thread: &Thread, v: Value, message: Value) -> PyResult<bool> {
    thread.check_native_stack()?;
    if v.is_exact(&FUTURE)
        && let Some(future) = v.cast::<Future>()
    {
        return future::cancel(thread, v, future, message);
    }
    if v.is_exact(&TASK)
        && let Some(task) = v.cast::<Task>()
    {
        return cancel(thread, task, message);
    }
    let n = names::get();
    let answer = call_with_keyword(thread, v, n.cancel, &[], n.msg, message)?;
    protocol::is_true(thread, *answer)
}

/// `task.uncancel()`; gives how many requests are left.
pub(super) fn uncancel(task: &Task) -> i64 {
    let left = (task.cancel_requests.get() - 1).max(0);
    if task.cancel_requests.replace(left) > 0 && left == 0 {
        task.must_cancel.set(false);
    }
    left
}
