//! `_socket`: network sockets of the families AF_INET, AF_INET6 and AF_UNIX, and the names of hosts and services.

mod address;
mod hosts;
mod names;
mod rows;
mod stream;
mod transfer;

use crate::constants::add_constants;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{OS_ERROR, TIMEOUT_ERROR};
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::types::registry::{TYPE, ready};
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Value};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: rows::FUNCTIONS,
    init,
};

/// `socket.gaierror`, a class made when the module is.
static RESOLVE_ERROR: GilCell<Option<Ref>> = GilCell::new(None);

/// `socket.herror`.
static HOST_ERROR: GilCell<Option<Ref>> = GilCell::new(None);

fn error_class(thread: &Thread, module: Value, name: &str) -> PyResult {
    let namespace = Dict::new();
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_str("__module__", *Str::new("socket"));
    }
    let bases = Tuple::from_values(&[Value::of(&OS_ERROR)]);
    let class = thread.call(Value::of(&TYPE), &[*Str::new(name), *bases, *namespace])?;
    add(module, name, *class);
    Ok(class)
}

/// Raises `gaierror`.
#[cold]
fn resolve_error(thread: &Thread, error: i32, errno: i32) -> Raised {
    if error == libc::EAI_SYSTEM {
        return crate::system::raise(thread, errno);
    }
    raise_of(thread, &RESOLVE_ERROR, error, &crate::os::net::resolve_error(error))
}

/// Raises `herror`.
#[cold]
fn host_error(thread: &Thread, error: i32) -> Raised {
    raise_of(thread, &HOST_ERROR, error, &crate::os::hosts::error_text(error))
}

fn raise_of(thread: &Thread, class: &GilCell<Option<Ref>>, error: i32, text: &[u8]) -> Raised {
    let Some(class) = class.with(|class| class.clone()) else {
        return crate::system::raise(thread, libc::EIO);
    };
    let text = String::from_utf8_lossy(text).into_owned();
    match thread.call(*class, &[Value::small_int(error.into()), *Str::new(&text)]) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    add_constants(module, rows::CONSTANTS);
    add_constants(module, rows::MORE_CONSTANTS);
    ready(&stream::SOCKET);
    add(module, "socket", Value::of(&stream::SOCKET));
    add(module, "SocketType", Value::of(&stream::SOCKET));
    add(module, "error", Value::of(&OS_ERROR));
    add(module, "timeout", Value::of(&TIMEOUT_ERROR));
    add(module, "has_ipv6", Value::TRUE);
    let class = error_class(thread, module, "herror")?;
    drop(HOST_ERROR.replace(Some(class)));
    let class = error_class(thread, module, "gaierror")?;
    drop(RESOLVE_ERROR.replace(Some(class)));
    Ok(())
}
