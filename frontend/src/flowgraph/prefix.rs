//! Lays out the fast locals and puts the instructions in front that prepare them.

use ir::code::co_flags;
use ir::locations::Location;
use ir::opcode::Opcode::*;

use super::{Cfg, Instr, UnitFacts};

/// The captured variables of a code unit.
pub struct LocalsLayout {
    /// For each cell, the local variable it is at the same time (a captured parameter), if any.
    pub cell_is_local: Vec<Option<usize>>,
    /// Free variables.
    pub nfree: usize,
}

impl LocalsLayout {
    /// The final slot of each cell and free variable: shared with its local, or behind the locals without gaps.
    fn slots(&self, nlocals: usize) -> Vec<u32> {
        let mut next = nlocals as u32;
        let free = std::iter::repeat_n(&None, self.nfree);
        let mut slots = Vec::with_capacity(self.cell_is_local.len() + self.nfree);
        for shared in self.cell_is_local.iter().chain(free) {
            match shared {
                Some(local) => slots.push(*local as u32),
                None => {
                    slots.push(next);
                    next += 1;
                }
            }
        }
        slots
    }
}

/// Gives cells and free variables their slots and inserts the prefix.
pub fn prepare_locals(cfg: &mut Cfg, facts: &UnitFacts, layout: &LocalsLayout) {
    let slots = layout.slots(facts.nlocals);
    for id in cfg.order() {
        for instr in &mut cfg.block_mut(id).instrs {
            if matches!(
                instr.op,
                MAKE_CELL | LOAD_CLOSURE | LOAD_DEREF | STORE_DEREF | DELETE_DEREF | LOAD_FROM_DICT_OR_DEREF
            ) {
                instr.arg = slots[instr.arg as usize];
            }
        }
    }
    insert_prefix(cfg, facts, layout, &slots);
}

fn insert_prefix(cfg: &mut Cfg, facts: &UnitFacts, layout: &LocalsLayout, slots: &[u32]) {
    let mut prefix = Vec::new();
    if layout.nfree > 0 {
        prefix.push(Instr::new(COPY_FREE_VARS, layout.nfree as u32, Location::NONE));
    }
    let mut cells = slots[..layout.cell_is_local.len()].to_vec();
    cells.sort_unstable();
    prefix.extend(cells.into_iter().map(|slot| Instr::new(MAKE_CELL, slot, Location::NONE)));
    if facts.flags & co_flags::ANY_GENERATOR != 0 {
        let location = Location::line_only(facts.first_line);
        prefix.push(Instr::new(RETURN_GENERATOR, 0, location));
        prefix.push(Instr::new(POP_TOP, 0, location));
    }
    let entry = cfg.entry;
    cfg.block_mut(entry).push_front(prefix);
}
