//! What the stream types share: arguments, errors, calls by name.

use runtime::buffer::BufferView;
use runtime::objects::bytes::Bytes;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{
    ATTRIBUTE_ERROR, BLOCKING_IO_ERROR, BUFFER_ERROR, OS_ERROR, new_exception, os_error,
};
use runtime::objects::int::{self, IntRef};
use runtime::objects::memoryview;
use runtime::objects::str::{Str, intern_text};
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Type, Value, attributes, protocol};

/// `io.UnsupportedOperation`, a class made when the module is.
pub static UNSUPPORTED_OPERATION: GilCell<Option<Ref>> = GilCell::new(None);

/// Bytes of anything bytes-like, kept alive.
pub enum ByteSource {
    Object(&'static Bytes, #[allow(dead_code, reason = "keeps the object alive")] Ref),
    View(BufferView),
}

impl ByteSource {
    pub fn bytes(&self) -> &[u8] {
        match self {
            ByteSource::Object(bytes, _) => bytes.as_bytes(),
            ByteSource::View(view) => view.bytes(),
        }
    }
}

/// The bytes of a bytes-like argument.
pub fn byte_source(thread: &Thread, v: Value) -> PyResult<ByteSource> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(ByteSource::Object(bytes, v.to_ref()));
    }
    let Some(buffer) = v.ty().slots().buffer else {
        let message = format!("a bytes-like object is required, not '{}'", v.ty().name());
        return Err(thread.type_error(message));
    };
    if !memoryview::is_c_contiguous(v) {
        let message = "memoryview: underlying buffer is not C-contiguous";
        return Err(thread.error(&BUFFER_ERROR, message));
    }
    buffer(thread, v, 0).map(ByteSource::View)
}

/// The buffer protocol's flag for a view that may be written.
const WRITABLE: i32 = 1;

/// A view that may be written, of the argument of `function`.
pub fn writable_view(thread: &Thread, function: &str, v: Value) -> PyResult<BufferView> {
    let refused = |thread: &Thread| {
        let message =
            format!("{function}() argument must be read-write bytes-like object, not {}", v.ty().name());
        thread.type_error(message)
    };
    if v.cast::<Bytes>().is_some() {
        return Err(refused(thread));
    }
    let Some(buffer) = v.ty().slots().buffer else { return Err(refused(thread)) };
    let mut view = buffer(thread, v, WRITABLE)?;
    if view.bytes_mut().is_none() { Err(refused(thread)) } else { Ok(view) }
}

/// The interned string of a name.
pub fn name(text: &str) -> Value {
    intern_text(text)
}

/// `object.method(*arguments)`
pub fn call(thread: &Thread, object: Value, method: &str, arguments: &[Value]) -> PyResult {
    thread.call_method(object, name(method), arguments)
}

/// `bool(object.method())`
pub fn call_bool(thread: &Thread, object: Value, method: &str) -> PyResult<bool> {
    let result = call(thread, object, method, &[])?;
    protocol::is_true(thread, *result)
}

/// `bool(object.closed)`
pub fn is_closed(thread: &Thread, object: Value) -> PyResult<bool> {
    let closed = attributes::get(thread, object, name("closed"))?;
    protocol::is_true(thread, *closed)
}

/// UnsupportedOperation with a message.
pub fn unsupported(thread: &Thread, message: &str) -> Raised {
    let class = UNSUPPORTED_OPERATION.with(|c| c.clone());
    let class = class.as_ref().and_then(|c| c.cast::<Type>()).unwrap_or(&OS_ERROR);
    thread.error(class, message)
}

/// The error of an operation that found the errno, with the name of the file (None if unknown).
pub fn errno_error(thread: &Thread, errno: i32, filename: Value) -> Raised {
    os_error(thread, errno, filename, Value::NONE)
}

/// The error of a write that would block; `written` bytes or characters were taken.
pub fn would_block(thread: &Thread, written: usize) -> Raised {
    let text = Str::new("write could not complete without blocking");
    let (errno, written) = (int::new(libc::EAGAIN.into()), int::from_usize(written));
    match new_exception(thread, &BLOCKING_IO_ERROR, &[*errno, *text, *written]) {
        Ok(e) => thread.raise(e),
        Err(raised) => raised,
    }
}

/// A size argument: `None` for NULL, None and negative numbers.
pub fn size_argument(thread: &Thread, v: Value) -> PyResult<Option<usize>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    if v.ty().slots().index.is_none() && !int::is_int(v) {
        let message = format!("argument should be integer or None, not '{}'", v.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(usize::try_from(protocol::index_isize(thread, v)?).ok())
}

/// A file position or offset.
pub fn offset_argument(thread: &Thread, v: Value) -> PyResult<i64> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(i)) => Ok(i),
        _ => Err(thread.overflow_error("cannot fit 'int' into an offset-sized integer")),
    }
}

/// The `whence` argument, absent or given.
pub fn whence_argument(thread: &Thread, v: Value) -> PyResult<i32> {
    if v.is_null() { Ok(0) } else { protocol::c_int(thread, v) }
}

/// A flag argument that may be absent.
pub fn flag_argument(thread: &Thread, v: Value, default: bool) -> PyResult<bool> {
    if v.is_null() { Ok(default) } else { protocol::is_true(thread, v) }
}

/// An attribute, or `None` where there is none.
pub fn optional_attribute(thread: &Thread, object: Value, attribute: &str) -> PyResult<Option<Ref>> {
    match attributes::find(thread, object, name(attribute)) {
        Ok(found) => Ok(found),
        Err(raised) => {
            drop(thread.catch(raised, &ATTRIBUTE_ERROR)?);
            Ok(None)
        }
    }
}

/// Runs `second` whatever `first` came to; the error of `second` wins, with that of `first` as its context.
pub fn both(
    thread: &Thread,
    first: impl FnOnce() -> PyResult<()>,
    second: impl FnOnce() -> PyResult<()>,
) -> PyResult<()> {
    let earlier = match first() {
        Ok(()) => None,
        Err(_) => Some(thread.take_raised()),
    };
    let result = second();
    let Some(earlier) = earlier else { return result };
    if result.is_ok() {
        return Err(thread.restore(earlier));
    }
    let later = thread.take_raised();
    if let Some(e) = later.cast::<runtime::objects::exceptions::BaseException>()
        && !later.is(*earlier)
    {
        e.context.set(earlier);
    }
    Err(thread.restore(later))
}

/// The repr of a stream's name, for the repr of the stream; the stream may be its own name.
pub fn name_repr(thread: &Thread, stream: Value, file: Value) -> PyResult<Vec<u8>> {
    if thread.repr_running.with(|running| running.contains(&stream)) {
        let message = format!("reentrant call inside {}.__repr__", stream.ty().name());
        return Err(thread.runtime_error(message));
    }
    thread.repr_running.with(|running| running.push(stream));
    let shown = protocol::repr(thread, file);
    thread.repr_running.with(|running| running.pop());
    Ok(shown?.cast::<Str>().map(|s| s.to_wtf8()).unwrap_or_default())
}

// The states of streams in memory.

/// A copy of the instance's attributes; None if there are none.
pub fn own_attributes(thread: &Thread, v: Value) -> PyResult {
    if !attributes::has_own_attributes(v) {
        return Ok(Ref::NONE);
    }
    let dict = attributes::instance_dict(thread, v)?;
    Ok(dict.cast::<Dict>().map_or(Ref::NONE, |dict| dict.copy()))
}

/// Sets the attributes that an item of a state says; `place` says which item.
pub fn set_own_attributes(thread: &Thread, v: Value, state: Value, place: &str) -> PyResult {
    if state.is_none() {
        return Ok(Ref::NONE);
    }
    let Some(new) = state.cast::<Dict>() else {
        let message = format!("{place} item of state should be a dict, got a {}", state.ty().name());
        return Err(thread.type_error(message));
    };
    let dict = attributes::instance_dict(thread, v)?;
    if let Some(dict) = dict.cast::<Dict>() {
        for (key, value) in new.items() {
            dict.set(thread, *key, value)?;
        }
    }
    Ok(Ref::NONE)
}

/// The position that a state says, an integer.
pub fn position_of_state(thread: &Thread, v: Value) -> PyResult<usize> {
    let position = protocol::c_ssize(thread, v)?;
    usize::try_from(position).map_err(|_| thread.value_error("position value cannot be negative"))
}

/// The error of a state that isn't a tuple of so many items.
pub fn wrong_state(thread: &Thread, v: Value, count: usize, state: Value) -> Raised {
    let (name, found) = (v.ty().name(), state.ty().name());
    thread.type_error(format!("{name}.__setstate__ argument should be {count}-tuple, got {found}"))
}
