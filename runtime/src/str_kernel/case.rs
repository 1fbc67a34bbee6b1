//! Case conversion of texts, as the methods of `str` have it.
//!
//! Mappings are the full ones. A capital sigma in lower case is the final form where a cased letter precedes it and none
//! follows, case-ignorable characters aside.

use super::units::{CodeUnit, Text, TextBuilder};
use ir::unicode as u;

const CAPITAL_SIGMA: u32 = 0x3A3;
const SMALL_SIGMA: u32 = 0x3C3;
const FINAL_SIGMA: u32 = 0x3C2;

fn is_final_sigma<U: CodeUnit>(units: &[U], at: usize) -> bool {
    let significant = |unit: &U| !u::is_case_ignorable((*unit).into());
    let is_cased = |unit: &U| u::is_cased((*unit).into());
    let before = units[..at].iter().rev().find(|unit| significant(unit));
    let after = units[at + 1..].iter().find(|unit| significant(unit));
    before.is_some_and(is_cased) && !after.is_some_and(is_cased)
}

fn push_lower<U: CodeUnit>(out: &mut TextBuilder, units: &[U], at: usize) {
    match units[at].into() {
        CAPITAL_SIGMA if is_final_sigma(units, at) => out.push(FINAL_SIGMA),
        CAPITAL_SIGMA => out.push(SMALL_SIGMA),
        point => push_all(out, &u::to_lower(point)),
    }
}

fn push_all(out: &mut TextBuilder, points: &[u32]) {
    points.iter().for_each(|&point| out.push(point));
}

fn convert<U: CodeUnit>(units: &[U], mut each: impl FnMut(&mut TextBuilder, usize, u32)) -> Text {
    let mut out = TextBuilder::with_capacity(units.len());
    for (at, &unit) in units.iter().enumerate() {
        each(&mut out, at, unit.into());
    }
    out.finish()
}

/// `str.lower`.
pub fn lower<U: CodeUnit>(units: &[U]) -> Text {
    convert(units, |out, at, _| push_lower(out, units, at))
}

/// `str.upper`.
pub fn upper<U: CodeUnit>(units: &[U]) -> Text {
    convert(units, |out, _, point| push_all(out, &u::to_upper(point)))
}

/// `str.casefold`.
pub fn casefold<U: CodeUnit>(units: &[U]) -> Text {
    convert(units, |out, _, point| push_all(out, &u::casefold(point)))
}

/// `str.capitalize`.
pub fn capitalize<U: CodeUnit>(units: &[U]) -> Text {
    convert(units, |out, at, point| match at {
        0 => push_all(out, &u::to_title(point)),
        _ => push_lower(out, units, at),
    })
}

/// `str.swapcase`.
pub fn swapcase<U: CodeUnit>(units: &[U]) -> Text {
    convert(units, |out, at, point| match point {
        _ if u::is_upper(point) => push_lower(out, units, at),
        _ if u::is_lower(point) => push_all(out, &u::to_upper(point)),
        _ => out.push(point),
    })
}

/// `str.title`.
pub fn title<U: CodeUnit>(units: &[U]) -> Text {
    let mut after_cased = false;
    convert(units, |out, at, point| {
        if after_cased {
            push_lower(out, units, at);
        } else {
            push_all(out, &u::to_title(point));
        }
        after_cased = u::is_cased(point);
    })
}
