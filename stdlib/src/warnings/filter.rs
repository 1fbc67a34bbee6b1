//! What happens to a warning: the first filter that matches says, and registries remember what was shown.

use super::{DEFAULTS, FILTERS_VERSION, Warning, default, library_attribute, remember};
use crate::contextvars;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{RUNTIME_ERROR, WARNING};
use runtime::objects::int::{self, IntRef};
use runtime::objects::list::List;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::text_builder::TextBuilder;
use runtime::types::instance_check;
use runtime::{PyResult, Raised, Ref, Thread, Value, attributes, protocol};
use std::sync::atomic::Ordering;

/// A warning that is to be shown.
pub struct Accepted {
    pub message: Ref,
    pub text: Ref,
    pub category: Ref,
}

/// Consults registry and filters; `None` if the warning is not shown, `Err` if it is raised.
pub fn decide(thread: &Thread, warning: &Warning) -> PyResult<Option<Accepted>> {
    let has_registry = !warning.registry.is_null() && !warning.registry.is_none();
    if has_registry && warning.registry.cast::<Dict>().is_none() {
        return Err(thread.type_error("'registry' must be a dict or None"));
    }
    let registry = has_registry.then(|| warning.registry.to_ref());
    let (text, category, message) = if warning.message.is_instance(&WARNING) {
        let text = protocol::str(thread, warning.message)?;
        (text, Value::of(warning.message.ty()).to_ref(), Some(warning.message.to_ref()))
    } else {
        (warning.message.to_ref(), warning.category.to_ref(), None)
    };
    let message = match message {
        Some(message) => message,
        None => thread.call(*category, &[warning.message])?,
    };
    let line = int::new(warning.line);
    let key = Tuple::from_values(&[*text, *category, *line]);
    if let Some(registry) = &registry
        && is_marked(thread, registry, *key)?
    {
        return Ok(None);
    }
    let module = match warning.module {
        m if m.is_null() => module_of_file(warning.filename),
        m => m.to_ref(),
    };
    let (action, row) = action_for(thread, *text, *category, *module, warning.line)?;
    let is = |name: &str| str::equals(*action, name);
    if is("error") {
        return Err(thread.raise(message));
    }
    if is("ignore") {
        return Ok(None);
    }
    let accepted = Accepted { message, text, category };
    if is("always") || is("all") {
        return Ok(Some(accepted));
    }
    if let Some(registry) = &registry {
        mark(thread, registry, *key)?;
    }
    let short_key = || Tuple::from_values(&[*accepted.text, *accepted.category]);
    let already = if is("once") {
        let registry = match registry {
            Some(registry) => registry,
            None => once_registry(thread)?,
        };
        test_and_mark(thread, &registry, *short_key())?
    } else if is("module") {
        match &registry {
            Some(registry) => test_and_mark(thread, registry, *short_key())?,
            None => false,
        }
    } else if is("default") {
        false
    } else {
        return Err(unknown_action(thread, *action, *row)?);
    };
    Ok((!already).then_some(accepted))
}

fn unknown_action(thread: &Thread, action: Value, row: Value) -> PyResult<Raised> {
    let mut text = TextBuilder::new("Unrecognized action (");
    text.push_repr(thread, action)?.push(") in warnings.filters:\n ").push_repr(thread, row)?;
    Ok(thread.error_value(&RUNTIME_ERROR, *text.finish()))
}

/// The module that a file seems to be.
fn module_of_file(filename: Value) -> Ref {
    let Some(name) = filename.cast::<Str>() else { return Str::new("<unknown>") };
    let length = name.len();
    if length == 0 {
        return Str::new("<unknown>");
    }
    let ending: Vec<u32> = name.chars().skip(length.saturating_sub(3)).collect();
    match ending == [u32::from('.'), u32::from('p'), u32::from('y')] {
        true => name.substring(0, length - 3),
        false => filename.to_ref(),
    }
}

// Registries.

/// Whether a registry has the key; one of an older filter version is emptied first.
fn is_marked(thread: &Thread, registry: &Ref, key: Value) -> PyResult<bool> {
    let Some(dict) = registry.cast::<Dict>() else { return Ok(false) };
    let version = FILTERS_VERSION.load(Ordering::Relaxed);
    let is_current = dict
        .get_str("version")
        .is_some_and(|v| matches!(int::get(*v), Some(IntRef::Small(n)) if n == version));
    if !is_current {
        dict.clear_entries();
        dict.set_str("version", *int::new(version));
        return Ok(false);
    }
    match dict.get(thread, key)? {
        Some(found) => protocol::is_true(thread, *found),
        None => Ok(false),
    }
}

fn mark(thread: &Thread, registry: &Ref, key: Value) -> PyResult<()> {
    match registry.cast::<Dict>() {
        Some(dict) => dict.set(thread, key, Ref::bool(true)),
        None => Ok(()),
    }
}

fn test_and_mark(thread: &Thread, registry: &Ref, key: Value) -> PyResult<bool> {
    let marked = is_marked(thread, registry, key)?;
    if !marked {
        mark(thread, registry, key)?;
    }
    Ok(marked)
}

fn once_registry(thread: &Thread) -> PyResult<Ref> {
    match library_attribute(thread, "onceregistry", false)? {
        None => Ok(default(|d| &d.once_registry)),
        Some(registry) if registry.cast::<Dict>().is_some() => {
            remember(|d| &mut d.once_registry, &registry);
            Ok(registry)
        }
        Some(other) => {
            let message = format!("_warnings.onceregistry must be a dict, not '{}'", other.ty().name());
            Err(thread.type_error(message))
        }
    }
}

// Filters.

/// The filters that count here: the context's, else the module's.
fn current_filters(thread: &Thread) -> PyResult<Ref> {
    let variable = DEFAULTS.with(|d| d.as_ref().map(|d| d.context.clone()));
    if let Some(variable) = variable
        && let Some(context) = contextvars::value_of(thread, *variable)?
    {
        return attributes::get(thread, *context, str::intern_text("_filters"));
    }
    let Some(filters) = library_attribute(thread, "filters", false)? else {
        return Ok(default(|d| &d.filters));
    };
    if filters.cast::<List>().is_some() {
        remember(|d| &mut d.filters, &filters);
    }
    Ok(filters)
}

fn default_action(thread: &Thread) -> PyResult<Ref> {
    match library_attribute(thread, "defaultaction", false)? {
        None => Ok(default(|d| &d.default_action)),
        Some(action) if action.cast::<Str>().is_some() => {
            remember(|d| &mut d.default_action, &action);
            Ok(action)
        }
        Some(other) => {
            let message = format!("_warnings.defaultaction must be a string, not '{}'", other.ty().name());
            Err(thread.type_error(message))
        }
    }
}

/// The action of the first filter that matches, and that filter.
fn action_for(
    thread: &Thread,
    text: Value,
    category: Value,
    module: Value,
    line: i64,
) -> PyResult<(Ref, Ref)> {
    let filters = current_filters(thread)?;
    let Some(list) = filters.cast::<List>() else {
        return Err(thread.value_error("_warnings.filters must be a list"));
    };
    // The list may change while a filter's patterns run.
    let mut at = 0;
    while let Some(row) = list.get(at) {
        let [action, message, class, row_module, row_line] =
            row.cast::<Tuple>().map(|t| t.items()).unwrap_or_default()
        else {
            return Err(thread.value_error(format!("warnings.filters item {at} isn't a 5-tuple")));
        };
        if action.cast::<Str>().is_none() {
            let message = format!("action must be a string, not '{}'", action.ty().name());
            return Err(thread.type_error(message));
        }
        let matches = matches_text(thread, *message, text)?
            && instance_check::issubclass(thread, category, *class)?
            && matches_text(thread, *row_module, module)?
            && matches_line(thread, *row_line, line)?;
        if matches {
            return Ok((action.to_ref(), row.clone()));
        }
        at += 1;
    }
    Ok((default_action(thread)?, Ref::NONE))
}

/// A pattern of a filter: None for anything, a string for itself, else an object with a method `match`.
fn matches_text(thread: &Thread, pattern: Value, text: Value) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if pattern.is_exact(&runtime::types::registry::STR) {
        return protocol::compare_bool(thread, pattern, text, runtime::CompareOp::Eq);
    }
    let found = thread.call_method(pattern, str::intern_text("match"), &[text])?;
    protocol::is_true(thread, *found)
}

fn matches_line(thread: &Thread, wanted: Value, line: i64) -> PyResult<bool> {
    match int::get(wanted) {
        Some(IntRef::Small(n)) => Ok(n == 0 || n == line),
        Some(_) => Ok(false),
        None => Err(thread.type_error("an integer is required")),
    }
}
