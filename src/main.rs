//! The `taipan` program: the command line and the wiring of the rooms. It has no semantics of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("taipan: this build has no interpreter yet and cannot run programs");
    ExitCode::from(2)
}
