//! Programs give the same results when everything that gets hot is traced.

use jit::driver;
use jit::log::Log;
use jit::parameters::Parameters;
use runtime::objects::dict::Dict;
use runtime::objects::str::Str;
use runtime::state::STATE;
use runtime::{Thread, protocol};
use std::path::Path;

/// Runs every program of `tests/programs`; what failed.
fn run_programs(thread: &Thread) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut failed = Vec::new();
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the programs").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let exec = STATE.builtin("exec").expect("exec");
    for path in paths {
        let source = std::fs::read_to_string(&path).expect("a program");
        for part in source.split("\n# ---\n") {
            let globals = Dict::new();
            if thread.call(*exec, &[*Str::new(part), *globals]).is_err() {
                let exception = thread.take_raised();
                let text = protocol::str(thread, *exception);
                let text = text.map_or(String::new(), |t| runtime::objects::str::display(*t));
                failed.push(format!("{}: {}: {text}", path.display(), exception.ty().name()));
            }
        }
    }
    failed
}

#[test]
fn programs_run_the_same_in_traces() {
    let thread = Thread::new();
    Thread::install(thread);
    runtime::types::registry::ready_all();
    interp::install();
    assert!(stdlib::initialise(thread).is_ok());
    driver::install(Parameters::stress(), Log::default());
    assert_eq!(run_programs(thread), Vec::<String>::new());
    let counters = driver::counters().expect("on");
    assert!(counters.roots > 0);
}
