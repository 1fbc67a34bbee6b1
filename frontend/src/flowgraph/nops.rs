//! Removes `NOP`s that no line needs, jumps to the next instruction, and loads that are popped at once.

use ir::locations::Location;
use ir::opcode::Opcode::*;

use super::{BlockId, Cfg, NO_BLOCK, is_jump, is_unconditional_jump};

/// Removes redundant `NOP`s from every block.
pub fn remove_nops(cfg: &mut Cfg) {
    let mut id = cfg.entry;
    while id != NO_BLOCK {
        remove_nops_of(cfg, id);
        id = cfg.block(id).next;
    }
}

/// Removes `NOP`s and jumps to what follows anyway, until neither is left.
pub fn remove_nops_and_jumps(cfg: &mut Cfg) {
    loop {
        remove_nops(cfg);
        if !remove_jumps(cfg) {
            return;
        }
    }
}

/// Removes `NOP`s, and pairs of a load without effect and `POP_TOP`.
pub fn remove_nops_and_pairs(cfg: &mut Cfg) {
    loop {
        let mut changed = false;
        let mut previous: Option<(BlockId, usize)> = None;
        for id in cfg.order() {
            remove_nops_of(cfg, id);
            if cfg.block(id).labelled {
                previous = None;
            }
            for i in 0..cfg.block(id).instrs.len() {
                if cfg.block(id).instrs[i].op == POP_TOP
                    && let Some((at, j)) = previous
                    && is_pure_load(cfg, at, j)
                {
                    cfg.block_mut(at).instrs[j].set_nop();
                    cfg.block_mut(id).instrs[i].set_nop();
                    changed = true;
                }
                previous = Some((id, i));
            }
            let block = cfg.block(id);
            let ends_in_jump = previous.is_some_and(|(at, i)| is_jump(cfg.block(at).instrs[i].op));
            if ends_in_jump || !block.falls_through() {
                previous = None;
            }
        }
        if !changed {
            return;
        }
    }
}

fn is_pure_load(cfg: &Cfg, id: BlockId, i: usize) -> bool {
    let instr = cfg.block(id).instrs[i];
    matches!(instr.op, LOAD_CONST | LOAD_SMALL_INT) || (instr.op == COPY && instr.arg == 1)
}

fn remove_nops_of(cfg: &mut Cfg, id: BlockId) {
    if !cfg.block(id).instrs.iter().any(|instr| instr.op == NOP) {
        return;
    }
    let line_behind = line_behind(cfg, cfg.block(id).next);
    let block = cfg.block_mut(id);
    let handlers: Vec<BlockId> = block.instrs.iter().map(|instr| instr.except).collect();
    let instrs = &mut block.instrs;
    let mut kept = 0;
    let mut previous_line = -1;
    for at in 0..instrs.len() {
        let instr = instrs[at];
        let line = instr.location.line;
        if instr.op == NOP {
            if line == Location::NONE.line || line == previous_line {
                continue;
            }
            match instrs.get_mut(at + 1) {
                Some(next) if next.location.line == line => continue,
                Some(next) if next.location.line == Location::NONE.line => {
                    next.location = instr.location;
                    continue;
                }
                Some(_) => {}
                None if line_behind == Some(line) => continue,
                None => {}
            }
        }
        instrs[kept] = instr;
        kept += 1;
        previous_line = line;
    }
    block.truncate(kept, &handlers);
}

/// The line of the first instruction behind a block that will remain.
fn line_behind(cfg: &Cfg, next: BlockId) -> Option<i32> {
    let next = cfg.next_nonempty(next);
    if next == NO_BLOCK {
        return None;
    }
    let mut instrs = cfg.block(next).instrs.iter();
    let first = instrs.find(|instr| instr.op != NOP || instr.location.line != Location::NONE.line);
    Some(first.map_or(Location::NONE.line, |instr| instr.location.line))
}

fn remove_jumps(cfg: &mut Cfg) -> bool {
    let mut changed = false;
    let mut id = cfg.entry;
    while id != NO_BLOCK {
        let next = cfg.block(id).next;
        if let Some(&last) = cfg.block(id).last()
            && is_unconditional_jump(last.op)
            && next != NO_BLOCK
            && cfg.next_nonempty(last.target) == cfg.next_nonempty(next)
        {
            if let Some(jump) = cfg.block_mut(id).instrs.last_mut() {
                jump.set_nop();
            }
            changed = true;
        }
        id = next;
    }
    changed
}
