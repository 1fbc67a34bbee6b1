//! The error handlers of `codecs` as functions that take the exception: what `codecs.lookup_error` gives for the names that
//! need no registration. Encoding and decoding by the codecs of `codecs` do the same without them.

use super::codecs::{Codec, Handler, encode_surrogate, encoded_surrogate, escaped};
use crate::attributes;
use crate::cell::GilCell;
use crate::error::{PyResult, Raised};
use crate::objects::builtin_function::new_builtin;
use crate::objects::bytes::Bytes;
use crate::objects::exceptions::{
    BaseException, UNICODE_DECODE_ERROR, UNICODE_ENCODE_ERROR, UNICODE_TRANSLATE_ERROR,
};
use crate::objects::int;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::str_kernel::TextBuilder;
use crate::thread::Thread;
use crate::types::{MethodDef, NativeFn, method};
use crate::value::{Ref, Value};

/// Name of the handler, its function.
static ROWS: [(&str, MethodDef); 8] = [
    (
        "strict",
        row(
            "strict_errors",
            strict,
            "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.",
        ),
    ),
    (
        "ignore",
        row(
            "ignore_errors",
            ignore,
            "Implements the 'ignore' error handling, which ignores malformed data and continues.",
        ),
    ),
    (
        "replace",
        row(
            "replace_errors",
            replace,
            "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.",
        ),
    ),
    (
        "xmlcharrefreplace",
        row(
            "xmlcharrefreplace_errors",
            xml,
            "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.",
        ),
    ),
    (
        "backslashreplace",
        row(
            "backslashreplace_errors",
            backslash,
            "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.",
        ),
    ),
    (
        "namereplace",
        row(
            "namereplace_errors",
            named,
            "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.",
        ),
    ),
    ("surrogatepass", row("surrogatepass", surrogate_pass, "")),
    ("surrogateescape", row("surrogateescape", surrogate_escape, "")),
];

const fn row(
    name: &'static str,
    function: fn(&Thread, Value, Value) -> PyResult,
    doc: &'static str,
) -> MethodDef {
    method(name, "!(exc, /)", NativeFn::One(function), doc)
}

/// The function of a handler that needs no registration.
pub fn builtin_handler(name: &str) -> Option<Ref> {
    static MADE: GilCell<[Option<Ref>; ROWS.len()]> = GilCell::new([const { None }; ROWS.len()]);
    let index = ROWS.iter().position(|(handler, _)| *handler == name)?;
    if let Some(made) = MADE.with(|made| made[index].clone()) {
        return Some(made);
    }
    let function = new_builtin(&ROWS[index].1, Ref::NULL, Ref::NULL);
    MADE.with(|made| made[index] = Some(function.clone()));
    Some(function)
}

/// Which kind of exception a handler was given, and the range it speaks of.
struct Failure {
    is_encode: bool,
    is_decode: bool,
    object: Ref,
    start: usize,
    end: usize,
}

fn field(thread: &Thread, exception: Value, name: &str) -> PyResult {
    attributes::get(thread, exception, str::intern_text(name))
}

fn failure(thread: &Thread, exception: Value) -> PyResult<Failure> {
    let is_encode = exception.is_instance(&UNICODE_ENCODE_ERROR);
    let is_decode = exception.is_instance(&UNICODE_DECODE_ERROR);
    if !is_encode && !is_decode && !exception.is_instance(&UNICODE_TRANSLATE_ERROR) {
        return Err(cannot_handle(thread, exception));
    }
    let object = field(thread, exception, "object")?;
    let length = match (object.cast::<Str>(), object.cast::<Bytes>()) {
        (Some(text), _) => text.len(),
        (_, Some(bytes)) => bytes.as_bytes().len(),
        _ => 0,
    };
    let bound = |name: &str| -> PyResult<usize> {
        let value = field(thread, exception, name)?;
        Ok(usize::try_from(protocol::index_isize(thread, *value)?).unwrap_or(0).min(length))
    };
    let (start, end) = (bound("start")?, bound("end")?);
    Ok(Failure { is_encode, is_decode, object, start: start.min(end), end })
}

#[cold]
fn cannot_handle(thread: &Thread, exception: Value) -> Raised {
    let name = exception.ty().name();
    thread.type_error(format!("don't know how to handle {name} in error callback"))
}

impl Failure {
    fn points(&self) -> Vec<u32> {
        let text = self.object.cast::<Str>();
        text.map(|t| (self.start..self.end).map(|i| t.code_point(i)).collect()).unwrap_or_default()
    }
    fn bytes(&self) -> &[u8] {
        self.object.cast::<Bytes>().map_or(&[], |b| &b.as_bytes()[self.start..self.end])
    }
    /// The answer: what stands there, and where to go on.
    fn answer(&self, replacement: Ref, position: usize) -> PyResult {
        Ok(Tuple::from_refs(vec![replacement, int::from_usize(position)]))
    }
}

fn raise(thread: &Thread, exception: Value) -> PyResult {
    if exception.cast::<BaseException>().is_none() {
        return Err(thread.type_error("codec must pass exception instance"));
    }
    Err(thread.raise(exception.to_ref()))
}

fn strict(thread: &Thread, _: Value, exception: Value) -> PyResult {
    raise(thread, exception)
}

fn ignore(thread: &Thread, _: Value, exception: Value) -> PyResult {
    let f = failure(thread, exception)?;
    f.answer(Str::empty(), f.end)
}

fn replace(thread: &Thread, _: Value, exception: Value) -> PyResult {
    let f = failure(thread, exception)?;
    let text = match (f.is_encode, f.is_decode) {
        (true, _) => "?".repeat(f.end - f.start),
        (_, true) => "\u{fffd}".to_string(),
        _ => "\u{fffd}".repeat(f.end - f.start),
    };
    f.answer(Str::new(&text), f.end)
}

/// The handlers that write escapes for characters that don't encode.
fn escape(thread: &Thread, exception: Value, handler: &Handler) -> PyResult {
    let f = failure(thread, exception)?;
    if !f.is_encode {
        return Err(cannot_handle(thread, exception));
    }
    let text: String = f.points().into_iter().map(|point| escaped(handler, point)).collect();
    f.answer(Str::new(&text), f.end)
}

fn xml(thread: &Thread, _: Value, exception: Value) -> PyResult {
    escape(thread, exception, &Handler::XmlCharRefReplace)
}

fn named(thread: &Thread, _: Value, exception: Value) -> PyResult {
    escape(thread, exception, &Handler::NameReplace)
}

fn backslash(thread: &Thread, _: Value, exception: Value) -> PyResult {
    let f = failure(thread, exception)?;
    let text: String = match f.is_decode {
        true => f.bytes().iter().map(|byte| format!("\\x{byte:02x}")).collect(),
        false => f.points().into_iter().map(|point| escaped(&Handler::BackslashReplace, point)).collect(),
    };
    f.answer(Str::new(&text), f.end)
}

fn surrogate_escape(thread: &Thread, _: Value, exception: Value) -> PyResult {
    let f = failure(thread, exception)?;
    if f.is_encode {
        let points = f.points();
        if points.iter().any(|point| !(0xdc80..=0xdcff).contains(point)) {
            return raise(thread, exception);
        }
        let bytes: Vec<u8> = points.into_iter().map(|point| (point - 0xdc00) as u8).collect();
        return f.answer(Bytes::new(&bytes), f.end);
    }
    if !f.is_decode {
        return Err(cannot_handle(thread, exception));
    }
    // An illegal sequence is at most four bytes long.
    let high = f.bytes().iter().take(4).take_while(|byte| !byte.is_ascii());
    let points: Vec<u32> = high.map(|byte| 0xdc00 + u32::from(*byte)).collect();
    if points.is_empty() {
        return raise(thread, exception);
    }
    let position = f.start + points.len();
    f.answer(Str::from_code_points(&points), position)
}

fn surrogate_pass(thread: &Thread, _: Value, exception: Value) -> PyResult {
    let f = failure(thread, exception)?;
    if !f.is_encode && !f.is_decode {
        return Err(cannot_handle(thread, exception));
    }
    let encoding = str::display(*field(thread, exception, "encoding")?);
    let Some(codec) = Codec::named(&encoding) else { return raise(thread, exception) };
    if f.is_encode {
        let mut bytes = Vec::new();
        let is_surrogate = |point: u32| (0xd800..=0xdfff).contains(&point);
        if !f.points().into_iter().all(|p| is_surrogate(p) && encode_surrogate(codec, p, &mut bytes)) {
            return raise(thread, exception);
        }
        return f.answer(Bytes::new(&bytes), f.end);
    }
    let rest = f.object.cast::<Bytes>().map_or(&[][..], |b| &b.as_bytes()[f.start..]);
    match encoded_surrogate(codec, rest) {
        Some((point, length)) => {
            let mut out = TextBuilder::with_capacity(1);
            out.push(point);
            f.answer(Str::from_data(out.finish().data()), f.start + length)
        }
        None => raise(thread, exception),
    }
}
