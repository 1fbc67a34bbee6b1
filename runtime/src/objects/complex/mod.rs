//! `complex`: a pair of floats in the heap.

mod construct;
mod methods;
pub mod operators;

use crate::object::{Header, drop_object, new_exact};
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};

/// A complex number.
#[repr(C)]
pub struct Complex {
    pub header: Header,
    pub real: f64,
    pub imag: f64,
}

crate::object!(Complex, COMPLEX);

pub static COMPLEX: Type = Type::new_static(&TypeSpec {
    name: "complex",
    size: size_of::<Complex>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        new: Some(construct::construct),
        drop: drop_object::<Complex>,
        repr: Some(operators::repr),
        hash: Some(operators::hash),
        compare: Some(operators::compare),
        add: Some(operators::add),
        subtract: Some(operators::subtract),
        multiply: Some(operators::multiply),
        true_divide: Some(operators::true_divide),
        power: Some(operators::power),
        negative: Some(operators::negative),
        positive: Some(operators::positive),
        absolute: Some(operators::absolute),
        bool: Some(operators::is_true),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    signature: "(real=0, imag=0)",
    doc: "Create a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    ..TypeSpec::EMPTY
});

/// The complex number `real + imag*j`.
pub fn new(real: f64, imag: f64) -> Ref {
    new_exact(|header| Complex { header, real, imag })
}

/// Real and imaginary part of a complex number or an instance of a subclass.
#[inline]
pub fn get(v: Value) -> Option<(f64, f64)> {
    v.cast::<Complex>().map(|c| (c.real, c.imag))
}
