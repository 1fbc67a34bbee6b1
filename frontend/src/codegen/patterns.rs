//! The `match` statement.
//!
//! While a pattern is matched, the subjects of outer patterns and the values captured so far lie on the stack. A
//! failed test must pop as many values as there are at that moment: `fail_pop[n]` labels the place that pops `n`.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Opcode::{self, *};
use ir::opcode::{BinaryOperator, Comparison};

use super::docstrings::repr_of_const;
use super::unit::string_tuple;
use super::{Compiler, Context, Label, loc};
use crate::ast::*;
use crate::diagnostic::{Result, syntax_error};
use crate::fold;

/// The state of matching one case.
#[derive(Default)]
struct Matching {
    /// Captured names, in the order of their values on the stack.
    stores: Vec<Identifier>,
    /// A pattern that always matches is an error where more patterns follow.
    allow_irrefutable: bool,
    fail_pop: Vec<Label>,
    /// Values on top of the captured ones.
    on_top: usize,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::MatchAs { name: None, .. })
}

fn is_wildcard_star(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::MatchStar { name: None })
}

impl<'t> Compiler<'t> {
    pub(super) fn match_statement(&mut self, subject: &'t Expr, cases: &'t [MatchCase]) -> Result<()> {
        self.expr(subject)?;
        let end = self.new_label();
        let Some((last, first)) = cases.split_last() else { return Ok(()) };
        let has_default = is_wildcard(&last.pattern) && cases.len() > 1;
        let matched = if has_default { first } else { cases };
        for (i, case) in matched.iter().enumerate() {
            let keeps_subject = i + 1 < matched.len();
            let is_last = i + 1 == cases.len();
            self.match_case(case, keeps_subject, is_last, end)?;
        }
        if has_default {
            // `case _` matches without looking; the subject is gone already.
            self.op(loc(last.pattern.span), NOP);
            if let Some(guard) = &last.guard {
                self.jump_if(guard, end, false)?;
            }
            self.statements(&last.body)?;
        }
        self.place(end);
        Ok(())
    }

    fn match_case(
        &mut self,
        case: &'t MatchCase,
        keeps_subject: bool,
        is_last: bool,
        end: Label,
    ) -> Result<()> {
        let at = loc(case.pattern.span);
        if keeps_subject {
            self.op_arg(at, COPY, 1);
        }
        let mut matching =
            Matching { allow_irrefutable: case.guard.is_some() || is_last, ..Matching::default() };
        self.pattern(&case.pattern, &mut matching)?;
        for name in &matching.stores {
            self.name_op(at, name, Context::Store)?;
        }
        if let Some(guard) = &case.guard {
            self.ensure_fail_pop(&mut matching, 0);
            self.jump_if(guard, matching.fail_pop[0], false)?;
        }
        if keeps_subject {
            self.op(Location::NEXT, POP_TOP);
        }
        self.statements(&case.body)?;
        self.jump(Location::NONE, JUMP, end);
        self.place_fail_pops(at, &mut matching);
        Ok(())
    }

    fn ensure_fail_pop(&mut self, matching: &mut Matching, pops: usize) {
        while matching.fail_pop.len() <= pops {
            let label = self.new_label();
            matching.fail_pop.push(label);
        }
    }

    fn fail_unless(&mut self, at: Location, matching: &mut Matching, jump: Opcode) {
        let pops = matching.on_top + matching.stores.len();
        self.ensure_fail_pop(matching, pops);
        self.jump(at, jump, matching.fail_pop[pops]);
    }

    fn place_fail_pops(&mut self, at: Location, matching: &mut Matching) {
        while let Some(label) = matching.fail_pop.pop() {
            self.place(label);
            if !matching.fail_pop.is_empty() {
                self.op(at, POP_TOP);
            }
        }
    }

    /// Moves the top of the stack below `count - 1` other values.
    fn rotate(&mut self, at: Location, count: usize) {
        for depth in (2..=count).rev() {
            self.op_arg(at, SWAP, depth as u32);
        }
    }

    fn capture(&mut self, span: Span, name: Option<&Identifier>, matching: &mut Matching) -> Result<()> {
        let at = loc(span);
        let Some(name) = name else {
            self.op(at, POP_TOP);
            return Ok(());
        };
        if matching.stores.contains(name) {
            return syntax_error(format!("multiple assignments to name '{name}' in pattern"), span);
        }
        self.rotate(at, matching.on_top + matching.stores.len() + 1);
        matching.stores.push(name.clone());
        Ok(())
    }

    fn pattern(&mut self, pattern: &'t Pattern, matching: &mut Matching) -> Result<()> {
        self.stack.check(pattern.span)?;
        self.pattern_kind(pattern, matching)
    }

    /// A pattern inside another may match always.
    fn subpattern(&mut self, pattern: &'t Pattern, matching: &mut Matching) -> Result<()> {
        let before = std::mem::replace(&mut matching.allow_irrefutable, true);
        self.pattern(pattern, matching)?;
        matching.allow_irrefutable = before;
        Ok(())
    }

    fn pattern_kind(&mut self, pattern: &'t Pattern, matching: &mut Matching) -> Result<()> {
        let (span, at) = (pattern.span, loc(pattern.span));
        match &pattern.kind {
            PatternKind::MatchValue { value } => {
                match self.pattern_constant(value) {
                    Some(constant) => self.load_const(loc(value.span), constant),
                    None if matches!(value.kind, ExprKind::Attribute { .. }) => self.expr(value)?,
                    None => {
                        return syntax_error("patterns may only match literals and attribute lookups", span);
                    }
                }
                self.op_arg(at, COMPARE_OP, Comparison::Equal.oparg(false));
                self.op(at, TO_BOOL);
                self.fail_unless(at, matching, POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSingleton { value } => {
                self.load_const(at, value.clone());
                self.op_arg(at, IS_OP, 0);
                self.fail_unless(at, matching, POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSequence { patterns } => self.sequence_pattern(span, patterns, matching),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.mapping_pattern(span, keys, patterns, rest.as_ref(), matching)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                refuse_repeated_attributes(kwd_attrs, kwd_patterns)?;
                self.expr(cls)?;
                self.load_const(at, string_tuple(kwd_attrs));
                self.op_arg(at, MATCH_CLASS, patterns.len() as u32);
                self.test_not_none(at, matching, 1);
                let count = patterns.len() + kwd_attrs.len();
                self.op_arg(at, UNPACK_SEQUENCE, count as u32);
                matching.on_top += count;
                matching.on_top -= 1;
                for inner in patterns.iter().chain(kwd_patterns) {
                    matching.on_top -= 1;
                    if is_wildcard(inner) && !has_inner_pattern(inner) {
                        self.op(at, POP_TOP);
                    } else {
                        self.subpattern(inner, matching)?;
                    }
                }
                Ok(())
            }
            PatternKind::MatchStar { name } => self.capture(span, name.as_ref(), matching),
            PatternKind::MatchAs { pattern: None, name } => {
                if !matching.allow_irrefutable {
                    let what = match name {
                        Some(name) => format!("name capture '{name}'"),
                        None => "wildcard".to_string(),
                    };
                    return syntax_error(format!("{what} makes remaining patterns unreachable"), span);
                }
                self.capture(span, name.as_ref(), matching)
            }
            PatternKind::MatchAs { pattern: Some(inner), name } => {
                matching.on_top += 1;
                self.op_arg(at, COPY, 1);
                self.pattern(inner, matching)?;
                matching.on_top -= 1;
                self.capture(span, name.as_ref(), matching)
            }
            PatternKind::MatchOr { patterns } => self.or_pattern(span, patterns, matching),
        }
    }

    /// Fails if the top of the stack is `None`; it adds `pushed` values to those on top.
    fn test_not_none(&mut self, at: Location, matching: &mut Matching, pushed: usize) {
        matching.on_top += pushed;
        self.op_arg(at, COPY, 1);
        self.load_none(at);
        self.op_arg(at, IS_OP, 1);
        self.fail_unless(at, matching, POP_JUMP_IF_FALSE);
    }

    fn test_length(&mut self, at: Location, matching: &mut Matching, length: usize, comparison: Comparison) {
        self.op(at, GET_LEN);
        self.load_const(at, Const::int(length));
        self.op_arg(at, COMPARE_OP, comparison.oparg(false));
        self.fail_unless(at, matching, POP_JUMP_IF_FALSE);
    }

    fn sequence_pattern(
        &mut self,
        span: Span,
        patterns: &'t [Pattern],
        matching: &mut Matching,
    ) -> Result<()> {
        let at = loc(span);
        let is_star = |pattern: &Pattern| matches!(pattern.kind, PatternKind::MatchStar { .. });
        let star = patterns.iter().position(is_star);
        if patterns.iter().filter(|pattern| is_star(pattern)).count() > 1 {
            return syntax_error("multiple starred names in sequence pattern", span);
        }
        let star_wildcard = star.is_some_and(|star| is_wildcard_star(&patterns[star]));
        let only_wildcards = patterns.iter().all(|pattern| is_wildcard(pattern) || is_wildcard_star(pattern));
        matching.on_top += 1;
        self.op(at, MATCH_SEQUENCE);
        self.fail_unless(at, matching, POP_JUMP_IF_FALSE);
        let size = patterns.len();
        match star {
            None => self.test_length(at, matching, size, Comparison::Equal),
            Some(_) if size > 1 => self.test_length(at, matching, size - 1, Comparison::GreaterEqual),
            Some(_) => {}
        }
        matching.on_top -= 1;
        match star {
            _ if only_wildcards => {
                self.op(at, POP_TOP);
                Ok(())
            }
            Some(star) if star_wildcard => self.match_by_index(at, patterns, star, matching),
            _ => self.match_unpacked(span, patterns, star, matching),
        }
    }

    fn match_unpacked(
        &mut self,
        span: Span,
        patterns: &'t [Pattern],
        star: Option<usize>,
        matching: &mut Matching,
    ) -> Result<()> {
        let at = loc(span);
        match star {
            None => self.op_arg(at, UNPACK_SEQUENCE, patterns.len() as u32),
            Some(star) => {
                let after = patterns.len() - star - 1;
                if star >= 1 << 8 || after >= 1 << 23 {
                    return syntax_error("too many expressions in star-unpacking sequence pattern", span);
                }
                self.op_arg(at, UNPACK_EX, (star + (after << 8)) as u32);
            }
        }
        matching.on_top += patterns.len();
        for pattern in patterns {
            matching.on_top -= 1;
            self.subpattern(pattern, matching)?;
        }
        Ok(())
    }

    /// With a star that captures nothing, only the items around it are fetched.
    fn match_by_index(
        &mut self,
        at: Location,
        patterns: &'t [Pattern],
        star: usize,
        matching: &mut Matching,
    ) -> Result<()> {
        matching.on_top += 1;
        for (i, pattern) in patterns.iter().enumerate() {
            if is_wildcard(pattern) || i == star {
                continue;
            }
            self.op_arg(at, COPY, 1);
            if i < star {
                self.load_const(at, Const::int(i));
            } else {
                // The subject may not support negative indices.
                self.op(at, GET_LEN);
                self.load_const(at, Const::int(patterns.len() - i));
                self.op_arg(at, BINARY_OP, BinaryOperator::NB_SUBTRACT as u32);
            }
            self.op_arg(at, BINARY_OP, BinaryOperator::NB_SUBSCR as u32);
            self.subpattern(pattern, matching)?;
        }
        matching.on_top -= 1;
        self.op(at, POP_TOP);
        Ok(())
    }

    fn mapping_pattern(
        &mut self,
        span: Span,
        keys: &'t [Expr],
        patterns: &'t [Pattern],
        rest: Option<&Identifier>,
        matching: &mut Matching,
    ) -> Result<()> {
        let at = loc(span);
        let size = keys.len();
        matching.on_top += 1;
        self.op(at, MATCH_MAPPING);
        self.fail_unless(at, matching, POP_JUMP_IF_FALSE);
        if size == 0 && rest.is_none() {
            matching.on_top -= 1;
            self.op(at, POP_TOP);
            return Ok(());
        }
        if size > 0 {
            self.test_length(at, matching, size, Comparison::GreaterEqual);
        }
        self.mapping_keys(span, keys)?;
        self.op_arg(at, BUILD_TUPLE, size as u32);
        self.op(at, MATCH_KEYS);
        self.test_not_none(at, matching, 2);
        self.op_arg(at, UNPACK_SEQUENCE, size as u32);
        matching.on_top += size;
        matching.on_top -= 1;
        for pattern in patterns {
            matching.on_top -= 1;
            self.subpattern(pattern, matching)?;
        }
        matching.on_top -= 2;
        if rest.is_none() {
            self.op(at, POP_TOP);
            self.op(at, POP_TOP);
            return Ok(());
        }
        // A copy of the mapping without the matched keys.
        self.op_arg(at, BUILD_MAP, 0);
        self.op_arg(at, SWAP, 3);
        self.op_arg(at, DICT_UPDATE, 2);
        self.op_arg(at, UNPACK_SEQUENCE, size as u32);
        for left in (1..=size).rev() {
            self.op_arg(at, COPY, 1 + left as u32);
            self.op_arg(at, SWAP, 2);
            self.op(at, DELETE_SUBSCR);
        }
        self.capture(span, rest, matching)
    }

    fn mapping_keys(&mut self, span: Span, keys: &'t [Expr]) -> Result<()> {
        let mut seen: Vec<Const> = Vec::new();
        for key in keys {
            match self.pattern_constant(key) {
                Some(constant) => {
                    if seen.iter().any(|known| crate::constants::python_equal(known, &constant)) {
                        let repr = repr_of_const(&constant);
                        return syntax_error(format!("mapping pattern checks duplicate key ({repr})"), span);
                    }
                    seen.push(constant.clone());
                    self.load_const(loc(key.span), constant);
                }
                None if matches!(key.kind, ExprKind::Attribute { .. }) => self.expr(key)?,
                None => {
                    let message = "mapping pattern keys may only match literals and attribute lookups";
                    return syntax_error(message, span);
                }
            }
        }
        Ok(())
    }

    /// Each alternative starts from its own copy of the subject and leaves its captures in the same order.
    fn or_pattern(&mut self, span: Span, patterns: &'t [Pattern], matching: &mut Matching) -> Result<()> {
        let at = loc(span);
        let end = self.new_label();
        let mut control: Vec<Identifier> = Vec::new();
        for (i, alternative) in patterns.iter().enumerate() {
            let alt_at = loc(alternative.span);
            let mut inner = Matching {
                allow_irrefutable: i + 1 == patterns.len() && matching.allow_irrefutable,
                ..Matching::default()
            };
            self.op_arg(alt_at, COPY, 1);
            self.pattern(alternative, &mut inner)?;
            if i == 0 {
                control = inner.stores.clone();
            } else {
                self.reorder_captures(span, alt_at, &control, &mut inner.stores)?;
            }
            self.jump(alt_at, JUMP, end);
            self.place_fail_pops(alt_at, &mut inner);
        }
        self.op(at, POP_TOP);
        self.fail_unless(at, matching, JUMP);
        self.place(end);
        let rotations = control.len() + 1 + matching.on_top + matching.stores.len();
        for name in control {
            self.rotate(at, rotations);
            if matching.stores.contains(&name) {
                return syntax_error(format!("multiple assignments to name '{name}' in pattern"), span);
            }
            matching.stores.push(name);
        }
        self.op(at, POP_TOP);
        Ok(())
    }

    /// Brings the captures of an alternative into the order of the first one's.
    fn reorder_captures(
        &mut self,
        span: Span,
        at: Location,
        control: &[Identifier],
        stores: &mut Vec<Identifier>,
    ) -> Result<()> {
        const DIFFERENT: &str = "alternative patterns bind different names";
        if stores.len() != control.len() {
            return syntax_error(DIFFERENT, span);
        }
        for wanted in (0..control.len()).rev() {
            let Some(found) = stores.iter().position(|name| *name == control[wanted]) else {
                return syntax_error(DIFFERENT, span);
            };
            if found == wanted {
                continue;
            }
            let rotated: Vec<Identifier> = stores.drain(..=found).collect();
            let rotations = rotated.len();
            let behind = wanted - found;
            stores.splice(behind..behind, rotated);
            for _ in 0..rotations {
                self.rotate(at, wanted + 1);
            }
        }
        Ok(())
    }

    /// The constant of a literal pattern, with signs and complex sums evaluated.
    fn pattern_constant(&self, expr: &Expr) -> Option<Const> {
        match &expr.kind {
            ExprKind::UnaryOp { op: UnaryOp::USub, operand } => {
                fold::unary(fold::Unary::Negative, &self.constant(operand)?)
            }
            ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
                let left = self.pattern_constant(left)?;
                let operator = super::expressions::binary_operator(*op) as u32;
                fold::binary(operator, &left, &self.constant(right)?)
            }
            _ => self.constant(expr),
        }
    }
}

fn has_inner_pattern(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::MatchAs { pattern: Some(_), .. })
}

fn refuse_repeated_attributes(names: &[Identifier], patterns: &[Pattern]) -> Result<()> {
    for (i, name) in names.iter().enumerate() {
        if let Some(later) = names[i + 1..].iter().position(|other| other == name) {
            let message = format!("attribute name repeated in class pattern: {name}");
            return syntax_error(message, patterns[i + 1 + later].span);
        }
    }
    Ok(())
}
