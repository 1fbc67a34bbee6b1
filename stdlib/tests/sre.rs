//! The matching engine against results recorded from CPython (`sre/record.py` writes `sre/cases.txt`), in every storage
//! that holds the subject, and against hostile code words.

use std::fmt::Write;

use stdlib::sre::{Environment, InvalidCode, Locale, MatchError, Matcher, Mode, Program, Scanner, Subject};

const CASES: &str = include_str!("sre/cases.txt");

fn numbers<T: std::str::FromStr>(text: &str) -> Vec<T> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// All matches of the iteration, in the form of the recorded results.
fn matches(program: &Program, subject: Subject, mode: Mode, start: usize, end: usize) -> String {
    let mut matcher = Matcher::new();
    let mut scanner = Scanner::new(start, end);
    let mut environment = Environment { locale: &Locale::C, interrupted: &mut || false };
    let mut found = Vec::new();
    while scanner.next(&mut matcher, program, subject, mode, &mut environment) == Ok(true) {
        let mut text = format!("{}:", matcher.last_index().unwrap_or(0));
        for group in 0..=program.groups() {
            let separator = if group == 0 { "" } else { ";" };
            match matcher.group(group) {
                Some((start, end)) => write!(text, "{separator}{start},{end}").unwrap(),
                None => write!(text, "{separator}-1,-1").unwrap(),
            }
        }
        found.push(text);
        if mode == Mode::FullMatch {
            break;
        }
    }
    if found.is_empty() { "-".to_owned() } else { found.join(" ") }
}

#[test]
fn agrees_with_recorded_results() {
    let mut program = None;
    let mut failures = Vec::new();
    let mut runs = 0;
    for line in CASES.lines() {
        if let Some(pattern) = line.strip_prefix("P ") {
            let words: Vec<u32> = numbers(pattern);
            program = Some((pattern, Program::new(&words[2..], words[1] as usize, words[0]).expect(pattern)));
            continue;
        }
        let (pattern, program) = program.as_ref().unwrap();
        let (run, expected) = line.strip_prefix("S ").unwrap().split_once(" = ").unwrap();
        let mut fields = run.splitn(4, ' ');
        let mode = match fields.next() {
            Some("M") => Mode::Match,
            Some("F") => Mode::FullMatch,
            _ => Mode::Search,
        };
        let [start, end] = [(); 2].map(|()| fields.next().unwrap().parse::<usize>().unwrap());
        let units = fields.next().unwrap_or("").split_whitespace();
        let wide: Vec<u32> = units.map(|unit| u32::from_str_radix(unit, 16).unwrap()).collect();
        let middle: Option<Vec<u16>> = wide.iter().map(|&unit| unit.try_into().ok()).collect();
        let narrow: Option<Vec<u8>> = wide.iter().map(|&unit| unit.try_into().ok()).collect();
        let storages = [narrow.as_deref().map(Subject::One), middle.as_deref().map(Subject::Two)];
        for subject in storages.into_iter().flatten().chain([Subject::Four(&wide)]) {
            runs += 1;
            let actual = matches(program, subject, mode, start, end);
            if actual != expected {
                failures.push(format!("P {pattern}\n{line}\n  actual {actual}"));
            }
        }
    }
    assert!(runs > 1000, "the cases are missing");
    assert!(
        failures.is_empty(),
        "{} of {runs} differ\n{}",
        failures.len(),
        failures[..failures.len().min(12)].join("\n")
    );
}

/// Small numbers of the opcodes used below.
const SUCCESS: u32 = 1;
const ANY_ALL: u32 = 3;
const BRANCH: u32 = 7;
const IN: u32 = 13;
const JUMP: u32 = 15;
const LITERAL: u32 = 16;
const MARK: u32 = 17;
const MAX_UNTIL: u32 = 18;
const REPEAT: u32 = 23;
const ATOMIC_GROUP: u32 = 27;

#[test]
fn refuses_corrupt_code_words() {
    let corrupt: &[&[u32]] = &[
        &[],
        &[0],
        &[99, SUCCESS],
        &[LITERAL],
        &[LITERAL, SUCCESS],
        &[MARK, 2, SUCCESS],
        &[IN, 0, 0, SUCCESS],
        &[IN, 4, LITERAL, 97, SUCCESS],
        &[IN, u32::MAX, 0, SUCCESS],
        &[JUMP, 1, SUCCESS],
        &[BRANCH, 0, SUCCESS],
        &[REPEAT, 4, 0, 1, ANY_ALL, SUCCESS],
        &[REPEAT, 4, 2, 1, ANY_ALL, MAX_UNTIL, SUCCESS],
        &[MAX_UNTIL, SUCCESS],
        &[ATOMIC_GROUP, 200, ANY_ALL, SUCCESS, SUCCESS],
    ];
    for code in corrupt {
        assert_eq!(Program::new(code, 1, 0).err(), Some(InvalidCode), "{code:?}");
    }
}

/// Every single-word change of real code is refused or gives a program which runs without a panic.
#[test]
fn survives_mutated_code_words() {
    let subject: Vec<u8> = b"ab\x0fabcx2024-01-31 WARN".to_vec();
    for line in CASES.lines().filter_map(|line| line.strip_prefix("P ")) {
        let words: Vec<u32> = numbers(line);
        let code = &words[2..];
        for index in 0..code.len().min(60) {
            for value in [0, 1, 3, code[index].wrapping_add(1), code[index].wrapping_sub(1), u32::MAX] {
                let mut mutated = code.to_vec();
                mutated[index] = value;
                let Ok(program) = Program::new(&mutated, words[1] as usize, 0) else {
                    continue;
                };
                let mut matcher = Matcher::new();
                matcher.set_memory_limit(1 << 16);
                let mut environment = Environment { locale: &Locale::C, interrupted: &mut || true };
                let _ = matcher.run(
                    &program,
                    Subject::One(&subject),
                    Mode::Search,
                    0,
                    usize::MAX,
                    false,
                    &mut environment,
                );
            }
        }
    }
}

#[test]
fn nesting_costs_no_native_stack() {
    let depth = 200_000;
    let code = vec![SUCCESS; depth + 1];
    let mut nested = Vec::with_capacity(3 * depth + 1);
    for level in (1..=depth as u32).rev() {
        nested.extend([ATOMIC_GROUP, 3 * level - 1]);
    }
    nested.extend(code);
    let program = Program::new(&nested, 0, 0).expect("valid nesting");
    assert_eq!(matches(&program, Subject::One(b"x"), Mode::Match, 0, 0), "0:0,0");
}

fn run_loop(memory: usize, interrupt: bool) -> Result<bool, MatchError> {
    // (?:..)* over a long subject: an iteration leaves an open choice.
    let code = [REPEAT, 5, 0, u32::MAX, ANY_ALL, ANY_ALL, MAX_UNTIL, SUCCESS];
    let program = Program::new(&code, 0, 0).expect("valid loop");
    let subject = vec![b'a'; 1 << 20];
    let mut matcher = Matcher::new();
    matcher.set_memory_limit(memory);
    let mut environment = Environment { locale: &Locale::C, interrupted: &mut || interrupt };
    matcher.run(&program, Subject::One(&subject), Mode::Match, 0, usize::MAX, false, &mut environment)
}

#[test]
fn memory_and_interrupts_end_a_run() {
    assert_eq!(run_loop(1 << 30, false), Ok(true));
    assert_eq!(run_loop(1 << 16, false), Err(MatchError::Memory));
    assert_eq!(run_loop(1 << 30, true), Err(MatchError::Interrupted));
}
