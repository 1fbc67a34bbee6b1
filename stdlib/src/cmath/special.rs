//! Results for infinities and NaNs (C99, annex G). Rows go by the class of the real part, columns by that of the imaginary
//! part: -inf, negative, -0, 0, positive, inf, NaN.

use std::f64::consts::{FRAC_PI_2 as P12, FRAC_PI_4 as P14, PI as P};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const P34: f64 = 0.75 * P;
/// An entry that is never asked for.
const FINITE: Entry = None;
/// "math domain error"
const DOMAIN: Entry = None;

type Entry = Option<(f64, f64)>;
type Row = [Entry; 7];
pub(super) type Table = [Row; 7];

/// A row whose left half holds the conjugates of the right one, as most do: the entries for 0, positive, inf, NaN.
const fn symmetric(zero: Entry, positive: Entry, infinite: Entry, nan: Entry) -> Row {
    [conjugate(infinite), conjugate(positive), conjugate(zero), zero, positive, infinite, nan]
}

const fn conjugate(entry: Entry) -> Entry {
    match entry {
        Some((real, imaginary)) if imaginary.is_nan() => Some((real, NAN)),
        Some((real, imaginary)) => Some((real, -imaginary)),
        None => None,
    }
}

/// The row or column of a number.
pub(super) fn class(x: f64) -> usize {
    match x {
        _ if x.is_nan() => 6,
        f64::NEG_INFINITY => 0,
        f64::INFINITY => 5,
        0.0 if x.is_sign_negative() => 2,
        0.0 => 3,
        _ if x < 0.0 => 1,
        _ => 4,
    }
}

pub(super) static ACOS: Table = [
    symmetric(Some((P, -INF)), Some((P, -INF)), Some((P34, -INF)), Some((NAN, INF))),
    symmetric(FINITE, FINITE, Some((P12, -INF)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((P12, -INF)), Some((P12, NAN))),
    symmetric(FINITE, FINITE, Some((P12, -INF)), Some((P12, NAN))),
    symmetric(FINITE, FINITE, Some((P12, -INF)), Some((NAN, NAN))),
    symmetric(Some((0.0, -INF)), Some((0.0, -INF)), Some((P14, -INF)), Some((NAN, INF))),
    symmetric(Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, -INF)), Some((NAN, NAN))),
];

pub(super) static ACOSH: Table = [
    symmetric(Some((INF, P)), Some((INF, P)), Some((INF, P34)), Some((INF, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, P12))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, P12))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, P14)), Some((INF, NAN))),
    symmetric(Some((NAN, NAN)), Some((NAN, NAN)), Some((INF, NAN)), Some((NAN, NAN))),
];

pub(super) static ASINH: Table = [
    symmetric(Some((-INF, 0.0)), Some((-INF, 0.0)), Some((-INF, P14)), Some((-INF, NAN))),
    symmetric(FINITE, FINITE, Some((-INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((-INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, P14)), Some((INF, NAN))),
    symmetric(Some((NAN, 0.0)), Some((NAN, NAN)), Some((INF, NAN)), Some((NAN, NAN))),
];

pub(super) static ATANH: Table = [
    symmetric(Some((-0.0, P12)), Some((-0.0, P12)), Some((-0.0, P12)), Some((-0.0, NAN))),
    symmetric(FINITE, FINITE, Some((-0.0, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((-0.0, P12)), Some((-0.0, NAN))),
    symmetric(FINITE, FINITE, Some((0.0, P12)), Some((0.0, NAN))),
    symmetric(FINITE, FINITE, Some((0.0, P12)), Some((NAN, NAN))),
    symmetric(Some((0.0, P12)), Some((0.0, P12)), Some((0.0, P12)), Some((0.0, NAN))),
    symmetric(Some((NAN, NAN)), Some((NAN, NAN)), Some((0.0, P12)), Some((NAN, NAN))),
];

pub(super) static COSH: Table = [
    symmetric(Some((INF, -0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, 0.0))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, 0.0))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    [
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, 0.0)),
        Some((NAN, 0.0)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static EXP: Table = [
    [
        Some((0.0, 0.0)),
        FINITE,
        Some((0.0, -0.0)),
        Some((0.0, 0.0)),
        FINITE,
        Some((0.0, 0.0)),
        Some((0.0, 0.0)),
    ],
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    symmetric(Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))),
];

pub(super) static LOG: Table = [
    symmetric(Some((INF, P)), Some((INF, P)), Some((INF, P34)), Some((INF, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, P14)), Some((INF, NAN))),
    symmetric(Some((NAN, NAN)), Some((NAN, NAN)), Some((INF, NAN)), Some((NAN, NAN))),
];

pub(super) static SINH: Table = [
    symmetric(Some((-INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((0.0, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((0.0, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    symmetric(Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))),
];

pub(super) static SQRT: Table = [
    symmetric(Some((0.0, INF)), Some((0.0, INF)), Some((INF, INF)), Some((NAN, INF))),
    symmetric(FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))),
    symmetric(FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, INF)), Some((INF, NAN))),
    symmetric(Some((NAN, NAN)), Some((NAN, NAN)), Some((INF, INF)), Some((NAN, NAN))),
];

pub(super) static TANH: Table = [
    [
        Some((-1.0, 0.0)),
        FINITE,
        Some((-1.0, -0.0)),
        Some((-1.0, 0.0)),
        FINITE,
        Some((-1.0, 0.0)),
        Some((-1.0, 0.0)),
    ],
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((-0.0, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((0.0, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    [
        Some((1.0, 0.0)),
        FINITE,
        Some((1.0, -0.0)),
        Some((1.0, 0.0)),
        FINITE,
        Some((1.0, 0.0)),
        Some((1.0, 0.0)),
    ],
    symmetric(Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))),
];

pub(super) static RECT: Table = [
    symmetric(Some((-INF, -0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    [Some((0.0, 0.0)), FINITE, FINITE, FINITE, FINITE, Some((0.0, 0.0)), Some((0.0, 0.0))],
    [Some((0.0, 0.0)), FINITE, FINITE, FINITE, FINITE, Some((0.0, 0.0)), Some((0.0, 0.0))],
    symmetric(FINITE, FINITE, DOMAIN, Some((NAN, NAN))),
    symmetric(Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))),
    [
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, 0.0)),
        Some((NAN, 0.0)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
    ],
];
