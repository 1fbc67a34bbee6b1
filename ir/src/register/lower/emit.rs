//! Writes instruction words, the table of positions, and jumps whose targets aren't placed yet.

use super::LowerErrorKind;
use crate::register::code::{Instruction, Position, encode};
use crate::register::table::{Operation, Role};
use crate::register::word::{Field, Word, flags};

/// An operand as it goes into a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    /// A register, or an index into the constant pool.
    pub index: u32,
    /// What the flags say of it.
    pub kind: OperandKind,
}

/// The kinds of operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandKind {
    /// A register that keeps its value.
    Borrowed,
    /// A stack register that dies.
    Dying,
    /// A constant.
    Constant,
}

/// An instruction in the making.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// The operation.
    pub operation: Operation,
    /// The flags.
    pub flags: u8,
    /// Fields a, b and c.
    pub fields: [u32; 3],
    /// The payload of the first word that follows, if there is one.
    pub payload: u32,
}

impl Draft {
    /// An instruction without operands.
    pub fn new(operation: Operation) -> Draft {
        Draft { operation, flags: 0, fields: [0; 3], payload: 0 }
    }

    /// With this in field a.
    pub fn a(mut self, value: u32) -> Draft {
        self.fields[0] = value;
        self
    }

    /// With this in field b.
    pub fn b(mut self, value: u32) -> Draft {
        self.fields[1] = value;
        self
    }

    /// With this in field c.
    pub fn c(mut self, value: u32) -> Draft {
        self.fields[2] = value;
        self
    }

    /// With an operand in a field.
    pub fn operand(mut self, field: Field, operand: Operand) -> Draft {
        self.fields[field as usize] = operand.index;
        self.flags |= match operand.kind {
            OperandKind::Borrowed => 0,
            OperandKind::Dying => field.dies(),
            OperandKind::Constant => field.constant(),
        };
        self
    }

    /// With this payload.
    pub fn payload(mut self, payload: u32) -> Draft {
        self.payload = payload;
        self
    }
}

/// Words, positions and jumps under construction.
#[derive(Default)]
pub struct Emitter {
    /// The words so far.
    pub words: Vec<u64>,
    /// The positions so far.
    pub positions: Vec<Position>,
    unit: u32,
    last_pc: usize,
    nlocalsplus: u32,
    /// Words whose payload is the index of a bytecode instruction that is jumped to.
    jumps: Vec<usize>,
}

impl Emitter {
    /// Nothing yet, for a frame with so many locals.
    pub fn new(nlocalsplus: u32, units: usize) -> Emitter {
        Emitter { words: Vec::with_capacity(units), nlocalsplus, ..Emitter::default() }
    }

    /// From now on, instructions belong to this code unit.
    pub fn set_unit(&mut self, unit: u32) {
        self.unit = unit;
    }

    /// The pc of the next instruction.
    pub fn pc(&self) -> usize {
        self.words.len()
    }

    /// The operation that was emitted last.
    pub fn last(&self) -> Option<Operation> {
        Instruction::decode(&self.words, self.last_pc).map(|instruction| instruction.operation)
    }

    /// Appends an instruction and returns its pc.
    pub fn emit(&mut self, draft: &Draft) -> usize {
        let pc = self.words.len();
        self.last_pc = pc;
        if self.positions.last().is_none_or(|position| position.unit != self.unit) {
            self.positions.push(Position { pc: pc as u32, unit: self.unit });
        }
        let mut flags = draft.flags;
        if draft.operation.row().roles[0] == Role::Def && draft.fields[0] < self.nlocalsplus {
            flags |= flags::A_LOCAL;
        }
        encode(&mut self.words, draft.operation, flags, draft.fields, draft.payload);
        pc
    }

    /// Appends a jump to the bytecode instruction with this index.
    pub fn emit_jump(&mut self, draft: &Draft, target: usize) -> usize {
        let pc = self.emit(&draft.payload(target as u32));
        let words_after = draft.operation.row().words.len();
        self.jumps.push(self.words.len() - words_after);
        pc
    }

    /// Makes a local the destination of the instruction at `pc`; false if its encoding has no room for that.
    pub fn redirect(&mut self, pc: usize, field: Field, local: u32) -> bool {
        let word = Word(self.words[pc]);
        let Ok(local) = u16::try_from(local) else { return false };
        if word.number() == Operation::Wide as u8 {
            return false;
        }
        let shift = 16 * (field as usize + 1);
        self.words[pc] = word.0 & !(0xFFFF << shift) | u64::from(local) << shift;
        if field == Field::A {
            self.add_flags(pc, flags::A_LOCAL);
        }
        true
    }

    /// Sets flags of the instruction at `pc`, which has no prefix.
    pub fn add_flags(&mut self, pc: usize, flags: u8) {
        self.words[pc] |= u64::from(flags) << 8;
    }

    /// Resolves the jumps: `pcs` has the pc of each bytecode instruction that is jumped to.
    pub fn place_jumps(&mut self, pcs: &[u32]) -> Result<(), LowerErrorKind> {
        if u32::try_from(self.words.len()).is_err() {
            return Err(LowerErrorKind::TooLarge);
        }
        for &word in &self.jumps {
            let target = pcs[self.words[word] as usize];
            self.words[word] = u64::from(target);
        }
        Ok(())
    }
}
