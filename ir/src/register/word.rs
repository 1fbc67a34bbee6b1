//! Encoding of register instructions in 64-bit words.
//!
//! An instruction's first word has the operation in bits 0 to 7, flags in 8 to 15, and the fields a, b and c in bits
//! 16, 32 and 48 and up. The words that follow are listed in the operation's row.

use super::table::Operation;

/// Bits 8 to 15 of an instruction's first word.
pub mod flags {
    /// Operand b is a stack register that is dead after the instruction.
    pub const B_DIES: u8 = 1;
    /// Operand c is a stack register that is dead after the instruction.
    pub const C_DIES: u8 = 2;
    /// Operand b is an index into the constant pool.
    pub const B_CONST: u8 = 4;
    /// Operand c is an index into the constant pool.
    pub const C_CONST: u8 = 8;
    /// Operand a (a use: `StoreSubscript`) is a stack register that is dead after the instruction.
    pub const A_DIES: u8 = 16;
    /// Operand a (a use: `StoreSubscript`) is an index into the constant pool.
    pub const A_CONST: u8 = 32;
    /// The result a of a call is dropped and a, a stack register, is dead after the instruction.
    pub const DISCARD: u8 = 64;
    /// The result register a is a local, whose old value is dropped. Without it a written stack register needs no drop.
    pub const A_LOCAL: u8 = 128;
}

/// The three fields by position; the flags of a field are found by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// Field a.
    A,
    /// Field b.
    B,
    /// Field c.
    C,
}

impl Field {
    /// The fields in order.
    pub const ALL: [Field; 3] = [Field::A, Field::B, Field::C];

    /// The flag that says that the operand dies.
    pub const fn dies(self) -> u8 {
        [flags::A_DIES, flags::B_DIES, flags::C_DIES][self as usize]
    }

    /// The flag that says that the operand is a constant.
    pub const fn constant(self) -> u8 {
        [flags::A_CONST, flags::B_CONST, flags::C_CONST][self as usize]
    }
}

/// The first word of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Word(pub u64);

impl Word {
    /// Encodes an instruction.
    pub const fn new(operation: Operation, flags: u8, a: u16, b: u16, c: u16) -> Word {
        Word(operation as u64 | (flags as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// The operation's number.
    #[inline(always)]
    pub const fn number(self) -> u8 {
        self.0 as u8
    }

    /// The operation; `None` if the number is no operation's.
    pub fn operation(self) -> Option<Operation> {
        Operation::from_number(self.number())
    }

    /// The flags.
    #[inline(always)]
    pub const fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Field a.
    #[inline(always)]
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Field b.
    #[inline(always)]
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Field c.
    #[inline(always)]
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// The 32-bit number in b and c.
    #[inline(always)]
    pub const fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The same instruction with another operation: what quickening writes.
    pub const fn with_operation(self, operation: Operation) -> Word {
        Word(self.0 & !0xFF | operation as u64)
    }
}

/// The payload of a word that isn't a cache: its low 32 bits.
#[inline(always)]
pub const fn payload(word: u64) -> u32 {
    word as u32
}
