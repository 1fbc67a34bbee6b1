//! `binascii`: bytes as text in several encodings, and checksums.
//!
//! | file | its one idea |
//! |---|---|
//! | `base64` | base 64 |
//! | `uu` | lines of uuencoded text |
//! | `quoted` | quoted-printable |

mod base64;
mod quoted;
mod uu;

use crate::support::{ByteSource, ErrorClass, byte_source};
use runtime::objects::bytes::Bytes;
use runtime::objects::bytes_methods::hex_text;
use runtime::objects::exceptions::{EXCEPTION, VALUE_ERROR};
use runtime::objects::int;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::types::Effects;
use runtime::{MethodDef, NativeFn, PyResult, Thread, Value, method, protocol};

/// `binascii.Error`.
static ERROR: ErrorClass = ErrorClass::new();
static INCOMPLETE: ErrorClass = ErrorClass::new();

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: FUNCTIONS,
    init: |thread, module| {
        ERROR.add(thread, module, "binascii.Error", &VALUE_ERROR)?;
        INCOMPLETE.add(thread, module, "binascii.Incomplete", &EXCEPTION)
    },
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "a2b_uu",
        "($module, data, /)",
        NativeFn::One(|thread, _, v| {
            let text = Text::new(thread, v)?;
            result(thread, uu::decode(text.bytes()))
        }),
        "Decode a line of uuencoded data.",
    ).effects(Effects::PLAIN),
    method(
        "b2a_uu",
        "($module, data, /, *, backtick=False)",
        NativeFn::Bound(|thread, _, a| {
            let data = byte_source(thread, a[0])?;
            let backtick = flag(thread, a[1], false)?;
            result(thread, uu::encode(data.bytes(), backtick))
        }),
        "Uuencode line of data.",
    ).effects(Effects::PLAIN),
    method(
        "a2b_base64",
        "($module, data, /, *, strict_mode=False)",
        NativeFn::Bound(|thread, _, a| {
            let strict = flag(thread, a[1], false)?;
            let text = Text::new(thread, a[0])?;
            result(thread, base64::decode(text.bytes(), strict))
        }),
        "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not part of the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==).",
    ).effects(Effects::PLAIN),
    method(
        "b2a_base64",
        "($module, data, /, *, newline=True)",
        NativeFn::Bound(|thread, _, a| {
            let data = byte_source(thread, a[0])?;
            Ok(Bytes::new(&base64::encode(data.bytes(), flag(thread, a[1], true)?)))
        }),
        "Base64-code line of data.",
    ).effects(Effects::PLAIN),
    method(
        "a2b_hex",
        "($module, hexstr, /)",
        NativeFn::One(unhexlify),
        "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).\nThis function is also available as \"unhexlify()\".",
    ).effects(Effects::PLAIN),
    method(
        "b2a_hex",
        "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
        NativeFn::Bound(hexlify),
        "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"hexlify()\".\n\nExample:\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef')\nb'b901ef'\n>>> binascii.hexlify(b'\\xb9\\x01\\xef', ':')\nb'b9:01:ef'\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef', b'_', 2)\nb'b9_01ef'",
    ).effects(Effects::PLAIN),
    method(
        "hexlify",
        "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
        NativeFn::Bound(hexlify),
        "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"b2a_hex()\".",
    ).effects(Effects::PLAIN),
    method(
        "unhexlify",
        "($module, hexstr, /)",
        NativeFn::One(unhexlify),
        "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).",
    ).effects(Effects::PLAIN),
    method(
        "a2b_qp",
        "($module, /, data, header=False)",
        NativeFn::Bound(|thread, _, a| {
            let text = Text::new(thread, a[0])?;
            Ok(Bytes::new(&quoted::decode(text.bytes(), flag(thread, a[1], false)?)))
        }),
        "Decode a string of qp-encoded data.",
    ).effects(Effects::PLAIN),
    method(
        "b2a_qp",
        "($module, /, data, quotetabs=False, istext=True, header=False)",
        NativeFn::Bound(|thread, _, a| {
            let data = byte_source(thread, a[0])?;
            let style = quoted::Style {
                quote_tabs: flag(thread, a[1], false)?,
                is_text: flag(thread, a[2], true)?,
                header: flag(thread, a[3], false)?,
            };
            Ok(Bytes::new(&quoted::encode(data.bytes(), style)))
        }),
        "Encode a string using quoted-printable encoding.\n\nOn encoding, when istext is set, newlines are not encoded, and white\nspace at end of lines is.  When istext is not set, \\r and \\n (CR/LF)\nare both encoded.  When quotetabs is set, space and tabs are encoded.",
    ).effects(Effects::PLAIN),
    method(
        "crc_hqx",
        "($module, data, crc, /)",
        NativeFn::Bound(|thread, _, a| {
            let data = byte_source(thread, a[0])?;
            let crc = low_bits(thread, a[1])? as u16;
            Ok(int::new(crc_ccitt(data.bytes(), crc).into()))
        }),
        "Compute CRC-CCITT incrementally.",
    ).effects(Effects::PLAIN),
    method(
        "crc32",
        "($module, data, crc=0, /)",
        NativeFn::Bound(|thread, _, a| {
            let data = byte_source(thread, a[0])?;
            let start = if a[1].is_null() { 0 } else { low_bits(thread, a[1])? };
            Ok(int::new(crc32(data.bytes(), start).into()))
        }),
        "Compute CRC-32 incrementally.",
    ).effects(Effects::PLAIN),
];

type Outcome = Result<Vec<u8>, String>;

fn result(thread: &Thread, outcome: Outcome) -> PyResult {
    outcome.map(|bytes| Bytes::new(&bytes)).map_err(|message| ERROR.raise(thread, message))
}

fn flag(thread: &Thread, v: Value, default: bool) -> PyResult<bool> {
    if v.is_null() { Ok(default) } else { protocol::is_true(thread, v) }
}

/// The low 32 bits of an integer argument.
pub(crate) fn low_bits(thread: &Thread, v: Value) -> PyResult<u32> {
    let whole = protocol::index(thread, v)?;
    Ok(match int::get(*whole) {
        Some(int::IntRef::Small(i)) => i as u32,
        Some(int::IntRef::Big(b)) => {
            let (negative, words) = runtime::int_kernel::words(b);
            let low = words.first().map_or(0, |word| *word as u32);
            if negative { low.wrapping_neg() } else { low }
        }
        None => 0,
    })
}

/// Text to decode: an ASCII string or bytes.
enum Text {
    Str(&'static str),
    Bytes(ByteSource),
}

impl Text {
    fn new(thread: &Thread, v: Value) -> PyResult<Text> {
        if let Some(string) = v.cast::<Str>() {
            return string
                .as_ascii()
                .map(Text::Str)
                .ok_or_else(|| thread.value_error("string argument should contain only ASCII characters"));
        }
        if v.ty().slots().buffer.is_none() && v.cast::<Bytes>().is_none() {
            let message =
                format!("argument should be bytes, buffer or ASCII string, not '{}'", v.ty().name());
            return Err(thread.type_error(message));
        }
        byte_source(thread, v).map(Text::Bytes)
    }
    fn bytes(&self) -> &[u8] {
        match self {
            Text::Str(text) => text.as_bytes(),
            Text::Bytes(source) => source.bytes(),
        }
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn unhexlify(thread: &Thread, _: Value, v: Value) -> PyResult {
    let text = Text::new(thread, v)?;
    let (pairs, rest) = text.bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err(ERROR.raise(thread, "Odd-length string"));
    }
    let byte = |pair: &[u8; 2]| Some(hex_digit(pair[0])? << 4 | hex_digit(pair[1])?);
    match pairs.iter().map(byte).collect::<Option<Vec<u8>>>() {
        Some(bytes) => Ok(Bytes::new(&bytes)),
        None => Err(ERROR.raise(thread, "Non-hexadecimal digit found")),
    }
}

fn hexlify(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let data = byte_source(thread, a[0])?;
    let text = hex_text(thread, data.bytes(), a[1], a[2])?;
    Ok(Bytes::new(text.cast::<Str>().map_or(&[], |text| text.unit_bytes())))
}

fn crc_ccitt(data: &[u8], crc: u16) -> u16 {
    data.iter().fold(crc, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| crc << 1 ^ if crc >> 15 == 1 { 0x1021 } else { 0 })
    })
}

/// Tables for eight bytes at a time.
static CRC_TABLES: [[u32; 256]; 8] = crc_tables();

const fn crc_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            bit += 1;
        }
        tables[0][i] = crc;
        i += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut i = 0;
        while i < 256 {
            let before = tables[table - 1][i];
            tables[table][i] = before >> 8 ^ tables[0][(before & 255) as usize];
            i += 1;
        }
        table += 1;
    }
    tables
}

/// The CRC-32 of `data` behind what gave `start`.
pub(crate) fn crc32(data: &[u8], start: u32) -> u32 {
    let mut crc = !start;
    let (chunks, rest) = data.as_chunks::<8>();
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk) ^ u64::from(crc);
        crc = (0..8).fold(0, |sum, i| sum ^ CRC_TABLES[7 - i][(word >> (8 * i) & 255) as usize]);
    }
    for byte in rest {
        crc = crc >> 8 ^ CRC_TABLES[0][usize::from(crc as u8 ^ byte)];
    }
    !crc
}

/// Writes a byte as two upper case digits.
fn push_hex(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}
