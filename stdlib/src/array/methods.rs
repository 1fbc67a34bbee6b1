//! The methods of arrays.

use super::object::{ARRAY, Array, buffer_info, find, new_array};
use super::pickle::reduce_ex;
use crate::support::byte_source;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::EOF_ERROR;
use runtime::objects::list::List;
use runtime::objects::sequence::bound;
use runtime::objects::str::{Str, intern_text};
use runtime::objects::subsequence::position;
use runtime::objects::{generic_alias, int};
use runtime::slot_fields::receiver;
use runtime::{CompareOp, Effects, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

pub(super) const METHODS: &[MethodDef] = &[
    method(
        "append",
        "($self, v, /)",
        NativeFn::One(|thread, v, item| {
            receiver::<Array>(thread, v)?.push(thread, item)?;
            Ok(Ref::NONE)
        }),
        "Append new value v to the end of the array.",
    ).effects(Effects::PLAIN_TOUCHES),
    method(
        "buffer_info",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(buffer_info(receiver(thread, v)?))),
        "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.\n\nThe length should be multiplied by the itemsize attribute to\ncalculate the buffer length in bytes.",
    ),
    method(
        "byteswap",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let array = receiver::<Array>(thread, v)?;
            let size = array.code.size();
            array.data.with(|data| data.chunks_exact_mut(size).for_each(<[u8]>::reverse));
            Ok(Ref::NONE)
        }),
        "Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size,\nRuntimeError is raised.",
    ).effects(Effects::TOUCHES),
    method(
        "clear",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            receiver::<Array>(thread, v)?.resize(thread, Vec::clear)?;
            Ok(Ref::NONE)
        }),
        "Remove all items from the array.",
    ),
    method("count", "($self, v, /)", NativeFn::One(count), "Return number of occurrences of v in the array.").effects(Effects::PLAIN),
    method(
        "extend",
        "($self, bb, /)",
        NativeFn::One(|thread, v, items| {
            receiver::<Array>(thread, v)?.extend(thread, items)?;
            Ok(Ref::NONE)
        }),
        "Append items to the end of the array.",
    ),
    method(
        "frombytes",
        "($self, buffer, /)",
        NativeFn::One(from_bytes),
        "Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method.",
    ).effects(Effects::PLAIN_TOUCHES),
    method(
        "fromfile",
        "($self, f, n, /)",
        NativeFn::Bound(from_file),
        "Read n objects from the file object f and append them to the end of the array.",
    ),
    method("fromlist", "($self, list, /)", NativeFn::One(from_list), "Append items to array from list."),
    method(
        "fromunicode",
        "($self, ustr, /)",
        NativeFn::One(from_unicode),
        "Extends this array with data from the unicode string ustr.\n\nThe array must be a unicode type array; otherwise a ValueError is\nraised.  Use array.frombytes(ustr.encode(...)) to append Unicode\ndata to an array of some other type.",
    ),
    method(
        "index",
        "($self, v, start=0, stop=sys.maxsize, /)",
        NativeFn::Bound(index),
        "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present.",
    ).effects(Effects::PLAIN),
    method(
        "insert",
        "($self, i, v, /)",
        NativeFn::Bound(insert),
        "Insert a new item v into the array before position i.",
    ).effects(Effects::PLAIN_TOUCHES),
    method(
        "pop",
        "($self, i=-1, /)",
        NativeFn::Bound(pop),
        "Return the i-th element and delete it from the array.\n\ni defaults to -1.",
    ).effects(Effects::PLAIN_TOUCHES),
    method(
        "remove",
        "($self, v, /)",
        NativeFn::One(remove),
        "Remove the first occurrence of v in the array.",
    ),
    method(
        "reverse",
        "($self, /)",
        NativeFn::NoArgs(reverse),
        "Reverse the order of the items in the array.",
    ).effects(Effects::TOUCHES),
    method(
        "tobytes",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(receiver::<Array>(thread, v)?.data.with(|data| Bytes::new(data)))),
        "Convert the array to an array of machine values and return the bytes representation.",
    ).effects(Effects::READS),
    method(
        "tofile",
        "($self, f, /)",
        NativeFn::One(to_file),
        "Write all items (as machine values) to the file object f.",
    ),
    method(
        "tolist",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| receiver::<Array>(thread, v)?.list(thread)),
        "Convert array to an ordinary list with the same items.",
    ).effects(Effects::READS),
    method(
        "tounicode",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let array = receiver::<Array>(thread, v)?;
            if !array.code.is_text() {
                let message = "tounicode() may only be called on unicode type arrays ('u' or 'w')";
                return Err(thread.value_error(message));
            }
            array.text(thread)
        }),
        "Extends this array with data from the unicode string ustr.\n\nConvert the array to a unicode string.  The array must be a unicode\ntype array; otherwise a ValueError is raised.  Use\narray.tobytes().decode() to obtain a unicode string from an array of\nsome other type.",
    ),
    method("__copy__", "($self, /)", NativeFn::NoArgs(copy), "Return a copy of the array.").effects(Effects::READS),
    method(
        "__deepcopy__",
        "($self, unused, /)",
        NativeFn::One(|thread, v, _| copy(thread, v)),
        "Return a copy of the array.",
    ),
    method(
        "__reduce_ex__",
        "($self, value, /)",
        NativeFn::One(reduce_ex),
        "Return state information for pickling.",
    ),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            // The object of CPython and its items.
            let bytes = receiver::<Array>(thread, v)?.data.with(|data| data.capacity());
            Ok(int::from_usize(80 + bytes))
        }),
        "Size of the array in memory, in bytes.",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(generic_alias::class_getitem),
        "Arrays are generic over the type of their elements",
    )
    .class(),
];

fn copy(thread: &Thread, v: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    Ok(new_array(&ARRAY, array.code, array.bytes()))
}

fn count(thread: &Thread, v: Value, item: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let (mut i, mut found) = (0, 0);
    while let Some(own) = array.item(i) {
        found += usize::from(protocol::compare_bool(thread, *own, item, CompareOp::Eq)?);
        i += 1;
    }
    Ok(int::from_usize(found))
}

fn from_bytes(thread: &Thread, v: Value, bytes: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let source = byte_source(thread, bytes)?;
    if let crate::support::ByteSource::View(view) = &source
        && view.itemsize != 1
    {
        return Err(thread.type_error("a bytes-like object is required"));
    }
    let bytes = source.bytes().to_vec();
    drop(source);
    array.extend_bytes(thread, &bytes)?;
    Ok(Ref::NONE)
}

fn from_file(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let count = protocol::index_isize(thread, a[1])?;
    let Ok(count) = usize::try_from(count) else { return Err(thread.value_error("negative count")) };
    let Some(wanted) = count.checked_mul(array.code.size()).filter(|n| *n <= isize::MAX as usize) else {
        return Err(thread.memory_error());
    };
    let read = thread.call_method(a[0], intern_text("read"), &[*int::from_usize(wanted)])?;
    let Some(bytes) = read.cast::<Bytes>() else {
        return Err(thread.type_error("read() didn't return bytes"));
    };
    array.extend_bytes(thread, bytes.as_bytes())?;
    if bytes.len() != wanted {
        return Err(thread.error(&EOF_ERROR, "read() didn't return enough bytes"));
    }
    Ok(Ref::NONE)
}

fn to_file(thread: &Thread, v: Value, file: Value) -> PyResult {
    /// Bytes that are written at once.
    const BLOCK: usize = 64 * 1024;
    let bytes = receiver::<Array>(thread, v)?.bytes();
    if bytes.is_empty() {
        return Ok(Ref::NONE);
    }
    for block in bytes.chunks(BLOCK) {
        thread.call_method(file, intern_text("write"), &[*Bytes::new(block)])?;
    }
    Ok(Ref::NONE)
}

/// All or nothing: an item that doesn't fit leaves the array as it was.
fn from_list(thread: &Thread, v: Value, list: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let Some(items) = list.cast::<List>() else { return Err(thread.type_error("arg must be list")) };
    let (size, mut new) = (array.code.size(), Vec::new());
    let length = items.len();
    let mut i = 0;
    while let Some(item) = items.get(i) {
        new.extend_from_slice(&array.code.write(thread, *item)?[..size]);
        if items.len() != length {
            return Err(thread.runtime_error("list changed size during iteration"));
        }
        i += 1;
    }
    array.resize(thread, |data| data.extend(new))?;
    Ok(Ref::NONE)
}

fn from_unicode(thread: &Thread, v: Value, text: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let Some(text) = text.cast::<Str>() else {
        let name = if text.is_none() { "None".into() } else { text.ty().name() };
        return Err(thread.type_error(format!("fromunicode() argument must be str, not {name}")));
    };
    if !array.code.is_text() {
        let message = "fromunicode() may only be called on unicode type arrays ('u' or 'w')";
        return Err(thread.value_error(message));
    }
    array.extend_text(thread, text)?;
    Ok(Ref::NONE)
}

fn index(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let start = bound(thread, a[1], 0, || array.len())?;
    let stop = bound(thread, a[2], usize::MAX, || array.len())?;
    match find(thread, v, a[0], start, stop)? {
        Some(i) => Ok(int::from_usize(i)),
        None => Err(thread.value_error("array.index(x): x not in array")),
    }
}

fn insert(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let index = protocol::index_isize(thread, a[0])?;
    let item = array.code.write(thread, a[1])?;
    let (size, length) = (array.code.size(), array.len() as isize);
    let at = if index < 0 { (index + length).max(0) } else { index.min(length) } as usize;
    array.resize(thread, |data| drop(data.splice(at * size..at * size, item[..size].iter().copied())))?;
    Ok(Ref::NONE)
}

fn pop(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let index = if a[0].is_null() { -1 } else { protocol::index_isize(thread, a[0])? };
    if array.len() == 0 {
        return Err(thread.index_error("pop from empty array"));
    }
    let place = position(index, array.len()).and_then(|i| Some((i, array.item(i)?)));
    let Some((i, item)) = place else { return Err(thread.index_error("pop index out of range")) };
    let size = array.code.size();
    array.resize(thread, |data| drop(data.drain(i * size..(i + 1) * size)))?;
    Ok(item)
}

fn remove(thread: &Thread, v: Value, item: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let Some(i) = find(thread, v, item, 0, usize::MAX)? else {
        return Err(thread.value_error("array.remove(x): x not in array"));
    };
    let size = array.code.size();
    array.resize(thread, |data| {
        if (i + 1) * size <= data.len() {
            data.drain(i * size..(i + 1) * size);
        }
    })?;
    Ok(Ref::NONE)
}

fn reverse(thread: &Thread, v: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let size = array.code.size();
    array.data.with(|data| {
        // Reversing all bytes reverses each item too; that is undone.
        data.reverse();
        data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    });
    Ok(Ref::NONE)
}
