//! `_warnings`: issuing warnings. `filter` decides what happens to one, `place` finds whose fault it is, `show` prints it.
//!
//! Where the module `warnings` is loaded, its attributes (`filters`, `defaultaction`, `onceregistry`, `_showwarnmsg`) count;
//! else what this module keeps.

mod filter;
mod place;
mod show;

use crate::contextvars;
use crate::thread::RecursiveLock;
use crate::timeout::Timeout;
use runtime::cell::GilCell;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{
    DEPRECATION_WARNING, IMPORT_WARNING, PENDING_DEPRECATION_WARNING, RESOURCE_WARNING, USER_WARNING, WARNING,
};
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::state::{STATE, import_module};
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Type, Value, attributes, method, protocol};
use std::sync::atomic::{AtomicI64, Ordering};

/// What counts while `warnings` is not loaded.
struct Defaults {
    filters: Ref,
    once_registry: Ref,
    default_action: Ref,
    context: Ref,
}

static DEFAULTS: GilCell<Option<Defaults>> = GilCell::new(None);
static LOCK: RecursiveLock = RecursiveLock::new();
/// Changes whenever filters do; registries of an older version are void.
static FILTERS_VERSION: AtomicI64 = AtomicI64::new(0);

/// A warning on its way; the values are borrowed from whoever issues it.
pub struct Warning {
    /// The text or the warning object.
    pub message: Value,
    /// The class; NULL if `message` is a warning object.
    pub category: Value,
    pub filename: Value,
    pub line: i64,
    /// The name of the module; NULL: made from the file name.
    pub module: Value,
    /// A dict, or NULL or None.
    pub registry: Value,
    /// The text of the line if the caller knows it.
    pub source_line: Option<Ref>,
    /// The object that a ResourceWarning is about; NULL: none.
    pub source: Value,
}

fn filter_row(action: &str, category: &'static Type, module: Ref) -> Ref {
    Tuple::from_refs(vec![Str::new(action), Ref::NONE, Value::of(category).to_ref(), module, int::new(0)])
}

fn make_defaults() -> Defaults {
    contextvars::make_types();
    Defaults {
        filters: List::from_refs(vec![
            filter_row("default", &DEPRECATION_WARNING, Str::new("__main__")),
            filter_row("ignore", &DEPRECATION_WARNING, Ref::NONE),
            filter_row("ignore", &PENDING_DEPRECATION_WARNING, Ref::NONE),
            filter_row("ignore", &IMPORT_WARNING, Ref::NONE),
            filter_row("ignore", &RESOURCE_WARNING, Ref::NONE),
        ]),
        once_registry: Dict::new(),
        default_action: Str::new("default"),
        context: contextvars::new_variable(Str::new("_warnings_context"), Ref::NULL),
    }
}

fn default(pick: impl FnOnce(&Defaults) -> &Ref) -> Ref {
    if DEFAULTS.with(|d| d.is_none()) {
        let made = make_defaults();
        DEFAULTS.replace(Some(made));
    }
    DEFAULTS.with(|d| d.as_ref().map_or(Ref::NONE, |d| pick(d).clone()))
}

/// Keeps what the module `warnings` says, in case that the attribute is deleted there.
fn remember(place: impl FnOnce(&mut Defaults) -> &mut Ref, value: &Ref) {
    let old = DEFAULTS.with(|d| d.as_mut().map(|d| std::mem::replace(place(d), value.clone())));
    drop(old);
}

/// An attribute of the module `warnings`, if it is loaded (or shall be) and has it.
fn library_attribute(thread: &Thread, name: &str, import: bool) -> PyResult<Option<Ref>> {
    let loaded = STATE.modules.peek().cast::<Dict>().and_then(|m| m.get_str("warnings"));
    let module = match loaded.filter(|m| !m.is_none()) {
        Some(module) => module,
        None if import => match import_module(thread, "warnings") {
            Ok(module) => module,
            Err(_) => {
                drop(thread.take_raised());
                return Ok(None);
            }
        },
        None => return Ok(None),
    };
    attributes::find(thread, *module, str::intern_text(name))
}

/// Issues a warning with the lock held.
pub fn issue(thread: &Thread, warning: &Warning) -> PyResult<()> {
    LOCK.take(thread, Some(Timeout::Forever))?;
    let result = filter::decide(thread, warning);
    LOCK.release(thread);
    match result? {
        Some(accepted) => show::show(thread, warning, &accepted),
        None => Ok(()),
    }
}

// The module.

/// The class of a warning given by text and class.
fn category_of(thread: &Thread, message: Value, category: Value) -> PyResult<Ref> {
    let category = if message.is_instance(&WARNING) {
        Value::of(message.ty())
    } else if category.is_null() || category.is_none() {
        Value::of(&USER_WARNING)
    } else {
        category
    };
    match category.cast::<Type>() {
        Some(class) if class.is_subtype(&WARNING) => Ok(category.to_ref()),
        _ => {
            let name = category.ty().short_name();
            Err(thread.type_error(format!("category must be a Warning subclass, not '{name}'")))
        }
    }
}

/// `warn(message, category, stacklevel, source, skip_file_prefixes)`
fn warn(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [message, category, level, source, prefixes] = *arguments else { return Ok(Ref::NONE) };
    let level = if level.is_null() { 1 } else { protocol::c_ssize(thread, level)? };
    let prefixes = match prefixes {
        v if v.is_null() => Tuple::empty(),
        v if v.cast::<Tuple>().is_some() => v.to_ref(),
        v => {
            let type_name = v.ty().name();
            let message = format!("warn() argument 'skip_file_prefixes' must be tuple, not {type_name}");
            return Err(thread.type_error(message));
        }
    };
    let skipped = prefixes.cast::<Tuple>().map_or(&[][..], |t| t.items());
    if let Some(wrong) = skipped.iter().find(|p| p.cast::<Str>().is_none()) {
        let message = format!("Found non-str '{}' in skip_file_prefixes.", wrong.ty().name());
        return Err(thread.type_error(message));
    }
    let level = if skipped.is_empty() { level } else { level.max(2) };
    let category = category_of(thread, message, category)?;
    let place = place::find(thread, level, skipped)?;
    let warning = Warning {
        message,
        category: *category,
        filename: *place.filename,
        line: place.line,
        module: *place.module,
        registry: *place.registry,
        source_line: None,
        source: if source.is_none() { Value::NULL } else { source },
    };
    issue(thread, &warning)?;
    Ok(Ref::NONE)
}

/// `warn_explicit(message, category, filename, lineno, module, registry, module_globals, source)`
fn warn_explicit(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [message, category, filename, line, module, registry, globals, source] = *arguments else {
        return Ok(Ref::NONE);
    };
    if filename.cast::<Str>().is_none() {
        let message =
            format!("warn_explicit() argument 'filename' must be str, not {}", filename.ty().name());
        return Err(thread.type_error(message));
    }
    let line = protocol::c_int(thread, line)?.into();
    let source_line = match globals {
        v if v.is_null() || v.is_none() => None,
        v if v.cast::<Dict>().is_some() => show::line_from_loader(thread, v, line)?,
        v => {
            let message = format!("module_globals must be a dict, not '{}'", v.ty().name());
            return Err(thread.type_error(message));
        }
    };
    let none_is_null = |v: Value| if v.is_none() { Value::NULL } else { v };
    let warning = Warning {
        message,
        category,
        filename,
        line,
        module: none_is_null(module),
        registry,
        source_line,
        source: none_is_null(source),
    };
    issue(thread, &warning)?;
    Ok(Ref::NONE)
}

fn acquire_lock(thread: &Thread, _: Value) -> PyResult {
    LOCK.take(thread, Some(Timeout::Forever))?;
    Ok(Ref::NONE)
}

fn release_lock(thread: &Thread, _: Value) -> PyResult {
    match LOCK.release(thread) {
        true => Ok(Ref::NONE),
        false => Err(thread.runtime_error("cannot release un-acquired lock")),
    }
}

fn filters_mutated(thread: &Thread, _: Value) -> PyResult {
    if !LOCK.is_owned(thread) {
        return Err(thread.runtime_error("warnings lock is not held"));
    }
    FILTERS_VERSION.fetch_add(1, Ordering::Relaxed);
    Ok(Ref::NONE)
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    add(module, "filters", *default(|d| &d.filters));
    add(module, "_onceregistry", *default(|d| &d.once_registry));
    add(module, "_defaultaction", *default(|d| &d.default_action));
    add(module, "_warnings_context", *default(|d| &d.context));
    Ok(())
}

const FUNCTIONS: &[MethodDef] = &[
    method("_acquire_lock", "($module, /)", NativeFn::NoArgs(acquire_lock), ""),
    method("_filters_mutated_lock_held", "($module, /)", NativeFn::NoArgs(filters_mutated), ""),
    method("_release_lock", "($module, /)", NativeFn::NoArgs(release_lock), ""),
    method(
        "warn",
        "($module, /, message, category=None, stacklevel=1, source=None, *,\n     skip_file_prefixes=())",
        NativeFn::Bound(warn),
        "Issue a warning, or maybe ignore it or raise an exception.\n\n  message\n    Text of the warning message.\n  category\n    The Warning category subclass. Defaults to UserWarning.\n  stacklevel\n    How far up the call stack to make this warning appear. A value of 2 for\n    example attributes the warning to the caller of the code calling warn().\n  source\n    If supplied, the destroyed object which emitted a ResourceWarning\n  skip_file_prefixes\n    An optional tuple of module filename prefixes indicating frames to skip\n    during stacklevel computations for stack frame attribution.",
    ),
    method(
        "warn_explicit",
        "($module, /, message, category, filename, lineno,\n              module=<unrepresentable>, registry=None,\n              module_globals=None, source=None)",
        NativeFn::Bound(warn_explicit),
        "Issue a warning, or maybe ignore it or raise an exception.",
    ),
];

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: FUNCTIONS,
    init,
};
