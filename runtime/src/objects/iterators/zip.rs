//! `zip`.

use super::{REDUCE_DOC, SETSTATE_DOC, iterators_of, itself, refill_tuple};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::object::{Header, drop_object, new_object};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::traverse_slots;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// Gives tuples of one item of each iterator.
#[repr(C)]
pub struct Zip {
    pub header: Header,
    /// A tuple.
    pub iterators: Slot,
    /// The tuple given last, used again if its receiver has let it go; NULL at first.
    pub result: Slot,
    pub strict: Cell<bool>,
}

crate::object!(Zip, ZIP);
crate::slot_fields!(Zip, iterators, result);

pub static ZIP: Type = Type::new_static(&TypeSpec {
    name: "zip",
    size: size_of::<Zip>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Zip>,
        traverse: Some(traverse_slots::<Zip>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(*iterables, strict=False)",
    doc: "The zip object yields n-length tuples, where n is the number of\niterables passed as positional arguments to zip().  The i-th element\nin every tuple comes from the i-th iterable argument to zip().  This\ncontinues until the shortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = fields(v);
            let mut parts = vec![Value::of(v.ty()).to_ref(), it.iterators.get()];
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

fn fields(v: Value) -> &'static Zip {
    // SAFETY: slots and methods of the type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

static ZIP_KEYWORDS: Parameters = Parameters::new("zip", "(*, strict=False)");

/// Reads `strict`, the one keyword of `zip` and `map`.
pub(super) fn strict_keyword(thread: &Thread, parameters: &Parameters, arguments: &Args) -> PyResult<bool> {
    if !arguments.has_keywords() {
        return Ok(false);
    }
    let keywords = Args::new(arguments.keyword_values(), arguments.keyword_names());
    parameters.bind(thread, &keywords, |a| protocol::is_true(thread, a[0]))
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let strict = strict_keyword(thread, &ZIP_KEYWORDS, arguments)?;
    let iterators = iterators_of(thread, arguments.positional())?;
    Ok(new_object(ty, |header| Zip {
        header,
        iterators: Slot::new(iterators),
        result: Slot::null(),
        strict: Cell::new(strict),
    }))
}

/// Iterator `place` of several has ended, where all were to end together: an error unless all have.
#[cold]
pub(super) fn check_all_ended(
    thread: &Thread,
    name: &str,
    iterators: &[Value],
    place: usize,
) -> PyResult<()> {
    let complain = |position: usize, difference: &str| -> Raised {
        let others =
            if position == 2 { "argument 1".to_owned() } else { format!("arguments 1-{}", position - 1) };
        thread.value_error(format!("{name}() argument {position} is {difference} than {others}"))
    };
    if place > 0 {
        return Err(complain(place + 1, "shorter"));
    }
    for (i, iterator) in iterators.iter().enumerate().skip(1) {
        if protocol::next(thread, *iterator)?.is_some() {
            return Err(complain(i + 1, "longer"));
        }
    }
    Ok(())
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = fields(v);
    let held = it.iterators.get();
    let iterators = held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items());
    if iterators.is_empty() {
        return Ok(None);
    }
    refill_tuple(&it.result, iterators.len(), |i| {
        let item = protocol::next(thread, iterators[i])?;
        if item.is_none() && it.strict.get() {
            check_all_ended(thread, "zip", iterators, i)?;
        }
        Ok(item)
    })
}
