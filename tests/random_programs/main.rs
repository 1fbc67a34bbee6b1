//! Random programs give the same output with the JIT off, on, and under stress.
//!
//! `grammar.txt` says what programs look like, `grammar.rs` derives and shrinks them, this file runs them. What fails is shrunk
//! and shown; keep it in `conformance/programs` once it is understood.
//!
//! `cargo test --test random_programs -- --ignored` is the long run. `RANDOM_PROGRAMS` says how many, `RANDOM_SEED` which ones
//! (a number), `RANDOM_FAILURES` a folder for what fails (then the run goes on), `RANDOM_REFERENCE` a Python to compare
//! with too, `RANDOM_KEEP` a folder for all programs, `RANDOM_TAIPAN` another `taipan`.

mod grammar;

use grammar::{Grammar, Programs};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any program may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How the JIT is set in the runs that are compared with one without it.
const MODES: [&str; 2] = ["on,threshold=300,exit_threshold=4,patience=0,step_share=3", "stress,seed="];

/// What a run printed, and how it ended.
fn run(program: &mut Command, file: &Path) -> String {
    let mut child = program
        .args(["-I", "-S"])
        .arg(file)
        .env_clear()
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut errors = child.stderr.take().expect("piped");
    let mut output = child.stdout.take().expect("piped");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(output.read_to_end(&mut bytes));
        bytes
    });
    let more = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(errors.read_to_end(&mut bytes));
        bytes
    });
    let started = Instant::now();
    let mut pause = Duration::from_micros(500);
    let ending = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break status.code().map_or(format!("{status}"), |code| format!("exit {code}")),
            None if started.elapsed() > LIMIT => {
                drop(child.kill());
                drop(child.wait());
                break "too slow".to_string();
            }
            None => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(5));
    };
    let (mut text, errors) = (reader.join().expect("read"), more.join().expect("read"));
    text.extend(errors);
    // Strings are shared and kept, so how many are left is no fact about counts.
    let text = without_addresses(&String::from_utf8_lossy(&text));
    let is_fact = |line: &&str| !(line.starts_with("balance: ") && line.trim_end().ends_with(" str"));
    text.split_inclusive('\n').filter(is_fact).collect::<String>() + &ending
}

/// The text with addresses left out, which differ from run to run.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut result = parts.next().unwrap_or("").to_string();
    for part in parts {
        result += " at 0x";
        result += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    result
}

/// Where two outputs part.
fn difference(one: &str, other: &str) -> String {
    let (mut left, mut right) = (one.lines(), other.lines());
    loop {
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => (),
            (a, b) => return format!("{}\n    {}", a.unwrap_or("(ends)"), b.unwrap_or("(ends)")),
        }
    }
}

/// How many of the programs did anything of use.
#[derive(Default)]
struct Tally {
    programs: u32,
    too_slow: u32,
}

/// Runs a program in all modes; how they differ.
fn compare(file: &Path, text: &str, seed: u64, tally: &mut Tally) -> Result<(), String> {
    std::fs::write(file, text).expect("the program is written");
    if let Some(folder) = std::env::var_os("RANDOM_KEEP") {
        drop(std::fs::copy(file, PathBuf::from(folder).join(format!("{}.py", tally.programs))));
    }
    let taipan = |mode: &str| {
        let built = env!("CARGO_BIN_EXE_taipan");
        let mut command = Command::new(std::env::var_os("RANDOM_TAIPAN").unwrap_or(built.into()));
        command.args(["-X", "balance", "-X"]).arg(format!("jit={mode}"));
        run(&mut command, file)
    };
    // As many settings as the others have, which the program may see.
    let wanted = taipan("off,threshold=300");
    tally.programs += 1;
    if wanted.ends_with("too slow") {
        tally.too_slow += 1;
        return Ok(());
    }
    for mode in MODES {
        let mode = if mode.ends_with('=') { format!("{mode}{seed}") } else { mode.to_string() };
        let found = taipan(&mode);
        if found != wanted {
            return Err(format!("off, then {mode}:\n    {}", difference(&wanted, &found)));
        }
    }
    if let Some(reference) = std::env::var_os("RANDOM_REFERENCE") {
        let found = run(&mut Command::new(reference), file);
        if found != wanted {
            return Err(format!("off, then the reference:\n    {}", difference(&wanted, &found)));
        }
    }
    Ok(())
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs so many programs; what failed first, unless there is a folder for failures.
fn run_programs(count: u64, seed: u64) {
    let grammar = Grammar::parse(include_str!("grammar.txt"));
    let file = std::env::temp_dir().join(format!("taipan_random_{}.py", std::process::id()));
    let failures = std::env::var_os("RANDOM_FAILURES").map(PathBuf::from);
    let mut tally = Tally::default();
    let (mut failed, mut left, mut part) = (0, count, 0u8);
    while left > 0 {
        let chunk = left.min(if failures.is_some() { 50 } else { 5000 });
        left -= chunk;
        let mut bytes = [part; 32];
        part = part.wrapping_add(1);
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config {
            cases: chunk as u32,
            failure_persistence: None,
            max_shrink_iters: 3000,
            ..Config::default()
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let tally = std::cell::RefCell::new(&mut tally);
        let outcome = runner.run(&Programs(&grammar), |text| {
            compare(&file, &text, seed, &mut tally.borrow_mut()).map_err(TestCaseError::fail)
        });
        let Err(error) = outcome else { continue };
        let TestError::Fail(reason, text) = error else { panic!("{error}") };
        let Some(folder) = &failures else { panic!("{reason}\n{text}") };
        failed += 1;
        std::fs::create_dir_all(folder).expect("a folder");
        let reason: String = reason.message().lines().map(|line| format!("# {line}\n")).collect();
        std::fs::write(folder.join(format!("{seed}_{part}.py")), reason + &text).expect("a failure is kept");
    }
    drop(std::fs::remove_file(&file));
    println!("{} runs, {} too slow, {failed} failures", tally.programs, tally.too_slow);
    assert!(u64::from(tally.too_slow) * 50 <= count, "{} programs were too slow", tally.too_slow);
    assert_eq!(failed, 0);
}

#[test]
fn modes_agree() {
    run_programs(number("RANDOM_PROGRAMS", 200), number("RANDOM_SEED", 1));
}

#[test]
#[ignore = "takes minutes"]
fn modes_agree_on_many() {
    run_programs(number("RANDOM_PROGRAMS", 5000), number("RANDOM_SEED", 2));
}
