//! The four normalisation forms over code points, surrogates included.
//!
//! Decompose fully, put each run of combining marks in order of class (a stable sort, so a long run costs no more than
//! n log n), then compose if the form says so. Hangul syllables are computed.

use super::trie::triple;
use super::{combining, decomposition};
use std::borrow::Cow;

/// A normalisation form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Canonical decomposition, then composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility decomposition, then composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// The form with this name (`"NFC"`, ...).
    pub fn named(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }

    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }

    fn is_compatibility(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }
}

/// The first code points of the blocks of Hangul syllables and of leading, vowel and trailing jamo. The trailing block
/// starts one below its first letter: number zero means no trailing letter.
const SYLLABLES: u32 = 0xAC00;
const LEADING: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILING: u32 = 0x11A7;
const LEADING_COUNT: u32 = 19;
pub(super) const VOWEL_COUNT: u32 = 21;
pub(super) const TRAILING_COUNT: u32 = 28;
const SYLLABLE_COUNT: u32 = LEADING_COUNT * VOWEL_COUNT * TRAILING_COUNT;

/// The numbers of the leading, vowel and trailing letters of a Hangul syllable.
pub(super) fn hangul_letters(point: u32) -> Option<(u32, u32, u32)> {
    let number = point.checked_sub(SYLLABLES).filter(|&number| number < SYLLABLE_COUNT)?;
    let (leading_vowel, trailing) = (number / TRAILING_COUNT, number % TRAILING_COUNT);
    Some((leading_vowel / VOWEL_COUNT, leading_vowel % VOWEL_COUNT, trailing))
}

/// The Hangul syllable of these letters.
pub(super) fn hangul_syllable(leading: u32, vowel: u32, trailing: u32) -> u32 {
    SYLLABLES + (leading * VOWEL_COUNT + vowel) * TRAILING_COUNT + trailing
}

static COMPOSITION: &[u8] = include_bytes!("data/composition.bin");

/// The character that two compose to.
fn compose_pair(first: u32, second: u32) -> Option<u32> {
    if let Some(leading) = first.checked_sub(LEADING).filter(|&l| l < LEADING_COUNT) {
        let vowel = second.checked_sub(VOWELS).filter(|&v| v < VOWEL_COUNT)?;
        return Some(hangul_syllable(leading, vowel, 0));
    }
    if let Some((leading, vowel, 0)) = hangul_letters(first) {
        let trailing = second.checked_sub(TRAILING).filter(|&t| t > 0 && t < TRAILING_COUNT)?;
        return Some(hangul_syllable(leading, vowel, trailing));
    }
    let (mut low, mut high) = (0, COMPOSITION.len() / 9);
    while low < high {
        let middle = low + (high - low) / 2;
        let pair = (triple(COMPOSITION, 3 * middle), triple(COMPOSITION, 3 * middle + 1));
        match pair.cmp(&(first, second)) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(triple(COMPOSITION, 3 * middle + 2)),
        }
    }
    None
}

/// Appends the full decomposition. The recursion is as deep as decompositions nest in the database: a few levels.
fn decompose(point: u32, compatibility: bool, out: &mut Vec<u32>) {
    if let Some((leading, vowel, trailing)) = hangul_letters(point) {
        out.extend([LEADING + leading, VOWELS + vowel]);
        out.extend((trailing > 0).then_some(TRAILING + trailing));
        return;
    }
    match decomposition(point) {
        Some((tag, points)) if compatibility || tag.is_empty() => {
            points.for_each(|part| decompose(part, compatibility, out));
        }
        _ => out.push(point),
    }
}

fn order_marks(points: &mut [u32]) {
    for run in points.split_mut(|&point| combining(point) == 0) {
        run.sort_by_key(|&point| combining(point));
    }
}

fn compose(points: &mut Vec<u32>) {
    let mut kept = 0;
    let mut starter: Option<usize> = None;
    let mut last_class = 0;
    for at in 0..points.len() {
        let point = points[at];
        let class = combining(point);
        if let Some(place) = starter {
            // A mark is blocked by a kept one of the same or a higher class; a starter, by any kept mark.
            let adjacent = place + 1 == kept;
            let reaches = adjacent || (last_class != 0 && last_class < class);
            if reaches && let Some(composite) = compose_pair(points[place], point) {
                points[place] = composite;
                continue;
            }
        }
        if class == 0 {
            starter = Some(kept);
        }
        last_class = class;
        points[kept] = point;
        kept += 1;
    }
    points.truncate(kept);
}

/// The text in a normalisation form.
pub fn normalize(form: Form, points: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut out = Vec::new();
    for point in points {
        if point < 0x80 {
            out.push(point);
        } else {
            decompose(point, form.is_compatibility(), &mut out);
        }
    }
    order_marks(&mut out);
    if form.composes() {
        compose(&mut out);
    }
    out
}

/// Whether the text is in a normalisation form.
pub fn is_normalized(form: Form, points: &[u32]) -> bool {
    points.iter().all(|&point| point < 0x80) || normalize(form, points.iter().copied()) == points
}

/// The NFKC form, which identifiers are compared in.
pub fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let points = normalize(Form::Nfkc, text.chars().map(u32::from));
    Cow::Owned(points.into_iter().filter_map(char::from_u32).collect())
}
