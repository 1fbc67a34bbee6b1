//! Tests and branches: the trace follows the way that the real values take, behind a guard.

use super::arithmetic::{is_number, number};
use super::containers::length_of_derived;
use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Op, Reference};
use ir::register::{Operation, TEST_UNLESS};
use runtime::objects::dict::Dict;
use runtime::objects::float;
use runtime::objects::list::List;
use runtime::objects::plain::compares_by_identity;
use runtime::objects::set::set_of;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::trace_interface::{Field, Helper, contains_quietly, equal_quietly};
use runtime::types::registry::{FLOAT, FROZENSET, INT, LIST, SET, STR, TUPLE};
use runtime::types::{CompareOp, Type};
use runtime::value::Value;

/// A condition: a truth value of the trace, whether it is to be negated, and what it is now.
struct Condition {
    reference: Reference,
    negated: bool,
    now: bool,
}

impl Recorder {
    pub fn record_test(&mut self, site: &Site) -> Rule {
        let b = self.operand_b(site);
        let condition = match site.operation {
            Operation::Is | Operation::IsNot => {
                let c = self.operand_c(site);
                let same = self.emit(Op::EqValue, &[b.reference, c.reference]);
                Condition {
                    reference: same,
                    negated: site.operation == Operation::IsNot,
                    now: b.now.is(c.now),
                }
            }
            Operation::Contains | Operation::NotContains => {
                let c = self.operand_c(site);
                let contains = self.contains(b, c)?;
                Condition { negated: site.operation == Operation::NotContains, ..contains }
            }
            Operation::Compare => {
                let c = self.operand_c(site);
                self.comparison(comparison(site.payload(1)).ok_or(NoRule::Step)?, b, c)?
            }
            _ => {
                let truth = self.truth(b)?;
                Condition { negated: truth.negated != (site.operation == Operation::Not), ..truth }
            }
        };
        let result = match condition.negated {
            true => self.emit(Op::NotBool, &[condition.reference]),
            false => condition.reference,
        };
        self.define(site, result)
    }

    pub fn record_branch(&mut self, site: &Site) -> Rule {
        use Operation::*;
        match site.operation {
            Jump => return Ok(()),
            JumpIfTrue | JumpIfFalse => {
                let b = self.operand_b(site);
                let condition = self.truth(b)?;
                self.follow(condition);
            }
            JumpIfNone | JumpIfNotNone => {
                let b = self.operand_b(site);
                let none = self.constant(Value::NONE);
                self.emit(if b.now.is_none() { Op::GuardIs } else { Op::GuardIsNot }, &[b.reference, none]);
            }
            JumpIfIs | JumpIfIsNot => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                let same = self.emit(Op::EqValue, &[b.reference, c.reference]);
                self.expect(same, b.now.is(c.now));
            }
            JumpIfContains | JumpIfNotContains => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                let condition = self.contains(b, c)?;
                self.follow(condition);
            }
            JumpCompare => {
                let (b, c) = (self.operand_b(site), self.operand_c(site));
                let compare = comparison(site.a as u32 & !u32::from(TEST_UNLESS)).ok_or(NoRule::Step)?;
                let condition = self.comparison(compare, b, c)?;
                self.follow(condition);
            }
            _ => return Err(NoRule::Step),
        }
        self.drop_dying(site);
        Ok(())
    }

    /// Guards that a condition is as it is now.
    fn follow(&mut self, condition: Condition) {
        self.expect(condition.reference, condition.now);
    }

    /// Guards that a value's truth is as it is now.
    pub fn follow_truth(&mut self, value: Operand) -> Rule {
        let truth = self.truth(value)?;
        self.follow(truth);
        Ok(())
    }

    /// A value's truth, or its negation, as a result.
    pub fn finish_truth(&mut self, value: Operand, negated: bool) -> Rule<Reference> {
        let truth = self.truth(value)?;
        Ok(match truth.negated != negated {
            true => self.emit(Op::NotBool, &[truth.reference]),
            false => truth.reference,
        })
    }

    /// An operand's truth. `now` and the reference are without the negation.
    /// The truth of an operand, as a raw truth value.
    pub fn truth_of(&mut self, b: Operand) -> Rule<Reference> {
        let Condition { reference, negated, .. } = self.truth(b)?;
        Ok(if negated { self.emit(Op::NotBool, &[reference]) } else { reference })
    }

    fn truth(&mut self, b: Operand) -> Rule<Condition> {
        let plain = |reference, now| Ok(Condition { reference, negated: false, now });
        let zero = self.int(0);
        if b.now.is_bool() {
            self.emit(Op::GuardBool, &[b.reference]);
            let truth = self.emit(Op::UnboxBool, &[b.reference]);
            return plain(truth, b.now == Value::TRUE);
        }
        if b.now.is_none() {
            self.guard_is(b);
            let no = self.trace.bool(false);
            return plain(no, false);
        }
        if let Some(i) = b.now.as_small_int() {
            let raw = self.int_of(b)?;
            let truth = self.emit(Op::NeInt, &[raw, zero]);
            return plain(truth, i != 0);
        }
        if let Some(f) = float::get(b.now).filter(|_| super::operands::is_float(b.now)) {
            let raw = self.float_of(b)?;
            let zero = self.trace.float(0.0);
            let truth = self.emit(Op::NeFloat, &[raw, zero]);
            return plain(truth, f != 0.0);
        }
        let n = runtime::names::get();
        let derived =
            || length_of_derived(b.now, n.__len__).filter(|_| b.now.ty().lookup(n.__bool__).is_none());
        if let Some((field, length)) = length_field(b.now).or_else(derived) {
            let address = self.guard_dict(b)?;
            let now = self.load_field(address, field);
            let truth = self.emit(Op::NeInt, &[now, zero]);
            return plain(truth, length != 0);
        }
        if b.now.is_pointer() {
            let ty = b.now.ty();
            let slots = ty.slots();
            if slots.bool.is_none() && slots.len.is_none() {
                self.guard_object(b)?;
                self.guard_version(ty)?;
                let yes = self.trace.bool(true);
                return plain(yes, true);
            }
        }
        Err(NoRule::Step)
    }

    /// `b in c`, for a dict or set and a key that runs no Python code.
    fn contains(&mut self, b: Operand, c: Operand) -> Rule<Condition> {
        if b.now.cast_exact::<Str>().is_some() && c.now.cast_exact::<Str>().is_some() {
            let now = runtime::protocol::contains(runtime::thread::Thread::current(), c.now, b.now);
            let now = now.map_err(|_| NoRule::Step)?;
            self.guard_object(b)?;
            self.guard_object(c)?;
            let reference = self.call_helper(Helper::StrContains, &[b.reference, c.reference]);
            return Ok(Condition { reference, negated: false, now });
        }
        if let Some(now) = contains_quietly(c.now, b.now) {
            self.guard_object(c)?;
            let found = self.call_helper(Helper::ContainsPlain, &[c.reference, b.reference]);
            return Ok(self.certain(found, now));
        }
        let set = set_of(c.now).filter(|_| c.now.is_exact(&SET) || c.now.is_exact(&FROZENSET));
        let (now, helper) = match (set, self.dict_like(c)) {
            (Some(set), _) => (set.contains_plain(b.now), Helper::SetContains),
            (None, Some(dict)) => (dict.contains_plain(b.now), Helper::DictContains),
            (None, None) => return Err(NoRule::Step),
        };
        let now = now.ok_or(NoRule::Step)?;
        self.guard_dict(c)?;
        self.guard_plain_key(b)?;
        let found = self.call_helper(helper, &[c.reference, b.reference]);
        Ok(self.certain(found, now))
    }

    /// What a helper says: 1 for yes, 0 for no, 2 if telling would run Python code.
    fn certain(&mut self, found: Reference, now: bool) -> Condition {
        let (one, two) = (self.int(1), self.int(2));
        let certain = self.emit(Op::LtInt, &[found, two]);
        self.expect(certain, true);
        let reference = self.emit(Op::EqInt, &[found, one]);
        Condition { reference, negated: false, now }
    }

    /// `==` and `!=` of what is compared by identity, of sequences of plain items, and of kinds that are never equal.
    fn equality(&mut self, compare: CompareOp, b: Operand, c: Operand) -> Rule<Condition> {
        let (left, right) = (equality_kind(b.now), equality_kind(c.now));
        let (Some(left), Some(right)) = (left, right) else { return Err(NoRule::Step) };
        let equal = match (left, right) {
            (EqualityKind::Identity, EqualityKind::Identity) => {
                self.guard_comparison(b)?;
                self.guard_comparison(c)?;
                let reference = self.emit(Op::EqValue, &[b.reference, c.reference]);
                Condition { reference, negated: false, now: b.now == c.now }
            }
            (EqualityKind::List, EqualityKind::List) | (EqualityKind::Tuple, EqualityKind::Tuple) => {
                let now = equal_quietly(b.now, c.now).ok_or(NoRule::Step)?;
                self.guard_object(b)?;
                self.guard_object(c)?;
                let found = self.call_helper(Helper::EqualPlain, &[b.reference, c.reference]);
                self.certain(found, now)
            }
            _ if left != right => {
                self.guard_comparison(b)?;
                self.guard_comparison(c)?;
                Condition { reference: self.trace.bool(false), negated: false, now: false }
            }
            _ => return Err(NoRule::Step),
        };
        if compare == CompareOp::Ne {
            let reference = self.emit(Op::NotBool, &[equal.reference]);
            return Ok(Condition { reference, negated: false, now: !equal.now });
        }
        Ok(equal)
    }

    /// Guards that an operand is compared as it is now.
    fn guard_comparison(&mut self, operand: Operand) -> Rule {
        self.guard_kind(operand);
        if operand.now.is_pointer() {
            self.guard_version(operand.now.ty())?;
        }
        Ok(())
    }

    fn comparison(&mut self, compare: CompareOp, b: Operand, c: Operand) -> Rule<Condition> {
        use CompareOp::*;
        let counts = |o: Operand| o.now.is_bool() || o.now.is_small_int() || super::operands::is_float(o.now);
        let (b, c) = match counts(b) && counts(c) {
            true => (self.bool_as_int(b), self.bool_as_int(c)),
            false => (b, c),
        };
        if let (Some(x), Some(y)) = (b.now.as_small_int(), c.now.as_small_int()) {
            let (p, q) = (self.int_of(b)?, self.int_of(c)?);
            let (op, p, q) = match compare {
                Lt => (Op::LtInt, p, q),
                Le => (Op::LeInt, p, q),
                Gt => (Op::LtInt, q, p),
                Ge => (Op::LeInt, q, p),
                Eq => (Op::EqInt, p, q),
                Ne => (Op::NeInt, p, q),
            };
            let reference = self.emit(op, &[p, q]);
            return Ok(Condition { reference, negated: false, now: compare.holds(x.cmp(&y)) });
        }
        if is_number(b) && is_number(c) {
            let (x, y) = (number(b), number(c));
            let (p, q) = (self.exact_number_of(b)?, self.exact_number_of(c)?);
            let (op, p, q, now) = match compare {
                Lt => (Op::LtFloat, p, q, x < y),
                Le => (Op::LeFloat, p, q, x <= y),
                Gt => (Op::LtFloat, q, p, x > y),
                Ge => (Op::LeFloat, q, p, x >= y),
                Eq => (Op::EqFloat, p, q, x == y),
                Ne => (Op::NeFloat, p, q, x != y),
            };
            let reference = self.emit(op, &[p, q]);
            return Ok(Condition { reference, negated: false, now });
        }
        if matches!(compare, Eq | Ne)
            && let (Some(x), Some(y)) = (b.now.cast_exact::<Str>(), c.now.cast_exact::<Str>())
        {
            self.guard_object(b)?;
            self.guard_object(c)?;
            let reference = self.call_helper(Helper::StrEqual, &[b.reference, c.reference]);
            let same = x.same(y);
            if compare == Ne {
                let differ = self.emit(Op::NotBool, &[reference]);
                return Ok(Condition { reference: differ, negated: false, now: !same });
            }
            return Ok(Condition { reference, negated: false, now: same });
        }
        if let (Some(x), Some(y)) = (b.now.cast_exact::<Str>(), c.now.cast_exact::<Str>()) {
            let reference = self.order_of_strs(compare, b, c)?;
            let now = compare.holds(x.chars().cmp(y.chars()));
            return Ok(Condition { reference, negated: false, now });
        }
        match compare {
            Eq | Ne => self.equality(compare, b, c),
            _ => Err(NoRule::Step),
        }
    }
}

/// How values answer `==` without running Python code. Of two kinds, none are equal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EqualityKind {
    /// By which object they are.
    Identity,
    Number,
    Text,
    List,
    Tuple,
}

fn equality_kind(v: Value) -> Option<EqualityKind> {
    let is = |ty: &'static Type| v.is_exact(ty);
    Some(if v.is_null() {
        return None;
    } else if compares_by_identity(v) {
        EqualityKind::Identity
    } else if v.is_small_int() || v.is_bool() || is(&INT) || is(&FLOAT) {
        EqualityKind::Number
    } else if is(&STR) {
        EqualityKind::Text
    } else if is(&LIST) {
        EqualityKind::List
    } else if is(&TUPLE) {
        EqualityKind::Tuple
    } else {
        return None;
    })
}

/// The comparison with this number.
fn comparison(number: u32) -> Option<CompareOp> {
    CompareOp::ALL.get((number & 7) as usize).copied()
}

/// The field that says how long a built-in container is, and its length.
pub fn length_field(v: Value) -> Option<(Field, usize)> {
    if let Some(list) = v.cast_exact::<List>() {
        return Some((Field::ListLength, list.len()));
    }
    if let Some(tuple) = v.cast_exact::<Tuple>() {
        return Some((Field::TupleLength, tuple.len()));
    }
    if let Some(s) = v.cast_exact::<Str>() {
        return Some((Field::StrLength, s.len()));
    }
    v.cast_exact::<Dict>().map(|dict| (Field::DictLength, dict.len()))
}
