//! The command line of the built program: options, exit statuses, messages, what `sys` shows of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn run_in(folder: &Path, arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_taipan"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The program may end without reading its input.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

/// Output, errors and status of a run.
fn run(arguments: &[&str]) -> (String, String, i32) {
    run_with(arguments, "", &[])
}

fn run_with(arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> (String, String, i32) {
    let done = run_in(&std::env::temp_dir(), arguments, input, variables);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&done.stdout), text(&done.stderr), done.status.code().unwrap_or(-1))
}

/// A folder that goes away at the end of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("taipan-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
    fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("a file");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn wrong_usage_is_told() {
    for (arguments, message) in [
        (&["-z"][..], "Unknown option: -z\n"),
        (&["--foo"], "Unknown option: --foo\n"),
        (&["-c"], "Argument expected for the -c option\n"),
        (
            &["--check-hash-based-pycs", "x"],
            "--check-hash-based-pycs must be one of 'default', 'always', or 'never'\n",
        ),
    ] {
        let (_, errors, status) = run(arguments);
        assert!(errors.starts_with(message), "{errors}");
        assert!(errors.contains("[option] ... [-c cmd | -m mod | file | -] [arg] ...\n"), "{errors}");
        assert_eq!(status, 2);
    }
    let (_, errors, status) = run(&["no-such-file.py"]);
    assert!(errors.contains(": can't open file '"), "{errors}");
    assert!(errors.ends_with("no-such-file.py': [Errno 2] No such file or directory\n"), "{errors}");
    assert_eq!(status, 2);
    for (arguments, message) in [
        (["-X", "int_max_str_digits=5", "-c1"], "config_init_int_max_str_digits: -X int_max_str_digits:"),
        (["-X", "gil=0", "-c1"], "config_read_gil: Disabling the GIL is not supported by this build\n"),
    ] {
        let (_, errors, status) = run(&arguments);
        assert!(errors.starts_with(&format!("Fatal Python error: {message}")), "{errors}");
        assert_eq!(status, 1);
    }
}

#[test]
fn information_goes_to_stdout() {
    let (output, _, status) = run(&["-V"]);
    assert!(output.starts_with("Python 3.14.") && status == 0);
    assert!(run(&["-VV"]).0.contains("[Taipan "));
    assert!(run(&["--help"]).0.starts_with("usage: "));
    assert!(run(&["--help-xoptions"]).0.contains("-X importtime"));
}

#[test]
fn options_show_in_sys() {
    let show =
        "import sys; print(sys.argv, sys.flags.optimize, sys.flags.isolated, sys.warnoptions, sys._xoptions)";
    let (output, errors, _) = run(&["-IOO", "-Wignore", "-Xa=b", "-Xc", "-c", show, "-V", "x"]);
    assert_eq!(output, "['-c', '-V', 'x'] 2 1 ['ignore'] {'a': 'b', 'c': True}\n", "{errors}");
    let show = "import sys; print(sys.path[0], sys.dont_write_bytecode, __debug__)";
    let variables = [("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONOPTIMIZE", "1")];
    assert_eq!(run_with(&["-c", show], "", &variables).0, " True False\n");
    assert_eq!(run_with(&["-E", "-c", show], "", &variables).0, " False True\n");
}

#[test]
fn exit_statuses() {
    for (source, output, status) in [
        ("pass", "", 0),
        ("raise SystemExit", "", 0),
        ("raise SystemExit(3)", "", 3),
        ("import sys; sys.exit(300)", "", 44),
        ("import sys; sys.exit(-1)", "", 255),
        ("import sys; print(1); sys.exit('why')", "1\n", 1),
        ("1/0", "", 1),
        ("x = ", "", 1),
    ] {
        let (found, errors, code) = run(&["-c", source]);
        assert_eq!((found.as_str(), code), (output, status), "{source}: {errors}");
    }
    assert_eq!(run(&["-c", "import sys; sys.exit('why')"]).1, "why\n");
    let (_, errors, status) = run(&["-c", "raise KeyboardInterrupt"]);
    assert!(errors.ends_with("KeyboardInterrupt\n"), "{errors}");
    assert_eq!(status, -1, "death by signal");
}

#[test]
fn the_program_comes_from_many_places() {
    let folder = Folder::new("places");
    let file =
        folder.write("here.py", b"import sys\nprint(__name__, __file__ == sys.argv[0], sys.argv[1:])\n");
    assert_eq!(run(&[&file, "a"]).0, "__main__ True ['a']\n");
    let input = "import sys\nprint(sys.argv, __file__)\n";
    assert_eq!(run_with(&["-", "a"], input, &[]).0, "['-', 'a'] <stdin>\n");
    assert_eq!(run_with(&[], input, &[]).0, "[''] <stdin>\n");
    assert_eq!(run(&["-c", "  print(1)\n  print(2)"]).0, "1\n2\n");
    let file = folder.write("latin.py", b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n");
    assert_eq!(run(&[&file]).0, "'\\xe9'\n");
    let file = folder.write("wrong.py", b"print('\xe9')\n");
    let (_, errors, status) = run(&[&file]);
    assert!(errors.contains("SyntaxError: (unicode error)") || errors.contains("Non-UTF-8 code"), "{errors}");
    assert_eq!(status, 1);
    let file = folder.write("skip.py", b"not python at all\nprint('skipped')\n");
    assert_eq!(run(&["-x", &file]).0, "skipped\n");
    let package = Folder::new("directory");
    package.write(
        "__main__.py",
        b"import sys\nprint('main of', __package__ == '', sys.path[0] == sys.argv[0])\n",
    );
    let path = package.0.to_string_lossy().into_owned();
    assert_eq!(run(&[&path]).0, "main of True True\n");
    let empty = Folder::new("empty");
    let (_, errors, status) = run(&[&empty.0.to_string_lossy()]);
    assert!(errors.contains("can't find '__main__' module in '") && status == 1, "{errors}");
}

#[test]
fn lost_output_is_an_error() {
    let done = Command::new("/bin/sh")
        .args(["-c", "\"$0\" -c 'print(1)' >/dev/full"])
        .arg(env!("CARGO_BIN_EXE_taipan"))
        .env_clear()
        .output()
        .expect("a shell");
    assert_eq!(done.status.code(), Some(120), "{}", String::from_utf8_lossy(&done.stderr));
}
