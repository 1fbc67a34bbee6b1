//! What rules share: operands with their real values, guards, results.

use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Instruction, Op, Reference};
use ir::register::flags;
use runtime::objects::float;
use runtime::trace_interface::{Field, Helper};
use runtime::types::Type;
use runtime::value::{Ref, Value};

/// An operand: what it is in the trace and what it is now.
#[derive(Clone, Copy)]
pub struct Operand {
    pub reference: Reference,
    pub now: Value,
}

/// Floats hold ints of at most this size exactly.
pub const EXACT: i64 = 1 << 53;

impl Recorder {
    // Emission.

    pub fn emit(&mut self, op: Op, operands: &[Reference]) -> Reference {
        let mut i = Instruction::new(op);
        for (place, operand) in [&mut i.a, &mut i.b, &mut i.c].into_iter().zip(operands) {
            *place = *operand;
        }
        self.trace.push(i)
    }
    pub fn emit_at(&mut self, pc: u32) {
        self.trace.push(Instruction { immediate: pc, ..Instruction::new(Op::At) });
    }
    pub fn load_field(&mut self, base: Reference, field: Field) -> Reference {
        self.trace.push(Instruction { a: base, immediate: field as u32, ..Instruction::new(Op::LoadField) })
    }
    pub fn store_field(&mut self, base: Reference, field: Field, value: Reference) {
        let i =
            Instruction { a: base, b: value, immediate: field as u32, ..Instruction::new(Op::StoreField) };
        self.trace.push(i);
    }
    pub fn load_item(&mut self, base: Reference, index: Reference, array: Field) -> Reference {
        let i = Instruction { a: base, b: index, immediate: array as u32, ..Instruction::new(Op::LoadItem) };
        self.trace.push(i)
    }
    pub fn load_offset(&mut self, base: Reference, offset: usize) -> Reference {
        self.trace.push(Instruction { a: base, immediate: offset as u32, ..Instruction::new(Op::LoadOffset) })
    }
    pub fn store_offset(&mut self, base: Reference, offset: usize, value: Reference) {
        self.trace.push(Instruction {
            a: base,
            b: value,
            immediate: offset as u32,
            ..Instruction::new(Op::StoreOffset)
        });
    }
    pub fn call_helper(&mut self, helper: Helper, arguments: &[Reference]) -> Reference {
        let first = self.trace.arguments.len();
        self.trace.arguments.extend_from_slice(arguments);
        let mut call = Instruction::new(Op::Call);
        call.ty = crate::ir::trace::result_type(helper);
        call.a = Reference(first as i32);
        call.b = Reference(arguments.len() as i32);
        call.immediate = helper as u32;
        self.trace.push(call)
    }
    pub fn int(&mut self, i: i64) -> Reference {
        self.trace.int(i)
    }
    /// A constant word, kept alive by the trace.
    pub fn constant(&mut self, v: Value) -> Reference {
        self.trace.constant(Constant::Value(v.to_ref()))
    }
    /// The address of a type, kept alive by the trace.
    pub fn type_constant(&mut self, ty: &Type) -> Reference {
        let word = Value::of(ty);
        if !self.trace.kept.iter().any(|k| k.value() == word) {
            self.trace.kept.push(word.to_ref());
        }
        self.trace.pointer(ty)
    }

    // Registers.

    pub fn slot(&self, register: usize) -> u32 {
        self.top().base + register as u32
    }
    /// What a register of the running frame holds now.
    pub fn now(&self, register: usize) -> Value {
        // SAFETY: a register of verified code.
        unsafe { self.frame().register(register) }
    }
    pub fn register(&mut self, register: usize) -> Operand {
        let immediate = self.slot(register);
        let reference = self.trace.push(Instruction { immediate, ..Instruction::new(Op::GetSlot) });
        Operand { reference, now: self.now(register) }
    }
    fn operand(&mut self, site: &Site, register: usize, constant: u8) -> Operand {
        if site.has(constant) {
            let now = self.host.constant(self.frame(), register);
            return Operand { reference: self.constant(now), now };
        }
        self.register(register)
    }
    pub fn operand_a(&mut self, site: &Site) -> Operand {
        self.operand(site, site.a, flags::A_CONST)
    }
    pub fn operand_b(&mut self, site: &Site) -> Operand {
        self.operand(site, site.b, flags::B_CONST)
    }
    pub fn operand_c(&mut self, site: &Site) -> Operand {
        self.operand(site, site.c, flags::C_CONST)
    }
    /// Operands that die give up their slots, in the order of `Operation::in_dying_order`.
    pub fn drop_dying(&mut self, site: &Site) {
        for (flag, register) in site.operation.in_dying_order([site.a, site.b, site.c]) {
            if site.has(flag) {
                self.drop_register(register);
            }
        }
    }
    /// Consecutive registers give up their values, the last first, as the interpreter drops them.
    pub fn drop_registers(&mut self, first: usize, count: usize) {
        (first..first + count).rev().for_each(|register| self.drop_register(register));
    }
    pub fn drop_register(&mut self, register: usize) {
        let immediate = self.slot(register);
        self.trace.push(Instruction { immediate, ..Instruction::new(Op::DropSlot) });
    }
    pub fn set_register(&mut self, register: usize, value: Reference) {
        let immediate = self.slot(register);
        self.trace.push(Instruction { a: value, immediate, ..Instruction::new(Op::SetSlot) });
    }
    /// Operands that die are dropped, and a := the result.
    pub fn define(&mut self, site: &Site, value: Reference) -> Rule {
        self.drop_dying(site);
        self.set_register(site.a, value);
        Ok(())
    }

    // Guards.

    pub fn expect(&mut self, condition: Reference, truth: bool) {
        self.emit(if truth { Op::GuardTrue } else { Op::GuardFalse }, &[condition]);
    }
    pub fn guard_is(&mut self, operand: Operand) -> Reference {
        let constant = self.constant(operand.now);
        self.emit(Op::GuardIs, &[operand.reference, constant]);
        constant
    }
    pub fn guard_bound(&mut self, reference: Reference) {
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        self.emit(Op::GuardIsNot, &[reference, null]);
    }
    /// Guards that the operand is a heap object of exactly the type that it has now; its address.
    pub fn guard_object(&mut self, operand: Operand) -> Rule<Reference> {
        if !operand.now.is_pointer() {
            return Err(NoRule::Step);
        }
        let ty = self.type_constant(operand.now.ty());
        self.emit(Op::GuardType, &[operand.reference, ty]);
        Ok(self.emit(Op::Address, &[operand.reference]))
    }
    /// Guards that a type is as it is now.
    pub fn guard_version(&mut self, ty: &'static Type) -> Rule {
        if !runtime::types::TypeFlags::HEAP.intersects(ty.flags())
            && ty.flags().contains(runtime::types::TypeFlags::IMMUTABLE)
        {
            return Ok(());
        }
        let version = ty.version();
        if version == 0 {
            return Err(NoRule::Step);
        }
        let address = self.type_constant(ty);
        let now = self.load_field(address, Field::TypeVersion);
        let wanted = self.int(i64::from(version));
        let same = self.emit(Op::EqInt, &[now, wanted]);
        self.expect(same, true);
        Ok(())
    }
    /// Guards a small int and takes it out of its word.
    pub fn int_of(&mut self, operand: Operand) -> Rule<Reference> {
        if !operand.now.is_small_int() {
            return Err(NoRule::Step);
        }
        self.emit(Op::GuardInt, &[operand.reference]);
        Ok(self.emit(Op::UnboxInt, &[operand.reference]))
    }
    /// Guards a float of exactly that type and takes it out of its word.
    pub fn float_of(&mut self, operand: Operand) -> Rule<Reference> {
        if !is_float(operand.now) {
            return Err(NoRule::Step);
        }
        self.emit(Op::GuardFloat, &[operand.reference]);
        Ok(self.emit(Op::UnboxFloat, &[operand.reference]))
    }
    /// A float, or an int rounded to one, as Python does it for arithmetic.
    pub fn number_of(&mut self, operand: Operand) -> Rule<Reference> {
        if !operand.now.is_small_int() {
            return self.float_of(operand);
        }
        let i = self.int_of(operand)?;
        Ok(self.emit(Op::IntToFloat, &[i]))
    }
    /// A float, or an int that a float holds exactly, as a float. Comparisons are exact.
    pub fn exact_number_of(&mut self, operand: Operand) -> Rule<Reference> {
        let Some(i) = operand.now.as_small_int() else { return self.float_of(operand) };
        if i.abs() > EXACT {
            return Err(NoRule::Step);
        }
        let i = self.int_of(operand)?;
        self.guard_exact(i);
        Ok(self.emit(Op::IntToFloat, &[i]))
    }
    /// Guards that a float holds an int exactly.
    pub fn guard_exact(&mut self, i: Reference) {
        let (low, high) = (self.int(-EXACT), self.int(EXACT));
        let above = self.emit(Op::LeInt, &[low, i]);
        self.expect(above, true);
        let below = self.emit(Op::LeInt, &[i, high]);
        self.expect(below, true);
    }
}

/// A float of exactly that type.
pub fn is_float(v: Value) -> bool {
    v.is_inline_float() || (v.is_pointer() && v.is_exact(&float::FLOAT))
}
