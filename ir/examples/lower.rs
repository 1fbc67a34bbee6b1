//! Lowers the code objects of `.pyc` files, verifies the result and its text form, and prints totals.
//!
//! Directories are searched; a single file's code is printed. `cargo run -p taipan-ir --example lower -- PATH...`

use std::path::Path;
use std::process::ExitCode;

use ir::code::{Code, Const};
use ir::marshal::{pyc, unmarshal_const};
use ir::register::{CodeView, RegisterCode, lower, lower_precise, parse, print, verify};

#[derive(Default)]
struct Totals {
    prints: bool,
    codes: usize,
    failures: usize,
    units: usize,
    instructions: usize,
    words: usize,
}

impl Totals {
    fn visit(&mut self, path: &Path) {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.for_each(|entry| self.visit(&entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "pyc") {
            self.file(path);
        }
    }

    fn file(&mut self, path: &Path) {
        let Ok(bytes) = std::fs::read(path) else { return };
        let constant = pyc::split(&bytes).ok().and_then(|(_, body)| unmarshal_const(body).ok());
        match constant {
            Some(Const::Code(code)) => self.code(path, &code),
            _ => println!("{}: no code object", path.display()),
        }
    }

    fn code(&mut self, path: &Path, code: &Code) {
        self.codes += 1;
        let view = CodeView::of(code);
        for lowering in [lower, lower_precise] {
            let result = lowering(&view).map_err(|error| error.to_string());
            let checked = result.and_then(|lowered| check(&lowered).map(|()| lowered));
            match checked {
                Ok(lowered) if !lowered.precise => {
                    self.count(code, &lowered);
                    if self.prints {
                        println!("{}\n{}", code.qualname, print(&lowered, Some(code)));
                    }
                }
                Ok(_) => {}
                Err(message) => {
                    self.failures += 1;
                    println!("{}: {}: {message}", path.display(), code.qualname);
                }
            }
        }
        for constant in &code.consts {
            if let Const::Code(inner) = constant {
                self.code(path, inner);
            }
        }
    }

    fn count(&mut self, code: &Code, lowered: &RegisterCode) {
        self.units += code.code.len() / 2;
        self.words += lowered.words.len();
        self.instructions += lowered.instructions().count();
    }
}

fn check(lowered: &RegisterCode) -> Result<(), String> {
    verify(lowered).map_err(|error| error.to_string())?;
    let parsed = parse(&print(lowered, None)).map_err(|error| error.to_string())?;
    if parsed == *lowered { Ok(()) } else { Err("the text form means something else".to_string()) }
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let prints = matches!(arguments.as_slice(), [file] if Path::new(file).is_file());
    let mut totals = Totals { prints, ..Totals::default() };
    arguments.iter().for_each(|argument| totals.visit(Path::new(argument)));
    let Totals { codes, failures, units, instructions, words, .. } = totals;
    println!("{codes} code objects, {units} code units: {instructions} instructions, {words} words");
    println!("{failures} failures");
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
