//! Plain instances: those of classes with no native struct beneath, no finaliser and attributes alone. Most objects that programs
//! make are. Their lives end on a short path here, and compiled code makes and releases them by itself (`Cells` says how).
//!
//! The short path does what `destroy` does, in the same order: the words die from the first to the last, then the cell is
//! free, then the class is uncounted.

use super::{CELL_UNIT, HEAP, MAX_RELEASE_DEPTH, MAX_SMALL, free_cell, release_deferred};
use crate::instance::{ATTRIBUTES_SIZE, Attributes, Shape};
use crate::object::{Header, flag};
use crate::types::slots::Slots;
use crate::types::{Type, TypeFlags};
use crate::value::Value;
use std::cell::Cell;

/// Words of a header.
const HEADER_WORDS: usize = size_of::<Header>() / size_of::<Value>();
/// A class with more `__slots__` members than this has no plain instances: they might not fit a small cell.
const MOST_MEMBERS: u32 = 24;

/// How the instances of a class lie behind their headers, if they are plain: so many members, then attributes if there are some.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Plain(u32);

impl Plain {
    pub const NONE: Plain = Plain(0);
    const IS_PLAIN: u32 = 1;
    pub const ATTRIBUTES: u32 = 1 << 1;
    pub const MEMBERS_SHIFT: u32 = 8;

    /// What holds for a class with its present slots.
    pub fn of(ty: &Type) -> Plain {
        let slots = ty.slots();
        let (is_class, members) = (TypeFlags::HEAP | TypeFlags::GC, ty.member_count.get());
        if !ty.flags().contains(is_class)
            || ty.native_size.get() as usize != size_of::<Header>()
            || slots.variable_size.is_some()
            || slots.finalize.is_some()
            || !std::ptr::fn_addr_eq(slots.drop, Slots::EMPTY.drop)
            || members > MOST_MEMBERS
        {
            return Plain::NONE;
        }
        let attributes = if ty.has(TypeFlags::ATTRIBUTES) { Plain::ATTRIBUTES } else { 0 };
        Plain(Plain::IS_PLAIN | attributes | members << Plain::MEMBERS_SHIFT)
    }
    #[inline(always)]
    pub fn is_plain(self) -> bool {
        self != Plain::NONE
    }
    #[inline(always)]
    pub fn has_attributes(self) -> bool {
        self.0 & Plain::ATTRIBUTES != 0
    }
    #[inline(always)]
    pub fn members(self) -> usize {
        (self.0 >> Plain::MEMBERS_SHIFT) as usize
    }
}

/// Ends an instance's life if it is a plain one that nothing watches; false if it isn't.
///
/// # Safety
/// As for `release`.
#[inline(always)]
pub(super) unsafe fn release(p: *mut Header) -> bool {
    // SAFETY: the object is whole until its words are dropped; a plain instance's words lie where its class says, values
    // in it own a count, and nobody else sees them any more.
    unsafe {
        let object = &*p;
        let ty = object.ty();
        let plain = ty.plain.get();
        let depth = HEAP.release_depth.get();
        if !plain.is_plain() || object.has_flag(flag::HAS_WEAKREFS) || depth >= MAX_RELEASE_DEPTH {
            return false;
        }
        let first = (p as *const Value).add(HEADER_WORDS);
        let mut end = first.add(plain.members());
        if plain.has_attributes() {
            let attributes = &*(end as *const Attributes);
            let shape = attributes.shape();
            if shape.is_dictionary || attributes.has_extra() {
                return false;
            }
            drop_words(first, end, depth);
            let values = (end as *const Attributes).add(1) as *const Value;
            drop_words(values, values.add(shape.count as usize), depth);
            end = values.add(shape.inline_capacity as usize);
        } else {
            drop_words(first, end, depth);
        }
        if depth == 0 {
            release_deferred();
        }
        free_cell(p, end as usize - p as usize);
        HEAP.young_count.set(HEAP.young_count.get() - 1);
        Value::of(ty).decref();
        true
    }
}

/// Drops the words of a dying object, which is released at this depth.
///
/// # Safety
/// The words are there, and own their counts.
#[inline(always)]
unsafe fn drop_words(mut at: *const Value, end: *const Value, depth: u32) {
    // SAFETY: promised by the caller.
    unsafe {
        while at < end {
            let word = *at;
            at = at.add(1);
            if word.is_pointer() && (*word.header_unchecked()).decref_is_last() {
                HEAP.release_depth.set(depth + 1);
                super::release(word.header_unchecked());
                HEAP.release_depth.set(depth);
            }
        }
    }
}

/// What compiled code needs to know to make an instance by itself.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    /// The address of the word that links the free cells of its size.
    pub free: usize,
    /// Words that are values, NULL at first: from the first, so many.
    pub members: (usize, usize),
    pub values: (usize, usize),
    /// Where the shape lies, and behind it a word that is 0.
    pub attributes: Option<usize>,
}

impl Cells {
    /// For instances of a class, with a shape of it if they have attributes.
    pub fn of(ty: &Type, shape: Option<&Shape>) -> Option<Cells> {
        let plain = ty.plain.get();
        if !plain.is_plain() || plain.has_attributes() != shape.is_some() {
            return None;
        }
        let word = size_of::<Value>();
        let members = (size_of::<Header>(), plain.members());
        let mut size = members.0 + members.1 * word;
        let (mut attributes, mut values) = (None, (size, 0));
        if let Some(shape) = shape {
            attributes = Some(size);
            values = (size + ATTRIBUTES_SIZE, shape.inline_capacity as usize);
            size = values.0 + values.1 * word;
        }
        Some(Cells { free: places::free_of(size)?, members, values, attributes })
    }
}

/// Where compiled code finds what it needs to make and release objects.
pub mod places {
    use super::*;

    /// The first word of a new object that the collector looks at: one count, and its flags.
    pub const FIRST_WORD: u64 = 1 | (flag::YOUNG as u64) << 32;

    pub const DEEPEST: u32 = MAX_RELEASE_DEPTH;
    /// The size class of cells of so many bytes is that, rounded up, over this.
    pub const UNIT: usize = CELL_UNIT;

    /// The links to the free cells of each size class.
    pub fn free() -> *const Cell<*mut Header> {
        HEAP.free.as_ptr()
    }
    /// The address of the word that links the free cells of so many bytes, if that is a size class.
    pub fn free_of(size: usize) -> Option<usize> {
        (size <= MAX_SMALL).then(|| &raw const HEAP.free[size.div_ceil(CELL_UNIT)] as usize)
    }
    pub fn release_depth() -> *const Cell<u32> {
        &raw const HEAP.release_depth
    }
    pub fn young_count() -> *const Cell<isize> {
        &raw const HEAP.young_count
    }
    pub fn collect_threshold() -> *const Cell<isize> {
        &raw const HEAP.collect_threshold
    }
}
