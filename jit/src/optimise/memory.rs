//! What is known of objects' memory: the values last loaded or stored, by alias class and base.
//!
//! A store to a place forgets what is known of other bases of its alias class. Something that may run Python code
//! forgets everything but constant fields.

use crate::ir::{Op, Reference};
use runtime::trace_interface::Field;
use std::collections::{BTreeMap, BTreeSet};

/// The alias class of a memory access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Class {
    /// A field, or an array, by its number.
    Field(u32),
    /// A word at a byte offset.
    Offset(u32),
    /// An address at a byte offset.
    AddressOffset(u32),
}

/// A place in memory: base, index (NONE but for arrays), alias class.
pub type Place = (Class, Reference, Reference);

/// What is known of memory at a point of the trace.
#[derive(Clone, Default, Debug)]
pub struct Memory {
    values: BTreeMap<Place, Known>,
    /// Places in arrays whose items were looked for.
    looked_for: BTreeSet<Place>,
    /// What was written so far.
    pub written: Written,
}

/// What may have been written.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Written {
    /// Alias classes stored to.
    pub classes: BTreeSet<Class>,
    /// Anything.
    pub clobbered: bool,
    /// Insides of built-in containers.
    pub touched: bool,
}

impl Written {
    pub fn add(&mut self, other: &Written) {
        self.classes.extend(&other.classes);
        self.clobbered |= other.clobbered;
        self.touched |= other.touched;
    }
    pub fn size(&self) -> usize {
        self.classes.len() + usize::from(self.clobbered) + usize::from(self.touched)
    }
    /// All of `other` is in this.
    pub fn includes(&self, other: &Written) -> bool {
        let mut both = self.clone();
        both.add(other);
        both == *self
    }
}

#[derive(Clone, Copy, Debug)]
struct Known {
    value: Reference,
    /// It got there by a store of this trace.
    by_store: bool,
}

/// The alias class of an instruction's access.
pub fn class_of(op: Op, immediate: u32) -> Class {
    match op {
        Op::LoadOffset | Op::StoreOffset => Class::Offset(immediate),
        Op::LoadAddress | Op::StoreAddress => Class::AddressOffset(immediate),
        _ => Class::Field(immediate),
    }
}

/// Whether a class is of namespaces, types, functions, cells, attributes: none of them is a container's inside.
fn stays_when_containers_change(class: Class) -> bool {
    let Class::Field(number) = class else { return true };
    use Field::*;
    matches!(
        Field::from_number(number),
        HeaderType
            | TypeVersion
            | FunctionCode
            | FunctionVersion
            | CellContent
            | DictKeysVersion
            | DictEntries
            | DictEntryWord
    )
}

impl Memory {
    /// The value at a place, if it is known.
    pub fn get(&self, place: Place) -> Option<Reference> {
        self.values.get(&place).map(|k| k.value)
    }
    /// A load found this.
    pub fn loaded(&mut self, place: Place, value: Reference) {
        self.values.insert(place, Known { value, by_store: false });
    }
    /// An item was looked for.
    pub fn looks_for(&mut self, place: Place) {
        self.looked_for.insert(place);
    }
    pub fn looked_for(&self) -> impl Iterator<Item = &Place> {
        self.looked_for.iter()
    }
    /// What is known of arrays' items.
    pub fn items(&self) -> Vec<(Place, Reference)> {
        let items = self.values.iter().filter(|(place, _)| !place.2.is_none());
        items.map(|(place, known)| (*place, known.value)).collect()
    }
    /// A store: other places of the class may have changed, unless both are in one base and their indices differ for sure.
    pub fn stored(&mut self, place: Place, value: Reference, apart: impl Fn(Reference) -> bool) {
        let (class, base, index) = place;
        let distinct = |other: &Place| {
            let constant = index.is_constant() && other.2.is_constant() && other.2 != index;
            other.1 == base && (constant || !index.is_none() && apart(other.2))
        };
        self.values.retain(|other, _| other.0 != class || distinct(other));
        self.values.insert(place, Known { value, by_store: true });
        self.written.classes.insert(class);
    }
    /// Something wrote to the class at places unknown.
    pub fn class_changed(&mut self, class: Class) {
        self.values.retain(|other, _| other.0 != class);
        self.written.classes.insert(class);
    }
    /// Forgets what an object holds that nothing looks at any more.
    pub fn forget_object(&mut self, address: Reference) {
        self.values.retain(|place, _| place.1 != address);
    }
    /// Anything may have changed.
    pub fn clobber(&mut self) {
        self.values.clear();
        self.written.clobbered = true;
    }
    /// The insides of built-in containers may have changed.
    pub fn touch(&mut self) {
        self.values.retain(|place, _| stays_when_containers_change(place.0));
        self.written.touched = true;
    }
    /// Keeps what stays true in every iteration of a loop whose body this was, and whose sides write `others` too; hands out
    /// what the body's stores left, which each iteration changes.
    pub fn at_loop_head(&mut self, others: &Written) -> Vec<(Place, Reference)> {
        let mut written = std::mem::take(&mut self.written);
        written.add(others);
        if written.clobbered {
            self.values.clear();
        }
        if written.touched {
            self.values.retain(|place, _| stays_when_containers_change(place.0));
        }
        let left = self.values.iter().filter(|(_, k)| k.by_store).map(|(p, k)| (*p, k.value)).collect();
        self.values.retain(|place, known| !known.by_store && !written.classes.contains(&place.0));
        left
    }
    /// At the loop's head a place holds this.
    pub fn carry(&mut self, place: Place, value: Reference) {
        self.values.insert(place, Known { value, by_store: true });
    }
}
