//! How arrays of numbers lie in memory: what one element is, and where an `array.array`, whose type another room defines,
//! has its own.

use crate::cell::{GilCell, Slot};
use crate::object::Header;
use crate::objects::bytes::{BYTES_ITERATOR, BytesIterator};
use crate::trace_interface::Field;
use crate::types::Type;
use crate::value::Value;
use std::cell::Cell;
use std::mem::offset_of;

/// An element of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Element {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    F32,
    F64,
}

impl Element {
    /// The binary logarithm of the size in bytes.
    pub fn shift(self) -> u32 {
        match self {
            Element::I8 | Element::U8 => 0,
            Element::I16 | Element::U16 => 1,
            Element::I32 | Element::U32 | Element::F32 => 2,
            Element::I64 | Element::F64 => 3,
        }
    }
    /// The least and the greatest of whole numbers.
    pub fn bounds(self) -> Option<(i64, i64)> {
        Some(match self {
            Element::I8 => (i8::MIN.into(), i8::MAX.into()),
            Element::U8 => (0, u8::MAX.into()),
            Element::I16 => (i16::MIN.into(), i16::MAX.into()),
            Element::U16 => (0, u16::MAX.into()),
            Element::I32 => (i32::MIN.into(), i32::MAX.into()),
            Element::U32 => (0, u32::MAX.into()),
            Element::I64 => (i64::MIN, i64::MAX),
            Element::F32 | Element::F64 => return None,
        })
    }
    /// The alias class of an `array.array`'s elements.
    pub fn array_field(self) -> Field {
        match self {
            Element::I8 => Field::ArrayI8,
            Element::U8 => Field::ArrayU8,
            Element::I16 => Field::ArrayI16,
            Element::U16 => Field::ArrayU16,
            Element::I32 => Field::ArrayI32,
            Element::U32 => Field::ArrayU32,
            Element::I64 => Field::ArrayI64,
            Element::F32 => Field::ArrayF32,
            Element::F64 => Field::ArrayF64,
        }
    }
}

impl Field {
    /// What an array of numbers consists of.
    pub fn element(self) -> Option<Element> {
        Some(match self {
            Field::BytesByte | Field::ByteArrayByte | Field::StrByte | Field::ArrayU8 => Element::U8,
            Field::ArrayI8 => Element::I8,
            Field::ArrayI16 => Element::I16,
            Field::ArrayU16 => Element::U16,
            Field::ArrayI32 => Element::I32,
            Field::ArrayU32 => Element::U32,
            Field::ArrayI64 => Element::I64,
            Field::ArrayF32 => Element::F32,
            Field::ArrayF64 => Element::F64,
            _ => return None,
        })
    }
}

/// The layout of an `array.array`. Who defines the type asserts that it is this.
#[repr(C)]
pub struct ArrayLayout {
    pub header: Header,
    /// The place of the type code in the module's `typecodes`.
    pub code: u8,
    pub data: GilCell<Vec<u8>>,
}

struct ArrayType(Cell<Option<&'static Type>>);
// SAFETY: touched only under the GIL.
unsafe impl Sync for ArrayType {}
static ARRAY_TYPE: ArrayType = ArrayType(Cell::new(None));
static ITERATOR_TYPE: ArrayType = ArrayType(Cell::new(None));

/// The layout of iterators over bytes, bytearrays and arrays. Who defines their types asserts that it is this.
#[repr(C)]
pub struct NumberIterator {
    pub header: Header,
    /// NULL at its end.
    pub source: Slot,
    /// The index of the next item.
    pub next: Cell<usize>,
}

const _: () = assert!(
    offset_of!(BytesIterator, source) == offset_of!(NumberIterator, source)
        && offset_of!(BytesIterator, next) == offset_of!(NumberIterator, next)
);

/// Makes the types of arrays and their iterators known; their instances have `ArrayLayout` and the layout of `NumberIterator`.
pub fn set_array_types(array: &'static Type, iterator: &'static Type) {
    ARRAY_TYPE.0.set(Some(array));
    ITERATOR_TYPE.0.set(Some(iterator));
}

/// An iterator over bytes, a bytearray or an array.
pub fn number_iterator(v: Value) -> Option<&'static NumberIterator> {
    if !v.is_pointer()
        || !(v.is_exact(&BYTES_ITERATOR) || ITERATOR_TYPE.0.get().is_some_and(|ty| v.is_exact(ty)))
    {
        return None;
    }
    // SAFETY: instances of these types have this layout.
    Some(unsafe { &*(v.header_unchecked() as *const NumberIterator) })
}

/// An array of exactly that type.
pub fn array_of(v: Value) -> Option<&'static ArrayLayout> {
    let ty = ARRAY_TYPE.0.get()?;
    if !v.is_pointer() || !std::ptr::eq(v.ty(), ty) {
        return None;
    }
    // SAFETY: instances of the type have this layout.
    Some(unsafe { &*(v.header_unchecked() as *const ArrayLayout) })
}

impl ArrayLayout {
    /// What the items are, if they are numbers of a size that compiled code handles.
    pub fn element(&self) -> Option<Element> {
        Some(match self.code {
            0 => Element::I8,
            1 => Element::U8,
            4 => Element::I16,
            5 => Element::U16,
            6 => Element::I32,
            7 => Element::U32,
            8 | 10 => Element::I64,
            12 => Element::F32,
            13 => Element::F64,
            _ => return None,
        })
    }
    /// The number of bytes.
    pub fn size(&self) -> usize {
        self.data.with(|data| data.len())
    }
}
