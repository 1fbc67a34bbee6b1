//! `_bisect`: searching and inserting in sorted sequences.

use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::intern_text;
use runtime::{CompareOp, MethodDef, NativeFn, PyResult, Ref, Thread, TypeFlags, Value, method, protocol};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_bisect",
    doc: "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    functions: FUNCTIONS,
    init: |_, _| Ok(()),
};

const SIGNATURE: &str = "($module, /, a, x, lo=0, hi=None, *, key=None)";

const FUNCTIONS: &[MethodDef] = &[
    method(
        "bisect_left",
        SIGNATURE,
        NativeFn::Bound(|t, _, a| Ok(int::from_usize(search(t, a, a[1], Side::Left)?))),
        "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already appears in the list, a.insert(i, x)\nwill insert just before the leftmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.",
    ),
    method(
        "bisect_right",
        SIGNATURE,
        NativeFn::Bound(|t, _, a| Ok(int::from_usize(search(t, a, a[1], Side::Right)?))),
        "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already appears in the list, a.insert(i, x)\nwill insert just after the rightmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.",
    ),
    method(
        "insort_left",
        SIGNATURE,
        NativeFn::Bound(|t, _, a| insort(t, a, Side::Left)),
        "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the left of the leftmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.",
    ),
    method(
        "insort_right",
        SIGNATURE,
        NativeFn::Bound(|t, _, a| insort(t, a, Side::Right)),
        "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the right of the rightmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.",
    ),
];

/// Where among equal items the place lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// Whether the place lies behind `item`.
#[inline]
fn lies_behind(thread: &Thread, item: Value, x: Value, side: Side) -> PyResult<bool> {
    if Value::both_small_int(item, x) {
        let (item, x) = (item.small_int_unchecked(), x.small_int_unchecked());
        return Ok(if side == Side::Left { item < x } else { item <= x });
    }
    match side {
        Side::Left => protocol::compare_bool(thread, item, x, CompareOp::Lt),
        Side::Right => Ok(!protocol::compare_bool(thread, x, item, CompareOp::Lt)?),
    }
}

fn item_at(thread: &Thread, sequence: Value, place: usize) -> PyResult {
    if let Some(item) = sequence.cast_exact::<List>().and_then(|list| list.get(place)) {
        return Ok(item);
    }
    protocol::get_item(thread, sequence, *int::from_usize(place))
}

/// The place of `x` in `a = (sequence, _, lo, hi, key)`.
fn search(thread: &Thread, a: &[Value], x: Value, side: Side) -> PyResult<usize> {
    let sequence = a[0];
    let given = |v: Value| !v.is_null() && !v.is_none();
    let low = if a[2].is_null() { 0 } else { protocol::c_ssize(thread, a[2])? };
    let Ok(mut low) = usize::try_from(low) else {
        return Err(thread.value_error("lo must be non-negative"));
    };
    let mut high = -1;
    if given(a[3]) {
        if !int::is_int(a[3]) && a[3].ty().slots().index.is_none() {
            let message = format!("argument should be integer or None, not '{}'", a[3].ty().name());
            return Err(thread.type_error(message));
        }
        high = protocol::c_ssize(thread, a[3])?;
    }
    if high == -1 {
        if sequence.ty().has(TypeFlags::DICT_SUBCLASS) {
            return Err(thread.type_error(format!("{} is not a sequence", sequence.ty().name())));
        }
        high = protocol::len(thread, sequence)? as isize;
    }
    let mut high = high.max(0) as usize;
    while low < high {
        let middle = low + (high - low) / 2;
        let mut item = item_at(thread, sequence, middle)?;
        if given(a[4]) {
            item = thread.call(a[4], &[*item])?;
        }
        match lies_behind(thread, *item, x, side)? {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

fn insort(thread: &Thread, a: &[Value], side: Side) -> PyResult {
    let has_key = !a[4].is_null() && !a[4].is_none();
    let x = if has_key { thread.call(a[4], &[a[1]])? } else { a[1].to_ref() };
    let place = search(thread, a, *x, side)?;
    match a[0].cast_exact::<List>() {
        Some(list) => list.insert(place, a[1].to_ref()),
        None => drop(thread.call_method(a[0], intern_text("insert"), &[*int::from_usize(place), a[1]])?),
    }
    Ok(Ref::NONE)
}
