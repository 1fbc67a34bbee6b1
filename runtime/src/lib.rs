//! Values, heap, types, built-in objects, calls, exceptions, frames and thread state.
