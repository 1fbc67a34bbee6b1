//! `_json`: scanning and writing JSON.
//!
//! | file | its one idea |
//! |---|---|
//! | `strings` | string literals, read and written, without objects |
//! | `scanner` | `make_scanner`: text to objects |
//! | `encoder` | `make_encoder`: objects to text |

mod encoder;
mod scanner;
mod strings;

use runtime::objects::int;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::str_kernel::with_units;
use runtime::types::registry::ready;
use runtime::{Effects, MethodDef, NativeFn, PyResult, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_json", doc: "json speedups\n", functions: FUNCTIONS, init };

static FUNCTIONS: &[MethodDef] = &[
    method(
        "encode_basestring_ascii",
        "($self, object, /)",
        NativeFn::One(encode_basestring_ascii),
        "encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string",
    )
    .effects(Effects::RAISES),
    method(
        "encode_basestring",
        "($self, object, /)",
        NativeFn::One(encode_basestring),
        "encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string",
    )
    .effects(Effects::RAISES),
    method(
        "scanstring",
        "!(string, end, strict=True, /)",
        NativeFn::Bound(scanstring),
        "scanstring(string, end, strict=True) -> (string, end)\n\nScan the string s for a JSON string. End is the index of the\ncharacter in s after the quote that started the JSON string.\nUnescapes all valid JSON string escape sequences and raises ValueError\non attempt to decode an invalid string. If strict is False then literal\ncontrol characters are allowed in the string.\n\nReturns a tuple of the decoded string and the index of the character in s\nafter the end quote.",
    ),
];

fn init(_: &Thread, module: Value) -> PyResult<()> {
    for (name, ty) in [("make_scanner", &scanner::SCANNER), ("make_encoder", &encoder::ENCODER)] {
        ready(ty);
        module::add(module, name, Value::of(ty));
    }
    Ok(())
}

/// The string that a function of this module wants.
fn string(thread: &Thread, v: Value) -> PyResult<&'static Str> {
    v.cast::<Str>()
        .ok_or_else(|| thread.type_error(format!("first argument must be a string, not {}", v.ty().name())))
}

fn encode_basestring_ascii(thread: &Thread, _: Value, v: Value) -> PyResult {
    let mut out = Vec::new();
    strings::write_ascii(&mut out, string(thread, v)?.data());
    Ok(Str::from_ascii(&out))
}

fn encode_basestring(thread: &Thread, _: Value, v: Value) -> PyResult {
    let mut out = runtime::str_kernel::TextBuilder::new();
    strings::write(&mut out, string(thread, v)?.data());
    Ok(Str::from_data(out.finish().data()))
}

fn scanstring(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let end = protocol::index_isize(thread, a[1])?;
    let strict = a[2].is_null() || protocol::is_true(thread, a[2])?;
    let text = string(thread, a[0])?;
    let Some(start) = usize::try_from(end).ok().filter(|end| *end <= text.len()) else {
        return Err(thread.value_error("end is out of bounds"));
    };
    let scanned =
        with_units!(text.data(), |units| strings::scan(units, start, strict).map(|s| s.finish(units)));
    match scanned {
        Ok((string, end)) => Ok(Tuple::from_refs(vec![string, int::from_usize(end)])),
        Err(fault) => Err(scanner::decode_error(thread, fault, a[0])),
    }
}

/// Which of this module's own string encoders a callable is.
fn own_encoder(v: Value) -> Option<encoder::Strings> {
    let function = v.cast::<runtime::objects::builtin_function::BuiltinFunction>()?;
    if std::ptr::eq(function.def, &FUNCTIONS[0]) {
        return Some(encoder::Strings::Ascii);
    }
    std::ptr::eq(function.def, &FUNCTIONS[1]).then_some(encoder::Strings::Unicode)
}
