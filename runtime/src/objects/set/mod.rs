//! `set` and `frozenset`. This file: the layout and the table. Members lie in an open table probed as CPython probes (a
//! stretch of neighbours, then a jump), which with the same growth gives the same order of iteration.

mod iterator;
mod methods;
pub mod operations;

pub use iterator::SET_ITERATOR;
pub use methods::{FROZENSET, SET};
pub use operations::{difference_update, each_hashed, symmetric_difference_update, update};

use crate::cell::GilCell;
use crate::error::PyResult;
use crate::object::{Header, new_object};
use crate::objects::dict::unhashable;
use crate::objects::plain;
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::STR;
use crate::types::{CompareOp, Type};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A set or frozen set.
#[repr(C)]
pub struct Set {
    pub header: Header,
    table: GilCell<Table>,
    /// Changes with every change of the table.
    version: Cell<u64>,
    /// Hash of a frozen set, -1 until asked for.
    pub(super) hash: Cell<i64>,
}

crate::object!(Set, SET);

/// A place of the table: free (NULL, 0), given up (NULL, -1), or a member.
#[derive(Clone, Copy)]
pub struct Member {
    pub key: Value,
    pub hash: i64,
}

const FREE: Member = Member { key: Value::NULL, hash: 0 };
const DUMMY: Member = Member { key: Value::NULL, hash: -1 };

const FIRST_SIZE: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// Sets up to this size grow fourfold, larger ones twofold.
const FAST_GROWTH: usize = 50_000;

struct Table {
    members: Vec<Member>,
    /// Places that are not free.
    fill: usize,
    used: usize,
    /// Where `pop` looks first.
    finger: usize,
}

/// What one look at the table says.
enum Search {
    Found(usize),
    Absent(usize),
    /// A member of equal hash that only `__eq__` can tell from the key.
    Compare(usize),
}

/// The places where a hash may lie, in order.
struct Probe {
    at: usize,
    left: usize,
    base: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, mask: usize) -> Probe {
        let base = hash as usize & mask;
        Probe { at: base, left: Probe::neighbours(base, mask), base, perturb: hash as u64, mask }
    }
    #[inline(always)]
    fn neighbours(base: usize, mask: usize) -> usize {
        if base + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 }
    }
    #[inline(always)]
    fn step(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            self.at += 1;
            return;
        }
        self.perturb >>= PERTURB_SHIFT;
        self.base = self.base.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb as usize) & self.mask;
        self.at = self.base;
        self.left = Probe::neighbours(self.base, self.mask);
    }
}

impl Table {
    fn new() -> Table {
        Table { members: vec![FREE; FIRST_SIZE], fill: 0, used: 0, finger: 0 }
    }
    #[inline(always)]
    fn mask(&self) -> usize {
        self.members.len() - 1
    }
    #[inline(always)]
    fn search(&self, key: Value, hash: i64, probe: &mut Probe) -> Search {
        loop {
            let m = self.members[probe.at];
            if m.key.is_null() {
                if m.hash == 0 {
                    return Search::Absent(probe.at);
                }
            } else if m.key == key {
                return Search::Found(probe.at);
            } else if m.hash == hash && !(Value::both_small_int(m.key, key)) {
                match (m.key.cast_exact::<Str>(), key.cast_exact::<Str>()) {
                    (Some(a), Some(b)) if a.same(b) => return Search::Found(probe.at),
                    (Some(_), Some(_)) => {}
                    _ => return Search::Compare(probe.at),
                }
            }
            probe.step();
        }
    }
    /// Puts a member that is not there into the first free place.
    fn insert_clean(&mut self, m: Member) {
        let mut probe = Probe::new(m.hash, self.mask());
        while !self.members[probe.at].key.is_null() {
            probe.step();
        }
        self.members[probe.at] = m;
    }
    /// Makes the table larger than `minimum` and drops what was given up.
    fn resize(&mut self, minimum: usize) {
        let mut size = FIRST_SIZE;
        while size <= minimum {
            size *= 2;
        }
        let old = std::mem::replace(&mut self.members, vec![FREE; size]);
        for m in old.into_iter().filter(|m| !m.key.is_null()) {
            self.insert_clean(m);
        }
        self.fill = self.used;
    }
    fn grow(&mut self) {
        self.resize(if self.used > FAST_GROWTH { self.used * 2 } else { self.used * 4 });
    }
}

/// The hash of a member to be.
#[inline]
pub fn hash_member(thread: &Thread, key: Value) -> PyResult<i64> {
    if key.is_exact(&STR) {
        // SAFETY: exactly a string.
        return Ok(unsafe { key.cast_unchecked::<Str>() }.hash());
    }
    if let Some(i) = key.as_small_int() {
        return Ok(crate::hash::hash_i64(i));
    }
    protocol::hash(thread, key).map_err(|raised| unhashable(thread, key, raised, "a set element"))
}

/// An empty set.
pub fn new_set() -> Ref {
    new_of(&SET)
}

/// An empty set of type `ty`.
pub fn new_of(ty: &'static Type) -> Ref {
    new_object(ty, |header| Set {
        header,
        table: GilCell::new(Table::new()),
        version: Cell::new(0),
        hash: Cell::new(-1),
    })
}

/// The set or frozen set in `v`, subclasses included.
#[inline]
pub fn set_of(v: Value) -> Option<&'static Set> {
    let fits = v.is_pointer() && (v.ty().has_layout_of(&SET) || v.ty().has_layout_of(&FROZENSET));
    // SAFETY: both types have this layout.
    fits.then(|| unsafe { &*(v.header_unchecked() as *const Set) })
}

impl Set {
    fn table(&self) -> &Table {
        // SAFETY: borrowed under the GIL, not held across anything that changes the set.
        unsafe { self.table.get_unchecked() }
    }
    /// Number of members.
    #[inline]
    pub fn len(&self) -> usize {
        self.table().used
    }
    /// Number of places: the bound for `member_at`.
    pub fn places(&self) -> usize {
        self.table().members.len()
    }
    /// The member at a place, borrowed.
    #[inline]
    pub fn member_at(&self, place: usize) -> Option<Member> {
        self.table().members.get(place).copied().filter(|m| !m.key.is_null())
    }
    /// The members in order, as new references.
    pub fn members(&self) -> Vec<(Ref, i64)> {
        let members = self.table().members.iter().filter(|m| !m.key.is_null());
        members.map(|m| (m.key.to_ref(), m.hash)).collect()
    }
    /// Calls `f` with each member and its hash; `f` says whether to go on. What `f` changes in the set is seen, as CPython
    /// sees it.
    pub fn each_member(&self, mut f: impl FnMut(Value, i64) -> PyResult<bool>) -> PyResult<()> {
        let mut place = 0;
        while place < self.places() {
            if let Some(member) = self.member_at(place) {
                let key = member.key.to_ref();
                if !f(*key, member.hash)? {
                    break;
                }
            }
            place += 1;
        }
        Ok(())
    }
    /// The hashes of all members.
    pub fn hashes(&self) -> impl Iterator<Item = i64> + '_ {
        self.table().members.iter().filter(|m| !m.key.is_null()).map(|m| m.hash)
    }
    fn changed(&self) {
        self.version.set(self.version.get() + 1);
    }

    /// The place of a key, or the free place where it belongs; may run `__eq__`.
    fn find(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<Result<usize, usize>> {
        'again: loop {
            let version = self.version.get();
            let mut probe = Probe::new(hash, self.table().mask());
            loop {
                let at = match self.table().search(key, hash, &mut probe) {
                    Search::Found(at) => return Ok(Ok(at)),
                    Search::Absent(at) => return Ok(Err(at)),
                    Search::Compare(at) => at,
                };
                let candidate = self.table().members[at].key.to_ref();
                let same = protocol::compare_bool(thread, *candidate, key, CompareOp::Eq)?;
                if self.version.get() != version {
                    continue 'again;
                }
                if same {
                    return Ok(Ok(at));
                }
                probe.step();
            }
        }
    }
    /// Whether a plain key is a member; `None` if telling would run Python code.
    pub fn contains_plain(&self, key: Value) -> Option<bool> {
        Some(self.find_plain(key, plain::hash(key)?)?.is_ok())
    }
    /// Adds a plain key; false if it was there. `None`, with nothing done, if that would run Python code.
    pub fn add_plain(&self, key: Value) -> Option<bool> {
        let hash = plain::hash(key)?;
        let Err(at) = self.find_plain(key, hash)? else { return Some(false) };
        self.put(at, key, hash);
        Some(true)
    }
    /// `find` without running Python code.
    fn find_plain(&self, key: Value, hash: i64) -> Option<Result<usize, usize>> {
        let mut probe = Probe::new(hash, self.table().mask());
        loop {
            match self.table().search(key, hash, &mut probe) {
                Search::Found(at) => return Some(Ok(at)),
                Search::Absent(at) => return Some(Err(at)),
                Search::Compare(at) if plain::equal(self.table().members[at].key, key)? => {
                    return Some(Ok(at));
                }
                Search::Compare(_) => probe.step(),
            }
        }
    }
    /// Whether a key of known hash is a member.
    pub fn contains_hashed(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        Ok(self.find(thread, key, hash)?.is_ok())
    }
    /// Adds a key; false if it was there.
    pub fn add(&self, thread: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_member(thread, key)?;
        self.add_hashed(thread, key, hash)
    }
    /// As `add`, with the hash known.
    pub fn add_hashed(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        let Err(at) = self.find(thread, key, hash)? else { return Ok(false) };
        self.put(at, key, hash);
        Ok(true)
    }
    /// Puts a new member into a free place.
    fn put(&self, at: usize, key: Value, hash: i64) {
        self.table.with(|t| {
            t.members[at] = Member { key: key.to_ref().into_value(), hash };
            t.fill += 1;
            t.used += 1;
            if t.fill * 5 >= t.mask() * 3 {
                t.grow();
            }
        });
        self.changed();
    }
    /// Takes a key out; false if it was not there.
    pub fn discard_hashed(&self, thread: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        let Ok(at) = self.find(thread, key, hash)? else { return Ok(false) };
        drop(self.take_at(at));
        Ok(true)
    }
    /// Takes the member at a place out.
    fn take_at(&self, at: usize) -> Ref {
        let old = self.table.with(|t| {
            t.used -= 1;
            std::mem::replace(&mut t.members[at], DUMMY)
        });
        self.changed();
        // SAFETY: the set owned the key.
        unsafe { Ref::from_owned(old.key) }
    }
    /// Takes some member out.
    pub fn pop(&self) -> Option<Ref> {
        let t = self.table();
        if t.used == 0 {
            return None;
        }
        let start = t.finger & t.mask();
        let at =
            (0..t.members.len()).map(|i| (start + i) & t.mask()).find(|i| !t.members[*i].key.is_null())?;
        self.table.with(|t| t.finger = at + 1);
        Some(self.take_at(at))
    }
    /// Empties the set.
    pub fn clear_members(&self) {
        let old = self.table.replace(Table::new());
        self.changed();
        drop_members(old);
    }
    /// Exchanges the content of two sets.
    fn swap(&self, other: &Set) {
        let mine = self.table.replace(Table::new());
        let theirs = other.table.replace(mine);
        self.table.replace(theirs);
        self.changed();
        other.changed();
    }
    /// Makes room for members of another container before they are added.
    fn reserve(&self, extra: usize) {
        self.table.with(|t| {
            if (t.fill + extra) * 5 >= t.mask() * 3 {
                t.resize((t.used + extra) * 2);
            }
        });
        self.changed();
    }
    /// Drops the places given up if they are more than a quarter.
    fn tidy(&self) {
        self.table.with(|t| {
            if t.fill - t.used > t.mask() / 4 {
                t.grow();
            }
        });
        self.changed();
    }
    /// Adds all members of another set.
    fn merge(&self, thread: &Thread, other: &Set) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.len() == 0 {
            return Ok(());
        }
        self.reserve(other.len());
        if self.table().fill > 0 {
            return other.each_member(|key, hash| self.add_hashed(thread, key, hash).map(|_| true));
        }
        let source = other.table();
        self.table.with(|t| {
            if t.mask() == source.mask() && source.fill == source.used {
                t.members.copy_from_slice(&source.members);
                t.members.iter().for_each(|m| m.key.incref());
            } else {
                for m in source.members.iter().filter(|m| !m.key.is_null()) {
                    m.key.incref();
                    t.insert_clean(*m);
                }
            }
            t.fill = source.used;
            t.used = source.used;
        });
        self.changed();
        Ok(())
    }
    /// Bytes that CPython's object of this size takes.
    fn byte_size(&self) -> usize {
        const HEAD: usize = 200;
        if self.places() == FIRST_SIZE { HEAD } else { HEAD + self.places() * size_of::<Member>() }
    }
}

fn drop_members(table: Table) {
    for m in table.members {
        // SAFETY: the table owned its keys; other places are NULL.
        drop(unsafe { Ref::from_owned(m.key) });
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        drop_members(self.table.replace(Table { members: Vec::new(), fill: 0, used: 0, finger: 0 }));
    }
}
