//! The pickler's memo: which objects were written, and under which number.
//!
//! An open hash table from value words to numbers; the objects are kept alive, so that a word stands for one object as
//! long as it is in the memo. References are dropped outside of the memo's cell (see `GilCell`).

use runtime::{GilCell, Ref, Value};

/// One place of the table; key 0 is no object's word: the place is free.
#[derive(Clone, Copy)]
struct Place {
    key: u64,
    number: u64,
}

const FREE: Place = Place { key: 0, number: 0 };
const FIRST_PLACES: usize = 32;

/// Objects with their numbers.
#[derive(Default)]
pub(super) struct Memo {
    /// A power of two of them, at most half of them taken; none before the first object.
    places: Vec<Place>,
    kept: Vec<Ref>,
}

impl Memo {
    #[inline(always)]
    fn start(&self, key: u64) -> usize {
        let hash = (key >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & (self.places.len() - 1)
    }
    /// The place of the key, or the free one where it would be. There are places.
    #[inline(always)]
    fn find(&self, key: u64) -> usize {
        let mut at = self.start(key);
        while self.places[at].key != key && self.places[at].key != 0 {
            at = (at + 1) & (self.places.len() - 1);
        }
        at
    }
    /// Number of objects; the next one gets this number.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
    /// The number of an object.
    #[inline(always)]
    pub(super) fn get(&self, v: Value) -> Option<u64> {
        if self.places.is_empty() {
            return None;
        }
        let place = self.places[self.find(v.bits())];
        (place.key != 0).then_some(place.number)
    }
    /// The number of an object, or `Err` with the number that it has now been given.
    #[inline(always)]
    pub(super) fn get_or_add(&mut self, v: Value) -> Result<u64, u64> {
        self.reserve();
        let at = self.find(v.bits());
        if self.places[at].key != 0 {
            return Ok(self.places[at].number);
        }
        let number = self.kept.len() as u64;
        self.places[at] = Place { key: v.bits(), number };
        self.kept.push(v.to_ref());
        Err(number)
    }
    /// Gives an object a number of the caller's choice.
    pub(super) fn set(&mut self, v: Value, number: u64) {
        self.reserve();
        let at = self.find(v.bits());
        if self.places[at].key == 0 {
            self.kept.push(v.to_ref());
        }
        self.places[at] = Place { key: v.bits(), number };
    }
    #[inline(always)]
    fn reserve(&mut self) {
        if self.kept.len() * 2 >= self.places.len() {
            self.grow();
        }
    }
    #[cold]
    fn grow(&mut self) {
        let size = (self.places.len() * 4).max(FIRST_PLACES);
        let old = std::mem::replace(&mut self.places, vec![FREE; size]);
        for place in old.into_iter().filter(|place| place.key != 0) {
            let at = self.find(place.key);
            self.places[at] = place;
        }
    }
    /// The objects with their numbers.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Ref, u64)> + '_ {
        self.kept.iter().map(|v| (v.clone(), self.get(**v).unwrap_or(0)))
    }
    pub(super) fn traverse(&self, visit: &mut dyn FnMut(Value)) {
        for v in self.kept.iter().filter(|v| v.is_pointer()) {
            visit(**v);
        }
    }
    /// Bytes that the memo takes.
    pub(super) fn size(&self) -> usize {
        self.places.capacity() * size_of::<Place>() + self.kept.capacity() * size_of::<Ref>()
    }
    fn copied(&self) -> Memo {
        Memo { places: self.places.clone(), kept: self.kept.clone() }
    }
}

/// Empties the memo in a cell.
pub(super) fn clear(memo: &GilCell<Memo>) {
    drop(memo.take());
}

/// A copy of the memo in a cell.
pub(super) fn copy(memo: &GilCell<Memo>) -> Memo {
    memo.with(|memo| memo.copied())
}
