//! `_codecs`: the registry, and the encoders and decoders that the `encodings` package wraps.

use runtime::objects::bytes::{self, Bytes};
use runtime::objects::charmap;
use runtime::objects::codecs::{self, Codec};
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::objects::str_type::string_argument;
use runtime::objects::tuple::Tuple;
use runtime::objects::{exceptions as exc, int};
use runtime::str_kernel::codec::ByteOrder;
use runtime::str_kernel::escape::decode_bytes_escape;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_codecs", doc: "", functions: FUNCTIONS, init: |_, _| Ok(()) };

const DECODE: &str = "($module, data, errors=None, final=False, /)";
const EX_DECODE: &str = "($module, data, errors=None, byteorder=0, final=False,\n                 /)";
const ENCODE: &str = "($module, str, errors=None, /)";

/// A decoder row that stops before an incomplete sequence unless told the data are final.
macro_rules! decoder {
    ($name:literal, $codec:expr) => {
        method(
            $name,
            DECODE,
            NativeFn::Bound(|thread, _, a| {
                let is_final = !a[2].is_null() && protocol::is_true(thread, a[2])?;
                decoded(thread, $name, $codec, a, is_final)
            }),
            "",
        )
    };
}

/// A decoder row for which all data are final.
macro_rules! whole_decoder {
    ($name:literal, $codec:expr) => {
        method(
            $name,
            "($module, data, errors=None, /)",
            NativeFn::Bound(|thread, _, a| decoded(thread, $name, $codec, a, true)),
            "",
        )
    };
}

macro_rules! encoder {
    ($name:literal, $codec:expr) => {
        method($name, ENCODE, NativeFn::Bound(|thread, _, a| encoded(thread, $name, $codec, a)), "")
    };
}

/// An encoder row with a byte order: negative little, positive big, 0 the machine's with a mark.
macro_rules! ordered_encoder {
    ($name:literal, $codec:path) => {
        method(
            $name,
            "($module, str, errors=None, byteorder=0, /)",
            NativeFn::Bound(|thread, _, a| {
                let order = if a[2].is_null() { 0 } else { protocol::c_int(thread, a[2])? };
                encoded(thread, $name, $codec(byte_order(order)), a)
            }),
            "",
        )
    };
}

const LITTLE: Option<ByteOrder> = Some(ByteOrder::Little);
const BIG: Option<ByteOrder> = Some(ByteOrder::Big);

const FUNCTIONS: &[MethodDef] = &[
    method(
        "register",
        "($module, search_function, /)",
        NativeFn::One(|thread, _, function| codecs::register(thread, function).map(|()| Ref::NONE)),
        "Register a codec search function.\n\nSearch functions are expected to take one argument, the encoding name in\nall lower case letters, and either return None, or a tuple of functions\n(encoder, decoder, stream_reader, stream_writer) (or a CodecInfo object).",
    ),
    method(
        "unregister",
        "($module, search_function, /)",
        NativeFn::One(|_, _, function| {
            codecs::unregister(function);
            Ok(Ref::NONE)
        }),
        "Unregister a codec search function and clear the registry's cache.\n\nIf the search function is not registered, do nothing.",
    ),
    method(
        "lookup",
        "($module, encoding, /)",
        NativeFn::One(|thread, _, encoding| {
            let encoding = string_argument(thread, encoding, "lookup", "encoding")?.unwrap_or_default();
            codecs::lookup(thread, &encoding)
        }),
        "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.",
    ),
    method(
        "encode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        NativeFn::Bound(|thread, _, a| by_name(thread, a, "encode")),
        "Encodes obj using the codec registered for encoding.\n\nThe default encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that encoding\nerrors raise a ValueError.  Other possible values are 'ignore', 'replace'\nand 'backslashreplace' as well as any other name registered with\ncodecs.register_error that can handle ValueErrors.",
    ),
    method(
        "decode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        NativeFn::Bound(|thread, _, a| by_name(thread, a, "decode")),
        "Decodes obj using the codec registered for encoding.\n\nDefault encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that encoding\nerrors raise a ValueError.  Other possible values are 'ignore', 'replace'\nand 'backslashreplace' as well as any other name registered with\ncodecs.register_error that can handle ValueErrors.",
    ),
    method(
        "register_error",
        "($module, errors, handler, /)",
        NativeFn::Bound(|thread, _, a| {
            let name = string_argument(thread, a[0], "register_error", "errors")?.unwrap_or_default();
            codecs::register_error(thread, &name, a[1]).map(|()| Ref::NONE)
        }),
        "Register the specified error handler under the name errors.\n\nhandler must be a callable object, that\nwill be called with an exception instance containing\ninformation about the location of the encoding/decoding\nerror and must return a (replacement, new position) tuple.",
    ),
    method(
        "lookup_error",
        "($module, name, /)",
        NativeFn::One(|thread, _, name| {
            let name = string_argument(thread, name, "lookup_error", "name")?.unwrap_or_default();
            codecs::lookup_error(thread, &name)
        }),
        "lookup_error(errors) -> handler\n\nReturn the error handler for the specified error handling name or raise a\nLookupError, if no handler exists under this name.",
    ),
    decoder!("utf_8_decode", Codec::Utf8),
    encoder!("utf_8_encode", Codec::Utf8),
    whole_decoder!("latin_1_decode", Codec::Latin1),
    encoder!("latin_1_encode", Codec::Latin1),
    whole_decoder!("ascii_decode", Codec::Ascii),
    encoder!("ascii_encode", Codec::Ascii),
    decoder!("utf_16_decode", Codec::Utf16(None)),
    decoder!("utf_16_le_decode", Codec::Utf16(LITTLE)),
    decoder!("utf_16_be_decode", Codec::Utf16(BIG)),
    ordered_encoder!("utf_16_encode", Codec::Utf16),
    encoder!("utf_16_le_encode", Codec::Utf16(LITTLE)),
    encoder!("utf_16_be_encode", Codec::Utf16(BIG)),
    decoder!("utf_32_decode", Codec::Utf32(None)),
    decoder!("utf_32_le_decode", Codec::Utf32(LITTLE)),
    decoder!("utf_32_be_decode", Codec::Utf32(BIG)),
    ordered_encoder!("utf_32_encode", Codec::Utf32),
    encoder!("utf_32_le_encode", Codec::Utf32(LITTLE)),
    encoder!("utf_32_be_encode", Codec::Utf32(BIG)),
    decoder!("unicode_escape_decode", Codec::UnicodeEscape),
    encoder!("unicode_escape_encode", Codec::UnicodeEscape),
    decoder!("raw_unicode_escape_decode", Codec::RawUnicodeEscape),
    encoder!("raw_unicode_escape_encode", Codec::RawUnicodeEscape),
    decoder!("utf_7_decode", Codec::Utf7),
    encoder!("utf_7_encode", Codec::Utf7),
    method(
        "utf_16_ex_decode",
        EX_DECODE,
        NativeFn::Bound(|thread, _, a| decoded_with_order(thread, "utf_16_ex_decode", Codec::Utf16, a)),
        "",
    ),
    method(
        "utf_32_ex_decode",
        EX_DECODE,
        NativeFn::Bound(|thread, _, a| decoded_with_order(thread, "utf_32_ex_decode", Codec::Utf32, a)),
        "",
    ),
    method(
        "charmap_decode",
        "($module, data, errors=None, mapping=None, /)",
        NativeFn::Bound(|thread, _, a| {
            if a[2].is_null() || a[2].is_none() {
                return decoded(thread, "charmap_decode", Codec::Latin1, a, true);
            }
            let errors = errors(thread, a[1], "charmap_decode")?;
            let data = bytes::from_object(thread, a[0])?;
            let length = data.cast::<Bytes>().map_or(0, |b| b.len());
            Ok(pair(charmap::decode(thread, &data, &errors, a[2])?, length))
        }),
        "",
    ),
    method(
        "charmap_encode",
        "($module, str, errors=None, mapping=None, /)",
        NativeFn::Bound(|thread, _, a| {
            if a[2].is_null() || a[2].is_none() {
                return encoded(thread, "charmap_encode", Codec::Latin1, a);
            }
            let Some(text) = a[0].cast::<Str>() else {
                let name = if a[0].is_none() { "None".into() } else { a[0].ty().name() };
                let message = format!("charmap_encode() argument 1 must be str, not {name}");
                return Err(thread.type_error(message));
            };
            let errors = errors(thread, a[1], "charmap_encode")?;
            let encoded = charmap::encode(thread, &a[0].to_ref(), &errors, a[2])?;
            Ok(pair(Bytes::new(&encoded), text.len()))
        }),
        "",
    ),
    method("escape_encode", "($module, data, errors=None, /)", NativeFn::Bound(escape_encode), ""),
    method("escape_decode", "($module, data, errors=None, /)", NativeFn::Bound(escape_decode), ""),
    method(
        "readbuffer_encode",
        "($module, data, errors=None, /)",
        NativeFn::Bound(|thread, _, a| {
            let data = match a[0].cast::<Str>() {
                Some(_) => codecs::encode(thread, a[0], "utf-8", "strict")?,
                None => bytes::from_object(thread, a[0])?,
            };
            let length = data.cast::<Bytes>().map_or(0, |b| b.len());
            Ok(pair(data, length))
        }),
        "",
    ),
    method(
        "charmap_build",
        "($module, map, /)",
        NativeFn::One(|thread, _, map| match map.cast::<Str>() {
            Some(table) => codecs::charmap_build(thread, table),
            None => {
                let message = format!("charmap_build() argument must be str, not {}", map.ty().name());
                Err(thread.type_error(message))
            }
        }),
        "",
    ),
];

fn byte_order(order: i32) -> Option<ByteOrder> {
    match order {
        0 => None,
        i32::MIN..=-1 => LITTLE,
        _ => BIG,
    }
}

/// What coders answer: the result and how much was consumed.
fn pair(result: Ref, consumed: usize) -> Ref {
    Tuple::from_refs(vec![result, int::from_usize(consumed)])
}

/// The `errors` argument, `None` standing for strict.
fn errors(thread: &Thread, v: Value, function: &str) -> PyResult<String> {
    if v.is_null() || v.is_none() {
        return Ok("strict".to_owned());
    }
    match v.cast::<Str>() {
        Some(s) => Ok(s.to_text_lossy().into_owned()),
        None => {
            let message = format!("{function}() argument 2 must be str or None, not {}", v.ty().name());
            Err(thread.type_error(message))
        }
    }
}

fn decoded(thread: &Thread, function: &str, codec: Codec, a: &[Value], is_final: bool) -> PyResult {
    let errors = errors(thread, a[1], function)?;
    let is_escape = matches!(codec, Codec::UnicodeEscape | Codec::RawUnicodeEscape);
    let data = match a[0].cast::<Str>() {
        Some(_) if is_escape => codecs::encode(thread, a[0], "utf-8", "strict")?,
        _ => bytes::from_object(thread, a[0])?,
    };
    // The escape codecs take their data for final unless told otherwise.
    let is_final = is_final || is_escape && a.get(2).is_none_or(|v| v.is_null());
    let (text, consumed) = codecs::decode_with(thread, codec, &data, &errors, is_final)?;
    Ok(pair(text, consumed))
}

/// `(text, consumed, order)`; without a given order a mark at the start tells it.
fn decoded_with_order(
    thread: &Thread,
    function: &str,
    codec: fn(Option<ByteOrder>) -> Codec,
    a: &[Value],
) -> PyResult {
    let errors = errors(thread, a[1], function)?;
    let mut order = if a[2].is_null() { 0 } else { protocol::c_int(thread, a[2])? };
    let is_final = !a[3].is_null() && protocol::is_true(thread, a[3])?;
    let data = bytes::from_object(thread, a[0])?;
    let given = byte_order(order);
    if let (None, Some(bytes)) = (given, data.cast::<Bytes>()) {
        let is_wide = matches!(codec(None), Codec::Utf32(_));
        let marked = match is_wide {
            true => runtime::str_kernel::utf32::byte_order(bytes.as_bytes()),
            false => runtime::str_kernel::utf16::byte_order(bytes.as_bytes()),
        };
        order = match marked {
            None => 0,
            Some(ByteOrder::Little) => -1,
            Some(ByteOrder::Big) => 1,
        };
    }
    let (text, consumed) = codecs::decode_with(thread, codec(given), &data, &errors, is_final)?;
    Ok(Tuple::from_refs(vec![text, int::from_usize(consumed), int::new(order.into())]))
}

fn escape_encode(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let Some(bytes) = a[0].cast::<Bytes>() else {
        let name = if a[0].is_none() { "None".into() } else { a[0].ty().name() };
        return Err(thread.type_error(format!("escape_encode() argument 1 must be bytes, not {name}")));
    };
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes.as_bytes() {
        match byte {
            b'\'' | b'\\' => out.extend([b'\\', *byte]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b' '..=b'~' => out.push(*byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    Ok(pair(Bytes::new(&out), bytes.len()))
}

fn encoded(thread: &Thread, function: &str, codec: Codec, a: &[Value]) -> PyResult {
    let Some(s) = a[0].cast::<Str>() else {
        let name = a[0].ty().name();
        return Err(thread.type_error(format!("{function}() argument 1 must be str, not {name}")));
    };
    let errors = errors(thread, a[1], function)?;
    let data = codecs::encode_with(thread, codec, a[0], &errors)?;
    Ok(pair(Bytes::new(&data), s.len()))
}

/// `codecs.encode` and `codecs.decode`: the result of any codec, whatever its type.
fn by_name(thread: &Thread, a: &[Value], function: &str) -> PyResult {
    let encoding = string_argument(thread, a[1], function, "encoding")?.unwrap_or("utf-8".to_owned());
    let errors = string_argument(thread, a[2], function, "errors")?.unwrap_or("strict".to_owned());
    let is_encode = function == "encode";
    if Codec::named(&encoding).is_some() {
        return match (is_encode, a[0].cast::<Str>()) {
            (true, Some(_)) => codecs::encode(thread, a[0], &encoding, &errors),
            (false, None) => codecs::decode(thread, a[0], &encoding, &errors),
            (true, None) => {
                let message = format!("{encoding} encoding takes a str, not {}", a[0].ty().name());
                Err(thread.type_error(message))
            }
            (false, Some(_)) => Err(thread.type_error("a bytes-like object is required, not 'str'")),
        };
    }
    let (which, role) = if is_encode { (0, "encoder") } else { (1, "decoder") };
    codecs::call_codec(thread, a[0], &encoding, &errors, which, role)
}

/// The bytes that a text with the escapes of bytes literals means; what a wrong escape is, is an error.
pub(crate) fn bytes_from_escapes(thread: &Thread, text: &[u8]) -> PyResult<Vec<u8>> {
    let (mut at, mut out, mut invalid) = (0, Vec::new(), None);
    match decode_bytes_escape(text, &mut at, &mut out, &mut invalid) {
        Ok(()) => {
            if let Some(place) = invalid {
                warn_of_escape(thread, &text[place..])?;
            }
            Ok(out)
        }
        Err(None) => Err(thread.value_error("Trailing \\ in string")),
        Err(Some(start)) => Err(thread.value_error(format!("invalid \\x escape at position {start}"))),
    }
}

/// The warning about an escape that means nothing, or an octal one that is too large for a byte.
fn warn_of_escape(thread: &Thread, escape: &[u8]) -> PyResult<()> {
    let digits = escape.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let (shown, what) = match digits {
        0 => (&escape[..1], "escape"),
        _ => (&escape[..digits], "octal escape"),
    };
    let shown: String = shown.iter().map(|byte| char::from(*byte)).collect();
    let message =
        format!("b\"\\{shown}\" is an invalid {what} sequence. Such sequences will not work in the future. ");
    runtime::warnings::warn(thread, &exc::DEPRECATION_WARNING, &message, 1)
}

/// Decodes the escapes of bytes literals.
fn escape_decode(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let errors = errors(thread, a[1], "escape_decode")?;
    let data = match a[0].cast::<Str>() {
        Some(_) => codecs::encode(thread, a[0], "utf-8", "strict")?,
        None => bytes::from_object(thread, a[0])?,
    };
    let input = data.cast::<Bytes>().map_or(&[][..], |b| b.as_bytes());
    let (mut at, mut out, mut invalid) = (0, Vec::new(), None);
    while let Err(place) = decode_bytes_escape(input, &mut at, &mut out, &mut invalid) {
        let Some(start) = place else {
            return Err(thread.error(&exc::VALUE_ERROR, "Trailing \\ in string"));
        };
        match errors.as_str() {
            "strict" => {
                return Err(thread.value_error(format!("invalid \\x escape at position {start}")));
            }
            "replace" => out.push(b'?'),
            "ignore" => {}
            _ => {
                let message = format!("decoding error; unknown error handling code: {errors}");
                return Err(thread.value_error(message));
            }
        }
        let digits = input.iter().skip(start + 2).take(1).filter(|byte| byte.is_ascii_hexdigit()).count();
        at = (start + 2 + digits).min(input.len());
    }
    if let Some(place) = invalid {
        warn_of_escape(thread, &input[place..])?;
    }
    let length = input.len();
    Ok(pair(Bytes::new(&out), length))
}
