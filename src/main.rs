//! The `taipan` program: the command line and the wiring of the rooms. It has no semantics of its own.

mod jit;

use frontend::compile::CompileOptions;
use frontend::parser::Mode;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{exit_status, print_raised};
use runtime::objects::module::{dict_of, new_module};
use runtime::state::STATE;
use runtime::{PyResult, Thread, names};
use std::process::ExitCode;
use stdlib::io::{flush_standard_streams, open_standard_streams};

/// The exit status when standard output could not be written.
const FLUSH_FAILED: u8 = 120;

/// What to run.
struct Program {
    text: Vec<u8>,
    filename: String,
}

/// Reads the command line: `-c SOURCE`, or a file.
fn program_from(arguments: &[String]) -> Result<Program, String> {
    match arguments {
        [option, source, ..] if option == "-c" => {
            Ok(Program { text: source.clone().into_bytes(), filename: "<string>".into() })
        }
        [option] if option == "-c" => Err("Argument expected for the -c option".into()),
        [option, ..] if option.starts_with('-') => Err(format!("Unknown option: {option}")),
        [file, ..] => match std::fs::read(file) {
            Ok(text) => Ok(Program { text, filename: file.clone() }),
            Err(error) => Err(format!("can't open file '{file}': {error}")),
        },
        [] => Err("usage: taipan [-c cmd | file] [arg] ...".into()),
    }
}

/// Compiles the program and runs it as `__main__`.
fn run(thread: &Thread, program: &Program) -> PyResult<()> {
    stdlib::initialise(thread)?;
    open_standard_streams(thread)?;
    let options = CompileOptions { optimize: STATE.optimize(), ..CompileOptions::default() };
    let code = stdlib::source::compile_bytes(thread, &program.text, &program.filename, Mode::Exec, options)?;
    let main = new_module("__main__");
    let globals = dict_of(*main).unwrap_or_else(Dict::new);
    if let Some(modules) = STATE.modules.peek().cast::<Dict>() {
        modules.set_str("__main__", *main);
    }
    if let Some(dict) = globals.cast::<Dict>() {
        dict.insert_interned(names::get().__builtins__, STATE.builtins_dict.peek());
    }
    STATE.interpreter().run_code(thread, *code, *globals, *globals, None).map(drop)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let program = match program_from(&arguments) {
        Ok(program) => program,
        Err(message) => {
            eprintln!("taipan: {message}");
            return ExitCode::from(2);
        }
    };
    let thread = Thread::new();
    Thread::install(thread);
    runtime::types::registry::ready_all();
    interp::install();
    let settings = match jit::Settings::from_environment() {
        Ok(settings) => settings,
        Err(message) => {
            eprintln!("taipan: {message}");
            return ExitCode::from(2);
        }
    };
    if let Err(message) = settings.install() {
        eprintln!("taipan: no JIT here: {message}");
    }
    let status = match run(thread, &program) {
        Ok(()) => 0,
        Err(raised) => exit_status(thread, thread.peek_raised()).unwrap_or_else(|| {
            print_raised(thread, raised);
            1
        }),
    };
    if flush_standard_streams(thread) { ExitCode::from(status as u8) } else { ExitCode::from(FLUSH_FAILED) }
}
