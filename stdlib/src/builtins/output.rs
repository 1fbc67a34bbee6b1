//! `print`, `input` and `open`: all of them work on `sys.stdout` and its like, or hand on to `io`.

use runtime::objects::str::Str;
use runtime::state::{STATE, import_module};
use runtime::{Args, PyResult, Ref, Thread, Value, attributes, names, protocol};

/// `sep` or `end`: a string, or `None` for the default.
fn separator(thread: &Thread, v: Value, name: &str, default: &str) -> PyResult {
    if v.is_null() || v.is_none() {
        return Ok(Str::new(default));
    }
    if v.cast::<Str>().is_some() {
        return Ok(v.to_ref());
    }
    Err(thread.type_error(format!("{name} must be None or a string, not {}", v.ty().name())))
}

/// `print(*args, sep=' ', end='\n', file=None, flush=False)`
pub fn print(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [items, sep, end, file, flush] = *arguments else { return Ok(Ref::NONE) };
    let file = if file.is_null() || file.is_none() {
        match STATE.sys("stdout") {
            Some(stdout) if stdout.is_none() => return Ok(Ref::NONE),
            Some(stdout) => stdout,
            None => return Err(thread.runtime_error("lost sys.stdout")),
        }
    } else {
        file.to_ref()
    };
    let sep = separator(thread, sep, "sep", " ")?;
    let end = separator(thread, end, "end", "\n")?;
    let write = attributes::get(thread, *file, names::get().write)?;
    let items = items.cast::<runtime::objects::tuple::Tuple>().map_or(&[][..], |t| t.items());
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            thread.call(*write, &[*sep])?;
        }
        let text = protocol::str(thread, *item)?;
        thread.call(*write, &[*text])?;
    }
    thread.call(*write, &[*end])?;
    if !flush.is_null() && protocol::is_true(thread, flush)? {
        attributes::call_method(thread, *file, names::get().flush, &[])?;
    }
    Ok(Ref::NONE)
}

/// `input(prompt='')`
pub fn input(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let Some(stdin) = STATE.sys("stdin").filter(|v| !v.is_none()) else {
        return Err(thread.runtime_error("input(): lost sys.stdin"));
    };
    if !arguments[0].is_null() {
        let Some(stdout) = STATE.sys("stdout").filter(|v| !v.is_none()) else {
            return Err(thread.runtime_error("input(): lost sys.stdout"));
        };
        let text = protocol::str(thread, arguments[0])?;
        attributes::call_method(thread, *stdout, names::get().write, &[*text])?;
        attributes::call_method(thread, *stdout, names::get().flush, &[])?;
    }
    let line = attributes::call_method(thread, *stdin, names::get().readline, &[])?;
    let Some(text) = line.cast::<Str>() else {
        return Err(thread.type_error("object.readline() returned non-string"));
    };
    if text.len() == 0 {
        return Err(thread.error(&runtime::types::registry::EOF_ERROR, "EOF when reading a line"));
    }
    let end = text.len() - (text.code_point(text.len() - 1) == u32::from('\n')) as usize;
    Ok(text.substring(0, end))
}

/// `open(...)`: `io.open`.
pub fn open(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    let io = import_module(thread, "_io")?;
    let open = attributes::get(thread, *io, names::get().open)?;
    thread.call_args(*open, arguments)
}
