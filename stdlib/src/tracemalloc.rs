//! `_tracemalloc`: Taipan's heap keeps no record of who allocated what, so tracing cannot be started, and everything that
//! reports on traces says that there are none.

use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::tuple::Tuple;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

const MOST_FRAMES: i32 = 65_535;

fn start(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let frames = if arguments[0].is_null() { 1 } else { protocol::c_int(thread, arguments[0])? };
    if !(1..=MOST_FRAMES).contains(&frames) {
        let message = format!("the number of frames must be in range [1; {MOST_FRAMES}]");
        return Err(thread.value_error(message));
    }
    Err(thread.runtime_error("tracemalloc.start(): tracing memory allocations is not supported"))
}

fn nothing(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::NONE)
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_get_object_traceback",
        "($module, obj, /)",
        NativeFn::One(|_, _, _| Ok(Ref::NONE)),
        "Get the traceback where the Python object obj was allocated.\n\nReturn a tuple of (filename: str, lineno: int) tuples.\nReturn None if the tracemalloc module is disabled or did not\ntrace the allocation of the object.",
    ),
    method(
        "_get_traces",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(List::from_refs(Vec::new()))),
        "Get traces of all memory blocks allocated by Python.\n\nReturn a list of (size: int, traceback: tuple) tuples.\ntraceback is a tuple of (filename: str, lineno: int) tuples.\n\nReturn an empty list if the tracemalloc module is disabled.",
    ),
    method(
        "clear_traces",
        "($module, /)",
        NativeFn::NoArgs(nothing),
        "Clear traces of memory blocks allocated by Python.",
    ),
    method(
        "get_traceback_limit",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(int::new(1))),
        "Get the maximum number of frames stored in the traceback of a trace.\n\nBy default, a trace of an allocated memory block only stores\nthe most recent frame: the limit is 1.",
    ),
    method(
        "get_traced_memory",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(Tuple::from_refs(vec![int::new(0), int::new(0)]))),
        "Get the current size and peak size of memory blocks traced by tracemalloc.\n\nReturns a tuple: (current: int, peak: int).",
    ),
    method(
        "get_tracemalloc_memory",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(int::new(0))),
        "Get the memory usage in bytes of the tracemalloc module.\n\nThis memory is used internally to trace memory allocations.",
    ),
    method(
        "is_tracing",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(Ref::bool(false))),
        "Return True if the tracemalloc module is tracing Python memory allocations.",
    ),
    method(
        "reset_peak",
        "($module, /)",
        NativeFn::NoArgs(nothing),
        "Set the peak size of memory blocks traced by tracemalloc to the current size.\n\nDo nothing if the tracemalloc module is not tracing memory allocations.",
    ),
    method(
        "start",
        "($module, nframe=1, /)",
        NativeFn::Bound(start),
        "Start tracing Python memory allocations.\n\nAlso set the maximum number of frames stored in the traceback of a\ntrace to nframe.",
    ),
    method(
        "stop",
        "($module, /)",
        NativeFn::NoArgs(nothing),
        "Stop tracing Python memory allocations.\n\nAlso clear traces of memory blocks allocated by Python.",
    ),
];

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_tracemalloc",
    doc: "Debug module to trace memory blocks allocated by Python.",
    functions: FUNCTIONS,
    init: |_, _| Ok(()),
};
