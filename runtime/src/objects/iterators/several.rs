//! What iterators over several iterables share: making the inner iterators, and the reuse of a result tuple that its
//! receiver has let go.

use crate::cell::Slot;
use crate::error::PyResult;
use crate::objects::tuple::{TUPLE, Tuple};
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// A tuple of the iterators of `iterables`.
pub fn iterators_of(thread: &Thread, iterables: &[Value]) -> PyResult {
    let mut iterators = Vec::with_capacity(iterables.len());
    for iterable in iterables {
        iterators.push(protocol::iter(thread, *iterable)?);
    }
    Ok(Tuple::from_refs(iterators))
}

/// A tuple of `count` items that `item` makes one by one. The tuple in `result`, which has that many items, is used again
/// if nobody else holds it. `Ok(None)` as soon as `item` gives none.
///
/// `item` may run Python code, which may come back here with the same `result`: the second reference held meanwhile makes
/// it take a fresh tuple.
pub fn refill_tuple(
    result: &Slot,
    count: usize,
    mut item: impl FnMut(usize) -> PyResult<Option<Ref>>,
) -> PyResult<Option<Ref>> {
    let is_free = result.peek().header().is_some_and(|header| header.refcount() == 1);
    if is_free {
        let tuple = result.get();
        if let Some(t) = tuple.cast_exact::<Tuple>().filter(|t| t.len() == count) {
            for i in 0..count {
                let Some(new) = item(i)? else { return Ok(None) };
                // SAFETY: besides `result` only this call holds the tuple, and the item exists.
                drop(unsafe { t.replace_unshared(i, new) });
            }
            return Ok(Some(tuple));
        }
    }
    let mut items: smallvec::SmallVec<[Ref; 4]> = smallvec::SmallVec::with_capacity(count);
    for i in 0..count {
        let Some(new) = item(i)? else { return Ok(None) };
        items.push(new);
    }
    let mut items = items.into_iter();
    let fresh = Tuple::build(&TUPLE, count, |_| items.next().unwrap_or(Ref::NULL));
    result.set(fresh.clone());
    Ok(Some(fresh))
}

/// The next tuple of `count` items where only those from place `changed` on differ from the tuple in `result`, if there is
/// one. That tuple is used again if nobody else holds it.
///
/// `item` runs no Python code.
pub fn refill_tuple_from(result: &Slot, count: usize, changed: usize, item: impl Fn(usize) -> Ref) -> Ref {
    let is_free = result.peek().header().is_some_and(|header| header.refcount() == 1);
    if is_free {
        let tuple = result.get();
        if let Some(t) = tuple.cast_exact::<Tuple>().filter(|t| t.len() == count) {
            for i in changed..count {
                // SAFETY: besides `result` only this call holds the tuple, and the item exists. The old items live on in
                // the pool that `item` takes them from.
                drop(unsafe { t.replace_unshared(i, item(i)) });
            }
            return tuple;
        }
    }
    let fresh = if count == 0 { Tuple::empty() } else { Tuple::build(&TUPLE, count, item) };
    result.set(fresh.clone());
    fresh
}
