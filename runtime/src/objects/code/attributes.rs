//! What Python sees of a code object: `co_*`, the iterators over lines, positions and branches, `replace`.

use super::Code;
use super::build::{CodeParts, new_code};
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::receiver;
use crate::thread::Thread;
use crate::types::{GetSetDef, MethodDef, NativeFn, getset, method};
use crate::value::{Ref, Value};
use crate::warnings;
use ir::code::local_kind;
use ir::locations;

fn number(thread: &Thread, object: Value, field: fn(&Code) -> i64) -> PyResult {
    Ok(int::new(field(receiver::<Code>(thread, object)?)))
}

fn names_of_kind(thread: &Thread, object: Value, kind: u8) -> PyResult {
    let code = receiver::<Code>(thread, object)?;
    Ok(Tuple::from_refs(code.locals_of_kind(kind).map(|(_, name)| name.to_ref()).collect()))
}

fn tuple(thread: &Thread, object: Value, field: fn(&Code) -> &[Ref]) -> PyResult {
    Ok(Tuple::from_refs(field(receiver::<Code>(thread, object)?).to_vec()))
}

fn bytes(thread: &Thread, object: Value, field: fn(&Code) -> &[u8]) -> PyResult {
    Ok(Bytes::new(field(receiver::<Code>(thread, object)?)))
}

fn optional_line(line: Option<i32>) -> Ref {
    line.map_or(Ref::NONE, |l| int::new(l.into()))
}

/// The number of a location, None where it is unknown.
fn known(n: i32) -> Ref {
    if n < 0 { Ref::NONE } else { int::new(n.into()) }
}

fn iterator_of(thread: &Thread, items: Vec<Ref>) -> PyResult {
    let list = List::from_refs(items);
    protocol::iter(thread, *list)
}

fn lines(thread: &Thread, object: Value) -> PyResult {
    let code = receiver::<Code>(thread, object)?;
    let ranges = locations::lines(&code.linetable, code.firstlineno).into_iter();
    let items = ranges.map(|(start, end, line)| {
        Tuple::from_refs(vec![int::from_usize(start), int::from_usize(end), optional_line(line)])
    });
    iterator_of(thread, items.collect())
}

fn positions(thread: &Thread, object: Value) -> PyResult {
    let code = receiver::<Code>(thread, object)?;
    let items = locations::positions(&code.linetable, code.firstlineno).map(|l| {
        Tuple::from_refs(vec![known(l.line), known(l.end_line), known(l.column), known(l.end_column)])
    });
    iterator_of(thread, items.collect())
}

fn branches(thread: &Thread, object: Value) -> PyResult {
    let code = receiver::<Code>(thread, object)?;
    let triple = |(from, left, right): (usize, usize, usize)| {
        Tuple::from_refs([from, left, right].map(int::from_usize).into())
    };
    iterator_of(thread, super::branches::branches(&code.code).into_iter().map(triple).collect())
}

/// `co_lnotab`: pairs of byte and line increments, the table of old.
fn lnotab(thread: &Thread, object: Value) -> PyResult {
    warnings::warn(
        thread,
        &crate::objects::exceptions::DEPRECATION_WARNING,
        "co_lnotab is deprecated, use co_lines instead.",
        1,
    )?;
    let code = receiver::<Code>(thread, object)?;
    let mut table = Vec::new();
    let (mut last_offset, mut last_line) = (0usize, code.firstlineno);
    for (start, _, line) in locations::lines(&code.linetable, code.firstlineno) {
        let Some(line) = line.filter(|l| *l != last_line) else { continue };
        push_increments(&mut table, start - last_offset, line - last_line);
        (last_offset, last_line) = (start, line);
    }
    Ok(Bytes::new(&table))
}

fn push_increments(table: &mut Vec<u8>, mut offset: usize, mut line: i32) {
    while offset > 255 {
        table.extend([255, 0]);
        offset -= 255;
    }
    while !(-128..=127).contains(&line) {
        let step = line.clamp(-128, 127);
        table.extend([offset as u8, step as i8 as u8]);
        (offset, line) = (0, line - step);
    }
    table.extend([offset as u8, line as i8 as u8]);
}

fn varname_from_oparg(thread: &Thread, object: Value, arguments: &[Value]) -> PyResult {
    let code = receiver::<Code>(thread, object)?;
    let index = protocol::c_int(thread, arguments[0])?;
    let name = usize::try_from(index).ok().and_then(|i| code.localsplusnames.get(i));
    name.cloned().ok_or_else(|| thread.index_error("tuple index out of range"))
}

// replace

fn wrong_type(thread: &Thread, name: &str, expected: &str, found: Value) -> Raised {
    let type_name = if found.is_none() { "None".into() } else { found.ty().name() };
    thread.type_error(format!("replace() argument '{name}' must be {expected}, not {type_name}"))
}

fn count_change(thread: &Thread, name: &str, value: Value) -> PyResult<u32> {
    let n = protocol::c_int(thread, value)?;
    u32::try_from(n).map_err(|_| thread.value_error(format!("{name} must be a positive integer")))
}

fn bytes_change(thread: &Thread, name: &str, value: Value) -> PyResult<Vec<u8>> {
    let bytes = value.cast::<Bytes>().map(|b| b.as_bytes().to_vec());
    bytes.ok_or_else(|| wrong_type(thread, name, "bytes", value))
}

fn string_change(thread: &Thread, name: &str, value: Value) -> PyResult {
    if value.cast::<Str>().is_some() {
        Ok(value.to_ref())
    } else {
        Err(wrong_type(thread, name, "str", value))
    }
}

fn tuple_change(thread: &Thread, name: &str, value: Value) -> PyResult<Vec<Ref>> {
    let Some(tuple) = value.cast::<Tuple>() else { return Err(wrong_type(thread, name, "tuple", value)) };
    Ok(tuple.items().iter().map(|v| v.to_ref()).collect())
}

fn replace(thread: &Thread, object: Value, arguments: &Args) -> PyResult {
    let code = receiver::<Code>(thread, object)?;
    if arguments.count() > 0 {
        return Err(thread.type_error("replace() takes no positional arguments"));
    }
    let mut parts = CodeParts::of(code);
    let (mut varnames, mut cellvars, mut freevars) = (parts.varnames(), parts.cellvars(), parts.freevars());
    let (mut nlocals, mut locals_change) = (None, false);
    for (name, value) in arguments.keywords() {
        let name = str::display(name);
        match name.as_str() {
            "co_argcount" => parts.argcount = count_change(thread, &name, value)?,
            "co_posonlyargcount" => parts.posonlyargcount = count_change(thread, &name, value)?,
            "co_kwonlyargcount" => parts.kwonlyargcount = count_change(thread, &name, value)?,
            "co_nlocals" => nlocals = Some(count_change(thread, &name, value)?),
            "co_stacksize" => parts.stacksize = count_change(thread, &name, value)?,
            "co_flags" => parts.flags = count_change(thread, &name, value)?,
            "co_firstlineno" => parts.firstlineno = count_change(thread, &name, value)? as i32,
            "co_code" => parts.code = bytes_change(thread, &name, value)?,
            "co_consts" => parts.consts = tuple_change(thread, &name, value)?,
            "co_names" => parts.names = tuple_change(thread, &name, value)?,
            "co_varnames" => varnames = tuple_change(thread, &name, value)?,
            "co_freevars" => freevars = tuple_change(thread, &name, value)?,
            "co_cellvars" => cellvars = tuple_change(thread, &name, value)?,
            "co_filename" => parts.filename = string_change(thread, &name, value)?,
            "co_name" => parts.name = string_change(thread, &name, value)?,
            "co_qualname" => parts.qualname = string_change(thread, &name, value)?,
            "co_linetable" => parts.linetable = bytes_change(thread, &name, value)?,
            "co_exceptiontable" => parts.exceptiontable = bytes_change(thread, &name, value)?,
            _ => {
                let message = format!("replace() got an unexpected keyword argument '{name}'");
                return Err(thread.type_error(message));
            }
        }
        locals_change |= matches!(
            name.as_str(),
            "co_argcount"
                | "co_posonlyargcount"
                | "co_kwonlyargcount"
                | "co_flags"
                | "co_varnames"
                | "co_freevars"
                | "co_cellvars"
        );
    }
    if nlocals.is_some_and(|n| n as usize != varnames.len()) {
        return Err(thread.value_error("code: co_nlocals != len(co_varnames)"));
    }
    if locals_change {
        parts.set_locals(&varnames, &cellvars, &freevars);
    }
    new_code(thread, parts)
}

pub(super) const METHODS: &[MethodDef] = &[
    method("co_lines", "($self, /)", NativeFn::NoArgs(lines), ""),
    method("co_branches", "($self, /)", NativeFn::NoArgs(branches), ""),
    method("co_positions", "($self, /)", NativeFn::NoArgs(positions), ""),
    method(
        "replace",
        "($self, /, **changes)",
        NativeFn::Raw(replace),
        "Return a copy of the code object with new values for the specified fields.",
    ),
    method(
        "_varname_from_oparg",
        "($self, /, oparg)",
        NativeFn::Bound(varname_from_oparg),
        "(internal-only) Return the local variable name for the given oparg.\n\nWARNING: this method is for internal use only and may change or go\naway.",
    ),
    method("__replace__", "($self, /, **changes)", NativeFn::Raw(replace), "The same as replace()."),
];

pub(super) const GETSETS: &[GetSetDef] = &[
    getset("co_argcount", |t, o| number(t, o, |c| c.argcount.into()), "").member(),
    getset("co_posonlyargcount", |t, o| number(t, o, |c| c.posonlyargcount.into()), "").member(),
    getset("co_kwonlyargcount", |t, o| number(t, o, |c| c.kwonlyargcount.into()), "").member(),
    getset("co_stacksize", |t, o| number(t, o, |c| c.stacksize.into()), "").member(),
    getset("co_flags", |t, o| number(t, o, |c| c.flags.into()), "").member(),
    getset("co_nlocals", |t, o| number(t, o, |c| c.nlocals() as i64), "").member(),
    getset("co_consts", |t, o| tuple(t, o, |c| &c.consts), "").member(),
    getset("co_names", |t, o| tuple(t, o, |c| &c.names), "").member(),
    getset("co_filename", |t, o| Ok(receiver::<Code>(t, o)?.filename.get()), "").member(),
    getset("co_name", |t, o| Ok(receiver::<Code>(t, o)?.name.clone()), "").member(),
    getset("co_qualname", |t, o| Ok(receiver::<Code>(t, o)?.qualname.clone()), "").member(),
    getset("co_firstlineno", |t, o| number(t, o, |c| c.firstlineno.into()), "").member(),
    getset("co_linetable", |t, o| bytes(t, o, |c| &c.linetable), "").member(),
    getset("co_exceptiontable", |t, o| bytes(t, o, |c| &c.exceptiontable), "").member(),
    getset("co_lnotab", lnotab, ""),
    getset("_co_code_adaptive", |t, o| bytes(t, o, |c| &c.code), ""),
    getset("co_varnames", |t, o| names_of_kind(t, o, local_kind::LOCAL), ""),
    getset("co_cellvars", |t, o| names_of_kind(t, o, local_kind::CELL), ""),
    getset("co_freevars", |t, o| names_of_kind(t, o, local_kind::FREE), ""),
    getset("co_code", |t, o| bytes(t, o, |c| &c.code), ""),
];
