//! What the module takes from Python modules, looked up when it is first needed: `asyncio` imports `_asyncio`, so nothing
//! of it can be had when this module is made.

use runtime::objects::str::{Str, intern_text};
use runtime::state::import_module;
use runtime::types::Type;
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Value, attributes};

/// An attribute of a Python module, kept once found.
pub(super) struct Imported {
    module: &'static str,
    name: &'static str,
    value: GilCell<Option<Ref>>,
}

impl Imported {
    pub(super) const fn new(module: &'static str, name: &'static str) -> Imported {
        Imported { module, name, value: GilCell::new(None) }
    }
    pub(super) fn get(&self, thread: &Thread) -> PyResult {
        if let Some(value) = self.value.with(|value| value.clone()) {
            return Ok(value);
        }
        let module = import_module(thread, self.module)?;
        let value = attributes::get(thread, *module, intern_text(self.name))?;
        drop(self.value.replace(Some(value.clone())));
        Ok(value)
    }
    pub(super) fn call(&self, thread: &Thread, arguments: &[Value]) -> PyResult {
        let callable = self.get(thread)?;
        thread.call(*callable, arguments)
    }
}

pub(super) static CANCELLED_ERROR: Imported = Imported::new("asyncio.exceptions", "CancelledError");
pub(super) static INVALID_STATE_ERROR: Imported = Imported::new("asyncio.exceptions", "InvalidStateError");

/// Raises `InvalidStateError(message)`.
#[cold]
pub(super) fn invalid_state(thread: &Thread, message: &str) -> Raised {
    invalid_state_text(thread, *Str::new(message))
}

/// Raises `InvalidStateError(text)`.
#[cold]
pub(super) fn invalid_state_text(thread: &Thread, text: Value) -> Raised {
    match INVALID_STATE_ERROR.call(thread, &[text]) {
        Ok(error) => thread.raise(error),
        Err(raised) => raised,
    }
}

/// Whether an exception is a CancelledError.
pub(super) fn is_cancelled_error(thread: &Thread, exception: Value) -> PyResult<bool> {
    let class = CANCELLED_ERROR.get(thread)?;
    Ok(class.cast::<Type>().is_some_and(|class| exception.is_instance(class)))
}
