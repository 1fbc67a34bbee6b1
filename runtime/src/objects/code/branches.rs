//! `co_branches()`: every conditional jump with the two places it may go on to.

use ir::opcode::Opcode;

/// Bytes of a code unit.
const UNIT: usize = 2;
/// Units of the instructions that a finished loop skips: END_FOR, POP_ITER.
const LOOP_END: usize = 2;
/// Units from the end of a SEND loop to the loop body: END_SEND, NOT_TAKEN.
const ASYNC_LOOP_END: usize = 2;

/// (offset of the branch, where it goes on if not taken, where if taken), in bytes.
pub type Branch = (usize, usize, usize);

/// The branches of bytecode, in order.
pub fn branches(code: &[u8]) -> Vec<Branch> {
    let mut found = Vec::new();
    let (mut unit, mut extended) = (0usize, 0usize);
    while let Some(&[number, low]) = code.get(unit * UNIT..unit * UNIT + UNIT).and_then(|s| s.first_chunk()) {
        let argument = extended << 8 | usize::from(low);
        let opcode = Opcode::from_number(number.into());
        let next = unit + 1 + opcode.map_or(0, |o| o.caches());
        let branch = match opcode {
            Some(
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE,
            ) => Some((unit, next + 1, next.saturating_add(argument))),
            Some(Opcode::FOR_ITER) => Some((unit, next, next.saturating_add(argument) + LOOP_END)),
            Some(Opcode::END_ASYNC_FOR) => {
                let source = next.saturating_sub(argument);
                Some((source, source + ASYNC_LOOP_END, next))
            }
            _ => None,
        };
        found.extend(branch.map(|(from, left, right)| (from * UNIT, left * UNIT, right * UNIT)));
        extended = if opcode == Some(Opcode::EXTENDED_ARG) { argument & 0xff_ffff } else { 0 };
        unit = next;
    }
    found
}
