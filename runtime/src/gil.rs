//! The global interpreter lock: one thread at a time touches objects, and `Thread::current()` is that thread.
//!
//! A thread that wants the lock waits for the switch interval, then sets `breaker::GIL_REQUEST` in the holder, whose next
//! poll calls `yield_now`; the holder then waits until somebody else has run, so that a busy loop cannot take the lock
//! straight back. Whatever may block gives the lock up around itself with `without_gil`.
//!
//! Invariants: `CURRENT` (in `thread`) is changed only by the thread that has just got the lock, with the mutex held. A
//! waiter looks at it only while the mutex is held and the lock is taken, so the holder's thread state is alive. Once the
//! interpreter shuts down, threads other than the one that does it never get the lock again.

use crate::thread::{Thread, breaker};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

struct State {
    taken: bool,
    /// How often the lock changed hands.
    switches: u64,
    /// Threads that wait for the lock.
    waiters: u32,
}

struct Lock {
    state: Mutex<State>,
    /// The lock became free.
    freed: Condvar,
    /// The lock changed hands.
    switched: Condvar,
}

impl Lock {
    const fn new(taken: bool) -> Lock {
        Lock {
            state: Mutex::new(State { taken, switches: 0, waiters: 0 }),
            freed: Condvar::new(),
            switched: Condvar::new(),
        }
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

struct LockCell(UnsafeCell<Lock>);

// SAFETY: replaced only in a child process that has one thread; else used by shared reference.
unsafe impl Sync for LockCell {}

static LOCK: LockCell = LockCell(UnsafeCell::new(Lock::new(false)));

/// Microseconds that a thread waits before it asks the holder to give the lock up.
static INTERVAL: AtomicU64 = AtomicU64::new(5000);

/// The interpreter is shutting down: only the thread that does it may take the lock.
static FINALIZING: AtomicBool = AtomicBool::new(false);
static FINALIZER: AtomicU64 = AtomicU64::new(0);

fn lock() -> &'static Lock {
    // SAFETY: see `LockCell`.
    unsafe { &*LOCK.0.get() }
}

fn wait<'a>(condition: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    condition.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn wait_timeout<'a>(
    condition: &Condvar,
    state: MutexGuard<'a, State>,
    time: Duration,
) -> (MutexGuard<'a, State>, bool) {
    let (state, result) =
        condition.wait_timeout(state, time).unwrap_or_else(|poisoned| poisoned.into_inner());
    (state, result.timed_out())
}

/// The switch interval in microseconds.
pub fn switch_interval() -> u64 {
    INTERVAL.load(Ordering::Relaxed)
}

/// Sets the switch interval in microseconds.
pub fn set_switch_interval(microseconds: u64) {
    INTERVAL.store(microseconds.max(1), Ordering::Relaxed);
}

/// Whether the interpreter is shutting down.
pub fn is_finalizing() -> bool {
    FINALIZING.load(Ordering::Relaxed)
}

/// From here on no other thread gets the lock; those that want it sleep until the process ends.
pub fn begin_finalizing(thread: &Thread) {
    FINALIZER.store(thread as *const Thread as u64, Ordering::Relaxed);
    FINALIZING.store(true, Ordering::Release);
}

/// A thread that must not run Python any more: the process is about to end.
fn hang_if_finalizing(thread: &Thread) {
    if FINALIZING.load(Ordering::Acquire)
        && FINALIZER.load(Ordering::Relaxed) != thread as *const Thread as u64
    {
        loop {
            std::thread::park();
        }
    }
}

/// Makes `thread` the holder without waiting: the first thread of the process.
pub fn install(thread: &'static Thread) {
    let mut state = lock().state();
    state.taken = true;
    thread.make_current();
}

/// Takes the lock for `thread`, which is the calling thread's state.
pub fn acquire(thread: &Thread) {
    hang_if_finalizing(thread);
    let lock = lock();
    let mut state = lock.state();
    if state.taken {
        state = wait_for_turn(lock, state);
        if is_finalizing() {
            state.taken = false;
            lock.freed.notify_one();
            drop(state);
            hang_if_finalizing(thread);
            return acquire(thread);
        }
    }
    state.taken = true;
    state.switches = state.switches.wrapping_add(1);
    thread.make_current();
    if state.waiters > 0 {
        lock.switched.notify_all();
    }
}

/// Waits until the lock is free; asks the holder for it when that takes longer than the switch interval.
fn wait_for_turn<'a>(lock: &'static Lock, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    state.waiters += 1;
    while state.taken {
        let switches = state.switches;
        let timed_out;
        (state, timed_out) =
            wait_timeout(&lock.freed, state, Duration::from_micros(INTERVAL.load(Ordering::Relaxed)));
        if timed_out && state.taken && state.switches == switches {
            Thread::current().request(breaker::GIL_REQUEST);
        }
    }
    state.waiters -= 1;
    state
}

/// Gives the lock up. The calling thread touches no object until it has taken it again.
pub fn release() {
    let lock = lock();
    let mut state = lock.state();
    debug_assert!(state.taken, "the lock is given up by its holder");
    state.taken = false;
    if state.waiters > 0 {
        lock.freed.notify_one();
    }
}

/// Lets another thread run if one waits: the answer to `breaker::GIL_REQUEST`.
pub fn yield_now(thread: &Thread) {
    {
        let lock = lock();
        let mut state = lock.state();
        if state.waiters == 0 {
            return;
        }
        state.taken = false;
        let switches = state.switches;
        lock.freed.notify_one();
        // Counted as a waiter, so that whoever takes the lock tells.
        state.waiters += 1;
        while state.switches == switches && state.waiters > 1 {
            state = wait(&lock.switched, state);
        }
        state.waiters -= 1;
    }
    acquire(thread);
}

/// Runs something that may block without the lock. `f` touches no Python object.
#[inline]
pub fn without_gil<R>(thread: &Thread, f: impl FnOnce() -> R) -> R {
    release();
    let result = f();
    acquire(thread);
    result
}

/// In the child after a fork: other threads are gone, and with them whatever they did to the lock.
///
/// # Safety
/// The calling thread is the only one of the process and held the lock when it forked.
pub unsafe fn reset_after_fork() {
    // SAFETY: no other thread can hold a reference to the lock.
    unsafe { LOCK.0.get().write(Lock::new(true)) };
}
