//! The exception classes of the module, and notes on where in an object graph something went wrong.

use crate::support::ErrorClass;
use runtime::objects::exceptions::{self, EXCEPTION};
use runtime::{PyResult, Raised, Thread, Type, Value};

pub(super) static PICKLE_ERROR: ErrorClass = ErrorClass::new();
pub(super) static PICKLING_ERROR: ErrorClass = ErrorClass::new();
pub(super) static UNPICKLING_ERROR: ErrorClass = ErrorClass::new();

/// Makes the classes.
pub(super) fn add_classes(thread: &Thread, module: Value) -> PyResult<()> {
    PICKLE_ERROR.add(thread, module, "_pickle.PickleError", &EXCEPTION)?;
    let base = PICKLE_ERROR.class().unwrap_or(&EXCEPTION);
    PICKLING_ERROR.add(thread, module, "_pickle.PicklingError", base)?;
    UNPICKLING_ERROR.add(thread, module, "_pickle.UnpicklingError", base)
}

/// PicklingError with a message.
#[cold]
pub(super) fn pickling(thread: &Thread, message: impl AsRef<str>) -> Raised {
    PICKLING_ERROR.raise(thread, message)
}

/// UnpicklingError with a message.
#[cold]
pub(super) fn unpickling(thread: &Thread, message: impl AsRef<str>) -> Raised {
    UNPICKLING_ERROR.raise(thread, message)
}

/// The message of PicklingError in place of the pending exception, which becomes its context.
#[cold]
pub(super) fn pickling_instead(thread: &Thread, message: impl AsRef<str>) -> Raised {
    let earlier = thread.take_raised();
    let raised = pickling(thread, message);
    let later = thread.take_raised();
    exceptions::chain_to(earlier, *later);
    thread.set_raised(later);
    raised
}

/// The type's name with its module, unless that is the program itself, as messages show it.
pub(super) fn type_name(thread: &Thread, ty: &'static Type) -> String {
    ty.shown_name(thread)
}

/// Adds `when serializing TYPE SUFFIX` to the pending exception.
#[cold]
pub(super) fn noted(thread: &Thread, raised: Raised, object: Value, suffix: &str) -> Raised {
    let exception = thread.take_raised();
    let note = format!("when serializing {} {suffix}", type_name(thread, object.ty()));
    thread.set_raised(exception);
    exceptions::note(thread, raised, &note)
}

/// Adds `when serializing TYPE item KEY` to the pending exception.
#[cold]
pub(super) fn noted_key(thread: &Thread, raised: Raised, object: Value, key: Value) -> Raised {
    let exception = thread.take_raised();
    let shown = runtime::protocol::repr(thread, key);
    let shown = match &shown {
        Ok(text) => runtime::objects::str::display(**text),
        Err(_) => {
            drop(thread.take_raised());
            return thread.restore(exception);
        }
    };
    thread.set_raised(exception);
    noted(thread, raised, object, &format!("item {shown}"))
}
