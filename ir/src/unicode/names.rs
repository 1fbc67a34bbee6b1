//! Names of characters: `unicodedata.name` and `lookup`, and `\N{...}`.
//!
//! A stored name is a row of word codes ended by 0. The commonest words take one byte, others two: a byte above
//! `SHORT_WORDS` is the high half. Every sixteenth name has its offset in the block table; names are numbered by code
//! point, and a permutation lists the numbers in order of the names. Hangul syllables and names made of a prefix and the
//! code point in hexadecimal aren't stored.

use super::normalize::{TRAILING_COUNT, VOWEL_COUNT, hangul_letters, hangul_syllable};
use super::records::{ALIASES, DERIVED_NAMES, SHORT_WORDS};
use super::trie::{half, triple};
use std::cmp::Ordering;

static TEXT: &[u8] = include_bytes!("data/names.text.bin");
static BLOCKS: &[u8] = include_bytes!("data/names.blocks.bin");
static WORDS: &[u8] = include_bytes!("data/names.words.bin");
static WORD_STARTS: &[u8] = include_bytes!("data/names.word_starts.bin");
static RUNS: &[u8] = include_bytes!("data/names.runs.bin");
static ORDER: &[u8] = include_bytes!("data/names.order.bin");

/// Names of one block of the block table.
const BLOCK: usize = 16;
/// Longer texts aren't looked up: no name comes near.
const LONGEST: usize = 256;

const HANGUL_PREFIX: &str = "HANGUL SYLLABLE ";
const LEADING_NAMES: [&str; 19] =
    ["G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"];
const VOWEL_NAMES: [&str; VOWEL_COUNT as usize] = [
    "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI",
    "YU", "EU", "YI", "I",
];
const TRAILING_NAMES: [&str; TRAILING_COUNT as usize] = [
    "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS",
    "S", "SS", "NG", "J", "C", "K", "T", "P", "H",
];

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// A character, by its name or an alias.
    Character(u32),
    /// A named sequence, which `unicodedata.lookup` knows and `\N{...}` doesn't.
    Sequence(&'static [u32]),
}

/// The words of the name whose codes start here.
fn words(mut at: usize) -> impl Iterator<Item = &'static [u8]> {
    std::iter::from_fn(move || {
        let code = TEXT[at] as usize;
        if code == 0 {
            return None;
        }
        let number = if code <= SHORT_WORDS {
            at += 1;
            code - 1
        } else {
            at += 2;
            SHORT_WORDS + ((code - SHORT_WORDS - 1) << 8) + TEXT[at - 1] as usize
        };
        Some(&WORDS[triple(WORD_STARTS, number) as usize..triple(WORD_STARTS, number + 1) as usize])
    })
}

/// Where the codes of a name start.
fn place_of_name(number: usize) -> usize {
    let mut at = triple(BLOCKS, number / BLOCK) as usize;
    for _ in 0..number % BLOCK {
        while TEXT[at] != 0 {
            at += if TEXT[at] as usize <= SHORT_WORDS { 1 } else { 2 };
        }
        at += 1;
    }
    at
}

fn stored_name(number: usize) -> Vec<u8> {
    let mut name = Vec::with_capacity(32);
    for word in words(place_of_name(number)) {
        if !name.is_empty() {
            name.push(b' ');
        }
        name.extend_from_slice(word);
    }
    name
}

/// The run of named code points found by a comparison of (first point, last point, number of the first name).
fn find_run(compare: impl Fn(u32, u32, usize) -> Ordering) -> Option<(u32, usize)> {
    let (mut low, mut high) = (0, RUNS.len() / 9);
    while low < high {
        let middle = low + (high - low) / 2;
        let (first, last) = (triple(RUNS, 3 * middle), triple(RUNS, 3 * middle + 1));
        let number = triple(RUNS, 3 * middle + 2) as usize;
        match compare(first, last, number) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Some((first, number)),
        }
    }
    None
}

/// The name as `unicodedata.name` tells it.
pub fn name_of(point: u32) -> Option<String> {
    if let Some((leading, vowel, trailing)) = hangul_letters(point) {
        let letters =
            [LEADING_NAMES[leading as usize], VOWEL_NAMES[vowel as usize], TRAILING_NAMES[trailing as usize]];
        return Some(format!("{HANGUL_PREFIX}{}", letters.concat()));
    }
    if let Some(&(_, _, prefix, told)) = DERIVED_NAMES.iter().find(|row| row.0 <= point && point <= row.1) {
        return told.then(|| format!("{prefix}{point:04X}"));
    }
    let (first, number) = find_run(|first, last, _| match () {
        _ if last < point => Ordering::Less,
        _ if first > point => Ordering::Greater,
        _ => Ordering::Equal,
    })?;
    String::from_utf8(stored_name(number + (point - first) as usize)).ok()
}

/// The longest of these names that the text starts with: its number and the rest.
fn take_longest<'a>(text: &'a str, names: &[&str]) -> Option<(u32, &'a str)> {
    let fitting = names.iter().enumerate().filter(|(_, name)| text.starts_with(**name));
    let (number, name) = fitting.max_by_key(|(_, name)| name.len())?;
    Some((number as u32, &text[name.len()..]))
}

fn lookup_hangul(rest: &str) -> Option<u32> {
    let (leading, rest) = take_longest(rest, &LEADING_NAMES)?;
    let (vowel, rest) = take_longest(rest, &VOWEL_NAMES)?;
    let (trailing, rest) = take_longest(rest, &TRAILING_NAMES)?;
    rest.is_empty().then(|| hangul_syllable(leading, vowel, trailing))
}

fn lookup_derived(name: &str) -> Option<u32> {
    let row = DERIVED_NAMES.iter().find(|row| name.starts_with(row.2))?;
    let digits = &name[row.2.len()..];
    if !(4..=5).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let point = u32::from_str_radix(digits, 16).ok()?;
    let canonical = format!("{point:04X}") == digits;
    let inside = DERIVED_NAMES.iter().any(|other| other.2 == row.2 && other.0 <= point && point <= other.1);
    (canonical && inside).then_some(point)
}

fn lookup_stored(name: &[u8]) -> Option<u32> {
    let (mut low, mut high) = (0, ORDER.len() / 2);
    while low < high {
        let middle = low + (high - low) / 2;
        let number = half(ORDER, middle);
        match stored_name(number).as_slice().cmp(name) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => {
                let (first, start) = find_run(|first, last, start| match () {
                    _ if start + ((last - first) as usize) < number => Ordering::Less,
                    _ if start > number => Ordering::Greater,
                    _ => Ordering::Equal,
                })?;
                return Some(first + (number - start) as u32);
            }
        }
    }
    None
}

/// What `unicodedata.lookup` finds by this name, in any case of letters.
pub fn lookup_name(name: &str) -> Option<Named> {
    if name.len() > LONGEST || !name.is_ascii() {
        return None;
    }
    let name = name.to_ascii_uppercase();
    let hangul = name.strip_prefix(HANGUL_PREFIX).and_then(lookup_hangul);
    let found = hangul.or_else(|| lookup_derived(&name)).or_else(|| lookup_stored(name.as_bytes()));
    if let Some(point) = found {
        return Some(Named::Character(point));
    }
    let place = ALIASES.binary_search_by(|row| row.0.cmp(&name)).ok()?;
    Some(match ALIASES[place].1 {
        &[point] => Named::Character(point),
        sequence => Named::Sequence(sequence),
    })
}

/// The character that `\N{name}` stands for.
pub fn lookup_character(name: &str) -> Option<u32> {
    match lookup_name(name)? {
        Named::Character(point) => Some(point),
        Named::Sequence(_) => None,
    }
}
