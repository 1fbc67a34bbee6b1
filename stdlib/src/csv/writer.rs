//! `_csv.writer`: rows to lines.

use super::ERROR;
use super::dialect::{Dialect, Quoting};
use runtime::attributes;
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::exceptions::TYPE_ERROR;
use runtime::objects::float;
use runtime::objects::int;
use runtime::objects::str::{Data, Str, intern_text};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::str_kernel::TextBuilder;
use runtime::{
    Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method, new_exact,
    protocol, readonly_member, slot_fields,
};

/// A writer with its file's `write`.
#[repr(C)]
pub(super) struct Writer {
    pub(super) header: Header,
    write: Slot,
    dialect: Slot,
}

runtime::object!(Writer, WRITER);
slot_fields!(Writer, write, dialect);

pub(super) static WRITER: Type = Type::new_static(&TypeSpec {
    name: "_csv.writer",
    size: size_of::<Writer>(),
    flags: TypeFlags::GC
        .union(TypeFlags::BASETYPE)
        .union(TypeFlags::NO_INSTANTIATION)
        .union(TypeFlags::IMMUTABLE),
    slots: Slots {
        drop: drop_object::<Writer>,
        traverse: Some(traverse_slots::<Writer>),
        clear: Some(clear_slots::<Writer>),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "writerow",
            "($self, row, /)",
            NativeFn::One(write_row),
            "Construct and write a CSV record from an iterable of fields.\n\nNon-string elements will be converted to string.",
        ),
        method(
            "writerows",
            "($self, rows, /)",
            NativeFn::One(write_rows),
            "Construct and write a series of iterables to a csv file.\n\nNon-string elements will be converted to string.",
        ),
    ],
    getsets: &[readonly_member!(Writer, dialect, "dialect", "")],
    doc: "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n",
    ..TypeSpec::EMPTY
});

pub(super) fn new_writer(thread: &Thread, file: Value, dialect: Ref) -> PyResult {
    let write = attributes::find(thread, file, intern_text("write"))?;
    let Some(write) = write.filter(|write| write.ty().slots().call.is_some()) else {
        return Err(thread.type_error("argument 1 must have a \"write\" method"));
    };
    Ok(new_exact(|header| Writer { header, write: Slot::new(write), dialect: Slot::new(dialect) }))
}

fn write_rows(thread: &Thread, v: Value, rows: Value) -> PyResult {
    let iterator = protocol::iter(thread, rows)?;
    while let Some(row) = protocol::next(thread, *iterator)? {
        write_row(thread, v, *row)?;
    }
    Ok(Ref::NONE)
}

/// Whether a field has a form as a number.
fn is_number(v: Value) -> bool {
    let slots = v.ty().slots();
    let is_complex = v.is_instance(&runtime::types::registry::COMPLEX);
    int::is_int(v)
        || float::is_float(v)
        || slots.index.is_some()
        || slots.int.is_some()
        || slots.float.is_some()
        || is_complex
}

fn write_row(thread: &Thread, v: Value, row: Value) -> PyResult {
    let writer = receiver::<Writer>(thread, v)?;
    let dialect = writer.dialect.get();
    let Some(dialect) = dialect.cast::<Dialect>() else { return Ok(Ref::NONE) };
    let iterator = match protocol::iter(thread, row) {
        Ok(iterator) => iterator,
        Err(raised) => {
            thread.catch(raised, &TYPE_ERROR)?;
            return Err(ERROR.raise(thread, format!("iterable expected, not {}", row.ty().name())));
        }
    };
    let mut record =
        Record { thread, dialect, special: special_characters(dialect), out: TextBuilder::new(), fields: 0 };
    let mut last_is_none = false;
    while let Some(field) = protocol::next(thread, *iterator)? {
        let is_quoted = match dialect.quoting {
            Quoting::All => true,
            Quoting::NonNumeric => !is_number(*field),
            Quoting::Strings => field.cast::<Str>().is_some(),
            Quoting::NotNull => !field.is_none(),
            Quoting::Minimal | Quoting::None => false,
        };
        last_is_none = field.is_none();
        if field.is_none() {
            record.append(None, is_quoted, true)?;
        } else if field.cast::<Str>().is_some() {
            record.append(field.cast::<Str>(), is_quoted, false)?;
        } else {
            let text = protocol::str(thread, *field)?;
            record.append(text.cast::<Str>(), is_quoted, false)?;
        }
    }
    if record.fields > 0 && record.out.len() == 0 {
        let keeps_none = last_is_none && matches!(dialect.quoting, Quoting::Strings | Quoting::NotNull);
        if dialect.quoting == Quoting::None || keeps_none {
            return Err(ERROR.raise(thread, "single empty field record must be quoted"));
        }
        record.fields -= 1;
        record.append(None, true, false)?;
    }
    if let Some(end) = dialect.line_terminator.peek().cast::<Str>() {
        record.out.extend_data(end.data());
    }
    let line = record.out.take();
    let write = writer.write.get();
    thread.call(*write, &[*line])
}

/// A line under way.
struct Record<'a> {
    thread: &'a Thread,
    dialect: &'a Dialect,
    special: [u64; 2],
    out: TextBuilder,
    fields: usize,
}

/// The ASCII characters that a field may not simply hold, as bits.
fn special_characters(dialect: &Dialect) -> [u64; 2] {
    let terminator = dialect.line_terminator.peek().cast::<Str>();
    let ends = terminator.into_iter().flat_map(|text| text.chars());
    let own = [10, 13, dialect.delimiter].into_iter().chain(dialect.escape).chain(dialect.quote);
    let mut special = [0; 2];
    for c in own.chain(ends).filter(|c| *c < 128) {
        special[c as usize / 64] |= 1 << (c % 64);
    }
    special
}

impl Record<'_> {
    fn append(&mut self, text: Option<&Str>, is_quoted: bool, is_none: bool) -> PyResult<()> {
        let d = self.dialect;
        if let Some(Data::Ascii(bytes @ [_, ..])) = text.map(Str::data)
            && bytes.iter().all(|byte| self.special[usize::from(byte / 64)] >> (byte % 64) & 1 == 0)
        {
            self.add(is_quoted, |out| out.extend(bytes));
            return Ok(());
        }
        let mut is_quoted = is_quoted;
        let mut field = TextBuilder::new();
        let terminator = d.line_terminator.peek().cast::<Str>();
        let ends_line = |c: u32| terminator.is_some_and(|t| t.chars().any(|own| own == c));
        for c in text.into_iter().flat_map(|text| text.chars()) {
            let is_special = c == d.delimiter
                || Some(c) == d.escape
                || Some(c) == d.quote
                || matches!(c, 10 | 13)
                || ends_line(c);
            if is_special {
                let mut escapes = d.quoting == Quoting::None;
                if !escapes {
                    if Some(c) == d.quote {
                        match d.double_quote {
                            true => field.push(c),
                            false => escapes = true,
                        }
                    } else if Some(c) == d.escape {
                        escapes = true;
                    }
                    is_quoted |= !escapes;
                }
                if escapes {
                    let Some(escape) = d.escape else {
                        return Err(ERROR.raise(self.thread, "need to escape, but no escapechar set"));
                    };
                    field.push(escape);
                }
            }
            field.push(c);
        }
        if field.len() == 0 && d.delimiter == 32 && d.skip_initial_space {
            let keeps_none = is_none && matches!(d.quoting, Quoting::Strings | Quoting::NotNull);
            if d.quoting == Quoting::None || keeps_none {
                return Err(ERROR.raise(
                    self.thread,
                    "empty field must be quoted if delimiter is a space and skipinitialspace is true",
                ));
            }
            is_quoted = true;
        }
        self.add(is_quoted, |out| out.extend_data(field.finish().data()));
        Ok(())
    }

    /// Adds a field of which `write` appends the text.
    fn add(&mut self, is_quoted: bool, write: impl FnOnce(&mut TextBuilder)) {
        if self.fields > 0 {
            self.out.push(self.dialect.delimiter);
        }
        let quote = self.dialect.quote.filter(|_| is_quoted);
        if let Some(quote) = quote {
            self.out.push(quote);
        }
        write(&mut self.out);
        if let Some(quote) = quote {
            self.out.push(quote);
        }
        self.fields += 1;
    }
}
