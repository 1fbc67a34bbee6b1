//! Cuts an instruction sequence into basic blocks.

use ir::opcode::Opcode::ANNOTATIONS_PLACEHOLDER;

use super::{BlockId, Cfg, Instr, NO_BLOCK, has_target, is_terminator};
use crate::codegen::sequence::{Sequence, SequenceInstr};

struct Builder {
    cfg: Cfg,
    current: BlockId,
}

/// Builds the graph of `sequence`.
pub fn build(sequence: Sequence) -> Cfg {
    let (instrs, label_offsets, annotations) = sequence.into_parts();
    let mut block_of = vec![NO_BLOCK; instrs.len()];
    let target_offset = |instr: &SequenceInstr| label_offsets[instr.arg as usize] as usize;
    let mut is_target = vec![false; instrs.len()];
    for instr in instrs.iter().filter(|instr| has_target(instr.op)) {
        is_target[target_offset(instr)] = true;
    }
    let mut builder = Builder { cfg: Cfg { blocks: Vec::new(), entry: 0 }, current: 0 };
    builder.cfg.add_block();
    // Jumps carry the offset of their target until every block is known.
    for (offset, instr) in instrs.iter().enumerate() {
        if instr.op == ANNOTATIONS_PLACEHOLDER {
            for inner in &annotations {
                builder.push(*inner, NO_BLOCK);
            }
            continue;
        }
        if is_target[offset] {
            block_of[offset] = builder.start_labelled();
        }
        let target = if has_target(instr.op) { target_offset(instr) as BlockId } else { NO_BLOCK };
        builder.push(*instr, target);
    }
    for block in &mut builder.cfg.blocks {
        for instr in block.instrs.iter_mut().filter(|instr| has_target(instr.op)) {
            instr.target = block_of[instr.target as usize];
        }
    }
    builder.cfg
}

impl Builder {
    fn start_block(&mut self) {
        let fresh = self.cfg.add_block();
        self.cfg.block_mut(self.current).next = fresh;
        self.current = fresh;
    }

    /// Begins a block that jumps can name; an empty block without a name is reused.
    fn start_labelled(&mut self) -> BlockId {
        let current = self.cfg.block(self.current);
        if current.labelled || !current.instrs.is_empty() {
            self.start_block();
        }
        self.cfg.block_mut(self.current).labelled = true;
        self.current
    }

    fn push(&mut self, instr: SequenceInstr, target: BlockId) {
        if self.cfg.block(self.current).last().is_some_and(|last| is_terminator(last.op)) {
            self.start_block();
        }
        let arg = if target == NO_BLOCK { instr.arg } else { 0 };
        let node = Instr { target, ..Instr::new(instr.op, arg, instr.location) };
        self.cfg.block_mut(self.current).instrs.push(node);
    }
}
