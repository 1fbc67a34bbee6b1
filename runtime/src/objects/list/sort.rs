//! `list.sort`: a stable merge sort that uses the runs it finds, merged in the order of powersort.
//!
//! The list is empty while it is sorted; what comparisons do to it is noticed afterwards. Whatever a comparison raises,
//! the list holds a permutation of its items at the end.

use super::List;
use crate::error::PyResult;
use crate::objects::str::{Data, Str};
use crate::objects::tuple::Tuple;
use crate::objects::{float, list::LIST};
use crate::protocol;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::types::registry::{FLOAT, STR};
use crate::value::{Ref, Value};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// A key with the item it stands for; both are owned by the sort.
#[derive(Clone, Copy)]
struct Pair {
    key: Value,
    item: Value,
}

/// Sorts a list in place.
pub fn sort(thread: &Thread, l: &List, key: Value, reverse: bool) -> PyResult<()> {
    debug_assert!(Value::of(l).is_instance(&LIST));
    let _held = Value::of(l).to_ref();
    let items = l.replace_items(Vec::new());
    let mut keys = Vec::new();
    let mut outcome = Ok(());
    if !key.is_none() {
        keys.reserve(items.len());
        for item in &items {
            match thread.call(key, &[**item]) {
                Ok(k) => keys.push(k),
                Err(raised) => {
                    outcome = Err(raised);
                    break;
                }
            }
        }
    }
    let mut order = Vec::from_iter(items.into_iter().map(Ref::into_value));
    if outcome.is_ok() {
        let key_of = |i: usize, item: Value| keys.get(i).map_or(item, |k| k.value());
        let mut pairs =
            Vec::from_iter(order.iter().enumerate().map(|(i, &item)| Pair { key: key_of(i, item), item }));
        // Equal items keep their order in a reversed sort too.
        if reverse {
            pairs.reverse();
        }
        outcome = sort_pairs(thread, &mut pairs);
        if reverse {
            pairs.reverse();
        }
        order.iter_mut().zip(&pairs).for_each(|(place, pair)| *place = pair.item);
    }
    let touched = l.capacity() != 0;
    // SAFETY: `order` is a permutation of the words taken out above, which were owned.
    let sorted = order.into_iter().map(|v| unsafe { Ref::from_owned(v) }).collect();
    let added = l.replace_items(sorted);
    drop(added);
    drop(keys);
    outcome?;
    if touched {
        return Err(thread.value_error("list modified during sort"));
    }
    Ok(())
}

/// Sorts by the cheapest comparison that fits all keys.
fn sort_pairs(thread: &Thread, pairs: &mut [Pair]) -> PyResult<()> {
    if pairs.len() < 2 {
        return Ok(());
    }
    if pairs.iter().all(|p| p.key.is_small_int()) {
        pairs.sort_by_key(|p| p.key.small_int_unchecked());
        return Ok(());
    }
    if pairs.iter().all(|p| p.key.is_exact(&STR)) {
        pairs.sort_by(|a, b| compare_strings(a.key, b.key));
        return Ok(());
    }
    if pairs.iter().all(|p| p.key.is_exact(&FLOAT) && float::get(p.key).is_some_and(|f| !f.is_nan())) {
        let of = |p: &Pair| float::get(p.key).unwrap_or_default();
        pairs.sort_by(|a, b| of(a).partial_cmp(&of(b)).unwrap_or(Ordering::Equal));
        return Ok(());
    }
    if let Some(kinds) = tuple_kinds(pairs) {
        return sort_tuples(thread, pairs, &kinds);
    }
    merge_sort(pairs, &mut |a, b| {
        let r = protocol::compare(thread, a.key, b.key, CompareOp::Lt)?;
        protocol::is_true(thread, *r)
    })
}

/// What the items at one place of all tuples are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    SmallInt,
    Str,
    /// None of them is NaN.
    Float,
}

/// The kinds of the first items of all keys, as far as they have the same kind in all; `None` unless all keys are exact tuples
/// of one length.
fn tuple_kinds(pairs: &[Pair]) -> Option<SmallVec<[ItemKind; 4]>> {
    let first = pairs[0].key.cast_exact::<Tuple>()?.items();
    let kind_of = |v: Value| match v {
        _ if v.is_small_int() => Some(ItemKind::SmallInt),
        _ if v.is_exact(&STR) => Some(ItemKind::Str),
        _ if v.is_exact(&FLOAT) && float::get(v).is_some_and(|f| !f.is_nan()) => Some(ItemKind::Float),
        _ => None,
    };
    let mut kinds: SmallVec<[ItemKind; 4]> = first.iter().map_while(|v| kind_of(*v)).take(4).collect();
    for pair in &pairs[1..] {
        let items = pair.key.cast_exact::<Tuple>()?.items();
        if items.len() != first.len() {
            return None;
        }
        let same = kinds.iter().zip(items).take_while(|(kind, item)| kind_of(**item) == Some(**kind)).count();
        kinds.truncate(same);
    }
    (!kinds.is_empty()).then_some(kinds)
}

/// The order of two tuples by items of these kinds.
fn compare_tuples(a: Value, b: Value, kinds: &[ItemKind]) -> Ordering {
    // SAFETY: the caller checked that both are exact tuples.
    let (a, b) = unsafe { (a.cast_unchecked::<Tuple>().items(), b.cast_unchecked::<Tuple>().items()) };
    for (kind, (a, b)) in kinds.iter().zip(a.iter().zip(b)) {
        let order = match kind {
            ItemKind::SmallInt => a.small_int_unchecked().cmp(&b.small_int_unchecked()),
            ItemKind::Str => compare_strings(*a, *b),
            ItemKind::Float => {
                let of = |v: Value| float::get(v).unwrap_or_default();
                of(*a).partial_cmp(&of(*b)).unwrap_or(Ordering::Equal)
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Sorts tuples whose first items are of these kinds; further ones are compared as ever.
fn sort_tuples(thread: &Thread, pairs: &mut [Pair], kinds: &[ItemKind]) -> PyResult<()> {
    let is_all = pairs[0].key.cast_exact::<Tuple>().is_some_and(|tuple| tuple.items().len() == kinds.len());
    if is_all {
        pairs.sort_by(|a, b| compare_tuples(a.key, b.key, kinds));
        return Ok(());
    }
    merge_sort(pairs, &mut |a, b| match compare_tuples(a.key, b.key, kinds) {
        Ordering::Equal => {
            let r = protocol::compare(thread, a.key, b.key, CompareOp::Lt)?;
            protocol::is_true(thread, *r)
        }
        order => Ok(order == Ordering::Less),
    })
}

/// The order of two exact strings, by code points.
fn compare_strings(a: Value, b: Value) -> Ordering {
    // SAFETY: the caller checked that both are exact strings.
    let (a, b) = unsafe { (a.cast_unchecked::<Str>(), b.cast_unchecked::<Str>()) };
    match (a.data(), b.data()) {
        (Data::Ascii(x) | Data::Latin1(x), Data::Ascii(y) | Data::Latin1(y)) => x.cmp(y),
        _ => a.chars().cmp(b.chars()),
    }
}

/// A sorted stretch, and its power: how deep in the ideal merge tree its boundary with the next one lies.
struct Run {
    start: usize,
    length: usize,
    power: u32,
}

type Less<'a> = &'a mut dyn FnMut(&Pair, &Pair) -> PyResult<bool>;

/// Runs shorter than this are extended by insertion.
const MAX_MINIMUM_RUN: usize = 64;

fn minimum_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= MAX_MINIMUM_RUN {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

fn merge_sort(pairs: &mut [Pair], less: Less) -> PyResult<()> {
    let n = pairs.len();
    let minimum = minimum_run(n);
    let mut pending: Vec<Run> = Vec::new();
    let mut start = 0;
    while start < n {
        let mut length = find_run(&mut pairs[start..], less)?;
        if length < minimum {
            let wanted = minimum.min(n - start);
            insert_sorted(&mut pairs[start..start + wanted], length, less)?;
            length = wanted;
        }
        if let Some(last) = pending.last() {
            let power = boundary_power(last.start, last.length, length, n);
            while pending.len() > 1 && pending[pending.len() - 2].power > power {
                merge_last(pairs, &mut pending, less)?;
            }
            if let Some(last) = pending.last_mut() {
                last.power = power;
            }
        }
        pending.push(Run { start, length, power: 0 });
        start += length;
    }
    while pending.len() > 1 {
        merge_last(pairs, &mut pending, less)?;
    }
    Ok(())
}

/// The first binary digit in which the middles of two adjacent runs differ, as fractions of the whole.
fn boundary_power(start: usize, left: usize, right: usize, n: usize) -> u32 {
    let mut a = 2 * start + left;
    let mut b = a + left + right;
    let mut power = 0;
    loop {
        power += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

/// The length of the run at the start, turned round if it descends strictly.
fn find_run(pairs: &mut [Pair], less: Less) -> PyResult<usize> {
    if pairs.len() < 2 {
        return Ok(pairs.len());
    }
    let mut n = 2;
    let descending = less(&pairs[1], &pairs[0])?;
    while n < pairs.len() && less(&pairs[n], &pairs[n - 1])? == descending {
        n += 1;
    }
    if descending {
        pairs[..n].reverse();
    }
    Ok(n)
}

/// Binary insertion of all items behind the first `sorted` ones.
fn insert_sorted(pairs: &mut [Pair], sorted: usize, less: Less) -> PyResult<()> {
    for i in sorted..pairs.len() {
        let pivot = pairs[i];
        let (mut low, mut high) = (0, i);
        while low < high {
            let middle = (low + high) / 2;
            if less(&pivot, &pairs[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        pairs[low..=i].rotate_right(1);
    }
    Ok(())
}

/// Merges the last two runs.
fn merge_last(pairs: &mut [Pair], pending: &mut Vec<Run>, less: Less) -> PyResult<()> {
    let Some(right) = pending.pop() else { return Ok(()) };
    let Some(left) = pending.last_mut() else { return Ok(()) };
    let range = left.start..right.start + right.length;
    let middle = left.length;
    left.length += right.length;
    left.power = right.power;
    merge(&mut pairs[range], middle, less)
}

/// Merges two adjacent runs; leading items of the left one and trailing ones of the right one that are in place already
/// are found by bisection and stay.
fn merge(pairs: &mut [Pair], middle: usize, less: Less) -> PyResult<()> {
    let first_right = pairs[middle];
    let skip = bisect(&pairs[..middle], &mut |p| Ok(!less(&first_right, p)?))?;
    let last_left = pairs[middle - 1];
    let end = middle + bisect(&pairs[middle..], &mut |p| less(p, &last_left))?;
    let left = pairs[skip..middle].to_vec();
    let (mut out, mut i, mut j) = (skip, 0, middle);
    let mut outcome = Ok(());
    while i < left.len() && j < end {
        let take_right = match less(&pairs[j], &left[i]) {
            Ok(answer) => answer,
            Err(raised) => {
                outcome = Err(raised);
                break;
            }
        };
        if take_right {
            pairs[out] = pairs[j];
            j += 1;
        } else {
            pairs[out] = left[i];
            i += 1;
        }
        out += 1;
    }
    // The rest of the left run fills the gap exactly, after an error too.
    pairs[out..out + left.len() - i].copy_from_slice(&left[i..]);
    outcome
}

/// The number of leading items for which `holds`.
fn bisect(pairs: &[Pair], holds: &mut dyn FnMut(&Pair) -> PyResult<bool>) -> PyResult<usize> {
    let (mut low, mut high) = (0, pairs.len());
    while low < high {
        let middle = (low + high) / 2;
        if holds(&pairs[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
