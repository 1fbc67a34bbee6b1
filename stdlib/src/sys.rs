//! The module `sys`: what the interpreter is and how it runs.

use runtime::objects::exceptions::{self, default_excepthook};
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::{self, Str};
use runtime::objects::{frame, int};
use runtime::state::STATE;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

/// The module.
pub static SYS: ModuleSpec = ModuleSpec {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    functions: FUNCTIONS,
    init,
};

/// `sys.hexversion` of the Python version that Taipan implements: 3.14.10 final.
const HEX_VERSION: i64 = 0x030e_0af0;

const FUNCTIONS: &[MethodDef] = &[
    method(
        "excepthook",
        "($module, exctype, value, traceback, /)",
        NativeFn::Bound(|t, _, a| {
            default_excepthook(t, a[0], a[1], a[2]);
            Ok(Ref::NONE)
        }),
        "Handle an exception by displaying it with a traceback on sys.stderr.",
    ),
    method(
        "exc_info",
        "($module, /)",
        NativeFn::NoArgs(exc_info),
        "Return current exception information: (type, value, traceback).\n\nReturn information about the most recent exception caught by an except\nclause in the current stack frame or in an older stack frame.",
    ),
    method(
        "exception",
        "($module, /)",
        NativeFn::NoArgs(|t, _| Ok(t.handled_exception().unwrap_or(Ref::NONE))),
        "Return the current exception.\n\nReturn the most recent exception caught by an except clause\nin the current stack frame or in an older stack frame, or None\nif no such clause exists.",
    ),
    method(
        "exit",
        "($module, status=None, /)",
        NativeFn::Bound(exit),
        "Exit the interpreter by raising SystemExit(status).\n\nIf the status is omitted or None, it defaults to zero (i.e., success).\nIf the status is an integer, it will be used as the system exit status.\nIf it is another kind of object, it will be printed and the system\nexit status will be one (i.e., failure).",
    ),
    method(
        "getrecursionlimit",
        "($module, /)",
        NativeFn::NoArgs(|t, _| Ok(int::new(t.recursion_limit.get().into()))),
        "Return the current value of the recursion limit.\n\nThe recursion limit is the maximum depth of the Python interpreter\nstack.  This limit prevents infinite recursion from causing an overflow\nof the C stack and crashing Python.",
    ),
    method(
        "setrecursionlimit",
        "($module, limit, /)",
        NativeFn::One(set_recursion_limit),
        "Set the maximum depth of the Python interpreter stack to n.\n\nThis limit prevents infinite recursion from causing an overflow of the C\nstack and crashing Python.  The highest possible limit is platform-\ndependent.",
    ),
    method(
        "intern",
        "($module, string, /)",
        NativeFn::One(intern),
        "``Intern'' the given string.\n\nThis enters the string in the (global) table of interned strings whose\npurpose is to speed up dictionary lookups. Return the string itself or\nthe previously interned string object with the same value.",
    ),
    method(
        "_getframe",
        "($module, depth=0, /)",
        NativeFn::Bound(get_frame),
        "Return a frame object from the call stack.\n\nIf optional integer depth is given, return the frame object that many\ncalls below the top of the stack.  If that is deeper than the call\nstack, ValueError is raised.  The default for depth is zero, returning\nthe frame at the top of the call stack.\n\nThis function should be used for internal and specialized purposes\nonly.",
    ),
];

fn exc_info(thread: &Thread, _: Value) -> PyResult {
    let Some(e) = thread.handled_exception() else {
        return Ok(runtime::objects::tuple::Tuple::from_values(&[Value::NONE; 3]));
    };
    let traceback = e.cast::<exceptions::BaseException>().and_then(|b| b.traceback.option());
    let parts = [Value::of(e.ty()).to_ref(), e, traceback.unwrap_or(Ref::NONE)];
    Ok(runtime::objects::tuple::Tuple::from_refs(parts.into()))
}

fn exit(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let status = if arguments[0].is_null() { Value::NONE } else { arguments[0] };
    Err(thread.error_value(&exceptions::SYSTEM_EXIT, status))
}

fn set_recursion_limit(thread: &Thread, _: Value, limit: Value) -> PyResult {
    let limit = protocol::c_int(thread, limit)?;
    if limit < 1 {
        return Err(thread.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = thread.recursion_depth.get();
    if depth >= limit as u32 {
        let message = format!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        );
        return Err(thread.error(&exceptions::RECURSION_ERROR, message));
    }
    thread.recursion_limit.set(limit as u32);
    Ok(Ref::NONE)
}

fn intern(thread: &Thread, _: Value, text: Value) -> PyResult {
    if text.cast_exact::<Str>().is_none() {
        let name = text.ty().name();
        return Err(thread.type_error(match text.cast::<Str>() {
            Some(_) => format!("can't intern {name}"),
            None => format!("intern() argument must be str, not {name}"),
        }));
    }
    Ok(str::intern(text.to_ref()))
}

fn get_frame(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let depth = if arguments[0].is_null() { 0 } else { protocol::c_int(thread, arguments[0])?.max(0) };
    match frame::nth(thread, depth as usize) {
        Some(f) => Ok(frame::object_of(thread, f)),
        None => Err(thread.value_error("call stack is not deep enough")),
    }
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    add(module, "modules", STATE.modules.peek());
    add(module, "hexversion", *int::new(HEX_VERSION));
    add(module, "maxsize", *int::new(isize::MAX as i64));
    add(module, "maxunicode", *int::new(0x10_FFFF));
    add(module, "byteorder", *Str::new(if cfg!(target_endian = "little") { "little" } else { "big" }));
    add(module, "platform", *Str::new("linux"));
    Ok(())
}
