//! The methods of `str`: arguments, then a kernel, then the result as an object.

use crate::call::Args;
use crate::error::PyResult;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::str::{Data, Str};
use crate::objects::str_type::{exact, slice, string_argument, text};
use crate::objects::subsequence::{clamp_bounds, search_bounds};
use crate::objects::tuple::Tuple;
use crate::objects::{codecs, exceptions as exc, int, str_format};
use crate::protocol;
use crate::str_kernel::{
    self as kernel, CodeUnit, SizeError, Text, TextBuilder, case, predicates, split, units_as, with_units,
};
use crate::thread::Thread;
use crate::types::binding::{check_positional, no_keywords};
use crate::value::{Ref, Value, as_values};
use ir::unicode;
use std::ops::Range;

/// The string in `v`, or "METHOD() argument N must be str, not T".
fn argument(thread: &Thread, v: Value, method: &str, number: usize) -> PyResult<&'static Str> {
    v.cast::<Str>().ok_or_else(|| {
        let given = if v.is_none() { "None".into() } else { v.ty().name() };
        thread.type_error(format!("{method}() argument {number} must be str, not {given}"))
    })
}

fn built(text: Text) -> Ref {
    Str::from_data(text.data())
}

fn sized<T>(thread: &Thread, result: Result<T, SizeError>, message: &str) -> PyResult<T> {
    result.map_err(|e| match e {
        SizeError::TooLong => thread.overflow_error(message),
        SizeError::NoMemory => thread.memory_error(),
    })
}

/// "str.METHOD() takes no keyword arguments" if there are some.
#[inline]
fn positional_only(thread: &Thread, method: &str, arguments: &Args) -> PyResult<()> {
    if !arguments.has_keywords() {
        return Ok(());
    }
    no_keywords(thread, &format!("str.{method}"), arguments)
}

// Searching.

/// The units of `range` of a string.
fn part(data: Data<'_>, range: Range<usize>) -> Data<'_> {
    match data {
        Data::Ascii(u) => Data::Ascii(&u[range]),
        Data::Latin1(u) => Data::Latin1(&u[range]),
        Data::Ucs2(u) => Data::Ucs2(&u[range]),
        Data::Ucs4(u) => Data::Ucs4(&u[range]),
    }
}

/// Binds `(sub[, start[, end]])`: the string to look for and where, `None` if the range is empty of places.
fn search_arguments(
    thread: &Thread,
    v: Value,
    method: &str,
    arguments: &Args,
) -> PyResult<(&'static Str, Option<Range<usize>>)> {
    positional_only(thread, method, arguments)?;
    check_positional(thread, method, arguments.count(), 1, 3)?;
    let a = arguments.positional();
    let needle = argument(thread, a[0], method, 1)?;
    let (start, end) = search_bounds(thread, arguments.get(1), arguments.get(2))?;
    Ok((needle, clamp_bounds(start, end, text(v).len())))
}

fn search(thread: &Thread, v: Value, method: &str, arguments: &Args, last: bool) -> PyResult<Option<usize>> {
    let (needle, range) = search_arguments(thread, v, method, arguments)?;
    let Some(range) = range else { return Ok(None) };
    let start = range.start;
    let within = part(text(v).data(), range);
    let found = if last {
        kernel::search::rfind_data(within, needle.data())
    } else {
        kernel::search::find_data(within, needle.data())
    };
    Ok(found.map(|i| i + start))
}

fn position_or_minus_one(found: Option<usize>) -> Ref {
    found.map_or_else(|| int::new(-1), int::from_usize)
}

pub fn find(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    search(thread, v, "find", arguments, false).map(position_or_minus_one)
}

pub fn rfind(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    search(thread, v, "rfind", arguments, true).map(position_or_minus_one)
}

pub fn index(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let found = search(thread, v, "index", arguments, false)?;
    found.map(int::from_usize).ok_or_else(|| thread.value_error("substring not found"))
}

pub fn rindex(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let found = search(thread, v, "rindex", arguments, true)?;
    found.map(int::from_usize).ok_or_else(|| thread.value_error("substring not found"))
}

pub fn count(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let (needle, range) = search_arguments(thread, v, "count", arguments)?;
    let Some(range) = range else { return Ok(int::new(0)) };
    Ok(int::from_usize(kernel::search::count_data(part(text(v).data(), range), needle.data())))
}

/// Whether `needle` stands at the start (or the end) of `units`.
fn stands_at(data: Data, needle: &Str, at_end: bool) -> bool {
    if let (Data::Ascii(units), Data::Ascii(needle)) = (data, needle.data()) {
        return if at_end { units.ends_with(needle) } else { units.starts_with(needle) };
    }
    fn check<U: CodeUnit>(units: &[U], needle: Data, at_end: bool) -> bool {
        let Some(needle) = units_as::<U>(needle) else { return false };
        if at_end { units.ends_with(&needle) } else { units.starts_with(&needle) }
    }
    with_units!(data, |units| check(units, needle.data(), at_end))
}

#[inline]
fn affix(thread: &Thread, v: Value, method: &str, arguments: &Args, at_end: bool) -> PyResult {
    if let ([wanted], false) = (arguments.positional(), arguments.has_keywords())
        && let Some(needle) = wanted.cast::<Str>()
    {
        return Ok(Ref::bool(stands_at(text(v).data(), needle, at_end)));
    }
    affix_general(thread, v, method, arguments, at_end)
}

fn affix_general(thread: &Thread, v: Value, method: &str, arguments: &Args, at_end: bool) -> PyResult {
    positional_only(thread, method, arguments)?;
    check_positional(thread, method, arguments.count(), 1, 3)?;
    let wanted = arguments.positional()[0];
    let (start, end) = search_bounds(thread, arguments.get(1), arguments.get(2))?;
    let range = clamp_bounds(start, end, text(v).len());
    let matches = |needle: &Str| {
        range.clone().is_some_and(|range| stands_at(part(text(v).data(), range), needle, at_end))
    };
    if let Some(tuple) = wanted.cast::<Tuple>() {
        for item in tuple.items() {
            let Some(needle) = item.cast::<Str>() else {
                let name = item.ty().name();
                return Err(
                    thread.type_error(format!("tuple for {method} must only contain str, not {name}"))
                );
            };
            if matches(needle) {
                return Ok(Ref::bool(true));
            }
        }
        return Ok(Ref::bool(false));
    }
    match wanted.cast::<Str>() {
        Some(needle) => Ok(Ref::bool(matches(needle))),
        None => {
            let name = wanted.ty().name();
            Err(thread.type_error(format!("{method} first arg must be str or a tuple of str, not {name}")))
        }
    }
}

pub fn startswith(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    affix(thread, v, "startswith", arguments, false)
}

pub fn endswith(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    affix(thread, v, "endswith", arguments, true)
}

fn affix_argument(thread: &Thread, v: Value, method: &str) -> PyResult<&'static Str> {
    v.cast::<Str>().ok_or_else(|| {
        let given = if v.is_none() { "None".into() } else { v.ty().name() };
        thread.type_error(format!("{method}() argument must be str, not {given}"))
    })
}

pub fn removeprefix(thread: &Thread, v: Value, prefix: Value) -> PyResult {
    let prefix = affix_argument(thread, prefix, "removeprefix")?;
    let s = text(v);
    if stands_at(s.data(), prefix, false) {
        return Ok(slice(v, prefix.len()..s.len()));
    }
    Ok(exact(v))
}

pub fn removesuffix(thread: &Thread, v: Value, suffix: Value) -> PyResult {
    let suffix = affix_argument(thread, suffix, "removesuffix")?;
    let s = text(v);
    if stands_at(s.data(), suffix, true) {
        return Ok(slice(v, 0..s.len() - suffix.len()));
    }
    Ok(exact(v))
}

// Replacing, splitting, joining.

/// White space; that of ASCII without a look into the tables.
#[inline(always)]
fn is_space(point: u32) -> bool {
    match point {
        ..0x80 => matches!(point, 0x20 | 9..=13 | 0x1c..=0x1f),
        _ => unicode::is_space(point),
    }
}

/// A count argument of which negative values mean "no limit".
fn limit(thread: &Thread, v: Value) -> PyResult<usize> {
    if v.is_null() {
        return Ok(usize::MAX);
    }
    Ok(usize::try_from(protocol::c_ssize(thread, v)?).unwrap_or(usize::MAX))
}

pub fn replace(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let old = argument(thread, a[0], "replace", 1)?;
    let new = argument(thread, a[1], "replace", 2)?;
    let limit = limit(thread, a[2])?;
    let replaced = kernel::search::replace(text(v).data(), old.data(), new.data(), limit);
    Ok(match sized(thread, replaced, "replace string is too long")? {
        Some(replaced) => built(replaced),
        None => exact(v),
    })
}

fn parts(v: Value, ranges: Vec<Range<usize>>) -> Ref {
    List::from_refs(ranges.into_iter().map(|range| slice(v, range)).collect())
}

/// The parts of an ASCII text between runs of white space or one separator of a byte; `None` for other separators.
fn split_ascii(v: Value, bytes: &[u8], separator: Value, limit: usize) -> Option<Ref> {
    const FEW_PARTS: usize = 12;
    /// Texts up to this length are walked byte by byte.
    const SHORT: usize = 64;
    let part = |range: Range<usize>| match range.len() == bytes.len() {
        true => exact(v),
        false => Str::from_ascii(&bytes[range]),
    };
    let mut parts = Vec::with_capacity(FEW_PARTS.min(limit.saturating_add(1)));
    if separator.is_null() || separator.is_none() {
        let is_space = |byte: u8| matches!(byte, 0x20 | 9..=13 | 0x1c..=0x1f);
        let mut at = 0;
        loop {
            at += bytes[at..].iter().take_while(|byte| is_space(**byte)).count();
            if at == bytes.len() {
                return Some(List::from_refs(parts));
            }
            let length = match parts.len() == limit {
                true => bytes.len() - at,
                false => bytes[at..].iter().take_while(|byte| !is_space(**byte)).count(),
            };
            parts.push(part(at..at + length));
            at += length;
        }
    }
    let Data::Ascii(&[separator]) = separator.cast::<Str>()?.data() else { return None };
    let mut start = 0;
    let mut end_part = |place: usize| {
        parts.push(part(start..place));
        start = place + 1;
    };
    if bytes.len() <= SHORT {
        let places = bytes.iter().enumerate().filter(|(_, byte)| **byte == separator);
        places.take(limit).for_each(|(place, _)| end_part(place));
    } else {
        memchr::memchr_iter(separator, bytes).take(limit).for_each(&mut end_part);
    }
    end_part(bytes.len());
    Some(List::from_refs(parts))
}

fn split_at(thread: &Thread, v: Value, a: &[Value], from_right: bool) -> PyResult {
    let separator = a[0];
    let limit = limit(thread, a[1])?;
    let data = text(v).data();
    if let Data::Ascii(bytes) = data
        && !from_right
        && let Some(parts) = split_ascii(v, bytes, separator, limit)
    {
        return Ok(parts);
    }
    if separator.is_null() || separator.is_none() {
        let space = is_space;
        return Ok(parts(
            v,
            with_units!(data, |units| match from_right {
                true => split::rsplit_whitespace(units, limit, space),
                false => split::split_whitespace(units, limit, space),
            }),
        ));
    }
    let Some(separator) = separator.cast::<Str>() else {
        return Err(thread.type_error(format!("must be str or None, not {}", separator.ty().name())));
    };
    if separator.len() == 0 {
        return Err(thread.value_error("empty separator"));
    }
    fn ranges<U: CodeUnit>(
        units: &[U],
        separator: Data,
        limit: usize,
        from_right: bool,
    ) -> Vec<Range<usize>> {
        match units_as::<U>(separator) {
            None => std::iter::once(0..units.len()).collect(),
            Some(separator) if from_right => split::rsplit(units, &separator, limit),
            Some(separator) => split::split(units, &separator, limit),
        }
    }
    Ok(parts(v, with_units!(data, |units| ranges(units, separator.data(), limit, from_right))))
}

pub fn split(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    split_at(thread, v, a, false)
}

pub fn rsplit(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    split_at(thread, v, a, true)
}

pub fn splitlines(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let keep_ends = !a[0].is_null() && protocol::is_true(thread, a[0])?;
    let data = text(v).data();
    Ok(parts(v, with_units!(data, |units| split::split_lines(units, keep_ends, unicode::is_line_break))))
}

fn partition_at(thread: &Thread, v: Value, separator: Value, last: bool) -> PyResult {
    let Some(s) = separator.cast::<Str>() else {
        return Err(thread.type_error(format!("must be str, not {}", separator.ty().name())));
    };
    if s.len() == 0 {
        return Err(thread.value_error("empty separator"));
    }
    let (data, length) = (text(v).data(), text(v).len());
    let found = match last {
        true => kernel::search::rfind_data(data, s.data()),
        false => kernel::search::find_data(data, s.data()),
    };
    Ok(Tuple::from_refs(match found {
        Some(at) => vec![slice(v, 0..at), separator.to_ref(), slice(v, at + s.len()..length)],
        None if last => vec![Str::empty(), Str::empty(), exact(v)],
        None => vec![exact(v), Str::empty(), Str::empty()],
    }))
}

pub fn partition(thread: &Thread, v: Value, separator: Value) -> PyResult {
    partition_at(thread, v, separator, false)
}

pub fn rpartition(thread: &Thread, v: Value, separator: Value) -> PyResult {
    partition_at(thread, v, separator, true)
}

pub fn join(thread: &Thread, v: Value, iterable: Value) -> PyResult {
    let slots = iterable.ty().slots();
    let is_sequence = iterable.cast::<List>().is_some() || iterable.cast::<Tuple>().is_some();
    if !is_sequence && slots.iter.is_none() && slots.get_item.is_none() {
        return Err(thread.type_error("can only join an iterable"));
    }
    // The strings of a list or tuple are read where they are: nothing here runs Python code.
    let collected;
    let items: &[Value] = match (iterable.cast_exact::<List>(), iterable.cast_exact::<Tuple>()) {
        (Some(list), _) => list.items(),
        (_, Some(tuple)) => tuple.items(),
        _ => {
            collected = protocol::collect(thread, iterable)?;
            as_values(&collected)
        }
    };
    if let [only] = items
        && only.is_exact(&super::str_type::STR)
    {
        return Ok(only.to_ref());
    }
    let separator = text(v);
    let mut length = separator.len().saturating_mul(items.len().saturating_sub(1));
    for (i, item) in items.iter().enumerate() {
        let Some(s) = item.cast::<Str>() else {
            let name = item.ty().name();
            return Err(thread.type_error(format!("sequence item {i}: expected str instance, {name} found")));
        };
        length = length.saturating_add(s.len());
    }
    if length > isize::MAX as usize / 4 {
        return Err(thread.overflow_error("join() result is too long for a Python string"));
    }
    Ok(super::str::join(separator, items))
}

// Stripping and padding.

fn strip_ends(thread: &Thread, v: Value, a: &[Value], method: &str, left: bool, right: bool) -> PyResult {
    let data = text(v).data();
    if a[0].is_null() || a[0].is_none() {
        let range = with_units!(data, |units| split::strip(units, left, right, is_space));
        return Ok(slice(v, range));
    }
    let Some(characters) = a[0].cast::<Str>() else {
        return Err(thread.type_error(format!("{method} arg must be None or str")));
    };
    let set = with_units!(characters.data(), |units| split::CharSet::new(units));
    let range = with_units!(data, |units| split::strip(units, left, right, |point| set.contains(point)));
    Ok(slice(v, range))
}

pub fn strip(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    strip_ends(thread, v, a, "strip", true, true)
}

pub fn lstrip(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    strip_ends(thread, v, a, "lstrip", true, false)
}

pub fn rstrip(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    strip_ends(thread, v, a, "rstrip", false, true)
}

const PAD_TOO_LONG: &str = "padded string is too long";

fn pad(thread: &Thread, v: Value, a: &[Value], padding: fn(usize, usize) -> (usize, usize)) -> PyResult {
    let width = usize::try_from(protocol::c_ssize(thread, a[0])?).unwrap_or(0);
    let fill = match a[1] {
        Value::NULL => ' ' as u32,
        given => match given.cast::<Str>() {
            Some(s) if s.len() == 1 => s.code_point(0),
            Some(_) => return Err(thread.type_error("The fill character must be exactly one character long")),
            None => {
                let name = given.ty().name();
                return Err(
                    thread.type_error(format!("The fill character must be a unicode character, not {name}"))
                );
            }
        },
    };
    let s = text(v);
    if width <= s.len() {
        return Ok(exact(v));
    }
    let (left, right) = padding(s.len(), width);
    fn padded<U: CodeUnit>(
        data: Data,
        left: usize,
        right: usize,
        fill: u32,
    ) -> Option<Result<Text, SizeError>> {
        let (units, fill) = (units_as::<U>(data)?, U::narrow(fill)?);
        Some(kernel::layout::pad(&units, left, right, fill).map(U::text))
    }
    let data = s.data();
    let result = padded::<u8>(data, left, right, fill)
        .or_else(|| padded::<u16>(data, left, right, fill))
        .or_else(|| padded::<u32>(data, left, right, fill))
        .unwrap_or(Err(SizeError::TooLong));
    sized(thread, result, PAD_TOO_LONG).map(built)
}

pub fn center(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    pad(thread, v, a, kernel::layout::center_padding)
}

pub fn ljust(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    pad(thread, v, a, |length, width| (0, width - length))
}

pub fn rjust(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    pad(thread, v, a, |length, width| (width - length, 0))
}

pub fn zfill(thread: &Thread, v: Value, width: Value) -> PyResult {
    let width = usize::try_from(protocol::c_ssize(thread, width)?).unwrap_or(0);
    fn filled<U: CodeUnit>(units: &[U], width: usize) -> Result<Option<Text>, SizeError> {
        Ok(kernel::layout::zfill(units, width)?.map(U::text))
    }
    let result = with_units!(text(v).data(), |units| filled(units, width));
    Ok(sized(thread, result, PAD_TOO_LONG)?.map_or_else(|| exact(v), built))
}

pub fn expandtabs(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let size = if a[0].is_null() { 8 } else { protocol::c_int(thread, a[0])? };
    fn expanded<U: CodeUnit>(units: &[U], size: isize) -> Result<Text, SizeError> {
        kernel::layout::expand_tabs(units, size).map(U::text)
    }
    let result = with_units!(text(v).data(), |units| expanded(units, size as isize));
    sized(thread, result, "new string is too long").map(built)
}

// Case and predicates.

pub fn capitalize(_: &Thread, v: Value) -> PyResult {
    Ok(built(with_units!(text(v).data(), |units| case::capitalize(units))))
}

pub fn casefold(_: &Thread, v: Value) -> PyResult {
    Ok(built(with_units!(text(v).data(), |units| case::casefold(units))))
}

pub fn title(_: &Thread, v: Value) -> PyResult {
    Ok(built(with_units!(text(v).data(), |units| case::title(units))))
}

pub fn lower(_: &Thread, v: Value) -> PyResult {
    if let Data::Ascii(bytes) = text(v).data() {
        return Ok(Str::map_ascii(bytes, |byte| byte.to_ascii_lowercase()));
    }
    Ok(built(with_units!(text(v).data(), |units| case::lower(units))))
}

pub fn upper(_: &Thread, v: Value) -> PyResult {
    if let Data::Ascii(bytes) = text(v).data() {
        return Ok(Str::map_ascii(bytes, |byte| byte.to_ascii_uppercase()));
    }
    Ok(built(with_units!(text(v).data(), |units| case::upper(units))))
}

pub fn swapcase(_: &Thread, v: Value) -> PyResult {
    Ok(built(with_units!(text(v).data(), |units| case::swapcase(units))))
}

/// Whether there are characters and all pass.
fn all(v: Value, test: fn(u32) -> bool) -> PyResult {
    Ok(Ref::bool(with_units!(text(v).data(), |units| predicates::all(units, test))))
}

pub fn isascii(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(text(v).is_ascii()))
}

pub fn islower(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(with_units!(text(v).data(), |units| predicates::is_lower(units))))
}

pub fn isupper(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(with_units!(text(v).data(), |units| predicates::is_upper(units))))
}

pub fn istitle(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(with_units!(text(v).data(), |units| predicates::is_title(units))))
}

pub fn isspace(_: &Thread, v: Value) -> PyResult {
    all(v, unicode::is_space)
}

pub fn isdecimal(_: &Thread, v: Value) -> PyResult {
    all(v, unicode::is_decimal)
}

pub fn isdigit(_: &Thread, v: Value) -> PyResult {
    all(v, unicode::is_digit)
}

pub fn isnumeric(_: &Thread, v: Value) -> PyResult {
    all(v, unicode::is_numeric)
}

pub fn isalpha(_: &Thread, v: Value) -> PyResult {
    all(v, unicode::is_alpha)
}

pub fn isalnum(_: &Thread, v: Value) -> PyResult {
    all(v, unicode::is_alnum)
}

pub fn isidentifier(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(with_units!(text(v).data(), |units| predicates::is_identifier(units))))
}

pub fn isprintable(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(with_units!(text(v).data(), |units| predicates::is_printable(units))))
}

// Translation, encoding, formatting, pickling.

/// What a translation table makes of a character.
enum Translated {
    Same,
    Deleted,
    Point(u32),
    Text(Ref),
}

fn look_up(thread: &Thread, table: Value, point: u32) -> PyResult<Translated> {
    let found = match table.cast_exact::<Dict>() {
        Some(dict) => match dict.get(thread, *int::new(point.into()))? {
            Some(mapped) => Ok(mapped),
            None => return Ok(Translated::Same),
        },
        None => protocol::get_item(thread, table, *int::new(point.into())),
    };
    let mapped = match found {
        Ok(mapped) => mapped,
        Err(raised) => {
            drop(thread.catch(raised, &exc::LOOKUP_ERROR)?);
            return Ok(Translated::Same);
        }
    };
    if mapped.is_none() {
        return Ok(Translated::Deleted);
    }
    if mapped.cast::<Str>().is_some() {
        return Ok(Translated::Text(mapped));
    }
    match int::get(*mapped) {
        Some(int::IntRef::Small(i @ 0..=0x10ffff)) => Ok(Translated::Point(i as u32)),
        Some(_) => Err(thread.value_error("character mapping must be in range(0x110000)")),
        None => Err(thread.type_error("character mapping must return integer, None or str")),
    }
}

/// The characters of an ASCII string by its table, each looked up once, up to the first that becomes anything but one ASCII
/// character or nothing; where that is. (That one is looked up again, as CPython does.)
fn translate_ascii(thread: &Thread, bytes: &[u8], table: Value, out: &mut Vec<u8>) -> PyResult<usize> {
    const UNKNOWN: u8 = 0xff;
    const DELETED: u8 = 0xfe;
    let mut known = [UNKNOWN; 128];
    for (i, &byte) in bytes.iter().enumerate() {
        let mut to = known[byte as usize & 127];
        if to == UNKNOWN {
            to = match look_up(thread, table, byte.into())? {
                Translated::Same => byte,
                Translated::Deleted => DELETED,
                Translated::Point(point @ ..0x80) => point as u8,
                Translated::Text(s) if text(*s).len() == 1 && text(*s).is_ascii() => {
                    text(*s).code_point(0) as u8
                }
                Translated::Point(_) | Translated::Text(_) => return Ok(i),
            };
            known[byte as usize & 127] = to;
        }
        if to != DELETED {
            out.push(to);
        }
    }
    Ok(bytes.len())
}

pub fn translate(thread: &Thread, v: Value, table: Value) -> PyResult {
    let s = text(v);
    let mut ascii = Vec::new();
    let mut done = 0;
    if let Data::Ascii(bytes) = s.data() {
        ascii.reserve(bytes.len());
        done = translate_ascii(thread, bytes, table, &mut ascii)?;
        if done == bytes.len() {
            return Ok(Str::from_ascii(&ascii));
        }
    }
    let mut out = TextBuilder::with_capacity(s.len());
    out.extend(&ascii);
    for point in (done..s.len()).map(|i| s.code_point(i)) {
        match look_up(thread, table, point)? {
            Translated::Same => out.push(point),
            Translated::Deleted => {}
            Translated::Point(point) => out.push(point),
            Translated::Text(replacement) => out.extend_data(text(*replacement).data()),
        }
    }
    Ok(built(out.finish()))
}

pub fn maketrans(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let table = Dict::new();
    let Some(d) = table.cast::<Dict>() else { return Ok(table) };
    if a[1].is_null() {
        let Some(source) = a[0].cast::<Dict>() else {
            return Err(thread.type_error("if you give only one argument to maketrans it must be a dict"));
        };
        for (key, value) in source.items() {
            if let Some(s) = key.cast::<Str>() {
                if s.len() != 1 {
                    return Err(thread.value_error("string keys in translatetable must be of length 1"));
                }
                d.set(thread, *int::new(s.code_point(0).into()), value)?;
            } else if int::is_int(*key) {
                d.set(thread, *key, value)?;
            } else {
                return Err(thread.type_error("keys in translate table mustbe strings or integers"));
            }
        }
        return Ok(table);
    }
    let Some(from) = a[0].cast::<Str>() else {
        return Err(
            thread.type_error("first maketrans argument must be a string if there is a second argument")
        );
    };
    let to = argument(thread, a[1], "maketrans", 2)?;
    let deleted = if a[2].is_null() { None } else { Some(argument(thread, a[2], "maketrans", 3)?) };
    if from.len() != to.len() {
        return Err(thread.value_error("the first two maketrans arguments must have equal length"));
    }
    for (key, value) in from.chars().zip(to.chars()) {
        d.set(thread, *int::new(key.into()), int::new(value.into()))?;
    }
    for key in deleted.iter().flat_map(|s| s.chars()) {
        d.set(thread, *int::new(key.into()), Ref::NONE)?;
    }
    Ok(table)
}

pub fn encode(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let encoding = string_argument(thread, a[0], "encode", "encoding")?;
    let errors = string_argument(thread, a[1], "encode", "errors")?;
    codecs::encode(thread, v, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"))
}

pub fn format(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    str_format::format(thread, v, a[0], a[1])
}

pub fn format_map(thread: &Thread, v: Value, mapping: Value) -> PyResult {
    str_format::format(thread, v, Value::NULL, mapping)
}

pub fn format_self(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let Some(spec) = spec.cast::<Str>() else {
        let given = if spec.is_none() { "None".into() } else { spec.ty().name() };
        return Err(thread.type_error(format!("__format__() argument must be str, not {given}")));
    };
    if spec.len() == 0 {
        return if v.is_exact(&super::str_type::STR) { Ok(v.to_ref()) } else { protocol::str(thread, v) };
    }
    str_format::format_by_spec(thread, v, spec)
}

pub fn sizeof(_: &Thread, v: Value) -> PyResult {
    const ASCII_HEAD: usize = 40;
    const WIDE_HEAD: usize = 56;
    let s = text(v);
    let head = if s.is_ascii() { ASCII_HEAD } else { WIDE_HEAD };
    Ok(int::from_usize(head + (s.len() + 1) * s.kind() as usize))
}

pub fn getnewargs(_: &Thread, v: Value) -> PyResult {
    Ok(Tuple::from_refs(vec![Str::from_data(text(v).data())]))
}
