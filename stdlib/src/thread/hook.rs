//! `_thread._excepthook`: what happens to an exception that ends a thread.

use runtime::objects::dict::Dict;
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
    if ty.is(Value::of(&SYSTEM_EXIT)) {
        return Ok(Ref::NONE);
    }
    let is_lost = STATE.sys("stderr").is_none_or(|file| file.is_none());
    if !is_lost {
        return print(thread, ty, value, traceback, owner);
    }
    // The thread remembers the stream that there was when it was made.
    let kept = match owner.is_none() {
        true => None,
        false => attributes::find(thread, owner, str::intern_text("_stderr"))?,
    };
    let sys = STATE.sys_dict.get();
    let (Some(kept), Some(dict)) = (kept.filter(|file| !file.is_none()), sys.cast::<Dict>()) else {
        return Ok(Ref::NONE);
    };
    dict.set_str("stderr", *kept);
    let printed = print(thread, ty, value, traceback, owner);
    dict.set_str("stderr", Value::NONE);
    printed
}

fn print(thread: &Thread, ty: Value, value: Value, traceback: Value, owner: Value) -> PyResult {
    let mut text = TextBuilder::new("Exception in thread ");
    text.push(&str::display(*name_of(thread, owner)?.finish())).push(":\n");
    write_stderr(thread, text.as_bytes());
    default_excepthook(thread, ty, value, traceback);
    Ok(Ref::NONE)
}
