//! Floats of 16 bits.

/// The float that 16 bits say.
pub fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    match exponent {
        0 => sign * mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => sign * f64::INFINITY,
        31 => {
            let payload = u64::from(bits & 0x3ff) << 42;
            f64::from_bits(u64::from(bits & 0x8000) << 48 | 0x7ff0 << 48 | payload)
        }
        _ => sign * (1024.0 + mantissa) * 2f64.powi(exponent - 25),
    }
}

/// The nearest float of 16 bits, ties to even; `None` if it is too large.
pub fn f64_to_half(value: f64) -> Option<u16> {
    let sign = (value.to_bits() >> 48 & 0x8000) as u16;
    if value.is_nan() {
        let payload = (value.to_bits() >> 42 & 0x3ff) as u16;
        return Some(sign | 0x7c00 | if payload == 0 { 0x200 } else { payload });
    }
    if value.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let magnitude = value.abs();
    if magnitude < 2f64.powi(-14) {
        // Rounding up to 1024 units gives the smallest normal number.
        return Some(sign | (magnitude * 2f64.powi(24)).round_ties_even() as u16);
    }
    let exponent = ((magnitude.to_bits() >> 52) as i32) - 1023;
    if exponent > 15 {
        return None;
    }
    let mantissa = (magnitude * 2f64.powi(10 - exponent)).round_ties_even() as u32;
    let bits = ((exponent + 14) as u32) * 1024 + mantissa;
    (bits < 0x7c00).then_some(sign | bits as u16)
}
