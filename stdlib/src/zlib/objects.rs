//! `Compress`, `Decompress` and `_ZlibDecompressor` objects.

use super::stream::Stream;
use super::{inflate_code, raise, set_inflate_dictionary};
use crate::support::byte_source;
use libz_rs_sys as z;
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::EOF_ERROR;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, getset, method, new_exact, protocol, readonly_member,
};
use std::cell::Cell;

/// Room for output that is asked for at first, and at least each time.
pub(super) const BUFFER: usize = 16 * 1024;

/// A compressing object.
#[repr(C)]
pub(super) struct Compress {
    pub(super) header: Header,
    pub(super) stream: GilCell<Stream>,
}

runtime::object!(Compress, COMPRESS);

pub(super) static COMPRESS: Type = Type::new_static(&TypeSpec {
    name: "zlib.Compress",
    size: size_of::<Compress>(),
    flags: TypeFlags::NO_INSTANTIATION,
    slots: Slots { drop: drop_object::<Compress>, ..Slots::EMPTY },
    methods: &[
        method(
            "compress",
            "($self, data, /)",
            NativeFn::One(|thread, v, data| {
                let compress = receiver::<Compress>(thread, v)?;
                let source = byte_source(thread, data)?;
                let result =
                    compress.stream.with(|stream| deflate_all(stream, source.bytes(), z::Z_NO_FLUSH));
                result.map(|(out, _)| Bytes::new(&out)).map_err(|code| {
                    raise(thread, &compress.stream.with(|s| s.message()), code, "while compressing data")
                })
            }),
            "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n\nAfter calling this function, some of the input data may still\nbe stored in internal buffers for later processing.\nCall the flush() method to clear these buffers.",
        ),
        method(
            "flush",
            "($self, mode=zlib.Z_FINISH, /)",
            NativeFn::Bound(flush_compress),
            "Return a bytes object containing any remaining compressed data.\n\n  mode\n    One of the constants Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH.\n    If mode == Z_FINISH, the compressor object can no longer be\n    used after calling the flush() method.  Otherwise, more data\n    can still be compressed.",
        ),
        method(
            "copy",
            "($self, /)",
            NativeFn::NoArgs(copy_compress),
            "Return a copy of the compression object.",
        ),
        method("__copy__", "($self, /)", NativeFn::NoArgs(copy_compress), ""),
        method(
            "__deepcopy__",
            "($self, memo, /)",
            NativeFn::One(|thread, v, _| copy_compress(thread, v)),
            "",
        ),
    ],
    ..TypeSpec::EMPTY
});

/// Compresses all of the input; the output and the last code, or the code of the error.
pub(super) fn deflate_all(stream: &mut Stream, mut input: &[u8], flush: i32) -> Result<(Vec<u8>, i32), i32> {
    let mut out = Vec::new();
    loop {
        let room = out.len().max(BUFFER);
        let (code, is_full) = stream.run(&mut input, &mut out, room, flush);
        match code {
            z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => {}
            _ => return Err(code),
        }
        if code == z::Z_STREAM_END || !is_full && input.is_empty() {
            return Ok((out, code));
        }
    }
}

fn flush_compress(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let compress = receiver::<Compress>(thread, v)?;
    let mode = if a[0].is_null() { z::Z_FINISH } else { protocol::c_int(thread, a[0])? };
    if mode == z::Z_NO_FLUSH {
        return Ok(Bytes::new(&[]));
    }
    let result = compress.stream.with(|stream| {
        let result = deflate_all(stream, &[], mode);
        if mode == z::Z_FINISH && matches!(result, Ok((_, z::Z_STREAM_END))) {
            stream.end();
        }
        result
    });
    result
        .map(|(out, _)| Bytes::new(&out))
        .map_err(|code| raise(thread, &compress.stream.with(|s| s.message()), code, "while flushing"))
}

fn copy_compress(thread: &Thread, v: Value) -> PyResult {
    let compress = receiver::<Compress>(thread, v)?;
    let stream = copied(thread, &compress.stream, "compression")?;
    Ok(new_exact(|header| Compress { header, stream: GilCell::new(stream) }))
}

fn copied(thread: &Thread, stream: &GilCell<Stream>, _: &str) -> PyResult<Stream> {
    stream.with(|stream| stream.copy()).map_err(|code| match code {
        z::Z_MEM_ERROR => thread.memory_error(),
        _ => thread.value_error("Inconsistent stream state"),
    })
}

/// A decompressing object.
#[repr(C)]
pub(super) struct Decompress {
    pub(super) header: Header,
    pub(super) stream: GilCell<Stream>,
    pub(super) dictionary: Slot,
    pub(super) unused_data: Slot,
    pub(super) unconsumed_tail: Slot,
    pub(super) eof: Cell<bool>,
}

runtime::object!(Decompress, DECOMPRESS);

pub(super) static DECOMPRESS: Type = Type::new_static(&TypeSpec {
    name: "zlib.Decompress",
    size: size_of::<Decompress>(),
    flags: TypeFlags::NO_INSTANTIATION,
    slots: Slots { drop: drop_object::<Decompress>, ..Slots::EMPTY },
    methods: DECOMPRESS_METHODS,
    getsets: &[
        readonly_member!(Decompress, unused_data, "unused_data", ""),
        readonly_member!(Decompress, unconsumed_tail, "unconsumed_tail", ""),
        getset("eof", |thread, v| Ok(Ref::bool(receiver::<Decompress>(thread, v)?.eof.get())), "").member(),
    ],
    ..TypeSpec::EMPTY
});

const DECOMPRESS_METHODS: &[MethodDef] = &[
    method(
        "decompress",
        "($self, data, /, max_length=0)",
        NativeFn::Bound(decompress),
        "Return a bytes object containing the decompressed version of the data.\n\n  data\n    The binary data to decompress.\n  max_length\n    The maximum allowable length of the decompressed data.\n    Unconsumed input data will be stored in\n    the unconsumed_tail attribute.\n\nAfter calling this function, some of the input data may still be\nstored in internal buffers for later processing.\nCall the flush() method to clear these buffers.",
    ),
    method(
        "flush",
        "($self, length=zlib.DEF_BUF_SIZE, /)",
        NativeFn::Bound(flush_decompress),
        "Return a bytes object containing any remaining decompressed data.\n\n  length\n    the initial size of the output buffer.",
    ),
    method(
        "copy",
        "($self, /)",
        NativeFn::NoArgs(copy_decompress),
        "Return a copy of the decompression object.",
    ),
    method("__copy__", "($self, /)", NativeFn::NoArgs(copy_decompress), ""),
    method("__deepcopy__", "($self, memo, /)", NativeFn::One(|thread, v, _| copy_decompress(thread, v)), ""),
];

pub(super) fn new_decompress(stream: Stream, dictionary: Ref) -> Ref {
    new_exact(|header| Decompress {
        header,
        stream: GilCell::new(stream),
        dictionary: Slot::new(dictionary),
        unused_data: Slot::new(Bytes::new(&[])),
        unconsumed_tail: Slot::new(Bytes::new(&[])),
        eof: Cell::new(false),
    })
}

/// Decompresses until the input or the limit is used up or the stream ends; the last code.
pub(super) fn inflate_all(
    thread: &Thread,
    stream: &mut Stream,
    input: &mut &[u8],
    dictionary: Value,
    limit: Option<usize>,
    first: usize,
    flush: i32,
) -> PyResult<(Vec<u8>, i32)> {
    let mut out = Vec::new();
    let mut room = first.max(1);
    loop {
        let left = limit.map_or(usize::MAX, |limit| limit - out.len());
        let (mut code, is_full) = stream.run(input, &mut out, room.min(left), flush);
        if code == z::Z_NEED_DICT && !dictionary.is_null() {
            set_inflate_dictionary(thread, stream, dictionary)?;
            code = z::Z_OK;
            if !input.is_empty() {
                continue;
            }
        }
        let goes_on =
            matches!(code, z::Z_OK | z::Z_BUF_ERROR) && is_full && limit.is_none_or(|l| out.len() < l);
        if !goes_on {
            return Ok((out, code));
        }
        room = out.len().max(BUFFER);
    }
}

impl Decompress {
    /// Keeps what is left of the input.
    fn save_rest(&self, rest: &[u8], code: i32) {
        if code == z::Z_STREAM_END {
            if !rest.is_empty() {
                let mut unused =
                    self.unused_data.get().cast::<Bytes>().map_or(Vec::new(), |b| b.as_bytes().to_vec());
                unused.extend_from_slice(rest);
                self.unused_data.set(Bytes::new(&unused));
            }
            self.unconsumed_tail.set(Bytes::new(&[]));
            self.eof.set(true);
        } else {
            self.unconsumed_tail.set(Bytes::new(rest));
        }
    }
    fn run(&self, thread: &Thread, bytes: &[u8], limit: Option<usize>, first: usize, flush: i32) -> PyResult {
        let mut input = bytes;
        let dictionary = self.dictionary.get();
        let result = self
            .stream
            .with(|stream| inflate_all(thread, stream, &mut input, *dictionary, limit, first, flush));
        let (out, code) = result?;
        self.save_rest(input, code);
        match code {
            z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => Ok(Bytes::new(&out)),
            _ => Err(raise(thread, &self.stream.with(|s| s.message()), code, "while decompressing data")),
        }
    }
}

fn decompress(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let object = receiver::<Decompress>(thread, v)?;
    let limit = if a[1].is_null() { 0 } else { protocol::index_isize(thread, a[1])? };
    let Ok(limit) = usize::try_from(limit) else {
        return Err(thread.value_error("max_length must be non-negative"));
    };
    let source = byte_source(thread, a[0])?;
    object.run(thread, source.bytes(), (limit > 0).then_some(limit), BUFFER, z::Z_SYNC_FLUSH)
}

fn flush_decompress(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let object = receiver::<Decompress>(thread, v)?;
    let length = if a[0].is_null() { BUFFER as isize } else { protocol::index_isize(thread, a[0])? };
    if length <= 0 {
        return Err(thread.value_error("length must be greater than zero"));
    }
    let tail = object.unconsumed_tail.get();
    let bytes = tail.cast::<Bytes>().map_or(&[][..], |b| b.as_bytes());
    let first = (length as usize).min(1 << 30);
    let out = object.run(thread, bytes, None, first, z::Z_FINISH)?;
    if object.eof.get() {
        object.stream.with(|stream| stream.end());
    }
    Ok(out)
}

fn copy_decompress(thread: &Thread, v: Value) -> PyResult {
    let object = receiver::<Decompress>(thread, v)?;
    let stream = copied(thread, &object.stream, "decompression")?;
    Ok(new_exact(|header| Decompress {
        header,
        stream: GilCell::new(stream),
        dictionary: Slot::new(object.dictionary.get()),
        unused_data: Slot::new(object.unused_data.get()),
        unconsumed_tail: Slot::new(object.unconsumed_tail.get()),
        eof: Cell::new(object.eof.get()),
    }))
}

/// The decompressor that `gzip` and `zipfile` read with.
#[repr(C)]
pub(super) struct Decompressor {
    pub(super) header: Header,
    stream: GilCell<Stream>,
    dictionary: Slot,
    /// Input that waits.
    pending: GilCell<Vec<u8>>,
    unused_data: Slot,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

runtime::object!(Decompressor, DECOMPRESSOR);

pub(super) static DECOMPRESSOR: Type = Type::new_static(&TypeSpec {
    name: "zlib._ZlibDecompressor",
    size: size_of::<Decompressor>(),
    slots: Slots { new: Some(new_decompressor), drop: drop_object::<Decompressor>, ..Slots::EMPTY },
    methods: &[method(
        "decompress",
        "($self, /, data, max_length=-1)",
        NativeFn::Bound(decompress_more),
        "Decompress *data*, returning uncompressed data as bytes.\n\nIf *max_length* is nonnegative, returns at most *max_length* bytes\nof decompressed data.  If this limit is reached and further output\ncan be produced, *self.needs_input* will be set to ``False``.  In\nthis case, the next call to *decompress()* may provide *data* as b''\nto obtain more of the output.\n\nIf all of the input data was decompressed and returned (either\nbecause this was less than *max_length* bytes, or because\n*max_length* was negative), *self.needs_input* will be set to True.\n\nAttempting to decompress data after the end of stream is reached\nraises an EOFError.  Any data found after the end of the stream is\nignored and saved in the unused_data attribute.",
    )],
    getsets: &[
        getset(
            "eof",
            |thread, v| Ok(Ref::bool(receiver::<Decompressor>(thread, v)?.eof.get())),
            "True if the end-of-stream marker has been reached.",
        )
        .member(),
        readonly_member!(
            Decompressor,
            unused_data,
            "unused_data",
            "Data found after the end of the compressed stream."
        ),
        getset(
            "needs_input",
            |thread, v| Ok(Ref::bool(receiver::<Decompressor>(thread, v)?.needs_input.get())),
            "True if more input is needed before more decompressed data can be produced.",
        )
        .member(),
    ],
    signature: "(wbits=15, zdict=b'')",
    doc: "Create a decompressor object for decompressing data incrementally.\n\n  wbits = 15\n  zdict\n     The predefined compression dictionary. This is a sequence of bytes\n     (such as a bytes object) containing subsequences that are expected\n     to occur frequently in the data that is to be compressed. Those\n     subsequences that are expected to be most common should come at the\n     end of the dictionary. This must be the same dictionary as used by the\n     compressor that produced the input data.\n\n",
    ..TypeSpec::EMPTY
});

static NEW: Parameters = Parameters::new("_ZlibDecompressor", "(wbits=15, zdict=b'')");

fn new_decompressor(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        let (stream, dictionary) = super::inflate_stream(thread, a[0], a[1])?;
        Ok(new_exact(|header| Decompressor {
            header,
            stream: GilCell::new(stream),
            dictionary: Slot::new(dictionary),
            pending: GilCell::new(Vec::new()),
            unused_data: Slot::new(Bytes::new(&[])),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        }))
    })
}

fn decompress_more(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let object = receiver::<Decompressor>(thread, v)?;
    let limit = if a[1].is_null() { -1 } else { protocol::index_isize(thread, a[1])? };
    let source = byte_source(thread, a[0])?;
    if object.eof.get() {
        return Err(thread.error(&EOF_ERROR, "End of stream already reached"));
    }
    let mut pending = object.pending.take();
    pending.extend_from_slice(source.bytes());
    let mut input = &pending[..];
    let dictionary = object.dictionary.get();
    let limit = usize::try_from(limit).ok();
    let result = object
        .stream
        .with(|stream| inflate_all(thread, stream, &mut input, *dictionary, limit, BUFFER, z::Z_SYNC_FLUSH));
    let (out, code) = result?;
    inflate_code(thread, &object.stream.with(|s| s.message()), code)?;
    if code == z::Z_STREAM_END {
        object.eof.set(true);
        object.needs_input.set(false);
        object.unused_data.set(Bytes::new(input));
    } else {
        object.needs_input.set(input.is_empty());
        let rest = input.to_vec();
        object.pending.replace(rest);
    }
    Ok(Bytes::new(&out))
}
