//! Ints of any size: operators whose operands or result don't fit the word are done by a helper. What it gives is an int
//! of any size, so loops whose values go beyond 63 bits now and then need no exit each time.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule};
use crate::ir::{Op, Reference};
use ir::opcode::BinaryOperator;
use runtime::trace_interface::Helper;
use runtime::types::registry::INT;
use runtime::value::Value;

/// An int of exactly that type.
pub fn is_int(v: Value) -> bool {
    v.is_small_int() || (v.is_pointer() && v.is_exact(&INT))
}

impl Recorder {
    /// An operator on ints of any size.
    pub fn wide_binary(&mut self, operator: BinaryOperator, b: Operand, c: Operand) -> Rule<Reference> {
        use BinaryOperator::*;
        if !is_int(b.now) || !is_int(c.now) {
            return Err(NoRule::Step);
        }
        let right = c.now.as_small_int();
        let has_int_result = match operator {
            NB_ADD | NB_SUBTRACT | NB_MULTIPLY | NB_AND | NB_OR | NB_XOR => true,
            NB_FLOOR_DIVIDE | NB_REMAINDER => right != Some(0),
            NB_LSHIFT | NB_RSHIFT | NB_POWER => right.is_some_and(|right| right >= 0),
            _ => false,
        };
        if !has_int_result {
            return Err(NoRule::Step);
        }
        self.emit(Op::GuardAnyInt, &[b.reference]);
        if operator == NB_POWER {
            // A negative exponent would give a float.
            let (exponent, zero) = (self.int_of(c)?, self.int(0));
            let positive = self.emit(Op::LeInt, &[zero, exponent]);
            self.expect(positive, true);
        } else {
            self.emit(Op::GuardAnyInt, &[c.reference]);
        }
        let number = self.int(operator as i64);
        let result = self.call_helper(Helper::IntOperate, &[number, b.reference, c.reference]);
        // It refuses where the operator raises.
        self.guard_bound(result);
        self.emit(Op::Own, &[result]);
        self.emit(Op::GuardAnyInt, &[result]);
        Ok(result)
    }
}
