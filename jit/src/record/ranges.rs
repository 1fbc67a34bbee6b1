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
        let known = self.int(step_now);
        if let Some(step) = step {
            let step = self.int_of(step)?;
            let same = self.emit(Op::EqInt, &[step, known]);
            self.expect(same, true);
        }
        let remaining = self.items_between(start, stop, step_now);
        let iterator = self.call_helper(Helper::NewRangeIterator, &[start, remaining, known]);
        self.drop_registers(site.b, 2 + site.c);
        self.set_register(walk.a, iterator);
        self.done_already.push(site.next);
        self.pending = Pending::Native(*site);
        Ok(())
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
