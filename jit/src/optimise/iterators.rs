//! Iterators over ranges that a loop keeps in its own hands.
//!
//! `for i in range(n)` holds its iterator in a register that nothing else sees. A range whose iterator the trace makes has a
//! virtual one. One that was there when the trace was entered is *adopted* at the loop's head: if nothing else holds it, a
//! virtual one takes its place, so that the loop needs no stores to advance.
//!
//! An iterator that dies is kept as a *spare*: the next one that must be made takes its place, and no memory is asked for.
//! The trace owns a spare's count; an exit drops it.

use super::Failure;
use super::emitter::Emitter;
use super::facts::Known;
use super::loops::Weakened;
use super::memory::class_of;
use crate::ir::trace::generator_base;
use crate::ir::{Instruction, Op, Reference, Type, VirtualKind};
use runtime::objects::range::RANGE_ITERATOR;
use runtime::trace_interface::{Field, Helper};
use std::collections::BTreeMap;

/// The fields of an iterator over a range, in the order of a virtual one's.
const FIELDS: [Field; 3] =
    [Field::RangeIteratorNext, Field::RangeIteratorRemaining, Field::RangeIteratorStep];

/// Spares that are kept at once.
const MOST_SPARES: usize = 2;

/// The place of a field in a virtual iterator over a range.
pub fn place_in_range_iterator(field: Field) -> Option<u32> {
    FIELDS.iter().position(|f| *f == field).map(|place| place as u32)
}

impl Emitter<'_> {
    fn is_range_iterator(&self, value: Reference) -> bool {
        !value.is_constant() && self.fact(value).known == Known::Object(&raw const RANGE_ITERATOR)
    }

    /// Whether a value that dies, and that the trace owns, is kept.
    pub fn becomes_spare(&mut self, value: Reference) -> bool {
        let keeps = self.passes.virtuals
            && self.spares.len() < MOST_SPARES
            && self.is_range_iterator(value)
            && !self.is_virtual(value);
        if keeps {
            self.spares.push(value);
        }
        keeps
    }

    /// Drops the spares but for these.
    pub fn release_spares(&mut self, but: &[Reference]) {
        for spare in std::mem::take(&mut self.spares) {
            if but.contains(&spare) {
                self.spares.push(spare);
            } else if self.owned.remove(&spare) {
                self.changed = true;
                self.uncount(spare);
            }
        }
    }

    /// Makes a virtual iterator over a range. Gives what stands for it from now on; nothing if it is no such object.
    pub fn force_range_iterator(&mut self, reference: Reference) -> Option<Reference> {
        self.virtuals.get(reference).filter(|object| object.kind == VirtualKind::RangeIterator)?;
        let object = self.remove_virtual(reference)?;
        let fields: Vec<Reference> = object.fields.values().copied().collect();
        let made = match self.spares.pop() {
            Some(spare) if self.adopted.contains(&spare) => self.renew(spare, &fields),
            Some(spare) => {
                self.owned.remove(&spare);
                let arguments = std::iter::once(spare).chain(fields.iter().copied());
                self.make(Helper::RenewRangeIterator, arguments)
            }
            None => self.make(Helper::NewRangeIterator, fields.iter().copied()),
        };
        let address = self.replace_by(made, reference, &object);
        for (field, value) in FIELDS.into_iter().zip(fields) {
            self.memory.loaded((class_of(Op::LoadField, field as u32), address, Reference::NONE), value);
        }
        Some(made)
    }

    /// Makes an iterator that was adopted the next one: nothing else has known it since.
    fn renew(&mut self, spare: Reference, fields: &[Reference]) -> Reference {
        self.adopted.remove(&spare);
        let address = self.address(spare);
        for (field, value) in FIELDS.into_iter().zip(fields) {
            let store = Instruction { a: address, b: *value, ..Instruction::new(Op::StoreField) };
            self.push(Instruction { immediate: field as u32, ..store });
        }
        // What was known of the old one's step isn't.
        let step = (Op::LoadField, address, Reference::NONE, Field::RangeIteratorStep as u32);
        self.remember_expression(step, fields[2]);
        spare
    }

    /// At the end of the preamble: virtual iterators take the place of those over ranges that nothing else holds.
    pub fn adopt_iterators(&mut self, weakened: &Weakened) -> Result<(), Failure> {
        if !self.passes.virtuals || self.memory.written.clobbered || weakened.has_clobbered() {
            return Ok(());
        }
        let candidates: Vec<(u32, Reference)> =
            self.sole.iter().filter_map(|slot| Some((*slot, self.slots.get(slot)?.value))).collect();
        // What fails here is told from the guards of the body.
        let origin = self.origin;
        self.origin.index = self.recorded.instructions.len() as u32 - 1;
        for (slot, iterator) in candidates {
            let shared = self.slots.values().filter(|s| s.value == iterator).count() != 1;
            if weakened.forced.contains(&slot)
                || generator_base(slot).is_some()
                || shared
                || !self.is_range_iterator(iterator)
                || self.is_virtual(iterator)
            {
                continue;
            }
            self.adopt(slot, iterator)?;
        }
        self.origin = origin;
        Ok(())
    }

    /// A field that the body has not loaded or that doesn't change.
    fn load_number(&mut self, address: Reference, field: Field) -> Reference {
        let key = (Op::LoadField, address, Reference::NONE, field as u32);
        if let Some(known) = self.known_expression(&key) {
            return known;
        }
        let load = Instruction { a: address, immediate: field as u32, ..Instruction::new(Op::LoadField) };
        self.push(Instruction { ty: Type::Int, ..load })
    }

    fn adopt(&mut self, slot: u32, iterator: Reference) -> Result<(), Failure> {
        let address = self.emit(Op::Address, &[iterator])?;
        // Counts change without a store, so what was loaded isn't remembered.
        let count = Instruction {
            ty: Type::Int,
            a: address,
            immediate: Field::HeaderCount as u32,
            ..Instruction::new(Op::LoadField)
        };
        let (count, one) = (self.push(count), self.out.int(1));
        let alone = self.emit(Op::EqInt, &[count, one])?;
        self.emit(Op::GuardTrue, &[alone])?;
        let mut fields = BTreeMap::new();
        for (place, field) in (0..).zip(FIELDS) {
            let known = self.memory.get((class_of(Op::LoadField, field as u32), address, Reference::NONE));
            let value = match known {
                Some(value) => value,
                None => self.load_number(address, field),
            };
            let constant = self.fact(value).constant;
            fields.insert(place, if constant.is_none() { value } else { constant });
        }
        self.memory.forget_object(address);
        let adopted = self.new_virtual(VirtualKind::RangeIterator, fields);
        self.set_slot(slot, adopted);
        self.sweep();
        if self.spares.contains(&iterator) {
            self.adopted.insert(iterator);
        }
        Ok(())
    }
}
