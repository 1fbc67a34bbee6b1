//! The module `_imp`: what `importlib._bootstrap` needs of the interpreter.

use super::frozen;
use crate::{MODULES, builtin_module, config};
use runtime::objects::bytes::Bytes;
use runtime::objects::code::Code;
use runtime::objects::exceptions::{EXCEPTION, IMPORT_ERROR, import_error};
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{
    GilCell, MethodDef, NativeFn, PyResult, Ref, Thread, Value, attributes, gil, marshal, method, names,
    protocol,
};
use std::cell::Cell;

/// The module.
pub static IMP: ModuleSpec = ModuleSpec {
    name: "_imp",
    doc: "(Extremely) low-level import machinery bits as used by importlib.",
    functions: FUNCTIONS,
    init,
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_fix_co_filename",
        "($module, code, path, /)",
        NativeFn::Bound(fix_co_filename),
        "Changes code.co_filename to specify the passed-in file path.\n\n  code\n    Code object to change.\n  path\n    File path to use.",
    ),
    method(
        "_frozen_module_names",
        "($module, /)",
        NativeFn::NoArgs(frozen_module_names),
        "Returns the list of available frozen modules.",
    ),
    method(
        "_override_frozen_modules_for_tests",
        "($module, override, /)",
        NativeFn::One(|_, _, _| Ok(Ref::NONE)),
        "(internal-only) Override PyConfig.use_frozen_modules.\n\n(-1: \"off\", 1: \"on\", 0: no override)\nSee frozen_modules() in Lib/test/support/import_helper.py.",
    ),
    method(
        "_override_multi_interp_extensions_check",
        "($module, override, /)",
        NativeFn::One(|t, _, _| {
            let name = "_imp._override_multi_interp_extensions_check()";
            Err(t.runtime_error(format!("{name} cannot be used in the main interpreter")))
        }),
        "(internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.\n\n(-1: \"never\", 1: \"always\", 0: no override)",
    ),
    method(
        "acquire_lock",
        "($module, /)",
        NativeFn::NoArgs(|t, _| {
            LOCK.acquire(t);
            Ok(Ref::NONE)
        }),
        "Acquires the interpreter's import lock for the current thread.\n\nThis lock should be used by import hooks to ensure thread-safety when\nimporting modules.  On platforms without threads, this function does\nnothing.",
    ),
    method(
        "create_builtin",
        "($module, spec, /)",
        NativeFn::One(create_builtin),
        "Create an extension module.",
    ),
    method(
        "create_dynamic",
        "($module, spec, file=<unrepresentable>, /)",
        NativeFn::Bound(create_dynamic),
        "Create an extension module.",
    ),
    method(
        "exec_builtin",
        "($module, mod, /)",
        NativeFn::One(|_, _, _| Ok(int::new(0))),
        "Initialize a built-in module.",
    ),
    method(
        "exec_dynamic",
        "($module, mod, /)",
        NativeFn::One(|_, _, _| Ok(int::new(0))),
        "Initialize an extension module.",
    ),
    method(
        "extension_suffixes",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(List::from_refs(Vec::new()))),
        "Returns the list of file suffixes used to identify extension modules.",
    ),
    method(
        "find_frozen",
        "($module, name, /, *, withdata=False)",
        NativeFn::Bound(find_frozen),
        "Return info about the corresponding frozen module (if there is one) or None.\n\nThe returned info (a 2-tuple):\n\n * data         the raw marshalled bytes\n * is_package   whether or not it is a package\n * origname     the originally frozen module's name, or None if not\n                a stdlib module (this will usually be the same as\n                the module's current name)",
    ),
    method(
        "get_frozen_object",
        "($module, name, data=None, /)",
        NativeFn::Bound(get_frozen_object),
        "Create a code object for a frozen module.",
    ),
    method("init_frozen", "($module, name, /)", NativeFn::One(init_frozen), "Initializes a frozen module."),
    method(
        "is_builtin",
        "($module, name, /)",
        NativeFn::One(is_builtin),
        "Returns True if the module name corresponds to a built-in module.",
    ),
    method(
        "is_frozen",
        "($module, name, /)",
        NativeFn::One(|t, _, name| {
            Ok(Ref::bool(frozen::find(&text(t, name, "is_frozen() argument")?).is_some()))
        }),
        "Returns True if the module name corresponds to a frozen module.",
    ),
    method(
        "is_frozen_package",
        "($module, name, /)",
        NativeFn::One(is_frozen_package),
        "Returns True if the module name is of a frozen package.",
    ),
    method(
        "lock_held",
        "($module, /)",
        NativeFn::NoArgs(|_, _| Ok(Ref::bool(LOCK.is_held()))),
        "Return True if the import lock is currently held, else False.\n\nOn platforms without threads, return False.",
    ),
    method(
        "release_lock",
        "($module, /)",
        NativeFn::NoArgs(|t, _| match LOCK.release(t) {
            true => Ok(Ref::NONE),
            false => Err(t.runtime_error("not holding the import lock")),
        }),
        "Release the interpreter's import lock.\n\nOn platforms without threads, this function does nothing.",
    ),
    method("source_hash", "!($module, /, key, source)", NativeFn::Bound(source_hash), ""),
];

/// The import lock of old: nothing but what its functions say of it, for importlib locks each module by itself.
struct ImportLock {
    holder: Cell<u64>,
    depth: Cell<u32>,
}

static LOCK: ImportLockCell =
    ImportLockCell(GilCell::new(ImportLock { holder: Cell::new(0), depth: Cell::new(0) }));

struct ImportLockCell(GilCell<ImportLock>);

impl ImportLockCell {
    /// Takes the lock, waiting for another thread that holds it.
    fn acquire(&self, thread: &Thread) {
        let own = thread.ident.get();
        while self.0.with(|lock| lock.depth.get() > 0 && lock.holder.get() != own) {
            gil::yield_now(thread);
        }
        self.0.with(|lock| {
            lock.holder.set(own);
            lock.depth.set(lock.depth.get() + 1);
        });
    }
    /// Gives the lock back; false if this thread doesn't hold it.
    fn release(&self, thread: &Thread) -> bool {
        self.0.with(|lock| {
            let is_holder = lock.depth.get() > 0 && lock.holder.get() == thread.ident.get();
            if is_holder {
                lock.depth.set(lock.depth.get() - 1);
            }
            is_holder
        })
    }
    fn is_held(&self) -> bool {
        self.0.with(|lock| lock.depth.get() > 0)
    }
}

fn text(thread: &Thread, name: Value, function: &str) -> PyResult<String> {
    match name.cast::<Str>() {
        Some(s) => Ok(s.to_text_lossy().into_owned()),
        None => Err(thread.type_error(format!("{function} must be str, not {}", name.ty().name()))),
    }
}

/// Extension modules of CPython can't be loaded; what can't be opened is told as there.
fn create_dynamic(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let name = attributes::get(thread, arguments[0], names::get().name)?;
    let path = attributes::get(thread, arguments[0], names::get().origin)?;
    let shown = runtime::objects::str::display(*path);
    let reason = match std::fs::metadata(&shown) {
        Ok(_) => "extension modules of CPython cannot be loaded",
        Err(_) => "cannot open shared object file: No such file or directory",
    };
    let message = Str::new(&format!("{shown}: {reason}"));
    Err(import_error(thread, &IMPORT_ERROR, *message, *name, *path, Value::NONE))
}

fn init_frozen(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = text(thread, name, "init_frozen() argument")?;
    match frozen::find(&name) {
        Some(_) => super::boot::run_frozen(thread, &name),
        None => Ok(Ref::NONE),
    }
}

fn no_such_frozen(thread: &Thread, name: &str) -> runtime::Raised {
    let message = Str::new(&format!("No such frozen object named '{name}'"));
    import_error(thread, &IMPORT_ERROR, *message, *Str::new(name), Value::NONE, Value::NONE)
}

fn fix_co_filename(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    if arguments[0].cast::<Code>().is_none() {
        let name = arguments[0].ty().name();
        return Err(thread.type_error(format!("_fix_co_filename() argument 1 must be code, not {name}")));
    }
    if arguments[1].cast::<Str>().is_none() {
        let name = arguments[1].ty().name();
        return Err(thread.type_error(format!("_fix_co_filename() argument 2 must be str, not {name}")));
    }
    frozen::rename(arguments[0], arguments[1]);
    Ok(Ref::NONE)
}

fn frozen_module_names(_: &Thread, _: Value) -> PyResult {
    Ok(List::from_refs(frozen::FROZEN.iter().map(|module| Str::new(module.name)).collect()))
}

fn create_builtin(thread: &Thread, _: Value, spec: Value) -> PyResult {
    let name = attributes::get(thread, spec, names::get().name)?;
    let name = text(thread, *name, "name")?;
    Ok(builtin_module(thread, &name)?.unwrap_or(Ref::NONE))
}

fn is_builtin(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = text(thread, name, "is_builtin() argument")?;
    let found = MODULES.iter().any(|spec| spec.name == name);
    // -1: built in, but cannot be initialised again.
    let once = ["sys", "builtins"].contains(&name.as_str());
    Ok(int::new(if !found {
        0
    } else if once {
        -1
    } else {
        1
    }))
}

fn is_frozen_package(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = text(thread, name, "is_frozen_package() argument")?;
    match frozen::find(&name) {
        Some(found) => Ok(Ref::bool(found.is_package)),
        None => Err(no_such_frozen(thread, &name)),
    }
}

fn find_frozen(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let name = text(thread, arguments[0], "find_frozen() argument 1")?;
    let Some(found) = frozen::find(&name) else { return Ok(Ref::NONE) };
    let with_data = !arguments[1].is_null() && protocol::is_true(thread, arguments[1])?;
    let data = found.file().filter(|_| with_data).map_or(Ref::NONE, |file| Bytes::new(file.code));
    Ok(Tuple::from_refs(vec![data, Ref::bool(found.is_package), Str::new(found.original)]))
}

fn get_frozen_object(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let name = text(thread, arguments[0], "get_frozen_object() argument 1")?;
    if let Some(data) = arguments[1].to_option().and_then(|v| v.cast::<Bytes>()) {
        return marshal::unmarshal(thread, data.as_bytes(), true).or_else(|raised| {
            drop(thread.catch(raised, &EXCEPTION)?);
            let message = Str::new(&format!("Frozen object named '{name}' is invalid"));
            Err(import_error(thread, &IMPORT_ERROR, *message, *Str::new(&name), Value::NONE, Value::NONE))
        });
    }
    match frozen::find(&name) {
        Some(found) => found.code(thread),
        None => Err(no_such_frozen(thread, &name)),
    }
}

fn source_hash(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let key = protocol::index(thread, arguments[0])?;
    let key = int::get_big(*key).and_then(|k| u32::try_from(&k).ok()).unwrap_or_default();
    let Some(export) = arguments[1].ty().slots().buffer else {
        let name = arguments[1].ty().name();
        return Err(thread.type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    let source = export(thread, arguments[1], 0)?;
    Ok(Bytes::new(&runtime::hash::source_hash(key, source.as_slice())))
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    add(module, "check_hash_based_pycs", *Str::new(&config::get().check_hash_pycs));
    let raw_magic = u32::from_le_bytes(ir::marshal::pyc::MAGIC);
    add(module, "pyc_magic_number_token", *int::from_u64(raw_magic.into()));
    Ok(())
}
