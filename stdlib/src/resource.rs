//! `resource`: limits of the process and what it used.

use crate::constants::add_constants;
use crate::libc_constants;
use crate::os::limits as calls;
use crate::os::process::{self, Usage};
use crate::system::raise;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::float;
use runtime::objects::int::{self, IntRef};
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::tuple::Tuple;
use runtime::types::TypeFlags;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol, struct_sequence};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "resource",
    doc: "",
    functions: FUNCTIONS,
    init: |_, module| {
        add_constants(
            module,
            libc_constants! {
                RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE
                RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK
                RUSAGE_CHILDREN RUSAGE_SELF RUSAGE_THREAD
            },
        );
        add_constants(module, &[("RLIMIT_OFILE", libc::RLIMIT_NOFILE as i64), ("RLIM_INFINITY", -1)]);
        add(module, "error", Value::of(&OS_ERROR));
        STRUCT_RUSAGE.add_to(module);
        Ok(())
    },
};

struct_sequence! {
    /// What `getrusage` gives.
    pub static STRUCT_RUSAGE = "resource.struct_rusage" {
        visible: 16, total: 16, flags: TypeFlags::empty(),
        doc: "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
        complete: None,
        0 ru_utime "user time used",
        1 ru_stime "system time used",
        2 ru_maxrss "max. resident set size",
        3 ru_ixrss "shared memory size",
        4 ru_idrss "unshared data size",
        5 ru_isrss "unshared stack size",
        6 ru_minflt "page faults not requiring I/O",
        7 ru_majflt "page faults requiring I/O",
        8 ru_nswap "number of swap outs",
        9 ru_inblock "block input operations",
        10 ru_oublock "block output operations",
        11 ru_msgsnd "IPC messages sent",
        12 ru_msgrcv "IPC messages received",
        13 ru_nsignals "signals received",
        14 ru_nvcsw "voluntary context switches",
        15 ru_nivcsw "involuntary context switches",
    }
}

/// A result object.
pub fn usage_object(u: &Usage) -> Ref {
    let seconds = |t: libc::timeval| float::new(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let mut items = vec![seconds(u.ru_utime), seconds(u.ru_stime)];
    let numbers = [
        u.ru_maxrss,
        u.ru_ixrss,
        u.ru_idrss,
        u.ru_isrss,
        u.ru_minflt,
        u.ru_majflt,
        u.ru_nswap,
        u.ru_inblock,
        u.ru_oublock,
        u.ru_msgsnd,
        u.ru_msgrcv,
        u.ru_nsignals,
        u.ru_nvcsw,
        u.ru_nivcsw,
    ];
    items.extend(numbers.iter().map(|n| int::new(*n)));
    STRUCT_RUSAGE.make(items)
}

fn getrusage(thread: &Thread, _: Value, who: Value) -> PyResult {
    let who = protocol::c_int(thread, who)?;
    match process::usage(who) {
        Ok(usage) => Ok(usage_object(&usage)),
        Err(libc::EINVAL) => Err(thread.value_error("invalid who parameter")),
        Err(errno) => Err(raise(thread, errno)),
    }
}

#[cold]
fn negative(thread: &Thread) -> runtime::Raised {
    thread.value_error("Cannot convert negative int")
}

/// A limit; -1: none.
fn limit_argument(thread: &Thread, v: Value) -> PyResult<u64> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(-1)) => Ok(libc::RLIM_INFINITY),
        Some(IntRef::Small(i)) => u64::try_from(i).map_err(|_| negative(thread)),
        Some(IntRef::Big(b)) if b.sign() == runtime::int_kernel::Sign::Negative => Err(negative(thread)),
        _ => {
            let big = protocol::index_u64(thread, *number);
            big.map_err(|_| {
                drop(thread.take_raised());
                thread.overflow_error("Python int too large to convert to C rlim_t")
            })
        }
    }
}

fn limits_object(limits: [u64; 2]) -> Ref {
    let items = limits.map(|l| if l == libc::RLIM_INFINITY { int::new(-1) } else { int::from_u64(l) });
    Tuple::from_refs(items.into())
}

fn resource_argument(thread: &Thread, v: Value) -> PyResult<i32> {
    let resource = protocol::c_int(thread, v)?;
    if (0..calls::COUNT).contains(&resource) {
        return Ok(resource);
    }
    Err(thread.value_error("invalid resource specified"))
}

fn limits_argument(thread: &Thread, v: Value) -> PyResult<[u64; 2]> {
    let items = match v.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().map(|item| item.to_ref()).collect(),
        None => protocol::collect(thread, v)?,
    };
    match items.as_slice() {
        [current, highest] => Ok([limit_argument(thread, **current)?, limit_argument(thread, **highest)?]),
        _ => Err(thread.value_error("expected a tuple of 2 integers")),
    }
}

fn getrlimit(thread: &Thread, _: Value, resource: Value) -> PyResult {
    let resource = resource_argument(thread, resource)?;
    calls::limit(0, resource, None).map(limits_object).map_err(|errno| raise(thread, errno))
}

fn changed(thread: &Thread, process: i32, resource: i32, new: Option<[u64; 2]>) -> PyResult<[u64; 2]> {
    match calls::limit(process, resource, new) {
        Ok(old) => Ok(old),
        Err(libc::EINVAL) => Err(thread.value_error("current limit exceeds maximum limit")),
        Err(libc::EPERM) if new.is_some() && process == 0 => {
            Err(thread.value_error("not allowed to raise maximum limit"))
        }
        Err(errno) => Err(raise(thread, errno)),
    }
}

fn setrlimit(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let resource = resource_argument(thread, a[0])?;
    let new = limits_argument(thread, a[1])?;
    changed(thread, 0, resource, Some(new))?;
    Ok(Ref::NONE)
}

fn prlimit(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let process = protocol::c_int(thread, a[0])?;
    let resource = resource_argument(thread, a[1])?;
    let new = match a[2] {
        Value::NULL | Value::NONE => None,
        limits => Some(limits_argument(thread, limits)?),
    };
    changed(thread, process, resource, new).map(limits_object)
}

fn getpagesize(_: &Thread, _: Value) -> PyResult {
    Ok(int::new(calls::page_size()))
}

const FUNCTIONS: &[MethodDef] = &[
    method("getpagesize", "($module, /)", NativeFn::NoArgs(getpagesize), ""),
    method("getrlimit", "($module, resource, /)", NativeFn::One(getrlimit), ""),
    method("getrusage", "($module, who, /)", NativeFn::One(getrusage), ""),
    method("prlimit", "($module, pid, resource, limits=None, /)", NativeFn::Bound(prlimit), ""),
    method("setrlimit", "($module, resource, limits, /)", NativeFn::Bound(setrlimit), ""),
];
