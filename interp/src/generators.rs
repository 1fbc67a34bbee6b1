//! Generators and coroutines: making, suspending and resuming their frames; iterators to await.

use crate::code::{Executable, length_of, lowered, of_frame};
use crate::dispatch::{Exit, Machine, define_result, run, run_raised};
use crate::frames;
use crate::hooks;
use crate::resuming_calls::{end_call, finish_call};
use crate::watch::Watch;
use ir::code::co_flags;
use ir::opcode::SpecialMethod;
use ir::register::{Operation, Word, flags, payload};
use runtime::error::PyResult;
use runtime::frame::{Frame, FrameKind, ResumedBy};
use runtime::objects::async_generator::ASEND;
use runtime::objects::coroutine::{await_iterator, is_iterable_coroutine};
use runtime::objects::exceptions::STOP_ITERATION;
use runtime::objects::function::{Function, new_cell};
use runtime::objects::generator::{self, Generator, GeneratorState};
use runtime::objects::generator_chain::{self as chain, SEND_LENGTH};
use runtime::objects::tuple::Tuple;
use runtime::objects::{async_generator, exceptions, generator_sink};
use runtime::thread::Thread;
use runtime::types::registry::{ASYNC_GENERATOR, COROUTINE, GENERATOR};
use runtime::types::slots::SendResult;
use runtime::value::{Ref, Value};
use runtime::{attributes, names, protocol};

/// Resumes a suspended frame with a value sent, or with the pending exception (`None`).
pub fn resume(thread: &Thread, object: Value, sent: Option<Value>) -> PyResult<SendResult> {
    let Some(g) = generator::cast(object) else {
        return Err(thread.type_error(format!("'{}' object is not a generator", object.ty().name())));
    };
    frames::check_depth(thread)?;
    debug_assert!(g.state.get() != GeneratorState::Created || sent.is_none_or(|v| v.is_none()));
    // Those in between give events too, if somebody asks for them.
    let may_skip = sent.is_some() && !thread.gives_events();
    let innermost = if may_skip { activate_chain(thread, g, ResumedBy::Native) } else { None };
    let g = innermost.unwrap_or_else(|| {
        chain::settle_any(g);
        activate(thread, g, ResumedBy::Native);
        g
    });
    let mut m = Machine::new(thread, &raw const g.frame as *mut Frame, of_frame(&g.frame));
    let exit = match sent {
        None => run_raised(&mut m),
        Some(sent) => {
            // SAFETY: the frame is at the instruction that suspended it.
            unsafe { receive(&mut m, sent.to_ref()) };
            run(&mut m)
        }
    };
    match exit? {
        Exit::Yield(value) => Ok(SendResult::Next(value)),
        Exit::Return(value) => Ok(SendResult::Return(value)),
    }
}

/// Makes a suspended frame the thread's innermost one.
#[inline(always)]
pub fn activate(thread: &Thread, g: &Generator, by: ResumedBy) -> *mut Frame {
    let frame = &raw const g.frame as *mut Frame;
    g.frame.previous.set(thread.frame.get());
    g.frame.resumed_by.set(by);
    thread.frame.set(frame);
    thread.recursion_depth.set(thread.recursion_depth.get() + 1);
    generator::enter(thread, g);
    frame
}

/// For the root of a chain: makes its frames the thread's innermost ones, and gives the innermost generator.
#[inline(always)]
fn activate_chain(thread: &Thread, root: &Generator, by: ResumedBy) -> Option<&'static Generator> {
    let innermost = root.partner()?;
    let depth = thread.recursion_depth.get() + root.links();
    if root.state.get() != GeneratorState::SuspendedYieldFrom || depth >= thread.recursion_limit.get() {
        return None;
    }
    root.frame.previous.set(thread.frame.get());
    root.frame.resumed_by.set(by);
    thread.frame.set(&raw const innermost.frame as *mut Frame);
    thread.recursion_depth.set(depth + 1);
    chain::enter(thread, root, innermost);
    Some(innermost)
}

/// Gives a resumed frame the value sent: the result of the instruction that suspended it, `Yield` or `ReturnGenerator`.
///
/// # Safety
/// The machine is at that instruction.
#[inline(always)]
unsafe fn receive(m: &mut Machine, value: Ref) {
    // SAFETY: promised by the caller; both instructions are one word.
    unsafe {
        let word_flags = Word(*m.pc).flags();
        let register = (*m.frame).return_register.get() as usize;
        define_result(m.registers, word_flags, register, value);
        m.pc = m.pc.add(1);
    }
}

/// Turns the machine to the frame of a suspended generator or coroutine, which the running instruction holds in a
/// register. False, with nothing done, if it is none or can't go on that way.
///
/// # Safety
/// The running frame's head knows the pc, at a `ForIter`, `Send` or `Call`.
#[inline(always)]
pub unsafe fn enter(m: &mut Machine, iterator: Value, by: ResumedBy, sent: Value) -> bool {
    let Some(mut g) = resumable(iterator, sent) else {
        // SAFETY: promised by the caller.
        return by == ResumedBy::Send && unsafe { enter_step(m, iterator, sent) };
    };
    if !frames::has_head(m.thread) {
        return false;
    }
    if matches!(by, ResumedBy::ForIter | ResumedBy::Call)
        && m.watch == Watch::Off
        && let Some(innermost) = activate_chain(m.thread, g, by)
    {
        // SAFETY: its frame is at the `Yield` that suspended it.
        unsafe { turn_to_resumed(m, innermost, sent) };
        return true;
    }
    // What a generator delegates to becomes a part of its chain.
    chain::settle_any(g);
    // A delegating generator hands on to the one it delegates to without running its own instructions.
    let mut by = by;
    while g.state.get() == GeneratorState::SuspendedYieldFrom && m.watch == Watch::Off {
        // SAFETY: the frame is suspended in its `yield from`.
        let Some((send, inner)) = (unsafe { delegate(&g.frame, sent) }) else { break };
        activate(m.thread, g, by);
        g.frame.pc.set(send);
        by = ResumedBy::Send;
        if !frames::has_head(m.thread) {
            // The `Send` itself raises.
            // SAFETY: the frame is at its `Send`, whose operand is the value.
            unsafe { hand_over(m, &g.frame, send, sent) };
            return true;
        }
        chain::settle_any(inner);
        g = inner;
    }
    activate(m.thread, g, by);
    // SAFETY: the frame is at the instruction that suspended it.
    unsafe { turn_to_resumed(m, g, sent) };
    true
}

/// Turns the machine to the frame of the asynchronous generator whose awaitable the running `Send` has. False, with nothing
/// done, if it is no such one, or that is for its `send`.
///
/// # Safety
/// The running frame's head knows the pc, at a `Send`.
unsafe fn enter_step(m: &mut Machine, iterator: Value, sent: Value) -> bool {
    if m.watch == Watch::Hooks || !iterator.is_exact(&ASEND) || !frames::has_head(m.thread) {
        return false;
    }
    let Some((g, value)) = async_generator::begin_step(iterator, sent) else { return false };
    activate(m.thread, g, ResumedBy::SendToStep);
    // SAFETY: the frame is at the instruction that suspended it.
    unsafe { turn_to_resumed(m, g, *value) };
    true
}

/// What the `Send` that the machine is at sends to.
///
/// # Safety
/// The machine is at a `Send`.
unsafe fn awaited(m: &Machine) -> Value {
    // SAFETY: promised by the caller.
    unsafe { *m.registers.add(Word(*m.pc).b() as usize) }
}

/// Ends the running generator's frame, which an exception leaves.
pub fn leave_raising(m: &mut Machine, exception: Value) {
    // SAFETY: the running frame is alive.
    let by = unsafe { (*m.frame).resumed_by.get() };
    leave(m);
    if by == ResumedBy::SendToStep {
        // SAFETY: the machine is at the resuming instruction.
        async_generator::step_raised(unsafe { awaited(m) }, exception);
    }
}

/// Turns the machine to the frame of an activated generator.
///
/// # Safety
/// The frame is at the instruction that suspended it.
#[inline(always)]
unsafe fn turn_to_resumed(m: &mut Machine, g: &Generator, sent: Value) {
    m.frame = &raw const g.frame as *mut Frame;
    m.registers = g.frame.registers.get();
    m.executable = of_frame(&g.frame);
    m.pc = g.frame.pc.get();
    // SAFETY: promised by the caller.
    unsafe { receive(m, sent.to_ref()) };
}

/// The generator or coroutine behind an iterator, if it can go on with a value sent.
#[inline(always)]
pub fn resumable(iterator: Value, sent: Value) -> Option<&'static Generator> {
    if !iterator.is_exact(&GENERATOR) && !iterator.is_exact(&COROUTINE) {
        return None;
    }
    // SAFETY: the two types have this layout.
    let g = unsafe { &*(iterator.header_unchecked() as *const Generator) };
    if g.state.get() == GeneratorState::Chained {
        chain::settle(g);
    }
    let can_go_on = match g.state.get() {
        GeneratorState::Suspended | GeneratorState::SuspendedYieldFrom => true,
        GeneratorState::Created => sent.is_none(),
        GeneratorState::Executing | GeneratorState::Chained | GeneratorState::Finished => false,
    };
    can_go_on.then_some(g)
}

/// The `Send` in front of the `Yield` that a frame is suspended at, and the generator to which that would send the value, if it
/// can go on.
///
/// # Safety
/// The frame is suspended in a `yield from`.
#[inline(always)]
unsafe fn delegate(frame: &Frame, sent: Value) -> Option<(*const u64, &'static Generator)> {
    // SAFETY: a `Yield` within `yield from` follows its `Send`, which is two words.
    unsafe {
        let at = frame.pc.get();
        let send = at.sub(SEND_LENGTH);
        if Word(*at).number() != Operation::Yield as u8 || !is_send(*send) {
            return None;
        }
        let inner = frame.register(Word(*send).b() as usize);
        Some((send, resumable(inner, sent)?))
    }
}

#[inline(always)]
fn is_send(word: u64) -> bool {
    let number = Word(word).number();
    number == Operation::Send as u8 || number == Operation::SendGenerator as u8
}

/// Turns the machine to an activated frame that is to run a `Send` with a value.
///
/// # Safety
/// `send` is a `Send` of the frame.
#[cold]
unsafe fn hand_over(m: &mut Machine, frame: &Frame, send: *const u64, sent: Value) {
    m.frame = frame as *const Frame as *mut Frame;
    m.registers = frame.registers.get();
    m.executable = of_frame(frame);
    m.pc = send;
    // SAFETY: promised by the caller; the register of the operand, which dies there, is empty.
    unsafe { define_result(m.registers, 0, Word(*send).c() as usize, sent.to_ref()) };
}

/// Turns the machine to the frame that called or resumed the running one, which has left the chain.
#[inline(always)]
fn turn_to(m: &mut Machine, frame: *mut Frame) {
    m.thread.frame.set(frame);
    m.thread.recursion_depth.set(m.thread.recursion_depth.get() - 1);
    m.frame = frame;
    // SAFETY: frames in the chain are alive; a loop's first frame may have none before it.
    if let Some(frame) = unsafe { frame.as_ref() } {
        m.registers = frame.registers.get();
        m.executable = of_frame(frame);
        m.pc = frame.pc.get();
    }
}

/// How the instruction of a word resumes a generator.
pub fn resumes_by(word: u64, generator: &Generator) -> ResumedBy {
    match Word(word).operation().map(Operation::family) {
        Some(Operation::Send) if std::ptr::eq(generator.header.ty(), &ASYNC_GENERATOR) => {
            ResumedBy::SendToStep
        }
        Some(Operation::Send) => ResumedBy::Send,
        Some(Operation::Call) => ResumedBy::Call,
        _ => ResumedBy::ForIter,
    }
}

/// Ends the running generator's frame.
pub fn leave(m: &mut Machine) {
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    let previous = frame.previous.get();
    if let Some(g) = generator::cast(frame.generator.get()) {
        chain::shorten(g);
        generator::finish(m.thread, g);
    }
    turn_to(m, previous);
}

/// A generator resumed by the machine's instruction has returned: on to the instruction's target.
///
/// # Safety
/// The machine is at that `ForIter`, `Send` or `Call`.
pub unsafe fn finished(m: &mut Machine, by: ResumedBy, value: Ref) -> PyResult<()> {
    if by == ResumedBy::Call {
        // SAFETY: promised by the caller.
        return unsafe { end_call(m, value) };
    }
    if by == ResumedBy::SendToStep {
        // SAFETY: promised by the caller.
        return Err(async_generator::step_returned(m.thread, unsafe { awaited(m) }));
    }
    // SAFETY: promised by the caller.
    unsafe {
        let word = Word(*m.pc);
        let target = payload(*m.pc.add(1)) as usize;
        match by {
            ResumedBy::Send => define_result(m.registers, word.flags(), word.a() as usize, value),
            _ => drop(value),
        }
        m.pc = m.executable.at(target);
    }
    Ok(())
}

/// Suspends the running generator; `result` is the register that gets the value sent. `Some` if that leaves the loop.
#[inline(always)]
pub fn suspend(m: &mut Machine, value: Ref, result: usize, in_yield_from: bool) -> PyResult<Option<Exit>> {
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    let Some(g) = generator::cast(frame.generator.get()) else {
        return Err(m.thread.system_error("yield outside a generator"));
    };
    frame.return_register.set(result as u32);
    if !m.thread.sink.get().is_null() && generator_sink::offer(m.thread, g, *value) {
        drop(value);
        m.pc = frame.pc.get();
        // SAFETY: the machine is at the `Yield`.
        unsafe { receive(m, Ref::NONE) };
        return Ok(None);
    }
    let (mut at, mut in_yield_from) = (g, in_yield_from);
    if frame.resumed_by.get() == ResumedBy::Send {
        // SAFETY: the running frame is a generator's, resumed by a `Send`.
        unsafe { chain(m, g) };
    }
    let (previous, by) = loop {
        let outermost = at.partner().unwrap_or(at);
        let (previous, by) = (outermost.frame.previous.get(), outermost.frame.resumed_by.get());
        let depth = m.thread.recursion_depth.get();
        if std::ptr::eq(outermost, at) {
            generator::suspend(m.thread, at, in_yield_from);
        } else {
            m.thread.recursion_depth.set(depth - outermost.links());
            chain::suspend(m.thread, outermost, at);
        }
        if by != ResumedBy::Send || m.watch != Watch::Off {
            break (previous, by);
        }
        // One that delegates yields the value in turn, without running its own instructions.
        // SAFETY: the frame that sent is alive, and at its `Send`.
        let Some(around) = (unsafe { relay(&*previous) }) else { break (previous, by) };
        m.thread.recursion_depth.set(m.thread.recursion_depth.get() - 1);
        chain::hand_on(around);
        (at, in_yield_from) = (around, true);
    };
    turn_to(m, previous);
    if by == ResumedBy::Native {
        return Ok(Some(Exit::Yield(value)));
    }
    if by == ResumedBy::Call {
        // SAFETY: the machine is at the call.
        unsafe { finish_call(m, value) };
        return Ok(None);
    }
    if by == ResumedBy::SendToStep
        // SAFETY: the machine is at the resuming instruction.
        && let Some(inner) = async_generator::step_yielded(unsafe { awaited(m) }, *value)
    {
        // SAFETY: as above.
        unsafe {
            let (word, target) = (Word(*m.pc), payload(*m.pc.add(1)) as usize);
            define_result(m.registers, word.flags(), word.a() as usize, inner);
            m.pc = m.executable.at(target);
        }
        return Ok(None);
    }
    // SAFETY: the machine is at the resuming instruction.
    unsafe {
        let word = Word(*m.pc);
        define_result(m.registers, word.flags(), word.a() as usize, value);
        m.pc = m.pc.add(length_of(word.number()));
    }
    Ok(None)
}

/// Generators that delegate become a chain if there are so many, or if one delegates to another with the same code. Traces
/// follow fewer, which they resume one by one.
const LONG: u32 = 6;

/// The generators around a running one that would only hand on the value it yields become a chain with it.
///
/// # Safety
/// The running frame is the generator's, and a `Send` has resumed it.
#[inline(always)]
unsafe fn chain(m: &Machine, g: &Generator) {
    if g.partner().is_none() && m.watch == Watch::Off {
        // SAFETY: promised by the caller.
        unsafe { lengthen_chain(g) };
    }
}

/// The same for one that is in no chain.
///
/// # Safety
/// As above.
unsafe fn lengthen_chain(g: &Generator) {
    let (mut at, mut count, mut is_long) = (g, 0, false);
    // While a generator runs, `handled` is what the one around it handles.
    while at.frame.resumed_by.get() == ResumedBy::Send && at.handled.is_null() {
        // SAFETY: the frame that sent is alive, and at its `Send`.
        let Some(around) = (unsafe { relay(&*at.frame.previous.get()) }) else { break };
        count += 1;
        is_long |= count >= LONG || around.frame.code.peek().is(at.frame.code.peek());
        if let Some(root) = around.partner() {
            return chain::extend(root, g, count);
        }
        at = around;
    }
    if is_long {
        chain::extend(at, g, count);
    }
}

/// The generator of a frame at a `Send` whose `Yield` does nothing but hand the value on.
///
/// # Safety
/// The frame is at a `Send` without a prefix.
#[inline(always)]
unsafe fn relay(frame: &Frame) -> Option<&'static Generator> {
    if frame.kind.get() != FrameKind::Generator {
        return None;
    }
    // SAFETY: promised by the caller; a `Yield` follows; the object of a generator's frame has this layout.
    unsafe {
        let send = frame.pc.get();
        let (first, second) = (Word(*send), Word(*send.add(SEND_LENGTH)));
        let relays = second.number() == Operation::Yield as u8
            && second.c() == 1
            && second.b() == first.a()
            && second.a() == first.c()
            && second.flags() & (flags::B_CONST | flags::B_DIES | flags::DISCARD | flags::A_LOCAL)
                == flags::B_DIES;
        relays.then(|| chain::owner(frame))
    }
}

/// Whether a call of a generator function, with arguments that fit, may make the generator without a frame.
#[inline(always)]
pub fn may_make(thread: &Thread, function: &Function) -> bool {
    thread.coroutine_origin_depth.get() == 0 || !function.code().has_flag(co_flags::COROUTINE)
}

/// The generator or coroutine that a call of a function gives which does just that (`Executable::generator_arguments`).
#[inline(always)]
pub fn make_of_call(
    owner: Ref,
    function: &Function,
    executable: &'static Executable,
    count: usize,
    argument: impl Fn(usize) -> Ref,
) -> Ref {
    let closure = function.closure.peek();
    let whole: *const Executable = executable;
    let object = generator::from_function(owner, function, whole.cast(), executable.register_count());
    // SAFETY: just made, with registers for all locals; the code begins with `MakeCell`s, `CopyFreeVars` and the
    // `ReturnGenerator`, one word each.
    unsafe {
        let g = &*(object.value().header_unchecked() as *const Generator);
        let registers = g.frame.registers.get();
        for i in 0..count {
            registers.add(i).write(argument(i).into_value());
        }
        let mut pc = executable.start();
        loop {
            let word = Word(*pc);
            if word.number() == Operation::MakeCell as u8 {
                let content = registers.add(word.a() as usize);
                content.write(new_cell(Ref::from_owned(*content)).into_value());
            } else if word.number() == Operation::CopyFreeVars as u8 {
                let cells = if closure.is_null() { None } else { closure.cast::<Tuple>() };
                let count = word.b() as usize;
                let first = registers.add(executable.local_count() - count);
                for (i, cell) in cells.map_or(&[][..], |t| t.items()).iter().take(count).enumerate() {
                    first.add(i).write(cell.to_ref().into_value());
                }
            } else {
                g.frame.pc.set(pc);
                g.frame.return_register.set(u32::from(word.a()));
                break;
            }
            pc = pc.add(1);
        }
    }
    object
}

/// A generator or coroutine of a function that a trace makes: its registers are NULL and it counts as executing, for the
/// trace has it. NULL if that has to be done by the call itself.
pub fn make_for_trace(thread: &Thread, function: Value, pc: *const u64) -> Value {
    let Some(f) = function.cast::<Function>().filter(|f| may_make(thread, f)) else { return Value::NULL };
    let Some(executable) = lowered(f.code()) else { return Value::NULL };
    let whole: *const Executable = executable;
    let object = generator::from_function(function.to_ref(), f, whole.cast(), executable.register_count());
    if let Some(g) = generator::cast(*object) {
        g.frame.pc.set(pc);
        g.state.set(GeneratorState::Executing);
    }
    object.into_value()
}

/// The generator object that takes the running frame over; `result` is the register that gets the first value sent.
pub fn make(m: &mut Machine, result: usize) -> Ref {
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    let object = generator::from_frame(m.thread, frame, m.executable.register_count());
    if let Some(g) = generator::cast(*object) {
        g.frame.return_register.set(result as u32);
    }
    object
}

/// `iterator.send(value)`, or `next` for None and iterators without a `send` slot.
pub fn send(m: &Machine, iterator: Value, value: Value) -> PyResult<SendResult> {
    let thread = m.thread;
    // Those of asynchronous generators tell of the StopIteration that ends them.
    let tells = m.watch == Watch::Hooks && !async_generator::awaited(iterator).is_null();
    if let Some(f) = iterator.ty().slots().send.filter(|_| !tells) {
        return f(thread, iterator, value);
    }
    if value.is_none()
        && let Some(next) = iterator.ty().slots().next
    {
        return match next(thread, iterator) {
            Ok(Some(value)) => Ok(SendResult::Next(value)),
            Ok(None) => Ok(SendResult::Return(Ref::NONE)),
            Err(raised) => stop_value(m, raised),
        };
    }
    match thread.call_method(iterator, names::get().send, &[value]) {
        Ok(value) => Ok(SendResult::Next(value)),
        Err(raised) => stop_value(m, raised),
    }
}

/// The value of a StopIteration as the result of a send.
fn stop_value(m: &Machine, raised: runtime::error::Raised) -> PyResult<SendResult> {
    if m.watch == Watch::Hooks {
        hooks::stops_iteration(m);
    }
    let stop = m.thread.catch(raised, &STOP_ITERATION)?;
    Ok(SendResult::Return(exceptions::stop_iteration_value(*stop)))
}

/// The iterator of `await v`; `context` is 1 for `__aenter__` and 2 for `__aexit__`.
pub fn awaitable(thread: &Thread, v: Value, context: usize) -> PyResult {
    let iterator = awaitable_iterator(thread, v, context)?;
    if let Some(g) = generator::cast(*iterator).filter(|_| iterator.is_exact(&COROUTINE))
        && is_awaiting(g)
    {
        return Err(thread.runtime_error("coroutine is being awaited already"));
    }
    Ok(iterator)
}

fn is_awaiting(g: &Generator) -> bool {
    chain::settle_any(g);
    g.state.get() == GeneratorState::SuspendedYieldFrom
}

fn awaitable_iterator(thread: &Thread, v: Value, context: usize) -> PyResult {
    let special = match context {
        1 => SpecialMethod::AsyncEnter,
        2 => SpecialMethod::AsyncExit,
        _ => return await_iterator(thread, v),
    };
    if v.ty().slots().await_.is_some() || generator::cast(v).is_some_and(is_iterable_coroutine) {
        return await_iterator(thread, v);
    }
    Err(thread.type_error(format!(
        "'async with' received an object from {} that does not implement __await__: {}",
        special.name(),
        v.ty().name()
    )))
}

/// The iterator of `yield from v` in a frame with these flags.
pub fn yield_from_iterator(thread: &Thread, v: Value, flags: u32) -> PyResult {
    let is_coroutine = v.is_exact(&COROUTINE);
    if is_coroutine || generator::cast(v).is_some_and(is_iterable_coroutine) {
        if is_coroutine && flags & (co_flags::COROUTINE | co_flags::ITERABLE_COROUTINE) == 0 {
            return Err(
                thread.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator")
            );
        }
        return Ok(v.to_ref());
    }
    if v.is_exact(&GENERATOR) { Ok(v.to_ref()) } else { protocol::iter(thread, v) }
}

/// `aiter(v)` for `async for`.
pub fn aiter(thread: &Thread, v: Value) -> PyResult {
    let Some(f) = v.ty().slots().aiter else {
        let message = format!("'async for' requires an object with __aiter__ method, got {}", v.ty().name());
        return Err(thread.type_error(message));
    };
    let iterator = f(thread, v)?;
    if iterator.ty().slots().anext.is_none() {
        return Err(thread.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            iterator.ty().name()
        )));
    }
    Ok(iterator)
}

/// The awaitable of `anext(v)` for `async for`.
pub fn anext(thread: &Thread, v: Value) -> PyResult {
    if v.is_exact(&ASYNC_GENERATOR) {
        return async_generator::anext(thread, v);
    }
    let Some(f) = v.ty().slots().anext else {
        let message =
            format!("'async for' requires an iterator with __anext__ method, got {}", v.ty().name());
        return Err(thread.type_error(message));
    };
    let next = f(thread, v)?;
    if awaitable_iterator(thread, *next, 0).is_ok() {
        return Ok(next);
    }
    let cause = thread.take_raised();
    let message = format!("'async for' received an invalid object from __anext__: {}", next.ty().name());
    let raised = thread.type_error(message);
    exceptions::set_cause(thread.peek_raised(), cause);
    Err(raised)
}

/// A special method of an object's type for `with`: the function and whether the object goes in front.
pub fn load_special(thread: &Thread, v: Value, number: u32) -> PyResult<(Ref, bool)> {
    let n = names::get();
    let method = SpecialMethod::from_number(number);
    let name = match method {
        Some(SpecialMethod::Enter) => n.__enter__,
        Some(SpecialMethod::Exit) => n.__exit__,
        Some(SpecialMethod::AsyncEnter) => n.__aenter__,
        _ => n.__aexit__,
    };
    if let Some(found) = attributes::special_method(thread, v, name)? {
        return Ok(found);
    }
    let is_async = matches!(method, Some(SpecialMethod::AsyncEnter | SpecialMethod::AsyncExit));
    let (own, other, enter, exit, statement) = if is_async {
        ("asynchronous context manager", "context manager", n.__enter__, n.__exit__, "with")
    } else {
        ("context manager", "asynchronous context manager", n.__aenter__, n.__aexit__, "async with")
    };
    let mut message = format!(
        "'{}' object does not support the {own} protocol (missed {} method)",
        v.ty().name(),
        runtime::objects::str::display(name)
    );
    if v.ty().lookup(enter).is_some() && v.ty().lookup(exit).is_some() {
        message += &format!(" but it supports the {other} protocol. Did you mean to use '{statement}'?");
    }
    Err(thread.type_error(message))
}
