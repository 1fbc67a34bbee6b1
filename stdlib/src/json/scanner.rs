//! `_json.Scanner`: one JSON value from a place in a text.

use super::string;
use super::strings::{self, Fault, fault};
use runtime::attributes;
use runtime::cell::Slot;
use runtime::error::Raised;
use runtime::object::drop_object;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::state::import_module;
use runtime::str_kernel::{CodeUnit, with_units};
use runtime::types::binding::Parameters;
use runtime::types::registry::{FLOAT, INT};
use runtime::{
    Args, GetSetDef, Header, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset,
    new_object, protocol, readonly_member, slot_fields,
};
use smallvec::SmallVec;

/// A scanner with the hooks of its decoder.
#[repr(C)]
pub(super) struct ScannerObject {
    pub(super) header: Header,
    strict: bool,
    object_hook: Slot,
    object_pairs_hook: Slot,
    parse_float: Slot,
    parse_int: Slot,
    parse_constant: Slot,
}

runtime::object!(ScannerObject, SCANNER);
slot_fields!(ScannerObject, object_hook, object_pairs_hook, parse_float, parse_int, parse_constant);

pub(super) static SCANNER: Type = Type::new_static(&TypeSpec {
    name: "_json.Scanner",
    size: size_of::<ScannerObject>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<ScannerObject>,
        traverse: Some(traverse_slots::<ScannerObject>),
        clear: Some(clear_slots::<ScannerObject>),
        call: Some(call),
        ..Slots::EMPTY
    },
    getsets: GETSETS,
    doc: "JSON scanner object",
    ..TypeSpec::EMPTY
});

const GETSETS: &[GetSetDef] = &[
    getset("strict", |thread, v| Ok(Ref::bool(receiver::<ScannerObject>(thread, v)?.strict)), "strict")
        .member(),
    readonly_member!(ScannerObject, object_hook, "object_hook", "object_hook"),
    readonly_member!(ScannerObject, object_pairs_hook, "object_pairs_hook", "object_pairs_hook"),
    readonly_member!(ScannerObject, parse_float, "parse_float", "parse_float"),
    readonly_member!(ScannerObject, parse_int, "parse_int", "parse_int"),
    readonly_member!(ScannerObject, parse_constant, "parse_constant", "parse_constant"),
];

static NEW: Parameters = Parameters::new("make_scanner", "(context)");
static CALL: Parameters = Parameters::new("scan_once", "(string, idx)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        let read = |name: &str| attributes::get(thread, a[0], str::intern_text(name));
        let strict = protocol::is_true(thread, *read("strict")?)?;
        let object_hook = read("object_hook")?;
        let object_pairs_hook = read("object_pairs_hook")?;
        let parse_float = read("parse_float")?;
        let parse_int = read("parse_int")?;
        let parse_constant = read("parse_constant")?;
        Ok(new_object(ty, |header| ScannerObject {
            header,
            strict,
            object_hook: Slot::new(object_hook),
            object_pairs_hook: Slot::new(object_pairs_hook),
            parse_float: Slot::new(parse_float),
            parse_int: Slot::new(parse_int),
            parse_constant: Slot::new(parse_constant),
        }))
    })
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let scanner = receiver::<ScannerObject>(thread, v)?;
    CALL.bind(thread, arguments, |a| {
        let start = protocol::index_isize(thread, a[1])?;
        let text = string(thread, a[0])?;
        let Ok(start) = usize::try_from(start) else {
            return Err(thread.value_error("idx cannot be negative"));
        };
        let (value, end) = with_units!(text.data(), |units| {
            let mut scan = Scan { thread, scanner, document: a[0], units, keys: [const { None }; KEYS] };
            scan.value(start)?
        });
        Ok(Tuple::from_refs(vec![value, int::from_usize(end)]))
    })
}

/// `json.JSONDecodeError` for a fault.
#[cold]
pub(super) fn decode_error(thread: &Thread, fault: Fault, document: Value) -> Raised {
    let made = import_module(thread, "json.decoder").and_then(|module| {
        let class = attributes::get(thread, *module, str::intern_text("JSONDecodeError"))?;
        let arguments = [Str::new(fault.message), document.to_ref(), int::new(fault.at as i64)];
        thread.call(*class, runtime::value::as_values(&arguments))
    });
    match made {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

/// Numbers of so many characters fit into a machine word.
const MACHINE_DIGITS: usize = 18;

/// Size of the cache of keys of objects.
const KEYS: usize = 64;

/// One run over a document. The units belong to a string that the caller holds.
struct Scan<'a, U> {
    thread: &'a Thread,
    scanner: &'static ScannerObject,
    document: Value,
    units: &'a [U],
    /// Keys seen, by a hash of their units: most documents repeat them.
    keys: [Option<Ref>; KEYS],
}

impl<U: CodeUnit> Scan<'_, U> {
    #[inline]
    fn at(&self, at: usize) -> u32 {
        self.units.get(at).map_or(u32::MAX, |unit| (*unit).into())
    }
    #[inline]
    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.at(at), 0x20 | 9 | 10 | 13) {
            at += 1;
        }
        at
    }
    #[cold]
    fn fault(&self, message: &'static str, at: usize) -> Raised {
        decode_error(self.thread, fault(message, at), self.document)
    }
    #[cold]
    fn stop(&self, at: usize) -> Raised {
        self.thread.stop_iteration(*int::from_usize(at))
    }
    fn starts_with(&self, at: usize, word: &[u8]) -> bool {
        let part = self.units.get(at..).and_then(|rest| rest.get(..word.len()));
        part.is_some_and(|part| part.iter().zip(word).all(|(unit, byte)| (*unit).into() == u32::from(*byte)))
    }

    fn value(&mut self, at: usize) -> PyResult<(Ref, usize)> {
        match self.at(at) {
            0x22 => self.string(at + 1),
            0x7b => self.nested(at + 1, Self::object),
            0x5b => self.nested(at + 1, Self::array),
            0x6e if self.starts_with(at, b"null") => Ok((Ref::NONE, at + 4)),
            0x74 if self.starts_with(at, b"true") => Ok((Ref::bool(true), at + 4)),
            0x66 if self.starts_with(at, b"false") => Ok((Ref::bool(false), at + 5)),
            0x4e if self.starts_with(at, b"NaN") => self.constant("NaN", at),
            0x49 if self.starts_with(at, b"Infinity") => self.constant("Infinity", at),
            0x2d if self.starts_with(at, b"-Infinity") => self.constant("-Infinity", at),
            0x2d | 0x30..=0x39 => self.number(at),
            _ => Err(self.stop(at)),
        }
    }

    #[inline]
    fn nested(
        &mut self,
        at: usize,
        read: fn(&mut Self, usize) -> PyResult<(Ref, usize)>,
    ) -> PyResult<(Ref, usize)> {
        self.thread.check_native_stack()?;
        read(self, at)
    }

    fn constant(&self, name: &str, at: usize) -> PyResult<(Ref, usize)> {
        let parse = self.scanner.parse_constant.get();
        let value = self.thread.call(*parse, &[*Str::new(name)])?;
        Ok((value, at + name.len()))
    }

    fn string(&self, start: usize) -> PyResult<(Ref, usize)> {
        match strings::scan(self.units, start, self.scanner.strict) {
            Ok(scanned) => Ok(scanned.finish(self.units)),
            Err(fault) => Err(decode_error(self.thread, fault, self.document)),
        }
    }

    /// The key whose first character is at `start`; equal keys of a document are one object.
    fn key(&mut self, start: usize) -> PyResult<(Ref, usize)> {
        let scanned = strings::scan(self.units, start, self.scanner.strict)
            .map_err(|fault| decode_error(self.thread, fault, self.document))?;
        if scanned.text.is_some() || scanned.end - start > 32 {
            return Ok(scanned.finish(self.units));
        }
        let units = &self.units[start..scanned.end - 1];
        let mix = |hash: u32, unit: &U| (hash ^ (*unit).into()).wrapping_mul(0x0100_0193);
        let place = units.iter().fold(0x811c_9dc5, mix) as usize % KEYS;
        let same = |key: &Str| key.len() == units.len() && key.chars().eq(units.iter().map(|u| (*u).into()));
        if let Some(key) = &self.keys[place]
            && key.cast::<Str>().is_some_and(same)
        {
            return Ok((key.clone(), scanned.end));
        }
        let (key, end) = scanned.finish(self.units);
        self.keys[place] = Some(key.clone());
        Ok((key, end))
    }

    fn array(&mut self, start: usize) -> PyResult<(Ref, usize)> {
        let mut items = Vec::new();
        let mut at = self.skip_space(start);
        if self.at(at) == 0x5d {
            return Ok((List::from_refs(items), at + 1));
        }
        loop {
            let (item, end) = self.value(at)?;
            items.push(item);
            at = self.skip_space(end);
            match self.at(at) {
                0x5d => return Ok((List::from_refs(items), at + 1)),
                0x2c => {}
                _ => return Err(self.fault("Expecting ',' delimiter", at)),
            }
            let comma = at;
            at = self.skip_space(at + 1);
            if self.at(at) == 0x5d {
                return Err(self.fault("Illegal trailing comma before end of array", comma));
            }
        }
    }

    fn object(&mut self, start: usize) -> PyResult<(Ref, usize)> {
        let wants_pairs = !self.scanner.object_pairs_hook.peek().is_none();
        let dict = Dict::new();
        let mut pairs = Vec::new();
        let mut at = self.skip_space(start);
        if self.at(at) != 0x7d {
            loop {
                if self.at(at) != 0x22 {
                    return Err(self.fault("Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = self.key(at + 1)?;
                at = self.skip_space(end);
                if self.at(at) != 0x3a {
                    return Err(self.fault("Expecting ':' delimiter", at));
                }
                let (value, end) = self.value(self.skip_space(at + 1))?;
                if wants_pairs {
                    pairs.push(Tuple::from_refs(vec![key, value]));
                } else if let Some(dict) = dict.cast::<Dict>() {
                    dict.set(self.thread, *key, value)?;
                }
                at = self.skip_space(end);
                match self.at(at) {
                    0x7d => break,
                    0x2c => {}
                    _ => return Err(self.fault("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.at(at) == 0x7d {
                    return Err(self.fault("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let value = if wants_pairs {
            let hook = self.scanner.object_pairs_hook.get();
            self.thread.call(*hook, &[*List::from_refs(pairs)])?
        } else if self.scanner.object_hook.peek().is_none() {
            dict
        } else {
            let hook = self.scanner.object_hook.get();
            self.thread.call(*hook, &[*dict])?
        };
        Ok((value, at + 1))
    }

    /// Where the digits from `at` on end.
    #[inline]
    fn digits(&self, mut at: usize) -> usize {
        while matches!(self.at(at), 0x30..=0x39) {
            at += 1;
        }
        at
    }

    fn number(&self, start: usize) -> PyResult<(Ref, usize)> {
        let mut end = start + usize::from(self.at(start) == 0x2d);
        end = match self.at(end) {
            0x30 => end + 1,
            0x31..=0x39 => self.digits(end),
            _ => return Err(self.stop(start)),
        };
        let mut is_float = false;
        if self.at(end) == 0x2e && self.digits(end + 1) > end + 1 {
            is_float = true;
            end = self.digits(end + 1);
        }
        if matches!(self.at(end), 0x45 | 0x65) {
            let first = end + 1 + usize::from(matches!(self.at(end + 1), 0x2b | 0x2d));
            if self.digits(first) > first {
                is_float = true;
                end = self.digits(first);
            }
        }
        if !is_float && end - start <= MACHINE_DIGITS && self.scanner.parse_int.peek().is(Value::of(&INT)) {
            let negative = self.at(start) == 0x2d;
            let digits = &self.units[start + usize::from(negative)..end];
            let value = digits.iter().fold(0i64, |value, unit| value * 10 + i64::from((*unit).into() - 0x30));
            return Ok((int::new(if negative { -value } else { value }), end));
        }
        let text: SmallVec<[u8; 32]> =
            self.units[start..end].iter().map(|unit| (*unit).into() as u8).collect();
        let (parse, own) = match is_float {
            true => (self.scanner.parse_float.get(), &FLOAT),
            false => (self.scanner.parse_int.get(), &INT),
        };
        if parse.is(Value::of(own)) {
            let text = std::str::from_utf8(&text).unwrap_or_default();
            if is_float && let Ok(value) = text.parse() {
                return Ok((float::new(value), end));
            }
            if !is_float && let Ok(value) = text.parse() {
                return Ok((int::new(value), end));
            }
        }
        Ok((self.thread.call(*parse, &[*Str::from_ascii(&text)])?, end))
    }
}
