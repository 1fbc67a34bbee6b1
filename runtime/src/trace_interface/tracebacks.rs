//! Tracebacks that a trace did not make while the exception passed: made afterwards of what it knows.

use super::host;
use crate::frame::{Frame, FrameObject};
use crate::objects::frame;
use crate::objects::function::Function;
use crate::objects::traceback::{UNKNOWN_LINE, new_traceback};
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// Words of an entry in front of its locals: for the frame of a running call, how many frames it lies outside the innermost
/// one, else -1; `tb_lasti`; then for a frame that has ended the address of its last instruction, its function and the
/// number of its locals, which follow.
pub const ENTRY_WORDS: usize = 5;

/// A traceback of these entries, innermost first.
pub fn make(thread: &Thread, words: &[Value]) -> Ref {
    let mut entries = Vec::new();
    let mut rest = words;
    while rest.len() >= ENTRY_WORDS {
        let (entry, behind) = rest.split_at(ENTRY_WORDS);
        let locals = behind.len().min(number(entry[4]) as usize);
        entries.push((entry, &behind[..locals]));
        rest = &behind[locals..];
    }
    // Outermost first: an ended frame knows the one that called it.
    let mut frames: Vec<Ref> = Vec::new();
    for (entry, locals) in entries.iter().rev() {
        let outer = frames.last().cloned().unwrap_or(Ref::NULL);
        frames.push(match number(entry[0]) {
            -1 => ended(entry, locals, outer),
            depth => running(thread, depth),
        });
    }
    let mut made = Ref::NULL;
    for ((entry, _), frame) in entries.iter().zip(frames.into_iter().rev()) {
        if frame.cast::<FrameObject>().is_some() {
            made = new_traceback(made, frame, number(entry[1]) as i32, UNKNOWN_LINE);
        }
    }
    made
}

fn number(word: Value) -> i64 {
    word.as_small_int().unwrap_or(0)
}

fn running(thread: &Thread, depth: i64) -> Ref {
    let mut at = thread.frame.get() as *const Frame;
    for _ in 0..depth {
        // SAFETY: the frames of the chain are alive.
        at = unsafe { at.as_ref() }.map_or(std::ptr::null(), |frame| frame.previous.get());
    }
    // SAFETY: as above.
    unsafe { at.as_ref() }.map_or(Ref::NULL, |frame| frame::object_of(thread, frame))
}

fn ended(entry: &[Value], locals: &[Value], outer: Ref) -> Ref {
    let Some(function) = entry[3].cast_exact::<Function>() else { return Ref::NULL };
    let code = function.code();
    let Some(executable) = host().and_then(|host| host.executable(function.code.peek())) else {
        return Ref::NULL;
    };
    let mut registers: Vec<Value> = locals.iter().map(|v| v.to_ref().into_value()).collect();
    registers.resize(code.nlocalsplus() + code.stacksize as usize, Value::NULL);
    frame::ended(function, executable, number(entry[2]) as *const u64, registers, outer)
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
pub(super) unsafe extern "C" fn make_traceback(thread: &Thread, first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    make(thread, unsafe { std::slice::from_raw_parts(first, count) }).into_value()
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored, each with a count.
pub(super) unsafe extern "C" fn traceback_of_owned(
    thread: &Thread,
    first: *const Value,
    count: usize,
) -> Value {
    // SAFETY: promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(first, count) };
    let made = make(thread, words);
    for word in words {
        // SAFETY: each word's count is dropped once.
        drop(unsafe { Ref::from_owned(*word) });
    }
    made.into_value()
}
