//! Copies small exit blocks, and blocks that carry no line, into the blocks that jump to them.

use ir::opcode::Opcode::*;

use super::{BlockId, Cfg, is_unconditional_jump};

/// Exit blocks of at most this many instructions are worth copying.
const MAX_COPIED: usize = 4;

/// Repeats until nothing changes.
pub fn inline_small_or_lineless_blocks(cfg: &mut Cfg) {
    let order = cfg.order();
    let mut changed = true;
    while changed {
        changed = false;
        for &id in &order {
            changed |= inline_target(cfg, id);
        }
    }
}

fn inline_target(cfg: &mut Cfg, id: BlockId) -> bool {
    let Some(&jump) = cfg.block(id).last() else { return false };
    if !is_unconditional_jump(jump.op) {
        return false;
    }
    let target = cfg.block(jump.target);
    let small_exit = target.exits_scope() && target.instrs.len() <= MAX_COPIED;
    let lineless = target.has_no_line() && !target.falls_through();
    if !small_exit && !lineless {
        return false;
    }
    let copied = target.instrs.clone();
    cfg.block_mut(jump.target).predecessors = cfg.block(jump.target).predecessors.saturating_sub(1);
    let block = cfg.block_mut(id);
    if let Some(last) = block.instrs.last_mut() {
        last.set_nop();
    }
    for instr in copied {
        block.push(instr);
    }
    // The jump that was replaced polled for interrupts; the one that stands for it must too.
    if let Some(last) = block.instrs.last_mut()
        && lineless
        && jump.op == JUMP
        && last.op == JUMP_NO_INTERRUPT
    {
        last.op = JUMP;
    }
    true
}
