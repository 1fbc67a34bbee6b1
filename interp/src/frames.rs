//! Pushing and popping frames: their heads, their windows on the register stack, the recursion limit.
//!
//! A window starts at the thread's `stack_top`, or inside its caller's where the arguments lie. Stack registers of a new
//! window hold nothing with a count, because every frame leaves its registers that way.

use crate::code::Executable;
use runtime::cell::Slot;
use runtime::error::{PyResult, Raised};
use runtime::frame::{Frame, FrameKind};
use runtime::objects::exceptions::RECURSION_ERROR;
use runtime::objects::frame;
use runtime::objects::function::Function;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};

/// Where a frame's result goes: the register of the caller, and what the calling instruction's word says.
#[derive(Clone, Copy, Default)]
pub struct Destination {
    pub register: u32,
    pub flags: u8,
    /// Words of the instruction.
    pub length: u8,
}

/// Raises RecursionError if one more frame is too many; sees to it that there is a head for it.
#[inline(always)]
pub fn check_depth(thread: &Thread) -> PyResult<()> {
    if has_head(thread) { Ok(()) } else { check_depth_slowly(thread) }
}

/// Whether one more frame can be pushed right away.
#[inline(always)]
pub fn has_head(thread: &Thread) -> bool {
    thread.recursion_depth.get() < thread.recursion_limit.get()
        && thread.head_top.get() != thread.head_ready.get()
}

#[cold]
#[inline(never)]
fn check_depth_slowly(thread: &Thread) -> PyResult<()> {
    if thread.recursion_depth.get() >= thread.recursion_limit.get() || !thread.prepare_heads() {
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

/// Whether a window of `count` registers at `base` is free.
#[inline(always)]
pub fn has_room(thread: &Thread, base: *mut Value, count: usize) -> bool {
    (base as usize).wrapping_add(count * size_of::<Value>()) <= thread.stack_end.get() as usize
}

/// Pushes a frame whose arguments are already in its window. `owner` is a reference to the function.
///
/// # Safety
/// `check_depth` found a head; the window at `base` has room for the code's registers; its locals are owned by the new
/// frame.
#[inline(always)]
pub unsafe fn push(
    thread: &Thread,
    function: &Function,
    owner: Ref,
    executable: &Executable,
    base: *mut Value,
    kind: FrameKind,
    returns: Destination,
) -> *mut Frame {
    let place = thread.head_top.get();
    // SAFETY: the head is ready and free; free heads hold nothing, whatever their `function` says.
    unsafe {
        let head = &*place;
        head.registers.set(base);
        head.pc.set(executable.start());
        head.previous.set(thread.frame.get());
        head.executable.set((executable as *const Executable).cast());
        head.code.set(function.code.peek());
        head.globals.set(function.globals.peek());
        head.builtins.set(function.builtins.peek());
        (&raw mut (*place).function).write(Slot::new(owner));
        head.return_register.set(returns.register);
        head.kind.set(kind);
        head.return_flags.set(returns.flags);
        head.return_length.set(returns.length);
        thread.head_top.set(place.add(1));
        thread.frame.set(place);
        thread.recursion_depth.set(thread.recursion_depth.get() + 1);
        // The window's end lies within the register stack.
        thread.stack_top.set(base.add(executable.register_count()));
    }
    place
}

/// Pops a frame that isn't a generator's: drops its registers (all, or only the locals where the stack is known to be
/// empty) and gives the register stack back down to `stack_top`.
///
/// # Safety
/// `frame` is the thread's innermost frame, made by `push`.
#[inline(always)]
pub unsafe fn pop(thread: &Thread, frame: *mut Frame, count: usize, stack_top: *mut Value) {
    // SAFETY: alive until it is given back below.
    let head = unsafe { &*frame };
    let detached = frame::detach(thread, head);
    thread.frame.set(head.previous.get());
    thread.recursion_depth.set(thread.recursion_depth.get() - 1);
    if !detached {
        // SAFETY: the frame owns its registers.
        unsafe { drop_registers(head.registers.get(), count) };
    }
    // SAFETY: the head owns the function, and what is left behind is never looked at.
    drop(unsafe { Ref::from_owned(head.function.peek()) });
    for slot in [&head.locals, &head.extra] {
        if !slot.is_null() {
            drop(slot.take());
        }
    }
    thread.stack_top.set(stack_top);
    thread.head_top.set(frame);
}

/// Drops the values of consecutive registers, the last first as CPython does; nothing with a count stays in them.
///
/// # Safety
/// The registers exist and own their values.
#[inline(always)]
pub unsafe fn drop_registers(first: *mut Value, count: usize) {
    for i in (0..count).rev() {
        // SAFETY: promised by the caller; each is emptied before its value is dropped. Values without a count may stay.
        unsafe {
            let value = *first.add(i);
            if value.is_pointer() {
                first.add(i).write(Value::NULL);
                value.decref();
            }
        }
    }
}
