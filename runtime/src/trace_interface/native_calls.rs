//! Calls of native functions by compiled code: a Rust function by its address, with the receiver and the slots that its row
//! wants, or any callable through the call protocol.
//!
//! One `extern "C"` function a shape; the helper table has rows of each for what the called function may do.

use crate::call::Args;
use crate::error::PyResult;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// A result as a word: NULL if it raised.
#[inline(always)]
fn word(result: PyResult) -> Value {
    result.map_or(Value::NULL, Ref::into_value)
}

/// # Safety
/// `function` is the function of a `NativeFn::NoArgs`.
pub(super) unsafe extern "C" fn call_0(thread: &Thread, function: *const (), receiver: Value) -> Value {
    // SAFETY: promised by the caller.
    let function: fn(&Thread, Value) -> PyResult = unsafe { std::mem::transmute(function) };
    word(function(thread, receiver))
}

/// # Safety
/// `function` is the function of a `NativeFn::One`.
pub(super) unsafe extern "C" fn call_1(
    thread: &Thread,
    function: *const (),
    receiver: Value,
    argument: Value,
) -> Value {
    // SAFETY: promised by the caller.
    let function: fn(&Thread, Value, Value) -> PyResult = unsafe { std::mem::transmute(function) };
    word(function(thread, receiver, argument))
}

/// # Safety
/// `function` is the function of a `NativeFn::Bound` with `count` slots, which compiled code stored at `first`.
pub(super) unsafe extern "C" fn call_n(
    thread: &Thread,
    function: *const (),
    receiver: Value,
    first: *const Value,
    count: usize,
) -> Value {
    // SAFETY: promised by the caller.
    let (function, slots) = unsafe {
        let function: fn(&Thread, Value, &[Value]) -> PyResult = std::mem::transmute(function);
        (function, std::slice::from_raw_parts(first, count))
    };
    word(function(thread, receiver, slots))
}

/// # Safety
/// `names` is NULL or a tuple of keyword names; `first` and `count` describe the words that compiled code stored, at least as
/// many as there are names.
pub(super) unsafe extern "C" fn call_object(
    thread: &Thread,
    callable: Value,
    names: Value,
    first: *const Value,
    count: usize,
) -> Value {
    // SAFETY: promised by the caller.
    let values = unsafe { std::slice::from_raw_parts(first, count) };
    let names = if names.is_null() { &[][..] } else { names.cast::<Tuple>().map_or(&[][..], |t| t.items()) };
    word(thread.call_args(callable, &Args::new(values, names)))
}

/// # Safety
/// `function` is the function of a `NativeFn::Raw`; `first` and `count` describe the words that compiled code stored.
pub(super) unsafe extern "C" fn call_raw(
    thread: &Thread,
    function: *const (),
    receiver: Value,
    first: *const Value,
    count: usize,
) -> Value {
    // SAFETY: promised by the caller.
    let (function, values) = unsafe {
        let function: fn(&Thread, Value, &Args) -> PyResult = std::mem::transmute(function);
        (function, std::slice::from_raw_parts(first, count))
    };
    word(function(thread, receiver, &Args::positional_only(values)))
}
