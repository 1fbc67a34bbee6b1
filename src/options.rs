//! The command line: options as CPython reads them, up to the one that says what to run.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// `-c`
    Command(OsString),
    /// `-m`
    Module(OsString),
    File(OsString),
    /// `-`, or nothing at all.
    Stdin,
}

/// What to print instead of running anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Information {
    Usage,
    Environment,
    XOptions,
    All,
    Version,
    LongVersion,
}

/// The options, counted where that matters.
#[derive(Clone, Debug)]
pub struct Options {
    pub program: Program,
    /// What `sys.argv` becomes.
    pub argv: Vec<OsString>,
    pub information: Option<Information>,
    pub warnings: Vec<OsString>,
    pub x_options: Vec<OsString>,
    pub check_hash_pycs: Option<String>,
    pub bytes_warning: i64,
    pub dont_write_bytecode: bool,
    pub debug: i64,
    pub ignore_environment: bool,
    pub inspect: bool,
    pub isolated: bool,
    pub optimize: i64,
    pub safe_path: bool,
    pub quiet: bool,
    pub random_hash: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub unbuffered: bool,
    pub verbose: i64,
    pub skip_first_line: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            program: Program::Stdin,
            argv: Vec::new(),
            information: None,
            warnings: Vec::new(),
            x_options: Vec::new(),
            check_hash_pycs: None,
            bytes_warning: 0,
            dont_write_bytecode: false,
            debug: 0,
            ignore_environment: false,
            inspect: false,
            isolated: false,
            optimize: 0,
            safe_path: false,
            quiet: false,
            random_hash: false,
            no_user_site: false,
            no_site: false,
            unbuffered: false,
            verbose: 0,
            skip_first_line: false,
        }
    }
}

const HASH_PYCS: &str = "--check-hash-based-pycs";

/// Letters that take an argument, from the same word or the next one.
fn takes_argument(letter: u8) -> bool {
    matches!(letter, b'c' | b'm' | b'W' | b'X')
}

/// Reads the arguments behind the program's name; an error is the message's first line.
pub fn parse(arguments: &[OsString]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut versions = 0;
    let mut at = 0;
    while let Some(argument) = arguments.get(at) {
        let bytes = argument.as_bytes();
        if bytes == b"-" || bytes.first() != Some(&b'-') {
            break;
        }
        at += 1;
        if bytes == b"--" {
            break;
        }
        if bytes.starts_with(b"--") {
            long_option(&mut options, &mut versions, argument, arguments, &mut at)?;
            continue;
        }
        for (i, letter) in bytes.iter().enumerate().skip(1) {
            if !takes_argument(*letter) {
                short_option(&mut options, &mut versions, *letter)?;
                continue;
            }
            let value = if i + 1 < bytes.len() {
                OsString::from_vec(bytes[i + 1..].to_vec())
            } else {
                at += 1;
                match arguments.get(at - 1) {
                    Some(next) => next.clone(),
                    None => {
                        return Err(format!("Argument expected for the -{} option", *letter as char));
                    }
                }
            };
            match letter {
                b'W' => options.warnings.push(value),
                b'X' => options.x_options.push(value),
                _ => {
                    let is_command = *letter == b'c';
                    options.program =
                        if is_command { Program::Command(value) } else { Program::Module(value) };
                    options.argv = vec![OsString::from(if is_command { "-c" } else { "-m" })];
                    options.argv.extend_from_slice(&arguments[at..]);
                    finish_information(&mut options, versions);
                    return Ok(options);
                }
            }
            break;
        }
    }
    let rest = &arguments[at.min(arguments.len())..];
    match rest.first() {
        Some(file) if file.as_bytes() != b"-" => options.program = Program::File(file.clone()),
        _ => options.program = Program::Stdin,
    }
    options.argv = if rest.is_empty() { vec![OsString::new()] } else { rest.to_vec() };
    finish_information(&mut options, versions);
    Ok(options)
}

/// Help goes before the version.
fn finish_information(options: &mut Options, versions: u32) {
    if options.information.is_none() && versions > 0 {
        options.information =
            Some(if versions > 1 { Information::LongVersion } else { Information::Version });
    }
}

fn long_option(
    options: &mut Options,
    versions: &mut u32,
    argument: &OsStr,
    arguments: &[OsString],
    at: &mut usize,
) -> Result<(), String> {
    let text = argument.to_string_lossy();
    let information = match text.as_ref() {
        "--help" => Information::Usage,
        "--help-env" => Information::Environment,
        "--help-xoptions" => Information::XOptions,
        "--help-all" => Information::All,
        "--version" => {
            *versions += 1;
            return Ok(());
        }
        HASH_PYCS => {
            let Some(value) = arguments.get(*at) else {
                return Err(format!("Argument expected for the {HASH_PYCS} options"));
            };
            *at += 1;
            let value = value.to_string_lossy().into_owned();
            if !["default", "always", "never"].contains(&value.as_str()) {
                return Err(format!("{HASH_PYCS} must be one of 'default', 'always', or 'never'"));
            }
            options.check_hash_pycs = Some(value);
            return Ok(());
        }
        _ => return Err(format!("Unknown option: {text}")),
    };
    options.information = Some(information);
    Ok(())
}

fn short_option(options: &mut Options, versions: &mut u32, letter: u8) -> Result<(), String> {
    match letter {
        b'b' => options.bytes_warning += 1,
        b'B' => options.dont_write_bytecode = true,
        b'd' => options.debug += 1,
        b'E' => options.ignore_environment = true,
        b'h' | b'?' => options.information = Some(Information::Usage),
        b'i' => options.inspect = true,
        b'I' => options.isolated = true,
        b'O' => options.optimize += 1,
        b'P' => options.safe_path = true,
        b'q' => options.quiet = true,
        b'R' => options.random_hash = true,
        b's' => options.no_user_site = true,
        b'S' => options.no_site = true,
        // Accepted for old scripts, without effect.
        b't' => {}
        b'u' => options.unbuffered = true,
        b'v' => options.verbose += 1,
        b'V' => *versions += 1,
        b'x' => options.skip_first_line = true,
        other => return Err(format!("Unknown option: -{}", other as char)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Options, String> {
        parse(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn options_end_at_the_program() {
        let options = read(&["-OOv", "-Wignore", "-X", "dev", "-cpass", "-V", "a"]).expect("valid");
        assert_eq!(options.program, Program::Command("pass".into()));
        assert_eq!(options.argv, ["-c", "-V", "a"]);
        assert_eq!((options.optimize, options.verbose, options.information), (2, 1, None));
        assert_eq!((options.warnings.len(), options.x_options.len()), (1, 1));
        let options = read(&["-I", "--", "x.py", "-c"]).expect("valid");
        assert_eq!(options.program, Program::File("x.py".into()));
        assert_eq!(options.argv, ["x.py", "-c"]);
        assert_eq!(read(&["-", "a"]).expect("valid").argv, ["-", "a"]);
        assert_eq!(read(&[]).expect("valid").argv, [""]);
    }

    #[test]
    fn wrong_options_are_named() {
        assert_eq!(read(&["-z"]).expect_err("wrong"), "Unknown option: -z");
        assert_eq!(read(&["--foo"]).expect_err("wrong"), "Unknown option: --foo");
        assert_eq!(read(&["-W"]).expect_err("wrong"), "Argument expected for the -W option");
    }
}
