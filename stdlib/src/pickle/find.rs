//! Classes and functions by module and name, with the names that they had in Python 2.

use super::registry::{self, attribute_path, dotted_path, find, find_pair};
use runtime::objects::exceptions::ATTRIBUTE_ERROR;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::types::registry::STR;
use runtime::{PyResult, Ref, Thread, Value, attributes, audit, protocol};

/// `Unpickler.find_class`
pub(super) fn find_class(
    thread: &Thread,
    module: Value,
    name: Value,
    protocol_version: u8,
    fix_imports: bool,
) -> PyResult {
    audit::event(thread, "pickle.find_class", &[module, name])?;
    let (mut module, mut name) = (module.to_ref(), name.to_ref());
    if protocol_version < 3 && fix_imports {
        if let Some(pair) = find_pair(thread, &registry::name_mapping(), *module, *name)? {
            (module, name) = checked_pair(thread, "NAME_MAPPING", *pair)?;
        } else if let Some(new) = find(thread, &registry::import_mapping(), *module)? {
            module = checked_name(thread, "IMPORT_MAPPING", new)?;
        }
    }
    let found = registry::import(thread, *module)?;
    let path = name.cast::<Str>().filter(|_| protocol_version >= 4).map(dotted_path).unwrap_or_default();
    if path.len() < 2 {
        attributes::check_name(thread, *name)?;
        return attributes::get(thread, *found, *name);
    }
    match attribute_path(thread, *found, &path) {
        Err(_) if thread.raised_matches(&ATTRIBUTE_ERROR) => {
            let earlier = thread.take_raised();
            let (path, home) = (protocol::repr(thread, *name)?, protocol::repr(thread, *module)?);
            let (path, home) = (str::display(*path), str::display(*home));
            let message = format!("Can't resolve path {path} on module {home}");
            let raised = thread.error(&ATTRIBUTE_ERROR, message);
            let later = thread.take_raised();
            runtime::objects::exceptions::chain_to(earlier, *later);
            thread.set_raised(later);
            Err(raised)
        }
        found => found,
    }
}

/// A module and a name out of one of `_compat_pickle`'s tables.
pub(super) fn checked_pair(thread: &Thread, table: &str, pair: Value) -> PyResult<(Ref, Ref)> {
    let Some(&[module, name]) = pair.cast::<Tuple>().map(|t| t.items()) else {
        let found = pair.ty().name();
        let message = format!("_compat_pickle.{table} values should be 2-tuples, not {found}");
        return Err(thread.runtime_error(message));
    };
    if !module.is_instance(&STR) || !name.is_instance(&STR) {
        let (first, second) = (module.ty().name(), name.ty().name());
        let message =
            format!("_compat_pickle.{table} values should be pairs of str, not ({first}, {second})");
        return Err(thread.runtime_error(message));
    }
    Ok((module.to_ref(), name.to_ref()))
}

/// A module out of one of `_compat_pickle`'s tables.
pub(super) fn checked_name(thread: &Thread, table: &str, name: Ref) -> PyResult {
    if !name.is_instance(&STR) {
        let found = name.ty().name();
        let message = format!("_compat_pickle.{table} values should be strings, not {found}");
        return Err(thread.runtime_error(message));
    }
    Ok(name)
}
