//! Trees: a root trace and its side traces become one trace.
//!
//! A side's recording starts in the state in which a guard of another node failed. When that guard is emitted, the emitter's
//! state is kept (`fork`), and when the root is complete, the side is emitted from there: what was known in front of the
//! guard is known in the side, too, so there is no import and nothing is checked twice. A side that comes to the loop's head gives
//! its values to the loop's phis (`loops`), or goes to memory and to the trace's start.

use super::Failure;
use super::emitter::Emitter;
use super::loops::Loop;
use crate::ir::trace::{INSTANCE, ITSELF, Origin};
use crate::ir::{Instruction, Op, Reference, SnapshotId, Trace};
use std::collections::HashMap;

/// A recorded trace of a tree.
#[derive(Clone, Copy)]
pub struct Node<'r> {
    pub recorded: &'r Trace,
    /// For a side: the guard at which it starts.
    pub parent: Origin,
    /// It goes through code around the loop before it comes back to the loop's head.
    pub leaves_loop: bool,
}

/// The recorded traces of a tree, the root first.
pub struct Tree<'r> {
    pub nodes: Vec<Node<'r>>,
    /// If the root is itself a side of another tree: the trace to go back to.
    pub home: Option<u32>,
    sides: HashMap<Origin, u32>,
}

impl<'r> Tree<'r> {
    pub fn new(nodes: Vec<Node<'r>>, home: Option<u32>) -> Tree<'r> {
        let sides = nodes.iter().enumerate().skip(1).map(|(number, node)| (node.parent, number as u32));
        let sides = sides.collect();
        Tree { nodes, home, sides }
    }
}

/// A guard that has a side.
#[derive(Clone)]
pub struct Fork<'r> {
    /// In front of the guard; what was emitted so far is not in it.
    state: Box<Emitter<'r>>,
    guard: usize,
    node: u32,
}

/// Emits a tree whose root is no loop.
pub fn optimise_line(mut emitter: Emitter) -> Result<Trace, Failure> {
    emitter.run()?;
    if let Some(last) = emitter.recorded.instructions.last()
        && last.op == Op::Repeat
    {
        emitter.at(last.immediate);
        let home = emitter.tree.home.unwrap_or(ITSELF);
        emitter.go_to_start_of(home);
    }
    let forks = std::mem::take(&mut emitter.forks);
    emitter.sides(forks, None)?;
    Ok(emitter.finish())
}

impl<'r> Emitter<'r> {
    /// All state to memory and on to a trace's start.
    pub fn go_to_start_of(&mut self, trace: u32) {
        self.sync();
        // What bringing everything to memory made superfluous.
        self.sweep();
        let zero = self.out.int(0);
        self.push(Instruction { a: zero, immediate: trace, ..Instruction::new(Op::Link) });
    }

    /// The guard was just emitted: keeps the state if it has a side.
    pub fn fork(&mut self, guard: Reference) {
        let Some(node) = self.tree.sides.get(&self.origin).copied() else { return };
        let kept =
            (std::mem::take(&mut self.out), std::mem::take(&mut self.forks), std::mem::take(&mut self.map));
        let state = Box::new(self.clone());
        (self.out, self.forks, self.map) = kept;
        self.forks.push(Fork { state, guard: guard.index(), node });
    }

    /// Emits sides, and the sides of sides.
    pub fn sides(&mut self, mut forks: Vec<Fork<'r>>, mut around: Option<&mut Loop>) -> Result<(), Failure> {
        forks.reverse();
        while let Some(fork) = forks.pop() {
            let mut side = fork.state;
            let out = &self.out;
            let lengths =
                (out.instructions.len(), out.snapshots.len(), out.arguments.len(), out.windows.len());
            side.out = std::mem::take(&mut self.out);
            let done = side.side(fork.node, fork.guard, around.as_deref_mut());
            self.out = std::mem::take(&mut side.out);
            if done.is_ok() {
                let guard = &mut self.out.instructions[fork.guard];
                self.asked.push((fork.guard, std::mem::replace(&mut guard.snapshot, SnapshotId::NONE)));
                forks.extend(side.forks.drain(..).rev());
                continue;
            }
            // It can't be: what is known here contradicts the recording.
            self.out.instructions.truncate(lengths.0);
            self.out.origins.truncate(lengths.0);
            self.out.snapshots.truncate(lengths.1);
            self.out.arguments.truncate(lengths.2);
            self.out.windows.truncate(lengths.3);
        }
        Ok(())
    }

    /// Emits a side, from the state in front of its guard.
    fn side(&mut self, node: u32, guard: usize, around: Option<&mut Loop>) -> Result<(), Failure> {
        let Node { recorded, leaves_loop, .. } = self.tree.nodes[node as usize];
        self.facts.resize(self.out.instructions.len(), super::facts::Fact::NONE);
        self.recorded = recorded;
        self.origin = Origin { node, index: 0, looped: false };
        self.map = vec![Reference::NONE; recorded.instructions.len()];
        self.push(Instruction { immediate: guard as u32, ..Instruction::new(Op::Side) });
        self.learn_failure(guard);
        let start = self.skip_prologue()?;
        self.run_from(start)?;
        let Some(last) = recorded.instructions.last().filter(|last| last.op == Op::Repeat) else {
            return Ok(());
        };
        self.at(last.immediate);
        match around {
            Some(around) if !leaves_loop && self.may_rejoin(node, around) => self.rejoin(node, around),
            _ => {
                self.go_to_start_of(self.tree.home.unwrap_or(ITSELF));
                Ok(())
            }
        }
    }

    /// What follows from the guard's failure.
    fn learn_failure(&mut self, guard: usize) {
        let guard = self.out.instructions[guard];
        match guard.op {
            Op::GuardTrue => self.learn_truth(guard.a, false),
            Op::GuardFalse => self.learn_truth(guard.a, true),
            Op::GuardIs => self.differ.push((guard.a, guard.b)),
            Op::GuardIsNot => {
                let known = self.fact(guard.b).known;
                self.learn(guard.a, |f| {
                    f.constant = guard.b;
                    f.known = known;
                });
            }
            _ => (),
        }
    }

    /// The recording's prologue describes the state that we are in: windows and slots are there already. Gives the index behind
    /// it.
    fn skip_prologue(&mut self) -> Result<usize, Failure> {
        let recorded = self.recorded;
        let behind = recorded.instructions.iter().position(|i| i.op == Op::At).unwrap_or(0);
        self.windows = vec![0];
        let mut open = self.open.clone().into_iter();
        for i in &recorded.instructions[..behind] {
            match i.op {
                Op::Enter => {
                    let there = open.next().ok_or(Failure::Contradiction)?;
                    let window = &self.out.windows[there.window as usize];
                    if window.base != recorded.windows[i.immediate as usize].base
                        || there.real == i.c.is_none()
                    {
                        return Err(Failure::Contradiction);
                    }
                    self.windows.push(there.window);
                    if !i.a.is_constant() {
                        self.map[i.a.index()] = there.function;
                    }
                    if !i.b.is_none() && !i.b.is_constant() {
                        let instance = self.slots.get(&(INSTANCE | there.window));
                        self.map[i.b.index()] = instance.ok_or(Failure::Contradiction)?.value;
                    }
                }
                Op::Suspended => {
                    let base = recorded.windows[i.immediate as usize].base;
                    let there = self.suspended.iter().find(|s| s.base == base).copied();
                    let there = there.ok_or(Failure::Contradiction)?;
                    self.windows.push(there.window);
                    if !i.a.is_constant() {
                        self.map[i.a.index()] = there.generator;
                    }
                }
                Op::InitSlot => {
                    if let (false, Some(slot)) = (i.a.is_constant(), self.slots.get(&i.immediate)) {
                        self.map[i.a.index()] = slot.value;
                    }
                }
                _ => (),
            }
        }
        if open.next().is_some() {
            return Err(Failure::Contradiction);
        }
        for window in &recorded.windows[self.windows.len()..] {
            let code = self.constant_from(window.code);
            self.windows.push(self.out.windows.len() as u32);
            self.out.windows.push(crate::ir::Window { code, ..*window });
        }
        self.out.kept.extend(recorded.kept.iter().cloned());
        Ok(behind)
    }
}
