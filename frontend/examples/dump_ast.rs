//! Prints the tree of a source file in the form of `ast.dump(tree, include_attributes=True)`, with
//! strings in ASCII. Without arguments it serves a comparing program: it reads a mode and a file name
//! a line (before the mode: `text-` for a `str`, `incomplete-` for the flags of `codeop`) and answers with a line `OK length` or `ERROR length` and that many bytes.

use std::io::{BufRead, Write as _};

use frontend::parser::{Mode, ParseFlags, parse_source, parse_text};

#[path = "../tests/common/dump.rs"]
mod dump;

use dump::{dump_error, dump_module};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut output = std::io::stdout().lock();
    if let Some(path) = arguments.first() {
        let repeat = arguments.get(1).and_then(|count| count.parse().ok()).unwrap_or(0);
        return run_once(path, repeat);
    }
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (mode, path) = line.split_once(' ').unwrap_or(("exec", &line));
        let (is_text, mode) = strip(mode, "text-");
        let (is_incomplete, mode) = strip(mode, "incomplete-");
        let flags = ParseFlags {
            allow_incomplete_input: is_incomplete,
            dont_imply_dedent: is_incomplete,
            ..ParseFlags::default()
        };
        let mode = match mode {
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            "func_type" => Mode::FuncType,
            _ => Mode::Exec,
        };
        let source = std::fs::read(path)?;
        let parsed = match (is_text, std::str::from_utf8(&source)) {
            (true, Ok(text)) => parse_text(text, mode, flags),
            _ => parse_source(&source, mode, flags),
        };
        let (verdict, text) = match parsed {
            Ok(parsed) => ("OK", dump_module(&parsed.tree)),
            Err(error) => ("ERROR", dump_error(&error)),
        };
        writeln!(output, "{verdict} {}", text.len())?;
        output.write_all(text.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

fn strip<'a>(text: &'a str, prefix: &str) -> (bool, &'a str) {
    match text.strip_prefix(prefix) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

fn run_once(path: &str, repeat: u32) -> std::io::Result<()> {
    let source = std::fs::read(path)?;
    let start = std::time::Instant::now();
    for _ in 0..repeat {
        let _ = parse_source(&source, Mode::Exec, ParseFlags::default());
    }
    if repeat > 0 {
        let bytes = source.len() as f64 * repeat as f64;
        println!("{:.1} MB/s", bytes / start.elapsed().as_secs_f64() / 1e6);
        return Ok(());
    }
    match parse_source(&source, Mode::Exec, ParseFlags::default()) {
        Ok(parsed) => {
            println!("{}", dump_module(&parsed.tree));
            for warning in &parsed.warnings {
                eprintln!("{}: SyntaxWarning: {}", warning.lineno, warning.msg);
            }
        }
        Err(error) => println!("{}", dump_error(&error)),
    }
    Ok(())
}
