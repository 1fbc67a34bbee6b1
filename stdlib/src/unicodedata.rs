//! `unicodedata`: facts of characters. `ucd_3_2_0` answers as of Unicode 3.2.

use ir::unicode::{self, Form, Named, version_3_2 as old};
use runtime::error::Raised;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::Str;
use runtime::objects::{bytes::Bytes, float, int};
use runtime::{
    Effects, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    getset, method, new_exact,
};

/// The database of version 3.2.
#[repr(C)]
struct Database {
    header: Header,
}

runtime::object!(Database, UCD);

static UCD: Type = Type::new_static(&TypeSpec {
    name: "unicodedata.UCD",
    size: size_of::<Database>(),
    flags: TypeFlags::NO_INSTANTIATION.union(TypeFlags::IMMUTABLE),
    slots: Slots::EMPTY,
    methods: FUNCTIONS,
    getsets: &[getset("unidata_version", |_, _| Ok(Str::new("3.2.0")), "").member()],
    ..TypeSpec::EMPTY
});

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from ftp://ftp.unicode.org/.\n\nThe module uses the same names and symbols as defined by the\nUnicodeData File Format 16.0.0.",
    functions: FUNCTIONS,
    init: |_, module| {
        module::add_type(module, &UCD);
        module::add(module, "unidata_version", *Str::new(unicode::VERSION));
        module::add(module, "ucd_3_2_0", *new_exact(|header| Database { header }));
        Ok(())
    },
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "decimal",
        "($self, chr, default=<unrepresentable>, /)",
        NativeFn::Bound(|thread, v, a| {
            let point = first_character(thread, a[0], "decimal")?;
            let value = if is_old(v) { old::decimal(point) } else { unicode::decimal(point) };
            or_default(thread, value.map(|value| int::new(value.into())), a[1], "not a decimal")
        }),
        "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.",
    ),
    method(
        "digit",
        "($self, chr, default=<unrepresentable>, /)",
        NativeFn::Bound(|thread, v, a| {
            let point = first_character(thread, a[0], "digit")?;
            let value = unicode::digit(point).filter(|_| !is_old(v) || old::is_assigned(point));
            or_default(thread, value.map(|value| int::new(value.into())), a[1], "not a digit")
        }),
        "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.",
    ),
    method(
        "numeric",
        "($self, chr, default=<unrepresentable>, /)",
        NativeFn::Bound(|thread, v, a| {
            let point = first_character(thread, a[0], "numeric")?;
            let value = if is_old(v) { old::numeric(point) } else { unicode::numeric(point) };
            or_default(thread, value.map(float::new), a[1], "not a numeric character")
        }),
        "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.",
    ),
    method(
        "category",
        "($self, chr, /)",
        NativeFn::One(|thread, v, c| {
            let point = character(thread, c, "category")?;
            Ok(Str::new(if is_old(v) { old::category(point) } else { unicode::category(point) }))
        }),
        "Returns the general category assigned to the character chr as string.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "bidirectional",
        "($self, chr, /)",
        NativeFn::One(|thread, v, c| {
            let point = character(thread, c, "bidirectional")?;
            Ok(Str::new(if is_old(v) { old::bidirectional(point) } else { unicode::bidirectional(point) }))
        }),
        "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "combining",
        "($self, chr, /)",
        NativeFn::One(|thread, v, c| {
            let point = character(thread, c, "combining")?;
            let unknown = is_old(v) && !old::is_assigned(point);
            Ok(int::new(if unknown { 0 } else { unicode::combining(point).into() }))
        }),
        "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "mirrored",
        "($self, chr, /)",
        NativeFn::One(|thread, v, c| {
            let point = character(thread, c, "mirrored")?;
            let mirrored = if is_old(v) { old::is_mirrored(point) } else { unicode::is_mirrored(point) };
            Ok(int::new(mirrored.into()))
        }),
        "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "east_asian_width",
        "($self, chr, /)",
        NativeFn::One(|thread, v, c| {
            let point = character(thread, c, "east_asian_width")?;
            let width = if is_old(v) { old::east_asian_width(point) } else { unicode::east_asian_width(point) };
            Ok(Str::new(width))
        }),
        "Returns the east asian width assigned to the character chr as string.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "decomposition",
        "($self, chr, /)",
        NativeFn::One(decomposition),
        "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined.",
    )
    .effects(Effects::PURE_RAISES),
    method(
        "name",
        "($self, chr, default=<unrepresentable>, /)",
        NativeFn::Bound(|thread, v, a| {
            let point = first_character(thread, a[0], "name")?;
            let name = unicode::name_of(point).filter(|_| !is_old(v) || old::is_assigned(point));
            or_default(thread, name.map(|name| Str::new(&name)), a[1], "no such name")
        }),
        "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised.",
    ),
    method(
        "lookup",
        "($self, name, /)",
        NativeFn::One(lookup),
        "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised.",
    ),
    method(
        "is_normalized",
        "($self, form, unistr, /)",
        NativeFn::Bound(|thread, v, a| {
            let (form, text) = form_and_text(thread, a, "is_normalized")?;
            let points: Vec<u32> = text.chars().collect();
            Ok(Ref::bool(match is_old(v) {
                true => old::normalize(form, &points) == points,
                false => unicode::is_normalized(form, &points),
            }))
        }),
        "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.",
    ),
    method(
        "normalize",
        "($self, form, unistr, /)",
        NativeFn::Bound(|thread, v, a| {
            let (form, text) = form_and_text(thread, a, "normalize")?;
            if text.is_ascii() {
                return Ok(runtime::objects::str_type::exact(a[1]));
            }
            let points: Vec<u32> = text.chars().collect();
            let normal = match is_old(v) {
                true => old::normalize(form, &points),
                false => unicode::normalize(form, points.iter().copied()),
            };
            if normal == points {
                return Ok(runtime::objects::str_type::exact(a[1]));
            }
            Ok(Str::from_code_points(&normal))
        }),
        "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.",
    ),
];

/// Whether a function was called on the old database.
fn is_old(receiver: Value) -> bool {
    receiver.cast::<Database>().is_some()
}

/// The code point of an argument that has to be one character.
fn one_character(thread: &Thread, v: Value, function: &str, place: &str) -> PyResult<u32> {
    match v.cast::<Str>() {
        Some(s) if s.len() == 1 => Ok(s.code_point(0)),
        Some(s) => Err(thread.type_error(format!(
            "{function}(): argument{place} must be a unicode character, not a string of length {}",
            s.len()
        ))),
        None => {
            let name = if v.is_none() { "None".into() } else { v.ty().name() };
            let message = format!("{function}() argument{place} must be a unicode character, not {name}");
            Err(thread.type_error(message))
        }
    }
}

fn character(thread: &Thread, v: Value, function: &str) -> PyResult<u32> {
    one_character(thread, v, function, "")
}

fn first_character(thread: &Thread, v: Value, function: &str) -> PyResult<u32> {
    one_character(thread, v, function, " 1")
}

fn or_default(thread: &Thread, value: Option<Ref>, default: Value, message: &str) -> PyResult {
    match value {
        Some(value) => Ok(value),
        None if default.is_null() => Err(thread.value_error(message)),
        None => Ok(default.to_ref()),
    }
}

fn decomposition(thread: &Thread, v: Value, c: Value) -> PyResult {
    let point = character(thread, c, "decomposition")?;
    if is_old(v) && !old::is_assigned(point) {
        return Ok(Str::empty());
    }
    const HANGUL: std::ops::Range<u32> = 0xac00..0xac00 + 19 * 21 * 28;
    if HANGUL.contains(&point) {
        let i = point - HANGUL.start;
        let (lead, vowel, tail) = (0x1100 + i / 588, 0x1161 + i % 588 / 28, 0x11a7 + i % 28);
        let tail = if tail == 0x11a7 { String::new() } else { format!(" {tail:04X}") };
        return Ok(Str::new(&format!("{lead:04X} {vowel:04X}{tail}")));
    }
    let Some((tag, points)) = unicode::decomposition(point) else { return Ok(Str::empty()) };
    let mut parts: Vec<String> = Vec::new();
    if !tag.is_empty() {
        parts.push(tag.to_owned());
    }
    parts.extend(points.map(|point| format!("{point:04X}")));
    Ok(Str::new(&parts.join(" ")))
}

fn key_error(thread: &Thread, message: &str) -> Raised {
    thread.key_error(*Str::new(message))
}

fn lookup(thread: &Thread, v: Value, name: Value) -> PyResult {
    /// CPython refuses longer names before it looks.
    const LONGEST: usize = 256;
    let text = match (name.cast::<Str>(), name.cast::<Bytes>()) {
        (Some(text), _) => text.to_text_lossy().into_owned(),
        (None, Some(bytes)) => String::from_utf8_lossy(bytes.as_bytes()).into_owned(),
        (None, None) => {
            let source = crate::support::byte_source(thread, name)?;
            String::from_utf8_lossy(source.bytes()).into_owned()
        }
    };
    if text.len() > LONGEST {
        return Err(key_error(thread, "name too long"));
    }
    let found = match unicode::lookup_name(&text) {
        Some(Named::Character(point)) if !is_old(v) || old::is_assigned(point) => Some(Str::from_char(point)),
        Some(Named::Sequence(points)) if !is_old(v) => {
            Some(Str::from_code_points(&points.iter().map(|point| u32::from(*point)).collect::<Vec<_>>()))
        }
        _ => None,
    };
    found.ok_or_else(|| key_error(thread, &format!("undefined character name '{text}'")))
}

/// Any form will do for an empty text.
fn form_and_text(thread: &Thread, a: &[Value], function: &str) -> PyResult<(Form, &'static Str)> {
    for (place, v) in [(1, a[0]), (2, a[1])] {
        if v.cast::<Str>().is_none() {
            let name = if v.is_none() { "None".into() } else { v.ty().name() };
            return Err(thread.type_error(format!("{function}() argument {place} must be str, not {name}")));
        }
    }
    let form = a[0].cast::<Str>().and_then(|form| Form::named(&form.to_text_lossy()));
    match (form, a[1].cast::<Str>()) {
        (Some(form), Some(text)) => Ok((form, text)),
        (None, Some(text)) if text.len() == 0 => Ok((Form::Nfc, text)),
        _ => Err(thread.value_error("invalid normalization form")),
    }
}
