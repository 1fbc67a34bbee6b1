//! `combinations` and `combinations_with_replacement`.

use super::iterator_type;
use super::permutations::size_with_indices;
use runtime::objects::iterators::refill_tuple_from;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Thread, Value, method, new_object, protocol,
};
use std::cell::Cell;

/// The state of both: the places chosen from a pool.
#[repr(C)]
pub struct Combinations {
    pub header: Header,
    /// A tuple.
    pool: Slot,
    /// The tuple given last, used again if its receiver has let it go; NULL at first.
    result: Slot,
    indices: GilCell<Vec<usize>>,
    has_ended: Cell<bool>,
}

/// The same layout under its own type.
#[repr(C)]
pub struct Replacements {
    combinations: Combinations,
}

runtime::slot_fields!(Combinations, pool, result);

impl runtime::slot_fields::SlotFields for Replacements {
    fn each_slot(&self, f: &mut dyn FnMut(&Slot)) {
        self.combinations.each_slot(f);
    }
}

iterator_type!(
    COMBINATIONS,
    Combinations,
    "itertools.combinations",
    |thread, ty, arguments| COMBINATIONS_PARAMETERS.bind(thread, arguments, |a| {
        let combinations = choose(thread, a)?;
        Ok(new_object(ty, |header| combinations(header, false)))
    }),
    |thread, v| next(receiver::<Combinations>(thread, v)?, step_combination),
    COMBINATIONS_METHODS,
    "(iterable, r)",
    "Return successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)"
);

iterator_type!(
    COMBINATIONS_WITH_REPLACEMENT,
    Replacements,
    "itertools.combinations_with_replacement",
    |thread, ty, arguments| REPLACEMENTS_PARAMETERS.bind(thread, arguments, |a| {
        let combinations = choose(thread, a)?;
        Ok(new_object(ty, |header| Replacements { combinations: combinations(header, true) }))
    }),
    |thread, v| next(&receiver::<Replacements>(thread, v)?.combinations, step_replacement),
    REPLACEMENTS_METHODS,
    "(iterable, r)",
    "Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')"
);

const COMBINATIONS_METHODS: &[MethodDef] = &[method(
    "__sizeof__",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| {
        size_with_indices(v, receiver::<Combinations>(thread, v)?.indices.with(|i| i.len()))
    }),
    "Returns size in memory, in bytes.",
)];

const REPLACEMENTS_METHODS: &[MethodDef] = &[method(
    "__sizeof__",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| {
        size_with_indices(v, receiver::<Replacements>(thread, v)?.combinations.indices.with(|i| i.len()))
    }),
    "Returns size in memory, in bytes.",
)];

static COMBINATIONS_PARAMETERS: Parameters = Parameters::new("combinations", "(iterable, r)");
static REPLACEMENTS_PARAMETERS: Parameters =
    Parameters::new("combinations_with_replacement", "(iterable, r)");

/// Reads `(iterable, r)`; the result makes the object, given whether items may be chosen again.
fn choose(thread: &Thread, a: &[Value]) -> PyResult<impl FnOnce(Header, bool) -> Combinations> {
    let r = protocol::c_ssize(thread, a[1])?;
    let pool = protocol::collect(thread, a[0])?;
    let r = usize::try_from(r).map_err(|_| thread.value_error("r must be non-negative"))?;
    let n = pool.len();
    let mut indices = Vec::new();
    // Choosing again needs no more than one item, so `r` alone says how many places there are.
    indices.try_reserve_exact(r.min(isize::MAX as usize / 16)).map_err(|_| thread.memory_error())?;
    Ok(move |header, again: bool| {
        let has_ended = if again { n == 0 && r > 0 } else { r > n };
        if !has_ended {
            indices.extend((0..r).map(|i| if again { 0 } else { i }));
        }
        Combinations {
            header,
            pool: Slot::new(Tuple::from_refs(pool)),
            result: Slot::null(),
            indices: GilCell::new(indices),
            has_ended: Cell::new(has_ended),
        }
    })
}

/// Goes to the next combination; the first place that changed.
fn step_combination(indices: &mut [usize], n: usize) -> Option<usize> {
    let r = indices.len();
    let i = (0..r).rev().find(|&i| indices[i] != i + n - r)?;
    let first = indices[i] + 1;
    for (distance, index) in indices[i..].iter_mut().enumerate() {
        *index = first + distance;
    }
    Some(i)
}

/// The same where items may be chosen again.
fn step_replacement(indices: &mut [usize], n: usize) -> Option<usize> {
    let i = (0..indices.len()).rev().find(|&i| indices[i] + 1 != n)?;
    let index = indices[i] + 1;
    indices[i..].fill(index);
    Some(i)
}

fn next(it: &Combinations, step: fn(&mut [usize], usize) -> Option<usize>) -> PyResult<Option<Ref>> {
    if it.has_ended.get() {
        return Ok(None);
    }
    let held = it.pool.get();
    let items = held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    let changed = match it.result.is_null() {
        true => Some(0),
        false => it.indices.with(|indices| step(indices, items.len())),
    };
    let Some(changed) = changed else {
        it.has_ended.set(true);
        drop(it.result.take());
        return Ok(None);
    };
    let count = it.indices.with(|indices| indices.len());
    let item = |i: usize| it.indices.with(|indices| items[indices[i]]).to_ref();
    Ok(Some(refill_tuple_from(&it.result, count, changed, item)))
}
