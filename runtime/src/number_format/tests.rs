use super::*;
use crate::int_kernel;

fn points(field: &str) -> Vec<u32> {
    field.split(' ').filter(|word| *word != "-").map(|word| u32::from_str_radix(word, 16).unwrap()).collect()
}

fn float(text: &str) -> f64 {
    parse_float(text.as_bytes()).unwrap()
}

/// `format(value, spec)` as the runtime will compose it.
fn format(kind: &str, value: &str, text: &[u32]) -> Result<Vec<u32>, FormatError> {
    let formatted = match kind {
        "str" => {
            let value = points(value);
            let layout = layout_str(&parse_spec(text, SpecDefaults::Str)?, value.len(), "str")?;
            let padding = |count| std::iter::repeat_n(layout.fill, count);
            let kept = value[..layout.length].iter().copied();
            return Ok(padding(layout.left).chain(kept).chain(padding(layout.right)).collect());
        }
        "int" => {
            let value = int_kernel::parse(value.as_bytes(), 10, 0).unwrap();
            let spec = parse_spec(text, SpecDefaults::Int)?;
            match int_kind(&spec, "int")? {
                IntKind::Digits(radix) => {
                    let digits = int_kernel::to_radix(&value, radix);
                    let magnitude = digits.trim_start_matches('-');
                    format_int(&spec, digits.starts_with('-'), magnitude.as_bytes())
                }
                IntKind::Char => format_char(&spec, int_kernel::to_i64(&value)),
                IntKind::Float => match int_kernel::to_float(&value) {
                    Ok(value) => format_float(&spec, value, "int"),
                    Err(_) => Err(FormatError::Overflow("int too large to convert to float")),
                },
            }
        }
        "float" => format_float(&parse_spec(text, SpecDefaults::Float)?, float(value), "float"),
        _ => {
            let (real, imag) = value.split_once('/').unwrap();
            let spec = parse_spec(text, SpecDefaults::Float)?;
            format_complex(&spec, float(real), float(imag), "complex")
        }
    };
    Ok(formatted?.points())
}

/// `format_cases.txt` holds what the reference answered: type, value, specification, outcome.
#[test]
fn same_as_reference() {
    let mut failures = Vec::new();
    for line in include_str!("format_cases.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let spec = points(fields[2]);
        let (outcome, text) = fields[3].split_once(' ').unwrap();
        let expected: String = points(text).iter().filter_map(|&point| char::from_u32(point)).collect();
        let show =
            |points: &[u32]| points.iter().filter_map(|&point| char::from_u32(point)).collect::<String>();
        let (kind, got) = match format(fields[0], fields[1], &spec) {
            // An empty specification is `str(value)`, which is not asked here.
            _ if spec.is_empty() => continue,
            Ok(points) => ("ok", show(&points)),
            Err(FormatError::Value(message)) => ("ValueError", message),
            Err(FormatError::InvalidSpecifier) => (
                "ValueError",
                format!("Invalid format specifier '{}' for object of type '{}'", show(&spec), fields[0]),
            ),
            Err(FormatError::Overflow(message)) => ("OverflowError", message.to_owned()),
            Err(FormatError::Memory) => ("MemoryError", String::new()),
        };
        if (kind, got.as_str()) != (outcome, expected.as_str()) {
            failures.push(format!(
                "{} {} {:?}: {got:?} instead of {expected:?}",
                fields[0],
                fields[1],
                show(&spec)
            ));
        }
    }
    assert!(failures.is_empty(), "{}: {failures:#?}", failures.len());
}

/// `float_cases.txt`: hex, repr, conversion, `#`, precision, result.
#[test]
fn float_text() {
    for line in include_str!("float_cases.txt").lines() {
        let [hex, repr, code, alternate, precision, expected] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let value = float_fromhex(hex.as_bytes()).unwrap();
        assert_eq!(float_hex(value), hex);
        assert_eq!(float_repr(value), repr);
        assert_eq!(float_repr(float(repr)), repr);
        let style = match code {
            "e" | "E" => FloatStyle::Exponent,
            "f" | "F" => FloatStyle::Fixed,
            _ => FloatStyle::General,
        };
        let upper = code.as_bytes()[0].is_ascii_uppercase();
        let flags = FloatFlags { alternate: alternate == "#", upper, ..FloatFlags::default() };
        let text = format_float_style(value, style, precision.parse().unwrap(), flags).unwrap();
        assert_eq!(text, expected, "{line}");
    }
}

#[test]
fn float_parsing() {
    let good =
        [("1_0", 10.0), ("1e1_0", 1e10), ("-InF", f64::NEG_INFINITY), (" 1 ", 1.0), ("1.", 1.0), (".5", 0.5)];
    for (text, value) in good {
        assert_eq!(parse_float(text.as_bytes()), Some(value), "{text}");
    }
    let bad =
        ["1__0", "_1", "1_", "1._5", "1_.5", "1e_5", "", "1e", ".", "0x10", "infinit", "in_f", "+-1", "e5"];
    for text in bad {
        assert_eq!(parse_float(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn from_hex() {
    let cases = [
        ("0x1.8p1", Ok(3.0)),
        ("zz", Err(FromHexError::Invalid)),
        ("0x1p5000", Err(FromHexError::TooLarge)),
        ("1.", Ok(1.0)),
        (".8", Ok(0.5)),
        (" inf ", Ok(f64::INFINITY)),
        ("0x.p1", Err(FromHexError::Invalid)),
        ("0x1p", Err(FromHexError::Invalid)),
        ("0x0p99999999999999999999", Ok(0.0)),
        ("0x1p-1074", Ok(5e-324)),
        ("0x1.8p-1075", Ok(5e-324)),
        ("0x1p-1075", Ok(0.0)),
        ("0x1.fffffffffffff8p1023", Err(FromHexError::TooLarge)),
        ("0x1.fffffffffffff7fp1023", Ok(f64::MAX)),
        ("0x1p99999999999999999999", Err(FromHexError::TooLarge)),
        ("0x1p-99999999999999999999", Ok(0.0)),
        ("", Err(FromHexError::Invalid)),
        ("+0x1_0", Err(FromHexError::Invalid)),
        ("0X1P+3", Ok(8.0)),
    ];
    for (text, expected) in cases {
        assert_eq!(float_fromhex(text.as_bytes()), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn fixed_digits_are_those_of_exact_arithmetic(
        value in proptest::prelude::any::<f64>(), digits in 0usize..24, eighths in -1000i64..1000,
    ) {
        let spread = [value, value % 1e16, value % 1000.0, eighths as f64 / 8.0, (value % 1.0) * 1e-7];
        for value in spread.into_iter().filter(|v| v.is_finite()) {
            let text = format_float_style(value, FloatStyle::Fixed, digits, FloatFlags::default());
            proptest::prop_assert_eq!(text.ok(), Some(format!("{value:.digits$}")));
        }
    }
}
