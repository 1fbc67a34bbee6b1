//! Lowering of bytecode in text form, compared with recorded register code, and of mutated bytecode, which must never panic.
//!
//! A file in `tests/lower` has cases: a line `=== title`, the bytecode (see `support/assembler.rs`), a line `---`, and the
//! register code or the error. `TAIPAN_BLESS=1 cargo test -p taipan-ir --test lowering` rewrites the expectations.

#[path = "support/assembler.rs"]
mod assembler;

use std::fmt::Write;
use std::path::PathBuf;

use assembler::{Assembly, assemble};
use ir::register::{crossings, lower, lower_precise, parse, print, verify};

fn files() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lower");
    let entries = std::fs::read_dir(folder).expect("the folder of cases");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// Title and bytecode of each case in a file.
fn cases(text: &str) -> Vec<(String, String)> {
    let parts = text.split("=== ").skip(1);
    let cases = parts.map(|part| part.split_once('\n').expect("a title line"));
    cases
        .map(|(title, rest)| (title.to_string(), rest.split("---\n").next().unwrap_or("").to_string()))
        .collect()
}

fn outcome(assembly: &Assembly) -> String {
    let lowering = if assembly.precise { lower_precise } else { lower };
    let code = match lowering(&assembly.view()) {
        Ok(code) => code,
        Err(error) => return format!("error: {error}\n"),
    };
    let text = print(&code, None);
    if let Err(error) = verify(&code) {
        return format!("{text}verifier: {error}\n");
    }
    match parse(&text) {
        Ok(parsed) if parsed == code => text,
        Ok(parsed) => format!("{text}parses as:\n{}", print(&parsed, None)),
        Err(error) => format!("{text}parser: {error}\n"),
    }
}

#[test]
fn register_code_is_as_recorded() {
    let bless = std::env::var_os("TAIPAN_BLESS").is_some();
    let mut stale = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a case file");
        let mut actual = text.split("=== ").next().unwrap_or("").to_string();
        for (title, input) in cases(&text) {
            let outcome = outcome(&assemble(&input));
            // Writing to a String can't fail.
            let _ = write!(actual, "=== {title}\n{input}---\n{outcome}\n");
        }
        if actual.trim_end() == text.trim_end() {
            continue;
        }
        if bless {
            std::fs::write(&path, format!("{}\n", actual.trim_end())).expect("writing the case file");
        }
        stale.push(format!("{}:\n{actual}", path.display()));
    }
    assert!(bless || stale.is_empty(), "{}", stale.join("\n"));
}

/// A small generator of reproducible numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn mutated_bytecode_is_lowered_soundly_or_refused() {
    let mut numbers = Numbers(1);
    let (mut lowered, mut refused) = (0, 0);
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a case file");
        for (title, input) in cases(&text) {
            for _ in 0..2000 {
                let mut assembly = assemble(&input);
                for _ in 0..=numbers.below(3) {
                    let at = numbers.below(assembly.code.len());
                    assembly.code[at] = numbers.below(256) as u8;
                }
                let view = assembly.view();
                let lowering = if numbers.below(2) == 0 { lower } else { lower_precise };
                match lowering(&view) {
                    Ok(code) => {
                        lowered += 1;
                        let verdict = verify(&code);
                        assert_eq!(verdict, Ok(()), "{title}: {:?}\n{}", assembly.code, print(&code, None));
                    }
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(lowered > 1000 && refused > 1000, "{lowered} lowered, {refused} refused");
}

#[test]
fn crossings_tell_what_is_pending() {
    // x + f(): while the call runs, x is still in its local, and the sum comes next.
    let assembly = assemble(
        "locals 1 stack 3 constants 0 names 1
         RESUME 0
         LOAD_FAST 0
         LOAD_GLOBAL 1
         CALL 0
         BINARY_OP 0
         RETURN_VALUE",
    );
    let code = lower(&assembly.view()).expect("valid code");
    let call = code.instructions().find(|instruction| instruction.is_call()).expect("a call");
    let crossings = crossings(&assembly.view()).expect("valid code");
    let behind = (call.pc + call.length) as u32;
    let crossing = crossings.iter().find(|crossing| crossing.pc == behind).expect("a boundary");
    let precise = lower_precise(&assembly.view()).expect("valid code");
    assert_eq!(crossing.next, code.unit_at(call.pc + call.length));
    assert_eq!(precise.unit_at(precise.pc_of(crossing.next)), crossing.next);
    assert_eq!(crossing.pending.iter().map(|pending| pending.register).collect::<Vec<_>>(), [1]);
}
