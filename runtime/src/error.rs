//! Errors: a fallible operation gives `PyResult`; on `Err` the exception is pending in the thread state.

use crate::objects::exceptions as exc;
use crate::objects::str::Str;
use crate::thread::Thread;
use crate::types::Type;
use crate::value::{Ref, Value};

/// Witness that an exception is pending in the current thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a raised exception must be passed on or taken"]
pub struct Raised(());

/// The result of everything that can raise.
pub type PyResult<T = Ref> = Result<T, Raised>;

impl Thread {
    /// Makes `exception` (an exception instance) the pending one. The context (the exception being handled) is set.
    pub fn raise(&self, exception: Ref) -> Raised {
        exc::chain_context(self, *exception);
        self.set_raised(exception);
        Raised(())
    }
    /// Makes `exception` pending as it is, without touching its context.
    pub fn restore(&self, exception: Ref) -> Raised {
        self.set_raised(exception);
        Raised(())
    }
    /// For code that has found `has_raised()`.
    pub fn raised(&self) -> Raised {
        debug_assert!(self.has_raised());
        Raised(())
    }
    /// Raises `ty(message)`.
    #[cold]
    pub fn error(&self, ty: &'static Type, message: impl AsRef<str>) -> Raised {
        let text = Str::new(message.as_ref());
        self.error_value(ty, *text)
    }
    /// Raises `ty(argument)`.
    #[cold]
    pub fn error_value(&self, ty: &'static Type, argument: Value) -> Raised {
        match exc::new_exception(self, ty, &[argument]) {
            Ok(e) => self.raise(e),
            Err(r) => r,
        }
    }
    #[cold]
    pub fn type_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(&exc::TYPE_ERROR, message)
    }
    #[cold]
    pub fn value_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(&exc::VALUE_ERROR, message)
    }
    #[cold]
    pub fn index_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(&exc::INDEX_ERROR, message)
    }
    #[cold]
    pub fn overflow_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(&exc::OVERFLOW_ERROR, message)
    }
    #[cold]
    pub fn runtime_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(&exc::RUNTIME_ERROR, message)
    }
    #[cold]
    pub fn system_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(&exc::SYSTEM_ERROR, message)
    }
    #[cold]
    pub fn key_error(&self, key: Value) -> Raised {
        self.error_value(&exc::KEY_ERROR, key)
    }
    #[cold]
    pub fn memory_error(&self) -> Raised {
        match exc::new_exception(self, &exc::MEMORY_ERROR, &[]) {
            Ok(e) => self.raise(e),
            Err(r) => r,
        }
    }
    /// AttributeError for a missing attribute, with `name` and `obj` filled in.
    #[cold]
    pub fn attribute_error(&self, object: Value, name: Value, message: impl AsRef<str>) -> Raised {
        exc::raise_attribute_error(self, object, name, message.as_ref())
    }
    /// StopIteration with a value (`None` gives no argument).
    #[cold]
    pub fn stop_iteration(&self, value: Value) -> Raised {
        let arguments: &[Value] = if value.is_none() { &[] } else { &[value] };
        match exc::new_exception(self, &exc::STOP_ITERATION, arguments) {
            Ok(e) => self.raise(e),
            Err(r) => r,
        }
    }
    /// Whether the pending exception is an instance of `ty`.
    pub fn raised_matches(&self, ty: &Type) -> bool {
        self.peek_raised().is_instance(ty)
    }
    /// Takes the pending exception if it is an instance of `ty`; passes the failure on otherwise.
    pub fn catch(&self, raised: Raised, ty: &Type) -> PyResult<Ref> {
        if self.raised_matches(ty) { Ok(self.take_raised()) } else { Err(raised) }
    }
}
