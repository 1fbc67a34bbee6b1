//! Labels every instruction with the handler that protects it, by walking the graph with a stack of open handlers.

use ir::opcode::Opcode::*;
use ir::opcode::resume;

use super::{BlockId, Cfg, NO_BLOCK, is_block_push, is_jump};

/// Sets `except` of every instruction and marks handler blocks; `POP_BLOCK` becomes `NOP`.
pub fn label_targets(cfg: &mut Cfg) {
    mark_handlers(cfg);
    cfg.clear_visited();
    let entry = cfg.entry;
    cfg.visit(entry);
    let mut work: Vec<(BlockId, Vec<BlockId>)> = vec![(entry, Vec::new())];
    while let Some((id, handlers)) = work.pop() {
        label_block(cfg, id, handlers, &mut work);
    }
}

fn mark_handlers(cfg: &mut Cfg) {
    for at in 0..cfg.blocks.len() {
        for i in 0..cfg.blocks[at].instrs.len() {
            let instr = cfg.blocks[at].instrs[i];
            if is_block_push(instr.op) {
                cfg.block_mut(instr.target).except_handler = true;
            }
        }
    }
}

fn label_block(
    cfg: &mut Cfg,
    id: BlockId,
    mut handlers: Vec<BlockId>,
    work: &mut Vec<(BlockId, Vec<BlockId>)>,
) {
    let mut yield_depth = 0;
    let mut instrs = std::mem::take(&mut cfg.block_mut(id).instrs);
    for instr in &mut instrs {
        // The instructions that open and close ranges are not protected themselves.
        if !is_block_push(instr.op) && instr.op != POP_BLOCK {
            instr.except = handlers.last().copied().unwrap_or(NO_BLOCK);
        }
        if is_block_push(instr.op) {
            if cfg.visit(instr.target) {
                work.push((instr.target, handlers.clone()));
            }
            if matches!(instr.op, SETUP_WITH | SETUP_CLEANUP) {
                cfg.block_mut(instr.target).preserve_lasti = true;
            }
            handlers.push(instr.target);
        } else if instr.op == POP_BLOCK {
            handlers.pop();
            instr.set_nop();
        } else if is_jump(instr.op) {
            if cfg.visit(instr.target) {
                work.push((instr.target, handlers.clone()));
            }
        } else if instr.op == YIELD_VALUE {
            yield_depth = handlers.len();
        } else if instr.op == RESUME && instr.arg != resume::AT_FUNC_START {
            if yield_depth == 1 {
                instr.arg |= resume::DEPTH1_MASK;
            }
            yield_depth = 0;
        }
    }
    cfg.block_mut(id).instrs = instrs;
    let block = cfg.block(id);
    let next = block.next;
    if next != NO_BLOCK && block.falls_through() && cfg.visit(next) {
        work.push((next, handlers));
    }
}
