//! Iterators over other objects: `reversed`, `iter(sequence)`, `iter(callable, sentinel)`, `enumerate`, `zip`, `map`,
//! `filter`. This file: what all iterators of the runtime share.

mod anext;
mod callable;
mod enumerate;
mod filter;
mod indexed;
mod map;
mod several;
mod zip;

pub use anext::{ANEXT_AWAITABLE, anext_awaitable};
pub use callable::{CALLABLE_ITERATOR, callable_iterator};
pub use enumerate::{ENUMERATE, Enumerate};
pub use filter::{FILTER, Filter, accepts};
pub use indexed::{REVERSED, SEQUENCE_ITERATOR, new_sequence_iterator};
pub use map::{MAP, Map};
pub use several::{iterators_of, refill_tuple, refill_tuple_from};
pub use zip::{ZIP, Zip};

use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::objects::int;
use crate::objects::tuple::Tuple;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::Type;
use crate::types::binding::no_keywords;
use crate::types::slots::Visit;
use crate::value::{Ref, Value};

pub const LENGTH_HINT_DOC: &str = "Private method returning an estimate of len(list(it)).";
pub const REDUCE_DOC: &str = "Return state information for pickling.";
pub const SETSTATE_DOC: &str = "Set state information for unpickling.";

/// `(builtins.name, (argument,), state)`; no state, no third item.
pub fn reduce_builtin(thread: &Thread, name: &str, argument: Value, state: Option<isize>) -> PyResult {
    reduce_builtin_with(thread, name, argument, state.map(|i| int::new(i as i64)))
}

/// `reduce_builtin` with a state of any kind.
pub fn reduce_builtin_with(thread: &Thread, name: &str, argument: Value, state: Option<Ref>) -> PyResult {
    let Some(function) = STATE.builtin(name) else {
        return Err(thread.runtime_error(format!("builtins.{name} is missing")));
    };
    let mut parts = vec![function, Tuple::from_values(&[argument])];
    parts.extend(state);
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

/// Refuses keywords for a native constructor, unless a subclass with its own `__init__` may take them.
pub fn refuse_keywords(
    thread: &Thread,
    ty: &'static Type,
    native: &'static Type,
    name: &str,
    arguments: &Args,
) -> PyResult<()> {
    let address = |ty: &Type| ty.slots().init.map(|f| f as usize);
    if std::ptr::eq(ty, native) || address(ty) == address(native) {
        return no_keywords(thread, name, arguments);
    }
    Ok(())
}
