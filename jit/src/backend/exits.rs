//! Leaving a trace: which instructions can, and the cold code that does it.
//!
//! A guard without a side branches to a cold block of its own, which has the number of its exit. From there it goes through
//! blocks that save values to the exit buffer, oldest values last, so that what neighbouring guards save alike is saved in one
//! place. All end in one block, which notes what was left where and jumps through the exit's cell: to the stub that returns to
//! Rust, or to a side trace.

use super::emit::{Emitter, TRUSTED};
use super::shelter::Copies;
use crate::context::{BUFFER_WORDS, Context, ExitCode};
use crate::ir::verify::needs_snapshot;
use crate::ir::{Instruction, Op, Reference, SnapshotId, Trace, Type};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use std::mem::offset_of;
use std::rc::Rc;

/// In what state an exit leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaving {
    /// As the snapshot says.
    Normally,
    /// A call raised: as the snapshot says, and then the pending exception is unwound.
    Raised,
    /// Memory says all; whether an exception is pending is for the thread to say.
    InMemory,
}

/// A place where a trace can leave.
#[derive(Clone, Debug)]
pub struct Site {
    /// The instruction.
    pub instruction: u32,
    pub snapshot: SnapshotId,
    pub leaving: Leaving,
    /// What the exit buffer holds, word by word.
    pub live: Vec<Reference>,
}

/// All places where a trace can leave, in order. Exits are numbered by this.
pub fn sites(trace: &Trace) -> Vec<Site> {
    let mut sites = Vec::new();
    for (number, instruction) in trace.instructions.iter().enumerate() {
        let snapshot = instruction.snapshot;
        if snapshot.is_none() && instruction.op != Op::Step {
            continue;
        }
        if !needs_snapshot(instruction) && instruction.op != Op::DecRef {
            continue;
        }
        let in_memory = trace.snapshots.get(snapshot.index()).is_none_or(|s| s.in_memory);
        let leaving = match instruction.op {
            _ if in_memory => Leaving::InMemory,
            Op::Call => Leaving::Raised,
            _ => Leaving::Normally,
        };
        let live = trace.live(snapshot);
        sites.push(Site { instruction: number as u32, snapshot, leaving, live });
    }
    sites
}

/// A cold block still to be filled.
pub(super) struct Pending {
    block: Block,
    exit: usize,
    copies: Rc<Copies>,
}

/// A list of values that an exit saves: a shorter list and one more.
struct List {
    shorter: usize,
    last: Reference,
    /// How many they are.
    words: usize,
    longer: Vec<usize>,
    /// Exits that save just these.
    exits: usize,
    /// Where they are saved, and the number of the exit there. Exits that share no code do it in their own block.
    block: Option<(Block, Value)>,
}

/// The number of the empty list.
const NOTHING: usize = 0;

impl List {
    const EMPTY: List =
        List { shorter: NOTHING, last: Reference::NONE, words: 0, longer: Vec::new(), exits: 0, block: None };
}

impl Emitter<'_, '_> {
    /// The cold block through which the present instruction leaves, or its side.
    pub(super) fn exit_block(&mut self) -> Result<Block, super::CompileError> {
        if let Some(block) = self.side_block() {
            return Ok(block);
        }
        if let Some(last) = self.pending_exits.last()
            && self.surroundings.sites[last.exit].instruction as usize == self.at
        {
            return Ok(last.block);
        }
        let at = self.at as u32;
        let exit = self.surroundings.sites.binary_search_by_key(&at, |s| s.instruction);
        let exit = exit.map_err(|_| super::CompileError::Malformed("an exit without a snapshot"))?;
        let block = self.cold_block();
        self.pending_exits.push(Pending { block, exit, copies: self.copies.clone() });
        Ok(block)
    }

    /// Leaves if the condition holds.
    pub(super) fn leave_if(&mut self, condition: Value) -> Result<(), super::CompileError> {
        let (exit, next) = (self.exit_block()?, self.b.create_block());
        self.b.ins().brif(condition, exit, &[], next, &[]);
        self.b.switch_to_block(next);
        Ok(())
    }

    /// Leaves unless the condition holds.
    pub(super) fn leave_unless(&mut self, condition: Value) -> Result<(), super::CompileError> {
        let (exit, next) = (self.exit_block()?, self.b.create_block());
        self.b.ins().brif(condition, next, &[], exit, &[]);
        self.b.switch_to_block(next);
        Ok(())
    }

    /// For stress: lets a guard leave now and then although it holds, as its context's generator (xorshift) says.
    pub(super) fn force_exit(&mut self, i: &Instruction) -> Result<(), super::CompileError> {
        let one_in = self.surroundings.forced_exits;
        if one_in == 0 || !i.op.is_guard() || i.op == Op::Step || i.snapshot.is_none() {
            return Ok(());
        }
        if self.trace.snapshots.get(i.snapshot.index()).is_none_or(|s| s.decided) {
            return Ok(());
        }
        // Where a helper says by its result that it did nothing, the trace has no count of the result yet, or it did something
        // that must not be done again.
        if matches!(i.op, Op::GuardIsNot | Op::GuardTrue) && self.trace.is_call(i.a) {
            return Ok(());
        }
        let offset = offset_of!(Context, random) as i32;
        let mut state = self.b.ins().load(types::I64, TRUSTED, self.context, offset);
        for shift in [13, -7, 17] {
            let shifted = match shift > 0 {
                true => self.b.ins().ishl_imm_u(state, shift),
                false => self.b.ins().ushr_imm_u(state, -shift),
            };
            state = self.b.ins().bxor(state, shifted);
        }
        self.b.ins().store(TRUSTED, state, self.context, offset);
        let bound = self.int((u64::MAX / u64::from(one_in)) as i64);
        let leaves = self.b.ins().icmp(IntCC::UnsignedLessThan, state, bound);
        self.leave_if(leaves)
    }

    /// Fills the cold blocks, once the trace itself is emitted. Lists of values to save form a tree: what one list has beyond
    /// another that it begins with is saved first, then it goes on as the shorter one does.
    pub(super) fn emit_exits(&mut self) -> Result<(), super::CompileError> {
        // Where values are other copies, other code saves them.
        let mut exits = std::mem::take(&mut self.pending_exits);
        exits.sort_by_key(|exit| exit.copies.number);
        for exits in exits.chunk_by(|a, b| a.copies.number == b.copies.number) {
            self.exchange(exits[0].copies.clone());
            self.emit_exits_alike(exits)?;
        }
        Ok(())
    }

    fn emit_exits_alike(&mut self, exits: &[Pending]) -> Result<(), super::CompileError> {
        let surroundings = self.surroundings;
        let mut lists = vec![List::EMPTY];
        let mut ends = Vec::new();
        for exit in exits {
            let live = &surroundings.sites[exit.exit].live;
            if live.len() > BUFFER_WORDS {
                return Err(super::CompileError::TooLarge);
            }
            let mut list = NOTHING;
            for reference in live {
                let known = lists[list].longer.iter().find(|longer| lists[**longer].last == *reference);
                list = match known.copied() {
                    Some(known) => known,
                    None => {
                        let words = lists[list].words + 1;
                        lists.push(List { shorter: list, last: *reference, words, ..List::EMPTY });
                        let longer = lists.len() - 1;
                        lists[list].longer.push(longer);
                        longer
                    }
                };
            }
            lists[list].exits += 1;
            ends.push(list);
        }
        for list in &mut lists {
            let is_alone = list.exits == 1 && list.longer.is_empty();
            if !is_alone && (list.exits > 0 || list.longer.len() > 1) || list.last.is_none() {
                let block = self.cold_block();
                list.block = Some((block, self.b.append_block_param(block, types::I64)));
            }
        }
        for (Pending { block, exit, .. }, end) in exits.iter().zip(ends) {
            self.b.switch_to_block(*block);
            let number = self.b.ins().iconst(types::I64, *exit as i64);
            match lists[end].block {
                Some((saving, _)) => self.join(saving, number),
                None => self.save(&lists, end, number)?,
            }
        }
        for list in 1..lists.len() {
            if let Some((block, number)) = lists[list].block {
                self.b.switch_to_block(block);
                self.save(&lists, list, number)?;
            }
        }
        if let Some((block, number)) = lists[NOTHING].block {
            self.b.switch_to_block(block);
            self.leave(number);
        }
        Ok(())
    }

    /// Saves the values of a list, down to the longest shorter one that has a block, and goes on there.
    fn save(&mut self, lists: &[List], list: usize, number: Value) -> Result<(), super::CompileError> {
        let mut rest = list;
        loop {
            let List { last, shorter, words, .. } = lists[rest];
            let value = self.operand(last)?;
            let is_bool = self.trace.type_of(last) == Type::Bool;
            let value = if is_bool { self.b.ins().uextend(types::I64, value) } else { value };
            let offset = offset_of!(Context, buffer) + (words - 1) * 8;
            self.b.ins().store(TRUSTED, value, self.context, offset as i32);
            rest = shorter;
            if let Some((block, _)) = lists[rest].block {
                self.join(block, number);
                return Ok(());
            }
        }
    }

    /// Leaves through the exit of a number; what it saves is saved.
    fn leave(&mut self, number: Value) {
        let trace = ExitCode { trace: self.surroundings.number, exit: 0 }.pack();
        let trace = self.b.ins().iconst(types::I64, trace as i64);
        let code = self.b.ins().bor(trace, number);
        let cells = self.b.ins().iconst(types::I64, self.surroundings.exit_cells as i64);
        let offset = self.b.ins().ishl_imm_u(number, 3);
        let place = self.b.ins().iadd(cells, offset);
        let target = self.b.ins().load(types::I64, TRUSTED, place, 0);
        self.jump_out(code, self.base, target);
    }

    /// Notes an exit code and a base, and jumps to code of the traces' signature.
    pub(super) fn jump_out(&mut self, code: Value, base: Value, target: Value) {
        let context = self.context;
        self.b.ins().store(TRUSTED, code, context, offset_of!(Context, exit) as i32);
        self.b.ins().store(TRUSTED, base, context, offset_of!(Context, exit_base) as i32);
        self.b.ins().return_call_indirect(self.signature, target, &[context, base]);
    }
}
