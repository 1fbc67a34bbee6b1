//! The code object of CPython 3.14 as plain data, and the constants it may hold.
//!
//! The frontend and the marshal reader make these; the runtime turns them into objects. Nothing here is checked: a
//! code object from a `.pyc` file or `code.replace` may be nonsense, and lowering is what refuses it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_int::IBig;

use crate::wtf8::Wtf8;

/// `co_flags` bits.
pub mod co_flags {
    /// Locals live in fast slots, not in a mapping.
    pub const OPTIMIZED: u32 = 0x1;
    /// A call makes new locals.
    pub const NEWLOCALS: u32 = 0x2;
    /// The function has `*args`.
    pub const VARARGS: u32 = 0x4;
    /// The function has `**kwargs`.
    pub const VARKEYWORDS: u32 = 0x8;
    /// The function is nested in another.
    pub const NESTED: u32 = 0x10;
    /// A generator function.
    pub const GENERATOR: u32 = 0x20;
    /// `inspect` names this bit; the compiler no longer sets it.
    pub const NOFREE: u32 = 0x40;
    /// A coroutine function.
    pub const COROUTINE: u32 = 0x80;
    /// A generator that may be awaited (`types.coroutine`).
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    /// An asynchronous generator function.
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import division`
    pub const FUTURE_DIVISION: u32 = 0x20000;
    /// `from __future__ import absolute_import`
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    /// `from __future__ import with_statement`
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    /// `from __future__ import print_function`
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    /// `from __future__ import unicode_literals`
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    /// `from __future__ import barry_as_FLUFL`
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    /// `from __future__ import generator_stop`
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    /// `from __future__ import annotations`
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    /// `sys.monitoring` reports no events from this code.
    pub const NO_MONITORING_EVENTS: u32 = 0x2000000;
    /// The first constant is the docstring.
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    /// The function is defined in a class body.
    pub const METHOD: u32 = 0x8000000;

    /// Calling the function makes a generator, coroutine or asynchronous generator.
    pub const ANY_GENERATOR: u32 = GENERATOR | COROUTINE | ASYNC_GENERATOR;
}

/// Bits of `co_localspluskinds`: what a fast local is. They combine.
pub mod local_kind {
    /// Parameter that takes positional arguments, or `*args`.
    pub const ARG_POS: u8 = 0x02;
    /// Parameter that takes keyword arguments, or `**kwargs`.
    pub const ARG_KW: u8 = 0x04;
    /// `*args` or `**kwargs`.
    pub const ARG_VAR: u8 = 0x08;
    /// Any parameter.
    pub const ARG: u8 = ARG_POS | ARG_KW | ARG_VAR;
    /// Hidden from `locals()` (variables of an inlined comprehension outside functions).
    pub const HIDDEN: u8 = 0x10;
    /// A local variable.
    pub const LOCAL: u8 = 0x20;
    /// Captured by an inner function: the slot holds a cell.
    pub const CELL: u8 = 0x40;
    /// Captured from an outer function.
    pub const FREE: u8 = 0x80;
}

/// A constant of a code object or of marshal data.
#[derive(Clone, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True`
    True,
    /// `False`
    False,
    /// `...`
    Ellipsis,
    /// `StopIteration`, which only marshal data can hold.
    StopIteration,
    /// An `int`.
    Int(IBig),
    /// A `float`.
    Float(f64),
    /// A `complex`: real and imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Str(Wtf8),
    /// A `bytes`.
    Bytes(Arc<[u8]>),
    /// A `tuple`.
    Tuple(Arc<[Const]>),
    /// A `frozenset`, in the order in which it is written.
    FrozenSet(Arc<[Const]>),
    /// A `slice`: start, stop, step.
    Slice(Arc<[Const; 3]>),
    /// A code object.
    Code(Arc<Code>),
}

impl Const {
    /// The `str` constant of a Rust string.
    pub fn str(text: &str) -> Const {
        Const::Str(Wtf8::from(text))
    }

    /// The `bool` constant.
    pub fn bool(value: bool) -> Const {
        if value { Const::True } else { Const::False }
    }

    /// The `int` constant.
    pub fn int(value: impl Into<IBig>) -> Const {
        Const::Int(value.into())
    }
}

/// Constants are equal when they have the same type and are indistinguishable: `0.0` differs from `-0.0`, a NaN
/// equals itself.
impl PartialEq for Const {
    fn eq(&self, other: &Const) -> bool {
        match (self, other) {
            (Const::Int(a), Const::Int(b)) => a == b,
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (Const::Complex(a, b), Const::Complex(c, d)) => {
                a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits()
            }
            (Const::Str(a), Const::Str(b)) => a == b,
            (Const::Bytes(a), Const::Bytes(b)) => a == b,
            (Const::Tuple(a), Const::Tuple(b)) | (Const::FrozenSet(a), Const::FrozenSet(b)) => a == b,
            (Const::Slice(a), Const::Slice(b)) => a == b,
            (Const::Code(a), Const::Code(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => self.is_singleton() && std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Const {
    fn is_singleton(&self) -> bool {
        matches!(self, Const::None | Const::True | Const::False | Const::Ellipsis | Const::StopIteration)
    }
}

impl Eq for Const {}

impl Hash for Const {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Const::None | Const::True | Const::False | Const::Ellipsis | Const::StopIteration => {}
            Const::Int(value) => value.hash(state),
            Const::Float(value) => value.to_bits().hash(state),
            Const::Complex(real, imaginary) => (real.to_bits(), imaginary.to_bits()).hash(state),
            Const::Str(text) => text.hash(state),
            Const::Bytes(bytes) => bytes.hash(state),
            Const::Tuple(items) | Const::FrozenSet(items) => items.hash(state),
            Const::Slice(parts) => parts.hash(state),
            Const::Code(code) => code.hash(state),
        }
    }
}

/// A code object, field by field as CPython 3.14 keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Stack slots that the frame needs.
    pub stacksize: u32,
    /// `co_flags`, see [`co_flags`].
    pub flags: u32,
    /// The bytecode, two bytes a code unit.
    pub code: Arc<[u8]>,
    /// `co_consts`
    pub consts: Vec<Const>,
    /// `co_names`
    pub names: Vec<Wtf8>,
    /// Names of the fast locals: variables, cells, free variables.
    pub localsplusnames: Vec<Wtf8>,
    /// What each fast local is, see [`local_kind`].
    pub localspluskinds: Vec<u8>,
    /// `co_filename`
    pub filename: Wtf8,
    /// `co_name`
    pub name: Wtf8,
    /// `co_qualname`
    pub qualname: Wtf8,
    /// `co_firstlineno`
    pub firstlineno: i32,
    /// `co_linetable`: the encoded positions.
    pub linetable: Arc<[u8]>,
    /// `co_exceptiontable`: the encoded handlers.
    pub exceptiontable: Arc<[u8]>,
}

/// The hash leaves the constants out, lest hashing nested functions takes quadratic time.
impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.name, self.firstlineno, &self.code, &self.linetable).hash(state);
    }
}

impl Code {
    /// Fast locals of every kind; the frame's stack starts behind them.
    pub fn nlocalsplus(&self) -> usize {
        self.localsplusnames.len()
    }

    /// `co_nlocals`: fast locals that are variables, captured ones included.
    pub fn nlocals(&self) -> usize {
        self.localspluskinds.iter().filter(|&&kind| kind & local_kind::LOCAL != 0).count()
    }

    /// Cells among the fast locals.
    pub fn ncellvars(&self) -> usize {
        self.localspluskinds.iter().filter(|&&kind| kind & local_kind::CELL != 0).count()
    }

    /// Free variables among the fast locals; they come last.
    pub fn nfreevars(&self) -> usize {
        self.localspluskinds.iter().filter(|&&kind| kind & local_kind::FREE != 0).count()
    }

    /// `co_varnames`
    pub fn varnames(&self) -> impl Iterator<Item = &Wtf8> {
        self.names_of_kind(local_kind::LOCAL)
    }

    /// `co_cellvars`
    pub fn cellvars(&self) -> impl Iterator<Item = &Wtf8> {
        self.names_of_kind(local_kind::CELL)
    }

    /// `co_freevars`
    pub fn freevars(&self) -> impl Iterator<Item = &Wtf8> {
        self.names_of_kind(local_kind::FREE)
    }

    fn names_of_kind(&self, kind: u8) -> impl Iterator<Item = &Wtf8> {
        let kinds = self.localspluskinds.iter();
        self.localsplusnames
            .iter()
            .zip(kinds)
            .filter(move |(_, bits)| **bits & kind != 0)
            .map(|(name, _)| name)
    }

    /// Parameters of every kind: the first fast locals.
    pub fn total_args(&self) -> usize {
        let named = self.argcount as usize + self.kwonlyargcount as usize;
        let star = usize::from(self.flags & co_flags::VARARGS != 0);
        let star_star = usize::from(self.flags & co_flags::VARKEYWORDS != 0);
        named + star + star_star
    }
}
