//! Boots the interpreter and runs the program: text, module, file, directory or archive, standard input.

use crate::options::{Options, Program};
use crate::{dump, finish};
use frontend::compile::CompileOptions;
use frontend::parser::Mode;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{KEYBOARD_INTERRUPT, exit_status, print_raised, write_unraisable_message};
use runtime::objects::list::List;
use runtime::objects::module::{dict_of, new_module};
use runtime::objects::str::{self, Str};
use runtime::state::{STATE, import_module};
use runtime::{PyResult, Raised, Thread, Value, attributes, marshal, names};
use std::ffi::OsStr;
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;
use stdlib::config::{self, Config};
use stdlib::import::boot;
use stdlib::sys::setup::os_string;

/// Exit status when the program's file cannot be opened.
const CANNOT_OPEN: i32 = 2;

/// How running went: the exit status, or an exception that is pending.
type Outcome = Result<i32, Raised>;

/// Boots, runs and ends the interpreter.
pub fn start(options: &Options, program: &str, jit: crate::jit::Settings) -> ExitCode {
    let thread = Thread::new();
    Thread::install(thread);
    runtime::types::registry::ready_all();
    // Traces name the one zero, so that it is there however the program runs.
    drop(runtime::objects::float::new(0.0));
    interp::install();
    let config = config::get();
    if let Err(raised) = boot_interpreter(thread, config) {
        print_raised(thread, raised);
        return ExitCode::from(1);
    }
    // What ran so far ran once.
    jit.install();
    let mut interrupted = false;
    let mut status = settle(thread, run(thread, options, program), &mut interrupted);
    if wants_prompt(config) && !matches!(options.program, Program::Stdin) {
        status = settle(thread, prompt(thread).map(|()| 0), &mut interrupted);
    }
    let status = finish::finish(thread, status);
    if interrupted {
        stdlib::os::die_by_interrupt();
    }
    ExitCode::from(status as u8)
}

/// The exit status of an outcome; an exception is told of.
fn settle(thread: &Thread, outcome: Outcome, interrupted: &mut bool) -> i32 {
    let raised = match outcome {
        Ok(status) => return status,
        Err(raised) => raised,
    };
    let exception = thread.peek_raised().to_ref();
    if let Some(status) = exit_status(thread, *exception) {
        drop(thread.take_raised());
        return status;
    }
    *interrupted = exception.is_instance(&KEYBOARD_INTERRUPT);
    print_raised(thread, raised);
    1
}

/// Everything before the program: import system, streams, `site`.
fn boot_interpreter(thread: &Thread, config: &Config) -> PyResult<()> {
    stdlib::initialise(thread)?;
    let main = new_module("__main__");
    if let Some(modules) = STATE.modules.peek().cast::<Dict>() {
        modules.set_str("__main__", *main);
    }
    stdlib::import::timing::install(config.import_time);
    boot::boot(thread)?;
    let root = config.paths.stdlib.to_str().filter(|_| config.paths.is_embedded);
    boot::install_path_hooks(thread, root)?;
    stdlib::signal::start(thread)?;
    stdlib::io::open_standard_streams(thread)?;
    let globals = main_globals(thread)?;
    let Some(globals) = globals.cast::<Dict>() else { return Ok(()) };
    let builtins = import_module(thread, "builtins")?;
    globals.insert_interned(names::get().__builtins__, *builtins);
    let importer = attributes::get(thread, STATE.importlib.peek(), str::intern_text("BuiltinImporter"))?;
    globals.insert_interned(names::get().__loader__, *importer);
    if !config.warn_options.is_empty() {
        import_quietly(thread, "warnings");
    }
    if config.x_options.iter().any(|x| x == "faulthandler") || config.dev_mode {
        import_quietly(thread, "faulthandler");
    }
    if !config.no_site {
        import_module(thread, "site")?;
    }
    Ok(())
}

/// Imports a module that the program can do without.
fn import_quietly(thread: &Thread, name: &str) {
    if import_module(thread, name).is_err() {
        drop(thread.take_raised());
    }
}

/// The namespace of `__main__`, which the program may have replaced.
fn main_globals(thread: &Thread) -> PyResult {
    let main = STATE.modules.peek().cast::<Dict>().and_then(|modules| modules.get_str("__main__"));
    match main.as_ref().and_then(|m| dict_of(**m)) {
        Some(dict) => Ok(dict),
        None => Err(thread.runtime_error("lost __main__")),
    }
}

fn set_main(thread: &Thread, name: &str, value: Value) -> PyResult<()> {
    if let Some(globals) = main_globals(thread)?.cast::<Dict>() {
        globals.set_str(name, value);
    }
    Ok(())
}

fn insert_path(thread: &Thread, entry: Value) -> PyResult<()> {
    STATE.program_folder.set(entry.to_ref());
    let Some(path) = STATE.sys("path") else { return Ok(()) };
    if path.cast::<List>().is_some() {
        let insert = str::intern_text("insert");
        thread.call_method(*path, insert, &[Value::small_int(0), entry])?;
    }
    Ok(())
}

fn run(thread: &Thread, options: &Options, program: &str) -> Outcome {
    let config = config::get();
    match &options.program {
        Program::Command(text) => {
            if !config.safe_path {
                insert_path(thread, *Str::empty())?;
            }
            run_command(thread, text)
        }
        Program::Module(name) => {
            if !config.safe_path {
                let here = std::env::current_dir().unwrap_or_default();
                insert_path(thread, *os_string(thread, here.as_os_str())?)?;
            }
            run_module(thread, *os_string(thread, name)?, true)
        }
        Program::File(file) => run_path(thread, options, program, file),
        Program::Stdin => {
            if !config.safe_path {
                insert_path(thread, *Str::empty())?;
            }
            run_stdin(thread, options)
        }
    }
}

fn compile_options() -> CompileOptions {
    CompileOptions { optimize: STATE.optimize(), ..CompileOptions::default() }
}

/// Runs a code object in `__main__`.
fn run_code(thread: &Thread, code: Value) -> Outcome {
    let kinds = &config::get().code_dump;
    if !kinds.is_empty() {
        dump::code(thread, code, kinds)?;
    }
    let globals = main_globals(thread)?;
    STATE.interpreter().run_code(thread, code, *globals, *globals, None)?;
    Ok(0)
}

/// `-c`: the text without its common indentation, known to `linecache` for tracebacks.
fn run_command(thread: &Thread, text: &OsStr) -> Outcome {
    let Some(text) = text.to_str() else {
        return Err(thread.value_error("unable to decode the command from the command line"));
    };
    let source = dedent(text) + "\n";
    let code = stdlib::source::compile_text(thread, &source, "<string>", Mode::Exec, compile_options())?;
    if let Ok(linecache) = import_module(thread, "linecache") {
        let register = attributes::get(thread, *linecache, str::intern_text("_register_code"))?;
        thread.call(*register, &[*code, *Str::new(&source), *Str::new("<string>")])?;
    } else {
        drop(thread.take_raised());
    }
    run_code(thread, *code)
}

/// Takes the blanks away that all lines but empty ones start with.
fn dedent(text: &str) -> String {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let is_blank = |line: &str| line.trim_start_matches([' ', '\t']).is_empty();
    let mut margin: Option<&str> = None;
    for line in text.split('\n').filter(|line| !is_blank(line)) {
        let indentation = &line[..blanks(line)];
        margin = Some(match margin {
            None => indentation,
            Some(m) => {
                let common = m.bytes().zip(indentation.bytes()).take_while(|(a, b)| a == b).count();
                &m[..common]
            }
        });
    }
    let cut = margin.map_or(0, str::len);
    if cut == 0 {
        return text.to_string();
    }
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| if is_blank(line) { "" } else { line.get(cut..).unwrap_or("") })
        .collect();
    lines.join("\n")
}

/// Through `runpy`; `alter_argv` is false for directories and archives.
fn run_module(thread: &Thread, name: Value, alter_argv: bool) -> Outcome {
    let runpy = import_module(thread, "runpy")?;
    let function = attributes::get(thread, *runpy, str::intern_text("_run_module_as_main"))?;
    thread.call(*function, &[name, Value::bool(alter_argv)])?;
    Ok(0)
}

/// A file, or a directory or archive with `__main__` in it.
fn run_path(thread: &Thread, options: &Options, program: &str, file: &OsStr) -> Outcome {
    let path = Path::new(file);
    let content = std::fs::read(path);
    if path.is_dir() || content.as_ref().is_ok_and(|bytes| looks_like_archive(bytes)) {
        let entry = os_string(thread, file)?;
        if importer_of(thread, *entry)? {
            insert_path(thread, *entry)?;
            return run_module(thread, *Str::new("__main__"), false);
        }
    }
    if path.is_dir() {
        eprintln!("{program}: can't find '__main__' module in '{}'", path.display());
        return Ok(1);
    }
    let bytes = match content {
        Ok(bytes) => bytes,
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(0);
            let reason = runtime::objects::exceptions::strerror(errno);
            eprintln!("{program}: can't open file '{}': [Errno {errno}] {reason}", from_root(path).display());
            return Ok(CANNOT_OPEN);
        }
    };
    if !config::get().safe_path {
        insert_path(thread, *os_string(thread, folder_of(path).as_os_str())?)?;
    }
    run_file(thread, options, from_root(path).as_os_str(), bytes)
}

/// The path from the root, nothing else changed in it.
fn from_root(path: &Path) -> std::path::PathBuf {
    std::env::current_dir().unwrap_or_default().join(path)
}

/// Where the file that a path or link leads to lies.
fn folder_of(path: &Path) -> std::path::PathBuf {
    let target = match std::fs::read_link(path) {
        Ok(link) => path.parent().unwrap_or(Path::new("")).join(link),
        Err(_) => path.to_path_buf(),
    };
    let folder = target.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf())
}

/// Whether the end of the file holds the end record of a zip archive.
fn looks_like_archive(bytes: &[u8]) -> bool {
    const LONGEST_COMMENT: usize = 65557;
    let tail = &bytes[bytes.len().saturating_sub(LONGEST_COMMENT)..];
    tail.windows(4).any(|window| window == b"PK\x05\x06")
}

/// Whether a path hook takes the path.
fn importer_of(thread: &Thread, path: Value) -> PyResult<bool> {
    let pkgutil = import_module(thread, "pkgutil")?;
    let function = attributes::get(thread, *pkgutil, str::intern_text("get_importer"))?;
    Ok(!thread.call(*function, &[path])?.is_none())
}

fn run_file(thread: &Thread, options: &Options, file: &OsStr, bytes: Vec<u8>) -> Outcome {
    let name = os_string(thread, file)?;
    set_main(thread, "__file__", *name)?;
    set_main(thread, "__cached__", Value::NONE)?;
    let is_compiled = file.as_bytes().ends_with(b".pyc");
    set_loader(thread, *name, if is_compiled { "SourcelessFileLoader" } else { "SourceFileLoader" })?;
    let code = match is_compiled {
        true => compiled_file(thread, &bytes)?,
        false => compile(thread, options, &bytes, &str::display(*name))?,
    };
    run_code(thread, *code)
}

fn compile(thread: &Thread, options: &Options, bytes: &[u8], name: &str) -> PyResult {
    let source = match options.skip_first_line {
        // The line's end stays, for line numbers.
        true => &bytes[bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len())..],
        false => bytes,
    };
    stdlib::source::compile_bytes(thread, source, name, Mode::Exec, compile_options())
}

/// The code object in a `.pyc` file.
fn compiled_file(thread: &Thread, bytes: &[u8]) -> PyResult {
    match ir::marshal::pyc::split(bytes) {
        Ok((_, body)) => marshal::unmarshal(thread, body, true),
        Err(_) => Err(thread.runtime_error("Bad magic number in .pyc file")),
    }
}

fn set_loader(thread: &Thread, file: Value, kind: &str) -> PyResult<()> {
    let external = import_module(thread, "_frozen_importlib_external")?;
    let class = attributes::get(thread, *external, str::intern_text(kind))?;
    let loader = thread.call(*class, &[*Str::new("__main__"), file])?;
    set_main(thread, "__loader__", *loader)
}

fn run_stdin(thread: &Thread, options: &Options) -> Outcome {
    let config = config::get();
    if std::io::stdin().is_terminal() || config.interactive > 0 {
        prompt(thread)?;
        return Ok(0);
    }
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut bytes) {
        let errno = error.raw_os_error().unwrap_or(0);
        return Err(runtime::objects::exceptions::os_error(thread, errno, Value::NULL, Value::NULL));
    }
    set_main(thread, "__file__", *Str::new("<stdin>"))?;
    set_main(thread, "__cached__", Value::NONE)?;
    let code = compile(thread, options, &bytes, "<stdin>")?;
    run_code(thread, *code)
}

/// Whether to go interactive behind the program. The program may have asked for it through the environment.
fn wants_prompt(config: &Config) -> bool {
    config.inspect > 0
        || (!config.ignore_environment && std::env::var_os("PYTHONINSPECT").is_some_and(|v| !v.is_empty()))
}

/// The interactive prompt: the one of the library with editing where there is a terminal, else the plain one.
fn prompt(thread: &Thread) -> PyResult<()> {
    let startup = std::env::var_os("PYTHONSTARTUP").filter(|_| !config::get().ignore_environment);
    if let Some(file) = startup.filter(|file| !file.is_empty()) {
        run_startup(thread, &file);
    }
    let basic = std::env::var_os("PYTHON_BASIC_REPL").is_some_and(|v| !v.is_empty());
    if std::io::stdin().is_terminal() && !basic {
        match import_module(thread, "_pyrepl.main") {
            Ok(module) => {
                let function = attributes::get(thread, *module, str::intern_text("interactive_console"))?;
                return thread.call(*function, &[]).map(drop);
            }
            Err(_) => drop(thread.take_raised()),
        }
    }
    let code = import_module(thread, "code")?;
    let class = attributes::get(thread, *code, str::intern_text("InteractiveConsole"))?;
    let globals = main_globals(thread)?;
    let console = thread.call(*class, &[*globals, *Str::new("<stdin>")])?;
    let banner = match config::get().quiet || config::get().inspect > 0 {
        true => String::new(),
        false => format!(
            "Python {} on linux\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.",
            stdlib::sys::info::version_text()
        ),
    };
    let interact = str::intern_text("interact");
    thread.call_method(*console, interact, &[*Str::new(&banner), *Str::empty()]).map(drop)
}

fn run_startup(thread: &Thread, file: &OsStr) {
    let outcome = std::fs::read(file).map_err(|_| ()).and_then(|bytes| {
        let name = file.to_string_lossy();
        let code = stdlib::source::compile_bytes(thread, &bytes, &name, Mode::Exec, compile_options());
        code.and_then(|code| run_code(thread, *code)).map_err(|raised| print_raised(thread, raised))
    });
    if outcome.is_err() && thread.has_raised() {
        write_unraisable_message(thread, "Exception ignored in PYTHONSTARTUP");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_loses_its_common_indentation() {
        assert_eq!(dedent("  a\n    b\n\n  c"), "a\n  b\n\nc");
        assert_eq!(dedent("a\n  b"), "a\n  b");
        assert_eq!(dedent("\ta\n  b"), "\ta\n  b");
    }

    #[test]
    fn archives_are_told_by_their_end() {
        assert!(looks_like_archive(b"#!python\nPK\x05\x06rest"));
        assert!(!looks_like_archive(b"print('PK')"));
    }
}
