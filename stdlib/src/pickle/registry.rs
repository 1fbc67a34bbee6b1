//! What pickling takes from other modules: `copyreg`'s tables, `_compat_pickle`'s names of Python 2, a few functions.
//! Looked up when the module is made.

use runtime::objects::dict::Dict;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::state::{STATE, import_module};
use runtime::{GilCell, PyResult, Ref, Thread, Value, attributes};

macro_rules! registry {
    ($($field:ident = $module:literal $attribute:literal;)*) => {
        /// The objects.
        #[derive(Clone)]
        struct Registry { $($field: Ref),* }
        static REGISTRY: GilCell<Option<Registry>> = GilCell::new(None);

        /// Fetches the objects.
        pub(super) fn load(thread: &Thread) -> PyResult<()> {
            let registry = Registry { $($field: attribute(thread, $module, $attribute)?),* };
            $(expect_kind(thread, $module, $attribute, *registry.$field)?;)*
            drop(REGISTRY.replace(Some(registry)));
            Ok(())
        }
        $(pub(super) fn $field() -> Ref {
            REGISTRY.with(|registry| registry.as_ref().map_or(Ref::NULL, |r| r.$field.clone()))
        })*
    };
}

registry! {
    dispatch_table = "copyreg" "dispatch_table";
    extension_registry = "copyreg" "_extension_registry";
    inverted_registry = "copyreg" "_inverted_registry";
    extension_cache = "copyreg" "_extension_cache";
    name_mapping = "_compat_pickle" "NAME_MAPPING";
    import_mapping = "_compat_pickle" "IMPORT_MAPPING";
    reverse_name_mapping = "_compat_pickle" "REVERSE_NAME_MAPPING";
    reverse_import_mapping = "_compat_pickle" "REVERSE_IMPORT_MAPPING";
    codecs_encode = "codecs" "encode";
    partial = "functools" "partial";
}

fn attribute(thread: &Thread, module: &str, name: &str) -> PyResult {
    let module = import_module(thread, module)?;
    attributes::get(thread, *module, str::intern_text(name))
}

fn expect_kind(thread: &Thread, module: &str, name: &str, v: Value) -> PyResult<()> {
    let is_function = matches!(module, "codecs" | "functools");
    if is_function && v.ty().slots().call.is_none() {
        let message = format!("{module}.{name} should be a callable, not {}", v.ty().name());
        return Err(thread.runtime_error(message));
    }
    if !is_function && v.cast::<Dict>().is_none() {
        let message = format!("{module}.{name} should be a dict, not {}", v.ty().name());
        return Err(thread.runtime_error(message));
    }
    Ok(())
}

/// `dict[key]` of one of the tables.
pub(super) fn find(thread: &Thread, dict: &Ref, key: Value) -> PyResult<Option<Ref>> {
    match dict.cast::<Dict>() {
        Some(dict) if dict.len() > 0 => dict.get(thread, key),
        _ => Ok(None),
    }
}

/// `dict[first, second]`.
pub(super) fn find_pair(thread: &Thread, dict: &Ref, first: Value, second: Value) -> PyResult<Option<Ref>> {
    match dict.cast::<Dict>() {
        Some(d) if d.len() > 0 => d.get(thread, *Tuple::from_values(&[first, second])),
        _ => Ok(None),
    }
}

/// Imports a module and gives it, not its package.
pub(super) fn import(thread: &Thread, name: Value) -> PyResult {
    let import = STATE.builtin("__import__");
    match &import {
        Some(import) if !import.is(STATE.import_function.peek()) => {
            thread.call(**import, &[name])?;
        }
        _ => drop(runtime::import::import_level(thread, name, Value::NULL, Value::NULL, 0)?),
    }
    match runtime::import::loaded(thread, name)? {
        Some(module) => Ok(module),
        None => Err(thread.key_error(name)),
    }
}

/// The parts of a dotted name.
pub(super) fn dotted_path(name: &Str) -> Vec<Ref> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (i, point) in name.chars().enumerate() {
        if point == u32::from(b'.') {
            parts.push(name.substring(start, i));
            start = i + 1;
        }
    }
    parts.push(name.substring(start, name.len()));
    parts
}

/// `object.a.b.c`
pub(super) fn attribute_path(thread: &Thread, object: Value, path: &[Ref]) -> PyResult {
    let mut found = object.to_ref();
    for part in path {
        attributes::check_name(thread, **part)?;
        found = attributes::get(thread, *found, **part)?;
    }
    Ok(found)
}
