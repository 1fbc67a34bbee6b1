//! What is known of a value: its kind, its range, a constant it equals.

use crate::ir::Reference;
use runtime::types::registry::{BYTES, FLOAT, INT, RANGE_ITERATOR, STR};
use runtime::types::{Type as ObjectType, TypeFlags};
use runtime::value::{SMALL_INT_MAX, SMALL_INT_MIN, Value};

/// What kind of object a value word is known to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    Nothing,
    /// A small int, in the word.
    Int,
    /// An int of any size, of exactly that type.
    AnyInt,
    /// A float, in the word or boxed.
    Float,
    Bool,
    /// A heap object of exactly this type.
    Object(*const ObjectType),
    /// Not counted: some immediate.
    Immediate,
}

impl Known {
    /// What is known of a constant word.
    pub fn of(v: Value) -> Known {
        if v.is_small_int() {
            Known::Int
        } else if v.is_inline_float() {
            Known::Float
        } else if v.is_bool() {
            Known::Bool
        } else if v.is_pointer() {
            Known::Object(v.ty())
        } else {
            Known::Immediate
        }
    }
    /// Whether all that is known of a value of `other` is this, or more.
    pub fn includes(self, other: Known) -> bool {
        match self {
            Known::Nothing => true,
            Known::AnyInt => {
                matches!(other, Known::Int | Known::AnyInt)
                    || other == Known::Object(&raw const runtime::types::registry::INT)
            }
            _ => self == other,
        }
    }
    /// Whether such a value may be counted.
    pub fn may_be_counted(self) -> bool {
        !matches!(self, Known::Int | Known::Bool | Known::Immediate)
    }
    /// Whether the death of such an object ends no other object's life, and nobody sees it.
    pub fn is_leaf(self) -> bool {
        let leaves =
            [&raw const FLOAT, &raw const INT, &raw const STR, &raw const BYTES, &raw const RANGE_ITERATOR];
        match self {
            Known::Object(ty) => leaves.contains(&ty),
            known => known == Known::Float || !known.may_be_counted(),
        }
    }
    /// Whether only a change of a class or of an object's class can make it untrue.
    pub fn is_lasting(self) -> bool {
        match self {
            Known::Object(ty) => !is_heap_type(ty),
            _ => true,
        }
    }
}

/// Whether a type was made at run time.
pub fn is_heap_type(ty: *const ObjectType) -> bool {
    // SAFETY: types that traces name are kept alive by them.
    unsafe { (*ty).has(TypeFlags::HEAP) }
}

/// Bounds of an int, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    pub min: i64,
    pub max: i64,
}

impl Range {
    /// All of 64 bits.
    pub const ANY: Range = Range { min: i64::MIN, max: i64::MAX };
    /// The ints that a word holds.
    pub const SMALL: Range = Range { min: SMALL_INT_MIN, max: SMALL_INT_MAX };
    /// Lengths and indices of objects in memory.
    pub const LENGTH: Range = Range { min: 0, max: 1 << 47 };

    pub fn is_small(self) -> bool {
        self.min >= SMALL_INT_MIN && self.max <= SMALL_INT_MAX
    }
    pub fn intersect(self, other: Range) -> Range {
        Range { min: self.min.max(other.min), max: self.max.min(other.max) }
    }
    fn from_checked(min: Option<i64>, max: Option<i64>) -> Range {
        match (min, max) {
            (Some(min), Some(max)) => Range { min, max },
            _ => Range::ANY,
        }
    }
    pub fn add(self, other: Range) -> Range {
        Range::from_checked(self.min.checked_add(other.min), self.max.checked_add(other.max))
    }
    pub fn sub(self, other: Range) -> Range {
        Range::from_checked(self.min.checked_sub(other.max), self.max.checked_sub(other.min))
    }
    pub fn mul(self, other: Range) -> Range {
        let corners =
            [(self.min, other.min), (self.min, other.max), (self.max, other.min), (self.max, other.max)];
        let mut range: Option<Range> = None;
        for (a, b) in corners {
            let Some(product) = a.checked_mul(b) else { return Range::ANY };
            let so_far = range.unwrap_or(Range { min: product, max: product });
            range = Some(Range { min: so_far.min.min(product), max: so_far.max.max(product) });
        }
        range.unwrap_or(Range::ANY)
    }
}

/// All that is known of one reference.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fact {
    pub known: Known,
    pub range: Range,
    /// The constant that it equals.
    pub constant: Reference,
    /// For truth values: what they are known to be.
    pub truth: Option<bool>,
    /// Not NULL.
    pub bound: bool,
}

impl Fact {
    pub const NONE: Fact = Fact {
        known: Known::Nothing,
        range: Range::ANY,
        constant: Reference::NONE,
        truth: None,
        bound: false,
    };
}
