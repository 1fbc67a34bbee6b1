//! Operators on numbers.

use super::containers::is_sequence;
use super::operands::{EXACT, Operand, is_float};
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use ir::opcode::BinaryOperator;
use ir::register::Operation;
use runtime::int_kernel;
use runtime::objects::exceptions::ZERO_DIVISION_ERROR;
use runtime::objects::str::Str;
use runtime::thread::Thread;
use runtime::trace_interface::Helper;
use runtime::value::{SMALL_INT_MAX, SMALL_INT_MIN, Value};

fn is_small(i: Option<i64>) -> bool {
    i.is_some_and(|i| (SMALL_INT_MIN..=SMALL_INT_MAX).contains(&i))
}

impl Recorder {
    pub fn record_arithmetic(&mut self, thread: &Thread, site: &Site) -> Rule {
        let b = self.operand_b(site);
        let result = match site.operation {
            Operation::Negative => self.negative(b)?,
            Operation::Invert => {
                let i = self.int_of(b)?;
                let ones = self.int(-1);
                self.emit(Op::XorInt, &[i, ones])
            }
            _ => {
                let c = self.operand_c(site);
                let operator = BinaryOperator::from_number(site.payload(1)).ok_or(NoRule::Step)?.plain();
                let strs = b.now.cast_exact::<Str>().is_some() && c.now.cast_exact::<Str>().is_some();
                if operator == BinaryOperator::NB_ADD && strs {
                    return self.concatenate_strs(site, b, c);
                }
                if operator == BinaryOperator::NB_ADD && is_sequence(b.now) && is_sequence(c.now) {
                    return self.concatenate(site, b, c);
                }
                let (b, c) = self.without_bools(operator, b, c);
                if self.divides_by_zero(operator, b, c)? {
                    return self.raise_message(thread, site, &ZERO_DIVISION_ERROR, "division by zero");
                }
                self.binary(operator, b, c)?
            }
        };
        self.define(site, result)
    }

    /// Whether ints are divided by 0. Guarded if they are.
    fn divides_by_zero(&mut self, operator: BinaryOperator, b: Operand, c: Operand) -> Rule<bool> {
        use BinaryOperator::*;
        let divides = matches!(operator, NB_FLOOR_DIVIDE | NB_REMAINDER | NB_TRUE_DIVIDE);
        if !divides || !b.now.is_small_int() || c.now.as_small_int() != Some(0) {
            return Ok(false);
        }
        self.int_of(b)?;
        let (zero, divisor) = (self.int(0), self.int_of(c)?);
        let is_zero = self.emit(Op::EqInt, &[divisor, zero]);
        self.expect(is_zero, true);
        Ok(true)
    }

    /// Operands of which those that are bools count as ints, unless the result is a bool too.
    fn without_bools(&mut self, operator: BinaryOperator, b: Operand, c: Operand) -> (Operand, Operand) {
        use BinaryOperator::*;
        let number = |o: Operand| o.now.is_bool() || o.now.is_small_int() || is_float(o.now);
        let both = b.now.is_bool() && c.now.is_bool();
        if !number(b) || !number(c) || (both && matches!(operator, NB_AND | NB_OR | NB_XOR)) {
            return (b, c);
        }
        (self.bool_as_int(b), self.bool_as_int(c))
    }

    /// A bool as the int that it equals; anything else as it is.
    pub fn bool_as_int(&mut self, operand: Operand) -> Operand {
        if !operand.now.is_bool() {
            return operand;
        }
        self.emit(Op::GuardBool, &[operand.reference]);
        let truth = self.emit(Op::UnboxBool, &[operand.reference]);
        let reference = self.emit(Op::IntOfBool, &[truth]);
        Operand { reference, now: Value::small_int((operand.now == Value::TRUE).into()) }
    }

    fn negative(&mut self, b: Operand) -> Rule<Reference> {
        if is_float(b.now) {
            let f = self.float_of(b)?;
            return Ok(self.emit(Op::NegFloat, &[f]));
        }
        let i = b.now.as_small_int().ok_or(NoRule::Step)?;
        if !is_small(i.checked_neg()) {
            return Err(NoRule::Step);
        }
        let (zero, i) = (self.int(0), self.int_of(b)?);
        let result = self.emit(Op::SubInt, &[zero, i]);
        self.emit(Op::CheckInt, &[result]);
        Ok(result)
    }

    fn binary(&mut self, operator: BinaryOperator, b: Operand, c: Operand) -> Rule<Reference> {
        match (b.now.as_small_int(), c.now.as_small_int()) {
            (Some(x), Some(y)) => self.int_binary(operator, b, c, x, y),
            _ if is_number(b) && is_number(c) => self.float_binary(operator, b, c),
            _ => self.wide_binary(operator, b, c),
        }
    }

    fn int_binary(
        &mut self,
        operator: BinaryOperator,
        b: Operand,
        c: Operand,
        x: i64,
        y: i64,
    ) -> Rule<Reference> {
        use BinaryOperator::*;
        let fits = match operator {
            NB_ADD => is_small(x.checked_add(y)),
            NB_SUBTRACT => is_small(x.checked_sub(y)),
            NB_MULTIPLY => is_small(x.checked_mul(y)),
            NB_FLOOR_DIVIDE => is_small(int_kernel::floor_div_i64(x, y)),
            NB_REMAINDER => y != 0,
            NB_AND | NB_OR | NB_XOR => true,
            NB_LSHIFT => (0..63).contains(&y) && is_small(int_kernel::shl_i64(x, y)),
            NB_RSHIFT => y >= 0,
            NB_TRUE_DIVIDE => y != 0 && x.abs() <= EXACT && y.abs() <= EXACT,
            _ => false,
        };
        if !fits {
            return self.wide_binary(operator, b, c);
        }
        let (x, y) = (self.int_of(b)?, self.int_of(c)?);
        let zero = self.int(0);
        match operator {
            NB_FLOOR_DIVIDE | NB_REMAINDER | NB_TRUE_DIVIDE => {
                let not_zero = self.emit(Op::NeInt, &[y, zero]);
                self.expect(not_zero, true);
            }
            NB_LSHIFT => {
                self.emit(Op::CheckShift, &[x, y]);
            }
            NB_RSHIFT => {
                let not_negative = self.emit(Op::LeInt, &[zero, y]);
                self.expect(not_negative, true);
            }
            _ => (),
        }
        let op = match operator {
            NB_ADD => Op::AddInt,
            NB_SUBTRACT => Op::SubInt,
            NB_MULTIPLY => Op::MulChecked,
            NB_FLOOR_DIVIDE => Op::FloorDivide,
            NB_REMAINDER => Op::Modulo,
            NB_AND => Op::AndInt,
            NB_OR => Op::OrInt,
            NB_XOR => Op::XorInt,
            NB_LSHIFT => Op::ShiftLeft,
            NB_RSHIFT => Op::ShiftRight,
            _ => {
                self.guard_exact(x);
                self.guard_exact(y);
                let (x, y) = (self.emit(Op::IntToFloat, &[x]), self.emit(Op::IntToFloat, &[y]));
                return Ok(self.emit(Op::DivFloat, &[x, y]));
            }
        };
        let result = self.emit(op, &[x, y]);
        if matches!(operator, NB_ADD | NB_SUBTRACT | NB_FLOOR_DIVIDE) {
            self.emit(Op::CheckInt, &[result]);
        }
        Ok(result)
    }

    fn float_binary(&mut self, operator: BinaryOperator, b: Operand, c: Operand) -> Rule<Reference> {
        use BinaryOperator::*;
        let divides = matches!(operator, NB_TRUE_DIVIDE | NB_FLOOR_DIVIDE | NB_REMAINDER);
        if divides && number(c) == 0.0 {
            return Err(NoRule::Step);
        }
        let (x, y) = (self.number_of(b)?, self.number_of(c)?);
        if divides {
            let zero = self.trace.float(0.0);
            let not_zero = self.emit(Op::NeFloat, &[y, zero]);
            self.expect(not_zero, true);
        }
        Ok(match operator {
            NB_ADD => self.emit(Op::AddFloat, &[x, y]),
            NB_SUBTRACT => self.emit(Op::SubFloat, &[x, y]),
            NB_MULTIPLY => self.emit(Op::MulFloat, &[x, y]),
            NB_TRUE_DIVIDE => self.emit(Op::DivFloat, &[x, y]),
            NB_FLOOR_DIVIDE => self.call_helper(Helper::FloatFloorDivide, &[x, y]),
            NB_REMAINDER => self.call_helper(Helper::FloatModulo, &[x, y]),
            NB_POWER => self.float_power(b, c, x, y),
            _ => return Err(NoRule::Step),
        })
    }

    /// `x ** y`. Where it is a finite float and no error, it needs no box.
    fn float_power(&mut self, b: Operand, c: Operand, x: Reference, y: Reference) -> Reference {
        let (base, exponent) = (number(b), number(c));
        let for_all = c.reference.is_constant() && exponent >= 0.0 && exponent == exponent.floor();
        if !base.powf(exponent).is_finite() || !(for_all || base > 0.0) {
            return self.call_helper(Helper::FloatPower, &[x, y]);
        }
        if !for_all {
            let zero = self.trace.float(0.0);
            let positive = self.emit(Op::LtFloat, &[zero, x]);
            self.expect(positive, true);
        }
        let result = self.call_helper(Helper::Power, &[x, y]);
        let (size, infinity) = (self.emit(Op::AbsFloat, &[result]), self.trace.float(f64::INFINITY));
        let finite = self.emit(Op::LtFloat, &[size, infinity]);
        self.expect(finite, true);
        result
    }
}

pub fn is_number(operand: Operand) -> bool {
    is_float(operand.now) || operand.now.as_small_int().is_some_and(|i| i.abs() <= EXACT)
}

/// The value of a number that `is_number` accepts.
pub fn number(operand: Operand) -> f64 {
    match operand.now.as_small_int() {
        Some(i) => i as f64,
        None => runtime::objects::float::get(operand.now).unwrap_or(0.0),
    }
}
