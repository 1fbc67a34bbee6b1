//! Frames, tracing functions and the hooks of generators and coroutines, thread by thread.

use runtime::cell::Slot;
use runtime::monitoring;
use runtime::objects::dict::Dict;
use runtime::objects::str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{frame, int};
use runtime::{
    Args, MethodDef, NativeFn, PyResult, Ref, Thread, TypeFlags, Value, attributes, method, names, protocol,
    struct_sequence,
};

pub const FUNCTIONS: &[MethodDef] = &[
    method(
        "_getframe",
        "($module, depth=0, /)",
        NativeFn::Bound(getframe),
        "Return a frame object from the call stack.\n\nIf optional integer depth is given, return the frame object that many\ncalls below the top of the stack.  If that is deeper than the call\nstack, ValueError is raised.  The default for depth is zero, returning\nthe frame at the top of the call stack.\n\nThis function should be used for internal and specialized purposes\nonly.",
    ),
    method(
        "_getframemodulename",
        "($module, /, depth=0)",
        NativeFn::Bound(getframemodulename),
        "Return the name of the module for a calling frame.\n\nThe default depth returns the module containing the call to this API.\nA more typical use in a library will pass a depth of 1 to get the user's\nmodule rather than the library module.\n\nIf no frame, module, or name can be found, returns None.",
    ),
    method(
        "_current_frames",
        "($module, /)",
        NativeFn::NoArgs(current_frames),
        "Return a dict mapping each thread's thread id to its current stack frame.\n\nThis function should be used for specialized purposes only.",
    ),
    method(
        "_current_exceptions",
        "($module, /)",
        NativeFn::NoArgs(current_exceptions),
        "Return a dict mapping each thread's identifier to its current raised exception.\n\nThis function should be used for specialized purposes only.",
    ),
    method(
        "settrace",
        "($module, function, /)",
        NativeFn::One(settrace),
        "Set the global debug tracing function.\n\nIt will be called on each function call.  See the debugger chapter\nin the library manual.",
    ),
    method(
        "gettrace",
        "($module, /)",
        NativeFn::NoArgs(gettrace),
        "Return the global debug tracing function set with sys.settrace.\n\nSee the debugger chapter in the library manual.",
    ),
    method(
        "setprofile",
        "($module, function, /)",
        NativeFn::One(setprofile),
        "Set the profiling function.\n\nIt will be called on each function call and return.  See the profiler\nchapter in the library manual.",
    ),
    method(
        "getprofile",
        "($module, /)",
        NativeFn::NoArgs(getprofile),
        "Return the profiling function set with sys.setprofile.\n\nSee the profiler chapter in the library manual.",
    ),
    method(
        "_settraceallthreads",
        "($module, function, /)",
        NativeFn::One(settraceallthreads),
        "Set the global debug tracing function in all running threads belonging to the current interpreter.\n\nIt will be called on each function call. See the debugger chapter\nin the library manual.",
    ),
    method(
        "_setprofileallthreads",
        "($module, function, /)",
        NativeFn::One(setprofileallthreads),
        "Set the profiling function in all running threads belonging to the current interpreter.\n\nIt will be called on each function call and return.  See the profiler\nchapter in the library manual.",
    ),
    method(
        "call_tracing",
        "($module, func, args, /)",
        NativeFn::Bound(call_tracing),
        "Call func(*args), while tracing is enabled.\n\nThe tracing state is saved, and restored afterwards.  This is intended\nto be called from a debugger from a checkpoint, to recursively debug\nsome other code.",
    ),
    method(
        "get_asyncgen_hooks",
        "($module, /)",
        NativeFn::NoArgs(get_asyncgen_hooks),
        "Return the installed asynchronous generators hooks.\n\nThis returns a namedtuple of the form (firstiter, finalizer).",
    ),
    method(
        "set_asyncgen_hooks",
        "?",
        NativeFn::Raw(set_asyncgen_hooks),
        "set_asyncgen_hooks([firstiter] [, finalizer])\n\nSet a finalizer for async generators objects.",
    ),
    method(
        "get_coroutine_origin_tracking_depth",
        "($module, /)",
        NativeFn::NoArgs(get_coroutine_origin_tracking_depth),
        "Check status of origin tracking for coroutine objects in this thread.",
    ),
    method(
        "set_coroutine_origin_tracking_depth",
        "($module, /, depth)",
        NativeFn::Bound(set_coroutine_origin_tracking_depth),
        "Enable or disable origin tracking for coroutine objects in this thread.\n\nCoroutine objects will track 'depth' frames of traceback information\nabout where they came from, available in their cr_origin attribute.\n\nSet a depth of 0 to disable.",
    ),
    method(
        "activate_stack_trampoline",
        "($module, backend, /)",
        NativeFn::One(activate_stack_trampoline),
        "Activate stack profiler trampoline *backend*.",
    ),
    method(
        "deactivate_stack_trampoline",
        "($module, /)",
        NativeFn::NoArgs(deactivate_stack_trampoline),
        "Deactivate the current stack profiler trampoline backend.\n\nIf no stack profiler is activated, this function has no effect.",
    ),
    method(
        "is_stack_trampoline_active",
        "($module, /)",
        NativeFn::NoArgs(is_stack_trampoline_active),
        "Return *True* if a stack profiler trampoline is active.",
    ),
    method(
        "_baserepl",
        "($module, /)",
        NativeFn::NoArgs(baserepl),
        "Private function for getting the base REPL",
    ),
];

struct_sequence! {
    static ASYNCGEN_HOOKS = "asyncgen_hooks" {
        visible: 2, total: 2, flags: TypeFlags::empty(),
        doc: "asyncgen_hooks\n\nA named tuple providing information about asynchronous\ngenerators hooks.  The attributes are read only.", complete: None,
        0 firstiter "Hook to intercept first iteration",
        1 finalizer "Hook to intercept finalization",
    }
}

fn getframe(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let depth = if arguments[0].is_null() { 0 } else { protocol::c_int(thread, arguments[0])?.max(0) };
    match frame::nth(thread, depth as usize) {
        Some(f) => Ok(frame::object_of(thread, f)),
        None => Err(thread.value_error("call stack is not deep enough")),
    }
}

fn getframemodulename(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let depth = if arguments[0].is_null() { 0 } else { protocol::c_int(thread, arguments[0])?.max(0) };
    let Some(f) = frame::nth(thread, depth as usize) else { return Ok(Ref::NONE) };
    let function = f.function.get();
    if function.is_null() {
        return Ok(Ref::NONE);
    }
    Ok(attributes::find(thread, *function, names::get().__module__)?.unwrap_or(Ref::NONE))
}

/// One entry a thread, by identity.
fn by_thread(thread: &Thread, value: impl Fn(&'static Thread) -> Option<Ref>) -> PyResult {
    let result = Dict::new();
    for other in Thread::all() {
        if let (Some(dict), Some(value)) = (result.cast::<Dict>(), value(other)) {
            dict.set(thread, *int::from_u64(other.ident.get()), value)?;
        }
    }
    Ok(result)
}

fn current_frames(thread: &Thread, _: Value) -> PyResult {
    by_thread(thread, |other| frame::nth(other, 0).map(|f| frame::object_of(other, f)))
}

fn current_exceptions(thread: &Thread, _: Value) -> PyResult {
    by_thread(thread, |other| Some(other.handled_exception().unwrap_or(Ref::NONE)))
}

/// A tracing or profiling function; None takes it away.
fn function_or_null(function: Value) -> Ref {
    if function.is_none() { Ref::NULL } else { function.to_ref() }
}

fn settrace(thread: &Thread, _: Value, function: Value) -> PyResult {
    monitoring::set_trace(thread, function_or_null(function));
    Ok(Ref::NONE)
}

fn gettrace(thread: &Thread, _: Value) -> PyResult {
    Ok(thread.trace_function.option().unwrap_or(Ref::NONE))
}

fn setprofile(thread: &Thread, _: Value, function: Value) -> PyResult {
    monitoring::set_profile(thread, function_or_null(function));
    Ok(Ref::NONE)
}

fn getprofile(thread: &Thread, _: Value) -> PyResult {
    Ok(thread.profile_function.option().unwrap_or(Ref::NONE))
}

fn settraceallthreads(_: &Thread, _: Value, function: Value) -> PyResult {
    Thread::all().into_iter().for_each(|other| monitoring::set_trace(other, function_or_null(function)));
    Ok(Ref::NONE)
}

fn setprofileallthreads(_: &Thread, _: Value, function: Value) -> PyResult {
    Thread::all().into_iter().for_each(|other| monitoring::set_profile(other, function_or_null(function)));
    Ok(Ref::NONE)
}

fn call_tracing(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let Some(given) = arguments[1].cast::<Tuple>() else {
        let name = arguments[1].ty().name();
        return Err(thread.type_error(format!("call_tracing() argument 2 must be tuple, not {name}")));
    };
    monitoring::with_events(thread, || thread.call(arguments[0], given.items()))
}

fn get_asyncgen_hooks(thread: &Thread, _: Value) -> PyResult {
    let hook = |slot: &Slot| slot.option().unwrap_or(Ref::NONE);
    Ok(ASYNCGEN_HOOKS.make(vec![hook(&thread.asyncgen_firstiter), hook(&thread.asyncgen_finalizer)]))
}

fn set_asyncgen_hooks(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let mut hooks = [arguments.get(0), arguments.get(1)];
    if arguments.count() > 2 {
        let given = arguments.count();
        return Err(
            thread.type_error(format!("set_asyncgen_hooks() takes at most 2 arguments ({given} given)"))
        );
    }
    for (name, value) in arguments.keywords() {
        let place = match str::display(name).as_str() {
            "firstiter" => 0,
            "finalizer" => 1,
            other => {
                return Err(
                    thread.type_error(format!("this function got an unexpected keyword argument '{other}'"))
                );
            }
        };
        hooks[place] = Some(value);
    }
    for (hook, what) in hooks.iter().zip(["firstiter", "finalizer"]) {
        if let Some(hook) = hook.filter(|h| !h.is_none() && h.ty().slots().call.is_none()) {
            let name = hook.ty().name();
            return Err(thread.type_error(format!("callable {what} expected, got {name}")));
        }
    }
    for (slot, hook) in [&thread.asyncgen_firstiter, &thread.asyncgen_finalizer].into_iter().zip(hooks) {
        if let Some(hook) = hook {
            slot.set(if hook.is_none() { Ref::NULL } else { hook.to_ref() });
        }
    }
    Ok(Ref::NONE)
}

fn get_coroutine_origin_tracking_depth(thread: &Thread, _: Value) -> PyResult {
    Ok(int::new(thread.coroutine_origin_depth.get().into()))
}

fn set_coroutine_origin_tracking_depth(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let depth = protocol::c_int(thread, arguments[0])?;
    let Ok(depth) = u32::try_from(depth) else { return Err(thread.value_error("depth must be >= 0")) };
    thread.coroutine_origin_depth.set(depth);
    Ok(Ref::NONE)
}

fn activate_stack_trampoline(thread: &Thread, _: Value, backend: Value) -> PyResult {
    let backend = str::display(backend);
    if !["perf", "perf_jit"].contains(&backend.as_str()) {
        return Err(thread.value_error(format!("invalid backend: {backend}")));
    }
    Err(thread.value_error("perf trampoline not available"))
}

fn deactivate_stack_trampoline(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::NONE)
}

fn is_stack_trampoline_active(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(false))
}

fn baserepl(thread: &Thread, _: Value) -> PyResult {
    let code = runtime::state::import_module(thread, "code")?;
    attributes::get(thread, *code, str::intern_text("interact")).and_then(|f| thread.call(*f, &[]))
}
