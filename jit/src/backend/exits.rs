//! Leaving a trace: which instructions can, and the cold code that does it.
//!
//! A guard without a side branches to a cold block of its own, which has the number of its exit. Those of one snapshot go on
//! in one block, which jumps to a *shared* block with the number and the values to save. Shared blocks are told apart by how many integers and floats they take. They store the values to the
//! exit buffer, then what was left where, and jump through the exit's cell: to the stub that returns to Rust, or to a side trace.

use super::emit::{Emitter, TRUSTED};
use super::shelter::Copies;
use crate::context::{BUFFER_WORDS, Context, ExitCode};
use crate::ir::verify::needs_snapshot;
use crate::ir::{Instruction, Op, Reference, SnapshotId, Trace, Type};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};
use std::collections::BTreeMap;
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
        // Where a helper says by its result that it did nothing, the trace has no count of the result yet.
        if i.op == Op::GuardIsNot && self.trace.is_call(i.a) {
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

    /// Fills the cold blocks, once the trace itself is emitted. Exits through one snapshot, whose values are there in front of
    /// the first of them, save them in one place.
    pub(super) fn emit_exits(&mut self) -> Result<(), super::CompileError> {
        let mut by_snapshot: BTreeMap<(u32, usize), Vec<Pending>> = BTreeMap::new();
        for pending in std::mem::take(&mut self.pending_exits) {
            let snapshot = self.surroundings.sites[pending.exit].snapshot;
            by_snapshot.entry((snapshot.0, pending.copies.number)).or_default().push(pending);
        }
        let mut shared: Vec<((usize, usize), Block)> = Vec::new();
        for exits in by_snapshot.into_values() {
            let first = exits[0].exit;
            self.exchange(exits[0].copies.clone());
            let number = match exits.as_slice() {
                [Pending { block, exit, .. }] => {
                    self.b.switch_to_block(*block);
                    self.b.ins().iconst(types::I64, *exit as i64)
                }
                _ => {
                    let saving = self.cold_block();
                    let number = self.b.append_block_param(saving, types::I64);
                    for Pending { block, exit, .. } in exits {
                        self.b.switch_to_block(block);
                        let exit = self.b.ins().iconst(types::I64, exit as i64);
                        self.join(saving, exit);
                    }
                    self.b.switch_to_block(saving);
                    number
                }
            };
            self.save(first, number, &mut shared)?;
        }
        for (_, block) in shared {
            self.emit_shared(block);
        }
        Ok(())
    }

    /// Goes on, with the values that an exit saves, in the shared block for such.
    fn save(
        &mut self,
        exit: usize,
        number: Value,
        shared: &mut Vec<((usize, usize), Block)>,
    ) -> Result<(), super::CompileError> {
        let surroundings = self.surroundings;
        let live = &surroundings.sites[exit].live;
        let floats = live.iter().filter(|r| self.trace.type_of(**r) == Type::Float).count();
        let shape = (live.len() - floats, floats);
        if live.len() > BUFFER_WORDS {
            return Err(super::CompileError::TooLarge);
        }
        let mut arguments = vec![BlockArg::Value(number)];
        if self.sets_of_copies > 0 {
            arguments.extend([self.context, self.base].map(BlockArg::Value));
        }
        for reference in live {
            let value = self.operand(*reference)?;
            let is_bool = self.trace.type_of(*reference) == Type::Bool;
            let value = if is_bool { self.b.ins().uextend(types::I64, value) } else { value };
            arguments.push(BlockArg::Value(value));
        }
        let target = match shared.iter().find(|s| s.0 == shape) {
            Some((_, block)) => *block,
            None => {
                let block = self.cold_block();
                let always = if self.sets_of_copies > 0 { 3 } else { 1 };
                for _ in 0..always + shape.0 {
                    self.b.append_block_param(block, types::I64);
                }
                for _ in 0..shape.1 {
                    self.b.append_block_param(block, types::F64);
                }
                shared.push((shape, block));
                block
            }
        };
        self.b.ins().jump(target, &arguments);
        Ok(())
    }

    fn emit_shared(&mut self, block: Block) {
        self.b.switch_to_block(block);
        let parameters: Vec<Value> = self.b.block_params(block).to_vec();
        let mut values = &parameters[1..];
        if self.sets_of_copies > 0 {
            (self.context, self.base) = (values[0], values[1]);
            values = &values[2..];
        }
        let context = self.context;
        for (word, value) in values.iter().enumerate() {
            let offset = offset_of!(Context, buffer) + word * 8;
            self.b.ins().store(TRUSTED, *value, context, offset as i32);
        }
        let number = parameters[0];
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
