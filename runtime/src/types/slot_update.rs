//! Fills the slots of classes from the special methods along the MRO, and keeps them right when a method is set or
//! deleted later.

use super::constructor;
use super::slot_functions;
use super::slot_table::{self, SlotRow};
use super::slots::Slots;
use super::{Type, TypeFlags};
use crate::heap::plain::Plain;
use crate::names;
use crate::objects::descriptors::WrapperDescriptor;
use crate::objects::dict::Dict;
use crate::types::ready::{inherit_native, native_new_owner, same_new};
use crate::value::Value;

/// Computes all slots of a class anew.
pub fn update(ty: &'static Type) {
    let mut slots = Slots::EMPTY;
    let rows = slot_table::named_rows();
    let mut at = 0;
    while at < rows.len() {
        let end = at + rows[at..].iter().take_while(|(_, r)| r.same_slot(rows[at].1)).count();
        fill(ty, &mut slots, &rows[at..end]);
        at = end;
    }
    if find(ty, names::get().__hash__).is_none_or(|h| h.is_none()) {
        slots.hash = None;
    }
    slots.new = new_slot(ty);
    if let Some(base) = ty.base() {
        inherit_native(&mut slots, base.slots());
    }
    ty.slots.replace(slots);
    ty.plain.set(Plain::of(ty));
    constructor::subclass_changed(ty);
}

/// As `update`, for the class and all its subclasses.
pub fn update_with_subclasses(ty: &'static Type) {
    update(ty);
    for subclass in ty.subclasses.with(|s| s.clone()) {
        // SAFETY: a dying type takes itself out of the list first.
        let subclass: &'static Type = unsafe { &*subclass };
        if subclass.has(TypeFlags::HEAP) {
            update_with_subclasses(subclass);
        }
    }
}

/// Fills one slot from its special methods. If all of them are wrappers of one native function, that function is taken
/// itself; else the slot calls the methods.
fn fill(ty: &'static Type, slots: &mut Slots, rows: &[(Value, &'static SlotRow)]) {
    let mut native = 0;
    let mut call_methods = false;
    for &(name, row) in rows {
        let Some(found) = find(ty, name) else { continue };
        match native_word(ty, row, found) {
            Native::Word(word) if native == 0 || native == word => native = word,
            Native::OtherSlot => {}
            _ => call_methods = true,
        }
    }
    if call_methods && rows[0].1.install(slots) {
        return;
    }
    if !call_methods && native != 0 {
        rows[0].1.set_word(slots, native);
    }
}

/// Looks a name up along the MRO, past the method cache, which a hundred names per class would only flood.
fn find(ty: &Type, name: Value) -> Option<Value> {
    ty.mro().iter().find_map(|t| t.dict.peek().cast::<Dict>()?.get_interned(name))
}

enum Native {
    /// The method wraps this function, which may be called on the class's instances.
    Word(usize),
    /// The method wraps a slot of another kind of the same name (`concat` for `__add__`).
    OtherSlot,
    Method,
}

fn native_word(ty: &'static Type, row: &'static SlotRow, found: Value) -> Native {
    let Some(wrapper) = found.cast_exact::<WrapperDescriptor>() else { return Native::Method };
    if wrapper.row.name != row.name {
        return Native::Method;
    }
    if !std::ptr::eq(wrapper.row, row) {
        return Native::OtherSlot;
    }
    match ty.is_subtype(wrapper.owner()) {
        true => Native::Word(row.word(wrapper.owner().slots())),
        false => Native::Method,
    }
}

/// The function that makes instances: a native type's own where nothing overrides it. One that would leave out fields that
/// the class has from another native ancestor is passed over for the base's, as CPython does.
fn new_slot(ty: &'static Type) -> Option<fn(&crate::Thread, &'static Type, &crate::Args) -> crate::PyResult> {
    let found = find(ty, names::get().__new__)?;
    let Some(owner) = native_new_owner(found) else { return Some(slot_functions::new) };
    if same_new(owner, ty.layout()) {
        return owner.slots().new;
    }
    ty.base().and_then(|base| base.slots().new).or(Some(slot_functions::new))
}
