//! Joins neighbouring loads and stores of fast locals into one instruction.

use ir::opcode::Opcode::*;

use super::{Cfg, nops};

/// Both arguments must fit four bits.
const MAX_ARG: u32 = 16;

/// Joins the pairs, then drops the `NOP`s that are left of them.
pub fn insert(cfg: &mut Cfg) {
    for id in cfg.order() {
        let instrs = &mut cfg.block_mut(id).instrs;
        for i in 1..instrs.len() {
            let (first, second) = (instrs[i - 1], instrs[i]);
            let joined = match (first.op, second.op) {
                (LOAD_FAST, LOAD_FAST) => LOAD_FAST_LOAD_FAST,
                (STORE_FAST, LOAD_FAST) => STORE_FAST_LOAD_FAST,
                (STORE_FAST, STORE_FAST) => STORE_FAST_STORE_FAST,
                _ => continue,
            };
            let lines = (first.location.line, second.location.line);
            if lines.0 >= 0 && lines.1 >= 0 && lines.0 != lines.1 {
                continue;
            }
            if first.arg >= MAX_ARG || second.arg >= MAX_ARG {
                continue;
            }
            instrs[i - 1].set(joined, (first.arg << 4) | second.arg);
            instrs[i].set_nop();
        }
    }
    nops::remove_nops(cfg);
}
