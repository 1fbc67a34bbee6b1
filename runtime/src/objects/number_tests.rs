//! Numbers against recorded answers of the reference: operands are written as in source, answers as `repr` or as
//! `Type: message`.

use crate::attributes;
use crate::error::PyResult;
use crate::objects::str::{self, Str, intern_text};
use crate::objects::{complex, float, int};
use crate::protocol;
use crate::test_support::with_runtime;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::types::registry::{BOOL, COMPLEX, FLOAT, INT};
use crate::value::{Ref, Value};
use ir::opcode::BinaryOperator;

/// A number or string as it is written in a test.
fn operand(thread: &Thread, text: &str) -> Ref {
    match text {
        "True" => return Ref::bool(true),
        "False" => return Ref::bool(false),
        "None" => return Ref::NONE,
        _ => {}
    }
    if let Some(quoted) = text.strip_prefix('\'') {
        return Str::new(quoted.trim_end_matches('\''));
    }
    if let Some((base, exponent)) = text.split_once("**") {
        let (base, exponent) = (operand(thread, base), operand(thread, exponent));
        return protocol::power(thread, *base, *exponent, Value::NONE).expect("a power");
    }
    let class = if text.ends_with(['j', ')']) {
        &COMPLEX
    } else if text.contains(['.', 'n', 'e']) {
        &FLOAT
    } else {
        &INT
    };
    thread.call(Value::of(class), &[*Str::new(text)]).expect("a number")
}

/// The result as text.
fn answer(thread: &Thread, result: PyResult) -> String {
    if let Ok(v) = &result
        && v.cast::<Str>().is_some()
    {
        return format!("'{}'", str::display(**v));
    }
    match result.and_then(|v| protocol::repr(thread, *v)) {
        Ok(text) => str::display(*text),
        Err(_) => {
            let exception = thread.take_raised();
            let text = protocol::str(thread, *exception).expect("a message");
            format!("{}: {}", exception.ty().name(), str::display(*text))
        }
    }
}

const OPERATIONS: &str = "
    4611686018427387903 + 1 = 4611686018427387904
    -4611686018427387904 - 1 = -4611686018427387905
    9223372036854775807 + 9223372036854775807 = 18446744073709551614
    3037000500 * 3037000500 = 9223372037000250000
    10**30 * 10**30 = 1000000000000000000000000000000000000000000000000000000000000
    -7 // 2 = -4
    -7 % 2 = 1
    7 // -2 = -4
    7 % -2 = -1
    -7.5 // 2 = -4.0
    -7.5 % 2 = 0.5
    7.5 // -2 = -4.0
    7.5 % -2 = -0.5
    0.0 // -1 = -0.0
    -0.0 % 3 = 0.0
    0.0 % -3 = -0.0
    10**30 // 7 = 142857142857142857142857142857
    10**30 % 7 = 1
    1 // 0 = ZeroDivisionError: division by zero
    1.0 % 0 = ZeroDivisionError: division by zero
    1 / 0 = ZeroDivisionError: division by zero
    2**1000 / 3 = 3.5716953572875575e+300
    10**400 / 1 = OverflowError: integer division result too large for a float
    10**400 + 1.0 = OverflowError: int too large to convert to float
    1 / 10**400 = 0.0
    7 ** -2 = 0.02040816326530612
    0 ** -1 = ZeroDivisionError: zero to a negative power
    10.0 ** 400 = OverflowError: (34, 'Numerical result out of range')
    -8 ** 0.5 = (1.7319121124709868e-16+2.8284271247461903j)
    1.0 ** nan = 1.0
    nan ** 0 = 1.0
    0.0 ** inf = 0.0
    2 ** 'a' = TypeError: unsupported operand type(s) for ** or pow(): 'int' and 'str'
    1 << -1 = ValueError: negative shift count
    1 << 2**70 = OverflowError: too many digits in integer
    0 << 2**70 = 0
    -1 >> 100 = -1
    2**100 >> 98 = 4
    2**70 | 1 = 1180591620717411303425
    True & False = False
    True & 3 = 1
    True ^ True = False
    True + True = 2
    1 & 1.0 = TypeError: unsupported operand type(s) for &: 'int' and 'float'
    1 + 'a' = TypeError: unsupported operand type(s) for +: 'int' and 'str'
    1.5 - None = TypeError: unsupported operand type(s) for -: 'float' and 'NoneType'
    (inf+infj) * (1+0j) = (inf+infj)
    (inf+infj) / (1+1j) = (inf+nanj)
    1 / (0+2j) = -0.5j
    2 / (3+4j) = (0.24-0.32j)
    (1+2j) / 2 = (0.5+1j)
    (1+2j) / 0 = ZeroDivisionError: division by zero
    1 - 0j = (1-0j)
    (1+1j) ** 100 = (-1125899906842624+0j)
    (1+1j) ** 101 = (-1125899906842634.5-1125899906842629.5j)
    1j ** 1j = (0.20787957635076193+0j)
    0j ** -1 = ZeroDivisionError: zero to a negative or complex power
    (1+2j) ** 1000 = OverflowError: complex exponentiation
    (1+2j) // 1 = TypeError: unsupported operand type(s) for //: 'complex' and 'int'
";

#[test]
fn operations_give_the_reference_answers() {
    with_runtime(|thread| {
        for line in OPERATIONS.lines().filter(|l| !l.trim().is_empty()) {
            let (question, expected) = line.trim().split_once(" = ").expect("an answer");
            let parts: Vec<&str> = question.split(' ').collect();
            let operator = BinaryOperator::ALL.iter().find(|o| o.symbol() == parts[1]).expect("an operator");
            let (a, b) = (operand(thread, parts[0]), operand(thread, parts[2]));
            let result = protocol::binary_operation(thread, *operator, *a, *b);
            assert_eq!(answer(thread, result), expected, "{question}");
        }
    })
}

#[test]
fn comparisons_are_exact() {
    let cases = [
        ("9007199254740993", CompareOp::Eq, "9007199254740992.0", "False"),
        ("9007199254740993", CompareOp::Gt, "9007199254740992.0", "True"),
        ("10**400", CompareOp::Lt, "inf", "True"),
        ("10**400", CompareOp::Eq, "nan", "False"),
        ("1.0", CompareOp::Lt, "10**400", "True"),
        ("-10**31", CompareOp::Lt, "1", "True"),
        ("True", CompareOp::Eq, "1", "True"),
        ("(1+0j)", CompareOp::Eq, "1", "True"),
        ("nan", CompareOp::Ne, "nan", "True"),
        ("1", CompareOp::Lt, "'a'", "TypeError: '<' not supported between instances of 'int' and 'str'"),
        ("1j", CompareOp::Lt, "2", "TypeError: '<' not supported between instances of 'complex' and 'int'"),
    ];
    with_runtime(|thread| {
        for (a, op, b, expected) in cases {
            let (x, y) = (operand(thread, a), operand(thread, b));
            let result = protocol::compare(thread, *x, *y, op);
            assert_eq!(answer(thread, result), expected, "{a} {} {b}", op.symbol());
        }
    })
}

/// Receiver, method, arguments, answer.
const METHODS: &[(&str, &str, &[&str], &str)] = &[
    ("4611686018427387904", "bit_length", &[], "63"),
    ("-5", "bit_count", &[], "2"),
    ("5", "__sizeof__", &[], "28"),
    ("2**70", "__sizeof__", &[], "36"),
    ("10**30", "__round__", &["-29"], "1000000000000000000000000000000"),
    ("-15", "__round__", &["-1"], "-20"),
    ("15", "__round__", &["'a'"], "TypeError: 'str' object cannot be interpreted as an integer"),
    ("5", "to_bytes", &["-1"], "ValueError: length argument must be non-negative"),
    ("5", "to_bytes", &["1", "'x'"], "ValueError: byteorder must be either 'little' or 'big'"),
    ("5", "to_bytes", &["1", "5"], "TypeError: to_bytes() argument 'byteorder' must be str, not int"),
    ("-5", "to_bytes", &[], "OverflowError: can't convert negative int to unsigned"),
    ("-255", "__format__", &["'#x'"], "'-0xff'"),
    ("1234567", "__format__", &["',d'"], "'1,234,567'"),
    ("65", "__format__", &["'c'"], "'A'"),
    ("5", "__format__", &["'+08.2f'"], "'+0005.00'"),
    ("5", "__format__", &["'q'"], "ValueError: Unknown format code 'q' for object of type 'int'"),
    ("5", "__format__", &["'5 5'"], "ValueError: Invalid format specifier '5 5' for object of type 'int'"),
    ("5", "__format__", &["5"], "TypeError: __format__() argument must be str, not int"),
    ("True", "__format__", &["''"], "'True'"),
    ("2.675", "__round__", &["2"], "2.67"),
    ("0.125", "__round__", &["2"], "0.12"),
    ("1.25", "__round__", &["1"], "1.2"),
    ("2.5", "__round__", &[], "2"),
    ("12345.678", "__round__", &["-2"], "12300.0"),
    ("-4.0", "__round__", &["-1"], "-0.0"),
    ("1.7e308", "__round__", &["-308"], "OverflowError: rounded value too large to represent"),
    ("nan", "__round__", &[], "ValueError: cannot convert float NaN to integer"),
    ("inf", "__floor__", &[], "OverflowError: cannot convert float infinity to integer"),
    ("-1.7", "__trunc__", &[], "-1"),
    ("1.7", "__ceil__", &[], "2"),
    ("1e30", "__int__", &[], "1000000000000000019884624838656"),
    ("1.5", "as_integer_ratio", &[], "(3, 2)"),
    ("-0.1", "hex", &[], "'-0x1.999999999999ap-4'"),
    ("1.0", "fromhex", &["'0x1.8p1'"], "3.0"),
    ("1.0", "fromhex", &["'zz'"], "ValueError: invalid hexadecimal floating-point string"),
    ("5.0", "__format__", &["'d'"], "ValueError: Unknown format code 'd' for object of type 'float'"),
    ("1.0", "from_number", &["'1'"], "TypeError: must be real number, not str"),
    ("(1+2j)", "__format__", &["'.2f'"], "'1.00+2.00j'"),
    ("(1+2j)", "conjugate", &[], "(1-2j)"),
    ("(3+4j)", "__abs__", &[], "5.0"),
];

#[test]
fn methods_give_the_reference_answers() {
    with_runtime(|thread| {
        for (receiver, name, arguments, expected) in METHODS {
            let receiver_value = operand(thread, receiver);
            let arguments: Vec<Ref> = arguments.iter().map(|a| operand(thread, a)).collect();
            let values = crate::value::as_values(&arguments);
            let result = attributes::call_method(thread, *receiver_value, intern_text(name), values);
            assert_eq!(answer(thread, result), *expected, "{receiver}.{name}");
        }
    })
}

/// Class, arguments, answer.
const CALLS: &[(&str, &[&str], &str)] = &[
    ("int", &[], "0"),
    ("int", &["'  12  '"], "12"),
    ("int", &["'0b101'", "0"], "5"),
    ("int", &["'z'", "36"], "35"),
    ("int", &["'\u{661}\u{662}'"], "12"),
    ("int", &["'010'", "0"], "ValueError: invalid literal for int() with base 0: '010'"),
    ("int", &["'abc'"], "ValueError: invalid literal for int() with base 10: 'abc'"),
    ("int", &["'12'", "99"], "ValueError: int() base must be >= 2 and <= 36, or 0"),
    ("int", &["12", "2"], "TypeError: int() can't convert non-string with explicit base"),
    ("int", &["1", "2", "3"], "TypeError: int expected at most 2 arguments, got 3"),
    (
        "int",
        &["None"],
        "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
    ),
    ("int", &["nan"], "ValueError: cannot convert float NaN to integer"),
    ("int", &["True"], "1"),
    ("bool", &["0j"], "False"),
    ("bool", &["1", "2"], "TypeError: bool expected at most 1 argument, got 2"),
    ("float", &["'1_0.5'"], "10.5"),
    ("float", &["'1_'"], "ValueError: could not convert string to float: '1_'"),
    ("float", &["10**400"], "OverflowError: int too large to convert to float"),
    ("float", &["None"], "TypeError: float() argument must be a string or a real number, not 'NoneType'"),
    ("float", &["1", "2"], "TypeError: float expected at most 1 argument, got 2"),
    ("complex", &["'( 1+2j )'"], "(1+2j)"),
    ("complex", &["'1e5-j'"], "(100000-1j)"),
    ("complex", &["'-nanj'"], "nanj"),
    ("complex", &["'1 + 2j'"], "ValueError: complex() arg is a malformed string"),
    ("complex", &["'1+2'"], "ValueError: complex() arg is a malformed string"),
    ("complex", &["None"], "TypeError: complex() argument must be a string or a number, not NoneType"),
    ("complex", &["'1'", "2"], "TypeError: complex() argument 'real' must be a real number, not str"),
    ("complex", &["1", "'a'"], "TypeError: complex() argument 'imag' must be a real number, not str"),
    ("complex", &["1", "2", "3"], "TypeError: complex() takes at most 2 arguments (3 given)"),
    ("complex", &["1j", "1j"], "(-1+1j)"),
];

#[test]
fn constructors_give_the_reference_answers() {
    with_runtime(|thread| {
        for (class, arguments, expected) in CALLS {
            let class_value = match *class {
                "int" => Value::of(&INT),
                "bool" => Value::of(&BOOL),
                "float" => Value::of(&FLOAT),
                _ => Value::of(&COMPLEX),
            };
            let values: Vec<Ref> = arguments.iter().map(|a| operand(thread, a)).collect();
            let result = thread.call(class_value, crate::value::as_values(&values));
            assert_eq!(answer(thread, result), *expected, "{class}{arguments:?}");
        }
    })
}

#[test]
fn hashes_and_texts_agree_with_the_reference() {
    with_runtime(|thread| {
        let hashes = [
            (float::new(1.5), 1152921504606846977),
            (complex::new(0.0, 1.0), 1000003),
            (float::new(f64::INFINITY), 314159),
            (int::new((1 << 61) - 1), 0),
            (operand(thread, "10**40"), 1388497483929617590),
            (int::new(-1), -2),
        ];
        for (v, expected) in hashes {
            assert_eq!(protocol::hash(thread, *v), Ok(expected), "{v:?}");
        }
        let texts = [
            (complex::new(0.0, 1.0), "1j"),
            (complex::new(-0.0, -1.0), "(-0-1j)"),
            (complex::new(f64::NAN, f64::INFINITY), "(nan+infj)"),
        ];
        for (v, expected) in texts {
            assert_eq!(answer(thread, Ok(v)), expected);
        }
        let huge = operand(thread, "10**5000");
        assert_eq!(
            answer(thread, Ok(huge)),
            "ValueError: Exceeds the limit (4300 digits) for integer string conversion; use \
             sys.set_int_max_str_digits() to increase the limit"
        );
    })
}
