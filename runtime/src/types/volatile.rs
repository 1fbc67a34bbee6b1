//! Class attributes that change: counters, caches and switches that programs keep in classes.
//!
//! A version stands for the names of a class and for what they mean. A name whose value was replaced more than once becomes
//! *volatile*: from then on versions stand for its place in the class's namespace, and not for its value, so that storing
//! another one changes no version. This holds between plain values only; to and from descriptors (functions,
//! properties, ...) versions change as ever, so whoever found one under a name may rely on it.
//!
//! Whoever caches a value that is no descriptor asks `volatile_place` first.

use super::{Type, slot_table};
use crate::objects::dict::Dict;
use crate::objects::str;
use crate::value::{Ref, Value};

/// Names of a class whose values were replaced, and whether that happened more than once.
pub type Replaced = Vec<(Ref, bool)>;

/// So many names of a class are watched for becoming volatile.
const NAMES: usize = 64;

/// Whether a value in a class comes as it is, for instances as well as for the class, and can be hidden by instances.
#[inline(always)]
pub fn is_plain(v: Value) -> bool {
    let slots = v.ty().slots();
    slots.descriptor_get.is_none() && slots.descriptor_set.is_none()
}

impl Type {
    /// Whether the name's value in this very class may be replaced without a change of versions.
    #[inline]
    pub fn is_volatile(&self, name: Value) -> bool {
        // SAFETY: plain comparisons, no reentrance.
        let replaced = unsafe { self.replaced.get_unchecked() };
        replaced.iter().any(|(known, volatile)| *volatile && known.value() == name)
    }

    /// Where the value of an attribute lies, if it is volatile and plain: the place holds for as long as the version
    /// of this class, and the namespace's keys, stay as they are.
    pub fn volatile_place(&self, name: Value) -> Option<(&'static Dict, usize)> {
        for owner in self.mro() {
            let Some(dict) = owner.dict.peek().cast::<Dict>() else { continue };
            let Some(place) = dict.index_of_interned(name) else { continue };
            let plain = owner.is_volatile(name) && dict.entry_at(place).is_some_and(|e| is_plain(e.value));
            return plain.then_some((dict, place));
        }
        None
    }

    /// Replaces the value of a volatile name, if that changes no version.
    pub fn replace_volatile(&self, dict: &Dict, place: usize, name: Value, value: Value) -> bool {
        let plain = is_plain(value) && dict.entry_at(place).is_some_and(|e| is_plain(e.value));
        if !plain {
            return false;
        }
        if self.is_volatile(name) {
            return dict.replace_at(place, value.to_ref()).is_some();
        }
        self.note_replaced(name);
        false
    }

    /// The value of a name is about to be replaced, and the version to change.
    fn note_replaced(&self, name: Value) {
        if slot_table::is_special_name(name) || !str::is_interned(name) {
            return;
        }
        self.replaced.with(|replaced| match replaced.iter().position(|(known, _)| known.value() == name) {
            Some(place) => replaced[place].1 = true,
            None if replaced.len() < NAMES => replaced.push((name.to_ref(), false)),
            None => (),
        })
    }
}
