//! Helpers that do whole operations on values of any type.

use super::host;
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};
use ir::register::Operation;

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
pub(super) unsafe extern "C" fn operate(
    thread: &Thread,
    what: i64,
    first: *const Value,
    count: usize,
) -> Value {
    let (Some(&operation), Some(host)) = (Operation::ALL.get(what as usize & 0xFF), host()) else {
        return Value::NULL;
    };
    // SAFETY: promised by the caller.
    let operands = unsafe { std::slice::from_raw_parts(first, count) };
    let result = host.operate(thread, operation, (what >> 8) as u32, operands);
    result.map_or(Value::NULL, Ref::into_value)
}

pub(super) extern "C" fn next(thread: &Thread, iterator: Value) -> Value {
    match protocol::next(thread, iterator) {
        Ok(Some(item)) => item.into_value(),
        Ok(None) => Value::EXHAUSTED,
        Err(_) => Value::NULL,
    }
}
