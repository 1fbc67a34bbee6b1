//! `method`: a callable bound to the object it is called with.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object, new_exact, new_object};
use crate::objects::builtin_function::{identity_hash, reduce_as_getattr};
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::types::registry::STR;
use crate::types::slots::Visit;
use crate::types::{CompareOp, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};

/// A bound method.
#[repr(C)]
pub struct Method {
    pub header: Header,
    pub function: Slot,
    pub receiver: Slot,
}

crate::object!(Method, METHOD);

pub static METHOD: Type = Type::new_static(&TypeSpec {
    name: "method",
    size: size_of::<Method>(),
    flags: TypeFlags::GC.union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Method>,
        traverse: Some(traverse),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        call: Some(call),
        get_attribute: Some(get_attribute),
        descriptor_get: Some(|_, m, _, _| Ok(m.to_ref())),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "")],
    getsets: &[
        getset(
            "__func__",
            |_, m| Ok(this(m).function.get()),
            "the function (or other callable) implementing a method",
        )
        .member(),
        getset("__self__", |_, m| Ok(this(m).receiver.get()), "the instance to which a method is bound")
            .member(),
        getset(
            "__doc__",
            |thread, m| attributes::get(thread, this(m).function.peek(), names::get().__doc__),
            "",
        ),
    ],
    signature: "(function, instance, /)",
    doc: "Create a bound instance method object.",
    ..TypeSpec::EMPTY
});

/// `function` bound to `receiver`.
pub fn new_method(function: Value, receiver: Value) -> Ref {
    new_exact(|header| Method {
        header,
        function: Slot::new(function.to_ref()),
        receiver: Slot::new(receiver.to_ref()),
    })
}

fn this(v: Value) -> &'static Method {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "method", arguments)?;
    check_positional(thread, "method", arguments.count(), 2, 2)?;
    let (function, receiver) = (arguments.positional()[0], arguments.positional()[1]);
    if function.ty().slots().call.is_none() {
        return Err(thread.type_error("first argument must be callable"));
    }
    if receiver.is_none() {
        return Err(thread.type_error("instance must not be None"));
    }
    Ok(new_object(ty, |header| Method {
        header,
        function: Slot::new(function.to_ref()),
        receiver: Slot::new(receiver.to_ref()),
    }))
}

fn traverse(v: Value, visit: Visit) {
    visit(this(v).function.peek());
    visit(this(v).receiver.peek());
}

#[inline]
fn call(thread: &Thread, callable: Value, arguments: &Args) -> PyResult {
    let m = this(callable);
    arguments.with_first(m.receiver.peek(), |arguments| thread.call_args(m.function.peek(), arguments))
}

/// The method's own attributes first, then those of its function.
fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    let own = str::find_interned(name).and_then(|n| v.ty().lookup(n)).map(|d| d.to_ref());
    match own {
        Some(d) => match d.ty().slots().descriptor_get {
            Some(get) => get(thread, *d, v, Value::of(v.ty())),
            None => Ok(d),
        },
        None => attributes::get(thread, this(v).function.peek(), name),
    }
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let m = this(v);
    let n = names::get();
    let mut name = attributes::find(thread, m.function.peek(), n.__qualname__)?;
    if name.is_none() {
        name = attributes::find(thread, m.function.peek(), n.__name__)?;
    }
    let name = match name {
        Some(name) if name.is_instance(&STR) => str::display(*name),
        _ => "?".to_string(),
    };
    let receiver = protocol::repr(thread, m.receiver.peek())?;
    Ok(str::concat(
        Str::new(&format!("<bound method {name} of ")).cast().expect("a string"),
        str::concat(receiver.cast().expect("repr gives a string"), Str::new(">").cast().expect("a string"))
            .cast()
            .expect("a string"),
    ))
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let m = this(v);
    let h = identity_hash(m.receiver.peek()) ^ protocol::hash(thread, m.function.peek())?;
    Ok(if h == -1 { -2 } else { h })
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast_exact::<Method>(), b.cast_exact::<Method>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let same = x.receiver.peek() == y.receiver.peek()
        && protocol::compare_bool(thread, x.function.peek(), y.function.peek(), CompareOp::Eq)?;
    Ok(Ref::bool(same == (op == CompareOp::Eq)))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let name = attributes::get(thread, this(v).function.peek(), names::get().__name__)?;
    reduce_as_getattr(thread, this(v).receiver.peek(), &str::display(*name))
}
