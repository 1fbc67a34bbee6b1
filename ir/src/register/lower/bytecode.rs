//! Decodes bytecode into instructions, and finds out which can be reached, at which stack depth, and where jumps lead.

use super::{LowerError, LowerErrorKind};
use crate::exceptiontable;
use crate::opcode::{Opcode, deoptimize};

/// A bytecode instruction with its prefixes.
#[derive(Clone, Copy, Debug)]
pub struct StackInstruction {
    /// Code unit of the first `EXTENDED_ARG` prefix, or of the opcode.
    pub start: u32,
    /// Code unit of the opcode.
    pub unit: u32,
    /// Code unit behind the instruction and its caches.
    pub next: u32,
    /// The opcode, never a specialised or instrumented one.
    pub opcode: Opcode,
    /// The argument with its prefixes.
    pub arg: u32,
}

/// What is known about an instruction after the analysis of the control flow.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Stack depth before the instruction; `UNREACHED` if control never gets there.
    pub depth: u32,
    /// The exception entry that covers it, or `NO_HANDLER`.
    pub handler: u32,
    /// A jump or a handler leads here.
    pub is_leader: bool,
}

/// An entry of the exception table, in code units.
#[derive(Clone, Copy, Debug)]
pub struct ExceptionEntry {
    /// First code unit of the range.
    pub start: u32,
    /// The code unit behind the range.
    pub end: u32,
    /// The code unit of the handler.
    pub target: u32,
    /// The stack depth to unwind to.
    pub depth: u32,
    /// The offset of the raising instruction is pushed below the exception.
    pub lasti: bool,
}

impl ExceptionEntry {
    fn in_units(entry: exceptiontable::Entry) -> Option<ExceptionEntry> {
        let unit = |offset: usize| u32::try_from(offset / 2).ok();
        Some(ExceptionEntry {
            start: unit(entry.start)?,
            end: unit(entry.end)?,
            target: unit(entry.target)?,
            depth: u32::try_from(entry.depth).ok().filter(|&depth| depth < 1 << 30)?,
            lasti: entry.lasti,
        })
    }
}

/// Depth of an instruction that control never reaches.
pub const UNREACHED: u32 = u32::MAX;

/// Handler of an instruction that no exception entry covers.
pub const NO_HANDLER: u32 = u32::MAX;

/// Decoded bytecode with the results of the analysis.
pub struct Bytecode {
    /// The instructions in order.
    pub instructions: Vec<StackInstruction>,
    /// One for each instruction.
    pub flow: Vec<Flow>,
    /// The exception table: ascending, without overlap.
    pub entries: Vec<ExceptionEntry>,
    index_of_unit: Vec<u32>,
    stacksize: u32,
}

const NO_INSTRUCTION: u32 = u32::MAX;

impl Bytecode {
    /// Decodes and analyses.
    pub fn new(code: &[u8], exceptiontable: &[u8], stacksize: u32) -> Result<Bytecode, LowerError> {
        let units = u32::try_from(code.len() / 2).ok().filter(|&units| units < u32::MAX / 16);
        let units = units.ok_or(LowerError { kind: LowerErrorKind::TooLarge, unit: 0 })?;
        if !code.len().is_multiple_of(2) {
            return Err(LowerError { kind: LowerErrorKind::Truncated, unit: units });
        }
        let instructions = decode(code, units)?;
        let mut index_of_unit = vec![NO_INSTRUCTION; units as usize];
        for (index, instruction) in instructions.iter().enumerate() {
            index_of_unit[instruction.start as usize] = index as u32;
        }
        let entries: Option<Vec<ExceptionEntry>> =
            exceptiontable::Decoder::new(exceptiontable).map(ExceptionEntry::in_units).collect();
        let entries = entries.filter(|entries| are_ordered(entries));
        let entries = entries.ok_or(LowerError { kind: LowerErrorKind::BadExceptionTable, unit: 0 })?;
        let flow = vec![Flow { depth: UNREACHED, handler: NO_HANDLER, is_leader: false }; instructions.len()];
        let mut bytecode = Bytecode { instructions, flow, entries, index_of_unit, stacksize };
        bytecode.assign_handlers();
        bytecode.trace_flow()?;
        Ok(bytecode)
    }

    /// The index of the instruction that a jump leads to; its unit is that of its first prefix.
    pub fn target(&self, index: usize) -> Result<usize, LowerError> {
        let instruction = &self.instructions[index];
        let error = LowerError { kind: LowerErrorKind::BadTarget, unit: instruction.unit };
        let next = instruction.next;
        let unit = match instruction.opcode {
            Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => next.checked_sub(instruction.arg),
            // An exhausted loop skips its END_FOR.
            Opcode::FOR_ITER => next.checked_add(instruction.arg).and_then(|unit| unit.checked_add(1)),
            _ => next.checked_add(instruction.arg),
        };
        self.index_at(unit.ok_or(error)?).ok_or(error)
    }

    /// The index of the instruction that starts at `unit`.
    pub fn index_at(&self, unit: u32) -> Option<usize> {
        let index = *self.index_of_unit.get(unit as usize)?;
        (index != NO_INSTRUCTION).then_some(index as usize)
    }

    fn assign_handlers(&mut self) {
        let mut next_entry = 0;
        for (instruction, flow) in self.instructions.iter().zip(&mut self.flow) {
            while self.entries.get(next_entry).is_some_and(|entry| entry.end <= instruction.unit) {
                next_entry += 1;
            }
            if self.entries.get(next_entry).is_some_and(|entry| entry.start <= instruction.unit) {
                flow.handler = next_entry as u32;
            }
        }
    }

    /// Follows every path from the first instruction.
    fn trace_flow(&mut self) -> Result<(), LowerError> {
        let mut work = Vec::new();
        let mut handler_seen = vec![false; self.entries.len()];
        if self.instructions.is_empty() {
            return Err(LowerError { kind: LowerErrorKind::Truncated, unit: 0 });
        }
        self.reach(0, 0, 0, &mut work)?;
        while let Some(index) = work.pop() {
            let instruction = self.instructions[index];
            let Flow { depth, handler, .. } = self.flow[index];
            if handler != NO_HANDLER {
                self.enter_handler(handler as usize, instruction.unit, depth, &mut handler_seen, &mut work)?;
            }
            let after = i64::from(depth) + instruction.opcode.stack_effect(instruction.arg, false);
            if let Some(jump_depth) = jump_depth(instruction.opcode, after) {
                let target = self.target(index)?;
                self.reach(target, jump_depth, instruction.unit, &mut work)?;
                self.flow[target].is_leader = true;
            }
            if ends_block(instruction.opcode) {
                continue;
            }
            if index + 1 == self.instructions.len() {
                return Err(LowerError { kind: LowerErrorKind::Truncated, unit: instruction.next });
            }
            self.reach(index + 1, after, instruction.unit, &mut work)?;
        }
        Ok(())
    }

    fn enter_handler(
        &mut self,
        handler: usize,
        unit: u32,
        depth: u32,
        seen: &mut [bool],
        work: &mut Vec<usize>,
    ) -> Result<(), LowerError> {
        let entry = self.entries[handler];
        if depth < entry.depth {
            return Err(LowerError { kind: LowerErrorKind::StackMismatch, unit });
        }
        if seen[handler] {
            return Ok(());
        }
        seen[handler] = true;
        let target = self.index_at(entry.target);
        let target = target.ok_or(LowerError { kind: LowerErrorKind::BadTarget, unit: entry.target })?;
        let target_depth = i64::from(entry.depth) + i64::from(entry.lasti) + 1;
        self.reach(target, target_depth, unit, work)?;
        self.flow[target].is_leader = true;
        Ok(())
    }

    /// Notes that control reaches an instruction with this depth.
    fn reach(
        &mut self,
        index: usize,
        depth: i64,
        from: u32,
        work: &mut Vec<usize>,
    ) -> Result<(), LowerError> {
        let error = |kind| LowerError { kind, unit: from };
        let depth = u32::try_from(depth).map_err(|_| {
            error(if depth < 0 { LowerErrorKind::StackUnderflow } else { LowerErrorKind::StackOverflow })
        })?;
        if depth > self.stacksize {
            return Err(error(LowerErrorKind::StackOverflow));
        }
        let flow = &mut self.flow[index];
        if flow.depth == UNREACHED {
            flow.depth = depth;
            work.push(index);
        } else if flow.depth != depth {
            return Err(error(LowerErrorKind::StackMismatch));
        }
        Ok(())
    }
}

fn decode(code: &[u8], units: u32) -> Result<Vec<StackInstruction>, LowerError> {
    let mut instructions = Vec::with_capacity(units as usize / 2);
    let mut unit = 0;
    while unit < units {
        let start = unit;
        let mut arg = 0;
        loop {
            let error = |kind| LowerError { kind, unit };
            let at = unit as usize * 2;
            let &[number, low] = code.get(at..at + 2).ok_or(error(LowerErrorKind::Truncated))? else {
                return Err(error(LowerErrorKind::Truncated));
            };
            arg = arg << 8 | u32::from(low);
            let opcode = deoptimize(u16::from(number)).ok_or(error(LowerErrorKind::BadOpcode))?;
            if opcode == Opcode::EXTENDED_ARG {
                unit += 1;
                continue;
            }
            let next = unit + 1 + u32::from(opcode.info().caches);
            if next > units {
                return Err(error(LowerErrorKind::Truncated));
            }
            instructions.push(StackInstruction { start, unit, next, opcode, arg });
            unit = next;
            break;
        }
    }
    Ok(instructions)
}

fn are_ordered(entries: &[ExceptionEntry]) -> bool {
    entries.iter().all(|entry| entry.start < entry.end)
        && entries.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

/// True for an instruction that never goes on to the next one.
fn ends_block(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::JUMP_FORWARD
            | Opcode::JUMP_BACKWARD
            | Opcode::JUMP_BACKWARD_NO_INTERRUPT
            | Opcode::RETURN_VALUE
            | Opcode::RAISE_VARARGS
            | Opcode::RERAISE
            | Opcode::INTERPRETER_EXIT
    )
}

/// The stack depth at a jump's target, from the depth after the instruction; `None` if the opcode doesn't jump.
fn jump_depth(opcode: Opcode, after: i64) -> Option<i64> {
    match opcode {
        Opcode::FOR_ITER => Some(after - 1),
        Opcode::JUMP_FORWARD
        | Opcode::JUMP_BACKWARD
        | Opcode::JUMP_BACKWARD_NO_INTERRUPT
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE
        | Opcode::SEND => Some(after),
        _ => None,
    }
}
