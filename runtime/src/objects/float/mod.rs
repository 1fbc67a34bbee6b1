//! `float`: in the word where the exponent allows, else a box; one static box each for common specials.

pub mod half;
mod methods;
pub mod operators;

use crate::cell::GilCell;
use crate::object::{Header, drop_object, new_exact};
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};

/// A float that does not fit the word, or an instance of a subclass.
#[repr(C)]
pub struct Float {
    pub header: Header,
    pub value: f64,
}

crate::object!(Float, FLOAT);

pub static FLOAT: Type = Type::new_static(&TypeSpec {
    name: "float",
    size: size_of::<Float>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::MATCH_SELF).union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        new: Some(methods::construct),
        drop: drop_object::<Float>,
        repr: Some(operators::repr),
        hash: Some(operators::hash),
        compare: Some(operators::compare),
        add: Some(operators::add),
        subtract: Some(operators::subtract),
        multiply: Some(operators::multiply),
        true_divide: Some(operators::true_divide),
        floor_divide: Some(operators::floor_divide),
        remainder: Some(operators::remainder),
        divmod: Some(operators::divmod),
        power: Some(operators::power),
        negative: Some(operators::negative),
        positive: Some(operators::positive),
        absolute: Some(operators::absolute),
        bool: Some(operators::is_true),
        int: Some(operators::truncated),
        float: Some(operators::positive),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    signature: "(x=0, /)",
    doc: "Convert a string or number to a floating-point number, if possible.",
    ..TypeSpec::EMPTY
});

/// Static boxes: 0.0, -0.0, inf, -inf, nan (the positive quiet one).
static SPECIALS: GilCell<[Option<Ref>; 5]> = GilCell::new([const { None }; 5]);

/// The value of `f`.
#[inline(always)]
pub fn new(f: f64) -> Ref {
    match Value::try_inline_float(f) {
        Some(v) => Ref::immediate(v),
        None => boxed(f),
    }
}

#[cold]
#[inline(never)]
fn boxed(f: f64) -> Ref {
    const BITS: [u64; 5] = [
        0f64.to_bits(),
        (-0f64).to_bits(),
        f64::INFINITY.to_bits(),
        f64::NEG_INFINITY.to_bits(),
        0x7ff8_0000_0000_0000,
    ];
    let make = || new_exact(|header| Float { header, value: f });
    match BITS.iter().position(|b| *b == f.to_bits()) {
        Some(i) => SPECIALS.with(|s| s[i].get_or_insert_with(make).clone()),
        None => make(),
    }
}

/// The float in `v`, if it is a float or an instance of a subclass.
#[inline(always)]
pub fn get(v: Value) -> Option<f64> {
    if v.is_inline_float() {
        return Some(v.inline_float_unchecked());
    }
    v.cast::<Float>().map(|f| f.value)
}

/// Whether `v` is a float or an instance of a subclass.
pub fn is_float(v: Value) -> bool {
    v.is_inline_float() || v.cast::<Float>().is_some()
}

const _: () = assert!(size_of::<Float>() == 24 || size_of::<Float>() == 32, "one small cell");
