//! `_thread.lock`, and how a thread waits for one.

use crate::timeout::{self, Timeout};
use runtime::gil::without_gil;
use runtime::object::{Header, drop_object, new_exact};
use runtime::objects::builtin_function::address;
use runtime::objects::str::Str;
use runtime::parking::{RawLock, Wait};
use runtime::types::binding::{check_positional, no_keywords};
use runtime::{
    Args, Effects, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    protocol, signals,
};

/// A lock that belongs to nobody: any thread may release it.
#[repr(C)]
pub struct Lock {
    header: Header,
    raw: RawLock,
}

runtime::object!(Lock, LOCK);

/// Longest timeout of `acquire`, in seconds.
pub const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// A new, free lock.
pub fn new_lock() -> Ref {
    new_exact(|header| Lock { header, raw: RawLock::new() })
}

/// What `acquire(blocking, timeout)` asks for; `None`: don't wait.
pub fn parse_wait(thread: &Thread, arguments: &[Value]) -> PyResult<Option<Timeout>> {
    let blocking = arguments[0].is_null() || protocol::is_true(thread, arguments[0])?;
    let nanoseconds = match arguments[1] {
        v if v.is_null() => None,
        v => Some(timeout::nanoseconds(thread, v)?).filter(|n| *n != -1_000_000_000),
    };
    match (blocking, nanoseconds) {
        (true, None) => Ok(Some(Timeout::Forever)),
        (false, None) => Ok(None),
        (false, Some(_)) => Err(thread.value_error("can't specify a timeout for a non-blocking call")),
        (true, Some(n)) => match u64::try_from(n) {
            Ok(n) => Ok(Some(Timeout::after(n))),
            Err(_) => Err(thread.value_error("timeout value must be a non-negative number")),
        },
    }
}

/// Takes a raw lock, waiting without the GIL; signals are handled meanwhile. False if the time ran out.
pub fn take(thread: &Thread, raw: &RawLock, wait: Option<Timeout>) -> PyResult<bool> {
    if raw.try_take() {
        return Ok(true);
    }
    let Some(wait) = wait else { return Ok(false) };
    loop {
        match without_gil(thread, || raw.take(wait.deadline())) {
            Wait::Done => return Ok(true),
            Wait::TimedOut => return Ok(false),
            Wait::Interrupted => signals::check(thread)?,
        }
    }
}

fn this(thread: &Thread, v: Value) -> PyResult<&'static Lock> {
    runtime::slot_fields::receiver(thread, v)
}

fn acquire(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let wait = parse_wait(thread, arguments)?;
    take(thread, &this(thread, v)?.raw, wait).map(Ref::bool)
}

fn enter(thread: &Thread, v: Value) -> PyResult {
    take(thread, &this(thread, v)?.raw, Some(Timeout::Forever)).map(Ref::bool)
}

fn release(thread: &Thread, v: Value) -> PyResult {
    if !this(thread, v)?.raw.free() {
        return Err(thread.runtime_error("release unlocked lock"));
    }
    Ok(Ref::NONE)
}

fn exit(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "__exit__", arguments)?;
    release(thread, v)
}

fn locked(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(this(thread, v)?.raw.is_taken()))
}

fn reinitialise(thread: &Thread, v: Value) -> PyResult {
    this(thread, v)?.raw.reset();
    Ok(Ref::NONE)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let state = if this(thread, v)?.raw.is_taken() { "locked" } else { "unlocked" };
    Ok(Str::new(&format!("<{state} {} object at {:#x}>", v.ty().name(), address(v))))
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "lock", arguments)?;
    check_positional(thread, "lock", arguments.count(), 0, 0)?;
    Ok(new_lock())
}

const RELEASES: Effects = Effects::RAISES.union(Effects::WRITES_HEAP).union(Effects::EXTERNAL);
const LOOKS: Effects = Effects::RAISES.union(Effects::READS_HEAP).union(Effects::EXTERNAL);

pub static LOCK: Type = Type::new_static(&TypeSpec {
    name: "_thread.lock",
    size: size_of::<Lock>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::WEAKREF),
    slots: Slots { new: Some(new), drop: drop_object::<Lock>, repr: Some(repr), ..Slots::EMPTY },
    methods: &[
        method("__enter__", "($self, /)", NativeFn::NoArgs(enter), "Lock the lock."),
        method("__exit__", "($self, /, *exc_info)", NativeFn::Raw(exit), "Release the lock.")
            .effects(RELEASES),
        method("_at_fork_reinit", "($self, /)", NativeFn::NoArgs(reinitialise), ""),
        method("acquire", ACQUIRE, NativeFn::Bound(acquire), DOC_ACQUIRE),
        method("acquire_lock", ACQUIRE, NativeFn::Bound(acquire), "An obsolete synonym of acquire()."),
        method("locked", "($self, /)", NativeFn::NoArgs(locked), DOC_LOCKED).effects(LOOKS),
        method("locked_lock", "($self, /)", NativeFn::NoArgs(locked), "An obsolete synonym of locked().")
            .effects(LOOKS),
        method("release", "($self, /)", NativeFn::NoArgs(release), DOC_RELEASE).effects(RELEASES),
        method("release_lock", "($self, /)", NativeFn::NoArgs(release), "An obsolete synonym of release().")
            .effects(RELEASES),
    ],
    signature: "()",
    doc: DOC_LOCK,
    ..TypeSpec::EMPTY
});

/// Signature of `acquire`.
pub const ACQUIRE: &str = "($self, /, blocking=True, timeout=-1)";
const DOC_ACQUIRE: &str = "Lock the lock.  Without argument, this blocks if the lock is already\nlocked (even by the same thread), waiting for another thread to release\nthe lock, and return True once the lock is acquired.\nWith an argument, this will only block if the argument is true,\nand the return value reflects whether the lock is acquired.\nThe blocking operation is interruptible.";
const DOC_LOCKED: &str = "Return whether the lock is in the locked state.";
const DOC_RELEASE: &str = "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.  The lock must be in the locked state,\nbut it needn't be locked by the same thread that unlocks it.";
const DOC_LOCK: &str = "A lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().  Methods are:\n\nacquire() -- lock the lock, possibly blocking until it can be obtained\nrelease() -- unlock of the lock\nlocked() -- test whether the lock is currently locked\n\nA lock is not owned by the thread that locked it; another thread may\nunlock it.  A thread attempting to lock a lock that it has already locked\nwill block until another thread unlocks it.  Deadlocks may ensue.";
