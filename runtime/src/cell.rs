//! Interior mutability under the GIL: fields of heap objects are cells, because many may hold the object at once.
//!
//! Contract: cells are touched only by the thread that holds the GIL.

use crate::value::{Ref, Value};
use std::cell::{Cell, UnsafeCell};

/// A field that owns a reference and can be replaced.
#[repr(transparent)]
pub struct Slot(Cell<Value>);

impl Slot {
    #[inline(always)]
    pub const fn null() -> Slot {
        Slot(Cell::new(Value::NULL))
    }
    #[inline(always)]
    pub fn new(value: Ref) -> Slot {
        Slot(Cell::new(value.into_value()))
    }
    /// The value, borrowed: valid until the slot changes.
    #[inline(always)]
    pub fn peek(&self) -> Value {
        self.0.get()
    }
    /// A new reference to the value (NULL if empty).
    #[inline(always)]
    pub fn get(&self) -> Ref {
        self.0.get().to_ref()
    }
    /// A new reference, or `None` if empty.
    #[inline(always)]
    pub fn option(&self) -> Option<Ref> {
        self.0.get().to_option()
    }
    #[inline(always)]
    pub fn is_null(&self) -> bool {
        self.0.get().is_null()
    }
    /// Stores `value`, then drops what was there; the drop may run Python code.
    #[inline(always)]
    pub fn set(&self, value: Ref) {
        let old = self.0.replace(value.into_value());
        // SAFETY: the slot owned `old`.
        drop(unsafe { Ref::from_owned(old) });
    }
    /// Stores `value` and hands out what was there.
    #[inline(always)]
    pub fn replace(&self, value: Ref) -> Ref {
        let old = self.0.replace(value.into_value());
        // SAFETY: the slot owned `old`.
        unsafe { Ref::from_owned(old) }
    }
    /// Empties the slot.
    #[inline(always)]
    pub fn take(&self) -> Ref {
        self.replace(Ref::NULL)
    }
    /// Exchanges what two slots hold.
    #[inline(always)]
    pub fn swap(&self, other: &Slot) {
        self.0.swap(&other.0);
    }
}

impl Drop for Slot {
    #[inline(always)]
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// A field that refers to a value which something else keeps alive for as long as the field is used.
#[repr(transparent)]
pub struct Borrowed(Cell<Value>);

impl Borrowed {
    #[inline(always)]
    pub const fn new(value: Value) -> Borrowed {
        Borrowed(Cell::new(value))
    }
    /// The value, borrowed.
    #[inline(always)]
    pub fn peek(&self) -> Value {
        self.0.get()
    }
    /// A new reference to the value.
    #[inline(always)]
    pub fn get(&self) -> Ref {
        self.0.get().to_ref()
    }
    #[inline(always)]
    pub fn set(&self, value: Value) {
        self.0.set(value)
    }
}

/// Shared mutable Rust data inside a heap object.
///
/// Contract: the closure given to `with` runs no Python code (no calls, no drops of references that may be last)
/// and does not use the same cell again. Take what must be dropped out of the cell and drop it afterwards.
#[repr(transparent)]
pub struct GilCell<T>(UnsafeCell<T>);

// SAFETY: touched only under the GIL (module contract).
unsafe impl<T> Sync for GilCell<T> {}

impl<T: Default> Default for GilCell<T> {
    fn default() -> GilCell<T> {
        GilCell::new(T::default())
    }
}

impl<T> GilCell<T> {
    #[inline(always)]
    pub const fn new(value: T) -> GilCell<T> {
        GilCell(UnsafeCell::new(value))
    }
    #[inline(always)]
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: by the type's contract no other reference exists while `f` runs.
        f(unsafe { &mut *self.0.get() })
    }
    #[inline(always)]
    pub fn replace(&self, value: T) -> T {
        self.with(|old| std::mem::replace(old, value))
    }
    #[inline(always)]
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }
    /// The data behind the cell.
    ///
    /// # Safety
    /// As for `with`, for as long as the reference lives.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the contract forbids a second reference")]
    pub unsafe fn get_unchecked(&self) -> &mut T {
        // SAFETY: promised by the caller.
        unsafe { &mut *self.0.get() }
    }
    pub fn as_ptr(&self) -> *mut T {
        self.0.get()
    }
}
