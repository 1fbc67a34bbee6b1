//! Waiting for processes, and what their status says.

use crate::os::process as calls;
use crate::resource::usage_object;
use crate::system::system;
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::types::TypeFlags;
use runtime::{PyResult, Ref, Thread, Value, protocol, struct_sequence};

struct_sequence! {
    /// What `waitid` gives.
    pub static WAITID_RESULT = "posix.waitid_result" {
        visible: 5, total: 5, flags: TypeFlags::empty(),
        doc: "waitid_result: Result from waitid.\n\nThis object may be accessed either as a tuple of\n  (si_pid, si_uid, si_signo, si_status, si_code),\nor via the attributes si_pid, si_uid, and so on.\n\nSee os.waitid for more information.",
        complete: None,
        0 si_pid "", 1 si_uid "", 2 si_signo "", 3 si_status "", 4 si_code "",
    }
}

fn pair((process, status): (i32, i32)) -> Ref {
    Tuple::from_refs(vec![int::new(process.into()), int::new(status.into())])
}

pub fn wait(thread: &Thread, _: Value) -> PyResult {
    system(thread, || calls::wait_for(-1, 0)).map(pair)
}

pub fn waitpid(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (process, options) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    system(thread, || calls::wait_for(process, options)).map(pair)
}

fn with_usage(thread: &Thread, process: i32, options: i32) -> PyResult {
    let (process, status, usage) = system(thread, || calls::wait_with_usage(process, options))?;
    let items = vec![int::new(process.into()), int::new(status.into()), usage_object(&usage)];
    Ok(Tuple::from_refs(items))
}

pub fn wait3(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    with_usage(thread, -1, protocol::c_int(thread, a[0])?)
}

pub fn wait4(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    with_usage(thread, protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?)
}

pub fn waitid(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (kind, id) = (protocol::c_int(thread, a[0])?, protocol::index_i64(thread, a[1])?);
    let options = protocol::c_int(thread, a[2])?;
    let Some(i) = system(thread, || calls::wait_id(kind, id as u32, options))? else {
        return Ok(Ref::NONE);
    };
    let numbers: [i64; 5] =
        [i.process.into(), i.user.into(), i.signal.into(), i.status.into(), i.code.into()];
    Ok(WAITID_RESULT.make(numbers.iter().map(|n| int::new(*n)).collect()))
}

macro_rules! questions {
    ($($name:ident $test:ident)*) => { $(
        pub fn $name(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
            Ok(Ref::bool(libc::$test(protocol::c_int(thread, a[0])?)))
        }
    )* };
}
questions! { wifcontinued WIFCONTINUED wifexited WIFEXITED wifsignaled WIFSIGNALED wifstopped WIFSTOPPED }

macro_rules! parts {
    ($($name:ident $part:ident)*) => { $(
        pub fn $name(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
            Ok(int::new(libc::$part(protocol::c_int(thread, a[0])?).into()))
        }
    )* };
}
parts! { wexitstatus WEXITSTATUS wstopsig WSTOPSIG wtermsig WTERMSIG }

pub fn wcoredump(thread: &Thread, _: Value, status: Value) -> PyResult {
    Ok(Ref::bool(libc::WCOREDUMP(protocol::c_int(thread, status)?)))
}

pub fn waitstatus_to_exitcode(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let status = protocol::c_int(thread, a[0])?;
    if libc::WIFEXITED(status) {
        return Ok(int::new(libc::WEXITSTATUS(status).into()));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(int::new(-i64::from(libc::WTERMSIG(status))));
    }
    Err(thread.value_error(match libc::WIFSTOPPED(status) {
        true => format!("process stopped by delivery of signal {}", libc::WSTOPSIG(status)),
        false => format!("invalid wait status: {status}"),
    }))
}
