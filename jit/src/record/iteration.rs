//! `for` loops. Iterators over built-in containers advance in the trace's own code, and so do those that number or join
//! others; what they give in tuples is unpacked by the next instruction without a tuple being made, if it does that.
//! Other iterators are asked by a helper (`operate`).
//!
//! A plan has all guards in front of all effects: should one of several iterators have ended, none has advanced.

use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Instruction, Op, Reference};
use crate::record::operands::Operand;
use ir::register::{Operation, flags};
use runtime::cell::Slot;
use runtime::objects::bytes::BYTES_ITERATOR;
use runtime::objects::dict::{self, Dict, DictIterator, Entry};
use runtime::objects::iterators::{Enumerate, Zip};
use runtime::objects::list::List;
use runtime::objects::list::iterator::{
    LIST_ITERATOR, LIST_REVERSE_ITERATOR, ListIterator, ListReverseIterator,
};
use runtime::objects::range::{LONG_RANGE_ITERATOR, RANGE_ITERATOR, RangeIterator};
use runtime::objects::set::SET_ITERATOR;
use runtime::objects::str::Str;
use runtime::objects::str_type::{STR_ITERATOR, StrIterator};
use runtime::objects::tuple::{TUPLE_ITERATOR, Tuple, TupleIterator};
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Helper, number_iterator};
use runtime::types::Type;
use runtime::value::{Ref, Value};

/// Whether iterators of a type give their items without running Python code.
pub fn runs_no_code(ty: &Type) -> bool {
    let known: [&Type; 15] = [
        &LIST_ITERATOR,
        &LIST_REVERSE_ITERATOR,
        &TUPLE_ITERATOR,
        &RANGE_ITERATOR,
        &LONG_RANGE_ITERATOR,
        &SET_ITERATOR,
        &STR_ITERATOR,
        &BYTES_ITERATOR,
        &dict::DICT_KEY_ITERATOR,
        &dict::DICT_VALUE_ITERATOR,
        &dict::DICT_ITEM_ITERATOR,
        &dict::DICT_REVERSE_KEY_ITERATOR,
        &dict::DICT_REVERSE_VALUE_ITERATOR,
        &dict::DICT_REVERSE_ITEM_ITERATOR,
        &runtime::objects::memoryview::MEMORY_ITERATOR,
    ];
    known.iter().any(|k| std::ptr::eq(*k, ty))
}

/// What a field holds, unless that is NULL.
fn held(slot: &Slot) -> Option<Value> {
    (!slot.is_null()).then(|| slot.peek())
}

/// What an iterator gives next.
#[derive(Clone)]
enum Item {
    Value(Reference),
    /// A tuple, not made yet.
    Tuple(Vec<Item>),
}

/// How several iterators advance: fields to be stored.
#[derive(Default)]
struct Advance {
    stores: Vec<(Reference, Field, Reference)>,
    /// The iterators, by kind, none of which may be another of these.
    iterators: Vec<(Value, Reference)>,
}

/// Steps of ranges up to this size are looked at when a loop is entered.
const MOST_KNOWN_STEP: u64 = 2;

/// Words of an entry of a dict.
const ENTRY_WORDS: i64 = (size_of::<Entry>() / 8) as i64;
const KEY_WORD: i64 = (std::mem::offset_of!(Entry, key) / 8) as i64;
const VALUE_WORD: i64 = (std::mem::offset_of!(Entry, value) / 8) as i64;

impl Recorder {
    pub fn record_iteration(&mut self, thread: &Thread, site: &Site) -> Rule {
        let iterator = self.register(site.b);
        if self.is_resumable(iterator.now, site) {
            return self.resume_generator(thread, site, iterator, None);
        }
        if self.has_ended(iterator)? {
            return Ok(());
        }
        self.note_sole(site, iterator.now);
        let mut advance = Advance::default();
        let item = self.next_item(iterator, &mut advance)?;
        for (base, field, value) in advance.stores {
            self.store_field(base, field, value);
        }
        self.unpack_next(site, item);
        Ok(())
    }

    /// Tells the optimiser of a loop's iterator that nothing else sees.
    fn note_sole(&mut self, site: &Site, iterator: Value) {
        let is_stack = site.b >= self.top().locals as usize;
        if let Some(it) = iterator.cast_exact::<RangeIterator>()
            && is_stack
            && it.header.refcount() == 1
        {
            let immediate = self.slot(site.b);
            self.trace.push(Instruction { immediate, ..Instruction::new(Op::Sole) });
        }
    }

    /// The next item of a built-in iterator.
    pub fn next_of_builtin(&mut self, iterator: Operand) -> Rule<Reference> {
        let mut advance = Advance::default();
        let item = self.next_item(iterator, &mut advance)?;
        for (base, field, value) in advance.stores {
            self.store_field(base, field, value);
        }
        Ok(self.made(item))
    }

    /// An iterator of the simple kinds that gives nothing any more: the loop ends.
    pub fn has_ended(&mut self, iterator: Operand) -> Rule<bool> {
        if let Some(it) = iterator.now.cast_exact::<RangeIterator>() {
            if it.remaining.get() > 0 {
                return Ok(false);
            }
            let address = self.guard_object(iterator)?;
            let remaining = self.load_field(address, Field::RangeIteratorRemaining);
            let zero = self.int(0);
            let some_left = self.emit(Op::LtInt, &[zero, remaining]);
            self.expect(some_left, false);
            return Ok(true);
        }
        let (held, index, held_field, index_field, length_field, length) =
            if let Some(it) = iterator.now.cast_exact::<ListIterator>() {
                let length = it.list.option().and_then(|l| l.cast::<List>().map(List::len));
                (
                    &it.list,
                    &it.index,
                    Field::ListIteratorList,
                    Field::ListIteratorIndex,
                    Field::ListLength,
                    length,
                )
            } else if let Some(it) = iterator.now.cast_exact::<TupleIterator>() {
                let length = it.tuple.option().and_then(|t| t.cast::<Tuple>().map(Tuple::len));
                (
                    &it.tuple,
                    &it.index,
                    Field::TupleIteratorTuple,
                    Field::TupleIteratorIndex,
                    Field::TupleLength,
                    length,
                )
            } else {
                return Ok(false);
            };
        if length.is_some_and(|length| index.get() < length) {
            return Ok(false);
        }
        let address = self.guard_object(iterator)?;
        let container = self.load_field(address, held_field);
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        if held.is_null() {
            self.emit(Op::GuardIs, &[container, null]);
            return Ok(true);
        }
        self.guard_bound(container);
        let inner = self.emit(Op::Address, &[container]);
        let length = self.load_field(inner, length_field);
        let index = self.load_field(address, index_field);
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, false);
        self.store_field(address, held_field, null);
        self.emit(Op::Own, &[container]);
        Ok(true)
    }

    /// The guards for an iterator's next item, and the item.
    fn next_item(&mut self, iterator: Operand, advance: &mut Advance) -> Rule<Item> {
        let now = iterator.now;
        if let Some(it) = now.cast_exact::<Enumerate>() {
            return self.next_of_enumerate(iterator, it, advance);
        }
        if let Some(it) = now.cast_exact::<Zip>() {
            return self.next_of_zip(iterator, it, advance);
        }
        for (other, reference) in std::mem::take(&mut advance.iterators) {
            if other.is(now) {
                return Err(NoRule::Step);
            }
            if std::ptr::eq(other.ty(), now.ty()) {
                let same = self.emit(Op::EqValue, &[reference, iterator.reference]);
                self.expect(same, false);
            }
            advance.iterators.push((other, reference));
        }
        advance.iterators.push((now, iterator.reference));
        if let Some(it) = now.cast_exact::<RangeIterator>() {
            if it.remaining.get() <= 0 {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            return Ok(self.next_of_range(address, it.step.get(), advance));
        }
        if let Some(it) = now.cast_exact::<ListIterator>() {
            let within = held(&it.list).and_then(|l| l.cast::<List>());
            if within.is_none_or(|list| it.index.get() >= list.len()) {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            return Ok(self.next_of_list(address, advance));
        }
        if let Some(it) = now.cast_exact::<TupleIterator>() {
            let within = held(&it.tuple).and_then(|t| t.cast::<Tuple>());
            if within.is_none_or(|tuple| it.index.get() >= tuple.len()) {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            return Ok(self.next_of_tuple(address, advance));
        }
        if let Some(it) = number_iterator(now) {
            let source_now = held(&it.source).ok_or(NoRule::Step)?;
            let address = self.guard_object(iterator)?;
            let reference = self.load_field(address, Field::NumberIteratorSource);
            self.guard_bound(reference);
            let index = self.load_field(address, Field::NumberIteratorNext);
            let source = Operand { reference, now: source_now };
            let item = self.next_number(source, index, it.next.get())?;
            self.add_one(address, index, Field::NumberIteratorNext, advance);
            return Ok(Item::Value(item));
        }
        if let Some(it) = now.cast_exact::<ListReverseIterator>() {
            let list = held(&it.list).and_then(|l| l.cast::<List>());
            if list.is_none_or(|list| it.left.get() == 0 || it.left.get() > list.len()) {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            return Ok(self.next_of_reversed_list(address, advance));
        }
        if let Some(it) = now.cast_exact::<StrIterator>() {
            let text = held(&it.text).and_then(|s| s.cast_exact::<Str>());
            if text.is_none_or(|s| it.next.get() >= s.len()) {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(iterator)?;
            return self.next_of_str(address, it.text.peek(), advance);
        }
        let kinds = [&dict::DICT_KEY_ITERATOR, &dict::DICT_VALUE_ITERATOR, &dict::DICT_ITEM_ITERATOR];
        match kinds.iter().position(|ty| now.is_exact(ty)) {
            Some(kind) => self.next_of_dict(iterator, kind, advance),
            None => Err(NoRule::Step),
        }
    }

    fn next_of_range(&mut self, address: Reference, step_now: i64, advance: &mut Advance) -> Item {
        let remaining = self.load_field(address, Field::RangeIteratorRemaining);
        let (zero, one) = (self.int(0), self.int(1));
        let some_left = self.emit(Op::LtInt, &[zero, remaining]);
        self.expect(some_left, true);
        let item = self.load_field(address, Field::RangeIteratorNext);
        let mut step = self.load_field(address, Field::RangeIteratorStep);
        if step_now.unsigned_abs() <= MOST_KNOWN_STEP {
            let known = self.int(step_now);
            let same = self.emit(Op::EqInt, &[step, known]);
            self.expect(same, true);
            step = known;
        }
        let next = self.emit(Op::AddInt, &[item, step]);
        let left = self.emit(Op::SubInt, &[remaining, one]);
        advance.stores.push((address, Field::RangeIteratorNext, next));
        advance.stores.push((address, Field::RangeIteratorRemaining, left));
        // Every item that a range gives fits the word.
        Item::Value(self.emit(Op::KnownInt, &[item]))
    }

    fn next_of_list(&mut self, address: Reference, advance: &mut Advance) -> Item {
        let list = self.load_field(address, Field::ListIteratorList);
        self.guard_bound(list);
        let list = self.emit(Op::Address, &[list]);
        let length = self.load_field(list, Field::ListLength);
        let index = self.load_field(address, Field::ListIteratorIndex);
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, true);
        let items = self.load_field(list, Field::ListItems);
        let item = self.load_item(items, index, Field::ListItem);
        self.add_one(address, index, Field::ListIteratorIndex, advance);
        Item::Value(item)
    }

    fn next_of_reversed_list(&mut self, address: Reference, advance: &mut Advance) -> Item {
        let list = self.load_field(address, Field::ListReverseIteratorList);
        self.guard_bound(list);
        let list = self.emit(Op::Address, &[list]);
        let length = self.load_field(list, Field::ListLength);
        let left = self.load_field(address, Field::ListReverseIteratorLeft);
        let one = self.int(1);
        let index = self.emit(Op::SubInt, &[left, one]);
        // None left is -1 here, which is no index either.
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, true);
        let items = self.load_field(list, Field::ListItems);
        let item = self.load_item(items, index, Field::ListItem);
        advance.stores.push((address, Field::ListReverseIteratorLeft, index));
        Item::Value(item)
    }

    fn next_of_tuple(&mut self, address: Reference, advance: &mut Advance) -> Item {
        let tuple = self.load_field(address, Field::TupleIteratorTuple);
        self.guard_bound(tuple);
        let tuple = self.emit(Op::Address, &[tuple]);
        let length = self.load_field(tuple, Field::TupleLength);
        let index = self.load_field(address, Field::TupleIteratorIndex);
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, true);
        let item = self.load_item(tuple, index, Field::TupleItem);
        self.add_one(address, index, Field::TupleIteratorIndex, advance);
        Item::Value(item)
    }

    fn next_of_str(&mut self, address: Reference, text_now: Value, advance: &mut Advance) -> Rule<Item> {
        let text = self.load_field(address, Field::StrIteratorText);
        self.guard_bound(text);
        let string = self.guard_object(Operand { reference: text, now: text_now })?;
        let length = self.load_field(string, Field::StrLength);
        let index = self.load_field(address, Field::StrIteratorNext);
        let within = self.emit(Op::LtUnsigned, &[index, length]);
        self.expect(within, true);
        let now = text_now.cast_exact::<Str>().ok_or(NoRule::Step)?;
        let item = self.character_at(now, text, string, index);
        self.add_one(address, index, Field::StrIteratorNext, advance);
        Ok(Item::Value(item))
    }

    /// `kind`: 0 for keys, 1 for values, 2 for both.
    fn next_of_dict(&mut self, iterator: Operand, kind: usize, advance: &mut Advance) -> Rule<Item> {
        // SAFETY: the types of these iterators have one layout.
        let it = unsafe { &*(iterator.now.header_unchecked() as *const DictIterator) };
        let dict_now = held(&it.dict).and_then(|d| d.cast_exact::<Dict>()).ok_or(NoRule::Step)?;
        if dict_now.len() != it.used.get() || it.left.get() == 0 {
            return Err(NoRule::Step);
        }
        let entry_now = dict_now.entry_at(it.place.get()).ok_or(NoRule::Step)?;
        debug_assert!(!entry_now.key.is_null(), "holes are no entries");
        let address = self.guard_object(iterator)?;
        let dict = self.load_field(address, Field::DictIteratorDict);
        self.guard_bound(dict);
        let dict = self.guard_object(Operand { reference: dict, now: it.dict.peek() })?;
        let used = self.load_field(address, Field::DictIteratorUsed);
        let length = self.load_field(dict, Field::DictLength);
        let unchanged = self.emit(Op::EqInt, &[used, length]);
        self.expect(unchanged, true);
        let left = self.load_field(address, Field::DictIteratorLeft);
        let (zero, one) = (self.int(0), self.int(1));
        let ended = self.emit(Op::EqInt, &[left, zero]);
        self.expect(ended, false);
        let place = self.load_field(address, Field::DictIteratorPlace);
        let places = self.load_field(dict, Field::DictPlaces);
        let within = self.emit(Op::LtUnsigned, &[place, places]);
        self.expect(within, true);
        let entries = self.load_field(dict, Field::DictEntries);
        let word = self.entry_word(place);
        let key_index = self.int(KEY_WORD);
        let key_index = self.emit(Op::AddInt, &[word, key_index]);
        let key = self.load_item(entries, key_index, Field::DictEntryWord);
        // Holes are left to the interpreter.
        self.guard_bound(key);
        let item = match kind {
            0 => Item::Value(key),
            _ => {
                let value_index = self.int(VALUE_WORD);
                let value_index = self.emit(Op::AddInt, &[word, value_index]);
                let value = self.load_item(entries, value_index, Field::DictEntryWord);
                match kind {
                    1 => Item::Value(value),
                    _ => Item::Tuple(vec![Item::Value(key), Item::Value(value)]),
                }
            }
        };
        let fewer = self.emit(Op::SubInt, &[left, one]);
        advance.stores.push((address, Field::DictIteratorLeft, fewer));
        self.add_one(address, place, Field::DictIteratorPlace, advance);
        Ok(item)
    }

    /// The index of an entry's first word.
    fn entry_word(&mut self, place: Reference) -> Reference {
        let mut word = place;
        for _ in 1..ENTRY_WORDS {
            word = self.emit(Op::AddInt, &[word, place]);
        }
        word
    }

    fn next_of_enumerate(&mut self, iterator: Operand, it: &Enumerate, advance: &mut Advance) -> Rule<Item> {
        if !it.big_index.is_null() || it.index.get() >= runtime::value::SMALL_INT_MAX {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(iterator)?;
        let inner = self.load_field(address, Field::EnumerateIterator);
        let big = self.load_field(address, Field::EnumerateBigIndex);
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        self.emit(Op::GuardIs, &[big, null]);
        let index = self.load_field(address, Field::EnumerateIndex);
        let one = self.int(1);
        let next = self.emit(Op::AddInt, &[index, one]);
        self.emit(Op::CheckInt, &[next]);
        let number = self.emit(Op::KnownInt, &[index]);
        let item = self.next_item(Operand { reference: inner, now: it.iterator.peek() }, advance)?;
        advance.stores.push((address, Field::EnumerateIndex, next));
        Ok(Item::Tuple(vec![Item::Value(number), item]))
    }

    fn next_of_zip(&mut self, iterator: Operand, it: &Zip, advance: &mut Advance) -> Rule<Item> {
        let all = held(&it.iterators).and_then(|t| t.cast_exact::<Tuple>()).ok_or(NoRule::Step)?;
        if all.len() == 0 || all.len() > 8 {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(iterator)?;
        let tuple = self.load_field(address, Field::ZipIterators);
        let tuple = self.emit(Op::Address, &[tuple]);
        let length = self.load_field(tuple, Field::TupleLength);
        let count = self.int(all.len() as i64);
        let same = self.emit(Op::EqInt, &[length, count]);
        self.expect(same, true);
        let mut items = Vec::new();
        for (place, now) in all.items().iter().enumerate() {
            let index = self.int(place as i64);
            let reference = self.load_item(tuple, index, Field::TupleItem);
            items.push(self.next_item(Operand { reference, now: *now }, advance)?);
        }
        Ok(Item::Tuple(items))
    }

    fn add_one(&mut self, address: Reference, index: Reference, field: Field, advance: &mut Advance) {
        let one = self.int(1);
        let next = self.emit(Op::AddInt, &[index, one]);
        advance.stores.push((address, field, next));
    }

    /// The item goes to register a. If the next instructions unpack it from there, they are done at once, and not recorded.
    fn unpack_next(&mut self, site: &Site, item: Item) {
        let mut waiting = vec![(site.a, item)];
        let mut next = site.next;
        while let Some((register, item)) = waiting.pop() {
            let Item::Tuple(items) = &item else {
                let value = self.made(item);
                self.set_register(register, value);
                continue;
            };
            let unpack = Site::at(self.host.pc_at(self.frame(), next), next);
            let targets = unpack.and_then(|u| unpack_targets(&u, register, items.len()));
            let (Some(unpack), Some(targets), true) = (unpack, targets, waiting.is_empty()) else {
                let value = self.made(item);
                self.set_register(register, value);
                continue;
            };
            self.done_already.push(next);
            next = unpack.next;
            // Those that are tuples themselves may be unpacked next: they come last.
            let mut targets: Vec<_> = targets.into_iter().zip(items.iter().cloned()).collect();
            targets.sort_by_key(|(_, item)| matches!(item, Item::Tuple(_)));
            let tuples = targets.iter().filter(|(_, item)| matches!(item, Item::Tuple(_))).count();
            let last = if tuples == 1 { targets.pop() } else { None };
            for (register, item) in targets {
                let value = self.made(item);
                self.set_register(register, value);
            }
            waiting.extend(last);
        }
    }

    /// An item as a value.
    fn made(&mut self, item: Item) -> Reference {
        match item {
            Item::Value(reference) => reference,
            Item::Tuple(items) => {
                let items: Vec<Reference> = items.into_iter().map(|item| self.made(item)).collect();
                self.call_helper(Helper::BuildTuple, &items)
            }
        }
    }
}

/// Where an instruction that unpacks `count` items of a register, which dies, puts them, in their order.
fn unpack_targets(site: &Site, register: usize, count: usize) -> Option<Vec<usize>> {
    if !site.has(flags::B_DIES) || site.has(flags::B_CONST) || site.b != register {
        return None;
    }
    match site.operation {
        Operation::UnpackPair if count == 2 => Some(vec![site.a, site.c]),
        Operation::UnpackSequence if site.c == count => {
            Some((0..count).map(|i| site.a + count - 1 - i).collect())
        }
        _ => None,
    }
}
