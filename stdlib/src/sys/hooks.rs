//! What `sys` calls at certain moments: hooks for display, exceptions, breakpoints and audits; and leaving the program.

use runtime::audit;
use runtime::objects::codecs;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{
    self, UNICODE_ENCODE_ERROR, UNRAISABLE_HOOK_ARGS, default_excepthook, default_unraisable_hook,
};
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::state::STATE;
use runtime::types::registry::{ATTRIBUTE_ERROR, IMPORT_ERROR, RUNTIME_WARNING};
use runtime::warnings::warn;
use runtime::{Args, MethodDef, NativeFn, PyResult, Ref, Thread, Value, attributes, method, names, protocol};

pub const FUNCTIONS: &[MethodDef] = &[
    method(
        "displayhook",
        "($module, object, /)",
        NativeFn::One(displayhook),
        "Print an object to sys.stdout and also save it in builtins._",
    ),
    method(
        "excepthook",
        "($module, exctype, value, traceback, /)",
        NativeFn::Bound(excepthook),
        "Handle an exception by displaying it with a traceback on sys.stderr.",
    ),
    method(
        "unraisablehook",
        "($module, unraisable, /)",
        NativeFn::One(unraisablehook),
        "Handle an unraisable exception.\n\nThe unraisable argument has the following attributes:\n\n* exc_type: Exception type.\n* exc_value: Exception value, can be None.\n* exc_traceback: Exception traceback, can be None.\n* err_msg: Error message, can be None.\n* object: Object causing the exception, can be None.",
    ),
    method(
        "breakpointhook",
        "($module, /, *args, **kwargs)",
        NativeFn::Raw(breakpointhook),
        "This hook function is called by built-in breakpoint().\n",
    ),
    method(
        "exit",
        "($module, status=None, /)",
        NativeFn::Bound(exit),
        "Exit the interpreter by raising SystemExit(status).\n\nIf the status is omitted or None, it defaults to zero (i.e., success).\nIf the status is an integer, it will be used as the system exit status.\nIf it is another kind of object, it will be printed and the system\nexit status will be one (i.e., failure).",
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
        NativeFn::NoArgs(exception),
        "Return the current exception.\n\nReturn the most recent exception caught by an except clause\nin the current stack frame or in an older stack frame, or None\nif no such exception exists.",
    ),
    method(
        "audit",
        "($module, event, /, *args)",
        NativeFn::Raw(audit_event),
        "Passes the event to any audit hooks that are attached.",
    ),
    method(
        "addaudithook",
        "($module, /, hook)",
        NativeFn::Bound(addaudithook),
        "Adds a new audit hook callback.",
    ),
];

fn displayhook(thread: &Thread, _: Value, value: Value) -> PyResult {
    let Some(builtins) = STATE.builtins_dict.option() else {
        return Err(thread.runtime_error("lost builtins module"));
    };
    if value.is_none() {
        return Ok(Ref::NONE);
    }
    let set_last = |value: Value| {
        if let Some(dict) = builtins.cast::<Dict>() {
            dict.set_str("_", value);
        }
    };
    set_last(Value::NONE);
    let Some(out) = STATE.sys("stdout").filter(|out| !out.is_none()) else {
        return Err(thread.runtime_error("lost sys.stdout"));
    };
    let write = names::get().write;
    let text = protocol::repr(thread, value)?;
    if let Err(raised) = thread.call_method(*out, write, &[*text]) {
        drop(thread.catch(raised, &UNICODE_ENCODE_ERROR)?);
        let escaped = escape_for(thread, *out, *text)?;
        thread.call_method(*out, write, &[*escaped])?;
    }
    thread.call_method(*out, write, &[*Str::new("\n")])?;
    set_last(value);
    Ok(Ref::NONE)
}

/// The text with what the stream's encoding lacks written as escapes.
fn escape_for(thread: &Thread, out: Value, text: Value) -> PyResult {
    let encoding = attributes::get(thread, out, names::get().encoding)?;
    let encoding = str::display(*encoding);
    let bytes = codecs::encode(thread, text, &encoding, "backslashreplace")?;
    codecs::decode(thread, *bytes, &encoding, "strict")
}

fn excepthook(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    default_excepthook(thread, arguments[0], arguments[1], arguments[2]);
    Ok(Ref::NONE)
}

fn unraisablehook(thread: &Thread, _: Value, arguments: Value) -> PyResult {
    if !arguments.is_exact(&UNRAISABLE_HOOK_ARGS) {
        return Err(thread.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
    }
    default_unraisable_hook(thread, arguments);
    Ok(Ref::NONE)
}

fn breakpointhook(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let wanted = match crate::config::get().ignore_environment {
        true => String::new(),
        false => std::env::var("PYTHONBREAKPOINT").unwrap_or_default(),
    };
    let path = match wanted.as_str() {
        "0" => return Ok(Ref::NONE),
        "" => "pdb.set_trace",
        other => other,
    };
    match find_by_path(thread, path) {
        Ok(hook) => thread.call_args(*hook, arguments),
        Err(raised) => {
            let known = thread.raised_matches(&IMPORT_ERROR) || thread.raised_matches(&ATTRIBUTE_ERROR);
            if !known {
                return Err(raised);
            }
            drop(thread.take_raised());
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{path}\"");
            warn(thread, &RUNTIME_WARNING, &message, 1)?;
            Ok(Ref::NONE)
        }
    }
}

/// What a dotted path names: a module's attribute, or a built-in.
fn find_by_path(thread: &Thread, path: &str) -> PyResult {
    let (module, attribute) = path.rsplit_once('.').unwrap_or(("builtins", path));
    let module = runtime::state::import_module(thread, module)?;
    attributes::get(thread, *module, str::intern_text(attribute))
}

fn exit(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let status = if arguments[0].is_null() { Value::NONE } else { arguments[0] };
    Err(thread.error_value(&exceptions::SYSTEM_EXIT, status))
}

fn exc_info(thread: &Thread, _: Value) -> PyResult {
    let Some(e) = thread.handled_exception() else {
        return Ok(Tuple::from_values(&[Value::NONE; 3]));
    };
    let traceback = e.cast::<exceptions::BaseException>().and_then(|b| b.traceback.option());
    let parts = [Value::of(e.ty()).to_ref(), e, traceback.unwrap_or(Ref::NONE)];
    Ok(Tuple::from_refs(parts.into()))
}

fn exception(thread: &Thread, _: Value) -> PyResult {
    Ok(thread.handled_exception().unwrap_or(Ref::NONE))
}

fn audit_event(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let Some(event) = arguments.get(0) else {
        return Err(thread.type_error("audit expected at least 1 argument, got 0"));
    };
    if event.cast::<Str>().is_none() {
        let name = event.ty().name();
        return Err(thread.type_error(format!("audit() argument 1 must be str, not {name}")));
    }
    audit::raise_event(thread, event, || Tuple::from_values(&arguments.positional()[1..]))?;
    Ok(Ref::NONE)
}

fn addaudithook(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    audit::add_hook(thread, arguments[0])?;
    Ok(Ref::NONE)
}
