//! Computes the deepest stack and the depth at the start of every block.

use ir::opcode::Opcode::END_ASYNC_FOR;

use super::{BlockId, Cfg, NO_BLOCK, StackUnderflow, has_target, is_scope_exit, is_unconditional_jump};

/// The maximal depth. A block is looked at again when a deeper way into it is found.
pub fn calculate(cfg: &mut Cfg) -> Result<u32, StackUnderflow> {
    for block in &mut cfg.blocks {
        block.start_depth = i32::MIN;
    }
    // Room for at least one value.
    let mut deepest = 1;
    let mut work = Vec::new();
    push(cfg, cfg.entry, 0, &mut work);
    while let Some(id) = work.pop() {
        let block = cfg.block(id);
        let mut depth = block.start_depth;
        let mut next = block.next;
        for i in 0..cfg.block(id).instrs.len() {
            let instr = cfg.block(id).instrs[i];
            let after = depth + instr.op.stack_effect(instr.arg, false) as i32;
            if after < 0 {
                return Err(StackUnderflow);
            }
            deepest = deepest.max(depth);
            if has_target(instr.op) && instr.op != END_ASYNC_FOR {
                let at_target = depth + instr.op.stack_effect(instr.arg, true) as i32;
                deepest = deepest.max(at_target);
                push(cfg, instr.target, at_target, &mut work);
            }
            depth = after;
            deepest = deepest.max(depth);
            if is_unconditional_jump(instr.op) || is_scope_exit(instr.op) {
                next = NO_BLOCK;
                break;
            }
        }
        if next != NO_BLOCK {
            push(cfg, next, depth, &mut work);
        }
    }
    Ok(deepest as u32)
}

fn push(cfg: &mut Cfg, id: BlockId, depth: i32, work: &mut Vec<BlockId>) {
    let block = cfg.block_mut(id);
    if block.start_depth < depth && block.start_depth < 100 {
        block.start_depth = depth;
        work.push(id);
    }
}
