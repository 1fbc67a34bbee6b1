//! Type objects: the `Type` struct, its flags, attribute lookup through the MRO with version tags and a method cache.
//!
//! A built-in type is a `static` made from a `TypeSpec`; a class is the same struct in the heap. Both are readied by
//! `ready`: MRO, inherited slots, namespace dict with wrappers for the slots.
//!
//! Invariants: `version` is unique for a state of the type and its bases; any change of the namespace, the bases or the
//! slots of a type, but for the values of volatile names (see `volatile`), calls `modified`, which takes the versions of it
//! and all its subclasses away before the change becomes visible. A type's `layout` is the nearest static type whose struct
//! its instances start with.

pub mod binding;
pub mod build_class;
pub mod class;
pub mod constructor;
pub mod instance_check;
pub mod mro;
pub mod native;
pub mod ready;
pub mod registry;
pub mod slot_functions;
pub mod slot_table;
pub mod slot_update;
pub mod slots;
#[cfg(test)]
mod tests;
pub mod volatile;

pub use native::{Effects, GetSetDef, MethodDef, NativeFn, TypeSpec, getset, method};
pub use slots::{CompareOp, Slots};

use crate::cell::{GilCell, Slot};
use crate::heap::plain::Plain;
use crate::instance::Shape;
use crate::object::Header;
use crate::thread::Thread;
use crate::value::Value;
use std::borrow::Cow;
use std::cell::Cell;

bitflags::bitflags! {
    /// What a type is and can do. The public `__flags__` is computed from these.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct TypeFlags: u32 {
        /// Made at run time; instances count it.
        const HEAP = 1 << 0;
        /// Instances may be part of cycles: `traverse` and `clear` are filled in.
        const GC = 1 << 1;
        /// May be subclassed.
        const BASETYPE = 1 << 2;
        /// Attributes can't be set.
        const IMMUTABLE = 1 << 3;
        const READY = 1 << 4;
        /// Has abstract methods left.
        const ABSTRACT = 1 << 5;
        /// Calling the type raises TypeError.
        const NO_INSTANTIATION = 1 << 6;
        /// Matches mapping patterns.
        const MAPPING = 1 << 7;
        /// Matches sequence patterns.
        const SEQUENCE = 1 << 8;
        /// Instances are unbound methods as far as attribute lookup and calls go (LOAD_METHOD optimisation is allowed).
        const METHOD_DESCRIPTOR = 1 << 9;
        /// Instances may be weakly referenced.
        const WEAKREF = 1 << 10;
        /// Instances have an attribute table behind their fields (`__dict__`).
        const ATTRIBUTES = 1 << 11;
        /// The death of an instance shows nowhere but in memory.
        const FINALIZE_SILENT = 1 << 12;
        /// Matches a class pattern with one positional sub-pattern as itself (`case int(x)`).
        const MATCH_SELF = 1 << 13;
        const INT_SUBCLASS = 1 << 14;
        const LIST_SUBCLASS = 1 << 15;
        const TUPLE_SUBCLASS = 1 << 16;
        const BYTES_SUBCLASS = 1 << 17;
        const STR_SUBCLASS = 1 << 18;
        const DICT_SUBCLASS = 1 << 19;
        const EXCEPTION_SUBCLASS = 1 << 20;
        const TYPE_SUBCLASS = 1 << 21;
        /// A built-in type whose attributes can be set.
        const MUTABLE = 1 << 22;
        /// A built-in type whose finaliser is seldom seen to do anything, and sets `HEAP.death_observed` itself where it is.
        const QUIET_FINALIZER = 1 << 23;
        /// Flags that a subtype takes over from its base.
        const INHERITED = Self::MATCH_SELF.bits() | Self::INT_SUBCLASS.bits() | Self::LIST_SUBCLASS.bits()
            | Self::TUPLE_SUBCLASS.bits() | Self::BYTES_SUBCLASS.bits() | Self::STR_SUBCLASS.bits()
            | Self::DICT_SUBCLASS.bits() | Self::EXCEPTION_SUBCLASS.bits() | Self::TYPE_SUBCLASS.bits()
            | Self::MAPPING.bits() | Self::SEQUENCE.bits() | Self::ATTRIBUTES.bits() | Self::WEAKREF.bits()
            | Self::GC.bits();
    }
}

/// A type object.
#[repr(C, align(16))]
pub struct Type {
    header: Header,
    /// 0: none given; else unique for the present state of the type (see `modified`).
    version: Cell<u32>,
    flags: Cell<u32>,
    /// The struct that instances start with belongs to this type.
    pub layout: Cell<*const Type>,
    pub base: Cell<*const Type>,
    /// Size of the native struct of instances.
    pub native_size: Cell<u32>,
    /// `__slots__` members behind the native struct, those of the bases included.
    pub member_count: Cell<u32>,
    /// Root of the shape tree of instances, if `ATTRIBUTES` is set.
    pub root_shape: Cell<*const Shape>,
    /// How instances lie in memory that are nothing but attributes.
    pub plain: Cell<Plain>,
    pub slots: GilCell<Slots>,
    pub mro: GilCell<Vec<&'static Type>>,
    /// Tuple of the MRO as Python sees it (may be NULL until asked for).
    pub mro_tuple: Slot,
    pub bases: Slot,
    /// The namespace: a dict.
    pub dict: Slot,
    /// For heap types: `__name__`, `__qualname__`.
    pub heap_name: Slot,
    pub heap_qualname: Slot,
    /// For heap types: the module that `__module__` would name is in `dict`; this is the module object of native heap types.
    pub module: Slot,
    /// Live direct subclasses, not counted; a dying type takes itself out.
    pub subclasses: GilCell<Vec<*const Type>>,
    /// See `volatile`.
    replaced: GilCell<volatile::Replaced>,
    /// Constructor and `__init__` found at this version, for calls of the type (owned by `call`).
    pub spec: Option<&'static TypeSpec>,
}

// SAFETY: touched only under the GIL.
unsafe impl Sync for Type {}

crate::object!(Type, registry::TYPE);

impl Type {
    /// A built-in type in static memory; usable after `ready`.
    pub const fn new_static(spec: &'static TypeSpec) -> Type {
        Type {
            header: Header::new_static(&raw const registry::TYPE),
            version: Cell::new(0),
            flags: Cell::new(spec.flags.bits()),
            layout: Cell::new(std::ptr::null()),
            base: Cell::new(std::ptr::null()),
            native_size: Cell::new(spec.size as u32),
            member_count: Cell::new(0),
            root_shape: Cell::new(std::ptr::null()),
            plain: Cell::new(Plain::NONE),
            slots: GilCell::new(spec.slots),
            mro: GilCell::new(Vec::new()),
            mro_tuple: Slot::null(),
            bases: Slot::null(),
            dict: Slot::null(),
            heap_name: Slot::null(),
            heap_qualname: Slot::null(),
            module: Slot::null(),
            subclasses: GilCell::new(Vec::new()),
            replaced: GilCell::new(Vec::new()),
            spec: Some(spec),
        }
    }

    /// An empty heap type with the given header, to be filled in and readied by the class machinery.
    pub fn new_heap(header: Header) -> Type {
        Type {
            header,
            version: Cell::new(0),
            flags: Cell::new(TypeFlags::HEAP.bits()),
            layout: Cell::new(std::ptr::null()),
            base: Cell::new(std::ptr::null()),
            native_size: Cell::new(0),
            member_count: Cell::new(0),
            root_shape: Cell::new(std::ptr::null()),
            plain: Cell::new(Plain::NONE),
            slots: GilCell::new(Slots::EMPTY),
            mro: GilCell::new(Vec::new()),
            mro_tuple: Slot::null(),
            bases: Slot::null(),
            dict: Slot::null(),
            heap_name: Slot::null(),
            heap_qualname: Slot::null(),
            module: Slot::null(),
            subclasses: GilCell::new(Vec::new()),
            replaced: GilCell::new(Vec::new()),
            spec: None,
        }
    }

    #[inline(always)]
    pub fn flags(&self) -> TypeFlags {
        TypeFlags::from_bits_retain(self.flags.get())
    }
    pub fn set_flags(&self, flags: TypeFlags) {
        self.flags.set(flags.bits())
    }
    #[inline(always)]
    pub fn has(&self, flag: TypeFlags) -> bool {
        self.flags.get() & flag.bits() != 0
    }
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: slot tables change only in `ready` and class assignments, never while a reference is in use.
        unsafe { self.slots.get_unchecked() }
    }
    #[inline(always)]
    pub fn base(&self) -> Option<&'static Type> {
        // SAFETY: a type keeps its base alive.
        unsafe { self.base.get().as_ref() }
    }
    /// The method resolution order, this type first.
    #[inline(always)]
    pub fn mro(&self) -> &'static [&'static Type] {
        // SAFETY: as for `slots`; a type keeps its MRO alive.
        unsafe { &*(self.mro.get_unchecked().as_slice() as *const _) }
    }
    /// Whether `other` is in this type's MRO.
    #[inline]
    pub fn is_subtype(&self, other: &Type) -> bool {
        std::ptr::eq(self, other) || self.mro().iter().any(|t| std::ptr::eq(*t, other))
    }
    /// Whether instances start with the struct of `wanted`, a static type.
    #[inline]
    pub fn has_layout_of(&self, wanted: &Type) -> bool {
        let mut layout = self.layout.get();
        // SAFETY: layouts are static types; `base` keeps them alive.
        while let Some(l) = unsafe { layout.as_ref() } {
            if std::ptr::eq(l, wanted) {
                return true;
            }
            // SAFETY: as above.
            layout = match unsafe { l.base.get().as_ref() } {
                Some(b) => b.layout.get(),
                None => return false,
            };
        }
        false
    }

    /// The name that error messages show: `__name__`, for built-in types of modules with the module in front.
    pub fn name(&self) -> Cow<'static, str> {
        if let Some(spec) = self.spec {
            return Cow::Borrowed(spec.name);
        }
        Cow::Owned(crate::objects::str::display(self.heap_name.peek()))
    }

    /// `__name__`, without the module.
    pub fn short_name(&self) -> Cow<'static, str> {
        match self.spec {
            Some(spec) => Cow::Borrowed(spec.name.rsplit('.').next().unwrap_or(spec.name)),
            None => self.name(),
        }
    }

    // Versions and lookup.

    /// The version tag, given on demand; 0 if all numbers are used up.
    pub fn version(&self) -> u32 {
        let v = self.version.get();
        if v != 0 { v } else { lookup::assign_version(self) }
    }
    /// The version tag or 0, without giving one.
    #[inline(always)]
    pub fn version_or_zero(&self) -> u32 {
        self.version.get()
    }
    pub const VERSION_OFFSET: usize = std::mem::offset_of!(Type, version);
    pub const PLAIN_OFFSET: usize = std::mem::offset_of!(Type, plain);

    /// The attribute `name` (an interned string) from the namespaces along the MRO, borrowed.
    #[inline]
    pub fn lookup(&self, name: Value) -> Option<Value> {
        lookup::lookup(self, name)
    }
    /// Tells everybody who relies on this type or its subclasses that it is about to change.
    pub fn modified(&self) {
        lookup::modified(self)
    }

    // Instances.

    /// Whether calls of this type's instances and of the other's come to the same function.
    #[inline(always)]
    pub fn calls_like(&self, other: &Type) -> bool {
        other.slots().call.map(|f| f as usize) == self.slots().call.map(|f| f as usize)
    }
    #[inline(always)]
    pub fn has_finalizer(&self) -> bool {
        self.slots().finalize.is_some()
    }
    /// Runs the finaliser; what it raises is reported as unraisable.
    pub fn finalize(&self, thread: &Thread, object: Value) {
        if let Some(f) = self.slots().finalize {
            crate::thread::preserving_raised(thread, || f(thread, object));
        }
    }
    #[inline(always)]
    pub fn drop_function(&self) -> fn(*mut Header) {
        self.slots().drop
    }
}

pub mod lookup {
    //! The method cache and version tags.

    use super::*;
    use crate::objects::dict::Dict;

    const CACHE_SIZE: usize = 4096;

    #[derive(Clone, Copy)]
    struct Entry {
        version: u32,
        name: Value,
        /// NULL: the attribute is known to be absent.
        value: Value,
    }

    struct Cache {
        entries: GilCell<[Entry; CACHE_SIZE]>,
        next_version: Cell<u32>,
    }
    // SAFETY: touched only under the GIL.
    unsafe impl Sync for Cache {}

    static CACHE: Cache = Cache {
        entries: GilCell::new([Entry { version: 0, name: Value::NULL, value: Value::NULL }; CACHE_SIZE]),
        next_version: Cell::new(1),
    };

    #[cold]
    pub(super) fn assign_version(ty: &Type) -> u32 {
        // A version stands for the bases too, so they need one, to be told of changes through `subclasses`.
        for base in ty.mro().iter().skip(1) {
            if base.version.get() == 0 && !std::ptr::eq(*base, ty) && assign_version(base) == 0 {
                return 0;
            }
        }
        let v = CACHE.next_version.get();
        if v == u32::MAX || !ty.has(TypeFlags::READY) {
            return 0;
        }
        CACHE.next_version.set(v + 1);
        ty.version.set(v);
        v
    }

    #[inline]
    pub(super) fn lookup(ty: &Type, name: Value) -> Option<Value> {
        let version = ty.version.get();
        let index = cache_index(version, name);
        // SAFETY: plain data, no reentrance.
        let entry = unsafe { CACHE.entries.get_unchecked()[index] };
        if version != 0 && entry.version == version && entry.name == name {
            return if entry.value.is_null() { None } else { Some(entry.value) };
        }
        lookup_slow(ty, name)
    }

    #[inline(always)]
    fn cache_index(version: u32, name: Value) -> usize {
        ((version as u64) ^ (name.bits() >> 4)) as usize & (CACHE_SIZE - 1)
    }

    #[cold]
    #[inline(never)]
    fn lookup_slow(ty: &Type, name: Value) -> Option<Value> {
        let in_namespace = |t: &&'static Type| Some((*t, t.dict.peek().cast::<Dict>()?.get_interned(name)?));
        let found = ty.mro().iter().find_map(in_namespace);
        let version = ty.version();
        let lasts = !found.is_some_and(|(owner, _)| owner.is_volatile(name));
        let found = found.map(|(_, value)| value);
        if lasts && version != 0 && crate::objects::str::is_interned(name) {
            let entry = Entry { version, name, value: found.unwrap_or(Value::NULL) };
            CACHE.entries.with(|entries| entries[cache_index(version, name)] = entry);
        }
        found
    }

    pub(super) fn modified(ty: &Type) {
        if ty.version.get() == 0 {
            return;
        }
        ty.version.set(0);
        let subclasses = ty.subclasses.with(|s| s.clone());
        for s in subclasses {
            // SAFETY: a dying type takes itself out of the list first.
            modified(unsafe { &*s });
        }
    }
}
