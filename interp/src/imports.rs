//! `import` statements.

use crate::globals;
use runtime::error::{PyResult, Raised};
use runtime::frame::Frame;
use runtime::import::{import_level, loaded};
use runtime::objects::exceptions::{self, IMPORT_ERROR};
use runtime::objects::str::{self, Str};
use runtime::state::STATE;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};
use runtime::{attributes, names, protocol};

/// `__import__(name, globals, locals, fromlist, level)`
pub fn import_name(thread: &Thread, frame: &Frame, name: Value, level: Value, from_list: Value) -> PyResult {
    let Some(import) = globals::find(thread, frame.builtins.peek(), names::get().__import__)? else {
        return Err(thread.error(&IMPORT_ERROR, "__import__ not found"));
    };
    if import.is(STATE.import_function.peek()) {
        // The function itself, as long as nobody has replaced it.
        let level = protocol::c_int(thread, level)?;
        return import_level(thread, name, *frame.globals.get(), from_list, level);
    }
    let (globals, locals) = (frame.globals.get(), frame.locals.option().unwrap_or(Ref::NONE));
    thread.call(*import, &[name, *globals, *locals, from_list, level])
}

/// `from module import name`: the attribute, or the submodule of that name.
pub fn import_from(thread: &Thread, module: Value, name: Value) -> PyResult {
    if let Some(value) = attributes::find(thread, module, name)? {
        return Ok(value);
    }
    let module_name = attributes::find(thread, module, names::get().__name__)?;
    let module_name = module_name.filter(|n| n.cast::<Str>().is_some());
    if let Some(package) = &module_name {
        let full = Str::new(&format!("{}.{}", str::display(**package), str::display(name)));
        if let Some(submodule) = loaded(thread, *full)? {
            return Ok(submodule);
        }
    }
    Err(cannot_import(thread, module, name, module_name))
}

#[cold]
fn cannot_import(thread: &Thread, module: Value, name: Value, module_name: Option<Ref>) -> Raised {
    match describe(thread, module, name, module_name) {
        Ok((message, module_name, path)) => {
            let text = Str::new(&message);
            let module_name = module_name.unwrap_or(Ref::NONE);
            exceptions::import_error(thread, &IMPORT_ERROR, *text, *module_name, *path, name)
        }
        Err(raised) => raised,
    }
}

/// The message, the module's name and its path or None.
fn describe(
    thread: &Thread,
    module: Value,
    name: Value,
    module_name: Option<Ref>,
) -> PyResult<(String, Option<Ref>, Ref)> {
    let n = names::get();
    let path = attributes::find(thread, module, n.__file__)?.filter(|p| p.cast::<Str>().is_some());
    let place = path.as_ref().map_or("unknown location".to_string(), |p| str::display(**p));
    let shown = match &module_name {
        Some(module_name) => str::display(*protocol::repr(thread, **module_name)?),
        None => "'<unknown module name>'".to_string(),
    };
    let name = str::display(name);
    let initializing = match attributes::find(thread, module, n.__spec__)? {
        Some(spec) => match attributes::find(thread, *spec, n._initializing)? {
            Some(flag) => protocol::is_true(thread, *flag)?,
            None => false,
        },
        None => false,
    };
    let message = if initializing {
        format!(
            "cannot import name '{name}' from partially initialized module {shown} \
             (most likely due to a circular import) ({place})"
        )
    } else {
        format!("cannot import name '{name}' from {shown} ({place})")
    };
    Ok((message, module_name, path.unwrap_or(Ref::NONE)))
}

/// `from module import *`
pub fn import_star(thread: &Thread, frame: &Frame, module: Value) -> PyResult<()> {
    let n = names::get();
    let locals = globals::locals(thread, frame)?;
    let (listed, skip_private) = match attributes::find(thread, module, n.__all__)? {
        Some(all) => (all, false),
        None => match attributes::find(thread, module, n.__dict__)? {
            Some(dict) => (thread.call_method(*dict, n.keys, &[])?, true),
            None => {
                let message = "from-import-* object has no __dict__ and no __all__";
                return Err(thread.error(&IMPORT_ERROR, message));
            }
        },
    };
    for name in protocol::collect(thread, *listed)? {
        let Some(text) = name.cast::<Str>() else {
            let owner = attributes::get(thread, module, n.__name__)?;
            let (place, item) = if skip_private { ("Key", "__dict__") } else { ("Item", "__all__") };
            return Err(thread.type_error(format!(
                "{place} in {}.{item} must be str, not {}",
                str::display(*owner),
                name.ty().name()
            )));
        };
        if skip_private && text.len() > 0 && text.code_point(0) == u32::from(b'_') {
            continue;
        }
        let value = attributes::get(thread, module, *name)?;
        let name = attributes::interned_name(*name);
        globals::store(thread, *locals, *name, *value)?;
    }
    Ok(())
}
