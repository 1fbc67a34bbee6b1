//! Drops the constants that no instruction loads any more. The first one stays: it may be the docstring.

use ir::opcode::Opcode::LOAD_CONST;

use super::Cfg;
use crate::constants::ConstPool;

/// Compacts the constants and renumbers their loads.
pub fn remove(cfg: &mut Cfg, consts: &mut ConstPool) {
    let mut used = vec![false; consts.len()];
    let Some(first) = used.first_mut() else { return };
    *first = true;
    let order = cfg.order();
    for &id in &order {
        for instr in cfg.block(id).instrs.iter().filter(|instr| instr.op == LOAD_CONST) {
            used[instr.arg as usize] = true;
        }
    }
    if used.iter().all(|&used| used) {
        return;
    }
    let mut renumbered = Vec::with_capacity(used.len());
    let mut count = 0;
    for &used in &used {
        renumbered.push(count);
        count += u32::from(used);
    }
    for &id in &order {
        for instr in cfg.block_mut(id).instrs.iter_mut().filter(|instr| instr.op == LOAD_CONST) {
            instr.arg = renumbered[instr.arg as usize];
        }
    }
    consts.retain(&used);
}
