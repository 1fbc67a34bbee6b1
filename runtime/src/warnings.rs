//! Warnings from native code: `_warnings.warn`, once the module is there.

use crate::attributes;
use crate::error::PyResult;
use crate::names;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::str::Str;
use crate::state::{STATE, import_module};
use crate::thread::Thread;
use crate::types::Type;
use crate::value::Value;

/// Issues a warning; `Err` if the filters turn it into an exception.
pub fn warn(thread: &Thread, category: &'static Type, message: &str, stack_level: i64) -> PyResult<()> {
    let modules = STATE.modules.get();
    // Before there are modules nobody listens.
    let Some(modules) = modules.cast::<Dict>() else { return Ok(()) };
    let warnings = match modules.get_str("_warnings") {
        Some(module) => module,
        None if STATE.sys("meta_path").is_none_or(|path| path.is_none()) => return Ok(()),
        None => import_module(thread, "_warnings")?,
    };
    let function = attributes::get(thread, *warnings, names::get().warn)?;
    let (text, level) = (Str::new(message), int::new(stack_level));
    thread.call(*function, &[*text, Value::of(category), *level]).map(drop)
}
