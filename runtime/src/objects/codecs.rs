//! Encoding and decoding: the codecs that need no Python code, the error handlers, and the registry of the `codecs` module
//! for all others.
//!
//! A kernel stops at what it can't do; the handler named by `errors` says what stands there instead and where to go on.

use crate::cell::GilCell;
use crate::error::{PyResult, Raised};
use crate::objects::bytes::{self, Bytes};
use crate::objects::dict::Dict;
use crate::objects::str::intern_text;
use crate::objects::str::{Data, Str};
use crate::objects::tuple::Tuple;
use crate::objects::{exceptions as exc, int};
use crate::str_kernel::codec::{ByteOrder, CodecError, decode_ascii, encode_ascii, encode_latin1};
use crate::str_kernel::{TextBuilder, escape, utf7, utf8, utf16, utf32, with_units};
use crate::thread::Thread;
use crate::value::{Ref, Value};
use crate::{attributes, protocol, state};

/// A codec of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    Utf8,
    Latin1,
    Ascii,
    /// With the byte order, or `None` for the machine's order with a mark.
    Utf16(Option<ByteOrder>),
    Utf32(Option<ByteOrder>),
    UnicodeEscape,
    RawUnicodeEscape,
    Utf7,
    /// The name of `charmap` in errors; its work is done there.
    Charmap,
}

impl Codec {
    /// The codec of an encoding's name; `None`: ask the registry.
    pub fn named(encoding: &str) -> Option<Codec> {
        const LONGEST: usize = 24;
        if encoding.len() > LONGEST {
            return None;
        }
        let name = encoding.to_ascii_lowercase().replace(['_', ' '], "-");
        Some(match name.as_str() {
            "utf-8" | "utf8" => Codec::Utf8,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1" => Codec::Latin1,
            "ascii" | "us-ascii" | "646" => Codec::Ascii,
            "utf-16" | "utf16" => Codec::Utf16(None),
            "utf-16-le" | "utf-16le" => Codec::Utf16(Some(ByteOrder::Little)),
            "utf-16-be" | "utf-16be" => Codec::Utf16(Some(ByteOrder::Big)),
            "utf-32" | "utf32" => Codec::Utf32(None),
            "utf-32-le" | "utf-32le" => Codec::Utf32(Some(ByteOrder::Little)),
            "utf-32-be" | "utf-32be" => Codec::Utf32(Some(ByteOrder::Big)),
            "unicode-escape" | "unicodeescape" => Codec::UnicodeEscape,
            "raw-unicode-escape" | "rawunicodeescape" => Codec::RawUnicodeEscape,
            _ => return None,
        })
    }
    /// The name that exceptions tell.
    fn name(self) -> &'static str {
        match self {
            Codec::Utf8 => "utf-8",
            Codec::Latin1 => "latin-1",
            Codec::Ascii => "ascii",
            Codec::Utf16(None) => "utf-16",
            Codec::Utf16(Some(ByteOrder::Little)) => "utf-16-le",
            Codec::Utf16(Some(ByteOrder::Big)) => "utf-16-be",
            Codec::Utf32(None) => "utf-32",
            Codec::Utf32(Some(ByteOrder::Little)) => "utf-32-le",
            Codec::Utf32(Some(ByteOrder::Big)) => "utf-32-be",
            Codec::UnicodeEscape => "unicodeescape",
            Codec::RawUnicodeEscape => "rawunicodeescape",
            Codec::Utf7 => "utf7",
            Codec::Charmap => "charmap",
        }
    }
    fn encode_units(self, data: Data, at: &mut usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            Codec::Utf8 => with_units!(data, |units| utf8::encode(units, at, out)),
            Codec::Latin1 | Codec::Charmap => with_units!(data, |units| encode_latin1(units, at, out)),
            Codec::Utf7 => {
                out.extend(with_units!(data, |units| utf7::encode(&units[*at..])));
                Ok(())
            }
            Codec::Ascii => with_units!(data, |units| encode_ascii(units, at, out)),
            Codec::Utf16(order) => {
                with_units!(data, |units| utf16::encode(units, at, order.unwrap_or(ByteOrder::Little), out))
            }
            Codec::Utf32(order) => {
                with_units!(data, |units| utf32::encode(units, at, order.unwrap_or(ByteOrder::Little), out))
            }
            Codec::UnicodeEscape | Codec::RawUnicodeEscape => {
                let rest = with_units!(data, |units| match self {
                    Codec::UnicodeEscape => escape::encode_unicode_escape(&units[*at..]),
                    _ => escape::encode_raw_unicode_escape(&units[*at..]),
                });
                out.extend(rest);
                Ok(())
            }
        }
    }
    fn decode_bytes(
        self,
        input: &[u8],
        at: &mut usize,
        is_final: bool,
        out: &mut TextBuilder,
    ) -> Result<(), CodecError> {
        match self {
            Codec::Utf8 => utf8::decode(input, at, is_final, out),
            Codec::Utf7 => utf7::decode(input, at, is_final, out),
            Codec::Latin1 | Codec::Charmap => {
                out.extend(&input[*at..]);
                *at = input.len();
                Ok(())
            }
            Codec::Ascii => decode_ascii(input, at, out),
            Codec::Utf16(order) => {
                utf16::decode(input, at, order.unwrap_or(ByteOrder::Little), is_final, out)
            }
            Codec::Utf32(order) => {
                utf32::decode(input, at, order.unwrap_or(ByteOrder::Little), is_final, out)
            }
            Codec::UnicodeEscape => escape::decode_unicode_escape(input, at, is_final, out, &mut None),
            Codec::RawUnicodeEscape => escape::decode_raw_unicode_escape(input, at, is_final, out),
        }
    }
    /// The codec with its byte order, and the length of the mark that told it.
    fn after_mark(self, input: &[u8]) -> (Codec, usize) {
        match self {
            Codec::Utf16(None) => match utf16::byte_order(input) {
                Some(order) => (Codec::Utf16(Some(order)), 2),
                None => (self, 0),
            },
            Codec::Utf32(None) => match utf32::byte_order(input) {
                Some(order) => (Codec::Utf32(Some(order)), 4),
                None => (self, 0),
            },
            _ => (self, 0),
        }
    }
}

/// What is done about errors.
pub(super) enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    SurrogateEscape,
    SurrogatePass,
    XmlCharRefReplace,
    NameReplace,
    /// Registered under a name.
    Other(Ref),
}

/// The handlers that need no Python code.
const HANDLER_NAMES: [&str; 8] = [
    "strict",
    "ignore",
    "replace",
    "backslashreplace",
    "surrogateescape",
    "surrogatepass",
    "xmlcharrefreplace",
    "namereplace",
];

pub(super) fn handler(thread: &Thread, errors: &str) -> PyResult<Handler> {
    if let Some(registered) = registered_handler(errors) {
        return Ok(Handler::Other(registered));
    }
    Ok(match errors {
        "strict" => Handler::Strict,
        "ignore" => Handler::Ignore,
        "replace" => Handler::Replace,
        "backslashreplace" => Handler::BackslashReplace,
        "surrogateescape" => Handler::SurrogateEscape,
        "surrogatepass" => Handler::SurrogatePass,
        "xmlcharrefreplace" => Handler::XmlCharRefReplace,
        "namereplace" => Handler::NameReplace,
        _ => return Err(unknown_handler(thread, errors)),
    })
}

fn unknown_handler(thread: &Thread, errors: &str) -> Raised {
    thread.error(&exc::LOOKUP_ERROR, format!("unknown error handler name '{errors}'"))
}

// Decoding.

fn decode_exception(thread: &Thread, codec: Codec, object: &Ref, e: CodecError) -> PyResult {
    let (encoding, reason) = (Str::new(codec.name()), Str::new(e.reason));
    let (start, end) = (int::from_usize(e.start), int::from_usize(e.end));
    exc::new_exception(thread, &exc::UNICODE_DECODE_ERROR, &[*encoding, **object, *start, *end, *reason])
}

/// The lone surrogate that `surrogatepass` reads at the start of bytes, and its length.
pub(super) fn encoded_surrogate(codec: Codec, input: &[u8]) -> Option<(u32, usize)> {
    let (point, length) = match (codec, input) {
        (Codec::Utf8, &[0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, ..]) => {
            (0xd000 | (b as u32 & 0x3f) << 6 | (c as u32 & 0x3f), 3)
        }
        (Codec::Utf16(Some(ByteOrder::Big)), &[a, b, ..]) => (u16::from_be_bytes([a, b]).into(), 2),
        (Codec::Utf16(_), &[a, b, ..]) => (u16::from_le_bytes([a, b]).into(), 2),
        (Codec::Utf32(Some(ByteOrder::Big)), &[a, b, c, d, ..]) => (u32::from_be_bytes([a, b, c, d]), 4),
        (Codec::Utf32(_), &[a, b, c, d, ..]) => (u32::from_le_bytes([a, b, c, d]), 4),
        _ => return None,
    };
    (0xd800..=0xdfff).contains(&point).then_some((point, length))
}

/// Appends what stands for the bytes that don't decode; gives the position to go on from.
pub(super) fn handle_decode_error(
    thread: &Thread,
    codec: Codec,
    object: &Ref,
    handler: &Handler,
    e: CodecError,
    out: &mut TextBuilder,
) -> PyResult<usize> {
    let input = content(object);
    let wrong = &input[e.start..e.end];
    match handler {
        Handler::Ignore => return Ok(e.end),
        Handler::Replace => {
            out.push(0xfffd);
            return Ok(e.end);
        }
        Handler::BackslashReplace => {
            wrong.iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
            return Ok(e.end);
        }
        Handler::SurrogateEscape => {
            let escaped = wrong.iter().take_while(|byte| !byte.is_ascii()).count();
            if escaped > 0 {
                wrong[..escaped].iter().for_each(|&byte| out.push(0xdc00 + byte as u32));
                return Ok(e.start + escaped);
            }
        }
        Handler::SurrogatePass => {
            if let Some((point, length)) = encoded_surrogate(codec, &input[e.start..]) {
                out.push(point);
                return Ok(e.start + length);
            }
        }
        Handler::XmlCharRefReplace | Handler::NameReplace => {
            return Err(thread.type_error("don't know how to handle UnicodeDecodeError in error callback"));
        }
        Handler::Other(callable) => {
            let exception = decode_exception(thread, codec, object, e)?;
            let (replacement, position) = call_handler(thread, callable, exception, "decoding", input.len())?;
            let Some(text) = replacement.cast::<Str>() else {
                return Err(thread.type_error("decoding error handler must return (str, int) tuple"));
            };
            out.extend_data(text.data());
            return Ok(position);
        }
        Handler::Strict => {}
    }
    let exception = decode_exception(thread, codec, object, e)?;
    Err(thread.raise(exception))
}

/// Calls a registered handler: its replacement and the position to go on from.
pub(super) fn call_handler(
    thread: &Thread,
    callable: &Ref,
    exception: Ref,
    doing: &str,
    length: usize,
) -> PyResult<(Ref, usize)> {
    let wrong_answer = || {
        let wanted = if doing == "decoding" { "(str, int)" } else { "(str/bytes, int)" };
        thread.type_error(format!("{doing} error handler must return {wanted} tuple"))
    };
    let answer = thread.call(**callable, &[*exception])?;
    let items = answer.cast::<Tuple>().ok_or_else(wrong_answer)?.items();
    let &[replacement, position] = items else { return Err(wrong_answer()) };
    let position = protocol::index_isize(thread, position)?;
    let from_start = if position < 0 { position + length as isize } else { position };
    match usize::try_from(from_start).ok().filter(|p| *p <= length) {
        Some(p) => Ok((replacement.to_ref(), p)),
        None => Err(thread.index_error(format!("position {position} from error handler out of bounds"))),
    }
}

pub(super) fn content(object: &Ref) -> &'static [u8] {
    object.cast::<Bytes>().map_or(&[], |b| b.as_bytes())
}

/// Decodes a bytes object; stops before an incomplete sequence unless the input is final. Gives the text and how many
/// bytes were read.
pub fn decode_with(
    thread: &Thread,
    codec: Codec,
    object: &Ref,
    errors: &str,
    is_final: bool,
) -> PyResult<(Ref, usize)> {
    let input = content(object);
    if input.is_ascii() && matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1) {
        return Ok((Str::from_ascii(input), input.len()));
    }
    let (codec, mut at) = codec.after_mark(input);
    let mut out = TextBuilder::with_capacity(input.len());
    let mut chosen = None;
    while let Err(e) = codec.decode_bytes(input, &mut at, is_final, &mut out) {
        if chosen.is_none() {
            chosen = Some(handler(thread, errors)?);
        }
        if let Some(handler) = &chosen {
            at = handle_decode_error(thread, codec, object, handler, e, &mut out)?;
        }
    }
    Ok((Str::from_data(out.finish().data()), at))
}

/// `bytes.decode` and `str(object, encoding, errors)`.
pub fn decode(thread: &Thread, object: Value, encoding: &str, errors: &str) -> PyResult {
    if let Some(codec) = Codec::named(encoding) {
        let object = bytes::from_object(thread, object)?;
        return Ok(decode_with(thread, codec, &object, errors, true)?.0);
    }
    check_text_encoding(thread, encoding, "codecs.decode()")?;
    let decoded = call_codec(thread, object, encoding, errors, 1, "decoder")?;
    if decoded.cast::<Str>().is_none() {
        let message = format!(
            "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            decoded.ty().name()
        );
        return Err(thread.type_error(message));
    }
    Ok(decoded)
}

// Encoding.

pub(super) fn encode_exception(thread: &Thread, codec: Codec, object: &Ref, e: CodecError) -> PyResult {
    let (encoding, reason) = (Str::new(codec.name()), Str::new(e.reason));
    let (start, end) = (int::from_usize(e.start), int::from_usize(e.end));
    exc::new_exception(thread, &exc::UNICODE_ENCODE_ERROR, &[*encoding, **object, *start, *end, *reason])
}

/// The bytes that `surrogatepass` writes for a surrogate.
pub(super) fn encode_surrogate(codec: Codec, point: u32, out: &mut Vec<u8>) -> bool {
    match codec {
        Codec::Utf8 => super::str::push_wtf8(out, point),
        Codec::Utf16(Some(ByteOrder::Big)) => out.extend((point as u16).to_be_bytes()),
        Codec::Utf16(_) => out.extend((point as u16).to_le_bytes()),
        Codec::Utf32(Some(ByteOrder::Big)) => out.extend(point.to_be_bytes()),
        Codec::Utf32(_) => out.extend(point.to_le_bytes()),
        _ => return false,
    }
    true
}

/// The text that an encoding handler puts for one code point.
pub(super) fn escaped(handler: &Handler, point: u32) -> String {
    let backslashed = |point: u32| match point {
        ..0x100 => format!("\\x{point:02x}"),
        0x100..0x10000 => format!("\\u{point:04x}"),
        _ => format!("\\U{point:08x}"),
    };
    match handler {
        Handler::Replace => "?".to_owned(),
        Handler::XmlCharRefReplace => format!("&#{point};"),
        Handler::NameReplace => {
            ir::unicode::name_of(point).map_or_else(|| backslashed(point), |name| format!("\\N{{{name}}}"))
        }
        _ => backslashed(point),
    }
}

/// Appends what stands for the characters that don't encode; gives the position to go on from.
fn handle_encode_error(
    thread: &Thread,
    codec: Codec,
    object: &Ref,
    handler: &Handler,
    e: CodecError,
    out: &mut Vec<u8>,
) -> PyResult<usize> {
    let Some(s) = object.cast::<Str>() else { return Ok(e.end) };
    let wrong = || (e.start..e.end).map(|i| s.code_point(i));
    let refused = || match encode_exception(thread, codec, object, e) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    };
    match handler {
        Handler::Ignore => return Ok(e.end),
        Handler::SurrogateEscape if wrong().all(|point| (0xdc80..=0xdcff).contains(&point)) => {
            out.extend(wrong().map(|point| (point - 0xdc00) as u8));
            return Ok(e.end);
        }
        Handler::SurrogatePass if wrong().all(|point| (0xd800..=0xdfff).contains(&point)) => {
            if wrong().all(|point| encode_surrogate(codec, point, out)) {
                return Ok(e.end);
            }
        }
        Handler::Replace | Handler::BackslashReplace | Handler::XmlCharRefReplace | Handler::NameReplace => {
            let text: String = wrong().map(|point| escaped(handler, point)).collect();
            codec.encode_units(Data::Ascii(text.as_bytes()), &mut 0, out).map_err(|_| refused())?;
            return Ok(e.end);
        }
        Handler::Other(callable) => {
            let exception = encode_exception(thread, codec, object, e)?;
            let (replacement, position) = call_handler(thread, callable, exception, "encoding", s.len())?;
            if let Some(bytes) = replacement.cast::<Bytes>() {
                out.extend_from_slice(bytes.as_bytes());
            } else if let Some(text) = replacement.cast::<Str>() {
                codec.encode_units(text.data(), &mut 0, out).map_err(|_| refused())?;
            } else {
                return Err(thread.type_error("encoding error handler must return (str/bytes, int) tuple"));
            }
            return Ok(position);
        }
        Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => {}
    }
    Err(refused())
}

/// Encodes a string by a codec of this file.
pub fn encode_with(thread: &Thread, codec: Codec, object: Value, errors: &str) -> PyResult<Vec<u8>> {
    let object = object.to_ref();
    let Some(s) = object.cast::<Str>() else { return Err(thread.type_error("a str is required")) };
    let mut out = Vec::with_capacity(s.len());
    match codec {
        Codec::Utf16(None) => out.extend([0xff, 0xfe]),
        Codec::Utf32(None) => out.extend([0xff, 0xfe, 0, 0]),
        _ => {}
    }
    let (mut at, mut chosen) = (0, None);
    while let Err(e) = codec.encode_units(s.data(), &mut at, &mut out) {
        if chosen.is_none() {
            chosen = Some(handler(thread, errors)?);
        }
        if let Some(handler) = &chosen {
            at = handle_encode_error(thread, codec, &object, handler, e, &mut out)?;
        }
    }
    Ok(out)
}

/// `str.encode`.
pub fn encode(thread: &Thread, object: Value, encoding: &str, errors: &str) -> PyResult {
    if let Some(codec) = Codec::named(encoding) {
        return Ok(Bytes::new(&encode_with(thread, codec, object, errors)?));
    }
    check_text_encoding(thread, encoding, "codecs.encode()")?;
    let encoded = call_codec(thread, object, encoding, errors, 0, "encoder")?;
    if encoded.cast::<Bytes>().is_none() {
        let message = format!(
            "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
            encoded.ty().name()
        );
        return Err(thread.type_error(message));
    }
    Ok(encoded)
}

// The registry.

#[derive(Default)]
struct Registry {
    search_functions: Vec<Ref>,
    /// Results of the search, by normalised name.
    found: Vec<(String, Ref)>,
    handlers: Vec<(String, Ref)>,
}

static REGISTRY: GilCell<Option<Registry>> = GilCell::new(None);

fn with_registry<R>(f: impl FnOnce(&mut Registry) -> R) -> R {
    REGISTRY.with(|r| f(r.get_or_insert_default()))
}

/// `codecs.register`.
pub fn register(thread: &Thread, search_function: Value) -> PyResult<()> {
    if search_function.ty().slots().call.is_none() {
        return Err(thread.type_error("argument must be callable"));
    }
    with_registry(|r| r.search_functions.push(search_function.to_ref()));
    Ok(())
}

/// `codecs.unregister`: forgets the function and all that was found.
pub fn unregister(search_function: Value) {
    let forgotten = with_registry(|r| {
        let at = r.search_functions.iter().position(|f| f.is(search_function))?;
        Some((r.search_functions.remove(at), std::mem::take(&mut r.found)))
    });
    drop(forgotten);
}

/// `codecs.register_error`.
pub fn register_error(thread: &Thread, name: &str, function: Value) -> PyResult<()> {
    if function.ty().slots().call.is_none() {
        return Err(thread.type_error("handler must be callable"));
    }
    let replaced = with_registry(|r| {
        if let Some(entry) = r.handlers.iter_mut().find(|(n, _)| n == name) {
            return Some(std::mem::replace(&mut entry.1, function.to_ref()));
        }
        r.handlers.push((name.to_owned(), function.to_ref()));
        None
    });
    drop(replaced);
    Ok(())
}

fn registered_handler(name: &str) -> Option<Ref> {
    with_registry(|r| r.handlers.iter().find(|(n, _)| n == name).map(|(_, f)| f.clone()))
}

/// `codecs.lookup_error`.
pub fn lookup_error(thread: &Thread, name: &str) -> PyResult {
    registered_handler(name)
        .or_else(|| super::codec_handlers::builtin_handler(name))
        .ok_or_else(|| unknown_handler(thread, name))
}

/// Whether a handler of this name works without being registered.
pub fn is_builtin_handler(name: &str) -> bool {
    HANDLER_NAMES.contains(&name)
}

/// `codecs.lookup`: the tuple of encoder, decoder, stream reader and stream writer.
pub fn lookup(thread: &Thread, encoding: &str) -> PyResult {
    let name = encoding.to_ascii_lowercase().replace(' ', "_");
    if let Some(found) = with_registry(|r| r.found.iter().find(|(n, _)| *n == name).map(|(_, c)| c.clone())) {
        return Ok(found);
    }
    if with_registry(|r| r.search_functions.is_empty()) {
        drop(state::import_module(thread, "encodings")?);
    }
    let functions = with_registry(|r| r.search_functions.clone());
    let argument = Str::new(&name);
    for function in functions {
        let found = thread.call(*function, &[*argument])?;
        if found.is_none() {
            continue;
        }
        if found.cast::<Tuple>().is_none_or(|t| t.len() != 4) {
            return Err(thread.type_error("codec search functions must return 4-tuples"));
        }
        with_registry(|r| r.found.push((name, found.clone())));
        return Ok(found);
    }
    Err(thread.error(&exc::LOOKUP_ERROR, format!("unknown encoding: {encoding}")))
}

/// Refuses codecs that say that they aren't for text; `instead` names what takes them.
fn check_text_encoding(thread: &Thread, encoding: &str, instead: &str) -> PyResult<()> {
    let codec = lookup(thread, encoding)?;
    if codec.cast_exact::<Tuple>().is_some() {
        return Ok(());
    }
    let is_text = match attributes::find(thread, *codec, intern_text("_is_text_encoding"))? {
        Some(flag) => protocol::is_true(thread, *flag)?,
        None => true,
    };
    if is_text {
        return Ok(());
    }
    let message = format!("'{encoding}' is not a text encoding; use {instead} to handle arbitrary codecs");
    Err(thread.error(&exc::LOOKUP_ERROR, message))
}

/// Calls the encoder (0) or decoder (1) of a registered codec: the first item of its answer.
pub fn call_codec(
    thread: &Thread,
    object: Value,
    encoding: &str,
    errors: &str,
    which: usize,
    role: &str,
) -> PyResult {
    let codec = lookup(thread, encoding)?;
    let function = codec.cast::<Tuple>().and_then(|t| t.items().get(which)).map_or(Ref::NONE, |f| f.to_ref());
    let errors = Str::new(errors);
    let answer = match thread.call(*function, &[object, *errors]) {
        Ok(answer) => answer,
        Err(raised) => {
            let doing = if which == 0 { "encoding" } else { "decoding" };
            return Err(exc::note(thread, raised, &format!("{doing} with '{encoding}' codec failed")));
        }
    };
    match answer.cast::<Tuple>().map(|t| t.items()) {
        Some([result, _]) => Ok(result.to_ref()),
        _ => Err(thread.type_error(format!("{role} must return a tuple (object, integer)"))),
    }
}

/// The table `codecs.charmap_build` makes, as a dict from code points to bytes.
pub fn charmap_build(thread: &Thread, table: &Str) -> PyResult {
    let map = Dict::new();
    if let Some(d) = map.cast::<Dict>() {
        for (byte, point) in table.chars().enumerate() {
            d.set(thread, *int::new(point.into()), int::from_usize(byte))?;
        }
    }
    Ok(map)
}
