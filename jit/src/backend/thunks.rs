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
    pub release_deferred: usize,
    pub box_float: usize,
    pub new_instance: usize,
    pub new_shaped: usize,
    pub tuple_of_owned: usize,
}

/// A helper that has a thunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Thunk {
    Release,
    ReleaseDeferred,
    BoxFloat,
    NewInstance,
    NewShaped,
    TupleOfOwned,
}

impl Thunk {
    fn arguments(self) -> &'static [Type] {
        match self {
            Thunk::Release | Thunk::NewInstance => &[types::I64],
            Thunk::ReleaseDeferred => &[],
            Thunk::BoxFloat => &[types::F64],
            Thunk::NewShaped | Thunk::TupleOfOwned => &[types::I64, types::I64],
        }
    }

    fn result(self) -> Type {
        match self {
            Thunk::Release | Thunk::ReleaseDeferred => types::I8,
            Thunk::BoxFloat | Thunk::NewInstance | Thunk::NewShaped | Thunk::TupleOfOwned => types::I64,
        }
    }

    fn helper(self) -> Helper {
        match self {
            Thunk::Release => Helper::Release,
            Thunk::ReleaseDeferred => Helper::ReleaseDeferred,
            Thunk::BoxFloat => Helper::BoxFloat,
            Thunk::NewInstance => Helper::NewInstance,
            Thunk::NewShaped => Helper::NewShaped,
            Thunk::TupleOfOwned => Helper::TupleOfOwned,
        }
    }

    /// `fn(context, arguments…)`.
    pub(super) fn signature(self) -> Signature {
        let mut signature = Signature::new(CallConv::PreserveAll);
        signature.params.push(AbiParam::new(types::I64));
        signature.params.extend(self.arguments().iter().map(|ty| AbiParam::new(*ty)));
        signature
    }

    /// Emits the thunk itself.
    pub(super) fn emit(self, b: &mut FunctionBuilder, native: CallConv) {
        let block = b.create_block();
        b.append_block_params_for_function_params(block);
        b.switch_to_block(block);
        let parameters = b.block_params(block).to_vec();
        let (context, arguments) = (parameters[0], &parameters[1..]);
        let mut signature = Signature::new(native);
        signature.params.extend(self.arguments().iter().map(|ty| AbiParam::new(*ty)));
        signature.returns.push(AbiParam::new(self.result()));
        let signature = b.import_signature(signature);
        let address = b.ins().iconst(types::I64, self.helper().row().address as i64);
        let call = b.ins().call_indirect(signature, address, arguments);
        let result = b.inst_results(call)[0];
        b.ins().store(MemFlagsData::trusted(), result, context, offset_of!(Context, answer) as i32);
        b.ins().return_(&[]);
    }
}

impl Emitter<'_, '_> {
    /// Calls a helper through its thunk.
    pub(super) fn call_thunk(&mut self, thunk: Thunk, arguments: &[Value]) -> Value {
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
            Thunk::ReleaseDeferred => thunks.release_deferred,
            Thunk::BoxFloat => thunks.box_float,
            Thunk::NewInstance => thunks.new_instance,
            Thunk::NewShaped => thunks.new_shaped,
            Thunk::TupleOfOwned => thunks.tuple_of_owned,
        };
        let address = self.int(address as i64);
        let arguments: Vec<Value> = [self.context].into_iter().chain(arguments.iter().copied()).collect();
        self.b.ins().call_indirect(signature, address, &arguments);
        self.b.ins().load(thunk.result(), TRUSTED, self.context, offset_of!(Context, answer) as i32)
    }
}
