//! What `iter_unpack` gives: the tuples of equal parts of a buffer.

use super::{ERROR, SharedLayout, read_values};
use crate::support::{ByteSource, byte_source};
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::iterators::itself;
use runtime::slot_fields::receiver;
use runtime::{
    GilCell, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    new_exact,
};
use std::cell::Cell;

/// The source goes back once all of it was read.
#[repr(C)]
pub(super) struct UnpackIterator {
    pub(super) header: Header,
    layout: SharedLayout,
    source: GilCell<Option<ByteSource>>,
    at: Cell<usize>,
}

runtime::object!(UnpackIterator, UNPACK_ITERATOR);

pub(super) static UNPACK_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "_struct.unpack_iterator",
    size: size_of::<UnpackIterator>(),
    flags: TypeFlags::NO_INSTANTIATION,
    slots: Slots {
        drop: drop_object::<UnpackIterator>,
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__length_hint__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let iterator = receiver::<UnpackIterator>(thread, v)?;
            let length = iterator.source.with(|s| s.as_ref().map_or(0, |s| s.bytes().len()));
            let left = length.saturating_sub(iterator.at.get());
            Ok(int::from_usize(left / iterator.layout.size))
        }),
        "",
    )],
    ..TypeSpec::EMPTY
});

pub(super) fn new_iterator(thread: &Thread, layout: SharedLayout, v: Value) -> PyResult {
    let size = layout.size;
    if size == 0 {
        return Err(ERROR.raise(thread, "cannot iteratively unpack with a struct of length 0"));
    }
    let source = byte_source(thread, v)?;
    if !source.bytes().len().is_multiple_of(size) {
        let message = format!("iterative unpacking requires a buffer of a multiple of {size} bytes");
        return Err(ERROR.raise(thread, message));
    }
    Ok(new_exact(|header| UnpackIterator {
        header,
        layout,
        source: GilCell::new(Some(source)),
        at: Cell::new(0),
    }))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let iterator = receiver::<UnpackIterator>(thread, v)?;
    let at = iterator.at.get();
    let values = iterator.source.with(|source| {
        let bytes = source.as_ref()?.bytes().get(at..at + iterator.layout.size)?;
        Some(read_values(&iterator.layout, bytes))
    });
    match values {
        Some(values) => {
            iterator.at.set(at + iterator.layout.size);
            Ok(Some(values))
        }
        None => {
            drop(iterator.source.take());
            Ok(None)
        }
    }
}
