//! The optimiser: a recorded trace goes in, an optimised one comes out.
//!
//! The recorded instructions run through the emitter, which folds, finds common subexpressions, forwards memory and drops
//! checks that are known to hold, and which keeps slots and reference counts in the trace's hands until something must
//! see them. A loop's body runs through it twice (`loops`): first as the preamble, with all its guards, then as the loop.
//!
//! Requirements that every rule keeps: a result has the type its row says; a guard is dropped only if it is known to hold
//! on every path that comes here; memory is forwarded only within an alias class, and never past something that may run
//! Python code; what a snapshot names is alive.

mod dead_code;
mod emitter;
mod facts;
mod fold;
mod loops;
mod memory;
mod slots;
#[cfg(test)]
mod tests;
mod virtuals;

use crate::ir::{Op, Trace};
use emitter::Emitter;

/// Passes that can be switched off by name (`-X jit=no-NAME`).
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    pub fold: bool,
    pub cse: bool,
    pub memory: bool,
    pub peel: bool,
    pub virtuals: bool,
    pub dead_code: bool,
}

impl Passes {
    pub const ALL: Passes =
        Passes { fold: true, cse: true, memory: true, peel: true, virtuals: true, dead_code: true };
    pub const NAMES: [&'static str; 6] = ["fold", "cse", "memory", "peel", "virtuals", "dead-code"];

    /// Switches a pass; false if there is none of that name.
    pub fn set(&mut self, name: &str, on: bool) -> bool {
        match name {
            "fold" => self.fold = on,
            "cse" => self.cse = on,
            "memory" => self.memory = on,
            "peel" => self.peel = on,
            "virtuals" => self.virtuals = on,
            "dead-code" => self.dead_code = on,
            _ => return false,
        }
        true
    }
}

/// Why a recorded trace can't be optimised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// A guard can never hold: the recording saw what the trace itself rules out.
    Contradiction,
    /// The loop's values don't settle.
    UnstableLoop,
}

/// The pipeline.
pub fn optimise(recorded: &Trace, passes: Passes) -> Result<Trace, Failure> {
    let mut emitter = Emitter::new(recorded, passes);
    let is_loop = recorded.instructions.last().is_some_and(|last| last.op == Op::Repeat);
    let trace = if is_loop {
        loops::optimise_loop(emitter)?
    } else {
        emitter.run()?;
        emitter.finish()
    };
    Ok(if passes.dead_code { dead_code::eliminate(trace) } else { trace })
}
