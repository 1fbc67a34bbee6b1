//! What `sys` shows of the configuration: arguments, options, paths.

use crate::config;
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs;
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::add;
use runtime::objects::str::Str;
use runtime::state::STATE;
use runtime::{PyResult, Ref, Thread, Value};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Text from the operating system as a string; bytes that are no UTF-8 become lone surrogates.
pub fn os_string(thread: &Thread, text: &OsStr) -> PyResult {
    match text.to_str() {
        Some(text) => Ok(Str::new(text)),
        None => codecs::decode(thread, *Bytes::new(text.as_bytes()), "utf-8", "surrogateescape"),
    }
}

fn list(thread: &Thread, items: &[impl AsRef<OsStr>]) -> PyResult {
    let items = items.iter().map(|item| os_string(thread, item.as_ref())).collect::<PyResult<Vec<_>>>()?;
    Ok(List::from_refs(items))
}

/// `sys._xoptions`: `key=value` as strings, a key alone as True.
fn x_options(thread: &Thread) -> PyResult {
    let options = Dict::new();
    for option in &config::get().x_options {
        let bytes = option.as_bytes();
        let (key, value) = match bytes.iter().position(|b| *b == b'=') {
            Some(i) => (&bytes[..i], Some(&bytes[i + 1..])),
            None => (bytes, None),
        };
        let key = os_string(thread, OsStr::from_bytes(key))?;
        let value = match value {
            Some(value) => os_string(thread, OsStr::from_bytes(value))?,
            None => Ref::bool(true),
        };
        if let Some(dict) = options.cast::<Dict>() {
            dict.set(thread, *key, value)?;
        }
    }
    Ok(options)
}

/// Adds what the configuration says, and puts it into force where the runtime keeps it.
pub(super) fn add_configuration(thread: &Thread, module: Value) -> PyResult<()> {
    let config = config::get();
    let paths = &config.paths;
    add(module, "argv", *list(thread, &config.argv)?);
    add(module, "orig_argv", *list(thread, &config.orig_argv)?);
    add(module, "warnoptions", *list(thread, &config.warn_options)?);
    add(module, "path", *list(thread, &paths.search)?);
    add(module, "_xoptions", *x_options(thread)?);
    let places = [
        ("executable", &paths.executable),
        ("_base_executable", &paths.base_executable),
        ("prefix", &paths.prefix),
        ("exec_prefix", &paths.exec_prefix),
        ("base_prefix", &paths.base_prefix),
        ("base_exec_prefix", &paths.base_exec_prefix),
        ("_stdlib_dir", &paths.stdlib),
    ];
    for (name, place) in places {
        add(module, name, *os_string(thread, place.as_os_str())?);
    }
    let optional = [("pycache_prefix", &config.pycache_prefix), ("_home", &paths.home)];
    for (name, value) in optional {
        let value = value.as_ref().map_or(Ok(Ref::NONE), |text| os_string(thread, text))?;
        add(module, name, *value);
    }
    add(module, "dont_write_bytecode", Value::bool(config.dont_write_bytecode));
    STATE.optimization.set(config.optimize.clamp(0, 2) as u8);
    STATE.verbose.set(config.verbose.clamp(0, 255) as u8);
    int::set_digit_limit(usize::try_from(config.int_max_str_digits).unwrap_or(0));
    if config.optimize > 0
        && let Some(builtins) = STATE.builtins_dict.peek().cast::<Dict>()
    {
        builtins.set_str("__debug__", Value::FALSE);
    }
    Ok(())
}
