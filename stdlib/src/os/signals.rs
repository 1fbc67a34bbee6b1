//! Signals.

use super::OsResult;
use super::calls::{checked, errno_result, system_calls};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

pub type Set = libc::sigset_t;

/// Where a byte is written for each signal that arrives; negative: nowhere.
static WAKEUP: AtomicI32 = AtomicI32::new(-1);
/// Whether a full pipe there is worth an error.
static WARN_IF_FULL: AtomicBool = AtomicBool::new(true);
/// The error of the last write there, 0 for none.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

system_calls! {
    raise(signal: i32);
}

/// What happens when a signal arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Default,
    Ignore,
    /// The signal is noted for the main thread.
    Note,
    /// Somebody else's handler.
    Foreign,
}

/// The handler: notes the signal and writes to the wakeup descriptor, with the interrupted code's errno kept.
extern "C" fn note(signal: i32) {
    // SAFETY: only calls that may be made in a signal handler; errno is this thread's.
    unsafe {
        let errno = *libc::__errno_location();
        runtime::signals::trip(signal);
        let fd = WAKEUP.load(Ordering::Relaxed);
        if fd >= 0 {
            let byte = signal as u8;
            if libc::write(fd, (&raw const byte).cast(), 1) < 0 {
                let failed = *libc::__errno_location();
                let is_full = failed == libc::EAGAIN || failed == libc::EWOULDBLOCK;
                if !is_full || WARN_IF_FULL.load(Ordering::Relaxed) {
                    WAKEUP_ERROR.store(failed, Ordering::Relaxed);
                }
            }
        }
        *libc::__errno_location() = errno;
    }
}

/// The error that writing to the wakeup descriptor met since the last call.
pub fn take_wakeup_error() -> Option<i32> {
    match WAKEUP_ERROR.swap(0, Ordering::Relaxed) {
        0 => None,
        errno => Some(errno),
    }
}

/// Sets the wakeup descriptor; gives the old one.
pub fn set_wakeup(fd: i32, warn_if_full: bool) -> i32 {
    WARN_IF_FULL.store(warn_if_full, Ordering::Relaxed);
    WAKEUP.swap(fd, Ordering::Relaxed)
}

fn action_of(handler: usize) -> Action {
    match handler {
        libc::SIG_DFL => Action::Default,
        libc::SIG_IGN => Action::Ignore,
        h if h == note as extern "C" fn(i32) as usize => Action::Note,
        _ => Action::Foreign,
    }
}

/// What now happens when a signal arrives.
pub fn action(signal: i32) -> OsResult<Action> {
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the place has the right type.
    checked(unsafe { libc::sigaction(signal, std::ptr::null(), old.as_mut_ptr()) }.into())?;
    // SAFETY: filled in; consists of integers.
    Ok(action_of(unsafe { old.assume_init() }.sa_sigaction))
}

/// Says what shall happen; interrupted calls are not restarted by the system.
pub fn set_action(signal: i32, action: Action) -> OsResult<()> {
    let handler = match action {
        Action::Default | Action::Foreign => libc::SIG_DFL,
        Action::Ignore => libc::SIG_IGN,
        Action::Note => note as extern "C" fn(i32) as usize,
    };
    // SAFETY: a zeroed structure is an empty one; the handler has the right signature.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler;
        new.sa_flags = if action == Action::Note { libc::SA_ONSTACK } else { 0 };
        libc::sigemptyset(&mut new.sa_mask);
        checked(libc::sigaction(signal, &new, std::ptr::null_mut()).into()).map(drop)
    }
}

/// Whether the system restarts calls that the signal interrupts.
pub fn set_interrupts(signal: i32, interrupts: bool) -> OsResult<()> {
    // SAFETY: structures of the right type.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        checked(libc::sigaction(signal, std::ptr::null(), &mut action).into())?;
        if interrupts {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        checked(libc::sigaction(signal, &action, std::ptr::null_mut()).into()).map(drop)
    }
}

/// An empty set.
pub fn empty_set() -> Set {
    // SAFETY: a structure of the right type.
    unsafe {
        let mut set: Set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        set
    }
}

/// Adds a signal; false if there is none of this number.
pub fn insert(set: &mut Set, signal: i32) -> bool {
    // SAFETY: a structure of the right type.
    unsafe { libc::sigaddset(set, signal) == 0 }
}

/// The signals in a set.
pub fn members(set: &Set) -> Vec<i32> {
    // SAFETY: a structure of the right type.
    (1..65).filter(|signal| unsafe { libc::sigismember(set, *signal) == 1 }).collect()
}

/// All signals that there are.
pub fn all() -> Vec<i32> {
    let mut set = empty_set();
    // SAFETY: a structure of the right type.
    unsafe { libc::sigfillset(&mut set) };
    members(&set)
}

/// `pthread_sigmask`; gives the old mask.
pub fn change_mask(how: i32, set: &Set) -> OsResult<Set> {
    let mut old = empty_set();
    // SAFETY: structures of the right type.
    errno_result(unsafe { libc::pthread_sigmask(how, set, &mut old) })?;
    Ok(old)
}

/// `sigpending`
pub fn pending() -> OsResult<Set> {
    let mut set = empty_set();
    // SAFETY: a structure of the right type.
    checked(unsafe { libc::sigpending(&mut set) }.into())?;
    Ok(set)
}

/// `sigwait`
pub fn wait(set: &Set) -> OsResult<i32> {
    let mut signal = 0;
    // SAFETY: structures of the right type.
    errno_result(unsafe { libc::sigwait(set, &mut signal) })?;
    Ok(signal)
}

/// What is known about a signal that was waited for.
#[derive(Clone, Copy, Default, Debug)]
pub struct Info {
    pub signal: i32,
    pub code: i32,
    pub errno: i32,
    pub process: i32,
    pub user: u32,
    pub status: i32,
    pub band: i64,
}

/// `siginfo_t` as plain facts.
pub fn info(raw: &libc::siginfo_t) -> Info {
    // SAFETY: fields of a union of integers; the band lies where the union begins, sixteen bytes in.
    unsafe {
        let band = (raw as *const libc::siginfo_t).cast::<u8>().add(16).cast::<i64>().read_unaligned();
        Info {
            signal: raw.si_signo,
            code: raw.si_code,
            errno: raw.si_errno,
            process: raw.si_pid(),
            user: raw.si_uid(),
            status: raw.si_status(),
            band,
        }
    }
}

/// `sigwaitinfo`, or `sigtimedwait` with a time in nanoseconds.
pub fn wait_info(set: &Set, time: Option<i64>) -> OsResult<Info> {
    let mut raw = MaybeUninit::<libc::siginfo_t>::zeroed();
    let time = time.map(|t| libc::timespec { tv_sec: t / 1_000_000_000, tv_nsec: t % 1_000_000_000 });
    // SAFETY: structures of the right type.
    unsafe {
        let result = match &time {
            None => libc::sigwaitinfo(set, raw.as_mut_ptr()),
            Some(time) => libc::sigtimedwait(set, raw.as_mut_ptr(), time),
        };
        checked(result.into())?;
        Ok(info(&raw.assume_init()))
    }
}

/// `alarm`
pub fn alarm(seconds: u32) -> u32 {
    // SAFETY: always succeeds.
    unsafe { libc::alarm(seconds) }
}

/// `pause`
pub fn pause() {
    // SAFETY: a plain call.
    unsafe { libc::pause() };
}

/// `pthread_kill`
pub fn send_to_thread(thread: u64, signal: i32) -> OsResult<()> {
    // SAFETY: the caller names a live thread.
    errno_result(unsafe { libc::pthread_kill(thread, signal) })
}

/// `pidfd_send_signal`
pub fn send_to_pidfd(fd: i32, signal: i32, flags: u32) -> OsResult<i64> {
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: no information is passed.
    checked(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, none, flags) })
}

/// The system's name of a signal.
pub fn description(signal: i32) -> Option<Vec<u8>> {
    // SAFETY: the text is terminated and copied at once; the GIL is held.
    unsafe {
        let text = libc::strsignal(signal);
        (!text.is_null()).then(|| std::ffi::CStr::from_ptr(text).to_bytes().to_vec())
    }
}

/// Interval timers: value and interval in microseconds.
pub fn timer(which: i32) -> OsResult<[i64; 2]> {
    let mut now = MaybeUninit::<libc::itimerval>::zeroed();
    // SAFETY: the place has the right type.
    checked(unsafe { libc::getitimer(which as _, now.as_mut_ptr()) }.into())?;
    // SAFETY: filled in.
    Ok(times(&unsafe { now.assume_init() }))
}

fn times(t: &libc::itimerval) -> [i64; 2] {
    [t.it_value, t.it_interval].map(|t| t.tv_sec * 1_000_000 + t.tv_usec)
}

/// Sets an interval timer; gives the old one.
pub fn set_timer(which: i32, value: (i64, i64), interval: (i64, i64)) -> OsResult<[i64; 2]> {
    let time = |(seconds, micros)| libc::timeval { tv_sec: seconds, tv_usec: micros };
    let new = libc::itimerval { it_value: time(value), it_interval: time(interval) };
    let mut old = MaybeUninit::<libc::itimerval>::zeroed();
    // SAFETY: structures of the right type.
    checked(unsafe { libc::setitimer(which as _, &new, old.as_mut_ptr()) }.into())?;
    // SAFETY: filled in.
    Ok(times(&unsafe { old.assume_init() }))
}
