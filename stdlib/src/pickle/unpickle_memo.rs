//! The unpickler's memo: objects by number. Numbers are mostly dense; others, which a pickle may choose freely, go to a map,
//! so that a large number takes no memory.

use runtime::{Ref, Value};
use std::collections::BTreeMap;

/// A number at most so far beyond the dense ones makes them longer.
const GAP: usize = 1024;

/// Objects by number; NULL where there is none.
#[derive(Default)]
pub(super) struct UnpickleMemo {
    dense: Vec<Ref>,
    sparse: BTreeMap<u64, Ref>,
    count: usize,
}

impl UnpickleMemo {
    /// Number of objects.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }
    #[inline(always)]
    pub(super) fn get(&self, number: u64) -> Option<Ref> {
        match self.dense.get(number as usize) {
            Some(found) => found.to_option(),
            None => self.sparse.get(&number).cloned(),
        }
    }
    /// Stores an object; gives what was there before, for the caller to drop.
    #[inline(always)]
    pub(super) fn set(&mut self, number: u64, v: Ref) -> Ref {
        if number == self.dense.len() as u64 && self.sparse.is_empty() {
            self.dense.push(v);
            self.count += 1;
            return Ref::NULL;
        }
        self.set_anywhere(number, v)
    }
    fn set_anywhere(&mut self, number: u64, v: Ref) -> Ref {
        let old = if number < (self.dense.len() + GAP) as u64 && self.sparse.is_empty() {
            let place = number as usize;
            while self.dense.len() <= place {
                self.dense.push(Ref::NULL);
            }
            std::mem::replace(&mut self.dense[place], v)
        } else if let Some(place) = self.dense.get_mut(number as usize) {
            std::mem::replace(place, v)
        } else {
            self.sparse.insert(number, v).unwrap_or(Ref::NULL)
        };
        self.count += usize::from(old.is_null());
        old
    }
    /// The objects with their numbers.
    pub(super) fn entries(&self) -> Vec<(u64, Ref)> {
        let dense = self.dense.iter().enumerate().map(|(i, v)| (i as u64, v.clone()));
        let sparse = self.sparse.iter().map(|(i, v)| (*i, v.clone()));
        dense.chain(sparse).filter(|(_, v)| !v.is_null()).collect()
    }
    pub(super) fn traverse(&self, visit: &mut dyn FnMut(Value)) {
        for v in self.dense.iter().chain(self.sparse.values()).filter(|v| v.is_pointer()) {
            visit(**v);
        }
    }
    /// Bytes that the memo takes.
    pub(super) fn size(&self) -> usize {
        self.dense.capacity() * size_of::<Ref>() + self.sparse.len() * 2 * size_of::<Ref>()
    }
}
