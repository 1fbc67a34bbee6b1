//! Weak references: a table from objects to their references, and what happens when an object dies.

use crate::thread::Thread;
use crate::value::Value;

/// The first weak reference to an object, for `__weakref__`.
pub fn first_weakref(_object: Value) -> Option<crate::value::Ref> {
    None
}

/// Clears the weak references to a dying object and runs their callbacks.
pub fn object_died(_thread: &Thread, _object: Value) {}
