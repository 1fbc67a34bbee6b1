//! Turns `LOAD_FAST` into `LOAD_FAST_BORROW` where the variable surely outlives the value on the stack.
//!
//! A load may borrow when the value it pushes is consumed within its block, before the variable is overwritten, and
//! is not itself stored in a variable. Each block is simulated with a stack of "which instruction pushed this, from
//! which variable". Blocks that only an exception reaches are not looked at.

use ir::opcode::Opcode::{self, *};

use super::{BlockId, Cfg, NO_BLOCK, has_target, is_scope_exit, is_unconditional_jump};

/// A value on the simulated stack.
#[derive(Clone, Copy)]
struct Ref {
    /// The instruction that pushed it; `None` when it was there at the block's start.
    instr: Option<usize>,
    local: Option<u32>,
}

const UNKNOWN: Ref = Ref { instr: None, local: None };

struct Simulation {
    refs: Vec<Ref>,
    /// Instructions whose loads must own what they push.
    owned: Vec<bool>,
}

impl Simulation {
    fn push(&mut self, instr: usize, local: Option<u32>) {
        self.refs.push(Ref { instr: Some(instr), local });
    }

    fn pop(&mut self) -> Ref {
        self.refs.pop().unwrap_or(UNKNOWN)
    }

    fn own(&mut self, value: Ref) {
        if let Some(instr) = value.instr {
            self.owned[instr] = true;
        }
    }

    /// The variable is overwritten: what was loaded from it must stand on its own.
    fn kill(&mut self, local: u32) {
        for i in 0..self.refs.len() {
            if self.refs[i].local == Some(local) {
                self.own(self.refs[i]);
            }
        }
    }

    fn store(&mut self, local: u32) {
        let value = self.pop();
        self.kill(local);
        self.own(value);
    }
}

/// Looks at every block that normal control reaches.
pub fn borrow(cfg: &mut Cfg) {
    cfg.clear_visited();
    let entry = cfg.entry;
    cfg.visit(entry);
    cfg.block_mut(entry).start_depth = 0;
    let mut work = vec![entry];
    let mut simulation = Simulation { refs: Vec::new(), owned: Vec::new() };
    while let Some(id) = work.pop() {
        borrow_in_block(cfg, id, &mut simulation, &mut work);
    }
}

fn enter(cfg: &mut Cfg, id: BlockId, depth: usize, work: &mut Vec<BlockId>) {
    if cfg.visit(id) {
        cfg.block_mut(id).start_depth = depth as i32;
        work.push(id);
    }
}

fn borrow_in_block(cfg: &mut Cfg, id: BlockId, simulation: &mut Simulation, work: &mut Vec<BlockId>) {
    let mut instrs = std::mem::take(&mut cfg.block_mut(id).instrs);
    let start_depth = cfg.block(id).start_depth.max(0) as usize;
    simulation.refs.clear();
    simulation.refs.resize(start_depth, UNKNOWN);
    simulation.owned.clear();
    simulation.owned.resize(instrs.len(), false);
    for (i, instr) in instrs.iter().enumerate() {
        step(cfg, simulation, i, instr, work);
    }
    let falls_through =
        instrs.last().is_some_and(|last| !is_unconditional_jump(last.op) && !is_scope_exit(last.op));
    let next = cfg.block(id).next;
    // CPython stops at an empty block, and leaves what lies behind it as it is.
    if falls_through && next != NO_BLOCK {
        enter(cfg, next, simulation.refs.len(), work);
    }
    for i in 0..simulation.refs.len() {
        simulation.own(simulation.refs[i]);
    }
    for (instr, owned) in instrs.iter_mut().zip(&simulation.owned) {
        if *owned {
            continue;
        }
        match instr.op {
            LOAD_FAST => instr.op = LOAD_FAST_BORROW,
            LOAD_FAST_LOAD_FAST => instr.op = LOAD_FAST_BORROW_LOAD_FAST_BORROW,
            _ => {}
        }
    }
    cfg.block_mut(id).instrs = instrs;
}

fn step(cfg: &mut Cfg, s: &mut Simulation, i: usize, instr: &super::Instr, work: &mut Vec<BlockId>) {
    let arg = instr.arg;
    match instr.op {
        DELETE_FAST => s.kill(arg),
        LOAD_FAST => s.push(i, Some(arg)),
        LOAD_FAST_AND_CLEAR => {
            s.kill(arg);
            s.push(i, Some(arg));
        }
        LOAD_FAST_LOAD_FAST => {
            s.push(i, Some(arg >> 4));
            s.push(i, Some(arg & 15));
        }
        STORE_FAST => s.store(arg),
        STORE_FAST_LOAD_FAST => {
            s.store(arg >> 4);
            s.push(i, Some(arg & 15));
        }
        STORE_FAST_STORE_FAST => {
            s.store(arg >> 4);
            s.store(arg & 15);
        }
        COPY => {
            let copied = s.refs.len().checked_sub(arg as usize).map_or(UNKNOWN, |at| s.refs[at]);
            s.refs.push(copied);
        }
        SWAP => {
            let top = s.refs.len();
            if (1..=top).contains(&(arg as usize)) {
                s.refs.swap(top - 1, top - arg as usize);
            }
        }
        // CPython takes their results for the first instruction's, which can only cost a borrow.
        GET_ANEXT | GET_LEN | IMPORT_FROM | MATCH_KEYS | MATCH_MAPPING | MATCH_SEQUENCE
        | WITH_EXCEPT_START => s.push(0, None),
        DICT_MERGE | DICT_UPDATE | LIST_APPEND | LIST_EXTEND | MAP_ADD | RERAISE | SET_ADD | SET_UPDATE => {
            for _ in 0..-instr.op.stack_effect(arg, false) {
                s.pop();
            }
        }
        END_SEND | SET_FUNCTION_ATTRIBUTE => {
            let top = s.pop();
            s.pop();
            s.refs.push(top);
        }
        CHECK_EXC_MATCH => {
            s.pop();
            s.push(i, None);
        }
        FOR_ITER => {
            enter(cfg, instr.target, s.refs.len() + 1, work);
            s.push(i, None);
        }
        LOAD_ATTR | LOAD_SUPER_ATTR => {
            let object = s.pop();
            if instr.op == LOAD_SUPER_ATTR {
                s.pop();
                s.pop();
            }
            s.push(i, None);
            if arg & 1 != 0 {
                s.refs.push(object);
            }
        }
        // Their result may be the operand itself.
        GET_YIELD_FROM_ITER | FORMAT_SIMPLE => {}
        LOAD_SPECIAL | PUSH_EXC_INFO => {
            let top = s.pop();
            s.push(i, None);
            s.refs.push(top);
        }
        SEND => {
            enter(cfg, instr.target, s.refs.len(), work);
            s.pop();
            s.push(i, None);
        }
        op => {
            let popped = inputs(op, arg);
            let pushed = (popped as i64 + op.stack_effect(arg, false)).max(0);
            if has_target(op) {
                enter(cfg, instr.target, (s.refs.len() + pushed as usize).saturating_sub(popped), work);
            }
            s.refs.truncate(s.refs.len().saturating_sub(popped));
            for _ in 0..pushed {
                s.push(i, None);
            }
        }
    }
}

/// How many values an instruction takes from the stack, for the instructions that consume all they look at.
fn inputs(op: Opcode, arg: u32) -> usize {
    let n = arg as usize;
    match op {
        BUILD_LIST | BUILD_SET | BUILD_STRING | BUILD_TUPLE | BUILD_SLICE | RAISE_VARARGS => n,
        BUILD_MAP => 2 * n,
        BUILD_INTERPOLATION => 2 + (n & 1),
        CALL => n + 2,
        CALL_KW => n + 3,
        CALL_FUNCTION_EX | STORE_SLICE => 4,
        BINARY_SLICE | STORE_SUBSCR | MATCH_CLASS | CLEANUP_THROW => 3,
        BINARY_OP | COMPARE_OP | IS_OP | CONTAINS_OP | CHECK_EG_MATCH | CALL_INTRINSIC_2
        | FORMAT_WITH_SPEC | DELETE_SUBSCR | STORE_ATTR | IMPORT_NAME | END_ASYNC_FOR | BUILD_TEMPLATE => 2,
        POP_TOP
        | END_FOR
        | POP_ITER
        | POP_EXCEPT
        | UNARY_INVERT
        | UNARY_NEGATIVE
        | UNARY_NOT
        | TO_BOOL
        | CALL_INTRINSIC_1
        | CONVERT_VALUE
        | DELETE_ATTR
        | STORE_NAME
        | STORE_GLOBAL
        | STORE_DEREF
        | UNPACK_SEQUENCE
        | UNPACK_EX
        | YIELD_VALUE
        | RETURN_VALUE
        | GET_AWAITABLE
        | GET_ITER
        | GET_AITER
        | MAKE_FUNCTION
        | LOAD_FROM_DICT_OR_DEREF
        | LOAD_FROM_DICT_OR_GLOBALS
        | POP_JUMP_IF_FALSE
        | POP_JUMP_IF_TRUE
        | POP_JUMP_IF_NONE
        | POP_JUMP_IF_NOT_NONE
        | INTERPRETER_EXIT
        | EXIT_INIT_CHECK => 1,
        _ => 0,
    }
}
