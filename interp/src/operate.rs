//! Operations on given operands, for compiled code: what the arm of the loop does between taking its operands and
//! writing its result. Jumps give whether they are taken; what has no result gives None; what has several, a tuple.

use crate::{generators, intrinsics, operators, patterns};
use ir::opcode::COMPARE_TO_BOOL;
use ir::register::{Operation, TEST_UNLESS, extend};
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions;
use runtime::objects::slice::new_slice;
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::value::{Ref, Value};
use runtime::{attributes, protocol};

/// Does an operation. `number` is its further number: operator, comparison, test, conversion, count or kind.
pub fn operate(thread: &Thread, operation: Operation, number: u32, operands: &[Value]) -> PyResult {
    use Operation::*;
    match (operation, operands) {
        (BinaryOp, &[x, y]) => operators::binary(thread, x, y, number),
        (Subscript, &[x, y]) => operators::get_item(thread, x, y),
        (StoreSubscript, &[value, x, y]) => done(operators::set_item(thread, x, y, value)),
        (DeleteSubscript, &[x, y]) => done(operators::set_item(thread, x, y, Value::NULL)),
        (BinarySlice, &[x, start, stop]) => operators::get_slice(thread, x, start, stop),
        (StoreSlice, &[value, x, start, stop]) => {
            let slice = new_slice(start, stop, Value::NONE);
            done(operators::set_item(thread, x, *slice, value))
        }
        (Negative, &[v]) => operators::unary(thread, v, "-", |s| s.negative),
        (Invert, &[v]) => operators::unary(thread, v, "~", |s| s.invert),
        (ToBool | JumpIfTrue, &[v]) => Ok(Ref::bool(protocol::is_true(thread, v)?)),
        (Not | JumpIfFalse, &[v]) => Ok(Ref::bool(!protocol::is_true(thread, v)?)),
        (Contains | JumpIfContains, &[x, y]) => Ok(Ref::bool(operators::contains(thread, y, x)?)),
        (NotContains | JumpIfNotContains, &[x, y]) => Ok(Ref::bool(!operators::contains(thread, y, x)?)),
        (Compare, &[x, y]) => {
            let result = protocol::compare(thread, x, y, operators::comparison(number))?;
            if number & COMPARE_TO_BOOL == 0 {
                return Ok(result);
            }
            Ok(Ref::bool(protocol::is_true(thread, *result)?))
        }
        (JumpCompare, &[x, y]) => {
            let compare = operators::comparison(number & !u32::from(TEST_UNLESS));
            let result = protocol::compare(thread, x, y, compare)?;
            let truth = protocol::is_true(thread, *result)?;
            Ok(Ref::bool(truth == (number & u32::from(TEST_UNLESS) == 0)))
        }
        (GetIter, &[v]) => protocol::iter(thread, v),
        (GetYieldFromIter, &[v]) => {
            generators::yield_from_iterator(thread, v, running_frame(thread).code().flags)
        }
        (GetLen, &[v]) => Ok(runtime::objects::int::from_usize(protocol::len(thread, v)?)),
        (UnpackPair | UnpackSequence, &[v]) => {
            Ok(Tuple::from_refs(operators::unpack(thread, v, number as usize, None)?))
        }
        (UnpackEx, &[v]) => {
            let (before, after) = (number as usize & 255, number as usize >> 8);
            Ok(Tuple::from_refs(operators::unpack(thread, v, before, Some(after))?))
        }
        (BuildSet, items) => operators::build_set(thread, items),
        (BuildMap, items) => build_map(thread, items),
        (BuildString, items) => operators::build_string(thread, items),
        _ => more(thread, operation, number, operands),
    }
}

/// The rarer ones.
fn more(thread: &Thread, operation: Operation, number: u32, operands: &[Value]) -> PyResult {
    use Operation::*;
    match (operation, operands) {
        (Extend, &[container, items]) => done(match number as u16 {
            extend::LIST => operators::list_extend(thread, container, items),
            extend::SET => {
                let name = runtime::names::get().update;
                thread.call_method(container, name, &[items]).map(drop)
            }
            _ => operators::dict_update(thread, container, items),
        }),
        (SetAdd, &[set, item]) => done(operators::set_add(thread, set, item)),
        (MapAdd, &[dict, key, value]) => match dict.cast::<Dict>() {
            Some(dict) => done(dict.set(thread, key, value.to_ref())),
            None => Ok(Ref::NONE),
        },
        (DictMerge, &[callable, dict, mapping]) => {
            done(operators::dict_merge(thread, callable, dict, mapping))
        }
        (LoadAttr | LoadMethod, &[object, name]) => attributes::get(thread, object, name),
        (StoreAttr, &[object, name, value]) => done(attributes::set(thread, object, name, value)),
        (GetAiter, &[v]) => generators::aiter(thread, v),
        (GetAnext, &[v]) => generators::anext(thread, v),
        (GetAwaitable, &[v]) => generators::awaitable(thread, v, number as usize),
        (CheckEgMatch, &[exception, pattern]) => {
            let (matched, rest) = exceptions::group_match(thread, exception, pattern)?;
            if !matched.is_none() {
                thread.handled.set(matched.clone());
            }
            Ok(Tuple::from_refs(vec![rest, matched]))
        }
        (FormatSimple, &[v]) => operators::format_simple(thread, v),
        (FormatWithSpec, &[v, spec]) => operators::format(thread, v, spec),
        (ConvertValue, &[v]) => operators::convert(thread, v, number),
        (MatchKeys, &[v, keys]) => patterns::match_keys(thread, v, keys),
        (MatchClass, &[v, class, names]) => patterns::match_class(thread, v, class, names, number as usize),
        (CallIntrinsic1, &[v]) => intrinsics::one(thread, running_frame(thread), number, v),
        (CallIntrinsic2, &[x, y]) => intrinsics::two(thread, number, x, y),
        _ => Err(thread.system_error("an operation that compiled code doesn't do")),
    }
}

fn done(result: PyResult<()>) -> PyResult {
    result.map(|()| Ref::NONE)
}

fn running_frame(thread: &Thread) -> &Frame {
    // SAFETY: the thread's innermost frame is alive.
    unsafe { &*thread.frame.get() }
}

/// A dict of keys and values in turn.
fn build_map(thread: &Thread, items: &[Value]) -> PyResult {
    let made = Dict::new();
    if let Some(dict) = made.cast::<Dict>() {
        for pair in items.chunks_exact(2) {
            dict.set(thread, pair[0], pair[1].to_ref())?;
        }
    }
    Ok(made)
}
