//! Unicode 3.2, which IDNA and stringprep refer to: the differences to the current version.

use super::normalize::{Form, normalize as normalize_current};
use super::version_3_2_data::{CORRECTED, DECIMALS, NUMBERS, RECORDS};

/// Where a run of equal differences starts, with the number of its record in the top byte (0: no difference).
static RUNS: &[u8] = include_bytes!("data/version_3_2.runs.bin");

fn run(i: usize) -> u32 {
    RUNS.get(4 * i..).and_then(|bytes| bytes.first_chunk::<4>()).map_or(0, |word| u32::from_le_bytes(*word))
}

/// The record of a code point that differs.
fn record(point: u32) -> Option<&'static (&'static str, &'static str, &'static str, bool)> {
    let (mut low, mut high) = (0, RUNS.len() / 4);
    while low < high {
        let middle = (low + high) / 2;
        if run(middle) & 0xff_ffff <= point { low = middle + 1 } else { high = middle }
    }
    let index = run(low.checked_sub(1)?) >> 24;
    RECORDS.get((index as usize).checked_sub(1)?)
}

/// The general category.
pub fn category(point: u32) -> &'static str {
    record(point).map_or_else(|| super::category(point), |record| record.0)
}

/// The bidirectional class.
pub fn bidirectional(point: u32) -> &'static str {
    record(point).map_or_else(|| super::bidirectional(point), |record| record.1)
}

/// The East Asian width.
pub fn east_asian_width(point: u32) -> &'static str {
    record(point).map_or_else(|| super::east_asian_width(point), |record| record.2)
}

/// Whether the character is mirrored in text from right to left.
pub fn is_mirrored(point: u32) -> bool {
    record(point).map_or_else(|| super::is_mirrored(point), |record| record.3)
}

/// Whether the version knows the code point.
pub fn is_assigned(point: u32) -> bool {
    category(point) != "Cn"
}

/// The value as a decimal digit.
pub fn decimal(point: u32) -> Option<u8> {
    if let Ok(i) = DECIMALS.binary_search_by_key(&point, |row| row.0) {
        return Some(DECIMALS[i].1).filter(|value| *value != 255);
    }
    super::decimal(point).filter(|_| is_assigned(point))
}

/// The numeric value.
pub fn numeric(point: u32) -> Option<f64> {
    if let Ok(i) = NUMBERS.binary_search_by_key(&point, |row| row.0) {
        return Some(NUMBERS[i].1).filter(|value| !value.is_nan());
    }
    super::numeric(point).filter(|_| is_assigned(point))
}

/// The text in a normalisation form. What the version doesn't know stays as it is.
pub fn normalize(form: Form, points: &[u32]) -> Vec<u32> {
    let corrected = |point: &u32| match CORRECTED.binary_search_by_key(point, |row| row.0) {
        Ok(i) => CORRECTED[i].1,
        Err(_) => *point,
    };
    let mut out = Vec::with_capacity(points.len());
    for part in points.chunk_by(|a, b| is_assigned(*a) == is_assigned(*b)) {
        match part.first() {
            Some(first) if is_assigned(*first) => {
                out.extend(normalize_current(form, part.iter().map(corrected)));
            }
            _ => out.extend_from_slice(part),
        }
    }
    out
}
