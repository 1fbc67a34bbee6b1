//! Calls of a function's trace by itself.
//!
//! Where nothing in a tree can look at frames, its calls of itself make none (`CallItself`): the callee's parameters go to
//! memory, all else stays in the caller's hands. Should the callee leave, all its callers leave after it, and the exit makes
//! their frames from the snapshots of their calls. As the callee is this very code, it writes what this tree writes and
//! nothing else: the rest of what is known of memory stays known.

use super::emitter::Emitter;
use super::memory::{Written, class_of};
use super::tree::Tree;
use crate::ir::trace::{HANDLED, ITSELF};
use crate::ir::{Instruction, Kind, Op, Reference, Trace};
use runtime::trace_interface::effect;

/// What a tree that calls itself without frames writes.
pub fn written_by_itself(tree: &Tree) -> Option<Written> {
    let root = tree.nodes.first()?.recorded;
    let calls = |trace: &Trace| trace.instructions.iter().any(is_call);
    if tree.home.is_some() || !tree.nodes.iter().any(|node| calls(node.recorded)) {
        return None;
    }
    if !root.instructions.last().is_some_and(|last| matches!(last.op, Op::Return | Op::Exit)) {
        return None;
    }
    let mut written = Written::default();
    for node in &tree.nodes {
        if !add_written(node.recorded, &mut written) {
            return None;
        }
    }
    Some(written)
}

fn is_call(i: &Instruction) -> bool {
    i.op == Op::CallTrace && i.immediate == ITSELF && i.b.is_none()
}

/// Adds what a recorded trace writes; false if something in it needs frames.
fn add_written(trace: &Trace, written: &mut Written) -> bool {
    trace.instructions.iter().enumerate().all(|(index, i)| match i.op {
        Op::Sync => trace.instructions.get(index + 1).is_some_and(is_call),
        Op::CallTrace => is_call(i),
        Op::Enter => i.c.is_none(),
        Op::Step => false,
        Op::At | Op::Behind | Op::Leave | Op::Own | Op::KnownInt | Op::KnownType | Op::Sole | Op::Import => {
            true
        }
        Op::Return | Op::Exit => true,
        Op::GetSlot | Op::SetSlot | Op::DropSlot | Op::InitSlot => i.immediate != HANDLED,
        Op::Call => {
            let helper = i.helper();
            let effects = helper.row().effects;
            match super::emitter::written_classes(helper) {
                Some(fields) => {
                    written.classes.extend(fields.iter().map(|f| class_of(Op::LoadField, *f as u32)))
                }
                None => {
                    written.clobbered |= effects & effect::WRITES != 0;
                    written.touched |= effects & effect::TOUCHES != 0;
                }
            }
            effects & effect::RUNS == 0
        }
        op => match op.kind() {
            Kind::Pure | Kind::Guard | Kind::Load => true,
            Kind::Store => {
                written.classes.insert(class_of(op, i.immediate));
                true
            }
            _ => false,
        },
    })
}

impl Emitter<'_> {
    /// The trace calls itself for the innermost window, whose frame is not made.
    pub fn call_itself(&mut self, recorded: Instruction) -> Reference {
        let (base, size, locals) = {
            let window = &self.out.windows[self.innermost_window()];
            (window.base, window.size, window.locals)
        };
        for slot in base..base + locals {
            self.clean_slot(slot);
        }
        self.protect_lent();
        let unmade = self.open.iter().filter(|window| !window.real).count();
        let (a, c) = (self.out.int(unmade as i64), self.out.int(i64::from(base + size)));
        let b = self.operand(recorded.a);
        self.changed = true;
        let snapshot = self.snapshot();
        let call = Instruction { a, b, c, snapshot, ..Instruction::new(Op::CallItself) };
        let reference = self.push(call);
        let written = self.written_by_itself.clone().unwrap_or_default();
        if written.clobbered {
            self.clobber();
        }
        if written.touched {
            self.memory.touch();
        }
        written.classes.into_iter().for_each(|class| self.memory.class_changed(class));
        self.owned.insert(reference);
        self.learn(reference, |f| f.bound = true);
        self.changed = true;
        reference
    }
}
