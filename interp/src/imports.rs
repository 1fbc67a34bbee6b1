//! `import` statements.

use crate::globals;
use runtime::error::{PyResult, Raised};
use runtime::frame::Frame;
use runtime::import::shadow::{self, Shadow};
use runtime::import::{import_level, is_initialising, loaded};
use runtime::objects::exceptions::{self, IMPORT_ERROR};
use runtime::objects::module::Module;
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
    let shown = match &module_name {
        Some(module_name) => str::display(*protocol::repr(thread, **module_name)?),
        None => "'<unknown module name>'".to_string(),
    };
    let name = str::display(*protocol::repr(thread, name)?);
    let Some(spec) = attributes::find(thread, module, n.__spec__)?.filter(|_| module_name.is_some()) else {
        let message = format!("cannot import name {name} from {shown} (unknown location)");
        return Ok((message, module_name, Ref::NONE));
    };
    let bare = module_name.as_ref().map_or(String::new(), |n| str::display(**n));
    let mut origin = shadow::origin_of(thread, *spec);
    let hidden = origin.as_ref().map_or(Shadow::Nothing, |o| shadow::of_module(thread, &bare, o));
    if origin.is_none() && module.cast::<Module>().is_some() {
        let file = attributes::find(thread, module, n.__file__)?;
        origin = file.filter(|f| f.cast::<Str>().is_some()).map(|f| str::display(*f));
    }
    let initialising = is_initialising(thread, *spec)?;
    let advice = origin.as_ref().and_then(|o| shadow::advice(hidden, &bare, o));
    let message = match (advice, initialising, &origin) {
        (Some(advice), _, _) if hidden == Shadow::Standard || initialising => {
            format!("cannot import name {name} from {shown} {advice}")
        }
        (_, true, _) => {
            let place = origin.as_ref().map(|o| format!(" ({o})")).unwrap_or_default();
            format!(
                "cannot import name {name} from partially initialized module {shown} \
                 (most likely due to a circular import){place}"
            )
        }
        (_, false, Some(origin)) => format!("cannot import name {name} from {shown} ({origin})"),
        (_, false, None) => format!("cannot import name {name} from {shown} (unknown location)"),
    };
    Ok((message, module_name, origin.map_or(Ref::NONE, |o| Str::new(&o))))
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
