//! Folding: instructions whose result is known, or that a simpler one replaces. The rules only shrink: a rule's outcome
//! has fewer or cheaper operations, so rewriting ends.

use super::Failure;
use super::emitter::Emitter;
use super::facts::{Known, Range};
use crate::ir::{Constant, Instruction, Op, Reference, Type};
use runtime::int_kernel;
use runtime::trace_interface::Helper;
use runtime::types::registry::{FLOAT, INT};
use runtime::value::{SMALL_INT_MAX, SMALL_INT_MIN};

/// What folding says.
pub enum Folded {
    /// The result is this.
    Reference(Reference),
    /// It needs no instruction and has no result.
    Gone,
    /// This instruction instead.
    Instruction(Instruction),
    /// As it is.
    Same,
}

use Folded::{Gone, Same};

fn binary(op: Op, a: Reference, b: Reference) -> Folded {
    Folded::Instruction(Instruction { a, b, ..Instruction::new(op) })
}

fn unary(op: Op, a: Reference) -> Folded {
    Folded::Instruction(Instruction { a, ..Instruction::new(op) })
}

impl Emitter<'_> {
    pub fn fold(&mut self, i: &Instruction) -> Result<Folded, Failure> {
        match i.op {
            Op::GuardTrue
            | Op::GuardFalse
            | Op::GuardInt
            | Op::GuardAnyInt
            | Op::GuardFloat
            | Op::GuardBool
            | Op::GuardType
            | Op::GuardIs
            | Op::GuardIsNot
            | Op::CheckInt
            | Op::CheckShift => self.fold_guard(i),
            Op::UnboxInt | Op::UnboxFloat | Op::UnboxBool | Op::BoxInt | Op::BoxFloat | Op::BoxBool => {
                Ok(self.fold_box(i))
            }
            _ => Ok(self.fold_pure(i)),
        }
    }

    /// The instruction that made a value.
    fn maker(&self, reference: Reference) -> Option<&Instruction> {
        if reference.is_constant() { None } else { self.out.instructions.get(reference.index()) }
    }
    fn int(&mut self, i: i64) -> Folded {
        Folded::Reference(self.out.int(i))
    }
    fn truth(&mut self, b: bool) -> Folded {
        Folded::Reference(self.out.bool(b))
    }

    fn is_made_by(&self, reference: Reference, helper: Helper) -> bool {
        self.maker(reference).is_some_and(|maker| maker.op == Op::Call && maker.helper() == helper)
    }

    // Guards.

    fn fold_guard(&mut self, i: &Instruction) -> Result<Folded, Failure> {
        let fact = self.fact(i.a);
        let ty = self.out.type_of(i.a);
        let holds = |yes: bool| if yes { Ok(Gone) } else { Err(Failure::Contradiction) };
        match i.op {
            Op::GuardTrue | Op::GuardFalse => {
                if let Some(truth) = fact.truth {
                    return holds(truth == (i.op == Op::GuardTrue));
                }
                if let Some(maker) = self.maker(i.a)
                    && maker.op == Op::NotBool
                {
                    let inner = maker.a;
                    return Ok(unary(
                        if i.op == Op::GuardTrue { Op::GuardFalse } else { Op::GuardTrue },
                        inner,
                    ));
                }
                Ok(Same)
            }
            Op::GuardAnyInt if ty != Type::Value => holds(ty == Type::Int),
            Op::GuardAnyInt => match fact.known {
                Known::Int | Known::AnyInt => Ok(Gone),
                Known::Nothing if self.is_made_by(i.a, Helper::IntOperate) => {
                    self.learn(i.a, |f| f.known = Known::AnyInt);
                    Ok(Gone)
                }
                Known::Nothing => Ok(Same),
                Known::Object(ty) => holds(std::ptr::eq(ty, &raw const INT)),
                _ => Err(Failure::Contradiction),
            },
            Op::GuardInt if ty != Type::Value => holds(ty == Type::Int),
            Op::GuardFloat if ty != Type::Value => holds(ty == Type::Float),
            Op::GuardBool if ty != Type::Value => holds(ty == Type::Bool),
            Op::GuardType if ty != Type::Value => Err(Failure::Contradiction),
            Op::GuardIsNot if ty != Type::Value => Ok(Gone),
            Op::GuardInt => match fact.known {
                Known::Int => Ok(Gone),
                Known::Nothing | Known::AnyInt => Ok(Same),
                _ => Err(Failure::Contradiction),
            },
            Op::GuardFloat => match fact.known {
                Known::Float => Ok(Gone),
                Known::Object(ty) => holds(std::ptr::eq(ty, &raw const FLOAT)),
                Known::Nothing => Ok(Same),
                _ => Err(Failure::Contradiction),
            },
            Op::GuardBool => match fact.known {
                Known::Bool => Ok(Gone),
                Known::Nothing | Known::Immediate => Ok(Same),
                _ => Err(Failure::Contradiction),
            },
            Op::GuardType => match fact.known {
                Known::Object(known) => holds(Some(known) == self.constant_type(i.b)),
                Known::Nothing => Ok(Same),
                Known::AnyInt if self.constant_type(i.b) == Some(&raw const INT) => Ok(Same),
                _ => Err(Failure::Contradiction),
            },
            Op::GuardIs => match (self.constant_value(i.a), self.constant_value(i.b)) {
                (Some(a), Some(b)) => holds(a.is(b)),
                _ => Ok(Same),
            },
            Op::GuardIsNot => {
                let other = self.constant_value(i.b);
                if let (Some(a), Some(b)) = (self.constant_value(i.a), other) {
                    return holds(!a.is(b));
                }
                if self.differ.contains(&(i.a, i.b)) {
                    return Ok(Gone);
                }
                let is_null = other.is_some_and(|v| v.is_null());
                if is_null && (fact.bound || fact.known != Known::Nothing) {
                    return Ok(Gone);
                }
                if other.is_some_and(|v| !v.is_pointer())
                    && matches!(fact.known, Known::Int | Known::AnyInt | Known::Float | Known::Object(_))
                {
                    return Ok(Gone);
                }
                Ok(Same)
            }
            Op::CheckInt => {
                // More may be known of its operands since it was made.
                let now = self.maker(i.a).copied().and_then(|maker| self.range_of(&maker));
                let range = fact.range.intersect(now.unwrap_or(Range::ANY));
                Ok(if range.is_small() { Gone } else { Same })
            }
            Op::CheckShift => {
                let (Some(a), Some(b)) = (self.constant_int(i.a), self.constant_int(i.b)) else {
                    let count = self.fact(i.b).range;
                    let fits = count.min >= 0
                        && count.max < 62
                        && fact.range.min >= SMALL_INT_MIN >> count.max
                        && fact.range.max <= SMALL_INT_MAX >> count.max;
                    return Ok(if fits { Gone } else { Same });
                };
                holds(int_kernel::shl_i64(a, b).is_some_and(|r| (SMALL_INT_MIN..=SMALL_INT_MAX).contains(&r)))
            }
            _ => Ok(Same),
        }
    }

    /// What follows from an instruction that was just emitted: guards that held, ranges of results.
    pub fn learn_from(&mut self, i: &Instruction, reference: Reference) {
        match i.op {
            Op::GuardTrue => self.learn_truth(i.a, true),
            Op::GuardFalse => self.learn_truth(i.a, false),
            Op::GuardInt => self.learn(i.a, |f| f.known = Known::Int),
            Op::GuardAnyInt => self.learn(i.a, |f| f.known = Known::AnyInt),
            Op::GuardFloat => self.learn(i.a, |f| f.known = Known::Float),
            Op::GuardBool => self.learn(i.a, |f| f.known = Known::Bool),
            Op::GuardType => {
                if let Some(ty) = self.constant_type(i.b) {
                    self.learn(i.a, |f| f.known = Known::Object(ty));
                }
            }
            Op::GuardIs => {
                let (constant, known) = (i.b, self.fact(i.b).known);
                self.learn(i.a, |f| {
                    f.constant = constant;
                    f.known = known;
                    f.bound = true;
                });
            }
            Op::GuardIsNot => {
                if self.constant_value(i.b).is_some_and(|v| v.is_null()) {
                    self.learn(i.a, |f| f.bound = true);
                }
            }
            Op::CheckInt => self.learn(i.a, |f| f.range = f.range.intersect(Range::SMALL)),
            _ => {
                let range = self.range_of(i);
                if let Some(range) = range {
                    self.learn(reference, |f| f.range = f.range.intersect(range));
                }
            }
        }
    }

    pub fn learn_truth(&mut self, condition: Reference, truth: bool) {
        self.learn(condition, |f| f.truth = Some(truth));
        let Some(maker) = self.maker(condition).copied() else { return };
        let (a, b) = (maker.a, maker.b);
        match (maker.op, truth) {
            (Op::LtInt, true) => self.learn_order(a, b, 1),
            (Op::LtInt, false) => self.learn_order(b, a, 0),
            (Op::LeInt, true) => self.learn_order(a, b, 0),
            (Op::LeInt, false) => self.learn_order(b, a, 1),
            (Op::EqInt, true) | (Op::NeInt, false) => {
                let both = self.fact(a).range.intersect(self.fact(b).range);
                self.learn(a, |f| f.range = both);
                self.learn(b, |f| f.range = both);
                if b.is_constant() {
                    self.learn(a, |f| f.constant = b);
                }
            }
            (Op::LtUnsigned, true) => {
                let limit = self.fact(b).range;
                if limit.min >= 0 {
                    let range = Range { min: 0, max: limit.max - 1 };
                    self.learn_range(a, range);
                }
            }
            (Op::NotBool, _) => self.learn_truth(a, !truth),
            _ => (),
        }
    }

    /// A value lies within bounds, and so does what it is a constant away from.
    fn learn_range(&mut self, value: Reference, range: Range) {
        self.learn(value, |f| f.range = f.range.intersect(range));
        let Some(maker) = self.maker(value).copied() else { return };
        let Some(c) = self.constant_int(maker.b) else { return };
        let distance = Range { min: c, max: c };
        // What was added up did not leave 64 bits.
        let safe = self.fact(maker.a).range.is_small() && Range { min: c, max: c }.is_small();
        match maker.op {
            Op::AddInt if safe => self.learn(maker.a, |f| f.range = f.range.intersect(range.sub(distance))),
            Op::SubInt if safe => self.learn(maker.a, |f| f.range = f.range.intersect(range.add(distance))),
            _ => (),
        }
    }

    /// `low + gap <= high`.
    fn learn_order(&mut self, low: Reference, high: Reference, gap: i64) {
        let (l, h) = (self.fact(low).range, self.fact(high).range);
        self.learn(low, |f| f.range.max = f.range.max.min(h.max.saturating_sub(gap)));
        self.learn(high, |f| f.range.min = f.range.min.max(l.min.saturating_add(gap)));
    }

    fn range_of(&self, i: &Instruction) -> Option<Range> {
        let (a, b) = (self.fact(i.a).range, self.fact(i.b).range);
        Some(match i.op {
            Op::AddInt => a.add(b),
            Op::SubInt => a.sub(b),
            Op::MulChecked => a.mul(b).intersect(Range::SMALL),
            Op::AndInt if b.min >= 0 => Range { min: 0, max: b.max },
            Op::AndInt if a.min >= 0 => Range { min: 0, max: a.max },
            Op::AndInt | Op::OrInt | Op::XorInt if a.is_small() && b.is_small() => Range::SMALL,
            Op::Modulo if b.min > 0 => Range { min: 0, max: b.max - 1 },
            Op::Modulo | Op::ShiftRight if a.is_small() => Range::SMALL,
            Op::FloorDivide if b.min > 0 && a.is_small() => Range { min: a.min.min(0), max: a.max.max(0) },
            Op::MinInt => Range { min: a.min.min(b.min), max: a.max.min(b.max) },
            Op::MaxInt => Range { min: a.min.max(b.min), max: a.max.max(b.max) },
            _ => return None,
        })
    }

    // Boxes.

    fn fold_box(&mut self, i: &Instruction) -> Folded {
        if let Some(constant) = self.out.as_constant(i.a).cloned() {
            return self.fold_constant_box(i, &constant);
        }
        let ty = self.out.type_of(i.a);
        let inverse = match i.op {
            Op::UnboxInt => Op::BoxInt,
            Op::UnboxFloat => Op::BoxFloat,
            Op::UnboxBool => Op::BoxBool,
            Op::BoxInt => Op::UnboxInt,
            Op::BoxBool => Op::UnboxBool,
            // Not BoxFloat: the word that it came from may be an object that is gone by now.
            _ => return Same,
        };
        let raw = matches!(
            (i.op, ty),
            (Op::UnboxInt, Type::Int) | (Op::UnboxFloat, Type::Float) | (Op::UnboxBool, Type::Bool)
        );
        if raw {
            return Folded::Reference(i.a);
        }
        match self.maker(i.a) {
            Some(maker) if maker.op == inverse => Folded::Reference(maker.a),
            _ => Same,
        }
    }

    fn fold_constant_box(&mut self, i: &Instruction, constant: &Constant) -> Folded {
        let result = match (i.op, constant) {
            (Op::UnboxInt, Constant::Value(v)) => v.value().as_small_int().map(Constant::Int),
            (Op::UnboxFloat, Constant::Value(v)) => {
                runtime::objects::float::get(v.value()).map(|f| Constant::Float(f.to_bits()))
            }
            (Op::UnboxBool, Constant::Value(v)) if v.value().is_bool() => {
                Some(Constant::Bool(v.value() == runtime::Value::TRUE))
            }
            (Op::BoxInt, Constant::Int(n)) => {
                runtime::Value::try_small_int(*n).map(|v| Constant::Value(runtime::Ref::immediate(v)))
            }
            (Op::BoxFloat, Constant::Float(bits)) => {
                Some(Constant::Value(runtime::objects::float::new(f64::from_bits(*bits))))
            }
            (Op::BoxBool, Constant::Bool(b)) => Some(Constant::Value(runtime::Ref::bool(*b))),
            (Op::UnboxInt, Constant::Int(_))
            | (Op::UnboxFloat, Constant::Float(_))
            | (Op::UnboxBool, Constant::Bool(_)) => return Folded::Reference(i.a),
            _ => None,
        };
        match result {
            Some(constant) => Folded::Reference(self.out.constant(constant)),
            None => Same,
        }
    }

    // Arithmetic and comparisons.

    fn fold_pure(&mut self, i: &Instruction) -> Folded {
        if let (Some(a), Some(b)) = (self.constant_int(i.a), self.constant_int(i.b)) {
            return self.fold_ints(i, a, b);
        }
        if let (Some(a), Some(b)) = (self.constant_float(i.a), self.constant_float(i.b)) {
            return self.fold_floats(i, a, b);
        }
        match i.op {
            Op::IntToFloat => match self.constant_int(i.a) {
                Some(n) => Folded::Reference(self.out.float(n as f64)),
                None => Same,
            },
            Op::NegFloat => match (self.constant_float(i.a), self.maker(i.a)) {
                (Some(f), _) => Folded::Reference(self.out.float(-f)),
                (_, Some(maker)) if maker.op == Op::NegFloat => Folded::Reference(maker.a),
                _ => Same,
            },
            Op::NotBool => self.fold_not(i),
            Op::MulFloat | Op::DivFloat if self.constant_float(i.b) == Some(1.0) => Folded::Reference(i.a),
            Op::EqValue | Op::EqPointer if i.a == i.b => self.truth(true),
            Op::EqValue | Op::EqPointer => self.fold_identity(i),
            Op::LtInt | Op::LeInt | Op::EqInt | Op::NeInt | Op::LtUnsigned => self.fold_comparison(i),
            _ => self.fold_int_identity(i),
        }
    }

    fn fold_not(&mut self, i: &Instruction) -> Folded {
        if let Some(truth) = self.fact(i.a).truth {
            return self.truth(!truth);
        }
        match self.maker(i.a).copied() {
            Some(maker) if maker.op == Op::NotBool => Folded::Reference(maker.a),
            Some(maker) if maker.op == Op::EqInt => binary(Op::NeInt, maker.a, maker.b),
            Some(maker) if maker.op == Op::NeInt => binary(Op::EqInt, maker.a, maker.b),
            Some(maker) if maker.op == Op::LtInt => binary(Op::LeInt, maker.b, maker.a),
            Some(maker) if maker.op == Op::LeInt => binary(Op::LtInt, maker.b, maker.a),
            _ => Same,
        }
    }

    fn fold_identity(&mut self, i: &Instruction) -> Folded {
        if i.a.is_constant() && i.b.is_constant() {
            let same = self.out.as_constant(i.a) == self.out.as_constant(i.b);
            return self.truth(same);
        }
        if i.op == Op::EqPointer {
            return Same;
        }
        // Different kinds of value are never the same word.
        let (a, b) = (self.fact(i.a).known, self.fact(i.b).known);
        let differ = match (a, b) {
            (Known::Nothing, _) | (_, Known::Nothing) => false,
            (Known::Float, Known::Object(_)) | (Known::Object(_), Known::Float) => false,
            (Known::Object(x), Known::Object(y)) => !std::ptr::eq(x, y),
            _ => a != b,
        };
        if differ { self.truth(false) } else { Same }
    }

    fn fold_comparison(&mut self, i: &Instruction) -> Folded {
        if i.a == i.b {
            return self.truth(matches!(i.op, Op::LeInt | Op::EqInt));
        }
        let (a, b) = (self.fact(i.a).range, self.fact(i.b).range);
        let always = match i.op {
            Op::LtInt => a.max < b.min,
            Op::LeInt => a.max <= b.min,
            Op::NeInt => a.max < b.min || b.max < a.min,
            Op::LtUnsigned => a.min >= 0 && a.max < b.min,
            _ => false,
        };
        let never = match i.op {
            Op::LtInt => a.min >= b.max,
            Op::LeInt => a.min > b.max,
            Op::EqInt => a.max < b.min || b.max < a.min,
            _ => false,
        };
        match (always, never) {
            (true, _) => self.truth(true),
            (_, true) => self.truth(false),
            _ => Same,
        }
    }

    fn fold_ints(&mut self, i: &Instruction, a: i64, b: i64) -> Folded {
        let small = |r: Option<i64>| r.filter(|r| (SMALL_INT_MIN..=SMALL_INT_MAX).contains(r));
        let result = match i.op {
            Op::AddInt => Some(a.wrapping_add(b)),
            Op::SubInt => Some(a.wrapping_sub(b)),
            Op::MulChecked => small(a.checked_mul(b)),
            Op::AndInt => Some(a & b),
            Op::OrInt => Some(a | b),
            Op::XorInt => Some(a ^ b),
            Op::ShiftLeft if (0..64).contains(&b) => Some(a.wrapping_shl(b as u32)),
            Op::ShiftRight if b >= 0 => Some(a >> b.min(63)),
            Op::FloorDivide => int_kernel::floor_div_i64(a, b),
            Op::Modulo => int_kernel::floor_mod_i64(a, b),
            Op::MinInt => Some(a.min(b)),
            Op::MaxInt => Some(a.max(b)),
            Op::EqInt => return self.truth(a == b),
            Op::NeInt => return self.truth(a != b),
            Op::LtInt => return self.truth(a < b),
            Op::LeInt => return self.truth(a <= b),
            Op::LtUnsigned => return self.truth((a as u64) < b as u64),
            _ => None,
        };
        match result {
            Some(result) => self.int(result),
            None => Same,
        }
    }

    fn fold_floats(&mut self, i: &Instruction, a: f64, b: f64) -> Folded {
        let result = match i.op {
            Op::AddFloat => a + b,
            Op::SubFloat => a - b,
            Op::MulFloat => a * b,
            Op::DivFloat => a / b,
            Op::EqFloat => return self.truth(a == b),
            Op::NeFloat => return self.truth(a != b),
            Op::LtFloat => return self.truth(a < b),
            Op::LeFloat => return self.truth(a <= b),
            _ => return Same,
        };
        Folded::Reference(self.out.float(result))
    }

    fn fold_int_identity(&mut self, i: &Instruction) -> Folded {
        let Some(b) = self.constant_int(i.b) else {
            return match i.op {
                Op::SubInt | Op::XorInt if i.a == i.b => self.int(0),
                Op::AndInt | Op::OrInt | Op::MinInt | Op::MaxInt if i.a == i.b => Folded::Reference(i.a),
                _ => Same,
            };
        };
        match (i.op, b) {
            (Op::AddInt | Op::SubInt | Op::OrInt | Op::XorInt | Op::ShiftLeft | Op::ShiftRight, 0) => {
                Folded::Reference(i.a)
            }
            (Op::MulChecked | Op::FloorDivide, 1) => Folded::Reference(i.a),
            (Op::MulChecked | Op::AndInt, 0) | (Op::Modulo, 1) => self.int(0),
            (Op::AndInt, -1) => Folded::Reference(i.a),
            (Op::MulChecked, 2) if self.fact(i.a).range.mul(Range { min: 2, max: 2 }).is_small() => {
                binary(Op::AddInt, i.a, i.a)
            }
            (Op::AddInt, _) => self.fold_chain(i, b),
            _ => Same,
        }
    }

    /// `(x + c) + d` is `x + (c + d)`.
    fn fold_chain(&mut self, i: &Instruction, d: i64) -> Folded {
        let Some(maker) = self.maker(i.a).copied() else { return Same };
        match (maker.op, self.constant_int(maker.b)) {
            (Op::AddInt, Some(c)) => {
                let Some(sum) = c.checked_add(d) else { return Same };
                let sum = self.out.int(sum);
                binary(Op::AddInt, maker.a, sum)
            }
            _ => Same,
        }
    }
}
