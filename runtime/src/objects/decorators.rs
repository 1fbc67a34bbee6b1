//! `classmethod` and `staticmethod`.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object, new_exact, new_object};
use crate::objects::builtin_function::{INSTANCE_DICT, none_if_null};
use crate::objects::method::new_method;
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::registry::{ATTRIBUTE_ERROR, OBJECT};
use crate::types::slots::Visit;
use crate::types::{GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};

const FLAGS: TypeFlags =
    TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::ATTRIBUTES).union(TypeFlags::WEAKREF);

/// The layout of both: one callable.
#[repr(C)]
pub struct ClassMethod {
    pub header: Header,
    pub callable: Slot,
}

crate::object!(ClassMethod, CLASSMETHOD);

/// A callable that gets no receiver.
#[repr(C)]
pub struct StaticMethod {
    pub header: Header,
    pub callable: Slot,
}

crate::object!(StaticMethod, STATICMETHOD);

/// The callable that either decorator holds.
fn callable(v: Value) -> &'static Slot {
    match v.cast::<ClassMethod>() {
        Some(c) => &c.callable,
        // SAFETY: the slots and getsets below are called on the two types only.
        None => &unsafe { v.cast_unchecked::<StaticMethod>() }.callable,
    }
}

pub fn new_staticmethod(function: Value) -> Ref {
    new_exact(|header| StaticMethod { header, callable: Slot::new(function.to_ref()) })
}

pub fn new_classmethod(function: Value) -> Ref {
    new_exact(|header| ClassMethod { header, callable: Slot::new(function.to_ref()) })
}

/// The function of an exact class method.
pub fn classmethod_function(v: Value) -> Option<Ref> {
    v.cast_exact::<ClassMethod>()?.callable.option()
}

/// The function of an exact static method.
pub fn staticmethod_function(v: Value) -> Option<Ref> {
    v.cast_exact::<StaticMethod>()?.callable.option()
}

const GETSETS: &[GetSetDef] = &[
    getset("__func__", |_, v| Ok(none_if_null(callable(v))), "").member(),
    getset("__wrapped__", |_, v| Ok(none_if_null(callable(v))), "").member(),
    getset("__isabstractmethod__", is_abstract, ""),
    INSTANCE_DICT,
    getset("__annotations__", |t, v| forwarded(t, v, names::get().__annotations__), "")
        .settable(|t, v, value| set_own(t, v, names::get().__annotations__, value)),
    getset("__annotate__", |t, v| forwarded(t, v, names::get().__annotate__), "")
        .settable(|t, v, value| set_own(t, v, names::get().__annotate__, value)),
];

const METHODS: &[MethodDef] = &[method(
    "__class_getitem__",
    "($type, object, /)",
    NativeFn::One(super::generic_alias::class_getitem),
    "",
)
.class()];

pub static CLASSMETHOD: Type = Type::new_static(&TypeSpec {
    name: "classmethod",
    size: size_of::<ClassMethod>(),
    flags: FLAGS,
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, |header| ClassMethod { header, callable: Slot::null() }))),
        init: Some(|thread, v, arguments| init(thread, v, arguments, "classmethod")),
        drop: drop_object::<ClassMethod>,
        traverse: Some(traverse),
        clear: Some(|v| drop(callable(v).take())),
        repr: Some(|thread, v| repr(thread, v, "classmethod")),
        descriptor_get: Some(classmethod_get),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    signature: "(function, /)",
    doc: "Convert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is ignored except for its class.\nIf a class method is called for a derived class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\nIf you want those, see the staticmethod builtin.",
    ..TypeSpec::EMPTY
});

pub static STATICMETHOD: Type = Type::new_static(&TypeSpec {
    name: "staticmethod",
    size: size_of::<StaticMethod>(),
    flags: FLAGS,
    slots: Slots {
        new: Some(|_, ty, _| Ok(new_object(ty, |header| StaticMethod { header, callable: Slot::null() }))),
        init: Some(|thread, v, arguments| init(thread, v, arguments, "staticmethod")),
        drop: drop_object::<StaticMethod>,
        traverse: Some(traverse),
        clear: Some(|v| drop(callable(v).take())),
        repr: Some(|thread, v| repr(thread, v, "staticmethod")),
        call: Some(|thread, v, arguments| {
            let function = callable(v).get();
            thread.call_args(*function, arguments)
        }),
        descriptor_get: Some(staticmethod_get),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    signature: "(function, /)",
    doc: "Convert a function to be a static method.\n\nA static method does not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         @staticmethod\n         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\nneither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.",
    ..TypeSpec::EMPTY
});

fn init(thread: &Thread, v: Value, arguments: &Args, name: &str) -> PyResult<()> {
    no_keywords(thread, name, arguments)?;
    check_positional(thread, name, arguments.count(), 1, 1)?;
    let function = arguments.all_values()[0];
    if !callable(v).is_null() {
        // Who found it in a class relies on its function.
        OBJECT.modified();
    }
    callable(v).set(function.to_ref());
    copy_identity(thread, v, function)
}

/// Copies what names a function to its wrapper.
fn copy_identity(thread: &Thread, wrapper: Value, function: Value) -> PyResult<()> {
    let n = names::get();
    for name in [n.__module__, n.__name__, n.__qualname__, n.__doc__] {
        if let Some(value) = attributes::find(thread, function, name)? {
            attributes::set(thread, wrapper, name, *value)?;
        }
    }
    Ok(())
}

fn traverse(v: Value, visit: Visit) {
    if !callable(v).is_null() {
        visit(callable(v).peek());
    }
}

fn repr(thread: &Thread, v: Value, name: &str) -> PyResult {
    let function = none_if_null(callable(v));
    let text = protocol::repr(thread, *function)?;
    let text = text.cast::<Str>().expect("repr gives a string");
    Ok(Str::new(&format!("<{name}({})>", text.to_text_lossy())))
}

fn is_abstract(thread: &Thread, v: Value) -> PyResult {
    if callable(v).is_null() {
        return Ok(Ref::bool(false));
    }
    is_abstract_method(thread, callable(v).peek()).map(Ref::bool)
}

/// `bool(v.__isabstractmethod__)`, false if there is no such attribute.
pub fn is_abstract_method(thread: &Thread, v: Value) -> PyResult<bool> {
    match attributes::find(thread, v, names::get().__isabstractmethod__)? {
        Some(flag) => protocol::is_true(thread, *flag),
        None => Ok(false),
    }
}

/// An attribute that the wrapper remembers once it was read from the function.
fn forwarded(thread: &Thread, v: Value, name: Value) -> PyResult {
    if let Some(own) = attributes::own_attribute(thread, v, name)? {
        return Ok(own);
    }
    let value = attributes::get(thread, *none_if_null(callable(v)), name)?;
    set_own(thread, v, name, *value)?;
    Ok(value)
}

fn set_own(thread: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    let dict = attributes::instance_dict(thread, v)?;
    let Some(dict) = dict.cast::<crate::objects::dict::Dict>() else { return Ok(()) };
    if !value.is_null() {
        return dict.set(thread, name, value.to_ref());
    }
    match dict.remove(thread, name)? {
        Some(_) => Ok(()),
        None => Err(thread.error_value(&ATTRIBUTE_ERROR, name)),
    }
}

fn classmethod_get(thread: &Thread, descriptor: Value, object: Value, class: Value) -> PyResult {
    let function = callable(descriptor).peek();
    if function.is_null() {
        return Err(thread.runtime_error("uninitialized classmethod object"));
    }
    Ok(new_method(function, if class.is_null() { Value::of(object.ty()) } else { class }))
}

fn staticmethod_get(thread: &Thread, descriptor: Value, _object: Value, _class: Value) -> PyResult {
    match callable(descriptor).option() {
        Some(function) => Ok(function),
        None => Err(thread.runtime_error("uninitialized staticmethod object")),
    }
}
