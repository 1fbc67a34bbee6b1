//! `Struct` objects, and the layouts of formats used lately.

use super::format::Layout;
use super::{ERROR, SharedLayout, iterator, pack_into, pack_values, unpack, unpack_from};
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::{UNICODE_ENCODE_ERROR, new_exception};
use runtime::objects::int;
use runtime::objects::str::{self, Str};
use runtime::slot_fields::receiver;
use runtime::types::Effects;
use runtime::types::binding::{Parameters, no_keywords};
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, getset, method, new_object, protocol,
};
use std::collections::HashMap;
use std::rc::Rc;

/// The cache of layouts.
struct Cache {
    /// The format object of the last call, which programs tend to repeat.
    last: Option<(Ref, SharedLayout)>,
    known: Option<HashMap<Vec<u8>, SharedLayout>>,
}

static CACHE: GilCell<Cache> = GilCell::new(Cache { last: None, known: None });

/// Formats that the cache holds at most.
const MOST: usize = 100;

pub(super) fn clear_cache() {
    let old = CACHE.replace(Cache { last: None, known: None });
    drop(old);
}

/// The ASCII text of a format argument.
fn format_bytes(thread: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let Some(text) = v.cast::<Str>() else {
        let message = format!("Struct() argument 1 must be a str or bytes object, not {}", v.ty().name());
        return Err(thread.type_error(message));
    };
    if let Some(ascii) = text.as_ascii() {
        return Ok(ascii.as_bytes().to_vec());
    }
    let start = text.chars().position(|c| c > 127).unwrap_or(0);
    let end = text.chars().skip(start).position(|c| c < 128).map_or(text.len(), |n| start + n);
    let arguments = [
        Str::new("ascii"),
        v.to_ref(),
        int::from_usize(start),
        int::from_usize(end),
        Str::new("ordinal not in range(128)"),
    ];
    let exception = new_exception(thread, &UNICODE_ENCODE_ERROR, runtime::value::as_values(&arguments))?;
    Err(thread.raise(exception))
}

fn parse(thread: &Thread, text: &[u8]) -> PyResult<SharedLayout> {
    let known = CACHE.with(|cache| cache.known.as_ref().and_then(|known| known.get(text).cloned()));
    if let Some(layout) = known {
        return Ok(layout);
    }
    let layout = Rc::new(Layout::parse(text).map_err(|message| ERROR.raise(thread, message))?);
    CACHE.with(|cache| {
        let known = cache.known.get_or_insert_default();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(text.to_vec(), layout.clone());
    });
    Ok(layout)
}

/// The layout of a format argument.
pub(super) fn layout_of(thread: &Thread, v: Value) -> PyResult<SharedLayout> {
    let last = CACHE.with(|cache| match &cache.last {
        Some((format, layout)) if format.is(v) => Some(layout.clone()),
        _ => None,
    });
    if let Some(layout) = last {
        return Ok(layout);
    }
    let layout = parse(thread, &format_bytes(thread, v)?)?;
    let old = CACHE.with(|cache| cache.last.replace((v.to_ref(), layout.clone())));
    drop(old);
    Ok(layout)
}

/// A `Struct`; both fields are empty until `__init__` ran.
#[repr(C)]
pub(super) struct StructObject {
    pub(super) header: Header,
    layout: GilCell<Option<SharedLayout>>,
    format: Slot,
}

runtime::object!(StructObject, STRUCT);

pub(super) static STRUCT: Type = Type::new_static(&TypeSpec {
    name: "_struct.Struct",
    size: size_of::<StructObject>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(|_, ty, _| {
            Ok(new_object(ty, |header| StructObject {
                header,
                layout: GilCell::new(None),
                format: Slot::null(),
            }))
        }),
        init: Some(init),
        drop: drop_object::<StructObject>,
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[
        getset(
            "format",
            |thread, v| {
                layout(thread, v)?;
                Ok(receiver::<StructObject>(thread, v)?.format.get())
            },
            "struct format string",
        ),
        getset("size", |thread, v| Ok(int::from_usize(layout(thread, v)?.size)), "struct size in bytes"),
    ],
    doc: "Struct(fmt) --> compiled struct object\n\n",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "iter_unpack",
        "($self, buffer, /)",
        NativeFn::One(|thread, v, buffer| iterator::new_iterator(thread, layout(thread, v)?, buffer)),
        "Return an iterator yielding tuples.\n\nTuples are unpacked from the given bytes source, like a repeated\ninvocation of unpack_from().\n\nRequires that the bytes length be a multiple of the struct size.",
    ),
    method(
        "pack",
        "?",
        NativeFn::Raw(|thread, v, arguments| {
            no_keywords(thread, "Struct.pack", arguments)?;
            pack_values(thread, &*layout(thread, v)?, arguments, "pack")
        }),
        "S.pack(v1, v2, ...) -> bytes\n\nReturn a bytes object containing values v1, v2, ... packed according\nto the format string S.format.  See help(struct) for more on format\nstrings.",
    ).effects(Effects::PLAIN),
    method(
        "pack_into",
        "?",
        NativeFn::Raw(|thread, v, arguments| {
            no_keywords(thread, "Struct.pack_into", arguments)?;
            pack_into(thread, &*layout(thread, v)?, arguments)
        }),
        "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string S.format\nand write the packed bytes into the writable buffer buf starting at\noffset.  Note that the offset is a required argument.  A negative\noffset counts from the end of the buffer.  See help(struct) for more\non format strings.",
    ),
    method(
        "unpack",
        "($self, buffer, /)",
        NativeFn::One(|thread, v, buffer| unpack(thread, &*layout(thread, v)?, buffer)),
        "Return a tuple containing unpacked values.\n\nUnpack according to the format string Struct.format. The buffer's size\nin bytes must be Struct.size.\n\nSee help(struct) for more on format strings.",
    ).effects(Effects::PLAIN),
    method(
        "unpack_from",
        "($self, /, buffer, offset=0)",
        NativeFn::Bound(|thread, v, a| unpack_from(thread, &*layout(thread, v)?, a[0], a[1])),
        "Return a tuple containing unpacked values.\n\nValues are unpacked according to the format string Struct.format.\n\nThe buffer's size in bytes, starting at position offset, must be\nat least Struct.size.  A negative offset counts from the end of the\nbuffer.\n\nSee help(struct) for more on format strings.",
    ).effects(Effects::PLAIN),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            // The object of CPython, and a record of four words for each run of items and the end.
            let items = layout(thread, v).map_or(0, |layout| layout.items.len() + 1);
            Ok(int::from_usize(56 + 32 * items))
        }),
        "S.__sizeof__() -> size of S in memory, in bytes",
    ),
];

static INIT: Parameters = Parameters::new("Struct", "(format)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    let object = receiver::<StructObject>(thread, v)?;
    INIT.bind(thread, arguments, |a| {
        let text = format_bytes(thread, a[0])?;
        let layout = parse(thread, &text)?;
        drop(object.layout.replace(Some(layout)));
        object.format.set(Str::from_latin1(&text));
        Ok(())
    })
}

fn layout(thread: &Thread, v: Value) -> PyResult<SharedLayout> {
    let layout = receiver::<StructObject>(thread, v)?.layout.with(|layout| layout.clone());
    layout.ok_or_else(|| thread.runtime_error("Struct object is not initialized"))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    layout(thread, v)?;
    let format = receiver::<StructObject>(thread, v)?.format.get();
    let shown = protocol::repr(thread, *format)?;
    Ok(Str::new(&format!("{}({})", v.ty().short_name(), str::display(*shown))))
}
