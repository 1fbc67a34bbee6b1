//! `_thread._local`: an object whose attributes are each thread's own.
//!
//! The object keeps one dict a thread. The dict of the thread that used it last stands in its attribute table, so that
//! attribute access is that of any object; another thread puts its own there first. A thread that ends takes its dicts out of
//! all live objects.

use runtime::cell::{GilCell, Slot};
use runtime::object::{Header, drop_object, new_object};
use runtime::objects::dict::Dict;
use runtime::types::slots::Visit;
use runtime::{
    Args, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes, instance, names,
};
use std::cell::Cell;

#[repr(C)]
pub struct Local {
    header: Header,
    /// Key of the thread whose dict stands in the attribute table; 0: none.
    present: Cell<usize>,
    dicts: GilCell<Vec<(usize, Ref)>>,
    /// What `__init__` gets in each thread: a tuple of positional arguments, names and values of the keywords.
    arguments: Slot,
    keywords: GilCell<Vec<(Ref, Ref)>>,
}

runtime::object!(Local, LOCAL);

/// All live objects, borrowed; a dying one takes itself out.
static ALL: GilCell<Vec<Value>> = GilCell::new(Vec::new());

fn key_of(thread: &Thread) -> usize {
    thread as *const Thread as usize
}

fn this(v: Value) -> &'static Local {
    v.cast::<Local>().expect("slots of the type are called on its instances only")
}

/// Puts the calling thread's dict into the attribute table.
#[inline]
fn switch(thread: &Thread, v: Value) -> PyResult<()> {
    let local = this(v);
    if local.present.get() == key_of(thread) { Ok(()) } else { switch_slow(thread, v, local) }
}

#[cold]
fn switch_slow(thread: &Thread, v: Value, local: &Local) -> PyResult<()> {
    let key = key_of(thread);
    let own = local.dicts.with(|dicts| dicts.iter().find(|(k, _)| *k == key).map(|(_, d)| d.clone()));
    let is_new = own.is_none();
    let dict = own.unwrap_or_else(Dict::new);
    if is_new {
        local.dicts.with(|dicts| dicts.push((key, dict.clone())));
    }
    show(v, local, key, dict);
    if is_new && local.arguments.peek().is_pointer() && run_init(thread, v, local).is_err() {
        forget(v, local, key);
        return Err(thread.raised());
    }
    Ok(())
}

/// Puts a dict into the attribute table.
fn show(v: Value, local: &Local, key: usize, dict: Ref) {
    local.present.set(key);
    if let Some(attributes) = instance::attributes(v) {
        attributes.set_dictionary(dict);
    }
}

/// Takes a thread's dict out.
fn forget(v: Value, local: &Local, key: usize) {
    let old = local.dicts.with(|dicts| {
        let place = dicts.iter().position(|(k, _)| *k == key)?;
        Some(dicts.swap_remove(place))
    });
    if local.present.get() == key {
        show(v, local, 0, Dict::new());
    }
    drop(old);
}

/// `__init__` of a subclass runs in each thread that uses the object.
fn run_init(thread: &Thread, v: Value, local: &Local) -> PyResult<()> {
    let arguments = local.arguments.get();
    let keywords = local.keywords.with(|k| k.clone());
    let positional = arguments.cast::<runtime::objects::tuple::Tuple>().map_or(&[][..], |t| t.items());
    let values: Vec<Value> = positional.iter().copied().chain(keywords.iter().map(|(_, v)| **v)).collect();
    let names: Vec<Value> = keywords.iter().map(|(n, _)| **n).collect();
    match v.ty().slots().init {
        Some(init) => init(thread, v, &Args::new(&values, &names)),
        None => Ok(()),
    }
}

/// The thread has ended: its dicts are dropped.
pub fn thread_ended(thread: &Thread) {
    let key = key_of(thread);
    let has_dict = |v: Value| this(v).dicts.with(|dicts| dicts.iter().any(|(k, _)| *k == key));
    let is_alive = |v: Value| v.header().is_some_and(|h| h.refcount() > 0);
    loop {
        // Dropping a dict may end the life of other objects of this type, so the list is read anew each time.
        let found = ALL.with(|all| all.iter().find(|v| is_alive(**v) && has_dict(**v)).map(|v| v.to_ref()));
        let Some(v) = found else { return };
        forget(*v, this(*v), key);
    }
}

fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let has_init = match (class.slots().init, LOCAL.slots().init) {
        (Some(own), Some(inherited)) => !std::ptr::fn_addr_eq(own, inherited),
        _ => false,
    };
    if !arguments.all_values().is_empty() && !has_init {
        return Err(thread.type_error("Initialization arguments are not supported"));
    }
    let saved = if has_init { arguments.positional_tuple() } else { Ref::NULL };
    let keywords = arguments.keywords().map(|(n, v)| (n.to_ref(), v.to_ref())).collect();
    let key = key_of(thread);
    let dict = Dict::new();
    let local = new_object(class, |header| Local {
        header,
        present: Cell::new(0),
        dicts: GilCell::new(vec![(key, dict.clone())]),
        arguments: Slot::new(saved),
        keywords: GilCell::new(keywords),
    });
    ALL.with(|all| all.push(*local));
    show(*local, this(*local), key, dict);
    Ok(local)
}

fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    switch(thread, v)?;
    if name.is(names::get().__dict__) {
        return attributes::instance_dict(thread, v);
    }
    attributes::generic_get(thread, v, name)
}

fn read_only(thread: &Thread, v: Value, name: Value) -> Raised {
    let message = format!("'{}' object attribute '__dict__' is read-only", v.ty().name());
    thread.attribute_error(v, name, message)
}

fn set_attribute(thread: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    if name.is(names::get().__dict__) {
        return Err(read_only(thread, v, name));
    }
    switch(thread, v)?;
    attributes::generic_set(thread, v, name, value)
}

fn drop_local(object: *mut Header) {
    ALL.with(|all| all.retain(|v| *v != Value::from_header(object)));
    drop_object::<Local>(object);
}

fn traverse(v: Value, visit: Visit) {
    let local = this(v);
    if local.arguments.peek().is_pointer() {
        visit(local.arguments.peek());
    }
    local.keywords.with(|keywords| {
        for (name, value) in keywords.iter() {
            visit(**name);
            visit(**value);
        }
    });
    local.dicts.with(|dicts| dicts.iter().for_each(|(_, dict)| visit(**dict)));
}

fn clear(v: Value) {
    let local = this(v);
    let dicts = local.dicts.take();
    let keywords = local.keywords.take();
    local.present.set(0);
    drop((local.arguments.take(), keywords, dicts));
}

pub static LOCAL: Type = Type::new_static(&TypeSpec {
    name: "_thread._local",
    size: size_of::<Local>(),
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::IMMUTABLE)
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::GC)
        .union(TypeFlags::ATTRIBUTES),
    slots: Slots {
        new: Some(new),
        drop: drop_local,
        traverse: Some(traverse),
        clear: Some(clear),
        get_attribute: Some(get_attribute),
        set_attribute: Some(set_attribute),
        ..Slots::EMPTY
    },
    signature: "()",
    doc: "Thread-local data",
    ..TypeSpec::EMPTY
});
