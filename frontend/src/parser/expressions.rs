//! Expressions, from `star_expressions` down to `primary`.

use super::{Failed, LAMBDA_DEPTH, MemoRule, Parse, Parser};
use crate::ast::{BoolOp, CmpOp, Expr, ExprContext, ExprKind, Operator, UnaryOp};
use crate::errors::ErrorKind;
use crate::lexer::{Token, TokenKind};

/// The binary operators with their binding strength; comparisons and weaker ones aren't among them.
fn binary_operator(kind: TokenKind) -> Option<(Operator, u8)> {
    Some(match kind {
        TokenKind::VBar => (Operator::BitOr, 1),
        TokenKind::Circumflex => (Operator::BitXor, 2),
        TokenKind::Amper => (Operator::BitAnd, 3),
        TokenKind::LeftShift => (Operator::LShift, 4),
        TokenKind::RightShift => (Operator::RShift, 4),
        TokenKind::Plus => (Operator::Add, SUM),
        TokenKind::Minus => (Operator::Sub, SUM),
        TokenKind::Star => (Operator::Mult, TERM),
        TokenKind::Slash => (Operator::Div, TERM),
        TokenKind::DoubleSlash => (Operator::FloorDiv, TERM),
        TokenKind::Percent => (Operator::Mod, TERM),
        TokenKind::At => (Operator::MatMult, TERM),
        _ => return None,
    })
}

const SUM: u8 = 5;
const TERM: u8 = 6;

impl Parser<'_> {
    pub(super) fn expr(&self, start: &Token, kind: ExprKind) -> Expr {
        Expr { kind, span: self.span_from(start) }
    }

    /// `star_expressions`: an expression, or a tuple without parentheses.
    pub(super) fn star_expressions(&mut self) -> Parse<Expr> {
        let start = self.token();
        let first = self.star_expression()?;
        self.tuple_rest(&start, first, Parser::star_expression)
    }

    /// What follows the first element if there is a comma: the tuple.
    pub(super) fn tuple_rest(
        &mut self,
        start: &Token,
        first: Expr,
        element: fn(&mut Self) -> Parse<Expr>,
    ) -> Parse<Expr> {
        if !self.at(TokenKind::Comma) {
            return Ok(first);
        }
        let elts = self.comma_separated(first, element)?;
        Ok(self.expr(start, ExprKind::Tuple { elts, ctx: ExprContext::Load }))
    }

    /// The elements after the first one, with an optional comma at the end.
    pub(super) fn comma_separated(
        &mut self,
        first: Expr,
        element: fn(&mut Self) -> Parse<Expr>,
    ) -> Parse<Vec<Expr>> {
        let mut elts = vec![first];
        while self.eat(TokenKind::Comma) {
            if self.ends_sequence() {
                break;
            }
            match self.attempt(element)? {
                Some(next) => elts.push(next),
                None => break,
            }
        }
        Ok(elts)
    }

    /// Whether no element can follow here: a shortcut for the common ends of sequences.
    fn ends_sequence(&self) -> bool {
        use TokenKind::*;
        matches!(self.kind(), RPar | RSqb | RBrace | Newline | Equal | Semi)
    }

    /// `star_expression`
    pub(super) fn star_expression(&mut self) -> Parse<Expr> {
        if self.at(TokenKind::Star) { self.starred_bitwise_or() } else { self.expression() }
    }

    fn starred_bitwise_or(&mut self) -> Parse<Expr> {
        let start = self.expect(TokenKind::Star)?;
        let value = Box::new(self.bitwise_or()?);
        Ok(self.expr(&start, ExprKind::Starred { value, ctx: ExprContext::Load }))
    }

    /// `star_named_expression`
    pub(super) fn star_named_expression(&mut self) -> Parse<Expr> {
        if self.at(TokenKind::Star) { self.starred_bitwise_or() } else { self.named_expression() }
    }

    /// `star_named_expressions`: at least one.
    pub(super) fn star_named_expressions(&mut self) -> Parse<Vec<Expr>> {
        let first = self.star_named_expression()?;
        self.comma_separated(first, Parser::star_named_expression)
    }

    /// `assignment_expression`
    pub(super) fn assignment_expression(&mut self) -> Parse<Expr> {
        if self.kind_at(1) != TokenKind::ColonEqual {
            if self.at(TokenKind::Name) {
                self.furthest = self.furthest.max(self.pos + 1);
            }
            return Err(Failed);
        }
        let (id, start) = self.expect_name()?;
        let target = self.expr(&start, ExprKind::Name { id, ctx: ExprContext::Store });
        self.advance();
        let value = self.nested(Parser::expression)?;
        self.check_version(8, "Assignment expressions are")?;
        Ok(self.expr(&start, ExprKind::NamedExpr { target: Box::new(target), value: Box::new(value) }))
    }

    /// `named_expression`
    pub(super) fn named_expression(&mut self) -> Parse<Expr> {
        self.memoized(MemoRule::NamedExpression, |parser| {
            if parser.at(TokenKind::Name) && parser.kind_at(1) == TokenKind::ColonEqual {
                return parser.assignment_expression();
            }
            if parser.diagnosing {
                parser.invalid_named_expression()?;
            }
            let found = parser.expression()?;
            if parser.at(TokenKind::ColonEqual) { Err(Failed) } else { Ok(found) }
        })
    }

    /// `assignment_expression | expression !':='`
    pub(super) fn expression_or_assignment(&mut self) -> Parse<Expr> {
        if self.at(TokenKind::Name) && self.kind_at(1) == TokenKind::ColonEqual {
            return self.assignment_expression();
        }
        let found = self.expression()?;
        if self.at(TokenKind::ColonEqual) { Err(Failed) } else { Ok(found) }
    }

    /// `yield_expr | star_expressions` (`annotated_rhs`)
    pub(super) fn annotated_rhs(&mut self) -> Parse<Expr> {
        if self.at(TokenKind::Yield) { self.yield_expr() } else { self.star_expressions() }
    }

    /// `yield_expr`
    pub(super) fn yield_expr(&mut self) -> Parse<Expr> {
        let start = self.expect(TokenKind::Yield)?;
        if self.at(TokenKind::From) {
            let delegated = self.attempt(|parser| {
                parser.advance();
                parser.expression()
            })?;
            if let Some(value) = delegated {
                return Ok(self.expr(&start, ExprKind::YieldFrom { value: Box::new(value) }));
            }
        }
        let value = self.attempt(Parser::star_expressions)?.map(Box::new);
        Ok(self.expr(&start, ExprKind::Yield { value }))
    }

    /// `expression`
    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.memoized(MemoRule::Expression, Parser::expression_rule)
    }

    pub(super) fn expression_rule(&mut self) -> Parse<Expr> {
        if self.diagnosing {
            self.invalid_expression()?;
            self.invalid_legacy_expression()?;
        }
        if self.at(TokenKind::Lambda) {
            return self.nested_by(LAMBDA_DEPTH, Parser::lambdef);
        }
        let start = self.token();
        let body = self.disjunction()?;
        if !self.at(TokenKind::If) {
            return Ok(body);
        }
        let rest = self.attempt(|parser| {
            parser.advance();
            let test = parser.disjunction()?;
            parser.expect(TokenKind::Else)?;
            let orelse = parser.nested(Parser::expression)?;
            Ok((Box::new(test), Box::new(orelse)))
        })?;
        let Some((test, orelse)) = rest else { return Ok(body) };
        Ok(self.expr(&start, ExprKind::IfExp { test, body: Box::new(body), orelse }))
    }

    /// `lambdef`
    fn lambdef(&mut self) -> Parse<Expr> {
        let start = self.expect(TokenKind::Lambda)?;
        let args = Box::new(self.parameters(TokenKind::Colon)?);
        self.expect_forced(TokenKind::Colon)?;
        let body = Box::new(self.expression()?);
        Ok(self.expr(&start, ExprKind::Lambda { args, body }))
    }

    /// `disjunction`
    pub(super) fn disjunction(&mut self) -> Parse<Expr> {
        self.memoized(MemoRule::Disjunction, |parser| {
            parser.boolean_operation(TokenKind::Or, BoolOp::Or, Parser::conjunction)
        })
    }

    fn conjunction(&mut self) -> Parse<Expr> {
        self.boolean_operation(TokenKind::And, BoolOp::And, Parser::inversion)
    }

    #[inline]
    fn boolean_operation(
        &mut self,
        operator: TokenKind,
        op: BoolOp,
        operand: fn(&mut Self) -> Parse<Expr>,
    ) -> Parse<Expr> {
        let start = self.token();
        let first = operand(self)?;
        if !self.at(operator) {
            return Ok(first);
        }
        let mut values = vec![first];
        while self.at(operator) {
            let next = self.attempt(|parser| {
                parser.advance();
                operand(parser)
            })?;
            match next {
                Some(next) => values.push(next),
                None => break,
            }
        }
        if values.len() == 1 {
            return values.pop().ok_or(Failed);
        }
        Ok(self.expr(&start, ExprKind::BoolOp { op, values }))
    }

    /// `inversion`
    pub(super) fn inversion(&mut self) -> Parse<Expr> {
        if !self.at(TokenKind::Not) {
            return self.comparison();
        }
        self.nested(|parser| {
            let start = parser.advance();
            let operand = Box::new(parser.inversion()?);
            Ok(parser.expr(&start, ExprKind::UnaryOp { op: UnaryOp::Not, operand }))
        })
    }

    fn comparison(&mut self) -> Parse<Expr> {
        let start = self.token();
        let left = self.bitwise_or()?;
        if self.at(TokenKind::NotEqual) {
            self.check_barry_as_flufl()?;
        }
        if self.comparison_operator().is_none() {
            return Ok(left);
        }
        let (mut ops, mut comparators) = (Vec::new(), Vec::new());
        while let Some((op, length)) = self.comparison_operator() {
            let next = self.attempt(|parser| {
                for _ in 0..length {
                    parser.advance();
                }
                parser.bitwise_or()
            })?;
            let Some(next) = next else { break };
            ops.push(op);
            comparators.push(next);
        }
        if ops.is_empty() {
            return Ok(left);
        }
        Ok(self.expr(&start, ExprKind::Compare { left: Box::new(left), ops, comparators }))
    }

    /// `!=` and `<>` exclude each other.
    fn check_barry_as_flufl(&mut self) -> Parse<()> {
        let token = self.token();
        match (self.text(&token), self.flags.barry_as_flufl) {
            ("!=", true) => {
                self.raise_at(Parser::token_span(&token), "with Barry as BDFL, use '<>' instead of '!='")
            }
            ("<>", false) if self.diagnosing => self.raise_at(
                Parser::token_span(&token),
                "invalid syntax.  Maybe you meant '!=' instead of '<>'?",
            ),
            _ => Ok(()),
        }
    }

    /// The comparison operator here, and how many tokens it has.
    fn comparison_operator(&mut self) -> Option<(CmpOp, usize)> {
        Some(match self.kind() {
            TokenKind::EqEqual => (CmpOp::Eq, 1),
            TokenKind::NotEqual => {
                let wanted = if self.flags.barry_as_flufl { "<>" } else { "!=" };
                if self.text(&self.token()) != wanted {
                    return None;
                }
                (CmpOp::NotEq, 1)
            }
            TokenKind::Less => (CmpOp::Lt, 1),
            TokenKind::LessEqual => (CmpOp::LtE, 1),
            TokenKind::Greater => (CmpOp::Gt, 1),
            TokenKind::GreaterEqual => (CmpOp::GtE, 1),
            TokenKind::In => (CmpOp::In, 1),
            TokenKind::Not => {
                self.furthest = self.furthest.max(self.pos + 1);
                if self.kind_at(1) != TokenKind::In {
                    return None;
                }
                (CmpOp::NotIn, 2)
            }
            TokenKind::Is if self.kind_at(1) == TokenKind::Not => (CmpOp::IsNot, 2),
            TokenKind::Is => (CmpOp::Is, 1),
            _ => return None,
        })
    }

    /// `bitwise_or`
    pub(super) fn bitwise_or(&mut self) -> Parse<Expr> {
        self.memoized(MemoRule::BitwiseOr, |parser| parser.binary_operation(1))
    }

    fn binary_operation(&mut self, strength: u8) -> Parse<Expr> {
        let start = self.token();
        let outer = std::mem::take(&mut self.chain_height);
        let mut left = self.factor()?;
        let mut links = 0;
        while let Some((op, found)) = binary_operator(self.kind()) {
            if found < strength {
                break;
            }
            let right = self.attempt(|parser| {
                parser.advance();
                if parser.diagnosing && found >= SUM {
                    parser.invalid_not_after_operator()?;
                }
                if found == TERM { parser.factor() } else { parser.binary_operation(found + 1) }
            })?;
            let Some(right) = right else { break };
            if op == Operator::MatMult {
                self.check_version(5, "The '@' operator is")?;
            }
            links += 1;
            if links > self.limits().chain {
                break;
            }
            left = self.expr(&start, ExprKind::BinOp { left: Box::new(left), op, right: Box::new(right) });
        }
        self.grow_chain(outer, links)?;
        Ok(left)
    }

    /// `factor`
    fn factor(&mut self) -> Parse<Expr> {
        let op = match self.kind() {
            TokenKind::Plus => UnaryOp::UAdd,
            TokenKind::Minus => UnaryOp::USub,
            TokenKind::Tilde => UnaryOp::Invert,
            _ => return self.power(),
        };
        self.nested(|parser| {
            let start = parser.advance();
            if parser.diagnosing {
                parser.invalid_not_after_operator()?;
            }
            let operand = Box::new(parser.factor()?);
            Ok(parser.expr(&start, ExprKind::UnaryOp { op, operand }))
        })
    }

    fn power(&mut self) -> Parse<Expr> {
        let start = self.token();
        let left = self.await_primary()?;
        if !self.at(TokenKind::DoubleStar) {
            return Ok(left);
        }
        let right = self.attempt(|parser| {
            parser.advance();
            parser.nested(Parser::factor)
        })?;
        let Some(right) = right else { return Ok(left) };
        let (left, right) = (Box::new(left), Box::new(right));
        Ok(self.expr(&start, ExprKind::BinOp { left, op: Operator::Pow, right }))
    }

    fn await_primary(&mut self) -> Parse<Expr> {
        if !self.at(TokenKind::Await) {
            return self.primary();
        }
        let start = self.advance();
        let value = Box::new(self.primary()?);
        self.check_version(5, "Await expressions are")?;
        Ok(self.expr(&start, ExprKind::Await { value }))
    }

    /// `primary`: an atom with its attributes, calls and subscripts.
    pub(super) fn primary(&mut self) -> Parse<Expr> {
        self.memoized(MemoRule::Primary, Parser::primary_rule)
    }

    fn primary_rule(&mut self) -> Parse<Expr> {
        let start = self.token();
        let outer = std::mem::take(&mut self.chain_height);
        let mut left = self.atom()?;
        let mut links = 0;
        while matches!(self.kind(), TokenKind::Dot | TokenKind::LPar | TokenKind::LSqb) {
            let mark = self.pos;
            match self.trailer(&start, left) {
                Ok(longer) => left = longer,
                Err(unchanged) => {
                    if self.raised.is_some() {
                        return Err(Failed);
                    }
                    self.pos = mark;
                    left = unchanged;
                    break;
                }
            }
            links += 1;
            if links > self.limits().chain {
                break;
            }
        }
        self.grow_chain(outer, links)?;
        Ok(left)
    }

    /// One attribute, call or subscript; gives the expression back if there is none.
    fn trailer(&mut self, start: &Token, left: Expr) -> Result<Expr, Expr> {
        match self.kind() {
            TokenKind::Dot => {
                self.advance();
                let Ok((attr, _)) = self.expect_name() else { return Err(left) };
                let ctx = ExprContext::Load;
                Ok(self.expr(start, ExprKind::Attribute { value: Box::new(left), attr, ctx }))
            }
            TokenKind::LPar => {
                let Ok((args, keywords)) = self.call_arguments() else { return Err(left) };
                Ok(self.expr(start, ExprKind::Call { func: Box::new(left), args, keywords }))
            }
            _ => {
                self.advance();
                let slice = self.slices().and_then(|slice| self.expect(TokenKind::RSqb).map(|_| slice));
                let Ok(slice) = slice else { return Err(left) };
                let (value, slice) = (Box::new(left), Box::new(slice));
                Ok(self.expr(start, ExprKind::Subscript { value, slice, ctx: ExprContext::Load }))
            }
        }
    }

    /// `slices`
    fn slices(&mut self) -> Parse<Expr> {
        let start = self.token();
        let first = self.slice_or_starred()?;
        if !self.at(TokenKind::Comma) && matches!(first.kind, ExprKind::Starred { .. }) {
            let ctx = ExprContext::Load;
            return Ok(self.expr(&start, ExprKind::Tuple { elts: vec![first], ctx }));
        }
        self.tuple_rest(&start, first, Parser::slice_or_starred)
    }

    fn slice_or_starred(&mut self) -> Parse<Expr> {
        if self.at(TokenKind::Star) {
            return self.starred_expression();
        }
        let start = self.token();
        let mut lower = None;
        if !self.at(TokenKind::Colon) {
            let first = self.named_expression()?;
            if !self.at(TokenKind::Colon)
                || matches!(first.kind, ExprKind::NamedExpr { .. }) && !self.closed_by_bracket(&first)
            {
                return Ok(first);
            }
            lower = Some(Box::new(first));
        }
        self.expect(TokenKind::Colon)?;
        let bound = |parser: &mut Self| -> Parse<Option<Box<Expr>>> {
            if matches!(parser.kind(), TokenKind::RSqb | TokenKind::Comma | TokenKind::Colon) {
                return Ok(None);
            }
            Ok(parser.attempt(Parser::expression)?.map(Box::new))
        };
        let upper = bound(self)?;
        let step = if self.eat(TokenKind::Colon) { bound(self)? } else { None };
        Ok(self.expr(&start, ExprKind::Slice { lower, upper, step }))
    }

    /// Whether the expression that has just been read was in brackets of its own.
    fn closed_by_bracket(&self, inner: &Expr) -> bool {
        let last = &self.tokens[self.pos - 1];
        (inner.span.end_lineno, inner.span.end_col_offset) != (last.end_lineno, last.end_col_offset)
    }

    /// `starred_expression`
    pub(super) fn starred_expression(&mut self) -> Parse<Expr> {
        if self.diagnosing {
            self.invalid_starred_kwarg()?;
        }
        let start = self.expect(TokenKind::Star)?;
        let Some(value) = self.attempt(Parser::expression)? else {
            if self.diagnosing && !self.at(TokenKind::Error) {
                return self.raise_here(ErrorKind::SyntaxError, "Invalid star expression");
            }
            return Err(Failed);
        };
        let value = Box::new(value);
        Ok(self.expr(&start, ExprKind::Starred { value, ctx: ExprContext::Load }))
    }
}
