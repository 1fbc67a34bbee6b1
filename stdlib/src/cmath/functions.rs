//! Functions of complex numbers, after Kahan's "Branch cuts for complex elementary functions" (1987). Each takes what no
//! table of special values answers: finite numbers, and infinite real parts where the imaginary part gives the direction.

use super::special::{self, Table, class};
use runtime::c_math;
use std::f64::consts::{E, FRAC_PI_2, LN_2};

pub(super) type Pair = (f64, f64);

/// Why there is no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    Domain,
    Range,
}

pub(super) type Outcome = Result<Pair, Failure>;

/// Above this squares and sums may overflow.
const LARGE: f64 = f64::MAX / 4.0;
const DIGITS: i32 = f64::MANTISSA_DIGITS as i32;

fn is_finite(z: Pair) -> bool {
    z.0.is_finite() && z.1.is_finite()
}

/// The table's answer for a number that isn't finite.
fn tabled(table: &Table, z: Pair) -> Outcome {
    table[class(z.0)][class(z.1)].ok_or(Failure::Domain)
}

/// Whether the real part is infinite and the imaginary part gives a direction.
fn has_direction(z: Pair) -> bool {
    z.0.is_infinite() && z.1.is_finite() && z.1 != 0.0
}

fn in_range(z: Pair) -> Outcome {
    if z.0.is_infinite() || z.1.is_infinite() { Err(Failure::Range) } else { Ok(z) }
}

/// `log(2 * |z|)` of a large number.
fn log_of_large(z: Pair) -> f64 {
    (z.0 / 2.0).hypot(z.1 / 2.0).ln() + LN_2 * 2.0
}

fn is_large(z: Pair) -> bool {
    z.0.abs() > LARGE || z.1.abs() > LARGE
}

pub(super) fn sqrt(z: Pair) -> Outcome {
    if !is_finite(z) {
        return tabled(&special::SQRT, z);
    }
    Ok(finite_sqrt(z))
}

fn finite_sqrt(z: Pair) -> Pair {
    if z == (0.0, 0.0) {
        return (0.0, z.1);
    }
    let (ax, ay) = (z.0.abs(), z.1.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE && (ax > 0.0 || ay > 0.0) {
        // Subnormal parts are scaled up by an even power of two.
        let ax = c_math::ldexp(ax, DIGITS + 1);
        let root = (ax + ax.hypot(c_math::ldexp(ay, DIGITS + 1))).sqrt();
        c_math::ldexp(root, -(DIGITS / 2 + 1))
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    if z.0 >= 0.0 { (s, d.copysign(z.1)) } else { (d, s.copysign(z.1)) }
}

pub(super) fn acos(z: Pair) -> Outcome {
    if !is_finite(z) {
        return tabled(&special::ACOS, z);
    }
    if is_large(z) {
        let imag = log_of_large(z);
        let imag = if z.0 < 0.0 { -imag.copysign(z.1) } else { imag.copysign(-z.1) };
        return Ok((z.1.abs().atan2(z.0), imag));
    }
    let (s1, s2) = (finite_sqrt((1.0 - z.0, -z.1)), finite_sqrt((1.0 + z.0, z.1)));
    Ok((2.0 * s1.0.atan2(s2.0), c_math::asinh(s2.0 * s1.1 - s2.1 * s1.0)))
}

pub(super) fn acosh(z: Pair) -> Outcome {
    if !is_finite(z) {
        return tabled(&special::ACOSH, z);
    }
    if is_large(z) {
        return Ok((log_of_large(z), z.1.atan2(z.0)));
    }
    let (s1, s2) = (finite_sqrt((z.0 - 1.0, z.1)), finite_sqrt((z.0 + 1.0, z.1)));
    Ok((c_math::asinh(s1.0 * s2.0 + s1.1 * s2.1), 2.0 * s1.1.atan2(s2.0)))
}

/// `f(z) = -i g(iz)`
fn turned(z: Pair, g: fn(Pair) -> Outcome) -> Outcome {
    let (real, imag) = g((-z.1, z.0))?;
    Ok((imag, -real))
}

pub(super) fn asin(z: Pair) -> Outcome {
    turned(z, asinh)
}

pub(super) fn asinh(z: Pair) -> Outcome {
    if !is_finite(z) {
        return tabled(&special::ASINH, z);
    }
    if is_large(z) {
        return Ok((log_of_large(z).copysign(z.0), z.1.atan2(z.0.abs())));
    }
    let (s1, s2) = (finite_sqrt((1.0 + z.1, -z.0)), finite_sqrt((1.0 - z.1, z.0)));
    Ok((c_math::asinh(s1.0 * s2.1 - s2.0 * s1.1), z.1.atan2(s1.0 * s2.0 - s1.1 * s2.1)))
}

pub(super) fn atan(z: Pair) -> Outcome {
    turned(z, atanh)
}

pub(super) fn atanh(z: Pair) -> Outcome {
    if !is_finite(z) {
        return tabled(&special::ATANH, z);
    }
    if z.0 < 0.0 || z.0 == 0.0 && z.0.is_sign_negative() {
        let (real, imag) = atanh((-z.0, -z.1))?;
        return Ok((-real, -imag));
    }
    let ay = z.1.abs();
    if z.0 > LARGE.sqrt() || ay > LARGE.sqrt() {
        let h = (z.0 / 2.0).hypot(z.1 / 2.0);
        return Ok((z.0 / 4.0 / h / h, -FRAC_PI_2.copysign(-z.1)));
    }
    if z.0 == 1.0 && ay < f64::MIN_POSITIVE.sqrt() {
        if ay == 0.0 {
            return Err(Failure::Domain);
        }
        let real = -(ay.sqrt() / ay.hypot(2.0).sqrt()).ln();
        return Ok((real, (2f64.atan2(-ay) / 2.0).copysign(z.1)));
    }
    let below = 1.0 - z.0;
    let real = (4.0 * z.0 / (below * below + ay * ay)).ln_1p() / 4.0;
    Ok((real, -(-2.0 * z.1).atan2(below * (1.0 + z.0) - ay * ay) / 2.0))
}

/// Above this exponentials may overflow where their product with a sine doesn't.
fn log_large() -> f64 {
    LARGE.ln()
}

pub(super) fn cos(z: Pair) -> Outcome {
    cosh((-z.1, z.0))
}

pub(super) fn cosh(z: Pair) -> Outcome {
    if has_direction(z) {
        let imag = f64::INFINITY.copysign(z.1.sin());
        return Ok((f64::INFINITY.copysign(z.1.cos()), if z.0 > 0.0 { imag } else { -imag }));
    }
    if !is_finite(z) {
        return tabled(&special::COSH, z);
    }
    if z.0.abs() > log_large() {
        let x = z.0 - 1f64.copysign(z.0);
        return in_range((z.1.cos() * x.cosh() * E, z.1.sin() * x.sinh() * E));
    }
    in_range((z.1.cos() * z.0.cosh(), z.1.sin() * z.0.sinh()))
}

pub(super) fn exp(z: Pair) -> Outcome {
    if has_direction(z) {
        let size = if z.0 > 0.0 { f64::INFINITY } else { 0.0 };
        return Ok((size.copysign(z.1.cos()), size.copysign(z.1.sin())));
    }
    if !is_finite(z) {
        return tabled(&special::EXP, z);
    }
    if z.0 > log_large() {
        let size = (z.0 - 1.0).exp();
        return in_range((size * z.1.cos() * E, size * z.1.sin() * E));
    }
    let size = z.0.exp();
    in_range((size * z.1.cos(), size * z.1.sin()))
}

pub(super) fn log(z: Pair) -> Outcome {
    if !is_finite(z) {
        return tabled(&special::LOG, z);
    }
    let (ax, ay) = (z.0.abs(), z.1.abs());
    let real = if is_large(z) {
        (ax / 2.0).hypot(ay / 2.0).ln() + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return Err(Failure::Domain);
        }
        let scaled = c_math::ldexp(ax, DIGITS).hypot(c_math::ldexp(ay, DIGITS));
        scaled.ln() - f64::from(DIGITS) * LN_2
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            let (more, less) = (ax.max(ay), ax.min(ay));
            ((more - 1.0) * (more + 1.0) + less * less).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    Ok((real, z.1.atan2(z.0)))
}

pub(super) fn log10(z: Pair) -> Outcome {
    let (real, imag) = log(z)?;
    Ok((real / std::f64::consts::LN_10, imag / std::f64::consts::LN_10))
}

pub(super) fn sin(z: Pair) -> Outcome {
    turned(z, sinh)
}

pub(super) fn sinh(z: Pair) -> Outcome {
    if has_direction(z) {
        let real = f64::INFINITY.copysign(z.1.cos());
        return Ok((if z.0 > 0.0 { real } else { -real }, f64::INFINITY.copysign(z.1.sin())));
    }
    if !is_finite(z) {
        return tabled(&special::SINH, z);
    }
    if z.0.abs() > log_large() {
        let x = z.0 - 1f64.copysign(z.0);
        return in_range((z.1.cos() * x.sinh() * E, z.1.sin() * x.cosh() * E));
    }
    in_range((z.1.cos() * z.0.sinh(), z.1.sin() * z.0.cosh()))
}

pub(super) fn tan(z: Pair) -> Outcome {
    turned(z, tanh)
}

pub(super) fn tanh(z: Pair) -> Outcome {
    if has_direction(z) {
        let imag = 0f64.copysign(2.0 * z.1.sin() * z.1.cos());
        return Ok((1f64.copysign(z.0), imag));
    }
    if !is_finite(z) {
        return tabled(&special::TANH, z);
    }
    if z.0.abs() > log_large() {
        let imag = 4.0 * z.1.sin() * z.1.cos() * (-2.0 * z.0.abs()).exp();
        return Ok((1f64.copysign(z.0), imag));
    }
    let (tx, ty, cx) = (z.0.tanh(), z.1.tan(), 1.0 / z.0.cosh());
    let denominator = 1.0 + (tx * ty) * (tx * ty);
    Ok((tx * (1.0 + ty * ty) / denominator, ty / denominator * cx * cx))
}

pub(super) fn rect(radius: f64, angle: f64) -> Outcome {
    let z = (radius, angle);
    if has_direction(z) {
        let (real, imag) = (f64::INFINITY.copysign(angle.cos()), f64::INFINITY.copysign(angle.sin()));
        return Ok(if radius > 0.0 { (real, imag) } else { (-real, -imag) });
    }
    if !is_finite(z) {
        return tabled(&special::RECT, z);
    }
    if angle == 0.0 {
        return Ok((radius, radius * angle));
    }
    Ok((radius * angle.cos(), radius * angle.sin()))
}
