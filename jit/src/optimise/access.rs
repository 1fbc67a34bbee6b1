//! Loads and stores: forwarding of what the trace knows of memory, and the counts that memory holds.

use super::Failure;
use super::emitter::Emitter;
use super::facts::Known;
use super::memory::{Class, class_of};
use crate::ir::{Instruction, Op, Reference, Type};
use runtime::trace_interface::{Field, Width};

impl Emitter<'_> {
    pub fn load(&mut self, recorded: Instruction) -> Result<Reference, Failure> {
        let mut i = recorded;
        (i.a, i.b) = (self.resolved(i.a), self.resolved(i.b));
        if i.op == Op::LoadField {
            i.ty = match i.field().width() {
                Width::Value => Type::Value,
                Width::Pointer => Type::Pointer,
                Width::Float => Type::Float,
                _ => Type::Int,
            };
        }
        if let Some(object) = self.virtuals.at(i.a) {
            if let Some(known) = self.virtual_load(object, &i) {
                return Ok(known);
            }
            self.force(object);
            return self.load(recorded);
        }
        if self.is_length_of_character(&i) {
            return Ok(self.out.int(1));
        }
        let is_field = !matches!(i.op, Op::LoadOffset | Op::LoadAddress);
        let constant = is_field && i.field().is_constant();
        let place = (class_of(i.op, i.immediate), i.a, i.b);
        if constant {
            let key = (i.op, i.a, i.b, i.immediate);
            if let Some(known) = self.known_expression(&key) {
                if !self.owned.contains(&known) {
                    self.lend(known);
                }
                return Ok(known);
            }
            let reference = self.push(i);
            self.remember_expression(key, reference);
            self.lend(reference);
            return Ok(reference);
        }
        if !i.b.is_none() {
            self.memory.looks_for(place);
        }
        if self.passes.memory
            && let Some(known) = self.memory.get(place)
        {
            // It may have come there from a slot that has given it up since.
            if self.may_be_counted(known) && !self.owned.contains(&known) {
                self.lent.insert(known);
            }
            return Ok(known);
        }
        let reference = self.push(i);
        self.memory.loaded(place, reference);
        self.lend(reference);
        Ok(reference)
    }

    /// A value that memory lends.
    fn lend(&mut self, reference: Reference) {
        if self.out.type_of(reference) == Type::Value {
            self.lent.insert(reference);
        }
    }

    pub fn store(&mut self, recorded: Instruction) -> Result<Reference, Failure> {
        let mut i = recorded;
        (i.a, i.b, i.c) = (self.resolved(i.a), self.resolved(i.b), self.resolved(i.c));
        if let Some(object) = self.virtuals.at(i.a) {
            if self.virtual_store(object, &i) {
                return Ok(Reference::NONE);
            }
            self.force(object);
            return self.store(recorded);
        }
        if self.force_addresses(&[i.b, i.c]) {
            return self.store(recorded);
        }
        let (index, mut raw) = match i.op {
            Op::StoreItem | Op::StoreNumber | Op::StoreReal => (i.b, i.c),
            _ => (Reference::NONE, i.b),
        };
        let holds_words = match i.op {
            Op::StoreItem | Op::StoreOffset => true,
            Op::StoreField => i.field().width() == Width::Value,
            _ => false,
        };
        let place = (class_of(i.op, i.immediate), i.a, index);
        if holds_words {
            let word = self.as_value(raw);
            if self.out.type_of(raw) == Type::Value {
                raw = word;
            }
            self.protect_lent();
            match i.op {
                Op::StoreItem => i.c = word,
                _ => i.b = word,
            }
            self.give_count(word);
        }
        let replaced = if holds_words { self.replaced_box(&i, place) } else { None };
        self.push(i);
        if let Some(boxed) = replaced {
            self.take_count(boxed);
        }
        if i.op == Op::StoreReal && i.field() == Field::ArrayF32 {
            // It is rounded on its way.
            self.memory.class_changed(place.0);
        } else {
            let mut memory = std::mem::take(&mut self.memory);
            memory.stored(place, raw, |other| self.are_apart(index, other));
            self.memory = memory;
        }
        Ok(Reference::NONE)
    }

    /// What a store replaces where the trace knows the float but memory holds a box of it, which may be a heap object: `Own`
    /// of the raw float says nothing of that one's count.
    fn replaced_box(
        &mut self,
        store: &Instruction,
        place: (Class, Reference, Reference),
    ) -> Option<Reference> {
        let old = self.memory.get(place).filter(|_| self.passes.memory)?;
        if self.out.type_of(old) != Type::Float {
            return None;
        }
        let op = match store.op {
            Op::StoreItem => Op::LoadItem,
            Op::StoreOffset => Op::LoadOffset,
            _ => Op::LoadField,
        };
        let (a, b, immediate) = (store.a, place.2, store.immediate);
        let boxed = self.push(Instruction { ty: Type::Value, a, b, immediate, ..Instruction::new(op) });
        self.learn(boxed, |fact| fact.known = Known::Float);
        Some(boxed)
    }
}
