//! Showing a warning: through `warnings._showwarnmsg`, or by itself while that module is not loaded.

use super::filter::Accepted;
use super::{Warning, library_attribute};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{IMPORT_ERROR, write_stderr};
use runtime::objects::int;
use runtime::objects::str::{self, Str};
use runtime::state::import_module;
use runtime::text_builder::TextBuilder;
use runtime::{PyResult, Ref, Thread, Type, Value, attributes, names};
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;

/// Shows a warning that the filters let pass.
pub fn show(thread: &Thread, warning: &Warning, accepted: &Accepted) -> PyResult<()> {
    // Only the library's function shows where the source object was made.
    let wants_library = !warning.source.is_null();
    match library_attribute(thread, "_showwarnmsg", wants_library)? {
        Some(function) => show_with_library(thread, *function, warning, accepted),
        None => print(thread, warning, accepted),
    }
}

fn show_with_library(
    thread: &Thread,
    function: Value,
    warning: &Warning,
    accepted: &Accepted,
) -> PyResult<()> {
    if function.ty().slots().call.is_none() {
        return Err(thread.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = library_attribute(thread, "WarningMessage", false)? else {
        return Err(thread.runtime_error("unable to get warnings.WarningMessage"));
    };
    let line = int::new(warning.line);
    let source = if warning.source.is_null() { Value::NONE } else { warning.source };
    let text = warning.source_line.as_ref().map_or(Value::NONE, |text| **text);
    let arguments =
        [*accepted.message, *accepted.category, warning.filename, *line, Value::NONE, text, source];
    let message = thread.call(*class, &arguments)?;
    thread.call(function, &[*message]).map(drop)
}

/// `file:line: Category: text` and the source line.
fn print(thread: &Thread, warning: &Warning, accepted: &Accepted) -> PyResult<()> {
    let mut text = TextBuilder::default();
    text.push_value(warning.filename).push(&format!(":{}: ", warning.line));
    match accepted.category.cast::<Type>() {
        Some(class) => text.push(&class.short_name()),
        None => text.push_value(*attributes::get(thread, *accepted.category, names::get().__name__)?),
    };
    text.push(": ").push_str(thread, *accepted.text)?.push("\n");
    match &warning.source_line {
        Some(line) => {
            let line = str::display(**line);
            text.push("  ").push(line.trim()).push("\n");
        }
        None => {
            if let Some(line) = read_line(warning.filename, warning.line) {
                text.push("  ").push(line.trim()).push("\n");
            }
        }
    }
    write_stderr(thread, text.as_bytes());
    Ok(())
}

/// A line of a file, if there is such a file and line.
fn read_line(filename: Value, line: i64) -> Option<String> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let name = filename.cast::<Str>()?.to_wtf8();
    let file = std::fs::File::open(std::ffi::OsStr::from_bytes(&name)).ok()?;
    let bytes = BufReader::new(file).split(b'\n').nth(index)?.ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (!text.trim().is_empty()).then_some(text)
}

/// The line as the loader of the module knows it.
pub fn line_from_loader(thread: &Thread, globals: Value, line: i64) -> PyResult<Option<Ref>> {
    let external = import_module(thread, "_frozen_importlib_external")?;
    let loader = thread.call_method(*external, str::intern_text("_bless_my_loader"), &[globals])?;
    let Some(dict) = globals.cast::<Dict>() else { return Ok(None) };
    let name = dict.get_interned(names::get().__name__).map(|v| v.to_ref());
    let (Some(name), false) = (name, loader.is_none()) else { return Ok(None) };
    let Some(get_source) = attributes::find(thread, *loader, str::intern_text("get_source"))? else {
        return Ok(None);
    };
    let source = match thread.call(*get_source, &[*name]) {
        Ok(source) => source,
        // The loader of built-in modules knows nothing of a program that it did not load.
        Err(raised) => {
            drop(thread.catch(raised, &IMPORT_ERROR)?);
            return Ok(None);
        }
    };
    let Some(source) = source.cast::<Str>() else { return Ok(None) };
    let text = source.to_text_lossy();
    let index = usize::try_from(line).ok().and_then(|n| n.checked_sub(1));
    Ok(index.and_then(|i| text.lines().nth(i)).map(Str::new))
}
