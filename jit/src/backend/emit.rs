//! From an optimised trace to Cranelift's IR: the state of the walk, one `match` over all operations.
//!
//! The trace is linear but for sides, which begin at a failing guard and end in the loop's head or leave; guards split
//! blocks, and only they, floats that may be boxed and counts make others. What a value
//! is in Cranelift: `Int`, `Value` and `Pointer` are I64, `Float` is F64, `Bool` is I8 with 0 or 1. The other files of
//! this folder have the arms of a family each.

use super::exits::Pending;
use super::shelter::{self, Copies, Segment};
use super::thunks::Thunk;
use super::words::FLOAT_BIAS;
use super::{CompileError, Surroundings};
use crate::context::Context;
use crate::ir::trace::HANDLED;
use crate::ir::{Constant, Instruction, Op, Reference, Trace, Type};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, SigRef, Signature, StackSlot, StackSlotData,
    StackSlotKind, Type as ClifType, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use runtime::frame::Frame;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Helper};
use std::mem::offset_of;
use std::rc::Rc;

/// Memory operations are on addresses that exist.
pub(super) const TRUSTED: MemFlagsData = MemFlagsData::trusted();

/// Rounds of a loop that counts until it looks at the eval breaker again.
const ROUNDS_WITHOUT_POLL: i64 = 1024;

/// How many float constants a loop keeps in registers.
const HOISTED_FLOATS: usize = 8;

/// The signature of traces: `fn(context, base) -> exit code`.
pub(super) fn trace_signature() -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.extend([AbiParam::new(types::I64); 2]);
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

/// What a type is in Cranelift.
pub(super) fn clif_type(ty: Type) -> ClifType {
    match ty {
        Type::Float => types::F64,
        Type::Bool => types::I8,
        Type::None | Type::Int | Type::Value | Type::Pointer => types::I64,
    }
}

pub(super) struct Emitter<'a, 'f> {
    pub b: FunctionBuilder<'f>,
    pub trace: &'a Trace,
    pub surroundings: &'a Surroundings<'a>,
    /// The address of the `Context`, here.
    pub context: Value,
    /// The address of slot 0, here.
    pub base: Value,
    /// Both, at the start.
    pub parameters: (Value, Value),
    pub signature: SigRef,
    /// The results of the instructions so far, here.
    pub values: Vec<Option<Value>>,
    /// What `values` were before they were copied.
    pub originals: Vec<(usize, Value)>,
    pub copies: Rc<Copies>,
    pub sets_of_copies: usize,
    pub segments: Vec<Segment>,
    /// The segment that is being emitted.
    pub segment: usize,
    /// Instructions that only exits, sides and the next round need: they do them themselves.
    pub late: Vec<bool>,
    /// The limit up to which the loop's counter goes without a poll.
    near_limit: Option<Value>,
    /// Instructions whose result is known to be a heap object.
    pub is_object: Vec<bool>,
    /// Instructions whose result is likely a float. Only the layout of code depends on it.
    pub is_float: Vec<bool>,
    /// Float constants that a loop keeps in registers, by constant number.
    hoisted: Vec<(usize, Value)>,
    /// What a loop keeps at hand besides.
    kept: Kept,
    /// The instruction that is being emitted.
    pub at: usize,
    pub pending_exits: Vec<Pending>,
    /// Signatures of helpers met so far.
    pub helper_signatures: Vec<(Helper, SigRef)>,
    pub thunk_signatures: Vec<(Thunk, SigRef)>,
    /// Room for the longest list of arguments.
    pub rest: Option<StackSlot>,
    /// Room for words that die together, and how many those are.
    deaths: Option<(StackSlot, usize)>,
    pub header: Option<Block>,
    /// The first block that can be jumped to: where a link to the trace itself goes.
    pub start: Block,
    /// The sides.
    sides: Vec<Side>,
}

/// What code in a loop would else make or load anew at each use.
#[derive(Clone, Copy, Default)]
struct Kept {
    /// The thread.
    thread: Option<Value>,
    /// Added to the rotated bits of an inline float's word, these are the double; in a vector, of which there are plenty.
    unbias: Option<Value>,
}

/// Cheap instructions of a loop whose results its trunk has no use for, but in the next round.
fn late(trace: &Trace) -> Vec<bool> {
    let instructions = &trace.instructions;
    let mut late = vec![false; instructions.len()];
    let Some(head) = instructions.iter().position(|i| i.op == Op::Loop) else { return late };
    let end = instructions.iter().position(|i| i.op == Op::Side).unwrap_or(instructions.len());
    let mut used = vec![false; instructions.len()];
    for at in (head..end).rev() {
        let i = &instructions[at];
        // No more than one value of the loop lives longer for it.
        let lasts = |r: Reference| r.is_constant() || r.index() < head;
        late[at] = matches!(i.op, Op::AddInt | Op::SubInt) && !used[at] && (lasts(i.a) || lasts(i.b));
        if late[at] || i.op == Op::Phi {
            continue;
        }
        let list = if i.op.has_list() { trace.arguments_of(i) } else { &[] };
        for reference in i.operands().chain(list.iter().copied()) {
            if !reference.is_constant() && !reference.is_none() {
                used[reference.index()] = true;
            }
        }
    }
    late
}

/// A side that is still to be emitted.
struct Side {
    guard: usize,
    block: Block,
    /// `is_object` as of the guard.
    is_object: Vec<bool>,
    near_limit: Option<Value>,
    copies: Rc<Copies>,
}

impl<'a, 'f> Emitter<'a, 'f> {
    pub fn new(mut b: FunctionBuilder<'f>, trace: &'a Trace, surroundings: &'a Surroundings<'a>) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let parameters = b.block_params(entry).to_vec();
        let signature = b.import_signature(trace_signature());
        let start = b.create_block();
        b.ins().jump(start, &[parameters[0].into(), parameters[1].into()]);
        b.switch_to_block(start);
        let context = b.append_block_param(start, types::I64);
        let base = b.append_block_param(start, types::I64);
        let sides = trace.instructions.iter().filter(|i| i.op == Op::Side);
        let sides: Vec<usize> = sides.map(|i| i.immediate as usize).collect();
        let sides = sides.into_iter().map(|guard| Side {
            guard,
            block: b.create_block(),
            is_object: Vec::new(),
            near_limit: None,
            copies: Rc::default(),
        });
        let sides = sides.collect();
        let count = trace.instructions.len();
        Emitter {
            b,
            trace,
            surroundings,
            context,
            base,
            signature,
            parameters: (context, base),
            values: vec![None; count],
            originals: Vec::new(),
            copies: Rc::default(),
            sets_of_copies: 0,
            segments: match surroundings.countdown {
                // Code that is made quickly keeps no register from block to block.
                Some(_) => Vec::new(),
                None => shelter::segments(trace, surroundings.can_round),
            },
            segment: 0,
            late: late(trace),
            near_limit: None,
            is_object: vec![false; count],
            is_float: vec![false; count],
            hoisted: Vec::new(),
            kept: Kept::default(),
            at: 0,
            pending_exits: Vec::new(),
            helper_signatures: Vec::new(),
            thunk_signatures: Vec::new(),
            rest: None,
            deaths: None,
            header: None,
            start,
            sides,
        }
    }

    /// Emits the whole function.
    pub fn emit(mut self) -> Result<FunctionBuilder<'f>, CompileError> {
        while self.at < self.trace.instructions.len() {
            self.shelter();
            if self.late[self.at] {
                self.at += 1;
                continue;
            }
            let instruction = self.trace.instructions[self.at];
            let result = self.instruction(&instruction)?;
            if let Some(value) = result {
                self.values[self.at] = Some(value);
            }
            self.at += 1;
        }
        self.emit_exits()?;
        self.b.seal_all_blocks();
        Ok(self.b)
    }

    /// Whether the float constants that the loop keeps are at hand.
    fn hoists(&self) -> bool {
        !self.copies.sheltered
            && match self.segments.get(self.segment) {
                Some(segment) => segment.in_loop && self.header.is_some(),
                None => false,
            }
    }

    /// Cranelift makes constants anew at each use; floats in a loop are better kept.
    fn hoist_floats(&mut self) {
        for instruction in &self.trace.instructions[self.at..] {
            if matches!(instruction.op, Op::Phi | Op::Call) {
                continue;
            }
            for operand in instruction.operands() {
                let Some(Constant::Float(bits)) = self.trace.as_constant(operand) else { continue };
                let index = operand.constant_index();
                let is_new = self.hoisted.iter().all(|h| h.0 != index);
                if *bits != 0 && is_new && self.hoisted.len() < HOISTED_FLOATS {
                    let bits = self.b.ins().iconst(types::I64, *bits as i64);
                    let value = self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits);
                    self.hoisted.push((index, value));
                }
            }
        }
    }

    /// What polls and floats in the loop need.
    fn keep_for_loop(&mut self) {
        let rest = &self.trace.instructions[self.at..];
        let unboxes = |i: &Instruction| matches!(i.op, Op::GuardFloat | Op::UnboxFloat | Op::BoxFloat);
        if rest.iter().any(|i| i.op == Op::GuardPoll) {
            self.kept.thread = Some(self.thread());
        }
        if rest.iter().any(unboxes) {
            let bits = self.int(FLOAT_BIAS.wrapping_neg());
            self.kept.unbias = Some(self.b.ins().scalar_to_vector(types::I64X2, bits));
        }
    }

    /// The thread, to look at its eval breaker.
    fn thread_to_poll(&mut self) -> Value {
        match self.kept.thread {
            Some(thread) if self.hoists() => thread,
            _ => self.thread(),
        }
    }

    /// The vector that an inline float's rotated bits are added to, if it is at hand.
    pub fn unbias(&self) -> Option<Value> {
        self.kept.unbias.filter(|_| self.hoists())
    }

    /// The block of the side that the present guard leads to, if it has one.
    pub fn side_block(&mut self) -> Option<Block> {
        let at = self.at;
        let side = self.sides.iter_mut().find(|s| s.guard == at)?;
        side.is_object.clone_from(&self.is_object);
        side.near_limit = self.near_limit;
        side.copies = self.copies.clone();
        Some(side.block)
    }

    /// Whether the present guard leads to a side.
    pub fn has_side(&self) -> bool {
        self.sides.iter().any(|s| s.guard == self.at)
    }

    fn begin_side(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let guard = i.immediate as usize;
        let side = self.sides.iter_mut().find(|s| s.guard == guard);
        let side = side.ok_or(CompileError::Malformed("a side without a guard"))?;
        self.is_object = std::mem::take(&mut side.is_object);
        self.is_object.resize(self.trace.instructions.len(), false);
        self.near_limit = side.near_limit;
        self.b.switch_to_block(side.block);
        let copies = std::mem::take(&mut side.copies);
        self.enter_segment(copies);
        Ok(())
    }

    pub fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    /// The Cranelift value of an operand.
    pub fn operand(&mut self, reference: Reference) -> Result<Value, CompileError> {
        if !reference.is_constant() {
            if self.late.get(reference.index()) == Some(&true) {
                let instruction = self.trace.instructions[reference.index()];
                return self.int_arithmetic(&instruction);
            }
            let value = self.values.get(reference.index()).copied().flatten();
            return value.ok_or(CompileError::Malformed("an operand that isn't defined"));
        }
        let index = reference.constant_index();
        if self.hoists()
            && let Some((_, value)) = self.hoisted.iter().find(|h| h.0 == index)
        {
            return Ok(*value);
        }
        let Some(constant) = self.trace.as_constant(reference) else {
            return Err(CompileError::Malformed("a constant that doesn't exist"));
        };
        Ok(match constant {
            Constant::Float(bits) => self.b.ins().f64const(f64::from_bits(*bits)),
            Constant::Bool(b) => self.b.ins().iconst(types::I8, i64::from(*b)),
            other => self.b.ins().iconst(types::I64, other.bits() as i64),
        })
    }

    /// The number of an operand that is a constant int.
    pub fn constant_int(&self, reference: Reference) -> Option<i64> {
        match self.trace.as_constant(reference) {
            Some(Constant::Int(i)) => Some(*i),
            _ => None,
        }
    }

    /// Gives the result of an instruction that is emitted together with the present one.
    pub fn define(&mut self, index: usize, value: Value) {
        self.values[index] = Some(value);
    }

    pub fn int(&mut self, i: i64) -> Value {
        self.b.ins().iconst(types::I64, i)
    }

    pub fn load_word(&mut self, address: Value, offset: usize) -> Value {
        self.b.ins().load(types::I64, TRUSTED, address, offset as i32)
    }

    pub fn thread(&mut self) -> Value {
        self.load_word(self.context, offset_of!(Context, thread))
    }

    /// Goes on in a new block, which gets the value.
    pub fn join(&mut self, join: Block, value: Value) {
        self.b.ins().jump(join, &[BlockArg::Value(value)]);
    }

    /// Room on the machine stack for a list of `count` words.
    pub fn rest_slot(&mut self, count: usize) -> StackSlot {
        if let Some(slot) = self.rest {
            return slot;
        }
        let longest =
            self.trace.instructions.iter().filter(|i| i.op == Op::Call).map(|i| i.b.0.max(0) as usize);
        let calls_itself =
            |site: &&super::Site| self.trace.instructions[site.instruction as usize].op == Op::CallItself;
        let saved = self.surroundings.sites.iter().filter(calls_itself).map(|site| site.live.len());
        let bytes = longest.chain(saved).max().unwrap_or(0).max(count) * 8;
        let slot =
            self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes as u32, 3));
        self.rest = Some(slot);
        slot
    }

    /// Room on the machine stack for `count` words that die together.
    pub fn deaths_slot(&mut self, count: usize) -> StackSlot {
        match self.deaths {
            Some((slot, room)) if room >= count => slot,
            _ => {
                let data = StackSlotData::new(StackSlotKind::ExplicitSlot, count as u32 * 8, 3);
                let slot = self.b.create_sized_stack_slot(data);
                self.deaths = Some((slot, count));
                slot
            }
        }
    }

    fn instruction(&mut self, i: &Instruction) -> Result<Option<Value>, CompileError> {
        self.force_exit(i)?;
        let value = match i.op {
            Op::AddInt | Op::SubInt | Op::AndInt | Op::OrInt | Op::XorInt => self.int_arithmetic(i)?,
            Op::ShiftLeft | Op::ShiftRight => self.shift(i)?,
            Op::FloorDivide => self.floor_divide(i)?,
            Op::Modulo => self.modulo(i)?,
            Op::MulChecked => self.multiply(i)?,
            Op::CheckInt => return self.check_int(i).map(|()| None),
            Op::CheckShift => return self.check_shift(i).map(|()| None),
            Op::MinInt => self.select_int(IntCC::SignedLessThan, i)?,
            Op::MaxInt => self.select_int(IntCC::SignedGreaterThan, i)?,

            Op::EqInt | Op::EqValue | Op::EqPointer => self.compare_int(IntCC::Equal, i)?,
            Op::NeInt => self.compare_int(IntCC::NotEqual, i)?,
            Op::LtInt => self.compare_int(IntCC::SignedLessThan, i)?,
            Op::LeInt => self.compare_int(IntCC::SignedLessThanOrEqual, i)?,
            Op::LtUnsigned => self.compare_int(IntCC::UnsignedLessThan, i)?,
            Op::EqFloat => self.compare_float(FloatCC::Equal, i)?,
            Op::NeFloat => self.compare_float(FloatCC::NotEqual, i)?,
            Op::LtFloat => self.compare_float(FloatCC::LessThan, i)?,
            Op::LeFloat => self.compare_float(FloatCC::LessThanOrEqual, i)?,
            Op::NotBool => {
                let a = self.operand(i.a)?;
                self.b.ins().bxor_imm_u(a, 1)
            }

            Op::AddFloat | Op::SubFloat | Op::MulFloat | Op::DivFloat => self.float_arithmetic(i)?,
            Op::NegFloat | Op::AbsFloat | Op::SqrtFloat | Op::FloorFloat | Op::CeilFloat | Op::TruncFloat => {
                self.float_function(i)?
            }
            Op::IntToFloat => {
                let a = self.operand(i.a)?;
                self.b.ins().fcvt_from_sint(types::F64, a)
            }
            Op::FloatToInt => self.float_to_int(i)?,

            Op::BoxInt => {
                let a = self.operand(i.a)?;
                self.b.ins().ishl_imm_u(a, 1)
            }
            Op::BoxFloat => self.box_float(i)?,
            Op::BoxBool => self.box_bool(i)?,
            Op::UnboxInt => {
                let a = self.operand(i.a)?;
                self.b.ins().sshr_imm_u(a, 1)
            }
            Op::UnboxFloat => self.unbox_float(i)?,
            Op::UnboxBool => self.unbox_bool(i)?,
            Op::IntOfBool => {
                let a = self.operand(i.a)?;
                self.b.ins().uextend(types::I64, a)
            }
            Op::Address => {
                let a = self.operand(i.a)?;
                self.b.ins().iadd_imm_s(a, -1)
            }

            Op::GuardTrue => return self.guard_truth(i, true).map(|()| None),
            Op::GuardFalse => return self.guard_truth(i, false).map(|()| None),
            Op::GuardInt => return self.guard_int(i).map(|()| None),
            Op::GuardAnyInt => return self.guard_any_int(i).map(|()| None),
            Op::GuardFloat => return self.guard_float(i).map(|()| None),
            Op::GuardBool => return self.guard_bool(i).map(|()| None),
            Op::GuardType => return self.guard_type(i).map(|()| None),
            Op::GuardIs => return self.guard_is(IntCC::NotEqual, i).map(|()| None),
            Op::GuardIsNot => return self.guard_is(IntCC::Equal, i).map(|()| None),
            Op::GuardBelow => return self.guard_below(i).map(|()| None),
            Op::GuardPoll => return self.guard_poll().map(|()| None),
            Op::GuardRoom => return self.guard_room(i).map(|()| None),
            Op::GuardUnseen => return self.guard_unseen().map(|()| None),

            Op::LoadField => self.load_field(i)?,
            Op::StoreField => return self.store_field(i).map(|()| None),
            Op::LoadItem => self.load_item(i)?,
            Op::StoreItem => return self.store_item(i).map(|()| None),
            Op::LoadNumber | Op::LoadReal => self.load_element(i)?,
            Op::StoreNumber | Op::StoreReal => return self.store_element(i).map(|()| None),
            Op::LoadOffset | Op::LoadAddress => {
                let a = self.operand(i.a)?;
                self.load_word(a, i.immediate as usize)
            }
            Op::StoreOffset | Op::StoreAddress => {
                let (a, b) = (self.operand(i.a)?, self.operand(i.b)?);
                self.b.ins().store(TRUSTED, b, a, i.immediate as i32);
                return Ok(None);
            }

            Op::IncRef => return self.inc_ref(i).map(|()| None),
            Op::DecRef => return self.dec_ref(i).map(|()| None),
            Op::Call => return self.call(i),

            Op::LoadSlot if i.immediate == HANDLED => {
                let thread = self.thread();
                self.load_word(thread, offset_of!(Thread, handled))
            }
            Op::StoreSlot if i.immediate == HANDLED => {
                let (thread, word) = (self.thread(), self.operand(i.a)?);
                self.b.ins().store(TRUSTED, word, thread, offset_of!(Thread, handled) as i32);
                return Ok(None);
            }
            Op::LoadSlot => self.load_word(self.base, i.immediate as usize * 8),
            Op::RootGenerator => {
                let thread = self.thread();
                let frame = self.load_word(thread, offset_of!(Thread, frame));
                self.load_word(frame, offset_of!(Frame, generator))
            }
            Op::StoreSlot => {
                let a = self.operand(i.a)?;
                self.b.ins().store(TRUSTED, a, self.base, i.immediate as i32 * 8);
                return Ok(None);
            }
            Op::Import => self.import(i),
            Op::PushFrame => return self.push_frame(i).map(|()| None),
            Op::PushGenerator => return self.push_generator(i).map(|()| None),
            Op::PopGenerator => return self.pop_generator(i).map(|()| None),
            Op::FinishGenerator => return self.finish_generator().map(|()| None),
            Op::PopFrame => return self.pop_frame(i).map(|()| None),
            Op::CallTrace => self.call_trace(i)?,
            Op::CallItself => self.call_itself(i)?,
            Op::Return => return self.return_value(i).map(|()| None),
            Op::SavePc => return self.save_pc(i).map(|()| None),
            Op::Traceback => return self.traceback(i).map(|()| None),
            Op::Unwind => {
                self.unwind(i)?;
                return Ok(None);
            }
            Op::Step => return self.step(i).map(|()| None),

            Op::Loop => return self.enter_loop().map(|()| None),
            Op::Phi | Op::Virtual => return Ok(None),
            Op::Repeat => return self.repeat().map(|()| None),
            Op::Side => return self.begin_side(i).map(|()| None),
            Op::Rejoin => return self.rejoin(i).map(|()| None),
            Op::Link => return self.link(i).map(|()| None),
            Op::Exit => {
                let block = self.exit_block()?;
                self.b.ins().jump(block, &[]);
                return Ok(None);
            }

            Op::At
            | Op::Behind
            | Op::GetSlot
            | Op::SetSlot
            | Op::DropSlot
            | Op::Clear
            | Op::InitSlot
            | Op::LentBy
            | Op::KnownInt
            | Op::KnownType
            | Op::Sole
            | Op::Own
            | Op::Enter
            | Op::Depart
            | Op::Leave
            | Op::Resume
            | Op::Create
            | Op::Suspend
            | Op::Suspended
            | Op::Finish
            | Op::Sync
            | Op::Forget => return Err(CompileError::Malformed("an instruction of recorded traces")),
        };
        Ok(Some(value))
    }

    fn import(&mut self, i: &Instruction) -> Value {
        let offset = (offset_of!(Context, buffer) + i.immediate as usize * 8) as i32;
        let ty = clif_type(i.ty);
        self.b.ins().load(ty, TRUSTED, self.context, offset)
    }

    /// The phis that follow the present instruction.
    fn phis(&self, from: usize) -> std::ops::Range<usize> {
        let count = self.trace.instructions[from..].iter().take_while(|i| i.op == Op::Phi).count();
        from..from + count
    }

    fn phi_arguments(&mut self, side: fn(&Instruction) -> Reference) -> Result<Vec<BlockArg>, CompileError> {
        let start = self.trace.instructions.iter().position(|i| i.op == Op::Loop).unwrap_or(0);
        let phis = &self.trace.instructions[self.phis(start + 1)];
        self.phi_values(&phis.iter().map(side).collect::<Vec<_>>())
    }

    fn enter_loop(&mut self) -> Result<(), CompileError> {
        let header = self.b.create_block();
        let arguments = self.phi_arguments(|phi| phi.a)?;
        if !self.segments.is_empty() {
            self.shelter_loop();
            self.hoist_floats();
            self.keep_for_loop();
        }
        let mut arguments = arguments;
        arguments.extend(self.first_near_limit()?);
        self.b.ins().jump(header, &arguments);
        for phi in self.phis(self.at + 1) {
            let value = self.b.append_block_param(header, clif_type(self.trace.instructions[phi].ty));
            self.define(phi, value);
        }
        self.near_limit = (arguments.len() > self.phis(self.at + 1).len())
            .then(|| self.b.append_block_param(header, types::I64));
        self.b.switch_to_block(header);
        self.header = Some(header);
        Ok(())
    }

    fn repeat(&mut self) -> Result<(), CompileError> {
        let header = self.header.ok_or(CompileError::Malformed("Repeat without Loop"))?;
        let mut arguments = self.phi_arguments(|phi| phi.b)?;
        arguments.extend(self.near_limit.map(BlockArg::Value));
        self.b.ins().jump(header, &arguments);
        Ok(())
    }

    fn rejoin(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let header = self.header.ok_or(CompileError::Malformed("Rejoin without Loop"))?;
        let trace = self.trace;
        let mut arguments = self.phi_values(trace.arguments_of(i))?;
        if let Some(near) = self.near_limit {
            let copy = if self.copies.sheltered { self.copy(near, Type::Int) } else { None };
            arguments.push(BlockArg::Value(copy.unwrap_or(near)));
        }
        self.b.ins().jump(header, &arguments);
        Ok(())
    }

    /// Of the loop's limit: whether its counter rises to it, and the counter and the limit.
    fn limited(&self, guard: &Instruction) -> (bool, Reference, Reference) {
        let head = self.trace.instructions.iter().position(|i| i.op == Op::Loop).unwrap_or(0);
        let changes = |r: Reference| !r.is_constant() && r.index() > head;
        if changes(guard.a) { (true, guard.a, guard.b) } else { (false, guard.b, guard.a) }
    }

    /// The first limit that the loop's guard compares with, if it polls.
    fn first_near_limit(&mut self) -> Result<Option<BlockArg>, CompileError> {
        let guard = self.trace.instructions[self.at..].iter().find(|i| i.op == Op::GuardBelow);
        let Some(guard) = guard.filter(|guard| guard.immediate > 0).copied() else { return Ok(None) };
        let (rises, counter, limit) = self.limited(&guard);
        let first = self.trace.instructions[counter.index()].a;
        let (first, limit) = (self.operand(first)?, self.operand(limit)?);
        Ok(Some(BlockArg::Value(self.near_limit(rises, guard.immediate, first, limit))))
    }

    /// So many rounds further, but not behind the limit.
    fn near_limit(&mut self, rises: bool, step: u32, counter: Value, limit: Value) -> Value {
        let way = i64::from(step) * ROUNDS_WITHOUT_POLL;
        let (way, condition) =
            if rises { (way, IntCC::SignedLessThan) } else { (-way, IntCC::SignedGreaterThan) };
        let near = self.b.ins().iadd_imm_s(counter, way);
        let is_nearer = self.b.ins().icmp(condition, near, limit);
        self.b.ins().select(is_nearer, near, limit)
    }

    /// Compares with the near limit alone. Behind that lie the poll, and the loop's own condition, whose guard follows.
    fn guard_below(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let (rises, counter, limit) = self.limited(i);
        let (below, beyond) = match rises {
            true => (IntCC::SignedLessThan, IntCC::SignedGreaterThanOrEqual),
            false => (IntCC::SignedGreaterThan, IntCC::SignedLessThanOrEqual),
        };
        let (counter, limit) = (self.operand(counter)?, self.operand(limit)?);
        let exit = self.exit_block()?;
        let (next, cold) = (self.b.create_block(), self.cold_block());
        let near = self.near_limit.filter(|_| i.immediate > 0);
        // The code generator puts what follows a branch not taken next: that shall be the loop.
        let is_beyond = self.b.ins().icmp(beyond, counter, near.unwrap_or(limit));
        self.b.ins().brif(is_beyond, cold, &[], next, &[]);
        self.b.switch_to_block(cold);
        if let (Some(_), Some(header)) = (near, self.header) {
            let (poll, far, over) = (self.cold_block(), self.cold_block(), self.cold_block());
            let is_below = self.b.ins().icmp(below, counter, limit);
            self.b.ins().brif(is_below, poll, &[], over, &[]);
            self.b.switch_to_block(poll);
            self.count_rounds(ROUNDS_WITHOUT_POLL)?;
            let thread = self.thread();
            let breaker =
                self.b.ins().load(types::I32, TRUSTED, thread, Field::ThreadEvalBreaker.offset() as i32);
            self.b.ins().brif(breaker, exit, &[], far, &[]);
            self.b.switch_to_block(far);
            // Back to the head with all as it is: nothing has happened since.
            let near = self.near_limit(rises, i.immediate, counter, limit);
            let phis = self.trace.instructions.iter().enumerate().filter(|(_, i)| i.op == Op::Phi);
            let values: Vec<Option<Value>> = phis.map(|(phi, _)| self.values[phi]).collect();
            let mut arguments: Vec<BlockArg> = values.into_iter().flatten().map(BlockArg::Value).collect();
            arguments.push(BlockArg::Value(near));
            self.b.ins().jump(header, &arguments);
            self.b.switch_to_block(over);
        }
        self.at += 1;
        let guard = self.trace.instructions[self.at];
        let condition = self.operand(guard.a)?;
        let ended = self.exit_block()?;
        match guard.op {
            Op::GuardTrue => self.b.ins().brif(condition, exit, &[], ended, &[]),
            _ => self.b.ins().brif(condition, ended, &[], exit, &[]),
        };
        self.b.switch_to_block(next);
        Ok(())
    }

    fn guard_poll(&mut self) -> Result<(), CompileError> {
        let thread = self.thread_to_poll();
        let offset = Field::ThreadEvalBreaker.offset() as i32;
        let breaker = self.b.ins().load(types::I32, TRUSTED, thread, offset);
        self.count_rounds(1)?;
        self.leave_if(breaker)
    }

    /// Counts rounds of code that was made quickly; leaves if those were enough.
    fn count_rounds(&mut self, rounds: i64) -> Result<(), CompileError> {
        let Some(countdown) = self.surroundings.countdown else { return Ok(()) };
        let place = self.int(countdown as i64);
        let count = self.b.ins().load(types::I32, TRUSTED, place, 0);
        let count = self.b.ins().iadd_imm_s(count, -rounds);
        self.b.ins().store(TRUSTED, count, place, 0);
        let is_over = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
        self.leave_if(is_over)
    }
}
