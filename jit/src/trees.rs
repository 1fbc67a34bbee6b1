//! Trees: which recordings belong to which trace, and when they are compiled into one.
//!
//! A side trace's recording waits at its exit, which goes on through Rust and the interpreter until the exits of its tree
//! have cost about as much time as a compilation of the whole tree will. So a tree is compiled anew only if that
//! pays, and what gets hot at about the same time is compiled together. A side whose guard can't lead to it within the
//! function (it isn't a guard, the tree is too large, what is known at the guard contradicts the recording) is compiled
//! by itself, as a tree of its own.

use crate::budget::process_time;
use crate::ir::trace::Origin;
use crate::ir::{Kind, Op, Trace};
use crate::optimise::Node;
use crate::parameters::Parameters;
use runtime::value::Value;
use rustc_hash::FxHashMap;

/// Recorded instructions of the largest tree.
const LARGEST: usize = 6000;

/// Optimised instructions from which on a tree may not grow more than twice as fast as its recordings do.
const EXPLODED: usize = 1000;

/// An exit of a tree, whatever its number in the present code.
pub type Exit = (Origin, Op);

/// What is known of an exit.
#[derive(Clone, Copy, Default)]
pub struct Place {
    pub failures: u32,
    /// Times that it will be hot before the next recording.
    pub wait: u32,
    /// Times that it was hot.
    pub taken: u32,
    /// Times that the trace was entered when the exit was last looked at, and how often in a row it was always left here since.
    entered: u64,
    in_a_row: u32,
    /// A recording waits to be compiled into the tree: what each exit costs until then, in nanoseconds.
    waits: Option<u64>,
    /// A side can't be compiled into the tree.
    apart: bool,
}

impl Place {
    /// The exit was taken `times` times since it was last looked at, the trace entered so many times in all: how often in a row it
    /// was found that each entry had left here.
    pub fn all_leave(&mut self, times: u32, entered: u64) -> u32 {
        let all = entered.saturating_sub(self.entered) <= u64::from(times);
        (self.entered, self.in_a_row) = (entered, if all { self.in_a_row + 1 } else { 0 });
        self.in_a_row
    }
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
    /// Instructions of the interpreter that its root stands for.
    pub path: u32,
    nodes: Vec<Recorded>,
    places: FxHashMap<Exit, Place>,
    /// Nanoseconds lost by exits to recordings that wait.
    debt: u64,
    compilations: u32,
    /// The CPU time when it was last compiled.
    pub since: u64,
    /// The debt from which on it is asked for again whether compiling it can be afforded.
    deferred: u64,
    /// Optimised instructions of the present code, and recorded ones that it is made of.
    length: (usize, usize),
    /// Its loop leaves too often for the limits of its counter, and does without.
    pub unlimited: bool,
    /// Its code grows out of proportion with each side: no more are recorded.
    pub explodes: bool,
}

impl Tree {
    /// `root`: the recording, and how many of the interpreter's instructions it stands for.
    pub fn new(current: u32, (root, path): (Trace, u32), length: usize, home: Option<u32>) -> Tree {
        let length = (length, root.instructions.len());
        let root = Recorded { trace: root, parent: Some(Origin::START), leaves_loop: false };
        Tree {
            current,
            home,
            path,
            nodes: vec![root],
            places: FxHashMap::default(),
            debt: 0,
            compilations: 1,
            since: process_time(),
            deferred: 0,
            length,
            unlimited: false,
            explodes: false,
        }
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
        matches!(exit.1.kind(), Kind::Guard | Kind::Call)
            && exit.1 != Op::Step
            && !self.places.get(&exit).is_some_and(|place| place.apart)
            && self.size() + side.instructions.len() <= LARGEST
    }

    /// Takes a recording, which waits. Each exit costs so many nanoseconds; so many were taken before.
    pub fn add(&mut self, exit: Exit, trace: Trace, leaves_loop: bool, cost: u64, taken: u32) {
        self.place(exit).waits = Some(cost);
        self.debt += cost * u64::from(taken);
        self.nodes.push(Recorded { trace, parent: Some(exit.0), leaves_loop });
    }

    /// An exit was taken `times` times. If a recording waits there: whether it is time to compile it.
    /// `frames`: those of traces that called others, which go on in the interpreter, too.
    pub fn taken(&mut self, exit: Exit, times: u32, parameters: &Parameters, frames: u32) -> Option<bool> {
        let cost = self.place(exit).waits?;
        self.debt += cost * u64::from(times) * u64::from(2 + frames) / 2;
        let share = u64::from(parameters.merge_share) * u64::from(self.compilations);
        let due = parameters.patient(self.account(parameters, 0).0) * share / 100;
        Some(self.debt >= due.max(self.deferred))
    }

    /// Nanoseconds that compiling it anew will take, and a claim to that: what it cost not to do so, by now and lately, the less
    /// the more often it was compiled.
    pub fn account(&self, parameters: &Parameters, lately: u64) -> (u64, u64) {
        let (optimised, recorded) = self.length;
        let price = parameters.price(self.size() * optimised / recorded.max(1));
        (price, (self.debt + lately) / u64::from(self.compilations))
    }

    /// Whether recordings wait to be compiled into it.
    pub fn waits(&self) -> bool {
        self.places.values().any(|place| place.waits.is_some())
    }

    /// Whether compiling it couldn't be afforded.
    pub fn is_deferred(&self) -> bool {
        self.deferred > 0
    }

    /// Compiling it can't be afforded now.
    pub fn defer(&mut self) {
        self.deferred = self.debt + self.debt / 4;
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
    pub fn compiled(&mut self, number: u32, length: usize, merged: &[bool]) -> u32 {
        self.current = number;
        self.since = process_time();
        (self.debt, self.deferred, self.compilations) = (0, 0, self.compilations + 1);
        for (node, merged) in self.nodes.iter_mut().zip(merged) {
            if let (false, Some(parent)) = (*merged, node.parent.take_if(|_| !merged)) {
                for (exit, place) in &mut self.places {
                    place.apart |= exit.0 == parent;
                }
            }
        }
        let mut fresh = 0;
        for place in self.places.values_mut().filter(|place| place.waits.is_some()) {
            place.waits = None;
            fresh += u32::from(!place.apart);
        }
        let (before, size) = (self.length, self.size());
        let proportional = before.0 * size / before.1.max(1);
        self.explodes |= length > EXPLODED && length > 2 * proportional;
        self.length = (length, size);
        fresh
    }

    /// It couldn't be compiled: what waits is given up.
    pub fn failed(&mut self) {
        (self.debt, self.deferred, self.compilations) = (0, 0, self.compilations + 1);
        for (exit, place) in self.places.iter_mut().filter(|(_, place)| place.waits.is_some()) {
            (place.waits, place.apart) = (None, true);
            let waited = self.nodes.iter_mut().filter(|node| node.parent == Some(exit.0));
            waited.for_each(|node| node.parent = None);
        }
    }
}
