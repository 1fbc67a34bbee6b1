//! The streams, driven by calls as the interpreter makes them.

use runtime::objects::bytes::Bytes;
use runtime::objects::str::{Str, display, intern_text};
use runtime::state::STATE;
use runtime::types::registry::ready_all;
use runtime::{Args, PyResult, Ref, Thread, Value, attributes, protocol};
use std::sync::Mutex;

static LOCK: Mutex<()> = Mutex::new(());

fn with_io(test: impl FnOnce(&Thread, &Ref)) {
    let guard = LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let thread = Thread::new();
    Thread::install(thread);
    ready_all();
    if STATE.modules.is_null() {
        stdlib::initialise(thread).expect("the first modules");
    }
    let module = stdlib::builtin_module(thread, "_io").expect("no error").expect("the module");
    test(thread, &module);
    drop(thread.take_raised());
    drop(guard);
}

fn get(thread: &Thread, object: Value, name: &str) -> Ref {
    attributes::get(thread, object, intern_text(name)).expect(name)
}

fn shown(thread: &Thread, result: PyResult) -> String {
    let value = match result {
        Ok(value) => value,
        Err(_) => {
            let error = thread.take_raised();
            let text = protocol::str(thread, *error).expect("a text");
            return format!("{}: {}", error.ty().short_name(), display(*text));
        }
    };
    match value.cast::<Bytes>() {
        Some(bytes) => format!("b{:?}", String::from_utf8_lossy(bytes.as_bytes())),
        None => display(*protocol::repr(thread, *value).expect("a repr")),
    }
}

fn open(thread: &Thread, io: &Ref, path: &str, mode: &str, keywords: &[(&str, Value)]) -> PyResult {
    let function = get(thread, **io, "open");
    let (path, mode) = (Str::new(path), Str::new(mode));
    let mut values = vec![*path, *mode];
    values.extend(keywords.iter().map(|(_, v)| *v));
    let names: Vec<Value> = keywords.iter().map(|(n, _)| intern_text(n)).collect();
    thread.call_args(*function, &Args::new(&values, &names))
}

fn call(thread: &Thread, object: &Ref, method: &str, arguments: &[Value]) -> String {
    shown(thread, thread.call_method(**object, intern_text(method), arguments))
}

fn scratch(name: &str) -> String {
    std::env::temp_dir().join(format!("taipan-io-{}-{name}", std::process::id())).display().to_string()
}

#[test]
fn text_is_written_and_read_back() {
    with_io(|thread, io| {
        let path = scratch("text");
        let file = open(thread, io, &path, "w", &[]).expect("a file");
        assert_eq!(call(thread, &file, "write", &[*Str::new("hello\nwörld\n")]), "12");
        assert_eq!(
            call(thread, &file, "write", &[Value::small_int(1)]),
            "TypeError: write() argument must be str, not int"
        );
        assert_eq!(call(thread, &file, "read", &[]), "UnsupportedOperation: not readable");
        assert_eq!(call(thread, &file, "close", &[]), "None");
        assert_eq!(
            call(thread, &file, "write", &[*Str::new("x")]),
            "ValueError: I/O operation on closed file."
        );
        assert_eq!(std::fs::read(&path).expect("written"), "hello\nwörld\n".as_bytes());
        let file = open(thread, io, &path, "r", &[]).expect("a file");
        assert_eq!(
            shown(thread, Ok(file.clone())),
            format!("<_io.TextIOWrapper name='{path}' mode='r' encoding='UTF-8'>")
        );
        assert_eq!(call(thread, &file, "readline", &[]), "'hello\\n'");
        assert_eq!(call(thread, &file, "tell", &[]), "6");
        assert_eq!(call(thread, &file, "read", &[Value::small_int(2)]), "'wö'");
        assert_eq!(call(thread, &file, "tell", &[]), "9");
        assert_eq!(call(thread, &file, "read", &[]), "'rld\\n'");
        assert_eq!(call(thread, &file, "seek", &[Value::small_int(9)]), "9");
        assert_eq!(call(thread, &file, "readlines", &[]), "['rld\\n']");
        assert_eq!(call(thread, &file, "readline", &[]), "''");
        assert_eq!(call(thread, &file, "write", &[*Str::new("x")]), "UnsupportedOperation: not writable");
        std::fs::remove_file(&path).expect("removed");
    });
}

#[test]
fn line_ends_are_translated() {
    with_io(|thread, io| {
        let path = scratch("newlines");
        std::fs::write(&path, b"a\r\nb\rc\nd").expect("written");
        for (newline, lines) in [
            (Value::NONE, "['a\\n', 'b\\n', 'c\\n', 'd']"),
            (*Str::new(""), "['a\\r\\n', 'b\\r', 'c\\n', 'd']"),
            (*Str::new("\n"), "['a\\r\\n', 'b\\rc\\n', 'd']"),
            (*Str::new("\r"), "['a\\r', '\\nb\\r', 'c\\nd']"),
            (intern_text("\r\n"), "['a\\r\\n', 'b\\rc\\nd']"),
        ] {
            let file = open(thread, io, &path, "r", &[("newline", newline)]).expect("a file");
            assert_eq!(call(thread, &file, "readlines", &[]), lines);
        }
        let file = open(thread, io, &path, "w", &[("newline", intern_text("\r\n"))]).expect("a file");
        assert_eq!(call(thread, &file, "write", &[*Str::new("x\ny")]), "3");
        drop(file);
        assert_eq!(std::fs::read(&path).expect("written"), b"x\r\ny");
        std::fs::remove_file(&path).expect("removed");
    });
}

#[test]
fn bytes_are_buffered() {
    with_io(|thread, io| {
        let path = scratch("bytes");
        let file = open(thread, io, &path, "wb+", &[]).expect("a file");
        assert_eq!(call(thread, &file, "write", &[*Bytes::new(b"one\ntwo\nthree")]), "13");
        assert_eq!(call(thread, &file, "tell", &[]), "13");
        assert_eq!(call(thread, &file, "seek", &[Value::small_int(4)]), "4");
        assert_eq!(call(thread, &file, "readline", &[]), "b\"two\\n\"");
        assert_eq!(call(thread, &file, "write", &[*Bytes::new(b"THREE")]), "5");
        assert_eq!(call(thread, &file, "seek", &[Value::small_int(0)]), "0");
        assert_eq!(call(thread, &file, "read", &[]), "b\"one\\ntwo\\nTHREE\"");
        assert_eq!(call(thread, &file, "truncate", &[Value::small_int(3)]), "3");
        assert_eq!(call(thread, &file, "close", &[]), "None");
        assert_eq!(std::fs::read(&path).expect("written"), b"one");
        std::fs::remove_file(&path).expect("removed");
    });
}

#[test]
fn errors_are_those_of_cpython() {
    with_io(|thread, io| {
        for (path, mode, message) in [
            (
                "/nonexistent/x",
                "r",
                "FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent/x'",
            ),
            ("/", "r", "IsADirectoryError: [Errno 21] Is a directory: '/'"),
            ("x", "rwb", "ValueError: must have exactly one of create/read/write/append mode"),
            ("x", "tb", "ValueError: can't have text and binary mode at once"),
            ("x", "qq", "ValueError: invalid mode: 'qq'"),
        ] {
            assert_eq!(shown(thread, open(thread, io, path, mode, &[])), message);
        }
        let base = thread.call(*get(thread, **io, "_IOBase"), &[]).expect("an object");
        assert_eq!(call(thread, &base, "fileno", &[]), "UnsupportedOperation: fileno");
        assert_eq!(
            call(thread, &base, "_checkReadable", &[]),
            "UnsupportedOperation: File or stream is not readable."
        );
    });
}

#[test]
fn the_standard_streams_are_there() {
    with_io(|thread, _| {
        stdlib::io::open_standard_streams(thread).expect("the streams");
        let stdout = STATE.sys("stdout").expect("sys.stdout");
        assert_eq!(
            shown(thread, Ok(stdout)),
            "<_io.TextIOWrapper name='<stdout>' mode='w' encoding='utf-8'>"
        );
        let stderr = STATE.sys("__stderr__").expect("sys.__stderr__");
        assert_eq!(shown(thread, Ok(get(thread, *stderr, "errors"))), "'backslashreplace'");
        assert_eq!(shown(thread, Ok(get(thread, *stderr, "line_buffering"))), "True");
        assert!(stdlib::io::flush_standard_streams(thread));
    });
}

#[test]
fn streams_in_memory_read_and_write() {
    with_io(|thread, io| {
        let stream = thread.call(*get(thread, **io, "StringIO"), &[]).expect("a stream");
        assert_eq!(call(thread, &stream, "write", &[*Str::new("a\nbö\n")]), "5");
        assert_eq!(
            call(thread, &stream, "write", &[Value::NONE]),
            "TypeError: string argument expected, got 'NoneType'"
        );
        assert_eq!(call(thread, &stream, "getvalue", &[]), "'a\\nbö\\n'");
        assert_eq!(call(thread, &stream, "seek", &[Value::small_int(2)]), "2");
        assert_eq!(call(thread, &stream, "readlines", &[]), "['bö\\n']");
        assert_eq!(call(thread, &stream, "close", &[]), "None");
        assert_eq!(call(thread, &stream, "read", &[]), "ValueError: I/O operation on closed file");
        let stream = thread.call(*get(thread, **io, "BytesIO"), &[*Bytes::new(b"x\ny")]).expect("a stream");
        assert_eq!(call(thread, &stream, "readline", &[]), "b\"x\\n\"");
        assert_eq!(call(thread, &stream, "write", &[*Bytes::new(b"zz")]), "2");
        assert_eq!(call(thread, &stream, "getvalue", &[]), "b\"x\\nzz\"");
        let wrapper = thread.call(*get(thread, **io, "TextIOWrapper"), &[*stream]).expect("a wrapper");
        assert_eq!(call(thread, &wrapper, "seek", &[Value::small_int(0)]), "0");
        assert_eq!(call(thread, &wrapper, "read", &[]), "'x\\nzz'");
        let decoder = get(thread, **io, "IncrementalNewlineDecoder");
        let decoder = thread.call(*decoder, &[Value::NONE, Value::TRUE]).expect("a decoder");
        assert_eq!(call(thread, &decoder, "decode", &[*Str::new("a\r")]), "'a'");
        assert_eq!(call(thread, &decoder, "decode", &[*Str::new("\nb")]), "'\\nb'");
        assert_eq!(shown(thread, Ok(get(thread, *decoder, "newlines"))), "'\\r\\n'");
    });
}
