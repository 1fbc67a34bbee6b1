//! `_csv.reader`: lines to lists of fields.

use super::dialect::{Dialect, Quoting};
use super::{ERROR, STATE};
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::iterators::itself;
use runtime::objects::list::List;
use runtime::objects::str::Str;
use runtime::objects::{float, int};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::str_kernel::{CodeUnit, TextBuilder, with_units};
use runtime::{
    Header, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, new_exact, protocol,
    readonly_member, slot_fields,
};
use std::cell::Cell;

/// A reader over an iterator of lines.
#[repr(C)]
pub(super) struct Reader {
    pub(super) header: Header,
    lines: Slot,
    dialect: Slot,
    line_number: Cell<i64>,
}

runtime::object!(Reader, READER);
slot_fields!(Reader, lines, dialect);

pub(super) static READER: Type = Type::new_static(&TypeSpec {
    name: "_csv.reader",
    size: size_of::<Reader>(),
    flags: TypeFlags::GC
        .union(TypeFlags::BASETYPE)
        .union(TypeFlags::NO_INSTANTIATION)
        .union(TypeFlags::IMMUTABLE),
    slots: Slots {
        drop: drop_object::<Reader>,
        traverse: Some(traverse_slots::<Reader>),
        clear: Some(clear_slots::<Reader>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    getsets: &[
        readonly_member!(Reader, dialect, "dialect", ""),
        getset("line_num", |thread, v| Ok(int::new(receiver::<Reader>(thread, v)?.line_number.get())), "")
            .member(),
    ],
    doc: "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n",
    ..TypeSpec::EMPTY
});

pub(super) fn new_reader(thread: &Thread, iterable: Value, dialect: Ref) -> PyResult {
    let lines = protocol::iter(thread, iterable)?;
    Ok(new_exact(|header| Reader {
        header,
        lines: Slot::new(lines),
        dialect: Slot::new(dialect),
        line_number: Cell::new(0),
    }))
}

/// Where in a record the parser is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    StartRecord,
    StartField,
    Escaped,
    InField,
    Quoted,
    EscapedInQuoted,
    QuoteInQuoted,
    LineEnd,
    AfterEscapedLineEnd,
}

/// The parser of one record.
struct Parser<'a> {
    thread: &'a Thread,
    dialect: &'a Dialect,
    limit: i64,
    place: Place,
    field: TextBuilder,
    is_unquoted: bool,
    fields: Vec<Ref>,
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let reader = receiver::<Reader>(thread, v)?;
    let (lines, dialect) = (reader.lines.get(), reader.dialect.get());
    let Some(dialect) = dialect.cast::<Dialect>() else { return Ok(None) };
    let limit = STATE.with(|state| state.field_limit);
    let mut parser = Parser {
        thread,
        dialect,
        limit,
        place: Place::StartRecord,
        field: TextBuilder::new(),
        is_unquoted: true,
        fields: Vec::new(),
    };
    loop {
        let Some(line) = protocol::next(thread, *lines)? else {
            if parser.field.len() == 0 && parser.place != Place::Quoted {
                return Ok(None);
            }
            if dialect.strict {
                return Err(ERROR.raise(thread, "unexpected end of data"));
            }
            parser.save_field()?;
            break;
        };
        let Some(text) = line.cast::<Str>() else {
            let name = line.ty().name();
            let message = format!(
                "iterator should return strings, not {name} (the file should be opened in text mode)"
            );
            return Err(ERROR.raise(thread, message));
        };
        reader.line_number.set(reader.line_number.get() + 1);
        with_units!(text.data(), |units| parser.line(units))?;
        if parser.place == Place::StartRecord {
            break;
        }
    }
    Ok(Some(List::from_refs(parser.fields)))
}

impl Parser<'_> {
    fn line<U: CodeUnit>(&mut self, units: &[U]) -> PyResult<()> {
        let mut at = 0;
        while let Some(unit) = units.get(at) {
            if matches!(self.place, Place::StartRecord | Place::StartField) {
                let taken = self.whole_field(&units[at..])?;
                if taken > 0 {
                    at += taken;
                    continue;
                }
            }
            // Runs of plain characters are taken at once.
            let run = match self.place {
                Place::StartRecord | Place::StartField | Place::InField => self.plain_run(&units[at..]),
                Place::Quoted => self.quoted_run(&units[at..]),
                _ => 0,
            };
            if run > 0 {
                if matches!(self.place, Place::StartRecord | Place::StartField) {
                    self.is_unquoted = true;
                    self.place = Place::InField;
                }
                self.check_limit(run)?;
                self.field.extend(&units[at..at + run]);
                at += run;
                continue;
            }
            self.step(Some((*unit).into()))?;
            at += 1;
        }
        self.step(None)
    }

    /// Takes a field of plain characters, or plain ones within quotes, with its delimiter; how many that are. At the end of a line
    /// the field ends with the record. 0: nothing is done, the field is to be read step by step.
    fn whole_field<U: CodeUnit>(&mut self, units: &[U]) -> PyResult<usize> {
        let d = self.dialect;
        if !matches!(d.quoting, Quoting::Minimal | Quoting::All) {
            return Ok(0);
        }
        let is_quoted = d.quote.is_some() && units.first().map(|unit| (*unit).into()) == d.quote;
        let start = usize::from(is_quoted);
        let run = match is_quoted {
            true => self.quoted_run(&units[start..]),
            false => self.plain_run(units),
        };
        let mut end = start + run;
        if is_quoted {
            if units.get(end).map(|unit| (*unit).into()) != d.quote {
                return Ok(0);
            }
            end += 1;
        } else if run == 0 {
            return Ok(0);
        }
        if units.get(end).is_none_or(|unit| (*unit).into() != d.delimiter) {
            return Ok(0);
        }
        self.check_limit(run)?;
        self.fields.push(U::string(&units[start..start + run]));
        self.place = Place::StartField;
        Ok(end + 1)
    }

    fn plain_run<U: CodeUnit>(&self, units: &[U]) -> usize {
        let d = self.dialect;
        let starts_field = self.place != Place::InField;
        let special = |unit: &U| {
            let c: u32 = (*unit).into();
            c == d.delimiter || matches!(c, 10 | 13 | 32) || Some(c) == d.escape || Some(c) == d.quote
        };
        // A quote or a space means something at the start of a field only.
        let special_inside = |unit: &U| {
            let c: u32 = (*unit).into();
            c == d.delimiter || matches!(c, 10 | 13) || Some(c) == d.escape
        };
        match units.first() {
            Some(first) if starts_field && special(first) => 0,
            _ => units.iter().position(special_inside).unwrap_or(units.len()),
        }
    }

    fn quoted_run<U: CodeUnit>(&self, units: &[U]) -> usize {
        let d = self.dialect;
        let special = |unit: &U| {
            let c: u32 = (*unit).into();
            Some(c) == d.escape || Some(c) == d.quote
        };
        units.iter().position(special).unwrap_or(units.len())
    }

    fn check_limit(&self, more: usize) -> PyResult<()> {
        if self.field.len() as i64 + more as i64 > self.limit {
            let message = format!("field larger than field limit ({})", self.limit);
            return Err(ERROR.raise(self.thread, message));
        }
        Ok(())
    }

    fn add(&mut self, c: u32) -> PyResult<()> {
        self.check_limit(1)?;
        self.field.push(c);
        Ok(())
    }

    fn save_field(&mut self) -> PyResult<()> {
        let is_empty = self.field.len() == 0;
        let quoting = self.dialect.quoting;
        if is_empty && self.is_unquoted && matches!(quoting, Quoting::Strings | Quoting::NotNull) {
            self.fields.push(Ref::NONE);
            return Ok(());
        }
        let text = self.field.take();
        let is_number =
            self.is_unquoted && (quoting == Quoting::Strings || quoting == Quoting::NonNumeric && !is_empty);
        self.fields.push(match is_number {
            true => float::new(protocol::float(self.thread, *text)?),
            false => text,
        });
        Ok(())
    }

    /// The field is over, and with a line end the record.
    fn end_field(&mut self, c: Option<u32>) -> PyResult<()> {
        self.save_field()?;
        self.place = match c {
            None => Place::StartRecord,
            Some(10 | 13) => Place::LineEnd,
            Some(_) => Place::StartField,
        };
        Ok(())
    }

    /// Takes one character; `None` is the end of the line.
    fn step(&mut self, c: Option<u32>) -> PyResult<()> {
        let d = self.dialect;
        let ends_line = matches!(c, None | Some(10 | 13));
        let is_quote = c.is_some() && c == d.quote && d.quoting != Quoting::None;
        let is_escape = c.is_some() && c == d.escape;
        if self.place == Place::StartRecord {
            match c {
                None => return Ok(()),
                Some(10 | 13) => {
                    self.place = Place::LineEnd;
                    return Ok(());
                }
                Some(_) => self.place = Place::StartField,
            }
        }
        match (self.place, c) {
            (Place::StartRecord, _) => {}
            (Place::StartField, _) => {
                self.is_unquoted = true;
                if ends_line || c == Some(d.delimiter) {
                    return self.end_field(c);
                }
                if is_quote {
                    self.is_unquoted = false;
                    self.place = Place::Quoted;
                } else if is_escape {
                    self.place = Place::Escaped;
                } else if let Some(c) = c.filter(|c| *c != 32 || !d.skip_initial_space) {
                    self.add(c)?;
                    self.place = Place::InField;
                }
            }
            (Place::Escaped, _) => {
                self.add(c.unwrap_or(10))?;
                self.place = match c {
                    Some(10 | 13) => Place::AfterEscapedLineEnd,
                    _ => Place::InField,
                };
            }
            (Place::AfterEscapedLineEnd, None) => {}
            (Place::AfterEscapedLineEnd | Place::InField, _) => {
                if ends_line || c == Some(d.delimiter) {
                    return self.end_field(c);
                }
                if is_escape {
                    self.place = Place::Escaped;
                } else if let Some(c) = c {
                    self.add(c)?;
                    self.place = Place::InField;
                }
            }
            (Place::Quoted, None) => {}
            (Place::Quoted, Some(c)) => {
                if is_escape {
                    self.place = Place::EscapedInQuoted;
                } else if is_quote {
                    self.place = if d.double_quote { Place::QuoteInQuoted } else { Place::InField };
                } else {
                    self.add(c)?;
                }
            }
            (Place::EscapedInQuoted, _) => {
                self.add(c.unwrap_or(10))?;
                self.place = Place::Quoted;
            }
            (Place::QuoteInQuoted, _) => {
                if ends_line || c == Some(d.delimiter) {
                    return self.end_field(c);
                }
                let Some(c) = c else { return Ok(()) };
                if is_quote {
                    self.add(c)?;
                    self.place = Place::Quoted;
                } else if !d.strict {
                    self.add(c)?;
                    self.place = Place::InField;
                } else {
                    let show = |point: u32| char::from_u32(point).unwrap_or('\u{fffd}');
                    let (delimiter, quote) = (show(d.delimiter), show(d.quote.unwrap_or_default()));
                    let message = format!("'{delimiter}' expected after '{quote}'");
                    return Err(ERROR.raise(self.thread, message));
                }
            }
            (Place::LineEnd, None) => self.place = Place::StartRecord,
            (Place::LineEnd, Some(10 | 13)) => {}
            (Place::LineEnd, Some(_)) => {
                return Err(ERROR.raise(
                    self.thread,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                ));
            }
        }
        Ok(())
    }
}
