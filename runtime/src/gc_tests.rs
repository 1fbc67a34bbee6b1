//! Cycles, finalisers and weak references, tried on classes without an interpreter.

use crate::gc;
use crate::objects::dict::Dict;
use crate::objects::function::{Cell_, new_cell};
use crate::objects::str::{Str, intern_text};
use crate::objects::tuple::Tuple;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::types::registry::{REFERENCE, TYPE};
use crate::types::{MethodDef, NativeFn, method};
use crate::value::{Ref, Value};
use crate::{PyResult, attributes, weakref};
use std::cell::RefCell;

thread_local! {
    /// What finalisers and callbacks did, in order.
    static EVENTS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn note(event: &'static str) -> PyResult {
    EVENTS.with(|e| e.borrow_mut().push(event));
    Ok(Ref::NONE)
}

fn events() -> Vec<&'static str> {
    EVENTS.with(|e| std::mem::take(&mut *e.borrow_mut()))
}

static DEL: MethodDef = method("__del__", "($self, /)", NativeFn::NoArgs(|_, _| note("del")), "");
static CALLBACK: MethodDef =
    method("callback", "($module, ref, /)", NativeFn::One(|_, _, _| note("callback")), "");

/// A class whose instances may have any attribute, with or without `__del__`.
fn class(thread: &Thread, has_finalizer: bool) -> Ref {
    let namespace = Dict::new();
    let dict = namespace.cast::<Dict>().expect("a dict");
    dict.set_str("__module__", *Str::new("m"));
    if has_finalizer {
        let del = crate::objects::descriptors::new_method_descriptor(&crate::types::registry::OBJECT, &DEL);
        dict.set_str("__del__", *del);
    }
    let (name, bases) = (Str::new("C"), Tuple::empty());
    thread.call(Value::of(&TYPE), &[*name, *bases, *namespace]).expect("a class")
}

fn cyclic_instance(thread: &Thread, class: Value) -> Ref {
    let object = thread.call(class, &[]).expect("an instance");
    attributes::set(thread, *object, intern_text("me"), *object).expect("set");
    object
}

fn callback() -> Ref {
    crate::objects::builtin_function::new_builtin(&CALLBACK, Ref::NULL, Ref::NULL)
}

#[test]
fn self_references_are_found() {
    with_runtime(|thread| {
        gc::collect(thread, 2);
        let cell = new_cell(Ref::NULL);
        cell.cast::<Cell_>().expect("a cell").content.set(cell.clone());
        assert_eq!(gc::collect(thread, 2), 0, "it is held from outside");
        drop(cell);
        assert_eq!(gc::collect(thread, 2), 1);
        assert_eq!(gc::check_counts(), Vec::<String>::new());
    });
}

#[test]
fn young_collections_leave_the_old_alone() {
    with_runtime(|thread| {
        gc::collect(thread, 2);
        let cell = new_cell(Ref::NULL);
        cell.cast::<Cell_>().expect("a cell").content.set(cell.clone());
        gc::collect(thread, 0);
        drop(cell);
        assert_eq!(gc::collect(thread, 0), 0);
        assert_eq!(gc::collect(thread, 2), 1);
    });
}

#[test]
fn finalisers_run_once_and_weak_references_die() {
    with_runtime(|thread| {
        // What earlier tests left behind is not counted.
        gc::collect(thread, 2);
        let class = class(thread, true);
        let object = cyclic_instance(thread, *class);
        let reference = weakref::new_reference(thread, &REFERENCE, *object, callback()).expect("a reference");
        drop(object);
        events();
        assert_eq!(gc::collect(thread, 2), 1);
        assert_eq!(events(), ["callback", "del"]);
        assert!(weakref::cast(*reference).expect("a reference").target().is_none());
        assert_eq!(gc::collect(thread, 2), 0);
    });
}

#[test]
fn counted_death_runs_callbacks_newest_first() {
    with_runtime(|thread| {
        let class = class(thread, true);
        let object = thread.call(*class, &[]).expect("an instance");
        let shared = weakref::new_reference(thread, &REFERENCE, *object, Ref::NULL).expect("a reference");
        let again = weakref::new_reference(thread, &REFERENCE, *object, Ref::NULL).expect("a reference");
        assert!(shared.is(*again));
        let first = weakref::new_reference(thread, &REFERENCE, *object, callback()).expect("a reference");
        let second = weakref::new_reference(thread, &REFERENCE, *object, callback()).expect("a reference");
        let order: Vec<Value> = weakref::references_to(*object).iter().map(|r| **r).collect();
        assert_eq!(order, [*shared, *second, *first]);
        drop(second);
        events();
        drop(object);
        assert_eq!(events(), ["del", "callback"]);
        assert!(weakref::cast(*shared).expect("a reference").target().is_none());
    });
}

#[test]
fn nothing_is_left_behind() {
    with_runtime(|thread| {
        let class = class(thread, false);
        drop(cyclic_instance(thread, *class));
        gc::collect(thread, 2);
        let before = gc::Census::take();
        for _ in 0..10 {
            drop(cyclic_instance(thread, *class));
        }
        gc::collect(thread, 2);
        assert_eq!(gc::Census::take().growth_since(&before), Vec::new());
    });
}
