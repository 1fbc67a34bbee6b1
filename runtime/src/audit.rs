//! Audit events: `sys.addaudithook` and what native code tells the hooks.

use crate::cell::GilCell;
use crate::error::PyResult;
use crate::objects::exceptions::EXCEPTION;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::value::{Ref, Value};

static HOOKS: GilCell<Vec<Ref>> = GilCell::new(Vec::new());

fn has_hooks() -> bool {
    HOOKS.with(|hooks| !hooks.is_empty())
}

/// Tells all hooks of an event; `arguments` makes the tuple of its arguments, if anybody listens.
#[inline]
pub fn raise_event(thread: &Thread, event: Value, arguments: impl FnOnce() -> Ref) -> PyResult<()> {
    if !has_hooks() {
        return Ok(());
    }
    let arguments = arguments();
    let hooks = HOOKS.with(|hooks| hooks.clone());
    for hook in hooks {
        thread.call(*hook, &[event, *arguments])?;
    }
    Ok(())
}

/// As `raise_event`, by the event's name.
#[inline]
pub fn event(thread: &Thread, name: &str, arguments: &[Value]) -> PyResult<()> {
    if !has_hooks() {
        return Ok(());
    }
    raise_event(thread, *Str::new(name), || Tuple::from_values(arguments))
}

/// `sys.addaudithook(hook)`. An exception of the hooks already there keeps the new one out, quietly.
pub fn add_hook(thread: &Thread, hook: Value) -> PyResult<()> {
    if let Err(raised) = event(thread, "sys.addaudithook", &[]) {
        return thread.catch(raised, &EXCEPTION).map(drop);
    }
    HOOKS.with(|hooks| hooks.push(hook.to_ref()));
    Ok(())
}

/// Forgets the hooks, at the very end.
pub fn clear_hooks() {
    drop(HOOKS.with(std::mem::take));
}
