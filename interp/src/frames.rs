//! Pushing and popping frames: their heads, their windows on the register stack, the recursion limit.
//!
//! A window starts at the thread's `stack_top`, or inside its caller's where the arguments lie. Stack registers of a new
//! window hold nothing with a count, because every frame leaves its registers that way.

use crate::code::Executable;
use runtime::cell::{GilCell, Slot};
use runtime::error::{PyResult, Raised};
use runtime::frame::{Frame, FrameKind};
use runtime::objects::exceptions::RECURSION_ERROR;
use runtime::objects::frame;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};
use std::cell::Cell;

/// Heads of frames that have ended, to be used again.
static HEADS: GilCell<Vec<*mut Frame>> = GilCell::new(Vec::new());

/// What a frame runs and where it looks names up.
pub struct Scope {
    pub code: Ref,
    pub function: Ref,
    pub globals: Ref,
    pub builtins: Ref,
    pub locals: Ref,
}

/// Raises RecursionError if one more frame is too many.
#[inline(always)]
pub fn check_depth(thread: &Thread) -> PyResult<()> {
    if thread.recursion_depth.get() >= thread.recursion_limit.get() {
        return Err(too_deep(thread));
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn too_deep(thread: &Thread) -> Raised {
    thread.error(&RECURSION_ERROR, "maximum recursion depth exceeded")
}

/// Checks that a window of `count` registers at `base` is free.
#[inline(always)]
pub fn check_room(thread: &Thread, base: *mut Value, count: usize) -> PyResult<()> {
    let room = (thread.stack_end.get() as usize).saturating_sub(base as usize) / size_of::<Value>();
    if count > room { Err(too_deep(thread)) } else { Ok(()) }
}

/// Pushes a frame whose arguments are already in its window.
///
/// # Safety
/// The window at `base` has room for the code's registers; its locals are owned by the new frame.
#[inline]
pub unsafe fn push(
    thread: &Thread,
    scope: Scope,
    executable: &Executable,
    base: *mut Value,
    kind: FrameKind,
    return_register: u32,
) -> *mut Frame {
    let head = Frame {
        registers: Cell::new(base),
        pc: Cell::new(executable.start()),
        previous: Cell::new(thread.frame.get()),
        code: Slot::new(scope.code),
        function: Slot::new(scope.function),
        globals: Slot::new(scope.globals),
        builtins: Slot::new(scope.builtins),
        locals: Slot::new(scope.locals),
        frame_object: Slot::null(),
        return_register: Cell::new(return_register),
        kind: Cell::new(kind),
        generator: Cell::new(Value::NULL),
        extra: Slot::null(),
    };
    let place = match HEADS.with(Vec::pop) {
        Some(place) => {
            // SAFETY: heads in the list are allocated and hold nothing.
            unsafe { place.write(head) };
            place
        }
        None => Box::into_raw(Box::new(head)),
    };
    thread.frame.set(place);
    thread.recursion_depth.set(thread.recursion_depth.get() + 1);
    // SAFETY: the window's end lies within the register stack.
    thread.stack_top.set(unsafe { base.add(executable.nregisters()) });
    place
}

/// Pops a frame that isn't a generator's: drops its registers (all, or only the locals where the stack is known to be
/// empty) and gives the register stack back down to `stack_top`.
///
/// # Safety
/// `frame` is the thread's innermost frame, made by `push`.
#[inline]
pub unsafe fn pop(thread: &Thread, frame: *mut Frame, count: usize, stack_top: *mut Value) {
    // SAFETY: alive until it is put into the list below.
    let head = unsafe { &*frame };
    let detached = frame::detach(thread, head);
    thread.frame.set(head.previous.get());
    thread.recursion_depth.set(thread.recursion_depth.get() - 1);
    if !detached {
        // SAFETY: the frame owns its registers.
        unsafe { drop_registers(head.registers.get(), count) };
    }
    thread.stack_top.set(stack_top);
    // SAFETY: nothing refers to the head any more; its fields are dropped once.
    unsafe { std::ptr::drop_in_place(frame) };
    HEADS.with(|heads| heads.push(frame));
}

/// Drops the values of consecutive registers and leaves NULL in them.
///
/// # Safety
/// The registers exist and own their values.
#[inline]
pub unsafe fn drop_registers(first: *mut Value, count: usize) {
    for i in 0..count {
        // SAFETY: promised by the caller; each is emptied before its value is dropped.
        drop(unsafe { Ref::from_owned(std::ptr::replace(first.add(i), Value::NULL)) });
    }
}
