//! Lowers pseudo jumps: conditional ones always go forward, unconditional ones get a direction.

use ir::opcode::Opcode::*;

use super::{
    Cfg, FinalInstr, Handler, Instr, NO_BLOCK, has_target, is_block_push, is_conditional_jump, nops,
};

/// `JUMP_IF_FALSE` and `JUMP_IF_TRUE` keep the value they test: copy, convert, pop-and-jump.
pub fn expand_conditional(cfg: &mut Cfg) {
    for id in cfg.order() {
        let block = cfg.block_mut(id);
        let Some(jump_slot) = block.instrs.last_mut() else { continue };
        let jump = *jump_slot;
        let op = match jump.op {
            JUMP_IF_FALSE => POP_JUMP_IF_FALSE,
            JUMP_IF_TRUE => POP_JUMP_IF_TRUE,
            _ => continue,
        };
        *jump_slot = Instr { op: COPY, arg: 1, target: NO_BLOCK, ..jump };
        block.push(Instr { op: TO_BOOL, arg: 0, target: NO_BLOCK, ..jump });
        block.push(Instr { op, ..jump });
    }
}

/// Replaces the pseudo instructions that are no jumps.
pub fn convert_pseudo_ops(cfg: &mut Cfg) {
    for id in cfg.order() {
        for instr in &mut cfg.block_mut(id).instrs {
            match instr.op {
                LOAD_CLOSURE => instr.op = LOAD_FAST,
                STORE_FAST_MAYBE_NULL => instr.op = STORE_FAST,
                op if is_block_push(op) => instr.set_nop(),
                _ => {}
            }
        }
    }
    nops::remove_nops_and_jumps(cfg);
}

/// Makes conditional jumps go forward, and marks the way on behind each of them for tracing tools.
pub fn normalize(cfg: &mut Cfg) {
    cfg.clear_visited();
    for id in cfg.order() {
        cfg.visit(id);
        let Some(&jump) = cfg.block(id).last() else { continue };
        if !is_conditional_jump(jump.op) {
            continue;
        }
        let not_taken = Instr { op: NOT_TAKEN, arg: 0, target: NO_BLOCK, except: NO_BLOCK, ..jump };
        if !cfg.block(jump.target).visited {
            cfg.block_mut(id).push_new(not_taken);
            continue;
        }
        let back = cfg.add_block();
        let (next, cold) = (cfg.block(id).next, cfg.block(id).cold);
        let start_depth = cfg.block(jump.target).start_depth;
        let block = cfg.block_mut(back);
        block.instrs = vec![not_taken, Instr { op: JUMP, except: NO_BLOCK, ..jump }];
        block.start_depth = start_depth;
        block.cold = cold;
        block.next = next;
        block.visited = true;
        let block = cfg.block_mut(id);
        block.next = back;
        if let Some(last) = block.instrs.last_mut() {
            last.op = match jump.op {
                POP_JUMP_IF_FALSE => POP_JUMP_IF_TRUE,
                POP_JUMP_IF_TRUE => POP_JUMP_IF_FALSE,
                POP_JUMP_IF_NONE => POP_JUMP_IF_NOT_NONE,
                _ => POP_JUMP_IF_NONE,
            };
            last.target = next;
        }
    }
}

/// Lays the blocks out in a row; targets become indices of instructions.
pub fn linearize(cfg: &Cfg) -> Vec<FinalInstr> {
    let order = cfg.order();
    let mut starts = vec![0u32; cfg.blocks.len()];
    let mut count = 0;
    for &id in &order {
        starts[id as usize] = count;
        count += cfg.block(id).instrs.len() as u32;
    }
    let mut sequence: Vec<FinalInstr> = Vec::with_capacity(count as usize);
    for &id in &order {
        for instr in &cfg.block(id).instrs {
            let target = if has_target(instr.op) { starts[instr.target as usize] } else { 0 };
            let backward = target <= sequence.len() as u32;
            let op = match instr.op {
                JUMP if backward => JUMP_BACKWARD,
                JUMP_NO_INTERRUPT if backward => JUMP_BACKWARD_NO_INTERRUPT,
                JUMP | JUMP_NO_INTERRUPT => JUMP_FORWARD,
                op => op,
            };
            let handler = (instr.except != NO_BLOCK).then(|| {
                let block = cfg.block(instr.except);
                Handler {
                    target: starts[instr.except as usize],
                    start_depth: block.start_depth,
                    preserve_lasti: block.preserve_lasti,
                }
            });
            sequence.push(FinalInstr { op, arg: instr.arg, location: instr.location, target, handler });
        }
    }
    sequence
}
