//! `sys._jit`: what the JIT is doing.

use crate::config;
use runtime::objects::module::ModuleSpec;
use runtime::trace_interface::HOOKS;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method};

/// The module.
pub static JIT: ModuleSpec = ModuleSpec {
    name: "sys._jit",
    doc: "Utilities for observing just-in-time compilation.",
    functions: FUNCTIONS,
    init: |_, _| Ok(()),
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "statistics",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(HOOKS.statistics.get()())),
        "Return a dict of what the JIT did so far and with which parameters; None if it is switched off.",
    ),
    method(
        "traces",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(HOOKS.traces.get()())),
        "Return a list with a dict for each compiled trace: where it starts, how large it is, and how often it ran.",
    ),
    method(
        "is_active",
        "($module, /)",
        NativeFn::NoArgs(is_active),
        "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise.",
    ),
    method(
        "is_available",
        "($module, /)",
        NativeFn::NoArgs(is_available),
        "Return True if the current Python executable supports JIT compilation, and False otherwise.",
    ),
    method(
        "is_enabled",
        "($module, /)",
        NativeFn::NoArgs(is_enabled),
        "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise.",
    ),
];

fn is_active(_: &Thread, _: Value) -> PyResult {
    // True only where the calling frame runs in compiled code, which calls no functions that look at frames.
    Ok(Ref::bool(false))
}

fn is_available(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(true))
}

fn is_enabled(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(config::get().jit_enabled))
}
