//! Trees: which recordings belong to which trace, and when they are compiled into one.
//!
//! A side trace's recording waits at its exit, which goes on through Rust and the interpreter until the exits of its tree
//! have cost about as much time as a compilation of the whole tree will. So a tree is compiled anew only if that
//! pays, and what gets hot at about the same time is compiled together. A side whose guard can't lead to it within the
//! function (it isn't a guard, the tree is too large, what is known at the guard contradicts the recording) is compiled
//! by itself, as a tree of its own.

use crate::ir::trace::Origin;
use crate::ir::{Kind, Op, Trace};
use crate::optimise::Node;
use runtime::value::Value;
use std::collections::HashMap;

/// Recorded instructions of the largest tree.
const LARGEST: usize = 6000;

/// An exit of a tree, whatever its number in the present code.
pub type Exit = (Origin, Op);

/// What is known of an exit.
#[derive(Clone, Copy, Default)]
pub struct Place {
    pub failures: u32,
    /// Times that it will be hot before the next recording.
    pub wait: u32,
    /// A recording waits to be compiled into the tree.
    waits: bool,
    /// A side can't be compiled into the tree.
    apart: bool,
}

/// A recording in a tree.
struct Recorded {
    trace: Trace,
    /// Where it starts; `None`: it couldn't be compiled into the tree.
    parent: Option<Origin>,
    leaves_loop: bool,
}

/// The recordings that a compiled trace is made of, or shall be.
pub struct Tree {
    /// The compiled trace.
    pub current: u32,
    /// If its root is a side trace: the root trace that sides go back to.
    pub home: Option<u32>,
    nodes: Vec<Recorded>,
    places: HashMap<Exit, Place>,
    /// Exits taken to recordings that wait.
    debt: u32,
    compilations: u32,
}

impl Tree {
    pub fn new(current: u32, root: Trace, home: Option<u32>) -> Tree {
        let root = Recorded { trace: root, parent: Some(Origin::START), leaves_loop: false };
        Tree { current, home, nodes: vec![root], places: HashMap::new(), debt: 0, compilations: 1 }
    }

    /// Visits each reference that the recordings hold.
    pub fn traverse(&self, visit: &mut dyn FnMut(Value)) {
        self.nodes.iter().for_each(|node| node.trace.traverse(visit));
    }

    pub fn place(&mut self, exit: Exit) -> &mut Place {
        self.places.entry(exit).or_default()
    }

    /// Recorded instructions of the tree.
    fn size(&self) -> usize {
        let alive = self.nodes.iter().filter(|node| node.parent.is_some());
        alive.map(|node| node.trace.instructions.len()).sum()
    }

    /// Whether a side that starts at an exit may be compiled into the tree.
    pub fn takes(&self, exit: Exit, side: &Trace) -> bool {
        exit.1.kind() == Kind::Guard
            && exit.1 != Op::Step
            && !self.places.get(&exit).is_some_and(|place| place.apart)
            && self.size() + side.instructions.len() <= LARGEST
    }

    /// Takes a recording, which waits.
    pub fn add(&mut self, exit: Exit, trace: Trace, leaves_loop: bool) {
        self.place(exit).waits = true;
        self.nodes.push(Recorded { trace, parent: Some(exit.0), leaves_loop });
    }

    /// An exit was taken. If a recording waits there: whether it is time to compile it.
    /// `frames`: those of traces that called others, which go on in the interpreter, too.
    pub fn taken(&mut self, exit: Exit, price: u32, frames: u32) -> Option<bool> {
        if !self.place(exit).waits {
            return None;
        }
        self.debt = self.debt.saturating_add(1 + frames / 2);
        let due = self.size() as u64 * u64::from(price) * u64::from(self.compilations) / 100;
        Some(u64::from(self.debt) >= due)
    }

    /// All recordings, for the optimiser.
    pub fn nodes(&self) -> Vec<Node<'_>> {
        let nowhere = Origin { node: u32::MAX, ..Origin::START };
        let mut nodes = Vec::new();
        for Recorded { trace, parent, leaves_loop } in &self.nodes {
            let (parent, leaves_loop) = (parent.unwrap_or(nowhere), *leaves_loop);
            nodes.push(Node { recorded: trace, parent, leaves_loop });
        }
        nodes
    }

    /// The tree was compiled anew, with these of its nodes in it; the number of those that are new.
    pub fn compiled(&mut self, number: u32, merged: &[bool]) -> u32 {
        self.current = number;
        (self.debt, self.compilations) = (0, self.compilations + 1);
        for (node, merged) in self.nodes.iter_mut().zip(merged) {
            if let (false, Some(parent)) = (*merged, node.parent.take_if(|_| !merged)) {
                for (exit, place) in &mut self.places {
                    place.apart |= exit.0 == parent;
                }
            }
        }
        let mut fresh = 0;
        for place in self.places.values_mut().filter(|place| place.waits) {
            place.waits = false;
            fresh += u32::from(!place.apart);
        }
        fresh
    }

    /// It couldn't be compiled: what waits is given up.
    pub fn failed(&mut self) {
        (self.debt, self.compilations) = (0, self.compilations + 1);
        for (exit, place) in self.places.iter_mut().filter(|(_, place)| place.waits) {
            (place.waits, place.apart) = (false, true);
            let waited = self.nodes.iter_mut().filter(|node| node.parent == Some(exit.0));
            waited.for_each(|node| node.parent = None);
        }
    }
}
