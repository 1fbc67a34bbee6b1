//! `atexit`: functions that run when the program ends.

use runtime::cell::GilCell;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::write_unraisable_about;
use runtime::objects::int;
use runtime::objects::module::ModuleSpec;
use runtime::objects::tuple::Tuple;
use runtime::{Args, CompareOp, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

/// A function and what it is called with.
#[derive(Clone)]
struct Callback {
    function: Ref,
    positional: Ref,
    /// NULL: none.
    keywords: Ref,
}

/// Oldest first.
static CALLBACKS: GilCell<Vec<Callback>> = GilCell::new(Vec::new());

fn register(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let Some(function) = arguments.get(0) else {
        return Err(thread.type_error("register() takes at least 1 argument (0 given)"));
    };
    if function.ty().slots().call.is_none() {
        return Err(thread.type_error("the first argument must be callable"));
    }
    let keywords = if arguments.has_keywords() { Dict::new() } else { Ref::NULL };
    if let Some(dict) = keywords.cast::<Dict>() {
        for (name, value) in arguments.keywords() {
            dict.set(thread, name, value.to_ref())?;
        }
    }
    let callback = Callback {
        function: function.to_ref(),
        positional: Tuple::from_values(&arguments.positional()[1..]),
        keywords,
    };
    CALLBACKS.with(|all| all.push(callback));
    Ok(function.to_ref())
}

fn call(thread: &Thread, callback: &Callback) -> PyResult {
    let positional = callback.positional.cast::<Tuple>().map_or(&[][..], |t| t.items());
    let pairs = callback.keywords.cast::<Dict>().map(|d| d.items()).unwrap_or_default();
    let values: Vec<Value> = positional.iter().copied().chain(pairs.iter().map(|(_, v)| **v)).collect();
    let names: Vec<Value> = pairs.iter().map(|(n, _)| **n).collect();
    thread.call_args(*callback.function, &Args::new(&values, &names))
}

/// Runs and forgets all functions, the newest first; what they raise is reported as unraisable.
pub fn run_callbacks(thread: &Thread) {
    while let Some(callback) = CALLBACKS.with(|all| all.pop()) {
        if call(thread, &callback).is_err() {
            write_unraisable_about(thread, "Exception ignored in atexit callback", *callback.function);
        }
    }
}

fn run_exit_functions(thread: &Thread, _: Value) -> PyResult {
    run_callbacks(thread);
    Ok(Ref::NONE)
}

fn clear(_: &Thread, _: Value) -> PyResult {
    drop(CALLBACKS.take());
    Ok(Ref::NONE)
}

/// Forgets all functions: they are the parent process's.
pub fn forget_all() {
    drop(CALLBACKS.take());
}

/// Removes each registration of a function; comparing may run Python code that registers others.
fn unregister(thread: &Thread, _: Value, function: Value) -> PyResult {
    let registered = CALLBACKS.with(|all| all.clone());
    for callback in registered.iter().rev() {
        if !protocol::compare_bool(thread, *callback.function, function, CompareOp::Eq)? {
            continue;
        }
        let gone = CALLBACKS.with(|all| {
            let same =
                |c: &Callback| c.function.is(*callback.function) && c.positional.is(*callback.positional);
            let place = all.iter().rposition(same)?;
            Some(all.remove(place))
        });
        drop(gone);
    }
    Ok(Ref::NONE)
}

fn count(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_usize(CALLBACKS.with(|all| all.len())))
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_clear",
        "($module, /)",
        NativeFn::NoArgs(clear),
        "Clear the list of previously registered exit functions.",
    ),
    method(
        "_ncallbacks",
        "($module, /)",
        NativeFn::NoArgs(count),
        "Return the number of registered exit functions.",
    ),
    method(
        "_run_exitfuncs",
        "($module, /)",
        NativeFn::NoArgs(run_exit_functions),
        "Run all registered exit functions.\n\nIf a callback raises an exception, it is logged with sys.unraisablehook.",
    ),
    method(
        "register",
        "($module, func, /, *args, **kwargs)",
        NativeFn::Raw(register),
        "Register a function to be executed upon normal program termination\n\n    func - function to be called at exit\n    args - optional arguments to pass to func\n    kwargs - optional keyword arguments to pass to func\n\n    func is returned to facilitate usage as a decorator.",
    ),
    method(
        "unregister",
        "($module, func, /)",
        NativeFn::One(unregister),
        "Unregister an exit function which was previously registered using\natexit.register\n\n    func - function to be unregistered",
    ),
];

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: FUNCTIONS,
    init: |_, _| Ok(()),
};
