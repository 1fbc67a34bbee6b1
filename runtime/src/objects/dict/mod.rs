//! `dict`. This file: the layout and the operations that all code uses. Entries stand in order of insertion; an index
//! table, probed as CPython does, leads to them (see `table`).
//!
//! `keys_version` changes whenever an entry is added, removed or moved (not when a value is replaced), so that a cache may
//! remember `(version, entry index)`.
//!
//! Lookups may run `__eq__`, which may change this very dict: after each such call the search starts again if the table
//! was touched.

mod iterators;
mod methods;
mod table;
pub mod update;
mod views;

pub use iterators::*;
pub use methods::DICT;
pub use table::Entry;
pub use views::{DICT_ITEMS, DICT_KEYS, DICT_VALUES, DictView, new_view, viewed};

use table::{Place, Probe, Table};

use crate::cell::GilCell;
use crate::error::{PyResult, Raised};
use crate::object::{Header, new_exact};
use crate::objects::exceptions as exc;
use crate::objects::plain;
use crate::objects::str::{self, Str};
use crate::thread::Thread;
use crate::trace_interface::vec_layout;
use crate::types::CompareOp;
use crate::types::registry::STR;
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A dict object.
#[repr(C)]
pub struct Dict {
    pub header: Header,
    /// See the module's head; never 0.
    keys_version: Cell<u32>,
    table: GilCell<Table>,
}

crate::object!(Dict, DICT);

/// Gives every state of every dict's key set a number of its own.
static NEXT_VERSION: GilCell<u32> = GilCell::new(1);

fn next_version() -> u32 {
    NEXT_VERSION.with(|v| {
        *v = v.wrapping_add(1).max(1);
        *v
    })
}

/// The hash of a key, strings without a call.
#[inline(always)]
pub fn hash_key(thread: &Thread, key: Value) -> PyResult<i64> {
    if key.is_exact(&STR) {
        // SAFETY: exactly a string.
        return Ok(unsafe { key.cast_unchecked::<Str>() }.hash());
    }
    if let Some(i) = key.as_small_int() {
        return Ok(crate::hash::hash_i64(i));
    }
    crate::protocol::hash(thread, key).map_err(|raised| unhashable(thread, key, raised, "a dict key"))
}

/// A TypeError from hashing says what the object was meant to be.
#[cold]
pub fn unhashable(thread: &Thread, key: Value, raised: Raised, purpose: &str) -> Raised {
    if !thread.peek_raised().is_exact(&exc::TYPE_ERROR) {
        return raised;
    }
    let cause = thread.take_raised();
    let Ok(text) = crate::protocol::str(thread, *cause) else { return thread.raised() };
    let message = format!("cannot use '{}' as {purpose} ({})", key.ty().name(), str::display(*text));
    thread.type_error(message)
}

impl Dict {
    /// Where the number of items lies, for compiled code.
    pub const LENGTH_OFFSET: usize = std::mem::offset_of!(Dict, table) + Table::USED_OFFSET;
    /// Where the address of the entries lies, for compiled code.
    pub fn entries_pointer_offset() -> usize {
        std::mem::offset_of!(Dict, table) + Table::ENTRIES_OFFSET + vec_layout::<Entry>().pointer
    }
    /// Where the number of entry places lies, for compiled code.
    pub fn places_offset() -> usize {
        std::mem::offset_of!(Dict, table) + Table::ENTRIES_OFFSET + vec_layout::<Entry>().length
    }
    /// An empty dict.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Ref {
        new_exact(Dict::with_header)
    }
    pub fn with_header(header: Header) -> Dict {
        Dict { header, keys_version: Cell::new(next_version()), table: GilCell::new(Table::new()) }
    }
    #[inline(always)]
    fn table(&self) -> &Table {
        // SAFETY: borrowed under the GIL, not held across anything that changes the dict.
        unsafe { self.table.get_unchecked() }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.table().used
    }
    /// Number of entry places, holes included: the bound for `entry_at`.
    pub fn places(&self) -> usize {
        self.table().entries.len()
    }
    /// The entry at a place, borrowed; `None` for holes and beyond the end.
    #[inline(always)]
    pub fn entry_at(&self, place: usize) -> Option<Entry> {
        self.table().entries.get(place).copied().filter(|e| !e.key.is_null())
    }
    /// The place of the first entry; `None` if there is none.
    pub fn first_place(&self) -> Option<usize> {
        Some(self.table.with(|t| t.first())).filter(|place| *place < self.places())
    }
    /// The place of the last entry; `None` if there is none.
    pub fn last_place(&self) -> Option<usize> {
        self.table().entries.iter().rposition(|e| !e.key.is_null())
    }
    /// Whether all keys are exact strings.
    pub fn has_only_str_keys(&self) -> bool {
        self.table().entries.iter().all(|e| e.key.is_null() || e.key.is_exact(&STR))
    }
    /// Keys and values in order, as new references (a snapshot).
    pub fn items(&self) -> Vec<(Ref, Ref)> {
        let entries = self.table().entries.iter();
        entries.filter(|e| !e.key.is_null()).map(|e| (e.key.to_ref(), e.value.to_ref())).collect()
    }
    #[inline(always)]
    pub fn keys_version(&self) -> u32 {
        self.keys_version.get()
    }
    pub const KEYS_VERSION_OFFSET: usize = std::mem::offset_of!(Dict, keys_version);
    /// The value at a place that `index_of_interned` gave at the present `keys_version`, borrowed.
    ///
    /// # Safety
    /// `keys_version` has not changed since.
    #[inline(always)]
    pub unsafe fn value_at_unchecked(&self, place: usize) -> Value {
        // SAFETY: promised by the caller.
        unsafe { self.table().entries.get_unchecked(place) }.value
    }
    /// The value at a place, borrowed, if its key is that very object.
    #[inline(always)]
    pub fn value_if_key(&self, place: usize, key: Value) -> Option<Value> {
        let entry = self.table().entries.get(place)?;
        (entry.key == key).then_some(entry.value)
    }
    /// Replaces the value at a place, whose key is that very object; gives `value` back if it isn't.
    #[inline(always)]
    pub fn replace_if_key(&self, place: usize, key: Value, value: Ref) -> Result<Ref, Ref> {
        if self.value_if_key(place, key).is_none() {
            return Err(value);
        }
        let new = value.into_value();
        let old = self.table.with(|t| std::mem::replace(&mut t.entries[place].value, new));
        // SAFETY: the dict owned the old value.
        Ok(unsafe { Ref::from_owned(old) })
    }
    /// Replaces the value at a place and hands out the old one; `None`, with nothing done, if the place is empty.
    pub fn replace_at(&self, place: usize, value: Ref) -> Option<Ref> {
        self.entry_at(place)?;
        let new = value.into_value();
        let old = self.table.with(|t| std::mem::replace(&mut t.entries[place].value, new));
        // SAFETY: the dict owned the old value.
        Some(unsafe { Ref::from_owned(old) })
    }
    #[inline(always)]
    fn keys_changed(&self) {
        self.keys_version.set(next_version());
    }

    // By any key.

    /// The place of `key`.
    pub fn find(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
        match self.find_plain(key, hash) {
            Some(found) => Ok(found),
            None => self.find_comparing(thread, key, hash),
        }
    }

    /// The place of `key`, if it can be told without running Python code.
    #[inline]
    fn find_plain(&self, key: Value, hash: i64) -> Option<Option<usize>> {
        if key.is_exact(&STR) {
            // SAFETY: exactly a string.
            let s = unsafe { key.cast_unchecked::<Str>() };
            let mut other_type = false;
            let found = self.table().find(hash, |e| {
                e.key == key
                    || match e.key.cast_exact::<Str>() {
                        Some(k) => k.same(s),
                        None => {
                            other_type = true;
                            false
                        }
                    }
            });
            if found.is_some() || !other_type {
                return Some(found);
            }
        }
        if key.is_small_int() {
            let mut other_type = false;
            let found = self.table().find(hash, |e| {
                other_type |= e.key != key && !(e.key.is_small_int() || e.key.is_exact(&STR));
                e.key == key
            });
            if found.is_some() || !other_type {
                return Some(found);
            }
        }
        self.find_quietly(key, hash)
    }
    /// The same for any key; out of line, for the others are in a hurry.
    #[inline(never)]
    fn find_quietly(&self, key: Value, hash: i64) -> Option<Option<usize>> {
        let mut unsure = false;
        let found = self.table().find(hash, |e| {
            let equal = plain::equal(e.key, key);
            unsure |= equal.is_none();
            equal == Some(true)
        });
        (!unsure).then_some(found)
    }
    /// The value of a string or small int, borrowed, or that there is none; `None` if telling would run Python code.
    #[inline]
    pub fn lookup_plain(&self, key: Value) -> Option<Option<Value>> {
        let place = self.find_plain(key, plain::hash(key)?)?;
        Some(place.map(|place| self.table().entries[place].value))
    }
    /// The value of a string or small int, borrowed; `None` if it is absent or telling would run Python code.
    #[inline]
    pub fn get_plain(&self, key: Value) -> Option<Value> {
        let place = self.find_plain(key, plain::hash(key)?)??;
        Some(self.table().entries[place].value)
    }
    /// Whether a string or small int is a key; `None` if telling would run Python code.
    #[inline]
    pub fn contains_plain(&self, key: Value) -> Option<bool> {
        Some(self.find_plain(key, plain::hash(key)?)?.is_some())
    }
    /// Sets the value of a string or small int and hands out the old one, NULL if there was none. `Err` with the value, and
    /// nothing done, if that would run Python code.
    pub fn replace_plain(&self, key: Value, value: Ref) -> Result<Ref, Ref> {
        let Some(hash) = plain::hash(key) else { return Err(value) };
        let Some(place) = self.find_plain(key, hash) else { return Err(value) };
        let Some(place) = place else {
            self.store(None, key, hash, value);
            return Ok(Ref::NULL);
        };
        let new = value.into_value();
        let old = self.table.with(|t| std::mem::replace(&mut t.entries[place].value, new));
        // SAFETY: the dict owned the old value.
        Ok(unsafe { Ref::from_owned(old) })
    }

    /// Sets the value of a plain key. False, with nothing done, if that would run Python code or might end an object's life.
    pub fn set_quietly(&self, key: Value, value: Value) -> bool {
        let Some(hash) = plain::hash(key) else { return false };
        let Some(place) = self.find_plain(key, hash) else { return false };
        let old = place.map_or(Value::NULL, |place| self.table().entries[place].value);
        if old.header().is_some_and(|header| header.refcount() == 1) {
            return false;
        }
        self.store(place, key, hash, value.to_ref());
        true
    }

    /// Takes out the value of a plain key. `None`, with nothing done, if there is none or that would run Python code.
    pub fn remove_plain(&self, key: Value) -> Option<Ref> {
        let place = self.find_plain(key, plain::hash(key)?)??;
        Some(self.remove_at(place).1)
    }

    /// The general search, which may run `__eq__`.
    fn find_comparing(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
        'again: loop {
            let version = self.keys_version.get();
            if self.table().size() == 0 {
                return Ok(None);
            }
            let mut probe = Probe::new(hash, self.table().size() - 1);
            loop {
                let place = self.table().place(probe.at);
                if place == Place::Free {
                    return Ok(None);
                }
                if let Place::At(i) = place {
                    let e = self.table().entries[i];
                    if e.key == key {
                        return Ok(Some(i));
                    }
                    if e.hash == hash {
                        let candidate = e.key.to_ref();
                        let same = crate::protocol::compare_bool(thread, *candidate, key, CompareOp::Eq)?;
                        if self.keys_version.get() != version {
                            continue 'again;
                        }
                        if same {
                            return Ok(Some(i));
                        }
                    }
                }
                probe.step();
            }
        }
    }
    /// `d.get(key)` as a new reference.
    #[inline]
    pub fn get(&self, thread: &Thread, key: Value) -> PyResult<Option<Ref>> {
        let hash = hash_key(thread, key)?;
        self.get_hashed(thread, key, hash)
    }
    pub fn get_hashed(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<Option<Ref>> {
        Ok(self.find(thread, key, hash)?.map(|i| self.table().entries[i].value.to_ref()))
    }
    /// The value of a string, borrowed; keys that are no exact strings never match.
    #[inline]
    pub fn get_by_str(&self, key: &Str) -> Option<Value> {
        let same =
            |e: &Entry| e.key == Value::of(key) || e.key.cast_exact::<Str>().is_some_and(|k| k.same(key));
        self.table().find(key.hash(), same).map(|i| self.table().entries[i].value)
    }
    /// `key in d`.
    #[inline]
    pub fn contains(&self, thread: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_key(thread, key)?;
        Ok(self.find(thread, key, hash)?.is_some())
    }
    /// `d[key] = value`.
    #[inline]
    pub fn set(&self, thread: &Thread, key: Value, value: Ref) -> PyResult<()> {
        let hash = hash_key(thread, key)?;
        self.set_hashed(thread, key, hash, value)
    }
    pub fn set_hashed(&self, thread: &Thread, key: Value, hash: i64, value: Ref) -> PyResult<()> {
        let place = self.find(thread, key, hash)?;
        self.store(place, key, hash, value);
        Ok(())
    }
    fn store(&self, place: Option<usize>, key: Value, hash: i64, value: Ref) {
        match place {
            Some(i) => {
                let new = value.into_value();
                let old = self.table.with(|t| std::mem::replace(&mut t.entries[i].value, new));
                // SAFETY: the dict owned the old value.
                drop(unsafe { Ref::from_owned(old) });
            }
            None => {
                self.table.with(|t| t.push(hash, key.to_ref(), value));
                self.keys_changed();
            }
        }
    }
    /// The value of `key`, which is set to `default` if absent.
    pub fn set_default(&self, thread: &Thread, key: Value, default: Ref) -> PyResult<Ref> {
        let hash = hash_key(thread, key)?;
        if let Some(i) = self.find(thread, key, hash)? {
            return Ok(self.table().entries[i].value.to_ref());
        }
        self.store(None, key, hash, default.clone());
        Ok(default)
    }
    /// Replaces the value at a place that `find` gave, the dict being unchanged since.
    pub fn set_value_at(&self, place: usize, value: Ref) {
        if let Some(e) = self.entry_at(place) {
            self.store(Some(place), e.key, e.hash, value);
        }
    }
    /// Removes `key`, handing out its value.
    pub fn remove(&self, thread: &Thread, key: Value) -> PyResult<Option<Ref>> {
        let hash = hash_key(thread, key)?;
        let place = self.find(thread, key, hash)?;
        Ok(place.map(|i| self.remove_at(i).1))
    }
    /// Removes the entry at a place, which exists.
    pub fn remove_at(&self, place: usize) -> (Ref, Ref) {
        let e = self.table.with(|t| t.take(place));
        self.keys_changed();
        // SAFETY: the dict owned both.
        unsafe { (Ref::from_owned(e.key), Ref::from_owned(e.value)) }
    }
    /// Moves the entry at a place, which exists, behind or in front of all others.
    pub fn move_entry(&self, place: usize, to_end: bool) {
        self.table.with(|t| {
            let e = t.take(place);
            // SAFETY: the table owned both, and owns them again.
            let (key, value) = unsafe { (Ref::from_owned(e.key), Ref::from_owned(e.value)) };
            match to_end {
                true => t.push(e.hash, key, value),
                false => t.push_front(e.hash, key, value),
            }
        });
        self.keys_changed();
    }
    /// The last entry removed, for `popitem`.
    pub fn pop_last(&self) -> Option<(Ref, Ref)> {
        let last = self.last_place()?;
        let taken = self.remove_at(last);
        self.table.with(|t| t.entries.truncate(last));
        Some(taken)
    }
    /// Empties the dict.
    pub fn clear_entries(&self) {
        let old = self.table.replace(Table::new());
        self.keys_changed();
        drop_entries(old);
    }
    /// A copy with the same entries.
    pub fn copy(&self) -> Ref {
        let copy = Dict::new();
        let d = copy.cast::<Dict>().expect("just made");
        d.fill_from(self);
        copy
    }
    /// Puts all entries of another dict into this one, which is empty.
    pub fn fill_from(&self, other: &Dict) {
        self.table.with(|t| {
            t.reserve(other.len());
            for e in other.table().entries.iter().filter(|e| !e.key.is_null()) {
                t.push(e.hash, e.key.to_ref(), e.value.to_ref());
            }
        });
        self.keys_changed();
    }

    // By name: no Python code runs. Keys that are no exact strings never match.

    /// The place of an interned name.
    #[inline]
    pub fn index_of_interned(&self, name: Value) -> Option<usize> {
        // SAFETY: names are exact strings.
        let s = unsafe { name.cast_unchecked::<Str>() };
        let same = |e: &Entry| e.key == name || e.key.cast_exact::<Str>().is_some_and(|k| k.same(s));
        self.table().find(s.hash(), same)
    }
    /// The value of an interned name, borrowed.
    #[inline]
    pub fn get_interned(&self, name: Value) -> Option<Value> {
        self.index_of_interned(name).map(|i| self.table().entries[i].value)
    }
    /// Sets the value of an interned name.
    pub fn insert_interned(&self, name: Value, value: Value) {
        let place = self.index_of_interned(name);
        // SAFETY: names are exact strings.
        let hash = unsafe { name.cast_unchecked::<Str>() }.hash();
        self.store(place, name, hash, value.to_ref());
    }
    /// Removes an interned name, handing out its value.
    pub fn remove_interned(&self, name: Value) -> Option<Ref> {
        self.index_of_interned(name).map(|i| self.remove_at(i).1)
    }
    pub fn get_str(&self, name: &str) -> Option<Ref> {
        self.get_interned(str::intern_text(name)).map(|v| v.to_ref())
    }
    pub fn set_str(&self, name: &str, value: Value) {
        self.insert_interned(str::intern_text(name), value)
    }
}

fn drop_entries(table: Table) {
    for e in table.entries {
        // SAFETY: the table owned its keys and values; holes are NULL.
        unsafe {
            drop(Ref::from_owned(e.key));
            drop(Ref::from_owned(e.value));
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        drop_entries(self.table.replace(Table::new()));
    }
}
