//! The `taipan` program: the command line and the wiring of the rooms. It has no semantics of its own.
//!
//! `options` reads the arguments, `environment` makes the configuration of them and of the environment, `run` boots the
//! interpreter and runs the program, `finish` ends it.

mod dump;
mod environment;
mod finish;
mod jit;
mod options;
mod run;
mod usage;

use environment::Fatal;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use stdlib::config;

/// Exit status of a wrong command line.
const USAGE_ERROR: u8 = 2;

fn wrong_usage(message: &str, program: &str) -> ExitCode {
    eprint!("{message}\n{}Try `taipan -h' for more information.\n", usage::usage_line(program));
    ExitCode::from(USAGE_ERROR)
}

fn wrong_setting(fatal: &Fatal) -> ExitCode {
    let place = if fatal.place.is_empty() { String::new() } else { format!("{}: ", fatal.place) };
    eprint!("Fatal Python error: {place}{}\nPython runtime state: {}\n\n", fatal.message, fatal.state);
    ExitCode::from(1)
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let program = arguments.first().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let options = match options::parse(arguments.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(message) => return wrong_usage(&message, &program),
    };
    if let Some(information) = options.information {
        return print(&usage::text(information, &program));
    }
    let jit = match environment::jit_settings(&options) {
        Ok((_, jit::Request::Help)) => return print(&jit::help()),
        Ok((settings, jit::Request::Nothing)) => settings,
        Err(fatal) => return wrong_setting(&fatal),
    };
    let mut configuration = match environment::configure(&options, arguments) {
        Ok(configuration) => configuration,
        Err(fatal) => return wrong_setting(&fatal),
    };
    configuration.jit_enabled = jit.enabled;
    config::set(configuration);
    run::start(&options, &program, jit)
}
