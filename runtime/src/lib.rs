//! Values, heap, types, built-in objects, calls, exceptions, frames and thread state.
//!
//! Contract of the crate: one thread at a time (the holder of the GIL) touches objects. See `value` for what a borrowed
//! `Value` promises, `cell` for fields of objects, `types::native` for how native types and functions are declared.

pub mod attributes;
pub mod audit;
pub mod buffer;
pub mod c_math;
pub mod call;
pub mod cell;
pub mod error;
pub mod float_power;
pub mod frame;
pub mod gc;
#[cfg(test)]
mod gc_tests;
pub mod gil;
pub mod hash;
pub mod heap;
pub mod import;
pub mod instance;
pub mod int_kernel;
pub mod marshal;
pub mod mersenne;
pub mod monitoring;
pub mod names;
pub mod number_format;
pub mod object;
pub mod objects;
pub mod os;
pub mod parking;
pub mod protocol;
pub mod seniority;
pub mod signals;
pub mod slot_fields;
pub mod spawn;
pub mod state;
pub mod str_kernel;
#[cfg(test)]
pub mod test_support;
pub mod text_builder;
pub mod thread;
pub mod trace_interface;
pub mod types;
pub mod value;
pub mod warnings;
pub mod watch;
pub mod weakref;

pub use call::Args;
pub use cell::{GilCell, Slot};
pub use error::{PyResult, Raised};
pub use object::{Header, Object, new_exact, new_object};
pub use thread::Thread;
pub use types::{
    CompareOp, Effects, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
pub use value::{Ref, Value};
