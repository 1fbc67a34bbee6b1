//! `zlib`: deflate streams.
//!
//! | file | its one idea |
//! |---|---|
//! | `stream` | the library's streams behind a safe interface |
//! | `objects` | the objects that hold one |

mod objects;
mod stream;

use crate::binascii::{crc32, low_bits};
use crate::support::{ErrorClass, byte_source};
use libz_rs_sys as z;
use objects::{
    BUFFER, COMPRESS, Compress, DECOMPRESS, DECOMPRESSOR, deflate_all, inflate_all, new_decompress,
};
use runtime::error::Raised;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::EXCEPTION;
use runtime::objects::int;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::Str;
use runtime::types::registry::ready;
use runtime::{GilCell, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, new_exact, protocol};
use stream::Stream;

/// `zlib.error`.
static ERROR: ErrorClass = ErrorClass::new();

const MAX_WINDOW: i32 = 15;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.\n\nadler32(string[, start]) -- Compute an Adler-32 checksum.\ncompress(data[, level]) -- Compress data, with compression level 0-9 or -1.\ncompressobj([level[, ...]]) -- Return a compressor object.\ncrc32(string[, start]) -- Compute a CRC-32 checksum.\ndecompress(string,[wbits],[bufsize]) -- Decompresses a compressed string.\ndecompressobj([wbits[, zdict]]) -- Return a decompressor object.\n\n'wbits' is window buffer size and container format.\nCompressor objects support compress() and flush() methods; decompressor\nobjects support decompress() and flush().",
    functions: FUNCTIONS,
    init: |thread, module| {
        ERROR.add(thread, module, "zlib.error", &EXCEPTION)?;
        ready(&COMPRESS);
        ready(&DECOMPRESS);
        module::add_type(module, &DECOMPRESSOR);
        for (name, value) in CONSTANTS {
            module::add(module, name, Value::small_int((*value).into()));
        }
        for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
            module::add(module, name, *Str::new("1.3.2"));
        }
        module::add(module, "__version__", *Str::new("1.0"));
        Ok(())
    },
};

const CONSTANTS: &[(&str, i32)] = &[
    ("MAX_WBITS", MAX_WINDOW),
    ("DEFLATED", 8),
    ("DEF_MEM_LEVEL", 8),
    ("DEF_BUF_SIZE", BUFFER as i32),
    ("Z_NO_COMPRESSION", 0),
    ("Z_BEST_SPEED", 1),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_FILTERED", 1),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_RLE", 3),
    ("Z_FIXED", 4),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_SYNC_FLUSH", 2),
    ("Z_FULL_FLUSH", 3),
    ("Z_FINISH", 4),
    ("Z_BLOCK", 5),
    ("Z_TREES", 6),
];

const FUNCTIONS: &[MethodDef] = &[
    method(
        "adler32",
        "($module, data, value=1, /)",
        NativeFn::Bound(|thread, _, a| {
            let start = if a[1].is_null() { 1 } else { low_bits(thread, a[1])? };
            let data = byte_source(thread, a[0])?;
            Ok(int::new(stream::adler32(data.bytes(), start).into()))
        }),
        "Compute an Adler-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
    ),
    method(
        "crc32",
        "($module, data, value=0, /)",
        NativeFn::Bound(|thread, _, a| {
            let start = if a[1].is_null() { 0 } else { low_bits(thread, a[1])? };
            let data = byte_source(thread, a[0])?;
            Ok(int::new(crc32(data.bytes(), start).into()))
        }),
        "Compute a CRC-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
    ),
    method(
        "compress",
        "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)",
        NativeFn::Bound(compress),
        "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n  level\n    Compression level, in 0-9 or -1.\n  wbits\n    The window buffer size and container format.",
    ),
    method(
        "compressobj",
        "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)",
        NativeFn::Bound(compress_object),
        "Return a compressor object.\n\n  level\n    The compression level (an integer in the range 0-9 or -1; default is\n    currently equivalent to 6).  Higher compression levels are slower,\n    but produce smaller results.\n  method\n    The compression algorithm.  If given, this must be DEFLATED.\n  wbits\n    +9 to +15: The base-two logarithm of the window size.  Include a zlib\n        container.\n    -9 to -15: Generate a raw stream.\n    +25 to +31: Include a gzip container.\n  memLevel\n    Controls the amount of memory used for internal compression state.\n    Valid values range from 1 to 9.  Higher values result in higher memory\n    usage, faster compression, and smaller output.\n  strategy\n    Used to tune the compression algorithm.  Possible values are\n    Z_DEFAULT_STRATEGY, Z_FILTERED, and Z_HUFFMAN_ONLY.\n  zdict\n    The predefined compression dictionary - a sequence of bytes\n    containing subsequences that are likely to occur in the input data.",
    ),
    method(
        "decompress",
        "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)",
        NativeFn::Bound(decompress),
        "Returns a bytes object containing the uncompressed data.\n\n  data\n    Compressed data.\n  wbits\n    The window buffer size and container format.\n  bufsize\n    The initial output buffer size.",
    ),
    method(
        "decompressobj",
        "($module, /, wbits=MAX_WBITS, zdict=b'')",
        NativeFn::Bound(|thread, _, a| {
            let (stream, dictionary) = inflate_stream(thread, a[0], a[1])?;
            Ok(new_decompress(stream, dictionary))
        }),
        "Return a decompressor object.\n\n  wbits\n    The window buffer size and container format.\n  zdict\n    The predefined compression dictionary.  This must be the same\n    dictionary as used by the compressor that produced the input data.",
    ),
];

/// `zlib.error` for a code, with what the library or its documentation says about it.
#[cold]
fn raise(thread: &Thread, message: &Option<String>, code: i32, doing: &str) -> Raised {
    if code == z::Z_MEM_ERROR {
        return thread.memory_error();
    }
    let known = match code {
        z::Z_BUF_ERROR => "incomplete or truncated stream",
        z::Z_STREAM_ERROR => "inconsistent stream state",
        z::Z_DATA_ERROR => "invalid input data",
        _ => "",
    };
    // A missing dictionary leaves no message of its own.
    match message.as_deref().filter(|_| code != z::Z_NEED_DICT).unwrap_or(known) {
        "" => ERROR.raise(thread, format!("Error {code} {doing}")),
        text => ERROR.raise(thread, format!("Error {code} {doing}: {text}")),
    }
}

/// Refuses a code that says that decompressing has failed.
fn inflate_code(thread: &Thread, message: &Option<String>, code: i32) -> PyResult<()> {
    match code {
        z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => Ok(()),
        _ => Err(raise(thread, message, code, "while decompressing data")),
    }
}

fn set_inflate_dictionary(thread: &Thread, stream: &mut Stream, dictionary: Value) -> PyResult<()> {
    let source = byte_source(thread, dictionary)?;
    match stream.set_dictionary(source.bytes()) {
        z::Z_OK => Ok(()),
        code => Err(raise(thread, &None, code, "while setting zdict")),
    }
}

fn option(thread: &Thread, v: Value, default: i32) -> PyResult<i32> {
    if v.is_null() { Ok(default) } else { protocol::c_int(thread, v) }
}

/// A stream that decompresses, and its dictionary (NULL if it has none).
fn inflate_stream(thread: &Thread, window: Value, dictionary: Value) -> PyResult<(Stream, Ref)> {
    let window = option(thread, window, MAX_WINDOW)?;
    if !dictionary.is_null()
        && dictionary.cast::<Bytes>().is_none()
        && dictionary.ty().slots().buffer.is_none()
    {
        return Err(thread.type_error("zdict argument must support the buffer protocol"));
    }
    let mut stream = Stream::inflate(window).map_err(|code| match code {
        z::Z_MEM_ERROR => thread.memory_error(),
        _ => thread.value_error("Invalid initialization option"),
    })?;
    let dictionary = match dictionary {
        Value::NULL => Ref::NULL,
        given if byte_source(thread, given)?.bytes().is_empty() => Ref::NULL,
        given => given.to_ref(),
    };
    // A raw stream does not say when it needs the dictionary.
    if window < 0 && !dictionary.is_null() {
        set_inflate_dictionary(thread, &mut stream, *dictionary)?;
    }
    Ok((stream, dictionary))
}

fn compress(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let level = option(thread, a[1], -1)?;
    let window = option(thread, a[2], MAX_WINDOW)?;
    let data = byte_source(thread, a[0])?;
    let mut stream = Stream::deflate(level, 8, window, 8, 0).map_err(|code| match code {
        z::Z_MEM_ERROR => thread.memory_error(),
        _ => ERROR.raise(thread, "Bad compression level"),
    })?;
    match deflate_all(&mut stream, data.bytes(), z::Z_FINISH) {
        Ok((out, z::Z_STREAM_END)) => Ok(Bytes::new(&out)),
        Ok((_, code)) | Err(code) => Err(raise(thread, &stream.message(), code, "while compressing data")),
    }
}

fn compress_object(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let level = option(thread, a[0], -1)?;
    let method = option(thread, a[1], 8)?;
    let window = option(thread, a[2], MAX_WINDOW)?;
    let memory = option(thread, a[3], 8)?;
    let strategy = option(thread, a[4], 0)?;
    let dictionary = if a[5].is_null() { None } else { Some(byte_source(thread, a[5])?) };
    let mut stream = Stream::deflate(level, method, window, memory, strategy).map_err(|code| match code {
        z::Z_MEM_ERROR => thread.memory_error(),
        _ => thread.value_error("Invalid initialization option"),
    })?;
    if let Some(dictionary) = dictionary
        && stream.set_dictionary(dictionary.bytes()) != z::Z_OK
    {
        return Err(thread.value_error("Invalid dictionary"));
    }
    Ok(new_exact(|header| Compress { header, stream: GilCell::new(stream) }))
}

fn decompress(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let window = option(thread, a[1], MAX_WINDOW)?;
    let size = if a[2].is_null() { BUFFER as isize } else { protocol::index_isize(thread, a[2])? };
    let data = byte_source(thread, a[0])?;
    let Ok(size) = usize::try_from(size) else {
        return Err(thread.value_error("bufsize must be non-negative"));
    };
    let mut stream = Stream::inflate(window)
        .map_err(|code| raise(thread, &None, code, "while preparing to decompress data"))?;
    let mut input = data.bytes();
    let first = size.min(1 << 30);
    let (out, code) =
        inflate_all(thread, &mut stream, &mut input, Value::NULL, None, first, z::Z_SYNC_FLUSH)?;
    inflate_code(thread, &stream.message(), code)?;
    if code != z::Z_STREAM_END {
        return Err(raise(thread, &stream.message(), z::Z_BUF_ERROR, "while decompressing data"));
    }
    Ok(Bytes::new(&out))
}
