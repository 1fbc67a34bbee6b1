//! For unit tests: one test at a time has the runtime, with all types ready.

use crate::thread::Thread;
use std::sync::Mutex;

static LOCK: Mutex<()> = Mutex::new(());

/// Runs `test` as the holder of the GIL.
pub fn with_runtime<R>(test: impl FnOnce(&Thread) -> R) -> R {
    let guard = LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let thread = Thread::new();
    Thread::install(thread);
    crate::types::registry::ready_all();
    let result = test(thread);
    drop(thread.take_raised());
    drop(guard);
    result
}
