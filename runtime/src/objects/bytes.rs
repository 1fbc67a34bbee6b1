//! `bytes`: the data follow the head in the same cell. Its methods stand in `bytes_methods`.

use crate::buffer::BufferView;
use crate::call::Args;
use crate::cell::{GilCell, Slot};
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes_methods::{self, Words, content};
use crate::objects::str::Str;
use crate::objects::subsequence::{self, Subscript, SubscriptErrors};
use crate::objects::tuple::Tuple;
use crate::objects::{bytes_rows, exceptions as exc, int, percent_format};
use crate::str_kernel::repr::repr_bytes;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{CompareOp, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use crate::{attributes, heap, names, protocol};
use std::cell::Cell;

/// A bytes object; `length` bytes follow.
#[repr(C)]
pub struct Bytes {
    pub header: Header,
    length: usize,
    /// The hash, or -1.
    pub hash: Cell<i64>,
}

crate::object!(Bytes, BYTES);

const DATA_OFFSET: usize = size_of::<Bytes>();

pub static BYTES: Type = Type::new_static(&TypeSpec {
    name: "bytes",
    size: DATA_OFFSET,
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::BYTES_SUBCLASS)
        .union(TypeFlags::FINALIZE_SILENT)
        .union(TypeFlags::MATCH_SELF),
    slots: Slots {
        new: Some(new),
        variable_size: Some(Bytes::variable_size),
        repr: Some(repr),
        str: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(|_, v| Ok(content(v).len())),
        get_item: Some(get_item),
        contains: Some(bytes_methods::contains),
        concat: Some(concat),
        repeat: Some(repeat),
        remainder: Some(remainder),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: bytes_rows::METHODS,
    doc: bytes_rows::DOC,
    ..TypeSpec::EMPTY
});

/// The empty object and those of one byte, each of which exists once.
static SINGLES: GilCell<Vec<Ref>> = GilCell::new(Vec::new());

impl Bytes {
    /// Where the number of bytes lies, for compiled code.
    pub const LENGTH_OFFSET: usize = std::mem::offset_of!(Bytes, length);
    /// Where the bytes lie, for compiled code.
    pub const DATA_OFFSET: usize = DATA_OFFSET;
    /// A bytes object with this content.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(data: &[u8]) -> Ref {
        match data {
            [] => Bytes::single(256),
            [one] => Bytes::single(*one as usize),
            _ => Bytes::build(&BYTES, data),
        }
    }
    fn single(index: usize) -> Ref {
        SINGLES.with(|singles| {
            if singles.is_empty() {
                singles.extend((0..=255u8).map(|b| Bytes::build(&BYTES, &[b])));
                singles.push(Bytes::build(&BYTES, &[]));
            }
            singles[index].clone()
        })
    }
    /// An object of `ty`, which is `bytes` or a subclass.
    pub fn build(ty: &'static Type, data: &[u8]) -> Ref {
        let object = heap::allocate(ty, DATA_OFFSET, data.len(), |header| Bytes {
            header,
            length: data.len(),
            hash: Cell::new(-1),
        });
        // SAFETY: the cell was just made with room for the data.
        unsafe {
            let target = (object.header_unchecked() as *mut u8).add(DATA_OFFSET);
            std::ptr::copy_nonoverlapping(data.as_ptr(), target, data.len());
        }
        object
    }
    /// The content.
    #[inline(always)]
    pub fn as_bytes(&self) -> &'static [u8] {
        // SAFETY: the data are there for as long as the object is (`Value`'s contract).
        unsafe {
            std::slice::from_raw_parts((self as *const Bytes as *const u8).add(DATA_OFFSET), self.length)
        }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length
    }
    /// Byte size of head and data, for the heap.
    pub fn variable_size(object: *const Header) -> usize {
        // SAFETY: called for bytes objects only.
        DATA_OFFSET + unsafe { (*(object as *const Bytes)).length }
    }
}

/// A bytes object with the content of anything that exports a buffer.
pub fn from_object(thread: &Thread, v: Value) -> PyResult {
    if v.cast::<Bytes>().is_some() {
        return Ok(v.to_ref());
    }
    let Some(buffer) = v.ty().slots().buffer else {
        let message = format!("a bytes-like object is required, not '{}'", v.ty().name());
        return Err(thread.type_error(message));
    };
    let view = buffer(thread, v, 0)?;
    // SAFETY: the exporter lends `len` bytes for as long as the view lives.
    Ok(Bytes::new(unsafe { std::slice::from_raw_parts(view.data, view.len) }))
}

const WORDS: Words = Words { name: "bytes", out_of_range: "bytes must be in range(0, 256)" };

static NEW: Parameters = Parameters::new("bytes", "(source=b'', encoding='utf-8', errors='strict')");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        let made = converted(thread, a)?;
        if let Some(made) = made {
            if std::ptr::eq(ty, &BYTES) {
                return Ok(made);
            }
            return Ok(Bytes::build(ty, content(*made)));
        }
        let data = bytes_methods::source_bytes(thread, a, &WORDS)?;
        Ok(if std::ptr::eq(ty, &BYTES) { Bytes::new(&data) } else { Bytes::build(ty, &data) })
    })
}

/// What an only argument is as it stands, or by its `__bytes__`.
fn converted(thread: &Thread, a: &[Value]) -> PyResult<Option<Ref>> {
    let &[source, Value::NULL, Value::NULL] = a else { return Ok(None) };
    if source.is_null() {
        return Ok(None);
    }
    if source.is_exact(&BYTES) {
        return Ok(Some(source.to_ref()));
    }
    let Some(method) = attributes::special(thread, source, names::get().__bytes__)? else { return Ok(None) };
    let made = thread.call(*method, &[])?;
    if made.cast::<Bytes>().is_none() {
        let message = format!("__bytes__ returned non-bytes (type {})", made.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(Some(made))
}

fn repr(_: &Thread, v: Value) -> PyResult {
    Ok(Str::from_ascii(&repr_bytes(content(v))))
}

fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    // SAFETY: a slot of `bytes` is called on bytes objects.
    let b = unsafe { v.cast_unchecked::<Bytes>() };
    if b.hash.get() == -1 {
        b.hash.set(crate::state::hash_bytes(b.as_bytes()));
    }
    Ok(b.hash.get())
}

/// Comparison of bytes and bytearrays with each other and with what exports a buffer.
pub fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let is_own = |v: Value| v.cast::<Bytes>().is_some() || v.cast::<ByteArray>().is_some();
    if is_own(a) && is_own(b) {
        return Ok(Ref::bool(op.holds(content(a).cmp(content(b)))));
    }
    let lends = b.is_pointer() && b.ty().slots().buffer.is_some();
    if !lends || a.cast::<Bytes>().is_some() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let right = bytes_methods::buffer(thread, b)?;
    Ok(Ref::bool(op.holds(content(a).cmp(&*right))))
}

const SUBSCRIPTS: SubscriptErrors = SubscriptErrors {
    wrong_type: |name| format!("byte indices must be integers or slices, not {name}"),
    out_of_range: "index out of range",
};

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let data = content(v);
    match subsequence::subscript(thread, key, || data.len(), &SUBSCRIPTS)? {
        Subscript::Item(i) => Ok(int::new(data[i].into())),
        Subscript::Slice(range) => match range.as_range() {
            Some(all) if all.len() == data.len() && v.is_exact(&BYTES) => Ok(v.to_ref()),
            Some(part) => Ok(Bytes::new(&data[part])),
            None => Ok(Bytes::new(&range.positions().map(|i| data[i]).collect::<Vec<_>>())),
        },
    }
}

fn concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    Ok(Bytes::new(&bytes_methods::concatenated(thread, a, b)?))
}

fn repeat(thread: &Thread, v: Value, count: isize) -> PyResult {
    if count == 1 && v.is_exact(&BYTES) {
        return Ok(v.to_ref());
    }
    Ok(Bytes::new(&bytes_methods::repeated(thread, v, count)?))
}

fn remainder(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(template) = a.cast::<Bytes>() else { return Ok(Ref::NOT_IMPLEMENTED) };
    Ok(Bytes::new(&percent_format::format_bytes(thread, template.as_bytes(), b)?))
}

fn lend(thread: &Thread, v: Value, flags: i32) -> PyResult<BufferView> {
    const WRITABLE: i32 = 1;
    if flags & WRITABLE != 0 {
        return Err(thread.error(&exc::BUFFER_ERROR, "Object is not writable."));
    }
    let data = content(v);
    Ok(BufferView {
        owner: v.to_ref(),
        data: data.as_ptr() as *mut u8,
        len: data.len(),
        readonly: true,
        itemsize: 1,
        format: "B".to_owned(),
        shape: vec![data.len() as isize],
        strides: vec![1],
        release: None,
    })
}

pub fn getnewargs(_: &Thread, v: Value) -> PyResult {
    Ok(Tuple::from_refs(vec![Bytes::new(content(v))]))
}

pub fn to_bytes(_: &Thread, v: Value) -> PyResult {
    Ok(if v.is_exact(&BYTES) { v.to_ref() } else { Bytes::new(content(v)) })
}

/// Iterator of the bytes of a bytes object or bytearray.
#[repr(C)]
pub struct BytesIterator {
    pub header: Header,
    /// NULL once exhausted.
    pub source: Slot,
    pub next: Cell<usize>,
}

crate::object!(BytesIterator, BYTES_ITERATOR);

const ITERATOR_SLOTS: Slots = Slots {
    drop: drop_object::<BytesIterator>,
    iter: Some(|_, v| Ok(v.to_ref())),
    next: Some(next),
    ..Slots::EMPTY
};

pub static BYTES_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "bytes_iterator",
    size: size_of::<BytesIterator>(),
    flags: TypeFlags::FINALIZE_SILENT.union(TypeFlags::NO_INSTANTIATION),
    slots: ITERATOR_SLOTS,
    methods: ITERATOR_METHODS,
    ..TypeSpec::EMPTY
});

const ITERATOR_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "!($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = iterator(v);
            let length = if it.source.is_null() { 0 } else { content(it.source.peek()).len() };
            Ok(int::from_usize(length.saturating_sub(it.next.get())))
        }),
        "Private method returning an estimate of len(list(it)).",
    ),
    method(
        "__reduce__",
        "!($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = iterator(v);
            let iter = super::constructors::builtin(thread, "iter")?;
            if it.source.is_null() {
                return Ok(Tuple::from_refs(vec![iter, Tuple::from_refs(vec![Tuple::empty()])]));
            }
            let arguments = Tuple::from_refs(vec![it.source.get()]);
            Ok(Tuple::from_refs(vec![iter, arguments, int::from_usize(it.next.get())]))
        }),
        "Return state information for pickling.",
    ),
    method(
        "__setstate__",
        "!($self, object, /)",
        NativeFn::One(|thread, v, state| {
            let index = protocol::index_isize(thread, state)?.max(0) as usize;
            let it = iterator(v);
            if !it.source.is_null() {
                it.next.set(index.min(content(it.source.peek()).len()));
            }
            Ok(Ref::NONE)
        }),
        "Set state information for unpickling.",
    ),
];

fn iterator(v: Value) -> &'static BytesIterator {
    // SAFETY: the type can't be subclassed, and these are its slots and methods.
    unsafe { v.cast_unchecked::<BytesIterator>() }
}

/// The iterator of a bytes object or bytearray.
pub fn iter(_: &Thread, v: Value) -> PyResult {
    Ok(new_exact(|header| BytesIterator { header, source: Slot::new(v.to_ref()), next: Cell::new(0) }))
}

fn next(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = iterator(v);
    if it.source.is_null() {
        return Ok(None);
    }
    let at = it.next.get();
    match content(it.source.peek()).get(at) {
        Some(byte) => {
            it.next.set(at + 1);
            Ok(Some(int::new((*byte).into())))
        }
        None => {
            it.source.set(Ref::NULL);
            Ok(None)
        }
    }
}
