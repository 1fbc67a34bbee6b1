//! The built-in containers, tried without an interpreter: what methods and operators give, written as text, and what they
//! raise.

use crate::attributes;
use crate::error::PyResult;
use crate::objects::str::{self, Str, intern_text};
use crate::objects::{int, list::List, slice, tuple::Tuple};
use crate::protocol;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::types::registry::*;
use crate::types::{CompareOp, Type};
use crate::value::{Ref, Value};

/// Text of a value without help from the types under test.
fn show(thread: &Thread, v: Value) -> String {
    if let Some(i) = int::get_big(v).filter(|_| !v.is_bool()) {
        return i.to_string();
    }
    if let Some(s) = v.cast::<Str>() {
        return format!("'{}'", s.to_text_lossy());
    }
    match v {
        Value::NONE => return "None".into(),
        Value::TRUE => return "True".into(),
        Value::FALSE => return "False".into(),
        _ => {}
    }
    let inner = |items: &[Value]| items.iter().map(|v| show(thread, *v)).collect::<Vec<_>>().join(", ");
    if let Some(t) = v.cast::<Tuple>() {
        return format!("({})", inner(t.items()));
    }
    if let Some(l) = v.cast::<List>() {
        return format!("[{}]", inner(l.items()));
    }
    str::display(*protocol::repr(thread, v).expect("a repr"))
}

/// The text of a result, or `Type: message` of what was raised.
fn outcome(thread: &Thread, result: PyResult) -> String {
    match result {
        Ok(v) => show(thread, *v),
        Err(_) => {
            let e = thread.take_raised();
            format!("{}: {}", e.ty().name(), str::display(*protocol::str(thread, *e).expect("a message")))
        }
    }
}

fn call(thread: &Thread, v: Value, name: &str, arguments: &[Value]) -> String {
    let result = attributes::get(thread, v, intern_text(name)).and_then(|f| thread.call(*f, arguments));
    outcome(thread, result)
}

fn ints(items: &[i64]) -> Ref {
    List::from_refs(items.iter().map(|i| int::new(*i)).collect())
}

fn make(thread: &Thread, ty: &'static Type, arguments: &[Value]) -> Ref {
    thread.call(Value::of(ty), arguments).expect("an object")
}

fn number(i: i64) -> Value {
    Value::small_int(i)
}

/// A slice of small numbers; `i64::MAX` stands for None.
fn slice_of(parts: [i64; 3]) -> Ref {
    let [a, b, c] = parts.map(|i| if i == i64::MAX { Value::NONE } else { number(i) });
    slice::new_slice(a, b, c)
}

const N: i64 = i64::MAX;

#[test]
fn slices_choose_the_items_python_chooses() {
    let rows: &[([i64; 3], &str)] = &[
        ([N, N, N], "[0, 1, 2, 3, 4]"),
        ([1, 3, N], "[1, 2]"),
        ([N, N, 2], "[0, 2, 4]"),
        ([N, N, -1], "[4, 3, 2, 1, 0]"),
        ([3, 0, -2], "[3, 1]"),
        ([-2, N, N], "[3, 4]"),
        ([10, 20, N], "[]"),
        ([-100, 2, N], "[0, 1]"),
        ([N, N, 0], "ValueError: slice step cannot be zero"),
        ([N, -3, -1], "[4, 3]"),
    ];
    with_runtime(|thread| {
        let l = ints(&[0, 1, 2, 3, 4]);
        for (parts, expected) in rows {
            let got = outcome(thread, protocol::get_item(thread, *l, *slice_of(*parts)));
            assert_eq!(&got, expected, "{parts:?}");
        }
        assert_eq!(call(thread, *slice_of([N, N, -2]), "indices", &[number(5)]), "(4, -1, -2)");
        let refused = call(thread, *slice_of([N, N, N]), "indices", &[number(-1)]);
        assert_eq!(refused, "ValueError: length should not be negative");
    });
}

#[test]
fn slices_of_lists_are_assigned_and_deleted() {
    let rows: &[([i64; 3], Option<&[i64]>, &str)] = &[
        ([1, 3, N], Some(&[7, 8, 9]), "[0, 7, 8, 9, 3, 4]"),
        ([3, 1, N], Some(&[7]), "[0, 1, 2, 7, 3, 4]"),
        ([N, N, 2], Some(&[7, 8, 9]), "[7, 1, 8, 3, 9]"),
        ([N, N, -2], Some(&[7, 8, 9]), "[9, 1, 8, 3, 7]"),
        (
            [N, N, 2],
            Some(&[7]),
            "ValueError: attempt to assign sequence of size 1 to extended slice of size 3",
        ),
        ([1, 4, N], None, "[0, 4]"),
        ([N, N, 2], None, "[1, 3]"),
        ([N, N, -2], None, "[1, 3]"),
    ];
    with_runtime(|thread| {
        let set = LIST.slots().set_item.expect("lists are mutable");
        for (parts, new, expected) in rows {
            let l = ints(&[0, 1, 2, 3, 4]);
            let value = new.map(ints);
            let word = value.as_ref().map_or(Value::NULL, |v| **v);
            let result = set(thread, *l, *slice_of(*parts), word).map(|()| l.clone());
            assert_eq!(&outcome(thread, result), expected, "{parts:?} {new:?}");
        }
        let l = ints(&[1]);
        let result = set(thread, *l, *slice_of([N, N, N]), number(1)).map(|()| l.clone());
        assert_eq!(outcome(thread, result), "TypeError: must assign iterable to extended slice");
    });
}

#[test]
fn lists_answer_their_methods() {
    with_runtime(|thread| {
        let l = ints(&[3, 1, 2]);
        let rows: &[(&str, &[Value], &str, &str)] = &[
            ("append", &[number(1)], "None", "[3, 1, 2, 1]"),
            ("insert", &[number(-1), number(9)], "None", "[3, 1, 2, 9, 1]"),
            ("count", &[number(1)], "2", "[3, 1, 2, 9, 1]"),
            ("index", &[number(1), number(2)], "4", "[3, 1, 2, 9, 1]"),
            ("index", &[number(7)], "ValueError: list.index(x): x not in list", "[3, 1, 2, 9, 1]"),
            ("pop", &[], "1", "[3, 1, 2, 9]"),
            ("pop", &[number(5)], "IndexError: pop index out of range", "[3, 1, 2, 9]"),
            ("remove", &[number(2)], "None", "[3, 1, 9]"),
            ("remove", &[number(2)], "ValueError: list.remove(x): x not in list", "[3, 1, 9]"),
            ("reverse", &[], "None", "[9, 1, 3]"),
            ("sort", &[], "None", "[1, 3, 9]"),
            ("__mul__", &[number(2)], "[1, 3, 9, 1, 3, 9]", "[1, 3, 9]"),
            ("__contains__", &[number(3)], "True", "[1, 3, 9]"),
            ("__getitem__", &[number(-4)], "IndexError: list index out of range", "[1, 3, 9]"),
            (
                "__add__",
                &[number(1)],
                "TypeError: can only concatenate list (not \"int\") to list",
                "[1, 3, 9]",
            ),
            ("extend", &[*l], "None", "[1, 3, 9, 1, 3, 9]"),
            ("clear", &[], "None", "[]"),
            ("pop", &[], "IndexError: pop from empty list", "[]"),
        ];
        for (name, arguments, expected, after) in rows {
            assert_eq!(&call(thread, *l, name, arguments), expected, "{name}");
            assert_eq!(&show(thread, *l), after, "{name}");
        }
    });
}

#[test]
fn sorting_is_stable_and_uses_every_kind_of_key() {
    with_runtime(|thread| {
        let mut seed = 12345u64;
        let mut random = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as i64
        };
        for n in [0usize, 1, 2, 3, 63, 64, 65, 200, 1000] {
            // Tuples go the general way: few different first items, the place as the second one.
            let firsts: Vec<i64> = (0..n).map(|_| random() % 10).collect();
            let pairs = firsts.iter().enumerate();
            let l = List::from_refs(
                pairs.map(|(i, f)| Tuple::from_values(&[number(*f), number(i as i64)])).collect(),
            );
            let mut expected: Vec<(i64, i64)> = firsts.iter().copied().zip(0..).collect();
            expected.sort();
            assert_eq!(call(thread, *l, "sort", &[]), "None");
            let text: Vec<String> = expected.iter().map(|(a, b)| format!("({a}, {b})")).collect();
            assert_eq!(show(thread, *l), format!("[{}]", text.join(", ")), "{n} items");
        }
        let words = ["b", "a", "ab", "é", "\u{10000}", "\u{ff00}", ""].map(Str::new);
        let l = List::from_refs(words.to_vec());
        call(thread, *l, "sort", &[]);
        assert_eq!(show(thread, *l), "['', 'a', 'ab', 'b', 'é', '\u{ff00}', '\u{10000}']");
        let mixed = List::from_values(&[number(1), *words[0]]);
        let refused = call(thread, *mixed, "sort", &[]);
        assert!(refused.starts_with("TypeError: '<' not supported between instances of 'str' and 'int'"));
        assert_eq!(show(thread, *mixed), "[1, 'b']");
    });
}

#[test]
fn tuples_and_lists_compare_item_by_item() {
    let rows: &[(&[i64], CompareOp, &[i64], bool)] = &[
        (&[1, 2], CompareOp::Lt, &[1, 3], true),
        (&[1, 2], CompareOp::Eq, &[1, 2], true),
        (&[1, 2], CompareOp::Ne, &[1, 2, 3], true),
        (&[1, 2], CompareOp::Ge, &[1, 2, 3], false),
        (&[], CompareOp::Le, &[], true),
    ];
    with_runtime(|thread| {
        for (a, op, b, expected) in rows {
            let (a, b) = (ints(a), ints(b));
            for ty in [&LIST, &TUPLE] {
                let (x, y) = (make(thread, ty, &[*a]), make(thread, ty, &[*b]));
                let got = protocol::compare_bool(thread, *x, *y, *op).expect("comparable");
                assert_eq!(got, *expected, "{x:?} {op:?} {y:?}");
            }
        }
        let t = make(thread, &TUPLE, &[*ints(&[1, 2, 1])]);
        assert_eq!(call(thread, *t, "count", &[number(1)]), "2");
        assert_eq!(call(thread, *t, "index", &[number(3)]), "ValueError: tuple.index(x): x not in tuple");
        assert_eq!(call(thread, *t, "__getitem__", &[*slice_of([N, N, -1])]), "(1, 2, 1)");
        assert_eq!(call(thread, *t, "__mul__", &[number(2)]), "(1, 2, 1, 1, 2, 1)");
        let refused = outcome(thread, thread.call(Value::of(&TUPLE), &[number(1)]));
        assert_eq!(refused, "TypeError: 'int' object is not iterable");
    });
}

#[test]
fn iterators_see_changes_and_stay_exhausted() {
    with_runtime(|thread| {
        let l = ints(&[1, 2]);
        let it = protocol::iter(thread, *l).expect("iterable");
        assert_eq!(call(thread, *it, "__length_hint__", &[]), "2");
        call(thread, *l, "append", &[number(3)]);
        assert_eq!(show(thread, *make(thread, &LIST, &[*it])), "[1, 2, 3]");
        call(thread, *l, "append", &[number(4)]);
        assert_eq!(show(thread, *make(thread, &LIST, &[*it])), "[]");
        let back = make(thread, &REVERSED, &[*l]);
        assert_eq!(back.ty().name(), "list_reverseiterator");
        assert_eq!(show(thread, *make(thread, &LIST, &[*back])), "[4, 3, 2, 1]");
        let back = make(thread, &REVERSED, &[*make(thread, &TUPLE, &[*l])]);
        assert_eq!(show(thread, *make(thread, &LIST, &[*back])), "[4, 3, 2, 1]");
        let refused = outcome(thread, thread.call(Value::of(&REVERSED), &[number(1)]));
        assert_eq!(refused, "TypeError: 'int' object is not reversible");
    });
}
