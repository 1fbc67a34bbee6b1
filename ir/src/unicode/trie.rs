//! Two-level tables over code points, and the packed integers they and the other blobs are made of.
//!
//! A table is two files of little-endian halves: the page number of each block of `1 << shift` code points, and the
//! pages. Equal pages are stored once. `ir/unicode/generate.py` writes them.

/// A map from code points to small integers.
pub(super) struct Trie {
    pub shift: u32,
    pub index: &'static [u8],
    pub pages: &'static [u8],
}

impl Trie {
    /// The value of a code point; 0 above 0x10FFFF.
    #[inline]
    pub fn get(&self, point: u32) -> usize {
        let block = (point >> self.shift) as usize;
        if block * 2 >= self.index.len() {
            return 0;
        }
        let page = half(self.index, block);
        let within = (point & ((1 << self.shift) - 1)) as usize;
        half(self.pages, (page << self.shift) + within)
    }
}

/// The half-word at this position of an array of them.
#[inline]
pub(super) fn half(blob: &[u8], position: usize) -> usize {
    u16::from_le_bytes([blob[2 * position], blob[2 * position + 1]]) as usize
}

/// The three-byte integer at this position of an array of them.
#[inline]
pub(super) fn triple(blob: &[u8], position: usize) -> u32 {
    let at = 3 * position;
    u32::from_le_bytes([blob[at], blob[at + 1], blob[at + 2], 0])
}
