//! Code that gives events: the precise form of a code object, where each bytecode instruction has an instruction of its
//! own, with what the events say of each.

use crate::code::Executable;
use crate::dispatch::Machine;
use ir::opcode::Opcode;
use ir::register::{Bytecode, CodeView, Crossing, Source, StackInstruction, crossings, lower_precise};
use runtime::objects::code::Code;
use runtime::value::{Ref, Value};

/// A bytecode instruction.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub instruction: StackInstruction,
    /// Its line; -1 if it has none.
    pub line: i32,
    /// Whether it begins a line, wherever control comes from.
    pub starts_line: bool,
    /// Instructions in front of the first RESUME give no events.
    pub is_traceable: bool,
}

/// A code object's precise form.
pub struct Instrumented {
    pub executable: Executable,
    /// For each word the number of the bytecode instruction that begins there, plus one; 0 if none does.
    starts: Box<[u32]>,
    places: Box<[Place]>,
    crossings: Box<[Crossing]>,
}

/// The view of a code object that lowering needs.
pub fn view(code: &Code) -> CodeView<'_> {
    CodeView {
        code: &code.code,
        exceptiontable: &code.exceptiontable,
        nconsts: code.consts.len(),
        nnames: code.names.len(),
        nlocalsplus: code.nlocalsplus(),
        stacksize: code.stacksize as usize,
    }
}

/// The precise form of a code object; `None` if there can be none.
#[inline]
pub fn instrumented(code: &'static Code) -> Option<&'static Instrumented> {
    let found =
        code.instrumented.with(|any| any.as_ref()?.downcast_ref::<Instrumented>().map(|i| &raw const *i));
    match found {
        // SAFETY: what is stored is never replaced and lives as long as the code object, which the frame's function holds.
        Some(found) => Some(unsafe { &*found }),
        None => make(code),
    }
}

#[cold]
fn make(code: &'static Code) -> Option<&'static Instrumented> {
    let view = view(code);
    let register = lower_precise(&view).ok()?;
    let bytecode = Bytecode::new(view.code, view.exceptiontable, code.stacksize).ok()?;
    let executable = Executable::new(code, register)?;
    executable.heat_anchors();
    let places = places(code, &bytecode);
    let mut starts = vec![0; executable.word_count()];
    let unit_of = |i: usize| places.get(i).map(|place: &Place| place.instruction.unit);
    let mut number = 0;
    for position in &executable.positions {
        while unit_of(number).is_some_and(|unit| unit < position.unit) {
            number += 1;
        }
        if unit_of(number) == Some(position.unit)
            && let Some(start) = starts.get_mut(position.pc as usize)
        {
            *start = number as u32 + 1;
        }
    }
    let crossings = crossings(&view).ok()?.into();
    let made = Instrumented { executable, starts: starts.into(), places: places.into(), crossings };
    code.instrumented.replace(Some(Box::new(made)));
    instrumented(code)
}

/// The bytecode instructions with their lines. An instruction begins a line if the one before it has another line, if a jump
/// from another line leads to it, or if it is a handler.
fn places(code: &Code, bytecode: &Bytecode) -> Vec<Place> {
    let lines: Vec<i32> = ir::locations::positions(&code.linetable, code.firstlineno)
        .map(|location| location.line.max(-1))
        .collect();
    let instructions = &bytecode.instructions;
    let line_of = |i: &StackInstruction| lines.get(i.unit as usize).copied().unwrap_or(-1);
    let first = instructions.iter().position(|i| i.opcode == Opcode::RESUME).unwrap_or(0);
    let mut current = -1;
    let mut places: Vec<Place> = Vec::with_capacity(instructions.len());
    for (i, instruction) in instructions.iter().enumerate() {
        let line = line_of(instruction);
        let is_traceable = i >= first;
        let mut starts_line = false;
        if is_traceable && !continues_line(instruction.opcode) {
            starts_line = line >= 0 && line != current;
            current = line;
        }
        places.push(Place { instruction: *instruction, line, starts_line, is_traceable });
    }
    for (i, instruction) in instructions.iter().enumerate().skip(first) {
        let is_jump = instruction.opcode.has(ir::opcode::OpcodeFlags::JUMP)
            && instruction.opcode != Opcode::END_ASYNC_FOR;
        if is_jump
            && let Ok(target) = bytecode.target(i)
            && places[target].line >= 0
            && places[target].line != places[i].line
            && !continues_line(places[target].instruction.opcode)
        {
            places[target].starts_line = true;
        }
    }
    for entry in &bytecode.entries {
        if let Some(target) = bytecode.index_at(entry.target)
            && places[target].instruction.opcode != Opcode::END_ASYNC_FOR
        {
            places[target].starts_line = places[target].line >= 0;
        }
    }
    places
}

/// Instructions that never begin a line, as others skip them.
fn continues_line(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(opcode, RESUME | END_FOR | END_SEND | END_ASYNC_FOR | POP_ITER)
}

impl Instrumented {
    /// The number of the bytecode instruction that begins at a word, and what is known of it.
    #[inline]
    pub fn place_at(&self, index: usize) -> Option<(u32, &Place)> {
        let number = self.starts.get(index)?.checked_sub(1)?;
        Some((number, self.places.get(number as usize)?))
    }
    /// A bytecode instruction.
    #[inline]
    pub fn place(&self, number: u32) -> Option<&Place> {
        self.places.get(number as usize)
    }
    /// The number of the bytecode instruction with this code unit or the first one behind it.
    pub fn number_of(&self, unit: u32) -> u32 {
        self.places.partition_point(|place| place.instruction.unit < unit) as u32
    }
    /// The code unit that a jump leads to.
    pub fn target_unit(&self, place: &Place) -> u32 {
        let i = place.instruction;
        match i.opcode {
            Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT | Opcode::END_ASYNC_FOR => {
                i.next.saturating_sub(i.arg)
            }
            Opcode::FOR_ITER => i.next.saturating_add(i.arg + 1),
            _ => i.next.saturating_add(i.arg),
        }
    }
}

/// Lets the running frame, which executes ordinary code, go on in precise code. False, with nothing done, if its next
/// instruction does only a part of what a bytecode instruction does.
pub fn cross(m: &mut Machine, into: &'static Instrumented) -> bool {
    let index = m.executable.index_of(m.pc) as u32;
    let Ok(found) = into.crossings.binary_search_by_key(&index, |crossing| crossing.pc) else { return false };
    let crossing = &into.crossings[found];
    for pending in &crossing.pending {
        // SAFETY: registers of the frame; those that are pending hold nothing with a count.
        unsafe {
            let value = match pending.source {
                Source::Register(register) => *m.registers.add(register as usize),
                Source::Constant(index) => *m.executable.pool().add(index as usize),
                Source::Null => Value::NULL,
            };
            let value = if value.is_null() { Ref::NULL } else { value.to_ref() };
            m.registers.add(pending.register as usize).write(value.into_value());
        }
    }
    m.executable = &into.executable;
    m.pc = into.executable.at(into.executable.pc_of(crossing.next));
    // SAFETY: the running frame is alive.
    let frame = unsafe { &*m.frame };
    frame.executable.set((&raw const into.executable).cast());
    frame.pc.set(m.pc);
    frame.hook_after.set(0);
    frame.hook_last.set(match crossing.next {
        0 => u32::MAX,
        unit => into.number_of(unit).saturating_sub(1),
    });
    true
}
