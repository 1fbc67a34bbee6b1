//! The backend: machine code from optimised traces, with Cranelift as instruction selector and register allocator.
//!
//! A trace is compiled *quickly* at first, and again with *care* once its code has run for long (`Care`).
//!
//! A trace becomes one function `fn(context, base) -> exit code` of the tail calling convention: what leaves it does so
//! by a jump through a cell, so that side traces and links need no return. `emit` walks the trace; `exits` says where a trace can leave
//! and how; `trampoline` has the code between Rust and traces.
//!
//! Invariants: the code has no relocations (helpers and cells are constants in it) and never traps.

mod calls;
mod emit;
mod exits;
mod frames;
mod instances;
mod ints;
mod memory;
mod release;
mod shelter;
#[cfg(test)]
mod tests;
mod thunks;
mod trampoline;
mod words;

pub use exits::{Leaving, Site, sites};
pub use thunks::Thunks;
pub use trampoline::Trampolines;

use crate::ir::Trace;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::cell::Cell;
use std::fmt;

/// Instructions in the longest trace that is compiled.
pub const MOST_INSTRUCTIONS: usize = 8000;

/// Instructions in a trace that needs megabytes to be compiled.
const LARGE: usize = 300;

/// Why a trace was not compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The trace or an exit of it is too large.
    TooLarge,
    /// The trace isn't what an optimised trace must be.
    Malformed(&'static str),
    /// Cranelift gave up, or made code that we can't use.
    Backend(String),
    /// No room for its code.
    OutOfMemory,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::TooLarge => f.write_str("too large"),
            CompileError::Malformed(what) => f.write_str(what),
            CompileError::Backend(what) => write!(f, "backend: {what}"),
            CompileError::OutOfMemory => f.write_str("no room for code"),
        }
    }
}

/// What a trace's code refers to by address. All must stay in place as long as the code.
pub struct Surroundings<'a> {
    /// The trace's number.
    pub number: u32,
    /// Where it can leave.
    pub sites: &'a [Site],
    /// For each exit, where its code jumps to.
    pub exit_cells: *const Cell<usize>,
    /// The cell with the entry of this very code.
    pub own_entry: *const Cell<usize>,
    /// For other traces, by number: the cell with their entry.
    pub entry_cell: &'a dyn Fn(u32) -> Option<*const Cell<usize>>,
    /// The calling convention of helpers.
    pub native: CallConv,
    /// The way to helpers on cold paths.
    pub thunks: Thunks,
    /// The processor rounds floats by itself.
    pub can_round: bool,
    /// One in so many guards leaves although it holds; 0: none does.
    pub forced_exits: u32,
    /// Counted down where the trace polls, which it leaves when that falls below 0.
    pub countdown: Option<*const Cell<i32>>,
}

/// How much time goes into code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Care {
    /// Registers are allocated in one pass, block by block: that takes half the time, and half as much again to run.
    Quick,
    Careful,
}

/// Cranelift with its buffers, kept from trace to trace.
pub struct Compiler {
    quick: OwnedTargetIsa,
    /// Made when first needed.
    careful: Option<OwnedTargetIsa>,
    context: cranelift_codegen::Context,
    builder: FunctionBuilderContext,
    can_round: bool,
}

/// The machine that runs us, with the settings that suit traces.
fn native_isa(care: Care) -> Result<(OwnedTargetIsa, bool), String> {
    let mut flags = settings::builder();
    let set = |flags: &mut settings::Builder, name, value| flags.set(name, value).map_err(|e| e.to_string());
    set(&mut flags, "opt_level", "none")?;
    let algorithm = match care {
        Care::Quick => "single_pass",
        Care::Careful => "backtracking",
    };
    set(&mut flags, "regalloc_algorithm", algorithm)?;
    set(&mut flags, "enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    set(&mut flags, "enable_alias_analysis", "false")?;
    set(&mut flags, "unwind_info", "false")?;
    set(&mut flags, "preserve_frame_pointers", "true")?;
    let builder = cranelift_native::builder()?;
    let isa = builder.finish(settings::Flags::new(flags)).map_err(|e| e.to_string())?;
    let has_flag = |name: &str| isa.isa_flags().iter().any(|f| f.name == name && f.as_bool() == Some(true));
    let can_round = cfg!(not(target_arch = "x86_64")) || has_flag("has_sse41");
    Ok((isa, can_round))
}

fn chosen<'a>(
    quick: &'a OwnedTargetIsa,
    careful: Option<&'a OwnedTargetIsa>,
    care: Care,
) -> &'a dyn TargetIsa {
    match care {
        Care::Quick => &**quick,
        Care::Careful => &**careful.unwrap_or(quick),
    }
}

impl Compiler {
    pub fn new() -> Result<Compiler, String> {
        let (quick, can_round) = native_isa(Care::Quick)?;
        let context = cranelift_codegen::Context::new();
        Ok(Compiler { quick, careful: None, context, builder: FunctionBuilderContext::new(), can_round })
    }

    /// Makes ready what compiles with so much care.
    fn prepare(&mut self, care: Care) -> Result<(), CompileError> {
        if care == Care::Careful && self.careful.is_none() {
            self.careful = Some(native_isa(care).map_err(CompileError::Backend)?.0);
        }
        Ok(())
    }

    /// The calling convention of helpers.
    pub fn native_convention(&self) -> CallConv {
        self.quick.default_call_conv()
    }

    pub fn can_round(&self) -> bool {
        self.can_round
    }

    /// Compiles a trace; the code runs at any address that is a multiple of `code_memory::ALIGNMENT`.
    pub fn compile(
        &mut self,
        trace: &Trace,
        surroundings: &Surroundings,
        care: Care,
    ) -> Result<&[u8], CompileError> {
        if trace.instructions.len() > MOST_INSTRUCTIONS {
            return Err(CompileError::TooLarge);
        }
        self.prepare(care)?;
        self.build(trace, surroundings)?;
        let isa = chosen(&self.quick, self.careful.as_ref(), care);
        let compiled = self.context.compile(isa, &mut ControlPlane::default());
        let compiled = compiled.map_err(|e| CompileError::Backend(format!("{:?}", e.inner)))?;
        if !compiled.buffer.relocs().is_empty() {
            return Err(CompileError::Backend("the code has relocations".to_string()));
        }
        Ok(compiled.code_buffer())
    }

    /// Gives back the buffers after a large trace: the program has more use for the memory than the next trace.
    pub fn give_back(&mut self, trace: &Trace) {
        if trace.instructions.len() > LARGE {
            self.context = cranelift_codegen::Context::new();
            self.builder = FunctionBuilderContext::new();
        }
    }

    fn build(&mut self, trace: &Trace, surroundings: &Surroundings) -> Result<(), CompileError> {
        self.context.clear();
        self.context.func.signature = emit::trace_signature();
        let builder = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
        let emitted = emit::Emitter::new(builder, trace, surroundings).emit();
        match emitted {
            Ok(builder) => {
                builder.finalize(self.quick.frontend_config());
                Ok(())
            }
            Err(error) => {
                // A builder that was given up leaves its buffers half filled.
                self.builder = FunctionBuilderContext::new();
                Err(error)
            }
        }
    }

    /// A trace's Cranelift IR, and its assembly, for people.
    pub fn describe(
        &mut self,
        trace: &Trace,
        surroundings: &Surroundings,
        care: Care,
    ) -> Result<(String, String), CompileError> {
        self.prepare(care)?;
        self.build(trace, surroundings)?;
        let text = self.context.func.display().to_string();
        self.context.set_disasm(true);
        let isa = chosen(&self.quick, self.careful.as_ref(), care);
        let compiled = self.context.compile(isa, &mut ControlPlane::default());
        let assembly = compiled.ok().and_then(|c| c.vcode.clone()).unwrap_or_default();
        self.context.set_disasm(false);
        Ok((text, assembly))
    }
}
