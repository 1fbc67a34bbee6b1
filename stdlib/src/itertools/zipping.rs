//! `pairwise` and `zip_longest`.

use super::iterator_type;
use runtime::objects::iterators::{iterators_of, refill_tuple, refuse_keywords};
use runtime::objects::list::List;
use runtime::objects::str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::check_positional;
use runtime::{Args, Header, PyResult, Ref, Slot, Thread, Type, Value, new_object, protocol};
use std::cell::Cell;

/// Gives pairs of neighbours.
#[repr(C)]
pub struct Pairwise {
    pub header: Header,
    /// NULL once exhausted.
    iterator: Slot,
    /// The item seen last.
    old: Slot,
    /// The pair given last, used again if its receiver has let it go.
    result: Slot,
}

runtime::slot_fields!(Pairwise, iterator, old, result);
iterator_type!(
    PAIRWISE,
    Pairwise,
    "itertools.pairwise",
    new_pairwise,
    next_of_pairwise,
    &[],
    "(iterable, /)",
    "Return an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ..."
);

fn new_pairwise(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    refuse_keywords(thread, ty, &PAIRWISE, "pairwise", arguments)?;
    check_positional(thread, "pairwise", arguments.count(), 1, 1)?;
    let iterator = protocol::iter(thread, arguments.positional()[0])?;
    Ok(new_object(ty, |header| Pairwise {
        header,
        iterator: Slot::new(iterator),
        old: Slot::null(),
        result: Slot::null(),
    }))
}

/// The next item of the inner iterator; at its end, and where it raises, the pairs are over.
fn pairwise_item(thread: &Thread, it: &Pairwise, iterator: Value) -> PyResult<Option<Ref>> {
    let item = protocol::next(thread, iterator);
    if !matches!(item, Ok(Some(_))) {
        drop(it.iterator.take());
        drop(it.old.take());
    }
    item
}

fn next_of_pairwise(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Pairwise>(thread, v)?;
    let Some(mut iterator) = it.iterator.option() else { return Ok(None) };
    let old = match it.old.option() {
        Some(old) => old,
        None => {
            let Some(first) = pairwise_item(thread, it, *iterator)? else { return Ok(None) };
            it.old.set(first.clone());
            // Getting the first item may have run the pairs to their end.
            match it.iterator.option() {
                Some(still) => iterator = still,
                None => {
                    drop(it.old.take());
                    return Ok(None);
                }
            }
            first
        }
    };
    let Some(new) = pairwise_item(thread, it, *iterator)? else { return Ok(None) };
    it.old.set(new.clone());
    let (mut old, mut new) = (Some(old), Some(new));
    refill_tuple(&it.result, 2, |i| Ok(if i == 0 { old.take() } else { new.take() }))
}

/// `zip` up to the end of the longest iterable.
#[repr(C)]
pub struct ZipLongest {
    pub header: Header,
    /// A list of the iterators; None in place of exhausted ones.
    iterators: Slot,
    fill: Slot,
    result: Slot,
    /// Iterators not exhausted.
    active: Cell<usize>,
}

runtime::slot_fields!(ZipLongest, iterators, fill, result);
iterator_type!(
    ZIP_LONGEST,
    ZipLongest,
    "itertools.zip_longest",
    new_zip_longest,
    next_of_zip_longest,
    &[],
    "(*iterables, fillvalue=None)",
    "Return a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.\n"
);

fn new_zip_longest(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let mut fill = Value::NONE;
    for (name, value) in arguments.keywords() {
        if arguments.keyword_names().len() != 1 || !str::equals(name, "fillvalue") {
            return Err(thread.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value;
    }
    let iterators = iterators_of(thread, arguments.positional())?;
    let items = iterators.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    Ok(new_object(ty, |header| ZipLongest {
        header,
        iterators: Slot::new(List::from_values(items)),
        fill: Slot::new(fill.to_ref()),
        result: Slot::null(),
        active: Cell::new(items.len()),
    }))
}

fn next_of_zip_longest(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<ZipLongest>(thread, v)?;
    let held = it.iterators.get();
    let Some(iterators) = held.cast_exact::<List>() else { return Ok(None) };
    if it.active.get() == 0 {
        return Ok(None);
    }
    refill_tuple(&it.result, iterators.len(), |i| {
        let iterator = iterators.get(i).unwrap_or(Ref::NONE);
        if iterator.is_none() {
            return Ok(Some(it.fill.get()));
        }
        match protocol::next(thread, *iterator) {
            Ok(Some(item)) => Ok(Some(item)),
            Ok(None) => {
                // The same iterator may have been found exhausted by a call from inside.
                let left = it.active.get().saturating_sub(1);
                it.active.set(left);
                if left == 0 {
                    return Ok(None);
                }
                iterators.set(i, Ref::NONE);
                Ok(Some(it.fill.get()))
            }
            Err(raised) => {
                it.active.set(0);
                Err(raised)
            }
        }
    })
}
