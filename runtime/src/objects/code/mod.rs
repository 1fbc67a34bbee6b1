//! `code`: CPython 3.14's code object, its constants as values, and the register code lowered from it.

mod attributes;
mod branches;
mod build;
mod constants;
#[cfg(test)]
mod tests;

pub use crate::marshal::constant as constant_to_ir;
pub use build::{CodeParts, constant_from_ir, from_ir, new_code};
pub use constants::{intern_constant, same_constant};

use crate::cell::{GilCell, Slot};
use crate::monitoring::CodeMonitoring;
use crate::object::{Header, drop_object};
use crate::objects::builtin_function::address;
use crate::text_builder::TextBuilder;
use crate::types::slots::Visit;
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
use ir::code::local_kind;
use ir::locations;
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
    /// What is in `register_code`, for whoever put it there; null before.
    pub executable: Cell<*const ()>,
    /// What gives events instead of that, for whoever put it there.
    pub instrumented: GilCell<Option<Box<dyn std::any::Any>>>,
    /// What tools of `sys.monitoring` want of this code.
    pub monitoring: GilCell<Option<Box<CodeMonitoring>>>,
    /// Bumped when instrumentation or `__code__` users must look again.
    pub version: Cell<u32>,
    /// The hash, or -1.
    pub hash: Cell<i64>,
    /// `replace(co_linetable=...)` and friends keep extra data for tools here (`co_extra`), NULL if none.
    pub extra: Slot,
}

crate::object!(Code, CODE);

impl Code {
    #[inline(always)]
    pub fn nlocalsplus(&self) -> usize {
        self.localsplusnames.len()
    }
    /// The name of a constant or attribute operand.
    #[inline(always)]
    pub fn name_at(&self, i: usize) -> Value {
        *self.names[i]
    }
    #[inline(always)]
    pub fn has_flag(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
    /// Fast locals with one of these kinds, with their index.
    pub fn locals_of_kind(&self, kind: u8) -> impl Iterator<Item = (usize, Value)> + '_ {
        let kinds = self.localspluskinds.iter().enumerate();
        kinds.filter(move |(_, bits)| **bits & kind != 0).map(|(i, _)| (i, *self.localsplusnames[i]))
    }
    /// `co_nlocals`
    pub fn nlocals(&self) -> usize {
        self.locals_of_kind(local_kind::LOCAL).count()
    }
    /// Number of free variables.
    pub fn nfreevars(&self) -> usize {
        self.locals_of_kind(local_kind::FREE).count()
    }
    /// The line of the instruction at a byte offset; `None` for artificial code. A negative offset, before the first
    /// instruction, has the code's first line.
    pub fn line_at(&self, offset: i32) -> Option<i32> {
        let Ok(offset) = usize::try_from(offset) else { return Some(self.firstlineno) };
        let location = locations::location_at(&self.linetable, self.firstlineno, offset);
        location.has_line().then_some(location.line)
    }
}

fn traverse(object: Value, visit: Visit) {
    let Some(code) = object.cast::<Code>() else { return };
    code.consts.iter().for_each(|v| visit(**v));
    visit(code.extra.peek());
}

fn repr(_: &crate::Thread, object: Value) -> crate::PyResult {
    let mut text = TextBuilder::new("<code object ");
    if let Some(code) = object.cast::<Code>() {
        text.push_value(*code.name).push(&format!(" at {:#x}, file \"", address(object)));
        text.push_value(code.filename.peek()).push(&format!("\", line {}>", code.firstlineno.max(0)));
    }
    Ok(text.finish())
}

pub static CODE: Type = Type::new_static(&TypeSpec {
    name: "code",
    size: size_of::<Code>(),
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        new: Some(build::new),
        drop: drop_object::<Code>,
        traverse: Some(traverse),
        repr: Some(repr),
        hash: Some(constants::code_hash),
        compare: Some(constants::code_compare),
        ..Slots::EMPTY
    },
    methods: attributes::METHODS,
    getsets: attributes::GETSETS,
    signature: "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, exceptiontable, freevars=(),\n     cellvars=(), /)",
    doc: "Create a code object.  Not for the faint of heart.",
    ..TypeSpec::EMPTY
});
