//! `string.templatelib.Template` and `Interpolation`: what t-strings make, and the iterator over a template's parts.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::generic_alias::class_getitem;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::slot_fields::{clear_slots, member_get, receiver, traverse_slots};
use crate::state::import_module;
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{GetSetDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A value in a template and how it was written.
#[repr(C)]
pub struct Interpolation {
    pub header: Header,
    pub value: Slot,
    pub expression: Slot,
    /// `'s'`, `'r'`, `'a'` or None.
    pub conversion: Slot,
    pub format_spec: Slot,
}

crate::object!(Interpolation, INTERPOLATION);
crate::slot_fields!(Interpolation, value, expression, conversion, format_spec);

/// A template: one string more than interpolations.
#[repr(C)]
pub struct Template {
    pub header: Header,
    /// Tuples.
    pub strings: Slot,
    pub interpolations: Slot,
}

crate::object!(Template, TEMPLATE);
crate::slot_fields!(Template, strings, interpolations);

/// Walks the parts of a template, empty strings left out.
#[repr(C)]
pub struct TemplateIterator {
    pub header: Header,
    pub template: Slot,
    /// Twice the index of the next string, or the odd number behind it for the interpolation after it.
    at: Cell<usize>,
}

crate::object!(TemplateIterator, TEMPLATE_ITERATOR);
crate::slot_fields!(TemplateIterator, template);

/// An interpolation; the parts are of the right types.
pub fn new_interpolation(value: Ref, expression: Ref, conversion: Ref, format_spec: Ref) -> Ref {
    new_exact(|header| Interpolation {
        header,
        value: Slot::new(value),
        expression: Slot::new(expression),
        conversion: Slot::new(conversion),
        format_spec: Slot::new(format_spec),
    })
}

/// A template of a tuple of strings and a tuple of the interpolations between them.
pub fn new_template(strings: Ref, interpolations: Ref) -> Ref {
    new_exact(|header| Template {
        header,
        strings: Slot::new(strings),
        interpolations: Slot::new(interpolations),
    })
}

static INTERPOLATION_PARAMETERS: Parameters =
    Parameters::new("Interpolation", "(value, expression='', conversion=None, format_spec='')");

fn interpolation_new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    INTERPOLATION_PARAMETERS.bind(thread, arguments, |a| {
        let text = |v: Value, name: &str| match v.to_option() {
            None => Ok(Str::empty()),
            Some(v) if v.cast::<Str>().is_some() => Ok(v),
            Some(v) => Err(thread
                .type_error(format!("Interpolation() argument '{name}' must be str, not {}", v.ty().name()))),
        };
        let expression = text(a[1], "expression")?;
        let conversion = match a[2].to_option().filter(|c| !c.is_none()) {
            None => Ref::NONE,
            Some(given) => {
                let given = text(*given, "conversion")?;
                if !["s", "a", "r"].iter().any(|known| str::equals(*given, known)) {
                    let message = "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'";
                    return Err(thread.value_error(message));
                }
                given
            }
        };
        let format_spec = text(a[3], "format_spec")?;
        Ok(new_interpolation(a[0].to_ref(), expression, conversion, format_spec))
    })
}

fn fields(thread: &Thread, v: Value) -> PyResult<Vec<Ref>> {
    let i = receiver::<Interpolation>(thread, v)?;
    Ok(vec![i.value.get(), i.expression.get(), i.conversion.get(), i.format_spec.get()])
}

fn interpolation_repr(thread: &Thread, v: Value) -> PyResult {
    thread.check_native_stack()?;
    let mut text = TextBuilder::new("Interpolation(");
    for (i, field) in fields(thread, v)?.into_iter().enumerate() {
        text.push(if i == 0 { "" } else { ", " }).push_repr(thread, *field)?;
    }
    text.push(")");
    Ok(text.finish())
}

fn interpolation_reduce(thread: &Thread, v: Value) -> PyResult {
    let state = Tuple::from_refs(fields(thread, v)?);
    Ok(Tuple::from_refs(vec![Value::of(&INTERPOLATION).to_ref(), state]))
}

const INTERPOLATION_MEMBERS: &[GetSetDef] = &[
    getset("value", |t, v| member_get::<Interpolation>(t, v, |i| &i.value), "Value").member(),
    getset("expression", |t, v| member_get::<Interpolation>(t, v, |i| &i.expression), "Expression").member(),
    getset("conversion", |t, v| member_get::<Interpolation>(t, v, |i| &i.conversion), "Conversion").member(),
    getset("format_spec", |t, v| member_get::<Interpolation>(t, v, |i| &i.format_spec), "Format specifier")
        .member(),
];

pub static INTERPOLATION: Type = Type::new_static(&TypeSpec {
    name: "string.templatelib.Interpolation",
    size: size_of::<Interpolation>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(interpolation_new),
        drop: drop_object::<Interpolation>,
        traverse: Some(traverse_slots::<Interpolation>),
        clear: Some(clear_slots::<Interpolation>),
        repr: Some(interpolation_repr),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "__reduce__",
            "!($self, /)",
            NativeFn::NoArgs(interpolation_reduce),
            "__reduce__() -> (cls, state)",
        ),
        method(
            "__class_getitem__",
            "!($type, object, /)",
            NativeFn::One(class_getitem),
            "Interpolations are generic over the types of their values",
        )
        .class(),
    ],
    getsets: INTERPOLATION_MEMBERS,
    doc: "Interpolation object",
    ..TypeSpec::EMPTY
});

/// Readies the types, with what rows can't say.
pub fn prepare_types() {
    if let Some(dict) = INTERPOLATION.dict.get().cast::<crate::objects::dict::Dict>() {
        let names = ["value", "expression", "conversion", "format_spec"];
        let names = Tuple::from_refs(names.iter().map(|n| str::intern_text(n).to_ref()).collect());
        dict.set_str("__match_args__", *names);
    }
    INTERPOLATION.modified();
}

fn items(v: Value) -> &'static [Value] {
    v.cast::<Tuple>().map_or(&[], |t| t.items())
}

/// Adds a string to the last one.
fn extend_last(strings: &mut [Ref], text: Value) {
    let Some(last) = strings.last_mut() else { return };
    if let (Some(a), Some(b)) = (last.cast::<Str>(), text.cast::<Str>()) {
        *last = str::concat(a, b);
    }
}

fn template_new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    if arguments.has_keywords() {
        return Err(thread.type_error("Template.__new__ only accepts *args arguments"));
    }
    let (mut strings, mut interpolations) = (vec![Str::empty()], Vec::new());
    for part in arguments.positional() {
        if part.cast::<Str>().is_some() {
            extend_last(&mut strings, *part);
        } else if part.cast::<Interpolation>().is_some() {
            interpolations.push(part.to_ref());
            strings.push(Str::empty());
        } else {
            let name = part.ty().name();
            return Err(thread.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {name}"
            )));
        }
    }
    Ok(new_template(Tuple::from_refs(strings), Tuple::from_refs(interpolations)))
}

fn template_repr(thread: &Thread, v: Value) -> PyResult {
    let t = receiver::<Template>(thread, v)?;
    let mut text = TextBuilder::new("Template(strings=");
    text.push_repr(thread, *t.strings.get())?;
    text.push(", interpolations=").push_repr(thread, *t.interpolations.get())?;
    text.push(")");
    Ok(text.finish())
}

fn template_concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(other) = b.cast::<Template>() else {
        return Err(thread.type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
            b.ty().name()
        )));
    };
    let this = receiver::<Template>(thread, a)?;
    let mut strings: Vec<Ref> = items(this.strings.peek()).iter().map(|s| s.to_ref()).collect();
    let further = items(other.strings.peek());
    if let Some((first, rest)) = further.split_first() {
        extend_last(&mut strings, *first);
        strings.extend(rest.iter().map(|s| s.to_ref()));
    }
    let both = items(this.interpolations.peek()).iter().chain(items(other.interpolations.peek()));
    let interpolations = both.map(|i| i.to_ref()).collect();
    Ok(new_template(Tuple::from_refs(strings), Tuple::from_refs(interpolations)))
}

fn template_values(thread: &Thread, v: Value) -> PyResult {
    let t = receiver::<Template>(thread, v)?;
    let values =
        items(t.interpolations.peek()).iter().filter_map(|i| Some(i.cast::<Interpolation>()?.value.get()));
    Ok(Tuple::from_refs(values.collect()))
}

fn template_reduce(thread: &Thread, v: Value) -> PyResult {
    let t = receiver::<Template>(thread, v)?;
    let state = Tuple::from_refs(vec![t.strings.get(), t.interpolations.get()]);
    let module = import_module(thread, "string.templatelib")?;
    let function = attributes::get(thread, *module, str::intern_text("_template_unpickle"))?;
    Ok(Tuple::from_refs(vec![function, state]))
}

pub static TEMPLATE: Type = Type::new_static(&TypeSpec {
    name: "string.templatelib.Template",
    size: size_of::<Template>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(template_new),
        drop: drop_object::<Template>,
        traverse: Some(traverse_slots::<Template>),
        clear: Some(clear_slots::<Template>),
        repr: Some(template_repr),
        iter: Some(|_, v| {
            Ok(new_exact(|header| TemplateIterator {
                header,
                template: Slot::new(v.to_ref()),
                at: Cell::new(0),
            }))
        }),
        concat: Some(template_concat),
        ..Slots::EMPTY
    },
    methods: &[
        method("__reduce__", "!($self, /)", NativeFn::NoArgs(template_reduce), ""),
        method(
            "__class_getitem__",
            "!($type, object, /)",
            NativeFn::One(class_getitem),
            "Template supports [] for generic usage",
        )
        .class(),
    ],
    getsets: &[
        getset("strings", |t, v| member_get::<Template>(t, v, |x| &x.strings), "Strings").member(),
        getset(
            "interpolations",
            |t, v| member_get::<Template>(t, v, |x| &x.interpolations),
            "Interpolations",
        )
        .member(),
        getset("values", template_values, "Values of interpolations"),
    ],
    doc: "Template object",
    ..TypeSpec::EMPTY
});

fn next(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let Some(it) = v.cast_exact::<TemplateIterator>() else { return Ok(None) };
    let Some(template) = it.template.peek().cast::<Template>() else { return Ok(None) };
    loop {
        let at = it.at.get();
        let (index, is_string) = (at / 2, at % 2 == 0);
        let part = match is_string {
            true => items(template.strings.peek()).get(index),
            false => items(template.interpolations.peek()).get(index),
        };
        let Some(part) = part else { return Ok(None) };
        it.at.set(at + 1);
        if !is_string || part.cast::<Str>().is_some_and(|s| s.len() > 0) {
            return Ok(Some(part.to_ref()));
        }
    }
}

pub static TEMPLATE_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "string.templatelib.TemplateIter",
    size: size_of::<TemplateIterator>(),
    flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<TemplateIterator>,
        traverse: Some(traverse_slots::<TemplateIterator>),
        clear: Some(clear_slots::<TemplateIterator>),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        ..Slots::EMPTY
    },
    ..TypeSpec::EMPTY
});
