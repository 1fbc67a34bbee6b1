//! `str.format`: replacement fields, their names and conversions; and `str.__format__`.
//!
//! A format string is read as code points from left to right. Format specifications may hold fields themselves, one level
//! deep.

use crate::error::{PyResult, Raised};
use crate::number_format::{FormatError, SmallDigits, SpecDefaults, layout_str, parse_spec};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::str::Str;
use crate::objects::str_type::{self, text};
use crate::objects::tuple::Tuple;
use crate::str_kernel::TextBuilder;
use crate::thread::Thread;
use crate::types::registry::STR;
use crate::value::Value;
use crate::{attributes, protocol};

/// Fields within format specifications may be nested so deep.
const MAX_DEPTH: u32 = 2;

const OPEN: u32 = '{' as u32;
const CLOSE: u32 = '}' as u32;
const BRACKET: u32 = '[' as u32;
const BRACKET_END: u32 = ']' as u32;
const DOT: u32 = '.' as u32;
const COLON: u32 = ':' as u32;
const BANG: u32 = '!' as u32;

/// One piece of a format string.
pub enum Piece<'a> {
    Literal(&'a [u32]),
    Field(Field<'a>),
}

/// A replacement field.
pub struct Field<'a> {
    pub name: &'a [u32],
    pub conversion: Option<u32>,
    pub spec: &'a [u32],
}

/// Reads a format string piece by piece.
pub struct Pieces<'a> {
    points: &'a [u32],
    at: usize,
}

impl<'a> Pieces<'a> {
    pub fn new(points: &'a [u32]) -> Pieces<'a> {
        Pieces { points, at: 0 }
    }

    /// The next piece; `Err` is the message of a `ValueError`.
    pub fn next_piece(&mut self) -> Result<Option<Piece<'a>>, &'static str> {
        let start = self.at;
        let rest = &self.points[start..];
        if rest.is_empty() {
            return Ok(None);
        }
        let plain = rest.iter().position(|p| matches!(*p, OPEN | CLOSE)).unwrap_or(rest.len());
        if plain == rest.len() {
            self.at = self.points.len();
            return Ok(Some(Piece::Literal(rest)));
        }
        let (brace, next) = (rest[plain], rest.get(plain + 1).copied());
        if next == Some(brace) {
            self.at = start + plain + 2;
            return Ok(Some(Piece::Literal(&rest[..=plain])));
        }
        if brace == CLOSE {
            return Err("Single '}' encountered in format string");
        }
        if next.is_none() {
            return Err("Single '{' encountered in format string");
        }
        if plain > 0 {
            self.at = start + plain;
            return Ok(Some(Piece::Literal(&rest[..plain])));
        }
        self.at = start + 1;
        self.field().map(|field| Some(Piece::Field(field)))
    }

    fn take(&mut self) -> Option<u32> {
        let point = self.points.get(self.at).copied()?;
        self.at += 1;
        Some(point)
    }

    /// The field whose brace was just read.
    fn field(&mut self) -> Result<Field<'a>, &'static str> {
        let start = self.at;
        let mut in_brackets = false;
        let end = loop {
            match self.take() {
                None => return Err("expected '}' before end of string"),
                Some(OPEN) => return Err("unexpected '{' in field name"),
                Some(BRACKET) => in_brackets = true,
                Some(BRACKET_END) => in_brackets = false,
                Some(end @ (CLOSE | COLON | BANG)) if !in_brackets => break end,
                Some(_) => {}
            }
        };
        let mut field = Field { name: &self.points[start..self.at - 1], conversion: None, spec: &[] };
        if end == CLOSE {
            return Ok(field);
        }
        if end == BANG {
            let conversion = self.take().ok_or("end of string while looking for conversion specifier")?;
            field.conversion = Some(conversion);
            match self.take() {
                Some(CLOSE) => return Ok(field),
                Some(COLON) | None => {}
                Some(_) => return Err("expected ':' after conversion specifier"),
            }
        }
        let start = self.at;
        let mut depth = 1;
        while let Some(point) = self.take() {
            match point {
                OPEN => depth += 1,
                CLOSE => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                field.spec = &self.points[start..self.at - 1];
                return Ok(field);
            }
        }
        Err("unmatched '{' in format spec")
    }
}

/// A step behind the first part of a field's name.
pub enum Step<'a> {
    Attribute(&'a [u32]),
    Item(&'a [u32]),
}

/// The first part of a field name and what follows it.
pub fn split_name(name: &[u32]) -> (&[u32], &[u32]) {
    name.split_at(name.iter().position(|p| matches!(*p, DOT | BRACKET)).unwrap_or(name.len()))
}

/// The next step of the rest of a field name.
pub fn next_step<'a>(rest: &mut &'a [u32]) -> Result<Option<Step<'a>>, &'static str> {
    let Some((&first, tail)) = rest.split_first() else { return Ok(None) };
    let (part, step) = match first {
        DOT => {
            let (part, after) = split_name(tail);
            *rest = after;
            (part, Step::Attribute(part))
        }
        BRACKET => {
            let end = tail.iter().position(|p| *p == BRACKET_END).ok_or("Missing ']' in format string")?;
            *rest = &tail[end + 1..];
            (&tail[..end], Step::Item(&tail[..end]))
        }
        _ => return Err("Only '.' or '[' may follow ']' in format field specifier"),
    };
    if part.is_empty() {
        return Err("Empty attribute in format string");
    }
    Ok(Some(step))
}

/// The number a name consists of; `None` if it isn't one.
pub fn number(name: &[u32]) -> Result<Option<isize>, &'static str> {
    if name.is_empty() {
        return Ok(None);
    }
    let mut value: isize = 0;
    for &point in name {
        let Some(digit) = ir::unicode::decimal(point) else { return Ok(None) };
        let next = value.checked_mul(10).and_then(|v| v.checked_add(digit.into()));
        value = next.ok_or("Too many decimal digits in format string")?;
    }
    Ok(Some(value))
}

/// Whether fields are numbered by themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

struct Formatter<'a> {
    thread: &'a Thread,
    /// The positional arguments, NULL for `format_map`.
    positional: Value,
    /// The keyword arguments or the mapping, NULL if there are none.
    keywords: Value,
    numbering: Numbering,
}

/// `str.format(*positional, **keywords)`, or `str.format_map(keywords)` with NULL for `positional`.
pub fn format(thread: &Thread, template: Value, positional: Value, keywords: Value) -> PyResult {
    let points = text(template).points::<64>();
    let mut formatter = Formatter { thread, positional, keywords, numbering: Numbering::Unknown };
    formatter.build(&points, MAX_DEPTH)
}

impl Formatter<'_> {
    fn error(&self, message: &str) -> Raised {
        self.thread.value_error(message)
    }

    fn build(&mut self, points: &[u32], depth: u32) -> PyResult {
        if depth == 0 {
            return Err(self.error("Max string recursion exceeded"));
        }
        let mut out = TextBuilder::with_capacity(points.len());
        let mut pieces = Pieces::new(points);
        while let Some(piece) = pieces.next_piece().map_err(|message| self.error(message))? {
            match piece {
                Piece::Literal(points) => out.extend(points),
                Piece::Field(field) => self.field(&field, depth, &mut out)?,
            }
        }
        Ok(Str::from_data(out.finish().data()))
    }

    /// Appends what a field shows.
    fn field(&mut self, field: &Field, depth: u32, out: &mut TextBuilder) -> PyResult<()> {
        let thread = self.thread;
        let mut value = self.value(field.name)?;
        if let Some(conversion) = field.conversion {
            value = convert(thread, *value, conversion)?;
        }
        if field.spec.is_empty() {
            if value.is_exact(&STR) {
                out.extend_data(text(*value).data());
                return Ok(());
            }
            if let Some(i) = value.as_small_int() {
                if i < 0 {
                    out.push('-' as u32);
                }
                out.extend(SmallDigits::new(i.unsigned_abs(), 10, false).as_bytes());
                return Ok(());
            }
        }
        let spec = match field.spec.contains(&OPEN) {
            true => self.build(field.spec, depth - 1)?,
            false => Str::from_code_points(field.spec),
        };
        let shown = str_type::format(thread, *value, *spec)?;
        out.extend_data(text(*shown).data());
        Ok(())
    }

    /// The value a field's name leads to.
    fn value(&mut self, name: &[u32]) -> PyResult {
        let thread = self.thread;
        let (first, mut rest) = split_name(name);
        let mut value = self.argument(first)?;
        while let Some(step) = next_step(&mut rest).map_err(|message| self.error(message))? {
            value = match step {
                Step::Attribute(name) => {
                    let name = Str::from_code_points(name);
                    attributes::get(thread, *value, *name)?
                }
                Step::Item(key) => {
                    let index = number(key).map_err(|message| self.error(message))?;
                    let key = index.map_or_else(|| Str::from_code_points(key), |i| int::new(i as i64));
                    protocol::get_item(thread, *value, *key)?
                }
            };
        }
        Ok(value)
    }

    fn argument(&mut self, first: &[u32]) -> PyResult {
        let mut index = number(first).map_err(|message| self.error(message))?;
        if index.is_some() || first.is_empty() {
            index = Some(self.next_index(index)?);
        }
        let Some(index) = index else { return self.keyword(first) };
        let Some(arguments) = self.positional.cast::<Tuple>() else {
            return Err(self.error("Format string contains positional fields"));
        };
        arguments.items().get(index as usize).map(|v| v.to_ref()).ok_or_else(|| {
            let message = format!("Replacement index {index} out of range for positional args tuple");
            self.thread.index_error(message)
        })
    }

    /// The index of a positional field, `given` or counted.
    fn next_index(&mut self, given: Option<isize>) -> PyResult<isize> {
        match (given, self.numbering) {
            (None, Numbering::Manual) => {
                Err(self.error("cannot switch from manual field specification to automatic field numbering"))
            }
            (Some(_), Numbering::Automatic(_)) => {
                Err(self.error("cannot switch from automatic field numbering to manual field specification"))
            }
            (Some(index), _) => {
                self.numbering = Numbering::Manual;
                Ok(index)
            }
            (None, numbering) => {
                let next = if let Numbering::Automatic(next) = numbering { next } else { 0 };
                self.numbering = Numbering::Automatic(next + 1);
                Ok(next as isize)
            }
        }
    }

    fn keyword(&self, name: &[u32]) -> PyResult {
        let key = Str::from_code_points(name);
        if self.keywords.is_null() {
            return Err(self.thread.key_error(*key));
        }
        if self.positional.is_null() {
            return protocol::get_item(self.thread, self.keywords, *key);
        }
        let found = match self.keywords.cast::<Dict>() {
            Some(d) => d.get(self.thread, *key)?,
            None => None,
        };
        found.ok_or_else(|| self.thread.key_error(*key))
    }
}

/// `!r`, `!s`, `!a`.
fn convert(thread: &Thread, v: Value, conversion: u32) -> PyResult {
    match char::from_u32(conversion) {
        Some('r') => protocol::repr(thread, v),
        Some('s') => protocol::str(thread, v),
        Some('a') => ascii(thread, v),
        Some(c @ '!'..='~') => Err(thread.value_error(format!("Unknown conversion specifier {c}"))),
        _ => Err(thread.value_error(format!("Unknown conversion specifier \\x{conversion:x}"))),
    }
}

/// `ascii(v)`.
pub fn ascii(thread: &Thread, v: Value) -> PyResult {
    let shown = protocol::repr(thread, v)?;
    let s = text(*shown);
    if s.is_ascii() {
        return Ok(shown);
    }
    let escaped: String = s
        .chars()
        .map(|point| match point {
            ..0x80 => char::from(point as u8).to_string(),
            0x80..0x100 => format!("\\x{point:02x}"),
            0x100..0x10000 => format!("\\u{point:04x}"),
            _ => format!("\\U{point:08x}"),
        })
        .collect();
    Ok(Str::new(&escaped))
}

/// Raises what a failed format says; `v` is what was to be formatted.
pub fn raise_format_error(thread: &Thread, error: FormatError, spec: &Str, v: Value) -> Raised {
    match error {
        FormatError::Value(message) => thread.value_error(message),
        FormatError::InvalidSpecifier => thread.value_error(format!(
            "Invalid format specifier '{}' for object of type '{}'",
            spec.to_text_lossy(),
            v.ty().name()
        )),
        FormatError::Overflow(message) => thread.overflow_error(message),
        FormatError::Memory => thread.memory_error(),
    }
}

/// `str.__format__` with a specification that isn't empty.
pub fn format_by_spec(thread: &Thread, v: Value, spec: &Str) -> PyResult {
    let points = spec.points::<16>();
    let s = text(v);
    let layout = parse_spec(&points, SpecDefaults::Str)
        .and_then(|parsed| layout_str(&parsed, s.len(), &v.ty().name()))
        .map_err(|error| raise_format_error(thread, error, spec, v))?;
    let total = layout.left.saturating_add(layout.length).saturating_add(layout.right);
    if total > isize::MAX as usize / 8 {
        return Err(thread.memory_error());
    }
    let mut out = TextBuilder::with_capacity(total);
    (0..layout.left).for_each(|_| out.push(layout.fill));
    match layout.length == s.len() {
        true => out.extend_data(s.data()),
        false => s.chars().take(layout.length).for_each(|point| out.push(point)),
    }
    (0..layout.right).for_each(|_| out.push(layout.fill));
    Ok(Str::from_data(out.finish().data()))
}
