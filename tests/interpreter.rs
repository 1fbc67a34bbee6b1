//! Small programs through the whole chain: source, code object, register code, interpreter.

mod common;

#[test]
fn programs_run() {
    let failed = common::run_programs(common::thread());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
