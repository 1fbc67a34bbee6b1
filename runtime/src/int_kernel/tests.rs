use super::*;
use proptest::prelude::*;
use std::cmp::Ordering;

fn big(value: i128) -> IBig {
    IBig::from(value)
}

fn wide() -> impl Strategy<Value = IBig> {
    (any::<i128>(), any::<i128>(), 0usize..300, 0u32..128)
        .prop_map(|(high, low, shift, cut)| (IBig::from(high >> cut) << shift) + (low >> cut))
}

/// The largest float not above and the next one, by comparison: an independent oracle for rounding.
fn nearest(value: &IBig, float: f64) -> bool {
    let distance = |float: f64| {
        let whole = from_float(float).unwrap();
        let difference = value - whole;
        IBig::from(difference.unsigned_abs())
    };
    let own = distance(float);
    [float.next_up(), float.next_down()].into_iter().filter(|float| float.is_finite()).all(|other| {
        let other_distance = distance(other);
        own < other_distance || own == other_distance && float.to_bits() & 1 == 0
    })
}

proptest! {
    #[test]
    fn division(left in wide(), right in wide()) {
        prop_assume!(!right.is_zero());
        let (quotient, remainder) = div_mod(&left, &right).unwrap();
        prop_assert_eq!(&quotient * &right + &remainder, left.clone());
        prop_assert!(remainder.is_zero() || remainder.sign() == right.sign());
        prop_assert!(remainder.clone().unsigned_abs() < right.clone().unsigned_abs());
        prop_assert_eq!(floor_mod(&left, &right).unwrap(), remainder);
    }

    #[test]
    fn words_agree(left in any::<i64>(), right in any::<i64>(), count in -2i64..70, cut in 0u32..64) {
        let right = right >> cut;
        prop_assert_eq!(floor_div_i64(left, right).map(from_i64), floor_div(&from_i64(left), &from_i64(right)).ok()
            .filter(|quotient| to_i64(quotient).is_some()));
        prop_assert_eq!(floor_mod_i64(left, right).map(from_i64), floor_mod(&from_i64(left), &from_i64(right)).ok());
        let value = left >> cut;
        prop_assert_eq!(shl_i64(value, count), shift_left(&from_i64(value), &from_i64(count)).ok().and_then(|v| to_i64(&v)));
        prop_assert_eq!(shr_i64(value, count), shift_right(&from_i64(value), &from_i64(count)).ok().and_then(|v| to_i64(&v)));
    }

    #[test]
    fn bytes_round_trip(value in wide(), big_order in any::<bool>()) {
        let order = if big_order { ByteOrder::Big } else { ByteOrder::Little };
        let length = bit_length(&value) as usize / 8 + 1;
        let bytes = to_bytes(&value, length, order, true).unwrap();
        prop_assert_eq!(from_bytes(&bytes, order, true), value.clone());
        let magnitude = IBig::from(value.unsigned_abs());
        let bytes = to_bytes(&magnitude, length, order, false).unwrap();
        prop_assert_eq!(from_bytes(&bytes, order, false), magnitude);
    }

    #[test]
    fn text_round_trip(value in wide(), radix in 2u8..37) {
        prop_assert_eq!(parse(to_radix(&value, radix).as_bytes(), radix.into(), 0), Ok(value.clone()));
        prop_assert_eq!(parse(to_decimal(&value, 0).unwrap().as_bytes(), 10, 0), Ok(value));
    }

    #[test]
    fn floats(value in wide()) {
        prop_assert!(nearest(&value, to_float(&value).unwrap()));
    }

    #[test]
    fn true_division(left in wide(), right in wide()) {
        prop_assume!(!right.is_zero());
        let quotient = true_divide(&left, &right).unwrap();
        // left/right lies between the midpoints around the quotient; scaled by right and a power of two.
        if quotient == 0.0 || !quotient.is_normal() { return Ok(()); }
        let ratio = |float: f64| as_integer_ratio(float).unwrap();
        let distance = |float: f64| {
            let (numerator, denominator) = ratio(float);
            ((&left * &denominator - numerator * &right).unsigned_abs(), denominator)
        };
        let (own, own_scale) = distance(quotient);
        for other in [quotient.next_up(), quotient.next_down()] {
            let (distance, scale) = distance(other);
            prop_assert!(&own * scale.unsigned_abs() <= distance * own_scale.clone().unsigned_abs());
        }
    }

    #[test]
    fn comparison(value in any::<i64>(), delta in -3i64..3) {
        let float = value as f64;
        let integer = from_float(float).unwrap() + delta;
        prop_assert_eq!(compare_float(&integer, float), Some(delta.cmp(&0)));
    }

    #[test]
    fn modular_power(base in any::<i32>(), exponent in 0u32..9, modulus in any::<i32>()) {
        prop_assume!(modulus != 0);
        let expected = floor_mod(&big(base.into()).pow(exponent as usize), &big(modulus.into())).unwrap();
        prop_assert_eq!(pow_mod(&big(base.into()), &big(exponent.into()), &big(modulus.into())).unwrap(), expected);
        if let Ok(inverse) = pow_mod(&big(base.into()), &big(-1), &big(modulus.into())) {
            let product = floor_mod(&(inverse * base), &big(modulus.into())).unwrap();
            prop_assert_eq!(product, floor_mod(&big(1), &big(modulus.into())).unwrap());
        }
    }

    #[test]
    fn roots_and_divisors(left in wide(), right in wide()) {
        let square = IBig::from(left.clone().unsigned_abs());
        let root = isqrt(&square).unwrap();
        prop_assert!(&root * &root <= square && (&root + 1) * (&root + 1) > square);
        let divisor = gcd(&left, &right);
        if !divisor.is_zero() {
            prop_assert!((&left % &divisor).is_zero() && (&right % &divisor).is_zero());
        }
        prop_assert_eq!(divisor * lcm(&left, &right), IBig::from((&left * &right).unsigned_abs()));
    }
}

#[test]
fn parsing() {
    let literal = Err(ParseError::Literal);
    let cases: &[(&str, u32, Result<i64, ParseError>)] = &[
        ("1_0", 10, Ok(10)),
        ("_1", 10, literal),
        ("1__0", 10, literal),
        ("1_", 10, literal),
        ("0x10", 16, Ok(16)),
        ("0x_10", 16, Ok(16)),
        ("0x10", 0, Ok(16)),
        ("010", 0, literal),
        ("0_7", 0, literal),
        ("0_7", 10, Ok(7)),
        ("00", 0, Ok(0)),
        ("0_0", 0, Ok(0)),
        ("0b", 0, literal),
        ("0xg", 0, literal),
        ("", 10, literal),
        ("+", 10, literal),
        ("- 1", 10, literal),
        (" \n 12\t", 10, Ok(12)),
        ("-0x10", 0, Ok(-16)),
        ("12", 1, Err(ParseError::Base)),
        ("12", 37, Err(ParseError::Base)),
        ("z", 36, Ok(35)),
        ("0b1", 16, Ok(177)),
        ("0b1", 2, Ok(1)),
        ("1 2", 10, literal),
    ];
    for (text, base, expected) in cases {
        assert_eq!(parse(text.as_bytes(), *base, MAX_STR_DIGITS), expected.map(from_i64), "{text} {base}");
    }
    let nines = "9".repeat(4301);
    assert_eq!(parse(nines.as_bytes(), 10, MAX_STR_DIGITS), Err(ParseError::TooManyDigits(4301)));
    assert!(parse(nines.as_bytes(), 16, MAX_STR_DIGITS).is_ok());
    let value = parse(nines.as_bytes(), 10, 0).unwrap();
    assert_eq!(to_decimal(&value, MAX_STR_DIGITS), None);
    assert_eq!(to_decimal(&value, 4301).unwrap(), nines);
}

#[test]
fn edges() {
    let huge = IBig::ONE << 70usize;
    assert_eq!(shift_left(&big(1), &huge), Err(IntError::Overflow("too many digits in integer")));
    assert_eq!(shift_left(&big(1), &big(1 << 62)), Err(IntError::Memory));
    assert_eq!(shift_left(&big(0), &huge), Ok(big(0)));
    assert_eq!(shift_left(&big(1), &big(-1)), Err(IntError::Value("negative shift count")));
    assert_eq!(shift_right(&big(-1), &huge), Ok(big(-1)));
    assert_eq!(pow(&big(3), &huge), Err(IntError::Memory));
    assert_eq!(pow(&big(-1), &(huge + 1)), Ok(big(-1)));
    let halves = [(15, 1, 20), (25, 1, 20), (-25, 1, -20), (-35, 1, -40), (5, 100, 0), (5, 1, 0), (6, 1, 10)];
    for (value, places, expected) in halves {
        assert_eq!(round_to_power_of_ten(&big(value), places), big(expected), "{value}");
    }
    let top = IBig::ONE << 1024usize;
    assert!(to_float(&top).is_err());
    assert_eq!(to_float(&(&top - (IBig::ONE << 970usize) - 1)), Ok(f64::MAX));
    assert!(to_float(&(&top - (IBig::ONE << 970usize))).is_err());
    assert_eq!(true_divide(&big(1), &(IBig::ONE << 1074usize)), Ok(5e-324));
    assert_eq!(true_divide(&big(1), &(IBig::ONE << 1075usize)), Ok(0.0));
    assert_eq!(true_divide(&big(3), &(IBig::ONE << 1076usize)), Ok(5e-324));
    assert_eq!(true_divide(&top, &(&top * 3)), Ok(1.0 / 3.0));
    assert_eq!(compare_float(&top, f64::INFINITY), Some(Ordering::Less));
    assert_eq!(compare_float(&big(0), -0.5), Some(Ordering::Greater));
    assert_eq!(to_bytes(&big(0), 0, ByteOrder::Big, true), Ok(vec![]));
    assert_eq!(to_bytes(&big(-128), 1, ByteOrder::Big, true), Ok(vec![0x80]));
    assert!(to_bytes(&big(128), 1, ByteOrder::Big, true).is_err());
    assert!(to_bytes(&big(256), 1, ByteOrder::Big, false).is_err());
}
