//! `list`. This file: the layout, a vector of value words.

pub mod iterator;
mod methods;
pub mod sort;

pub use methods::{LIST, extend};

use crate::cell::GilCell;
use crate::object::{Header, new_exact};
use crate::trace_interface::vec_layout;
use crate::value::{Ref, Value};

/// A list object. The words are owned.
#[repr(C)]
pub struct List {
    pub header: Header,
    items: GilCell<Vec<Value>>,
}

crate::object!(List, LIST);

impl List {
    /// Where the address of the items lies, for compiled code.
    pub fn items_pointer_offset() -> usize {
        std::mem::offset_of!(List, items) + vec_layout::<Value>().pointer
    }
    /// Where the number of items lies, for compiled code.
    pub fn length_offset() -> usize {
        std::mem::offset_of!(List, items) + vec_layout::<Value>().length
    }
    /// Where the number of items that there is room for lies, for compiled code.
    pub fn capacity_offset() -> usize {
        std::mem::offset_of!(List, items) + vec_layout::<Value>().capacity
    }
    pub fn with_header(header: Header) -> List {
        List { header, items: GilCell::new(Vec::new()) }
    }
    /// A list that takes over `items`.
    pub fn from_refs(items: Vec<Ref>) -> Ref {
        let items = std::mem::ManuallyDrop::new(items);
        let start = items.as_ptr() as *mut Value;
        // SAFETY: `Ref` is a transparent wrapper of `Value`; the references move to the list.
        let words = unsafe { Vec::from_raw_parts(start, items.len(), items.capacity()) };
        List::from_words(words)
    }
    /// A list of words that are counted already.
    pub(super) fn from_words(words: Vec<Value>) -> Ref {
        new_exact(|header| List { header, items: GilCell::new(words) })
    }
    /// A list of new references to `values`.
    pub fn from_values(values: &[Value]) -> Ref {
        List::from_refs(values.iter().map(|v| v.to_ref()).collect())
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items().len()
    }
    /// The items, borrowed: valid until anything may change the list.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: borrowed under `Value`'s contract.
        unsafe { self.items.get_unchecked() }
    }
    /// A new reference to item `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Ref> {
        self.items().get(i).map(|v| v.to_ref())
    }
    /// Replaces item `i`; false if there is none.
    #[inline(always)]
    pub fn set(&self, i: usize, value: Ref) -> bool {
        let value = value.into_value();
        let old = self.items.with(|items| items.get_mut(i).map(|place| std::mem::replace(place, value)));
        // SAFETY: the list owned the old item; if there is no such index the new value is given back.
        drop(unsafe { Ref::from_owned(old.unwrap_or(value)) });
        old.is_some()
    }
    #[inline(always)]
    pub fn push(&self, value: Ref) {
        self.items.with(|items| items.push(value.into_value()));
    }
    /// Takes the last item out.
    #[inline(always)]
    pub fn pop(&self) -> Option<Ref> {
        // SAFETY: the list owned the item.
        self.items.with(|items| items.pop()).map(|v| unsafe { Ref::from_owned(v) })
    }
    /// Inserts before item `i`, at the end if there are not as many.
    pub fn insert(&self, i: usize, value: Ref) {
        self.items.with(|items| items.insert(i.min(items.len()), value.into_value()));
    }
    /// Number of items there is room for; 0 for a list that was never filled.
    pub fn capacity(&self) -> usize {
        self.items.with(|items| items.capacity())
    }
    /// Takes item `i`, which exists, out.
    pub(super) fn take(&self, i: usize) -> Ref {
        // SAFETY: the list owned the item.
        unsafe { Ref::from_owned(self.items.with(|items| items.remove(i))) }
    }
    /// Replaces item `i`, which exists, handing out the old one.
    #[inline(always)]
    pub fn replace(&self, i: usize, value: Ref) -> Ref {
        let old = self.items.with(|items| std::mem::replace(&mut items[i], value.into_value()));
        // SAFETY: the list owned the item.
        unsafe { Ref::from_owned(old) }
    }
    /// The same for an index that is known to be within the list.
    ///
    /// # Safety
    /// `i` is less than the length.
    #[inline(always)]
    pub unsafe fn replace_unchecked(&self, i: usize, value: Ref) -> Ref {
        // SAFETY: promised by the caller; the list owned the item.
        unsafe {
            let old =
                self.items.with(|items| std::mem::replace(items.get_unchecked_mut(i), value.into_value()));
            Ref::from_owned(old)
        }
    }
    /// Replaces the items from `start` up to `end`, handing out the old ones.
    pub(super) fn splice(&self, start: usize, end: usize, new: Vec<Ref>) -> Vec<Ref> {
        let new = new.into_iter().map(Ref::into_value);
        let old: Vec<Value> = self.items.with(|items| items.splice(start..end, new).collect());
        // SAFETY: the list owned the items.
        old.into_iter().map(|v| unsafe { Ref::from_owned(v) }).collect()
    }
    /// Direct access to the owned words. The closure runs no Python code and keeps ownership right.
    pub fn with_items<R>(&self, f: impl FnOnce(&mut Vec<Value>) -> R) -> R {
        self.items.with(f)
    }
    /// Replaces the whole content, handing out the old one.
    pub fn replace_items(&self, new: Vec<Ref>) -> Vec<Ref> {
        let new = std::mem::ManuallyDrop::new(new);
        // SAFETY: as in `from_refs`.
        let words = unsafe { Vec::from_raw_parts(new.as_ptr() as *mut Value, new.len(), new.capacity()) };
        let old = std::mem::ManuallyDrop::new(self.items.replace(words));
        // SAFETY: the reverse of the above.
        unsafe { Vec::from_raw_parts(old.as_ptr() as *mut Ref, old.len(), old.capacity()) }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        drop_items(self.replace_items(Vec::new()));
    }
}

/// Drops what were items of a list: the last one first.
pub(super) fn drop_items(mut items: Vec<Ref>) {
    while items.pop().is_some() {}
}
