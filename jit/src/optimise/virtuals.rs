//! Virtual objects: what a trace makes and nothing but the trace sees is not made. Its fields are values of the trace.
//!
//! A virtual object is an `Op::Virtual` in slots, windows and other virtual objects. It is *forced* (made, with its fields
//! stored) where anything else takes it; its name is then replaced everywhere by that of the real object. Exits make what
//! their snapshots describe. Its fields hold their values as slots do; it owns no count, and dies at an instruction boundary
//! when nothing holds it. Virtual objects never hold each other in a circle: a store that would close one forces.
//!
//! A loop carries the virtual objects that slots hold at its head as their fields: for each field there is a made-up slot
//! (`FIELD`) while phis are made and get their second values. Where the structure that comes round differs, the object is
//! forced in front of the loop.

use super::Failure;
use super::emitter::Emitter;
use super::facts::Known;
use super::iterators::place_in_range_iterator;
use super::loops::Weakened;
use super::memory::class_of;
use super::slots::Slot;
use crate::ir::{Instruction, Op, Reference, TracebackEntry, Type, Virtual, VirtualKind};
use runtime::instance::Shape;
use runtime::objects::list::LIST;
use runtime::objects::range::RANGE_ITERATOR;
use runtime::objects::slice::SLICE;
use runtime::objects::traceback::TRACEBACK;
use runtime::objects::tuple::TUPLE;
use runtime::trace_interface::{Field, Helper};
use runtime::types::{Type as ObjectType, TypeFlags};
use runtime::value::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Set in the number of a slot that is no register: it holds a field of a virtual object at a loop's head.
pub const FIELD: u32 = 1 << 30;

/// Lists grow no longer without being made.
const MAX_ITEMS: usize = 32;

/// An object that is not made.
#[derive(Clone)]
pub struct Object {
    pub kind: VirtualKind,
    pub fields: BTreeMap<u32, Reference>,
    /// What stands for its address.
    address: Option<Reference>,
    /// For a list: what stands for the address of its items.
    items: Option<Reference>,
}

impl Object {
    /// Where a field comes among those that are dropped when the object dies: the last first in sequences and frames.
    fn dying_rank(&self, field: u32) -> i64 {
        let field = i64::from(field);
        match self.kind {
            VirtualKind::Tuple | VirtualKind::List => -field,
            VirtualKind::Traceback { .. } => {
                let (places, function) =
                    (i64::from(TracebackEntry::PLACES), i64::from(TracebackEntry::FUNCTION));
                match field % places {
                    place if place == function => field,
                    place => field - place + function - 1 - place,
                }
            }
            _ => field,
        }
    }
}

/// The virtual objects at a point of the trace.
#[derive(Clone, Default)]
pub struct Virtuals {
    objects: BTreeMap<Reference, Object>,
    /// What stands for addresses.
    addresses: BTreeMap<Reference, Reference>,
    /// Values that fields gave up in this instruction. No count of them came to the trace.
    replaced: Vec<Reference>,
    /// Values that are dropped next, in this order, with the object that held them.
    pub dying: VecDeque<Reference>,
}

impl Virtuals {
    pub fn contains(&self, reference: Reference) -> bool {
        self.objects.contains_key(&reference)
    }
    /// The object that a stand-in for an address means.
    pub fn at(&self, address: Reference) -> Option<Reference> {
        self.addresses.get(&address).copied()
    }
    pub fn get(&self, reference: Reference) -> Option<&Object> {
        self.objects.get(&reference)
    }
    pub fn get_mut(&mut self, reference: Reference) -> Option<&mut Object> {
        self.objects.get_mut(&reference)
    }
    /// Whether a value is or holds a virtual traceback.
    pub fn holds_traceback(&self, value: Reference) -> bool {
        let Some(object) = self.objects.get(&value) else { return false };
        matches!(object.kind, VirtualKind::Traceback { .. })
            || object.fields.values().any(|f| self.holds_traceback(*f))
    }
    /// How many fields hold a value.
    pub fn holders(&self, value: Reference) -> usize {
        self.objects.values().map(|o| o.fields.values().filter(|f| **f == value).count()).sum()
    }
    /// An object that holds a value in a field, and where the field comes when the object dies.
    pub fn holder(&self, value: Reference) -> Option<(Reference, i64)> {
        let find =
            |object: &Object| object.fields.iter().find(|(_, field)| **field == value).map(|(k, _)| *k);
        let (holder, object, key) =
            self.objects.iter().find_map(|(holder, object)| Some((*holder, object, find(object)?)))?;
        Some((holder, object.dying_rank(key)))
    }
    pub fn references(&self) -> impl Iterator<Item = Reference> {
        self.objects.keys().copied()
    }
    /// Whether a value is a virtual object that is or holds `wanted`.
    pub fn reaches(&self, from: Reference, wanted: Reference) -> bool {
        let Some(object) = self.objects.get(&from) else { return false };
        from == wanted || object.fields.values().any(|f| self.reaches(*f, wanted))
    }
    fn length(&self, reference: Reference) -> usize {
        self.objects.get(&reference).map_or(0, |o| o.fields.len())
    }
    /// Forgets what fields gave up: the instruction is over.
    pub fn at_boundary(&mut self) {
        self.replaced.clear();
    }
    /// Whether a field gave up the value in this instruction; that is asked once.
    pub fn take_replaced(&mut self, value: Reference) -> bool {
        let place = self.replaced.iter().position(|r| *r == value);
        place.map(|place| self.replaced.swap_remove(place)).is_some()
    }
}

/// Which values' counts a snapshot has given away, and the descriptions that it needs.
#[derive(Default)]
pub struct Taking {
    pub moved: BTreeSet<Reference>,
    pub virtuals: Vec<Virtual>,
}

/// A virtual object that a loop carries.
pub struct CarriedObject {
    pub kind: VirtualKind,
    /// The slots that hold it at the head.
    pub holders: Vec<u32>,
    /// The fields' places, and slots.
    pub fields: Vec<(u32, u32)>,
}

impl CarriedObject {
    /// The slots of fields that are raw numbers, not words.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        let all = self.kind == VirtualKind::RangeIterator;
        self.fields.iter().filter(move |_| all).map(|(_, slot)| *slot)
    }
    /// The slot of a step, which as a rule is the same in each iteration.
    pub fn step(&self) -> Option<u32> {
        let step = place_in_range_iterator(Field::RangeIteratorStep);
        self.fields
            .iter()
            .find(|(place, _)| Some(*place) == step && self.kind == VirtualKind::RangeIterator)
            .map(|f| f.1)
    }
}

impl Emitter<'_> {
    pub fn is_virtual(&self, reference: Reference) -> bool {
        self.virtuals.contains(reference)
    }

    // Birth.

    /// A call that makes or changes a virtual object, with its result.
    pub fn virtual_call(&mut self, helper: Helper, arguments: &[Reference]) -> Option<Reference> {
        if !self.passes.virtuals {
            return None;
        }
        match helper {
            Helper::NewInstance | Helper::NewShaped => {
                let kind = self.instance_kind(*arguments.first()?, arguments.get(1).copied())?;
                Some(self.new_virtual(kind, BTreeMap::new()))
            }
            Helper::BuildTuple | Helper::BuildList if !arguments.is_empty() => {
                let kind = if helper == Helper::BuildList { VirtualKind::List } else { VirtualKind::Tuple };
                Some(self.new_virtual(kind, (0..).zip(arguments.iter().copied()).collect()))
            }
            Helper::NewException => self.new_virtual_exception(arguments),
            Helper::NewBlankException => {
                let kind = self.instance_kind(*arguments.first()?, arguments.get(1).copied())?;
                Some(self.new_virtual(kind, BTreeMap::new()))
            }
            Helper::ChainTo => self.chain_virtual(*arguments.first()?, *arguments.get(1)?),
            Helper::BuildSlice => {
                Some(self.new_virtual(VirtualKind::Slice, (0..).zip(arguments.iter().copied()).collect()))
            }
            Helper::NewRangeIterator => Some(
                self.new_virtual(VirtualKind::RangeIterator, (0..).zip(arguments.iter().copied()).collect()),
            ),
            Helper::ListAppend => {
                let (list, item) = (*arguments.first()?, *arguments.get(1)?);
                let length = self.virtuals.length(list);
                if self.virtuals.reaches(item, list) || length >= MAX_ITEMS {
                    return None;
                }
                let object = self.virtuals.objects.get_mut(&list)?;
                object.fields.insert(length as u32, item);
                self.changed = true;
                Some(Reference::NONE)
            }
            _ => None,
        }
    }

    /// The kind of an instance of a class, if nothing sees it die.
    pub fn instance_kind(&mut self, class: Reference, shape: Option<Reference>) -> Option<VirtualKind> {
        let ty = self.class_of_constant(class)?;
        if ty.has_finalizer() {
            return None;
        }
        if !ty.has(TypeFlags::ATTRIBUTES) {
            return Some(VirtualKind::Instance { class, shape: Reference::NONE });
        }
        ty.attributes_offset()?;
        let root: *const Shape = ty.root_shape.get();
        let shape = match shape {
            Some(shape) => shape,
            None if root.is_null() => return None,
            None => self.out.pointer(root),
        };
        Some(VirtualKind::Instance { class, shape })
    }

    pub fn class_of_constant(&self, class: Reference) -> Option<&'static ObjectType> {
        self.constant_value(class)?.cast::<ObjectType>()
    }

    pub fn new_virtual(&mut self, kind: VirtualKind, fields: BTreeMap<u32, Reference>) -> Reference {
        let reference = self.push(Instruction::new(Op::Virtual));
        let known = self.kind_known(kind);
        self.learn(reference, |f| {
            f.known = known;
            f.bound = true;
        });
        self.virtuals.objects.insert(reference, Object { kind, fields, address: None, items: None });
        self.changed = true;
        reference
    }

    fn kind_known(&self, kind: VirtualKind) -> Known {
        match kind {
            VirtualKind::Tuple => Known::Object(&raw const TUPLE),
            VirtualKind::List => Known::Object(&raw const LIST),
            VirtualKind::Slice => Known::Object(&raw const SLICE),
            VirtualKind::RangeIterator => Known::Object(&raw const RANGE_ITERATOR),
            VirtualKind::Traceback { .. } => Known::Object(&raw const TRACEBACK),
            VirtualKind::Instance { class, .. } => {
                self.class_of_constant(class).map_or(Known::Nothing, |ty| Known::Object(ty))
            }
        }
    }

    // Life.

    /// What an operation on a virtual object comes to, if that is known; it is forced else where it is an operand.
    pub fn virtual_operation(&mut self, i: &Instruction) -> Result<Option<Reference>, Failure> {
        let (a, b) = (self.is_virtual(i.a), self.is_virtual(i.b));
        if !a && !b {
            return Ok(None);
        }
        Ok(match i.op {
            Op::Address => Some(self.address_of(i.a)),
            Op::EqValue => Some(self.out.bool(i.a == i.b)),
            // Nothing that was there before is the same object.
            Op::GuardIs => return Err(Failure::Contradiction),
            Op::GuardIsNot => Some(Reference::NONE),
            _ => None,
        })
    }

    fn address_of(&mut self, object: Reference) -> Reference {
        if let Some(address) = self.virtuals.objects.get(&object).and_then(|o| o.address) {
            return address;
        }
        let address = self.stand_in(object);
        if let Some(object) = self.virtuals.objects.get_mut(&object) {
            object.address = Some(address);
        }
        address
    }

    fn items_of(&mut self, object: Reference) -> Reference {
        if let Some(items) = self.virtuals.objects.get(&object).and_then(|o| o.items) {
            return items;
        }
        let items = self.stand_in(object);
        if let Some(object) = self.virtuals.objects.get_mut(&object) {
            object.items = Some(items);
        }
        items
    }

    fn stand_in(&mut self, object: Reference) -> Reference {
        let address = self.push(Instruction { ty: Type::Pointer, ..Instruction::new(Op::Virtual) });
        self.virtuals.addresses.insert(address, object);
        address
    }

    /// What a load from a virtual object gives, if that is known.
    pub fn virtual_load(&mut self, object: Reference, i: &Instruction) -> Option<Reference> {
        let (kind, length) = {
            let object = self.virtuals.objects.get(&object)?;
            (object.kind, object.fields.len())
        };
        if i.op == Op::LoadField && i.field() == Field::HeaderType {
            let Known::Object(ty) = self.kind_known(kind) else { return None };
            return Some(self.out.pointer(ty));
        }
        let place = match (kind, i.op) {
            (VirtualKind::Instance { .. }, Op::LoadOffset) => i.immediate,
            (VirtualKind::Instance { class, shape }, Op::LoadAddress) => {
                let head = self.class_of_constant(class)?.attributes_offset()?;
                return (i.immediate as usize == head && !shape.is_none()).then_some(shape);
            }
            (VirtualKind::Tuple, Op::LoadField) if i.field() == Field::TupleLength => {
                return Some(self.out.int(length as i64));
            }
            (VirtualKind::List, Op::LoadField) if i.field() == Field::ListLength => {
                return Some(self.out.int(length as i64));
            }
            (VirtualKind::List, Op::LoadField) if i.field() == Field::ListItems => {
                return Some(self.items_of(object));
            }
            (VirtualKind::Slice, Op::LoadField) => match i.field() {
                Field::SliceStart => 0,
                Field::SliceStop => 1,
                Field::SliceStep => 2,
                _ => return None,
            },
            (VirtualKind::RangeIterator, Op::LoadField) => place_in_range_iterator(i.field())?,
            (VirtualKind::Tuple, Op::LoadItem) if i.field() == Field::TupleItem => self.index(i, length)?,
            (VirtualKind::List, Op::LoadItem) if i.field() == Field::ListItem => self.index(i, length)?,
            _ => return None,
        };
        let field = self.virtuals.objects.get(&object)?.fields.get(&place).copied();
        Some(field.unwrap_or_else(|| self.out.value(Value::NULL)))
    }

    /// The constant index of an item that exists.
    fn index(&self, i: &Instruction, length: usize) -> Option<u32> {
        let index = self.constant_int(i.b)?;
        (0..length as i64).contains(&index).then_some(index as u32)
    }

    /// Stores to a virtual object; false if it must be made for that.
    pub fn virtual_store(&mut self, object: Reference, i: &Instruction) -> bool {
        let Some(Object { kind, fields, .. }) = self.virtuals.objects.get(&object) else { return false };
        let (place, value) = match (*kind, i.op) {
            (VirtualKind::Instance { .. }, Op::StoreOffset) => (i.immediate, i.b),
            (VirtualKind::Instance { class, shape }, Op::StoreAddress) => {
                let head = self.class_of_constant(class).and_then(|ty| ty.attributes_offset());
                if head != Some(i.immediate as usize) || shape.is_none() || !i.b.is_constant() {
                    return false;
                }
                if let Some(object) = self.virtuals.objects.get_mut(&object) {
                    object.kind = VirtualKind::Instance { class, shape: i.b };
                }
                self.changed = true;
                return true;
            }
            (VirtualKind::RangeIterator, Op::StoreField) => match place_in_range_iterator(i.field()) {
                Some(place) => (place, i.b),
                None => return false,
            },
            (VirtualKind::List, Op::StoreItem) if i.field() == Field::ListItem => {
                let Some(index) = self.index(i, fields.len()) else { return false };
                (index, i.c)
            }
            _ => return false,
        };
        // The frames of a traceback may be what makes the object.
        if self.virtuals.reaches(value, object) || self.virtuals.holds_traceback(value) {
            return false;
        }
        let Some(object) = self.virtuals.objects.get_mut(&object) else { return false };
        if let Some(old) = object.fields.insert(place, value)
            && object.kind != VirtualKind::RangeIterator
        {
            self.virtuals.replaced.push(old);
        }
        self.changed = true;
        true
    }

    // Death.

    /// Ends the life of a virtual object that nothing holds, as that of a real one would end: its fields are dropped in order.
    pub fn end_virtual(&mut self, reference: Reference) {
        self.give_up_fields(reference);
        self.changed = true;
        while let Some(value) = self.virtuals.dying.pop_front() {
            self.changed = true;
            if self.owned.remove(&value) && self.may_be_counted(value) {
                self.uncount(value);
            }
        }
    }

    /// What nothing but this object held is dying.
    fn give_up_fields(&mut self, reference: Reference) {
        let Some(object) = self.remove_virtual(reference) else { return };
        let mut fields: Vec<(i64, Reference)> =
            object.fields.iter().map(|(field, value)| (object.dying_rank(*field), *value)).collect();
        fields.sort_by_key(|(rank, _)| *rank);
        for (_, field) in fields {
            if self.holders(field) > 0 {
                continue;
            }
            if self.is_virtual(field) {
                self.give_up_fields(field);
            } else if self.owned.contains(&field) && !self.virtuals.dying.contains(&field) {
                self.virtuals.dying.push_back(field);
            }
        }
    }

    pub fn remove_virtual(&mut self, reference: Reference) -> Option<Object> {
        let object = self.virtuals.objects.remove(&reference)?;
        for stand_in in [object.address, object.items].into_iter().flatten() {
            self.virtuals.addresses.remove(&stand_in);
        }
        Some(object)
    }

    /// Makes a virtual object. Gives what stands for it from now on; other values are left as they are.
    pub fn force(&mut self, reference: Reference) -> Reference {
        while let Some(object) = self.virtuals.objects.get(&reference)
            && let Some(inner) = object.fields.values().copied().find(|f| self.is_virtual(*f))
        {
            self.force(inner);
        }
        if let Some(made) = self.force_range_iterator(reference) {
            return made;
        }
        if let Some(Object { kind: VirtualKind::Traceback { plan }, .. }) =
            self.virtuals.objects.get(&reference)
        {
            return self.force_traceback(reference, *plan);
        }
        let Some(object) = self.remove_virtual(reference) else { return reference };
        let words: Vec<(u32, Reference, Reference)> =
            object.fields.iter().map(|(place, field)| (*place, *field, self.as_value(*field))).collect();
        for (_, _, word) in &words {
            self.give_count(*word);
        }
        let made = match object.kind {
            VirtualKind::Tuple => self.make(Helper::TupleOfOwned, words.iter().map(|w| w.2)),
            VirtualKind::List => self.make(Helper::ListOfOwned, words.iter().map(|w| w.2)),
            VirtualKind::Slice => self.make(Helper::SliceOfOwned, words.iter().map(|w| w.2)),
            VirtualKind::RangeIterator | VirtualKind::Traceback { .. } => return reference,
            VirtualKind::Instance { class, shape } if self.is_exception_class(class) => {
                self.make(Helper::NewBlankException, [class, shape].into_iter())
            }
            VirtualKind::Instance { class, shape } if shape.is_none() => {
                self.make(Helper::NewInstance, [class].into_iter())
            }
            VirtualKind::Instance { class, shape } => {
                self.make(Helper::NewShaped, [class, shape].into_iter())
            }
        };
        let address = self.replace_by(made, reference, &object);
        let list_items = self.remember_list(&object, address);
        for (place, field, word) in words {
            let store = match object.kind {
                VirtualKind::Instance { .. } => {
                    Instruction { a: address, b: word, immediate: place, ..Instruction::new(Op::StoreOffset) }
                }
                VirtualKind::List => {
                    let known = (
                        class_of(Op::LoadItem, Field::ListItem as u32),
                        list_items,
                        self.out.int(place.into()),
                    );
                    self.memory.loaded(known, field);
                    continue;
                }
                VirtualKind::Tuple
                | VirtualKind::Slice
                | VirtualKind::RangeIterator
                | VirtualKind::Traceback { .. } => continue,
            };
            self.push(store);
            self.memory.loaded((class_of(Op::StoreOffset, place), address, Reference::NONE), field);
        }
        if let VirtualKind::Instance { class, shape } = object.kind
            && let Some(head) = self.class_of_constant(class).and_then(|ty| ty.attributes_offset())
        {
            self.memory.loaded((class_of(Op::LoadAddress, head as u32), address, Reference::NONE), shape);
        }
        made
    }

    /// A virtual object was made: its name, and the stand-in for its address, become those of the real one. Gives the address.
    pub fn replace_by(&mut self, made: Reference, reference: Reference, object: &Object) -> Reference {
        let known = self.kind_known(object.kind);
        self.learn(made, |f| {
            f.known = known;
            f.bound = true;
        });
        self.owned.insert(made);
        self.changed = true;
        let address = self.address(made);
        self.substitute(reference, made);
        if let Some(stand_in) = object.address {
            self.substitute(stand_in, address);
        }
        address
    }

    /// Makes the objects whose addresses are among the operands.
    pub fn force_addresses(&mut self, operands: &[Reference]) -> bool {
        let before = self.virtuals.objects.len();
        for object in operands.iter().filter_map(|o| self.virtuals.at(*o)).collect::<Vec<_>>() {
            self.force(object);
        }
        self.virtuals.objects.len() != before
    }

    pub fn make(&mut self, helper: Helper, arguments: impl Iterator<Item = Reference>) -> Reference {
        let first = self.out.arguments.len();
        self.out.arguments.extend(arguments);
        let count = self.out.arguments.len() - first;
        self.push(Instruction {
            ty: Type::Value,
            a: Reference(first as i32),
            b: Reference(count as i32),
            immediate: helper as u32,
            ..Instruction::new(Op::Call)
        })
    }

    /// Loads the address of a new list's items.
    fn remember_list(&mut self, object: &Object, address: Reference) -> Reference {
        if object.kind != VirtualKind::List {
            return Reference::NONE;
        }
        let load = Instruction {
            ty: Type::Pointer,
            a: address,
            immediate: Field::ListItems as u32,
            ..Instruction::new(Op::LoadField)
        };
        let items = self.push(load);
        let length = self.out.int(object.fields.len() as i64);
        for (field, value) in [(Field::ListItems, items), (Field::ListLength, length)] {
            self.memory.loaded((class_of(Op::LoadField, field as u32), address, Reference::NONE), value);
        }
        if let Some(stand_in) = object.items {
            self.substitute(stand_in, items);
        }
        items
    }

    /// Replaces a name wherever the state has it.
    pub fn substitute(&mut self, old: Reference, new: Reference) {
        let replace = |place: &mut Reference| {
            if *place == old {
                *place = new;
            }
        };
        self.map.iter_mut().for_each(replace);
        self.slots.values_mut().for_each(|s| replace(&mut s.value));
        self.open.iter_mut().for_each(|w| replace(&mut w.function));
        self.virtuals.objects.values_mut().for_each(|o| o.fields.values_mut().for_each(replace));
        self.virtuals.replaced.iter_mut().for_each(replace);
    }

    // Snapshots.

    /// Whether this holder gets the trace's count of a value, or the virtual object that an exit makes.
    pub fn take(&self, taking: &mut Taking, value: Reference) -> bool {
        let Some(object) = self.virtuals.objects.get(&value) else {
            return self.owned.contains(&value) && taking.moved.insert(value);
        };
        if !taking.moved.insert(value) {
            return false;
        }
        let fields =
            object.fields.iter().map(|(place, field)| (*place, *field, self.take(taking, *field))).collect();
        taking.virtuals.push(Virtual { value, kind: object.kind, fields });
        true
    }

    // Loops.

    /// At the end of the preamble: forces the objects that the loop can't carry, and gives each field of the others a slot.
    pub fn open_objects(&mut self, weakened: &mut Weakened) -> Vec<CarriedObject> {
        loop {
            self.slots.retain(|slot, _| slot & FIELD == 0);
            match self.try_open_objects(weakened) {
                Ok(carried) => return carried,
                Err(too_much) => self.force(too_much),
            };
        }
    }

    fn try_open_objects(&mut self, weakened: &mut Weakened) -> Result<Vec<CarriedObject>, Reference> {
        let mut carried: Vec<CarriedObject> = Vec::new();
        let mut seen: BTreeMap<Reference, usize> = BTreeMap::new();
        let mut work: Vec<u32> =
            self.slots.iter().filter(|(_, s)| s.dirty && self.is_virtual(s.value)).map(|(k, _)| *k).collect();
        let mut next = 0;
        while let Some(slot) = work.get(next).copied() {
            next += 1;
            let reference = self.slots[&slot].value;
            if weakened.forced.contains(&slot) {
                return Err(reference);
            }
            if let Some(index) = seen.get(&reference) {
                carried[*index].holders.push(slot);
                continue;
            }
            let Some(Object { kind, fields, .. }) = self.virtuals.objects.get(&reference).cloned() else {
                continue;
            };
            if matches!(kind, VirtualKind::Traceback { .. }) {
                return Err(reference);
            }
            let mut names = Vec::new();
            for (place, value) in fields {
                let name = weakened.field_slot(slot, place);
                self.slots.insert(name, Slot { value, dirty: true, entry: false });
                names.push((place, name));
                if self.is_virtual(value) {
                    work.push(name);
                }
            }
            seen.insert(reference, carried.len());
            carried.push(CarriedObject { kind, holders: vec![slot], fields: names });
        }
        Ok(carried)
    }

    /// At the loop's head, when the slots of fields have their phis: the objects of that.
    pub fn enter_objects(&mut self, carried: &[CarriedObject]) {
        let old: Vec<Reference> = self.virtuals.references().collect();
        for object in carried {
            let reference = self.new_virtual(object.kind, BTreeMap::new());
            for holder in &object.holders {
                self.slots.insert(*holder, Slot { value: reference, dirty: true, entry: false });
            }
        }
        for object in carried {
            let reference = self.slots[&object.holders[0]].value;
            let fields = object.fields.iter().map(|(place, slot)| (*place, self.slots[slot].value)).collect();
            if let Some(object) = self.virtuals.objects.get_mut(&reference) {
                object.fields = fields;
            }
        }
        for reference in old {
            self.remove_virtual(reference);
        }
        self.slots.retain(|slot, _| slot & FIELD == 0);
    }

    /// At the loop's end: gives the slots of fields the values that come round. False if an object has another structure
    /// than at the head; the next attempt forces it.
    pub fn close_objects(
        &mut self,
        carried: &[CarriedObject],
        phis: &BTreeSet<u32>,
        weakened: &mut Weakened,
    ) -> bool {
        self.force_for_phis(carried, phis);
        let before = weakened.forced.len();
        let mut matched = BTreeSet::new();
        for object in carried {
            let first = object.holders[0];
            let reference = self.slots.get(&first).filter(|s| s.dirty).map(|s| s.value);
            let same =
                |slot: &u32| self.slots.get(slot).is_some_and(|s| s.dirty && Some(s.value) == reference);
            let found = reference
                .filter(|r| object.holders.iter().all(same) && matched.insert(*r))
                .and_then(|r| self.virtuals.objects.get(&r))
                .filter(|o| o.kind == object.kind && o.fields.keys().eq(object.fields.iter().map(|f| &f.0)));
            let Some(found) = found.cloned() else {
                weakened.forced.insert(first);
                continue;
            };
            for ((_, slot), value) in object.fields.iter().zip(found.fields.into_values()) {
                self.slots.insert(*slot, Slot { value, dirty: true, entry: false });
            }
        }
        weakened.forced.len() == before
    }

    /// Slots and fields that were plain values or in memory at the head must be so at the end.
    fn force_for_phis(&mut self, carried: &[CarriedObject], phis: &BTreeSet<u32>) {
        let holds_object = |slot: &u32| carried.iter().any(|o| o.holders.contains(slot));
        let others: Vec<u32> = self.slots.keys().copied().filter(|slot| !holds_object(slot)).collect();
        for slot in others {
            self.force(self.slots[&slot].value);
        }
        // Parents come before what they hold.
        let mut values: BTreeMap<u32, Reference> = BTreeMap::new();
        for object in carried {
            let holder = object.holders[0];
            let reference = match values.get(&holder) {
                Some(reference) => Some(*reference),
                None => self.slots.get(&holder).map(|s| s.value),
            };
            let Some(reference) = reference else { continue };
            for (place, slot) in &object.fields {
                let field = self.virtuals.objects.get(&reference).and_then(|o| o.fields.get(place).copied());
                let Some(field) = field else { continue };
                if phis.contains(slot) {
                    self.force(field);
                } else {
                    values.insert(*slot, field);
                }
            }
        }
    }
}
