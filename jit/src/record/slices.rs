//! Slices, and what `del` takes out of containers. A slice object that only a subscript sees is virtual.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use ir::register::Operation;
use runtime::objects::list::List;
use runtime::objects::slice::Slice;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::trace_interface::{Field, Helper};
use runtime::types::registry::DICT;
use runtime::value::Value;

/// Start and stop where they are missing, for a step that goes forward.
const FORWARD: [i64; 2] = [0, i64::MAX];
/// For one that goes backward.
const BACKWARD: [i64; 2] = [i64::MAX, i64::MIN];

impl Recorder {
    pub fn record_slice(&mut self, site: &Site) -> Rule {
        match site.operation {
            Operation::BuildSlice2 => {
                let (start, stop) = (self.operand_b(site), self.operand_c(site));
                let none = self.constant(Value::NONE);
                let made = self.call_helper(Helper::BuildSlice, &[start.reference, stop.reference, none]);
                self.define(site, made)
            }
            Operation::BuildSlice3 => {
                let parts = [0, 1, 2].map(|i| self.register(site.b + i).reference);
                let made = self.call_helper(Helper::BuildSlice, &parts);
                self.drop_registers(site.b, 3);
                self.set_register(site.a, made);
                Ok(())
            }
            Operation::StoreSlice => self.store_slice(site),
            Operation::DeleteSubscript => self.delete_item(site),
            _ => Err(NoRule::Step),
        }
    }

    /// `b[b+1 : b+2]`.
    pub fn binary_slice(&mut self, site: &Site) -> Rule {
        let [whole, start, stop] = [0, 1, 2].map(|i| self.register(site.b + i));
        self.guard_sliced(whole)?;
        let bounds = self.bounds(start, stop, FORWARD)?;
        let part = self.call_helper(Helper::Slice, &[whole.reference, bounds[0], bounds[1]]);
        self.same_type(part, whole);
        self.drop_registers(site.b, 3);
        self.set_register(site.a, part);
        Ok(())
    }

    /// A list, tuple or str by a slice object.
    pub fn part_by_slice(&mut self, whole: Operand, slice: Operand) -> Rule<Reference> {
        self.guard_sliced(whole)?;
        let [start, stop, step] = self.slice_parts(slice)?;
        let part = match step.now.as_small_int() {
            None | Some(1) => {
                self.guard_step_of_one(step)?;
                let bounds = self.bounds(start, stop, FORWARD)?;
                self.call_helper(Helper::Slice, &[whole.reference, bounds[0], bounds[1]])
            }
            Some(0) => return Err(NoRule::Step),
            Some(by) => {
                let step = self.int_of(step)?;
                let zero = self.int(0);
                let ahead = if by > 0 { [zero, step] } else { [step, zero] };
                let right_way = self.emit(Op::LtInt, &ahead);
                self.expect(right_way, true);
                let bounds = self.bounds(start, stop, if by > 0 { FORWARD } else { BACKWARD })?;
                self.call_helper(Helper::SliceStep, &[whole.reference, bounds[0], bounds[1], step])
            }
        };
        self.same_type(part, whole);
        Ok(part)
    }

    fn guard_sliced(&mut self, whole: Operand) -> Rule {
        let now = whole.now;
        let known = now.cast_exact::<List>().is_some()
            || now.cast_exact::<Tuple>().is_some()
            || now.cast_exact::<Str>().is_some();
        if !known {
            return Err(NoRule::Step);
        }
        self.guard_object(whole)?;
        Ok(())
    }

    /// A part of a sequence is of the sequence's type.
    fn same_type(&mut self, part: Reference, whole: Operand) {
        let ty = self.type_constant(whole.now.ty());
        self.emit(Op::KnownType, &[part, ty]);
    }

    fn slice_parts(&mut self, slice: Operand) -> Rule<[Operand; 3]> {
        let now = slice.now.cast_exact::<Slice>().ok_or(NoRule::Step)?;
        let address = self.guard_object(slice)?;
        let parts = [
            (Field::SliceStart, now.start.peek()),
            (Field::SliceStop, now.stop.peek()),
            (Field::SliceStep, now.step.peek()),
        ];
        Ok(parts.map(|(field, now)| Operand { reference: self.load_field(address, field), now }))
    }

    fn guard_step_of_one(&mut self, step: Operand) -> Rule {
        if step.now.is_none() {
            self.guard_is(step);
            return Ok(());
        }
        let (step, one) = (self.int_of(step)?, self.int(1));
        let is_one = self.emit(Op::EqInt, &[step, one]);
        self.expect(is_one, true);
        Ok(())
    }

    /// The bounds of a slice as raw ints, those that are missing filled in.
    fn bounds(&mut self, start: Operand, stop: Operand, missing: [i64; 2]) -> Rule<[Reference; 2]> {
        let mut bounds = [Reference::NONE; 2];
        for (place, bound) in [start, stop].into_iter().enumerate() {
            bounds[place] = if bound.now.is_none() {
                self.guard_is(bound);
                self.int(missing[place])
            } else {
                self.int_of(bound)?
            };
        }
        Ok(bounds)
    }

    /// The items of a list or tuple take the place of a part of a list.
    fn store_slice(&mut self, site: &Site) -> Rule {
        let [source, list, start, stop] = [0, 1, 2, 3].map(|i| self.register(site.b + i));
        list.now.cast_exact::<List>().ok_or(NoRule::Step)?;
        if source.now.cast_exact::<List>().is_none() && source.now.cast_exact::<Tuple>().is_none() {
            return Err(NoRule::Step);
        }
        self.guard_object(list)?;
        self.guard_object(source)?;
        let bounds = self.bounds(start, stop, FORWARD)?;
        self.call_helper(Helper::StoreSlice, &[list.reference, bounds[0], bounds[1], source.reference]);
        self.drop_registers(site.b, 4);
        Ok(())
    }

    /// `del b[c]` of a list or dict.
    fn delete_item(&mut self, site: &Site) -> Rule {
        let (b, c) = (self.operand_b(site), self.operand_c(site));
        if let Some(list) = b.now.cast_exact::<List>() {
            let address = self.guard_object(b)?;
            if c.now.cast_exact::<Slice>().is_some() {
                let [start, stop, step] = self.slice_parts(c)?;
                self.guard_step_of_one(step)?;
                let bounds = self.bounds(start, stop, FORWARD)?;
                let nothing = self.constant(*Tuple::empty());
                self.call_helper(Helper::StoreSlice, &[b.reference, bounds[0], bounds[1], nothing]);
            } else {
                let length = self.load_field(address, Field::ListLength);
                let index = self.index_within(c, list.len(), length)?;
                self.call_helper(Helper::ListRemove, &[b.reference, index]);
            }
            self.drop_dying(site);
            return Ok(());
        }
        let dict = self.dict_like(b).filter(|_| b.now.is_exact(&DICT)).ok_or(NoRule::Step)?;
        dict.get_plain(c.now).ok_or(NoRule::Step)?;
        self.guard_object(b)?;
        self.guard_plain_key(c)?;
        let old = self.call_helper(Helper::DictRemove, &[b.reference, c.reference]);
        let refused = self.constant(Value::NOT_IMPLEMENTED);
        self.emit(Op::GuardIsNot, &[old, refused]);
        self.drop_dying(site);
        Ok(())
    }
}
