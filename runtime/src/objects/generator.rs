//! Generators, coroutines and asynchronous generators: one struct that owns a frame's head and registers.
//!
//! The interpreter runs the frame, whether it resumes it inside its own loop or through `Interpreter::resume`; both ways it
//! calls `enter` before, and `suspend` or `finish` after. Everything Python sees (send, throw, close, the checks) is here
//! and in `async_generator`.

use crate::cell::{Borrowed, Slot};
use crate::error::{PyResult, Raised};
use crate::frame::{Frame, FrameKind, FrameObject};
use crate::heap;
use crate::object::Header;
use crate::objects::builtin_function::address;
use crate::objects::exceptions::{
    self, BaseException, GENERATOR_EXIT, RUNTIME_ERROR, STOP_ITERATION, is_exception_class, new_exception,
};
use crate::objects::frame;
use crate::objects::function::Function;
use crate::objects::generator_chain::{self, settle_any};
use crate::objects::generic_alias::class_getitem;
use crate::objects::int;
use crate::objects::str::{self, Str};
use crate::objects::traceback::Traceback;
use crate::objects::tuple::Tuple;
use crate::slot_fields::none_if_null;
use crate::state::{STATE, import_module};
use crate::thread::Thread;
use crate::types::slots::{SendResult, Visit};
use crate::types::{GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use crate::{attributes, names, warnings};
use ir::code::co_flags;
use ir::opcode::{Opcode, resume};
use std::cell::Cell;

pub use crate::objects::async_generator::ASYNC_GENERATOR;
pub use crate::objects::coroutine::{COROUTINE, COROUTINE_WRAPPER};

/// Where a generator is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GeneratorState {
    /// Made, not started.
    Created,
    /// At a `yield`.
    Suspended,
    /// At a `yield from` or `await`: the iterator it delegates to is on top of its stack.
    SuspendedYieldFrom,
    Executing,
    /// One of several that delegate each to the next, not the outermost one; see `generator_chain`.
    Chained,
    /// Returned, raised or closed.
    Finished,
}

/// A generator, coroutine or asynchronous generator; the frame's registers follow.
#[repr(C)]
pub struct Generator {
    pub header: Header,
    pub frame: Frame,
    pub name: Slot,
    pub qualname: Slot,
    /// The exception it handles while it is suspended within an `except` block. While it runs: what whoever resumed it handles.
    pub handled: Slot,
    /// `cr_origin` of coroutines; the finaliser hook of asynchronous generators.
    pub origin_or_finalizer: Slot,
    pub state: Cell<GeneratorState>,
    /// Asynchronous generators: hooks were called; it was closed; an awaitable of it is running.
    pub hooks_called: Cell<bool>,
    pub closed: Cell<bool>,
    pub running_async: Cell<bool>,
    /// See `generator_chain`.
    pub(super) links: Cell<u32>,
    pub(super) partner: Cell<*const Generator>,
    register_count: usize,
}

crate::object!(Generator, GENERATOR);

/// Whether objects of a type are generators, coroutines or asynchronous generators.
pub fn is_type(ty: &Type) -> bool {
    std::ptr::eq(ty, &GENERATOR) || std::ptr::eq(ty, &COROUTINE) || std::ptr::eq(ty, &ASYNC_GENERATOR)
}

/// The struct behind a generator-like object.
#[inline]
pub fn cast(v: Value) -> Option<&'static Generator> {
    if v.is_null() || !v.is_pointer() {
        return None;
    }
    // SAFETY: the three types have this layout and no subtypes.
    is_type(v.ty()).then(|| unsafe { &*(v.header_unchecked() as *const Generator) })
}

/// The receiver of a method of one of the three types. It may be `Chained` only while it is running.
pub(super) fn this(thread: &Thread, v: Value) -> PyResult<&'static Generator> {
    let g = cast(v).ok_or_else(|| thread.type_error("descriptor requires a generator object"))?;
    if g.state.get() == GeneratorState::Chained {
        generator_chain::settle(g);
    }
    Ok(g)
}

impl Generator {
    /// Where the registers lie in the object.
    pub const REGISTERS_OFFSET: usize = size_of::<Generator>();

    pub fn is_finished(&self) -> bool {
        self.state.get() == GeneratorState::Finished
    }
    /// Whether it is executing. One that is `Chained` must have been settled.
    fn is_running(&self) -> bool {
        matches!(self.state.get(), GeneratorState::Executing | GeneratorState::Chained)
    }
    pub(super) fn kind_name(&self) -> &'static str {
        let ty = self.header.ty();
        if std::ptr::eq(ty, &COROUTINE) {
            "coroutine"
        } else if std::ptr::eq(ty, &ASYNC_GENERATOR) {
            "async generator"
        } else {
            "generator"
        }
    }
    fn registers(&self) -> &[Value] {
        // SAFETY: the registers follow the struct.
        unsafe { std::slice::from_raw_parts(self.frame.registers.get(), self.register_count) }
    }
    /// The iterator that a suspended generator delegates to: the topmost live register.
    pub fn yield_from(&self) -> Option<Ref> {
        let delegates = match self.state.get() {
            GeneratorState::SuspendedYieldFrom => true,
            GeneratorState::Chained => generator_chain::hands_on(self),
            _ => false,
        };
        if !delegates {
            return None;
        }
        self.registers().iter().rev().find(|v| v.is_pointer()).map(|v| v.to_ref())
    }
}

// For the interpreter.

/// The type of the object that a function with these code flags gives.
fn type_for(flags: u32) -> &'static Type {
    if flags & co_flags::COROUTINE != 0 {
        &COROUTINE
    } else if flags & co_flags::ASYNC_GENERATOR != 0 {
        &ASYNC_GENERATOR
    } else {
        &GENERATOR
    }
}

/// A generator with a head and room for `count` registers, which are not filled yet.
#[inline(always)]
fn allocate(ty: &'static Type, frame: Frame, name: Ref, qualname: Ref, count: usize) -> &'static Generator {
    let object =
        heap::allocate(ty, Generator::REGISTERS_OFFSET, count * size_of::<Value>(), |header| Generator {
            header,
            frame,
            name: Slot::new(name),
            qualname: Slot::new(qualname),
            handled: Slot::null(),
            origin_or_finalizer: Slot::null(),
            state: Cell::new(GeneratorState::Created),
            hooks_called: Cell::new(false),
            closed: Cell::new(false),
            running_async: Cell::new(false),
            links: Cell::new(0),
            partner: Cell::new(std::ptr::null()),
            register_count: count,
        });
    // SAFETY: the three types have this layout; the caller hands the object's one reference out.
    let g = unsafe { &*(object.value().header_unchecked() as *const Generator) };
    g.frame.generator.set(object.into_value());
    let registers = (g as *const Generator).cast::<u8>().wrapping_add(Generator::REGISTERS_OFFSET);
    g.frame.registers.set(registers as *mut Value);
    g
}

/// Makes the generator object of a frame that has bound its arguments (RETURN_GENERATOR). References in the head and the
/// first `count` registers move to the object.
pub fn from_frame(thread: &Thread, from: &Frame, count: usize) -> Ref {
    let ty = type_for(from.code().flags);
    let function = from.function.peek().cast::<Function>();
    let name = function.map_or_else(|| from.code().name.clone(), |f| f.name.get());
    let qualname = function.map_or_else(|| from.code().qualname.clone(), |f| f.qualname.get());
    let head = Frame {
        pc: Cell::new(from.pc.get()),
        executable: Cell::new(from.executable.get()),
        code: Borrowed::new(from.code.peek()),
        globals: Borrowed::new(from.globals.peek()),
        builtins: Borrowed::new(from.builtins.peek()),
        function: Slot::new(from.function.take()),
        locals: Slot::new(from.locals.take()),
        frame_object: Slot::new(from.frame_object.take()),
        kind: Cell::new(FrameKind::Generator),
        ..Frame::empty()
    };
    let g = allocate(ty, head, name, qualname, count);
    // SAFETY: there is room for `count` registers; the old ones are given up.
    unsafe {
        for i in 0..count {
            let value = std::ptr::replace(from.registers.get().add(i), Value::NULL);
            g.frame.registers.get().add(i).write(value);
        }
    }
    if let Some(frame_object) = g.frame.frame_object.peek().cast::<FrameObject>() {
        frame_object.frame.set(&raw const g.frame as *mut Frame);
    }
    if std::ptr::eq(ty, &COROUTINE) && thread.coroutine_origin_depth.get() > 0 {
        g.origin_or_finalizer.set(origin(thread, from));
    }
    // SAFETY: the reference that `allocate` leaves to be handed out.
    unsafe { Ref::from_owned(g.frame.generator.get()) }
}

/// The object that a call of a generator function gives, without a frame having been made for it. All `count` registers
/// are NULL, and the frame's pc is for the caller to set.
pub fn from_function(owner: Ref, function: &Function, executable: *const (), count: usize) -> Ref {
    let head = Frame {
        executable: Cell::new(executable),
        code: Borrowed::new(function.code.peek()),
        globals: Borrowed::new(function.globals.peek()),
        builtins: Borrowed::new(function.builtins.peek()),
        function: Slot::new(owner),
        kind: Cell::new(FrameKind::Generator),
        ..Frame::empty()
    };
    let ty = type_for(function.code().flags);
    let g = allocate(ty, head, function.name.get(), function.qualname.get(), count);
    for i in 0..count {
        // SAFETY: there is room for `count` registers.
        unsafe { g.frame.registers.get().add(i).write(Value::NULL) };
    }
    // SAFETY: the reference that `allocate` leaves to be handed out.
    unsafe { Ref::from_owned(g.frame.generator.get()) }
}

/// `cr_origin`: (file name, line, function name) of the callers, innermost first.
fn origin(thread: &Thread, from: &Frame) -> Ref {
    let mut entries = Vec::new();
    let mut at = from.previous.get();
    // SAFETY: the chain of heads is alive while they run.
    while let Some(f) = unsafe { at.as_ref() } {
        if entries.len() >= thread.coroutine_origin_depth.get() as usize {
            break;
        }
        let line = f.code().line_at(frame::lasti(f)).unwrap_or(0);
        let name = f.code().name.clone();
        entries.push(Tuple::from_refs(vec![f.code().filename.get(), int::new(line.into()), name]));
        at = f.previous.get();
    }
    Tuple::from_refs(entries)
}

/// Marks a generator as running and exchanges the exception it handles for the resumer's.
#[inline]
pub fn enter(thread: &Thread, g: &Generator) {
    g.state.set(GeneratorState::Executing);
    thread.handled.swap(&g.handled);
    thread.running_generators.set(thread.running_generators.get() + 1);
}

#[inline]
fn leave(thread: &Thread, g: &Generator) {
    thread.handled.swap(&g.handled);
    thread.running_generators.set(thread.running_generators.get() - 1);
    g.frame.previous.set(std::ptr::null_mut());
}

/// The reverse of `enter` at a `yield`.
#[inline]
pub fn suspend(thread: &Thread, g: &Generator, in_yield_from: bool) {
    leave(thread, g);
    let state = if in_yield_from { GeneratorState::SuspendedYieldFrom } else { GeneratorState::Suspended };
    g.state.set(state);
}

/// The reverse of `enter` when the frame returned or raised: its object takes the registers over or they are dropped. The
/// frame's `previous` is still set.
pub fn finish(thread: &Thread, g: &Generator) {
    let detached = frame::detach(thread, &g.frame);
    leave(thread, g);
    g.state.set(GeneratorState::Finished);
    drop(g.handled.take());
    drop_contents(g, detached);
}

fn drop_contents(g: &Generator, detached: bool) {
    for i in (0..if detached { 0 } else { g.register_count }).rev() {
        // SAFETY: the generator owns its registers; each is emptied before its value is dropped.
        drop(unsafe { Ref::from_owned(std::ptr::replace(g.frame.registers.get().add(i), Value::NULL)) });
    }
    for slot in [&g.frame.frame_object, &g.frame.locals, &g.frame.extra] {
        drop(slot.take());
    }
}

/// Ends a generator that never runs again.
fn discard(thread: &Thread, g: &Generator) {
    if g.is_finished() {
        return;
    }
    settle_any(g);
    g.state.set(GeneratorState::Finished);
    let detached = frame::detach(thread, &g.frame);
    drop(g.handled.take());
    drop_contents(g, detached);
}

/// The RuntimeError in place of a StopIteration (or StopAsyncIteration) that left a generator's body.
pub fn stop_iteration_error(thread: &Thread, frame: &Frame, exception: Value) -> PyResult {
    let flags = frame.code().flags;
    let is_async = flags & co_flags::ASYNC_GENERATOR != 0;
    let message = if exception.is_instance(&STOP_ITERATION) {
        match (is_async, flags & co_flags::COROUTINE != 0) {
            (true, _) => "async generator raised StopIteration",
            (_, true) => "coroutine raised StopIteration",
            _ => "generator raised StopIteration",
        }
    } else if is_async && exception.is_instance(&exceptions::STOP_ASYNC_ITERATION) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(exception.to_ref());
    };
    let text = Str::new(message);
    let error = new_exception(thread, &RUNTIME_ERROR, &[*text])?;
    exceptions::set_cause(*error, exception.to_ref());
    if let Some(e) = error.cast::<BaseException>() {
        e.context.set(exception.to_ref());
    }
    Ok(error)
}

// Sending, throwing, closing.

/// What a call does that resumes a generator or coroutine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resumption {
    /// `next(generator)`, with or without a default.
    Next,
    /// `generator.send(value)`.
    Send,
    /// `generator.throw(exception)`.
    Throw,
}

/// Whether calls of a method of generators and coroutines, by its row, resume them.
pub fn resumption_of(def: &MethodDef) -> Option<Resumption> {
    match def.function {
        NativeFn::One(f) if f as usize == send_method as *const () as usize => Some(Resumption::Send),
        NativeFn::Raw(f) if f as usize == throw_method as *const () as usize => Some(Resumption::Throw),
        _ => None,
    }
}

fn already_executing(thread: &Thread, g: &Generator) -> Raised {
    thread.value_error(format!("{} already executing", g.kind_name()))
}

/// Resumes with a value.
pub fn send(thread: &Thread, generator: Value, sent: Value) -> PyResult<SendResult> {
    let g = this(thread, generator)?;
    match g.state.get() {
        GeneratorState::Executing | GeneratorState::Chained => return Err(already_executing(thread, g)),
        GeneratorState::Created if !sent.is_none() => {
            return Err(
                thread.type_error(format!("can't send non-None value to a just-started {}", g.kind_name()))
            );
        }
        GeneratorState::Finished if g.kind_name() == "coroutine" => {
            return Err(thread.runtime_error("cannot reuse already awaited coroutine"));
        }
        GeneratorState::Finished => return Ok(SendResult::Return(Ref::NONE)),
        _ => {}
    }
    thread.check_native_stack()?;
    let _alive = generator.to_ref();
    STATE.interpreter().resume(thread, generator, Some(sent))
}

/// Resumes by raising the pending exception at the point of suspension.
pub(super) fn raise_within(
    thread: &Thread,
    generator: Value,
    raised: Raised,
    closing: bool,
) -> PyResult<SendResult> {
    let g = this(thread, generator)?;
    settle_any(g);
    match g.state.get() {
        GeneratorState::Executing | GeneratorState::Chained => {
            drop(thread.take_raised());
            return Err(already_executing(thread, g));
        }
        GeneratorState::Finished if g.kind_name() == "coroutine" && !closing => {
            drop(thread.take_raised());
            return Err(thread.runtime_error("cannot reuse already awaited coroutine"));
        }
        GeneratorState::Finished => return Err(raised),
        _ => {}
    }
    if let Some(handled) = g.handled.option().filter(|h| !h.is_none()) {
        let exception = thread.peek_raised().to_ref();
        exceptions::chain_to(handled, *exception);
    }
    thread.check_native_stack()?;
    let _alive = generator.to_ref();
    STATE.interpreter().resume(thread, generator, None)
}

/// What a send came to as a call of a method sees it: a returned value raises StopIteration.
pub(super) fn value_or_stop(thread: &Thread, result: SendResult) -> PyResult {
    match result {
        SendResult::Next(v) => Ok(v),
        SendResult::Return(v) => Err(thread.stop_iteration(*v)),
    }
}

/// Runs `f` while a generator counts as running, because the one it delegates to is.
/// Its frame stands in the chain of frames meanwhile.
fn while_delegating<R>(thread: &Thread, g: &Generator, f: impl FnOnce() -> R) -> R {
    let state = g.state.replace(GeneratorState::Executing);
    let caller = thread.frame.replace(&raw const g.frame as *mut Frame);
    g.frame.previous.set(caller);
    let handled = g.handled.take();
    let result = f();
    g.handled.set(handled);
    g.frame.previous.set(std::ptr::null_mut());
    thread.frame.set(caller);
    g.state.set(state);
    result
}

/// Closes the iterator a generator delegates to.
fn close_iterator(thread: &Thread, iterator: Value) -> PyResult<()> {
    if cast(iterator).is_some_and(|g| g.kind_name() != "async generator") {
        return close(thread, iterator).map(drop);
    }
    match attributes::find(thread, iterator, names::get().close) {
        Ok(Some(method)) => thread.call(*method, &[]).map(drop),
        Ok(None) => Ok(()),
        Err(_) => {
            exceptions::write_unraisable_about(thread, "Exception ignored while closing generator", iterator);
            Ok(())
        }
    }
}

/// `generator.close()`; gives what the generator returned.
pub fn close(thread: &Thread, generator: Value) -> PyResult {
    thread.check_native_stack()?;
    let g = this(thread, generator)?;
    settle_any(g);
    match g.state.get() {
        GeneratorState::Created => {
            discard(thread, g);
            return Ok(Ref::NONE);
        }
        GeneratorState::Finished => return Ok(Ref::NONE),
        GeneratorState::Executing | GeneratorState::Chained => return Err(already_executing(thread, g)),
        _ => {}
    }
    // Events tell of the exception that nobody would see.
    if is_outside_of_try(g) && !thread.gives_events() {
        discard(thread, g);
        return Ok(Ref::NONE);
    }
    let closed = match g.yield_from() {
        Some(target) => while_delegating(thread, g, || close_iterator(thread, *target)),
        None => Ok(()),
    };
    let raised = match closed {
        Ok(()) => raise_generator_exit(thread),
        Err(raised) => raised,
    };
    match raise_within(thread, generator, raised, true) {
        Ok(SendResult::Return(value)) => Ok(value),
        Ok(SendResult::Next(_)) => {
            Err(thread.runtime_error(format!("{} ignored GeneratorExit", g.kind_name())))
        }
        Err(raised) => {
            if thread.raised_matches(&STOP_ITERATION) {
                return Ok(exceptions::stop_iteration_value(*thread.take_raised()));
            }
            drop(thread.catch(raised, &GENERATOR_EXIT)?);
            Ok(Ref::NONE)
        }
    }
}

/// Whether the frame is suspended at a `yield` where no `try` or `with` of its own would see an exception. The `RESUME`
/// behind the `yield` says so.
fn is_outside_of_try(g: &Generator) -> bool {
    let code = &g.frame.code().code;
    let Ok(at) = usize::try_from(STATE.interpreter().lasti(&g.frame)) else { return false };
    let behind = code.get(at + 2..at + 4);
    behind.is_some_and(|unit| {
        let outside = (resume::AFTER_YIELD | resume::DEPTH1_MASK) as u8;
        unit[0] == Opcode::RESUME as u8 && unit[1] == outside
    })
}

pub(super) fn raise_generator_exit(thread: &Thread) -> Raised {
    match new_exception(thread, &GENERATOR_EXIT, &[]) {
        Ok(e) => thread.restore(e),
        Err(raised) => raised,
    }
}

/// The arguments of `throw`: an exception, or the old form of type, value and traceback; NULL where not given.
#[derive(Clone, Copy)]
pub struct ThrowArguments {
    pub ty: Value,
    pub value: Value,
    pub traceback: Value,
}

impl ThrowArguments {
    /// Reads them from a call.
    pub(super) fn from_call(thread: &Thread, method: &str, arguments: &[Value]) -> PyResult<ThrowArguments> {
        let given = arguments.len();
        if given == 0 || given > 3 {
            let (bound, n) = if given == 0 { ("at least", 1) } else { ("at most", 3) };
            let plural = if n == 1 { "" } else { "s" };
            return Err(
                thread.type_error(format!("{method} expected {bound} {n} argument{plural}, got {given}"))
            );
        }
        if given > 1 {
            warnings::warn(
                thread,
                &exceptions::DEPRECATION_WARNING,
                &format!(
                    "the (type, exc, tb) signature of {method}() is deprecated, use the single-arg signature instead."
                ),
                1,
            )?;
        }
        let at = |i: usize| arguments.get(i).copied().unwrap_or(Value::NULL);
        Ok(ThrowArguments { ty: at(0), value: at(1), traceback: at(2) })
    }
    pub(super) fn generator_exit() -> ThrowArguments {
        ThrowArguments { ty: Value::of(&GENERATOR_EXIT), value: Value::NULL, traceback: Value::NULL }
    }
    fn is_generator_exit(&self) -> bool {
        let class = self.ty.cast::<Type>().unwrap_or_else(|| self.ty.ty());
        class.is_subtype(&GENERATOR_EXIT)
    }
    fn given(&self) -> Vec<Value> {
        [self.ty, self.value, self.traceback].into_iter().take_while(|v| !v.is_null()).collect()
    }
    /// Makes the exception pending.
    fn raise(&self, thread: &Thread) -> PyResult<Raised> {
        let mut traceback = self.traceback;
        if traceback.is_null() || traceback.is_none() {
            traceback = Value::NULL;
        } else if traceback.cast::<Traceback>().is_none() {
            return Err(thread.type_error("throw() third argument must be a traceback object"));
        }
        let has_value = !self.value.is_null() && !self.value.is_none();
        let exception = if is_exception_class(self.ty) {
            match self.instance(thread, has_value) {
                Ok(exception) => exception,
                // What that raises is thrown instead.
                Err(raised) => return Ok(raised),
            }
        } else if self.ty.cast::<BaseException>().is_some() {
            if has_value {
                return Err(thread.type_error("instance exception may not have a separate value"));
            }
            self.ty.to_ref()
        } else {
            return Err(thread.type_error(format!(
                "exceptions must be classes or instances deriving from BaseException, not {}",
                self.ty.ty().name()
            )));
        };
        if let (Some(e), false) = (exception.cast::<BaseException>(), traceback.is_null()) {
            e.traceback.set(traceback.to_ref());
        }
        Ok(thread.restore(exception))
    }
    /// `type(value)`, or the value itself if it is an instance of the type.
    fn instance(&self, thread: &Thread, has_value: bool) -> PyResult {
        if !has_value {
            return exceptions::new_from_raise(thread, self.ty);
        }
        if self.ty.cast::<Type>().is_some_and(|t| self.value.is_instance(t)) {
            return Ok(self.value.to_ref());
        }
        match self.value.cast::<Tuple>() {
            Some(tuple) => thread.call(self.ty, tuple.items()),
            None => thread.call(self.ty, &[self.value]),
        }
    }
}

/// `generator.throw(...)`: to the innermost of those it delegates to, or raised at its own point of suspension.
pub fn throw(
    thread: &Thread,
    generator: Value,
    arguments: ThrowArguments,
    close_on_exit: bool,
) -> PyResult<SendResult> {
    thread.check_native_stack()?;
    let g = this(thread, generator)?;
    settle_any(g);
    let Some(target) = g.yield_from() else { return throw_here(thread, generator, arguments) };
    if arguments.is_generator_exit() && close_on_exit {
        return match while_delegating(thread, g, || close_iterator(thread, *target)) {
            Ok(()) => throw_here(thread, generator, arguments),
            Err(raised) => raise_within(thread, generator, raised, false),
        };
    }
    let delegated = if cast(*target).is_some_and(|t| t.kind_name() != "async generator") {
        while_delegating(thread, g, || {
            let result = throw(thread, *target, arguments, close_on_exit)?;
            value_or_stop(thread, result)
        })
    } else {
        let Some(method) = attributes::find(thread, *target, names::get().throw)? else {
            return throw_here(thread, generator, arguments);
        };
        while_delegating(thread, g, || thread.call(*method, &arguments.given()))
    };
    match delegated {
        Ok(value) => Ok(SendResult::Next(value)),
        Err(raised) => raise_within(thread, generator, raised, false),
    }
}

fn throw_here(thread: &Thread, generator: Value, arguments: ThrowArguments) -> PyResult<SendResult> {
    let raised = arguments.raise(thread)?;
    raise_within(thread, generator, raised, false)
}

// The end.

/// `__del__`: closes what is suspended, complains about coroutines that nobody awaited.
pub fn finalize(thread: &Thread, generator: Value) {
    let Some(g) = cast(generator) else { return };
    settle_any(g);
    if g.is_finished() || g.is_running() {
        return;
    }
    if std::ptr::eq(g.header.ty(), &GENERATOR)
        && (g.state.get() == GeneratorState::Created || is_outside_of_try(g) && !thread.gives_events())
    {
        return discard(thread, g);
    }
    heap::HEAP.death_observed.set(true);
    let is_async_generator = g.kind_name() == "async generator";
    if is_async_generator && !g.closed.get() && !g.origin_or_finalizer.is_null() {
        let hook = g.origin_or_finalizer.get();
        if thread.call(*hook, &[generator]).is_err() {
            exceptions::write_unraisable_about(
                thread,
                "Exception ignored while finalizing generator",
                generator,
            );
        }
        return;
    }
    if g.kind_name() == "coroutine" && g.state.get() == GeneratorState::Created {
        warn_unawaited(thread, generator, g);
        return discard(thread, g);
    }
    if close(thread, generator).is_err() {
        exceptions::write_unraisable_about(thread, "Exception ignored while closing generator", generator);
    }
}

/// Warns by the function in `warnings`; in plainer words where that is missing or fails.
fn warn_unawaited(thread: &Thread, coroutine: Value, g: &Generator) {
    let report = || {
        let message = "Exception ignored while finalizing coroutine";
        exceptions::write_unraisable_about(thread, message, coroutine);
    };
    let warned = import_module(thread, "warnings")
        .and_then(|m| attributes::get(thread, *m, names::get()._warn_unawaited_coroutine))
        .and_then(|f| thread.call(*f, &[coroutine]).map(drop));
    if warned.is_ok() {
        return;
    }
    if thread.raised_matches(&exceptions::RUNTIME_WARNING) {
        return report();
    }
    match thread.raised_matches(&exceptions::IMPORT_ERROR)
        || thread.raised_matches(&exceptions::ATTRIBUTE_ERROR)
    {
        true => drop(thread.take_raised()),
        false => report(),
    }
    let message = format!("coroutine '{}' was never awaited", str::display(g.qualname.peek()));
    if warnings::warn(thread, &exceptions::RUNTIME_WARNING, &message, 1).is_err() {
        report();
    }
}

pub(super) fn drop_generator(object: *mut Header) {
    // SAFETY: called once, by the heap, on a dying generator; registers and fields are owned by it.
    unsafe {
        let g = &*(object as *const Generator);
        settle_any(g);
        let detached = !g.is_finished() && frame::detach(Thread::current(), &g.frame);
        drop_contents(g, detached);
        std::ptr::drop_in_place(object as *mut Generator);
    }
}

pub(super) fn variable_size(object: *const Header) -> usize {
    // SAFETY: called for the three generator types only.
    let registers = unsafe { (*(object as *const Generator)).register_count };
    Generator::REGISTERS_OFFSET + registers * size_of::<Value>()
}

pub(super) fn traverse(object: Value, visit: Visit) {
    let Some(g) = cast(object) else { return };
    for slot in [&g.name, &g.qualname, &g.handled, &g.origin_or_finalizer] {
        if slot.peek().is_pointer() {
            visit(slot.peek());
        }
    }
    frame::traverse_head(&g.frame, visit);
    g.registers().iter().filter(|v| v.is_pointer()).for_each(|v| visit(*v));
}

pub(super) fn clear(object: Value) {
    let Some(g) = cast(object) else { return };
    settle_any(g);
    if !g.is_running() {
        discard(Thread::current(), g);
    }
}

// What Python sees.

pub(super) fn repr(thread: &Thread, v: Value) -> PyResult {
    let g = this(thread, v)?;
    let name = str::display(g.qualname.peek());
    Ok(Str::new(&format!("<{} object {name} at {:#x}>", v.ty().name(), address(v))))
}

/// `next(generator)`
pub fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    match send(thread, v, Value::NONE)? {
        SendResult::Next(value) => Ok(Some(value)),
        SendResult::Return(value) if value.is_none() => Ok(None),
        SendResult::Return(value) => Err(thread.stop_iteration(*value)),
    }
}

pub(super) fn send_method(thread: &Thread, v: Value, sent: Value) -> PyResult {
    let result = send(thread, v, sent)?;
    value_or_stop(thread, result)
}

pub(super) fn throw_method(thread: &Thread, v: Value, arguments: &crate::Args) -> PyResult {
    let arguments = ThrowArguments::from_call(thread, "throw", arguments.positional())?;
    let result = throw(thread, v, arguments, true)?;
    value_or_stop(thread, result)
}

pub(super) fn get_frame(thread: &Thread, v: Value) -> PyResult {
    let g = this(thread, v)?;
    Ok(if g.is_finished() { Ref::NONE } else { frame::object_of(thread, &g.frame) })
}

pub(super) fn get_yield_from(thread: &Thread, v: Value) -> PyResult {
    let g = this(thread, v)?;
    Ok(if g.is_running() { Ref::NONE } else { g.yield_from().unwrap_or(Ref::NONE) })
}

pub(super) fn get_running(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(this(thread, v)?.is_running()))
}

pub(super) fn get_suspended(thread: &Thread, v: Value) -> PyResult {
    let state = this(thread, v)?.state.get();
    Ok(Ref::bool(matches!(state, GeneratorState::Suspended | GeneratorState::SuspendedYieldFrom)))
}

pub(super) fn get_code(thread: &Thread, v: Value) -> PyResult {
    Ok(this(thread, v)?.frame.code.get())
}

fn set_text(
    thread: &Thread,
    v: Value,
    value: Value,
    name: &str,
    slot: fn(&Generator) -> &Slot,
) -> PyResult<()> {
    if value.is_null() || value.cast::<Str>().is_none() {
        return Err(thread.type_error(format!("{name} must be set to a string object")));
    }
    slot(this(thread, v)?).set(value.to_ref());
    Ok(())
}

/// The row of `__name__`.
pub(super) const fn name_row(doc: &'static str) -> GetSetDef {
    getset("__name__", |t, v| Ok(none_if_null(this(t, v)?.name.get())), doc)
        .settable(|t, v, value| set_text(t, v, value, "__name__", |g| &g.name))
}

/// The row of `__qualname__`.
pub(super) const fn qualname_row(doc: &'static str) -> GetSetDef {
    getset("__qualname__", |t, v| Ok(none_if_null(this(t, v)?.qualname.get())), doc)
        .settable(|t, v, value| set_text(t, v, value, "__qualname__", |g| &g.qualname))
}

/// What the three types share.
pub(super) const SHARED_SLOTS: Slots = Slots {
    drop: drop_generator,
    variable_size: Some(variable_size),
    traverse: Some(traverse),
    clear: Some(clear),
    finalize: Some(finalize),
    repr: Some(repr),
    send: Some(send),
    ..Slots::EMPTY
};

pub(super) const SHARED_FLAGS: TypeFlags =
    TypeFlags::GC.union(TypeFlags::WEAKREF).union(TypeFlags::QUIET_FINALIZER);

const METHODS: &[MethodDef] = &[
    method(
        "send",
        "($self, object, /)",
        NativeFn::One(send_method),
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
        NativeFn::NoArgs(close),
        "close() -> raise GeneratorExit inside generator.",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "generators are generic over the types of their yield, send, and return values",
    )
    .class(),
];

pub static GENERATOR: Type = Type::new_static(&TypeSpec {
    name: "generator",
    size: Generator::REGISTERS_OFFSET,
    flags: SHARED_FLAGS,
    slots: Slots { iter: Some(|_, v| Ok(v.to_ref())), next: Some(next), ..SHARED_SLOTS },
    methods: METHODS,
    getsets: &[
        name_row("name of the generator"),
        qualname_row("qualified name of the generator"),
        getset("gi_yieldfrom", get_yield_from, "object being iterated by yield from, or None"),
        getset("gi_running", get_running, ""),
        getset("gi_frame", get_frame, ""),
        getset("gi_suspended", get_suspended, ""),
        getset("gi_code", get_code, ""),
    ],
    ..TypeSpec::EMPTY
});

const _: () = assert!(
    Generator::REGISTERS_OFFSET.is_multiple_of(align_of::<Value>()),
    "registers follow the struct aligned"
);
