//! Code objects and marshal, against bytes and answers of CPython 3.14.

use super::Code;
use super::branches::branches;
use crate::marshal::{dumps, to_ir, unmarshal};
use crate::objects::bytes::Bytes;
use crate::objects::code::{CodeParts, from_ir, new_code};
use crate::objects::list::List;
use crate::objects::str;
use crate::objects::tuple::Tuple;
use crate::test_support::with_runtime;
use crate::value::Ref;

/// `marshal.dumps(compile(SOURCE, "f.py", "exec"))` of
/// ```python
/// x = (1, "a", 2.5, b"q", 10**30)
/// def f(a, *b):
///     if a:
///         return lambda: (a.c, b)
///     return x
/// ```
const MODULE: &str = "e30000000000000000000000000100000000000000f310000000800052037400520117007401520223002904e901000000630100000000000000000000000200000007000000f33000000061006101800053002700000000000000640800001c00560056013302520017006c0823005c00000000000000000023002901630000000000000000000000000200000013000000f3200000003c0280005300500000000000000000000000000000000000000053013302230029014e2901da0163a902da0161da016273020000008080da04662e7079da083c6c616d6264613eda13662e3c6c6f63616c733e2e3c6c616d6264613e04000000730d000000f8800098019f03990398519178f3000000002901da017872060000007302000000666a7209000000da0166720e000000020000007311000000f98000df0708dd0f1fd0081fdc0b0c8048720c0000004e290572020000007207000000670000000000000440f301000000716c0700000000000000a937a733044d936527032902720d000000720e000000a900720c0000007209000000da083c6d6f64756c653e721100000001000000730f000000f003010101d8041f8001f40203010d720c000000";

/// `marshal.dumps([1, 300, 'abc', (1, 2), {'k': None}, 2.5, True, -10**20])`
const LIST: &str = "5b08000000e901000000e92c010000da03616263a9027200000000e9020000007bda016b4e30e7000000000000044054ecfbffffff00002046b5783a5e5600";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex digits")).collect()
}

fn names(values: impl Iterator<Item = crate::Value>) -> Vec<String> {
    values.map(str::display).collect()
}

#[test]
fn code_survives_marshal() {
    with_runtime(|thread| {
        let module = unmarshal(thread, &bytes(MODULE), true).expect("readable");
        let written = dumps(thread, *module, 5, true).expect("written");
        let again =
            unmarshal(thread, written.cast::<Bytes>().expect("bytes").as_bytes(), true).expect("readable");
        let (a, b) = (module.cast::<Code>().expect("code"), again.cast::<Code>().expect("code"));
        assert_eq!(to_ir(a), to_ir(b));
        let rebuilt = from_ir(thread, &to_ir(a).expect("constants are plain")).expect("made");
        assert_eq!(to_ir(rebuilt.cast::<Code>().expect("code")), to_ir(a));
    });
}

#[test]
fn parts_of_code() {
    with_runtime(|thread| {
        let module = unmarshal(thread, &bytes(MODULE), true).expect("readable");
        let module = module.cast::<Code>().expect("code");
        let function = module.consts.iter().find_map(|c| c.cast::<Code>()).expect("a nested code object");
        let of_kind = |kind| names(function.locals_of_kind(kind).map(|(_, name)| name));
        assert_eq!(of_kind(ir::code::local_kind::LOCAL), ["a", "b"]);
        assert_eq!(of_kind(ir::code::local_kind::CELL), ["a", "b"]);
        assert_eq!([4, 6, 22, 36].map(|offset| function.line_at(offset)), [2, 3, 4, 5].map(Some));
        assert_eq!((function.line_at(0), function.line_at(-1)), (None, Some(2)));
        assert_eq!(branches(&function.code), [(16, 22, 36)]);
        let inner = function.consts.iter().find_map(|c| c.cast::<Code>()).expect("a lambda");
        assert_eq!(inner.nfreevars(), 2);
        let tuple = module.consts.iter().find_map(|c| c.cast::<Tuple>()).expect("a constant tuple");
        assert!(str::is_interned(tuple.items()[1]), "constants that look like names are interned");
    });
}

#[test]
fn replaced_locals_are_checked() {
    with_runtime(|thread| {
        let module = unmarshal(thread, &bytes(MODULE), true).expect("readable");
        let module = module.cast::<Code>().expect("code");
        let function = module.consts.iter().find_map(|c| c.cast::<Code>()).expect("a nested code object");
        let mut parts = CodeParts::of(function);
        parts.set_locals(&[], &[], &[]);
        assert!(new_code(thread, parts).is_err());
        assert_eq!(message(thread), "ValueError: code: co_varnames is too small");
    });
}

fn message(thread: &crate::Thread) -> String {
    let e = thread.take_raised();
    let text = crate::protocol::str(thread, *e).map(|t| str::display(*t)).unwrap_or_default();
    format!("{}: {text}", e.ty().name())
}

#[test]
fn containers_survive_marshal() {
    with_runtime(|thread| {
        let list = unmarshal(thread, &bytes(LIST), true).expect("readable");
        assert_eq!(list.cast::<List>().map(|l| l.len()), Some(8));
        let written: Ref = dumps(thread, *list, 5, true).expect("written");
        let again =
            unmarshal(thread, written.cast::<Bytes>().expect("bytes").as_bytes(), true).expect("readable");
        assert_eq!(again.cast::<List>().map(|l| l.len()), Some(8));
    });
}

#[test]
fn broken_data_raise() {
    with_runtime(|thread| {
        let table: &[(&[u8], &str)] = &[
            (b"", "EOFError: EOF read where object expected"),
            (b"i\x01", "EOFError: marshal data too short"),
            (b"0", "TypeError: NULL object in marshal data for object"),
            (b"?", "ValueError: bad marshal data (unknown type code)"),
        ];
        for (data, expected) in table {
            assert!(unmarshal(thread, data, true).is_err());
            assert_eq!(message(thread), *expected);
        }
    });
}
