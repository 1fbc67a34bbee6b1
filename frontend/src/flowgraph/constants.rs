//! Shortens what follows the load of a constant: known branches, `is None` tests, truth values, small integers.

use ir::code::Const;
use ir::opcode::Opcode::{self, *};

use super::{Cfg, Instr};
use crate::constants::{ConstPool, is_true, small_int};

/// The constant that an instruction loads, if it loads one.
pub fn loaded_const(instr: &Instr, consts: &ConstPool) -> Option<Const> {
    match instr.op {
        LOAD_CONST => Some(consts.get(instr.arg).clone()),
        LOAD_SMALL_INT => Some(Const::int(instr.arg)),
        _ => None,
    }
}

/// Makes an instruction load a constant, in the shorter form if the constant allows it.
pub fn set_load(instr: &mut Instr, value: Const, consts: &mut ConstPool) {
    match small_int(&value) {
        Some(number) => instr.set(LOAD_SMALL_INT, number),
        None => instr.set(LOAD_CONST, consts.add(value)),
    }
}

/// Runs over every block once.
pub fn optimize_load_const(cfg: &mut Cfg, consts: &mut ConstPool) {
    for id in cfg.order() {
        optimize_block(&mut cfg.block_mut(id).instrs, consts);
    }
}

fn optimize_block(instrs: &mut [Instr], consts: &mut ConstPool) {
    // The load whose value is on top of the stack: the instruction itself, or one that it copies.
    let mut load = Instr::new(NOP, 0, ir::locations::Location::NONE);
    for i in 0..instrs.len() {
        if instrs[i].op == LOAD_CONST
            && let Some(number) = small_int(consts.get(instrs[i].arg))
        {
            instrs[i].set(LOAD_SMALL_INT, number);
        }
        let copies_load = load.op == LOAD_CONST && instrs[i].op == COPY && instrs[i].arg == 1;
        if !copies_load {
            load = instrs[i];
        }
        if !matches!(load.op, LOAD_CONST | LOAD_SMALL_INT) {
            continue;
        }
        let next = instrs.get(i + 1).map_or(NOP, |next| next.op);
        match next {
            TO_BOOL | POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | JUMP_IF_FALSE | JUMP_IF_TRUE => {
                let Some(value) = loaded_const(&load, consts) else { continue };
                resolve_truth(instrs, i, next, is_true(&value), consts);
            }
            IS_OP if loaded_const(&load, consts) == Some(Const::None) => fold_none_test(instrs, i),
            _ => {}
        }
    }
}

fn resolve_truth(instrs: &mut [Instr], i: usize, next: Opcode, truth: bool, consts: &mut ConstPool) {
    match next {
        TO_BOOL => {
            instrs[i].set_nop();
            let index = consts.add(Const::bool(truth));
            instrs[i + 1].set(LOAD_CONST, index);
        }
        POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE => {
            instrs[i].set_nop();
            set_branch(&mut instrs[i + 1], truth == (next == POP_JUMP_IF_TRUE));
        }
        // These keep the value.
        _ => set_branch(&mut instrs[i + 1], truth == (next == JUMP_IF_TRUE)),
    }
}

fn set_branch(jump: &mut Instr, taken: bool) {
    if taken {
        jump.op = JUMP;
    } else {
        jump.set_nop();
    }
}

/// `LOAD_CONST None; IS_OP; [TO_BOOL;] POP_JUMP_IF_x` becomes one jump.
fn fold_none_test(instrs: &mut [Instr], i: usize) {
    let mut at = i + 2;
    if instrs.get(at).is_some_and(|instr| instr.op == TO_BOOL) {
        instrs[at].set_nop();
        at += 1;
    }
    let Some(jump) = instrs.get_mut(at) else { return };
    let when_none = match jump.op {
        POP_JUMP_IF_TRUE => true,
        POP_JUMP_IF_FALSE => false,
        _ => return,
    };
    let inverted = instrs[i + 1].arg == 1;
    instrs[at].op = if when_none != inverted { POP_JUMP_IF_NONE } else { POP_JUMP_IF_NOT_NONE };
    instrs[i].set_nop();
    instrs[i + 1].set_nop();
}
