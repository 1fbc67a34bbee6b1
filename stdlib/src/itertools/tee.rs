//! `tee`: iterators that share the items of one.
//!
//! The items lie in a chain of blocks. Each tee holds the block it stands in; blocks behind the last tee die.

use runtime::object::drop_object;
use runtime::objects::iterators::itself;
use runtime::objects::list::List;
use runtime::objects::str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::binding::{check_positional, no_keywords};
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes,
    method, new_exact, new_object, protocol,
};
use std::cell::Cell;

/// Items a block holds.
const BLOCK: usize = 57;

/// A block of items.
#[repr(C)]
pub struct TeeData {
    pub header: Header,
    iterator: Slot,
    /// A list of at most `BLOCK` items.
    items: Slot,
    /// The next block, NULL until needed.
    next: Slot,
    is_running: Cell<bool>,
}

runtime::object!(TeeData, TEE_DATA);
runtime::slot_fields!(TeeData, iterator, items, next);

pub static TEE_DATA: Type = Type::new_static(&TypeSpec {
    name: "itertools._tee_dataobject",
    size: size_of::<TeeData>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new_data),
        drop: drop_object::<TeeData>,
        traverse: Some(traverse_slots::<TeeData>),
        clear: Some(clear_slots::<TeeData>),
        ..Slots::EMPTY
    },
    doc: "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    ..TypeSpec::EMPTY
});

fn block(iterator: Ref) -> Ref {
    new_exact(|header| TeeData {
        header,
        iterator: Slot::new(iterator),
        items: Slot::new(List::from_refs(Vec::new())),
        next: Slot::null(),
        is_running: Cell::new(false),
    })
}

fn new_data(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "_tee_dataobject", arguments)?;
    check_positional(thread, "teedataobject", arguments.count(), 3, 3)?;
    let given = arguments.positional();
    let Some(values) = given[1].cast::<List>() else {
        let name = given[1].ty().name();
        return Err(thread.type_error(format!("_tee_dataobject() argument 2 must be list, not {name}")));
    };
    let data = block(given[0].to_ref());
    let Some(d) = data.cast_exact::<TeeData>() else { return Ok(data) };
    let (count, next) = (values.len(), given[2]);
    let is_full = count == BLOCK;
    if count > BLOCK || (!is_full && !next.is_none()) || (!next.is_none() && !next.is_exact(&TEE_DATA)) {
        return Err(thread.value_error("Invalid arguments"));
    }
    d.items.set(List::from_values(values.items()));
    if !next.is_none() {
        d.next.set(next.to_ref());
    }
    Ok(data)
}

/// Item `index` of a block, read from the iterator if no tee has got that far.
fn item(thread: &Thread, data: &TeeData, index: usize) -> PyResult<Option<Ref>> {
    let held = data.items.get();
    let Some(items) = held.cast_exact::<List>() else { return Ok(None) };
    if let Some(item) = items.get(index) {
        return Ok(Some(item));
    }
    if data.is_running.replace(true) {
        return Err(thread.runtime_error("cannot re-enter the tee iterator"));
    }
    let iterator = data.iterator.get();
    let item = if iterator.is_null() { Ok(None) } else { protocol::next(thread, *iterator) };
    data.is_running.set(false);
    if let Ok(Some(item)) = &item {
        items.push(item.clone());
    }
    item
}

/// The block behind one, made if there is none yet.
fn following(data: &TeeData) -> Ref {
    if data.next.is_null() {
        data.next.set(block(data.iterator.get()));
    }
    data.next.get()
}

/// A place in the chain of blocks.
#[repr(C)]
pub struct Tee {
    pub header: Header,
    data: Slot,
    index: Cell<usize>,
}

runtime::object!(Tee, TEE);
runtime::slot_fields!(Tee, data);

pub static TEE: Type = Type::new_static(&TypeSpec {
    name: "itertools._tee",
    size: size_of::<Tee>(),
    flags: TypeFlags::GC.union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new_tee),
        drop: drop_object::<Tee>,
        traverse: Some(traverse_slots::<Tee>),
        clear: Some(clear_slots::<Tee>),
        iter: Some(itself),
        next: Some(next_of_tee),
        ..Slots::EMPTY
    },
    methods: &[method("__copy__", "($self, /)", NativeFn::NoArgs(copy), "Returns an independent iterator.")],
    signature: "(iterable, /)",
    doc: "Iterator wrapped to make it copyable.",
    ..TypeSpec::EMPTY
});

fn copy(thread: &Thread, v: Value) -> PyResult {
    let tee = receiver::<Tee>(thread, v)?;
    let (data, index) = (tee.data.get(), tee.index.get());
    Ok(new_exact(|header| Tee { header, data: Slot::new(data), index: Cell::new(index) }))
}

/// A tee over an iterable; over a tee, one at its place.
fn tee_over(thread: &Thread, iterable: Value) -> PyResult {
    let iterator = protocol::iter(thread, iterable)?;
    if iterator.is_exact(&TEE) {
        return copy(thread, *iterator);
    }
    let data = block(iterator);
    Ok(new_object(&TEE, |header| Tee { header, data: Slot::new(data), index: Cell::new(0) }))
}

fn new_tee(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "_tee", arguments)?;
    check_positional(thread, "_tee", arguments.count(), 1, 1)?;
    tee_over(thread, arguments.positional()[0])
}

fn next_of_tee(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let tee = receiver::<Tee>(thread, v)?;
    if tee.index.get() >= BLOCK {
        let old = tee.data.get();
        if let Some(data) = old.cast_exact::<TeeData>() {
            tee.data.set(following(data));
            tee.index.set(0);
        }
    }
    let held = tee.data.get();
    let Some(data) = held.cast_exact::<TeeData>() else { return Ok(None) };
    let found = item(thread, data, tee.index.get())?;
    if found.is_some() {
        tee.index.set(tee.index.get() + 1);
    }
    Ok(found)
}

/// `tee(iterable, n=2)`
pub fn tee(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let count = if arguments[1].is_null() { 2 } else { protocol::c_ssize(thread, arguments[1])? };
    let count = usize::try_from(count).map_err(|_| thread.value_error("n must be >= 0"))?;
    if count == 0 {
        return Ok(Tuple::empty());
    }
    let iterator = protocol::iter(thread, arguments[0])?;
    let name = str::intern_text("__copy__");
    // Other iterators that can be copied are copied, and the first result is the iterator itself.
    let first = match attributes::find(thread, *iterator, name)? {
        Some(_) if !iterator.is_exact(&TEE) => iterator,
        _ => tee_over(thread, *iterator)?,
    };
    let mut tees = vec![first];
    while tees.len() < count {
        tees.push(thread.call_method(*tees[0], name, &[])?);
    }
    Ok(Tuple::from_refs(tees))
}
