//! Empties the blocks that control cannot reach, and counts the predecessors of the others.

use super::{Cfg, NO_BLOCK, has_target};

/// Removes unreachable code; afterwards `predecessors` is exact.
pub fn remove_unreachable(cfg: &mut Cfg) {
    for block in &mut cfg.blocks {
        block.visited = false;
        block.predecessors = 0;
    }
    let entry = cfg.entry;
    cfg.visit(entry);
    cfg.block_mut(entry).predecessors = 1;
    let mut work = vec![entry];
    while let Some(id) = work.pop() {
        let block = cfg.block(id);
        let next = block.next;
        if next != NO_BLOCK && block.falls_through() {
            cfg.block_mut(next).predecessors += 1;
            if cfg.visit(next) {
                work.push(next);
            }
        }
        for i in 0..cfg.block(id).instrs.len() {
            let instr = cfg.block(id).instrs[i];
            if !has_target(instr.op) {
                continue;
            }
            cfg.block_mut(instr.target).predecessors += 1;
            if cfg.visit(instr.target) {
                work.push(instr.target);
            }
        }
    }
    for block in cfg.blocks.iter_mut().filter(|block| block.predecessors == 0) {
        block.instrs.clear();
        block.except_handler = false;
    }
}
