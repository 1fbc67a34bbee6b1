//! The permanent code between Rust and traces: the trampoline that enters a trace, the stub that exits end in, thunks.

use super::emit::trace_signature;
use super::release;
use super::thunks::{Thunk, Thunks};
use super::{Care, native_isa};
use crate::context::Context;
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, default_libcall_names};
use runtime::value::Value as Word;
use std::mem::offset_of;

/// Enters the trace at an address.
pub type Enter = unsafe extern "C" fn(entry: usize, context: *const Context, base: *mut Word) -> u64;

/// Made once, never freed.
pub struct Trampolines {
    pub enter: Enter,
    /// Where the cells of exits point to at first: returns the exit taken to whom entered.
    pub stub: usize,
    pub thunks: Thunks,
}

impl Trampolines {
    pub fn new() -> Result<Trampolines, String> {
        let (isa, _) = native_isa(Care::Careful)?;
        let native = isa.default_call_conv();
        let mut module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
        let mut signature = Signature::new(native);
        signature.params.extend([AbiParam::new(types::I64); 3]);
        signature.returns.push(AbiParam::new(types::I64));
        let enter = define(&mut module, signature, |b| {
            let block = b.create_block();
            b.append_block_params_for_function_params(block);
            b.switch_to_block(block);
            let parameters = b.block_params(block).to_vec();
            let signature = b.import_signature(trace_signature());
            let call = b.ins().call_indirect(signature, parameters[0], &parameters[1..]);
            let code = b.inst_results(call)[0];
            b.ins().return_(&[code]);
        })?;
        let stub = define(&mut module, trace_signature(), |b| {
            let block = b.create_block();
            b.append_block_params_for_function_params(block);
            b.switch_to_block(block);
            let context = b.block_params(block)[0];
            let offset = offset_of!(Context, exit) as i32;
            let code = b.ins().load(types::I64, MemFlagsData::trusted(), context, offset);
            b.ins().return_(&[code]);
        })?;
        let mut thunk = |thunk: Thunk| define(&mut module, thunk.signature(), |b| thunk.emit(b, native));
        let (release, box_float) = (thunk(Thunk::Release)?, thunk(Thunk::BoxFloat)?);
        let release_deferred = thunk(Thunk::ReleaseDeferred)?;
        let (new_instance, new_shaped) = (thunk(Thunk::NewInstance)?, thunk(Thunk::NewShaped)?);
        let tuple_of_owned = thunk(Thunk::TupleOfOwned)?;
        module.finalize_definitions().map_err(|e| e.to_string())?;
        // The short way refers to the long ones by their addresses.
        let address = |function: FuncId| module.get_finalized_function(function) as usize;
        let long = release::Long { release: address(release), release_deferred: address(release_deferred) };
        let release = define(&mut module, Thunk::Release.signature(), |b| release::emit(b, long))?;
        module.finalize_definitions().map_err(|e| e.to_string())?;
        let enter = module.get_finalized_function(enter);
        let stub = module.get_finalized_function(stub) as usize;
        let address = |function: FuncId| module.get_finalized_function(function) as usize;
        let thunks = Thunks {
            release: address(release),
            release_deferred: address(release_deferred),
            box_float: address(box_float),
            new_instance: address(new_instance),
            new_shaped: address(new_shaped),
            tuple_of_owned: address(tuple_of_owned),
        };
        // The module's memory is permanent: it is never freed.
        std::mem::forget(module);
        // SAFETY: the function was made with this signature.
        let enter = unsafe { std::mem::transmute::<*const u8, Enter>(enter) };
        Ok(Trampolines { enter, stub, thunks })
    }
}

fn define(
    module: &mut JITModule,
    signature: Signature,
    emit: impl FnOnce(&mut FunctionBuilder),
) -> Result<FuncId, String> {
    let function = module.declare_anonymous_function(&signature).map_err(|e| e.to_string())?;
    let mut context = module.make_context();
    context.func.signature = signature;
    let mut buffers = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut context.func, &mut buffers);
    emit(&mut builder);
    builder.seal_all_blocks();
    builder.finalize(module.isa().frontend_config());
    module.define_function(function, &mut context).map_err(|e| e.to_string())?;
    Ok(function)
}
