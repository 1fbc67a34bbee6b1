//! `iter(callable, sentinel)`: calls until the sentinel comes.

use super::{REDUCE_DOC, itself, visit_slot};
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::constructors::builtin;
use crate::objects::exceptions::STOP_ITERATION;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::{CompareOp, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

/// Both fields are NULL once the iterator is exhausted.
#[repr(C)]
pub struct CallableIterator {
    pub header: Header,
    callable: Slot,
    sentinel: Slot,
}

crate::object!(CallableIterator, CALLABLE_ITERATOR);

/// An iterator over the results of `callable()` before one that equals `sentinel`.
pub fn callable_iterator(callable: Value, sentinel: Value) -> Ref {
    new_exact(|header| CallableIterator {
        header,
        callable: Slot::new(callable.to_ref()),
        sentinel: Slot::new(sentinel.to_ref()),
    })
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let Some(iterator) = v.cast::<CallableIterator>() else { return Ok(None) };
    let Some(callable) = iterator.callable.option() else { return Ok(None) };
    let finish = || {
        drop(iterator.callable.take());
        drop(iterator.sentinel.take());
    };
    let result = match thread.call(*callable, &[]) {
        Ok(result) => result,
        Err(raised) => {
            thread.catch(raised, &STOP_ITERATION)?;
            finish();
            return Ok(None);
        }
    };
    // The call may have exhausted this very iterator.
    let Some(sentinel) = iterator.sentinel.option() else { return Ok(None) };
    if protocol::compare_bool(thread, *sentinel, *result, CompareOp::Eq)? {
        finish();
        return Ok(None);
    }
    Ok(Some(result))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    // Looking the function up may run code, so the fields are read after it.
    let function = builtin(thread, "iter")?;
    let fields = v.cast::<CallableIterator>().map(|i| (i.callable.get(), i.sentinel.get()));
    let arguments = match fields {
        Some((callable, sentinel)) if !callable.is_null() && !sentinel.is_null() => {
            Tuple::from_refs(vec![callable, sentinel])
        }
        _ => Tuple::from_refs(vec![Tuple::empty()]),
    };
    Ok(Tuple::from_refs(vec![function, arguments]))
}

pub static CALLABLE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "callable_iterator",
    size: size_of::<CallableIterator>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<CallableIterator>,
        traverse: Some(|v, visit| {
            if let Some(iterator) = v.cast::<CallableIterator>() {
                visit_slot(&iterator.callable, visit);
                visit_slot(&iterator.sentinel, visit);
            }
        }),
        clear: Some(|v| {
            if let Some(iterator) = v.cast::<CallableIterator>() {
                drop(iterator.callable.take());
                drop(iterator.sentinel.take());
            }
        }),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), REDUCE_DOC)],
    ..TypeSpec::EMPTY
});
