//! `object`: what every object can do.

use crate::attributes;
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::heap;
use crate::instance::Shape;
use crate::names;
use crate::object::Header;
use crate::objects::builtin_function::identity_hash;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::pickling;
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::{MODULE, TYPE};
use crate::types::{CompareOp, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};

/// An object with nothing but its head.
#[repr(C)]
pub struct Bare {
    pub header: Header,
}

crate::object!(Bare, OBJECT);

pub static OBJECT: Type = Type::new_static(&TypeSpec {
    name: "object",
    size: size_of::<Bare>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        str: Some(str),
        hash: Some(|_, v| Ok(identity_hash(v))),
        compare: Some(compare),
        get_attribute: Some(attributes::generic_get),
        set_attribute: Some(attributes::generic_set),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[
        getset("__class__", |_, v| Ok(Value::of(v.ty()).to_ref()), "the object's class").settable(set_class)
    ],
    signature: "()",
    doc: "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("__reduce_ex__", "($self, protocol, /)", NativeFn::One(pickling::reduce_ex), "Helper for pickle."),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(pickling::reduce), "Helper for pickle."),
    method(
        "__getstate__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| pickling::default_state(thread, v, false)),
        "Helper for pickle.",
    ),
    method(
        "__subclasshook__",
        "($type, object, /)",
        NativeFn::One(|_, _, _| Ok(Ref::NOT_IMPLEMENTED)),
        "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n",
    )
    .class(),
    method(
        "__init_subclass__",
        "($type, /)",
        NativeFn::NoArgs(|_, _| Ok(Ref::NONE)),
        "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n",
    )
    .class(),
    method(
        "__format__",
        "($self, format_spec, /)",
        NativeFn::One(format),
        "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
    ),
    method("__sizeof__", "($self, /)", NativeFn::NoArgs(size_of_object), "Size of object in memory, in bytes."),
    method("__dir__", "($self, /)", NativeFn::NoArgs(dir), "Default dir() implementation."),
];

/// The `new` slot of `object`.
pub fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    if !arguments.all_values().is_empty() {
        check_excess(thread, ty)?;
    }
    if ty.has(TypeFlags::ABSTRACT) {
        return Err(abstract_class(thread, ty));
    }
    Ok(new_bare(ty))
}

/// An instance of a class whose layout is `object`'s.
#[inline]
pub fn new_bare(ty: &'static Type) -> Ref {
    heap::allocate(ty, size_of::<Bare>(), 0, |header| Bare { header })
}

/// The same with a shape of the class, or of its class as it was, whose values are NULL and left to the caller.
pub fn new_shaped(ty: &'static Type, shape: &'static Shape) -> Ref {
    // The shape decides how many values have room inside.
    let present = ty.root_shape.replace(shape);
    let object = new_bare(ty);
    ty.root_shape.set(present);
    object
}

fn has_own_new(ty: &Type) -> bool {
    ty.slots().new.is_none_or(|f| f as usize != new as *const () as usize)
}

fn has_own_init(ty: &Type) -> bool {
    ty.slots().init.is_none_or(|f| f as usize != init as *const () as usize)
}

#[cold]
fn check_excess(thread: &Thread, ty: &Type) -> PyResult<()> {
    if has_own_new(ty) {
        return Err(
            thread.type_error("object.__new__() takes exactly one argument (the type to instantiate)")
        );
    }
    if !has_own_init(ty) {
        return Err(thread.type_error(format!("{}() takes no arguments", ty.name())));
    }
    Ok(())
}

/// "Can't instantiate abstract class A without an implementation for abstract method 'f'".
#[cold]
fn abstract_class(thread: &Thread, ty: &'static Type) -> Raised {
    match abstract_methods(thread, ty) {
        Err(raised) => raised,
        Ok(methods) => {
            let plural = if methods.len() > 1 { "s" } else { "" };
            let list: Vec<String> = methods.iter().map(|m| format!("'{m}'")).collect();
            thread.type_error(format!(
                "Can't instantiate abstract class {} without an implementation for abstract method{plural} {}",
                ty.name(),
                list.join(", ")
            ))
        }
    }
}

fn abstract_methods(thread: &Thread, ty: &'static Type) -> PyResult<Vec<String>> {
    let methods = attributes::get(thread, Value::of(ty), names::get().__abstractmethods__)?;
    let mut found = Vec::new();
    for (i, m) in protocol::collect(thread, *methods)?.iter().enumerate() {
        if m.cast::<Str>().is_none() {
            return Err(thread
                .type_error(format!("sequence item {i}: expected str instance, {} found", m.ty().name())));
        }
        found.push(str::display(**m));
    }
    found.sort();
    Ok(found)
}

pub fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    if arguments.all_values().is_empty() {
        return Ok(());
    }
    let ty = v.ty();
    if has_own_init(ty) {
        return Err(
            thread.type_error("object.__init__() takes exactly one argument (the instance to initialize)")
        );
    }
    if !has_own_new(ty) {
        return Err(thread.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            ty.name()
        )));
    }
    Ok(())
}

/// `<module.Class object at 0x...>`.
pub fn repr(thread: &Thread, v: Value) -> PyResult {
    let name = v.ty().qualified_name(thread)?;
    Ok(Str::new(&format!("<{name} object at {:#x}>", super::builtin_function::address(v))))
}

fn str(thread: &Thread, v: Value) -> PyResult {
    match v.ty().slots().repr {
        Some(f) => f(thread, v),
        None => repr(thread, v),
    }
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq => Ok(if a.is(b) { Ref::bool(true) } else { Ref::NOT_IMPLEMENTED }),
        CompareOp::Ne => {
            // Inverts the type's `==`, if it says something.
            let Some(equal) = a.ty().slots().compare else { return Ok(Ref::NOT_IMPLEMENTED) };
            let result = equal(thread, a, b, CompareOp::Eq)?;
            if *result == Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
            Ok(Ref::bool(!protocol::is_true(thread, *result)?))
        }
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn format(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let Some(text) = spec.cast::<Str>() else {
        return Err(thread.type_error(format!("__format__() argument must be str, not {}", spec.ty().name())));
    };
    if text.len() > 0 {
        return Err(
            thread.type_error(format!("unsupported format string passed to {}.__format__", v.ty().name()))
        );
    }
    protocol::str(thread, v)
}

fn size_of_object(_: &Thread, v: Value) -> PyResult {
    let ty = v.ty();
    let native = match ty.slots().variable_size {
        Some(f) if v.is_pointer() => f(v.header_unchecked()),
        _ => ty.native_size.get() as usize,
    };
    Ok(int::from_usize(native + ty.member_count.get() as usize * size_of::<Value>()))
}

/// The attributes that `dir` shows of an object that isn't a class or module.
fn dir(thread: &Thread, v: Value) -> PyResult {
    let n = names::get();
    let names = Dict::new();
    if let Some(own) = attributes::find(thread, v, n.__dict__)?
        && let Some(own) = own.cast::<Dict>()
    {
        merge_keys(thread, &names, own)?;
    }
    if let Some(class) = attributes::find(thread, v, n.__class__)? {
        super::type_::merge_class_names(thread, &names, *class)?;
    }
    let names = names.cast::<Dict>().expect("just made");
    Ok(List::from_refs(names.items().into_iter().map(|(k, _)| k).collect()))
}

/// Adds the keys of one dict to another.
pub fn merge_keys(thread: &Thread, target: &Ref, source: &Dict) -> PyResult<()> {
    let target = target.cast::<Dict>().expect("a dict");
    for (key, value) in source.items() {
        target.set(thread, *key, value)?;
    }
    Ok(())
}

/// `object.__class__ = value`.
fn set_class(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("can't delete __class__ attribute"));
    }
    if !value.is_instance(&TYPE) {
        return Err(thread
            .type_error(format!("__class__ must be set to a class, not '{}' object", value.ty().name())));
    }
    let (old, new) = (v.ty(), value.cast::<Type>().expect("just checked"));
    let mutable = |t: &Type| t.has(TypeFlags::HEAP) && !t.has(TypeFlags::IMMUTABLE);
    let modules = old.is_subtype(&MODULE) && new.is_subtype(&MODULE);
    if !(modules || mutable(old) && mutable(new)) {
        return Err(thread
            .type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if !old.same_instance_layout(new) {
        return Err(thread.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.name(),
            old.name()
        )));
    }
    // The shape stays: it says where the values lie, whatever the type; caches compare the type's version too.
    if new.has(TypeFlags::HEAP) {
        Value::of(new).incref();
    }
    v.header().expect("instances of such types are objects").set_ty(new);
    if old.has(TypeFlags::HEAP) {
        // SAFETY: the instance counted its old class.
        unsafe { Value::of(old).decref() };
    }
    Ok(())
}
