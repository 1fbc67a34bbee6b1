//! Operations without a rule of their own, and iterators without one: a call of what the interpreter
//! itself does there, in place of a `Step`. Frames and slots are brought to memory, but what the trace knows of slots stays.
//!
//! What the operation came to is seen when the interpreter has done it, so it is emitted then: if it went to an
//! exception handler, a `Step` is what fits.

use super::reach::Reach;
use super::{Recorder, Site};
use crate::ir::{Constant, Instruction, Op, Reference};
use ir::register::{Operation, flags};
use runtime::frame::Frame;
use runtime::objects::async_generator::ASYNC_GENERATOR;
use runtime::objects::generator::COROUTINE;
use runtime::trace_interface::{Field, Helper};
use runtime::types::Type;
use runtime::value::{Ref, Value};

/// Windows of more operands are left to the interpreter.
const MAX_OPERANDS: usize = 32;

/// What a `Step` is replaced by.
pub struct Instead {
    site: Site,
    operands: Vec<Reference>,
    number: u32,
    outcome: Outcome,
    reach: Reach,
    /// The result's type depends on the operands' kinds alone.
    has_one_type: bool,
}

/// What becomes of the result.
enum Outcome {
    /// It goes to register a.
    Value,
    /// There is none.
    Nothing,
    /// The jump to this word index is taken if it is true.
    Branch(u32),
    /// A tuple of what goes to these registers.
    Items(Vec<usize>),
    /// It goes to register a, and NULL behind it: what is called.
    Callable,
    /// The iterator's next item goes to register a; at the end the jump to this word index is taken. The iterator is one
    /// that runs no Python code.
    Next { target: u32, is_native: bool },
}

impl Instead {
    /// Whether the interpreter could have come to a word index by doing what this does.
    fn can_come_to(&self, pc: u32) -> bool {
        pc == self.site.next
            || match self.outcome {
                Outcome::Branch(target) | Outcome::Next { target, .. } => pc == target,
                _ => false,
            }
    }
}

impl Recorder {
    /// What can stand for a `Step` of this instruction.
    pub fn instead_of_step(&mut self, site: &Site) -> Option<Instead> {
        use Operation::*;
        let (mut number, mut outcome) = (0, Outcome::Value);
        let window = |first: usize, count: usize| (first..first + count).collect::<Vec<_>>();
        let mut registers = Vec::new();
        let mut uses_fields = "";
        match site.operation {
            BinaryOp => (number, uses_fields) = (site.payload(1), "bc"),
            Subscript | Contains | NotContains => uses_fields = "bc",
            StoreSubscript => (outcome, uses_fields) = (Outcome::Nothing, "abc"),
            DeleteSubscript => (outcome, uses_fields) = (Outcome::Nothing, "bc"),
            BinarySlice => registers = window(site.b, 3),
            StoreSlice => (outcome, registers) = (Outcome::Nothing, window(site.b, 4)),
            GetAiter | GetAnext => uses_fields = "b",
            GetAwaitable => (number, uses_fields) = (site.c as u32, "b"),
            CheckEgMatch => {
                (outcome, uses_fields) = (Outcome::Items(vec![site.a, site.a + 1]), "bc");
            }
            Negative | Invert | Not | ToBool | GetIter | GetYieldFromIter | FormatSimple => uses_fields = "b",
            Compare => (number, uses_fields) = (site.payload(1), "bc"),
            JumpIfTrue | JumpIfFalse => (outcome, uses_fields) = (Outcome::Branch(site.payload(1)), "b"),
            JumpIfContains | JumpIfNotContains => {
                (outcome, uses_fields) = (Outcome::Branch(site.payload(1)), "bc");
            }
            JumpCompare => {
                (number, outcome, uses_fields) = (site.a as u32, Outcome::Branch(site.payload(1)), "bc");
            }
            UnpackPair => {
                (number, outcome, uses_fields) = (2, Outcome::Items(vec![site.a, site.c]), "b");
            }
            UnpackSequence | UnpackEx => {
                let all = (0..site.c).map(|i| site.a + site.c - 1 - i).collect();
                number = if site.operation == UnpackEx { site.payload(1) } else { site.c as u32 };
                (outcome, uses_fields) = (Outcome::Items(all), "b");
            }
            BuildSet | BuildString => registers = window(site.b, site.c),
            BuildMap => registers = window(site.b, 2 * site.c),
            Extend => (number, outcome, uses_fields) = (site.a as u32, Outcome::Nothing, "pc"),
            SetAdd => (outcome, uses_fields) = (Outcome::Nothing, "pc"),
            MapAdd => (outcome, uses_fields) = (Outcome::Nothing, "dbc"),
            DictMerge => (outcome, uses_fields) = (Outcome::Nothing, "dpc"),
            FormatWithSpec => uses_fields = "bc",
            ConvertValue => (number, uses_fields) = (site.c as u32, "b"),
            GetLen => uses_fields = "p",
            MatchKeys => uses_fields = "pq",
            MatchClass => (number, registers) = (site.c as u32, window(site.b, 3)),
            CallIntrinsic1 => (number, uses_fields) = (site.c as u32, "b"),
            CallIntrinsic2 => (number, uses_fields) = (site.payload(1), "bc"),
            LoadAttr | LoadMethod | StoreAttr => return self.attribute_instead_of_step(site),
            ForIter => return self.next_instead_of_step(site),
            _ => return None,
        }
        if registers.len() > MAX_OPERANDS {
            return None;
        }
        let mut operands: Vec<_> = registers.iter().map(|r| self.register(*r)).collect();
        for field in uses_fields.chars() {
            operands.push(match field {
                'a' => self.operand_a(site),
                'b' => self.operand_b(site),
                'c' => self.operand_c(site),
                'd' => self.register(site.a),
                'q' => self.register(site.c),
                _ => self.register(site.b),
            });
        }
        if operands.iter().any(|o| o.now.is_null()) {
            return None;
        }
        let reach = self.reach(site, &operands);
        let has_one_type = reach == Reach::Reads && self.result_is_of_one_type(site, &operands);
        if reach != Reach::Runs {
            for operand in &operands {
                // What holds for one int holds for all.
                if super::numbers::is_int(operand.now) {
                    self.emit(Op::GuardAnyInt, &[operand.reference]);
                } else {
                    self.guard_kind(*operand);
                }
            }
        }
        let operands = operands.into_iter().map(|o| o.reference).collect();
        Some(Instead { site: *site, operands, number, outcome, reach, has_one_type })
    }

    /// An attribute that no rule finds.
    fn attribute_instead_of_step(&mut self, site: &Site) -> Option<Instead> {
        let name = self.code().name_at(site.payload(1) as usize);
        let object = self.operand_b(site);
        if object.now.is_null() {
            return None;
        }
        let mut operands = vec![object.reference, self.constant(name)];
        let outcome = match site.operation {
            Operation::LoadAttr => Outcome::Value,
            Operation::LoadMethod => Outcome::Callable,
            _ => {
                operands.push(self.operand_c(site).reference);
                Outcome::Nothing
            }
        };
        let (number, reach, has_one_type) = (0, Reach::Runs, false);
        Some(Instead { site: *site, operands, number, outcome, reach, has_one_type })
    }

    fn next_instead_of_step(&mut self, site: &Site) -> Option<Instead> {
        let iterator = self.register(site.b);
        let ty = iterator.now.ty();
        let is = |other: &Type| std::ptr::eq(ty, other);
        if is(&COROUTINE) || is(&ASYNC_GENERATOR) || ty.slots().next.is_none() {
            return None;
        }
        let is_native = super::iteration::runs_no_code(ty);
        if is_native {
            // The helper asks whatever type it finds; that this one runs nothing must be sure.
            self.guard_object(iterator).ok()?;
        }
        let outcome = Outcome::Next { target: site.payload(1), is_native };
        Some(Instead {
            site: *site,
            operands: vec![iterator.reference],
            number: 0,
            outcome,
            reach: Reach::Runs,
            has_one_type: false,
        })
    }

    /// The interpreter has done the operation and came to `pc`. False if that is not what the replacement does.
    pub fn finish_instead(&mut self, instead: &Instead, pc: u32) -> bool {
        if !instead.can_come_to(pc) {
            return false;
        }
        let site = &instead.site;
        if let Outcome::Next { target, is_native } = instead.outcome {
            self.finish_next(instead, pc, target, is_native);
            return true;
        }
        if matches!(instead.outcome, Outcome::Callable) && !self.now(site.a + 1).is_null() {
            // A method, which needs no object that binds it.
            return false;
        }
        let result = self.operation(instead);
        if site.operation == Operation::CheckEgMatch {
            // It may have changed what is handled.
            let immediate = self.handled_slot();
            self.trace.push(Instruction { immediate, ..Instruction::new(Op::Forget) });
        }
        let runs = instead.reach == Reach::Runs;
        let consumed = |recorder: &mut Recorder| {
            if !runs {
                recorder.drop_consumed(site);
            }
        };
        match &instead.outcome {
            Outcome::Value => {
                let now = self.now(site.a);
                if instead.has_one_type && now.is_pointer() {
                    let ty = self.type_constant(now.ty());
                    self.emit(Op::KnownType, &[result, ty]);
                }
                consumed(self);
                self.set_register(site.a, result);
            }
            Outcome::Callable => {
                let null = self.trace.constant(Constant::Value(Ref::NULL));
                self.set_register(site.a, result);
                self.set_register(site.a + 1, null);
            }
            Outcome::Nothing => consumed(self),
            Outcome::Branch(target) => {
                let yes = self.constant(Value::TRUE);
                let taken = self.emit(Op::EqValue, &[result, yes]);
                if instead.reach == Reach::Reads {
                    // Should the exit be taken, it is asked again.
                    self.expect(taken, pc == *target);
                    self.drop_consumed(site);
                    return true;
                }
                self.behind(if pc == *target { site.next } else { *target });
                self.expect(taken, pc == *target);
            }
            Outcome::Items(registers) => {
                let tuple = self.emit(Op::Address, &[result]);
                let mut items = Vec::new();
                for i in 0..registers.len() {
                    let index = self.int(i as i64);
                    items.push(self.load_item(tuple, index, Field::TupleItem));
                }
                consumed(self);
                for (register, item) in registers.iter().zip(items) {
                    self.set_register(*register, item);
                }
            }
            Outcome::Next { .. } => (),
        }
        true
    }

    /// The interpreter has done the operation, which raised, and came to `pc` of `frame`. False if the trace can't do that.
    pub fn instead_raised(&mut self, instead: &Instead, frame: &Frame, pc: u32) -> bool {
        let site = &instead.site;
        let has_value = match instead.outcome {
            Outcome::Value => true,
            Outcome::Nothing => false,
            _ => return false,
        };
        self.operation(instead);
        let call = self.trace.instructions.len() - 1;
        if instead.reach != Reach::Runs {
            self.drop_consumed(site);
        }
        self.expect_raise(site, call, has_value, frame, pc)
    }

    /// Calls what does the operation.
    fn operation(&mut self, instead: &Instead) -> Reference {
        if instead.reach == Reach::Runs {
            // The call holds its operands; their registers need not come to memory.
            self.drop_consumed(&instead.site);
            self.emit(Op::Sync, &[]);
        }
        let what = self.int(instead.site.operation as i64 | i64::from(instead.number) << 8);
        let mut arguments = vec![what];
        arguments.extend(&instead.operands);
        let has_value = matches!(instead.outcome, Outcome::Value | Outcome::Callable | Outcome::Items(_));
        let helper = match (instead.reach, has_value) {
            (Reach::Reads, true) => Helper::OperateReading,
            (Reach::Reads, false) => Helper::OperateReadingQuietly,
            (Reach::Writes, true) => Helper::OperateWriting,
            (Reach::Writes, false) => Helper::OperateWritingQuietly,
            (Reach::Runs, true) => Helper::Operate,
            (Reach::Runs, false) => Helper::OperateQuietly,
        };
        self.call_helper(helper, &arguments)
    }

    fn finish_next(&mut self, instead: &Instead, pc: u32, target: u32, is_native: bool) {
        let site = &instead.site;
        if !is_native {
            self.emit(Op::Sync, &[]);
        }
        let helper = if is_native { Helper::NextNative } else { Helper::Next };
        let item = self.call_helper(helper, &instead.operands);
        let end = self.constant(Value::EXHAUSTED);
        if pc == site.next {
            self.behind(target);
            self.emit(Op::GuardIsNot, &[item, end]);
            self.emit(Op::Own, &[item]);
            self.set_register(site.a, item);
            return;
        }
        // It has ended. Should it not have, the exit has the item in the register.
        let before = self.register(site.a).reference;
        self.emit(Op::Own, &[item]);
        self.set_register(site.a, item);
        self.behind(site.next);
        self.emit(Op::GuardIs, &[item, end]);
        self.set_register(site.a, before);
    }

    /// What follows is behind the instruction.
    pub fn behind(&mut self, pc: u32) {
        self.trace.push(Instruction { immediate: pc, ..Instruction::new(Op::Behind) });
    }

    /// Operands that the instruction takes from registers are gone.
    fn drop_consumed(&mut self, site: &Site) {
        let count = match site.operation {
            // Slice objects are made of the bounds, which die with them.
            Operation::BinarySlice | Operation::StoreSlice => {
                let bounds = site.b + if site.operation == Operation::StoreSlice { 2 } else { 1 };
                self.drop_register(bounds);
                self.drop_register(bounds + 1);
                bounds - site.b
            }
            Operation::MatchClass => 3,
            Operation::BuildSet | Operation::BuildString => site.c,
            Operation::BuildMap => 2 * site.c,
            _ => 0,
        };
        self.drop_registers(site.b, count);
        let is_register = |flag: u8, constant: u8| site.has(flag) && !site.has(constant);
        debug_assert!(!is_register(flags::A_DIES, 0) || count == 0, "windows have no flags");
        self.drop_dying(site);
    }
}
