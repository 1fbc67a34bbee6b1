//! `_csv.Dialect`: what separates, quotes and escapes.

use super::registered;
use runtime::attributes;
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::int;
use runtime::objects::str::{Str, intern_text};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::types::registry::INT;
use runtime::{
    Args, GetSetDef, Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    getset, method, new_object, protocol,
};

/// Which fields a writer quotes, and what a reader makes of those that aren't.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quoting {
    Minimal,
    All,
    NonNumeric,
    None,
    Strings,
    NotNull,
}

const QUOTINGS: [Quoting; 6] =
    [Quoting::Minimal, Quoting::All, Quoting::NonNumeric, Quoting::None, Quoting::Strings, Quoting::NotNull];

/// A dialect; it never changes.
#[repr(C)]
pub(super) struct Dialect {
    pub(super) header: Header,
    pub(super) delimiter: u32,
    pub(super) quote: Option<u32>,
    pub(super) escape: Option<u32>,
    pub(super) line_terminator: Slot,
    pub(super) quoting: Quoting,
    pub(super) double_quote: bool,
    pub(super) skip_initial_space: bool,
    pub(super) strict: bool,
}

runtime::object!(Dialect, DIALECT);

pub(super) static DIALECT: Type = Type::new_static(&TypeSpec {
    name: "_csv.Dialect",
    size: size_of::<Dialect>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::IMMUTABLE),
    slots: Slots { new: Some(make_dialect), drop: drop_object::<Dialect>, ..Slots::EMPTY },
    methods: &[
        method("__reduce__", "?", NativeFn::Raw(refuse_pickling), "raises an exception to avoid pickling"),
        method("__reduce_ex__", "?", NativeFn::Raw(refuse_pickling), "raises an exception to avoid pickling"),
    ],
    getsets: GETSETS,
    doc: "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.\n",
    ..TypeSpec::EMPTY
});

fn dialect(thread: &Thread, v: Value) -> PyResult<&'static Dialect> {
    receiver(thread, v)
}

const GETSETS: &[GetSetDef] = &[
    getset("skipinitialspace", |t, v| Ok(Ref::bool(dialect(t, v)?.skip_initial_space)), "").member(),
    getset("doublequote", |t, v| Ok(Ref::bool(dialect(t, v)?.double_quote)), "").member(),
    getset("strict", |t, v| Ok(Ref::bool(dialect(t, v)?.strict)), "").member(),
    getset("delimiter", |t, v| Ok(Str::from_char(dialect(t, v)?.delimiter)), ""),
    getset("escapechar", |t, v| Ok(dialect(t, v)?.escape.map_or(Ref::NONE, Str::from_char)), ""),
    getset("lineterminator", |t, v| Ok(dialect(t, v)?.line_terminator.get()), ""),
    getset("quotechar", |t, v| Ok(dialect(t, v)?.quote.map_or(Ref::NONE, Str::from_char)), ""),
    getset("quoting", |t, v| Ok(int::new(dialect(t, v)?.quoting as i64)), ""),
];

fn refuse_pickling(thread: &Thread, v: Value, _: &Args) -> PyResult {
    Err(thread.type_error(format!("cannot pickle '{}' instances", v.ty().short_name())))
}

const NAMES: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

static NEW: Parameters = Parameters::new(
    "Dialect",
    "(dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='', quotechar='', quoting=0, skipinitialspace=False, strict=False)",
);

/// A dialect from another one (or its name, or any object with such attributes) and settings that override it.
pub(super) fn make_dialect(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let unknown = arguments.keywords().map(|(name, _)| name).find(|name| {
        let name = name.cast::<Str>().and_then(|name| name.as_ascii());
        !name.is_some_and(|name| name == "dialect" || NAMES.contains(&name))
    });
    if let Some(name) = unknown {
        let name = runtime::objects::str::display(name);
        return Err(thread.type_error(format!("this function got an unexpected keyword argument '{name}'")));
    }
    NEW.bind(thread, arguments, |a| {
        let mut base = if a[0].is_null() || a[0].is_none() { Ref::NULL } else { a[0].to_ref() };
        if base.cast::<Str>().is_some() {
            base = registered(thread, *base)?;
        }
        let has_settings = a[1..].iter().any(|v| !v.is_null());
        if base.cast::<Dialect>().is_some() && !has_settings {
            return Ok(base);
        }
        let mut settings: [Ref; 8] = std::array::from_fn(|i| a[i + 1].to_ref());
        if !base.is_null() {
            for (setting, name) in settings.iter_mut().zip(NAMES) {
                if !setting.is_null() {
                    continue;
                }
                match attributes::get(thread, *base, intern_text(name)) {
                    Ok(value) => *setting = value,
                    Err(_) => drop(thread.take_raised()),
                }
            }
        }
        build(thread, ty, &settings)
    })
}

fn build(thread: &Thread, ty: &'static Type, settings: &[Ref; 8]) -> PyResult {
    let [delimiter, double_quote, escape, terminator, quote, quoting, skip, strict] = settings;
    let flag =
        |v: &Ref, default: bool| if v.is_null() { Ok(default) } else { protocol::is_true(thread, **v) };
    let delimiter_point = match delimiter.is_null() {
        true => u32::from(b','),
        false => character(thread, **delimiter, "delimiter", "")?,
    };
    let double_quote = flag(double_quote, true)?;
    let escape = match escape.is_null() || escape.is_none() {
        true => None,
        false => Some(character(thread, **escape, "escapechar", " or None")?),
    };
    let line_terminator = match terminator {
        missing if missing.is_null() => Str::new("\r\n"),
        text if text.cast::<Str>().is_some() => text.clone(),
        other => {
            let name = other.ty().name();
            return Err(thread.type_error(format!("\"lineterminator\" must be a string, not {name}")));
        }
    };
    let quote_point = match quote {
        missing if missing.is_null() => Some(u32::from(b'"')),
        none if none.is_none() => None,
        given => Some(character(thread, **given, "quotechar", " or None")?),
    };
    let mut kind = match quoting {
        missing if missing.is_null() => Quoting::Minimal,
        number if number.as_small_int().is_some() || number.is_exact(&INT) => {
            let place = number.as_small_int().and_then(|i| usize::try_from(i).ok());
            let kind = place.and_then(|i| QUOTINGS.get(i));
            *kind.ok_or_else(|| thread.type_error("bad \"quoting\" value"))?
        }
        other => {
            let name = other.ty().name();
            return Err(thread.type_error(format!("\"quoting\" must be an integer, not {name}")));
        }
    };
    let (skip_initial_space, strict) = (flag(skip, false)?, flag(strict, false)?);
    if quote_point.is_none() && quoting.is_null() {
        kind = Quoting::None;
    }
    if kind != Quoting::None && quote_point.is_none() {
        return Err(thread.type_error("quotechar must be set if quoting enabled"));
    }
    let text = line_terminator.cast::<Str>();
    let check = |point: Option<u32>, name: &str, allow_space: bool| {
        let Some(point) = point else { return Ok(()) };
        if matches!(point, 10 | 13) || point == 32 && !allow_space {
            return Err(thread.value_error(format!("bad {name} value")));
        }
        if text.is_some_and(|text| text.chars().any(|c| c == point)) {
            return Err(thread.value_error(format!("bad {name} or lineterminator value")));
        }
        Ok(())
    };
    check(Some(delimiter_point), "delimiter", true)?;
    check(escape, "escapechar", !skip_initial_space)?;
    check(quote_point, "quotechar", !skip_initial_space)?;
    let pairs = [
        (Some(delimiter_point), escape, "delimiter or escapechar"),
        (Some(delimiter_point), quote_point, "delimiter or quotechar"),
        (escape, quote_point, "escapechar or quotechar"),
    ];
    for (one, other, names) in pairs {
        if one.is_some() && one == other {
            return Err(thread.value_error(format!("bad {names} value")));
        }
    }
    Ok(new_object(ty, |header| Dialect {
        header,
        delimiter: delimiter_point,
        quote: quote_point,
        escape,
        line_terminator: Slot::new(line_terminator),
        quoting: kind,
        double_quote,
        skip_initial_space,
        strict,
    }))
}

fn character(thread: &Thread, v: Value, name: &str, or_none: &str) -> PyResult<u32> {
    let wrong = match v.cast::<Str>() {
        Some(s) if s.len() == 1 => return Ok(s.code_point(0)),
        Some(s) => format!("a string of length {}", s.len()),
        None => v.ty().name().into_owned(),
    };
    Err(thread.type_error(format!("\"{name}\" must be a unicode character{or_none}, not {wrong}")))
}
