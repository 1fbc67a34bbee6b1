//! The optimiser: a recorded trace goes in, an optimised one comes out.
//!
//! The recorded instructions run through the emitter, which folds, finds common subexpressions, forwards memory and drops
//! checks that are known to hold, and which keeps slots and reference counts in the trace's hands until something must
//! see them. A loop's body runs through it twice (`loops`): first as the preamble, with all its guards, then as the loop.
//! Side traces that belong to guards of it are emitted behind, each from the state at its guard (`tree`).
//!
//! Requirements that every rule keeps: a result has the type its row says; a guard is dropped only if it is known to hold
//! on every path that comes here; memory is forwarded only within an alias class, and never past something that may run
//! Python code; what a snapshot names is alive.

mod access;
mod characters;
mod counted;
mod dead_code;
mod emitter;
mod exceptions;
mod facts;
mod fold;
mod generators;
mod iterators;
mod loops;
mod memory;
mod recursion;
mod shifted;
mod slots;
#[cfg(test)]
mod tests;
mod tree;
mod virtuals;

use crate::ir::trace::Origin;
use crate::ir::{Op, Trace};
use emitter::Emitter;
pub use tree::Node;
use tree::Tree;

/// Passes that can be switched off by name (`-X jit=no-NAME`).
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    pub fold: bool,
    pub cse: bool,
    pub memory: bool,
    pub peel: bool,
    pub virtuals: bool,
    pub dead_code: bool,
    /// Counters of loops.
    pub counted: bool,
    /// Limits of these, below lengths. (No option: a tree does without if it leaves there too often.)
    pub limits: bool,
}

impl Passes {
    pub const ALL: Passes = Passes {
        fold: true,
        cse: true,
        memory: true,
        peel: true,
        virtuals: true,
        dead_code: true,
        counted: true,
        limits: true,
    };
    pub const NAMES: [&'static str; 7] =
        ["fold", "cse", "memory", "peel", "virtuals", "dead-code", "counted"];

    /// Switches a pass; false if there is none of that name.
    pub fn set(&mut self, name: &str, on: bool) -> bool {
        match name {
            "fold" => self.fold = on,
            "cse" => self.cse = on,
            "memory" => self.memory = on,
            "peel" => self.peel = on,
            "virtuals" => self.virtuals = on,
            "dead-code" => self.dead_code = on,
            "counted" => self.counted = on,
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

/// What became of a tree.
pub struct Outcome {
    pub trace: Trace,
    /// The nodes that are in it; the others contradict what is known at their guard, or their guard is no more.
    pub merged: Vec<bool>,
}

/// The pipeline, for a trace of its own.
pub fn optimise(recorded: &Trace, passes: Passes) -> Result<Trace, Failure> {
    let root = Node { recorded, parent: Origin::START, leaves_loop: false };
    Ok(optimise_tree(vec![root], None, passes)?.trace)
}

/// The pipeline. The first node is the root; if it is itself a side of another trace, `home` is the one that it goes back to.
pub fn optimise_tree(nodes: Vec<Node>, home: Option<u32>, passes: Passes) -> Result<Outcome, Failure> {
    let tree = Tree::new(nodes, home);
    let emitter = Emitter::new(&tree, passes);
    let is_loop = tree.nodes[0].recorded.instructions.last().is_some_and(|last| last.op == Op::Repeat);
    let trace = match is_loop && home.is_none() {
        true => loops::optimise_loop(emitter)?,
        false => tree::optimise_line(emitter)?,
    };
    let mut merged = vec![false; tree.nodes.len()];
    trace.origins.iter().for_each(|origin| merged[origin.node as usize] = true);
    let trace = if passes.dead_code { dead_code::eliminate(trace) } else { trace };
    Ok(Outcome { trace, merged })
}
