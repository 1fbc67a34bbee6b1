//! `filter`.

use super::{REDUCE_DOC, itself, refuse_keywords};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_object};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::traverse_slots;
use crate::thread::Thread;
use crate::types::binding::check_positional;
use crate::types::registry::BOOL;
use crate::types::{NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

/// Gives the items of an iterator that a predicate (None: truth) is true of.
#[repr(C)]
pub struct Filter {
    pub header: Header,
    pub predicate: Slot,
    pub iterator: Slot,
}

crate::object!(Filter, FILTER);
crate::slot_fields!(Filter, predicate, iterator);

pub static FILTER: Type = Type::new_static(&TypeSpec {
    name: "filter",
    size: size_of::<Filter>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Filter>,
        traverse: Some(traverse_slots::<Filter>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let arguments = Tuple::from_refs(vec![it.predicate.get(), it.iterator.get()]);
            Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments]))
        }),
        REDUCE_DOC,
    )],
    signature: "(function, iterable, /)",
    doc: "Return an iterator yielding those items of iterable for which\nfunction(item) is true.  If function is None, return the items that\nare true.",
    ..TypeSpec::EMPTY
});

fn fields(v: Value) -> &'static Filter {
    // SAFETY: slots and methods of the type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    refuse_keywords(thread, ty, &FILTER, "filter", arguments)?;
    check_positional(thread, "filter", arguments.count(), 2, 2)?;
    let given = arguments.positional();
    let iterator = protocol::iter(thread, given[1])?;
    Ok(new_object(ty, |header| Filter {
        header,
        predicate: Slot::new(given[0].to_ref()),
        iterator: Slot::new(iterator),
    }))
}

/// Whether a predicate accepts an item; None and `bool` ask for its truth.
#[inline]
pub fn accepts(thread: &Thread, predicate: Value, item: Value) -> PyResult<bool> {
    if predicate.is_none() || predicate.is(Value::of(&BOOL)) {
        return protocol::is_true(thread, item);
    }
    let answer: Ref = thread.call(predicate, &[item])?;
    protocol::is_true(thread, *answer)
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let (iterator, predicate) = (it.iterator.get(), it.predicate.get());
    while let Some(item) = protocol::next(thread, *iterator)? {
        if accepts(thread, *predicate, *item)? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}
