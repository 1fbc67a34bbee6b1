//! Memory for the machine code of traces: one arena, mapped twice (once to write, once to execute), given out and taken
//! back trace by trace.
//!
//! Invariants: no mapping is writable and executable at once; blocks are aligned to `ALIGNMENT`; free ranges never
//! touch each other (they coalesce). Permanent code is not here.

mod mapping;

use mapping::Mapping;
use std::collections::BTreeMap;
use std::io;

/// Every block starts at a multiple of this.
pub const ALIGNMENT: usize = 32;

/// Code that was written to the arena. Giving it back is the owner's duty.
#[derive(PartialEq, Eq, Debug)]
pub struct Block {
    offset: usize,
    length: usize,
}

impl Block {
    /// Bytes that the block takes up.
    pub fn length(&self) -> usize {
        self.length
    }
}

pub struct CodeMemory {
    mapping: Mapping,
    /// Free ranges: offset -> length.
    free: BTreeMap<usize, usize>,
    used: usize,
}

impl CodeMemory {
    /// An arena of `capacity` bytes of address space; memory is taken as code is written.
    pub fn new(capacity: usize) -> io::Result<CodeMemory> {
        let mapping = Mapping::new(capacity)?;
        let free = BTreeMap::from([(0, mapping.length())]);
        Ok(CodeMemory { mapping, free, used: 0 })
    }

    /// Writes code to a free place; `None` if there is none that is large enough.
    pub fn add(&mut self, code: &[u8]) -> Option<Block> {
        let length = code.len().max(1).next_multiple_of(ALIGNMENT);
        let (&offset, &available) = self.free.iter().find(|(_, available)| **available >= length)?;
        self.free.remove(&offset);
        if available > length {
            self.free.insert(offset + length, available - length);
        }
        self.used += length;
        self.mapping.write(offset, code);
        Some(Block { offset, length })
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// Nothing runs the code or will jump to it.
    pub unsafe fn remove(&mut self, block: Block) {
        let Block { mut offset, mut length } = block;
        self.used -= length;
        if let Some((&before, &size)) = self.free.range(..offset).next_back()
            && before + size == offset
        {
            self.free.remove(&before);
            offset = before;
            length += size;
        }
        if let Some(size) = self.free.remove(&(offset + length)) {
            length += size;
        }
        self.free.insert(offset, length);
    }

    /// Where a block's code runs.
    pub fn address(&self, block: &Block) -> usize {
        self.mapping.executable(block.offset)
    }

    /// Bytes in blocks.
    pub fn used(&self) -> usize {
        self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_come_back() {
        let mut memory = CodeMemory::new(1 << 16).unwrap();
        let blocks: Vec<Block> = (1..=5).map(|i| memory.add(&vec![i; i as usize * 40]).unwrap()).collect();
        for (i, block) in blocks.iter().enumerate() {
            let address = memory.address(block);
            assert_eq!(address % ALIGNMENT, 0);
            // SAFETY: the block was just written.
            assert_eq!(unsafe { *(address as *const u8) }, i as u8 + 1);
        }
        assert_eq!(memory.used(), 64 + 96 + 128 + 160 + 224);
        let mut blocks: Vec<Option<Block>> = blocks.into_iter().map(Some).collect();
        // In an order in which each sort of neighbour occurs: none, after, before, both.
        for i in [1, 0, 3, 2, 4] {
            // SAFETY: nothing runs.
            unsafe { memory.remove(blocks[i].take().unwrap()) };
        }
        assert_eq!(memory.free, BTreeMap::from([(0, 1 << 16)]));
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn a_freed_place_is_used_again_and_the_arena_has_an_end() {
        let mut memory = CodeMemory::new(1 << 12).unwrap();
        let first = memory.add(&[1; 32]).unwrap();
        let place = memory.address(&first);
        let second = memory.add(&[2; 4096 - 32]).unwrap();
        assert!(memory.add(&[3]).is_none());
        // SAFETY: nothing runs.
        unsafe { memory.remove(first) };
        assert_eq!(memory.add(&[4; 20]).map(|b| memory.address(&b)), Some(place));
        assert_eq!(second.length(), 4096 - 32);
    }
}
