//! What the garbage collector asks of the JIT: code objects own their traces, and traces hold objects.
//!
//! Nobody is told of changes of types and dicts: traces compare versions, which loops do once in front of them, and which
//! costs nothing that could be measured elsewhere.

use crate::value::Value;
use std::cell::Cell;

/// What the JIT fills in.
pub struct Hooks {
    /// Visits what the traces of a code object hold.
    pub traverse_traces: Cell<fn(Value, &mut dyn FnMut(Value))>,
    /// Frees the traces of a code object that is garbage.
    pub free_traces: Cell<fn(Value)>,
}
// SAFETY: touched only under the GIL.
unsafe impl Sync for Hooks {}

/// With nothing filled in, there are no traces.
pub static HOOKS: Hooks = Hooks { traverse_traces: Cell::new(|_, _| ()), free_traces: Cell::new(|_| ()) };
