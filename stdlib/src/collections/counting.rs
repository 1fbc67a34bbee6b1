//! `_count_elements`, the loop of `Counter`.

use runtime::objects::dict::{Dict, hash_key};
use runtime::objects::int;
use runtime::types::registry::DICT;
use runtime::{PyResult, Ref, Thread, Value, attributes, names, protocol};

/// The mapping as a dict, if its `get` and `__setitem__` are those of dict.
fn plain_dict(mapping: Value) -> Option<&'static Dict> {
    let dict = mapping.cast::<Dict>()?;
    let n = names::get();
    let same = |name| match (mapping.ty().lookup(name), DICT.lookup(name)) {
        (Some(own), Some(native)) => own.is(native),
        _ => false,
    };
    (mapping.is_exact(&DICT) || same(n.get) && same(n.__setitem__)).then_some(dict)
}

/// `_count_elements(mapping, iterable)`: adds one to the count of each item.
pub fn count_elements(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [mapping, iterable] = *arguments else { return Ok(Ref::NONE) };
    let iterator = protocol::iter(thread, iterable)?;
    match plain_dict(mapping) {
        Some(dict) => count_in_dict(thread, dict, *iterator)?,
        None => count_in_mapping(thread, mapping, *iterator)?,
    }
    Ok(Ref::NONE)
}

fn count_in_dict(thread: &Thread, dict: &Dict, iterator: Value) -> PyResult<()> {
    while let Some(key) = protocol::next(thread, iterator)? {
        let hash = hash_key(thread, *key)?;
        let Some(place) = dict.find(thread, *key, hash)? else {
            dict.set_hashed(thread, *key, hash, int::new(1))?;
            continue;
        };
        let old = dict.entry_at(place).map_or(Ref::NULL, |entry| entry.value.to_ref());
        match old.as_small_int() {
            Some(count) => dict.set_value_at(place, int::new(count + 1)),
            None => {
                let sum = protocol::add(thread, *old, Value::small_int(1))?;
                dict.set_hashed(thread, *key, hash, sum)?;
            }
        }
    }
    Ok(())
}

fn count_in_mapping(thread: &Thread, mapping: Value, iterator: Value) -> PyResult<()> {
    let get = attributes::get(thread, mapping, names::get().get)?;
    while let Some(key) = protocol::next(thread, iterator)? {
        let old = thread.call(*get, &[*key, Value::small_int(0)])?;
        let sum = protocol::add(thread, *old, Value::small_int(1))?;
        protocol::set_item(thread, mapping, *key, *sum)?;
    }
    Ok(())
}
