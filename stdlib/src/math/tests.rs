//! The computations behind `math`, against recorded answers of the reference.

use super::integers::{falling, range_product};
use super::real::split;
use super::sums::{exact_products, norm};
use runtime::objects::int::IBig;

#[test]
fn lengths_are_rounded_once() {
    let cases: &[(&[f64], f64)] = &[
        (&[], 0.0),
        (&[3.0, 4.0, 12.0], 13.0),
        (&[f64::INFINITY, f64::NAN], f64::INFINITY),
        (&[1e308, 1e308], 1.4142135623730951e308),
        (&[5e-324, 5e-324], 5e-324),
        (&[1.0, 1.0], std::f64::consts::SQRT_2),
    ];
    for (coordinates, expected) in cases {
        assert_eq!(norm(coordinates), *expected, "{coordinates:?}");
    }
}

#[test]
fn sums_of_products_keep_what_cancels() {
    assert_eq!(exact_products(&[(1e16, 1.0), (1.0, 1.0), (-1e16, 1.0)]), Some(1.0));
    assert_eq!(exact_products(&[(0.1, 10.0), (-1.0, 1.0)]), Some(5.551115123125783e-17));
    assert_eq!(exact_products(&[(1e308, 10.0)]), None);
}

#[test]
fn products_of_ranges() {
    assert_eq!(range_product(2, 20), IBig::from(2432902008176640000u64));
    assert_eq!(range_product(2, 1), IBig::ONE);
    assert_eq!(falling(&IBig::from(20), 10), IBig::from(670442572800u64));
    assert_eq!(falling(&IBig::from(49), 6) / range_product(2, 6), IBig::from(13983816));
}

#[test]
fn floats_split_into_mantissa_and_exponent() {
    for (x, mantissa, exponent) in
        [(0.0, 0.0, 0), (1.0, 0.5, 1), (-3.5, -0.875, 2), (5e-324, 0.5, -1073), (0.1, 0.8, -3)]
    {
        assert_eq!(split(x), (mantissa, exponent), "{x}");
    }
}
