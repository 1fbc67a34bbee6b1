//! `BaseException`: arguments, traceback, context, cause, notes.

use super::fields::StopIteration;
use super::{BASE_EXCEPTION, STOP_ITERATION, struct_slots};
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::instance::{self, Shape};
use crate::names;
use crate::object::{Header, new_object};
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::traceback::Traceback;
use crate::objects::tuple::Tuple;
use crate::slot_fields::{SlotFields, none_if_null, receiver};
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::{GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, getset, method};
use crate::value::{Ref, Value};
use crate::{attributes, protocol};
use std::cell::Cell;

/// Any exception object; types with more fields extend it.
#[repr(C)]
pub struct BaseException {
    pub header: Header,
    /// A tuple.
    pub args: Slot,
    /// A traceback, or NULL where Python sees None.
    pub traceback: Slot,
    pub context: Slot,
    pub cause: Slot,
    pub suppress_context: Cell<bool>,
}

crate::object!(BaseException, BASE_EXCEPTION);
crate::slot_fields!(BaseException, args, traceback, context, cause);

/// The struct of an exception type: `BaseException` and fields that start out empty.
pub trait ExceptionStruct: SlotFields {
    fn from_base(base: BaseException) -> Self;
}

impl ExceptionStruct for BaseException {
    fn from_base(base: BaseException) -> BaseException {
        base
    }
}

impl BaseException {
    pub fn with_args(header: Header, args: Ref) -> BaseException {
        BaseException {
            header,
            args: Slot::new(args),
            traceback: Slot::null(),
            context: Slot::null(),
            cause: Slot::null(),
            suppress_context: Cell::new(false),
        }
    }
    /// The arguments, borrowed.
    pub fn arguments(&self) -> &'static [Value] {
        self.args.peek().cast::<Tuple>().map_or(&[], |t| t.items())
    }
}

/// `cls.__new__(cls, *args, **kwargs)`: keywords are `__init__`'s business.
pub fn new_of<S: ExceptionStruct>(_: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let args = arguments.positional_tuple();
    Ok(new_object(class, |header| S::from_base(BaseException::with_args(header, args))))
}

/// Whether `BaseException.__new__` makes the instances of a class: it stores the positional arguments, and nothing else.
#[inline]
pub fn is_plainly_made(class: &Type) -> bool {
    let plain = BASE_EXCEPTION.slots().new.map(|f| f as usize);
    class.slots().new.map(|f| f as usize) == plain && class.has(TypeFlags::EXCEPTION_SUBCLASS)
}

/// Whether such an instance is complete then: `__init__` would store the arguments once more.
pub fn is_plainly_initialised(class: &Type) -> bool {
    class.slots().init.is_some_and(|f| f as usize == base_init as *const () as usize)
}

/// Whether a call of the class with positional arguments does nothing but make an instance that holds them.
pub fn only_holds(class: &Type) -> bool {
    std::ptr::eq(class, &STOP_ITERATION) || is_plainly_made(class) && is_plainly_initialised(class)
}

/// An instance of a class that is plainly made, or only holds its arguments.
#[inline]
pub fn new_plain(class: &'static Type, arguments: &[Value]) -> Ref {
    if std::ptr::eq(class, &STOP_ITERATION) {
        return new_stop_iteration(arguments);
    }
    let arguments = Tuple::from_values(arguments);
    new_object(class, |header| BaseException::with_args(header, arguments))
}

fn new_stop_iteration(arguments: &[Value]) -> Ref {
    let value = arguments.first().map_or(Ref::NONE, |value| value.to_ref());
    let arguments = Tuple::from_values(arguments);
    new_object(&STOP_ITERATION, |header| StopIteration {
        base: BaseException::with_args(header, arguments),
        value: Slot::new(value),
    })
}

/// An instance of a class that is plainly made, or only holds its arguments, with a shape of the class if one is given, whose fields and values are
/// NULL and left to the caller.
pub fn new_blank(class: &'static Type, shape: *const Shape) -> Ref {
    // The shape decides how many values have room inside.
    let present = if shape.is_null() { class.root_shape.get() } else { class.root_shape.replace(shape) };
    let base = |header| BaseException::with_args(header, Ref::NULL);
    let made = match std::ptr::eq(class, &STOP_ITERATION) {
        true => new_object(class, |header| StopIteration { base: base(header), value: Slot::null() }),
        false => new_object(class, base),
    };
    class.root_shape.set(present);
    made
}

/// Refuses keyword arguments.
pub fn no_keywords(thread: &Thread, class: &Type, arguments: &Args) -> PyResult<()> {
    if !arguments.has_keywords() {
        return Ok(());
    }
    Err(thread.type_error(format!("{}() takes no keyword arguments", class.name())))
}

/// `BaseException.__init__`.
pub fn base_init(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    no_keywords(thread, exception.ty(), arguments)?;
    set_arguments(thread, exception, arguments)
}

/// What every `__init__` does with the positional arguments.
pub fn set_arguments(thread: &Thread, exception: Value, arguments: &Args) -> PyResult<()> {
    receiver::<BaseException>(thread, exception)?.args.set(arguments.positional_tuple());
    Ok(())
}

/// `BaseException.__str__`: nothing, the argument, or the tuple of arguments.
pub fn base_str(thread: &Thread, exception: Value) -> PyResult {
    let args = receiver::<BaseException>(thread, exception)?.args.get();
    match args.cast::<Tuple>().map_or(&[][..], |t| t.items()) {
        [] => Ok(Str::empty()),
        [one] => protocol::str(thread, *one),
        _ => protocol::str(thread, *args),
    }
}

fn base_repr(thread: &Thread, exception: Value) -> PyResult {
    let args = receiver::<BaseException>(thread, exception)?.args.get();
    let mut text = TextBuilder::new(&exception.ty().name());
    match args.cast::<Tuple>().map_or(&[][..], |t| t.items()) {
        [one] => text.push("(").push_repr(thread, *one)?.push(")"),
        _ => text.push_repr(thread, *args)?,
    };
    Ok(text.finish())
}

/// The live `__dict__`, if the instance has any attributes.
pub fn instance_dict(exception: Value) -> Option<Ref> {
    let attributes = instance::attributes(exception)?;
    let empty = !attributes.shape().is_dictionary && attributes.shape().count == 0;
    (!empty).then(|| attributes.make_dictionary().to_ref())
}

fn reduce(thread: &Thread, exception: Value) -> PyResult {
    let args = receiver::<BaseException>(thread, exception)?.args.get();
    let class = Value::of(exception.ty());
    Ok(match instance_dict(exception) {
        Some(dict) => Tuple::from_values(&[class, *args, *dict]),
        None => Tuple::from_values(&[class, *args]),
    })
}

fn set_state(thread: &Thread, exception: Value, state: Value) -> PyResult {
    if state.is_none() {
        return Ok(Ref::NONE);
    }
    let Some(dict) = state.cast::<Dict>() else {
        return Err(thread.type_error("state is not a dictionary"));
    };
    for (key, value) in dict.items() {
        attributes::set(thread, exception, *key, *value)?;
    }
    Ok(Ref::NONE)
}

fn with_traceback(thread: &Thread, exception: Value, traceback: Value) -> PyResult {
    set_traceback(thread, exception, traceback)?;
    Ok(exception.to_ref())
}

fn add_note(thread: &Thread, exception: Value, note: Value) -> PyResult {
    if note.cast::<Str>().is_none() {
        let message = format!("add_note() argument must be str, not {}", note.ty().name());
        return Err(thread.type_error(message));
    }
    let name = names::get().__notes__;
    let notes = match attributes::find(thread, exception, name)? {
        Some(notes) => notes,
        None => {
            let notes = List::from_refs(Vec::new());
            attributes::set(thread, exception, name, *notes)?;
            notes
        }
    };
    let Some(list) = notes.cast::<List>() else {
        return Err(thread.type_error("Cannot add note: __notes__ is not a list"));
    };
    list.push(note.to_ref());
    Ok(Ref::NONE)
}

/// Adds a note to the pending exception. What keeps the note from being added is passed over.
#[cold]
pub fn note(thread: &Thread, raised: Raised, text: &str) -> Raised {
    let exception = thread.take_raised();
    if add_note(thread, *exception, *Str::new(text)).is_err() {
        drop(thread.take_raised());
    }
    thread.set_raised(exception);
    raised
}

fn set_args(thread: &Thread, exception: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("args may not be deleted"));
    }
    let args = Tuple::from_refs(protocol::collect(thread, value)?);
    receiver::<BaseException>(thread, exception)?.args.set(args);
    Ok(())
}

/// `exception.__traceback__ = value`.
pub fn set_traceback(thread: &Thread, exception: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("__traceback__ may not be deleted"));
    }
    if !value.is_none() && value.cast::<Traceback>().is_none() {
        return Err(thread.type_error("__traceback__ must be a traceback or None"));
    }
    receiver::<BaseException>(thread, exception)?.traceback.set(null_if_none(value));
    Ok(())
}

fn null_if_none(value: Value) -> Ref {
    if value.is_none() { Ref::NULL } else { value.to_ref() }
}

/// The value for `__context__` or `__cause__`: an exception, or NULL for None.
fn linked_exception(thread: &Thread, value: Value, attribute: &str, what: &str) -> PyResult {
    if value.is_null() {
        return Err(thread.type_error(format!("{attribute} may not be deleted")));
    }
    if !value.is_none() && value.cast::<BaseException>().is_none() {
        return Err(thread.type_error(format!("exception {what} must be None or derive from BaseException")));
    }
    Ok(null_if_none(value))
}

fn set_context(thread: &Thread, exception: Value, value: Value) -> PyResult<()> {
    let context = linked_exception(thread, value, "__context__", "context")?;
    receiver::<BaseException>(thread, exception)?.context.set(context);
    Ok(())
}

fn set_cause_attribute(thread: &Thread, exception: Value, value: Value) -> PyResult<()> {
    let cause = linked_exception(thread, value, "__cause__", "cause")?;
    let e = receiver::<BaseException>(thread, exception)?;
    e.suppress_context.set(true);
    e.cause.set(cause);
    Ok(())
}

fn set_suppress_context(thread: &Thread, exception: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("can't delete numeric/char attribute"));
    }
    if !value.is_bool() {
        return Err(thread.type_error("attribute value type must be bool"));
    }
    receiver::<BaseException>(thread, exception)?.suppress_context.set(value == Value::TRUE);
    Ok(())
}

fn read(thread: &Thread, exception: Value, slot: fn(&BaseException) -> &Slot) -> PyResult {
    Ok(none_if_null(slot(receiver::<BaseException>(thread, exception)?).get()))
}

pub(super) const SLOTS: Slots = Slots {
    init: Some(base_init),
    repr: Some(base_repr),
    str: Some(base_str),
    ..struct_slots::<BaseException>()
};

pub(super) const METHODS: &[MethodDef] = &[
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), ""),
    method("__setstate__", "($self, state, /)", NativeFn::One(set_state), ""),
    method(
        "with_traceback",
        "($self, tb, /)",
        NativeFn::One(with_traceback),
        "Set self.__traceback__ to tb and return self.",
    ),
    method("add_note", "($self, note, /)", NativeFn::One(add_note), "Add a note to the exception"),
];

pub(super) const GETSETS: &[GetSetDef] = &[
    getset(
        "__suppress_context__",
        |thread, e| Ok(Ref::bool(receiver::<BaseException>(thread, e)?.suppress_context.get())),
        "",
    )
    .settable(set_suppress_context)
    .member(),
    getset("__dict__", attributes::instance_dict, "").settable(attributes::set_instance_dict),
    getset("args", |thread, e| read(thread, e, |e| &e.args), "").settable(set_args),
    getset("__traceback__", |thread, e| read(thread, e, |e| &e.traceback), "").settable(set_traceback),
    getset("__context__", |thread, e| read(thread, e, |e| &e.context), "").settable(set_context),
    getset("__cause__", |thread, e| read(thread, e, |e| &e.cause), "").settable(set_cause_attribute),
];
