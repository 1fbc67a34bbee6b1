//! `_json.Encoder`: an object as JSON text.

use super::strings;
use runtime::cell::Slot;
use runtime::error::Raised;
use runtime::number_format::float_repr;
use runtime::object::drop_object;
use runtime::objects::builtin_function::address;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::str_kernel::{TextBuilder, units};
use runtime::types::binding::Parameters;
use runtime::{
    Args, GetSetDef, Header, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, names,
    new_object, protocol, readonly_member, slot_fields,
};
use std::cmp::Ordering;

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    Ascii,
    Unicode,
    /// By calling the encoder.
    Call,
}

/// An encoder with its options.
#[repr(C)]
pub(super) struct EncoderObject {
    pub(super) header: Header,
    markers: Slot,
    default: Slot,
    encoder: Slot,
    indent: Slot,
    key_separator: Slot,
    item_separator: Slot,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    strings: Strings,
}

runtime::object!(EncoderObject, ENCODER);
slot_fields!(EncoderObject, markers, default, encoder, indent, key_separator, item_separator);

pub(super) static ENCODER: Type = Type::new_static(&TypeSpec {
    name: "_json.Encoder",
    size: size_of::<EncoderObject>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<EncoderObject>,
        traverse: Some(traverse_slots::<EncoderObject>),
        clear: Some(clear_slots::<EncoderObject>),
        call: Some(call),
        ..Slots::EMPTY
    },
    getsets: GETSETS,
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    ..TypeSpec::EMPTY
});

const GETSETS: &[GetSetDef] = &[
    readonly_member!(EncoderObject, markers, "markers", "markers"),
    readonly_member!(EncoderObject, default, "default", "default"),
    readonly_member!(EncoderObject, encoder, "encoder", "encoder"),
    readonly_member!(EncoderObject, indent, "indent", "indent"),
    readonly_member!(EncoderObject, key_separator, "key_separator", "key_separator"),
    readonly_member!(EncoderObject, item_separator, "item_separator", "item_separator"),
    getset(
        "sort_keys",
        |thread, v| Ok(Ref::bool(receiver::<EncoderObject>(thread, v)?.sort_keys)),
        "sort_keys",
    )
    .member(),
    getset("skipkeys", |thread, v| Ok(Ref::bool(receiver::<EncoderObject>(thread, v)?.skipkeys)), "skipkeys")
        .member(),
];

static NEW: Parameters = Parameters::new(
    "make_encoder",
    "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
);
static CALL: Parameters = Parameters::new("_iterencode", "(obj, _current_indent_level)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        for (place, separator) in [(5, a[4]), (6, a[5])] {
            if separator.cast::<Str>().is_none() {
                let name = if separator.is_none() { "None".into() } else { separator.ty().name() };
                let message = format!("make_encoder() argument {place} must be str, not {name}");
                return Err(thread.type_error(message));
            }
        }
        let flag = |v: Value| protocol::is_true(thread, v);
        let (sort_keys, skipkeys, allow_nan) = (flag(a[6])?, flag(a[7])?, flag(a[8])?);
        if !a[0].is_none() && a[0].cast::<Dict>().is_none() {
            let name = a[0].ty().name();
            let message = format!("make_encoder() argument 1 must be dict or None, not {name}");
            return Err(thread.type_error(message));
        }
        let slot = |i: usize| Slot::new(a[i].to_ref());
        Ok(new_object(ty, |header| EncoderObject {
            header,
            markers: slot(0),
            default: slot(1),
            encoder: slot(2),
            indent: slot(3),
            key_separator: slot(4),
            item_separator: slot(5),
            sort_keys,
            skipkeys,
            allow_nan,
            strings: super::own_encoder(a[2]).unwrap_or(Strings::Call),
        }))
    })
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let encoder = receiver::<EncoderObject>(thread, v)?;
    CALL.bind(thread, arguments, |a| {
        let level = protocol::index_isize(thread, a[1])?.max(0) as usize;
        let indent = encoder.indent.peek();
        if !indent.is_none() && indent.cast::<Str>().is_none() {
            let message = format!("indent must be a string or None, not {}", indent.ty().name());
            return Err(thread.type_error(message));
        }
        let mut writer = Writer { thread, encoder, out: TextBuilder::new(), ascii: Vec::new() };
        writer.value(a[0], level)?;
        Ok(Tuple::from_refs(vec![Str::from_data(writer.out.finish().data())]))
    })
}

/// One run. What it reads of the encoder never changes.
struct Writer<'a> {
    thread: &'a Thread,
    encoder: &'static EncoderObject,
    out: TextBuilder,
    /// Scratch for escaped strings.
    ascii: Vec<u8>,
}

impl Writer<'_> {
    #[inline]
    fn push(&mut self, text: &str) {
        self.out.extend(text.as_bytes());
    }
    fn push_text(&mut self, text: Value) {
        if let Some(text) = text.cast::<Str>() {
            self.out.extend_data(text.data());
        }
    }

    fn value(&mut self, v: Value, level: usize) -> PyResult<()> {
        if let Some(small) = v.as_small_int() {
            return self.small_int(small);
        }
        if let Some(text) = v.cast::<Str>() {
            return self.string(text, v);
        }
        match v {
            Value::NONE => self.push("null"),
            Value::TRUE => self.push("true"),
            Value::FALSE => self.push("false"),
            _ if int::is_int(v) => {
                let text = int::operators::repr(self.thread, v)?;
                self.push_text(*text);
            }
            _ if float::is_float(v) => self.float(v)?,
            _ if v.cast::<List>().is_some() || v.cast::<Tuple>().is_some() => self.sequence(v, level)?,
            _ if v.cast::<Dict>().is_some() => self.dict(v, level)?,
            _ => self.other(v, level)?,
        }
        Ok(())
    }

    fn small_int(&mut self, mut i: i64) -> PyResult<()> {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let negative = i < 0;
        loop {
            at -= 1;
            digits[at] = b'0' + (i % 10).unsigned_abs() as u8;
            i /= 10;
            if i == 0 {
                break;
            }
        }
        if negative {
            at -= 1;
            digits[at] = b'-';
        }
        self.out.extend(&digits[at..]);
        Ok(())
    }

    fn string(&mut self, text: &Str, v: Value) -> PyResult<()> {
        match self.encoder.strings {
            Strings::Ascii => {
                if let Some(out) = self.out.bytes_mut() {
                    strings::write_ascii(out, text.data());
                    return Ok(());
                }
                self.ascii.clear();
                strings::write_ascii(&mut self.ascii, text.data());
                self.out.extend(&self.ascii);
            }
            Strings::Unicode => strings::write(&mut self.out, text.data()),
            Strings::Call => {
                let encoder = self.encoder.encoder.get();
                let encoded = self.thread.call(*encoder, &[v])?;
                if encoded.cast::<Str>().is_none() {
                    let name = encoded.ty().name();
                    let message = format!("encoder() must return a string, not {name}");
                    return Err(self.thread.type_error(message));
                }
                self.push_text(*encoded);
            }
        }
        Ok(())
    }

    fn float_text(&self, v: Value) -> PyResult {
        let f = float::get(v).unwrap_or_default();
        if f.is_finite() {
            return float::operators::repr(self.thread, v);
        }
        if !self.encoder.allow_nan {
            let shown = protocol::repr(self.thread, v)?;
            let message =
                format!("Out of range float values are not JSON compliant: {}", str::display(*shown));
            return Err(self.thread.value_error(message));
        }
        Ok(Str::new(match f {
            f64::INFINITY => "Infinity",
            f64::NEG_INFINITY => "-Infinity",
            _ => "NaN",
        }))
    }

    fn float(&mut self, v: Value) -> PyResult<()> {
        if let Some(f) = float::get(v).filter(|f| f.is_finite()) {
            self.push(&float_repr(f));
            return Ok(());
        }
        let text = self.float_text(v)?;
        self.push_text(*text);
        Ok(())
    }

    /// Notes that `v` is being written; the place in the markers to leave with.
    fn enter(&self, v: Value) -> PyResult<Option<Ref>> {
        self.thread.check_native_stack()?;
        let markers = self.encoder.markers.peek();
        let Some(markers) = markers.cast::<Dict>() else { return Ok(None) };
        let key = int::from_u64(address(v));
        if markers.get(self.thread, *key)?.is_some() {
            return Err(self.thread.value_error("Circular reference detected"));
        }
        markers.set(self.thread, *key, v.to_ref())?;
        Ok(Some(key))
    }
    fn leave(&self, key: Option<Ref>) -> PyResult<()> {
        if let (Some(key), Some(markers)) = (key, self.encoder.markers.peek().cast::<Dict>()) {
            markers.remove(self.thread, *key)?;
        }
        Ok(())
    }

    /// The raised exception with a note on where it happened.
    #[cold]
    fn noted(&self, _: Raised, note: String) -> Raised {
        let exception = self.thread.take_raised();
        let add_note = str::intern_text("add_note");
        if self.thread.call_method(*exception, add_note, &[*Str::new(&note)]).is_err() {
            drop(self.thread.take_raised());
        }
        self.thread.restore(exception)
    }

    fn new_line(&mut self, level: usize) {
        let indent = self.encoder.indent.peek();
        if indent.is_none() {
            return;
        }
        self.push("\n");
        for _ in 0..level {
            self.push_text(indent);
        }
    }
    fn item_separator(&mut self, level: usize) {
        self.push_text(self.encoder.item_separator.peek());
        self.new_line(level);
    }

    fn sequence(&mut self, v: Value, level: usize) -> PyResult<()> {
        let item_at = |i: usize| match v.cast::<List>() {
            Some(list) => list.get(i),
            None => v.cast::<Tuple>()?.items().get(i).map(|item| item.to_ref()),
        };
        if item_at(0).is_none() {
            self.push("[]");
            return Ok(());
        }
        let marker = self.enter(v)?;
        self.push("[");
        self.new_line(level + 1);
        let mut i = 0;
        while let Some(item) = item_at(i) {
            if i > 0 {
                self.item_separator(level + 1);
            }
            if let Err(raised) = self.value(*item, level + 1) {
                return Err(self.noted(raised, format!("when serializing {} item {i}", v.ty().name())));
            }
            i += 1;
        }
        self.leave(marker)?;
        self.new_line(level);
        self.push("]");
        Ok(())
    }

    /// The string that a key is written as; `None` if the key is skipped.
    fn key_text(&self, key: Value) -> PyResult<Option<Ref>> {
        Ok(Some(match key {
            _ if key.cast::<Str>().is_some() => key.to_ref(),
            _ if float::is_float(key) => self.float_text(key)?,
            Value::TRUE => Str::new("true"),
            Value::FALSE => Str::new("false"),
            Value::NONE => Str::new("null"),
            _ if int::is_int(key) => int::operators::repr(self.thread, key)?,
            _ if self.encoder.skipkeys => return Ok(None),
            _ => {
                let name = key.ty().name();
                let message = format!("keys must be str, int, float, bool or None, not {name}");
                return Err(self.thread.type_error(message));
            }
        }))
    }

    fn dict(&mut self, v: Value, level: usize) -> PyResult<()> {
        let Some(dict) = v.cast::<Dict>() else { return Ok(()) };
        if dict.len() == 0 {
            self.push("{}");
            return Ok(());
        }
        let marker = self.enter(v)?;
        self.push("{");
        let mut is_first = true;
        let exact = v.is_exact(&runtime::types::registry::DICT);
        if self.encoder.sort_keys || !exact {
            self.sorted_entries(v, level, &mut is_first)?;
        } else {
            let mut place = 0;
            while place < dict.places() {
                if let Some(entry) = dict.entry_at(place) {
                    let (key, value) = (entry.key.to_ref(), entry.value.to_ref());
                    self.entry(v, *key, *value, level, &mut is_first)?;
                }
                place += 1;
            }
        }
        self.leave(marker)?;
        if !is_first {
            self.new_line(level);
        }
        self.push("}");
        Ok(())
    }

    /// The entries of a dict by its own `items`, in order of the keys if that is wanted.
    fn sorted_entries(&mut self, v: Value, level: usize, is_first: &mut bool) -> PyResult<()> {
        let plain = v.cast_exact::<Dict>().filter(|dict| dict.has_only_str_keys());
        if let Some(dict) = plain {
            // No two keys are equal, so the order of the pairs is that of the keys.
            let mut entries = dict.items();
            entries.sort_by(|(left, _), (right, _)| match (left.cast::<Str>(), right.cast::<Str>()) {
                (Some(left), Some(right)) => units::compare(left.data(), right.data()),
                _ => Ordering::Equal,
            });
            for (key, value) in &entries {
                self.entry(v, **key, **value, level, is_first)?;
            }
            return Ok(());
        }
        let items = self.thread.call_method(v, names::get().items, &[])?;
        let items = List::from_refs(protocol::collect(self.thread, *items)?);
        if self.encoder.sort_keys {
            self.thread.call_method(*items, names::get().sort, &[])?;
        }
        let Some(items) = items.cast::<List>() else { return Ok(()) };
        let mut i = 0;
        while let Some(item) = items.get(i) {
            let pair = item.cast::<Tuple>().map(|pair| pair.items());
            let Some([key, value]) = pair else {
                return Err(self.thread.value_error("items must return 2-tuples"));
            };
            self.entry(v, *key, *value, level, is_first)?;
            i += 1;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        dict: Value,
        key: Value,
        value: Value,
        level: usize,
        is_first: &mut bool,
    ) -> PyResult<()> {
        let Some(text) = self.key_text(key)? else { return Ok(()) };
        match std::mem::take(is_first) {
            true => self.new_line(level + 1),
            false => self.item_separator(level + 1),
        }
        if let Some(string) = text.cast::<Str>() {
            self.string(string, *text)?;
        }
        self.push_text(self.encoder.key_separator.peek());
        if let Err(raised) = self.value(value, level + 1) {
            let exception = self.thread.take_raised();
            let shown = protocol::repr(self.thread, key);
            let shown = shown.map(|text| str::display(*text)).unwrap_or_else(|_| {
                drop(self.thread.take_raised());
                "?".to_owned()
            });
            self.thread.set_raised(exception);
            return Err(self.noted(raised, format!("when serializing {} item {shown}", dict.ty().name())));
        }
        Ok(())
    }

    /// What `default` makes of an object that JSON has no form for.
    fn other(&mut self, v: Value, level: usize) -> PyResult<()> {
        let marker = self.enter(v)?;
        let default = self.encoder.default.get();
        let replacement = self.thread.call(*default, &[v])?;
        if let Err(raised) = self.value(*replacement, level) {
            return Err(self.noted(raised, format!("when serializing {} object", v.ty().name())));
        }
        self.leave(marker)
    }
}
