//! `_posixsubprocess`: starting a child process for `subprocess`.

use crate::os::fork_exec::{Plan, become_program, report};
use crate::os::process;
use crate::posix::process::{
    after_fork_in_child, after_fork_in_parent, before_fork, encode_all, warn_about_threads,
};
use crate::posix::{group_argument, user_argument};
use crate::system::{encoded, raise};
use runtime::objects::bytes::Bytes;
use runtime::objects::int::{self, IntRef};
use runtime::objects::module::ModuleSpec;
use runtime::objects::tuple::Tuple;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};
use std::ffi::CString;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_posixsubprocess",
    doc: "A POSIX helper for the subprocess module.",
    functions: FUNCTIONS,
    init: |_, _| Ok(()),
};

fn given(v: Value) -> Option<Value> {
    (!v.is_none()).then_some(v)
}

/// Descriptors to keep: a tuple of rising numbers.
fn keep_argument(thread: &Thread, v: Value) -> PyResult<Vec<i32>> {
    let Some(tuple) = v.cast::<Tuple>() else {
        let message = format!("fork_exec() argument 4 must be tuple, not {}", v.ty().name());
        return Err(thread.type_error(message));
    };
    let mut keep: Vec<i32> = Vec::with_capacity(tuple.len());
    for item in tuple.items() {
        let fd = match int::get(*item) {
            Some(IntRef::Small(i)) => i32::try_from(i).ok(),
            _ => None,
        };
        match fd {
            Some(fd) if fd >= 0 && keep.last().is_none_or(|last| *last < fd) => keep.push(fd),
            _ => return Err(thread.value_error("bad value(s) in fds_to_keep")),
        }
    }
    Ok(keep)
}

/// `name=value` entries, given as bytes.
fn entries(thread: &Thread, v: Value) -> PyResult<Vec<CString>> {
    let items = protocol::collect(thread, v)?;
    let mut out = Vec::with_capacity(items.len());
    for item in &items {
        let Some(bytes) = item.cast::<Bytes>() else {
            let message = format!("expected bytes, {} found", item.ty().name());
            return Err(thread.type_error(message));
        };
        out.push(CString::new(bytes.as_bytes()).map_err(|_| thread.value_error("embedded null byte"))?);
    }
    Ok(out)
}

fn groups_argument(thread: &Thread, v: Value) -> PyResult<Vec<u32>> {
    let slots = v.ty().slots();
    if slots.get_item.is_none() || slots.len.is_none() {
        return Err(thread.type_error("extra_groups must be a list or None"));
    }
    let mut groups = Vec::new();
    for item in protocol::collect(thread, v)? {
        if !int::is_int(*item) {
            return Err(thread.type_error("extra_groups must be integers"));
        }
        groups.push(group_argument(thread, *item)?);
    }
    Ok(groups)
}

fn plan(thread: &Thread, a: &[Value]) -> PyResult<Plan> {
    let number = |i: usize| protocol::c_int(thread, a[i]);
    let close_others = protocol::is_true(thread, a[2])?;
    let keep_tuple = a[3];
    if keep_tuple.cast::<Tuple>().is_none() {
        keep_argument(thread, keep_tuple)?;
    }
    let fds =
        [number(6)?, number(7)?, number(8)?, number(9)?, number(10)?, number(11)?, number(12)?, number(13)?];
    let [
        read_by_child,
        written_by_parent,
        read_by_parent,
        written_by_child,
        errors_by_parent,
        errors_by_child,
        report_read,
        report_write,
    ] = fds;
    let restore_signals = protocol::is_true(thread, a[14])?;
    let new_session = protocol::is_true(thread, a[15])?;
    let group_to_join = number(16)?;
    let mask = number(20)?;
    if close_others && report_write < 3 {
        return Err(thread.value_error("errpipe_write must be >= 3"));
    }
    let keep = keep_argument(thread, keep_tuple)?;
    let arguments = encode_all(thread, &protocol::collect(thread, a[0])?)?;
    let executables = entries(thread, a[1])?;
    let environment = given(a[5]).map(|v| entries(thread, v)).transpose()?;
    let directory = given(a[4]).map(|v| encoded(thread, v)).transpose()?;
    let group = given(a[17]).map(|v| group_argument(thread, v)).transpose()?;
    let groups = given(a[18]).map(|v| groups_argument(thread, v)).transpose()?;
    let user = given(a[19]).map(|v| user_argument(thread, v)).transpose()?;
    Ok(Plan {
        arguments,
        executables,
        environment,
        directory,
        keep,
        close_others,
        read_by_child,
        read_by_parent,
        errors_by_parent,
        written_by_parent,
        written_by_child,
        errors_by_child,
        report_read,
        report_write,
        restore_signals,
        new_session,
        group_to_join,
        user,
        group,
        groups,
        mask,
    })
}

fn fork_exec(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let plan = plan(thread, a)?;
    let hook = given(a[21]).map(|v| v.to_ref());
    // Python code that runs in the child needs the fork hooks; a mere exec does not.
    if hook.is_some() {
        before_fork(thread);
    }
    let result = process::fork();
    if result == Ok(0) {
        child(thread, &plan, hook);
    }
    if hook.is_some() {
        after_fork_in_parent(thread);
        warn_about_threads(thread, "fork")?;
    }
    let process = result.map_err(|errno| raise(thread, errno))?;
    let made: Ref = int::new(process.into());
    Ok(made)
}

/// The child: does not come back.
fn child(thread: &Thread, plan: &Plan, hook: Option<Ref>) -> ! {
    let failure = become_program(plan, &mut || {
        let Some(hook) = &hook else { return true };
        after_fork_in_child(thread);
        thread.call(**hook, &[]).is_ok()
    });
    report(plan.report_write, &failure);
    process::exit_now(255)
}

const FUNCTIONS: &[MethodDef] = &[method(
    "fork_exec",
    "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)",
    NativeFn::Bound(fork_exec),
    "Spawn a fresh new child process.\n\nFork a child process, close parent file descriptors as appropriate in\nthe child and duplicate the few that are needed before calling exec() in\nthe child process.\n\nIf close_fds is True, close file descriptors 3 and higher, except those\nlisted in the sorted tuple pass_fds.\n\nThe preexec_fn, if supplied, will be called immediately before closing\nfile descriptors and exec.\n\nWARNING: preexec_fn is NOT SAFE if your application uses threads.\n         It may trigger infrequent, difficult to debug deadlocks.\n\nIf an error occurs in the child process before the exec, it is\nserialized and written to the errpipe_write fd per subprocess.py.\n\nReturns: the child process's PID.\n\nRaises: Only on an error in the parent process.",
)];
