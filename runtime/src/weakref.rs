//! Weak references: a table from objects to the references to them, the `weakref.ref` type, and what happens at a death.
//!
//! The table's lists are in CPython's order: the shared reference and the shared proxy without callback first, then the
//! others, newest first. Invariant: an object has the flag `HAS_WEAKREFS` exactly if the table has a list for it, and a weak
//! reference whose `referent` is not NULL stands in that list.

use crate::call::Args;
use crate::cell::{GilCell, Slot};
use crate::error::PyResult;
use crate::object::{Header, drop_object, flag, new_object};
use crate::objects::builtin_function::address;
use crate::objects::dict::Dict;
use crate::objects::exceptions::write_unraisable_about;
use crate::objects::generic_alias::class_getitem;
use crate::objects::str::{self, Str};
use crate::objects::weakproxy::{CALLABLE_PROXY, PROXY};
use crate::protocol;
use crate::slot_fields::none_if_null;
use crate::thread::{Thread, preserving_raised};
use crate::types::slots::Visit;
use crate::types::{CompareOp, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use crate::{attributes, names, seniority};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::cell::Cell;

/// A weak reference or proxy.
#[repr(C)]
pub struct WeakRef {
    pub header: Header,
    /// Borrowed; NULL once the object is dead.
    referent: Cell<Value>,
    callback: Slot,
    /// The referent's hash, if it was asked for while it lived.
    hash: Cell<Option<i64>>,
}

crate::object!(WeakRef, REFERENCE);

/// Weak references by object; borrowed in both directions.
static TABLE: GilCell<FxHashMap<Value, Vec<Value>>> = GilCell::new(FxHashMap::with_hasher(FxBuildHasher));

/// The struct behind a weak reference or proxy.
pub fn cast(v: Value) -> Option<&'static WeakRef> {
    if let Some(reference) = v.cast::<WeakRef>() {
        return Some(reference);
    }
    let is_proxy = v.is_exact(&PROXY) || v.is_exact(&CALLABLE_PROXY);
    // SAFETY: the proxy types have this layout and no subtypes.
    is_proxy.then(|| unsafe { &*(v.header_unchecked() as *const WeakRef) })
}

impl WeakRef {
    /// A new reference to the object, if it lives.
    pub fn target(&self) -> Option<Ref> {
        let referent = self.referent.get();
        // A count of zero: its death is queued, and it must not be brought back.
        if referent.is_null() || referent.header().is_some_and(|h| h.refcount() == 0) {
            return None;
        }
        Some(referent.to_ref())
    }
    /// Whether this is a reference to that very object, alive.
    #[inline]
    pub fn is_to(&self, object: Value) -> bool {
        self.referent.get() == object
    }
    fn is_shared(&self) -> bool {
        self.callback.is_null() && !self.header.ty().has(TypeFlags::HEAP)
    }
}

// The table.

/// The weak references to an object, in CPython's order.
pub fn references_to(object: Value) -> Vec<Ref> {
    let borrowed = TABLE.with(|table| table.get(&object).cloned().unwrap_or_default());
    let alive = |v: &Value| v.header().is_some_and(|h| h.refcount() > 0);
    borrowed.into_iter().filter(alive).map(|v| v.to_ref()).collect()
}

/// The first weak reference to an object, for `__weakref__`.
pub fn first_weakref(object: Value) -> Option<Ref> {
    references_to(object).into_iter().next()
}

/// Makes a reference of type `class` (or gives the shared one): `callback` NULL for none.
pub fn new_reference(thread: &Thread, class: &'static Type, object: Value, callback: Ref) -> PyResult {
    let Some(header) = object.header().filter(|_| object.ty().has(TypeFlags::WEAKREF)) else {
        let message = format!("cannot create weak reference to '{}' object", object.ty().name());
        return Err(thread.type_error(message));
    };
    let shared = callback.is_null() && !class.has(TypeFlags::HEAP);
    if shared {
        let existing = references_to(object)
            .into_iter()
            .find(|r| r.is_exact(class) && cast(**r).is_some_and(|w| w.is_shared()));
        if let Some(existing) = existing {
            return Ok(existing);
        }
    }
    let has_callback = !callback.is_null();
    let made = new_object(class, |h| WeakRef {
        header: h,
        referent: Cell::new(object),
        callback: Slot::new(callback),
        hash: Cell::new(None),
    });
    header.set_flag(flag::HAS_WEAKREFS);
    if has_callback {
        seniority::born(header);
    }
    let is_reference = std::ptr::eq(class, &REFERENCE);
    TABLE.with(|table| {
        let list = table.entry(object).or_default();
        let place = if shared && is_reference { 0 } else { shared_count(list) };
        list.insert(place, *made);
    });
    Ok(made)
}

/// Length of the front part of a list: the shared reference and proxy.
fn shared_count(list: &[Value]) -> usize {
    list.iter().take_while(|v| cast(**v).is_some_and(|w| w.is_shared())).count()
}

/// Takes a weak reference out of the table.
fn forget(this: &WeakRef) {
    let referent = this.referent.replace(Value::NULL);
    if referent.is_null() {
        return;
    }
    let own = Value::from_header(&this.header);
    let is_last = TABLE.with(|table| {
        let Some(list) = table.get_mut(&referent) else { return false };
        list.retain(|v| *v != own);
        let empty = list.is_empty();
        if empty {
            table.remove(&referent);
        }
        empty
    });
    if let (true, Some(header)) = (is_last, referent.header()) {
        header.clear_flag(flag::HAS_WEAKREFS);
        if !header.ty().has_finalizer() || header.has_flag(flag::FINALIZED) {
            seniority::died(header);
        }
    }
}

/// Clears the weak references to an object and gives those that have a callback, with it.
fn clear_references(object: Value, wanted: impl Fn(&WeakRef) -> bool) -> Vec<(Ref, Ref)> {
    let all = TABLE.with(|table| table.get(&object).cloned().unwrap_or_default());
    let mut callbacks = Vec::new();
    for v in all {
        let Some(w) = cast(v).filter(|w| wanted(w)) else { continue };
        let reference = (w.header.refcount() > 0).then(|| v.to_ref());
        forget(w);
        let callback = w.callback.take();
        if let (Some(reference), false) = (reference, callback.is_null()) {
            callbacks.push((reference, callback));
        }
    }
    callbacks
}

fn run_callbacks(thread: &Thread, callbacks: Vec<(Ref, Ref)>) {
    for (reference, callback) in callbacks {
        if thread.call(*callback, &[*reference]).is_err() {
            write_unraisable_about(thread, "Exception ignored while calling weakref callback", *callback);
        }
    }
}

/// Clears the weak references to a dying object and runs their callbacks.
pub fn object_died(thread: &Thread, object: Value) {
    let callbacks = clear_references(object, |_| true);
    if !callbacks.is_empty() {
        preserving_raised(thread, || run_callbacks(thread, callbacks));
    }
}

/// For the collector: clears references with a callback to objects that are about to be collected; callbacks of references
/// that are no garbage themselves (`survives`) run.
pub fn clear_with_callbacks(thread: &Thread, objects: &[Ref], survives: impl Fn(Value) -> bool) {
    let mut callbacks = Vec::new();
    for object in objects.iter().filter(|o| has_references(***o)) {
        callbacks.extend(clear_references(**object, |w| !w.callback.is_null()));
    }
    callbacks.retain(|(reference, _)| survives(**reference));
    run_callbacks(thread, callbacks);
}

/// For the collector: clears all references to objects that are about to be collected; no callback runs.
pub fn clear_silently(objects: &[Ref]) {
    for object in objects.iter().filter(|o| has_references(***o)) {
        drop(clear_references(**object, |_| true));
    }
}

fn has_references(object: Value) -> bool {
    object.header().is_some_and(|h| h.has_flag(flag::HAS_WEAKREFS))
}

/// `_remove_dead_weakref(dict, key)`: removes the entry if it is a weak reference to a dead object.
pub fn remove_dead(thread: &Thread, dict: &Dict, key: Value) -> PyResult<()> {
    let Some(found) = dict.get(thread, key)? else { return Ok(()) };
    let Some(w) = found.cast::<WeakRef>() else { return Err(thread.type_error("not a weakref")) };
    if w.target().is_none() {
        dict.remove(thread, key)?;
    }
    Ok(())
}

// The type.

/// The arguments of `ref` and `proxy`: the object and the callback (NULL for none).
fn parse(thread: &Thread, arguments: &Args) -> PyResult<(Value, Ref)> {
    let (object, callback) = match arguments.positional() {
        [object] => (*object, Value::NONE),
        [object, callback] => (*object, *callback),
        [] => return Err(thread.type_error("__new__ expected at least 1 argument, got 0")),
        more => {
            let message = format!("__new__ expected at most 2 arguments, got {}", more.len());
            return Err(thread.type_error(message));
        }
    };
    Ok((object, if callback.is_none() { Ref::NULL } else { callback.to_ref() }))
}

fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    if std::ptr::eq(class, &REFERENCE) && arguments.has_keywords() {
        return Err(thread.type_error("ref() takes no keyword arguments"));
    }
    let (object, callback) = parse(thread, arguments)?;
    new_reference(thread, class, object, callback)
}

fn init(thread: &Thread, _: Value, arguments: &Args) -> PyResult<()> {
    if arguments.has_keywords() {
        return Err(thread.type_error("ref() takes no keyword arguments"));
    }
    parse(thread, arguments).map(drop)
}

fn this(v: Value) -> &'static WeakRef {
    cast(v).expect("slots of the weak reference types are called on their instances only")
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    if arguments.has_keywords() {
        return Err(thread.type_error("weakref() takes no keyword arguments"));
    }
    if arguments.count() > 0 {
        let message = format!("weakref expected 0 arguments, got {}", arguments.count());
        return Err(thread.type_error(message));
    }
    Ok(this(v).target().unwrap_or(Ref::NONE))
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let w = this(v);
    if let Some(hash) = w.hash.get() {
        return Ok(hash);
    }
    let Some(target) = w.target() else { return Err(thread.type_error("weak object has gone away")) };
    let hash = protocol::hash(thread, *target)?;
    w.hash.set(Some(hash));
    Ok(hash)
}

/// Equality of the referents while both live, identity afterwards.
fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (true, Some(x), Some(y)) =
        (matches!(op, CompareOp::Eq | CompareOp::Ne), a.cast::<WeakRef>(), b.cast::<WeakRef>())
    else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    match (x.target(), y.target()) {
        (Some(x), Some(y)) => protocol::compare(thread, *x, *y, op),
        _ => Ok(Ref::bool(a.is(b) == (op == CompareOp::Eq))),
    }
}

/// `<what at 0x..; to 'type' at 0x..>`
pub fn describe(thread: &Thread, v: Value, what: &str, with_name: bool) -> PyResult {
    let Some(target) = this(v).target() else {
        return Ok(Str::new(&format!("<{what} at {:#x}; dead>", address(v))));
    };
    let name = match with_name {
        true => {
            attributes::find(thread, *target, names::get().__name__)?.filter(|n| n.cast::<Str>().is_some())
        }
        false => None,
    };
    let name = name.map(|n| format!(" ({})", str::display(*n))).unwrap_or_default();
    Ok(Str::new(&format!(
        "<{what} at {:#x}; to '{}' at {:#x}{name}>",
        address(v),
        target.ty().name(),
        address(*target)
    )))
}

pub fn drop_reference(object: *mut Header) {
    // SAFETY: called once, by the heap, on a dying weak reference.
    unsafe {
        forget(&*(object as *const WeakRef));
        drop_object::<WeakRef>(object);
    }
}

pub fn traverse(v: Value, visit: Visit) {
    if let Some(w) = cast(v)
        && w.callback.peek().is_pointer()
    {
        visit(w.callback.peek());
    }
}

pub fn clear(v: Value) {
    if let Some(w) = cast(v) {
        forget(w);
        drop(w.callback.take());
    }
}

pub static REFERENCE: Type = Type::new_static(&TypeSpec {
    name: "weakref.ReferenceType",
    size: size_of::<WeakRef>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_reference,
        traverse: Some(traverse),
        clear: Some(clear),
        repr: Some(|thread, v| describe(thread, v, "weakref", true)),
        hash: Some(hash),
        compare: Some(compare),
        call: Some(call),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "Weakrefs are generic over the type of the referenced object.",
    )
    .class()],
    getsets: &[getset("__callback__", |_, v| Ok(none_if_null(this(v).callback.get())), "").member()],
    ..TypeSpec::EMPTY
});
