//! What exceptions show, against what CPython 3.14 printed.

use super::*;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::value::{Ref, Value, as_values};
use crate::{attributes, protocol};

/// `str(type(*arguments))`, or the error that making it raises.
fn shown(thread: &Thread, ty: &'static Type, arguments: &[Ref]) -> String {
    let made = thread.call(Value::of(ty), as_values(arguments)).and_then(|e| protocol::str(thread, *e));
    text_or_error(thread, made)
}

fn text_or_error(thread: &Thread, result: crate::PyResult) -> String {
    match result {
        Ok(text) => str::display(*text),
        Err(_) => {
            let e = thread.take_raised();
            let text = protocol::str(thread, *e).map(|t| str::display(*t)).unwrap_or_default();
            format!("{}: {text}", e.ty().name())
        }
    }
}

fn s(text: &str) -> Ref {
    Str::new(text)
}

fn i(n: i64) -> Ref {
    int::new(n)
}

fn attribute(thread: &Thread, object: Value, name: &str) -> Ref {
    attributes::get(thread, object, str::intern_text(name)).expect("the attribute exists")
}

#[test]
fn texts() {
    with_runtime(|thread| {
        let none = || Ref::NONE;
        let table: &[(&'static Type, Vec<Ref>, &str)] = &[
            (&VALUE_ERROR, vec![], ""),
            (&VALUE_ERROR, vec![s("a")], "a"),
            (&KEY_ERROR, vec![s("a")], "'a'"),
            (&OS_ERROR, vec![none(), s("b"), s("c")], "[Errno None] b: 'c'"),
            (&OS_ERROR, vec![none(), s("x"), s("f"), none(), s("g")], "[Errno None] x: 'f' -> 'g'"),
            (&SYNTAX_ERROR, vec![], "None"),
            (&SYNTAX_ERROR, vec![s("m"), detail(&[s("f/g.py"), i(1), i(2), s("t")])], "m (g.py, line 1)"),
            (&SYNTAX_ERROR, vec![s("m"), detail(&[s("f/g.py"), none(), i(2), s("t")])], "m (g.py)"),
            (&SYNTAX_ERROR, vec![s("m"), detail(&[none(), i(3), i(2), s("t")])], "m (line 3)"),
            (
                &SYNTAX_ERROR,
                vec![s("m"), detail(&[s("f"), i(1), i(2)])],
                "TypeError: function takes at least 4 arguments (3 given)",
            ),
            (
                &UNICODE_ENCODE_ERROR,
                vec![s("a"), s("bcd"), i(1), i(2), s("r")],
                "'a' codec can't encode character '\\x63' in position 1: r",
            ),
            (
                &UNICODE_ENCODE_ERROR,
                vec![s("a"), s("b"), i(-5), i(-3), s("r")],
                "'a' codec can't encode characters in position -5--4: r",
            ),
            (
                &UNICODE_DECODE_ERROR,
                vec![s("a"), Bytes::new(b"bcd"), i(1), i(3), s("r")],
                "'a' codec can't decode bytes in position 1-2: r",
            ),
            (
                &UNICODE_DECODE_ERROR,
                vec![s("a"), s("b"), i(1), i(2), s("r")],
                "TypeError: a bytes-like object is required, not 'str'",
            ),
            (
                &UNICODE_TRANSLATE_ERROR,
                vec![s("b\u{1234}"), i(1), i(2), s("r")],
                "can't translate character '\\u1234' in position 1: r",
            ),
            (
                &BASE_EXCEPTION_GROUP,
                vec![],
                "TypeError: BaseExceptionGroup.__new__() takes exactly 2 arguments (0 given)",
            ),
            (
                &BASE_EXCEPTION_GROUP,
                vec![s("a"), List::from_refs(vec![])],
                "ValueError: second argument (exceptions) must be a non-empty sequence",
            ),
        ];
        for (ty, arguments, expected) in table {
            assert_eq!(shown(thread, ty, arguments), *expected, "{}", ty.name());
        }
    });
}

fn detail(items: &[Ref]) -> Ref {
    Tuple::from_values(as_values(items))
}

#[test]
fn errno_chooses_the_class() {
    with_runtime(|thread| {
        let e = new_exception(thread, &OS_ERROR, &[*i(2), *s("x")]).expect("made");
        assert!(e.is_exact(&FILE_NOT_FOUND_ERROR));
        let e = new_exception(thread, &OS_ERROR, &[*i(11), *s("x")]).expect("made");
        assert!(e.is_exact(&BLOCKING_IO_ERROR));
    });
}

#[test]
fn hierarchy() {
    with_runtime(|_| {
        let names = |ty: &Type| ty.mro().iter().map(|t| t.name().into_owned()).collect::<Vec<_>>().join(" ");
        assert_eq!(
            names(&EXCEPTION_GROUP),
            "ExceptionGroup BaseExceptionGroup Exception BaseException object"
        );
        assert_eq!(names(&TAB_ERROR), "TabError IndentationError SyntaxError Exception BaseException object");
    });
}

#[test]
fn keywords_become_fields() {
    with_runtime(|thread| {
        let names = [s("name"), s("path")];
        let values = [s("a"), s("n"), s("p")];
        let arguments = crate::Args::new(as_values(&values), as_values(&names));
        let e = thread.call_args(Value::of(&IMPORT_ERROR), &arguments).expect("made");
        assert_eq!(str::display(*attribute(thread, *e, "name")), "n");
        assert_eq!(str::display(*attribute(thread, *e, "path")), "p");
        let names = [s("foo")];
        let arguments = crate::Args::new(as_values(&values[..2]), as_values(&names));
        let result = thread.call_args(Value::of(&NAME_ERROR), &arguments);
        assert_eq!(
            text_or_error(thread, result),
            "TypeError: NameError() got an unexpected keyword argument 'foo'"
        );
    });
}

#[test]
fn context_is_chained_without_cycles() {
    with_runtime(|thread| {
        let a = new_exception(thread, &VALUE_ERROR, &[*s("a")]).expect("made");
        let b = new_exception(thread, &VALUE_ERROR, &[*s("b")]).expect("made");
        let context = |e: &Ref| e.cast::<BaseException>().expect("an exception").context.get();
        thread.handled.set(a.clone());
        chain_context(thread, *b);
        assert!(context(&b).is(*a));
        thread.handled.set(b.clone());
        chain_context(thread, *a);
        assert!(context(&a).is(*b) && context(&b).is_null());
        drop(thread.handled.take());
        drop(a.cast::<BaseException>().expect("an exception").context.take());
    });
}

/// The types of a group and of what is in it.
fn outline(exception: Value) -> String {
    let name = exception.ty().name();
    match exception.cast::<ExceptionGroup>() {
        Some(group) => {
            let items: Vec<String> = group.items().iter().map(|e| outline(*e)).collect();
            format!("{name}[{}]", items.join(" "))
        }
        None => name.into_owned(),
    }
}

#[test]
fn groups_split() {
    with_runtime(|thread| {
        let v = new_exception(thread, &VALUE_ERROR, &[*i(1)]).expect("made");
        let t = new_exception(thread, &TYPE_ERROR, &[*i(2)]).expect("made");
        let group = create_group(thread, "eg", &[*v, *t]).expect("made");
        assert!(group.is_exact(&EXCEPTION_GROUP));
        assert_eq!(outline(*group), "ExceptionGroup[ValueError TypeError]");
        let (matched, rest) = group_match(thread, *group, Value::of(&VALUE_ERROR)).expect("matches");
        assert_eq!(outline(*matched), "ExceptionGroup[ValueError]");
        assert_eq!(outline(*rest), "ExceptionGroup[TypeError]");
        let raised = List::from_refs(vec![matched, rest]);
        let merged = prepare_reraise_star(thread, *group, *raised).expect("merged");
        assert_eq!(outline(*merged), "ExceptionGroup[ValueError TypeError]");
        let refused = group_match(thread, *group, Value::of(&EXCEPTION_GROUP)).map(|(m, _)| m);
        assert_eq!(
            text_or_error(thread, refused),
            "TypeError: catching ExceptionGroup with except* is not allowed. Use except instead."
        );
    });
}

#[test]
fn notes_and_state() {
    with_runtime(|thread| {
        let e = new_exception(thread, &VALUE_ERROR, &[*i(1)]).expect("made");
        thread.call_method(*e, str::intern_text("add_note"), &[*s("n")]).expect("noted");
        let notes = attribute(thread, *e, "__notes__");
        assert_eq!(notes.cast::<List>().map(|l| l.len()), Some(1));
        let reduced = thread.call_method(*e, str::intern_text("__reduce__"), &[]).expect("reduced");
        assert_eq!(reduced.cast::<Tuple>().map(|t| t.len()), Some(3));
        let result = thread.call_method(*e, str::intern_text("add_note"), &[*i(3)]);
        assert_eq!(text_or_error(thread, result), "TypeError: add_note() argument must be str, not int");
    });
}
