//! Starting operating system threads that run Python, and what a fork leaves of them.

use crate::gil;
use crate::thread::Thread;
use crate::value::Ref;
use std::thread::{Builder, JoinHandle};

/// Machine stack of a thread unless `_thread.stack_size` says otherwise: what the main thread has.
pub const DEFAULT_STACK: usize = 8 * 1024 * 1024;
/// Kept free at the end of a machine stack, in addition to what was asked for.
const RESERVE: usize = 512 * 1024;

/// A reference on its way to the thread that will own it.
struct Parcel(Ref);

// SAFETY: the sender does not touch the reference again, and the receiver opens the parcel under the GIL.
unsafe impl Send for Parcel {}

impl Parcel {
    fn open(self) -> Ref {
        self.0
    }
}

/// Starts a thread that runs `body(thread, payload)` under the GIL, then `ended` without it, when its state is gone.
pub fn spawn(
    stack: usize,
    payload: Ref,
    body: fn(&'static Thread, Ref),
    ended: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let limit = Thread::current().recursion_limit.get();
    let parcel = Parcel(payload);
    Builder::new().stack_size(stack.saturating_add(RESERVE)).spawn(move || {
        let thread = Thread::unlisted();
        thread.recursion_limit.set(limit);
        gil::acquire(thread);
        thread.enlist();
        body(thread, parcel.open());
        // SAFETY: the body's frames are gone, and this thread was started here.
        unsafe { thread.dispose() };
        ended();
    })
}

/// In the child after a fork, called by the thread that forked: it is the only one and the holder of the GIL.
pub fn after_fork_in_child(thread: &Thread) {
    // SAFETY: a forked process starts with one thread, which held the lock.
    unsafe { gil::reset_after_fork() };
    thread.become_only_thread();
    crate::signals::forget_all();
}
