//! Built-in functions over numbers and characters.

use runtime::objects::bytearray::ByteArray;
use runtime::objects::bytes::Bytes;
use runtime::objects::int::{self, IntRef};
use runtime::objects::str::Str;
use runtime::{PyResult, Ref, Thread, Value, attributes, int_kernel, names, protocol};

const LAST_CODE_POINT: i64 = 0x10_FFFF;

pub fn abs(thread: &Thread, v: Value) -> PyResult {
    match v.ty().slots().absolute {
        Some(f) => f(thread, v),
        None => Err(thread.type_error(format!("bad operand type for abs(): '{}'", v.ty().name()))),
    }
}

/// `bin`, `oct` and `hex`: an integer in a radix behind its prefix.
fn in_radix(thread: &Thread, v: Value, radix: u8, prefix: &str) -> PyResult {
    let index = protocol::index(thread, v)?;
    let Some(number) = int::get_big(*index) else { return Err(thread.type_error("an integer is required")) };
    let digits = int_kernel::to_radix(&number, radix);
    Ok(Str::new(&match digits.strip_prefix('-') {
        Some(digits) => format!("-{prefix}{digits}"),
        None => format!("{prefix}{digits}"),
    }))
}

pub fn bin(thread: &Thread, _: Value, v: Value) -> PyResult {
    in_radix(thread, v, 2, "0b")
}

pub fn oct(thread: &Thread, _: Value, v: Value) -> PyResult {
    in_radix(thread, v, 8, "0o")
}

pub fn hex(thread: &Thread, _: Value, v: Value) -> PyResult {
    in_radix(thread, v, 16, "0x")
}

pub fn chr(thread: &Thread, _: Value, v: Value) -> PyResult {
    let index = protocol::index(thread, v)?;
    match int::get(*index) {
        Some(IntRef::Small(point @ 0..=LAST_CODE_POINT)) => Ok(Str::from_char(point as u32)),
        _ => Err(thread.value_error("chr() arg not in range(0x110000)")),
    }
}

pub fn ord(thread: &Thread, _: Value, v: Value) -> PyResult {
    let length = if let Some(s) = v.cast::<Str>() {
        if s.len() == 1 {
            return Ok(int::new(s.code_point(0).into()));
        }
        s.len()
    } else if let Some(b) = v.cast::<Bytes>() {
        if let [byte] = *b.as_bytes() {
            return Ok(int::new(byte.into()));
        }
        b.as_bytes().len()
    } else if let Some(b) = v.cast::<ByteArray>() {
        if let [byte] = *b.as_bytes() {
            return Ok(int::new(byte.into()));
        }
        b.as_bytes().len()
    } else {
        let name = v.ty().name();
        return Err(thread.type_error(format!("ord() expected string of length 1, but {name} found")));
    };
    Err(thread.type_error(format!("ord() expected a character, but string of length {length} found")))
}

pub fn divmod(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    protocol::divmod(thread, arguments[0], arguments[1])
}

pub fn pow(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let modulus = if arguments[2].is_null() { Value::NONE } else { arguments[2] };
    protocol::power(thread, arguments[0], arguments[1], modulus)
}

/// `round(number, ndigits=None)`
pub fn round(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let number = arguments[0];
    let Some(method) = attributes::special(thread, number, names::get().__round__)? else {
        return Err(thread.type_error(format!("type {} doesn't define __round__ method", number.ty().name())));
    };
    if arguments[1].is_null() || arguments[1].is_none() {
        return thread.call(*method, &[]);
    }
    let digits: Ref = arguments[1].to_ref();
    thread.call(*method, &[*digits])
}
