//! `_thread._excepthook`: what happens to an exception that ends a thread.

use runtime::objects::exceptions::{SYSTEM_EXIT, default_excepthook, write_stderr};
use runtime::objects::str;
use runtime::state::STATE;
use runtime::text_builder::TextBuilder;
use runtime::{PyResult, Ref, Thread, TypeFlags, Value, attributes, names, struct_sequence};

struct_sequence! {
    /// The argument of `threading.excepthook`.
    pub static EXCEPT_HOOK_ARGS = "_thread._ExceptHookArgs" {
        visible: 4, total: 4, flags: TypeFlags::empty(),
        doc: "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.", complete: None,
        0 exc_type "Exception type",
        1 exc_value "Exception value",
        2 exc_traceback "Exception traceback",
        3 thread "Thread",
    }
}

/// The name of a `threading.Thread`, or the running thread's identity.
fn name_of(thread: &Thread, object: Value) -> PyResult<TextBuilder> {
    let mut text = TextBuilder::default();
    let name = match object.is_none() {
        true => None,
        false => attributes::find(thread, object, names::get().name)?,
    };
    match name {
        Some(name) => text.push_str(thread, *name)?,
        None => text.push(&thread.ident.get().to_string()),
    };
    Ok(text)
}

/// `_excepthook(args)`: prints the exception with the thread's name; SystemExit is silent.
pub fn excepthook(thread: &Thread, _: Value, arguments: Value) -> PyResult {
    let is_arguments = std::ptr::eq(arguments.ty(), EXCEPT_HOOK_ARGS.ready());
    let items =
        arguments.cast::<runtime::objects::tuple::Tuple>().filter(|_| is_arguments).map(|t| t.items());
    let Some(&[ty, value, traceback, owner]) = items else {
        return Err(thread.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    };
    let is_lost = STATE.sys("stderr").is_none_or(|file| file.is_none());
    if ty.is(Value::of(&SYSTEM_EXIT)) || is_lost {
        return Ok(Ref::NONE);
    }
    let mut text = TextBuilder::new("Exception in thread ");
    text.push(&str::display(*name_of(thread, owner)?.finish())).push(":\n");
    write_stderr(thread, text.as_bytes());
    default_excepthook(thread, ty, value, traceback);
    Ok(Ref::NONE)
}
