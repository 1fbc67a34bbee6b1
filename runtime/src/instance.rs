//! Attributes of instances: hidden classes ("shapes") say which name lies in which slot; the values lie in the instance.
//!
//! Behind the native struct and the `__slots__` members of an instance stands an `Attributes` head and
//! `shape.inline_capacity` value words; further values go to an overflow vector. Shapes form a transition tree per type:
//! adding attribute `n` to shape S always leads to the same child, and deleting one to the shape that has the others in
//! the same order. What a shape can't express (very many attributes, very many ways to delete them, somebody asking for
//! `__dict__`) turns the instance to dict mode: its shape is then the root's dictionary shape and the values live in a real dict.
//!
//! Invariants: all shapes of one tree have the same `inline_capacity`; shapes live as long as the process (their number is
//! bounded by `MAX_SHAPE_SIZE` per path, by `MAX_DELETIONS` per tree and by programs' code); values beyond the shape's count
//! are NULL.

use crate::cell::GilCell;
use crate::object::Header;
use crate::objects::dict::Dict;
use crate::types::{Type, TypeFlags};
use crate::value::{Ref, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::Cell;

/// Attributes beyond this number turn an instance to dict mode.
const MAX_SHAPE_SIZE: u32 = 128;
/// Instances with more attributes than this go to dict mode when one is deleted.
const MAX_DELETION_SIZE: u32 = 32;
/// So many different deletions are followed in a tree of shapes; after that, instances go to dict mode.
const MAX_DELETIONS: u32 = 32;
/// Value words that instances of a new class start with; instances of built-in types rarely have attributes and have none.
const FIRST_INLINE_CAPACITY: u32 = 4;
/// A class's instances get at most this many value words inside.
const MAX_INLINE_CAPACITY: u32 = 24;

/// A hidden class: the names present, in order of insertion.
#[repr(C)]
pub struct Shape {
    /// Slot count of this shape = number of attributes.
    pub count: u32,
    pub inline_capacity: u32,
    pub is_dictionary: bool,
    /// Name added last.
    name: Value,
    parent: *const Shape,
    root: *const Shape,
    children: GilCell<FxHashMap<Value, &'static Shape>>,
    /// name -> slot, made at the first lookup.
    table: GilCell<Option<FxHashMap<Value, u32>>>,
    /// In roots: the shape of dict mode.
    dictionary: Cell<*const Shape>,
    /// Name -> the shape of the other names, made when attributes are deleted.
    without: GilCell<Option<Box<FxHashMap<Value, &'static Shape>>>>,
    /// In roots: so many such steps were found in the tree.
    deletions: Cell<u32>,
}

impl Shape {
    /// A fresh tree for instances with `inline_capacity` value words.
    pub fn new_root(inline_capacity: u32) -> &'static Shape {
        let make = |is_dictionary| {
            Box::leak(Box::new(Shape {
                count: 0,
                inline_capacity,
                is_dictionary,
                name: Value::NULL,
                parent: std::ptr::null(),
                root: std::ptr::null(),
                children: GilCell::new(FxHashMap::default()),
                table: GilCell::new(None),
                dictionary: Cell::new(std::ptr::null()),
                without: GilCell::new(None),
                deletions: Cell::new(0),
            }))
        };
        let root = make(false);
        root.root = root;
        root.dictionary.set(make(true));
        root
    }
    /// The shape reached by adding `name` (interned), or `None` if instances should go to dict mode instead.
    pub fn child(&'static self, name: Value) -> Option<&'static Shape> {
        if self.count >= MAX_SHAPE_SIZE || self.is_dictionary {
            return None;
        }
        if let Some(c) = self.children.with(|c| c.get(&name).copied()) {
            return Some(c);
        }
        let child: &'static Shape = Box::leak(Box::new(Shape {
            count: self.count + 1,
            inline_capacity: self.inline_capacity,
            is_dictionary: false,
            name,
            parent: self,
            root: self.root,
            children: GilCell::new(FxHashMap::default()),
            table: GilCell::new(None),
            dictionary: Cell::new(std::ptr::null()),
            without: GilCell::new(None),
            deletions: Cell::new(0),
        }));
        name.incref();
        self.children.with(|c| c.insert(name, child));
        Some(child)
    }
    /// The shape of the other names, or `None` if instances should go to dict mode instead. `name` has a slot.
    pub fn without(&'static self, name: Value) -> Option<&'static Shape> {
        if let Some(next) = self.without.with(|w| w.as_ref().and_then(|w| w.get(&name).copied())) {
            return Some(next);
        }
        // SAFETY: shapes are never freed.
        let root: &'static Shape = unsafe { self.root.as_ref()? };
        if self.count > MAX_DELETION_SIZE || root.deletions.get() >= MAX_DELETIONS {
            return None;
        }
        root.deletions.set(root.deletions.get() + 1);
        let others = self.names().into_iter().filter(|other| *other != name);
        let mut next = root;
        for other in others {
            next = next.child(other)?;
        }
        self.without.with(|w| w.get_or_insert_default().insert(name, next));
        Some(next)
    }
    /// The slot of `name` (interned).
    pub fn slot_of(&self, name: Value) -> Option<u32> {
        self.table
            .with(|table| table.get_or_insert_with(|| self.names_with_slots().collect()).get(&name).copied())
    }
    fn names_with_slots(&self) -> impl Iterator<Item = (Value, u32)> {
        let mut at: *const Shape = self;
        std::iter::from_fn(move || {
            // SAFETY: shapes are never freed.
            let shape = unsafe { at.as_ref()? };
            if shape.count == 0 {
                return None;
            }
            at = shape.parent;
            Some((shape.name, shape.count - 1))
        })
    }
    /// The names in order of insertion.
    pub fn names(&self) -> Vec<Value> {
        let mut names: Vec<Value> = self.names_with_slots().map(|(n, _)| n).collect();
        names.reverse();
        names
    }
    fn dictionary_shape(&self) -> *const Shape {
        if self.is_dictionary {
            return self;
        }
        // SAFETY: shapes are never freed.
        unsafe { (*self.root).dictionary.get() }
    }
}

/// What stands behind the fields of an instance with attributes; value words follow.
#[repr(C)]
pub struct Attributes {
    shape: Cell<*const Shape>,
    /// Dict mode: the dict (owned). Else a leaked `Box<Overflow>` of values beyond the inline ones, or null.
    extra: Cell<usize>,
}

pub const ATTRIBUTES_SIZE: usize = size_of::<Attributes>();

/// Values beyond the inline ones.
#[repr(C)]
#[derive(Default)]
struct Overflow {
    /// Where the vector's items are: compiled code reads it.
    items: Cell<usize>,
    values: Vec<Value>,
}

/// Where the address of an overflow's items lies in it.
pub const OVERFLOW_ITEMS: usize = std::mem::offset_of!(Overflow, items);

impl Attributes {
    #[inline(always)]
    pub fn shape(&self) -> &'static Shape {
        // SAFETY: set when the object was made; shapes are never freed.
        unsafe { &*self.shape.get() }
    }
    #[inline(always)]
    pub fn shape_pointer(&self) -> *const Shape {
        self.shape.get()
    }
    /// Whether there is a dict, or an overflow.
    #[inline(always)]
    pub fn has_extra(&self) -> bool {
        self.extra.get() != 0
    }
    pub const SHAPE_OFFSET: usize = std::mem::offset_of!(Attributes, shape);
    pub const EXTRA_OFFSET: usize = std::mem::offset_of!(Attributes, extra);

    #[inline(always)]
    fn inline(&self) -> *mut Value {
        // SAFETY: the value words follow the head.
        unsafe { (self as *const Attributes).add(1) as *mut Value }
    }
    /// Address of slot `index`; the slot exists.
    #[inline(always)]
    fn place(&self, index: u32) -> *mut Value {
        let capacity = self.shape().inline_capacity;
        if index < capacity {
            // SAFETY: inline slots below the capacity exist.
            return unsafe { self.inline().add(index as usize) };
        }
        self.overflow_place(index - capacity)
    }
    #[cold]
    fn overflow_place(&self, index: u32) -> *mut Value {
        if self.extra.get() == 0 {
            self.extra.set(Box::into_raw(Box::<Overflow>::default()) as usize);
        }
        // SAFETY: outside dict mode a non-null word is the leaked overflow; the GIL is held and no Python code runs.
        let overflow = unsafe { &mut *(self.extra.get() as *mut Overflow) };
        while overflow.values.len() <= index as usize {
            overflow.values.push(Value::NULL);
        }
        overflow.items.set(overflow.values.as_mut_ptr() as usize);
        &mut overflow.values[index as usize]
    }
    /// The value in a slot of the present shape, borrowed.
    #[inline(always)]
    pub fn slot(&self, index: u32) -> Value {
        debug_assert!(index < self.shape().count);
        // SAFETY: the slot exists.
        unsafe { *self.place(index) }
    }
    /// Replaces the value in a slot of the present shape.
    #[inline(always)]
    pub fn set_slot(&self, index: u32, value: Ref) {
        debug_assert!(index < self.shape().count);
        // SAFETY: the slot exists and owns its value; the old one is dropped after the store.
        drop(unsafe { Ref::from_owned(std::ptr::replace(self.place(index), value.into_value())) });
    }
    /// The slot of the present shape.
    pub fn slot_cell(&self, index: u32) -> &'static crate::cell::Slot {
        // SAFETY: the slot exists; `Slot` is a transparent value cell.
        unsafe { &*(self.place(index) as *const crate::cell::Slot) }
    }
    /// Moves to a child of the present shape, whose new slot the caller fills.
    #[inline(always)]
    pub fn set_shape(&self, child: &'static Shape) {
        debug_assert!(child.count == self.shape().count + 1);
        self.shape.set(child);
    }
    /// The dict, borrowed; the object is in dict mode.
    #[inline(always)]
    pub fn dictionary_unchecked(&self) -> Value {
        debug_assert!(self.shape().is_dictionary);
        Value::from_bits(self.extra.get() as u64)
    }
    /// Moves to `child`, a child of the present shape, with `value` in its new slot.
    #[inline(always)]
    pub fn append(&self, child: &'static Shape, value: Ref) {
        debug_assert!(child.count == self.shape().count + 1);
        let place = self.place(child.count - 1);
        self.shape.set(child);
        // SAFETY: the place was reserved above and holds NULL.
        unsafe { place.write(value.into_value()) };
    }
    /// Moves to `shorter`, the present shape without the name in `slot`, and hands out the slot's value. Those behind it move up.
    pub fn remove(&self, slot: u32, shorter: &'static Shape) -> Ref {
        let count = self.shape().count;
        debug_assert!(slot < count && shorter.count == count - 1);
        // SAFETY: slots below the count exist and own their values, which move; the last one is left empty.
        unsafe {
            let removed = *self.place(slot);
            for behind in slot + 1..count {
                *self.place(behind - 1) = *self.place(behind);
            }
            *self.place(count - 1) = Value::NULL;
            self.shape.set(shorter);
            Ref::from_owned(removed)
        }
    }
    /// The dict of dict mode, borrowed.
    pub fn dictionary(&self) -> Option<Value> {
        self.shape().is_dictionary.then(|| Value::from_bits(self.extra.get() as u64))
    }
    /// Turns to dict mode, if not there yet, and gives the dict, borrowed.
    pub fn make_dictionary(&self) -> Value {
        if let Some(d) = self.dictionary() {
            return d;
        }
        let dict = Dict::new();
        let shape = self.shape();
        let d = dict.cast::<Dict>().expect("just made");
        for (i, name) in shape.names().into_iter().enumerate() {
            let place = self.place(i as u32);
            // SAFETY: the slot exists; its reference moves to the dict.
            let value = unsafe { Ref::from_owned(std::ptr::replace(place, Value::NULL)) };
            d.insert_interned(name, *value);
        }
        self.set_dictionary(dict)
    }
    /// Replaces whatever is there by `dict`.
    pub fn set_dictionary(&self, dict: Ref) -> Value {
        let old = self.take_all();
        self.shape.set(self.shape().dictionary_shape());
        let word = dict.into_value();
        self.extra.set(word.bits() as usize);
        drop(old);
        word
    }
    /// Empties the attributes (the shape is left for the caller to set or the object to die with).
    fn take_all(&self) -> SmallVec<[Ref; 8]> {
        let mut values = SmallVec::new();
        let shape = self.shape();
        if shape.is_dictionary {
            // SAFETY: dict mode owns its dict.
            values.push(unsafe { Ref::from_owned(Value::from_bits(self.extra.replace(0) as u64)) });
            self.extra.set(Value::NULL.bits() as usize);
            return values;
        }
        for i in 0..shape.count.min(shape.inline_capacity) {
            // SAFETY: inline slots below the count exist and own their values.
            values.push(unsafe {
                Ref::from_owned(std::ptr::replace(self.inline().add(i as usize), Value::NULL))
            });
        }
        if self.extra.get() != 0 {
            // SAFETY: the word is the leaked overflow; it is taken back once.
            let overflow = unsafe { Box::from_raw(self.extra.replace(0) as *mut Overflow) };
            // SAFETY: the overflow owned its values.
            values.extend(overflow.values.into_iter().map(|x| unsafe { Ref::from_owned(x) }));
        }
        values
    }
    /// Visits each value held.
    pub fn traverse(&self, visit: &mut dyn FnMut(Value)) {
        let shape = self.shape();
        if let Some(d) = self.dictionary() {
            if !d.is_null() {
                visit(d);
            }
            return;
        }
        for i in 0..shape.count {
            visit(self.slot(i));
        }
    }
    /// Drops all attributes, for the collector. An instance without a dict is left with none.
    pub fn clear(&self) {
        if self.dictionary().is_some() {
            // The collector clears it itself, unless others hold it: functions do whose module died.
            return;
        }
        let shape = self.shape();
        let old = self.take_all();
        self.shape.set(shape.root);
        drop(old);
    }
}

impl Type {
    /// Bytes behind the native part of an instance.
    #[inline(always)]
    fn tail_size(&self, inline_capacity: u32) -> usize {
        let mut n = self.member_count.get() as usize * size_of::<Value>();
        if self.has(TypeFlags::ATTRIBUTES) {
            n += ATTRIBUTES_SIZE + inline_capacity as usize * size_of::<Value>();
        }
        n
    }
    /// Bytes of a new instance whose native part takes `base_size + extra` bytes.
    #[inline(always)]
    pub fn instance_size(&self, base_size: usize, extra: usize) -> usize {
        let native = base_size + extra;
        if self.member_count.get() == 0 && !self.has(TypeFlags::ATTRIBUTES) {
            return native;
        }
        native.next_multiple_of(8) + self.tail_size(self.inline_capacity())
    }
    #[inline(always)]
    fn inline_capacity(&self) -> u32 {
        // SAFETY: shapes are never freed.
        unsafe { self.root_shape.get().as_ref() }.map_or(0, |s| s.inline_capacity)
    }
    /// Bytes of the native part of an existing instance.
    #[inline(always)]
    fn native_size_of(&self, object: *const Header) -> usize {
        match self.slots().variable_size {
            Some(f) => f(object),
            None => self.native_size.get() as usize,
        }
    }
    /// Address of the first `__slots__` member.
    #[inline(always)]
    fn tail(&self, object: *const Header) -> *mut Value {
        // SAFETY: within the object's cell.
        unsafe { (object as *mut u8).add(self.native_size_of(object).next_multiple_of(8)) as *mut Value }
    }
    /// Fills the tail of a new instance.
    #[inline(always)]
    pub fn initialise_tail(&self, object: *mut Header, native_end: usize, _size: usize) {
        // SAFETY: the cell has room for the tail, by `instance_size`.
        unsafe {
            let tail = (object as *mut u8).add(native_end.next_multiple_of(8)) as *mut Value;
            let members = self.member_count.get() as usize;
            for i in 0..members {
                tail.add(i).write(Value::NULL);
            }
            if self.has(TypeFlags::ATTRIBUTES) {
                let attributes = tail.add(members) as *mut Attributes;
                attributes.write(Attributes { shape: Cell::new(self.root_shape.get()), extra: Cell::new(0) });
                let values = attributes.add(1) as *mut Value;
                for i in 0..self.inline_capacity() as usize {
                    values.add(i).write(Value::NULL);
                }
            }
        }
    }
    /// Drops members and attributes of a dying instance.
    #[inline(always)]
    pub fn drop_tail(&self, object: *mut Header) {
        if self.member_count.get() != 0 || self.has(TypeFlags::ATTRIBUTES) {
            self.drop_existing_tail(object);
        }
    }
    fn drop_existing_tail(&self, object: *mut Header) {
        let members = self.member_count.get() as usize;
        let tail = self.tail(object);
        for i in 0..members {
            // SAFETY: members own their values; the object is dying.
            drop(unsafe { Ref::from_owned(std::ptr::replace(tail.add(i), Value::NULL)) });
        }
        if self.has(TypeFlags::ATTRIBUTES) {
            // SAFETY: the attributes stand behind the members.
            let attributes = unsafe { &*(tail.add(members) as *const Attributes) };
            let shape = attributes.shape();
            if !shape.is_dictionary && attributes.extra.get() == 0 {
                for i in 0..shape.count as usize {
                    // SAFETY: without overflow the slots are inline and own their values; nobody else sees them.
                    drop(unsafe { Ref::from_owned(*attributes.inline().add(i)) });
                }
                return;
            }
            if shape.count > shape.inline_capacity && self.has(TypeFlags::HEAP) {
                self.learn_capacity(shape.count);
            }
            drop(attributes.take_all());
        }
    }
    /// Lets future instances hold `count` attributes inside.
    fn learn_capacity(&self, count: u32) {
        let wanted = count.min(MAX_INLINE_CAPACITY);
        if wanted > self.inline_capacity() {
            self.modified();
            self.root_shape.set(Shape::new_root(wanted));
        }
    }
    /// Gives a type its shape tree, if its instances have attributes.
    pub fn prepare_shapes(&self) {
        if self.has(TypeFlags::ATTRIBUTES) {
            let inherited = self.base().map_or(0, |b| b.inline_capacity());
            let first = if self.has(TypeFlags::HEAP) { FIRST_INLINE_CAPACITY } else { 0 };
            self.root_shape.set(Shape::new_root(inherited.max(first)));
        }
    }
    /// Makes room for so many attributes, which the methods of the class and its bases assign, before there are instances.
    pub fn expect_attributes(&self, count: usize) {
        if self.has(TypeFlags::ATTRIBUTES) {
            let wanted = (count as u32).min(MAX_INLINE_CAPACITY);
            if wanted > self.inline_capacity() {
                self.root_shape.set(Shape::new_root(wanted));
            }
        }
    }
    /// Size of an existing instance's cell.
    #[inline(always)]
    pub fn size_of(&self, object: *const Header) -> usize {
        let native = self.native_size_of(object);
        if self.member_count.get() == 0 && !self.has(TypeFlags::ATTRIBUTES) {
            return native;
        }
        let capacity = self.attributes_of(object).map_or(0, |a| a.shape().inline_capacity);
        native.next_multiple_of(8) + self.tail_size(capacity)
    }
    /// The attributes of an instance of this very type.
    #[inline(always)]
    pub fn attributes_of(&self, object: *const Header) -> Option<&'static Attributes> {
        if !self.has(TypeFlags::ATTRIBUTES) {
            return None;
        }
        // SAFETY: types with the flag have attributes behind the members.
        Some(unsafe { &*(self.tail(object).add(self.member_count.get() as usize) as *const Attributes) })
    }
    /// Offset of a `__slots__` member, as `member_slot` counts them, for instances of fixed native size.
    pub fn member_offset(&self, index: u32) -> Option<usize> {
        if self.slots().variable_size.is_some() {
            return None;
        }
        Some((self.native_size.get() as usize).next_multiple_of(8) + index as usize * 8)
    }
    /// Offset of the `Attributes` head, for instances of fixed native size.
    pub fn attributes_offset(&self) -> Option<usize> {
        if !self.has(TypeFlags::ATTRIBUTES) {
            return None;
        }
        self.member_offset(self.member_count.get())
    }
}

/// The attributes of an object, if its type gives it some.
#[inline(always)]
pub fn attributes(object: Value) -> Option<&'static Attributes> {
    if !object.is_pointer() {
        return None;
    }
    object.ty().attributes_of(object.header_unchecked())
}

/// A `__slots__` member of an object; `index` counts from the first member of the least derived class.
#[inline(always)]
pub fn member_slot(object: Value, index: u32) -> &'static crate::cell::Slot {
    let p = object.header_unchecked();
    // SAFETY: member descriptors check the object's class; the member exists there. `Slot` is a transparent value cell.
    unsafe { &*(object.ty().tail(p).add(index as usize) as *const crate::cell::Slot) }
}
