//! Code objects, warnings and errors of small sources, against what CPython 3.14 makes of them.
//!
//! `data/code_cases.txt` holds the sources, `data/code_expected.txt` the answers; `record_code.py`, run by the
//! reference, rewrites the latter.

#[path = "common/code_text.rs"]
mod code_text;

use std::fmt::Write as _;

use code_text::{ascii, constant, refused};
use frontend::compile::{CompileOptions, compile_text};
use frontend::parser::Mode;
use ir::code::Code;
use ir::opcode::Opcode;
use ir::wtf8::Wtf8;
use ir::{exceptiontable, locations};

fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

/// What the compiler makes of a source; `mode` is the mode and the optimisation level, like `exec0`.
fn answer(mode: &str, source: &str) -> String {
    let (name, level) = mode.split_at(mode.len() - 1);
    let options = CompileOptions {
        optimize: level.parse().unwrap(),
        top_level_await: name == "await",
        ..CompileOptions::default()
    };
    let parse_mode = match name {
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => Mode::Exec,
    };
    let mut text = String::new();
    match compile_text(source, &Wtf8::from("<case>"), parse_mode, options) {
        Ok(compiled) => {
            for warning in &compiled.warnings {
                writeln!(text, "W {} {}", warning.lineno, ascii(&Wtf8::from(&*warning.msg))).unwrap();
            }
            dump(&compiled.code, "", &mut text);
        }
        Err(error) => refused(&error, &mut text),
    }
    text
}

fn names<'n>(names: impl Iterator<Item = &'n Wtf8>) -> String {
    names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn dump(code: &Code, indent: &str, text: &mut String) {
    let line = |text: &mut String, content: String| writeln!(text, "{indent}{}", content.trim_end()).unwrap();
    line(text, format!("code {} {}", ascii(&code.name), ascii(&code.qualname)));
    let counts = [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize];
    line(text, format!("counts {counts:?} flags {:#x} first {}", code.flags, code.firstlineno));
    line(text, format!("names {}", names(code.names.iter())));
    line(text, format!("varnames {}", names(code.varnames())));
    line(text, format!("cellvars {}", names(code.cellvars())));
    line(text, format!("freevars {}", names(code.freevars())));
    let positions = locations::positions(&code.linetable, code.firstlineno);
    for ((at, unit), position) in code.code.chunks(2).enumerate().zip(positions) {
        let opcode = Opcode::from_number(unit[0].into()).unwrap();
        if opcode == Opcode::CACHE {
            continue;
        }
        let number = |value: i32| if value < 0 { "-".to_string() } else { value.to_string() };
        let place =
            [position.line, position.end_line, position.column, position.end_column].map(number).join(" ");
        line(text, format!("  {} {} {} @ {place}", at * 2, opcode.name(), unit[1]));
    }
    for entry in exceptiontable::Decoder::new(&code.exceptiontable) {
        let exceptiontable::Entry { start, end, target, depth, lasti } = entry;
        line(text, format!("  {start}-{end} to {target} [{depth}]{}", if lasti { " lasti" } else { "" }));
    }
    let mut children = Vec::new();
    for value in &code.consts {
        let shown = constant(value, &mut children);
        line(text, format!("const {shown}"));
    }
    for child in children {
        dump(child, &format!("{indent}  "), text);
    }
}

#[test]
fn code_objects_are_cpythons() {
    let cases = include_str!("data/code_cases.txt");
    let expected = include_str!("data/code_expected.txt");
    let mut answers = expected.split("=====\n").skip(1);
    let mut failures = String::new();
    for line in cases.lines().filter(|line| !line.is_empty() && !line.starts_with("##")) {
        let (mode, source) = line.split_once(' ').unwrap();
        let expected = answers.next().expect("code_expected.txt is out of date: run record_code.py");
        let actual = answer(mode, &unescape(source));
        if actual != expected {
            writeln!(failures, "{line}\n--- CPython\n{expected}--- here\n{actual}").unwrap();
        }
    }
    assert_eq!(answers.count(), 0, "code_expected.txt is out of date: run record_code.py");
    assert!(failures.is_empty(), "{failures}");
}
