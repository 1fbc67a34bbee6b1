//! Operators on any values: the order in which CPython asks the operands, and its errors.

use ir::opcode::BinaryOperator;
use runtime::error::{PyResult, Raised};
use runtime::objects::bytes::Bytes;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::set::{self, Set};
use runtime::objects::slice;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::types::registry::{DICT, LIST, SET, STR, TUPLE, TYPE};
use runtime::types::slots::{Binary, Slots, Ternary};
use runtime::types::{CompareOp, Type};
use runtime::value::{Ref, Value};
use runtime::{attributes, names, protocol};

/// Picks a slot of one operator.
pub type Pick = fn(&Slots) -> Option<Binary>;

pub fn binary_slots(operator: BinaryOperator) -> Option<(Pick, Pick)> {
    use BinaryOperator::*;
    Some(match operator {
        NB_ADD | NB_INPLACE_ADD => (|s| s.add, |s| s.inplace_add),
        NB_AND | NB_INPLACE_AND => (|s| s.and, |s| s.inplace_and),
        NB_FLOOR_DIVIDE | NB_INPLACE_FLOOR_DIVIDE => (|s| s.floor_divide, |s| s.inplace_floor_divide),
        NB_LSHIFT | NB_INPLACE_LSHIFT => (|s| s.lshift, |s| s.inplace_lshift),
        NB_MATRIX_MULTIPLY | NB_INPLACE_MATRIX_MULTIPLY => {
            (|s| s.matrix_multiply, |s| s.inplace_matrix_multiply)
        }
        NB_MULTIPLY | NB_INPLACE_MULTIPLY => (|s| s.multiply, |s| s.inplace_multiply),
        NB_REMAINDER | NB_INPLACE_REMAINDER => (|s| s.remainder, |s| s.inplace_remainder),
        NB_OR | NB_INPLACE_OR => (|s| s.or, |s| s.inplace_or),
        NB_RSHIFT | NB_INPLACE_RSHIFT => (|s| s.rshift, |s| s.inplace_rshift),
        NB_SUBTRACT | NB_INPLACE_SUBTRACT => (|s| s.subtract, |s| s.inplace_subtract),
        NB_TRUE_DIVIDE | NB_INPLACE_TRUE_DIVIDE => (|s| s.true_divide, |s| s.inplace_true_divide),
        NB_XOR | NB_INPLACE_XOR => (|s| s.xor, |s| s.inplace_xor),
        NB_POWER | NB_INPLACE_POWER | NB_SUBSCR => return None,
    })
}

/// `a <operator> b` for the number of a `BinaryOperator`.
#[inline(never)]
pub fn binary(thread: &Thread, a: Value, b: Value, number: u32) -> PyResult {
    let Some(&operator) = BinaryOperator::ALL.get(number as usize) else {
        return Err(thread.system_error("unknown binary operator"));
    };
    let Some((plain, in_place)) = binary_slots(operator) else {
        return match operator {
            BinaryOperator::NB_SUBSCR => get_item(thread, a, b),
            _ => power(thread, a, b, operator),
        };
    };
    let is_in_place = operator.is_inplace();
    if is_in_place && let Some(f) = in_place(a.ty().slots()) {
        let result = f(thread, a, b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    let result = ask_both(thread, a, b, plain)?;
    if *result != Value::NOT_IMPLEMENTED {
        return Ok(result);
    }
    without_number_slots(thread, a, b, operator)
}

/// `a <operator>= b` after the method in place has declined.
pub fn binary_after_in_place(thread: &Thread, a: Value, b: Value, operator: BinaryOperator) -> PyResult {
    if let Some((plain, _)) = binary_slots(operator) {
        let result = ask_both(thread, a, b, plain)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    without_number_slots(thread, a, b, operator)
}

/// `a <operator> b` after all number slots have declined: sequences, or the error.
pub fn without_number_slots(thread: &Thread, a: Value, b: Value, operator: BinaryOperator) -> PyResult {
    match operator {
        BinaryOperator::NB_ADD | BinaryOperator::NB_INPLACE_ADD => concat(thread, a, b, operator),
        BinaryOperator::NB_MULTIPLY | BinaryOperator::NB_INPLACE_MULTIPLY => repeat(thread, a, b, operator),
        _ => Err(unsupported(thread, a, b, operator.symbol())),
    }
}

/// Asks the operands' types in CPython's order: the right one first where its type is derived from the left one's.
fn ask_both(thread: &Thread, a: Value, b: Value, pick: Pick) -> PyResult {
    let (left_type, right_type) = (a.ty(), b.ty());
    let left = pick(left_type.slots());
    let mut right = if std::ptr::eq(left_type, right_type) { None } else { pick(right_type.slots()) };
    if let (Some(l), Some(r)) = (left, right)
        && std::ptr::fn_addr_eq(l, r)
        && !right_type.is_subtype(left_type)
    {
        right = None;
    }
    if let Some(l) = left {
        if let Some(r) = right
            && right_type.is_subtype(left_type)
        {
            let result = r(thread, a, b)?;
            if *result != Value::NOT_IMPLEMENTED || std::ptr::fn_addr_eq(l, r) {
                return Ok(result);
            }
            right = None;
        }
        let result = l(thread, a, b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    match right {
        Some(r) => r(thread, a, b),
        None => Ok(Ref::NOT_IMPLEMENTED),
    }
}

fn power(thread: &Thread, a: Value, b: Value, operator: BinaryOperator) -> PyResult {
    if operator.is_inplace()
        && let Some(f) = a.ty().slots().inplace_power
    {
        let result = f(thread, a, b, Value::NONE)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    let (left_type, right_type) = (a.ty(), b.ty());
    let own: Option<Ternary> = left_type.slots().power;
    let other = if std::ptr::eq(left_type, right_type) { None } else { right_type.slots().power };
    let order = if right_type.is_subtype(left_type) { [other, own] } else { [own, other] };
    for f in order.into_iter().flatten() {
        let result = f(thread, a, b, Value::NONE)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    let symbol = if operator.is_inplace() { "**=" } else { "** or pow()" };
    Err(unsupported(thread, a, b, symbol))
}

fn concat(thread: &Thread, a: Value, b: Value, operator: BinaryOperator) -> PyResult {
    let slots = a.ty().slots();
    let in_place = slots.inplace_concat.filter(|_| operator.is_inplace());
    match in_place.or(slots.concat) {
        Some(f) => f(thread, a, b),
        None => Err(unsupported(thread, a, b, operator.symbol())),
    }
}

fn repeat(thread: &Thread, a: Value, b: Value, operator: BinaryOperator) -> PyResult {
    let slots = a.ty().slots();
    let in_place = slots.inplace_repeat.filter(|_| operator.is_inplace());
    if let Some(f) = in_place.or(slots.repeat) {
        return f(thread, a, repeat_count(thread, b)?);
    }
    match b.ty().slots().repeat {
        Some(f) => f(thread, b, repeat_count(thread, a)?),
        None => Err(unsupported(thread, a, b, operator.symbol())),
    }
}

fn repeat_count(thread: &Thread, count: Value) -> PyResult<isize> {
    if count.ty().slots().index.is_none() && !runtime::objects::int::is_int(count) {
        let message = format!("can't multiply sequence by non-int of type '{}'", count.ty().name());
        return Err(thread.type_error(message));
    }
    protocol::index_isize(thread, count)
}

#[cold]
fn unsupported(thread: &Thread, a: Value, b: Value, symbol: &str) -> Raised {
    thread.type_error(format!(
        "unsupported operand type(s) for {symbol}: '{}' and '{}'",
        a.ty().name(),
        b.ty().name()
    ))
}

/// The comparison with this number in the low three bits.
#[inline]
pub fn comparison(number: u32) -> CompareOp {
    CompareOp::ALL[(number & 7).min(5) as usize]
}

/// `-v`, `+v`, `~v`: the slot, or the error naming the operator.
pub fn unary(
    thread: &Thread,
    v: Value,
    symbol: &str,
    pick: fn(&Slots) -> Option<runtime::types::slots::Unary>,
) -> PyResult {
    match pick(v.ty().slots()) {
        Some(f) => f(thread, v),
        None => {
            let message = format!("bad operand type for unary {symbol}: '{}'", v.ty().name());
            Err(thread.type_error(message))
        }
    }
}

/// `v[key]`, with `__class_getitem__` of classes.
#[inline(never)]
pub fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    if let Some(f) = v.ty().slots().get_item {
        return f(thread, v, key);
    }
    let Some(class) = v.cast::<Type>() else { return protocol::get_item(thread, v, key) };
    match attributes::find(thread, v, names::get().__class_getitem__)? {
        Some(method) if !method.is_none() => thread.call(*method, &[key]),
        _ => Err(thread.type_error(format!("type '{}' is not subscriptable", class.name()))),
    }
}

/// `v[key] = value`; `value` NULL deletes.
#[inline(never)]
pub fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    if let Some(f) = v.ty().slots().set_item {
        return f(thread, v, key, value);
    }
    let name = v.ty().name();
    let message = match (value.is_null(), v.ty().slots().get_item.is_some()) {
        (false, _) => format!("'{name}' object does not support item assignment"),
        (true, true) => format!("'{name}' object doesn't support item deletion"),
        (true, false) => format!("'{name}' object does not support item deletion"),
    };
    Err(thread.type_error(message))
}

/// `key in v`.
#[inline(never)]
pub fn contains(thread: &Thread, v: Value, key: Value) -> PyResult<bool> {
    let slots = v.ty().slots();
    if slots.contains.is_none() && slots.iter.is_none() && slots.get_item.is_none() {
        let message = format!("argument of type '{}' is not a container or iterable", v.ty().name());
        return Err(thread.type_error(message));
    }
    protocol::contains(thread, v, key)
}

/// `v[start:stop]`; parts of exact lists, tuples and strings need no slice object.
pub fn get_slice(thread: &Thread, v: Value, start: Value, stop: Value) -> PyResult {
    let ty = v.ty();
    let length = match stored_length(v) {
        Some(length) if !std::ptr::eq(ty, &DICT) && !std::ptr::eq(ty, &SET) => length,
        _ => return get_item(thread, v, *slice::new_slice(start, stop, Value::NONE)),
    };
    let bound = |v: Value, default: usize| match v.as_small_int() {
        Some(i) if i < 0 => Some((i + length as i64).max(0) as usize),
        Some(i) => Some((i as usize).min(length)),
        None => v.is_none().then_some(default),
    };
    let Some((first, end)) = bound(start, 0).zip(bound(stop, length)) else {
        return get_item(thread, v, *slice::new_slice(start, stop, Value::NONE));
    };
    let end = end.max(first);
    if let Some(list) = v.cast_exact::<List>() {
        return Ok(List::from_values(&list.items()[first..end]));
    }
    if end - first == length {
        return Ok(v.to_ref());
    }
    if let Some(tuple) = v.cast_exact::<Tuple>() {
        return Ok(Tuple::from_values(&tuple.items()[first..end]));
    }
    match v.cast_exact::<Str>() {
        Some(s) => Ok(s.substring(first, end)),
        None => get_item(thread, v, *slice::new_slice(start, stop, Value::NONE)),
    }
}

/// The length of an exact list, tuple, string, dict or set.
#[inline(always)]
pub fn stored_length(v: Value) -> Option<usize> {
    if !v.is_pointer() {
        return None;
    }
    let ty = v.ty();
    // SAFETY: each type has its layout.
    unsafe {
        if std::ptr::eq(ty, &LIST) {
            return Some(v.cast_unchecked::<List>().len());
        }
        if std::ptr::eq(ty, &STR) {
            return Some(v.cast_unchecked::<Str>().len());
        }
        if std::ptr::eq(ty, &TUPLE) {
            return Some(v.cast_unchecked::<Tuple>().len());
        }
        if std::ptr::eq(ty, &DICT) {
            return Some(v.cast_unchecked::<Dict>().len());
        }
        if std::ptr::eq(ty, &SET) {
            return Some(v.cast_unchecked::<Set>().len());
        }
    }
    None
}

/// `isinstance(v, class)` for a class without a metaclass of its own, or a flat tuple of such, where the types decide it.
#[inline]
pub fn plain_isinstance(v: Value, class: Value) -> Option<bool> {
    let Some(classes) = class.cast_exact::<Tuple>() else { return is_plain_instance(v, class) };
    let mut found = false;
    for class in classes.items() {
        found |= is_plain_instance(v, *class)?;
    }
    Some(found)
}

/// `plain_isinstance` of one class.
#[inline]
fn is_plain_instance(v: Value, class: Value) -> Option<bool> {
    if !class.is_pointer() || !class.is_exact(&TYPE) {
        return None;
    }
    // SAFETY: instances of `type` are types.
    let class = unsafe { class.cast_unchecked::<Type>() };
    if v.is_instance(class) {
        return Some(true);
    }
    // `__class__` may say something else.
    v.ty().uses_generic_get().then_some(()).filter(|()| !has_own_class(v)).map(|()| false)
}

/// Whether `v.__class__` may be something else than its type.
fn has_own_class(v: Value) -> bool {
    let found = v.ty().lookup(names::get().__class__);
    found.is_none_or(|f| runtime::types::registry::OBJECT.lookup(names::get().__class__) != Some(f))
}

/// The byte of exact bytes or of a bytearray at an index, as an int.
#[inline]
pub fn byte_at(v: Value, index: Value) -> Option<Value> {
    let bytes = v.cast_exact::<Bytes>()?.as_bytes();
    let i = index.as_small_int()?;
    let i = if i < 0 { i + bytes.len() as i64 } else { i };
    bytes.get(usize::try_from(i).ok()?).map(|b| Value::small_int(i64::from(*b)))
}

/// `x == y` or `x != y` of strings; `None` for the other comparisons.
#[inline(always)]
pub fn str_equality(x: &Str, y: &Str, compare: CompareOp) -> Option<bool> {
    match compare {
        CompareOp::Eq => Some(x.same(y)),
        CompareOp::Ne => Some(!x.same(y)),
        _ => None,
    }
}

/// `key in set`.
#[inline]
pub fn set_contains(thread: &Thread, set: &Set, key: Value) -> PyResult<bool> {
    set.contains(thread, key)
}

/// A set of these items.
pub fn build_set(thread: &Thread, items: &[Value]) -> PyResult {
    let made = set::new_set();
    if let Some(set) = set::set_of(*made) {
        for item in items {
            set.add(thread, *item)?;
        }
    }
    Ok(made)
}

/// `set.add(item)`.
#[inline]
pub fn set_add(thread: &Thread, set: Value, item: Value) -> PyResult<()> {
    match set::set_of(set) {
        Some(set) => set.add(thread, item).map(drop),
        None => Err(thread.system_error("not a set")),
    }
}

/// `format(v, "")`.
#[inline]
pub fn format_simple(thread: &Thread, v: Value) -> PyResult {
    if v.is_exact(&STR) {
        return Ok(v.to_ref());
    }
    if v.is_small_int() {
        return protocol::str(thread, v);
    }
    format(thread, v, *Str::empty())
}

/// `list.extend(items)` for a list display.
pub fn list_extend(thread: &Thread, list: Value, items: Value) -> PyResult<()> {
    if items.ty().slots().iter.is_none() && items.ty().slots().get_item.is_none() {
        let message = format!("Value after * must be an iterable, not {}", items.ty().name());
        return Err(thread.type_error(message));
    }
    let items = protocol::collect(thread, items)?;
    if let Some(list) = list.cast::<List>() {
        items.into_iter().for_each(|item| list.push(item));
    }
    Ok(())
}

/// The pairs of a mapping: a dict's entries, or what `keys()` and `[]` give. `None` if it has no `keys`.
fn mapping_pairs(thread: &Thread, mapping: Value) -> PyResult<Option<Vec<(Ref, Ref)>>> {
    if let Some(dict) = mapping.cast_exact::<Dict>() {
        return Ok(Some(dict.items()));
    }
    let Some(keys) = attributes::find(thread, mapping, names::get().keys)? else { return Ok(None) };
    let keys = thread.call(*keys, &[])?;
    let mut pairs = Vec::new();
    for key in protocol::collect(thread, *keys)? {
        let value = get_item(thread, mapping, *key)?;
        pairs.push((key, value));
    }
    Ok(Some(pairs))
}

/// `{**mapping}`
pub fn dict_update(thread: &Thread, dict: Value, mapping: Value) -> PyResult<()> {
    if let (Some(dict), Some(mapping)) = (dict.cast_exact::<Dict>(), mapping.cast_exact::<Dict>())
        && dict.len() == 0
    {
        if mapping.len() > 0 {
            dict.fill_from(mapping);
        }
        return Ok(());
    }
    let Some(pairs) = mapping_pairs(thread, mapping)? else {
        return Err(thread.type_error(format!("'{}' object is not a mapping", mapping.ty().name())));
    };
    let Some(dict) = dict.cast::<Dict>() else { return Ok(()) };
    for (key, value) in pairs {
        dict.set(thread, *key, value)?;
    }
    Ok(())
}

/// `f(**mapping)`: as `dict_update`, but a key may come only once.
pub fn dict_merge(thread: &Thread, callable: Value, dict: Value, mapping: Value) -> PyResult<()> {
    if mapping.cast_exact::<Dict>().is_some_and(Dict::has_only_str_keys)
        && dict.cast_exact::<Dict>().is_some_and(|dict| dict.len() == 0)
    {
        return dict_update(thread, dict, mapping);
    }
    let display = || runtime::objects::builtin_function::display_name(thread, callable);
    let Some(pairs) = mapping_pairs(thread, mapping)? else {
        return Err(thread.type_error(format!(
            "{} argument after ** must be a mapping, not {}",
            display(),
            mapping.ty().name()
        )));
    };
    let Some(dict) = dict.cast::<Dict>() else { return Ok(()) };
    for (key, value) in pairs {
        if key.cast::<Str>().is_none() {
            return Err(thread.type_error("keywords must be strings"));
        }
        if dict.get(thread, *key)?.is_some() {
            return Err(thread.type_error(format!(
                "{} got multiple values for keyword argument '{}'",
                display(),
                str::display(*key)
            )));
        }
        dict.set(thread, *key, value)?;
    }
    Ok(())
}

/// `format(v, spec)`.
#[inline(never)]
pub fn format(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let empty = spec.cast::<Str>().is_some_and(|s| s.len() == 0);
    if empty && v.cast_exact::<Str>().is_some() {
        return Ok(v.to_ref());
    }
    // These types can't be given another method.
    if v.is_small_int() {
        return runtime::objects::int::format::format(thread, v, spec);
    }
    if v.is_exact(&STR) {
        return runtime::objects::str_methods::format_self(thread, v, spec);
    }
    let native = v.ty().lookup(names::get().__format__).and_then(|f| f.cast_exact::<MethodDescriptor>());
    if let Some(method) = native {
        return method.call_positional(thread, Value::of(method), v, &[spec]);
    }
    let Some(method) = attributes::special(thread, v, names::get().__format__)? else {
        let message = format!("Type {} doesn't define __format__", v.ty().name());
        return Err(thread.type_error(message));
    };
    let text = thread.call(*method, &[spec])?;
    if text.cast::<Str>().is_none() {
        let message = format!("__format__ must return a str, not {}", text.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(text)
}

/// `!s`, `!r`, `!a`.
pub fn convert(thread: &Thread, v: Value, conversion: u32) -> PyResult {
    match conversion {
        1 => protocol::str(thread, v),
        2 => protocol::repr(thread, v),
        3 => Ok(ascii(*protocol::repr(thread, v)?)),
        _ => Err(thread.system_error("unexpected conversion flag")),
    }
}

/// A string with everything beyond ASCII escaped.
fn ascii(text: Value) -> Ref {
    use std::fmt::Write;
    let Some(s) = text.cast::<Str>().filter(|s| !s.is_ascii()) else { return text.to_ref() };
    let mut escaped = String::new();
    for c in s.chars() {
        let written = match c {
            0..=0x7F => {
                escaped.push(char::from(c as u8));
                Ok(())
            }
            0x80..=0xFF => write!(escaped, "\\x{c:02x}"),
            0x100..=0xFFFF => write!(escaped, "\\u{c:04x}"),
            _ => write!(escaped, "\\U{c:08x}"),
        };
        debug_assert!(written.is_ok(), "writing to a string can't fail");
    }
    Str::new(&escaped)
}

/// The strings joined, for f-strings.
pub fn build_string(thread: &Thread, parts: &[Value]) -> PyResult {
    str::concat_all(parts).ok_or_else(|| thread.type_error("f-string part is no string"))
}

/// What unpacking gives: exactly `before` items, or `before`, a list of the rest, and `after` items.
pub fn unpack(thread: &Thread, v: Value, before: usize, rest: Option<usize>) -> PyResult<Vec<Ref>> {
    if let Some(t) = v.cast_exact::<Tuple>().filter(|t| rest.is_none() && t.len() == before) {
        return Ok(t.items().iter().map(|item| item.to_ref()).collect());
    }
    if let Some(l) = v.cast_exact::<List>().filter(|l| rest.is_none() && l.len() == before) {
        return Ok(l.items().iter().map(|item| item.to_ref()).collect());
    }
    if v.ty().slots().iter.is_none() && v.ty().slots().get_item.is_none() {
        let message = format!("cannot unpack non-iterable {} object", v.ty().name());
        return Err(thread.type_error(message));
    }
    let iterator = protocol::iter(thread, v)?;
    let mut items = Vec::new();
    let least = before + rest.unwrap_or(0);
    while rest.is_some() || items.len() < before {
        match protocol::next(thread, *iterator)? {
            Some(item) => items.push(item),
            None if items.len() < least => {
                let bound = if rest.is_some() { "at least " } else { "" };
                return Err(thread.value_error(format!(
                    "not enough values to unpack (expected {bound}{least}, got {})",
                    items.len()
                )));
            }
            None => break,
        }
    }
    let Some(after) = rest else {
        if protocol::next(thread, *iterator)?.is_some() {
            return Err(too_many(thread, v, before));
        }
        return Ok(items);
    };
    let tail = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    items.push(List::from_refs(middle));
    items.extend(tail);
    Ok(items)
}

#[cold]
fn too_many(thread: &Thread, v: Value, expected: usize) -> Raised {
    let sized = v.cast_exact::<Tuple>().map(|t| t.len());
    let sized = sized.or_else(|| v.cast_exact::<List>().map(|l| l.len()));
    let sized = sized.or_else(|| v.cast_exact::<Dict>().map(|d| d.len()));
    let got = sized.map_or(String::new(), |n| format!(", got {n}"));
    thread.value_error(format!("too many values to unpack (expected {expected}{got})"))
}
