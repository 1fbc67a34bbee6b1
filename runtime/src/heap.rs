//! The object heap: size-class free lists in slabs, last freed first reused, and the death of objects.
//!
//! A slab is a 64 KiB aligned block of equal cells. A free cell has a null type word and its first word links to the next
//! free cell, so the collector finds all live objects by walking slabs. Bigger objects come from the system allocator
//! and are kept in a set.
//!
//! Instances that are nothing but attributes die on a path of their own (`plain`); compiled code does so too, and makes them.
//!
//! Contract: everything here runs under the GIL. `release` is called exactly once per object, when its count reaches zero.

pub mod plain;

use crate::object::{Header, Object, flag};
use crate::objects::str::Str;
use crate::seniority;
use crate::thread::Thread;
use crate::types::registry::STR;
use crate::types::{Type, TypeFlags};
use crate::value::{Ref, Value};
use rustc_hash::FxHashSet;
use std::alloc::Layout;
use std::cell::{Cell, UnsafeCell};

const CELL_UNIT: usize = 16;
/// Objects up to this size live in slabs.
const MAX_SMALL: usize = 512;
const CLASS_COUNT: usize = MAX_SMALL / CELL_UNIT + 1;
const SLAB_SIZE: usize = 64 * 1024;
/// Slabs are cut from chunks of this size.
const CHUNK_SIZE: usize = 1024 * 1024;
/// Nested releases beyond this depth are queued, so that dropping a long chain needs no deep native stack.
const MAX_RELEASE_DEPTH: u32 = 64;

/// The head of a slab.
#[repr(C, align(16))]
struct Slab {
    cell_size: usize,
    /// Cells below this offset have been handed out at least once.
    bump: Cell<usize>,
}

const FIRST_CELL: usize = size_of::<Slab>();

pub struct Heap {
    free: [Cell<*mut Header>; CLASS_COUNT],
    current: [Cell<*mut Slab>; CLASS_COUNT],
    slabs: UnsafeCell<Vec<*mut Slab>>,
    chunk: Cell<(usize, usize)>,
    large: UnsafeCell<FxHashSet<*mut Header>>,
    large_bytes: Cell<usize>,
    release_depth: Cell<u32>,
    /// A finaliser ran, or weak references died, since it was set to false.
    pub death_observed: Cell<bool>,
    deferred: UnsafeCell<Vec<*mut Header>>,
    /// Collectable objects made minus collectable objects that died, since the last collection.
    pub young_count: Cell<isize>,
    /// The collector is asked for when `young_count` exceeds this.
    pub collect_threshold: Cell<isize>,
}

// SAFETY: touched only under the GIL.
unsafe impl Sync for Heap {}

/// The one heap of the process.
pub static HEAP: Heap = Heap {
    free: [const { Cell::new(std::ptr::null_mut()) }; CLASS_COUNT],
    current: [const { Cell::new(std::ptr::null_mut()) }; CLASS_COUNT],
    slabs: UnsafeCell::new(Vec::new()),
    chunk: Cell::new((0, 0)),
    large: UnsafeCell::new(FxHashSet::with_hasher(rustc_hash::FxBuildHasher)),
    large_bytes: Cell::new(0),
    release_depth: Cell::new(0),
    death_observed: Cell::new(false),
    deferred: UnsafeCell::new(Vec::new()),
    young_count: Cell::new(0),
    collect_threshold: Cell::new(10_000),
};

/// Makes an object of `base_size` bytes of `T` plus `extra` bytes of variable part plus whatever `ty` adds behind.
#[inline]
pub fn allocate<T: Object>(
    ty: &'static Type,
    base_size: usize,
    extra: usize,
    build: impl FnOnce(Header) -> T,
) -> Ref {
    let size = ty.instance_size(base_size, extra);
    let p = allocate_cell(size);
    // SAFETY: the cell is big enough and not in use; the tail is filled before anybody sees the object.
    unsafe {
        (p as *mut T).write(build(Header::new(ty)));
        let end = base_size + extra;
        if size > end {
            ty.initialise_tail(p, end, size);
        }
    }
    adopt(p, ty);
    // SAFETY: the header starts with a count of one, which is handed out here.
    unsafe { Ref::from_owned(Value::from_header(p)) }
}

/// As `allocate`, for an object of exactly a static type that the collector does not look at.
#[inline(always)]
pub fn allocate_plain<T: Object>(size: usize, build: impl FnOnce(Header) -> T) -> Ref {
    let ty = T::type_object();
    debug_assert!(!ty.flags().intersects(TypeFlags::HEAP.union(TypeFlags::GC)));
    let p = allocate_cell(size);
    // SAFETY: the cell is big enough and not in use; the header starts with a count of one, which is handed out here.
    unsafe {
        (p as *mut T).write(build(Header::new(ty)));
        Ref::from_owned(Value::from_header(p))
    }
}

/// Counts a new object for its heap type and for the collector.
#[inline(always)]
fn adopt(p: *mut Header, ty: &'static Type) {
    let flags = ty.flags();
    if flags.contains(TypeFlags::HEAP) {
        Value::of(ty).incref();
        if ty.has_finalizer() {
            // SAFETY: `p` is the object just made.
            seniority::born(unsafe { &*p });
        }
    }
    if flags.contains(TypeFlags::GC) {
        // SAFETY: as above.
        unsafe { (*p).set_flag(flag::YOUNG) };
        count_young(1);
    }
}

/// Counts new objects for the collector, or something that it can free and that weighs as much.
#[inline(always)]
pub fn count_young(count: isize) {
    let n = HEAP.young_count.get() + count;
    HEAP.young_count.set(n);
    if n > HEAP.collect_threshold.get() {
        crate::thread::request_collection();
    }
}

/// A cell of at least `size` bytes, its content undefined.
#[inline(always)]
fn allocate_cell(size: usize) -> *mut Header {
    if size > MAX_SMALL {
        return allocate_large(size);
    }
    let class = size.div_ceil(CELL_UNIT);
    let head = HEAP.free[class].get();
    if head.is_null() {
        return allocate_fresh(class);
    }
    // SAFETY: a free cell's first word links to the next one.
    HEAP.free[class].set(unsafe { *(head as *mut *mut Header) });
    head
}

#[cold]
#[inline(never)]
fn allocate_fresh(class: usize) -> *mut Header {
    let cell_size = class * CELL_UNIT;
    let slab = HEAP.current[class].get();
    // SAFETY: slabs are never given back, and only this function moves `bump`.
    unsafe {
        if !slab.is_null() && (*slab).bump.get() + cell_size <= SLAB_SIZE {
            let at = (*slab).bump.get();
            (*slab).bump.set(at + cell_size);
            return (slab as *mut u8).add(at) as *mut Header;
        }
    }
    let slab = new_slab(cell_size);
    HEAP.current[class].set(slab);
    // SAFETY: the slab was just made.
    unsafe {
        (*slab).bump.set(FIRST_CELL + cell_size);
        (slab as *mut u8).add(FIRST_CELL) as *mut Header
    }
}

fn new_slab(cell_size: usize) -> *mut Slab {
    let (mut at, mut left) = HEAP.chunk.get();
    if left < SLAB_SIZE {
        let layout = Layout::from_size_align(CHUNK_SIZE, SLAB_SIZE).expect("constant layout");
        // SAFETY: the layout has a size.
        at = unsafe { std::alloc::alloc(layout) } as usize;
        if at == 0 {
            std::alloc::handle_alloc_error(layout);
        }
        left = CHUNK_SIZE;
    }
    HEAP.chunk.set((at + SLAB_SIZE, left - SLAB_SIZE));
    let slab = at as *mut Slab;
    // SAFETY: the memory is fresh and aligned; the slab list is touched only under the GIL.
    unsafe {
        slab.write(Slab { cell_size, bump: Cell::new(FIRST_CELL) });
        (*HEAP.slabs.get()).push(slab);
    }
    slab
}

fn large_layout(size: usize) -> Layout {
    Layout::from_size_align(size.max(CELL_UNIT), CELL_UNIT)
        .expect("object sizes are checked before allocation")
}

fn allocate_large(size: usize) -> *mut Header {
    let layout = large_layout(size + CELL_UNIT);
    // SAFETY: the layout has a size; the size is kept in the unit in front of the object.
    unsafe {
        let p = std::alloc::alloc(layout);
        if p.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        *(p as *mut usize) = size;
        let object = p.add(CELL_UNIT) as *mut Header;
        (*HEAP.large.get()).insert(object);
        HEAP.large_bytes.set(HEAP.large_bytes.get() + size);
        object
    }
}

/// Changes the size of an object that its only holder wants bigger; it may move.
///
/// # Safety
/// `p` has exactly one reference, which the caller owns and replaces by the result, and it is no key in the collector's
/// or the weak reference tables. `old_size` is the size it was allocated with.
pub unsafe fn reallocate(p: *mut Header, old_size: usize, new_size: usize) -> *mut Header {
    // SAFETY: promised by the caller.
    unsafe {
        if old_size > MAX_SMALL && new_size > MAX_SMALL {
            let raw = (p as *mut u8).sub(CELL_UNIT);
            let moved = std::alloc::realloc(raw, large_layout(old_size + CELL_UNIT), new_size + CELL_UNIT);
            if moved.is_null() {
                std::alloc::handle_alloc_error(large_layout(new_size));
            }
            *(moved as *mut usize) = new_size;
            let object = moved.add(CELL_UNIT) as *mut Header;
            let large = &mut *HEAP.large.get();
            large.remove(&p);
            large.insert(object);
            HEAP.large_bytes.set(HEAP.large_bytes.get() + new_size - old_size);
            return object;
        }
        if new_size <= MAX_SMALL && old_size.div_ceil(CELL_UNIT) == new_size.div_ceil(CELL_UNIT) {
            return p;
        }
        let object = allocate_cell(new_size);
        std::ptr::copy_nonoverlapping(p as *const u8, object as *mut u8, old_size.min(new_size));
        free_cell(p, old_size);
        object
    }
}

/// Gives a cell's memory back.
///
/// # Safety
/// Nothing refers to the cell any more, and `size` is what it was allocated with.
#[inline(always)]
unsafe fn free_cell(p: *mut Header, size: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if size > MAX_SMALL {
            return free_large(p, size);
        }
        let class = size.div_ceil(CELL_UNIT);
        (*p).set_ty(std::ptr::null());
        *(p as *mut *mut Header) = HEAP.free[class].get();
        HEAP.free[class].set(p);
    }
}

/// Gives a big object's memory back.
///
/// # Safety
/// As for `free_cell`.
#[inline(never)]
unsafe fn free_large(p: *mut Header, size: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        (*HEAP.large.get()).remove(&p);
        HEAP.large_bytes.set(HEAP.large_bytes.get() - size);
        let raw = (p as *mut u8).sub(CELL_UNIT);
        std::alloc::dealloc(raw, large_layout(size + CELL_UNIT));
    }
}

/// Ends the life of an object whose count has reached zero.
///
/// # Safety
/// Called once, by whoever uncounted the last reference.
#[inline(never)]
pub unsafe fn release(p: *mut Header) {
    // SAFETY: promised by the caller. Strings hold nothing, and none of exactly this type has a finaliser or weak references.
    unsafe {
        if std::ptr::eq((*p).ty(), &STR) {
            return free_cell(p, Str::variable_size(p));
        }
        if !plain::release(p) {
            release_any(p);
        }
    }
}

/// The same for objects of all other kinds.
///
/// # Safety
/// As for `release`.
#[inline(never)]
unsafe fn release_any(p: *mut Header) {
    let depth = HEAP.release_depth.get();
    if depth >= MAX_RELEASE_DEPTH {
        // SAFETY: under the GIL; nobody else holds the queue.
        unsafe { (*HEAP.deferred.get()).push(p) };
        return;
    }
    HEAP.release_depth.set(depth + 1);
    // SAFETY: promised by the caller.
    unsafe { destroy(p) };
    if depth == 0 {
        release_deferred();
    }
    HEAP.release_depth.set(depth);
}

/// Ends the lives that were put off: the outermost release does that in the end.
#[inline]
pub fn release_deferred() {
    // SAFETY: under the GIL.
    if unsafe { (*HEAP.deferred.get()).is_empty() } {
        return;
    }
    let depth = HEAP.release_depth.replace(1);
    // SAFETY: each queued object is released once.
    while let Some(next) = unsafe { (*HEAP.deferred.get()).pop() } {
        // SAFETY: as above.
        unsafe { destroy_deferred(next) };
    }
    HEAP.release_depth.set(depth);
}

/// `destroy` out of line.
///
/// # Safety
/// As for `release`.
#[cold]
#[inline(never)]
unsafe fn destroy_deferred(p: *mut Header) {
    // SAFETY: promised by the caller.
    unsafe { destroy(p) }
}

/// Finaliser, weak references, then the fields and the memory: CPython's order.
///
/// # Safety
/// As for `release`.
#[inline(always)]
unsafe fn destroy(p: *mut Header) {
    // SAFETY: the object is whole until its fields are dropped below.
    unsafe {
        let object = &*p;
        let ty = object.ty();
        if ty.has_finalizer() && !object.has_flag(flag::FINALIZED) {
            if !ty.flags().contains(TypeFlags::QUIET_FINALIZER) {
                HEAP.death_observed.set(true);
                seniority::died(object);
            }
            object.set_refcount(1);
            object.set_flag(flag::FINALIZED);
            ty.finalize(Thread::current(), Value::from_header(p));
            if !object.decref_is_last() {
                return;
            }
        }
        if object.has_flag(flag::HAS_WEAKREFS) {
            HEAP.death_observed.set(true);
            object.set_refcount(1);
            crate::weakref::object_died(Thread::current(), Value::from_header(p));
            if !object.decref_is_last() {
                return;
            }
        }
        // A destructor of `__slots__` or of the instance dict may have changed nothing about the type.
        let ty = object.ty();
        let size = ty.size_of(p);
        ty.drop_tail(p);
        (ty.drop_function())(p);
        let flags = ty.flags();
        free_cell(p, size);
        if flags.contains(TypeFlags::GC) {
            HEAP.young_count.set(HEAP.young_count.get() - 1);
        }
        if flags.contains(TypeFlags::HEAP) {
            Value::of(ty).decref();
        }
    }
}

/// Calls `f` with every live object of the heap.
///
/// `f` neither allocates nor releases.
pub fn for_each_object(mut f: impl FnMut(&'static Header)) {
    // SAFETY: live cells have a type word; nothing changes while `f` runs.
    unsafe {
        for &slab in (*HEAP.slabs.get()).iter() {
            let cell_size = (*slab).cell_size;
            let mut at = FIRST_CELL;
            while at < (*slab).bump.get() {
                let p = (slab as *mut u8).add(at) as *mut Header;
                if !(*p).type_pointer().is_null() {
                    f(&*p);
                }
                at += cell_size;
            }
        }
        for &p in (*HEAP.large.get()).iter() {
            f(&*p);
        }
    }
}

/// Number of live objects.
pub fn live_objects() -> usize {
    let mut n = 0;
    for_each_object(|_| n += 1);
    n
}
