//! Loops that count: what follows from the number that a loop counts by.
//!
//! A pass over the finished trace of a loop. A phi that every way round the loop changes by the same constant is a *counter*.
//!
//! - A phi that a counter says all of (the item that a range gave last, the number of items that are left) is worked out where
//!   it is needed, which is in exits as a rule: the backend puts it there.
//! - The loop's condition on the counter gets a limit in front of it (`GuardBelow`), which is also below the lengths of the
//!   lists that the body indexes by the counter: so none of the indices is checked any more. Where that leaves before the
//!   condition does, the interpreter goes on in front of the condition, and comes to what is wrong with the index.
//! - The eval breaker is looked at once in many rounds, as a part of that guard (the backend keeps a nearer limit for it).

use crate::ir::trace::Origin;
use crate::ir::{Constant, Instruction, Kind, Op, Reference, SnapshotId, Trace, Type};
use runtime::trace_interface::Field;
use std::collections::BTreeMap;

/// Constants that are added up stay below this, so that nothing leaves 64 bits.
const MOST: i64 = 1 << 40;

/// Terms of a sum that are followed to what they are made of.
const DEPTH: u32 = 6;

/// Limits of one loop.
const MOST_LIMITS: usize = 8;

/// A sum: references with their factors, and a constant.
#[derive(Clone, Default, PartialEq)]
struct Sum {
    terms: BTreeMap<Reference, i64>,
    constant: i64,
}

impl Sum {
    fn add(&mut self, reference: Reference, factor: i64) {
        let sum = self.terms.entry(reference).or_default();
        *sum += factor;
        if *sum == 0 {
            self.terms.remove(&reference);
        }
    }
    fn add_all(&mut self, other: &Sum, factor: i64) {
        other.terms.iter().for_each(|(reference, f)| self.add(*reference, f * factor));
        self.constant = self.constant.wrapping_add(other.constant.wrapping_mul(factor));
    }
    fn is_near(&self) -> bool {
        (-MOST..=MOST).contains(&self.constant)
    }
}

/// How a phi follows from a counter.
#[derive(Clone, Copy)]
enum Way {
    /// It is the constant less.
    Behind(i64),
    /// Both add up to the same.
    Left,
    /// It is always as far away as at first.
    Beside,
}

/// A phi that every way round changes by the same.
#[derive(Clone, Copy)]
struct Counter {
    phi: usize,
    step: i64,
}

/// A phi that isn't needed.
struct Derived {
    phi: usize,
    of: Counter,
    way: Way,
}

/// The loop's condition on a counter, as the guard asks for it: the counter is below (if it rises) or above `sum`.
struct Condition {
    guard: usize,
    counter: Counter,
    sum: Sum,
}

/// The counter must be below `length - rest` (above `-rest - 1` if it falls) for an index to be good.
#[derive(PartialEq)]
struct Limit {
    length: Reference,
    /// The index without the counter.
    rest: Sum,
}

struct Pass<'t> {
    trace: &'t Trace,
    head: usize,
    phis: std::ops::Range<usize>,
    /// Where the trunk ends: at its `Repeat`.
    end: usize,
    /// What each way round gives to the phis.
    ways: Vec<Vec<Reference>>,
}

/// Improves a loop. `conditions`: the snapshots of guards that have sides. `limits`: whether there may be limits.
pub fn improve(trace: Trace, conditions: &[(usize, SnapshotId)], limits: bool) -> Trace {
    let Some(pass) = Pass::new(&trace) else { return trace };
    let counters = pass.counters();
    let Some(plan) = pass.plan(&counters, conditions, limits) else { return trace };
    pass.rebuild(plan)
}

/// What is to be done.
struct Plan {
    derived: Vec<Derived>,
    condition: Option<(Condition, SnapshotId)>,
    limits: Vec<Limit>,
    /// Guards and polls that go.
    gone: Vec<bool>,
    polls: bool,
}

impl<'t> Pass<'t> {
    fn new(trace: &'t Trace) -> Option<Pass<'t>> {
        let instructions = &trace.instructions;
        let head = instructions.iter().position(|i| i.op == Op::Loop)?;
        let count = instructions[head + 1..].iter().take_while(|i| i.op == Op::Phi).count();
        let phis = head + 1..head + 1 + count;
        let end = head + instructions[head..].iter().position(|i| i.op == Op::Repeat)?;
        let mut ways = vec![instructions[phis.clone()].iter().map(|phi| phi.b).collect::<Vec<_>>()];
        let rejoins = instructions.iter().filter(|i| i.op == Op::Rejoin);
        ways.extend(rejoins.map(|rejoin| trace.arguments_of(rejoin).to_vec()));
        ways.iter().all(|way| way.len() == count).then_some(Pass { trace, head, phis, end, ways })
    }

    fn maker(&self, reference: Reference) -> Option<&'t Instruction> {
        if reference.is_constant() || reference.is_none() {
            return None;
        }
        self.trace.instructions.get(reference.index())
    }

    fn int(&self, reference: Reference) -> Option<i64> {
        match self.trace.as_constant(reference) {
            Some(Constant::Int(i)) => Some(*i),
            _ => None,
        }
    }

    /// Whether a reference is the same in each round.
    fn lasts(&self, reference: Reference) -> bool {
        reference.is_constant() || reference.index() < self.head
    }

    fn sum_of(&self, reference: Reference) -> Sum {
        let mut sum = Sum::default();
        self.add_to(&mut sum, reference, 1, DEPTH);
        sum
    }

    fn add_to(&self, sum: &mut Sum, reference: Reference, factor: i64, depth: u32) {
        if let Some(i) = self.int(reference) {
            sum.constant = sum.constant.saturating_add(i.saturating_mul(factor));
            return;
        }
        match self.maker(reference) {
            Some(i) if depth > 0 && matches!(i.op, Op::AddInt | Op::SubInt) => {
                self.add_to(sum, i.a, factor, depth - 1);
                let sign = if i.op == Op::AddInt { 1 } else { -1 };
                self.add_to(sum, i.b, factor * sign, depth - 1);
            }
            _ => sum.add(reference, factor),
        }
    }

    /// What a way round makes of a phi, if that is a phi and a constant.
    fn next(&self, way: &[Reference], phi: usize) -> Option<(Reference, i64)> {
        let sum = self.sum_of(way[phi - self.phis.start]);
        let (reference, factor) = sum.terms.iter().next()?;
        (sum.terms.len() == 1 && *factor == 1 && sum.is_near()).then_some((*reference, sum.constant))
    }

    fn counters(&self) -> Vec<Counter> {
        let step = |phi: usize| {
            let own = Reference::instruction(phi);
            let mut steps =
                self.ways.iter().map(|way| self.next(way, phi).filter(|n| n.0 == own).map(|n| n.1));
            let first = steps.next().flatten()?;
            (first != 0 && steps.all(|step| step == Some(first))).then_some(Counter { phi, step: first })
        };
        let is_int = |phi: &usize| self.trace.instructions[*phi].ty == Type::Int;
        self.phis.clone().filter(is_int).filter_map(step).collect()
    }

    /// How often the trunk uses a phi, but for its own next value and to see whether there are items left.
    fn uses(&self, phi: usize) -> usize {
        let reference = Reference::instruction(phi);
        let trunk = &self.trace.instructions[self.phis.end..self.end];
        let uses = |i: &&Instruction| {
            let counts = matches!(i.op, Op::AddInt | Op::SubInt) && self.int(i.b).is_some();
            let asks = i.op == Op::LtInt && self.int(i.a) == Some(0);
            !counts && !asks && i.operands().any(|o| o == reference)
        };
        trunk.iter().filter(uses).count()
    }

    fn derive(&self, phi: usize, of: Counter) -> Option<Way> {
        let (own, base) = (Reference::instruction(phi), Reference::instruction(of.phi));
        let first = |phi: usize| self.sum_of(self.trace.instructions[phi].a);
        let mut distance = first(of.phi);
        distance.add_all(&first(phi), -1);
        let nexts: Vec<(Reference, i64)> =
            self.ways.iter().map(|way| self.next(way, phi)).collect::<Option<_>>()?;
        let all = |wanted: &[(Reference, i64)]| nexts.iter().all(|next| wanted.contains(next));
        if distance.terms.is_empty() && distance.is_near() {
            let d = distance.constant;
            if all(&[(own, of.step), (base, of.step - d)]) {
                return Some(Way::Behind(d));
            }
        }
        // Worked out again at each use, it would cost what it saves.
        if self.uses(phi) > 0 {
            return None;
        }
        if all(&[(own, -of.step)]) {
            return Some(Way::Left);
        }
        all(&[(own, of.step)]).then_some(Way::Beside)
    }

    fn plan(&self, counters: &[Counter], conditions: &[(usize, SnapshotId)], limits: bool) -> Option<Plan> {
        let mut bases: Vec<Counter> = counters.to_vec();
        bases.sort_by_key(|counter| (std::cmp::Reverse(self.uses(counter.phi)), counter.step < 0));
        let mut derived: Vec<Derived> = Vec::new();
        let mut kept: Vec<usize> = Vec::new();
        for base in bases {
            if derived.iter().any(|d| d.phi == base.phi) {
                continue;
            }
            kept.push(base.phi);
            for phi in self.phis.clone() {
                let is_free = !kept.contains(&phi) && derived.iter().all(|d| d.phi != phi);
                if is_free
                    && self.trace.instructions[phi].ty == Type::Int
                    && let Some(way) = self.derive(phi, base)
                {
                    derived.push(Derived { phi, of: base, way });
                }
            }
        }
        let mut gone = vec![false; self.trace.instructions.len()];
        let mut plan = Plan { derived, condition: None, limits: Vec::new(), gone: Vec::new(), polls: false };
        if let Some((condition, snapshot)) = self.condition(counters, &plan.derived, conditions) {
            if limits {
                plan.limits = self.limits(&condition, &mut gone);
            }
            plan.polls = self.polls(&condition, &mut gone);
            if plan.polls || !plan.limits.is_empty() {
                plan.condition = Some((condition, snapshot));
            }
        }
        plan.gone = gone;
        (!plan.derived.is_empty() || plan.condition.is_some()).then_some(plan)
    }

    /// The first guard in the trunk that asks where a counter is.
    fn condition(
        &self,
        counters: &[Counter],
        derived: &[Derived],
        conditions: &[(usize, SnapshotId)],
    ) -> Option<(Condition, SnapshotId)> {
        for guard in self.phis.end..self.end {
            let i = &self.trace.instructions[guard];
            if !matches!(i.op, Op::GuardTrue | Op::GuardFalse) {
                continue;
            }
            let Some(compare) = self.maker(i.a).filter(|c| matches!(c.op, Op::LtInt | Op::LeInt)) else {
                continue;
            };
            // low + gap <= high.
            let (mut low, mut high) = (self.sum_of(compare.a), self.sum_of(compare.b));
            let mut gap = i64::from(compare.op == Op::LtInt);
            if i.op == Op::GuardFalse {
                (low, high) = (high, low);
                gap = 1 - gap;
            }
            // difference: high - low - gap >= 0.
            let mut difference = high;
            difference.add_all(&low, -1);
            difference.constant = difference.constant.saturating_sub(gap);
            let is_range = self.replace_derived(&mut difference, derived);
            let Some(counter) = self.counter_of(&difference, counters) else { continue };
            let snapshot = match conditions.iter().find(|c| c.0 == guard) {
                Some((_, snapshot)) => *snapshot,
                None => i.snapshot,
            };
            let base = Reference::instruction(counter.phi);
            let factor = difference.terms.get(&base).copied().unwrap_or(0);
            let rises = counter.step > 0;
            if snapshot.is_none() || factor != if rises { -1 } else { 1 } {
                return None;
            }
            // n <= rest, so n < rest + 1; or n >= -rest, so n > -rest - 1.
            difference.terms.remove(&base);
            let mut sum = Sum::default();
            sum.add_all(&difference, if rises { 1 } else { -1 });
            sum.constant = sum.constant.saturating_add(if rises { 1 } else { -1 });
            let lasts = sum.terms.keys().all(|term| self.lasts(*term));
            // Working it out can't leave 64 bits: it has one term, or is where a range ends.
            let is_narrow = sum.terms.values().all(|f| f.abs() == 1) && (sum.terms.len() <= 1 || is_range);
            return (lasts && sum.is_near() && is_narrow)
                .then_some((Condition { guard, counter, sum }, snapshot));
        }
        None
    }

    /// Puts what derived phis are made of in their place; what they start with lasts. Whether a number of items was among them.
    fn replace_derived(&self, sum: &mut Sum, derived: &[Derived]) -> bool {
        let mut is_range = false;
        for Derived { phi, of, way } in derived {
            let Some(factor) = sum.terms.remove(&Reference::instruction(*phi)) else { continue };
            let base = Reference::instruction(of.phi);
            let (first, first_of) = (self.trace.instructions[*phi].a, self.trace.instructions[of.phi].a);
            let (first, first_of) = (self.sum_of(first), self.sum_of(first_of));
            is_range |= !matches!(way, Way::Behind(_));
            match way {
                Way::Behind(d) => {
                    sum.add(base, factor);
                    sum.constant = sum.constant.saturating_sub(d.saturating_mul(factor));
                }
                Way::Left => {
                    sum.add(base, -factor);
                    sum.add_all(&first, factor);
                    sum.add_all(&first_of, factor);
                }
                Way::Beside => {
                    sum.add(base, factor);
                    sum.add_all(&first, factor);
                    sum.add_all(&first_of, -factor);
                }
            }
        }
        is_range
    }

    /// The only counter in a sum of which all else lasts.
    fn counter_of(&self, sum: &Sum, counters: &[Counter]) -> Option<Counter> {
        let mut changing = sum.terms.keys().filter(|term| !self.lasts(**term));
        let only = changing.next()?;
        if changing.next().is_some() {
            return None;
        }
        counters.iter().find(|counter| counter.phi == only.index()).copied()
    }

    /// The guards behind the condition that a limit makes superfluous.
    fn limits(&self, condition: &Condition, gone: &mut [bool]) -> Vec<Limit> {
        let mut limits: Vec<Limit> = Vec::new();
        let mut open = true;
        for (at, i) in self.trace.instructions.iter().enumerate().skip(condition.guard + 1) {
            if at >= self.end {
                open = false;
            }
            if !matches!(i.op, Op::GuardTrue | Op::GuardFalse) {
                continue;
            }
            let compare = self.maker(i.a);
            let limit = compare
                .filter(|compare| compare.op == Op::LtUnsigned && i.op == Op::GuardTrue)
                .and_then(|compare| self.limit(compare, condition.counter));
            let Some(limit) = limit else {
                // What comes behind a branch of the program need not be so in each round.
                open &= self.checks_version(i);
                continue;
            };
            if self.has_side(at) || (at >= self.end && !self.comes_behind(at, condition.guard)) {
                continue;
            }
            let is_known = limits.contains(&limit);
            let is_new =
                !is_known && open && limits.len() < MOST_LIMITS && self.starts_well(&limit, condition);
            if is_known || is_new {
                gone[at] = true;
            }
            if is_new {
                limits.push(limit);
            }
        }
        limits
    }

    fn limit(&self, compare: &Instruction, counter: Counter) -> Option<Limit> {
        let mut rest = self.sum_of(compare.a);
        let factor = rest.terms.remove(&Reference::instruction(counter.phi))?;
        let lasts = rest.terms.keys().all(|term| self.lasts(*term)) && self.lasts(compare.b);
        let fits = rest.terms.len() <= 1 && rest.terms.values().all(|f| f.abs() == 1) && rest.is_near();
        (factor == 1 && lasts && self.is_length(compare.b) && fits)
            .then_some(Limit { length: compare.b, rest })
    }

    /// Whether a number is the length of something.
    fn is_length(&self, reference: Reference) -> bool {
        if let Some(i) = self.int(reference) {
            return (0..MOST).contains(&i);
        }
        match self.maker(reference) {
            Some(i) if i.op == Op::ShiftRight => {
                self.int(i.b).is_some() && self.maker(i.a).is_some_and(is_length)
            }
            Some(i) => is_length(i),
            None => false,
        }
    }

    /// Whether the preamble has shown that the first index of the loop doesn't lie on the wrong side of the list.
    fn starts_well(&self, limit: &Limit, condition: &Condition) -> bool {
        let mut first = self.sum_of(self.trace.instructions[condition.counter.phi].a);
        first.add_all(&limit.rest, 1);
        let rises = condition.counter.step > 0;
        if rises && first.terms.is_empty() && (0..MOST).contains(&first.constant) {
            return true;
        }
        let preamble = &self.trace.instructions[..self.head];
        preamble.iter().filter(|i| i.op == Op::GuardTrue && i.a.index() < self.head).any(|i| {
            let Some(compare) = self.maker(i.a).filter(|c| c.op == Op::LtUnsigned) else { return false };
            let mut distance = first.clone();
            distance.add_all(&self.sum_of(compare.a), -1);
            let is_same = distance.terms.is_empty() && distance.is_near();
            match rises {
                true => is_same && self.is_length(compare.b) && distance.constant >= 0,
                false => is_same && compare.b == limit.length && distance.constant <= 0,
            }
        })
    }

    /// Whether a guard asks for a version.
    fn checks_version(&self, guard: &Instruction) -> bool {
        let compare = self.maker(guard.a).filter(|c| c.op == Op::EqInt && guard.op == Op::GuardTrue);
        let load = compare.and_then(|c| self.maker(c.a)).filter(|i| i.op == Op::LoadField);
        load.is_some_and(|i| {
            matches!(i.field(), Field::TypeVersion | Field::FunctionVersion | Field::DictKeysVersion)
        })
    }

    fn has_side(&self, guard: usize) -> bool {
        let mut sides = self.trace.instructions[self.end..].iter().filter(|i| i.op == Op::Side);
        sides.any(|side| side.immediate as usize == guard)
    }

    /// Whether an instruction of a side comes behind the trunk's instruction `first`, in the same round.
    fn comes_behind(&self, at: usize, first: usize) -> bool {
        let mut at = at;
        while at >= self.end {
            let sides = self.trace.instructions[self.end..=at].iter();
            let Some(side) = sides.rev().find(|i| i.op == Op::Side) else { return false };
            at = side.immediate as usize;
        }
        at > first
    }

    /// The polls that the condition's guard does; whether there are any.
    fn polls(&self, condition: &Condition, gone: &mut [bool]) -> bool {
        let instructions = &self.trace.instructions;
        let calls = |i: &Instruction| {
            matches!(
                i.op,
                Op::Call | Op::Step | Op::CallTrace | Op::CallItself | Op::PushFrame | Op::PushGenerator
            )
        };
        // The guard comes back to the loop's head in between.
        let is_quiet = |i: &Instruction| matches!(i.op.kind(), Kind::Pure | Kind::Load | Kind::Guard);
        if instructions[self.head..self.end].iter().any(calls)
            || !instructions[self.phis.end..condition.guard].iter().all(is_quiet)
        {
            return false;
        }
        let mut any = false;
        for at in condition.guard + 1..instructions.len() {
            if instructions[at].op != Op::GuardPoll || self.has_side(at) {
                continue;
            }
            let rejoins = || {
                let last = instructions[at..].iter().find(|i| i.op.is_end());
                last.is_some_and(|last| last.op == Op::Rejoin) && self.comes_behind(at, condition.guard)
            };
            if at < self.end || rejoins() {
                gone[at] = true;
                any = true;
            }
        }
        any
    }

    // Rebuilding.

    fn rebuild(&self, plan: Plan) -> Trace {
        let mut out = Trace {
            constants: self.trace.constants.clone(),
            windows: self.trace.windows.clone(),
            snapshots: self.trace.snapshots.clone(),
            kept: self.trace.kept.clone(),
            tracebacks: self.trace.tracebacks.clone(),
            ..Trace::default()
        };
        let mut map = vec![Reference::NONE; self.trace.instructions.len()];
        let (mut wanted, mut limit) = (Reference::NONE, Reference::NONE);
        for (at, i) in self.trace.instructions.iter().enumerate() {
            let origin = self.trace.origins.get(at).copied().unwrap_or(Origin::START);
            let push = |out: &mut Trace, i: Instruction| {
                out.origins.push(origin);
                out.push(i)
            };
            if at == self.head {
                // In front of the loop: nothing there refers to what comes later.
                out.origins.resize(out.instructions.len(), origin);
                for derived in &plan.derived {
                    map[derived.phi] = self.first_part(&mut out, derived, &map, origin);
                }
                if let Some((condition, _)) = &plan.condition {
                    wanted = self.value_of(&mut out, &condition.sum, &map, origin);
                    limit = self.limit_value(&mut out, wanted, condition, &plan.limits, &map, origin);
                }
            }
            if at == self.phis.end {
                self.derived_values(&mut out, &plan.derived, &mut map, origin);
            }
            if plan.gone[at] || plan.derived.iter().any(|d| d.phi == at) {
                continue;
            }
            if let Some((condition, snapshot)) = &plan.condition
                && condition.guard == at
            {
                let counter = map[condition.counter.phi];
                let (a, b) = if condition.counter.step > 0 { (counter, limit) } else { (limit, counter) };
                let round = condition.counter.step.unsigned_abs().min(u32::MAX.into()) as u32;
                let immediate = if plan.polls { round } else { 0 };
                let guard = Instruction { a, b, immediate, ..Instruction::new(Op::GuardBelow) };
                // The condition is asked by the counter, too.
                let mut compare = Instruction::new(if i.op == Op::GuardTrue { Op::LtInt } else { Op::LeInt });
                (compare.a, compare.b) =
                    if condition.counter.step > 0 { (counter, wanted) } else { (wanted, counter) };
                if i.op == Op::GuardFalse {
                    (compare.a, compare.b) = (compare.b, compare.a);
                }
                let asked = push(&mut out, compare);
                push(&mut out, Instruction { snapshot: *snapshot, ..guard });
                map[at] = push(&mut out, Instruction { a: asked, ..*i });
                continue;
            }
            map[at] = push(&mut out, *i);
        }
        self.translate(&mut out, &map, &plan);
        out
    }

    /// What a derived phi needs that lasts.
    fn first_part(&self, out: &mut Trace, derived: &Derived, map: &[Reference], origin: Origin) -> Reference {
        let first = |phi: usize| {
            let reference = self.trace.instructions[phi].a;
            if reference.is_constant() { reference } else { map[reference.index()] }
        };
        let (own, base) = (first(derived.phi), first(derived.of.phi));
        let (op, a, b) = match derived.way {
            Way::Behind(d) => return out.int(d),
            Way::Left => (Op::AddInt, own, base),
            Way::Beside => (Op::SubInt, own, base),
        };
        arithmetic(out, op, a, b, origin)
    }

    /// Derived phis, at the loop's head.
    fn derived_values(&self, out: &mut Trace, derived: &[Derived], map: &mut [Reference], origin: Origin) {
        for derived in derived {
            let (part, base) = (map[derived.phi], map[derived.of.phi]);
            map[derived.phi] = match derived.way {
                Way::Behind(_) => arithmetic(out, Op::SubInt, base, part, origin),
                Way::Left => arithmetic(out, Op::SubInt, part, base, origin),
                Way::Beside => arithmetic(out, Op::AddInt, base, part, origin),
            };
        }
    }

    /// What a sum of things that last comes to.
    fn value_of(&self, out: &mut Trace, sum: &Sum, map: &[Reference], origin: Origin) -> Reference {
        let mut value = out.int(sum.constant);
        for (reference, factor) in &sum.terms {
            let reference = map[reference.index()];
            let op = if *factor > 0 { Op::AddInt } else { Op::SubInt };
            value = match (op, out.as_constant(value)) {
                (Op::AddInt, Some(_)) => arithmetic(out, op, reference, value, origin),
                _ => arithmetic(out, op, value, reference, origin),
            };
        }
        value
    }

    /// The limit that the loop's counter gets: not behind the one that it has.
    fn limit_value(
        &self,
        out: &mut Trace,
        wanted: Reference,
        condition: &Condition,
        limits: &[Limit],
        map: &[Reference],
        origin: Origin,
    ) -> Reference {
        let mut value = wanted;
        let rises = condition.counter.step > 0;
        for limit in limits {
            let mut sum = Sum::default();
            sum.add_all(&limit.rest, -1);
            let bound = if rises {
                match self.int(limit.length) {
                    Some(length) => sum.constant += length,
                    None => sum.add(limit.length, 1),
                }
                self.value_of(out, &sum, map, origin)
            } else {
                sum.constant -= 1;
                self.value_of(out, &sum, map, origin)
            };
            value = arithmetic(out, if rises { Op::MinInt } else { Op::MaxInt }, value, bound, origin);
        }
        value
    }

    /// Gives everything its new number.
    fn translate(&self, out: &mut Trace, map: &[Reference], plan: &Plan) {
        // What was added has new numbers already.
        let moved = |r: &mut Reference| {
            if !r.is_none() && !r.is_constant() {
                *r = map[r.index()];
            }
        };
        let old = &self.trace.instructions;
        let is_gone = |phi: usize| plan.derived.iter().any(|d| d.phi == phi);
        for (at, i) in old.iter().enumerate() {
            let place = map[at];
            if place.is_none() || place.is_constant() || is_gone(at) {
                continue;
            }
            let new = place.index();
            let replaced = plan.condition.as_ref().is_some_and(|(condition, _)| condition.guard == at);
            let mut translated = *i;
            if i.op.has_list() {
                let first = out.arguments.len();
                for (number, argument) in self.trace.arguments_of(i).iter().enumerate() {
                    if i.op == Op::Rejoin && is_gone(self.phis.start + number) {
                        continue;
                    }
                    let mut argument = *argument;
                    moved(&mut argument);
                    out.arguments.push(argument);
                }
                translated.a = Reference(first as i32);
                translated.b = Reference((out.arguments.len() - first) as i32);
            } else {
                if replaced {
                    translated.a = out.instructions[new].a;
                } else {
                    moved(&mut translated.a);
                }
                moved(&mut translated.b);
                moved(&mut translated.c);
            }
            if i.op == Op::Side {
                translated.immediate = map[i.immediate as usize].index() as u32;
            }
            out.instructions[new] = translated;
        }
        for snapshot in &mut out.snapshots {
            snapshot.windows.iter_mut().for_each(|w| moved(&mut w.1));
            snapshot.held.iter_mut().for_each(|h| moved(&mut h.generator));
            snapshot.lent.iter_mut().for_each(|l| moved(&mut l.1));
            snapshot.entries.iter_mut().for_each(|e| moved(&mut e.value));
            for object in &mut snapshot.virtuals {
                moved(&mut object.value);
                object.fields.iter_mut().for_each(|f| moved(&mut f.1));
            }
            snapshot.drops.iter_mut().for_each(moved);
        }
    }
}

/// Appends a sum or difference; nothing where a constant is 0, and what two constants come to.
fn arithmetic(out: &mut Trace, op: Op, a: Reference, b: Reference, origin: Origin) -> Reference {
    let int = |out: &Trace, r: Reference| match out.as_constant(r) {
        Some(Constant::Int(i)) => Some(*i),
        _ => None,
    };
    let sign = if op == Op::SubInt { -1 } else { 1 };
    match (int(out, a), int(out, b)) {
        (_, Some(0)) if matches!(op, Op::AddInt | Op::SubInt) => return a,
        (Some(x), Some(y)) if matches!(op, Op::AddInt | Op::SubInt) => {
            return out.int(x.wrapping_add(y.wrapping_mul(sign)));
        }
        _ => (),
    }
    out.origins.push(origin);
    out.push(Instruction { a, b, ..Instruction::new(op) })
}

fn is_length(load: &Instruction) -> bool {
    use Field::*;
    load.op == Op::LoadField
        && matches!(
            load.field(),
            ListLength | TupleLength | StrLength | BytesLength | ByteArrayLength | ArraySize
        )
}
