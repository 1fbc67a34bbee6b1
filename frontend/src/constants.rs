//! The pool of constants of one code unit, and the few questions that compile time asks of a constant.

use std::collections::HashMap;

use ir::code::Const;
use rustc_hash::FxBuildHasher;

/// Constants in order of first use; equal ones (of the same type) are stored once.
#[derive(Default)]
pub struct ConstPool {
    items: Vec<Const>,
    index: HashMap<Const, u32, FxBuildHasher>,
}

impl ConstPool {
    /// The index of a constant, which is added if it isn't there yet.
    pub fn add(&mut self, value: Const) -> u32 {
        if let Const::FrozenSet(items) = &value
            && let Some(known) = self.find_set(items)
        {
            return known;
        }
        if let Some(&known) = self.index.get(&value) {
            return known;
        }
        let index = self.items.len() as u32;
        self.items.push(value.clone());
        if !holds_nan(&value) {
            self.index.insert(value, index);
        }
        index
    }

    /// Sets are equal whatever the order of their items.
    fn find_set(&self, items: &[Const]) -> Option<u32> {
        let same = |known: &Const| match known {
            Const::FrozenSet(known) => {
                known.len() == items.len() && items.iter().all(|item| known.contains(item))
            }
            _ => false,
        };
        self.items.iter().position(same).map(|index| index as u32)
    }

    /// The constant with this index.
    pub fn get(&self, index: u32) -> &Const {
        &self.items[index as usize]
    }

    /// How many constants there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Drops the constants that are not marked.
    pub fn retain(&mut self, used: &[bool]) {
        let mut marks = used.iter();
        self.items.retain(|_| marks.next().copied().unwrap_or(true));
        self.index.clear();
    }

    /// `co_consts`.
    pub fn into_items(self) -> Vec<Const> {
        self.items
    }
}

/// A NaN equals nothing, not even another NaN.
fn holds_nan(value: &Const) -> bool {
    match value {
        Const::Float(value) => value.is_nan(),
        Const::Complex(real, imaginary) => real.is_nan() || imaginary.is_nan(),
        Const::Tuple(items) | Const::FrozenSet(items) => items.iter().any(holds_nan),
        _ => false,
    }
}

/// Python's truth value of a constant.
pub fn is_true(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::StopIteration | Const::Slice(_) | Const::Code(_) => true,
        Const::Int(value) => *value != dashu_int::IBig::ZERO,
        Const::Float(value) => *value != 0.0,
        Const::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
        Const::Str(text) => !text.is_empty(),
        Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

/// The argument of `LOAD_SMALL_INT` for an `int` of 0 to 255.
pub fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(value) => u8::try_from(value).ok().map(u32::from),
        _ => None,
    }
}

/// A frozenset of items without those that Python considers equal to an earlier one.
pub fn frozen_set(items: Vec<Const>) -> Const {
    let mut distinct: Vec<Const> = Vec::with_capacity(items.len());
    for item in items {
        if !distinct.iter().any(|known| python_equal(known, &item)) {
            distinct.push(item);
        }
    }
    Const::FrozenSet(distinct.into())
}

/// The `==` of Python on constants: numbers compare across types.
pub fn python_equal(a: &Const, b: &Const) -> bool {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return match (a, b) {
            (Number::Int(a), Number::Int(b)) => a == b,
            (Number::Int(int), Number::Complex(real, imaginary))
            | (Number::Complex(real, imaginary), Number::Int(int)) => {
                imaginary == 0.0 && int_equals_float(&int, real)
            }
            (Number::Complex(a, b), Number::Complex(c, d)) => a == c && b == d,
        };
    }
    match (a, b) {
        (Const::Tuple(a), Const::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| python_equal(a, b))
        }
        _ => a == b,
    }
}

enum Number {
    Int(dashu_int::IBig),
    Complex(f64, f64),
}

fn number(value: &Const) -> Option<Number> {
    Some(match value {
        Const::False => Number::Int(0.into()),
        Const::True => Number::Int(1.into()),
        Const::Int(value) => Number::Int(value.clone()),
        Const::Float(value) => Number::Complex(*value, 0.0),
        Const::Complex(real, imaginary) => Number::Complex(*real, *imaginary),
        _ => return None,
    })
}

fn int_equals_float(int: &dashu_int::IBig, float: f64) -> bool {
    float.fract() == 0.0 && dashu_int::IBig::try_from(float).is_ok_and(|value| value == *int)
}
