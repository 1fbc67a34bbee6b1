//! Generators that the trace resumes: by `for` loops, and by `yield from`. The window of the generator's frame opens in the
//! trace; it closes when the generator yields, and for good when it returns.

use super::operands::Operand;
use super::{NoRule, OpenWindow, Pending, Recorder, Rule, Site, limits};
use crate::abort::Abort;
use crate::ir::trace::{GENERATOR, GENERATOR_REGISTERS, generator_base};
use crate::ir::{Constant, Held, Instruction, Op, Reference, Trace, Window};
use ir::register::{Operation, Word, flags};
use runtime::cell::GilCell;
use runtime::frame::Frame;
use runtime::objects::generator::{self, GeneratorState};
use runtime::objects::generator_chain;
use runtime::objects::generator_sink::is_drained;
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
        let g = generator::cast(iterator.now).ok_or(NoRule::Step)?;
        let is_none = sent.is_none_or(|v| v.now.is_none());
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
            if sent.is_none() || self.top().generator.is_none() {
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
        let value = match sent {
            Some(value) => {
                if site.has(flags::C_DIES) {
                    self.drop_register(site.c);
                }
                value.reference
            }
            None => self.constant(Value::NONE),
        };
        let generator =
            GeneratorWindow { reference: iterator.reference, object: iterator.now, call_pc: site.pc };
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
        // SAFETY: the frame is suspended at an instruction.
        let word = Word(unsafe { *address });
        if word.flags() & flags::DISCARD == 0 {
            self.set_register(register as usize, value);
        }
        Ok(())
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

    /// `GetAwaitable` of a coroutine that nobody awaits.
    pub fn record_get_awaitable(&mut self, site: &Site) -> Rule {
        let value = self.operand_b(site);
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
        GeneratorWindow { reference, object, call_pc: window.call_pc }
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
        let value = self.operand_b(site);
        self.drop_dying(site);
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
        if !resumed.has(flags::DISCARD) {
            self.set_register(resumed.a, value.reference);
        }
        self.pending = Pending::Return;
        Ok(())
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
    pub fn record_end_of_generator(&mut self, site: &Site, generator: GeneratorWindow) -> Rule {
        if !self.frame().frame_object.is_null() {
            return Err(NoRule::Abort(Abort::GeneratorFrame));
        }
        let value = self.operand_b(site);
        let address = self.emit(Op::Address, &[generator.reference]);
        let frame_object = self.load_field(address, Field::GeneratorFrameObject);
        let null = self.constant(Value::NULL);
        self.emit(Op::GuardIs, &[frame_object, null]);
        self.drop_dying(site);
        self.drop_registers(0, self.top().locals as usize);
        self.emit(Op::Finish, &[]);
        self.windows.pop();
        self.close_generator(generator.object, None);
        let resumed = self.resumed_at(generator)?;
        if resumed.operation == Operation::Send && !resumed.has(flags::DISCARD) {
            self.set_register(resumed.a, value.reference);
        }
        self.pending = Pending::Return;
        Ok(())
    }

    /// The instruction of the innermost window that resumed a generator.
    fn resumed_at(&self, generator: GeneratorWindow) -> Rule<Site> {
        let pc = generator.call_pc;
        Site::at(self.host.pc_at(self.frame(), pc), pc).ok_or(NoRule::Abort(Abort::LeftFrame))
    }

    /// `Send`: to a generator, or the next item of a built-in iterator.
    pub fn record_send(&mut self, thread: &Thread, site: &Site) -> Rule {
        let (iterator, value) = (self.register(site.b), self.operand_c(site));
        if self.is_resumable(iterator.now, site) {
            return self.resume_generator(thread, site, iterator, Some(value));
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
