//! Splitting and stripping. Results are ranges of the source, from left to right.

use super::search::{Finder, rfind};
use super::units::CodeUnit;
use std::ops::Range;

type Ranges = Vec<Range<usize>>;

/// Room for this many parts is made at once.
const FEW_PARTS: usize = 12;

/// Texts up to this length are walked unit by unit.
const SHORT: usize = 128;

/// Splits at runs of white space, at most `limit` times from the left. What is left after that keeps the white
/// space at its end.
pub fn split_whitespace<U: CodeUnit>(units: &[U], limit: usize, is_space: impl Fn(u32) -> bool) -> Ranges {
    let is_space = |unit: &U| is_space((*unit).into());
    let mut ranges = Vec::with_capacity(FEW_PARTS.min(limit.saturating_add(1)));
    let mut at = 0;
    loop {
        at += units[at..].iter().take_while(|unit| is_space(unit)).count();
        if at == units.len() {
            return ranges;
        }
        if ranges.len() == limit {
            ranges.push(at..units.len());
            return ranges;
        }
        let start = at;
        at += units[at..].iter().take_while(|unit| !is_space(unit)).count();
        ranges.push(start..at);
    }
}

/// Splits at runs of white space, at most `limit` times from the right. What is left keeps the white space at its start.
pub fn rsplit_whitespace<U: CodeUnit>(units: &[U], limit: usize, is_space: impl Fn(u32) -> bool) -> Ranges {
    let is_space = |unit: &U| is_space((*unit).into());
    let mut ranges = Vec::new();
    let mut end = units.len();
    loop {
        end -= units[..end].iter().rev().take_while(|unit| is_space(unit)).count();
        if end == 0 {
            break;
        }
        if ranges.len() == limit {
            ranges.push(0..end);
            break;
        }
        let length = units[..end].iter().rev().take_while(|unit| !is_space(unit)).count();
        ranges.push(end - length..end);
        end -= length;
    }
    ranges.reverse();
    ranges
}

/// Splits at a separator, which isn't empty, at most `limit` times from the left.
pub fn split<U: CodeUnit>(units: &[U], separator: &[U], limit: usize) -> Ranges {
    let mut ranges = Vec::with_capacity(FEW_PARTS.min(limit.saturating_add(1)));
    let mut start = 0;
    if let [separator] = separator
        && units.len() <= SHORT
    {
        let places = units.iter().enumerate().filter(|(_, unit)| *unit == separator);
        for (place, _) in places.take(limit) {
            ranges.push(start..place);
            start = place + 1;
        }
        ranges.push(start..units.len());
        return ranges;
    }
    for place in Finder::for_text(separator, units).occurrences(units).take(limit) {
        ranges.push(start..place);
        start = place + separator.len();
    }
    ranges.push(start..units.len());
    ranges
}

/// Splits at a separator, which isn't empty, at most `limit` times from the right.
pub fn rsplit<U: CodeUnit>(units: &[U], separator: &[U], limit: usize) -> Ranges {
    let mut ranges = Vec::new();
    let mut end = units.len();
    while ranges.len() < limit
        && let Some(place) = rfind(&units[..end], separator)
    {
        ranges.push(place + separator.len()..end);
        end = place;
    }
    ranges.push(0..end);
    ranges.reverse();
    ranges
}

/// The lines, with their ends if `keep_ends`; a carriage return and a line feed together end one line.
pub fn split_lines<U: CodeUnit>(units: &[U], keep_ends: bool, is_break: impl Fn(u32) -> bool) -> Ranges {
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < units.len() {
        let Some(length) = units[start..].iter().position(|&unit| is_break(unit.into())) else {
            ranges.push(start..units.len());
            break;
        };
        let end = start + length;
        let pair = units[end].into() == 0x0D && units.get(end + 1).is_some_and(|&unit| unit.into() == 0x0A);
        let next = end + 1 + usize::from(pair);
        ranges.push(start..if keep_ends { next } else { end });
        start = next;
    }
    ranges
}

/// What is left when units that pass the test are taken from the ends.
pub fn strip<U: CodeUnit>(units: &[U], left: bool, right: bool, test: impl Fn(u32) -> bool) -> Range<usize> {
    let passes = |unit: &&U| test((**unit).into());
    let start = if left { units.iter().take_while(passes).count() } else { 0 };
    let trailing = if right { units[start..].iter().rev().take_while(passes).count() } else { 0 };
    start..units.len() - trailing
}

/// The characters to strip: a bit map for those below 256, the others in order.
pub struct CharSet {
    low: [u64; 4],
    high: Vec<u32>,
}

impl CharSet {
    pub fn new<U: CodeUnit>(characters: &[U]) -> CharSet {
        let mut set = CharSet { low: [0; 4], high: Vec::new() };
        for &unit in characters {
            match unit.into() {
                point @ ..256 => set.low[point as usize / 64] |= 1 << (point % 64),
                point => set.high.push(point),
            }
        }
        set.high.sort_unstable();
        set
    }

    #[inline]
    pub fn contains(&self, point: u32) -> bool {
        match point {
            ..256 => self.low[point as usize / 64] >> (point % 64) & 1 != 0,
            _ => self.high.binary_search(&point).is_ok(),
        }
    }
}
