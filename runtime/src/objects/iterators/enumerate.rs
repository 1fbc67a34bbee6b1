//! `enumerate`.

use super::{REDUCE_DOC, itself, refill_tuple};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::object::{Header, drop_object, new_object};
use crate::objects::generic_alias::class_getitem;
use crate::objects::int::{self, IBig};
use crate::objects::str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::traverse_slots;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, SMALL_INT_MAX, Value};
use std::cell::Cell;

/// Numbers the items of `iterator`.
#[repr(C)]
pub struct Enumerate {
    pub header: Header,
    pub iterator: Slot,
    /// The next number, as long as `big_index` is NULL; at most `SMALL_INT_MAX`.
    pub index: Cell<i64>,
    /// The next number once it is beyond the value word.
    pub big_index: Slot,
    /// The pair given last, used again if its receiver has let it go; NULL at first.
    pub result: Slot,
}

crate::object!(Enumerate, ENUMERATE);
crate::slot_fields!(Enumerate, iterator, result);

pub static ENUMERATE: Type = Type::new_static(&TypeSpec {
    name: "enumerate",
    size: size_of::<Enumerate>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Enumerate>,
        traverse: Some(traverse_slots::<Enumerate>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(iterable, start=0)",
    doc: "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let index = it.big_index.option().unwrap_or_else(|| int::new(it.index.get()));
            let arguments = Tuple::from_refs(vec![it.iterator.get(), index]);
            Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments]))
        }),
        REDUCE_DOC,
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "'enumerate' objects are generic over the type of their values",
    )
    .class(),
];

fn fields(v: Value) -> &'static Enumerate {
    // SAFETY: slots and methods of the type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

static PARAMETERS: Parameters = Parameters::new("enumerate", "(iterable, start=0)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    if std::ptr::eq(ty, &ENUMERATE) {
        let (iterable, start) = own_arguments(thread, arguments)?;
        return make(thread, ty, iterable, start);
    }
    PARAMETERS.bind(thread, arguments, |a| make(thread, ty, a[0], a[1]))
}

/// The arguments of `enumerate(...)` itself, which CPython checks in words of their own.
fn own_arguments(thread: &Thread, arguments: &Args) -> PyResult<(Value, Value)> {
    let all = arguments.all_values();
    if all.len() > 2 {
        let message = format!("enumerate() takes at most 2 arguments ({} given)", all.len());
        return Err(thread.type_error(message));
    }
    let mut slots = [Value::NULL; 2];
    slots[..arguments.count()].copy_from_slice(arguments.positional());
    for (name, value) in arguments.keywords() {
        let slot = match () {
            () if str::equals(name, "iterable") => 0,
            () if str::equals(name, "start") => 1,
            () => return Err(invalid_keyword(thread, name)),
        };
        let lone_start = slot == 1 && all.len() == 1;
        if !slots[slot].is_null() || lone_start {
            return Err(invalid_keyword(thread, name));
        }
        slots[slot] = value;
    }
    if slots[0].is_null() {
        return Err(thread.type_error("enumerate() missing required argument 'iterable'"));
    }
    Ok((slots[0], slots[1]))
}

#[cold]
fn invalid_keyword(thread: &Thread, name: Value) -> Raised {
    let name = str::display(name);
    thread.type_error(format!("'{name}' is an invalid keyword argument for enumerate()"))
}

fn make(thread: &Thread, ty: &'static Type, iterable: Value, start: Value) -> PyResult {
    let start =
        if start.is_null() { int::new(0) } else { protocol::exact_int(*protocol::index(thread, start)?) };
    let iterator = protocol::iter(thread, iterable)?;
    let index = start.as_small_int();
    Ok(new_object(ty, |header| Enumerate {
        header,
        iterator: Slot::new(iterator),
        index: Cell::new(index.unwrap_or(0)),
        big_index: Slot::new(if index.is_some() { Ref::NULL } else { start }),
        result: Slot::null(),
    }))
}

/// The present number; the next one is made ready.
#[inline(always)]
fn take_number(it: &Enumerate) -> Ref {
    let index = it.index.get();
    if it.big_index.is_null() && index < SMALL_INT_MAX {
        it.index.set(index + 1);
        return Ref::immediate(Value::small_int(index));
    }
    take_big_number(it)
}

#[cold]
fn take_big_number(it: &Enumerate) -> Ref {
    let number = it.big_index.option().unwrap_or_else(|| int::new(it.index.get()));
    let next = int::get_big(*number).unwrap_or_default() + IBig::ONE;
    match int::from_big(next) {
        // A walk that starts far below zero comes back into the word.
        small if small.is_small_int() => {
            it.index.set(small.small_int_unchecked());
            it.big_index.set(Ref::NULL);
        }
        big => it.big_index.set(big),
    }
    number
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let iterator = it.iterator.get();
    let Some(item) = protocol::next(thread, *iterator)? else { return Ok(None) };
    let mut item = Some(item);
    let number = take_number(it);
    let mut number = Some(number);
    refill_tuple(&it.result, 2, |i| Ok(if i == 0 { number.take() } else { item.take() }))
}
