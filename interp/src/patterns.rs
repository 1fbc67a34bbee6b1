//! `match` statements.

use crate::operators;
use runtime::error::PyResult;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::KEY_ERROR;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::types::instance_check::isinstance;
use runtime::types::{CompareOp, Type};
use runtime::value::{Ref, Value};
use runtime::{attributes, names, protocol};

/// The values of a mapping for a tuple of keys, or None if one is missing.
pub fn match_keys(thread: &Thread, mapping: Value, keys: Value) -> PyResult {
    let Some(keys) = keys.cast::<Tuple>() else { return Err(thread.system_error("keys are no tuple")) };
    let mut values = Vec::with_capacity(keys.len());
    for (i, key) in keys.items().iter().enumerate() {
        for earlier in &keys.items()[..i] {
            if protocol::compare_bool(thread, *earlier, *key, CompareOp::Eq)? {
                let shown = protocol::repr(thread, *key)?;
                let message = format!("mapping pattern checks duplicate key ({})", str::display(*shown));
                return Err(thread.value_error(message));
            }
        }
        let found = match mapping.cast_exact::<Dict>() {
            Some(dict) => dict.get(thread, *key)?,
            None => get(thread, mapping, *key)?,
        };
        match found {
            Some(value) => values.push(value),
            None => return Ok(Ref::NONE),
        }
    }
    Ok(Tuple::from_refs(values))
}

/// `mapping.get(key)` with a default that nothing else is.
fn get(thread: &Thread, mapping: Value, key: Value) -> PyResult<Option<Ref>> {
    let absent = runtime::objects::list::List::from_refs(Vec::new());
    if attributes::find(thread, mapping, names::get().get)?.is_some() {
        let found = thread.call_method(mapping, names::get().get, &[key, *absent])?;
        return Ok(if found.is(*absent) { None } else { Some(found) });
    }
    match operators::get_item(thread, mapping, key) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => thread.catch(raised, &KEY_ERROR).map(|_| None),
    }
}

/// The attributes of a subject that a class pattern looks at (`count` of them by position), or None.
pub fn match_class(thread: &Thread, subject: Value, class: Value, keywords: Value, count: usize) -> PyResult {
    let Some(ty) = class.cast::<Type>() else {
        return Err(thread.type_error("called match pattern must be a class"));
    };
    if !isinstance(thread, subject, class)? {
        return Ok(Ref::NONE);
    }
    let mut seen: Vec<Ref> = Vec::new();
    let mut values = Vec::new();
    if count > 0 {
        let allowed = match attributes::find(thread, class, names::get().__match_args__)? {
            Some(names) => names,
            None if matches_self(ty) => {
                check_count(thread, ty, 1, count)?;
                values.push(subject.to_ref());
                Tuple::empty()
            }
            None => Tuple::empty(),
        };
        let Some(allowed) = allowed.cast_exact::<Tuple>() else {
            return Err(thread.type_error(format!(
                "{}.__match_args__ must be a tuple (got {})",
                ty.name(),
                allowed.ty().name()
            )));
        };
        if values.is_empty() {
            check_count(thread, ty, allowed.len(), count)?;
            for name in &allowed.items()[..count] {
                if name.cast_exact::<Str>().is_none() {
                    return Err(thread.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        name.ty().name()
                    )));
                }
                match attribute(thread, subject, ty, *name, &mut seen)? {
                    Some(value) => values.push(value),
                    None => return Ok(Ref::NONE),
                }
            }
        }
    }
    for name in keywords.cast::<Tuple>().map_or(&[][..], |t| t.items()) {
        match attribute(thread, subject, ty, *name, &mut seen)? {
            Some(value) => values.push(value),
            None => return Ok(Ref::NONE),
        }
    }
    Ok(Tuple::from_refs(values))
}

fn check_count(thread: &Thread, ty: &Type, allowed: usize, count: usize) -> PyResult<()> {
    if count <= allowed {
        return Ok(());
    }
    let plural = if allowed == 1 { "" } else { "s" };
    let name = ty.name();
    Err(thread
        .type_error(format!("{name}() accepts {allowed} positional sub-pattern{plural} ({count} given)")))
}

fn attribute(
    thread: &Thread,
    subject: Value,
    ty: &Type,
    name: Value,
    seen: &mut Vec<Ref>,
) -> PyResult<Option<Ref>> {
    let text = name.cast::<Str>();
    let is_name = |s: &Ref| s.is(name) || text.zip(s.cast::<Str>()).is_some_and(|(a, b)| a.same(b));
    if seen.iter().any(is_name) {
        return Err(thread.type_error(format!(
            "{}() got multiple sub-patterns for attribute '{}'",
            ty.name(),
            str::display(name)
        )));
    }
    seen.push(name.to_ref());
    attributes::find(thread, subject, name)
}

/// Built-in types whose single positional pattern matches the subject itself; so do their subclasses.
fn matches_self(ty: &Type) -> bool {
    const NAMES: [&str; 11] =
        ["bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"];
    let is_static = |t: &&Type| !t.has(runtime::types::TypeFlags::HEAP);
    ty.mro().iter().copied().filter(|t| is_static(t)).any(|t| NAMES.contains(&&*t.name()))
}
