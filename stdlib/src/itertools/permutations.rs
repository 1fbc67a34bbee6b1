//! `product` and `permutations`.

use super::iterator_type;
use runtime::objects::int;
use runtime::objects::iterators::refill_tuple_from;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Thread, Type, Value, method, new_object,
    protocol,
};
use std::cell::Cell;

/// Bytes of index words, for `__sizeof__`.
pub(super) fn size_with_indices(v: Value, count: usize) -> PyResult {
    let native = v.ty().native_size.get() as usize;
    Ok(int::from_usize(native + count * size_of::<usize>()))
}

/// Gives all tuples with one item of each pool.
#[repr(C)]
pub struct Product {
    pub header: Header,
    /// A tuple of tuples.
    pools: Slot,
    /// The tuple given last, used again if its receiver has let it go; NULL at first.
    result: Slot,
    indices: GilCell<Vec<usize>>,
    has_ended: Cell<bool>,
}

runtime::slot_fields!(Product, pools, result);
iterator_type!(
    PRODUCT,
    Product,
    "itertools.product",
    new_product,
    next_of_product,
    PRODUCT_METHODS,
    "(*iterables, repeat=1)",
    "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every iteration).\n\nTo compute the product of an iterable with itself, specify the number\nof repetitions with the optional repeat keyword argument. For example,\nproduct(A, repeat=4) means the same as product(A, A, A, A).\n\nproduct('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)\nproduct((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ..."
);

const PRODUCT_METHODS: &[MethodDef] = &[method(
    "__sizeof__",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| {
        size_with_indices(v, receiver::<Product>(thread, v)?.indices.with(|indices| indices.len()))
    }),
    "Returns size in memory, in bytes.",
)];

static PRODUCT_KEYWORDS: Parameters = Parameters::new("product", "(*, repeat=1)");

/// More pools than this no machine has the memory for.
const MAX_POOLS: usize = 1 << 40;

fn new_product(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let mut repeat = 1;
    if arguments.has_keywords() {
        let keywords = Args::new(arguments.keyword_values(), arguments.keyword_names());
        repeat = PRODUCT_KEYWORDS.bind(thread, &keywords, |a| protocol::c_ssize(thread, a[0]))?;
    }
    let repeat =
        usize::try_from(repeat).map_err(|_| thread.value_error("repeat argument cannot be negative"))?;
    let given = if repeat == 0 { &[][..] } else { arguments.positional() };
    let too_large = || thread.overflow_error("repeat argument too large");
    let count = given.len().checked_mul(repeat).filter(|n| *n < MAX_POOLS).ok_or_else(too_large)?;
    let mut pools = Vec::new();
    for iterable in given {
        pools.push(Tuple::from_refs(protocol::collect(thread, *iterable)?));
    }
    let mut all = Vec::new();
    all.try_reserve_exact(count).map_err(|_| thread.memory_error())?;
    all.extend((0..count).map(|i| pools[i % pools.len()].clone()));
    let pools = Tuple::from_refs(all);
    Ok(new_object(ty, |header| Product {
        header,
        pools: Slot::new(pools),
        result: Slot::null(),
        indices: GilCell::new(vec![0; count]),
        has_ended: Cell::new(false),
    }))
}

/// The items of pool `i`.
fn pool(pools: &Tuple, i: usize) -> &'static [Value] {
    pools.items().get(i).and_then(|p| p.cast_exact::<Tuple>()).map_or(&[], |p| p.items())
}

fn next_of_product(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let product = receiver::<Product>(thread, v)?;
    if product.has_ended.get() {
        return Ok(None);
    }
    let held = product.pools.get();
    let Some(pools) = held.cast_exact::<Tuple>() else { return Ok(None) };
    let is_first = product.result.is_null();
    // Steps the rightmost index that has not come to its end, those behind it start again.
    let changed = product.indices.with(|indices| {
        if is_first {
            return (0..indices.len()).all(|i| !pool(pools, i).is_empty()).then_some(0);
        }
        for i in (0..indices.len()).rev() {
            indices[i] += 1;
            if indices[i] < pool(pools, i).len() {
                return Some(i);
            }
            indices[i] = 0;
        }
        None
    });
    let Some(changed) = changed else {
        product.has_ended.set(true);
        drop(product.result.take());
        return Ok(None);
    };
    let item = |i: usize| product.indices.with(|indices| pool(pools, i)[indices[i]]).to_ref();
    Ok(Some(refill_tuple_from(&product.result, pools.len(), changed, item)))
}

/// Gives all arrangements of `r` items of a pool.
#[repr(C)]
pub struct Permutations {
    pub header: Header,
    /// A tuple.
    pool: Slot,
    result: Slot,
    indices: GilCell<Vec<usize>>,
    /// For each place, how many exchanges are left.
    cycles: GilCell<Vec<usize>>,
    has_ended: Cell<bool>,
}

runtime::slot_fields!(Permutations, pool, result);
iterator_type!(
    PERMUTATIONS,
    Permutations,
    "itertools.permutations",
    new_permutations,
    next_of_permutations,
    PERMUTATIONS_METHODS,
    "(iterable, r=None)",
    "Return successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)"
);

const PERMUTATIONS_METHODS: &[MethodDef] = &[method(
    "__sizeof__",
    "($self, /)",
    NativeFn::NoArgs(|thread, v| {
        let it = receiver::<Permutations>(thread, v)?;
        size_with_indices(v, it.indices.with(|i| i.len()) + it.cycles.with(|c| c.len()))
    }),
    "Returns size in memory, in bytes.",
)];

static PERMUTATIONS_PARAMETERS: Parameters = Parameters::new("permutations", "(iterable, r=None)");

fn new_permutations(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    PERMUTATIONS_PARAMETERS.bind(thread, arguments, |a| {
        let pool = protocol::collect(thread, a[0])?;
        let n = pool.len();
        let r = match a[1] {
            Value::NULL | Value::NONE => n as isize,
            r if int::is_int(r) => protocol::c_ssize(thread, r)?,
            _ => return Err(thread.type_error("Expected int as r")),
        };
        let r = usize::try_from(r).map_err(|_| thread.value_error("r must be non-negative"))?;
        // With too few items there is no arrangement at all.
        let places = r.min(n);
        Ok(new_object(ty, |header| Permutations {
            header,
            pool: Slot::new(Tuple::from_refs(pool)),
            result: Slot::null(),
            indices: GilCell::new((0..n).collect()),
            cycles: GilCell::new((0..places).map(|i| n - i).collect()),
            has_ended: Cell::new(r > n),
        }))
    })
}

/// Goes to the next arrangement; the first place that changed.
fn step_permutation(indices: &mut [usize], cycles: &mut [usize]) -> Option<usize> {
    let n = indices.len();
    for i in (0..cycles.len()).rev() {
        cycles[i] -= 1;
        if cycles[i] > 0 {
            indices.swap(i, n - cycles[i]);
            return Some(i);
        }
        indices[i..].rotate_left(1);
        cycles[i] = n - i;
    }
    None
}

fn next_of_permutations(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = receiver::<Permutations>(thread, v)?;
    if it.has_ended.get() {
        return Ok(None);
    }
    let held = it.pool.get();
    let items = held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    let changed = match it.result.is_null() {
        true => Some(0),
        false => it.indices.with(|indices| it.cycles.with(|cycles| step_permutation(indices, cycles))),
    };
    let Some(changed) = changed else {
        it.has_ended.set(true);
        drop(it.result.take());
        return Ok(None);
    };
    let count = it.cycles.with(|cycles| cycles.len());
    let item = |i: usize| it.indices.with(|indices| items[indices[i]]).to_ref();
    Ok(Some(refill_tuple_from(&it.result, count, changed, item)))
}
