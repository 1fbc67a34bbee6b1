//! Case mappings of single characters, full (one to three code points) and simple.

use super::records::{CASE_SHIFT, CASES, SPECIAL_CASE, SPECIAL_CASES};
use super::trie::Trie;
use std::ops::Deref;

static CASE: Trie = Trie {
    shift: CASE_SHIFT,
    index: include_bytes!("data/case.index.bin"),
    pages: include_bytes!("data/case.pages.bin"),
};

/// What a character becomes: a slice of one to three code points.
#[derive(Clone, Copy, Debug)]
pub struct CaseMapping {
    points: [u32; 3],
    length: u8,
}

impl Deref for CaseMapping {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        &self.points[..self.length as usize]
    }
}

const LOWER: usize = 0;
const UPPER: usize = 1;
const TITLE: usize = 2;
const FOLD: usize = 3;

#[inline]
fn map(point: u32, column: usize) -> CaseMapping {
    let value = CASES[CASE.get(point)][column];
    if value < SPECIAL_CASE {
        return CaseMapping { points: [point.wrapping_add_signed(value), 0, 0], length: 1 };
    }
    let place = (value - SPECIAL_CASE) as usize;
    let length = SPECIAL_CASES[place] as usize;
    let mut points = [0; 3];
    for (target, &source) in points.iter_mut().zip(&SPECIAL_CASES[place + 1..place + 1 + length]) {
        *target = source as u32;
    }
    CaseMapping { points, length: length as u8 }
}

/// The full lower-case mapping. A final capital sigma depends on its neighbours and isn't seen to here.
#[inline]
pub fn to_lower(point: u32) -> CaseMapping {
    map(point, LOWER)
}

/// The full upper-case mapping.
#[inline]
pub fn to_upper(point: u32) -> CaseMapping {
    map(point, UPPER)
}

/// The full title-case mapping.
#[inline]
pub fn to_title(point: u32) -> CaseMapping {
    map(point, TITLE)
}

/// The full case folding.
#[inline]
pub fn casefold(point: u32) -> CaseMapping {
    map(point, FOLD)
}

/// The lower-case mapping `re` uses to ignore case: the first code point of the full one.
#[inline]
pub fn simple_lower(point: u32) -> u32 {
    map(point, LOWER).points[0]
}

/// The upper-case mapping `re` uses to ignore case: the first code point of the full one.
#[inline]
pub fn simple_upper(point: u32) -> u32 {
    map(point, UPPER).points[0]
}

/// The first code point of the full title-case mapping.
#[inline]
pub fn simple_title(point: u32) -> u32 {
    map(point, TITLE).points[0]
}
