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

#[test]
fn dicts_keep_order_and_answer_their_methods() {
    with_runtime(|thread| {
        let pairs = List::from_refs(
            [(1, 10), (2, 20), (3, 30)].map(|(k, v)| Tuple::from_values(&[number(k), number(v)])).to_vec(),
        );
        let d = make(thread, &DICT, &[*pairs]);
        let rows: &[(&str, &[Value], &str, i64)] = &[
            ("get", &[number(2)], "20", 3),
            ("get", &[number(7)], "None", 3),
            ("get", &[number(7), number(8)], "8", 3),
            ("__getitem__", &[number(7)], "KeyError", 3),
            (
                "__getitem__",
                &[*pairs],
                "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')",
                3,
            ),
            ("setdefault", &[number(7), number(70)], "70", 4),
            ("pop", &[number(1)], "10", 3),
            ("pop", &[number(1)], "KeyError", 3),
            ("pop", &[number(1), number(5)], "5", 3),
            ("popitem", &[], "(7, 70)", 2),
            ("__contains__", &[number(2)], "True", 2),
            ("update", &[number(1)], "TypeError: 'int' object is not iterable", 2),
            ("update", &[*pairs], "None", 3),
            ("clear", &[], "None", 0),
            ("popitem", &[], "KeyError: 'popitem(): dictionary is empty'", 0),
        ];
        for (name, arguments, expected, length) in rows {
            let got = call(thread, *d, name, arguments);
            assert!(
                got == *expected || (*expected == "KeyError" && got.starts_with(expected)),
                "{name}: {got}"
            );
            assert_eq!(protocol::len(thread, *d).expect("a length") as i64, *length, "{name}");
        }
        let odd = List::from_refs(vec![Tuple::from_values(&[number(1)])]);
        let refused = outcome(thread, thread.call(Value::of(&DICT), &[*odd]));
        assert_eq!(refused, "ValueError: dictionary update sequence element #0 has length 1; 2 is required");
    });
}

#[test]
fn large_dicts_find_every_key_again() {
    with_runtime(|thread| {
        let d = crate::objects::dict::Dict::new();
        let dict = d.cast::<crate::objects::dict::Dict>().expect("a dict");
        for i in 0..100_000i64 {
            dict.set(thread, number(i * 7), Ref::immediate(number(i))).expect("settable");
            if i % 3 == 0 {
                dict.remove(thread, number(i * 7)).expect("removable");
            }
        }
        for i in 0..100_000i64 {
            let expected = (i % 3 != 0).then_some(i);
            let got = dict.get(thread, number(i * 7)).expect("hashable").and_then(|v| v.as_small_int());
            assert_eq!(got, expected, "{i}");
        }
        let order: Vec<i64> = dict.items().iter().filter_map(|(k, _)| k.as_small_int()).collect();
        assert!(order.is_sorted() && order.len() == dict.len());
    });
}

#[test]
fn walks_over_dicts_notice_changes() {
    with_runtime(|thread| {
        let d = crate::objects::dict::Dict::new();
        let dict = d.cast::<crate::objects::dict::Dict>().expect("a dict");
        for i in 0..3 {
            dict.set(thread, number(i), Ref::immediate(number(i * i))).expect("settable");
        }
        for (name, expected) in
            [("keys", "[0, 1, 2]"), ("values", "[0, 1, 4]"), ("items", "[(0, 0), (1, 1), (2, 4)]")]
        {
            let view = thread.call_method(*d, intern_text(name), &[]).expect("a view");
            assert_eq!(show(thread, *make(thread, &LIST, &[*view])), expected);
        }
        assert_eq!(show(thread, *make(thread, &LIST, &[*make(thread, &REVERSED, &[*d])])), "[2, 1, 0]");
        let it = protocol::iter(thread, *d).expect("iterable");
        dict.set(thread, number(9), Ref::NONE).expect("settable");
        let next = |_: ()| protocol::next(thread, *it).map(|v| v.unwrap_or(Ref::NONE));
        for _ in 0..2 {
            assert_eq!(outcome(thread, next(())), "RuntimeError: dictionary changed size during iteration");
        }
        let keys = thread.call_method(*d, intern_text("keys"), &[]).expect("a view");
        let both =
            DICT_KEYS.slots().and.expect("an operator")(thread, *keys, *ints(&[2, 9, 11])).expect("a set");
        assert_eq!(show(thread, *make(thread, &LIST, &[*both])), "[9, 2]");
    });
}

#[test]
fn sets_have_cpythons_order() {
    // Recorded: list(set(range(a, b, step))) of CPython.
    let rows: &[(&[i64], &[i64])] = RECORDED_ORDERS;
    with_runtime(|thread| {
        for (items, order) in rows {
            let s = make(thread, &SET, &[*ints(items)]);
            let expected: Vec<String> = order.iter().map(|i| i.to_string()).collect();
            let got = show(thread, *make(thread, &LIST, &[*s]));
            assert_eq!(got, format!("[{}]", expected.join(", ")), "{items:?}");
        }
    });
}

#[test]
fn sets_answer_their_methods() {
    with_runtime(|thread| {
        let s = make(thread, &SET, &[*ints(&[1, 2, 3])]);
        let t = make(thread, &FROZENSET, &[*ints(&[2, 3, 4])]);
        let slots = SET.slots();
        let list = |v: PyResult| show(thread, *make(thread, &LIST, &[*v.expect("a set")]));
        assert_eq!(list(slots.and.expect("and")(thread, *s, *t)), "[2, 3]");
        assert_eq!(list(slots.or.expect("or")(thread, *s, *t)), "[1, 2, 3, 4]");
        assert_eq!(list(slots.subtract.expect("subtract")(thread, *s, *t)), "[1]");
        assert_eq!(list(slots.xor.expect("xor")(thread, *s, *t)), "[1, 4]");
        assert_eq!(call(thread, *s, "issubset", &[*ints(&[1, 2, 3, 4])]), "True");
        assert_eq!(call(thread, *s, "isdisjoint", &[*ints(&[7])]), "True");
        assert!(call(thread, *s, "remove", &[number(9)]).starts_with("KeyError"));
        assert_eq!(call(thread, *s, "discard", &[number(9)]), "None");
        assert_eq!(
            call(thread, *s, "add", &[*ints(&[])]),
            "TypeError: cannot use 'list' as a set element (unhashable type: 'list')"
        );
        call(thread, *s, "intersection_update", &[*t]);
        assert_eq!(list(Ok(s.clone())), "[2, 3]");
        let hash = protocol::hash(thread, *make(thread, &FROZENSET, &[*ints(&[1, 2, 3])])).expect("hashable");
        assert_eq!(hash, -272375401224217160);
    });
}
const RECORDED_ORDERS: &[(&[i64], &[i64])] = &[
    (&[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4]),
    (&[100, 3, 17, 8, 24], &[3, 100, 8, 17, 24]),
    (
        &[
            249523, 621429, 570665, 136758, 387926, 960437, 633256, 497081, 656115, 609067, 68711, 635017,
            13807, 952965, 878149, 492025, 271952, 577539, 245713, 201058, 751984, 493107, 567252, 877093,
            576330, 499492, 416425, 670111, 902847, 157932,
        ],
        &[
            577539, 952965, 635017, 670111, 499492, 877093, 633256, 570665, 416425, 609067, 249523, 493107,
            960437, 136758, 497081, 902847, 878149, 576330, 271952, 245713, 567252, 387926, 201058, 68711,
            157932, 13807, 751984, 656115, 621429, 492025,
        ],
    ),
    (
        &[
            -8416, 4800, -11040, 12432, 14336, 1136, -3232, 8288, -15504, 6000, 9456, -13904, -10784, 8832,
            15360, 3360, -14608, -6144, 9552, -14992, 10976, 12352, -7184, -512, 3488, 7552, 14144, 12784,
            -3312, 7392, 9824, 14176, -2016, -3072, 7856, 10240, 2896, -1440, 15584, 14656, -11616, 12784,
            -4032, -12816, -14832, -11552, 208, -8896, -7552, 15632, 6016, -1712, 9520, 4528, 12016, -6144,
            -2208, 608, 11296, -3360,
        ],
        &[
            14336, 8832, 15360, -6144, -512, 7552, -3072, 10240, -7552, 6016, 12432, -3312, -14832, 15632,
            -2208, -8416, 3360, 3488, -2016, -11616, 11296, -13904, 7856, 9520, 4528, 4800, 12352, 14144,
            14656, -4032, -8896, -11552, 9552, 2896, 208, -1712, -3360, -11040, -3232, 8288, -10784, 10976,
            7392, 9824, 14176, -1440, 15584, 1136, -15504, 6000, 9456, -14608, -14992, -7184, 12784, -12816,
            12016, 608,
        ],
    ),
    (&[-1, -2, 8, 16, 0], &[0, 8, 16, -2, -1]),
];
