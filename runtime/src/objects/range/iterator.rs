//! `range_iterator` over small ints and `longrange_iterator` over any.
//!
//! Invariant of the former: every item it will give fits the value word, so that giving one checks nothing.

use super::{Range, SmallRange, big, new_range};
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::int::{self, IBig};
use crate::objects::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, itself, reduce_builtin_with};
use crate::protocol;
use crate::thread::Thread;
use crate::types::{Effects, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// Gives `next`, `next + step`, ... until `remaining` is zero.
#[repr(C)]
pub struct RangeIterator {
    pub header: Header,
    pub next: Cell<i64>,
    pub step: Cell<i64>,
    pub remaining: Cell<i64>,
}

/// The same with ints of any size.
#[repr(C)]
pub struct LongRangeIterator {
    pub header: Header,
    pub next: Slot,
    pub step: Slot,
    pub remaining: Slot,
}

crate::object!(RangeIterator, RANGE_ITERATOR);
crate::object!(LongRangeIterator, LONG_RANGE_ITERATOR);

const _: () = assert!(size_of::<RangeIterator>() == 40, "compiled loops address the fields");

impl RangeIterator {
    pub const NEXT_OFFSET: usize = std::mem::offset_of!(RangeIterator, next);
    pub const STEP_OFFSET: usize = std::mem::offset_of!(RangeIterator, step);
    pub const REMAINING_OFFSET: usize = std::mem::offset_of!(RangeIterator, remaining);

    /// The next item; `None` at the end.
    #[inline(always)]
    pub fn advance(&self) -> Option<Value> {
        let remaining = self.remaining.get();
        if remaining <= 0 {
            return None;
        }
        let item = self.next.get();
        self.remaining.set(remaining - 1);
        self.next.set(item.wrapping_add(self.step.get()));
        Some(Value::small_int(item))
    }
}

pub static RANGE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "range_iterator",
    size: size_of::<RangeIterator>(),
    flags: TypeFlags::FINALIZE_SILENT,
    slots: Slots {
        drop: drop_object::<RangeIterator>,
        iter: Some(itself),
        next: Some(|_, v| Ok(small(v).advance().map(Ref::immediate))),
        ..Slots::EMPTY
    },
    methods: SMALL_METHODS,
    ..TypeSpec::EMPTY
});

pub static LONG_RANGE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "longrange_iterator",
    size: size_of::<LongRangeIterator>(),
    flags: TypeFlags::FINALIZE_SILENT,
    slots: Slots {
        drop: drop_object::<LongRangeIterator>,
        iter: Some(itself),
        next: Some(next_long),
        ..Slots::EMPTY
    },
    methods: LONG_METHODS,
    ..TypeSpec::EMPTY
});

const SMALL_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(int::new(small(v).remaining.get()))),
        LENGTH_HINT_DOC,
    )
    .effects(Effects::READS_HEAP),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = small(v);
            let (next, step) = (it.next.get(), it.step.get());
            let stop = next as i128 + it.remaining.get() as i128 * step as i128;
            reduce(thread, *int::new(next), *int::from_i128(stop), *int::new(step))
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            let it = small(v);
            let skipped = protocol::index_i64(thread, state)?.clamp(0, it.remaining.get());
            it.next.set(it.next.get().wrapping_add(skipped.wrapping_mul(it.step.get())));
            it.remaining.set(it.remaining.get() - skipped);
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

const LONG_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(long(v).remaining.get())),
        LENGTH_HINT_DOC,
    )
    .effects(Effects::READS_HEAP),
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = long(v);
            let (next, step) = (it.next.get(), it.step.get());
            let stop = big(*next) + big(it.remaining.peek()) * big(*step);
            reduce(thread, *next, *int::from_big(stop), *step)
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            if !int::is_int(state) {
                return Err(thread.type_error(format!("state must be an int, not {}", state.ty().name())));
            }
            let it = long(v);
            let remaining = big(it.remaining.peek());
            let skipped = big(state).max(IBig::ZERO).min(remaining.clone());
            it.next.set(int::from_big(big(it.next.peek()) + &skipped * big(it.step.peek())));
            it.remaining.set(int::from_big(remaining - skipped));
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

/// `(iter, (range(...),), None)`
fn reduce(thread: &Thread, next: Value, stop: Value, step: Value) -> PyResult {
    let rest = new_range(next, stop, step);
    reduce_builtin_with(thread, "iter", *rest, Some(Ref::NONE))
}

fn small(v: Value) -> &'static RangeIterator {
    // SAFETY: slots of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn long(v: Value) -> &'static LongRangeIterator {
    // SAFETY: as above.
    unsafe { v.cast_unchecked() }
}

fn next_long(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = long(v);
    let remaining = big(it.remaining.peek());
    if remaining == IBig::ZERO {
        return Ok(None);
    }
    let item = it.next.get();
    it.remaining.set(int::from_big(remaining - IBig::ONE));
    it.next.set(int::from_big(big(*item) + big(it.step.peek())));
    Ok(Some(item))
}

fn new_small(range: SmallRange) -> Ref {
    new_exact(|header| RangeIterator {
        header,
        next: Cell::new(range.start),
        step: Cell::new(range.step),
        remaining: Cell::new(range.length),
    })
}

/// An iterator that gives `remaining` items, which all fit the value word, from `next` on.
pub fn range_iterator(next: i64, remaining: i64, step: i64) -> Ref {
    new_small(SmallRange { start: next, step, length: remaining })
}

fn new_long(next: Ref, step: Ref, remaining: Ref) -> Ref {
    new_exact(|header| LongRangeIterator {
        header,
        next: Slot::new(next),
        step: Slot::new(step),
        remaining: Slot::new(remaining),
    })
}

/// `iter(range)`.
pub fn new_range_iterator(range: &Range) -> Ref {
    match range.small() {
        Some(small) => new_small(small),
        None => new_long(range.start.get(), range.step.get(), range.length.get()),
    }
}

/// `reversed(range)`.
pub(super) fn new_reversed(range: &Range) -> Ref {
    if let Some(SmallRange { start, step, length }) = range.small() {
        // The item before the first one is where an empty range's walk would start; it is never given.
        let last = start.wrapping_add(length.wrapping_sub(1).wrapping_mul(step));
        return new_small(SmallRange { start: last, step: -step, length });
    }
    let last = range.big_item(&(big(range.length.peek()) - IBig::ONE));
    let step = int::from_big(-big(range.step.peek()));
    new_long(int::from_big(last), step, range.length.get())
}
