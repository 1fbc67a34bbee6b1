//! Calls of helpers and of the few functions of our own, links.

use super::emit::{Emitter, TRUSTED};
use super::{CompileError, frames};
use crate::context::{Context, ExitCode};
use crate::ir::trace::ITSELF;
use crate::ir::verify::{can_raise, helper_type};
use crate::ir::{Instruction, Type};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, InstBuilder, SigRef, Signature, Type as ClifType, Value, types};
use runtime::objects::traceback;
use runtime::thread::Thread;
use runtime::trace_interface::{Helper, HelperRow, Suspension, host};
use runtime::value::Value as Word;
use std::mem::offset_of;

/// A parameter of type `ty`, as C passes it.
fn parameter(ty: ClifType) -> AbiParam {
    if ty == types::I8 { AbiParam::new(ty).uext() } else { AbiParam::new(ty) }
}

impl Emitter<'_, '_> {
    fn helper_signature(&mut self, helper: Helper, row: &HelperRow) -> SigRef {
        if let Some((_, signature)) = self.helper_signatures.iter().find(|s| s.0 == helper) {
            return *signature;
        }
        let mut signature = Signature::new(self.surroundings.native);
        if row.takes_thread {
            signature.params.push(AbiParam::new(types::I64));
        }
        let fixed = row.parameters.iter().map(|p| parameter(super::emit::clif_type(helper_type(*p))));
        signature.params.extend(fixed);
        if row.takes_rest {
            signature.params.extend([AbiParam::new(types::I64); 2]);
        }
        let result = helper_type(row.result);
        if result != Type::None {
            signature.returns.push(AbiParam::new(super::emit::clif_type(result)));
        }
        let reference = self.b.import_signature(signature);
        self.helper_signatures.push((helper, reference));
        reference
    }

    pub(super) fn call(&mut self, i: &Instruction) -> Result<Option<Value>, CompileError> {
        match i.helper() {
            Helper::ListAppend => self.append(i).map(|()| None),
            Helper::NewInstance | Helper::NewShaped => match self.new_instance(i)? {
                Some(made) => Ok(Some(made)),
                None => self.call_helper(i),
            },
            Helper::TupleOfOwned => match self.tuple_of_owned(i)? {
                Some(made) => Ok(Some(made)),
                None => self.call_helper(i),
            },
            _ => self.call_helper(i),
        }
    }

    /// The call itself.
    pub(super) fn call_helper(&mut self, i: &Instruction) -> Result<Option<Value>, CompileError> {
        let (helper, trace) = (i.helper(), self.trace);
        let row = helper.row();
        let signature = self.helper_signature(helper, &row);
        let arguments = trace.arguments_of(i);
        let (fixed, rest) = arguments.split_at(row.parameters.len().min(arguments.len()));
        let mut words = Vec::new();
        if row.takes_thread {
            words.push(self.thread());
        }
        for argument in fixed {
            words.push(self.operand(*argument)?);
        }
        if row.takes_rest {
            let slot = self.rest_slot(rest.len());
            let list = self.b.ins().stack_addr(types::I64, slot, 0);
            for (number, argument) in rest.iter().enumerate() {
                let word = self.operand(*argument)?;
                self.b.ins().store(TRUSTED, word, list, number as i32 * 8);
            }
            words.push(list);
            words.push(self.int(rest.len() as i64));
        }
        let address = self.int(row.address as i64);
        let call = self.b.ins().call_indirect(signature, address, &words);
        let result = self.b.inst_results(call).first().copied();
        if can_raise(i) {
            match result {
                Some(word) if helper_type(row.result) == Type::Value => self.leave_if_null(word)?,
                _ => {
                    return Err(CompileError::Malformed(
                        "a helper that raises without a value as its result",
                    ));
                }
            }
        }
        Ok(result)
    }

    /// Calls a function by its address.
    pub(super) fn call_native(
        &mut self,
        address: usize,
        arguments: &[(ClifType, Value)],
        result: Option<ClifType>,
    ) -> Option<Value> {
        let mut signature = Signature::new(self.surroundings.native);
        signature.params.extend(arguments.iter().map(|a| parameter(a.0)));
        signature.returns.extend(result.map(AbiParam::new));
        let signature = self.b.import_signature(signature);
        let address = self.int(address as i64);
        let values: Vec<Value> = arguments.iter().map(|a| a.1).collect();
        let call = self.b.ins().call_indirect(signature, address, &values);
        self.b.inst_results(call).first().copied()
    }

    pub(super) fn push_generator(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let Some(window) = self.trace.windows.get(i.immediate as usize) else {
            return Err(CompileError::Malformed("a window that doesn't exist"));
        };
        let (thread, generator) = (self.thread(), self.operand(i.a)?);
        let call_pc = self.int(i64::from(window.call_pc));
        let arguments = [thread, generator, call_pc].map(|v| (types::I64, v));
        self.call_native(push_generator as *const () as usize, &arguments, None);
        Ok(())
    }

    pub(super) fn pop_generator(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let arguments = [self.thread(), self.operand(i.a)?, self.operand(i.b)?].map(|v| (types::I64, v));
        self.call_native(pop_generator as *const () as usize, &arguments, None);
        Ok(())
    }

    pub(super) fn finish_generator(&mut self) -> Result<(), CompileError> {
        let thread = self.thread();
        self.call_native(finish_generator as *const () as usize, &[(types::I64, thread)], None);
        Ok(())
    }

    pub(super) fn traceback(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let arguments = [self.thread(), self.operand(i.a)?].map(|v| (types::I64, v));
        self.call_native(add_traceback as *const () as usize, &arguments, None);
        Ok(())
    }

    pub(super) fn unwind(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let arguments = [self.thread(), self.operand(i.a)?].map(|v| (types::I64, v));
        self.call_native(leave_by_exception as *const () as usize, &arguments, None);
        Ok(())
    }

    pub(super) fn step(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let thread = self.thread();
        let index = self.int(i64::from(i.immediate));
        let levels = if i.b.is_none() { self.int(0) } else { self.operand(i.b)? };
        let arguments = [(types::I64, thread), (types::I64, index), (types::I64, levels)];
        let came_to = self.call_native(step as *const () as usize, &arguments, Some(types::I64));
        let came_to = came_to.ok_or(CompileError::Malformed("a call without its result"))?;
        let wanted = self.operand(i.a)?;
        let leaves = self.b.ins().icmp(IntCC::NotEqual, came_to, wanted);
        self.leave_if(leaves)
    }

    /// Goes on in another trace. If that can't be entered any more, its cell leads to the stub.
    pub(super) fn link(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let number = if i.immediate == ITSELF { self.surroundings.number } else { i.immediate };
        let cell = (self.surroundings.entry_cell)(number);
        let cell = cell.ok_or(CompileError::Malformed("a link to a trace that doesn't exist"))?;
        let Some(slots) = self.constant_int(i.a) else {
            return Err(CompileError::Malformed("a link by a variable number of slots"));
        };
        if slots == 0 && i.immediate == ITSELF {
            self.b.ins().jump(self.start, &[self.context.into(), self.base.into()]);
            return Ok(());
        }
        let base = match slots {
            0 => self.base,
            n => self.b.ins().iadd_imm_s(self.base, n * 8),
        };
        let code = self.int(ExitCode { trace: number, exit: ExitCode::ENTRY }.pack() as i64);
        let cell = self.int(cell as i64);
        let target = self.load_word(cell, 0);
        self.jump_out(code, base, target);
        Ok(())
    }
}

const _: () = assert!(offset_of!(Context, thread) == 0, "the word that traces read most");

extern "C" fn push_generator(thread: &Thread, generator: Word, call_pc: u64) {
    frames::save_pc(thread, call_pc);
    if let Some(host) = host() {
        host.push_generator(thread, generator);
    }
}

extern "C" fn pop_generator(thread: &Thread, pc: *const u64, suspension: i64) {
    if let Some(host) = host() {
        host.pop_generator(thread, pc, Suspension::unpack(suspension));
    }
}

extern "C" fn finish_generator(thread: &Thread) {
    if let Some(host) = host() {
        host.finish_generator(thread);
    }
}

extern "C" fn step(thread: &Thread, index: u64, levels: u64) -> i64 {
    frames::save_pc(thread, index);
    host().map_or(-1, |host| host.step(thread, levels as u32))
}

extern "C" fn add_traceback(thread: &Thread, exception: Word) {
    // SAFETY: the thread's innermost frame is alive.
    let frame = unsafe { &*thread.frame.get() };
    // Adding to an exception object can't fail.
    let _ = traceback::add_to(thread, exception, frame);
}

extern "C" fn leave_by_exception(thread: &Thread, exception: Word) {
    if let Some(host) = host() {
        host.leave_by_exception(thread, exception);
    }
}
