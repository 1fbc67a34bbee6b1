//! Watchers: who relies on something that rarely changes is told before it does.

use crate::objects::dict::Dict;
use crate::types::Type;
use crate::value::Value;
use std::cell::Cell;

/// What the watchers' owner (the JIT) fills in.
pub struct Hooks {
    pub type_changes: Cell<fn(&Type)>,
    pub dict_changes: Cell<fn(&Dict, Value)>,
    /// Visits what the traces of a code object hold.
    pub traverse_traces: Cell<fn(Value, &mut dyn FnMut(Value))>,
    /// Frees the traces of a code object that is garbage.
    pub free_traces: Cell<fn(Value)>,
}
// SAFETY: touched only under the GIL.
unsafe impl Sync for Hooks {}

/// With nothing filled in, changes go unnoticed.
pub static HOOKS: Hooks = Hooks {
    type_changes: Cell::new(|_| ()),
    dict_changes: Cell::new(|_, _| ()),
    traverse_traces: Cell::new(|_, _| ()),
    free_traces: Cell::new(|_| ()),
};

/// A watched type is about to change.
#[cold]
pub fn type_changes(ty: &Type) {
    HOOKS.type_changes.get()(ty)
}

/// The value of `key` in a watched dict is about to change; NULL: all of them.
#[cold]
pub fn dict_changes(dict: &Dict, key: Value) {
    HOOKS.dict_changes.get()(dict, key)
}
