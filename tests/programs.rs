//! Programs with recorded CPython output: every `conformance/programs/NAME.py` must print `NAME.out`.
//!
//! `conformance/record.py`, run with CPython 3.14, records them again.

use std::path::Path;
use std::process::Command;

#[test]
fn programs_print_what_cpython_printed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/programs");
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the programs are there").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "py") {
            continue;
        }
        count += 1;
        let expected = std::fs::read_to_string(path.with_extension("out")).expect("recorded output");
        let done = Command::new(env!("CARGO_BIN_EXE_taipan"))
            .arg(path.file_name().expect("a file"))
            .current_dir(&folder)
            .env_clear()
            .env("PYTHONHASHSEED", "0")
            .output()
            .expect("the program starts");
        let status = done.status.code().map_or("by signal".to_string(), |code| code.to_string());
        let found = format!("{}exit {status}\n", String::from_utf8_lossy(&done.stdout));
        if found != expected {
            let errors = String::from_utf8_lossy(&done.stderr);
            failures.push(format!("{}\n--- found\n{found}--- stderr\n{errors}", path.display()));
        }
    }
    assert!(count > 0, "no programs");
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}
