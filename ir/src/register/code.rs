//! A function's register instructions with their side tables.

use super::table::{Operation, WordKind};
use super::word::{Word, payload};

/// What lowering makes of a code object's bytecode.
///
/// The constant pool that instructions index is `co_consts` (`nconsts` of them) followed by `small_ints`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegisterCode {
    /// The instructions. A pc is an index into this.
    pub words: Vec<u64>,
    /// Fast locals: registers 0 to `nlocalsplus - 1`.
    pub nlocalsplus: u32,
    /// Stack registers, from `nlocalsplus` up.
    pub stacksize: u32,
    /// Length of `co_consts`.
    pub nconsts: u32,
    /// Length of `co_names`.
    pub nnames: u32,
    /// The ints that follow `co_consts` in the constant pool: arguments of `LOAD_SMALL_INT`.
    pub small_ints: Vec<u32>,
    /// Bytecode offsets of the instructions, both ascending: an entry counts from its pc to the next entry's.
    pub positions: Vec<Position>,
    /// Exception handlers, by ascending `start`.
    pub handlers: Vec<Handler>,
    /// True when every bytecode instruction has an instruction of its own and nothing is ever pending, as tracing needs.
    pub precise: bool,
}

/// From this pc on, instructions belong to this code unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The word index.
    pub pc: u32,
    /// The bytecode instruction's index in code units of two bytes: `f_lasti / 2`.
    pub unit: u32,
}

/// A range of instructions and where an exception raised in it continues.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    /// First pc of the range.
    pub start: u32,
    /// The pc behind the range.
    pub end: u32,
    /// The pc of the handler.
    pub target: u32,
    /// The stack depth to unwind to. Registers from `nlocalsplus + depth` up are dropped; then the last instruction's
    /// offset (if `lasti`) and the exception are put there.
    pub depth: u32,
    /// The handler wants the offset of the raising instruction (`f_lasti`), as an int, below the exception.
    pub lasti: bool,
}

/// A stack register whose value was not copied into it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The stack register.
    pub register: u32,
    /// Where its value is.
    pub source: Source,
}

/// Where a value is that CPython would have on its stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// In a register: a local, or another stack register.
    Register(u32),
    /// In the constant pool.
    Constant(u32),
    /// It is NULL.
    Null,
}

impl RegisterCode {
    /// Registers of a frame.
    pub fn nregisters(&self) -> usize {
        self.nlocalsplus as usize + self.stacksize as usize
    }

    /// Length of the constant pool.
    pub fn pool_length(&self) -> usize {
        self.nconsts as usize + self.small_ints.len()
    }

    /// The code unit that the instruction at `pc`, or with a word at `pc`, belongs to.
    #[inline]
    pub fn unit_at(&self, pc: usize) -> u32 {
        let after = self.positions.partition_point(|position| position.pc as usize <= pc);
        after.checked_sub(1).map_or(0, |index| self.positions[index].unit)
    }

    /// The pc of the first instruction that belongs to `unit` or a later one.
    ///
    /// Exact for jump targets and handlers, where nothing is pending; exact for every bytecode instruction in precise code.
    pub fn pc_of(&self, unit: u32) -> usize {
        let index = self.positions.partition_point(|position| position.unit < unit);
        self.positions.get(index).map_or(self.words.len(), |position| position.pc as usize)
    }

    /// The handler for an exception raised at `pc` (or raised into a generator that is suspended there).
    #[inline]
    pub fn handler_at(&self, pc: usize) -> Option<&Handler> {
        let after = self.handlers.partition_point(|handler| handler.start as usize <= pc);
        let handler = &self.handlers[after.checked_sub(1)?];
        (pc < handler.end as usize).then_some(handler)
    }

    /// The instructions in order; stops at malformed words.
    pub fn instructions(&self) -> Instructions<'_> {
        Instructions { words: &self.words, pc: 0 }
    }
}

/// Appends an instruction, with a prefix if a field needs more than 16 bits; the first further word gets the payload.
pub fn encode(words: &mut Vec<u64>, operation: Operation, flags: u8, fields: [u32; 3], payload: u32) {
    let [a, b, c] = fields;
    if fields.iter().any(|&field| field > 0xFFFF) {
        let high = |field: u32| (field >> 16) as u16;
        words.push(Word::new(Operation::Wide, 0, high(a), high(b), high(c)).0);
    }
    words.push(Word::new(operation, flags, a as u16, b as u16, c as u16).0);
    let further = operation.row().words.len();
    words.extend((0..further).map(|index| if index == 0 { u64::from(payload) } else { 0 }));
}

/// An instruction with its prefix applied.
#[derive(Clone, Copy, Debug)]
pub struct Instruction<'a> {
    /// Where it starts; the pc of the `Wide` prefix, if it has one.
    pub pc: usize,
    /// Words from `pc` to the next instruction.
    pub length: usize,
    /// The operation.
    pub operation: Operation,
    /// The flags of the first word.
    pub flags: u8,
    /// Fields a, b and c, with the high halves of the prefix.
    pub fields: [u32; 3],
    /// The words that follow the first.
    pub words: &'a [u64],
}

impl<'a> Instruction<'a> {
    /// Decodes the instruction at `pc`; `None` if there is none.
    pub fn decode(words: &'a [u64], pc: usize) -> Option<Instruction<'a>> {
        let mut high = [0; 3];
        let mut start = pc;
        let mut word = Word(*words.get(start)?);
        if word.operation()? == Operation::Wide {
            high = [word.a(), word.b(), word.c()];
            start += 1;
            word = Word(*words.get(start)?);
        }
        let operation = word.operation().filter(|&operation| operation != Operation::Wide)?;
        let low = [word.a(), word.b(), word.c()];
        let fields = [0, 1, 2].map(|i| u32::from(high[i]) << 16 | u32::from(low[i]));
        let end = start + operation.length();
        let words = words.get(start + 1..end)?;
        Some(Instruction { pc, length: end - pc, operation, flags: word.flags(), fields, words })
    }

    /// The 32-bit number in fields b and c.
    pub fn bc(&self) -> u32 {
        self.fields[1] & 0xFFFF | self.fields[2] << 16
    }
}

impl Instruction<'_> {
    /// The pc that the instruction may jump to.
    pub fn target(&self) -> Option<usize> {
        let is_jump = self.operation.row().words.first() == Some(&WordKind::Target);
        is_jump.then(|| payload(self.words[0]) as usize)
    }

    /// True for calls, whose result may be discarded.
    pub fn is_call(&self) -> bool {
        self.operation.is_call()
    }
}

/// Iterator over instructions.
pub struct Instructions<'a> {
    words: &'a [u64],
    pc: usize,
}

impl<'a> Iterator for Instructions<'a> {
    type Item = Instruction<'a>;

    fn next(&mut self) -> Option<Instruction<'a>> {
        let instruction = Instruction::decode(self.words, self.pc)?;
        self.pc += instruction.length;
        Some(instruction)
    }
}
