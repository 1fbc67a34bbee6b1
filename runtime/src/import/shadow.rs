//! Whether a module's file may hide a library module that the program wanted: it lies in the program's own folder.

use crate::attributes;
use crate::names;
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::state::STATE;
use crate::thread::Thread;
use crate::value::Value;
use std::path::Path;

/// What a module's file hides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shadow {
    Nothing,
    /// Maybe a module of some library.
    Library,
    /// The standard library's module of that name.
    Standard,
}

/// The advice behind a message about a name that the module lacks.
pub fn advice(shadow: Shadow, module: &str, origin: &str) -> Option<String> {
    match shadow {
        Shadow::Nothing => None,
        Shadow::Library => Some(format!(
            "(consider renaming '{origin}' if it has the same name as a library you intended to import)"
        )),
        Shadow::Standard => Some(format!(
            "(consider renaming '{origin}' since it has the same name as the standard library module named \
             '{module}' and prevents importing that standard library module)"
        )),
    }
}

/// What the module called `module` from the file `origin` hides. Asked for messages only; errors on the way count as no.
pub fn of_module(thread: &Thread, module: &str, origin: &str) -> Shadow {
    if !lies_in_program_folder(thread, origin) {
        return Shadow::Nothing;
    }
    let is_standard = STATE.sys("stdlib_module_names").is_some_and(|known| {
        quietly(thread, protocol::contains(thread, *known, *Str::new(module))).unwrap_or(false)
    });
    if is_standard { Shadow::Standard } else { Shadow::Library }
}

fn quietly<T>(thread: &Thread, result: crate::PyResult<T>) -> Option<T> {
    result.map_err(|_| drop(thread.take_raised())).ok()
}

fn lies_in_program_folder(thread: &Thread, origin: &str) -> bool {
    let safe_path = STATE
        .sys("flags")
        .and_then(|flags| quietly(thread, attributes::get(thread, *flags, str::intern_text("safe_path"))));
    if safe_path.is_none_or(|flag| *flag == Value::TRUE) {
        return false;
    }
    let first = STATE.program_folder.peek();
    let Some(first) = first.cast::<Str>().map(|s| s.to_text_lossy().into_owned()) else { return false };
    let first = match first.is_empty() {
        true => std::env::current_dir().unwrap_or_default(),
        false => first.into(),
    };
    let file = Path::new(origin);
    let folder = match file.file_name().is_some_and(|name| name == "__init__.py") {
        true => file.parent().and_then(Path::parent),
        false => file.parent(),
    };
    folder == Some(first.as_path())
}

/// The file that a module's spec names, if it says that it is a location.
pub fn origin_of(thread: &Thread, spec: Value) -> Option<String> {
    let n = names::get();
    let has_location = quietly(thread, attributes::find(thread, spec, n.has_location)).flatten()?;
    if *has_location != Value::TRUE {
        return None;
    }
    let origin = quietly(thread, attributes::find(thread, spec, n.origin)).flatten()?;
    origin.cast::<Str>().map(|s| s.to_text_lossy().into_owned())
}
