//! Generators whose frames the trace runs: their registers are slots while the window is open, and stay in the trace's hands
//! while the trace has them suspended, over a loop's back edge too.
//!
//! While any slot of a generator may be dirty, or its window is open, the generator's state in memory says that it is
//! executing: whatever comes by keeps away from it. Exits and `Sync` write registers and state, and so does the
//! end of the last reference that the trace has.

use super::Failure;
use super::emitter::Emitter;
use super::slots::{OpenWindow, Slot};
use super::virtuals::FIELD;
use crate::ir::trace::{GENERATOR_REGISTERS, HANDLED, INSTANCE, generator_base, handled_in, is_handled};
use crate::ir::{Held, Instruction, Op, Reference, Type};
use runtime::objects::generator::{Generator, GeneratorState};
use runtime::trace_interface::{Field, Handles, Suspension};
use runtime::value::Value;
use std::collections::BTreeSet;

/// A generator that the trace has suspended, with nothing of it in memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Suspended {
    pub base: u32,
    pub window: u32,
    pub generator: Reference,
    /// The instruction, a constant address.
    pub address: Reference,
    /// Packed `Suspension`.
    pub suspension: i64,
}

impl Emitter<'_> {
    fn base_of(&self, window: u32) -> u32 {
        self.out.windows[window as usize].base
    }

    fn is_generator(&self, window: u32) -> bool {
        self.out.windows[window as usize].is_generator()
    }

    /// The function of an open window, unless the window is a generator's, which the resuming frame keeps alive.
    pub fn held_function(&self, open: &OpenWindow) -> Option<Reference> {
        (!open.real && !self.is_generator(open.window)).then_some(open.function)
    }

    /// `Resume`: the window of a generator opens.
    pub fn resume(&mut self, recorded: &Instruction) -> Result<(), Failure> {
        let generator = self.operand(recorded.a);
        let (address, suspension) = (self.operand(recorded.b), self.operand(recorded.c));
        let suspension = self.constant_int(suspension).unwrap_or(0);
        let window = self.windows[recorded.immediate as usize];
        let base = self.base_of(window);
        while let Some(other) = self.suspended.iter().position(|s| s.generator == generator && s.base != base)
        {
            self.write_suspended(other);
        }
        if let Some(at) = self.suspended.iter().position(|s| s.base == base) {
            let known = self.suspended[at];
            if known.generator == generator {
                if (known.address, known.suspension) != (address, suspension) {
                    return Err(Failure::Contradiction);
                }
                self.suspended.remove(at);
                self.open.push(OpenWindow { window, function: generator, real: false });
                self.changed = true;
                return Ok(());
            }
            // Another one, or the same by another name: memory will say.
            self.write_suspended(at);
        }
        let object = self.emit(Op::Address, &[generator])?;
        let pc = self.load_plain(object, Field::GeneratorPc, Type::Pointer);
        let same = self.emit(Op::EqPointer, &[pc, address])?;
        self.emit(Op::GuardTrue, &[same])?;
        let state = self.load_plain(object, Field::GeneratorState, Type::Int);
        let wanted = self.out.int(Suspension::unpack(suspension).state as i64);
        let same = self.emit(Op::EqInt, &[state, wanted])?;
        self.emit(Op::GuardTrue, &[same])?;
        let nothing = match Suspension::unpack(suspension).handles {
            Handles::Nothing => Some(Value::NULL),
            Handles::None => Some(Value::NONE),
            Handles::Exception => None,
        };
        self.slots.remove(&handled_in(base));
        if let Some(nothing) = nothing {
            let handled = self.load_plain(object, Field::GeneratorHandled, Type::Value);
            let value = self.out.value(nothing);
            self.emit(Op::GuardIs, &[handled, value])?;
            self.slots.insert(handled_in(base), Slot { value, dirty: false, entry: false });
        }
        self.store_state(object, GeneratorState::Executing);
        self.open.push(OpenWindow { window, function: generator, real: false });
        self.changed = true;
        Ok(())
    }

    /// `Create`: the window of a generator opens that was just made.
    pub fn create(&mut self, recorded: &Instruction) {
        let generator = self.operand(recorded.a);
        let window = self.windows[recorded.immediate as usize];
        let base = self.base_of(window);
        if let Some(at) = self.suspended.iter().position(|s| s.base == base) {
            // One that was made here before.
            self.write_suspended(at);
        }
        self.slots.retain(|slot, _| generator_base(*slot) != Some(base));
        let null = self.out.value(Value::NULL);
        for slot in base..base + self.out.windows[window as usize].locals {
            self.slots.insert(slot, Slot { value: null, dirty: false, entry: false });
        }
        self.slots.insert(handled_in(base), Slot { value: null, dirty: false, entry: false });
        self.open.push(OpenWindow { window, function: generator, real: false });
        self.changed = true;
    }

    fn load_plain(&mut self, object: Reference, field: Field, ty: Type) -> Reference {
        let load = Instruction { ty, a: object, immediate: field as u32, ..Instruction::new(Op::LoadField) };
        self.push(load)
    }

    fn store_plain(&mut self, object: Reference, field: Field, value: Reference) {
        let store =
            Instruction { a: object, b: value, immediate: field as u32, ..Instruction::new(Op::StoreField) };
        self.push(store);
    }

    fn store_state(&mut self, object: Reference, state: GeneratorState) {
        let state = self.out.int(state as i64);
        self.store_plain(object, Field::GeneratorState, state);
    }

    /// `Suspend`: the innermost window, a generator's, closes.
    pub fn suspend(&mut self, recorded: &Instruction) {
        self.force_tracebacks();
        let Some(open) = self.open.last().copied() else { return };
        let address = self.operand(recorded.a);
        let packed = self.operand(recorded.b);
        let suspension = self.constant_int(packed).unwrap_or(0);
        let (window, base) = (open.window, self.base_of(open.window));
        self.changed = true;
        if open.real {
            self.write_registers(base);
            self.open.pop();
            self.push(Instruction { a: address, b: packed, ..Instruction::new(Op::PopGenerator) });
            return;
        }
        let handled = handled_in(base);
        if self.slots.get(&handled).is_some_and(|s| s.value.is_constant()) {
            // Loops know it by that.
            self.clean_slot(handled);
        }
        self.open.pop();
        // What resumes it keeps it alive, for now.
        self.lend_again(open.function);
        self.suspended.push(Suspended { base, window, generator: open.function, address, suspension });
    }

    /// `Suspended`: the trace starts with a generator in this state.
    pub fn start_suspended(&mut self, recorded: &Instruction) {
        let generator = self.operand(recorded.a);
        let address = self.operand(recorded.b);
        let packed = self.operand(recorded.c);
        let suspension = self.constant_int(packed).unwrap_or(0);
        let window = self.windows[recorded.immediate as usize];
        let base = self.base_of(window);
        self.suspended.push(Suspended { base, window, generator, address, suspension });
        self.changed = true;
    }

    /// `Finish`: the innermost window, a generator's whose slots are dropped, closes for good.
    pub fn finish_window(&mut self) -> Result<(), Failure> {
        self.force_tracebacks();
        let Some(open) = self.open.pop() else { return Ok(()) };
        let base = self.base_of(open.window);
        self.slots.retain(|slot, _| generator_base(*slot) != Some(base));
        self.changed = true;
        if open.real {
            self.push(Instruction { immediate: open.window, ..Instruction::new(Op::FinishGenerator) });
            return Ok(());
        }
        let object = self.emit(Op::Address, &[open.function])?;
        self.store_state(object, GeneratorState::Finished);
        Ok(())
    }

    /// The generator whose window has this base.
    fn generator_of(&self, base: u32) -> Reference {
        let open = self.open.iter().find(|w| self.base_of(w.window) == base).map(|w| w.function);
        let suspended = || self.suspended.iter().find(|s| s.base == base).map(|s| s.generator);
        open.or_else(suspended).unwrap_or(Reference::NONE)
    }

    /// The address of a generator's object, and the offset in it of the register that a slot is.
    fn register_place(&mut self, slot: u32, base: u32) -> (Reference, u32) {
        let generator = self.generator_of(base);
        let object = self.emit(Op::Address, &[generator]).unwrap_or(Reference::NONE);
        (object, Generator::REGISTERS_OFFSET as u32 + (slot - base) * size_of::<Value>() as u32)
    }

    /// The object in which an exception being handled is that belongs to the generator with this base, or to the root;
    /// `None` if that is the thread. Each generator whose frame was made has exchanged its own for its resumer's.
    fn place_of_handled(&mut self, base: Option<u32>) -> Option<Reference> {
        let is_made = |w: &&OpenWindow| w.real && self.is_generator(w.window);
        let made: Vec<OpenWindow> = self.open.iter().filter(is_made).copied().collect();
        let inner = match base {
            None => made.first(),
            Some(base) => match made.iter().position(|w| self.base_of(w.window) == base) {
                Some(at) => made.get(at + 1),
                None => return Some(self.generator_of(base)),
            },
        };
        inner.map(|w| w.function)
    }

    /// The exceptions that generators handle which the trace runs without having made their frames are found by whoever looks
    /// for them: else frames are made.
    pub fn show_handled(&mut self) {
        let unmade: Vec<u32> = self
            .open
            .iter()
            .filter(|w| !w.real && self.is_generator(w.window))
            .map(|w| self.base_of(w.window))
            .collect();
        for base in unmade {
            let handled = self.get_slot(handled_in(base));
            if !self.constant_value(handled).is_some_and(|v| v.is_null() || v.is_none()) {
                return self.sync();
            }
        }
        let handled = self.slots.keys().copied().filter(|slot| is_handled(*slot));
        for slot in handled.collect::<Vec<u32>>() {
            self.clean_slot(slot);
        }
    }

    /// Loads a slot from the frame's memory.
    pub fn load_slot(&mut self, slot: u32) -> Reference {
        if is_handled(slot) {
            return match self.place_of_handled(generator_base(slot)) {
                None => self.push(Instruction { immediate: HANDLED, ..Instruction::new(Op::LoadSlot) }),
                Some(generator) => {
                    let object = self.emit(Op::Address, &[generator]).unwrap_or(Reference::NONE);
                    self.load_plain(object, Field::GeneratorHandled, Type::Value)
                }
            };
        }
        let Some(base) = generator_base(slot) else {
            return self.push(Instruction { immediate: slot, ..Instruction::new(Op::LoadSlot) });
        };
        let (a, immediate) = self.register_place(slot, base);
        self.push(Instruction { a, immediate, ..Instruction::new(Op::LoadOffset) })
    }

    /// Stores a word in a slot's memory.
    pub fn store_slot(&mut self, slot: u32, word: Reference) {
        if is_handled(slot) {
            match self.place_of_handled(generator_base(slot)) {
                None => {
                    self.push(Instruction { a: word, immediate: HANDLED, ..Instruction::new(Op::StoreSlot) });
                }
                Some(generator) => {
                    let object = self.emit(Op::Address, &[generator]).unwrap_or(Reference::NONE);
                    self.store_plain(object, Field::GeneratorHandled, word);
                }
            }
            return;
        }
        let Some(base) = generator_base(slot) else {
            self.push(Instruction { a: word, immediate: slot, ..Instruction::new(Op::StoreSlot) });
            return;
        };
        let (a, immediate) = self.register_place(slot, base);
        self.push(Instruction { a, b: word, immediate, ..Instruction::new(Op::StoreOffset) });
    }

    /// Brings a generator's registers to memory, where anyone may change them from now on.
    fn write_registers(&mut self, base: u32) {
        let slots: Vec<(u32, Slot)> =
            self.slots.range(base..base + GENERATOR_REGISTERS).map(|(k, s)| (*k, *s)).collect();
        for (slot, _) in &slots {
            self.clean_slot(*slot);
        }
        for (slot, Slot { value, .. }) in slots {
            self.slots.remove(&slot);
            self.lend_again(value);
        }
    }

    /// A register that no slot stands for any more holds a value: it is only lent now.
    fn lend_again(&mut self, value: Reference) {
        if self.may_be_counted(value) && !self.owned.contains(&value) {
            self.lent.insert(value);
        }
    }

    /// Brings a suspended generator to memory.
    pub fn write_suspended(&mut self, at: usize) {
        let Suspended { base, generator, address, suspension, .. } = self.suspended[at];
        self.write_registers(base);
        self.suspended.remove(at);
        let Ok(object) = self.emit(Op::Address, &[generator]) else { return };
        let Suspension { state, register, .. } = Suspension::unpack(suspension);
        let register = self.out.int(i64::from(register));
        self.store_plain(object, Field::GeneratorPc, address);
        self.store_plain(object, Field::GeneratorRegister, register);
        self.store_state(object, state);
        self.changed = true;
    }

    /// Brings all suspended generators to memory.
    pub fn write_all_suspended(&mut self) {
        while !self.suspended.is_empty() {
            self.write_suspended(0);
        }
    }

    /// The trace gives up its count of a value: if that is a generator that it has suspended, this may be the end of it, and
    /// of those that it delegates to, which it closes.
    pub fn before_uncount(&mut self, value: Reference) {
        if self.suspended.iter().any(|s| s.generator == value) {
            self.write_all_suspended();
        }
    }

    /// Whether the trace needs a generator that no slot in memory keeps alive.
    pub fn needs_generator(&self, value: Reference) -> bool {
        self.suspended.iter().any(|s| s.generator == value)
            && !self.slots.values().any(|s| !s.dirty && s.value == value)
    }

    /// At a loop's head: generators that can't stay in the trace's hands from one iteration to the next are brought to memory,
    /// registers that the loop changes there are forgotten.
    pub fn begin_suspended(&mut self, written: &BTreeSet<u32>, reread: &BTreeSet<u32>) {
        while let Some(at) = self.suspended.iter().position(|s| written.contains(&s.base)) {
            self.write_suspended(at);
        }
        for slot in reread {
            if let Some(Slot { value, dirty: false, .. }) = self.slots.get(slot).copied() {
                self.slots.remove(slot);
                self.lend_again(value);
            }
        }
    }

    /// Registers of suspended generators whose memory is up to date.
    pub fn clean_registers(&self) -> Vec<(u32, Reference)> {
        let clean = self.slots.iter().filter(|(k, s)| !s.dirty && generator_base(**k).is_some());
        clean.map(|(k, s)| (*k, s.value)).collect()
    }

    /// A slot's value goes on as a phi; if it is a suspended generator, that is known by the phi from now on.
    pub fn carry_generator(&mut self, value: Reference, phi: Reference) {
        self.suspended.iter_mut().filter(|s| s.generator == value).for_each(|s| s.generator = phi);
    }

    /// Whether the suspended generators are those of a loop's head, in the same places.
    pub fn suspends_like(&self, head: &[Suspended]) -> bool {
        head.iter().all(|s| self.suspended.contains(s))
    }

    /// At a loop's end: the suspended generators must be those of its head, with the same registers in memory. What isn't so is
    /// noted for the next attempt, and false returned.
    pub fn close_suspended(
        &mut self,
        head: &[Suspended],
        registers: &[(u32, Reference)],
        written: &mut BTreeSet<u32>,
        reread: &mut BTreeSet<u32>,
    ) -> bool {
        while let Some(at) = self.suspended.iter().position(|s| !head.contains(s)) {
            let base = self.suspended[at].base;
            if head.iter().any(|h| h.base == base) {
                written.insert(base);
                return false;
            }
            self.write_suspended(at);
        }
        for known in head.iter().filter(|h| !self.suspended.contains(h)) {
            written.insert(known.base);
        }
        let same = |(slot, value): &(u32, Reference)| {
            self.slots.get(slot).is_some_and(|s| !s.dirty && s.value == *value)
        };
        reread.extend(registers.iter().filter(|known| !same(known)).map(|known| known.0));
        written.is_disjoint(&head.iter().map(|h| h.base).collect()) && registers.iter().all(same)
    }

    /// The slots that keep generators alive which the trace runs or has suspended.
    pub fn lent_generators(&self) -> Vec<(u32, Reference)> {
        let running = self.open.iter().filter(|w| self.is_generator(w.window)).map(|w| w.function);
        let generators: Vec<Reference> = running.chain(self.suspended.iter().map(|s| s.generator)).collect();
        let is_generator = |s: &Slot| !s.dirty && generators.contains(&s.value);
        let slots = self.slots.iter().filter(|(k, s)| **k & (INSTANCE | FIELD) == 0 && is_generator(s));
        slots.filter(|(k, _)| !is_handled(**k)).map(|(k, s)| (*k, s.value)).collect()
    }

    /// What a snapshot says of generators.
    pub fn held(&self) -> Vec<Held> {
        let suspended = self.suspended.iter().map(|s| Held {
            base: s.base,
            generator: s.generator,
            suspended: Some((s.address, s.suspension)),
            window: s.window,
        });
        let real = self.open.iter().filter(|w| w.real && self.is_generator(w.window)).map(|w| Held {
            base: self.base_of(w.window),
            generator: w.function,
            suspended: None,
            window: w.window,
        });
        suspended.chain(real).collect()
    }
}
