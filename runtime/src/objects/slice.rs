//! `slice`, and the arithmetic of slices that all sequences share.
//!
//! Taking a slice apart may run `__index__`, which may change the sequence: `unpack` first, then read the length, then
//! `Unpacked::adjust`.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::hash::TupleHasher;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::int::{self, IntRef};
use crate::objects::sequence;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::{
    CompareOp, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
use crate::value::{Ref, Value};
use dashu_int::IBig;

/// A slice object; its fields never change.
#[repr(C)]
pub struct Slice {
    pub header: Header,
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
}

crate::object!(Slice, SLICE);

pub static SLICE: Type = Type::new_static(&TypeSpec {
    name: "slice",
    size: size_of::<Slice>(),
    flags: TypeFlags::GC.union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Slice>,
        traverse: Some(|v, visit| fields(v).into_iter().for_each(visit)),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "indices",
        "($self, object, /)",
        NativeFn::One(indices),
        "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
    ),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            Ok(Tuple::from_refs(vec![Value::of(&SLICE).to_ref(), Tuple::from_values(&fields(v))]))
        }),
        "Return state information for pickling.",
    ),
];

const GETSETS: &[GetSetDef] = &[
    getset("start", |_, v| Ok(slice(v).start.get()), "").member(),
    getset("stop", |_, v| Ok(slice(v).stop.get()), "").member(),
    getset("step", |_, v| Ok(slice(v).step.get()), "").member(),
];

/// `slice(start, stop, step)`.
pub fn new_slice(start: Value, stop: Value, step: Value) -> Ref {
    new_exact(|header| Slice {
        header,
        start: Slot::new(start.to_ref()),
        stop: Slot::new(stop.to_ref()),
        step: Slot::new(step.to_ref()),
    })
}

/// The same of references, which it takes over.
pub fn slice_from_owned(start: Ref, stop: Ref, step: Ref) -> Ref {
    new_exact(|header| Slice {
        header,
        start: Slot::new(start),
        stop: Slot::new(stop),
        step: Slot::new(step),
    })
}

fn slice(v: Value) -> &'static Slice {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn fields(v: Value) -> [Value; 3] {
    let s = slice(v);
    [s.start.peek(), s.stop.peek(), s.step.peek()]
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "slice", arguments)?;
    check_positional(thread, "slice", arguments.count(), 1, 3)?;
    Ok(match *arguments.positional() {
        [stop] => new_slice(Value::NONE, stop, Value::NONE),
        [start, stop] => new_slice(start, stop, Value::NONE),
        [start, stop, step] => new_slice(start, stop, step),
        _ => unreachable!("counted above"),
    })
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let mut out = b"slice(".to_vec();
    for (i, field) in fields(v).into_iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        sequence::push_repr(thread, &mut out, field)?;
    }
    out.push(b')');
    Ok(Str::from_wtf8(&out))
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let mut hasher = TupleHasher::new();
    for field in fields(v) {
        hasher.add(protocol::hash(thread, field)?);
    }
    Ok(hasher.finish_slice())
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !a.is_exact(&SLICE) || !b.is_exact(&SLICE) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    if a.is(b) {
        return Ok(Ref::bool(matches!(op, CompareOp::Le | CompareOp::Eq | CompareOp::Ge)));
    }
    let (left, right) = (Tuple::from_values(&fields(a)), Tuple::from_values(&fields(b)));
    protocol::compare(thread, *left, *right, op)
}

/// The fields of a slice as machine integers: absent ones filled in, large ones clipped.
#[derive(Clone, Copy, Debug)]
pub struct Unpacked {
    start: isize,
    stop: isize,
    pub step: isize,
}

/// Where a slice of a sequence of known length lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    /// Number of items.
    pub count: usize,
}

/// An index of a slice: clipped to the machine word.
pub fn bound(thread: &Thread, v: Value) -> PyResult<isize> {
    if let Some(i) = v.as_small_int() {
        return Ok(i as isize);
    }
    if v.ty().slots().index.is_none() {
        return Err(thread.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    Ok(sequence::saturated(*protocol::index(thread, v)?))
}

/// Takes a slice apart; may run Python code.
pub fn unpack(thread: &Thread, s: &Slice) -> PyResult<Unpacked> {
    let _held = Value::of(s).to_ref();
    let step = match s.step.peek() {
        Value::NONE => 1,
        v => bound(thread, v)?.max(-isize::MAX),
    };
    if step == 0 {
        return Err(thread.value_error("slice step cannot be zero"));
    }
    let start = match s.start.peek() {
        Value::NONE if step < 0 => isize::MAX,
        Value::NONE => 0,
        v => bound(thread, v)?,
    };
    let stop = match s.stop.peek() {
        Value::NONE if step < 0 => isize::MIN,
        Value::NONE => isize::MAX,
        v => bound(thread, v)?,
    };
    Ok(Unpacked { start, stop, step })
}

impl Unpacked {
    /// The slice with these bounds, where missing ones are filled in; `step` is not 0.
    pub fn new(start: isize, stop: isize, step: isize) -> Unpacked {
        Unpacked { start, stop, step }
    }
    /// The slice of a sequence of this length.
    pub fn adjust(self, length: usize) -> Span {
        let n = length as isize;
        let (low, high) = if self.step < 0 { (-1, n - 1) } else { (0, n) };
        let place = |i: isize| if i < 0 { i.saturating_add(n).max(low) } else { i.min(high) };
        let (start, stop) = (place(self.start), place(self.stop));
        let distance = if self.step < 0 { start - stop } else { stop - start };
        let count = if distance <= 0 { 0 } else { (distance - 1) as usize / self.step.unsigned_abs() + 1 };
        Span { start, stop, step: self.step, count }
    }
}

impl Span {
    /// The index of item `i` of the slice.
    #[inline(always)]
    pub fn at(&self, i: usize) -> usize {
        self.start.wrapping_add((i as isize).wrapping_mul(self.step)) as usize
    }
    /// The indices, in the slice's order.
    pub fn indices(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        (0..self.count).map(move |i| self.at(i))
    }
}

/// A field of a slice as an integer of any size.
fn big_field(thread: &Thread, v: Value) -> PyResult<Option<IBig>> {
    if v.is_none() {
        return Ok(None);
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    Ok(int::get_big(*protocol::index(thread, v)?))
}

/// Start, stop and step of a slice of a sequence of any length.
pub fn big_indices(thread: &Thread, s: &Slice, length: &IBig) -> PyResult<[IBig; 3]> {
    let zero = IBig::ZERO;
    let step = big_field(thread, s.step.peek())?.unwrap_or(IBig::ONE);
    if step == zero {
        return Err(thread.value_error("slice step cannot be zero"));
    }
    let backwards = step < zero;
    let (low, high) =
        if backwards { (IBig::from(-1), length - IBig::ONE) } else { (IBig::ZERO, length.clone()) };
    let place = |i: IBig| match i < zero {
        true => (i + length).max(low.clone()),
        false => i.min(high.clone()),
    };
    let (first, last) = if backwards { (&high, &low) } else { (&low, &high) };
    let start = big_field(thread, s.start.peek())?.map_or_else(|| first.clone(), place);
    let stop = big_field(thread, s.stop.peek())?.map_or_else(|| last.clone(), place);
    Ok([start, stop, step])
}

fn indices(thread: &Thread, v: Value, length: Value) -> PyResult {
    let length = protocol::index(thread, length)?;
    if let Some(IntRef::Small(i)) = int::get(*length)
        && i < 0
    {
        return Err(thread.value_error("length should not be negative"));
    }
    let length = int::get_big(*length).unwrap_or_default();
    if length < IBig::ZERO {
        return Err(thread.value_error("length should not be negative"));
    }
    let parts = big_indices(thread, slice(v), &length)?;
    Ok(Tuple::from_refs(parts.into_iter().map(int::from_big).collect()))
}
