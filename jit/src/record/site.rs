//! An instruction as the recorder reads it: its fields with what a `Wide` prefix adds, and its family whatever its form.

use ir::register::{Operation, Word};

/// An instruction being recorded.
#[derive(Clone, Copy)]
pub struct Site {
    pub operation: Operation,
    pub flags: u8,
    pub a: usize,
    pub b: usize,
    pub c: usize,
    pub pc: u32,
    /// Its own word, behind a `Wide` prefix.
    pub(super) words: *const u64,
    /// The word index behind it.
    pub next: u32,
}

impl Site {
    /// The instruction at a word, whose index is `pc`; `None` if there is none of its number.
    pub(super) fn at(words: *const u64, pc: u32) -> Option<Site> {
        // SAFETY: the frame's pc is at an instruction; the words of an instruction follow it.
        let read = |i: usize| Word(unsafe { *words.add(i) });
        let mut word = read(0);
        let mut operation = word.operation()?;
        let (mut high, mut skipped) = (Word(0), 0);
        if operation == Operation::Wide {
            (high, skipped) = (word, 1);
            word = read(1);
            operation = word.operation()?;
        }
        let field = |low: u16, high: u16| (high as usize) << 16 | low as usize;
        Some(Site {
            operation: operation.family(),
            flags: word.flags(),
            a: field(word.a(), high.a()),
            b: field(word.b(), high.b()),
            c: field(word.c(), high.c()),
            pc,
            // SAFETY: as above.
            words: unsafe { words.add(skipped) },
            next: pc + (skipped + operation.length()) as u32,
        })
    }
    /// The payload of a further word.
    pub fn payload(&self, index: usize) -> u32 {
        // SAFETY: the rule's row has that word.
        ir::register::payload(unsafe { *self.words.add(index) })
    }
    pub fn bc(&self) -> usize {
        // SAFETY: the instruction's word.
        Word(unsafe { *self.words }).bc() as usize
    }
    /// How many registers from b on a call takes.
    pub fn window(&self) -> usize {
        if self.operation == Operation::CallEx { 4 } else { 2 + self.c }
    }
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}
