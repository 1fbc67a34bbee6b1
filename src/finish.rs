//! The end of the program: threads, exit functions, streams, then the modules in CPython's order, so that finalisers run
//! and print as there.

use runtime::objects::dict::Dict;
use runtime::objects::exceptions::write_unraisable_message;
use runtime::objects::module::{Module, dict_of};
use runtime::objects::str::{self, Str};
use runtime::state::STATE;
use runtime::types::registry::REFERENCE;
use runtime::weakref;
use runtime::{Ref, Thread, Value, attributes, audit, gc, gil};
use stdlib::config;
use stdlib::io::flush_standard_streams;

/// The exit status when standard output could not be written.
const FLUSH_FAILED: i32 = 120;
/// The oldest generation of the collector.
const ALL_GENERATIONS: usize = 2;

/// Flushes `sys.stdout` and `sys.stderr`; false if the former failed.
pub fn flush(thread: &Thread) -> bool {
    flush_standard_streams(thread)
}

/// Ends the interpreter; the exit status becomes 120 if output was lost.
pub fn finish(thread: &Thread, status: i32) -> i32 {
    call_if_loaded(thread, "threading", "_shutdown", "Exception ignored on threading shutdown");
    stdlib::atexit::run_callbacks(thread);
    let mut status = status;
    if !flush(thread) {
        status = FLUSH_FAILED;
    }
    gil::begin_finalizing(thread);
    ::jit::driver::shut_down();
    tear_down(thread);
    if !flush(thread) {
        status = FLUSH_FAILED;
    }
    audit::clear_hooks();
    if config::get().x_options.iter().any(|option| option == "balance") {
        show_balance();
    }
    status
}

/// `-X balance`: what is left at the end, by type, which is the same however the program was run. Objects with fewer counts than
/// references are told of too.
fn show_balance() {
    for name in gc::check_counts() {
        eprintln!("balance: too few counts of a {name}");
    }
    for (name, count) in gc::Census::take().growth_since(&gc::Census::empty()) {
        eprintln!("balance: {count} {name}");
    }
}

/// Calls a function of a module that the program has imported.
fn call_if_loaded(thread: &Thread, module: &str, function: &str, failure: &str) {
    let loaded = STATE.modules.peek().cast::<Dict>().and_then(|modules| modules.get_str(module));
    let Some(module) = loaded.filter(|m| !m.is_none()) else { return };
    let called =
        attributes::get(thread, *module, str::intern_text(function)).and_then(|f| thread.call(*f, &[]));
    if called.is_err() {
        write_unraisable_message(thread, failure);
    }
}

/// What becomes None in `sys` first: references that programs leave there.
const SYS_NAMES: [&str; 9] = [
    "path",
    "argv",
    "ps1",
    "ps2",
    "last_exc",
    "last_type",
    "last_value",
    "last_traceback",
    "path_importer_cache",
];
/// Of `sys` too, but only behind those.
const IMPORT_NAMES: [&str; 2] = ["meta_path", "path_hooks"];
const STREAMS: [(&str, &str); 3] =
    [("stdin", "__stdin__"), ("stdout", "__stdout__"), ("stderr", "__stderr__")];

fn clear_sys() {
    let sys = STATE.sys_dict.get();
    let Some(dict) = sys.cast::<Dict>() else { return };
    if let Some(builtins) = STATE.builtins_dict.peek().cast::<Dict>() {
        builtins.set_str("_", Value::NONE);
    }
    for name in SYS_NAMES.iter().chain(&IMPORT_NAMES) {
        if dict.get_str(name).is_some() {
            dict.set_str(name, Value::NONE);
        }
    }
    for (name, original) in STREAMS {
        let kept = dict.get_str(original).unwrap_or(Ref::NONE);
        dict.set_str(name, *kept);
    }
}

/// Takes the modules apart: first their references in `sys.modules` go, in the order of import; what lives on in cycles
/// is collected; what lives on elsewhere is emptied, last imports first.
fn tear_down(thread: &Thread) {
    clear_sys();
    let modules = STATE.modules.get();
    let Some(dict) = modules.cast::<Dict>() else { return };
    let main = dict.get_str("__main__").and_then(|main| dict_of(*main));
    let mut watched: Vec<(Ref, Ref)> = Vec::new();
    for (name, module) in dict.items() {
        let is_kept = str::equals(*name, "sys") || str::equals(*name, "builtins");
        if module.cast::<Module>().is_some()
            && !is_kept
            && let Ok(reference) = weakref::new_reference(thread, &REFERENCE, *module, Ref::NULL)
        {
            watched.push((name.clone(), reference));
        }
        drop(module);
        if dict.set(thread, *name, Ref::NONE).is_err() {
            drop(thread.take_raised());
        }
    }
    dict.clear_entries();
    if let Some(main) = main {
        finalize_values(thread, *main);
    }
    gc::collect(thread, ALL_GENERATIONS);
    for (_, reference) in watched.iter().rev() {
        if let Some(module) = weakref::cast(**reference).and_then(|r| r.target()) {
            clear_module(&module);
        }
    }
    drop(watched);
    gc::collect(thread, ALL_GENERATIONS);
}

/// Runs the finalisers of what a namespace alone holds, oldest names first. The collector would do it, but by the place
/// of the objects, where CPython goes by their age; names are given about as old as objects are.
fn finalize_values(thread: &Thread, namespace: Value) {
    let Some(dict) = namespace.cast::<Dict>() else { return };
    for (_, value) in dict.items() {
        // One reference is that of the dict, one that of the list walked here.
        if value.ty().has_finalizer() && value.header().is_some_and(|h| h.refcount() == 2) {
            gc::finalize(thread, *value);
        }
    }
}

/// Sets what a module has to None: names with one leading underscore first, then all but `__builtins__`.
fn clear_module(module: &Ref) {
    let Some(dict) = dict_of(**module) else { return };
    let Some(d) = dict.cast::<Dict>() else { return };
    for private in [true, false] {
        for (name, value) in d.items() {
            let Some(text) = name.cast::<Str>() else { continue };
            let is = |i: usize| text.len() > i && text.code_point(i) == u32::from(b'_');
            let chosen = match private {
                true => is(0) && !is(1),
                false => !str::equals(*name, "__builtins__"),
            };
            if chosen && !value.is_none() {
                drop(value);
                d.insert_interned(*attributes::interned_name(*name), Value::NONE);
            }
        }
    }
}
