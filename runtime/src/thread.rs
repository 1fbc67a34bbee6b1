//! Thread state: the pending exception, the chain of frames, the register stack, the eval breaker, recursion limits.
//!
//! One `Thread` per operating system thread that runs Python; `Thread::current()` is the one that holds the GIL.

use crate::cell::{GilCell, Slot};
use crate::frame::{Frame, FrameKind};
use crate::monitoring::Event;
use crate::objects::generator;
use crate::objects::generator_sink::Sink;
use crate::value::{Ref, Value};
use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Bits of the eval breaker: why the interpreter should look up at the next back edge or call.
pub mod breaker {
    /// Another thread wants the GIL.
    pub const GIL_REQUEST: u32 = 1 << 0;
    /// A signal arrived.
    pub const SIGNALS: u32 = 1 << 1;
    /// The cycle collector is due.
    pub const COLLECT: u32 = 1 << 2;
    /// An exception was set from another thread.
    pub const ASYNC_EXCEPTION: u32 = 1 << 3;
    /// Pending calls are queued.
    pub const PENDING_CALLS: u32 = 1 << 4;
    /// The thread gives events for tracing, profiling or monitoring (see `monitoring`); set all the while.
    pub const INSTRUMENTATION: u32 = 1 << 5;
}

/// The state of one thread.
#[repr(C)]
pub struct Thread {
    /// Polled on back edges and calls; 0 means nothing to do. Shared by all threads' requests to this one.
    pub eval_breaker: AtomicU32,
    /// Frames deeper than this raise RecursionError; see `sys.setrecursionlimit`.
    pub recursion_limit: Cell<u32>,
    /// Python frames now active.
    pub recursion_depth: Cell<u32>,
    raised: Slot,
    /// The innermost Python frame.
    pub frame: Cell<*mut Frame>,
    /// First free register.
    pub stack_top: Cell<*mut Value>,
    /// End of the register stack.
    pub stack_end: Cell<*mut Value>,
    pub stack_base: Cell<*mut Value>,
    /// First free frame head. Heads from here up to `head_ready` are empty, those behind it are untouched memory.
    pub head_top: Cell<*mut Frame>,
    pub head_ready: Cell<*mut Frame>,
    head_end: Cell<*mut Frame>,
    /// Native code must not grow the machine stack below this address.
    pub native_limit: Cell<usize>,
    /// About where the machine stack began.
    native_top: Cell<usize>,
    /// The exception that the running frame or generator handles; NULL or None: none. `except` blocks save and restore
    /// it, and resuming a generator exchanges it for its own (see `Generator::handled`).
    pub handled: Slot,
    /// Generators that run, one having resumed the other or through calls.
    pub running_generators: Cell<u32>,
    /// Where the items of the generator go that is being drained; null if none is.
    pub sink: Cell<*const Sink>,
    /// `sys.settrace` and `sys.setprofile` functions, NULL if off.
    pub trace_function: Slot,
    pub profile_function: Slot,
    /// Events that those functions and the tools of `sys.monitoring` want; 0 if none.
    pub wanted: Cell<u32>,
    /// Callbacks for events that run, one within the other: no events meanwhile.
    pub callbacks_running: Cell<u32>,
    /// What the running callback is told of.
    pub told_event: Cell<Option<Event>>,
    /// Calls of native functions whose end is to be told: the frame's address, what is called, its first argument.
    pub hook_calls: GilCell<Vec<(usize, Ref, Ref)>>,
    /// Current `contextvars.Context`, NULL until first used.
    pub context: Slot,
    pub async_exception: Slot,
    /// asyncgen hooks (firstiter, finalizer) and coroutine origin tracking depth.
    pub asyncgen_firstiter: Slot,
    pub asyncgen_finalizer: Slot,
    pub coroutine_origin_depth: Cell<u32>,
    /// Objects whose repr is being made, against endless recursion.
    pub repr_running: GilCell<Vec<Value>>,
    /// Identity as `threading.get_ident` shows it.
    pub ident: Cell<u64>,
    /// Per-thread dict of `_thread._local` and others, NULL until used.
    pub dict: Slot,
    /// The event loop that runs in this thread and the task that it executes; NULL or None: none.
    pub event_loop: Slot,
    pub task: Slot,
}

/// The main thread: the one that started the interpreter, or the one that forked.
static MAIN: AtomicPtr<Thread> = AtomicPtr::new(std::ptr::null_mut());

/// All thread states, oldest first.
static ALL: GilCell<Vec<*const Thread>> = GilCell::new(Vec::new());

/// The thread that holds the GIL.
static CURRENT: AtomicPtr<Thread> = AtomicPtr::new(std::ptr::null_mut());

/// Words of register stack reserved for a thread; pages are touched as they are used.
const STACK_WORDS: usize = 64 * 1024 * 1024;
/// Frame heads reserved for a thread.
const HEADS: usize = 4 * 1024 * 1024;
/// Distance kept from the end of the machine stack.
const NATIVE_MARGIN: usize = 256 * 1024;

impl Thread {
    /// The thread state of the running thread.
    #[inline(always)]
    pub fn current() -> &'static Thread {
        // SAFETY: set before any Python code runs, and a thread state outlives its thread's Python code.
        unsafe { &*CURRENT.load(Ordering::Relaxed) }
    }
    /// Whether a thread state has been installed.
    pub fn is_initialised() -> bool {
        !CURRENT.load(Ordering::Relaxed).is_null()
    }
    /// Makes `thread` the main thread and the holder of the GIL, at start and in tests.
    pub fn install(thread: &'static Thread) {
        MAIN.store(thread as *const Thread as *mut Thread, Ordering::Release);
        crate::gil::install(thread);
    }
    /// Called by the thread that has just got the GIL.
    pub(crate) fn make_current(&self) {
        CURRENT.store(self as *const Thread as *mut Thread, Ordering::Relaxed);
    }
    /// The state of the main thread. May be called without the GIL.
    pub fn main() -> Option<&'static Thread> {
        // SAFETY: the main thread's state lives for ever.
        unsafe { MAIN.load(Ordering::Acquire).as_ref() }
    }
    pub fn is_main(&self) -> bool {
        std::ptr::eq(MAIN.load(Ordering::Relaxed), self)
    }
    /// The states of all threads that run Python, oldest first.
    pub fn all() -> Vec<&'static Thread> {
        // SAFETY: a thread takes itself out of the list before its state is freed, both under the GIL; the list that is
        // handed out is not kept across anything that gives the GIL up.
        ALL.with(|all| all.iter().map(|t| unsafe { &**t }).collect())
    }

    /// A thread state for the calling thread, with a register stack of its own; it lives until `dispose`. The caller holds
    /// the GIL, or is the first thread.
    pub fn new() -> &'static Thread {
        let thread = Thread::unlisted();
        thread.enlist();
        thread
    }

    /// Puts the state where `all` finds it.
    pub fn enlist(&self) {
        ALL.with(|all| all.push(self));
        crate::monitoring::refresh(self);
    }

    /// As `new`, but `all` does not show it yet, so the GIL isn't needed.
    pub fn unlisted() -> &'static Thread {
        let base = crate::os::reserve_memory(STACK_WORDS * size_of::<Value>()) as *mut Value;
        let heads = crate::os::reserve_memory(HEADS * size_of::<Frame>()) as *mut Frame;
        let thread = Box::leak(Box::new(Thread {
            eval_breaker: AtomicU32::new(0),
            recursion_limit: Cell::new(1000),
            recursion_depth: Cell::new(0),
            raised: Slot::null(),
            frame: Cell::new(std::ptr::null_mut()),
            stack_top: Cell::new(base),
            // SAFETY: the reserved area has that many words.
            stack_end: Cell::new(unsafe { base.add(STACK_WORDS) }),
            stack_base: Cell::new(base),
            head_top: Cell::new(heads),
            head_ready: Cell::new(heads),
            // SAFETY: the reserved area has that many heads.
            head_end: Cell::new(unsafe { heads.add(HEADS) }),
            native_limit: Cell::new(0),
            native_top: Cell::new(&raw const heads as usize),
            handled: Slot::null(),
            running_generators: Cell::new(0),
            sink: Cell::new(std::ptr::null()),
            trace_function: Slot::null(),
            profile_function: Slot::null(),
            wanted: Cell::new(0),
            callbacks_running: Cell::new(0),
            told_event: Cell::new(None),
            hook_calls: GilCell::new(Vec::new()),
            context: Slot::null(),
            async_exception: Slot::null(),
            asyncgen_firstiter: Slot::null(),
            asyncgen_finalizer: Slot::null(),
            coroutine_origin_depth: Cell::new(0),
            repr_running: GilCell::new(Vec::new()),
            ident: Cell::new(crate::os::thread_ident()),
            dict: Slot::null(),
            event_loop: Slot::null(),
            task: Slot::null(),
        }));
        thread.native_limit.set(crate::os::stack_lowest_address() + NATIVE_MARGIN);
        thread
    }

    /// Drops what a thread that has ended holds; runs finalisers.
    fn clear(&self) {
        for slot in [&self.trace_function, &self.profile_function, &self.async_exception, &self.handled] {
            drop(slot.take());
        }
        for slot in [&self.asyncgen_firstiter, &self.asyncgen_finalizer, &self.dict, &self.context] {
            drop(slot.take());
        }
        for slot in [&self.event_loop, &self.task] {
            drop(slot.take());
        }
        drop(self.take_raised());
    }

    /// Ends the calling thread's state and gives the GIL up for good. Neither is used afterwards.
    ///
    /// # Safety
    /// The calling thread holds the GIL, `self` is its state, no Python frame of it is active, and it is not the main thread.
    pub unsafe fn dispose(&'static self) {
        self.clear();
        ALL.with(|all| all.retain(|t| !std::ptr::eq(*t, self)));
        let stack = self.stack_base.get() as *mut u8;
        // SAFETY: the heads end there.
        let heads = unsafe { self.head_end.get().sub(HEADS) } as *mut u8;
        crate::gil::release();
        crate::os::free_memory(stack, STACK_WORDS * size_of::<Value>());
        crate::os::free_memory(heads, HEADS * size_of::<Frame>());
        // SAFETY: made by `Box::leak`; nobody looks at the state of a thread that does not hold the GIL and is not listed.
        drop(unsafe { Box::from_raw(self as *const Thread as *mut Thread) });
    }

    /// In the child after a fork: the calling thread is the main thread and the only one. The states of the others are
    /// kept, because their frames may be looked at, but not listed.
    pub fn become_only_thread(&self) {
        ALL.with(|all| all.retain(|t| std::ptr::eq(*t, self)));
        MAIN.store(self as *const Thread as *mut Thread, Ordering::Release);
        self.ident.set(crate::os::thread_ident());
        // The loop runs in the parent.
        drop((self.event_loop.take(), self.task.take()));
    }

    #[inline(always)]
    pub fn has_raised(&self) -> bool {
        !self.raised.is_null()
    }
    #[inline(always)]
    pub fn peek_raised(&self) -> Value {
        self.raised.peek()
    }
    pub fn set_raised(&self, exception: Ref) {
        debug_assert!(!exception.is_null());
        self.raised.set(exception)
    }
    /// Takes the pending exception; NULL if there is none.
    pub fn take_raised(&self) -> Ref {
        self.raised.take()
    }

    /// The exception being handled, as `sys.exception()` shows it.
    pub fn handled_exception(&self) -> Option<Ref> {
        let is_exception = |v: Value| !v.is_null() && !v.is_none();
        if is_exception(self.handled.peek()) {
            return Some(self.handled.get());
        }
        // What the resumers of the running generators handle, from the inside out.
        let (mut at, mut left) = (self.frame.get(), self.running_generators.get());
        while left > 0 {
            // SAFETY: the frames in the chain are alive.
            let Some(frame) = (unsafe { at.as_ref() }) else { break };
            if frame.kind.get() == FrameKind::Generator
                && let Some(g) = generator::cast(frame.generator.get())
            {
                if is_exception(g.handled.peek()) {
                    return Some(g.handled.get());
                }
                left -= 1;
            }
            at = frame.previous.get();
        }
        None
    }

    /// Makes more frame heads ready; false if they are used up.
    #[cold]
    #[inline(never)]
    pub fn prepare_heads(&self) -> bool {
        const AT_ONCE: usize = 32;
        let first = self.head_ready.get();
        let room = (self.head_end.get() as usize - first as usize) / size_of::<Frame>();
        for i in 0..room.min(AT_ONCE) {
            // SAFETY: the reserved memory has room for it, and nothing uses it yet.
            unsafe {
                first.add(i).write(Frame::empty());
                self.head_ready.set(first.add(i + 1));
            }
        }
        room > 0
    }

    /// Asks this thread to look up at its next poll.
    pub fn request(&self, bits: u32) {
        self.eval_breaker.fetch_or(bits, Ordering::Relaxed);
    }

    /// Whether the thread is to give events (see `monitoring`).
    #[inline(always)]
    pub fn gives_events(&self) -> bool {
        self.eval_breaker.load(Ordering::Relaxed) & breaker::INSTRUMENTATION != 0
    }

    /// Raises RecursionError if the machine stack is nearly used up. Every native function that can recurse through
    /// Python objects (repr, compare, hash, pickling, parsing) passes here.
    #[inline(always)]
    pub fn check_native_stack(&self) -> crate::error::PyResult<()> {
        self.check_native_stack_while("while calling a Python object")
    }
    /// As `check_native_stack`; the error says at what the stack ran out.
    #[inline(always)]
    pub fn check_native_stack_while(&self, doing: &str) -> crate::error::PyResult<()> {
        if self.has_native_room() { Ok(()) } else { Err(self.stack_overflow(doing)) }
    }
    /// Whether the machine stack has room left.
    #[inline(always)]
    pub fn has_native_room(&self) -> bool {
        let here = 0u8;
        (&raw const here as usize) >= self.native_limit.get()
    }
    #[cold]
    fn stack_overflow(&self, doing: &str) -> crate::error::Raised {
        let here = 0u8;
        let used = self.native_top.get().saturating_sub(&raw const here as usize) / 1024;
        let message = format!("Stack overflow (used {used} kB) {doing}");
        self.error(&crate::objects::exceptions::RECURSION_ERROR, message)
    }
}

/// Runs `f` with no exception pending, and puts the pending one back afterwards; what `f` leaves pending is reported as
/// unraisable.
pub fn preserving_raised<R>(thread: &Thread, f: impl FnOnce() -> R) -> R {
    let saved = thread.take_raised();
    let result = f();
    if thread.has_raised() {
        crate::objects::exceptions::write_unraisable(thread, Value::NONE);
    }
    if !saved.is_null() {
        thread.set_raised(saved);
    }
    result
}

/// Called by the heap when enough collectable objects have been made.
#[cold]
pub fn request_collection() {
    if Thread::is_initialised() {
        Thread::current().request(breaker::COLLECT);
    }
}
