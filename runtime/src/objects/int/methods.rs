//! The methods and attributes of `int`.

use super::{IntRef, error, from_big, get, new};
use crate::error::PyResult;
use crate::int_kernel::{self as kernel, ByteOrder};
use crate::objects::bytes::{self, Bytes};
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::INT;
use crate::types::{Effects, GetSetDef, MethodDef, NativeFn, Type, getset, method};
use crate::value::{Ref, Value};

fn plain(_: &Thread, v: Value) -> PyResult {
    Ok(protocol::exact_int(v))
}

pub const GETSETS: &[GetSetDef] = &[
    getset("real", plain, "the real part of a complex number"),
    getset("imag", |_, _| Ok(new(0)), "the imaginary part of a complex number"),
    getset("numerator", plain, "the numerator of a rational number in lowest terms"),
    getset("denominator", |_, _| Ok(new(1)), "the denominator of a rational number in lowest terms"),
];

pub const METHODS: &[MethodDef] = &[
    method(
        "conjugate",
        "($self, /)",
        NativeFn::NoArgs(plain),
        "Returns self, the complex conjugate of any int.",
    )
    .effects(Effects::PURE),
    method("bit_length", "($self, /)", NativeFn::NoArgs(bit_length), BIT_LENGTH_DOC).effects(Effects::PURE),
    method("bit_count", "($self, /)", NativeFn::NoArgs(bit_count), BIT_COUNT_DOC).effects(Effects::PURE),
    method(
        "to_bytes",
        "($self, /, length=1, byteorder='big', *, signed=False)",
        NativeFn::Bound(to_bytes),
        TO_BYTES_DOC,
    )
    .effects(Effects::PLAIN),
    method(
        "from_bytes",
        "($type, /, bytes, byteorder='big', *, signed=False)",
        NativeFn::Bound(from_bytes),
        FROM_BYTES_DOC,
    )
    .effects(Effects::PLAIN)
    .class(),
    method("as_integer_ratio", "($self, /)", NativeFn::NoArgs(as_integer_ratio), RATIO_DOC)
        .effects(Effects::PURE),
    method("__trunc__", "($self, /)", NativeFn::NoArgs(plain), "Truncating an Integral returns itself.")
        .effects(Effects::PURE),
    method("__floor__", "($self, /)", NativeFn::NoArgs(plain), "Flooring an Integral returns itself.")
        .effects(Effects::PURE),
    method("__ceil__", "($self, /)", NativeFn::NoArgs(plain), "Ceiling of an Integral returns itself.")
        .effects(Effects::PURE),
    method(
        "__round__",
        "($self, ndigits=None, /)",
        NativeFn::Bound(round),
        "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer.",
    )
    .effects(Effects::PLAIN),
    method("__getnewargs__", "($self, /)", NativeFn::NoArgs(getnewargs), ""),
    method(
        "__format__",
        "($self, format_spec, /)",
        NativeFn::One(super::format::format),
        "Convert to a string according to format_spec.",
    )
    .effects(Effects::PLAIN),
    method("__sizeof__", "($self, /)", NativeFn::NoArgs(sizeof), "Returns size in memory, in bytes."),
    method(
        "is_integer",
        "($self, /)",
        NativeFn::NoArgs(|_, _| Ok(Ref::bool(true))),
        "Returns True. Exists for duck type compatibility with float.is_integer.",
    )
    .effects(Effects::PURE),
];

const BIT_LENGTH_DOC: &str = "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6";
const BIT_COUNT_DOC: &str = "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3";
const TO_BYTES_DOC: &str = "Return an array of bytes representing an integer.\n\n  length\n    Length of bytes object to use.  An OverflowError is raised if\n    the integer is not representable with the given number of bytes.\n    Default is length 1.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Determines whether two's complement is used to represent the\n    integer.  If signed is False and a negative integer is given,\n    an OverflowError is raised.";
const FROM_BYTES_DOC: &str = "Return the integer represented by the given array of bytes.\n\n  bytes\n    Holds the array of bytes to convert.  The argument must either\n    support the buffer protocol or be an iterable object producing\n    bytes.  Bytes and bytearray are examples of built-in objects that\n    support the buffer protocol.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Indicates whether two's complement is used to represent the\n    integer.";
const RATIO_DOC: &str = "Return a pair of integers, whose ratio is equal to the original int.\n\nThe ratio is in lowest terms and has a positive denominator.\n\n>>> (10).as_integer_ratio()\n(10, 1)\n>>> (-10).as_integer_ratio()\n(-10, 1)\n>>> (0).as_integer_ratio()\n(0, 1)";

/// The integer of an instance of `int`.
fn of(v: Value) -> IntRef<'static> {
    get(v).unwrap_or(IntRef::Small(0))
}

fn bit_length(_: &Thread, v: Value) -> PyResult {
    Ok(match of(v) {
        IntRef::Small(i) => new(64 - i64::from(i.unsigned_abs().leading_zeros())),
        IntRef::Big(b) => new(kernel::bit_length(b) as i64),
    })
}

fn bit_count(_: &Thread, v: Value) -> PyResult {
    Ok(match of(v) {
        IntRef::Small(i) => new(i64::from(i.unsigned_abs().count_ones())),
        IntRef::Big(b) => new(kernel::bit_count(b) as i64),
    })
}

fn as_integer_ratio(_: &Thread, v: Value) -> PyResult {
    Ok(Tuple::from_refs(vec![protocol::exact_int(v), new(1)]))
}

fn getnewargs(_: &Thread, v: Value) -> PyResult {
    Ok(Tuple::from_refs(vec![protocol::exact_int(v)]))
}

/// As in CPython, where digits have thirty bits: what `sys.getsizeof` tells is part of the language's folklore.
fn sizeof(_: &Thread, v: Value) -> PyResult {
    const HEAD: u64 = 24;
    let bits = match of(v) {
        IntRef::Small(i) => u64::from(64 - i.unsigned_abs().leading_zeros()),
        IntRef::Big(b) => kernel::bit_length(b),
    };
    Ok(new((HEAD + 4 * bits.div_ceil(30).max(1)) as i64))
}

fn round(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    if slots[0].is_null() || slots[0].is_none() {
        return Ok(protocol::exact_int(v));
    }
    let digits = protocol::index(thread, slots[0])?;
    match get(*digits) {
        Some(IntRef::Small(n)) if n < 0 => {
            Ok(from_big(kernel::round_to_power_of_ten(&of(v).to_big(), n.unsigned_abs())))
        }
        Some(IntRef::Big(n)) if n.sign() == dashu_int::Sign::Negative => Ok(new(0)),
        _ => Ok(protocol::exact_int(v)),
    }
}

// Bytes.

fn byte_order(thread: &Thread, function: &str, v: Value) -> PyResult<ByteOrder> {
    if v.is_null() || str::equals(v, "big") {
        return Ok(ByteOrder::Big);
    }
    if str::equals(v, "little") {
        return Ok(ByteOrder::Little);
    }
    if v.cast::<Str>().is_some() {
        return Err(thread.value_error("byteorder must be either 'little' or 'big'"));
    }
    let name = v.ty().name();
    Err(thread.type_error(format!("{function}() argument 'byteorder' must be str, not {name}")))
}

fn flag(thread: &Thread, v: Value) -> PyResult<bool> {
    if v.is_null() { Ok(false) } else { protocol::is_true(thread, v) }
}

fn to_bytes(thread: &Thread, v: Value, slots: &[Value]) -> PyResult {
    let length = if slots[0].is_null() { 1 } else { protocol::c_ssize(thread, slots[0])? };
    let order = byte_order(thread, "to_bytes", slots[1])?;
    let signed = flag(thread, slots[2])?;
    let Ok(length) = usize::try_from(length) else {
        return Err(thread.value_error("length argument must be non-negative"));
    };
    if length as u64 > kernel::MAX_BITS / 8 {
        return Err(thread.memory_error());
    }
    match kernel::to_bytes(&of(v).to_big(), length, order, signed) {
        Ok(data) => Ok(Bytes::new(&data)),
        Err(e) => Err(error(thread, e)),
    }
}

fn from_bytes(thread: &Thread, class: Value, slots: &[Value]) -> PyResult {
    let order = byte_order(thread, "from_bytes", slots[1])?;
    let signed = flag(thread, slots[2])?;
    let data = byte_values(thread, slots[0])?;
    let value = from_big(kernel::from_bytes(&data, order, signed));
    match class.cast::<Type>() {
        Some(class) if !std::ptr::eq(class, &INT) => thread.call(Value::of(class), &[*value]),
        _ => Ok(value),
    }
}

/// The bytes of what `bytes(v)` takes, strings and counts excepted.
fn byte_values(thread: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if v.cast::<Bytes>().is_some() || v.ty().slots().buffer.is_some() {
        let content = bytes::from_object(thread, v)?;
        return Ok(content.cast::<Bytes>().map_or(Vec::new(), |b| b.as_bytes().to_vec()));
    }
    if let Some(method) = crate::attributes::special(thread, v, crate::names::get().__bytes__)? {
        let result = thread.call(*method, &[])?;
        return match result.cast::<Bytes>() {
            Some(b) => Ok(b.as_bytes().to_vec()),
            None => {
                Err(thread.type_error(format!("__bytes__ returned non-bytes (type {})", result.ty().name())))
            }
        };
    }
    let refused =
        v.cast::<Str>().is_some() || (v.ty().slots().iter.is_none() && v.ty().slots().get_item.is_none());
    if refused {
        return Err(thread.type_error(format!("cannot convert '{}' object to bytes", v.ty().name())));
    }
    let items = protocol::collect(thread, v)?;
    let mut data = Vec::with_capacity(items.len());
    for item in items {
        let value = protocol::index(thread, *item)?;
        match get(*value) {
            Some(IntRef::Small(i @ 0..=255)) => data.push(i as u8),
            _ => return Err(thread.value_error("bytes must be in range(0, 256)")),
        }
    }
    Ok(data)
}
