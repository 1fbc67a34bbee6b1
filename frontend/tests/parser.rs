//! Trees and errors of small sources, against what CPython 3.14 says about them.
//!
//! `data/cases.txt` holds the sources, `data/expected.txt` the answers; `record.py`, run by the
//! reference, rewrites the latter.

#[path = "common/dump.rs"]
mod dump;

use frontend::parser::{Mode, ParseFlags, parse_text};

fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('f') => text.push('\x0c'),
            Some('0') => text.push('\0'),
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

fn answer(mode: &str, source: &str) -> String {
    let (incomplete, mode) = match mode.strip_prefix("incomplete-") {
        Some(rest) => (true, rest),
        None => (false, mode),
    };
    let mode = match mode {
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" => Mode::FuncType,
        _ => Mode::Exec,
    };
    let flags = ParseFlags {
        allow_incomplete_input: incomplete,
        dont_imply_dedent: incomplete,
        ..Default::default()
    };
    match parse_text(source, mode, flags) {
        Ok(parsed) => {
            let warnings: Vec<String> = parsed
                .warnings
                .iter()
                .map(|warning| format!(" # {}: {}", warning.lineno, warning.msg))
                .collect();
            dump::dump_module(&parsed.tree) + &warnings.concat()
        }
        Err(error) => dump::dump_error(&error),
    }
}

#[test]
fn recorded_answers() {
    let cases =
        include_str!("data/cases.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("##"));
    let mut expected = include_str!("data/expected.txt").lines();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in cases {
        let (mode, source) = case.split_once(' ').unwrap_or((case, ""));
        let wanted = expected.next().unwrap_or("(nothing recorded)");
        let got = answer(mode, &unescape(source));
        count += 1;
        if got != wanted {
            failures.push(format!("{case}\n  got    {got}\n  wanted {wanted}"));
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(expected.next(), None, "more answers than cases");
}

/// Sources that nest or chain without end: an error, or a tree that can be dropped; never a crash.
#[test]
fn depth_is_bounded() {
    let wrap = |open: &str, inner: &str, close: &str| open.repeat(100_000) + inner + &close.repeat(100_000);
    let sources = [
        wrap("(", "1", ")"),
        wrap("[", "a b", ""),
        wrap("-", "1", ""),
        wrap("not ", "1", ""),
        wrap("a**", "1", ""),
        wrap("lambda:", "1", ""),
        wrap("a if b else ", "1", ""),
        wrap("", "a", ".b"),
        wrap("", "a", "()"),
        wrap("", "a", "[0]"),
        wrap("", "1", "+1"),
        wrap("f\"{", "1", "}\""),
        "if a: pass\n".to_owned() + &"elif a: pass\n".repeat(100_000),
    ];
    for source in sources {
        let start: String = source.chars().take(20).collect();
        let result = parse_text(&source, Mode::Exec, ParseFlags::default());
        assert!(result.is_err(), "{start}... is accepted");
    }
}
