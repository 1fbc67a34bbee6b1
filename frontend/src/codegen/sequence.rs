//! The linear instruction sequence that code generation appends to. Jumps name labels; a label is placed once.

use ir::locations::Location;
use ir::opcode::Opcode;

/// A place that jumps can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub u32);

/// An instruction whose jump target, if it has one, is a label number in `arg`.
#[derive(Clone, Copy, Debug)]
pub struct SequenceInstr {
    pub op: Opcode,
    pub arg: u32,
    pub location: Location,
}

/// Instructions in order of generation.
#[derive(Default)]
pub struct Sequence {
    instrs: Vec<SequenceInstr>,
    label_offsets: Vec<u32>,
    /// What replaces the placeholder for annotations.
    annotations: Vec<SequenceInstr>,
}

impl Sequence {
    /// A label that is not placed yet.
    pub fn new_label(&mut self) -> Label {
        self.label_offsets.push(0);
        Label(self.label_offsets.len() as u32 - 1)
    }

    /// Places a label before the next instruction.
    pub fn place(&mut self, label: Label) {
        self.label_offsets[label.0 as usize] = self.instrs.len() as u32;
    }

    /// Appends an instruction.
    pub fn push(&mut self, op: Opcode, arg: u32, location: Location) {
        self.instrs.push(SequenceInstr { op, arg, location });
    }

    /// Puts an instruction in front of all others; labels move along.
    pub fn push_front(&mut self, op: Opcode, arg: u32, location: Location) {
        self.instrs.insert(0, SequenceInstr { op, arg, location });
        for offset in &mut self.label_offsets {
            *offset += 1;
        }
    }

    /// Number of instructions so far.
    pub fn len(&self) -> usize {
        self.instrs.len()
    }

    /// Cuts off and returns what was appended since `start`; it must hold no labels.
    pub fn split_off(&mut self, start: usize) -> Vec<SequenceInstr> {
        self.instrs.split_off(start)
    }

    /// Sets what replaces the placeholder for annotations.
    pub fn set_annotations(&mut self, instrs: Vec<SequenceInstr>) {
        self.annotations = instrs;
    }

    /// The instructions, the offsets of the labels, the annotations.
    pub fn into_parts(self) -> (Vec<SequenceInstr>, Vec<u32>, Vec<SequenceInstr>) {
        (self.instrs, self.label_offsets, self.annotations)
    }
}
