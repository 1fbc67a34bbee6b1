//! Locks and events that threads wait on without the GIL; no Python types. A wait ends early when a signal interrupts it, so
//! that the caller can run the handlers and wait again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    Done,
    TimedOut,
    Interrupted,
}

/// Sleeps while `word` is `expected`: until woken, until the deadline, or until a signal comes.
fn futex_wait(word: &AtomicU32, expected: u32, deadline: Option<Instant>) -> Wait {
    let left = match deadline {
        None => None,
        Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => Some(left),
            _ => return Wait::TimedOut,
        },
    };
    let time = left.map(|left| libc::timespec {
        tv_sec: libc::time_t::try_from(left.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: left.subsec_nanos().into(),
    });
    let time_pointer = time.as_ref().map_or(std::ptr::null(), |t| t as *const libc::timespec);
    // SAFETY: the word and the time outlive the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            time_pointer,
        )
    };
    if result == 0 {
        return Wait::Done;
    }
    match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::ETIMEDOUT) => Wait::TimedOut,
        Some(libc::EINTR) => Wait::Interrupted,
        _ => Wait::Done,
    }
}

fn futex_wake(word: &AtomicU32, count: i32) {
    // SAFETY: the kernel only looks the address up.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, count)
    };
}

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const TAKEN_WITH_WAITERS: u32 = 2;

/// A lock that any thread may release.
pub struct RawLock(AtomicU32);

impl RawLock {
    pub const fn new() -> RawLock {
        RawLock(AtomicU32::new(FREE))
    }
    pub fn is_taken(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FREE
    }
    #[inline]
    pub fn try_take(&self) -> bool {
        self.0.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
    /// Waits until the lock is taken for the caller, which does not hold the GIL.
    pub fn take(&self, deadline: Option<Instant>) -> Wait {
        if self.try_take() {
            return Wait::Done;
        }
        // Whoever has waited cannot know whether others still do.
        while self.0.swap(TAKEN_WITH_WAITERS, Ordering::Acquire) != FREE {
            match futex_wait(&self.0, TAKEN_WITH_WAITERS, deadline) {
                Wait::Done => {}
                early => return early,
            }
        }
        Wait::Done
    }
    /// Frees the lock; false if it was free.
    #[inline]
    pub fn free(&self) -> bool {
        match self.0.swap(FREE, Ordering::Release) {
            FREE => false,
            TAKEN => true,
            _ => {
                futex_wake(&self.0, 1);
                true
            }
        }
    }
    /// Forgets holder and waiters: they did not survive a fork.
    pub fn reset(&self) {
        self.0.store(FREE, Ordering::Relaxed);
    }
}

impl Default for RawLock {
    fn default() -> RawLock {
        RawLock::new()
    }
}

/// Something that happens once.
pub struct Event(AtomicU32);

impl Event {
    pub const fn new() -> Event {
        Event(AtomicU32::new(0))
    }
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }
    pub fn set(&self) {
        self.0.store(1, Ordering::Release);
        futex_wake(&self.0, i32::MAX);
    }
    /// Waits until the event has happened; the caller does not hold the GIL.
    pub fn wait(&self, deadline: Option<Instant>) -> Wait {
        while !self.is_set() {
            match futex_wait(&self.0, 0, deadline) {
                Wait::Done => {}
                early => return early,
            }
        }
        Wait::Done
    }
}

impl Default for Event {
    fn default() -> Event {
        Event::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn soon() -> Option<Instant> {
        Instant::now().checked_add(Duration::from_millis(20))
    }

    #[test]
    fn a_taken_lock_times_out_and_can_be_freed_by_another_thread() {
        let lock = RawLock::new();
        assert!(lock.try_take() && !lock.try_take());
        assert_eq!(lock.take(soon()), Wait::TimedOut);
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(lock.free()));
            assert_eq!(lock.take(None), Wait::Done);
        });
        assert!(lock.free() && !lock.free());
    }

    #[test]
    fn an_event_wakes_all_waiters() {
        let event = Event::new();
        assert_eq!(event.wait(soon()), Wait::TimedOut);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(event.wait(None), Wait::Done));
            }
            event.set();
        });
    }
}
