//! Boots `importlib`: its two bootstrap modules, the finders and path hooks, `builtins.__import__`.

use super::frozen;
use crate::builtin_module;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::IMPORT_ERROR;
use runtime::objects::module::{dict_of, new_module};
use runtime::objects::str::{self, Str};
use runtime::state::STATE;
use runtime::{PyResult, Ref, Thread, Value, attributes, names};

/// Runs `_frozen_importlib` and lets it put its finders on `sys.meta_path`. `sys` and `builtins` are there.
pub fn boot(thread: &Thread) -> PyResult<()> {
    if let Some(import) = STATE.builtin("__import__") {
        STATE.import_function.set(import);
    }
    let (Some(sys), Some(imp)) = (builtin_module(thread, "sys")?, builtin_module(thread, "_imp")?) else {
        return Err(thread.system_error("sys or _imp is missing"));
    };
    let importlib = run_frozen(thread, "_frozen_importlib")?;
    STATE.importlib.set(importlib.clone());
    call(thread, *importlib, "_install", &[*sys, *imp])?;
    call(thread, *importlib, "_install_external_importers", &[])
}

/// Puts the path hooks for zip archives and, if the library is served from inside the program, for `library_root`.
pub fn install_path_hooks(thread: &Thread, library_root: Option<&str>) -> PyResult<()> {
    let Some(hooks) = STATE.sys("path_hooks") else { return Ok(()) };
    // The library comes first: what follows may import from it.
    if let Some(root) = library_root {
        let module = runtime::state::import_module(thread, "_taipan_library")?;
        call(thread, *module, "install", &[*Str::new(root)])?;
    }
    let place = i64::from(library_root.is_some());
    match zipimporter(thread) {
        Ok(hook) => {
            thread.call_method(*hooks, str::intern_text("insert"), &[Value::small_int(place), *hook])?;
        }
        // Without it archives on `sys.path` are not looked into; everything else works.
        Err(raised) => drop(thread.catch(raised, &IMPORT_ERROR)?),
    }
    Ok(())
}

fn zipimporter(thread: &Thread) -> PyResult {
    let zipimport = runtime::state::import_module(thread, "zipimport")?;
    attributes::get(thread, *zipimport, str::intern_text("zipimporter"))
}

fn call(thread: &Thread, module: Value, name: &str, arguments: &[Value]) -> PyResult<()> {
    let function = attributes::get(thread, module, str::intern_text(name))?;
    thread.call(*function, arguments).map(drop)
}

/// Makes and runs a frozen module without the help of `importlib`.
pub(super) fn run_frozen(thread: &Thread, name: &str) -> PyResult {
    let Some(frozen) = frozen::find(name) else {
        return Err(thread.system_error("a frozen module is missing"));
    };
    let code = frozen.code(thread)?;
    let module = new_module(name);
    let globals = dict_of(*module).unwrap_or_else(Dict::new);
    if let Some(dict) = globals.cast::<Dict>() {
        dict.insert_interned(names::get().__builtins__, STATE.builtins_dict.peek());
        dict.set_str("__origname__", *Str::new(frozen.original));
    }
    if let Some(modules) = STATE.modules.peek().cast::<Dict>() {
        modules.set_str(name, *module);
    }
    let _: Ref = STATE.interpreter().run_code(thread, *code, *globals, *globals, None)?;
    Ok(module)
}
