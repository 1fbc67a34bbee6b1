//! Constants of code objects: which strings are interned, when two constants are the same, equality and hash of code.

use super::Code;
use crate::error::PyResult;
use crate::objects::float::{self, Float};
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::value::{Ref, Value};

/// Interns a constant string that could be a name, and those within a tuple.
pub fn intern_constant(constant: Ref) -> Ref {
    let Some(text) = constant.cast_exact::<Str>() else { return intern_items(constant) };
    let is_name_character = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    match text.as_ascii() {
        Some(ascii) if ascii.bytes().all(is_name_character) => str::intern(constant),
        _ => constant,
    }
}

/// The tuple itself, or a new one if an item was replaced by its interned twin.
fn intern_items(constant: Ref) -> Ref {
    let Some(tuple) = constant.cast_exact::<Tuple>() else { return constant };
    let items: Vec<Ref> = tuple.items().iter().map(|v| intern_constant(v.to_ref())).collect();
    if items.iter().zip(tuple.items()).all(|(new, old)| new.is(*old)) {
        return constant;
    }
    Tuple::from_refs(items)
}

/// Whether two constants can't be told apart: same type and same value, 0.0 and -0.0 being different.
pub fn same_constant(thread: &Thread, a: Value, b: Value) -> PyResult<bool> {
    if a.is(b) {
        return Ok(true);
    }
    if !std::ptr::eq(a.ty(), b.ty()) {
        return Ok(false);
    }
    thread.check_native_stack()?;
    if let (Some(x), Some(y)) = (a.cast::<Tuple>(), b.cast::<Tuple>()) {
        return same_constants(thread, x.items().iter().copied(), y.items().iter().copied());
    }
    if a.is_inline_float() || a.cast::<Float>().is_some() {
        return Ok(float::get(a).map(f64::to_bits) == float::get(b).map(f64::to_bits));
    }
    if a.ty().name() == "complex" {
        let (x, y) = (protocol::repr(thread, a)?, protocol::repr(thread, b)?);
        return protocol::compare_bool(thread, *x, *y, CompareOp::Eq);
    }
    protocol::compare_bool(thread, a, b, CompareOp::Eq)
}

fn same_constants(
    thread: &Thread,
    a: impl ExactSizeIterator<Item = Value>,
    b: impl ExactSizeIterator<Item = Value>,
) -> PyResult<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (x, y) in a.zip(b) {
        if !same_constant(thread, x, y)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same_text(a: Value, b: Value) -> bool {
    matches!((a.cast::<Str>(), b.cast::<Str>()), (Some(a), Some(b)) if a.same(b))
}

fn same_texts(a: &[Ref], b: &[Ref]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_text(**a, **b))
}

/// Equality of code: everything but file name and qualified name.
fn same_code(thread: &Thread, a: &Code, b: &Code) -> PyResult<bool> {
    let same = same_text(*a.name, *b.name)
        && a.argcount == b.argcount
        && a.posonlyargcount == b.posonlyargcount
        && a.kwonlyargcount == b.kwonlyargcount
        && a.flags == b.flags
        && a.firstlineno == b.firstlineno
        && a.code == b.code
        && same_texts(&a.names, &b.names)
        && same_texts(&a.localsplusnames, &b.localsplusnames)
        && a.linetable == b.linetable
        && a.exceptiontable == b.exceptiontable;
    Ok(same && same_constants(thread, a.consts.iter().map(|v| **v), b.consts.iter().map(|v| **v))?)
}

pub(super) fn code_compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Code>(), b.cast::<Code>()) else { return Ok(Ref::NOT_IMPLEMENTED) };
    match op {
        CompareOp::Eq => Ok(Ref::bool(a.is(b) || same_code(thread, x, y)?)),
        CompareOp::Ne => Ok(Ref::bool(!a.is(b) && !same_code(thread, x, y)?)),
        _ => Ok(Ref::NOT_IMPLEMENTED),
    }
}

pub(super) fn code_hash(thread: &Thread, object: Value) -> PyResult<i64> {
    let Some(code) = object.cast::<Code>() else { return Ok(0) };
    if code.hash.get() != -1 {
        return Ok(code.hash.get());
    }
    let mut words = vec![
        i64::from(code.argcount),
        i64::from(code.posonlyargcount),
        i64::from(code.kwonlyargcount),
        i64::from(code.flags),
        i64::from(code.firstlineno),
        crate::state::hash_bytes(&code.code),
        crate::state::hash_bytes(&code.linetable),
        crate::state::hash_bytes(&code.exceptiontable),
    ];
    for name in [&code.name].into_iter().chain(&code.names).chain(&code.localsplusnames) {
        words.push(protocol::hash(thread, **name)?);
    }
    for constant in &code.consts {
        words.push(protocol::hash(thread, **constant)?);
    }
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let hash = crate::state::hash_bytes(&bytes);
    code.hash.set(hash);
    Ok(hash)
}
