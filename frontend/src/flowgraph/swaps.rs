//! Makes runs of `SWAP` minimal, and removes those that the stores behind them can absorb.

use ir::opcode::Opcode::{self, *};

use super::Instr;

/// Rewrites the run of `SWAP`s and `NOP`s that starts at `start`; answers the index of its last instruction.
pub fn shorten_run(instrs: &mut [Instr], start: usize) -> usize {
    let run = &instrs[start..];
    let length = run.iter().position(|instr| !matches!(instr.op, SWAP | NOP)).unwrap_or(run.len());
    let swaps = run[..length].iter().filter(|instr| instr.op == SWAP);
    if swaps.clone().count() < 2 {
        return start;
    }
    let depth = swaps.clone().map(|instr| instr.arg as usize).max().unwrap_or(0);
    // Where each item of the stack comes from, the top being item 0.
    let mut stack: Vec<usize> = (0..depth).collect();
    for swap in swaps {
        stack.swap(0, swap.arg as usize - 1);
    }
    let mut needed = cycle_swaps(&stack);
    // A run that is already minimal stays as it is; the new swaps go to the end of the run.
    let run = &mut instrs[start..start + length];
    for instr in run.iter_mut().rev() {
        match needed.pop() {
            Some(arg) => instr.set(SWAP, arg),
            None => instr.set_nop(),
        }
    }
    start + length - 1
}

/// The `SWAP` arguments, first to last, that bring about the permutation: each cycle is led through the top.
fn cycle_swaps(permutation: &[usize]) -> Vec<u32> {
    let mut visited = vec![false; permutation.len()];
    let mut backwards = Vec::new();
    for start in 0..permutation.len() {
        if visited[start] || permutation[start] == start {
            continue;
        }
        let mut at = start;
        loop {
            if at != 0 {
                backwards.push(at as u32 + 1);
            }
            if visited[at] {
                break;
            }
            visited[at] = true;
            at = permutation[at];
        }
    }
    backwards.reverse();
    backwards
}

fn is_swappable(op: Opcode) -> bool {
    matches!(op, STORE_FAST | STORE_FAST_MAYBE_NULL | POP_TOP)
}

/// The variable that a swappable instruction writes.
fn stored_local(instr: &Instr) -> Option<u32> {
    matches!(instr.op, STORE_FAST | STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

/// The next instruction behind `at` that may trade places, on `line` if one is given.
fn next_swappable(instrs: &[Instr], at: usize, line: Option<i32>) -> Option<usize> {
    for (i, instr) in instrs.iter().enumerate().skip(at + 1) {
        if line.is_some_and(|line| line >= 0 && instr.location.line != line) {
            return None;
        }
        if instr.op == NOP {
            continue;
        }
        return is_swappable(instr.op).then_some(i);
    }
    None
}

/// Walks left from `end` and drops each `SWAP` whose effect two instructions to its right can have by trading places.
pub fn apply_static(instrs: &mut [Instr], end: usize) {
    for i in (0..=end).rev() {
        let op = instrs[i].op;
        if op != SWAP {
            if op == NOP || is_swappable(op) {
                continue;
            }
            return;
        }
        let Some(near) = next_swappable(instrs, i, None) else { return };
        let line = instrs[near].location.line;
        let mut far = near;
        for _ in 1..instrs[i].arg {
            match next_swappable(instrs, far, Some(line)) {
                Some(next) => far = next,
                None => return,
            }
        }
        if !may_trade(instrs, near, far) {
            return;
        }
        instrs[i].set_nop();
        instrs.swap(near, far);
    }
}

/// Trading places must not change which store to a variable comes last.
fn may_trade(instrs: &[Instr], near: usize, far: usize) -> bool {
    let stores = [stored_local(&instrs[near]), stored_local(&instrs[far])];
    if stores == [None, None] {
        return true;
    }
    if stores[0] == stores[1] {
        return false;
    }
    !instrs[near + 1..far].iter().any(|between| {
        let stored = stored_local(between);
        stored.is_some() && stores.contains(&stored)
    })
}
