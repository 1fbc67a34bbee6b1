//! Moves the blocks that only exceptions reach behind the others.

use ir::locations::Location;
use ir::opcode::Opcode::JUMP_NO_INTERRUPT;

use super::{BlockId, Cfg, Instr, NO_BLOCK, is_jump, nops};

/// Reorders the blocks, warm ones first.
pub fn push_to_end(cfg: &mut Cfg) {
    if cfg.block(cfg.entry).next == NO_BLOCK {
        return;
    }
    mark_warm(cfg);
    mark_cold(cfg);
    add_explicit_jumps(cfg);

    let (cold, warm): (Vec<BlockId>, Vec<BlockId>) =
        cfg.order().into_iter().skip(1).partition(|&id| cfg.block(id).cold);
    let any_cold = !cold.is_empty();
    let mut last = cfg.entry;
    for id in warm.into_iter().chain(cold) {
        cfg.block_mut(last).next = id;
        last = id;
    }
    cfg.block_mut(last).next = NO_BLOCK;
    if any_cold {
        nops::remove_nops_and_jumps(cfg);
    }
}

fn mark_warm(cfg: &mut Cfg) {
    cfg.clear_visited();
    let mut work = vec![cfg.entry];
    cfg.visit(cfg.entry);
    while let Some(id) = work.pop() {
        cfg.block_mut(id).warm = true;
        successors(cfg, id, |_| true, &mut work);
    }
}

fn mark_cold(cfg: &mut Cfg) {
    cfg.clear_visited();
    let mut work = Vec::new();
    for id in cfg.order() {
        if cfg.block(id).except_handler {
            cfg.visit(id);
            work.push(id);
        }
    }
    while let Some(id) = work.pop() {
        cfg.block_mut(id).cold = true;
        successors(cfg, id, |block| !block.warm, &mut work);
    }
}

/// Pushes the unvisited blocks that `id` jumps or falls to.
fn successors(cfg: &mut Cfg, id: BlockId, wanted: fn(&super::Block) -> bool, work: &mut Vec<BlockId>) {
    let block = cfg.block(id);
    let next = if block.falls_through() { block.next } else { NO_BLOCK };
    let jump = block.last().filter(|last| is_jump(last.op)).map_or(NO_BLOCK, |last| last.target);
    for successor in [next, jump] {
        if successor != NO_BLOCK && wanted(cfg.block(successor)) && cfg.visit(successor) {
            work.push(successor);
        }
    }
}

/// A cold block that falls into a warm one will be torn from it: it gets a jump.
fn add_explicit_jumps(cfg: &mut Cfg) {
    for id in cfg.order() {
        let block = cfg.block(id);
        let next = block.next;
        if !block.cold || next == NO_BLOCK || !block.falls_through() || !cfg.block(next).warm {
            continue;
        }
        let jump = cfg.add_block();
        let explicit = cfg.block_mut(jump);
        explicit.cold = true;
        explicit.predecessors = 1;
        explicit.next = next;
        explicit.instrs.push(Instr { target: next, ..Instr::new(JUMP_NO_INTERRUPT, 0, Location::NONE) });
        cfg.block_mut(next).labelled = true;
        cfg.block_mut(id).next = jump;
    }
}
