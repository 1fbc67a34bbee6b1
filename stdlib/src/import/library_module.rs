//! The module `_library`: the embedded Python library as `_taipan_library`, its finder and loader, sees it.

use super::{frozen, library};
use runtime::objects::bytes::Bytes;
use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::types::Effects;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, marshal, method};

/// The module.
pub static LIBRARY: ModuleSpec = ModuleSpec {
    name: "_library",
    doc: "The embedded Python library.  Paths are relative to its root.",
    functions: FUNCTIONS,
    init: |_, _| Ok(()),
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "find",
        "($module, base, /)",
        NativeFn::One(find),
        "Find the module at base, a path without suffix.\n\nReturns (path, is_package), or None if there is no such module.",
    ),
    method(
        "code",
        "($module, path, filename, /)",
        NativeFn::Bound(code),
        "Return the code object of a file, with filename as its co_filename.",
    ),
    method(
        "source",
        "($module, path, /)",
        NativeFn::One(source),
        "Return the source of a file as bytes, or None if there is no such file.",
    ),
    method(
        "entries",
        "($module, directory, /)",
        NativeFn::One(entries),
        "List the names of files and directories in a directory ('' for the root); None if there is none.",
    )
    .effects(Effects::ANY),
];

fn text(thread: &Thread, v: Value) -> PyResult<String> {
    match v.cast::<Str>() {
        Some(s) => Ok(s.to_text_lossy().into_owned()),
        None => Err(thread.type_error(format!("a path must be str, not {}", v.ty().name()))),
    }
}

fn find(thread: &Thread, _: Value, base: Value) -> PyResult {
    let base = text(thread, base)?;
    Ok(match library::module_at(&base) {
        Some((file, is_package)) => Tuple::from_refs(vec![Str::new(file.path), Ref::bool(is_package)]),
        None => Ref::NONE,
    })
}

fn code(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let path = text(thread, arguments[0])?;
    text(thread, arguments[1])?;
    let Some(file) = library::file(&path) else { return Ok(Ref::NONE) };
    let code = marshal::unmarshal(thread, file.code, true)?;
    frozen::rename(*code, arguments[1]);
    Ok(code)
}

fn source(thread: &Thread, _: Value, path: Value) -> PyResult {
    let path = text(thread, path)?;
    Ok(library::file(&path).map_or(Ref::NONE, |file| Bytes::new(file.source)))
}

fn entries(thread: &Thread, _: Value, directory: Value) -> PyResult {
    let names = library::entries(&text(thread, directory)?);
    Ok(match names.is_empty() {
        true => Ref::NONE,
        false => List::from_refs(names.iter().map(|name| Str::new(name)).collect()),
    })
}
