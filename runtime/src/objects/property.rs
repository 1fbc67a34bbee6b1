//! `property`.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::object::{Header, drop_object, new_object};
use crate::objects::builtin_function::none_if_null;
use crate::objects::decorators::is_abstract_method;
use crate::objects::str::Str;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::registry::{ATTRIBUTE_ERROR, OBJECT};
use crate::types::slots::Visit;
use crate::types::{NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A property; NULL or None where a function is absent.
#[repr(C)]
pub struct Property {
    pub header: Header,
    pub getter: Slot,
    pub setter: Slot,
    pub deleter: Slot,
    doc: Slot,
    name: Slot,
    /// The doc came from the getter.
    getter_doc: Cell<bool>,
}

crate::object!(Property, PROPERTY);

pub static PROPERTY: Type = Type::new_static(&TypeSpec {
    name: "property",
    size: size_of::<Property>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<Property>,
        traverse: Some(traverse),
        clear: Some(|v| fields(v).iter().for_each(|f| drop(f.take()))),
        descriptor_get: Some(descriptor_get),
        descriptor_set: Some(descriptor_set),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "getter",
            "($self, object, /)",
            NativeFn::One(|t, v, f| copy(t, v, [Some(f), None, None])),
            "Descriptor to obtain a copy of the property with a different getter.",
        ),
        method(
            "setter",
            "($self, object, /)",
            NativeFn::One(|t, v, f| copy(t, v, [None, Some(f), None])),
            "Descriptor to obtain a copy of the property with a different setter.",
        ),
        method(
            "deleter",
            "($self, object, /)",
            NativeFn::One(|t, v, f| copy(t, v, [None, None, Some(f)])),
            "Descriptor to obtain a copy of the property with a different deleter.",
        ),
        method(
            "__set_name__",
            "($self, owner, name, /)",
            NativeFn::Raw(set_name),
            "Method to set name of a property.",
        ),
    ],
    getsets: &[
        getset("fget", |_, v| Ok(none_if_null(&this(v).getter)), "").member(),
        getset("fset", |_, v| Ok(none_if_null(&this(v).setter)), "").member(),
        getset("fdel", |_, v| Ok(none_if_null(&this(v).deleter)), "").member(),
        getset("__doc__", |_, v| Ok(none_if_null(&this(v).doc)), "")
            .settable(|_, v, value| {
                this(v).doc.set(if value.is_null() { Ref::NULL } else { value.to_ref() });
                Ok(())
            })
            .member(),
        getset("__name__", get_name, "").settable(|_, v, value| {
            this(v).name.set(if value.is_null() { Ref::NULL } else { value.to_ref() });
            Ok(())
        }),
        getset("__isabstractmethod__", is_abstract, ""),
    ],
    signature: "(fget=None, fset=None, fdel=None, doc=None)",
    doc: "Property attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del\'ing an attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n    def setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, \"I\'m the \'x\' property.\")\n\nDecorators make defining new properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the \'x\' property.\"\n        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def x(self):\n        del self._x",
    ..TypeSpec::EMPTY
});

fn this(v: Value) -> &'static Property {
    // SAFETY: slots and getsets are called on instances of the type only.
    unsafe { v.cast_unchecked() }
}

fn fields(v: Value) -> [&'static Slot; 5] {
    let p = this(v);
    [&p.getter, &p.setter, &p.deleter, &p.doc, &p.name]
}

fn traverse(v: Value, visit: Visit) {
    fields(v).iter().filter(|f| !f.is_null()).for_each(|f| visit(f.peek()));
}

fn new(_: &Thread, ty: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(ty, |header| Property {
        header,
        getter: Slot::null(),
        setter: Slot::null(),
        deleter: Slot::null(),
        doc: Slot::null(),
        name: Slot::null(),
        getter_doc: Cell::new(false),
    }))
}

static INIT: Parameters = Parameters::new("property", "(fget=None, fset=None, fdel=None, doc=None)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    INIT.bind(thread, arguments, |a| {
        let p = this(v);
        let keep = |f: Value| if f.is_null() || f.is_none() { Ref::NULL } else { f.to_ref() };
        let (getter, setter, deleter, doc) = (a[0], a[1], a[2], a[3]);
        if !p.getter.is_null() {
            // Who found it in a class relies on its function.
            OBJECT.modified();
        }
        p.getter.set(keep(getter));
        p.setter.set(keep(setter));
        p.deleter.set(keep(deleter));
        p.doc.set(Ref::NULL);
        p.name.set(Ref::NULL);
        p.getter_doc.set(false);
        let mut doc = keep(doc);
        if doc.is_null()
            && let Some(getter) = p.getter.option()
            && let Some(found) = attributes::find(thread, *getter, names::get().__doc__)?
            && !found.is_none()
        {
            p.getter_doc.set(true);
            doc = found;
        }
        if v.is_exact(&PROPERTY) {
            p.doc.set(doc);
            return Ok(());
        }
        // A subclass shows its own `__doc__`, so the text goes to the instance; where it can't, all but a text that
        // came from the getter is dropped.
        let doc = if doc.is_null() { Ref::NONE } else { doc };
        match attributes::set(thread, v, names::get().__doc__, *doc) {
            Ok(()) => Ok(()),
            Err(raised) if !p.getter_doc.get() => thread.catch(raised, &ATTRIBUTE_ERROR).map(drop),
            Err(raised) => Err(raised),
        }
    })
}

fn set_name(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    if arguments.count() != 2 || arguments.has_keywords() {
        return Err(thread.type_error(format!(
            "__set_name__() takes 2 positional arguments but {} were given",
            arguments.count()
        )));
    }
    this(v).name.set(arguments.all_values()[1].to_ref());
    Ok(Ref::NONE)
}

/// The property's name: given, or that of the getter.
fn find_name(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    if let Some(name) = this(v).name.option() {
        return Ok(Some(name));
    }
    match this(v).getter.option() {
        Some(getter) => attributes::find(thread, *getter, names::get().__name__),
        None => Ok(None),
    }
}

fn get_name(thread: &Thread, v: Value) -> PyResult {
    match find_name(thread, v)? {
        Some(name) => Ok(name),
        None => Err(attributes::missing(thread, v, names::get().__name__)),
    }
}

fn is_abstract(thread: &Thread, v: Value) -> PyResult {
    let p = this(v);
    for field in [&p.getter, &p.setter, &p.deleter] {
        if let Some(f) = field.option()
            && is_abstract_method(thread, *f)?
        {
            return Ok(Ref::bool(true));
        }
    }
    Ok(Ref::bool(false))
}

/// A property of the same type with some functions replaced.
fn copy(thread: &Thread, v: Value, with: [Option<Value>; 3]) -> PyResult {
    let p = this(v);
    let old = [none_if_null(&p.getter), none_if_null(&p.setter), none_if_null(&p.deleter)];
    let pick = |i: usize| with[i].filter(|f| !f.is_none()).unwrap_or(*old[i]);
    // A doc that came from the getter is read anew from the new getter.
    let doc = if p.getter_doc.get() && !pick(0).is_none() { Ref::NONE } else { none_if_null(&p.doc) };
    let new = thread.call(Value::of(v.ty()), &[pick(0), pick(1), pick(2), *doc])?;
    if let Some(name) = p.name.option()
        && let Some(new) = new.cast::<Property>()
    {
        new.name.set(name);
    }
    Ok(new)
}

/// "property 'x' of 'C' object has no getter".
#[cold]
fn absent(thread: &Thread, v: Value, object: Value, what: &str) -> Raised {
    let name = match find_name(thread, v) {
        Ok(name) => name,
        Err(raised) => return raised,
    };
    let owner = match object.ty().qualname_text(thread) {
        Ok(owner) => owner,
        Err(raised) => return raised,
    };
    let message = match name {
        Some(name) => match protocol::repr(thread, *name) {
            Ok(name) => {
                let name = crate::objects::str::display(*name);
                format!("property {name} of '{owner}' object has no {what}")
            }
            Err(raised) => return raised,
        },
        None => format!("property of '{owner}' object has no {what}"),
    };
    thread.error_value(&ATTRIBUTE_ERROR, *Str::new(&message))
}

fn descriptor_get(thread: &Thread, v: Value, object: Value, _class: Value) -> PyResult {
    if object.is_null() || object.is_none() {
        return Ok(v.to_ref());
    }
    match this(v).getter.option() {
        Some(getter) => thread.call(*getter, &[object]),
        None => Err(absent(thread, v, object, "getter")),
    }
}

fn descriptor_set(thread: &Thread, v: Value, object: Value, value: Value) -> PyResult<()> {
    let p = this(v);
    let (function, what) = if value.is_null() { (&p.deleter, "deleter") } else { (&p.setter, "setter") };
    let Some(function) = function.option() else { return Err(absent(thread, v, object, what)) };
    match value.is_null() {
        true => thread.call(*function, &[object])?,
        false => thread.call(*function, &[object, value])?,
    };
    Ok(())
}
