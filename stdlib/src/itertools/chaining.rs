//! `chain` and `starmap`.

use super::iterator_type;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::iterators::refuse_keywords;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::check_positional;
use runtime::value::as_values;
use runtime::{
    Args, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Thread, Type, Value, method, new_object, protocol,
};

/// Gives the items of each iterable in turn.
#[repr(C)]
pub struct Chain {
    pub header: Header,
    /// Iterator over the iterables; NULL once exhausted.
    source: Slot,
    /// Iterator over the present one; NULL between two.
    active: Slot,
}

runtime::slot_fields!(Chain, source, active);
iterator_type!(
    CHAIN,
    Chain,
    "itertools.chain",
    new_chain,
    next_of_chain,
    CHAIN_METHODS,
    "(*iterables)",
    "Return a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted."
);

const CHAIN_METHODS: &[MethodDef] = &[
    method("from_iterable", "($type, iterable, /)", NativeFn::One(from_iterable), "Alternative chain() constructor taking a single iterable argument that evaluates lazily.")
        .class(),
    method("__class_getitem__", "($type, object, /)", NativeFn::One(class_getitem), "chain is generic over the type of its contents.\nThis is the union of the types of the input iterable contents.")
        .class(),
];

fn chain_over(ty: &'static Type, source: Ref) -> Ref {
    new_object(ty, |header| Chain { header, source: Slot::new(source), active: Slot::null() })
}

fn new_chain(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    refuse_keywords(thread, ty, &CHAIN, "chain", arguments)?;
    let iterables = arguments.positional_tuple();
    Ok(chain_over(ty, protocol::iter(thread, *iterables)?))
}

fn from_iterable(thread: &Thread, class: Value, iterable: Value) -> PyResult {
    let source = protocol::iter(thread, iterable)?;
    let ty = class.cast::<Type>().unwrap_or(&CHAIN);
    Ok(chain_over(ty, source))
}

fn next_of_chain(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let chain = receiver::<Chain>(thread, v)?;
    loop {
        if let Some(active) = chain.active.option() {
            if let Some(item) = protocol::next(thread, *active)? {
                return Ok(Some(item));
            }
            drop(chain.active.take());
        }
        let Some(source) = chain.source.option() else { return Ok(None) };
        let iterable = match protocol::next(thread, *source) {
            Ok(Some(iterable)) => iterable,
            ended_or_raised => {
                drop(chain.source.take());
                return ended_or_raised;
            }
        };
        match protocol::iter(thread, *iterable) {
            Ok(active) => chain.active.set(active),
            Err(raised) => {
                drop(chain.source.take());
                return Err(raised);
            }
        }
    }
}

/// Calls a function with the items of each item.
#[repr(C)]
pub struct Starmap {
    pub header: Header,
    function: Slot,
    iterator: Slot,
}

runtime::slot_fields!(Starmap, function, iterator);
iterator_type!(
    STARMAP,
    Starmap,
    "itertools.starmap",
    new_starmap,
    next_of_starmap,
    &[],
    "(function, iterable, /)",
    "Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence."
);

fn new_starmap(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    refuse_keywords(thread, ty, &STARMAP, "starmap", arguments)?;
    check_positional(thread, "starmap", arguments.count(), 2, 2)?;
    let given = arguments.positional();
    let iterator = protocol::iter(thread, given[1])?;
    Ok(new_object(ty, |header| Starmap {
        header,
        function: Slot::new(given[0].to_ref()),
        iterator: Slot::new(iterator),
    }))
}

fn next_of_starmap(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let starmap = receiver::<Starmap>(thread, v)?;
    let (iterator, function) = (starmap.iterator.get(), starmap.function.get());
    let Some(arguments) = protocol::next(thread, *iterator)? else { return Ok(None) };
    if let Some(tuple) = arguments.cast_exact::<Tuple>() {
        return thread.call(*function, tuple.items()).map(Some);
    }
    let items = protocol::collect(thread, *arguments)?;
    thread.call(*function, as_values(&items)).map(Some)
}
