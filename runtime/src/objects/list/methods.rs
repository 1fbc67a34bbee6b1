//! The type `list`: its slots and methods.

use super::iterator::{new_iterator, new_reverse_iterator};
use super::{List, drop_items, sort};
use crate::call::Args;
use crate::error::PyResult;
use crate::object::{drop_object, new_object};
use crate::objects::generator_sink::next_left;
use crate::objects::generic_alias::class_getitem;
use crate::objects::int;
use crate::objects::sequence::{self, Subscript};
use crate::objects::slice::Span;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::{Effects, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};

pub static LIST: Type = Type::new_static(&TypeSpec {
    name: "list",
    size: size_of::<List>(),
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::GC)
        .union(TypeFlags::SEQUENCE)
        .union(TypeFlags::MATCH_SELF)
        .union(TypeFlags::LIST_SUBCLASS),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, List::with_header))),
        init: Some(init),
        drop: drop_object::<List>,
        traverse: Some(|v, visit| list(v).items().iter().copied().for_each(visit)),
        clear: Some(|v| drop_items(list(v).replace_items(Vec::new()))),
        repr: Some(repr),
        compare: Some(|thread, a, b, op| match b.cast::<List>() {
            Some(other) if a.cast::<List>().is_some() => {
                sequence::compare_items(thread, op, || list(a).items(), || other.items())
            }
            _ => Ok(Ref::NOT_IMPLEMENTED),
        }),
        iter: Some(|_, v| Ok(new_iterator(v))),
        len: Some(|_, v| Ok(list(v).len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(|thread, v, value| {
            Ok(sequence::find(thread, || list(v).items(), value, 0, usize::MAX)?.is_some())
        }),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(|thread, v, other| {
            extend(thread, list(v), other)?;
            Ok(v.to_ref())
        }),
        inplace_repeat: Some(repeat_in_place),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(iterable=(), /)",
    doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("__getitem__", "($self, index, /)", NativeFn::One(get_item), "Return self[index]."),
    method(
        "__reversed__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(new_reverse_iterator(v))),
        "Return a reverse iterator over the list.",
    ).effects(Effects::READS),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(int::from_usize(40 + 8 * list(v).capacity()))),
        "Return the size of the list in memory, in bytes.",
    ).effects(Effects::READS),
    method(
        "clear",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            drop_items(list(v).replace_items(Vec::new()));
            Ok(Ref::NONE)
        }),
        "Remove all items from list.",
    ).effects(Effects::WRITES),
    method(
        "copy",
        "($self, /)",
        NativeFn::NoArgs(|_, v| Ok(List::from_values(list(v).items()))),
        "Return a shallow copy of the list.",
    ).effects(Effects::READS),
    method(
        "append",
        "($self, object, /)",
        NativeFn::One(|_, v, item| {
            list(v).push(item.to_ref());
            Ok(Ref::NONE)
        }),
        "Append object to the end of the list.",
    ).effects(Effects::TOUCHES),
    method("insert", "($self, index, object, /)", NativeFn::Bound(insert), "Insert object before index."),
    method(
        "extend",
        "($self, iterable, /)",
        NativeFn::One(|thread, v, other| {
            extend(thread, list(v), other)?;
            Ok(Ref::NONE)
        }),
        "Extend list by appending elements from the iterable.",
    ),
    method(
        "pop",
        "($self, index=-1, /)",
        NativeFn::Bound(pop),
        "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
    ).effects(Effects::PLAIN_TOUCHES),
    method(
        "remove",
        "($self, value, /)",
        NativeFn::One(remove),
        "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.",
    ),
    method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        NativeFn::Bound(index),
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    method(
        "count",
        "($self, value, /)",
        NativeFn::One(|thread, v, value| sequence::count(thread, || list(v).items(), value)),
        "Return number of occurrences of value.",
    ),
    method(
        "reverse",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            list(v).with_items(|items| items.reverse());
            Ok(Ref::NONE)
        }),
        "Reverse *IN PLACE*.",
    ).effects(Effects::TOUCHES),
    method(
        "sort",
        "($self, /, *, key=None, reverse=False)",
        NativeFn::Bound(|thread, v, a| {
            let key = if a[0].is_null() { Value::NONE } else { a[0] };
            let reverse = !a[1].is_null() && protocol::is_true(thread, a[1])?;
            sort::sort(thread, list(v), key, reverse)?;
            Ok(Ref::NONE)
        }),
        "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable\n(i.e. the order of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort\nthem, ascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "lists are generic over the type of their contents",
    )
    .class(),
];

pub(super) fn list(v: Value) -> &'static List {
    // SAFETY: slots and methods of list are called on lists only.
    unsafe { v.cast_unchecked() }
}

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    if sequence::keeps_new_of(v, &LIST) {
        no_keywords(thread, "list", arguments)?;
    }
    check_positional(thread, "list", arguments.count(), 0, 1)?;
    drop_items(list(v).replace_items(Vec::new()));
    match arguments.get(0) {
        Some(iterable) => extend(thread, list(v), iterable),
        None => Ok(()),
    }
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    sequence::guarded_repr(thread, v, "[...]", |out| {
        out.push(b'[');
        let mut i = 0;
        while let Some(item) = list(v).get(i) {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            sequence::push_repr(thread, out, *item)?;
            i += 1;
        }
        out.push(b']');
        Ok(())
    })
}

/// Appends all items of an iterable.
pub fn extend(thread: &Thread, l: &List, iterable: Value) -> PyResult<()> {
    let known = match (iterable.cast::<List>(), iterable.cast_exact::<Tuple>()) {
        (Some(other), _) if iterable.is_exact(&LIST) => Some(other.items().to_vec()),
        (_, Some(t)) => Some(t.items().to_vec()),
        _ => None,
    };
    if let Some(known) = known {
        known.iter().for_each(|v| v.incref());
        l.with_items(|items| items.extend_from_slice(&known));
        return Ok(());
    }
    let _held = Value::of(l).to_ref();
    let iterator = protocol::iter(thread, iterable)?;
    let take = |item: Value| {
        l.push(item.to_ref());
        true
    };
    while let Some(item) = next_left(thread, *iterator, take)? {
        l.push(item);
    }
    Ok(())
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let l = list(v);
    match sequence::subscript(thread, key, "list")? {
        Subscript::Index(i) => match sequence::place(i, l.len()) {
            Some(i) => Ok(l.items()[i].to_ref()),
            None => Err(thread.index_error("list index out of range")),
        },
        Subscript::Slice(s) => {
            let span = s.adjust(l.len());
            Ok(List::from_refs(span.indices().map(|i| l.items()[i].to_ref()).collect()))
        }
    }
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let l = list(v);
    match sequence::subscript(thread, key, "list")? {
        Subscript::Index(i) => {
            let Some(i) = sequence::place(i, l.len()) else {
                return Err(thread.index_error("list assignment index out of range"));
            };
            match value {
                Value::NULL => drop(l.take(i)),
                value => drop(l.set(i, value.to_ref())),
            }
            Ok(())
        }
        Subscript::Slice(s) if value.is_null() => {
            delete_span(l, s.adjust(l.len()));
            Ok(())
        }
        Subscript::Slice(s) => {
            let new = match protocol::collect(thread, value) {
                Ok(items) => items,
                Err(raised) => {
                    let not_iterable =
                        value.ty().slots().iter.is_none() && value.ty().slots().get_item.is_none();
                    if not_iterable {
                        drop(thread.take_raised());
                        return Err(thread.type_error("must assign iterable to extended slice"));
                    }
                    return Err(raised);
                }
            };
            assign_span(thread, l, s.adjust(l.len()), new)
        }
    }
}

/// `l[span] = new`.
fn assign_span(thread: &Thread, l: &List, span: Span, new: Vec<Ref>) -> PyResult<()> {
    if span.step == 1 {
        let start = span.start as usize;
        drop_items(l.splice(start, start + span.count, new));
        return Ok(());
    }
    if new.len() != span.count {
        return Err(thread.value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {}",
            new.len(),
            span.count
        )));
    }
    let mut old = Vec::with_capacity(span.count);
    for (i, value) in span.indices().zip(new) {
        old.push(l.replace(i, value));
    }
    drop(old);
    Ok(())
}

/// `del l[span]`.
fn delete_span(l: &List, span: Span) {
    if span.count == 0 {
        return;
    }
    if span.step == 1 {
        drop_items(l.splice(span.start as usize, span.start as usize + span.count, Vec::new()));
        return;
    }
    let mut places = Vec::from_iter(span.indices());
    places.sort_unstable();
    let mut dropped = Vec::with_capacity(places.len());
    l.with_items(|items| {
        let (mut next, mut at) = (places.iter().copied().peekable(), 0);
        items.retain(|v| {
            let goes = next.next_if_eq(&at).is_some();
            at += 1;
            if goes {
                // SAFETY: the list owned the item and leaves it out from here on.
                dropped.push(unsafe { Ref::from_owned(*v) });
            }
            !goes
        });
    });
    drop(dropped);
}

fn concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(other) = b.cast::<List>() else { return Err(sequence::cannot_concatenate(thread, "list", b)) };
    let items = list(a).items().iter().chain(other.items());
    Ok(List::from_refs(items.map(|v| v.to_ref()).collect()))
}

/// Room for repeated items, or MemoryError.
fn reserve(thread: &Thread, items: &mut Vec<Value>, total: usize) -> PyResult<()> {
    items.try_reserve_exact(total.saturating_sub(items.len())).map_err(|_| thread.memory_error())
}

fn repeat(thread: &Thread, v: Value, count: isize) -> PyResult {
    let items = list(v).items();
    let total = sequence::repeated_length(thread, items.len(), count)?;
    let mut words = Vec::new();
    reserve(thread, &mut words, total)?;
    if total > 0 {
        words.extend_from_slice(items);
        double_up_to(&mut words, total);
        count_copies(items, total / items.len());
    }
    Ok(List::from_words(words))
}

fn repeat_in_place(thread: &Thread, v: Value, count: isize) -> PyResult {
    let l = list(v);
    let once = l.len();
    let total = sequence::repeated_length(thread, once, count)?;
    if total == 0 {
        drop(l.replace_items(Vec::new()));
        return Ok(v.to_ref());
    }
    l.with_items(|items| {
        reserve(thread, items, total)?;
        double_up_to(items, total);
        count_copies(&items[..once], total / once - 1);
        Ok(())
    })?;
    Ok(v.to_ref())
}

/// Repeats the words up to `total`, a multiple of their number.
fn double_up_to(words: &mut Vec<Value>, total: usize) {
    while words.len() < total {
        words.extend_from_within(..words.len().min(total - words.len()));
    }
}

/// Counts that many more references to each item.
fn count_copies(items: &[Value], copies: usize) {
    for item in items.iter().filter(|item| item.is_pointer()) {
        (0..copies).for_each(|_| item.incref());
    }
}

fn insert(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let i = protocol::index_isize(thread, a[0])?;
    list(v).with_items(|items| {
        let n = items.len();
        let at = if i < 0 { i.saturating_add(n as isize).max(0) as usize } else { (i as usize).min(n) };
        items.insert(at, a[1].to_ref().into_value());
    });
    Ok(Ref::NONE)
}

fn pop(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let i = if a[0].is_null() { -1 } else { protocol::index_isize(thread, a[0])? };
    let l = list(v);
    if l.len() == 0 {
        return Err(thread.index_error("pop from empty list"));
    }
    match sequence::place(i, l.len()) {
        Some(i) => Ok(l.take(i)),
        None => Err(thread.index_error("pop index out of range")),
    }
}

fn remove(thread: &Thread, v: Value, value: Value) -> PyResult {
    let l = list(v);
    match sequence::find(thread, || l.items(), value, 0, usize::MAX)? {
        Some(i) if i < l.len() => drop(l.take(i)),
        _ => return Err(thread.value_error("list.remove(x): x not in list")),
    }
    Ok(Ref::NONE)
}

fn index(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let l = list(v);
    let start = sequence::bound(thread, a[1], 0, || l.len())?;
    let stop = sequence::bound(thread, a[2], usize::MAX, || l.len())?;
    match sequence::find(thread, || l.items(), a[0], start, stop)? {
        Some(i) => Ok(int::from_usize(i)),
        None => Err(thread.value_error("list.index(x): x not in list")),
    }
}
