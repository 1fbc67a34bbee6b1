//! The kernels against answers of CPython, recorded in `cases.txt` by `record_cases.py`.

use super::codec::{self, ByteOrder, CodecError};
use super::units::{CodeUnit, SizeError, Text, TextBuilder, compare};
use super::{
    ascii, case, escape, layout, predicates, repr, search, split, utf7, utf8, utf16, utf32, with_units,
};
use ir::unicode as u;
use std::ops::Range;

fn points(field: &str) -> Vec<u32> {
    field
        .split(' ')
        .filter(|unit| !unit.is_empty())
        .map(|unit| u32::from_str_radix(unit, 16).unwrap())
        .collect()
}

fn bytes(field: &str) -> Vec<u8> {
    points(field).iter().map(|&unit| unit as u8).collect()
}

/// The text of the narrowest kind.
fn text(field: &str) -> Text {
    let mut builder = TextBuilder::new();
    builder.extend(&points(field));
    builder.finish()
}

fn show<U: CodeUnit>(units: &[U]) -> String {
    units.iter().map(|&unit| format!("{:x}", unit.into())).collect::<Vec<_>>().join(" ")
}

fn show_text(text: &Text) -> String {
    with_units!(text.data(), |units| show(units))
}

fn show_parts<U: CodeUnit>(units: &[U], ranges: Vec<Range<usize>>) -> String {
    let parts: Vec<String> = ranges.iter().map(|range| show(&units[range.clone()])).collect();
    format!("{};{}", parts.join(","), parts.len())
}

fn show_place(place: Option<usize>) -> String {
    place.map_or("-1".into(), |place| place.to_string())
}

fn show_errors(errors: &[CodecError]) -> String {
    let shown: Vec<String> =
        errors.iter().map(|error| format!("{},{},{}", error.start, error.end, error.reason)).collect();
    shown.join("@")
}

/// Runs a resumable kernel, answering each error with a question mark.
fn drive<O>(
    out: &mut O,
    mut kernel: impl FnMut(&mut usize, &mut O) -> Result<(), CodecError>,
    mark: impl Fn(&mut O),
) -> (usize, Vec<CodecError>) {
    let (mut at, mut errors) = (0, Vec::new());
    while let Err(error) = kernel(&mut at, out) {
        assert_eq!(at, error.start);
        at = error.end;
        errors.push(error);
        mark(out);
    }
    (at, errors)
}

fn decode(name: &str, input: &[u8], is_final: bool) -> String {
    let mut out = TextBuilder::new();
    let kernel = |at: &mut usize, out: &mut TextBuilder| match name {
        "utf-8" => utf8::decode(input, at, is_final, out),
        "utf-16-le" => utf16::decode(input, at, ByteOrder::Little, is_final, out),
        "utf-16-be" => utf16::decode(input, at, ByteOrder::Big, is_final, out),
        "utf-32-le" => utf32::decode(input, at, ByteOrder::Little, is_final, out),
        "utf-32-be" => utf32::decode(input, at, ByteOrder::Big, is_final, out),
        "utf-7" => utf7::decode(input, at, is_final, out),
        "ascii" => codec::decode_ascii(input, at, out),
        "unicode-escape" => escape::decode_unicode_escape(input, at, is_final, out, &mut None),
        "raw-unicode-escape" => escape::decode_raw_unicode_escape(input, at, is_final, out),
        _ => panic!("no codec {name}"),
    };
    let (at, errors) = drive(&mut out, kernel, |out| out.push(0x3F));
    let shown = format!("{}|{}", show_text(&out.finish()), show_errors(&errors));
    if is_final { shown } else { format!("{shown}|{at}") }
}

fn encode<U: CodeUnit>(name: &str, units: &[U]) -> String {
    let mut out = Vec::new();
    let kernel = |at: &mut usize, out: &mut Vec<u8>| match name {
        "utf-8" => utf8::encode(units, at, out),
        "utf-16-le" => utf16::encode(units, at, ByteOrder::Little, out),
        "utf-16-be" => utf16::encode(units, at, ByteOrder::Big, out),
        "utf-32-le" => utf32::encode(units, at, ByteOrder::Little, out),
        "utf-32-be" => utf32::encode(units, at, ByteOrder::Big, out),
        "ascii" => codec::encode_ascii(units, at, out),
        "latin-1" => codec::encode_latin1(units, at, out),
        "utf-7" => {
            out.extend(utf7::encode(units));
            Ok(())
        }
        "unicode-escape" => {
            out.extend(escape::encode_unicode_escape(units));
            Ok(())
        }
        "raw-unicode-escape" => {
            out.extend(escape::encode_raw_unicode_escape(units));
            Ok(())
        }
        _ => panic!("no codec {name}"),
    };
    // The question mark is encoded too.
    let question = encode_question(name);
    let (_, errors) = drive(&mut out, kernel, |out| out.extend(&question));
    format!("{}|{}", show(&out), show_errors(&errors))
}

fn encode_question(name: &str) -> Vec<u8> {
    let width = if name.contains("16") {
        2
    } else if name.contains("32") {
        4
    } else {
        1
    };
    let mut mark = vec![0; width];
    mark[if name.ends_with("be") { width - 1 } else { 0 }] = b'?';
    mark
}

/// Methods of the text alone.
fn plain<U: CodeUnit>(operation: &str, units: &[U]) -> Option<String> {
    let flag = |holds: bool| u8::from(holds).to_string();
    Some(match operation {
        "lower" => show_text(&case::lower(units)),
        "upper" => show_text(&case::upper(units)),
        "title" => show_text(&case::title(units)),
        "capitalize" => show_text(&case::capitalize(units)),
        "swapcase" => show_text(&case::swapcase(units)),
        "casefold" => show_text(&case::casefold(units)),
        "isalpha" => flag(predicates::all(units, u::is_alpha)),
        "isalnum" => flag(predicates::all(units, u::is_alnum)),
        "isspace" => flag(predicates::all(units, u::is_space)),
        "isnumeric" => flag(predicates::all(units, u::is_numeric)),
        "isprintable" => flag(predicates::is_printable(units)),
        "isidentifier" => flag(predicates::is_identifier(units)),
        "islower" => flag(predicates::is_lower(units)),
        "isupper" => flag(predicates::is_upper(units)),
        "istitle" => flag(predicates::is_title(units)),
        "repr" => show_text(&repr::repr_str(units, false)),
        "ascii" => show_text(&repr::repr_str(units, true)),
        _ => return None,
    })
}

/// Methods of the text and a number.
fn with_number<U: CodeUnit>(operation: &str, units: &[U], number: usize) -> Option<String> {
    let padded = |width| {
        let (left, right) = layout::center_padding(units.len(), width);
        layout::pad(units, left, right, U::narrow(0x20).unwrap()).unwrap()
    };
    Some(match operation {
        "split_whitespace" => show_parts(units, split::split_whitespace(units, number, u::is_space)),
        "rsplit_whitespace" => show_parts(units, split::rsplit_whitespace(units, number, u::is_space)),
        "lines" => show_parts(units, split::split_lines(units, number == 1, u::is_line_break)),
        "expandtabs" => show(&layout::expand_tabs(units, number as isize).unwrap()),
        "zfill" => show(&layout::zfill(units, number).unwrap().unwrap_or(units.to_vec())),
        "center" => show(&padded(number)),
        _ => return None,
    })
}

fn on_bytes(operation: &str, raw: &[u8]) -> String {
    let flag = |holds: bool| u8::from(holds).to_string();
    match operation {
        "repr" => show(&repr::repr_bytes(raw)),
        "lower" => show(&ascii::lower(raw)),
        "upper" => show(&ascii::upper(raw)),
        "title" => show(&ascii::title(raw)),
        "capitalize" => show(&ascii::capitalize(raw)),
        "swapcase" => show(&ascii::swapcase(raw)),
        "isalpha" => flag(ascii::is_alpha(raw)),
        "isdigit" => flag(ascii::is_digit(raw)),
        "isalnum" => flag(ascii::is_alnum(raw)),
        "isspace" => flag(ascii::is_whitespace(raw)),
        "islower" => flag(ascii::is_lower(raw)),
        "isupper" => flag(ascii::is_upper(raw)),
        "istitle" => flag(ascii::is_title(raw)),
        "lines" => show_parts(raw, split::split_lines(raw, true, ascii::is_line_break)),
        _ => panic!("no operation {operation}"),
    }
}

/// Methods of the text and another, in units wide enough for both.
fn with_other(operation: &str, units: &[u32], other: &[u32], limit: usize) -> String {
    match operation {
        "split" => show_parts(units, split::split(units, other, limit)),
        "rsplit" => show_parts(units, split::rsplit(units, other, limit)),
        "strip" => {
            let set = split::CharSet::new(other);
            show(&units[split::strip(units, true, true, |point| set.contains(point))])
        }
        _ => panic!("no operation {operation}"),
    }
}

fn answer(fields: &[&str]) -> String {
    let number = |place: usize| fields[place].parse::<usize>().unwrap();
    let subject = || text(fields[1]);
    match fields[0] {
        "decode" => decode(fields[1], &bytes(fields[2]), true),
        "partial" => decode(fields[1], &bytes(fields[2]), false),
        "encode" => with_units!(text(fields[2]).data(), |units| encode(fields[1], units)),
        "find" => show_place(search::find_data(subject().data(), text(fields[2]).data())),
        "rfind" => show_place(search::rfind_data(subject().data(), text(fields[2]).data())),
        "count" => search::count_data(subject().data(), text(fields[2]).data()).to_string(),
        "compare" => (compare(subject().data(), text(fields[2]).data()) as i8).to_string(),
        "replace" => {
            let (old, new) = (text(fields[2]), text(fields[3]));
            let replaced = search::replace(subject().data(), old.data(), new.data(), number(4)).unwrap();
            show_text(&replaced.unwrap_or_else(subject))
        }
        "split" | "rsplit" => with_other(fields[0], &points(fields[1]), &points(fields[2]), number(3)),
        "strip" => with_other(fields[0], &points(fields[1]), &points(fields[2]), 0),
        operation => with_units!(subject().data(), |units| {
            if let Some(operation) = operation.strip_prefix("bytes_") {
                return on_bytes(operation, &bytes(fields[1]));
            }
            plain(operation, units)
                .or_else(|| with_number(operation, units, number(2)))
                .unwrap_or_else(|| panic!("no operation {operation}"))
        }),
    }
}

#[test]
fn recorded_answers() {
    let mut wrong = Vec::new();
    for line in include_str!("cases.txt").lines() {
        let fields: Vec<&str> = line.split('|').collect();
        // The answer of a codec is the output, the errors and, for a part of an input, how much was consumed.
        let answers = match fields[0] {
            "decode" | "encode" => 2,
            "partial" => 3,
            _ => 1,
        };
        let (question, expected) = fields.split_at(fields.len() - answers);
        let got = answer(question);
        if got != expected.join("|") {
            wrong.push(format!("{line}\n  got {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn searches_agree_with_the_plain_one_in_every_kind() {
    fn check<U: CodeUnit>(units: &[U], needle: &[U]) {
        let windows = || units.windows(needle.len());
        assert_eq!(search::find(units, needle), windows().position(|w| w == needle), "{units:?} {needle:?}");
        assert_eq!(
            search::rfind(units, needle),
            windows().rposition(|w| w == needle),
            "{units:?} {needle:?}"
        );
    }
    // All texts of up to nine and needles of up to four letters of two.
    let word = |bits: u32, length: u32| (0..length).map(move |i| 300 + (bits >> i & 1)).collect::<Vec<u32>>();
    for (length, needle_length) in (0..10).flat_map(|length| (1..5).map(move |needle| (length, needle))) {
        for (bits, needle_bits) in (0..1 << length).flat_map(|b| (0..1 << needle_length).map(move |n| (b, n)))
        {
            let (units, needle) = (word(bits, length), word(needle_bits, needle_length));
            let halves = |units: &[u32]| units.iter().map(|&unit| unit as u16).collect::<Vec<_>>();
            let bytes = |units: &[u32]| units.iter().map(|&unit| unit as u8).collect::<Vec<_>>();
            check(&units, &needle);
            check(&halves(&units), &halves(&needle));
            check(&bytes(&units), &bytes(&needle));
        }
    }
}

#[test]
fn long_searches_are_linear() {
    let units = vec![300u16; 1 << 20];
    let mut needle = vec![300u16; 1 << 10];
    needle[0] = 301;
    assert_eq!(search::find(&units, &needle), None);
    needle.reverse();
    assert_eq!(search::find(&units, &needle), None);
    assert_eq!(search::rfind(&units, &needle), None);
}

#[test]
fn sizes_beyond_memory_are_errors() {
    assert_eq!(layout::expand_tabs(b"\t\t\t", isize::MAX), Err(SizeError::TooLong));
    assert_eq!(layout::expand_tabs(b"\t", isize::MAX), Err(SizeError::NoMemory));
    assert_eq!(layout::pad(b"a", usize::MAX, 0, b' '), Err(SizeError::TooLong));
}
