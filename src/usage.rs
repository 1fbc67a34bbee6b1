//! The texts of `--help` and its companions, and of the version.

use crate::options::Information;
use stdlib::sys::info::{PYTHON_VERSION, version_text};

/// An option or variable and what it does.
type Row = (&'static str, &'static str);

const OPTIONS: &[Row] = &[
    ("-b", "warn about bytes turned into str or compared with str or int (-bb: make that an error)"),
    ("-B", "write no .pyc files on import; also PYTHONDONTWRITEBYTECODE=x"),
    ("-c cmd", "run the program given as text (ends the list of options)"),
    ("-d", "debug output of the parser, which has none; also PYTHONDEBUG=x"),
    ("-E", "ignore the PYTHON* environment variables (such as PYTHONPATH)"),
    ("-h", "print this help and exit (also -? or --help)"),
    ("-i", "go interactive after the program, also if stdin is no terminal; also PYTHONINSPECT=x"),
    ("-I", "keep apart from the user's environment (implies -E, -P and -s)"),
    ("-m mod", "run a library module as a program (ends the list of options)"),
    ("-O", "leave assert statements and __debug__ blocks out; .opt-1 in .pyc names; also PYTHONOPTIMIZE=x"),
    ("-OO", "as -O, and leave docstrings out; .opt-2 in .pyc names"),
    ("-P", "put no possibly unsafe path in front of sys.path; also PYTHONSAFEPATH"),
    ("-q", "print no version and copyright when going interactive"),
    ("-s", "leave the user's site directory out of sys.path; also PYTHONNOUSERSITE=x"),
    ("-S", "don't import site at the start"),
    ("-u", "don't buffer stdout and stderr; also PYTHONUNBUFFERED=x"),
    ("-v", "trace imports; more with each -v; also PYTHONVERBOSE=x"),
    ("-V", "print the Python version and exit (also --version); twice: tell more about the build"),
    ("-W arg", "warning control, action:message:category:module:lineno; also PYTHONWARNINGS=arg"),
    ("-x", "skip the first line of the source"),
    ("-X opt", "set an option of the implementation (see --help-xoptions)"),
    ("--check-hash-based-pycs always|default|never", "when hash-based .pyc files are checked"),
    ("--help-env", "print help about environment variables and exit"),
    ("--help-xoptions", "print help about -X options and exit"),
    ("--help-all", "print all help and exit"),
];

const ARGUMENTS: &[Row] = &[
    ("file", "run the program in the file, directory or zip archive"),
    ("-", "read the program from stdin (the default; interactive if that is a terminal)"),
    ("arg ...", "arguments of the program, in sys.argv[1:]"),
];

const VARIABLES: &[Row] = &[
    ("PYTHONASYNCIODEBUG", "debug mode of asyncio"),
    ("PYTHON_BASIC_REPL", "use the plain interactive prompt"),
    ("PYTHONBREAKPOINT", "0: breakpoint() does nothing; else the callable that it calls"),
    ("PYTHON_COLORS", "1: colour output; 0: don't"),
    ("PYTHONHASHSEED", "seed of the hashes of str and bytes: random, or a number in [0,4294967295]"),
    ("PYTHON_HISTORY", "the file of the interactive history"),
    ("PYTHONHOME", "other <prefix> (or <prefix>:<exec_prefix>) with the library in lib/pythonX.X"),
    ("PYTHONIOENCODING", "encoding[:errors] of stdin, stdout and stderr"),
    ("PYTHONPATH", "directories put in front of the module search path, separated by ':'"),
    ("PYTHONSTARTUP", "file run when going interactive"),
    ("PYTHONUSERBASE", "the user's base directory (site.USER_BASE)"),
    ("PYTHON_CONTEXT_AWARE_WARNINGS", "as -X context_aware_warnings"),
    ("PYTHON_CPU_COUNT", "as -X cpu_count"),
    ("PYTHONDEBUG", "as -d"),
    ("PYTHONDEVMODE", "as -X dev"),
    ("PYTHONDONTWRITEBYTECODE", "as -B"),
    ("PYTHONFAULTHANDLER", "as -X faulthandler"),
    ("PYTHONINSPECT", "as -i"),
    ("PYTHONINTMAXSTRDIGITS", "as -X int_max_str_digits"),
    ("PYTHON_JIT", "0 switches the JIT off; TAIPAN_JIT takes what -X jit takes"),
    ("PYTHONNOUSERSITE", "as -s"),
    ("PYTHONOPTIMIZE", "as -O"),
    ("PYTHONPROFILEIMPORTTIME", "as -X importtime"),
    ("PYTHONPYCACHEPREFIX", "as -X pycache_prefix"),
    ("PYTHONSAFEPATH", "as -P"),
    ("PYTHON_THREAD_INHERIT_CONTEXT", "as -X thread_inherit_context"),
    ("PYTHONTRACEMALLOC", "as -X tracemalloc"),
    ("PYTHONUNBUFFERED", "as -u"),
    ("PYTHONUTF8", "as -X utf8"),
    ("PYTHONVERBOSE", "as -v"),
    ("PYTHONWARNDEFAULTENCODING", "as -X warn_default_encoding"),
    ("PYTHONWARNINGS", "as -W, separated by ','"),
];

const X_OPTIONS: &[Row] = &[
    ("-X context_aware_warnings=[0|1]", "whether warning filters belong to the context"),
    ("-X cpu_count=N", "what os.cpu_count() says; default takes the override away"),
    ("-X dev", "development mode: warnings shown, more checks"),
    ("-X dump=bytecode,ir", "print the bytecode, the register code or both of the main program"),
    ("-X faulthandler", "print the Python traceback on fatal errors"),
    ("-X importtime[=2]", "print how long imports take; 2: also those of loaded modules"),
    ("-X int_max_str_digits=N", "limit of digits in conversions between int and str; 0: none"),
    ("-X jit=off|on|stress|help|key=value", "the JIT; help prints its parameters"),
    ("-X jitdump=KINDS", "print the stages of compiled traces"),
    ("-X jitlog", "print a line for each event of the JIT"),
    ("-X balance", "print at the end what is left, by type"),
    ("-X pycache_prefix=PATH", "write .pyc files to a tree of their own"),
    ("-X thread_inherit_context=[0|1]", "whether threads start with the context of their maker"),
    ("-X tracemalloc[=N]", "trace memory allocations, N frames deep"),
    ("-X utf8[=0|1]", "UTF-8 mode"),
    ("-X warn_default_encoding", "warn where encoding=None is meant"),
];

fn rows(out: &mut String, rows: &[Row], width: usize) {
    for (name, meaning) in rows {
        if name.len() > width {
            out.push_str(&format!("{name}:\n{:width$}  {meaning}\n", ""));
        } else {
            out.push_str(&format!("{name:width$}: {meaning}\n"));
        }
    }
}

/// The line that also stands under error messages.
pub fn usage_line(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n")
}

/// What an option that only informs prints.
pub fn text(information: Information, program: &str) -> String {
    let mut out = String::new();
    let (major, minor, micro) = PYTHON_VERSION;
    let all = information == Information::All;
    match information {
        Information::Version => return format!("Python {major}.{minor}.{micro}\n"),
        Information::LongVersion => return format!("Python {}\n", version_text()),
        _ => {}
    }
    if all || information == Information::Usage {
        out.push_str(&usage_line(program));
        out.push_str("Options (and corresponding environment variables):\n");
        rows(&mut out, OPTIONS, 7);
        out.push_str("\nArguments:\n");
        rows(&mut out, ARGUMENTS, 7);
    }
    if all || information == Information::Environment {
        out.push_str(if all { "\n" } else { "" });
        out.push_str("Environment variables that change behavior:\n");
        rows(&mut out, VARIABLES, 16);
    }
    if all || information == Information::XOptions {
        out.push_str(if all { "\n" } else { "" });
        out.push_str("The following implementation-specific options are available:\n");
        rows(&mut out, X_OPTIONS, 8);
    }
    out
}
