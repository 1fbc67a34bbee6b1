//! The declarative form of native types and functions.
//!
//! A row holds a method's name, its signature as text, the Rust function, its effects and its doc. From the signature text
//! come argument parsing with CPython's exact errors, `__text_signature__` and `inspect.signature`.
//!
//! Signature text: `"($self, object, /)"`, `"($self, /, *, key=None, reverse=False)"`, `"(x, base=<unrepresentable>, /)"`,
//! `"(*args, **kwargs)"`. `$self`, `$type` and `$module` name the receiver and take no argument slot. A leading `!` says
//! that CPython shows no `__text_signature__` for it. `"?"` alone: the function is `Raw` and shows none.

use super::slots::{Slots, Unary};
use super::{Type, TypeFlags};
use crate::call::Args;
use crate::error::PyResult;
use crate::thread::Thread;
use crate::value::{Ref, Value};

bitflags::bitflags! {
    /// What calling a native function may do; the JIT relies on it. The default promises nothing.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Effects: u16 {
        const RAISES = 1 << 0;
        /// May run Python code (calls back, compares or hashes arbitrary objects, drops last references).
        const RUNS_PYTHON = 1 << 1;
        const READS_HEAP = 1 << 2;
        const WRITES_HEAP = 1 << 3;
        /// Looks at frames (`locals`, `sys._getframe`).
        const READS_FRAMES = 1 << 4;
        /// Talks to the outside world.
        const EXTERNAL = 1 << 5;
        /// Writes only inside its receiver, a built-in container or state of its own, and drops no reference there. Stands
        /// without `WRITES_HEAP`.
        const TOUCHES_RECEIVER = 1 << 6;
        /// Of plain arguments (None and exact bool, int, float, complex, str, bytes, and tuples of these) it runs no Python
        /// code, looks at no frame and writes nothing, whatever the other bits say and whichever subclass the receiver is of;
        /// a class method only if its class is a built-in one.
        const QUIET_IF_PLAIN = 1 << 7;
        const ANY = 0x3f;
        /// As ANY, but quiet where nothing but plain values is involved.
        const PLAIN = 0xbf;
        /// As PLAIN, and where that is quiet it writes inside its receiver.
        const PLAIN_TOUCHES = 0xff;
        /// Neither runs Python code nor writes; may raise.
        const READS = 1 << 0 | 1 << 2;
        /// As READS, and writes inside its receiver.
        const TOUCHES = 1 << 0 | 1 << 2 | 1 << 6;
        /// Runs no Python code but what the death of objects runs; may write and raise.
        const WRITES = 1 << 0 | 1 << 2 | 1 << 3;
        /// Result depends on the argument words alone.
        const PURE = 0;
        /// As PURE, but may raise.
        const PURE_RAISES = 1;
    }
}

/// The Rust function behind a native function; the variant says how arguments arrive.
#[derive(Clone, Copy)]
pub enum NativeFn {
    /// No arguments but the receiver.
    NoArgs(fn(&Thread, Value) -> PyResult<Ref>),
    /// Exactly one positional argument.
    One(fn(&Thread, Value, Value) -> PyResult<Ref>),
    /// Arguments bound to the signature: one slot a parameter in order, NULL where not given; `*args` arrives as a tuple,
    /// `**kwargs` as a dict (NULL if empty).
    Bound(fn(&Thread, Value, &[Value]) -> PyResult<Ref>),
    /// Arguments as they came; the function does its own checking.
    Raw(fn(&Thread, Value, &Args) -> PyResult<Ref>),
}

/// How a method row binds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    Instance,
    Class,
    Static,
}

/// One native method or module function.
#[derive(Clone, Copy)]
pub struct MethodDef {
    pub name: &'static str,
    pub signature: &'static str,
    pub function: NativeFn,
    pub binding: Binding,
    pub effects: Effects,
    pub doc: &'static str,
}

/// A method row.
pub const fn method(
    name: &'static str,
    signature: &'static str,
    function: NativeFn,
    doc: &'static str,
) -> MethodDef {
    MethodDef { name, signature, function, binding: Binding::Instance, effects: Effects::ANY, doc }
}

impl MethodDef {
    /// Declares what the function may do.
    pub const fn effects(self, effects: Effects) -> MethodDef {
        MethodDef { effects, ..self }
    }
    pub const fn class(self) -> MethodDef {
        MethodDef { binding: Binding::Class, ..self }
    }
    pub const fn static_(self) -> MethodDef {
        MethodDef { binding: Binding::Static, ..self }
    }
}

/// A computed attribute of a native type.
#[derive(Clone, Copy)]
pub struct GetSetDef {
    pub name: &'static str,
    pub get: Unary,
    /// Called with (object, NULL key, value); value NULL for deletion. `None`: read-only.
    pub set: Option<fn(&Thread, Value, Value) -> PyResult<()>>,
    pub doc: &'static str,
    /// Shown as a member descriptor (`<member ...>`) instead of a getset descriptor.
    pub member: bool,
}

/// A read-only attribute row.
pub const fn getset(name: &'static str, get: Unary, doc: &'static str) -> GetSetDef {
    GetSetDef { name, get, set: None, doc, member: false }
}

impl GetSetDef {
    pub const fn settable(self, set: fn(&Thread, Value, Value) -> PyResult<()>) -> GetSetDef {
        GetSetDef { set: Some(set), ..self }
    }
    pub const fn member(self) -> GetSetDef {
        GetSetDef { member: true, ..self }
    }
}

/// Everything that makes a built-in type.
pub struct TypeSpec {
    /// `"list"`, or with its module: `"collections.deque"`.
    pub name: &'static str,
    /// `None`: object.
    pub base: Option<&'static Type>,
    /// Bases behind the first one.
    pub more_bases: &'static [&'static Type],
    /// Size of the native struct.
    pub size: usize,
    pub flags: TypeFlags,
    pub slots: Slots,
    pub methods: &'static [MethodDef],
    pub getsets: &'static [GetSetDef],
    /// Signature of the constructor, `""` if CPython shows none.
    pub signature: &'static str,
    pub doc: &'static str,
}

impl TypeSpec {
    pub const EMPTY: TypeSpec = TypeSpec {
        name: "",
        base: None,
        more_bases: &[],
        size: size_of::<crate::object::Header>(),
        flags: TypeFlags::empty(),
        slots: Slots::EMPTY,
        methods: &[],
        getsets: &[],
        signature: "",
        doc: "",
    };
}
