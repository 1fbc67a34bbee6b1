//! Between big integers, machine words and words of magnitude.

use crate::hash::hash_int;
use dashu_int::{IBig, Sign, UBig};

/// The big integer of a machine word.
#[inline]
pub fn from_i64(value: i64) -> IBig {
    IBig::from(value)
}

/// The machine word, if it fits.
#[inline]
pub fn to_i64(value: &IBig) -> Option<i64> {
    i64::try_from(value).ok()
}

/// Whether negative, and the little-endian words of the magnitude.
pub fn words(value: &IBig) -> (bool, &[u64]) {
    let (sign, words) = value.as_sign_words();
    (sign == Sign::Negative, words)
}

/// From a sign and the little-endian bytes of the magnitude.
pub fn from_magnitude(negative: bool, magnitude: &[u8]) -> IBig {
    let sign = if negative { Sign::Negative } else { Sign::Positive };
    IBig::from_parts(sign, UBig::from_le_bytes(magnitude))
}

/// The hash of an integer.
pub fn hash(value: &IBig) -> i64 {
    let (negative, words) = words(value);
    hash_int(negative, words)
}
