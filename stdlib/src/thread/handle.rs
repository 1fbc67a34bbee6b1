//! `_thread._ThreadHandle`: a thread as `threading` joins it, and the threads that shutdown waits for.

use crate::timeout::{self, Timeout};
use runtime::cell::GilCell;
use runtime::gil::without_gil;
use runtime::object::{Header, drop_object, new_exact};
use runtime::objects::exceptions::{PYTHON_FINALIZATION_ERROR, new_exception};
use runtime::objects::int::{self, IntRef};
use runtime::objects::str::Str;
use runtime::parking::{Event, Wait};
use runtime::types::binding::no_keywords;
use runtime::{
    Args, NativeFn, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, gil,
    method, signals,
};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What handle and thread share; used without the GIL too.
#[derive(Default)]
pub struct Shared {
    ident: AtomicU64,
    /// The identity is known.
    announced: Event,
    /// The thread has ended, or its handle was told so.
    done: Event,
    /// Taken by whoever joins first, so that the system's thread is gone after a join.
    system: Mutex<Option<JoinHandle<()>>>,
}

impl Shared {
    pub fn announce(&self, ident: u64) {
        self.ident.store(ident, Ordering::Relaxed);
        self.announced.set();
    }
    /// Waits until the thread has said who it is; the caller does not hold the GIL.
    pub fn wait_announced(&self) {
        while self.announced.wait(None) != Wait::Done {}
    }
    pub fn ident(&self) -> u64 {
        self.ident.load(Ordering::Relaxed)
    }
    pub fn set_done(&self) {
        self.done.set();
    }
    pub fn is_done(&self) -> bool {
        self.done.is_set()
    }
    /// Keeps the system's handle for the first join.
    pub fn set_system(&self, handle: JoinHandle<()>) {
        self.with_system(|system| *system = Some(handle));
    }
    fn with_system<R>(&self, f: impl FnOnce(&mut Option<JoinHandle<()>>) -> R) -> R {
        f(&mut self.system.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
    /// Waits for the end of the thread; false if the time ran out.
    pub fn wait(&self, thread: &Thread, wait: Timeout) -> PyResult<bool> {
        loop {
            match without_gil(thread, || self.done.wait(wait.deadline())) {
                Wait::Done => break,
                Wait::TimedOut => return Ok(false),
                Wait::Interrupted => signals::check(thread)?,
            }
        }
        if let Some(system) = self.with_system(|system| system.take()) {
            // A panic of the thread has been reported where it happened.
            without_gil(thread, || drop(system.join()));
        }
        Ok(true)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    NotStarted,
    Starting,
    Started,
}

#[repr(C)]
pub struct ThreadHandle {
    header: Header,
    stage: Cell<Stage>,
    shared: GilCell<Arc<Shared>>,
}

runtime::object!(ThreadHandle, THREAD_HANDLE);

/// Threads that were started, those that shutdown does not wait for too (`false`). An entry stays until its thread is done,
/// which it says without the GIL, so that a fork in between finds it.
static RUNNING: GilCell<Vec<(Arc<Shared>, bool)>> = GilCell::new(Vec::new());

impl ThreadHandle {
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.with(|s| s.clone())
    }
    fn is_done(&self) -> bool {
        self.shared.with(|s| s.is_done())
    }
    /// Claims the handle for a thread that is about to start.
    pub fn begin_start(&self, thread: &Thread) -> PyResult<()> {
        if self.stage.get() != Stage::NotStarted {
            return Err(thread.runtime_error("thread already started"));
        }
        self.stage.set(Stage::Starting);
        Ok(())
    }
    pub fn end_start(&self, succeeded: bool) {
        self.stage.set(if succeeded { Stage::Started } else { Stage::NotStarted });
    }
}

/// A handle of no thread yet.
pub fn new_handle() -> Ref {
    new_exact(|header| ThreadHandle {
        header,
        stage: Cell::new(Stage::NotStarted),
        shared: GilCell::new(Arc::default()),
    })
}

/// A handle of a running thread that was started elsewhere.
pub fn handle_of_running(ident: u64) -> Ref {
    let handle = new_handle();
    if let Some(h) = handle.cast::<ThreadHandle>() {
        h.stage.set(Stage::Started);
        h.shared.with(|s| s.announce(ident));
    }
    handle
}

/// Notes that a thread starts; `awaited`: shutdown waits for it.
pub fn thread_starts(shared: &Arc<Shared>, awaited: bool) {
    RUNNING.with(|running| {
        running.retain(|(s, _)| !s.is_done());
        running.push((shared.clone(), awaited));
    });
}

/// Forgets a thread that could not be started.
pub fn forget(shared: &Arc<Shared>) {
    let gone = RUNNING.with(|running| {
        let place = running.iter().position(|(s, _)| Arc::ptr_eq(s, shared))?;
        Some(running.remove(place))
    });
    drop(gone);
}

/// How many threads run that were started by this module.
pub fn running_count() -> usize {
    RUNNING.with(|running| running.iter().filter(|(s, _)| !s.is_done()).count())
}

/// Waits for all threads that are no daemons, those that start meanwhile included.
pub fn join_all(thread: &Thread) -> PyResult<()> {
    let own = thread.ident.get();
    loop {
        let next = RUNNING.with(|running| {
            running
                .iter()
                .find(|(s, awaited)| *awaited && s.ident() != own && !s.is_done())
                .map(|(s, _)| s.clone())
        });
        let Some(next) = next else { return Ok(()) };
        next.wait(thread, Timeout::Forever)?;
    }
}

/// In the child after a fork: threads other than the calling one are gone.
pub fn after_fork_in_child(thread: &Thread) {
    let own = thread.ident.get();
    let gone = RUNNING.with(|running| {
        let (stay, gone) = std::mem::take(running).into_iter().partition(|(s, _)| s.ident() == own);
        *running = stay;
        gone
    });
    for (shared, _) in gone {
        // The system's handle must not be joined or detached: its thread does not exist here.
        std::mem::forget(shared.with_system(|system| system.take()));
        shared.set_done();
    }
}

fn this(thread: &Thread, v: Value) -> PyResult<&'static ThreadHandle> {
    runtime::slot_fields::receiver(thread, v)
}

fn join(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "_thread._ThreadHandle.join", arguments)?;
    if arguments.count() > 1 {
        let message = format!("join() takes at most 1 argument ({} given)", arguments.count());
        return Err(thread.type_error(message));
    }
    let wait = match arguments.get(0).filter(|v| !v.is_none()) {
        None => Timeout::Forever,
        Some(seconds) => match u64::try_from(timeout::nanoseconds(thread, seconds)?) {
            Ok(nanoseconds) => Timeout::after(nanoseconds),
            Err(_) => Timeout::Forever,
        },
    };
    let handle = this(thread, v)?;
    if handle.stage.get() != Stage::Started {
        return Err(thread.runtime_error("thread not started"));
    }
    let shared = handle.shared();
    if !shared.is_done() {
        if shared.ident() == thread.ident.get() {
            return Err(thread.runtime_error("Cannot join current thread"));
        }
        if gil::is_finalizing() {
            return Err(cannot_join(thread));
        }
    }
    shared.wait(thread, wait)?;
    Ok(Ref::NONE)
}

fn cannot_join(thread: &Thread) -> Raised {
    let text = Str::new("cannot join daemon thread at interpreter shutdown");
    match new_exception(thread, &PYTHON_FINALIZATION_ERROR, &[*text]) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn set_done(thread: &Thread, v: Value) -> PyResult {
    let handle = this(thread, v)?;
    if handle.stage.get() != Stage::Started {
        return Err(thread.runtime_error("thread not started"));
    }
    handle.shared.with(|s| s.set_done());
    Ok(Ref::NONE)
}

fn is_done(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(this(thread, v)?.is_done()))
}

fn ident(thread: &Thread, v: Value) -> PyResult {
    Ok(int::from_u64(this(thread, v)?.shared.with(|s| s.ident())))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let ident = this(thread, v)?.shared.with(|s| s.ident());
    Ok(Str::new(&format!("<{} object: ident={ident}>", v.ty().name())))
}

/// The `ident` argument of `_make_thread_handle`.
pub fn ident_argument(thread: &Thread, v: Value) -> PyResult<u64> {
    match int::get(v) {
        Some(IntRef::Small(n)) => Ok(n as u64),
        Some(_) => runtime::protocol::index_u64(thread, v),
        None => Err(thread.type_error("ident must be an integer")),
    }
}

pub static THREAD_HANDLE: Type = Type::new_static(&TypeSpec {
    name: "_thread._ThreadHandle",
    size: size_of::<ThreadHandle>(),
    flags: TypeFlags::IMMUTABLE,
    slots: Slots {
        new: Some(|_, _, _| Ok(new_handle())),
        drop: drop_object::<ThreadHandle>,
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[
        method("_set_done", "($self, /)", NativeFn::NoArgs(set_done), ""),
        method("is_done", "($self, /)", NativeFn::NoArgs(is_done), ""),
        method("join", "?", NativeFn::Raw(join), ""),
    ],
    getsets: &[getset("ident", ident, "")],
    ..TypeSpec::EMPTY
});
