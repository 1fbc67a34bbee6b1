//! Value words: boxing, unboxing, guards on what a word is; floats. The encodings are those of `runtime::value`.

use super::CompileError;
use super::emit::Emitter;
use super::thunks::Thunk;
use crate::ir::{Instruction, Op, Reference};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Value, types};
use runtime::objects::float;
use runtime::trace_interface::Field;
use runtime::types::registry;
use runtime::value::Value as Word;

/// Added to a float's bits before they are rotated.
pub(super) const FLOAT_BIAS: i64 = 3 << 60;
/// The difference between the words of True and False.
const BOOL_BIT: i64 = (Word::TRUE.bits() ^ Word::FALSE.bits()) as i64;

impl Emitter<'_, '_> {
    pub(super) fn float_arithmetic(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let (a, b) = (self.operand(i.a)?, self.operand(i.b)?);
        Ok(match i.op {
            Op::AddFloat => self.b.ins().fadd(a, b),
            Op::SubFloat => self.b.ins().fsub(a, b),
            Op::MulFloat => self.b.ins().fmul(a, b),
            _ => self.b.ins().fdiv(a, b),
        })
    }

    pub(super) fn float_function(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        let native: extern "C" fn(f64) -> f64 = match i.op {
            Op::NegFloat => return Ok(self.b.ins().fneg(a)),
            Op::AbsFloat => return Ok(self.b.ins().fabs(a)),
            Op::SqrtFloat => return Ok(self.b.ins().sqrt(a)),
            Op::FloorFloat if self.surroundings.can_round => return Ok(self.b.ins().floor(a)),
            Op::CeilFloat if self.surroundings.can_round => return Ok(self.b.ins().ceil(a)),
            _ if self.surroundings.can_round => return Ok(self.b.ins().trunc(a)),
            Op::FloorFloat => floor,
            Op::CeilFloat => ceil,
            _ => trunc,
        };
        Ok(self.call_native(native as usize, &[(types::F64, a)], Some(types::F64)).unwrap_or(a))
    }

    pub(super) fn float_to_int(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        let size = self.b.ins().fabs(a);
        let limit = self.b.ins().f64const((1u64 << 62) as f64);
        // NaN is not less either.
        let fits = self.b.ins().fcmp(FloatCC::LessThan, size, limit);
        self.leave_unless(fits)?;
        Ok(self.b.ins().fcvt_to_sint(types::I64, a))
    }

    pub(super) fn box_float(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), a);
        let biased = match self.unbias() {
            Some(unbias) => {
                let order = MemFlagsData::new().with_endianness(Endianness::Little);
                let doubles = self.b.ins().scalar_to_vector(types::F64X2, a);
                let vector = self.b.ins().bitcast(types::I64X2, order, doubles);
                let biased = self.b.ins().isub(vector, unbias);
                self.b.ins().extractlane(biased, 0)
            }
            None => self.b.ins().iadd_imm_s(bits, FLOAT_BIAS),
        };
        let word = self.b.ins().rotl_imm_u(biased, 3);
        let rest = self.float_rest(word);
        let (next, boxed) = (self.b.create_block(), self.cold_block());
        let result = self.b.append_block_param(next, types::I64);
        self.b.ins().brif(rest, boxed, &[], next, &[word.into()]);
        self.b.switch_to_block(boxed);
        // There is one zero, and it is common.
        let (zero, other) = (self.cold_block(), self.cold_block());
        self.b.ins().brif(bits, other, &[], zero, &[]);
        self.b.switch_to_block(zero);
        let made = self.int(float::new(0.0).bits() as i64);
        self.count_up(made);
        self.join(next, made);
        self.b.switch_to_block(other);
        let made = self.call_thunk(Thunk::BoxFloat, &[a]);
        self.join(next, made);
        self.b.switch_to_block(next);
        self.is_float[self.at] = true;
        Ok(result)
    }

    pub(super) fn box_bool(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        let wide = self.b.ins().uextend(types::I64, a);
        let shifted = self.b.ins().ishl_imm_u(wide, i64::from(BOOL_BIT.trailing_zeros()));
        Ok(self.b.ins().iadd_imm_s(shifted, Word::FALSE.bits() as i64))
    }

    pub(super) fn unbox_bool(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        Ok(self.b.ins().icmp_imm_s(IntCC::Equal, a, Word::TRUE.bits() as i64))
    }

    /// Not zero unless the word is an inline float: its two lowest bits are set.
    fn float_rest(&mut self, word: Value) -> Value {
        let above = self.b.ins().iadd_imm_s(word, 1);
        self.b.ins().band_imm_s(above, 3)
    }

    /// The double of an inline float's word.
    fn inline_float(&mut self, word: Value) -> Value {
        let biased = self.b.ins().rotr_imm_u(word, 3);
        if let Some(unbias) = self.unbias() {
            let biased = self.b.ins().scalar_to_vector(types::I64X2, biased);
            let bits = self.b.ins().iadd(biased, unbias);
            let order = MemFlagsData::new().with_endianness(Endianness::Little);
            let doubles = self.b.ins().bitcast(types::F64X2, order, bits);
            return self.b.ins().extractlane(doubles, 0);
        }
        let bits = self.b.ins().iadd_imm_s(biased, FLOAT_BIAS.wrapping_neg());
        self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits)
    }

    /// The double of a boxed float's word.
    fn boxed_float(&mut self, word: Value) -> Value {
        let offset = Field::FloatValue.offset() as i32 - 1;
        self.b.ins().load(types::F64, MemFlagsData::new().with_notrap(), word, offset)
    }

    pub(super) fn unbox_float(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        // Of a float, one bit says whether it is in the word.
        let is_inline = self.b.ins().band_imm_s(a, 2);
        let (inline, boxed, next) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::F64);
        self.b.ins().brif(is_inline, inline, &[], boxed, &[]);
        self.b.switch_to_block(boxed);
        let double = self.boxed_float(a);
        self.join(next, double);
        self.b.switch_to_block(inline);
        let double = self.inline_float(a);
        self.join(next, double);
        self.b.switch_to_block(next);
        Ok(result)
    }

    /// The condition of a guard, without the negations before it.
    fn condition(&mut self, reference: Reference, wanted: bool) -> Result<(Value, bool), CompileError> {
        let (mut reference, mut wanted) = (reference, wanted);
        while !reference.is_constant()
            && let Some(instruction) = self.trace.instructions.get(reference.index())
            && instruction.op == Op::NotBool
        {
            (reference, wanted) = (instruction.a, !wanted);
        }
        Ok((self.operand(reference)?, wanted))
    }

    /// The opposite of a comparison, compared anew.
    fn opposite(&mut self, reference: Reference) -> Result<Option<Value>, CompileError> {
        let trace = self.trace;
        let Some(i) = trace.instructions.get(reference.index()).filter(|_| !reference.is_constant()) else {
            return Ok(None);
        };
        let condition = match i.op {
            Op::EqInt | Op::EqValue | Op::EqPointer => IntCC::NotEqual,
            Op::NeInt => IntCC::Equal,
            Op::LtInt => IntCC::SignedGreaterThanOrEqual,
            Op::LeInt => IntCC::SignedGreaterThan,
            Op::LtUnsigned => IntCC::UnsignedGreaterThanOrEqual,
            _ => return Ok(None),
        };
        Ok(Some(self.compare_int(condition, i)?))
    }

    pub(super) fn guard_truth(&mut self, i: &Instruction, wanted: bool) -> Result<(), CompileError> {
        // The code generator puts what follows a branch not taken next: that shall be the trace, not its side.
        if self.has_side()
            && wanted
            && let Some(leaves) = self.opposite(i.a)?
        {
            return self.leave_if(leaves);
        }
        let (condition, wanted) = self.condition(i.a, wanted)?;
        if wanted { self.leave_unless(condition) } else { self.leave_if(condition) }
    }

    pub(super) fn guard_int(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let a = self.operand(i.a)?;
        let tag = self.b.ins().band_imm_s(a, 1);
        self.leave_if(tag)
    }

    pub(super) fn guard_any_int(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let a = self.operand(i.a)?;
        let exit = self.exit_block()?;
        let (next, other, object) = (self.b.create_block(), self.cold_block(), self.cold_block());
        let tag = self.b.ins().band_imm_s(a, 1);
        self.b.ins().brif(tag, other, &[], next, &[]);
        self.b.switch_to_block(other);
        let rest = self.pointer_rest(a);
        self.b.ins().brif(rest, exit, &[], object, &[]);
        self.b.switch_to_block(object);
        let int = self.int(&raw const registry::INT as i64);
        let is_int = self.has_type(a, int);
        self.b.ins().brif(is_int, next, &[], exit, &[]);
        self.b.switch_to_block(next);
        Ok(())
    }

    pub(super) fn guard_bool(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let a = self.operand(i.a)?;
        let without = self.b.ins().band_imm_s(a, !BOOL_BIT);
        let leaves = self.b.ins().icmp_imm_s(IntCC::NotEqual, without, Word::FALSE.bits() as i64);
        self.leave_if(leaves)
    }

    /// A guard whose value is unboxed next does that too: the word's tag is looked at once.
    pub(super) fn guard_float(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let a = self.operand(i.a)?;
        if !i.a.is_constant() {
            self.is_float[i.a.index()] = true;
        }
        let following = self.trace.instructions.get(self.at + 1);
        let unboxes = following.is_some_and(|next| next.op == Op::UnboxFloat && next.a == i.a);
        let rest = self.float_rest(a);
        let exit = self.exit_block()?;
        let (next, other, object, boxed) =
            (self.b.create_block(), self.cold_block(), self.cold_block(), self.cold_block());
        if unboxes {
            let inline = self.b.create_block();
            self.b.ins().brif(rest, other, &[], inline, &[]);
            self.b.switch_to_block(inline);
            let double = self.inline_float(a);
            self.join(next, double);
        } else {
            self.b.ins().brif(rest, other, &[], next, &[]);
        }
        self.b.switch_to_block(other);
        let rest = self.pointer_rest(a);
        self.b.ins().brif(rest, exit, &[], object, &[]);
        self.b.switch_to_block(object);
        let float = self.int(&raw const registry::FLOAT as i64);
        let is_float = self.has_type(a, float);
        self.b.ins().brif(is_float, boxed, &[], exit, &[]);
        self.b.switch_to_block(boxed);
        if unboxes {
            let double = self.boxed_float(a);
            self.join(next, double);
            let result = self.b.append_block_param(next, types::F64);
            self.at += 1;
            self.define(self.at, result);
        } else {
            self.b.ins().jump(next, &[]);
        }
        self.b.switch_to_block(next);
        Ok(())
    }

    /// Not zero unless the word is a heap object's.
    pub(super) fn pointer_rest(&mut self, word: Value) -> Value {
        let below = self.b.ins().iadd_imm_s(word, -1);
        self.b.ins().band_imm_s(below, 15)
    }

    /// Fields are reached through the tagged word: the tag is in the offset.
    fn has_type(&mut self, word: Value, wanted: Value) -> Value {
        let flags = MemFlagsData::new().with_notrap();
        let own = self.b.ins().load(types::I64, flags, word, Field::HeaderType.offset() as i32 - 1);
        self.b.ins().icmp(IntCC::Equal, own, wanted)
    }

    pub(super) fn guard_type(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let a = self.operand(i.a)?;
        if !self.is_known_object(i.a) {
            let rest = self.pointer_rest(a);
            self.leave_if(rest)?;
        }
        let wanted = self.operand(i.b)?;
        let is_type = self.has_type(a, wanted);
        self.leave_unless(is_type)?;
        if !i.a.is_constant() {
            self.is_object[i.a.index()] = true;
        }
        Ok(())
    }

    pub(super) fn guard_is(&mut self, leaves: IntCC, i: &Instruction) -> Result<(), CompileError> {
        let (a, b) = (self.operand(i.a)?, self.operand(i.b)?);
        let leaves = self.b.ins().icmp(leaves, a, b);
        self.leave_if(leaves)
    }

    /// Whether a guard has said that a value word is a float.
    pub(super) fn is_float(&self, reference: Reference) -> bool {
        !reference.is_constant() && self.is_float[reference.index()]
    }

    /// Whether a value word surely is a heap object.
    pub(super) fn is_known_object(&self, reference: Reference) -> bool {
        match self.trace.as_constant(reference) {
            Some(constant) => Word::from_bits(constant.bits()).is_pointer(),
            None => self.is_object[reference.index()],
        }
    }
}

extern "C" fn floor(a: f64) -> f64 {
    a.floor()
}

extern "C" fn ceil(a: f64) -> f64 {
    a.ceil()
}

extern "C" fn trunc(a: f64) -> f64 {
    a.trunc()
}
