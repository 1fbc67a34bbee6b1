//! The programs of `tests/programs`, run in this process: a program passes if none of its `assert` statements fails.

use runtime::objects::dict::Dict;
use runtime::objects::str::Str;
use runtime::state::STATE;
use runtime::{PyResult, Thread, protocol};
use std::path::Path;

/// A thread with everything in place to run programs.
pub fn thread() -> &'static Thread {
    let thread = Thread::new();
    Thread::install(thread);
    runtime::types::registry::ready_all();
    interp::install();
    assert!(stdlib::initialise(thread).is_ok(), "{}", describe(thread));
    thread
}

/// Runs every program, or those with `PROGRAM` in their names; what failed.
pub fn run_programs(thread: &Thread) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut failed = Vec::new();
    let wanted = std::env::var("PROGRAM").unwrap_or_default();
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the programs").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.to_string_lossy().contains(&wanted)) {
        let source = std::fs::read_to_string(path).expect("a program");
        for (number, part) in source.split("\n# ---\n").enumerate() {
            eprintln!("{} part {number}", path.display());
            if run(thread, part).is_err() {
                failed.push(format!("{} part {number}: {}", path.display(), describe(thread)));
            }
        }
    }
    failed
}

fn run(thread: &Thread, source: &str) -> PyResult<()> {
    let globals = Dict::new();
    let text = Str::new(source);
    let exec = STATE.builtin("exec").ok_or_else(|| thread.system_error("exec is missing"))?;
    thread.call(*exec, &[*text, *globals])?;
    Ok(())
}

fn describe(thread: &Thread) -> String {
    let exception = thread.take_raised();
    let kind = exception.ty().name().into_owned();
    let line = exception.cast::<runtime::objects::exceptions::BaseException>().and_then(|e| {
        let mut at = e.traceback.option()?;
        let mut lines = Vec::new();
        loop {
            let t = at.cast::<runtime::objects::traceback::Traceback>()?;
            lines.push(t.line());
            let Some(next) = t.next.option() else { break };
            at = next;
        }
        Some(format!("{lines:?}"))
    });
    match protocol::str(thread, *exception) {
        Ok(text) => format!("{kind}: {} (lines {line:?})", runtime::objects::str::display(*text)),
        Err(_) => kind,
    }
}
