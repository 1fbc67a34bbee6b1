//! The number slots of `int`. Integers of the word are computed as machine words; only what overflows goes to the kernel.

use super::{IntRef, error, from_big, from_i128, get, new};
use crate::error::PyResult;
use crate::int_kernel::{self as kernel, IntError};
use crate::objects::exceptions::ZERO_DIVISION_ERROR;
use crate::objects::float;
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::types::CompareOp;
use crate::value::{Ref, Value};
use dashu_int::{IBig, Sign};

impl IntRef<'_> {
    /// As a big integer.
    pub fn to_big(&self) -> IBig {
        match self {
            IntRef::Small(i) => IBig::from(*i),
            IntRef::Big(b) => (*b).clone(),
        }
    }
    pub fn is_zero(&self) -> bool {
        matches!(self, IntRef::Small(0))
    }
    pub fn is_negative(&self) -> bool {
        match self {
            IntRef::Small(i) => *i < 0,
            IntRef::Big(b) => b.sign() == Sign::Negative,
        }
    }
    /// The nearest float.
    pub fn to_f64(&self) -> Result<f64, IntError> {
        match self {
            IntRef::Small(i) => Ok(*i as f64),
            IntRef::Big(b) => kernel::to_float(b),
        }
    }
}

/// The operands as integers, or NotImplemented.
macro_rules! operands {
    ($a:expr, $b:expr) => {
        match (get($a), get($b)) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Ref::NOT_IMPLEMENTED),
        }
    };
}

pub fn add(_: &Thread, a: Value, b: Value) -> PyResult {
    Ok(match operands!(a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => match a.checked_add(b) {
            Some(sum) => new(sum),
            None => from_i128(a as i128 + b as i128),
        },
        (IntRef::Big(a), IntRef::Big(b)) => from_big(a + b),
        (IntRef::Big(a), IntRef::Small(b)) => from_big(a + b),
        (IntRef::Small(a), IntRef::Big(b)) => from_big(b + a),
    })
}

pub fn subtract(_: &Thread, a: Value, b: Value) -> PyResult {
    Ok(match operands!(a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => match a.checked_sub(b) {
            Some(difference) => new(difference),
            None => from_i128(a as i128 - b as i128),
        },
        (IntRef::Big(a), IntRef::Big(b)) => from_big(a - b),
        (IntRef::Big(a), IntRef::Small(b)) => from_big(a - b),
        (IntRef::Small(a), IntRef::Big(b)) => from_big(IBig::from(a) - b),
    })
}

pub fn multiply(_: &Thread, a: Value, b: Value) -> PyResult {
    Ok(match operands!(a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => match a.checked_mul(b) {
            Some(product) => new(product),
            None => from_i128(a as i128 * b as i128),
        },
        (IntRef::Big(a), IntRef::Big(b)) => from_big(a * b),
        (IntRef::Big(a), IntRef::Small(b)) | (IntRef::Small(b), IntRef::Big(a)) => from_big(a * b),
    })
}

#[cold]
fn division_by_zero<T>(thread: &Thread) -> PyResult<T> {
    Err(thread.error(&ZERO_DIVISION_ERROR, "division by zero"))
}

pub fn floor_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_zero() {
        return division_by_zero(thread);
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (&a, &b)
        && let Some(quotient) = kernel::floor_div_i64(*a, *b)
    {
        return Ok(new(quotient));
    }
    finish(thread, kernel::floor_div(&a.to_big(), &b.to_big()))
}

pub fn remainder(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_zero() {
        return division_by_zero(thread);
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (&a, &b)
        && let Some(rest) = kernel::floor_mod_i64(*a, *b)
    {
        return Ok(new(rest));
    }
    finish(thread, kernel::floor_mod(&a.to_big(), &b.to_big()))
}

pub fn divmod(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_zero() {
        return division_by_zero(thread);
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (&a, &b)
        && let (Some(q), Some(r)) = (kernel::floor_div_i64(*a, *b), kernel::floor_mod_i64(*a, *b))
    {
        return Ok(Tuple::from_refs(vec![new(q), new(r)]));
    }
    match kernel::div_mod(&a.to_big(), &b.to_big()) {
        Ok((q, r)) => Ok(Tuple::from_refs(vec![from_big(q), from_big(r)])),
        Err(e) => Err(error(thread, e)),
    }
}

/// Integers up to here are floats without rounding.
const EXACT: u64 = 1 << 53;

pub fn true_divide(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_zero() {
        return division_by_zero(thread);
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (&a, &b)
        && a.unsigned_abs() <= EXACT
        && b.unsigned_abs() <= EXACT
    {
        return Ok(float::new(*a as f64 / *b as f64));
    }
    match kernel::true_divide(&a.to_big(), &b.to_big()) {
        Ok(quotient) => Ok(float::new(quotient)),
        Err(e) => Err(error(thread, e)),
    }
}

fn finish(thread: &Thread, result: Result<IBig, IntError>) -> PyResult {
    match result {
        Ok(value) => Ok(from_big(value)),
        Err(e) => Err(error(thread, e)),
    }
}

pub fn power(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if !modulus.is_none() {
        let Some(modulus) = get(modulus) else { return Ok(Ref::NOT_IMPLEMENTED) };
        return finish(thread, kernel::pow_mod(&a.to_big(), &b.to_big(), &modulus.to_big()));
    }
    if b.is_negative() {
        return match (a.to_f64(), b.to_f64()) {
            (Ok(base), Ok(exponent)) => float::operators::power_of(thread, base, exponent),
            (Err(e), _) | (_, Err(e)) => Err(error(thread, e)),
        };
    }
    if let (IntRef::Small(base), IntRef::Small(exponent)) = (&a, &b)
        && let Ok(exponent) = u32::try_from(*exponent)
        && let Some(power) = kernel::pow_i64(*base, exponent)
    {
        return Ok(new(power));
    }
    finish(thread, kernel::pow(&a.to_big(), &b.to_big()))
}

#[cold]
fn negative_count(thread: &Thread) -> PyResult {
    Err(thread.value_error("negative shift count"))
}

pub fn lshift(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_negative() {
        return negative_count(thread);
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (&a, &b)
        && let Some(shifted) = kernel::shl_i64(*a, *b)
    {
        return Ok(new(shifted));
    }
    finish(thread, kernel::shift_left(&a.to_big(), &b.to_big()))
}

pub fn rshift(thread: &Thread, a: Value, b: Value) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_negative() {
        return negative_count(thread);
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (&a, &b)
        && let Some(shifted) = kernel::shr_i64(*a, *b)
    {
        return Ok(new(shifted));
    }
    finish(thread, kernel::shift_right(&a.to_big(), &b.to_big()))
}

/// The bitwise operators.
macro_rules! bitwise {
    ($($function:ident $operator:tt)*) => {
        $(pub fn $function(_: &Thread, a: Value, b: Value) -> PyResult {
            Ok(match operands!(a, b) {
                (IntRef::Small(a), IntRef::Small(b)) => new(a $operator b),
                (a, b) => from_big(a.to_big() $operator b.to_big()),
            })
        })*
    };
}

bitwise! { and & or | xor ^ }

/// The integer of an instance of `int`.
fn of(v: Value) -> IntRef<'static> {
    get(v).unwrap_or(IntRef::Small(0))
}

pub fn negative(_: &Thread, v: Value) -> PyResult {
    Ok(match of(v) {
        IntRef::Small(i) => from_i128(-(i as i128)),
        IntRef::Big(b) => from_big(-b),
    })
}

/// `+v`, `int(v)`, `operator.index(v)` and whatever else gives the plain int.
pub fn positive(_: &Thread, v: Value) -> PyResult {
    Ok(crate::protocol::exact_int(v))
}

pub fn absolute(thread: &Thread, v: Value) -> PyResult {
    if of(v).is_negative() { negative(thread, v) } else { positive(thread, v) }
}

pub fn invert(_: &Thread, v: Value) -> PyResult {
    Ok(match of(v) {
        IntRef::Small(i) => new(!i),
        IntRef::Big(b) => from_big(-(b + IBig::ONE)),
    })
}

pub fn is_true(_: &Thread, v: Value) -> PyResult<bool> {
    Ok(!of(v).is_zero())
}

pub fn to_float(thread: &Thread, v: Value) -> PyResult {
    match of(v).to_f64() {
        Ok(f) => Ok(float::new(f)),
        Err(e) => Err(error(thread, e)),
    }
}

pub fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    Ok(match of(v) {
        IntRef::Small(i) => crate::hash::hash_i64(i),
        IntRef::Big(b) => kernel::hash(b),
    })
}

pub fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (a, b) = operands!(a, b);
    let ordering = match (&a, &b) {
        (IntRef::Small(a), IntRef::Small(b)) => a.cmp(b),
        (IntRef::Big(a), IntRef::Big(b)) => a.cmp(b),
        (IntRef::Big(_), _) => {
            if a.is_negative() {
                std::cmp::Ordering::Less
            } else {
                std::cmp::Ordering::Greater
            }
        }
        (_, IntRef::Big(_)) => {
            if b.is_negative() {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Less
            }
        }
    };
    Ok(Ref::bool(op.holds(ordering)))
}

/// The decimal digits of an integer.
fn small_decimal(i: i64) -> Ref {
    let mut text = [0; 20];
    let mut at = text.len();
    let mut rest = i.unsigned_abs();
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        text[at] = b'-';
    }
    crate::objects::str::Str::from_ascii(&text[at..])
}

/// Decimal text; ValueError beyond the digit limit.
pub fn repr(thread: &Thread, v: Value) -> PyResult {
    match of(v) {
        IntRef::Small(i) => Ok(small_decimal(i)),
        IntRef::Big(b) => match kernel::to_decimal(b, super::digit_limit()) {
            Some(text) => Ok(crate::objects::str::Str::from_ascii(text.as_bytes())),
            None => Err(super::too_many_digits(thread)),
        },
    }
}
