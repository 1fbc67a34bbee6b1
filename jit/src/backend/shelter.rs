//! Keeps values of a loop in registers although calls lie beside it.
//!
//! A call leaves no vector register alone and few others, so a value that lives across one is spilled, and the register
//! allocator, which splits a value's life a few times only, then often leaves it in memory everywhere: in a loop, too, that
//! has no call. So the values of a loop get lives of their own: where code with calls comes to the loop's head, and in a side
//! in front of its first call, what lives on is copied; the copy is what the call spills.

use super::CompileError;
use super::emit::Emitter;
use crate::ir::{Instruction, Op, Reference, Trace, Type};
use cranelift_codegen::ir::{BlockArg, InstBuilder, MemFlagsData, Value, types};
use std::rc::Rc;

/// The trunk or a side: instructions from `start` to `end`.
pub(super) struct Segment {
    start: usize,
    end: usize,
    /// For a side: its guard, and the segment that this is in.
    guard: usize,
    parent: usize,
    /// In the loop, or beside it.
    pub in_loop: bool,
    /// In front of the first of its calls (for the trunk: in the loop), values are to be copied.
    shelter: Option<usize>,
    /// Its last call (for the trunk: in the loop).
    last_call: Option<usize>,
}

/// What values are at some point, where they are not what their instruction gave.
#[derive(Clone, Default)]
pub(super) struct Copies {
    /// Tells them apart.
    pub number: usize,
    /// By instruction; of several the last one counts.
    values: Vec<(usize, Value)>,
    /// The context and the base.
    parameters: Option<(Value, Value)>,
    /// Calls may follow: all that lives on is copied.
    pub sheltered: bool,
}

/// Whether the registers are lost, as a rule.
fn calls(i: &Instruction, can_round: bool) -> bool {
    match i.op {
        Op::Call | Op::Step | Op::CallTrace | Op::PushFrame | Op::PopFrame => true,
        Op::PushGenerator | Op::PopGenerator | Op::FinishGenerator => true,
        Op::SavePc => i.a.is_none(),
        Op::FloorFloat | Op::CeilFloat | Op::TruncFloat => !can_round,
        _ => false,
    }
}

/// The segments of a trace that has a loop.
pub(super) fn segments(trace: &Trace, can_round: bool) -> Vec<Segment> {
    let instructions = &trace.instructions;
    let Some(head) = instructions.iter().position(|i| i.op == Op::Loop) else { return Vec::new() };
    let mut segments: Vec<Segment> = Vec::new();
    let sides = (0..instructions.len()).filter(|at| instructions[*at].op == Op::Side);
    let starts: Vec<usize> = std::iter::once(0).chain(sides).collect();
    for (number, &start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(instructions.len());
        let guard = if number == 0 { 0 } else { instructions[start].immediate as usize };
        let parent = segments.iter().position(|s| (s.start..s.end).contains(&guard)).unwrap_or(0);
        let in_loop = number == 0 || guard > head && segments[parent].in_loop;
        let from = if number == 0 { head } else { start };
        let has_call = |at: &usize| calls(&instructions[*at], can_round);
        let first_call = (from..end).find(has_call).filter(|_| in_loop);
        let last_call = (from..end).rfind(has_call);
        segments.push(Segment { start, end, guard, parent, in_loop, shelter: first_call, last_call });
    }
    // In the trunk it is worth while only if there is a quieter way round.
    let ends_in_loop = |s: &Segment| instructions[s.end - 1].op == Op::Rejoin;
    let is_quiet = |s: &Segment| s.in_loop && s.last_call.is_none() && ends_in_loop(s);
    if let Some(first_call) = segments[0].shelter
        && !segments[1..].iter().any(|s| s.parent == 0 && s.guard < first_call && is_quiet(s))
    {
        segments[0].shelter = None;
    }
    segments
}

impl Emitter<'_, '_> {
    /// Comes to an instruction: copies what is to be sheltered from it.
    pub(super) fn shelter(&mut self) {
        let Some(segment) = self.segments.get(self.segment) else { return };
        if segment.shelter == Some(self.at) && !self.copies.sheltered {
            Rc::make_mut(&mut self.copies).sheltered = true;
            self.copy_all(self.at);
        }
    }

    /// Comes to the loop's head.
    pub(super) fn shelter_loop(&mut self) {
        let can_round = self.surroundings.can_round;
        if let Some(call) = self.trace.instructions[..self.at].iter().rposition(|i| calls(i, can_round)) {
            self.copy_all(call + 1);
        }
    }

    /// Comes to a side.
    pub(super) fn enter_segment(&mut self, copies: Rc<Copies>) {
        self.segment = self.segments.iter().position(|s| s.start == self.at).unwrap_or(0);
        self.exchange(copies);
    }

    /// Makes values what they are at another point.
    pub(super) fn exchange(&mut self, copies: Rc<Copies>) {
        if copies.number == self.copies.number {
            return;
        }
        while let Some((index, value)) = self.originals.pop() {
            self.define(index, value);
        }
        for (index, copy) in &copies.values {
            if let Some(original) = self.values[*index].replace(*copy) {
                self.originals.push((*index, original));
            }
        }
        (self.context, self.base) = copies.parameters.unwrap_or(self.parameters);
        self.copies = copies;
    }

    /// Copies what was defined before an instruction, and is used from the present one on.
    fn copy_all(&mut self, before: usize) {
        let used = self.used_from_here();
        let mut copied = Vec::new();
        for (index, _) in used.iter().take(before).enumerate().filter(|(_, used)| **used) {
            let ty = self.trace.type_of(Reference::instruction(index));
            if let Some(value) = self.values[index]
                && let Some(copy) = self.copy(value, ty)
            {
                self.values[index] = Some(copy);
                self.originals.push((index, value));
                copied.push((index, copy));
            }
        }
        self.context = self.copy(self.context, Type::Pointer).unwrap_or(self.context);
        self.base = self.copy(self.base, Type::Pointer).unwrap_or(self.base);
        self.sets_of_copies += 1;
        let copies = Rc::make_mut(&mut self.copies);
        copies.values.extend(copied);
        copies.parameters = Some((self.context, self.base));
        copies.number = self.sets_of_copies;
    }

    /// The references that are used from the present instruction on, in what follows in its segment and in the sides from there.
    fn used_from_here(&self) -> Vec<bool> {
        let trace = self.trace;
        let mut used = vec![false; trace.instructions.len()];
        let mut note = |reference: Reference| {
            let mut work = vec![reference];
            while let Some(reference) = work.pop() {
                if !reference.is_constant() && !reference.is_none() {
                    used[reference.index()] = true;
                    if self.late[reference.index()] {
                        work.extend(trace.instructions[reference.index()].operands());
                    }
                }
            }
        };
        let mut ranges = vec![None; self.segments.len()];
        ranges[self.segment] = Some(self.at..self.segments[self.segment].end);
        let sites = self.surroundings.sites;
        for number in self.segment..self.segments.len() {
            let segment = &self.segments[number];
            let from_parent = |r: &std::ops::Range<usize>| r.contains(&segment.guard);
            if number > self.segment && ranges[segment.parent].as_ref().is_some_and(from_parent) {
                ranges[number] = Some(segment.start..segment.end);
            }
            let Some(range) = ranges[number].clone() else { continue };
            for i in &trace.instructions[range.clone()] {
                i.operands().for_each(&mut note);
                if i.op.has_list() {
                    trace.arguments_of(i).iter().copied().for_each(&mut note);
                }
            }
            let first = sites.partition_point(|s| (s.instruction as usize) < range.start);
            let within = sites[first..].iter().take_while(|s| range.contains(&(s.instruction as usize)));
            within.flat_map(|s| s.live.iter().copied()).for_each(&mut note);
        }
        used
    }

    /// A value of its own: through the other kind of register, so that neither the instruction selector nor the register
    /// allocator sees that it is the same.
    pub(super) fn copy(&mut self, value: Value, ty: Type) -> Option<Value> {
        let (here, there) = match ty {
            Type::Float => (types::F64, types::I64),
            Type::Int | Type::Value | Type::Pointer => (types::I64, types::F64),
            Type::Bool | Type::None => return None,
        };
        let bits = self.b.ins().bitcast(there, MemFlagsData::new(), value);
        Some(self.b.ins().bitcast(here, MemFlagsData::new(), bits))
    }

    /// What phis get, from code that may have calls.
    pub(super) fn phi_values(&mut self, references: &[Reference]) -> Result<Vec<BlockArg>, CompileError> {
        let quiet_from = match self.segments.get(self.segment) {
            // The loop's entry.
            Some(segment) if self.segment == 0 && self.header.is_none() => {
                let can_round = self.surroundings.can_round;
                let before = &self.trace.instructions[segment.start..self.at];
                before.iter().rposition(|i| calls(i, can_round))
            }
            Some(segment) if self.copies.sheltered => segment.last_call.or(Some(segment.start)),
            _ => None,
        };
        let mut values = Vec::with_capacity(references.len());
        for reference in references {
            let mut value = self.operand(*reference)?;
            if !reference.is_constant() && quiet_from.is_some_and(|call| reference.index() < call) {
                value = self.copy(value, self.trace.type_of(*reference)).unwrap_or(value);
            }
            values.push(BlockArg::Value(value));
        }
        Ok(values)
    }
}
