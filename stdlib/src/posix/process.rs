//! Processes: starting, ending, signalling, and the system they run on.

use super::arguments::*;
use crate::os::process as calls;
use crate::system::{decode, encoded, raise, raised, system};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{DEPRECATION_WARNING, write_unraisable_about};
use runtime::objects::list::List;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::types::TypeFlags;
use runtime::{
    GilCell, PyResult, Ref, Thread, Value, gil, protocol, signals, spawn, struct_sequence, warnings,
};
use std::ffi::CString;

struct_sequence! {
    /// What `times` gives.
    pub static TIMES_RESULT = "posix.times_result" {
        visible: 5, total: 5, flags: TypeFlags::empty(),
        doc: "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information.",
        complete: None,
        0 user "user time",
        1 system "system time",
        2 children_user "user time of children",
        3 children_system "system time of children",
        4 elapsed "elapsed time since an arbitrary point in the past",
    }
}

struct_sequence! {
    /// What `uname` gives.
    pub static UNAME_RESULT = "posix.uname_result" {
        visible: 5, total: 5, flags: TypeFlags::empty(),
        doc: "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.",
        complete: None,
        0 sysname "operating system name",
        1 nodename "name of machine on network (implementation-defined)",
        2 release "operating system release",
        3 version "operating system version",
        4 machine "hardware identifier",
    }
}

/// Functions to call around a fork: before, in the child, in the parent.
static HOOKS: GilCell<[Vec<Ref>; 3]> = GilCell::new([Vec::new(), Vec::new(), Vec::new()]);

pub fn register_at_fork(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    const NAMES: [&str; 3] = ["before", "after_in_child", "after_in_parent"];
    if a.iter().all(|v| v.is_null()) {
        return Err(thread.type_error("At least one argument is required."));
    }
    for (v, name) in a.iter().zip(NAMES) {
        if !v.is_null() && v.ty().slots().call.is_none() {
            return Err(thread.type_error(format!("'{name}' must be callable, not {}", v.ty().name())));
        }
    }
    HOOKS.with(|hooks| {
        for (hooks, v) in hooks.iter_mut().zip(a) {
            if !v.is_null() {
                hooks.push(v.to_ref());
            }
        }
    });
    Ok(Ref::NONE)
}

fn run_hooks(thread: &Thread, kind: usize, backwards: bool) {
    let mut hooks = HOOKS.with(|hooks| hooks[kind].clone());
    if backwards {
        hooks.reverse();
    }
    for hook in hooks {
        if thread.call(*hook, &[]).is_err() {
            write_unraisable_about(thread, "Exception ignored in fork hook", *hook);
        }
    }
}

/// Called before a fork.
pub fn before_fork(thread: &Thread) {
    run_hooks(thread, 0, true);
}

/// Called in the child: other threads and what they held are gone.
pub fn after_fork_in_child(thread: &Thread) {
    spawn::after_fork_in_child(thread);
    crate::thread::after_fork_in_child(thread);
    run_hooks(thread, 1, false);
}

/// Called in the parent.
pub fn after_fork_in_parent(thread: &Thread) {
    run_hooks(thread, 2, false);
}

/// The warning about a fork of a process with several threads.
pub fn warn_about_threads(thread: &Thread, function: &str) -> PyResult<()> {
    if Thread::all().len() < 2 {
        return Ok(());
    }
    let message = format!(
        "This process (pid={}) is multi-threaded, use of {function}() may lead to deadlocks in the child.",
        calls::getpid()
    );
    warnings::warn(thread, &DEPRECATION_WARNING, &message, 1)
}

fn forked<T>(
    thread: &Thread,
    function: &str,
    call: impl FnOnce() -> crate::os::OsResult<T>,
    process: impl FnOnce(&T) -> i32,
) -> PyResult<T> {
    before_fork(thread);
    let result = call();
    match &result {
        Ok(made) if process(made) == 0 => after_fork_in_child(thread),
        _ => {
            after_fork_in_parent(thread);
            warn_about_threads(thread, function)?;
        }
    }
    raised(thread, result)
}

pub fn fork(thread: &Thread, _: Value) -> PyResult {
    forked(thread, "fork", calls::fork, |pid| *pid).map(|pid| int::new(pid.into()))
}

pub fn forkpty(thread: &Thread, _: Value) -> PyResult {
    let (process, master) = forked(thread, "forkpty", calls::fork_terminal, |(pid, _)| *pid)?;
    Ok(Tuple::from_refs(vec![int::new(process.into()), int::new(master.into())]))
}

pub fn exit(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    calls::exit_now(protocol::c_int(thread, a[0])?)
}

pub fn abort(_: &Thread, _: Value) -> PyResult {
    calls::abort()
}

/// The items of a list or tuple of arguments.
pub fn argument_list(thread: &Thread, v: Value, wrong_type: &str) -> PyResult<Vec<Ref>> {
    if v.cast::<List>().is_none() && v.cast::<Tuple>().is_none() {
        return Err(thread.type_error(wrong_type));
    }
    protocol::collect(thread, v)
}

fn exec_arguments(thread: &Thread, function: &str, v: Value) -> PyResult<Vec<CString>> {
    let items = argument_list(thread, v, &format!("{function} arg 2 must be a tuple or list"))?;
    if items.is_empty() {
        return Err(thread.value_error(format!("{function} arg 2 must not be empty")));
    }
    let arguments = encode_all(thread, &items)?;
    if arguments[0].is_empty() {
        return Err(thread.value_error(format!("{function} arg 2 first element cannot be empty")));
    }
    Ok(arguments)
}

pub fn encode_all(thread: &Thread, items: &[Ref]) -> PyResult<Vec<CString>> {
    items.iter().map(|item| encoded(thread, **item)).collect()
}

/// The environment in a mapping, as `name=value`.
pub fn environment_argument(thread: &Thread, v: Value) -> PyResult<Vec<CString>> {
    let items = |name: &str| {
        let made = thread.call_method(v, runtime::objects::str::intern_text(name), &[])?;
        protocol::collect(thread, *made)
    };
    let (keys, values) = (items("keys")?, items("values")?);
    let mut environment = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(&values) {
        let (key, value) = (encoded(thread, **key)?, encoded(thread, **value)?);
        if key.is_empty() || key.to_bytes()[1..].contains(&b'=') {
            return Err(thread.value_error("illegal environment variable name"));
        }
        let entry = [key.to_bytes(), b"=", value.to_bytes()].concat();
        environment.push(CString::new(entry).unwrap_or_default());
    }
    Ok(environment)
}

/// Whether an object may be a mapping.
pub fn is_mapping(v: Value) -> bool {
    v.cast::<Dict>().is_some() || v.ty().slots().get_item.is_some()
}

pub fn execv(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::name("execv", "path").path(thread, a[0])?;
    let arguments = exec_arguments(thread, "execv()", a[1])?;
    let errno = calls::execute(path.name(), &arguments);
    Err(raise(thread, errno))
}

pub fn execve(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("execve").path(thread, a[0])?;
    if a[1].cast::<List>().is_none() && a[1].cast::<Tuple>().is_none() {
        return Err(thread.type_error("execve: argv must be a tuple or list"));
    }
    if protocol::len(thread, a[1])? == 0 {
        return Err(thread.value_error("execve: argv must not be empty"));
    }
    if !is_mapping(a[2]) {
        return Err(thread.type_error("execve: environment must be a mapping object"));
    }
    let items = protocol::collect(thread, a[1])?;
    let arguments = encode_all(thread, &items)?;
    if arguments[0].is_empty() {
        return Err(thread.value_error("execve: argv first element cannot be empty"));
    }
    let environment = environment_argument(thread, a[2])?;
    let file = path.fd().map_or(Ok(path.name()), Err);
    let errno = calls::execute_with(file, &arguments, &environment);
    path.call(thread, || Err(errno))
}

pub fn kill(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (process, signal) = (protocol::c_int(thread, a[0])?, protocol::index_i64(thread, a[1])?);
    raised(thread, calls::kill(process, signal as i32))?;
    // A signal to this process has come by now.
    signals::check(thread)?;
    Ok(Ref::NONE)
}

pub fn killpg(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (group, signal) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    raised(thread, calls::killpg(group, signal))?;
    signals::check(thread)?;
    Ok(Ref::NONE)
}

pub fn nice(thread: &Thread, _: Value, v: Value) -> PyResult {
    let increment = protocol::c_int(thread, v)?;
    Ok(int::new(raised(thread, calls::change_priority(increment))?.into()))
}

pub fn pidfd_open(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let process = protocol::c_int(thread, a[0])?;
    let flags = int_or(thread, a[1], 0)? as u32;
    Ok(int::new(raised(thread, calls::pidfd_open(process, flags))?))
}

pub fn setns(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = descriptor(thread, a[0])?;
    let kind = int_or(thread, a[1], 0)?;
    system(thread, || calls::setns(fd, kind))?;
    Ok(Ref::NONE)
}

pub fn unshare(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let flags = protocol::c_int(thread, a[0])?;
    system(thread, || calls::unshare(flags))?;
    Ok(Ref::NONE)
}

pub fn system_(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let command = encoded(thread, a[0])?;
    let status = gil::without_gil(thread, || calls::run_command(&command));
    Ok(int::new(status.into()))
}

pub fn times(thread: &Thread, _: Value) -> PyResult {
    let times = raised(thread, calls::times())?;
    Ok(TIMES_RESULT.make(times.iter().map(|t| float::new(*t)).collect()))
}

pub fn uname(thread: &Thread, _: Value) -> PyResult {
    let names = raised(thread, calls::names())?;
    let names = names.iter().map(|name| decode(thread, name)).collect::<PyResult<_>>()?;
    Ok(UNAME_RESULT.make(names))
}

pub fn getloadavg(thread: &Thread, _: Value) -> PyResult {
    match calls::load() {
        Some(load) => Ok(Tuple::from_refs(load.map(float::new).into())),
        None => Err(thread.error(&runtime::objects::exceptions::OS_ERROR, "Load averages are unobtainable")),
    }
}

pub fn cpu_count(_: &Thread, _: Value) -> PyResult {
    let count = calls::processors();
    Ok(if count < 1 { Ref::NONE } else { int::new(count) })
}

/// There is no hook that runs while waiting for input.
pub fn inputhook(_: &Thread, _: Value) -> PyResult {
    Ok(int::new(0))
}

pub fn is_inputhook_installed(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(false))
}
