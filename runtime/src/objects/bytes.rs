//! The layout of `bytes`: the data follow the head in the same cell.

use crate::cell::GilCell;
use crate::error::PyResult;
use crate::heap;
use crate::object::Header;
use crate::thread::Thread;
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
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
    slots: Slots { variable_size: Some(Bytes::variable_size), ..Slots::EMPTY },
    ..TypeSpec::EMPTY
});

/// The empty object and those of one byte, each of which exists once.
static SINGLES: GilCell<Vec<Ref>> = GilCell::new(Vec::new());

impl Bytes {
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
