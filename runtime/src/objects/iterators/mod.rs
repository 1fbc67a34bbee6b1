//! Iterators over other objects: `reversed`, `iter(sequence)`, `iter(callable, sentinel)`, `enumerate`, `zip`, `map`,
//! `filter`. This file: what all iterators of the runtime share.

mod callable;
mod indexed;

pub use callable::{CALLABLE_ITERATOR, callable_iterator};
pub use indexed::{REVERSED, SEQUENCE_ITERATOR, new_sequence_iterator};

use crate::cell::Slot;
use crate::error::PyResult;
use crate::objects::int;
use crate::objects::tuple::Tuple;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::slots::Visit;
use crate::value::{Ref, Value};

pub const LENGTH_HINT_DOC: &str = "Private method returning an estimate of len(list(it)).";
pub const REDUCE_DOC: &str = "Return state information for pickling.";
pub const SETSTATE_DOC: &str = "Set state information for unpickling.";

/// `(builtins.name, (argument,), state)`; no state, no third item.
pub fn reduce_builtin(thread: &Thread, name: &str, argument: Value, state: Option<isize>) -> PyResult {
    let Some(function) = STATE.builtin(name) else {
        return Err(thread.runtime_error(format!("builtins.{name} is missing")));
    };
    let mut parts = vec![function, Tuple::from_values(&[argument])];
    parts.extend(state.map(|i| int::new(i as i64)));
    Ok(Tuple::from_refs(parts))
}

/// Visits what a field holds, for `traverse`.
pub fn visit_slot(slot: &Slot, visit: Visit) {
    if !slot.is_null() {
        visit(slot.peek());
    }
}

/// An iterator is its own iterator.
pub fn itself(_: &Thread, v: Value) -> PyResult<Ref> {
    Ok(v.to_ref())
}
