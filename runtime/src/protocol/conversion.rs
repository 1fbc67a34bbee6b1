//! Text of objects, and objects as machine integers, ints and floats.

use crate::error::PyResult;
use crate::int_kernel;
use crate::objects::exceptions::{DEPRECATION_WARNING, OVERFLOW_ERROR};
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::objects::{float, number_text};
use crate::thread::Thread;
use crate::types::Type;
use crate::types::registry::{INT, STR};
use crate::value::{Ref, Value};
use crate::warnings;

// Text.

/// `repr(v)`: a string.
pub fn repr(thread: &Thread, v: Value) -> PyResult<Ref> {
    if v.is_null() {
        return Ok(Str::new("<NULL>"));
    }
    thread.check_native_stack_while("while getting the repr of an object")?;
    let Some(f) = v.ty().slots().repr else {
        return Ok(Str::new(&format!("<{} object at {:#x}>", v.ty().name(), v.bits() - 1)));
    };
    let text = f(thread, v)?;
    if text.cast::<Str>().is_none() {
        let message = format!("__repr__ returned non-string (type {})", text.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(text)
}

/// `str(v)`: a string.
pub fn str(thread: &Thread, v: Value) -> PyResult<Ref> {
    if v.is_null() {
        return Ok(Str::new("<NULL>"));
    }
    if v.is_exact(&STR) {
        return Ok(v.to_ref());
    }
    let Some(f) = v.ty().slots().str else { return repr(thread, v) };
    thread.check_native_stack_while("while getting the str of an object")?;
    let text = f(thread, v)?;
    if text.cast::<Str>().is_none() {
        let message = format!("__str__ returned non-string (type {})", text.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(text)
}

// Integers.

/// The plain `int` equal to an int, a bool or an instance of a subclass.
pub fn exact_int(v: Value) -> Ref {
    if v.is_small_int() || v.is_exact(&INT) {
        return v.to_ref();
    }
    match int::get(v) {
        Some(IntRef::Small(i)) => int::new(i),
        Some(IntRef::Big(b)) => int::from_big(b.clone()),
        None => v.to_ref(),
    }
}

/// What `__index__` or `__int__` gave, checked: an int, instances of subclasses with a warning.
fn check_int_result(thread: &Thread, result: Ref, method: &str) -> PyResult {
    if result.is_small_int() || result.is_exact(&INT) {
        return Ok(result);
    }
    let name = result.ty().name();
    if !int::is_int(*result) {
        return Err(thread.type_error(format!("{method} returned non-int (type {name})")));
    }
    let message = format!(
        "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of int is \
         deprecated, and may not be supported in a future version of Python."
    );
    warnings::warn(thread, &DEPRECATION_WARNING, &message, 1)?;
    Ok(result)
}

/// `operator.index(v)`, with instances of subclasses as they are.
#[inline]
pub fn index(thread: &Thread, v: Value) -> PyResult<Ref> {
    if int::is_int(v) {
        return Ok(v.to_ref());
    }
    index_by_method(thread, v)
}

fn index_by_method(thread: &Thread, v: Value) -> PyResult<Ref> {
    let Some(f) = v.ty().slots().index else {
        let message = format!("'{}' object cannot be interpreted as an integer", v.ty().name());
        return Err(thread.type_error(message));
    };
    let result = f(thread, v)?;
    check_int_result(thread, result, "__index__")
}

/// `v` as a size or offset; OverflowError beyond the range.
pub fn index_isize(thread: &Thread, v: Value) -> PyResult<isize> {
    index_isize_or(thread, v, &OVERFLOW_ERROR)
}

/// As `index_isize`, with another error for integers out of range.
pub fn index_isize_or(thread: &Thread, v: Value, error: &'static Type) -> PyResult<isize> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => Ok(i as isize),
        _ => {
            let message = format!("cannot fit '{}' into an index-sized integer", v.ty().name());
            Err(thread.error(error, message))
        }
    }
}

/// `v` as an argument that C declares `ssize_t`.
pub fn c_ssize(thread: &Thread, v: Value) -> PyResult<isize> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => Ok(i as isize),
        _ => Err(thread.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// `v` as an argument that C declares `int`.
pub fn c_int(thread: &Thread, v: Value) -> PyResult<i32> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) if i32::try_from(i).is_ok() => Ok(i as i32),
        _ => Err(thread.overflow_error("Python int too large to convert to C int")),
    }
}

/// `v` as an argument that C declares `long`.
pub fn index_i64(thread: &Thread, v: Value) -> PyResult<i64> {
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => Ok(i),
        _ => Err(thread.overflow_error("Python int too large to convert to C long")),
    }
}

/// `v` as an argument that C declares `unsigned long`.
pub fn index_u64(thread: &Thread, v: Value) -> PyResult<u64> {
    const TOO_LARGE: &str = "Python int too large to convert to C unsigned long";
    const NEGATIVE: &str = "can't convert negative value to unsigned int";
    match int::get(*index(thread, v)?) {
        Some(IntRef::Small(i)) => u64::try_from(i).map_err(|_| thread.overflow_error(NEGATIVE)),
        Some(IntRef::Big(b)) if b.sign() == dashu_int::Sign::Negative => Err(thread.overflow_error(NEGATIVE)),
        Some(IntRef::Big(b)) => u64::try_from(b).map_err(|_| thread.overflow_error(TOO_LARGE)),
        None => Err(thread.system_error("index gave no int")),
    }
}

/// `int(v)`: an exact int.
pub fn int(thread: &Thread, v: Value) -> PyResult<Ref> {
    if v.is_small_int() || v.is_exact(&INT) {
        return Ok(v.to_ref());
    }
    let slots = v.ty().slots();
    if let Some(f) = slots.int {
        let result = f(thread, v)?;
        return Ok(exact_int(*check_int_result(thread, result, "__int__")?));
    }
    if slots.index.is_some() {
        return Ok(exact_int(*index_by_method(thread, v)?));
    }
    match number_text::int_from_text(thread, v, 10)? {
        Some(result) => Ok(result),
        None => Err(thread.type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            v.ty().name()
        ))),
    }
}

// Floats.

/// The float of an int; OverflowError beyond the range.
fn int_as_f64(thread: &Thread, v: Value) -> PyResult<Option<f64>> {
    match int::get(v) {
        Some(IntRef::Small(i)) => Ok(Some(i as f64)),
        Some(IntRef::Big(b)) => match int_kernel::to_float(b) {
            Ok(f) => Ok(Some(f)),
            Err(e) => Err(int::error(thread, e)),
        },
        None => Ok(None),
    }
}

/// The float that `__float__` or `__index__` gives; `None` if the type has neither.
fn number_as_f64(thread: &Thread, v: Value) -> PyResult<Option<f64>> {
    let slots = v.ty().slots();
    if let Some(f) = slots.float {
        let result = f(thread, v)?;
        let Some(value) = float::get(*result) else {
            let (own, given) = (v.ty().name(), result.ty().name());
            return Err(thread.type_error(format!("{own}.__float__ returned non-float (type {given})")));
        };
        if !result.is_exact(&crate::types::registry::FLOAT) {
            let (own, given) = (v.ty().name(), result.ty().name());
            let message = format!(
                "{own}.__float__ returned non-float (type {given}).  The ability to return an instance of a strict \
                 subclass of float is deprecated, and may not be supported in a future version of Python."
            );
            warnings::warn(thread, &DEPRECATION_WARNING, &message, 1)?;
        }
        return Ok(Some(value));
    }
    if slots.index.is_some() {
        let i = index_by_method(thread, v)?;
        return int_as_f64(thread, *i);
    }
    Ok(None)
}

/// `v` as an argument that C declares `double`.
#[inline]
pub fn as_f64(thread: &Thread, v: Value) -> PyResult<f64> {
    if let Some(f) = float::get(v) {
        return Ok(f);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i as f64);
    }
    match number_as_f64(thread, v)? {
        Some(f) => Ok(f),
        None => Err(thread.type_error(format!("must be real number, not {}", v.ty().name()))),
    }
}

/// `float(v)`: the value of an exact float.
pub fn float(thread: &Thread, v: Value) -> PyResult<f64> {
    if v.is_inline_float() {
        return Ok(v.inline_float_unchecked());
    }
    if let Some(f) = number_as_f64(thread, v)? {
        return Ok(f);
    }
    match number_text::float_from_text(thread, v)? {
        Some(f) => Ok(f),
        None => Err(thread.type_error(format!(
            "float() argument must be a string or a real number, not '{}'",
            v.ty().name()
        ))),
    }
}
