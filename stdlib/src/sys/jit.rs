//! `sys._jit`: what the JIT is doing.

use crate::config;
use runtime::objects::module::ModuleSpec;
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
