//! `bytes` and `bytearray` through their methods, with the reference's answers.

use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::bytes_methods::content;
use crate::objects::exceptions::BaseException;
use crate::objects::int;
use crate::objects::slice::new_slice;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::types::registry::{BYTEARRAY, BYTES, MEMORYVIEW};
use crate::value::{Ref, Value, as_values};

fn raised(thread: &Thread) -> String {
    let e = thread.take_raised();
    let args = e.cast::<BaseException>().map(|e| e.args.get());
    let message = args.as_ref().and_then(|a| a.cast::<Tuple>()?.items().first().copied());
    format!("{}: {}", e.ty().name(), message.map_or(String::new(), str::display))
}

fn shown(thread: &Thread, v: Value) -> String {
    match v.as_small_int() {
        Some(i) => i.to_string(),
        None => str::display(*protocol::repr(thread, v).expect("a repr")),
    }
}

fn call(thread: &Thread, receiver: &Ref, method: &str, arguments: &[Ref]) -> String {
    match thread.call_method(**receiver, str::intern_text(method), as_values(arguments)) {
        Ok(v) => shown(thread, *v),
        Err(_) => raised(thread),
    }
}

#[test]
fn methods_answer_as_the_reference() {
    let b = Bytes::new;
    let i = int::new;
    let t = Str::new;
    with_runtime(|thread| {
        let rows: &[(&[u8], &str, &[Ref], &str)] = &[
            (b"banana", "find", &[b(b"an"), i(2)], "3"),
            (b"banana", "rfind", &[i(97)], "5"),
            (b"a", "index", &[b(b"z")], "ValueError: subsection not found"),
            (b"", "find", &[t("a")], "TypeError: argument should be integer or bytes-like object, not 'str'"),
            (b"", "find", &[i(300)], "ValueError: byte must be in range(0, 256)"),
            (b"banana", "replace", &[b(b"an"), b(b"\xff")], "b'b\\xff\\xffa'"),
            (b" ab ", "strip", &[], "b'ab'"),
            (b"ab", "center", &[i(5), b(b"*")], "b'**ab*'"),
            (b"aB", "swapcase", &[], "b'Ab'"),
            (b"abcde", "hex", &[t(":"), i(-2)], "'6162:6364:65'"),
            (b"abc", "hex", &[t(":"), i(2)], "'61:6263'"),
            (b"caf\xc3\xa9", "decode", &[], "'café'"),
            (b"", "join", &[i(1)], "TypeError: can only join an iterable"),
            (
                b"",
                "startswith",
                &[i(1)],
                "TypeError: startswith first arg must be bytes or a tuple of bytes, not int",
            ),
            (b"", "translate", &[b(b"a")], "ValueError: translation table must be 256 characters long"),
            (b"+7", "zfill", &[i(4)], "b'+007'"),
        ];
        for (receiver, method, arguments, wanted) in rows {
            assert_eq!(call(thread, &Bytes::new(receiver), method, arguments), *wanted, "{method}");
        }
        let class = Value::of(&BYTES).to_ref();
        assert_eq!(call(thread, &class, "fromhex", &[t("61 62")]), "b'ab'");
        let wrong = "ValueError: non-hexadecimal number found in fromhex() arg at position 0";
        assert_eq!(call(thread, &class, "fromhex", &[t("zz")]), wrong);
    });
}

#[test]
fn constructors_take_what_they_should() {
    with_runtime(|thread| {
        let made = |ty: Value, arguments: &[Ref]| match thread.call(ty, as_values(arguments)) {
            Ok(v) => shown(thread, *v),
            Err(_) => raised(thread),
        };
        let (bytes, bytearray) = (Value::of(&BYTES), Value::of(&BYTEARRAY));
        assert_eq!(made(bytes, &[]), "b''");
        assert_eq!(made(bytes, &[int::new(2)]), "b'\\x00\\x00'");
        assert_eq!(made(bytes, &[int::new(-1)]), "ValueError: negative count");
        assert_eq!(made(bytes, &[Str::new("a")]), "TypeError: string argument without an encoding");
        assert_eq!(made(bytes, &[Str::new("é"), Str::new("latin-1")]), "b'\\xe9'");
        assert_eq!(made(bytearray, &[Bytes::new(b"ab")]), "bytearray(b'ab')");
        assert_eq!(made(bytearray, &[Ref::NONE]), "TypeError: cannot convert 'NoneType' object to bytearray");
    });
}

#[test]
fn bytearrays_change() {
    with_runtime(|thread| {
        let a = ByteArray::from_vec(b"abc".to_vec());
        call(thread, &a, "append", &[int::new(100)]);
        assert_eq!(call(thread, &a, "append", &[int::new(300)]), "ValueError: byte must be in range(0, 256)");
        assert_eq!(call(thread, &a, "pop", &[int::new(0)]), "97");
        call(thread, &a, "insert", &[int::new(-1), int::new(120)]);
        assert_eq!(content(*a), b"bcxd");
        let set = a.ty().slots().set_item.expect("assignable");
        let every_second = new_slice(Value::NONE, Value::NONE, *int::new(2));
        set(thread, *a, *every_second, *Bytes::new(b"12")).expect("assigned");
        assert_eq!(content(*a), b"1c2d");
        assert!(set(thread, *a, *every_second, *Bytes::new(b"123")).is_err());
        let message = "ValueError: attempt to assign bytes of size 3 to extended slice of size 2";
        assert_eq!(raised(thread), message);
        set(thread, *a, *every_second, Value::NULL).expect("deleted");
        assert_eq!(content(*a), b"cd");
        let lent = a.ty().slots().buffer.expect("a buffer")(thread, *a, 0).expect("lent");
        let refused = "BufferError: Existing exports of data: object cannot be re-sized";
        assert_eq!(call(thread, &a, "clear", &[]), refused);
        drop(lent);
        call(thread, &a, "clear", &[]);
        assert_eq!(content(*a), b"");
    });
}

#[test]
fn views_share_the_bytes_they_show() {
    with_runtime(|thread| {
        let a = ByteArray::from_vec(b"abcdef".to_vec());
        let view = thread.call(Value::of(&MEMORYVIEW), &[*a]).expect("a view");
        let slots = view.ty().slots();
        let backwards = new_slice(Value::NONE, Value::NONE, *int::new(-2));
        let part = slots.get_item.expect("items")(thread, *view, *backwards).expect("a part");
        assert_eq!(call(thread, &part, "tobytes", &[]), "b'fdb'");
        slots.set_item.expect("assignable")(thread, *part, *int::new(0), *int::new(120)).expect("set");
        assert_eq!(content(*a), b"abcdex");
        call(thread, &view, "release", &[]);
        let refused = "ValueError: operation forbidden on released memoryview object";
        assert_eq!(call(thread, &view, "tobytes", &[]), refused);
        let locked = "BufferError: Existing exports of data: object cannot be re-sized";
        assert_eq!(call(thread, &a, "clear", &[]), locked);
        drop(part);
        call(thread, &a, "clear", &[]);
        assert_eq!(content(*a), b"");
    });
}
