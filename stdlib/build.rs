//! Makes the embedded library: every Python file of the pinned library crate, our overlays over it, compiled by our own
//! front end to marshalled code objects.
//!
//! Output in OUT_DIR: `sources.bin`, `codes.bin` and `files.rs`, the table of both (rows sorted by path).

use frontend::compile::{CompileOptions, compile_source};
use frontend::parser::Mode;
use ir::marshal::{WriteOptions, marshal_code};
use ir::wtf8::Wtf8;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Parts of the library that no program can use here: native extensions of other systems, graphical programs, tests.
const LEFT_OUT: &[&str] = &["idlelib", "test", "tkinter", "turtledemo", "__pycache__"];
/// Names that the pinned crate has put into the library for its own interpreter, and what stands there for ours: paths
/// are those of CPython, where tools look.
const PATCHES: &[(&str, &str, &str)] = &[
    ("site.py", "return 'RustPython' #", "return 'Python' #"),
    ("site.py", "/lib/rustpython{version[0]}", "/lib/python{version[0]}"),
    ("sysconfig/__init__.py", "return 'RustPython'  #", "return 'Python'  #"),
    ("platform.py", "if \"RustPython\" in sys_version:", "if \"Taipan\" in sys_version:"),
    ("platform.py", "name = \"RustPython\"", "name = \"Taipan\""),
];
/// What each start of the interpreter loads. These lie side by side, so that a start touches few pages of the library.
const LOADED_AT_START: &[&str] = &[
    "importlib/_bootstrap.py",
    "importlib/_bootstrap_external.py",
    "_taipan_library.py",
    "zipimport.py",
    "abc.py",
    "stat.py",
    "_collections_abc.py",
    "genericpath.py",
    "posixpath.py",
    "os.py",
    "_sitebuiltins.py",
    "site.py",
];
/// The compiler walks trees recursively with a counted depth; this is enough for its limit.
const COMPILER_STACK: usize = 256 * 1024 * 1024;

/// Adds the files below `folder` by their path relative to the library's root.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files);
        } else if name.ends_with(".py") {
            files.insert(format!("{prefix}{name}"), path);
        }
    }
}

/// The source with our patches. One that no longer fits stops the build.
fn patched(name: &str, source: Vec<u8>) -> Vec<u8> {
    let mut wanted = PATCHES.iter().filter(|(file, _, _)| *file == name).peekable();
    if wanted.peek().is_none() {
        return source;
    }
    let mut text = String::from_utf8(source).expect("the library's files are UTF-8");
    for (_, from, to) in wanted {
        assert!(text.contains(from), "the patch of {name} does not fit: {from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

/// The marshalled code object of a source file; the file name in it is the path within the library.
fn compile(name: &str, source: &[u8]) -> Vec<u8> {
    let compiled = compile_source(source, &Wtf8::from(name), Mode::Exec, CompileOptions::default())
        .unwrap_or_else(|error| panic!("the library file {name} does not compile: {error}"));
    marshal_code(&compiled.code, true, WriteOptions::default())
        .unwrap_or_else(|error| panic!("the code of {name} cannot be marshalled: {error:?}"))
}

fn build() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let overlays = Path::new(env!("CARGO_MANIFEST_DIR")).join("lib");
    let mut files = BTreeMap::new();
    collect(Path::new(rustpython_pylib::LIB_PATH), "", &mut files);
    collect(&overlays, "", &mut files);
    let (mut sources, mut codes) = (Vec::new(), Vec::new());
    let mut rows = BTreeMap::new();
    let (first, rest): (Vec<_>, Vec<_>) =
        files.iter().partition(|(name, _)| LOADED_AT_START.contains(&name.as_str()));
    for (name, path) in first.into_iter().chain(rest) {
        let source = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let source = if path.starts_with(&overlays) { source } else { patched(name, source) };
        let code = compile(name, &source);
        let (s, c) = (sources.len(), codes.len());
        sources.extend_from_slice(&source);
        codes.extend_from_slice(&code);
        rows.insert(name, format!("    row({name:?}, {s}, {}, {c}, {}),\n", sources.len(), codes.len()));
    }
    let table = format!("&[\n{}]", rows.into_values().collect::<String>());
    for (file, content) in
        [("sources.bin", &sources[..]), ("codes.bin", &codes[..]), ("files.rs", table.as_bytes())]
    {
        fs::write(out.join(file), content).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=lib");
    let worker = std::thread::Builder::new().stack_size(COMPILER_STACK).spawn(build);
    let done = worker.expect("a thread for the compiler").join();
    if done.is_err() {
        std::process::exit(1);
    }
}
