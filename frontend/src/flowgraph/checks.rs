//! Turns `LOAD_FAST` into `LOAD_FAST_CHECK` where the variable may be unbound.
//!
//! A forward data flow over the first 64 variables, as a bit mask per block; the variables beyond are looked at one
//! block at a time, which keeps big functions linear.

use ir::opcode::Opcode::*;

use super::{BlockId, Cfg, NO_BLOCK, is_jump};

/// How many variables the data flow follows.
const TRACKED: usize = 64;

/// Adds the checks.
pub fn add_for_unbound_locals(cfg: &mut Cfg, nlocals: usize, nparams: usize) {
    if nlocals == 0 {
        return;
    }
    if nlocals > TRACKED {
        check_many_locals(cfg, nlocals);
    }
    for block in &mut cfg.blocks {
        block.visited = false;
        block.unsafe_locals = 0;
    }
    let below = |count: usize| if count >= TRACKED { u64::MAX } else { (1u64 << count) - 1 };
    let mut work = Vec::new();
    merge(cfg, cfg.entry, below(nlocals) & !below(nparams), &mut work);
    for id in cfg.order() {
        scan_block(cfg, id, &mut work);
    }
    while let Some(id) = work.pop() {
        cfg.block_mut(id).visited = false;
        scan_block(cfg, id, &mut work);
    }
}

/// Adds possibly unbound variables to a block's start; a block that learns something new is looked at again.
fn merge(cfg: &mut Cfg, id: BlockId, mask: u64, work: &mut Vec<BlockId>) {
    let block = cfg.block_mut(id);
    let both = block.unsafe_locals | mask;
    if block.unsafe_locals == both {
        return;
    }
    block.unsafe_locals = both;
    if cfg.visit(id) {
        work.push(id);
    }
}

fn scan_block(cfg: &mut Cfg, id: BlockId, work: &mut Vec<BlockId>) {
    let mut mask = cfg.block(id).unsafe_locals;
    for i in 0..cfg.block(id).instrs.len() {
        let instr = cfg.block(id).instrs[i];
        if instr.except != NO_BLOCK {
            merge(cfg, instr.except, mask, work);
        }
        if instr.arg as usize >= TRACKED {
            continue;
        }
        let bit = 1u64 << instr.arg;
        match instr.op {
            DELETE_FAST | LOAD_FAST_AND_CLEAR | STORE_FAST_MAYBE_NULL => mask |= bit,
            STORE_FAST | LOAD_FAST_CHECK => mask &= !bit,
            LOAD_FAST => {
                if mask & bit != 0 {
                    cfg.block_mut(id).instrs[i].op = LOAD_FAST_CHECK;
                }
                mask &= !bit;
            }
            _ => {}
        }
    }
    let block = cfg.block(id);
    let (next, last) = (block.next, block.last().copied());
    if next != NO_BLOCK && block.falls_through() {
        merge(cfg, next, mask, work);
    }
    if let Some(last) = last
        && is_jump(last.op)
    {
        merge(cfg, last.target, mask, work);
    }
}

fn check_many_locals(cfg: &mut Cfg, nlocals: usize) {
    // The block in which a variable was last known to be bound; blocks count from 1.
    let mut bound_in = vec![0u32; nlocals - TRACKED];
    for (number, id) in (1u32..).zip(cfg.order()) {
        for instr in &mut cfg.block_mut(id).instrs {
            let Some(index) = (instr.arg as usize).checked_sub(TRACKED) else { continue };
            match instr.op {
                DELETE_FAST | LOAD_FAST_AND_CLEAR | STORE_FAST_MAYBE_NULL => bound_in[index] = number - 1,
                STORE_FAST => bound_in[index] = number,
                LOAD_FAST => {
                    if bound_in[index] != number {
                        instr.op = LOAD_FAST_CHECK;
                    }
                    bound_in[index] = number;
                }
                _ => {}
            }
        }
    }
}
