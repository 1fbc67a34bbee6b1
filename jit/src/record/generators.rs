//! Generators that the trace resumes: by `for` loops, by `yield from`, and by calls of `next`, `send` and `throw`. The window of the generator's frame opens in the
//! trace; it closes when the generator yields, and for good when it returns.

use super::calls::Callee;
use super::operands::Operand;
use super::special_methods::is_class_instance;
use super::{NoRule, OpenWindow, Pending, Recorder, Rule, Site, limits};
use crate::abort::Abort;
use crate::ir::trace::{GENERATOR, GENERATOR_REGISTERS, generator_base};
use crate::ir::{Constant, Held, Instruction, Op, Reference, Trace, Window};
use ir::opcode::Intrinsic1;
use ir::register::{Operation, Word, flags};
use runtime::cell::GilCell;
use runtime::frame::Frame;
use runtime::objects::async_generator::{ASEND, ASYNC_GENERATOR, Awaitable, AwaitableState};
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::coroutine::is_iterable_coroutine;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::exceptions::BaseException;
use runtime::objects::generator::{self, GeneratorState, Resumption, resumption_of};
use runtime::objects::generator_chain;
use runtime::objects::generator_sink::is_drained;
use runtime::state::STATE;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Handles, Helper, Suspension};
use runtime::types::registry::{COROUTINE, GENERATOR as GENERATOR_TYPE, LIST};
use runtime::value::Value;
use std::collections::BTreeSet;

/// What the recorder knows of the window of a generator's frame.
#[derive(Clone, Copy)]
pub struct GeneratorWindow {
    /// The generator in the trace.
    pub reference: Reference,
    pub object: Value,
    /// Where the resuming window's instruction is.
    pub call_pc: u32,
    /// It is an asynchronous generator's, resumed by a `Send` to the awaitable of a step.
    pub in_step: bool,
}

/// Where a generator is suspended: the instruction's address, and the packed `Suspension`.
type Place = (*const u64, i64);

/// A generator that the trace has had to do with.
pub struct KnownGenerator {
    pub object: Value,
    pub base: u32,
    /// Where it was when the trace first resumed it.
    pub first: Option<Place>,
    /// Where it is now; `None` if it runs or has finished.
    pub now: Option<Place>,
}

/// Code objects, by their words, of generators that are asked by a call: they make or delegate to others with the same code, so
/// that each item goes another way. Code objects may die and others come in their place, which then are asked for nothing.
static ASKED: GilCell<BTreeSet<u64>> = GilCell::new(BTreeSet::new());

/// Whether generators with this code are asked by a call.
pub fn is_asked(code: Value) -> bool {
    ASKED.with(|asked| asked.contains(&code.bits()))
}

/// Has generators with this code asked by a call from now on.
fn ask(code: Value) {
    ASKED.with(|asked| asked.insert(code.bits()));
}

/// Whether a generator delegates to one with the same code, or to many: each item goes another way through such chains.
fn delegates_deeply(generator: Value) -> bool {
    let mut codes = Vec::new();
    let mut at = generator.to_ref();
    while let Some(g) = generator::cast(*at) {
        let code = g.frame.code.peek();
        if codes.iter().any(|c: &Value| c.is(code)) || codes.len() >= limits().delegation {
            return true;
        }
        codes.push(code);
        match g.yield_from() {
            Some(inner) => at = inner,
            None => break,
        }
    }
    false
}

impl Recorder {
    /// Whether an iterator is a generator or coroutine that an instruction of its resumer can run as a window.
    pub fn is_resumable(&self, iterator: Value, site: &Site) -> bool {
        let has_prefix = site.next != site.pc + site.operation.length() as u32;
        (iterator.is_exact(&GENERATOR_TYPE) || iterator.is_exact(&COROUTINE)) && !has_prefix
    }

    /// The window of a suspended generator opens, with the value sent.
    pub fn resume_generator(
        &mut self,
        thread: &Thread,
        site: &Site,
        iterator: Operand,
        sent: Option<Operand>,
    ) -> Rule {
        let is_send = site.operation == Operation::Send;
        let is_none = sent.is_none_or(|v| v.now.is_none());
        let (address, register) = self.open_suspended(thread, site, iterator, is_none, is_send)?;
        let value = match sent {
            Some(value) => {
                if is_send && site.has(flags::C_DIES) {
                    let caller = self.windows[self.windows.len() - 2].base;
                    let immediate = caller + site.c as u32;
                    self.trace.push(Instruction { immediate, ..Instruction::new(Op::DropSlot) });
                }
                value.reference
            }
            None => self.constant(Value::NONE),
        };
        // SAFETY: the frame is suspended at an instruction.
        let word = Word(unsafe { *address });
        if word.flags() & flags::DISCARD == 0 {
            self.set_register(register as usize, value);
        }
        Ok(())
    }

    /// `next(generator)`, `generator.send(value)`, `generator.throw(exception)`: the generator's window opens.
    pub fn resume_by_call(&mut self, thread: &Thread, site: &Site, callee: &Callee) -> Rule {
        if site.operation != Operation::Call {
            return Err(NoRule::Step);
        }
        let (resumption, iterator, value) = self.resumption(callee)?;
        if !self.is_resumable(iterator.now, site) {
            return Err(NoRule::Step);
        }
        let g = generator::cast(iterator.now).ok_or(NoRule::Step)?;
        let throws = resumption == Resumption::Throw;
        let sent = value.map_or(Value::NONE, |value| value.now);
        if !throws {
            self.resume_generator(thread, site, iterator, value)?;
        } else {
            let exception = value.ok_or(NoRule::Step)?;
            let at = self.host.pc_index(&g.frame);
            let is_exception = exception.now.cast::<BaseException>().is_some();
            generator_chain::settle_any(g);
            if !is_exception
                || g.state.get() != GeneratorState::Suspended
                || g.handled.peek().is_pointer()
                || self.lies_in(&g.frame)
            {
                return Err(NoRule::Step);
            }
            self.may_throw_into(exception.now, &g.frame, at, site)?;
            self.guard_object(exception)?;
            self.open_suspended(thread, site, iterator, true, false)?;
            self.throw_into(exception, at)?;
        }
        if !self.host.resume_by_call(thread, iterator.now, sent, throws) {
            return Err(NoRule::Abort(Abort::LeftFrame));
        }
        self.entered = true;
        Ok(())
    }

    /// Whether a frame is that of an open window.
    fn lies_in(&self, frame: &Frame) -> bool {
        self.windows.iter().any(|w| std::ptr::eq(w.frame, frame))
    }

    /// What a call resumes and how, guarded.
    fn resumption(&mut self, callee: &Callee) -> Rule<(Resumption, Operand, Option<Operand>)> {
        let arguments = &callee.arguments;
        if let Some(descriptor) = callee.callable.now.cast_exact::<MethodDescriptor>() {
            let resumption = resumption_of(descriptor.def).filter(|_| arguments.len() == 2);
            let resumption = resumption.ok_or(NoRule::Step)?;
            self.guard_is(callee.callable);
            return Ok((resumption, arguments[0], Some(arguments[1])));
        }
        let function = callee.callable.now.cast_exact::<BuiltinFunction>().ok_or(NoRule::Step)?;
        if let Some(resumption) = resumption_of(function.def).filter(|_| arguments.len() == 1) {
            let receiver = self.guard_row(callee.callable, function.def)?;
            return Ok((resumption, receiver, Some(arguments[0])));
        }
        let is_next = STATE.builtin("next").is_some_and(|next| next.is(callee.callable.now));
        if !is_next || !(1..=2).contains(&arguments.len()) {
            return Err(NoRule::Step);
        }
        self.guard_is(callee.callable);
        Ok((Resumption::Next, arguments[0], None))
    }

    /// The window of a suspended generator opens. The address of the instruction that suspended it and the register for what
    /// is sent. Without `may_ask`, whatever can't be followed is left to the interpreter.
    fn open_suspended(
        &mut self,
        thread: &Thread,
        site: &Site,
        iterator: Operand,
        is_none: bool,
        may_ask: bool,
    ) -> Rule<Place> {
        let g = generator::cast(iterator.now).ok_or(NoRule::Step)?;
        if !delegates_deeply(iterator.now) {
            // The trace resumes one after the other.
            generator_chain::settle_any(g);
        }
        let can_go_on = match g.state.get() {
            GeneratorState::Suspended | GeneratorState::SuspendedYieldFrom => true,
            GeneratorState::Created => is_none,
            GeneratorState::Executing | GeneratorState::Chained | GeneratorState::Finished => false,
        };
        let code = g.frame.code.peek();
        let nested = self.windows.iter().filter(|w| w.code.is(code)).count();
        if !can_go_on {
            return Err(NoRule::Step);
        }
        if delegates_deeply(iterator.now) {
            ask(code);
        }
        if self.windows.len() >= limits().depth || nested >= limits().recursion || is_asked(code) {
            // A loop asks such generators by a call; in a `yield from`, the one that is resumed outermost is to be asked.
            if !may_ask || self.top().generator.is_none() {
                return Err(NoRule::Step);
            }
            self.ask_resumed();
            return Err(NoRule::Abort(Abort::GeneratorFrame));
        }
        let size = self.host.register_count(thread, code).ok_or(NoRule::Step)?;
        if size + 1 >= GENERATOR_REGISTERS {
            return Err(NoRule::Step);
        }
        self.guard_object(iterator)?;
        let address = g.frame.pc.get();
        let register = g.frame.return_register.get();
        let handles = Handles::of(g.handled.peek());
        let suspension = Suspension { state: g.state.get(), register, handles }.pack();
        let base = self.generator_window(iterator.now, (address, suspension));
        let immediate = self.window_at(base, size, &g.frame, site.pc);
        let (b, c) = (self.trace.pointer(address), self.int(suspension));
        self.trace.push(Instruction {
            a: iterator.reference,
            b,
            c,
            immediate,
            ..Instruction::new(Op::Resume)
        });
        let generator = GeneratorWindow {
            reference: iterator.reference,
            object: iterator.now,
            call_pc: site.pc,
            in_step: iterator.now.is_exact(&ASYNC_GENERATOR),
        };
        self.windows.push(OpenWindow {
            frame: &raw const g.frame,
            base,
            locals: g.frame.code().nlocalsplus() as u32,
            code,
            function: Reference::NONE,
            instance: None,
            generator: Some(generator),
            since: None,
        });
        self.deepest = self.deepest.max(self.windows.len());
        Ok((address, i64::from(register)))
    }

    /// The base of a generator's window. It is being resumed.
    fn generator_window(&mut self, object: Value, place: Place) -> u32 {
        let known = self.generators.iter_mut().find(|k| k.object.is(object));
        if let Some(known) = known {
            known.now = None;
            return known.base;
        }
        let base = self.next_generator_base();
        self.generators.push(KnownGenerator { object, base, first: Some(place), now: None });
        base
    }

    /// The generators that the innermost window delegates for are asked by a call from now on.
    pub fn ask_resumed(&self) {
        let resumed = self.windows.iter().rev().take_while(|w| w.generator.is_some());
        resumed.for_each(|window| ask(window.code));
    }

    /// The window of the trace's own frame, a generator's, opens.
    pub(super) fn open_root_generator(&mut self, frame: &Frame) -> Result<(), Abort> {
        let code = frame.code.peek();
        let size = self.host.register_count(Thread::current(), code).ok_or(Abort::NoCode)?;
        if size + 1 >= GENERATOR_REGISTERS {
            return Err(Abort::GeneratorFrame);
        }
        let immediate = self.window_at(GENERATOR, size, frame, 0);
        let generator = self.emit(Op::RootGenerator, &[]);
        self.own_generator = generator;
        let real = self.int(1);
        self.trace.push(Instruction { a: generator, c: real, immediate, ..Instruction::new(Op::Enter) });
        self.windows.push(OpenWindow {
            frame,
            base: GENERATOR,
            locals: frame.code().nlocalsplus() as u32,
            code,
            function: Reference::NONE,
            instance: None,
            generator: None,
            since: None,
        });
        Ok(())
    }

    /// The base of the window of a generator that is new to the trace.
    pub fn next_generator_base(&self) -> u32 {
        let used = self.trace.windows.iter().filter_map(|w| generator_base(w.base)).max();
        used.map_or(GENERATOR, |base| base + GENERATOR_REGISTERS)
    }

    /// The index of a window that the instruction at `call_pc` resumes.
    fn window_at(&mut self, base: u32, size: u32, frame: &Frame, call_pc: u32) -> u32 {
        let code = self.trace.value(frame.code.peek());
        let locals = frame.code().nlocalsplus() as u32;
        let window = Window { code, base, size, locals, return_register: 0, call_pc };
        let found = self.trace.windows.iter().position(|w| *w == window);
        let index = found.unwrap_or_else(|| {
            self.trace.windows.push(window);
            self.trace.windows.len() - 1
        });
        index as u32
    }

    /// `GetAwaitable` of a coroutine that nobody awaits, of a generator that counts as one, and of an instance whose `__await__`
    /// is a generator function.
    pub fn record_get_awaitable(&mut self, thread: &Thread, site: &Site) -> Rule {
        let value = self.operand_b(site);
        if value.now.is_exact(&GENERATOR_TYPE)
            && let Some(g) = generator::cast(value.now).filter(|g| is_iterable_coroutine(g))
        {
            let address = self.guard_object(value)?;
            let code = self.load_field(address, Field::GeneratorCode);
            self.guard_is(Operand { reference: code, now: g.frame.code.peek() });
            return self.define(site, value.reference);
        }
        if is_class_instance(value.now) {
            return self.await_instance(thread, site, value);
        }
        if value.now.is_exact(&ASEND) {
            self.guard_object(value)?;
            return self.define(site, value.reference);
        }
        let known = self.generators.iter().find(|known| known.object.is(value.now));
        let delegating = GeneratorState::SuspendedYieldFrom as i64;
        let is_free = match known.map(|known| known.now) {
            Some(Some((_, suspension))) => suspension & 0xFF != delegating,
            Some(None) => false,
            None => generator::cast(value.now).is_some_and(|g| g.state.get() == GeneratorState::Created),
        };
        if !value.now.is_exact(&COROUTINE) || !is_free {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(value)?;
        let state = self.load_field(address, Field::GeneratorState);
        for taken in [delegating, GeneratorState::Chained as i64] {
            let taken = self.int(taken);
            let same = self.emit(Op::EqInt, &[state, taken]);
            self.expect(same, false);
        }
        self.define(site, value.reference)
    }

    /// A window of the parent that is a generator's.
    pub(super) fn imported_generator(
        &mut self,
        frame: *const Frame,
        window: &Window,
        reference: Reference,
    ) -> GeneratorWindow {
        // SAFETY: the frame is on the thread's chain.
        let object = unsafe { (*frame).generator.get() };
        self.generators.push(KnownGenerator { object, base: window.base, first: None, now: None });
        let in_step = object.is_exact(&ASYNC_GENERATOR);
        GeneratorWindow { reference, object, call_pc: window.call_pc, in_step }
    }

    /// A generator that the parent has suspended.
    pub fn import_suspended(
        &mut self,
        parent: &Trace,
        held: &Held,
        object: Value,
        imported: &[(Reference, Reference)],
    ) {
        let Some((address, suspension)) = held.suspended else { return };
        let mut window = parent.windows[held.window as usize];
        let code = parent.as_constant(window.code).cloned();
        window.code = self.trace.constant(code.unwrap_or(Constant::Int(0)));
        self.trace.windows.push(window);
        let immediate = self.trace.windows.len() as u32 - 1;
        let a = self.imported(imported, parent, held.generator);
        let b = self.imported(imported, parent, address);
        let c = self.int(suspension);
        self.trace.push(Instruction { a, b, c, immediate, ..Instruction::new(Op::Suspended) });
        let place = match parent.as_constant(address) {
            Some(Constant::Pointer(address)) => Some((*address as *const u64, suspension)),
            _ => None,
        };
        self.generators.push(KnownGenerator { object, base: window.base, first: None, now: place });
    }

    /// Notes that a generator's window closes.
    pub fn close_generator(&mut self, object: Value, now: Option<Place>) {
        match now {
            Some(_) => {
                let known = self.generators.iter_mut().find(|k| k.object.is(object));
                known.into_iter().for_each(|k| k.now = now);
            }
            None => self.generators.retain(|k| !k.object.is(object)),
        }
    }

    /// A generator yields to the window that resumed it.
    pub fn record_yield(&mut self, thread: &Thread, site: &Site) -> Rule {
        let Some(generator) = self.top().generator else {
            return match self.windows.len() {
                1 => self.hand_over(thread, site),
                _ => Err(NoRule::Abort(Abort::GeneratorFrame)),
            };
        };
        if site.next != site.pc + site.operation.length() as u32 {
            return Err(NoRule::Abort(Abort::GeneratorFrame));
        }
        if generator.in_step && site.c != 1 {
            // A wrapped value that was made elsewhere.
            return Err(NoRule::Abort(Abort::GeneratorFrame));
        }
        let value = self.operand_b(site);
        self.drop_dying(site);
        self.suspend(thread, site, generator, value.reference)
    }

    /// The innermost window's `Yield`, whose operand was dropped, hands a value to the window that resumed it.
    fn suspend(
        &mut self,
        thread: &Thread,
        site: &Site,
        generator: GeneratorWindow,
        value: Reference,
    ) -> Rule {
        let state = match site.c {
            1 => GeneratorState::SuspendedYieldFrom,
            _ => GeneratorState::Suspended,
        };
        let handles = Handles::of(thread.handled.peek());
        let suspension = Suspension { state, register: site.a as u32, handles }.pack();
        let (a, b) = (self.trace.pointer(site.words), self.int(suspension));
        self.trace.push(Instruction { a, b, immediate: site.pc, ..Instruction::new(Op::Suspend) });
        self.windows.pop();
        self.close_generator(generator.object, Some((site.words, suspension)));
        let resumed = self.resumed_at(generator)?;
        self.finish_resumption(&resumed, value);
        Ok(())
    }

    /// What resumed a generator gets the value that it gave.
    fn finish_resumption(&mut self, resumed: &Site, value: Reference) {
        if resumed.operation == Operation::Call {
            self.drop_registers(resumed.b, 2 + resumed.c);
        }
        if !resumed.has(flags::DISCARD) {
            self.set_register(resumed.a, value);
        }
        self.pending = Pending::Return;
    }

    /// The trace's own generator yields to native code that drains it, and goes on.
    fn hand_over(&mut self, thread: &Thread, site: &Site) -> Rule {
        let has_prefix = site.next != site.pc + site.operation.length() as u32;
        let generator = self.own_generator;
        // An exit where a value was declined goes no further.
        let declined = self.parent.is_some() && self.length <= 1;
        if has_prefix || declined || generator.is_none() || !is_drained(thread, self.frame().generator.get())
        {
            return Err(NoRule::End);
        }
        let value = self.operand_b(site);
        let taken = self.call_helper(Helper::Offer, &[generator, value.reference]);
        self.expect(taken, true);
        self.drop_dying(site);
        if !site.has(flags::DISCARD) {
            let none = self.constant(Value::NONE);
            self.set_register(site.a, none);
        }
        self.hands_over = true;
        Ok(())
    }

    /// A generator returns to the window that resumed it.
    pub fn record_end_of_generator(
        &mut self,
        thread: &Thread,
        site: &Site,
        generator: GeneratorWindow,
    ) -> Rule {
        if !self.frame().frame_object.is_null() {
            return Err(NoRule::Abort(Abort::GeneratorFrame));
        }
        let value = self.operand_b(site);
        let caller = self.windows[self.windows.len() - 2].frame;
        // SAFETY: the window's frame is alive.
        let pc = self.host.pc_at(unsafe { &*caller }, generator.call_pc);
        let resumed = Site::at(pc, generator.call_pc).ok_or(NoRule::Abort(Abort::LeftFrame))?;
        let raises = resumed.operation == Operation::Call && resumed.c != 2;
        let mut context = if raises { self.prepare_end_of_call(thread, &resumed, value)? } else { None };
        if generator.in_step {
            context = self.prepare_end_of_steps(thread, generator.call_pc)?;
        }
        let address = self.emit(Op::Address, &[generator.reference]);
        let frame_object = self.load_field(address, Field::GeneratorFrameObject);
        let null = self.constant(Value::NULL);
        self.emit(Op::GuardIs, &[frame_object, null]);
        if generator.in_step {
            self.end_step(generator)?;
            let closed = self.int(1);
            self.store_field(address, Field::GeneratorClosed, closed);
        }
        self.drop_dying(site);
        self.drop_registers(0, self.top().locals as usize);
        self.emit(Op::Finish, &[]);
        self.windows.pop();
        self.close_generator(generator.object, None);
        if generator.in_step {
            return self.raise_end_of_steps(generator.call_pc, context);
        }
        if raises {
            return self.raise_end_of_call(&resumed, value, context);
        }
        match resumed.operation {
            Operation::Call => {
                let default = self.register(resumed.b + 3);
                self.finish_resumption(&resumed, default.reference);
            }
            Operation::Send => self.finish_resumption(&resumed, value.reference),
            _ => self.pending = Pending::Return,
        }
        Ok(())
    }

    /// The instruction of the innermost window that resumed a generator.
    fn resumed_at(&self, generator: GeneratorWindow) -> Rule<Site> {
        let pc = generator.call_pc;
        Site::at(self.host.pc_at(self.frame(), pc), pc).ok_or(NoRule::Abort(Abort::LeftFrame))
    }

    /// `GetAiter` of an asynchronous generator, which is its own iterator.
    pub fn record_get_aiter(&mut self, site: &Site) -> Rule {
        let value = self.operand_b(site);
        if !value.now.is_exact(&ASYNC_GENERATOR) {
            return Err(NoRule::Step);
        }
        self.guard_object(value)?;
        self.define(site, value.reference)
    }

    /// `GetAnext` of an asynchronous generator, and of an instance whose `__anext__` is a coroutine function.
    pub fn record_get_anext(&mut self, thread: &Thread, site: &Site) -> Rule {
        let value = self.operand_b(site);
        if is_class_instance(value.now) {
            return self.anext_of_instance(thread, site, value);
        }
        let hooked = |g: &generator::Generator| {
            let has_hooks = !thread.asyncgen_firstiter.is_null() || !thread.asyncgen_finalizer.is_null();
            !g.hooks_called.get() && has_hooks
        };
        if !value.now.is_exact(&ASYNC_GENERATOR) || generator::cast(value.now).is_none_or(hooked) {
            return Err(NoRule::Step);
        }
        self.guard_object(value)?;
        let made = self.call_helper(Helper::NewStep, &[value.reference]);
        self.guard_bound(made);
        self.emit(Op::Own, &[made]);
        let ty = self.type_constant(&ASEND);
        self.emit(Op::KnownType, &[made, ty]);
        self.define(site, made)
    }

    /// `Send` of None to a step of an asynchronous generator.
    fn send_to_step(&mut self, thread: &Thread, site: &Site, step: Operand, sent: Operand) -> Rule {
        let awaitable = step.now.cast_exact::<Awaitable>().ok_or(NoRule::Step)?;
        let now = awaitable.generator.peek();
        let g = generator::cast(now).ok_or(NoRule::Step)?;
        let state = awaitable.state.get();
        let runs = state == AwaitableState::Iterating;
        if !sent.now.is_none()
            || !awaitable.argument.peek().is_none()
            || state == AwaitableState::Closed
            || g.running_async.get() != runs
        {
            return Err(NoRule::Step);
        }
        self.guard_is(sent);
        let address = self.guard_object(step)?;
        let argument = self.load_field(address, Field::StepArgument);
        self.guard_is(Operand { reference: argument, now: Value::NONE });
        let reference = self.load_field(address, Field::StepGenerator);
        let generator = Operand { reference, now };
        let object = self.guard_object(generator)?;
        for (base, field, now) in
            [(address, Field::StepState, state as i64), (object, Field::GeneratorRunsStep, i64::from(runs))]
        {
            let (found, wanted) = (self.load_field(base, field), self.int(now));
            let same = self.emit(Op::EqInt, &[found, wanted]);
            self.expect(same, true);
        }
        self.resume_generator(thread, site, generator, Some(sent))?;
        self.set_step(address, object, AwaitableState::Iterating, true);
        Ok(())
    }

    fn set_step(&mut self, step: Reference, generator: Reference, state: AwaitableState, runs: bool) {
        let (state, runs) = (self.int(state as i64), self.int(i64::from(runs)));
        self.store_field(step, Field::StepState, state);
        self.store_field(generator, Field::GeneratorRunsStep, runs);
    }

    /// An asynchronous generator wraps a value, and yields it to a window of the trace: both are done at once.
    pub fn record_intrinsic(&mut self, thread: &Thread, site: &Site) -> Rule {
        let is_wrap = matches!(Intrinsic1::from_number(site.c as u32), Some(Intrinsic1::AsyncGenWrap));
        let Some(generator) = self.top().generator.filter(|g| g.in_step && is_wrap) else {
            return Err(NoRule::Step);
        };
        let next = Site::at(self.host.pc_at(self.frame(), site.next), site.next).ok_or(NoRule::Step)?;
        let has_prefix = next.next != next.pc + next.operation.length() as u32
            || site.next != site.pc + site.operation.length() as u32;
        if next.operation != Operation::Yield || next.b != site.a || next.c == 1 || has_prefix {
            return Err(NoRule::Step);
        }
        let value = self.operand_b(site);
        let frame: *const Frame = self.frame();
        self.end_step(generator)?;
        self.drop_dying(site);
        self.suspend(thread, &next, generator, value.reference)?;
        self.done_in = Some((frame, next.pc));
        Ok(())
    }

    /// The step that has resumed the innermost window ends.
    fn end_step(&mut self, generator: GeneratorWindow) -> Rule {
        let caller = self.windows[self.windows.len() - 2];
        // SAFETY: the window's frame is alive.
        let pc = self.host.pc_at(unsafe { &*caller.frame }, generator.call_pc);
        let resumed = Site::at(pc, generator.call_pc).ok_or(NoRule::Abort(Abort::LeftFrame))?;
        let immediate = caller.base + resumed.b as u32;
        let step = self.trace.push(Instruction { immediate, ..Instruction::new(Op::GetSlot) });
        let ty = self.type_constant(&ASEND);
        self.emit(Op::GuardType, &[step, ty]);
        let (step, object) =
            (self.emit(Op::Address, &[step]), self.emit(Op::Address, &[generator.reference]));
        self.set_step(step, object, AwaitableState::Closed, false);
        Ok(())
    }

    /// `Send`: to a generator, or the next item of a built-in iterator.
    pub fn record_send(&mut self, thread: &Thread, site: &Site) -> Rule {
        let (iterator, value) = (self.register(site.b), self.operand_c(site));
        if self.is_resumable(iterator.now, site) {
            return self.resume_generator(thread, site, iterator, Some(value));
        }
        if iterator.now.is_exact(&ASEND) && site.next == site.pc + site.operation.length() as u32 {
            return self.send_to_step(thread, site, iterator, value);
        }
        if !value.now.is_none() || iterator.now.ty().slots().send.is_some() {
            return Err(NoRule::Step);
        }
        self.guard_is(value);
        let item = match self.has_ended(iterator)? {
            true => self.constant(Value::NONE),
            false => self.next_of_builtin(iterator)?,
        };
        if site.has(flags::C_DIES) {
            self.drop_register(site.c);
        }
        self.set_register(site.a, item);
        Ok(())
    }

    /// `EndSend`: the iterator is dropped, the result moves.
    pub fn record_end_send(&mut self, site: &Site) -> Rule {
        let value = self.operand_c(site);
        self.define(site, value.reference)
    }

    /// `GetIter` and `GetYieldFromIter` of generators, which are iterators, and of lists.
    pub fn record_get_iter(&mut self, thread: &Thread, site: &Site) -> Rule {
        let value = self.operand_b(site);
        if value.now.is_exact(&LIST) {
            self.guard_object(value)?;
            let iterator = self.call_helper(Helper::NewListIterator, &[value.reference]);
            return self.define(site, iterator);
        }
        if !value.now.is_exact(&GENERATOR_TYPE) {
            return self.iterate_instance(thread, site, value);
        }
        self.guard_object(value)?;
        self.define(site, value.reference)
    }

    /// Whether the generators that live on in the root frame, and in generators there, are suspended where they were
    /// when the trace first resumed them, so that the trace can come round.
    pub fn generators_came_round(&self) -> bool {
        let mut found: Vec<&KnownGenerator> = Vec::new();
        let mut frames: Vec<*const Frame> = vec![self.windows[0].frame];
        while let Some(frame) = frames.pop() {
            // SAFETY: the root frame runs; what it holds is alive, and so on.
            let frame = unsafe { &*frame };
            let count = self.host.register_count(Thread::current(), frame.code.peek()).unwrap_or(0);
            for register in 0..count as usize {
                // SAFETY: a register of the frame.
                let value = unsafe { frame.register(register) };
                if let Some(known) = self.generators.iter().find(|k| k.object.is(value))
                    && !found.iter().any(|f| f.object.is(value))
                    && let Some(g) = generator::cast(value)
                {
                    found.push(known);
                    frames.push(&raw const g.frame);
                }
            }
        }
        found.iter().all(|k| k.first.is_none() || k.now.is_none() || k.first == k.now)
    }
}
