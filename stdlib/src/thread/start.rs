//! Starting threads: `start_new_thread` and `start_joinable_thread`.

use super::handle::{self, THREAD_HANDLE, ThreadHandle, new_handle};
use super::local;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{PYTHON_FINALIZATION_ERROR, SYSTEM_EXIT, write_unraisable_about};
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::types::binding::{check_positional, no_keywords};
use runtime::types::registry::{DICT, TUPLE};
use runtime::{Args, PyResult, Ref, Thread, Value, gil, protocol, spawn};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Machine stack of new threads; 0: the default.
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);

/// Smallest machine stack that may be asked for.
const SMALLEST_STACK: isize = 53_248;

/// `_thread.stack_size([size])`
pub fn stack_size(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let size = if arguments[0].is_null() { 0 } else { protocol::c_ssize(thread, arguments[0])? };
    if size < 0 || (size != 0 && size < SMALLEST_STACK) {
        return Err(thread.value_error(format!("size must be at least {SMALLEST_STACK} bytes")));
    }
    let old = match arguments[0].is_null() {
        true => STACK_SIZE.load(Ordering::Relaxed),
        false => STACK_SIZE.swap(size as usize, Ordering::Relaxed),
    };
    Ok(int::from_usize(old))
}

/// The function of a thread, packed for the trip: callable, positional arguments, keyword dict, handle.
fn body(thread: &'static Thread, payload: Ref) {
    let [callable, positional, keywords, handle] =
        payload.cast::<Tuple>().map(|t| t.items()).unwrap_or_default()
    else {
        return;
    };
    let shared = handle.cast::<ThreadHandle>().map(|h| h.shared());
    if let Some(shared) = &shared {
        shared.announce(thread.ident.get());
    }
    if run(thread, *callable, *positional, *keywords).is_err() {
        match thread.raised_matches(&SYSTEM_EXIT) {
            true => drop(thread.take_raised()),
            false => write_unraisable_about(thread, "Exception ignored in thread started by", *callable),
        }
    }
    drop(payload);
    local::thread_ended(thread);
}

fn run(thread: &Thread, callable: Value, positional: Value, keywords: Value) -> PyResult {
    let mut values: Vec<Ref> =
        positional.cast::<Tuple>().map_or(&[][..], |t| t.items()).iter().map(|v| v.to_ref()).collect();
    let pairs = keywords.cast::<Dict>().map(|d| d.items()).unwrap_or_default();
    let mut names = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        names.push(name);
        values.push(value);
    }
    let arguments = Args::new(runtime::value::as_values(&values), runtime::value::as_values(&names));
    thread.call_args(callable, &arguments)
}

/// Starts a thread and waits until it has an identity.
fn start(
    thread: &Thread,
    callable: Value,
    positional: Ref,
    keywords: Ref,
    handle: &Ref,
    awaited: bool,
) -> PyResult<()> {
    let Some(h) = handle.cast::<ThreadHandle>() else { return Ok(()) };
    if gil::is_finalizing() {
        return Err(
            thread.error(&PYTHON_FINALIZATION_ERROR, "can't create new thread at interpreter shutdown")
        );
    }
    h.begin_start(thread)?;
    let shared = h.shared();
    let payload = Tuple::from_refs(vec![callable.to_ref(), positional, keywords, handle.clone()]);
    let stack = match STACK_SIZE.load(Ordering::Relaxed) {
        0 => spawn::DEFAULT_STACK,
        size => size,
    };
    handle::thread_starts(&shared, awaited);
    let ending = shared.clone();
    let started = spawn::spawn(stack, payload, body, move || ending.set_done());
    let Ok(system) = started else {
        handle::forget(&shared);
        h.end_start(false);
        return Err(thread.runtime_error("can't start new thread"));
    };
    shared.set_system(system);
    h.end_start(true);
    gil::without_gil(thread, || shared.wait_announced());
    Ok(())
}

/// `start_new_thread(function, args[, kwargs])`
pub fn start_new_thread(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "_thread.start_new_thread", arguments)?;
    check_positional(thread, "start_new_thread", arguments.count(), 2, 3)?;
    let (callable, positional) = (arguments.positional()[0], arguments.positional()[1]);
    if callable.ty().slots().call.is_none() {
        return Err(thread.type_error("first arg must be callable"));
    }
    if !positional.is_instance(&TUPLE) {
        return Err(thread.type_error("2nd arg must be a tuple"));
    }
    let keywords = match arguments.get(2) {
        None => Ref::NONE,
        Some(keywords) if keywords.is_instance(&DICT) => keywords.to_ref(),
        Some(_) => return Err(thread.type_error("optional 3rd arg must be a dictionary")),
    };
    let handle = new_handle();
    start(thread, callable, positional.to_ref(), keywords, &handle, false)?;
    Ok(int::from_u64(handle.cast::<ThreadHandle>().map_or(0, |h| h.shared().ident())))
}

/// `start_joinable_thread(function, handle=None, daemon=True)`
pub fn start_joinable_thread(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [callable, handle, daemon] = *arguments else { return Ok(Ref::NONE) };
    if callable.ty().slots().call.is_none() {
        return Err(thread.type_error("thread function must be callable"));
    }
    let handle = match handle {
        v if v.is_null() || v.is_none() => new_handle(),
        v if v.is_exact(&THREAD_HANDLE) => v.to_ref(),
        _ => return Err(thread.type_error("'handle' must be a _ThreadHandle")),
    };
    let is_daemon = daemon.is_null() || protocol::is_true(thread, daemon)?;
    start(thread, callable, Tuple::empty(), Ref::NONE, &handle, !is_daemon)?;
    Ok(handle)
}
