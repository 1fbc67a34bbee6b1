//! Integers: arithmetic, checks, division with Python's rounding, comparisons.

use super::CompileError;
use super::emit::Emitter;
use crate::ir::{Instruction, Op};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value};
use runtime::value::SMALL_INT_MIN;

impl Emitter<'_, '_> {
    fn pair(&mut self, i: &Instruction) -> Result<(Value, Value), CompileError> {
        Ok((self.operand(i.a)?, self.operand(i.b)?))
    }

    pub(super) fn int_arithmetic(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let (a, b) = self.pair(i)?;
        Ok(match i.op {
            Op::AddInt => self.b.ins().iadd(a, b),
            Op::SubInt => self.b.ins().isub(a, b),
            Op::AndInt => self.b.ins().band(a, b),
            Op::OrInt => self.b.ins().bor(a, b),
            _ => self.b.ins().bxor(a, b),
        })
    }

    pub(super) fn shift(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        if i.op == Op::ShiftLeft {
            let b = self.operand(i.b)?;
            return Ok(self.b.ins().ishl(a, b));
        }
        if let Some(count) = self.constant_int(i.b) {
            return Ok(self.b.ins().sshr_imm_u(a, count.clamp(0, 63)));
        }
        let b = self.operand(i.b)?;
        let most = self.int(63);
        let is_less = self.b.ins().icmp(IntCC::UnsignedLessThan, b, most);
        let count = self.b.ins().select(is_less, b, most);
        Ok(self.b.ins().sshr(a, count))
    }

    pub(super) fn select_int(&mut self, condition: IntCC, i: &Instruction) -> Result<Value, CompileError> {
        let (a, b) = self.pair(i)?;
        let holds = self.b.ins().icmp(condition, a, b);
        Ok(self.b.ins().select(holds, a, b))
    }

    pub(super) fn compare_int(&mut self, condition: IntCC, i: &Instruction) -> Result<Value, CompileError> {
        let (a, b) = self.pair(i)?;
        Ok(self.b.ins().icmp(condition, a, b))
    }

    pub(super) fn compare_float(
        &mut self,
        condition: FloatCC,
        i: &Instruction,
    ) -> Result<Value, CompileError> {
        let (a, b) = self.pair(i)?;
        Ok(self.b.ins().fcmp(condition, a, b))
    }

    /// With one factor doubled, 64 bits overflow exactly where the product leaves 63.
    pub(super) fn multiply(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let (a, b) = self.pair(i)?;
        let constant = self.constant_int(i.b).or(self.constant_int(i.a));
        let other = if self.constant_int(i.b).is_some() { a } else { b };
        let (doubled, other) = match constant {
            Some(c) => (self.int(c.wrapping_mul(2)), other),
            None => (self.b.ins().ishl_imm_u(a, 1), b),
        };
        let (product, overflow) = self.b.ins().smul_overflow(other, doubled);
        self.leave_if(overflow)?;
        Ok(self.b.ins().sshr_imm_u(product, 1))
    }

    pub(super) fn check_int(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let a = self.operand(i.a)?;
        // What is below the least, or above the greatest, comes out negative.
        let from_least = self.b.ins().iadd_imm_s(a, SMALL_INT_MIN.wrapping_neg());
        let leaves = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, from_least, 0);
        self.leave_if(leaves)
    }

    pub(super) fn check_shift(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let (a, b) = self.pair(i)?;
        match self.constant_int(i.b) {
            Some(0..63) => (),
            Some(_) => {
                let block = self.exit_block()?;
                self.b.ins().jump(block, &[]);
                // What follows is never reached but has to be somewhere.
                let next = self.b.create_block();
                self.b.switch_to_block(next);
                return Ok(());
            }
            None => {
                let leaves = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, b, 63);
                self.leave_if(leaves)?;
            }
        }
        // One further for the bit that the word has no room for.
        let count = self.b.ins().iadd_imm_s(b, 1);
        let shifted = self.b.ins().ishl(a, count);
        let back = self.b.ins().sshr(shifted, count);
        let leaves = self.b.ins().icmp(IntCC::NotEqual, back, a);
        self.leave_if(leaves)
    }

    pub(super) fn floor_divide(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        match self.constant_int(i.b) {
            Some(d) if d > 0 => Ok(self.floor_quotient(a, d)),
            _ => {
                let b = self.operand(i.b)?;
                let (quotient, _, adjust) = self.truncating(a, b);
                let adjust = self.widen(adjust);
                Ok(self.b.ins().isub(quotient, adjust))
            }
        }
    }

    pub(super) fn modulo(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        match self.constant_int(i.b) {
            Some(d) if d > 0 && d & (d - 1) == 0 => Ok(self.b.ins().band_imm_s(a, d - 1)),
            Some(d) if d > 0 => {
                let quotient = self.floor_quotient(a, d);
                let whole = self.b.ins().imul_imm_s(quotient, d);
                Ok(self.b.ins().isub(a, whole))
            }
            _ => {
                let b = self.operand(i.b)?;
                let (_, remainder, adjust) = self.truncating(a, b);
                let adjusted = self.b.ins().iadd(remainder, b);
                Ok(self.b.ins().select(adjust, adjusted, remainder))
            }
        }
    }

    /// The truncated quotient, its remainder, and whether they differ from the floored ones.
    fn truncating(&mut self, a: Value, b: Value) -> (Value, Value, Value) {
        let quotient = self.b.ins().sdiv(a, b);
        let whole = self.b.ins().imul(quotient, b);
        let remainder = self.b.ins().isub(a, whole);
        let differ = self.b.ins().bxor(remainder, b);
        let signs = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, differ, 0);
        let inexact = self.b.ins().icmp_imm_s(IntCC::NotEqual, remainder, 0);
        let adjust = self.b.ins().band(signs, inexact);
        (quotient, remainder, adjust)
    }

    fn widen(&mut self, truth: Value) -> Value {
        self.b.ins().uextend(cranelift_codegen::ir::types::I64, truth)
    }

    /// `floor(a / d)` for a positive constant, by multiplication: `a` or its complement lies below 2**62, and the
    /// complement of the complement's quotient is the floor of a negative one.
    fn floor_quotient(&mut self, a: Value, d: i64) -> Value {
        if d & (d - 1) == 0 {
            return self.b.ins().sshr_imm_u(a, i64::from(d.trailing_zeros()));
        }
        let (multiplier, shift) = reciprocal(d as u64);
        let sign = self.b.ins().sshr_imm_u(a, 63);
        let positive = self.b.ins().bxor(a, sign);
        let multiplier = self.int(multiplier as i64);
        let high = self.b.ins().umulhi(positive, multiplier);
        let quotient = if shift == 0 { high } else { self.b.ins().ushr_imm_u(high, i64::from(shift)) };
        self.b.ins().bxor(quotient, sign)
    }
}

/// A multiplier m and shift s with `n / d == (n * m >> 64) >> s` for all n below 2**62; d is no power of two.
fn reciprocal(d: u64) -> (u64, u32) {
    let bits = u64::BITS - (d - 1).leading_zeros();
    let multiplier = (1u128 << (62 + bits)) / u128::from(d) + 1;
    (multiplier as u64, bits - 2)
}

#[cfg(test)]
mod tests {
    use super::reciprocal;

    #[test]
    fn reciprocals_divide() {
        let limit = 1u64 << 62;
        for d in
            [3, 5, 6, 7, 9, 10, 11, 100, 641, 1000, 1_000_003, (1 << 32) + 1, (1 << 61) + 1, (1 << 62) - 1]
        {
            let (multiplier, shift) = reciprocal(d);
            let divide = |n: u64| ((u128::from(n) * u128::from(multiplier)) >> 64) as u64 >> shift;
            let near = [
                0,
                1,
                d - 1,
                d,
                d + 1,
                limit - 1,
                limit - 2,
                limit / d * d,
                limit / d * d - 1,
                12345678901234,
            ];
            for n in near.into_iter().filter(|n| *n < limit) {
                assert_eq!(divide(n), n / d, "{n} / {d}");
            }
        }
    }
}
