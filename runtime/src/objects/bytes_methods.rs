//! The methods that `bytes` and `bytearray` share. A result is of the receiver's kind; content of a bytearray is looked at
//! only after everything that may run Python code.

use crate::call::Args;
use crate::error::PyResult;
use crate::object::Object;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::str_type::string_argument;
use crate::objects::subsequence::{clamp_bounds, search_bounds};
use crate::objects::tuple::Tuple;
use crate::objects::{codecs, int};
use crate::protocol;
use crate::str_kernel::{SizeError, ascii, layout, search, split};
use crate::thread::Thread;
use crate::types::Type;
use crate::types::binding::{check_positional, no_keywords};
use crate::value::{Ref, Value};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

/// The content of a bytes object or bytearray.
pub fn content(v: Value) -> &'static [u8] {
    if let Some(b) = v.cast::<Bytes>() {
        return b.as_bytes();
    }
    v.cast::<ByteArray>().map_or(&[], |b| b.as_bytes())
}

/// A new object of the receiver's kind (not of its subclass).
pub fn like(receiver: Value, data: &[u8]) -> Ref {
    if receiver.cast::<Bytes>().is_some() { Bytes::new(data) } else { ByteArray::from_vec(data.to_vec()) }
}

/// The receiver itself if it is an immutable, exact one; else a copy.
fn same(receiver: Value) -> Ref {
    if receiver.is_exact(Bytes::type_object()) {
        receiver.to_ref()
    } else {
        like(receiver, content(receiver))
    }
}

fn is_buffer(v: Value) -> bool {
    v.cast::<Bytes>().is_some() || v.ty().slots().buffer.is_some()
}

/// The bytes of any object that exports a buffer.
pub fn buffer(thread: &Thread, v: Value) -> PyResult<Cow<'static, [u8]>> {
    if let Some(b) = v.cast::<Bytes>() {
        return Ok(Cow::Borrowed(b.as_bytes()));
    }
    let copy = super::bytes::from_object(thread, v)?;
    Ok(Cow::Owned(content(*copy).to_vec()))
}

/// The bytes a searching method looks for: a buffer or one byte.
fn needle(thread: &Thread, v: Value, wrong: &str) -> PyResult<Cow<'static, [u8]>> {
    if is_buffer(v) {
        return buffer(thread, v);
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error(format!("{wrong}, not '{}'", v.ty().name())));
    }
    Ok(Cow::Owned(vec![byte(thread, v)?]))
}

/// An integer as one byte.
pub fn byte(thread: &Thread, v: Value) -> PyResult<u8> {
    match int::get(*protocol::index(thread, v)?) {
        Some(int::IntRef::Small(i @ 0..=255)) => Ok(i as u8),
        _ => Err(thread.value_error("byte must be in range(0, 256)")),
    }
}

/// `item in v`
pub fn contains(thread: &Thread, v: Value, item: Value) -> PyResult<bool> {
    let needle = needle(thread, item, "a bytes-like object is required")?;
    Ok(search::find(content(v), &needle).is_some())
}

fn sized<T>(thread: &Thread, result: Result<T, SizeError>, message: &str) -> PyResult<T> {
    result.map_err(|e| match e {
        SizeError::TooLong => thread.overflow_error(message),
        SizeError::NoMemory => thread.memory_error(),
    })
}

// Searching.

fn search_arguments(
    thread: &Thread,
    v: Value,
    method: &str,
    arguments: &Args,
) -> PyResult<(Cow<'static, [u8]>, Option<Range<usize>>)> {
    if arguments.has_keywords() {
        no_keywords(thread, &format!("{}.{method}", v.ty().name()), arguments)?;
    }
    check_positional(thread, method, arguments.count(), 1, 3)?;
    let (start, end) = search_bounds(thread, arguments.get(1), arguments.get(2))?;
    let wrong = "argument should be integer or bytes-like object";
    let needle = needle(thread, arguments.positional()[0], wrong)?;
    Ok((needle, clamp_bounds(start, end, content(v).len())))
}

fn search_in(
    thread: &Thread,
    v: Value,
    method: &str,
    arguments: &Args,
    last: bool,
) -> PyResult<Option<usize>> {
    let (needle, range) = search_arguments(thread, v, method, arguments)?;
    let Some(range) = range else { return Ok(None) };
    let within = &content(v)[range.clone()];
    let found = if last { search::rfind(within, &needle) } else { search::find(within, &needle) };
    Ok(found.map(|i| i + range.start))
}

fn position_or_minus_one(found: Option<usize>) -> Ref {
    found.map_or_else(|| int::new(-1), int::from_usize)
}

pub fn find(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    search_in(thread, v, "find", arguments, false).map(position_or_minus_one)
}

pub fn rfind(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    search_in(thread, v, "rfind", arguments, true).map(position_or_minus_one)
}

pub fn index(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let found = search_in(thread, v, "index", arguments, false)?;
    found.map(int::from_usize).ok_or_else(|| thread.value_error("subsection not found"))
}

pub fn rindex(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let found = search_in(thread, v, "rindex", arguments, true)?;
    found.map(int::from_usize).ok_or_else(|| thread.value_error("subsection not found"))
}

pub fn count(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let (needle, range) = search_arguments(thread, v, "count", arguments)?;
    Ok(int::from_usize(range.map_or(0, |range| search::count(&content(v)[range], &needle))))
}

fn affix(thread: &Thread, v: Value, method: &str, arguments: &Args, at_end: bool) -> PyResult {
    if arguments.has_keywords() {
        no_keywords(thread, &format!("{}.{method}", v.ty().name()), arguments)?;
    }
    check_positional(thread, method, arguments.count(), 1, 3)?;
    let wanted = arguments.positional()[0];
    let (start, end) = search_bounds(thread, arguments.get(1), arguments.get(2))?;
    let matches = |needle: &[u8]| {
        let range = clamp_bounds(start, end, content(v).len());
        range.is_some_and(|range| match at_end {
            true => content(v)[range].ends_with(needle),
            false => content(v)[range].starts_with(needle),
        })
    };
    if let Some(tuple) = wanted.cast::<Tuple>() {
        for item in tuple.items() {
            if matches(&buffer(thread, *item)?) {
                return Ok(Ref::bool(true));
            }
        }
        return Ok(Ref::bool(false));
    }
    if !is_buffer(wanted) {
        let name = wanted.ty().name();
        return Err(
            thread.type_error(format!("{method} first arg must be bytes or a tuple of bytes, not {name}"))
        );
    }
    Ok(Ref::bool(matches(&buffer(thread, wanted)?)))
}

pub fn startswith(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    affix(thread, v, "startswith", arguments, false)
}

pub fn endswith(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    affix(thread, v, "endswith", arguments, true)
}

pub fn removeprefix(thread: &Thread, v: Value, prefix: Value) -> PyResult {
    let prefix = buffer(thread, prefix)?;
    Ok(content(v).strip_prefix(&*prefix).map_or_else(|| same(v), |rest| like(v, rest)))
}

pub fn removesuffix(thread: &Thread, v: Value, suffix: Value) -> PyResult {
    let suffix = buffer(thread, suffix)?;
    Ok(content(v).strip_suffix(&*suffix).map_or_else(|| same(v), |rest| like(v, rest)))
}

// Replacing, splitting, joining.

fn limit(thread: &Thread, v: Value) -> PyResult<usize> {
    if v.is_null() {
        return Ok(usize::MAX);
    }
    Ok(usize::try_from(protocol::c_ssize(thread, v)?).unwrap_or(usize::MAX))
}

pub fn replace(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let (old, new) = (buffer(thread, a[0])?, buffer(thread, a[1])?);
    let limit = limit(thread, a[2])?;
    let replaced = search::replace_units(content(v), &old, &new, limit);
    let replaced = sized(thread, replaced, "replace bytes is too long")?;
    Ok(replaced.map_or_else(|| same(v), |data| like(v, &data)))
}

fn parts(v: Value, ranges: Vec<Range<usize>>) -> Ref {
    List::from_refs(ranges.into_iter().map(|range| like(v, &content(v)[range])).collect())
}

fn split_at(thread: &Thread, v: Value, a: &[Value], from_right: bool) -> PyResult {
    let limit = limit(thread, a[1])?;
    if a[0].is_null() || a[0].is_none() {
        return Ok(parts(
            v,
            match from_right {
                true => split::rsplit_whitespace(content(v), limit, ascii::is_space),
                false => split::split_whitespace(content(v), limit, ascii::is_space),
            },
        ));
    }
    let separator = buffer(thread, a[0])?;
    if separator.is_empty() {
        return Err(thread.value_error("empty separator"));
    }
    Ok(parts(
        v,
        match from_right {
            true => split::rsplit(content(v), &separator, limit),
            false => split::split(content(v), &separator, limit),
        },
    ))
}

pub fn split(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    split_at(thread, v, a, false)
}

pub fn rsplit(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    split_at(thread, v, a, true)
}

pub fn splitlines(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let keep_ends = !a[0].is_null() && protocol::is_true(thread, a[0])?;
    Ok(parts(v, split::split_lines(content(v), keep_ends, ascii::is_line_break)))
}

fn partition_at(thread: &Thread, v: Value, separator: Value, last: bool) -> PyResult {
    let wanted = buffer(thread, separator)?;
    if wanted.is_empty() {
        return Err(thread.value_error("empty separator"));
    }
    let data = content(v);
    let found = if last { search::rfind(data, &wanted) } else { search::find(data, &wanted) };
    let middle = || if v.cast::<Bytes>().is_some() { separator.to_ref() } else { like(v, &wanted) };
    Ok(Tuple::from_refs(match found {
        Some(at) => vec![like(v, &data[..at]), middle(), like(v, &data[at + wanted.len()..])],
        None if last => vec![like(v, b""), like(v, b""), same(v)],
        None => vec![same(v), like(v, b""), like(v, b"")],
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
    if slots.iter.is_none() && slots.get_item.is_none() {
        return Err(thread.type_error("can only join an iterable"));
    }
    let items = protocol::collect(thread, iterable)?;
    let mut out = Vec::new();
    for (i, item) in items.iter().enumerate() {
        if !is_buffer(**item) {
            let name = item.ty().name();
            let message = format!("sequence item {i}: expected a bytes-like object, {name} found");
            return Err(thread.type_error(message));
        }
        if i > 0 {
            out.extend_from_slice(content(v));
        }
        out.extend_from_slice(&buffer(thread, **item)?);
    }
    Ok(like(v, &out))
}

// Stripping and padding.

fn strip_ends(thread: &Thread, v: Value, characters: Value, left: bool, right: bool) -> PyResult {
    let range = if characters.is_null() || characters.is_none() {
        split::strip(content(v), left, right, ascii::is_space)
    } else {
        let set = split::CharSet::new(&buffer(thread, characters)?);
        split::strip(content(v), left, right, |point| set.contains(point))
    };
    Ok(if range.len() == content(v).len() { same(v) } else { like(v, &content(v)[range]) })
}

pub fn strip(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    strip_ends(thread, v, a[0], true, true)
}

pub fn lstrip(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    strip_ends(thread, v, a[0], true, false)
}

pub fn rstrip(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    strip_ends(thread, v, a[0], false, true)
}

fn pad(
    thread: &Thread,
    v: Value,
    a: &[Value],
    method: &str,
    padding: fn(usize, usize) -> (usize, usize),
) -> PyResult {
    let width = usize::try_from(protocol::c_ssize(thread, a[0])?).unwrap_or(0);
    let fill = match a[1] {
        Value::NULL => b' ',
        given if given.cast::<Bytes>().is_none() && given.cast::<ByteArray>().is_none() => {
            let name = given.ty().name();
            let message = format!("{method}() argument 2 must be a byte string of length 1, not {name}");
            return Err(thread.type_error(message));
        }
        given => match content(given) {
            [one] => *one,
            all => {
                let (name, length) = (given.ty().name(), all.len());
                return Err(thread.type_error(format!(
                    "{method}(): argument 2 must be a byte string of length 1, not a {name} object of length {length}"
                )));
            }
        },
    };
    let data = content(v);
    if width <= data.len() {
        return Ok(same(v));
    }
    let (left, right) = padding(data.len(), width);
    let padded = sized(thread, layout::pad(data, left, right, fill), "padded string is too long")?;
    Ok(like(v, &padded))
}

pub fn center(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    pad(thread, v, a, "center", layout::center_padding)
}

pub fn ljust(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    pad(thread, v, a, "ljust", |length, width| (0, width - length))
}

pub fn rjust(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    pad(thread, v, a, "rjust", |length, width| (width - length, 0))
}

pub fn zfill(thread: &Thread, v: Value, width: Value) -> PyResult {
    let width = usize::try_from(protocol::c_ssize(thread, width)?).unwrap_or(0);
    let filled = sized(thread, layout::zfill(content(v), width), "padded string is too long")?;
    Ok(filled.map_or_else(|| same(v), |data| like(v, &data)))
}

pub fn expandtabs(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let size = if a[0].is_null() { 8 } else { protocol::c_int(thread, a[0])? };
    let expanded = layout::expand_tabs(content(v), size as isize);
    Ok(like(v, &sized(thread, expanded, "result too long")?))
}

// Letters.

macro_rules! conversions {
    ($($name:ident)*) => {
        $(pub fn $name(_: &Thread, v: Value) -> PyResult {
            Ok(like(v, &ascii::$name(content(v))))
        })*
    };
}
conversions! { lower upper capitalize swapcase title }

macro_rules! predicates {
    ($($name:ident $kernel:ident)*) => {
        $(pub fn $name(_: &Thread, v: Value) -> PyResult {
            Ok(Ref::bool(ascii::$kernel(content(v))))
        })*
    };
}
predicates! {
    isalnum is_alnum isalpha is_alpha isdigit is_digit islower is_lower isspace is_whitespace istitle is_title
    isupper is_upper
}

pub fn isascii(_: &Thread, v: Value) -> PyResult {
    Ok(Ref::bool(content(v).is_ascii()))
}

// Translation, hexadecimal digits, decoding.

pub fn translate(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let table = if a[0].is_none() { None } else { Some(buffer(thread, a[0])?) };
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(thread.value_error("translation table must be 256 characters long"));
    }
    let deleted = if a[1].is_null() { Cow::Borrowed(&[][..]) } else { buffer(thread, a[1])? };
    let kept = content(v).iter().filter(|byte| !deleted.contains(byte));
    let out: Vec<u8> = kept.map(|&byte| table.as_ref().map_or(byte, |t| t[byte as usize])).collect();
    Ok(like(v, &out))
}

pub fn maketrans(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (from, to) = (buffer(thread, a[0])?, buffer(thread, a[1])?);
    if from.len() != to.len() {
        return Err(thread.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&from, &to) in from.iter().zip(&*to) {
        table[from as usize] = to;
    }
    Ok(Bytes::new(&table))
}

/// The bytes that pairs of hexadecimal digits spell, white space between pairs allowed.
fn parse_hex(thread: &Thread, text: &[u32]) -> PyResult<Vec<u8>> {
    let digit = |i: usize| text.get(i).and_then(|p| char::from_u32(*p)).and_then(|c| c.to_digit(16));
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if ascii::is_space(text[at]) {
            at += 1;
            continue;
        }
        let wrong = match (digit(at), digit(at + 1)) {
            (Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 2;
                continue;
            }
            (Some(_), None) if at + 1 >= text.len() => {
                return Err(
                    thread.value_error("fromhex() arg must contain an even number of hexadecimal digits")
                );
            }
            (Some(_), None) => at + 1,
            (None, _) => at,
        };
        let message = format!("non-hexadecimal number found in fromhex() arg at position {wrong}");
        return Err(thread.value_error(message));
    }
    Ok(out)
}

pub fn fromhex(thread: &Thread, class: Value, text: Value) -> PyResult {
    let points: Vec<u32> = if let Some(s) = text.cast::<Str>() {
        s.chars().collect()
    } else if is_buffer(text) {
        buffer(thread, text)?.iter().map(|&byte| byte.into()).collect()
    } else {
        let name = text.ty().name();
        return Err(thread.type_error(format!("fromhex() argument must be str or bytes-like, not {name}")));
    };
    let data = parse_hex(thread, &points)?;
    let is = |ty: &'static Type| class.is(Value::of(ty));
    if is(Bytes::type_object()) {
        return Ok(Bytes::new(&data));
    }
    if is(ByteArray::type_object()) {
        return Ok(ByteArray::from_vec(data));
    }
    let data = Bytes::new(&data);
    thread.call(class, &[*data])
}

/// Lower-case hexadecimal digits with a separator between groups counted from the right (from the left if negative).
pub fn hex_text(thread: &Thread, data: &[u8], separator: Value, group: Value) -> PyResult {
    let group = if group.is_null() { 1 } else { protocol::c_int(thread, group)? };
    let separator = if separator.is_null() {
        None
    } else {
        if protocol::len(thread, separator)? != 1 {
            return Err(thread.value_error("sep must be length 1."));
        }
        let point = match separator.cast::<Str>() {
            Some(s) => s.code_point(0),
            None if separator.cast::<Bytes>().is_some() => content(separator)[0].into(),
            None => return Err(thread.type_error("sep must be str or bytes.")),
        };
        if point >= 0x80 {
            return Err(thread.value_error("sep must be ASCII."));
        }
        Some(point as u8)
    };
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if separator.is_none() {
        let digits =
            data.iter().flat_map(|byte| [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]);
        let digits: SmallVec<[u8; 64]> = digits.collect();
        return Ok(Str::from_ascii(&digits));
    }
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(data.len() * 2);
    for (i, byte) in data.iter().enumerate() {
        let counted = if group < 0 { i } else { data.len() - i };
        if let Some(separator) = separator
            && i > 0
            && size > 0
            && counted % size == 0
        {
            out.push(separator);
        }
        out.extend([DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]);
    }
    Ok(Str::from_ascii(&out))
}

pub fn hex(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    hex_text(thread, content(v), a[0], a[1])
}

pub fn decode(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let encoding = string_argument(thread, a[0], "decode", "encoding")?;
    let errors = string_argument(thread, a[1], "decode", "errors")?;
    codecs::decode(thread, v, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"))
}

// Making.

/// What a constructor says.
pub struct Words {
    /// The type's name, for "cannot convert ... to NAME".
    pub name: &'static str,
    pub out_of_range: &'static str,
}

/// The content that the arguments `source, encoding, errors` of a constructor describe.
pub fn source_bytes(thread: &Thread, a: &[Value], words: &Words) -> PyResult<Vec<u8>> {
    let encoding = string_argument(thread, a[1], words.name, "encoding")?;
    let errors = string_argument(thread, a[2], words.name, "errors")?;
    let source = a[0];
    if encoding.is_some() || errors.is_some() {
        if source.is_null() || source.cast::<Str>().is_none() {
            let which = if encoding.is_some() { "encoding" } else { "errors" };
            return Err(thread.type_error(format!("{which} without a string argument")));
        }
        let encoding = encoding.as_deref().unwrap_or("utf-8");
        let encoded = codecs::encode(thread, source, encoding, errors.as_deref().unwrap_or("strict"))?;
        return Ok(content(*encoded).to_vec());
    }
    if source.is_null() {
        return Ok(Vec::new());
    }
    if source.cast::<Str>().is_some() {
        return Err(thread.type_error("string argument without an encoding"));
    }
    if int::is_int(source) || source.ty().slots().index.is_some() {
        let count = protocol::index_isize(thread, source)?;
        let Ok(count) = usize::try_from(count) else { return Err(thread.value_error("negative count")) };
        let mut zeros = Vec::new();
        zeros.try_reserve_exact(count).map_err(|_| thread.memory_error())?;
        zeros.resize(count, 0);
        return Ok(zeros);
    }
    if is_buffer(source) {
        return Ok(buffer(thread, source)?.into_owned());
    }
    iterable_bytes(thread, source, words)
}

/// The bytes of an iterable of integers.
pub fn iterable_bytes(thread: &Thread, source: Value, words: &Words) -> PyResult<Vec<u8>> {
    let slots = source.ty().slots();
    if slots.iter.is_none() && slots.get_item.is_none() {
        let message = format!("cannot convert '{}' object to {}", source.ty().name(), words.name);
        return Err(thread.type_error(message));
    }
    let items = protocol::collect(thread, source)?;
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        match int::get(*protocol::index(thread, *item)?) {
            Some(int::IntRef::Small(i @ 0..=255)) => out.push(i as u8),
            _ => return Err(thread.value_error(words.out_of_range)),
        }
    }
    Ok(out)
}

/// `v * count`
pub fn repeated(thread: &Thread, v: Value, count: isize) -> PyResult<Vec<u8>> {
    let count = count.max(0) as usize;
    let size = content(v).len().checked_mul(count).filter(|n| *n <= isize::MAX as usize);
    let mut out = Vec::new();
    let reserved = size.is_some_and(|size| out.try_reserve_exact(size).is_ok());
    if !reserved {
        return Err(thread.memory_error());
    }
    match content(v) {
        [] => (),
        [byte] => out.resize(count, *byte),
        bytes => (0..count).for_each(|_| out.extend_from_slice(bytes)),
    }
    Ok(out)
}

/// `v + other`
pub fn concatenated(thread: &Thread, v: Value, other: Value) -> PyResult<Vec<u8>> {
    if !is_buffer(other) {
        let message = format!("can't concat {} to {}", other.ty().name(), v.ty().name());
        return Err(thread.type_error(message));
    }
    let right = buffer(thread, other)?;
    Ok([content(v), &right].concat())
}
