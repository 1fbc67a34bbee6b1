//! `_string`: the format string parser that `string.Formatter` uses.

use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::objects::str_format::{Field, Piece, Pieces, Step, next_step, number, split_name};
use runtime::objects::tuple::Tuple;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_string", doc: "string helper module", functions: FUNCTIONS, init: |_, _| Ok(()) };

const FUNCTIONS: &[MethodDef] = &[
    method(
        "formatter_parser",
        "!($module, string, /)",
        NativeFn::One(parser),
        "parse the argument as a format string",
    ),
    method(
        "formatter_field_name_split",
        "!($module, string, /)",
        NativeFn::One(name_split),
        "split the argument as a field name",
    ),
];

fn points(thread: &Thread, v: Value) -> PyResult<Vec<u32>> {
    match v.cast::<Str>() {
        Some(s) => Ok(s.chars().collect()),
        None => Err(thread.type_error(format!("expected str, got {}", v.ty().name()))),
    }
}

/// `(literal, name, spec, conversion)`, with `None` for a literal at the end.
fn row(literal: &[u32], field: Option<&Field>) -> Ref {
    let mut items = vec![Str::from_code_points(literal)];
    match field {
        None => items.extend([Ref::NONE, Ref::NONE, Ref::NONE]),
        Some(field) => items.extend([
            Str::from_code_points(field.name),
            Str::from_code_points(field.spec),
            field.conversion.map_or(Ref::NONE, Str::from_char),
        ]),
    }
    Tuple::from_refs(items)
}

fn parser(thread: &Thread, _: Value, text: Value) -> PyResult {
    let points = points(thread, text)?;
    let mut pieces = Pieces::new(&points);
    let (mut rows, mut literal) = (Vec::new(), None);
    while let Some(piece) = pieces.next_piece().map_err(|message| thread.value_error(message))? {
        match piece {
            Piece::Literal(text) => {
                if let Some(pending) = literal.replace(text) {
                    rows.push(row(pending, None));
                }
            }
            Piece::Field(field) => rows.push(row(literal.take().unwrap_or(&[]), Some(&field))),
        }
    }
    if let Some(pending) = literal {
        rows.push(row(pending, None));
    }
    let rows = List::from_refs(rows);
    protocol::iter(thread, *rows)
}

fn key(thread: &Thread, name: &[u32]) -> PyResult {
    let index = number(name).map_err(|message| thread.value_error(message))?;
    Ok(index.map_or_else(|| Str::from_code_points(name), |i| int::new(i as i64)))
}

fn name_split(thread: &Thread, _: Value, text: Value) -> PyResult {
    let points = points(thread, text)?;
    let (first, mut rest) = split_name(&points);
    let mut steps = Vec::new();
    while let Some(step) = next_step(&mut rest).map_err(|message| thread.value_error(message))? {
        steps.push(Tuple::from_refs(match step {
            Step::Attribute(name) => vec![Ref::bool(true), Str::from_code_points(name)],
            Step::Item(name) => vec![Ref::bool(false), key(thread, name)?],
        }));
    }
    let steps = List::from_refs(steps);
    let steps = protocol::iter(thread, *steps)?;
    Ok(Tuple::from_refs(vec![key(thread, first)?, steps]))
}
