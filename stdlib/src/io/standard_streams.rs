//! `sys.stdin`, `sys.stdout`, `sys.stderr`: made at the start, flushed at the end.

use super::buffered::{BUFFERED_READER, BUFFERED_WRITER};
use super::file::FILE_IO;
use super::support::*;
use super::text::TEXT_IO_WRAPPER;
use crate::{config, os};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::write_unraisable_message;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::state::STATE;
use runtime::{PyResult, Ref, Thread, Value, attributes};

/// One of the three: its descriptor, its names and how it is opened.
struct Standard {
    fd: i32,
    name: &'static str,
    original: &'static str,
    mode: &'static str,
    errors: &'static str,
}

const STREAMS: [Standard; 3] = [
    Standard { fd: 0, name: "stdin", original: "__stdin__", mode: "rb", errors: "strict" },
    Standard { fd: 1, name: "stdout", original: "__stdout__", mode: "wb", errors: "strict" },
    Standard { fd: 2, name: "stderr", original: "__stderr__", mode: "wb", errors: "backslashreplace" },
];

fn open_stream(thread: &Thread, s: &Standard) -> PyResult {
    if os::status(s.fd).is_err() {
        return Ok(Ref::NONE);
    }
    let (mode, shown) = (Str::new(s.mode), Str::new(&format!("<{}>", s.name)));
    let raw = thread.call(Value::of(&FILE_IO), &[*int::new(s.fd.into()), *mode, Value::FALSE])?;
    attributes::set(thread, *raw, name("name"), *shown)?;
    let is_input = s.fd == 0;
    let is_direct = config::get().unbuffered && !is_input;
    let layer = if is_input { &BUFFERED_READER } else { &BUFFERED_WRITER };
    let buffer = if is_direct { raw.clone() } else { thread.call(Value::of(layer), &[*raw])? };
    let line_buffering = !is_direct && (s.fd == 2 || os::is_terminal(s.fd));
    let (encoding, errors) = coding(s);
    let (encoding, errors) = (Str::new(&encoding), Str::new(&errors));
    let newline = if is_input { Ref::NONE } else { Str::new("\n") };
    let arguments = [
        *buffer,
        *encoding,
        *errors,
        *newline,
        Value::bool(line_buffering),
        Value::bool(config::get().unbuffered),
    ];
    let stream = thread.call(Value::of(&TEXT_IO_WRAPPER), &arguments)?;
    attributes::set(thread, *stream, name("mode"), *Str::new(&s.mode[..1]))?;
    Ok(stream)
}

/// Encoding and error handler: `PYTHONIOENCODING` says, else UTF-8, where a locale that says nothing about encodings lets
/// undecodable bytes of standard input and output through.
fn coding(s: &Standard) -> (String, String) {
    let wanted = config::get().io_encoding.as_ref().map(|text| text.to_string_lossy().into_owned());
    let wanted = wanted.unwrap_or_default();
    let (encoding, errors) = wanted.split_once(':').unwrap_or((&wanted, ""));
    let default_errors = match s.fd {
        2 => s.errors,
        _ if !encoding.is_empty() => "strict",
        _ if config::get().utf8_mode || is_plain_locale() => "surrogateescape",
        _ => s.errors,
    };
    let errors = if errors.is_empty() || s.fd == 2 { default_errors } else { errors };
    (if encoding.is_empty() { "utf-8".into() } else { encoding.into() }, errors.into())
}

/// Whether the locale is C or one of those that CPython puts in its place.
fn is_plain_locale() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    set.is_none_or(|locale| ["C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"].contains(&locale.as_str()))
}

/// Makes the standard streams and puts them into `sys`; the module `_io` is ready.
pub fn open_standard_streams(thread: &Thread) -> PyResult<()> {
    // The module readies its types.
    crate::builtin_module(thread, "_io")?;
    for s in &STREAMS {
        let stream = open_stream(thread, s)?;
        let sys = STATE.sys_dict.get();
        if let Some(sys) = sys.cast::<Dict>() {
            sys.set_str(s.name, *stream);
            sys.set_str(s.original, *stream);
        }
    }
    Ok(())
}

/// Flushes `sys.stdout` and `sys.stderr` at the end of the program; false if `sys.stdout` could not be.
pub fn flush_standard_streams(thread: &Thread) -> bool {
    let mut done = true;
    for which in ["stdout", "stderr"] {
        let Some(stream) = STATE.sys(which).filter(|s| !s.is_none()) else { continue };
        // A stream that can't say is taken for open.
        let closed = is_closed(thread, *stream).unwrap_or_else(|_| {
            drop(thread.take_raised());
            false
        });
        if closed || call(thread, *stream, "flush", &[]).is_ok() {
            continue;
        }
        if which == "stdout" {
            write_unraisable_message(thread, "Exception ignored while flushing sys.stdout");
            done = false;
        } else {
            drop(thread.take_raised());
        }
    }
    done
}
