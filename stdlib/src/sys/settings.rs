//! Limits and encodings that can be asked for and set.

use crate::config;
use runtime::objects::exceptions::{NOT_IMPLEMENTED_ERROR, RECURSION_ERROR};
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, gil, method, protocol};
use std::sync::atomic::{AtomicI32, Ordering};

pub const FUNCTIONS: &[MethodDef] = &[
    method(
        "getdefaultencoding",
        "($module, /)",
        NativeFn::NoArgs(getdefaultencoding),
        "Return the current default encoding used by the Unicode implementation.",
    ),
    method(
        "getfilesystemencoding",
        "($module, /)",
        NativeFn::NoArgs(getdefaultencoding),
        "Return the encoding used to convert Unicode filenames to OS filenames.",
    ),
    method(
        "getfilesystemencodeerrors",
        "($module, /)",
        NativeFn::NoArgs(getfilesystemencodeerrors),
        "Return the error mode used Unicode to OS filename conversion.",
    ),
    method(
        "getrecursionlimit",
        "($module, /)",
        NativeFn::NoArgs(getrecursionlimit),
        "Return the current value of the recursion limit.\n\nThe recursion limit is the maximum depth of the Python interpreter\nstack.  This limit prevents infinite recursion from causing an overflow\nof the C stack and crashing Python.",
    ),
    method(
        "setrecursionlimit",
        "($module, limit, /)",
        NativeFn::One(setrecursionlimit),
        "Set the maximum depth of the Python interpreter stack to n.\n\nThis limit prevents infinite recursion from causing an overflow of the C\nstack and crashing Python.  The highest possible limit is platform-\ndependent.",
    ),
    method(
        "getswitchinterval",
        "($module, /)",
        NativeFn::NoArgs(getswitchinterval),
        "Return the current thread switch interval; see sys.setswitchinterval().",
    ),
    method(
        "setswitchinterval",
        "($module, interval, /)",
        NativeFn::One(setswitchinterval),
        "Set the ideal thread switching delay inside the Python interpreter.\n\nThe actual frequency of switching threads can be lower if the\ninterpreter executes long sequences of uninterruptible code\n(this is implementation-specific and workload-dependent).\n\nThe parameter must represent the desired switching delay in seconds\nA typical value is 0.005 (5 milliseconds).",
    ),
    method(
        "get_int_max_str_digits",
        "($module, /)",
        NativeFn::NoArgs(get_int_max_str_digits),
        "Return the maximum string digits limit for non-binary int<->str conversions.",
    ),
    method(
        "set_int_max_str_digits",
        "($module, /, maxdigits)",
        NativeFn::Bound(set_int_max_str_digits),
        "Set the maximum string digits limit for non-binary int<->str conversions.",
    ),
    method(
        "getdlopenflags",
        "($module, /)",
        NativeFn::NoArgs(getdlopenflags),
        "Return the current value of the flags that are used for dlopen calls.\n\nThe flag constants are defined in the os module.",
    ),
    method(
        "setdlopenflags",
        "($module, flags, /)",
        NativeFn::One(setdlopenflags),
        "Set the flags used by the interpreter for dlopen calls.\n\nThis is used, for example, when the interpreter loads extension\nmodules. Among other things, this will enable a lazy resolving of\nsymbols when importing a module, if called as sys.setdlopenflags(0).\nTo share symbols across extension modules, call as\nsys.setdlopenflags(os.RTLD_GLOBAL).  Symbolic names for the flag\nmodules can be found in the os module (RTLD_xxx constants, e.g.\nos.RTLD_LAZY).",
    ),
    method(
        "is_finalizing",
        "($module, /)",
        NativeFn::NoArgs(is_finalizing),
        "Return True if Python is exiting.",
    ),
    method(
        "_is_gil_enabled",
        "($module, /)",
        NativeFn::NoArgs(is_gil_enabled),
        "Return True if the GIL is currently enabled and False otherwise.",
    ),
    method(
        "is_remote_debug_enabled",
        "($module, /)",
        NativeFn::NoArgs(is_remote_debug_enabled),
        "Return True if remote debugging is enabled, False otherwise.",
    ),
    method(
        "remote_exec",
        "($module, /, pid, script)",
        NativeFn::Bound(remote_exec),
        "Executes a file containing Python code in a given remote Python process.\n\nThis function returns immediately, and the code will be executed by the\ntarget process's main thread at the next available opportunity,\nsimilarly to how signals are handled.  There is no interface to\ndetermine when the code has been executed.  The caller is responsible\nfor making sure that the file still exists whenever the remote process\ntries to read it and that it hasn't been overwritten.\n\nThe remote process must be running a CPython interpreter of the same\nmajor and minor version as the local process.  If either the local or\nremote interpreter is pre-release (alpha, beta, or release candidate)\nthen the local and remote interpreters must be the same exact version.\n\nArgs:\n     pid (int): The process ID of the target Python process.\n     script (str|bytes): The path to a file containing\n         the Python code to be executed.",
    ),
    method(
        "_get_cpu_count_config",
        "($module, /)",
        NativeFn::NoArgs(get_cpu_count_config),
        "Private function for getting PyConfig.cpu_count",
    ),
];

fn getdefaultencoding(_: &Thread, _: Value) -> PyResult {
    Ok(Str::new("utf-8"))
}

fn getfilesystemencodeerrors(_: &Thread, _: Value) -> PyResult {
    Ok(Str::new("surrogateescape"))
}

fn getrecursionlimit(thread: &Thread, _: Value) -> PyResult {
    Ok(int::new(thread.recursion_limit.get().into()))
}

fn setrecursionlimit(thread: &Thread, _: Value, limit: Value) -> PyResult {
    let limit = protocol::c_int(thread, limit)?;
    if limit < 1 {
        return Err(thread.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = thread.recursion_depth.get();
    if depth >= limit as u32 {
        let message = format!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        );
        return Err(thread.error(&RECURSION_ERROR, message));
    }
    Thread::all().into_iter().for_each(|other| other.recursion_limit.set(limit as u32));
    thread.recursion_limit.set(limit as u32);
    Ok(Ref::NONE)
}

fn getswitchinterval(_: &Thread, _: Value) -> PyResult {
    Ok(runtime::objects::float::new(gil::switch_interval() as f64 * 1e-6))
}

fn setswitchinterval(thread: &Thread, _: Value, interval: Value) -> PyResult {
    let seconds = protocol::float(thread, interval)?;
    if seconds <= 0.0 || seconds.is_nan() {
        return Err(thread.value_error("switch interval must be strictly positive"));
    }
    gil::set_switch_interval((seconds * 1e6) as u64);
    Ok(Ref::NONE)
}

fn get_int_max_str_digits(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_usize(int::digit_limit()))
}

/// The lowest limit of digits but 0.
const DIGITS_THRESHOLD: i32 = 640;

fn set_int_max_str_digits(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let digits = protocol::c_int(thread, arguments[0])?;
    if digits != 0 && digits < DIGITS_THRESHOLD {
        return Err(thread.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    int::set_digit_limit(digits as usize);
    Ok(Ref::NONE)
}

/// `RTLD_NOW`
static DLOPEN_FLAGS: AtomicI32 = AtomicI32::new(2);

fn getdlopenflags(_: &Thread, _: Value) -> PyResult {
    Ok(int::new(DLOPEN_FLAGS.load(Ordering::Relaxed).into()))
}

fn setdlopenflags(thread: &Thread, _: Value, flags: Value) -> PyResult {
    DLOPEN_FLAGS.store(protocol::c_int(thread, flags)?, Ordering::Relaxed);
    Ok(Ref::NONE)
}

fn is_finalizing(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(gil::is_finalizing()))
}

fn is_gil_enabled(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(true))
}

fn is_remote_debug_enabled(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(false))
}

fn remote_exec(thread: &Thread, _: Value, _: &[Value]) -> PyResult {
    Err(thread.error(&NOT_IMPLEMENTED_ERROR, "remote_exec() is not supported by Taipan"))
}

fn get_cpu_count_config(_: &Thread, _: Value) -> PyResult {
    Ok(int::new(config::get().cpu_count.unwrap_or(-1)))
}
