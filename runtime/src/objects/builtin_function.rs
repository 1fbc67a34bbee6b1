//! `builtin_function_or_method`: native functions, and native methods bound to a receiver.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::names;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::binding::{self, SignatureCache};
use crate::types::registry::{METHOD_DESCRIPTOR, MODULE, STR, TYPE};
use crate::types::slots::Visit;
use crate::types::{
    CompareOp, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A native function, or a native method bound to its receiver.
#[repr(C)]
pub struct BuiltinFunction {
    pub header: Header,
    pub def: &'static MethodDef,
    signature: SignatureCache,
    /// The receiver: a module, a class, an instance; NULL for static methods.
    pub receiver: Slot,
    /// `__module__` (string) or NULL.
    pub module: Slot,
}

crate::object!(BuiltinFunction, BUILTIN_FUNCTION);

pub static BUILTIN_FUNCTION: Type = Type::new_static(&TypeSpec {
    name: "builtin_function_or_method",
    size: size_of::<BuiltinFunction>(),
    flags: TypeFlags::GC
        .union(TypeFlags::NO_INSTANTIATION)
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::FINALIZE_SILENT),
    slots: Slots {
        drop: drop_object::<BuiltinFunction>,
        traverse: Some(traverse),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        call: Some(call),
        ..Slots::EMPTY
    },
    methods: &[method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "")],
    getsets: &[
        getset("__module__", |_, f| Ok(none_if_null(&this(f).module)), "").member(),
        getset("__doc__", |_, f| Ok(doc_value(this(f).def.doc)), ""),
        getset("__name__", |_, f| Ok(Str::new(this(f).def.name)), ""),
        getset("__qualname__", |thread, f| qualname(thread, f).map(|s| Str::new(&s)), ""),
        getset("__self__", |_, f| Ok(none_if_null(&this(f).receiver)), ""),
        getset("__text_signature__", |_, f| Ok(signature_value(this(f).def.signature)), ""),
    ],
    ..TypeSpec::EMPTY
});

impl BuiltinFunction {
    /// Calls the function with positional arguments only; `callable` is this very object.
    #[inline]
    pub fn call_positional(&self, thread: &Thread, callable: Value, arguments: &[Value]) -> PyResult {
        binding::call_positional(thread, callable, self.def, &self.signature, self.receiver.peek(), arguments)
    }
}

/// A native function object; `receiver` NULL for static methods, `module` NULL for methods.
pub fn new_builtin(def: &'static MethodDef, receiver: Ref, module: Ref) -> Ref {
    new_exact(|header| BuiltinFunction {
        header,
        def,
        signature: Cell::new(None),
        receiver: Slot::new(receiver),
        module: Slot::new(module),
    })
}

/// A bound native method whose signature may have been parsed already.
pub(super) fn new_bound(def: &'static MethodDef, signature: &SignatureCache, receiver: Value) -> Ref {
    new_exact(|header| BuiltinFunction {
        header,
        def,
        signature: Cell::new(signature.get()),
        receiver: Slot::new(receiver.to_ref()),
        module: Slot::null(),
    })
}

fn this(v: Value) -> &'static BuiltinFunction {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

/// The value of a field, None if it is empty.
pub fn none_if_null(slot: &Slot) -> Ref {
    slot.option().unwrap_or(Ref::NONE)
}

/// A doc text as `__doc__` shows it.
pub fn doc_value(doc: &str) -> Ref {
    if doc.is_empty() { Ref::NONE } else { Str::new(doc) }
}

/// A signature text as `__text_signature__` shows it.
pub fn signature_value(text: &'static str) -> Ref {
    binding::text_signature(text).map_or(Ref::NONE, Str::new)
}

#[inline]
fn call(thread: &Thread, callable: Value, arguments: &Args) -> PyResult {
    let f = this(callable);
    binding::call_native(thread, callable, f.def, &f.signature, f.receiver.peek(), arguments)
}

fn traverse(v: Value, visit: Visit) {
    for field in [&this(v).receiver, &this(v).module] {
        if !field.is_null() {
            visit(field.peek());
        }
    }
}

fn is_module(v: Value) -> bool {
    !v.is_null() && v.is_instance(&MODULE)
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let f = this(v);
    let receiver = f.receiver.peek();
    if receiver.is_null() || is_module(receiver) {
        return Ok(Str::new(&format!("<built-in function {}>", f.def.name)));
    }
    Ok(Str::new(&format!(
        "<built-in method {} of {} object at {:#x}>",
        f.def.name,
        receiver.ty().name(),
        address(receiver)
    )))
}

/// What stands for an object's address in reprs and `id`.
pub fn address(v: Value) -> u64 {
    if v.is_pointer() { v.bits() - 1 } else { v.bits() }
}

/// The hash of an object by its identity.
pub fn identity_hash(v: Value) -> i64 {
    let h = (v.bits() >> 4 | v.bits() << 60) as i64;
    if h == -1 { -2 } else { h }
}

fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    let f = this(v);
    let row = f.def as *const MethodDef as i64;
    let h = if f.receiver.is_null() { 0 } else { identity_hash(f.receiver.peek()) };
    Ok(match h ^ row {
        -1 => -2,
        h => h,
    })
}

fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast_exact::<BuiltinFunction>(), b.cast_exact::<BuiltinFunction>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    let same = std::ptr::eq(x.def, y.def) && x.receiver.peek() == y.receiver.peek();
    match op {
        CompareOp::Eq => Ok(Ref::bool(same)),
        CompareOp::Ne => Ok(Ref::bool(!same)),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn qualname(thread: &Thread, v: Value) -> PyResult<String> {
    let f = this(v);
    let receiver = f.receiver.peek();
    if receiver.is_null() || is_module(receiver) {
        return Ok(f.def.name.to_string());
    }
    let ty = if receiver.is_instance(&TYPE) { receiver } else { Value::of(receiver.ty()) };
    let owner = attributes::get(thread, ty, names::get().__qualname__)?;
    if !owner.is_instance(&STR) {
        return Err(thread.type_error("<method>.__class__.__qualname__ is not a unicode object"));
    }
    Ok(format!("{}.{}", str::display(*owner), f.def.name))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let f = this(v);
    let receiver = f.receiver.peek();
    if receiver.is_null() || is_module(receiver) {
        return Ok(Str::new(f.def.name));
    }
    reduce_as_getattr(thread, receiver, f.def.name)
}

/// `(getattr, (object, name))`: how methods are pickled.
pub fn reduce_as_getattr(thread: &Thread, object: Value, name: &str) -> PyResult {
    let Some(getattr) = crate::state::STATE.builtin("getattr") else {
        return Err(thread.runtime_error("builtins.getattr is missing"));
    };
    let arguments = Tuple::from_refs(vec![object.to_ref(), Str::new(name)]);
    Ok(Tuple::from_refs(vec![getattr, arguments]))
}

/// How messages call something that is called: `list.append()`, `math.sin()`, `len()`, `__main__.f()`; what has no
/// qualified name is shown as `str` does.
#[cold]
pub fn display_name(thread: &Thread, callable: Value) -> String {
    if callable.is_exact(&METHOD_DESCRIPTOR) || !callable.is_exact(&BUILTIN_FUNCTION) {
        if let Some(name) = super::descriptors::qualified_name(callable) {
            return format!("{name}()");
        }
        let text = |name| {
            let found = attributes::find(thread, callable, name);
            found.unwrap_or_else(|_| {
                drop(thread.take_raised());
                None
            })
        };
        let names = names::get();
        let Some(qualname) = text(names.__qualname__).filter(|q| q.cast::<Str>().is_some()) else {
            return crate::protocol::str(thread, callable).map_or_else(
                |_| {
                    drop(thread.take_raised());
                    format!("{}()", callable.ty().name())
                },
                |shown| str::display(*shown).to_string(),
            );
        };
        let qualname = str::display(*qualname);
        return match text(names.__module__).filter(|m| m.cast::<Str>().is_some()) {
            Some(module) if !str::equals(*module, "builtins") => {
                format!("{}.{qualname}()", str::display(*module))
            }
            _ => format!("{qualname}()"),
        };
    }
    let name = match qualname(thread, callable) {
        Ok(name) => name,
        Err(_) => {
            drop(thread.take_raised());
            this(callable).def.name.to_string()
        }
    };
    match this(callable).module.peek() {
        m if m.is_null() || m.is_none() || str::equals(m, "builtins") => format!("{name}()"),
        m => format!("{}.{name}()", str::display(m)),
    }
}

/// The `__dict__` attribute of native types whose instances have attributes.
pub const INSTANCE_DICT: GetSetDef =
    getset("__dict__", attributes::instance_dict, "").settable(attributes::set_instance_dict);
