//! `_thread.RLock`: a lock that its owner may take again, and the same for native code.

use super::lock::{ACQUIRE, parse_wait, take};
use crate::timeout::Timeout;
use runtime::object::{Header, drop_object, new_object};
use runtime::objects::builtin_function::address;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::parking::RawLock;
use runtime::types::binding::no_keywords;
use runtime::{
    Args, NativeFn, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method, protocol,
};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// A lock that its owner may take again. Only the holder of the raw lock writes `owner` and `count`.
pub struct RecursiveLock {
    raw: RawLock,
    /// The holder's identity, 0 if free.
    owner: AtomicU64,
    /// How often the owner holds it.
    count: AtomicU64,
}

impl RecursiveLock {
    pub const fn new() -> RecursiveLock {
        RecursiveLock { raw: RawLock::new(), owner: AtomicU64::new(0), count: AtomicU64::new(0) }
    }
    fn owner(&self) -> u64 {
        self.owner.load(Relaxed)
    }
    fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }
    fn set(&self, owner: u64, count: u64) {
        self.owner.store(owner, Relaxed);
        self.count.store(count, Relaxed);
    }
    pub fn is_owned(&self, thread: &Thread) -> bool {
        self.owner() == thread.ident.get()
    }
    /// Takes the lock once more; false if the time ran out.
    pub fn take(&self, thread: &Thread, wait: Option<Timeout>) -> PyResult<bool> {
        if self.is_owned(thread) {
            let Some(count) = self.count().checked_add(1) else {
                return Err(thread.overflow_error("Internal lock count overflowed"));
            };
            self.count.store(count, Relaxed);
            return Ok(true);
        }
        let taken = take(thread, &self.raw, wait)?;
        if taken {
            self.set(thread.ident.get(), 1);
        }
        Ok(taken)
    }
    /// Gives it back once; false if the thread does not hold it.
    pub fn release(&self, thread: &Thread) -> bool {
        if !self.is_owned(thread) {
            return false;
        }
        match self.count() {
            0 | 1 => self.free(),
            count => self.count.store(count - 1, Relaxed),
        }
        true
    }
    fn free(&self) {
        self.set(0, 0);
        self.raw.free();
    }
    /// Forgets the holder, who did not survive a fork.
    pub fn reset(&self) {
        self.set(0, 0);
        self.raw.reset();
    }
}

#[repr(C)]
struct RLock {
    header: Header,
    lock: RecursiveLock,
}

runtime::object!(RLock, RLOCK);

fn this(thread: &Thread, v: Value) -> PyResult<&'static RecursiveLock> {
    runtime::slot_fields::receiver::<RLock>(thread, v).map(|r| &r.lock)
}

fn acquire(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let wait = parse_wait(thread, arguments)?;
    this(thread, v)?.take(thread, wait).map(Ref::bool)
}

fn enter(thread: &Thread, v: Value) -> PyResult {
    this(thread, v)?.take(thread, Some(Timeout::Forever)).map(Ref::bool)
}

fn not_owned(thread: &Thread) -> Raised {
    thread.runtime_error("cannot release un-acquired lock")
}

fn release(thread: &Thread, v: Value) -> PyResult {
    match this(thread, v)?.release(thread) {
        true => Ok(Ref::NONE),
        false => Err(not_owned(thread)),
    }
}

fn exit(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "__exit__", arguments)?;
    release(thread, v)
}

fn locked(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(this(thread, v)?.raw.is_taken()))
}

fn is_owned(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(this(thread, v)?.is_owned(thread)))
}

fn recursion_count(thread: &Thread, v: Value) -> PyResult {
    let lock = this(thread, v)?;
    Ok(int::from_u64(if lock.is_owned(thread) { lock.count() } else { 0 }))
}

/// Frees the lock however often it is held; the result is what `_acquire_restore` takes.
fn release_save(thread: &Thread, v: Value) -> PyResult {
    let lock = this(thread, v)?;
    if lock.owner() == 0 {
        return Err(not_owned(thread));
    }
    let state = Tuple::from_refs(vec![int::from_u64(lock.count()), int::from_u64(lock.owner())]);
    lock.free();
    Ok(state)
}

fn acquire_restore(thread: &Thread, v: Value, state: Value) -> PyResult {
    let Some(tuple) = state.cast::<Tuple>() else {
        let message =
            format!("_acquire_restore() argument 1 must be 2-item tuple, not {}", state.ty().name());
        return Err(thread.type_error(message));
    };
    let [count, owner] = tuple.items() else {
        let message = format!("_acquire_restore() argument 1 must be tuple of length 2, not {}", tuple.len());
        return Err(thread.type_error(message));
    };
    let count = protocol::index_u64(thread, *count)?;
    let owner = protocol::index_u64(thread, *owner)?;
    let lock = this(thread, v)?;
    take(thread, &lock.raw, Some(Timeout::Forever))?;
    lock.set(owner, count);
    Ok(Ref::NONE)
}

fn reinitialise(thread: &Thread, v: Value) -> PyResult {
    this(thread, v)?.reset();
    Ok(Ref::NONE)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let lock = this(thread, v)?;
    Ok(Str::new(&format!(
        "<{} {} object owner={} count={} at {:#x}>",
        if lock.raw.is_taken() { "locked" } else { "unlocked" },
        v.ty().name(),
        lock.owner(),
        lock.count(),
        address(v)
    )))
}

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| RLock { header, lock: RecursiveLock::new() }))
}

pub static RLOCK: Type = Type::new_static(&TypeSpec {
    name: "_thread.RLock",
    size: size_of::<RLock>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::IMMUTABLE).union(TypeFlags::WEAKREF),
    slots: Slots { new: Some(new), drop: drop_object::<RLock>, repr: Some(repr), ..Slots::EMPTY },
    methods: &[
        method("__enter__", "($self, /)", NativeFn::NoArgs(enter), "Lock the lock."),
        method("__exit__", "($self, /, *exc_info)", NativeFn::Raw(exit), "Release the lock."),
        method(
            "_acquire_restore",
            "($self, state, /)",
            NativeFn::One(acquire_restore),
            "For internal use by `threading.Condition`.",
        ),
        method("_at_fork_reinit", "($self, /)", NativeFn::NoArgs(reinitialise), ""),
        method(
            "_is_owned",
            "($self, /)",
            NativeFn::NoArgs(is_owned),
            "For internal use by `threading.Condition`.",
        ),
        method(
            "_recursion_count",
            "($self, /)",
            NativeFn::NoArgs(recursion_count),
            "For internal use by reentrancy checks.",
        ),
        method(
            "_release_save",
            "($self, /)",
            NativeFn::NoArgs(release_save),
            "For internal use by `threading.Condition`.",
        ),
        method("acquire", ACQUIRE, NativeFn::Bound(acquire), DOC_ACQUIRE),
        method("locked", "($self, /)", NativeFn::NoArgs(locked), DOC_LOCKED),
        method("release", "($self, /)", NativeFn::NoArgs(release), DOC_RELEASE),
    ],
    ..TypeSpec::EMPTY
});

const DOC_LOCKED: &str = "locked()\n\nReturn a boolean indicating whether this object is locked right now.";
const DOC_ACQUIRE: &str = "Lock the lock.  `blocking` indicates whether we should wait\nfor the lock to be available or not.  If `blocking` is False\nand another thread holds the lock, the method will return False\nimmediately.  If `blocking` is True and another thread holds\nthe lock, the method will wait for the lock to be released,\ntake it and then return True.\n(note: the blocking operation is interruptible.)\n\nIn all other cases, the method will return True immediately.\nPrecisely, if the current thread already holds the lock, its\ninternal counter is simply incremented. If nobody holds the lock,\nthe lock is taken and its internal counter initialized to 1.";
const DOC_RELEASE: &str = "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.  The lock must be in the locked state,\nand must be locked by the same thread that unlocks it; otherwise a\n`RuntimeError` is raised.\n\nDo note that if the lock was acquire()d several times in a row by the\ncurrent thread, release() needs to be called as many times for the lock\nto be available for other threads.";
