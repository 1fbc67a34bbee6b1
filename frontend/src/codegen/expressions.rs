//! Expressions, except calls, comprehensions, lambdas and strings.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Opcode::{self, *};
use ir::opcode::{BinaryOperator, Comparison, Intrinsic1, resume};

use super::statements::attribute_location;
use super::unit::ScopeType;
use super::{Compiler, Context, STACK_USE_GUIDELINE, by_context, loc};
use crate::ast::*;
use crate::diagnostic::{Result, syntax_error};

/// The three instructions that build one kind of sequence.
#[derive(Clone, Copy)]
pub(super) struct Build {
    pub build: Opcode,
    pub add: Opcode,
    pub extend: Opcode,
    pub tuple: bool,
}

pub(super) const BUILD_A_LIST: Build =
    Build { build: BUILD_LIST, add: LIST_APPEND, extend: LIST_EXTEND, tuple: false };
pub(super) const BUILD_A_TUPLE: Build = Build { tuple: true, ..BUILD_A_LIST };
const BUILD_A_SET: Build = Build { build: BUILD_SET, add: SET_ADD, extend: SET_UPDATE, tuple: false };

/// The `BINARY_OP` argument of an operator.
pub(super) fn binary_operator(op: Operator) -> BinaryOperator {
    match op {
        Operator::Add => BinaryOperator::NB_ADD,
        Operator::Sub => BinaryOperator::NB_SUBTRACT,
        Operator::Mult => BinaryOperator::NB_MULTIPLY,
        Operator::MatMult => BinaryOperator::NB_MATRIX_MULTIPLY,
        Operator::Div => BinaryOperator::NB_TRUE_DIVIDE,
        Operator::Mod => BinaryOperator::NB_REMAINDER,
        Operator::Pow => BinaryOperator::NB_POWER,
        Operator::LShift => BinaryOperator::NB_LSHIFT,
        Operator::RShift => BinaryOperator::NB_RSHIFT,
        Operator::BitOr => BinaryOperator::NB_OR,
        Operator::BitXor => BinaryOperator::NB_XOR,
        Operator::BitAnd => BinaryOperator::NB_AND,
        Operator::FloorDiv => BinaryOperator::NB_FLOOR_DIVIDE,
    }
}

/// Instruction and argument of a comparison.
pub(super) fn comparison(op: CmpOp) -> (Opcode, u32) {
    let rich = |comparison: Comparison| (COMPARE_OP, comparison.oparg(false));
    match op {
        CmpOp::Eq => rich(Comparison::Equal),
        CmpOp::NotEq => rich(Comparison::NotEqual),
        CmpOp::Lt => rich(Comparison::Less),
        CmpOp::LtE => rich(Comparison::LessEqual),
        CmpOp::Gt => rich(Comparison::Greater),
        CmpOp::GtE => rich(Comparison::GreaterEqual),
        CmpOp::Is => (IS_OP, 0),
        CmpOp::IsNot => (IS_OP, 1),
        CmpOp::In => (CONTAINS_OP, 0),
        CmpOp::NotIn => (CONTAINS_OP, 1),
    }
}

impl<'t> Compiler<'t> {
    pub(super) fn expr(&mut self, expr: &'t Expr) -> Result<()> {
        self.stack.check(expr.span)?;
        self.expr_kind(expr)
    }

    /// Long sums lean to the left; they are walked without recursion.
    fn binary_op(&mut self, expr: &'t Expr) -> Result<()> {
        let mut spine = Vec::new();
        let mut leftmost = expr;
        while let ExprKind::BinOp { left, op, right } = &leftmost.kind {
            if *op == Operator::Mod
                && let Some((pieces, arguments)) = super::strings::percent_format(left, right)
            {
                self.formatted(loc(leftmost.span), &pieces, arguments)?;
                break;
            }
            spine.push((leftmost.span, *op, &**right));
            leftmost = left;
        }
        if !matches!(leftmost.kind, ExprKind::BinOp { .. }) {
            self.expr(leftmost)?;
        }
        for (span, op, right) in spine.into_iter().rev() {
            self.expr(right)?;
            self.op_arg(loc(span), BINARY_OP, binary_operator(op) as u32);
        }
        Ok(())
    }

    pub(super) fn exprs(&mut self, list: &'t [Expr]) -> Result<()> {
        list.iter().try_for_each(|expr| self.expr(expr))
    }

    fn expr_kind(&mut self, expr: &'t Expr) -> Result<()> {
        let at = loc(expr.span);
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expr(value)?;
                self.op_arg(at, COPY, 1);
                self.expr(target)
            }
            ExprKind::BoolOp { op, values } => self.bool_op(at, *op, values),
            ExprKind::BinOp { .. } => self.binary_op(expr),
            ExprKind::UnaryOp { op, operand } => {
                self.expr(operand)?;
                self.unary_op(at, *op);
                Ok(())
            }
            ExprKind::Lambda { args, body } => self.lambda(expr, args, body),
            ExprKind::IfExp { test, body, orelse } => {
                let (end, next) = (self.new_label(), self.new_label());
                self.jump_if(test, next, false)?;
                self.expr(body)?;
                self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
                self.place(next);
                self.expr(orelse)?;
                self.place(end);
                Ok(())
            }
            ExprKind::Dict { keys, values } => self.dict(at, keys, values),
            ExprKind::Set { elts } => self.sequence(at, elts, BUILD_A_SET),
            ExprKind::ListComp { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::DictComp { .. }
            | ExprKind::GeneratorExp { .. } => self.comprehension(expr),
            ExprKind::Yield { value } => self.yield_expr(expr.span, value.as_deref()),
            ExprKind::YieldFrom { value } => {
                if !self.scope().is_function_like() {
                    return syntax_error("'yield from' outside function", expr.span);
                }
                if self.unit_ref().scope_type == ScopeType::AsyncFunction {
                    return syntax_error("'yield from' inside async function", expr.span);
                }
                self.expr(value)?;
                self.op(at, GET_YIELD_FROM_ITER);
                self.load_none(at);
                self.yield_from(at, false);
                Ok(())
            }
            ExprKind::Await { value } => {
                self.expr(value)?;
                self.await_value(at, 0);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(expr, left, ops, comparators),
            ExprKind::Call { func, args, keywords } => self.call(expr, func, args, keywords),
            ExprKind::JoinedStr { values } => self.joined_str(at, values),
            ExprKind::TemplateStr { values } => self.template_str(at, values),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(at, value, *conversion, format_spec.as_deref())
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.interpolation(at, value, str, *conversion, format_spec.as_deref())
            }
            ExprKind::Constant { value, .. } => {
                self.load_const(at, value.clone());
                Ok(())
            }
            ExprKind::Attribute { value, attr, ctx } => self.attribute(expr, value, attr, *ctx),
            ExprKind::Subscript { value, slice, ctx } => self.subscript(expr, value, slice, *ctx),
            ExprKind::Starred { ctx: Context::Store, .. } => {
                syntax_error("starred assignment target must be in a list or tuple", expr.span)
            }
            ExprKind::Starred { .. } => syntax_error("can't use starred expression here", expr.span),
            ExprKind::Name { id, ctx } => match self.constant(expr) {
                Some(value) => {
                    self.load_const(at, value);
                    Ok(())
                }
                None => self.name_op(at, id, *ctx),
            },
            ExprKind::List { elts, ctx } => self.list_or_tuple(expr.span, elts, *ctx, BUILD_A_LIST),
            ExprKind::Tuple { elts, ctx } => self.list_or_tuple(expr.span, elts, *ctx, BUILD_A_TUPLE),
            ExprKind::Slice { step, .. } => {
                if let Some(slice) = self.constant_slice(expr) {
                    self.load_const(at, slice);
                    return Ok(());
                }
                self.slice_parts(expr)?;
                if let Some(step) = step {
                    self.expr(step)?;
                }
                self.op_arg(at, BUILD_SLICE, 2 + u32::from(step.is_some()));
                Ok(())
            }
        }
    }

    fn bool_op(&mut self, at: Location, op: BoolOp, values: &'t [Expr]) -> Result<()> {
        let jump = if op == BoolOp::And { JUMP_IF_FALSE } else { JUMP_IF_TRUE };
        let end = self.new_label();
        let Some((last, first)) = values.split_last() else { return Ok(()) };
        for value in first {
            self.expr(value)?;
            self.jump(at, jump, end);
            self.op(at, POP_TOP);
        }
        self.expr(last)?;
        self.place(end);
        Ok(())
    }

    fn unary_op(&mut self, at: Location, op: UnaryOp) {
        match op {
            UnaryOp::Invert => self.op(at, UNARY_INVERT),
            UnaryOp::Not => {
                self.op(at, TO_BOOL);
                self.op(at, UNARY_NOT);
            }
            UnaryOp::UAdd => self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::UnaryPositive as u32),
            UnaryOp::USub => self.op(at, UNARY_NEGATIVE),
        }
    }

    fn yield_expr(&mut self, span: Span, value: Option<&'t Expr>) -> Result<()> {
        if !self.scope().is_function_like() {
            return syntax_error("'yield' outside function", span);
        }
        match value {
            Some(value) => self.expr(value)?,
            None => self.load_none(loc(span)),
        }
        self.yield_value(loc(span));
        Ok(())
    }

    /// Yields the value on the stack.
    pub(super) fn yield_value(&mut self, at: Location) {
        let scope = self.scope();
        if scope.generator && scope.coroutine {
            self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::AsyncGenWrap as u32);
        }
        self.op_arg(at, YIELD_VALUE, 0);
        self.op_arg(at, RESUME, resume::AFTER_YIELD);
    }

    fn compare(
        &mut self,
        expr: &'t Expr,
        left: &'t Expr,
        ops: &[CmpOp],
        comparators: &'t [Expr],
    ) -> Result<()> {
        let at = loc(expr.span);
        self.warn_is_literal(expr.span, left, ops, comparators);
        if let ([op], [right]) = (ops, comparators) {
            self.expr(left)?;
            self.expr(right)?;
            let (op, arg) = comparison(*op);
            self.op_arg(at, op, arg);
            return Ok(());
        }
        let (cleanup, end) = (self.new_label(), self.new_label());
        self.chained_comparison(at, left, ops, comparators, |compiler| {
            compiler.op_arg(at, COPY, 1);
            compiler.op(at, TO_BOOL);
            compiler.jump(at, POP_JUMP_IF_FALSE, cleanup);
            compiler.op(at, POP_TOP);
        })?;
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
        self.place(cleanup);
        self.op_arg(at, SWAP, 2);
        self.op(at, POP_TOP);
        self.place(end);
        Ok(())
    }

    /// `a < b < c`: each middle operand is kept below the result, which `leave_if_false` looks at.
    pub(super) fn chained_comparison(
        &mut self,
        at: Location,
        left: &'t Expr,
        ops: &[CmpOp],
        comparators: &'t [Expr],
        leave_if_false: impl Fn(&mut Self),
    ) -> Result<()> {
        self.expr(left)?;
        for (i, (op, comparator)) in ops.iter().zip(comparators).enumerate() {
            self.expr(comparator)?;
            let (op, arg) = comparison(*op);
            if i + 1 == ops.len() {
                self.op_arg(at, op, arg);
                break;
            }
            self.op_arg(at, SWAP, 2);
            self.op_arg(at, COPY, 2);
            self.op_arg(at, op, arg);
            leave_if_false(self);
        }
        Ok(())
    }

    fn dict(&mut self, at: Location, keys: &'t [Option<Expr>], values: &'t [Expr]) -> Result<()> {
        let mut have_dict = false;
        let mut pending = 0;
        for i in 0..values.len() {
            if keys[i].is_none() {
                if pending > 0 {
                    self.part_of_dict(at, keys, values, i - pending..i, have_dict)?;
                    have_dict = true;
                    pending = 0;
                }
                if !have_dict {
                    self.op_arg(at, BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(&values[i])?;
                self.op_arg(at, DICT_UPDATE, 1);
            } else if pending * 2 > STACK_USE_GUIDELINE {
                self.part_of_dict(at, keys, values, i - pending..i + 1, have_dict)?;
                have_dict = true;
                pending = 0;
            } else {
                pending += 1;
            }
        }
        if pending > 0 {
            self.part_of_dict(at, keys, values, values.len() - pending..values.len(), have_dict)?;
        } else if !have_dict {
            self.op_arg(at, BUILD_MAP, 0);
        }
        Ok(())
    }

    /// A dict of some items, merged into the one below it if there is one.
    fn part_of_dict(
        &mut self,
        at: Location,
        keys: &'t [Option<Expr>],
        values: &'t [Expr],
        range: std::ops::Range<usize>,
        merge: bool,
    ) -> Result<()> {
        let count = range.len();
        let big = count * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(at, BUILD_MAP, 0);
        }
        for i in range {
            if let Some(key) = &keys[i] {
                self.expr(key)?;
            }
            self.expr(&values[i])?;
            if big {
                self.op_arg(at, MAP_ADD, 1);
            }
        }
        if !big {
            self.op_arg(at, BUILD_MAP, count as u32);
        }
        if merge {
            self.op_arg(at, DICT_UPDATE, 1);
        }
        Ok(())
    }

    fn list_or_tuple(&mut self, span: Span, elts: &'t [Expr], ctx: Context, build: Build) -> Result<()> {
        match ctx {
            Context::Load => self.sequence(loc(span), elts, build),
            Context::Store => self.unpack(span, elts),
            Context::Del => self.exprs(elts),
        }
    }

    fn sequence(&mut self, at: Location, elts: &'t [Expr], build: Build) -> Result<()> {
        self.sequence_on(at, elts, None, 0, build)
    }

    /// Builds a sequence of `pushed` values on the stack, expressions, and a variable if one is given.
    pub(super) fn sequence_on(
        &mut self,
        at: Location,
        elts: &'t [Expr],
        injected: Option<&str>,
        pushed: u32,
        build: Build,
    ) -> Result<()> {
        let injected_count = u32::from(injected.is_some());
        let count = elts.len() as u32 + pushed;
        let big = (count + injected_count) as usize > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. }));
        if !starred && !big {
            self.exprs(elts)?;
            if let Some(name) = injected {
                self.load_name(at, name)?;
            }
            let op = if build.tuple { BUILD_TUPLE } else { build.build };
            self.op_arg(at, op, count + injected_count);
            return Ok(());
        }
        let mut built = big;
        if big {
            self.op_arg(at, build.build, pushed);
        }
        for (i, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = &elt.kind {
                if !built {
                    self.op_arg(at, build.build, i as u32 + pushed);
                    built = true;
                }
                self.expr(value)?;
                self.op_arg(at, build.extend, 1);
                continue;
            }
            self.expr(elt)?;
            if built {
                self.op_arg(at, build.add, 1);
            }
        }
        if let Some(name) = injected {
            self.load_name(at, name)?;
            self.op_arg(at, build.add, 1);
        }
        if build.tuple {
            self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::ListToTuple as u32);
        }
        Ok(())
    }

    fn unpack(&mut self, span: Span, elts: &'t [Expr]) -> Result<()> {
        let at = loc(span);
        let is_starred = |elt: &Expr| matches!(elt.kind, ExprKind::Starred { .. });
        match elts.iter().position(is_starred) {
            None => self.op_arg(at, UNPACK_SEQUENCE, elts.len() as u32),
            Some(star) => {
                let after = elts.len() - star - 1;
                if star >= 1 << 8 || after >= 1 << 23 {
                    return syntax_error("too many expressions in star-unpacking assignment", span);
                }
                self.op_arg(at, UNPACK_EX, (star + (after << 8)) as u32);
                if elts[star + 1..].iter().any(is_starred) {
                    return syntax_error("multiple starred expressions in assignment", span);
                }
            }
        }
        elts.iter().try_for_each(|elt| match &elt.kind {
            ExprKind::Starred { value, .. } => self.expr(value),
            _ => self.expr(elt),
        })
    }

    fn attribute(&mut self, expr: &'t Expr, value: &'t Expr, attr: &Identifier, ctx: Context) -> Result<()> {
        let at = loc(expr.span);
        if ctx == Context::Load
            && let Some(arguments) = self.optimizable_super(value, attr)
        {
            self.load_super_arguments(value)?;
            self.super_op(at, attr, arguments, false);
            self.op(attribute_location(at, expr), NOP);
            return Ok(());
        }
        if ctx == Context::Store
            && let ExprKind::Name { id, .. } = &value.kind
            && &**id == "self"
        {
            self.note_static_attribute(attr);
        }
        self.expr(value)?;
        let op = by_context(ctx, [LOAD_ATTR, STORE_ATTR, DELETE_ATTR]);
        self.attribute_op(attribute_location(at, expr), op, attr);
        Ok(())
    }

    /// A method sets this attribute on `self`: the class around it lists it.
    fn note_static_attribute(&mut self, attr: &Identifier) {
        let outer = self.units.len() - 1;
        let class = self.units[..outer].iter_mut().rev().find(|unit| unit.scope_type == ScopeType::Class);
        if let Some(class) = class {
            class.static_attributes.insert(attr.clone());
        }
    }

    fn subscript(&mut self, expr: &'t Expr, value: &'t Expr, slice: &'t Expr, ctx: Context) -> Result<()> {
        let at = loc(expr.span);
        if ctx == Context::Load {
            self.warn_subscript(value, slice);
        }
        self.expr(value)?;
        if ctx != Context::Del && self.is_two_part_slice(slice) {
            self.slice_parts(slice)?;
            self.op(at, if ctx == Context::Load { BINARY_SLICE } else { STORE_SLICE });
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            Context::Load => self.op_arg(at, BINARY_OP, BinaryOperator::NB_SUBSCR as u32),
            Context::Store => self.op(at, STORE_SUBSCR),
            Context::Del => self.op(at, DELETE_SUBSCR),
        }
        Ok(())
    }

    /// The constant that a slice with constant bounds is.
    fn constant_slice(&self, expr: &Expr) -> Option<Const> {
        let ExprKind::Slice { lower, upper, step } = &expr.kind else { return None };
        let bound = |part: &Option<Box<Expr>>| match part {
            None => Some(Const::None),
            Some(part) => self.constant(part),
        };
        Some(Const::Slice([bound(lower)?, bound(upper)?, bound(step)?].into()))
    }

    /// `a[b:c]` with bounds that are not constant needs no slice object.
    pub(super) fn is_two_part_slice(&self, slice: &Expr) -> bool {
        matches!(slice.kind, ExprKind::Slice { step: None, .. }) && self.constant_slice(slice).is_none()
    }

    pub(super) fn slice_parts(&mut self, slice: &'t Expr) -> Result<()> {
        let ExprKind::Slice { lower, upper, .. } = &slice.kind else { return Ok(()) };
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.load_none(loc(slice.span)),
            }
        }
        Ok(())
    }
}
