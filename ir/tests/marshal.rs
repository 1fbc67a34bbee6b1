//! Marshal: round trips of generated constants, malformed input, and CPython's own bytes.

use dashu_int::IBig;
use ir::code::{Code, Const};
use ir::marshal::{
    MAX_DEPTH, ReadError, WriteError, WriteOptions, marshal_code, marshal_const, unmarshal_const,
};
use ir::wtf8::Wtf8;
use proptest::prelude::*;
use std::sync::Arc;

fn text() -> impl Strategy<Value = Wtf8> {
    prop_oneof![
        "[a-z_]{0,6}".prop_map(|text| Wtf8::from(text.as_str())),
        ".{0,300}".prop_map(|text| Wtf8::from(text.as_str())),
        Just(Wtf8::from_code_points([0xd800, 0x61]).unwrap()),
    ]
}

fn names() -> impl Strategy<Value = Vec<Wtf8>> {
    prop::collection::vec(text(), 0..4)
}

fn bytes() -> impl Strategy<Value = Arc<[u8]>> {
    prop::collection::vec(any::<u8>(), 0..20).prop_map(Into::into)
}

fn code(consts: Vec<Const>) -> impl Strategy<Value = Const> {
    let counts = (0u32..9, 0u32..9, 0u32..9, 0u32..9, any::<u32>(), any::<i32>());
    (counts, bytes(), names(), names(), bytes(), text(), text(), bytes()).prop_map(move |fields| {
        let ((argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno), ..) = fields;
        let (_, code, names, localsplusnames, table, name, filename, kinds) = fields;
        Const::Code(Arc::new(Code {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags,
            code,
            consts: consts.clone(),
            names,
            localsplusnames,
            localspluskinds: kinds.to_vec(),
            filename,
            qualname: name.clone(),
            name,
            firstlineno,
            linetable: table.clone(),
            exceptiontable: table,
        }))
    })
}

fn constant() -> impl Strategy<Value = Const> {
    let leaf = prop_oneof![
        Just(Const::None),
        any::<bool>().prop_map(Const::bool),
        Just(Const::Ellipsis),
        any::<i64>().prop_map(Const::int),
        (any::<i128>(), 0usize..200).prop_map(|(value, shift)| Const::Int(IBig::from(value) << shift)),
        any::<f64>().prop_map(Const::Float),
        (any::<f64>(), any::<f64>()).prop_map(|(real, imag)| Const::Complex(real, imag)),
        text().prop_map(Const::Str),
        bytes().prop_map(Const::Bytes),
    ];
    leaf.prop_recursive(4, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| Const::Tuple(items.into())),
            prop::array::uniform3(inner.clone()).prop_map(|parts| Const::Slice(parts.into())),
            prop::collection::vec(inner, 0..4).prop_flat_map(code),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn round_trip(value in constant()) {
        let bytes = marshal_const(&value, WriteOptions::default()).unwrap();
        prop_assert_eq!(&unmarshal_const(&bytes).unwrap(), &value);
        // Every proper prefix is an error value.
        for end in 0..bytes.len() {
            prop_assert!(unmarshal_const(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = unmarshal_const(&bytes);
    }

    #[test]
    fn damaged_code_never_panics(at in 0usize..4000, byte in any::<u8>()) {
        let mut bytes = include_bytes!("data/marshal_sample.bin").to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = unmarshal_const(&bytes);
    }
}

/// What CPython says to the same bytes.
#[test]
fn malformed() {
    let eof = |message| Err(ReadError::Eof(message));
    let value = |message| Err(ReadError::Value(message));
    let kind = |message| Err(ReadError::Type(message));
    let object = "EOF read where object expected";
    let short = "marshal data too short";
    let cases: &[(&[u8], Result<Const, ReadError<_>>)] = &[
        (b"", eof(object)),
        (b"q", value("bad marshal data (unknown type code)")),
        (b"?", value("bad marshal data (unknown type code)")),
        (b"(", eof(short)),
        (b"(\xff\xff\xff\xff", value("bad marshal data (tuple size out of range)")),
        (b"(\xff\xff\xff\x7f", eof(object)),
        (b"(\x02\0\0\0N", eof(object)),
        (b"(\x01\0\0\x000", kind("NULL object in marshal data for tuple")),
        (b">\x01\0\0\x000", kind("NULL object in marshal data for set")),
        (b"0", kind("NULL object in marshal data for object")),
        (b":N0N", kind("NULL object in marshal data for object")),
        (b"r\0\0\0\0", value("bad marshal data (invalid reference)")),
        (b"r\xff\xff\xff\xff", value("bad marshal data (invalid reference)")),
        (b"l\x01\0\0\0\0\0", value("bad marshal data (unnormalized long data)")),
        (b"l\x01\0\0\0\xff\xff", value("bad marshal data (digit out of range in long)")),
        (b"l\0\0\0\x80", value("bad marshal data (long size out of range)")),
        (b"l\0\0\0\x40", eof(short)),
        (b"s\xff\xff\xff\xff", value("bad marshal data (bytes object size out of range)")),
        (b"u\xff\xff\xff\xff", value("bad marshal data (string size out of range)")),
        (b"z\x05a", eof(short)),
        (b")\x01", eof(object)),
        (b"f\x03abc", Err(ReadError::FloatText(b"abc".to_vec()))),
        (b"l\0\0\0\0", Ok(Const::int(0))),
        (b"l\xff\xff\xff\xff\x05\0", Ok(Const::int(-5))),
        (b"z\x01\xff", Ok(Const::str("\u{ff}"))),
        (b"x\x011\x012", Ok(Const::Complex(1.0, 2.0))),
        (b"I\x01\x01\x01\x01\x01\x01\x01\x01", Ok(Const::int(72340172838076673i64))),
    ];
    for (bytes, expected) in cases {
        assert_eq!(&unmarshal_const(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn depth_limit() {
    let nested = |depth| [b")\x01".repeat(depth), b"N".to_vec()].concat();
    assert!(unmarshal_const(&nested(MAX_DEPTH - 1)).is_ok());
    assert_eq!(unmarshal_const(&nested(MAX_DEPTH)), Err(ReadError::Value("recursion limit exceeded")));
    let mut value = Const::None;
    for _ in 0..MAX_DEPTH {
        value = Const::Tuple([value].into());
    }
    assert_eq!(marshal_const(&value, WriteOptions::default()), Err(WriteError::TooDeep));
}

/// `marshal.dumps(1.0000000000000001e+300, 1)` and friends.
#[test]
fn old_versions() {
    let options = |version| WriteOptions { version, allow_code: true };
    let dumps = |value: Const, version| marshal_const(&value, options(version)).unwrap();
    assert_eq!(dumps(Const::Float(1e300), 1), b"f\x171.0000000000000001e+300");
    assert_eq!(dumps(Const::Float(1.5), 0), b"f\x031.5");
    assert_eq!(dumps(Const::Complex(0.0, 1.0), 1), b"x\x010\x011");
    assert_eq!(dumps(Const::str("ab"), 2), b"u\x02\0\0\0ab");
    assert_eq!(dumps(Const::int(1i64 << 40), 2), b"l\x03\0\0\0\0\0\0\0\0\x04");
    assert_eq!(dumps(Const::int(-1i64 << 31), 2), b"i\0\0\0\x80");
    let slice = Const::Slice([Const::None, Const::None, Const::None].into());
    assert_eq!(marshal_const(&slice, options(4)), Err(WriteError::Unmarshallable));
}

/// `data/marshal_sample.bin` is CPython's `marshal.dumps` of `data/marshal_sample.py` compiled.
#[test]
fn same_bytes_as_cpython() {
    let bytes = include_bytes!("data/marshal_sample.bin");
    let Ok(Const::Code(code)) = unmarshal_const(bytes) else { panic!("not a code object") };
    let written = marshal_code(&code, false, WriteOptions::default()).unwrap();
    let difference = written.iter().zip(bytes).position(|(written, expected)| written != expected);
    assert_eq!((difference, written.len()), (None, bytes.len()));
}

/// Modules of the reference's library, when `TAIPAN_MARSHAL_CORPUS` names a folder of `marshal.dumps` files.
#[test]
fn corpus() {
    let Some(folder) = std::env::var_os("TAIPAN_MARSHAL_CORPUS") else { return };
    let mut different = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let Ok(Const::Code(code)) = unmarshal_const(&bytes) else { panic!("{path:?}") };
        let written = marshal_code(&code, true, WriteOptions::default()).unwrap();
        if written != bytes {
            different
                .push((path, written.iter().zip(&bytes).position(|(written, expected)| written != expected)));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}
