//! Exceptions that nobody caught: `sys.excepthook`, `sys.unraisablehook`, exit statuses, and the text on stderr.
//!
//! The text comes from `traceback._print_exception_bltin`; where that can't be used, a native writer prints the same
//! without marks under the source lines. The unraisable are always printed so, without their chain and notes.

use super::base::BaseException;
use super::{SYSTEM_EXIT, SystemExit};
use crate::error::{PyResult, Raised};
use crate::objects::code::Code;
use crate::objects::dict::Dict;
use crate::objects::frame;
use crate::objects::int::{self, IntRef};
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::traceback::Traceback;
use crate::objects::tuple::Tuple;
use crate::state::{STATE, import_module};
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::registry::TUPLE;
use crate::types::{GetSetDef, Type, TypeSpec, getset};
use crate::value::{Ref, Value};
use crate::{attributes, names};
use std::io::{BufRead, Write};

/// Entries of a traceback that the native writer shows, unless `sys.tracebacklimit` says otherwise.
const DEFAULT_LIMIT: usize = 1000;
/// Equal entries shown before a repetition is summed up.
const REPETITION_CUTOFF: usize = 3;
/// Chained exceptions that the native writer follows.
const MAX_CHAIN: usize = 100;

// Writing to sys.stderr.

/// Writes text to `sys.stderr`, or to the process's if the module has lost it; None swallows the text.
pub fn write_stderr(thread: &Thread, text: &[u8]) {
    match STATE.sys("stderr") {
        Some(file) if file.is_none() => {}
        Some(file) => {
            let string = Str::from_wtf8(text);
            if thread.call_method(*file, names::get().write, &[*string]).is_err() {
                drop(thread.take_raised());
            }
        }
        // Nobody is left to hear that stderr itself fails.
        None => drop(std::io::stderr().write_all(text)),
    }
}

fn flush_stderr(thread: &Thread) {
    if let Some(file) = STATE.sys("stderr").filter(|f| !f.is_none())
        && thread.call_method(*file, names::get().flush, &[]).is_err()
    {
        drop(thread.take_raised());
    }
}

// Displaying.

/// Prints an exception with its traceback and its chain, as `sys.__excepthook__` does.
pub fn display(thread: &Thread, exception: Value) {
    if STATE.sys("stderr").is_some_and(|f| f.is_none()) {
        return;
    }
    if display_with_library(thread, exception).is_err() {
        drop(thread.take_raised());
        let mut text = TextBuilder::default();
        native_chain(thread, exception, &mut text, MAX_CHAIN);
        write_stderr(thread, text.as_bytes());
    }
    flush_stderr(thread);
}

fn display_with_library(thread: &Thread, exception: Value) -> PyResult<()> {
    let module = import_module(thread, "traceback")?;
    let print = attributes::get(thread, *module, names::get()._print_exception_bltin)?;
    thread.call(*print, &[exception]).map(drop)
}

fn native_chain(thread: &Thread, exception: Value, text: &mut TextBuilder, depth: usize) {
    let Some(e) = exception.cast::<BaseException>() else { return };
    if depth == 0 {
        return;
    }
    if let Some(cause) = e.cause.option() {
        native_chain(thread, *cause, text, depth - 1);
        text.push("\nThe above exception was the direct cause of the following exception:\n\n");
    } else if let (Some(context), false) = (e.context.option(), e.suppress_context.get()) {
        native_chain(thread, *context, text, depth - 1);
        text.push("\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    native_traceback(e.traceback.peek(), text);
    native_message(thread, exception, text);
}

/// `Traceback (most recent call last):` and the entries.
fn native_traceback(traceback: Value, text: &mut TextBuilder) {
    let mut entries = Vec::new();
    let mut at = traceback;
    while let Some(entry) = at.cast::<Traceback>() {
        entries.push(entry);
        at = entry.next.peek();
    }
    if entries.is_empty() {
        return;
    }
    let limit = match STATE.sys("tracebacklimit").and_then(|v| int::get(*v)) {
        Some(IntRef::Small(n)) => usize::try_from(n).unwrap_or(0),
        _ => DEFAULT_LIMIT,
    };
    if limit == 0 {
        return;
    }
    text.push("Traceback (most recent call last):\n");
    let mut last: Option<(Value, Option<i32>)> = None;
    let mut repeated = 0;
    for entry in &entries[entries.len().saturating_sub(limit)..] {
        let code = frame::code_of(entry.frame());
        let place = (Value::of(code), entry.line());
        if last != Some(place) {
            finish_repetition(text, repeated);
            repeated = 0;
        }
        last = Some(place);
        repeated += 1;
        if repeated <= REPETITION_CUTOFF {
            native_entry(code, place.1, text);
        }
    }
    finish_repetition(text, repeated);
}

fn finish_repetition(text: &mut TextBuilder, repeated: usize) {
    if repeated > REPETITION_CUTOFF {
        let more = repeated - REPETITION_CUTOFF;
        let plural = if more == 1 { "" } else { "s" };
        text.push(&format!("  [Previous line repeated {more} more time{plural}]\n"));
    }
}

fn native_entry(code: &Code, line: Option<i32>, text: &mut TextBuilder) {
    let file = code.filename.get();
    text.push("  File \"").push_value(*file);
    text.push(&format!("\", line {}, in ", line.map_or_else(|| "?".to_string(), |l| l.to_string())));
    text.push_value(*code.name).push("\n");
    let name = crate::objects::str::display(*file);
    if let Some(source) = line.and_then(|l| source_line(&name, l)) {
        let shown = source.trim();
        if !shown.is_empty() {
            text.push("    ").push(shown).push("\n");
        }
    }
}

fn source_line(file: &str, line: i32) -> Option<String> {
    if file.starts_with('<') {
        return None;
    }
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let file = std::fs::File::open(file).ok()?;
    std::io::BufReader::new(file).lines().nth(index)?.ok()
}

/// `str(exception)`, or that it failed.
fn push_message(thread: &Thread, exception: Value, text: &mut TextBuilder) {
    if text.push_str(thread, exception).is_err() {
        drop(thread.take_raised());
        text.push("<exception str() failed>");
    }
}

/// `module.Type: message` and the notes.
fn native_message(thread: &Thread, exception: Value, text: &mut TextBuilder) {
    text.push(&qualified_type_name(thread, exception.ty()));
    let mut message = TextBuilder::default();
    push_message(thread, exception, &mut message);
    if !message.as_bytes().is_empty() {
        text.push(": ").push_value(*message.finish());
    }
    text.push("\n");
    let notes = attributes::find(thread, exception, names::get().__notes__);
    let Ok(notes) = notes else { return drop(thread.take_raised()) };
    if let Some(list) = notes.as_ref().and_then(|n| n.cast::<List>()) {
        for note in list.items().iter().filter(|n| n.cast::<Str>().is_some()) {
            text.push_value(*note).push("\n");
        }
    }
}

/// The qualified name of a type, with its module unless that is `builtins` or `__main__`.
pub fn qualified_type_name(thread: &Thread, ty: &'static Type) -> String {
    let get = |name: Value| match attributes::get(thread, Value::of(ty), name) {
        Ok(v) => v.cast::<Str>().map(|s| s.to_text_lossy().into_owned()),
        Err(_) => {
            drop(thread.take_raised());
            None
        }
    };
    let name = get(names::get().__qualname__).unwrap_or_else(|| ty.name().into_owned());
    match get(names::get().__module__) {
        Some(module) if module == "builtins" || module == "__main__" => name,
        Some(module) => format!("{module}.{name}"),
        None => format!("<unknown>.{name}"),
    }
}

// Uncaught exceptions.

/// `sys.__excepthook__(type, value, traceback)`.
pub fn default_excepthook(thread: &Thread, _ty: Value, value: Value, traceback: Value) {
    if let Some(e) = value.cast::<BaseException>()
        && e.traceback.is_null()
        && traceback.cast::<Traceback>().is_some()
    {
        e.traceback.set(traceback.to_ref());
    }
    display(thread, value);
}

fn traceback_of(exception: Value) -> Ref {
    exception.cast::<BaseException>().and_then(|e| e.traceback.option()).unwrap_or(Ref::NONE)
}

/// Takes the pending exception and hands it to `sys.excepthook`, after noting it in `sys.last_exc` and its companions.
pub fn print_raised(thread: &Thread, _: Raised) {
    let exception = thread.take_raised();
    let ty = Value::of(exception.ty());
    let traceback = traceback_of(*exception);
    if let Some(sys) = STATE.sys_dict.peek().cast::<Dict>() {
        sys.set_str("last_exc", *exception);
        sys.set_str("last_type", ty);
        sys.set_str("last_value", *exception);
        sys.set_str("last_traceback", *traceback);
    }
    let Some(hook) = STATE.sys("excepthook") else {
        write_stderr(thread, b"sys.excepthook is missing\n");
        return display(thread, *exception);
    };
    if thread.call(*hook, &[ty, *exception, *traceback]).is_err() {
        let second = thread.take_raised();
        write_stderr(thread, b"Error in sys.excepthook:\n");
        display(thread, *second);
        write_stderr(thread, b"\nOriginal exception was:\n");
        display(thread, *exception);
    }
}

/// The exit status that a SystemExit asks for; anything but an integer or None is printed. `None` for other exceptions.
pub fn exit_status(thread: &Thread, exception: Value) -> Option<i32> {
    if !exception.is_instance(&SYSTEM_EXIT) {
        return None;
    }
    let code = exception.cast::<SystemExit>()?.code.option().unwrap_or(Ref::NONE);
    if code.is_none() {
        return Some(0);
    }
    match int::get(*code) {
        Some(IntRef::Small(status)) => return Some(status as i32),
        Some(IntRef::Big(_)) => return Some(-1),
        None => {}
    }
    let mut text = TextBuilder::default();
    if text.push_str(thread, *code).is_err() {
        drop(thread.take_raised());
    }
    text.push("\n");
    write_stderr(thread, text.as_bytes());
    flush_stderr(thread);
    Some(1)
}

// Unraisable exceptions.

/// The row of the field at `INDEX` of the hook's argument.
const fn hook_field<const INDEX: usize>(name: &'static str, doc: &'static str) -> GetSetDef {
    getset(
        name,
        |_, args| {
            let items = args.cast::<Tuple>().map_or(&[][..], |t| t.items());
            Ok(items.get(INDEX).map_or(Ref::NONE, |v| v.to_ref()))
        },
        doc,
    )
    .member()
}

const HOOK_FIELDS: [&str; 5] = ["exc_type", "exc_value", "exc_traceback", "err_msg", "object"];

fn hook_args_repr(thread: &Thread, args: Value) -> PyResult {
    let mut text = TextBuilder::new("UnraisableHookArgs(");
    let items = args.cast::<Tuple>().map_or(&[][..], |t| t.items());
    for (i, (name, value)) in HOOK_FIELDS.iter().zip(items).enumerate() {
        text.push(if i == 0 { "" } else { ", " }).push(name).push("=").push_repr(thread, *value)?;
    }
    text.push(")");
    Ok(text.finish())
}

/// The type of the argument of `sys.unraisablehook`.
pub static UNRAISABLE_HOOK_ARGS: Type = Type::new_static(&TypeSpec {
    name: "UnraisableHookArgs",
    base: Some(&TUPLE),
    size: size_of::<Tuple>(),
    slots: crate::types::Slots { repr: Some(hook_args_repr), ..crate::types::Slots::EMPTY },
    getsets: &[
        hook_field::<0>("exc_type", "Exception type"),
        hook_field::<1>("exc_value", "Exception value"),
        hook_field::<2>("exc_traceback", "Exception traceback"),
        hook_field::<3>("err_msg", "Error message"),
        hook_field::<4>("object", "Object causing the exception"),
    ],
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    ..TypeSpec::EMPTY
});

/// Reports the pending exception through `sys.unraisablehook` and clears it; `place` says where it came from (None if
/// unknown).
pub fn write_unraisable(thread: &Thread, place: Value) {
    report_unraisable(thread, Ref::NONE, place);
}

/// As `write_unraisable`, with a message in place of "Exception ignored in".
pub fn write_unraisable_message(thread: &Thread, message: &str) {
    report_unraisable(thread, Str::new(message), Value::NONE);
}

/// As `write_unraisable_message`, the message ending with the repr of `object`.
pub fn write_unraisable_about(thread: &Thread, message: &str, object: Value) {
    let pending = thread.take_raised();
    let mut text = TextBuilder::new(message);
    text.push(" ");
    if text.push_repr(thread, object).is_err() {
        drop(thread.take_raised());
        text.push("<object repr() failed>");
    }
    if !pending.is_null() {
        thread.set_raised(pending);
    }
    report_unraisable(thread, text.finish(), Value::NONE);
}

fn report_unraisable(thread: &Thread, message: Ref, place: Value) {
    let exception = thread.take_raised();
    if exception.is_null() {
        return;
    }
    let place = if place.is_null() { Ref::NONE } else { place.to_ref() };
    let traceback = traceback_of(*exception);
    let fields = [Value::of(exception.ty()), *exception, *traceback, *message, *place];
    let args = Tuple::build(&UNRAISABLE_HOOK_ARGS, fields.len(), |i| fields[i].to_ref());
    let Some(hook) = STATE.sys("unraisablehook").filter(|h| !h.is_none()) else {
        return default_unraisable_hook(thread, *args);
    };
    if thread.call(*hook, &[*args]).is_err() {
        let failed = thread.take_raised();
        let traceback = traceback_of(*failed);
        let message = Str::new("Exception ignored in sys.unraisablehook");
        let fields = [Value::of(failed.ty()), *failed, *traceback, *message, *hook];
        let args = Tuple::build(&UNRAISABLE_HOOK_ARGS, fields.len(), |i| fields[i].to_ref());
        default_unraisable_hook(thread, *args);
    }
}

/// `sys.__unraisablehook__(args)`.
pub fn default_unraisable_hook(thread: &Thread, args: Value) {
    let Some([_, exception, traceback, message, place]) = args.cast::<Tuple>().map(|t| t.items()) else {
        return;
    };
    let mut text = TextBuilder::default();
    if !message.is_none() {
        text.push_value(*message).push(if place.is_none() { ":" } else { ": " });
    } else if !place.is_none() {
        text.push("Exception ignored in: ");
    }
    if !place.is_none() && text.push_repr(thread, *place).is_err() {
        drop(thread.take_raised());
        text.push("<object repr() failed>");
    }
    if !text.as_bytes().is_empty() {
        text.push("\n");
    }
    native_traceback(*traceback, &mut text);
    text.push(&qualified_type_name(thread, exception.ty())).push(": ");
    push_message(thread, *exception, &mut text);
    text.push("\n");
    write_stderr(thread, text.as_bytes());
    flush_stderr(thread);
}
