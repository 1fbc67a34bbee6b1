//! Gives places in the source to instructions that have none of their own.

use ir::locations::Location;
use ir::opcode::OpcodeFlags;

use super::{Block, Cfg, NO_BLOCK, is_jump};

/// Duplicates exits that several jumps share, so that each can take the line of its jump, and spreads locations.
pub fn resolve(cfg: &mut Cfg) {
    duplicate_lineless_exits(cfg);
    propagate(cfg);
}

/// Exit blocks, and blocks that poll for interrupts, need a line for tracing.
fn needs_a_line(block: &Block) -> bool {
    let polls = || block.instrs.iter().any(|instr| instr.op.has(OpcodeFlags::EVAL_BREAK));
    (block.exits_scope() || polls()) && block.has_no_line()
}

fn duplicate_lineless_exits(cfg: &mut Cfg) {
    let mut id = cfg.entry;
    while id != NO_BLOCK {
        let next = cfg.block(id).next;
        if let Some(&jump) = cfg.block(id).last()
            && is_jump(jump.op)
        {
            let target = cfg.next_nonempty(jump.target);
            let shared = cfg.block(target);
            if shared.predecessors > 1 && !shared.falls_through() && needs_a_line(shared) {
                let mut copy =
                    Block { predecessors: 1, labelled: true, cut_handlers: Vec::new(), ..shared.clone() };
                copy.instrs[0].location = jump.location;
                cfg.blocks.push(copy);
                let fresh = (cfg.blocks.len() - 1) as u32;
                cfg.block_mut(target).next = fresh;
                cfg.block_mut(target).predecessors -= 1;
                if let Some(last) = cfg.block_mut(id).instrs.last_mut() {
                    last.target = fresh;
                }
            }
        }
        id = next;
    }
    // What is left without a line is reached by falling through only, from one block.
    for id in cfg.order() {
        let block = cfg.block(id);
        let next = block.next;
        if next == NO_BLOCK || !block.falls_through() {
            continue;
        }
        let Some(location) = block.last().map(|last| last.location) else { continue };
        if needs_a_line(cfg.block(next)) {
            cfg.block_mut(next).instrs[0].location = location;
        }
    }
}

fn propagate(cfg: &mut Cfg) {
    for id in cfg.order() {
        let mut previous = Location::NONE;
        for instr in &mut cfg.block_mut(id).instrs {
            if instr.location.line == Location::NONE.line {
                instr.location = previous;
            } else {
                previous = instr.location;
            }
        }
        let block = cfg.block(id);
        let Some(&last) = block.last() else { continue };
        let next = block.next;
        if next != NO_BLOCK && block.falls_through() {
            inherit(cfg, next, previous);
        }
        if is_jump(last.op) {
            inherit(cfg, last.target, previous);
        }
    }
}

/// The first instruction of a block with a single predecessor takes that predecessor's place.
fn inherit(cfg: &mut Cfg, id: u32, location: Location) {
    let block = cfg.block_mut(id);
    if block.predecessors != 1 {
        return;
    }
    if let Some(first) = block.instrs.first_mut()
        && first.location.line == Location::NONE.line
    {
        first.location = location;
    }
}
