//! The value word: every Python value is one 64-bit word (see ENCODING in ARCHITECTURE.md).
//!
//! | low bits | meaning |
//! |---|---|
//! | `...0`  | integer of 63 bits, `value << 1` |
//! | `0001`  | pointer to a heap object, 16-byte aligned, plus 1 |
//! | other `..01` | singletons: NULL, None, False, True, Ellipsis, NotImplemented |
//! | `..11`  | float, self-tagged by rotation |
//!
//! `Value` is a *borrowed* word: copying it counts nothing. `Ref` owns one reference: cloning counts, dropping uncounts.
//!
//! Contract: a `Value` may be used only while somebody holds a reference to its object (an argument slice, a `Ref`, a
//! container that cannot change meanwhile). Whoever calls something that can run Python code and uses a borrowed value
//! afterwards takes a `Ref` first. Typed references got from a value (`cast`) live under the same contract.

use crate::heap;
use crate::object::{Header, Object};
use crate::types::Type;
use std::fmt;

/// A borrowed value word.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(u64);

const _: () = assert!(size_of::<Value>() == 8, "a register is one machine word");

/// Added to a float's bits before rotation so that the covered exponents get both low tag bits set.
const FLOAT_BIAS: u64 = 3 << 60;
const POINTER_TAG: u64 = 1;
const TAG_MASK: u64 = 15;

/// Largest integer that fits the word.
pub const SMALL_INT_MAX: i64 = i64::MAX >> 1;
/// Smallest integer that fits the word.
pub const SMALL_INT_MIN: i64 = i64::MIN >> 1;

impl Value {
    /// No value: an unbound register, or "an exception is pending" as a result.
    pub const NULL: Value = Value(0x05);
    pub const NONE: Value = Value(0x15);
    pub const FALSE: Value = Value(0x25);
    pub const TRUE: Value = Value(0x35);
    pub const ELLIPSIS: Value = Value(0x45);
    pub const NOT_IMPLEMENTED: Value = Value(0x55);
    /// No Python value: what compiled code gets from an iterator that has ended.
    pub const EXHAUSTED: Value = Value(0x65);

    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Value {
        Value(bits)
    }
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == Value::NULL.0
    }
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == Value::NONE.0
    }
    /// True for `False` and `True`.
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 == Value::FALSE.0 || self.0 == Value::TRUE.0
    }
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value(Value::FALSE.0 + ((b as u64) << 4))
    }

    // Integers.

    /// The word of a small integer; `i` must lie within `SMALL_INT_MIN..=SMALL_INT_MAX`.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Value {
        debug_assert!(i >= SMALL_INT_MIN && i <= SMALL_INT_MAX);
        Value((i as u64) << 1)
    }
    /// The word of `i` if it fits 63 bits.
    #[inline(always)]
    pub const fn try_small_int(i: i64) -> Option<Value> {
        let word = (i as u64) << 1;
        if (word as i64) >> 1 == i { Some(Value(word)) } else { None }
    }
    /// An integer stored in the word itself (bools are not).
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.0 & 1 == 0
    }
    /// The integer of a word for which `is_small_int` holds.
    #[inline(always)]
    pub const fn small_int_unchecked(self) -> i64 {
        (self.0 as i64) >> 1
    }
    #[inline(always)]
    pub const fn as_small_int(self) -> Option<i64> {
        if self.is_small_int() { Some(self.small_int_unchecked()) } else { None }
    }
    #[inline(always)]
    pub const fn both_small_int(a: Value, b: Value) -> bool {
        (a.0 | b.0) & 1 == 0
    }
    /// The sum of two small integers, if it fits 63 bits: the tag is 0, so words add as the integers do.
    #[inline(always)]
    pub const fn add_small_ints(a: Value, b: Value) -> Option<Value> {
        match (a.0 as i64).checked_add(b.0 as i64) {
            Some(word) => Some(Value(word as u64)),
            None => None,
        }
    }
    /// The difference of two small integers, if it fits 63 bits.
    #[inline(always)]
    pub const fn subtract_small_ints(a: Value, b: Value) -> Option<Value> {
        match (a.0 as i64).checked_sub(b.0 as i64) {
            Some(word) => Some(Value(word as u64)),
            None => None,
        }
    }
    /// The product of two small integers, if it fits 63 bits.
    #[inline(always)]
    pub const fn multiply_small_ints(a: Value, b: Value) -> Option<Value> {
        match a.small_int_unchecked().checked_mul(b.0 as i64) {
            Some(word) => Some(Value(word as u64)),
            None => None,
        }
    }

    // Floats.

    /// A float stored in the word itself.
    #[inline(always)]
    pub const fn is_inline_float(self) -> bool {
        self.0 & 3 == 3
    }
    #[inline(always)]
    pub const fn both_inline_float(a: Value, b: Value) -> bool {
        a.0 & b.0 & 3 == 3
    }
    /// The float of a word for which `is_inline_float` holds.
    #[inline(always)]
    pub const fn inline_float_unchecked(self) -> f64 {
        f64::from_bits(self.0.rotate_right(3).wrapping_sub(FLOAT_BIAS))
    }
    /// The self-tagged word of `f`, if its exponent is in the covered range.
    #[inline(always)]
    pub const fn try_inline_float(f: f64) -> Option<Value> {
        let word = f.to_bits().wrapping_add(FLOAT_BIAS).rotate_left(3);
        if word & 3 == 3 { Some(Value(word)) } else { None }
    }

    // Pointers.

    /// A pointer to a counted heap object.
    #[inline(always)]
    pub const fn is_pointer(self) -> bool {
        self.0 & TAG_MASK == POINTER_TAG
    }
    #[inline(always)]
    pub fn from_header(p: *const Header) -> Value {
        debug_assert!(p as u64 & TAG_MASK == 0, "heap objects are 16-byte aligned");
        Value(p as u64 | POINTER_TAG)
    }
    /// The object behind a word for which `is_pointer` holds.
    #[inline(always)]
    pub fn header_unchecked(self) -> *mut Header {
        (self.0 - POINTER_TAG) as *mut Header
    }
    #[inline(always)]
    pub fn header(self) -> Option<&'static Header> {
        // SAFETY: a pointer word refers to a live object under the module's contract.
        if self.is_pointer() { Some(unsafe { &*self.header_unchecked() }) } else { None }
    }
    /// The word of a typed object.
    #[inline(always)]
    pub fn of<T: Object>(object: &T) -> Value {
        Value::from_header(object as *const T as *const Header)
    }

    /// The type of any value but NULL.
    #[inline(always)]
    pub fn ty(self) -> &'static Type {
        if self.is_pointer() {
            // SAFETY: as in `header`.
            return unsafe { (*self.header_unchecked()).ty() };
        }
        self.immediate_type()
    }

    fn immediate_type(self) -> &'static Type {
        use crate::types::registry as types;
        if self.is_small_int() {
            return &types::INT;
        }
        if self.is_inline_float() {
            return &types::FLOAT;
        }
        match self {
            Value::NONE => &types::NONE_TYPE,
            Value::FALSE | Value::TRUE => &types::BOOL,
            Value::ELLIPSIS => &types::ELLIPSIS_TYPE,
            Value::NOT_IMPLEMENTED => &types::NOT_IMPLEMENTED_TYPE,
            _ => unreachable!("NULL has no type"),
        }
    }

    /// Whether the value's type is exactly `ty`.
    #[inline(always)]
    pub fn is_exact(self, ty: &Type) -> bool {
        std::ptr::eq(self.ty(), ty)
    }
    /// Whether the value's type is `ty` or a subtype (no `__instancecheck__`).
    #[inline(always)]
    pub fn is_instance(self, ty: &Type) -> bool {
        let own = self.ty();
        std::ptr::eq(own, ty) || own.is_subtype(ty)
    }
    /// The object as `T`, if its type is `T`'s or inherits from it.
    #[inline(always)]
    pub fn cast<T: Object>(self) -> Option<&'static T> {
        if !self.is_pointer() {
            return None;
        }
        let own = self.ty();
        let wanted = T::type_object();
        if std::ptr::eq(own, wanted) || own.has_layout_of(wanted) {
            // SAFETY: types with this layout start with the fields of `T` (see `Object`).
            return Some(unsafe { &*(self.header_unchecked() as *const T) });
        }
        None
    }
    /// The object as `T`, if its type is exactly `T`'s.
    #[inline(always)]
    pub fn cast_exact<T: Object>(self) -> Option<&'static T> {
        if self.is_pointer() && std::ptr::eq(self.ty(), T::type_object()) {
            let object = self.header_unchecked() as *const T;
            // SAFETY: the type was just checked; no object lies at 0, which spares the result a check.
            return unsafe {
                std::hint::assert_unchecked(!object.is_null());
                Some(&*object)
            };
        }
        None
    }
    /// The object as `T`.
    ///
    /// # Safety
    /// The value must be known to have `T`'s layout.
    #[inline(always)]
    pub unsafe fn cast_unchecked<T: Object>(self) -> &'static T {
        debug_assert!(self.cast::<T>().is_some());
        // SAFETY: promised by the caller.
        unsafe { &*(self.header_unchecked() as *const T) }
    }

    // Counting.

    #[inline(always)]
    pub fn incref(self) {
        if self.is_pointer() {
            // SAFETY: as in `header`.
            unsafe { (*self.header_unchecked()).incref() }
        }
    }
    /// Gives up one reference; may run finalisers.
    ///
    /// # Safety
    /// The caller owned that reference and does not use the value afterwards.
    #[inline(always)]
    pub unsafe fn decref(self) {
        if self.is_pointer() {
            // SAFETY: the caller owned a reference, so the object is alive.
            unsafe {
                if (*self.header_unchecked()).decref_is_last() {
                    heap::release(self.header_unchecked());
                }
            }
        }
    }
    /// A new reference to the value.
    #[inline(always)]
    pub fn to_ref(self) -> Ref {
        self.incref();
        Ref(self)
    }
    /// `None` for NULL, else a new reference.
    #[inline(always)]
    pub fn to_option(self) -> Option<Ref> {
        if self.is_null() { None } else { Some(self.to_ref()) }
    }
    /// `is`: identity of objects, equality of bits for immediates.
    #[inline(always)]
    pub fn is(self, other: Value) -> bool {
        self.0 == other.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(i) = self.as_small_int() {
            return write!(f, "{i}");
        }
        if self.is_inline_float() {
            return write!(f, "{:?}", self.inline_float_unchecked());
        }
        if self.is_pointer() {
            return write!(f, "<{} at {:#x}>", self.ty().name(), self.0 - 1);
        }
        write!(f, "<singleton {:#x}>", self.0)
    }
}

/// An owned reference to a value.
#[repr(transparent)]
pub struct Ref(Value);

impl Ref {
    pub const NONE: Ref = Ref(Value::NONE);
    pub const NULL: Ref = Ref(Value::NULL);
    pub const NOT_IMPLEMENTED: Ref = Ref(Value::NOT_IMPLEMENTED);

    /// Takes over a reference that is already counted.
    ///
    /// # Safety
    /// The caller owns one reference to `value` and gives it up.
    #[inline(always)]
    pub unsafe fn from_owned(value: Value) -> Ref {
        Ref(value)
    }
    /// A reference to something that is not counted (integers, floats in the word, singletons).
    #[inline(always)]
    pub fn immediate(value: Value) -> Ref {
        debug_assert!(!value.is_pointer());
        Ref(value)
    }
    #[inline(always)]
    pub fn bool(b: bool) -> Ref {
        Ref(Value::bool(b))
    }
    /// Gives the reference to the caller, uncounted from here on.
    #[inline(always)]
    pub fn into_value(self) -> Value {
        let v = self.0;
        std::mem::forget(self);
        v
    }
    #[inline(always)]
    pub fn value(&self) -> Value {
        self.0
    }
}

impl Clone for Ref {
    #[inline(always)]
    fn clone(&self) -> Ref {
        self.0.to_ref()
    }
}

impl Drop for Ref {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: a `Ref` owns one reference, and this is its end.
        unsafe { self.0.decref() }
    }
}

impl std::ops::Deref for Ref {
    type Target = Value;
    #[inline(always)]
    fn deref(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<bool> for Ref {
    fn from(b: bool) -> Ref {
        Ref::bool(b)
    }
}

/// Refs viewed as the values they hold, for passing owned arguments on as a borrowed slice.
pub fn as_values(refs: &[Ref]) -> &[Value] {
    // SAFETY: `Ref` is a transparent wrapper of `Value`.
    unsafe { std::slice::from_raw_parts(refs.as_ptr() as *const Value, refs.len()) }
}
