//! Items that a loop finds in one round where it stored or loaded them in the round before.
//!
//! `a[i] = a[i - 1] + b[i]` stores what the next round loads. Where the preamble has done so, the loop's head gets a phi
//! for the item: the place in memory whose index is the counter's phi and a distance. What comes round must be known to lie
//! in that place seen from the counter's next value. Numbers are carried raw: the next round doesn't look at memory at all.

use super::Failure;
use super::emitter::Emitter;
use super::facts::{Fact, Known, Range};
use super::loops::{Initial, Weakened};
use super::memory::{Class, Place};
use crate::ir::{Op, Reference, Type};

/// Counters are not further from an index.
const FAR: i64 = 16;

/// Items that one loop carries.
const MOST: usize = 8;

/// An item to be carried.
pub struct Shifted {
    /// Its place as the preamble knows it.
    pub place: Place,
    /// The number that lies there.
    pub value: Reference,
    /// The slot of the counter.
    pub slot: u32,
    /// The index is so much more than the counter.
    distance: i64,
}

impl Shifted {
    /// What is known of its phi.
    pub fn assumed(&self) -> Fact {
        // Numbers that lie in containers are Python's.
        Fact { range: Range::SMALL, ..Fact::NONE }
    }
}

impl Emitter<'_> {
    /// A number, as another one and a constant.
    pub fn linear(&self, reference: Reference) -> (Reference, i64) {
        if let Some(i) = self.constant_int(reference) {
            return (Reference::NONE, i);
        }
        let (mut reference, mut constant) = (reference, 0i64);
        while !reference.is_constant()
            && let Some(i) = self.out.instructions.get(reference.index())
            && matches!(i.op, Op::AddInt | Op::SubInt)
            && let Some(c) = self.constant_int(i.b).filter(|c| c.abs() < 1 << 32)
        {
            constant += if i.op == Op::AddInt { c } else { -c };
            reference = i.a;
        }
        (reference, constant)
    }

    /// Whether two indices of one array surely differ.
    pub fn are_apart(&self, a: Reference, b: Reference) -> bool {
        let ((a, x), (b, y)) = (self.linear(a), self.linear(b));
        a == b && x != y
    }

    /// At the end of the preamble: the items that the next round looks for.
    pub fn shifted_items(
        &mut self,
        initial: &[(u32, Initial)],
        weakened: &Weakened,
    ) -> Result<Vec<Shifted>, Failure> {
        if !self.passes.memory || !self.passes.cse || weakened.has_clobbered() {
            return Ok(Vec::new());
        }
        // Slots that count: their value now, and by how much it is more than in the round before.
        let mut counters: Vec<(u32, (Reference, i64), i64)> = Vec::new();
        for (slot, (value, ..)) in initial {
            if !value.is_constant()
                && self.out.type_of(*value) == Type::Int
                && let i = self.out.instructions[value.index()]
                && matches!(i.op, Op::AddInt | Op::SubInt)
                && let Some(step) = self.constant_int(i.b)
                && step != 0
            {
                let step = if i.op == Op::AddInt { step } else { -step };
                counters.push((*slot, self.linear(*value), step));
            }
        }
        let mut shifted: Vec<Shifted> = Vec::new();
        if counters.is_empty() {
            return Ok(shifted);
        }
        for (place, value) in self.memory.items() {
            let (class, base, index) = place;
            if index.is_constant() || weakened.is_given_up(&place) || shifted.len() >= MOST {
                continue;
            }
            let (root, at) = self.linear(index);
            let near = counters.iter().filter(|(_, (r, now), _)| *r == root && (at - now).abs() <= FAR);
            let Some((slot, (_, now), step)) = near.min_by_key(|(_, (_, now), _)| (at - now).abs()) else {
                continue;
            };
            // The round just done looked for the item a step before.
            let wanted = (root, at - step);
            let looks = |seen: &Place| (seen.0, seen.1) == (class, base) && self.linear(seen.2) == wanted;
            if !self.memory.looked_for().any(looks) {
                continue;
            }
            let (slot, distance) = (*slot, at - now);
            let Some(value) = self.number_in(value)? else { continue };
            if !value.is_constant() {
                shifted.push(Shifted { place, value, slot, distance });
            }
        }
        Ok(shifted)
    }

    /// A value as a raw number, if it is known to be one.
    fn number_in(&mut self, value: Reference) -> Result<Option<Reference>, Failure> {
        match self.out.type_of(value) {
            Type::Value => (),
            Type::Float => return Ok(Some(value)),
            Type::Int => return Ok(self.fact(value).range.is_small().then_some(value)),
            _ => return Ok(None),
        }
        match self.fact(value).known {
            Known::Int => self.emit(Op::UnboxInt, &[value]).map(Some),
            Known::Float => self.emit(Op::UnboxFloat, &[value]).map(Some),
            _ => Ok(None),
        }
    }

    /// At the loop's head, behind the phis: memory has the item's phi, seen from the counter's.
    pub fn enter_shifted(
        &mut self,
        item: &Shifted,
        phi: Reference,
        counter: Reference,
    ) -> Result<(), Failure> {
        let op = if item.distance < 0 { Op::SubInt } else { Op::AddInt };
        let distance = self.out.int(item.distance.abs());
        let index = self.emit(op, &[counter, distance])?;
        self.memory.carry((item.place.0, item.place.1, index), phi);
        Ok(())
    }

    /// What an item's phi gets when the counter comes round as `next`, if that is known.
    pub fn shifted_round(
        &mut self,
        item: &Shifted,
        phi: Reference,
        next: Reference,
    ) -> Result<Option<Reference>, Failure> {
        let (root, constant) = self.linear(next);
        let wanted = (root, constant + item.distance);
        let (class, base, _): (Class, Reference, Reference) = item.place;
        let is_it = |(place, _): &(Place, Reference)| {
            (place.0, place.1) == (class, base) && self.linear(place.2) == wanted
        };
        let Some((_, value)) = self.memory.items().into_iter().find(is_it) else { return Ok(None) };
        let value = self.number_in(value)?;
        Ok(value.filter(|value| self.out.type_of(*value) == self.out.type_of(phi)))
    }
}
