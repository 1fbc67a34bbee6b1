//! Translates bytecode instructions, one after the other, over the simulated stack.

use super::bytecode::{Bytecode, NO_HANDLER, StackInstruction, UNREACHED};
use super::emit::{Draft, Emitter};
use super::stack::{Entry, Stack};
use super::{CodeView, Crossing, LowerError, LowerErrorKind};
use crate::opcode::{
    BinaryOperator, COMPARE_TO_BOOL, CommonConstant, Comparison, Conversion, Intrinsic1, Intrinsic2, Opcode,
    SpecialMethod,
};
use crate::register::code::{Handler, RegisterCode};
use crate::register::table::{Effects, Operation, TEST_UNLESS, extend, fixed_value};
use crate::register::word::Field;

type Result<T> = std::result::Result<T, LowerErrorKind>;

/// The largest argument that `LOAD_SMALL_INT` may have.
const MAX_SMALL_INT: u32 = 256;

/// Lowers; if asked for, says also where and how precise code can go on instead.
pub fn run(
    view: &CodeView<'_>,
    precise: bool,
    wants_crossings: bool,
) -> std::result::Result<(RegisterCode, Vec<Crossing>), LowerError> {
    let too_large = LowerError { kind: LowerErrorKind::TooLarge, unit: 0 };
    let narrow = |number: usize| u32::try_from(number).map_err(|_| too_large);
    let nlocalsplus = narrow(view.nlocalsplus)?;
    let stacksize = narrow(view.stacksize)?;
    nlocalsplus.checked_add(stacksize).filter(|&sum| sum < 1 << 31).ok_or(too_large)?;
    let bytecode = Bytecode::new(view.code, view.exceptiontable, stacksize)?;
    let code = RegisterCode {
        nlocalsplus,
        stacksize,
        nconsts: narrow(view.nconsts)?,
        nnames: narrow(view.nnames)?,
        precise,
        ..RegisterCode::default()
    };
    let emitter = Emitter::new(nlocalsplus, bytecode.instructions.len());
    let mut translator = Translator {
        stack: Stack::new(emitter, nlocalsplus, stacksize),
        pcs: vec![u32::MAX; bytecode.instructions.len()],
        bytecode: &bytecode,
        code,
        index: 0,
        crossings: wants_crossings.then(Vec::new),
        changed: true,
    };
    translator.translate_all()?;
    let crossings = translator.crossings.take().unwrap_or_default();
    Ok((translator.finish()?, crossings))
}

struct Translator<'a> {
    bytecode: &'a Bytecode,
    stack: Stack,
    code: RegisterCode,
    /// The pc of each bytecode instruction that was reached.
    pcs: Vec<u32>,
    /// The bytecode instruction being translated; fusing advances it.
    index: usize,
    /// What was asked for, so far.
    crossings: Option<Vec<Crossing>>,
    /// Whether the instruction that was emitted last has changed since the last crossing.
    changed: bool,
}

impl Translator<'_> {
    fn translate_all(&mut self) -> std::result::Result<(), LowerError> {
        let mut falls_through = false;
        while self.index < self.bytecode.instructions.len() {
            let flow = self.bytecode.flow[self.index];
            if flow.depth == UNREACHED {
                falls_through = false;
                self.index += 1;
                continue;
            }
            if !falls_through {
                self.stack.reset(flow.depth);
            } else if flow.is_leader {
                self.stack.load_all();
                self.stack.seal();
            }
            let unit = self.bytecode.instructions[self.index].unit;
            self.stack.emitter.set_unit(unit);
            self.pcs[self.index] = self.stack.emitter.pc() as u32;
            self.note_crossing(unit);
            if flow.handler != NO_HANDLER {
                let entry = self.bytecode.entries[flow.handler as usize];
                self.stack.load_range(0, entry.depth);
            }
            self.stack.take_touched();
            self.stack.take_lowest();
            falls_through = self.translate_one().map_err(|kind| LowerError { kind, unit })?;
            if flow.handler != NO_HANDLER && self.takes_from_handler(flow.handler) {
                return Err(LowerError { kind: LowerErrorKind::StackMismatch, unit });
            }
            self.index += 1;
        }
        Ok(())
    }

    /// True if the instruction that was translated last consumes what its handler would need.
    fn takes_from_handler(&mut self, handler: u32) -> bool {
        let last = self.stack.emitter.last();
        // A yield raises when it is resumed, after its result was pushed.
        let lowest = match last {
            Some(Operation::Yield) => self.stack.depth(),
            _ => self.stack.take_lowest(),
        };
        let raises = last.is_some_and(|operation| operation.has(Effects::RAISES));
        raises && lowest < self.bytecode.entries[handler as usize].depth
    }

    /// Translates the current instruction, and those that are fused with it; true if control may go on to the next one.
    fn translate_one(&mut self) -> Result<bool> {
        let instruction = self.bytecode.instructions[self.index];
        let start = self.stack.emitter.pc();
        let falls_through = self.translate(instruction)?;
        if self.code.precise {
            self.stack.load_all();
            self.stack.seal();
            if self.stack.emitter.pc() == start {
                self.stack.emit(&Draft::new(Operation::Nop));
            }
        }
        self.changed |= self.stack.take_touched();
        Ok(falls_through)
    }

    /// In front of a bytecode instruction: this is where precise code goes on instead of the next register instruction,
    /// unless an earlier one is, which has had no instruction of its own.
    fn note_crossing(&mut self, unit: u32) {
        let Some(crossings) = &mut self.crossings else { return };
        let pc = self.stack.emitter.pc() as u32;
        match crossings.last() {
            Some(last) if last.pc == pc && !self.changed => return,
            Some(last) if last.pc == pc => drop(crossings.pop()),
            _ => {}
        }
        self.changed = false;
        crossings.push(Crossing { pc, next: unit, pending: self.stack.pending().collect() });
    }

    fn translate(&mut self, instruction: StackInstruction) -> Result<bool> {
        let arg = instruction.arg;
        match instruction.opcode {
            Opcode::NOP | Opcode::NOT_TAKEN => {}

            Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW => self.load_fast(arg)?,
            Opcode::LOAD_FAST_LOAD_FAST | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load_fast(arg >> 4)?;
                self.load_fast(arg & 15)?;
            }
            Opcode::LOAD_FAST_CHECK => {
                self.local(arg)?;
                self.stack.emit(&Draft::new(Operation::CheckBound).b(arg));
                self.load_fast(arg)?;
            }
            Opcode::LOAD_FAST_AND_CLEAR => {
                self.local(arg)?;
                self.stack.protect(arg);
                let register = self.stack.next_register();
                self.stack.push(Entry::Slot)?;
                self.stack.emit(&Draft::new(Operation::Move).a(register).b(arg));
            }
            Opcode::LOAD_CONST => {
                self.check(arg < self.code.nconsts)?;
                self.stack.push(Entry::Constant(arg))?;
            }
            Opcode::LOAD_SMALL_INT => {
                let index = self.small_int(arg)?;
                self.stack.push(Entry::Constant(index))?;
            }
            Opcode::STORE_FAST => self.store_fast(arg)?,
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store_fast(arg >> 4)?;
                self.load_fast(arg & 15)?;
            }
            Opcode::STORE_FAST_STORE_FAST => {
                self.store_fast(arg >> 4)?;
                self.store_fast(arg & 15)?;
            }
            Opcode::DELETE_FAST => {
                self.local(arg)?;
                self.stack.protect(arg);
                self.stack.emit(&Draft::new(Operation::DeleteFast).a(arg));
            }
            Opcode::PUSH_NULL => self.stack.push(Entry::Null)?,
            Opcode::POP_TOP | Opcode::END_FOR | Opcode::POP_ITER => self.stack.drop_top()?,
            Opcode::COPY => {
                let depth = self.stack.index_from_top(arg)?;
                self.stack.copy(depth)?;
            }
            Opcode::SWAP => {
                let depth = self.stack.index_from_top(arg)?;
                self.stack.swap(depth)?;
            }

            Opcode::JUMP_FORWARD
            | Opcode::JUMP_BACKWARD
            | Opcode::JUMP_BACKWARD_NO_INTERRUPT
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE
            | Opcode::FOR_ITER
            | Opcode::SEND => return self.jump(instruction),

            Opcode::TO_BOOL | Opcode::COMPARE_OP | Opcode::CONTAINS_OP | Opcode::IS_OP => {
                return self.test(instruction);
            }

            Opcode::MAKE_CELL
            | Opcode::COPY_FREE_VARS
            | Opcode::LOAD_DEREF
            | Opcode::STORE_DEREF
            | Opcode::DELETE_DEREF
            | Opcode::LOAD_FROM_DICT_OR_DEREF => self.cell(instruction)?,

            Opcode::LOAD_GLOBAL
            | Opcode::LOAD_NAME
            | Opcode::LOAD_FROM_DICT_OR_GLOBALS
            | Opcode::STORE_GLOBAL
            | Opcode::STORE_NAME
            | Opcode::DELETE_GLOBAL
            | Opcode::DELETE_NAME
            | Opcode::IMPORT_NAME
            | Opcode::IMPORT_FROM
            | Opcode::LOAD_ATTR
            | Opcode::STORE_ATTR
            | Opcode::DELETE_ATTR
            | Opcode::LOAD_SUPER_ATTR => self.named(instruction)?,

            Opcode::LOAD_LOCALS => self.fixed(u32::from(fixed_value::LOCALS))?,
            Opcode::LOAD_BUILD_CLASS => self.fixed(u32::from(fixed_value::BUILD_CLASS))?,
            Opcode::LOAD_COMMON_CONSTANT => {
                self.check(CommonConstant::from_number(arg).is_some())?;
                self.fixed(arg)?;
            }
            Opcode::SETUP_ANNOTATIONS => {
                self.stack.emit(&Draft::new(Operation::SetupAnnotations));
            }

            Opcode::CALL => self.call(Operation::Call, 2, arg, 0)?,
            Opcode::CALL_KW => self.call_kw(arg)?,
            Opcode::CALL_FUNCTION_EX => self.windowed(Operation::CallEx, 4, 0)?,

            Opcode::RETURN_VALUE => {
                self.consume::<1>(Operation::Return)?;
                return Ok(false);
            }
            Opcode::RAISE_VARARGS => {
                match arg {
                    0 => self.consume::<0>(Operation::Raise)?,
                    1 => self.consume::<1>(Operation::RaiseException)?,
                    2 => self.consume::<2>(Operation::RaiseFrom)?,
                    _ => return Err(LowerErrorKind::BadArgument),
                }
                return Ok(false);
            }
            Opcode::RERAISE => {
                self.reraise(arg)?;
                return Ok(false);
            }
            Opcode::RESUME => {
                self.stack.emit(&Draft::new(Operation::Resume).b(arg));
            }
            Opcode::YIELD_VALUE | Opcode::RETURN_GENERATOR => self.suspend(instruction)?,

            Opcode::PUSH_EXC_INFO
            | Opcode::POP_EXCEPT
            | Opcode::CHECK_EXC_MATCH
            | Opcode::CHECK_EG_MATCH
            | Opcode::WITH_EXCEPT_START
            | Opcode::CLEANUP_THROW
            | Opcode::END_ASYNC_FOR => self.exception(instruction)?,

            opcode => self.expression(opcode, arg)?,
        }
        Ok(true)
    }

    /// Operators and everything else that takes values and makes one.
    fn expression(&mut self, opcode: Opcode, arg: u32) -> Result<()> {
        match opcode {
            Opcode::BINARY_OP => self.binary_op(arg)?,
            Opcode::UNARY_NEGATIVE => self.unary(Operation::Negative, 0)?,
            Opcode::UNARY_INVERT => self.unary(Operation::Invert, 0)?,
            Opcode::UNARY_NOT => self.unary(Operation::Not, 0)?,
            Opcode::BINARY_SLICE => self.windowed(Operation::BinarySlice, 3, 0)?,
            Opcode::STORE_SLICE => {
                let base = self.stack.window(4)?;
                self.stack.emit(&Draft::new(Operation::StoreSlice).b(base));
            }
            Opcode::STORE_SUBSCR => {
                let [value, container, key] = self.stack.operands()?;
                let draft = Draft::new(Operation::StoreSubscript).operand(Field::A, value);
                self.stack.emit(&draft.operand(Field::B, container).operand(Field::C, key));
            }
            Opcode::DELETE_SUBSCR => self.consume::<2>(Operation::DeleteSubscript)?,

            Opcode::GET_ITER => self.unary(Operation::GetIter, 0)?,
            Opcode::GET_AITER => self.unary(Operation::GetAiter, 0)?,
            Opcode::GET_YIELD_FROM_ITER => self.unary(Operation::GetYieldFromIter, 0)?,
            Opcode::GET_AWAITABLE => {
                self.check(arg <= 2)?;
                self.unary(Operation::GetAwaitable, arg)?;
            }
            Opcode::GET_ANEXT => self.inspect(Operation::GetAnext, 0)?,
            Opcode::GET_LEN => self.inspect(Operation::GetLen, 0)?,
            Opcode::MATCH_SEQUENCE => self.inspect(Operation::MatchFlag, 0)?,
            Opcode::MATCH_MAPPING => self.inspect(Operation::MatchFlag, 1)?,
            Opcode::MATCH_KEYS => {
                let keys = self.stack.index_from_top(1)?;
                let subject = self.stack.index_from_top(2)?;
                let draft = Draft::new(Operation::MatchKeys).b(self.stack.peek(subject)?);
                let draft = draft.c(self.stack.peek(keys)?);
                self.stack.define(draft)?;
            }
            Opcode::MATCH_CLASS => self.windowed(Operation::MatchClass, 3, arg)?,
            Opcode::END_SEND => self.binary(Operation::EndSend, 0)?,
            Opcode::LOAD_SPECIAL => {
                self.check(SpecialMethod::from_number(arg).is_some())?;
                let [owner] = self.stack.operands()?;
                let draft = Draft::new(Operation::LoadSpecial).operand(Field::B, owner).c(arg);
                self.stack.define_window(draft, 2)?;
            }

            Opcode::UNPACK_SEQUENCE => self.unpack_sequence(arg)?,
            Opcode::UNPACK_EX => {
                let count = (arg & 0xFF) + (arg >> 8) + 1;
                let [sequence] = self.stack.operands()?;
                let draft = Draft::new(Operation::UnpackEx).operand(Field::B, sequence).c(count).payload(arg);
                self.stack.define_window(draft, count)?;
            }

            Opcode::BUILD_TUPLE if arg == 2 => self.binary(Operation::BuildTuple2, 0)?,
            Opcode::BUILD_TUPLE => self.windowed(Operation::BuildTuple, arg, arg)?,
            Opcode::BUILD_LIST => self.windowed(Operation::BuildList, arg, arg)?,
            Opcode::BUILD_SET => self.windowed(Operation::BuildSet, arg, arg)?,
            Opcode::BUILD_STRING => self.windowed(Operation::BuildString, arg, arg)?,
            Opcode::BUILD_MAP => {
                let registers = arg.checked_mul(2).ok_or(LowerErrorKind::StackUnderflow)?;
                self.windowed(Operation::BuildMap, registers, arg)?;
            }
            Opcode::BUILD_SLICE => match arg {
                2 => self.binary(Operation::BuildSlice2, 0)?,
                3 => self.windowed(Operation::BuildSlice3, 3, 0)?,
                _ => return Err(LowerErrorKind::BadArgument),
            },
            Opcode::BUILD_TEMPLATE => self.binary(Operation::BuildTemplate, 0)?,
            Opcode::BUILD_INTERPOLATION => {
                self.check(arg >> 2 <= Conversion::Ascii as u32)?;
                let count = 2 + (arg & 1);
                let base = self.stack.window(count)?;
                self.stack.define(Draft::new(Operation::BuildInterpolation).b(base).c(count).payload(arg))?;
            }
            Opcode::LIST_APPEND => self.add_to(Operation::ListAppend, arg, 0)?,
            Opcode::SET_ADD => self.add_to(Operation::SetAdd, arg, 0)?,
            Opcode::LIST_EXTEND => self.add_to(Operation::Extend, arg, u32::from(extend::LIST))?,
            Opcode::SET_UPDATE => self.add_to(Operation::Extend, arg, u32::from(extend::SET))?,
            Opcode::DICT_UPDATE => self.add_to(Operation::Extend, arg, u32::from(extend::DICT))?,
            Opcode::DICT_MERGE => {
                let callable = arg.checked_add(4).ok_or(LowerErrorKind::StackUnderflow)?;
                let callable = self.stack.index_from_top(callable)?;
                let callable = self.stack.peek(callable)?;
                self.add_to(Operation::DictMerge, arg, callable)?;
            }
            Opcode::MAP_ADD => {
                let [key, value] = self.stack.operands()?;
                let dict = self.stack.index_from_top(arg)?;
                let draft = Draft::new(Operation::MapAdd).a(self.stack.peek(dict)?);
                self.stack.emit(&draft.operand(Field::B, key).operand(Field::C, value));
            }
            Opcode::MAKE_FUNCTION => self.unary(Operation::MakeFunction, 0)?,
            Opcode::SET_FUNCTION_ATTRIBUTE => {
                self.check(matches!(arg, 1 | 2 | 4 | 8 | 16))?;
                self.binary(Operation::SetFunctionAttribute, arg)?;
            }
            Opcode::FORMAT_SIMPLE => self.unary(Operation::FormatSimple, 0)?,
            Opcode::FORMAT_WITH_SPEC => self.binary(Operation::FormatWithSpec, 0)?,
            Opcode::CONVERT_VALUE => {
                self.check(arg != 0 && Conversion::from_number(arg).is_some())?;
                self.unary(Operation::ConvertValue, arg)?;
            }
            Opcode::CALL_INTRINSIC_1 => {
                self.check(arg != 0 && Intrinsic1::from_number(arg).is_some())?;
                self.unary(Operation::CallIntrinsic1, arg)?;
            }
            Opcode::CALL_INTRINSIC_2 => {
                self.check(arg != 0 && Intrinsic2::from_number(arg).is_some())?;
                self.binary(Operation::CallIntrinsic2, arg)?;
            }
            _ => return Err(LowerErrorKind::BadOpcode),
        }
        Ok(())
    }

    fn check(&self, is_valid: bool) -> Result<()> {
        if is_valid { Ok(()) } else { Err(LowerErrorKind::BadArgument) }
    }

    fn local(&self, local: u32) -> Result<u32> {
        self.check(local < self.code.nlocalsplus)?;
        Ok(local)
    }

    fn name(&self, name: u32) -> Result<u32> {
        self.check(name < self.code.nnames)?;
        Ok(name)
    }

    fn load_fast(&mut self, local: u32) -> Result<()> {
        self.local(local)?;
        self.stack.push(Entry::Local(local))
    }

    fn store_fast(&mut self, local: u32) -> Result<()> {
        self.local(local)?;
        self.stack.store_local(local)?;
        if self.code.precise {
            self.stack.seal();
        }
        Ok(())
    }

    fn small_int(&mut self, value: u32) -> Result<u32> {
        self.check(value <= MAX_SMALL_INT)?;
        let ints = &mut self.code.small_ints;
        let found = ints.iter().position(|&int| int == value);
        let position = found.unwrap_or_else(|| {
            ints.push(value);
            ints.len() - 1
        });
        self.code.nconsts.checked_add(position as u32).ok_or(LowerErrorKind::TooLarge)
    }

    fn fixed(&mut self, number: u32) -> Result<()> {
        self.stack.define(Draft::new(Operation::LoadFixed).b(number))?;
        Ok(())
    }

    /// An instruction that takes values into b and c and makes none.
    fn consume<const N: usize>(&mut self, operation: Operation) -> Result<()> {
        let operands = self.stack.operands::<N>()?;
        let fields = [Field::B, Field::C];
        let draft = operands.iter().zip(fields).fold(Draft::new(operation), |d, (&o, f)| d.operand(f, o));
        self.stack.emit(&draft);
        Ok(())
    }

    /// An instruction that makes a value of one value and the number c.
    fn unary(&mut self, operation: Operation, c: u32) -> Result<()> {
        let [operand] = self.stack.operands()?;
        self.stack.define(Draft::new(operation).operand(Field::B, operand).c(c))?;
        Ok(())
    }

    /// An instruction that makes a value of two values.
    fn binary(&mut self, operation: Operation, payload: u32) -> Result<()> {
        let [left, right] = self.stack.operands()?;
        let draft = Draft::new(operation).operand(Field::B, left).operand(Field::C, right);
        self.stack.define(draft.payload(payload))?;
        Ok(())
    }

    /// An instruction that makes a value of the top, which stays.
    fn inspect(&mut self, operation: Operation, c: u32) -> Result<()> {
        let top = self.stack.index_from_top(1)?;
        let register = self.stack.peek(top)?;
        self.stack.define(Draft::new(operation).b(register).c(c))?;
        Ok(())
    }

    /// An instruction that makes a value of the top `count` slots.
    fn windowed(&mut self, operation: Operation, count: u32, c: u32) -> Result<()> {
        let base = self.stack.window(count)?;
        self.stack.define(Draft::new(operation).b(base).c(c))?;
        Ok(())
    }

    /// An instruction that adds the top to the container that is then `distance` below the top.
    fn add_to(&mut self, operation: Operation, distance: u32, a: u32) -> Result<()> {
        let [value] = self.stack.operands()?;
        let container = self.stack.index_from_top(distance)?;
        let container = self.stack.peek(container)?;
        self.stack.emit(&Draft::new(operation).a(a).b(container).operand(Field::C, value));
        Ok(())
    }

    fn binary_op(&mut self, arg: u32) -> Result<()> {
        match BinaryOperator::from_number(arg) {
            Some(BinaryOperator::NB_SUBSCR) => self.binary(Operation::Subscript, 0),
            Some(_) => self.binary(Operation::BinaryOp, arg),
            None => Err(LowerErrorKind::BadArgument),
        }
    }

    fn unpack_sequence(&mut self, count: u32) -> Result<()> {
        let [sequence] = self.stack.operands()?;
        if count == 2 {
            self.stack.define_pair(Draft::new(Operation::UnpackPair).operand(Field::B, sequence))?;
            return Ok(());
        }
        let draft = Draft::new(Operation::UnpackSequence).operand(Field::B, sequence).c(count);
        self.stack.define_window(draft, count)?;
        Ok(())
    }

    fn call(&mut self, operation: Operation, fixed: u32, count: u32, payload: u32) -> Result<()> {
        let registers = count.checked_add(fixed).ok_or(LowerErrorKind::StackUnderflow)?;
        let base = self.stack.window(registers)?;
        self.stack.define(Draft::new(operation).b(base).c(count).payload(payload))?;
        Ok(())
    }

    fn call_kw(&mut self, count: u32) -> Result<()> {
        let names = self.stack.index_from_top(1)?;
        if let Entry::Constant(index) = self.stack.entry(names) {
            self.stack.pop()?;
            return self.call(Operation::CallKw, 2, count, index);
        }
        self.call(Operation::CallKwDynamic, 3, count, 0)
    }

    /// The next instruction, if it may be fused with the current one.
    fn fusible(&self) -> Option<StackInstruction> {
        let next = self.index + 1;
        let flow = self.bytecode.flow.get(next)?;
        if self.code.precise || flow.is_leader {
            return None;
        }
        Some(self.bytecode.instructions[next])
    }

    /// The conditional jump that follows and may be fused: whether it jumps if true.
    fn fusible_jump(&self) -> Option<bool> {
        match self.fusible()?.opcode {
            Opcode::POP_JUMP_IF_TRUE => Some(true),
            Opcode::POP_JUMP_IF_FALSE => Some(false),
            _ => None,
        }
    }

    /// Tests that make a bool, with the jump on it that usually follows.
    fn test(&mut self, instruction: StackInstruction) -> Result<bool> {
        let arg = instruction.arg;
        let jump = self.fusible_jump();
        match instruction.opcode {
            Opcode::TO_BOOL => {
                if let Some(if_true) = jump {
                    return self.fused_jump::<1>(truth_jump(if_true), 0);
                }
                if self.fusible().is_some_and(|next| next.opcode == Opcode::UNARY_NOT) {
                    self.index += 1;
                    self.unary(Operation::Not, 0)?;
                } else {
                    self.unary(Operation::ToBool, 0)?;
                }
            }
            Opcode::COMPARE_OP => {
                let comparison = Comparison::from_oparg(arg).ok_or(LowerErrorKind::BadArgument)?;
                if let Some(if_true) = jump.filter(|_| arg & COMPARE_TO_BOOL != 0) {
                    let unless = if if_true { 0 } else { u32::from(TEST_UNLESS) };
                    return self.fused_jump::<2>(Operation::JumpCompare, comparison as u32 | unless);
                }
                self.binary(Operation::Compare, comparison as u32 | arg & COMPARE_TO_BOOL)?;
            }
            Opcode::CONTAINS_OP => {
                self.check(arg <= 1)?;
                if let Some(if_true) = jump {
                    let operation = match if_true == (arg == 0) {
                        true => Operation::JumpIfContains,
                        false => Operation::JumpIfNotContains,
                    };
                    return self.fused_jump::<2>(operation, 0);
                }
                self.binary(if arg == 0 { Operation::Contains } else { Operation::NotContains }, 0)?;
            }
            _ => {
                self.check(arg <= 1)?;
                if let Some(if_true) = jump {
                    let is_positive = if_true == (arg == 0);
                    let operation = if is_positive { Operation::JumpIfIs } else { Operation::JumpIfIsNot };
                    return self.fused_jump::<2>(operation, 0);
                }
                self.binary(if arg == 0 { Operation::Is } else { Operation::IsNot }, 0)?;
            }
        }
        Ok(true)
    }

    /// A conditional jump for the current test and the jump after it.
    fn fused_jump<const N: usize>(&mut self, operation: Operation, a: u32) -> Result<bool> {
        self.index += 1;
        self.conditional_jump::<N>(operation, a)
    }

    /// A jump to the target of the current instruction on N operands.
    fn conditional_jump<const N: usize>(&mut self, operation: Operation, a: u32) -> Result<bool> {
        let target = self.jump_target()?;
        let operands = self.stack.operands::<N>()?;
        self.stack.load_all();
        let draft = Draft::new(operation).a(a);
        let fields = [Field::B, Field::C];
        let draft = operands.iter().zip(fields).fold(draft, |d, (&o, f)| d.operand(f, o));
        self.stack.emit_jump(&draft, target);
        Ok(true)
    }

    fn jump_target(&self) -> Result<usize> {
        self.bytecode.target(self.index).map_err(|error| error.kind)
    }

    fn jump(&mut self, instruction: StackInstruction) -> Result<bool> {
        match instruction.opcode {
            Opcode::POP_JUMP_IF_TRUE => return self.conditional_jump::<1>(Operation::JumpIfTrue, 0),
            Opcode::POP_JUMP_IF_FALSE => return self.conditional_jump::<1>(Operation::JumpIfFalse, 0),
            Opcode::POP_JUMP_IF_NONE => return self.conditional_jump::<1>(Operation::JumpIfNone, 0),
            Opcode::POP_JUMP_IF_NOT_NONE => return self.conditional_jump::<1>(Operation::JumpIfNotNone, 0),
            _ => {}
        }
        let target = self.jump_target()?;
        match instruction.opcode {
            Opcode::FOR_ITER => {
                self.stack.load_all();
                let iterator = self.stack.index_from_top(1)?;
                let iterator = self.stack.register(iterator);
                let draft = Draft::new(Operation::ForIter).b(iterator);
                self.stack.define_jumping(draft, target)?;
                Ok(true)
            }
            Opcode::SEND => {
                let [value] = self.stack.operands()?;
                self.stack.load_all();
                let receiver = self.stack.index_from_top(1)?;
                let draft = Draft::new(Operation::Send).a(self.stack.next_register());
                let draft = draft.b(self.stack.register(receiver)).operand(Field::C, value);
                self.stack.emit_jump(&draft, target);
                self.stack.push(Entry::Slot)?;
                Ok(true)
            }
            opcode => {
                self.stack.load_all();
                let is_backward = opcode == Opcode::JUMP_BACKWARD;
                let operation = if is_backward { Operation::JumpBackward } else { Operation::Jump };
                self.stack.emit_jump(&Draft::new(operation), target);
                Ok(false)
            }
        }
    }

    fn cell(&mut self, instruction: StackInstruction) -> Result<()> {
        let arg = instruction.arg;
        if instruction.opcode == Opcode::COPY_FREE_VARS {
            self.check(arg <= self.code.nlocalsplus)?;
            self.stack.load_all();
            self.stack.emit(&Draft::new(Operation::CopyFreeVars).b(arg));
            return Ok(());
        }
        let local = self.local(arg)?;
        match instruction.opcode {
            Opcode::MAKE_CELL => {
                self.stack.protect(local);
                self.stack.emit(&Draft::new(Operation::MakeCell).a(local));
            }
            Opcode::LOAD_DEREF => {
                self.stack.define(Draft::new(Operation::LoadDeref).b(local))?;
            }
            Opcode::STORE_DEREF => {
                let [value] = self.stack.operands()?;
                self.stack.emit(&Draft::new(Operation::StoreDeref).b(local).operand(Field::C, value));
            }
            Opcode::DELETE_DEREF => {
                self.stack.emit(&Draft::new(Operation::DeleteDeref).b(local));
            }
            _ => {
                let [mapping] = self.stack.operands()?;
                let draft = Draft::new(Operation::LoadFromDictOrDeref).operand(Field::B, mapping);
                self.stack.define(draft.c(local))?;
            }
        }
        Ok(())
    }

    fn named(&mut self, instruction: StackInstruction) -> Result<()> {
        let arg = instruction.arg;
        let draft = |operation, name| Draft::new(operation).payload(name);
        match instruction.opcode {
            Opcode::LOAD_GLOBAL => {
                let name = self.name(arg >> 1)?;
                if arg & 1 == 0 {
                    self.stack.define(draft(Operation::LoadGlobal, name))?;
                } else {
                    self.stack.define_window(draft(Operation::LoadGlobalCallable, name), 2)?;
                }
            }
            Opcode::LOAD_ATTR => {
                let name = self.name(arg >> 1)?;
                let [owner] = self.stack.operands()?;
                if arg & 1 == 0 {
                    self.stack.define(draft(Operation::LoadAttr, name).operand(Field::B, owner))?;
                } else {
                    self.stack
                        .define_window(draft(Operation::LoadMethod, name).operand(Field::B, owner), 2)?;
                }
            }
            Opcode::LOAD_SUPER_ATTR => {
                let name = self.name(arg >> 2)?;
                let base = self.stack.window(3)?;
                let explicit = arg >> 1 & 1;
                if arg & 1 == 0 {
                    self.stack.define(draft(Operation::LoadSuperAttr, name).b(base).c(explicit))?;
                } else {
                    let draft = draft(Operation::LoadSuperMethod, name).b(base).c(explicit);
                    self.stack.define_window(draft, 2)?;
                }
            }
            opcode => {
                let name = self.name(arg)?;
                self.named_plainly(opcode, name)?;
            }
        }
        Ok(())
    }

    /// Instructions whose argument is just a name.
    fn named_plainly(&mut self, opcode: Opcode, name: u32) -> Result<()> {
        let draft = |operation| Draft::new(operation).payload(name);
        match opcode {
            Opcode::LOAD_NAME => {
                self.stack.define(draft(Operation::LoadName))?;
            }
            Opcode::LOAD_FROM_DICT_OR_GLOBALS => {
                let [mapping] = self.stack.operands()?;
                self.stack.define(draft(Operation::LoadFromDictOrGlobals).operand(Field::B, mapping))?;
            }
            Opcode::STORE_GLOBAL | Opcode::STORE_NAME | Opcode::DELETE_ATTR => {
                let operation = match opcode {
                    Opcode::STORE_GLOBAL => Operation::StoreGlobal,
                    Opcode::STORE_NAME => Operation::StoreName,
                    _ => Operation::DeleteAttr,
                };
                let [operand] = self.stack.operands()?;
                self.stack.emit(&draft(operation).operand(Field::B, operand));
            }
            Opcode::DELETE_GLOBAL => {
                self.stack.emit(&draft(Operation::DeleteGlobal));
            }
            Opcode::DELETE_NAME => {
                self.stack.emit(&draft(Operation::DeleteName));
            }
            Opcode::STORE_ATTR => {
                let [value, owner] = self.stack.operands()?;
                let draft = draft(Operation::StoreAttr).operand(Field::B, owner);
                self.stack.emit(&draft.operand(Field::C, value));
            }
            Opcode::IMPORT_NAME => self.binary(Operation::ImportName, name)?,
            _ => {
                let module = self.stack.index_from_top(1)?;
                let module = self.stack.peek(module)?;
                self.stack.define(draft(Operation::ImportFrom).b(module))?;
            }
        }
        Ok(())
    }

    /// Leaves the frame for a while; everything is in its register then.
    fn suspend(&mut self, instruction: StackInstruction) -> Result<()> {
        let mut draft = Draft::new(Operation::ReturnGenerator);
        if instruction.opcode == Opcode::YIELD_VALUE {
            let [value] = self.stack.operands()?;
            draft = Draft::new(Operation::Yield).operand(Field::B, value).c(instruction.arg);
        }
        self.stack.load_all();
        self.stack.emit(&draft.a(self.stack.next_register()));
        self.stack.push(Entry::Slot)
    }

    fn reraise(&mut self, arg: u32) -> Result<()> {
        let [exception] = self.stack.operands()?;
        let draft = Draft::new(Operation::Reraise).operand(Field::B, exception);
        if arg == 0 {
            self.stack.emit(&draft);
            return Ok(());
        }
        let lasti = self.stack.index_from_top(arg)?;
        let lasti = self.stack.peek(lasti)?;
        self.stack.emit(&Draft { operation: Operation::ReraiseLasti, ..draft }.c(lasti));
        Ok(())
    }

    /// Instructions of exception handlers.
    fn exception(&mut self, instruction: StackInstruction) -> Result<()> {
        match instruction.opcode {
            Opcode::PUSH_EXC_INFO => {
                let base = self.stack.window(1)?;
                self.stack.define_window(Draft::new(Operation::PushExcInfo).b(base), 2)?;
            }
            Opcode::POP_EXCEPT => self.consume::<1>(Operation::PopExcept)?,
            Opcode::CHECK_EXC_MATCH => {
                let [class] = self.stack.operands()?;
                let exception = self.stack.index_from_top(1)?;
                let draft = Draft::new(Operation::CheckExcMatch).b(self.stack.peek(exception)?);
                self.stack.define(draft.operand(Field::C, class))?;
            }
            Opcode::CHECK_EG_MATCH => {
                let [exception, class] = self.stack.operands()?;
                let draft = Draft::new(Operation::CheckEgMatch).operand(Field::B, exception);
                self.stack.define_window(draft.operand(Field::C, class), 2)?;
            }
            Opcode::WITH_EXCEPT_START => {
                let first = self.stack.load_window(5)?;
                let base = self.stack.register(first);
                self.stack.define(Draft::new(Operation::WithExceptStart).b(base))?;
            }
            Opcode::CLEANUP_THROW => {
                let base = self.stack.window(3)?;
                self.stack.define_window(Draft::new(Operation::CleanupThrow).b(base), 2)?;
            }
            _ => self.consume::<2>(Operation::EndAsyncFor)?,
        }
        Ok(())
    }

    fn finish(self) -> std::result::Result<RegisterCode, LowerError> {
        let mut emitter = self.stack.emitter;
        emitter.place_jumps(&self.pcs).map_err(|kind| LowerError { kind, unit: 0 })?;
        let mut code = self.code;
        code.words = emitter.words;
        code.positions = emitter.positions;
        for entry in &self.bytecode.entries {
            let start = code.pc_of(entry.start) as u32;
            let end = code.pc_of(entry.end) as u32;
            let target = self.bytecode.index_at(entry.target).map_or(u32::MAX, |index| self.pcs[index]);
            // Where the range or the handler is never reached there is nothing to handle.
            if start < end && target != u32::MAX {
                code.handlers.push(Handler { start, end, target, depth: entry.depth, lasti: entry.lasti });
            }
        }
        Ok(code)
    }
}

fn truth_jump(if_true: bool) -> Operation {
    if if_true { Operation::JumpIfTrue } else { Operation::JumpIfFalse }
}
