//! `map`.

use super::zip::{check_all_ended, strict_keyword};
use super::{REDUCE_DOC, SETSTATE_DOC, iterators_of, itself};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_object};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::traverse_slots;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value, as_values};
use smallvec::SmallVec;
use std::cell::Cell;

/// Gives the results of a function called with one item of each iterator.
#[repr(C)]
pub struct Map {
    pub header: Header,
    pub function: Slot,
    /// A tuple.
    pub iterators: Slot,
    pub strict: Cell<bool>,
}

crate::object!(Map, MAP);
crate::slot_fields!(Map, function, iterators);

pub static MAP: Type = Type::new_static(&TypeSpec {
    name: "map",
    size: size_of::<Map>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Map>,
        traverse: Some(traverse_slots::<Map>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(function, iterable, /, *iterables, strict=False)",
    doc: "Make an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let iterators = it.iterators.get();
            let mut arguments = vec![it.function.get()];
            if let Some(t) = iterators.cast_exact::<Tuple>() {
                arguments.extend(t.items().iter().map(|i| i.to_ref()));
            }
            let mut parts = vec![Value::of(v.ty()).to_ref(), Tuple::from_refs(arguments)];
            if it.strict.get() {
                parts.push(Ref::bool(true));
            }
            Ok(Tuple::from_refs(parts))
        }),
        REDUCE_DOC,
    ),
    method(
        "__setstate__",
        "($self, object, /)",
        NativeFn::One(|thread, v, state| {
            fields(v).strict.set(protocol::is_true(thread, state)?);
            Ok(Ref::NONE)
        }),
        SETSTATE_DOC,
    ),
];

fn fields(v: Value) -> &'static Map {
    // SAFETY: slots and methods of the type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

static MAP_KEYWORDS: Parameters = Parameters::new("map", "(*, strict=False)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let strict = strict_keyword(thread, &MAP_KEYWORDS, arguments)?;
    let given = arguments.positional();
    if given.len() < 2 {
        return Err(thread.type_error("map() must have at least two arguments."));
    }
    let iterators = iterators_of(thread, &given[1..])?;
    Ok(new_object(ty, |header| Map {
        header,
        function: Slot::new(given[0].to_ref()),
        iterators: Slot::new(iterators),
        strict: Cell::new(strict),
    }))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let held = it.iterators.get();
    let iterators = held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    if let [iterator] = iterators {
        let Some(item) = protocol::next(thread, *iterator)? else { return Ok(None) };
        let function = it.function.get();
        return thread.call(*function, &[*item]).map(Some);
    }
    let mut arguments: SmallVec<[Ref; 4]> = SmallVec::new();
    for (i, iterator) in iterators.iter().enumerate() {
        match protocol::next(thread, *iterator)? {
            Some(item) => arguments.push(item),
            None => {
                if it.strict.get() {
                    check_all_ended(thread, "map", iterators, i)?;
                }
                return Ok(None);
            }
        }
    }
    let function = it.function.get();
    thread.call(*function, as_values(&arguments)).map(Some)
}
