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

#[test]
fn descriptors_bind() {
    static SELF: MethodDef = method("me", "($self, /)", NativeFn::NoArgs(|_, v| Ok(v.to_ref())), "");
    with_runtime(|thread| {
        let f = function(&SELF);
        let property = thread.call(Value::of(&PROPERTY), &[*f]).expect("a property");
        let class_method = thread.call(Value::of(&CLASSMETHOD), &[*f]).expect("a classmethod");
        let static_method = thread.call(Value::of(&STATICMETHOD), &[*f]).expect("a staticmethod");
        let namespace = [("p", *property), ("c", *class_method), ("s", *static_method), ("m", *f)];
        let a = class(thread, "A", &[], &namespace).expect("A");
        let v = thread.call(*a, &[]).expect("an instance");
        assert!(attribute(thread, *v, "p").is(*v));
        assert!(thread.call_method(*v, str::intern_text("m"), &[]).expect("m").is(*v));
        assert!(thread.call_method(*v, str::intern_text("c"), &[]).expect("c").is(*a));
        assert!(thread.call_method(*v, str::intern_text("s"), &[*a]).expect("s").is(*a));
        assert!(attributes::set(thread, *v, str::intern_text("p"), Value::NONE).is_err());
        assert!(message(thread).ends_with("of 'A' object has no setter"));
        assert!(attributes::find(thread, *v, str::intern_text("q")).expect("no error").is_none());
        assert!(matches!(attributes::classify(*v, str::intern_text("m")), attributes::Place::Method { .. }));
        assert!(matches!(
            attributes::classify(*v, str::intern_text("p")),
            attributes::Place::Property { .. }
        ));
    })
}

/// The message of the pending exception, which is taken.
fn message(thread: &Thread) -> String {
    let raised = thread.take_raised();
    str::display(*protocol::str(thread, *raised).expect("a message"))
}

#[test]
fn super_looks_behind() {
    static ONE: MethodDef = method("f", "($self, /)", NativeFn::NoArgs(|_, _| Ok(int::new(1))), "");
    static TWO: MethodDef = method("f", "($self, /)", NativeFn::NoArgs(|_, _| Ok(int::new(2))), "");
    with_runtime(|thread| {
        let a = class(thread, "A", &[], &[("f", *function(&ONE))]).expect("A");
        let b = class(thread, "B", &[*a], &[("f", *function(&TWO))]).expect("B");
        let v = thread.call(*b, &[]).expect("an instance");
        let s = thread.call(Value::of(&SUPER), &[*b, *v]).expect("a super");
        assert_eq!(text(thread, *s), "<super: <class 'B'>, <B object>>");
        assert!(thread.call_method(*s, str::intern_text("f"), &[]).expect("f").is(*int::new(1)));
        let (f, receiver) =
            crate::objects::super_::super_method(thread, *b, *v, str::intern_text("f")).expect("f");
        assert!(receiver.is_some_and(|r| r.is(*v)) && f.is(*attribute(thread, *a, "f")));
        assert!(thread.call(Value::of(&SUPER), &[*b, *a]).is_err());
        let expected = "super(type, obj): obj (type A) is not an instance or subtype of type (B).";
        assert_eq!(message(thread), expected);
    })
}

#[test]
fn instances_are_checked() {
    with_runtime(|thread| {
        let a = class(thread, "A", &[], &[]).expect("A");
        let b = class(thread, "B", &[*a], &[]).expect("B");
        let v = thread.call(*b, &[]).expect("an instance");
        let either = crate::objects::union::make(thread, &[Value::of(&INT), *a]).expect("a union");
        assert_eq!(text(thread, *either), "int | m.A");
        for (object, ty, expected) in [
            (*v, *a, true),
            (*v, *either, true),
            (Value::small_int(1), *either, true),
            (Value::NONE, *either, false),
            (*v, *Tuple::from_values(&[Value::of(&STR), *b]), true),
        ] {
            assert_eq!(instance_check::isinstance(thread, object, ty), Ok(expected));
        }
        assert_eq!(instance_check::issubclass(thread, *b, *a), Ok(true));
        assert!(instance_check::isinstance(thread, *v, Value::small_int(1)).is_err());
        assert_eq!(message(thread), "isinstance() arg 2 must be a type, a tuple of types, or a union");
        let alias = crate::objects::generic_alias::new_alias(Value::of(&LIST), Value::of(&INT));
        assert_eq!(text(thread, *alias), "list[int]");
        assert!(instance_check::isinstance(thread, *v, *alias).is_err());
        assert_eq!(message(thread), "isinstance() argument 2 cannot be a parameterized generic");
    })
}

#[test]
fn refused_arguments_are_named_as_in_cpython() {
    with_runtime(|thread| {
        let (one, object) = (Value::small_int(1), Value::of(&OBJECT));
        let a = class(thread, "A", &[], &[]).expect("A");
        let v = thread.call(object, &[]).expect("an object");
        let cases: &[(Ref, &[Value], &str)] = &[
            (a.clone(), &[one], "A() takes no arguments"),
            (object.to_ref(), &[one], "object() takes no arguments"),
            (
                attribute(thread, *v, "__reduce_ex__"),
                &[],
                "object.__reduce_ex__() takes exactly one argument (0 given)",
            ),
            (attribute(thread, *v, "__dir__"), &[one], "object.__dir__() takes no arguments (1 given)"),
            (attribute(thread, object, "__dir__"), &[], "unbound method object.__dir__() needs an argument"),
            (attribute(thread, *v, "__eq__"), &[], "expected 1 argument, got 0"),
            (
                attribute(thread, object, "__eq__"),
                &[],
                "descriptor '__eq__' of 'object' object needs an argument",
            ),
            (attribute(thread, object, "__new__"), &[], "object.__new__(): not enough arguments"),
            (attribute(thread, object, "__new__"), &[one], "object.__new__(X): X is not a type object (int)"),
            (
                attribute(thread, object, "__new__"),
                &[Value::of(&TYPE)],
                "object.__new__(type) is not safe, use type.__new__()",
            ),
            (Value::of(&TYPE).to_ref(), &[], "type() takes 1 or 3 arguments"),
            (Value::of(&PROPERTY).to_ref(), &[one; 5], "property() takes at most 4 arguments (5 given)"),
            (
                Value::of(&BUILTIN_FUNCTION).to_ref(),
                &[],
                "cannot create 'builtin_function_or_method' instances",
            ),
            (
                Value::of(&MAPPINGPROXY).to_ref(),
                &[],
                "mappingproxy() missing required argument 'mapping' (pos 1)",
            ),
            (Value::of(&METHOD).to_ref(), &[one], "method expected 2 arguments, got 1"),
        ];
        for (callable, arguments, expected) in cases {
            assert!(thread.call(**callable, arguments).is_err(), "{expected}");
            assert_eq!(message(thread), *expected);
        }
        assert!(attributes::set(thread, object, str::intern_text("x"), one).is_err());
        assert_eq!(message(thread), "cannot set 'x' attribute of immutable type 'object'");
        assert!(attributes::get(thread, *a, str::intern_text("x")).is_err());
        assert_eq!(message(thread), "type object 'A' has no attribute 'x'");
    })
}

#[test]
fn classes_die() {
    with_runtime(|thread| {
        let a = class(thread, "A", &[], &[]).expect("A");
        let a_type = a.cast::<Type>().expect("a type");
        let b = class(thread, "B", &[*a], &[]).expect("B");
        assert_eq!(a_type.subclasses.with(|s| s.len()), 1);
        let v = thread.call(*b, &[]).expect("an instance");
        attributes::set(thread, *v, crate::names::get().__class__, *a).expect("another class");
        assert!(std::ptr::eq(v.ty(), a_type));
        attributes::set(thread, *v, str::intern_text("x"), *b).expect("set");
        drop(v);
        // A class is part of a cycle through its MRO and its descriptors, which the collector breaks with `clear`.
        let b_type = b.cast::<Type>().expect("a type");
        (b_type.slots().clear.unwrap_or(TYPE.slots().clear.expect("a function")))(*b);
        TYPE.slots().clear.expect("a function")(*b);
        drop(b);
        assert_eq!(a_type.subclasses.with(|s| s.len()), 0);
    })
}

#[test]
fn assigned_bases_change_lookup() {
    with_runtime(|thread| {
        let a = class(thread, "A", &[], &[("x", *int::new(1))]).expect("A");
        let b = class(thread, "B", &[], &[("x", *int::new(2))]).expect("B");
        let c = class(thread, "C", &[*a], &[]).expect("C");
        let d = class(thread, "D", &[*c], &[]).expect("D");
        let v = thread.call(*d, &[]).expect("an instance");
        assert!(attribute(thread, *v, "x").is(*int::new(1)));
        let bases = crate::names::get().__bases__;
        attributes::set(thread, *c, bases, *Tuple::from_values(&[*b])).expect("set");
        assert!(attribute(thread, *v, "x").is(*int::new(2)));
        assert!(attributes::set(thread, *b, bases, *Tuple::from_values(&[*d])).is_err());
        assert_eq!(message(thread), "a __bases__ item causes an inheritance cycle");
        assert!(attributes::set(thread, *c, bases, Value::NULL).is_err());
        assert_eq!(message(thread), "cannot delete '__bases__' attribute of immutable type 'C'");
    })
}
