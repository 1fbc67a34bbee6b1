//! Constants and errors as text, as the conformance probe prints them: shared by the tests and by the example that
//! compares whole libraries.

use std::fmt::Write as _;

use dashu_int::ops::UnsignedAbs;
use frontend::errors::SyntaxError;
use ir::code::{Code, Const};
use ir::wtf8::Wtf8;

/// The error as `E Class msg lineno offset end_lineno end_offset`.
pub fn refused(error: &SyntaxError, text: &mut String) {
    let number = |value: Option<i32>| value.map_or("None".to_string(), |value| value.to_string());
    let at = error.location.as_ref();
    text.push_str(&format!(
        "E {} {} {} {} {} {}\n",
        error.kind.class_name(),
        ascii(&Wtf8::from(&*error.msg)),
        number(at.map(|at| at.lineno)),
        number(at.map(|at| at.offset)),
        number(at.map(|at| at.end_lineno)),
        number(at.map(|at| at.end_offset)),
    ));
}

/// A constant; code objects are numbered and appended to `children`.
pub fn constant<'c>(value: &'c Const, children: &mut Vec<&'c Code>) -> String {
    match value {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::StopIteration => "type StopIteration".into(),
        Const::Int(value) => {
            let sign = if *value < dashu_int::IBig::ZERO { "-" } else { "" };
            format!("int {sign}0x{}", value.clone().unsigned_abs().in_radix(16))
        }
        Const::Float(value) => format!("float {}", float(*value)),
        Const::Complex(real, imaginary) => format!("complex {} {}", float(*real), float(*imaginary)),
        Const::Str(text) => format!("str {}", ascii(text)),
        Const::Bytes(bytes) => format!("bytes {}", hex(bytes)),
        Const::Tuple(items) => format!("tuple ({})", constants(items, children).join(", ")),
        Const::FrozenSet(items) => {
            let mut members = constants(items, children);
            members.sort();
            format!("frozenset {{{}}}", members.join(", "))
        }
        Const::Slice(parts) => format!("slice [{}]", constants(&parts[..], children).join(": ")),
        Const::Code(code) => {
            children.push(code);
            format!("code {} {}", children.len() - 1, ascii(&code.qualname))
        }
    }
}

fn constants<'c>(items: &'c [Const], children: &mut Vec<&'c Code>) -> Vec<String> {
    items.iter().map(|item| constant(item, children)).collect()
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Python's `repr` of a float.
fn float(value: f64) -> String {
    if !value.is_finite() {
        return format!("{value}").to_lowercase();
    }
    let scientific = nearest(value, format!("{value:e}"));
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        return format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    let plain = if exponent < 0 { positional(digits, exponent) } else { format!("{value}") };
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// Python's `ascii` of a string.
pub fn ascii(text: &Wtf8) -> String {
    let bytes = text.as_bytes();
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for point in text.code_points() {
        match char::from_u32(point) {
            Some('\\') => quoted.push_str("\\\\"),
            Some('\t') => quoted.push_str("\\t"),
            Some('\n') => quoted.push_str("\\n"),
            Some('\r') => quoted.push_str("\\r"),
            Some(c) if c == quote => quoted.extend(['\\', c]),
            Some(c @ ' '..='~') => quoted.push(c),
            _ if point < 0x100 => quoted.push_str(&format!("\\x{point:02x}")),
            _ if point < 0x10000 => quoted.push_str(&format!("\\u{point:04x}")),
            _ => quoted.push_str(&format!("\\U{point:08x}")),
        }
    }
    quoted.push(quote);
    quoted
}

/// Of the shortest texts, the one nearest to the value (a tie goes to the even digit).
fn nearest(value: f64, shortest: String) -> String {
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let decimals = mantissa.split('.').nth(1).map_or(0, str::len);
    let rounded = format!("{value:.decimals$e}");
    if rounded.parse() == Ok(value) { rounded } else { shortest }
}

/// `d.ddd` times ten to a small negative power, without an exponent.
fn positional(digits: &str, exponent: i32) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let zeros = "0".repeat((-exponent - 1).max(0) as usize);
    format!("{sign}0.{zeros}{}", digits.replace('.', ""))
}
