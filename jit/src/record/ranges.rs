//! `for i in range(...)`: the range is not made, only its iterator.

use super::calls::Callee;
use super::{NoRule, Pending, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use ir::register::{Operation, flags};
use runtime::trace_interface::Helper;
use runtime::types::Type;
use runtime::types::registry::RANGE;
use runtime::value::{SMALL_INT_MAX, SMALL_INT_MIN};

/// Greater steps are left to the general rules.
const MOST_STEP: i64 = 1 << 31;

impl Recorder {
    /// A call of `range` whose result is walked by the next instruction and gone then: both are done at once.
    pub fn call_of_range(&mut self, site: &Site, callee: &Callee) -> Rule {
        let class = callee.callable.now.cast::<Type>().ok_or(NoRule::Step)?;
        let walk = Site::at(self.host.pc_at(self.frame(), site.next), site.next).ok_or(NoRule::Step)?;
        let is_walked = walk.operation == Operation::GetIter
            && walk.has(flags::B_DIES)
            && !walk.has(flags::B_CONST)
            && walk.b == site.a
            && !site.has(flags::DISCARD);
        if !std::ptr::eq(class, &RANGE) || !is_walked {
            return Err(NoRule::Step);
        }
        let zero = self.int(0);
        let (start, stop, step) = match callee.arguments[..] {
            [stop] => (None, stop, None),
            [start, stop] => (Some(start), stop, None),
            [start, stop, step] => (Some(start), stop, Some(step)),
            _ => return Err(NoRule::Step),
        };
        let number = |operand: super::operands::Operand| operand.now.as_small_int().ok_or(NoRule::Step);
        let step_now = step.map_or(Ok(1), number)?;
        let is_constant = step.is_none_or(|step| step.reference.is_constant());
        let distance_now = number(stop)? - start.map_or(Ok(0), number)?;
        if step_now == 0
            || step_now.abs() > MOST_STEP
            || !(SMALL_INT_MIN / 2..=SMALL_INT_MAX / 2).contains(&distance_now)
        {
            return Err(NoRule::Step);
        }
        self.guard_is(callee.callable);
        let start = start.map_or(Ok(zero), |start| self.int_of(start))?;
        let stop = self.int_of(stop)?;
        let mut by = self.int(step_now);
        if let Some(step) = step.filter(|_| !is_constant) {
            by = self.int_of(step)?;
            self.guard_step(by, step_now);
        }
        let remaining = match is_constant {
            true => self.items_between(start, stop, step_now),
            false => self.items_between_by(start, stop, by, step_now),
        };
        let iterator = self.call_helper(Helper::NewRangeIterator, &[start, remaining, by]);
        self.drop_registers(site.b, 2 + site.c);
        self.set_register(walk.a, iterator);
        self.done_already.push(site.next);
        self.pending = Pending::Native(*site);
        Ok(())
    }

    /// Guards that a step that isn't known has the sign that it has now, and is not too great.
    fn guard_step(&mut self, step: Reference, now: i64) {
        let (least, most) = if now > 0 { (1, MOST_STEP) } else { (-MOST_STEP, -1) };
        let (least, most) = (self.int(least), self.int(most));
        let above = self.emit(Op::LeInt, &[least, step]);
        self.expect(above, true);
        let below = self.emit(Op::LeInt, &[step, most]);
        self.expect(below, true);
    }

    /// How many items a range has whose step has the sign of `now`.
    fn items_between_by(
        &mut self,
        start: Reference,
        stop: Reference,
        step: Reference,
        now: i64,
    ) -> Reference {
        let (low, high) = if now > 0 { (start, stop) } else { (stop, start) };
        let (zero, one) = (self.int(0), self.int(1));
        let distance = self.emit(Op::SubInt, &[high, low]);
        self.emit(Op::CheckInt, &[distance]);
        let size = if now > 0 { step } else { self.emit(Op::SubInt, &[zero, step]) };
        let more = self.emit(Op::SubInt, &[size, one]);
        let rounded = self.emit(Op::AddInt, &[distance, more]);
        self.emit(Op::CheckInt, &[rounded]);
        let count = self.emit(Op::FloorDivide, &[rounded, size]);
        self.emit(Op::MaxInt, &[count, zero])
    }

    /// How many items a range has.
    fn items_between(&mut self, start: Reference, stop: Reference, step: i64) -> Reference {
        let (low, high) = if step > 0 { (start, stop) } else { (stop, start) };
        let zero = self.int(0);
        let distance = self.emit(Op::SubInt, &[high, low]);
        self.emit(Op::CheckInt, &[distance]);
        let count = match step.abs() {
            1 => distance,
            step => {
                let (more, step) = (self.int(step - 1), self.int(step));
                let rounded = self.emit(Op::AddInt, &[distance, more]);
                self.emit(Op::CheckInt, &[rounded]);
                self.emit(Op::FloorDivide, &[rounded, step])
            }
        };
        self.emit(Op::MaxInt, &[count, zero])
    }
}
