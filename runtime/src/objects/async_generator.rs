//! `async_generator` and the awaitables that `__anext__`, `asend`, `athrow` and `aclose` give.
//!
//! A value yielded by the body arrives wrapped (ASYNC_GEN_WRAP), which tells it from values that an `await` inside the body
//! passes out to the event loop. The awaitable unwraps it and ends with StopIteration carrying the value.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::object::{Header, drop_object, new_exact};
use crate::objects::exceptions::{
    GENERATOR_EXIT, RUNTIME_WARNING, STOP_ASYNC_ITERATION, STOP_ITERATION, new_exception,
    write_unraisable_about,
};
use crate::objects::generator::GeneratorState;
use crate::objects::generator::{
    self, Generator, SHARED_FLAGS, SHARED_SLOTS, ThrowArguments, get_code, get_frame, get_suspended,
    get_yield_from, name_row, qualname_row, this,
};
use crate::objects::generator_chain::settle_any;
use crate::objects::generic_alias::class_getitem;
use crate::objects::str;
use crate::objects::tuple::Tuple;
use crate::slot_fields::{clear_slots, receiver, traverse_slots};
use crate::thread::Thread;
use crate::types::slots::SendResult;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use crate::warnings;
use std::cell::Cell;

/// A value on its way from the body of an asynchronous generator to its awaitable.
#[repr(C)]
struct WrappedValue {
    header: Header,
    value: Slot,
}

crate::object!(WrappedValue, WRAPPED_VALUE);
crate::slot_fields!(WrappedValue, value);

pub static WRAPPED_VALUE: Type = Type::new_static(&TypeSpec {
    name: "async_generator_wrapped_value",
    size: size_of::<WrappedValue>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<WrappedValue>,
        traverse: Some(traverse_slots::<WrappedValue>),
        clear: Some(clear_slots::<WrappedValue>),
        ..Slots::EMPTY
    },
    ..TypeSpec::EMPTY
});

/// Wraps a value that the body yields.
pub fn wrap_value(value: Value) -> Ref {
    new_exact(|header| WrappedValue { header, value: Slot::new(value.to_ref()) })
}

/// Where an awaitable is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum AwaitableState {
    Created,
    Iterating,
    Closed,
}

/// What an awaitable does to its generator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// `__anext__` and `asend`.
    Send,
    Throw,
    Close,
}

impl Action {
    fn method(self) -> &'static str {
        match self {
            Action::Send => "asend",
            Action::Throw => "athrow",
            Action::Close => "aclose",
        }
    }
}

/// The awaitable of one step of an asynchronous generator.
#[repr(C)]
pub struct Awaitable {
    header: Header,
    pub generator: Slot,
    /// The value to send, or the tuple of `athrow`'s arguments; NULL for `aclose`.
    pub argument: Slot,
    action: Cell<Action>,
    pub state: Cell<AwaitableState>,
}

/// `athrow` and `aclose` share the layout under a type of their own.
#[repr(transparent)]
struct ThrowAwaitable(Awaitable);

crate::object!(Awaitable, ASEND);
crate::slot_fields!(Awaitable, generator, argument);
crate::object!(ThrowAwaitable, ATHROW);

impl crate::slot_fields::SlotFields for ThrowAwaitable {
    fn each_slot(&self, f: &mut dyn FnMut(&Slot)) {
        self.0.each_slot(f)
    }
}

fn awaitable(thread: &Thread, v: Value) -> PyResult<&'static Awaitable> {
    match v.cast::<ThrowAwaitable>() {
        Some(a) => Ok(&a.0),
        None => receiver::<Awaitable>(thread, v),
    }
}

fn new_awaitable(generator: Value, action: Action, argument: Ref) -> Ref {
    let build = |header| Awaitable {
        header,
        generator: Slot::new(generator.to_ref()),
        argument: Slot::new(argument),
        action: Cell::new(action),
        state: Cell::new(AwaitableState::Created),
    };
    match action {
        Action::Send => new_exact(build),
        _ => new_exact(|header| ThrowAwaitable(build(header))),
    }
}

/// Calls the event loop's hooks the first time the generator is iterated.
fn call_hooks(thread: &Thread, generator: Value) -> PyResult<()> {
    let g = this(thread, generator)?;
    if g.hooks_called.replace(true) {
        return Ok(());
    }
    if !thread.asyncgen_finalizer.is_null() {
        g.origin_or_finalizer.set(thread.asyncgen_finalizer.get());
    }
    match thread.asyncgen_firstiter.option() {
        Some(hook) => thread.call(*hook, &[generator]).map(drop),
        None => Ok(()),
    }
}

/// `generator.__anext__()`
pub fn anext(thread: &Thread, generator: Value) -> PyResult {
    call_hooks(thread, generator)?;
    Ok(new_awaitable(generator, Action::Send, Ref::NONE))
}

fn asend(thread: &Thread, generator: Value, value: Value) -> PyResult {
    call_hooks(thread, generator)?;
    Ok(new_awaitable(generator, Action::Send, value.to_ref()))
}

fn athrow(thread: &Thread, generator: Value, arguments: &Args) -> PyResult {
    ThrowArguments::from_call(thread, "athrow", arguments.positional())?;
    call_hooks(thread, generator)?;
    Ok(new_awaitable(generator, Action::Throw, arguments.positional_tuple()))
}

fn aclose(thread: &Thread, generator: Value) -> PyResult {
    call_hooks(thread, generator)?;
    Ok(new_awaitable(generator, Action::Close, Ref::NULL))
}

/// The generator of what `__anext__` or `asend` gave; NULL for other objects.
pub fn awaited(v: Value) -> Value {
    v.cast_exact::<Awaitable>().map_or(Value::NULL, |a| a.generator.peek())
}

// Steps in the interpreter's loop.

/// Begins to send a value, or goes on with it: the generator that is to be resumed, and the value. `None`, with nothing
/// done, if that is for `send`.
pub fn begin_step(v: Value, sent: Value) -> Option<(&'static Generator, Ref)> {
    let a = v.cast_exact::<Awaitable>()?;
    let g = generator::cast(a.generator.peek())?;
    settle_any(g);
    let value = match a.state.get() {
        AwaitableState::Created if g.running_async.get() => return None,
        AwaitableState::Created if sent.is_none() => a.argument.get(),
        AwaitableState::Closed => return None,
        _ => sent.to_ref(),
    };
    let can_go_on = match g.state.get() {
        GeneratorState::Suspended | GeneratorState::SuspendedYieldFrom => true,
        state => state == GeneratorState::Created && value.is_none(),
    };
    if !can_go_on {
        return None;
    }
    a.state.set(AwaitableState::Iterating);
    g.running_async.set(true);
    Some((g, value))
}

fn end_step(v: Value, closes: bool) {
    let Some(a) = v.cast_exact::<Awaitable>() else { return };
    a.state.set(AwaitableState::Closed);
    if let Some(g) = generator::cast(a.generator.peek()) {
        g.running_async.set(false);
        g.closed.set(g.closed.get() || closes);
    }
}

/// The generator has yielded: what the step gives, if that is its end.
pub fn step_yielded(v: Value, value: Value) -> Option<Ref> {
    let inner = value.cast_exact::<WrappedValue>()?.value.get();
    end_step(v, false);
    Some(inner)
}

/// The generator has returned.
pub fn step_returned(thread: &Thread, v: Value) -> Raised {
    end_step(v, true);
    raise_plain(thread, &STOP_ASYNC_ITERATION)
}

/// The generator has raised.
pub fn step_raised(v: Value, exception: Value) {
    end_step(v, exception.is_instance(&STOP_ASYNC_ITERATION) || exception.is_instance(&GENERATOR_EXIT));
}

/// `__anext__` for compiled code; NULL if the event loop's hook is to be called.
pub fn anext_for_trace(thread: &Thread, generator: Value) -> Value {
    let Some(g) = generator::cast(generator) else { return Value::NULL };
    if !g.hooks_called.get() {
        if !thread.asyncgen_firstiter.is_null() || !thread.asyncgen_finalizer.is_null() {
            return Value::NULL;
        }
        g.hooks_called.set(true);
    }
    new_awaitable(generator, Action::Send, Ref::NONE).into_value()
}

// Steps.

/// Turns what came out of the body into what the awaitable does: a wrapped value ends it.
fn unwrap(thread: &Thread, g: &Generator, result: PyResult<SendResult>) -> PyResult<SendResult> {
    match result {
        Ok(SendResult::Next(value)) => match value.cast_exact::<WrappedValue>() {
            Some(wrapped) => {
                g.running_async.set(false);
                Ok(SendResult::Return(wrapped.value.get()))
            }
            None => Ok(SendResult::Next(value)),
        },
        Ok(SendResult::Return(_)) => {
            g.closed.set(true);
            g.running_async.set(false);
            Err(raise_plain(thread, &STOP_ASYNC_ITERATION))
        }
        Err(raised) => {
            if thread.raised_matches(&STOP_ASYNC_ITERATION) || thread.raised_matches(&GENERATOR_EXIT) {
                g.closed.set(true);
            }
            g.running_async.set(false);
            Err(raised)
        }
    }
}

fn raise_plain(thread: &Thread, ty: &'static Type) -> Raised {
    match new_exception(thread, ty, &[]) {
        Ok(e) => thread.raise(e),
        Err(raised) => raised,
    }
}

fn cannot_reuse(thread: &Thread, a: &Awaitable) -> Raised {
    let what = if a.action.get() == Action::Send { "__anext__()/asend()" } else { "aclose()/athrow()" };
    thread.runtime_error(format!("cannot reuse already awaited {what}"))
}

/// Goes from created to iterating, unless another awaitable of the generator is running.
fn begin(thread: &Thread, a: &Awaitable, g: &Generator) -> PyResult<()> {
    if g.running_async.get() {
        a.state.set(AwaitableState::Closed);
        let method = match a.action.get() {
            Action::Send => "anext",
            action => action.method(),
        };
        return Err(thread.runtime_error(format!("{method}(): asynchronous generator is already running")));
    }
    a.state.set(AwaitableState::Iterating);
    g.running_async.set(true);
    Ok(())
}

fn step(thread: &Thread, v: Value, sent: Value) -> PyResult {
    let result = send(thread, v, sent)?;
    generator::value_or_stop(thread, result)
}

fn send(thread: &Thread, v: Value, sent: Value) -> PyResult<SendResult> {
    let a = awaitable(thread, v)?;
    let generator = a.generator.get();
    let g = this(thread, *generator)?;
    if a.state.get() == AwaitableState::Closed {
        return Err(cannot_reuse(thread, a));
    }
    match a.action.get() {
        Action::Send => step_send(thread, a, g, *generator, sent),
        _ => step_throw(thread, a, g, *generator, sent),
    }
}

fn closed_at_end(a: &Awaitable, result: PyResult<SendResult>) -> PyResult<SendResult> {
    if !matches!(result, Ok(SendResult::Next(_))) {
        a.state.set(AwaitableState::Closed);
    }
    result
}

fn step_send(
    thread: &Thread,
    a: &Awaitable,
    g: &Generator,
    generator: Value,
    sent: Value,
) -> PyResult<SendResult> {
    let mut sent = sent.to_ref();
    if a.state.get() == AwaitableState::Created {
        begin(thread, a, g)?;
        if sent.is_none() {
            sent = a.argument.get();
        }
    }
    let result = generator::send(thread, generator, *sent);
    closed_at_end(a, unwrap(thread, g, result))
}

fn step_throw(
    thread: &Thread,
    a: &Awaitable,
    g: &Generator,
    generator: Value,
    sent: Value,
) -> PyResult<SendResult> {
    if a.state.get() == AwaitableState::Iterating {
        let result = generator::send(thread, generator, sent);
        return finish_throw(thread, a, g, result);
    }
    if g.is_finished() {
        a.state.set(AwaitableState::Closed);
        return Ok(SendResult::Return(Ref::NONE));
    }
    if !g.running_async.get() && g.closed.get() {
        a.state.set(AwaitableState::Closed);
        return Err(raise_plain(thread, &STOP_ASYNC_ITERATION));
    }
    if !g.running_async.get() && !sent.is_none() {
        return Err(thread.runtime_error("can't send non-None value to a just-started coroutine"));
    }
    begin(thread, a, g)?;
    let arguments = match a.argument.peek().cast::<Tuple>() {
        Some(tuple) => {
            let at = |i: usize| tuple.items().get(i).copied().unwrap_or(Value::NULL);
            ThrowArguments { ty: at(0), value: at(1), traceback: at(2) }
        }
        None => {
            g.closed.set(true);
            ThrowArguments::generator_exit()
        }
    };
    let result = generator::throw(thread, generator, arguments, false);
    finish_throw(thread, a, g, result)
}

/// The end of a step of `athrow` or `aclose`.
fn finish_throw(
    thread: &Thread,
    a: &Awaitable,
    g: &Generator,
    result: PyResult<SendResult>,
) -> PyResult<SendResult> {
    if a.action.get() == Action::Throw {
        return closed_at_end(a, unwrap(thread, g, result));
    }
    match result {
        Ok(SendResult::Next(value)) if value.cast_exact::<WrappedValue>().is_some() => {
            g.running_async.set(false);
            a.state.set(AwaitableState::Closed);
            Err(thread.runtime_error("async generator ignored GeneratorExit"))
        }
        Ok(SendResult::Next(value)) => Ok(SendResult::Next(value)),
        other => {
            g.running_async.set(false);
            a.state.set(AwaitableState::Closed);
            if let Err(raised) = other {
                let ends =
                    thread.raised_matches(&STOP_ASYNC_ITERATION) || thread.raised_matches(&GENERATOR_EXIT);
                if !ends {
                    return Err(raised);
                }
                drop(thread.take_raised());
            }
            Ok(SendResult::Return(Ref::NONE))
        }
    }
}

fn throw(thread: &Thread, v: Value, arguments: ThrowArguments) -> PyResult {
    let a = awaitable(thread, v)?;
    let generator = a.generator.get();
    let g = this(thread, *generator)?;
    match a.state.get() {
        AwaitableState::Closed => return Err(cannot_reuse(thread, a)),
        AwaitableState::Created => begin(thread, a, g)?,
        AwaitableState::Iterating => {}
    }
    let result = generator::throw(thread, *generator, arguments, false);
    let result = match a.action.get() {
        Action::Send => closed_at_end(a, unwrap(thread, g, result)),
        _ => finish_throw(thread, a, g, result),
    }?;
    generator::value_or_stop(thread, result)
}

fn throw_method(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let arguments = ThrowArguments::from_call(thread, "throw", arguments.positional())?;
    throw(thread, v, arguments)
}

fn close_method(thread: &Thread, v: Value) -> PyResult {
    let a = awaitable(thread, v)?;
    if a.state.get() == AwaitableState::Closed {
        return Ok(Ref::NONE);
    }
    match throw(thread, v, ThrowArguments::generator_exit()) {
        Ok(_) => Err(thread.runtime_error("coroutine ignored GeneratorExit")),
        Err(raised) => {
            let expected = [&STOP_ITERATION, &STOP_ASYNC_ITERATION, &GENERATOR_EXIT];
            if !expected.iter().any(|ty| thread.raised_matches(ty)) {
                return Err(raised);
            }
            drop(thread.take_raised());
            Ok(Ref::NONE)
        }
    }
}

/// Complains about an awaitable that nobody awaited.
fn finalize(thread: &Thread, v: Value) {
    let Ok(a) = awaitable(thread, v) else { return drop(thread.take_raised()) };
    let Some(g) = generator::cast(a.generator.peek()) else { return };
    if a.state.get() != AwaitableState::Created {
        return;
    }
    let name = str::display(g.qualname.peek());
    let message = format!("coroutine method '{}' of '{name}' was never awaited", a.action.get().method());
    if warnings::warn(thread, &RUNTIME_WARNING, &message, 1).is_err() {
        write_unraisable_about(
            thread,
            "Exception ignored while finalizing async generator",
            a.generator.peek(),
        );
    }
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    step(thread, v, Value::NONE).map(Some)
}

const fn awaitable_slots<T: crate::slot_fields::SlotFields>() -> Slots {
    Slots {
        drop: drop_object::<T>,
        traverse: Some(traverse_slots::<T>),
        finalize: Some(finalize),
        iter: Some(|_, v| Ok(v.to_ref())),
        await_: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        send: Some(send),
        ..Slots::EMPTY
    }
}

const AWAITABLE_METHODS: &[MethodDef] = &[
    method(
        "send",
        "($self, object, /)",
        NativeFn::One(step),
        "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
    ),
    method(
        "throw",
        "?",
        NativeFn::Raw(throw_method),
        "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
    ),
    method(
        "close",
        "($self, /)",
        NativeFn::NoArgs(close_method),
        "close() -> raise GeneratorExit inside generator.",
    ),
];

pub static ASEND: Type = Type::new_static(&TypeSpec {
    name: "async_generator_asend",
    size: size_of::<Awaitable>(),
    flags: TypeFlags::GC,
    slots: awaitable_slots::<Awaitable>(),
    methods: AWAITABLE_METHODS,
    ..TypeSpec::EMPTY
});

pub static ATHROW: Type = Type::new_static(&TypeSpec {
    name: "async_generator_athrow",
    size: size_of::<Awaitable>(),
    flags: TypeFlags::GC,
    slots: awaitable_slots::<ThrowAwaitable>(),
    methods: AWAITABLE_METHODS,
    ..TypeSpec::EMPTY
});

pub static ASYNC_GENERATOR: Type = Type::new_static(&TypeSpec {
    name: "async_generator",
    size: size_of::<Generator>(),
    flags: SHARED_FLAGS,
    slots: Slots { aiter: Some(|_, v| Ok(v.to_ref())), anext: Some(anext), ..SHARED_SLOTS },
    methods: &[
        method("asend", "($self, object, /)", NativeFn::One(asend), "asend(v) -> send 'v' in generator."),
        method(
            "athrow",
            "?",
            NativeFn::Raw(athrow),
            "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        method(
            "aclose",
            "($self, /)",
            NativeFn::NoArgs(aclose),
            "aclose() -> raise GeneratorExit inside generator.",
        ),
        method(
            "__class_getitem__",
            "($type, object, /)",
            NativeFn::One(class_getitem),
            "async generators are generic over the types of their yield and send values",
        )
        .class(),
    ],
    getsets: &[
        getset("ag_running", |t, v| Ok(Ref::bool(this(t, v)?.running_async.get())), "").member(),
        name_row("name of the async generator"),
        qualname_row("qualified name of the async generator"),
        getset("ag_await", get_yield_from, "object being awaited on, or None"),
        getset("ag_frame", get_frame, ""),
        getset("ag_code", get_code, ""),
        getset("ag_suspended", get_suspended, ""),
    ],
    ..TypeSpec::EMPTY
});
