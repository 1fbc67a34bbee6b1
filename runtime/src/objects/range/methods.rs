//! The type `range`: its slots and methods.

use super::iterator::{new_range_iterator, new_reversed};
use super::{Range, big, new_range};
use crate::call::Args;
use crate::error::PyResult;
use crate::hash::TupleHasher;
use crate::object::drop_object;
use crate::objects::int::{self, IBig};
use crate::objects::slice::{self, Slice};
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::registry::INT;
use crate::types::{
    CompareOp, Effects, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
use crate::value::{Ref, Value};

pub static RANGE: Type = Type::new_static(&TypeSpec {
    name: "range",
    size: size_of::<Range>(),
    flags: TypeFlags::SEQUENCE.union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Range>,
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(|_, v| Ok(new_range_iterator(range(v)))),
        bool: Some(|_, v| Ok(range(v).length.peek() != Value::small_int(0))),
        len: Some(|thread, v| Ok(protocol::c_ssize(thread, range(v).length.peek())? as usize)),
        get_item: Some(get_item),
        contains: Some(contains),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(new_reversed(range(v)))),
        "Return a reverse iterator.",
    )
    .effects(Effects::READS_HEAP),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let r = range(v);
            let fields = Tuple::from_values(&[r.start.peek(), r.stop.peek(), r.step.peek()]);
            Ok(Tuple::from_refs(vec![Value::of(&RANGE).to_ref(), fields]))
        }),
        "",
    ),
    method(
        "count",
        "($self, object, /)",
        NativeFn::One(count),
        "rangeobject.count(value) -> integer -- return number of occurrences of value",
    ),
    method(
        "index",
        "($self, object, /)",
        NativeFn::One(index),
        "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
    ),
];

const GETSETS: &[GetSetDef] = &[
    getset("start", |_, v| Ok(range(v).start.get()), "").member(),
    getset("stop", |_, v| Ok(range(v).stop.get()), "").member(),
    getset("step", |_, v| Ok(range(v).step.get()), "").member(),
];

fn range(v: Value) -> &'static Range {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

/// An argument as an exact int.
fn exact_index(thread: &Thread, v: Value) -> PyResult {
    Ok(protocol::exact_int(*protocol::index(thread, v)?))
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "range", arguments)?;
    let zero = Value::small_int(0);
    let one = Value::small_int(1);
    Ok(match *arguments.positional() {
        [stop] => new_range(zero, *exact_index(thread, stop)?, one),
        [start, stop] => {
            let start = exact_index(thread, start)?;
            let stop = exact_index(thread, stop)?;
            new_range(*start, *stop, one)
        }
        [start, stop, step] => {
            let start = exact_index(thread, start)?;
            let stop = exact_index(thread, stop)?;
            let step = exact_index(thread, step)?;
            if *step == zero {
                return Err(thread.value_error("range() arg 3 must not be zero"));
            }
            new_range(*start, *stop, *step)
        }
        ref other => {
            check_positional(thread, "range", other.len(), 1, 3)?;
            Ref::NULL
        }
    })
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let r = range(v);
    let text = |v: Value| -> PyResult<String> { Ok(str::display(*protocol::repr(thread, v)?)) };
    let (start, stop) = (text(r.start.peek())?, text(r.stop.peek())?);
    if r.step.peek() == Value::small_int(1) {
        return Ok(Str::new(&format!("range({start}, {stop})")));
    }
    Ok(Str::new(&format!("range({start}, {stop}, {})", text(r.step.peek())?)))
}

/// What makes two ranges equal: length, first item, step, as far as they matter.
fn identity(r: &Range) -> [Value; 3] {
    let (length, start, step) = (r.length.peek(), r.start.peek(), r.step.peek());
    match length.as_small_int() {
        Some(0) => [length, Value::NONE, Value::NONE],
        Some(1) => [length, start, Value::NONE],
        _ => [length, start, step],
    }
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let mut hasher = TupleHasher::new();
    for part in identity(range(v)) {
        hasher.add(protocol::hash(thread, part)?);
    }
    Ok(hasher.finish())
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast_exact::<Range>(), b.cast_exact::<Range>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let mut same = true;
    for (x, y) in identity(left).into_iter().zip(identity(right)) {
        same = same && protocol::compare_bool(thread, x, y, CompareOp::Eq)?;
    }
    Ok(Ref::bool(same == (op == CompareOp::Eq)))
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let r = range(v);
    if let (Some(i), Some(small)) = (key.as_small_int(), r.small()) {
        let i = if i < 0 { i.wrapping_add(small.length) } else { i };
        if i < 0 || i >= small.length {
            return Err(out_of_range(thread));
        }
        return Ok(int::new(small.item(i)));
    }
    if let Some(s) = key.cast::<Slice>() {
        return subrange(thread, r, s);
    }
    if !int::is_int(key) && key.ty().slots().index.is_none() {
        let message = format!("range indices must be integers or slices, not {}", key.ty().name());
        return Err(thread.type_error(message));
    }
    let index = big(*protocol::index(thread, key)?);
    let length = big(r.length.peek());
    let index = if index < IBig::ZERO { index + &length } else { index };
    if index < IBig::ZERO || index >= length {
        return Err(out_of_range(thread));
    }
    Ok(int::from_big(r.big_item(&index)))
}

#[cold]
fn out_of_range(thread: &Thread) -> crate::error::Raised {
    thread.index_error("range object index out of range")
}

/// The range of the items that a slice selects.
fn subrange(thread: &Thread, r: &Range, s: &Slice) -> PyResult {
    let [start, stop, step] = slice::big_indices(thread, s, &big(r.length.peek()))?;
    let step = int::from_big(big(r.step.peek()) * step);
    let (start, stop) = (int::from_big(r.big_item(&start)), int::from_big(r.big_item(&stop)));
    Ok(new_range(*start, *stop, *step))
}

/// Whether arithmetic says where `item` is; other objects must be compared with each item.
fn is_plain_int(item: Value) -> bool {
    item.is_exact(&INT) || item.is_bool()
}

/// The place of an int or bool.
fn find_int(r: &Range, item: Value) -> Option<Ref> {
    let small_item = if item.is_bool() { Some((item == Value::TRUE) as i64) } else { item.as_small_int() };
    if let (Some(i), Some(small)) = (small_item, r.small()) {
        return small.find(i).map(int::new);
    }
    r.big_find(&big(item)).map(int::from_big)
}

/// Calls `found` with the place of each item that equals `item`, until it says true.
fn search(thread: &Thread, v: Value, item: Value, mut found: impl FnMut(u64) -> bool) -> PyResult<()> {
    let iterator = new_range_iterator(range(v));
    let mut place = 0;
    while let Some(candidate) = protocol::next(thread, *iterator)? {
        if protocol::compare_bool(thread, *candidate, item, CompareOp::Eq)? && found(place) {
            break;
        }
        place += 1;
    }
    Ok(())
}

fn contains(thread: &Thread, v: Value, item: Value) -> PyResult<bool> {
    if is_plain_int(item) {
        return Ok(find_int(range(v), item).is_some());
    }
    let mut is_there = false;
    search(thread, v, item, |_| {
        is_there = true;
        true
    })?;
    Ok(is_there)
}

fn count(thread: &Thread, v: Value, item: Value) -> PyResult {
    if is_plain_int(item) {
        return Ok(int::new(find_int(range(v), item).is_some() as i64));
    }
    let mut times = 0;
    search(thread, v, item, |_| {
        times += 1;
        false
    })?;
    Ok(int::new(times))
}

fn index(thread: &Thread, v: Value, item: Value) -> PyResult {
    if is_plain_int(item) {
        return match find_int(range(v), item) {
            Some(place) => Ok(place),
            None => Err(thread.value_error("range.index(x): x not in range")),
        };
    }
    let mut first = None;
    search(thread, v, item, |place| {
        first = Some(place);
        true
    })?;
    match first {
        Some(place) => Ok(int::from_u64(place)),
        None => Err(thread.value_error("sequence.index(x): x not in sequence")),
    }
}
