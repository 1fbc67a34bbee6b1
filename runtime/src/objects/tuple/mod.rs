//! `tuple`. This file: the layout, the items follow the head in the same cell.

mod methods;

pub use methods::{TUPLE, TUPLE_ITERATOR, TupleIterator};

use crate::hash::TupleHasher;
use crate::heap;
use crate::object::Header;
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A tuple object; `length` value words follow.
#[repr(C)]
pub struct Tuple {
    pub header: Header,
    length: usize,
    /// The hash, or -1.
    pub hash: Cell<i64>,
}

crate::object!(Tuple, TUPLE);

const ITEMS_OFFSET: usize = size_of::<Tuple>();

impl Tuple {
    /// A tuple of type `ty` whose items come from `fill`, called once per index.
    pub fn build(ty: &'static crate::types::Type, length: usize, mut fill: impl FnMut(usize) -> Ref) -> Ref {
        let t = heap::allocate(ty, ITEMS_OFFSET, length * size_of::<Value>(), |header| Tuple {
            header,
            length,
            hash: Cell::new(-1),
        });
        let items = t.cast::<Tuple>().expect("just made").items_pointer();
        for i in 0..length {
            // SAFETY: the cell has room for `length` items; `fill` runs no Python code that could see the tuple.
            unsafe { items.add(i).write(fill(i).into_value()) };
        }
        t
    }
    pub fn empty() -> Ref {
        static EMPTY: crate::cell::GilCell<Option<Ref>> = crate::cell::GilCell::new(None);
        EMPTY.with(|e| e.get_or_insert_with(|| Tuple::build(&TUPLE, 0, |_| Ref::NULL)).clone())
    }
    /// A tuple of new references to `values`.
    pub fn from_values(values: &[Value]) -> Ref {
        if values.is_empty() {
            return Tuple::empty();
        }
        Tuple::build(&TUPLE, values.len(), |i| values[i].to_ref())
    }
    /// A tuple of two items.
    #[inline]
    pub fn pair(first: Ref, second: Ref) -> Ref {
        let mut items = [first, second].into_iter();
        Tuple::build(&TUPLE, 2, |_| items.next().unwrap_or(Ref::NULL))
    }
    /// A tuple that takes over `items`.
    pub fn from_refs(items: Vec<Ref>) -> Ref {
        if items.is_empty() {
            return Tuple::empty();
        }
        let n = items.len();
        let mut items = items.into_iter();
        Tuple::build(&TUPLE, n, |_| items.next().unwrap_or(Ref::NULL))
    }
    /// The hash by those of the items, if all can be had; it is remembered.
    #[inline]
    pub fn hash_of_items(&self, mut hash_of: impl FnMut(Value) -> Option<i64>) -> Option<i64> {
        if self.hash.get() != -1 {
            return Some(self.hash.get());
        }
        let mut hasher = TupleHasher::new();
        for item in self.items() {
            hasher.add(hash_of(*item)?);
        }
        let hash = hasher.finish();
        self.hash.set(hash);
        Some(hash)
    }
    fn items_pointer(&self) -> *mut Value {
        // SAFETY: the items follow the head.
        unsafe { (self as *const Tuple as *mut u8).add(ITEMS_OFFSET) as *mut Value }
    }
    /// The items, borrowed.
    #[inline(always)]
    pub fn items(&self) -> &'static [Value] {
        // SAFETY: the items are there for as long as the tuple is (`Value`'s contract).
        unsafe { std::slice::from_raw_parts(self.items_pointer(), self.length) }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length
    }
    /// Replaces item `i` of a tuple that nobody else can see yet, handing out the old one.
    ///
    /// # Safety
    /// The caller holds the only reference, and item `i` exists.
    #[inline(always)]
    pub unsafe fn replace_unshared(&self, i: usize, value: Ref) -> Ref {
        debug_assert!(i < self.length);
        self.hash.set(-1);
        // SAFETY: promised by the caller; the tuple owned the old item.
        unsafe { Ref::from_owned(std::ptr::replace(self.items_pointer().add(i), value.into_value())) }
    }
    /// An object of a struct sequence type: `visible` items as any tuple has, then, where nothing but the functions below
    /// look, the number of hidden items and these.
    pub(crate) fn build_with_hidden(ty: &'static crate::types::Type, items: Vec<Ref>, visible: usize) -> Ref {
        let hidden = items.len() - visible;
        let bytes = (items.len() + 1) * size_of::<Value>();
        let t = heap::allocate(ty, ITEMS_OFFSET, bytes, |header| Tuple {
            header,
            length: visible,
            hash: Cell::new(-1),
        });
        let place = t.cast::<Tuple>().expect("just made").items_pointer();
        for (i, item) in items.into_iter().enumerate() {
            // SAFETY: the cell has room for all items and the count between them.
            unsafe { place.add(i + usize::from(i >= visible)).write(item.into_value()) };
        }
        // SAFETY: as above.
        unsafe { place.add(visible).write(Value::small_int(hidden as i64)) };
        t
    }
    /// The hidden items of an object made by `build_with_hidden`, borrowed.
    ///
    /// # Safety
    /// The object was made by it.
    pub(crate) unsafe fn hidden_items(&self) -> &'static [Value] {
        // SAFETY: promised by the caller.
        unsafe {
            let count = (*self.items_pointer().add(self.length)).small_int_unchecked() as usize;
            std::slice::from_raw_parts(self.items_pointer().add(self.length + 1), count)
        }
    }
    /// `variable_size` of struct sequences.
    pub(crate) fn variable_size_with_hidden(object: *const Header) -> usize {
        // SAFETY: called for objects of struct sequence types only.
        let hidden = unsafe { (*(object as *const Tuple)).hidden_items().len() };
        Tuple::variable_size(object) + (1 + hidden) * size_of::<Value>()
    }
    /// `drop_items` of struct sequences.
    pub(crate) fn drop_items_with_hidden(object: *mut Header) {
        // SAFETY: called once for a dying object of a struct sequence type, which owns its items.
        unsafe {
            let t = &*(object as *const Tuple);
            for i in 0..t.hidden_items().len() {
                let place = t.items_pointer().add(t.length + 1 + i);
                drop(Ref::from_owned(std::ptr::replace(place, Value::NULL)));
            }
        }
        Tuple::drop_items(object);
    }
    /// Byte size of head and items, for the heap.
    pub fn variable_size(object: *const Header) -> usize {
        // SAFETY: called for tuples only.
        ITEMS_OFFSET + unsafe { (*(object as *const Tuple)).length } * size_of::<Value>()
    }
    /// Drops the items, the last one first, for the heap.
    pub fn drop_items(object: *mut Header) {
        // SAFETY: called once for a dying tuple, which owns its items.
        unsafe {
            let t = &*(object as *const Tuple);
            for i in (0..t.length).rev() {
                drop(Ref::from_owned(std::ptr::replace(t.items_pointer().add(i), Value::NULL)));
            }
        }
    }
    pub const LENGTH_OFFSET: usize = std::mem::offset_of!(Tuple, length);
    pub const HASH_OFFSET: usize = std::mem::offset_of!(Tuple, hash);
    pub const ITEMS_OFFSET: usize = ITEMS_OFFSET;
}
