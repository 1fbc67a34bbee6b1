//! Algorithms on the code points of strings and on bytes, over slices: no objects, no errors raised.
//!
//! A kernel is generic over `CodeUnit` (`u8`, `u16`, `u32`: the three storage kinds of `str`); operations on strings of
//! different kinds take `Data`. Results that may be wider than their source are a `Text`. Positions are in units.
//! What can't be had (a result too long, a byte that doesn't decode) is an `Err` that says what CPython's exception says.

// `with_units!` expands one body for all kinds, and in that of `u32` a unit is a code point already.
#![allow(clippy::useless_conversion)]

pub mod ascii;
pub mod case;
pub mod codec;
pub mod escape;
pub mod layout;
pub mod predicates;
pub mod repr;
pub mod search;
pub mod split;
pub mod units;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

#[cfg(test)]
mod tests;

pub use codec::CodecError;
pub use units::{CodeUnit, SizeError, Text, TextBuilder, compare, equal, units_as, with_units};
