//! Operators on constants, evaluated as Python would at run time; what would raise, or grow too big, is not folded.

use dashu_int::IBig;
use dashu_int::ops::{BitTest, UnsignedAbs};
use ir::code::Const;
use ir::opcode::BinaryOperator;
use ir::wtf8::{Wtf8, Wtf8Builder};

use crate::constants::is_true;

/// Bits in the result of an integer operator that may grow it.
const MAX_INT_BITS: usize = 128;
/// Items in a repeated tuple.
const MAX_COLLECTION: usize = 256;
/// Length of a repeated string.
const MAX_STRING: usize = 4096;
/// Items in a repeated tuple, with those of its inner tuples.
const MAX_TOTAL_ITEMS: usize = 1024;

/// The unary operators.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Negative,
    Positive,
    Invert,
    Not,
}

/// A number in the tower that arithmetic promotes along.
#[derive(Clone)]
enum Number {
    Int(IBig),
    Float(f64),
    Complex(f64, f64),
}

fn number(value: &Const) -> Option<Number> {
    Some(match value {
        Const::False => Number::Int(IBig::ZERO),
        Const::True => Number::Int(IBig::ONE),
        Const::Int(value) => Number::Int(value.clone()),
        Const::Float(value) => Number::Float(*value),
        Const::Complex(real, imaginary) => Number::Complex(*real, *imaginary),
        _ => return None,
    })
}

fn is_bool(value: &Const) -> bool {
    matches!(value, Const::True | Const::False)
}

/// The value of `operator operand`.
pub fn unary(operator: Unary, operand: &Const) -> Option<Const> {
    if operator == Unary::Not {
        return Some(Const::bool(!is_true(operand)));
    }
    match (operator, number(operand)?) {
        (Unary::Invert, _) if is_bool(operand) => None,
        (Unary::Invert, Number::Int(value)) => Some(Const::Int(-value - IBig::ONE)),
        (Unary::Invert, _) => None,
        (Unary::Negative, Number::Int(value)) => Some(Const::Int(-value)),
        (Unary::Negative, Number::Float(value)) => Some(Const::Float(-value)),
        (Unary::Negative, Number::Complex(real, imaginary)) => Some(Const::Complex(-real, -imaginary)),
        (_, Number::Int(value)) => Some(Const::Int(value)),
        _ => Some(operand.clone()),
    }
}

/// The value of `left operator right`, the operator being an argument of `BINARY_OP`.
pub fn binary(operator: u32, left: &Const, right: &Const) -> Option<Const> {
    let operator = BinaryOperator::from_number(operator)?;
    if operator == BinaryOperator::NB_SUBSCR {
        return subscript(left, right);
    }
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        if is_bool(left) && is_bool(right) {
            let (a, b) = (is_true(left), is_true(right));
            match operator {
                BinaryOperator::NB_AND => return Some(Const::bool(a & b)),
                BinaryOperator::NB_OR => return Some(Const::bool(a | b)),
                BinaryOperator::NB_XOR => return Some(Const::bool(a ^ b)),
                _ => {}
            }
        }
        return arithmetic(operator, a, b);
    }
    match operator {
        BinaryOperator::NB_ADD => concatenate(left, right),
        BinaryOperator::NB_MULTIPLY => match (number(left), number(right)) {
            (Some(Number::Int(count)), None) => repeat(right, &count),
            (None, Some(Number::Int(count))) => repeat(left, &count),
            _ => None,
        },
        _ => None,
    }
}

fn arithmetic(operator: BinaryOperator, a: Number, b: Number) -> Option<Const> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => int_operator(operator, a, b),
        (a @ (Number::Int(_) | Number::Float(_)), b @ (Number::Int(_) | Number::Float(_))) => {
            float_operator(operator, as_float(&a)?, as_float(&b)?)
        }
        (a, b) => complex_operator(operator, &a, &b),
    }
}

fn as_float(value: &Number) -> Option<f64> {
    match value {
        Number::Int(value) => int_to_float(value),
        Number::Float(value) => Some(*value),
        Number::Complex(..) => None,
    }
}

fn int_to_float(value: &IBig) -> Option<f64> {
    let float = value.to_f64().value();
    float.is_finite().then_some(float)
}

fn bits(value: &IBig) -> usize {
    value.clone().unsigned_abs().bit_len()
}

fn int_operator(operator: BinaryOperator, a: IBig, b: IBig) -> Option<Const> {
    let zero = IBig::ZERO;
    let result = match operator {
        BinaryOperator::NB_ADD => a + b,
        BinaryOperator::NB_SUBTRACT => a - b,
        BinaryOperator::NB_MULTIPLY => {
            if a != zero && b != zero && bits(&a) + bits(&b) > MAX_INT_BITS {
                return None;
            }
            a * b
        }
        BinaryOperator::NB_TRUE_DIVIDE => return int_true_divide(&a, &b).map(Const::Float),
        BinaryOperator::NB_FLOOR_DIVIDE | BinaryOperator::NB_REMAINDER => {
            if b == zero {
                return None;
            }
            let mut quotient = &a / &b;
            let mut remainder = a - &quotient * &b;
            if remainder != zero && (remainder < zero) != (b < zero) {
                quotient -= IBig::ONE;
                remainder += b;
            }
            if operator == BinaryOperator::NB_FLOOR_DIVIDE { quotient } else { remainder }
        }
        BinaryOperator::NB_POWER => return int_power(&a, &b),
        BinaryOperator::NB_LSHIFT => {
            if b < zero {
                return None;
            }
            let shift = usize::try_from(&b).ok();
            if a == zero {
                return Some(Const::Int(zero));
            }
            let shift = shift.filter(|&shift| shift <= MAX_INT_BITS && bits(&a) <= MAX_INT_BITS - shift)?;
            a << shift
        }
        BinaryOperator::NB_RSHIFT => {
            if b < zero {
                return None;
            }
            match usize::try_from(&b).ok().filter(|&shift| shift <= bits(&a)) {
                Some(shift) => a >> shift,
                None if a < zero => -IBig::ONE,
                None => zero,
            }
        }
        BinaryOperator::NB_AND => a & b,
        BinaryOperator::NB_OR => a | b,
        BinaryOperator::NB_XOR => a ^ b,
        _ => return None,
    };
    Some(Const::Int(result))
}

fn int_power(a: &IBig, b: &IBig) -> Option<Const> {
    if *b < IBig::ZERO {
        if *a == IBig::ZERO {
            return None;
        }
        return float_operator(BinaryOperator::NB_POWER, int_to_float(a)?, int_to_float(b)?);
    }
    if *a == IBig::ZERO || *b == IBig::ZERO {
        let one = *b == IBig::ZERO;
        return Some(Const::Int(if one { IBig::ONE } else { IBig::ZERO }));
    }
    let exponent = usize::try_from(b).ok()?;
    if bits(a) > MAX_INT_BITS / exponent {
        return None;
    }
    Some(Const::Int(a.pow(exponent)))
}

/// Division rounded once, to the nearest even.
fn int_true_divide(a: &IBig, b: &IBig) -> Option<f64> {
    if *b == IBig::ZERO {
        return None;
    }
    if bits(a) <= 53 && bits(b) <= 53 {
        return Some(a.to_f64().value() / b.to_f64().value());
    }
    let negative = (*a < IBig::ZERO) != (*b < IBig::ZERO);
    let (a, b) = (IBig::from(a.clone().unsigned_abs()), IBig::from(b.clone().unsigned_abs()));
    // A quotient of at least 66 bits, its last bit standing for everything below.
    let shift = 66 + bits(&b) as i64 - bits(&a) as i64;
    let (a, b) = if shift >= 0 { (a << shift as usize, b) } else { (a, b << (-shift) as usize) };
    let mut quotient = &a / &b;
    if &quotient * &b != a {
        quotient |= IBig::ONE;
    }
    let scaled = scale(quotient, -shift)?;
    Some(if negative { -scaled } else { scaled })
}

/// `value * 2**exponent` rounded once, subnormal results included; `None` when it overflows.
fn scale(value: IBig, exponent: i64) -> Option<f64> {
    let top = bits(&value) as i64 + exponent;
    if top > 1024 {
        return None;
    }
    if top > -1021 {
        let float = value.to_f64().value()
            * 2f64.powi((exponent / 2) as i32)
            * 2f64.powi((exponent - exponent / 2) as i32);
        return float.is_finite().then_some(float);
    }
    // Round to a multiple of 2**-1074 by hand.
    let drop = (-1074 - exponent).max(0) as usize;
    let kept = value.clone() >> drop;
    let rest = value - (kept.clone() << drop);
    let half = IBig::ONE << drop.saturating_sub(1);
    let odd = kept.bit(0);
    let up = rest > half || (rest == half && odd);
    let units = kept + IBig::from(u8::from(up));
    Some(units.to_f64().value() * f64::from_bits(1))
}

fn float_operator(operator: BinaryOperator, a: f64, b: f64) -> Option<Const> {
    let result = match operator {
        BinaryOperator::NB_ADD => a + b,
        BinaryOperator::NB_SUBTRACT => a - b,
        BinaryOperator::NB_MULTIPLY => a * b,
        BinaryOperator::NB_TRUE_DIVIDE if b != 0.0 => a / b,
        BinaryOperator::NB_FLOOR_DIVIDE if b != 0.0 => float_divmod(a, b).0,
        BinaryOperator::NB_REMAINDER if b != 0.0 => float_divmod(a, b).1,
        BinaryOperator::NB_POWER => return float_power(a, b),
        _ => return None,
    };
    Some(Const::Float(result))
}

/// Python's `divmod` of floats: the remainder has the sign of the divisor.
fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(a / b), remainder);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

fn float_power(a: f64, b: f64) -> Option<Const> {
    if a == 0.0 && b < 0.0 {
        return None;
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        return complex_power((a, 0.0), (b, 0.0));
    }
    let result = a.powf(b);
    (result.is_finite() || !a.is_finite() || !b.is_finite()).then_some(Const::Float(result))
}

/// Arithmetic with at least one complex operand; a real operand stays real.
fn complex_operator(operator: BinaryOperator, a: &Number, b: &Number) -> Option<Const> {
    let parts = |value: &Number| match value {
        Number::Complex(real, imaginary) => Some((*real, *imaginary)),
        _ => as_float(value).map(|real| (real, 0.0)),
    };
    let (left_is_real, right_is_real) =
        (!matches!(a, Number::Complex(..)), !matches!(b, Number::Complex(..)));
    let (a, b) = (parts(a)?, parts(b)?);
    let result = match operator {
        BinaryOperator::NB_ADD if left_is_real => (a.0 + b.0, b.1),
        BinaryOperator::NB_ADD if right_is_real => (a.0 + b.0, a.1),
        BinaryOperator::NB_ADD => (a.0 + b.0, a.1 + b.1),
        BinaryOperator::NB_SUBTRACT if left_is_real => (a.0 - b.0, -b.1),
        BinaryOperator::NB_SUBTRACT if right_is_real => (a.0 - b.0, a.1),
        BinaryOperator::NB_SUBTRACT => (a.0 - b.0, a.1 - b.1),
        BinaryOperator::NB_MULTIPLY if left_is_real => (a.0 * b.0, a.0 * b.1),
        BinaryOperator::NB_MULTIPLY if right_is_real => (a.0 * b.0, a.1 * b.0),
        BinaryOperator::NB_MULTIPLY => (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0),
        BinaryOperator::NB_TRUE_DIVIDE if b == (0.0, 0.0) => return None,
        BinaryOperator::NB_TRUE_DIVIDE if right_is_real => (a.0 / b.0, a.1 / b.0),
        BinaryOperator::NB_TRUE_DIVIDE if left_is_real => real_by_complex(a.0, b),
        BinaryOperator::NB_TRUE_DIVIDE => complex_divide(a, b),
        BinaryOperator::NB_POWER => return complex_power(a, b),
        _ => return None,
    };
    Some(Const::Complex(result.0, result.1))
}

/// Division that scales by the larger part of the divisor, so that it does not overflow on the way.
fn complex_divide(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let divisor = b.0 + b.1 * ratio;
        ((a.0 + a.1 * ratio) / divisor, (a.1 - a.0 * ratio) / divisor)
    } else {
        let ratio = b.0 / b.1;
        let divisor = b.0 * ratio + b.1;
        ((a.0 * ratio + a.1) / divisor, (a.1 * ratio - a.0) / divisor)
    }
}

/// The same for a real dividend, whose missing imaginary part must not bring in zeros of another sign.
fn real_by_complex(a: f64, b: (f64, f64)) -> (f64, f64) {
    if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let divisor = b.0 + b.1 * ratio;
        (a / divisor, (-a * ratio) / divisor)
    } else {
        let ratio = b.0 / b.1;
        let divisor = b.0 * ratio + b.1;
        ((a * ratio) / divisor, -a / divisor)
    }
}

fn complex_power(a: (f64, f64), b: (f64, f64)) -> Option<Const> {
    let result = if b.1 == 0.0 && b.0.fract() == 0.0 && b.0.abs() <= 100.0 {
        complex_int_power(a, b.0 as i32)?
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return None;
        }
        (0.0, 0.0)
    } else {
        let magnitude = a.0.hypot(a.1);
        let angle = a.1.atan2(a.0);
        let mut length = magnitude.powf(b.0);
        let mut phase = angle * b.0;
        if b.1 != 0.0 {
            length *= (-angle * b.1).exp();
            phase += b.1 * magnitude.ln();
        }
        (length * phase.cos(), length * phase.sin())
    };
    (result.0.is_finite() && result.1.is_finite()).then_some(Const::Complex(result.0, result.1))
}

/// Repeated squaring; a negative exponent divides at the end.
fn complex_int_power(a: (f64, f64), exponent: i32) -> Option<(f64, f64)> {
    let multiply = |x: (f64, f64), y: (f64, f64)| (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0);
    let mut power = a;
    let mut result = (1.0, 0.0);
    let count = exponent.unsigned_abs();
    let mut mask = 1;
    while mask <= count {
        if count & mask != 0 {
            result = multiply(result, power);
        }
        mask <<= 1;
        power = multiply(power, power);
    }
    if exponent >= 0 {
        return Some(result);
    }
    (result != (0.0, 0.0)).then(|| complex_divide((1.0, 0.0), result))
}

fn concatenate(left: &Const, right: &Const) -> Option<Const> {
    Some(match (left, right) {
        (Const::Str(a), Const::Str(b)) => {
            let mut joined = Wtf8Builder::new();
            joined.push(a);
            joined.push(b);
            Const::Str(joined.finish())
        }
        (Const::Bytes(a), Const::Bytes(b)) => Const::Bytes([&a[..], &b[..]].concat().into()),
        (Const::Tuple(a), Const::Tuple(b)) => Const::Tuple([&a[..], &b[..]].concat().into()),
        _ => return None,
    })
}

/// Items of a tuple with those of its inner tuples; `None` beyond `limit`.
fn total_items(value: &Const, limit: usize) -> Option<usize> {
    let Const::Tuple(items) = value else { return Some(0) };
    let mut left = limit.checked_sub(items.len())?;
    for item in items.iter() {
        left = left.checked_sub(total_items(item, left)?)?;
    }
    Some(limit - left)
}

fn repeat(value: &Const, count: &IBig) -> Option<Const> {
    let (length, limit) = match value {
        Const::Str(text) => (text.code_points().count(), MAX_STRING),
        Const::Bytes(bytes) => (bytes.len(), MAX_STRING),
        Const::Tuple(items) => (items.len(), MAX_COLLECTION),
        _ => return None,
    };
    // A count beyond the machine's integers is an error even for nothing to repeat.
    let count = isize::try_from(count).ok()?;
    let times =
        if length == 0 { 0 } else { usize::try_from(count).ok().filter(|&times| times <= limit / length)? };
    if matches!(value, Const::Tuple(_)) && times > 0 {
        total_items(value, MAX_TOTAL_ITEMS / times)?;
    }
    Some(match value {
        Const::Str(text) => Const::Str(Wtf8::from_bytes(&text.as_bytes().repeat(times))?),
        Const::Bytes(bytes) => Const::Bytes(bytes.repeat(times).into()),
        Const::Tuple(items) => {
            Const::Tuple(items.iter().cycle().take(items.len() * times).cloned().collect())
        }
        _ => return None,
    })
}

fn subscript(value: &Const, index: &Const) -> Option<Const> {
    match value {
        Const::Str(text) => {
            let points: Vec<u32> = text.code_points().collect();
            let chosen = select(points.len(), index)?;
            Wtf8::from_code_points(chosen.indices().map(|at| points[at])).map(Const::Str)
        }
        Const::Bytes(bytes) => match select(bytes.len(), index)? {
            Selection::One(at) => Some(Const::int(bytes[at])),
            slice => Some(Const::Bytes(slice.indices().map(|at| bytes[at]).collect())),
        },
        Const::Tuple(items) => match select(items.len(), index)? {
            Selection::One(at) => Some(items[at].clone()),
            slice => Some(Const::Tuple(slice.indices().map(|at| items[at].clone()).collect())),
        },
        _ => None,
    }
}

/// What a subscript picks out of a sequence.
enum Selection {
    One(usize),
    Range { start: i64, step: i64, count: usize },
}

impl Selection {
    fn indices(&self) -> impl Iterator<Item = usize> {
        let (start, step, count) = match *self {
            Selection::One(at) => (at as i64, 1, 1),
            Selection::Range { start, step, count } => (start, step, count),
        };
        (0..count as i64).map(move |i| (start + i * step) as usize)
    }
}

fn select(length: usize, index: &Const) -> Option<Selection> {
    let length = length as i64;
    if let Const::Slice(bounds) = index {
        return select_range(length, bounds);
    }
    let Number::Int(index) = number(index)? else { return None };
    let index = i64::try_from(&index).ok()?;
    let at = if index < 0 { index.checked_add(length)? } else { index };
    (0..length).contains(&at).then_some(Selection::One(at as usize))
}

/// A bound clipped to 64 bits; the outer `None` says that it is no integer.
fn bound(value: &Const) -> Option<Option<i64>> {
    if matches!(value, Const::None) {
        return Some(None);
    }
    let Number::Int(value) = number(value)? else { return None };
    let clipped = i64::try_from(&value).unwrap_or(if value < IBig::ZERO { -i64::MAX } else { i64::MAX });
    Some(Some(clipped.max(-i64::MAX)))
}

fn select_range(length: i64, bounds: &[Const; 3]) -> Option<Selection> {
    let step = bound(&bounds[2])?.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let clip = |value: Option<i64>, default: i64| match value {
        None => default,
        Some(value) if value < 0 => (value + length).max(low),
        Some(value) => value.min(high),
    };
    let start = clip(bound(&bounds[0])?, if step < 0 { high } else { low });
    let stop = clip(bound(&bounds[1])?, if step < 0 { low } else { high });
    let distance = if step < 0 { start - stop } else { stop - start };
    let count = if distance <= 0 { 0 } else { (distance - 1) / step.saturating_abs() + 1 };
    Some(Selection::Range { start, step, count: count as usize })
}
