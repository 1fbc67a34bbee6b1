//! The layouts of functions, cells and bound methods.

use crate::cell::Slot;
use crate::object::{Header, new_exact};
use crate::objects::code::Code;
use crate::types::registry::{CELL, FUNCTION};
use crate::value::Ref;
use std::cell::Cell;

/// A Python function.
#[repr(C)]
pub struct Function {
    pub header: Header,
    /// A code object.
    pub code: Slot,
    /// A dict.
    pub globals: Slot,
    /// The dict that builtins are looked up in.
    pub builtins: Slot,
    pub name: Slot,
    pub qualname: Slot,
    pub module: Slot,
    pub doc: Slot,
    /// Tuple or NULL.
    pub defaults: Slot,
    /// Dict or NULL.
    pub kwdefaults: Slot,
    /// Tuple of cells or NULL.
    pub closure: Slot,
    /// Dict or NULL.
    pub annotations: Slot,
    /// `__annotate__`: callable, None or NULL.
    pub annotate: Slot,
    /// Tuple or NULL.
    pub type_params: Slot,
    /// `__dict__`: dict or NULL until asked for.
    pub dict: Slot,
    /// Unique for the function's present code, defaults and closure; 0 until asked for. Changing `__code__`,
    /// `__defaults__` or `__kwdefaults__` takes it away.
    pub version: Cell<u32>,
}

crate::object!(Function, FUNCTION);

impl Function {
    /// The code object.
    #[inline(always)]
    pub fn code(&self) -> &'static Code {
        // SAFETY: the slot holds a code object always.
        unsafe { self.code.peek().cast_unchecked() }
    }
}

/// A variable shared between scopes.
#[repr(C)]
pub struct Cell_ {
    pub header: Header,
    /// NULL while unbound.
    pub content: Slot,
}

crate::object!(Cell_, CELL);

/// A new cell with `content` (NULL for an unbound variable).
pub fn new_cell(content: Ref) -> Ref {
    new_exact(|header| Cell_ { header, content: Slot::new(content) })
}

pub use super::builtin_function::{BuiltinFunction, new_builtin};
pub use super::method::{Method, new_method};
