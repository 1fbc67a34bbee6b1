//! `complex(...)`: from text, from numbers, from parts.

use super::{COMPLEX, Complex, get, new};
use crate::attributes;
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::number_format::parse_float;
use crate::object::new_object;
use crate::objects::exceptions::DEPRECATION_WARNING;
use crate::objects::number_text::ascii_form;
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::Type;
use crate::types::binding::Parameters;
use crate::value::Value;
use crate::warnings;

type Pair = (f64, f64);

static PARAMETERS: Parameters = Parameters::new("complex", "(real=0, imag=0)");

pub fn construct(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let is_plain = std::ptr::eq(class, &COMPLEX);
    let (real, imag) = match (arguments.positional(), arguments.has_keywords()) {
        ([v], false) if is_plain && v.cast_exact::<Complex>().is_some() => return Ok(v.to_ref()),
        ([v], false) => from_one(thread, *v)?,
        _ => PARAMETERS.bind(thread, arguments, |slots| from_parts(thread, slots[0], slots[1]))?,
    };
    if is_plain {
        return Ok(new(real, imag));
    }
    Ok(new_object(class, |header| Complex { header, real, imag }))
}

/// A number with `__complex__`, `__float__` or `__index__`; `None` for anything else.
fn number(thread: &Thread, v: Value) -> PyResult<Option<Pair>> {
    if let Some(c) = v.cast_exact::<Complex>() {
        return Ok(Some((c.real, c.imag)));
    }
    if let Some(method) = attributes::special(thread, v, names::get().__complex__)? {
        return from_method(thread, v, method).map(Some);
    }
    if let Some(c) = get(v) {
        return Ok(Some(c));
    }
    let slots = v.ty().slots();
    if slots.float.is_none() && slots.index.is_none() {
        return Ok(None);
    }
    Ok(Some((protocol::as_f64(thread, v)?, 0.0)))
}

fn from_method(thread: &Thread, v: Value, method: crate::value::Ref) -> PyResult<Pair> {
    let result = thread.call(*method, &[])?;
    let (own, given) = (v.ty().name(), result.ty().name());
    let Some(pair) = get(*result) else {
        return Err(thread.type_error(format!("{own}.__complex__() must return a complex, not {given}")));
    };
    if result.cast_exact::<Complex>().is_none() {
        let message = format!(
            "{own}.__complex__() must return a complex, not {given}.  The ability to return an instance of a strict \
             subclass of complex is deprecated, and may not be supported in a future version of Python."
        );
        warnings::warn(thread, &DEPRECATION_WARNING, &message, 1)?;
    }
    Ok(pair)
}

fn from_one(thread: &Thread, v: Value) -> PyResult<Pair> {
    if let Some(text) = v.cast::<Str>() {
        return match parse(&ascii_form(text)) {
            Some(pair) => Ok(pair),
            None => Err(thread.value_error("complex() arg is a malformed string")),
        };
    }
    match number(thread, v)? {
        Some(pair) => Ok(pair),
        None => Err(thread
            .type_error(format!("complex() argument must be a string or a number, not {}", v.ty().name()))),
    }
}

/// The complex number of a real number, for `complex.from_number`.
pub fn from_number(thread: &Thread, v: Value) -> PyResult<Pair> {
    match number(thread, v)? {
        Some(pair) => Ok(pair),
        None => Err(thread.type_error(format!("must be real number, not {}", v.ty().name()))),
    }
}

#[cold]
fn refused(thread: &Thread, part: &str, v: Value) -> Raised {
    let name = v.ty().name();
    thread.type_error(format!("complex() argument '{part}' must be a real number, not {name}"))
}

/// One part, which should be real but may be complex; text is refused.
fn part(thread: &Thread, name: &str, v: Value) -> PyResult<Pair> {
    if v.is_null() {
        return Ok((0.0, 0.0));
    }
    if let Some(pair) = get(v) {
        let message = format!("complex() argument '{name}' must be a real number, not {}", v.ty().name());
        warnings::warn(thread, &DEPRECATION_WARNING, &message, 1)?;
        return Ok(pair);
    }
    let found = if v.cast::<Str>().is_some() { None } else { number(thread, v)? };
    found.ok_or_else(|| refused(thread, name, v))
}

/// `real + imag*j`, where the parts may be complex themselves.
fn from_parts(thread: &Thread, real: Value, imag: Value) -> PyResult<Pair> {
    let (mut sum, factor) = (part(thread, "real", real)?, part(thread, "imag", imag)?);
    if !imag.is_null() {
        // A real part that is real has no imaginary part whose zero could count.
        let is_complex = !real.is_null() && get(real).is_some();
        sum.1 = if is_complex { sum.1 + factor.0 } else { factor.0 };
        if get(imag).is_some() {
            sum.0 -= factor.1;
        }
    }
    Ok(sum)
}

// Text.

/// The number of bytes of the longest float at the start: a sign, and digits or a name.
fn float_length(text: &[u8]) -> usize {
    let signed = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let body = &text[signed..];
    for name in [&b"infinity"[..], b"inf", b"nan"] {
        if body.len() >= name.len() && body[..name.len()].eq_ignore_ascii_case(name) {
            return signed + name.len();
        }
    }
    let digits = |at: usize| {
        let rest = body.get(at..).unwrap_or(&[]);
        rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count()
    };
    let mut at = digits(0);
    let mut any = at > 0;
    if body.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        any |= fraction > 0;
        at += 1 + fraction;
    }
    if !any {
        return 0;
    }
    if matches!(body.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(body.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    signed + at
}

/// The float at the start of the text, and what follows.
fn leading_float(text: &[u8]) -> Option<(f64, &[u8])> {
    let (own, rest) = text.split_at(float_length(text));
    if own.is_empty() {
        return None;
    }
    Some((parse_float(own)?, rest))
}

/// The factor of `j`: a float, or a mere sign.
fn imaginary(text: &[u8]) -> Option<f64> {
    let (value, rest) = match leading_float(text) {
        Some(found) => found,
        None => match text {
            [b'-', rest @ ..] => (-1.0, rest),
            [b'+', rest @ ..] => (1.0, rest),
            _ => (1.0, text),
        },
    };
    matches!(rest, [b'j' | b'J']).then_some(value)
}

/// `1+2j`, `(1+2j)`, `1`, `j`, with white space around.
fn parse(text: &[u8]) -> Option<Pair> {
    let mut text = text.trim_ascii();
    if let [b'(', inner @ .., b')'] = text {
        text = inner.trim_ascii();
    }
    let Some((first, rest)) = leading_float(text) else { return Some((0.0, imaginary(text)?)) };
    match rest {
        [] => Some((first, 0.0)),
        [b'j' | b'J'] => Some((0.0, first)),
        [b'+' | b'-', ..] => Some((first, imaginary(rest)?)),
        _ => None,
    }
}
