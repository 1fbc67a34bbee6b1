//! `builtins.__import__`: modules already there are found here without running Python code; the rest is the work of
//! `importlib._bootstrap`, which the program boots.

mod resolve;
pub mod shadow;
mod trim;

use crate::attributes;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::dict::Dict;
use crate::objects::exceptions::KEY_ERROR;
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::state::STATE;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// `__import__(name, globals, locals, fromlist, level)`; NULL or None for what is not given.
pub fn import_level(thread: &Thread, name: Value, globals: Value, from_list: Value, level: i32) -> PyResult {
    let Some(text) = name.cast::<Str>() else {
        return Err(thread.type_error("module name must be a string"));
    };
    if level < 0 {
        return Err(thread.value_error("level must be >= 0"));
    }
    let full = match level {
        0 if text.len() == 0 => return Err(thread.value_error("Empty module name")),
        0 => name.to_ref(),
        _ => resolve::absolute_name(thread, name, globals, level)?,
    };
    let module = find_or_load(thread, *full)?;
    let wants_submodules =
        !from_list.is_null() && !from_list.is_none() && protocol::is_true(thread, from_list)?;
    if wants_submodules {
        return match attributes::find(thread, *module, names::get().__path__)? {
            Some(_) => {
                let import = STATE.import_function.get();
                call_bootstrap(thread, names::get()._handle_fromlist, &[*module, from_list, *import])
            }
            None => Ok(module),
        };
    }
    top_of(thread, text, level, *full, module)
}

/// Without a from-list, the package that the first part of the given name names.
fn top_of(thread: &Thread, name: &Str, level: i32, full: Value, module: Ref) -> PyResult {
    if name.len() == 0 {
        return Ok(module);
    }
    let Some(dot) = name.chars().position(|c| c == u32::from(b'.')) else { return Ok(module) };
    if level == 0 {
        let front = name.substring(0, dot);
        return import_level(thread, *front, Value::NULL, Value::NULL, 0);
    }
    let cut_off = name.len() - dot;
    let Some(full) = full.cast::<Str>() else { return Ok(module) };
    let front = full.substring(0, full.len() - cut_off);
    match loaded(thread, *front)? {
        Some(found) => Ok(found),
        None => {
            let shown = protocol::repr(thread, *front)?;
            let message = format!("{} not in sys.modules as expected", str::display(*shown));
            Err(thread.error(&KEY_ERROR, message))
        }
    }
}

/// A module of `sys.modules`.
pub fn loaded(thread: &Thread, full_name: Value) -> PyResult<Option<Ref>> {
    let modules = STATE.modules.get();
    match modules.cast::<Dict>() {
        Some(dict) => dict.get(thread, full_name),
        None => Err(thread.runtime_error("unable to get sys.modules")),
    }
}

/// The module by its full name; loaded if it is not there yet.
fn find_or_load(thread: &Thread, full_name: Value) -> PyResult {
    match loaded(thread, full_name)?.filter(|m| !m.is_none()) {
        Some(module) => {
            wait_until_initialised(thread, *module, full_name)?;
            if let Some(cached) = STATE.import_timer.with(|timer| timer.and_then(|t| t.cached)) {
                cached(&str::display(full_name));
            }
            Ok(module)
        }
        None => load(thread, full_name),
    }
}

/// Whether a spec says that its module is being loaded.
pub fn is_initialising(thread: &Thread, spec: Value) -> PyResult<bool> {
    match attributes::find(thread, spec, names::get()._initializing)? {
        Some(flag) => protocol::is_true(thread, *flag),
        None => Ok(false),
    }
}

/// Waits for another thread that is loading the module.
fn wait_until_initialised(thread: &Thread, module: Value, full_name: Value) -> PyResult<()> {
    let n = names::get();
    // The spec of a module is looked up by what any object does; a module's own dict answers at once.
    let Some(spec) = attributes::find(thread, module, n.__spec__)? else { return Ok(()) };
    if spec.is_none() || !is_initialising(thread, *spec)? {
        return Ok(());
    }
    call_bootstrap(thread, n._lock_unlock_module, &[full_name]).map(drop)
}

/// Loads a module through `importlib._bootstrap`.
fn load(thread: &Thread, full_name: Value) -> PyResult {
    let n = names::get();
    if STATE.importlib.is_null() {
        let shown = str::display(full_name);
        let message = format!("No module named '{shown}' (the import system is not there yet)");
        return Err(thread.error(&crate::objects::exceptions::MODULE_NOT_FOUND_ERROR, message));
    }
    let import = STATE.import_function.get();
    let timing = STATE.import_timer.with(|timer| *timer);
    let started = timing.map(|timer| (timer.begin)());
    let result = call_bootstrap(thread, n._find_and_load, &[full_name, *import]);
    if let (Some(timer), Some(started)) = (timing, started) {
        (timer.end)(started, &str::display(full_name), result.is_ok());
    }
    result.inspect_err(|_| trim::pending_traceback(thread))
}

/// `-X importtime`: how imports are timed and told of.
#[derive(Clone, Copy)]
pub struct ImportTimer {
    pub begin: fn() -> (u64, u64),
    pub end: fn(started: (u64, u64), name: &str, done: bool),
    /// For `-X importtime=2`: a module was there already.
    pub cached: Option<fn(name: &str)>,
}

/// Calls a function of `importlib._bootstrap`.
fn call_bootstrap(thread: &Thread, name: Value, arguments: &[Value]) -> PyResult {
    let function = attributes::get(thread, STATE.importlib.peek(), name)?;
    thread.call(*function, arguments)
}

/// A `KeyError` of `__name__`, and other shapes of a broken namespace.
fn type_error(thread: &Thread, message: &str) -> Raised {
    thread.type_error(message)
}
