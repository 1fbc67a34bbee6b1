//! Rewrites inside one block: jump threading, constant folding, redundant conversions, swaps.

use ir::opcode::Intrinsic1;
use ir::opcode::Opcode::{self, *};

use super::{BlockId, Cfg, Instr, folding, has_target, swaps};
use crate::constants::ConstPool;

/// Optimises one block.
pub fn optimize_block(cfg: &mut Cfg, id: BlockId, consts: &mut ConstPool) {
    thread_jump(cfg, id);
    let instrs = &mut cfg.block_mut(id).instrs;
    for i in 0..instrs.len() {
        rewrite(instrs, i, consts);
    }
    let mut i = 0;
    while i < instrs.len() {
        if instrs[i].op == SWAP {
            i = swaps::shorten_run(instrs, i);
            swaps::apply_static(instrs, i);
        }
        i += 1;
    }
}

/// Follows jumps to jumps, from the last instruction of the block.
fn thread_jump(cfg: &mut Cfg, id: BlockId) {
    // Handlers and jump targets skip empty blocks.
    for i in 0..cfg.block(id).instrs.len() {
        let instr = cfg.block(id).instrs[i];
        if has_target(instr.op) {
            let target = cfg.next_nonempty(instr.target);
            cfg.block_mut(id).instrs[i].target = target;
        }
    }
    // Each round goes to another target; a cycle of jumps is left alone after as many rounds as there are blocks.
    for _ in 0..cfg.blocks.len() {
        let Some(&jump) = cfg.block(id).last() else { return };
        if !has_target(jump.op) {
            return;
        }
        let Some(&target) = cfg.block(jump.target).instrs.first() else { return };
        let threaded = match (jump.op, target.op) {
            (POP_JUMP_IF_NOT_NONE | POP_JUMP_IF_NONE | POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE, JUMP) => jump.op,
            (JUMP_IF_FALSE, JUMP | JUMP_IF_FALSE) | (JUMP_IF_TRUE, JUMP | JUMP_IF_TRUE) => jump.op,
            (JUMP_IF_FALSE, JUMP_IF_TRUE) | (JUMP_IF_TRUE, JUMP_IF_FALSE) => {
                let behind = cfg.next_nonempty(cfg.block(jump.target).next);
                if let Some(last) = cfg.block_mut(id).instrs.last_mut() {
                    last.target = behind;
                }
                continue;
            }
            (JUMP | JUMP_NO_INTERRUPT, JUMP) => JUMP,
            (JUMP | JUMP_NO_INTERRUPT, JUMP_NO_INTERRUPT) => jump.op,
            _ => return,
        };
        let destination = cfg.next_nonempty(target.target);
        if destination == jump.target {
            return;
        }
        let block = cfg.block_mut(id);
        if let Some(last) = block.instrs.last_mut() {
            last.set_nop();
        }
        block.push_new(Instr { target: destination, ..Instr::new(threaded, 0, target.location) });
    }
}

fn rewrite(instrs: &mut [Instr], i: usize, consts: &mut ConstPool) {
    let Instr { op, arg, .. } = instrs[i];
    let next = instrs.get(i + 1).map_or(NOP, |next| next.op);
    match op {
        BUILD_TUPLE => {
            if next == UNPACK_SEQUENCE && arg == instrs[i + 1].arg && (1..=3).contains(&arg) {
                instrs[i].set_nop();
                if arg == 1 {
                    instrs[i + 1].set_nop();
                } else {
                    instrs[i + 1].set(SWAP, arg);
                }
                return;
            }
            folding::tuple(instrs, i, consts);
        }
        BUILD_LIST | BUILD_SET => folding::list_or_set(instrs, i, next, consts),
        LIST_APPEND | SET_ADD if arg == 1 && matches!(next, GET_ITER | CONTAINS_OP) => {
            folding::appended_sequence(instrs, i, consts);
        }
        STORE_FAST
            if next == STORE_FAST
                && arg == instrs[i + 1].arg
                && instrs[i].location.line == instrs[i + 1].location.line =>
        {
            instrs[i].set(POP_TOP, 0);
        }
        SWAP if arg == 1 => instrs[i].set_nop(),
        LOAD_GLOBAL if next == PUSH_NULL && arg & 1 == 0 => {
            instrs[i].arg |= 1;
            instrs[i + 1].set_nop();
        }
        COMPARE_OP if next == TO_BOOL => move_down(instrs, i, COMPARE_OP, arg | ir::opcode::COMPARE_TO_BOOL),
        CONTAINS_OP | IS_OP if next == TO_BOOL => move_down(instrs, i, op, arg),
        CONTAINS_OP | IS_OP if next == UNARY_NOT => move_down(instrs, i, op, arg ^ 1),
        TO_BOOL if next == TO_BOOL => instrs[i].set_nop(),
        UNARY_NOT if next == TO_BOOL => move_down(instrs, i, UNARY_NOT, 0),
        UNARY_NOT if next == UNARY_NOT => {
            instrs[i].set_nop();
            instrs[i + 1].set_nop();
        }
        UNARY_NOT | UNARY_INVERT | UNARY_NEGATIVE => folding::unary(instrs, i, consts),
        CALL_INTRINSIC_1
            if arg == Intrinsic1::ListToTuple as u32
                && !folding::list_to_tuple(instrs, i, consts)
                && next == GET_ITER =>
        {
            instrs[i].set_nop();
        }
        CALL_INTRINSIC_1 if arg == Intrinsic1::UnaryPositive as u32 => folding::unary(instrs, i, consts),
        BINARY_OP => folding::binary(instrs, i, consts),
        _ => {}
    }
}

/// The instruction takes the place of the one behind it, which it makes superfluous.
fn move_down(instrs: &mut [Instr], i: usize, op: Opcode, arg: u32) {
    instrs[i].set_nop();
    instrs[i + 1].set(op, arg);
}
