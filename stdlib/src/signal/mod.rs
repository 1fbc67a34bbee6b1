//! `_signal`: handlers in Python, masks, waiting for signals, interval timers.
//!
//! The system's handler (`os::signals`) notes that a signal came; `dispatch` runs the Python handler on the main thread.

mod rows;
mod timers;
mod waiting;

use crate::constants::add_constants;
use crate::libc_constants;
use crate::os::signals::{self as calls, Action, Set};
use crate::system::{decode, raised};
use runtime::objects::exceptions::{KEYBOARD_INTERRUPT, RUNTIME_WARNING, new_exception, os_error};
use runtime::objects::int::{self, IntRef};
use runtime::objects::module::ModuleSpec;
use runtime::objects::{exceptions, frame, set};
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Value, protocol, signals, warnings};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_signal", doc: rows::DOC, functions: rows::ROWS, init };

const DEFAULT: i64 = 0;
const IGNORE: i64 = 1;

/// What Python code set as handler for each signal; empty until the module is made.
static HANDLERS: GilCell<Vec<Ref>> = GilCell::new(Vec::new());

/// Makes SIGINT raise KeyboardInterrupt, and has writes to closed pipes and beyond limits fail instead of killing.
pub fn start(thread: &Thread) -> PyResult<()> {
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        let _ = calls::set_action(signal, Action::Ignore);
    }
    crate::builtin_module(thread, "_signal").map(drop)
}

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    add_constants(
        module,
        libc_constants! {
            SIG_BLOCK SIG_UNBLOCK SIG_SETMASK SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGIOT SIGABRT SIGFPE SIGKILL SIGBUS
            SIGSEGV SIGSYS SIGPIPE SIGALRM SIGTERM SIGUSR1 SIGUSR2 SIGCHLD SIGPWR SIGIO SIGURG SIGWINCH SIGPOLL
            SIGSTOP SIGTSTP SIGCONT SIGTTIN SIGTTOU SIGVTALRM SIGPROF SIGXCPU SIGXFSZ SIGSTKFLT ITIMER_REAL
            ITIMER_VIRTUAL ITIMER_PROF
        },
    );
    let more = [
        ("NSIG", signals::LIMIT as i64),
        ("SIGCLD", libc::SIGCHLD.into()),
        ("SIGRTMIN", libc::SIGRTMIN().into()),
        ("SIGRTMAX", libc::SIGRTMAX().into()),
        ("SIG_DFL", DEFAULT),
        ("SIG_IGN", IGNORE),
    ];
    add_constants(module, &more);
    timers::add_error(thread, module)?;
    waiting::STRUCT_SIGINFO.add_to(module);
    let mut handlers: Vec<Ref> = (0..signals::LIMIT as i32)
        .map(|signal| match calls::action(signal) {
            Ok(Action::Default) => int::new(DEFAULT),
            Ok(Action::Ignore) => int::new(IGNORE),
            _ => Ref::NONE,
        })
        .collect();
    signals::install(dispatch);
    let interrupt = &mut handlers[libc::SIGINT as usize];
    if **interrupt == Value::small_int(DEFAULT) {
        *interrupt = runtime::attributes::get(
            thread,
            module,
            runtime::objects::str::intern_text("default_int_handler"),
        )?;
        let _ = calls::set_action(libc::SIGINT, Action::Note);
    }
    drop(HANDLERS.replace(handlers));
    Ok(())
}

fn handler_of(signal: i32) -> Option<Ref> {
    HANDLERS.with(|handlers| handlers.get(usize::try_from(signal).ok()?).cloned())
}

/// Runs the Python handler of a signal that arrived.
fn dispatch(thread: &Thread, signal: i32) -> PyResult<()> {
    if let Some(errno) = calls::take_wakeup_error() {
        let _ = os_error(thread, errno, Value::NONE, Value::NONE);
        exceptions::write_unraisable_message(
            thread,
            "Exception ignored while trying to write to the signal wakeup fd",
        );
    }
    let Some(handler) = handler_of(signal) else { return Ok(()) };
    // The handler may have been removed since the signal came.
    if handler.is_none() || int::is_int(*handler) {
        return Ok(());
    }
    let frame = frame::nth(thread, 0).map_or(Ref::NONE, |f| frame::object_of(thread, f));
    thread.call(*handler, &[*int::new(signal.into()), *frame]).map(drop)
}

pub fn default_int_handler(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    let interrupt = new_exception(thread, &KEYBOARD_INTERRUPT, &[])?;
    Err(thread.raise(interrupt))
}

#[cold]
fn out_of_range(thread: &Thread) -> Raised {
    thread.value_error("signal number out of range")
}

/// A signal number.
fn number(thread: &Thread, v: Value) -> PyResult<i32> {
    let signal = protocol::c_int(thread, v)?;
    if (1..signals::LIMIT as i32).contains(&signal) { Ok(signal) } else { Err(out_of_range(thread)) }
}

pub fn signal(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let signal = protocol::c_int(thread, a[0])?;
    let handler = a[1];
    if !thread.is_main() {
        return Err(thread.value_error("signal only works in main thread of the main interpreter"));
    }
    if !(1..signals::LIMIT as i32).contains(&signal) {
        return Err(out_of_range(thread));
    }
    let action = match int::get(handler) {
        Some(IntRef::Small(IGNORE)) => Action::Ignore,
        Some(IntRef::Small(DEFAULT)) => Action::Default,
        _ if handler.ty().slots().call.is_some() => Action::Note,
        _ => {
            return Err(thread
                .type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"));
        }
    };
    signals::check(thread)?;
    raised(thread, calls::set_action(signal, action))?;
    let old = HANDLERS
        .with(|handlers| handlers.get_mut(signal as usize).map(|h| std::mem::replace(h, handler.to_ref())));
    Ok(old.unwrap_or(Ref::NONE))
}

pub fn getsignal(thread: &Thread, _: Value, v: Value) -> PyResult {
    let signal = number(thread, v)?;
    Ok(handler_of(signal).unwrap_or(Ref::NONE))
}

pub fn strsignal(thread: &Thread, _: Value, v: Value) -> PyResult {
    let signal = number(thread, v)?;
    match calls::description(signal) {
        Some(text) if !text.starts_with(b"Unknown signal") => decode(thread, &text),
        _ => Ok(Ref::NONE),
    }
}

pub fn siginterrupt(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let signal = number(thread, a[0])?;
    let interrupts = protocol::c_int(thread, a[1])? != 0;
    raised(thread, calls::set_interrupts(signal, interrupts))?;
    Ok(Ref::NONE)
}

pub fn set_wakeup_fd(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let warn = a[1].is_null() || protocol::is_true(thread, a[1])?;
    if !thread.is_main() {
        return Err(thread.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd >= 0 {
        raised(thread, crate::os::status(fd))?;
        if raised(thread, crate::os::descriptors::is_blocking(fd))? {
            return Err(thread.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    Ok(int::new(calls::set_wakeup(fd, warn).into()))
}

pub fn raise_signal(thread: &Thread, _: Value, v: Value) -> PyResult {
    let signal = protocol::c_int(thread, v)?;
    raised(thread, calls::raise(signal))?;
    signals::check(thread)?;
    Ok(Ref::NONE)
}

pub fn pthread_kill(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (ident, signal) = (protocol::index_u64(thread, a[0])?, protocol::c_int(thread, a[1])?);
    // The system must not be asked about threads that have ended.
    if !Thread::all().iter().any(|t| t.ident.get() == ident) {
        return Err(crate::system::raise(thread, libc::ESRCH));
    }
    raised(thread, calls::send_to_thread(ident, signal))?;
    signals::check(thread)?;
    Ok(Ref::NONE)
}

pub fn pidfd_send_signal(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (fd, signal) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let flags = if a[3].is_null() { 0 } else { protocol::c_int(thread, a[3])? };
    if !a[2].is_null() && !a[2].is_none() {
        return Err(thread.type_error("siginfo must be None"));
    }
    raised(thread, calls::send_to_pidfd(fd, signal, flags as u32))?;
    signals::check(thread)?;
    Ok(Ref::NONE)
}

/// A set of signals in an iterable.
pub fn set_argument(thread: &Thread, v: Value) -> PyResult<Set> {
    let mut set = calls::empty_set();
    for item in protocol::collect(thread, v)? {
        let signal = protocol::index_i64(thread, *item)?;
        if !(1..signals::LIMIT as i64).contains(&signal) {
            let last = signals::LIMIT - 1;
            return Err(thread.value_error(format!("signal number {signal} out of range [1; {last}]")));
        }
        if !calls::insert(&mut set, signal as i32) {
            let message = format!("invalid signal number {signal}, please use valid_signals()");
            warnings::warn(thread, &RUNTIME_WARNING, &message, 1)?;
        }
    }
    Ok(set)
}

/// A set object of signal numbers.
fn set_object(thread: &Thread, members: &[i32]) -> PyResult {
    let object = set::new_set();
    if let Some(set) = set::set_of(*object) {
        for signal in members {
            set.add(thread, Value::small_int((*signal).into()))?;
        }
    }
    Ok(object)
}
