//! Padding and tabs.

use super::units::{CodeUnit, SizeError, reserve};

/// The units between so many fill units on both sides.
pub fn pad<U: CodeUnit>(units: &[U], left: usize, right: usize, fill: U) -> Result<Vec<U>, SizeError> {
    let length = units.len().checked_add(left).and_then(|length| length.checked_add(right));
    let mut out = reserve(length)?;
    out.resize(left, fill);
    out.extend_from_slice(units);
    out.resize(out.len() + right, fill);
    Ok(out)
}

/// The padding on both sides that centres a text: the odd place goes left if the width is odd.
pub fn center_padding(length: usize, width: usize) -> (usize, usize) {
    let padding = width.saturating_sub(length);
    let left = padding / 2 + (padding & width & 1);
    (left, padding - left)
}

/// Zeros after the sign up to this width; `None` if the text is as wide already.
pub fn zfill<U: CodeUnit>(units: &[U], width: usize) -> Result<Option<Vec<U>>, SizeError> {
    let Some(zero) = U::narrow('0' as u32) else { return Ok(None) };
    if width <= units.len() {
        return Ok(None);
    }
    let zeros = width - units.len();
    let mut out = pad(units, zeros, 0, zero)?;
    if let Some(&sign) = units.first()
        && matches!(sign.into(), 0x2B | 0x2D)
    {
        out[zeros] = zero;
        out[0] = sign;
    }
    Ok(Some(out))
}

/// Tabs replaced by spaces up to the next column that `tab_size` divides; by nothing if it isn't positive.
pub fn expand_tabs<U: CodeUnit>(units: &[U], tab_size: isize) -> Result<Vec<U>, SizeError> {
    let tab_size = tab_size.max(0) as usize;
    let width = |column: usize| if tab_size == 0 { 0 } else { tab_size - column % tab_size };
    let mut length: usize = 0;
    walk_columns(units, |unit, column| {
        let added = if unit.into() == TAB { width(column) } else { 1 };
        length = length.checked_add(added).filter(|&length| length <= isize::MAX as usize)?;
        Some(added)
    })
    .ok_or(SizeError::TooLong)?;
    let mut out = reserve(Some(length))?;
    let space = U::narrow(0x20);
    walk_columns(units, |unit, column| {
        if unit.into() != TAB {
            out.push(unit);
            return Some(1);
        }
        let added = width(column);
        out.extend(std::iter::repeat_n(space, added).flatten());
        Some(added)
    });
    Ok(out)
}

const TAB: u32 = 0x09;

/// Calls with each unit and its column; the answer is how many columns it takes.
fn walk_columns<U: CodeUnit>(units: &[U], mut visit: impl FnMut(U, usize) -> Option<usize>) -> Option<()> {
    let mut column = 0;
    for &unit in units {
        let added = visit(unit, column)?;
        column = if matches!(unit.into(), 0x0A | 0x0D) { 0 } else { column + added };
    }
    Some(())
}
