//! Operators: which operand is asked, in which order, and what is said if neither knows.
//!
//! The left operand's type comes first, unless the right one's is a subtype of it with a function of its own. Sequences
//! that only concatenate and repeat are asked after the numbers.

use super::conversion::index_isize;
use crate::error::{PyResult, Raised};
use crate::thread::Thread;
use crate::types::Slots;
use crate::types::slots::{Binary, Ternary, Unary};
use crate::value::{Ref, Value};
use ir::opcode::BinaryOperator;

type BinarySlot = fn(&Slots) -> Option<Binary>;

/// Asks the operands' types in turn; `None` if neither knows what to do.
#[inline(always)]
fn ask_both(
    thread: &Thread,
    a: Value,
    b: Value,
    slot: impl Fn(&Slots) -> Option<Binary>,
) -> PyResult<Option<Ref>> {
    let (ta, tb) = (a.ty(), b.ty());
    let left = slot(ta.slots());
    let mut right = if std::ptr::eq(ta, tb) { None } else { slot(tb.slots()) };
    if let (Some(l), Some(r)) = (left, right)
        && std::ptr::fn_addr_eq(l, r)
    {
        right = None;
    }
    if let Some(left) = left {
        if let Some(first) = right
            && tb.is_subtype(ta)
        {
            let result = first(thread, a, b)?;
            if *result != Value::NOT_IMPLEMENTED {
                return Ok(Some(result));
            }
            right = None;
        }
        let result = left(thread, a, b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(Some(result));
        }
    }
    if let Some(right) = right {
        let result = right(thread, a, b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(Some(result));
        }
    }
    Ok(None)
}

#[cold]
fn unsupported(thread: &Thread, a: Value, b: Value, symbol: &str) -> Raised {
    thread.type_error(format!(
        "unsupported operand type(s) for {symbol}: '{}' and '{}'",
        a.ty().name(),
        b.ty().name()
    ))
}

/// The sequence half of `+`: `None` if the left operand doesn't concatenate.
fn concatenate(thread: &Thread, a: Value, b: Value) -> PyResult<Option<Ref>> {
    a.ty().slots().concat.map(|f| f(thread, a, b)).transpose()
}

fn repeat_count(thread: &Thread, v: Value) -> PyResult<isize> {
    if !crate::objects::int::is_int(v) && v.ty().slots().index.is_none() {
        let message = format!("can't multiply sequence by non-int of type '{}'", v.ty().name());
        return Err(thread.type_error(message));
    }
    index_isize(thread, v)
}

/// The sequence half of `*`: `None` if neither operand repeats.
fn repeat(thread: &Thread, a: Value, b: Value) -> PyResult<Option<Ref>> {
    if let Some(f) = a.ty().slots().repeat {
        let count = repeat_count(thread, b)?;
        return f(thread, a, count).map(Some);
    }
    if let Some(f) = b.ty().slots().repeat {
        let count = repeat_count(thread, a)?;
        return f(thread, b, count).map(Some);
    }
    Ok(None)
}

/// `a + b`.
#[inline]
pub fn add(thread: &Thread, a: Value, b: Value) -> PyResult {
    if let Some(result) = ask_both(thread, a, b, |s| s.add)? {
        return Ok(result);
    }
    match concatenate(thread, a, b)? {
        Some(result) => Ok(result),
        None => Err(unsupported(thread, a, b, "+")),
    }
}

/// `a * b`.
#[inline]
pub fn multiply(thread: &Thread, a: Value, b: Value) -> PyResult {
    if let Some(result) = ask_both(thread, a, b, |s| s.multiply)? {
        return Ok(result);
    }
    match repeat(thread, a, b)? {
        Some(result) => Ok(result),
        None => Err(unsupported(thread, a, b, "*")),
    }
}

/// The operators without a sequence half.
macro_rules! plain_operators {
    ($($function:ident $symbol:literal)*) => {
        $(#[doc = concat!("`a ", $symbol, " b`.")]
        #[inline]
        pub fn $function(thread: &Thread, a: Value, b: Value) -> PyResult {
            match ask_both(thread, a, b, |s| s.$function)? {
                Some(result) => Ok(result),
                None => Err(unsupported(thread, a, b, $symbol)),
            }
        })*
    };
}

plain_operators! {
    subtract "-"
    matrix_multiply "@"
    true_divide "/"
    floor_divide "//"
    remainder "%"
    divmod "divmod()"
    lshift "<<"
    rshift ">>"
    and "&"
    xor "^"
    or "|"
}

fn ask_power(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult<Option<Ref>> {
    let slot = |v: Value| v.ty().slots().power;
    let (ta, tb) = (a.ty(), b.ty());
    let mut asked: [Option<Ternary>; 3] = [slot(a), None, None];
    if !std::ptr::eq(ta, tb) {
        asked[1] = slot(b);
        if tb.is_subtype(ta) {
            asked.swap(0, 1);
        }
    }
    if !modulus.is_none() {
        asked[2] = slot(modulus);
    }
    for i in 0..asked.len() {
        let Some(f) = asked[i] else { continue };
        let repeated = asked[..i].iter().flatten().any(|g| std::ptr::fn_addr_eq(*g, f));
        if repeated {
            continue;
        }
        let result = f(thread, a, b, modulus)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(Some(result));
        }
    }
    Ok(None)
}

/// `pow(a, b, modulus)`; `modulus` None: `a ** b`.
pub fn power(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    if let Some(result) = ask_power(thread, a, b, modulus)? {
        return Ok(result);
    }
    if modulus.is_none() {
        return Err(unsupported(thread, a, b, "** or pow()"));
    }
    Err(thread.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        a.ty().name(),
        b.ty().name(),
        modulus.ty().name()
    )))
}

// In-place operators.

fn inplace(
    thread: &Thread,
    a: Value,
    b: Value,
    symbol: &str,
    own: BinarySlot,
    plain: BinarySlot,
) -> PyResult<Ref> {
    match ask_inplace(thread, a, b, own, plain)? {
        Some(result) => Ok(result),
        None => Err(unsupported(thread, a, b, symbol)),
    }
}

fn ask_inplace(
    thread: &Thread,
    a: Value,
    b: Value,
    own: BinarySlot,
    plain: BinarySlot,
) -> PyResult<Option<Ref>> {
    if let Some(f) = own(a.ty().slots()) {
        let result = f(thread, a, b)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(Some(result));
        }
    }
    ask_both(thread, a, b, plain)
}

fn inplace_add(thread: &Thread, a: Value, b: Value) -> PyResult {
    if let Some(result) = ask_inplace(thread, a, b, |s| s.inplace_add, |s| s.add)? {
        return Ok(result);
    }
    let slots = a.ty().slots();
    match slots.inplace_concat.or(slots.concat) {
        Some(f) => f(thread, a, b),
        None => Err(unsupported(thread, a, b, "+=")),
    }
}

fn inplace_multiply(thread: &Thread, a: Value, b: Value) -> PyResult {
    if let Some(result) = ask_inplace(thread, a, b, |s| s.inplace_multiply, |s| s.multiply)? {
        return Ok(result);
    }
    if let Some(f) = a.ty().slots().inplace_repeat {
        let count = repeat_count(thread, b)?;
        return f(thread, a, count);
    }
    match repeat(thread, a, b)? {
        Some(result) => Ok(result),
        None => Err(unsupported(thread, a, b, "*=")),
    }
}

fn inplace_power(thread: &Thread, a: Value, b: Value) -> PyResult {
    if let Some(f) = a.ty().slots().inplace_power {
        let result = f(thread, a, b, Value::NONE)?;
        if *result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    match ask_power(thread, a, b, Value::NONE)? {
        Some(result) => Ok(result),
        None => Err(unsupported(thread, a, b, "**=")),
    }
}

/// `a <operator> b` for every operator of `BINARY_OP`, in-place ones and subscription included.
pub fn binary_operation(thread: &Thread, operator: BinaryOperator, a: Value, b: Value) -> PyResult {
    use BinaryOperator::*;
    match operator {
        NB_ADD => add(thread, a, b),
        NB_AND => and(thread, a, b),
        NB_FLOOR_DIVIDE => floor_divide(thread, a, b),
        NB_LSHIFT => lshift(thread, a, b),
        NB_MATRIX_MULTIPLY => matrix_multiply(thread, a, b),
        NB_MULTIPLY => multiply(thread, a, b),
        NB_REMAINDER => remainder(thread, a, b),
        NB_OR => or(thread, a, b),
        NB_POWER => power(thread, a, b, Value::NONE),
        NB_RSHIFT => rshift(thread, a, b),
        NB_SUBTRACT => subtract(thread, a, b),
        NB_TRUE_DIVIDE => true_divide(thread, a, b),
        NB_XOR => xor(thread, a, b),
        NB_INPLACE_ADD => inplace_add(thread, a, b),
        NB_INPLACE_MULTIPLY => inplace_multiply(thread, a, b),
        NB_INPLACE_POWER => inplace_power(thread, a, b),
        NB_INPLACE_AND => inplace(thread, a, b, "&=", |s| s.inplace_and, |s| s.and),
        NB_INPLACE_FLOOR_DIVIDE => {
            inplace(thread, a, b, "//=", |s| s.inplace_floor_divide, |s| s.floor_divide)
        }
        NB_INPLACE_LSHIFT => inplace(thread, a, b, "<<=", |s| s.inplace_lshift, |s| s.lshift),
        NB_INPLACE_MATRIX_MULTIPLY => {
            inplace(thread, a, b, "@=", |s| s.inplace_matrix_multiply, |s| s.matrix_multiply)
        }
        NB_INPLACE_REMAINDER => inplace(thread, a, b, "%=", |s| s.inplace_remainder, |s| s.remainder),
        NB_INPLACE_OR => inplace(thread, a, b, "|=", |s| s.inplace_or, |s| s.or),
        NB_INPLACE_RSHIFT => inplace(thread, a, b, ">>=", |s| s.inplace_rshift, |s| s.rshift),
        NB_INPLACE_SUBTRACT => inplace(thread, a, b, "-=", |s| s.inplace_subtract, |s| s.subtract),
        NB_INPLACE_TRUE_DIVIDE => inplace(thread, a, b, "/=", |s| s.inplace_true_divide, |s| s.true_divide),
        NB_INPLACE_XOR => inplace(thread, a, b, "^=", |s| s.inplace_xor, |s| s.xor),
        NB_SUBSCR => super::sequence::get_item(thread, a, b),
    }
}

// Unary operators.

/// The unary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOperator {
    Negative,
    Positive,
    Invert,
    Absolute,
}

impl UnaryOperator {
    const fn symbol(self) -> &'static str {
        match self {
            UnaryOperator::Negative => "unary -",
            UnaryOperator::Positive => "unary +",
            UnaryOperator::Invert => "unary ~",
            UnaryOperator::Absolute => "abs()",
        }
    }
    fn slot(self, slots: &Slots) -> Option<Unary> {
        match self {
            UnaryOperator::Negative => slots.negative,
            UnaryOperator::Positive => slots.positive,
            UnaryOperator::Invert => slots.invert,
            UnaryOperator::Absolute => slots.absolute,
        }
    }
}

/// `<operator> v`.
#[inline]
pub fn unary(thread: &Thread, operator: UnaryOperator, v: Value) -> PyResult {
    match operator.slot(v.ty().slots()) {
        Some(f) => f(thread, v),
        None => {
            Err(thread.type_error(format!("bad operand type for {}: '{}'", operator.symbol(), v.ty().name())))
        }
    }
}

/// `-v`.
pub fn negative(thread: &Thread, v: Value) -> PyResult {
    unary(thread, UnaryOperator::Negative, v)
}
/// `+v`.
pub fn positive(thread: &Thread, v: Value) -> PyResult {
    unary(thread, UnaryOperator::Positive, v)
}
/// `~v`.
pub fn invert(thread: &Thread, v: Value) -> PyResult {
    unary(thread, UnaryOperator::Invert, v)
}
/// `abs(v)`.
pub fn absolute(thread: &Thread, v: Value) -> PyResult {
    unary(thread, UnaryOperator::Absolute, v)
}
