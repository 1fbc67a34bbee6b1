//! Types and classes, tried without an interpreter: classes are made by calling `type`, methods are native functions.

use super::*;
use crate::attributes;
use crate::call::Args;
use crate::error::PyResult;
use crate::objects::dict::Dict;
use crate::objects::exceptions as exc;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::objects::{builtin_function, int};
use crate::protocol;
use crate::test_support::with_runtime;
use crate::types::registry::*;
use crate::value::Ref;

fn text(thread: &Thread, v: Value) -> String {
    str::display(*protocol::repr(thread, v).expect("a repr"))
}

fn attribute(thread: &Thread, v: Value, name: &str) -> Ref {
    attributes::get(thread, v, str::intern_text(name)).expect(name)
}

/// `type(name, bases, namespace)`.
fn class(thread: &Thread, name: &str, bases: &[Value], namespace: &[(&str, Value)]) -> PyResult {
    let dict = Dict::new();
    for (key, value) in namespace {
        dict.cast::<Dict>().expect("a dict").set_str(key, *value);
    }
    dict.cast::<Dict>().expect("a dict").set_str("__module__", *Str::new("m"));
    thread.call(Value::of(&TYPE), &[*Str::new(name), *Tuple::from_values(bases), *dict])
}

/// A native function as it would stand in a class body: it binds through `method_descriptor` of object.
fn function(def: &'static MethodDef) -> Ref {
    crate::objects::descriptors::new_method_descriptor(&OBJECT, def)
}

#[test]
fn slot_words_are_one_word() {
    assert_eq!(size_of::<Option<fn()>>(), size_of::<usize>());
}

#[test]
fn native_types_show_their_descriptors() {
    with_runtime(|thread| {
        let object = Value::of(&OBJECT);
        assert_eq!(text(thread, object), "<class 'object'>");
        assert_eq!(
            text(thread, *attribute(thread, object, "__eq__")),
            "<slot wrapper '__eq__' of 'object' objects>"
        );
        assert_eq!(
            text(thread, *attribute(thread, object, "__reduce__")),
            "<method '__reduce__' of 'object' objects>"
        );
        let eq = attribute(thread, object, "__eq__");
        assert_eq!(str::display(*attribute(thread, *eq, "__doc__")), "Return self==value.");
        assert_eq!(str::display(*attribute(thread, *eq, "__qualname__")), "object.__eq__");
        assert_eq!(str::display(*attribute(thread, *eq, "__text_signature__")), "($self, value, /)");
        let new = attribute(thread, object, "__new__");
        assert!(text(thread, *new).starts_with("<built-in method __new__ of type object at 0x"));
        let instance = thread.call(object, &[]).expect("an object");
        assert!(text(thread, *instance).starts_with("<object object at 0x"));
        assert!(
            thread.call(*attribute(thread, *instance, "__eq__"), &[*instance]).expect("eq").is(Value::TRUE)
        );
    })
}

#[test]
fn classes_have_bases_and_linear_order() {
    with_runtime(|thread| {
        let a = class(thread, "A", &[], &[]).expect("A");
        let b = class(thread, "B", &[*a], &[]).expect("B");
        let c = class(thread, "C", &[*a], &[]).expect("C");
        let d = class(thread, "D", &[*b, *c], &[("x", *int::new(3))]).expect("D");
        let d_type = d.cast::<Type>().expect("a type");
        let names: Vec<String> = d_type.mro().iter().map(|t| t.name().into_owned()).collect();
        assert_eq!(names, ["D", "B", "C", "A", "object"]);
        assert_eq!(text(thread, *d), "<class 'm.D'>");
        let v = thread.call(*d, &[]).expect("an instance");
        assert!(text(thread, *v).starts_with("<m.D object at 0x"));
        attributes::set(thread, *v, str::intern_text("y"), *int::new(4)).expect("set");
        assert_eq!(text(thread, *attribute(thread, *v, "x").to_ref()).as_str(), text(thread, *int::new(3)));
        attributes::set(thread, *a, str::intern_text("late"), *int::new(5)).expect("set on the class");
        assert!(attribute(thread, *v, "late").is(*int::new(5)));
        let failed = class(thread, "E", &[*a, *d], &[]);
        assert!(failed.is_err());
        drop(thread.take_raised());
    })
}

#[test]
fn special_methods_fill_slots_also_later() {
    static LEN: MethodDef = method("__len__", "($self, /)", NativeFn::NoArgs(|_, _| Ok(int::new(7))), "");
    static ADD: MethodDef = method("__add__", "($self, o, /)", NativeFn::One(|_, _, _| Ok(int::new(1))), "");
    static RADD: MethodDef =
        method("__radd__", "($self, o, /)", NativeFn::One(|_, _, _| Ok(int::new(2))), "");
    with_runtime(|thread| {
        let a = class(thread, "A", &[], &[("__add__", *function(&ADD)), ("__radd__", *function(&RADD))])
            .expect("A");
        let b = class(thread, "B", &[*a], &[("__len__", *function(&LEN))]).expect("B");
        let (x, y) = (thread.call(*a, &[]).expect("a"), thread.call(*b, &[]).expect("b"));
        assert_eq!(protocol::len(thread, *y), Ok(7));
        assert!(x.ty().slots().len.is_none());
        let add = x.ty().slots().add.expect("a slot");
        assert!(add(thread, *x, *y).expect("sum").is(*int::new(1)), "B doesn't override __radd__");
        assert!(add(thread, *int::new(1), *x).expect("sum").is(*int::new(2)));
        attributes::set(thread, *b, str::intern_text("__radd__"), *function(&RADD)).expect("set");
        assert!(add(thread, *x, *y).expect("sum").is(*int::new(2)), "now it does, and comes first");
        attributes::set(thread, *a, str::intern_text("__len__"), *function(&LEN)).expect("set");
        assert_eq!(protocol::len(thread, *x), Ok(7));
        attributes::set(thread, *a, str::intern_text("__len__"), Value::NULL).expect("delete");
        assert!(x.ty().slots().len.is_none());
        assert_eq!(protocol::len(thread, *y), Ok(7));
    })
}

#[test]
fn slots_are_members() {
    with_runtime(|thread| {
        let slots = Tuple::from_refs(vec![Str::new("b"), Str::new("a")]);
        let s = class(thread, "S", &[], &[("__slots__", *slots)]).expect("S");
        let more = Tuple::from_refs(vec![Str::new("c")]);
        let t = class(thread, "T", &[*s], &[("__slots__", *more)]).expect("T");
        let v = thread.call(*t, &[]).expect("an instance");
        for (i, name) in ["a", "b", "c"].iter().enumerate() {
            let name = str::intern_text(name);
            assert!(attributes::find(thread, *v, name).expect("no error").is_none());
            attributes::set(thread, *v, name, *int::new(i as i64)).expect("set");
            assert!(
                matches!(attributes::classify(*v, name), attributes::Place::Member { index } if index == i as u32)
            );
        }
        for (i, name) in ["a", "b", "c"].iter().enumerate() {
            assert!(attribute(thread, *v, name).is(*int::new(i as i64)));
        }
        assert!(attributes::set(thread, *v, str::intern_text("z"), Value::NONE).is_err());
        drop(thread.take_raised());
        assert_eq!(text(thread, *attribute(thread, *s, "a")), "<member 'a' of 'S' objects>");
        assert!(
            class(thread, "U", &[*s, *class(thread, "V", &[], &[("__slots__", *slots)]).expect("V")], &[])
                .is_err()
        );
        drop(thread.take_raised());
    })
}

#[test]
fn signatures_bind() {
    with_runtime(|thread| {
        let s = binding::Signature::parse("($self, a, /, b, c=',', *, d, e=None)");
        let callee = binding::Callee::Named("f");
        let bound = |values: &[Value], names: &[Value]| {
            s.bind(thread, callee, &Args::new(values, names), |slots| {
                Ok(slots.iter().map(|v| v.as_small_int()).collect::<Vec<_>>())
            })
        };
        let [one, two, three] = [1, 2, 3].map(Value::small_int);
        let (b, d) = (str::intern_text("b"), str::intern_text("d"));
        assert_eq!(bound(&[one, two, three], &[d]), Ok(vec![Some(1), Some(2), None, Some(3), None]));
        assert_eq!(bound(&[one, two, three], &[d, b]), Ok(vec![Some(1), Some(3), None, Some(2), None]));
        assert!(bound(&[one, two], &[]).is_err());
        drop(thread.take_raised());
        let var = binding::Signature::parse("($module, *args, sep=' ', **kwargs)");
        assert_eq!(var.slot_count(), 3);
        let n = var.bind(thread, callee, &Args::positional_only(&[one, two]), |slots| {
            Ok((slots[0].cast::<Tuple>().map(|t| t.len()), slots[1].is_null(), slots[2].is_null()))
        });
        assert_eq!(n, Ok((Some(2), true, true)));
        assert!(attributes::find(thread, one, str::intern_text("nope")).expect("no error").is_none());
        let _ = (&exc::TYPE_ERROR, builtin_function::address(one));
    })
}
