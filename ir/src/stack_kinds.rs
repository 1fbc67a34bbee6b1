//! What kinds of values are on the stack at each bytecode instruction, as far as jumps from one line to another must know.

use crate::opcode::Opcode;
use crate::register::Bytecode;

/// The kind of a stack slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Any value.
    Object,
    /// The iterator of a loop.
    Iterator,
    /// An exception that is or was handled.
    Except,
    /// The offset of an instruction that raised.
    Lasti,
    /// NULL.
    Null,
}

/// The stack at each instruction of `bytecode.instructions`, `None` where control never gets.
pub fn stack_kinds(bytecode: &Bytecode) -> Vec<Option<Vec<Kind>>> {
    let mut stacks: Vec<Option<Vec<Kind>>> = vec![None; bytecode.instructions.len()];
    let mut work = vec![(0, Vec::new())];
    while let Some((index, stack)) = work.pop() {
        if index >= stacks.len() || stacks[index].is_some() {
            continue;
        }
        follow(bytecode, index, &stack, &mut work);
        stacks[index] = Some(stack);
    }
    stacks
}

/// Puts down where control goes from an instruction, with the stack there.
fn follow(bytecode: &Bytecode, index: usize, stack: &[Kind], work: &mut Vec<(usize, Vec<Kind>)>) {
    use Opcode::*;
    let i = bytecode.instructions[index];
    let entry = bytecode.entries.get(bytecode.flow[index].handler as usize);
    if let Some(entry) = entry
        && let Some(target) = bytecode.index_at(entry.target)
        && let Some(kept) = stack.get(..entry.depth as usize)
    {
        let mut there = kept.to_vec();
        there.extend(entry.lasti.then_some(Kind::Lasti));
        there.push(Kind::Except);
        work.push((target, there));
    }
    let mut next = stack.to_vec();
    match i.opcode {
        GET_ITER | GET_AITER => {
            next.pop();
            next.push(Kind::Iterator);
        }
        PUSH_EXC_INFO => next.push(Kind::Except),
        PUSH_NULL => next.push(Kind::Null),
        LOAD_GLOBAL => {
            next.push(Kind::Object);
            next.extend((i.arg & 1 != 0).then_some(Kind::Null));
        }
        LOAD_ATTR => {
            next.pop();
            next.push(Kind::Object);
            next.extend((i.arg & 1 != 0).then_some(Kind::Null));
        }
        COPY => next.extend(next.len().checked_sub(i.arg as usize).and_then(|at| stack.get(at)).copied()),
        SWAP => {
            let length = next.len();
            if let Some(other) = length.checked_sub(i.arg as usize).filter(|other| *other < length) {
                next.swap(other, length - 1);
            }
        }
        _ => {
            let effect = i.opcode.stack_effect(i.arg, false);
            let depth = (next.len() as i64 + effect).max(0) as usize;
            next.resize(depth, Kind::Object);
        }
    }
    let jumps = i.opcode.has(crate::opcode::OpcodeFlags::JUMP) && i.opcode != END_ASYNC_FOR;
    if jumps && let Ok(target) = bytecode.target(index) {
        let mut there = next.clone();
        if i.opcode == FOR_ITER {
            there.pop();
        }
        work.push((target, there));
    }
    let ends = [
        JUMP_FORWARD,
        JUMP_BACKWARD,
        JUMP_BACKWARD_NO_INTERRUPT,
        RETURN_VALUE,
        RAISE_VARARGS,
        RERAISE,
        INTERPRETER_EXIT,
    ];
    if !ends.contains(&i.opcode) {
        work.push((index + 1, next));
    }
}

/// Whether a stack with these slots can become that of a place to jump to, by dropping what is on top.
pub fn is_compatible(from: &[Kind], to: &[Kind]) -> bool {
    let fits = |(from, to): (&Kind, &Kind)| match to {
        Kind::Object => *from != Kind::Null,
        Kind::Null => true,
        _ => from == to,
    };
    from.len() >= to.len() && from.iter().zip(to).all(fits)
}
