//! `defaultdict`.

use runtime::object::drop_object;
use runtime::objects::dict::{Dict, update};
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::str::{self, Str, intern_text};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::types::registry::DICT;
use runtime::types::slots::Visit;
use runtime::{
    Args, MethodDef, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method,
    names, new_object, protocol, slot_member,
};

/// A dict that makes the values of missing keys.
#[repr(C)]
pub struct DefaultDict {
    dict: Dict,
    /// None: missing keys are errors.
    factory: Slot,
}

runtime::object!(DefaultDict, DEFAULTDICT);

pub static DEFAULTDICT: Type = Type::new_static(&TypeSpec {
    name: "collections.defaultdict",
    base: Some(&DICT),
    size: size_of::<DefaultDict>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(|_, ty, _| {
            Ok(new_object(ty, |header| DefaultDict {
                dict: Dict::with_header(header),
                factory: Slot::new(Ref::NONE),
            }))
        }),
        init: Some(init),
        drop: drop_object::<DefaultDict>,
        traverse: Some(traverse),
        clear: Some(clear),
        repr: Some(repr),
        or: Some(or),
        get_item: Some(get_item),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[slot_member!(
        DefaultDict,
        factory,
        "default_factory",
        "Factory for default value called by __missing__()."
    )],
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.\n",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("__getitem__", "($self, key, /)", NativeFn::One(get_item), "Return self[key]."),
    method("__missing__", "($self, object, /)", NativeFn::One(missing), "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if self.default_factory is None: raise KeyError((key,))\n  self[key] = value = self.default_factory()\n  return value\n"),
    method("copy", "($self, /)", NativeFn::NoArgs(copy), "D.copy() -> a shallow copy of D."),
    method("__copy__", "($self, /)", NativeFn::NoArgs(copy), "D.copy() -> a shallow copy of D."),
    method("__reduce__", "($self, /)", NativeFn::NoArgs(reduce), "Return state information for pickling."),
    method("__class_getitem__", "($type, object, /)", NativeFn::One(class_getitem), "defaultdicts are generic over two types, signifying (respectively) the types of the dictionary's keys and values")
        .class(),
];

fn traverse(v: Value, visit: Visit) {
    if let Some(traverse_dict) = DICT.slots().traverse {
        traverse_dict(v, visit);
    }
    if let Some(factory) = v.cast::<DefaultDict>().map(|d| d.factory.peek()).filter(|f| f.is_pointer()) {
        visit(factory);
    }
}

fn clear(v: Value) {
    if let Some(d) = v.cast::<DefaultDict>() {
        let factory = d.factory.take();
        d.dict.clear_entries();
        drop(factory);
    }
}

/// The factory; None if there is none.
fn factory(d: &DefaultDict) -> Ref {
    d.factory.option().unwrap_or(Ref::NONE)
}

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    let d = receiver::<DefaultDict>(thread, v)?;
    let first = arguments.get(0);
    if let Some(factory) = first.filter(|f| !f.is_none() && f.ty().slots().call.is_none()) {
        debug_assert!(!factory.is_null());
        return Err(thread.type_error("first argument must be callable or None"));
    }
    d.factory.set(first.map_or(Ref::NONE, |f| f.to_ref()));
    let rest = if first.is_some() { arguments.without_first() } else { *arguments };
    match DICT.slots().init {
        Some(init_dict) => init_dict(thread, v, &rest),
        None => Ok(()),
    }
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    if let Some(d) = v.cast_exact::<DefaultDict>() {
        return match d.dict.get(thread, key)? {
            Some(value) => Ok(value),
            None => missing(thread, v, key),
        };
    }
    // A subclass may have its own `__missing__`.
    match DICT.slots().get_item {
        Some(get_dict_item) => get_dict_item(thread, v, key),
        None => Err(thread.key_error(key)),
    }
}

fn missing(thread: &Thread, v: Value, key: Value) -> PyResult {
    let d = receiver::<DefaultDict>(thread, v)?;
    let factory = factory(d);
    if factory.is_none() {
        return Err(thread.key_error(key));
    }
    let value = thread.call(*factory, &[])?;
    match v.is_exact(&DEFAULTDICT) {
        true => d.dict.set(thread, key, value.clone())?,
        false => protocol::set_item(thread, v, key, *value)?,
    }
    Ok(value)
}

/// `type(self)(default_factory, content)`
fn like(thread: &Thread, v: Value, content: Value) -> PyResult {
    let factory = factory(receiver::<DefaultDict>(thread, v)?);
    thread.call(Value::of(v.ty()), &[*factory, content])
}

fn copy(thread: &Thread, v: Value) -> PyResult {
    like(thread, v, v)
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let factory = factory(receiver::<DefaultDict>(thread, v)?);
    let arguments = if factory.is_none() { Tuple::empty() } else { Tuple::from_refs(vec![factory]) };
    let items = thread.call_method(v, names::get().items, &[])?;
    let iterator = protocol::iter(thread, *items)?;
    let class = Value::of(v.ty()).to_ref();
    Ok(Tuple::from_refs(vec![class, arguments, Ref::NONE, Ref::NONE, iterator]))
}

fn or(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (own, other) = if a.cast::<DefaultDict>().is_some() { (a, b) } else { (b, a) };
    if other.cast::<Dict>().is_none() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let merged = like(thread, own, a)?;
    match merged.cast::<Dict>() {
        Some(d) => update::update(thread, d, b)?,
        None => drop(thread.call_method(*merged, intern_text("update"), &[b])?),
    }
    Ok(merged)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let d = receiver::<DefaultDict>(thread, v)?;
    let base = match DICT.slots().repr {
        Some(repr_of_dict) => repr_of_dict(thread, v)?,
        None => Str::empty(),
    };
    let factory = factory(d);
    // The factory may be a method of this very dict.
    let factory_text = if thread.repr_running.with(|r| r.contains(&*factory)) {
        "...".to_owned()
    } else {
        thread.repr_running.with(|r| r.push(*factory));
        let text = protocol::repr(thread, *factory);
        thread.repr_running.with(|r| r.pop());
        str::display(*text?)
    };
    Ok(Str::new(&format!("{}({factory_text}, {})", v.ty().short_name(), str::display(*base))))
}
