//! The `is...` methods of `str`, over its units.

use super::units::CodeUnit;
use ir::unicode as u;

/// Whether there are units and all pass the test of `ir::unicode`.
pub fn all<U: CodeUnit>(units: &[U], test: impl Fn(u32) -> bool) -> bool {
    !units.is_empty() && units.iter().all(|&unit| test(unit.into()))
}

/// `str.isprintable`: an empty text is.
pub fn is_printable<U: CodeUnit>(units: &[U]) -> bool {
    units.iter().all(|&unit| u::is_printable(unit.into()))
}

/// `str.isidentifier`.
pub fn is_identifier<U: CodeUnit>(units: &[U]) -> bool {
    let Some((&first, rest)) = units.split_first() else { return false };
    u::is_xid_start(first.into()) && rest.iter().all(|&unit| u::is_xid_continue(unit.into()))
}

/// `str.islower`.
pub fn is_lower<U: CodeUnit>(units: &[U]) -> bool {
    let mut points = units.iter().map(|&unit| unit.into());
    !points.clone().any(|point| u::is_upper(point) || u::is_title(point)) && points.any(u::is_lower)
}

/// `str.isupper`.
pub fn is_upper<U: CodeUnit>(units: &[U]) -> bool {
    let mut points = units.iter().map(|&unit| unit.into());
    !points.clone().any(|point| u::is_lower(point) || u::is_title(point)) && points.any(u::is_upper)
}

/// `str.istitle`: capitals only after what has no case, small letters only after what has.
pub fn is_title<U: CodeUnit>(units: &[U]) -> bool {
    let (mut after_cased, mut any) = (false, false);
    for point in units.iter().map(|&unit| unit.into()) {
        let capital = u::is_upper(point) || u::is_title(point);
        let small = u::is_lower(point);
        if (capital && after_cased) || (small && !after_cased) {
            return false;
        }
        after_cased = capital || small;
        any |= after_cased;
    }
    any
}
