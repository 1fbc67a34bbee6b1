//! Names: globals, builtins, the namespaces of module and class bodies, cells, and the errors of unbound variables.

use ir::code::local_kind;
use ir::register::fixed_value;
use runtime::error::{PyResult, Raised};
use runtime::frame::Frame;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{self, KEY_ERROR, NAME_ERROR, UNBOUND_LOCAL_ERROR};
use runtime::objects::function::Cell_;
use runtime::objects::str;
use runtime::state::STATE;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};
use runtime::{names, protocol};

use crate::operators;

/// `mapping[name]`, or `None` if it isn't there.
pub fn find(thread: &Thread, mapping: Value, name: Value) -> PyResult<Option<Ref>> {
    if let Some(dict) = mapping.cast_exact::<Dict>() {
        return Ok(dict.get_interned(name).map(|v| v.to_ref()));
    }
    match protocol::get_item(thread, mapping, name) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => thread.catch(raised, &KEY_ERROR).map(|_| None),
    }
}

#[cold]
fn not_defined(thread: &Thread, name: Value) -> Raised {
    let message = format!("name '{}' is not defined", str::display(name));
    exceptions::name_error(thread, &NAME_ERROR, name, &message)
}

/// `globals[name]`, or else `builtins[name]`.
#[inline(never)]
pub fn load_global(thread: &Thread, frame: &Frame, name: Value) -> PyResult {
    if let Some(value) = find(thread, frame.globals.peek(), name)? {
        return Ok(value);
    }
    match find(thread, frame.builtins.peek(), name)? {
        Some(value) => Ok(value),
        None => Err(not_defined(thread, name)),
    }
}

/// The namespace of a module or class body.
pub fn locals(thread: &Thread, frame: &Frame) -> PyResult {
    match frame.locals.option() {
        Some(locals) => Ok(locals),
        None => Err(thread.system_error("no locals found")),
    }
}

/// The item `name` of a mapping, or else of globals, or else of builtins.
#[inline(never)]
pub fn load_from(thread: &Thread, frame: &Frame, mapping: Value, name: Value) -> PyResult {
    match find(thread, mapping, name)? {
        Some(value) => Ok(value),
        None => load_global(thread, frame, name),
    }
}

/// `mapping[name] = value`
#[inline(never)]
pub fn store(thread: &Thread, mapping: Value, name: Value, value: Value) -> PyResult<()> {
    if let Some(dict) = mapping.cast_exact::<Dict>() {
        dict.insert_interned(name, value);
        return Ok(());
    }
    operators::set_item(thread, mapping, name, value)
}

/// `del mapping[name]`
#[inline(never)]
pub fn delete(thread: &Thread, mapping: Value, name: Value) -> PyResult<()> {
    if let Some(dict) = mapping.cast_exact::<Dict>() {
        return match dict.remove_interned(name) {
            Some(_) => Ok(()),
            None => Err(not_defined(thread, name)),
        };
    }
    match operators::set_item(thread, mapping, name, Value::NULL) {
        Ok(()) => Ok(()),
        Err(raised) => {
            drop(thread.catch(raised, &KEY_ERROR)?);
            Err(not_defined(thread, name))
        }
    }
}

/// The error of a local variable, or the content of its cell, that is unbound.
#[cold]
pub fn unbound(thread: &Thread, frame: &Frame, local: usize) -> Raised {
    let code = frame.code();
    let Some(name) = code.localsplusnames.get(local) else { return thread.system_error("no such local") };
    let shown = str::display(**name);
    if code.localspluskinds[local] & local_kind::FREE != 0 {
        let message = format!(
            "cannot access free variable '{shown}' where it is not associated with a value in enclosing scope"
        );
        return exceptions::name_error(thread, &NAME_ERROR, **name, &message);
    }
    let message = format!("cannot access local variable '{shown}' where it is not associated with a value");
    exceptions::name_error(thread, &UNBOUND_LOCAL_ERROR, **name, &message)
}

/// The cell in a local.
pub fn cell(thread: &Thread, v: Value) -> PyResult<&'static Cell_> {
    let cell = if v.is_null() { None } else { v.cast::<Cell_>() };
    cell.ok_or_else(|| thread.system_error("the local is no cell"))
}

/// The content of the cell in a local.
pub fn load_cell(thread: &Thread, frame: &Frame, v: Value, local: usize) -> PyResult {
    cell(thread, v)?.content.option().ok_or_else(|| unbound(thread, frame, local))
}

/// A value with a fixed number: common constants, the locals mapping, `__build_class__`.
pub fn fixed(thread: &Thread, frame: &Frame, number: u16) -> PyResult {
    match number {
        fixed_value::LOCALS => locals(thread, frame),
        fixed_value::BUILD_CLASS => {
            match find(thread, frame.builtins.peek(), names::get().__build_class__)? {
                Some(function) => Ok(function),
                None => {
                    let message = "__build_class__ not found";
                    Err(exceptions::name_error(thread, &NAME_ERROR, names::get().__build_class__, message))
                }
            }
        }
        _ => match STATE.common_constant(number) {
            Some(constant) => Ok(constant.to_ref()),
            None => Err(thread.system_error("unknown common constant")),
        },
    }
}

/// Makes `__annotations__` in the namespace if there is none.
pub fn setup_annotations(thread: &Thread, frame: &Frame) -> PyResult<()> {
    let (locals, name) = (locals(thread, frame)?, names::get().__annotations__);
    match find(thread, *locals, name)? {
        Some(_) => Ok(()),
        None => store(thread, *locals, name, *Dict::new()),
    }
}
