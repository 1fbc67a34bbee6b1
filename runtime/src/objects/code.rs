//! The layout of `code`: CPython 3.14's code object, its constants as values, and the register code lowered from it.

use crate::cell::{GilCell, Slot};
use crate::object::Header;
use crate::types::registry::CODE;
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A code object. The fields CPython shows are immutable.
#[repr(C)]
pub struct Code {
    pub header: Header,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub firstlineno: i32,
    /// `co_code`: two bytes a code unit, caches zero.
    pub code: Box<[u8]>,
    pub consts: Box<[Ref]>,
    /// Interned strings.
    pub names: Box<[Ref]>,
    pub localsplusnames: Box<[Ref]>,
    pub localspluskinds: Box<[u8]>,
    pub filename: Slot,
    pub name: Ref,
    pub qualname: Ref,
    pub linetable: Box<[u8]>,
    pub exceptiontable: Box<[u8]>,
    /// Lowered at the first call.
    pub register_code: GilCell<Option<Box<dyn std::any::Any>>>,
    /// Bumped when instrumentation or `__code__` users must look again.
    pub version: Cell<u32>,
    pub hash: Cell<i64>,
    /// `replace(co_linetable=...)` and friends keep extra data for tools here (`co_extra`), NULL if none.
    pub extra: Slot,
}

crate::object!(Code, CODE);

impl Code {
    pub fn nlocalsplus(&self) -> usize {
        self.localsplusnames.len()
    }
    /// The name of a constant or attribute operand.
    pub fn name_at(&self, i: usize) -> Value {
        *self.names[i]
    }
}
