//! Objects whose counted fields are all `Slot`s: visiting and clearing them for the collector, and
//! members that show them, written once.

use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::Object;
use crate::thread::Thread;
use crate::types::slots::Visit;
use crate::value::{Ref, Value};

/// A struct that can list its slots.
pub trait SlotFields: Object {
    /// Calls `f` with each slot.
    fn each_slot(&self, f: &mut dyn FnMut(&Slot));
}

/// Lists the slots of an object's struct; `..field` names an embedded struct that lists its own.
#[macro_export]
macro_rules! slot_fields {
    ($struct:ty $(, ..$base:ident)? $(, $field:ident)* $(,)?) => {
        impl $crate::slot_fields::SlotFields for $struct {
            fn each_slot(&self, f: &mut dyn FnMut(&$crate::cell::Slot)) {
                $($crate::slot_fields::SlotFields::each_slot(&self.$base, f);)?
                $(f(&self.$field);)*
                let _ = f;
            }
        }
    };
}

/// `traverse` of a type whose instances hold references in slots only.
pub fn traverse_slots<T: SlotFields>(object: Value, visit: Visit) {
    let Some(object) = object.cast::<T>() else { return };
    object.each_slot(&mut |slot| {
        if slot.peek().is_pointer() {
            visit(slot.peek());
        }
    });
}

/// `clear` of a type whose slots may all be empty.
pub fn clear_slots<T: SlotFields>(object: Value) {
    let Some(object) = object.cast::<T>() else { return };
    let mut old = Vec::new();
    object.each_slot(&mut |slot| old.push(slot.take()));
}

/// The receiver of a native method as its struct.
pub fn receiver<T: Object>(thread: &Thread, object: Value) -> PyResult<&'static T> {
    object.cast::<T>().ok_or_else(|| {
        thread.type_error(format!(
            "descriptor requires a '{}' object but received a '{}'",
            T::type_object().name(),
            object.ty().name()
        ))
    })
}

/// Reads a member; None where the slot is empty.
pub fn member_get<T: Object>(thread: &Thread, object: Value, slot: fn(&T) -> &Slot) -> PyResult {
    Ok(none_if_null(slot(receiver::<T>(thread, object)?).get()))
}

/// Sets a member; deletion (`value` NULL) empties the slot.
pub fn member_set<T: Object>(
    thread: &Thread,
    object: Value,
    value: Value,
    slot: fn(&T) -> &Slot,
) -> PyResult<()> {
    slot(receiver::<T>(thread, object)?).set(value.to_ref());
    Ok(())
}

/// None in place of NULL.
pub fn none_if_null(value: Ref) -> Ref {
    if value.is_null() { Ref::NONE } else { value }
}

/// The row of a read-only member that shows a slot.
#[macro_export]
macro_rules! readonly_member {
    ($struct:ty, $field:ident, $name:expr, $doc:expr) => {
        $crate::types::getset(
            $name,
            |thread, object| $crate::slot_fields::member_get::<$struct>(thread, object, |o| &o.$field),
            $doc,
        )
        .member()
    };
}

/// The row of a member that shows a slot and may be set and deleted.
#[macro_export]
macro_rules! slot_member {
    ($struct:ty, $field:ident, $name:expr, $doc:expr) => {
        $crate::readonly_member!($struct, $field, $name, $doc).settable(|thread, object, value| {
            $crate::slot_fields::member_set::<$struct>(thread, object, value, |o| &o.$field)
        })
    };
}
