//! Filling a dict from other things: mappings, iterables of pairs, keyword arguments.

use super::Dict;
use crate::attributes;
use crate::call::Args;
use crate::error::PyResult;
use crate::names;
use crate::objects::builtin_function::display_name;
use crate::objects::exceptions as exc;
use crate::objects::generator_sink::next_left;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::{DICT, LIST, TUPLE};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// `dict.update(other)`: a mapping if it has `keys`, else an iterable of pairs.
pub fn update(thread: &Thread, into: &Dict, other: Value) -> PyResult<()> {
    if let Some(d) = plain_dict(other) {
        return merge_dict(thread, into, d);
    }
    match attributes::find(thread, other, names::get().keys)? {
        Some(keys) => merge_mapping(thread, into, other, *keys),
        None => merge_pairs(thread, into, other),
    }
}

/// A dict whose iteration is not overridden.
fn plain_dict(v: Value) -> Option<&'static Dict> {
    let d = v.cast::<Dict>()?;
    let iter = v.ty().slots().iter.map(|f| f as usize);
    (iter == DICT.slots().iter.map(|f| f as usize)).then_some(d)
}

fn merge_dict(thread: &Thread, into: &Dict, other: &Dict) -> PyResult<()> {
    if std::ptr::eq(into, other) {
        return Ok(());
    }
    if into.len() == 0 {
        into.clear_entries();
        into.fill_from(other);
        return Ok(());
    }
    let (_into, _other) = (Value::of(into).to_ref(), Value::of(other).to_ref());
    let used = other.len();
    let mut place = 0;
    while place < other.places() {
        if let Some(e) = other.entry_at(place) {
            let (key, value) = (e.key.to_ref(), e.value.to_ref());
            into.set_hashed(thread, *key, e.hash, value)?;
            if other.len() != used {
                return Err(thread.runtime_error("dict mutated during update"));
            }
        }
        place += 1;
    }
    Ok(())
}

fn merge_mapping(thread: &Thread, into: &Dict, other: Value, keys: Value) -> PyResult<()> {
    let keys = thread.call(keys, &[])?;
    let iterator = match protocol::iter(thread, *keys) {
        Ok(iterator) => iterator,
        Err(_) if thread.raised_matches(&exc::TYPE_ERROR) && keys.ty().slots().iter.is_none() => {
            drop(thread.take_raised());
            let message =
                format!("{}.keys() returned a non-iterable (type {})", other.ty().name(), keys.ty().name());
            return Err(thread.type_error(message));
        }
        Err(raised) => return Err(raised),
    };
    while let Some(key) = protocol::next(thread, *iterator)? {
        let value = protocol::get_item(thread, other, *key)?;
        into.set(thread, *key, value)?;
    }
    Ok(())
}

fn merge_pairs(thread: &Thread, into: &Dict, other: Value) -> PyResult<()> {
    let iterator = protocol::iter(thread, other)?;
    let mut n = 0;
    let taken = Cell::new(0);
    let take = |item: Value| {
        let is_taken = stored_pair(item).is_some_and(|[key, value]| into.set_quietly(key, value));
        taken.set(taken.get() + usize::from(is_taken));
        is_taken
    };
    while let Some(item) = next_left(thread, *iterator, take)? {
        if let Some([key, value]) = stored_pair(*item) {
            let key = key.to_ref();
            let value = value.to_ref();
            into.set(thread, *key, value)?;
        } else {
            merge_pair(thread, into, *item, n + taken.get())?;
        }
        n += 1;
    }
    Ok(())
}

/// The items of an exact tuple or list of two, borrowed.
#[inline]
fn stored_pair(item: Value) -> Option<[Value; 2]> {
    if let Some(tuple) = item.cast_exact::<Tuple>() {
        return tuple.items().try_into().ok();
    }
    item.cast_exact::<List>().and_then(|list| list.items().try_into().ok())
}

/// An entry of what is the element with this number.
fn merge_pair(thread: &Thread, into: &Dict, item: Value, number: usize) -> PyResult<()> {
    let pair = match items_of_pair(thread, item) {
        Err(_) if thread.raised_matches(&exc::TYPE_ERROR) => {
            let note = format!("Cannot convert dictionary update sequence element #{number} to a sequence");
            let exception = thread.take_raised();
            thread.call_method(*exception, str::intern_text("add_note"), &[*Str::new(&note)])?;
            return Err(thread.restore(exception));
        }
        pair => pair?,
    };
    let [key, value] = pair.as_slice() else {
        return Err(thread.value_error(format!(
            "dictionary update sequence element #{number} has length {}; 2 is required",
            pair.len()
        )));
    };
    into.set(thread, **key, value.clone())
}

fn items_of_pair(thread: &Thread, item: Value) -> PyResult<Vec<Ref>> {
    if item.is_instance(&LIST) || item.is_instance(&TUPLE) {
        return protocol::collect(thread, item);
    }
    match protocol::iter(thread, item) {
        Err(_) if thread.raised_matches(&exc::TYPE_ERROR) => {
            drop(thread.take_raised());
            Err(thread.type_error("object is not iterable"))
        }
        iterator => protocol::collect(thread, *iterator?),
    }
}

/// The keyword arguments of a call as entries.
pub fn set_keywords(thread: &Thread, into: &Dict, arguments: &Args) -> PyResult<()> {
    for (name, value) in arguments.keywords() {
        into.set(thread, name, value.to_ref())?;
    }
    Ok(())
}

/// `{**mapping}`: entries of any mapping.
pub fn merge_display(thread: &Thread, into: &Dict, mapping: Value) -> PyResult<()> {
    update_from_mapping(thread, into, mapping)?
        .ok_or_else(|| thread.type_error(format!("'{}' object is not a mapping", mapping.ty().name())))
}

/// As `update`, but `None` for what has no `keys`.
fn update_from_mapping(thread: &Thread, into: &Dict, mapping: Value) -> PyResult<Option<()>> {
    if let Some(d) = plain_dict(mapping) {
        return merge_dict(thread, into, d).map(Some);
    }
    match attributes::find(thread, mapping, names::get().keys)? {
        Some(keys) => merge_mapping(thread, into, mapping, *keys).map(Some),
        None => Ok(None),
    }
}

/// `function(**mapping)`: keyword arguments collected so far and those of a mapping, each name once.
pub fn merge_keywords(thread: &Thread, into: &Dict, mapping: Value, function: Value) -> PyResult<()> {
    let fresh = Dict::new();
    let d = fresh.cast::<Dict>().expect("just made");
    let source = match plain_dict(mapping) {
        Some(source) => source,
        None => {
            if update_from_mapping(thread, d, mapping)?.is_none() {
                return Err(thread.type_error(format!(
                    "{} argument after ** must be a mapping, not {}",
                    display_name(thread, function),
                    mapping.ty().name()
                )));
            }
            d
        }
    };
    for (key, value) in source.items() {
        let hash = super::hash_key(thread, *key)?;
        if into.find(thread, *key, hash)?.is_some() {
            let message = match key.cast::<Str>() {
                Some(name) => format!(
                    "{} got multiple values for keyword argument '{}'",
                    display_name(thread, function),
                    name.to_text_lossy()
                ),
                None => "keywords must be strings".to_string(),
            };
            return Err(thread.type_error(message));
        }
        into.set_hashed(thread, *key, hash, value)?;
    }
    Ok(())
}
