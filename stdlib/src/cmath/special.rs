//! Results for infinities and NaNs (C99, annex G). Rows go by the class of the real part, columns by that of the imaginary
//! part: -inf, negative, -0, 0, positive, inf, NaN.

use std::f64::consts::{FRAC_PI_2 as P12, FRAC_PI_4 as P14, PI as P};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const P34: f64 = 0.75 * P;
/// An entry that is never asked for.
const FINITE: Option<(f64, f64)> = None;
/// "math domain error"
const DOMAIN: Option<(f64, f64)> = None;

pub(super) type Table = [[Option<(f64, f64)>; 7]; 7];

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
    [
        Some((P34, INF)),
        Some((P, INF)),
        Some((P, INF)),
        Some((P, -INF)),
        Some((P, -INF)),
        Some((P34, -INF)),
        Some((NAN, INF)),
    ],
    [Some((P12, INF)), FINITE, FINITE, FINITE, FINITE, Some((P12, -INF)), Some((NAN, NAN))],
    [Some((P12, INF)), FINITE, FINITE, FINITE, FINITE, Some((P12, -INF)), Some((P12, NAN))],
    [Some((P12, INF)), FINITE, FINITE, FINITE, FINITE, Some((P12, -INF)), Some((P12, NAN))],
    [Some((P12, INF)), FINITE, FINITE, FINITE, FINITE, Some((P12, -INF)), Some((NAN, NAN))],
    [
        Some((P14, INF)),
        Some((0.0, INF)),
        Some((0.0, INF)),
        Some((0.0, -INF)),
        Some((0.0, -INF)),
        Some((P14, -INF)),
        Some((NAN, INF)),
    ],
    [
        Some((NAN, INF)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, -INF)),
        Some((NAN, NAN)),
    ],
];

pub(super) static ACOSH: Table = [
    [
        Some((INF, -P34)),
        Some((INF, -P)),
        Some((INF, -P)),
        Some((INF, P)),
        Some((INF, P)),
        Some((INF, P34)),
        Some((INF, NAN)),
    ],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, P12))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, P12))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [
        Some((INF, -P14)),
        Some((INF, -0.0)),
        Some((INF, -0.0)),
        Some((INF, 0.0)),
        Some((INF, 0.0)),
        Some((INF, P14)),
        Some((INF, NAN)),
    ],
    [
        Some((INF, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((INF, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static ASINH: Table = [
    [
        Some((-INF, -P14)),
        Some((-INF, -0.0)),
        Some((-INF, -0.0)),
        Some((-INF, 0.0)),
        Some((-INF, 0.0)),
        Some((-INF, P14)),
        Some((-INF, NAN)),
    ],
    [Some((-INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((-INF, P12)), Some((NAN, NAN))],
    [Some((-INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((-INF, P12)), Some((NAN, NAN))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [
        Some((INF, -P14)),
        Some((INF, -0.0)),
        Some((INF, -0.0)),
        Some((INF, 0.0)),
        Some((INF, 0.0)),
        Some((INF, P14)),
        Some((INF, NAN)),
    ],
    [
        Some((INF, NAN)),
        Some((NAN, NAN)),
        Some((NAN, -0.0)),
        Some((NAN, 0.0)),
        Some((NAN, NAN)),
        Some((INF, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static ATANH: Table = [
    [
        Some((-0.0, -P12)),
        Some((-0.0, -P12)),
        Some((-0.0, -P12)),
        Some((-0.0, P12)),
        Some((-0.0, P12)),
        Some((-0.0, P12)),
        Some((-0.0, NAN)),
    ],
    [Some((-0.0, -P12)), FINITE, FINITE, FINITE, FINITE, Some((-0.0, P12)), Some((NAN, NAN))],
    [Some((-0.0, -P12)), FINITE, FINITE, FINITE, FINITE, Some((-0.0, P12)), Some((-0.0, NAN))],
    [Some((0.0, -P12)), FINITE, FINITE, FINITE, FINITE, Some((0.0, P12)), Some((0.0, NAN))],
    [Some((0.0, -P12)), FINITE, FINITE, FINITE, FINITE, Some((0.0, P12)), Some((NAN, NAN))],
    [
        Some((0.0, -P12)),
        Some((0.0, -P12)),
        Some((0.0, -P12)),
        Some((0.0, P12)),
        Some((0.0, P12)),
        Some((0.0, P12)),
        Some((0.0, NAN)),
    ],
    [
        Some((0.0, -P12)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((0.0, P12)),
        Some((NAN, NAN)),
    ],
];

pub(super) static COSH: Table = [
    [DOMAIN, FINITE, Some((INF, 0.0)), Some((INF, -0.0)), FINITE, DOMAIN, Some((INF, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, 0.0))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, 0.0))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, Some((INF, -0.0)), Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))],
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
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, Some((INF, -0.0)), Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))],
    [
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, -0.0)),
        Some((NAN, 0.0)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static LOG: Table = [
    [
        Some((INF, -P34)),
        Some((INF, -P)),
        Some((INF, -P)),
        Some((INF, P)),
        Some((INF, P)),
        Some((INF, P34)),
        Some((INF, NAN)),
    ],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [Some((INF, -P12)), FINITE, FINITE, FINITE, FINITE, Some((INF, P12)), Some((NAN, NAN))],
    [
        Some((INF, -P14)),
        Some((INF, -0.0)),
        Some((INF, -0.0)),
        Some((INF, 0.0)),
        Some((INF, 0.0)),
        Some((INF, P14)),
        Some((INF, NAN)),
    ],
    [
        Some((INF, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((INF, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static SINH: Table = [
    [DOMAIN, FINITE, Some((-INF, -0.0)), Some((-INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((0.0, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((0.0, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, Some((INF, -0.0)), Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))],
    [
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, -0.0)),
        Some((NAN, 0.0)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static SQRT: Table = [
    [
        Some((INF, -INF)),
        Some((0.0, -INF)),
        Some((0.0, -INF)),
        Some((0.0, INF)),
        Some((0.0, INF)),
        Some((INF, INF)),
        Some((NAN, INF)),
    ],
    [Some((INF, -INF)), FINITE, FINITE, FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), FINITE, FINITE, FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), FINITE, FINITE, FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), FINITE, FINITE, FINITE, FINITE, Some((INF, INF)), Some((NAN, NAN))],
    [
        Some((INF, -INF)),
        Some((INF, -0.0)),
        Some((INF, -0.0)),
        Some((INF, 0.0)),
        Some((INF, 0.0)),
        Some((INF, INF)),
        Some((INF, NAN)),
    ],
    [
        Some((INF, -INF)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((INF, INF)),
        Some((NAN, NAN)),
    ],
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
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((-0.0, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((0.0, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [
        Some((1.0, 0.0)),
        FINITE,
        Some((1.0, -0.0)),
        Some((1.0, 0.0)),
        FINITE,
        Some((1.0, 0.0)),
        Some((1.0, 0.0)),
    ],
    [
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, -0.0)),
        Some((NAN, 0.0)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
        Some((NAN, NAN)),
    ],
];

pub(super) static RECT: Table = [
    [DOMAIN, FINITE, Some((-INF, 0.0)), Some((-INF, -0.0)), FINITE, DOMAIN, Some((INF, NAN))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [Some((0.0, 0.0)), FINITE, FINITE, FINITE, FINITE, Some((0.0, 0.0)), Some((0.0, 0.0))],
    [Some((0.0, 0.0)), FINITE, FINITE, FINITE, FINITE, Some((0.0, 0.0)), Some((0.0, 0.0))],
    [DOMAIN, FINITE, FINITE, FINITE, FINITE, DOMAIN, Some((NAN, NAN))],
    [DOMAIN, FINITE, Some((INF, -0.0)), Some((INF, 0.0)), FINITE, DOMAIN, Some((INF, NAN))],
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
