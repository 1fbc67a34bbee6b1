//! The ages of objects whose death somebody may see: instances of classes with a finaliser, and objects with a weak
//! reference that has a callback (known from that on). The collector ends garbage in the order of age, as CPython does; a
//! place in our heap says nothing of it.
//!
//! Addresses stand for objects, so whoever records an object also says when it is gone: its finaliser runs, or its last
//! weak reference goes.

use crate::cell::GilCell;
use crate::object::Header;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Who is how old: the number of records made before.
struct Records {
    births: FxHashMap<*const Header, u64>,
    made: u64,
}

static RECORDS: GilCell<Records> =
    GilCell::new(Records { births: FxHashMap::with_hasher(FxBuildHasher), made: 0 });

/// Records that an object was born now, unless it is known already.
#[cold]
#[inline(never)]
pub fn born(object: &Header) {
    RECORDS.with(|records| {
        records.made += 1;
        records.births.entry(object).or_insert(records.made);
    });
}

/// Forgets an object that dies.
pub fn died(object: &Header) {
    RECORDS.with(|records| {
        records.births.remove(&std::ptr::from_ref(object));
    });
}

/// Orders objects by age, the oldest first, those of unknown age behind.
pub fn sort(objects: &mut Vec<&'static Header>) {
    RECORDS.with(|records| {
        if records.births.is_empty() {
            return;
        }
        let mut known = Vec::new();
        objects.retain(|h| match records.births.get(&std::ptr::from_ref(*h)) {
            Some(birth) => {
                known.push((*birth, *h));
                false
            }
            None => true,
        });
        known.sort_by_key(|(birth, _)| *birth);
        objects.splice(0..0, known.into_iter().map(|(_, h)| h));
    });
}
