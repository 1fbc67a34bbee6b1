//! Loops by peeling: the recorded body is emitted once as the preamble, with all guards, and once more as the loop. What
//! the preamble established (types, loads of memory that nothing in the body writes, pure expressions over what stays)
//! is known in the loop, so it is not computed or checked again.
//!
//! The loop's head has a phi for each slot that the body replaces and for each place in memory that the body stores to
//! and loads from. What a phi is assumed to be (its type, whether the trace owns a count) must hold for the value that
//! comes round; where it doesn't, the assumption is weakened and the loop emitted again. The same holds for what sides
//! bring to the head. A side that would spoil too much for the others goes to the trace's start instead.

use super::Failure;
use super::counted;
use super::emitter::Emitter;
use super::facts::{Fact, Known, Range};
use super::generators::Suspended;
use super::memory::{Place, Written};
use super::shifted::Shifted;
use super::slots::{OpenWindow, Slot};
use super::virtuals::{CarriedObject, FIELD};
use crate::ir::trace::{ITSELF, generator_base, is_handled};
use crate::ir::{Instruction, Op, Reference, Trace, Type};
use std::collections::{BTreeMap, BTreeSet};

/// Emissions of the loop before it is given up.
const ATTEMPTS: usize = 16;
/// Emissions in which sides may weaken what is assumed.
const PATIENCE: usize = 5;

/// What the next attempt assumes less.
#[derive(Clone, Default)]
pub struct Weakened {
    /// Slots whose phi owns a count.
    owned: BTreeSet<u32>,
    /// Slots of whose value nothing is known.
    unknown: BTreeSet<u32>,
    /// Slots that are words, not raw values.
    boxed: BTreeSet<u32>,
    /// Slots whose value does change.
    varying: BTreeSet<u32>,
    /// Places in memory that are not carried.
    places: BTreeSet<Place>,
    /// What is written though the preamble did not.
    written: Written,
    /// Slots that only sides change.
    changed: BTreeSet<u32>,
    /// Sides that go to the trace's start.
    sides: BTreeSet<u32>,
    /// Bases of generators that are in memory at the loop's head.
    generators: BTreeSet<u32>,
    /// Registers of generators that are read anew in each iteration.
    reread: BTreeSet<u32>,
    /// Slots whose raw int may become less than it was at first.
    falling: BTreeSet<u32>,
    /// Spares don't live on in the loop.
    no_spares: bool,
    /// Slots whose virtual object is made.
    pub forced: BTreeSet<u32>,
    /// The slots of virtual objects' fields, by the slot that holds the object and the field's place.
    fields: BTreeMap<(u32, u32), u32>,
}

impl Weakened {
    fn size(&self) -> usize {
        let slots = [&self.owned, &self.unknown, &self.boxed, &self.varying, &self.changed, &self.forced];
        let slots: usize = slots.map(BTreeSet::len).iter().sum();
        let slots = slots + self.falling.len() + usize::from(self.no_spares);
        let slots = slots + self.generators.len() + self.reread.len();
        slots + self.places.len() + self.written.size() + self.sides.len()
    }

    /// Whether a place is not carried.
    pub fn is_given_up(&self, place: &Place) -> bool {
        self.places.contains(place)
    }

    pub fn has_clobbered(&self) -> bool {
        self.written.clobbered
    }

    /// The made-up slot of a field.
    pub fn field_slot(&mut self, holder: u32, place: u32) -> u32 {
        let next = FIELD | self.fields.len() as u32;
        *self.fields.entry((holder, place)).or_insert(next)
    }
}

/// What a slot's phi starts with, whether the phi owns a count, and what is assumed of it.
pub type Initial = (Reference, bool, Fact);

/// A value that changes from one iteration to the next.
struct Carried {
    phi: Reference,
    /// The phi's facts as assumed.
    assumed: Fact,
    /// The trace owns a count of it at the loop's head.
    owned: bool,
}

/// The head of an attempt.
struct Head {
    slots: Vec<(u32, Carried)>,
    places: Vec<(Place, Carried)>,
    /// Items that lie where the counter has got on to.
    shifted: Vec<(Shifted, Reference)>,
    /// Slots that were not carried because they are constant.
    constants: Vec<(u32, Reference)>,
    objects: Vec<CarriedObject>,
    /// Slots whose value stays in the frame.
    lasting: Vec<(u32, Reference)>,
    /// What the loop writes.
    written: Written,
    /// Generators that the trace has suspended.
    suspended: Vec<Suspended>,
    /// Windows that are open: the trace's own frame, if it is a generator's.
    open: Vec<OpenWindow>,
    /// Registers of theirs whose memory is up to date.
    registers: Vec<(u32, Reference)>,
    /// Dead iterators that the trace owns.
    spares: Vec<Reference>,
}

/// A loop being emitted.
pub struct Loop {
    head: Head,
    weakened: Weakened,
    attempt: usize,
}

/// Emits a recorded loop and its sides.
pub fn optimise_loop(mut preamble: Emitter) -> Result<Trace, Failure> {
    preamble.run()?;
    let head_pc = preamble.recorded.instructions.last().map_or(0, |i| i.immediate);
    let outside = std::mem::take(&mut preamble.forks);
    preamble.at(head_pc);
    if !preamble.passes.peel {
        preamble.go_to_start_of(ITSELF);
        preamble.sides(outside, None)?;
        return Ok(preamble.finish());
    }
    let mut weakened = Weakened::default();
    for attempt in 0..ATTEMPTS {
        let before = weakened.size();
        let mut emitter = preamble.clone();
        let head = emitter.open_loop(&mut weakened)?;
        emitter.origin.looped = true;
        // What opens the trace's own window is done.
        let body = emitter.recorded.instructions.iter().position(|i| i.op == Op::At).unwrap_or(0);
        emitter.run_from(body)?;
        emitter.at(head_pc);
        let forks = std::mem::take(&mut emitter.forks);
        emitter.close_loop(&head, &mut weakened)?;
        let mut around = Loop { head, weakened, attempt };
        emitter.sides(forks, Some(&mut around))?;
        weakened = around.weakened;
        if weakened.size() == before {
            emitter.sides(outside, None)?;
            let (passes, asked) = (emitter.passes, std::mem::take(&mut emitter.asked));
            let trace = emitter.finish();
            return Ok(if passes.counted { counted::improve(trace, &asked, passes.limits) } else { trace });
        }
    }
    Err(Failure::UnstableLoop)
}

impl Emitter<'_> {
    /// Comes to an instruction boundary.
    pub fn at(&mut self, pc: u32) {
        self.pc = pc;
        (self.changed, self.decided) = (true, false);
        self.sweep();
    }

    fn open_loop(&mut self, weakened: &mut Weakened) -> Result<Head, Failure> {
        for slot in &weakened.changed {
            if let Some(Slot { value, dirty: false, .. }) = self.slots.get(slot).copied() {
                // Memory's count comes to the trace.
                self.set_slot(*slot, value);
            }
        }
        self.sweep();
        // What a `Step` or `Sync` left in memory is read again from there. That generators handle nothing stays known.
        self.slots.retain(|k, s| {
            s.dirty || s.entry || generator_base(*k).is_some() && is_handled(*k) && s.value.is_constant()
        });
        self.adopt_iterators(weakened)?;
        if weakened.no_spares {
            self.release_spares(&[]);
        }
        self.begin_suspended(&weakened.generators, &weakened.reread);
        let registers = self.clean_registers();
        let objects = self.open_objects(weakened);
        let lasting = self
            .slots
            .iter()
            .filter(|(k, s)| !s.dirty && generator_base(**k).is_none())
            .map(|(k, s)| (*k, s.value))
            .collect();
        let mut written = self.memory.written.clone();
        written.add(&weakened.written);
        let clobbered = written.clobbered;
        let (slots, places, constants) = (Vec::new(), Vec::new(), Vec::new());
        let mut head = Head {
            slots,
            places,
            shifted: Vec::new(),
            constants,
            objects,
            lasting,
            written,
            suspended: Vec::new(),
            open: self.open.clone(),
            registers,
            spares: self.spares.clone(),
        };
        let raw: BTreeSet<u32> = head.objects.iter().flat_map(CarriedObject::numbers).collect();
        let steps: BTreeSet<u32> = head.objects.iter().filter_map(CarriedObject::step).collect();
        let is_carried = |s: &Slot| s.dirty && !self.is_virtual(s.value);
        let dirty: Vec<(u32, Slot)> =
            self.slots.iter().filter(|(_, s)| is_carried(s)).map(|(k, s)| (*k, *s)).collect();
        let mut first_holders = BTreeSet::new();
        let mut initial = Vec::new();
        for (slot, state) in dirty {
            let is_number = raw.contains(&slot);
            if (state.value.is_constant() || steps.contains(&slot)) && !weakened.varying.contains(&slot) {
                head.constants.push((slot, state.value));
                continue;
            }
            let (value, owned, mut assumed) =
                self.initial_value(slot, state.value, weakened, &mut first_holders)?;
            if is_number {
                assumed.range = Range::ANY;
            }
            let first = self.fact(value).range.min;
            if self.out.type_of(value) == Type::Int && first >= 0 && !weakened.falling.contains(&slot) {
                assumed.range.min = first;
            }
            initial.push((slot, (value, owned, assumed)));
        }
        let shifted = self.shifted_items(&initial, weakened)?;
        let mut places = Vec::new();
        for (place, value) in self.memory.at_loop_head(&weakened.written) {
            let is_shifted = shifted.iter().any(|item| item.place == place);
            if !weakened.places.contains(&place) && !value.is_constant() && !is_shifted {
                places.push((place, value));
            }
        }
        if clobbered {
            self.forget_classes();
        }
        let is_surplus = |v: &&Reference| self.holders(**v) == 0 && !self.spares.contains(v);
        debug_assert_eq!(
            self.owned.iter().find(is_surplus),
            None,
            "the loop would drop it in each iteration"
        );
        self.push(Instruction::new(Op::Loop));
        for (slot, (value, owned, assumed)) in initial {
            let phi = self.phi(value, assumed);
            self.carry_generator(value, phi);
            self.slots.insert(slot, Slot { value: phi, dirty: true, entry: false });
            if owned {
                self.owned.insert(phi);
            } else if self.may_be_counted(phi) {
                self.lent.insert(phi);
            }
            head.slots.push((slot, Carried { phi, assumed, owned }));
        }
        for (place, value) in places {
            let assumed = Fact { known: self.fact(value).known, ..Fact::NONE };
            let phi = self.phi(value, assumed);
            self.memory.carry(place, phi);
            if self.out.type_of(phi) == Type::Value {
                self.lent.insert(phi);
            }
            head.places.push((place, Carried { phi, assumed, owned: false }));
        }
        for item in shifted {
            let phi = self.phi(item.value, item.assumed());
            head.shifted.push((item, phi));
        }
        for (item, phi) in &head.shifted {
            if let Some((_, counter)) = head.slots.iter().find(|(slot, _)| *slot == item.slot) {
                self.enter_shifted(item, *phi, counter.phi)?;
            }
        }
        self.enter_objects(&head.objects);
        head.suspended.clone_from(&self.suspended);
        self.changed = true;
        Ok(head)
    }

    /// What a slot's phi starts with, whether the phi owns a count, and what is assumed of it.
    fn initial_value(
        &mut self,
        slot: u32,
        value: Reference,
        weakened: &Weakened,
        first_holders: &mut BTreeSet<Reference>,
    ) -> Result<(Reference, bool, Fact), Failure> {
        let boxed = weakened.boxed.contains(&slot);
        let fact = self.fact(value);
        // Raw ints in slots are Python's.
        let raw_fact = Fact { range: Range::SMALL, ..Fact::NONE };
        if self.out.type_of(value) != Type::Value && !boxed {
            return Ok((value, false, raw_fact));
        }
        if !boxed && matches!(fact.known, Known::Int | Known::Float | Known::Bool) {
            return Ok((self.carry_raw(slot, value, fact.known)?, false, raw_fact));
        }
        let word = self.as_value(value);
        let mut assumed = Fact { known: self.fact(word).known, bound: self.fact(word).bound, ..Fact::NONE };
        if weakened.unknown.contains(&slot) {
            assumed = Fact::NONE;
        }
        let holds_own = self.owned.contains(&word) && first_holders.insert(word);
        if holds_own {
            self.owned.remove(&word);
            return Ok((word, true, assumed));
        }
        // Another slot holds the same value with the trace's one count, or the loop needs a count: take one.
        let shared = first_holders.contains(&word);
        if shared || weakened.owned.contains(&slot) {
            self.push(Instruction { a: word, ..Instruction::new(Op::IncRef) });
            return Ok((word, true, assumed));
        }
        Ok((word, false, assumed))
    }

    /// The raw value in a word, which the slot's phi carries. A count of the word, if the trace owns one, is given up.
    fn carry_raw(&mut self, slot: u32, value: Reference, known: Known) -> Result<Reference, Failure> {
        let raw = self.raw(value, known)?;
        if self.owned.contains(&value) {
            self.slots.insert(slot, Slot { value: raw, dirty: true, entry: false });
            self.sweep();
        }
        Ok(raw)
    }

    fn raw(&mut self, value: Reference, known: Known) -> Result<Reference, Failure> {
        let op = match known {
            Known::Int => Op::UnboxInt,
            Known::Float => Op::UnboxFloat,
            _ => Op::UnboxBool,
        };
        self.emit(op, &[value])
    }

    fn phi(&mut self, value: Reference, assumed: Fact) -> Reference {
        let ty = self.out.type_of(value);
        let phi = self.push(Instruction { ty, a: value, ..Instruction::new(Op::Phi) });
        self.facts[phi.index()] = assumed;
        phi
    }

    /// Gives the phis their second values. What doesn't fit goes to `weakened`.
    fn close_loop(&mut self, head: &Head, weakened: &mut Weakened) -> Result<(), Failure> {
        let Some(second) = self.arrive(head, weakened)? else { return Ok(()) };
        for (phi, value) in second {
            self.out.instructions[phi.index()].b = value;
        }
        self.push(Instruction::new(Op::Repeat));
        Ok(())
    }

    /// Whether a side that has come to the loop's head may go in there.
    pub fn may_rejoin(&self, side: u32, around: &Loop) -> bool {
        let clobbers = self.memory.written.clobbered && !around.head.written.clobbered;
        let same_generators = self.suspends_like(&around.head.suspended);
        !clobbers
            && same_generators
            && self.open == around.head.open
            && !around.weakened.sides.contains(&side)
    }

    /// A side goes on at the loop's head.
    pub fn rejoin(&mut self, side: u32, around: &mut Loop) -> Result<(), Failure> {
        let mut weakened = around.weakened.clone();
        let values = self.arrive(&around.head, &mut weakened)?.unwrap_or_default();
        if weakened.size() > around.weakened.size() {
            // The loop will be emitted again.
            match around.attempt < PATIENCE {
                true => around.weakened = weakened,
                false => drop(around.weakened.sides.insert(side)),
            }
        }
        let first = self.out.arguments.len();
        self.out.arguments.extend(values.iter().map(|v| v.1));
        let (a, b) = (Reference(first as i32), Reference(values.len() as i32));
        self.push(Instruction { a, b, ..Instruction::new(Op::Rejoin) });
        Ok(())
    }

    /// Brings the state to what the head expects. Gives each phi's next value; `None` if an object has another structure.
    fn arrive(
        &mut self,
        head: &Head,
        weakened: &mut Weakened,
    ) -> Result<Option<Vec<(Reference, Reference)>>, Failure> {
        if !self.close_suspended(
            &head.suspended,
            &head.registers,
            &mut weakened.generators,
            &mut weakened.reread,
        ) {
            return Ok(None);
        }
        let phis = head.slots.iter().map(|(s, _)| *s).chain(head.constants.iter().map(|(s, _)| *s)).collect();
        if !self.close_objects(&head.objects, &phis, weakened) {
            return Ok(None);
        }
        self.release_spares(&head.spares);
        weakened.no_spares |= self.spares.len() < head.spares.len();
        for (slot, constant) in &head.constants {
            if self.slots.get(slot).is_none_or(|s| !s.dirty || s.value != *constant) {
                weakened.varying.insert(*slot);
            }
        }
        if !head.written.includes(&self.memory.written) {
            weakened.written.add(&self.memory.written);
        }
        let is_expected = |k: &u32| phis.contains(k) || head.objects.iter().any(|o| o.holders.contains(k));
        let surplus: Vec<u32> =
            self.slots.iter().filter(|(k, s)| s.dirty && !is_expected(k)).map(|(k, _)| *k).collect();
        for slot in surplus {
            self.clean_slot(slot);
            self.forgotten.insert(slot);
        }
        for (slot, value) in &head.lasting {
            if self.slots.get(slot).is_none_or(|s| s.value != *value) {
                weakened.changed.insert(*slot);
            }
        }
        let mut given = BTreeSet::new();
        let mut second = Vec::new();
        for (slot, carried) in &head.slots {
            let value = self.come_round(*slot, carried, weakened, &mut given)?;
            second.push((carried.phi, value));
        }
        for (place, carried) in &head.places {
            match self.memory.get(*place) {
                Some(value) if self.fits(value, carried) => second.push((carried.phi, value)),
                _ => {
                    weakened.places.insert(*place);
                    second.push((carried.phi, carried.phi));
                }
            }
        }
        for (item, phi) in &head.shifted {
            let counter = head.slots.iter().find(|(slot, _)| *slot == item.slot).map(|(_, c)| c.phi);
            let next = second.iter().find(|(phi, _)| Some(*phi) == counter).map(|(_, next)| *next);
            let value = match next {
                Some(next) => self.shifted_round(item, *phi, next)?,
                None => None,
            };
            if value.is_none() {
                weakened.places.insert(item.place);
            }
            second.push((*phi, value.unwrap_or(*phi)));
        }
        // A generator that is known by a phi must come round as that.
        for known in &head.suspended {
            if second.iter().any(|(phi, value)| *phi == known.generator && value != phi) {
                weakened.generators.insert(known.base);
            }
        }
        Ok(Some(second))
    }

    /// Whether a value has the type and the facts that a phi was assumed to have.
    fn fits(&self, value: Reference, carried: &Carried) -> bool {
        let fact = self.fact(value);
        self.out.type_of(value) == self.out.type_of(carried.phi)
            && carried.assumed.known.includes(fact.known)
            && (!carried.assumed.bound || fact.bound || fact.known != Known::Nothing)
    }

    fn come_round(
        &mut self,
        slot: u32,
        carried: &Carried,
        weakened: &mut Weakened,
        given: &mut BTreeSet<Reference>,
    ) -> Result<Reference, Failure> {
        let state = match self.slots.get(&slot) {
            Some(state) => *state,
            None => {
                self.get_slot(slot);
                self.slots[&slot]
            }
        };
        if !state.dirty {
            // Memory's count comes to the trace.
            self.set_slot(slot, state.value);
        }
        let phi_type = self.out.type_of(carried.phi);
        let mut value = state.value;
        let fact = self.fact(value);
        if phi_type != Type::Value {
            let known = match phi_type {
                Type::Int => Known::Int,
                Type::Float => Known::Float,
                _ => Known::Bool,
            };
            if self.out.type_of(value) == Type::Value && fact.known == known {
                value = self.carry_raw(slot, value, known)?;
            }
            if self.out.type_of(value) == phi_type {
                let least = carried.assumed.range.min;
                if phi_type == Type::Int && least >= 0 && self.fact(value).range.min < least {
                    weakened.falling.insert(slot);
                }
                return Ok(value);
            }
            weakened.boxed.insert(slot);
            return Ok(carried.phi);
        }
        value = self.as_value(value);
        if !self.fits(value, carried) {
            weakened.unknown.insert(slot);
        }
        let counted = self.may_be_counted(value) || value.is_constant();
        if !counted {
            return Ok(value);
        }
        let owned = self.owned.contains(&value) && given.insert(value);
        match (carried.owned, owned) {
            (true, true) => {
                self.owned.remove(&value);
            }
            (true, false) => {
                self.push(Instruction { a: value, ..Instruction::new(Op::IncRef) });
            }
            (false, true) => {
                weakened.owned.insert(slot);
            }
            (false, false) => (),
        }
        Ok(value)
    }
}
