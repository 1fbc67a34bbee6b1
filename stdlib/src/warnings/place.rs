//! Whose line a warning is about: `stacklevel` frames out, those of the import system and of skipped files not counted.

use runtime::frame::Frame;
use runtime::objects::dict::Dict;
use runtime::objects::frame;
use runtime::objects::str::Str;
use runtime::state::STATE;
use runtime::{PyResult, Ref, Thread, Value, names};

pub struct Place {
    pub filename: Ref,
    pub line: i64,
    pub module: Ref,
    pub registry: Ref,
}

fn filename_of(frame: &Frame) -> &'static Str {
    let name = frame.code().filename.peek();
    name.cast::<Str>().expect("the file name of code is a string")
}

/// Frames of the import system's own code.
fn is_internal(frame: &Frame) -> bool {
    let name = filename_of(frame).to_text_lossy();
    name.contains("importlib") && name.contains("_bootstrap")
}

fn is_skipped(frame: &Frame, prefixes: &[Value]) -> bool {
    if prefixes.is_empty() {
        return false;
    }
    let name = filename_of(frame).to_wtf8();
    prefixes.iter().filter_map(|p| p.cast::<Str>()).any(|p| name.starts_with(&p.to_wtf8()))
}

fn frame_for(thread: &Thread, level: isize, prefixes: &[Value]) -> Option<&'static Frame> {
    let mut depth = 0;
    let start = frame::nth(thread, 0)?;
    if level <= 0 || is_internal(start) {
        return frame::nth(thread, level.saturating_sub(1).max(0) as usize);
    }
    for _ in 1..level {
        loop {
            depth += 1;
            let next = frame::nth(thread, depth)?;
            if !is_internal(next) && !is_skipped(next, prefixes) {
                break;
            }
        }
    }
    frame::nth(thread, depth)
}

/// Where a warning with that stack level points to.
pub fn find(thread: &Thread, level: isize, prefixes: &[Value]) -> PyResult<Place> {
    let (globals, filename, line) = match frame_for(thread, level, prefixes) {
        Some(f) => {
            let line = f.code().line_at(frame::lasti(f)).unwrap_or(0).into();
            (f.globals.peek().to_ref(), f.code().filename.get(), line)
        }
        None => (STATE.sys_dict.get(), Str::new("<sys>"), 0),
    };
    let Some(dict) = globals.cast::<Dict>() else {
        return Ok(Place { filename, line, module: Str::new("<string>"), registry: Ref::NONE });
    };
    let module = match dict.get_interned(names::get().__name__).map(|v| v.to_ref()) {
        Some(name) if name.is_none() || name.cast::<Str>().is_some() => name,
        _ => Str::new("<string>"),
    };
    let registry = match dict.get_str("__warningregistry__") {
        Some(registry) => registry,
        None => {
            let registry = Dict::new();
            dict.set_str("__warningregistry__", *registry);
            registry
        }
    };
    Ok(Place { filename, line, module, registry })
}
