//! `islice`, `batched` and `accumulate`.

use super::iterator_type;
use runtime::objects::iterators::refuse_keywords;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::{Parameters, check_positional};
use runtime::{Args, Header, PyResult, Ref, Slot, Thread, Type, Value, new_object, protocol};
use std::cell::Cell;

/// Gives the items at `next`, `next + step`, ... before `stop`.
#[repr(C)]
pub struct Islice {
    pub header: Header,
    /// NULL once exhausted.
    iterator: Slot,
    next: Cell<isize>,
    /// -1: none.
    stop: Cell<isize>,
    step: isize,
    /// Items taken from the iterator.
    taken: Cell<isize>,
}

runtime::slot_fields!(Islice, iterator);
iterator_type!(
    ISLICE,
    Islice,
    "itertools.islice",
    new_islice,
    next_of_islice,
    &[],
    "",
    "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator."
);

/// A bound of `islice`; what is no integer of the machine's range is none at all.
fn islice_bound(thread: &Thread, v: Value, default: isize) -> Option<isize> {
    if v.is_none() {
        return Some(default);
    }
    match protocol::c_ssize(thread, v) {
        Ok(i) => Some(i),
        Err(_) => {
            drop(thread.take_raised());
            None
        }
    }
}

fn new_islice(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    const BAD_STOP: &str = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const BAD_INDEX: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    refuse_keywords(thread, ty, &ISLICE, "islice", arguments)?;
    check_positional(thread, "islice", arguments.count(), 2, 4)?;
    let given = arguments.positional();
    let (start, stop, step) = match *given {
        [_, stop] => (Value::NONE, stop, Value::NONE),
        [_, start, stop] => (start, stop, Value::NONE),
        [_, start, stop, step, ..] => (start, stop, step),
        _ => (Value::NONE, Value::NONE, Value::NONE),
    };
    let is_plain = given.len() == 2;
    let start = islice_bound(thread, start, 0).unwrap_or(-1);
    // -1 stands for no end, so an end of -1 is as bad as one that is no integer.
    let stop = match islice_bound(thread, stop, isize::MAX) {
        None | Some(-1) => return Err(thread.value_error(BAD_STOP)),
        Some(isize::MAX) if stop.is_none() => -1,
        Some(stop) => stop,
    };
    if start < 0 || stop < -1 {
        return Err(thread.value_error(if is_plain { BAD_STOP } else { BAD_INDEX }));
    }
    let step = islice_bound(thread, step, 1).unwrap_or(-1);
    if step < 1 {
        return Err(thread.value_error("Step for islice() must be a positive integer or None."));
    }
    let iterator = protocol::iter(thread, given[0])?;
    Ok(new_object(ty, |header| Islice {
        header,
        iterator: Slot::new(iterator),
        next: Cell::new(start),
        stop: Cell::new(stop),
        step,
        taken: Cell::new(0),
    }))
}

fn next_of_islice(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Islice>(thread, v)?;
    let Some(iterator) = it.iterator.option() else { return Ok(None) };
    let item = islice_item(thread, it, *iterator);
    if !matches!(item, Ok(Some(_))) {
        drop(it.iterator.take());
    }
    item
}

fn islice_item(thread: &Thread, it: &Islice, iterator: Value) -> PyResult<Option<Ref>> {
    while it.taken.get() < it.next.get() {
        if protocol::next(thread, iterator)?.is_none() {
            return Ok(None);
        }
        it.taken.set(it.taken.get() + 1);
    }
    let stop = it.stop.get();
    if stop != -1 && it.taken.get() >= stop {
        return Ok(None);
    }
    let Some(item) = protocol::next(thread, iterator)? else { return Ok(None) };
    it.taken.set(it.taken.get() + 1);
    let next = it.next.get().saturating_add(it.step);
    it.next.set(if stop != -1 && next > stop { stop } else { next });
    Ok(Some(item))
}

/// Gives tuples of `size` items, the last one of what is left.
#[repr(C)]
pub struct Batched {
    pub header: Header,
    /// NULL once exhausted.
    iterator: Slot,
    size: usize,
    strict: bool,
}

runtime::slot_fields!(Batched, iterator);
iterator_type!(
    BATCHED,
    Batched,
    "itertools.batched",
    new_batched,
    next_of_batched,
    &[],
    "(iterable, n, *, strict=False)",
    "Batch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted.\n\n    >>> for batch in batched('ABCDEFG', 3):\n    ...     print(batch)\n    ...\n    ('A', 'B', 'C')\n    ('D', 'E', 'F')\n    ('G',)\n\nIf \"strict\" is True, raises a ValueError if the final batch is shorter\nthan n."
);

static BATCHED_PARAMETERS: Parameters = Parameters::new("batched", "(iterable, n, *, strict=False)");

/// No more places than these are set aside before items have come.
const MAX_RESERVED: usize = 1 << 12;

fn new_batched(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    BATCHED_PARAMETERS.bind(thread, arguments, |a| {
        let size = protocol::c_ssize(thread, a[1])?;
        let strict = !a[2].is_null() && protocol::is_true(thread, a[2])?;
        if size < 1 {
            return Err(thread.value_error("n must be at least one"));
        }
        let iterator = protocol::iter(thread, a[0])?;
        Ok(new_object(ty, |header| Batched {
            header,
            iterator: Slot::new(iterator),
            size: size as usize,
            strict,
        }))
    })
}

fn next_of_batched(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Batched>(thread, v)?;
    let Some(iterator) = it.iterator.option() else { return Ok(None) };
    let mut items = Vec::with_capacity(it.size.min(MAX_RESERVED));
    while items.len() < it.size {
        match protocol::next(thread, *iterator) {
            Ok(Some(item)) => items.push(item),
            Ok(None) => break,
            Err(raised) => {
                drop(it.iterator.take());
                return Err(raised);
            }
        }
    }
    if items.len() == it.size {
        return Ok(Some(Tuple::from_refs(items)));
    }
    drop(it.iterator.take());
    if items.is_empty() {
        return Ok(None);
    }
    if it.strict {
        return Err(thread.value_error("batched(): incomplete batch"));
    }
    Ok(Some(Tuple::from_refs(items)))
}

/// Gives running totals.
#[repr(C)]
pub struct Accumulate {
    pub header: Header,
    iterator: Slot,
    /// None: addition.
    function: Slot,
    /// NULL in front of the first item.
    total: Slot,
    /// The first total, NULL if there is none or it was given.
    initial: Slot,
}

runtime::slot_fields!(Accumulate, iterator, function, total, initial);
iterator_type!(
    ACCUMULATE,
    Accumulate,
    "itertools.accumulate",
    new_accumulate,
    next_of_accumulate,
    &[],
    "(iterable, func=None, *, initial=None)",
    "Return series of accumulated sums (or other binary function results)."
);

static ACCUMULATE_PARAMETERS: Parameters =
    Parameters::new("accumulate", "(iterable, func=None, *, initial=None)");

fn new_accumulate(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    ACCUMULATE_PARAMETERS.bind(thread, arguments, |a| {
        let iterator = protocol::iter(thread, a[0])?;
        let function = if a[1].is_null() { Ref::NONE } else { a[1].to_ref() };
        let initial = if a[2].is_none() { Ref::NULL } else { a[2].to_ref() };
        Ok(new_object(ty, |header| Accumulate {
            header,
            iterator: Slot::new(iterator),
            function: Slot::new(function),
            total: Slot::null(),
            initial: Slot::new(initial),
        }))
    })
}

fn next_of_accumulate(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Accumulate>(thread, v)?;
    if !it.initial.is_null() {
        let first = it.initial.take();
        it.total.set(first.clone());
        return Ok(Some(first));
    }
    let iterator = it.iterator.get();
    let Some(item) = protocol::next(thread, *iterator)? else { return Ok(None) };
    let Some(total) = it.total.option() else {
        it.total.set(item.clone());
        return Ok(Some(item));
    };
    let function = it.function.get();
    let total = match function.is_none() {
        true => protocol::add(thread, *total, *item)?,
        false => thread.call(*function, &[*total, *item])?,
    };
    it.total.set(total.clone());
    Ok(Some(total))
}
