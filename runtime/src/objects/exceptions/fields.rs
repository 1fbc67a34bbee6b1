//! Exception types with a field or two: StopIteration, SystemExit, ImportError, AttributeError, NameError, KeyError.

use super::base::{BaseException, ExceptionStruct, base_init, base_str, instance_dict, set_arguments};
use super::{ATTRIBUTE_ERROR, IMPORT_ERROR, NAME_ERROR, STOP_ITERATION, SYSTEM_EXIT, struct_slots};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::objects::dict::Dict;
use crate::objects::str;
use crate::objects::tuple::Tuple;
use crate::slot_fields::receiver;
use crate::thread::Thread;
use crate::types::registry::STR;
use crate::types::{GetSetDef, MethodDef, NativeFn, Slots, method};
use crate::value::{Ref, Value};
use crate::{protocol, slot_member};

/// Declares the struct of an exception type whose fields are slots.
macro_rules! exception_struct {
    ($(#[$doc:meta])* $struct:ident $type_object:ident { $($field:ident),* }) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $struct {
            pub base: BaseException,
            $(pub $field: $crate::cell::Slot,)*
        }
        crate::object!($struct, $type_object);
        crate::slot_fields!($struct, ..base, $($field),*);
        impl ExceptionStruct for $struct {
            fn from_base(base: BaseException) -> $struct {
                $struct { base, $($field: $crate::cell::Slot::null()),* }
            }
        }
    };
}
pub(super) use exception_struct;

exception_struct!(
    /// `StopIteration`: the value that a generator returned.
    StopIteration STOP_ITERATION { value }
);
exception_struct!(
    /// `SystemExit`: the exit status.
    SystemExit SYSTEM_EXIT { code }
);
exception_struct!(
    /// `ImportError`
    ImportError IMPORT_ERROR { msg, name, path, name_from }
);
exception_struct!(
    /// `AttributeError`
    AttributeError ATTRIBUTE_ERROR { obj, name }
);
exception_struct!(
    /// `NameError`
    NameError NAME_ERROR { name }
);

// StopIteration and SystemExit.

fn stop_iteration_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    base_init(thread, exception, arguments)?;
    let value = arguments.get(0).unwrap_or(Value::NONE);
    receiver::<StopIteration>(thread, exception)?.value.set(value.to_ref());
    Ok(())
}

fn system_exit_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    base_init(thread, exception, arguments)?;
    let code = match arguments.positional() {
        [] => return Ok(()),
        [one] => one.to_ref(),
        _ => arguments.positional_tuple(),
    };
    receiver::<SystemExit>(thread, exception)?.code.set(code);
    Ok(())
}

pub(super) const STOP_ITERATION_SLOTS: Slots =
    Slots { init: Some(stop_iteration_init), ..struct_slots::<StopIteration>() };
pub(super) const STOP_ITERATION_FIELDS: &[GetSetDef] =
    &[slot_member!(StopIteration, value, "value", "generator return value")];
pub(super) const SYSTEM_EXIT_SLOTS: Slots =
    Slots { init: Some(system_exit_init), ..struct_slots::<SystemExit>() };
pub(super) const SYSTEM_EXIT_FIELDS: &[GetSetDef] =
    &[slot_member!(SystemExit, code, "code", "exception code")];

// Types whose fields come as keywords.

/// Stores keyword arguments into the slots that `slot_of` names and refuses others.
fn take_keywords(
    thread: &Thread,
    exception: Value,
    arguments: &Args,
    type_name: &str,
    slot_of: impl Fn(&str) -> Option<&'static Slot>,
) -> PyResult<()> {
    set_arguments(thread, exception, arguments)?;
    for (name, value) in arguments.keywords() {
        let name = str::display(name);
        match slot_of(&name) {
            Some(slot) => slot.set(value.to_ref()),
            None => {
                let message = format!("{type_name}() got an unexpected keyword argument '{name}'");
                return Err(thread.type_error(message));
            }
        }
    }
    Ok(())
}

fn import_error_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    let e = receiver::<ImportError>(thread, exception)?;
    for slot in [&e.name, &e.path, &e.name_from] {
        drop(slot.take());
    }
    take_keywords(thread, exception, arguments, "ImportError", |name| match name {
        "name" => Some(&e.name),
        "path" => Some(&e.path),
        "name_from" => Some(&e.name_from),
        _ => None,
    })?;
    e.msg.set(match arguments.positional() {
        [one] => one.to_ref(),
        _ => Ref::NULL,
    });
    Ok(())
}

fn import_error_str(thread: &Thread, exception: Value) -> PyResult {
    let message = receiver::<ImportError>(thread, exception)?.msg.get();
    if !message.is_null() && message.is_exact(&STR) {
        return Ok(message);
    }
    base_str(thread, exception)
}

/// A copy of the instance's `__dict__`, or an empty dict.
fn state_dict(exception: Value) -> Ref {
    match instance_dict(exception) {
        Some(dict) => dict.cast::<Dict>().map_or_else(Dict::new, |d| d.copy()),
        None => Dict::new(),
    }
}

fn store_present(state: Value, name: &str, slot: &Slot) {
    if let (Some(dict), false) = (state.cast::<Dict>(), slot.is_null()) {
        dict.set_str(name, slot.peek());
    }
}

fn import_error_reduce(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<ImportError>(thread, exception)?;
    let state = state_dict(exception);
    store_present(*state, "name", &e.name);
    store_present(*state, "path", &e.path);
    store_present(*state, "name_from", &e.name_from);
    let class = Value::of(exception.ty());
    if state.cast::<Dict>().is_some_and(|d| d.len() == 0) {
        return Ok(Tuple::from_values(&[class, e.base.args.peek()]));
    }
    Ok(Tuple::from_values(&[class, e.base.args.peek(), *state]))
}

pub(super) const IMPORT_ERROR_SLOTS: Slots =
    Slots { init: Some(import_error_init), str: Some(import_error_str), ..struct_slots::<ImportError>() };
pub(super) const IMPORT_ERROR_METHODS: &[MethodDef] =
    &[method("__reduce__", "($self, /)", NativeFn::NoArgs(import_error_reduce), "")];
pub(super) const IMPORT_ERROR_FIELDS: &[GetSetDef] = &[
    slot_member!(ImportError, msg, "msg", "exception message"),
    slot_member!(ImportError, name, "name", "module name"),
    slot_member!(ImportError, path, "path", "module path"),
    slot_member!(ImportError, name_from, "name_from", "name imported from module"),
];

fn attribute_error_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    let e = receiver::<AttributeError>(thread, exception)?;
    drop(e.name.take());
    drop(e.obj.take());
    take_keywords(thread, exception, arguments, "AttributeError", |name| match name {
        "name" => Some(&e.name),
        "obj" => Some(&e.obj),
        _ => None,
    })
}

/// The object itself is left out: it may not be picklable.
fn attribute_error_state(thread: &Thread, exception: Value) -> PyResult {
    let e = receiver::<AttributeError>(thread, exception)?;
    let state = state_dict(exception);
    store_present(*state, "name", &e.name);
    store_present(*state, "args", &e.base.args);
    Ok(state)
}

fn attribute_error_reduce(thread: &Thread, exception: Value) -> PyResult {
    let state = attribute_error_state(thread, exception)?;
    let e = receiver::<AttributeError>(thread, exception)?;
    Ok(Tuple::from_values(&[Value::of(exception.ty()), e.base.args.peek(), *state]))
}

pub(super) const ATTRIBUTE_ERROR_SLOTS: Slots =
    Slots { init: Some(attribute_error_init), ..struct_slots::<AttributeError>() };
pub(super) const ATTRIBUTE_ERROR_METHODS: &[MethodDef] = &[
    method("__getstate__", "($self, /)", NativeFn::NoArgs(attribute_error_state), ""),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(attribute_error_reduce), ""),
];
pub(super) const ATTRIBUTE_ERROR_FIELDS: &[GetSetDef] = &[
    slot_member!(AttributeError, name, "name", "attribute name"),
    slot_member!(AttributeError, obj, "obj", "object"),
];

fn name_error_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    let e = receiver::<NameError>(thread, exception)?;
    drop(e.name.take());
    take_keywords(thread, exception, arguments, "NameError", |name| match name {
        "name" => Some(&e.name),
        _ => None,
    })
}

pub(super) const NAME_ERROR_SLOTS: Slots =
    Slots { init: Some(name_error_init), ..struct_slots::<NameError>() };
pub(super) const NAME_ERROR_FIELDS: &[GetSetDef] = &[slot_member!(NameError, name, "name", "name")];

/// A lone key is shown by its repr, so that an empty string or a tuple can be told apart.
fn key_error_str(thread: &Thread, exception: Value) -> PyResult {
    let args = receiver::<BaseException>(thread, exception)?.args.get();
    match args.cast::<Tuple>().map(|t| t.items()) {
        Some([one]) => protocol::repr(thread, *one),
        _ => base_str(thread, exception),
    }
}

pub(super) const KEY_ERROR_SLOTS: Slots =
    Slots { str: Some(key_error_str), ..struct_slots::<BaseException>() };
