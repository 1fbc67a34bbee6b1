//! `compress`, `dropwhile`, `takewhile` and `filterfalse`: iterators that leave items out.

use super::iterator_type;
use runtime::objects::iterators::{accepts, refuse_keywords};
use runtime::slot_fields::receiver;
use runtime::types::binding::{Parameters, check_positional};
use runtime::{Args, Header, PyResult, Ref, Slot, Thread, Type, Value, new_object, protocol};
use std::cell::Cell;

/// Gives the items of `data` whose selector is true.
#[repr(C)]
pub struct Compress {
    pub header: Header,
    data: Slot,
    selectors: Slot,
}

runtime::slot_fields!(Compress, data, selectors);
iterator_type!(
    COMPRESS,
    Compress,
    "itertools.compress",
    new_compress,
    next_of_compress,
    &[],
    "(data, selectors)",
    "Return data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors\nto choose the data elements."
);

static COMPRESS_PARAMETERS: Parameters = Parameters::new("compress", "(data, selectors)");

fn new_compress(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    COMPRESS_PARAMETERS.bind(thread, arguments, |a| {
        let data = protocol::iter(thread, a[0])?;
        let selectors = protocol::iter(thread, a[1])?;
        Ok(new_object(ty, |header| Compress {
            header,
            data: Slot::new(data),
            selectors: Slot::new(selectors),
        }))
    })
}

fn next_of_compress(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let compress = receiver::<Compress>(thread, v)?;
    let (data, selectors) = (compress.data.get(), compress.selectors.get());
    loop {
        let Some(item) = protocol::next(thread, *data)? else { return Ok(None) };
        let Some(selector) = protocol::next(thread, *selectors)? else { return Ok(None) };
        if protocol::is_true(thread, *selector)? {
            return Ok(Some(item));
        }
    }
}

/// What the iterators with a predicate share.
#[repr(C)]
struct Predicated {
    predicate: Slot,
    iterator: Slot,
}

/// Reads `(predicate, iterable)`.
fn predicated(
    thread: &Thread,
    ty: &'static Type,
    native: &'static Type,
    arguments: &Args,
) -> PyResult<Predicated> {
    let name = native.short_name();
    refuse_keywords(thread, ty, native, &name, arguments)?;
    check_positional(thread, &name, arguments.count(), 2, 2)?;
    let given = arguments.positional();
    let iterator = protocol::iter(thread, given[1])?;
    Ok(Predicated { predicate: Slot::new(given[0].to_ref()), iterator: Slot::new(iterator) })
}

/// Gives all items from the first one on that the predicate is false of.
#[repr(C)]
pub struct Dropwhile {
    pub header: Header,
    predicate: Slot,
    iterator: Slot,
    has_started: Cell<bool>,
}

runtime::slot_fields!(Dropwhile, predicate, iterator);
iterator_type!(
    DROPWHILE,
    Dropwhile,
    "itertools.dropwhile",
    new_dropwhile,
    next_of_dropwhile,
    &[],
    "(predicate, iterable, /)",
    "Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted."
);

fn new_dropwhile(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let Predicated { predicate, iterator } = predicated(thread, ty, &DROPWHILE, arguments)?;
    Ok(new_object(ty, |header| Dropwhile { header, predicate, iterator, has_started: Cell::new(false) }))
}

fn next_of_dropwhile(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Dropwhile>(thread, v)?;
    let iterator = it.iterator.get();
    loop {
        let Some(item) = protocol::next(thread, *iterator)? else { return Ok(None) };
        if it.has_started.get() {
            return Ok(Some(item));
        }
        let predicate = it.predicate.get();
        let answer = thread.call(*predicate, &[*item])?;
        if !protocol::is_true(thread, *answer)? {
            it.has_started.set(true);
            return Ok(Some(item));
        }
    }
}

/// Gives the items before the first one that the predicate is false of.
#[repr(C)]
pub struct Takewhile {
    pub header: Header,
    predicate: Slot,
    iterator: Slot,
    has_ended: Cell<bool>,
}

runtime::slot_fields!(Takewhile, predicate, iterator);
iterator_type!(
    TAKEWHILE,
    Takewhile,
    "itertools.takewhile",
    new_takewhile,
    next_of_takewhile,
    &[],
    "(predicate, iterable, /)",
    "Return successive entries from an iterable as long as the predicate evaluates to true for each entry."
);

fn new_takewhile(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let Predicated { predicate, iterator } = predicated(thread, ty, &TAKEWHILE, arguments)?;
    Ok(new_object(ty, |header| Takewhile { header, predicate, iterator, has_ended: Cell::new(false) }))
}

fn next_of_takewhile(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Takewhile>(thread, v)?;
    if it.has_ended.get() {
        return Ok(None);
    }
    let iterator = it.iterator.get();
    let Some(item) = protocol::next(thread, *iterator)? else { return Ok(None) };
    let predicate = it.predicate.get();
    let answer = thread.call(*predicate, &[*item])?;
    if protocol::is_true(thread, *answer)? {
        return Ok(Some(item));
    }
    it.has_ended.set(true);
    Ok(None)
}

/// Gives the items that the predicate (None: truth) is false of.
#[repr(C)]
pub struct Filterfalse {
    pub header: Header,
    predicate: Slot,
    iterator: Slot,
}

runtime::slot_fields!(Filterfalse, predicate, iterator);
iterator_type!(
    FILTERFALSE,
    Filterfalse,
    "itertools.filterfalse",
    new_filterfalse,
    next_of_filterfalse,
    &[],
    "(function, iterable, /)",
    "Return those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false."
);

fn new_filterfalse(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let Predicated { predicate, iterator } = predicated(thread, ty, &FILTERFALSE, arguments)?;
    Ok(new_object(ty, |header| Filterfalse { header, predicate, iterator }))
}

fn next_of_filterfalse(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Filterfalse>(thread, v)?;
    let (iterator, predicate) = (it.iterator.get(), it.predicate.get());
    while let Some(item) = protocol::next(thread, *iterator)? {
        if !accepts(thread, *predicate, *item)? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}
