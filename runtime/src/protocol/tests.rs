//! Operators and conversions on native objects: results, who is asked first, and the words of the complaints.

use super::*;
use crate::error::PyResult;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::types::registry::{INT, LIST, TYPE};
use crate::types::{MethodDef, NativeFn, method};
use crate::value::{Ref, Value};
use ir::opcode::BinaryOperator::{self, *};

/// The message of the exception that `result` raised.
fn complaint<T>(thread: &Thread, result: PyResult<T>) -> String {
    assert!(result.is_err());
    let exception = thread.take_raised();
    let text = str(thread, *exception).expect("a message");
    format!("{}: {}", exception.ty().name(), str::display(*text))
}

/// An instance of a new class with these methods.
fn instance(thread: &Thread, name: &str, bases: &[Value], methods: &[&'static MethodDef]) -> Ref {
    let namespace = Dict::new();
    for def in methods {
        let function =
            crate::objects::descriptors::new_method_descriptor(&crate::types::registry::OBJECT, def);
        namespace.cast::<Dict>().expect("a dict").set_str(def.name, *function);
    }
    let class = thread
        .call(Value::of(&TYPE), &[*Str::new(name), *Tuple::from_values(bases), *namespace])
        .expect("a class");
    thread.call(*class, &[]).expect("an instance")
}

#[test]
fn operands_that_do_not_fit_are_named() {
    with_runtime(|thread| {
        let (plain, none) = (instance(thread, "A", &[], &[]), Ref::NONE);
        let cases: &[(BinaryOperator, &str)] = &[
            (NB_ADD, "+"),
            (NB_SUBTRACT, "-"),
            (NB_MULTIPLY, "*"),
            (NB_MATRIX_MULTIPLY, "@"),
            (NB_TRUE_DIVIDE, "/"),
            (NB_FLOOR_DIVIDE, "//"),
            (NB_REMAINDER, "%"),
            (NB_POWER, "** or pow()"),
            (NB_LSHIFT, "<<"),
            (NB_INPLACE_ADD, "+="),
            (NB_INPLACE_MULTIPLY, "*="),
            (NB_INPLACE_POWER, "**="),
            (NB_INPLACE_RSHIFT, ">>="),
            (NB_INPLACE_XOR, "^="),
        ];
        for (operator, symbol) in cases {
            let result = binary_operation(thread, *operator, *plain, *none);
            assert_eq!(
                complaint(thread, result),
                format!("TypeError: unsupported operand type(s) for {symbol}: 'A' and 'NoneType'")
            );
        }
        let result = power(thread, *plain, *none, *plain);
        assert_eq!(
            complaint(thread, result),
            "TypeError: unsupported operand type(s) for ** or pow(): 'A', 'NoneType', 'A'"
        );
        let result = negative(thread, *plain);
        assert_eq!(complaint(thread, result), "TypeError: bad operand type for unary -: 'A'");
        let result = absolute(thread, *plain);
        assert_eq!(complaint(thread, result), "TypeError: bad operand type for abs(): 'A'");
    })
}

static LEFT: MethodDef = method("__sub__", "($self, o, /)", NativeFn::One(|_, _, _| Ok(int::new(1))), "");
static RIGHT: MethodDef = method("__rsub__", "($self, o, /)", NativeFn::One(|_, _, _| Ok(int::new(2))), "");
static REFUSE: MethodDef =
    method("__sub__", "($self, o, /)", NativeFn::One(|_, _, _| Ok(Ref::NOT_IMPLEMENTED)), "");

#[test]
fn operands_are_asked_in_order() {
    with_runtime(|thread| {
        let left = instance(thread, "L", &[], &[&LEFT]);
        let right = instance(thread, "R", &[], &[&RIGHT]);
        let refusing = instance(thread, "N", &[], &[&REFUSE]);
        let below = instance(thread, "B", &[Value::of(left.ty())], &[&RIGHT]);
        let cases = [
            (&left, &right, 1),
            (&refusing, &right, 2),
            (&right, &left, 0),
            (&left, &below, 2),
            (&below, &left, 1),
        ];
        for (a, b, expected) in cases {
            match subtract(thread, **a, **b) {
                Ok(result) => assert_eq!(result.as_small_int(), Some(expected)),
                Err(_) => {
                    assert_eq!(expected, 0);
                    drop(thread.take_raised());
                }
            }
        }
    })
}

static ITEM: MethodDef = method(
    "__getitem__",
    "($self, i, /)",
    NativeFn::One(|thread, _, i| match i.as_small_int() {
        Some(i) if i < 3 => Ok(int::new(i * 10)),
        _ => Err(thread.index_error("over")),
    }),
    "",
);

#[test]
fn items_by_number_are_iterated() {
    with_runtime(|thread| {
        let v = instance(thread, "S", &[], &[&ITEM]);
        let items = collect(thread, *v).expect("items");
        let numbers: Vec<_> = items.iter().map(|i| i.as_small_int()).collect();
        assert_eq!(numbers, [Some(0), Some(10), Some(20)]);
        assert_eq!(contains(thread, *v, *int::new(20)), Ok(true));
        assert_eq!(contains(thread, *v, *int::new(7)), Ok(false));
        let result = unpack(thread, *v, 2);
        assert_eq!(complaint(thread, result), "ValueError: too many values to unpack (expected 2)");
    })
}

#[test]
fn what_is_missing_is_said() {
    with_runtime(|thread| {
        let v = instance(thread, "A", &[], &[]);
        let list = Value::of(&LIST);
        let key = int::new(1);
        let says = |text: String, expected: &str| assert_eq!(text, format!("TypeError: {expected}"));
        says(complaint(thread, get_item(thread, *v, *key)), "'A' object is not subscriptable");
        says(complaint(thread, get_item(thread, Value::of(&INT), *key)), "type 'int' is not subscriptable");
        says(
            complaint(thread, set_item(thread, *v, *key, *key)),
            "'A' object does not support item assignment",
        );
        says(complaint(thread, del_item(thread, *v, *key)), "'A' object doesn't support item deletion");
        says(complaint(thread, del_item(thread, list, *key)), "'type' object does not support item deletion");
        says(complaint(thread, iter(thread, *v)), "'A' object is not iterable");
        says(complaint(thread, next(thread, *v)), "'A' object is not an iterator");
        says(
            complaint(thread, contains(thread, *v, *key)),
            "argument of type 'A' is not a container or iterable",
        );
        says(complaint(thread, len(thread, *v)), "object of type 'A' has no len()");
        says(complaint(thread, unpack(thread, *v, 2)), "cannot unpack non-iterable A object");
        says(complaint(thread, index(thread, *v)), "'A' object cannot be interpreted as an integer");
        says(complaint(thread, as_f64(thread, *v)), "must be real number, not A");
        says(
            complaint(thread, int(thread, *v)),
            "int() argument must be a string, a bytes-like object or a real number, not 'A'",
        );
        says(
            complaint(thread, float(thread, *v)),
            "float() argument must be a string or a real number, not 'A'",
        );
    })
}

#[test]
fn unpacking_counts() {
    with_runtime(|thread| {
        let list = List::from_values(&[*int::new(1), *int::new(2), *int::new(3)]);
        assert_eq!(unpack(thread, *list, 3).expect("three").len(), 3);
        let result = unpack(thread, *list, 2);
        assert_eq!(complaint(thread, result), "ValueError: too many values to unpack (expected 2, got 3)");
        let result = unpack(thread, *list, 4);
        assert_eq!(complaint(thread, result), "ValueError: not enough values to unpack (expected 4, got 3)");
        let parts = unpack_starred(thread, *list, 1, 1).expect("parts");
        assert_eq!(parts[1].cast::<List>().map(|l| l.len()), Some(1));
        let result = unpack_starred(thread, *list, 2, 2);
        assert_eq!(
            complaint(thread, result),
            "ValueError: not enough values to unpack (expected at least 4, got 3)"
        );
    })
}

#[test]
fn machine_integers_have_bounds() {
    with_runtime(|thread| {
        let huge = int::from_big(dashu_int::IBig::from(1) << 80usize);
        let result = index_isize(thread, *huge);
        assert_eq!(complaint(thread, result), "OverflowError: cannot fit 'int' into an index-sized integer");
        let result = index_u64(thread, *int::new(-1));
        assert_eq!(complaint(thread, result), "OverflowError: can't convert negative value to unsigned int");
        assert_eq!(index_u64(thread, *int::from_u64(u64::MAX)), Ok(u64::MAX));
    })
}
