//! `int.__format__`, and what number formats share.

use super::{IntRef, digit_limit, get, too_many_digits};
use crate::error::{PyResult, Raised};
use crate::int_kernel as kernel;
use crate::number_format::{
    FormatError, FormatSpec, Formatted, IntKind, SpecDefaults, format_char, format_float, format_int,
    format_small, int_kind, parse_spec,
};
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// The string of formatted text.
pub fn formatted(text: Formatted) -> Ref {
    match text {
        Formatted::Ascii(bytes) => Str::from_ascii(&bytes),
        Formatted::Points(points) => Str::from_code_points(&points),
    }
}

/// Raises what formatting reports about `spec` for an object.
pub fn format_error(thread: &Thread, e: FormatError, spec: Value, object: Value) -> Raised {
    match e {
        FormatError::Value(message) => thread.value_error(message),
        FormatError::InvalidSpecifier => {
            let (spec, name) = (str::display(spec), object.ty().name());
            thread.value_error(format!("Invalid format specifier '{spec}' for object of type '{name}'"))
        }
        FormatError::Overflow(message) => thread.overflow_error(message),
        FormatError::Memory => thread.memory_error(),
    }
}

/// The parsed specification; `None` for the empty one, which means `str(object)`.
pub fn specification(
    thread: &Thread,
    object: Value,
    spec: Value,
    defaults: SpecDefaults,
) -> PyResult<Option<FormatSpec>> {
    let Some(text) = spec.cast::<Str>() else {
        let name = spec.ty().name();
        return Err(thread.type_error(format!("__format__() argument must be str, not {name}")));
    };
    if text.len() == 0 {
        return Ok(None);
    }
    let points = text.points::<16>();
    match parse_spec(&points, defaults) {
        Ok(parsed) => Ok(Some(parsed)),
        Err(e) => Err(format_error(thread, e, spec, object)),
    }
}

pub fn format(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let Some(parsed) = specification(thread, v, spec, SpecDefaults::Int)? else {
        return protocol::str(thread, v);
    };
    let name = v.ty().name();
    let value = get(v).unwrap_or(IntRef::Small(0));
    let kind = match int_kind(&parsed, &name) {
        Ok(kind) => kind,
        Err(e) => return Err(format_error(thread, e, spec, v)),
    };
    let result = match kind {
        IntKind::Char => format_char(&parsed, if let IntRef::Small(i) = value { Some(i) } else { None }),
        IntKind::Float => match value.to_f64() {
            Ok(f) => format_float(&parsed, f, &name),
            Err(e) => return Err(super::error(thread, e)),
        },
        IntKind::Digits(radix) => {
            if let IntRef::Small(i) = value
                && let Some(text) = format_small(&parsed, i, radix, Str::from_ascii)
            {
                return Ok(text);
            }
            let digits = magnitude(thread, &value, radix)?;
            format_int(&parsed, value.is_negative(), digits.as_bytes())
        }
    };
    result.map(formatted).map_err(|e| format_error(thread, e, spec, v))
}

/// The digits without sign.
fn magnitude(thread: &Thread, value: &IntRef, radix: u8) -> PyResult<String> {
    let text = match value {
        IntRef::Small(i) => {
            let i = i.unsigned_abs();
            return Ok(match radix {
                2 => format!("{i:b}"),
                8 => format!("{i:o}"),
                16 => format!("{i:x}"),
                _ => i.to_string(),
            });
        }
        IntRef::Big(b) if radix == 10 => match kernel::to_decimal(b, digit_limit()) {
            Some(text) => text,
            None => return Err(too_many_digits(thread)),
        },
        IntRef::Big(b) => kernel::to_radix(b, radix),
    };
    Ok(text.trim_start_matches('-').to_owned())
}
