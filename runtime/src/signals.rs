//! Pending signals: a handler of the operating system notes that one arrived, the main thread's next poll (or the end of
//! an interrupted wait) runs the Python handlers. The module `signal` installs what runs them.

use crate::error::PyResult;
use crate::objects::exceptions::KEYBOARD_INTERRUPT;
use crate::thread::{Thread, breaker};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Signals are numbered below this.
pub const LIMIT: usize = 65;

static ARRIVED: AtomicBool = AtomicBool::new(false);
static PENDING: [AtomicBool; LIMIT] = [const { AtomicBool::new(false) }; LIMIT];

/// Runs the Python handler of one signal.
pub type Dispatcher = fn(&Thread, signal: i32) -> PyResult<()>;

static DISPATCHER: OnceLock<Dispatcher> = OnceLock::new();

/// Says who runs the handlers.
pub fn install(dispatcher: Dispatcher) {
    let _ = DISPATCHER.set(dispatcher);
}

/// Notes that a signal arrived. May be called in a signal handler and on any thread; unknown numbers are ignored.
pub fn trip(signal: i32) {
    let Some(flag) = usize::try_from(signal).ok().and_then(|i| PENDING.get(i)) else { return };
    flag.store(true, Ordering::Relaxed);
    ARRIVED.store(true, Ordering::Release);
    if let Some(main) = Thread::main() {
        main.request(breaker::SIGNALS);
    }
}

/// Forgets the signals that arrived: they were the parent process's.
pub fn forget_all() {
    ARRIVED.store(false, Ordering::Relaxed);
    for flag in &PENDING {
        flag.store(false, Ordering::Relaxed);
    }
}

/// Runs the handlers of signals that arrived, on the main thread only; `Err` if one raised, and the rest stay pending.
pub fn check(thread: &Thread) -> PyResult<()> {
    if !ARRIVED.load(Ordering::Relaxed) || !thread.is_main() {
        return Ok(());
    }
    if !ARRIVED.swap(false, Ordering::Acquire) {
        return Ok(());
    }
    for (number, flag) in PENDING.iter().enumerate() {
        if flag.swap(false, Ordering::Relaxed)
            && let Err(raised) = dispatch(thread, number as i32)
        {
            ARRIVED.store(true, Ordering::Release);
            thread.request(breaker::SIGNALS);
            return Err(raised);
        }
    }
    Ok(())
}

fn dispatch(thread: &Thread, signal: i32) -> PyResult<()> {
    match DISPATCHER.get() {
        Some(dispatch) => dispatch(thread, signal),
        None if signal == libc::SIGINT => {
            let interrupt = crate::objects::exceptions::new_exception(thread, &KEYBOARD_INTERRUPT, &[])?;
            Err(thread.raise(interrupt))
        }
        None => Ok(()),
    }
}
