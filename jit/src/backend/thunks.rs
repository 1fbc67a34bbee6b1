//! Permanent code through which traces call helpers on cold paths: it keeps *all* registers, so that such a path costs the
//! values that live across it nothing. (A call as C knows it would have each float in a loop spilled: no vector register
//! survives one.) The result comes back in the context.

use super::emit::{Emitter, TRUSTED};
use crate::context::Context;
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature, Type, Value, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use runtime::trace_interface::Helper;
use std::mem::offset_of;

/// The addresses of the thunks.
#[derive(Clone, Copy, Debug)]
pub struct Thunks {
    pub release: usize,
    pub box_float: usize,
}

/// A helper that has a thunk. All take one argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Thunk {
    Release,
    BoxFloat,
}

impl Thunk {
    fn argument(self) -> Type {
        match self {
            Thunk::Release => types::I64,
            Thunk::BoxFloat => types::F64,
        }
    }

    fn result(self) -> Type {
        match self {
            Thunk::Release => types::I8,
            Thunk::BoxFloat => types::I64,
        }
    }

    fn helper(self) -> Helper {
        match self {
            Thunk::Release => Helper::Release,
            Thunk::BoxFloat => Helper::BoxFloat,
        }
    }

    /// `fn(context, argument)`.
    pub(super) fn signature(self) -> Signature {
        let mut signature = Signature::new(CallConv::PreserveAll);
        signature.params.extend([AbiParam::new(types::I64), AbiParam::new(self.argument())]);
        signature
    }

    /// Emits the thunk itself.
    pub(super) fn emit(self, b: &mut FunctionBuilder, native: CallConv) {
        let block = b.create_block();
        b.append_block_params_for_function_params(block);
        b.switch_to_block(block);
        let (context, argument) = (b.block_params(block)[0], b.block_params(block)[1]);
        let mut signature = Signature::new(native);
        signature.params.push(AbiParam::new(self.argument()));
        signature.returns.push(AbiParam::new(self.result()));
        let signature = b.import_signature(signature);
        let address = b.ins().iconst(types::I64, self.helper().row().address as i64);
        let call = b.ins().call_indirect(signature, address, &[argument]);
        let result = b.inst_results(call)[0];
        b.ins().store(MemFlagsData::trusted(), result, context, offset_of!(Context, answer) as i32);
        b.ins().return_(&[]);
    }
}

impl Emitter<'_, '_> {
    /// Calls a helper through its thunk.
    pub(super) fn call_thunk(&mut self, thunk: Thunk, argument: Value) -> Value {
        let signature = match self.thunk_signatures.iter().find(|s| s.0 == thunk) {
            Some((_, signature)) => *signature,
            None => {
                let signature = self.b.import_signature(thunk.signature());
                self.thunk_signatures.push((thunk, signature));
                signature
            }
        };
        let thunks = self.surroundings.thunks;
        let address = match thunk {
            Thunk::Release => thunks.release,
            Thunk::BoxFloat => thunks.box_float,
        };
        let address = self.int(address as i64);
        self.b.ins().call_indirect(signature, address, &[self.context, argument]);
        self.b.ins().load(thunk.result(), TRUSTED, self.context, offset_of!(Context, answer) as i32)
    }
}
