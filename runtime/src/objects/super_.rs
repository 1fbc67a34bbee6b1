//! `super`: attributes of the classes behind a class in the MRO of an object's class.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::object::{Header, drop_object, new_object};
use crate::objects::builtin_function::none_if_null;
use crate::objects::dict::Dict;
use crate::objects::function::Cell_;
use crate::objects::str::{self, Str};
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::slots::Visit;
use crate::types::{Slots, Type, TypeFlags, TypeSpec, getset};
use crate::value::{Ref, Value};

/// A view of an object from behind a class. Empty fields are NULL (an unbound `super`).
#[repr(C)]
pub struct Super {
    pub header: Header,
    class: Slot,
    object: Slot,
    object_class: Slot,
}

crate::object!(Super, SUPER);

pub static SUPER: Type = Type::new_static(&TypeSpec {
    name: "super",
    size: size_of::<Super>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC),
    slots: Slots {
        new: Some(|_, ty, _| {
            Ok(new_object(ty, |header| Super {
                header,
                class: Slot::null(),
                object: Slot::null(),
                object_class: Slot::null(),
            }))
        }),
        init: Some(init),
        drop: drop_object::<Super>,
        traverse: Some(traverse),
        repr: Some(repr),
        get_attribute: Some(get_attribute),
        descriptor_get: Some(descriptor_get),
        ..Slots::EMPTY
    },
    getsets: &[
        getset("__thisclass__", |_, v| Ok(none_if_null(&this(v).class)), "the class invoking super()")
            .member(),
        getset(
            "__self__",
            |_, v| Ok(none_if_null(&this(v).object)),
            "the instance invoking super(); may be None",
        )
        .member(),
        getset(
            "__self_class__",
            |_, v| Ok(none_if_null(&this(v).object_class)),
            "the type of the instance invoking super(); may be None",
        )
        .member(),
    ],
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires\n    issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    ..TypeSpec::EMPTY
});

fn this(v: Value) -> &'static Super {
    // SAFETY: slots and getsets are called on instances of the type only.
    unsafe { v.cast_unchecked() }
}

fn traverse(v: Value, visit: Visit) {
    let s = this(v);
    for field in [&s.class, &s.object, &s.object_class] {
        if !field.is_null() {
            visit(field.peek());
        }
    }
}

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    no_keywords(thread, "super", arguments)?;
    check_positional(thread, "super", arguments.count(), 0, 2)?;
    let (class, object) = match arguments.positional() {
        [] => {
            let (class, object) = implied_arguments(thread)?;
            (class, Some(object))
        }
        given => {
            let object = given.get(1).filter(|o| !o.is_none()).map(|o| o.to_ref());
            (given[0].to_ref(), object)
        }
    };
    let Some(ty) = class.cast::<Type>() else {
        return Err(
            thread.type_error(format!("super() argument 1 must be a type, not {}", class.ty().name()))
        );
    };
    bind(thread, this(v), ty, object)
}

fn bind(thread: &Thread, s: &Super, class: &'static Type, object: Option<Ref>) -> PyResult<()> {
    let object_class = match &object {
        Some(object) => class_of(thread, class, **object)?,
        None => Ref::NULL,
    };
    s.class.set(Value::of(class).to_ref());
    s.object.set(object.unwrap_or(Ref::NULL));
    s.object_class.set(object_class);
    Ok(())
}

/// `__class__` and the first argument of the function that is running.
fn implied_arguments(thread: &Thread) -> PyResult<(Ref, Ref)> {
    const CELL: u8 = 0x40;
    const FREE: u8 = 0x80;
    // SAFETY: the frame chain is intact while its thread runs.
    let Some(frame) = (unsafe { thread.frame.get().as_ref() }) else {
        return Err(thread.runtime_error("super(): no current frame"));
    };
    let code = frame.code();
    if code.argcount == 0 {
        return Err(thread.runtime_error("super(): no arguments"));
    }
    // SAFETY: local variables stand in the first registers.
    let local = |i: usize| unsafe { frame.register(i) };
    let content = |v: Value| match v.cast_exact::<Cell_>() {
        Some(cell) => cell.content.peek(),
        None => v,
    };
    let mut first = local(0);
    if code.localspluskinds.first().is_some_and(|kind| kind & CELL != 0) {
        first = content(first);
    }
    if first.is_null() {
        return Err(thread.runtime_error("super(): arg[0] deleted"));
    }
    let name = names::get().__class__;
    let place = (0..code.nlocalsplus())
        .find(|&i| code.localspluskinds[i] & FREE != 0 && code.localsplusnames[i].value() == name);
    let Some(place) = place else {
        return Err(thread.runtime_error("super(): __class__ cell not found"));
    };
    let class = match local(place).cast_exact::<Cell_>() {
        Some(cell) => cell.content.peek(),
        None => return Err(thread.runtime_error("super(): bad __class__ cell")),
    };
    if class.is_null() {
        return Err(thread.runtime_error("super(): empty __class__ cell"));
    }
    if class.cast::<Type>().is_none() {
        return Err(thread.runtime_error(format!("super(): __class__ is not a type ({})", class.ty().name())));
    }
    Ok((class.to_ref(), first.to_ref()))
}

/// The class in whose MRO `super(class, object)` looks: `object` itself, if it is a subclass, else its class.
fn class_of(thread: &Thread, class: &'static Type, object: Value) -> PyResult {
    if object.cast::<Type>().is_some_and(|t| t.is_subtype(class)) {
        return Ok(object.to_ref());
    }
    if object.ty().is_subtype(class) {
        return Ok(Value::of(object.ty()).to_ref());
    }
    if let Some(pretended) = attributes::find(thread, object, names::get().__class__)?
        && pretended.cast::<Type>().is_some_and(|t| t.is_subtype(class))
    {
        return Ok(pretended);
    }
    Err(not_an_instance(thread, class, object))
}

#[cold]
fn not_an_instance(thread: &Thread, class: &Type, object: Value) -> Raised {
    let (sort, name) = match object.cast::<Type>() {
        Some(t) => ("type", t.name()),
        None => ("instance of", object.ty().name()),
    };
    thread.type_error(format!(
        "super(type, obj): obj ({sort} {name}) is not an instance or subtype of type ({}).",
        class.name()
    ))
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let s = this(v);
    let class = s.class.peek().cast::<Type>().map_or_else(|| "NULL".into(), |t| t.name());
    Ok(Str::new(&match s.object_class.peek().cast::<Type>() {
        Some(t) => format!("<super: <class '{class}'>, <{} object>>", t.name()),
        None => format!("<super: <class '{class}'>, NULL>"),
    }))
}

fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    let s = this(v);
    if let Some(object) = s.object.option()
        && let Some(class) = s.class.peek().cast::<Type>()
        && let Some(start) = s.object_class.peek().cast::<Type>()
        && !str::equals(name, "__class__")
        && let Some(found) = find_behind(start, class, name)
    {
        let start = Value::of(start);
        return match found.ty().slots().descriptor_get {
            // An object that is its own starting class is a class: its methods are bound as class attributes are.
            Some(get) => {
                let receiver = if object.is(start) { Value::NULL } else { *object };
                get(thread, *found, receiver, start)
            }
            None => Ok(found),
        };
    }
    attributes::generic_get(thread, v, name)
}

/// The attribute `name` of the classes behind `class` in the MRO of `start`.
fn find_behind(start: &'static Type, class: &'static Type, name: Value) -> Option<Ref> {
    let name = str::find_interned(name)?;
    let behind = start.mro().iter().skip_while(|t| !std::ptr::eq(**t, class)).skip(1);
    behind.into_iter().find_map(|t| Some(t.dict.peek().cast::<Dict>()?.get_interned(name)?.to_ref()))
}

fn descriptor_get(thread: &Thread, v: Value, object: Value, _class: Value) -> PyResult {
    let s = this(v);
    if object.is_null() || object.is_none() || !s.object.is_null() {
        return Ok(v.to_ref());
    }
    if !v.is_exact(&SUPER) {
        return thread.call(Value::of(v.ty()), &[s.class.peek(), object]);
    }
    let Some(class) = s.class.peek().cast::<Type>() else { return Ok(v.to_ref()) };
    let bound = new_object(&SUPER, |header| Super {
        header,
        class: Slot::null(),
        object: Slot::null(),
        object_class: Slot::null(),
    });
    bind(thread, this(*bound), class, Some(object.to_ref()))?;
    Ok(bound)
}

/// What an instance of `start` finds under a name behind `class` in the MRO.
pub fn found_behind(start: &'static Type, class: &'static Type, name: Value) -> Option<Ref> {
    if str::equals(name, "__class__") { None } else { find_behind(start, class, name) }
}

/// `super(class, object).name` without making the `super` object (LOAD_SUPER_ATTR with the built-in `super`).
pub fn super_lookup(thread: &Thread, class: Value, object: Value, name: Value) -> PyResult {
    match super_method(thread, class, object, name)? {
        (function, None) => Ok(function),
        (function, Some(receiver)) => match function.ty().slots().descriptor_get {
            Some(get) => get(thread, *function, *receiver, Value::of(receiver.ty())),
            None => Ok(function),
        },
    }
}

/// As `super_lookup`, for a call: a method comes unbound, with its receiver.
pub fn super_method(
    thread: &Thread,
    class: Value,
    object: Value,
    name: Value,
) -> PyResult<(Ref, Option<Ref>)> {
    let Some(ty) = class.cast::<Type>() else {
        return Err(
            thread.type_error(format!("super() argument 1 must be a type, not {}", class.ty().name()))
        );
    };
    let start = class_of(thread, ty, object)?;
    let found = match start.cast::<Type>() {
        Some(start) if !str::equals(name, "__class__") => find_behind(start, ty, name),
        _ => None,
    };
    let Some(found) = found else {
        let object = thread.call(Value::of(&SUPER), &[class, object])?;
        return attributes::generic_get(thread, *object, name).map(|v| (v, None));
    };
    let own_class = object.is(*start);
    if !own_class && found.ty().has(TypeFlags::METHOD_DESCRIPTOR) {
        return Ok((found, Some(object.to_ref())));
    }
    match found.ty().slots().descriptor_get {
        Some(get) => {
            let receiver = if own_class { Value::NULL } else { object };
            get(thread, *found, receiver, *start).map(|v| (v, None))
        }
        None => Ok((found, None)),
    }
}
