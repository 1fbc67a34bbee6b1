//! `Future`: the state of a result that comes later, and the callbacks that wait for it.
//!
//! A future without a loop has not been initialised. The functions here are the operations that tasks use too;
//! `future_type` has what Python sees.

use super::event_loop::{self, call_soon};
use super::imported::{CANCELLED_ERROR, Imported, invalid_state};
use crate::contextvars;
use runtime::objects::exceptions::{
    self, BaseException, RUNTIME_ERROR, STOP_ITERATION, is_exception_class, new_exception,
};
use runtime::objects::str::Str;
use runtime::types::slots::Visit;
use runtime::{GilCell, Header, PyResult, Raised, Ref, Slot, Thread, Value};
use smallvec::SmallVec;
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Pending,
    Cancelled,
    Finished,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            State::Pending => "PENDING",
            State::Cancelled => "CANCELLED",
            State::Finished => "FINISHED",
        }
    }
}

/// Functions to call and the contexts to call them in.
pub(super) type Callbacks = SmallVec<[(Ref, Ref); 1]>;

#[repr(C)]
pub(super) struct Future {
    pub(super) header: Header,
    pub(super) event_loop: Slot,
    pub(super) callbacks: GilCell<Callbacks>,
    pub(super) result: Slot,
    pub(super) exception: Slot,
    /// The traceback that the exception had when it was set, until it is first raised.
    traceback: Slot,
    pub(super) source_traceback: Slot,
    pub(super) cancel_message: Slot,
    /// The CancelledError that ended a task, until it is first raised.
    pub(super) cancelled_error: Slot,
    /// See `awaited_by`.
    pub(super) awaited_by: Slot,
    pub(super) state: Cell<State>,
    /// `_asyncio_future_blocking`: it was yielded by an `await` of its own.
    pub(super) is_blocking: Cell<bool>,
    /// Its exception has not been seen by anybody yet.
    pub(super) log_traceback: Cell<bool>,
}

static EXTRACT_STACK: Imported = Imported::new("traceback", "extract_stack");

impl Future {
    pub(super) fn blank(header: Header) -> Future {
        Future {
            header,
            event_loop: Slot::null(),
            callbacks: GilCell::default(),
            result: Slot::null(),
            exception: Slot::null(),
            traceback: Slot::null(),
            source_traceback: Slot::null(),
            cancel_message: Slot::null(),
            cancelled_error: Slot::null(),
            awaited_by: Slot::null(),
            state: Cell::new(State::Pending),
            is_blocking: Cell::new(false),
            log_traceback: Cell::new(false),
        }
    }

    fn slots(&self) -> [&Slot; 8] {
        [
            &self.event_loop,
            &self.result,
            &self.exception,
            &self.traceback,
            &self.source_traceback,
            &self.cancel_message,
            &self.cancelled_error,
            &self.awaited_by,
        ]
    }

    pub(super) fn traverse(&self, visit: Visit) {
        for slot in self.slots() {
            if slot.peek().is_pointer() {
                visit(slot.peek());
            }
        }
        self.callbacks.with(|callbacks| {
            for held in callbacks.iter().flat_map(|(function, context)| [function, context]) {
                if held.is_pointer() {
                    visit(**held);
                }
            }
        });
    }

    pub(super) fn clear(&self) {
        let callbacks = self.callbacks.take();
        let held = self.slots().map(Slot::take);
        drop((callbacks, held));
    }

    /// `__init__`; `event_loop` NULL or None: the current one.
    pub(super) fn initialise(&self, thread: &Thread, event_loop: Value) -> PyResult<()> {
        self.clear();
        self.state.set(State::Pending);
        self.is_blocking.set(false);
        self.log_traceback.set(false);
        let event_loop = match event_loop {
            Value::NULL | Value::NONE => event_loop::get_event_loop(thread, Value::NULL)?,
            event_loop => event_loop.to_ref(),
        };
        self.event_loop.set(event_loop.clone());
        if event_loop::is_debugging(thread, *event_loop)? {
            self.source_traceback.set(EXTRACT_STACK.call(thread, &[])?);
        }
        Ok(())
    }

    /// The loop; raises if the future has not been initialised.
    #[inline]
    pub(super) fn event_loop(&self, thread: &Thread) -> PyResult {
        self.event_loop.option().ok_or_else(|| not_initialised(thread))
    }

    pub(super) fn is_done(&self) -> bool {
        self.state.get() != State::Pending
    }
}

#[cold]
pub(super) fn not_initialised(thread: &Thread) -> Raised {
    thread.runtime_error("Future object is not initialized.")
}

/// Hands all callbacks of a future to its loop.
fn schedule_callbacks(thread: &Thread, v: Value, future: &Future) -> PyResult<()> {
    if future.callbacks.with(|callbacks| callbacks.is_empty()) {
        return Ok(());
    }
    let event_loop = future.event_loop(thread)?;
    for (function, context) in future.callbacks.take() {
        call_soon(thread, *event_loop, *function, v, *context)?;
    }
    Ok(())
}

/// Calls `function` in `context` once the future is done.
pub(super) fn add_callback(
    thread: &Thread,
    v: Value,
    future: &Future,
    function: Value,
    context: Ref,
) -> PyResult<()> {
    if future.is_done() {
        let event_loop = future.event_loop(thread)?;
        return call_soon(thread, *event_loop, function, v, *context);
    }
    future.callbacks.with(|callbacks| callbacks.push((function.to_ref(), context)));
    Ok(())
}

/// The context for a callback for which none was given.
pub(super) fn context_or_copy(thread: &Thread, given: Value) -> Ref {
    if given.is_null() { contextvars::copy_current(thread) } else { given.to_ref() }
}

pub(super) fn set_result(thread: &Thread, v: Value, future: &Future, result: Value) -> PyResult<()> {
    future.event_loop(thread)?;
    if future.is_done() {
        return Err(invalid_state(thread, "invalid state"));
    }
    future.result.set(result.to_ref());
    future.state.set(State::Finished);
    schedule_callbacks(thread, v, future)
}

pub(super) fn set_exception(thread: &Thread, v: Value, future: &Future, given: Value) -> PyResult<()> {
    future.event_loop(thread)?;
    if future.is_done() {
        return Err(invalid_state(thread, "invalid state"));
    }
    let exception = match is_exception_class(given) {
        true => thread.call(given, &[])?,
        false => given.to_ref(),
    };
    if exception.cast::<BaseException>().is_none() {
        return Err(thread.type_error("invalid exception object"));
    }
    let exception = match exception.is_instance(&STOP_ITERATION) {
        true => instead_of_stop_iteration(thread, exception)?,
        false => exception,
    };
    if let Some(e) = exception.cast::<BaseException>() {
        future.traceback.set(e.traceback.get());
    }
    future.exception.set(exception);
    future.state.set(State::Finished);
    schedule_callbacks(thread, v, future)?;
    future.log_traceback.set(true);
    Ok(())
}

#[cold]
fn instead_of_stop_iteration(thread: &Thread, stop: Ref) -> PyResult {
    let text = Str::new("StopIteration interacts badly with generators and cannot be raised into a Future");
    let error = new_exception(thread, &RUNTIME_ERROR, &[*text])?;
    exceptions::set_cause(*error, stop.clone());
    if let Some(e) = error.cast::<BaseException>() {
        e.context.set(stop);
    }
    Ok(error)
}

/// `Future.cancel`; gives whether it was pending.
pub(super) fn cancel(thread: &Thread, v: Value, future: &Future, message: Value) -> PyResult<bool> {
    future.event_loop(thread)?;
    future.log_traceback.set(false);
    if future.is_done() {
        return Ok(false);
    }
    future.state.set(State::Cancelled);
    future.cancel_message.set(message.to_ref());
    schedule_callbacks(thread, v, future)?;
    Ok(true)
}

/// The CancelledError to raise: the one that ended the task, once, or a new one.
pub(super) fn make_cancelled_error(thread: &Thread, future: &Future) -> PyResult {
    if let Some(error) = Some(future.cancelled_error.take()).filter(|error| !error.is_null()) {
        return Ok(error);
    }
    let message = future.cancel_message.get();
    match *message {
        Value::NULL | Value::NONE => CANCELLED_ERROR.call(thread, &[]),
        message => CANCELLED_ERROR.call(thread, &[message]),
    }
}

/// How a future ended.
pub(super) enum Outcome {
    Result(Ref),
    Exception(Ref),
}

/// The outcome of a future that is done. An exception has the traceback it was set with, a CancelledError its context.
pub(super) fn outcome(thread: &Thread, future: &Future) -> PyResult<Outcome> {
    match future.state.get() {
        State::Cancelled => {
            let error = make_cancelled_error(thread, future)?;
            exceptions::chain_context(thread, *error);
            return Ok(Outcome::Exception(error));
        }
        State::Pending => return Err(invalid_state(thread, "Result is not set.")),
        State::Finished => {}
    }
    future.log_traceback.set(false);
    let Some(exception) = future.exception.option() else {
        return Ok(Outcome::Result(future.result.get()));
    };
    if let Some(e) = exception.cast::<BaseException>() {
        e.traceback.set(future.traceback.take());
    }
    Ok(Outcome::Exception(exception))
}

/// `future.result()`
pub(super) fn get_result(thread: &Thread, future: &Future) -> PyResult {
    if future.event_loop.is_null() {
        return Err(invalid_state(thread, "Future object is not initialized."));
    }
    match outcome(thread, future)? {
        Outcome::Result(value) => Ok(value),
        Outcome::Exception(exception) => Err(thread.raise(exception)),
    }
}

/// `future.exception()`
pub(super) fn get_exception(thread: &Thread, future: &Future) -> PyResult {
    if future.event_loop.is_null() {
        return Err(invalid_state(thread, "Future object is not initialized."));
    }
    match future.state.get() {
        State::Cancelled => {
            let error = make_cancelled_error(thread, future)?;
            Err(thread.raise(error))
        }
        State::Pending => Err(invalid_state(thread, "Exception is not set.")),
        State::Finished => {
            future.log_traceback.set(false);
            Ok(future.exception.option().unwrap_or(Ref::NONE))
        }
    }
}

/// Tells the loop of an exception that nobody has seen.
pub(super) fn report_unseen(thread: &Thread, v: Value, future: &Future) {
    if !future.log_traceback.replace(false) {
        return;
    }
    let (event_loop, exception) = (future.event_loop.get(), future.exception.get());
    if event_loop.is_null() {
        return;
    }
    let class = v.ty().name();
    let class = class.rsplit('.').next().unwrap_or_default();
    let message = Str::new(&format!("{class} exception was never retrieved"));
    let source = future.source_traceback.get();
    let entries =
        [("message", *message), ("exception", *exception), ("future", v), ("source_traceback", *source)];
    event_loop::report(thread, *event_loop, &entries);
}
