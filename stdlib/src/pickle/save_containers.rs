//! Writing tuples, lists, dicts and sets, which may contain themselves and may change while their items are written.
//!
//! Items are written in batches, so that an unpickler's stack stays small. The forms of exact lists, dicts and sets differ
//! in trifles from those of any iterator: a last batch may be one item or none.

use super::errors::{noted, noted_key};
use super::opcode::*;
use super::save::Save;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::set::set_of;
use runtime::objects::tuple::Tuple;
use runtime::types::registry as types;
use runtime::{PyResult, Ref, Value, names, protocol};

/// Items of a batch.
const BATCH: usize = 1000;
/// In fast mode, lists, dicts and frozensets nested deeper than this are watched for cycles.
const FAST_NESTING_LIMIT: usize = 50;

impl Save<'_> {
    /// In fast mode, notes that a container is being written: without a memo, one in itself would never end.
    fn enter(&mut self, v: Value) -> PyResult<()> {
        if !self.fast {
            return Ok(());
        }
        self.nesting += 1;
        if self.nesting < FAST_NESTING_LIMIT {
            return Ok(());
        }
        if self.open.contains(&v) {
            let (name, address) = (v.ty().name(), v.bits() - 1);
            let message = format!(
                "fast mode: can't pickle cyclic objects including object type {name} at {address:#x}"
            );
            return Err(self.thread.value_error(message));
        }
        self.open.push(v);
        Ok(())
    }
    fn leave(&mut self) {
        if !self.fast {
            return;
        }
        if self.nesting >= FAST_NESTING_LIMIT {
            self.open.pop();
        }
        self.nesting -= 1;
    }

    // Tuples.

    pub(super) fn save_tuple(&mut self, v: Value) -> PyResult<()> {
        let Some(tuple) = v.cast_exact::<Tuple>() else { return Ok(()) };
        if tuple.len() == 0 {
            self.out.write(if self.bin { &[EMPTY_TUPLE] } else { &[MARK, TUPLE] });
            return Ok(());
        }
        // The tuple may be held by nothing but a container that changes while the items are written.
        let held = v.to_ref();
        let result = self.save_tuple_items(v, tuple);
        drop(held);
        result
    }

    fn save_tuple_items(&mut self, v: Value, tuple: &Tuple) -> PyResult<()> {
        let items = tuple.items();
        let opcode = match items.len() {
            _ if self.protocol < 2 => TUPLE,
            1 => TUPLE1,
            2 => TUPLE2,
            3 => TUPLE3,
            _ => TUPLE,
        };
        if opcode == TUPLE {
            self.out.byte(MARK);
        }
        for (i, item) in items.iter().enumerate() {
            if let Err(raised) = self.save(*item) {
                return Err(noted(self.thread, raised, v, &format!("item {i}")));
            }
        }
        // If an item has led back here, the tuple was written by that: what lies on the stack is thrown away.
        let Some(number) = self.number_of(v) else {
            self.out.byte(opcode);
            return self.memoize(v);
        };
        if opcode == TUPLE && self.bin {
            self.out.byte(POP_MARK);
        } else {
            let pops = items.len() + usize::from(opcode == TUPLE);
            self.out.write(&vec![POP; pops]);
        }
        self.get(number)
    }

    // Lists.

    pub(super) fn save_list(&mut self, v: Value) -> PyResult<()> {
        let Some(list) = v.cast_exact::<List>() else { return Ok(()) };
        self.enter(v)?;
        let held = v.to_ref();
        self.out.write(if self.bin { &[EMPTY_LIST] } else { &[MARK, LIST] });
        self.memoize(v)?;
        let result = match list.len() {
            0 => Ok(()),
            _ if self.bin => self.save_list_items(v, list),
            _ => protocol::iter(self.thread, v).and_then(|items| self.append_items(*items, v)),
        };
        drop(held);
        self.leave();
        result
    }

    fn save_list_items(&mut self, v: Value, list: &List) -> PyResult<()> {
        if list.len() == 1 {
            let item = list.get(0).unwrap_or(Ref::NONE);
            self.save_item(*item, v, 0)?;
            self.out.byte(APPEND);
            return Ok(());
        }
        let mut i = 0;
        loop {
            self.out.byte(MARK);
            let end = i + BATCH;
            while i < end
                && let Some(item) = list.get(i)
            {
                self.save_item(*item, v, i)?;
                i += 1;
            }
            self.out.byte(APPENDS);
            if i >= list.len() {
                return Ok(());
            }
        }
    }

    #[inline]
    fn save_item(&mut self, item: Value, container: Value, i: usize) -> PyResult<()> {
        match self.save(item) {
            Ok(()) => Ok(()),
            Err(raised) => Err(noted(self.thread, raised, container, &format!("item {i}"))),
        }
    }

    /// Appends what an iterator gives to the list-like object just written.
    pub(super) fn append_items(&mut self, items: Value, container: Value) -> PyResult<()> {
        let mut i = 0;
        if !self.bin {
            while let Some(item) = protocol::next(self.thread, items)? {
                self.save_item(*item, container, i)?;
                self.out.byte(APPEND);
                i += 1;
            }
            return Ok(());
        }
        let mut next = protocol::next(self.thread, items)?;
        while let Some(first) = next {
            next = protocol::next(self.thread, items)?;
            if next.is_none() {
                self.save_item(*first, container, i)?;
                self.out.byte(APPEND);
                return Ok(());
            }
            self.out.byte(MARK);
            self.save_item(*first, container, i)?;
            drop(first);
            i += 1;
            let mut in_batch = 1;
            while let Some(item) = next.take() {
                self.save_item(*item, container, i)?;
                i += 1;
                in_batch += 1;
                if in_batch == BATCH {
                    break;
                }
                next = protocol::next(self.thread, items)?;
            }
            self.out.byte(APPENDS);
            if in_batch < BATCH {
                return Ok(());
            }
            next = protocol::next(self.thread, items)?;
        }
        Ok(())
    }

    // Dicts.

    pub(super) fn save_dict(&mut self, v: Value) -> PyResult<()> {
        let Some(dict) = v.cast_exact::<Dict>() else { return Ok(()) };
        self.enter(v)?;
        let held = v.to_ref();
        self.out.write(if self.bin { &[EMPTY_DICT] } else { &[MARK, DICT] });
        self.memoize(v)?;
        let result = match dict.len() {
            0 => Ok(()),
            _ if self.bin => self.save_dict_items(v, dict),
            _ => self.save_dict_by_items(v),
        };
        drop(held);
        self.leave();
        result
    }

    fn save_dict_by_items(&mut self, v: Value) -> PyResult<()> {
        let items = self.thread.call_method(v, names::get().items, &[])?;
        let iterator = protocol::iter(self.thread, *items)?;
        self.set_items(*iterator, v)
    }

    fn save_dict_items(&mut self, v: Value, dict: &Dict) -> PyResult<()> {
        let size = dict.len();
        let mut place = 0;
        if size == 1 {
            while place < dict.places() && dict.entry_at(place).is_none() {
                place += 1;
            }
            if let Some(entry) = dict.entry_at(place) {
                let (key, value) = (entry.key.to_ref(), entry.value.to_ref());
                self.save_pair(*key, *value, v)?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        loop {
            self.out.byte(MARK);
            let mut in_batch = 0;
            while in_batch < BATCH && place < dict.places() {
                if let Some(entry) = dict.entry_at(place) {
                    let (key, value) = (entry.key.to_ref(), entry.value.to_ref());
                    self.save_pair(*key, *value, v)?;
                    in_batch += 1;
                }
                place += 1;
            }
            self.out.byte(SETITEMS);
            if dict.len() != size {
                return Err(self.thread.runtime_error("dictionary changed size during iteration"));
            }
            if in_batch < BATCH {
                return Ok(());
            }
        }
    }

    #[inline]
    fn save_pair(&mut self, key: Value, value: Value, container: Value) -> PyResult<()> {
        self.save(key)?;
        match self.save(value) {
            Ok(()) => Ok(()),
            Err(raised) => Err(noted_key(self.thread, raised, container, key)),
        }
    }

    /// A pair from an iterator over a dict's items.
    fn next_pair(&self, items: Value) -> PyResult<Option<Ref>> {
        let Some(pair) = protocol::next(self.thread, items)? else { return Ok(None) };
        if pair.cast::<Tuple>().is_none_or(|pair| pair.len() != 2) {
            return Err(self.thread.type_error("dict items iterator must return 2-tuples"));
        }
        Ok(Some(pair))
    }
    fn save_pair_of(&mut self, pair: Value, container: Value) -> PyResult<()> {
        match pair.cast::<Tuple>().map(|pair| pair.items()) {
            Some([key, value]) => self.save_pair(*key, *value, container),
            _ => Ok(()),
        }
    }

    /// Stores the pairs that an iterator gives in the dict-like object just written.
    pub(super) fn set_items(&mut self, items: Value, container: Value) -> PyResult<()> {
        if !self.bin {
            while let Some(pair) = self.next_pair(items)? {
                self.save_pair_of(*pair, container)?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        let mut next = self.next_pair(items)?;
        while let Some(first) = next {
            next = self.next_pair(items)?;
            if next.is_none() {
                self.save_pair_of(*first, container)?;
                self.out.byte(SETITEM);
                return Ok(());
            }
            self.out.byte(MARK);
            self.save_pair_of(*first, container)?;
            drop(first);
            let mut in_batch = 1;
            while let Some(pair) = next.take() {
                self.save_pair_of(*pair, container)?;
                in_batch += 1;
                if in_batch == BATCH {
                    break;
                }
                next = self.next_pair(items)?;
            }
            self.out.byte(SETITEMS);
            if in_batch < BATCH {
                return Ok(());
            }
            next = self.next_pair(items)?;
        }
        Ok(())
    }

    // Sets.

    /// `type(list(v))`, which is how older protocols write a set.
    fn save_set_as_call(&mut self, v: Value, class: &'static runtime::Type) -> PyResult<()> {
        let items = List::from_refs(protocol::collect(self.thread, v)?);
        let arguments = Tuple::from_refs(vec![items]);
        let reduced = Tuple::pair(Value::of(class).to_ref(), arguments);
        self.save_reduced(*reduced, v)
    }

    pub(super) fn save_set(&mut self, v: Value) -> PyResult<()> {
        if self.protocol < 4 {
            return self.save_set_as_call(v, &types::SET);
        }
        let Some(set) = set_of(v) else { return Ok(()) };
        self.out.byte(EMPTY_SET);
        self.memoize(v)?;
        let (size, mut place) = (set.len(), 0);
        if size == 0 {
            return Ok(());
        }
        let held = v.to_ref();
        loop {
            self.out.byte(MARK);
            let mut in_batch = 0;
            while in_batch < BATCH && place < set.places() {
                if let Some(member) = set.member_at(place) {
                    let key = member.key.to_ref();
                    if let Err(raised) = self.save(*key) {
                        return Err(noted(self.thread, raised, v, "element"));
                    }
                    in_batch += 1;
                }
                place += 1;
            }
            self.out.byte(ADDITEMS);
            if set.len() != size {
                return Err(self.thread.runtime_error("set changed size during iteration"));
            }
            if in_batch < BATCH {
                break;
            }
        }
        drop(held);
        Ok(())
    }

    pub(super) fn save_frozenset(&mut self, v: Value) -> PyResult<()> {
        self.enter(v)?;
        let held = v.to_ref();
        let result = match self.protocol {
            ..4 => self.save_set_as_call(v, &types::FROZENSET),
            _ => self.save_frozenset_items(v),
        };
        drop(held);
        self.leave();
        result
    }

    fn save_frozenset_items(&mut self, v: Value) -> PyResult<()> {
        self.out.byte(MARK);
        let items = protocol::iter(self.thread, v)?;
        while let Some(item) = protocol::next(self.thread, *items)? {
            if let Err(raised) = self.save(*item) {
                return Err(noted(self.thread, raised, v, "element"));
            }
        }
        match self.number_of(v) {
            // As with tuples that contain themselves.
            Some(number) => {
                self.out.byte(POP_MARK);
                self.get(number)
            }
            None => {
                self.out.byte(FROZENSET);
                self.memoize(v)
            }
        }
    }
}
