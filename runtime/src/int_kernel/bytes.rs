//! `int.to_bytes` and `int.from_bytes`.

use super::{IntError, bit_length};
use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, Sign, UBig};

/// Which byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest.
    Little,
    /// The highest.
    Big,
}

/// The bytes of an integer, in two's complement if `signed`. The caller bounds `length`.
pub fn to_bytes(value: &IBig, length: usize, order: ByteOrder, signed: bool) -> Result<Vec<u8>, IntError> {
    let negative = value.sign() == Sign::Negative;
    if negative && !signed {
        return Err(IntError::Overflow("can't convert negative int to unsigned"));
    }
    // The lowest negative number of a width has a bit less than its magnitude.
    let bits = if negative { bit_length(&(value + IBig::ONE)) } else { bit_length(value) };
    let is_nonzero_signed = signed && !value.is_zero();
    if bits + u64::from(is_nonzero_signed) > length as u64 * 8 {
        return Err(IntError::Overflow("int too big to convert"));
    }
    let mut bytes = if negative {
        let complement: UBig = (-(value + IBig::ONE)).unsigned_abs();
        complement.to_le_bytes().iter().map(|byte| !byte).collect()
    } else {
        value.clone().unsigned_abs().to_le_bytes().into_vec()
    };
    bytes.resize(length, if negative { 0xff } else { 0 });
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    Ok(bytes)
}

/// The integer of bytes.
pub fn from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> IBig {
    match (order, signed) {
        (ByteOrder::Little, false) => UBig::from_le_bytes(bytes).into(),
        (ByteOrder::Big, false) => UBig::from_be_bytes(bytes).into(),
        _ if bytes.is_empty() => IBig::ZERO,
        (ByteOrder::Little, true) => IBig::from_le_bytes(bytes),
        (ByteOrder::Big, true) => IBig::from_be_bytes(bytes),
    }
}
