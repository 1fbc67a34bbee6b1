//! Evaluates operators whose operands are constants, and builds constant sequences at compile time.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Intrinsic1;
use ir::opcode::Opcode::{self, *};

use super::Instr;
use super::constants::{loaded_const, set_load};
use crate::constants::{ConstPool, frozen_set};
use crate::fold;

/// Sequences longer than this are built in another way and folded by [`list_to_tuple`].
const MAX_ON_STACK: u32 = 30;

/// Lists and sets shorter than this are built item by item.
const MIN_CONST_SEQUENCE: u32 = 3;

/// The indices of the `count` loads of constants right before `end`, first to last; `NOP`s between them don't count.
fn const_loads_before(instrs: &[Instr], end: usize, count: u32) -> Option<Vec<usize>> {
    let mut loads = Vec::with_capacity(count as usize);
    let mut at = end;
    while loads.len() < count as usize {
        at = at.checked_sub(1)?;
        match instrs[at].op {
            NOP => {}
            LOAD_CONST | LOAD_SMALL_INT => loads.push(at),
            _ => return None,
        }
    }
    loads.reverse();
    Some(loads)
}

fn values(instrs: &[Instr], loads: &[usize], consts: &ConstPool) -> Option<Vec<Const>> {
    loads.iter().map(|&at| loaded_const(&instrs[at], consts)).collect()
}

fn erase(instrs: &mut [Instr], indices: &[usize]) {
    for &at in indices {
        instrs[at].set_nop();
        instrs[at].location = Location::NONE;
    }
}

/// `BUILD_TUPLE` of constants.
pub fn tuple(instrs: &mut [Instr], i: usize, consts: &mut ConstPool) {
    let count = instrs[i].arg;
    if count > MAX_ON_STACK {
        return;
    }
    let Some(loads) = const_loads_before(instrs, i, count) else { return };
    let Some(items) = values(instrs, &loads, consts) else { return };
    erase(instrs, &loads);
    set_load(&mut instrs[i], Const::Tuple(items.into()), consts);
}

/// `BUILD_LIST` and `BUILD_SET` of constants, or followed by iteration or a membership test.
pub fn list_or_set(instrs: &mut [Instr], i: usize, next: Opcode, consts: &mut ConstPool) {
    let contains_or_iter = matches!(next, GET_ITER | CONTAINS_OP);
    let Instr { op, arg: count, location, .. } = instrs[i];
    if count > MAX_ON_STACK || (count < MIN_CONST_SEQUENCE && !contains_or_iter) {
        return;
    }
    let loads = const_loads_before(instrs, i, count);
    let Some((loads, items)) =
        loads.and_then(|loads| values(instrs, &loads, consts).map(|items| (loads, items)))
    else {
        if contains_or_iter && op == BUILD_LIST {
            instrs[i].set(BUILD_TUPLE, count);
        }
        return;
    };
    let collected = if op == BUILD_LIST { Const::Tuple(items.into()) } else { frozen_set(items) };
    let index = consts.add(collected);
    erase(instrs, &loads);
    if contains_or_iter {
        instrs[i].set(LOAD_CONST, index);
        return;
    }
    instrs[i - 2].set(op, 0);
    instrs[i - 2].location = location;
    instrs[i - 1].set(LOAD_CONST, index);
    instrs[i - 1].location = location;
    instrs[i].set(if op == BUILD_LIST { LIST_EXTEND } else { SET_UPDATE }, 1);
}

/// A long constant tuple: `BUILD_LIST 0`, then loads and appends, then the conversion at `i`. True when folded.
pub fn list_to_tuple(instrs: &mut [Instr], i: usize, consts: &mut ConstPool) -> bool {
    fold_appends(instrs, i, i, consts)
}

/// A long constant list or set that is iterated or searched: `i` is its last append.
pub fn appended_sequence(instrs: &mut [Instr], i: usize, consts: &mut ConstPool) {
    if fold_appends(instrs, i + 1, i, consts) {
        instrs[i].location = Location::NONE;
    }
}

/// Folds the sequence whose appends end before `end` into a load at `result`.
fn fold_appends(instrs: &mut [Instr], end: usize, result: usize, consts: &mut ConstPool) -> bool {
    let mut expect_append = true;
    let mut items = Vec::new();
    let mut at = end;
    let build = loop {
        let Some(before) = at.checked_sub(1) else { return false };
        at = before;
        let instr = instrs[at];
        match instr.op {
            NOP => continue,
            BUILD_LIST | BUILD_SET if instr.arg == 0 && expect_append => break instr.op,
            LIST_APPEND | SET_ADD if instr.arg == 1 && expect_append => {}
            LOAD_CONST | LOAD_SMALL_INT if !expect_append => items.extend(loaded_const(&instr, consts)),
            _ => return false,
        }
        expect_append = !expect_append;
    };
    items.reverse();
    let used: Vec<usize> = (at..result).filter(|&at| instrs[at].op != NOP).collect();
    erase(instrs, &used);
    let value = if build == BUILD_LIST { Const::Tuple(items.into()) } else { frozen_set(items) };
    set_load(&mut instrs[result], value, consts);
    true
}

/// A unary operator (or the intrinsic for `+`) at `i`.
pub fn unary(instrs: &mut [Instr], i: usize, consts: &mut ConstPool) {
    let operator = match instrs[i].op {
        UNARY_NEGATIVE => fold::Unary::Negative,
        UNARY_INVERT => fold::Unary::Invert,
        UNARY_NOT => fold::Unary::Not,
        CALL_INTRINSIC_1 if instrs[i].arg == Intrinsic1::UnaryPositive as u32 => fold::Unary::Positive,
        _ => return,
    };
    let Some(loads) = const_loads_before(instrs, i, 1) else { return };
    let Some(operand) = loaded_const(&instrs[loads[0]], consts) else { return };
    let Some(result) = fold::unary(operator, &operand) else { return };
    erase(instrs, &loads);
    set_load(&mut instrs[i], result, consts);
}

/// `BINARY_OP` at `i`.
pub fn binary(instrs: &mut [Instr], i: usize, consts: &mut ConstPool) {
    let Some(loads) = const_loads_before(instrs, i, 2) else { return };
    let Some(operands) = values(instrs, &loads, consts) else { return };
    let Some(result) = fold::binary(instrs[i].arg, &operands[0], &operands[1]) else { return };
    erase(instrs, &loads);
    set_load(&mut instrs[i], result, consts);
}
