//! Text of numbers, and the format specification language of `format()`, over plain Rust values.
//!
//! The caller keeps objects: it passes digits of integers, floats and lengths of strings, and gets ASCII bytes or
//! code points. Every failure is a value with CPython's words. Invariant: no width or precision makes us allocate
//! without asking first.

mod float_text;
mod hex;
mod layout;
mod small;
mod spec;

pub use float_text::{FloatFlags, FloatStyle, float_repr, format_float_style, parse_float};
pub use hex::{FromHexError, float_fromhex, float_hex};
pub use layout::{Formatted, StrLayout, format_char, format_complex, format_float, format_int, layout_str};
pub use small::{SmallDigits, format_small};
pub use spec::{Align, FormatError, FormatSpec, Grouping, IntKind, Sign, SpecDefaults, int_kind, parse_spec};

#[cfg(test)]
mod tests;
