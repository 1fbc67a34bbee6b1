//! `OSError`: the errno chooses the subclass, and the arguments behind it become fields.

use super::base::{BaseException, ExceptionStruct, base_str, no_keywords};
use super::fields::exception_struct;
use super::*;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::object::new_object;
use crate::objects::int::{self, IntRef};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::slot_fields::receiver;
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::{NativeFn, getset, method};
use crate::value::{Ref, Value};
use crate::{protocol, slot_member};

exception_struct!(
    /// `OSError`
    OsError OS_ERROR { errno, strerror, filename, filename2, written }
);

/// The subclass that stands for an error number.
pub fn os_error_type(errno: i32) -> &'static Type {
    match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => &BLOCKING_IO_ERROR,
        libc::EPIPE | libc::ESHUTDOWN => &BROKEN_PIPE_ERROR,
        libc::ECHILD => &CHILD_PROCESS_ERROR,
        libc::ECONNABORTED => &CONNECTION_ABORTED_ERROR,
        libc::ECONNREFUSED => &CONNECTION_REFUSED_ERROR,
        libc::ECONNRESET => &CONNECTION_RESET_ERROR,
        libc::EEXIST => &FILE_EXISTS_ERROR,
        libc::ENOENT => &FILE_NOT_FOUND_ERROR,
        libc::EINTR => &INTERRUPTED_ERROR,
        libc::EISDIR => &IS_A_DIRECTORY_ERROR,
        libc::ENOTDIR => &NOT_A_DIRECTORY_ERROR,
        libc::EACCES | libc::EPERM => &PERMISSION_ERROR,
        libc::ESRCH => &PROCESS_LOOKUP_ERROR,
        libc::ETIMEDOUT => &TIMEOUT_ERROR,
        _ => &OS_ERROR,
    }
}

/// The system's text for an error number.
pub fn strerror(errno: i32) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as said; the result is terminated within it.
    let text = unsafe {
        libc::strerror_r(errno, buffer.as_mut_ptr().cast(), buffer.len());
        std::ffi::CStr::from_ptr(buffer.as_ptr().cast())
    };
    text.to_string_lossy().into_owned()
}

/// The error that the system reported as `errno`, about up to two file names (None where there is none).
pub fn os_error(thread: &Thread, errno: i32, filename: Value, filename2: Value) -> Raised {
    let text = Str::new(&strerror(errno));
    let number = int::new(errno.into());
    let mut arguments = vec![*number, *text];
    if !filename.is_none() || !filename2.is_none() {
        arguments.push(filename);
    }
    if !filename2.is_none() {
        arguments.extend([Value::NONE, filename2]);
    }
    match new_exception(thread, &OS_ERROR, &arguments) {
        Ok(e) => thread.raise(e),
        Err(raised) => raised,
    }
}

/// A subclass that overrides `__init__` but not `__new__` gets its arguments in `OSError.__init__`.
fn parses_in_init(class: &Type) -> bool {
    let slots = class.slots();
    let own_init = slots.init.is_some_and(|f| f as usize == init as *const () as usize);
    let own_new = slots.new.is_some_and(|f| f as usize == new as *const () as usize);
    !own_init && own_new
}

/// `OSError(errno, strerror[, filename[, winerror[, filename2]]])`: NULL where not given.
#[derive(Clone, Copy)]
struct Parsed {
    errno: Value,
    strerror: Value,
    filename: Value,
    filename2: Value,
}

fn parse(arguments: &Args) -> Option<Parsed> {
    let given = arguments.positional();
    let at = |i: usize| given.get(i).copied().unwrap_or(Value::NULL);
    (2..=5).contains(&given.len()).then(|| Parsed {
        errno: at(0),
        strerror: at(1),
        filename: at(2),
        filename2: at(4),
    })
}

fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let mut class = class;
    if parses_in_init(class) {
        let args = Tuple::empty();
        return Ok(new_object(class, |h| OsError::from_base(BaseException::with_args(h, args))));
    }
    no_keywords(thread, class, arguments)?;
    let parsed = parse(arguments);
    if let (Some(p), true) = (parsed, std::ptr::eq(class, &OS_ERROR))
        && let Some(IntRef::Small(errno)) = int::get(p.errno)
    {
        class = i32::try_from(errno).map_or(class, os_error_type);
    }
    let args = arguments.positional_tuple();
    let e = new_object(class, |h| OsError::from_base(BaseException::with_args(h, args)));
    fill(thread, *e, parsed)?;
    Ok(e)
}

fn init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    if !parses_in_init(exception.ty()) {
        return Ok(());
    }
    no_keywords(thread, exception.ty(), arguments)?;
    let e = receiver::<OsError>(thread, exception)?;
    e.base.args.set(arguments.positional_tuple());
    fill(thread, exception, parse(arguments))
}

fn fill(thread: &Thread, exception: Value, parsed: Option<Parsed>) -> PyResult<()> {
    let e = receiver::<OsError>(thread, exception)?;
    let Some(p) = parsed else { return Ok(()) };
    e.errno.set(p.errno.to_ref());
    e.strerror.set(p.strerror.to_ref());
    if p.filename.is_null() || p.filename.is_none() {
        return Ok(());
    }
    let is_blocking = std::ptr::eq(exception.ty(), &BLOCKING_IO_ERROR);
    if is_blocking && p.filename.ty().slots().index.is_some() {
        let n = protocol::index_isize_or(thread, p.filename, &VALUE_ERROR)?;
        e.written.set(int::new(n as i64));
        return Ok(());
    }
    e.filename.set(p.filename.to_ref());
    if !p.filename2.is_null() && !p.filename2.is_none() {
        e.filename2.set(p.filename2.to_ref());
    }
    e.base.args.set(Tuple::from_values(&[p.errno, p.strerror]));
    Ok(())
}

fn os_error_str(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<OsError>(thread, exception)?;
    let present = |slot: &Slot| slot.option();
    let (errno, strerror) = (present(&e.errno), present(&e.strerror));
    if e.filename.is_null() && (errno.is_none() || strerror.is_none()) {
        return base_str(thread, exception);
    }
    let mut text = TextBuilder::new("[Errno ");
    text.push_str(thread, *errno.unwrap_or(Ref::NONE))?.push("] ");
    text.push_str(thread, *strerror.unwrap_or(Ref::NONE))?;
    if let Some(filename) = present(&e.filename) {
        text.push(": ").push_repr(thread, *filename)?;
        if let Some(filename2) = present(&e.filename2) {
            text.push(" -> ").push_repr(thread, *filename2)?;
        }
    }
    Ok(text.finish())
}

fn reduce(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<OsError>(thread, exception)?;
    let mut args = e.base.args.get();
    if let (Some([errno, strerror]), false) = (args.cast::<Tuple>().map(|t| t.items()), e.filename.is_null())
    {
        let mut items = vec![*errno, *strerror, e.filename.peek()];
        if !e.filename2.is_null() {
            items.extend([Value::NONE, e.filename2.peek()]);
        }
        args = Tuple::from_values(&items);
    }
    let class = Value::of(exception.ty());
    Ok(match base::instance_dict(exception) {
        Some(dict) => Tuple::from_values(&[class, *args, *dict]),
        None => Tuple::from_values(&[class, *args]),
    })
}

fn missing_written(thread: &Thread) -> Raised {
    thread.error(&ATTRIBUTE_ERROR, "characters_written")
}

fn get_written(thread: &Thread, exception: Value) -> PyResult {
    receiver::<OsError>(thread, exception)?.written.option().ok_or_else(|| missing_written(thread))
}

fn set_written(thread: &Thread, exception: Value, value: Value) -> PyResult<()> {
    let e = receiver::<OsError>(thread, exception)?;
    if value.is_null() {
        return if e.written.take().is_null() { Err(missing_written(thread)) } else { Ok(()) };
    }
    let n = protocol::index_isize_or(thread, value, &VALUE_ERROR)?;
    e.written.set(int::new(n as i64));
    Ok(())
}

pub(super) const SLOTS: Slots =
    Slots { new: Some(new), init: Some(init), str: Some(os_error_str), ..struct_slots::<OsError>() };
pub(super) const METHODS: &[MethodDef] = &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "")];
pub(super) const FIELDS: &[GetSetDef] = &[
    slot_member!(OsError, errno, "errno", "POSIX exception code"),
    slot_member!(OsError, strerror, "strerror", "exception strerror"),
    slot_member!(OsError, filename, "filename", "exception filename"),
    slot_member!(OsError, filename2, "filename2", "second exception filename"),
    getset("characters_written", get_written, "").settable(set_written),
];
