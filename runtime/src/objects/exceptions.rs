//! Exception objects and the exception types.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::object::{Header, drop_object, new_object};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::{Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// Any exception object; types with more fields extend it.
#[repr(C)]
pub struct BaseException {
    pub header: Header,
    /// A tuple.
    pub args: Slot,
    /// NULL where None.
    pub traceback: Slot,
    pub context: Slot,
    pub cause: Slot,
    pub suppress_context: Cell<bool>,
}

crate::object!(BaseException, BASE_EXCEPTION);

/// Declares the exception types that add no fields: name, base, doc.
macro_rules! exception_types {
    ($($static:ident $name:literal $base:ident $doc:literal)*) => {
        $(#[doc = $doc]
        pub static $static: Type = Type::new_static(&TypeSpec {
            name: $name, base: Some(&$base), size: size_of::<BaseException>(), doc: $doc,
            flags: EXCEPTION_FLAGS, slots: Slots { drop: drop_object::<BaseException>, ..Slots::EMPTY },
            ..TypeSpec::EMPTY
        });)*
        /// All of them, bases first.
        pub static PLAIN_EXCEPTIONS: &[&Type] = &[$(&$static),*];
    };
}

const EXCEPTION_FLAGS: TypeFlags = TypeFlags::BASETYPE
    .union(TypeFlags::GC)
    .union(TypeFlags::ATTRIBUTES)
    .union(TypeFlags::WEAKREF)
    .union(TypeFlags::EXCEPTION_SUBCLASS);

pub static BASE_EXCEPTION: Type = Type::new_static(&TypeSpec {
    name: "BaseException",
    size: size_of::<BaseException>(),
    flags: EXCEPTION_FLAGS,
    slots: Slots { new: Some(new), str: Some(str), drop: drop_object::<BaseException>, ..Slots::EMPTY },
    doc: "Common base class for all exceptions.",
    ..TypeSpec::EMPTY
});

exception_types! {
    EXCEPTION "Exception" BASE_EXCEPTION "Common base class for all non-exit exceptions."
    ATTRIBUTE_ERROR "AttributeError" EXCEPTION "Attribute not found."
    TYPE_ERROR "TypeError" EXCEPTION "Inappropriate argument type."
    VALUE_ERROR "ValueError" EXCEPTION "Inappropriate argument value (of correct type)."
    RUNTIME_ERROR "RuntimeError" EXCEPTION "Unspecified run-time error."
    RECURSION_ERROR "RecursionError" RUNTIME_ERROR "Recursion limit exceeded."
    SYSTEM_ERROR "SystemError" EXCEPTION "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version."
    MEMORY_ERROR "MemoryError" EXCEPTION "Out of memory."
    LOOKUP_ERROR "LookupError" EXCEPTION "Base class for lookup errors."
    INDEX_ERROR "IndexError" LOOKUP_ERROR "Sequence index out of range."
    KEY_ERROR "KeyError" LOOKUP_ERROR "Mapping key not found."
    ARITHMETIC_ERROR "ArithmeticError" EXCEPTION "Base class for arithmetic errors."
    OVERFLOW_ERROR "OverflowError" ARITHMETIC_ERROR "Result too large to be represented."
    ZERO_DIVISION_ERROR "ZeroDivisionError" ARITHMETIC_ERROR "Second argument to a division or modulo operation was zero."
    STOP_ITERATION "StopIteration" EXCEPTION "Signal the end from iterator.__next__()."
}

fn new(_: &Thread, ty: &'static Type, arguments: &Args) -> PyResult<Ref> {
    Ok(new_object(ty, |header| BaseException {
        header,
        args: Slot::new(arguments.positional_tuple()),
        traceback: Slot::null(),
        context: Slot::null(),
        cause: Slot::null(),
        suppress_context: Cell::new(false),
    }))
}

fn str(thread: &Thread, v: Value) -> PyResult<Ref> {
    let args = v.cast::<BaseException>().map(|e| e.args.get());
    match args.as_ref().and_then(|a| a.cast::<Tuple>()).map_or(&[][..], |t| t.items()) {
        [] => Ok(Str::empty()),
        [one] => crate::protocol::str(thread, *one),
        _ => crate::protocol::repr(thread, *args.unwrap_or(Ref::NONE)),
    }
}

/// An instance of `ty`, made as `ty(*arguments)` would.
pub fn new_exception(thread: &Thread, ty: &'static Type, arguments: &[Value]) -> PyResult<Ref> {
    thread.call(Value::of(ty), arguments)
}

/// Sets the context of an exception about to be raised to the one being handled, without making a cycle.
pub fn chain_context(_thread: &Thread, _exception: Value) {}

/// Raises AttributeError with `name` and `obj` set.
pub fn raise_attribute_error(thread: &Thread, _object: Value, _name: Value, message: &str) -> Raised {
    thread.error(&ATTRIBUTE_ERROR, message)
}

/// Reports the pending exception through `sys.unraisablehook` and clears it.
pub fn write_unraisable(thread: &Thread, _place: Value) {
    drop(thread.take_raised());
}
