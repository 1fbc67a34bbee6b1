//! The layout of `dict`: the compact ordered table. Entries stand in order of insertion; an index table of a power of two
//! words, probed as CPython does, leads to them.
//!
//! `keys_version` changes whenever an entry is added, removed or moved (not when a value is replaced), so that a cache may
//! remember `(version, entry index)`. A watched dict tells `watch` before each change.
//!
//! Lookups may run `__eq__`, which may change this very dict: after each such call the search starts again if the table
//! was touched.

use crate::cell::GilCell;
use crate::error::PyResult;
use crate::object::{Header, new_exact};
use crate::objects::str::{self, Str};
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::types::registry::{DICT, STR};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A dict object.
#[repr(C)]
pub struct Dict {
    pub header: Header,
    /// See the module's head; never 0.
    keys_version: Cell<u32>,
    /// Not 0: tell `watch` about changes.
    watched: Cell<u32>,
    table: GilCell<Table>,
}

crate::object!(Dict, DICT);

/// One entry; a removed one has a NULL key and value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    pub hash: i64,
    pub key: Value,
    pub value: Value,
}

struct Table {
    /// `FREE`, `DUMMY` or an entry index.
    indices: Vec<u32>,
    entries: Vec<Entry>,
    used: usize,
}

const FREE: u32 = u32::MAX;
const DUMMY: u32 = u32::MAX - 1;
const FIRST_SIZE: usize = 8;
const PERTURB_SHIFT: u32 = 5;

/// Gives every state of every dict's key set a number of its own.
static NEXT_VERSION: GilCell<u32> = GilCell::new(1);

fn next_version() -> u32 {
    NEXT_VERSION.with(|v| {
        *v = v.wrapping_add(1).max(1);
        *v
    })
}

/// The probe sequence for a hash.
struct Probe {
    at: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, mask: usize) -> Probe {
        Probe { at: hash as usize & mask, perturb: hash as u64, mask }
    }
    #[inline(always)]
    fn step(&mut self) {
        self.perturb >>= PERTURB_SHIFT;
        self.at = (self.at.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1)) & self.mask;
    }
}

impl Table {
    const fn new() -> Table {
        Table { indices: Vec::new(), entries: Vec::new(), used: 0 }
    }
    /// Entry index of the key that `same` accepts.
    #[inline(always)]
    fn find(&self, hash: i64, mut same: impl FnMut(&Entry) -> bool) -> Option<usize> {
        if self.indices.is_empty() {
            return None;
        }
        let mut probe = Probe::new(hash, self.indices.len() - 1);
        loop {
            let i = self.indices[probe.at];
            if i == FREE {
                return None;
            }
            if i != DUMMY {
                let e = &self.entries[i as usize];
                if e.hash == hash && same(e) {
                    return Some(i as usize);
                }
            }
            probe.step();
        }
    }
    /// Adds an entry for a key that is not there.
    fn push(&mut self, hash: i64, key: Ref, value: Ref) {
        if self.entries.len() + 1 > self.indices.len() * 2 / 3 {
            self.resize();
        }
        let mut probe = Probe::new(hash, self.indices.len() - 1);
        while self.indices[probe.at] < DUMMY {
            probe.step();
        }
        self.indices[probe.at] = self.entries.len() as u32;
        self.entries.push(Entry { hash, key: key.into_value(), value: value.into_value() });
        self.used += 1;
    }
    /// Makes room for growth and drops the holes.
    fn resize(&mut self) {
        let mut size = FIRST_SIZE;
        while size * 2 / 3 <= self.used.max(1) * 3 / 2 {
            size *= 2;
        }
        self.entries.retain(|e| !e.key.is_null());
        self.indices.clear();
        self.indices.resize(size, FREE);
        for (n, e) in self.entries.iter().enumerate() {
            let mut probe = Probe::new(e.hash, size - 1);
            while self.indices[probe.at] != FREE {
                probe.step();
            }
            self.indices[probe.at] = n as u32;
        }
        self.entries.reserve(size * 2 / 3 - self.entries.len());
    }
    /// Takes entry `index` out.
    fn take(&mut self, index: usize) -> Entry {
        let hash = self.entries[index].hash;
        let mut probe = Probe::new(hash, self.indices.len() - 1);
        while self.indices[probe.at] != index as u32 {
            probe.step();
        }
        self.indices[probe.at] = DUMMY;
        self.used -= 1;
        let hole = Entry { hash: 0, key: Value::NULL, value: Value::NULL };
        let taken = std::mem::replace(&mut self.entries[index], hole);
        if index + 1 == self.entries.len() {
            self.entries.pop();
        }
        taken
    }
}

/// The hash of a key, strings without a call.
#[inline(always)]
pub fn hash_key(thread: &Thread, key: Value) -> PyResult<i64> {
    if key.is_exact(&STR) {
        // SAFETY: exactly a string.
        return Ok(unsafe { key.cast_unchecked::<Str>() }.hash());
    }
    crate::protocol::hash(thread, key)
}

impl Dict {
    /// An empty dict.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Ref {
        new_exact(Dict::with_header)
    }
    pub fn with_header(header: Header) -> Dict {
        Dict {
            header,
            keys_version: Cell::new(next_version()),
            watched: Cell::new(0),
            table: GilCell::new(Table::new()),
        }
    }
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
    pub fn is_watched(&self) -> bool {
        self.watched.get() != 0
    }
    pub fn set_watched(&self, bits: u32) {
        self.watched.set(bits)
    }
    #[inline(always)]
    fn before_change(&self, key: Value) {
        if self.watched.get() != 0 {
            crate::watch::dict_changes(self, key);
        }
    }
    #[inline(always)]
    fn keys_changed(&self) {
        self.keys_version.set(next_version());
    }

    // By any key.

    /// The place of `key`.
    pub fn find(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
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
                return Ok(found);
            }
        } else if key.is_small_int() || key.is_inline_float() {
            let mut other_type = false;
            let found = self.table().find(hash, |e| {
                other_type |= e.key != key && !(e.key.is_small_int() || e.key.is_exact(&STR));
                e.key == key
            });
            if found.is_some() || (!other_type && key.is_small_int()) {
                return Ok(found);
            }
        }
        self.find_comparing(thread, key, hash)
    }

    /// The general search, which may run `__eq__`.
    fn find_comparing(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
        'again: loop {
            let version = self.keys_version.get();
            let mask = self.table().indices.len().wrapping_sub(1);
            if self.table().indices.is_empty() {
                return Ok(None);
            }
            let mut probe = Probe::new(hash, mask);
            loop {
                let i = self.table().indices[probe.at];
                if i == FREE {
                    return Ok(None);
                }
                if i != DUMMY {
                    let e = self.table().entries[i as usize];
                    if e.key == key {
                        return Ok(Some(i as usize));
                    }
                    if e.hash == hash {
                        let candidate = e.key.to_ref();
                        let same = crate::protocol::compare_bool(thread, *candidate, key, CompareOp::Eq)?;
                        if self.keys_version.get() != version {
                            continue 'again;
                        }
                        if same {
                            return Ok(Some(i as usize));
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
        self.before_change(key);
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
    /// Removes `key`, handing out its value.
    pub fn remove(&self, thread: &Thread, key: Value) -> PyResult<Option<Ref>> {
        let hash = hash_key(thread, key)?;
        let place = self.find(thread, key, hash)?;
        Ok(place.map(|i| self.remove_at(i).1))
    }
    /// Removes the entry at a place, which exists.
    pub fn remove_at(&self, place: usize) -> (Ref, Ref) {
        self.before_change(self.table().entries[place].key);
        let e = self.table.with(|t| t.take(place));
        self.keys_changed();
        // SAFETY: the dict owned both.
        unsafe { (Ref::from_owned(e.key), Ref::from_owned(e.value)) }
    }
    /// The last entry removed, for `popitem`.
    pub fn pop_last(&self) -> Option<(Ref, Ref)> {
        let last = self.table().entries.iter().rposition(|e| !e.key.is_null())?;
        let taken = self.remove_at(last);
        self.table.with(|t| t.entries.truncate(last));
        Some(taken)
    }
    /// Empties the dict.
    pub fn clear_entries(&self) {
        self.before_change(Value::NULL);
        let old = self.table.replace(Table::new());
        self.keys_changed();
        drop_entries(old);
    }
    /// A copy with the same entries.
    pub fn copy(&self) -> Ref {
        let copy = Dict::new();
        let d = copy.cast::<Dict>().expect("just made");
        for e in self.table().entries.iter().filter(|e| !e.key.is_null()) {
            d.table.with(|t| t.push(e.hash, e.key.to_ref(), e.value.to_ref()));
        }
        copy
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
