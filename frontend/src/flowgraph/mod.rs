//! The control flow graph of one code unit and the passes that turn it into final bytecode.
//!
//! The code generator hands over a linear [`Sequence`]; [`build`] cuts it into basic blocks; [`optimize`] and
//! [`lower`] run the passes in CPython's order, one pass a file. Blocks form a chain by `next`, which is the order of
//! emission. Invariant: only the last instruction of a block jumps or leaves the code unit.

mod build;
mod checks;
mod cold;
mod constants;
mod exceptions;
mod folding;
mod inlining;
mod jumps;
mod lines;
mod load_fast;
mod nops;
mod peephole;
mod prefix;
mod reachability;
mod stackdepth;
mod superinstructions;
mod swaps;
mod unused_consts;

use ir::locations::Location;
use ir::opcode::Opcode::{self, *};
use ir::opcode::OpcodeFlags;

use crate::codegen::sequence::Sequence;
use crate::constants::ConstPool;

pub use prefix::LocalsLayout;

/// The index of a block in its graph.
pub type BlockId = u32;

/// Stands for "no block".
pub const NO_BLOCK: BlockId = u32::MAX;

/// An instruction in the graph.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    pub op: Opcode,
    pub arg: u32,
    /// The block a jump goes to, or the handler that a `SETUP_*` opens.
    pub target: BlockId,
    /// The handler that protects this instruction.
    pub except: BlockId,
    pub location: Location,
}

impl Instr {
    /// An instruction without target and handler.
    pub fn new(op: Opcode, arg: u32, location: Location) -> Instr {
        Instr { op, arg, target: NO_BLOCK, except: NO_BLOCK, location }
    }

    /// Replaces operation and argument, keeping the place.
    pub fn set(&mut self, op: Opcode, arg: u32) {
        self.op = op;
        self.arg = arg;
        self.target = NO_BLOCK;
    }

    /// Makes the instruction do nothing, keeping its place.
    pub fn set_nop(&mut self) {
        self.set(NOP, 0);
    }
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct Block {
    pub instrs: Vec<Instr>,
    pub next: BlockId,
    /// Something jumps here by name (known when the graph is built, or when a pass makes a jump).
    pub labelled: bool,
    pub visited: bool,
    pub except_handler: bool,
    pub preserve_lasti: bool,
    pub cold: bool,
    pub warm: bool,
    pub predecessors: u32,
    /// Depth of the stack at the start; negative while unknown.
    pub start_depth: i32,
    /// Which of the first 64 locals may be unbound at the start.
    pub unsafe_locals: u64,
    /// The handlers of instructions that were cut off the end, the nearest last. CPython keeps a block in an array
    /// whose slots remember them, and an instruction appended later comes under the handler of its slot.
    cut_handlers: Vec<BlockId>,
}

impl Block {
    fn new() -> Block {
        Block {
            instrs: Vec::new(),
            next: NO_BLOCK,
            labelled: false,
            visited: false,
            except_handler: false,
            preserve_lasti: false,
            cold: false,
            warm: false,
            predecessors: 0,
            start_depth: -1,
            unsafe_locals: 0,
            cut_handlers: Vec::new(),
        }
    }

    /// Appends an instruction that has its handler.
    fn push(&mut self, instr: Instr) {
        self.cut_handlers.pop();
        self.instrs.push(instr);
    }

    /// Appends a new instruction; its handler is that of the slot.
    fn push_new(&mut self, mut instr: Instr) {
        instr.except = self.cut_handlers.pop().unwrap_or(NO_BLOCK);
        self.instrs.push(instr);
    }

    /// Puts instructions in front of the others.
    fn push_front(&mut self, prefix: Vec<Instr>) {
        let slots_left = self.cut_handlers.len().saturating_sub(prefix.len());
        self.cut_handlers.truncate(slots_left);
        self.instrs.splice(0..0, prefix);
    }

    /// Puts the first `kept` of `instrs` (by then in place) in the block, which had all of `before`.
    fn truncate(&mut self, kept: usize, before: &[BlockId]) {
        self.cut_handlers.extend(before[kept..].iter().rev());
        self.instrs.truncate(kept);
    }

    fn last(&self) -> Option<&Instr> {
        self.instrs.last()
    }

    /// Control can reach the next block without a jump.
    fn falls_through(&self) -> bool {
        self.last().is_none_or(|last| !is_scope_exit(last.op) && !is_unconditional_jump(last.op))
    }

    /// The block ends by leaving the code unit.
    fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| is_scope_exit(last.op))
    }

    /// No instruction of the block names a line.
    fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|instr| instr.location.line <= 0)
    }
}

/// The graph of one code unit.
pub struct Cfg {
    pub blocks: Vec<Block>,
    pub entry: BlockId,
}

impl Cfg {
    fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id as usize]
    }

    fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id as usize]
    }

    fn add_block(&mut self) -> BlockId {
        self.blocks.push(Block::new());
        (self.blocks.len() - 1) as BlockId
    }

    /// The blocks in order of emission.
    fn order(&self) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(self.blocks.len());
        let mut id = self.entry;
        while id != NO_BLOCK {
            order.push(id);
            id = self.block(id).next;
        }
        order
    }

    /// The block itself, or the first one behind it that has instructions; `NO_BLOCK` if there is none.
    fn next_nonempty(&self, mut id: BlockId) -> BlockId {
        while id != NO_BLOCK && self.block(id).instrs.is_empty() {
            id = self.block(id).next;
        }
        id
    }

    fn clear_visited(&mut self) {
        for block in &mut self.blocks {
            block.visited = false;
        }
    }

    /// Marks a block visited; true when it was not.
    fn visit(&mut self, id: BlockId) -> bool {
        !std::mem::replace(&mut self.block_mut(id).visited, true)
    }
}

/// Conditional or unconditional jumps, pseudo ones included.
fn is_jump(op: Opcode) -> bool {
    op.has(OpcodeFlags::JUMP)
}

/// `SETUP_*`: the start of a protected range.
fn is_block_push(op: Opcode) -> bool {
    matches!(op, SETUP_FINALLY | SETUP_CLEANUP | SETUP_WITH)
}

/// The instruction carries a block: a jump's target or a handler.
fn has_target(op: Opcode) -> bool {
    is_jump(op) || is_block_push(op)
}

fn is_scope_exit(op: Opcode) -> bool {
    matches!(op, RETURN_VALUE | RAISE_VARARGS | RERAISE)
}

fn is_unconditional_jump(op: Opcode) -> bool {
    matches!(op, JUMP | JUMP_NO_INTERRUPT | JUMP_FORWARD | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT)
}

fn is_conditional_jump(op: Opcode) -> bool {
    matches!(op, POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | POP_JUMP_IF_NONE | POP_JUMP_IF_NOT_NONE)
}

/// An instruction that ends its block.
fn is_terminator(op: Opcode) -> bool {
    is_jump(op) || is_scope_exit(op)
}

/// What the passes need to know about the code unit beside its graph.
pub struct UnitFacts {
    pub first_line: i32,
    pub flags: u32,
    /// Local variables that live in fast slots.
    pub nlocals: usize,
    /// How many of them are parameters.
    pub nparams: usize,
}

/// The finished code: instructions in order with jumps by instruction index, and the depth of the stack.
pub struct Lowered {
    pub sequence: Vec<FinalInstr>,
    pub stack_depth: u32,
}

/// An instruction in its final place.
#[derive(Clone, Copy, Debug)]
pub struct FinalInstr {
    pub op: Opcode,
    pub arg: u32,
    pub location: Location,
    /// Index of the instruction that a jump goes to.
    pub target: u32,
    /// The handler that protects the instruction, if any.
    pub handler: Option<Handler>,
}

/// Where an exception goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Index of the handler's first instruction.
    pub target: u32,
    /// Stack depth at the handler's start, with what was pushed for it.
    pub start_depth: i32,
    pub preserve_lasti: bool,
}

/// Why a graph was refused. Only a defect of the code generator leads here.
#[derive(Debug)]
pub struct StackUnderflow;

/// The optimising passes: from instructions as generated to the final order of blocks.
pub fn optimize(sequence: Sequence, consts: &mut ConstPool, facts: &UnitFacts) -> Cfg {
    let mut cfg = build::build(sequence);
    exceptions::label_targets(&mut cfg);

    inlining::inline_small_or_lineless_blocks(&mut cfg);
    reachability::remove_unreachable(&mut cfg);
    lines::resolve(&mut cfg);
    constants::optimize_load_const(&mut cfg, consts);
    for id in cfg.order() {
        peephole::optimize_block(&mut cfg, id, consts);
    }
    nops::remove_nops_and_pairs(&mut cfg);
    reachability::remove_unreachable(&mut cfg);
    nops::remove_nops_and_jumps(&mut cfg);

    unused_consts::remove(&mut cfg, consts);
    checks::add_for_unbound_locals(&mut cfg, facts.nlocals, facts.nparams);
    superinstructions::insert(&mut cfg);
    cold::push_to_end(&mut cfg);
    lines::resolve(&mut cfg);
    cfg
}

/// The lowering passes: pseudo instructions become real ones, variables get their slots.
pub fn lower(mut cfg: Cfg, facts: &UnitFacts, layout: &LocalsLayout) -> Result<Lowered, StackUnderflow> {
    jumps::expand_conditional(&mut cfg);
    let stack_depth = stackdepth::calculate(&mut cfg)?;
    prefix::prepare_locals(&mut cfg, facts, layout);
    jumps::convert_pseudo_ops(&mut cfg);
    jumps::normalize(&mut cfg);
    load_fast::borrow(&mut cfg);
    let sequence = jumps::linearize(&cfg);
    Ok(Lowered { sequence, stack_depth })
}
