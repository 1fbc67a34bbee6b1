//! Frames: pushing and popping them, calls of traces for them, returns.
//!
//! What the interpreter's `frames::push` and `pop` do is written out here; whatever is unusual (no head is ready, somebody
//! has the frame as an object) is left to the host.
//!
//! A trace gives the exit code of the exit it took, with all that it knows noted in the context; or `RETURNED`: the thread's
//! innermost frame returns `Context::returned` and is to be popped. A trace that called another one goes on only if the
//! innermost frame is the one that it made the call for. Otherwise it gives on what it got: its own frames are in memory.

use super::CompileError;
use super::emit::{Emitter, TRUSTED};
use crate::context::{Caller, Context, ExitCode, RETURNED};
use crate::ir::trace::ITSELF;
use crate::ir::{Constant, Instruction, Op, Type};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use runtime::frame::Frame;
use runtime::object::Header;
use runtime::objects::function::Function;
use runtime::thread::Thread;
use runtime::trace_interface::{FramePlan, host};
use runtime::value::Value as Word;
use std::mem::offset_of;

/// A count's place, seen from the tagged word.
const COUNT: i32 = Header::REFCOUNT_OFFSET as i32 - 1;

impl Emitter<'_, '_> {
    fn store_word(&mut self, value: Value, address: Value, offset: usize) {
        self.b.ins().store(TRUSTED, value, address, offset as i32);
    }

    fn load_half(&mut self, address: Value, offset: usize) -> Value {
        self.b.ins().load(types::I32, TRUSTED, address, offset as i32)
    }

    /// The address of a slot.
    fn slot_address(&mut self, slot: i64) -> Value {
        if slot == 0 { self.base } else { self.b.ins().iadd_imm_s(self.base, slot * 8) }
    }

    pub(super) fn save_pc(&mut self, i: &Instruction) -> Result<(), CompileError> {
        if self.is_start_of_pushed_frame(i) {
            return Ok(());
        }
        let thread = self.thread();
        if !i.a.is_none() {
            let address = self.operand(i.a)?;
            let frame = self.load_word(thread, offset_of!(Thread, frame));
            self.store_word(address, frame, offset_of!(Frame, pc));
            return Ok(());
        }
        let index = self.int(i64::from(i.immediate));
        let arguments = [(types::I64, thread), (types::I64, index)];
        self.call_native(save_pc as *const () as usize, &arguments, None);
        Ok(())
    }

    /// Whether the instruction in front made the frame, with this pc.
    fn is_start_of_pushed_frame(&self, i: &Instruction) -> bool {
        let before = self.at.checked_sub(1).map(|at| self.trace.instructions[at]);
        let plan = before.filter(|push| push.op == Op::PushFrame).and_then(|push| self.frame_plan(&push));
        let here = self.trace.as_constant(i.a).filter(|_| !i.a.is_none());
        plan.zip(here).is_some_and(|(plan, here)| *here == Constant::Pointer(plan.start as usize))
    }

    pub(super) fn push_frame(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let Some(window) = self.trace.windows.get(i.immediate as usize).copied() else {
            return Err(CompileError::Malformed("a window that doesn't exist"));
        };
        let function = self.operand(i.a)?;
        let instance = if i.b.is_none() { None } else { Some(self.operand(i.b)?) };
        let registers = self.slot_address(i64::from(window.base));
        let thread = self.thread();
        let plan = self.frame_plan(i);
        let Some(plan) = plan else {
            return self.push_frame_slowly(i, thread, function, registers, instance);
        };
        let (slow, fast, next) = (self.cold_block(), self.b.create_block(), self.b.create_block());
        let head = self.load_word(thread, offset_of!(Thread, head_top));
        let ready = self.load_word(thread, offset_of!(Thread, head_ready));
        let none = self.b.ins().icmp(IntCC::Equal, head, ready);
        self.b.ins().brif(none, slow, &[], fast, &[]);
        self.b.switch_to_block(slow);
        self.push_frame_slowly(i, thread, function, registers, instance)?;
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(fast);
        self.fill_head(i, thread, head, registers, function, &plan);
        if let Some(instance) = instance {
            self.store_word(instance, head, offset_of!(Frame, extra));
        }
        let above = self.b.ins().iadd_imm_s(head, size_of::<Frame>() as i64);
        self.store_word(above, thread, offset_of!(Thread, head_top));
        self.store_word(head, thread, offset_of!(Thread, frame));
        self.add_to_depth(thread, 1);
        let top = self.slot_address(i64::from(window.base + window.size));
        self.store_word(top, thread, offset_of!(Thread, stack_top));
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
        Ok(())
    }

    fn frame_plan(&self, i: &Instruction) -> Option<FramePlan> {
        let window = &self.trace.windows[i.immediate as usize];
        match (self.trace.as_constant(window.code), self.trace.as_constant(i.c)) {
            (Some(Constant::Value(code)), Some(Constant::Pointer(call))) if !i.c.is_none() => {
                host()?.frame_plan(code.value(), *call as *const u64, window.return_register, !i.b.is_none())
            }
            _ => None,
        }
    }

    /// Writes what a call writes to a free head.
    fn fill_head(
        &mut self,
        i: &Instruction,
        thread: Value,
        head: Value,
        registers: Value,
        function: Value,
        plan: &FramePlan,
    ) {
        let caller = self.load_word(thread, offset_of!(Thread, frame));
        let call = self.int(plan.call as i64);
        self.store_word(call, caller, offset_of!(Frame, pc));
        self.store_word(registers, head, offset_of!(Frame, registers));
        let start = self.int(plan.start as i64);
        self.store_word(start, head, offset_of!(Frame, pc));
        self.store_word(caller, head, offset_of!(Frame, previous));
        let executable = self.int(plan.executable as i64);
        self.store_word(executable, head, offset_of!(Frame, executable));
        let code = self.trace.windows[i.immediate as usize].code;
        let code = self.int(self.trace.as_constant(code).map_or(0, |c| c.bits()) as i64);
        self.store_word(code, head, offset_of!(Frame, code));
        let known = match self.trace.as_constant(i.a) {
            Some(Constant::Value(function)) => function.value().cast_exact::<Function>(),
            _ => None,
        };
        let (globals, builtins) = match known {
            Some(known) => {
                let word = |word: Word| word.bits() as i64;
                (self.int(word(known.globals.peek())), self.int(word(known.builtins.peek())))
            }
            None => {
                let object = self.b.ins().iadd_imm_s(function, -1);
                let globals = self.load_word(object, offset_of!(Function, globals));
                (globals, self.load_word(object, offset_of!(Function, builtins)))
            }
        };
        self.store_word(globals, head, offset_of!(Frame, globals));
        self.store_word(builtins, head, offset_of!(Frame, builtins));
        self.store_word(function, head, offset_of!(Frame, function));
        let returns = self.int(plan.returns as i64);
        self.store_word(returns, head, offset_of!(Frame, return_register));
    }

    fn push_frame_slowly(
        &mut self,
        i: &Instruction,
        thread: Value,
        function: Value,
        registers: Value,
        instance: Option<Value>,
    ) -> Result<(), CompileError> {
        let window = self.trace.windows[i.immediate as usize];
        let code = self.operand(window.code)?;
        let numbers = self.int((u64::from(window.call_pc) << 32 | u64::from(window.return_register)) as i64);
        let instance = instance.unwrap_or_else(|| self.int(Word::NULL.bits() as i64));
        let arguments = [thread, function, code, registers, numbers, instance].map(|v| (types::I64, v));
        self.call_native(push_frame as *const () as usize, &arguments, None);
        Ok(())
    }

    fn add_to_depth(&mut self, thread: Value, by: i64) {
        let depth = self.load_half(thread, offset_of!(Thread, recursion_depth));
        let depth = self.b.ins().iadd_imm_s(depth, by);
        self.store_word(depth, thread, offset_of!(Thread, recursion_depth));
    }

    pub(super) fn pop_frame(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let thread = self.thread();
        let Some(top) = self.constant_int(i.a) else {
            self.call_native(pop_frame as *const () as usize, &[(types::I64, thread)], None);
            return Ok(());
        };
        let (slow, next) = (self.cold_block(), self.b.create_block());
        let frame = self.load_word(thread, offset_of!(Thread, frame));
        for field in [offset_of!(Frame, frame_object), offset_of!(Frame, locals), offset_of!(Frame, extra)] {
            let slot = self.load_word(frame, field);
            let is_null = self.b.ins().icmp_imm_s(IntCC::Equal, slot, Word::NULL.bits() as i64);
            let more = self.b.create_block();
            self.b.ins().brif(is_null, more, &[], slow, &[]);
            self.b.switch_to_block(more);
        }
        // The frame's count of its function is not the last one, as a rule.
        let function = self.load_word(frame, offset_of!(Frame, function));
        let unaligned = MemFlagsData::new().with_notrap();
        let count = self.b.ins().load(types::I32, unaligned, function, COUNT);
        let count = self.b.ins().iadd_imm_s(count, -1);
        let fast = self.b.create_block();
        self.b.ins().brif(count, fast, &[], slow, &[]);
        self.b.switch_to_block(fast);
        self.b.ins().store(unaligned, count, function, COUNT);
        let caller = self.load_word(frame, offset_of!(Frame, previous));
        self.store_word(caller, thread, offset_of!(Thread, frame));
        self.add_to_depth(thread, -1);
        let top = self.slot_address(top);
        self.store_word(top, thread, offset_of!(Thread, stack_top));
        self.store_word(frame, thread, offset_of!(Thread, head_top));
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(slow);
        self.call_native(pop_frame as *const () as usize, &[(types::I64, thread)], None);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
        Ok(())
    }

    pub(super) fn call_trace(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let number = if i.immediate == ITSELF { self.surroundings.number } else { i.immediate };
        let cell = (self.surroundings.entry_cell)(number);
        let cell = cell.ok_or(CompileError::Malformed("a call of a trace that doesn't exist"))?;
        let Some(slots) = self.constant_int(i.a) else {
            return Err(CompileError::Malformed("a call with a variable number of slots"));
        };
        let (context, base) = (self.context, self.slot_address(slots));
        // For a callee that can't be entered any more, whose cell leads to the stub.
        let code = self.int(ExitCode { trace: number, exit: ExitCode::ENTRY }.pack() as i64);
        self.store_word(code, context, offset_of!(Context, exit));
        self.store_word(base, context, offset_of!(Context, exit_base));
        let thread = self.thread();
        let frame = self.load_word(thread, offset_of!(Thread, frame));
        let cell = self.int(cell as i64);
        let target = self.load_word(cell, 0);
        let call = self.b.ins().call_indirect(self.signature, target, &[context, base]);
        let code = self.b.inst_results(call)[0];
        let left = self.cold_block();
        self.b.append_block_param(left, types::I64);
        let leave_unless = |this: &mut Self, holds: Value| {
            let next = this.b.create_block();
            this.b.ins().brif(holds, next, &[], left, &[code.into()]);
            this.b.switch_to_block(next);
        };
        let has_returned = self.b.ins().icmp_imm_s(IntCC::Equal, code, RETURNED as i64);
        leave_unless(self, has_returned);
        let thread = self.thread();
        let innermost = self.load_word(thread, offset_of!(Thread, frame));
        let is_callee = self.b.ins().icmp(IntCC::Equal, innermost, frame);
        leave_unless(self, is_callee);
        let returned = self.load_word(context, offset_of!(Context, returned));
        if !i.b.is_none() {
            let is_none = self.b.ins().icmp_imm_s(IntCC::Equal, returned, Word::NONE.bits() as i64);
            leave_unless(self, is_none);
        }
        let next = self.b.create_block();
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(left);
        let code = self.b.block_params(left)[0];
        self.b.ins().return_(&[code]);
        self.b.switch_to_block(next);
        Ok(returned)
    }

    pub(super) fn call_itself(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let (Some(unmade), Some(slots), Some(top)) =
            (self.constant_int(i.a), self.constant_int(i.b), self.constant_int(i.c))
        else {
            return Err(CompileError::Malformed("a call with variable numbers"));
        };
        let Some(own) = self.trace.windows.first().map(|w| i64::from(w.base + w.size)) else {
            return Err(CompileError::Malformed("a trace without a window"));
        };
        let thread = self.thread();
        self.add_to_depth(thread, unmade);
        let top = self.slot_address(top);
        self.store_word(top, thread, offset_of!(Thread, stack_top));
        let (context, base) = (self.context, self.slot_address(slots));
        let cell = self.int(self.surroundings.own_entry as i64);
        let target = self.load_word(cell, 0);
        let call = self.b.ins().call_indirect(self.signature, target, &[context, base]);
        let code = self.b.inst_results(call)[0];
        let (left, next) = (self.cold_block(), self.b.create_block());
        let has_returned = self.b.ins().icmp_imm_s(IntCC::Equal, code, RETURNED as i64);
        self.b.ins().brif(has_returned, next, &[], left, &[]);
        self.b.switch_to_block(left);
        self.leave_as_caller(code)?;
        self.b.switch_to_block(next);
        let thread = self.thread();
        self.add_to_depth(thread, -unmade);
        let top = self.slot_address(own);
        self.store_word(top, thread, offset_of!(Thread, stack_top));
        Ok(self.load_word(context, offset_of!(Context, returned)))
    }

    /// Notes what the present call's snapshot names, and gives on the callee's exit code.
    fn leave_as_caller(&mut self, code: Value) -> Result<(), CompileError> {
        let (at, surroundings) = (self.at as u32, self.surroundings);
        let exit = surroundings.sites.binary_search_by_key(&at, |s| s.instruction);
        let exit = exit.map_err(|_| CompileError::Malformed("a call without a snapshot"))?;
        let live = &surroundings.sites[exit].live;
        let slot = self.rest_slot(live.len());
        let words = self.b.ins().stack_addr(types::I64, slot, 0);
        for (place, reference) in live.iter().enumerate() {
            let value = self.operand(*reference)?;
            let is_bool = self.trace.type_of(*reference) == Type::Bool;
            let value = if is_bool { self.b.ins().uextend(types::I64, value) } else { value };
            self.b.ins().store(TRUSTED, value, words, place as i32 * 8);
        }
        let call = ExitCode { trace: surroundings.number, exit: exit as u32 }.pack();
        let (call, count) = (self.int(call as i64), self.int(live.len() as i64));
        let arguments = [self.context, call, self.base, words, count].map(|v| (types::I64, v));
        self.call_native(note_caller as *const () as usize, &arguments, None);
        self.b.ins().return_(&[code]);
        Ok(())
    }

    pub(super) fn return_value(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let value = self.operand(i.a)?;
        self.store_word(value, self.context, offset_of!(Context, returned));
        let code = self.int(RETURNED as i64);
        self.b.ins().return_(&[code]);
        Ok(())
    }

    pub(super) fn guard_room(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let thread = self.thread();
        let depth = self.load_half(thread, offset_of!(Thread, recursion_depth));
        let limit = self.load_half(thread, offset_of!(Thread, recursion_limit));
        let depth = self.b.ins().iadd_imm_s(depth, i64::from(i.immediate));
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, depth, limit);
        self.leave_unless(fits)?;
        let on_stack = self.trace.windows.iter().filter(|w| !w.is_generator());
        let top = on_stack.map(|w| i64::from(w.base + w.size)).max();
        let top = self.slot_address(top.unwrap_or(0));
        let end = self.load_word(thread, offset_of!(Thread, stack_end));
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, top, end);
        self.leave_unless(fits)?;
        if self.trace.instructions.iter().any(|i| matches!(i.op, Op::CallTrace | Op::CallItself)) {
            let here = self.b.ins().get_stack_pointer(types::I64);
            let limit = self.load_word(thread, offset_of!(Thread, native_limit));
            let fits = self.b.ins().icmp(IntCC::UnsignedGreaterThan, here, limit);
            self.leave_unless(fits)?;
        }
        Ok(())
    }

    pub(super) fn guard_unseen(&mut self) -> Result<(), CompileError> {
        let thread = self.thread();
        let frame = self.load_word(thread, offset_of!(Thread, frame));
        let object = self.load_word(frame, offset_of!(Frame, frame_object));
        let is_null = self.b.ins().icmp_imm_s(IntCC::Equal, object, Word::NULL.bits() as i64);
        self.leave_unless(is_null)
    }
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
unsafe extern "C" fn note_caller(
    context: &Context,
    code: u64,
    base: *mut Word,
    first: *const u64,
    count: usize,
) {
    // SAFETY: promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(first, count) }.to_vec();
    context.callers.borrow_mut().push(Caller { code, base, words });
}

extern "C" fn push_frame(
    thread: &Thread,
    function: Word,
    code: Word,
    registers: *mut Word,
    numbers: u64,
    instance: Word,
) {
    let (call_pc, return_register) = ((numbers >> 32) as u32, numbers as u32);
    save_pc(thread, u64::from(call_pc));
    if let Some(host) = host() {
        host.push_frame(thread, function, code, registers, return_register, instance);
    }
}

extern "C" fn pop_frame(thread: &Thread) {
    if let Some(host) = host() {
        host.pop_frame(thread);
    }
}

/// Sets the innermost frame's pc.
pub extern "C" fn save_pc(thread: &Thread, index: u64) {
    if let Some(host) = host() {
        // SAFETY: the thread's innermost frame is alive.
        let frame = unsafe { &*thread.frame.get() };
        frame.pc.set(host.pc_at(frame, index as u32));
    }
}
