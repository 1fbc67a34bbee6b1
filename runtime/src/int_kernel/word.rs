//! Machine-word paths. `None` means that the result needs a big integer, unless said otherwise.

/// `left + right`.
#[inline]
pub fn add_i64(left: i64, right: i64) -> Option<i64> {
    left.checked_add(right)
}

/// `left - right`.
#[inline]
pub fn sub_i64(left: i64, right: i64) -> Option<i64> {
    left.checked_sub(right)
}

/// `left * right`.
#[inline]
pub fn mul_i64(left: i64, right: i64) -> Option<i64> {
    left.checked_mul(right)
}

/// `left // right` for a divisor other than zero; also `None` for a zero divisor.
#[inline]
pub fn floor_div_i64(left: i64, right: i64) -> Option<i64> {
    let quotient = left.checked_div(right)?;
    let inexact = quotient.wrapping_mul(right) != left;
    Some(if inexact && (left < 0) != (right < 0) { quotient - 1 } else { quotient })
}

/// `left % right`; `None` for a zero divisor only.
#[inline]
pub fn floor_mod_i64(left: i64, right: i64) -> Option<i64> {
    if right == 0 {
        return None;
    }
    let remainder = left.wrapping_rem(right);
    Some(if remainder != 0 && (remainder < 0) != (right < 0) { remainder + right } else { remainder })
}

/// `base ** exponent`.
#[inline]
pub fn pow_i64(base: i64, exponent: u32) -> Option<i64> {
    base.checked_pow(exponent)
}

/// `value << count` for a count that is not negative; also `None` for a negative one.
#[inline]
pub fn shl_i64(value: i64, count: i64) -> Option<i64> {
    if value == 0 && count >= 0 {
        return Some(0);
    }
    if !(0..64).contains(&count) {
        return None;
    }
    let shifted = value.wrapping_shl(count as u32);
    (shifted.wrapping_shr(count as u32) == value).then_some(shifted)
}

/// `value >> count`; `None` for a negative count only.
#[inline]
pub fn shr_i64(value: i64, count: i64) -> Option<i64> {
    (count >= 0).then(|| value >> count.min(63))
}
