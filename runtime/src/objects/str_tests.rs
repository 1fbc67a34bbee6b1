//! `str` through its methods, with the reference's answers.

use crate::error::PyResult;
use crate::objects::exceptions::BaseException;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::value::{Ref, Value, as_values};

/// Strings as themselves, sequences joined by `|`, integers in digits, what is raised as `Type: message`.
fn shown(thread: &Thread, result: PyResult) -> String {
    match result {
        Ok(v) => plain(thread, *v),
        Err(_) => {
            let e = thread.take_raised();
            let args = e.cast::<BaseException>().map(|e| e.args.get());
            let message = args.as_ref().and_then(|a| a.cast::<Tuple>()?.items().first().copied());
            format!("{}: {}", e.ty().name(), message.map_or(String::new(), str::display))
        }
    }
}

fn plain(thread: &Thread, v: Value) -> String {
    if let Some(s) = v.cast::<Str>() {
        return s.to_text_lossy().into_owned();
    }
    if let Some(i) = v.as_small_int() {
        return i.to_string();
    }
    let items = v.cast::<List>().map(|l| l.items()).or_else(|| v.cast::<Tuple>().map(|t| t.items()));
    match items {
        Some(items) => items.iter().map(|v| plain(thread, *v)).collect::<Vec<_>>().join("|"),
        None if v.is_bool() => if v == Value::TRUE { "True" } else { "False" }.to_owned(),
        None => str::display(*protocol::repr(thread, v).expect("a repr")),
    }
}

fn text(s: &str) -> Ref {
    Str::new(s)
}

fn call(thread: &Thread, receiver: &str, method: &str, arguments: &[Ref]) -> String {
    let receiver = text(receiver);
    shown(thread, thread.call_method(*receiver, str::intern_text(method), as_values(arguments)))
}

#[test]
fn methods_answer_as_the_reference() {
    let t = text;
    let i = int::new;
    with_runtime(|thread| {
        let rows: &[(&str, &str, &[Ref], &str)] = &[
            ("banana", "find", &[t("an"), i(2)], "3"),
            ("banana", "rfind", &[t("an")], "3"),
            ("banana", "find", &[t("an"), i(2), i(-2)], "-1"),
            ("banana", "index", &[t("x")], "ValueError: substring not found"),
            ("banana", "count", &[t("a")], "3"),
            ("banana", "find", &[i(1)], "TypeError: find() argument 1 must be str, not int"),
            ("banana", "find", &[], "TypeError: find expected at least 1 argument, got 0"),
            ("banana", "replace", &[t("a"), t("é"), i(2)], "bénéna"),
            ("a,b,,c", "split", &[t(",")], "a|b||c"),
            (" a  b c ", "split", &[], "a|b|c"),
            (" a  b c ", "rsplit", &[Ref::NONE, i(1)], " a  b|c"),
            ("a,b", "split", &[t("")], "ValueError: empty separator"),
            ("a\nb\r\nc", "splitlines", &[Ref::bool(true)], "a\n|b\r\n|c"),
            ("k=v=w", "partition", &[t("=")], "k|=|v=w"),
            ("k=v=w", "rpartition", &[t("=")], "k=v|=|w"),
            ("xxabxx", "strip", &[t("x")], "ab"),
            ("x", "strip", &[i(1)], "TypeError: strip arg must be None or str"),
            ("Straße", "upper", &[], "STRASSE"),
            ("Straße", "casefold", &[], "strasse"),
            ("hello world", "title", &[], "Hello World"),
            ("ab", "center", &[i(5), t("*")], "**ab*"),
            (
                "ab",
                "center",
                &[i(5), t("**")],
                "TypeError: The fill character must be exactly one character long",
            ),
            ("-7", "zfill", &[i(4)], "-007"),
            ("a\tb", "expandtabs", &[i(4)], "a   b"),
            ("prefix-x", "removeprefix", &[t("prefix-")], "x"),
            (
                "abc",
                "startswith",
                &[i(1)],
                "TypeError: startswith first arg must be str or a tuple of str, not int",
            ),
            ("abc", "endswith", &[t("bc")], "True"),
            ("été1", "isalnum", &[], "True"),
            ("", "isprintable", &[], "True"),
            (", ", "join", &[List::from_refs(vec![t("a"), t("ü"), t("c")])], "a, ü, c"),
            (
                "",
                "join",
                &[List::from_refs(vec![t("a"), i(1)])],
                "TypeError: sequence item 1: expected str instance, int found",
            ),
            (
                "{} {1}",
                "format",
                &[t("a")],
                "ValueError: cannot switch from automatic field numbering to manual field specification",
            ),
            ("{0!r:>{1}}|{{}}", "format", &[t("a"), t("6")], "   'a'|{}"),
            (
                "{1}",
                "format",
                &[t("a")],
                "IndexError: Replacement index 1 out of range for positional args tuple",
            ),
            ("{", "format", &[t("a")], "ValueError: Single '{' encountered in format string"),
            ("{:^7.2}|", "format", &[t("abc")], "  ab   |"),
            ("{:d}", "format", &[t("a")], "ValueError: Unknown format code 'd' for object of type 'str'"),
        ];
        for (receiver, method, arguments, wanted) in rows {
            assert_eq!(call(thread, receiver, method, arguments), *wanted, "{receiver:?}.{method}");
        }
    });
}

#[test]
fn percent_formats_as_the_reference() {
    let t = text;
    let i = int::new;
    with_runtime(|thread| {
        let rows: &[(&str, Vec<Ref>, &str)] = &[
            ("% d|%+d|%05d|%-5d|%#x", vec![i(1), i(2), i(3), i(4), i(255)], " 1|+2|00003|4    |0xff"),
            ("%#o|%X|%.3d|%5s|%.2s", vec![i(8), i(255), i(5), t("ab"), t("abc")], "0o10|FF|005|   ab|ab"),
            ("%r|%a|%c|%%", vec![t("é"), t("é"), i(0x263a)], "'é'|'\\xe9'|☺|%"),
            ("%*d|%-*d|", vec![i(4), i(1), i(4), i(2)], "   1|2   |"),
            ("%d", vec![t("a")], "TypeError: %d format: a real number is required, not str"),
            ("%x", vec![t("a")], "TypeError: %x format: an integer is required, not str"),
            ("%z", vec![i(1)], "ValueError: unsupported format character 'z' (0x7a) at index 1"),
            ("%d", vec![i(1), i(2)], "TypeError: not all arguments converted during string formatting"),
            ("%d%d", vec![i(1)], "TypeError: not enough arguments for format string"),
            ("%(a)d", vec![i(1)], "TypeError: format requires a mapping"),
            ("%", vec![i(1)], "ValueError: incomplete format"),
            ("%e|%G|%.0f|%05.1f", vec![i(12345), i(0), i(2), i(2)], "1.234500e+04|0|2|002.0"),
        ];
        for (template, arguments, wanted) in rows {
            let arguments = Tuple::from_values(as_values(arguments));
            let template = text(template);
            let result = super::percent_format::format_str(thread, *template, *arguments);
            assert_eq!(shown(thread, result), *wanted);
        }
    });
}

#[test]
fn text_survives_codecs() {
    with_runtime(|thread| {
        let sample = text("a\u{e9}\u{20ac}\u{1f600}");
        for encoding in
            ["utf-8", "UTF_16", "utf-16-be", "utf-32", "utf-32-le", "unicode_escape", "raw_unicode_escape"]
        {
            let encoded = super::codecs::encode(thread, *sample, encoding, "strict").expect(encoding);
            let decoded = super::codecs::decode(thread, *encoded, encoding, "strict").expect(encoding);
            assert_eq!(str::display(*decoded), str::display(*sample), "{encoding}");
        }
        let handled = [
            ("ignore", "a"),
            ("replace", "a???"),
            ("backslashreplace", "a\\xe9\\u20ac\\U0001f600"),
            ("xmlcharrefreplace", "a&#233;&#8364;&#128512;"),
            ("namereplace", "a\\N{LATIN SMALL LETTER E WITH ACUTE}\\N{EURO SIGN}\\N{GRINNING FACE}"),
        ];
        for (errors, wanted) in handled {
            let encoded = super::codecs::encode(thread, *sample, "ascii", errors).expect(errors);
            let decoded = super::codecs::decode(thread, *encoded, "ascii", "strict").expect(errors);
            assert_eq!(str::display(*decoded), wanted);
        }
        let bytes = super::bytes::Bytes::new(b"a\xff\xfe");
        let escaped = super::codecs::decode(thread, *bytes, "utf-8", "surrogateescape").expect("escaped");
        let back = super::codecs::encode(thread, *escaped, "utf-8", "surrogateescape").expect("back");
        assert_eq!(back.cast::<super::bytes::Bytes>().map(|b| b.as_bytes()), Some(&b"a\xff\xfe"[..]));
        assert!(super::codecs::encode(thread, *escaped, "utf-8", "strict").is_err());
        assert_eq!(thread.take_raised().ty().name(), "UnicodeEncodeError");
    });
}
