//! `bytearray`: bytes that change. While buffers of it are lent it keeps its size.

use crate::buffer::BufferView;
use crate::call::Args;
use crate::cell::GilCell;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact, new_object};
use crate::objects::bytes_methods::{self, Words, byte, content};
use crate::objects::slice::{self, Slice};
use crate::objects::str::Str;
use crate::objects::subsequence::{self, Subscript, SubscriptErrors, position};
use crate::objects::tuple::Tuple;
use crate::objects::{bytearray_rows, bytes, exceptions as exc, int, percent_format, pickling};
use crate::protocol;
use crate::str_kernel::repr::repr_bytes;
use crate::thread::Thread;
use crate::trace_interface::vec_layout;
use crate::types::binding::Parameters;
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A bytearray object.
#[repr(C)]
pub struct ByteArray {
    pub header: Header,
    data: GilCell<Vec<u8>>,
    /// Buffers lent.
    exports: Cell<usize>,
}

crate::object!(ByteArray, BYTEARRAY);

pub static BYTEARRAY: Type = Type::new_static(&TypeSpec {
    name: "bytearray",
    size: size_of::<ByteArray>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::FINALIZE_SILENT).union(TypeFlags::MATCH_SELF),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<ByteArray>,
        repr: Some(repr),
        str: Some(repr),
        compare: Some(bytes::compare),
        iter: Some(bytes::iter),
        len: Some(|_, v| Ok(content(v).len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(bytes_methods::contains),
        concat: Some(|thread, a, b| bytes_methods::concatenated(thread, a, b).map(ByteArray::from_vec)),
        repeat: Some(|thread, v, count| bytes_methods::repeated(thread, v, count).map(ByteArray::from_vec)),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        remainder: Some(remainder),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: bytearray_rows::METHODS,
    doc: bytearray_rows::DOC,
    ..TypeSpec::EMPTY
});

const WORDS: Words = Words { name: "bytearray", out_of_range: "byte must be in range(0, 256)" };

impl ByteArray {
    /// Where the address of the bytes lies, for compiled code.
    pub fn data_pointer_offset() -> usize {
        std::mem::offset_of!(ByteArray, data) + vec_layout::<u8>().pointer
    }
    /// Where the number of bytes lies, for compiled code.
    pub fn length_offset() -> usize {
        std::mem::offset_of!(ByteArray, data) + vec_layout::<u8>().length
    }
    /// A bytearray with this content.
    pub fn from_vec(data: Vec<u8>) -> Ref {
        new_exact(|header| ByteArray { header, data: GilCell::new(data), exports: Cell::new(0) })
    }
    /// The content, borrowed: valid until anything may change it.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: borrowed under `Value`'s contract.
        unsafe { self.data.get_unchecked() }
    }
    /// Changes the content in a way that may change its length.
    fn resize<R>(&self, thread: &Thread, change: impl FnOnce(&mut Vec<u8>) -> R) -> PyResult<R> {
        if self.exports.get() > 0 {
            let message = "Existing exports of data: object cannot be re-sized";
            return Err(thread.error(&exc::BUFFER_ERROR, message));
        }
        Ok(self.data.with(change))
    }
}

fn array(v: Value) -> &'static ByteArray {
    // SAFETY: slots and methods of `bytearray` are called on its instances.
    unsafe { v.cast_unchecked::<ByteArray>() }
}

fn new(_: &Thread, ty: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(ty, |header| ByteArray { header, data: GilCell::new(Vec::new()), exports: Cell::new(0) }))
}

static INIT: Parameters = Parameters::new("bytearray", "(source=b'', encoding='utf-8', errors='strict')");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    INIT.bind(thread, arguments, |a| {
        let data = bytes_methods::source_bytes(thread, a, &WORDS)?;
        array(v).resize(thread, |content| *content = data)
    })
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let shown = repr_bytes(content(v));
    let shown = String::from_utf8_lossy(&shown);
    let name = v.ty().name();
    // Unlike those of bytes, single quotes are escaped between double ones, too.
    Ok(Str::new(&match shown.starts_with("b\"") {
        true => format!("{name}({})", shown.replace('\'', "\\'")),
        false => format!("{name}({shown})"),
    }))
}

const SUBSCRIPTS: SubscriptErrors = SubscriptErrors {
    wrong_type: |name| format!("bytearray indices must be integers or slices, not {name}"),
    out_of_range: "bytearray index out of range",
};

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    match subsequence::subscript(thread, key, || content(v).len(), &SUBSCRIPTS)? {
        Subscript::Item(i) => Ok(int::new(content(v)[i].into())),
        Subscript::Slice(range) => {
            Ok(ByteArray::from_vec(range.positions().map(|i| content(v)[i]).collect()))
        }
    }
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    if let Some(s) = key.cast::<Slice>() {
        return set_slice(thread, v, s, value);
    }
    let new = if value.is_null() { None } else { Some(byte(thread, value)?) };
    let Subscript::Item(i) = subsequence::subscript(thread, key, || content(v).len(), &SUBSCRIPTS)? else {
        return Err(thread.type_error("a slice is required"));
    };
    match new {
        Some(byte) => array(v).data.with(|data| data[i] = byte),
        None => drop(array(v).resize(thread, |data| data.remove(i))?),
    }
    Ok(())
}

/// The bytes assigned to a slice.
fn assigned(thread: &Thread, value: Value) -> PyResult<Vec<u8>> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    if value.ty().slots().buffer.is_some() {
        return Ok(bytes_methods::buffer(thread, value)?.into_owned());
    }
    let is_iterable = value.ty().slots().iter.is_some() && value.cast::<Str>().is_none();
    if int::is_int(value) || !is_iterable {
        return Err(
            thread.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
        );
    }
    bytes_methods::iterable_bytes(thread, value, &WORDS)
}

fn set_slice(thread: &Thread, v: Value, key: &Slice, value: Value) -> PyResult<()> {
    let unpacked = slice::unpack(thread, key)?;
    let new = assigned(thread, value)?;
    let span = unpacked.adjust(content(v).len());
    if span.step == 1 {
        let start = span.start as usize;
        if new.len() == span.count {
            array(v).data.with(|data| data[start..start + span.count].copy_from_slice(&new));
            return Ok(());
        }
        return array(v).resize(thread, |data| drop(data.splice(start..start + span.count, new)));
    }
    if value.is_null() {
        let mut removed: Vec<usize> = span.indices().collect();
        removed.sort_unstable();
        return array(v).resize(thread, |data| {
            for i in removed.iter().rev() {
                data.remove(*i);
            }
        });
    }
    if new.len() != span.count {
        let (given, wanted) = (new.len(), span.count);
        let message = format!("attempt to assign bytes of size {given} to extended slice of size {wanted}");
        return Err(thread.value_error(message));
    }
    array(v).data.with(|data| span.indices().zip(new).for_each(|(i, byte)| data[i] = byte));
    Ok(())
}

fn inplace_concat(thread: &Thread, v: Value, other: Value) -> PyResult {
    if other.ty().slots().buffer.is_none() {
        let message = format!("can't concat {} to {}", other.ty().name(), v.ty().name());
        return Err(thread.type_error(message));
    }
    let more = bytes_methods::buffer(thread, other)?;
    array(v).resize(thread, |data| data.extend_from_slice(&more))?;
    Ok(v.to_ref())
}

fn inplace_repeat(thread: &Thread, v: Value, count: isize) -> PyResult {
    let new = bytes_methods::repeated(thread, v, count)?;
    array(v).resize(thread, |data| *data = new)?;
    Ok(v.to_ref())
}

fn remainder(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(template) = a.cast::<ByteArray>() else { return Ok(Ref::NOT_IMPLEMENTED) };
    let template = template.as_bytes().to_vec();
    percent_format::format_bytes(thread, &template, b).map(ByteArray::from_vec)
}

fn lend(_: &Thread, v: Value, _flags: i32) -> PyResult<BufferView> {
    let a = array(v);
    a.exports.set(a.exports.get() + 1);
    let (data, len) = a.data.with(|data| (data.as_mut_ptr(), data.len()));
    Ok(BufferView {
        owner: v.to_ref(),
        data,
        len,
        readonly: false,
        itemsize: 1,
        format: "B".to_owned(),
        shape: vec![len as isize],
        strides: vec![1],
        release: Some(|v| array(v).exports.set(array(v).exports.get() - 1)),
    })
}

// Methods that change the content, and those of `bytearray` alone.

pub fn append(thread: &Thread, v: Value, item: Value) -> PyResult {
    let byte = byte(thread, item)?;
    array(v).resize(thread, |data| data.push(byte))?;
    Ok(Ref::NONE)
}

pub fn clear(thread: &Thread, v: Value) -> PyResult {
    array(v).resize(thread, |data| data.clear())?;
    Ok(Ref::NONE)
}

pub fn copy(_: &Thread, v: Value) -> PyResult {
    Ok(ByteArray::from_vec(content(v).to_vec()))
}

pub fn extend(thread: &Thread, v: Value, items: Value) -> PyResult {
    if items.cast::<Str>().is_some() {
        return Err(thread.type_error("expected iterable of integers; got: 'str'"));
    }
    let slots = items.ty().slots();
    if slots.buffer.is_none() && slots.iter.is_none() && slots.get_item.is_none() {
        return Err(thread.type_error(format!("can't extend bytearray with {}", items.ty().name())));
    }
    let more = match slots.buffer {
        Some(_) => bytes_methods::buffer(thread, items)?.into_owned(),
        None => bytes_methods::iterable_bytes(thread, items, &WORDS)?,
    };
    array(v).resize(thread, |data| data.extend_from_slice(&more))?;
    Ok(Ref::NONE)
}

pub fn insert(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let index = protocol::c_ssize(thread, a[0])?;
    let byte = byte(thread, a[1])?;
    let length = content(v).len() as isize;
    let at = if index < 0 { (index + length).max(0) } else { index.min(length) };
    array(v).resize(thread, |data| data.insert(at as usize, byte))?;
    Ok(Ref::NONE)
}

pub fn pop(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let index = if a[0].is_null() { -1 } else { protocol::c_ssize(thread, a[0])? };
    if content(v).is_empty() {
        return Err(thread.index_error("pop from empty bytearray"));
    }
    let Some(at) = position(index, content(v).len()) else {
        return Err(thread.index_error("pop index out of range"));
    };
    Ok(int::new(array(v).resize(thread, |data| data.remove(at))?.into()))
}

pub fn remove(thread: &Thread, v: Value, item: Value) -> PyResult {
    let byte = byte(thread, item)?;
    let Some(at) = content(v).iter().position(|b| *b == byte) else {
        return Err(thread.value_error("value not found in bytearray"));
    };
    array(v).resize(thread, |data| data.remove(at))?;
    Ok(Ref::NONE)
}

pub fn resize(thread: &Thread, v: Value, size: Value) -> PyResult {
    let size = protocol::c_ssize(thread, size)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(thread.value_error(format!("Can only resize to positive sizes, got {size}")));
    };
    let has_room = array(v).resize(thread, |data| {
        let more = size.saturating_sub(data.len());
        let has_room = data.try_reserve(more).is_ok();
        if has_room {
            data.resize(size, 0);
        }
        has_room
    })?;
    if has_room { Ok(Ref::NONE) } else { Err(thread.memory_error()) }
}

pub fn reverse(_: &Thread, v: Value) -> PyResult {
    array(v).data.with(|data| data.reverse());
    Ok(Ref::NONE)
}

pub fn alloc(_: &Thread, v: Value) -> PyResult {
    let capacity = array(v).data.with(|data| data.capacity());
    Ok(int::from_usize(if capacity == 0 { 0 } else { capacity + 1 }))
}

pub fn sizeof(_: &Thread, v: Value) -> PyResult {
    const HEAD: usize = 56;
    let capacity = array(v).data.with(|data| data.capacity());
    Ok(int::from_usize(HEAD + if capacity == 0 { 0 } else { capacity + 1 }))
}

pub fn reduce(thread: &Thread, v: Value) -> PyResult {
    reduce_for(thread, v, 0)
}

pub fn reduce_ex(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let version = if a[0].is_null() { 0 } else { crate::protocol::c_int(thread, a[0])? };
    reduce_for(thread, v, version)
}

/// `(type, (content,), state)`; older protocols have no bytes, only text.
fn reduce_for(thread: &Thread, v: Value, version: i32) -> PyResult {
    let state = pickling::state_of(thread, v, false)?;
    let arguments = match content(v) {
        [] => Tuple::empty(),
        content if version < 3 => Tuple::pair(Str::from_latin1(content), Str::new("latin-1")),
        content => Tuple::from_refs(vec![super::bytes::Bytes::new(content)]),
    };
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments, state]))
}
