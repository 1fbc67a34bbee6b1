//! `_struct`: values to bytes in the layout of a format, and back.

mod format;
mod items;
mod iterator;
mod object;

use crate::support::{ByteSource, ErrorClass, byte_source, writable};
use format::Layout;
pub(crate) use items::complex_argument;
use object::{STRUCT, layout_of};
use runtime::error::Raised;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::{EXCEPTION, INDEX_ERROR};
use runtime::objects::int;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::tuple::Tuple;
use runtime::types::Effects;
use runtime::types::binding::no_keywords;
use runtime::types::registry::{TUPLE, ready};
use runtime::{Args, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

/// `struct.error`.
pub(crate) static ERROR: ErrorClass = ErrorClass::new();

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_struct",
    doc: "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold the data representing the C struct.\nThe format string (explained below) describes the layout of data\nin the C struct.\n\nThe optional first format char indicates byte order, size and alignment:\n  @: native order, size & alignment (default)\n  =: native order, std. size & alignment\n  <: little-endian, std. size & alignment\n  >: big-endian, std. size & alignment\n  !: same as >\n\nThe remaining characters indicate types of args and must match exactly;\nthese can be preceded by a decimal repeat count:\n  x: pad byte (no data); c: char; b: signed byte; B: unsigned byte;\n  ?: _Bool; h: short; H: unsigned short; i: int; I: unsigned int;\n  l: long; L: unsigned long; q: long long; Q: unsigned long long;\n  f: float; d: double; e: half-float;\n  F: float complex; D: double complex.\nSpecial cases (preceding decimal count indicates length):\n  s: byte string (array of char); p: Pascal string (with count byte).\nSpecial cases (only available in native format):\n  n: ssize_t; N: size_t;\n  P: an integer type that is wide enough to hold a pointer.\nWhitespace between formats is ignored.\n\nThe variable struct.error is an exception raised on errors.\n",
    functions: FUNCTIONS,
    init,
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_clearcache",
        "($module, /)",
        NativeFn::NoArgs(|_, _| {
            object::clear_cache();
            Ok(Ref::NONE)
        }),
        "Clear the internal cache.",
    ),
    method(
        "calcsize",
        "($module, format, /)",
        NativeFn::One(|thread, _, v| Ok(int::from_usize(layout_of(thread, v)?.size))),
        "Return size in bytes of the struct described by the format string.",
    ).effects(Effects::PLAIN),
    method(
        "iter_unpack",
        "($module, format, buffer, /)",
        NativeFn::Bound(|thread, _, a| {
            let layout = layout_of(thread, a[0])?;
            iterator::new_iterator(thread, layout, a[1])
        }),
        "Return an iterator yielding tuples unpacked from the given bytes.\n\nThe bytes are unpacked according to the format string, like\na repeated invocation of unpack_from().\n\nRequires that the bytes length be a multiple of the format struct size.",
    ),
    method(
        "pack",
        "?",
        NativeFn::Raw(|thread, _, arguments| {
            let (layout, rest) = leading_format(thread, arguments, "pack")?;
            pack_values(thread, &layout, &rest, "pack")
        }),
        "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed according\nto the format string.  See help(struct) for more on format strings.",
    ).effects(Effects::PLAIN),
    method(
        "pack_into",
        "?",
        NativeFn::Raw(|thread, _, arguments| {
            let (layout, rest) = leading_format(thread, arguments, "pack_into")?;
            pack_into(thread, &layout, &rest)
        }),
        "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string and write\nthe packed bytes into the writable buffer buf starting at offset.  Note\nthat the offset is a required argument.  A negative offset counts from\nthe end of the buffer.  See help(struct) for more on format strings.",
    ),
    method(
        "unpack",
        "($module, format, buffer, /)",
        NativeFn::Bound(|thread, _, a| {
            let layout = layout_of(thread, a[0])?;
            unpack(thread, &layout, a[1])
        }),
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size in bytes must be calcsize(format).\n\nSee help(struct) for more on format strings.",
    ).effects(Effects::PLAIN),
    method(
        "unpack_from",
        "($module, format, /, buffer, offset=0)",
        NativeFn::Bound(|thread, _, a| {
            let layout = layout_of(thread, a[0])?;
            unpack_from(thread, &layout, a[1], a[2])
        }),
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size, minus offset, must be at least calcsize(format).\nA negative offset counts from the end of the buffer.\n\nSee help(struct) for more on format strings.",
    ).effects(Effects::PLAIN),
];

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    ERROR.add(thread, module, "struct.error", &EXCEPTION)?;
    ready(&iterator::UNPACK_ITERATOR);
    module::add_type(module, &STRUCT);
    Ok(())
}

type SharedLayout = std::rc::Rc<Layout>;

fn leading_format<'a>(
    thread: &Thread,
    arguments: &Args<'a>,
    function: &str,
) -> PyResult<(SharedLayout, Args<'a>)> {
    if arguments.has_keywords() {
        no_keywords(thread, &format!("_struct.{function}"), arguments)?;
    }
    match arguments.positional() {
        [] => Err(thread.type_error("missing format argument")),
        [format, ..] => Ok((layout_of(thread, *format)?, arguments.without_first())),
    }
}

/// Writes the values at the start of `out`, which is zero.
fn write_values(thread: &Thread, layout: &Layout, values: &[Value], out: &mut [u8]) -> PyResult<()> {
    let mut values = values.iter();
    for item in &layout.items {
        let mut at = item.offset;
        for value in values.by_ref().take(item.repeat) {
            items::pack(thread, item, &mut out[at..at + item.size], *value, layout.little_endian)?;
            at += item.size;
        }
    }
    Ok(())
}

#[cold]
fn wrong_count(thread: &Thread, layout: &Layout, given: usize, function: &str) -> Raised {
    let wanted = layout.count;
    ERROR.raise(thread, format!("{function} expected {wanted} items for packing (got {given})"))
}

fn pack_values(thread: &Thread, layout: &Layout, arguments: &Args, function: &str) -> PyResult {
    let values = arguments.positional();
    if values.len() != layout.count {
        return Err(wrong_count(thread, layout, values.len(), function));
    }
    let mut small = [0; 64];
    if layout.size <= small.len() {
        let out = &mut small[..layout.size];
        write_values(thread, layout, values, out)?;
        return Ok(Bytes::new(out));
    }
    let mut out = zeroed(thread, layout.size)?;
    write_values(thread, layout, values, &mut out)?;
    Ok(Bytes::new(&out))
}

fn zeroed(thread: &Thread, size: usize) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    if out.try_reserve_exact(size).is_err() {
        return Err(thread.memory_error());
    }
    out.resize(size, 0);
    Ok(out)
}

/// An offset argument; IndexError beyond the range.
fn offset_argument(thread: &Thread, v: Value) -> PyResult<isize> {
    if v.is_null() { Ok(0) } else { protocol::index_isize_or(thread, v, &INDEX_ERROR) }
}

/// The place of `size` bytes at an offset, which may count from the end.
fn place(
    thread: &Thread,
    length: usize,
    offset: isize,
    size: usize,
    shortage: &str,
    function: &str,
    verb: &str,
) -> PyResult<usize> {
    let mut offset = offset;
    if offset < 0 {
        if offset.unsigned_abs() < size {
            return Err(ERROR.raise(thread, format!("{shortage} {size} bytes at offset {offset}")));
        }
        if offset.unsigned_abs() > length {
            let message = format!("offset {offset} out of range for {length}-byte buffer");
            return Err(ERROR.raise(thread, message));
        }
        offset += length as isize;
    }
    let offset = offset as usize;
    if length < offset || length - offset < size {
        let least = offset.saturating_add(size);
        let message = format!(
            "{function} requires a buffer of at least {least} bytes for {verb} {size} bytes at offset {offset} (actual buffer size is {length})"
        );
        return Err(ERROR.raise(thread, message));
    }
    Ok(offset)
}

fn pack_into(thread: &Thread, layout: &Layout, arguments: &Args) -> PyResult {
    let (buffer, offset, values) = match arguments.positional() {
        [] => return Err(ERROR.raise(thread, "pack_into expected buffer argument")),
        [_] => return Err(ERROR.raise(thread, "pack_into expected offset argument")),
        [buffer, offset, values @ ..] => (*buffer, *offset, values),
    };
    if values.len() != layout.count {
        return Err(wrong_count(thread, layout, values.len(), "pack_into"));
    }
    let mut view = writable(thread, buffer)?;
    let offset = offset_argument(thread, offset)?;
    let size = layout.size;
    let at = place(thread, view.len, offset, size, "no space to pack", "pack_into", "packing")?;
    // Values are packed apart from the buffer: making them may run Python code that looks at it.
    let mut out = zeroed(thread, size)?;
    let packed = write_values(thread, layout, values, &mut out);
    if let Some(target) = view.bytes_mut() {
        target[at..at + size].copy_from_slice(&out);
    }
    packed.map(|()| Ref::NONE)
}

/// The values at the start of the bytes, which are enough.
fn read_values(layout: &Layout, bytes: &[u8]) -> Ref {
    let (mut item, mut done) = (0, 0);
    Tuple::build(&TUPLE, layout.count, |_| {
        let Some(current) = layout.items.get(item) else { return Ref::NONE };
        let at = current.offset + done * current.size;
        let value = items::unpack(current, &bytes[at..at + current.size], layout.little_endian);
        done += 1;
        if done == current.repeat {
            (item, done) = (item + 1, 0);
        }
        value
    })
}

fn unpack(thread: &Thread, layout: &Layout, v: Value) -> PyResult {
    let source: ByteSource = byte_source(thread, v)?;
    if source.bytes().len() != layout.size {
        let message = format!("unpack requires a buffer of {} bytes", layout.size);
        return Err(ERROR.raise(thread, message));
    }
    Ok(read_values(layout, source.bytes()))
}

fn unpack_from(thread: &Thread, layout: &Layout, v: Value, offset: Value) -> PyResult {
    let source = byte_source(thread, v)?;
    let offset = offset_argument(thread, offset)?;
    let (length, size) = (source.bytes().len(), layout.size);
    let at = place(thread, length, offset, size, "not enough data to unpack", "unpack_from", "unpacking")?;
    Ok(read_values(layout, &source.bytes()[at..]))
}
