//! `StringIO`: a text stream in memory, kept as code points.

use super::base::{STREAM_FLAGS, TEXT_IO_BASE};
use super::support::*;
use super::text::{Newline, replace_newlines};
use super::text_read::{newlines_value, universal_newlines};
use runtime::object::drop_object;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::int;
use runtime::objects::str::{Str, display};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    Args, GilCell, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeSpec, Value, getset, method,
    new_object, protocol,
};
use std::cell::Cell;

/// The stream; the position may lie behind the end.
#[repr(C)]
pub struct StringIo {
    pub header: Header,
    text: GilCell<Vec<u32>>,
    position: Cell<usize>,
    is_closed: Cell<bool>,
    newline: Cell<Newline>,
    seen: Cell<u8>,
}

runtime::object!(StringIo, STRING_IO);

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| StringIo {
        header,
        text: GilCell::new(Vec::new()),
        position: Cell::new(0),
        is_closed: Cell::new(false),
        newline: Cell::new(Newline::Lf),
        seen: Cell::new(0),
    }))
}

static PARAMETERS: Parameters = Parameters::new("StringIO", "(initial_value='', newline='\\n')");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| initialise(thread, v, a[0], a[1]))
}

fn initialise(thread: &Thread, v: Value, initial: Value, newline: Value) -> PyResult<()> {
    let s = receiver::<StringIo>(thread, v)?;
    let newline = match newline {
        Value::NULL => Newline::Lf,
        given if !given.is_none() && given.cast::<Str>().is_none() => {
            let message =
                format!("StringIO() argument 'newline' must be str or None, not {}", given.ty().name());
            return Err(thread.type_error(message));
        }
        given if !given.is_none() && !["", "\n", "\r", "\r\n"].contains(&display(given).as_str()) => {
            let shown = protocol::repr(thread, given)?;
            return Err(thread.value_error(format!("illegal newline value: {}", display(*shown))));
        }
        given => Newline::parse(thread, given)?,
    };
    let has_initial = !initial.is_null() && !initial.is_none();
    if has_initial && initial.cast::<Str>().is_none() {
        let message = format!("initial_value must be str or None, not {}", initial.ty().name());
        return Err(thread.type_error(message));
    }
    s.newline.set(newline);
    s.text.with(|t| t.clear());
    s.position.set(0);
    s.seen.set(0);
    s.is_closed.set(false);
    if has_initial {
        write_text(thread, s, initial)?;
        s.position.set(0);
    }
    Ok(())
}

fn open_receiver(thread: &Thread, v: Value) -> PyResult<&'static StringIo> {
    let s = receiver::<StringIo>(thread, v)?;
    if s.is_closed.get() {
        return Err(thread.value_error("I/O operation on closed file"));
    }
    Ok(s)
}

/// Writes at the position, with line ends translated.
fn write_text(thread: &Thread, s: &StringIo, text: Value) -> PyResult<()> {
    let mut text = text.to_ref();
    if s.newline.get().is_universal() {
        let translate = s.newline.get() == Newline::Universal;
        text = universal_newlines(&text, translate, true, &Cell::new(false), &s.seen);
    }
    if let (Some(newline), Some(plain)) = (s.newline.get().written(), text.cast::<Str>()) {
        text = replace_newlines(plain, newline);
    }
    let Some(content) = text.cast::<Str>() else { return Ok(()) };
    let count = content.len();
    if count == 0 {
        return Ok(());
    }
    let from = s.position.get();
    let Some(end) = from.checked_add(count).filter(|end| *end <= isize::MAX as usize / 4) else {
        return Err(thread.overflow_error("new position too large"));
    };
    let is_done = s.text.with(|t| {
        if end > t.len() {
            if t.try_reserve(end - t.len()).is_err() {
                return false;
            }
            if from == t.len() {
                t.extend(content.chars());
                return true;
            }
            t.resize(end, 0);
        }
        for (place, c) in t[from..end].iter_mut().zip(content.chars()) {
            *place = c;
        }
        true
    });
    if !is_done {
        return Err(thread.memory_error());
    }
    s.position.set(end);
    Ok(())
}

fn write(thread: &Thread, v: Value, text: Value) -> PyResult {
    let Some(content) = text.cast::<Str>() else {
        let type_name = if text.is_none() { "NoneType".into() } else { text.ty().name() };
        return Err(thread.type_error(format!("string argument expected, got '{type_name}'")));
    };
    let s = open_receiver(thread, v)?;
    write_text(thread, s, text)?;
    Ok(int::from_usize(content.len()))
}

impl StringIo {
    fn take(&self, count: usize) -> Ref {
        self.text.with(|t| {
            let from = self.position.get().min(t.len());
            let to = from + count.min(t.len() - from);
            if to > from {
                self.position.set(to);
            }
            Str::from_code_points(&t[from..to])
        })
    }
    fn line_length(&self, limit: Option<usize>) -> usize {
        self.text.with(|t| {
            let rest = &t[self.position.get().min(t.len())..];
            let find = |c: u32| rest.iter().position(|&p| p == c);
            let end = match self.newline.get() {
                Newline::Universal | Newline::Lf => find(10).map(|at| at + 1),
                Newline::Cr => find(13).map(|at| at + 1),
                Newline::CrLf => rest.windows(2).position(|pair| pair == [13, 10]).map(|at| at + 2),
                Newline::Untranslated => rest
                    .iter()
                    .position(|&p| p == 10 || p == 13)
                    .map(|at| if rest[at..].starts_with(&[13, 10]) { at + 2 } else { at + 1 }),
            };
            let length = end.unwrap_or(rest.len());
            length.min(limit.unwrap_or(length))
        })
    }
}

fn read(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let s = open_receiver(thread, v)?;
    Ok(s.take(size_argument(thread, a[0])?.unwrap_or(usize::MAX)))
}

fn readline(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let s = open_receiver(thread, v)?;
    let limit = size_argument(thread, a[0])?;
    Ok(s.take(s.line_length(limit)))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let s = open_receiver(thread, v)?;
    let length = s.line_length(None);
    Ok((length > 0).then(|| s.take(length)))
}

fn getvalue(thread: &Thread, v: Value) -> PyResult {
    let s = open_receiver(thread, v)?;
    Ok(s.text.with(|t| Str::from_code_points(t)))
}

fn tell(thread: &Thread, v: Value) -> PyResult {
    Ok(int::from_usize(open_receiver(thread, v)?.position.get()))
}

fn seek(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let s = open_receiver(thread, v)?;
    let offset = protocol::index_isize(thread, a[0])?;
    let position = match whence_argument(thread, a[1])? {
        0 if offset < 0 => return Err(thread.value_error(format!("Negative seek position {offset}"))),
        0 => offset as usize,
        1 | 2 if offset != 0 => {
            return Err(thread.error(&OS_ERROR, "Can't do nonzero cur-relative seeks"));
        }
        1 => s.position.get(),
        2 => s.text.with(|t| t.len()),
        whence => {
            let message = format!("Invalid whence ({whence}, should be 0, 1 or 2)");
            return Err(thread.value_error(message));
        }
    };
    s.position.set(position);
    Ok(int::from_usize(position))
}

fn truncate(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let s = open_receiver(thread, v)?;
    let size = match a[0] {
        Value::NULL | Value::NONE => s.position.get() as isize,
        size => protocol::index_isize(thread, size)?,
    };
    if size < 0 {
        return Err(thread.value_error(format!("Negative size value {size}")));
    }
    s.text.with(|t| t.truncate(size as usize));
    Ok(int::new(size as i64))
}

fn close(thread: &Thread, v: Value) -> PyResult {
    let s = receiver::<StringIo>(thread, v)?;
    s.is_closed.set(true);
    drop(s.text.take());
    Ok(Ref::NONE)
}

/// `(content, newline, position, attributes)`
fn getstate(thread: &Thread, v: Value) -> PyResult {
    let s = open_receiver(thread, v)?;
    let content = getvalue(thread, v)?;
    let newline = match s.newline.get() {
        Newline::Universal => Ref::NONE,
        Newline::Untranslated => Str::empty(),
        Newline::Lf => Str::new("\n"),
        other => Str::new(other.written().unwrap_or_default()),
    };
    Ok(Tuple::from_refs(vec![content, newline, tell(thread, v)?, own_attributes(thread, v)?]))
}

fn setstate(thread: &Thread, v: Value, state: Value) -> PyResult {
    open_receiver(thread, v)?;
    let Some(&[content, newline, position, attributes]) = state.cast::<Tuple>().map(|t| t.items()) else {
        return Err(wrong_state(thread, v, 4, state));
    };
    if !newline.is_none() && newline.cast::<Str>().is_none() {
        return Err(thread.type_error(format!("newline must be str or None, not {}", newline.ty().name())));
    }
    // The content is as it was translated when it was written: it is not translated again.
    initialise(thread, v, Value::NONE, newline)?;
    let s = receiver::<StringIo>(thread, v)?;
    if !content.is_none() {
        let Some(text) = content.cast::<Str>() else {
            let found = content.ty().name();
            return Err(thread.type_error(format!("initial_value must be str or None, not {found}")));
        };
        s.text.with(|t| t.extend(text.chars()));
    }
    if int::get(position).is_none() {
        let found = position.ty().name();
        return Err(thread.type_error(format!("third item of state must be an integer, got {found}")));
    }
    s.position.set(position_of_state(thread, position)?);
    set_own_attributes(thread, v, attributes, "fourth")
}

fn yes(thread: &Thread, v: Value) -> PyResult {
    open_receiver(thread, v).map(|_| Ref::bool(true))
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(receiver::<StringIo>(thread, v)?.is_closed.get()))
}

fn newlines(thread: &Thread, v: Value) -> PyResult {
    Ok(newlines_value(open_receiver(thread, v)?.seen.get()))
}

fn line_buffering(thread: &Thread, v: Value) -> PyResult {
    open_receiver(thread, v).map(|_| Ref::bool(false))
}

pub static STRING_IO: Type = Type::new_static(&TypeSpec {
    name: "_io.StringIO",
    base: Some(&TEXT_IO_BASE),
    size: size_of::<StringIo>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<StringIo>,
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        method("__getstate__", "($self, /)", NativeFn::NoArgs(getstate), ""),
        method("__setstate__", "($self, state, /)", NativeFn::One(setstate), ""),
        method(
            "close",
            "($self, /)",
            NativeFn::NoArgs(close),
            "Close the IO object.\n\nAttempting any further operation after the object is closed\nwill raise a ValueError.\n\nThis method has no effect if the file is already closed.",
        ),
        method(
            "getvalue",
            "($self, /)",
            NativeFn::NoArgs(getvalue),
            "Retrieve the entire contents of the object.",
        ),
        method(
            "read",
            "($self, size=-1, /)",
            NativeFn::Bound(read),
            "Read at most size characters, returned as a string.\n\nIf the argument is negative or omitted, read until EOF\nis reached. Return an empty string at EOF.",
        ),
        method(
            "readline",
            "($self, size=-1, /)",
            NativeFn::Bound(readline),
            "Read until newline or EOF.\n\nReturns an empty string if EOF is hit immediately.",
        ),
        method("tell", "($self, /)", NativeFn::NoArgs(tell), "Tell the current file position."),
        method(
            "truncate",
            "($self, pos=None, /)",
            NativeFn::Bound(truncate),
            "Truncate size to pos.\n\nThe pos argument defaults to the current file position, as\nreturned by tell().  The current file position is unchanged.\nReturns the new absolute position.",
        ),
        method(
            "seek",
            "($self, pos, whence=0, /)",
            NativeFn::Bound(seek),
            "Change stream position.\n\nSeek to character offset pos relative to position indicated by\nwhence:\n    0  Start of stream (the default).  pos should be >= 0;\n    1  Current position - pos must be 0;\n    2  End of stream - pos must be 0.\nReturns the new absolute position.",
        ),
        method(
            "write",
            "($self, s, /)",
            NativeFn::One(write),
            "Write string to file.\n\nReturns the number of characters written, which is always equal to\nthe length of the string.",
        ),
        method(
            "seekable",
            "($self, /)",
            NativeFn::NoArgs(yes),
            "Returns True if the IO object can be seeked.",
        ),
        method("readable", "($self, /)", NativeFn::NoArgs(yes), "Returns True if the IO object can be read."),
        method(
            "writable",
            "($self, /)",
            NativeFn::NoArgs(yes),
            "Returns True if the IO object can be written.",
        ),
    ],
    getsets: &[
        getset("closed", closed, ""),
        getset("newlines", newlines, ""),
        getset("line_buffering", line_buffering, ""),
    ],
    signature: "(initial_value='', newline='\\n')",
    doc: "Text I/O implementation using an in-memory buffer.\n\nThe initial_value argument sets the value of object.  The newline\nargument is like the one of TextIOWrapper's constructor.",
    ..TypeSpec::EMPTY
});
