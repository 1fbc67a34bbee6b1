//! The module `sys`: what the interpreter is and how it runs.

mod frames;
mod hooks;
pub mod info;
pub mod jit;
mod memory;
mod module_names;
mod monitoring;
mod settings;
pub mod setup;

use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add, add_functions};
use runtime::objects::set;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::state::STATE;
use runtime::types::registry::FROZENSET;
use runtime::{PyResult, Ref, Thread, Value};

/// The module.
pub static SYS: ModuleSpec = ModuleSpec {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.\n\nDynamic objects:\n\nargv -- command line arguments; argv[0] is the script pathname if known\npath -- module search path; path[0] is the script directory, else ''\nmodules -- dictionary of loaded modules\n\ndisplayhook -- called to show results in an interactive session\nexcepthook -- called to handle any uncaught exception other than SystemExit\n  To customize printing in an interactive session or to install a custom\n  top-level exception handler, assign other functions to replace these.\n\nstdin -- standard input file object; used by input()\nstdout -- standard output file object; used by print()\nstderr -- standard error object; used for error messages\n  By assigning other file objects (or objects that behave like files)\n  to these, it is possible to redirect all of the interpreter's I/O.\n\nlast_exc - the last uncaught exception\n  Only available in an interactive session after a\n  traceback has been printed.\nlast_type -- type of last uncaught exception\nlast_value -- value of last uncaught exception\nlast_traceback -- traceback of last uncaught exception\n  These three are the (deprecated) legacy representation of last_exc.\n\nStatic objects:\n\nbuiltin_module_names -- tuple of module names built into this interpreter\ncopyright -- copyright notice pertaining to this interpreter\nexec_prefix -- prefix used to find the machine-specific Python library\nexecutable -- absolute path of the executable binary of the Python interpreter\nfloat_info -- a named tuple with information about the float implementation.\nfloat_repr_style -- string indicating the style of repr() output for floats\nhash_info -- a named tuple with information about the hash algorithm.\nhexversion -- version information encoded as a single integer\nimplementation -- Python implementation information.\nint_info -- a named tuple with information about the int implementation.\nmaxsize -- the largest supported length of containers.\nmaxunicode -- the value of the largest Unicode code point\nplatform -- platform identifier\nprefix -- prefix used to find the Python library\nthread_info -- a named tuple with information about the thread implementation.\nversion -- the version of this interpreter as a string\nversion_info -- version information as a named tuple\n__stdin__ -- the original stdin; don't touch!\n__stdout__ -- the original stdout; don't touch!\n__stderr__ -- the original stderr; don't touch!\n__displayhook__ -- the original displayhook; don't touch!\n__excepthook__ -- the original excepthook; don't touch!\n\nFunctions:\n\ndisplayhook() -- print an object to the screen, and save it in builtins._\nexcepthook() -- print an exception and its traceback to sys.stderr\nexception() -- return the current thread's active exception\nexc_info() -- return information about the current thread's active exception\nexit() -- exit the interpreter by raising SystemExit\ngetdlopenflags() -- returns flags to be used for dlopen() calls\ngetprofile() -- get the global profiling function\ngetrefcount() -- return the reference count for an object (plus one :-)\ngetrecursionlimit() -- return the max recursion depth for the interpreter\ngetsizeof() -- return the size of an object in bytes\ngettrace() -- get the global debug tracing function\nsetdlopenflags() -- set the flags to be used for dlopen() calls\nsetprofile() -- set the global profiling function\nsetrecursionlimit() -- set the max recursion depth for the interpreter\nsettrace() -- set the global debug tracing function\n",
    functions: hooks::FUNCTIONS,
    init,
};

/// Hooks and streams that are also kept under a second name, for whoever replaces them.
const KEPT: [&str; 4] = ["displayhook", "excepthook", "unraisablehook", "breakpointhook"];

fn names(names: &[&str]) -> Vec<Ref> {
    names.iter().map(|name| Str::new(name)).collect()
}

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    for functions in [frames::FUNCTIONS, memory::FUNCTIONS, settings::FUNCTIONS] {
        add_functions(module, "sys", functions);
    }
    info::add_constants(thread, module)?;
    add(module, "modules", STATE.modules.peek());
    for list in ["meta_path", "path_hooks", "path", "warnoptions", "argv", "orig_argv"] {
        add(module, list, *List::from_refs(Vec::new()));
    }
    add(module, "path_importer_cache", *Dict::new());
    let mut natives: Vec<&str> = crate::MODULES.iter().map(|spec| spec.name).collect();
    natives.retain(|name| !name.contains('.'));
    natives.sort_unstable();
    add(module, "builtin_module_names", *Tuple::from_refs(names(&natives)));
    let all_names = set::new_of(&FROZENSET);
    if let Some(members) = set::set_of(*all_names) {
        for name in names(module_names::STDLIB_MODULE_NAMES) {
            members.add(thread, *name)?;
        }
    }
    add(module, "stdlib_module_names", *all_names);
    let jit = runtime::objects::module::new_native_module(thread, &jit::JIT)?;
    add(module, "_jit", *jit);
    let monitoring = runtime::objects::module::new_native_module(thread, &monitoring::MONITORING)?;
    add(module, "monitoring", *monitoring);
    for name in KEPT {
        if let Some(hook) = runtime::objects::module::dict_of(module)
            .as_ref()
            .and_then(|dict| dict.cast::<Dict>())
            .and_then(|dict| dict.get_str(name))
        {
            add(module, &format!("__{name}__"), *hook);
        }
    }
    setup::add_configuration(thread, module)
}
