//! What every heap object starts with, and what makes a Rust struct one.

use crate::heap;
use crate::types::Type;
use crate::value::{Ref, Value};
use std::cell::Cell;

/// The head of every heap object.
#[repr(C)]
pub struct Header {
    refcount: Cell<u32>,
    flags: Cell<u32>,
    ty: Cell<*const Type>,
}

const _: () =
    assert!(size_of::<Header>() == 16, "two words, so that the smallest cell is one alignment unit");

/// Bits of `Header::flags`.
pub mod flag {
    /// The weak reference table has entries for this object.
    pub const HAS_WEAKREFS: u32 = 1 << 0;
    /// `__del__` (or a native finaliser) has run; it does not run again.
    pub const FINALIZED: u32 = 1 << 1;
    /// The collector does not look at this object (`gc.is_tracked`).
    pub const UNTRACKED: u32 = 1 << 2;
    /// Not yet seen by a collection.
    pub const YOUNG: u32 = 1 << 3;
    /// Scratch bits of a running collection.
    pub const GC_SCRATCH_1: u32 = 1 << 4;
    pub const GC_SCRATCH_2: u32 = 1 << 5;
    /// A frozen object (`gc.freeze`).
    pub const FROZEN: u32 = 1 << 6;
    /// An interned string.
    pub const INTERNED: u32 = 1 << 7;
    /// A code object that has traces: what they hold counts as held by it.
    pub const TRACED: u32 = 1 << 8;
}

/// Where the counts of objects in static memory start: far from both ends.
const STATIC_REFCOUNT: u32 = 1 << 30;

impl Header {
    #[inline(always)]
    pub const fn new(ty: *const Type) -> Header {
        Header { refcount: Cell::new(1), flags: Cell::new(0), ty: Cell::new(ty) }
    }
    /// The head of an object that lives in static memory and is never released.
    pub const fn new_static(ty: *const Type) -> Header {
        Header { refcount: Cell::new(STATIC_REFCOUNT), flags: Cell::new(flag::UNTRACKED), ty: Cell::new(ty) }
    }
    #[inline(always)]
    pub fn ty(&self) -> &'static Type {
        // SAFETY: an object keeps its type alive.
        unsafe { &*self.ty.get() }
    }
    #[inline(always)]
    pub fn type_pointer(&self) -> *const Type {
        self.ty.get()
    }
    /// Changes the type; the caller moves the reference count of heap types along.
    #[inline(always)]
    pub fn set_ty(&self, ty: *const Type) {
        self.ty.set(ty)
    }
    #[inline(always)]
    pub fn refcount(&self) -> u32 {
        self.refcount.get()
    }
    #[inline(always)]
    pub fn set_refcount(&self, n: u32) {
        self.refcount.set(n)
    }
    #[inline(always)]
    pub fn incref(&self) {
        self.refcount.set(self.refcount.get().wrapping_add(1))
    }
    /// Uncounts one reference; true if none is left.
    #[inline(always)]
    pub fn decref_is_last(&self) -> bool {
        let n = self.refcount.get().wrapping_sub(1);
        self.refcount.set(n);
        n == 0
    }
    #[inline(always)]
    pub fn has_flag(&self, bit: u32) -> bool {
        self.flags.get() & bit != 0
    }
    #[inline(always)]
    pub fn set_flag(&self, bit: u32) {
        self.flags.set(self.flags.get() | bit)
    }
    #[inline(always)]
    pub fn clear_flag(&self, bit: u32) {
        self.flags.set(self.flags.get() & !bit)
    }
    pub const REFCOUNT_OFFSET: usize = std::mem::offset_of!(Header, refcount);
    pub const FLAGS_OFFSET: usize = std::mem::offset_of!(Header, flags);
    pub const TYPE_OFFSET: usize = std::mem::offset_of!(Header, ty);
}

/// A Rust struct that is a heap object.
///
/// # Safety
/// The struct is `repr(C)`, starts with a `Header`, has an alignment of at most 16, and every type object for which
/// `has_layout_of(type_object())` holds describes objects that start with the same fields.
pub unsafe trait Object: Sized + 'static {
    fn type_object() -> &'static Type;

    #[inline(always)]
    fn as_value(&self) -> Value {
        Value::of(self)
    }
    #[inline(always)]
    fn to_ref(&self) -> Ref {
        Value::of(self).to_ref()
    }
}

/// Declares that a `repr(C)` struct with a first field `header: Header` is the layout of a static type.
#[macro_export]
macro_rules! object {
    ($struct:ty, $type_object:expr) => {
        // SAFETY: the struct is declared `repr(C)` with the header first; subtypes extend it at the end.
        unsafe impl $crate::object::Object for $struct {
            #[inline(always)]
            fn type_object() -> &'static $crate::types::Type {
                &$type_object
            }
        }
    };
}

/// Drop glue of `T` for a type's `drop` function.
pub fn drop_object<T: Object>(object: *mut Header) {
    // SAFETY: called once, by the heap, on an object of this layout whose last reference is gone.
    unsafe { std::ptr::drop_in_place(object as *mut T) }
}

/// Makes an object of type `ty`, which is `T`'s type or a subtype; fields of the subtype start out empty.
#[inline]
pub fn new_object<T: Object>(ty: &'static Type, build: impl FnOnce(Header) -> T) -> Ref {
    heap::allocate(ty, size_of::<T>(), 0, build)
}

/// Makes an object of exactly `T`'s own type.
#[inline]
pub fn new_exact<T: Object>(build: impl FnOnce(Header) -> T) -> Ref {
    heap::allocate(T::type_object(), size_of::<T>(), 0, build)
}
