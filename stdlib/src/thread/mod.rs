//! `_thread`: locks, thread-local data and threads.

mod handle;
mod hook;
mod local;
pub mod lock;
mod rlock;
mod start;

pub use handle::{after_fork_in_child, join_all};
pub use rlock::RecursiveLock;

use crate::system;
use runtime::objects::exceptions::{RUNTIME_ERROR, SYSTEM_EXIT, new_exception};
use runtime::objects::float;
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::objects::str::Str;
use runtime::{Effects, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, os, protocol, signals};
use std::ffi::CString;

fn allocate_lock(_: &Thread, _: Value) -> PyResult {
    Ok(lock::new_lock())
}

fn count(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_usize(handle::running_count()))
}

fn get_ident(thread: &Thread, _: Value) -> PyResult {
    Ok(int::from_u64(thread.ident.get()))
}

fn get_native_id(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_u64(os::native_thread_id()))
}

fn main_ident(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_u64(Thread::main().map_or(0, |main| main.ident.get())))
}

fn make_handle(thread: &Thread, _: Value, ident: Value) -> PyResult {
    Ok(handle::handle_of_running(handle::ident_argument(thread, ident)?))
}

fn always(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(true))
}

fn exit(thread: &Thread, _: Value) -> PyResult {
    let exception = new_exception(thread, &SYSTEM_EXIT, &[])?;
    Err(thread.raise(exception))
}

fn shutdown(thread: &Thread, _: Value) -> PyResult {
    join_all(thread)?;
    Ok(Ref::NONE)
}

fn interrupt_main(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let number = if arguments[0].is_null() { libc::SIGINT } else { protocol::c_int(thread, arguments[0])? };
    if number < 1 || number >= signals::LIMIT as i32 {
        return Err(thread.value_error("signal number out of range"));
    }
    signals::trip(number);
    // On the main thread the handler runs before the call is over.
    signals::check(thread)?;
    Ok(Ref::NONE)
}

fn get_name(thread: &Thread, _: Value) -> PyResult {
    system::decode(thread, &os::thread_name())
}

/// As many bytes of the name as the system keeps.
fn set_name(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let Some(name) = arguments[0].cast::<Str>() else {
        let message = format!("set_name() argument 'name' must be str, not {}", arguments[0].ty().name());
        return Err(thread.type_error(message));
    };
    let text = name.to_text_lossy();
    let visible = text.split('\0').next().unwrap_or_default().as_bytes();
    if let Ok(name) = CString::new(&visible[..visible.len().min(os::THREAD_NAME_MAX)]) {
        os::set_thread_name(&name);
    }
    Ok(Ref::NONE)
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    add_type(module, &lock::LOCK);
    add(module, "LockType", Value::of(&lock::LOCK));
    add_type(module, &rlock::RLOCK);
    add_type(module, &local::LOCAL);
    add_type(module, &handle::THREAD_HANDLE);
    hook::EXCEPT_HOOK_ARGS.add_to(module);
    add(module, "error", Value::of(&RUNTIME_ERROR));
    add(module, "TIMEOUT_MAX", *float::new(lock::TIMEOUT_MAX));
    add(module, "_NAME_MAXLEN", Value::small_int(os::THREAD_NAME_MAX as i64));
    Ok(())
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_excepthook",
        "($module, args, /)",
        NativeFn::One(hook::excepthook),
        "Handle uncaught Thread.run() exception.",
    ),
    method("_count", "($module, /)", NativeFn::NoArgs(count), DOC_COUNT),
    method(
        "_get_main_thread_ident",
        "($module, /)",
        NativeFn::NoArgs(main_ident),
        "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof the main interpreter.",
    ),
    method("_get_name", "($module, /)", NativeFn::NoArgs(get_name), "Get the name of the current thread."),
    method(
        "_is_main_interpreter",
        "($module, /)",
        NativeFn::NoArgs(always),
        "Return True if the current interpreter is the main Python interpreter.",
    ),
    method(
        "_make_thread_handle",
        "($module, ident, /)",
        NativeFn::One(make_handle),
        "Internal only. Make a thread handle for threads not spawned\nby the _thread or threading module.",
    ),
    method(
        "_shutdown",
        "($module, /)",
        NativeFn::NoArgs(shutdown),
        "Wait for all non-daemon threads (other than the calling thread) to stop.",
    ),
    method("allocate", "($module, /)", NativeFn::NoArgs(allocate_lock), "An obsolete synonym of allocate_lock()."),
    method(
        "allocate_lock",
        "($module, /)",
        NativeFn::NoArgs(allocate_lock),
        "Create a new lock object. See help(type(threading.Lock())) for\ninformation about locks.",
    ),
    method(
        "daemon_threads_allowed",
        "($module, /)",
        NativeFn::NoArgs(always),
        "Return True if daemon threads are allowed in the current interpreter,\nand False otherwise.\n",
    ),
    method(
        "exit",
        "($module, /)",
        NativeFn::NoArgs(exit),
        "This is synonymous to ``raise SystemExit''.  It will cause the current\nthread to exit silently unless the exception is caught.",
    ),
    method("exit_thread", "($module, /)", NativeFn::NoArgs(exit), "An obsolete synonym of exit()."),
    method("get_ident", "($module, /)", NativeFn::NoArgs(get_ident), DOC_GET_IDENT).effects(Effects::READS_HEAP),
    method(
        "get_native_id",
        "($module, /)",
        NativeFn::NoArgs(get_native_id),
        "Return a non-negative integer identifying the thread as reported\nby the OS (kernel). This may be used to uniquely identify a\nparticular thread within a system.",
    )
    .effects(Effects::EXTERNAL),
    method(
        "interrupt_main",
        "($module, signum=signal.SIGINT, /)",
        NativeFn::Bound(interrupt_main),
        "Simulate the arrival of the given signal in the main thread,\nwhere the corresponding signal handler will be executed.\nIf *signum* is omitted, SIGINT is assumed.\nA subthread can use this function to interrupt the main thread.\n\nNote: the default signal handler for SIGINT raises ``KeyboardInterrupt``.",
    ),
    method("set_name", "($module, /, name)", NativeFn::Bound(set_name), "Set the name of the current thread."),
    method("stack_size", "($module, size=0, /)", NativeFn::Bound(start::stack_size), DOC_STACK_SIZE),
    method(
        "start_joinable_thread",
        "($module, /, function, handle=None, daemon=True)",
        NativeFn::Bound(start::start_joinable_thread),
        DOC_START_JOINABLE,
    ),
    method(
        "start_new",
        "($module, function, args, kwargs={}, /)",
        NativeFn::Raw(start::start_new_thread),
        "An obsolete synonym of start_new_thread().",
    ),
    method(
        "start_new_thread",
        "($module, function, args, kwargs={}, /)",
        NativeFn::Raw(start::start_new_thread),
        DOC_START_NEW,
    ),
];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: FUNCTIONS,
    init,
};

const DOC_COUNT: &str = "Return the number of currently running Python threads, excluding\nthe main thread. The returned number comprises all threads created\nthrough `start_new_thread()` as well as `threading.Thread`, and not\nyet finished.\n\nThis function is meant for internal and specialized purposes only.\nIn most applications `threading.enumerate()` should be used instead.";
const DOC_GET_IDENT: &str = "Return a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously.\nThis may be used to identify per-thread resources.\nEven though on some platforms threads identities may appear to be\nallocated consecutive numbers starting at 1, this behavior should not\nbe relied upon, and the number should be seen purely as a magic cookie.\nA thread's identity may be reused for another thread after it exits.";
const DOC_STACK_SIZE: &str = "Return the thread stack size used when creating new threads.  The\noptional size argument specifies the stack size (in bytes) to be used\nfor subsequently created threads, and must be 0 (use platform or\nconfigured default) or a positive integer value of at least 32,768 (32k).\nIf changing the thread stack size is unsupported, a ThreadError\nexception is raised.  If the specified size is invalid, a ValueError\nexception is raised, and the stack size is unmodified.  32k bytes\n currently the minimum supported stack size value to guarantee\nsufficient stack space for the interpreter itself.\n\nNote that some platforms may have particular restrictions on values for\nthe stack size, such as requiring a minimum stack size larger than 32 KiB or\nrequiring allocation in multiples of the system memory page size\n- platform documentation should be referred to for more information\n(4 KiB pages are common; using multiples of 4096 for the stack size is\nthe suggested approach in the absence of more specific information).";
const DOC_START_JOINABLE: &str = "*For internal use only*: start a new thread.\n\nLike start_new_thread(), this starts a new thread calling the given function.\nUnlike start_new_thread(), this returns a handle object with methods to join\nor detach the given thread.\nThis function is not for third-party code, please use the\n`threading` module instead. During finalization the runtime will not wait for\nthe thread to exit if daemon is True. If handle is provided it must be a\nnewly created thread._ThreadHandle instance.";
const DOC_START_NEW: &str = "Start a new thread and return its identifier.\n\nThe thread will call the function with positional arguments from the\ntuple args and keyword arguments taken from the optional dictionary\nkwargs.  The thread exits when the function returns; the return value\nis ignored.  The thread will also exit when the function raises an\nunhandled exception; a stack trace will be printed unless the exception\nis SystemExit.";
